//! Rows about who was at the till. They are notes under a name of their own, so that whoever reads
//! the notes about orphans after each payment does not walk over years of logins.

use std::str::FromStr as _;

use jiff::Timestamp;
use rusqlite::params;
use serde_json::Value;
use uuid::Uuid;

use super::chain::{self, NOTE, Stored};
use super::{Batch, SqliteJournal, broken};
use crate::payment::journal::JournalError;
use crate::payment::journal::rows::Row;
use crate::payment::staff::StaffNote;

/// Most rows that one listing returns, the newest ones.
pub const STAFF_ROWS_MAX: u32 = 10_000;

/// Stands where rows of payments have their payment's name; no payment's name can be this.
fn staff() -> String {
    Uuid::max().to_string()
}

impl SqliteJournal {
    /// Adds a row about who is at the till, on the disk when this returns. On a full disk it is
    /// [`JournalError::Full`] and nothing else: what is kept for payments that have begun is not
    /// touched, and the journal goes on.
    pub fn note_staff(&mut self, note: &StaffNote, at: Timestamp) -> Result<(), JournalError> {
        let clear =
            serde_json::to_string(note).map_err(|error| JournalError::Write(error.to_string()))?;
        let row = Row {
            kind: NOTE.into(),
            clear,
            sealed: None,
        };
        let batch = Batch {
            payment: staff(),
            rows: &[row],
            at,
            rests: None,
        };
        self.add(&batch, true)
    }

    /// The rows about who was at the till since then, oldest first. What a newer program wrote of
    /// other kinds is passed over.
    pub fn staff(&self, since: Timestamp) -> Result<Vec<(Timestamp, StaffNote)>, JournalError> {
        let failed = |error: rusqlite::Error| broken(&self.path, &error);
        let query = chain::select(
            self.schema,
            "WHERE payment = ?1 AND kind = 'note' AND at_ms >= ?2 ORDER BY seq DESC LIMIT ?3",
        );
        let mut statement = self.connection.prepare_cached(&query).map_err(failed)?;
        let asked = params![staff(), since.as_millisecond(), STAFF_ROWS_MAX];
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
            let note = read(&stored.row.clear).map_err(|error| damaged(error.to_string()))?;
            notes.extend(note.map(|note| (at, note)));
        }
        notes.reverse();
        Ok(notes)
    }
}

/// `None` for what this program has no word for.
fn read(clear: &str) -> serde_json::Result<Option<StaffNote>> {
    let value = Value::from_str(clear)?;
    let word = value.get("note").and_then(Value::as_str);
    if word.is_some_and(|word| StaffNote::WORDS.contains(&word)) {
        serde_json::from_value(value).map(Some)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::journal::Journal as _;
    use crate::payment::staff::samples;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_709_640_000 + second).unwrap()
    }

    #[test]
    fn who_was_at_the_till_is_a_part_of_the_chain_and_of_no_payment() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(folder.path(), at(0)).unwrap();
        let mut expected = Vec::new();
        for (second, note) in (1..).zip(samples::all()) {
            journal.note_staff(&note, at(second)).unwrap();
            expected.push((at(second), note));
        }
        assert_eq!(journal.staff(Timestamp::MIN).unwrap(), expected);
        assert_eq!(journal.staff(at(4)).unwrap(), expected[3..]);
        assert_eq!(journal.notes().unwrap(), []);
        assert_eq!(journal.payments(Timestamp::MIN).unwrap(), []);
        assert_eq!(journal.unfinished().unwrap(), []);
        drop(journal);

        // The next start finds it in order, and so does whoever walks it or its copy.
        let journal = SqliteJournal::open(folder.path(), at(9)).unwrap();
        assert_eq!(journal.staff(Timestamp::MIN).unwrap(), expected);
        let copy = folder.path().join("copy.db");
        for verdict in [
            journal.verify(),
            journal.export(&copy, true).unwrap().verdict,
        ] {
            assert_eq!((verdict.rows, verdict.payments), (5, 0));
            assert_eq!(verdict.first_bad, None);
        }
    }

    #[test]
    fn a_row_that_was_changed_is_damage_and_a_newer_one_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(folder.path(), at(0)).unwrap();
        journal.note_staff(&samples::all()[0], at(1)).unwrap();
        assert_eq!(read(r#"{"note":"went_home","operator":7}"#).unwrap(), None);
        assert!(read(r#"{"note":"locked"}"#).is_err());
        let forge = "DROP TRIGGER events_stay;
            UPDATE events SET clear = replace(clear, 'Анна', 'Вера')";
        journal.connection.execute_batch(forge).unwrap();
        assert!(matches!(
            journal.staff(Timestamp::MIN),
            Err(JournalError::Damaged { seq: 1, .. })
        ));
    }
}
