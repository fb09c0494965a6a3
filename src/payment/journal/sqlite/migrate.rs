//! The tables, and how those of an older program are carried over.
//!
//! Schema 2 tells journals apart (`meta.instance`), and its rows say whether their payment rests
//! (`events.rests`), so that the list of payments can be checked. Rows of schema 1 stay as they
//! are, without that word.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use crate::domain::text::clean;
use crate::payment::journal::JournalError;

/// What this program writes.
pub(super) const SCHEMA: i64 = 2;

const CREATE_1: &str = "
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

const TO_2: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
ALTER TABLE events ADD COLUMN rests INTEGER CHECK (rests IN (0, 1));
";

/// The schema in the file; 0 where there is none yet.
pub(super) fn schema(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses what a newer program wrote.
pub(super) fn refuse_newer(found: i64) -> Result<(), JournalError> {
    if found > SCHEMA {
        return Err(JournalError::Newer {
            found,
            known: SCHEMA,
        });
    }
    Ok(())
}

/// Makes the tables, or carries them over, in one transaction; answers with the journal's own
/// name.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<String> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found = schema(&transaction)?;
    if found < 1 {
        transaction.execute_batch(CREATE_1)?;
    }
    if found < 2 {
        transaction.execute_batch(TO_2)?;
        transaction.execute(
            "INSERT INTO meta (name, value) VALUES ('instance', ?1)",
            [Uuid::new_v4().simple().to_string()],
        )?;
        transaction.pragma_update(None, "user_version", SCHEMA)?;
    }
    let instance = instance(&transaction, SCHEMA)?;
    transaction.commit()?;
    instance.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// What differs from the tables that a program of this schema makes: a bit that changed in their
/// text shows only when it is used, and then in words that help nobody.
pub(super) fn other_tables(
    connection: &Connection,
    schema: i64,
) -> rusqlite::Result<Option<String>> {
    let wanted = Connection::open_in_memory()?;
    wanted.execute_batch(CREATE_1)?;
    if schema >= 2 {
        wanted.execute_batch(TO_2)?;
    }
    let (wanted, found) = (tables(&wanted)?, tables(connection)?);
    let differs = wanted.symmetric_difference(&found).next();
    Ok(
        differs
            .map(|(name, _)| format!("its table, index or trigger `{}` is another", clean(name))),
    )
}

/// Every table, index and trigger: its name, and its text without spaces.
fn tables(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT CAST(name AS BLOB), CAST(type || ' ' || tbl_name || ' ' || sql AS BLOB)
         FROM sqlite_schema",
    )?;
    let text =
        |bytes: Option<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    let tables = statement.query_map([], |row| {
        let (name, words) = (text(row.get(0)?), text(row.get(1)?));
        Ok((name, words.split_whitespace().collect()))
    })?;
    tables.collect()
}

/// The journal's own name; `None` before schema 2.
pub(super) fn instance(connection: &Connection, schema: i64) -> rusqlite::Result<Option<String>> {
    if schema < 2 {
        return Ok(None);
    }
    connection
        .query_row(
            "SELECT value FROM meta WHERE name = 'instance'",
            [],
            |row| row.get(0),
        )
        .optional()
}
