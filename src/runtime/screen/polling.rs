//! When the list of orders is looked at: from time to time, sooner after a notice, seldom while
//! r_keeper does not answer. Time is an argument.

use std::time::Duration;

/// Notices never cause more looks than one in that time: anybody on the network can send them.
const NOTICE_GAP: Duration = Duration::from_millis(250);
/// Longest pause while r_keeper does not answer.
const BACK_OFF_MAX: Duration = Duration::from_secs(15);

/// The next look.
#[derive(Clone, Debug)]
pub(super) struct Polling {
    every: Duration,
    last: Duration,
    next: Duration,
    /// Failures in a row.
    failures: u32,
}

impl Polling {
    /// `every`: pause between looks while all is well; the first is due after it.
    pub const fn new(every: Duration, now: Duration) -> Self {
        Self {
            every,
            last: now,
            next: now.saturating_add(every),
            failures: 0,
        }
    }

    /// How long there is nothing to look at.
    pub const fn wait(&self, now: Duration) -> Duration {
        self.next.saturating_sub(now)
    }

    /// Something was asked of r_keeper: a look at the list (`looked`), or something else.
    pub fn asked(&mut self, now: Duration, looked: bool, well: bool) {
        if looked {
            self.last = now;
        }
        self.failures = if well {
            0
        } else {
            self.failures.saturating_add(1)
        };
        if looked || well && self.next > now.saturating_add(self.every) {
            self.next = now.saturating_add(self.pause());
        }
    }

    /// r_keeper says that something changed.
    pub fn noticed(&mut self, now: Duration) {
        let soon = self.last.saturating_add(NOTICE_GAP).max(now);
        self.next = self.next.min(soon);
    }

    /// Twice as long after each failure in a row.
    fn pause(&self) -> Duration {
        if self.failures == 0 {
            return self.every;
        }
        let doubled = 1_u32.checked_shl(self.failures - 1).unwrap_or(u32::MAX);
        let longest = BACK_OFF_MAX.max(self.every);
        self.every.saturating_mul(doubled).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_server_that_is_down_is_looked_at_less_and_less() {
        let mut polling = Polling::new(s(2), s(100));
        assert_eq!(polling.wait(s(100)), s(2));
        let mut pauses = Vec::new();
        for _ in 0..40 {
            polling.asked(s(200), true, false);
            pauses.push(polling.wait(s(200)).as_secs());
        }
        assert_eq!(pauses[..6], [2, 4, 8, 15, 15, 15]);
        assert_eq!(pauses[39], 15);
        polling.asked(s(300), true, true);
        assert_eq!(polling.wait(s(300)), s(2));
    }

    #[test]
    fn an_answer_to_something_else_shows_that_it_is_back() {
        let mut polling = Polling::new(s(2), s(0));
        for _ in 0..5 {
            polling.asked(s(10), true, false);
        }
        polling.asked(s(11), false, false);
        assert_eq!(polling.wait(s(11)), s(14));
        polling.asked(s(12), false, true);
        assert_eq!(polling.wait(s(12)), s(2));
        // And puts nothing off while all is well.
        polling.asked(s(13), false, true);
        assert_eq!(polling.wait(s(13)), s(1));
    }

    #[test]
    fn a_long_pause_of_the_config_stays() {
        let mut polling = Polling::new(s(60), s(0));
        polling.asked(s(0), true, false);
        polling.asked(s(0), true, false);
        assert_eq!(polling.wait(s(0)), s(60));
    }

    #[test]
    fn notices_cause_a_look_at_once_and_never_too_many() {
        let mut polling = Polling::new(s(60), s(0));
        polling.noticed(s(10));
        assert_eq!(polling.wait(s(10)), Duration::ZERO);
        polling.asked(s(10), true, true);
        polling.noticed(s(10));
        polling.noticed(s(10));
        assert_eq!(polling.wait(s(10)), NOTICE_GAP);
        // A notice never puts a look off.
        let mut polling = Polling::new(s(2), s(0));
        polling.noticed(s(9));
        assert_eq!(polling.wait(s(9)), Duration::ZERO);
    }
}
