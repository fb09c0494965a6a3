//! What the text of a reader that types means, and that of a swipe which came as a report.
//!
//! It means what it would mean on a line: digits of the radix that the settings say, decimal by
//! default, or a magnetic track where it begins with the sentinel of one.

use super::CodecSettings;
use super::decimal::Decimal;
use super::hex::Hex;
use super::line_codec::LineFormat;
use super::number;
use super::settings::DigitRadix;
use super::teller::{Reading, Said};
use crate::readers::bank_card;
use crate::readers::event::{RejectReason, Technology};

/// The meanings that a text may have at one reader.
#[derive(Debug)]
pub struct TypedText {
    radix: DigitRadix,
    hex: Hex,
    decimal: Decimal,
}

impl TypedText {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            radix: settings.radix.unwrap_or(DigitRadix::Decimal),
            hex: Hex::new(settings),
            decimal: Decimal::new(settings),
        }
    }

    /// What a whole text says.
    pub fn read(&mut self, text: &[u8]) -> Result<Said, RejectReason> {
        if text.first().is_some_and(|byte| b"%;+".contains(byte)) {
            return track(text);
        }
        match self.radix {
            DigitRadix::Hex => self.hex.read(text, true),
            DigitRadix::Decimal => self.decimal.read(text, true),
        }
    }
}

/// The account of the second track.
fn track(text: &[u8]) -> Result<Said, RejectReason> {
    if bank_card::is_in(text) || text.starts_with(b"%B") {
        return Err(RejectReason::BankCard);
    }
    let second = text.split(|&byte| byte == b';').nth(1);
    let inside = second.and_then(|text| text.split(|&byte| byte == b'?').next());
    let account = inside.and_then(|text| text.split(|&byte| byte == b'=').next());
    let bytes = account
        .and_then(|digits| {
            number::decimal(Technology::Magstripe, digits, &CodecSettings::default())
        })
        .ok_or(RejectReason::ForeignLine)?;
    Ok(Said::Card(Reading::new(Technology::Magstripe, bytes)))
}
