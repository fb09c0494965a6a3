//! Drives a payment: writes the intent, calls, writes the result, until it rests.

use thiserror::Error;
use uuid::Uuid;

use super::journal::{Journal, JournalError};
use super::payer::{Known, begun_line, who_paid};
use super::planted::{Planted, planted};
use super::ports::{Clock, LockId, Pos, Reply, Ticket, Wallet};
use super::progress::{Entry, Progress, ReplayError, RequestKind};
use super::reason::{Problem, Reason};
use super::sale::{PaymentId, PaymentRequest, Sale};
use super::spent::{self, Spent};
use super::state::{Action, AskedOrder, Decision, Event, Illegal, Phase};
use super::view::{InDoubt, PaymentView};

mod calls;
mod check;
mod jitter;
mod lookback;
mod patience;
mod refund;
mod stored;
mod ticket;
mod waiting;

use calls::nameless;
pub use lookback::Remembered;
pub use patience::Patience;
use patience::{Turn, Turns};
use stored::Moved;

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

    fn keep(&mut self, kind: RequestKind, body: Vec<u8>) -> Vec<u8> {
        self.unwritten.push(Entry::Request(kind, body.clone()));
        self.progress.keep(kind, body.clone());
        body
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

#[cfg(test)]
mod tests;
