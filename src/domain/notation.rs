//! From the bytes of a card to the text by which a site's Lime knows it, as the config says.
//!
//! A reader's text is not the card's UID: one card is printed in at least eight ways, and
//! `61366822` is valid as decimal and as hex. So the notation is stated, never guessed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::uid::{CardBytes, Uid};

/// How a site writes UIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notation {
    /// Decimal or hexadecimal digits.
    pub radix: Radix,
    /// Which byte is the most significant.
    pub byte_order: ByteOrder,
    /// How many low bytes are kept after ordering; 0 keeps all.
    pub keep_bytes: u8,
    /// Left-pad with zeros to that many digits; 0 pads nothing (hex keeps whole bytes).
    pub pad: u8,
}

/// Digits of a [`Notation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Radix {
    /// `61366822`
    Decimal,
    /// `03A86226`
    HexUpper,
    /// `03a86226`
    HexLower,
}

/// Order in which the transmitted bytes form the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByteOrder {
    /// The first transmitted byte is the most significant (EM-Marine, PC/SC hex).
    FirstHigh,
    /// The first transmitted byte is the least significant (printed Mifare decimals).
    FirstLow,
}

/// Why a card cannot be written, or a text is not in the site's notation.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotationError {
    /// The reader knows fewer bits than the notation needs; two cards may share them.
    #[error("the reader knows {known} bits of the card, the site's notation needs {needed}")]
    TooFewBits {
        /// Bits that the reader knows.
        known: u16,
        /// Bits that the notation writes.
        needed: u16,
    },
    /// The text has characters that this notation has not.
    #[error("the text is not in the site's UID notation ({expected})")]
    NotThisNotation {
        /// What the notation looks like.
        expected: &'static str,
    },
}

impl Default for Notation {
    /// The sample site: decimal of the low four bytes, not padded.
    fn default() -> Self {
        Self {
            radix: Radix::Decimal,
            byte_order: ByteOrder::FirstHigh,
            keep_bytes: 4,
            pad: 0,
        }
    }
}

impl Notation {
    /// The UID text of a card as read.
    pub fn write(&self, card: &CardBytes) -> Result<Uid, NotationError> {
        let mut bytes = card.bytes().to_vec();
        let needed_bytes = match usize::from(self.keep_bytes) {
            0 => bytes.len(),
            keep => keep.min(bytes.len()),
        };
        let needed = u16::try_from(needed_bytes * 8).unwrap_or(u16::MAX);
        let whole = usize::from(card.bits()) == bytes.len() * 8;
        if card.bits() < needed || (self.byte_order == ByteOrder::FirstLow && !whole) {
            return Err(NotationError::TooFewBits {
                known: card.bits(),
                needed,
            });
        }
        if self.byte_order == ByteOrder::FirstLow {
            bytes.reverse();
        }
        let kept = &bytes[bytes.len() - needed_bytes..];
        let digits = match self.radix {
            Radix::Decimal => kept
                .iter()
                .fold(0_u128, |number, &byte| (number << 8) | u128::from(byte))
                .to_string(),
            Radix::HexUpper => kept.iter().map(|byte| format!("{byte:02X}")).collect(),
            Radix::HexLower => kept.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let text = format!("{digits:0>width$}", width = self.width());
        // The digits are ASCII and few: at most 25 for ten bytes.
        Uid::new(text).map_err(|_| NotationError::NotThisNotation {
            expected: self.name(),
        })
    }

    /// A UID given as text, by a person or a reader that types, checked to be in this notation.
    ///
    /// Zeros in front of a number say nothing: those that are too many are taken off, those that are
    /// missing are added, so that `0061366822` and `61366822` are one card. A number larger than the
    /// kept bytes hold is refused: cut, it might be another guest's. Letters take the notation's
    /// case. What [`Notation::write`] wrote stays as it is.
    pub fn accept(&self, text: &str) -> Result<Uid, NotationError> {
        let text = text.trim();
        let wrong = NotationError::NotThisNotation {
            expected: self.name(),
        };
        let fits = match self.radix {
            Radix::Decimal => text.bytes().all(|byte| byte.is_ascii_digit()),
            Radix::HexUpper | Radix::HexLower => text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        };
        if text.is_empty() || !fits {
            return Err(wrong);
        }
        let text = match self.radix {
            Radix::Decimal => self.plain_decimal(text),
            Radix::HexUpper => self.whole_bytes(&text.to_ascii_uppercase()),
            Radix::HexLower => self.whole_bytes(&text.to_ascii_lowercase()),
        };
        let Some(text) = text else {
            return Err(wrong);
        };
        Uid::new(format!("{text:0>width$}", width = self.width())).map_err(|_| wrong)
    }

    fn width(self) -> usize {
        usize::from(self.pad).min(30)
    }

    /// How many bytes a number may have.
    fn bytes_max(self) -> usize {
        match usize::from(self.keep_bytes) {
            0 => CardBytes::BYTES_MAX,
            keep => keep.min(CardBytes::BYTES_MAX),
        }
    }

    /// The number without zeros in front; `None` where the kept bytes cannot hold it.
    fn plain_decimal(self, digits: &str) -> Option<String> {
        let number: u128 = digits.parse().ok()?;
        let fits = number >> (8 * self.bytes_max()) == 0;
        fits.then(|| number.to_string())
    }

    /// Whole bytes, not more than are kept; `None` where there are more that are not zero.
    fn whole_bytes(self, digits: &str) -> Option<String> {
        let even = if digits.len() == self.width() {
            digits.len()
        } else {
            digits.len().next_multiple_of(2)
        };
        let digits = format!("{digits:0>even$}");
        let room = (2 * self.bytes_max()).max(self.width());
        let excess = digits.len().saturating_sub(room);
        let (front, kept) = digits.split_at_checked(excess)?;
        front
            .bytes()
            .all(|digit| digit == b'0')
            .then(|| kept.to_owned())
    }

    /// The digits in words, for messages.
    pub const fn name(&self) -> &'static str {
        match self.radix {
            Radix::Decimal => "decimal digits",
            Radix::HexUpper | Radix::HexLower => "hexadecimal digits",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(bytes: &[u8]) -> CardBytes {
        CardBytes::new(bytes, u16::try_from(bytes.len() * 8).unwrap()).unwrap()
    }

    #[track_caller]
    fn check(notation: Notation, bytes: &[u8], text: &str) {
        assert_eq!(notation.write(&card(bytes)).unwrap().reveal(), text);
    }

    #[test]
    fn one_card_in_several_notations() {
        let decimal = Notation::default();
        let em = [0x00, 0x03, 0xa8, 0x62, 0x26];
        check(decimal, &em, "61366822");
        check(Notation { pad: 10, ..decimal }, &em, "0061366822");
        check(
            Notation {
                radix: Radix::HexUpper,
                ..decimal
            },
            &em,
            "03A86226",
        );
        check(
            Notation {
                radix: Radix::HexLower,
                keep_bytes: 0,
                ..decimal
            },
            &em,
            "0003a86226",
        );
        let low = Notation {
            byte_order: ByteOrder::FirstLow,
            ..decimal
        };
        check(low, &[0x26, 0x62, 0xa8, 0x03], "61366822");
        check(low, &[0x1e, 0xa6, 0x86, 0x71], "1904649758");
        check(
            Notation {
                keep_bytes: 0,
                ..decimal
            },
            &[0x55, 0x00, 0x7e, 0xe4, 0x24],
            "365080536100",
        );
    }

    #[test]
    fn a_partial_number_is_not_a_uid() {
        let partial = CardBytes::new([0x7e, 0xe4, 0x24], 24).unwrap();
        let narrow = Notation {
            keep_bytes: 3,
            ..Notation::default()
        };
        assert_eq!(narrow.write(&partial).unwrap().reveal(), "8315940");
        // More bits than are kept, and not whole bytes: which end is missing must not matter.
        let odd = CardBytes::new([0x02, 0x03, 0xa8, 0x62, 0x26], 34).unwrap();
        assert_eq!(
            Notation::default().write(&odd).unwrap().reveal(),
            "61366822"
        );
        let low = Notation {
            byte_order: ByteOrder::FirstLow,
            ..Notation::default()
        };
        assert!(low.write(&odd).is_err());
        let padded = CardBytes::new([0, 0, 0x7e, 0xe4, 0x24], 24).unwrap();
        assert_eq!(
            Notation::default().write(&padded),
            Err(NotationError::TooFewBits {
                known: 24,
                needed: 32
            })
        );
    }

    #[test]
    fn typed_uids() {
        let hex = Notation {
            radix: Radix::HexUpper,
            pad: 8,
            ..Notation::default()
        };
        assert_eq!(hex.accept("3a86226").unwrap().reveal(), "03A86226");
        assert!(Notation::default().accept("3A86226").is_err());
        assert!(hex.accept("93,12345").is_err());
        assert!(hex.accept("04С1").is_err(), "a Cyrillic С is not a C");
        assert_eq!(hex.name(), "hexadecimal digits");
        assert_eq!(Notation::default().name(), "decimal digits");
        // Nothing, a sign, a letter too far: none of them is filled up with zeros.
        for notation in [hex, Notation::default()] {
            for text in ["", " ", "+5", "-5", "xyz", "G0"] {
                assert!(notation.accept(text).is_err(), "{notation:?} {text:?}");
            }
        }
    }

    /// One card, however many zeros a reader or a person writes in front of it.
    #[test]
    fn zeros_in_front_make_no_other_card() {
        let plain = Notation::default();
        let of = |pad| Notation { pad, ..plain };
        let hex = |keep_bytes, pad| Notation {
            radix: Radix::HexUpper,
            keep_bytes,
            pad,
            ..plain
        };
        for (notation, text, uid) in [
            (plain, "61366822", Some("61366822")),
            (plain, "0061366822", Some("61366822")),
            (plain, "000000000000000061366822", Some("61366822")),
            (plain, "0000000000", Some("0")),
            (plain, "4294967295", Some("4294967295")),
            // More than four bytes hold.
            (plain, "4294967296", None),
            (plain, "365080536100", None),
            (plain, "99999999999999999999999999999999999999999", None),
            (of(10), "61366822", Some("0061366822")),
            (of(10), "0061366822", Some("0061366822")),
            (of(10), "000061366822", Some("0061366822")),
            (of(8), "1904649758", Some("1904649758")),
            (hex(4, 0), "3a86226", Some("03A86226")),
            (hex(4, 0), "0003a86226", Some("03A86226")),
            (hex(4, 8), "a86226", Some("00A86226")),
            (hex(4, 0), "6003a86226", None),
            (hex(4, 10), "03a86226", Some("0003A86226")),
            (hex(0, 0), "0003a86226", Some("0003A86226")),
            (hex(7, 0), "BCD14264", Some("BCD14264")),
        ] {
            let got = notation.accept(text).ok();
            assert_eq!(got.as_ref().map(Uid::reveal), uid, "{notation:?} {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_was_written_is_accepted_as_it_is(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..=10),
            keep_bytes in 0_u8..=10,
            pad in 0_u8..=30,
            radix in proptest::sample::select(vec![Radix::Decimal, Radix::HexUpper, Radix::HexLower]),
            zeros in 0_usize..3,
        ) {
            let notation = Notation { radix, byte_order: ByteOrder::FirstHigh, keep_bytes, pad };
            let uid = notation.write(&card(&bytes)).unwrap();
            let again = notation.accept(uid.reveal()).unwrap();
            proptest::prop_assert_eq!(again.reveal(), uid.reveal());
            if radix == Radix::Decimal {
                let text = format!("{}{}", "0".repeat(zeros), uid.reveal());
                let zeroed = notation.accept(&text).unwrap();
                proptest::prop_assert_eq!(zeroed.reveal(), uid.reveal());
            }
        }
    }
}
