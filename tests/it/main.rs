//! The only integration binary: the real program against the stand-ins, over real HTTP, real files
//! and real terminals.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

mod canary;
mod crash;
mod d15;
mod day;
mod doctor;
mod edges;
mod faults;
mod field;
mod field_http;
mod field_readers;
mod gate;
mod guest_pin;
mod hands;
mod harness;
mod holds;
mod instances;
mod intents;
mod journal;
mod journal_field;
mod keyed;
mod licence;
mod lime_login;
mod lime_repeats;
mod lime_site;
mod lookback;
mod mouse;
mod notices;
mod operators;
mod orders;
mod pay;
mod picture;
mod pin;
mod reader;
mod reader_live;
mod reader_tools;
mod readme;
mod refund;
mod relay;
mod reports;
mod rkeeper_contract;
mod rules;
mod screen;
mod screen_hard;
mod screen_part;
mod start;
mod two_tills;
mod udev;
mod unlocked;
mod window;
mod wording;
mod worlds;
