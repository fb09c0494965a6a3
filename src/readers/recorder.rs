//! A recording as it is made: which lines go into the file, and when.
//!
//! What came together is kept back until a silence shows that it is whole, so that the number of a
//! bank card that somebody swiped is left out before any of it is on a disk.

use std::time::Duration;

use super::bank_card;
use super::codec::{Codec, CodecSettings, codec_for};
use super::dump::DumpLine;
use super::event::{Event, RejectReason};
use super::family::Family;
use super::transport::RECORDING_TEXT_MAX;

/// A silence of this length ends what came together. Longer than any family's pause within a read.
pub const SILENCE: Duration = Duration::from_millis(500);

/// Bytes that are kept back at most; a reader that never falls silent is written in pieces.
const HELD_BYTES_MAX: usize = 4_096;

/// Of a piece, so many of the last bytes stay behind: longer than any track of a card.
const OVERLAP_BYTES: usize = 512;

/// The recording has all the bytes that a recording may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Makes the lines of a recording. Times count from its beginning.
pub struct Recorder {
    /// Listens along, as only it may know what a report says.
    codec: Option<Box<dyn Codec + Send>>,
    held: Vec<(Duration, Vec<u8>)>,
    held_bytes: usize,
    last_read: Duration,
    /// A bank card is in what is held.
    bank_card: bool,
    text_bytes: usize,
}

impl Recorder {
    /// A recording that begins now, behind a head of so many bytes. Without a family only the text
    /// of bank cards is known.
    pub fn new(family: Option<Family>, settings: &CodecSettings, head_bytes: usize) -> Self {
        Self {
            codec: family.map(|family| codec_for(family, settings)),
            held: Vec::new(),
            held_bytes: 0,
            last_read: Duration::ZERO,
            bank_card: false,
            text_bytes: head_bytes,
        }
    }

    /// The line for what a HID device says of its reports.
    pub fn descriptor(&mut self, descriptor: &[u8]) -> Result<String, Full> {
        if let Some(codec) = &mut self.codec {
            codec.descriptor(descriptor);
        }
        self.count(DumpLine::Descriptor(descriptor.to_vec()).text())
    }

    /// Bytes of one read, and the lines that can be written now.
    pub fn feed(&mut self, bytes: &[u8], at: Duration) -> Result<String, Full> {
        let ready = self.poll(at)?;
        if let Some(codec) = &mut self.codec {
            codec.feed(bytes, at);
        }
        self.listen();
        self.held.push((at, bytes.to_vec()));
        self.held_bytes += bytes.len();
        self.last_read = at;
        if self.held_bytes <= HELD_BYTES_MAX {
            return Ok(ready);
        }
        let more = self.take(OVERLAP_BYTES)?;
        Ok(ready + &more)
    }

    /// The lines that can be written at `now`; to be asked also while nothing comes.
    pub fn poll(&mut self, now: Duration) -> Result<String, Full> {
        if let Some(codec) = &mut self.codec {
            codec.on_timeout(now);
        }
        self.listen();
        if now.saturating_sub(self.last_read) < SILENCE {
            return Ok(String::new());
        }
        self.take(0)
    }

    /// The lines that are left at the end.
    pub fn finish(mut self) -> Result<String, Full> {
        if let Some(codec) = &mut self.codec {
            codec.finish();
        }
        self.listen();
        self.take(0)
    }

    fn listen(&mut self) {
        while let Some(event) = self.codec.as_mut().and_then(|codec| codec.poll()) {
            self.bank_card |= match event {
                Event::Rejected(rejected) => rejected.reason == RejectReason::BankCard,
                Event::Card(_) | Event::Gone(_) => false,
            };
        }
    }

    /// What is held, but for so many of its last bytes.
    fn take(&mut self, behind: usize) -> Result<String, Full> {
        let text: Vec<u8> = self
            .held
            .iter()
            .flat_map(|(_, bytes)| bytes)
            .copied()
            .collect();
        if self.bank_card || bank_card::is_in(&text) {
            self.held.clear();
            self.held_bytes = 0;
            // A reader that never falls silent shows the rest of the same card next.
            self.bank_card = behind > 0;
            return self.count("# a bank card was left out\n".to_owned());
        }
        let mut lines = String::new();
        while self.held_bytes > behind {
            let Some((at, bytes)) = (!self.held.is_empty()).then(|| self.held.remove(0)) else {
                break;
            };
            self.held_bytes -= bytes.len();
            lines.push_str(&DumpLine::Read(at, bytes).text());
        }
        self.count(lines)
    }

    fn count(&mut self, lines: String) -> Result<String, Full> {
        self.text_bytes += lines.len();
        if self.text_bytes > RECORDING_TEXT_MAX {
            return Err(Full);
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::codec::rdm6300::frame_of;
    use crate::readers::transport::Recording;

    const A: [u8; 5] = [0x00, 0x03, 0xa8, 0x62, 0x26];
    const B: [u8; 5] = [0x01, 0x00, 0x63, 0xe9, 0xae];

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn record(family: Option<Family>, reads: &[(u64, &[u8])]) -> String {
        let mut recorder = Recorder::new(family, &CodecSettings::default(), 0);
        let mut text = String::new();
        for (at, bytes) in reads {
            text += &recorder.feed(bytes, ms(*at)).unwrap();
        }
        text + &recorder.finish().unwrap()
    }

    #[test]
    fn what_is_recorded_gives_the_same_events() {
        let (a, b) = (frame_of(A), frame_of(B));
        let reads: Vec<(u64, &[u8])> = vec![
            (100, &a[..5]),
            (110, &a[5..]),
            (165, &a),
            (2000, b"ST,GS,+00.575kg\r\n"),
            (3000, &b),
        ];
        let text = record(Some(Family::Rdm6300), &reads);
        let recording = Recording::parse(&text).unwrap_or_default();
        let mut codec = codec_for(Family::Rdm6300, &CodecSettings::default());
        let mut live = Vec::new();
        for (at, bytes) in &reads {
            while let Some(deadline) = codec.deadline().filter(|deadline| *deadline < ms(*at)) {
                codec.on_timeout(deadline);
                live.extend(std::iter::from_fn(|| codec.poll()));
            }
            codec.feed(bytes, ms(*at));
            live.extend(std::iter::from_fn(|| codec.poll()));
        }
        let replayed: Vec<Event> = recording
            .events(Family::Rdm6300)
            .into_iter()
            .map(|(_, event)| event)
            .collect();
        // Behind the end, only the last card's leaving is to come.
        assert_eq!(replayed[..live.len()], live);
        assert_eq!(replayed.len(), live.len() + 1);
        let cards = live.iter().filter(|event| matches!(event, Event::Card(_)));
        assert_eq!(cards.count(), 2);
    }

    #[test]
    fn a_bank_card_is_left_out_wherever_it_is_cut() {
        let track = b"%B4111111111111111^IVANOV/I^2512101?;4111111111111111=2512101?\r";
        for family in [None, Some(Family::Decimal)] {
            for cut in 1..track.len() {
                let (head, tail) = track.split_at(cut);
                let text = record(
                    family,
                    &[
                        (0, b"0061366822\r\n"),
                        (1000, head),
                        (1040, tail),
                        (2000, b"0001234567\r\n"),
                    ],
                );
                let recording = Recording::parse(&text).unwrap_or_default();
                assert!(text.contains("bank card"), "{text}");
                let hex = recording.text();
                assert_eq!(hex.lines().count(), 2, "{hex}");
                assert!(!hex.contains("34 31 31"), "{hex}");
            }
        }
    }

    #[test]
    fn nothing_is_written_before_a_silence_and_everything_at_last() {
        let mut recorder = Recorder::new(None, &CodecSettings::default(), 0);
        assert_eq!(recorder.feed(b"ab", ms(10)), Ok(String::new()));
        assert_eq!(recorder.poll(ms(509)), Ok(String::new()));
        assert_eq!(recorder.poll(ms(510)), Ok("10 61 62\n".to_owned()));
        assert_eq!(recorder.poll(ms(2000)), Ok(String::new()));
        assert_eq!(recorder.finish(), Ok(String::new()));
    }

    #[test]
    fn a_reader_that_never_falls_silent_fills_no_memory_and_no_disk() {
        let mut recorder = Recorder::new(None, &CodecSettings::default(), 0);
        let mut text = String::new();
        let mut full = false;
        for at in 0..40_000 {
            match recorder.feed(&[0x55; 64], ms(at * 50)) {
                Ok(lines) => text += &lines,
                Err(Full) => {
                    full = true;
                    break;
                }
            }
            assert!(recorder.held_bytes <= HELD_BYTES_MAX);
        }
        assert!(full);
        assert!(text.len() <= RECORDING_TEXT_MAX);
        assert!(Recording::parse(&text).is_ok());
    }
}
