//! The journal in an SQLite file: `journal.db`, with its key `journal.key`, in the state folder.
//!
//! Write-ahead log with full synchronisation: when a transaction has returned, it survives the loss
//! of power. Rows are only added; each carries the hash of the one before it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use jiff::Timestamp;
use ring::digest;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::instance::InstanceLock;
use super::rows::{self, Row};
use super::seal::Sealer;
use super::{Journal, JournalError};
use crate::payment::progress::Entry;
use crate::payment::sale::{PaymentId, Sale};

const DATABASE_FILE: &str = "journal.db";
const KEY_FILE: &str = "journal.key";
const SCHEMA: i64 = 1;
/// Oldest SQLite without the write-ahead log fault that lost pages (fixed in 3.51.3).
const SQLITE_MIN: i32 = 3_051_003;
/// How long a reader waits for a checkpoint of the writer.
const BUSY: Duration = Duration::from_secs(2);
/// Most payments that one listing returns.
pub const PAYMENTS_MAX: usize = 100_000;

const CREATE: &str = "
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    payment TEXT NOT NULL,
    kind TEXT NOT NULL,
    clear TEXT NOT NULL,
    sealed BLOB,
    at_ms INTEGER NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL UNIQUE
) STRICT;
CREATE INDEX events_of_payment ON events (payment, seq);
CREATE TABLE payments (
    payment TEXT PRIMARY KEY,
    began_ms INTEGER NOT NULL,
    final INTEGER NOT NULL CHECK (final IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_open ON payments (final, began_ms);
CREATE TABLE starts (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'rows of the journal are never changed'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'rows of the journal are never deleted'); END;
";

/// The journal of this till. Opened for writing it keeps every other program from writing.
#[derive(Debug)]
pub struct SqliteJournal {
    connection: Connection,
    sealer: Sealer,
    path: PathBuf,
    stopped: bool,
    _instance: Option<InstanceLock>,
}

impl SqliteJournal {
    /// Opens the folder's journal for payments, making it where there is none. Fails where the disk
    /// does not take a real write.
    pub fn open(folder: &Path, at: Timestamp) -> Result<Self, JournalError> {
        fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
        let instance = InstanceLock::take(folder)?;
        let path = folder.join(DATABASE_FILE);
        create_owner_only(&path)?;
        let connection = Connection::open_with_flags(&path, flags(true))
            .map_err(|error| unusable(&path, &error))?;
        configure(&connection, &path)?;
        migrate(&connection, &path)?;
        // Only a journal without rows may get a key: an earlier start may have ended before there
        // was one, or in the middle of writing it.
        let blank = !has_rows(&connection, &path)?;
        let sealer = Sealer::open(&folder.join(KEY_FILE), blank)?;
        if blank {
            sync_folder(folder).map_err(|error| JournalError::Write(error.to_string()))?;
        }
        let journal = Self {
            connection,
            sealer,
            path,
            stopped: false,
            _instance: Some(instance),
        };
        journal.prove_key(folder)?;
        journal.prove_writing(at)?;
        Ok(journal)
    }

    /// Opens the folder's journal for looking, also while another program pays. `None` where there
    /// is none yet.
    pub fn open_to_read(folder: &Path) -> Result<Option<Self>, JournalError> {
        let path = folder.join(DATABASE_FILE);
        match fs::metadata(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            // What cannot be looked at is not «no payments».
            Err(error) => return Err(unusable(&path, &error)),
        }
        let connection = Connection::open_with_flags(&path, flags(false))
            .map_err(|error| unusable(&path, &error))?;
        connection
            .busy_timeout(BUSY)
            .map_err(|error| unusable(&path, &error))?;
        let found = schema(&connection, &path)?;
        if found > SCHEMA {
            return Err(JournalError::Newer {
                found,
                known: SCHEMA,
            });
        }
        // Another program may be making it right now, or ended while it did.
        if found == 0 || !has_rows(&connection, &path)? {
            return Ok(None);
        }
        let sealer = Sealer::open(&folder.join(KEY_FILE), false)?;
        Ok(Some(Self {
            connection,
            sealer,
            path,
            stopped: true,
            _instance: None,
        }))
    }

    /// Nothing is written under another key than the rows before: the last sealed row must open.
    fn prove_key(&self, folder: &Path) -> Result<(), JournalError> {
        let last = self
            .connection
            .query_row(
                "SELECT seq, payment, kind, clear, sealed FROM events
                 WHERE sealed IS NOT NULL ORDER BY seq DESC LIMIT 1",
                [],
                |row| {
                    let sealed = Row {
                        kind: row.get(2)?,
                        clear: row.get(3)?,
                        sealed: row.get(4)?,
                    };
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, sealed))
                },
            )
            .optional()
            .map_err(|error| unusable(&self.path, &error))?;
        let Some((seq, payment, row)) = last else {
            return Ok(());
        };
        let payment = PaymentId::from_str(&payment).map_err(|error| JournalError::Damaged {
            seq,
            why: format!("payment `{payment}`: {error}"),
        })?;
        if rows::opens(payment, &row, &self.sealer) {
            Ok(())
        } else {
            Err(JournalError::WrongKey {
                path: folder.join(KEY_FILE),
            })
        }
    }

    /// A disk that takes no writes must be found before a guest stands there.
    fn prove_writing(&self, at: Timestamp) -> Result<(), JournalError> {
        self.connection
            .execute(
                "INSERT INTO starts (at_ms) VALUES (?1)",
                [at.as_millisecond()],
            )
            .map_err(|error| JournalError::Write(error.to_string()))?;
        let (seq, kind): (Option<i64>, Option<String>) = self
            .connection
            .query_row(
                "SELECT seq, kind FROM events ORDER BY seq DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|error| unusable(&self.path, &error))?
            .unzip();
        tracing::info!(?seq, ?kind, "journal opened");
        Ok(())
    }

    fn write(
        &mut self,
        sale: &Sale,
        rows: &[Row],
        rests: bool,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let payment = sale.payment.to_string();
        let at_ms = at.as_millisecond();
        let transaction = self.connection.transaction()?;
        let (mut seq, mut previous): (i64, Vec<u8>) = transaction
            .query_row(
                "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?
            .unwrap_or((0, Vec::new()));
        for row in rows {
            seq += 1;
            let hash = chain_hash(&previous, seq, &payment, row, at_ms);
            transaction.execute(
                "INSERT INTO events (seq, payment, kind, clear, sealed, at_ms, previous, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    seq, payment, row.kind, row.clear, row.sealed, at_ms, previous, hash
                ],
            )?;
            previous = hash;
        }
        transaction.execute(
            "INSERT INTO payments (payment, began_ms, final) VALUES (?1, ?2, ?3)
             ON CONFLICT (payment) DO UPDATE SET final = excluded.final",
            params![payment, at_ms, rests],
        )?;
        transaction.commit()
    }

    fn listed(&self, query: &str, parameter: i64) -> Result<Vec<PaymentId>, JournalError> {
        let failed = |error: rusqlite::Error| unusable(&self.path, &error);
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
        if self.stopped {
            return Err(JournalError::Stopped);
        }
        let rows: Vec<Row> = entries
            .iter()
            .map(|entry| rows::encode(sale.payment, entry, &self.sealer))
            .collect::<Option<_>>()
            .ok_or_else(|| JournalError::Write("a row cannot be sealed".into()))?;
        self.write(sale, &rows, rests, at).map_err(|error| {
            self.stopped = true;
            JournalError::Write(error.to_string())
        })
    }

    fn unfinished(&self) -> Result<Vec<PaymentId>, JournalError> {
        self.listed(
            "SELECT payment FROM payments WHERE final = ?1 ORDER BY began_ms, payment",
            0,
        )
    }

    fn entries(&self, payment: PaymentId) -> Result<Vec<(Timestamp, Entry)>, JournalError> {
        let failed = |error: rusqlite::Error| unusable(&self.path, &error);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT seq, kind, clear, sealed, at_ms, previous, hash FROM events
                 WHERE payment = ?1 ORDER BY seq",
            )
            .map_err(failed)?;
        let name = payment.to_string();
        let mut found = statement.query([&name]).map_err(failed)?;
        let mut entries = Vec::new();
        while let Some(line) = found.next().map_err(failed)? {
            let seq: i64 = line.get(0).map_err(failed)?;
            let row = Row {
                kind: line.get(1).map_err(failed)?,
                clear: line.get(2).map_err(failed)?,
                sealed: line.get(3).map_err(failed)?,
            };
            let at_ms: i64 = line.get(4).map_err(failed)?;
            let previous: Vec<u8> = line.get(5).map_err(failed)?;
            let hash: Vec<u8> = line.get(6).map_err(failed)?;
            let damaged = |why: String| JournalError::Damaged { seq, why };
            if hash != chain_hash(&previous, seq, &name, &row, at_ms) {
                return Err(damaged("it is not as it was written".into()));
            }
            let at =
                Timestamp::from_millisecond(at_ms).map_err(|error| damaged(error.to_string()))?;
            entries.push((
                at,
                rows::decode(payment, &row, &self.sealer).map_err(damaged)?,
            ));
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
}

fn configure(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let version = rusqlite::version_number();
    if version < SQLITE_MIN {
        return Err(JournalError::Setting {
            setting: "sqlite version",
            found: version.to_string(),
            wanted: "3.51.3 or newer",
        });
    }
    let failed = |error: rusqlite::Error| unusable(path, &error);
    connection.busy_timeout(BUSY).map_err(failed)?;
    for (setting, value, wanted) in [
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("foreign_keys", "ON", "1"),
        ("trusted_schema", "OFF", "0"),
    ] {
        connection
            .pragma_update_and_check(None, setting, value, |_| Ok(()))
            .optional()
            .map_err(failed)?;
        let found: rusqlite::types::Value = connection
            .pragma_query_value(None, setting, |row| row.get(0))
            .map_err(failed)?;
        let found = match found {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        if found != wanted {
            return Err(JournalError::Setting {
                setting,
                found,
                wanted,
            });
        }
    }
    Ok(())
}

fn schema(connection: &Connection, path: &Path) -> Result<i64, JournalError> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| unusable(path, &error))
}

fn migrate(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    match schema(connection, path)? {
        SCHEMA => Ok(()),
        0 => {
            let create =
                format!("BEGIN IMMEDIATE; {CREATE} PRAGMA user_version = {SCHEMA}; COMMIT;");
            connection
                .execute_batch(&create)
                .map_err(|error| JournalError::Write(error.to_string()))
        }
        found if found > SCHEMA => Err(JournalError::Newer {
            found,
            known: SCHEMA,
        }),
        found => Err(JournalError::Damaged {
            seq: 0,
            why: format!("schema {found}"),
        }),
    }
}

fn has_rows(connection: &Connection, path: &Path) -> Result<bool, JournalError> {
    connection
        .query_row("SELECT EXISTS (SELECT 1 FROM events)", [], |row| row.get(0))
        .map_err(|error| unusable(path, &error))
}

fn flags(write: bool) -> OpenFlags {
    let access = if write {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}

/// SQLite would make the file readable by everybody.
fn create_owner_only(path: &Path) -> Result<(), JournalError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    super::seal::owner_only(&mut options);
    options
        .open(path)
        .map(drop)
        .map_err(|error| unusable(path, &error))
}

/// A new file's name is safe only when its folder is. Windows has no such call and needs none.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> JournalError {
    JournalError::Unusable {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn chain_hash(previous: &[u8], seq: i64, payment: &str, row: &Row, at_ms: i64) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    let sealed = row.sealed.as_deref().unwrap_or_default();
    for part in [
        previous,
        &seq.to_be_bytes(),
        &at_ms.to_be_bytes(),
        payment.as_bytes(),
        row.kind.as_bytes(),
        row.clear.as_bytes(),
        sealed,
    ] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests;
