//! Readers that type as a keyboard: telling their bursts from a person's keys, and reading the
//! text of a burst.
//!
//! A burst never becomes a sum, and the Enter that ends it never confirms anything.

pub mod burst;
pub mod layout;
pub mod text;

pub use burst::{Terminator, Typed, Wedge, WedgeKey, WedgeOutput, WedgeSettings, WhyIncomplete};
pub use text::{CardText, NotACard, parse};

#[cfg(test)]
mod tests;
