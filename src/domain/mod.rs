//! The words of the trade and their arithmetic: money, cards, accounts, orders, who pays what.
//!
//! No input or output, no clock, no floating point. Everyone may use this module; it uses nobody.
#![deny(clippy::float_arithmetic)]

pub mod account;
pub mod attribution;
pub mod card;
mod flow;
pub mod money;
pub mod notation;
pub mod order;
pub mod pin;
pub mod quantity;
pub mod rules;
pub mod split;
pub mod text;
pub mod uid;

pub use account::{Account, AccountId, AccountKind, NotSpendable, PinCheck, Terms};
pub use attribution::{Attribution, AttributionError, Part};
pub use card::{
    Card, CardEntry, CardName, CardNumber, CardNumberError, CardStatus, NUMBER_CHARS_MAX,
};
pub use money::{Money, MoneyError};
pub use notation::{Notation, NotationError};
pub use order::{
    Calculated, Component, Discount, Halls, Hindrance, Line, LineDue, Modifier, Order, OrderGuid,
    OrderSummary, PosPayment, PosReceipt, ReceiptStage,
};
pub use pin::Pin;
pub use quantity::Quantity;
pub use rules::{Dish, DishRule, SpendRules};
pub use split::{Consent, Limit, Owed, Share, Split, SplitError, Turn, WhySuggested};
pub use uid::{CardBytes, Uid, UidError};
