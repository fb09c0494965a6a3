//! Where the journal lies: on a disk of this machine, and still under its name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::JournalError;

/// File systems over a network: their locks and their synchronisation promise too little.
#[cfg(any(target_os = "linux", test))]
const NETWORK: [&str; 10] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "fuse.sshfs",
    "fuse.davfs",
    "davfs",
];

/// Refuses a folder on a network file system, where the system tells cheaply: on Linux by the list
/// of mounts. Shares named `\\server\share` are refused by the config; a drive letter that stands
/// for a share is not seen.
pub fn refuse_network(folder: &Path) -> Result<(), JournalError> {
    #[cfg(target_os = "linux")]
    {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        if let Some(kind) = network_kind(&mounts, &whole) {
            return Err(JournalError::NetworkFolder {
                folder: folder.to_owned(),
                kind: kind.to_owned(),
            });
        }
    }
    let _ = folder;
    Ok(())
}

/// The kind of the file system that holds the folder, if it is one over a network.
#[cfg(any(target_os = "linux", test))]
fn network_kind<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mut found = (0, "");
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(point), Some(kind)) = (words.next(), words.next()) else {
            continue;
        };
        let point = PathBuf::from(point.replace("\\040", " ").replace("\\134", "\\"));
        let depth = point.components().count();
        // Of two mounts on the same point the later one is seen.
        if folder.starts_with(&point) && depth >= found.0 {
            found = (depth, kind);
        }
    }
    NETWORK.contains(&found.1).then_some(found.1)
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
    device: u64,
    inode: u64,
    written: Option<(u64, i64, i64)>,
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
            && (before.device, before.inode) == (database.device, database.inode)
        {
            *before = database;
        }
    }

    #[cfg(unix)]
    fn look(&self) -> io::Result<Option<(Stamp, Stamp)>> {
        use std::os::unix::fs::MetadataExt as _;
        let (database, log) = (fs::metadata(&self.database)?, fs::metadata(&self.log)?);
        let stamp = |file: &fs::Metadata, written| Stamp {
            device: file.dev(),
            inode: file.ino(),
            written,
        };
        let written = (database.len(), database.mtime(), database.mtime_nsec());
        Ok(Some((stamp(&database, Some(written)), stamp(&log, None))))
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    fn look(&self) -> io::Result<Option<(Stamp, Stamp)>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_on_a_network_are_told_from_others() {
        let mounts = "/dev/vda / ext4 rw,relatime 0 0\n\
                      server:/till /mnt/till nfs4 rw 0 0\n\
                      //server/share /mnt/with\\040space cifs rw 0 0\n\
                      /dev/vdb /mnt/till/disk ext4 rw 0 0\n\
                      me@host: /home/me/far fuse.sshfs rw 0 0\n\
                      server:/twice /mnt/twice nfs rw 0 0\n\
                      /dev/vdc /mnt/twice xfs rw 0 0\n\
                      broken\n";
        for (folder, kind) in [
            ("/var/lib/limekeeper", None),
            ("/mnt/till", Some("nfs4")),
            ("/mnt/till/state", Some("nfs4")),
            ("/mnt/till2", None),
            ("/mnt/till/disk/state", None),
            ("/mnt/with space/state", Some("cifs")),
            ("/home/me/far", Some("fuse.sshfs")),
            ("/mnt/twice/state", None),
        ] {
            assert_eq!(network_kind(mounts, Path::new(folder)), kind, "{folder}");
        }
        refuse_network(tempfile::tempdir().unwrap().path()).unwrap();
    }

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
