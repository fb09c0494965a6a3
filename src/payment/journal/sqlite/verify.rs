//! Is the journal what was written? The list of payments at a start, everything by `verify`.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr as _;

use rusqlite::OptionalExtension as _;

use super::chain::{self, NOTE, Stored, Walk};
use super::{SqliteJournal, broken, migrate, open};
use crate::payment::journal::rows;
use crate::payment::journal::verdict::{Bad, Fault, Verdict};
use crate::payment::journal::{Journal as _, JournalError, anchor};
use crate::payment::progress::Progress;
use crate::payment::sale::PaymentId;

impl SqliteJournal {
    /// Walks the whole journal of a folder, also while a till pays from it: every row, the chain,
    /// the list of payments, and whether it is the journal that this till wrote last. `None` where
    /// there is no journal yet.
    pub fn verify_folder(folder: &Path) -> Result<Option<Verdict>, JournalError> {
        // The anchor first: what it says is in the journal by then.
        let head = anchor::read(folder)?;
        let inspection = match open::inspect(folder, head.as_ref()) {
            Ok(inspection) => inspection,
            // A bad row is found again, in its place, by the walk.
            Err(JournalError::Damaged { seq: 1.., .. }) => open::Inspection::default(),
            Err(JournalError::Damaged { seq, why }) => {
                // Where it can be walked all the same, a bad row says more.
                let walked = Self::open_to_read(folder).ok().flatten();
                let walked = walked
                    .map(|journal| journal.verify())
                    .filter(|verdict| verdict.first_bad.is_some());
                return Ok(Some(walked.unwrap_or_else(|| Verdict::pages(seq, why))));
            }
            Err(error) => return Err(error),
        };
        let mut verdict = match Self::open_to_read(folder)? {
            Some(journal) => journal.verify(),
            None if inspection.loss.is_none() => return Ok(None),
            None => Verdict::default(),
        };
        if let (None, Some(loss)) = (&verdict.first_bad, inspection.loss) {
            verdict.first_bad = Some(Bad {
                row: inspection.has,
                fault: Fault::Lost(loss),
            });
        }
        Ok(Some(verdict))
    }

    /// Walks a copy that `export` made, or any other file of a journal. `key`: the file of its key.
    pub fn verify_file(database: &Path, key: &Path) -> Result<Option<Verdict>, JournalError> {
        match Self::open_file_to_read(database, key) {
            Ok(journal) => Ok(journal.map(|journal| journal.verify())),
            Err(JournalError::Damaged { seq, why }) => Ok(Some(Verdict::pages(seq, why))),
            Err(error) => Err(error),
        }
    }

    /// Walks everything and stops at the first bad place.
    pub fn verify(&self) -> Verdict {
        let mut verdict = Verdict::default();
        let mut payments = BTreeSet::new();
        let mut walk = Walk::from_the_start();
        let walked = self.walk_all(&mut walk, &mut verdict, &mut payments);
        verdict.payments = payments.len() as u64;
        let bad = walked
            .map_err(|error| (walk.seq(), error.to_string()))
            .and_then(|bad| match bad {
                Some(bad) => Ok(Some(bad)),
                None => self
                    .check_structure()
                    .and_then(|()| self.check_whole_list(&payments))
                    .map_err(|error| (0, error.to_string())),
            });
        verdict.first_bad = match bad {
            Ok(bad) => bad,
            Err((row, why)) => Some(Bad {
                row,
                fault: Fault::Pages(why),
            }),
        };
        verdict
    }

    fn walk_all(
        &self,
        walk: &mut Walk,
        verdict: &mut Verdict,
        payments: &mut BTreeSet<String>,
    ) -> rusqlite::Result<Option<Bad>> {
        let query = chain::select(self.schema, "ORDER BY seq");
        let mut statement = self.connection.prepare(&query)?;
        let mut lines = statement.query([])?;
        while let Some(line) = lines.next()? {
            let stored = Stored::read(line)?;
            let fault = walk.step(&stored).err().or_else(|| self.row_fault(&stored));
            if let Some(fault) = fault {
                return Ok(Some(Bad {
                    row: stored.seq,
                    fault,
                }));
            }
            verdict.rows += 1;
            if stored.row.kind != NOTE {
                payments.insert(stored.payment);
            }
        }
        Ok(None)
    }

    /// What is wrong with the contents of a row that is as it was written.
    fn row_fault(&self, stored: &Stored) -> Option<Fault> {
        if stored.row.kind == NOTE {
            return None;
        }
        let Ok(payment) = PaymentId::from_str(&stored.payment) else {
            return Some(Fault::NotRead(format!("payment `{}`", stored.payment)));
        };
        if !rows::opens(payment, &stored.row, &self.sealer) {
            return Some(Fault::NotOpened);
        }
        rows::decode(payment, &stored.row, &self.sealer)
            .err()
            .map(Fault::NotRead)
    }

    fn check_structure(&self) -> Result<(), JournalError> {
        let said: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|error| broken(&self.path, &error))?;
        let other = migrate::other_tables(&self.connection, self.schema)
            .map_err(|error| broken(&self.path, &error))?;
        match other.or_else(|| (said != "ok").then_some(said)) {
            None => Ok(()),
            Some(why) => Err(JournalError::Damaged { seq: 0, why }),
        }
    }

    fn check_whole_list(&self, payments: &BTreeSet<String>) -> Result<Option<Bad>, JournalError> {
        for payment in payments {
            let bad = self.check_listed(payment, true)?;
            if bad.is_some() {
                return Ok(bad);
            }
        }
        self.check_flags()
    }

    /// The list of payments against the rows, as every start does it: the flag of each payment that
    /// has rows of this schema, and all of the payments in the tail.
    pub(super) fn check_list(&self, tail: &BTreeSet<String>) -> Result<(), JournalError> {
        let mut bad = self.check_flags()?;
        for payment in tail {
            if bad.is_none() {
                bad = self.check_listed(payment, false)?;
            }
        }
        match bad {
            None => Ok(()),
            Some(Bad { row, fault }) => Err(JournalError::Damaged {
                seq: row,
                why: fault.to_string(),
            }),
        }
    }

    /// Every listed payment has rows, and rests as its last row says. One index entry and one row
    /// for each: 20 000 payments take a few tens of milliseconds.
    fn check_flags(&self) -> Result<Option<Bad>, JournalError> {
        if self.schema < 2 {
            return Ok(None);
        }
        let found: Option<(String, Option<i64>)> = self
            .connection
            .query_row(
                "SELECT p.payment, e.seq FROM payments p LEFT JOIN events e
                 ON e.seq = (SELECT MAX(seq) FROM events WHERE payment = p.payment)
                 WHERE e.seq IS NULL OR e.rests <> p.final LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|error| broken(&self.path, &error))?;
        Ok(found.map(|(payment, seq)| match seq {
            Some(row) => Bad {
                row,
                fault: Fault::ListedWrongly,
            },
            None => Bad {
                row: 0,
                fault: PaymentId::from_str(&payment).map_or_else(
                    |error| Fault::NotRead(format!("payment `{payment}`: {error}")),
                    Fault::NoRows,
                ),
            },
        }))
    }

    /// One payment that has rows. `replay`: its rows must also add up, which is asked anyway where
    /// the rows do not say whether it rests.
    fn check_listed(&self, payment: &str, replay: bool) -> Result<Option<Bad>, JournalError> {
        let failed = |error: rusqlite::Error| broken(&self.path, &error);
        let query = chain::select(self.schema, "WHERE payment = ?1 ORDER BY seq DESC LIMIT 1");
        let end = self
            .connection
            .prepare_cached(&query)
            .and_then(|mut statement| statement.query_row([payment], Stored::read))
            .map_err(failed)?;
        let bad = |fault| {
            Ok(Some(Bad {
                row: end.seq,
                fault,
            }))
        };
        let listed: Option<(bool, i64, i64)> = self
            .connection
            .prepare_cached(
                "SELECT final, began_ms,
                    (SELECT at_ms FROM events WHERE payment = ?1 ORDER BY seq LIMIT 1)
                 FROM payments WHERE payment = ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([payment], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .optional()
            })
            .map_err(failed)?;
        let Some((listed, began, first)) = listed else {
            return bad(Fault::NotListed);
        };
        let mut rests = end.rests;
        if replay || rests.is_none() {
            let Ok(id) = PaymentId::from_str(payment) else {
                return bad(Fault::NotRead(format!("payment `{payment}`")));
            };
            match Progress::replay(self.entries(id)?) {
                Ok(progress) => rests = rests.or(Some(progress.phase.is_final())),
                Err(error) => return bad(Fault::NotReplayed(error.to_string())),
            }
        }
        if rests != Some(listed) || began != first {
            return bad(Fault::ListedWrongly);
        }
        Ok(None)
    }
}

impl Verdict {
    fn pages(row: i64, why: String) -> Self {
        Self {
            first_bad: Some(Bad {
                row,
                fault: Fault::Pages(why),
            }),
            ..Self::default()
        }
    }
}
