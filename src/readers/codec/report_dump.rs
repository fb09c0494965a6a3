//! A dump of a reader that sends reports, where only a stream of bytes is given.
//!
//! Reports have no boundaries in a stream. So a dump of them is either text with one report per
//! line and its time (see [`crate::readers::dump`]), which a live decoder gets as a device would
//! have sent it; or bare reports without times. Where all reports of a family have one length, there
//! may be many, and the first byte tells that they are bare: it is one that no text has. Of other
//! families one report is the whole input, unless its first line is one of a dump.

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
    /// Bytes of each; none where the whole input is one.
    pub report_bytes: Option<usize>,
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
    /// All of it is one report, unless the first line is one of a dump.
    Whole,
}

impl ReportDump {
    /// Around a decoder for a live device, and what bare reports would be.
    pub fn new(live: Box<dyn Codec + Send>, bare: Bare) -> Self {
        Self {
            codec: live,
            bare: Some(bare),
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
            self.form = match self.bare.as_ref().map(|bare| bare.report_bytes) {
                Some(None) => Form::Whole,
                Some(Some(bytes)) if !texty => {
                    self.take_bare();
                    Form::Bare(bytes)
                }
                Some(Some(_)) | None => Form::Text,
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
            Form::Whole => {
                if byte == b'\n' && self.bare.is_some() && self.is_text() {
                    return;
                }
                // More than any report has is cut, and so refused by its decoder.
                if self.held.len() < LINE_BYTES_MAX {
                    self.held.push(byte);
                }
            }
            Form::Unknown | Form::Text => match byte {
                b'\n' | b'\r' => self.line(),
                _ if self.held.len() < LINE_BYTES_MAX => self.held.push(byte),
                _ => self.skipping = true,
            },
        }
    }

    /// Behind a line of what may be one report: whether it is a dump after all. Comments alone
    /// leave it open. A line of a dump is taken in.
    fn is_text(&mut self) -> bool {
        let begin = self.held.iter().rposition(|&byte| byte == b'\n');
        let line = self.held.split_off(begin.map_or(0, |at| at + 1));
        let read = std::str::from_utf8(&line).ok().and_then(DumpLine::parse);
        match read {
            Some(DumpLine::Read(..) | DumpLine::Descriptor(_)) => {
                self.form = Form::Text;
                self.held = line;
                self.line();
                return true;
            }
            Some(DumpLine::Nothing) => {}
            None => self.take_bare(),
        }
        self.held.extend(line);
        false
    }

    fn take_bare(&mut self) {
        if let Some(bare) = self.bare.take() {
            self.codec = bare.codec;
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
        if self.form == Form::Whole && self.bare.is_some() {
            self.is_text();
        }
        match self.form {
            Form::Unknown => {}
            Form::Text => self.line(),
            Form::Bare(_) | Form::Whole => {
                self.take_bare();
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
