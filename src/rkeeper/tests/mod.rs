//! Golden answers read, changed in every harmless way, cut at every byte, and sent over sockets.

mod back;
mod golden;
mod intents;
mod neutral;
mod orders;
mod parts;
pub(super) mod wire;
