//! Seeded simulation: the real machine and driver against a simulated wallet, r_keeper, journal,
//! clock and cashiers, with everything that can go wrong, by weight. After every event and at rest
//! an oracle with its own books checks the invariants.
//!
//! `LIMEKEEPER_SEEDS=100000 cargo test --lib thousand_seeds` runs that many seeds;
//! `LIMEKEEPER_SEED=7 cargo test --lib thousand_seeds -- --nocapture` runs one and tells its course.

mod books;
mod course;
mod coverage;
mod disk;
mod fault;
mod ledger;
mod licence;
mod people;
mod port;
mod requests;
mod rest;
mod rng;
mod rows;
mod screen;
mod strike;
mod tests;
mod till;
mod wallet;
