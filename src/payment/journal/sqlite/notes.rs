//! Rows that belong to no payment: what persons wrote, and what looking back found.
//!
//! All are of one kind, which a program of any age passes over; `note` in them says which.

use std::str::FromStr as _;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::chain::{self, NOTE, Stored};
use super::{Batch, SqliteJournal, broken};
use crate::payment::journal::JournalError;
use crate::payment::journal::rows::Row;
use crate::payment::orphan::Note;

/// Stands where other rows name their payment.
fn nobody() -> String {
    Uuid::nil().to_string()
}

impl SqliteJournal {
    /// Adds such a row; it holds nothing that must be sealed.
    pub(super) fn add_note(&mut self, clear: String, at: Timestamp) -> Result<(), JournalError> {
        let row = Row {
            kind: NOTE.into(),
            clear,
            sealed: None,
        };
        let batch = Batch {
            payment: nobody(),
            rows: &[row],
            at,
            rests: None,
        };
        self.add(&batch, false)
    }

    /// The rows about orphans, oldest first.
    pub(super) fn orphan_notes(&self) -> Result<Vec<(Timestamp, Note)>, JournalError> {
        let failed = |error: rusqlite::Error| broken(&self.path, &error);
        let query = chain::select(
            self.schema,
            "WHERE payment = ?1 AND kind = 'note' ORDER BY seq",
        );
        let mut statement = self.connection.prepare_cached(&query).map_err(failed)?;
        let mut found = statement.query([nobody()]).map_err(failed)?;
        let mut notes = Vec::new();
        while let Some(line) = found.next().map_err(failed)? {
            let stored = Stored::read(line).map_err(failed)?;
            let damaged = |why: String| JournalError::Damaged {
                seq: stored.seq,
                why,
            };
            if stored.hash != stored.hash_now() {
                return Err(damaged("it is not as it was written".into()));
            }
            let at = Timestamp::from_millisecond(stored.at_ms)
                .map_err(|error| damaged(error.to_string()))?;
            let note = read(&stored.row.clear).map_err(|error| damaged(error.to_string()))?;
            notes.extend(note.map(|note| (at, note)));
        }
        Ok(notes)
    }
}

/// `None` for what is no note about an orphan.
fn read(clear: &str) -> serde_json::Result<Option<Note>> {
    let value = Value::from_str(clear)?;
    let word = value.get("note").and_then(Value::as_str);
    if word.is_some_and(|word| Note::WORDS.contains(&word)) {
        serde_json::from_value(value).map(Some)
    } else {
        Ok(None)
    }
}
