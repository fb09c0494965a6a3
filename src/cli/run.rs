//! From a parsed command to its exit code.

use super::args::{BooksCommand, JournalCommand, TillCommand};
use super::exit::ExitCode;
use super::io::Io;
use super::journal::{self, JournalKeeper};
use super::till::{Books, Till};
use super::{card, orders, pay, payments, refund, report};

/// Runs a command that needs both servers.
pub fn with_till(command: &TillCommand, till: &mut dyn Till, io: &mut Io<'_>) -> ExitCode {
    match command {
        TillCommand::Orders { output } => orders::orders(till, output.json, io),
        TillCommand::Order { reference, output } => orders::order(till, reference, output.json, io),
        TillCommand::Card {
            uid,
            number,
            output,
        } => card::card(till, uid.as_deref(), number.as_deref(), output.json, io),
        TillCommand::Pay(args) => pay::pay(till, args, io),
        TillCommand::Refund(args) => refund::refund(till, args, io),
        TillCommand::Decide(args) => refund::decide(till, args, io),
        TillCommand::Recover { output } => payments::recover(till, output.json, io),
    }
}

/// Runs a command that needs only the journal.
pub fn with_books(command: &BooksCommand, books: &dyn Books, io: &mut Io<'_>) -> ExitCode {
    match command {
        BooksCommand::Payments { output } => payments::payments(books, output.json, io),
        BooksCommand::Payment { id, output } => payments::payment(books, id, output.json, io),
        BooksCommand::Report(command) => report::report(books, command, io),
    }
}

/// Runs a command about the journal's files.
pub fn with_journal(
    command: &JournalCommand,
    keeper: &dyn JournalKeeper,
    io: &mut Io<'_>,
) -> ExitCode {
    journal::journal(keeper, command, io)
}
