//! What the text of a reader that types means, and that of a swipe which came as a report.
//!
//! It means what it would mean on a line: digits of the radix that the settings say, decimal by
//! default, or the tracks of a magnetic card where it begins with a sentinel of one.

use std::time::Duration;

use super::CodecSettings;
use super::decimal::Decimal;
use super::hex::Hex;
use super::line_codec::LineFormat;
use super::settings::DigitRadix;
use super::teller::{Said, Teller};
use super::track::TrackLines;
use crate::readers::event::Warning;

/// With what the tracks of a magnetic card begin.
const SENTINELS: &[u8] = b"%;+";

/// The meanings that a text may have at one reader.
#[derive(Debug)]
pub struct TypedText {
    radix: DigitRadix,
    hex: Hex,
    decimal: Decimal,
    tracks: TrackLines,
}

impl TypedText {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            radix: settings.radix.unwrap_or(DigitRadix::Decimal),
            hex: Hex::new(settings),
            decimal: Decimal::new(settings),
            tracks: TrackLines::new(settings),
        }
    }

    /// Tells what a whole text says.
    pub fn tell(
        &mut self,
        text: Vec<u8>,
        doubt: Option<Warning>,
        teller: &mut Teller,
        now: Duration,
    ) {
        let magnetic = text.first().is_some_and(|byte| SENTINELS.contains(byte));
        let said = match self.radix {
            _ if magnetic => self.tracks.read(&text, true),
            DigitRadix::Hex => self.hex.read(&text, true),
            DigitRadix::Decimal => self.decimal.read(&text, true),
        };
        match said {
            Ok(Said::Card(reading)) => {
                teller.said(text, Said::Card(reading.doubted(doubt)), now);
            }
            Ok(said @ (Said::Gone | Said::Nothing)) => teller.said(text, said, now),
            // Half of a track may be half of a bank card.
            Err(reason) if magnetic => teller.reject(reason, &[]),
            Err(reason) => teller.reject(reason, &text),
        }
    }
}
