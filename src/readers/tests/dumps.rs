//! Recorded dumps of devices that send reports: each says in its comments how the reader is set
//! and what must come of it.
//!
//! The descriptors are those of public manuals and captures, the cards are invented.

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::readers::codec::{CodecSettings, DigitRadix};
use crate::readers::transport::{LineSettings, Recording, ReplayTransport};
use crate::readers::{
    DeviceMatch, Event, Family, ReaderConfig, ReaderMessage, Technology, decode_stream, spawn_with,
};

/// Longest time for a thing that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

struct Dump {
    name: String,
    text: String,
    family: Family,
    settings: CodecSettings,
    expected: Vec<String>,
}

fn dumps() -> Vec<Dump> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers/hid");
    let mut dumps: Vec<Dump> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| dump(&entry.unwrap().path()))
        .collect();
    dumps.sort_by(|a, b| a.name.cmp(&b.name));
    dumps
}

fn dump(path: &Path) -> Dump {
    let text = std::fs::read_to_string(path).unwrap();
    let mut dump = Dump {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        family: Family::Keyboard,
        settings: CodecSettings::default(),
        expected: Vec::new(),
        text: text.clone(),
    };
    for line in text.lines() {
        let words = line.strip_prefix("# ").unwrap_or_default();
        match words.split_once(' ').unwrap_or_default() {
            ("family", name) => dump.family = name.parse().unwrap(),
            ("technology", "em-marine") => {
                dump.settings.technology = Some(Technology::EmMarine);
            }
            ("technology", "mifare") => dump.settings.technology = Some(Technology::Mifare),
            ("radix", "hex") => dump.settings.radix = Some(DigitRadix::Hex),
            ("digits", digits) => dump.settings.digits = Some(digits.parse().unwrap()),
            ("expect", event) => dump.expected.push(event.to_owned()),
            _ => {}
        }
    }
    assert!(!dump.expected.is_empty(), "{}", dump.name);
    dump
}

fn words(event: &Event) -> String {
    match event {
        Event::Card(read) => {
            let known = read.bytes.bytes()[read.bytes.bytes().len() - read.known_bytes().len()..]
                .iter()
                .map(|byte| format!("{byte:02X}"));
            let doubt = read.warning.map(|warning| format!(" {warning:?}"));
            format!(
                "card {}{}",
                known.collect::<String>(),
                doubt.unwrap_or_default()
            )
        }
        Event::Gone(_) => "gone".to_owned(),
        Event::Rejected(rejected) => format!("rejected {:?}", rejected.reason),
    }
}

#[test]
fn every_dump_of_reports() {
    let dumps = dumps();
    for family in [
        Family::Keyboard,
        Family::MagTek,
        Family::IdTech,
        Family::PcProx,
        Family::PcSc,
    ] {
        assert!(dumps.iter().any(|dump| dump.family == family), "{family}");
    }
    for dump in dumps {
        let recording = Recording::parse(&dump.text).unwrap_or_default();
        let told: Vec<String> = recording
            .events_of(dump.family, &dump.settings)
            .iter()
            .map(|(_, event)| words(event))
            .collect();
        assert_eq!(told, dump.expected, "{}", dump.name);

        // The same on the way of `reader decode`, and from the text that we would write.
        for text in [dump.text.clone(), recording.text()] {
            let lines = decode_stream(dump.family, &dump.settings, text.as_bytes(), None);
            let cards: Vec<String> = lines
                .iter()
                .filter_map(|line| line.uid_hex.clone())
                .collect();
            let expected: Vec<&str> = dump
                .expected
                .iter()
                .filter_map(|event| event.strip_prefix("card ")?.split(' ').next())
                .collect();
            assert_eq!(cards, expected, "{}", dump.name);
            assert_eq!(lines.len(), dump.expected.len(), "{}", dump.name);
        }
    }
}

#[test]
fn nothing_of_a_bank_card_is_in_what_a_dump_tells() {
    for dump in dumps() {
        let recording = Recording::parse(&dump.text).unwrap_or_default();
        for (_, event) in recording.events_of(dump.family, &dump.settings) {
            let raw = match &event {
                Event::Card(read) => read.raw.clone(),
                Event::Gone(gone) => gone.raw.clone(),
                Event::Rejected(rejected) => rejected.raw.clone(),
            };
            assert!(
                !String::from_utf8_lossy(&raw).contains("4111"),
                "{}",
                dump.name
            );
        }
    }
}

/// Bare reports, as `cat /dev/hidraw0` gives them.
#[test]
fn bare_reports_without_text() {
    let dump = dumps()
        .into_iter()
        .find(|dump| dump.name == "keyboard-boot.txt")
        .unwrap();
    let mut bare = Vec::new();
    for line in dump.text.lines().filter(|line| line.starts_with("E:")) {
        let bytes = line.split(' ').skip(3);
        bare.extend(bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()));
    }
    let lines = decode_stream(Family::Keyboard, &dump.settings, &bare, None);
    // Without times nobody can say that it was lifted in between.
    let cards: Vec<Option<&str>> = lines.iter().map(|line| line.uid_hex.as_deref()).collect();
    assert_eq!(cards, [Some("0063E9AE")]);
}

/// One answer of a card is the whole input, whatever bytes it has; a dump is one all the same.
#[test]
fn one_bare_answer_is_the_whole_input() {
    let uids = |bytes: &[u8]| -> Vec<Option<String>> {
        let settings = CodecSettings::default();
        let lines = decode_stream(Family::PcSc, &settings, bytes, None);
        lines.into_iter().map(|line| line.uid_hex).collect()
    };
    // Vector 37.
    let answer = b"\x04\x76\xbf\xe1\xbf\x02\x80\x90\x00";
    assert_eq!(uids(answer), [Some("0476BFE1BF0280".to_owned())]);
    // Bytes that are letters, a line end, and the beginning of a comment.
    for uid in [b"K\nab", b"#5\n1", b"E: \n"] {
        let hex: String = uid.iter().map(|byte| format!("{byte:02X}")).collect();
        let answer = [&uid[..], b"\x90\x00"].concat();
        assert_eq!(uids(&answer), [Some(hex)]);
    }
    let refused = decode_stream(Family::PcSc, &CodecSettings::default(), b"\x63\x00", None);
    assert_eq!(refused[0].uid_hex, None);
    for dump in [
        "100 04 76 BF E1 BF 02 80 90 00",
        "# a card\n100 04 76 bf e1 bf 02 80 90 00\n",
    ] {
        assert_eq!(
            uids(dump.as_bytes()),
            [Some("0476BFE1BF0280".to_owned())],
            "{dump}"
        );
    }
}

/// The descriptor and the boundaries of the reports reach the decoder through the supervisor.
#[test]
fn a_device_keeps_its_reports_whole() {
    let dump = dumps()
        .into_iter()
        .find(|dump| dump.name == "keyboard-numbered.txt")
        .unwrap();
    let recording = Recording::parse(&dump.text).unwrap_or_default();
    let config = ReaderConfig {
        family: dump.family,
        codec: dump.settings,
        device: DeviceMatch::Port("recording".to_owned()),
        line: LineSettings::default(),
        name: "test".to_owned(),
    };
    let (sender, messages) = channel();
    let opener = Box::new(move || {
        let device: Box<dyn crate::readers::transport::Transport> =
            Box::new(ReplayTransport::new(recording.clone()));
        Ok(device)
    });
    let handle = spawn_with(config, opener, move |message| sender.send(message).is_ok()).unwrap();
    let read = loop {
        if let ReaderMessage::Card(read) = messages.recv_timeout(PATIENCE).unwrap() {
            break read;
        }
    };
    assert_eq!(read.known_bytes(), [0x04, 0xa2, 0xb3, 0xc4]);
    handle.stop();
}
