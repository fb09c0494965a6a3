//! `doctor`: everything that a payment needs, looked at beforehand, in words.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::exit::ExitCode;
use super::io::Io;

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The settings.
    Config,
    /// The journal and its disk.
    Journal,
    /// r_keeper.
    Rkeeper,
    /// Lime.
    Lime,
    /// The card readers.
    Readers,
    /// The window that the till would be shown in.
    Terminal,
}

impl Subject {
    /// As in the JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Journal => "journal",
            Self::Rkeeper => "rkeeper",
            Self::Lime => "lime",
            Self::Readers => "readers",
            Self::Terminal => "terminal",
        }
    }
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Fine,
    /// Payments work, but somebody should know.
    Note,
    /// Payments would be refused, or some of them.
    Bad,
    /// A server does not answer.
    Unreachable,
}

impl Level {
    /// As in the JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Note => "note",
            Self::Bad | Self::Unreachable => "bad",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Fine => "+",
            Self::Note => "!",
            Self::Bad | Self::Unreachable => "×",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of what.
    pub subject: Subject,
    /// How it is.
    pub level: Level,
    /// What was found, in the user's language.
    pub what: String,
    /// What to do about it; none where nothing is to be done.
    pub todo: Option<String>,
}

/// Writes all findings. The code is that of the worst.
pub fn doctor(findings: &[Finding], as_json: bool, io: &mut Io<'_>) -> ExitCode {
    let worst = findings.iter().map(|finding| finding.level).max();
    let code = match worst {
        None | Some(Level::Fine | Level::Note) => ExitCode::Done,
        Some(Level::Bad) => ExitCode::Refused,
        Some(Level::Unreachable) => ExitCode::Unreachable,
    };
    let written = if as_json {
        let report = json!({
            "ok": code == ExitCode::Done,
            "findings": findings.iter().map(line_of_json).collect::<Vec<_>>(),
        });
        io.print_json(&report)
    } else {
        let bad = findings.iter().filter(|own| own.level >= Level::Bad);
        let bad = u64::try_from(bad.count()).unwrap_or(u64::MAX);
        let end = if bad == 0 {
            io.texts.get("doctor.well").to_owned()
        } else {
            io.texts.plural("doctor.bad", bad)
        };
        let lines: String = findings.iter().map(lines).collect();
        io.print(&format!("{lines}\n{end}\n"))
    };
    if written == ExitCode::Done {
        code
    } else {
        written
    }
}

fn line_of_json(finding: &Finding) -> Json {
    json!({
        "subject": finding.subject.word(),
        "level": finding.level.word(),
        "what": finding.what,
        "todo": finding.todo,
    })
}

fn lines(finding: &Finding) -> String {
    let mut text = format!("{} {}\n", finding.level.mark(), finding.what);
    if let Some(todo) = &finding.todo {
        let _ = writeln!(text, "    → {todo}");
    }
    text
}
