//! Where the journal lies: on a disk of this machine, and still under its name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::JournalError;
use crate::os::files::{self, FileId, Written};

/// Refuses a folder on a network file system, where the system tells cheaply: there locks and
/// synchronisation promise too little. Shares named `\\server\share` are refused by the config.
pub fn refuse_network(folder: &Path) -> Result<(), JournalError> {
    match files::network_kind(folder) {
        Some(kind) => Err(JournalError::NetworkFolder {
            folder: folder.to_owned(),
            kind,
        }),
        None => Ok(()),
    }
}

/// The journal's files as they were when this program last wrote to them.
///
/// Only on Unix: there an open file can be deleted, moved away or written over while the program
/// goes on writing into what nobody will find. Windows lets nobody delete or replace a file that
/// SQLite has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    database: PathBuf,
    log: PathBuf,
    seen: Option<(Stamp, Stamp)>,
}

/// Which file it is, and for the database when it was written: only this program writes there, so
/// that a copy written over it in place is seen, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    id: FileId,
    written: Option<(u64, Written)>,
}

impl Files {
    /// The files under these names, as they are now.
    pub fn of(database: &Path, log: PathBuf) -> io::Result<Self> {
        let mut files = Self {
            database: database.to_owned(),
            log,
            seen: None,
        };
        files.seen = files.look()?;
        Ok(files)
    }

    /// Whether the names still lead to the files that are open, and nobody else wrote.
    pub fn are_ours(&self) -> bool {
        self.look().is_ok_and(|now| now == self.seen)
    }

    /// To be called after every write of our own.
    pub fn written(&mut self) {
        // Where they are gone now, the next look says so.
        if let Ok(Some((database, _))) = self.look()
            && let Some((before, _)) = &mut self.seen
            && before.id == database.id
        {
            *before = database;
        }
    }

    fn look(&self) -> io::Result<Option<(Stamp, Stamp)>> {
        let (database, log) = (fs::metadata(&self.database)?, fs::metadata(&self.log)?);
        let written = |file: &fs::Metadata, when| Some((file.len(), when));
        let both = files::identity(&database).zip(files::identity(&log));
        Ok(both.map(|((database_id, when), (log_id, _))| {
            let database = Stamp {
                id: database_id,
                written: written(&database, when),
            };
            let log = Stamp {
                id: log_id,
                written: None,
            };
            (database, log)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn another_file_under_the_name_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (database, log) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&database, "rows").unwrap();
        fs::write(&log, "more").unwrap();
        let mut files = Files::of(&database, log.clone()).unwrap();
        assert!(files.are_ours());
        fs::write(&log, "more and more").unwrap();
        assert!(files.are_ours(), "the log grows by every row");
        fs::write(&database, "rows and rows").unwrap();
        assert!(!files.are_ours(), "written by somebody else");
        files.written();
        assert!(files.are_ours());
        let kept = folder.path().join("c");
        fs::rename(&log, &kept).unwrap();
        assert!(!files.are_ours());
        fs::copy(&kept, &log).unwrap();
        assert!(!files.are_ours());
        fs::rename(&kept, &log).unwrap();
        assert!(files.are_ours());
        fs::rename(&database, &kept).unwrap();
        fs::copy(&kept, &database).unwrap();
        files.written();
        assert!(!files.are_ours(), "never taken for ours");
    }
}
