//! A payment as its journal entries add up: the phase, the names and bytes it used, what is known.

use jiff::Timestamp;
use thiserror::Error;

use super::ports::{LockId, OperationId, Receipt};
use super::reason::{Problem, Reason};
use super::record::{Booking, BookingKind, PaymentRecord};
use super::sale::Sale;
use super::state::{Action, AskedOrder, AskedWallet, At, Event, Illegal, Phase, Sent};
use super::view::{LegState, LegView, PaymentView, Standing, Step};

/// [`Progress::tries_before_manager`] where nothing else is configured.
pub const TRIES_BEFORE_MANAGER: u32 = 6;

/// A request that is repeated byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// The debit.
    Reserve,
    /// The payment in r_keeper.
    Pay,
    /// The return.
    Undo,
}

impl RequestKind {
    /// Its word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Pay => "pay",
            Self::Undo => "undo",
        }
    }
}

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The first row of every payment.
    Intent {
        /// What is to be paid.
        sale: Box<Sale>,
        /// The lock to be taken in r_keeper.
        lock: LockId,
    },
    /// The exact bytes of a request, written before it is sent for the first time.
    Request(RequestKind, Vec<u8>),
    /// Something happened.
    Event(Event),
}

/// Why entries do not add up to a payment: a damaged journal or a mistake of the program.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReplayError {
    /// The first row is no intent.
    #[error("the payment does not begin with an intent")]
    NoIntent,
    /// A second intent.
    #[error("the payment has two intents")]
    SecondIntent,
    /// A row that cannot follow the ones before.
    #[error(transparent)]
    Illegal(#[from] Illegal),
}

/// A payment under way or at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is to be paid.
    pub sale: Sale,
    /// The lock in r_keeper.
    pub lock: LockId,
    /// Where it is.
    pub phase: Phase,
    /// Wallet's name of the debit.
    pub debit: Option<OperationId>,
    /// Wallet's name of the return.
    pub give_back: Option<OperationId>,
    /// Bytes of the debit.
    pub debit_body: Option<Vec<u8>>,
    /// Bytes of the payment.
    pub pay_body: Option<Vec<u8>>,
    /// Bytes of the return.
    pub undo_body: Option<Vec<u8>>,
    /// r_keeper's receipt.
    pub receipt: Option<Receipt>,
    /// What stands in the way, or why it was refused.
    pub problem: Option<Problem>,
    /// When it began.
    pub started_at: Timestamp,
    /// Asked in vain that often, it is shown as needing a manager.
    pub tries_before_manager: u32,
    debited_at: Option<Timestamp>,
    given_back_at: Option<Timestamp>,
}

impl Progress {
    /// A payment about to begin.
    pub fn begin(sale: Sale, lock: LockId, at: Timestamp) -> Self {
        Self {
            sale,
            lock,
            phase: Phase::START,
            debit: None,
            give_back: None,
            debit_body: None,
            pay_body: None,
            undo_body: None,
            receipt: None,
            problem: None,
            started_at: at,
            tries_before_manager: TRIES_BEFORE_MANAGER,
            debited_at: None,
            given_back_at: None,
        }
    }

    /// The payment that these entries add up to.
    pub fn replay(
        entries: impl IntoIterator<Item = (Timestamp, Entry)>,
    ) -> Result<Self, ReplayError> {
        let mut entries = entries.into_iter();
        let Some((at, Entry::Intent { sale, lock })) = entries.next() else {
            return Err(ReplayError::NoIntent);
        };
        let mut progress = Self::begin(*sale, lock, at);
        for (at, entry) in entries {
            match entry {
                Entry::Intent { .. } => return Err(ReplayError::SecondIntent),
                Entry::Request(kind, body) => progress.keep(kind, body),
                Entry::Event(event) => progress.apply(&event, at)?,
            }
        }
        Ok(progress)
    }

    /// Remembers the bytes of a request.
    pub fn keep(&mut self, kind: RequestKind, body: Vec<u8>) {
        match kind {
            RequestKind::Reserve => self.debit_body = Some(body),
            RequestKind::Pay => self.pay_body = Some(body),
            RequestKind::Undo => self.undo_body = Some(body),
        }
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &Event, at: Timestamp) -> Result<(), Illegal> {
        let before = self.phase;
        self.phase = before.next(event)?;
        match event {
            Event::Numbered(operation) => {
                if matches!(before, Phase::Numbering) {
                    self.debit = Some(operation.clone());
                } else {
                    self.give_back = Some(operation.clone());
                    // Other bytes go under another name.
                    self.undo_body = None;
                }
            }
            Event::Reserve(Sent::Done(())) | Event::AskedReserve(AskedWallet::Executed) => {
                self.debited_at = Some(at);
                if matches!(self.phase, Phase::Paying { .. }) {
                    self.problem = None;
                }
            }
            Event::Undo(Sent::Done(())) | Event::AskedUndo(AskedWallet::Executed) => {
                self.given_back_at = Some(at);
            }
            Event::Pay(Sent::Done(receipt)) => self.receipt = Some(receipt.clone()),
            Event::AskedOrder(AskedOrder::PaidByUs(receipt)) => {
                let warning = self.receipt.take().and_then(|told| told.warning);
                self.receipt = Some(Receipt {
                    check_num: receipt.check_num.clone(),
                    warning: receipt.warning.clone().or(warning),
                });
                self.problem = None;
            }
            Event::Cancel => self.explain(before, Reason::Cancelled),
            Event::Resume => self.explain(before, Reason::Interrupted),
            Event::TimeUp => self.explain(before, Reason::AnswerLost),
            Event::OrderConfirmed
            | Event::OrderNotConfirmed(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::Pay(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::Undo(_)
            | Event::AskedUndo(_) => {}
        }
        if let Some(problem) = event.problem() {
            self.take_problem(before, problem);
        }
        Ok(())
    }

    /// While money is given back, why it is given back stays the problem to be told.
    fn take_problem(&mut self, before: Phase, problem: &Problem) {
        let returning = matches!(
            before,
            Phase::UndoNumbering(_) | Phase::Undoing(_) | Phase::UndoAsking(_)
        );
        if !returning || self.problem.is_none() {
            self.problem = Some(problem.clone());
        }
    }

    /// A decision of our own (cancel, restart, time) is the reason where it turned the payment.
    fn explain(&mut self, before: Phase, reason: Reason) {
        let turned = self.phase != before
            && matches!(
                self.phase,
                Phase::Aborted | Phase::UndoNumbering(_) | Phase::ReserveAsking(_)
            );
        if turned && (self.problem.is_none() || reason == Reason::Cancelled) {
            self.problem = Some(Problem::own(reason, ""));
        }
    }

    /// Where it stands for screens and scripts.
    pub const fn standing(&self) -> Standing {
        match self.phase {
            Phase::Done => Standing::Paid,
            Phase::Aborted => Standing::Refused,
            Phase::Stuck(..) => Standing::NeedsManager,
            Phase::Parked(_, doubt) if doubt.tries >= self.tries_before_manager => {
                Standing::NeedsManager
            }
            Phase::Parked(..) => Standing::Unknown,
            Phase::Checking
            | Phase::Numbering
            | Phase::Reserving(_)
            | Phase::ReserveAsking(_)
            | Phase::Paying { .. }
            | Phase::PosAsking(_)
            | Phase::PosRepeating(_)
            | Phase::Confirming(_)
            | Phase::UndoNumbering(_)
            | Phase::Undoing(_)
            | Phase::UndoAsking(_) => Standing::Working,
        }
    }

    const fn step(&self) -> Step {
        match self.phase.action() {
            Action::CheckOrder => Step::CheckingOrder,
            Action::AskNumber if matches!(self.phase, Phase::UndoNumbering(_)) => Step::GivingBack,
            Action::AskNumber | Action::Reserve => Step::Debiting,
            Action::AskReserve => Step::AskingLime,
            Action::Pay => Step::Paying,
            Action::AskOrder => Step::AskingRkeeper,
            Action::Confirm => Step::Confirming,
            Action::Undo | Action::AskUndo => Step::GivingBack,
            Action::Rest => Step::Finished,
        }
    }

    const fn leg_state(&self) -> LegState {
        match self.phase {
            Phase::Checking | Phase::Numbering => LegState::Waiting,
            Phase::Reserving(doubt) if !doubt.sent && !doubt.earlier => LegState::Waiting,
            Phase::Reserving(_)
            | Phase::ReserveAsking(_)
            | Phase::Parked(At::Reserve, _)
            | Phase::Stuck(At::Reserve, _) => LegState::Asking,
            Phase::Paying { .. }
            | Phase::PosAsking(_)
            | Phase::PosRepeating(_)
            | Phase::Confirming(_)
            | Phase::Parked(At::Pos | At::Confirm, _)
            | Phase::Stuck(At::Pos | At::Confirm, _) => LegState::Debited,
            Phase::UndoNumbering(_)
            | Phase::Undoing(_)
            | Phase::UndoAsking(_)
            | Phase::Parked(At::UndoNumber | At::Undo, _)
            | Phase::Stuck(At::UndoNumber | At::Undo, _) => LegState::GivingBack,
            Phase::Done => LegState::Paid,
            Phase::Aborted if self.given_back_at.is_some() => LegState::GivenBack,
            Phase::Aborted => LegState::NotCharged,
        }
    }

    /// What a screen may show.
    pub fn view(&self, seconds_left: Option<u64>) -> PaymentView {
        let state = self.leg_state();
        let warning = || {
            let words = self.receipt.as_ref()?.warning.as_ref()?;
            Some(Problem::of(
                super::reason::Server::Rkeeper,
                Reason::PrinterFailed,
                words.as_str(),
            ))
        };
        PaymentView {
            id: self.sale.payment,
            order: self.sale.order.clone(),
            order_name: self.sale.order_name.clone(),
            total: self.sale.due,
            started_at: self.started_at,
            standing: self.standing(),
            step: self.step(),
            legs: self
                .sale
                .legs
                .iter()
                .map(|leg| LegView {
                    uid: leg.uid.clone(),
                    card_number: leg.card_number.clone(),
                    account: leg.account.clone(),
                    account_name: leg.account_name.clone(),
                    amount: leg.amount,
                    state,
                })
                .collect(),
            check_num: self
                .receipt
                .as_ref()
                .and_then(|receipt| receipt.check_num.clone()),
            lime_check: self.debit.as_ref().map(|operation| operation.0.clone()),
            problem: if self.phase == Phase::Done {
                warning()
            } else {
                self.problem.clone()
            },
            tries: self.phase.tries(),
            seconds_left,
        }
    }

    /// What lists and reports need.
    pub fn record(&self) -> PaymentRecord {
        let booking = |operation: &Option<OperationId>, kind, at: Option<Timestamp>| {
            Some(Booking {
                operation: operation.clone()?,
                kind,
                at: at?,
            })
        };
        PaymentRecord {
            sale: self.sale.clone(),
            view: self.view(None),
            bookings: [
                booking(&self.debit, BookingKind::Debit, self.debited_at),
                booking(&self.give_back, BookingKind::Return, self.given_back_at),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }
}
