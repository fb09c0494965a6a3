//! Golden answers read, changed in every harmless way, cut at every byte, and sent over sockets.

mod golden;
mod neutral;
mod wire;
