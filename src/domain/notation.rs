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
        let text = format!("{digits:0>width$}", width = usize::from(self.pad).min(30));
        // The digits are ASCII and few: at most 25 for ten bytes.
        Uid::new(text).map_err(|_| NotationError::NotThisNotation {
            expected: self.name(),
        })
    }

    /// A UID given as text, checked to be in this notation. Padding that a person left out is
    /// added; letters take the notation's case.
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
            Radix::Decimal => text.to_owned(),
            Radix::HexUpper => text.to_ascii_uppercase(),
            Radix::HexLower => text.to_ascii_lowercase(),
        };
        Uid::new(format!(
            "{text:0>width$}",
            width = usize::from(self.pad).min(30)
        ))
        .map_err(|_| wrong)
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
    }
}
