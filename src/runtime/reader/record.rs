//! `reader record`: what a reader sends, byte for byte, into a file for support.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::cli::reader::args::RecordArgs;
use crate::cli::reader::words;
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::os::files::owner_only;
use crate::os::signals;
use crate::readers::recorder::{Full, Recorder};
use crate::readers::transport::{
    REPORT_BYTES_MAX, SerialSettings, Transport, TransportError, opener,
};
use crate::readers::{Family, Health, ReaderConfig};

use super::choose::{configured, device, reader};

/// How a serial line is set where nothing is said of the family: as most readers have it.
const ANY_SERIAL: Family = Family::Hex;

/// What is recorded.
struct Wanted {
    reader: ReaderConfig,
    /// `None`: not said.
    family: Option<Family>,
}

/// What ends a recording early.
enum Early {
    Full,
    Lost(TransportError),
    Unwritten(io::Error),
}

impl From<Full> for Early {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<io::Error> for Early {
    fn from(error: io::Error) -> Self {
        Self::Unwritten(error)
    }
}

/// Records until it is told to end, the file is full, or the device is gone.
pub(in crate::runtime) fn record(args: &RecordArgs, loaded: &Loaded, io: &mut Io<'_>) -> ExitCode {
    let wanted = match wanted(args, loaded, io) {
        Ok(wanted) => wanted,
        Err(code) => return code,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let asked = signals::watch(
        move || flag.store(true, Ordering::Release),
        || (),
        i32::from(ExitCode::Done.number()),
    );
    if asked.is_err() {
        return ExitCode::Failed;
    }
    let mut device = match opener(&wanted.reader)() {
        Ok(device) => device,
        Err(why) => return not_opened(&wanted, why, io),
    };
    let mut file = match create(&args.file) {
        Ok(file) => file,
        Err(error) => return no_file(&args.file, &error, io),
    };
    let name = args.file.display();
    let started = [
        ("device", &wanted.reader.device as &dyn std::fmt::Display),
        ("file", &name),
    ];
    io.say(&io.texts.fill("reader.record.started", &started));
    let until = args.seconds.map(Duration::from_secs);
    let over = |now: Duration| stop.load(Ordering::Acquire) || until.is_some_and(|end| now >= end);
    let head = head(&wanted);
    let mut recorder = Recorder::new(wanted.family, &wanted.reader.codec, head.len());
    let mut count = Count::default();
    let ended = write(&mut file, &head)
        .map_err(Early::from)
        .and_then(|()| run(device.as_mut(), &mut recorder, &mut file, over, &mut count));
    let rest = recorder
        .finish()
        .map_err(Early::from)
        .and_then(|lines| Ok(write(&mut file, &lines)?));
    let done = [
        ("reads", &count.reads as &dyn std::fmt::Display),
        ("bytes", &count.bytes),
        ("file", &name),
    ];
    io.say(&io.texts.fill("reader.record.done", &done));
    match ended.and(rest) {
        Ok(()) => ExitCode::Done,
        Err(Early::Full) => {
            io.say(io.texts.get("reader.record.full"));
            ExitCode::Done
        }
        Err(Early::Lost(why)) => {
            let lost = Health::Lost {
                why,
                at_once: false,
            };
            io.say(&format!(
                "{}: {}",
                wanted.reader.name,
                words::health(&lost, io.texts)
            ));
            ExitCode::Done
        }
        Err(Early::Unwritten(error)) => no_file(&args.file, &error, io),
    }
}

#[derive(Default)]
struct Count {
    reads: u64,
    bytes: usize,
}

/// Copies what comes until it is over; what is not yet written stays with the recorder.
fn run(
    device: &mut dyn Transport,
    recorder: &mut Recorder,
    file: &mut File,
    over: impl Fn(Duration) -> bool,
    count: &mut Count,
) -> Result<(), Early> {
    if let Some(descriptor) = device.report_descriptor() {
        write(file, &recorder.descriptor(descriptor)?)?;
    }
    let began = Instant::now();
    let mut buf = [0; REPORT_BYTES_MAX];
    while !over(began.elapsed()) {
        let read = device.read(&mut buf).map_err(Early::Lost)?;
        let now = began.elapsed();
        let lines = match buf.get(..read) {
            None | Some([]) => recorder.poll(now)?,
            Some(bytes) => {
                count.reads += 1;
                count.bytes += bytes.len();
                recorder.feed(bytes, now)?
            }
        };
        write(file, &lines)?;
    }
    Ok(())
}

fn write(file: &mut File, lines: &str) -> io::Result<()> {
    file.write_all(lines.as_bytes())?;
    file.flush()
}

/// What support must know beside the bytes.
fn head(wanted: &Wanted) -> String {
    let reader = &wanted.reader;
    let family = wanted.family.map_or("not said", Family::name);
    let baud = SerialSettings::of(reader.family).with(reader.line).baud;
    let lines = [
        format!("# limekeeper recording, family {family}"),
        format!("# limekeeper {}", env!("CARGO_PKG_VERSION")),
        format!("# device {}, {baud} baud if it has a line", reader.device),
        format!("# began {}", Timestamp::now()),
        "# it holds the numbers of the cards that were read".to_owned(),
    ];
    format!("{}\n", lines.join("\n"))
}

fn wanted(args: &RecordArgs, loaded: &Loaded, io: &mut Io<'_>) -> Result<Wanted, ExitCode> {
    let family = args.family.as_deref().and_then(|name| name.parse().ok());
    if let Some(device) = device(&args.device) {
        let reader = reader(family.unwrap_or(ANY_SERIAL), device, &args.device);
        return Ok(Wanted { reader, family });
    }
    let readers = configured(loaded, io)?;
    let all: Vec<String> = readers.iter().map(|reader| reader.name.clone()).collect();
    let mut meant = readers
        .into_iter()
        .filter(|reader| args.reader.as_ref().is_none_or(|name| *name == reader.name));
    match (meant.next(), meant.next()) {
        (Some(reader), None) => Ok(Wanted {
            family: Some(reader.family),
            reader,
        }),
        (None | Some(_), _) => {
            let names = all.join(", ");
            io.say(&io.texts.fill("reader.record.which", &[("names", &names)]));
            Err(ExitCode::Usage)
        }
    }
}

fn not_opened(wanted: &Wanted, why: TransportError, io: &mut Io<'_>) -> ExitCode {
    let code = match why {
        TransportError::Absent => ExitCode::NotFound,
        TransportError::Busy { .. }
        | TransportError::NoDriver
        | TransportError::Taken { .. }
        | TransportError::NoPermission { .. }
        | TransportError::Ambiguous { .. }
        | TransportError::NotSerial
        | TransportError::NotThisKind
        | TransportError::KeyboardForbidden
        | TransportError::ReportsLost
        | TransportError::NotBuiltIn
        | TransportError::NoService
        | TransportError::Lost
        | TransportError::RecordingEnded => ExitCode::Refused,
    };
    let words = words::health(&Health::Absent { why }, io.texts);
    io.say(&format!("{}: {words}", wanted.reader.name));
    code
}

/// Never over an older recording; readable by its owner only, as it holds the numbers of cards.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    options.open(path)
}

fn no_file(path: &Path, error: &io::Error, io: &mut Io<'_>) -> ExitCode {
    let file = path.display();
    if error.kind() == ErrorKind::AlreadyExists {
        io.say(
            &io.texts
                .fill("reader.record.file_exists", &[("file", &file)]),
        );
        ExitCode::Refused
    } else {
        io.say(&format!("{file}: {error}"));
        ExitCode::Failed
    }
}
