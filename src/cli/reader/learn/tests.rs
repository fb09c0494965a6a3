//! Whole dialogues, with invented devices and people.

use std::collections::VecDeque;
use std::time::Duration;

use super::*;
use crate::i18n::Lang;
use crate::readers::Family;
use crate::readers::codec::rdm6300::frame_of;
use crate::readers::device::{Access, Device, Link, UsbDevice, known};

const A: [u8; 5] = [0x00, 0x03, 0xa8, 0x62, 0x26];

/// What is invented.
#[derive(Default)]
struct Invented {
    /// What is plugged in at each look; the last one stays.
    looks: VecDeque<Vec<Surveyed>>,
    answers: VecDeque<&'static str>,
    /// What comes at a tap: for that speed, or for all.
    taps: VecDeque<(Option<u32>, &'static [u8])>,
    told: Vec<String>,
    opened: Vec<String>,
    /// As these families the device cannot be opened.
    refused: Vec<Family>,
}

impl Bench for Invented {
    fn look(&mut self) -> Vec<Surveyed> {
        if self.looks.len() > 1 {
            self.looks.pop_front().unwrap_or_default()
        } else {
            self.looks.front().cloned().unwrap_or_default()
        }
    }

    fn pause(&mut self) {}

    fn tell(&mut self, words: &str) {
        self.told.push(words.to_owned());
    }

    fn show(&mut self, block: &str) -> ExitCode {
        self.told.push(block.to_owned());
        ExitCode::Done
    }

    fn ask(&mut self, question: &str) -> Option<String> {
        self.told.push(question.to_owned());
        self.answers.pop_front().map(str::to_owned)
    }

    fn tap(&mut self, reader: &ReaderConfig, _ready: &str) -> Result<Recording, TransportError> {
        if self.refused.contains(&reader.family) {
            return Err(TransportError::NotThisKind);
        }
        let speed = reader.line.baud;
        self.opened
            .push(format!("{} {}", reader.device, speed.unwrap_or_default()));
        let (wanted, bytes) = self.taps.pop_front().ok_or(TransportError::Lost)?;
        let garbled = wanted.is_some() && wanted != speed;
        let bytes = if garbled {
            &b"\xff\x80\xfe\x00\x81"[..]
        } else {
            bytes
        };
        let reads = if bytes.is_empty() {
            vec![]
        } else {
            vec![(Duration::from_millis(700), bytes.to_vec())]
        };
        Ok(Recording::of_reads(None, reads))
    }
}

impl Invented {
    fn learn(&mut self, given: &Given) -> Result<Learnt, ExitCode> {
        let site = Site {
            notation: Notation::default(),
            is_proved: false,
            technology: None,
        };
        learn(self, given, site, Texts::of(Lang::En))
    }

    #[track_caller]
    fn assert_told(&self, words: &str) {
        assert!(
            self.told.iter().any(|told| told.contains(words)),
            "{:#?}",
            self.told
        );
    }
}

fn adapter(node: &str, id: &str, serial: Option<&str>, path: &str) -> Surveyed {
    let usb = UsbDevice {
        id: id.parse().unwrap(),
        serial: serial.map(str::to_owned),
        path: Some(path.to_owned()),
        maker: None,
        product: None,
    };
    Surveyed {
        known: known(usb.id),
        device: Some(Device {
            link: Link::Serial,
            node: node.to_owned(),
            usb: Some(usb.clone()),
        }),
        usb: Some(usb),
        access: Access::Open,
    }
}

fn port() -> Given {
    Given {
        device: Some(DeviceMatch::Port("/dev/pts/5".to_owned())),
        name: Some("Till".to_owned()),
        ..Given::default()
    }
}

fn frames() -> &'static [u8] {
    [frame_of(A), frame_of(A)].concat().leak()
}

#[test]
fn plug_tap_twice_type_the_number() {
    let scale = adapter("/dev/ttyUSB0", "1a86:7523", None, "1-1");
    let reader = adapter("/dev/ttyUSB1", "1a86:7523", None, "1-2");
    let mut bench = Invented {
        looks: [
            vec![scale.clone()],
            vec![scale.clone()],
            vec![scale, reader],
        ]
        .into(),
        answers: ["", "0061366822", "", "Bar"].into(),
        taps: [(None, frames()), (None, frames())].into(),
        ..Invented::default()
    };
    let learnt = bench.learn(&Given::default()).unwrap();
    assert_eq!(learnt.reader.name, "Bar");
    assert_eq!(learnt.reader.family, "rdm6300");
    assert_eq!(learnt.reader.usb.as_deref(), Some("1a86:7523"));
    assert_eq!(
        learnt.reader.usb_path.as_deref(),
        Some("1-2"),
        "bound, as the chip is anything's"
    );
    assert_eq!((learnt.reader.baud, learnt.reader.port), (None, None));
    assert_eq!(learnt.notation, None, "the site's is right");
    // The scale on the other chip was never opened.
    assert_eq!(bench.opened, ["1a86:7523 @1-2 9600"; 2]);
    bench.assert_told("Found: /dev/ttyUSB1");
}

#[test]
fn a_known_reader_is_known_by_its_number() {
    let line = b"Mifare[BCD14264] 1K (0004,08) 066,53692\r\nNo card\r\n";
    let reader = adapter("/dev/ttyUSB0", "0403:1234", Some("IL03E3BH"), "1-2");
    let mut bench = Invented {
        looks: [vec![], vec![reader]].into(),
        answers: ["", "1682100668", ""].into(),
        taps: [(None, &line[..]), (None, &line[..])].into(),
        ..Invented::default()
    };
    let learnt = bench.learn(&Given::default()).unwrap();
    assert_eq!(learnt.reader.name, "IronLogic Z-2 USB");
    assert_eq!(learnt.reader.serial.as_deref(), Some("IL03E3BH"));
    assert_eq!(learnt.reader.usb_path, None);
    assert_eq!(learnt.notation, Notation::named("dec10-low-first"));
    bench.assert_told("a device of this model speaks so");
}

#[test]
fn the_speed_is_found_by_listening() {
    let line = &b"No:00A1B2C3D4#\r"[..];
    let mut bench = Invented {
        answers: ["00A1B2C3D4", "1"].into(),
        taps: vec![(Some(115_200), line); 4].into(),
        ..Invented::default()
    };
    let learnt = bench.learn(&port()).unwrap();
    assert_eq!(
        bench.opened,
        [9_600, 19_200, 115_200, 115_200].map(|speed| format!("/dev/pts/5 {speed}"))
    );
    let reader = learnt.reader;
    assert_eq!(
        (reader.baud, reader.family.as_str()),
        (Some(115_200), "hex")
    );
    assert_eq!(reader.port.as_deref(), Some("/dev/pts/5"));
    assert_eq!(reader.technology.as_deref(), Some("em-marine"));
    assert_eq!(reader.digits, Some(10));
    assert_eq!(learnt.notation, Notation::named("hex"));
    bench.assert_told("At 9600 what came cannot be read; listening at 19200.");
}

#[test]
fn what_one_card_does_not_decide_another_does() {
    let (one, other) = (&b"0061366822\r\n"[..], &b"0016804270\r\n"[..]);
    let mut bench = Invented {
        answers: ["0061366822", "0016804270", ""].into(),
        taps: [(None, one), (None, one), (None, one), (None, other)].into(),
        ..Invented::default()
    };
    let learnt = bench.learn(&port()).unwrap();
    assert_eq!(learnt.reader.family, "decimal");
    bench.assert_told("This is the same card; another one is needed.");
    bench.assert_told("cards of this reader are not certain");
}

#[test]
fn what_cannot_be_decided_is_refused() {
    let cards = [&b"0061366822\r\n"[..], b"61366823\r\n"];
    let mut bench = Invented {
        taps: [
            cards[0], cards[0], cards[0], cards[0], cards[0], cards[0], cards[0], cards[0],
        ]
        .map(|bytes| (None, bytes))
        .into(),
        answers: [""; 8].into(),
        ..Invented::default()
    };
    assert_eq!(bench.learn(&port()), Err(ExitCode::Refused));
    bench.assert_told("It could not be decided, hex, decimal fit");
}

#[test]
fn two_new_devices_are_not_guessed_between() {
    let mut bench = Invented {
        looks: [
            vec![],
            vec![
                adapter("/dev/ttyUSB0", "1a86:7523", None, "1-1"),
                adapter("/dev/ttyUSB1", "1a86:7523", None, "1-2"),
            ],
        ]
        .into(),
        answers: [""].into(),
        ..Invented::default()
    };
    assert_eq!(bench.learn(&Given::default()), Err(ExitCode::Refused));
    bench.assert_told("Several devices are new: /dev/ttyUSB0, /dev/ttyUSB1");
    assert!(bench.opened.is_empty());
}

#[test]
fn a_reader_without_a_driver_says_what_to_do() {
    let without = Surveyed {
        device: None,
        access: Access::NoDriver,
        ..adapter("", "0403:1234", None, "1-2")
    };
    let mut bench = Invented {
        looks: [vec![], vec![without]].into(),
        answers: [""].into(),
        ..Invented::default()
    };
    assert_eq!(bench.learn(&Given::default()), Err(ExitCode::Refused));
    bench.assert_told("IronLogic Z-2 USB: no driver: add the udev rules");
    let mut bench = Invented {
        answers: [""].into(),
        ..Invented::default()
    };
    assert_eq!(bench.learn(&Given::default()), Err(ExitCode::NotFound));
}

#[test]
fn what_is_no_reader_is_said() {
    for (bytes, words) in [
        (
            &b"ST,GS,+00.575kg\r\n"[..],
            "Text came, but no number of a card",
        ),
        (b"4111111111111111\r\n", "This is a bank card"),
        (b"\xff\xfe\x80\x81", "No speed fits"),
    ] {
        let mut bench = Invented {
            taps: vec![(None, bytes); 8].into(),
            ..Invented::default()
        };
        assert_eq!(bench.learn(&port()), Err(ExitCode::Refused), "{words}");
        bench.assert_told(words);
        assert!(bench.opened.len() <= 7);
    }
    // Silent, also with DTR.
    let mut bench = Invented {
        taps: vec![(None, &b""[..]); 2].into(),
        answers: ["yes"].into(),
        ..Invented::default()
    };
    assert_eq!(bench.learn(&port()), Err(ExitCode::Refused));
    bench.assert_told("Nothing came from the reader");
}

#[test]
fn another_card_at_the_second_tap_is_noticed() {
    let other: &'static [u8] = [frame_of([1, 2, 3, 4, 5]); 2].concat().leak();
    let mut bench = Invented {
        taps: [(None, frames()), (None, other), (None, frames())].into(),
        answers: ["1234567890", "999", "888", ""].into(),
        ..Invented::default()
    };
    let learnt = bench.learn(&port()).unwrap();
    assert_eq!(learnt.reader.family, "rdm6300");
    bench.assert_told("What came is not the same.");
    bench.assert_told("Going on without the number");
    assert_eq!(learnt.notation, None);
}

#[test]
fn without_answers_nothing_is_learnt() {
    let mut bench = Invented {
        taps: vec![(None, frames()); 2].into(),
        ..Invented::default()
    };
    assert_eq!(bench.learn(&port()), Err(ExitCode::Refused));
    for (answer, yes) in [
        ("да", true),
        ("Yes ", true),
        ("н", false),
        ("нет", false),
        ("", false),
    ] {
        assert_eq!(is_yes(answer), yes, "{answer}");
    }
}

#[test]
fn a_device_of_reports_is_opened_as_what_it_may_be() {
    let report = |uid: &[u8]| [uid, &[0x90, 0x00]].concat().leak() as &'static [u8];
    let slot = |node: &str| Surveyed {
        device: Some(Device {
            link: Link::PcSc,
            node: node.to_owned(),
            usb: None,
        }),
        usb: None,
        known: None,
        access: Access::Open,
    };
    let new = vec![
        slot("ACS ACR1252 1S CL Reader [ACR1252 Dual Reader PICC] 00 00"),
        slot("ACS ACR1252 1S CL Reader [ACR1252 Dual Reader SAM] 01 00"),
    ];
    let mut bench = Invented {
        looks: [vec![], new].into(),
        answers: ["", "1682100668", "Till"].into(),
        taps: vec![(None, report(&[0xbc, 0xd1, 0x42, 0x64])); 2].into(),
        ..Invented::default()
    };
    let learnt = bench.learn(&Given::default()).unwrap();
    assert_eq!(learnt.reader.family, "pcsc");
    assert_eq!(
        learnt.reader.port.as_deref(),
        Some("ACS ACR1252 1S CL Reader")
    );
    assert_eq!(learnt.notation, Notation::named("dec10-low-first"));

    let hid = Surveyed {
        device: Some(Device {
            link: Link::Hid,
            node: "/dev/hidraw0".to_owned(),
            usb: None,
        }),
        ..slot("")
    };
    let mut bench = Invented {
        looks: [vec![], vec![hid]].into(),
        answers: [""].into(),
        refused: Family::ALL
            .into_iter()
            .filter(|family| family.link() == Link::Hid)
            .collect(),
        ..Invented::default()
    };
    assert_eq!(bench.learn(&Given::default()), Err(ExitCode::Refused));
    bench.assert_told("not the right device: check family and the reader's mode");
}

#[test]
fn a_reader_that_the_config_has_is_not_learnt_again() {
    let reader = adapter("/dev/ttyUSB1", "0403:1234", Some("IL03E3BH"), "1-2");
    let mut bench = Invented {
        looks: [vec![], vec![reader]].into(),
        answers: [""].into(),
        ..Invented::default()
    };
    let given = Given {
        configured: vec![(
            "Касса".to_owned(),
            DeviceMatch::Usb {
                id: "0403:1234".parse().unwrap(),
                serial: None,
                path: None,
            },
        )],
        ..Given::default()
    };
    assert_eq!(bench.learn(&given), Err(ExitCode::Refused));
    bench.assert_told("The config has this device already: Касса");
    assert_eq!(bench.opened, [""; 0]);
}

/// What is written, and when.
mod consenting {
    use super::*;
    use crate::config::settings::{Reader, UidSettings};

    fn learnt() -> Learnt {
        let text = "name = \"Till\"\nfamily = \"rdm6300\"\nport = \"COM3\"\n";
        Learnt {
            reader: toml::from_str::<Reader>(text).unwrap(),
            notation: Notation::named("3+5"),
        }
    }

    fn consented(answer: &'static str, file: Option<&std::path::Path>) -> (Ending, Invented) {
        let mut bench = Invented {
            answers: [answer].into(),
            ..Invented::default()
        };
        let place = Place {
            file,
            uid: UidSettings::default(),
        };
        let ending = consent(&mut bench, &learnt(), &place, Texts::of(Lang::En));
        (ending, bench)
    }

    #[test]
    fn nothing_is_written_without_a_yes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "lang = \"en\"\n").unwrap();
        for answer in ["", "no", "нет", "н"] {
            let (ending, bench) = consented(answer, Some(&file));
            assert_eq!(ending, Ending::NotWritten(ExitCode::Refused), "{answer}");
            bench.assert_told("template = \"{facility},{number}\"");
            let text = std::fs::read_to_string(&file).unwrap();
            assert_eq!(text, "lang = \"en\"\n");
        }
        let (ending, bench) = consented("да", Some(&file));
        assert_eq!((ending, ending.code()), (Ending::Written, ExitCode::Done));
        bench.assert_told("Written to");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("[[readers]]\nname = \"Till\"\n"), "{text}");
        // The same device once more.
        let (ending, bench) = consented("да", Some(&file));
        assert_eq!(ending, Ending::NotWritten(ExitCode::Refused));
        bench.assert_told("not changed");
    }

    #[test]
    fn without_a_file_the_lines_are_shown() {
        let (ending, bench) = consented("yes", None);
        assert_eq!(ending, Ending::Shown(ExitCode::Done));
        bench.assert_told("name = \"Till\"");
    }
}
