//! What stands around a card's digits, or instead of them: `{facility},{number}`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text with fields in braces.
///
/// `{card}`: the digits as the rest of the notation writes them. The other fields are slices of the
/// number, always of full width: `{head}`, bits 39 to 24 as four hexadecimal digits; `{upper}`,
/// bits 31 to 16 in five decimal digits; `{facility}`, bits 23 to 16 in three; `{number}`, bits 15
/// to 0 in five. `{facility},{number}` is what most cards have printed as their second number.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    /// Kept in place, as a notation is handed on by value.
    chars: [u8; Template::CHARS_MAX],
    len: u8,
}

/// Why a text is no template.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// Longer than any is.
    #[error("a template has at most {} characters", Template::CHARS_MAX)]
    TooLong,
    /// What is in braces is no field, or a brace is alone.
    #[error("the fields of a template are {{card}}, {{head}}, {{upper}}, {{facility}}, {{number}}")]
    Field,
    /// Other characters than a UID may have.
    #[error("a template has only Latin letters, digits, spaces and , . : - = [ ]")]
    Character,
    /// Nothing of the card is in it: every card would be the same.
    #[error("a template without {{card}} or {{number}} makes all cards the same")]
    NoCard,
}

/// One piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// As it is.
    Text(&'a str),
    /// A field.
    Field(Field),
}

/// A field of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Card,
    Head,
    Upper,
    Facility,
    Number,
}

impl Field {
    const ALL: [Self; 5] = [
        Self::Card,
        Self::Head,
        Self::Upper,
        Self::Facility,
        Self::Number,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Card => "{card}",
            Self::Head => "{head}",
            Self::Upper => "{upper}",
            Self::Facility => "{facility}",
            Self::Number => "{number}",
        }
    }

    /// Lowest bit and count of bits; none for the whole card.
    pub(super) const fn bits(self) -> Option<(u16, u16)> {
        match self {
            Self::Card => None,
            Self::Head => Some((24, 16)),
            Self::Upper => Some((16, 16)),
            Self::Facility => Some((16, 8)),
            Self::Number => Some((0, 16)),
        }
    }

    /// Digits and base of a slice.
    pub(super) const fn digits(self) -> Option<(usize, u32)> {
        match self {
            Self::Card => None,
            Self::Head => Some((4, 16)),
            Self::Upper | Self::Number => Some((5, 10)),
            Self::Facility => Some((3, 10)),
        }
    }

    /// The slice of a number in digits.
    pub(super) fn write(self, number: u128) -> Option<String> {
        let (low, count) = self.bits()?;
        let value = (number >> low) & ((1 << count) - 1);
        Some(match self {
            Self::Card => return None,
            Self::Head => format!("{value:04X}"),
            Self::Upper | Self::Number => format!("{value:05}"),
            Self::Facility => format!("{value:03}"),
        })
    }
}

impl Template {
    /// Most characters of a template.
    pub const CHARS_MAX: usize = 48;
    /// `{card}`: the digits alone.
    pub const CARD: Self = Self::fixed("{card}");
    /// `{facility},{number}`: 3+5, `168,25126`.
    pub const FACILITY_NUMBER: Self = Self::fixed("{facility},{number}");
    /// `{upper},{number}`: 5.5, `00936,25126`.
    pub const UPPER_NUMBER: Self = Self::fixed("{upper},{number}");
    /// `[{head}] {facility},{number}`: as `IronLogic` readers print EM-Marine cards.
    pub const IRONLOGIC: Self = Self::fixed("[{head}] {facility},{number}");

    const fn fixed(text: &'static str) -> Self {
        let mut chars = [0; Self::CHARS_MAX];
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            chars[at] = bytes[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most CHARS_MAX")]
        Self {
            chars,
            len: bytes.len() as u8,
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let chars = self.chars.get(..usize::from(self.len));
        std::str::from_utf8(chars.unwrap_or_default()).unwrap_or_default()
    }

    /// Its pieces in order.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut rest = self.as_str();
        std::iter::from_fn(move || {
            let (part, after) = split_part(rest)?;
            rest = after;
            Some(part)
        })
    }

    /// How many low bits the slices need; `None` where the whole card is written.
    pub(super) fn field_bits(&self) -> Option<u16> {
        let mut ends = self.parts().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Field(field) => Some(field.bits().map(|(low, count)| low + count)),
        });
        ends.try_fold(0, |most, end| Some(most.max(end?)))
    }

    /// The text for a card: its digits, and its number for the slices.
    pub(super) fn write(&self, card: &str, number: u128) -> String {
        self.parts()
            .map(|part| match part {
                Part::Text(text) => text.to_owned(),
                Part::Field(field) => field.write(number).unwrap_or_else(|| card.to_owned()),
            })
            .collect()
    }
}

/// The first part and the rest; nothing at the end.
fn split_part(text: &str) -> Option<(Part<'_>, &str)> {
    let field = Field::ALL
        .into_iter()
        .find_map(|field| Some((Part::Field(field), text.strip_prefix(field.name())?)));
    field.or_else(|| {
        let end = text.find('{').unwrap_or(text.len());
        let (plain, rest) = text.split_at_checked(end)?;
        (!plain.is_empty()).then_some((Part::Text(plain), rest))
    })
}

impl Default for Template {
    fn default() -> Self {
        Self::CARD
    }
}

impl FromStr for Template {
    type Err = TemplateError;
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        if text.len() > Self::CHARS_MAX {
            return Err(TemplateError::TooLong);
        }
        let mut chars = [0; Self::CHARS_MAX];
        for (place, byte) in chars.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        let template = Self {
            chars,
            len: u8::try_from(text.len()).map_err(|_| TemplateError::TooLong)?,
        };
        let mut length = 0;
        let mut tells_cards_apart = false;
        for part in template.parts() {
            match part {
                Part::Text(plain) => {
                    length += plain.len();
                    if plain.contains('}') {
                        return Err(TemplateError::Field);
                    }
                    let allowed = |c: char| c.is_ascii_alphanumeric() || " ,.:-=[]".contains(c);
                    if !plain.chars().all(allowed) {
                        return Err(TemplateError::Character);
                    }
                }
                Part::Field(field) => {
                    length += field.name().len();
                    tells_cards_apart |= matches!(field, Field::Card | Field::Number);
                }
            }
        }
        if length != text.len() {
            return Err(TemplateError::Field);
        }
        tells_cards_apart
            .then_some(template)
            .ok_or(TemplateError::NoCard)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.as_str())
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.as_str().to_owned()
    }
}
