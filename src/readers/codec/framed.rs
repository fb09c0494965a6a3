//! Desktop readers for 125 kHz and 13.56 MHz with binary frames. 9600 8N1.
//!
//! ```text
//! 02 length kind SNR[0..5] BCC 03      kind 01 Mifare, 02 EM4100; BCC = length ^ kind ^ SNR…
//! 02 0A     02   06 00 8E 6D 5D B0 03
//! ```
//!
//! The length counts the whole frame; the seller's text says «0A, 9 bytes». Of an EM4100 the five
//! bytes are the card. Of a Mifare the text calls the first byte a batch number, which a four-byte
//! UID has not: where it is not zero, nobody knows what it is, and the read is told as one of an
//! unknown kind. Which byte of a Mifare UID comes first is a setting.
//!
//! What protects from a wrong card: start, length, kind, checksum and end.

use super::CodecSettings;
use super::frame_codec::{FrameFormat, Look};
use super::number;
use super::teller::{Reading, Said};
use crate::readers::event::{RejectReason, Technology};

const START: u8 = 0x02;
const END: u8 = 0x03;
const LENGTH: u8 = 0x0a;
const FRAME_BYTES: usize = 10;
const MIFARE: u8 = 0x01;
const EM4100: u8 = 0x02;

/// Frames of desktop readers.
#[derive(Debug)]
pub struct Framed {
    settings: CodecSettings,
}

impl Framed {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
        }
    }

    fn reading(&self, kind: u8, serial: &[u8]) -> Option<Reading> {
        let (technology, serial) = match (kind, serial) {
            (MIFARE, [0, uid @ ..]) => (Technology::Mifare, uid),
            (MIFARE, all) => (Technology::Other, all),
            (_, all) => (Technology::EmMarine, all),
        };
        let bits = u16::try_from(serial.len() * 8).ok()?;
        let bytes = number::card(technology, serial, bits, &self.settings)?;
        Some(Reading::new(technology, bytes))
    }
}

impl FrameFormat for Framed {
    fn look(&self, bytes: &[u8]) -> Look {
        let begins =
            |place: usize, known: &[u8]| bytes.get(place).is_none_or(|byte| known.contains(byte));
        if !(begins(0, &[START]) && begins(1, &[LENGTH]) && begins(2, &[MIFARE, EM4100])) {
            return Look::NoFrame;
        }
        let Some(&[_, ref checked @ .., checksum, end]) = bytes.first_chunk::<FRAME_BYTES>() else {
            return Look::More;
        };
        if end != END {
            return Look::Bad(FRAME_BYTES, RejectReason::BadLength);
        }
        if number::xor(checked) != checksum {
            return Look::Bad(FRAME_BYTES, RejectReason::BadChecksum);
        }
        let [_, kind, ref serial @ ..] = *checked;
        let said = self.reading(kind, serial).map(Said::Card);
        Look::Frame(FRAME_BYTES, said.ok_or(RejectReason::BadLength))
    }
}

/// The frame that such a reader sends for an EM4100 card: for tests and the virtual reader.
pub fn frame_of(card: [u8; 5]) -> [u8; FRAME_BYTES] {
    let mut frame = [START, LENGTH, EM4100, 0, 0, 0, 0, 0, 0, END];
    frame[3..8].copy_from_slice(&card);
    frame[8] = number::xor(&frame[1..8]);
    frame
}
