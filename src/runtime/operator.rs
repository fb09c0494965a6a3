//! `config operator`: hashes a PIN that nobody saw, and writes the person into the config.

use std::fmt::Display;
use std::path::Path;

use crate::cli::operator::{ChangedBy, ENV_NEW_PIN, OperatorArgs};
use crate::cli::{ExitCode, Io, sign};
use crate::config::edit::{self, EditError};
use crate::config::operators::PersonSettings;
use crate::config::{Loaded, Secret};
use crate::domain::Pin;
use crate::domain::text::clean;
use crate::operators::SlowHash;
use crate::operators::hash::{CARD_ROUNDS, PIN_ROUNDS};
use crate::tui::terminal;

use super::operators::Doorkeeper;

/// Whether these people may change the settings; where the site has no operators, anybody may.
pub(super) fn may_change(loaded: &Loaded, by: &ChangedBy, io: &mut Io<'_>) -> Result<(), ExitCode> {
    if loaded.config.operators.people.is_empty() {
        return Ok(());
    }
    let folder = loaded.state_dir().map_err(|errors| {
        io.say(&errors.render(io.texts));
        ExitCode::Config
    })?;
    let people = Doorkeeper::of(&loaded.config, &folder, io.texts);
    sign::may_change_settings(&people, by, io)
}

/// Asks, hashes, writes.
pub(super) fn run(args: &OperatorArgs, loaded: &Loaded, io: &mut Io<'_>) -> ExitCode {
    let texts = io.texts;
    let Some(file) = &loaded.file else {
        io.say(texts.get("cli.pin.no_file"));
        return ExitCode::Config;
    };
    if let Err(code) = may_change(loaded, &args.by, io) {
        return code;
    }
    let name = clean(&args.name);
    if name.is_empty() || loaded.config.operators.roster().find(&name).is_some() {
        io.say(&texts.fill("cli.operator.name", &[("name", &name)]));
        return ExitCode::Refused;
    }
    let person = match settings(args, name, loaded, io) {
        Ok(person) => person,
        Err(code) => return code,
    };
    match edit::add_person(file, &person) {
        Ok(()) => {
            let values: [(&str, &dyn Display); 2] =
                [("name", &person.name), ("file", &file.display())];
            io.say(&texts.fill("cli.operator.written", &values));
            ExitCode::Done
        }
        Err(error) => not_written(&error, &person, file, io),
    }
}

fn settings(
    args: &OperatorArgs,
    name: String,
    loaded: &Loaded,
    io: &mut Io<'_>,
) -> Result<PersonSettings, ExitCode> {
    let texts = io.texts;
    let no_random = |io: &mut Io<'_>, error: &dyn Display| {
        io.say(&error.to_string());
        ExitCode::Failed
    };
    let card = match &args.card {
        None => Secret::default(),
        Some(text) => {
            let notation = loaded.config.lime.uid.notation();
            let Ok(uid) = notation.accept(text) else {
                io.say(texts.get("cli.operator.card"));
                return Err(ExitCode::Usage);
            };
            let hash = SlowHash::of(uid.reveal(), CARD_ROUNDS);
            Secret::new(hash.map_err(|error| no_random(io, &error))?.to_string())
        }
    };
    let pin = if args.without_pin {
        Secret::default()
    } else {
        let Some(pin) = new_pin(&name, io) else {
            io.say(&texts.fill("cli.operator.no_pin", &[("variable", &ENV_NEW_PIN)]));
            return Err(ExitCode::Refused);
        };
        let hash = SlowHash::of(pin.reveal(), PIN_ROUNDS);
        Secret::new(hash.map_err(|error| no_random(io, &error))?.to_string())
    };
    Ok(PersonSettings {
        name,
        rights: args.rights.clone(),
        pin,
        card,
    })
}

/// From the environment, or typed twice alike and unseen.
fn new_pin(name: &str, io: &Io<'_>) -> Option<Pin> {
    if let Ok(text) = std::env::var(ENV_NEW_PIN) {
        return Pin::parse(text.trim());
    }
    let ask = |key: &str| terminal::read_pin(&io.texts.fill(key, &[("who", &name)]));
    let first = ask("cli.operator.new_pin")?;
    let again = ask("cli.operator.again")?;
    (first.reveal() == again.reveal()).then_some(first)
}

fn not_written(
    error: &EditError,
    person: &PersonSettings,
    file: &Path,
    io: &mut Io<'_>,
) -> ExitCode {
    let texts = io.texts;
    let (why, code) = match error {
        EditError::Broken => (texts.get("cli.pin.broken").to_owned(), ExitCode::Config),
        EditError::Unusual | EditError::SameDevice => {
            (texts.get("cli.pin.unusual").to_owned(), ExitCode::Refused)
        }
        EditError::File(error) => (error.to_string(), ExitCode::Failed),
    };
    let block = edit::person_block(person);
    let values: [(&str, &dyn Display); 3] =
        [("file", &file.display()), ("why", &why), ("block", &block)];
    io.say(&texts.fill("cli.operator.failed", &values));
    code
}
