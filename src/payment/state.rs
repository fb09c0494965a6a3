//! The states of a payment and what leads from one to the next: pure, total, without a clock.
//!
//! Three rules carry everything. What may have happened is asked for by its own id before anything
//! else is done. An unknown payment in r_keeper is never undone by itself: it is asked for and, if
//! the order is still open, sent again byte for byte. A debit that may exist and is not wanted any
//! more is first made certain (asked for, or sent again under the same id), then given back.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::planted::{Planted, planted};
use super::ports::{LineId, OperationId, Receipt};
use super::reason::{Problem, Reason};

pub mod refund;

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

/// What is known of a call whose outcome may be unknown.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of one bit"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Doubt {
    /// A copy is under way right now.
    pub sent: bool,
    /// An earlier copy may have arrived.
    pub earlier: bool,
    /// The server refused the last copy for good.
    pub refused: bool,
    /// The server said that it did it; it is not seen yet.
    pub told: bool,
    /// The debit is not wanted any more: make certain, then give back.
    pub unwanted: bool,
    /// Looks after the refusal that did not find it.
    pub looks: u32,
    /// Calls without a definite answer so far; sets the pause before the next.
    pub tries: u32,
}

impl Doubt {
    const fn again(self) -> Self {
        Self {
            sent: false,
            earlier: true,
            tries: self.tries.saturating_add(1),
            ..self
        }
    }

    /// The outcome of a copy is not known. After the first one the server is asked without a pause.
    const fn lost(self) -> Self {
        if self.earlier {
            self.again()
        } else {
            Self {
                sent: false,
                earlier: true,
                ..self
            }
        }
    }

    const fn asked(self) -> Self {
        Self {
            tries: self.tries.saturating_add(1),
            ..self
        }
    }

    /// Under another name nothing was sent yet.
    const fn renamed(self) -> Self {
        Self {
            tries: self.tries.saturating_add(1),
            ..Self::none()
        }
    }

    /// Looked at after a refusal, and it is not there.
    const fn looked(self) -> Self {
        Self {
            looks: self.looks.saturating_add(1),
            ..self.asked()
        }
    }

    /// Nothing of it can turn up any more: its only copy was refused.
    const fn surely_refused(self) -> bool {
        self.refused && !self.earlier
    }

    /// Looked at often enough after a refusal, this look included.
    const fn looked_enough(self) -> bool {
        self.looks.saturating_add(1) >= LOOKS_AFTER_REFUSAL
    }

    /// Taken up again: what was refused may be tried once more, unless nothing but the refused copy
    /// ever left.
    const fn afresh(self) -> Self {
        Self {
            refused: self.surely_refused(),
            looks: 0,
            ..self
        }
    }

    const fn sending(self) -> Self {
        Self { sent: true, ..self }
    }

    const fn unwanted(self) -> Self {
        Self {
            unwanted: true,
            ..self
        }
    }

    /// A copy that was under way when the program stopped is an earlier copy now.
    const fn interrupted(self) -> Self {
        Self {
            sent: false,
            earlier: self.earlier || self.sent,
            ..self
        }
    }

    const fn none() -> Self {
        Self {
            sent: false,
            earlier: false,
            refused: false,
            told: false,
            unwanted: false,
            looks: 0,
            tries: 0,
        }
    }
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
        /// See [`super::ports::Wallet::may_repeat`].
        may_repeat: bool,
    },
    /// The name belongs to another's operation; ours was never executed under it.
    Taken(Problem),
    /// The wallet cannot be asked.
    CannotTell {
        /// See [`super::ports::Wallet::may_repeat`].
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

fn checking(event: &Event) -> Option<Phase> {
    match event {
        Event::OrderConfirmed | Event::Begun(_) => Some(Phase::Numbering),
        Event::OrderNotConfirmed(_) | Event::Cancel | Event::TimeUp | Event::Resume => {
            Some(Phase::Aborted)
        }
        Event::Decided(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

fn numbering(event: &Event) -> Option<Phase> {
    match event {
        Event::Numbered(_) => Some(Phase::Reserving(Doubt::none())),
        Event::NotNumbered(_) | Event::Cancel | Event::TimeUp | Event::Resume => {
            Some(Phase::Aborted)
        }
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

/// The money is surely taken: on to r_keeper, or back to the guests where nobody wants it any more.
const fn debited(doubt: Doubt) -> Phase {
    if doubt.unwanted {
        Phase::UndoNumbering(Doubt::none())
    } else {
        Phase::Paying {
            sent: false,
            again: false,
        }
    }
}

const GIVE_BACK: Option<Phase> = Some(Phase::UndoNumbering(Doubt::none()));

fn reserving(doubt: Doubt, event: &Event) -> Option<Phase> {
    let asking = |doubt| Some(Phase::ReserveAsking(doubt));
    match (event, doubt.sent) {
        (Event::Reserve(Sent::Sending), false) => Some(Phase::Reserving(doubt.sending())),
        (Event::Reserve(Sent::Done(())), true) => Some(debited(doubt)),
        (Event::Reserve(Sent::Lost(_)), true) if planted(Planted::NoKey) => Some(Phase::Numbering),
        (Event::Reserve(Sent::Lost(_)), true) if planted(Planted::RefundOnTimeout) => GIVE_BACK,
        (Event::Reserve(Sent::Refused(_)), true) if planted(Planted::IdReused) => {
            asking(doubt.again())
        }
        (Event::Reserve(Sent::Refused(_)), true) if doubt.earlier => asking(Doubt {
            refused: true,
            ..doubt.again()
        }),
        (Event::Reserve(Sent::NotDone(_)), true) if doubt.earlier => asking(doubt.again()),
        (Event::Reserve(Sent::Refused(_) | Sent::NotDone(_)), true) => Some(Phase::Aborted),
        // The bytes could not be made: nothing leaves.
        (Event::Reserve(Sent::Refused(_)), false) if !doubt.earlier => Some(Phase::Aborted),
        (Event::Reserve(Sent::Lost(_)), true) => asking(doubt.lost()),
        (Event::Cancel | Event::TimeUp | Event::Resume, false) if !doubt.earlier => {
            Some(Phase::Aborted)
        }
        (Event::Cancel, true) => Some(Phase::Reserving(doubt.unwanted())),
        (Event::Cancel, false) | (Event::Resume, _) => asking(doubt.interrupted().unwanted()),
        (Event::TimeUp, _) => Some(Phase::Parked(At::Reserve, doubt.interrupted().unwanted())),
        (
            Event::Reserve(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::AskedReserve(_)
            | Event::Pay(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

fn reserve_asking(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::AskedReserve(AskedWallet::Executed) => Some(debited(doubt)),
        Event::AskedReserve(AskedWallet::Taken(_)) => Some(Phase::Aborted),
        Event::AskedReserve(AskedWallet::Absent { .. })
            if doubt.unwanted && planted(Planted::NoTombstone) =>
        {
            GIVE_BACK
        }
        Event::AskedReserve(AskedWallet::Absent { .. }) if doubt.surely_refused() => {
            Some(Phase::Aborted)
        }
        // An earlier copy may still be under way: the refusal of a later one says nothing of it.
        Event::AskedReserve(AskedWallet::Absent { .. })
            if doubt.refused && !doubt.looked_enough() =>
        {
            Some(Phase::ReserveAsking(doubt.looked()))
        }
        // An unwanted debit is sent again all the same: only a definite answer under its id keeps
        // a late copy from taking money after everybody left.
        Event::AskedReserve(
            AskedWallet::Absent { may_repeat: true } | AskedWallet::CannotTell { may_repeat: true },
        ) if !doubt.refused => Some(Phase::Reserving(doubt)),
        Event::AskedReserve(AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. }) => {
            Some(Phase::Stuck(At::Reserve, doubt.unwanted()))
        }
        Event::AskedReserve(AskedWallet::Failed(_)) => Some(Phase::ReserveAsking(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::ReserveAsking(doubt.unwanted())),
        Event::TimeUp => Some(Phase::Parked(At::Reserve, doubt.unwanted())),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

fn paying(sent: bool, again: bool, event: &Event) -> Option<Phase> {
    let undo = GIVE_BACK;
    let asking = Doubt {
        earlier: true,
        ..Doubt::none()
    };
    match (event, sent) {
        (Event::Pay(Sent::Sending), false) => Some(Phase::Paying { sent: true, again }),
        // «Ok» does not prove that the markup was understood: the order must show our marker.
        (Event::Pay(Sent::Done(_)), true) => Some(Phase::PosAsking(Doubt {
            told: true,
            ..asking
        })),
        (Event::Pay(Sent::Lost(_)), true) if planted(Planted::VoidOnPosTimeout) => undo,
        (Event::Pay(Sent::Lost(_)), true) => Some(Phase::PosAsking(asking)),
        // The licence counts otherwise than we do. Once: then the money goes back.
        (Event::Pay(Sent::Refused(problem)), true)
            if problem.reason == Reason::LicenceNumber && !again =>
        {
            Some(Phase::Renumbering)
        }
        // Neither does a refusal prove that nothing happened: something between may have sent the
        // payment twice, and no list of r_keeper's errors is complete.
        (Event::Pay(Sent::Refused(_)), true) => Some(Phase::PosAsking(Doubt {
            refused: true,
            ..Doubt::none()
        })),
        (Event::Pay(Sent::NotDone(_)), true) => undo,
        // The bytes could not be made: nothing leaves.
        (Event::Pay(Sent::Refused(_)), false) => undo,
        (Event::Cancel | Event::TimeUp | Event::Resume, false) => undo,
        (Event::Cancel, true) => Some(Phase::Paying { sent, again }),
        (Event::TimeUp | Event::Resume, true) => Some(Phase::PosAsking(asking)),
        (
            Event::Pay(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

/// The only copy was refused for its number. What keeps it from going again under another is looked
/// at as after every refusal.
fn renumbering(event: &Event) -> Option<Phase> {
    let refused = Doubt {
        refused: true,
        ..Doubt::none()
    };
    match event {
        Event::AskedOrder(AskedOrder::Open | AskedOrder::NotShown) => Some(Phase::Paying {
            sent: false,
            again: true,
        }),
        Event::AskedOrder(_) => pos_asking(refused, event),
        Event::Cancel | Event::Resume => Some(Phase::PosAsking(refused)),
        Event::TimeUp => Some(Phase::Parked(At::Pos, refused)),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

fn pos_asking(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::AskedOrder(AskedOrder::PaidByUs(_)) => Some(Phase::Confirming(Doubt::none())),
        // What r_keeper once called paid, or what may be ours, is never taken for another's.
        Event::AskedOrder(AskedOrder::PaidByOther(_)) if doubt.told => {
            Some(Phase::Stuck(At::Pos, doubt))
        }
        Event::AskedOrder(AskedOrder::PaidUnclear(_)) => Some(Phase::Stuck(At::Pos, doubt)),
        Event::AskedOrder(AskedOrder::PaidByOther(_)) => Some(Phase::UndoNumbering(Doubt::none())),
        // Whatever was refused, a part of it was done, and anybody at the till may do the rest:
        // nothing goes back while it is there.
        Event::AskedOrder(AskedOrder::Intended) => Some(Phase::PosRepeating(Doubt {
            refused: false,
            earlier: true,
            ..doubt
        })),
        Event::AskedOrder(AskedOrder::Open | AskedOrder::NotShown) if doubt.surely_refused() => {
            Some(if doubt.told {
                Phase::Stuck(At::Pos, doubt)
            } else {
                Phase::UndoNumbering(Doubt::none())
            })
        }
        Event::AskedOrder(AskedOrder::Open) if doubt.refused => Some(if doubt.looked_enough() {
            Phase::Stuck(At::Pos, doubt)
        } else {
            Phase::PosAsking(doubt.looked())
        }),
        Event::AskedOrder(AskedOrder::Open) if planted(Planted::QueryThenVoid) => GIVE_BACK,
        Event::AskedOrder(AskedOrder::Open) => Some(Phase::PosRepeating(doubt)),
        // Sent again it would pay again: it is looked for, until a person says what became of it.
        Event::AskedOrder(AskedOrder::NotShown) => Some(Phase::PosAsking(doubt.asked())),
        Event::AskedOrder(AskedOrder::Failed(_)) => Some(Phase::PosAsking(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::PosAsking(doubt)),
        Event::TimeUp => Some(Phase::Parked(At::Pos, doubt)),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

fn pos_repeating(doubt: Doubt, event: &Event) -> Option<Phase> {
    match (event, doubt.sent) {
        (Event::Pay(Sent::Sending), false) => Some(Phase::PosRepeating(doubt.sending())),
        (Event::Pay(Sent::Refused(problem)), true) => Some(Phase::PosAsking(Doubt {
            refused: !problem.reason.passes_by_itself(),
            ..doubt.again()
        })),
        (Event::Pay(Sent::Done(_)), true) => Some(Phase::PosAsking(Doubt {
            told: true,
            ..doubt.again()
        })),
        (Event::Pay(Sent::NotDone(_) | Sent::Lost(_)), true) => {
            Some(Phase::PosAsking(doubt.again()))
        }
        (Event::Cancel, _) => Some(Phase::PosRepeating(doubt)),
        (Event::Resume, _) => Some(Phase::PosAsking(doubt.interrupted())),
        (Event::TimeUp, _) => Some(Phase::Parked(At::Pos, doubt.interrupted())),
        (
            Event::Pay(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

fn confirming(doubt: Doubt, event: &Event) -> Option<Phase> {
    match (event, doubt.sent) {
        (Event::Confirm(Sent::Sending), false) => Some(Phase::Confirming(doubt.sending())),
        (Event::Confirm(Sent::Done(())), true) => Some(Phase::Done),
        (Event::Confirm(Sent::Refused(_)), true) => Some(Phase::Stuck(At::Confirm, doubt.again())),
        (Event::Confirm(Sent::NotDone(_) | Sent::Lost(_)), true) => {
            Some(Phase::Confirming(doubt.again()))
        }
        (Event::Cancel, _) => Some(Phase::Confirming(doubt)),
        (Event::Resume, _) => Some(Phase::Confirming(doubt.interrupted())),
        (Event::TimeUp, _) => Some(Phase::Parked(At::Confirm, doubt.interrupted())),
        (
            Event::Confirm(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::Pay(_)
            | Event::AskedOrder(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

fn undo_numbering(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::Numbered(_) => Some(Phase::Undoing(Doubt::none())),
        Event::NotNumbered(_) => Some(Phase::UndoNumbering(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::UndoNumbering(doubt)),
        Event::TimeUp => Some(Phase::Parked(At::UndoNumber, doubt)),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

fn undoing(doubt: Doubt, event: &Event) -> Option<Phase> {
    match (event, doubt.sent) {
        (Event::Undo(Sent::Sending), false) => Some(Phase::Undoing(doubt.sending())),
        (Event::Undo(Sent::Done(())), true) => Some(Phase::Aborted),
        (Event::Undo(Sent::Refused(_)), true) if doubt.earlier => Some(Phase::UndoAsking(Doubt {
            refused: true,
            ..doubt.again()
        })),
        // Nothing but the refused copy ever left: its name is over.
        (Event::Undo(Sent::Refused(_)), sent) => Some(Phase::Stuck(
            At::Undo,
            Doubt {
                sent: false,
                refused: sent,
                ..doubt
            },
        )),
        (Event::Undo(Sent::NotDone(_)), true) if doubt.earlier => {
            Some(Phase::UndoAsking(doubt.again()))
        }
        (Event::Undo(Sent::NotDone(_)), true) => Some(Phase::Undoing(Doubt {
            sent: false,
            ..doubt.asked()
        })),
        (Event::Undo(Sent::Lost(_)), true) => Some(Phase::UndoAsking(doubt.lost())),
        (Event::Cancel, _) => Some(Phase::Undoing(doubt)),
        (Event::Resume, _) => {
            let doubt = doubt.interrupted();
            Some(if doubt.earlier {
                Phase::UndoAsking(doubt)
            } else {
                Phase::Undoing(doubt)
            })
        }
        (Event::TimeUp, _) => Some(Phase::Parked(At::Undo, doubt.interrupted())),
        (
            Event::Undo(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::Pay(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

fn undo_asking(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::AskedUndo(AskedWallet::Executed) => Some(Phase::Aborted),
        Event::AskedUndo(AskedWallet::Taken(_)) => Some(Phase::UndoNumbering(doubt.renamed())),
        Event::AskedUndo(AskedWallet::Absent { .. }) if doubt.surely_refused() => {
            Some(Phase::UndoNumbering(doubt.renamed()))
        }
        Event::AskedUndo(
            AskedWallet::Absent { may_repeat: true } | AskedWallet::CannotTell { may_repeat: true },
        ) if !doubt.refused => Some(Phase::Undoing(doubt)),
        Event::AskedUndo(AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. }) => {
            Some(Phase::Stuck(At::Undo, doubt))
        }
        Event::AskedUndo(AskedWallet::Failed(_)) => Some(Phase::UndoAsking(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::UndoAsking(doubt)),
        Event::TimeUp => Some(Phase::Parked(At::Undo, doubt)),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_) => None,
    }
}

/// Nothing leaves Done or Aborted.
fn resting(phase: Phase, event: &Event) -> Option<Phase> {
    match event {
        Event::Cancel | Event::TimeUp | Event::Resume => Some(phase),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

fn waiting(phase: Phase, at: At, doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::Resume => Some(taken_up(at, doubt)),
        Event::Decided(decision) => decided(at, doubt, decision.verdict),
        Event::Cancel | Event::TimeUp => Some(phase),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

const fn taken_up(at: At, doubt: Doubt) -> Phase {
    match at {
        At::Reserve => Phase::ReserveAsking(doubt),
        // What was in the way, a closed shift for one, may be gone by now.
        At::Pos => Phase::PosAsking(doubt.afresh()),
        At::Confirm => Phase::Confirming(doubt),
        At::UndoNumber => Phase::UndoNumbering(doubt),
        // What was in the way of a refused return may be gone too; then it goes under a new name.
        At::Undo if doubt.earlier || doubt.refused => Phase::UndoAsking(doubt.afresh()),
        At::Undo => Phase::Undoing(doubt),
    }
}

/// `None`: a paid order whose money cannot be taken is not put right by saying that it was not.
const fn decided(at: At, doubt: Doubt, verdict: Verdict) -> Option<Phase> {
    let give_back = Phase::UndoNumbering(Doubt::none());
    match (verdict, at) {
        (Verdict::AskAgain, _) => Some(taken_up(at, doubt)),
        (Verdict::Happened, At::Reserve) => Some(give_back),
        (Verdict::DidNot, At::Reserve) => Some(Phase::Aborted),
        (Verdict::Happened, At::Pos) => Some(Phase::Confirming(Doubt::none())),
        (Verdict::DidNot, At::Pos) => Some(give_back),
        (Verdict::Happened, At::Confirm) => Some(Phase::Done),
        (Verdict::DidNot, At::Confirm) => None,
        (Verdict::Happened, At::UndoNumber | At::Undo) => Some(Phase::Aborted),
        // Under a new name: the old one was refused, or its copies cannot arrive any more.
        (Verdict::DidNot, At::UndoNumber | At::Undo) => Some(give_back),
    }
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

#[cfg(test)]
mod model;
#[cfg(test)]
pub(in crate::payment) mod table;
