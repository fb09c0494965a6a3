//! `reader decode`: bytes of a reader on stdin, a JSON line per event.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Said, program};

fn decode(family: &str, bytes: &[u8]) -> Said {
    decode_with(&["--family", family], bytes)
}

fn decode_with(options: &[&str], bytes: &[u8]) -> Said {
    let mut child = Command::new(program())
        .args(["reader", "decode"])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    Said::of(&child.wait_with_output().unwrap())
}

fn lines(family: &str, bytes: &[u8]) -> Vec<Value> {
    parsed(decode(family, bytes))
}

fn parsed(said: Said) -> Vec<Value> {
    said.expect_code(0)
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn bytes_become_lines_with_every_notation() {
    // The sample card rests on the reader, then another one with noise before it.
    let bytes = b"\x020003A86226EF\x03\x020003A86226EF\x03\xff\x00\x02010063E9AE25\x03";
    let seen = lines("rdm6300", bytes);
    let cards: Vec<&Value> = seen
        .iter()
        .filter(|line| line["card_present"] == true)
        .collect();
    assert_eq!(cards.len(), 2, "{seen:?}");
    assert_eq!(
        *cards[0],
        json!({
            "family": "rdm6300", "technology": "em-marine", "raw": "\\x020003A86226EF\\x03",
            "uid_hex": "0003A86226", "bits": 40, "decimal": "0061366822", "w26": "168,25126",
            "card_present": true, "partial": false, "warning": null
        })
    );
    assert_eq!(cards[1]["decimal"], "0006547886");
    assert_eq!(cards[1]["w26"], "099,59822");

    let seen = lines(
        "ironlogic",
        b"Em-Marine[5500] 126,58404\r\nMifare[3AAC2280045646]  (0142,20) 004,22086\r\nNo card\r\n",
    );
    assert_eq!(seen[0]["uid_hex"], "55007EE424");
    assert_eq!(seen[0]["decimal"], "0008315940");
    assert_eq!(seen[1]["uid_hex"], "0456463AAC2280");
    assert_eq!(seen[2]["card_present"], false);
}

#[test]
fn noise_and_a_wrong_checksum_are_never_a_card() {
    let bytes = b"\x02100026F44426\x03\xde\xad\xbe\xef garbage \x02010063E9AE";
    assert!(
        lines("rdm6300", bytes)
            .iter()
            .all(|line| line["card_present"] != true)
    );
    assert!(
        lines("ironlogic", &[0xaa; 4096])
            .iter()
            .all(|line| line["card_present"] != true)
    );
    assert!(decode("rdm6300", b"").expect_code(0).out.is_empty());
    let unknown = decode("twn9", b"").expect_code(2);
    assert!(unknown.err.contains("rdm6300"), "{unknown:?}");
}

#[test]
fn every_family_has_its_name_on_the_command_line() {
    for family in limekeeper::readers::Family::ALL {
        assert!(
            decode(family.name(), b"").expect_code(0).out.is_empty(),
            "{family}"
        );
    }
}

/// What is asserted of the one card that these bytes hold, with these options.
#[track_caller]
fn card(options: &str, bytes: &[u8], expected: &Value) {
    let options: Vec<&str> = options.split(' ').collect();
    let seen = parsed(decode_with(&options, bytes));
    assert_eq!(seen.len(), 1, "{seen:?}");
    let shown = expected.as_object().unwrap().keys();
    let shown: serde_json::Map<String, Value> = shown
        .map(|key| (key.clone(), seen[0][key].clone()))
        .collect();
    assert_eq!(Value::from(shown), *expected, "{options:?}");
}

#[test]
fn desktop_readers() {
    card(
        "--family framed",
        b"\x02\x0a\x02\x06\x00\x8e\x6d\x5d\xb0\x03",
        &json!({"family": "framed", "technology": "em-marine", "uid_hex": "06008E6D5D",
            "raw": "\\x02\\x0a\\x02\\x06\\x00\\x8em]\\xb0\\x03", "bits": 40,
            "decimal": "0009334109", "w26": "142,27997", "card_present": true, "partial": false,
            "warning": null}),
    );
    card(
        "--family framed --reversed",
        b"\x02\x0a\x01\x00\x64\x42\xd1\xbc\x40\x03",
        &json!({"technology": "mifare", "uid_hex": "BCD14264", "partial": false}),
    );
}

#[test]
fn elatec_readers() {
    card(
        "--family twn3",
        b":170009593F48\r\n",
        &json!({"family": "twn3", "technology": "em-marine", "uid_hex": "170009593F", "bits": 40,
            "decimal": "0000612671", "w26": "009,22847", "card_present": true, "partial": false,
            "warning": null}),
    );
    card(
        "--family twn3",
        b"1A808001C0\r",
        &json!({"technology": "hid-prox", "uid_hex": "010003", "bits": 24, "w26": "001,00003",
            "partial": false}),
    );
    card(
        "--family twn4",
        b"04A22B1C5D8000\r",
        &json!({"technology": "other", "uid_hex": "04A22B1C5D8000", "partial": true}),
    );
    card(
        "--family twn4 --technology mifare",
        b"04A22B1C5D8000\r",
        &json!({"technology": "mifare", "uid_hex": "04A22B1C5D8000", "bits": 56, "partial": false,
            "warning": null}),
    );
}

#[test]
fn idteck_readers() {
    card(
        "--family idteck --technology em-marine",
        b"\x02A02A060F59\x03\x7f",
        &json!({"family": "idteck", "uid_hex": "A02A060F59", "decimal": "0705040217",
            "partial": false}),
    );
    card(
        "--family idteck --radix decimal --technology mifare",
        b"\x020061366822\x03\x0d",
        &json!({"uid_hex": "03A86226", "bits": 32, "partial": false}),
    );
}

#[test]
fn perco_readers() {
    card(
        "--family perco",
        b"\xf2\xff\x04\x01\xa8\x62\x26\xe9",
        &json!({"family": "perco", "technology": "other", "uid_hex": "A86226", "bits": 24,
            "w26": "168,25126", "partial": true}),
    );
    card(
        "--family perco",
        b"\xf2\xff\x03\x01\x01\x01\x02",
        &json!({"uid_hex": null, "warning": "other_message"}),
    );
}

#[test]
fn wiegand_adapters() {
    card(
        "--family wiegand --technology hid-prox",
        b"10110000001000101000001011\r\n",
        &json!({"family": "wiegand", "uid_hex": "604505", "bits": 24, "w26": "096,17669",
            "partial": false, "warning": null}),
    );
    let swapped = b"11110110101101100001001110\r\n";
    card(
        "--family wiegand",
        swapped,
        &json!({"uid_hex": "1293D8", "warning": "inverted_polarity"}),
    );
    card(
        "--family wiegand --inverted",
        swapped,
        &json!({"uid_hex": "1293D8", "warning": null}),
    );
}

#[test]
fn lines_of_digits() {
    card(
        "--family hex --technology em-marine --prefix \\x02 --suffix # --terminators \\x03",
        b"\x0201026F6C3A#\x03",
        &json!({"family": "hex", "uid_hex": "01026F6C3A", "decimal": "0040856634",
            "w26": "111,27706", "partial": false, "warning": null}),
    );
    card(
        "--family decimal --technology mifare --digits 10 --reversed",
        b"1682100668\r\n",
        &json!({"family": "decimal", "uid_hex": "BCD14264", "bits": 32, "decimal": "1682100668",
            "w26": "066,53692", "partial": false, "warning": null}),
    );
    card(
        "--family decimal --technology em-marine --bits 40",
        b"365080536100\r\n",
        &json!({"uid_hex": "55007EE424", "bits": 40, "partial": false, "warning": "unchecked"}),
    );
    card(
        "--family decimal --digits 10",
        b"061366822\r\n",
        &json!({"uid_hex": null, "warning": "digits_lost"}),
    );
    card(
        "--family decimal",
        b"0004372425,0042,44873\r\n",
        &json!({"uid_hex": "0042B7C9", "warning": "tail_disagrees", "partial": true}),
    );
}

#[test]
fn readers_of_magnetic_cards() {
    card(
        "--family track",
        b"%E?;22222222222222222222?+E?\r",
        &json!({"family": "track", "technology": "magstripe",
            "decimal": "22222222222222222222", "partial": false, "warning": null}),
    );
    card(
        "--family track --track 1 --track-lrc",
        b"%100038?0\r",
        &json!({"decimal": "100038"}),
    );
    card(
        "--family track --track-field 1",
        b";10001=100038?\r",
        &json!({"decimal": "100038"}),
    );
    for bank_card in [
        &b"%B4111111111111111^IVANOV/IVAN^2512101?;4111111111111111=2512101?\r"[..],
        b"\x02\x1b%E?;4111111111111111=2512101?1\r\x03",
    ] {
        card(
            "--family track",
            bank_card,
            &json!({"uid_hex": null, "raw": "", "warning": "bank_card", "card_present": null}),
        );
    }
    let wrong = decode_with(&["--family", "track", "--track", "4"], b"").expect_code(2);
    assert!(wrong.err.contains("--track"), "{wrong:?}");
}

/// A capture of `hid-recorder`, as a technician sends it in.
fn dump(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers/hid");
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn readers_that_are_keyboards() {
    card(
        "--family keyboard --technology em-marine --digits 10",
        &dump("keyboard-alt.txt"),
        &json!({"family": "keyboard", "technology": "em-marine", "raw": "0006547886",
            "uid_hex": "0063E9AE", "bits": 32, "decimal": "0006547886", "w26": "099,59822",
            "card_present": true, "partial": true, "warning": null}),
    );
    card(
        "--family keyboard --technology mifare --radix hex --digits 8",
        &dump("keyboard-numbered.txt"),
        &json!({"uid_hex": "04A2B3C4", "partial": false, "warning": null}),
    );
    // Bare reports, as the node gives them: 8 and Enter.
    card(
        "--family keyboard",
        &[&[0, 0, 0x25][..], &[0; 13], &[0, 0, 0x28], &[0; 13]].concat(),
        &json!({"raw": "8", "uid_hex": null, "warning": "bad_length"}),
    );
}

#[test]
fn swipe_readers_with_reports() {
    let seen = lines("magtek", &dump("magtek-sureswipe.txt"));
    let warnings: Vec<&Value> = seen.iter().map(|line| &line["warning"]).collect();
    assert_eq!(
        warnings,
        [
            &Value::Null,
            &json!("track_unreadable"),
            &json!("bank_card")
        ]
    );
    assert_eq!(seen[0]["decimal"], "10001");
    assert_eq!(seen[0]["technology"], "magstripe");
    assert!(seen[1..].iter().all(|line| line["raw"] == ""), "{seen:?}");
    card(
        "--family idtech --track 1",
        b"0 00 00 00 00 00 00 00 09 00 25 31 30 30 30 33 38 3f 0d\n",
        &json!({"family": "idtech", "decimal": "100038", "raw": "%100038?"}),
    );
}

#[test]
fn readers_that_are_asked() {
    let seen = lines("pcprox", &dump("pcprox-h10301.txt"));
    assert_eq!(seen[0]["uid_hex"], "604505");
    assert_eq!(seen[0]["w26"], "096,17669");
    assert_eq!(seen[0]["technology"], "hid-prox");
    assert_eq!(seen[1]["card_present"], false);
    card(
        "--family pcsc",
        b"0 04 76 BF E1 BF 02 80 90 00\n",
        &json!({"family": "pcsc", "technology": "mifare", "uid_hex": "0476BFE1BF0280", "bits": 56,
            "partial": false, "warning": null}),
    );
    card(
        "--family pcsc",
        b"0 08 11 22 33 90 00\n",
        &json!({"uid_hex": "08112233", "warning": "random_uid"}),
    );
}
