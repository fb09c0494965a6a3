//! RDM6300 and ID-12LA: `02`, ten hexadecimal digits of the card, two of the checksum, `03`; the
//! ID-12LA puts `0D 0A` before the `03`. 9600 8N1, repeated every 50 to 65 ms while a card rests.
//!
//! The checksum is the exclusive or of the five bytes. Vendor documents are wrong in places (see
//! the tests); frames that the arithmetic refutes are refused.

use std::time::Duration;

use super::presence::{Presence, Seen};
use super::queue::EventQueue;
use super::{BETWEEN_BYTES_MAX, Codec};
use crate::domain::CardBytes;
use crate::readers::event::{CardRead, Event, Gone, RejectReason, Technology};
use crate::readers::family::Family;

const START: u8 = 0x02;
const END: u8 = 0x03;
const DIGITS: usize = 12;
/// Start, digits, line end of the ID-12LA, end.
const FRAME_BYTES_MAX: usize = 1 + DIGITS + 2 + 1;
/// A run of bytes outside of frames is told in pieces of so many bytes.
const NOISE_BYTES_MAX: usize = 128;

/// The decoder for both lengths of frame.
#[derive(Debug)]
pub struct Rdm6300 {
    parser: Parser,
    presence: Presence,
    last_byte: Duration,
    events: EventQueue,
}

impl Rdm6300 {
    /// For a device.
    pub fn live() -> Self {
        Self::new(Presence::timed())
    }

    /// For a dump without times.
    pub fn dump() -> Self {
        Self::new(Presence::untimed())
    }

    fn new(presence: Presence) -> Self {
        Self {
            parser: Parser::default(),
            presence,
            last_byte: Duration::ZERO,
            events: EventQueue::default(),
        }
    }

    fn frame(&mut self, raw: Vec<u8>, bytes: CardBytes, now: Duration) {
        match self.presence.frame(&bytes, now) {
            Seen::Arrived => self.events.push(Event::Card(CardRead {
                family: Family::Rdm6300,
                technology: Technology::EmMarine,
                raw,
                bytes,
                present: true,
                warning: None,
            })),
            Seen::Still => {}
            Seen::Unconfirmed => self.events.reject(RejectReason::SecondCard, &raw),
        }
    }
}

impl Codec for Rdm6300 {
    fn feed(&mut self, bytes: &[u8], now: Duration) {
        self.on_timeout(now);
        for &byte in bytes {
            match self.parser.byte(byte) {
                Step::More => {}
                Step::Rejected(reason, raw) => self.events.reject(reason, &raw),
                Step::Frame(raw, bytes) => self.frame(raw, bytes, now),
            }
            self.last_byte = now;
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.events.pop()
    }

    fn on_timeout(&mut self, now: Duration) {
        if self.parser.unfinished()
            && now >= self.last_byte.saturating_add(BETWEEN_BYTES_MAX)
            && let Some((reason, raw)) = self.parser.give_up()
        {
            self.events.reject(reason, &raw);
        }
        if self.presence.expire(now) {
            self.events.push(Event::Gone(Gone::default()));
        }
    }

    fn deadline(&self) -> Option<Duration> {
        let frame = self
            .parser
            .unfinished()
            .then(|| self.last_byte.saturating_add(BETWEEN_BYTES_MAX));
        match (frame, self.presence.deadline()) {
            (Some(frame), Some(gone)) => Some(frame.min(gone)),
            (frame, gone) => frame.or(gone),
        }
    }

    fn finish(&mut self) {
        if let Some((reason, raw)) = self.parser.give_up() {
            self.events.reject(reason, &raw);
        }
    }
}

/// What one byte led to.
enum Step {
    More,
    Rejected(RejectReason, Vec<u8>),
    Frame(Vec<u8>, CardBytes),
}

/// Where the parser stands. `raw` holds what was received since.
#[derive(Debug, Default)]
struct Parser {
    place: Place,
    raw: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Between frames.
    #[default]
    Outside,
    /// Behind a damaged frame that was already told: its rest is no second rejection.
    Skipping,
    /// In a frame.
    Inside,
}

impl Parser {
    /// Something waits for more bytes, or for being told.
    fn unfinished(&self) -> bool {
        match self.place {
            // A pause ends the rest of a damaged frame too.
            Place::Inside | Place::Skipping => true,
            Place::Outside => !self.raw.is_empty(),
        }
    }

    fn byte(&mut self, byte: u8) -> Step {
        match (self.place, byte) {
            (_, START) => self.start(),
            (Place::Skipping, _) => Step::More,
            (Place::Outside, _) => self.noise(byte),
            (Place::Inside, END) => self.end(),
            (Place::Inside, _) => self.inside(byte),
        }
    }

    fn start(&mut self) -> Step {
        let raw = std::mem::replace(&mut self.raw, vec![START]);
        let place = std::mem::replace(&mut self.place, Place::Inside);
        match place {
            // A start byte right behind another is the same start.
            Place::Inside if raw.len() > 1 => Step::Rejected(RejectReason::CutByNext, raw),
            Place::Outside if !raw.is_empty() => Step::Rejected(RejectReason::Noise, raw),
            Place::Inside | Place::Outside | Place::Skipping => Step::More,
        }
    }

    fn noise(&mut self, byte: u8) -> Step {
        // Line ends between frames come from clones and from dumps; they harm nobody.
        if self.raw.is_empty() && matches!(byte, b'\r' | b'\n') {
            return Step::More;
        }
        self.raw.push(byte);
        if self.raw.len() >= NOISE_BYTES_MAX {
            Step::Rejected(RejectReason::Noise, std::mem::take(&mut self.raw))
        } else {
            Step::More
        }
    }

    fn inside(&mut self, byte: u8) -> Step {
        let digits = self.raw.len() - 1;
        self.raw.push(byte);
        let fits = if digits < DIGITS {
            byte.is_ascii_hexdigit()
        } else {
            matches!(byte, b'\r' | b'\n')
        };
        if fits && self.raw.len() < FRAME_BYTES_MAX {
            return Step::More;
        }
        self.place = Place::Skipping;
        let raw = std::mem::take(&mut self.raw);
        let reason = if byte.is_ascii_hexdigit() || fits {
            RejectReason::BadLength
        } else {
            RejectReason::BadByte
        };
        Step::Rejected(reason, raw)
    }

    fn end(&mut self) -> Step {
        self.place = Place::Outside;
        let mut raw = std::mem::take(&mut self.raw);
        raw.push(END);
        match frame_card(&raw) {
            Ok(card) => Step::Frame(raw, card),
            Err(reason) => Step::Rejected(reason, raw),
        }
    }

    fn give_up(&mut self) -> Option<(RejectReason, Vec<u8>)> {
        let raw = std::mem::take(&mut self.raw);
        match std::mem::take(&mut self.place) {
            Place::Inside => Some((RejectReason::CutBySilence, raw)),
            Place::Outside if !raw.is_empty() => Some((RejectReason::Noise, raw)),
            Place::Outside | Place::Skipping => None,
        }
    }
}

/// The card of a frame that starts and ends as a frame.
fn frame_card(raw: &[u8]) -> Result<CardBytes, RejectReason> {
    let digits: Vec<u8> = raw
        .iter()
        .filter_map(|&byte| char::from(byte).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    if digits.len() != DIGITS {
        return Err(RejectReason::BadLength);
    }
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| (pair[0] << 4) | pair[1])
        .collect();
    let (card, checksum) = bytes.split_at(5);
    if card.iter().fold(0, |sum, byte| sum ^ byte) != checksum[0] {
        return Err(RejectReason::BadChecksum);
    }
    CardBytes::new(card, 40).ok_or(RejectReason::BadLength)
}

/// The frame that an RDM6300 sends for a card: for the virtual reader and for tests.
pub fn frame_of(card: [u8; 5]) -> [u8; 14] {
    let checksum = card.iter().fold(0, |sum, byte| sum ^ byte);
    let mut frame = [START; 14];
    let digit = |half: u8| b"0123456789ABCDEF"[usize::from(half & 0x0f)];
    for (pair, byte) in frame[1..13]
        .chunks_exact_mut(2)
        .zip(card.into_iter().chain([checksum]))
    {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte);
    }
    frame[13] = END;
    frame
}
