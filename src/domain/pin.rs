//! A PIN: digits that a person knows by heart. Never in a log, a journal, an error or on a screen.

use std::fmt;

use secrecy::zeroize::Zeroizing;

/// Fewest digits of a PIN.
pub const PIN_DIGITS_MIN: usize = 4;
/// Most digits of a PIN.
pub const PIN_DIGITS_MAX: usize = 12;

/// A whole PIN, [`PIN_DIGITS_MIN`] to [`PIN_DIGITS_MAX`] digits, wiped from memory when it is dropped.
///
/// It cannot be compared: whoever checks it does so through a slow hash, or sends it to who knows.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes exactly such digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&text.len());
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (fits && digits).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The digits, for the one place that checks or sends them.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_to_twelve_digits_are_a_pin_and_nothing_else_is() {
        for good in ["0000", "1234", "123456789012"] {
            assert_eq!(Pin::parse(good).unwrap().reveal(), good);
        }
        for bad in ["", "123", "1234567890123", "12a4", "1234 ", "१२३४", "-123"] {
            assert!(Pin::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_pin_does_not_show_itself() {
        let shown = format!("{:?}", Pin::parse("86420864").unwrap());
        assert_eq!(shown, "Pin(hidden)");
    }
}
