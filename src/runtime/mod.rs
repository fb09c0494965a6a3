//! The composition root: builds everything from the config and lets it work together.

pub mod clock;
pub mod payments;
pub mod signals;
