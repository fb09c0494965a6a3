//! The till screen as a cashier meets it: keystroke scripts, snapshots, and random days.

mod cards;
mod hands;
mod outcome;
mod screens;
mod soup;
mod texts;
