//! Whose payment an order shows.
//!
//! «Paid» alone proves nothing: another till may have been faster. Our marker proves that it is
//! ours. A missing marker does not prove that it is another's: whether r_keeper keeps
//! `extTransactionInfo` of every line, or merges lines of one currency, is not documented. So a
//! payment that carries our card, or our currency and nobody's marker, is never taken for another's.

use uuid::Uuid;

use crate::domain::{Money, Order, PosPayment};

use super::planted::{Planted, planted};
use super::ports::{LineId, Receipt};
use super::reason::{Problem, Reason, Server};
use super::sale::Sale;
use super::state::AskedOrder;
use super::state::refund::AskedAnnul;

/// How a sale is recognised.
pub struct Known<'a> {
    /// The sale.
    pub sale: &'a Sale,
    /// The line that r_keeper began for it.
    pub begun: Option<&'a LineId>,
    /// Its bytes, sent twice, pay once.
    pub repeats: bool,
    /// Whether this till pays in a currency (code).
    pub own_currency: &'a dyn Fn(&str) -> bool,
}

/// What an order says of a sale.
pub fn who_paid(order: &Order, known: &Known<'_>) -> AskedOrder {
    let sale = known.sale;
    let paid = || order.payments.iter().filter(|payment| !payment.begun);
    let marked: Vec<&PosPayment> = paid()
        .filter(|payment| is_line(payment, known.begun) || mark(payment, sale) == Mark::Ours)
        .collect();
    let closed = order.is_closed();
    let shown = Money::total(marked.iter().map(|payment| payment.amount));
    let whole = shown == Some(sale.due);
    let by_line = marked
        .iter()
        .any(|payment| is_line(payment, known.begun) && payment.amount == sale.due);
    // A begun line looks like a payment but for its status. What the order does not count as prepaid
    // is no money yet, whatever the status says.
    let counted = paid().filter(|payment| payment.prepayment);
    let counted = Money::total(counted.map(|payment| payment.amount));
    if known.begun.is_some()
        && !closed
        && !marked.is_empty()
        && counted.is_none_or(|sum| sum > order.prepaid)
    {
        let sums = format!("{} / {}", counted.unwrap_or_default(), order.prepaid);
        return AskedOrder::Failed(Problem::own(Reason::PaidUnclear, sums));
    }
    let mine = planted(Planted::PaidIsMine) && closed;
    // Each leg by itself, or legs of one currency merged into one line: the sum is all of it.
    if mine || (!marked.is_empty() && whole && (closed || by_line || every_leg(&marked, sale))) {
        let check_num = marked.iter().find_map(|payment| payment.check_num.clone());
        return AskedOrder::PaidByUs(Receipt {
            check_num,
            warning: None,
        });
    }
    let unclear = |detail: String| Problem::own(Reason::PaidUnclear, detail);
    if !marked.is_empty() {
        let sums = format!("{} / {}", shown.unwrap_or_default(), sale.due);
        // A part that arrived twice counts twice.
        let too_much = shown.is_none_or(|shown| shown > sale.due);
        return if closed || too_much {
            AskedOrder::PaidUnclear(unclear(sums))
        } else {
            // r_keeper may be in the middle of it.
            AskedOrder::Failed(unclear(sums))
        };
    }
    if !closed && order.receipt_failed {
        // What r_keeper keeps of a receipt that failed on its way is not documented: another one is
        // not sent after it. Whoever puts it right at the till is waited for.
        let failed = Problem::of(Server::Rkeeper, Reason::ReceiptFailed, "");
        return AskedOrder::Failed(failed);
    }
    let intended = order.intended.iter();
    let intended: Vec<&PosPayment> = intended
        .filter(|payment| mark(payment, sale) == Mark::Ours)
        .collect();
    if !closed && !intended.is_empty() {
        // Each leg by itself, or merged into one line, as with payments.
        let shown = Money::total(intended.iter().map(|payment| payment.amount));
        return if planted(Planted::MeantIsOpen) {
            AskedOrder::Open
        } else if shown == Some(sale.due) {
            AskedOrder::Intended
        } else {
            let sums = format!("{} / {}", shown.unwrap_or_default(), sale.due);
            AskedOrder::Failed(unclear(sums))
        };
    }
    if !closed {
        // It may have lost its marker, and the order may have been opened again by whoever took
        // another payment off.
        return if may_show_ours(order, known) {
            AskedOrder::PaidUnclear(unclear(String::new()))
        } else if known.repeats {
            AskedOrder::Open
        } else {
            AskedOrder::NotShown
        };
    }
    // Removed as a whole, it was paid by nobody.
    let shows_nothing = paid().next().is_none() && !order.deleted;
    if may_show_ours(order, known) || shows_nothing {
        AskedOrder::PaidUnclear(unclear(String::new()))
    } else {
        AskedOrder::PaidByOther(Problem::own(Reason::OrderPaidElsewhere, ""))
    }
}

/// What an order says of a paid sale that is being undone.
pub fn still_stands(order: &Order, known: &Known<'_>) -> AskedAnnul {
    let ours = order.payments.iter().any(|payment| {
        !payment.begun && (is_line(payment, known.begun) || mark(payment, known.sale) == Mark::Ours)
    });
    if ours {
        return AskedAnnul::Stands;
    }
    // An order that lost our marker would look the same as one that somebody paid anew.
    if order.is_closed() {
        match who_paid(order, known) {
            AskedOrder::PaidByOther(_) => AskedAnnul::Gone,
            AskedOrder::PaidByUs(_) => AskedAnnul::Stands,
            AskedOrder::PaidUnclear(problem) | AskedOrder::Failed(problem) => {
                AskedAnnul::CannotTell(problem)
            }
            AskedOrder::Open | AskedOrder::NotShown | AskedOrder::Intended => AskedAnnul::Gone,
        }
    } else if may_show_ours(order, known) {
        AskedAnnul::CannotTell(Problem::own(Reason::PaidUnclear, ""))
    } else {
        AskedAnnul::Gone
    }
}

/// Whether some payment, made or intended, carries our card, or our currency, and nobody's marker.
fn may_show_ours(order: &Order, known: &Known<'_>) -> bool {
    let sale = known.sale;
    let paid = order.payments.iter().filter(|payment| !payment.begun);
    paid.chain(&order.intended).any(|payment| {
        mark(payment, sale) != Mark::Others
            && (payment
                .card_code
                .as_ref()
                .is_some_and(|card| sale.legs.iter().any(|leg| leg.uid == *card))
                || payment.currency.as_deref().is_some_and(known.own_currency))
    })
}

fn is_line(payment: &PosPayment, begun: Option<&LineId>) -> bool {
    begun.is_some_and(|line| {
        payment
            .line_guid
            .as_deref()
            .is_some_and(|guid| guid.eq_ignore_ascii_case(&line.0))
    })
}

/// Whether a payment that an order shows names this sale.
pub fn is_ours(payment: &PosPayment, sale: &Sale) -> bool {
    mark(payment, sale) == Mark::Ours
}

/// A line that r_keeper began for this sale, and that is no money.
pub fn begun_line(order: &Order, sale: &Sale) -> Option<LineId> {
    let begun = order
        .payments
        .iter()
        .find(|payment| payment.begun && mark(payment, sale) == Mark::Ours)?;
    Some(LineId(begun.line_guid.clone()?))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It names this payment.
    Ours,
    /// It names another payment of a program like this one.
    Others,
    /// No marker, or none that can be read.
    None,
}

fn mark(payment: &PosPayment, sale: &Sale) -> Mark {
    let Some(text) = payment.ext_info.as_deref().map(str::trim) else {
        return Mark::None;
    };
    let own = sale.payment.to_string();
    let text = text.to_ascii_lowercase();
    if text.contains(&own) {
        return Mark::Ours;
    }
    let foreign = text
        .split_once('/')
        .is_some_and(|(id, leg)| Uuid::try_parse(id).is_ok() && leg.parse::<u32>().is_ok());
    // One that was cut short proves nothing: ids made in the same minute begin alike.
    if foreign { Mark::Others } else { Mark::None }
}

fn every_leg(marked: &[&PosPayment], sale: &Sale) -> bool {
    sale.legs.iter().all(|leg| {
        let marker = sale.marker(leg);
        marked.iter().any(|payment| {
            payment.ext_info.as_deref() == Some(marker.as_str()) && payment.amount == leg.amount
        })
    })
}

#[cfg(test)]
mod tests;
