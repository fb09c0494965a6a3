//! Lines of decimal digits with any framing.
//!
//! ```text
//! 0061366822            a number: how many bits it holds, see [`number::decimal`]
//! 168,25126             facility and number, three and five digits: the low 24 bits
//! 00936,25126           both halves, five digits each: the low 32 bits; also with a point
//! 0061366822,168,25126  a number and once more a part of it; where they disagree, a warning
//! ```
//!
//! The lines have no checksum. What protects from a wrong card: nothing but digits between the
//! configured prefix and suffix, and the configured count of digits. Without that count a read is
//! never certain: a number that lost a digit is a number too.

use super::line::LineReader;
use super::line_codec::LineFormat;
use super::number::{self, DECIMAL_DIGITS_MIN};
use super::teller::{Reading, Said};
use super::{CodecSettings, digit_line};
use crate::domain::CardBytes;
use crate::readers::bank_card;
use crate::readers::event::{RejectReason, Technology, Warning};

/// Lines of decimal digits.
#[derive(Debug)]
pub struct Decimal {
    settings: CodecSettings,
}

impl Decimal {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
        }
    }

    fn technology(&self) -> Technology {
        self.settings.technology.unwrap_or(Technology::Other)
    }

    fn number(&self, digits: &[u8]) -> Result<CardBytes, RejectReason> {
        if self.settings.digits.is_none() && digits.len() < DECIMAL_DIGITS_MIN {
            return Err(RejectReason::BadLength);
        }
        if digit_line::may_be_bank_card(&self.settings) && bank_card::is_number(digits) {
            return Err(RejectReason::BankCard);
        }
        number::decimal(self.technology(), digits, &self.settings).ok_or(RejectReason::BadLength)
    }

    /// A number, alone or with a part of it behind; true where they disagree.
    fn parts(&self, fields: &[&[u8]]) -> Result<(CardBytes, bool), RejectReason> {
        match *fields {
            [number] => Ok((self.number(number)?, false)),
            [high, low] => {
                let bytes = self.halves(high, low).ok_or(RejectReason::ForeignLine)?;
                Ok((bytes, false))
            }
            [number, high, low] => {
                let agrees = tail_agrees(number, high, low).ok_or(RejectReason::ForeignLine)?;
                Ok((self.number(number)?, !agrees))
            }
            _ => Err(RejectReason::ForeignLine),
        }
    }

    /// `168,25126` or `00936,25126`. With three digits in front, other notations look the same,
    /// which is one more reason why so few bits never pay by themselves.
    fn halves(&self, high: &[u8], low: &[u8]) -> Option<CardBytes> {
        let [low_high, low_low] = small(low, 5)?.to_be_bytes();
        match high.len() {
            3 => {
                let facility = u8::try_from(small(high, 3)?).ok()?;
                let sent = [facility, low_high, low_low];
                number::card(self.technology(), &sent, 24, &self.settings)
            }
            5 => {
                let [high_high, high_low] = small(high, 5)?.to_be_bytes();
                let sent = [high_high, high_low, low_high, low_low];
                number::card(self.technology(), &sent, 32, &self.settings)
            }
            _ => None,
        }
    }
}

impl LineFormat for Decimal {
    fn lines(&self, live: bool) -> LineReader {
        digit_line::lines(&self.settings.framing, live)
    }

    fn read(&mut self, line: &[u8], whole: bool) -> Result<Said, RejectReason> {
        let text = digit_line::digits(line, whole, &self.settings)?;
        let mut fields: Vec<&[u8]> = text.split(|&byte| byte == b',').collect();
        if let Some(halves) = pointed_halves(text) {
            fields = halves.into();
        }
        let all_digits = |field: &&[u8]| field.iter().all(u8::is_ascii_digit);
        if !fields.iter().all(all_digits) {
            return Err(RejectReason::ForeignLine);
        }
        digit_line::check_count(fields.iter().map(|field| field.len()).sum(), &self.settings)?;
        let (bytes, disagrees) = self.parts(&fields)?;
        let any_length = fields.len() == 1 || self.settings.framing.terminators.is_empty();
        let doubt = disagrees
            .then_some(Warning::TailDisagrees)
            .or_else(|| digit_line::unchecked(any_length, &self.settings));
        let reading = Reading::new(self.technology(), bytes);
        Ok(Said::Card(reading.doubted(doubt)))
    }
}

/// `00936.25126`. With three digits before the point it may be any of three notations.
fn pointed_halves(text: &[u8]) -> Option<[&[u8]; 2]> {
    let point = text.iter().position(|&byte| byte == b'.')?;
    (point == 5).then(|| [&text[..point], &text[point + 1..]])
}

/// Whether facility and number, or both halves, are those of the number. None where the fields are
/// too long to be any.
fn tail_agrees(number: &[u8], high: &[u8], low: &[u8]) -> Option<bool> {
    let number = number::value(number)?;
    let (high, low) = (small_up_to(high, 5)?, small_up_to(low, 5)?);
    let upper = number >> 16 & 0xffff;
    let agrees = u128::from(low) == number & 0xffff
        && (u128::from(high) == upper || u128::from(high) == upper & 0xff);
    Some(agrees)
}

/// A number of exactly so many digits.
fn small(digits: &[u8], count: usize) -> Option<u16> {
    (digits.len() == count)
        .then(|| small_up_to(digits, count))
        .flatten()
}

fn small_up_to(digits: &[u8], count: usize) -> Option<u16> {
    if digits.len() > count {
        return None;
    }
    u16::try_from(number::value(digits)?).ok()
}
