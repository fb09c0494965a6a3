//! Wiegand frames of 26, 34 and 37 bits: data between two parity bits.
//!
//! The first bit makes the count of ones even in the first half, the last bit makes it odd in the
//! second; of 37 bits the halves share the middle one. Each half with its parity bit has an odd
//! count of bits, so a frame with 0 and 1 swapped fails both parities, and swapped back it holds
//! both.

use super::CodecSettings;
use super::number;
use super::teller::Reading;
use crate::readers::event::{RejectReason, Technology, Warning};

/// Most bits of a frame that are kept.
pub const BITS_MAX: u16 = 64;

/// A frame: its first bit is the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    value: u64,
    count: u16,
}

/// Whether both parities of a frame hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// Both hold.
    Holds,
    /// Neither holds: 0 and 1 are swapped, or two bits are wrong.
    Swapped,
    /// One of them does not hold.
    Broken,
    /// No format with so many bits is known here.
    Unknown,
}

impl Bits {
    /// The low bits of a value; none where there are too many or too few.
    pub fn new(value: u64, count: u16) -> Option<Self> {
        let fits = count == BITS_MAX || value.checked_shr(count.into()).is_some_and(|x| x == 0);
        ((1..=BITS_MAX).contains(&count) && fits).then_some(Self { value, count })
    }

    /// The bits of a text of `0` and `1`.
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let count = u16::try_from(text.len()).ok().filter(|&n| n <= BITS_MAX)?;
        let value = text.iter().try_fold(0, |value, byte| match byte {
            b'0' => Some(value << 1),
            b'1' => Some(value << 1 | 1),
            _ => None,
        })?;
        Self::new(value, count)
    }

    /// The first bits of bytes, the rest of which must be zero.
    pub fn from_left(bytes: &[u8], count: u16) -> Option<Self> {
        if bytes.len() != usize::from(count.div_ceil(8)) || bytes.len() > 8 {
            return None;
        }
        let value = bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        let unused = bytes.len() * 8 - usize::from(count);
        let whole = value >> unused;
        (whole << unused == value).then(|| Self::new(whole, count))?
    }

    /// The same with 0 and 1 swapped.
    fn swapped(self) -> Self {
        Self {
            value: !self.value & (u64::MAX >> (BITS_MAX - self.count)),
            ..self
        }
    }

    fn ones(self, first: u16, count: u16) -> u32 {
        let shifted = self.value >> (self.count - first - count);
        (shifted & (u64::MAX >> (BITS_MAX - count))).count_ones()
    }

    /// Whether its parities hold.
    pub fn parity(self) -> Parity {
        let half = match self.count {
            26 => 13,
            34 => 17,
            // H10304 and H10302.
            37 => 19,
            _ => return Parity::Unknown,
        };
        let even = self.ones(0, half).is_multiple_of(2);
        let odd = !self.ones(self.count - half, half).is_multiple_of(2);
        match (even, odd) {
            (true, true) => Parity::Holds,
            (false, false) => Parity::Swapped,
            (true, false) | (false, true) => Parity::Broken,
        }
    }

    /// What is between the parity bits, and how many bits that is.
    fn data(self) -> (u64, u16) {
        let count = self.count.saturating_sub(2);
        let value = (self.value >> 1) & (u64::MAX >> (BITS_MAX - count.max(1)));
        (value, count)
    }
}

/// The card of a frame whose parity holds once it is swapped as `settings` say.
///
/// A frame that is swapped though the config does not say so is read with a warning.
pub fn reading(bits: Bits, settings: &CodecSettings) -> Result<Reading, RejectReason> {
    let bits = if settings.inverted {
        bits.swapped()
    } else {
        bits
    };
    let (bits, warning) = match bits.parity() {
        Parity::Holds => (bits, None),
        Parity::Swapped if !settings.inverted => (bits.swapped(), Some(Warning::InvertedPolarity)),
        Parity::Swapped | Parity::Broken => return Err(RejectReason::BadChecksum),
        Parity::Unknown => return Err(RejectReason::BadLength),
    };
    let (value, count) = bits.data();
    let technology = settings.technology.unwrap_or(Technology::Other);
    card(technology, value, count, settings).map(|reading| reading.doubted(warning))
}

/// The card of a frame whose format is not known: all its bits, parities included.
pub fn whole(bits: Bits, settings: &CodecSettings) -> Result<Reading, RejectReason> {
    let technology = settings.technology.unwrap_or(Technology::Other);
    card(technology, bits.value, bits.count, settings)
}

fn card(
    technology: Technology,
    value: u64,
    count: u16,
    settings: &CodecSettings,
) -> Result<Reading, RejectReason> {
    let all = value.to_be_bytes();
    let first = all.len() - usize::from(count.div_ceil(8)).min(all.len());
    number::card(technology, &all[first..], count, settings)
        .map(|bytes| Reading::new(technology, bytes))
        .ok_or(RejectReason::BadLength)
}

/// The frame that a card's data makes: for tests.
pub fn frame_of(data: u64, count: u16) -> Option<String> {
    let candidates = [0, 1, 1 << (count - 1), 1 | 1 << (count - 1)];
    candidates
        .into_iter()
        .filter_map(|parities| Bits::new(data << 1 | parities, count))
        .find(|bits| bits.parity() == Parity::Holds)
        .map(|bits| format!("{:0width$b}", bits.value, width = usize::from(count)))
}
