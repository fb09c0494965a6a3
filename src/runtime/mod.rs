//! The composition root: builds everything from the config and lets it work together.

pub mod cards;
pub mod clock;
pub mod connect;
pub mod payments;
pub mod screen;
pub mod signals;
