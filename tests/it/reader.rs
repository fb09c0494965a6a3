//! `reader decode`: bytes of a reader on stdin, a JSON line per event.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Said, program};

fn decode(family: &str, bytes: &[u8]) -> Said {
    let mut child = Command::new(program())
        .args(["reader", "decode", "--family", family])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    Said::of(&child.wait_with_output().unwrap())
}

fn lines(family: &str, bytes: &[u8]) -> Vec<Value> {
    let said = decode(family, bytes).expect_code(0);
    said.out
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
