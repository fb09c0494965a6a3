//! The calls that move money, and the questions about them: the intent is on disk before each.

use super::stored::Moved;
use super::{DriveError, Work};
use crate::payment::ports::{Found, OperationId, Reply};
use crate::payment::progress::{Entry, Progress, RequestKind};
use crate::payment::reason::{Problem, Reason};
use crate::payment::state::{AskedWallet, Event, Phase, Sent};

impl Work<'_, '_> {
    pub(super) fn reserve(&mut self) -> Result<(), DriveError> {
        let wallet = self.driver.wallet;
        let Some(operation) = self.progress.debit.clone() else {
            return self.happened(Event::Reserve(Sent::Refused(nameless())));
        };
        let body = match self.progress.debit_body.clone() {
            Some(body) => body,
            None => {
                let at = self.driver.clock.local();
                match wallet.reserve_request(&operation, &self.progress.sale, at) {
                    Ok(body) => self.keep(RequestKind::Reserve, body),
                    Err(problem) => {
                        return self.happened(Event::Reserve(Sent::Refused(self.hide(problem))));
                    }
                }
            }
        };
        self.sending(Event::Reserve(Sent::Sending))?;
        let reply = wallet.reserve(&operation, &body);
        let sent = self.sent_moved(Moved::Debit, &operation, reply)?;
        self.happened(Event::Reserve(sent))
    }

    pub(super) fn pay(&mut self) -> Result<(), DriveError> {
        let pos = self.driver.pos;
        let body = match self.progress.pay_body.clone() {
            Some(body) => body,
            None => match self.pay_request()? {
                Ok(body) => body,
                Err(problem) => return self.happened(Event::Pay(Sent::Refused(problem))),
            },
        };
        if matches!(self.progress.phase, Phase::PosRepeating(_)) {
            // Given back when the payment was parked, or run out meanwhile. Whether it is ours again
            // is for the payment's own answer to say.
            pos.lock(&self.progress.sale.order, &self.progress.lock);
            self.locked = true;
        }
        self.sending(Event::Pay(Sent::Sending))?;
        let reply = self.send_payment(&body);
        self.happened(Event::Pay(self.sent(reply)))
    }

    /// The bytes of the payment, to be written with the number that they carry.
    pub(super) fn pay_request(&mut self) -> Result<Result<Vec<u8>, Problem>, DriveError> {
        let ticket = match self.ticket()? {
            Ok(ticket) => ticket,
            Err(problem) => return Ok(Err(problem)),
        };
        let Progress {
            sale, lock, begun, ..
        } = &self.progress;
        let pos = self.driver.pos;
        match pos.pay_request(sale, lock, begun.as_ref(), ticket.as_ref()) {
            Ok(body) => {
                if let Some(ticket) = ticket {
                    self.unwritten.push(Entry::Ticket(ticket.clone()));
                    self.progress.keep_ticket(ticket);
                }
                Ok(Ok(self.keep(RequestKind::Pay, body)))
            }
            Err(problem) => Ok(Err(self.hide(problem))),
        }
    }

    pub(super) fn confirm(&mut self) -> Result<(), DriveError> {
        let wallet = self.driver.wallet;
        let Some(operation) = self.progress.debit.clone() else {
            return self.happened(Event::Confirm(Sent::Refused(nameless())));
        };
        if wallet.holds() {
            self.sending(Event::Confirm(Sent::Sending))?;
        } else {
            // Nothing leaves, so nothing has to be on disk before.
            self.happened(Event::Confirm(Sent::Sending))?;
        }
        let reply = wallet.confirm(&operation);
        self.happened(Event::Confirm(self.sent(reply)))
    }

    pub(super) fn undo(&mut self) -> Result<(), DriveError> {
        let wallet = self.driver.wallet;
        let (Some(operation), Some(reserved)) =
            (self.progress.give_back.clone(), self.progress.debit.clone())
        else {
            return self.happened(Event::Undo(Sent::Refused(nameless())));
        };
        let body = match self.progress.undo_body.clone() {
            Some(body) => body,
            None => {
                let at = self.driver.clock.local();
                let sale = &self.progress.sale;
                match wallet.undo_request(&operation, &reserved, sale, &sale.attribution, at) {
                    Ok(body) => self.keep(RequestKind::Undo, body),
                    Err(problem) => {
                        return self.happened(Event::Undo(Sent::Refused(self.hide(problem))));
                    }
                }
            }
        };
        self.sending(Event::Undo(Sent::Sending))?;
        let reply = wallet.undo(&operation, &body);
        let sent = self.sent_moved(Moved::GiveBack, &operation, reply)?;
        self.happened(Event::Undo(sent))
    }

    pub(super) fn ask_wallet(&mut self, what: Moved) -> Result<AskedWallet, DriveError> {
        let progress = &self.progress;
        let (operation, body) = match what {
            Moved::GiveBack => (&progress.give_back, &progress.undo_body),
            Moved::Debit => (&progress.debit, &progress.debit_body),
            Moved::Refund(id) => match progress.refund_of(id) {
                Ok(refund) => (&refund.operation, &refund.return_body),
                Err(_) => (&None, &None),
            },
        };
        match (operation.clone(), body.clone()) {
            (Some(operation), Some(body)) => self.find(what, &operation, &body),
            (None, _) | (_, None) => Ok(AskedWallet::Failed(nameless())),
        }
    }

    pub(super) fn find(
        &mut self,
        what: Moved,
        operation: &OperationId,
        body: &[u8],
    ) -> Result<AskedWallet, DriveError> {
        let may_repeat = self.driver.wallet.may_repeat();
        Ok(match self.driver.wallet.find(operation, body) {
            Ok(Found::Executed(stored)) => {
                self.take_stored(what, operation, stored)?;
                AskedWallet::Executed
            }
            Ok(Found::Absent) => AskedWallet::Absent { may_repeat },
            Ok(Found::Never(problem)) => AskedWallet::Taken(self.hide(problem)),
            Ok(Found::CannotTell) => AskedWallet::CannotTell { may_repeat },
            Err(error) => AskedWallet::Failed(self.hide(error.problem().clone())),
        })
    }

    pub(super) fn sent<T>(&self, reply: Reply<T>) -> Sent<T> {
        match reply {
            Reply::Done(value) => Sent::Done(value),
            Reply::Refused(problem) => Sent::Refused(self.hide(problem)),
            Reply::NotDone(problem) => Sent::NotDone(self.hide(problem)),
            Reply::Unknown(problem) => Sent::Lost(self.hide(problem)),
        }
    }

    /// A server's words may quote a UID; the journal, the log and the screen must not.
    pub(super) fn hide(&self, mut problem: Problem) -> Problem {
        for leg in &self.progress.sale.legs {
            if problem.detail.contains(leg.uid.reveal()) {
                problem.detail = problem.detail.replace(leg.uid.reveal(), &leg.uid.masked());
            }
        }
        problem
    }
}

/// Cannot happen while the journal's rows are in order; refusing is the safe answer.
pub(super) fn nameless() -> Problem {
    Problem::own(
        Reason::JournalFailed,
        "the journal has no name for this operation",
    )
}
