//! What may happen to a payment: the rows of the journal.

use serde::{Deserialize, Serialize};

use crate::payment::ports::{LineId, OperationId, Receipt};
use crate::payment::reason::Problem;

/// Outcome of a call that may change something, with the moment before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sent<T> {
    /// About to leave: written before the first byte does.
    Sending,
    /// The server did it.
    Done(T),
    /// The server said no for good.
    Refused(Problem),
    /// It surely never arrived.
    NotDone(Problem),
    /// Nobody knows.
    Lost(Problem),
}

/// What the wallet answered about an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedWallet {
    /// It was executed.
    Executed,
    /// Not there now. `may_repeat`: the site's wallet takes the same bytes under the same id once.
    Absent {
        /// See [`crate::payment::ports::Wallet::may_repeat`].
        may_repeat: bool,
    },
    /// The name belongs to another's operation; ours was never executed under it.
    Taken(Problem),
    /// The wallet cannot be asked.
    CannotTell {
        /// See [`crate::payment::ports::Wallet::may_repeat`].
        may_repeat: bool,
    },
    /// No answer this time.
    Failed(Problem),
}

/// What r_keeper shows of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedOrder {
    /// Every leg's marker is there with its sum.
    PaidByUs(Receipt),
    /// Paid or closed, and surely not by us.
    PaidByOther(Problem),
    /// Paid or closed, and what r_keeper shows does not say by whom.
    PaidUnclear(Problem),
    /// Open, without our marker. The same bytes may be sent again: they pay once.
    Open,
    /// Open, without our marker, and the bytes add a payment each time they arrive.
    NotShown,
    /// Open, with our receipt of intent: no money yet, and whoever finishes the order makes it ours.
    /// The same bytes finish it.
    Intended,
    /// No usable answer this time.
    Failed(Problem),
}

/// What a person found out and decided about something that asking did not settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is to be believed.
    pub verdict: Verdict,
    /// Who says so.
    pub operator: String,
    /// The manager who said yes to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// Why, in his own words.
    pub why: String,
}

/// What a person may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Ask the servers once more.
    AskAgain,
    /// What is in doubt did happen.
    Happened,
    /// It did not, and what was sent for it cannot arrive any more.
    DidNot,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::AskAgain, Self::Happened, Self::DidNot];

    /// Its word for scripts and locales.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AskAgain => "ask_again",
            Self::Happened => "happened",
            Self::DidNot => "did_not",
        }
    }
}

/// What may happen to a payment. Every one is a row of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The order is locked, unchanged, and payable.
    OrderConfirmed,
    /// As before, and r_keeper began a part payment: a line of the order that is no money yet.
    Begun(LineId),
    /// It is not, or could not be asked; nothing has moved.
    OrderNotConfirmed(Problem),
    /// The wallet gave a name.
    Numbered(OperationId),
    /// It did not.
    NotNumbered(Problem),
    /// The debit.
    Reserve(Sent<()>),
    /// What the wallet knows of the debit.
    AskedReserve(AskedWallet),
    /// The payment in r_keeper.
    Pay(Sent<Receipt>),
    /// What r_keeper shows.
    AskedOrder(AskedOrder),
    /// The confirmation.
    Confirm(Sent<()>),
    /// The return.
    Undo(Sent<()>),
    /// What the wallet knows of the return.
    AskedUndo(AskedWallet),
    /// The cashier wants out. Has no effect once the payment was sent to r_keeper.
    Cancel,
    /// The time in front of the guest is over.
    TimeUp,
    /// Work goes on after a stop of the program, or after the payment was parked.
    Resume,
    /// A person decided about a payment that waits.
    Decided(Decision),
}

impl Event {
    /// Its name in messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrderConfirmed => "order_confirmed",
            Self::Begun(_) => "begun",
            Self::Decided(_) => "decided",
            Self::OrderNotConfirmed(_) => "order_not_confirmed",
            Self::Numbered(_) => "numbered",
            Self::NotNumbered(_) => "not_numbered",
            Self::Reserve(_) => "reserve",
            Self::AskedReserve(_) => "asked_reserve",
            Self::Pay(_) => "pay",
            Self::AskedOrder(_) => "asked_order",
            Self::Confirm(_) => "confirm",
            Self::Undo(_) => "undo",
            Self::AskedUndo(_) => "asked_undo",
            Self::Cancel => "cancel",
            Self::TimeUp => "time_up",
            Self::Resume => "resume",
        }
    }

    /// What stands in the way according to this event, where something does.
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::OrderNotConfirmed(problem)
            | Self::NotNumbered(problem)
            | Self::Reserve(
                Sent::Refused(problem) | Sent::NotDone(problem) | Sent::Lost(problem),
            )
            | Self::Pay(Sent::Refused(problem) | Sent::NotDone(problem) | Sent::Lost(problem))
            | Self::Confirm(
                Sent::Refused(problem) | Sent::NotDone(problem) | Sent::Lost(problem),
            )
            | Self::Undo(Sent::Refused(problem) | Sent::NotDone(problem) | Sent::Lost(problem))
            | Self::AskedReserve(AskedWallet::Failed(problem) | AskedWallet::Taken(problem))
            | Self::AskedUndo(AskedWallet::Failed(problem) | AskedWallet::Taken(problem))
            | Self::AskedOrder(
                AskedOrder::PaidByOther(problem)
                | AskedOrder::PaidUnclear(problem)
                | AskedOrder::Failed(problem),
            ) => Some(problem),
            Self::OrderConfirmed
            | Self::Begun(_)
            | Self::Decided(_)
            | Self::Numbered(_)
            | Self::Reserve(Sent::Sending | Sent::Done(()))
            | Self::Pay(Sent::Sending | Sent::Done(_))
            | Self::Confirm(Sent::Sending | Sent::Done(()))
            | Self::Undo(Sent::Sending | Sent::Done(()))
            | Self::AskedReserve(
                AskedWallet::Executed | AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. },
            )
            | Self::AskedUndo(
                AskedWallet::Executed | AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. },
            )
            | Self::AskedOrder(
                AskedOrder::PaidByUs(_)
                | AskedOrder::Open
                | AskedOrder::NotShown
                | AskedOrder::Intended,
            )
            | Self::Cancel
            | Self::TimeUp
            | Self::Resume => None,
        }
    }
}
