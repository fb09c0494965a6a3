//! The states of a payment and what leads from one to the next: pure, total, without a clock.
//!
//! Three rules carry everything. What may have happened is asked for by its own id before anything
//! else is done. An unknown payment in r_keeper is never undone by itself: it is asked for and, if
//! the order is still open, sent again byte for byte. A debit that may exist and is not wanted any
//! more is first made certain (asked for, or sent again under the same id), then given back.

mod back;
mod doubt;
mod event;
mod forward;
pub mod refund;
mod waiting;

use thiserror::Error;

use back::{undo_asking, undo_numbering, undoing};
pub use doubt::Doubt;
pub use event::{AskedOrder, AskedWallet, Decision, Event, Sent, Verdict};
use forward::{
    checking, confirming, numbering, paying, pos_asking, pos_repeating, renumbering,
    reserve_asking, reserving,
};
use waiting::{decided, resting, waiting};

/// How often a server is looked at, with pauses, after it refused a repeat while an earlier copy may
/// still be under way. If none of the looks finds it, a person decides: no refusal of a later copy
/// says what became of an earlier one.
pub const LOOKS_AFTER_REFUSAL: u32 = 3;

/// Where a payment is. What is to be done in it is its [`action`](Phase::action).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// r_keeper is asked to lock the order and say whether it is still the one that was seen.
    Checking,
    /// The wallet is asked for a name for the debit.
    Numbering,
    /// The debit is to be sent, or is under way.
    Reserving(Doubt),
    /// The debit may have happened: the wallet is asked.
    ReserveAsking(Doubt),
    /// The accounts are debited; the payment is to be sent to r_keeper for the first time.
    Paying {
        /// It has left; no answer yet.
        sent: bool,
        /// It carries another number than the first copy, which r_keeper did not take.
        again: bool,
    },
    /// r_keeper did not take the payment because of the number that its licence counts: the order
    /// is looked at, then it goes under another number, once.
    Renumbering,
    /// The payment may have happened: r_keeper is asked for our marker.
    PosAsking(Doubt),
    /// The order was still open: the same bytes are to be sent again.
    PosRepeating(Doubt),
    /// r_keeper is settled; the reservation is made final.
    Confirming(Doubt),
    /// The debit is to be given back; the wallet is asked for a name for that.
    UndoNumbering(Doubt),
    /// The return is to be sent, or is under way.
    Undoing(Doubt),
    /// The return may have happened: the wallet is asked.
    UndoAsking(Doubt),
    /// At rest: debited, and paid in r_keeper by us.
    Done,
    /// At rest: nothing debited (any more), r_keeper not paid by us.
    Aborted,
    /// No definite answer within the time in front of the guest; recovery goes on from here.
    Parked(At, Doubt),
    /// Asking alone cannot settle it; a person must look. Recovery still asks.
    Stuck(At, Doubt),
}

/// Where a payment stopped without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// Whether the accounts are debited is not known.
    Reserve,
    /// Debited; whether r_keeper is paid by us is not known.
    Pos,
    /// Paid; whether the reservation is final is not known.
    Confirm,
    /// Debited, not paid; the return has no name yet.
    UndoNumber,
    /// Debited, not paid; whether the money is given back is not known.
    Undo,
}

/// What the driver has to do in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Lock the order, read it, ask what is due.
    CheckOrder,
    /// Ask the wallet for a name.
    AskNumber,
    /// Send the debit.
    Reserve,
    /// Ask the wallet about the debit.
    AskReserve,
    /// Send the payment to r_keeper.
    Pay,
    /// Read the order and look for our marker.
    AskOrder,
    /// Make the reservation final.
    Confirm,
    /// Send the return.
    Undo,
    /// Ask the wallet about the return.
    AskUndo,
    /// Nothing: at rest, or waiting for recovery or a person.
    Rest,
}

/// An event that cannot happen in a phase: a mistake of the program, or a damaged journal.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{event}` cannot happen in {phase:?}")]
pub struct Illegal {
    /// Where the payment was.
    pub phase: Phase,
    /// Name of the event.
    pub event: &'static str,
}

impl Phase {
    /// Where every payment begins.
    pub const START: Self = Self::Checking;

    /// What is to be done.
    pub const fn action(self) -> Action {
        match self {
            Self::Checking => Action::CheckOrder,
            Self::Numbering | Self::UndoNumbering(_) => Action::AskNumber,
            Self::Reserving(_) => Action::Reserve,
            Self::ReserveAsking(_) => Action::AskReserve,
            Self::Paying { .. } | Self::PosRepeating(_) => Action::Pay,
            Self::PosAsking(_) | Self::Renumbering => Action::AskOrder,
            Self::Confirming(_) => Action::Confirm,
            Self::Undoing(_) => Action::Undo,
            Self::UndoAsking(_) => Action::AskUndo,
            Self::Done | Self::Aborted | Self::Parked(..) | Self::Stuck(..) => Action::Rest,
        }
    }

    /// Nothing more will ever happen to it.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Aborted => true,
            Self::Checking
            | Self::Numbering
            | Self::Reserving(_)
            | Self::ReserveAsking(_)
            | Self::Paying { .. }
            | Self::Renumbering
            | Self::PosAsking(_)
            | Self::PosRepeating(_)
            | Self::Confirming(_)
            | Self::UndoNumbering(_)
            | Self::Undoing(_)
            | Self::UndoAsking(_)
            | Self::Parked(..)
            | Self::Stuck(..) => false,
        }
    }

    /// What is to be done settles what was begun, and begins nothing new.
    pub const fn settles(self) -> bool {
        match self {
            Self::ReserveAsking(_)
            | Self::Renumbering
            | Self::PosAsking(_)
            | Self::Confirming(_)
            | Self::UndoNumbering(_)
            | Self::Undoing(_)
            | Self::UndoAsking(_) => true,
            Self::Checking
            | Self::Numbering
            | Self::Reserving(_)
            | Self::Paying { .. }
            | Self::PosRepeating(_)
            | Self::Done
            | Self::Aborted
            | Self::Parked(..)
            | Self::Stuck(..) => false,
        }
    }

    /// How often was asked in vain, which sets the pause before the next call.
    pub const fn tries(self) -> u32 {
        match self {
            Self::Reserving(doubt)
            | Self::ReserveAsking(doubt)
            | Self::PosAsking(doubt)
            | Self::PosRepeating(doubt)
            | Self::Confirming(doubt)
            | Self::UndoNumbering(doubt)
            | Self::Undoing(doubt)
            | Self::UndoAsking(doubt)
            | Self::Parked(_, doubt)
            | Self::Stuck(_, doubt) => doubt.tries,
            Self::Checking
            | Self::Numbering
            | Self::Paying { .. }
            | Self::Renumbering
            | Self::Done
            | Self::Aborted => 0,
        }
    }

    /// Whether a person may say that about it now.
    pub const fn may_say(self, verdict: Verdict) -> bool {
        match self {
            Self::Parked(at, doubt) | Self::Stuck(at, doubt) => {
                decided(at, doubt, verdict).is_some()
            }
            Self::Checking
            | Self::Numbering
            | Self::Reserving(_)
            | Self::ReserveAsking(_)
            | Self::Paying { .. }
            | Self::Renumbering
            | Self::PosAsking(_)
            | Self::PosRepeating(_)
            | Self::Confirming(_)
            | Self::UndoNumbering(_)
            | Self::Undoing(_)
            | Self::UndoAsking(_)
            | Self::Done
            | Self::Aborted => false,
        }
    }

    /// A request that pays may have left, and nothing says yet what came of it.
    pub const fn may_still_pay(self) -> bool {
        match self {
            Self::Paying { sent, .. } => sent,
            Self::Renumbering
            | Self::PosAsking(_)
            | Self::PosRepeating(_)
            | Self::Parked(At::Pos, _)
            | Self::Stuck(At::Pos, _) => true,
            Self::Checking
            | Self::Numbering
            | Self::Reserving(_)
            | Self::ReserveAsking(_)
            | Self::Confirming(_)
            | Self::UndoNumbering(_)
            | Self::Undoing(_)
            | Self::UndoAsking(_)
            | Self::Done
            | Self::Aborted
            | Self::Parked(At::Reserve | At::Confirm | At::UndoNumber | At::Undo, _)
            | Self::Stuck(At::Reserve | At::Confirm | At::UndoNumber | At::Undo, _) => false,
        }
    }

    /// The phase after an event.
    pub fn next(self, event: &Event) -> Result<Self, Illegal> {
        let next = match self {
            Self::Checking => checking(event),
            Self::Numbering => numbering(event),
            Self::Reserving(doubt) => reserving(doubt, event),
            Self::ReserveAsking(doubt) => reserve_asking(doubt, event),
            Self::Paying { sent, again } => paying(sent, again, event),
            Self::Renumbering => renumbering(event),
            Self::PosAsking(doubt) => pos_asking(doubt, event),
            Self::PosRepeating(doubt) => pos_repeating(doubt, event),
            Self::Confirming(doubt) => confirming(doubt, event),
            Self::UndoNumbering(doubt) => undo_numbering(doubt, event),
            Self::Undoing(doubt) => undoing(doubt, event),
            Self::UndoAsking(doubt) => undo_asking(doubt, event),
            Self::Done | Self::Aborted => resting(self, event),
            Self::Parked(at, doubt) | Self::Stuck(at, doubt) => waiting(self, at, doubt, event),
        };
        next.ok_or(Illegal {
            phase: self,
            event: event.name(),
        })
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
pub(in crate::payment) mod table;
