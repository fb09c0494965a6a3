//! Lines of digits with any framing, where nobody said of which kind.
//!
//! With `radix` in the config it is [`Hex`] or [`Decimal`]. Without it a line that has a letter is
//! hexadecimal and one of digits alone decimal. That is a guess: of the cards of a hexadecimal
//! reader one in forty has no letter. So such a read is never certain.

use super::decimal::Decimal;
use super::hex::Hex;
use super::line::LineReader;
use super::line_codec::LineFormat;
use super::settings::DigitRadix;
use super::teller::Said;
use super::{CodecSettings, digit_line};
use crate::readers::event::{RejectReason, Warning};

/// Lines of digits of either kind.
#[derive(Debug)]
pub struct Text {
    settings: CodecSettings,
    hex: Hex,
    decimal: Decimal,
}

impl Text {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
            hex: Hex::new(settings),
            decimal: Decimal::new(settings),
        }
    }
}

impl LineFormat for Text {
    fn lines(&self, live: bool) -> LineReader {
        digit_line::lines(&self.settings.framing, live)
    }

    fn read(&mut self, line: &[u8], whole: bool) -> Result<Said, RejectReason> {
        let radix = match self.settings.radix {
            Some(radix) => radix,
            None => {
                let text = digit_line::digits(line, whole, &self.settings)?;
                if text.iter().any(u8::is_ascii_alphabetic) {
                    DigitRadix::Hex
                } else {
                    DigitRadix::Decimal
                }
            }
        };
        let said = match radix {
            DigitRadix::Hex => self.hex.read(line, whole),
            DigitRadix::Decimal => self.decimal.read(line, whole),
        }?;
        Ok(match said {
            Said::Card(reading) if self.settings.radix.is_none() => {
                Said::Card(reading.doubted(Some(Warning::Unchecked)))
            }
            Said::Card(_) | Said::Gone | Said::Nothing => said,
        })
    }
}
