//! The seeds.

use std::collections::BTreeSet;
use std::time::Instant;

use super::course::{Outcome, run, run_counted, run_intended, run_unlocked};
use super::coverage::{Coverage, MEANT, admitted, event_words, is_reachable};
use super::fault::Fault;
use crate::payment::planted::{Planted, plant};

/// Seeds of every ordinary run.
const SEEDS: u64 = 1_000;
const WORKERS: u64 = 2;
/// Seeds of every ordinary run where the licence counts.
const COUNTED: u64 = 1_000;
/// And where a receipt of intent comes first.
const INTENDED: u64 = 1_000;
/// Seeds that once found something, or alone reach something; they run first.
const KEPT: &str = include_str!("seeds.txt");

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn kept() -> impl Iterator<Item = u64> {
    KEPT.lines()
        .filter_map(|line| line.split('#').next()?.trim().parse().ok())
}

fn fail(seed: u64, outcome: &Outcome) -> ! {
    let violation = outcome.violation.as_ref().unwrap();
    let told = run(seed, true);
    for line in &told.trace {
        println!("{line}");
    }
    println!("site: {:?}", told.kind);
    println!("faults: {:?}", told.coverage.faults);
    panic!(
        "{} is broken with seed {seed}: {}\nagain: LIMEKEEPER_SEED={seed} cargo test --lib \
         thousand_seeds -- --nocapture",
        violation.invariant, violation.what
    );
}

/// Those of one worker, up to the first that finds something.
fn work(seeds: impl Iterator<Item = u64>) -> (Coverage, Option<(u64, Outcome)>) {
    let tells = std::env::var_os("LIMEKEEPER_RARE").is_some();
    let mut seen = BTreeSet::new();
    let mut coverage = Coverage::default();
    for seed in seeds {
        let outcome = run(seed, false);
        if outcome.violation.is_some() {
            return (coverage, Some((seed, outcome)));
        }
        if tells {
            for word in reached(&outcome.coverage) {
                if seen.insert(word.clone()) && seed >= SEEDS {
                    println!("{seed} # {word}");
                }
            }
        }
        coverage.merge(outcome.coverage);
    }
    (coverage, None)
}

#[test]
fn thousand_seeds_hold() {
    if let Some(seed) = number("LIMEKEEPER_SEED") {
        let outcome = run(seed, true);
        for line in &outcome.trace {
            println!("{line}");
        }
        println!("site: {:?}", outcome.kind);
        assert!(outcome.violation.is_none(), "{:?}", outcome.violation);
        return;
    }
    let seeds = number("LIMEKEEPER_SEEDS").unwrap_or(SEEDS);
    let began = Instant::now();
    let own = |worker| (0..seeds).filter(move |seed| seed % WORKERS == worker);
    let first = |worker| kept().filter(move |seed| seed % WORKERS == worker);
    let results: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| scope.spawn(move || work(first(worker).chain(own(worker)))))
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join().unwrap());
        joined.collect()
    });
    let took = began.elapsed();
    let mut coverage = Coverage::default();
    let mut violated = None;
    for (reached, failed) in results {
        coverage.merge(reached);
        violated = violated.or(failed);
    }
    if let Some((seed, outcome)) = violated {
        fail(seed, &outcome);
    }
    let per_second = u128::from(seeds) * 1_000 / took.as_millis().max(1);
    let faults: u64 = coverage.faults.values().sum();
    println!("{seeds} seeds in {took:?}: {per_second} a second");
    println!(
        "{} calls, {faults} faults, ends {:?}",
        coverage.calls, coverage.ends
    );
    println!("{coverage:?}");
    let missed = missed(&coverage);
    assert!(
        seeds < SEEDS || missed.is_empty(),
        "never reached: {missed:#?}"
    );
}

/// All of so many seeds at such a site hold; what they reached.
fn hold(seeds: u64, run: fn(u64, bool) -> Outcome) -> Coverage {
    let mut coverage = Coverage::default();
    for seed in 0..seeds {
        let outcome = run(seed, false);
        if let Some(violation) = outcome.violation {
            for line in run(seed, true).trace {
                println!("{line}");
            }
            panic!(
                "{} is broken with seed {seed}: {}",
                violation.invariant, violation.what
            );
        }
        coverage.merge(outcome.coverage);
    }
    println!(
        "{seeds} seeds, {} calls, ends {:?}",
        coverage.calls, coverage.ends
    );
    coverage
}

/// The invariant that the first seed finds broken which notices a planted design.
fn notice(planted: Planted, seeds: u64, run: fn(u64, bool) -> Outcome) -> &'static str {
    plant(Some(planted));
    let noticed = (0..seeds).find_map(|seed| Some((seed, run(seed, false).violation?)));
    plant(None);
    let (seed, violation) = noticed.unwrap();
    println!(
        "{planted:?}: {} seeds, {}: {}",
        seed + 1,
        violation.invariant,
        violation.what
    );
    violation.invariant
}

/// The same courses at sites whose licence counts payments.
#[test]
fn a_licence_that_counts_holds() {
    let coverage = hold(COUNTED, run_counted);
    for step in [
        ("Paying", "Renumbering"),
        ("Renumbering", "Paying"),
        ("Renumbering", "PosAsking"),
        ("Renumbering", "UndoNumbering"),
    ] {
        assert!(coverage.steps.contains_key(&step), "never: {step:?}");
    }
}

/// The same courses at sites that print a receipt of intent first.
#[test]
fn a_receipt_of_intent_holds() {
    let seeds = number("LIMEKEEPER_SEEDS").unwrap_or(INTENDED);
    assert!(hold(seeds, run_intended).events.contains_key(MEANT));
}

/// The same courses where r_keeper knows no locks and the site has accepted that: it takes exactly what
/// is due, so that a changed bill is refused.
#[test]
fn a_till_without_locks_holds() {
    assert!(hold(INTENDED, run_unlocked).ends.contains_key("Done"));
}

/// What a receipt of intent adds may be broken.
#[test]
fn a_receipt_of_intent_that_is_overlooked_is_noticed() {
    let broken = notice(Planted::MeantIsOpen, INTENDED, run_intended);
    assert!(["I4", "I18"].contains(&broken));
}

/// What the licence adds may be broken, too.
#[test]
fn a_number_for_other_bytes_is_noticed() {
    // A number that was refused for good and comes again with other bytes breaks both.
    let broken = notice(Planted::NumberReused, COUNTED, run_counted);
    assert!(["I17", "I26"].contains(&broken));
}

/// A seed that finds something finds it again.
#[test]
fn a_seed_makes_the_same_course() {
    for seed in 0..40 {
        assert_eq!(
            run(seed, false).coverage,
            run(seed, true).coverage,
            "{seed}"
        );
    }
}

/// Faults, events and steps by their words.
fn reached(coverage: &Coverage) -> BTreeSet<String> {
    let faults = coverage.faults.keys().map(|fault| format!("{fault:?}"));
    let events = coverage.events.keys().map(|&word| word.to_owned());
    let steps = coverage.steps.keys();
    let steps = steps.map(|(from, to)| format!("{from} -> {to}"));
    faults.chain(events).chain(steps).collect()
}

/// What was to be reached, and was not.
fn missed(coverage: &Coverage) -> Vec<String> {
    let faults = Fault::ALL.iter().map(|fault| format!("{fault:?}"));
    let events = event_words().into_iter().filter(|&word| word != MEANT);
    let events = events.map(str::to_owned);
    let steps = admitted().into_iter().filter(|&step| is_reachable(step));
    let steps = steps.map(|(from, to)| format!("{from} -> {to}"));
    let reached = reached(coverage);
    let wanted = faults.chain(events).chain(steps);
    wanted.filter(|word| !reached.contains(word)).collect()
}

/// The designs, and the invariants that may notice them.
const DESIGNS: [(Planted, &[&str]); 10] = [
    (Planted::NoKey, &["I3", "I17"]),
    (Planted::RefundOnTimeout, &["I1", "I8"]),
    (Planted::NoJournal, &["I9"]),
    (Planted::VoidOnPosTimeout, &["I4", "I18"]),
    (Planted::QueryThenVoid, &["I4", "I18"]),
    (Planted::NoTombstone, &["I5"]),
    (Planted::AdditiveRepeat, &["I4"]),
    (Planted::PaidIsMine, &["I4", "I22"]),
    (Planted::ExpiringHolds, &["I4"]),
    (Planted::IdReused, &["I17"]),
];

#[test]
fn every_broken_design_is_noticed() {
    for (design, may_notice) in DESIGNS {
        plant(Some(design));
        let noticed = (0..SEEDS).find_map(|seed| Some((seed, run(seed, false).violation?)));
        plant(None);
        let Some((seed, violation)) = noticed else {
            panic!("{design:?} is not noticed in {SEEDS} seeds");
        };
        let (invariant, what) = (violation.invariant, violation.what);
        println!("{design:?}: {} seeds, {invariant}: {what}", seed + 1);
        assert!(may_notice.contains(&invariant), "{design:?}: {invariant}");
    }
}
