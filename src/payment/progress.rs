//! A payment as its journal entries add up: the phase, the names and bytes it used, what is known.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::Money;

use super::ports::{LineId, LockId, OperationId, Receipt, Ticket};
use super::reason::{Problem, Reason};
use super::record::{Booking, BookingKind, PaymentRecord};
use super::refund::{Refund, RefundId};
use super::sale::Sale;
use super::state::refund::{IllegalRefund, RefundEvent};
use super::state::{
    Action, AskedOrder, AskedWallet, At, Decision, Event, Illegal, Phase, Sent, Verdict,
};
use super::view::{InDoubt, LegState, LegView, PaymentView, References, Standing, Step};

mod refunds;

pub use refunds::RefundProgress;

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
    /// The number of r_keeper's licence that the payment's next request carries, written with it.
    Ticket(Ticket),
    /// Something happened.
    Event(Event),
    /// The first row of every refund.
    Refund(Box<Refund>),
    /// The exact bytes of a refund's request, written before it is sent for the first time.
    RefundRequest(RefundId, RefundRequestKind, Vec<u8>),
    /// Something happened to a refund.
    RefundEvent(RefundId, RefundEvent),
    /// Something to be known of a refund that changes nothing.
    RefundNote(RefundId, RefundNote),
}

/// What is to be known of a refund, beside what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundNote {
    /// An account had run out before its money came back: the guest can spend it only once the site has
    /// lengthened it.
    RestoredExpired,
}

/// A request of a refund that is repeated byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundRequestKind {
    /// The return in the wallet.
    Return,
    /// Undoing the payment in r_keeper.
    Annul,
}

impl RefundRequestKind {
    /// Its word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Annul => "annul",
        }
    }
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
    /// A row of a refund that cannot follow the ones before.
    #[error(transparent)]
    IllegalRefund(#[from] IllegalRefund),
    /// A row of a refund that never began, or began twice.
    #[error("refund {0} does not begin with one intent")]
    NoRefund(RefundId),
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
    /// The number that they carry, where r_keeper's licence counts.
    pub ticket: Option<Ticket>,
    /// r_keeper surely took a request under that number.
    pub ticket_spent: bool,
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
    /// What began before that and is not settled needs a manager.
    pub overdue_since: Option<Timestamp>,
    /// The line that r_keeper began for a part payment.
    pub begun: Option<LineId>,
    /// What persons decided about it, oldest first.
    pub decisions: Vec<(Timestamp, Decision)>,
    /// What was given back of it, oldest first.
    pub refunds: Vec<RefundProgress>,
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
            ticket: None,
            ticket_spent: false,
            undo_body: None,
            receipt: None,
            problem: None,
            started_at: at,
            tries_before_manager: TRIES_BEFORE_MANAGER,
            overdue_since: None,
            begun: None,
            decisions: vec![],
            refunds: vec![],
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
                Entry::Ticket(ticket) => progress.keep_ticket(ticket),
                Entry::Event(event) => progress.apply(&event, at)?,
                Entry::Refund(refund) => progress.begin_refund(*refund, at)?,
                Entry::RefundRequest(id, kind, body) => progress.refund(id)?.keep(kind, body),
                Entry::RefundEvent(id, event) => progress.refund(id)?.apply(&event, at)?,
                Entry::RefundNote(id, note) => progress.refund(id)?.note(note),
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

    /// Remembers the number that the next bytes of the payment carry.
    pub fn keep_ticket(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
        self.ticket_spent = false;
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &Event, at: Timestamp) -> Result<(), Illegal> {
        let before = self.phase;
        self.phase = before.next(event)?;
        if before == Phase::Renumbering && matches!(self.phase, Phase::Paying { .. }) {
            // Other bytes go under another number.
            self.pay_body = None;
        }
        match event {
            Event::Numbered(operation) => {
                if matches!(before, Phase::Numbering) {
                    self.debit = Some(operation.clone());
                    self.debit_body = None;
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
            Event::Pay(Sent::Done(receipt)) => {
                self.ticket_spent = true;
                self.receipt = Some(receipt.clone());
            }
            Event::AskedOrder(AskedOrder::PaidByUs(receipt)) => {
                self.ticket_spent = true;
                let warning = self.receipt.take().and_then(|told| told.warning);
                self.receipt = Some(Receipt {
                    check_num: receipt.check_num.clone(),
                    warning: receipt.warning.clone().or(warning),
                });
                self.problem = None;
            }
            Event::Begun(line) => self.begun = Some(line.clone()),
            Event::Decided(decision) => self.decisions.push((at, decision.clone())),
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

    /// Nothing more will happen to it or its refunds, and nobody has to do anything.
    pub fn rests(&self) -> bool {
        self.phase.is_final() && self.refunds.iter().all(|refund| refund.phase.is_final())
    }

    /// The program itself has something to do or to ask for it or its refunds.
    pub fn is_open(&self) -> bool {
        !self.phase.is_final() || self.refunds.iter().any(|refund| refund.phase.is_open())
    }

    /// What of a leg (by index) is, or may be, back at its account.
    pub fn returned_of(&self, leg: usize) -> Money {
        let number = self.sale.legs.get(leg).map(|leg| leg.number);
        let parts = self
            .refunds
            .iter()
            .filter(|refund| refund.phase.may_have_returned())
            .flat_map(|refund| &refund.refund.parts)
            .filter(|part| Some(part.leg) == number);
        // Sums of a leg's parts never pass the leg, which is a sum of money already.
        Money::total(parts.map(|part| part.amount)).unwrap_or(Money::CEILING)
    }

    /// What of a leg (by index) may still be given back.
    pub fn left_of(&self, leg: usize) -> Money {
        let taken = self
            .sale
            .legs
            .get(leg)
            .map_or(Money::ZERO, |leg| leg.amount);
        taken
            .checked_sub(self.returned_of(leg))
            .filter(|left| !left.is_negative())
            .unwrap_or(Money::ZERO)
    }

    /// A refund begins; its id must be new.
    pub fn begin_refund(&mut self, refund: Refund, at: Timestamp) -> Result<(), ReplayError> {
        if self.refunds.iter().any(|past| past.refund.id == refund.id) {
            return Err(ReplayError::NoRefund(refund.id));
        }
        self.refunds.push(RefundProgress::begin(refund, at));
        Ok(())
    }

    /// A refund of this payment.
    pub fn refund_of(&self, id: RefundId) -> Result<&RefundProgress, ReplayError> {
        self.refunds
            .iter()
            .find(|refund| refund.refund.id == id)
            .ok_or(ReplayError::NoRefund(id))
    }

    /// A refund of this payment, to go on with.
    pub fn refund(&mut self, id: RefundId) -> Result<&mut RefundProgress, ReplayError> {
        self.refunds
            .iter_mut()
            .find(|refund| refund.refund.id == id)
            .ok_or(ReplayError::NoRefund(id))
    }

    /// Where it stands for screens and scripts.
    pub fn standing(&self) -> Standing {
        match self.phase {
            Phase::Done => Standing::Paid,
            Phase::Aborted => Standing::Refused,
            Phase::Stuck(..) => Standing::NeedsManager,
            Phase::Parked(_, doubt) if self.needs_manager(doubt.tries, self.started_at) => {
                Standing::NeedsManager
            }
            Phase::Parked(..) => Standing::Unknown,
            Phase::Checking
            | Phase::Numbering
            | Phase::Reserving(_)
            | Phase::ReserveAsking(_)
            | Phase::Paying { .. }
            | Phase::Renumbering
            | Phase::PosAsking(_)
            | Phase::PosRepeating(_)
            | Phase::Confirming(_)
            | Phase::UndoNumbering(_)
            | Phase::Undoing(_)
            | Phase::UndoAsking(_) => Standing::Working,
        }
    }

    fn needs_manager(&self, tries: u32, started_at: Timestamp) -> bool {
        tries >= self.tries_before_manager
            || self.overdue_since.is_some_and(|since| started_at <= since)
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
            | Phase::Renumbering
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

    /// What a person may settle of the payment itself, or of that refund of it.
    pub fn in_doubt_of(&self, refund: Option<RefundId>) -> Option<InDoubt> {
        match refund {
            None => self.in_doubt(),
            Some(id) => {
                let refund = self.refunds.iter().find(|known| known.refund.id == id);
                refund.and_then(RefundProgress::in_doubt)
            }
        }
    }

    const fn in_doubt(&self) -> Option<InDoubt> {
        match self.phase {
            Phase::Parked(at, _) | Phase::Stuck(at, _) => Some(match at {
                At::Reserve => InDoubt::Debit,
                At::Pos => InDoubt::Pay,
                At::Confirm => InDoubt::Confirm,
                At::UndoNumber | At::Undo => InDoubt::GiveBack,
            }),
            Phase::Checking
            | Phase::Numbering
            | Phase::Reserving(_)
            | Phase::ReserveAsking(_)
            | Phase::Paying { .. }
            | Phase::Renumbering
            | Phase::PosAsking(_)
            | Phase::PosRepeating(_)
            | Phase::Confirming(_)
            | Phase::UndoNumbering(_)
            | Phase::Undoing(_)
            | Phase::UndoAsking(_)
            | Phase::Done
            | Phase::Aborted => None,
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
            rest: self.sale.rest,
            by: self.sale.by.clone(),
            started_at: self.started_at,
            standing: self.standing(),
            step: self.step(),
            legs: self
                .sale
                .legs
                .iter()
                .enumerate()
                .map(|(index, leg)| LegView {
                    number: leg.number,
                    refunded: self.returned_of(index),
                    uid: leg.uid.clone(),
                    card_number: leg.card_number.clone(),
                    entry: leg.entry,
                    account: leg.account.clone(),
                    account_name: leg.account_name.clone(),
                    amount: leg.amount,
                    state,
                    pin_checked_at: leg.pin_checked_at,
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
            may_say: Verdict::ALL
                .into_iter()
                .filter(|&verdict| self.phase.may_say(verdict))
                .collect(),
            in_doubt: self.in_doubt(),
            references: References {
                lock: self.lock.0.clone(),
                give_back: self.give_back.as_ref().map(|name| name.0.clone()),
                line: self.begun.as_ref().map(|line| line.0.clone()),
            },
            refunds: self
                .refunds
                .iter()
                .map(|refund| refund.view(self))
                .collect(),
        }
    }

    /// What lists and reports need.
    pub fn record(&self) -> PaymentRecord {
        let booking = |operation: &Option<OperationId>, kind, at: Option<Timestamp>, parts| {
            Some(Booking {
                operation: operation.clone()?,
                kind,
                at: at?,
                parts,
            })
        };
        let all = || self.sale.attribution.clone();
        let refunds = self.refunds.iter().filter_map(|refund| {
            let rows = refund.refund.rows.clone();
            booking(
                &refund.operation,
                BookingKind::Return,
                refund.returned_at,
                rows,
            )
        });
        PaymentRecord {
            sale: self.sale.clone(),
            view: self.view(None),
            bookings: [
                booking(&self.debit, BookingKind::Debit, self.debited_at, all()),
                booking(
                    &self.give_back,
                    BookingKind::Return,
                    self.given_back_at,
                    all(),
                ),
            ]
            .into_iter()
            .flatten()
            .chain(refunds)
            .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
