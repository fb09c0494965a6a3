//! The tracks of a magnetic card as readers show them.
//!
//! ```text
//! track   = start content "?" [lrc]
//! start   = "%" track 1 / ";" track 2 / "+" "!" "#" "&" "@", or a second ";": track 3
//! content = "E" where the reader could not read it / characters from 20 to 5F
//! ```
//!
//! The LRC is the exclusive or of the characters' values, both sentinels included, as a character;
//! the values count from 20 on track 1 and from 30 on the others, and the start of track 3 is `;`
//! on the card itself. Most readers keep it to themselves.

use super::settings::Track;
use crate::readers::bank_card;
use crate::readers::event::RejectReason;

const END: u8 = b'?';
const UNREADABLE: &[u8] = b"E";
/// The start of tracks 2 and 3 on the card.
const NUMERIC_START: u8 = b';';

/// What a track holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// The reader did not send it: there is no such track, or it is blank.
    Absent,
    /// The reader says that it could not be read, or that nothing is on it.
    Unreadable,
    /// What is between the sentinels.
    Text(&'a [u8]),
}

/// The tracks of one card.
///
/// It has no `Debug`: it may hold a bank card's number.
pub struct Tracks<'a> {
    contents: [Content<'a>; 3],
    /// What a slot reader says: the card is in.
    pub card_in: Option<bool>,
}

impl<'a> Tracks<'a> {
    /// The tracks of a line without its frame. With `lrc`, each track that was read has its
    /// checksum behind.
    pub fn parse(line: &'a [u8], lrc: bool) -> Result<Self, RejectReason> {
        let mut tracks = Self {
            contents: [Content::Absent; 3],
            card_in: None,
        };
        let mut rest = line;
        while let Some((&start, behind)) = rest.split_first() {
            if let ([], Some(card_in), true) = (behind, sensor(start), rest.len() < line.len()) {
                tracks.card_in = Some(card_in);
                return Ok(tracks);
            }
            rest = tracks.track(start, behind, lrc)?;
        }
        Ok(tracks)
    }

    /// Takes a track; what is behind it is left.
    fn track(&mut self, start: u8, behind: &'a [u8], lrc: bool) -> Result<&'a [u8], RejectReason> {
        let track = self.started_by(start).ok_or(RejectReason::ForeignLine)?;
        let end = behind.iter().position(|&byte| byte == END);
        let (content, rest) = behind.split_at(end.ok_or(RejectReason::ForeignLine)?);
        if !content.iter().all(|byte| matches!(byte, b' '..=b'_')) {
            return Err(RejectReason::ForeignLine);
        }
        let rest = rest.get(1..).unwrap_or_default();
        let place = self.place(track);
        if *place != Content::Absent {
            return Err(RejectReason::ForeignLine);
        }
        if content.is_empty() || content == UNREADABLE {
            *place = Content::Unreadable;
            return Ok(rest);
        }
        *place = Content::Text(content);
        if !lrc {
            return Ok(rest);
        }
        let (&sent, rest) = rest.split_first().ok_or(RejectReason::ForeignLine)?;
        if sent == lrc_of(track, content) {
            Ok(rest)
        } else {
            Err(RejectReason::BadChecksum)
        }
    }

    fn started_by(&self, start: u8) -> Option<Track> {
        match start {
            b'%' => Some(Track::One),
            NUMERIC_START if self.contents[1] == Content::Absent => Some(Track::Two),
            NUMERIC_START | b'+' | b'!' | b'#' | b'&' | b'@' => Some(Track::Three),
            _ => None,
        }
    }

    fn place(&mut self, track: Track) -> &mut Content<'a> {
        let [one, two, three] = &mut self.contents;
        match track {
            Track::One => one,
            Track::Two => two,
            Track::Three => three,
        }
    }

    /// What a track holds.
    pub fn content(&self, track: Track) -> Content<'a> {
        let [one, two, three] = self.contents;
        match track {
            Track::One => one,
            Track::Two => two,
            Track::Three => three,
        }
    }

    /// A track looks like a bank card's: format B on track 1, or the first field is a number of 13
    /// to 19 digits whose last one checks it. On track 3 two digits may stand before it.
    pub fn may_be_bank_card(&self) -> bool {
        [Track::One, Track::Two, Track::Three]
            .into_iter()
            .any(|track| match self.content(track) {
                Content::Absent | Content::Unreadable => false,
                Content::Text(text) => is_bank_track(track, text),
            })
    }
}

fn is_bank_track(track: Track, text: &[u8]) -> bool {
    let mut fields = text.split(|byte| matches!(byte, b'=' | b'^'));
    let first = fields.next().unwrap_or_default();
    let behind_format = first.get(2..).unwrap_or_default();
    let has_format = match track {
        Track::One => false,
        // A reader of track 3 alone shows it as track 2; its formats are 01 and 02.
        Track::Two => first.starts_with(b"0"),
        Track::Three => true,
    };
    track == Track::One && is_format_b(text)
        || bank_card::is_luhn_number(first)
        || has_format && bank_card::is_luhn_number(behind_format)
}

/// `B`, a number and `^`: the format that only banks use.
fn is_format_b(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"B").unwrap_or_default();
    let spaceless = digits.iter().filter(|&&byte| byte != b' ');
    spaceless.take_while(|byte| byte.is_ascii_digit()).count() >= 12
}

fn sensor(byte: u8) -> Option<bool> {
    match byte {
        b'0' => Some(false),
        b'1' => Some(true),
        _ => None,
    }
}

/// The checksum character of a track.
pub fn lrc_of(track: Track, content: &[u8]) -> u8 {
    let (start, zero, mask) = match track {
        Track::One => (b'%', b' ', 0x3f),
        Track::Two | Track::Three => (NUMERIC_START, b'0', 0x0f),
    };
    let values = [start, END].into_iter().chain(content.iter().copied());
    let sum = values.fold(0, |sum, byte| sum ^ byte.wrapping_sub(zero));
    zero + (sum & mask)
}
