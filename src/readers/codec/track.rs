//! Readers of magnetic cards on a serial line: the tracks of a card, CR behind.
//!
//! ```text
//! line   = [STX] [ESC] ( 1*track [sensor] / sensor ) ( CR / LF / ETX )
//! sensor = "0" / "1"      a slot reader says whether the card is in
//! ```
//!
//! For the tracks see [`super::tracks`]. A slot reader may read a card twice, as it goes in and as
//! it comes out; the second is its removal.
//!
//! Nothing of a bank card leaves this decoder, and so nothing of any line that is no card: half of
//! a line may be half of a bank card.
//!
//! What protects from a wrong card: both sentinels, the checksum that the reader verified, or sends
//! where the config says so, and the configured count of digits.

use super::line::LineReader;
use super::line_codec::LineFormat;
use super::number;
use super::teller::{Reading, Said};
use super::tracks::{Content, Tracks};
use super::{CodecSettings, digit_line};
use crate::domain::CardBytes;
use crate::readers::event::{RejectReason, Technology, Warning};

const STX: u8 = 0x02;
const ESC: u8 = 0x1b;
/// CR, LF and ETX.
const ENDS: &[u8] = b"\r\n\x03";
/// Three full tracks have 79, 40 and 107 characters.
const LINE_BYTES_MAX: usize = 256;
/// Fewest digits of a guest card's number.
const DIGITS_MIN: usize = 4;

/// Lines of tracks.
#[derive(Debug)]
pub struct TrackLines {
    settings: CodecSettings,
    /// The card that the reader's sensor sees.
    inside: Option<CardBytes>,
}

impl TrackLines {
    /// With the settings of one reader.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
            inside: None,
        }
    }

    fn number<'a>(&self, tracks: &Tracks<'a>) -> Result<&'a [u8], RejectReason> {
        let wanted = &self.settings.track;
        let content = match tracks.content(wanted.number) {
            Content::Unreadable | Content::Absent => return Err(RejectReason::TrackUnreadable),
            Content::Text(content) => content,
        };
        let mut fields = content.split(|&byte| matches!(byte, b'=' | b'^'));
        fields
            .nth(usize::from(wanted.field))
            .ok_or(RejectReason::ForeignLine)
    }

    /// With zeros in front a number may be another card's than without, and nothing but the count
    /// of digits shows which.
    fn doubt(&self, digits: &[u8]) -> Option<Warning> {
        (digits.starts_with(b"0") && self.settings.digits.is_none()).then_some(Warning::Unchecked)
    }

    fn sensor(&mut self, card_in: bool) -> Said {
        if card_in {
            return Said::Nothing;
        }
        self.inside = None;
        Said::Gone
    }
}

impl LineFormat for TrackLines {
    const SHOWS_REJECTED: bool = false;

    fn lines(&self, live: bool) -> LineReader {
        let reader = if live {
            LineReader::live(ENDS)
        } else {
            LineReader::dump(ENDS)
        };
        reader.with_start(Some(STX)).with_bytes_max(LINE_BYTES_MAX)
    }

    fn read(&mut self, line: &[u8], whole: bool) -> Result<Said, RejectReason> {
        let line = line.strip_prefix(&[STX]).unwrap_or(line);
        let line = line.strip_prefix(&[ESC]).unwrap_or(line);
        match line {
            [] => return Ok(Said::Nothing),
            [sensor @ (b'0' | b'1')] if whole => return Ok(self.sensor(*sensor == b'1')),
            _ => {}
        }
        let tracks = Tracks::parse(line, self.settings.track.lrc).map_err(|reason| {
            if whole {
                reason
            } else {
                RejectReason::FirstPartial
            }
        })?;
        if tracks.may_be_bank_card() {
            return Err(RejectReason::BankCard);
        }
        let digits = self.number(&tracks)?;
        let bytes = card(digits, &self.settings)?;
        let was_inside = self.inside.take();
        match tracks.card_in {
            Some(false) if was_inside.as_ref() == Some(&bytes) => return Ok(Said::Gone),
            Some(true) => self.inside = Some(bytes.clone()),
            Some(false) | None => {}
        }
        let mut reading = Reading::new(Technology::Magstripe, bytes);
        reading.present = tracks.card_in.unwrap_or(true);
        Ok(Said::Card(reading.doubted(self.doubt(digits))))
    }
}

/// The number in digits, in as many bytes as so many digits can need.
fn card(digits: &[u8], settings: &CodecSettings) -> Result<CardBytes, RejectReason> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(RejectReason::ForeignLine);
    }
    digit_line::check_count(digits.len(), settings)?;
    if digits.len() < DIGITS_MIN {
        return Err(RejectReason::BadLength);
    }
    let value = number::value(digits).ok_or(RejectReason::BadLength)?;
    let count = u32::try_from(digits.len()).map_err(|_| RejectReason::BadLength)?;
    let bits = 10_u128.pow(count).ilog2() + 1;
    let len = usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX);
    let len = len.clamp(3, CardBytes::BYTES_MAX);
    let all = value.to_be_bytes();
    let (front, kept) = all.split_at(all.len() - len);
    if front.iter().any(|&byte| byte != 0) {
        return Err(RejectReason::BadLength);
    }
    let bits = u16::try_from(len * 8).map_err(|_| RejectReason::BadLength)?;
    CardBytes::new(kept, bits).ok_or(RejectReason::BadLength)
}
