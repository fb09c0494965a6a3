//! `reader record`: what a reader sends, byte for byte, into a file for support.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cli::reader::args::RecordArgs;
use crate::cli::reader::words;
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::os::signals;
use crate::readers::transport::{REPORT_BYTES_MAX, Transport, TransportError, opener};
use crate::readers::{Family, Health, ReaderConfig};

use super::choose::{configured, device, reader};
use super::tape::{Early, Tape};

/// How a serial line is set where nothing is said of the family: as most readers have it.
const ANY_SERIAL: Family = Family::Hex;

/// What is recorded.
struct Wanted {
    reader: ReaderConfig,
    /// `None`: not said.
    family: Option<Family>,
}

/// What ends a recording before its time.
enum Ended {
    Early(Early),
    Lost(TransportError),
}

impl From<Early> for Ended {
    fn from(early: Early) -> Self {
        Self::Early(early)
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
    let mut tape = match Tape::create(&args.file, &wanted.reader, wanted.family) {
        Ok(tape) => tape,
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
    let ended = run(device.as_mut(), &mut tape, over);
    let (reads, bytes) = (tape.reads, tape.bytes);
    let rest = tape.finish().map_err(Ended::Early);
    let done = [
        ("reads", &reads as &dyn std::fmt::Display),
        ("bytes", &bytes),
        ("file", &name),
    ];
    io.say(&io.texts.fill("reader.record.done", &done));
    match ended.and(rest) {
        Ok(()) => ExitCode::Done,
        Err(Ended::Early(Early::Full)) => {
            io.say(io.texts.get("reader.record.full"));
            ExitCode::Done
        }
        Err(Ended::Early(Early::Unwritten(error))) => no_file(&args.file, &error, io),
        Err(Ended::Lost(why)) => {
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
    }
}

/// Copies what comes until it is over.
fn run(
    device: &mut dyn Transport,
    tape: &mut Tape,
    over: impl Fn(Duration) -> bool,
) -> Result<(), Ended> {
    if let Some(descriptor) = device.report_descriptor() {
        tape.descriptor(descriptor)?;
    }
    let began = Instant::now();
    let mut buf = [0; REPORT_BYTES_MAX];
    while !over(began.elapsed()) {
        let read = device.read(&mut buf).map_err(Ended::Lost)?;
        tape.read(buf.get(..read).unwrap_or_default(), began.elapsed())?;
    }
    Ok(())
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
