//! Drives a payment: writes the intent, calls, writes the result, until it rests.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use crate::domain::{Line, Money, Order};

use super::journal::{Journal, JournalError};
use super::payer::{Known, begun_line, who_paid};
use super::planted::{Planted, planted};
use super::ports::{
    Clock, Found, LockId, OperationId, Pos, ReadError, Receipt, Reply, Ticket, Wallet,
};
use super::progress::{Entry, Progress, ReplayError, RequestKind, TRIES_BEFORE_MANAGER};
use super::reason::{Problem, Reason, Server};
use super::sale::{PaymentId, PaymentRequest, Sale};
use super::spent::{self, Spent};
use super::state::{Action, AskedOrder, AskedWallet, Decision, Event, Illegal, Phase, Sent};
use super::view::{InDoubt, PaymentView};

mod jitter;
mod lookback;
mod refund;
mod stored;
mod ticket;
mod waiting;

pub use lookback::Remembered;
use stored::Moved;
use waiting::Waits;

/// Pauses and patience.
#[derive(Clone, Debug)]
pub struct Patience {
    /// How long the cashier waits in front of the guest before an unsettled payment is parked.
    pub front: Duration,
    /// Longest pause before the second, third, … call without a definite answer; the last one
    /// repeats. How much of it is waited differs from payment to payment.
    pub pauses: Vec<Duration>,
    /// Pause before an order that somebody else has locked is tried once more; zero: it is not.
    pub locked: Duration,
    /// Asked in vain that often, a payment is shown as needing a manager.
    pub tries: u32,
    /// Not settled for that long, it is shown so too.
    pub manager_after: Duration,
    /// Larger bills are refused as surely wrong.
    pub sum_max: Money,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            front: Duration::from_secs(45),
            pauses: [2, 4, 8, 16, 30].map(Duration::from_secs).to_vec(),
            locked: Duration::from_secs(5),
            tries: TRIES_BEFORE_MANAGER,
            manager_after: Duration::from_mins(15),
            sum_max: Money::CEILING,
        }
    }
}

/// Who looks on and may cancel.
pub trait Watcher {
    /// Something changed.
    fn show(&mut self, view: &PaymentView);
    /// The cashier wants out.
    fn cancelled(&self) -> bool;
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn show(&mut self, _view: &PaymentView) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Why a payment could not be worked on.
#[derive(Debug, Error)]
pub enum DriveError {
    /// It was refused before anything was written or sent.
    #[error("{0}")]
    NotStarted(Problem),
    /// The journal failed. What was sent before is in it and recovery will ask; nothing is sent
    /// any more.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal's rows of a payment contradict each other.
    #[error("payment {payment}: {source}")]
    Replay {
        /// That payment.
        payment: PaymentId,
        /// What contradicts.
        source: ReplayError,
    },
}

impl DriveError {
    fn illegal(payment: PaymentId, source: Illegal) -> Self {
        Self::Replay {
            payment,
            source: source.into(),
        }
    }
}

/// Works on payments, one at a time.
pub struct Driver<'a> {
    /// Where the money is.
    pub wallet: &'a dyn Wallet,
    /// Where the bill is.
    pub pos: &'a dyn Pos,
    /// What survives.
    pub journal: &'a mut dyn Journal,
    /// Time.
    pub clock: &'a dyn Clock,
    /// How long and how often.
    pub patience: &'a Patience,
}

impl<'a> Driver<'a> {
    /// Pays a bill. Returns when the payment rests, or is parked because nothing definite came in
    /// time.
    pub fn pay(
        &mut self,
        request: &PaymentRequest,
        watcher: &mut dyn Watcher,
    ) -> Result<PaymentView, DriveError> {
        self.journal.ready()?;
        let counted = self.counted(request)?;
        let asked = counted.as_ref().unwrap_or(request);
        let sale = Sale::new(self.journal.new_payment(), asked).map_err(DriveError::NotStarted)?;
        if sale.due > self.patience.sum_max {
            let limit = format!("{} > {}", sale.due, self.patience.sum_max);
            return Err(DriveError::NotStarted(Problem::own(
                Reason::SumTooLarge,
                limit,
            )));
        }
        for open in self.journal.unfinished()? {
            let open_payment = self.load(open)?;
            if open_payment.is_open() && open_payment.sale.order == sale.order {
                let problem = Problem::own(Reason::PaymentOpen, open.to_string());
                return Err(DriveError::NotStarted(problem));
            }
        }
        let lock = new_lock();
        let intent = Entry::Intent {
            sale: Box::new(sale.clone()),
            lock: lock.clone(),
        };
        let at = self.clock.now();
        self.journal.append(&sale, &[intent], false, at)?;
        let mut progress = Progress::begin(sale, lock, at);
        self.patience.judge(&mut progress, at);
        let mut work = Work {
            driver: self,
            progress,
            request: Some(request),
            drawn: None,
            unwritten: vec![],
            locked: false,
        };
        work.run(watcher)
    }

    /// The request with what the journal says of the sums that the site's rules count, where some
    /// rule does: the screen may have seen less.
    fn counted(&self, request: &PaymentRequest) -> Result<Option<PaymentRequest>, DriveError> {
        if !spent::counts(&request.cards) {
            return Ok(None);
        }
        let day_began = self.clock.day_began();
        let mut payments = Vec::new();
        for payment in self.journal.payments(spent::since(day_began))? {
            let progress = self.load(payment)?;
            payments.push((progress.view(None), progress.sale));
        }
        let sums = payments.iter().map(|(view, sale)| (sale, view));
        let mut counted = request.clone();
        Spent::of(sums, day_began).tell(&mut counted.cards, Some(&request.order.guid));
        Ok(Some(counted))
    }

    /// Takes up a payment that does not rest: after a start of the program, or because it was
    /// parked. Does nothing to one at rest.
    pub fn resume(
        &mut self,
        payment: PaymentId,
        watcher: &mut dyn Watcher,
    ) -> Result<PaymentView, DriveError> {
        let progress = self.load(payment)?;
        let mut work = self.taken_up(progress);
        if !work.progress.phase.is_final() {
            work.happened(Event::Resume)?;
            return work.run(watcher);
        }
        work.resume_refunds(watcher)
    }

    /// A person decides about a payment that waits; it goes on from there. `NotStarted` with
    /// `NothingToDecide` where asking settled it meanwhile, the decision makes no sense there, or
    /// something else is in doubt than he saw: the same word would mean another thing.
    pub fn decide(
        &mut self,
        payment: PaymentId,
        seen: InDoubt,
        decision: Decision,
        watcher: &mut dyn Watcher,
    ) -> Result<PaymentView, DriveError> {
        let progress = self.load(payment)?;
        let fits = progress.in_doubt_of(None) == Some(seen);
        if !fits || !progress.phase.may_say(decision.verdict) {
            let problem = Problem::own(Reason::NothingToDecide, "");
            return Err(DriveError::NotStarted(problem));
        }
        let mut work = self.taken_up(progress);
        // Written before anything comes of it.
        work.sending(Event::Decided(decision))?;
        work.run(watcher)
    }

    /// Takes up every payment that does not rest, oldest first. One whose rows contradict each
    /// other keeps no other guest from his money; it is the error that is returned.
    pub fn recover(&mut self, watcher: &mut dyn Watcher) -> Result<Vec<PaymentView>, DriveError> {
        let open = self.journal.unfinished()?;
        let results: Vec<_> = open
            .into_iter()
            .map(|payment| self.resume(payment, watcher))
            .collect();
        results.into_iter().collect()
    }

    fn load(&self, payment: PaymentId) -> Result<Progress, DriveError> {
        self.journal.ready()?;
        let mut progress = Progress::replay(self.journal.entries(payment)?)
            .map_err(|source| DriveError::Replay { payment, source })?;
        self.patience.judge(&mut progress, self.clock.now());
        Ok(progress)
    }

    fn taken_up<'d>(&'d mut self, progress: Progress) -> Work<'d, 'a> {
        Work {
            driver: self,
            progress,
            request: None,
            drawn: None,
            unwritten: vec![],
            locked: true,
        }
    }
}

fn new_lock() -> LockId {
    LockId(format!("{{{}}}", Uuid::new_v4().hyphenated()).to_uppercase())
}

impl Patience {
    /// Tells a payment when it is shown as needing a manager.
    pub fn judge(&self, progress: &mut Progress, now: Timestamp) {
        progress.tries_before_manager = self.tries;
        progress.overdue_since = now.checked_sub(self.manager_after).ok();
    }

    /// The longest pause after so many calls without a definite answer.
    fn pause(&self, tries: u32) -> Duration {
        let index = usize::try_from(tries)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        self.pauses
            .get(index)
            .or(self.pauses.last())
            .copied()
            .unwrap_or(Duration::ZERO)
    }
}

/// What is to be done now.
enum Turn {
    /// The time in front of the guest is over.
    Up,
    /// The next call is not due yet.
    Wait(Duration),
    /// The next call.
    Act,
}

/// The time spent on a payment or a refund, and the pauses between calls.
struct Turns {
    payment: PaymentId,
    began: Duration,
    waited_for: u32,
}

impl Turns {
    fn begin(clock: &dyn Clock, payment: PaymentId, tries: u32) -> Self {
        Self {
            payment,
            began: clock.elapsed(),
            waited_for: tries,
        }
    }

    fn left(&self, driver: &Driver<'_>) -> Duration {
        let spent = driver.clock.elapsed().saturating_sub(self.began);
        driver.patience.front.saturating_sub(spent)
    }

    fn turn(&mut self, driver: &Driver<'_>, tries: u32, settles: bool) -> Turn {
        let left = self.left(driver);
        let due = tries > self.waited_for;
        let pause = if due {
            jitter::jittered(driver.patience.pause(tries), self.payment, tries)
        } else {
            Duration::ZERO
        };
        // Something new is not begun any more; what was begun is asked for once, at once.
        let first_look = !due && settles;
        if pause > left || (left.is_zero() && !first_look) {
            return Turn::Up;
        }
        if pause.is_zero() {
            return Turn::Act;
        }
        self.waited_for = tries;
        Turn::Wait(pause)
    }
}

/// One payment being worked on.
struct Work<'d, 'a> {
    driver: &'d mut Driver<'a>,
    progress: Progress,
    /// What the cashier saw; gone after a restart, when nothing new may begin.
    request: Option<&'d PaymentRequest>,
    /// The number that r_keeper's licence will be told of with the payment, where it counts.
    drawn: Option<Ticket>,
    /// Entries that have happened and are not on disk yet; they go with the next ones that must be.
    unwritten: Vec<Entry>,
    /// The order may be under our lock.
    locked: bool,
}

impl Work<'_, '_> {
    fn run(&mut self, watcher: &mut dyn Watcher) -> Result<PaymentView, DriveError> {
        // Whoever takes a payment up again asks at once.
        let (payment, tries) = (self.progress.sale.payment, self.progress.phase.tries());
        let mut turns = Turns::begin(self.driver.clock, payment, tries);
        let mut cancelled = false;
        loop {
            let left = turns.left(self.driver);
            let action = self.progress.phase.action();
            if action == Action::Rest {
                return self.rest(watcher);
            }
            watcher.show(&self.progress.view(Some(left.as_secs())));
            if watcher.cancelled() && !cancelled {
                cancelled = true;
                self.happened(Event::Cancel)?;
                continue;
            }
            let phase = self.progress.phase;
            match turns.turn(self.driver, phase.tries(), phase.settles()) {
                Turn::Up => self.happened(Event::TimeUp)?,
                Turn::Wait(pause) => {
                    self.write()?;
                    self.driver.clock.wait(pause);
                }
                Turn::Act => self.perform(action, watcher)?,
            }
        }
    }

    /// At rest, or waiting for recovery or a person.
    fn rest(&mut self, watcher: &mut dyn Watcher) -> Result<PaymentView, DriveError> {
        self.write()?;
        let now = self.driver.clock.now();
        self.driver.patience.judge(&mut self.progress, now);
        let view = self.progress.view(None);
        // Told first: a till that does not answer must not keep the cashier waiting.
        watcher.show(&view);
        // Of a closed order as well: what may be done with its receipt at the till must not wait for
        // the lock to run out.
        let sale = &self.progress.sale;
        if self.locked {
            if sale.is_part() && self.progress.phase == Phase::Aborted {
                self.clear_begun();
            }
            self.driver
                .pos
                .unlock(&self.progress.sale.order, &self.progress.lock);
        }
        Ok(view)
    }

    /// A line that r_keeper began and nobody paid is taken away again. It is no money: what cannot
    /// be taken away now is named in the log, and a waiter can remove it.
    fn clear_begun(&self) {
        let (pos, sale, lock) = (self.driver.pos, &self.progress.sale, &self.progress.lock);
        let line = self.progress.begun.clone().or_else(|| {
            let order = pos.order(&sale.order).ok()?;
            begun_line(&order, sale)
        });
        if let Some(line) = line
            && let Reply::Refused(problem) | Reply::NotDone(problem) | Reply::Unknown(problem) =
                pos.abandon(sale, lock, &line)
        {
            tracing::warn!(payment = %sale.payment, %problem, "a begun part payment stays on the order");
        }
    }

    fn perform(&mut self, action: Action, watcher: &mut dyn Watcher) -> Result<(), DriveError> {
        match action {
            Action::CheckOrder => {
                let event = match self.check_order(watcher).and_then(|()| self.begin_part()) {
                    Ok(event) => event,
                    Err(problem) => Event::OrderNotConfirmed(self.hide(problem)),
                };
                let begun = match &event {
                    Event::Begun(line) => Some(line),
                    Event::OrderConfirmed => None,
                    _ => return self.happened(event),
                };
                match self.draw_ticket(begun)? {
                    Ok(()) => self.happened(event),
                    Err(problem) => self.happened(Event::OrderNotConfirmed(problem)),
                }
            }
            Action::AskNumber => {
                let event = match self.driver.wallet.next_operation() {
                    Ok(operation) => Event::Numbered(operation),
                    Err(error) => Event::NotNumbered(self.hide(error.problem().clone())),
                };
                self.happened(event)
            }
            Action::Reserve => self.reserve(),
            Action::AskReserve => {
                let answer = self.ask_wallet(Moved::Debit)?;
                self.happened(Event::AskedReserve(answer))
            }
            Action::Pay => self.pay(),
            Action::AskOrder => {
                let answer = match self.driver.pos.order(&self.progress.sale.order) {
                    Ok(order) => self.known(|known| who_paid(&order, known)),
                    Err(error) => AskedOrder::Failed(self.hide(error.problem().clone())),
                };
                self.happened(Event::AskedOrder(answer))
            }
            Action::Confirm => self.confirm(),
            Action::Undo => self.undo(),
            Action::AskUndo => {
                let answer = self.ask_wallet(Moved::GiveBack)?;
                self.happened(Event::AskedUndo(answer))
            }
            Action::Rest => Ok(()),
        }
    }

    /// Checks the order, again where what is in the way passes by itself; nothing has moved yet.
    fn check_order(&mut self, watcher: &mut dyn Watcher) -> Result<(), Problem> {
        let mut waits = Waits::default();
        loop {
            let Err(problem) = self.try_order() else {
                return Ok(());
            };
            match waits.next(&problem, self.driver.patience) {
                Some(pause) if self.wait_for(pause, &problem, watcher) => {}
                Some(_) | None => return Err(problem),
            }
        }
    }

    /// Locks the order and makes sure that it is the one the cashier saw, before any money moves.
    fn try_order(&mut self) -> Result<(), Problem> {
        let (pos, sale) = (self.driver.pos, &self.progress.sale);
        let Some(request) = self.request else {
            return Err(Problem::own(Reason::Interrupted, ""));
        };
        let locking = pos.lock(&sale.order, &self.progress.lock);
        self.locked = matches!(locking, Reply::Done(()) | Reply::Unknown(_));
        match locking {
            Reply::Done(()) => {}
            Reply::Refused(problem) => {
                // The order itself says better why it cannot be locked; who holds it says more than
                // what he has changed so far.
                let held = problem.reason == Reason::OrderLocked;
                let now = pos.order(&sale.order).ok();
                let now = now.filter(|order| !held || order.is_closed());
                let better = now.and_then(|order| difference(&request.order, &order));
                return Err(better.unwrap_or(problem));
            }
            Reply::NotDone(problem) | Reply::Unknown(problem) => return Err(problem),
        }
        let read = |error: ReadError| error.problem().clone();
        let order = pos.order(&sale.order).map_err(read)?;
        if let Some(problem) = difference(&request.order, &order) {
            return Err(problem);
        }
        if let Some(hindrance) = order.hindrance() {
            return Err(hindrance.into());
        }
        if !pos.keeps_orders() {
            // What fits a bill now may be too much for it a moment later, and more than is due is
            // refused only by what pays the whole.
            if sale.is_part() {
                return Err(Problem::of(Server::Rkeeper, Reason::LockMissing, ""));
            }
            free(&order)?;
        }
        let payable = pos.payable(sale).map_err(read)?;
        let expected = sale.due.checked_add(sale.rest);
        if Some(payable.unpaid) == expected {
            Ok(())
        } else {
            let sums = format!("{} ≠ {}", payable.unpaid, expected.unwrap_or(sale.due));
            let reason = if order.promised.is_positive() {
                Reason::PaymentPromised
            } else {
                Reason::OrderChanged
            };
            Err(Problem::of(Server::Rkeeper, reason, sums))
        }
    }

    /// Sends the payment. Where nothing keeps the order as it was, it is read once more before: what
    /// r_keeper does with more than is due is not documented. What is in the way then counts as
    /// r_keeper's own refusal.
    fn send_payment(&self, body: &[u8]) -> Reply<Receipt> {
        let (pos, sale) = (self.driver.pos, &self.progress.sale);
        if !pos.keeps_orders() {
            let order = match pos.order(&sale.order) {
                Ok(order) => order,
                // Nothing has left.
                Err(error) => return Reply::NotDone(error.problem().clone()),
            };
            let seen = self.request.map(|request| &request.order);
            if let Err(problem) = still_payable(sale, seen, &order) {
                return Reply::Refused(problem);
            }
        }
        pos.pay(body)
    }

    /// A part payment is begun in r_keeper before any money moves, where r_keeper knows how.
    fn begin_part(&self) -> Result<Event, Problem> {
        let sale = &self.progress.sale;
        if !sale.is_part() {
            return Ok(Event::OrderConfirmed);
        }
        match self.driver.pos.begin_part(sale, &self.progress.lock) {
            Reply::Done(None) => Ok(Event::OrderConfirmed),
            Reply::Done(Some(line)) => Ok(Event::Begun(line)),
            Reply::Refused(problem) | Reply::NotDone(problem) | Reply::Unknown(problem) => {
                Err(problem)
            }
        }
    }

    /// How this payment is recognised on an order.
    fn known<T>(&self, look: impl FnOnce(&Known<'_>) -> T) -> T {
        let (pos, sale) = (self.driver.pos, &self.progress.sale);
        let begun = self.progress.begun.as_ref();
        look(&Known {
            sale,
            begun,
            repeats: (pos.repeats(sale, begun, self.progress.ticket.as_ref())
                && !self.is_overtaken())
                || planted(Planted::AdditiveRepeat),
            own_currency: &|code| pos.pays_in(code),
        })
    }

    fn reserve(&mut self) -> Result<(), DriveError> {
        let wallet = self.driver.wallet;
        let Some(operation) = self.progress.debit.clone() else {
            return self.happened(Event::Reserve(Sent::Refused(nameless())));
        };
        let body = match self.progress.debit_body.clone() {
            Some(body) => body,
            None => {
                let at = self.driver.clock.local();
                match wallet.reserve_request(&operation, &self.progress.sale, at) {
                    Ok(body) => self.keep(RequestKind::Reserve, body),
                    Err(problem) => {
                        return self.happened(Event::Reserve(Sent::Refused(self.hide(problem))));
                    }
                }
            }
        };
        self.sending(Event::Reserve(Sent::Sending))?;
        let reply = wallet.reserve(&operation, &body);
        let sent = self.sent_moved(Moved::Debit, &operation, reply)?;
        self.happened(Event::Reserve(sent))
    }

    fn pay(&mut self) -> Result<(), DriveError> {
        let pos = self.driver.pos;
        let body = match self.progress.pay_body.clone() {
            Some(body) => body,
            None => match self.pay_request()? {
                Ok(body) => body,
                Err(problem) => return self.happened(Event::Pay(Sent::Refused(problem))),
            },
        };
        if matches!(self.progress.phase, Phase::PosRepeating(_)) {
            // Given back when the payment was parked, or run out meanwhile. Whether it is ours again
            // is for the payment's own answer to say.
            pos.lock(&self.progress.sale.order, &self.progress.lock);
            self.locked = true;
        }
        self.sending(Event::Pay(Sent::Sending))?;
        let reply = self.send_payment(&body);
        self.happened(Event::Pay(self.sent(reply)))
    }

    /// The bytes of the payment, to be written with the number that they carry.
    fn pay_request(&mut self) -> Result<Result<Vec<u8>, Problem>, DriveError> {
        let ticket = match self.ticket()? {
            Ok(ticket) => ticket,
            Err(problem) => return Ok(Err(problem)),
        };
        let Progress {
            sale, lock, begun, ..
        } = &self.progress;
        let pos = self.driver.pos;
        match pos.pay_request(sale, lock, begun.as_ref(), ticket.as_ref()) {
            Ok(body) => {
                if let Some(ticket) = ticket {
                    self.unwritten.push(Entry::Ticket(ticket.clone()));
                    self.progress.keep_ticket(ticket);
                }
                Ok(Ok(self.keep(RequestKind::Pay, body)))
            }
            Err(problem) => Ok(Err(self.hide(problem))),
        }
    }

    fn confirm(&mut self) -> Result<(), DriveError> {
        let wallet = self.driver.wallet;
        let Some(operation) = self.progress.debit.clone() else {
            return self.happened(Event::Confirm(Sent::Refused(nameless())));
        };
        if wallet.holds() {
            self.sending(Event::Confirm(Sent::Sending))?;
        } else {
            // Nothing leaves, so nothing has to be on disk before.
            self.happened(Event::Confirm(Sent::Sending))?;
        }
        let reply = wallet.confirm(&operation);
        self.happened(Event::Confirm(self.sent(reply)))
    }

    fn undo(&mut self) -> Result<(), DriveError> {
        let wallet = self.driver.wallet;
        let (Some(operation), Some(reserved)) =
            (self.progress.give_back.clone(), self.progress.debit.clone())
        else {
            return self.happened(Event::Undo(Sent::Refused(nameless())));
        };
        let body = match self.progress.undo_body.clone() {
            Some(body) => body,
            None => {
                let at = self.driver.clock.local();
                let sale = &self.progress.sale;
                match wallet.undo_request(&operation, &reserved, sale, &sale.attribution, at) {
                    Ok(body) => self.keep(RequestKind::Undo, body),
                    Err(problem) => {
                        return self.happened(Event::Undo(Sent::Refused(self.hide(problem))));
                    }
                }
            }
        };
        self.sending(Event::Undo(Sent::Sending))?;
        let reply = wallet.undo(&operation, &body);
        let sent = self.sent_moved(Moved::GiveBack, &operation, reply)?;
        self.happened(Event::Undo(sent))
    }

    fn ask_wallet(&mut self, what: Moved) -> Result<AskedWallet, DriveError> {
        let progress = &self.progress;
        let (operation, body) = match what {
            Moved::GiveBack => (&progress.give_back, &progress.undo_body),
            Moved::Debit => (&progress.debit, &progress.debit_body),
            Moved::Refund(id) => match progress.refund_of(id) {
                Ok(refund) => (&refund.operation, &refund.return_body),
                Err(_) => (&None, &None),
            },
        };
        match (operation.clone(), body.clone()) {
            (Some(operation), Some(body)) => self.find(what, &operation, &body),
            (None, _) | (_, None) => Ok(AskedWallet::Failed(nameless())),
        }
    }

    fn find(
        &mut self,
        what: Moved,
        operation: &OperationId,
        body: &[u8],
    ) -> Result<AskedWallet, DriveError> {
        let may_repeat = self.driver.wallet.may_repeat();
        Ok(match self.driver.wallet.find(operation, body) {
            Ok(Found::Executed(stored)) => {
                self.take_stored(what, operation, stored)?;
                AskedWallet::Executed
            }
            Ok(Found::Absent) => AskedWallet::Absent { may_repeat },
            Ok(Found::Never(problem)) => AskedWallet::Taken(self.hide(problem)),
            Ok(Found::CannotTell) => AskedWallet::CannotTell { may_repeat },
            Err(error) => AskedWallet::Failed(self.hide(error.problem().clone())),
        })
    }

    fn keep(&mut self, kind: RequestKind, body: Vec<u8>) -> Vec<u8> {
        self.unwritten.push(Entry::Request(kind, body.clone()));
        self.progress.keep(kind, body.clone());
        body
    }

    fn sent<T>(&self, reply: Reply<T>) -> Sent<T> {
        match reply {
            Reply::Done(value) => Sent::Done(value),
            Reply::Refused(problem) => Sent::Refused(self.hide(problem)),
            Reply::NotDone(problem) => Sent::NotDone(self.hide(problem)),
            Reply::Unknown(problem) => Sent::Lost(self.hide(problem)),
        }
    }

    /// A server's words may quote a UID; the journal, the log and the screen must not.
    fn hide(&self, mut problem: Problem) -> Problem {
        for leg in &self.progress.sale.legs {
            if problem.detail.contains(leg.uid.reveal()) {
                problem.detail = problem.detail.replace(leg.uid.reveal(), &leg.uid.masked());
            }
        }
        problem
    }

    /// Something happened; it need not be on disk before the next thing is asked.
    fn happened(&mut self, event: Event) -> Result<(), DriveError> {
        let payment = self.progress.sale.payment;
        tracing::debug!(%payment, event = event.name(), problem = ?event.problem(), "payment");
        self.progress
            .apply(&event, self.driver.clock.now())
            .map_err(|illegal| DriveError::illegal(payment, illegal))?;
        self.unwritten.push(Entry::Event(event));
        Ok(())
    }

    /// Something is about to be sent: all that led to it is on disk when this returns.
    fn sending(&mut self, event: Event) -> Result<(), DriveError> {
        self.happened(event)?;
        if planted(Planted::NoJournal) {
            return Ok(());
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), DriveError> {
        if !self.unwritten.is_empty() {
            let at = self.driver.clock.now();
            let rests = self.progress.rests();
            self.driver
                .journal
                .append(&self.progress.sale, &self.unwritten, rests, at)?;
            self.unwritten.clear();
        }
        Ok(())
    }
}

/// Cannot happen while the journal's rows are in order; refusing is the safe answer.
fn nameless() -> Problem {
    Problem::own(
        Reason::JournalFailed,
        "the journal has no name for this operation",
    )
}

/// Whether a bill is still what a payment pays. `seen`: as the cashier saw it, until a restart.
fn still_payable(sale: &Sale, seen: Option<&Order>, now: &Order) -> Result<(), Problem> {
    if let Some(problem) = seen.and_then(|seen| difference(seen, now)) {
        return Err(problem);
    }
    if let Some(hindrance) = now.hindrance() {
        return Err(hindrance.into());
    }
    free(now)?;
    if now.unpaid == sale.due {
        Ok(())
    } else {
        let sums = format!("{} → {}", sale.due, now.unpaid);
        Err(Problem::own(Reason::OrderChanged, sums))
    }
}

/// Nobody has the order open, as far as r_keeper shows it.
fn free(order: &Order) -> Result<(), Problem> {
    match &order.locked_by {
        None => Ok(()),
        Some(who) => Err(Problem::of(
            Server::Rkeeper,
            Reason::OrderLocked,
            who.as_str(),
        )),
    }
}

/// How the order differs from what the cashier saw, in what concerns the bill. The version alone
/// does not count: it also changes with comments and with our own lock.
fn difference(seen: &Order, now: &Order) -> Option<Problem> {
    let money = |order: &Order| (order.total, order.unpaid, order.prepaid);
    let dishes = |order: &Order| -> Vec<_> {
        let line = |line: &Line| (line.id.clone(), line.quantity, line.amount);
        order.lines.iter().map(line).collect()
    };
    if now.is_closed() {
        let reason = if now.deleted {
            Reason::OrderClosed
        } else {
            Reason::OrderPaidElsewhere
        };
        Some(Problem::own(reason, ""))
    } else if money(seen) != money(now) {
        Some(Problem::own(
            Reason::OrderChanged,
            format!("{} → {}", seen.unpaid, now.unpaid),
        ))
    } else if dishes(seen) != dishes(now) {
        Some(Problem::own(Reason::OrderChanged, ""))
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
