//! `reader learn`: from what is plugged in, what came when a card was tapped, and the number that a
//! person reads off the card, to a proposal for the config. Without input, output or clock.
//!
//! Read in this order: [`mod@arrival`] (which device is the new one), [`speed`] (at which speed it
//! speaks), [`evidence`] (what a family makes of the taps), [`mod@propose`] (which families and
//! settings fit, ranked, with reasons), [`notation`] (how the site writes the number).
//!
//! Nothing is guessed where two answers would lead to different cards: then another card is asked
//! for, and at last nothing is proposed.

pub mod arrival;
mod candidate;
pub mod evidence;
pub mod notation;
pub mod propose;
mod radix;
pub mod speed;
pub mod variants;

pub use arrival::{Arrival, arrival, model};
pub use evidence::{CardEvidence, Evidence};
pub use notation::{Writing, writing};
pub use propose::{Proposal, Proposals, Reason, Site, UnfitCard, propose};
pub use speed::{SpeedScan, Verdict};

#[cfg(test)]
mod tests;
