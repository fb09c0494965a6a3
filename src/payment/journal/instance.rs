//! One program per state folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::process;

use super::JournalError;
use crate::os::files::owner_only;

const LOCK_FILE: &str = "limekeeper.lock";
/// Apart from the lock, since Windows lets nobody read a locked file.
const HOLDER_FILE: &str = "limekeeper.pid";

/// Held as long as the program works on the folder. The system lets go of it when the program ends,
/// however it ends; a left-over file means nothing.
#[derive(Debug)]
pub struct InstanceLock {
    file: File,
}

impl Drop for InstanceLock {
    /// By name: a process that is being started from here has the file open for a moment, too.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl InstanceLock {
    /// Takes the folder, or says who has it.
    pub fn take(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(LOCK_FILE);
        let unusable = |why: String| JournalError::Unusable {
            path: path.clone(),
            why,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        owner_only(&mut options);
        let file = options
            .open(&path)
            .map_err(|error| unusable(error.to_string()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(folder.join(HOLDER_FILE)).unwrap_or_default();
                let holder: String = holder
                    .trim()
                    .chars()
                    .filter(char::is_ascii_digit)
                    .take(20)
                    .collect();
                return Err(JournalError::SecondInstance {
                    holder: if holder.is_empty() {
                        "?".to_owned()
                    } else {
                        holder
                    },
                    folder: folder.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error.to_string())),
        }
        // Only for the message; not being able to write it is no reason to stop.
        let _ = write_holder(&folder.join(HOLDER_FILE));
        Ok(Self { file })
    }
}

fn write_holder(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    owner_only(&mut options);
    options
        .open(path)?
        .write_all(process::id().to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = InstanceLock::take(folder.path()).unwrap();
        let JournalError::SecondInstance { holder, .. } =
            InstanceLock::take(folder.path()).unwrap_err()
        else {
            panic!("the second must be refused");
        };
        assert_eq!(holder, process::id().to_string());
        drop(first);
        // A left-over holder file of a dead process keeps nobody out.
        fs::write(folder.path().join(HOLDER_FILE), "1").unwrap();
        InstanceLock::take(folder.path()).unwrap();
    }
}
