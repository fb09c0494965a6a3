//! From the bytes of a card to the text by which a site's Lime knows it, as the config says, and
//! back.
//!
//! A reader's text is not the card's UID: one card is printed in at least eight ways, and
//! `61366822` is valid as decimal and as hex. So the notation is stated, never guessed.
//!
//! A card is written in steps: its bytes are ordered ([`ByteOrder`]), the bits of each are turned
//! around where the site has it so, the low bytes are kept, a mask is laid over the number, it is written in digits and padded, digits are dropped at either end,
//! and what is left goes into a template. Each step but the first two is off unless the site needs
//! it: card bases filled by another system hold such things.

mod accept;
pub mod named;
mod parts;
mod template;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::uid::{CardBytes, Uid};

pub use parts::{Mask, MaskError};
pub use template::{Template, TemplateError};

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
    /// Each byte is written with its bits turned around, the lowest first: what some card bases
    /// call the unique number of an EM-Marine card.
    #[serde(default)]
    pub mirror_bits: bool,
    /// Left-pad with zeros to that many digits; 0 pads nothing (hex keeps whole bytes).
    pub pad: u8,
    /// The bits of the number that are written; all by default.
    #[serde(default)]
    pub mask: Mask,
    /// Digits left out at the left, after padding.
    #[serde(default)]
    pub drop_left: u8,
    /// Digits left out at the right.
    #[serde(default)]
    pub drop_right: u8,
    /// What stands around the digits, or instead of them.
    #[serde(default)]
    pub template: Template,
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
    /// The notation leaves out so much that the card's bytes cannot be had back.
    #[error("this notation does not hold the number of a card")]
    NotWhole,
}

impl Default for Notation {
    /// Decimal of the whole card, not padded. Nothing is cut off: of two cards that share their low
    /// bytes, one would pay with the other's money. A site whose Lime has less says so itself.
    fn default() -> Self {
        Self {
            radix: Radix::Decimal,
            byte_order: ByteOrder::FirstHigh,
            keep_bytes: 0,
            mirror_bits: false,
            pad: 0,
            mask: Mask::ALL,
            drop_left: 0,
            drop_right: 0,
            template: Template::CARD,
        }
    }
}

/// The ordered and kept bytes of a card.
struct Ordered {
    number: u128,
    /// Count of kept bytes.
    bytes: usize,
}

impl Notation {
    /// Most digits that a number is padded to.
    pub const PAD_MAX: u8 = 30;

    /// The UID text of a card as read.
    pub fn write(&self, card: &CardBytes) -> Result<Uid, NotationError> {
        let ordered = self.order(card)?;
        let written = ordered.number & self.mask.bits();
        let card = self.slice(&self.digits(written, ordered.bytes));
        let card = card.ok_or_else(|| self.wrong())?;
        let text = self.template.write(&card, written);
        // At most 25 digits for ten bytes; a template may make it too long for a UID.
        Uid::new(text).map_err(|_| self.wrong())
    }

    fn order(&self, card: &CardBytes) -> Result<Ordered, NotationError> {
        let mut bytes = card.bytes().to_vec();
        let kept = match usize::from(self.keep_bytes) {
            0 => bytes.len(),
            keep => keep.min(bytes.len()),
        };
        let needed = self.needed_bits(card, kept);
        let whole = usize::from(card.bits()) == bytes.len() * 8;
        // Which bits are missing where they are turned around cannot be said.
        let is_turned = self.byte_order == ByteOrder::FirstLow || self.mirror_bits;
        if card.bits() < needed || (is_turned && !whole) {
            return Err(NotationError::TooFewBits {
                known: card.bits(),
                needed,
            });
        }
        if self.byte_order == ByteOrder::FirstLow {
            bytes.reverse();
        }
        if self.mirror_bits {
            mirror(&mut bytes);
        }
        let low = bytes.get(bytes.len() - kept..).unwrap_or_default();
        Ok(Ordered {
            number: number(low),
            bytes: kept,
        })
    }

    /// How many low bits of the kept bytes are written at all.
    fn needed_bits(&self, card: &CardBytes, kept: usize) -> u16 {
        let whole = u16::try_from(kept * 8).unwrap_or(u16::MAX);
        // The number of a card may begin within a byte: 35 bits of a HID Prox card are all of it.
        let begins_within = self.keep_bytes == 0 && whole.saturating_sub(card.bits()) < 8;
        let kept = if begins_within { card.bits() } else { whole };
        self.written_bits().min(kept)
    }

    /// How many low bits of a card are written at most, however long its number is; `u16::MAX`
    /// where nothing is cut off.
    pub fn written_bits(&self) -> u16 {
        let kept = match self.keep_bytes {
            0 => u16::MAX,
            keep => u16::from(keep) * 8,
        };
        self.template
            .field_bits()
            .unwrap_or(u16::MAX)
            .min(self.mask.highest())
            .min(kept)
    }

    /// The number of so many kept bytes in digits, padded.
    fn digits(&self, number: u128, bytes: usize) -> String {
        let digits = match self.radix {
            Radix::Decimal => number.to_string(),
            Radix::HexUpper => format!("{number:0width$X}", width = bytes * 2),
            Radix::HexLower => format!("{number:0width$x}", width = bytes * 2),
        };
        format!("{digits:0>width$}", width = self.width())
    }

    /// The digits that are left after dropping; `None` where nothing is.
    fn slice(&self, digits: &str) -> Option<String> {
        let end = digits.len().checked_sub(usize::from(self.drop_right))?;
        let kept = digits.get(usize::from(self.drop_left)..end)?;
        (!kept.is_empty()).then(|| kept.to_owned())
    }

    fn dropped(self) -> usize {
        usize::from(self.drop_left) + usize::from(self.drop_right)
    }

    fn width(self) -> usize {
        usize::from(self.pad.min(Self::PAD_MAX))
    }

    /// How many bytes a number may have.
    fn bytes_max(self) -> usize {
        match usize::from(self.keep_bytes) {
            0 => CardBytes::BYTES_MAX,
            keep => keep.min(CardBytes::BYTES_MAX),
        }
    }

    fn wrong(&self) -> NotationError {
        NotationError::NotThisNotation {
            expected: self.name(),
        }
    }

    /// The digits in words, for messages.
    pub const fn name(&self) -> &'static str {
        match self.radix {
            Radix::Decimal => "decimal digits",
            Radix::HexUpper | Radix::HexLower => "hexadecimal digits",
        }
    }
}

/// Turns the bits of each byte around.
fn mirror(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = byte.reverse_bits();
    }
}

/// The number whose first byte is the most significant.
fn number(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .fold(0, |number, &byte| (number << 8) | u128::from(byte))
}

#[cfg(test)]
mod tests;
