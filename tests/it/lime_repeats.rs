//! A check that comes twice under one number: what a server makes of it, and what the till makes of
//! the server. «Read back» is whether the site lets a check be read (`lime.assumed.read_check`).

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Said, Sim, till_command};
use crate::screen::{Screen, press_until};

const CARD: &str = "61366822";
const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");

fn server(repeated: &str) -> Sim {
    let to = format!("repeated_check = \"{repeated}\"");
    assert!(SAMPLE.contains("repeated_check = \"replay\""));
    Sim::start_with(&SAMPLE.replace("repeated_check = \"replay\"", &to))
}

/// An impatient till's config at a site that reads checks back or not, with more about it.
fn site(sim: &Sim, reads_back: bool, more: &str) -> PathBuf {
    let assumed = "[lime.assumed]\n";
    let read = if reads_back {
        ""
    } else {
        "read_check = \"\"\n"
    };
    sim.config_with("site.toml", |text| {
        assert!(text.contains(assumed), "{text}");
        let text = text.replace(assumed, &format!("{assumed}{read}{more}"));
        format!("{text}\n[payment]\nfront_s = 3\nretry_s = [1]\n")
    })
}

fn run(config: &Path, args: &[&str]) -> Said {
    Said::of(&till_command(config, args).output().unwrap())
}

/// What the list of what needs a person has of servers and journal that disagree.
fn orphans(listed: &Value) -> Vec<Value> {
    let all = listed.as_array().unwrap().iter();
    all.filter(|row| row["state"] == "orphan")
        .cloned()
        .collect()
}

#[test]
fn every_server_with_every_site_and_both_ways_to_come_twice() {
    for (repeated, reads_back, fault, code, debits) in [
        ("replay", true, "lose_reply", 0, 1),
        ("replay", false, "lose_reply", 0, 1),
        ("replay", true, "duplicate", 0, 1),
        ("refuse", true, "lose_reply", 0, 1),
        // Nobody can be asked, and «used before» may be our own first copy: a person decides.
        ("refuse", false, "lose_reply", 5, 1),
        ("refuse", true, "duplicate", 0, 1),
        ("double", true, "lose_reply", 0, 1),
        ("double", false, "lose_reply", 0, 2),
        ("double", true, "duplicate", 0, 2),
    ] {
        let case = format!("{repeated}, read back: {reads_back}, {fault}");
        let sim = server(repeated);
        let config = site(&sim, reads_back, "");
        sim.fault("lime.PutCheck", fault, 1);
        let said = run(&config, &PAY);
        assert_eq!(said.code, code, "{case}: {said:?}");
        let left = if debits == 1 { "2650.00" } else { "300.00" };
        assert_eq!(sim.balance(CARD, "Депозит"), left, "{case}");
        if debits == 1 {
            sim.assert_no_violations();
        }
        let recovered = run(&config, &["recover", "--json"]);
        let found = orphans(&recovered.json());
        if debits == 1 {
            assert_eq!(recovered.code, code, "{case}: {recovered:?}");
            assert!(found.is_empty(), "{case}: {found:?}");
            continue;
        }
        // Booked twice: named with both sums, for a person, until he says that he knows.
        assert_eq!(recovered.code, 5, "{case}: {recovered:?}");
        assert_eq!(found.len(), 1, "{case}: {recovered:?}");
        assert_eq!(found[0]["orphan"]["kind"], "too_much", "{case}");
        assert_eq!(
            found[0]["orphan"]["lime"],
            json!({"shown": "4700.00", "believed": "2350.00"}),
            "{case}"
        );
    }
}

/// Where the site says that a repeat would move money again, nothing is ever sent twice.
#[test]
fn a_site_that_doubles_is_never_sent_a_repeat() {
    let sim = server("double");
    let config = site(&sim, false, "repeat_same_check = false\n");
    sim.fault("lime.PutCheck", "lose_reply", 1);
    let said = run(&config, &PAY);
    assert_eq!(said.code, 5, "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    assert_eq!(sim.state()["requests"]["lime.PutCheck"], 1);
}

/// On the till's screen nobody calls `recover`: after a repeat it looks back by itself.
#[test]
fn the_till_screen_looks_back_after_a_repeat() {
    let sim = server("double");
    let config = site(&sim, false, "");
    let mut screen = Screen::start(&[], Some(&config));
    screen.wait_for("*/1");
    press_until(&mut screen, "\r", |text| {
        text.contains("Запеченный ролл с курицей")
    });
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    sim.fault("lime.PutCheck", "lose_reply", 1);
    screen.pay();
    let until = Instant::now() + PATIENCE;
    loop {
        let listed = run(&config, &["payments", "--json"]).json();
        let found = orphans(&listed);
        if let Some(found) = found.first() {
            assert_eq!(found["orphan"]["kind"], "too_much", "{listed}");
            break;
        }
        assert!(
            Instant::now() < until,
            "the screen did not look back: {listed}"
        );
    }
    assert_eq!(sim.balance(CARD, "Депозит"), "300.00");
}

/// A site that lists no checks: the answers themselves show what was booked twice, and `pay` says so.
#[test]
fn what_answers_show_as_booked_twice_is_noticed_without_a_list() {
    let both = json!({"shown": "4700.00", "believed": "2350.00"});
    for (reads_back, fault) in [(false, "lose_reply"), (true, "duplicate")] {
        let sim = server("double_shown");
        let config = site(&sim, reads_back, "");
        let text = std::fs::read_to_string(&config).unwrap();
        let list = text.lines().find(|line| line.starts_with("list_checks"));
        let config = sim.config_with("listless.toml", |_| text.replace(list.unwrap(), ""));
        sim.fault("lime.PutCheck", fault, 1);
        let paid = run(&config, &PAY).expect_code(0);
        assert_eq!(sim.balance(CARD, "Депозит"), "300.00", "{fault}");
        assert_eq!(paid.json()["state"], "paid", "{fault}");
        let id = paid.json()["payment_id"].as_str().unwrap().to_owned();
        if fault == "lose_reply" {
            // The repeat's own answer had it twice.
            let orphan = &paid.json()["orphan"];
            assert_eq!(orphan["kind"], "too_much", "{paid:?}");
            assert_eq!(orphan["lime"], both, "{paid:?}");
            assert!(!paid.err.is_empty(), "{paid:?}");
            let text = run(&config, &["payment", &id]).expect_code(0).out;
            assert!(text.contains("4700.00"), "{text}");
        } else {
            // The answer went before the second copy; the newest checks are asked for when looking back.
            assert_eq!(paid.json()["orphan"], Value::Null, "{paid:?}");
        }
        let recovered = run(&config, &["recover", "--json"]);
        assert_eq!(recovered.code, 5, "{recovered:?}");
        let found = orphans(&recovered.json());
        assert_eq!(found[0]["orphan"]["lime"], both, "{recovered:?}");
        let shown = run(&config, &["payment", &id, "--json"]).expect_code(0);
        assert_eq!(shown.json()["orphan"]["lime"], both, "{shown:?}");
        // It goes when a person knows, and is not found again.
        let known = [
            "decide",
            &id,
            "--known",
            "--operator",
            "NAME",
            "--reason",
            "WHY",
        ];
        run(&config, &known).expect_code(0);
        run(&config, &["recover", "--json"]).expect_code(0);
        let shown = run(&config, &["payment", &id, "--json"]).expect_code(0);
        assert_eq!(shown.json()["orphan"], Value::Null, "{shown:?}");
    }
}

/// Where the site lists its checks, `pay` looks back by itself after a request that went twice.
#[test]
fn pay_says_what_was_booked_twice() {
    let sim = server("double");
    let config = site(&sim, false, "");
    sim.fault("lime.PutCheck", "lose_reply", 1);
    let paid = run(&config, &PAY).expect_code(0).json();
    assert_eq!(paid["orphan"]["kind"], "too_much", "{paid}");
    assert_eq!(paid["orphan"]["lime"]["shown"], "4700.00", "{paid}");
    let once = sim.till(&["pay", "3/1", "--card", "50331649", "--json"]);
    assert_eq!(once.json()["orphan"], Value::Null, "{once:?}");
}
