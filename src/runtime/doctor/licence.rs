//! r_keeper's licence for writing: its kind, how long its token lasts, where its count stands.

use std::path::Path;

use crate::cli::doctor::Level;
use crate::payment::journal::Journal as _;
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::ports::Pos as _;
use crate::payment::reason::Reason;
use crate::rkeeper::licence::Standing;
use crate::rkeeper::{Rkeeper, SystemInfo};

use super::Findings;

/// So much of an installation's GUID is shown.
const INSTANCE_CHARS: usize = 8;

pub(super) fn look(
    findings: &mut Findings,
    rkeeper: &Rkeeper,
    info: &SystemInfo,
    folder: Option<&Path>,
) {
    match rkeeper.licence() {
        Ok(Standing::Lifetime) => lifetime(findings, rkeeper, info),
        Ok(Standing::Subscription {
            anchor,
            last_day,
            days_left,
            warn,
            ended,
        }) => {
            let never = || "–".to_owned();
            let day = last_day.map_or_else(never, |day| day.to_string());
            let days = days_left.map_or_else(never, |days| days.to_string());
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("anchor", &anchor), ("day", &day), ("days", &days)];
            if ended {
                findings.wrong(Level::Bad, "doctor.licence.ended", &values);
            } else if warn {
                findings.wrong(Level::Note, "doctor.licence.ends", &values);
            } else {
                findings.fine("doctor.licence.fine", &values);
            }
            count(findings, rkeeper, folder);
        }
        Err(error) => {
            let level = match error.problem().reason {
                Reason::ServerUnreachable | Reason::AnswerLost => Level::Unreachable,
                _ => Level::Bad,
            };
            let todo = findings.texts.get("doctor.licence.no_token_todo");
            findings.failed(level, &error, Some(todo.to_owned()));
        }
    }
}

/// Writing needs a licence. The question is an old one: a server that refuses it may have another
/// kind of licence, so that only a first payment tells.
fn lifetime(findings: &mut Findings, rkeeper: &Rkeeper, info: &SystemInfo) {
    let Some(restaurant) = &info.restaurant_id else {
        return;
    };
    match rkeeper.write_licence(restaurant) {
        Ok(()) => findings.fine("doctor.rkeeper.licence", &[]),
        Err(error) => {
            let why = error.problem().detail.clone();
            findings.wrong(Level::Note, "doctor.rkeeper.no_licence", &[("why", &why)]);
        }
    }
}

/// Our count beside r_keeper's. That they differ puts itself right at the next payment.
fn count(findings: &mut Findings, rkeeper: &Rkeeper, folder: Option<&Path>) {
    let journal = folder.and_then(|folder| SqliteJournal::open_to_read(folder).ok().flatten());
    let last = journal.and_then(|journal| journal.last_ticket().ok().flatten());
    let Some((_, last)) = last else {
        findings.fine("doctor.licence.unused", &[]);
        return;
    };
    let instance: String = last.instance.chars().take(INSTANCE_CHARS).collect();
    match rkeeper.next_number(&last.instance) {
        Ok(next) => {
            let values: [(&str, &dyn std::fmt::Display); 3] = [
                ("instance", &instance),
                ("number", &last.last()),
                ("next", &next),
            ];
            // Of two numbers either may be the last that r_keeper took.
            if (last.number..=last.last().saturating_add(1)).contains(&next) {
                findings.fine("doctor.licence.count", &values);
            } else {
                findings.wrong(Level::Note, "doctor.licence.count_differs", &values);
            }
        }
        Err(error) => {
            let todo = findings.texts.get("doctor.licence.no_count_todo");
            findings.failed(Level::Note, &error, Some(todo.to_owned()));
        }
    }
}
