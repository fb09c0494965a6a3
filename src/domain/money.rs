//! Money: whole kopecks, checked arithmetic, no floats.

use std::fmt;
use std::iter;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A sum in kopecks. Negative only for balances and corrections; a payment is always positive.
///
/// Serialized as the bare number of kopecks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text is not a sum, or a sum cannot be computed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MoneyError {
    /// Nothing was written.
    #[error("the sum is empty")]
    Empty,
    /// A sign where none may be.
    #[error("a sign is not allowed here")]
    Sign,
    /// A character that does not belong into a sum.
    #[error("only digits and one decimal separator are allowed")]
    Character,
    /// More than two digits after the separator, or a separator that may also group thousands.
    #[error("more than two digits after the separator")]
    TooFine,
    /// Separator without digits on one of its sides.
    #[error("digits are missing beside the separator")]
    Incomplete,
    /// Spaces that do not group thousands.
    #[error("spaces may only separate groups of three digits")]
    Grouping,
    /// Larger than the program can hold.
    #[error("the sum is too large")]
    TooLarge,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest sum that is accepted from outside: ten billion roubles.
    pub const CEILING: Self = Self(1_000_000_000_000);

    /// The sum of that many kopecks.
    pub const fn from_kopecks(kopecks: i64) -> Self {
        Self(kopecks)
    }

    /// The whole sum in kopecks.
    pub const fn kopecks(self) -> i64 {
        self.0
    }

    /// Above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Sum of both, `None` on overflow.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(kopecks) => Some(Self(kopecks)),
            None => None,
        }
    }

    /// Difference, `None` on overflow.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(kopecks) => Some(Self(kopecks)),
            None => None,
        }
    }

    /// The same sum with the other sign, `None` on overflow.
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(kopecks) => Some(Self(kopecks)),
            None => None,
        }
    }

    /// Sum of all, `None` on overflow.
    pub fn total(sums: impl IntoIterator<Item = Self>) -> Option<Self> {
        sums.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Shares of this sum in proportion to `weights`, exact to the kopeck: every share is rounded
    /// toward zero, then the kopecks left over go one each to the largest remainders, earlier
    /// shares first. `None` where the weights are negative, or all zero while there is a sum.
    pub fn in_proportion(self, weights: &[i64]) -> Option<Vec<Self>> {
        if weights.iter().any(|&weight| weight < 0) {
            return None;
        }
        let all: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        if all == 0 {
            return self.is_zero().then(|| vec![Self::ZERO; weights.len()]);
        }
        let size = i128::from(self.0).unsigned_abs();
        let all = all.unsigned_abs();
        let mut shares = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        for &weight in weights {
            let exact = size.checked_mul(i128::from(weight).unsigned_abs())?;
            shares.push(exact / all);
            remainders.push(exact % all);
        }
        let given: u128 = shares.iter().sum();
        let left = usize::try_from(size.checked_sub(given)?).ok()?;
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|&a, &b| remainders[b].cmp(&remainders[a]).then(a.cmp(&b)));
        for &index in order.iter().take(left) {
            shares[index] += 1;
        }
        shares
            .into_iter()
            .map(|share| {
                let size = i64::try_from(share).ok()?;
                Some(Self(if self.is_negative() {
                    size.checked_neg()?
                } else {
                    size
                }))
            })
            .collect()
    }

    /// A sum as a cashier types it: digits, groups of three parted by spaces, at most two digits
    /// after one `,` or `.`. No sign. `1.250` is refused: nobody can know what was meant.
    pub fn parse_typed(text: &str) -> Result<Self, MoneyError> {
        let text = text.trim();
        if text.starts_with(['+', '-', '−', '–']) {
            return Err(MoneyError::Sign);
        }
        let (whole, fraction) = match text.find([',', '.']) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let digits = ungroup(whole)?;
        if digits.is_empty() && fraction.is_none() {
            return Err(MoneyError::Empty);
        }
        Self::from_parts(false, &digits, fraction)
    }

    /// A sum as servers and scripts write it: optional `-`, digits, at most two digits after one
    /// `.`. No grouping.
    pub fn parse_decimal(text: &str) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        if whole.is_empty() && fraction.is_none() {
            return Err(MoneyError::Empty);
        }
        Self::from_parts(negative, whole, fraction)
    }

    fn from_parts(negative: bool, whole: &str, fraction: Option<&str>) -> Result<Self, MoneyError> {
        let ascii_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !ascii_digits(whole) || !fraction.is_none_or(ascii_digits) {
            return Err(MoneyError::Character);
        }
        if whole.is_empty() || fraction.is_some_and(str::is_empty) {
            return Err(MoneyError::Incomplete);
        }
        let hundredths = match fraction.map(str::as_bytes) {
            None => 0,
            Some([tens]) => i64::from(tens - b'0') * 10,
            Some([tens, ones]) => i64::from(tens - b'0') * 10 + i64::from(ones - b'0'),
            Some(_) => return Err(MoneyError::TooFine),
        };
        let roubles: i64 = whole.parse().map_err(|_| MoneyError::TooLarge)?;
        let kopecks = roubles
            .checked_mul(100)
            .and_then(|kopecks| kopecks.checked_add(hundredths))
            .ok_or(MoneyError::TooLarge)?;
        if kopecks > Self::CEILING.0 {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self(if negative { -kopecks } else { kopecks }))
    }

    /// As shown on screen: thousands parted by a no-break space, decimal comma: `2 350,00`.
    pub fn grouped(self) -> String {
        let plain = self.0.unsigned_abs();
        let digits = (plain / 100).to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 4);
        if self.is_negative() {
            text.push('-');
        }
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push('\u{a0}');
            }
            text.push(digit);
        }
        text.extend([',']);
        text.extend(format!("{:02}", plain % 100).chars());
        text
    }

    /// As short as the reports of Lime write it: whole roubles without decimals (`290`), otherwise
    /// two decimals (`290.50`).
    pub fn short(self) -> String {
        if self.0 % 100 == 0 {
            (self.0 / 100).to_string()
        } else {
            self.to_string()
        }
    }
}

/// Takes the spaces out of `1 250 000`; they may only part groups of three.
fn ungroup(whole: &str) -> Result<String, MoneyError> {
    let is_space = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    let mut groups = whole.split(is_space);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    if rest.iter().any(|group| group.chars().count() != 3)
        || (!rest.is_empty() && !(1..=3).contains(&first.chars().count()))
    {
        return Err(MoneyError::Grouping);
    }
    Ok(iter::once(first).chain(rest).collect())
}

impl fmt::Display for Money {
    /// `2350.00`, `-0.05`: the form of the command line's JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let plain = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", plain / 100, plain % 100))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(text: &str) -> Result<i64, MoneyError> {
        Money::parse_typed(text).map(Money::kopecks)
    }

    #[test]
    fn typed_sums() {
        for (text, kopecks) in [
            ("2350", 235_000),
            ("2350.00", 235_000),
            ("2 350,00", 235_000),
            ("800,00", 80_000),
            ("30.49", 3_049),
            ("1 250,50", 125_050),
            ("1\u{a0}250,50", 125_050),
            ("1\u{202f}250,50", 125_050),
            ("12,5", 1_250),
            ("19,99", 1_999),
            ("4,35", 435),
            ("8,20", 820),
            ("17,08", 1_708),
            ("0,29", 29),
            ("0", 0),
            (" 7 ", 700),
        ] {
            assert_eq!(typed(text), Ok(kopecks), "{text}");
        }
    }

    #[test]
    fn typed_sums_that_nobody_can_be_sure_of_are_refused() {
        for (text, error) in [
            ("", MoneyError::Empty),
            ("1.250", MoneyError::TooFine),
            ("1,250", MoneyError::TooFine),
            ("12,505", MoneyError::TooFine),
            ("1.250,00", MoneyError::Character),
            ("1,000,100.01", MoneyError::Character),
            (",5", MoneyError::Incomplete),
            ("5,", MoneyError::Incomplete),
            ("1e3", MoneyError::Character),
            ("+5", MoneyError::Sign),
            ("-5", MoneyError::Sign),
            ("−5", MoneyError::Sign),
            ("١٢", MoneyError::Character),
            ("12 50", MoneyError::Grouping),
            ("1234 567", MoneyError::Grouping),
            ("99999999999999999999", MoneyError::TooLarge),
            ("10000000000.01", MoneyError::TooLarge),
        ] {
            assert_eq!(typed(text), Err(error), "{text}");
        }
    }

    #[test]
    fn wire_sums() {
        let wire = |text| Money::parse_decimal(text).map(Money::kopecks);
        assert_eq!(wire("-4000.00"), Ok(-400_000));
        assert_eq!(wire("16.7"), Ok(1_670));
        assert_eq!(wire("4.81"), Ok(481));
        assert_eq!(wire("1e2"), Err(MoneyError::Character));
        assert_eq!(wire("1 000"), Err(MoneyError::Character));
        assert_eq!(wire("--1"), Err(MoneyError::Character));
    }

    #[test]
    fn uneven_shares() {
        let shares = |kopecks, n: usize| -> Vec<i64> {
            Money::from_kopecks(kopecks)
                .in_proportion(&vec![1; n])
                .unwrap()
                .into_iter()
                .map(Money::kopecks)
                .collect()
        };
        assert_eq!(shares(3_000, 7), [429, 429, 429, 429, 428, 428, 428]);
        assert_eq!(shares(100, 3), [34, 33, 33]);
        assert_eq!(shares(-100, 3), [-34, -33, -33]);
        let uneven = |kopecks, weights: &[i64]| {
            let shares = Money::from_kopecks(kopecks).in_proportion(weights)?;
            Some(shares.into_iter().map(Money::kopecks).collect::<Vec<_>>())
        };
        // The kopeck left over goes to the largest remainder, be its share the smaller one.
        assert_eq!(uneven(10, &[2, 5]), Some(vec![3, 7]));
        assert_eq!(uneven(10, &[5, 0]), Some(vec![10, 0]));
        assert_eq!(uneven(10, &[2, -1]), None);
        assert_eq!(Money::from_kopecks(1).in_proportion(&[0, 0]), None);
        assert_eq!(Money::from_kopecks(1).in_proportion(&[1, -1]), None);
    }

    #[test]
    fn the_largest_sum_and_the_other_sign() {
        let ceiling = Money::CEILING.to_string();
        assert_eq!(Money::parse_decimal(&ceiling), Ok(Money::CEILING));
        let above = Money::from_kopecks(Money::CEILING.kopecks() + 1).to_string();
        assert_eq!(Money::parse_decimal(&above), Err(MoneyError::TooLarge));
        let five = Money::from_kopecks(5);
        assert_eq!(five.checked_neg(), Some(Money::from_kopecks(-5)));
        assert_eq!(Money::from_kopecks(i64::MIN).checked_neg(), None);
    }

    #[test]
    fn shown() {
        assert_eq!(Money::from_kopecks(12_345_600).grouped(), "123\u{a0}456,00");
        assert_eq!(Money::from_kopecks(-400_000).to_string(), "-4000.00");
        assert_eq!(Money::from_kopecks(-5).to_string(), "-0.05");
        assert_eq!(Money::from_kopecks(235_000).grouped(), "2\u{a0}350,00");
        assert_eq!(
            Money::from_kopecks(-123_456_789).grouped(),
            "-1\u{a0}234\u{a0}567,89"
        );
        assert_eq!(Money::from_kopecks(29_000).short(), "290");
        assert_eq!(Money::from_kopecks(29_050).short(), "290.50");
    }

    proptest! {
        #[test]
        fn every_two_digit_decimal_survives(kopecks in 0_i64..=Money::CEILING.kopecks()) {
            let money = Money::from_kopecks(kopecks);
            prop_assert_eq!(Money::parse_decimal(&money.to_string()), Ok(money));
            prop_assert_eq!(Money::parse_typed(&money.grouped()), Ok(money));
        }

        #[test]
        fn shares_add_up(
            kopecks in -1_000_000_000_i64..1_000_000_000,
            weights in prop::collection::vec(0_i64..1_000_000, 1..12),
        ) {
            let money = Money::from_kopecks(kopecks);
            if let Some(shares) = money.in_proportion(&weights) {
                prop_assert_eq!(Money::total(shares.iter().copied()), Some(money));
                prop_assert!(shares.iter().all(|share| share.kopecks().signum() * kopecks.signum() >= 0));
            } else {
                prop_assert!(weights.iter().all(|&weight| weight == 0));
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,24}") {
            let _ = Money::parse_typed(&text);
            let _ = Money::parse_decimal(&text);
        }
    }
}
