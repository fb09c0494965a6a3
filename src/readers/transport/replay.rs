//! Recorded dumps.
//!
//! The format is text, so that a technician can read and cut it: one line per read of the device,
//! see [`crate::readers::dump`]. Times never run backwards.
//!
//! ```text
//! # limekeeper recording, family rdm6300
//! 0 02 30 31 30 30 36 33 45 39
//! 14 41 45 32 35 03
//! ```

use std::time::{Duration, Instant};

use thiserror::Error;

use super::{READ_WAIT, Transport, TransportError};
use crate::readers::codec::{CodecSettings, codec_for};
use crate::readers::dump::DumpLine;
use crate::readers::event::Event;
use crate::readers::family::Family;

/// Most bytes of a recording.
pub const RECORDING_BYTES_MAX: usize = 1 << 20;
/// Most bytes of its text.
pub const RECORDING_TEXT_MAX: usize = 3 * RECORDING_BYTES_MAX;

/// Bytes with the times at which they came.
///
/// It holds the UIDs of whoever was recorded, so it has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// Of a HID device.
    descriptor: Option<Vec<u8>>,
    reads: Vec<(Duration, Vec<u8>)>,
}

/// Why a text is no recording.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RecordingError {
    /// A line is not `milliseconds hex hex …`, nor one of `hid-recorder`.
    #[error("line {line} of the recording is not \"milliseconds hex hex …\"")]
    Line {
        /// Counted from one.
        line: usize,
    },
    /// A time is earlier than the one before.
    #[error("line {line} of the recording is earlier than the line before")]
    Backwards {
        /// Counted from one.
        line: usize,
    },
    /// Too many bytes.
    #[error("the recording has more than {RECORDING_BYTES_MAX} bytes")]
    TooLong,
}

impl Recording {
    /// A recording from its text.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        if text.len() > RECORDING_TEXT_MAX {
            return Err(RecordingError::TooLong);
        }
        let mut recording = Self::default();
        for (index, text) in text.lines().enumerate() {
            let line = index + 1;
            match DumpLine::parse(text).ok_or(RecordingError::Line { line })? {
                DumpLine::Nothing => {}
                DumpLine::Descriptor(descriptor) => recording.descriptor = Some(descriptor),
                DumpLine::Read(at, bytes) => {
                    let before = recording.reads.last().map(|(before, _)| *before);
                    if before.is_some_and(|before| at < before) {
                        return Err(RecordingError::Backwards { line });
                    }
                    recording.reads.push((at, bytes));
                }
            }
        }
        Ok(recording)
    }

    /// Raw bytes without times, as if they had come at once.
    pub fn raw(bytes: &[u8]) -> Self {
        Self {
            descriptor: None,
            reads: vec![(Duration::ZERO, bytes.to_vec())],
        }
    }

    /// What was read at which time, of a HID device with its descriptor.
    pub fn of_reads(descriptor: Option<Vec<u8>>, reads: Vec<(Duration, Vec<u8>)>) -> Self {
        Self { descriptor, reads }
    }

    /// All bytes, without their times.
    pub fn bytes(&self) -> Vec<u8> {
        self.reads
            .iter()
            .flat_map(|(_, bytes)| bytes)
            .copied()
            .collect()
    }

    /// The text of the recording.
    pub fn text(&self) -> String {
        let descriptor = self.descriptor.iter().cloned().map(DumpLine::Descriptor);
        let reads = self.reads.iter().cloned();
        descriptor
            .chain(reads.map(|(at, bytes)| DumpLine::Read(at, bytes)))
            .map(|line| line.text())
            .collect()
    }

    /// What a live codec of a reader as delivered makes of it, see [`Recording::events_of`].
    pub fn events(&self, family: Family) -> Vec<(Duration, Event)> {
        self.events_of(family, &CodecSettings::default())
    }

    /// What a live codec makes of it, in the recording's own time and without waiting. Behind the
    /// end, the codec is told all the timeouts that it waits for.
    pub fn events_of(&self, family: Family, settings: &CodecSettings) -> Vec<(Duration, Event)> {
        let mut codec = codec_for(family, settings);
        if let Some(descriptor) = &self.descriptor {
            codec.descriptor(descriptor);
        }
        // Bytes may be cut anyhow, reports not at all.
        let piece_bytes = if family.reports() { usize::MAX } else { 256 };
        let mut events = Vec::new();
        let mut reads = self.reads.iter().peekable();
        loop {
            let next = reads.peek().map(|(at, _)| *at);
            let now = match (codec.deadline(), next) {
                (Some(deadline), Some(at)) if deadline < at => deadline,
                (Some(deadline), None) => deadline,
                (_, Some(at)) => at,
                (None, None) => return events,
            };
            if next == Some(now) {
                for piece in reads
                    .next()
                    .into_iter()
                    .flat_map(|(_, bytes)| bytes.chunks(piece_bytes))
                {
                    codec.feed(piece, now);
                    events.extend(std::iter::from_fn(|| codec.poll()).map(|event| (now, event)));
                }
            } else {
                codec.on_timeout(now);
                events.extend(std::iter::from_fn(|| codec.poll()).map(|event| (now, event)));
            }
        }
    }
}

/// A recording played as a device, at the speed at which it was recorded.
pub struct ReplayTransport {
    recording: Recording,
    /// The next read, and how much of it was given.
    next: (usize, usize),
    began: Instant,
}

impl ReplayTransport {
    /// Begins to play.
    pub fn new(recording: Recording) -> Self {
        Self {
            recording,
            next: (0, 0),
            began: Instant::now(),
        }
    }
}

impl Transport for ReplayTransport {
    fn report_descriptor(&self) -> Option<&[u8]> {
        self.recording.descriptor.as_deref()
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError> {
        let (index, given) = self.next;
        let Some((at, bytes)) = self.recording.reads.get(index) else {
            return Err(TransportError::RecordingEnded);
        };
        let wait = at.saturating_sub(self.began.elapsed());
        std::thread::sleep(wait.min(READ_WAIT));
        if wait > READ_WAIT {
            return Ok(0);
        }
        let rest = bytes.get(given..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.next = if count == rest.len() {
            (index + 1, 0)
        } else {
            (index, given + count)
        };
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::codec::rdm6300::frame_of;

    #[test]
    fn the_text_leads_there_and_back() {
        let text = "# a comment\n\n0 02 30\n14 0d 0A\n";
        let recording = Recording::parse(text).unwrap_or_default();
        assert_eq!(recording.text(), "0 02 30\n14 0d 0a\n");
        for (wrong, error) in [
            ("x 02", RecordingError::Line { line: 1 }),
            ("0", RecordingError::Line { line: 1 }),
            ("0 2", RecordingError::Line { line: 1 }),
            ("0 +2", RecordingError::Line { line: 1 }),
            ("#\n5 02\n4 02", RecordingError::Backwards { line: 3 }),
        ] {
            assert_eq!(Recording::parse(wrong).err(), Some(error), "{wrong}");
        }
    }

    #[test]
    fn a_recording_runs_in_its_own_time() {
        let frame = Recording::raw(&frame_of([0x01, 0x00, 0x63, 0xe9, 0xae])).text();
        let frame = frame.trim_start_matches('0').trim();
        let text = format!("1000 {frame}\n1065 {frame}\n4000 {frame}\n");
        let recording = Recording::parse(&text).unwrap_or_default();
        let told: Vec<(u128, &str)> = recording
            .events(Family::Rdm6300)
            .iter()
            .map(|(at, event)| {
                let what = match event {
                    Event::Card(_) => "card",
                    Event::Gone(_) => "gone",
                    Event::Rejected(_) => "rejected",
                };
                (at.as_millis(), what)
            })
            .collect();
        assert_eq!(
            told,
            [
                (1000, "card"),
                (1365, "gone"),
                (4000, "card"),
                (4300, "gone")
            ]
        );
    }

    #[test]
    fn a_replay_gives_all_bytes_and_ends() {
        let mut replay = ReplayTransport::new(Recording::raw(b"abc"));
        let mut buf = [0; 2];
        assert_eq!(replay.read(&mut buf), Ok(2));
        assert_eq!(replay.read(&mut buf), Ok(1));
        assert_eq!(replay.read(&mut buf), Err(TransportError::RecordingEnded));
    }
}
