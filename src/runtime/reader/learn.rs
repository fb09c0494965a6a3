//! `reader learn`: the dialogue's hands and ears, and the config file at its end.

use std::io::{self, BufRead, Read as _};
use std::time::Duration;

use crate::cli::reader::args::LearnArgs;
use crate::cli::reader::learn::{Bench, Given, Place, consent, learn as hold_dialogue};
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::readers::device::{Surveyed, survey};
use crate::readers::learn::Site;
use crate::readers::transport::{Recording, TransportError, devices};
use crate::readers::{DeviceMatch, ReaderConfig};
use crate::runtime::connect;
use crate::runtime::operator::may_change;

use super::choose::device;
use super::tap::tap;

/// Pause between two looks at what is plugged in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest answer.
const ANSWER_BYTES_MAX: u64 = 1_024;

/// Learns a reader and writes it into the config, if the person agrees.
pub(in crate::runtime) fn learn(args: &LearnArgs, loaded: &Loaded, io: &mut Io<'_>) -> ExitCode {
    // Without a file nothing is written, only shown.
    if loaded.file.is_some()
        && let Err(code) = may_change(loaded, &args.by, io)
    {
        return code;
    }
    let given = Given {
        device: device(&args.device),
        baud: args.device.baud,
        dtr: args.device.dtr,
        name: args.name.clone(),
        configured: devices_of(loaded),
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
        Ok(learnt) => {
            let place = Place {
                file: loaded.file.as_deref(),
                uid: loaded.config.lime.uid,
            };
            consent(&mut bench, &learnt, &place, texts).code()
        }
        Err(code) => code,
    }
}

/// The devices that the config means, by the names of their readers.
fn devices_of(loaded: &Loaded) -> Vec<(String, DeviceMatch)> {
    let readers = connect::readers(&loaded.config).unwrap_or_default();
    let named = readers.into_iter().map(|own| (own.name, own.device));
    named.collect()
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

    fn show(&mut self, block: &str) -> ExitCode {
        self.io.print(block)
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
        tap(reader, || self.io.say(ready), || false)
    }
}
