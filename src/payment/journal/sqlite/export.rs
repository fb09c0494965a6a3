//! A copy of the journal by SQLite's own means: consistent, also while the till pays.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::SqliteJournal;
use crate::os::files::{owner_only, sync_folder};
use crate::payment::journal::JournalError;
use crate::payment::journal::verdict::Verdict;

/// What an export made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The copy of the journal.
    pub database: PathBuf,
    /// The copy of its key, where it was wanted.
    pub key: Option<PathBuf>,
    /// What a walk over the copy found.
    pub verdict: Verdict,
}

/// Where the key of a copy lies: `journal-20261125-101500.key` beside
/// `journal-20261125-101500.db`.
pub fn key_beside(database: &Path) -> PathBuf {
    database.with_extension("key")
}

impl SqliteJournal {
    /// Copies the journal into a file that must not exist yet, with its key beside it unless the
    /// copy is to be unreadable. Whoever has both can read the guests' UIDs.
    pub fn export(&self, to: &Path, with_key: bool) -> Result<Exported, JournalError> {
        let key = with_key.then(|| key_beside(to));
        let text = to.to_str().ok_or_else(|| JournalError::Unusable {
            path: to.to_owned(),
            why: "the name is not UTF-8".into(),
        })?;
        if let Some(key) = &key
            && (key == to || key.exists())
        {
            return Err(unusable(key, &io::Error::from(ErrorKind::AlreadyExists)));
        }
        // Made here, empty and for the owner only: SQLite fills it, and never overwrites more.
        create(to, b"").map_err(|error| unusable(to, &error))?;
        let copied = self
            .connection
            .execute("VACUUM INTO ?1", [text])
            .map_err(|error| JournalError::Unusable {
                path: to.to_owned(),
                why: error.to_string(),
            })
            .and_then(|_| {
                let file = OpenOptions::new().write(true).open(to);
                file.and_then(|file| file.sync_all())
                    .map_err(|error| unusable(to, &error))
            })
            .and_then(|()| match &key {
                None => Ok(()),
                Some(key) => fs::read(&self.key)
                    .and_then(|bytes| create(key, &bytes))
                    .map_err(|error| unusable(key, &error)),
            });
        if let Err(error) = copied {
            // Only what was made here a moment ago.
            let _ = fs::remove_file(to);
            return Err(error);
        }
        let folder = to.parent().filter(|folder| *folder != OsStr::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        sync_folder(folder).map_err(|error| unusable(folder, &error))?;
        let verdict = Self::verify_file(to, &self.key)?.unwrap_or_default();
        Ok(Exported {
            database: to.to_owned(),
            key,
            verdict,
        })
    }
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn unusable(path: &Path, error: &io::Error) -> JournalError {
    JournalError::Unusable {
        path: path.to_owned(),
        why: error.to_string(),
    }
}
