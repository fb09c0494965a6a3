//! The heart: one payment, from the cashier's F5 to rest, without losing or doubling a kopeck.
//!
//! [`state`] is the machine, pure and total. [`driver`] executes it: writes to the [`journal`],
//! calls the [`ports`], writes again. [`progress`] is a payment as its journal rows add up.
//! [`intended`] is a payment in two requests, [`payer`] tells whose payment an order shows, [`sale`] is what is to be paid, [`refund`] what is
//! to be given back, [`spent`] what the rules of a site count, [`staff`] who was at the till, [`reason`] the words for what went wrong, [`view`] and [`record`] what screens
//! and reports may know. [`lookback`] holds what the servers show beside the journal, [`orphan`] is
//! what it finds. Nothing here knows HTTP, XML or a screen.
#![deny(clippy::float_arithmetic)]

pub mod driver;
mod hindered;
pub mod intended;
pub mod journal;
pub mod lookback;
pub mod lookup;
pub mod orphan;
pub mod payer;
pub mod pins;
mod planted;
pub mod ports;
pub mod progress;
pub mod reason;
pub mod record;
pub mod refund;
pub mod sale;
#[cfg(test)]
mod simulation;
pub mod spent;
pub mod staff;
pub mod state;
pub mod statement;
pub mod view;
