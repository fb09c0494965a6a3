//! The system's time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::{Timestamp, ZonedDateTime};

use crate::payment::ports::Clock;

/// Time since the start, the time of day, and waiting that a person can cut short.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
    hurries: Mutex<u64>,
    hurried: Condvar,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            hurries: Mutex::new(0),
            hurried: Condvar::new(),
        }
    }
}

impl SystemClock {
    /// Whoever waits now waits no longer.
    pub fn hurry(&self) {
        *self.hurries.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.hurried.notify_all();
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn local(&self) -> DateTime {
        ZonedDateTime::now().datetime()
    }

    fn day_began(&self) -> Timestamp {
        let now = ZonedDateTime::now();
        now.start_of_day()
            .map_or_else(|_| now.timestamp(), |start| start.timestamp())
    }

    fn wait(&self, pause: Duration) {
        let hurries = self.hurries.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *hurries;
        let _ = self
            .hurried
            .wait_timeout_while(hurries, pause, |now| *now == before);
    }
}
