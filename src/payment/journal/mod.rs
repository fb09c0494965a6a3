//! What survives: every payment as rows that are only ever added.
//!
//! [`Journal`] is what the driver needs. [`sqlite`] keeps it in a file beside the till, [`seal`]
//! keeps UIDs and request bodies unreadable in it, [`instance`] keeps a second program out.
//! [`anchor`] tells a journal that lost its end, [`place`] one that is no longer under its name,
//! [`reserve`] keeps room for what has begun, [`verdict`] are the words for what is wrong with it,
//! [`kept`] keeps another secret beside it.

pub mod anchor;
pub mod instance;
pub mod kept;
pub mod place;
pub mod reserve;
pub mod rows;
pub mod seal;
pub mod sqlite;
pub mod verdict;

#[cfg(test)]
pub mod memory;

use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;

use super::orphan::Note;
use super::ports::Ticket;
use super::progress::Entry;
use super::sale::{PaymentId, Sale};

pub use reserve::Room;
pub use verdict::Loss;

/// Why the journal cannot be used. Nothing is sent while it cannot be written.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Another limekeeper works on the same folder.
    #[error("another limekeeper (process {holder}) uses {}", folder.display())]
    SecondInstance {
        /// Its process number as it wrote it down, or «?».
        holder: String,
        /// The state folder.
        folder: PathBuf,
    },
    /// The folder or a file in it cannot be made, opened or read.
    #[error("{} cannot be used: {why}", path.display())]
    Unusable {
        /// What.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The database does not keep what was asked of it.
    #[error("the journal's setting {setting} is {found}, it must be {wanted}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// What the database says.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// Written by a newer program.
    #[error("the journal has schema {found}, this program knows up to {known}")]
    Newer {
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The key file is missing or is not the one of this journal.
    #[error("the key {} does not fit the journal: restore both together", path.display())]
    WrongKey {
        /// The key file.
        path: PathBuf,
    },
    /// A row does not say what it must.
    #[error("journal row {seq} is damaged: {why}")]
    Damaged {
        /// Its number.
        seq: i64,
        /// What is wrong.
        why: String,
    },
    /// The journal has less than this till wrote, or something else: an older copy, another till's,
    /// or its end is lost. What is missing may have moved money.
    #[error("{what}: the journal has {has} rows, this till wrote {had}")]
    TailLost {
        /// Number of the last row in the journal; 0 without a journal.
        has: i64,
        /// Number of the last row that this till wrote, as far as its anchor knows.
        had: i64,
        /// How it shows.
        what: Loss,
    },
    /// The file was deleted, moved, replaced or written by another program while it was open.
    #[error("{} was deleted, replaced or written by another program", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full: payments that have begun are finished, new ones are not begun.
    #[error("the disk is full, no payment is begun")]
    Full,
    /// The folder lies on a file system that promises too little.
    #[error("{} lies on a network file system ({kind})", folder.display())]
    NetworkFolder {
        /// The state folder.
        folder: PathBuf,
        /// The system's word for it: «nfs4».
        kind: String,
    },
    /// A row could not be written. Never tried again: after a failed sync nobody knows what is on
    /// the disk.
    #[error("the journal cannot be written: {0}")]
    Write(String),
    /// An earlier write failed; the program must be started anew.
    #[error("the journal could not be written before; start the program again")]
    Stopped,
}

/// What the driver needs of a journal.
pub trait Journal: Send {
    /// Adds rows to a payment, all or none, and returns when they are on the disk for good.
    /// `rests`: nothing more will happen to the payment after these rows.
    fn append(
        &mut self,
        sale: &Sale,
        entries: &[Entry],
        rests: bool,
        at: Timestamp,
    ) -> Result<(), JournalError>;

    /// Payments that do not rest, oldest first.
    fn unfinished(&self) -> Result<Vec<PaymentId>, JournalError>;

    /// All rows of a payment, oldest first; empty for an unknown one.
    fn entries(&self, payment: PaymentId) -> Result<Vec<(Timestamp, Entry)>, JournalError>;

    /// Payments to which anything happened at or after `since`, oldest first.
    fn payments(&self, since: Timestamp) -> Result<Vec<PaymentId>, JournalError>;

    /// The newest number that r_keeper's licence was told of, and the payment that it was for.
    fn last_ticket(&self) -> Result<Option<(PaymentId, Ticket)>, JournalError>;

    /// A name for a new payment that [`Journal::made_here`] knows again.
    fn new_payment(&self) -> PaymentId;

    /// Whether the name was made with this journal's key, also where its rows are lost.
    fn made_here(&self, payment: PaymentId) -> bool;

    /// Adds a row about an orphan, on the disk when this returns.
    fn note(&mut self, note: &Note, at: Timestamp) -> Result<(), JournalError>;

    /// All such rows, oldest first.
    fn notes(&self) -> Result<Vec<(Timestamp, Note)>, JournalError>;

    /// Whether it takes rows at all. Nothing is asked of the servers for a payment that could not be
    /// written down.
    fn ready(&self) -> Result<(), JournalError> {
        Ok(())
    }

    /// How much room there is for more. `low_mib`: below that many free mebibytes somebody must look
    /// after the disk.
    fn room(&self, _low_mib: u64) -> Room {
        Room::Enough
    }
}
