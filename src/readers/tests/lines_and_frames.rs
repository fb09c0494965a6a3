//! What live codecs of lines and frames make of time, of what came before, and of a first line
//! that lacks its beginning.

use super::check;
use super::check_with;
use crate::readers::codec::{CodecSettings, Framing, perco, twn3, wiegand_bits};
use crate::readers::{Family, Technology};

#[test]
fn the_first_line_of_digits_counts_only_with_its_beginning() {
    for (family, line, card) in [
        (Family::Decimal, &b"0061366822\r\n"[..], "03A86226"),
        (Family::Hex, b"03A86226\r\n", "03A86226"),
        (Family::Twn4, b"03A86226\r", "03A86226"),
        (Family::Wiegand, b"10110000001000101000001011\r\n", "604505"),
        (Family::Twn3, b"1A808001C0\r", "010003"),
        (Family::Track, b"10001?\r", "FirstPartial"),
    ] {
        check(family, &[(10, line)], &[(10, "FirstPartial")]);
        if family != Family::Track {
            check(family, &[(250, line)], &[(250, card)]);
            let reads = [(10, &line[2..]), (20, line)];
            check(family, &reads, &[(10, "FirstPartial"), (20, card)]);
        }
    }
    // What marks the beginning itself needs no pause before it.
    check(
        Family::Twn3,
        &[(10, b"39:170009593F48\r\n")],
        &[(10, "Noise"), (10, "170009593F")],
    );
    check(Family::Track, &[(10, b";10001?\r")], &[(10, "002711")]);
    check(
        Family::Track,
        &[(10, b"01?\r\x02;10001?\r")],
        &[(10, "FirstPartial"), (10, "002711")],
    );
}

#[test]
fn without_an_end_a_pause_is_the_end() {
    let settings = CodecSettings {
        technology: Some(Technology::Mifare),
        digits: Some(10),
        framing: Framing {
            terminators: Vec::new(),
            ..Framing::default()
        },
        ..CodecSettings::default()
    };
    check_with(
        Family::Decimal,
        &settings,
        &[(1000, b"16821"), (1100, b"00668"), (2000, b"168210066")],
        &[(1300, "6442D1BC"), (2200, "DigitsLost")],
    );
}

#[test]
fn a_frame_behind_a_false_start_is_found() {
    let frame = perco::frame_of(1, &[0xa8, 0x62, 0x26]);
    // The false start wants more bytes than come: the frame is found when they do not.
    check(
        Family::Perco,
        &[(0, b"\xf2\xff\x1f"), (10, &frame)],
        &[(210, "CutBySilence"), (210, "A86226")],
    );
    // It is found at once when they do.
    let two = [&b"\xf2\xff\x06"[..], &frame, &frame].concat();
    check(
        Family::Perco,
        &[(0, &two)],
        &[(0, "BadChecksum"), (0, "A86226")],
    );
    // A frame with a pause in it is none.
    check(
        Family::Perco,
        &[(0, &frame[..5]), (100, &frame[5..7]), (300, &frame[7..])],
        &[(300, "CutBySilence"), (500, "Noise")],
    );
}

#[test]
fn noise_between_frames_is_told_in_pieces() {
    check(
        Family::Framed,
        &[(0, &[0xaa; 100])],
        &[(0, "Noise"), (200, "Noise")],
    );
}

#[test]
fn a_wire_that_held_is_not_swapped() {
    let holds = b"10110000001000101000001011\r\n";
    let swapped = b"11110110101101100001001110\r\n";
    check(
        Family::Wiegand,
        &[(1000, holds), (3000, swapped)],
        &[(1000, "604505"), (3000, "BadChecksum")],
    );
    check(
        Family::Wiegand,
        &[(1000, swapped), (3000, holds), (5000, swapped)],
        &[(1000, "1293D8"), (3000, "604505"), (5000, "BadChecksum")],
    );
}

#[test]
fn after_a_colon_a_line_without_one_has_lost_it() {
    let line = twn3::inditag_of(&[0x17, 0x00, 0x09, 0x59, 0x3f]);
    let prox = b"1A808001C0\r\n";
    check(
        Family::Twn3,
        &[(1000, &line), (3000, prox)],
        &[(1000, "170009593F"), (3000, "ForeignLine")],
    );
    let em = CodecSettings {
        technology: Some(Technology::EmMarine),
        ..CodecSettings::default()
    };
    check_with(Family::Twn3, &em, &[(1000, prox)], &[(1000, "ForeignLine")]);
}

#[test]
fn a_slot_reader_reads_a_card_as_it_comes_in_and_out() {
    let track_in = b"\x02\x1b;10001?1\r\x03";
    let track_out = b"\x02\x1b;10001?0\r\x03";
    check(
        Family::Track,
        &[(1000, track_in), (9000, track_out), (12_000, track_in)],
        &[(1000, "002711"), (9000, "gone"), (12_000, "002711")],
    );
    // Read only on its way out; then the sensor alone.
    check(
        Family::Track,
        &[
            (1000, b"\x02\x1b1\r\x03"),
            (4000, track_out),
            (6000, b"0\r"),
        ],
        &[(4000, "002711"), (6000, "gone")],
    );
}

#[test]
fn every_frame_that_tests_make_holds() {
    for count in [26, 34, 37] {
        assert!(wiegand_bits::frame_of(0x0012_3456, count).is_some());
    }
    assert_eq!(wiegand_bits::frame_of(1, 30), None);
}
