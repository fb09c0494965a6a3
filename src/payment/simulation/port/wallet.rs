//! The wallet as the driver calls it.

use std::fmt::Write as _;

use jiff::civil::DateTime;

use super::Port;
use crate::domain::{Attribution, Card, Money, Uid};
use crate::payment::ports::{Found, OperationId, ReadError, Reply, SeenOperations, Stored, Wallet};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::Sale;
use crate::payment::simulation::books::Write;
use crate::payment::simulation::fault::Place;
use crate::payment::simulation::strike::problem;

impl Wallet for Port<'_> {
    fn reachable(&self) -> Result<(), ReadError> {
        self.ask(Place::AskWallet)
    }

    fn card(&self, uid: &Uid) -> Result<Card, ReadError> {
        self.ask(Place::AskWallet)?;
        let books = self.site.books();
        let guest = books.guests.iter().position(|guest| guest.uid == *uid);
        let not_found = || problem(Place::AskWallet, Reason::CardNotFound);
        let guest = guest.ok_or_else(|| ReadError::Refused(not_found()))?;
        Ok(books.card(guest))
    }

    fn next_operation(&self) -> Result<OperationId, ReadError> {
        self.ask(Place::AskWallet)?;
        let mut books = self.site.books();
        books.next_name += 1;
        Ok(OperationId(books.next_name.to_string()))
    }

    fn reserve_request(
        &self,
        operation: &OperationId,
        sale: &Sale,
        _at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        let mut body = format!("debit {} {}", sale.payment, operation.0);
        for leg in &sale.legs {
            let _ = write!(body, " {}:{}", leg.account, leg.amount.kopecks());
        }
        Ok(body.into_bytes())
    }

    fn reserve(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        let write = Write::Reserve(operation.0.clone(), body.to_vec());
        self.send(Place::Reserve, &write)
            .map(|()| Stored::default())
    }

    fn holds(&self) -> bool {
        self.site.books().kind.holds
    }

    fn confirm(&self, operation: &OperationId) -> Reply<()> {
        if self.holds() {
            self.send(Place::Confirm, &Write::Confirm(operation.0.clone()))
        } else {
            Reply::Done(())
        }
    }

    fn undo_request(
        &self,
        operation: &OperationId,
        reserved: &OperationId,
        sale: &Sale,
        back: &Attribution,
        _at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        let mut body = format!("return {} {} {}", sale.payment, operation.0, reserved.0);
        for (index, leg) in sale.legs.iter().enumerate() {
            let sum = Money::total(back.of_leg(index).map(|part| part.amount)).unwrap();
            if sum.is_positive() {
                let _ = write!(body, " {}:{}", leg.account, sum.kopecks());
            }
        }
        Ok(body.into_bytes())
    }

    fn undo(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        let write = Write::Undo(operation.0.clone(), body.to_vec());
        self.send(Place::Undo, &write).map(|()| Stored::default())
    }

    fn find(&self, operation: &OperationId, _body: &[u8]) -> Result<Found, ReadError> {
        self.ask(Place::AskWallet)?;
        let mut books = self.site.books();
        let found = books.found(&operation.0);
        books.tell(|| format!("[{}] asks for {}: {found:?}", self.till, operation.0));
        Ok(found)
    }

    fn may_repeat(&self) -> bool {
        self.site.books().kind.may_repeat
    }

    fn made_since(&self, _since: DateTime) -> Result<Option<SeenOperations>, ReadError> {
        Ok(None)
    }
}
