//! When the payment thread looks back at both servers, and what it says of it.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use crate::i18n::Texts;
use crate::payment::driver::{DriveError, Remembered};
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::lookback::{Asked, Looked};
use crate::payment::orphan::{self, Orphan};
use crate::payment::ports::Clock as _;

use super::books::orphans;
use super::payments::{Job, Means, News};
use super::words;

/// Between looks back that came to their end.
const LOOK_BACK_PAUSE: Duration = Duration::from_mins(30);

/// The looks back of a run: at its start, and then every [`LOOK_BACK_PAUSE`]. One that a job cut short
/// goes on behind it; another one that did not come to its end goes on at the next sweep.
#[derive(Default)]
pub(super) struct Looks {
    remembered: Remembered,
    /// On the clock that never goes back; `None`: at once.
    next: Option<Duration>,
    /// The last one did not come to its end.
    unfinished: bool,
    /// What was said last.
    said: Vec<Orphan>,
    /// How far both servers could be looked through, as it is in the log.
    logged: Option<(Asked, Asked)>,
}

impl Looks {
    /// A sweep is due: what did not come to its end is tried again.
    pub const fn retry(&mut self) {
        if self.unfinished {
            self.next = None;
        }
    }

    /// A request was sent twice, and may have been booked twice: looks as soon as nobody waits.
    pub const fn at_once(&mut self) {
        self.next = None;
    }

    /// Looks back where it is time. Answers with a job that came meanwhile, and ended the look.
    pub fn look(
        &mut self,
        means: &Means,
        journal: &mut SqliteJournal,
        jobs: &Receiver<Job>,
        say: &mut impl FnMut(News) -> bool,
    ) -> Option<Job> {
        let over = means.look_back?;
        if self.next.is_some_and(|next| means.clock.elapsed() < next) {
            return None;
        }
        let waiting = RefCell::new(None);
        let somebody_waits = || {
            let mut waiting = waiting.borrow_mut();
            waiting.is_some()
                || match jobs.try_recv() {
                    Ok(job) => {
                        *waiting = Some(job);
                        true
                    }
                    Err(TryRecvError::Empty) => false,
                    Err(TryRecvError::Disconnected) => true,
                }
        };
        if !somebody_waits() {
            let looked =
                means
                    .driver(journal)
                    .look_back(over, &mut self.remembered, &somebody_waits);
            self.take(looked, means, say);
        }
        let waiting = waiting.into_inner();
        // The screen's own first job comes while the first look runs.
        if waiting.is_some() {
            self.retry();
        }
        waiting
    }

    fn take(
        &mut self,
        looked: Result<Looked, DriveError>,
        means: &Means,
        say: &mut impl FnMut(News) -> bool,
    ) {
        self.next = Some(means.clock.elapsed().saturating_add(LOOK_BACK_PAUSE));
        let looked = match looked {
            Ok(looked) => looked,
            Err(error) => {
                tracing::error!(%error, "looking back failed");
                let problem = words::drive_problem(&error, means.texts);
                say(News::JournalFailed(problem.detail));
                return;
            }
        };
        let ended = |asked: &Asked| matches!(asked, Asked::Whole | Asked::Cannot);
        self.unfinished = !ended(&looked.wallet) || !ended(&looked.pos);
        let how_far = (looked.wallet, looked.pos);
        if self.logged.as_ref() != Some(&how_far) {
            tracing::info!(lime = ?how_far.0, rkeeper = ?how_far.1, "looked back");
            self.logged = Some(how_far);
        }
        self.say(looked.orphans, say);
    }

    /// Tells what the journal has of them.
    pub fn tell(
        &mut self,
        journal: &SqliteJournal,
        texts: Texts,
        say: &mut impl FnMut(News) -> bool,
    ) -> bool {
        match orphans(journal) {
            Ok(orphans) => self.say(orphans, say),
            Err(error) => say(News::JournalFailed(words::journal(&error, texts))),
        }
    }

    /// Tells them, where that is news.
    fn say(&mut self, orphans: Vec<Orphan>, say: &mut impl FnMut(News) -> bool) -> bool {
        if self.said == orphans {
            return true;
        }
        let sum = orphan::sum(&orphans);
        tracing::warn!(count = orphans.len(), %sum, "servers and journal disagree");
        self.said.clone_from(&orphans);
        say(News::Orphans(orphans))
    }
}
