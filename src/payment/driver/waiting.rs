//! What passes by itself before any money moves is waited for, shortly and in sight of the cashier:
//! the tail of somebody else's lock, and a common shift that is just being closed.

use std::time::Duration;

use crate::payment::reason::{Problem, Reason};
use crate::payment::view::Step;

use super::{Patience, Watcher, Work};

/// So often an order is tried again while the common shift is closing.
const SHIFT_CLOSING_RETRIES: u32 = 3;

/// Between two looks at whether the cashier wants out.
const SLICE: Duration = Duration::from_secs(1);

/// What one payment has waited for so far.
#[derive(Default)]
pub(super) struct Waits {
    for_lock: bool,
    for_shift: u32,
}

impl Waits {
    /// How long to wait before the order is tried again, and what is said meanwhile; `None` where
    /// waiting is not known to help. A lock is waited for once: whoever has the order open on a
    /// till's screen keeps it for as long as he likes.
    pub fn next(&mut self, problem: &Problem, patience: &Patience) -> Option<(Duration, Step)> {
        let pause = if problem.reason == Reason::OrderLocked && !self.for_lock {
            self.for_lock = true;
            (patience.locked, Step::WaitingForOrder)
        } else if problem.reason == Reason::ShiftClosing && self.for_shift < SHIFT_CLOSING_RETRIES {
            self.for_shift += 1;
            (patience.pause(self.for_shift), Step::WaitingForShift)
        } else {
            return None;
        };
        (!pause.0.is_zero()).then_some(pause)
    }
}

impl Work<'_, '_> {
    /// Waits with the reason on the screen; `false` if the cashier wants out.
    pub(super) fn wait_for(
        &self,
        (pause, step): (Duration, Step),
        problem: &Problem,
        watcher: &mut dyn Watcher,
    ) -> bool {
        // Counted, not measured: a program that ends is not kept waiting by its clock.
        let mut left = pause;
        while !left.is_zero() {
            let mut view = self.progress.view(Some(left.as_secs().max(1)));
            view.step = step;
            view.problem = Some(problem.clone());
            watcher.show(&view);
            if watcher.cancelled() {
                return false;
            }
            let slice = left.min(SLICE);
            self.driver.clock.wait(slice);
            left = left.saturating_sub(slice);
        }
        true
    }
}
