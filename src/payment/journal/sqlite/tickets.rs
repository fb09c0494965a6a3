//! Where the count of r_keeper's licence stands, as the rows have it.

use std::str::FromStr as _;

use rusqlite::OptionalExtension as _;

use super::chain::{self, Stored};
use super::{SqliteJournal, broken};
use crate::payment::journal::{JournalError, rows};
use crate::payment::ports::Ticket;
use crate::payment::progress::Entry;
use crate::payment::sale::PaymentId;

impl SqliteJournal {
    /// The newest number and its payment. Rows are looked through from the end, where it is found at
    /// once on a site whose licence counts; only the first payment of a site looks through all.
    pub(super) fn newest_ticket(&self) -> Result<Option<(PaymentId, Ticket)>, JournalError> {
        let query = chain::select(self.schema, "WHERE kind = ?1 ORDER BY seq DESC LIMIT 1");
        let found = self
            .connection
            .query_row(&query, [rows::TICKET], Stored::read)
            .optional()
            .map_err(|error| broken(&self.path, &error))?;
        let Some(stored) = found else {
            return Ok(None);
        };
        let damaged = |why: String| JournalError::Damaged {
            seq: stored.seq,
            why,
        };
        if stored.hash != stored.hash_now() {
            return Err(damaged("it is not as it was written".into()));
        }
        let payment = PaymentId::from_str(&stored.payment)
            .map_err(|error| damaged(format!("payment `{}`: {error}", stored.payment)))?;
        match rows::decode(payment, &stored.row, &self.sealer).map_err(damaged)? {
            Entry::Ticket(ticket) => Ok(Some((payment, ticket))),
            Entry::Intent { .. }
            | Entry::Request(..)
            | Entry::Event(_)
            | Entry::Refund(_)
            | Entry::RefundRequest(..)
            | Entry::RefundEvent(..)
            | Entry::RefundNote(..) => Err(damaged("it holds no number".into())),
        }
    }
}
