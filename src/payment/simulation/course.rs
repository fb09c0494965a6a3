//! One course: a day at two tills, made from a seed.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::books::{Books, Kind, Outage, Program, Site, TILLS, Violation};
use super::coverage::{Coverage, kind, refund_kind};
use super::disk::Disk;
use super::fault::{Fault, Place, Plan};
use super::people;
use super::port::Port;
use super::rng::Rng;
use super::screen::Screen;
use super::till::Bill;
use super::wallet::{Account, Guest};
use crate::domain::{AccountId, Money, Share, Split, Uid};
use crate::payment::driver::{DriveError, Driver};
use crate::payment::planted::{Planted, planted};
use crate::payment::refund::RefundRequest;
use crate::payment::sale::{PaymentId, PaymentRequest};
use crate::payment::state::Phase;
use crate::payment::state::refund::RefundPhase;

/// Recoveries after which everything that needs no person rests, once the faults are gone.
const RECOVERIES: u32 = 4;
/// Rounds of persons after which everything rests.
const ROUNDS: u32 = 12;
/// How long the faults must be gone for that at most, by the till's clock.
const TIME_TO_REST: Duration = Duration::from_secs(RECOVERIES as u64 * 45 * 8);

pub(super) struct Outcome {
    pub(super) violation: Option<Violation>,
    pub(super) coverage: Coverage,
    pub(super) trace: Vec<String>,
    pub(super) kind: Kind,
}

pub(super) fn run(seed: u64, trace: bool) -> Outcome {
    let site = Site::new(world(seed, trace));
    let steps = site.books().rng.between(1, 12);
    pay(&site, 0, 0, false);
    for _ in 0..steps {
        if site.books().violation.is_some() {
            break;
        }
        step(&site);
    }
    if site.books().violation.is_none() {
        come_to_rest(&site);
    }
    let mut books = site.books();
    count_ends(&mut books);
    Outcome {
        violation: books.violation.take(),
        coverage: std::mem::take(&mut books.coverage),
        trace: books.trace.take().unwrap_or_default(),
        kind: books.kind,
    }
}

fn world(seed: u64, trace: bool) -> Books {
    let mut rng = Rng::new(seed);
    let plan = Plan::new(&mut rng);
    // Sites that are as one wishes are half of all: there nobody is needed.
    let good = rng.chance(50);
    let mut has = |percent| good || rng.chance(percent);
    let kind = Kind {
        may_repeat: has(60),
        can_find: has(60),
        marks: has(75),
        two_steps: rng.chance(50),
        annuls: rng.chance(60),
        holds: rng.chance(50) || planted(Planted::ExpiringHolds) || planted(Planted::NoTombstone),
    };
    let accounts: Vec<Account> = (0..5)
        .map(|_| {
            let start = rng.between(10_000, 600_000);
            Account {
                balance: start,
                held: 0,
                blocked: false,
                others: 0,
                start,
            }
        })
        .collect();
    // The second card leads to an account of the first one too.
    let guests = [
        ("61366822", vec![0, 1]),
        ("77003311", vec![1, 2]),
        ("04A2B3C4", vec![3, 4]),
    ]
    .map(|(uid, accounts)| Guest {
        uid: Uid::new(uid).unwrap(),
        accounts,
    })
    .to_vec();
    let orders = (0..rng.between(1, 5))
        .map(|_| {
            let dishes = (0..rng.between(1, 4)).map(|_| rng.between(1, 40_000));
            Bill {
                dishes: dishes.collect(),
                ..Bill::default()
            }
        })
        .collect();
    Books {
        rng,
        plan,
        kind,
        time: Duration::from_secs(1_000),
        asleep: Duration::ZERO,
        clock_error: SignedDuration::ZERO,
        accounts,
        guests,
        operations: BTreeMap::new(),
        next_name: 100,
        next_payment: 0x0198_c0de_0000_7000_8000_0000_0000_0000,
        orders,
        late: vec![],
        outages: <[Outage; 2]>::default(),
        programs: <[Program; TILLS]>::default(),
        ledger: BTreeMap::new(),
        sent: BTreeMap::new(),
        violation: None,
        trace: trace.then(Vec::new),
        coverage: Coverage::default(),
    }
}

/// Runs a till's program until it comes back, or ends in the middle.
pub(super) fn drive(
    site: &Site,
    till: usize,
    nested: bool,
    work: impl FnOnce(&mut Driver<'_>, &mut Screen<'_>) -> Result<(), DriveError>,
) {
    let port = Port { site, till, nested };
    let mut disk = Disk { site, till };
    let mut screen = Screen { site, till };
    site.books().programs[till].cancelled = false;
    let mut driver = Driver {
        wallet: &port,
        pos: &port,
        journal: &mut disk,
        clock: &port,
        patience: &site.patience,
    };
    let result = work(&mut driver, &mut screen);
    let mut books = site.books();
    books.tell(|| match &result {
        Ok(()) => format!("[{till}] comes back"),
        Err(error) => format!("[{till}] ends: {error}"),
    });
    if let Err(DriveError::Replay { payment, source }) = result {
        books.violated("I10", || format!("{payment}: {source}"));
    }
    if books.violation.is_none() {
        let program = &mut books.programs[till];
        program.dead = false;
        program.stopped = false;
    }
}

fn recover(site: &Site, till: usize) {
    site.books().tell(|| format!("[{till}] recovers"));
    drive(site, till, false, |driver, screen| {
        driver.recover(screen).map(drop)
    });
}

fn step(site: &Site) {
    let (till, what, order) = {
        let mut books = site.books();
        let count = books.orders.len();
        let order = books.rng.index(count);
        (books.rng.index(TILLS), books.rng.below(100), order)
    };
    match what {
        0..42 => pay(site, till, order, false),
        42..55 => recover(site, till),
        55..82 => refund(site, till),
        82..92 => people::look(site, till),
        92..96 => site.books().cash(order),
        _ => {
            let mut books = site.books();
            let pause = books.rng.pick(&[60, 3_600, 86_400, 400_000]);
            books.tell(|| format!("{pause} s pass"));
            books.pass(Duration::from_secs(pause));
        }
    }
    if site.books().rng.chance(15) {
        people::look(site, till);
    }
    // Started again, it recovers; sometimes much later.
    if site.books().rng.chance(40) {
        recover(site, till);
    }
}

/// The other till works while this one is in the middle of something.
pub(super) fn other_till(site: &Site, till: usize) {
    let (pays, order) = {
        let mut books = site.books();
        let count = books.orders.len();
        let order = books.rng.index(count);
        (books.rng.chance(75), order)
    };
    if pays {
        pay(site, till, order, true);
    } else {
        drive(site, till, true, |driver, screen| {
            driver.recover(screen).map(drop)
        });
    }
}

fn pay(site: &Site, till: usize, order: usize, nested: bool) {
    let Some((request, again)) = site.books().request(order) else {
        return;
    };
    let copies = if again { 2 } else { 1 };
    for _ in 0..copies {
        drive(site, till, nested, |driver, screen| {
            driver.pay(&request, screen).map(drop)
        });
        if site.books().violation.is_some() {
            return;
        }
    }
}

impl Books {
    /// What a cashier asks for, and whether he holds the key down.
    fn request(&mut self, order: usize) -> Option<(PaymentRequest, bool)> {
        let seen = self.shown_order(order);
        let unpaid = seen.unpaid.kopecks();
        if unpaid <= 0 {
            return None;
        }
        let fault = self.strike(Place::Request);
        let first = self.rng.index(self.guests.len());
        let mut guests = vec![first];
        if fault == Some(Fault::SharedAccount) {
            guests = vec![0, 1];
        } else if self.rng.chance(60) {
            guests.push((first + 1) % self.guests.len());
        }
        let cards: Vec<_> = guests.iter().map(|&guest| self.card(guest)).collect();
        let part = unpaid > 1 && self.rng.chance(35);
        let due = if part {
            self.rng.between(1, unpaid - 1)
        } else {
            unpaid
        };
        let shares = self.shares(&guests, due);
        let mut split = Split {
            shares,
            why: vec![],
        };
        if fault == Some(Fault::DoubleTap) {
            split.shares.extend(split.shares.first().cloned());
        }
        if self.rng.chance(5) {
            self.change(order);
        }
        let request = PaymentRequest {
            order: seen,
            cards,
            split,
            part,
        };
        Some((request, fault == Some(Fault::EnterHeld)))
    }

    fn shares(&mut self, guests: &[usize], due: i64) -> Vec<Share> {
        let mut left = due;
        let mut used = Vec::new();
        let mut shares = Vec::new();
        for &guest in guests {
            for account in self.guests[guest].accounts.clone() {
                let free = self.accounts[account].balance - self.accounts[account].held;
                if used.contains(&account) || free <= 0 || left == 0 {
                    continue;
                }
                used.push(account);
                let whole = self.rng.chance(60);
                let most = free.min(left);
                let amount = if whole {
                    most
                } else {
                    self.rng.between(1, most)
                };
                left -= amount;
                shares.push(Share {
                    uid: self.guests[guest].uid.clone(),
                    account: AccountId(account.to_string()),
                    amount: Money::from_kopecks(amount),
                });
            }
        }
        for share in &mut shares {
            let account = &self.accounts[share.account.0.parse::<usize>().unwrap()];
            let free = account.balance - account.held - share.amount.kopecks();
            let more = free.min(left).max(0);
            left -= more;
            share.amount = Money::from_kopecks(share.amount.kopecks() + more);
        }
        shares
    }
}

fn refund(site: &Site, till: usize) {
    let Some((payment, legs, by_hand)) = site.books().refundable(till) else {
        return;
    };
    let again = site.books().rng.chance(20);
    let request = RefundRequest {
        payment,
        legs,
        by_hand,
        operator: "Старший".into(),
        why: "вернули блюдо".into(),
    };
    for _ in 0..(if again { 2 } else { 1 }) {
        drive(site, till, false, |driver, screen| {
            driver.refund(&request, screen).map(drop)
        });
    }
}

type Asked = (PaymentId, Vec<(u32, Option<Money>)>, bool);

impl Books {
    fn refundable(&mut self, till: usize) -> Option<Asked> {
        let all = self.programs[till].disk.progress.values();
        let done: Vec<_> = all
            .filter(|progress| progress.phase == Phase::Done)
            .map(|progress| (progress.sale.payment, progress.sale.legs.clone()))
            .collect();
        if done.is_empty() {
            return None;
        }
        let (payment, legs) = done[self.rng.index(done.len())].clone();
        let asked = match self.rng.below(4) {
            0 | 1 => vec![],
            2 => vec![(legs[self.rng.index(legs.len())].number, None)],
            _ => {
                let leg = &legs[self.rng.index(legs.len())];
                let part = self.rng.between(1, leg.amount.kopecks());
                vec![(leg.number, Some(Money::from_kopecks(part)))]
            }
        };
        if self.rng.chance(20) {
            let days = self.rng.pick(&[1, 3]);
            self.pass(Duration::from_secs(days * 86_400));
        }
        // Somebody's receipt is minutes old before it is undone; see `pays_arrive`.
        let order = self.ledger[&payment].order;
        self.pays_arrive(order);
        Some((payment, asked, self.rng.chance(15)))
    }

    fn resting(&self) -> bool {
        let programs = self.programs.iter();
        let mut all = programs.flat_map(|program| program.disk.progress.values());
        all.all(crate::payment::progress::Progress::rests)
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
fn come_to_rest(site: &Site) {
    {
        let mut books = site.books();
        books.tell(|| "the faults are gone".to_owned());
        books.plan.end();
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
        let took = books.time - began;
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

fn count_ends(books: &mut Books) {
    let programs = books.programs.iter();
    let progress: Vec<_> = programs
        .flat_map(|program| program.disk.progress.values())
        .map(|progress| kind(progress.phase))
        .collect();
    for end in progress {
        *books.coverage.ends.entry(end).or_default() += 1;
    }
}
