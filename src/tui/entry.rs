//! The sum of one account while the cashier types it.

use crate::domain::Money;

/// A sum being typed, or one that stands. The text always obeys the grammar of
/// [`Money::parse_typed`], apart from a separator still waiting for its digits.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    text: String,
    /// It stands: the next digit starts a new sum.
    stands: bool,
}

impl Entry {
    /// A sum that stands.
    pub(super) fn of(sum: Money) -> Self {
        Self {
            text: if sum.is_positive() {
                sum.to_string().replace('.', ",")
            } else {
                String::new()
            },
            stands: true,
        }
    }

    /// What it says now.
    pub(super) fn value(&self) -> Money {
        Money::parse_typed(self.text.trim_end_matches(',')).unwrap_or(Money::ZERO)
    }

    /// A digit, `,` or `.`; false where it does not fit (third decimal, second separator, too
    /// large a sum, another character).
    pub(super) fn type_char(&mut self, c: char) -> bool {
        let old = if self.stands { "" } else { self.text.as_str() };
        let mut text = if old == "0" && c.is_ascii_digit() {
            String::new()
        } else {
            old.to_owned()
        };
        match c {
            '0'..='9' => text.push(c),
            ',' | '.' if text.contains(',') => return false,
            ',' | '.' => {
                if text.is_empty() {
                    text.push('0');
                }
                text.push(',');
            }
            _ => return false,
        }
        if Money::parse_typed(text.trim_end_matches(',')).is_err() {
            return false;
        }
        self.text = text;
        self.stands = false;
        true
    }

    /// Takes the last character away.
    pub(super) fn erase(&mut self) {
        self.text.pop();
        self.stands = false;
    }

    /// The last character goes; where there is none, the sum stands.
    pub(super) fn back(&mut self) {
        if self.text.is_empty() {
            self.finish();
        } else {
            self.erase();
        }
    }

    /// It is being typed.
    pub(super) const fn is_typing(&self) -> bool {
        !self.stands
    }

    /// The sum stands from now on.
    pub(super) fn finish(&mut self) {
        *self = Self::of(self.value());
    }

    /// For the screen: what was typed with a cursor, or the sum; empty for nothing.
    pub(super) fn shown(&self) -> String {
        if !self.stands {
            format!("{}_", self.text)
        } else if self.value().is_positive() {
            self.value().grouped()
        } else {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(keys: &str) -> Entry {
        let mut entry = Entry::default();
        for c in keys.chars() {
            if c == '<' {
                entry.erase();
            } else {
                entry.type_char(c);
            }
        }
        entry
    }

    #[test]
    fn sums_are_typed_as_they_are_written() {
        for (keys, shown, kopecks) in [
            ("350", "350_", 35_000),
            ("350,5", "350,5_", 35_050),
            ("350.55", "350,55_", 35_055),
            ("350,557", "350,55_", 35_055),
            ("12,,5", "12,5_", 1_250),
            (",5", "0,5_", 50),
            ("007", "7_", 700),
            ("5,", "5,_", 500),
            ("12<", "1_", 100),
            ("1<<", "_", 0),
            ("1x-2", "12_", 1_200),
            ("99999999999999", "9999999999_", 999_999_999_900),
        ] {
            let entry = typed(keys);
            assert_eq!(
                (entry.shown().as_str(), entry.value().kopecks()),
                (shown, kopecks),
                "{keys}"
            );
        }
    }

    #[test]
    fn a_sum_that_stands_is_replaced_by_the_first_digit_and_mended_by_backspace() {
        let mut entry = Entry::of(Money::from_kopecks(150_000));
        assert_eq!(entry.shown(), "1\u{a0}500,00");
        entry.type_char('3');
        assert_eq!(entry.value().kopecks(), 300);
        entry.finish();
        assert_eq!(entry.shown(), "3,00");
        entry.erase();
        assert_eq!(entry.shown(), "3,0_");
        assert_eq!(Entry::of(Money::ZERO).shown(), "");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_sum(keys in "[0-9,.<x+ -]{0,30}") {
            let mut entry = typed(&keys);
            let value = entry.value();
            prop_assert!(!value.is_negative() && value <= Money::CEILING);
            entry.finish();
            prop_assert_eq!(entry.value(), value);
        }
    }
}
