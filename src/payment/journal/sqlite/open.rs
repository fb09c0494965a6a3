//! Opening: what is looked at before the first guest.
//!
//! A journal is looked at through a connection that cannot write, before it is opened for writing:
//! an old copy, or one that another `-wal` file was left beside, is left as it is found. Nothing
//! here deletes a journal or begins one anew beside what is left of another.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::chain::{self, Stored, Tail};
use super::{DATABASE_FILE, KEY_FILE, SqliteJournal, Writer, broken, migrate, write_failed};
use crate::os::files::{self, make_owner_only, owner_only, sync_folder};
use crate::payment::journal::anchor::{self, Anchor, Head};
use crate::payment::journal::instance::InstanceLock;
use crate::payment::journal::place::{Files, refuse_network};
use crate::payment::journal::reserve::{self, Reserve};
use crate::payment::journal::seal::Sealer;
use crate::payment::journal::verdict::Loss;
use crate::payment::journal::{JournalError, rows};
use crate::payment::sale::{By, PaymentId};

/// Oldest SQLite without the write-ahead log fault that lost pages (fixed in 3.51.3).
pub(super) const SQLITE_MIN: i32 = 3_051_003;
/// How long a reader waits for a checkpoint of the writer.
const BUSY: Duration = Duration::from_secs(2);
/// Pages up to which SQLite's own check, indices included, is made at every start (4 MiB); larger
/// files are checked by `verify`.
const CHECK_PAGES: i64 = 1_024;

/// What was found before anything was written.
#[derive(Default)]
pub(super) struct Inspection {
    /// The last rows, in order.
    pub tail: Tail,
    /// Number of the last row.
    pub has: i64,
    /// How the journal is less than its anchor, where it is.
    pub loss: Option<Loss>,
}

impl SqliteJournal {
    /// Opens the folder's journal for payments, making it where there is none. Fails where the disk
    /// does not take a real write, and where the journal is damaged or not the one that this till
    /// wrote last.
    pub fn open(folder: &Path, at: Timestamp) -> Result<Self, JournalError> {
        Self::open_in(folder, at).map_err(|error| match error {
            // What SQLite says of a full disk depends on the file that had no room.
            JournalError::Unusable { .. } | JournalError::Write(_) if reserve::is_full(folder) => {
                JournalError::Full
            }
            error => error,
        })
    }

    fn open_in(folder: &Path, at: Timestamp) -> Result<Self, JournalError> {
        let instance = take_folder(folder)?;
        let head = anchor::read(folder)?;
        let inspection = inspect(folder, head.as_ref())?;
        if let Some(what) = inspection.loss {
            return Err(JournalError::TailLost {
                has: inspection.has,
                had: head.map_or(0, |head| head.seq),
                what,
            });
        }
        Self::open_inspected(folder, instance, &inspection, at)
    }

    /// Goes on with a journal that lost its end, as a person decided who looked at both servers.
    /// The decision becomes a row of the journal. `None` where nothing is lost.
    pub fn accept(
        folder: &Path,
        by: &By,
        reason: &str,
        at: Timestamp,
    ) -> Result<Option<Accepted>, JournalError> {
        let instance = take_folder(folder)?;
        let head = anchor::read(folder)?;
        let inspection = inspect(folder, head.as_ref())?;
        let Some(what) = inspection.loss else {
            return Ok(None);
        };
        let log = log_of(&folder.join(DATABASE_FILE));
        if what == Loss::Gone && length(&log)? > 0 {
            // SQLite would clear it away.
            return Err(JournalError::Unusable {
                path: log,
                why: "it is left of a journal that is gone: move it out of the folder".into(),
            });
        }
        let accepted = Accepted {
            has: inspection.has,
            had: head.map_or(0, |head| head.seq),
            what,
        };
        let mut journal = Self::open_inspected(folder, instance, &inspection, at)?;
        journal.note_accepted(by, reason, accepted, at)?;
        Ok(Some(accepted))
    }

    fn open_inspected(
        folder: &Path,
        instance: InstanceLock,
        inspection: &Inspection,
        at: Timestamp,
    ) -> Result<Self, JournalError> {
        let mut reserve = Reserve::open(folder);
        let path = folder.join(DATABASE_FILE);
        create_owner_only(&path)?;
        let mut connection = Connection::open_with_flags(&path, flags(true))
            .map_err(|error| broken(&path, &error))?;
        configure(&connection, &path)?;
        let name = migrate::migrate(&mut connection).map_err(|error| write_failed(&error))?;
        let end = chain::last(&connection).map_err(|error| broken(&path, &error))?;
        // Only a journal without rows may get a key: an earlier start may have ended before there
        // was one, or in the middle of writing it.
        let key = folder.join(KEY_FILE);
        let sealer = Sealer::open(&key, end.is_none())?;
        let (seq, hash) = end.unwrap_or_default();
        let mut journal = Self {
            connection,
            sealer,
            path,
            key,
            schema: migrate::SCHEMA,
            stopped: false,
            writer: None,
        };
        journal.prove_key()?;
        journal.check_list(&inspection.tail.payments)?;
        journal.prove_writing(at, &mut reserve)?;
        // The names, too: SQLite asks for its log's, and does not mind being refused.
        sync_folder(folder).map_err(|error| JournalError::Write(error.to_string()))?;
        let log = log_of(&journal.path);
        if length(&log)? == 0 {
            return Err(JournalError::Setting {
                setting: "journal_mode",
                found: "wal, without a log".into(),
                wanted: "wal",
            });
        }
        let files =
            Files::of(&journal.path, log).map_err(|error| unusable(&journal.path, &error))?;
        let mut writer = Writer {
            head: Head {
                instance: name,
                seq,
                hash,
            },
            anchor: Anchor::open(folder)?,
            reserve,
            files,
            _instance: instance,
        };
        writer.anchor.write(&writer.head);
        journal.writer = Some(writer);
        Ok(journal)
    }

    /// Opens the folder's journal for looking, also while another program pays. `None` where there
    /// is none yet.
    pub fn open_to_read(folder: &Path) -> Result<Option<Self>, JournalError> {
        Self::open_file_to_read(&folder.join(DATABASE_FILE), &folder.join(KEY_FILE))
    }

    /// Opens any file of a journal for looking.
    pub fn open_file_to_read(path: &Path, key: &Path) -> Result<Option<Self>, JournalError> {
        match fs::metadata(path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            // What cannot be looked at is not «no payments».
            Err(error) => return Err(unusable(path, &error)),
        }
        let (connection, schema) = look(path)?;
        // Another program may be making it right now, or ended while it did.
        if schema == 0
            || chain::last(&connection)
                .map_err(|error| broken(path, &error))?
                .is_none()
        {
            return Ok(None);
        }
        let sealer = Sealer::open(key, false)?;
        Ok(Some(Self {
            connection,
            sealer,
            path: path.to_owned(),
            key: key.to_owned(),
            schema,
            stopped: true,
            writer: None,
        }))
    }

    /// Nothing is written under another key than the rows before: the last sealed row must open.
    fn prove_key(&self) -> Result<(), JournalError> {
        let query = chain::select(
            self.schema,
            "WHERE sealed IS NOT NULL ORDER BY seq DESC LIMIT 1",
        );
        let last = self
            .connection
            .query_row(&query, [], Stored::read)
            .optional()
            .map_err(|error| broken(&self.path, &error))?;
        let Some(last) = last else {
            return Ok(());
        };
        let payment =
            PaymentId::from_str(&last.payment).map_err(|error| JournalError::Damaged {
                seq: last.seq,
                why: format!("payment `{}`: {error}", last.payment),
            })?;
        if rows::opens(payment, &last.row, &self.sealer) {
            Ok(())
        } else {
            Err(JournalError::WrongKey {
                path: self.key.clone(),
            })
        }
    }

    /// A disk that takes no writes must be found before a guest stands there.
    fn prove_writing(&self, at: Timestamp, reserve: &mut Reserve) -> Result<(), JournalError> {
        let write = || {
            self.connection.execute(
                "INSERT INTO starts (at_ms) VALUES (?1)",
                [at.as_millisecond()],
            )
        };
        let mut written = write();
        if written.as_ref().is_err_and(super::is_full) && reserve.spend() {
            written = write();
        }
        written.map_err(|error| write_failed(&error))?;
        let end = chain::last(&self.connection).map_err(|error| broken(&self.path, &error))?;
        tracing::info!(seq = ?end.map(|(seq, _)| seq), "journal opened");
        Ok(())
    }
}

/// What was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Number of the last row that is there.
    pub has: i64,
    /// Number of the last row that was written once, as far as known.
    pub had: i64,
    /// How the loss showed.
    pub what: Loss,
}

fn take_folder(folder: &Path) -> Result<InstanceLock, JournalError> {
    fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
    refuse_network(folder)?;
    let instance = InstanceLock::take(folder)?;
    Reserve::make_room_to_open(folder);
    Ok(instance)
}

/// Looks at a folder's journal without changing it. `Err`: it is damaged or cannot be read.
///
/// A folder with neither journal nor anchor counts as new, also where other files are left in it: a
/// first start that ended early leaves the same.
pub(super) fn inspect(folder: &Path, head: Option<&Head>) -> Result<Inspection, JournalError> {
    let path = folder.join(DATABASE_FILE);
    let head = head.filter(|head| head.seq > 0);
    if length(&path)? == 0 {
        // A first start never leaves a log without a database.
        let gone = head.is_some() || length(&log_of(&path))? > 0;
        return Ok(Inspection {
            loss: gone.then_some(Loss::Gone),
            ..Inspection::default()
        });
    }
    let (connection, schema) = look(&path)?;
    if schema == 0 {
        return Ok(Inspection {
            loss: head.map(|_| Loss::Gone),
            ..Inspection::default()
        });
    }
    let failed = |error: rusqlite::Error| broken(&path, &error);
    structure(&connection, schema)
        .map_err(failed)?
        .map_or(Ok(()), |why| Err(JournalError::Damaged { seq: 0, why }))?;
    let mut tail = chain::tail(&connection, schema).map_err(failed)?;
    if let Some(bad) = tail.bad.take() {
        return Err(JournalError::Damaged {
            seq: bad.row,
            why: bad.fault.to_string(),
        });
    }
    let has = chain::last(&connection)
        .map_err(failed)?
        .map_or(0, |(seq, _)| seq);
    let mut loss = None;
    if let Some(head) = head {
        let instance = migrate::instance(&connection, schema).map_err(failed)?;
        let there: Option<Vec<u8>> = connection
            .query_row(
                "SELECT hash FROM events WHERE seq = ?1",
                [head.seq],
                |row| row.get(0),
            )
            .optional()
            .map_err(failed)?;
        loss = if instance.as_ref() != Some(&head.instance) {
            Some(Loss::OtherJournal)
        } else if has < head.seq {
            Some(Loss::Shorter)
        } else if there.as_ref() != Some(&head.hash) {
            Some(Loss::OtherRows)
        } else {
            None
        };
    }
    Ok(Inspection { tail, has, loss })
}

/// A connection that cannot write, and the schema.
fn look(path: &Path) -> Result<(Connection, i64), JournalError> {
    let open = |name: &Path, more: OpenFlags| -> rusqlite::Result<(Connection, i64)> {
        let connection = Connection::open_with_flags(name, flags(false) | more)?;
        connection.busy_timeout(BUSY)?;
        let schema = migrate::schema(&connection)?;
        Ok((connection, schema))
    };
    let mut opened = open(path, OpenFlags::empty());
    let refused = opened
        .as_ref()
        .err()
        .and_then(rusqlite::Error::sqlite_error_code);
    // A first start that ended early leaves what SQLite takes back when it may write.
    if let Some(ErrorCode::ReadOnly) = refused
        && length(&beside(path, "-journal"))? > 0
    {
        let writing = Connection::open_with_flags(path, flags(true));
        opened = writing
            .and_then(|writing| migrate::schema(&writing))
            .and_then(|_| open(path, OpenFlags::empty()));
    }
    // On a disk that takes no writes SQLite cannot make the index of its log. Without a log nobody
    // writes there, and it is not needed.
    if let Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) = refused
        && length(&log_of(path))? == 0
        && let Some(name) = unchanging(path)
    {
        opened = open(Path::new(&name), OpenFlags::SQLITE_OPEN_URI);
    }
    let (connection, schema) = opened.map_err(|error| broken(path, &error))?;
    migrate::refuse_newer(schema)?;
    Ok((connection, schema))
}

/// SQLite's name for a file that nobody changes.
fn unchanging(path: &Path) -> Option<String> {
    files::uri(path).map(|uri| uri + "?immutable=1")
}

/// SQLite's words for what is broken, where the file is small enough to ask at every start.
fn structure(connection: &Connection, schema: i64) -> rusqlite::Result<Option<String>> {
    if let Some(other) = migrate::other_tables(connection, schema)? {
        return Ok(Some(other));
    }
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages > CHECK_PAGES {
        return Ok(None);
    }
    let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok((said != "ok").then_some(said))
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
    let failed = |error: rusqlite::Error| broken(path, &error);
    connection.busy_timeout(BUSY).map_err(failed)?;
    for (setting, value, wanted) in [
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("foreign_keys", "ON", "1"),
        ("trusted_schema", "OFF", "0"),
    ] {
        set(connection, setting, value).map_err(failed)?;
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

/// To the statement's end: SQLite answers first and writes the journal's mode then, and where that
/// fails only the step after the answer says so.
fn set(connection: &Connection, setting: &str, value: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA {setting} = {value}"))?;
    let mut answers = statement.query([])?;
    while answers.next()?.is_some() {}
    Ok(())
}

fn flags(write: bool) -> OpenFlags {
    let access = if write {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}

/// SQLite would make the file readable by everybody; a copy that was put here may be.
fn create_owner_only(path: &Path) -> Result<(), JournalError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    owner_only(&mut options);
    let file = options.open(path).map_err(|error| unusable(path, &error))?;
    make_owner_only(&file);
    Ok(())
}

/// SQLite's name for the write-ahead log.
fn log_of(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Length of a file; 0 where there is none.
fn length(path: &Path) -> Result<u64, JournalError> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(unusable(path, &error)),
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> JournalError {
    JournalError::Unusable {
        path: path.to_owned(),
        why: error.to_string(),
    }
}
