//! How far the journal had come, in a small file beside it: `journal.head`.
//!
//! It is rewritten in place after every commit and never synchronised, so that it costs no wait. A
//! power cut may tear it or leave it behind: then it says nothing, or less. What it never does on
//! an honest disk is to run ahead of the journal. A journal that has less than its anchor has lost
//! its end, or is an older copy.
//!
//! Both files copied back together from yesterday agree, and so do none at all: that cannot be seen
//! from here, only from the other side, by asking both servers.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ring::digest;

use super::JournalError;
use crate::os::files::owner_only;

/// Name of the file.
pub const HEAD_FILE: &str = "journal.head";
/// What it begins with; a later form gets another number.
const MARK: &str = "limekeeper-journal-head-1";
const HASH_LEN: usize = 32;

/// The end of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which journal: made at random with it.
    pub instance: String,
    /// Number of its last row; 0 where it has none.
    pub seq: i64,
    /// Hash of its last row; empty where it has none.
    pub hash: Vec<u8>,
}

impl Head {
    /// Always as long as any other, so that it is written over the one before.
    fn line(&self) -> String {
        let mut hash = self.hash.clone();
        hash.resize(HASH_LEN, 0);
        let text = format!("{MARK} {} {:020} {}", self.instance, self.seq, hex(&hash));
        let sum = digest::digest(&digest::SHA256, text.as_bytes());
        format!("{text} {}\n", hex(sum.as_ref()))
    }

    /// `None` for anything that was not written whole by [`Head::line`].
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.strip_prefix(MARK)?.split_ascii_whitespace();
        let instance = words.next()?.to_owned();
        let seq: i64 = words.next()?.parse().ok()?;
        let hash = match seq {
            0 => Vec::new(),
            _ => bytes(words.next()?)?,
        };
        let head = Self {
            instance,
            seq,
            hash,
        };
        (head.line() == line).then_some(head)
    }
}

/// What the folder's anchor says; `None` where there is none, or only a piece of one.
pub fn read(folder: &Path) -> Result<Option<Head>, JournalError> {
    let path = folder.join(HEAD_FILE);
    match fs::read(&path) {
        Ok(line) => {
            let head = Head::parse(&line);
            if head.is_none() {
                tracing::warn!("the journal's anchor is torn, as after a power cut");
            }
            Ok(head)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::Unusable {
            path,
            why: error.to_string(),
        }),
    }
}

/// The open file of the anchor.
#[derive(Debug)]
pub struct Anchor {
    file: File,
    path: PathBuf,
}

impl Anchor {
    /// Opens the folder's anchor, making it where there is none.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(HEAD_FILE);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        owner_only(&mut options);
        match options.open(&path) {
            Ok(file) => Ok(Self { file, path }),
            Err(error) => Err(JournalError::Unusable {
                path,
                why: error.to_string(),
            }),
        }
    }

    /// Says where the journal is now. Not being able to is no reason to stop: an anchor that stays
    /// behind only sees less.
    pub fn write(&mut self, head: &Head) {
        if let Err(error) = self.try_write(head) {
            tracing::warn!(path = %self.path.display(), %error, "the journal's anchor stays behind");
        }
    }

    fn try_write(&mut self, head: &Head) -> io::Result<()> {
        let line = head.line();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(line.as_bytes())?;
        self.file.set_len(line.len() as u64)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_or_changed_anchor_says_nothing() {
        let head = Head {
            instance: "0123456789abcdef0123456789abcdef".into(),
            seq: 41,
            hash: vec![7; HASH_LEN],
        };
        let none = Head {
            seq: 0,
            hash: vec![],
            ..head.clone()
        };
        let line = head.line().into_bytes();
        assert_eq!(Head::parse(&line), Some(head.clone()));
        assert_eq!(Head::parse(none.line().as_bytes()), Some(none.clone()));
        assert_eq!(none.line().len(), line.len(), "written in place");
        for cut in 0..line.len() {
            assert_eq!(Head::parse(&line[..cut]), None, "{cut}");
            let mut changed = line.clone();
            changed[cut] ^= 1;
            assert_eq!(Head::parse(&changed), None, "{cut}");
        }
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        let mut anchor = Anchor::open(folder.path()).unwrap();
        for head in [&none, &head] {
            anchor.write(head);
            assert_eq!(read(folder.path()).unwrap().as_ref(), Some(head));
        }
        fs::write(folder.path().join(HEAD_FILE), [0; 200]).unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        let mut anchor = Anchor::open(folder.path()).unwrap();
        anchor.write(&head);
        assert_eq!(read(folder.path()).unwrap(), Some(head));
    }
}
