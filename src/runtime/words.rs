//! Failures of the program's own parts in the user's language.

use crate::i18n::Texts;
use crate::payment::driver::DriveError;
use crate::payment::journal::JournalError;
use crate::payment::reason::{Problem, Reason};

use super::connect::ConnectError;
use super::screen::ScreenError;

/// Why the journal cannot be used.
pub(super) fn journal(error: &JournalError, texts: Texts) -> String {
    match error {
        JournalError::SecondInstance { holder, folder } => texts.fill(
            "journal.second_instance",
            &[("holder", holder), ("folder", &folder.display())],
        ),
        JournalError::Unusable { path, why } => texts.fill(
            "journal.unusable",
            &[("path", &path.display()), ("why", why)],
        ),
        JournalError::Setting {
            setting,
            found,
            wanted,
        } => texts.fill(
            "journal.setting",
            &[("setting", setting), ("found", found), ("wanted", wanted)],
        ),
        JournalError::Newer { found, known } => {
            texts.fill("journal.newer", &[("found", found), ("known", known)])
        }
        JournalError::WrongKey { path } => {
            texts.fill("journal.wrong_key", &[("path", &path.display())])
        }
        JournalError::Damaged { seq, why } => {
            texts.fill("journal.damaged", &[("seq", seq), ("why", why)])
        }
        JournalError::TailLost { has, had, what } => {
            let what = texts.get(&format!("journal.bad.{}", what.code()));
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("what", &what), ("has", has), ("had", had)];
            texts.fill("journal.tail_lost", &values)
        }
        JournalError::Replaced { path } => {
            texts.fill("journal.replaced", &[("path", &path.display())])
        }
        JournalError::Full => texts.get("journal.full").to_owned(),
        JournalError::NetworkFolder { folder, kind } => texts.fill(
            "journal.network_folder",
            &[("folder", &folder.display()), ("kind", kind)],
        ),
        JournalError::Write(why) => texts.fill("journal.write", &[("why", why)]),
        JournalError::Stopped => texts.get("journal.stopped").to_owned(),
    }
}

/// The same as a problem of a command; its sentence is the reason's.
pub(super) fn journal_problem(error: &JournalError, texts: Texts) -> Problem {
    let reason = match error {
        JournalError::SecondInstance { .. } => Reason::SecondInstance,
        JournalError::Unusable { .. }
        | JournalError::Setting { .. }
        | JournalError::Newer { .. }
        | JournalError::WrongKey { .. }
        | JournalError::Damaged { .. }
        | JournalError::TailLost { .. }
        | JournalError::Replaced { .. }
        | JournalError::Full
        | JournalError::NetworkFolder { .. }
        | JournalError::Write(_)
        | JournalError::Stopped => Reason::JournalFailed,
    };
    Problem::own(reason, journal(error, texts))
}

/// Why a payment could not be worked on.
pub(super) fn drive_problem(error: &DriveError, texts: Texts) -> Problem {
    match error {
        DriveError::NotStarted(problem) => problem.clone(),
        DriveError::Journal(error) => journal_problem(error, texts),
        DriveError::Replay { .. } => {
            let damaged = JournalError::Damaged {
                seq: 0,
                why: error.to_string(),
            };
            journal_problem(&damaged, texts)
        }
    }
}

/// Why servers or readers cannot be used as configured.
pub(super) fn connect(error: &ConnectError, texts: Texts) -> String {
    match error {
        ConnectError::Rkeeper(_) | ConnectError::Lime(_) => {
            texts.fill("program.server_setting", &[("why", error)])
        }
        ConnectError::Reader { name, why } => {
            texts.fill("program.reader_setting", &[("name", name), ("why", why)])
        }
    }
}

/// Why the screen ended early.
pub(super) fn screen(error: &ScreenError, texts: Texts) -> String {
    match error {
        ScreenError::NoTerminal(why) => texts.fill("program.no_terminal", &[("why", why)]),
        ScreenError::TerminalGone(why) => texts.fill("program.terminal_gone", &[("why", why)]),
        ScreenError::WorkerDied(name) => texts.fill("program.worker_died", &[("name", name)]),
    }
}
