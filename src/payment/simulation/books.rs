//! The simulated world: both servers' books, what is under way between, both tills' disks.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::coverage::Coverage;
use super::disk::DiskState;
use super::fault::Plan;
use super::ledger::{Account as Ledgered, Sendings};
use super::licence::Licence;
use super::rng::Rng;
use super::till::Bill;
use super::wallet::{Account, Guest, Operation};
use crate::payment::driver::Patience;
use crate::payment::sale::PaymentId;

/// Tills with a limekeeper.
pub(super) const TILLS: usize = 2;
/// How long a call takes until nobody waits for its answer any more.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

/// How the servers of a site are. What a site lacks makes a person necessary, never a loss.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The wallet holds money and books it when told; otherwise it debits at once.
    pub(super) holds: bool,
    /// The same name and bytes sent twice move money once.
    pub(super) may_repeat: bool,
    /// The wallet can be asked.
    pub(super) can_find: bool,
    /// r_keeper keeps our markers.
    pub(super) marks: bool,
    /// A part payment is begun first, and may then be repeated.
    pub(super) two_steps: bool,
    /// r_keeper lets a receipt be annulled by a program.
    pub(super) annuls: bool,
    /// r_keeper's licence counts what pays.
    pub(super) counts: bool,
    /// r_keeper keeps an order as it is while it is locked; otherwise it knows no locks.
    pub(super) locks: bool,
    /// r_keeper prints a receipt of intent before a payment.
    pub(super) intents: bool,
}

/// A request that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Reserve(String, Vec<u8>),
    Confirm(String),
    Undo(String, Vec<u8>),
    Pay(Vec<u8>),
    Annul(Vec<u8>),
    /// Order, payment, lock, sum.
    Begin(usize, PaymentId, String, i64),
    /// Order, payment, lock: what is meant becomes money.
    Finish(usize, PaymentId, String),
    /// Order, payment, lock: what is meant is taken back.
    TakeBack(usize, PaymentId, String),
}

/// A server that cannot be reached for a while.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outage {
    pub(super) until: Duration,
    /// Requests vanish; otherwise no connection comes about.
    pub(super) swallows: bool,
}

/// A copy under way.
#[derive(Clone, Debug)]
pub(super) struct Late {
    pub(super) write: Write,
    /// `None`: after the next request that is executed.
    pub(super) due: Option<Duration>,
}

/// A program at one till.
#[derive(Debug, Default)]
pub(super) struct Program {
    /// It ended in the middle: nothing it does has any effect any more.
    pub(super) dead: bool,
    /// A write of its journal failed: nothing may leave any more.
    pub(super) stopped: bool,
    /// The cashier wants out.
    pub(super) cancelled: bool,
    pub(super) disk: DiskState,
}

/// What must never happen did.
#[derive(Clone, Debug)]
pub(super) struct Violation {
    /// Number of the invariant.
    pub(super) invariant: &'static str,
    pub(super) what: String,
}

pub(super) struct Books {
    pub(super) rng: Rng,
    pub(super) plan: Plan,
    pub(super) kind: Kind,
    /// Since the beginning; never goes back.
    pub(super) time: Duration,
    /// What of it the till's own monotonic clock slept through.
    pub(super) asleep: Duration,
    /// How wrong the clock on the wall is.
    pub(super) clock_error: SignedDuration,
    pub(super) accounts: Vec<Account>,
    pub(super) guests: Vec<Guest>,
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) next_name: u64,
    pub(super) next_payment: u128,
    pub(super) orders: Vec<Bill>,
    pub(super) licence: Licence,
    pub(super) late: Vec<Late>,
    /// The wallet, and r_keeper, cannot be reached until then.
    pub(super) outages: [Outage; 2],
    pub(super) programs: [Program; TILLS],
    pub(super) ledger: BTreeMap<PaymentId, Ledgered>,
    /// What was sent under which name.
    pub(super) sent: BTreeMap<String, Sendings>,
    pub(super) violation: Option<Violation>,
    pub(super) trace: Option<Vec<String>>,
    pub(super) coverage: Coverage,
}

impl Books {
    pub(super) fn tell(&mut self, words: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let (seconds, tenths) = (self.time.as_secs(), self.time.subsec_millis() / 100);
            trace.push(format!("{seconds:>7}.{tenths} {}", words()));
        }
    }

    /// The first violation counts; nothing that follows from it does.
    pub(super) fn violated(&mut self, invariant: &'static str, what: impl FnOnce() -> String) {
        if self.violation.is_none() {
            let what = what();
            self.tell(|| format!("!! {invariant}: {what}"));
            self.violation = Some(Violation { invariant, what });
        }
        for program in &mut self.programs {
            program.dead = true;
        }
    }

    pub(super) fn wall(&self) -> Timestamp {
        let start = Timestamp::from_second(1_709_640_000).unwrap();
        start + SignedDuration::try_from(self.time).unwrap() + self.clock_error
    }

    /// Time passes: what was under way for long enough arrives.
    pub(super) fn pass(&mut self, time: Duration) {
        self.time += time;
        self.expire_holds();
        loop {
            let now = self.time;
            let due = |late: &Late| late.due.is_some_and(|due| due <= now);
            let Some(at) = self.late.iter().position(due) else {
                return;
            };
            let late = self.late.remove(at);
            self.arrive(&late.write);
        }
    }

    /// Everything under way arrives, in any order.
    pub(super) fn all_arrive(&mut self) {
        while !self.late.is_empty() {
            let at = self.rng.index(self.late.len());
            let late = self.late.remove(at);
            self.arrive(&late.write);
        }
    }

    pub(super) fn overtaken_arrive(&mut self) {
        while let Some(at) = self.late.iter().position(|late| late.due.is_none()) {
            let late = self.late.remove(at);
            self.arrive(&late.write);
        }
    }

    fn arrive(&mut self, write: &Write) {
        self.tell(|| format!("a late copy arrives: {}", shown(write)));
        self.execute(write).ok();
        self.audit();
    }

    pub(super) fn execute(&mut self, write: &Write) -> Result<(), Refusal> {
        let done = match write {
            Write::Reserve(name, body) => self.reserve(name, body),
            Write::Confirm(name) => self.confirm(name),
            Write::Undo(name, body) => self.give_back(name, body),
            Write::Pay(body) => self.pay_counted(body),
            Write::Annul(body) => self.annul(body),
            Write::Begin(order, payment, lock, amount) => {
                self.begin(*order, *payment, lock, *amount)
            }
            Write::Finish(order, _, lock) => self.finish(*order, lock),
            Write::TakeBack(order, _, lock) => self.take_back(*order, lock),
        };
        self.tell(|| match &done {
            Ok(()) => format!("    executed: {}", shown(write)),
            Err(refusal) => format!("    refused: {} {refusal:?}", shown(write)),
        });
        done
    }
}

/// A server's no.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// For good.
    No(crate::payment::reason::Problem),
    /// In words that do not say what became of an earlier copy.
    Unclear(crate::payment::reason::Problem),
}

pub(super) fn shown(write: &Write) -> String {
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    match write {
        Write::Reserve(_, body) | Write::Undo(_, body) | Write::Pay(body) | Write::Annul(body) => {
            text(body)
        }
        Write::Confirm(name) => format!("confirm {name}"),
        Write::Begin(order, payment, _, amount) => format!("begin {order} {payment} {amount}"),
        Write::Finish(order, payment, _) => format!("finish {order} {payment}"),
        Write::TakeBack(order, payment, _) => format!("take back {order} {payment}"),
    }
}

/// The words of a body.
pub(super) fn words(body: &[u8]) -> Vec<&str> {
    std::str::from_utf8(body).unwrap().split(' ').collect()
}

/// «Name:sum» words.
pub(super) fn sums(words: &[&str]) -> Vec<(usize, i64)> {
    let sum = |word: &&str| {
        let (name, sum) = word.split_once(':').unwrap();
        (name.parse().unwrap(), sum.parse().unwrap())
    };
    words.iter().map(sum).collect()
}

/// The world behind a lock that nobody ever waits for.
pub(super) struct Site {
    books: Mutex<Books>,
    pub(super) patience: Patience,
}

impl Site {
    pub(super) fn new(books: Books) -> Self {
        Self {
            books: Mutex::new(books),
            patience: Patience::default(),
        }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.try_lock().unwrap()
    }
}
