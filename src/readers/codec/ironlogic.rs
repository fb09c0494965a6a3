//! `IronLogic` Z-2, RF-1996 and Matrix III: one text line when a card arrives, «No card» when it
//! leaves, CR LF behind each. 9600 8N1.
//!
//! The lines have no checksum. What protects from a wrong card: a line is taken only whole, in
//! every detail of its grammar (see [`super::ironlogic_line`]), and a reader that is known to pad
//! its numbers with zeros may not send a shorter one.

use std::time::Duration;

use super::ironlogic_line::{CardLine, Line, Shape, parse};
use super::queue::EventQueue;
use super::{BETWEEN_BYTES_MAX, Codec};
use crate::domain::CardBytes;
use crate::readers::event::{CardRead, Event, Gone, RejectReason, Warning};
use crate::readers::family::Family;

/// Longest line; a longer one is noise or a wrong speed.
pub const LINE_BYTES_MAX: usize = 128;

/// A card that comes back, or is told again, within this time has not left: it trembles at the
/// edge of the field.
pub const SAME_CARD: Duration = Duration::from_millis(300);

/// The decoder for the lines.
#[derive(Debug)]
pub struct IronLogic {
    timed: bool,
    line: Vec<u8>,
    /// The rest of a line that was too long is thrown away up to its end.
    skipping: bool,
    /// The stream is known to stand at the beginning of a line, or was there once.
    at_boundary: bool,
    last_byte: Duration,
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
    /// For a device. With `discard_first`, the first line counts only if its beginning was
    /// certainly received: it starts with the card's kind, or after a pause.
    pub fn live(discard_first: bool) -> Self {
        Self {
            timed: true,
            line: Vec::new(),
            skipping: false,
            at_boundary: !discard_first,
            last_byte: Duration::ZERO,
            shape: Learned::default(),
            present: None,
            events: EventQueue::default(),
        }
    }

    /// For a dump without times.
    pub fn dump() -> Self {
        Self {
            timed: false,
            ..Self::live(false)
        }
    }

    fn line_ended(&mut self, now: Duration, warning: Option<Warning>) {
        let raw = std::mem::take(&mut self.line);
        let whole = std::mem::replace(&mut self.at_boundary, true);
        if std::mem::take(&mut self.skipping) || raw.is_empty() {
            return;
        }
        match parse(&raw) {
            Ok(Line::NoCard) => self.removal(raw, now),
            Ok(Line::Card(card)) => match self.fits_reader(&card, whole) {
                Ok(()) => self.arrival(raw, card, now, warning),
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

    fn cut_at(&self) -> Option<Duration> {
        (self.timed && (self.skipping || !self.line.is_empty()))
            .then(|| self.last_byte.saturating_add(BETWEEN_BYTES_MAX))
    }
}

impl Codec for IronLogic {
    fn feed(&mut self, bytes: &[u8], now: Duration) {
        if bytes.is_empty() {
            return;
        }
        self.on_timeout(now);
        if self.timed && now >= self.last_byte.saturating_add(BETWEEN_BYTES_MAX) {
            self.at_boundary = true;
        }
        self.last_byte = now;
        for &byte in bytes {
            if matches!(byte, b'\r' | b'\n') {
                self.line_ended(now, None);
            } else if !self.skipping {
                self.line.push(byte);
                if self.line.len() > LINE_BYTES_MAX {
                    self.skipping = true;
                    let raw = std::mem::take(&mut self.line);
                    self.events.reject(RejectReason::TooLong, &raw);
                }
            }
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.events.pop()
    }

    fn on_timeout(&mut self, now: Duration) {
        if self.cut_at().is_some_and(|deadline| now >= deadline) {
            let raw = std::mem::take(&mut self.line);
            self.at_boundary = true;
            if !std::mem::take(&mut self.skipping) {
                self.events.reject(RejectReason::CutBySilence, &raw);
            }
        }
        if self.gone_at().is_some_and(|deadline| now >= deadline)
            && let Some(raw) = self.present.take().and_then(|present| present.leaving)
        {
            self.events.push(Event::Gone(Gone { raw }));
        }
    }

    fn deadline(&self) -> Option<Duration> {
        match (self.cut_at(), self.gone_at()) {
            (Some(cut), Some(gone)) => Some(cut.min(gone)),
            (cut, gone) => cut.or(gone),
        }
    }

    fn finish(&mut self) {
        if self.timed {
            if self.skipping || !self.line.is_empty() {
                let raw = std::mem::take(&mut self.line);
                self.events.reject(RejectReason::CutBySilence, &raw);
            }
        } else {
            self.line_ended(self.last_byte, Some(Warning::LineNotEnded));
        }
    }
}
