//! The till screen as a cashier meets it: keystroke scripts, snapshots, and random days.

mod attention;
mod bell;
mod cards;
mod hands;
mod keyed;
mod mouse;
mod mouse_soup;
mod operators;
mod orphans;
mod outcome;
mod part;
mod payers;
mod readers;
mod refund;
mod rules;
mod screens;
mod soup;
mod texts;
mod tools;
