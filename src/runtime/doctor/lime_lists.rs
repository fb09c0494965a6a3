//! The numbers of the settings held beside Lime's own lists. A site may not let them be read: no
//! payment needs them.

use crate::cli::doctor::Level;
use crate::cli::words::sentence;
use crate::config::settings;
use crate::lime::{Lime, List, Rows};

use super::{Findings, Values};

/// Most rows of a list that are named where a number is not among them.
const SHOWN_MAX: usize = 10;

/// Looks for everything that the settings name.
pub(super) fn compare(findings: &mut Findings, lime: &Lime, own: &settings::Lime) {
    for (list, key, id, absent) in [
        (
            List::Installations,
            "lime.installation_id",
            own.installation_id,
            "doctor.lime.no_installation",
        ),
        (
            List::Cashdesks,
            "lime.cashdesk_id",
            own.cashdesk_id,
            "doctor.lime.no_cashdesk",
        ),
    ] {
        if let Some(rows) = read(findings, lime, list, key)
            && !is_named(findings, &rows, key, id)
        {
            missing(findings, absent, &rows, id);
        }
    }
    let key = "lime.account_types";
    if let Some(rows) = read(findings, lime, List::GoodTypes, key) {
        let types = own.account_types.iter().map(|own| own.good_type_id);
        let service = Some(own.service_good_type_id).filter(|id| *id != 0);
        for id in types.chain(service) {
            if !is_named(findings, &rows, "good_type_id", id) {
                missing(findings, "doctor.lime.no_good_type", &rows, id);
            }
        }
    }
}

/// A list, where it may be read.
fn read(findings: &mut Findings, lime: &Lime, list: List, key: &str) -> Option<Rows> {
    match lime.rows(list) {
        Ok(rows) => Some(rows),
        Err(error) => {
            let why = sentence(findings.texts, error.problem());
            let values: &Values<'_> = &[("key", &key), ("why", &why)];
            findings.wrong(Level::Note, "doctor.lime.unread", values);
            None
        }
    }
}

fn is_named(findings: &mut Findings, rows: &Rows, key: &str, id: i64) -> bool {
    let Some(name) = rows.names.get(&id) else {
        return false;
    };
    let values: &Values<'_> = &[("key", &key), ("id", &id), ("name", name)];
    findings.fine("doctor.lime.named", values);
    true
}

/// What a cut list does not show may stand behind its end.
fn missing(findings: &mut Findings, what: &str, rows: &Rows, id: i64) {
    let level = if rows.whole { Level::Bad } else { Level::Note };
    let named = rows.names.iter().take(SHOWN_MAX);
    let named: Vec<String> = named.map(|(id, name)| format!("{id} ({name})")).collect();
    let there = named.join(", ");
    findings.wrong(level, what, &[("id", &id), ("there", &there)]);
}
