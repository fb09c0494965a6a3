//! Whether the order is still what the cashier saw: before any money moves, and before r_keeper is paid.

use super::waiting::Waits;
use super::{Watcher, Work};
use crate::domain::{Line, Order};
use crate::payment::ports::{ReadError, Receipt, Reply};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::Sale;
use crate::payment::state::Event;

impl Work<'_, '_> {
    /// Checks the order, again where what is in the way passes by itself; nothing has moved yet.
    pub(super) fn check_order(&mut self, watcher: &mut dyn Watcher) -> Result<(), Problem> {
        let mut waits = Waits::default();
        loop {
            let Err(problem) = self.try_order() else {
                return Ok(());
            };
            match waits.next(&problem, self.driver.patience) {
                Some(pause) if self.wait_for(pause, &problem, watcher) => {}
                Some(_) | None => return Err(problem),
            }
        }
    }

    /// Locks the order and makes sure that it is the one the cashier saw, before any money moves.
    pub(super) fn try_order(&mut self) -> Result<(), Problem> {
        let (pos, sale) = (self.driver.pos, &self.progress.sale);
        let Some(request) = self.request else {
            return Err(Problem::own(Reason::Interrupted, ""));
        };
        let locking = pos.lock(&sale.order, &self.progress.lock);
        self.locked = matches!(locking, Reply::Done(()) | Reply::Unknown(_));
        match locking {
            Reply::Done(()) => {}
            Reply::Refused(problem) => {
                // The order itself says better why it cannot be locked; who holds it says more than
                // what he has changed so far.
                let held = problem.reason == Reason::OrderLocked;
                let now = pos.order(&sale.order).ok();
                let now = now.filter(|order| !held || order.is_closed());
                let better = now.and_then(|order| difference(&request.order, &order));
                return Err(better.unwrap_or(problem));
            }
            Reply::NotDone(problem) | Reply::Unknown(problem) => return Err(problem),
        }
        let read = |error: ReadError| error.problem().clone();
        let order = pos.order(&sale.order).map_err(read)?;
        if let Some(problem) = difference(&request.order, &order) {
            return Err(problem);
        }
        if let Some(hindrance) = order.hindrance() {
            return Err(hindrance.into());
        }
        if !pos.keeps_orders() {
            // What fits a bill now may be too much for it a moment later, and more than is due is
            // refused only by what pays the whole.
            if sale.is_part() {
                return Err(Problem::of(Server::Rkeeper, Reason::LockMissing, ""));
            }
            free(&order)?;
        }
        let payable = pos.payable(sale).map_err(read)?;
        let expected = sale.due.checked_add(sale.rest);
        if Some(payable.unpaid) == expected {
            Ok(())
        } else {
            let sums = format!("{} ≠ {}", payable.unpaid, expected.unwrap_or(sale.due));
            let reason = if order.promised.is_positive() {
                Reason::PaymentPromised
            } else {
                Reason::OrderChanged
            };
            Err(Problem::of(Server::Rkeeper, reason, sums))
        }
    }

    /// A part payment is begun in r_keeper before any money moves, where r_keeper knows how.
    pub(super) fn begin_part(&self) -> Result<Event, Problem> {
        let sale = &self.progress.sale;
        if !sale.is_part() {
            return Ok(Event::OrderConfirmed);
        }
        match self.driver.pos.begin_part(sale, &self.progress.lock) {
            Reply::Done(None) => Ok(Event::OrderConfirmed),
            Reply::Done(Some(line)) => Ok(Event::Begun(line)),
            Reply::Refused(problem) | Reply::NotDone(problem) | Reply::Unknown(problem) => {
                Err(problem)
            }
        }
    }

    /// Sends the payment. Where nothing keeps the order as it was, it is read once more before: what
    /// r_keeper does with more than is due is not documented. What is in the way then counts as
    /// r_keeper's own refusal.
    pub(super) fn send_payment(&self, body: &[u8]) -> Reply<Receipt> {
        let (pos, sale) = (self.driver.pos, &self.progress.sale);
        if !pos.keeps_orders() {
            let order = match pos.order(&sale.order) {
                Ok(order) => order,
                // Nothing has left.
                Err(error) => return Reply::NotDone(error.problem().clone()),
            };
            let seen = self.request.map(|request| &request.order);
            if let Err(problem) = still_payable(sale, seen, &order) {
                return Reply::Refused(problem);
            }
        }
        pos.pay(body)
    }
}

/// Whether a bill is still what a payment pays. `seen`: as the cashier saw it, until a restart.
pub(super) fn still_payable(sale: &Sale, seen: Option<&Order>, now: &Order) -> Result<(), Problem> {
    if let Some(problem) = seen.and_then(|seen| difference(seen, now)) {
        return Err(problem);
    }
    if let Some(hindrance) = now.hindrance() {
        return Err(hindrance.into());
    }
    free(now)?;
    if now.unpaid == sale.due {
        Ok(())
    } else {
        let sums = format!("{} → {}", sale.due, now.unpaid);
        Err(Problem::own(Reason::OrderChanged, sums))
    }
}

/// Nobody has the order open, as far as r_keeper shows it.
fn free(order: &Order) -> Result<(), Problem> {
    match &order.locked_by {
        None => Ok(()),
        Some(who) => Err(Problem::of(
            Server::Rkeeper,
            Reason::OrderLocked,
            who.as_str(),
        )),
    }
}

/// How the order differs from what the cashier saw, in what concerns the bill. The version alone
/// does not count: it also changes with comments and with our own lock.
fn difference(seen: &Order, now: &Order) -> Option<Problem> {
    let money = |order: &Order| (order.total, order.unpaid, order.prepaid);
    let dishes = |order: &Order| -> Vec<_> {
        let line = |line: &Line| (line.id.clone(), line.quantity, line.amount);
        order.lines.iter().map(line).collect()
    };
    if now.is_closed() {
        let reason = if now.deleted {
            Reason::OrderClosed
        } else {
            Reason::OrderPaidElsewhere
        };
        Some(Problem::own(reason, ""))
    } else if money(seen) != money(now) {
        Some(Problem::own(
            Reason::OrderChanged,
            format!("{} → {}", seen.unpaid, now.unpaid),
        ))
    } else if dishes(seen) != dishes(now) {
        Some(Problem::own(Reason::OrderChanged, ""))
    } else {
        None
    }
}
