//! The disk says that it could not: each write and each synchronisation of a start and a payment
//! fails once, as `strace` makes the system answer. A failed synchronisation is never tried again,
//! nothing is sent after it, and the next start brings the books together.

use std::collections::BTreeMap;

use super::record::under_strace;
use super::*;

/// Most calls of one kind that a start and a payment make; the test ends earlier by itself.
const CALLS_MAX: usize = 400;

/// What came of one failure, without what differs from run to run.
fn one(calls: &str, error: &str, number: usize) -> String {
    let folder = place();
    reserve_in(folder.path());
    let log = folder.path().join("strace");
    let output = under_strace(
        &[
            "-y",
            "-e",
            &format!("trace={calls}"),
            "-e",
            &format!("inject={calls}:error={error}:when={number}"),
            "-o",
            log.to_str().unwrap(),
        ],
        "payment::driver::tests::recorded::works_on_a_disk_that_fails",
        &[("LIMEKEEPER_RECORDED_FOLDER", folder.path().as_os_str())],
    );
    let calls = fs::read_to_string(&log).unwrap();
    let injected: Vec<_> = calls
        .lines()
        .filter(|call| call.contains("(INJECTED)"))
        .collect();
    assert!(injected.len() <= 1, "one failure at a time: {injected:?}");
    // Of the file that is named between angle brackets, or of the folder.
    let of = injected.first().and_then(|call| {
        let path = call.split(['<', '>']).nth(1)?;
        Some(path.strip_prefix(folder.path().to_str()?)?.to_owned())
    });
    let said = String::from_utf8_lossy(&output.stdout);
    let (_, rest) = said.split_once("seen to the end: ").unwrap();
    let line = rest.lines().next().unwrap();
    let of = match (injected.is_empty(), of) {
        (true, _) => "no failure".to_owned(),
        (false, of) => format!("…{}", of.unwrap_or_default()),
    };
    let line = line.replace(&folder.path().display().to_string(), "…");
    format!("{of}: {line}")
}

fn every(calls: &str, error: &str, step: usize) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for number in (1..CALLS_MAX).step_by(step) {
        let came = one(calls, error, number);
        if came.starts_with("no failure") {
            assert_eq!(came, "no failure: Paid, []");
            let tried: usize = seen.values().sum();
            println!("{calls} {error}: {tried} failures, {number} calls at most");
            for (came, times) in seen {
                println!("{times:4} {came}");
            }
            return;
        }
        *seen.entry(came).or_default() += 1;
    }
    panic!("more than {CALLS_MAX} calls");
}

#[test]
fn a_failed_synchronisation_stops_payments_and_the_next_start_recovers() {
    every("fsync,fdatasync", "EIO", 1);
}

#[test]
fn a_failed_write_stops_payments_and_the_next_start_recovers() {
    every("pwrite64", "EIO", 3);
}

/// Once full, and then not any more: the reserve was the answer, or the payment does not begin.
#[test]
fn a_disk_that_is_full_at_any_write_loses_nothing() {
    every("pwrite64", "ENOSPC", 3);
}
