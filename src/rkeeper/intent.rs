//! Sites that print a receipt of intent before every payment («Единый чек перед оплатой», 7.25.04 and
//! newer): `IntentPayOrder` with the payments, which are promised then, and `PayOrder` without any,
//! which makes them money. `CorrectIntentReceipt` takes the first back.
//!
//! Both requests are one body of the journal, written before the first byte of either leaves. Which of
//! them is sent when is `payment::intended`'s; here is how it is said.

use crate::domain::{Money, Order, OrderGuid};
use crate::payment::intended::{self, Shown, TwoSteps};
use crate::payment::ports::{LockId, Pos as _, ReadError, Receipt, Reply, Ticket};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::Sale;

use super::client::Rkeeper;
use super::licence::info::{self, Info};
use super::order;
use super::request::{braced, command, reference_code, reference_order};
use super::settings::Settings;
use super::wire::of;
use super::xml::{self, Element};

/// The command that prints the receipt of intent.
pub(super) const INTEND: &str = "IntentPayOrder";
/// The command that takes it back. Seen of 7.26: it answers Ok where there is none.
pub(super) const CORRECT: &str = "CorrectIntentReceipt";

/// What stands between the two requests of a body: the beginning of the second, which no value can
/// hold, since `<` in values is an entity.
const BETWEEN: &str = "\n<?xml ";

/// One body of both requests.
pub(super) fn body(mean: Vec<u8>, finish: &[u8]) -> Vec<u8> {
    let mut body = mean;
    body.push(b'\n');
    body.extend_from_slice(finish);
    body
}

/// The requests of a body; the second is there where a receipt of intent is made.
pub(super) fn split(body: &[u8]) -> (&[u8], Option<&[u8]>) {
    let between = BETWEEN.as_bytes();
    let at = body.windows(between.len()).position(|own| own == between);
    match at.and_then(|at| Some((body.get(..at)?, body.get(at + 1..)?))) {
        Some((mean, finish)) => (mean, Some(finish)),
        None => (body, None),
    }
}

/// `PayOrder` without payments: what is intended becomes money, and the receipt is printed.
pub(super) fn finish(
    settings: &Settings,
    sale: &Sale,
    lock: &LockId,
    licence: Option<(&Info, &Ticket)>,
) -> Vec<u8> {
    let mut query = command("PayOrder");
    query.attribute("lockguid", &braced(&lock.0));
    if let Some((info, ticket)) = licence {
        info::write(&mut query, info, &ticket.second());
    }
    reference_order(&mut query, &sale.order);
    reference_code(&mut query, "Station", &settings.station_code);
    reference_code(&mut query, "Cashier", &settings.cashier_code);
    query.finish()
}

/// `CorrectIntentReceipt`. Whether it knows our lock's key is not documented.
fn correct(settings: &Settings, order: &OrderGuid, lock: Option<&LockId>) -> Vec<u8> {
    let mut query = command(CORRECT);
    if let Some(lock) = lock {
        query.attribute("lockguid", &braced(&lock.0));
    }
    reference_order(&mut query, order);
    reference_code(&mut query, "Station", &settings.station_code);
    reference_code(&mut query, "Cashier", &settings.cashier_code);
    if let Some(reason) = &settings.intent_void_reason {
        reference_code(&mut query, "DeleteReason", reason);
    }
    query.finish()
}

/// What a body says of its payment.
struct Meant {
    order: OrderGuid,
    lock: LockId,
    /// The marker of each payment, and their sum.
    markers: Vec<String>,
    sum: Money,
}

impl Meant {
    /// Read out of the request that leaves: after a restart nothing else is known.
    fn read(mean: &[u8]) -> Option<Self> {
        let query = xml::parse(mean, "RK7Query").ok()?;
        let command = query.root().children().next()?;
        let payments: Vec<Element<'_>> = command.all("Payment").collect();
        let sums = payments.iter().map(|payment| payment.money("amount").ok());
        Some(Self {
            order: OrderGuid(command.child("Order")?.attribute("guid")?.to_owned()),
            lock: LockId(command.attribute("lockguid")?.to_owned()),
            markers: payments
                .iter()
                .map(|payment| payment.attribute("extTransactionInfo").map(str::to_owned))
                .collect::<Option<_>>()?,
            sum: Money::total(sums.collect::<Option<Vec<_>>>()?)?,
        })
    }

    /// How much of it an order shows as intended; `None`: nothing.
    fn shown(&self, order: &Order) -> Option<Money> {
        let ours = |text: &str| self.markers.iter().any(|own| text.contains(own.as_str()));
        let lines = order.intended.iter();
        let mut lines = lines
            .filter(|line| line.ext_info.as_deref().is_some_and(ours))
            .peekable();
        lines.peek()?;
        // A sum that is too large is surely not ours.
        Some(Money::total(lines.map(|line| line.amount)).unwrap_or(Money::CEILING))
    }
}

/// A body under way.
struct Sending<'a> {
    till: &'a Rkeeper,
    meant: Meant,
    mean: &'a [u8],
    finish: &'a [u8],
}

impl Sending<'_> {
    fn correct(&self, lock: Option<&LockId>) -> Reply<()> {
        let query = correct(self.till.settings(), &self.meant.order, lock);
        let deadline = self.till.settings().pay_timeout;
        let query = self.till.dressed(query);
        self.till
            .write(CORRECT, &query, deadline, |_| Reply::Done(()))
    }
}

impl TwoSteps for Sending<'_> {
    fn look(&self) -> Result<Shown, ReadError> {
        let order = self.till.order(&self.meant.order)?;
        Ok(match self.meant.shown(&order) {
            _ if order.is_closed() => Shown::Closed,
            _ if order.receipt_failed => Shown::Unclear(of(Reason::ReceiptFailed, "")),
            None => Shown::Nothing,
            Some(sum) if sum == self.meant.sum => Shown::Meant,
            Some(sum) => {
                let sums = format!("{sum} / {}", self.meant.sum);
                Shown::Unclear(of(Reason::IntentReceiptStands, sums))
            }
        })
    }

    fn mean(&self) -> Reply<()> {
        let deadline = self.till.settings().pay_timeout;
        let done = |_: &_| Reply::Done(());
        match self.till.write(INTEND, self.mean, deadline, done) {
            // It was this that was asked for: the site has it otherwise than the settings say.
            Reply::Refused(problem) if problem.reason == Reason::IntentReceiptWanted => {
                Reply::Refused(Problem {
                    reason: Reason::ServerRefused,
                    ..problem
                })
            }
            other @ (Reply::Done(())
            | Reply::Refused(_)
            | Reply::NotDone(_)
            | Reply::Unknown(_)) => other,
        }
    }

    fn finish(&self) -> Reply<Receipt> {
        let deadline = self.till.settings().pay_timeout;
        let done = |answer: &_| Reply::Done(order::receipt(answer));
        self.till.write("PayOrder", self.finish, deadline, done)
    }

    fn take_back(&self) -> Reply<()> {
        match self.correct(Some(&self.meant.lock)) {
            // It does not know our own lock.
            Reply::Refused(problem) if problem.reason == Reason::OrderLocked => {
                self.till.unlock(&self.meant.order, &self.meant.lock);
                self.correct(None)
            }
            told
            @ (Reply::Done(()) | Reply::Refused(_) | Reply::NotDone(_) | Reply::Unknown(_)) => told,
        }
    }
}

impl Rkeeper {
    /// Sends what of a body is not done yet.
    pub(super) fn pay_intended(&self, mean: &[u8], finish: &[u8]) -> Reply<Receipt> {
        match Meant::read(mean) {
            Some(meant) => intended::pay(&Sending {
                till: self,
                meant,
                mean,
                finish,
            }),
            None => Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "the journal holds a payment that this program did not write",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sale, settings};
    use super::*;

    #[test]
    fn a_body_is_taken_apart_as_it_was_put_together() {
        let lock = LockId("{A}".to_owned());
        let finish = finish(&settings("http://till.invalid"), &sale(), &lock, None);
        let whole = body(b"<?xml?><RK7Query/>".to_vec(), &finish);
        assert_eq!(
            split(&whole),
            (&b"<?xml?><RK7Query/>"[..], Some(finish.as_slice()))
        );
        assert_eq!(split(&finish), (finish.as_slice(), None));
        assert_eq!(split(b""), (&b""[..], None));
    }
}
