//! The command line for scripts and support: arguments in, tables or JSON out, and exit codes that
//! never leave open whether money moved.
//!
//! [`args`] is the fixed grammar, [`exit`] the codes, [`till`] what the commands need from the
//! program, [`io`] where they write. The commands that need servers are run by [`run::with_till`],
//! those that need only the journal by [`run::with_books`], those about its files by
//! [`run::with_journal`]. Nothing here opens a connection or a
//! file.

pub mod args;
mod card;
pub mod config;
pub mod doctor;
pub mod exit;
pub mod guest_pin;
pub mod io;
pub mod journal;
pub mod operator;
mod order_json;
mod orders;
mod orphans;
mod pay;
mod payments;
pub mod pin;
pub mod reader;
mod refund;
mod report;
pub mod run;
pub mod sign;
pub mod till;
pub mod words;

pub use args::{
    Args, BooksCommand, Command, ConfigCommand, JournalCommand, ReaderCommand, SettingsCommand,
    SimArgs, TillCommand,
};
pub use exit::ExitCode;
pub use io::Io;
pub use journal::JournalKeeper;
pub use sign::{AskedAs, NotProven, People};
pub use till::{Books, Till};

#[cfg(test)]
mod tests;
