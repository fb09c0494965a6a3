//! What a reader can tell.

use std::fmt;

use serde::Serialize;

use super::bank_card;
use super::family::Family;
use crate::domain::CardBytes;

/// One thing that happened at a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A card arrived.
    Card(CardRead),
    /// The card left.
    Gone(Gone),
    /// Bytes that are no card: noise, a foreign device, a damaged frame.
    Rejected(Rejected),
}

/// A card as the reader gave it.
///
/// `Debug` never prints a whole UID.
#[derive(Clone, PartialEq, Eq)]
pub struct CardRead {
    /// How the reader speaks.
    pub family: Family,
    /// What kind of card it is.
    pub technology: Technology,
    /// The frame or line as received.
    pub raw: Vec<u8>,
    /// The card's number, with the count of bits that the reader knows.
    pub bytes: CardBytes,
    /// The card is at the reader, as far as this read tells. False only where the reader itself
    /// says that it is out already.
    pub present: bool,
    /// What to doubt about this read.
    pub warning: Option<Warning>,
}

impl CardRead {
    /// Fewer bits are known than the card has, so that another card may look the same. Of a card
    /// of unknown kind nobody can say that it is whole.
    pub fn partial(&self) -> bool {
        let bits = usize::from(self.bytes.bits());
        match self.technology {
            Technology::EmMarine => bits < 40,
            Technology::Mifare | Technology::Magstripe => bits < self.bytes.bytes().len() * 8,
            // Its formats differ in length: the count of bits belongs to the number.
            Technology::HidProx => false,
            Technology::Other => true,
        }
    }

    /// The whole card is known and nothing is to be doubted. Any other read pays only after the
    /// cashier's yes.
    pub fn certain(&self) -> bool {
        !self.partial() && self.warning.is_none()
    }

    /// The bytes of which bits are known, the most significant first. Of a number of 35 bits the
    /// first has three.
    pub fn known_bytes(&self) -> &[u8] {
        let bytes = self.bytes.bytes();
        let known = usize::from(self.bytes.bits().div_ceil(8));
        &bytes[bytes.len() - known.min(bytes.len())..]
    }
}

impl fmt::Debug for CardRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardRead")
            .field("family", &self.family)
            .field("technology", &self.technology)
            .field("raw", &format_args!("{} bytes", self.raw.len()))
            .field("bytes", &self.bytes)
            .field("present", &self.present)
            .field("warning", &self.warning)
            .finish()
    }
}

/// The removal of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// The line that said so, or nothing where silence said it.
    pub raw: Vec<u8>,
}

/// The kind of card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Technology {
    /// EM-Marine, EM4100: 125 kHz, 40 bits.
    EmMarine,
    /// Mifare and its kin: 13.56 MHz, 4, 7 or 10 bytes.
    Mifare,
    /// HID Prox and other cards of a Wiegand format: 26 to 37 bits.
    HidProx,
    /// A magnetic stripe: the digits of a track as a number.
    Magstripe,
    /// The reader does not tell and the config does not say.
    Other,
}

impl Technology {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::EmMarine,
        Self::Mifare,
        Self::HidProx,
        Self::Magstripe,
        Self::Other,
    ];

    /// Its name in the config, on the command line and in JSON, and the last part of its locale key
    /// `till.technology.<name>`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmMarine => "em-marine",
            Self::Mifare => "mifare",
            Self::HidProx => "hid-prox",
            Self::Magstripe => "magstripe",
            Self::Other => "other",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What to doubt about a read that was accepted.
///
/// A read with a warning, or a partial one, never pays without the cashier's yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The number behind the UID does not follow from the UID.
    TailDisagrees,
    /// A four-byte UID that begins with 08: the card makes up a new one each time.
    RandomUid,
    /// The bytes end within the line, it may be cut. Only in a dump, and of a reader that types and
    /// has not ended a text yet; any other live line is refused.
    LineNotEnded,
    /// Nothing in the read shows that it came whole: no checksum, no parity that is known, and the
    /// config does not say how many digits it has.
    Unchecked,
    /// The reader swaps 0 and 1, and the config does not say so.
    InvertedPolarity,
}

/// Bytes that are no card.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Why not.
    pub reason: RejectReason,
    /// The first bytes of it, at most [`Rejected::RAW_BYTES_MAX`]; of a bank card nothing. A
    /// damaged frame may hold most of a UID, so that `Debug` does not show them.
    pub raw: Vec<u8>,
}

impl Rejected {
    /// Most bytes that are kept of what was rejected.
    pub const RAW_BYTES_MAX: usize = 64;

    /// Whatever the reason: bytes that look like a bank card are not kept.
    pub(crate) fn new(reason: RejectReason, raw: &[u8]) -> Self {
        let kept = &raw[..raw.len().min(Self::RAW_BYTES_MAX)];
        // Cut, a longer run of digits may look like one too.
        if reason == RejectReason::BankCard || bank_card::is_in(raw) || bank_card::is_in(kept) {
            return Self {
                reason: RejectReason::BankCard,
                raw: Vec::new(),
            };
        }
        Self {
            reason,
            raw: kept.to_vec(),
        }
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejected({:?}, {} bytes)", self.reason, self.raw.len())
    }
}

/// Why bytes are no card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// Bytes outside of any frame, or a line that is not text: noise, wrong speed, shared port.
    Noise,
    /// A byte that no frame has.
    BadByte,
    /// Not as many digits as a frame has.
    BadLength,
    /// The digits do not agree with their checksum.
    BadChecksum,
    /// A new frame began before this one ended.
    CutByNext,
    /// The rest did not come in time, or the dump ends here.
    CutBySilence,
    /// A line longer than any reader sends.
    TooLong,
    /// Text, but no line of this family: another device speaks.
    ForeignLine,
    /// The first line after opening without its beginning.
    FirstPartial,
    /// Fewer digits than this reader always sends: some were lost.
    DigitsLost,
    /// Another card's frame came once while a card lies on the reader.
    SecondCard,
    /// What looks like a bank card. Nothing of it is kept.
    BankCard,
    /// The track that holds the number is blank or could not be read: swipe again.
    TrackUnreadable,
    /// A whole message of this family that holds no card.
    OtherMessage,
    /// The card gave no UID: it has none, or it was taken away too soon.
    NoUid,
}

/// Why a card that somebody held to a reader is not taken: what its holder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// A bank card.
    BankCard,
    /// It could not be read: once more.
    Again,
}

impl RejectReason {
    /// What the person is told who held something to the reader. None where it was no person, or
    /// where nobody can say so.
    pub const fn unread(self) -> Option<Unread> {
        match self {
            Self::BankCard => Some(Unread::BankCard),
            Self::TrackUnreadable | Self::NoUid => Some(Unread::Again),
            Self::Noise
            | Self::BadByte
            | Self::BadLength
            | Self::BadChecksum
            | Self::CutByNext
            | Self::CutBySilence
            | Self::TooLong
            | Self::ForeignLine
            | Self::FirstPartial
            | Self::DigitsLost
            | Self::SecondCard
            | Self::OtherMessage => None,
        }
    }

    /// It hints at a wrong port, a wrong speed, a shared port or a bad cable. A second card, and
    /// a line that was cut by our own opening, hint at nothing.
    pub const fn is_noise(self) -> bool {
        match self {
            Self::Noise
            | Self::BadByte
            | Self::BadLength
            | Self::BadChecksum
            | Self::CutByNext
            | Self::CutBySilence
            | Self::TooLong
            | Self::ForeignLine
            | Self::DigitsLost => true,
            Self::FirstPartial
            | Self::SecondCard
            | Self::BankCard
            | Self::TrackUnreadable
            | Self::OtherMessage
            | Self::NoUid => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_card_are_called_the_same_everywhere() {
        for kind in Technology::ALL {
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.name()));
            assert_eq!(Technology::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Technology::from_name("nfc"), None);
    }

    #[test]
    fn no_debug_shows_a_whole_uid() {
        let read = CardRead {
            family: Family::IronLogic,
            technology: Technology::Mifare,
            raw: b"Mifare[BCD14264] 1K (0004,08) 066,53692".to_vec(),
            bytes: CardBytes::new([0xbc, 0xd1, 0x42, 0x64], 32).unwrap(),
            present: true,
            warning: None,
        };
        let rejected = Rejected::new(RejectReason::BadChecksum, b"100026F44426");
        let shown = format!("{:?} {rejected:?}", Event::Card(read)).to_uppercase();
        for secret in ["BCD1", "4264", "188", "53692", "F444"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
