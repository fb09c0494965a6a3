//! Sites that print a receipt of intent before every payment («Единый чек перед оплатой», 7.25.04 and
//! newer): `IntentPayOrder` with the payments, which are promised then, and `PayOrder` without any,
//! which makes them money. `CorrectIntentReceipt` takes the first back.
//!
//! Both requests are one body of the journal, written before the first byte of either leaves. How far
//! an earlier sending got is never remembered: the order is read before each one, so that the receipt
//! of intent is made once and the second request finishes what is there. Between the two, nothing is
//! paid and anybody at the till may finish the order: a payment is called refused only once the order
//! shows that our receipt of intent is gone.

use crate::domain::{Money, Order, OrderGuid};
use crate::payment::ports::{LockId, Pos as _, Receipt, Reply};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::Sale;

use super::client::Rkeeper;
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
pub(super) fn body(intend: Vec<u8>, finish: &[u8]) -> Vec<u8> {
    let mut body = intend;
    body.push(b'\n');
    body.extend_from_slice(finish);
    body
}

/// The requests of a body; the second is there where a receipt of intent is made.
pub(super) fn split(body: &[u8]) -> (&[u8], Option<&[u8]>) {
    let between = BETWEEN.as_bytes();
    let at = body.windows(between.len()).position(|own| own == between);
    match at.and_then(|at| Some((body.get(..at)?, body.get(at + 1..)?))) {
        Some((intend, finish)) => (intend, Some(finish)),
        None => (body, None),
    }
}

/// `PayOrder` without payments: what is intended becomes money, and the receipt is printed.
pub(super) fn finish(settings: &Settings, sale: &Sale, lock: &LockId) -> Vec<u8> {
    let mut query = command("PayOrder");
    query.attribute("lockguid", &braced(&lock.0));
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
    fn read(intend: &[u8]) -> Option<Self> {
        let query = xml::parse(intend, "RK7Query").ok()?;
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

impl Rkeeper {
    /// Sends what of a body is not done yet.
    pub(super) fn pay_intended(&self, intend: &[u8], finish: &[u8]) -> Reply<Receipt> {
        let Some(meant) = Meant::read(intend) else {
            let unreadable = of(Reason::AnswerNotUnderstood, "the journal's body is not ours");
            return Reply::Unknown(unreadable);
        };
        let now = match self.order(&meant.order) {
            Ok(now) => now,
            // Nothing left in this sending.
            Err(error) => return Reply::NotDone(error.problem().clone()),
        };
        if now.is_closed() {
            return Reply::Refused(of(Reason::OrderClosed, ""));
        }
        match meant.shown(&now) {
            None => match self.intend(intend) {
                Reply::Done(()) => self.finish(&meant, finish),
                Reply::Refused(problem) => Reply::Refused(problem),
                Reply::NotDone(problem) => Reply::NotDone(problem),
                Reply::Unknown(problem) => Reply::Unknown(problem),
            },
            Some(sum) if sum == meant.sum && !now.receipt_failed => self.finish(&meant, finish),
            Some(sum) => {
                let sums = format!("{sum} / {}", meant.sum);
                Reply::Unknown(of(Reason::IntentReceiptStands, sums))
            }
        }
    }

    fn intend(&self, intend: &[u8]) -> Reply<()> {
        let deadline = self.settings().pay_timeout;
        match self.write(INTEND, intend, deadline, |_| Reply::Done(())) {
            // It was this that was asked for; the site has it otherwise than the settings say.
            Reply::Refused(problem) if problem.reason == Reason::IntentReceiptWanted => {
                Reply::Refused(Problem {
                    reason: Reason::ServerRefused,
                    ..problem
                })
            }
            other => other,
        }
    }

    fn finish(&self, meant: &Meant, finish: &[u8]) -> Reply<Receipt> {
        let deadline = self.settings().pay_timeout;
        let done = |answer: &_| Reply::Done(order::receipt(answer));
        match self.write("PayOrder", finish, deadline, done) {
            Reply::Refused(problem) if !problem.reason.passes_by_itself() => {
                self.withdraw(meant, problem)
            }
            // The receipt of intent is there all the same.
            Reply::Refused(problem) | Reply::NotDone(problem) => Reply::Unknown(problem),
            told @ (Reply::Done(_) | Reply::Unknown(_)) => told,
        }
    }

    /// r_keeper does not finish it: the receipt of intent is taken back, and the order must show so.
    fn withdraw(&self, meant: &Meant, refused: Problem) -> Reply<Receipt> {
        let mut told = self.correct(&correct(self.settings(), &meant.order, Some(&meant.lock)));
        if let Reply::Refused(problem) = &told
            && problem.reason == Reason::OrderLocked
        {
            // It did not know our own lock.
            self.unlock(&meant.order, &meant.lock);
            told = self.correct(&correct(self.settings(), &meant.order, None));
        }
        let now = self.order(&meant.order);
        let gone = now.is_ok_and(|now| meant.shown(&now).is_none());
        match told {
            Reply::Done(()) if gone => Reply::Refused(refused),
            Reply::Done(()) => Reply::Unknown(stands(&refused, None)),
            Reply::Refused(problem) | Reply::NotDone(problem) | Reply::Unknown(problem) => {
                Reply::Unknown(stands(&refused, Some(&problem)))
            }
        }
    }

    fn correct(&self, query: &[u8]) -> Reply<()> {
        let query = self.dressed(query.to_vec());
        let deadline = self.settings().pay_timeout;
        self.write(CORRECT, &query, deadline, |_| Reply::Done(()))
    }
}


fn stands(refused: &Problem, withdrawn: Option<&Problem>) -> Problem {
    let words = match withdrawn {
        Some(problem) => format!("PayOrder: {}; {CORRECT}: {}", refused.detail, problem.detail),
        None => format!("PayOrder: {}", refused.detail),
    };
    of(Reason::IntentReceiptStands, words)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sale, settings};
    use super::*;

    #[test]
    fn a_body_is_taken_apart_as_it_was_put_together() {
        let lock = LockId("{A}".to_owned());
        let finish = finish(&settings("http://till.invalid"), &sale(), &lock);
        let whole = body(b"<?xml?><RK7Query/>".to_vec(), &finish);
        assert_eq!(
            split(&whole),
            (&b"<?xml?><RK7Query/>"[..], Some(finish.as_slice()))
        );
        assert_eq!(split(&finish), (finish.as_slice(), None));
        assert_eq!(split(b""), (&b""[..], None));
    }
}
