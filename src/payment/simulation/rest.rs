//! The end of a course: everything comes to rest, and agrees.

use std::time::Duration;

use super::books::{Books, Outage, Site, TILLS};
use super::course::recover;
use super::coverage::{kind, refund_kind};
use super::people;
use crate::payment::progress::Progress;
use crate::payment::state::refund::RefundPhase;

/// Recoveries after which everything that needs no person rests, once the faults are gone.
const RECOVERIES: u32 = 4;
/// Rounds of persons after which everything rests.
const ROUNDS: u32 = 12;
/// How long the faults must be gone for that at most, by the till's clock.
const TIME_TO_REST: Duration = Duration::from_secs(RECOVERIES as u64 * 45 * 8);

impl Books {
    fn resting(&self) -> bool {
        let programs = self.programs.iter();
        let mut all = programs.flat_map(|program| program.disk.progress.values());
        all.all(Progress::rests)
    }

    /// What does not rest although nothing is in its way and nobody need say anything.
    fn waits_for_nothing(&self) -> Option<String> {
        let programs = self.programs.iter();
        let mut all = programs.flat_map(|program| program.disk.progress.iter());
        all.find_map(|(payment, progress)| {
            let by_hand = |phase: RefundPhase| phase.is_final() || phase == RefundPhase::DoneByHand;
            let settled = progress.phase.is_final()
                && progress.refunds.iter().all(|refund| by_hand(refund.phase));
            if settled || self.ledger[payment].person.is_some() {
                return None;
            }
            let refunds: Vec<_> = progress
                .refunds
                .iter()
                .map(|r| refund_kind(r.phase))
                .collect();
            Some(format!(
                "{payment} stays {} {refunds:?}",
                kind(progress.phase)
            ))
        })
    }

    fn requests(&self) -> (u32, usize) {
        let copies = self.sent.values().map(|sendings| sendings.copies).sum();
        let disks = self.programs.iter().map(|program| &program.disk);
        let rows = disks.flat_map(|disk| disk.rows.values()).map(Vec::len);
        (copies, rows.sum())
    }
}

/// The faults are gone. What can rest by itself does; then persons look; then all agrees.
pub(super) fn come_to_rest(site: &Site) {
    {
        let mut books = site.books();
        books.tell(|| "the faults are gone".to_owned());
        books.plan.end();
        books.licence.end();
        books.outages = <[Outage; 2]>::default();
        for account in &mut books.accounts {
            account.blocked = false;
        }
        if books.rng.chance(50) {
            books.all_arrive();
        }
    }
    let began = site.books().time;
    let mut rounds = 0;
    while rounds < RECOVERIES && !site.books().resting() {
        for till in 0..TILLS {
            recover(site, till);
        }
        site.books().pass(Duration::from_secs(30));
        rounds += 1;
    }
    {
        let mut books = site.books();
        if books.violation.is_some() {
            return;
        }
        let took = books.time.saturating_sub(began);
        if let Some(what) = books.waits_for_nothing() {
            return books.violated("I25", || what);
        }
        if took > TIME_TO_REST {
            return books.violated("I25", || format!("{took:?} until rest"));
        }
    }
    for _ in 0..ROUNDS {
        if site.books().resting() || site.books().violation.is_some() {
            break;
        }
        for till in 0..TILLS {
            people::look(site, till);
            recover(site, till);
        }
    }
    {
        let mut books = site.books();
        if books.violation.is_some() {
            return;
        }
        if !books.resting() {
            return books.violated("I25", || "persons could not settle it".to_owned());
        }
        books.audit_at_rest();
        books.tell(|| "everybody left".to_owned());
        books.all_arrive();
        books.audit_at_rest();
    }
    let before = site.books().requests();
    for till in 0..TILLS {
        recover(site, till);
    }
    let mut books = site.books();
    if books.violation.is_none() && books.requests() != before {
        books.violated("I11", || {
            "a recovery of what rests does something".to_owned()
        });
    }
}
