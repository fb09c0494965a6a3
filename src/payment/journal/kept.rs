//! A secret that is kept beside the journal, sealed with its key.

use std::fs;
use std::io;
use std::path::Path;

use super::seal::Sealer;
use crate::os::files::replace;

/// Largest secret that is read back, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

impl Sealer {
    /// Keeps a secret in a file that only its owner reads, instead of the one before. `place` ties it
    /// to its use. A program that ends in the middle leaves the old one.
    pub fn keep(&self, path: &Path, place: &str, plain: &[u8]) -> io::Result<()> {
        let sealed = self
            .seal(place, plain)
            .ok_or_else(|| io::Error::other("no randomness"))?;
        replace(path, &sealed)
    }

    /// The secret of that file; `None` where there is none that this key opens.
    pub fn kept(&self, path: &Path, place: &str) -> Option<Vec<u8>> {
        if fs::metadata(path).ok()?.len() > BYTES_MAX {
            return None;
        }
        self.open_sealed(place, &fs::read(path).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_and_the_use_open_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("licence.token");
        let sealer = Sealer::from_bytes(&[7; 32]).unwrap();
        assert_eq!(sealer.kept(&path, "token"), None);
        for secret in [b"first".as_slice(), b"second"] {
            sealer.keep(&path, "token", secret).unwrap();
            assert_eq!(sealer.kept(&path, "token").as_deref(), Some(secret));
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(secret.len()).any(|part| part == secret));
        }
        assert_eq!(sealer.kept(&path, "other"), None);
        let other = Sealer::from_bytes(&[8; 32]).unwrap();
        assert_eq!(other.kept(&path, "token"), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // Left by a program that ended in the middle.
        fs::write(path.with_extension("new"), b"torn").unwrap();
        sealer.keep(&path, "token", b"third").unwrap();
        assert_eq!(sealer.kept(&path, "token").unwrap(), b"third");
        fs::write(&path, vec![0; 70_000]).unwrap();
        assert_eq!(sealer.kept(&path, "token"), None);
    }
}
