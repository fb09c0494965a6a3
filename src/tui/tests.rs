//! The till screen as a cashier meets it: keystroke scripts, snapshots, and random days.

mod attention;
mod bell;
mod cards;
mod guest_pin;
mod hands;
mod keyed;
mod looks;
mod mouse;
mod mouse_soup;
pub(in crate::tui) mod names;
mod numpad;
mod operators;
mod orphans;
mod outcome;
mod part;
mod payers;
mod readers;
mod refund;
mod rules;
mod safety;
mod screens;
mod shares;
mod soup;
mod taps;
mod texts;
mod tools;
