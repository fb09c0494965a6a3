//! The journal in an SQLite file: `journal.db`, with its key `journal.key`, in the state folder.
//!
//! Write-ahead log with full synchronisation: when a transaction has returned, it survives the loss
//! of power. Rows are only added; each carries the hash of the one before it. After each
//! transaction the anchor beside it is told, which costs no synchronisation.

mod chain;
mod export;
mod migrate;
mod notes;
mod open;
mod staff;
mod tickets;
mod verify;

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use serde_json::json;

use self::chain::Stored;
use self::notes::About;
use super::anchor::{Anchor, Head};
use super::instance::InstanceLock;
use super::place::Files;
use super::reserve::{Reserve, Room};
use super::rows::{self, Row};
use super::seal::Sealer;
use super::{Journal, JournalError};
use crate::payment::orphan::Note;
use crate::payment::ports::Ticket;
use crate::payment::progress::Entry;
use crate::payment::sale::{By, PaymentId, Sale};

pub use chain::CHAIN_TAIL;
pub use export::{Exported, key_beside};
pub use open::Accepted;
pub use staff::STAFF_ROWS_MAX;

const DATABASE_FILE: &str = "journal.db";
/// Name of the key's file in the state folder.
pub const KEY_FILE: &str = "journal.key";
/// Most payments that one listing returns.
pub const PAYMENTS_MAX: usize = 100_000;

/// The journal of this till. Opened for writing it keeps every other program from writing.
#[derive(Debug)]
pub struct SqliteJournal {
    connection: Connection,
    sealer: Sealer,
    path: PathBuf,
    key: PathBuf,
    /// Of the file; older than ours only where it is open for looking.
    schema: i64,
    stopped: bool,
    /// `None` where it is open for looking.
    writer: Option<Writer>,
}

/// What only the writing journal has.
#[derive(Debug)]
struct Writer {
    head: Head,
    anchor: Anchor,
    reserve: Reserve,
    files: Files,
    _instance: InstanceLock,
}

/// Why rows were not written.
enum NotWritten {
    Sql(rusqlite::Error),
    /// The journal's end is not the one that this program wrote.
    OtherEnd,
}

impl From<rusqlite::Error> for NotWritten {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Rows that belong together: all of them or none are written.
struct Batch<'a> {
    payment: String,
    rows: &'a [Row],
    at: Timestamp,
    /// Whether the payment rests after them; `None` for rows of no payment.
    rests: Option<bool>,
}

impl SqliteJournal {
    /// Writes a batch and tells the anchor. The journal stops at every error but a full disk that
    /// the reserve, or not beginning a payment, was an answer to.
    fn add(&mut self, batch: &Batch<'_>, begins: bool) -> Result<(), JournalError> {
        let Some(writer) = self.writer.as_mut().filter(|_| !self.stopped) else {
            return Err(JournalError::Stopped);
        };
        if begins && !writer.reserve.room_to_begin() {
            return Err(JournalError::Full);
        }
        let replaced = || JournalError::Replaced {
            path: self.path.clone(),
        };
        if !writer.files.are_ours() {
            self.stopped = true;
            return Err(replaced());
        }
        let mut written = write(&mut self.connection, &writer.head, batch);
        if matches!(&written, Err(NotWritten::Sql(error)) if is_full(error)) {
            if begins {
                // Nothing of it was written, and nothing has been sent.
                writer.files.written();
                return Err(JournalError::Full);
            }
            // SQLite has rolled back what did not fit; no synchronisation failed. Once.
            if writer.reserve.spend() {
                written = write(&mut self.connection, &writer.head, batch);
            }
        }
        match written {
            Ok((seq, hash)) => {
                writer.head.seq = seq;
                writer.head.hash = hash;
                writer.anchor.write(&writer.head);
                writer.files.written();
                Ok(())
            }
            Err(NotWritten::OtherEnd) => {
                self.stopped = true;
                Err(replaced())
            }
            Err(NotWritten::Sql(error)) => {
                self.stopped = true;
                Err(JournalError::Write(error.to_string()))
            }
        }
    }

    /// That a person accepted this journal as it is.
    fn note_accepted(
        &mut self,
        by: &By,
        reason: &str,
        accepted: Accepted,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut clear = json!({
            "operator": by.operator,
            "reason": reason,
            "had": accepted.had,
            "has": accepted.has,
            "what": accepted.what.code(),
        });
        if let (Some(who), Some(note)) = (&by.approver, clear.as_object_mut()) {
            note.insert("approver".to_owned(), who.as_str().into());
        }
        self.add_note(About::Orphans, clear.to_string(), at)
    }

    /// The wall clock's time in the last row; `None` for a journal without rows.
    pub fn last_at(&self) -> Result<Option<Timestamp>, JournalError> {
        self.connection
            .query_row(
                "SELECT at_ms FROM events ORDER BY seq DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()
            .map(|at_ms| at_ms.and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok()))
            .map_err(|error| broken(&self.path, &error))
    }

    fn listed(&self, query: &str, parameter: i64) -> Result<Vec<PaymentId>, JournalError> {
        let failed = |error: rusqlite::Error| broken(&self.path, &error);
        let mut statement = self.connection.prepare_cached(query).map_err(failed)?;
        let found = statement
            .query_map([parameter], |row| row.get::<_, String>(0))
            .map_err(failed)?
            .take(PAYMENTS_MAX);
        found
            .map(|text| {
                let text = text.map_err(failed)?;
                PaymentId::from_str(&text).map_err(|error| JournalError::Damaged {
                    seq: 0,
                    why: format!("payment `{text}`: {error}"),
                })
            })
            .collect()
    }
}

impl Journal for SqliteJournal {
    fn append(
        &mut self,
        sale: &Sale,
        entries: &[Entry],
        rests: bool,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let rows: Vec<Row> = entries
            .iter()
            .map(|entry| rows::encode(sale.payment, entry, &self.sealer))
            .collect::<Option<_>>()
            .ok_or_else(|| JournalError::Write("a row cannot be sealed".into()))?;
        let batch = Batch {
            payment: sale.payment.to_string(),
            rows: &rows,
            at,
            rests: Some(rests),
        };
        let begins = matches!(entries.first(), Some(Entry::Intent { .. }));
        self.add(&batch, begins)
    }

    fn unfinished(&self) -> Result<Vec<PaymentId>, JournalError> {
        // Only an index: opening for writing has compared it with the rows.
        self.listed(
            "SELECT payment FROM payments WHERE final = ?1 ORDER BY began_ms, payment",
            0,
        )
    }

    fn entries(&self, payment: PaymentId) -> Result<Vec<(Timestamp, Entry)>, JournalError> {
        let failed = |error: rusqlite::Error| broken(&self.path, &error);
        let query = chain::select(
            self.schema,
            "WHERE payment = ?1 AND kind <> 'note' ORDER BY seq",
        );
        let mut statement = self.connection.prepare_cached(&query).map_err(failed)?;
        let mut found = statement.query([payment.to_string()]).map_err(failed)?;
        let mut entries = Vec::new();
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
            let entry = rows::decode(payment, &stored.row, &self.sealer).map_err(damaged)?;
            entries.push((at, entry));
        }
        Ok(entries)
    }

    fn payments(&self, since: Timestamp) -> Result<Vec<PaymentId>, JournalError> {
        self.listed(
            "SELECT payment FROM payments
             WHERE payment IN (SELECT payment FROM events WHERE at_ms >= ?1)
             ORDER BY began_ms, payment",
            since.as_millisecond(),
        )
    }

    fn last_ticket(&self) -> Result<Option<(PaymentId, Ticket)>, JournalError> {
        self.newest_ticket()
    }

    fn new_payment(&self) -> PaymentId {
        self.sealer.new_payment()
    }

    fn made_here(&self, payment: PaymentId) -> bool {
        self.sealer.made(payment)
    }

    fn note(&mut self, note: &Note, at: Timestamp) -> Result<(), JournalError> {
        let clear =
            serde_json::to_string(note).map_err(|error| JournalError::Write(error.to_string()))?;
        self.add_note(About::Orphans, clear, at)
    }

    fn notes(&self) -> Result<Vec<(Timestamp, Note)>, JournalError> {
        self.notes_about(About::Orphans, Timestamp::MIN, u32::MAX)
    }

    fn ready(&self) -> Result<(), JournalError> {
        if self.stopped {
            Err(JournalError::Stopped)
        } else {
            Ok(())
        }
    }

    fn room(&self, low_mib: u64) -> Room {
        self.writer
            .as_ref()
            .map_or(Room::Enough, |writer| writer.reserve.room(low_mib))
    }
}

/// One transaction: the rows after the end that is expected, and the payment's place in the list.
fn write(
    connection: &mut Connection,
    head: &Head,
    batch: &Batch<'_>,
) -> Result<(i64, Vec<u8>), NotWritten> {
    let at_ms = batch.at.as_millisecond();
    let transaction = connection.transaction()?;
    let (mut seq, mut previous) = chain::last(&transaction)?.unwrap_or_default();
    if seq != head.seq || previous != head.hash {
        return Err(NotWritten::OtherEnd);
    }
    for (left, row) in (0..batch.rows.len()).rev().zip(batch.rows) {
        seq += 1;
        let mut stored = Stored {
            seq,
            payment: batch.payment.clone(),
            row: row.clone(),
            at_ms,
            previous,
            hash: Vec::new(),
            // Nothing rests before the last row of them.
            rests: batch.rests.map(|rests| rests && left == 0),
        };
        stored.hash = stored.hash_now();
        transaction
            .prepare_cached(
                "INSERT INTO events
                 (seq, payment, kind, clear, sealed, at_ms, previous, hash, rests)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                seq,
                stored.payment,
                stored.row.kind,
                stored.row.clear,
                stored.row.sealed,
                at_ms,
                stored.previous,
                stored.hash,
                stored.rests
            ])?;
        previous = stored.hash;
    }
    if let Some(rests) = batch.rests {
        transaction.execute(
            "INSERT INTO payments (payment, began_ms, final) VALUES (?1, ?2, ?3)
             ON CONFLICT (payment) DO UPDATE SET final = excluded.final",
            params![batch.payment, at_ms, rests],
        )?;
    }
    transaction.commit()?;
    Ok((seq, previous))
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn write_failed(error: &rusqlite::Error) -> JournalError {
    if is_full(error) {
        JournalError::Full
    } else {
        JournalError::Write(error.to_string())
    }
}

/// What reading failed at: the file's contents, or the file.
fn broken(path: &Path, error: &rusqlite::Error) -> JournalError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => JournalError::Damaged {
            seq: 0,
            why: error.to_string(),
        },
        Some(ErrorCode::DiskFull) => JournalError::Full,
        _ => JournalError::Unusable {
            path: path.to_owned(),
            why: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
