//! One reader of each family: how it is set, what it sends for a card, and what damage it must
//! notice.

use crate::readers::codec::{
    CodecSettings, DigitRadix, framed, idteck, number, perco, rdm6300, twn3, wiegand_bits,
};
use crate::readers::{Family, Technology};

/// Cheap numbers that follow from a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    /// Any bytes, `1..=most` of them.
    pub fn bytes(&mut self, most: usize) -> Vec<u8> {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.byte()).collect()
    }
}

/// What a reader sends for a card.
pub struct Sent {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The card's known bytes in hexadecimal.
    pub card: String,
}

/// Damage to what a reader sent that the family notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Any byte has another value.
    Changed,
    /// Any byte is missing.
    Lost,
    /// A byte that no line of the family has, in the place of any.
    Foreign,
}

/// A reader under test.
pub struct Subject {
    pub family: Family,
    pub settings: CodecSettings,
    pub sent: fn(&mut Dice) -> Sent,
    /// Each kind of damage that cannot make another card of what was sent, and why not: checksum,
    /// parity, framing, or the configured count of digits.
    pub notices: &'static [Damage],
    /// What this reader sends first, so that its lines are known: no damage is noticed without.
    pub before: Option<&'static [u8]>,
}

use Damage::{Changed, Foreign, Lost};

fn of(technology: Technology, digits: Option<u8>) -> CodecSettings {
    CodecSettings {
        technology: Some(technology),
        digits,
        ..CodecSettings::default()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn em(dice: &mut Dice) -> [u8; 5] {
    let mut card = [0; 5];
    card.copy_from_slice(&dice.next().to_be_bytes()[..5]);
    card
}

/// Every family.
pub fn subjects() -> Vec<Subject> {
    let mut all = with_checksum();
    all.extend(without_checksum());
    all
}

fn subject(
    family: Family,
    settings: CodecSettings,
    notices: &'static [Damage],
    sent: fn(&mut Dice) -> Sent,
) -> Subject {
    Subject {
        family,
        settings,
        sent,
        notices,
        before: None,
    }
}

fn plain() -> CodecSettings {
    CodecSettings::default()
}

fn with_checksum() -> Vec<Subject> {
    vec![
        // Start, digits, checksum, end.
        subject(
            Family::Rdm6300,
            plain(),
            &[Changed, Lost, Foreign],
            |dice| {
                let card = em(dice);
                Sent {
                    bytes: rdm6300::frame_of(card).to_vec(),
                    card: hex(&card),
                }
            },
        ),
        // Start, length, kind, checksum, end.
        subject(Family::Framed, plain(), &[Changed, Lost], |dice| {
            let card = em(dice);
            Sent {
                bytes: framed::frame_of(card).to_vec(),
                card: hex(&card),
            }
        }),
        // Colon and checksum. The kind is configured: without its colon, a line may look like one of
        // the other mode, whose cards are of another kind.
        subject(
            Family::Twn3,
            of(Technology::EmMarine, None),
            &[Changed, Lost, Foreign],
            |dice| {
                let card = em(dice);
                Sent {
                    bytes: twn3::inditag_of(&card),
                    card: hex(&card),
                }
            },
        ),
        // Start, digits, their configured count, end, LRC: with an end in its middle, a frame of ten
        // digits may look like one of eight.
        subject(
            Family::Idteck,
            of(Technology::Other, Some(10)),
            &[Changed, Lost, Foreign],
            |dice| {
                let card = em(dice);
                Sent {
                    bytes: idteck::frame_of(hex(&card).as_bytes()),
                    card: hex(&card),
                }
            },
        ),
        // Two start bytes, length, checksum.
        subject(Family::Perco, plain(), &[Changed, Lost], |dice| {
            let [a, b, c, ..] = em(dice);
            Sent {
                bytes: perco::frame_of(dice.byte(), &[a, b, c]),
                card: hex(&[a, b, c]),
            }
        }),
        // Zeros and ones, two parity bits, and their configured count: cut by a line end, 34 bits
        // may leave 26.
        subject(
            Family::Wiegand,
            of(Technology::Other, Some(34)),
            &[Changed, Lost, Foreign],
            |dice| {
                let data = dice.next() & 0xffff_ffff;
                let frame = wiegand_bits::frame_of(data, 34).unwrap();
                Sent {
                    bytes: format!("{frame}\r\n").into(),
                    card: format!("{data:08X}"),
                }
            },
        ),
    ]
}

fn without_checksum() -> Vec<Subject> {
    vec![
        // No checksum: the grammar, and the count of digits of a reader that is known to pad.
        Subject {
            before: Some(b"Em-Marine[5500] 009,00847\r\n"),
            ..subject(Family::IronLogic, plain(), &[Lost, Foreign], |dice| {
                let card = em(dice);
                let number = u16::from_be_bytes([card[3], card[4]]);
                let (upper, facility) = (hex(&card[..2]), card[2]);
                Sent {
                    bytes: format!("Em-Marine[{upper}] {facility:03},{number:05}\r\n").into(),
                    card: hex(&card),
                }
            })
        },
        // No checksum: a length that the technology has, and the configured count of digits.
        subject(
            Family::Twn4,
            of(Technology::Mifare, None),
            &[Lost, Foreign],
            |dice| digits(dice, |card| format!("{card:08X}\r")),
        ),
        // No checksum: framing and the configured count of digits.
        subject(
            Family::Hex,
            CodecSettings {
                framing: crate::readers::codec::Framing {
                    prefix: b"\x02".to_vec(),
                    suffix: b"#".to_vec(),
                    ..crate::readers::codec::Framing::default()
                },
                ..of(Technology::Other, Some(8))
            },
            &[Lost, Foreign],
            |dice| digits(dice, |card| format!("\x02{card:08X}#\r\n")),
        ),
        // No checksum: the configured count of digits, of the configured kind.
        subject(
            Family::Text,
            CodecSettings {
                radix: Some(DigitRadix::Decimal),
                ..of(Technology::Mifare, Some(10))
            },
            &[Lost, Foreign],
            |dice| digits(dice, |card| format!("{card:010}\r\n")),
        ),
        // No checksum: the configured count of digits.
        subject(
            Family::Decimal,
            of(Technology::Mifare, Some(10)),
            &[Lost, Foreign],
            |dice| digits(dice, |card| format!("{card:010}\r\n")),
        ),
        // No checksum on the line: sentinels, and the configured count of digits.
        subject(
            Family::Track,
            of(Technology::Magstripe, Some(7)),
            &[Lost, Foreign],
            |dice| {
                let number = dice.next() % 10_000_000;
                let bytes = number::value(format!("{number}").as_bytes()).unwrap();
                Sent {
                    bytes: format!(";{number:07}=0001?\r").into(),
                    card: format!("{bytes:06X}"),
                }
            },
        ),
    ]
}

fn digits(dice: &mut Dice, write: fn(u32) -> String) -> Sent {
    let [a, b, c, d, ..] = dice.next().to_be_bytes();
    let card = u32::from_be_bytes([a, b, c, d]);
    Sent {
        bytes: write(card).into(),
        card: format!("{card:08X}"),
    }
}

impl Subject {
    /// What was sent, damaged in one place. It may still be the same card (a line end less), but is
    /// never another one.
    pub fn damaged(&self, dice: &mut Dice, sent: &[u8]) -> Vec<u8> {
        let mut bytes = sent.to_vec();
        let place = dice.below(bytes.len());
        match self.notices[dice.below(self.notices.len())] {
            Damage::Changed => bytes[place] ^= 1 + dice.byte() % 255,
            Damage::Lost => {
                bytes.remove(place);
            }
            Damage::Foreign => bytes[place] = [0x00, 0x07, 0x7f, 0xc4, 0xff][dice.below(5)],
        }
        bytes
    }

    /// Noise. A checksum of eight bits lets one of 256 frames of noise pass, so where nothing but
    /// two start bytes is before it, noise has not both; damaged frames have them.
    pub fn noise(&self, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = dice.bytes(20);
        if self.family == Family::Perco {
            bytes.retain(|&byte| byte != 0xff);
        }
        bytes
    }
}
