//! The vectors, and what live codecs make of time.

use std::time::Duration;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::codec::rdm6300::frame_of;
use super::codec::{Codec, CodecSettings, codec_for, ironlogic::IronLogic};
use super::transport::Recording;
use super::{Event, Family, RejectReason, Technology, decode_stream};
use crate::domain::Notation;
use crate::domain::notation::{ByteOrder, Radix};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    family: Family,
    /// What is received: as text, or in hexadecimal where it is none.
    #[serde(default)]
    bytes: String,
    #[serde(default)]
    hex: String,
    /// What kind of card the config says that the reader reads.
    technology: Option<String>,
    uid_hex: Option<String>,
    bits: Option<u16>,
    decimal: Option<String>,
    w26: Option<String>,
    #[serde(default)]
    partial: bool,
    warning: Option<String>,
    rejected: Option<String>,
    #[serde(default)]
    gone: bool,
    #[expect(dead_code, reason = "for the person who reads the file")]
    source: String,
}

impl Vector {
    fn received(&self) -> Vec<u8> {
        let hex = self.hex.split_ascii_whitespace();
        let hex = hex.map(|byte| u8::from_str_radix(byte, 16).unwrap());
        self.bytes.bytes().chain(hex).collect()
    }

    fn settings(&self) -> CodecSettings {
        let technology = self.technology.as_deref();
        CodecSettings {
            technology: technology.map(|name| Technology::from_name(name).unwrap()),
            ..CodecSettings::default()
        }
    }
}

fn lines(family: Family, bytes: &[u8], notation: Option<Notation>) -> Vec<Value> {
    lines_with(family, &CodecSettings::default(), bytes, notation)
}

fn lines_with(
    family: Family,
    settings: &CodecSettings,
    bytes: &[u8],
    notation: Option<Notation>,
) -> Vec<Value> {
    decode_stream(family, settings, bytes, notation)
        .iter()
        .map(|line| serde_json::to_value(line).unwrap())
        .collect()
}

#[test]
fn every_vector() {
    let text = include_str!("../../tests/data/readers/vectors.toml");
    let vectors: Vectors = toml::from_str(text).unwrap();
    assert!(vectors.vector.len() > 35);
    for vector in vectors.vector {
        let name = &vector.name;
        let received = vector.received();
        let lines = lines_with(vector.family, &vector.settings(), &received, None);
        if let Some(reason) = &vector.rejected {
            assert_eq!(lines.len(), 1, "{name}: {lines:?}");
            assert_eq!(lines[0]["warning"], json!(reason), "{name}");
            assert_eq!(lines[0]["uid_hex"], Value::Null, "{name}");
            continue;
        }
        let line = lines.last().unwrap();
        assert_eq!(line["card_present"], json!(!vector.gone), "{name}: {line}");
        assert_eq!(line["uid_hex"], json!(vector.uid_hex), "{name}");
        assert_eq!(line["bits"], json!(vector.bits), "{name}");
        assert_eq!(line["decimal"], json!(vector.decimal), "{name}");
        assert_eq!(line["w26"], json!(vector.w26), "{name}");
        assert_eq!(line["partial"], json!(vector.partial), "{name}");
        assert_eq!(line["warning"], json!(vector.warning), "{name}");
    }
}

#[test]
fn a_line_has_every_field() {
    let lines = lines(Family::Rdm6300, b"\x02010063E9AE25\x03", None);
    assert_eq!(
        lines,
        [json!({
            "family": "rdm6300",
            "technology": "em-marine",
            "raw": "\\x02010063E9AE25\\x03",
            "uid_hex": "010063E9AE",
            "bits": 40,
            "decimal": "0006547886",
            "w26": "099,59822",
            "card_present": true,
            "partial": false,
            "warning": null,
        })]
    );
}

#[test]
fn a_dump_tells_each_card_once() {
    let a = frame_of([0x01, 0x00, 0x63, 0xe9, 0xae]);
    let b = frame_of([0x6f, 0x00, 0x7b, 0x39, 0x72]);
    let dump = [&a[..], &a, &a, &b, b"\r\n", &b, &a].concat();
    let uids: Vec<Value> = lines(Family::Rdm6300, &dump, None)
        .iter()
        .map(|line| line["uid_hex"].clone())
        .collect();
    assert_eq!(uids, ["010063E9AE", "6F007B3972", "010063E9AE"]);

    let dump = b"Em-Marine[5500] 126,58404\r\nEm-Marine[5500] 126,58404\r\nNo card\r\n\
        Em-Marine[5500] 126,58404\r\n";
    let present: Vec<Value> = lines(Family::IronLogic, dump, None)
        .iter()
        .map(|line| line["card_present"].clone())
        .collect();
    assert_eq!(present, [true, false, true]);
}

#[test]
fn the_notation_that_was_asked_for() {
    let notation = |byte_order, radix| Notation {
        radix,
        byte_order,
        ..Notation::default()
    };
    let mifare = b"Mifare[BCD14264] 1K (0004,08) 066,53692\r\n";
    for (order, radix, text) in [
        (ByteOrder::FirstHigh, Radix::Decimal, "3167830628"),
        (ByteOrder::FirstLow, Radix::Decimal, "1682100668"),
        (ByteOrder::FirstLow, Radix::HexUpper, "6442D1BC"),
    ] {
        let lines = lines(Family::IronLogic, mifare, Some(notation(order, radix)));
        assert_eq!(lines[0]["decimal"], json!(text));
    }
    let partial = lines(
        Family::IronLogic,
        b"126,58404\r\n",
        Some(notation(ByteOrder::FirstHigh, Radix::Decimal)),
    );
    assert_eq!(partial[0]["decimal"], Value::Null);
    assert_eq!(partial[0]["warning"], json!("too_few_bits"));
}

/// What a live codec told, as words, each with its time in milliseconds.
fn told(codec: &mut dyn Codec, now: u64, told: &mut Vec<(u64, String)>) {
    while let Some(event) = codec.poll() {
        let what = match event {
            Event::Card(read) => read
                .known_bytes()
                .iter()
                .fold(String::new(), |text, byte| text + &format!("{byte:02X}")),
            Event::Gone(_) => "gone".to_owned(),
            Event::Rejected(rejected) => format!("{:?}", rejected.reason),
        };
        told.push((now, what));
    }
}

/// Feeds reads at their times, and the timeouts that the codec asks for between and behind them.
fn run(mut codec: Box<dyn Codec + Send>, reads: &[(u64, &[u8])]) -> Vec<(u64, String)> {
    let mut events = Vec::new();
    for (at, bytes) in reads {
        while let Some(deadline) = codec.deadline().filter(|d| d.as_millis() < (*at).into()) {
            codec.on_timeout(deadline);
            told(
                &mut *codec,
                deadline.as_millis().try_into().unwrap(),
                &mut events,
            );
        }
        codec.feed(bytes, Duration::from_millis(*at));
        told(&mut *codec, *at, &mut events);
    }
    while let Some(deadline) = codec.deadline() {
        codec.on_timeout(deadline);
        told(
            &mut *codec,
            deadline.as_millis().try_into().unwrap(),
            &mut events,
        );
    }
    events
}

#[track_caller]
fn check(family: Family, reads: &[(u64, &[u8])], expected: &[(u64, &str)]) {
    let events = run(codec_for(family, &CodecSettings::default()), reads);
    let events: Vec<(u64, &str)> = events
        .iter()
        .map(|(at, what)| (*at, what.as_str()))
        .collect();
    assert_eq!(events, expected);
}

const A: [u8; 5] = [0x01, 0x00, 0x63, 0xe9, 0xae];
const B: [u8; 5] = [0x6f, 0x00, 0x7b, 0x39, 0x72];

#[test]
fn a_resting_card_is_one_card() {
    let (a, b) = (&frame_of(A)[..], &frame_of(B)[..]);
    let rdm = Family::Rdm6300;
    // Resting, with two frames missed; then lifted and put back.
    check(
        rdm,
        &[(0, a), (65, a), (260, a), (1000, a)],
        &[
            (0, "010063E9AE"),
            (560, "gone"),
            (1000, "010063E9AE"),
            (1300, "gone"),
        ],
    );
    // Another card in its place, after its second frame.
    check(
        rdm,
        &[(0, a), (65, b), (130, b), (195, b)],
        &[
            (0, "010063E9AE"),
            (65, "SecondCard"),
            (130, "6F007B3972"),
            (495, "gone"),
        ],
    );
    // Two cards in the field: the first stays, there is never a third.
    check(
        rdm,
        &[(0, a), (65, b), (130, a), (195, b), (260, a)],
        &[
            (0, "010063E9AE"),
            (65, "SecondCard"),
            (195, "SecondCard"),
            (560, "gone"),
        ],
    );
    // A frame with a pause in it is dropped at 200 ms.
    check(
        rdm,
        &[(0, &a[..5]), (100, &a[5..9]), (301, &a[9..])],
        &[(300, "CutBySilence"), (501, "Noise")],
    );
}

#[test]
fn ironlogic_tells_arrival_and_removal_itself() {
    let card: &[u8] = b"Em-Marine[5500] 126,58404\r\n";
    let other: &[u8] = b"Em-Marine[5500] 126,23566\r\n";
    let none: &[u8] = b"No card\r\n";
    let il = Family::IronLogic;
    check(
        il,
        &[(1000, card), (60_000, none), (61_000, card)],
        &[
            (1000, "55007EE424"),
            (60_300, "gone"),
            (61_000, "55007EE424"),
        ],
    );
    // At the edge of the field it trembles.
    check(
        il,
        &[
            (1000, card),
            (1100, none),
            (1150, card),
            (1250, card),
            (1400, none),
        ],
        &[(1000, "55007EE424"), (1700, "gone")],
    );
    // Another card passes at once.
    check(
        il,
        &[(1000, card), (1100, none), (1150, other)],
        &[(1000, "55007EE424"), (1150, "gone"), (1150, "55007E5C0E")],
    );
    // A removal was lost: the same card again is a new arrival.
    check(
        il,
        &[(1000, card), (5000, card)],
        &[(1000, "55007EE424"), (5000, "55007EE424")],
    );
}

#[test]
fn the_first_line_counts_only_with_its_beginning() {
    let il = Family::IronLogic;
    check(il, &[(10, b"26,58404\r\n")], &[(10, "FirstPartial")]);
    check(
        il,
        &[(10, b"rine[5500] 126,58404\r\n")],
        &[(10, "FirstPartial")],
    );
    check(
        il,
        &[(10, b"Em-Marine[5500] 126,58404\r\n")],
        &[(10, "55007EE424")],
    );
    check(il, &[(250, b"126,58404\r\n")], &[(250, "7EE424")]);
    check(
        il,
        &[(10, b"6,58404\r\n126,58404\r\n")],
        &[(10, "FirstPartial"), (10, "7EE424")],
    );
}

#[test]
fn lines_with_lost_bytes_are_refused() {
    let il = Family::IronLogic;
    // A reader that pads does not suddenly send a shorter number.
    check(
        il,
        &[
            (1000, b"Mifare[77242CF0]  (0004,88) 044,09335\r\n"),
            (3000, b"Em-Marine[5500] 126,5840\r\n"),
            (4000, b"Em-Marine[5500] 26,58404\r\n"),
            (5000, b"126,58404\r\n"),
        ],
        &[
            (1000, "77242CF0"),
            (3000, "DigitsLost"),
            (4000, "DigitsLost"),
            (5000, "DigitsLost"),
        ],
    );
    // A line that stops is no line, even if it looks whole.
    check(
        il,
        &[(1000, b"Em-Marine[5500] 126,58404"), (1300, b"\r\n")],
        &[(1200, "CutBySilence")],
    );
    // Noise before a line harms neither a card nor «No card», but a bare number.
    check(
        il,
        &[
            (1000, b"\xff\xfeEm-Marine[5500] 126,58404\r\n"),
            (2000, b"\xff\xfeNo card\r\n"),
        ],
        &[(1000, "55007EE424"), (2300, "gone")],
    );
    check(
        il,
        &[(1000, b"\xaa\x65\xd1126,58404\r\n")],
        &[(1000, "Noise")],
    );
    check(
        il,
        &[(1000, b"\xaa\xd1126,58404\r\n")],
        &[(1000, "ForeignLine")],
    );
    check(
        il,
        &[(1000, &[b'x'; 300]), (1001, b"\r\n")],
        &[(1000, "TooLong")],
    );
}

#[test]
fn a_recorded_till() {
    let text = include_str!("../../tests/data/readers/rdm6300-two-cards.txt");
    let recording = Recording::parse(text).unwrap_or_default();
    let told: Vec<String> = recording
        .events(Family::Rdm6300)
        .iter()
        .map(|(at, event)| match event {
            Event::Card(read) => format!("{} {}", at.as_millis(), read.known_bytes()[4]),
            Event::Gone(_) => format!("{} gone", at.as_millis()),
            Event::Rejected(rejected) => format!("{} {:?}", at.as_millis(), rejected.reason),
        })
        .collect();
    assert_eq!(
        told,
        [
            "819 38",
            "1314 gone",
            "2400 38",
            "2730 Noise",
            "2765 gone",
            "2930 114",
            "3360 gone",
            "3425 CutBySilence",
        ]
    );
}

#[test]
fn a_damaged_frame_is_one_rejection() {
    let mut codec = codec_for(Family::Rdm6300, &CodecSettings::default());
    codec.feed(b"\x0201zz63E9AE25\x03\x02010063E9AE25\x03", Duration::ZERO);
    let Some(Event::Rejected(rejected)) = codec.poll() else {
        panic!("the damage is told first");
    };
    assert_eq!(rejected.reason, RejectReason::BadByte);
    assert!(matches!(codec.poll(), Some(Event::Card(_))));
    assert_eq!(codec.poll(), None);
}

/// Cards of noise around one good frame; `want` are the hexadecimal digits of the good one.
fn only(events: &[(u64, String)], want: Option<&str>) -> bool {
    let is_card = |what: &str| what.bytes().all(|byte| !byte.is_ascii_lowercase());
    let cards: Vec<&str> = events
        .iter()
        .map(|(_, what)| what.as_str())
        .filter(|what| is_card(what))
        .collect();
    cards == want.into_iter().collect::<Vec<_>>()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(700)
    })]

    /// 700 cases of 144 pieces of noise each for both families: 10⁵ pieces and more.
    #[test]
    fn noise_is_never_a_card(
        noise in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..24), 144),
        place in 0..144_usize,
        card: [u8; 5],
    ) {
        let frame = frame_of(card);
        // A start byte of the noise right before would only restart; an end of the noise within
        // the frame cannot be, as the pieces lie between frames.
        // What is no report is another matter: `codec::report_noise`.
        for family in Family::ALL.into_iter().filter(|family| !family.reports()) {
            let mut reads: Vec<(u64, &[u8])> = noise
                .iter()
                .zip(0_u64..)
                .map(|(bytes, turn)| (turn * 7, &bytes[..]))
                .collect();
            prop_assert!(only(&run(codec_for(family, &CodecSettings::default()), &reads), None), "{family}");
            if family == Family::Rdm6300 {
                reads.insert(place, (place as u64 * 7, &frame));
                let hex: String = card.iter().map(|byte| format!("{byte:02X}")).collect();
                prop_assert!(only(&run(codec_for(family, &CodecSettings::default()), &reads), Some(&hex)));
            }
        }
    }

    #[test]
    fn one_wrong_byte_is_never_another_card(
        card: [u8; 5],
        facility: u8,
        number: u16,
        at in 0..64_usize,
        wrong: u8,
    ) {
        let mut frame = frame_of(card);
        let at_frame = at % frame.len();
        frame[at_frame] = wrong;
        let hex: String = card.iter().map(|byte| format!("{byte:02X}")).collect();
        let events = run(codec_for(Family::Rdm6300, &CodecSettings::default()), &[(0, &frame)]);
        prop_assert!(
            only(&events, None) || events.iter().any(|(_, what)| *what == hex),
            "{events:?}"
        );

        // A line has no checksum, but a lost byte of a padded one is noticed once the reader is
        // known to pad.
        let mut line = format!("Em-Marine[5500] {facility:03},{number:05}").into_bytes();
        line.remove(at % line.len());
        line.extend(b"\r\n");
        let mut codec = IronLogic::live(true);
        codec.feed(b"Em-Marine[5500] 009,00847\r\n", Duration::from_secs(1));
        while codec.poll().is_some() {}
        codec.feed(&line, Duration::from_secs(3));
        while let Some(event) = codec.poll() {
            prop_assert!(!matches!(event, Event::Card(_)), "{}", String::from_utf8_lossy(&line));
        }
    }
}
