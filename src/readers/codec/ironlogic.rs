//! `IronLogic` Z-2, RF-1996 and Matrix III: one text line when a card arrives, «No card» when it
//! leaves, CR LF behind each. 9600 8N1.
//!
//! The lines have no checksum. What protects from a wrong card: a line is taken only whole, in
//! every detail of its grammar (see [`super::ironlogic_line`]), and a reader that is known to pad
//! its numbers with zeros may not send a shorter one.

use std::time::Duration;

use super::Codec;
use super::ironlogic_line::{CardLine, Line, Shape, parse};
use super::line::{self, LineReader, Step};
use super::queue::EventQueue;
use crate::domain::CardBytes;
use crate::readers::event::{CardRead, Event, Gone, RejectReason, Warning};
use crate::readers::family::Family;

/// CR LF ends a line; clones send one of them.
const ENDS: &[u8] = b"\r\n";

/// A card that comes back, or is told again, within this time has not left: it trembles at the
/// edge of the field.
pub const SAME_CARD: Duration = Duration::from_millis(300);

/// The decoder for the lines.
#[derive(Debug)]
pub struct IronLogic {
    timed: bool,
    lines: LineReader,
    shape: Learned,
    present: Option<Present>,
    events: EventQueue,
}

/// The card that was told last.
#[derive(Debug)]
struct Present {
    card: CardBytes,
    /// When a line spoke of it last.
    told: Duration,
    /// «No card» came, but the card may be back in a moment.
    leaving: Option<Vec<u8>>,
}

/// What this reader's lines look like, learned since it was opened.
#[derive(Clone, Copy, Debug, Default)]
struct Learned {
    brackets: bool,
    facility_padded: bool,
    number_padded: bool,
}

impl IronLogic {
    /// For a device. The first line counts only if its beginning was certainly received: it starts
    /// with the card's kind, or after a pause.
    pub fn live() -> Self {
        Self::new(true, LineReader::live(ENDS))
    }

    /// For a dump without times.
    pub fn dump() -> Self {
        Self::new(false, LineReader::dump(ENDS))
    }

    fn new(timed: bool, lines: LineReader) -> Self {
        Self {
            timed,
            lines,
            shape: Learned::default(),
            present: None,
            events: EventQueue::default(),
        }
    }

    fn step(&mut self, step: Option<Step>, now: Duration) {
        match step {
            Some(Step::Line(line)) => self.line(line, now),
            Some(Step::Rejected(reason, raw)) => self.events.reject(reason, &raw),
            None => {}
        }
    }

    fn line(&mut self, line: line::Line, now: Duration) {
        let line::Line { raw, whole, ended } = line;
        let cut = (!ended).then_some(Warning::LineNotEnded);
        match parse(&raw) {
            Ok(Line::NoCard) => self.removal(raw, now),
            Ok(Line::Card(card)) => match self.fits_reader(&card, whole) {
                Ok(()) => self.arrival(raw, card, now, cut),
                Err(reason) => self.events.reject(reason, &raw),
            },
            Err(_) if !whole => self.events.reject(RejectReason::FirstPartial, &raw),
            Err(reason) => self.events.reject(reason, &raw),
        }
    }

    /// Whether this reader would send such a line.
    fn fits_reader(&mut self, card: &CardLine, whole: bool) -> Result<(), RejectReason> {
        let Shape {
            brackets,
            facility_digits,
            number_digits,
        } = card.shape;
        if !brackets && !whole {
            return Err(RejectReason::FirstPartial);
        }
        if !brackets && self.shape.brackets
            || self.shape.facility_padded && facility_digits < 3
            || self.shape.number_padded && number_digits < 5
        {
            return Err(RejectReason::DigitsLost);
        }
        self.shape.brackets |= brackets;
        self.shape.facility_padded |= card.shape.facility_padded(card.facility);
        self.shape.number_padded |= card.shape.number_padded(card.number);
        Ok(())
    }

    fn arrival(&mut self, raw: Vec<u8>, line: CardLine, now: Duration, cut: Option<Warning>) {
        let leaving = match &mut self.present {
            Some(present) if present.card == line.bytes => {
                let soon = !self.timed || now < present.told.saturating_add(SAME_CARD);
                if soon {
                    present.told = now;
                    present.leaving = None;
                    return;
                }
                present.leaving.take()
            }
            Some(present) => present.leaving.take(),
            None => None,
        };
        if let Some(raw) = leaving {
            self.events.push(Event::Gone(Gone { raw }));
        }
        self.present = Some(Present {
            card: line.bytes.clone(),
            told: now,
            leaving: None,
        });
        self.events.push(Event::Card(CardRead {
            family: Family::IronLogic,
            technology: line.technology,
            raw,
            bytes: line.bytes,
            present: true,
            warning: line.warning.or(cut),
        }));
    }

    fn removal(&mut self, raw: Vec<u8>, now: Duration) {
        match &mut self.present {
            Some(present) if self.timed => {
                present.told = now;
                present.leaving = Some(raw);
            }
            Some(_) | None => {
                self.present = None;
                self.events.push(Event::Gone(Gone { raw }));
            }
        }
    }

    fn gone_at(&self) -> Option<Duration> {
        let present = self.present.as_ref()?;
        present.leaving.as_ref()?;
        Some(present.told.saturating_add(SAME_CARD))
    }
}

impl Codec for IronLogic {
    fn feed(&mut self, bytes: &[u8], now: Duration) {
        if bytes.is_empty() {
            return;
        }
        self.on_timeout(now);
        for &byte in bytes {
            let step = self.lines.byte(byte, now);
            self.step(step, now);
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.events.pop()
    }

    fn on_timeout(&mut self, now: Duration) {
        let step = self.lines.on_timeout(now);
        self.step(step, now);
        if self.gone_at().is_some_and(|deadline| now >= deadline)
            && let Some(raw) = self.present.take().and_then(|present| present.leaving)
        {
            self.events.push(Event::Gone(Gone { raw }));
        }
    }

    fn deadline(&self) -> Option<Duration> {
        match (self.lines.deadline(), self.gone_at()) {
            (Some(cut), Some(gone)) => Some(cut.min(gone)),
            (cut, gone) => cut.or(gone),
        }
    }

    fn finish(&mut self) {
        let step = self.lines.finish();
        self.step(step, self.lines.last_byte());
    }
}
