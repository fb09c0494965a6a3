//! The states of a refund: money of a paid bill goes back to the accounts that it came from, then
//! r_keeper is told.
//!
//! The wallet comes first: a guest's money must not wait for a manager's rights. What r_keeper does
//! not let be undone is left to a person, as an open item that stays until somebody settles it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{AskedWallet, Decision, Doubt, Sent, Verdict};
use crate::payment::ports::OperationId;
use crate::payment::reason::Problem;

/// Where a refund is. What is to be done in it is its [`action`](RefundPhase::action).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundPhase {
    /// The wallet is asked for a name for the return.
    Numbering,
    /// The return is to be sent, or is under way.
    Returning(Doubt),
    /// The return may have happened: the wallet is asked.
    ReturnAsking(Doubt),
    /// The money is back; r_keeper is asked what it shows of the payment.
    AnnulAsking(Doubt),
    /// r_keeper is to be told, or is being told.
    Annulling(Doubt),
    /// At rest: the money is back, and r_keeper shows it.
    Done,
    /// The money is back; somebody must tell r_keeper by hand.
    DoneByHand,
    /// At rest: nothing was given back.
    Refused,
    /// No definite answer within the time in front of the guest.
    Parked(RefundAt, Doubt),
    /// Asking alone cannot settle it; a person must look.
    Stuck(RefundAt, Doubt),
}

/// Where a refund stopped without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundAt {
    /// Whether the money is back is not known.
    Return,
    /// It is back; whether r_keeper shows it is not known.
    Annul,
}

/// What the driver has to do for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundAction {
    /// Ask the wallet for a name.
    AskNumber,
    /// Send the return.
    Return,
    /// Ask the wallet about the return.
    AskReturn,
    /// Read the order and look whether our payment still stands.
    AskOrder,
    /// Have r_keeper undo the payment.
    Annul,
    /// Nothing: at rest, or waiting for recovery or a person.
    Rest,
}

/// What r_keeper shows of a payment that is being refunded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedAnnul {
    /// Nothing of it stands any more.
    Gone,
    /// It stands.
    Stands,
    /// r_keeper does not show the order any more, or not clearly enough.
    CannotTell(Problem),
    /// No usable answer this time.
    Failed(Problem),
}

/// What may happen to a refund. Every one is a row of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundEvent {
    /// The wallet gave a name.
    Numbered(OperationId),
    /// It did not.
    NotNumbered(Problem),
    /// The return.
    Return(Sent<()>),
    /// What the wallet knows of the return.
    AskedReturn(AskedWallet),
    /// What r_keeper shows.
    AskedAnnul(AskedAnnul),
    /// Undoing the payment in r_keeper.
    Annul(Sent<()>),
    /// The time in front of the guest is over.
    TimeUp,
    /// Work goes on after a stop of the program, or after it was parked.
    Resume,
    /// A person decided about a refund that waits, or settled its open item.
    Decided(Decision),
}

/// An event that cannot happen in a phase: a mistake of the program, or a damaged journal.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{event}` cannot happen in {phase:?}")]
pub struct IllegalRefund {
    /// Where the refund was.
    pub phase: RefundPhase,
    /// Name of the event.
    pub event: &'static str,
}

impl RefundPhase {
    /// Where every refund begins.
    pub const START: Self = Self::Numbering;

    /// What is to be done.
    pub const fn action(self) -> RefundAction {
        match self {
            Self::Numbering => RefundAction::AskNumber,
            Self::Returning(_) => RefundAction::Return,
            Self::ReturnAsking(_) => RefundAction::AskReturn,
            Self::AnnulAsking(_) => RefundAction::AskOrder,
            Self::Annulling(_) => RefundAction::Annul,
            Self::Done | Self::DoneByHand | Self::Refused | Self::Parked(..) | Self::Stuck(..) => {
                RefundAction::Rest
            }
        }
    }

    /// Nothing more will happen to it, and nobody has to do anything.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Refused => true,
            Self::Numbering
            | Self::Returning(_)
            | Self::ReturnAsking(_)
            | Self::AnnulAsking(_)
            | Self::Annulling(_)
            | Self::DoneByHand
            | Self::Parked(..)
            | Self::Stuck(..) => false,
        }
    }

    /// The program itself has something to do or to ask.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Done | Self::DoneByHand | Self::Refused => false,
            Self::Numbering
            | Self::Returning(_)
            | Self::ReturnAsking(_)
            | Self::AnnulAsking(_)
            | Self::Annulling(_)
            | Self::Parked(..)
            | Self::Stuck(..) => true,
        }
    }

    /// The money may be back already, or is.
    pub const fn may_have_returned(self) -> bool {
        match self {
            Self::Numbering | Self::Refused => false,
            Self::Returning(_)
            | Self::ReturnAsking(_)
            | Self::AnnulAsking(_)
            | Self::Annulling(_)
            | Self::Done
            | Self::DoneByHand
            | Self::Parked(..)
            | Self::Stuck(..) => true,
        }
    }

    /// The money is surely back.
    pub const fn has_returned(self) -> bool {
        match self {
            Self::Done
            | Self::DoneByHand
            | Self::AnnulAsking(_)
            | Self::Annulling(_)
            | Self::Parked(RefundAt::Annul, _)
            | Self::Stuck(RefundAt::Annul, _) => true,
            Self::Numbering
            | Self::Returning(_)
            | Self::ReturnAsking(_)
            | Self::Refused
            | Self::Parked(RefundAt::Return, _)
            | Self::Stuck(RefundAt::Return, _) => false,
        }
    }

    /// How often was asked in vain.
    pub const fn tries(self) -> u32 {
        match self {
            Self::Returning(doubt)
            | Self::ReturnAsking(doubt)
            | Self::AnnulAsking(doubt)
            | Self::Annulling(doubt)
            | Self::Parked(_, doubt)
            | Self::Stuck(_, doubt) => doubt.tries,
            Self::Numbering | Self::Done | Self::DoneByHand | Self::Refused => 0,
        }
    }

    /// Whether a person may say that about it now.
    pub const fn may_say(self, verdict: Verdict) -> bool {
        match self {
            Self::Parked(..) | Self::Stuck(..) => true,
            Self::DoneByHand => match verdict {
                Verdict::AskAgain | Verdict::Happened => true,
                Verdict::DidNot => false,
            },
            Self::Numbering
            | Self::Returning(_)
            | Self::ReturnAsking(_)
            | Self::AnnulAsking(_)
            | Self::Annulling(_)
            | Self::Done
            | Self::Refused => false,
        }
    }

    /// The phase after an event.
    pub fn next(self, event: &RefundEvent) -> Result<Self, IllegalRefund> {
        let next = match self {
            Self::Numbering => numbering(event),
            Self::Returning(doubt) => returning(doubt, event),
            Self::ReturnAsking(doubt) => return_asking(doubt, event),
            Self::AnnulAsking(doubt) => annul_asking(doubt, event),
            Self::Annulling(doubt) => annulling(doubt, event),
            Self::Done | Self::Refused => resting(self, event),
            Self::DoneByHand => by_hand(event),
            Self::Parked(at, doubt) | Self::Stuck(at, doubt) => waiting(self, at, doubt, event),
        };
        next.ok_or(IllegalRefund {
            phase: self,
            event: event.name(),
        })
    }
}

/// Nothing has moved: what stands in the way ends it, and somebody may ask for it again.
fn numbering(event: &RefundEvent) -> Option<RefundPhase> {
    match event {
        RefundEvent::Numbered(_) => Some(RefundPhase::Returning(Doubt::none())),
        RefundEvent::NotNumbered(_) | RefundEvent::TimeUp | RefundEvent::Resume => {
            Some(RefundPhase::Refused)
        }
        RefundEvent::Return(_)
        | RefundEvent::AskedReturn(_)
        | RefundEvent::AskedAnnul(_)
        | RefundEvent::Annul(_)
        | RefundEvent::Decided(_) => None,
    }
}

fn returning(doubt: Doubt, event: &RefundEvent) -> Option<RefundPhase> {
    let asking = |doubt| Some(RefundPhase::ReturnAsking(doubt));
    match (event, doubt.sent) {
        (RefundEvent::Return(Sent::Sending), false) => {
            Some(RefundPhase::Returning(doubt.sending()))
        }
        (RefundEvent::Return(Sent::Done(())), true) => Some(RETURNED),
        (RefundEvent::Return(Sent::Refused(_)), true) if doubt.earlier => asking(Doubt {
            refused: true,
            ..doubt.again()
        }),
        (RefundEvent::Return(Sent::NotDone(_)), true) if doubt.earlier => asking(doubt.again()),
        (RefundEvent::Return(Sent::Refused(_) | Sent::NotDone(_)), true) => {
            Some(RefundPhase::Refused)
        }
        // The bytes could not be made: nothing leaves.
        (RefundEvent::Return(Sent::Refused(_)), false) if !doubt.earlier => {
            Some(RefundPhase::Refused)
        }
        (RefundEvent::Return(Sent::Lost(_)), true) => asking(doubt.lost()),
        (RefundEvent::TimeUp | RefundEvent::Resume, false) if !doubt.earlier => {
            Some(RefundPhase::Refused)
        }
        (RefundEvent::Resume, _) => asking(doubt.interrupted()),
        (RefundEvent::TimeUp, _) => {
            Some(RefundPhase::Parked(RefundAt::Return, doubt.interrupted()))
        }
        (
            RefundEvent::Return(_)
            | RefundEvent::Numbered(_)
            | RefundEvent::NotNumbered(_)
            | RefundEvent::AskedReturn(_)
            | RefundEvent::AskedAnnul(_)
            | RefundEvent::Annul(_)
            | RefundEvent::Decided(_),
            _,
        ) => None,
    }
}

const RETURNED: RefundPhase = RefundPhase::AnnulAsking(Doubt::none());

fn return_asking(doubt: Doubt, event: &RefundEvent) -> Option<RefundPhase> {
    match event {
        RefundEvent::AskedReturn(AskedWallet::Executed) => Some(RETURNED),
        // Another's operation has our name: ours was not executed, and nothing else left.
        RefundEvent::AskedReturn(AskedWallet::Taken(_)) => Some(RefundPhase::Refused),
        RefundEvent::AskedReturn(AskedWallet::Absent { .. })
            if doubt.refused && !doubt.looked_enough() =>
        {
            Some(RefundPhase::ReturnAsking(doubt.looked()))
        }
        RefundEvent::AskedReturn(
            AskedWallet::Absent { may_repeat: true } | AskedWallet::CannotTell { may_repeat: true },
        ) if !doubt.refused => Some(RefundPhase::Returning(doubt)),
        RefundEvent::AskedReturn(AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. }) => {
            Some(RefundPhase::Stuck(RefundAt::Return, doubt))
        }
        RefundEvent::AskedReturn(AskedWallet::Failed(_)) => {
            Some(RefundPhase::ReturnAsking(doubt.asked()))
        }
        RefundEvent::Resume => Some(RefundPhase::ReturnAsking(doubt)),
        RefundEvent::TimeUp => Some(RefundPhase::Parked(RefundAt::Return, doubt)),
        RefundEvent::Numbered(_)
        | RefundEvent::NotNumbered(_)
        | RefundEvent::Return(_)
        | RefundEvent::AskedAnnul(_)
        | RefundEvent::Annul(_)
        | RefundEvent::Decided(_) => None,
    }
}

fn annul_asking(doubt: Doubt, event: &RefundEvent) -> Option<RefundPhase> {
    match event {
        RefundEvent::AskedAnnul(AskedAnnul::Gone) => Some(RefundPhase::Done),
        RefundEvent::AskedAnnul(AskedAnnul::CannotTell(_)) => Some(RefundPhase::DoneByHand),
        RefundEvent::AskedAnnul(AskedAnnul::Stands) if doubt.refused => {
            Some(RefundPhase::DoneByHand)
        }
        // «Ok», and it still stands.
        RefundEvent::AskedAnnul(AskedAnnul::Stands) if doubt.told => {
            Some(if doubt.looked_enough() {
                RefundPhase::DoneByHand
            } else {
                RefundPhase::AnnulAsking(doubt.looked())
            })
        }
        RefundEvent::AskedAnnul(AskedAnnul::Stands) => Some(RefundPhase::Annulling(doubt)),
        RefundEvent::AskedAnnul(AskedAnnul::Failed(_)) => {
            Some(RefundPhase::AnnulAsking(doubt.asked()))
        }
        RefundEvent::Resume => Some(RefundPhase::AnnulAsking(doubt)),
        RefundEvent::TimeUp => Some(RefundPhase::Parked(RefundAt::Annul, doubt)),
        RefundEvent::Numbered(_)
        | RefundEvent::NotNumbered(_)
        | RefundEvent::Return(_)
        | RefundEvent::AskedReturn(_)
        | RefundEvent::Annul(_)
        | RefundEvent::Decided(_) => None,
    }
}

/// Undoing a payment in r_keeper twice undoes it once: it is named by its receipt or its line.
fn annulling(doubt: Doubt, event: &RefundEvent) -> Option<RefundPhase> {
    let asking = |doubt| Some(RefundPhase::AnnulAsking(doubt));
    match (event, doubt.sent) {
        (RefundEvent::Annul(Sent::Sending), false) => Some(RefundPhase::Annulling(doubt.sending())),
        (RefundEvent::Annul(Sent::Done(())), true) => asking(Doubt {
            told: true,
            ..doubt.lost()
        }),
        (RefundEvent::Annul(Sent::Refused(problem)), true) => asking(Doubt {
            refused: !problem.reason.passes_by_itself(),
            ..doubt.again()
        }),
        (RefundEvent::Annul(Sent::NotDone(_)), true) => asking(Doubt {
            sent: false,
            ..doubt.asked()
        }),
        (RefundEvent::Annul(Sent::Lost(_)), true) => asking(doubt.lost()),
        // The site leaves it to people, or the bytes could not be made: nothing leaves.
        (RefundEvent::Annul(Sent::Refused(_)), false) => Some(RefundPhase::DoneByHand),
        (RefundEvent::Resume, _) => asking(doubt.interrupted()),
        (RefundEvent::TimeUp, _) => Some(RefundPhase::Parked(RefundAt::Annul, doubt.interrupted())),
        (
            RefundEvent::Annul(_)
            | RefundEvent::Numbered(_)
            | RefundEvent::NotNumbered(_)
            | RefundEvent::Return(_)
            | RefundEvent::AskedReturn(_)
            | RefundEvent::AskedAnnul(_)
            | RefundEvent::Decided(_),
            _,
        ) => None,
    }
}

/// Nothing leaves Done or Refused.
fn resting(phase: RefundPhase, event: &RefundEvent) -> Option<RefundPhase> {
    match event {
        RefundEvent::TimeUp | RefundEvent::Resume => Some(phase),
        RefundEvent::Numbered(_)
        | RefundEvent::NotNumbered(_)
        | RefundEvent::Return(_)
        | RefundEvent::AskedReturn(_)
        | RefundEvent::AskedAnnul(_)
        | RefundEvent::Annul(_)
        | RefundEvent::Decided(_) => None,
    }
}

fn by_hand(event: &RefundEvent) -> Option<RefundPhase> {
    match event {
        RefundEvent::TimeUp | RefundEvent::Resume => Some(RefundPhase::DoneByHand),
        RefundEvent::Decided(decision) => match decision.verdict {
            Verdict::AskAgain => Some(RETURNED),
            Verdict::Happened => Some(RefundPhase::Done),
            Verdict::DidNot => None,
        },
        RefundEvent::Numbered(_)
        | RefundEvent::NotNumbered(_)
        | RefundEvent::Return(_)
        | RefundEvent::AskedReturn(_)
        | RefundEvent::AskedAnnul(_)
        | RefundEvent::Annul(_) => None,
    }
}

fn waiting(
    phase: RefundPhase,
    at: RefundAt,
    doubt: Doubt,
    event: &RefundEvent,
) -> Option<RefundPhase> {
    let taken_up = match at {
        RefundAt::Return => RefundPhase::ReturnAsking(doubt.afresh()),
        RefundAt::Annul => RefundPhase::AnnulAsking(doubt.afresh()),
    };
    match event {
        RefundEvent::Resume => Some(taken_up),
        RefundEvent::Decided(decision) => Some(match (decision.verdict, at) {
            (Verdict::AskAgain, _) => taken_up,
            (Verdict::Happened, RefundAt::Return) => RETURNED,
            (Verdict::DidNot, RefundAt::Return) => RefundPhase::Refused,
            (Verdict::Happened, RefundAt::Annul) => RefundPhase::Done,
            (Verdict::DidNot, RefundAt::Annul) => RefundPhase::DoneByHand,
        }),
        RefundEvent::TimeUp => Some(phase),
        RefundEvent::Numbered(_)
        | RefundEvent::NotNumbered(_)
        | RefundEvent::Return(_)
        | RefundEvent::AskedReturn(_)
        | RefundEvent::AskedAnnul(_)
        | RefundEvent::Annul(_) => None,
    }
}

impl RefundEvent {
    /// Its name in messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Numbered(_) => "numbered",
            Self::NotNumbered(_) => "not_numbered",
            Self::Return(_) => "return",
            Self::AskedReturn(_) => "asked_return",
            Self::AskedAnnul(_) => "asked_annul",
            Self::Annul(_) => "annul",
            Self::TimeUp => "time_up",
            Self::Resume => "resume",
            Self::Decided(_) => "decided",
        }
    }

    /// What stands in the way according to this event, where something does.
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::NotNumbered(problem)
            | Self::Return(Sent::Refused(problem) | Sent::NotDone(problem) | Sent::Lost(problem))
            | Self::Annul(Sent::Refused(problem) | Sent::NotDone(problem) | Sent::Lost(problem))
            | Self::AskedReturn(AskedWallet::Failed(problem) | AskedWallet::Taken(problem))
            | Self::AskedAnnul(AskedAnnul::CannotTell(problem) | AskedAnnul::Failed(problem)) => {
                Some(problem)
            }
            Self::Numbered(_)
            | Self::Return(Sent::Sending | Sent::Done(()))
            | Self::Annul(Sent::Sending | Sent::Done(()))
            | Self::AskedReturn(
                AskedWallet::Executed | AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. },
            )
            | Self::AskedAnnul(AskedAnnul::Gone | AskedAnnul::Stands)
            | Self::TimeUp
            | Self::Resume
            | Self::Decided(_) => None,
        }
    }
}

#[cfg(test)]
pub(in crate::payment) mod tests;
