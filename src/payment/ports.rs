//! What the payment needs from outside: a wallet, a till, a journal, a clock.
//!
//! Every call that may change something answers with a [`Reply`] of exactly four classes. What an
//! adapter cannot map is [`Reply::Unknown`]: nobody may take money's not having moved for granted.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::domain::{
    Attribution, Card, CardNumber, Halls, Money, Order, OrderGuid, OrderSummary, Pin, Uid,
};

use super::reason::{Problem, Reason, Server};
use super::refund::Refund;
use super::sale::{PaymentId, Sale};

/// What came of a call that may have changed something at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<T> {
    /// The server did it.
    Done(T),
    /// The server said no; nothing changed, and the same request will be refused again.
    Refused(Problem),
    /// The request surely never reached the server; it is safe to repeat.
    NotDone(Problem),
    /// It may or may not have happened; ask before anything else.
    Unknown(Problem),
}

impl<T> Reply<T> {
    /// The same with another word for what was done.
    pub fn map<U>(self, done: impl FnOnce(T) -> U) -> Reply<U> {
        match self {
            Self::Done(value) => Reply::Done(done(value)),
            Self::Refused(problem) => Reply::Refused(problem),
            Self::NotDone(problem) => Reply::NotDone(problem),
            Self::Unknown(problem) => Reply::Unknown(problem),
        }
    }
}

/// Why something could not be read. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The server answered, with a no: not found, no rights, …
    #[error("{0}")]
    Refused(Problem),
    /// No usable answer came.
    #[error("{0}")]
    Failed(Problem),
}

impl ReadError {
    /// The problem, whichever kind.
    pub const fn problem(&self) -> &Problem {
        match self {
            Self::Refused(problem) | Self::Failed(problem) => problem,
        }
    }
}

/// The wallet's name for one operation: a check id of Lime, or an id of our own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub String);

/// What the wallet shows of an operation that was executed, beside that it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// More than was asked for: so much was moved under this name. `None`: as asked, as far as is shown.
    pub moved: Option<Money>,
    /// Money came back to an account that had run out meanwhile.
    pub restored_expired: bool,
}

/// What the wallet knows of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was executed.
    Executed(Stored),
    /// The wallet has no such operation now. A late copy may still arrive.
    Absent,
    /// Ours was not executed under this name and never will be: another's operation has the name
    /// ([`Reason::NumberTaken`]), or the wallet closed it.
    Never(Problem),
    /// The site's wallet cannot be asked.
    CannotTell,
}

impl Found {
    /// Another's operation has the name that ours was given.
    pub fn taken(operation: &OperationId) -> Self {
        let number = operation.0.as_str();
        Self::Never(Problem::of(Server::Lime, Reason::NumberTaken, number))
    }
}

/// An operation that names a payment of a program like this one, as a list of the wallet shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenOperation {
    /// The wallet's name of it.
    pub operation: OperationId,
    /// The payment that it names; any till's.
    pub payment: PaymentId,
    /// It gives back; else it takes.
    pub returns: bool,
    /// Its sum, above zero.
    pub amount: Money,
}

/// What the wallet lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenOperations {
    /// Operations that name a payment, oldest first.
    pub operations: Vec<SeenOperation>,
    /// Operations that name none, or not so that it could be read: one of them may be any payment's.
    pub nameless: Vec<OperationId>,
    /// Nothing of the time asked for is missing or could not be read.
    pub whole: bool,
}

/// Lime, or whatever holds the guests' money.
///
/// Requests are built apart from being sent, so that the journal holds the exact bytes before they
/// leave and a repeat sends the same bytes.
pub trait Wallet: Send + Sync {
    /// Whether the wallet answers and takes our key; changes nothing.
    fn reachable(&self) -> Result<(), ReadError>;

    /// How far the wallet's clock is ahead of this computer's, zones taken off. `None`: it does not
    /// tell its time.
    fn clock_ahead(&self) -> Result<Option<SignedDuration>, ReadError> {
        Ok(None)
    }

    /// The card with its accounts. [`ReadError::Refused`] with `CardNotFound` where there is none.
    fn card(&self, uid: &Uid) -> Result<Card, ReadError>;

    /// The card with this number printed on it: [`Wallet::card`] by another name. Refused with
    /// `KeyedCardsOff`, `NumberNotSearched`, `CardNumberWrong`, or with `CardAmbiguous` where several
    /// cards have the number; the card in the answer always has it.
    fn card_by_number(&self, _number: &CardNumber) -> Result<Card, ReadError> {
        let problem = Problem::of(Server::Lime, Reason::NumberNotSearched, "");
        Err(ReadError::Refused(problem))
    }

    /// Whether that is the PIN of the card's guest; nothing of money moves. A wrong one counts at the
    /// server, so it is never asked twice for one typing: `Refused` with `PinWrong` or `PinBlocked`,
    /// `Unknown` where nobody knows whether it was looked at. The PIN is in no answer and no problem.
    fn check_pin(&self, _uid: &Uid, _pin: &Pin) -> Reply<()> {
        Reply::Refused(Problem::of(Server::Lime, Reason::PinNotChecked, ""))
    }

    /// A name for a new operation. May ask the server; an unused name does no harm.
    fn next_operation(&self) -> Result<OperationId, ReadError>;

    /// The bytes that take the money of all legs, or hold it, under this name. `at` is the till's
    /// local time, a label for reports.
    fn reserve_request(
        &self,
        operation: &OperationId,
        sale: &Sale,
        at: DateTime,
    ) -> Result<Vec<u8>, Problem>;

    /// Sends a reserve request. The same name with the same bytes may be sent again only where
    /// [`Wallet::may_repeat`] says so.
    fn reserve(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored>;

    /// Whether a reservation is a hold that must be confirmed, not a debit.
    fn holds(&self) -> bool;

    /// Makes a reservation final. Wallets without holds have nothing to do.
    fn confirm(&self, operation: &OperationId) -> Reply<()>;

    /// The bytes that give back what `reserved` took, or the `back` of it (indices into the sale's
    /// lines and legs), under a name of its own.
    fn undo_request(
        &self,
        operation: &OperationId,
        reserved: &OperationId,
        sale: &Sale,
        back: &Attribution,
        at: DateTime,
    ) -> Result<Vec<u8>, Problem>;

    /// Sends an undo request.
    fn undo(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored>;

    /// What the wallet knows of the operation that these bytes were sent for. Names are given by the
    /// server and another till may be given the same: what is there must be ours by its content.
    fn find(&self, operation: &OperationId, body: &[u8]) -> Result<Found, ReadError>;

    /// Whether the same name and bytes sent twice move money once at this site (assumed of Lime,
    /// hence a setting).
    fn may_repeat(&self) -> bool;

    /// Operations since then (the till's local time, as it was given to the request) that name a
    /// payment. `None`: the site's wallet cannot be asked for a list.
    fn made_since(&self, since: DateTime) -> Result<Option<SeenOperations>, ReadError>;
}

/// The list of open orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderList {
    /// Give it to the next [`Pos::orders`] to be told only of changes.
    pub version: i64,
    /// `None`: nothing changed since the version given.
    pub orders: Option<Vec<OrderSummary>>,
}

/// A lock that this till took on an order: a GUID of our own making.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct LockId(pub String);

/// r_keeper's name of a payment's line (`line_guid`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct LineId(pub String);

/// The place of one request in the count that r_keeper's subscription licence keeps. The same bytes
/// under the same place are executed once; other bytes under a used place never.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Ticket {
    /// The installation that counts: a GUID, made once for a journal.
    pub instance: String,
    /// `seqNumber`: 0 for the first request of an installation, then one more for each.
    pub number: u64,
    /// How many numbers after that the same bytes carry, where they are several requests.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Ticket {
    /// The last number that its bytes carry.
    pub const fn last(&self) -> u64 {
        self.number.saturating_add(self.more)
    }

    /// The place of the second of two requests.
    #[must_use]
    pub fn second(&self) -> Self {
        Self {
            instance: self.instance.clone(),
            number: self.number.saturating_add(1),
            more: 0,
        }
    }
}

/// A receipt that r_keeper printed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// `CheckNum`, where r_keeper told it.
    pub check_num: Option<String>,
    /// Trouble with printing; the payment stands all the same.
    pub warning: Option<String>,
}

/// A receipt in r_keeper's list of receipts; what was paid by it, the order shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenReceipt {
    /// Its order.
    pub order: OrderGuid,
    /// `CheckNum`, where r_keeper tells it.
    pub check_num: Option<String>,
    /// It was taken back.
    pub annulled: bool,
    /// Printed at this till's station, or nothing says that it was not.
    pub at_our_station: bool,
}

/// r_keeper.
pub trait Pos: Send + Sync {
    /// The open orders, or that nothing changed since `since`.
    fn orders(&self, since: Option<i64>) -> Result<OrderList, ReadError>;

    /// The halls of all tables, for people who look for an order; nothing depends on them. They change
    /// as seldom as the furniture: whoever asks keeps them.
    fn halls(&self) -> Result<Halls, ReadError> {
        Ok(Halls::default())
    }

    /// One order as it stands. [`ReadError::Refused`] with `OrderNotFound` where there is none.
    fn order(&self, guid: &OrderGuid) -> Result<Order, ReadError>;

    /// The same for somebody who is about to have it paid: with what r_keeper says of paying it, where
    /// it can be asked ([`Order::calculated`]).
    fn order_to_pay(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        self.order(guid)
    }

    /// Puts the groups of the menu that hold its dishes into an order
    /// ([`Line::groups`](crate::domain::Line::groups)), where the site has rules about them;
    /// [`Pos::order_to_pay`] has done so.
    fn add_groups(&self, _order: &mut Order) {}

    /// Keeps others from changing the order for a while. `Refused` with `OrderLocked` and the
    /// holder's name where somebody else has it.
    fn lock(&self, guid: &OrderGuid, lock: &LockId) -> Reply<()>;

    /// Whether a lock that is Done keeps others from the order. Where it does not, r_keeper knows no
    /// locks, the site has accepted that, and the order is read once more before a payment leaves.
    fn keeps_orders(&self) -> bool {
        true
    }

    /// Gives the order back. Not worth an error: locks run out by themselves.
    fn unlock(&self, guid: &OrderGuid, lock: &LockId);

    /// The order recalculated for payment, after r_keeper was asked whether each currency that the
    /// sale needs may pay it. `Refused` with `CurrencyNotAllowed` and r_keeper's words otherwise.
    fn payable(&self, sale: &Sale) -> Result<Order, ReadError>;

    /// Begins a part payment, where r_keeper knows such a thing: `Some` line of the order that is no
    /// money until it is paid. `None` where the part is paid in one step ([`Pos::repeats`]).
    fn begin_part(&self, sale: &Sale, lock: &LockId) -> Reply<Option<LineId>>;

    /// Takes a begun line away again; nothing was paid by it.
    fn abandon(&self, sale: &Sale, lock: &LockId, line: &LineId) -> Reply<()>;

    /// Whether the bytes of this sale's payment, sent twice, pay once. `ticket`: the number that they
    /// carry.
    fn repeats(&self, sale: &Sale, begun: Option<&LineId>, ticket: Option<&Ticket>) -> bool;

    /// Whether the payment of this sale must carry a [`Ticket`].
    fn counts(&self, sale: &Sale, begun: Option<&LineId>) -> bool;

    /// How many requests the payment of this sale is, each with a number of its own where they are
    /// counted.
    fn requests(&self, _sale: &Sale) -> u64 {
        1
    }

    /// The number that r_keeper takes next of that installation; 0 where it does not know it.
    fn next_number(&self, instance: &str) -> Result<u64, ReadError>;

    /// The bytes that pay the sale's legs under a lock, with a ticket where [`Pos::counts`] asks for
    /// one. `Err` with `ConfigIncomplete` where a currency is not configured.
    fn pay_request(
        &self,
        sale: &Sale,
        lock: &LockId,
        begun: Option<&LineId>,
        ticket: Option<&Ticket>,
    ) -> Result<Vec<u8>, Problem>;

    /// Whether this till pays in the currency with that code; a payment in it may be ours.
    fn pays_in(&self, currency: &str) -> bool;

    /// Sends a payment. All or nothing; r_keeper refuses it on an order that is already paid, so
    /// the same bytes can be sent again where [`Pos::repeats`] says so.
    fn pay(&self, body: &[u8]) -> Reply<Receipt>;

    /// The bytes that undo a refunded payment in r_keeper: annul its receipt, or remove its
    /// prepayments. `Err` with `AnnulByHand` where the site leaves that to people, or r_keeper has
    /// no way to undo just this.
    fn annul_request(
        &self,
        sale: &Sale,
        refund: &Refund,
        order: &Order,
    ) -> Result<Vec<u8>, Problem>;

    /// Sends them. The same bytes sent twice undo once.
    fn annul(&self, body: &[u8]) -> Reply<()>;

    /// Receipts printed or taken back since then (r_keeper's local time), newest first. `None`: this
    /// r_keeper cannot be asked for a list.
    fn receipts_since(&self, since: DateTime) -> Result<Option<Vec<SeenReceipt>>, ReadError>;
}

/// Time, for waiting and for labels. Never used to decide about money.
pub trait Clock: Send {
    /// Time since some moment before; never goes back.
    fn elapsed(&self) -> Duration;
    /// The time of day, for labels.
    fn now(&self) -> Timestamp;
    /// The till's local time of day, for labels of Lime.
    fn local(&self) -> DateTime;
    /// When the till's day began. On a day when the clocks change, the hour's difference is counted
    /// too much rather than too little where the clock knows no zone.
    fn day_began(&self) -> Timestamp {
        let time = self.local().time();
        let midnight = jiff::civil::Time::midnight();
        self.now()
            .checked_sub(time.duration_since(midnight))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
    /// Waits, or returns earlier when the program must end.
    fn wait(&self, pause: Duration);
}
