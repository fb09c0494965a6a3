//! The till screen: what the cashier sees and what her keys do.
//!
//! State, update and view after the Elm pattern. [`App::update`] takes a [`Msg`] and answers with
//! [`Effect`]s for the runtime to carry out; it reads no clock, port or file. [`view`] draws the
//! state and changes nothing. What the screen may say of a payment comes from
//! [`PaymentView`](crate::payment::view::PaymentView) alone: «paid» only for a payment at rest that
//! is paid, «no money was taken» only for one that was refused.
//!
//! [`terminal`] is the only place that changes the terminal's modes.
#![deny(clippy::float_arithmetic)]

pub mod ansi;
pub mod app;
mod bell;
mod bill;
mod draw;
mod entry;
mod fit;
mod hits;
pub mod keys;
pub mod msg;
mod orders;
pub mod pin;
pub mod terminal;
mod theme;
pub mod tools;

#[cfg(test)]
mod test_util;
#[cfg(test)]
mod tests;

pub use app::{About, App};
pub use bell::Ring;
pub use draw::{picture, view};
pub use hits::Hits;
pub use msg::{
    Answer, CardSeen, CardTrouble, Effect, GuestPins, HistoryRow, Known, Msg, Period, PinAnswer,
    ReaderSaw, ReaderState, Ruling, Touch, UiSettings,
};
pub use theme::{Depth, Look};
pub use tools::{DeviceRow, ToolNews, ToolWish};
