//! A decoder for a family of text lines that cannot tell that a card has left.

use std::time::Duration;

use super::line::{LineReader, Step};
use super::teller::{Said, Teller};
use super::{Codec, CodecSettings};
use crate::readers::event::{Event, RejectReason, Warning};
use crate::readers::family::Family;

/// What the lines of a family say.
pub trait LineFormat {
    /// Rejected lines may be shown. Not so where half of a bank card's number may be in them.
    const SHOWS_REJECTED: bool = true;

    /// Cuts the bytes of a device into lines, or those of a dump.
    fn lines(&self, live: bool) -> LineReader;

    /// A line without its end. With `whole`, its beginning was certainly received.
    fn read(&mut self, line: &[u8], whole: bool) -> Result<Said, RejectReason>;
}

/// The decoder for a format of lines.
#[derive(Debug)]
pub struct LineCodec<F> {
    format: F,
    lines: LineReader,
    teller: Teller,
}

impl<F: LineFormat> LineCodec<F> {
    /// For a device.
    pub fn live(family: Family, format: F, settings: &CodecSettings) -> Self {
        Self {
            lines: format.lines(true),
            format,
            teller: Teller::live(family, settings),
        }
    }

    /// For a dump without times.
    pub fn dump(family: Family, format: F) -> Self {
        Self {
            lines: format.lines(false),
            format,
            teller: Teller::dump(family),
        }
    }

    fn step(&mut self, step: Option<Step>, now: Duration) {
        match step {
            Some(Step::Line(line)) => match self.format.read(&line.raw, line.whole) {
                Ok(Said::Card(reading)) => {
                    let doubt = (!line.ended).then_some(Warning::LineNotEnded);
                    let said = Said::Card(reading.doubted(doubt));
                    self.teller.said(line.raw, said, now);
                }
                Ok(said @ (Said::Gone | Said::Nothing)) => self.teller.said(line.raw, said, now),
                Err(reason) => self.reject(reason, &line.raw),
            },
            Some(Step::Rejected(reason, raw)) => self.reject(reason, &raw),
            None => {}
        }
    }

    fn reject(&mut self, reason: RejectReason, raw: &[u8]) {
        let shown = if F::SHOWS_REJECTED { raw } else { &[] };
        self.teller.reject(reason, shown);
    }
}

impl<F: LineFormat> Codec for LineCodec<F> {
    fn feed(&mut self, bytes: &[u8], now: Duration) {
        self.on_timeout(now);
        for &byte in bytes {
            let step = self.lines.byte(byte, now);
            self.step(step, now);
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.teller.poll()
    }

    fn on_timeout(&mut self, now: Duration) {
        let step = self.lines.on_timeout(now);
        self.step(step, now);
    }

    fn deadline(&self) -> Option<Duration> {
        self.lines.deadline()
    }

    fn finish(&mut self) {
        let step = self.lines.finish();
        self.step(step, self.lines.last_byte());
    }
}
