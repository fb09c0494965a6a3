//! What readers and persons type, with times.

use std::time::Duration;

use super::{
    NotACard, Terminator, Wedge, WedgeKey, WedgeOutput, WedgeSettings, WhyIncomplete, parse,
};
use crate::domain::notation::Radix;
use crate::domain::{Notation, Uid};

/// A till with a wedge: what its screen got, in order.
struct Till {
    wedge: Wedge,
    now: Duration,
    got: Vec<String>,
}

impl Till {
    fn new(settings: WedgeSettings) -> Self {
        Self {
            wedge: Wedge::new(settings),
            now: Duration::from_secs(100),
            got: Vec::new(),
        }
    }

    fn take(&mut self, outputs: Vec<WedgeOutput>) {
        for output in outputs {
            self.got.push(match output {
                WedgeOutput::Burst(text) => format!("burst {}", text.as_str()),
                WedgeOutput::Incomplete(why) => format!("{why:?}").to_lowercase(),
                WedgeOutput::Release(keys) => keys
                    .iter()
                    .map(|key| match key {
                        WedgeKey::Char(c) => *c,
                        WedgeKey::Enter => '⏎',
                        WedgeKey::Tab => '⇥',
                        WedgeKey::LineFeed => '↓',
                    })
                    .collect(),
            });
        }
    }

    /// Time passes; the loop calls at each deadline.
    fn pass(&mut self, ms: u64) {
        let until = self.now + Duration::from_millis(ms);
        while let Some(deadline) = self.wedge.deadline().filter(|deadline| *deadline <= until) {
            let outputs = self.wedge.on_timeout(deadline);
            self.take(outputs);
            assert!(self.wedge.deadline().is_none_or(|next| next > deadline));
        }
        self.now = until;
    }

    /// Keys, each so long after the one before.
    fn type_every(&mut self, ms: u64, keys: &str) -> &mut Self {
        for c in keys.chars() {
            self.pass(ms);
            let key = match c {
                '\r' => WedgeKey::Enter,
                '\n' => WedgeKey::LineFeed,
                '\t' => WedgeKey::Tab,
                c => WedgeKey::Char(c),
            };
            let outputs = self.wedge.key(key, self.now);
            self.take(outputs);
        }
        self
    }

    #[track_caller]
    fn got(&mut self, expected: &[&str]) {
        self.pass(1000);
        assert_eq!(self.got, expected);
    }
}

fn till() -> Till {
    Till::new(WedgeSettings::default())
}

#[test]
fn a_burst_is_a_card_and_its_end_confirms_nothing() {
    for gap in [0, 1, 4, 5, 16, 30] {
        for end in ["\r", "\n", "\t", "\r\n", "\r\r", "\r\t", "\n\r\n"] {
            let mut till = till();
            till.type_every(gap, &format!("0004301203{end}"));
            till.got(&["burst 0004301203"]);
        }
    }
    // The second line end comes late.
    let mut till = till();
    till.type_every(5, "0004301203\r").type_every(100, "\n");
    till.got(&["burst 0004301203"]);
}

#[test]
fn a_person_is_never_a_burst() {
    let mut till = till();
    till.type_every(50, "1250,00\r");
    till.got(&["1", "2", "5", "0", ",", "0", "0", "⏎"]);
    // Two keys fall together; a key is held down.
    let mut till = self::till();
    till.type_every(200, "1").type_every(30, "2");
    till.type_every(400, "0").type_every(33, "000");
    till.got(&["12", "0000"]);
}

#[test]
fn a_persons_key_waits_for_one_gap_at_most() {
    let mut till = till();
    till.type_every(200, "7");
    assert_eq!(
        till.wedge.deadline(),
        Some(till.now + Duration::from_millis(35))
    );
    till.pass(35);
    assert_eq!(till.got, ["7"]);
    assert_eq!(till.wedge.deadline(), None);
    // Enter alone waits for nothing.
    till.type_every(200, "\r");
    assert_eq!(till.got, ["7", "⏎"]);
}

#[test]
fn a_text_without_end_is_ended_by_a_pause() {
    let mut till = till();
    till.type_every(5, "0004301203");
    till.got(&["burst 0004301203"]);
    // Once the reader has shown that it ends its texts, one without is a piece.
    till.pass(5000);
    till.type_every(5, "0006547886\r");
    till.pass(5000);
    till.type_every(5, "00065478");
    till.got(&["burst 0004301203", "burst 0006547886", "cut"]);

    let mut never = Till::new(WedgeSettings {
        terminator: Terminator::Never,
        ..WedgeSettings::default()
    });
    never.type_every(5, "0004301203");
    never.pass(3000);
    never.type_every(5, "0006547886");
    never.got(&["burst 0004301203", "burst 0006547886"]);
}

#[test]
fn a_piece_is_never_looked_up_and_glued_to_nothing() {
    // Three keys, a pause while the till draws, the rest.
    let mut till = till();
    till.type_every(4, "000").type_every(80, "4");
    till.type_every(4, "301203\r");
    till.got(&["cut"]);
    // A pause of 250 ms anywhere.
    for cut in 1..10 {
        let mut till = self::till();
        let (head, tail) = "0004301203".split_at(cut);
        till.type_every(4, head).type_every(250, &tail[..1]);
        till.type_every(4, &format!("{}\r", &tail[1..]));
        till.pass(1000);
        assert!(
            till.got
                .iter()
                .all(|got| !got.starts_with("burst") && !got.contains('⏎')),
            "{cut}: {:?}",
            till.got
        );
        assert!(
            till.got.contains(&"cut".to_owned()),
            "{cut}: {:?}",
            till.got
        );
        // The next whole read is right.
        till.got.clear();
        till.pass(3000);
        till.type_every(4, "0004301203\r");
        till.got(&["burst 0004301203"]);
    }
    let mut till = self::till();
    till.type_every(4, "43012\r");
    till.pass(12_000);
    till.type_every(4, "0004301203\r");
    till.got(&["cut", "burst 0004301203"]);
}

#[test]
fn slow_radio_readers_need_a_wider_gap() {
    for gap in [60, 120] {
        let mut till = Till::new(WedgeSettings {
            gap: Duration::from_millis(130),
            ..WedgeSettings::default()
        });
        till.type_every(gap, "0004301203\r");
        till.got(&["burst 0004301203"]);
    }
}

#[test]
fn the_last_key_of_a_cut_read_with_its_enter_confirms_nothing() {
    let mut till = till();
    till.type_every(400, "3").type_every(5, "\r");
    till.got(&["cut"]);
}

#[test]
fn a_site_with_one_length_takes_no_other() {
    let settings = WedgeSettings {
        min_len: 10,
        max_len: 10,
        ..WedgeSettings::default()
    };
    let mut till = Till::new(settings);
    till.type_every(5, "00043012\r");
    till.pass(1000);
    // A key of the cashier falls into the burst.
    till.type_every(5, "00043017203\r");
    till.pass(1000);
    // The cashier types a sum while the guest taps.
    till.type_every(150, "12").type_every(100, "0");
    till.type_every(5, "004301203\r").type_every(300, "5");
    till.got(&["cut", "toolong", "1", "2", "burst 0004301203", "5"]);
}

#[test]
fn endless_keys_are_bounded() {
    let mut till = till();
    till.type_every(1, &"0123456789".repeat(100));
    till.got(&["toolong"]);
}

#[test]
fn a_resting_card_is_one_read() {
    let mut till = till();
    for _ in 0..5 {
        till.type_every(4, "0004301203\r");
        till.pass(36);
    }
    for _ in 0..600 {
        till.pass(56);
        till.type_every(4, "0004301203\r");
    }
    assert_eq!(till.got, ["burst 0004301203"]);
    // Another card passes at once; the first after it is new again.
    till.type_every(4, "0006547886\r");
    till.pass(3000);
    till.type_every(4, "0006547886\r");
    till.got(&["burst 0004301203", "burst 0006547886", "burst 0006547886"]);
}

#[test]
fn the_layout_is_repaired_by_key() {
    let mut till = till();
    for typed in ["04А1С2В3\r", "093б12345\r", "04а1с2в4\r", "04А1C2D3\r"] {
        till.type_every(4, typed);
        till.pass(3000);
    }
    till.got(&[
        "burst 04F1C2D3",
        "burst 093,12345",
        "burst 04f1c2d4",
        "mixedlayouts",
    ]);
}

#[test]
fn other_keys_let_go_of_what_is_held() {
    let mut till = till();
    till.type_every(200, "7");
    let outputs = till.wedge.flush(till.now);
    till.take(outputs);
    assert_eq!(till.got, ["7"]);
}

#[test]
fn texts_become_uids_of_the_site() {
    let decimal = Notation {
        pad: 10,
        ..Notation::default()
    };
    let hex = Notation {
        radix: Radix::HexUpper,
        keep_bytes: 4,
        pad: 8,
        ..Notation::default()
    };
    let four = Notation {
        keep_bytes: 4,
        ..Notation::default()
    };
    for (text, notation, uid) in [
        ("0061366822", decimal, Some("0061366822")),
        ("61366822", Notation::default(), Some("61366822")),
        // Typed with zeros that Lime does not write: the same card.
        ("0061366822", Notation::default(), Some("61366822")),
        ("0365080536", Notation::default(), Some("365080536")),
        ("6536508053", four, None),
        ("0003A86226", hex, Some("03A86226")),
        ("6003A86226", hex, None),
        // The beginning was lost: padded, it might be another card.
        ("61366822", decimal, None),
        ("A1B2C3", hex, None),
        ("61366822", hex, Some("61366822")),
        ("00A1B2C3", hex, Some("00A1B2C3")),
        ("00a1b2c3", hex, Some("00A1B2C3")),
        ("00A1B2C3", decimal, None),
        ("04:A2:2B:11", hex, Some("04A22B11")),
        ("04;A2;2B;11", hex, Some("04A22B11")),
        // 24 bits of a card are not the card.
        ("093,12345", decimal, None),
        ("0004372425,00066,47049", decimal, Some("0004372425")),
    ] {
        let card = parse(text).unwrap();
        let got = card.uid(&notation).ok();
        assert_eq!(got.as_ref().map(Uid::reveal), uid, "{text}");
        assert_eq!(card.partial(), text == "093,12345", "{text}");
    }
}

#[test]
fn what_is_no_card_is_refused_without_a_trace() {
    for (text, error) in [
        (";4111111111111111=2512101?", NotACard::MagneticTrack),
        ("%B4111111111111111^IVANOV/I^2512?", NotACard::MagneticTrack),
        ("%E?;22222222222222222222?+E?", NotACard::MagneticTrack),
        ("4111111111111111", NotACard::BankCard),
        ("4111 1111 1111 1111", NotACard::BankCard),
        ("2200000000000004", NotACard::BankCard),
        // A published line whose numbers contradict each other: none is picked.
        ("0004372425,0042,44873", NotACard::FieldsDisagree),
        ("00126,58404", NotACard::Unknown),
        ("093,345", NotACard::Unknown),
        ("04:A:2B", NotACard::Unknown),
        ("1,2,3,4", NotACard::Unknown),
        ("04С1D2E3", NotACard::Unknown),
        ("12345", NotACard::Unknown),
        ("", NotACard::Unknown),
        ("+00.575kg", NotACard::MagneticTrack),
        ("https://x.test/1", NotACard::Unknown),
    ] {
        assert_eq!(parse(text).err(), Some(error), "{text}");
        assert!(text.is_empty() || !format!("{error} {error:?}").contains(text));
    }
    // A padded 40-bit number and a seven-byte UID are no bank cards, whatever their check digit.
    assert!(parse("00365080536100").is_ok());
    for last in 0..10 {
        assert!(parse(&format!("122075953890163{last}")).is_ok());
    }
    assert_eq!(
        format!("{:?}", parse("0061366822")),
        "Ok(CardText(10 digits))"
    );
}

#[test]
fn incomplete_says_why() {
    let mut till = till();
    till.type_every(4, &format!("{}\r", "1234567890".repeat(5)));
    till.pass(1);
    assert_eq!(till.got, ["toolong"]);
    assert_eq!(
        format!("{:?}", WedgeOutput::Incomplete(WhyIncomplete::Cut)),
        "Incomplete(Cut)"
    );
}
