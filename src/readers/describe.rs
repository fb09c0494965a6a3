//! An event as one line of `reader decode`.

use serde::Serialize;

use super::codec::{Codec, CodecSettings, codec_for_dump};
use super::event::{CardRead, Event, RejectReason, Technology, Warning};
use super::family::Family;
use crate::domain::{CardBytes, Notation};

/// One line of `reader decode`.
///
/// It holds the whole UID, as the person at the command line asked for it; so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct DecodedLine {
    /// How the reader speaks.
    pub family: Family,
    /// The kind of card; none where there is no card.
    pub technology: Option<Technology>,
    /// What was received, control bytes as `\x02`; none where silence was the message.
    pub raw: Option<String>,
    /// The known bytes in upper-case hexadecimal, in the order of transmission.
    pub uid_hex: Option<String>,
    /// How many bits of the card are known.
    pub bits: Option<u16>,
    /// The UID in the notation that was asked for. Without one: what is printed on most cards,
    /// see [`describe`].
    pub decimal: Option<String>,
    /// The second number printed on most cards, facility and number as a 26-bit Wiegand link
    /// carries them: `168,25126`.
    pub w26: Option<String>,
    /// A card lies on the reader; not known for what was rejected.
    pub card_present: Option<bool>,
    /// Fewer bits are known than the card has.
    pub partial: bool,
    /// What to doubt, or why there is no card.
    pub warning: Option<Doubt>,
}

/// Everything that [`DecodedLine::warning`] can say, as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Doubt {
    /// About an accepted read.
    Read(Warning),
    /// About bytes that are no card.
    Rejected(RejectReason),
    /// About the notation.
    Notation(NotationDoubt),
}

/// Why a card has no text in the notation that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotationDoubt {
    /// The notation needs more bits than the reader knows.
    TooFewBits,
}

/// The line for an event of a reader of `family`.
///
/// Without a notation, `decimal` is: of EM-Marine the low 32 bits in ten digits, or in eight when
/// only 24 bits are known; of a four-byte Mifare UID its number with the first byte lowest, in ten
/// digits, as printed on cards and sent by most links; of a seven-byte one its number with the
/// first byte highest.
pub fn describe(family: Family, event: &Event, notation: Option<Notation>) -> DecodedLine {
    let nothing = DecodedLine {
        family,
        technology: None,
        raw: None,
        uid_hex: None,
        bits: None,
        decimal: None,
        w26: None,
        card_present: None,
        partial: false,
        warning: None,
    };
    match event {
        Event::Card(read) => card(read, notation),
        Event::Gone(gone) => DecodedLine {
            raw: (!gone.raw.is_empty()).then(|| escaped(&gone.raw)),
            card_present: Some(false),
            ..nothing
        },
        Event::Rejected(rejected) => DecodedLine {
            raw: Some(escaped(&rejected.raw)),
            warning: Some(Doubt::Rejected(rejected.reason)),
            ..nothing
        },
    }
}

fn card(read: &CardRead, notation: Option<Notation>) -> DecodedLine {
    let known = read.known_bytes();
    let low_first = read.technology == Technology::Mifare && known.len() == 4;
    let number = number(known, low_first);
    let written = notation.map(|notation| notation.write(&read.bytes));
    let decimal = match &written {
        Some(Ok(uid)) => Some(uid.reveal().to_owned()),
        Some(Err(_)) => None,
        None => Some(match (read.technology, known.len()) {
            (Technology::EmMarine, 4..) => format!("{:010}", number & 0xffff_ffff),
            (Technology::Mifare | Technology::Other, 4) => format!("{number:010}"),
            (Technology::EmMarine, _) | (Technology::Other, 3) => format!("{number:08}"),
            (
                Technology::Mifare
                | Technology::HidProx
                | Technology::Magstripe
                | Technology::Other,
                _,
            ) => number.to_string(),
        }),
    };
    let unwritten =
        matches!(written, Some(Err(_))).then_some(Doubt::Notation(NotationDoubt::TooFewBits));
    DecodedLine {
        family: read.family,
        technology: Some(read.technology),
        raw: Some(escaped(&read.raw)),
        uid_hex: Some(known.iter().map(|byte| format!("{byte:02X}")).collect()),
        bits: Some(read.bytes.bits()),
        decimal,
        w26: Some(w26(&read.bytes, read.technology)),
        card_present: Some(read.present),
        partial: read.partial(),
        warning: read.warning.map(Doubt::Read).or(unwritten),
    }
}

fn number(bytes: &[u8], low_first: bool) -> u128 {
    let add = |number: u128, byte: &u8| number << 8 | u128::from(*byte);
    if low_first {
        bytes.iter().rev().fold(0, add)
    } else {
        bytes.iter().fold(0, add)
    }
}

/// The three bytes that readers print as facility and number: of EM-Marine the low ones, of a
/// four-byte Mifare UID the first three with the first lowest, of a seven-byte one the first three.
fn w26(card: &CardBytes, technology: Technology) -> String {
    let bytes = card.bytes();
    let slice = match (technology, bytes.len()) {
        (
            Technology::EmMarine | Technology::HidProx | Technology::Magstripe | Technology::Other,
            _,
        ) => number(bytes, false),
        // Of a slice the low three bytes are all there is.
        (Technology::Mifare, 4) if card.bits() < 32 => number(bytes, false),
        (Technology::Mifare, 4) => number(bytes, true),
        (Technology::Mifare, _) => number(&bytes[..bytes.len().min(3)], false),
    };
    format!("{:03},{:05}", slice >> 16 & 0xff, slice & 0xffff)
}

/// Bytes as text: what is printable as it is, the rest as `\x02`, a backslash doubled.
pub fn escaped(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'\\' => "\\\\".to_owned(),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect()
}

/// Decodes a dump whose times are not known, piece by piece.
pub struct Decoder {
    family: Family,
    notation: Option<Notation>,
    codec: Box<dyn Codec + Send>,
}

impl Decoder {
    /// Bytes that are decoded before the events are taken.
    const PIECE_BYTES: usize = 256;

    /// A decoder at the beginning of a dump.
    pub fn new(family: Family, settings: &CodecSettings, notation: Option<Notation>) -> Self {
        Self {
            family,
            notation,
            codec: codec_for_dump(family, settings),
        }
    }

    /// The lines for the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<DecodedLine> {
        let mut lines = Vec::new();
        for piece in bytes.chunks(Self::PIECE_BYTES) {
            self.codec.feed(piece, std::time::Duration::ZERO);
            self.take(&mut lines);
        }
        lines
    }

    /// The lines for what is left at the end of the dump.
    pub fn finish(mut self) -> Vec<DecodedLine> {
        let mut lines = Vec::new();
        self.codec.finish();
        self.take(&mut lines);
        lines
    }

    fn take(&mut self, lines: &mut Vec<DecodedLine>) {
        while let Some(event) = self.codec.poll() {
            lines.push(describe(self.family, &event, self.notation));
        }
    }
}

/// The lines for a whole dump whose times are not known.
pub fn decode_stream(
    family: Family,
    settings: &CodecSettings,
    bytes: &[u8],
    notation: Option<Notation>,
) -> Vec<DecodedLine> {
    let mut decoder = Decoder::new(family, settings, notation);
    let mut lines = decoder.feed(bytes);
    lines.extend(decoder.finish());
    lines
}
