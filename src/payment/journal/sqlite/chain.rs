//! Rows as they lie in the file, and the chain that they make.

use std::collections::BTreeSet;

use ring::digest;
use rusqlite::{Connection, OptionalExtension as _};

use crate::payment::journal::rows::Row;
use crate::payment::journal::verdict::{Bad, Fault};

/// How many of the last rows are checked at every start: some weeks of a busy till. `verify` checks
/// all.
pub const CHAIN_TAIL: i64 = 2_000;

/// Kind of the rows that a person wrote; they belong to no payment.
pub(super) const NOTE: &str = "note";

/// A row with its place.
pub(super) struct Stored {
    pub seq: i64,
    pub payment: String,
    pub row: Row,
    pub at_ms: i64,
    pub previous: Vec<u8>,
    pub hash: Vec<u8>,
    /// Whether its payment rested after it; rows of schema 1 do not say.
    pub rests: Option<bool>,
}

impl Stored {
    /// From a line of [`select`].
    pub fn read(line: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: line.get(0)?,
            payment: line.get(1)?,
            row: Row {
                kind: line.get(2)?,
                clear: line.get(3)?,
                sealed: line.get(4)?,
            },
            at_ms: line.get(5)?,
            previous: line.get(6)?,
            hash: line.get(7)?,
            rests: line.get(8)?,
        })
    }

    /// The hash that these contents have.
    pub fn hash_now(&self) -> Vec<u8> {
        let mut context = digest::Context::new(&digest::SHA256);
        let mut add = |part: &[u8]| {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        };
        add(&self.previous);
        add(&self.seq.to_be_bytes());
        add(&self.at_ms.to_be_bytes());
        add(self.payment.as_bytes());
        add(self.row.kind.as_bytes());
        add(self.row.clear.as_bytes());
        add(self.row.sealed.as_deref().unwrap_or_default());
        if let Some(rests) = self.rests {
            add(&[u8::from(rests)]);
        }
        context.finish().as_ref().to_vec()
    }
}

/// A query for whole rows, in this schema.
pub(super) fn select(schema: i64, which: &str) -> String {
    let rests = if schema < 2 { "NULL" } else { "rests" };
    format!(
        "SELECT seq, payment, kind, clear, sealed, at_ms, previous, hash, {rests}
         FROM events {which}"
    )
}

/// Number and hash of the last row.
pub(super) fn last(connection: &Connection) -> rusqlite::Result<Option<(i64, Vec<u8>)>> {
    connection
        .prepare_cached("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Follows the rows in the order of their numbers.
pub(super) struct Walk {
    /// The row before; `None` where the walk begins in the middle.
    before: Option<(i64, Vec<u8>)>,
}

impl Walk {
    pub const fn from_the_start() -> Self {
        Self {
            before: Some((0, Vec::new())),
        }
    }

    pub const fn from_the_middle() -> Self {
        Self { before: None }
    }

    /// Number of the last row that was in order.
    pub fn seq(&self) -> i64 {
        self.before.as_ref().map_or(0, |(seq, _)| *seq)
    }

    /// One more row: whole, next in number, and bound to the one before.
    pub fn step(&mut self, stored: &Stored) -> Result<(), Fault> {
        if let Some((seq, hash)) = &self.before {
            if stored.seq != seq + 1 {
                return Err(Fault::Gap);
            }
            if stored.previous != *hash {
                return Err(Fault::NotLinked);
            }
        }
        if stored.hash != stored.hash_now() {
            return Err(Fault::NotAsWritten);
        }
        self.before = Some((stored.seq, stored.hash.clone()));
        Ok(())
    }
}

/// The end of the journal as a start checks it.
#[derive(Default)]
pub(super) struct Tail {
    /// The first bad row.
    pub bad: Option<Bad>,
    /// Payments that have rows in it.
    pub payments: BTreeSet<String>,
}

/// Checks the last [`CHAIN_TAIL`] rows.
pub(super) fn tail(connection: &Connection, schema: i64) -> rusqlite::Result<Tail> {
    let end = last(connection)?.map_or(0, |(seq, _)| seq);
    let start = end.saturating_sub(CHAIN_TAIL).max(0);
    let mut walk = if start == 0 {
        Walk::from_the_start()
    } else {
        Walk::from_the_middle()
    };
    let mut tail = Tail::default();
    let mut statement = connection.prepare(&select(schema, "WHERE seq >= ?1 ORDER BY seq"))?;
    let mut lines = statement.query([start])?;
    while let Some(line) = lines.next()? {
        let stored = Stored::read(line)?;
        if let Err(fault) = walk.step(&stored) {
            tail.bad = Some(Bad {
                row: stored.seq,
                fault,
            });
            return Ok(tail);
        }
        if stored.row.kind != NOTE {
            tail.payments.insert(stored.payment);
        }
    }
    Ok(tail)
}
