//! Field cases of card readers (docs/field-cases.md) with the real program at a real port.
//!
//! What needs a plug to be pulled, a kernel's driver or a keyboard is in `tests/lab`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use limekeeper::readers::Family;
use limekeeper::readers::device::Link;
use serde_json::Value;
use serialport::{SerialPort as _, TTYPort};

use crate::harness::{PATIENCE, Sim, program};
use crate::reader_live::{Live, Unpluggable};
use crate::screen::{ReaderPort, Screen, frame};

const SAMPLE_FRAME: &[u8] = b"\x020003A86226EF\x03";
const SAMPLE_CARD: u32 = 61_366_822;
const OTHER_CARD: u32 = 50_331_649;

const F2: &str = "\x1bOQ";
const F3: &str = "\x1bOR";
const F9: &str = "\x1b[20~";
const ESC: &str = "\x1b";

fn watch(family: &str, path: &str) -> Live {
    Live::start(&[
        "reader", "watch", "--json", "--lang", "en", "--port", path, "--family", family,
    ])
}

/// All events up to the first of a kind, that one included.
fn until(live: &Live, event: &str) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        events.push(live.json());
        if events.last().unwrap()["event"] == event {
            return events;
        }
    }
}

fn cards(events: &[Value]) -> Vec<&Value> {
    events
        .iter()
        .filter(|event| event["event"] == "card")
        .collect()
}

/// A till with a reader at a port of ours.
fn till() -> (Sim, ReaderPort, Screen) {
    let sim = Sim::start();
    let port = ReaderPort::open();
    let path = port.path.clone();
    let config = sim.config_with("field-readers.toml", |text| {
        format!("{text}\n[[readers]]\nname = \"Till\"\nfamily = \"rdm6300\"\nport = \"{path}\"\n")
    });
    let screen = Screen::start(&["run"], Some(&config));
    (sim, port, screen)
}

/// The card is tapped until the screen shows it: a reader that is just being opened throws away
/// what came before.
#[track_caller]
fn tap_until(screen: &mut Screen, port: &mut ReaderPort, card: u32, shown: &str) {
    let until = Instant::now() + PATIENCE;
    while !screen.text().contains(shown) {
        assert!(Instant::now() < until, "no {shown}\n{}", screen.text());
        port.tap(&frame(card));
        screen.settle();
    }
}

/// Case 17: a second card while a sum is being typed, at a reader that types and at one that does
/// not: the card joins the bill, the sum stands.
#[test]
fn case_17_a_card_amid_a_sum_changes_no_digit_of_it() {
    let (_sim, mut port, mut screen) = till();
    screen.open_sample_order();
    tap_until(&mut screen, &mut port, SAMPLE_CARD, "100038");
    screen.type_text("1250", |typed| format!("{typed}_"));
    screen.tap_typed(&OTHER_CARD.to_string(), "100101");
    let typed = screen.wait_for("Распределено 1 250,00");
    for wrong in ["50331649", "50 331 649", "4 301"] {
        assert!(!typed.contains(wrong), "{wrong}\n{typed}");
    }
}

/// Case 26: reads count wherever the screen says so, whatever was opened and left before.
#[test]
fn case_26_a_card_is_read_after_every_screen_that_was_opened_and_left() {
    let (_sim, mut port, mut screen) = till();
    screen.wait_for("*/1");
    // The search of the list, then the bill.
    screen.type_text("3/", |typed| format!("Найти: {typed}"));
    screen.press(ESC);
    screen.wait("an empty search", |text| !text.contains("Найти: 3"));
    screen.open_sample_order();
    tap_until(&mut screen, &mut port, SAMPLE_CARD, "100038");
    // The card's page and the payments, each opened, left, and a card tapped behind it.
    for (key, heading) in [(F3, "История операций"), (F9, "Платежи за сегодня")]
    {
        screen.press(key);
        screen.wait_for(heading);
        screen.press(ESC);
        screen.wait("the bill", |text| {
            text.contains("К оплате") && !text.contains(heading)
        });
        screen.press(F2);
        screen.press("\x1b[19~"); // F8: the card is taken off
        screen.wait("no card", |text| !text.contains("100038"));
        tap_until(&mut screen, &mut port, SAMPLE_CARD, "100038");
    }
}

/// Case 27: a port that is gone is let go, and waiting for it costs nothing.
#[test]
#[cfg(target_os = "linux")]
fn case_27_an_unplugged_port_is_let_go_and_costs_no_time() {
    let port = Unpluggable::open();
    let live = watch("rdm6300", &port.path);
    live.ready();
    let node = port.path.clone();
    drop(port);
    assert_eq!(live.json_of("health")["state"], "lost");
    let process = format!("/proc/{}", live.child.id());
    let held = fs::read_dir(format!("{process}/fd"))
        .unwrap()
        .filter_map(|fd| fs::read_link(fd.unwrap().path()).ok())
        .any(|open| open.starts_with(&node));
    assert!(!held, "the port is still open");
    // Over a while, so that the pauses between two attempts are in it. Reading for ever would
    // take all of that time.
    let before = ticks(&process);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        let _ = live.lines.recv_timeout(Duration::from_millis(100));
    }
    let ticks = ticks(&process) - before;
    assert!(ticks < 40, "{ticks} hundredths of a second in two seconds");
}

/// User and system time of a process, in hundredths of a second.
#[cfg(target_os = "linux")]
fn ticks(process: &str) -> u64 {
    let stat = fs::read_to_string(format!("{process}/stat")).unwrap();
    // Behind the name, which may hold spaces: the fields from the third on.
    let fields = stat.rsplit_once(')').unwrap().1;
    let times = fields.split_ascii_whitespace().skip(11).take(2);
    times.map(|time| time.parse::<u64>().unwrap()).sum()
}

/// Case 29: behind the name of the port is now a scale. Its lines are counted, in no family a card.
#[test]
fn case_29_a_scale_under_the_readers_name_is_never_a_card() {
    let serial = Family::ALL
        .into_iter()
        .filter(|family| family.link() == Link::Serial);
    for family in serial.map(Family::name) {
        let port = Unpluggable::open();
        let mut scale = port.writer();
        let live = watch(family, &port.path);
        live.ready();
        let mut events = Vec::new();
        while !events.iter().any(|event: &Value| event["event"] == "noise") {
            scale.write_all(b"ST,GS,+00.575kg\r\n").unwrap();
            if let Ok(line) = live.lines.recv_timeout(Duration::from_millis(200)) {
                events.push(serde_json::from_str(&line).unwrap());
            }
        }
        assert_eq!(cards(&events), Vec::<&Value>::new(), "{family}");
    }
}

/// Case 30: nothing is ever written to a port: not when looking around, not when watching, learning
/// what it is, or when the till runs.
#[test]
fn case_30_no_command_writes_a_byte_to_a_port() {
    let (mut device, port) = TTYPort::pair().unwrap();
    let path = port.name().unwrap();
    drop(port);
    device.set_timeout(Duration::from_millis(50)).unwrap();
    let mut written = Vec::new();
    for family in ["rdm6300", "ironlogic", "perco", "decimal", "track"] {
        let live = watch(family, &path);
        live.ready();
        // What devices say that want an answer: a fiscal printer's ENQ, a modem's ring; a scale.
        device
            .write_all(b"\x05\x05RING\r\nST,GS,+00.575kg\r\n")
            .unwrap();
        until(&live, "noise");
        assert_eq!(live.interrupt(), 0);
        let mut buf = [0; 64];
        while let Ok(count @ 1..) = device.read(&mut buf) {
            written.extend_from_slice(&buf[..count]);
        }
    }
    assert!(written.is_empty(), "{written:x?}");
    let folder = tempfile::tempdir().unwrap();
    for args in [
        vec!["reader".to_owned(), "list".to_owned()],
        vec![
            "reader".to_owned(),
            "record".to_owned(),
            folder.path().join("dump").to_str().unwrap().to_owned(),
            "--port".to_owned(),
            path.clone(),
            "--seconds".to_owned(),
            "1".to_owned(),
        ],
    ] {
        let done = Command::new(program()).args(&args).output().unwrap();
        assert!(done.status.success(), "{args:?}: {done:?}");
    }
    let mut buf = [0; 64];
    let heard = device.read(&mut buf);
    assert!(heard.is_err(), "{heard:?}: {buf:x?}");
}

/// Case 31: what waited in the port before it was opened belongs to no present guest.
#[test]
fn case_31_what_was_read_before_the_port_was_opened_is_thrown_away() {
    let port = Unpluggable::open();
    let mut reader = port.writer();
    // The garbled head of a line, then cards of an hour ago, then one that is under way.
    reader.write_all(b"\xaa\x65\xd1\xb9\xf1").unwrap();
    for _ in 0..3 {
        reader.write_all(b"0004301203\r\n").unwrap();
    }
    reader.write_all(b"00065").unwrap();
    let live = watch("decimal", &port.path);
    live.ready();
    reader.write_all(b"47886\r\n0008315940\r\n").unwrap();
    let events = until(&live, "card");
    let card = &events.last().unwrap();
    assert_eq!(card["notations"]["dec10"], "0008315940", "{events:?}");
    assert_eq!(cards(&events).len(), 1, "{events:?}");
}

/// Case 32: another program eats every other byte. What is left is of no family a card.
#[test]
fn case_32_half_of_the_bytes_are_never_a_card() {
    let lines: [(&str, &[u8]); 7] = [
        ("rdm6300", SAMPLE_FRAME),
        ("ironlogic", b"Em-Marine[5500] 126,58404\r\n"),
        ("framed", b"\x02\x0a\x02\x06\x00\x8e\x6d\x5d\xb0\x03"),
        ("twn3", b":170009593F48\r\n"),
        ("wiegand", b"10110000001000101000001011\r\n"),
        ("perco", b"\xf2\xff\x05\x01\xa8\x62\x26\xe8"),
        ("track", b";10001=0001?\r\n"),
    ];
    for (family, whole) in lines {
        for first in [0, 1] {
            let half: Vec<u8> = whole.iter().copied().skip(first).step_by(2).collect();
            let folder = tempfile::tempdir().unwrap();
            let dump = folder.path().join("dump");
            fs::write(&dump, half.repeat(3)).unwrap();
            let done = Command::new(program())
                .args(["reader", "decode", "--family", family])
                .stdin(fs::File::open(&dump).unwrap())
                .output()
                .unwrap();
            assert!(done.status.success(), "{done:?}");
            for line in String::from_utf8(done.stdout).unwrap().lines() {
                let event: Value = serde_json::from_str(line).unwrap();
                assert_ne!(event["card_present"], true, "{family}: {event}");
            }
        }
    }
    // A line of bare digits has nothing but its length.
    for (digits, sent) in [("10", "00431\r\n"), ("8", "0A6\r\n")] {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("dump");
        fs::write(&dump, sent).unwrap();
        let family = if digits == "10" { "decimal" } else { "hex" };
        let done = Command::new(program())
            .args(["reader", "decode", "--family", family, "--digits", digits])
            .stdin(fs::File::open(&dump).unwrap())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(!text.contains("\"card_present\":true"), "{text}");
    }
}

/// The number of the group `uucp` on Debian.
const UUCP: u32 = 10;

/// Case 35: a port that this user may not open is there, and whose members may is read from it.
#[test]
fn case_35_no_permission_is_told_with_the_ports_own_group() {
    let port = Unpluggable::open();
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program());
    if fs::metadata(&port.path).unwrap().uid() == 0 {
        // Nobody keeps root out of a file, so the program runs as somebody else, from where
        // everybody may start it.
        let copy = folder.path().join("limekeeper");
        fs::copy(program(), &copy).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        command = Command::new(copy);
        // As Arch has it; not every system's group is `dialout`.
        std::os::unix::fs::chown(&port.path, None, Some(UUCP)).unwrap();
        command.uid(65_534).gid(65_534).env("HOME", folder.path());
    }
    fs::set_permissions(&port.path, fs::Permissions::from_mode(0o000)).unwrap();
    let live = Live::of(command.args([
        "reader", "watch", "--json", "--lang", "en", "--family", "rdm6300", "--port", &port.path,
    ]));
    let health = loop {
        let health = live.json_of("health");
        if health["state"] != "opening" {
            break health;
        }
    };
    assert_eq!(health["state"], "no_permission", "{health}");
    let gid = fs::metadata(&port.path).unwrap().gid().to_string();
    let groups = fs::read_to_string("/etc/group").unwrap();
    let named = groups
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&gid.as_str()));
    let group = named.map_or(gid.as_str(), |fields| fields[0]);
    let todo = health["todo"].as_str().unwrap();
    assert!(todo.contains(group), "{todo} lacks {group}");
}
