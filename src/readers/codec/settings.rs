//! What a site says of one reader beyond its family.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::readers::event::Technology;

/// The settings of one decoder. A family reads only what concerns it; the default is how the
/// family's readers come from the factory, and where that is not known, what cannot take one card
/// for another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodecSettings {
    /// What kind of card it reads, for a reader whose text does not tell. Unknown by default: such
    /// a read never pays without the cashier's yes.
    pub technology: Option<Technology>,
    /// The reader sends the last byte of the card first. It concerns whole bytes: of a Mifare
    /// number of which only 24 bits came, and of numbers of odd bits, the order stays.
    pub reversed: bool,
    /// How many digits it always sends, separators not counted; of a Wiegand frame, bits. Fewer of
    /// them are a damaged read. Any number by default.
    pub digits: Option<u8>,
    /// How many bits of the card a decimal number holds: 24, 32, 40, 56 or 80. By default as many
    /// as its digits are usual for, see [`super::number::decimal`].
    pub bits: Option<u8>,
    /// Digits of a frame or text that may hold either kind: of `idteck` hexadecimal by default, of
    /// `keyboard` decimal.
    pub radix: Option<DigitRadix>,
    /// What stands around the digits of a line (`hex`, `decimal`, `twn4`).
    pub framing: Framing,
    /// The reader swaps 0 and 1 (`wiegand`). By default a swapped frame is read with a warning.
    pub inverted: bool,
    /// Which part of a magnetic card is its number (`track`).
    pub track: TrackSettings,
    /// The same card within this time after its last read is the same tap, for a reader that
    /// cannot tell that a card has left. By default [`super::taps::SAME_CARD`].
    pub same_card: Option<Duration>,
}

/// Digits of a number as the reader sends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigitRadix {
    /// `03A86226`
    #[default]
    Hex,
    /// `0061366822`
    Decimal,
}

/// What stands around the digits of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framing {
    /// With what each line begins. Nothing by default.
    pub prefix: Vec<u8>,
    /// What stands between the digits and the end of the line. Nothing by default.
    pub suffix: Vec<u8>,
    /// Any of these bytes ends a line. CR and LF by default. With none, a pause of
    /// [`super::BETWEEN_BYTES_MAX`] ends it; then nothing but [`CodecSettings::digits`] shows that
    /// it came whole.
    pub terminators: Vec<u8>,
}

impl Framing {
    /// Most bytes of a prefix, a suffix or the terminators.
    pub const BYTES_MAX: usize = 16;

    /// A byte that begins a line wherever it comes: the prefix begins with it, and no digits,
    /// separators or ends have it.
    pub fn start(&self) -> Option<u8> {
        let (first, rest) = self.prefix.split_first()?;
        let elsewhere = [rest, &self.suffix, &self.terminators, b" ,.:-"].concat();
        (!first.is_ascii_alphanumeric() && !elsewhere.contains(first)).then_some(*first)
    }
}

impl Default for Framing {
    fn default() -> Self {
        Self {
            prefix: Vec::new(),
            suffix: Vec::new(),
            terminators: b"\r\n".to_vec(),
        }
    }
}

/// Which part of a magnetic card is its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrackSettings {
    /// The track.
    pub number: Track,
    /// Which field of the track, counted from zero; `=` and `^` part them. The first by default.
    pub field: u8,
    /// The reader sends the checksum of each track behind its end sentinel. Off by default, as
    /// `MagTek`'s readers keep it to themselves.
    pub lrc: bool,
}

/// A track of a magnetic card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Track {
    /// Begins with `%`; letters and digits.
    #[serde(rename = "1")]
    One,
    /// Begins with `;`; digits. Most guest cards have only this one.
    #[default]
    #[serde(rename = "2")]
    Two,
    /// Begins with `+`, as readers show it; digits.
    #[serde(rename = "3")]
    Three,
}
