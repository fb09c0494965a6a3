//! Looking back: what both servers show of this till's payments, held beside the journal.
//!
//! A journal that lost its end cannot say so itself; the servers can. Every name of a payment
//! proves which till made it, so nothing of another till is ever looked at. Pure: who asks the
//! servers is the driver.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Money, Order, OrderGuid};

use super::orphan::{Orphan, OrphanKind, Sums, named};
use super::ports::{OperationId, SeenOperations};
use super::progress::Progress;
use super::reason::Problem;
use super::sale::PaymentId;
use super::state::Phase;
use super::state::refund::RefundPhase;

/// What the journal says a payment should look like at the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belief {
    /// What is taken in Lime, refunds taken off; `None` while it is under way.
    pub wallet: Option<Money>,
    /// What r_keeper shows as paid; `None` while it is under way, or was given back since.
    pub pos: Option<Money>,
    /// Lime's name of the debit.
    pub debit: Option<OperationId>,
    /// Some of what was taken was given back: a list that is cut may show only the taking.
    pub gave_back: bool,
    /// A person's word decided about it: what a server lacks is known.
    pub decided: bool,
    /// All of it happened in the time that was looked at.
    pub in_time: bool,
    /// The order in r_keeper.
    pub order: OrderGuid,
    /// As the waiters see it.
    pub order_name: String,
    /// The receipt, where it is known.
    pub check_num: Option<String>,
}

impl Belief {
    /// What a payment's rows say.
    pub fn of(progress: &Progress, in_time: bool) -> Self {
        let refunds = || progress.refunds.iter().map(|refund| refund.phase);
        let open = !progress.phase.is_final() || refunds().any(RefundPhase::is_open);
        let stands = if progress.phase == Phase::Done {
            progress.sale.due
        } else {
            Money::ZERO
        };
        let given_back = progress
            .refunds
            .iter()
            .filter(|refund| refund.phase.has_returned())
            .map(|refund| refund.refund.total());
        let left = Money::total(given_back).and_then(|back| stands.checked_sub(back));
        let refunded = refunds().any(RefundPhase::may_have_returned);
        let decided = !progress.decisions.is_empty()
            || progress
                .refunds
                .iter()
                .any(|refund| !refund.decisions.is_empty());
        Self {
            wallet: left.filter(|_| !open),
            debit: progress.debit.clone(),
            pos: Some(stands).filter(|_| !open && !refunded),
            gave_back: refunded || progress.give_back.is_some(),
            decided,
            in_time,
            order: progress.sale.order.clone(),
            order_name: progress.sale.order_name.clone(),
            check_num: progress
                .receipt
                .as_ref()
                .and_then(|receipt| receipt.check_num.clone()),
        }
    }
}

/// How far a server could be looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To the end.
    Whole,
    /// Not to the end: too much of it, too little time, or a row that says nothing.
    Partly,
    /// The site's server cannot be asked for a list.
    Cannot,
    /// It did not answer, or not so that it could be understood.
    Failed(Problem),
}

/// What looking back came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// What needs a person, found now or before, oldest payment first.
    pub orphans: Vec<Orphan>,
    /// How far Lime was looked through.
    pub wallet: Asked,
    /// How far r_keeper was looked through.
    pub pos: Asked,
}

/// What Lime shows of one payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalletShows {
    /// Sum of its debits.
    pub taken: Money,
    /// Sum of its returns.
    pub given_back: Money,
    /// All of them, in the order of the list.
    pub operations: Vec<OperationId>,
}

/// What Lime shows of one debit that it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Single {
    /// It is there, with no other sum than was asked for, as far as that is shown.
    AsAsked,
    /// It is there, and moved so much.
    Moved(Money),
    /// It is not there.
    Gone,
}

/// What r_keeper shows of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PosShows {
    /// Sum of its lines.
    pub sum: Money,
    /// Number of the receipt, where it is in one.
    pub check_num: Option<String>,
    /// The order.
    pub order: OrderGuid,
    /// As the waiters see it.
    pub order_name: String,
}

/// What both servers show, by payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Lime's list; `None`: it was not to be had.
    pub wallet: Option<BTreeMap<PaymentId, WalletShows>>,
    /// Operations of Lime's list of which nothing says whose they are.
    pub nameless: BTreeSet<String>,
    /// Nothing of Lime's list is missing.
    pub wallet_whole: bool,
    /// Debits that were asked for one by one, where Lime has no list.
    pub singly: BTreeMap<PaymentId, Single>,
    /// What the orders that were read show.
    pub pos: BTreeMap<PaymentId, PosShows>,
    /// Payments that surely do not stand any more on an order that was read.
    pub gone: BTreeSet<PaymentId>,
    /// Orders that were read.
    pub read: BTreeSet<OrderGuid>,
}

impl Shown {
    /// Takes in what Lime listed.
    pub fn wallet(&mut self, seen: SeenOperations) {
        self.wallet_whole = seen.whole;
        let nameless = seen.nameless.into_iter();
        self.nameless.extend(nameless.map(|operation| operation.0));
        let listed = self.wallet.get_or_insert_default();
        for operation in seen.operations {
            let shows = listed.entry(operation.payment).or_default();
            let sum = if operation.returns {
                &mut shows.given_back
            } else {
                &mut shows.taken
            };
            *sum = sum.checked_add(operation.amount).unwrap_or(Money::CEILING);
            shows.operations.push(operation.operation);
        }
    }

    /// Takes in an order of r_keeper.
    pub fn order(&mut self, order: &Order) {
        for payment in order.payments.iter().filter(|payment| !payment.begun) {
            let Some(id) = payment.ext_info.as_deref().and_then(named) else {
                continue;
            };
            let shows = self.pos.entry(id).or_insert_with(|| PosShows {
                sum: Money::ZERO,
                check_num: None,
                order: order.guid.clone(),
                order_name: order.name.clone(),
            });
            shows.sum = shows
                .sum
                .checked_add(payment.amount)
                .unwrap_or(Money::CEILING);
            shows.check_num = shows.check_num.take().or(payment.check_num.clone());
        }
        self.read.insert(order.guid.clone());
    }

    /// Every payment that is shown.
    pub fn payments(&self) -> BTreeSet<PaymentId> {
        let wallet = self.wallet.iter().flat_map(BTreeMap::keys);
        wallet.chain(self.pos.keys()).copied().collect()
    }
}

/// Where servers and journal disagree, by payment. `believed` has every payment of the time looked
/// at, and every one that is shown and that the journal knows; `made_here` proves the names.
pub fn compare(
    shown: &Shown,
    believed: &BTreeMap<PaymentId, Belief>,
    made_here: &dyn Fn(PaymentId) -> bool,
) -> Vec<Orphan> {
    let mut all = shown.payments();
    all.extend(believed.keys());
    all.into_iter()
        .filter(|&payment| made_here(payment))
        .filter_map(|payment| match believed.get(&payment) {
            None => not_in_journal(payment, shown),
            Some(belief) => differs(payment, shown, belief),
        })
        .collect()
}

/// A payment that the journal does not know. One that was taken and given back needs nobody.
fn not_in_journal(payment: PaymentId, shown: &Shown) -> Option<Orphan> {
    let nothing = |shown| Sums {
        shown,
        believed: Money::ZERO,
    };
    let pos = shown.pos.get(&payment);
    let wallet = shown.wallet.as_ref().map(|_| net(payment, shown));
    let stands = |sum: Option<Money>| sum.is_some_and(Money::is_positive);
    if !stands(wallet) && !stands(pos.map(|pos| pos.sum)) {
        return None;
    }
    Some(Orphan {
        payment,
        kind: OrphanKind::NotInJournal,
        wallet: wallet.map(nothing),
        operations: operations(payment, shown),
        pos: pos.map(|pos| nothing(pos.sum)),
        order: pos.map(|pos| pos.order.clone()),
        order_name: pos.map(|pos| pos.order_name.clone()),
        check_num: pos.and_then(|pos| pos.check_num.clone()),
    })
}

/// A payment that the journal knows.
fn differs(payment: PaymentId, shown: &Shown, belief: &Belief) -> Option<Orphan> {
    let wallet = wallet_sums(payment, shown, belief);
    let pos = pos_sums(payment, shown, belief);
    let wrong = |sums: &Option<Sums>| sums.is_some_and(|sums| sums.shown != sums.believed);
    if !wrong(&wallet) && !wrong(&pos) {
        return None;
    }
    let sides = || [wallet, pos].into_iter().flatten();
    let kind = if sides().any(|sums| sums.shown < sums.believed) {
        OrphanKind::Missing
    } else if sides().all(|sums| sums.believed.is_zero()) {
        OrphanKind::NotBelieved
    } else {
        OrphanKind::TooMuch
    };
    let receipt = shown
        .pos
        .get(&payment)
        .and_then(|pos| pos.check_num.clone());
    Some(Orphan {
        payment,
        kind,
        wallet,
        operations: operations(payment, shown),
        pos,
        order: Some(belief.order.clone()),
        order_name: Some(belief.order_name.clone()),
        check_num: receipt.or(belief.check_num.clone()),
    })
}

/// Lime's side, where something can be said of it.
fn wallet_sums(payment: PaymentId, shown: &Shown, belief: &Belief) -> Option<Sums> {
    let believed = belief.wallet?;
    if !belief.in_time {
        return None;
    }
    let Some(listed) = &shown.wallet else {
        let shown = match shown.singly.get(&payment)? {
            Single::Gone if !belief.decided => Money::ZERO,
            Single::Moved(moved) => *moved,
            Single::AsAsked | Single::Gone => return None,
        };
        return Some(Sums { shown, believed });
    };
    let sums = Sums {
        shown: net(payment, shown),
        believed,
    };
    let judged = if shown.wallet_whole {
        // What a person took for done is not shouted about because it is not there; nor is what
        // may be there without its name.
        let is_nameless = |debit: &OperationId| shown.nameless.contains(&debit.0);
        let excused = belief.decided || belief.debit.as_ref().is_some_and(is_nameless);
        sums.shown >= believed || !excused
    } else {
        // Of a list that is cut, only what stands in it can be told.
        !belief.gave_back && sums.shown > believed && listed.contains_key(&payment)
    };
    judged.then_some(sums)
}

/// r_keeper's side, where something can be said of it.
fn pos_sums(payment: PaymentId, shown: &Shown, belief: &Belief) -> Option<Sums> {
    let believed = belief.pos?;
    let sum = match shown.pos.get(&payment) {
        // r_keeper may have kept the markers of some legs only.
        Some(pos) if pos.sum < believed => return None,
        Some(pos) => pos.sum,
        None if shown.gone.contains(&payment) && !belief.decided => Money::ZERO,
        None => return None,
    };
    Some(Sums {
        shown: sum,
        believed,
    })
}

/// What Lime shows as taken and not given back.
fn net(payment: PaymentId, shown: &Shown) -> Money {
    let listed = shown.wallet.as_ref().and_then(|all| all.get(&payment));
    listed
        .and_then(|shows| shows.taken.checked_sub(shows.given_back))
        .unwrap_or(Money::ZERO)
}

fn operations(payment: PaymentId, shown: &Shown) -> Vec<OperationId> {
    let listed = shown.wallet.as_ref().and_then(|all| all.get(&payment));
    listed.map_or_else(Vec::new, |shows| shows.operations.clone())
}

#[cfg(test)]
mod tests;
