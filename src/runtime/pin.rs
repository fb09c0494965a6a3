//! `config pin`: looks at a server's certificate, has a person agree to it, and writes it into the
//! config. No request and no password is sent for it.

use std::fmt::Display;
use std::io;

use jiff::civil::DateTime;

use crate::cli::pin::{Compared, Looked, PinArgs, PinnedServer, agree};
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::config::edit::{self, EditError};
use crate::config::value::Pin;
use crate::domain::text::clean;
use crate::http::{ChannelSettings, ProbeError, Shown, certificate};

use super::connect;
use super::doctor::tls;

/// Tills that are compared.
const COMPARED_MAX: usize = 8;

/// Looks, asks, writes.
pub(super) fn run(args: &PinArgs, loaded: &Loaded, io: &mut Io<'_>) -> ExitCode {
    let (own, pins) = match args.server {
        PinnedServer::Rkeeper => {
            let own = &loaded.config.rkeeper;
            (connect::rkeeper_channel(own), &own.pins)
        }
        PinnedServer::Lime => {
            let own = &loaded.config.lime;
            (connect::lime_channel(own), &own.pins)
        }
    };
    let texts = io.texts;
    let table = args.server.table();
    let shown = match certificate(&own) {
        Ok(shown) => shown,
        Err(error) => return not_seen(&error, &own.base, table, io),
    };
    let looked = looked(args, &own, pins.len(), &shown);
    if pins.contains(&looked.pin) {
        let words = tls::words(&shown.certificate, texts);
        io.say(&texts.fill("cli.pin.already", &[("words", &words)]));
        return ExitCode::Done;
    }
    if let Err(code) = agree(&looked, args.yes, &mut io::stdin().lock(), io) {
        return code;
    }
    let Some(file) = &loaded.file else {
        io.say(texts.get("cli.pin.no_file"));
        return ExitCode::Config;
    };
    let values: [(&str, &dyn Display); 2] = [("file", &file.display()), ("table", &table)];
    match edit::add_pin(file, table, looked.pin) {
        Ok(()) => {
            io.say(&texts.fill("cli.pin.written", &values));
            if looked.pins > 0 {
                io.say(&texts.fill("cli.pin.rotate", &values));
            }
            ExitCode::Done
        }
        Err(error) => {
            let (why, code) = match &error {
                EditError::Broken => (texts.get("cli.pin.broken").to_owned(), ExitCode::Config),
                EditError::Unusual | EditError::SameDevice => {
                    (texts.get("cli.pin.unusual").to_owned(), ExitCode::Refused)
                }
                EditError::File(error) => (error.to_string(), ExitCode::Failed),
            };
            let pin = tls::fingerprint(&shown.certificate);
            let values: [(&str, &dyn Display); 4] =
                [("why", &why), ("pin", &pin), values[0], values[1]];
            io.say(&texts.fill("cli.pin.failed", &values));
            code
        }
    }
}

fn looked(args: &PinArgs, own: &ChannelSettings, pins: usize, shown: &Shown) -> Looked {
    let seen = &shown.certificate;
    let day =
        |time: Option<DateTime>| time.map_or("–".to_owned(), |time| time.date().to_string());
    let compare = |url: &String| {
        let other = ChannelSettings {
            base: url.clone(),
            ..own.clone()
        };
        let compared = match certificate(&other) {
            Ok(other) if other.certificate.fingerprint == seen.fingerprint => Compared::Same,
            Ok(_) => Compared::Other,
            Err(_) => Compared::NotSeen,
        };
        (clean(url), compared)
    };
    Looked {
        url: own.base.clone(),
        subject: seen.subject.as_deref().map_or("–".to_owned(), clean),
        key: seen.key.name(),
        valid: (day(seen.from), day(seen.until)),
        pin: Pin(seen.fingerprint),
        pins,
        others: args
            .compare
            .iter()
            .take(COMPARED_MAX)
            .map(compare)
            .collect(),
    }
}

fn not_seen(error: &ProbeError, url: &str, table: &str, io: &mut Io<'_>) -> ExitCode {
    let texts = io.texts;
    let advice = tls::advice(error, texts);
    let values: [(&str, &dyn Display); 3] = [("url", &url), ("table", &table), ("why", error)];
    let key = match error {
        ProbeError::NotHttps => "cli.pin.not_https",
        ProbeError::Proxy => "cli.pin.proxy",
        ProbeError::WithoutTls => "cli.pin.without_tls",
        ProbeError::NoHost(_)
        | ProbeError::NoPort(_)
        | ProbeError::TimedOut(_)
        | ProbeError::NothingInCommon { .. }
        | ProbeError::Failed(_) => "cli.pin.not_seen",
    };
    io.say(&texts.fill(key, &values));
    if let Some(advice) = advice {
        io.say(&advice);
    }
    match error {
        ProbeError::NotHttps | ProbeError::Proxy => ExitCode::Config,
        ProbeError::WithoutTls
        | ProbeError::NoHost(_)
        | ProbeError::NoPort(_)
        | ProbeError::TimedOut(_)
        | ProbeError::NothingInCommon { .. }
        | ProbeError::Failed(_) => ExitCode::Unreachable,
    }
}
