//! The seeds.

use std::time::Instant;

use super::course::{Outcome, run};
use super::coverage::Coverage;

/// Seeds of every ordinary run.
const SEEDS: u64 = 1_000;
/// Seeds that once found something; they run first.
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
    let threads = 2;
    let results: Vec<(Coverage, Option<(u64, Outcome)>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let mut coverage = Coverage::default();
                    let own = (0..seeds).filter(move |seed| seed % threads == worker);
                    let first = kept().filter(move |seed| seed % threads == worker);
                    for seed in first.chain(own) {
                        let outcome = run(seed, false);
                        if outcome.violation.is_some() {
                            return (coverage, Some((seed, outcome)));
                        }
                        coverage.merge(outcome.coverage);
                    }
                    (coverage, None)
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    let took = began.elapsed();
    let mut coverage = Coverage::default();
    for (reached, failed) in results {
        if let Some((seed, outcome)) = failed {
            fail(seed, &outcome);
        }
        coverage.merge(reached);
    }
    println!("{seeds} seeds in {took:?}");
    println!("{coverage:#?}");
}
