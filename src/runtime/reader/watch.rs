//! `reader watch`.

use std::sync::mpsc::{Receiver, sync_channel};

use jiff::ZonedDateTime;

use crate::cli::reader::args::WatchArgs;
use crate::cli::reader::watch::Watch;
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::os::signals;
use crate::readers::{self, ReaderMessage};

use super::choose::{Choice, configured, of_arguments};

/// Messages that may wait to be written.
const MESSAGES_MAX: usize = 256;

/// What ends the waiting for an event.
enum Heard {
    Reader(String, ReaderMessage),
    Stop,
}

/// Writes what the readers say until the system wants the end or nobody reads it.
pub(in crate::runtime) fn watch(args: &WatchArgs, loaded: &Loaded, io: &mut Io<'_>) -> ExitCode {
    let wanted = match of_arguments(
        &args.device,
        args.family.as_deref(),
        args.codec.settings(),
        io,
    ) {
        Choice::Made(reader) => vec![*reader],
        Choice::None => match configured(loaded, io) {
            Ok(readers) => readers,
            Err(code) => return code,
        },
        Choice::Wrong(code) => return code,
    };
    let (say, heard) = sync_channel(MESSAGES_MAX);
    let stop = say.clone();
    let asked = signals::watch(
        move || drop(stop.try_send(Heard::Stop)),
        || (),
        i32::from(ExitCode::Done.number()),
    );
    if asked.is_err() {
        return ExitCode::Failed;
    }
    let supervisors: Vec<_> = wanted
        .into_iter()
        .filter_map(|reader| {
            let (name, say) = (reader.name.clone(), say.clone());
            let send = move |message| say.send(Heard::Reader(name.clone(), message)).is_ok();
            readers::spawn(reader, send).ok()
        })
        .collect();
    let watch = Watch {
        json: args.output.json,
        texts: io.texts,
        notation: loaded.config.lime.uid.notation(),
    };
    let code = write(&heard, &watch, io);
    // Nobody listens any more, so that no supervisor waits for room.
    drop(heard);
    for supervisor in supervisors {
        supervisor.stop();
    }
    code
}

fn write(heard: &Receiver<Heard>, watch: &Watch, io: &mut Io<'_>) -> ExitCode {
    while let Ok(Heard::Reader(name, message)) = heard.recv() {
        let lines = watch.lines(&ZonedDateTime::now(), &name, &message);
        if io.write(&lines).is_err() {
            return ExitCode::Done;
        }
    }
    ExitCode::Done
}
