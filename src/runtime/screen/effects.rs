//! Carries out what the screen asks for, on threads that answer into the loop's channel.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::domain::{Card, CardName, OrderGuid, Pin, Uid};
use crate::http::Listening;
use crate::operators::Claim;
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::lookup::{self, LOOK_UPS_MAX};
use crate::payment::ports::{Clock as _, OrderList, Pos, Reply, Wallet};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::staff::StaffNote;
use crate::rkeeper::Hint;
use crate::runtime::clocks::Clocks;
use crate::runtime::operators::Doorkeeper;
use crate::runtime::payments::{self, JOBS_MAX, Job, Means};
use crate::runtime::{licence, notices};
use crate::tui::{Answer, Effect, Msg, PinAnswer};

use super::polling::Polling;
use super::watching::{ailment, health, watch_halls, watch_lime};
use super::{Alarm, Input};

/// Questions to r_keeper that may wait.
const QUESTIONS_MAX: usize = 16;

/// How long an end of the program waits for the row that says who left.
const LAST_ROWS_WAIT: Duration = Duration::from_secs(1);

/// What r_keeper is asked.
enum Question {
    Orders,
    Order(OrderGuid),
    /// What r_keeper's notices ask for, in [`Wish`].
    Noticed,
}

/// What notices ask for and was not asked yet; at most one [`Question::Noticed`] waits for it, so
/// that no flood of them keeps the cashier's questions out.
#[derive(Debug, Default)]
struct Wish(AtomicU8);

impl Wish {
    const CHANGES: u8 = 1;
    const EVERYTHING: u8 = 2;

    /// Whether this is the first one.
    fn add(&self, hint: &Hint) -> bool {
        let level = match hint {
            Hint::Changes => Self::CHANGES,
            Hint::Everything => Self::EVERYTHING,
        };
        self.0.fetch_max(level, Ordering::SeqCst) == 0
    }

    /// Whether everything is wanted.
    fn take(&self) -> bool {
        self.0.swap(0, Ordering::SeqCst) == Self::EVERYTHING
    }
}

/// The threads behind the screen.
pub(super) struct Effects {
    say: SyncSender<Input>,
    wallet: Arc<dyn Wallet>,
    means: Means,
    questions: SyncSender<Question>,
    wish: Arc<Wish>,
    listening: Option<Listening>,
    people: Arc<Doorkeeper>,
    jobs: SyncSender<Job>,
    cancel: Arc<AtomicBool>,
    look_ups: Arc<AtomicUsize>,
    tap: Option<Box<dyn FnMut(usize) + Send>>,
}

impl Effects {
    pub(super) fn start(
        means: Means,
        journal: SqliteJournal,
        people: Arc<Doorkeeper>,
        poll: Duration,
        tap: Option<Box<dyn FnMut(usize) + Send>>,
        say: SyncSender<Input>,
    ) -> Self {
        let (questions, asked) = sync_channel(QUESTIONS_MAX);
        let wish = Arc::new(Wish::default());
        let (pos, wished, answers) = (Arc::clone(&means.pos), Arc::clone(&wish), say.clone());
        thread::spawn(move || {
            let _alarm = Alarm::new(answers.clone(), "orders");
            ask_rkeeper(pos.as_ref(), &asked, &wished, poll, &answers);
        });
        let (pos, answers) = (Arc::clone(&means.pos), say.clone());
        thread::spawn(move || {
            let _alarm = Alarm::new(answers.clone(), "halls");
            watch_halls(pos.as_ref(), &answers);
        });
        let (wallet, answers) = (Arc::clone(&means.wallet), say.clone());
        let (limit, texts) = (means.clock_limit, means.texts);
        thread::spawn(move || {
            let _alarm = Alarm::new(answers.clone(), "lime");
            watch_lime(wallet.as_ref(), Clocks::new(limit), texts, &answers);
        });
        let (licence, texts, answers) = (Arc::clone(&means.licence), means.texts, say.clone());
        thread::spawn(move || {
            let _alarm = Alarm::new(answers.clone(), "licence");
            licence::watch(&licence, texts, |words| {
                answers.send(Input::Licence(words)).is_ok()
            });
        });
        let (jobs, given) = sync_channel(JOBS_MAX);
        let cancel = Arc::new(AtomicBool::new(false));
        let (worker, news, stop) = (means.clone(), say.clone(), Arc::clone(&cancel));
        thread::spawn(move || {
            let _alarm = Alarm::new(news.clone(), "payments");
            payments::work(&worker, journal, &given, &stop, |what| {
                news.send(Input::Payment(what)).is_ok()
            });
        });
        Self {
            say,
            wallet: Arc::clone(&means.wallet),
            means,
            questions,
            wish,
            listening: None,
            people,
            jobs,
            cancel,
            look_ups: Arc::default(),
            tap,
        }
    }

    /// Looks sooner where r_keeper says that something changed. A till without that works as well.
    pub(super) fn hear_notices(&mut self, address: SocketAddr) {
        let (wish, questions) = (Arc::clone(&self.wish), self.questions.clone());
        let heard = notices::hear(address, move |hint| {
            if wish.add(&hint) && questions.try_send(Question::Noticed).is_err() {
                // The queue is full of looks already.
                wish.take();
            }
        });
        match heard {
            Ok(listening) => {
                tracing::info!(address = %listening.address(), "notices of r_keeper are heard");
                self.listening = Some(listening);
            }
            Err(error) => tracing::warn!(%address, %error, "notices of r_keeper are not heard"),
        }
    }

    pub(super) fn execute(&mut self, effect: Effect) {
        match effect {
            Effect::LoadOrders => self.ask(Question::Orders),
            Effect::LoadOrder(guid) => self.ask(Question::Order(guid)),
            Effect::LookUpCard(uid) => self.look_up(CardName::Uid(uid)),
            Effect::LookUpNumber(number) => self.look_up(CardName::Number(number)),
            Effect::LoadHistory(uid) => self.give(Job::History(uid)),
            Effect::Pay(request) => {
                self.cancel.store(false, Ordering::SeqCst);
                self.give(Job::Pay(request));
            }
            Effect::CancelPayment => {
                self.cancel.store(true, Ordering::SeqCst);
                self.means.clock.hurry();
            }
            Effect::AskAgain(payment) => {
                self.means.clock.hurry();
                self.give(Job::Resume(payment));
            }
            Effect::Decide(ruling) => {
                self.means.clock.hurry();
                self.give(Job::Decide(ruling));
            }
            Effect::Known(known) => {
                self.means.clock.hurry();
                self.give(Job::Known(known));
            }
            Effect::Refund(request) => {
                self.means.clock.hurry();
                self.give(Job::Refund(request));
            }
            Effect::Identify { asked, claim } => self.identify(asked, claim),
            Effect::Staff(note) => give_staff(&self.jobs, note),
            Effect::CheckPin { asked, uid, pin } => self.check_pin(asked, uid, pin),
            Effect::LoadPayments(period) => self.give(Job::List(period)),
            Effect::DemoTap(index) => {
                if let Some(tap) = &mut self.tap {
                    tap(index);
                }
            }
            Effect::Bell(_) | Effect::Tools(_) | Effect::Quit => {}
        }
    }

    /// On a thread of its own: a PIN's hash is slow on purpose. The screen asks one at a time.
    fn identify(&self, asked: u64, claim: Claim) {
        let (people, say) = (Arc::clone(&self.people), self.say.clone());
        let jobs = self.jobs.clone();
        thread::spawn(move || {
            let _alarm = Alarm::new(say.clone(), "operators");
            let (verdict, at) = people.check(&claim);
            // Also where the question is gone from the screen by now.
            if let Some(note) = people.refusal(&claim, verdict) {
                give_staff(&jobs, note);
            }
            let msg = Msg::Identified { asked, verdict, at };
            let _ = say.send(Input::Screen(Box::new(msg)));
        });
    }

    /// Gives the rows about who left the time to be written. A thread that is busy with an unsettled
    /// payment is not waited for: the log has them.
    pub(super) fn await_rows(&self) {
        let (told, written) = sync_channel(1);
        let given = self.jobs.try_send(Job::Tell(told)).is_ok();
        if given && written.recv_timeout(LAST_ROWS_WAIT).is_err() {
            tracing::warn!("not waited for the journal's last rows");
        }
    }

    /// On a thread of its own, as Lime may take its time; among the look-ups of cards, whose number is
    /// limited. Asked once: Lime counts.
    fn check_pin(&self, asked: u64, uid: Uid, pin: Pin) {
        let answered = move |answer, at| {
            let msg = Msg::PinChecked { asked, answer, at };
            Input::Screen(Box::new(msg))
        };
        let running = Arc::clone(&self.look_ups);
        let (wallet, say) = (Arc::clone(&self.wallet), self.say.clone());
        let clock = Arc::clone(&self.means.clock);
        if running.fetch_add(1, Ordering::SeqCst) >= LOOK_UPS_MAX {
            running.fetch_sub(1, Ordering::SeqCst);
            let problem = Problem::of(Server::Lime, Reason::ServerUnreachable, "");
            let _ = say.try_send(answered(PinAnswer::NotAsked(problem), clock.now()));
            return;
        }
        thread::spawn(move || {
            let _alarm = Alarm::new(say.clone(), "pins");
            let answer = of_pin(wallet.check_pin(&uid, &pin));
            drop(pin);
            running.fetch_sub(1, Ordering::SeqCst);
            let _ = say.send(answered(answer, clock.now()));
        });
    }

    /// A question that finds the queue full is asked already.
    fn ask(&self, question: Question) {
        let _ = self.questions.try_send(question);
    }

    fn give(&self, job: Job) {
        if let Err(TrySendError::Full(job)) = self.jobs.try_send(job) {
            tracing::warn!("too many jobs wait for the payment thread");
            let problem = Problem::own(Reason::PaymentOpen, "");
            let refused = |payment| Msg::Answered(payment, Answer::NotStarted(problem.clone()));
            let msg = match job {
                Job::Pay(_) => Msg::PaymentFailed(problem),
                Job::Decide(ruling) => refused(ruling.payment),
                Job::Refund(request) => refused(request.payment),
                Job::Known(known) => refused(known.seen.payment),
                Job::Resume(_) | Job::List(_) | Job::History(_) | Job::Staff(..) | Job::Tell(_) => {
                    return;
                }
            };
            let _ = self.say.try_send(Input::Screen(Box::new(msg)));
        }
    }

    fn look_up(&self, name: CardName) {
        let running = Arc::clone(&self.look_ups);
        let (wallet, say) = (Arc::clone(&self.wallet), self.say.clone());
        if running.fetch_add(1, Ordering::SeqCst) >= LOOK_UPS_MAX {
            running.fetch_sub(1, Ordering::SeqCst);
            let answer = Err(Problem::of(Server::Lime, Reason::ServerUnreachable, ""));
            let _ = say.try_send(Input::Screen(Box::new(found(name, answer))));
            return;
        }
        thread::spawn(move || {
            let _alarm = Alarm::new(say.clone(), "cards");
            let answer = lookup::card(wallet.as_ref(), &name);
            running.fetch_sub(1, Ordering::SeqCst);
            let _ = say.send(Input::Screen(Box::new(health(
                Server::Lime,
                answer.as_ref().err(),
            ))));
            let answer = answer.map_err(|error| error.problem().clone());
            let _ = say.send(Input::Screen(Box::new(found(name, answer))));
        });
    }
}

/// Has it written down. Nobody waits for it; what finds no room among the jobs is in the log alone.
fn give_staff(jobs: &SyncSender<Job>, note: StaffNote) {
    let job = Job::Staff(note, Timestamp::now());
    if let Err(TrySendError::Full(job)) = jobs.try_send(job) {
        tracing::warn!(?job, "not written down: too many jobs wait");
    }
}

/// What Lime said of a PIN, in the screen's words.
fn of_pin(reply: Reply<()>) -> PinAnswer {
    match reply {
        Reply::Done(()) => PinAnswer::Right,
        Reply::Refused(problem) => PinAnswer::Refused(problem),
        Reply::NotDone(problem) => PinAnswer::NotAsked(problem),
        Reply::Unknown(problem) => PinAnswer::Unclear(problem),
    }
}

/// What Lime answered, for whoever asked.
fn found(name: CardName, answer: Result<Card, Problem>) -> Msg {
    match name {
        CardName::Uid(uid) => Msg::Card { uid, answer },
        CardName::Number(number) => Msg::CardByNumber { number, answer },
    }
}

/// Answers questions, and looks for changed orders in between.
fn ask_rkeeper(
    pos: &dyn Pos,
    questions: &Receiver<Question>,
    wish: &Wish,
    poll: Duration,
    say: &SyncSender<Input>,
) {
    let start = Instant::now();
    let mut polling = Polling::new(poll, Duration::ZERO);
    let mut seen = None;
    let mut was_well = None;
    let mut told = None;
    loop {
        let question = match questions.recv_timeout(polling.wait(start.elapsed())) {
            Ok(Question::Noticed) => {
                if wish.take() {
                    seen = None;
                }
                polling.noticed(start.elapsed());
                continue;
            }
            Ok(question) => question,
            Err(RecvTimeoutError::Timeout) => Question::Orders,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut msgs = Vec::new();
        let looked = matches!(question, Question::Orders);
        let error = match question {
            Question::Noticed => continue,
            Question::Orders => match pos.orders(seen) {
                Ok(OrderList { version, orders }) => {
                    seen = Some(version);
                    msgs.extend(orders.map(|orders| Msg::Orders(Ok(orders))));
                    None
                }
                Err(error) => {
                    // After a failure the whole list is wanted again.
                    seen = None;
                    Some(error)
                }
            },
            Question::Order(guid) => match pos.order_to_pay(&guid) {
                Ok(order) => {
                    msgs.push(Msg::Order(Ok(order)));
                    None
                }
                Err(error) => {
                    msgs.push(Msg::Order(Err(error.problem().clone())));
                    Some(error)
                }
            },
        };
        // The screen is told of changes only: an idle till draws nothing.
        let well = ailment(error.as_ref()).is_none();
        polling.asked(start.elapsed(), looked, well);
        if was_well != Some(well) {
            was_well = Some(well);
            msgs.push(health(Server::Rkeeper, error.as_ref()));
            if let Some(error) = error.filter(|_| seen.is_none()) {
                msgs.push(Msg::Orders(Err(error.problem().clone())));
            }
        }
        let version = pos.version();
        if version != told {
            told.clone_from(&version);
            msgs.extend(version.map(|version| Msg::ServerVersion {
                server: Server::Rkeeper,
                version,
            }));
        }
        for msg in msgs {
            if say.send(Input::Screen(Box::new(msg))).is_err() {
                return;
            }
        }
    }
}
