//! The heart: one payment, from the cashier's F5 to rest, without losing or doubling a kopeck.
//!
//! [`ports`] is what the outside must offer; [`sale`] what is to be paid; [`reason`] the words for
//! what went wrong; [`view`] what a screen may show. Nothing here knows HTTP, XML or a screen.
#![deny(clippy::float_arithmetic)]

pub mod ports;
pub mod reason;
pub mod record;
pub mod sale;
pub mod view;
