//! What a till costs that nobody touches, with both servers there and no card reader.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::program::Running;
use crate::stand_ins::{SAMPLE, StandIns, ms};
use crate::table::load;

/// After the start everything is looked at once.
const SETTLED: Duration = Duration::from_secs(5);

pub fn run(time: Duration) {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let sim = StandIns::start(place.path(), SAMPLE);
    let mut screen = Running::start(&sim.config);
    screen.wait("F10");
    thread::sleep(SETTLED);
    screen.calm();
    let id = screen.id();
    let (before, drawn) = (Used::of(id), screen.seen);
    thread::sleep(time);
    screen.calm();
    let after = Used::of(id);
    let seconds = time.as_secs();
    let busy = after.busy.saturating_sub(before.busy);
    println!("\nidle for {seconds} s; load of the machine {}", load());
    println!(
        "wake-ups a minute: {} ({} of the thread that draws)",
        (after.naps - before.naps) * 60 / seconds,
        (after.naps_drawing - before.naps_drawing) * 60 / seconds
    );
    println!(
        "processor time: {}, in an hour {:.2} s",
        ms(busy),
        busy.as_secs_f64() * 3_600.0 / time.as_secs_f64()
    );
    println!("bytes to the terminal: {}", screen.seen - drawn);
    println!(
        "resident memory: {} KiB, {} of them private to the program",
        after.resident, after.private
    );
}

/// What a process has used so far, all threads together.
struct Used {
    busy: Duration,
    naps: u64,
    naps_drawing: u64,
    resident: u64,
    private: u64,
}

impl Used {
    fn of(id: u32) -> Self {
        let mut used = Self {
            busy: Duration::ZERO,
            naps: 0,
            naps_drawing: 0,
            resident: number(&format!("/proc/{id}/status"), "VmRSS:"),
            private: number(&format!("/proc/{id}/status"), "RssAnon:"),
        };
        for task in fs::read_dir(format!("/proc/{id}/task")).unwrap() {
            let path = task.unwrap().path();
            let schedule = fs::read_to_string(path.join("schedstat")).unwrap_or_default();
            let busy = schedule.split(' ').next().and_then(|ns| ns.parse().ok());
            used.busy += Duration::from_nanos(busy.unwrap_or_default());
            let status = path.join("status");
            let naps = number(&status.to_string_lossy(), "voluntary_ctxt_switches:");
            used.naps += naps;
            if path
                .file_name()
                .is_some_and(|name| *name == *id.to_string())
            {
                used.naps_drawing = naps;
            }
        }
        used
    }
}

/// The number behind that word at the beginning of a line.
fn number(path: &str, word: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(word));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}
