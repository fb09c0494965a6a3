//! `doctor`: looks at everything that a payment needs. It asks, writes nothing anywhere, and opens
//! no reader.

mod licence;
mod lime;
mod lime_lists;
mod local;
mod notices;
mod rkeeper;
mod terminal;
pub(super) mod tls;

use std::fmt::Display;

use jiff::civil::DateTime;

use crate::cli::doctor::{Finding, Level, Subject, doctor};
use crate::cli::words::sentence;
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::i18n::Texts;
use crate::payment::ports::{Clock as _, ReadError};

use super::connect;

/// r_keeper's clock may differ by that much before it is said.
const CLOCK_SECONDS_MAX: i64 = 120;

/// Looks and tells.
pub(super) fn run(loaded: &Loaded, as_json: bool, io: &mut Io<'_>) -> ExitCode {
    let texts = io.texts;
    let mut findings = local::config(loaded, texts);
    findings.push(local::journal(loaded, texts));
    let clock = connect::clock(&loaded.config);
    // Without address and login there is nothing to ask; the settings' own findings say so.
    if loaded.check_rkeeper().is_ok() {
        findings.extend(rkeeper::look(loaded, &clock.local(), texts));
    }
    findings.extend(notices::look(&loaded.config.rkeeper.notify, texts));
    if loaded.check_lime().is_ok() {
        findings.extend(lime::look(loaded, &clock, texts));
    }
    findings.extend(local::readers(&loaded.config, texts));
    let window = crate::tui::terminal::size();
    findings.extend(terminal::look(
        window,
        &|name| std::env::var(name).ok(),
        texts,
    ));
    doctor(&findings, as_json, io)
}

/// Findings of one subject in the making.
struct Findings {
    subject: Subject,
    texts: Texts,
    all: Vec<Finding>,
}

type Values<'a> = [(&'a str, &'a dyn Display)];

impl Findings {
    const fn new(subject: Subject, texts: Texts) -> Self {
        Self {
            subject,
            texts,
            all: Vec::new(),
        }
    }

    fn push(&mut self, level: Level, what: String, todo: Option<String>) {
        self.all.push(Finding {
            subject: self.subject,
            level,
            what,
            todo,
        });
    }

    /// As it should be.
    fn fine(&mut self, what: &str, values: &Values<'_>) {
        self.push(Level::Fine, self.texts.fill(what, values), None);
    }

    /// Not as it should be: the text `<what>` with what to do, `<what>_todo`.
    fn wrong(&mut self, level: Level, what: &str, values: &Values<'_>) {
        let todo = self.texts.fill(&format!("{what}_todo"), values);
        self.push(level, self.texts.fill(what, values), Some(todo));
    }

    /// A server did not answer as hoped.
    fn failed(&mut self, level: Level, error: &ReadError, todo: Option<String>) {
        let what = sentence(self.texts, error.problem());
        self.push(level, what, todo);
    }

    /// The server's clock beside this till's; they may be so many seconds apart.
    fn clock(&mut self, theirs: Option<DateTime>, ours: &DateTime, limit: i64) {
        let Some(theirs) = theirs else { return };
        let apart = ours.duration_since(theirs).as_secs().abs();
        if apart > limit {
            let values: &Values<'_> = &[("seconds", &apart), ("theirs", &theirs)];
            let key = format!("doctor.{}.clock", self.subject.word());
            self.wrong(Level::Note, &key, values);
        }
    }
}

/// A client that the settings do not allow.
fn no_client(subject: Subject, error: &connect::ConnectError, texts: Texts) -> Vec<Finding> {
    let mut findings = Findings::new(subject, texts);
    let what = error.to_string();
    findings.push(Level::Bad, what, None);
    findings.all
}
