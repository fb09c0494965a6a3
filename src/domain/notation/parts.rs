//! The mask of a notation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The bits of a card's number that a site writes, as `00FFFFFF` in the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mask(u128);

/// The text is no mask.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a mask is 1 to 20 hexadecimal digits, not all of them zero: \"00FFFFFF\"; \"\": no mask")]
pub struct MaskError;

impl Mask {
    /// Every bit.
    pub const ALL: Self = Self(u128::MAX);
    /// As many as the longest number of a card has.
    const DIGITS_MAX: usize = 20;

    /// The bits.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// How many low bits hold all that is written.
    pub(super) fn highest(self) -> u16 {
        u16::try_from(u128::BITS - self.0.leading_zeros()).unwrap_or(u16::MAX)
    }

    /// The written bits are the low ones without a gap, so that the number is known as far as they
    /// go.
    pub(super) const fn is_low(self) -> bool {
        self.0 & self.0.wrapping_add(1) == 0
    }
}

impl Default for Mask {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromStr for Mask {
    type Err = MaskError;
    fn from_str(text: &str) -> Result<Self, MaskError> {
        if text.is_empty() {
            return Ok(Self::ALL);
        }
        let hex = text.len() <= Self::DIGITS_MAX && text.bytes().all(|b| b.is_ascii_hexdigit());
        let bits = u128::from_str_radix(text, 16).map_err(|_| MaskError)?;
        (hex && bits != 0).then_some(Self(bits)).ok_or(MaskError)
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => Ok(()),
            Self(bits) => write!(f, "{bits:08X}"),
        }
    }
}

impl TryFrom<String> for Mask {
    type Error = MaskError;
    fn try_from(text: String) -> Result<Self, MaskError> {
        text.parse()
    }
}

impl From<Mask> for String {
    fn from(mask: Mask) -> Self {
        mask.to_string()
    }
}
