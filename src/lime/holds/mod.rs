//! The wallet of a site whose server can hold money: our own contract, in
//! `assets/openapi/lime-holds.yaml`.
//!
//! A payment is held on all its accounts or on none, taken when r_keeper has it, let go where
//! r_keeper refuses it, and given back leg by leg later. Where the server only takes
//! ([`Settings::capture`]), reserving takes and undoing gives back.
//!
//! Reading order: [`Settings`]; `request` (what is sent), `answer` (what comes), `judge` (what that
//! means), `card` (accounts), `numbers` (which are printed on cards), `client` (the wallet made of
//! them), `statement` (the server's own reports), `pages` (lists that come page by page).

mod answer;
mod card;
mod client;
mod judge;
mod numbers;
mod pages;
mod request;
mod settings;
mod statement;

#[cfg(test)]
mod tests;

pub use client::{Capabilities, HoldMode, Holds, parse_every_answer};
pub use numbers::PrintedNumbers;
pub use settings::Settings;
