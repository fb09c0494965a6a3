//! The text of a burst as a card.

use std::fmt;

use thiserror::Error;

use crate::domain::notation::Radix;
use crate::domain::{CardBytes, Notation, NotationError, Uid};
use crate::readers::bank_card;

/// Fewest and most digits of a card's number as readers type it.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 6..=20;

/// What a reader typed, taken apart but not yet in the site's notation.
///
/// `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct CardText(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    /// One number, decimal or hexadecimal as the site's notation says.
    Number(String),
    /// Facility and number: 24 bits of a longer one.
    Slice(CardBytes),
}

/// Why a text is no card. The text itself is nowhere in it: it may be a bank card's.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotACard {
    /// The track of a magnetic card.
    #[error("this is the track of a magnetic card")]
    MagneticTrack,
    /// What looks like the number of a bank card.
    #[error("this looks like a bank card; it was not kept")]
    BankCard,
    /// Several numbers for one card that contradict each other.
    #[error("the numbers that the reader gave do not belong to one card")]
    FieldsDisagree,
    /// Nothing that a card reader types.
    #[error("this is not a card's number")]
    Unknown,
}

impl fmt::Debug for CardText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Number(text) => write!(f, "CardText({} digits)", text.len()),
            Form::Slice(bytes) => write!(f, "CardText({bytes:?})"),
        }
    }
}

impl CardText {
    /// The UID, if the text is in the site's notation. A text shorter than the site's UIDs has
    /// lost its beginning; padding it could make it another guest's.
    pub fn uid(&self, notation: &Notation) -> Result<Uid, NotationError> {
        match &self.0 {
            Form::Number(text) if text.len() < usize::from(notation.pad) => {
                Err(NotationError::TooFewBits {
                    known: bits_of(notation.radix, text.len()),
                    needed: bits_of(notation.radix, usize::from(notation.pad)),
                })
            }
            Form::Number(text) => notation.accept(text),
            Form::Slice(bytes) => notation.write(bytes),
        }
    }

    /// Another card may look the same.
    pub fn partial(&self) -> bool {
        matches!(self.0, Form::Slice(_))
    }
}

/// About how many bits so many digits hold.
fn bits_of(radix: Radix, digits: usize) -> u16 {
    let bits = match radix {
        Radix::Decimal => digits.saturating_mul(10) / 3,
        Radix::HexUpper | Radix::HexLower => digits.saturating_mul(4),
    };
    u16::try_from(bits).unwrap_or(u16::MAX)
}

/// Takes the text of a burst apart. Nothing of it may be logged before this succeeded.
pub fn parse(text: &str) -> Result<CardText, NotACard> {
    let text = text.trim();
    if text.starts_with([';', '%', '+']) || text.contains(['?', '^', '=']) {
        return Err(NotACard::MagneticTrack);
    }
    if bank_card::is_in(text.as_bytes()) {
        return Err(NotACard::BankCard);
    }
    let number = match *text.split(',').collect::<Vec<_>>() {
        [number] => number.to_owned(),
        [facility, number] => return slice(facility, number),
        [whole, high, low] => agreed(whole, high, low)?,
        _ => return Err(NotACard::Unknown),
    };
    // With Caps Lock on under the Russian layout, a colon arrives as a semicolon.
    let number = if number.contains([':', ';']) {
        pairs(&number)?
    } else {
        number
    };
    if NUMBER_DIGITS.contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        Ok(CardText(Form::Number(number)))
    } else {
        Err(NotACard::Unknown)
    }
}

fn digits(text: &str) -> Result<u32, NotACard> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| NotACard::Unknown)
    } else {
        Err(NotACard::Unknown)
    }
}

/// `093,12345`: 24 bits. The same look has `DEZ 5.5` with five digits in front, which is refused.
fn slice(facility: &str, number: &str) -> Result<CardText, NotACard> {
    let lengths_fit = (1..=3).contains(&facility.len()) && number.len() == 5;
    let facility = u8::try_from(digits(facility)?).map_err(|_| NotACard::Unknown)?;
    let number = u16::try_from(digits(number)?).map_err(|_| NotACard::Unknown)?;
    let [high, low] = number.to_be_bytes();
    CardBytes::new([0, 0, facility, high, low], 24)
        .filter(|_| lengths_fit)
        .map(|bytes| CardText(Form::Slice(bytes)))
        .ok_or(NotACard::Unknown)
}

/// `0004372425,00066,47049`: the number, and once more its halves. Where they contradict each
/// other, none is picked.
fn agreed(whole: &str, high: &str, low: &str) -> Result<String, NotACard> {
    let (number, high, low) = (digits(whole)?, digits(high)?, digits(low)?);
    if whole.len() == 10 && number >> 16 == high && number & 0xffff == low {
        Ok(whole.to_owned())
    } else {
        Err(NotACard::FieldsDisagree)
    }
}

/// `04:A2:2B:…`: whole bytes.
fn pairs(text: &str) -> Result<String, NotACard> {
    let pairs: Vec<&str> = text.split([':', ';']).collect();
    if pairs.iter().all(|pair| pair.len() == 2) {
        Ok(pairs.concat())
    } else {
        Err(NotACard::Unknown)
    }
}
