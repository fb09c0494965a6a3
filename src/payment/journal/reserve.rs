//! Room on the disk, and a file that is given up when there is none.
//!
//! Rows of a payment that has begun must still find room when the disk is full: the row of a debit
//! that is given back most of all. So a file of some size is kept, and deleted at that moment.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::os::files::{owner_only, sync_folder};

/// Name of the file.
pub const RESERVE_FILE: &str = "journal.reserve";
/// Its size in bytes: some hundred payments.
pub const RESERVE_BYTES: u64 = 2 * MIB;
/// Free bytes that a start needs, to open the journal and to finish what is open, and that a new
/// payment needs: several times what its rows take with the log before them.
const ROOM_TO_WORK: u64 = MIB;
const MIB: u64 = 1024 * 1024;
/// Written at once.
const PIECE: usize = 64 * 1024;

/// How much room the journal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Enough for days.
    Enough,
    /// Less than the site wants: somebody must look after the disk.
    Low {
        /// What is free, in whole mebibytes.
        free_mib: u64,
    },
    /// The disk was full: payments that have begun are finished, new ones are refused.
    ReserveUsed,
}

/// The file that is given up.
#[derive(Debug)]
pub struct Reserve {
    folder: PathBuf,
    kept: bool,
}

impl Reserve {
    /// Takes up the folder's reserve, making it where there is none and there is room.
    pub fn open(folder: &Path) -> Self {
        let mut reserve = Self {
            folder: folder.to_owned(),
            kept: false,
        };
        let length = fs::metadata(reserve.path()).map(|found| found.len());
        reserve.kept = length.is_ok_and(|length| length == RESERVE_BYTES) || reserve.renew();
        reserve
    }

    /// Before a start on a full disk: even looking at the journal needs some room, and what is open
    /// is to be finished.
    pub fn make_room_to_open(folder: &Path) {
        let mut reserve = Self {
            folder: folder.to_owned(),
            kept: true,
        };
        if is_full(folder) && reserve.path().exists() {
            reserve.spend();
        }
    }

    /// Whether it is still there to be given up.
    pub const fn is_kept(&self) -> bool {
        self.kept
    }

    /// Gives it up; false where there was nothing to give.
    pub fn spend(&mut self) -> bool {
        if !self.kept {
            return false;
        }
        self.kept = false;
        // Some file systems hand out the room only when the deletion is on the disk.
        let freed = fs::remove_file(self.path()).and_then(|()| sync_folder(&self.folder));
        tracing::error!(?freed, "the disk is full, the journal's reserve is used");
        freed.is_ok()
    }

    /// Makes it again, where somebody has made room; whether it is there now.
    pub fn renew(&mut self) -> bool {
        if !self.kept {
            let fits = free(&self.folder).is_none_or(|free| free > RESERVE_BYTES + ROOM_TO_WORK);
            self.kept = fits && self.make().is_ok();
            if !self.kept {
                tracing::warn!("no room for the journal's reserve");
                let _ = fs::remove_file(self.path());
            }
        }
        self.kept
    }

    /// Really written, with bytes that nothing can pack: a file with a hole would free nothing.
    fn make(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        owner_only(&mut options);
        let mut file = options.open(self.path())?;
        let mut piece = vec![0; PIECE];
        for _ in 0..RESERVE_BYTES / PIECE as u64 {
            SystemRandom::new()
                .fill(&mut piece)
                .map_err(|_| io::Error::other("no randomness"))?;
            file.write_all(&piece)?;
        }
        file.sync_all()
    }

    /// Whether a new payment has room for its own rows, beside the reserve for those that give back.
    /// Makes the reserve again where it can.
    pub fn room_to_begin(&mut self) -> bool {
        (self.kept || self.renew()) && !is_full(&self.folder)
    }

    /// How much room there is. `low_mib`: from how much on there is enough.
    pub fn room(&self, low_mib: u64) -> Room {
        if self.kept {
            room(&self.folder, low_mib)
        } else {
            Room::ReserveUsed
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(RESERVE_FILE)
    }
}

/// How much room there is in a folder, whoever works in it.
pub fn room(folder: &Path, low_mib: u64) -> Room {
    match free(folder).map(|free| free / MIB) {
        Some(free_mib) if free_mib < low_mib => Room::Low { free_mib },
        Some(_) | None => Room::Enough,
    }
}

/// Free bytes for this user; `None` where the system does not say.
fn free(folder: &Path) -> Option<u64> {
    fs4::available_space(folder).ok()
}

/// Whether there is less room than a start or a payment needs.
pub(super) fn is_full(folder: &Path) -> bool {
    free(folder).is_some_and(|free| free < ROOM_TO_WORK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_given_up_once_and_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::open(folder.path());
        assert!(reserve.is_kept());
        let path = folder.path().join(RESERVE_FILE);
        let found = fs::metadata(&path).unwrap();
        assert_eq!(found.len(), RESERVE_BYTES);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert!(found.blocks() * 512 >= RESERVE_BYTES, "no holes");
        }
        assert_ne!(reserve.room(64), Room::ReserveUsed);
        assert!(matches!(reserve.room(u64::MAX), Room::Low { .. }));
        assert_eq!(reserve.room(0), Room::Enough);
        assert!(reserve.room_to_begin());
        assert!(reserve.spend());
        assert!(!path.exists());
        assert_eq!(reserve.room(64), Room::ReserveUsed);
        assert!(!reserve.spend(), "there is only one");
        assert!(reserve.renew());
        drop(reserve);
        // A start that ended while it was written.
        fs::write(&path, b"half").unwrap();
        assert!(Reserve::open(folder.path()).is_kept());
        assert_eq!(fs::metadata(&path).unwrap().len(), RESERVE_BYTES);
    }
}
