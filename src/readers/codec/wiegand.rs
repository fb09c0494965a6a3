//! Wiegand frames that an adapter writes as lines of `0` and `1`: 26, 34 or 37 of them.
//!
//! A 26-bit frame keeps 24 bits of a card, one of 34 keeps 32, one of 37 keeps 35. Which card that
//! is a part of, the frame does not tell: the technology is the config's.
//!
//! What protects from a wrong card: nothing but zeros and ones, their count, and two parity bits. As
//! a frame of 34 bits that was cut by a line end may leave one of 26, the count is better configured
//! ([`CodecSettings::digits`]). A wire with 0 and 1 swapped fails both; it is read with a warning until the config says so, but
//! not from an adapter that already sent a frame that held.

use super::line::LineReader;
use super::line_codec::LineFormat;
use super::teller::Said;
use super::wiegand_bits::{self, Bits, Parity};
use super::{CodecSettings, digit_line};
use crate::readers::event::RejectReason;

/// Lines of zeros and ones.
#[derive(Debug)]
pub struct Wiegand {
    settings: CodecSettings,
    /// A frame held as it came: this wire is not swapped.
    held: bool,
}

impl Wiegand {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
            held: false,
        }
    }
}

impl LineFormat for Wiegand {
    fn lines(&self, live: bool) -> LineReader {
        if live {
            LineReader::live(b"\r\n")
        } else {
            LineReader::dump(b"\r\n")
        }
    }

    fn read(&mut self, line: &[u8], whole: bool) -> Result<Said, RejectReason> {
        if !whole {
            return Err(RejectReason::FirstPartial);
        }
        let line = line.trim_ascii();
        if !line.iter().all(|byte| matches!(byte, b'0' | b'1')) {
            return Err(RejectReason::ForeignLine);
        }
        digit_line::check_count(line.len(), &self.settings)?;
        let bits = Bits::from_text(line).ok_or(RejectReason::BadLength)?;
        let parity = bits.parity();
        if parity == Parity::Swapped && self.held {
            return Err(RejectReason::BadChecksum);
        }
        let reading = wiegand_bits::reading(bits, &self.settings)?;
        self.held |= parity == Parity::Holds;
        Ok(Said::Card(reading))
    }
}
