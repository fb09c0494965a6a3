//! Lime's clock beside this till's. No sum depends on either, but until when accounts are valid and
//! what stands in reports does, so that a difference is said.

use std::time::Duration;

use jiff::SignedDuration;

use crate::i18n::Texts;

/// Between comparisons.
const PAUSE: Duration = Duration::from_hours(1);

/// What was compared so far. Times are those of a clock that nobody sets.
#[derive(Debug)]
pub(super) struct Clocks {
    limit: SignedDuration,
    due: Duration,
    /// The last difference was said.
    differ: bool,
}

impl Clocks {
    /// `limit`: how far apart they may be.
    pub const fn new(limit: SignedDuration) -> Self {
        Self {
            limit,
            due: Duration::ZERO,
            differ: false,
        }
    }

    /// It is time to compare them.
    pub fn are_due(&self, now: Duration) -> bool {
        now >= self.due
    }

    /// Lime's clock is so far ahead. Words for the screen, where that is news; empty where they agree
    /// again. That they drift by seconds is no news.
    pub fn compared(
        &mut self,
        ahead: SignedDuration,
        now: Duration,
        texts: Texts,
    ) -> Option<String> {
        self.due = now.saturating_add(PAUSE);
        let differ = ahead.abs() > self.limit;
        if std::mem::replace(&mut self.differ, differ) == differ {
            return None;
        }
        if !differ {
            return Some(String::new());
        }
        tracing::warn!(seconds = ahead.as_secs(), "Lime's clock is not this till's");
        let key = if ahead.is_negative() {
            "lime.clock_behind"
        } else {
            "lime.clock_ahead"
        };
        let seconds = ahead.abs().as_secs();
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        Some(texts.fill(key, &[("minutes", &minutes), ("seconds", &seconds)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_difference_is_said_until_the_clocks_agree() {
        let texts = Texts::of(Lang::Ru);
        let mut clocks = Clocks::new(SignedDuration::from_secs(120));
        let mut look =
            |ahead| clocks.compared(SignedDuration::from_secs(ahead), Duration::ZERO, texts);
        for within in [0, 120, -120] {
            assert_eq!(look(within), None);
        }
        let ahead = look(3_605).unwrap();
        assert!(
            ahead.contains("60 мин 5 с") && ahead.contains("впереди"),
            "{ahead}"
        );
        assert_eq!(look(3_606), None, "once");
        assert_eq!(look(3).unwrap(), "");
        let behind = look(-121).unwrap();
        assert!(
            behind.contains("2 мин 1 с") && behind.contains("отстают"),
            "{behind}"
        );
    }

    #[test]
    fn they_are_compared_at_once_and_then_rarely() {
        let mut clocks = Clocks::new(SignedDuration::from_secs(120));
        let start = Duration::from_secs(7);
        assert!(clocks.are_due(start));
        clocks.compared(SignedDuration::ZERO, start, Texts::of(Lang::En));
        assert!(!clocks.are_due(start + Duration::from_secs(3_599)));
        assert!(clocks.are_due(start + PAUSE));
    }
}
