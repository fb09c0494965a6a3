//! r_keeper as the driver calls it.

use std::fmt::Write as _;

use super::{Gate, Port};
use crate::domain::{Order, OrderGuid};
use jiff::civil::DateTime;

use crate::payment::intended::{self, Shown, TwoSteps};
use crate::payment::ports::{
    LineId, LockId, OrderList, Pos, ReadError, Receipt, Reply, SeenReceipt, Ticket,
};
use crate::payment::reason::{Problem, Reason};
use crate::payment::refund::Refund;
use crate::payment::sale::{PaymentId, Sale};
use crate::payment::simulation::books::{TIMEOUT, Write, words};
use crate::payment::simulation::fault::{Fault, Place};
use crate::payment::simulation::licence::pay_word;
use crate::payment::simulation::strike::problem;
use crate::payment::simulation::till::{OURS, Paid, number};

fn with_receipt(reply: Reply<()>) -> Reply<Receipt> {
    match reply {
        Reply::Done(()) => Reply::Done(Receipt {
            check_num: Some("77".into()),
            warning: None,
        }),
        Reply::Refused(problem) => Reply::Refused(problem),
        Reply::NotDone(problem) => Reply::NotDone(problem),
        Reply::Unknown(problem) => Reply::Unknown(problem),
    }
}

/// A payment in two requests, as the program itself puts it together.
struct Meaning<'p, 's> {
    port: &'p Port<'s>,
    body: &'p [u8],
}

impl Meaning<'_, '_> {
    fn names(&self) -> (usize, PaymentId, String) {
        let text = words(self.body);
        let (payment, order) = (text[1].parse().unwrap(), text[2].parse().unwrap());
        (order, payment, text[3].to_owned())
    }
}

impl TwoSteps for Meaning<'_, '_> {
    fn look(&self) -> Result<Shown, ReadError> {
        self.port.ask(Place::AskPos)?;
        let (order, payment, _) = self.names();
        let books = self.port.site.books();
        let bill = &books.orders[order];
        // Without markers nobody knows whose it is.
        let shown = if books.kind.marks {
            bill.meant(payment)
        } else {
            0
        };
        Ok(match shown {
            _ if !bill.is_open() => Shown::Closed,
            0 => Shown::Nothing,
            _ => Shown::Meant,
        })
    }

    fn mean(&self) -> Reply<()> {
        let write = Write::Pay(self.body.to_vec());
        self.port.send(Place::Pay, &write)
    }

    fn finish(&self) -> Reply<Receipt> {
        let (order, payment, lock) = self.names();
        let write = Write::Finish(order, payment, lock);
        with_receipt(self.port.send(Place::Pay, &write))
    }

    fn take_back(&self) -> Reply<()> {
        let (order, payment, lock) = self.names();
        let write = Write::TakeBack(order, payment, lock);
        self.port.send(Place::Annul, &write)
    }
}

impl Pos for Port<'_> {
    fn orders(&self, _since: Option<i64>) -> Result<OrderList, ReadError> {
        self.ask(Place::AskPos)?;
        Ok(OrderList {
            version: 0,
            orders: None,
        })
    }

    fn order(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        self.ask(Place::AskPos)?;
        Ok(self.site.books().shown_order(number(guid)))
    }

    fn lock(&self, guid: &OrderGuid, lock: &LockId) -> Reply<()> {
        let order = number(guid);
        let fault = match self.enter(Place::Lock) {
            Gate::Dead => return Reply::Unknown(problem(Place::Lock, Reason::AnswerLost)),
            Gate::Open(fault) => fault,
        };
        let mut books = self.site.books();
        match fault {
            Some(fault @ (Fault::NotConnected | Fault::RouteLost | Fault::CertificateReplaced)) => {
                if fault != Fault::NotConnected {
                    books.out(Place::Lock, fault);
                }
                return Reply::NotDone(problem(Place::Lock, Reason::ServerUnreachable));
            }
            Some(Fault::RequestLost) => {
                books.pass(TIMEOUT);
                return Reply::Unknown(problem(Place::Lock, Reason::AnswerLost));
            }
            Some(Fault::Denied) => {
                return Reply::Refused(problem(Place::Lock, Reason::AccessDenied));
            }
            Some(Fault::LockedElsewhere) => books.lock_by_waiter(order),
            Some(Fault::StationRestarts) => books.station_restarts(),
            Some(Fault::Killed) => {
                books.programs[self.till].dead = true;
            }
            _ => {}
        }
        let locked = if books.kind.locks {
            books.lock_order(order, &lock.0)
        } else {
            Ok(())
        };
        match fault {
            None | Some(Fault::SlowDrip | Fault::OtherTill | Fault::LockedElsewhere) => {
                match locked {
                    Ok(()) => Reply::Done(()),
                    Err(problem) => Reply::Refused(problem),
                }
            }
            Some(_) => Reply::Unknown(problem(Place::Lock, Reason::AnswerLost)),
        }
    }

    fn keeps_orders(&self) -> bool {
        self.site.books().kind.locks
    }

    fn unlock(&self, guid: &OrderGuid, lock: &LockId) {
        if self.ask(Place::Lock).is_ok() {
            let mut books = self.site.books();
            let order = &mut books.orders[number(guid)];
            if order.lock.as_ref().is_some_and(|held| held.id == lock.0) {
                order.lock = None;
            }
        }
    }

    fn payable(&self, sale: &Sale) -> Result<Order, ReadError> {
        self.ask(Place::Payable)?;
        if self.site.books().kind.intents && sale.is_part() {
            let whole = problem(Place::Payable, Reason::IntentReceiptWhole);
            return Err(ReadError::Refused(whole));
        }
        Ok(self.site.books().shown_order(number(&sale.order)))
    }

    fn begin_part(&self, sale: &Sale, lock: &LockId) -> Reply<Option<LineId>> {
        let order = number(&sale.order);
        let two_steps = self.site.books().kind.two_steps;
        if !two_steps {
            return Reply::Done(None);
        }
        let sum = sale.due.kopecks();
        let write = Write::Begin(order, sale.payment, lock.0.clone(), sum);
        match self.send(Place::Begin, &write) {
            Reply::Done(()) => {
                let line = self.site.books().orders[order].begun(sale.payment);
                Reply::Done(Some(LineId(line.unwrap_or_default())))
            }
            Reply::Refused(problem) => Reply::Refused(problem),
            Reply::NotDone(problem) => Reply::NotDone(problem),
            Reply::Unknown(problem) => Reply::Unknown(problem),
        }
    }

    fn abandon(&self, sale: &Sale, _lock: &LockId, line: &LineId) -> Reply<()> {
        if let Err(error) = self.ask(Place::AskPos) {
            return Reply::NotDone(error.problem().clone());
        }
        let mut books = self.site.books();
        let order = &mut books.orders[number(&sale.order)];
        let is = |paid: &Paid| paid.begun && paid.line.as_ref() == Some(&line.0);
        order.paid.retain(|paid| !is(paid));
        Reply::Done(())
    }

    fn repeats(&self, sale: &Sale, begun: Option<&LineId>, _ticket: Option<&Ticket>) -> bool {
        !sale.is_part() || begun.is_some()
    }

    fn counts(&self, _sale: &Sale, begun: Option<&LineId>) -> bool {
        begun.is_none() && self.site.books().kind.counts
    }

    fn next_number(&self, instance: &str) -> Result<u64, ReadError> {
        self.ask(Place::AskPos)?;
        Ok(self.site.books().next_number(instance))
    }

    fn pay_request(
        &self,
        sale: &Sale,
        lock: &LockId,
        begun: Option<&LineId>,
        ticket: Option<&Ticket>,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        let how = match begun {
            Some(line) => line.0.as_str(),
            None if sale.is_part() => "add",
            None if self.site.books().kind.intents => "mean",
            None => "close",
        };
        let (order, card) = (number(&sale.order), sale.legs[0].uid.reveal());
        let pay = ticket.map_or_else(|| "pay".to_owned(), pay_word);
        let mut body = format!("{pay} {} {order} {} {how} {card}", sale.payment, lock.0);
        for leg in &sale.legs {
            let _ = write!(body, " {}:{}", leg.number, leg.amount.kopecks());
        }
        Ok(body.into_bytes())
    }

    fn pays_in(&self, currency: &str) -> bool {
        currency == OURS
    }

    fn pay(&self, body: &[u8]) -> Reply<Receipt> {
        if words(body)[4] == "mean" {
            return intended::pay(&Meaning { port: self, body });
        }
        with_receipt(self.send(Place::Pay, &Write::Pay(body.to_vec())))
    }

    fn annul_request(
        &self,
        sale: &Sale,
        refund: &Refund,
        _order: &Order,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        if self.site.books().kind.annuls && refund.whole {
            let order = number(&sale.order);
            Ok(format!("annul {} {order}", sale.payment).into_bytes())
        } else {
            Err(problem(Place::Annul, Reason::AnnulByHand))
        }
    }

    fn annul(&self, body: &[u8]) -> Reply<()> {
        self.send(Place::Annul, &Write::Annul(body.to_vec()))
    }

    fn receipts_since(&self, _since: DateTime) -> Result<Option<Vec<SeenReceipt>>, ReadError> {
        Ok(None)
    }
}
