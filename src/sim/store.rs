//! The world on disk: one SQLite file, one row, written in one transaction after every change.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use thiserror::Error;

use super::world::World;

/// File in the state directory.
const FILE_NAME: &str = "sim.db";
/// Changed whenever the world's shape changes; an older file is refused, not guessed at.
const SCHEMA_VERSION: i64 = 3;

/// Why the stand-ins' state cannot be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database refuses.
    #[error("the stand-in's state file cannot be used")]
    Database(#[from] rusqlite::Error),
    /// The stored world cannot be understood.
    #[error("the stand-in's state cannot be understood; start with an empty state directory")]
    Content(#[from] serde_json::Error),
    /// Written by another version of the program.
    #[error(
        "the stand-in's state has version {found}, this program knows {SCHEMA_VERSION}; \
         start with an empty state directory"
    )]
    Version {
        /// What the file says.
        found: i64,
    },
}

/// The open state file.
pub(super) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens or makes the file in `state_dir`.
    pub fn open(state_dir: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(state_dir.join(FILE_NAME))?;
        // A killed process loses nothing in WAL mode; a lost power supply may, which is fine here.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS world (
                 id INTEGER PRIMARY KEY CHECK (id = 1),
                 version INTEGER NOT NULL,
                 content TEXT NOT NULL
             ) STRICT",
        )?;
        Ok(Self { connection })
    }

    /// The stored world, `None` in a new file.
    pub fn load(&self) -> Result<Option<World>, StoreError> {
        let row: Option<(i64, String)> = self
            .connection
            .query_row("SELECT version, content FROM world", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        match row {
            None => Ok(None),
            Some((SCHEMA_VERSION, content)) => Ok(Some(serde_json::from_str(&content)?)),
            Some((found, _)) => Err(StoreError::Version { found }),
        }
    }

    /// Writes the whole world.
    pub fn save(&self, world: &World) -> Result<(), StoreError> {
        let content = serde_json::to_string(world)?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO world (id, version, content) VALUES (1, ?1, ?2)",
            )?
            .execute((SCHEMA_VERSION, content))?;
        Ok(())
    }
}
