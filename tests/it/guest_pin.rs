//! The guest's PIN above a sum: asked for before anything moves, checked by Lime once, and nowhere kept.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Said, Sim, till_command};
use crate::screen::{F5, Screen, press_until};

const CARD: &str = "61366822";
const FAMILY: &str = "50331649";
/// As the sample has them.
const PIN: &str = "2580";
const FAMILY_PIN: &str = "1470";

/// A till whose deposits want a PIN above that sum.
fn site(sim: &Sim, above: &str) -> PathBuf {
    sim.config_with("pin.toml", |text| {
        let own = "good_type_id = 1\n";
        assert!(text.contains(own), "{text}");
        text.replacen(own, &format!("{own}pin_above = \"{above}\"\n"), 1)
    })
}

fn pay(config: &Path, more: &[&str], pin: Option<&str>) -> Said {
    let args = [&["pay", "*/1", "--json"], more].concat();
    let mut command = till_command(config, &args);
    command.env_remove("LIMEKEEPER_GUEST_PIN");
    if let Some(pin) = pin {
        command.env("LIMEKEEPER_GUEST_PIN", pin);
    }
    Said::of(&command.output().unwrap())
}

#[track_caller]
fn assert_nothing_moved(sim: &Sim) {
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    assert_eq!(sim.state()["checks"], serde_json::json!([]));
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    sim.assert_no_violations();
}

#[test]
fn a_sum_above_the_rule_pays_after_the_right_pin() {
    let sim = Sim::start();
    let config = site(&sim, "1000.00");
    let card = ["--card", CARD];
    let asks = ["--card", CARD, "--guest-pin"];
    for (args, pin, reason, tries) in [
        (&card[..], Some(PIN), "account_rule", 0),
        (&asks, None, "account_rule", 0),
        (&asks, Some("12"), "account_rule", 0),
        (&asks, Some("0000"), "pin_wrong", 1),
    ] {
        let said = pay(&config, args, pin).expect_code(4);
        assert_eq!(said.json()["reason"], reason, "{said:?}");
        assert_eq!(sim.calls("lime.CheckPin"), tries, "{said:?}");
        assert_nothing_moved(&sim);
    }
    let said = pay(&config, &asks, Some(PIN)).expect_code(0);
    let paid = said.json();
    assert_eq!(paid["state"], "paid");
    let at = paid["legs"][0]["pin_checked_at"].as_str().unwrap();
    assert!(at.parse::<jiff::Timestamp>().is_ok(), "{at}");
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    // The journal has that it was checked, and when.
    let id = paid["payment_id"].as_str().unwrap();
    let mut kept = till_command(&config, &["payment", id, "--json"]);
    let kept = Said::of(&kept.output().unwrap()).expect_code(0).json();
    assert_eq!(kept["legs"][0]["pin_checked_at"], at);
    sim.assert_no_violations();
}

#[test]
fn up_to_the_rule_nobody_is_asked() {
    let sim = Sim::start();
    let config = site(&sim, "2350.00");
    let paid = pay(&config, &["--card", CARD], None).expect_code(0).json();
    assert_eq!(paid["legs"][0]["pin_checked_at"], Value::Null);
    assert_eq!(sim.calls("lime.CheckPin"), 0);
}

/// Each guest has his own, and is asked once however many of his accounts pay.
#[test]
fn every_guest_is_asked_for_his_own() {
    let sim = Sim::start();
    let config = site(&sim, "500.00");
    let shares = [
        "--card",
        CARD,
        "--card",
        FAMILY,
        "--take",
        "61366822:Депозит:1350.00",
        "--take",
        "50331649:Депозит:1000.00",
        "--guest-pin",
    ];
    let said = pay(&config, &shares, Some(PIN)).expect_code(4);
    assert_eq!(said.json()["reason"], "account_rule", "{said:?}");
    assert_nothing_moved(&sim);
    let both = format!("{PIN} {FAMILY_PIN}");
    let paid = pay(&config, &shares, Some(&both)).expect_code(0).json();
    for leg in paid["legs"].as_array().unwrap() {
        assert!(leg["pin_checked_at"].is_string(), "{leg}");
    }
}

#[test]
fn after_three_wrong_ones_the_right_one_is_taken_no_more() {
    let sim = Sim::start();
    let config = site(&sim, "1000.00");
    let asks = ["--card", CARD, "--guest-pin"];
    for (pin, reason) in [
        ("1111", "pin_wrong"),
        ("2222", "pin_wrong"),
        ("3333", "pin_blocked"),
        (PIN, "pin_blocked"),
    ] {
        let said = pay(&config, &asks, Some(pin)).expect_code(4);
        assert_eq!(said.json()["reason"], reason, "{pin}");
        assert_nothing_moved(&sim);
    }
}

/// Whatever becomes of the question, it is asked once, nothing moves, and the next try pays.
#[test]
fn every_fault_of_the_check_leaves_the_money_alone() {
    for kind in [
        "refuse",
        "lose_request",
        "lose_reply",
        "error_before",
        "error_after",
        "garbage",
        "cut_body",
        "html",
    ] {
        let sim = Sim::start();
        let config = site(&sim, "1000.00");
        sim.fault("lime.CheckPin", kind, 1);
        let asks = ["--card", CARD, "--guest-pin"];
        let said = pay(&config, &asks, Some(PIN));
        assert!(matches!(said.code, 4..=6), "{kind}: {said:?}");
        assert_eq!(sim.calls("lime.CheckPin"), 1, "{kind}");
        assert_nothing_moved(&sim);
        pay(&config, &asks, Some(PIN)).expect_code(0);
    }
}

/// A site whose Lime has no such call refuses larger sums, as does a server of holds: its contract
/// has none.
#[test]
fn a_site_that_checks_no_pins_refuses_larger_sums() {
    let sample = include_str!("../../assets/scenarios/sample.toml");
    let unknown = sample.replace("check_pin = \"known\"", "check_pin = \"unknown\"");
    let holds = sample.replacen("[lime]\n", "[lime]\nholds = true\n", 1);
    for world in [unknown, holds] {
        let sim = Sim::start_with(&world);
        let config = site(&sim, "1000.00");
        let said = pay(&config, &["--card", CARD, "--guest-pin"], Some(PIN)).expect_code(4);
        assert_eq!(said.json()["reason"], "not_enough_money", "{said:?}");
        assert_nothing_moved(&sim);
        let take = [
            "--card",
            CARD,
            "--take",
            "61366822:Депозит:2350.00",
            "--guest-pin",
        ];
        let said = pay(&config, &take, Some(PIN)).expect_code(4);
        assert_eq!(said.json()["reason"], "account_rule", "{said:?}");
        assert!(said.err.contains("ПИН-код"), "{said:?}");
        assert_eq!(sim.calls("lime.CheckPin"), 0);
        assert_nothing_moved(&sim);
    }
}

/// No byte that the till writes holds the PIN: journal, log, output.
#[test]
fn the_pin_is_in_nothing_that_the_till_writes() {
    let canary = "314159265358";
    let sample = include_str!("../../assets/scenarios/sample.toml");
    let sim =
        Sim::start_with(&sample.replacen("pin = \"2580\"", &format!("pin = \"{canary}\""), 1));
    let config = site(&sim, "1000.00");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("log_level = \"trace\"\n{text}")).unwrap();
    let asks = ["--card", CARD, "--guest-pin"];
    let mut said = vec![];
    for kind in ["error_after", "garbage", "lose_reply"] {
        sim.fault("lime.CheckPin", kind, 1);
        said.push(pay(&config, &asks, Some(canary)));
    }
    said.push(pay(&config, &asks, Some(canary)).expect_code(0));
    for said in &said {
        assert!(
            !said.out.contains(canary) && !said.err.contains(canary),
            "{said:?}"
        );
    }
    let mut files = 0;
    let mut folders = vec![sim.till_folder()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(canary.len())
                .any(|part| part == canary.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    assert!(files >= 2, "journal and log were looked at");
}

/// Typed at a terminal it is seen by nobody, not even how long it is.
#[test]
fn a_pin_typed_at_a_terminal_is_not_shown() {
    let sim = Sim::start();
    let config = site(&sim, "1000.00");
    let args = ["pay", "*/1", "--card", CARD, "--guest-pin"];
    let mut screen = Screen::start(&args, Some(&config));
    screen.wait_for("ПИН-код гостя с картой 100038:");
    screen.press(PIN);
    screen.press("\r");
    screen.wait_for("Оплачено");
    let shown = screen.text();
    assert!(!shown.contains(PIN) && !shown.contains('●'), "{shown}");
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
}

/// What is typed shows as dots, one more for each digit.
#[track_caller]
pub fn type_pin(screen: &mut Screen, pin: &str) {
    screen.type_text(pin, |typed| {
        // Twelve digits leave no place for another one.
        let place = if typed.len() < 12 { "_" } else { "" };
        format!("ПИН  {}{place}", "●".repeat(typed.len()))
    });
}

/// At the till screen it stands between F5 and the question that moves money.
#[test]
fn at_the_screen_the_right_pin_leads_to_the_question_and_a_wrong_one_nowhere() {
    const ASKS: &str = "Гость набирает ПИН-код";
    let sim = Sim::start();
    let config = site(&sim, "1000.00");
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("F5 – спросить ПИН-код гостя");
    press_until(&mut screen, F5, |text| text.contains(ASKS));
    type_pin(&mut screen, "0000");
    screen.press("\r");
    screen.wait_for("не подошёл");
    assert_nothing_moved(&sim);
    // Lime cannot be asked: nothing moves, and it is typed anew.
    sim.fault("lime.CheckPin", "error_before", 1);
    type_pin(&mut screen, PIN);
    screen.press("\r");
    screen.wait("what came of it", |text| {
        !text.contains("не подошёл") && text.contains("Можно набрать снова")
    });
    assert_nothing_moved(&sim);
    type_pin(&mut screen, PIN);
    screen.press("\r");
    screen.wait_for("ПИН-код гостя проверен");
    screen.answer("Оплатить?");
    screen.wait("paid", |text| text.to_lowercase().contains("оплачено"));
    assert_eq!(sim.calls("lime.CheckPin"), 3);
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    screen.leave();
    let mut kept = till_command(&config, &["payments", "--json"]);
    let kept = Said::of(&kept.output().unwrap()).expect_code(0).json();
    let at = &kept[0]["legs"][0]["pin_checked_at"];
    assert!(at.is_string(), "{kept}");
    sim.assert_no_violations();
}
