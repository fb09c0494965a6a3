//! How often a PIN may be guessed. Counted for each person by himself, so that a right PIN of one buys
//! no guesses at another's.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::roster::PEOPLE_MAX;

/// Longest pause, however often somebody guessed; a longer one of the config stands.
const PAUSE_MAX: Duration = Duration::from_hours(1);

/// What a site allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptRules {
    /// So many wrong PINs in a row, then nothing is taken for a while.
    pub most: u32,
    /// The first pause; it doubles with each further wrong PIN, up to an hour.
    pub pause: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Tries {
    /// Wrong ones in a row.
    wrong: u32,
    /// When the last one was.
    last: Timestamp,
}

/// Wrong PINs so far, by name. It survives a restart as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempts(BTreeMap<String, Tries>);

impl Attempts {
    /// How long nothing is taken from him yet; `None`: he may try. A clock that was set back makes no
    /// pause longer than it is.
    pub fn paused(&self, name: &str, now: Timestamp, rules: AttemptRules) -> Option<Duration> {
        let tries = self.0.get(name)?;
        let beyond = tries.wrong.checked_sub(rules.most)?;
        let longest = PAUSE_MAX.max(rules.pause);
        let pause = 2_u32
            .checked_pow(beyond)
            .and_then(|times| rules.pause.checked_mul(times))
            .map_or(longest, |pause| pause.min(longest));
        let gone = now.duration_since(tries.last);
        let gone = Duration::try_from(gone).unwrap_or_default();
        pause.checked_sub(gone).filter(|left| !left.is_zero())
    }

    /// Another wrong one. How many are left before the pause; 0: it begins.
    pub fn wrong(&mut self, name: &str, now: Timestamp, rules: AttemptRules) -> u32 {
        if self.0.len() >= PEOPLE_MAX && !self.0.contains_key(name) {
            // Names that the config does not have any more.
            self.0.pop_first();
        }
        let tries = self.0.entry(name.to_owned()).or_insert(Tries {
            wrong: 0,
            last: now,
        });
        tries.wrong = tries.wrong.saturating_add(1);
        tries.last = now;
        rules.most.saturating_sub(tries.wrong)
    }

    /// A right one: he begins anew. Whether there was anything to forget.
    pub fn right(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: AttemptRules = AttemptRules {
        most: 3,
        pause: Duration::from_mins(1),
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn paused(attempts: &Attempts, second: i64) -> Option<u64> {
        let left = attempts.paused("Анна", at(second), RULES);
        left.map(|left| left.as_secs())
    }

    #[test]
    fn after_three_wrong_ones_there_is_a_pause_that_doubles() {
        let mut attempts = Attempts::default();
        for (second, left) in [(0, 2), (1, 1), (2, 0)] {
            assert_eq!(paused(&attempts, second), None);
            assert_eq!(attempts.wrong("Анна", at(second), RULES), left);
        }
        assert_eq!(paused(&attempts, 2), Some(60));
        assert_eq!(paused(&attempts, 61), Some(1));
        assert_eq!(paused(&attempts, 62), None);
        assert_eq!(attempts.wrong("Анна", at(62), RULES), 0);
        assert_eq!(paused(&attempts, 62), Some(120));
        // Others are not concerned, and a right PIN makes good.
        assert_eq!(attempts.paused("Борис", at(62), RULES), None);
        assert!(attempts.right("Анна"));
        assert_eq!(paused(&attempts, 62), None);
        assert!(!attempts.right("Анна"));
    }

    #[test]
    fn it_survives_a_restart_and_a_clock_that_is_set_back() {
        let mut attempts = Attempts::default();
        for _ in 0..3 {
            attempts.wrong("Анна", at(0), RULES);
        }
        let json = serde_json::to_string(&attempts).unwrap();
        let read: Attempts = serde_json::from_str(&json).unwrap();
        assert_eq!(read, attempts);
        assert_eq!(paused(&read, -86_400), Some(60));
    }

    proptest! {
        #[test]
        fn no_pause_is_longer_than_an_hour_and_none_is_jumped(wrong in 0_u32..200, gone in -9_000_i64..9_000) {
            let mut attempts = Attempts::default();
            for _ in 0..wrong {
                attempts.wrong("Анна", at(0), RULES);
            }
            let left = attempts.paused("Анна", at(gone), RULES);
            prop_assert!(left.is_none_or(|left| left <= PAUSE_MAX));
            if wrong < RULES.most || gone >= 3_600 {
                prop_assert_eq!(left, None);
            } else if gone < 60 {
                prop_assert!(left.is_some());
            }
        }
    }
}
