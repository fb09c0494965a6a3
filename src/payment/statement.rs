//! What the wallet itself has on record: its own reports, for comparing with this till's journal.

use jiff::civil::{Date, DateTime};

use crate::domain::{Money, Quantity, Uid};

use super::ports::{OperationId, ReadError};

/// What one account paid of one dish, or got back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldRow {
    /// The operation, or the one that gave back.
    pub operation: OperationId,
    /// It gave back.
    pub returns: bool,
    /// The site's local time.
    pub at: DateTime,
    /// Name of the dish.
    pub goods: String,
    /// Price of one from the price list.
    pub base_price: Money,
    /// Price of one as paid.
    pub price: Money,
    /// How much.
    pub count: Quantity,
    /// Name of the account.
    pub account: String,
    /// Above zero, whichever way it went.
    pub amount: Money,
    /// Number printed on the card.
    pub card_number: Option<String>,
    /// The card.
    pub uid: Uid,
}

/// Why an account's balance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// A dish was paid.
    Debit,
    /// Money of a dish came back.
    Return,
    /// Money was put on the account.
    TopUp,
    /// Its time ran out.
    Expiry,
    /// Accounts were merged.
    Merge,
    /// Somebody corrected it, or the server says a word that is not known.
    Correction,
}

/// One change of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedRow {
    /// Why.
    pub kind: Movement,
    /// The site's local time.
    pub at: DateTime,
    /// Name of the account.
    pub account: String,
    /// Below zero: taken.
    pub amount: Money,
    /// Name of the dish; empty without one.
    pub goods: String,
    /// «Точка обслуживания»; empty where the server names none.
    pub place: String,
    /// «Оператор»; empty where the server names none.
    pub operator: String,
}

/// The changes of all accounts that a card leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Number printed on the card.
    pub card_number: Option<String>,
    /// The wallet's id of the client.
    pub client_id: String,
    /// Newest first.
    pub rows: Vec<MovedRow>,
}

/// A wallet that shows what it has on record.
pub trait Statements {
    /// Every dish and account of this till's sales and returns in these days, oldest first.
    fn sold(&self, from: Date, to: Date) -> Result<Vec<SoldRow>, ReadError>;
    /// Every change of a card's accounts between these local times.
    fn moved(&self, uid: &Uid, from: DateTime, to: DateTime) -> Result<Moved, ReadError>;
}
