//! What a refund gives back: sums of legs of a paid bill, dish by dish, and who wants it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Attribution, Money, Part};

use super::ports::LockId;
use super::progress::Progress;
use super::reason::{Problem, Reason};
use super::sale::PaymentId;
use super::state::Phase;

/// Most refunds of one payment.
pub const REFUNDS_MAX: usize = 1_000;

/// Names a refund for ever; made by this till before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefundId(Uuid);

impl RefundId {
    /// A new one: sorted by time of making, unique by randomness.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The one with these bits; for tests and replays.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl Default for RefundId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RefundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for RefundId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What goes back to one leg's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPart {
    /// Number of the leg.
    pub leg: u32,
    /// Always above zero.
    pub amount: Money,
}

/// A refund, fixed before the first byte leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// This refund.
    pub id: RefundId,
    /// What it gives back of which leg.
    pub parts: Vec<RefundPart>,
    /// The same, dish by dish: indices into the sale's lines and legs.
    pub rows: Attribution,
    /// It gives back the whole payment at once, so r_keeper can undo the payment as a whole.
    pub whole: bool,
    /// r_keeper is left to a person, whatever the site allows.
    pub by_hand: bool,
    /// Who wants it.
    pub operator: String,
    /// The manager who said yes to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// Why, in his own words.
    pub why: String,
    /// The lock to be taken on an order that is still open.
    pub lock: LockId,
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct RefundRequest {
    /// The payment.
    pub payment: PaymentId,
    /// Legs by number with a sum, or with all that is left of them. Empty: all that is left.
    pub legs: Vec<(u32, Option<Money>)>,
    /// r_keeper is left to a person.
    pub by_hand: bool,
    /// Who asks.
    pub operator: String,
    /// The manager who said yes to it.
    pub approver: Option<String>,
    /// Why.
    pub why: String,
}

impl Refund {
    /// The refund that a request describes, checked: the payment is paid, no other refund of it is
    /// open, and no leg gives back more than was taken and not yet given back.
    pub fn new(
        id: RefundId,
        lock: LockId,
        request: &RefundRequest,
        payment: &Progress,
    ) -> Result<Self, Problem> {
        if payment.phase != Phase::Done {
            return Err(Problem::own(Reason::NothingToRefund, ""));
        }
        if let Some(open) = payment.refunds.iter().find(|past| past.phase.is_open()) {
            return Err(Problem::own(
                Reason::PaymentOpen,
                open.refund.id.to_string(),
            ));
        }
        if payment.refunds.len() >= REFUNDS_MAX {
            return Err(Problem::own(
                Reason::RefundTooLarge,
                format!("{REFUNDS_MAX}"),
            ));
        }
        let sale = &payment.sale;
        let asked: Vec<(u32, Option<Money>)> = if request.legs.is_empty() {
            sale.legs.iter().map(|leg| (leg.number, None)).collect()
        } else {
            request.legs.clone()
        };
        let mut parts: Vec<RefundPart> = Vec::new();
        let mut rows = Vec::new();
        for (number, amount) in asked {
            let index = sale
                .legs
                .iter()
                .position(|leg| leg.number == number)
                .ok_or_else(|| Problem::own(Reason::NothingToRefund, format!("{number}")))?;
            if parts.iter().any(|part| part.leg == number) {
                return Err(Problem::own(Reason::SplitInvalid, format!("{number}")));
            }
            let left = payment.left_of(index);
            let amount = amount.unwrap_or(left);
            if amount > left {
                let sums = format!("{amount} > {left}");
                return Err(Problem::own(Reason::RefundTooLarge, sums));
            }
            if !amount.is_positive() {
                continue;
            }
            rows.extend(
                spread(payment, index, amount)
                    .ok_or_else(|| Problem::own(Reason::BillContradicts, ""))?,
            );
            parts.push(RefundPart {
                leg: number,
                amount,
            });
        }
        if parts.is_empty() {
            return Err(Problem::own(Reason::NothingToRefund, ""));
        }
        let total = Money::total(parts.iter().map(|part| part.amount));
        let whole = total == Some(sale.due);
        rows.sort_by_key(|part| (part.line, part.leg));
        Ok(Self {
            id,
            parts,
            rows: Attribution { parts: rows },
            whole,
            by_hand: request.by_hand,
            operator: request.operator.clone(),
            approver: request.approver.clone(),
            why: request.why.clone(),
            lock,
        })
    }

    /// What goes back in all.
    pub fn total(&self) -> Money {
        Money::total(self.parts.iter().map(|part| part.amount)).unwrap_or_default()
    }
}

/// A leg's sum over the dishes that it paid, in proportion to what is left of each.
fn spread(payment: &Progress, leg: usize, amount: Money) -> Option<Vec<Part>> {
    let left: Vec<Part> = payment
        .sale
        .attribution
        .of_leg(leg)
        .filter_map(|part| {
            let returned = Money::total(
                payment
                    .refunds
                    .iter()
                    .filter(|past| past.phase.may_have_returned())
                    .flat_map(|past| &past.refund.rows.parts)
                    .filter(|past| (past.line, past.leg) == (part.line, part.leg))
                    .map(|past| past.amount),
            )?;
            let amount = part.amount.checked_sub(returned)?;
            amount.is_positive().then_some(Part { amount, ..*part })
        })
        .collect();
    let weights: Vec<i64> = left.iter().map(|part| part.amount.kopecks()).collect();
    let shares = amount.in_proportion(&weights)?;
    let parts = left
        .iter()
        .zip(shares)
        .filter(|(_, share)| share.is_positive())
        .map(|(part, share)| {
            (share <= part.amount).then_some(Part {
                amount: share,
                ..*part
            })
        })
        .collect::<Option<Vec<_>>>()?;
    (Money::total(parts.iter().map(|part| part.amount))? == amount).then_some(parts)
}

#[cfg(test)]
mod tests;
