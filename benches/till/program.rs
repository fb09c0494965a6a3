//! The real program in a terminal, beside stand-ins that answer at once.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use limekeeper::readers::codec::rdm6300::frame_of;
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use serialport::{SerialPort as _, TTYPort};

use crate::stand_ins::{SAMPLE, StandIns, median};
use crate::table::{row, title};

/// What must happen, happens within this time.
const PATIENCE: Duration = Duration::from_secs(20);
const SIZE: PtySize = PtySize {
    rows: 48,
    cols: 128,
    pixel_width: 0,
    pixel_height: 0,
};
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
/// A card counts as lifted when it was not read for that long.
const LIFTED: Duration = Duration::from_millis(2_300);
/// The reader is open and an order read long before.
const READY: Duration = Duration::from_secs(1);
/// Questions to Lime about one card.
const CARD_TRIPS: u32 = 3;

pub fn run(keys: usize, starts: usize) {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let sim = StandIns::start(place.path(), SAMPLE);
    title("the program in a terminal, 128×48");
    first_frames(&sim, starts);
    let (reader, till) = TTYPort::pair().unwrap();
    let config = with_reader(&sim.config, &till.name().unwrap());
    drop(till);
    let mut screen = Running::start(&config);
    screen.wait("F10");
    thread::sleep(READY);
    keys_in_the_list(&mut screen, keys);
    taps(&sim, &mut screen, reader, starts.min(8));
}

/// From the start of the process to the end of its first picture; the floor is a start that only prints
/// the version.
fn first_frames(sim: &StandIns, starts: usize) {
    let floor = (0..starts).map(|_| {
        let begun = Instant::now();
        let child = Running::spawn(&["--version"]);
        while child.bytes.recv_timeout(PATIENCE).is_ok() {}
        begun.elapsed()
    });
    let floor = median(floor.collect());
    let (times, bytes) = (0..starts)
        .map(|_| {
            let begun = Instant::now();
            let mut screen = Running::start(&sim.config);
            // The last line is drawn last.
            screen.wait("F10");
            (begun.elapsed(), screen.seen)
        })
        .unzip();
    row("start → first frame", times, floor, bytes);
}

/// The floor is a terminal's own way there and back: `cat` answers every byte.
fn keys_in_the_list(screen: &mut Running, samples: usize) {
    let mut cat = Running::of(&mut CommandBuilder::new("cat"));
    let floor = median((0..samples).map(|_| cat.press("x")).collect());
    let (mut times, mut bytes) = (vec![], vec![]);
    for key in [DOWN, UP].into_iter().cycle().take(samples) {
        screen.calm();
        let before = screen.seen;
        times.push(screen.press(key));
        screen.calm();
        bytes.push(screen.seen - before);
    }
    row(
        "a key in the list, to the first byte back",
        times,
        floor,
        bytes,
    );
}

/// Last byte of a card at the port → its accounts are drawn. The floor is as many bare round trips to
/// Lime as its questions about a card.
fn taps(sim: &StandIns, screen: &mut Running, mut reader: TTYPort, samples: usize) {
    let trip = median((0..50).map(|_| bare_round_trip(sim)).collect());
    screen.press("\r");
    thread::sleep(READY);
    let (mut times, mut bytes) = (vec![], vec![]);
    for _ in 0..samples {
        thread::sleep(LIFTED);
        screen.calm();
        let before = screen.seen;
        let frame = frame_of([0x00, 0x03, 0xA8, 0x62, 0x26]);
        reader.write_all(&frame).unwrap();
        reader.flush().unwrap();
        let begun = Instant::now();
        screen.wait("100038");
        times.push(begun.elapsed());
        screen.calm();
        bytes.push(screen.seen - before);
        // Off the bill again.
        screen.press("\x1b[19~");
        screen.calm();
    }
    row("a card → its accounts", times, trip * CARD_TRIPS, bytes);
}

fn bare_round_trip(sim: &StandIns) -> Duration {
    let begun = Instant::now();
    let answer = sim.ask("lime", "GET", "/nothing", "");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    begun.elapsed()
}

/// The till's config with a reader at that port.
fn with_reader(config: &Path, port: &str) -> std::path::PathBuf {
    let text = std::fs::read_to_string(config).unwrap();
    let path = config.with_file_name("with-reader.toml");
    let section =
        format!("\n[[readers]]\nname = \"Стойка\"\nfamily = \"rdm6300\"\nport = \"{port}\"\n");
    std::fs::write(&path, text + &section).unwrap();
    path
}

/// A program in a terminal of its own; it ends with this.
pub struct Running {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    last: Vec<u8>,
    /// Bytes so far.
    pub seen: usize,
}

impl Running {
    pub fn start(config: &Path) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_limekeeper"));
        command.arg("--config");
        command.arg(config);
        Self::of(&mut command)
    }

    fn spawn(args: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_limekeeper"));
        command.args(args);
        Self::of(&mut command)
    }

    fn of(command: &mut CommandBuilder) -> Self {
        command.env("TERM", "xterm-256color");
        let pty = native_pty_system().openpty(SIZE).unwrap();
        let child = pty.slave.spawn_command(command.clone()).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let (send, bytes) = channel();
        thread::spawn(move || {
            let mut chunk = vec![0; 65_536];
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                if send.send(chunk[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keys,
            bytes,
            last: vec![],
            seen: 0,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Until the bytes that came have the words; they must be drawn in one piece.
    pub fn wait(&mut self, words: &str) {
        let words = words.as_bytes();
        while !self.last.windows(words.len()).any(|part| part == words) {
            let bytes = self.bytes.recv_timeout(PATIENCE).unwrap();
            self.seen += bytes.len();
            self.last.extend(bytes);
        }
        self.last.clear();
    }

    /// Until the first byte that answers.
    pub fn press(&mut self, key: &str) -> Duration {
        let begun = Instant::now();
        self.keys.write_all(key.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        let bytes = self.bytes.recv_timeout(PATIENCE).unwrap();
        let time = begun.elapsed();
        self.seen += bytes.len();
        self.last.extend(bytes);
        time
    }

    /// Until nothing comes any more; what came is forgotten.
    pub fn calm(&mut self) {
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(100)) {
            self.seen += bytes.len();
        }
        self.last.clear();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
