//! What the server of holds remembers.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::domain::{Money, Quantity};

/// The server of holds.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Gateway {
    /// The till is told to use it.
    pub in_use: bool,
    pub mode: HoldMode,
    /// Longest life of a hold, in seconds.
    pub ttl_max_s: i64,
    /// Rows, or operations, of one page.
    pub page_rows: usize,
    pub operations: Vec<Operation>,
}

/// How it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum HoldMode {
    /// Lime sees the holds: its own calls cannot spend the money either.
    #[default]
    Native,
    /// Only this server sees them.
    Advisory,
    /// Money can only be taken at once.
    None,
}

impl HoldMode {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Advisory => "advisory",
            Self::None => "none",
        }
    }
}

/// An operation, or the mark of one that must never come.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Operation {
    pub id: String,
    /// As it was sent; `None` for a mark.
    pub order: Option<Order>,
    pub state: State,
    pub made_at: DateTime,
    pub expires_at: DateTime,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The check that took the money.
    pub check_id: Option<i64>,
    /// The money was taken after the hold had run out.
    pub late: bool,
    pub reversals: Vec<Reversal>,
}

/// What was asked for.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Order {
    /// The body, byte by byte.
    pub body: String,
    pub capture: bool,
    pub ttl_s: i64,
    pub legs: Vec<Leg>,
    pub lines: Vec<Line>,
    pub reference: Reference,
    pub operator: String,
    /// How the cards were named, as the till says it.
    #[serde(default)]
    pub entry: String,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Leg {
    pub number: i64,
    pub card_id: i64,
    pub right_id: i64,
    pub amount: Money,
}

/// A dish with what each leg pays of it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Line {
    pub number: i64,
    pub goods: i64,
    pub name: String,
    pub base_price: Money,
    pub price: Money,
    pub count: Quantity,
    pub parts: Vec<(i64, Money)>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Reference {
    pub station: String,
    pub payment_id: String,
    pub order_guid: String,
    pub order_no: String,
    pub business_date: String,
}

/// `failed` is a state that stays; what follows of a reversal is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum State {
    Held,
    Committed,
    Released,
    Expired,
    Failed,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Reversal {
    pub id: String,
    pub body: String,
    pub legs: Vec<(i64, Money)>,
    pub check_id: i64,
    /// An account that it went back to had run out by then.
    pub restored_expired: bool,
}

/// An error of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sim) struct Failure {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub retry: String,
    /// Legs that stand in the way, with what they may spend.
    pub legs: Vec<(i64, String, Money)>,
}

impl Gateway {
    /// What live holds keep of an account.
    pub fn held_on(&self, right_id: i64) -> Money {
        let held = self
            .operations
            .iter()
            .filter(|operation| operation.state == State::Held)
            .flat_map(|operation| operation.order.iter().flat_map(|order| &order.legs))
            .filter(|leg| leg.right_id == right_id)
            .map(|leg| leg.amount);
        Money::total(held).unwrap_or(Money::CEILING)
    }

    /// The same as Lime itself sees it.
    pub fn held_in_lime(&self, right_id: i64) -> Money {
        match self.mode {
            HoldMode::Native => self.held_on(right_id),
            HoldMode::Advisory | HoldMode::None => Money::ZERO,
        }
    }

    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|own| own.id == id)
    }

    pub fn operation_mut(&mut self, id: &str) -> Option<&mut Operation> {
        self.operations.iter_mut().find(|own| own.id == id)
    }

    /// Holds whose time is over run out.
    pub fn expire(&mut self, now: DateTime) {
        for operation in &mut self.operations {
            if operation.state == State::Held && operation.expires_at <= now {
                operation.state = State::Expired;
            }
        }
    }

    /// All live holds run out now.
    pub fn expire_all(&mut self, now: DateTime) {
        for operation in &mut self.operations {
            operation.expires_at = operation.expires_at.min(now);
        }
        self.expire(now);
    }
}

impl Operation {
    /// What came back of a leg.
    pub fn reversed(&self, leg: i64) -> Money {
        let back = self.reversals.iter().flat_map(|own| &own.legs);
        let back = back.filter(|(number, _)| *number == leg);
        Money::total(back.map(|(_, amount)| *amount)).unwrap_or(Money::CEILING)
    }

    /// The state on the wire.
    pub fn word(&self) -> &'static str {
        match self.state {
            State::Held => "held",
            State::Released => "released",
            State::Expired => "expired",
            State::Failed => "failed",
            State::Committed if self.reversals.is_empty() => "committed",
            State::Committed => {
                let mut legs = self.order.iter().flat_map(|order| &order.legs);
                if legs.all(|leg| self.reversed(leg.number) == leg.amount) {
                    "reversed"
                } else {
                    "partly_reversed"
                }
            }
        }
    }
}
