//! Which reader a command means: the one of the command line, or those of the config.

use crate::cli::reader::args::DeviceArgs;
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::readers::transport::LineSettings;
use crate::readers::{CodecSettings, DeviceMatch, Family, ReaderConfig};
use crate::runtime::{connect, words};

/// What the command line says of a reader.
pub(super) enum Choice {
    /// This one.
    Made(Box<ReaderConfig>),
    /// Nothing.
    None,
    /// Not enough; said already.
    Wrong(ExitCode),
}

/// The reader of the command line, which needs a family.
pub(super) fn of_arguments(
    args: &DeviceArgs,
    family: Option<&str>,
    codec: CodecSettings,
    io: &mut Io<'_>,
) -> Choice {
    let Some(device) = device(args) else {
        return Choice::None;
    };
    let Some(family) = family.and_then(|name| name.parse().ok()) else {
        let message = io.texts.get("reader.watch.family");
        io.say(message);
        return Choice::Wrong(ExitCode::Usage);
    };
    Choice::Made(Box::new(ReaderConfig {
        codec,
        ..reader(family, device, args)
    }))
}

/// The readers of the config, at least one.
pub(super) fn configured(loaded: &Loaded, io: &mut Io<'_>) -> Result<Vec<ReaderConfig>, ExitCode> {
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

/// The device of the command line.
pub(super) fn device(args: &DeviceArgs) -> Option<DeviceMatch> {
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

/// A reader with nothing but what the command line says.
pub(super) fn reader(family: Family, device: DeviceMatch, args: &DeviceArgs) -> ReaderConfig {
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
