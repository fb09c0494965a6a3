//! Puts claims of operators to the proof, and keeps the count of wrong PINs beside the journal.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::cli::{AskedAs, NotProven, People};
use crate::config::settings::Config;
use crate::domain::Pin;
use crate::i18n::Texts;
use crate::operators::{Attempts, Checker, Claim, PersonId, Roster, Verdict};
use crate::os::files::replace;
use crate::payment::staff::{StaffNote, StaffRefusal};
use crate::tui::terminal;

/// The file in the state folder that has the wrong PINs so far.
pub const ATTEMPTS_FILE: &str = "operators.json";
/// Largest such file that is read.
const BYTES_MAX: u64 = 64 * 1024;

/// Knows the people of the site, for the screen and for commands.
#[derive(Debug)]
pub(super) struct Doorkeeper {
    roster: Roster,
    checker: Mutex<Checker>,
    file: PathBuf,
    texts: Texts,
}

impl Doorkeeper {
    /// Of this config, with the count in that folder.
    pub fn of(config: &Config, folder: &Path, texts: Texts) -> Self {
        Self {
            roster: config.operators.roster(),
            checker: Mutex::new(config.operators.checker(Attempts::default())),
            file: folder.join(ATTEMPTS_FILE),
            texts,
        }
    }

    /// Puts a claim to the proof. What was guessed by other programs of this folder counts, and so
    /// does this one for them; where the file cannot be written, the guesses count for this run.
    pub fn check(&self, claim: &Claim) -> (Verdict, Timestamp) {
        let mut checker = self.checker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempts) = read(&self.file) {
            checker.attempts = attempts;
        }
        let (before, now) = (checker.attempts.clone(), Timestamp::now());
        let verdict = checker.check(claim, now);
        if checker.attempts != before
            && let Err(error) = write(&self.file, &checker.attempts)
        {
            tracing::warn!(%error, "wrong PINs are counted for this run only");
        }
        self.log(claim, verdict);
        (verdict, now)
    }

    /// What is written down of a claim that did not prove true.
    pub fn refusal(&self, claim: &Claim, verdict: Verdict) -> Option<StaffNote> {
        let operator = match claim {
            Claim::Pin { person, .. } => Some(self.roster.name(*person).to_owned()),
            Claim::Card(_) => None,
        };
        let (why, left) = match verdict {
            Verdict::Known(_) => return None,
            Verdict::WrongPin { left } => (StaffRefusal::WrongPin, Some(left)),
            Verdict::Paused { .. } => (StaffRefusal::Paused, None),
            Verdict::UnknownCard => (StaffRefusal::UnknownCard, None),
        };
        Some(StaffNote::Refused {
            operator,
            why,
            left,
        })
    }

    fn log(&self, claim: &Claim, verdict: Verdict) {
        let claimed = match claim {
            Claim::Pin { person, .. } => self.roster.name(*person),
            Claim::Card(_) => "",
        };
        match verdict {
            Verdict::Known(who) => {
                tracing::info!(operator = self.roster.name(who), "an operator is known");
            }
            Verdict::WrongPin { left } => {
                tracing::warn!(operator = claimed, left, "a wrong PIN");
            }
            Verdict::Paused { seconds } => {
                tracing::warn!(operator = claimed, seconds, "too many wrong PINs");
            }
            Verdict::UnknownCard => tracing::warn!("a card that is no operator's"),
        }
    }
}

fn read(file: &Path) -> Option<Attempts> {
    let mut bytes = Vec::new();
    File::open(file)
        .ok()?
        .take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .ok()?;
    serde_json::from_slice(&bytes)
        .inspect_err(|error| tracing::warn!(%error, "the count of wrong PINs is damaged"))
        .ok()
}

/// As a whole, or not at all.
fn write(file: &Path, attempts: &Attempts) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    replace(file, serde_json::to_string(attempts)?.as_bytes())
}

/// The PIN in the variable, else typed unseen; `None` where it is no PIN, or nobody can type one.
pub(super) fn pin(asked: AskedAs, prompt: &str) -> Option<Pin> {
    match std::env::var(asked.variable()) {
        Ok(text) => Pin::parse(text.trim()),
        Err(_) => terminal::read_pin(prompt),
    }
}

impl People for Doorkeeper {
    fn roster(&self) -> &Roster {
        &self.roster
    }

    fn prove(&self, who: PersonId, asked: AskedAs) -> Result<(), NotProven> {
        let person = self.roster.person(who);
        if person.is_none_or(|person| !person.has_pin) {
            return Err(NotProven::OnlyCard);
        }
        let name = self.roster.name(who);
        let prompt = self.texts.fill("cli.sign.prompt", &[("who", &name)]);
        let pin = pin(asked, &prompt).ok_or(NotProven::NoPin)?;
        match self.check(&Claim::Pin { person: who, pin }).0 {
            Verdict::Known(_) => Ok(()),
            Verdict::WrongPin { left } => Err(NotProven::Wrong(left)),
            Verdict::Paused { seconds } => Err(NotProven::Paused(seconds)),
            Verdict::UnknownCard => Err(NotProven::NoPin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_kept_as_a_whole_and_damage_is_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("till").join(ATTEMPTS_FILE);
        assert_eq!(read(&file), None);
        let mut attempts = Attempts::default();
        let rules = crate::operators::AttemptRules {
            most: 3,
            pause: std::time::Duration::from_mins(1),
        };
        attempts.wrong("Анна", Timestamp::UNIX_EPOCH, rules);
        for _ in 0..2 {
            write(&file, &attempts).unwrap();
            assert_eq!(read(&file), Some(attempts.clone()));
        }
        fs::write(&file, "torn").unwrap();
        assert_eq!(read(&file), None);
        write(&file, &attempts).unwrap();
        assert_eq!(read(&file), Some(attempts));
    }
}
