//! A journal in memory, for tests: may be told to fail, and to forget like a crash does nothing.

use jiff::Timestamp;

use super::{Journal, JournalError};
use crate::payment::orphan::Note;
use crate::payment::ports::Ticket;
use crate::payment::progress::{Entry, Progress};
use crate::payment::sale::{PaymentId, Sale};

/// Rows in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    /// Everything written.
    pub rows: Vec<(PaymentId, Timestamp, Entry)>,
    /// Rows about orphans.
    pub notes: Vec<(Timestamp, Note)>,
    /// Transactions so far; each costs one synchronisation of the disk.
    pub syncs: usize,
    /// Fail at the transaction with this number.
    pub fail_at: Option<usize>,
    /// The name of every new payment, where a run is to be told again; `None`: a random one.
    pub next_payment: Option<PaymentId>,
}

impl Journal for MemoryJournal {
    fn append(
        &mut self,
        sale: &Sale,
        entries: &[Entry],
        _rests: bool,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        if self.fail_at.is_some_and(|fail_at| self.syncs >= fail_at) {
            return Err(JournalError::Write("no space left".into()));
        }
        self.syncs += 1;
        self.rows.extend(
            entries
                .iter()
                .map(|entry| (sale.payment, at, entry.clone())),
        );
        Ok(())
    }

    fn unfinished(&self) -> Result<Vec<PaymentId>, JournalError> {
        let all = self.payments(Timestamp::MIN)?;
        Ok(all
            .into_iter()
            .filter(|&payment| {
                let entries = self.entries(payment).unwrap();
                !Progress::replay(entries).is_ok_and(|progress| progress.rests())
            })
            .collect())
    }

    fn entries(&self, payment: PaymentId) -> Result<Vec<(Timestamp, Entry)>, JournalError> {
        let of_payment = self.rows.iter().filter(|(id, ..)| *id == payment);
        Ok(of_payment
            .map(|(_, at, entry)| (*at, entry.clone()))
            .collect())
    }

    fn payments(&self, since: Timestamp) -> Result<Vec<PaymentId>, JournalError> {
        let mut found = Vec::new();
        for (payment, at, _) in &self.rows {
            if *at >= since && !found.contains(payment) {
                found.push(*payment);
            }
        }
        Ok(found)
    }

    fn note(&mut self, note: &Note, at: Timestamp) -> Result<(), JournalError> {
        if self.fail_at.is_some_and(|fail_at| self.syncs >= fail_at) {
            return Err(JournalError::Write("no space left".into()));
        }
        self.syncs += 1;
        self.notes.push((at, note.clone()));
        Ok(())
    }

    fn notes(&self) -> Result<Vec<(Timestamp, Note)>, JournalError> {
        Ok(self.notes.clone())
    }

    fn last_ticket(&self) -> Result<Option<(PaymentId, Ticket)>, JournalError> {
        let mut newest = self.rows.iter().rev();
        Ok(newest.find_map(|(payment, _, entry)| match entry {
            Entry::Ticket(ticket) => Some((*payment, ticket.clone())),
            _ => None,
        }))
    }

    fn new_payment(&self) -> PaymentId {
        self.next_payment.unwrap_or_default()
    }

    fn made_here(&self, _payment: PaymentId) -> bool {
        true
    }
}
