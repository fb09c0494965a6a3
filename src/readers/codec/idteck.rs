//! IDTECK SR10, SR30, STAR RFK101 and their kin. 9600 8N1.
//!
//! ```text
//! 02, eight or ten digits, 03, LRC      LRC = exclusive or of everything from 02 to 03
//! ```
//!
//! The LRC stands behind the end and may be any byte, 02 and 03 included. Vendors do not say which
//! digits they are: hexadecimal unless the config says decimal.
//!
//! The count of digits is better configured: a damaged frame of ten may look like one of eight, and
//! a model with keys sends what was typed in the same frame, with one to eight digits.
//!
//! What protects from a wrong card: start, nothing but digits, their count, end and LRC.

use super::frame_codec::{FrameFormat, Look};
use super::number;
use super::settings::DigitRadix;
use super::teller::{Reading, Said};
use super::{CodecSettings, digit_line};
use crate::readers::event::{RejectReason, Technology};

const START: u8 = 0x02;
const END: u8 = 0x03;
/// How many digits a card has.
const DIGITS: [usize; 2] = [8, 10];
const DIGITS_MAX: usize = 10;

/// Frames of IDTECK readers.
#[derive(Debug)]
pub struct Idteck {
    settings: CodecSettings,
}

impl Idteck {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
        }
    }

    fn radix(&self) -> DigitRadix {
        self.settings.radix.unwrap_or(DigitRadix::Hex)
    }

    fn is_digit(&self, byte: u8) -> bool {
        match self.radix() {
            DigitRadix::Hex => byte.is_ascii_hexdigit(),
            DigitRadix::Decimal => byte.is_ascii_digit(),
        }
    }

    fn card(&self, digits: &[u8]) -> Result<Reading, RejectReason> {
        if !DIGITS.contains(&digits.len()) {
            return Err(RejectReason::BadLength);
        }
        digit_line::check_count(digits.len(), &self.settings)?;
        let technology = self.settings.technology.unwrap_or(Technology::Other);
        let bytes = match self.radix() {
            DigitRadix::Hex => number::hex(technology, digits, &self.settings),
            DigitRadix::Decimal => number::decimal(technology, digits, &self.settings),
        };
        bytes
            .map(|bytes| Reading::new(technology, bytes))
            .ok_or(RejectReason::BadLength)
    }
}

impl FrameFormat for Idteck {
    fn look(&self, bytes: &[u8]) -> Look {
        let Some((&START, rest)) = bytes.split_first() else {
            return Look::NoFrame;
        };
        let digits = rest.iter().take_while(|&&byte| self.is_digit(byte)).count();
        if digits > DIGITS_MAX {
            return Look::Bad(1 + digits, RejectReason::BadLength);
        }
        match rest.get(digits..).unwrap_or_default() {
            [] | [END] => Look::More,
            [END, lrc, ..] => {
                let len = 1 + digits + 2;
                let checked = bytes.get(..len - 1).unwrap_or_default();
                if number::xor(checked) != *lrc {
                    return Look::Bad(len, RejectReason::BadChecksum);
                }
                let reading = self.card(rest.get(..digits).unwrap_or_default());
                Look::Frame(len, reading.map(Said::Card))
            }
            [START, ..] if digits > 0 => Look::Bad(1 + digits, RejectReason::CutByNext),
            [_, ..] if digits > 0 => Look::Bad(1 + digits + 1, RejectReason::BadByte),
            [_, ..] => Look::NoFrame,
        }
    }
}

/// The frame that such a reader sends for digits: for tests.
pub fn frame_of(digits: &[u8]) -> Vec<u8> {
    let mut frame = vec![START];
    frame.extend_from_slice(digits);
    frame.push(END);
    frame.push(number::xor(&frame));
    frame
}
