//! The real program beside a real serial port: `reader list`, `reader watch`.

use std::fs;
use std::io::{BufRead as _, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use portable_pty::{MasterPty, PtySize, native_pty_system};
use serde_json::Value;

use crate::harness::{PATIENCE, Said, program};
use crate::screen::ReaderPort;

const SAMPLE_FRAME: &[u8] = b"\x020003A86226EF\x03";

/// A reader that can be unplugged: no child of this process holds its end of the line.
struct Unpluggable {
    master: Box<dyn MasterPty>,
    path: String,
}

impl Unpluggable {
    fn open() -> Self {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let path = pair.master.tty_name().unwrap();
        Self {
            path: path.to_str().unwrap().to_owned(),
            master: pair.master,
        }
    }

    /// Whoever takes the writer and drops it sends an end of input, so it is dropped at the end.
    fn writer(&self) -> Box<dyn Write + Send> {
        self.master.take_writer().unwrap()
    }
}

/// The program with its lines as they come.
struct Live {
    child: Child,
    lines: Receiver<String>,
}

impl Live {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (say, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    /// The next event of that kind, and what came before it.
    fn json_of(&self, event: &str) -> Value {
        loop {
            let line = self.json();
            if line["event"] == event {
                return line;
            }
        }
    }

    fn ready(&self) {
        while self.json_of("health")["state"] != "ready" {}
    }

    /// As Ctrl+C in a terminal.
    fn interrupt(mut self) -> i32 {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn say(args: &[&str]) -> Said {
    Said::of(&Command::new(program()).args(args).output().unwrap())
}

#[test]
fn watch_shows_cards_of_a_port_in_every_notation() {
    let port = Unpluggable::open();
    let mut reader = port.writer();
    let path = port.path.clone();
    let live = Live::start(&[
        "reader", "watch", "--json", "--port", &path, "--family", "rdm6300",
    ]);
    live.ready();
    reader.write_all(SAMPLE_FRAME).unwrap();
    let card = live.json_of("card");
    assert_eq!(card["reader"], path.as_str());
    assert_eq!(card["uid_hex"], "0003A86226");
    assert_eq!(card["notations"]["dec10"], "0061366822");
    assert_eq!(card["notations"]["3+5"], "168,25126");
    assert_eq!(live.json()["event"], "gone");
    // A scale at the same port is told as noise, and no card is made of it.
    reader.write_all(b"ST,GS,+00.575kg\r\n").unwrap();
    let noise = live.json();
    assert_eq!(noise["event"], "noise", "{noise}");
    // Unplugged.
    drop((reader, port));
    assert_eq!(live.json_of("health")["state"], "lost");
    assert_eq!(live.interrupt(), 0);
}

#[test]
fn watch_watches_the_readers_of_the_config() {
    let mut port = ReaderPort::open();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let text = format!(
        "lang = \"en\"\n[[readers]]\nname = \"Till\"\nfamily = \"rdm6300\"\nport = \"{}\"\n\
         [[readers]]\nname = \"Bar\"\nfamily = \"ironlogic\"\nusb = \"0403:1234\"\nserial = \"none-such\"\n",
        port.path
    );
    fs::write(&config, text).unwrap();
    let live = Live::start(&[
        "--config",
        config.to_str().unwrap(),
        "reader",
        "watch",
        "--json",
    ]);
    let mut states = std::collections::BTreeSet::new();
    while !(states.contains("Till ready") && states.contains("Bar absent")) {
        let line = live.json();
        let word = |key: &str| line[key].as_str().unwrap().to_owned();
        states.insert(format!("{} {}", word("reader"), word("state")));
    }
    port.tap(SAMPLE_FRAME);
    assert_eq!(live.json_of("card")["uid"], "61366822");
    assert_eq!(live.interrupt(), 0);
}

#[test]
fn a_port_in_use_names_who_uses_it() {
    let port = ReaderPort::open();
    let args = [
        "reader", "watch", "--json", "--lang", "en", "--family", "rdm6300", "--port",
    ];
    let args = [&args[..], &[&port.path]].concat();
    let first = Live::start(&args);
    first.ready();
    let second = Live::start(&args);
    let health = loop {
        let health = second.json_of("health");
        if health["state"] != "opening" {
            break health;
        }
    };
    assert_eq!(health["state"], "busy");
    let holder = format!("held by limekeeper ({})", first.child.id());
    assert_eq!(health["todo"], holder.as_str());
}

#[test]
fn what_is_missing_is_said() {
    let said = say(&["reader", "watch", "--lang", "en", "--port", "/dev/ttyUSB9"]).expect_code(2);
    assert!(said.err.contains("--family"), "{said:?}");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "lang = \"en\"\n").unwrap();
    let config = config.to_str().unwrap();
    let said = say(&["--config", config, "reader", "watch"]).expect_code(3);
    assert!(said.err.contains("--port"), "{said:?}");
    // Looking needs no config at all, and works beside a broken one.
    fs::write(config, "broken").unwrap();
    let said = say(&["--config", config, "reader", "list", "--json"]).expect_code(0);
    for line in said.out.lines() {
        let device: Value = serde_json::from_str(line).unwrap();
        assert!(device["access"].is_string(), "{device}");
    }
}
