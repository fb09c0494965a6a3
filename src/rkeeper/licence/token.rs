//! A token, how long it lasts, and where it is kept.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan as _};
use secrecy::SecretString;

/// A licence's token with its end. `Debug` hides it.
#[derive(Clone, Debug)]
pub struct Token {
    /// What r_keeper is told.
    pub value: SecretString,
    /// The first moment at which it counts no more, by the till's clock; `None`: nobody said.
    pub ends: Option<DateTime>,
}

impl Token {
    /// Whether it counts no more.
    pub fn has_ended(&self, now: DateTime) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }

    /// Whether it ends within so many days, or has.
    pub fn ends_within(&self, days: u16, now: DateTime) -> bool {
        let span: Span = i64::from(days).days();
        let limit = now.checked_add(span).unwrap_or(DateTime::MAX);
        self.has_ended(limit)
    }

    /// The last day on which it counts, at least in part.
    pub fn last_day(&self) -> Option<Date> {
        let last = self.ends?.checked_sub(1.nanoseconds()).ok()?;
        Some(last.date())
    }

    /// Whole days until it ends, below zero afterwards.
    pub fn days_left(&self, now: DateTime) -> Option<i64> {
        let hours = self.ends?.duration_since(now).as_hours();
        Some(hours.div_euclid(24))
    }
}

/// The end that a text names: a day (which counts whole) or a moment. An offset from UTC is not
/// looked at: licences end within hours of what they say, and are renewed weeks before.
pub fn end_of(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if text.len() <= "2026-01-31".len() {
        let day: Date = text.parse().ok()?;
        return day.tomorrow().ok().map(|next| next.at(0, 0, 0, 0));
    }
    let civil = text.trim_end_matches(['Z', 'z']);
    let after_day = civil.get("2026-01-31".len()..)?;
    let offset = after_day.find(['+', '-']);
    let end = offset.map_or(civil.len(), |at| at + "2026-01-31".len());
    civil.get(..end)?.trim_end().parse().ok()
}

/// Keeps a token between two runs of the program, unreadable for others. What it cannot keep is
/// asked for again.
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// What was kept last.
    fn load(&self) -> Option<Vec<u8>>;
    /// Keeps this instead.
    fn save(&self, bytes: &[u8]);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStore;

impl TokenStore for NoStore {
    fn load(&self) -> Option<Vec<u8>> {
        None
    }

    fn save(&self, _bytes: &[u8]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(ends: &str) -> Token {
        Token {
            value: "t".into(),
            ends: end_of(ends),
        }
    }

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn ends_are_days_and_moments() {
        for (text, wanted) in [
            ("2027-11-30", "2027-12-01T00:00:00"),
            ("2027-11-30T12:00:00", "2027-11-30T12:00:00"),
            ("2027-11-30 12:00:00", "2027-11-30T12:00:00"),
            (" 2027-11-30T12:00:00Z ", "2027-11-30T12:00:00"),
            ("2027-11-30T12:00:00.5+03:00", "2027-11-30T12:00:00.5"),
            ("2027-11-30T12:00:00-03:00", "2027-11-30T12:00:00"),
        ] {
            assert_eq!(end_of(text), Some(at(wanted)), "{text}");
        }
        for text in [
            "",
            "soon",
            "2027-13-01",
            "30.11.2027",
            "2027-11-30Tnoon",
            "2027-11-ё00000",
        ] {
            assert_eq!(end_of(text), None, "{text}");
        }
    }

    #[test]
    fn thirty_days_before_the_end_it_is_said() {
        let token = token("2027-11-30");
        for (now, ended, soon, left) in [
            ("2027-10-01T00:00:00", false, false, 61),
            ("2027-10-31T23:59:59", false, false, 30),
            ("2027-11-01T00:00:00", false, true, 30),
            ("2027-11-30T23:59:59", false, true, 0),
            ("2027-12-01T00:00:00", true, true, 0),
            ("2027-12-01T01:00:00", true, true, -1),
        ] {
            assert_eq!(token.has_ended(at(now)), ended, "{now}");
            assert_eq!(token.ends_within(30, at(now)), soon, "{now}");
            assert_eq!(token.days_left(at(now)), Some(left), "{now}");
        }
        assert_eq!(token.last_day(), Some(jiff::civil::date(2027, 11, 30)));
        let endless = Token {
            value: "t".into(),
            ends: None,
        };
        assert!(!endless.ends_within(u16::MAX, DateTime::MAX));
        assert_eq!(endless.days_left(DateTime::MIN), None);
    }
}
