//! One course: a day at two tills, made from a seed.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::books::{Books, Kind, Outage, Program, Site, TILLS, Violation};
use super::coverage::{Coverage, kind};
use super::disk::Disk;
use super::fault::Plan;
use super::licence::Licence;
use super::people;
use super::port::Port;
use super::rest::come_to_rest;
use super::rng::Rng;
use super::screen::Screen;
use super::till::Bill;
use super::wallet::{Account, Guest};
use crate::domain::Uid;
use crate::payment::driver::{DriveError, Driver};
use crate::payment::planted::{Planted, planted};
use crate::payment::refund::RefundRequest;

pub(super) struct Outcome {
    pub(super) violation: Option<Violation>,
    pub(super) coverage: Coverage,
    pub(super) trace: Vec<String>,
    pub(super) kind: Kind,
}

pub(super) fn run(seed: u64, trace: bool) -> Outcome {
    course(world(seed, trace))
}

/// The same at a site whose licence counts.
pub(super) fn run_counted(seed: u64, trace: bool) -> Outcome {
    let mut books = world(seed, trace);
    books.kind.counts = true;
    books.licence = Licence::new(seed);
    course(books)
}

/// The same at a site that prints a receipt of intent before a payment.
pub(super) fn run_intended(seed: u64, trace: bool) -> Outcome {
    let mut books = world(seed, trace);
    books.kind.intents = true;
    course(books)
}

/// The same where r_keeper knows no locks.
pub(super) fn run_unlocked(seed: u64, trace: bool) -> Outcome {
    let mut books = world(seed, trace);
    books.kind.locks = false;
    course(books)
}

fn course(books: Books) -> Outcome {
    let site = Site::new(books);
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
        counts: false,
        intents: false,
        locks: true,
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
        licence: Licence::new(seed),
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

pub(super) fn recover(site: &Site, till: usize) {
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
        approver: None,
        why: "вернули блюдо".into(),
    };
    for _ in 0..(if again { 2 } else { 1 }) {
        drive(site, till, false, |driver, screen| {
            driver.refund(&request, screen).map(drop)
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
