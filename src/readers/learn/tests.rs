//! From taps to a proposal.

use std::time::Duration;

use super::propose::{Proposals, Reason, Site, UnfitCard, propose};
use super::{CardEvidence, Evidence, Writing};
use crate::domain::Notation;
use crate::readers::codec::rdm6300::frame_of;
use crate::readers::device::{Link, known};
use crate::readers::event::Technology;
use crate::readers::transport::Recording;

const A: [u8; 5] = [0x00, 0x03, 0xa8, 0x62, 0x26];
const B: [u8; 5] = [0x01, 0x00, 0x63, 0xe9, 0xae];

/// One tap in which these bytes came, in two reads.
fn tap(bytes: &[u8]) -> Recording {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let at = |ms, part: &[u8]| (Duration::from_millis(ms), part.to_vec());
    Recording::of_reads(None, vec![at(1_000, head), at(1_010, tail)])
}

/// A card that was tapped twice.
fn card(bytes: &[u8], typed: Option<&str>) -> CardEvidence {
    CardEvidence {
        taps: vec![tap(bytes), tap(bytes)],
        typed: typed.map(str::to_owned),
    }
}

fn serial(cards: Vec<CardEvidence>) -> Evidence {
    Evidence {
        link: Link::Serial,
        known: None,
        cards,
    }
}

fn new_site() -> Site {
    Site {
        notation: Notation::default(),
        is_proved: false,
        technology: None,
    }
}

/// `family: notation`, or why nothing is decided.
fn said(proposals: &Proposals) -> String {
    if let Some(unfit) = proposals.unfit {
        return format!("{unfit:?}");
    }
    let Some(best) = proposals.decided() else {
        let names: Vec<&str> = proposals
            .ranked
            .iter()
            .map(|one| one.family.name())
            .collect();
        return format!("undecided {}", names.join(" "));
    };
    let writing = match &best.writing {
        Writing::NotAsked => "not asked",
        Writing::AsConfigured => "as configured",
        Writing::Named(named) => named.name,
        Writing::Several(_) => "several",
        Writing::None => "none",
    };
    format!("{}: {writing}", best.family)
}

fn of(cards: Vec<CardEvidence>) -> String {
    said(&propose(&serial(cards), &new_site()))
}

#[test]
fn a_format_with_a_checksum_is_known_at_once() {
    let frames = [frame_of(A), frame_of(A), frame_of(A)].concat();
    let proposals = propose(
        &serial(vec![card(&frames, Some("0061366822"))]),
        &new_site(),
    );
    assert_eq!(said(&proposals), "rdm6300: as configured");
    let best = proposals.decided().unwrap();
    assert!(best.cards[0].certain());
    assert_eq!(
        best.reasons,
        [Reason::Checked, Reason::SameEachTime, Reason::NumberAgrees]
    );
    let lines = b"Mifare[BCD14264] 1K (0004,08) 066,53692\r\nNo card\r\n";
    assert_eq!(
        of(vec![card(lines, Some("1682100668"))]),
        "ironlogic: dec10-low-first"
    );
    assert_eq!(of(vec![card(lines, None)]), "ironlogic: not asked");
    assert_eq!(of(vec![card(lines, Some("777"))]), "ironlogic: none");
}

#[test]
fn digits_that_could_be_either_are_decided_by_another_card() {
    let one = || card(b"0061366822\r\n", Some("0061366822"));
    let undecided = of(vec![one()]);
    assert!(undecided.starts_with("undecided"), "{undecided}");
    assert!(
        undecided.contains("hex") && undecided.contains("decimal"),
        "{undecided}"
    );
    let other = card(b"0016804270\r\n", Some("0016804270"));
    assert_eq!(of(vec![one(), other]), "decimal: as configured");
    let letters = card(b"00A1B2C3D4\r\n", Some("00A1B2C3D4"));
    assert_eq!(of(vec![letters]), "hex: hex");
    let letters = card(b"00A1B2C3D4\r\n", None);
    assert_eq!(of(vec![letters]), "hex: not asked");
}

/// The digits say nothing; the number that is printed on the card does.
#[test]
fn hexadecimal_digits_without_a_letter_are_known_by_the_printed_number() {
    // Bytes 61 36 68 22 and 50 33 16 49; printed on the cards is the number with the last first.
    let one = || card(b"61366822\r\n", Some("0577255009"));
    let other = || card(b"50331649\r\n", Some("1226191696"));
    assert_eq!(of(vec![one()]), "hex: dec10-low-first");
    assert_eq!(of(vec![one(), other()]), "hex: dec10-low-first");
    // Without numbers two such cards look decimal, and it is said what that rests on.
    let unnumbered = || vec![card(b"61366822\r\n", None), card(b"50331649\r\n", None)];
    let proposals = propose(&serial(unnumbered()), &new_site());
    assert_eq!(said(&proposals), "decimal: not asked");
    let best = proposals.decided().unwrap();
    assert!(best.reasons.contains(&Reason::NoLetters));
}

#[test]
fn a_batch_of_cards_that_differ_by_little_decides_nothing() {
    let cards = || {
        vec![
            card(b"0003123456\r\n", None),
            card(b"0003123457\r\n", None),
            card(b"0003123458\r\n", None),
        ]
    };
    let undecided = of(cards());
    assert!(undecided.starts_with("undecided"), "{undecided}");
    let mut cards = cards();
    cards.push(card(b"000312345C\r\n", None));
    assert_eq!(of(cards), "hex: not asked");
}

#[test]
fn a_mark_of_hexadecimal_letters_is_none_of_the_cards_digits() {
    let prefix = |cards| {
        let proposals = propose(&serial(cards), &new_site());
        let found = said(&proposals);
        let best = proposals.decided();
        let prefix = best.map(|best| best.settings.framing.prefix.clone());
        (found, prefix.map(|bytes| String::from_utf8(bytes).unwrap()))
    };
    let of_two = |found: &str, mark: &str| (found.to_owned(), Some(mark.to_owned()));
    let mark = |line: &'static [u8], typed| card(line, typed);
    let (number, other_number) = (Some("0061366822"), Some("0016804270"));
    for (own, own_line, other_line) in [
        ("AB", &b"AB0061366822\r\n"[..], &b"AB0016804270\r\n"[..]),
        ("CARD", b"CARD0061366822\r", b"CARD0016804270\r"),
    ] {
        // One card may have them as its own digits. Its number says that it has not, but not of
        // which kind the others are.
        for typed in [None, number] {
            let (open, _) = prefix(vec![mark(own_line, typed)]);
            assert!(open.starts_with("undecided"), "{own}: {open}");
        }
        assert_eq!(
            prefix(vec![mark(own_line, number), mark(other_line, other_number)]),
            of_two("decimal: as configured", own)
        );
        assert_eq!(
            prefix(vec![mark(own_line, None), mark(other_line, None)]),
            of_two("decimal: not asked", own)
        );
    }
    // Before hexadecimal digits only a number shows a mark: 0061366822 is 03 A8 62 26.
    assert_eq!(
        prefix(vec![mark(b"EB03A86226\r\n", Some("EB03A86226"))]),
        of_two("hex: hex", "")
    );
    assert_eq!(
        prefix(vec![mark(b"E03A86226\r\n", Some("0061366822"))]),
        of_two("hex: as configured", "E")
    );
}

#[test]
fn the_same_card_twice_decides_nothing_more_than_once() {
    let one = || card(b"0061366822\r\n", Some("0061366822"));
    let undecided = of(vec![one(), one()]);
    assert!(undecided.starts_with("undecided"), "{undecided}");
}

#[test]
fn what_stands_around_the_digits_becomes_a_setting() {
    let framed = b"ID:00A1B2C3D4#\r";
    let proposals = propose(&serial(vec![card(framed, Some("00A1B2C3D4"))]), &new_site());
    assert_eq!(said(&proposals), "hex: hex");
    let best = proposals.decided().unwrap();
    assert_eq!(best.settings.framing.prefix, b"ID:");
    assert_eq!(best.settings.framing.suffix, b"#");
    assert_eq!(best.settings.digits, Some(10));
    assert!(best.reasons.contains(&Reason::FixedDigits(10)));
}

#[test]
fn a_known_kind_of_card_makes_a_read_certain() {
    let lines = vec![card(b"00A1B2C3D4\r\n", None)];
    let read = |technology| {
        let site = Site {
            technology,
            ..new_site()
        };
        let proposals = propose(&serial(vec![card(b"00A1B2C3D4\r\n", None)]), &site);
        proposals.decided().unwrap().cards[0].certain()
    };
    assert_eq!(of(lines), "hex: not asked");
    assert!(!read(None));
    assert!(read(Some(Technology::EmMarine)));
}

#[test]
fn at_a_site_that_works_the_reader_is_turned_and_not_the_site() {
    let site = Site {
        notation: Notation::default(),
        is_proved: true,
        technology: Some(Technology::Mifare),
    };
    // The site writes 1682100668 for the bytes 64 42 D1 BC; this reader sends them turned.
    let evidence = serial(vec![card(b"BCD14264\r\n", Some("1682100668"))]);
    let proposals = propose(&evidence, &site);
    assert_eq!(said(&proposals), "hex: as configured");
    let best = proposals.decided().unwrap();
    assert!(best.settings.reversed);
    assert!(best.reasons.contains(&Reason::Reversed));
    let unproved = Site {
        is_proved: false,
        ..site
    };
    let proposals = propose(&evidence, &unproved);
    assert_eq!(said(&proposals), "hex: dec10-low-first");
    assert!(!proposals.decided().unwrap().settings.reversed);
}

#[test]
fn a_known_device_speaks_as_known() {
    let evidence = Evidence {
        known: known("09d8:0420".parse().unwrap()),
        ..serial(vec![card(b"00A1B2C3D4\r", None)])
    };
    let proposals = propose(&evidence, &new_site());
    assert_eq!(said(&proposals), "twn4: not asked");
    assert_eq!(proposals.decided().unwrap().reasons[0], Reason::KnownDevice);
}

#[test]
fn two_different_taps_are_no_card() {
    let evidence = serial(vec![CardEvidence {
        taps: vec![tap(&frame_of(A)), tap(&frame_of(B))],
        typed: None,
    }]);
    assert!(propose(&evidence, &new_site()).ranked.is_empty());
    let evidence = serial(vec![CardEvidence {
        taps: vec![tap(&frame_of(A)), tap(b"\xff\xfe")],
        typed: None,
    }]);
    assert!(propose(&evidence, &new_site()).ranked.is_empty());
    assert!(propose(&serial(vec![]), &new_site()).ranked.is_empty());
}

#[test]
fn nothing_is_learnt_from_a_bank_card_or_from_noise() {
    let bank = propose(
        &serial(vec![card(b"4111111111111111\r\n", None)]),
        &new_site(),
    );
    assert_eq!(bank.unfit, Some(UnfitCard::Bank));
    assert!(bank.decided().is_none());
    for noise in [&b"ST,GS,+00.575kg\r\n"[..], b"\xff\x80\x00x", b"\r\n\r\n"] {
        let proposals = propose(&serial(vec![card(noise, None)]), &new_site());
        assert!(proposals.ranked.is_empty(), "{noise:?}");
        assert_eq!(proposals.unfit, None);
    }
}

#[test]
fn frames_of_both_polarities_are_read_and_the_swapped_ones_set() {
    // 26 bits of the card 168,25126: even parity over the first half, odd over the second.
    let bits: String = [0xa8_u8, 0x62, 0x26]
        .iter()
        .map(|byte| format!("{byte:08b}"))
        .collect();
    let ones = |half: &str| half.matches('1').count();
    let (high, low) = bits.split_at(12);
    let frame = format!("{}{bits}{}\r\n", ones(high) % 2, 1 - ones(low) % 2);
    let turned: String = frame
        .chars()
        .map(|bit| match bit {
            '0' => '1',
            '1' => '0',
            other => other,
        })
        .collect();
    for (line, inverted) in [(frame, false), (turned, true)] {
        let site = Site {
            technology: Some(Technology::HidProx),
            ..new_site()
        };
        let evidence = serial(vec![card(line.as_bytes(), Some("168,25126"))]);
        let proposals = propose(&evidence, &site);
        assert_eq!(said(&proposals), "wiegand: 3+5");
        let best = proposals.decided().unwrap();
        assert_eq!(best.settings.inverted, inverted);
        assert!(best.cards[0].certain());
    }
}

#[test]
fn a_reader_that_is_a_keyboard_is_learnt_by_its_keys() {
    // Boot reports: the keys 1..9, 0 and Enter, each pressed and released.
    let keys = |text: &str| -> Recording {
        let mut reads = Vec::new();
        for (place, key) in text.bytes().chain([b'\n']).enumerate() {
            let usage = match key {
                b'\n' => 0x28,
                b'0' => 0x27,
                digit => digit - b'1' + 0x1e,
            };
            let at = Duration::from_millis(1_000 + 10 * u64::try_from(place).unwrap());
            reads.push((at, vec![0, 0, usage, 0, 0, 0, 0, 0]));
            reads.push((at + Duration::from_millis(5), vec![0; 8]));
        }
        Recording::of_reads(None, reads)
    };
    let evidence = Evidence {
        link: Link::Hid,
        known: known("ffff:0035".parse().unwrap()),
        cards: vec![
            CardEvidence {
                taps: vec![keys("0061366822"), keys("0061366822")],
                typed: Some("0061366822".to_owned()),
            },
            CardEvidence {
                taps: vec![keys("0016804270")],
                typed: Some("0016804270".to_owned()),
            },
        ],
    };
    let proposals = propose(&evidence, &new_site());
    assert_eq!(said(&proposals), "keyboard: as configured");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::with_cases(300)
    })]

    /// Nothing is decided by noise that has no digits in a row, and nothing breaks.
    #[test]
    fn noise_is_never_learnt(noise in proptest::collection::vec(0x80_u8.., 0..300)) {
        let proposals = propose(&serial(vec![card(&noise, None)]), &new_site());
        proptest::prop_assert!(proposals.ranked.is_empty());
        proptest::prop_assert!(proposals.decided().is_none());
    }
}
