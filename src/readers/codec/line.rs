//! Bytes to lines, whatever they say.

use std::time::Duration;

use super::BETWEEN_BYTES_MAX;
use crate::readers::event::RejectReason;

/// Longest line; a longer one is noise or a wrong speed. Three whole tracks of a magnetic card are
/// the longest that a reader sends, and those are told by [`LineReader::with_bytes_max`].
pub const LINE_BYTES_MAX: usize = 128;

/// A line without its end.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// What was received of it.
    pub raw: Vec<u8>,
    /// Its beginning was certainly received: another line, a pause or the start byte was before it.
    pub whole: bool,
    /// Its end was received. False only at the end of a dump.
    pub ended: bool,
}

/// What one byte, or time, led to.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// A line; never an empty one.
    Line(Line),
    /// Bytes that are no line.
    Rejected(RejectReason, Vec<u8>),
}

/// Cuts bytes into lines.
#[derive(Debug)]
pub struct LineReader {
    timed: bool,
    terminators: Vec<u8>,
    start: Option<u8>,
    bytes_max: usize,
    line: Vec<u8>,
    /// The rest of a line that was too long is thrown away up to its end.
    skipping: bool,
    /// The stream is known to stand at the beginning of a line, or was there once.
    at_boundary: bool,
    last_byte: Duration,
}

impl LineReader {
    /// For a device that was just opened: of the first line the beginning may be missing. Lines
    /// end with any of `terminators`; with none, a pause ends them.
    pub fn live(terminators: &[u8]) -> Self {
        Self {
            timed: true,
            terminators: terminators.to_vec(),
            start: None,
            bytes_max: LINE_BYTES_MAX,
            line: Vec::new(),
            skipping: false,
            at_boundary: false,
            last_byte: Duration::ZERO,
        }
    }

    /// For a dump without times.
    pub fn dump(terminators: &[u8]) -> Self {
        Self {
            timed: false,
            at_boundary: true,
            ..Self::live(terminators)
        }
    }

    /// A line begins with this byte, wherever it comes; no line has it anywhere else.
    #[must_use]
    pub fn with_start(mut self, start: Option<u8>) -> Self {
        self.start = start;
        self
    }

    /// Another longest line.
    #[must_use]
    pub fn with_bytes_max(mut self, bytes_max: usize) -> Self {
        self.bytes_max = bytes_max;
        self
    }

    /// A byte that came at `now`.
    pub fn byte(&mut self, byte: u8, now: Duration) -> Option<Step> {
        if self.timed && now >= self.last_byte.saturating_add(BETWEEN_BYTES_MAX) {
            self.at_boundary = true;
        }
        self.last_byte = now;
        if self.terminators.contains(&byte) {
            return self.end(true);
        }
        if self.start == Some(byte) {
            self.skipping = false;
            self.at_boundary = true;
            let before = std::mem::replace(&mut self.line, vec![byte]);
            let reason = if before.first() == Some(&byte) {
                RejectReason::CutByNext
            } else {
                RejectReason::Noise
            };
            return (!before.is_empty()).then_some(Step::Rejected(reason, before));
        }
        if self.skipping {
            return None;
        }
        self.line.push(byte);
        (self.line.len() > self.bytes_max).then(|| {
            self.skipping = true;
            Step::Rejected(RejectReason::TooLong, std::mem::take(&mut self.line))
        })
    }

    /// Time has passed; does nothing before [`LineReader::deadline`].
    pub fn on_timeout(&mut self, now: Duration) -> Option<Step> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        if self.terminators.is_empty() {
            return self.end(true);
        }
        let raw = std::mem::take(&mut self.line);
        self.at_boundary = true;
        let told = std::mem::take(&mut self.skipping);
        (!told).then_some(Step::Rejected(RejectReason::CutBySilence, raw))
    }

    /// When the last byte came.
    pub fn last_byte(&self) -> Duration {
        self.last_byte
    }

    /// When an unfinished line is given up.
    pub fn deadline(&self) -> Option<Duration> {
        (self.timed && (self.skipping || !self.line.is_empty()))
            .then(|| self.last_byte.saturating_add(BETWEEN_BYTES_MAX))
    }

    /// No more bytes will come.
    pub fn finish(&mut self) -> Option<Step> {
        if !self.timed || self.line.is_empty() {
            return self.end(self.terminators.is_empty());
        }
        let raw = std::mem::take(&mut self.line);
        Some(Step::Rejected(RejectReason::CutBySilence, raw))
    }

    fn end(&mut self, ended: bool) -> Option<Step> {
        let raw = std::mem::take(&mut self.line);
        let whole = std::mem::replace(&mut self.at_boundary, true);
        let skipped = std::mem::take(&mut self.skipping);
        (!skipped && !raw.is_empty()).then_some(Step::Line(Line { raw, whole, ended }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(reader: &mut LineReader, reads: &[(u64, &[u8])]) -> Vec<String> {
        let mut words = Vec::new();
        let mut tell = |step: Option<Step>| match step {
            Some(Step::Line(line)) => {
                let text = String::from_utf8_lossy(&line.raw).into_owned();
                let whole = if line.whole { "" } else { "…" };
                let ended = if line.ended { "" } else { "…" };
                words.push(format!("{whole}{text}{ended}"));
            }
            Some(Step::Rejected(reason, raw)) => words.push(format!("{reason:?} {}", raw.len())),
            None => {}
        };
        for (at, bytes) in reads {
            let now = Duration::from_millis(*at);
            tell(reader.on_timeout(now));
            for &byte in *bytes {
                tell(reader.byte(byte, now));
            }
        }
        tell(reader.finish());
        words
    }

    #[test]
    fn the_first_line_may_lack_its_beginning() {
        let mut early = LineReader::live(b"\r\n");
        let reads: [(u64, &[u8]); 2] = [(0, b"ab\r\ncd\r"), (10, b"\n")];
        assert_eq!(words(&mut early, &reads), ["…ab", "cd"]);
        let mut late = LineReader::live(b"\r\n");
        assert_eq!(words(&mut late, &[(200, b"ab\r")]), ["ab"]);
        let mut marked = LineReader::live(b"\r\n").with_start(Some(b':'));
        let reads: [(u64, &[u8]); 1] = [(0, b"x:ab\r:c:de\r")];
        assert_eq!(
            words(&mut marked, &reads),
            ["Noise 1", ":ab", "CutByNext 2", ":de"]
        );
    }

    #[test]
    fn a_line_with_a_pause_is_given_up() {
        let mut lines = LineReader::live(b"\r");
        let reads: [(u64, &[u8]); 3] = [(300, b"ab"), (499, b"cd"), (699, b"ef\r")];
        assert_eq!(words(&mut lines, &reads), ["CutBySilence 4", "ef"]);
    }

    #[test]
    fn without_an_end_a_pause_is_the_end() {
        let mut lines = LineReader::live(b"");
        let reads: [(u64, &[u8]); 3] = [(300, b"ab"), (400, b"cd"), (600, b"ef")];
        assert_eq!(words(&mut lines, &reads), ["abcd", "CutBySilence 2"]);
    }

    #[test]
    fn what_is_too_long_is_told_once() {
        let mut lines = LineReader::live(b"\r").with_bytes_max(4);
        let reads: [(u64, &[u8]); 1] = [(300, b"abcdefghijkl\rab\r")];
        assert_eq!(words(&mut lines, &reads), ["TooLong 5", "ab"]);
        let reads: [(u64, &[u8]); 2] = [(300, b"abcdefgh"), (600, b"ab\r")];
        assert_eq!(words(&mut lines, &reads), ["TooLong 5", "ab"]);
    }

    #[test]
    fn a_dump_may_end_within_a_line() {
        let mut lines = LineReader::dump(b"\r");
        assert_eq!(words(&mut lines, &[(0, b"ab\rcd")]), ["ab", "cd…"]);
        let mut lines = LineReader::live(b"\r");
        assert_eq!(words(&mut lines, &[(0, b"ab")]), ["CutBySilence 2"]);
    }
}
