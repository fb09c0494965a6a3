//! Rows that belong to no payment: what persons wrote, and what looking back found.
//!
//! All are of one kind, which a program of any age passes over; `note` in them says which. They stand
//! under a name of their own for each subject, so that who reads one does not walk over the others.

use std::str::FromStr as _;

use jiff::Timestamp;
use rusqlite::params;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::chain::{self, NOTE, Stored};
use super::{Batch, SqliteJournal, broken};
use crate::payment::journal::JournalError;
use crate::payment::journal::rows::Row;
use crate::payment::orphan::Note;
use crate::payment::staff::StaffNote;

/// What a note is about. Its name stands where other rows name their payment, and is no payment's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// What looking back found.
    Orphans,
    /// Who was at the till.
    Staff,
}

impl About {
    fn name(self) -> String {
        match self {
            Self::Orphans => Uuid::nil(),
            Self::Staff => Uuid::max(),
        }
        .to_string()
    }

    /// On a full disk it is left out: what is kept there for payments that have begun is not touched.
    const fn spares_the_reserve(self) -> bool {
        match self {
            Self::Orphans => false,
            Self::Staff => true,
        }
    }

    /// The words of `note` that this program knows there.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Orphans => &Note::WORDS,
            Self::Staff => &StaffNote::WORDS,
        }
    }
}

impl SqliteJournal {
    /// Adds such a row; it holds nothing that must be sealed.
    pub(super) fn add_note(
        &mut self,
        about: About,
        clear: String,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let row = Row {
            kind: NOTE.into(),
            clear,
            sealed: None,
        };
        let batch = Batch {
            payment: about.name(),
            rows: &[row],
            at,
            rests: None,
        };
        self.add(&batch, about.spares_the_reserve())
    }

    /// The newest rows about that since then, `most` of them, oldest first. What a newer program wrote of
    /// other kinds is passed over.
    pub(super) fn notes_about<T: DeserializeOwned>(
        &self,
        about: About,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<(Timestamp, T)>, JournalError> {
        let failed = |error: rusqlite::Error| broken(&self.path, &error);
        let query = chain::select(
            self.schema,
            "WHERE payment = ?1 AND kind = 'note' AND at_ms >= ?2 ORDER BY seq DESC LIMIT ?3",
        );
        let mut statement = self.connection.prepare_cached(&query).map_err(failed)?;
        let asked = params![about.name(), since.as_millisecond(), most];
        let mut found = statement.query(asked).map_err(failed)?;
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
            let note =
                read(&stored.row.clear, about).map_err(|error| damaged(error.to_string()))?;
            notes.extend(note.map(|note| (at, note)));
        }
        notes.reverse();
        Ok(notes)
    }
}

/// `None` for what this program has no word for.
pub(super) fn read<T: DeserializeOwned>(
    clear: &str,
    about: About,
) -> serde_json::Result<Option<T>> {
    let value = Value::from_str(clear)?;
    let word = value.get("note").and_then(Value::as_str);
    if word.is_some_and(|word| about.words().contains(&word)) {
        serde_json::from_value(value).map(Some)
    } else {
        Ok(None)
    }
}
