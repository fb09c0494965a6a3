//! Lines of hexadecimal digits, whole bytes: `hex` with any framing, and `twn4`, which ends with
//! CR.
//!
//! `Elatec` does not publish what a TWN4 sends as delivered; a line with CR is what its sites use.
//!
//! The lines have no checksum. What protects from a wrong card: nothing but digits between the
//! configured prefix and suffix, whole bytes, a length that cards of the configured technology
//! have, and the configured count of digits. Of an unknown technology a read is never certain.

use super::line::LineReader;
use super::line_codec::LineFormat;
use super::number;
use super::teller::{Reading, Said};
use super::{CodecSettings, digit_line};
use crate::readers::bank_card;
use crate::readers::event::{RejectReason, Technology};

/// Bytes between two of the card that some readers put there.
const SEPARATORS: &[u8] = b":- ";

/// Lines of hexadecimal digits.
#[derive(Debug)]
pub struct Hex {
    settings: CodecSettings,
}

impl Hex {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
        }
    }
}

impl LineFormat for Hex {
    fn lines(&self, live: bool) -> LineReader {
        digit_line::lines(&self.settings.framing, live)
    }

    fn read(&mut self, line: &[u8], whole: bool) -> Result<Said, RejectReason> {
        let text = digit_line::digits(line, whole, &self.settings)?;
        let digits = joined(text).ok_or(RejectReason::ForeignLine)?;
        digit_line::check_count(digits.len(), &self.settings)?;
        if digit_line::may_be_bank_card(&self.settings) && bank_card::is_number(&digits) {
            return Err(RejectReason::BankCard);
        }
        let technology = self.settings.technology.unwrap_or(Technology::Other);
        let bytes =
            number::hex(technology, &digits, &self.settings).ok_or(RejectReason::BadLength)?;
        let endless = self.settings.framing.terminators.is_empty();
        let doubt = digit_line::unchecked(endless, &self.settings);
        Ok(Said::Card(Reading::new(technology, bytes).doubted(doubt)))
    }
}

/// The digits without separators, which stand between all bytes or none and are all the same.
fn joined(text: &[u8]) -> Option<Vec<u8>> {
    let separator = text.get(2).filter(|byte| SEPARATORS.contains(byte));
    let digits: Vec<u8> = match separator {
        None => text.to_vec(),
        Some(separator) => {
            let pairs: Vec<&[u8]> = text.split(|byte| byte == separator).collect();
            if !pairs.iter().all(|pair| pair.len() == 2) {
                return None;
            }
            pairs.concat()
        }
    };
    digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)
}
