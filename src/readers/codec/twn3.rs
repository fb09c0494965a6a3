//! Elatec TWN3 in its two transparent modes.
//!
//! ```text
//! :170009593F48 CR LF    IndiTag: the card, then the two's complement of the sum of its bytes
//! 1A808001C0 CR          HID Prox: a count of bits, then the bits from the left, zeros behind
//! ```
//!
//! What protects from a wrong card: of `IndiTag` the colon and the checksum; of HID Prox the count
//! of bits, the zeros behind them, and the parity where the format is known (26, 34, 37 bits). A
//! HID Prox card of another format is read, with a warning, only where the config says that the
//! reader is for HID Prox; then it has its parity bits too. A reader has one of the modes: after a
//! line with a colon, and where the config names another kind of card, a line without one is no
//! card, it may have lost it. Where cards have seven bytes, their fourteen digits are better
//! configured: of a line that was cut, the half may have a sum that fits.
//!
//! Five bytes are an EM-Marine card, seven a Mifare one; of four bytes the config tells the kind.

use super::line::LineReader;
use super::line_codec::LineFormat;
use super::number;
use super::teller::{Reading, Said};
use super::wiegand_bits::{self, Bits, Parity};
use super::{CodecSettings, digit_line};
use crate::readers::event::{RejectReason, Technology, Warning};

const INDITAG: u8 = b':';
/// Bits that a HID Prox card can have.
const PROX_BITS: std::ops::RangeInclusive<u16> = 26..=48;

/// Lines of a TWN3.
#[derive(Debug)]
pub struct Twn3 {
    settings: CodecSettings,
    /// A line with a colon came.
    is_inditag: bool,
}

impl Twn3 {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
            is_inditag: false,
        }
    }

    fn inditag(&self, digits: &[u8]) -> Result<Reading, RejectReason> {
        let bytes = number::hex_bytes(digits).ok_or(RejectReason::ForeignLine)?;
        let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        if sum != 0 {
            return Err(RejectReason::BadChecksum);
        }
        let (_, card) = bytes.split_last().ok_or(RejectReason::BadLength)?;
        let technology = self.settings.technology.unwrap_or(match card.len() {
            5 => Technology::EmMarine,
            7 => Technology::Mifare,
            _ => Technology::Other,
        });
        digit_line::check_count(digits.len() - 2, &self.settings)?;
        let bits = u16::try_from(card.len() * 8).map_err(|_| RejectReason::BadLength)?;
        // These readers send whole cards: fewer bytes are the half of a line whose sum fits by chance.
        let len_min = match technology {
            Technology::EmMarine => 5,
            Technology::Mifare
            | Technology::HidProx
            | Technology::Magstripe
            | Technology::Other => 4,
        };
        number::card(technology, card, bits, &self.settings)
            .filter(|_| card.len() >= len_min)
            .map(|bytes| Reading::new(technology, bytes))
            .ok_or(RejectReason::BadLength)
    }

    fn prox(&self, digits: &[u8]) -> Result<Reading, RejectReason> {
        let is_prox = match self.settings.technology {
            None => !self.is_inditag,
            Some(Technology::HidProx) => true,
            Some(
                Technology::EmMarine
                | Technology::Mifare
                | Technology::Magstripe
                | Technology::Other,
            ) => false,
        };
        if !is_prox {
            return Err(RejectReason::ForeignLine);
        }
        let bytes = number::hex_bytes(digits).ok_or(RejectReason::ForeignLine)?;
        let (&count, left) = bytes.split_first().ok_or(RejectReason::ForeignLine)?;
        let count = u16::from(count);
        let bits = Bits::from_left(left, count)
            .filter(|_| PROX_BITS.contains(&count))
            .ok_or(RejectReason::BadLength)?;
        let settings = CodecSettings {
            technology: self.settings.technology.or(Some(Technology::HidProx)),
            inverted: false,
            ..self.settings.clone()
        };
        match bits.parity() {
            Parity::Holds => wiegand_bits::reading(bits, &settings),
            // The reader itself decodes the card: nothing can be swapped here.
            Parity::Swapped | Parity::Broken => Err(RejectReason::BadChecksum),
            Parity::Unknown if self.settings.technology.is_none() => Err(RejectReason::BadLength),
            Parity::Unknown => wiegand_bits::whole(bits, &settings)
                .map(|reading| reading.doubted(Some(Warning::Unchecked))),
        }
    }
}

impl LineFormat for Twn3 {
    fn lines(&self, live: bool) -> LineReader {
        let reader = if live {
            LineReader::live(b"\r\n")
        } else {
            LineReader::dump(b"\r\n")
        };
        reader.with_start(Some(INDITAG))
    }

    fn read(&mut self, line: &[u8], whole: bool) -> Result<Said, RejectReason> {
        let reading = match line.strip_prefix(&[INDITAG]) {
            Some(digits) => {
                let reading = self.inditag(digits);
                self.is_inditag |= reading.is_ok();
                reading
            }
            None if whole => self.prox(line),
            None => Err(RejectReason::FirstPartial),
        };
        reading.map(Said::Card)
    }
}

/// The line that a TWN3 sends in `IndiTag` mode: for tests.
pub fn inditag_of(card: &[u8]) -> Vec<u8> {
    let sum = card.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let digits = card
        .iter()
        .chain(&[sum.wrapping_neg()])
        .map(|byte| format!("{byte:02X}"))
        .collect::<String>();
    format!(":{digits}\r\n").into_bytes()
}
