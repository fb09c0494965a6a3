//! `reader learn`: the dialogue's hands and ears, and the config file at its end.

use std::io::{self, BufRead, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::reader::args::LearnArgs;
use crate::cli::reader::learn::{Bench, Given, Learnt, is_yes, learn as hold_dialogue};
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::config::edit::{EditError, add_reader, reader_block, uid_lines};
use crate::config::settings::UidSettings;
use crate::readers::ReaderConfig;
use crate::readers::device::{Surveyed, survey};
use crate::readers::learn::Site;
use crate::readers::transport::{
    REPORT_BYTES_MAX, Recording, Transport, TransportError, devices, opener,
};

use super::choose::device;

/// Longest wait for a card.
const TAP_WAIT: Duration = Duration::from_mins(1);
/// A silence of this length ends a tap.
const TAP_SILENCE: Duration = Duration::from_secs(1);
/// A card that stays on the reader is a tap of this length.
const TAP_MAX: Duration = Duration::from_secs(15);
/// Most bytes of a tap.
const TAP_BYTES_MAX: usize = 64 * 1024;
/// What a device says when it is opened, and what has waited, is no tap: so long must it be silent
/// before a card is asked for.
const DRAIN_SILENCE: Duration = Duration::from_millis(500);
/// A device that never falls silent is not waited for longer.
const DRAIN_MAX: Duration = Duration::from_secs(3);
/// Pause between two looks at what is plugged in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest answer.
const ANSWER_BYTES_MAX: u64 = 1_024;

/// Learns a reader and writes it into the config, if the person agrees.
pub(in crate::runtime) fn learn(args: &LearnArgs, loaded: &Loaded, io: &mut Io<'_>) -> ExitCode {
    let given = Given {
        device: device(&args.device),
        baud: args.device.baud,
        dtr: args.device.dtr,
        name: args.name.clone(),
    };
    let site = Site {
        notation: loaded.config.lime.uid.notation(),
        is_proved: !loaded.config.readers.is_empty(),
        technology: None,
    };
    let texts = io.texts;
    let mut bench = Terminal {
        io,
        input: io::stdin().lock(),
    };
    match hold_dialogue(&mut bench, &given, site, texts) {
        Ok(learnt) => write(&learnt, loaded, &mut bench),
        Err(code) => code,
    }
}

/// Shows what would be written, and writes it after a yes.
fn write<R: BufRead>(
    learnt: &Learnt,
    loaded: &Loaded,
    bench: &mut Terminal<'_, '_, R>,
) -> ExitCode {
    let texts = bench.io.texts;
    let uid = learnt.notation.map(UidSettings::from);
    bench.tell(texts.get("reader.learn.block"));
    let mut block = reader_block(&learnt.reader);
    if let Some(uid) = uid {
        bench.tell(texts.get("reader.learn.block_uid"));
        let lines = uid_lines(loaded.config.lime.uid, uid).join("\n");
        block = format!("[lime.uid]\n{lines}\n\n{block}");
    }
    let code = bench.io.print(&block);
    let Some(file) = &loaded.file else {
        bench.tell(texts.get("reader.learn.no_file"));
        return code;
    };
    let shown = file.display();
    let question = texts.fill("reader.learn.confirm", &[("file", &shown)]);
    if !bench.ask(&question).is_some_and(|answer| is_yes(&answer)) {
        bench.tell(texts.get("reader.learn.not_written"));
        return ExitCode::Refused;
    }
    match add_reader(file, &learnt.reader, uid) {
        Ok(()) => {
            bench.tell(&texts.fill("reader.learn.written", &[("file", &shown)]));
            ExitCode::Done
        }
        Err(error) => not_written(file, &error, bench),
    }
}

fn not_written<R: BufRead>(
    file: &Path,
    error: &EditError,
    bench: &mut Terminal<'_, '_, R>,
) -> ExitCode {
    let texts = bench.io.texts;
    let (why, code) = match error {
        EditError::Broken => (
            texts.get("reader.learn.why_broken").to_owned(),
            ExitCode::Config,
        ),
        EditError::Unusual => (
            texts.get("reader.learn.why_unusual").to_owned(),
            ExitCode::Refused,
        ),
        EditError::SameDevice => (
            texts.get("reader.learn.why_same_device").to_owned(),
            ExitCode::Refused,
        ),
        EditError::File(error) => (error.to_string(), ExitCode::Failed),
    };
    let values = [
        ("file", &file.display() as &dyn std::fmt::Display),
        ("why", &why),
    ];
    bench.tell(&texts.fill("reader.learn.failed", &values));
    code
}

/// The terminal before the person, and the devices of this machine.
struct Terminal<'a, 'b, R> {
    io: &'a mut Io<'b>,
    input: R,
}

impl<R: BufRead> Bench for Terminal<'_, '_, R> {
    fn look(&mut self) -> Vec<Surveyed> {
        survey(devices())
    }

    fn pause(&mut self) {
        std::thread::sleep(LOOK_EVERY);
    }

    fn tell(&mut self, words: &str) {
        self.io.say(words);
    }

    fn ask(&mut self, question: &str) -> Option<String> {
        // There is nobody to tell where this fails.
        let _ = write!(self.io.err, "{question}").and_then(|()| self.io.err.flush());
        let mut answer = Vec::new();
        let mut limited = self.input.by_ref().take(ANSWER_BYTES_MAX);
        let read = limited.read_until(b'\n', &mut answer).ok()?;
        (read > 0).then(|| String::from_utf8_lossy(&answer).trim().to_owned())
    }

    fn tap(&mut self, reader: &ReaderConfig, ready: &str) -> Result<Recording, TransportError> {
        let mut device = opener(reader)()?;
        drain(device.as_mut())?;
        self.io.say(ready);
        listen(device.as_mut())
    }
}

fn drain(device: &mut dyn Transport) -> Result<(), TransportError> {
    let began = Instant::now();
    let mut last = Duration::ZERO;
    let mut buf = [0; REPORT_BYTES_MAX];
    while began.elapsed() < DRAIN_MAX && began.elapsed().saturating_sub(last) < DRAIN_SILENCE {
        if device.read(&mut buf)? > 0 {
            last = began.elapsed();
        }
    }
    Ok(())
}

fn listen(device: &mut dyn Transport) -> Result<Recording, TransportError> {
    let descriptor = device.report_descriptor().map(<[u8]>::to_vec);
    let began = Instant::now();
    let mut reads: Vec<(Duration, Vec<u8>)> = Vec::new();
    let mut bytes = 0;
    let mut buf = [0; REPORT_BYTES_MAX];
    loop {
        let now = began.elapsed();
        let over = match (reads.first(), reads.last()) {
            (Some((first, _)), Some((last, _))) => {
                now.saturating_sub(*last) >= TAP_SILENCE || now.saturating_sub(*first) >= TAP_MAX
            }
            (None, _) | (_, None) => now >= TAP_WAIT,
        };
        if over || bytes >= TAP_BYTES_MAX {
            return Ok(Recording::of_reads(descriptor, reads));
        }
        let read = device.read(&mut buf)?;
        if let Some(came) = buf.get(..read).filter(|came| !came.is_empty()) {
            bytes += came.len();
            reads.push((began.elapsed(), came.to_vec()));
        }
    }
}
