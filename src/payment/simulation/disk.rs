//! The simulated journal: what is on it stays, and it may fail or end with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::books::Site;
use super::fault::{Fault, Place};
use crate::payment::journal::{Journal, JournalError};
use crate::payment::orphan::Note;
use crate::payment::ports::Ticket;
use crate::payment::progress::{Entry, Progress};
use crate::payment::refund::RefundId;
use crate::payment::sale::{PaymentId, Sale};

/// Which request of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Reserve,
    Pay,
    Confirm,
    Undo,
    Return(RefundId),
    Annul(RefundId),
}

/// What a journal says of a payment's requests, read from its rows alone.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) bodies: Vec<(Key, Vec<u8>)>,
    pub(super) names: Vec<String>,
    /// The last row says that this is about to leave.
    pub(super) sending: Option<Key>,
}

#[derive(Debug, Default)]
pub(super) struct DiskState {
    pub(super) rows: BTreeMap<PaymentId, Vec<(Timestamp, Entry)>>,
    pub(super) unfinished: BTreeSet<PaymentId>,
    /// The newest number of the licence, and its payment.
    pub(super) ticket: Option<(PaymentId, Ticket)>,
    /// The rows, added up.
    pub(super) progress: BTreeMap<PaymentId, Progress>,
    pub(super) written: BTreeMap<PaymentId, Written>,
}

pub(super) struct Disk<'s> {
    pub(super) site: &'s Site,
    pub(super) till: usize,
}

impl Disk<'_> {
    fn readable(&self) -> Result<(), JournalError> {
        if self.site.books().programs[self.till].dead {
            Err(JournalError::Stopped)
        } else {
            Ok(())
        }
    }
}

impl Journal for Disk<'_> {
    fn append(
        &mut self,
        sale: &Sale,
        entries: &[Entry],
        rests: bool,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let till = self.till;
        let mut books = self.site.books();
        let failed = || Err(JournalError::Write("simulated".to_owned()));
        if books.programs[till].dead || books.programs[till].stopped {
            return failed();
        }
        let begins = entries
            .iter()
            .any(|entry| matches!(entry, Entry::Intent { .. } | Entry::Refund(_)));
        let fault = books.strike(Place::Journal);
        let written = match fault {
            Some(Fault::Killed | Fault::SyncFails) => books.rng.chance(50),
            Some(Fault::PowerCut | Fault::DiskFull | Fault::ReadOnlyDisk | Fault::JournalMoved) => {
                false
            }
            Some(Fault::SlowDisk) => {
                books.pass(Duration::from_secs(5));
                true
            }
            Some(Fault::ClockJumps) => {
                books.clock_jumps();
                true
            }
            _ => true,
        };
        if written {
            books.commit(till, sale, entries, rests, at);
        }
        match fault {
            Some(Fault::Killed | Fault::PowerCut) => {
                books.programs[till].dead = true;
                failed()
            }
            Some(Fault::DiskFull) if begins => Err(JournalError::Full),
            Some(Fault::SyncFails | Fault::DiskFull | Fault::ReadOnlyDisk) => {
                books.programs[till].stopped = true;
                failed()
            }
            Some(Fault::JournalMoved) => {
                books.programs[till].stopped = true;
                Err(JournalError::Replaced {
                    path: PathBuf::from("journal.db"),
                })
            }
            _ if books.programs[till].dead => failed(),
            _ => Ok(()),
        }
    }

    fn unfinished(&self) -> Result<Vec<PaymentId>, JournalError> {
        self.readable()?;
        let books = self.site.books();
        let unfinished = &books.programs[self.till].disk.unfinished;
        Ok(unfinished.iter().copied().collect())
    }

    fn entries(&self, payment: PaymentId) -> Result<Vec<(Timestamp, Entry)>, JournalError> {
        self.readable()?;
        let books = self.site.books();
        let rows = &books.programs[self.till].disk.rows;
        Ok(rows.get(&payment).cloned().unwrap_or_default())
    }

    fn payments(&self, _since: Timestamp) -> Result<Vec<PaymentId>, JournalError> {
        self.readable()?;
        let books = self.site.books();
        Ok(books.programs[self.till]
            .disk
            .rows
            .keys()
            .copied()
            .collect())
    }

    fn last_ticket(&self) -> Result<Option<(PaymentId, Ticket)>, JournalError> {
        self.readable()?;
        Ok(self.site.books().programs[self.till].disk.ticket.clone())
    }

    fn new_payment(&self) -> PaymentId {
        let mut books = self.site.books();
        books.next_payment += 1;
        PaymentId::from_uuid(Uuid::from_u128(books.next_payment))
    }

    fn made_here(&self, payment: PaymentId) -> bool {
        let books = self.site.books();
        books.programs[self.till].disk.rows.contains_key(&payment)
    }

    /// Looking back writes none where no server has a list.
    fn note(&mut self, _note: &Note, _at: Timestamp) -> Result<(), JournalError> {
        Err(JournalError::Stopped)
    }

    fn notes(&self) -> Result<Vec<(Timestamp, Note)>, JournalError> {
        Ok(vec![])
    }
}
