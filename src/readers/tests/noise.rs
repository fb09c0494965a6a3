//! Noise, damage and cuts: what must never make a card, for every family.
//!
//! Each case is many pieces from one seed, as proptest's own cost is per case: 700 cases of 150
//! pieces are 105 000 pieces for each family.

use std::time::Duration;

use proptest::prelude::*;

use super::subjects::{Dice, Sent, Subject, subjects};
use crate::readers::bank_card;
use crate::readers::codec::{Codec, CodecSettings, codec_for, codec_for_dump};
use crate::readers::{CardRead, Event, Family};

/// Pieces of one case.
const PIECES: usize = 150;

/// Within this pause, bytes may be of one frame.
const SOON: Duration = Duration::from_millis(7);
/// Behind this pause, bytes are of another, and a resting card is gone.
const PAUSE: Duration = Duration::from_millis(350);

/// Bytes with the pause before them.
struct Piece {
    pause: Duration,
    bytes: Vec<u8>,
}

/// What is sent in one case.
#[derive(Default)]
struct Script {
    pieces: Vec<Piece>,
    /// Cards that were sent, some of them damaged.
    sent: Vec<String>,
    /// Those that were sent whole, with a pause before and behind.
    whole: Vec<String>,
}

impl Script {
    fn push(&mut self, pause: Duration, bytes: Vec<u8>) {
        self.pieces.push(Piece { pause, bytes });
    }

    /// Noise before, between and behind cards that are whole, damaged, or touched by noise.
    fn of(subject: &Subject, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut script = Self::default();
        while script.pieces.len() < PIECES {
            let Sent { bytes, card } = (subject.sent)(&mut dice);
            match dice.below(8) {
                0 => {
                    script.whole.push(card.clone());
                    script.sent.push(card);
                    script.push(PAUSE, bytes);
                    script.push(PAUSE, subject.noise(&mut dice));
                }
                1 | 2 => {
                    script.sent.push(card);
                    let damaged = subject.damaged(&mut dice, &bytes);
                    script.push(PAUSE, damaged);
                    script.push(PAUSE, subject.noise(&mut dice));
                }
                3 => {
                    script.sent.push(card);
                    script.push(SOON, bytes);
                }
                _ => script.push(SOON, subject.noise(&mut dice)),
            }
        }
        script
    }

    /// Everything that a codec tells, each piece given in pieces of at most `most` bytes.
    fn play(&self, codec: &mut dyn Codec, most: usize) -> Vec<Event> {
        let mut events = Vec::new();
        let mut now = Duration::ZERO;
        for Piece { pause, bytes } in &self.pieces {
            now += *pause;
            for part in bytes.chunks(most) {
                codec.feed(part, now);
                events.extend(std::iter::from_fn(|| codec.poll()));
            }
        }
        codec.on_timeout(now + PAUSE);
        codec.finish();
        events.extend(std::iter::from_fn(|| codec.poll()));
        events
    }
}

fn cards(events: &[Event]) -> impl Iterator<Item = &CardRead> {
    events.iter().filter_map(|event| match event {
        Event::Card(read) => Some(read),
        Event::Gone(_) | Event::Rejected(_) => None,
    })
}

fn shown(read: &CardRead) -> String {
    let bytes = read.known_bytes().iter();
    bytes.map(|byte| format!("{byte:02X}")).collect()
}

/// A codec that knows its reader.
fn codec_of(subject: &Subject) -> Box<dyn Codec + Send> {
    let mut codec = codec_for(subject.family, &subject.settings);
    if let Some(before) = subject.before {
        codec.feed(b"\r\n", Duration::ZERO);
        codec.feed(before, Duration::ZERO);
        assert_eq!(std::iter::from_fn(|| codec.poll()).count(), 1);
    }
    codec
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config(700))]

    /// 700 cases of 150 pieces: 105 000 pieces of noise, damage and cards for each family, in two
    /// ways of cutting them into reads.
    #[test]
    fn only_what_was_sent_is_a_card(seed: u64, most in 1..8_usize) {
        for subject in subjects() {
            let family = subject.family;
            let script = Script::of(&subject, seed);
            let events = script.play(&mut *codec_of(&subject), usize::MAX);
            let cut = script.play(&mut *codec_of(&subject), most);
            prop_assert!(events == cut, "{family}: how the bytes are cut matters");
            let told: Vec<String> = cards(&events).map(shown).collect();
            for card in &told {
                prop_assert!(script.sent.contains(card), "{family}: {card} was never sent");
            }
            let mut rest = told.iter();
            for card in &script.whole {
                prop_assert!(rest.any(|told| told == card), "{family}: {card} was not told");
            }
        }
    }

    /// 700 cases of 150 lines each, of the characters that a line of digits has, for every family
    /// as delivered: what nothing checks is never certain, so it never pays by itself.
    #[test]
    fn what_nothing_checks_is_never_certain(seed: u64) {
        let mut dice = Dice::new(seed);
        let lines: Vec<u8> = (0..PIECES)
            .flat_map(|_| {
                let digits: &[u8] = [&b"01"[..], b"0123456789", b"0123456789ABCDEF,:;=?%"]
                    [dice.below(3)];
                let count = 1 + dice.below(40);
                let mut line: Vec<u8> =
                    (0..count).map(|_| digits[dice.below(digits.len())]).collect();
                line.extend(b"\r\n");
                line
            })
            .collect();
        for subject in subjects() {
            // Sentinels, grammar or a checksum: what these take for a card is one.
            if matches!(subject.family, Family::Track | Family::IronLogic | Family::Twn3) {
                continue;
            }
            let mut codec = codec_for(subject.family, &CodecSettings::default());
            let mut events = Vec::new();
            for part in lines.chunks(256) {
                codec.feed(part, PAUSE);
                events.extend(std::iter::from_fn(|| codec.poll()));
            }
            let certain = cards(&events).find(|read| read.certain());
            prop_assert_eq!(certain, None, "{}", subject.family);
        }
    }

    /// A bank card's tracks, whole, cut anywhere, with noise before and any cuts between reads:
    /// no event has six digits of its number.
    #[test]
    fn nothing_of_a_bank_card_is_in_an_event(seed: u64, most in 1..40_usize) {
        let mut dice = Dice::new(seed);
        for _ in 0..PIECES {
            let number = bank_card_number(&mut dice);
            let line = match dice.below(4) {
                0 => format!(";{number}=25121011234567890000?\r"),
                1 => format!("%B{number}^IVANOV/IVAN^2512101?;{number}=2512101?\r\x03"),
                2 => format!("\x02\x1b%E?;{number}=2512101?+01{number}=0000?1\r\x03"),
                _ => format!("%E?;E?+{number}=2512101?\r"),
            };
            let mut bytes = subjects()[0].noise(&mut dice);
            bytes.retain(|byte| *byte != 0x02);
            if dice.below(2) == 0 {
                bytes.clear();
            }
            bytes.extend(line.as_bytes());
            if dice.below(2) == 0 {
                bytes.truncate(dice.below(bytes.len()));
            }
            let settings = CodecSettings::default();
            for mut codec in [
                codec_for(Family::Track, &settings),
                codec_for_dump(Family::Track, &settings),
            ] {
                let mut events = Vec::new();
                for part in bytes.chunks(most) {
                    codec.feed(part, PAUSE);
                    events.extend(std::iter::from_fn(|| codec.poll()));
                }
                codec.on_timeout(PAUSE * 2);
                codec.finish();
                events.extend(std::iter::from_fn(|| codec.poll()));
                for event in &events {
                    prop_assert!(!holds(event, &number), "{event:?} of {line:?}");
                }
            }
        }
    }
}

/// Any number with a check digit, of the lengths that bank cards have.
fn bank_card_number(dice: &mut Dice) -> String {
    let count = 12 + dice.below(7);
    let front: String = (0..count)
        .map(|_| char::from(b'0' + dice.byte() % 10))
        .collect();
    let whole = (0..10).map(|check| format!("{front}{check}"));
    whole
        .into_iter()
        .find(|number| bank_card::is_luhn_number(number.as_bytes()))
        .unwrap()
}

/// The event has six digits in a row of the number.
fn holds(event: &Event, number: &str) -> bool {
    let raw = match event {
        Event::Card(read) => &read.raw,
        Event::Gone(gone) => &gone.raw,
        Event::Rejected(rejected) => &rejected.raw,
    };
    let mut windows = number.as_bytes().windows(6);
    windows.any(|six| raw.windows(6).any(|part| part == six))
}
