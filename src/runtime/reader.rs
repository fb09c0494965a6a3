//! The commands about live readers: `reader list`, `reader watch`.

use std::sync::mpsc::{Receiver, sync_channel};

use jiff::ZonedDateTime;

use crate::cli::reader::args::{DeviceArgs, WatchArgs};
use crate::cli::reader::list::{Listed, list};
use crate::cli::reader::watch::Watch;
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::readers::device::{DeviceMatch, survey};
use crate::readers::transport::{LineSettings, devices};
use crate::readers::{self, CodecSettings, Family, ReaderConfig, ReaderMessage};

use super::{connect, signals, words};

/// Messages that may wait to be written.
const MESSAGES_MAX: usize = 256;

/// What is plugged in, with the readers of the config that mean it. A config that is not there or
/// not right does not keep anybody from looking.
pub(super) fn list_devices(loaded: Option<&Loaded>, as_json: bool, io: &mut Io<'_>) -> ExitCode {
    let readers = loaded.map_or_else(Vec::new, |loaded| {
        connect::readers(&loaded.config).unwrap_or_default()
    });
    let listed: Vec<Listed> = survey(devices())
        .into_iter()
        .map(|found| Listed {
            configured: found
                .device
                .iter()
                .flat_map(|device| readers.iter().filter(|own| own.device.fits(device)))
                .map(|own| own.name.clone())
                .collect(),
            found,
        })
        .collect();
    list(&listed, as_json, io)
}

/// What ends the waiting for an event.
enum Heard {
    Reader(String, ReaderMessage),
    Stop,
}

/// Writes what the readers say until the system wants the end or nobody reads it.
pub(super) fn watch(args: &WatchArgs, loaded: &Loaded, io: &mut Io<'_>) -> ExitCode {
    let wanted = match watched(args, loaded, io) {
        Ok(wanted) => wanted,
        Err(code) => return code,
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

/// The device of the command line, else the readers of the config.
fn watched(
    args: &WatchArgs,
    loaded: &Loaded,
    io: &mut Io<'_>,
) -> Result<Vec<ReaderConfig>, ExitCode> {
    if !args.device.is_given() {
        return configured(loaded, io);
    }
    let family = args.family.as_deref().and_then(|name| name.parse().ok());
    match (family, device(&args.device)) {
        (Some(family), Some(device)) => Ok(vec![reader(family, device, &args.device)]),
        (None, _) | (_, None) => {
            let message = io.texts.get("reader.watch.family");
            io.say(message);
            Err(ExitCode::Usage)
        }
    }
}

fn configured(loaded: &Loaded, io: &mut Io<'_>) -> Result<Vec<ReaderConfig>, ExitCode> {
    match connect::readers(&loaded.config) {
        Ok(readers) if !readers.is_empty() => Ok(readers),
        Ok(_) => {
            let message = io.texts.get("reader.watch.nothing_to_watch");
            io.say(message);
            Err(ExitCode::Config)
        }
        Err(error) => {
            io.say(&words::connect(&error, io.texts));
            Err(ExitCode::Config)
        }
    }
}

fn device(args: &DeviceArgs) -> Option<DeviceMatch> {
    match (&args.port, args.usb) {
        (Some(port), _) => Some(DeviceMatch::Port(port.clone())),
        (None, Some(id)) => Some(DeviceMatch::Usb {
            id,
            serial: args.serial.clone(),
            path: args.usb_path.clone(),
        }),
        (None, None) => None,
    }
}

fn reader(family: Family, device: DeviceMatch, args: &DeviceArgs) -> ReaderConfig {
    ReaderConfig {
        family,
        codec: CodecSettings::default(),
        name: device.to_string(),
        device,
        line: LineSettings {
            baud: args.baud,
            dtr: args.dtr,
        },
    }
}
