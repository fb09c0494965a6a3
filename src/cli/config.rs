//! `config check` and `config show`, and the names that the settings give to reports.

use serde_json::{Value as Json, json};

use crate::config::cut::cut;
use crate::config::{Config, ConfigErrors, Loaded, Origin, show};
use crate::i18n::Texts;
use crate::payment::journal::{Room, reserve};
use crate::reports::Labels;

use super::args::SettingsCommand;
use super::exit::ExitCode;
use super::io::Io;

/// The names for reports that the settings give.
pub fn labels(config: &Config, texts: Texts) -> Labels {
    let lime = &config.lime;
    let or = |name: &str, other: String| {
        if name.is_empty() {
            other
        } else {
            name.to_owned()
        }
    };
    Labels {
        installation: or(&lime.installation_name, lime.installation_id.to_string()),
        cash_desk: or(&lime.cashdesk_name, lime.service_point.clone()),
        service_point: lime.service_point.clone(),
        operator: lime.operator.clone(),
        surcharge: texts.get("report.surcharge").to_owned(),
    }
}

/// Runs a `config` command on what loading the config gave.
pub fn config(
    command: SettingsCommand,
    loaded: &Result<Loaded, ConfigErrors>,
    io: &mut Io<'_>,
) -> ExitCode {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(errors) => return wrong(errors, command, io),
    };
    match command {
        SettingsCommand::Show { output } if output.json => io.print_json(&show::as_json(loaded)),
        SettingsCommand::Show { .. } => io.print(&show::as_toml(loaded)),
        SettingsCommand::Check { output } => check(loaded, output.json, io),
    }
}

/// A config that cannot be used: every error on stderr, and in the JSON of `check`.
fn wrong(errors: &ConfigErrors, command: SettingsCommand, io: &mut Io<'_>) -> ExitCode {
    if let SettingsCommand::Check { output } = command
        && output.json
    {
        io.print_json(&json!({ "ok": false, "errors": errors_json(errors, io) }));
    }
    let message = errors.render(io.texts);
    io.say(&message);
    ExitCode::Config
}

fn errors_json(errors: &ConfigErrors, io: &Io<'_>) -> Vec<Json> {
    errors
        .errors
        .iter()
        .map(|error| {
            json!({
                "file": error.file.as_ref().map(|file| file.display().to_string()),
                "line": error.spot.map(|spot| spot.line),
                "column": error.spot.map(|spot| spot.column),
                "message": error.render(io.texts),
            })
        })
        .collect()
}

fn check(loaded: &Loaded, json: bool, io: &mut Io<'_>) -> ExitCode {
    let verdict = loaded.check_all();
    let facts = facts(loaded, io);
    if json {
        let (rkeeper, lime) = (&loaded.config.rkeeper, &loaded.config.lime);
        let errors = verdict
            .as_ref()
            .err()
            .map(|errors| errors_json(errors, io))
            .unwrap_or_default();
        let report = json!({
            "ok": verdict.is_ok(),
            "errors": errors,
            "file": loaded.file.as_ref().map(|file| file.display().to_string()),
            "state_dir": loaded.state_dir().ok().map(|dir| dir.display().to_string()),
            "low_disk": low_disk(loaded).is_some(),
            "cut_cards_of": cut(&loaded.config).map(|cut| cut.readers).unwrap_or_default(),
            "secrets": {
                "rkeeper.password": rkeeper.password.is_set(),
                "rkeeper.manager_password": rkeeper.manager_password.is_set(),
                "lime.auth_value": lime.auth_value.is_set(),
                "lime.login.password": lime.login.password.is_set(),
            },
            "proxy": { "rkeeper": rkeeper.proxy, "lime": lime.proxy },
            "plain_http": {
                "rkeeper": rkeeper.url.starts_with("http://"),
                "lime": lime.url.starts_with("http://"),
            },
        });
        let written = io.print_json(&report);
        if verdict.is_ok() {
            return written;
        }
    }
    match verdict {
        Ok(()) => io.print(&format!("{facts}{}\n", io.texts.get("cli.config.ok"))),
        Err(errors) => {
            if !json {
                io.print(&facts);
            }
            let message = errors.render(io.texts);
            io.say(&message);
            ExitCode::Config
        }
    }
}

/// The free mebibytes where the journal has or will have its place, where they are too few.
fn low_disk(loaded: &Loaded) -> Option<u64> {
    let folder = loaded.state_dir().ok()?;
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    match reserve::room(there, loaded.config.journal.low_disk_mb) {
        Room::Low { free_mib } => Some(free_mib),
        Room::Enough | Room::ReserveUsed => None,
    }
}

/// A warning where `[lime.uid]` cuts cards so that two may become one.
pub fn cut_cards(config: &Config, texts: Texts) -> Option<String> {
    let cut = cut(config)?;
    let readers = cut.readers.join(", ");
    let values: [(&str, &dyn std::fmt::Display); 2] = [("bits", &cut.bits), ("readers", &readers)];
    Some(texts.fill("cli.config.cut_cards", &values))
}

/// File, folder, secrets that are set, proxies, and warnings about cut cards and plain HTTP.
fn facts(loaded: &Loaded, io: &Io<'_>) -> String {
    let texts = io.texts;
    let mut lines = Vec::new();
    if let Some(file) = &loaded.file {
        lines.push(texts.fill("cli.config.file", &[("file", &file.display())]));
    }
    if let Ok(dir) = loaded.state_dir() {
        lines.push(texts.fill("cli.config.state_dir", &[("dir", &dir.display())]));
    }
    if let Some(free) = low_disk(loaded) {
        lines.push(texts.fill("journal.room_low", &[("free", &free)]));
    }
    lines.extend(cut_cards(&loaded.config, texts));
    let (rkeeper, lime) = (&loaded.config.rkeeper, &loaded.config.lime);
    let manager = &rkeeper.manager_password;
    // Not every site has a use for it.
    let manager = (rkeeper.undo_receipt || manager.is_set()).then_some(manager);
    let (key, password) = (&lime.auth_value, &lime.login.password);
    let secrets = [
        ("rkeeper.password", Some(&rkeeper.password)),
        ("rkeeper.manager_password", manager),
        (
            "lime.auth_value",
            (!lime.login.is_used() || key.is_set()).then_some(key),
        ),
        (
            "lime.login.password",
            lime.login.is_used().then_some(password),
        ),
    ];
    for (key, secret) in secrets {
        let Some(secret) = secret else {
            continue;
        };
        lines.push(if secret.is_set() {
            let origin = match loaded.origin(key) {
                Origin::File(spot) => texts.fill("cli.config.line", &[("line", &spot.line)]),
                other @ (Origin::Default | Origin::Variable(_) | Origin::Flag(_)) => other.word(),
            };
            texts.fill(
                "cli.config.secret_set",
                &[("key", &key), ("origin", &origin)],
            )
        } else {
            texts.fill("cli.config.secret_not_set", &[("key", &key)])
        });
    }
    for (name, url, proxy) in [
        ("r_keeper", &rkeeper.url, &rkeeper.proxy),
        ("Lime", &lime.url, &lime.proxy),
    ] {
        let url = if url.is_empty() { "—" } else { url };
        lines.push(if proxy.is_empty() {
            texts.fill("cli.config.direct", &[("server", &name), ("url", &url)])
        } else {
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("server", &name), ("url", &url), ("proxy", proxy)];
            texts.fill("cli.config.by_proxy", &values)
        });
        if url.starts_with("http://") {
            lines.push(texts.fill("cli.config.plain_http", &[("server", &name)]));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
