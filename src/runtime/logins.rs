//! Where it is noted that Lime refused a login, so that the next command of a script does not try the
//! same password again.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::config::Loaded;
use crate::lime::{Refusals, Refused};
use crate::payment::journal::seal::Sealer;
use crate::payment::journal::sqlite::KEY_FILE;

use super::connect::secret;

/// Name of the note in the state folder.
const NOTE_FILE: &str = "lime.login";
/// What the note is sealed for.
const PLACE: &str = "Lime login refused";

/// A note beside the journal, sealed with its key: where there is no journal yet, nothing is noted.
#[derive(Debug)]
pub(super) struct SealedRefusals {
    /// State folder.
    folder: PathBuf,
    /// What is new is noted; `doctor` writes nothing.
    writes: bool,
    /// User and password; only its keyed name is in the note.
    login: SecretString,
}

/// What the note says.
#[derive(Serialize, Deserialize)]
struct Note {
    /// When the login was refused.
    at: Timestamp,
    /// How often in a row.
    times: u32,
    /// Tells whether it is still the same login, by the journal's key; the password cannot be got from it.
    login: String,
}

impl SealedRefusals {
    pub(super) fn of(loaded: &Loaded, writes: bool) -> Self {
        let own = &loaded.config.lime.login;
        let password = secret(&own.password);
        let folder = loaded.state_dir().ok();
        Self {
            writes: writes && folder.is_some(),
            folder: folder.unwrap_or_default(),
            login: format!("{}\0{}", own.user, password.expose_secret()).into(),
        }
    }

    fn sealer(&self) -> Option<Sealer> {
        Sealer::open(&self.folder.join(KEY_FILE), false).ok()
    }

    fn name(&self, sealer: &Sealer) -> String {
        sealer.name(self.login.expose_secret())
    }

    /// The last refusal, as seen at that time of day.
    fn last_at(&self, now: Timestamp) -> Option<Refused> {
        let sealer = self.sealer()?;
        let note = sealer.kept(&self.folder.join(NOTE_FILE), PLACE)?;
        let note: Note = serde_json::from_slice(&note).ok()?;
        // Another password is tried at once. So is this one where the clock was set back: it cannot be
        // told how long ago the refusal was.
        if note.login != self.name(&sealer) || note.times == 0 {
            return None;
        }
        let ago = Duration::try_from(now.duration_since(note.at)).ok()?;
        Some(Refused {
            ago,
            times: note.times,
        })
    }

    fn add_at(&self, times: u32, now: Timestamp) {
        let Some(sealer) = self.sealer().filter(|_| self.writes) else {
            return;
        };
        let note = Note {
            at: now,
            times,
            login: self.name(&sealer),
        };
        let kept = serde_json::to_vec(&note)
            .map_err(std::io::Error::other)
            .and_then(|note| sealer.keep(&self.folder.join(NOTE_FILE), PLACE, &note));
        if let Err(error) = kept {
            tracing::warn!(%error, "the refused login is not noted");
        }
    }
}

impl Refusals for SealedRefusals {
    fn last(&self) -> Option<Refused> {
        self.last_at(Timestamp::now())
    }

    fn add(&self, times: u32) {
        self.add_at(times, Timestamp::now());
    }

    fn clear(&self) {
        if self.writes {
            // None is there in most cases; what cannot be removed ends by itself.
            let _ = fs::remove_file(self.folder.join(NOTE_FILE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(folder: &std::path::Path, password: &str) -> SealedRefusals {
        SealedRefusals {
            folder: folder.to_owned(),
            writes: true,
            login: format!("till\0{password}").into(),
        }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn a_refusal_is_noted_for_this_password_and_only_beside_a_journal() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let refusals = at(folder, "pass-word-77");
        refusals.add_at(1, second(0));
        assert_eq!(refusals.last_at(second(1)), None, "no journal");
        Sealer::open(&folder.join(KEY_FILE), true).unwrap();
        refusals.add_at(2, second(0));
        let noted = |ago| {
            Some(Refused {
                ago: Duration::from_secs(ago),
                times: 2,
            })
        };
        assert_eq!(refusals.last_at(second(7)), noted(7));
        assert_eq!(at(folder, "pass-word-77").last_at(second(0)), noted(0));
        assert_eq!(refusals.last_at(second(-1)), None, "the clock was set back");
        assert_eq!(at(folder, "another").last_at(second(7)), None);
        let bytes = fs::read(folder.join(NOTE_FILE)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("pass-word-77") && !text.contains("1700000000"));
        assert!(!format!("{refusals:?}").contains("pass-word-77"));
        refusals.clear();
        assert_eq!(refusals.last_at(second(7)), None);
        fs::write(folder.join(NOTE_FILE), "rubbish").unwrap();
        assert_eq!(refusals.last_at(second(7)), None);
    }

    #[test]
    fn who_may_not_write_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        Sealer::open(&folder.join(KEY_FILE), true).unwrap();
        at(folder, "p").add_at(1, second(0));
        let reads = SealedRefusals {
            writes: false,
            ..at(folder, "p")
        };
        reads.add_at(5, second(9));
        reads.clear();
        assert_eq!(reads.last_at(second(9)).unwrap().times, 1);
    }
}
