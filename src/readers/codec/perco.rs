//! PERCo-IR05, as far as it is known. 9600 8N1.
//!
//! ```text
//! F2 FF length command data… checksum
//! length = data + 1, 01 to 1F; checksum = exclusive or from length to the last byte of data
//! ```
//!
//! The cards reach it over a Wiegand-26 head, so that a card has 24 bits. Which command brings
//! them, no public source says: a frame with exactly three bytes of data is taken for one, high
//! byte first; any other whole frame is told as a message that holds no card. The technology is
//! the config's, and a read is partial in any case but that of cards that have no more bits.
//!
//! What protects from a wrong card: two start bytes, length and checksum.

use super::CodecSettings;
use super::frame_codec::{FrameFormat, Look};
use super::number;
use super::teller::{Reading, Said};
use crate::readers::event::{RejectReason, Technology};

const START: [u8; 2] = [0xf2, 0xff];
const LENGTH_MAX: u8 = 0x1f;
/// Bytes of data in the frame of a card.
const CARD_BYTES: usize = 3;

/// Frames of the PERCo-IR05.
#[derive(Debug)]
pub struct Perco {
    settings: CodecSettings,
}

impl Perco {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
        }
    }

    fn card(&self, data: &[u8]) -> Result<Reading, RejectReason> {
        if data.len() != CARD_BYTES {
            return Err(RejectReason::OtherMessage);
        }
        let technology = self.settings.technology.unwrap_or(Technology::Other);
        number::card(technology, data, 24, &self.settings)
            .map(|bytes| Reading::new(technology, bytes))
            .ok_or(RejectReason::OtherMessage)
    }
}

impl FrameFormat for Perco {
    fn look(&self, bytes: &[u8]) -> Look {
        let Some((start, rest)) = bytes.split_at_checked(START.len()) else {
            return if bytes == &START[..1] {
                Look::More
            } else {
                Look::NoFrame
            };
        };
        if start != START {
            return Look::NoFrame;
        }
        let Some((&length, body)) = rest.split_first() else {
            return Look::More;
        };
        if !(1..=LENGTH_MAX).contains(&length) {
            return Look::NoFrame;
        }
        let Some((body, [checksum, ..])) = body.split_at_checked(usize::from(length)) else {
            return Look::More;
        };
        let len = START.len() + 1 + body.len() + 1;
        if length ^ number::xor(body) != *checksum {
            return Look::Bad(len, RejectReason::BadChecksum);
        }
        let reading = self.card(body.get(1..).unwrap_or_default());
        Look::Frame(len, reading.map(Said::Card))
    }
}

/// A frame: for tests.
pub fn frame_of(command: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len() + 1).unwrap_or(u8::MAX);
    let mut frame = vec![START[0], START[1], length, command];
    frame.extend_from_slice(data);
    frame.push(number::xor(&frame[START.len()..]));
    frame
}
