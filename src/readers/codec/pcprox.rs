//! `rf IDeas pcProx` readers, asked for their card instead of read as the keyboards they are.
//!
//! The transport asks by feature reports of eight bytes and passes both answers as one report:
//! first what command `8F` answered (the bits of the card, the lowest byte first; all zero without
//! a card), then what `8E` answered (the count of these bits, twice). Source: the description of
//! the protocol in micolous/pcprox.
//!
//! The reader takes the parity bits off as it is set to and never checks them, so that nothing in
//! an answer is a checksum. What protects from a wrong card: the answer counts only if the next one
//! is the same; the count must be there twice; and no bits may be set beyond it. How many bits were
//! taken off, the reader does not say: the read is as it came, with its count of bits.

use std::time::Duration;

use super::presence::{Presence, Seen};
use super::queue::EventQueue;
use super::{Codec, CodecSettings, number};
use crate::domain::CardBytes;
use crate::readers::event::{CardRead, Event, Gone, RejectReason, Technology};
use crate::readers::family::Family;

/// Bytes of one feature report.
pub const ANSWER_BYTES: usize = 8;

/// Asks for the card's bits. To be asked before [`ASK_COUNT`], which answers for it.
pub const ASK_CARD: u8 = 0x8f;
/// Asks how many bits there are.
pub const ASK_COUNT: u8 = 0x8e;

/// Fewest bits of a card: fewer is no format.
const BITS_MIN: u8 = 20;

/// The decoder for pairs of answers.
#[derive(Debug)]
pub struct PcProx {
    settings: CodecSettings,
    presence: Presence,
    /// What was answered last, and counts if it is answered again.
    before: Option<Vec<u8>>,
    events: EventQueue,
}

impl PcProx {
    /// For a device.
    pub fn live(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
            presence: Presence::timed(),
            before: None,
            events: EventQueue::default(),
        }
    }

    fn card(&mut self, answers: &[u8], bytes: CardBytes, technology: Technology, now: Duration) {
        match self.presence.frame(&bytes, now) {
            Seen::Arrived => self.events.push(Event::Card(CardRead {
                family: Family::PcProx,
                technology,
                raw: answers.to_vec(),
                bytes,
                present: true,
                warning: None,
            })),
            Seen::Still => {}
            Seen::Unconfirmed => self.events.reject(RejectReason::SecondCard, answers),
        }
    }
}

impl Codec for PcProx {
    fn feed(&mut self, answers: &[u8], now: Duration) {
        if answers.is_empty() {
            return;
        }
        self.on_timeout(now);
        let before = self.before.replace(answers.to_vec());
        match card(answers, &self.settings) {
            Ok(None) => {}
            Ok(Some((bytes, technology))) => {
                if before.as_deref() == Some(answers) {
                    self.card(answers, bytes, technology, now);
                }
            }
            Err(reason) => self.events.reject(reason, answers),
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.events.pop()
    }

    fn on_timeout(&mut self, now: Duration) {
        if self.presence.expire(now) {
            self.events.push(Event::Gone(Gone::default()));
        }
    }

    fn deadline(&self) -> Option<Duration> {
        self.presence.deadline()
    }

    fn finish(&mut self) {}
}

/// The card of a pair of answers; none where there is none.
fn card(
    answers: &[u8],
    settings: &CodecSettings,
) -> Result<Option<(CardBytes, Technology)>, RejectReason> {
    let Some((data, count)) = answers
        .split_at_checked(ANSWER_BYTES)
        .filter(|(_, count)| count.len() == ANSWER_BYTES)
    else {
        return Err(RejectReason::BadLength);
    };
    let bits = match *count {
        [0, 0, ..] => return Ok(None),
        [bits, again, ..] if bits == again => bits,
        _ => return Err(RejectReason::BadChecksum),
    };
    if !(BITS_MIN..=64).contains(&bits) {
        return Err(RejectReason::BadLength);
    }
    let value = data
        .iter()
        .rev()
        .fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    if value == 0 {
        return Ok(None);
    }
    if bits < 64 && value >> bits != 0 {
        return Err(RejectReason::BadByte);
    }
    let bytes = value.to_be_bytes();
    let sent = &bytes[bytes.len() - usize::from(bits.div_ceil(8))..];
    let technology = settings.technology.unwrap_or(Technology::HidProx);
    number::card(technology, sent, u16::from(bits), settings)
        .map(|bytes| Some((bytes, technology)))
        .ok_or(RejectReason::BadLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 26-bit card without its parity: number 17669, facility 96.
    const W26: [u8; 16] = [0x05, 0x45, 96, 0, 0, 0, 0, 0, 24, 24, 0, 0, 0, 0, 0, 0];
    const NONE: [u8; 16] = [0; 16];

    fn told(answers: &[(u64, [u8; 16])]) -> Vec<(u64, String)> {
        let mut codec = PcProx::live(&CodecSettings::default());
        let mut told = Vec::new();
        let mut tell = |codec: &mut PcProx, at: Duration| {
            while let Some(event) = codec.poll() {
                let what = match event {
                    Event::Card(read) => {
                        let known = read.known_bytes().iter();
                        let hex: String = known.map(|byte| format!("{byte:02X}")).collect();
                        format!("{hex} {}", read.bytes.bits())
                    }
                    Event::Gone(_) => "gone".to_owned(),
                    Event::Rejected(rejected) => format!("{:?}", rejected.reason),
                };
                told.push((u64::try_from(at.as_millis()).unwrap(), what));
            }
        };
        for (at, answers) in answers {
            let at = Duration::from_millis(*at);
            codec.feed(answers, at);
            tell(&mut codec, at);
        }
        while let Some(at) = codec.deadline() {
            codec.on_timeout(at);
            tell(&mut codec, at);
        }
        told
    }

    fn texts(told: &[(u64, String)]) -> Vec<(u64, &str)> {
        told.iter().map(|(at, what)| (*at, what.as_str())).collect()
    }

    #[test]
    fn a_card_counts_when_it_is_answered_twice() {
        let told = told(&[(100, NONE), (200, W26), (300, W26), (400, W26), (500, NONE)]);
        assert_eq!(texts(&told), [(300, "604505 24"), (700, "gone")]);
    }

    #[test]
    fn answers_of_two_cards_never_make_a_third() {
        let mut mixed = W26;
        mixed[0] = 0x06;
        let told = told(&[
            (100, W26),
            (200, mixed),
            (300, W26),
            (400, mixed),
            (500, W26),
        ]);
        assert_eq!(texts(&told), []);
    }

    #[test]
    fn a_damaged_answer_is_refused() {
        let with = |at: usize, byte: u8| {
            let mut answers = W26;
            answers[at] = byte;
            told(&[(100, answers), (200, answers)])
        };
        for (at, byte, reason) in [
            (8, 26, "BadChecksum"),
            (9, 25, "BadChecksum"),
            // A bit beyond the count.
            (3, 1, "BadByte"),
        ] {
            assert_eq!(texts(&with(at, byte)), [(100, reason), (200, reason)]);
        }
        let mut short = W26;
        (short[8], short[9]) = (8, 8);
        assert_eq!(texts(&told(&[(100, short)])), [(100, "BadLength")]);
        let mut codec = PcProx::live(&CodecSettings::default());
        codec.feed(&W26[..8], Duration::ZERO);
        assert!(matches!(codec.poll(), Some(Event::Rejected(_))));
    }
}
