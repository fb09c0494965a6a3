//! A PIN while it is typed: dots on the screen, digits only, wiped when it is done with.
//!
//! For every question that asks for one, an operator's or a guest's: the layer keeps a [`PinEntry`], gives
//! it the keys, draws what is [`shown`](PinEntry::shown), and [`take`](PinEntry::take)s the PIN.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent};
use secrecy::zeroize::Zeroizing;

use crate::domain::pin::{PIN_DIGITS_MAX, Pin};

/// One digit on the screen.
const DOT: &str = "●";

/// The digits so far. They lie in one place of fixed size, so that no copy stays behind when it grows.
#[derive(Clone, Default)]
pub struct PinEntry {
    digits: Zeroizing<[u8; PIN_DIGITS_MAX]>,
    len: usize,
}

impl PinEntry {
    /// A key: a digit, Backspace or Del. Whether it was taken.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        match key.code {
            KeyCode::Char(c) => self.type_char(c),
            KeyCode::Backspace => {
                self.erase();
                true
            }
            KeyCode::Delete => {
                self.clear();
                true
            }
            _ => false,
        }
    }

    /// A digit; false for anything else, and where no more fit.
    pub fn type_char(&mut self, c: char) -> bool {
        let Some(place) = self.digits.get_mut(self.len) else {
            return false;
        };
        match u8::try_from(c) {
            Ok(digit) if digit.is_ascii_digit() => {
                *place = digit;
                self.len += 1;
                true
            }
            Ok(_) | Err(_) => false,
        }
    }

    /// The last digit away.
    pub fn erase(&mut self) {
        self.len = self.len.saturating_sub(1);
        if let Some(place) = self.digits.get_mut(self.len) {
            *place = 0;
        }
    }

    /// All digits away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Nothing was typed.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What was typed, if it is long enough for a PIN; the entry is empty afterwards.
    pub fn take(&mut self) -> Option<Pin> {
        let typed = std::mem::take(self);
        let digits = typed.digits.get(..typed.len)?;
        Pin::parse(std::str::from_utf8(digits).ok()?)
    }

    /// A dot for each digit, and the place of the next one.
    pub fn shown(&self) -> String {
        let mut shown = DOT.repeat(self.len);
        if self.len < PIN_DIGITS_MAX {
            shown.push('_');
        }
        shown
    }
}

impl fmt::Debug for PinEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinEntry(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(keys: &str) -> PinEntry {
        let mut entry = PinEntry::default();
        for c in keys.chars() {
            let code = match c {
                '<' => KeyCode::Backspace,
                '#' => KeyCode::Delete,
                c => KeyCode::Char(c),
            };
            entry.key(&code.into());
        }
        entry
    }

    #[test]
    fn digits_are_dots_and_only_digits_are_taken() {
        for (keys, shown, pin) in [
            ("1234", "●●●●_", Some("1234")),
            ("12a3,4<5", "●●●●_", Some("1235")),
            ("99#1234", "●●●●_", Some("1234")),
            ("123", "●●●_", None),
            ("<<", "_", None),
            ("1234567890123", "●●●●●●●●●●●●", Some("123456789012")),
        ] {
            let mut entry = typed(keys);
            assert_eq!(entry.shown(), shown, "{keys}");
            assert_eq!(entry.take().as_ref().map(Pin::reveal), pin, "{keys}");
            assert!(entry.is_empty(), "{keys}");
        }
    }

    #[test]
    fn other_keys_are_left_to_others() {
        for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Char('x')] {
            assert!(!PinEntry::default().key(&code.into()), "{code:?}");
        }
    }

    proptest! {
        #[test]
        fn no_digit_is_seen(keys in "[0-9<#]{0,20}") {
            let entry = typed(&keys);
            let seen = format!("{}{entry:?}", entry.shown());
            prop_assert!(!seen.chars().any(|c| c.is_ascii_digit()), "{seen}");
            prop_assert!(entry.digits.iter().skip(entry.len).all(|&byte| byte == 0));
        }
    }
}
