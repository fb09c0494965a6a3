//! The vectors: what readers send, and what it means.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::Notation;
use crate::domain::notation::{ByteOrder, Radix};
use crate::readers::codec::rdm6300::frame_of;
use crate::readers::codec::{CodecSettings, DigitRadix, Framing, Track, TrackSettings};
use crate::readers::{Family, Technology, decode_stream};

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
    /// What the config says of the reader.
    #[serde(default)]
    settings: VectorSettings,
    uid_hex: Option<String>,
    bits: Option<u16>,
    decimal: Option<String>,
    w26: Option<String>,
    #[serde(default)]
    partial: bool,
    warning: Option<String>,
    rejected: Option<String>,
    raw: Option<String>,
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
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct VectorSettings {
    technology: Option<String>,
    reversed: bool,
    digits: Option<u8>,
    bits: Option<u8>,
    radix: Option<DigitRadix>,
    prefix: String,
    suffix: String,
    terminators: Option<String>,
    inverted: bool,
    track: Track,
    field: u8,
    lrc: bool,
}

impl VectorSettings {
    fn codec(&self) -> CodecSettings {
        let technology = self.technology.as_deref();
        let terminators = self.terminators.as_deref().unwrap_or("\r\n");
        CodecSettings {
            technology: technology.map(|name| Technology::from_name(name).unwrap()),
            reversed: self.reversed,
            digits: self.digits,
            bits: self.bits,
            radix: self.radix,
            framing: Framing {
                prefix: self.prefix.clone().into(),
                suffix: self.suffix.clone().into(),
                terminators: terminators.into(),
            },
            inverted: self.inverted,
            track: TrackSettings {
                number: self.track,
                field: self.field,
                lrc: self.lrc,
            },
            same_card: None,
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
    let files = [
        include_str!("../../../tests/data/readers/vectors.toml"),
        include_str!("../../../tests/data/readers/vectors/frames.toml"),
        include_str!("../../../tests/data/readers/vectors/lines.toml"),
        include_str!("../../../tests/data/readers/vectors/tracks.toml"),
    ];
    let read = |text| toml::from_str::<Vectors>(text).unwrap().vector;
    let vectors: Vec<Vector> = files.into_iter().flat_map(read).collect();
    assert!(vectors.len() > 120, "{}", vectors.len());
    for family in Family::ALL.into_iter().filter(|family| !family.reports()) {
        assert!(
            vectors.iter().any(|vector| vector.family == family),
            "{family}"
        );
    }
    for vector in vectors {
        let name = &vector.name;
        let received = vector.received();
        let lines = lines_with(vector.family, &vector.settings.codec(), &received, None);
        if let Some(reason) = &vector.rejected {
            assert_eq!(lines.len(), 1, "{name}: {lines:?}");
            assert_eq!(lines[0]["warning"], json!(reason), "{name}");
            assert_eq!(lines[0]["uid_hex"], Value::Null, "{name}");
            if let Some(raw) = &vector.raw {
                assert_eq!(lines[0]["raw"], json!(raw), "{name}");
            }
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
