//! What a site's way of writing UIDs makes of cards and of typed numbers.

use super::*;

/// Decimal of the low four bytes, as many sites have it.
fn four() -> Notation {
    Notation {
        keep_bytes: 4,
        ..Notation::default()
    }
}

fn card(bytes: &[u8]) -> CardBytes {
    CardBytes::new(bytes, u16::try_from(bytes.len() * 8).unwrap()).unwrap()
}

#[track_caller]
fn check(notation: Notation, bytes: &[u8], text: &str) {
    assert_eq!(notation.write(&card(bytes)).unwrap().reveal(), text);
}

#[test]
fn one_card_in_several_notations() {
    let decimal = four();
    let em = [0x00, 0x03, 0xa8, 0x62, 0x26];
    check(decimal, &em, "61366822");
    check(Notation { pad: 10, ..decimal }, &em, "0061366822");
    check(
        Notation {
            radix: Radix::HexUpper,
            ..decimal
        },
        &em,
        "03A86226",
    );
    check(
        Notation {
            radix: Radix::HexLower,
            keep_bytes: 0,
            ..decimal
        },
        &em,
        "0003a86226",
    );
    let low = Notation {
        byte_order: ByteOrder::FirstLow,
        ..decimal
    };
    check(low, &[0x26, 0x62, 0xa8, 0x03], "61366822");
    check(low, &[0x1e, 0xa6, 0x86, 0x71], "1904649758");
    check(
        Notation {
            keep_bytes: 0,
            ..decimal
        },
        &[0x55, 0x00, 0x7e, 0xe4, 0x24],
        "365080536100",
    );
}

/// Two seven-byte cards that end alike stay two, unless the site says otherwise.
#[test]
fn as_delivered_nothing_of_a_card_is_cut_off() {
    let as_delivered = Notation::default();
    let cards = [
        [0x04, 0x76, 0xbf, 0xe1, 0xbf, 0x02, 0x80],
        [0x04, 0x12, 0x34, 0xe1, 0xbf, 0x02, 0x80],
    ];
    let written = |notation: Notation| cards.map(|bytes| notation.write(&card(&bytes)).unwrap());
    let [one, other] = written(as_delivered);
    assert_ne!(one, other);
    let [one, other] = written(four());
    assert_eq!(one, other);
    assert_eq!(as_delivered.written_bits(), 128);
    assert_eq!(four().written_bits(), 32);
    for (name, bits) in [("hex", 128), ("dec14", 40), ("3+5", 24)] {
        assert_eq!(
            Notation::named(name).unwrap().written_bits(),
            bits,
            "{name}"
        );
    }
    // All 35 bits of a HID Prox card are known; of the others, bits are missing.
    let prox = CardBytes::new([0x02, 0x03, 0xa8, 0x62, 0x26], 35).unwrap();
    assert_eq!(
        as_delivered.write(&prox).unwrap().reveal(),
        0x02_03a8_6226_u64.to_string()
    );
    let padded = CardBytes::new([0, 0, 0x7e, 0xe4, 0x24], 24).unwrap();
    assert!(as_delivered.write(&padded).is_err());
}

#[test]
fn a_partial_number_is_not_a_uid() {
    let partial = CardBytes::new([0x7e, 0xe4, 0x24], 24).unwrap();
    let narrow = Notation {
        keep_bytes: 3,
        ..four()
    };
    assert_eq!(narrow.write(&partial).unwrap().reveal(), "8315940");
    // More bits than are kept, and not whole bytes: which end is missing must not matter.
    let odd = CardBytes::new([0x02, 0x03, 0xa8, 0x62, 0x26], 34).unwrap();
    assert_eq!(four().write(&odd).unwrap().reveal(), "61366822");
    let low = Notation {
        byte_order: ByteOrder::FirstLow,
        ..four()
    };
    assert!(low.write(&odd).is_err());
    let padded = CardBytes::new([0, 0, 0x7e, 0xe4, 0x24], 24).unwrap();
    assert_eq!(
        four().write(&padded),
        Err(NotationError::TooFewBits {
            known: 24,
            needed: 32
        })
    );
}

#[test]
fn typed_uids() {
    let hex = Notation {
        radix: Radix::HexUpper,
        pad: 8,
        ..four()
    };
    assert_eq!(hex.accept("3a86226").unwrap().reveal(), "03A86226");
    assert!(four().accept("3A86226").is_err());
    assert!(hex.accept("93,12345").is_err());
    assert!(hex.accept("04С1").is_err(), "a Cyrillic С is not a C");
    assert_eq!(hex.name(), "hexadecimal digits");
    assert_eq!(four().name(), "decimal digits");
    // Nothing, a sign, a letter too far: none of them is filled up with zeros.
    for notation in [hex, four()] {
        for text in ["", " ", "+5", "-5", "xyz", "G0"] {
            assert!(notation.accept(text).is_err(), "{notation:?} {text:?}");
        }
    }
}

/// What is dropped is not known: only zeros may be typed in its place.
#[test]
fn a_typed_part_of_a_number() {
    let last_eight = Notation {
        pad: 10,
        drop_left: 2,
        ..four()
    };
    for (text, uid) in [
        ("67830628", Some("67830628")),
        ("7830628", Some("07830628")),
        ("0067830628", Some("67830628")),
        ("3167830628", None),
    ] {
        let got = last_eight.accept(text).ok();
        assert_eq!(got.as_ref().map(Uid::reveal), uid, "{text}");
    }
}

/// One card, however many zeros a reader or a person writes in front of it.
#[test]
fn zeros_in_front_make_no_other_card() {
    let plain = four();
    let of = |pad| Notation { pad, ..plain };
    let hex = |keep_bytes, pad| Notation {
        radix: Radix::HexUpper,
        keep_bytes,
        pad,
        ..plain
    };
    for (notation, text, uid) in [
        (plain, "61366822", Some("61366822")),
        (plain, "0061366822", Some("61366822")),
        (plain, "000000000000000061366822", Some("61366822")),
        (plain, "0000000000", Some("0")),
        (plain, "4294967295", Some("4294967295")),
        // More than four bytes hold.
        (plain, "4294967296", None),
        (plain, "365080536100", None),
        (plain, "99999999999999999999999999999999999999999", None),
        (of(10), "61366822", Some("0061366822")),
        (of(10), "0061366822", Some("0061366822")),
        (of(10), "000061366822", Some("0061366822")),
        (of(8), "1904649758", Some("1904649758")),
        (hex(4, 0), "3a86226", Some("03A86226")),
        (hex(4, 0), "0003a86226", Some("03A86226")),
        (hex(4, 8), "a86226", Some("00A86226")),
        (hex(4, 0), "6003a86226", None),
        (hex(4, 10), "03a86226", Some("0003A86226")),
        (hex(0, 0), "0003a86226", Some("0003A86226")),
        (hex(7, 0), "BCD14264", Some("BCD14264")),
    ] {
        let got = notation.accept(text).ok();
        assert_eq!(got.as_ref().map(Uid::reveal), uid, "{notation:?} {text}");
    }
}

proptest::proptest! {
    #[test]
    fn what_was_written_is_accepted_as_it_is(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..=10),
        keep_bytes in 0_u8..=10,
        pad in 0_u8..=30,
        radix in proptest::sample::select(vec![Radix::Decimal, Radix::HexUpper, Radix::HexLower]),
        zeros in 0_usize..3,
    ) {
        let notation = Notation { radix, keep_bytes, pad, ..four() };
        let uid = notation.write(&card(&bytes)).unwrap();
        let again = notation.accept(uid.reveal()).unwrap();
        proptest::prop_assert_eq!(again.reveal(), uid.reveal());
        if radix == Radix::Decimal {
            let text = format!("{}{}", "0".repeat(zeros), uid.reveal());
            let zeroed = notation.accept(&text).unwrap();
            proptest::prop_assert_eq!(zeroed.reveal(), uid.reveal());
        }
    }
}

const EM: [u8; 5] = [0x55, 0x00, 0x7e, 0xe4, 0x24];
const MIFARE: [u8; 4] = [0xbc, 0xd1, 0x42, 0x64];

/// The tables of the facts, sections 9 and 9.1.
#[test]
fn the_printed_numbers_of_a_card() {
    let first = |name: &str, bytes: &[u8], text: &str| {
        check(Notation::named(name).unwrap(), bytes, text);
    };
    for (bytes, dec14, dec10, dec8, upper, facility) in [
        (
            [0x11, 0x22, 0x33, 0x44, 0x55],
            "00073588229205",
            "0573785173",
            "03359829",
            "08755,17493",
            "051,17493",
        ),
        (
            [0xa0, 0x2a, 0x06, 0x0f, 0x59],
            "00687899807577",
            "0705040217",
            "00397145",
            "10758,03929",
            "006,03929",
        ),
        (
            EM,
            "00365080536100",
            "0008315940",
            "08315940",
            "00126,58404",
            "126,58404",
        ),
    ] {
        first("dec14", &bytes, dec14);
        first("dec10", &bytes, dec10);
        first("dec8", &bytes, dec8);
        first("5.5", &bytes, upper);
        first("3+5", &bytes, facility);
    }
    // Vectors 15, 16, 19: each byte with its bits turned around.
    for (bytes, unique) in [
        ([0x11, 0x22, 0x33, 0x44, 0x55], "8844CC22AA"),
        ([0xa0, 0x2a, 0x06, 0x0f, 0x59], "055460F09A"),
        (EM, "AA007E2724"),
    ] {
        first("unique", &bytes, unique);
    }
    first("hex", &EM, "55007EE424");
    first("hex-low-first", &EM, "24E47E0055");
    first("ironlogic", &EM, "[5500] 126,58404");
    first("dec10", &MIFARE, "3167830628");
    first("dec10-low-first", &MIFARE, "1682100668");
    // Vector 28: the tail of an IronLogic line of a four-byte card has the low three bytes.
    first("3+5-low-first", &MIFARE, "066,53692");
    assert_eq!(Notation::named("HEX"), Notation::named("hex"));
    assert_eq!(Notation::named("octal"), None);
    for own in named::NAMED {
        assert_eq!(Notation::named(own.name), Some(own.notation));
    }
}

#[test]
fn a_printed_number_names_its_notations() {
    let names = |bytes: &[u8], text: &str| -> Vec<&str> {
        let found = named::matching(&card(bytes), text);
        found.iter().map(|own| own.name).collect()
    };
    assert_eq!(names(&EM, "0008315940"), ["dec10", "dec8"]);
    // With nothing but zeros in between, the two look the same.
    assert_eq!(names(&EM, "126.58404"), ["5.5", "3+5"]);
    assert_eq!(names(&[0x55, 0x01, 0x7e, 0xe4, 0x24], "126.58404"), ["3+5"]);
    assert_eq!(names(&EM, "55007ee424"), ["hex"]);
    assert_eq!(names(&EM, "[5500] 126,58404"), ["ironlogic"]);
    assert_eq!(names(&MIFARE, "1682100668"), ["dec10-low-first"]);
    assert_eq!(names(&EM, "0008315941"), [""; 0]);
    assert_eq!(names(&EM, ""), [""; 0]);
}

#[test]
fn masks_slices_and_templates_of_card_bases() {
    let base = four();
    let masked = Notation {
        mask: "00FFFFFF".parse().unwrap(),
        ..base
    };
    check(masked, &MIFARE, &(0x00d1_4264).to_string());
    let last_eight = Notation {
        pad: 10,
        drop_left: 2,
        ..base
    };
    check(last_eight, &MIFARE, "67830628");
    check(last_eight, &EM, "08315940");
    let prefixed = Notation {
        template: "900-{card}".parse().unwrap(),
        ..base
    };
    check(prefixed, &EM, "900-8315940");
    let glued = Notation {
        template: "{facility}{number}".parse().unwrap(),
        ..base
    };
    check(glued, &EM, "12658404");
    // The bits that a mask or a template needs, and no more.
    let low = CardBytes::new([0x7e, 0xe4, 0x24], 24).unwrap();
    let padded = CardBytes::new([0, 0, 0x7e, 0xe4, 0x24], 24).unwrap();
    for bytes in [&low, &padded] {
        assert_eq!(masked.write(bytes).unwrap().reveal(), "8315940");
        assert_eq!(glued.write(bytes).unwrap().reveal(), "12658404");
    }
    let five = Notation::named("5.5").unwrap();
    assert_eq!(
        five.write(&padded),
        Err(NotationError::TooFewBits {
            known: 24,
            needed: 32
        })
    );
    let nothing = Notation {
        drop_left: 7,
        ..base
    };
    assert!(nothing.write(&card(&EM)).is_err());
}

#[test]
fn typed_numbers_of_a_template() {
    let of = |template: &str, pad| Notation {
        pad,
        template: template.parse().unwrap(),
        ..four()
    };
    for (notation, text, uid) in [
        (of("{facility},{number}", 0), "93,12345", Some("093,12345")),
        (
            of("{facility},{number}", 0),
            " 093,12345 ",
            Some("093,12345"),
        ),
        (
            of("{facility},{number}", 0),
            "0093,012345",
            Some("093,12345"),
        ),
        (of("{facility},{number}", 0), "256,12345", None),
        (of("{facility},{number}", 0), "93,65536", None),
        (of("{facility},{number}", 0), "93;12345", None),
        (of("{facility},{number}", 0), "93,", None),
        (of("{facility},{number}", 0), "93,12345,", None),
        (of("{facility},{number}", 0), "6107193", None),
        // Glued together, only the width tells where a field ends.
        (of("{facility}{number}", 0), "09312345", Some("09312345")),
        (of("{facility}{number}", 0), "9312345", None),
        (of("900{card}", 10), "9000008315940", Some("9000008315940")),
        (of("900{card}", 10), "9008315940", None),
        // Not padded, a card has no width that could be asked for.
        (of("900{card}", 0), "9008315940", Some("9008315940")),
        (of("K-{card}", 0), "k-0008315940", Some("K-8315940")),
        // Two fields that tell the same bits must agree.
        (
            of("{card} {facility},{number}", 0),
            "8315940 126,58404",
            Some("8315940 126,58404"),
        ),
        (
            of("{card} {facility},{number}", 0),
            "8315941 126,58404",
            None,
        ),
        // In each of the card's bits: here it is the thirteenth.
        (
            of("{card} {facility},{number}", 0),
            "8320036 126,58404",
            None,
        ),
        (
            of("{upper},{facility},{number}", 0),
            "126,126,1",
            Some("00126,126,00001"),
        ),
        (of("{upper},{facility},{number}", 0), "126,125,1", None),
    ] {
        let got = notation.accept(text).ok();
        assert_eq!(got.as_ref().map(Uid::reveal), uid, "{notation:?} {text}");
    }
}

#[test]
fn a_text_gives_the_bytes_back() {
    let read = |name: &str, text: &str| Notation::named(name).unwrap().read(text);
    let bytes = |bytes: &[u8], bits| Ok(CardBytes::new(bytes, bits).unwrap());
    assert_eq!(read("ironlogic", "[5500] 126,58404"), bytes(&EM, 40));
    assert_eq!(read("dec14", "365080536100"), bytes(&EM, 40));
    assert_eq!(read("dec10", "8315940"), bytes(&EM[1..], 32));
    assert_eq!(read("5.5", "126,58404"), bytes(&EM[1..], 32));
    assert_eq!(read("3+5", "126,58404"), bytes(&EM[2..], 24));
    assert_eq!(read("hex", "55007ee424"), bytes(&EM, 40));
    assert_eq!(read("hex-low-first", "24E47E0055"), bytes(&EM, 40));
    assert_eq!(read("unique", "aa007e2724"), bytes(&EM, 40));
    assert_eq!(read("dec10-low-first", "1682100668"), bytes(&MIFARE, 32));
    let base = four();
    for notation in [
        Notation {
            keep_bytes: 0,
            ..base
        },
        Notation {
            pad: 10,
            drop_left: 2,
            ..base
        },
        Notation {
            mask: "FF00FF".parse().unwrap(),
            ..base
        },
        Notation {
            template: "{number}".parse().unwrap(),
            mask: "7FFF".parse().unwrap(),
            ..base
        },
    ] {
        let text = if notation.mask == Mask::ALL {
            "8315940"
        } else {
            "36"
        };
        let got = notation.read(text);
        let some = notation.template.as_str() == "{number}";
        assert_eq!(
            got == Err(NotationError::NotWhole),
            !some,
            "{notation:?} {got:?}"
        );
    }
    let seven = Notation {
        mask: "7F".parse().unwrap(),
        ..base
    };
    assert_eq!(seven.read("36"), bytes(&[0x24], 7));
    // Of bits 16 to 23 nothing is said.
    let gap = Notation {
        template: "{head} {number}".parse().unwrap(),
        ..base
    };
    assert_eq!(gap.read("5500 58404"), Err(NotationError::NotWhole));
    let low_first = Notation {
        byte_order: ByteOrder::FirstLow,
        ..seven
    };
    assert_eq!(low_first.read("36"), Err(NotationError::NotWhole));
    assert_eq!(
        base.read("x"),
        Err(NotationError::NotThisNotation {
            expected: "decimal digits"
        })
    );
}

#[test]
fn what_is_no_mask_and_no_template() {
    for text in ["0", "00000000", "xyz", "+F", "123456789012345678901"] {
        assert_eq!(text.parse::<Mask>(), Err(MaskError), "{text}");
    }
    assert_eq!("".parse(), Ok(Mask::ALL));
    assert_eq!(Mask::ALL.to_string(), "");
    assert_eq!("ffffff".parse::<Mask>().unwrap().to_string(), "00FFFFFF");
    let written = serde_json::json!("00FFFFFF");
    let mask: Mask = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(mask.bits(), 0x00ff_ffff);
    assert_eq!(serde_json::to_value(mask).unwrap(), written);
    for (text, why) in [
        ("", TemplateError::NoCard),
        ("900", TemplateError::NoCard),
        ("{facility}", TemplateError::NoCard),
        ("{uid}", TemplateError::Field),
        ("{card", TemplateError::Field),
        ("card}", TemplateError::Field),
        ("{{card}}", TemplateError::Field),
        ("{card};", TemplateError::Character),
        ("№{card}", TemplateError::Character),
        ("{card}\u{1b}", TemplateError::Character),
    ] {
        assert_eq!(text.parse::<Template>(), Err(why), "{text}");
    }
    let long = format!("{{card}}{}", "0".repeat(Template::CHARS_MAX - 6));
    assert_eq!(long.parse::<Template>().unwrap().as_str(), long);
    assert_eq!(
        format!("{long}0").parse::<Template>(),
        Err(TemplateError::TooLong)
    );
    let written = serde_json::json!("K-{card}");
    let template: Template = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(template.as_str(), "K-{card}");
    assert_eq!(template.to_string(), "K-{card}");
    assert_eq!(format!("{template:?}"), "Template(\"K-{card}\")");
    assert_eq!(serde_json::to_value(template).unwrap(), written);
    // The result would be no UID.
    let long = Notation {
        template: long.parse().unwrap(),
        ..four()
    };
    assert!(long.write(&card(&EM)).is_err());
}

proptest::proptest! {
    #[test]
    fn there_and_back(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 5..=5),
        own in proptest::sample::select(named::NAMED),
    ) {
        let notation = own.notation;
        // Of the first four bytes of five nothing is said by a notation of low bytes.
        let bytes = if notation.byte_order == ByteOrder::FirstLow { &bytes[1..] } else { &bytes[..] };
        let whole = card(bytes);
        let uid = notation.write(&whole).unwrap();
        let back = notation.read(uid.reveal()).unwrap();
        let low = usize::from(back.bits()).div_ceil(8);
        match notation.byte_order {
            ByteOrder::FirstHigh => proptest::prop_assert_eq!(back.bytes(), &bytes[bytes.len() - low..]),
            ByteOrder::FirstLow => proptest::prop_assert_eq!(back.bytes(), &bytes[..low]),
        }
        proptest::prop_assert_eq!(notation.accept(uid.reveal()).unwrap(), uid);
    }

    /// Whatever is written is accepted, with every step switched on.
    #[test]
    fn every_step_is_understood(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 4..=7),
        mask in 1_u32..,
        drop_left in 0_u8..4,
        drop_right in 0_u8..4,
        mirror_bits in proptest::bool::ANY,
        radix in proptest::sample::select(vec![Radix::Decimal, Radix::HexUpper, Radix::HexLower]),
        template in proptest::sample::select(vec!["{card}", "A{card}", "9{card}.{number}", "{card}-{facility},{number}"]),
    ) {
        let notation = Notation {
            radix,
            byte_order: ByteOrder::FirstHigh,
            keep_bytes: 4,
            mirror_bits,
            pad: 10,
            mask: format!("{mask:X}").parse().unwrap(),
            drop_left,
            drop_right,
            template: template.parse().unwrap(),
        };
        let uid = notation.write(&card(&bytes)).unwrap();
        proptest::prop_assert_eq!(notation.accept(uid.reveal()).unwrap(), uid);
    }
}
