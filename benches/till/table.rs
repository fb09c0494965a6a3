//! How the figures are printed.

use std::fs;
use std::time::Duration;

use crate::stand_ins::ms;

/// What build this is, and how busy the machine.
pub fn head() {
    let build = if cfg!(debug_assertions) {
        "DEBUG BUILD"
    } else {
        "release build"
    };
    println!("{build}; load of the machine {}\n", load());
}

/// The mean number of processes that wanted to run in the last minute.
pub fn load() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().unwrap_or("?").to_owned()
}

pub fn title(words: &str) {
    println!(
        "\n{words:<44} │ {:>7} {:>10} {:>10} {:>10} {:>10} │ {:>9}",
        "samples", "p50", "p99", "worst", "floor", "bytes"
    );
}

/// A line of the table: times, the floor, and the median of the bytes that went to the terminal.
pub fn row(what: &str, mut times: Vec<Duration>, floor: Duration, mut bytes: Vec<usize>) {
    times.sort_unstable();
    bytes.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).copied().unwrap_or_default()
    };
    println!(
        "{what:<44} │ {:>7} {:>10} {:>10} {:>10} {:>10} │ {:>9}",
        times.len(),
        ms(at(50)),
        ms(at(99)),
        ms(at(100)),
        ms(floor),
        bytes.get(bytes.len() / 2).copied().unwrap_or_default(),
    );
}
