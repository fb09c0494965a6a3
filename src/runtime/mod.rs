//! The composition root: builds everything from the config and lets it work together.
//!
//! [`program`] goes from the command line to the exit code; [`connect`] from the config to clients;
//! [`payments`] is the thread that pays, [`screen`] the loop of the till screen.

mod books;
pub mod cards;
pub mod clock;
mod clocks;
pub mod connect;
mod demo;
mod doctor;
pub mod licence;
mod log;
mod logins;
mod looks;
mod notices;
mod operator;
mod operators;
mod parting;
pub mod payments;
mod pin;
pub mod program;
mod reader;
pub mod screen;
mod till;
mod tools;
mod ui;
mod watch;
mod words;
