//! What differs from one site's Lime to the next: shifts of the cash desk, clocks, numbers, lists in
//! pages. The real program, real HTTP.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::harness::{FAULT_KINDS, Said, Sim, edit_at, till_command};
use crate::relay::{Deed, Relay, Seen, ok};
use crate::screen::Screen;

const CARD: &str = "61366822";
const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");

fn run(config: &Path, args: &[&str]) -> Said {
    Said::of(&till_command(config, args).output().unwrap())
}

/// The till's config with that word for shifts.
fn with_shift(sim: &Sim, word: &str) -> PathBuf {
    sim.config_with("shift.toml", |text| {
        text.replace("[lime]\n", &format!("[lime]\nshift = \"{word}\"\n"))
    })
}

fn closed() -> Sim {
    let sim = Sim::start();
    sim.edit(&json!({"op": "close_shift"}));
    sim
}

#[track_caller]
fn assert_paid_once(sim: &Sim) {
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    assert_eq!(sim.state()["checks"].as_array().unwrap().len(), 1);
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    sim.assert_no_violations();
}

#[track_caller]
fn assert_nothing_moved(sim: &Sim) {
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    assert_eq!(sim.state()["checks"], json!([]));
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    sim.assert_no_violations();
}

#[test]
fn without_a_shift_nothing_begins_and_the_cashier_hears_why() {
    let sim = closed();
    let said = sim.till(&PAY).expect_code(4);
    assert_eq!(said.json()["reason"], "shift_closed");
    assert!(said.err.contains("Смена закрыта"), "{said:?}");
    assert!(said.err.contains("Lime"), "{said:?}");
    assert_nothing_moved(&sim);
    for call in ["lime.GetNextCheckId", "lime.PutCheck", "lime.OpenShift"] {
        assert_eq!(sim.calls(call), 0, "{call}");
    }
    let said = sim.till(&["doctor", "--json"]).expect_code(4);
    assert!(said.out.contains("Смена кассы Lime закрыта"), "{said:?}");
    // Somebody opens it.
    sim.edit(&json!({"op": "open_shift"}));
    assert_eq!(sim.till(&PAY).expect_code(0).json()["state"], "paid");
    assert_paid_once(&sim);
}

#[test]
fn the_first_payment_opens_the_shift_where_the_site_wants_it() {
    let sim = closed();
    let config = with_shift(&sim, "open");
    let said = run(&config, &["doctor"]).expect_code(0);
    assert!(said.out.contains("первая оплата её откроет"), "{said:?}");
    assert_eq!(sim.calls("lime.OpenShift"), 0, "the doctor only looks");
    assert_eq!(run(&config, &PAY).expect_code(0).json()["state"], "paid");
    assert_paid_once(&sim);
    assert_eq!(sim.calls("lime.OpenShift"), 1);
}

#[test]
fn whatever_happens_to_the_opening_the_books_agree() {
    for kind in FAULT_KINDS {
        let sim = closed();
        let config = with_shift(&sim, "open");
        let arg = match kind {
            "delay" => json!(1_300),
            "drip" => json!(50),
            _ => Value::Null,
        };
        let config = {
            let text = std::fs::read_to_string(&config).unwrap();
            let text = text.replace(
                "[lime]\n",
                "[lime]\nread_timeout_s = 1\nwrite_timeout_s = 1\n",
            );
            std::fs::write(&config, text).unwrap();
            config
        };
        sim.fault_with("lime.OpenShift", kind, 1, &arg);
        let said = run(&config, &PAY);
        match said.code {
            0 => assert_paid_once(&sim),
            4 | 6 | 8 => {
                assert_nothing_moved(&sim);
                assert!(!said.err.trim().is_empty(), "{kind}: {said:?}");
                assert_eq!(run(&config, &PAY).expect_code(0).json()["state"], "paid");
                assert_paid_once(&sim);
            }
            other => panic!("{kind}: {other}: {said:?}"),
        }
    }
}

/// Lime's office closes the shift between the look and the check: refused, nothing moves, and the
/// next payment asks anew.
#[test]
fn a_shift_that_is_closed_just_before_the_check() {
    let sim = Sim::start();
    let control = sim.control().to_owned();
    let relay = Relay::start(&sim.lime, move |seen| {
        if seen.name == "PutCheck" && seen.before == 0 {
            edit_at(&control, &json!({"op": "close_shift"}));
        }
        Deed::PassWhole
    });
    let config = with_shift(&sim, "open");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace(&sim.lime, &relay.base)).unwrap();
    let said = run(&config, &PAY).expect_code(4);
    assert_eq!(said.json()["reason"], "shift_closed");
    assert_nothing_moved(&sim);
    assert_eq!(run(&config, &PAY).expect_code(0).json()["state"], "paid");
    assert_paid_once(&sim);
    assert_eq!(sim.calls("lime.OpenShift"), 1);
}

/// The money is taken, r_keeper refuses, and meanwhile the shift is closed: it goes back once there is
/// a shift again, and until then nobody says that it did.
#[test]
fn money_goes_back_when_there_is_a_shift_again() {
    let sim = Sim::start();
    let control = sim.control().to_owned();
    let relay = Relay::start(&sim.rkeeper, move |seen| {
        if seen.name == "PayOrder" {
            edit_at(&control, &json!({"op": "close_shift"}));
        }
        Deed::Pass
    });
    sim.fault_with("rkeeper.PayOrder", "refuse", 1, &json!("3373"));
    let config = sim.config_with("relayed.toml", |text| {
        let text = text.replace(&sim.rkeeper, &relay.base);
        format!("{text}\n[payment]\nfront_s = 2\nretry_s = [1]\n")
    });
    let said = run(&config, &PAY);
    assert_eq!(said.code, 5, "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    sim.edit(&json!({"op": "open_shift"}));
    let said = run(&config, &["recover", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    sim.assert_no_violations();
}

fn findings(said: &Said, level: &str) -> Vec<String> {
    let json = said.json();
    let all = json["findings"].as_array().unwrap().iter();
    let own = all.filter(|own| own["level"] == level);
    let text = |own: &Value, name: &str| own[name].as_str().unwrap_or_default().to_owned();
    own.map(|own| format!("{} {}", text(own, "what"), text(own, "todo")))
        .collect()
}

#[test]
fn numbers_that_lime_does_not_have_are_named() {
    let sim = Sim::start();
    for (key, number, words) in [
        ("installation_id", "777", "такой инсталляции в Lime нет"),
        ("cashdesk_id", "778", "такой кассы в Lime нет"),
        (
            "service_good_type_id",
            "779",
            "такого товара или счёта в Lime нет",
        ),
    ] {
        let config = sim.config_with("numbers.toml", |text| {
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| !line.starts_with(&format!("{key} =")))
                .collect();
            let text = lines.join("\n");
            text.replace(
                "[lime]\n",
                &format!("[lime]\nshift = \"unchecked\"\n{key} = {number}\n"),
            )
        });
        let said = run(&config, &["doctor", "--json"]).expect_code(4);
        let bad = findings(&said, "bad");
        assert!(
            bad.len() == 1 && bad[0].contains(words) && bad[0].contains(number),
            "{bad:?}"
        );
    }
}

#[test]
fn lists_that_may_not_be_read_are_a_note() {
    let sim = Sim::start();
    sim.fault("lime.Cashdesks.Select", "refuse", 1);
    sim.fault("lime.GoodTypes.Select", "html", 1);
    let said = sim.till(&["doctor", "--json"]).expect_code(0);
    let notes = findings(&said, "note");
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes.iter().all(|note| note.contains("не сверены")),
        "{notes:?}"
    );
}

#[test]
fn a_server_that_ignores_pages_is_read_as_well() {
    let sim = Sim::start_with(&SAMPLE.replace("ignores_pages = false", "ignores_pages = true"));
    let said = sim.till(&["doctor", "--json"]).expect_code(0);
    assert!(
        findings(&said, "ok")
            .iter()
            .any(|own| own.contains("good_type_id = 1: Депозит"))
    );
    assert_eq!(findings(&said, "note"), [""; 0], "{said:?}");
    sim.assert_no_violations();
}

/// Lime's clock as it is, moved by so much.
fn moved(seen: &Seen, by: SignedDuration) -> Deed {
    if seen.name != "GetServerCurrentTime" {
        return Deed::PassWhole;
    }
    Deed::Distort(Box::new(move |body| {
        let time: DateTime = serde_json::from_slice(&body).unwrap();
        let time = time.checked_add(by).unwrap();
        ok(format!("\"{time}\"").as_bytes())
    }))
}

#[test]
fn clocks_that_differ_are_said_by_the_doctor_and_on_the_screen() {
    let hour = SignedDuration::from_hours(1);
    for (by, words) in [(hour, "впереди"), (-hour, "отстают")] {
        let sim = Sim::start();
        let relay = Relay::start(&sim.lime, move |seen| moved(seen, by));
        let config = sim.config_with("clock.toml", |text| text.replace(&sim.lime, &relay.base));
        let said = run(&config, &["doctor", "--json"]).expect_code(0);
        let notes = findings(&said, "note");
        assert!(
            notes.len() == 1 && notes[0].contains("расходятся"),
            "{notes:?}"
        );
        let mut screen = Screen::start(&["run"], Some(&config));
        screen.wait("the clocks", |text| {
            text.contains("часы Lime") && text.contains(words)
        });
        // And nothing of it stands in the way of a payment.
        screen.leave();
        assert_eq!(run(&config, &PAY).expect_code(0).json()["state"], "paid");
        assert_paid_once(&sim);
    }
}

#[test]
fn clocks_within_the_limit_are_nothing_to_say() {
    let sim = Sim::start();
    let by = SignedDuration::from_secs(90);
    let relay = Relay::start(&sim.lime, move |seen| moved(seen, by));
    let config = sim.config_with("clock.toml", |text| text.replace(&sim.lime, &relay.base));
    let said = run(&config, &["doctor", "--json"]).expect_code(0);
    assert_eq!(findings(&said, "note"), [""; 0]);
    // The limit is the site's.
    let config = sim.config_with("strict.toml", |text| {
        text.replace(&sim.lime, &relay.base)
            .replace("[lime]\n", "[lime]\nclock_limit_s = 30\n")
    });
    let said = run(&config, &["doctor", "--json"]).expect_code(0);
    assert_eq!(findings(&said, "note").len(), 1, "{said:?}");
}

/// Both clocks of a check are the site's, whatever zone the till is set to.
#[test]
fn a_check_carries_the_sites_clock() {
    let sim = Sim::start();
    let relay = Relay::start(&sim.lime, |_| Deed::PassWhole);
    let config = sim.config_with("zone.toml", |text| {
        text.replace(&sim.lime, &relay.base)
            .replace("[lime]\n", "[lime]\ntime_zone = \"Etc/GMT-9\"\n")
    });
    let paid = till_command(&config, &PAY)
        .env("TZ", "Etc/GMT-3")
        .output()
        .unwrap();
    Said::of(&paid).expect_code(0);
    let body: Value = serde_json::from_slice(&relay.bodies("PutCheck")[0]).unwrap();
    let time = |name: &str| -> DateTime { body["check"][name].as_str().unwrap().parse().unwrap() };
    assert_eq!(time("time"), time("installationTime"));
    let now = jiff::Timestamp::now();
    let there = jiff::tz::TimeZone::get("Etc/GMT-9")
        .unwrap()
        .to_datetime(now);
    let late = there.duration_since(time("time"));
    assert!(late >= SignedDuration::from_secs(-1) && late < SignedDuration::from_mins(5));
}
