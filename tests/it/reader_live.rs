//! The real program beside a real serial port: `reader list`, `reader watch`, `reader record`,
//! `reader learn`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use limekeeper::readers::transport::Recording;
use limekeeper::readers::{Event, Family};
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::Value;

use crate::harness::{PATIENCE, Said, program};
use crate::screen::ReaderPort;

const SAMPLE_FRAME: &[u8] = b"\x020003A86226EF\x03";

/// A reader that can be unplugged: no child of this process holds its end of the line.
pub struct Unpluggable {
    pub master: Box<dyn MasterPty>,
    pub path: String,
}

impl Unpluggable {
    pub fn open() -> Self {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let path = pair.master.tty_name().unwrap();
        Self {
            path: path.to_str().unwrap().to_owned(),
            master: pair.master,
        }
    }

    /// Whoever takes the writer and drops it sends an end of input, so it is dropped at the end.
    pub fn writer(&self) -> Box<dyn Write + Send> {
        self.master.take_writer().unwrap()
    }
}

/// The program with its lines as they come.
pub struct Live {
    pub child: Child,
    pub lines: Receiver<String>,
}

impl Live {
    pub fn start(args: &[&str]) -> Self {
        Self::of(Command::new(program()).args(args))
    }

    pub fn of(command: &mut Command) -> Self {
        let mut child = command
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

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    /// The next event of that kind, and what came before it.
    pub fn json_of(&self, event: &str) -> Value {
        loop {
            let line = self.json();
            if line["event"] == event {
                return line;
            }
        }
    }

    pub fn ready(&self) {
        while self.json_of("health")["state"] != "ready" {}
    }

    /// As Ctrl+C in a terminal.
    pub fn interrupt(mut self) -> i32 {
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

#[test]
fn a_recording_gives_the_events_that_were_there() {
    let mut port = ReaderPort::open();
    let path = port.path.clone();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("till.txt");
    let shown = file.to_str().unwrap();
    let args = [
        "reader", "record", shown, "--port", &path, "--family", "rdm6300",
    ];
    let live = Live::start(&args);
    // The file is there as soon as the port is open.
    wait_until(|| file.exists());
    port.tap(SAMPLE_FRAME);
    wait_until(|| text(&file).lines().any(|line| !line.starts_with('#')));
    port.tap(b"4111111111111111\r\n");
    wait_until(|| text(&file).contains("bank card"));
    port.tap(b"\x02010063E9AE25\x03");
    // What did not fall silent yet is written at the end.
    assert_eq!(live.interrupt(), 0);
    let text = text(&file);
    assert!(
        text.starts_with("# limekeeper recording, family rdm6300\n"),
        "{text}"
    );
    assert!(
        text.contains(&format!("# device {}, 9600 baud", port.path)),
        "{text}"
    );
    let recording = Recording::parse(&text).unwrap_or_default();
    assert!(!recording.text().contains("34 31 31 31"), "{text}");
    let cards: Vec<Vec<u8>> = recording
        .events(Family::Rdm6300)
        .into_iter()
        .filter_map(|(_, event)| match event {
            Event::Card(read) => Some(read.known_bytes().to_vec()),
            Event::Gone(_) | Event::Rejected(_) => None,
        })
        .collect();
    assert_eq!(cards[0], [0x00, 0x03, 0xa8, 0x62, 0x26]);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Never over an older recording.
    let said = say(&args).expect_code(4);
    assert!(said.err.contains(shown), "{said:?}");
}

#[test]
fn a_recording_ends_by_itself_and_needs_its_device() {
    let port = ReaderPort::open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.txt");
    let file = file.to_str().unwrap();
    say(&[
        "reader",
        "record",
        file,
        "--port",
        &port.path,
        "--seconds",
        "1",
    ])
    .expect_code(0);
    assert!(text(file.as_ref()).contains("family not said"));
    let other = folder.path().join("other.txt");
    let other = other.to_str().unwrap();
    say(&["reader", "record", other, "--port", "/dev/no-such-port"]).expect_code(8);
    say(&["reader", "record", other, "--port", file]).expect_code(4);
    assert!(!Path::new(other).exists(), "nothing was recorded");
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

#[track_caller]
fn wait_until(done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The program in a terminal with a person before it.
struct Dialogue {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    terminal: Box<dyn MasterPty>,
    keys: Box<dyn Write + Send>,
    shown: Receiver<Vec<u8>>,
    text: String,
}

impl Dialogue {
    fn start(args: &[&str]) -> Self {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(program());
        command.args(args);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut screen = pair.master.try_clone_reader().unwrap();
        let (say, shown) = channel();
        std::thread::spawn(move || {
            let mut buf = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut buf) {
                if say.send(buf[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keys: pair.master.take_writer().unwrap(),
            terminal: pair.master,
            shown,
            text: String::new(),
        }
    }

    /// Waits for words that were not waited for before.
    #[track_caller]
    fn wait(&mut self, words: &str) {
        loop {
            if let Some(place) = self.text.find(words) {
                self.text.drain(..place + words.len());
                return;
            }
            match self.shown.recv_timeout(PATIENCE) {
                Ok(bytes) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("{words:?} {error}: {}", self.text),
            }
        }
    }

    #[track_caller]
    fn answer(&mut self, question: &str, answer: &str) {
        self.wait(question);
        self.keys
            .write_all(format!("{answer}\r").as_bytes())
            .unwrap();
    }

    fn end(mut self) -> u32 {
        let code = self.child.wait().unwrap().exit_code();
        drop(self.terminal);
        code
    }
}

#[test]
fn learn_writes_a_reader_and_the_notation_and_keeps_the_comments() {
    let mut port = ReaderPort::open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let before =
        "# ours\nlang = \"en\" # and this\n\n[lime.uid]\n# as printed\nkeep_bytes = 5 # all\n";
    fs::write(&file, before).unwrap();
    let config = file.to_str().unwrap();
    let path = port.path.clone();
    let mut talk = Dialogue::start(&["--config", config, "reader", "learn", "--port", &path]);
    talk.wait("Hold a card to the reader");
    port.tap(SAMPLE_FRAME);
    talk.wait("The same card once more");
    port.tap(SAMPLE_FRAME);
    talk.answer("Type the number of this card", "168,25126");
    talk.wait("Family rdm6300");
    talk.answer("How is the reader called on the screen? [Reader]", "Till");
    talk.wait("template = \"{facility},{number}\"");
    talk.answer("Type \"yes\"", "yes");
    talk.wait("Written to");
    assert_eq!(talk.end(), 0);
    let after = text(&file);
    assert!(
        after.starts_with("# ours\nlang = \"en\" # and this\n\n[lime.uid]\n"),
        "{after}"
    );
    assert!(
        after.contains("# as printed\nkeep_bytes = 3  # all\n"),
        "{after}"
    );
    let block =
        format!("\n[[readers]]\nname = \"Till\"\nfamily = \"rdm6300\"\nport = \"{path}\"\n");
    assert!(after.ends_with(&block), "{after}");
    // The reader works as written: its card is read in the site's notation.
    let live = Live::start(&["--config", config, "reader", "watch", "--json"]);
    live.ready();
    port.tap(SAMPLE_FRAME);
    assert_eq!(live.json_of("card")["uid"], "168,25126");
    drop(live);
    // The same device is not written twice.
    let mut talk = Dialogue::start(&["--config", config, "reader", "learn", "--port", &path]);
    talk.wait("Hold a card to the reader");
    port.tap(SAMPLE_FRAME);
    talk.wait("The same card once more");
    port.tap(SAMPLE_FRAME);
    talk.answer("Type the number of this card", "");
    talk.answer("How is the reader called", "");
    talk.answer("Type \"yes\"", "yes");
    talk.wait("another section of [[readers]] has this device");
    assert_eq!(talk.end(), 4);
    assert_eq!(text(&file), after);
}

#[test]
fn learn_refuses_what_is_no_reader_and_writes_nothing_without_a_yes() {
    let mut port = ReaderPort::open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "lang = \"en\"\n").unwrap();
    let config = file.to_str().unwrap();
    let path = port.path.clone();
    let args = [
        "--config", config, "reader", "learn", "--name", "Till", "--port", &path,
    ];
    let mut talk = Dialogue::start(&args);
    talk.wait("Hold a card to the reader");
    port.tap(b"ST,GS,+00.575kg\r\n");
    talk.wait("Text came, but no number of a card");
    assert_eq!(talk.end(), 4);
    let mut talk = Dialogue::start(&args);
    talk.wait("Hold a card to the reader");
    port.tap(SAMPLE_FRAME);
    talk.wait("The same card once more");
    port.tap(SAMPLE_FRAME);
    talk.answer("Type the number of this card", "");
    talk.answer("Type \"yes\"", "n");
    talk.wait("Nothing is written.");
    assert_eq!(talk.end(), 4);
    assert_eq!(text(&file), "lang = \"en\"\n");
}

/// Field case 30, for the one command that listens to a device which nobody has named yet.
#[test]
fn case_30_learn_writes_no_byte_to_the_port() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "lang = \"en\"\n").unwrap();
    let port = Unpluggable::open();
    let mut reader = port.writer();
    let mut line = port.master.try_clone_reader().unwrap();
    let listener = std::thread::spawn(move || {
        let mut written = Vec::new();
        let mut buf = [0; 256];
        // Ends with an error when nobody has the port open any more.
        while let Ok(count @ 1..) = line.read(&mut buf) {
            written.extend_from_slice(&buf[..count]);
        }
        written
    });
    let config = config.to_str().unwrap();
    let mut talk = Dialogue::start(&["--config", config, "reader", "learn", "--port", &port.path]);
    for question in ["Hold a card to the reader", "The same card once more"] {
        talk.wait(question);
        reader
            .write_all(b"Em-Marine[5500] 126,58404\r\nNo card\r\n")
            .unwrap();
    }
    talk.answer("Type the number of this card", "126,58404");
    talk.wait("Family ironlogic");
    // As Ctrl+C.
    talk.keys.write_all(b"\x03").unwrap();
    talk.child.wait().unwrap();
    let written = listener.join().unwrap();
    assert!(written.is_empty(), "{written:x?}");
}
