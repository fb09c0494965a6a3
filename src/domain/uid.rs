//! What names a card: the bytes that a reader saw, and the text by which Lime knows the card.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most characters of a [`Uid`].
pub const UID_CHARS_MAX: usize = 32;

/// The UID as Lime writes it: the text, leading zeros included, never a number.
///
/// Its `Debug` and `Display` are masked, so that no log or message can hold a whole UID; the text
/// itself is taken by [`Uid::reveal`], which is easy to search for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uid(String);

/// Why a text or bytes cannot be a UID.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UidError {
    /// Nothing was given.
    #[error("the UID is empty")]
    Empty,
    /// Longer than any card's UID.
    #[error("the UID is longer than {UID_CHARS_MAX} characters")]
    TooLong,
    /// Something else than ASCII letters, digits and what notations put between them.
    #[error("a UID has only Latin letters, digits, spaces and , . : - = [ ]")]
    Character,
}

impl Uid {
    /// A UID from its text: ASCII letters, digits, and what notations put between them. It starts
    /// and ends without a space.
    pub fn new(text: impl Into<String>) -> Result<Self, UidError> {
        let text = text.into();
        if text.is_empty() {
            Err(UidError::Empty)
        } else if text.len() > UID_CHARS_MAX {
            Err(UidError::TooLong)
        } else if !text.chars().all(is_of_uid) || text.trim() != text {
            Err(UidError::Character)
        } else {
            Ok(Self(text))
        }
    }

    /// The whole text: for Lime, r_keeper, the reports, and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The form for screens and logs: the last four characters.
    pub fn masked(&self) -> String {
        let keep = self.0.len().saturating_sub(4).max(self.0.len().div_ceil(2));
        format!("…{}", &self.0[keep..])
    }
}

/// Characters of a UID. What separates fields of our own records is not among them.
fn is_of_uid(c: char) -> bool {
    c.is_ascii_alphanumeric() || " ,.:-=[]".contains(c)
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({})", self.masked())
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.masked())
    }
}

impl TryFrom<String> for Uid {
    type Error = UidError;
    fn try_from(text: String) -> Result<Self, UidError> {
        Self::new(text)
    }
}

impl From<Uid> for String {
    fn from(uid: Uid) -> Self {
        uid.0
    }
}

/// What a reader saw of a card: bytes in the order of transmission (EM-Marine B0…B4, Mifare
/// UID0 first), and how many bits of the whole number are really known.
///
/// `Debug` shows only the length.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CardBytes {
    bytes: Vec<u8>,
    bits: u16,
}

impl CardBytes {
    /// Most bytes of a card number.
    pub const BYTES_MAX: usize = 10;

    /// Bytes of which the last `bits` are known. `None` when there are none or too many, or when
    /// more bits are claimed than the bytes have.
    pub fn new(bytes: impl Into<Vec<u8>>, bits: u16) -> Option<Self> {
        let bytes = bytes.into();
        let room = u16::try_from(bytes.len()).ok()?.checked_mul(8)?;
        (!bytes.is_empty() && bytes.len() <= Self::BYTES_MAX && (1..=room).contains(&bits))
            .then_some(Self { bytes, bits })
    }

    /// The bytes as transmitted.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many of the low bits are known.
    pub const fn bits(&self) -> u16 {
        self.bits
    }
}

impl fmt::Debug for CardBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CardBytes({} bytes, {} bits known)",
            self.bytes.len(),
            self.bits
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_text_of_letters_and_digits() {
        assert_eq!(Uid::new("0008315940").unwrap().reveal(), "0008315940");
        assert_eq!(String::from(Uid::new("0008315940").unwrap()), "0008315940");
        assert_eq!(Uid::new(""), Err(UidError::Empty));
        assert_eq!(Uid::new("12;34"), Err(UidError::Character));
        assert_eq!(Uid::new("0".repeat(33)), Err(UidError::TooLong));
    }

    #[test]
    fn a_uid_never_shows_itself_whole() {
        let uid = Uid::new("61366822").unwrap();
        assert_eq!(format!("{uid:?} {uid}"), "Uid(…6822) …6822");
        assert_eq!(Uid::new("123").unwrap().masked(), "…3");
        let bytes = CardBytes::new([0x03, 0xa8, 0x62, 0x26], 32).unwrap();
        assert_eq!(format!("{bytes:?}"), "CardBytes(4 bytes, 32 bits known)");
    }

    #[test]
    fn bits_never_exceed_the_bytes() {
        assert!(CardBytes::new([1, 2, 3], 24).is_some());
        assert!(CardBytes::new([1, 2, 3], 25).is_none());
        assert!(CardBytes::new([], 0).is_none());
        assert!(CardBytes::new([0; 11], 88).is_none());
    }
}
