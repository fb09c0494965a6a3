//! Nights on which the site's clocks are put back or forward, through the real program: its journal and
//! the server's report put a sale on the same day, and tell the same time.
//!
//! Nobody waits for such a night: the bill is paid now, and the reports are asked for in zones whose
//! clocks change around the moment at which it was paid.

use std::fs;
use std::path::Path;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use serde_json::Value;

use super::reports::sources;
use super::{CARD, Site, pay};
use crate::harness::{Said, Sim, till_command};

/// Name of the zone in the config.
const ZONE: &str = "Site/Night";

/// A night, and where in it the bill was paid.
struct Night {
    name: &'static str,
    /// The clocks are put back at 03:00, else forward at 02:00.
    back: bool,
    /// What the site's clocks showed at the payment, on the day of the change or after it.
    shown: (i16, &'static str),
    /// They were in summer time then.
    summer: bool,
}

const NIGHTS: [Night; 8] = [
    Night {
        name: "the hour that comes twice, the first time",
        back: true,
        shown: (0, "02:30:00"),
        summer: true,
    },
    Night {
        name: "the hour that comes twice, the second time",
        back: true,
        shown: (0, "02:30:00"),
        summer: false,
    },
    Night {
        name: "the twenty-fifth hour of a day",
        back: true,
        shown: (0, "23:30:00"),
        summer: false,
    },
    Night {
        name: "the first second after a day of twenty-five hours",
        back: true,
        shown: (1, "00:00:00"),
        summer: false,
    },
    Night {
        name: "the last second before the hour that is missing",
        back: false,
        shown: (0, "01:59:59"),
        summer: false,
    },
    Night {
        name: "the first second after the hour that is missing",
        back: false,
        shown: (0, "03:00:00"),
        summer: true,
    },
    Night {
        name: "the last second of a day of twenty-three hours",
        back: false,
        shown: (0, "23:59:59"),
        summer: true,
    },
    Night {
        name: "the first half hour after it",
        back: false,
        shown: (1, "00:30:00"),
        summer: true,
    },
];

impl Night {
    /// What the clocks showed, if the day of the change is that one.
    fn shown_on(&self, day: Date) -> DateTime {
        let (later, time) = self.shown;
        let time: jiff::civil::Time = time.parse().unwrap();
        day.checked_add(i64::from(later).days())
            .unwrap()
            .to_datetime(time)
    }

    /// The rule of a zone that has this night on that day, where `paid` is the payment in UTC.
    fn rule(&self, day: Date, paid: DateTime) -> String {
        let east =
            self.shown_on(day).duration_since(paid).as_secs() - i64::from(self.summer) * 3_600;
        // POSIX counts to the west.
        let sign = if east < 0 { '+' } else { '-' };
        let (hours, rest) = (east.abs() / 3_600, east.abs() % 3_600);
        let zone = format!("STD{sign}{hours:02}:{:02}:{:02}SUM", rest / 60, rest % 60);
        // The other change of the year is far away.
        let other = if day.month() > 6 { "J60" } else { "J300" };
        let day = format!("J{}", julian(day));
        if self.back {
            format!("{zone},{other}/2,{day}/3")
        } else {
            format!("{zone},{day}/2,{other}/3")
        }
    }
}

/// The day of a year that knows no 29th of February.
fn julian(day: Date) -> i16 {
    let after_february = day.in_leap_year() && day.month() > 2;
    day.day_of_year() - i16::from(after_february)
}

/// A file as the system has them for zones, with nothing in it but a rule.
fn zone_file(rule: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Once for programs of the last century, once for those of this one.
    for _ in 0..2 {
        bytes.extend(b"TZif2");
        bytes.extend([0; 15]);
        // No leap seconds and such; no change before the rule, one kind of time, four letters.
        for count in [0_u32, 0, 0, 0, 1, 4] {
            bytes.extend(count.to_be_bytes());
        }
        bytes.extend([0; 6]);
        bytes.extend(b"STD\0");
    }
    bytes.extend(format!("\n{rule}\n").bytes());
    bytes
}

fn report(sim: &Sim, zones: &Path, words: &[&str], source: &str, day: Date) -> Value {
    let day = day.to_string();
    let days = ["--source", source, "--from", &day, "--to", &day, "--json"];
    let args = [&["report"], words, &days].concat();
    let mut command = till_command(&sim.config, &args);
    let output = command.env("TZ", "UTC0").env("TZDIR", zones).output();
    Said::of(&output.unwrap()).expect_code(0).json()
}

#[test]
fn on_a_night_when_clocks_change_journal_and_server_agree() {
    for site in Site::BOTH {
        let sim = site.start();
        let paid = pay(&sim).expect_code(0).json();
        let began: jiff::Timestamp = paid["started_at"].as_str().unwrap().parse().unwrap();
        let zones = sim.config.with_file_name("zones");
        fs::create_dir_all(zones.join("Site")).unwrap();
        let plain = fs::read_to_string(&sim.config).unwrap();
        let zoned = plain.replacen("[lime]\n", &format!("[lime]\ntime_zone = \"{ZONE}\"\n"), 1);
        fs::write(&sim.config, zoned).unwrap();
        // To the second, as the debit was booked.
        fs::write(zones.join(ZONE), zone_file("UTC0")).unwrap();
        let today = jiff::tz::TimeZone::UTC.to_datetime(began).date();
        let booked = [today, today.tomorrow().unwrap()]
            .into_iter()
            .find_map(|day| {
                let sold = report(&sim, &zones, &["sales"], "journal", day);
                Some(
                    sold["sales"][0]["time"]
                        .as_str()?
                        .parse::<DateTime>()
                        .unwrap(),
                )
            });
        let booked = booked.unwrap();
        for night in &NIGHTS {
            // The nearer of two days, or the zone would be too far east.
            let day = [booked.date(), booked.date().yesterday().unwrap()]
                .into_iter()
                .min_by_key(|day| night.shown_on(*day).duration_since(booked).abs())
                .unwrap();
            let rule = night.rule(day, booked);
            fs::write(zones.join(ZONE), zone_file(&rule)).unwrap();
            let shown = night.shown_on(day);
            for source in sources(site) {
                let own = shown.date();
                for asked in [own.yesterday().unwrap(), own, own.tomorrow().unwrap()] {
                    let sales = report(&sim, &zones, &["sales"], source, asked);
                    let card = report(&sim, &zones, &["card", CARD], source, asked);
                    let case = format!("{site:?} {source} {rule}, {}: {asked}", night.name);
                    let is_there = asked == own;
                    let (sales, rows) = (&sales["sales"], &card["rows"]);
                    let count = |rows: &Value| rows.as_array().unwrap().len();
                    assert_eq!(count(sales), usize::from(is_there), "{case}");
                    assert_eq!(count(rows), 6 * usize::from(is_there), "{case}");
                    if is_there {
                        assert_eq!(sales[0]["time"], shown.to_string(), "{case}");
                        assert_eq!(rows[0]["time"], shown.to_string(), "{case}");
                    }
                }
            }
        }
    }
}
