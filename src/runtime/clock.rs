//! The system's time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::payment::ports::Clock;

/// That moment on the clocks of a zone.
pub(super) fn local_in(at: Timestamp, zone: &TimeZone) -> DateTime {
    zone.to_datetime(at)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Midnight of the site is not midnight of the till, and an hour that the clocks skip or repeat
    /// is the site's.
    #[test]
    fn the_clocks_of_the_site() {
        for (zone, at, local) in [
            (
                "Europe/Moscow",
                "2026-11-30T20:59:59Z",
                "2026-11-30T23:59:59",
            ),
            (
                "Europe/Moscow",
                "2026-11-30T21:00:00Z",
                "2026-12-01T00:00:00",
            ),
            (
                "Asia/Krasnoyarsk",
                "2026-11-30T17:00:00Z",
                "2026-12-01T00:00:00",
            ),
            // Clocks go forward, then back.
            (
                "Europe/Berlin",
                "2026-03-29T00:59:59Z",
                "2026-03-29T01:59:59",
            ),
            (
                "Europe/Berlin",
                "2026-03-29T01:00:00Z",
                "2026-03-29T03:00:00",
            ),
            (
                "Europe/Berlin",
                "2026-10-25T00:30:00Z",
                "2026-10-25T02:30:00",
            ),
            (
                "Europe/Berlin",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:30:00",
            ),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let local: DateTime = local.parse().unwrap();
            assert_eq!(local_in(at.parse().unwrap(), &zone), local, "{at}");
        }
    }

    #[test]
    fn the_day_began_at_midnight_and_not_later_than_now() {
        let clock = SystemClock::default();
        let began = clock.day_began();
        assert!(began <= clock.now());
        let local = TimeZone::system().to_datetime(began);
        assert!(local.time() < jiff::civil::time(4, 0, 0, 0), "{local}");
    }
}
