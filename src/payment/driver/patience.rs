//! How long is waited in front of the guest, and the pauses between calls.

use std::time::Duration;

use jiff::Timestamp;

use super::{Driver, jitter};
use crate::domain::Money;
use crate::payment::ports::Clock;
use crate::payment::progress::{Progress, TRIES_BEFORE_MANAGER};
use crate::payment::sale::PaymentId;

/// Pauses and patience.
#[derive(Clone, Debug)]
pub struct Patience {
    /// How long the cashier waits in front of the guest before an unsettled payment is parked.
    pub front: Duration,
    /// Longest pause before the second, third, … call without a definite answer; the last one
    /// repeats. How much of it is waited differs from payment to payment.
    pub pauses: Vec<Duration>,
    /// Pause before an order that somebody else has locked is tried once more; zero: it is not.
    pub locked: Duration,
    /// Asked in vain that often, a payment is shown as needing a manager.
    pub tries: u32,
    /// Not settled for that long, it is shown so too.
    pub manager_after: Duration,
    /// Larger bills are refused as surely wrong.
    pub sum_max: Money,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            front: Duration::from_secs(45),
            pauses: [2, 4, 8, 16, 30].map(Duration::from_secs).to_vec(),
            locked: Duration::from_secs(5),
            tries: TRIES_BEFORE_MANAGER,
            manager_after: Duration::from_mins(15),
            sum_max: Money::CEILING,
        }
    }
}

impl Patience {
    /// Tells a payment when it is shown as needing a manager.
    pub fn judge(&self, progress: &mut Progress, now: Timestamp) {
        progress.tries_before_manager = self.tries;
        progress.overdue_since = now.checked_sub(self.manager_after).ok();
    }

    /// The longest pause after so many calls without a definite answer.
    pub(super) fn pause(&self, tries: u32) -> Duration {
        let index = usize::try_from(tries)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        self.pauses
            .get(index)
            .or(self.pauses.last())
            .copied()
            .unwrap_or(Duration::ZERO)
    }
}

/// What is to be done now.
pub(super) enum Turn {
    /// The time in front of the guest is over.
    Up,
    /// The next call is not due yet.
    Wait(Duration),
    /// The next call.
    Act,
}

/// The time spent on a payment or a refund, and the pauses between calls.
pub(super) struct Turns {
    payment: PaymentId,
    began: Duration,
    waited_for: u32,
}

impl Turns {
    pub(super) fn begin(clock: &dyn Clock, payment: PaymentId, tries: u32) -> Self {
        Self {
            payment,
            began: clock.elapsed(),
            waited_for: tries,
        }
    }

    pub(super) fn left(&self, driver: &Driver<'_>) -> Duration {
        let spent = driver.clock.elapsed().saturating_sub(self.began);
        driver.patience.front.saturating_sub(spent)
    }

    pub(super) fn turn(&mut self, driver: &Driver<'_>, tries: u32, settles: bool) -> Turn {
        let left = self.left(driver);
        let due = tries > self.waited_for;
        let pause = if due {
            jitter::jittered(driver.patience.pause(tries), self.payment, tries)
        } else {
            Duration::ZERO
        };
        // Something new is not begun any more; what was begun is asked for once, at once.
        let first_look = !due && settles;
        if pause > left || (left.is_zero() && !first_look) {
            return Turn::Up;
        }
        if pause.is_zero() {
            return Turn::Act;
        }
        self.waited_for = tries;
        Turn::Wait(pause)
    }
}
