//! One thread per reader, which survives unplugging, noise and other programs.

pub mod machine;
pub mod thread;

pub use machine::{Health, ReaderConfig, ReaderMessage};
pub use thread::{SupervisorHandle, spawn, spawn_with};

#[cfg(test)]
mod tests;
