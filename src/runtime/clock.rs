//! The system's time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::payment::ports::Clock;

/// Time since the start, the time of day, and waiting that a person can cut short.
#[derive(Debug)]
pub struct SystemClock {
    /// The site's zone, where it is not this computer's.
    zone: Option<TimeZone>,
    start: Instant,
    hurries: Mutex<u64>,
    hurried: Condvar,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::in_zone(None)
    }
}

impl SystemClock {
    /// A clock whose local time is that zone's; `None` is this computer's, whatever it is set to
    /// meanwhile.
    pub fn in_zone(zone: Option<TimeZone>) -> Self {
        Self {
            zone,
            start: Instant::now(),
            hurries: Mutex::new(0),
            hurried: Condvar::new(),
        }
    }

    /// The zone of its local time.
    pub fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or_else(TimeZone::system)
    }

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
        self.zone().to_datetime(Timestamp::now())
    }

    fn day_began(&self) -> Timestamp {
        let now = Timestamp::now().to_zoned_datetime(self.zone());
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

    /// The site's midnight is not this computer's: there is a zone in which it is another day now.
    #[test]
    fn local_time_and_the_day_are_the_sites() {
        for hours in [-12, 12] {
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            let clock = SystemClock::in_zone(Some(zone.clone()));
            let before = zone.to_datetime(Timestamp::now());
            let local = clock.local();
            assert!((before..=zone.to_datetime(Timestamp::now())).contains(&local));
            let began = zone.to_datetime(clock.day_began());
            assert_eq!(began.time(), jiff::civil::Time::midnight());
            assert!(began <= zone.to_datetime(Timestamp::now()));
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
