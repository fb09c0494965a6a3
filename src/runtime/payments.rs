//! The thread that works on payments, one at a time, and owns the journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::Uid;
use crate::i18n::Texts;
use crate::payment::driver::{DriveError, Driver, Patience, Watcher};
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::journal::{Journal, JournalError};
use crate::payment::orphan::Orphan;
use crate::payment::ports::{Clock as _, Pos, Wallet};
use crate::payment::reason::{Problem, Reason};
use crate::payment::record::PaymentRecord;
use crate::payment::sale::{By, PaymentId, PaymentRequest};
use crate::payment::spent::{self, Spent};
use crate::payment::staff::StaffNote;
use crate::payment::view::{PaymentView, RefundRequest, RefundStanding, Standing};
use crate::tui::{Answer, Known, Period, Ruling};

use super::books;
use super::clock::SystemClock;
use super::licence::AskLicence;
use super::looks::Looks;
use super::watch::{Moment, Watch};
use super::words;

/// Jobs that may wait; a cashier gives one at a time, beside the rows about who is at the till.
pub const JOBS_MAX: usize = 32;

/// How long the thread stays with one unsettled payment by itself: a guest who wants to pay waits
/// behind it.
const BACKGROUND_FRONT: Duration = Duration::from_secs(5);

/// Between those looks where the config names none.
const BACKGROUND_PAUSE: Duration = Duration::from_mins(10);

/// What the screen wants.
#[derive(Debug)]
pub enum Job {
    /// Pay a bill. Whoever gives this clears the flag of cancelling before.
    Pay(Box<PaymentRequest>),
    /// Ask about an unsettled payment now.
    Resume(PaymentId),
    /// A person decided about something that waits.
    Decide(Box<Ruling>),
    /// Give money of a paid payment back.
    Refund(Box<RefundRequest>),
    /// List the payments of that time.
    List(Period),
    /// What a card paid at this till lately.
    History(Uid),
    /// A person knows of an orphan, and what had to be put right is.
    Known(Box<Known>),
    /// Write down who is at the till since that moment.
    Staff(StaffNote, Timestamp),
    /// Say when all jobs before this one are done.
    Tell(SyncSender<()>),
}

/// What the thread has to say.
#[derive(Debug)]
pub enum News {
    /// A payment moved.
    Moved(Box<PaymentView>),
    /// The payment asked for did not start; nothing was sent.
    NotStarted(Problem),
    /// All that needs a person, oldest first; told at the start and whenever it changed.
    Attention(Vec<PaymentView>),
    /// What came of a decision, of a word about an orphan, or of a refund.
    Answered(PaymentId, Answer),
    /// The payments asked for, oldest first.
    Listed(Vec<PaymentRecord>),
    /// What a card paid at this till lately, oldest payment first.
    History(Uid, Vec<PaymentRecord>),
    /// What the site's rules count of the journal; said when it changed.
    Spent(Box<Spent>),
    /// What servers and journal disagree about and nobody settled yet, all of it; said when it
    /// changed.
    Orphans(Vec<Orphan>),
    /// The journal failed; no payment is possible any more.
    JournalFailed(String),
    /// What the cashier should know of the journal while it works; empty once that is over.
    JournalSays(String),
}

/// What a payment needs, shared with the rest of the program.
#[derive(Clone)]
pub struct Means {
    /// Where the money is.
    pub wallet: Arc<dyn Wallet>,
    /// Where the bills are.
    pub pos: Arc<dyn Pos>,
    /// How r_keeper's licence stands.
    pub licence: AskLicence,
    /// Time.
    pub clock: Arc<SystemClock>,
    /// How long and how often.
    pub patience: Patience,
    /// Pauses between looks at payments that do not rest, while nothing else is to be done; the
    /// last one repeats.
    pub sweeps: Vec<Duration>,
    /// How far back both servers are asked what this till did; `None`: never.
    pub look_back: Option<Duration>,
    /// With less than so many free mebibytes for the journal the cashier is warned.
    pub low_disk_mib: u64,
    /// The cashier is told of clocks of Lime and till that differ by more.
    pub clock_limit: SignedDuration,
    /// Some rule of the site counts what was spent.
    pub counts_spent: bool,
    /// For the words of what goes wrong.
    pub texts: Texts,
}

impl Means {
    /// A driver over these means and a journal.
    pub fn driver<'a>(&'a self, journal: &'a mut dyn Journal) -> Driver<'a> {
        Driver {
            wallet: self.wallet.as_ref(),
            pos: self.pos.as_ref(),
            journal,
            clock: self.clock.as_ref(),
            patience: &self.patience,
        }
    }
}

/// Tells what the site's rules count of the journal, where that changed: the screen suggests and
/// checks by it. Where it cannot be read, nothing is paid either.
fn count_spent(
    means: &Means,
    journal: &SqliteJournal,
    told: &mut Spent,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    if !means.counts_spent {
        return true;
    }
    let day_began = means.clock.day_began();
    let records = match books::records(journal, spent::since(day_began)) {
        Ok(records) => records,
        Err(error) => {
            tracing::warn!(%error, "what was spent cannot be counted");
            return true;
        }
    };
    let sums = records.iter().map(|record| (&record.sale, &record.view));
    let now = Spent::of(sums, day_began);
    if now == *told {
        return true;
    }
    told.clone_from(&now);
    say(News::Spent(Box::new(now)))
}

/// Works until the senders of jobs are gone or nobody listens to `say` any more. Begins with what a
/// former run left unsettled.
pub fn work(
    means: &Means,
    mut journal: SqliteJournal,
    jobs: &Receiver<Job>,
    cancel: &AtomicBool,
    mut say: impl FnMut(News) -> bool,
) {
    let mut sweep = 0;
    // Nobody stands there while this goes on, but somebody may come.
    let background = Means {
        patience: Patience {
            front: means.patience.front.min(BACKGROUND_FRONT),
            ..means.patience.clone()
        },
        ..means.clone()
    };
    let mut looks = Looks::default();
    let mut known = None;
    let mut spent = Spent::default();
    // Before the first row of this run.
    let mut watch = Watch::new(journal.last_at().unwrap_or_default());
    // What is known of before is told before anybody is asked.
    if !look_around(means, &journal, &mut watch, &mut say)
        || !looks.tell(&journal, means.texts, &mut say)
        || !attend(means, &journal, &mut known, &mut say)
        || !count_spent(means, &journal, &mut spent, &mut say)
        || !recover(&background, &mut journal, &mut say)
    {
        return;
    }
    let mut waiting = None;
    loop {
        if !look_around(means, &journal, &mut watch, &mut say)
            || !attend(means, &journal, &mut known, &mut say)
            || !count_spent(means, &journal, &mut spent, &mut say)
        {
            return;
        }
        if waiting.is_none() {
            waiting = looks.look(&background, &mut journal, jobs, &mut say);
        }
        let pause = means
            .sweeps
            .get(sweep)
            .or(means.sweeps.last())
            .copied()
            .unwrap_or(BACKGROUND_PAUSE);
        let job = waiting.take().map_or_else(|| jobs.recv_timeout(pause), Ok);
        let began = means.clock.now();
        let go_on = match job {
            Ok(Job::Pay(request)) => {
                sweep = 0;
                pay(means, &mut journal, &request, cancel, &mut say)
            }
            Ok(Job::Resume(payment)) => resume(means, &mut journal, payment, &mut say),
            Ok(Job::Decide(ruling)) => {
                sweep = 0;
                decide(means, &mut journal, *ruling, &mut say)
            }
            Ok(Job::Refund(request)) => {
                sweep = 0;
                refund(means, &mut journal, &request, &mut say)
            }
            Ok(Job::List(period)) => match books::listed(&journal, period, means.clock.zone()) {
                Ok(records) => say(News::Listed(records)),
                Err(error) => say(News::JournalFailed(words::journal(&error, means.texts))),
            },
            Ok(Job::History(uid)) => match books::history(&journal, &uid) {
                Ok(records) => say(News::History(uid, records)),
                Err(error) => say(News::JournalFailed(words::journal(&error, means.texts))),
            },
            Ok(Job::Known(known)) => {
                let payment = known.seen.payment;
                // The form first: what it is about leaves the list.
                let told = match note_known(means, &mut journal, &known) {
                    Ok(()) => say(News::Answered(payment, Answer::Noted)),
                    Err(error) => failed(payment, &error, None, means.texts, &mut say),
                };
                // Where it was settled meanwhile, or more was found, the list says so.
                told && (journal.ready().is_err() || looks.tell(&journal, means.texts, &mut say))
            }
            Ok(Job::Staff(note, at)) => note_staff(means, &mut journal, &note, at, &mut say),
            Ok(Job::Tell(done)) => {
                // Who asked may have gone.
                let _ = done.try_send(());
                true
            }
            Err(RecvTimeoutError::Timeout) => {
                sweep = sweep.saturating_add(1);
                looks.retry();
                recover(&background, &mut journal, &mut say)
            }
            Err(RecvTimeoutError::Disconnected) => false,
        };
        if !go_on {
            return;
        }
        if books::sent_twice(&journal, began).unwrap_or_default() {
            looks.at_once();
        }
        // An answer may have shown that money was moved twice.
        if journal.ready().is_ok() && !looks.tell(&journal, means.texts, &mut say) {
            return;
        }
    }
}

/// Writes down who is at the till. Nobody is kept out where there is no room for it: a till must be
/// opened to put that right.
fn note_staff(
    means: &Means,
    journal: &mut SqliteJournal,
    note: &StaffNote,
    at: Timestamp,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    match journal.note_staff(note, at) {
        Ok(()) => true,
        Err(error @ (JournalError::Full | JournalError::Stopped)) => {
            tracing::warn!(%error, ?note, "who is at the till is not written down");
            true
        }
        Err(error) => {
            tracing::error!(%error, ?note, "who is at the till is not written down");
            say(News::JournalFailed(words::journal(&error, means.texts)))
        }
    }
}

/// Shows each step, and remembers the last.
struct Showing<'a> {
    say: &'a mut dyn FnMut(News) -> bool,
    /// `None`: nothing can be cancelled any more.
    cancel: Option<&'a AtomicBool>,
    last: Option<PaymentView>,
}

impl Watcher for Showing<'_> {
    fn show(&mut self, view: &PaymentView) {
        if self.last.as_ref() != Some(view) {
            (self.say)(News::Moved(Box::new(view.clone())));
            self.last = Some(view.clone());
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel
            .is_some_and(|cancel| cancel.load(Ordering::SeqCst))
    }
}

fn pay(
    means: &Means,
    journal: &mut SqliteJournal,
    request: &PaymentRequest,
    cancel: &AtomicBool,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    // Who gives the job clears `cancel`: what was pressed while the job waited counts.
    let mut watcher = Showing {
        say,
        cancel: Some(cancel),
        last: None,
    };
    let result = means.driver(journal).pay(request, &mut watcher);
    let last = watcher.last;
    told(result, last, means.texts, say)
}

fn resume(
    means: &Means,
    journal: &mut SqliteJournal,
    payment: PaymentId,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    let mut watcher = Showing {
        say,
        cancel: None,
        last: None,
    };
    let result = means.driver(journal).resume(payment, &mut watcher);
    let last = watcher.last;
    told(result, last, means.texts, say)
}

/// The same for one command: only the log has it.
pub(super) fn warn(means: &Means, journal: &SqliteJournal) {
    let mut watch = Watch::new(journal.last_at().unwrap_or_default());
    look_around(means, journal, &mut watch, &mut |_| true);
}

/// Says what should be known of the journal's disk and of the clock, where it is news. A journal that
/// has stopped has said all.
fn look_around(
    means: &Means,
    journal: &SqliteJournal,
    watch: &mut Watch,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    if journal.ready().is_err() {
        return true;
    }
    let now = Moment {
        wall: means.clock.now(),
        elapsed: means.clock.elapsed(),
    };
    watch
        .look(journal.room(means.low_disk_mib), now, means.texts)
        .is_none_or(|words| say(News::JournalSays(words)))
}

fn recover(means: &Means, journal: &mut SqliteJournal, say: &mut impl FnMut(News) -> bool) -> bool {
    if let Err(error) = journal.ready() {
        return say(News::JournalFailed(words::journal(&error, means.texts)));
    }
    let open = match journal.unfinished() {
        Ok(open) => open,
        Err(error) => return say(News::JournalFailed(words::journal(&error, means.texts))),
    };
    open.into_iter()
        .all(|payment| resume(means, journal, payment, say))
}

fn decide(
    means: &Means,
    journal: &mut SqliteJournal,
    ruling: Ruling,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    let payment = ruling.payment;
    let mut watcher = Showing {
        say,
        cancel: None,
        last: None,
    };
    let Ruling { seen, decision, .. } = ruling;
    let mut driver = means.driver(journal);
    let result = match ruling.refund {
        Some(refund) => driver.decide_refund(payment, refund, seen, decision, &mut watcher),
        None => driver.decide(payment, seen, decision, &mut watcher),
    };
    let last = watcher.last;
    answered(payment, result, last, means.texts, say)
}

/// Writes down that a person knows of an orphan, where it is still what he saw.
fn note_known(means: &Means, journal: &mut dyn Journal, known: &Known) -> Result<(), DriveError> {
    journal.ready()?;
    if !known.still_fits(&books::orphans(journal)?) {
        let problem = Problem::own(Reason::NothingToDecide, "");
        return Err(DriveError::NotStarted(problem));
    }
    let by = By {
        operator: Some(known.operator.clone()),
        approver: known.approver.clone(),
    };
    means
        .driver(journal)
        .settle_orphan(known.seen.payment, &by, &known.why)
        .map(drop)
}

fn refund(
    means: &Means,
    journal: &mut SqliteJournal,
    request: &RefundRequest,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    let mut watcher = Showing {
        say,
        cancel: None,
        last: None,
    };
    let result = means.driver(journal).refund(request, &mut watcher);
    let last = watcher.last;
    answered(request.payment, result, last, means.texts, say)
}

/// What is said to whoever decided or gave back; the steps themselves were shown.
fn answered(
    payment: PaymentId,
    result: Result<PaymentView, DriveError>,
    last: Option<PaymentView>,
    texts: Texts,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    match result {
        Ok(view) => {
            say(News::Moved(Box::new(view.clone())))
                && say(News::Answered(payment, Answer::Done(Box::new(view))))
        }
        Err(error) => failed(payment, &error, last, texts, say),
    }
}

/// What is said of what was not done, or not to its end.
fn failed(
    payment: PaymentId,
    error: &DriveError,
    last: Option<PaymentView>,
    texts: Texts,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    match error {
        DriveError::NotStarted(problem) => {
            say(News::Answered(payment, Answer::NotStarted(problem.clone())))
        }
        DriveError::Journal(_) | DriveError::Replay { .. } => {
            tracing::error!(%error, "the journal failed");
            let problem = words::drive_problem(error, texts);
            let words = problem.detail.clone();
            let shown = last.map(|view| News::Moved(Box::new(cut_off(view, problem.clone()))));
            shown.is_none_or(&mut *say)
                && say(News::Answered(payment, Answer::CutOff(problem)))
                && say(News::JournalFailed(words))
        }
    }
}

/// Tells what needs a person, where that changed.
fn attend(
    means: &Means,
    journal: &SqliteJournal,
    known: &mut Option<Vec<PaymentView>>,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    match books::attention(means, journal) {
        Ok(now) if known.as_ref() == Some(&now) => true,
        Ok(now) => {
            *known = Some(now.clone());
            say(News::Attention(now))
        }
        // Whoever works on payments says it as well, and says it once.
        Err(error) => {
            tracing::error!(%error, "what needs a person cannot be read");
            true
        }
    }
}

/// What is said of the result; the steps themselves were shown.
fn told(
    result: Result<PaymentView, DriveError>,
    last: Option<PaymentView>,
    texts: Texts,
    say: &mut impl FnMut(News) -> bool,
) -> bool {
    match result {
        Ok(_) => true,
        Err(DriveError::NotStarted(problem)) => say(News::NotStarted(problem)),
        Err(error @ (DriveError::Journal(_) | DriveError::Replay { .. })) => {
            tracing::error!(%error, "the journal failed");
            let problem = words::drive_problem(&error, texts);
            let words = problem.detail.clone();
            let about_payment = match last {
                Some(view) => News::Moved(Box::new(cut_off(view, problem))),
                None => News::NotStarted(problem),
            };
            // A full disk is not the end: once there is room, payments are taken again.
            let full = matches!(error, DriveError::Journal(JournalError::Full));
            say(about_payment) && (full || say(News::JournalFailed(words)))
        }
    }
}

/// A payment that the journal cut off: something may have been sent, and what happened to it is not
/// known here any more. A paid one stays paid, whatever becomes of its refund.
pub(super) fn cut_off(mut last: PaymentView, problem: Problem) -> PaymentView {
    last.seconds_left = None;
    for refund in &mut last.refunds {
        if refund.standing == RefundStanding::Working {
            refund.standing = RefundStanding::Unknown;
            refund.problem = Some(problem.clone());
        }
    }
    if !last.standing.is_rest() {
        last.standing = Standing::Unknown;
        last.problem = Some(problem);
    }
    last
}
