//! Rows about who was at the till.

use jiff::Timestamp;

use super::SqliteJournal;
use super::notes::About;
use crate::payment::journal::JournalError;
use crate::payment::staff::StaffNote;

/// Most rows that one listing returns, the newest ones.
pub const STAFF_ROWS_MAX: u32 = 10_000;

impl SqliteJournal {
    /// Adds a row about who is at the till, on the disk when this returns. On a full disk it is
    /// [`JournalError::Full`] and nothing else: what is kept for payments that have begun is not
    /// touched, and the journal goes on.
    pub fn note_staff(&mut self, note: &StaffNote, at: Timestamp) -> Result<(), JournalError> {
        let clear =
            serde_json::to_string(note).map_err(|error| JournalError::Write(error.to_string()))?;
        self.add_note(About::Staff, clear, at)
    }

    /// The rows about who was at the till since then, oldest first. What a newer program wrote of
    /// other kinds is passed over.
    pub fn staff(&self, since: Timestamp) -> Result<Vec<(Timestamp, StaffNote)>, JournalError> {
        self.notes_about(About::Staff, since, STAFF_ROWS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::journal::Journal as _;
    use crate::payment::journal::sqlite::notes::read;
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
        let read = |clear| read::<StaffNote>(clear, About::Staff);
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
