//! Reports of keyboard-like readers, and what they come to.

use std::time::Duration;

use super::*;
use crate::readers::event::Technology;

/// Keys of the upper row, as the digits' own characters.
pub(in crate::readers) fn usage_of(c: char) -> (u8, bool) {
    (0x04..=0x38)
        .flat_map(|usage| [(usage, false), (usage, true)])
        .find(|&(usage, shift)| keys::key(usage, shift) == Key::Char(c))
        .unwrap()
}

/// The reports of a text and its Enter: each key is released before the next.
pub(in crate::readers) fn typed(text: &str) -> Vec<[u8; 8]> {
    let mut reports = Vec::new();
    for (usage, shift) in text.chars().map(usage_of).chain([(0x28, false)]) {
        reports.push([if shift { 0x02 } else { 0 }, 0, usage, 0, 0, 0, 0, 0]);
        reports.push([0; 8]);
    }
    reports
}

/// A reader that always sends ten digits of an EM-Marine card.
fn em() -> CodecSettings {
    CodecSettings {
        digits: Some(10),
        ..any_length()
    }
}

fn any_length() -> CodecSettings {
    CodecSettings {
        technology: Some(Technology::EmMarine),
        ..CodecSettings::default()
    }
}

/// What a live reader told: bytes of cards, reasons of rejections. Reports come every 8 ms.
fn told(settings: &CodecSettings, texts: &[(u64, Vec<[u8; 8]>)]) -> Vec<String> {
    let mut codec = Keyboard::live(settings);
    let mut told = Vec::new();
    for (at, reports) in texts {
        for (turn, report) in (0_u32..).zip(reports) {
            let now = Duration::from_millis(*at) + Duration::from_millis(8) * turn;
            while let Some(deadline) = codec.deadline().filter(|at| *at < now) {
                codec.on_timeout(deadline);
            }
            codec.feed(report, now);
        }
    }
    while let Some(deadline) = codec.deadline() {
        codec.on_timeout(deadline);
    }
    while let Some(event) = codec.poll() {
        told.push(match event {
            Event::Card(read) => {
                let hex: String = read
                    .bytes
                    .bytes()
                    .iter()
                    .map(|b| format!("{b:02X}"))
                    .collect();
                let doubt = read.warning.map(|warning| format!(" {warning:?}"));
                hex + &doubt.unwrap_or_default()
            }
            Event::Gone(_) => "gone".to_owned(),
            Event::Rejected(rejected) => {
                format!("{:?} {}", rejected.reason, rejected.raw.len())
            }
        });
    }
    told
}

/// Vector 45: ten digits and Enter, each key released, 22 reports.
#[test]
fn ten_digits_and_enter() {
    let reports = typed("0006547886");
    assert_eq!(reports.len(), 22);
    let usages: Vec<u8> = reports.iter().step_by(2).map(|report| report[2]).collect();
    assert_eq!(
        usages,
        [
            0x27, 0x27, 0x27, 0x23, 0x22, 0x21, 0x24, 0x25, 0x25, 0x23, 0x28
        ]
    );
    assert_eq!(told(&em(), &[(1000, reports)]), ["000063E9AE"]);
}

#[test]
fn keys_count_when_they_go_down() {
    // Held over several reports; the next pressed before it is released; two new in one report.
    let report = |keys: [u8; 3]| [0, 0, keys[0], keys[1], keys[2], 0, 0, 0];
    let reports = vec![
        report([0x27, 0, 0]),
        report([0x27, 0, 0]),
        report([0x27, 0x26, 0]),
        report([0x26, 0, 0]),
        // Gone for one report: pressed again. Then the same without a release: held.
        report([0, 0, 0]),
        report([0x26, 0x25, 0x24]),
        report([0x24, 0x23, 0x22]),
        report([0x22, 0x21, 0x20]),
        report([0x28, 0, 0]),
    ];
    // 0 9 9 8 7 6 5 4 3
    assert_eq!(
        told(&any_length(), &[(1000, reports)]),
        [format!("00{:08X} Unchecked", 99_876_543)]
    );
}

#[test]
fn both_blocks_and_all_ends() {
    let keypad = |c: char| match c {
        '0' => 0x62,
        c => 0x58 + u8::try_from(c.to_digit(10).unwrap()).unwrap(),
    };
    for end in [0x28, 0x58, 0x2b] {
        let mut reports: Vec<[u8; 8]> = "0006547886"
            .chars()
            .flat_map(|c| [[0, 0, keypad(c), 0, 0, 0, 0, 0], [0; 8]])
            .collect();
        // Readers that need Num Lock press it before.
        reports.insert(0, [0, 0, 0x53, 0, 0, 0, 0, 0]);
        reports.push([0, 0, end, 0, 0, 0, 0, 0]);
        assert_eq!(told(&em(), &[(1000, reports)]), ["000063E9AE"], "{end:02x}");
    }
}

/// A scanner that types the codes of characters: Alt down, digits of the number block, Alt up.
#[test]
fn codes_typed_with_alt() {
    let mut reports = vec![[0, 0, 0x53, 0, 0, 0, 0, 0], [0; 8]];
    for c in "0006547886".chars() {
        // Both spellings of the code, with and without a zero before it.
        let code = if c < '5' {
            format!("{}", u32::from(c))
        } else {
            format!("0{}", u32::from(c))
        };
        reports.push([0x04, 0, 0, 0, 0, 0, 0, 0]);
        for digit in code.chars() {
            let usage = match digit {
                '0' => 0x62,
                digit => 0x58 + u8::try_from(digit.to_digit(10).unwrap()).unwrap(),
            };
            reports.push([0x04, 0, usage, 0, 0, 0, 0, 0]);
            reports.push([0x04, 0, 0, 0, 0, 0, 0, 0]);
        }
        reports.push([0; 8]);
    }
    let with = |end: &[[u8; 8]]| [&reports[..], end].concat();
    let enter = [0, 0, 0x28, 0, 0, 0, 0, 0];
    assert_eq!(told(&em(), &[(1000, with(&[enter]))]), ["000063E9AE"]);
    // A code that no text has, a letter with Alt, a code too long.
    let alt = |usage| [0x40, 0, usage, 0, 0, 0, 0, 0];
    for wrong in [
        vec![
            alt(0x5b),
            alt(0),
            alt(0x62),
            alt(0),
            alt(0x62),
            [0; 8],
            enter,
        ],
        vec![alt(0x04), [0; 8], enter],
        vec![
            alt(0x62),
            alt(0),
            alt(0x62),
            alt(0),
            alt(0x62),
            alt(0),
            alt(0x62),
            alt(0),
            alt(0x62),
            [0; 8],
            enter,
        ],
    ] {
        assert_eq!(told(&em(), &[(1000, with(&wrong))]), ["BadByte 0"]);
    }
}

#[test]
fn a_damaged_text_is_dropped_whole() {
    let text = typed("0006547886");
    let with = |report: [u8; 8]| {
        let mut reports = text.clone();
        reports.insert(10, report);
        told(&em(), &[(1000, reports), (3000, text.clone())])
    };
    // Too many keys for the device; F1; Ctrl with a letter.
    for wrong in [
        [0, 0, 1, 1, 1, 1, 1, 1],
        [0, 0, 0x3a, 0, 0, 0, 0, 0],
        [0x01, 0, 0x06, 0, 0, 0, 0, 0],
    ] {
        assert_eq!(with(wrong), ["BadByte 0", "000063E9AE"], "{wrong:02x?}");
    }
    let long = typed(&"7".repeat(TEXT_CHARS_MAX + 1));
    assert_eq!(told(&em(), &[(1000, long)]), ["TooLong 0"]);
}

#[test]
fn a_pause_ends_a_text() {
    let cut = |digits: usize| typed("0006547886")[..digits * 2].to_vec();
    // It has the length that it must have; or it is short of it.
    assert_eq!(told(&em(), &[(1000, cut(10))]), ["000063E9AE"]);
    assert_eq!(told(&em(), &[(1000, cut(9))]), ["DigitsLost 9"]);
    // Nothing is known of this reader: doubted.
    assert_eq!(
        told(&any_length(), &[(1000, cut(10))]),
        ["000063E9AE Unchecked"]
    );
    // It ended one before: this is a piece, and no old head is glued to the next.
    assert_eq!(
        told(
            &em(),
            &[
                (1000, typed("0006547886")),
                (5000, cut(9)),
                (7000, typed("0008075634"))
            ]
        ),
        ["000063E9AE", "CutBySilence 0", "00007B3972"]
    );
}

#[test]
fn the_first_text_counts_only_with_its_beginning() {
    let text = typed("0006547886");
    assert_eq!(
        told(&em(), &[(0, text[4..].to_vec()), (400, text.clone())]),
        ["FirstPartial 0", "000063E9AE"]
    );
}

#[test]
fn the_same_card_again_is_the_same_tap() {
    let (a, b) = (typed("0006547886"), typed("0008075634"));
    // A second after its last read, not after its first.
    let taps = [
        (1000, a.clone()),
        (1900, a.clone()),
        (2800, a.clone()),
        (3100, b.clone()),
        (3400, a.clone()),
        (4700, a.clone()),
    ];
    assert_eq!(
        told(&em(), &taps),
        ["000063E9AE", "00007B3972", "000063E9AE"]
    );
}

/// A device with a keyboard and a media part, each with a report of its own number.
#[test]
fn only_the_keyboards_reports_count() {
    let descriptor = [
        &[0x05, 0x0c, 0x09, 0x01, 0xa1, 0x01, 0x85, 0x01][..],
        &[0x15, 0x00, 0x26, 0xff, 0x03, 0x19, 0x00, 0x2a, 0xff, 0x03],
        &[0x75, 0x10, 0x95, 0x01, 0x81, 0x00, 0xc0],
        &[0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x85, 0x02, 0x05, 0x07],
        &[0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01],
        &[0x75, 0x01, 0x95, 0x08, 0x81, 0x02],
        &[
            0x19, 0x00, 0x29, 0x65, 0x25, 0x65, 0x75, 0x08, 0x95, 0x06, 0x81, 0x00, 0xc0,
        ],
    ]
    .concat();
    let mut codec = Keyboard::live(&em());
    codec.descriptor(&descriptor);
    let now = Duration::from_secs(1);
    for report in typed("0006547886") {
        // Volume keys between the digits, whose bytes would be digits if they were taken for one.
        codec.feed(&[1, 0x1e, 0x1f], now);
        // This device has no reserved byte.
        codec.feed(&[&[2, report[0]], &report[2..]].concat(), now);
    }
    let Some(Event::Card(read)) = codec.poll() else {
        panic!("the card must be told");
    };
    assert_eq!(read.known_bytes(), [0x00, 0x63, 0xe9, 0xae]);
    assert_eq!(read.raw, b"0006547886");
    assert_eq!(codec.poll(), None);
}

#[test]
fn a_bank_card_leaves_no_trace() {
    let mut codec = Keyboard::live(&CodecSettings::default());
    let mut spoiled = typed("4111111111111111");
    spoiled.insert(32, [0, 0, 0x3a, 0, 0, 0, 0, 0]);
    for reports in [
        typed(";4111111111111111=2512101?"),
        typed("4111111111111111"),
        spoiled,
    ] {
        for report in reports {
            codec.feed(&report, Duration::from_secs(1));
        }
        let Some(Event::Rejected(rejected)) = codec.poll() else {
            panic!("a bank card is refused");
        };
        assert_eq!(rejected.reason, RejectReason::BankCard);
        assert!(rejected.raw.is_empty());
        assert_eq!(codec.poll(), None);
    }
}
