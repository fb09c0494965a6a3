//! The measurements.

use std::fs;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use limekeeper::readers::codec::pcsc::REMOVED;
use limekeeper::readers::codec::rdm6300::frame_of;
use limekeeper::readers::device::DeviceMatch;
use limekeeper::readers::transport::{LineSettings, Opener, VirtualReader, channel as line};
use limekeeper::readers::{
    CodecSettings, Family, Health, ReaderConfig, ReaderMessage, SupervisorHandle, spawn, spawn_with,
};
use serialport::{SerialPort as _, TTYPort};

/// What must happen, happens within this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two parts of a frame, so that what came before has been read when the last byte comes.
const PAUSE: Duration = Duration::from_millis(3);

/// A pause before the first text of a keyboard, without which it may be the end of another.
const BEFORE_KEYS: Duration = Duration::from_millis(300);

/// One character at 9600 baud, 8N1: ten bits.
const CHARACTER: Duration = Duration::from_nanos(1_041_667);

/// Prints the table.
pub fn run() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let build = if cfg!(debug_assertions) {
        "DEBUG BUILD"
    } else {
        "release build"
    };
    println!("last byte on the line → event out of the supervisor; {build}\n");
    println!(
        "{:<28} │ {:>5} │ {:>9} {:>9} {:>9} │ {:>20}",
        "reader", "cards", "p50", "p99", "worst", "line at 9600 baud"
    );
    row(
        "ironlogic, pseudo terminal",
        ironlogic(if quick { 20 } else { 200 }),
        Some(26),
    );
    row(
        "rdm6300, pseudo terminal",
        rdm6300(if quick { 10 } else { 200 }),
        Some(14),
    );
    row(
        "keyboard, reports",
        keyboard(if quick { 50 } else { 1_000 }),
        None,
    );
    row(
        "magtek, reports",
        magtek(if quick { 20 } else { 200 }),
        None,
    );
    row("pcsc, answers", pcsc(if quick { 50 } else { 1_000 }), None);
    idle(Duration::from_secs(if quick { 2 } else { 20 }));
}

/// A line of the table.
fn row(name: &str, mut times: Vec<Duration>, characters: Option<u32>) {
    times.sort();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let line = characters.map_or_else(String::new, |count| {
        format!("{count} bytes: {}", ms(CHARACTER * count))
    });
    println!(
        "{name:<28} │ {:>5} │ {:>9} {:>9} {:>9} │ {line:>20}",
        times.len(),
        ms(at(50)),
        ms(at(99)),
        ms(at(100)),
    );
}

fn ms(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

/// A supervisor whose messages come with their times.
struct Watched {
    _handle: SupervisorHandle,
    messages: Receiver<(Instant, ReaderMessage)>,
}

impl Watched {
    /// Starts it and waits until the device is ready.
    fn start(family: Family, node: &str, opener: Option<Opener>) -> Self {
        let (say, messages) = channel();
        let send = move |message| say.send((Instant::now(), message)).is_ok();
        let config = config(family, node);
        let handle = match opener {
            None => spawn(config, send),
            Some(opener) => spawn_with(config, opener, send),
        };
        let watched = Self {
            _handle: handle.unwrap(),
            messages,
        };
        watched.wait(|message| matches!(message, ReaderMessage::Health(Health::Ready)));
        watched
    }

    /// When the first such message was sent.
    fn wait(&self, wanted: impl Fn(&ReaderMessage) -> bool) -> Instant {
        loop {
            let (at, message) = self.messages.recv_timeout(PATIENCE).unwrap();
            if wanted(&message) {
                return at;
            }
        }
    }

    fn card(&self) -> Instant {
        self.wait(|message| matches!(message, ReaderMessage::Card(_)))
    }

    fn gone(&self) {
        self.wait(|message| matches!(message, ReaderMessage::Gone));
    }
}

fn config(family: Family, node: &str) -> ReaderConfig {
    ReaderConfig {
        family,
        codec: CodecSettings::default(),
        device: DeviceMatch::Port(node.to_owned()),
        line: LineSettings::default(),
        name: "bench".to_owned(),
    }
}

/// A port with a device that writes a frame but for its last byte, and then that.
struct Port {
    device: TTYPort,
    watched: Watched,
    /// Open as long as the device, which would be unplugged otherwise.
    _held: TTYPort,
}

impl Port {
    fn open(family: Family) -> Self {
        let (device, port) = TTYPort::pair().unwrap();
        let watched = Watched::start(family, &port.name().unwrap(), None);
        Self {
            device,
            watched,
            _held: port,
        }
    }

    fn card(&mut self, frame: &[u8]) -> Duration {
        let (last, rest) = frame.split_last().unwrap();
        self.device.write_all(rest).unwrap();
        std::thread::sleep(PAUSE);
        let began = Instant::now();
        self.device.write_all(&[*last]).unwrap();
        self.watched.card().saturating_duration_since(began)
    }
}

fn ironlogic(cards: u32) -> Vec<Duration> {
    let mut port = Port::open(Family::IronLogic);
    (0..cards)
        .map(|card| {
            // The line is whole with its CR; the LF behind it is nothing to wait for.
            let line = format!("Em-Marine[5500] 126,{:05}\r", 10_000 + card);
            let time = port.card(line.as_bytes());
            port.device.write_all(b"\nNo card\r\n").unwrap();
            port.watched.gone();
            time
        })
        .collect()
}

fn rdm6300(cards: u32) -> Vec<Duration> {
    let mut port = Port::open(Family::Rdm6300);
    (0..cards)
        .map(|card| {
            let [.., high, low] = card.to_be_bytes();
            let time = port.card(&frame_of([0x01, 0x00, 0x63, high, low]));
            port.watched.gone();
            time
        })
        .collect()
}

/// A device whose reports come through a channel.
struct Reports {
    device: line::ChannelDevice,
    watched: Watched,
}

impl Reports {
    fn open(family: Family) -> Self {
        let (device, port) = line::channel();
        let opener: Opener = Box::new(move || port.open());
        Self {
            device,
            watched: Watched::start(family, "reports", Some(opener)),
        }
    }

    /// All reports of a card; the time begins with the last one.
    fn card(&self, reports: &[Vec<u8>]) -> Duration {
        let (last, rest) = reports.split_last().unwrap();
        for report in rest {
            self.device.write(report).unwrap();
        }
        std::thread::sleep(PAUSE);
        let began = Instant::now();
        self.device.write(last).unwrap();
        self.watched.card().saturating_duration_since(began)
    }
}

/// Ten digits and Enter, each pressed and released; the last report counts that presses Enter.
fn keyboard(cards: u32) -> Vec<Duration> {
    let reader = Reports::open(Family::Keyboard);
    std::thread::sleep(BEFORE_KEYS);
    (0..cards)
        .map(|card| {
            let mut reports = Vec::new();
            for digit in format!("{:010}", 6_547_886 + card).bytes() {
                let key = if digit == b'0' {
                    0x27
                } else {
                    digit - b'1' + 0x1e
                };
                reports.push(vec![0, 0, key, 0, 0, 0, 0, 0]);
                reports.push(vec![0; 8]);
            }
            reports.push(vec![0, 0, 0x28, 0, 0, 0, 0, 0]);
            let time = reader.card(&reports);
            reader.device.write(&[0; 8]).unwrap();
            time
        })
        .collect()
}

fn magtek(cards: u32) -> Vec<Duration> {
    let reader = Reports::open(Family::MagTek);
    (0..cards)
        .map(|card| {
            let track = format!(";{}=0001?", 10_001 + card);
            let mut report = vec![0; 337];
            report[4] = u8::try_from(track.len()).unwrap();
            report[117..117 + track.len()].copy_from_slice(track.as_bytes());
            reader.card(&[report])
        })
        .collect()
}

/// Answers of a card, and its removal, as the smart card service tells them.
fn pcsc(cards: u32) -> Vec<Duration> {
    let reader = Reports::open(Family::PcSc);
    (0..cards)
        .map(|card| {
            let [.., high, low] = card.to_be_bytes();
            let time = reader.card(&[vec![0xbc, high, low, 0x64, 0x90, 0x00]]);
            reader.device.write(&REMOVED).unwrap();
            reader.watched.gone();
            time
        })
        .collect()
}

/// What four readers cost on which no card lies.
fn idle(time: Duration) {
    let readers: Vec<VirtualReader> = (0..4).map(|_| VirtualReader::open().unwrap()).collect();
    let watched: Vec<Watched> = readers
        .iter()
        .map(|reader| Watched::start(Family::Rdm6300, reader.path(), None))
        .collect();
    let before = processor_time();
    let began = Instant::now();
    std::thread::sleep(time);
    let (spent, passed) = (processor_time().saturating_sub(before), began.elapsed());
    println!(
        "\nfour idle readers on pseudo terminals: {} of processor time in {:.0} s, {:.3} % of a core",
        ms(spent),
        passed.as_secs_f64(),
        100.0 * spent.as_secs_f64() / passed.as_secs_f64()
    );
    drop(watched);
}

/// What this process has used since its start, all threads, to the nanosecond.
fn processor_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let times = tasks.filter_map(|task| {
        // A thread may have ended since it was listed.
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}
