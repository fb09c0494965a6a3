//! A dump of a reader that sends reports, where only a stream of bytes is given.
//!
//! Reports have no boundaries in a stream. So a dump of them is either text with one report per
//! line and its time (see [`crate::readers::dump`]), which a live decoder gets as a device would
//! have sent it; or the bare reports of a family in which all have one length, without times. Which
//! of both, its first byte tells: bare reports of those families begin with one that no text has.

use std::time::Duration;

use super::Codec;
use crate::readers::dump::DumpLine;
use crate::readers::event::{Event, RejectReason, Rejected};

/// Longest line: a report of 1024 bytes, or a descriptor of 4096.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// The bare reports of a family.
pub struct Bare {
    /// Decodes them without times.
    pub codec: Box<dyn Codec + Send>,
    /// Bytes of each.
    pub report_bytes: usize,
}

/// Cuts a dump into reports.
pub struct ReportDump {
    codec: Box<dyn Codec + Send>,
    bare: Option<Bare>,
    form: Form,
    held: Vec<u8>,
    /// A line was too long: its rest is nothing.
    skipping: bool,
    /// The first line that is no line of a dump was told; a person needs no second word.
    told: Option<Rejected>,
    misread: bool,
    now: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Unknown,
    Text,
    Bare(usize),
}

impl ReportDump {
    /// Around a decoder for a live device, and what bare reports would be.
    pub fn new(live: Box<dyn Codec + Send>, bare: Option<Bare>) -> Self {
        Self {
            codec: live,
            bare,
            form: Form::Unknown,
            held: Vec::new(),
            skipping: false,
            told: None,
            misread: false,
            now: Duration::ZERO,
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.form == Form::Unknown {
            let texty = byte.is_ascii_graphic() || byte.is_ascii_whitespace();
            self.form = match self.bare.take() {
                Some(bare) if !texty => {
                    self.codec = bare.codec;
                    Form::Bare(bare.report_bytes)
                }
                Some(_) | None => Form::Text,
            };
        }
        match self.form {
            Form::Bare(bytes) => {
                self.held.push(byte);
                if self.held.len() >= bytes {
                    let report = std::mem::take(&mut self.held);
                    self.codec.feed(&report, self.now);
                }
            }
            Form::Unknown | Form::Text => match byte {
                b'\n' | b'\r' => self.line(),
                _ if self.held.len() < LINE_BYTES_MAX => self.held.push(byte),
                _ => self.skipping = true,
            },
        }
    }

    fn line(&mut self) {
        let line = std::mem::take(&mut self.held);
        let whole = !std::mem::take(&mut self.skipping);
        let read = std::str::from_utf8(&line).ok().and_then(DumpLine::parse);
        match read.filter(|_| whole) {
            Some(DumpLine::Nothing) => {}
            Some(DumpLine::Descriptor(descriptor)) => self.codec.descriptor(&descriptor),
            Some(DumpLine::Read(at, report)) => {
                self.now = self.now.max(at);
                while let Some(deadline) = self.codec.deadline().filter(|at| *at < self.now) {
                    self.codec.on_timeout(deadline);
                }
                self.codec.feed(&report, self.now);
            }
            None if !self.misread => {
                self.misread = true;
                self.told = Some(Rejected::new(RejectReason::ForeignLine, &[]));
            }
            None => {}
        }
    }
}

impl Codec for ReportDump {
    fn feed(&mut self, bytes: &[u8], _now: Duration) {
        for &byte in bytes {
            self.byte(byte);
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.codec
            .poll()
            .or_else(|| self.told.take().map(Event::Rejected))
    }

    fn on_timeout(&mut self, _now: Duration) {}

    fn deadline(&self) -> Option<Duration> {
        None
    }

    fn finish(&mut self) {
        match self.form {
            Form::Unknown => {}
            Form::Text => self.line(),
            Form::Bare(_) => {
                let rest = std::mem::take(&mut self.held);
                self.codec.feed(&rest, self.now);
            }
        }
        while let Some(deadline) = self.codec.deadline() {
            self.codec.on_timeout(deadline);
        }
        self.codec.finish();
    }
}
