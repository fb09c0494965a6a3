//! What live codecs make of time.

mod dumps;
mod lines_and_frames;
mod noise;
mod opening;
mod subjects;
mod taps;
mod vectors;

use std::time::Duration;

use super::codec::rdm6300::frame_of;
use super::codec::{Codec, CodecSettings, codec_for};
use super::transport::Recording;
use super::{Event, Family, RejectReason};

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
    check_with(family, &CodecSettings::default(), reads, expected);
}

#[track_caller]
fn check_with(
    family: Family,
    settings: &CodecSettings,
    reads: &[(u64, &[u8])],
    expected: &[(u64, &str)],
) {
    let events = run(codec_for(family, settings), reads);
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
