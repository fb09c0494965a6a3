//! Lime over its RPC interface: guests' cards and accounts, and the checks that move their money.
//!
//! [`Lime`] implements [`Wallet`](crate::payment::ports::Wallet). Lime has no holds: a reservation
//! is the sale check itself, confirming is nothing, undoing is a return check linked to the sale.
//! Read [`settings`](Settings) first: the vendor publishes no API reference, so what is assumed of
//! a site is a setting there. Then `client` (which calls, in which order), `card` (answers to a
//! card), `check` (what is sent), and `judge` (which answer means what).
//!
//! Lime answers account sums in whole kopecks and takes roubles with two decimals. Both are read
//! and written digit by digit: there is no floating point here.
#![deny(clippy::float_arithmetic)]

mod auth;
mod card;
mod check;
mod client;
mod fields;
pub mod holds;
mod judge;
mod lookback;
mod marks;
mod pin;
mod select;
mod settings;
mod shift;

#[cfg(test)]
mod stub;

pub use auth::{Forgotten, Refusals, Refused};
pub use client::{Lime, Now, parse_every_answer};
pub use select::{List, Rows};
pub use settings::{AccountType, Auth, Login, REFUSALS, Settings, ShiftRule};
