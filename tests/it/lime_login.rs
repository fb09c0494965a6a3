//! A user of Lime logs in instead of the key: the real program, real HTTP, tokens that end at the
//! worst moments. When a token is asked for is in `lime::auth`'s own tests.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Said, Sim, edit_at, till_command};
use crate::relay::{Deed, Relay, Seen};

const CARD: &str = "61366822";
const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];
const PASSWORD: &str = "lime+pass word&1";

/// The sample, where a user logs in.
fn world(life_s: u32) -> String {
    let sample = include_str!("../../assets/scenarios/sample.toml");
    let line = "list_checks = true\n";
    assert!(sample.contains(line));
    let login = format!(
        "{line}login = {{ user = \"till\", password = \"{PASSWORD}\", life_s = {life_s} }}\n"
    );
    sample.replacen(line, &login, 1)
}

#[track_caller]
fn assert_paid_once(sim: &Sim) {
    let state = sim.state();
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00", "{state}");
    assert_eq!(state["checks"].as_array().unwrap().len(), 1, "{state}");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    sim.assert_no_violations();
}

#[track_caller]
fn assert_nothing_moved(sim: &Sim) {
    let state = sim.state();
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00", "{state}");
    assert_eq!(state["checks"], json!([]), "{state}");
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
}

/// A till whose every request to Lime passes `rule`.
fn relayed(sim: &Sim, rule: impl Fn(&Seen) -> Deed + Send + Sync + 'static) -> (Relay, PathBuf) {
    let relay = Relay::start(&sim.lime, rule);
    let config = sim.config_with("relayed.toml", |text| text.replace(&sim.lime, &relay.base));
    (relay, config)
}

#[test]
fn one_login_pays_a_bill() {
    let sim = Sim::start_with(&world(3_600));
    let said = sim.till(&PAY).expect_code(0);
    assert_eq!(said.json()["state"], "paid");
    assert_paid_once(&sim);
    assert_eq!(sim.calls("lime.token"), 1);
    assert_eq!(sim.calls("lime.401"), 0);
}

/// Tokens end, and with them the right to renew, just before the check: it goes once more, under
/// the same number with the same bytes.
#[test]
fn a_token_that_ends_before_the_check_costs_nothing() {
    for (op, logins) in [("end_tokens", 2), ("end_sessions", 3)] {
        let sim = Sim::start_with(&world(3_600));
        let control = sim.control().to_owned();
        let (relay, config) = relayed(&sim, move |seen| {
            if seen.name == "PutCheck" && seen.before == 0 {
                edit_at(&control, &json!({"op": op}));
            }
            Deed::PassWhole
        });
        let said = Said::of(&till_command(&config, &PAY).output().unwrap()).expect_code(0);
        assert_eq!(said.json()["state"], "paid", "{op}");
        assert_paid_once(&sim);
        assert_eq!(sim.calls("lime.token"), logins, "{op}");
        assert_eq!(sim.calls("lime.401"), 1, "{op}");
        assert_eq!(sim.calls("lime.GetNextCheckId"), 1, "{op}");
        let bodies = relay.bodies("PutCheck");
        assert_eq!(bodies.len(), 2, "{op}");
        assert_eq!(bodies[0], bodies[1], "{op}");
    }
}

/// The first copy's answer is lost, and the token ends before Lime is asked what came of it.
#[test]
fn a_token_that_ends_while_a_check_is_unclear() {
    let sim = Sim::start_with(&world(3_600));
    let control = sim.control().to_owned();
    let (_relay, config) = relayed(&sim, move |seen| {
        if seen.name == "PutCheck" && seen.before == 0 {
            return Deed::Close { passed_on: true };
        }
        if seen.name == "GetCheck" && seen.before == 0 {
            edit_at(&control, &json!({"op": "end_tokens"}));
        }
        Deed::PassWhole
    });
    let said = Said::of(&till_command(&config, &PAY).output().unwrap()).expect_code(0);
    assert_eq!(said.json()["state"], "paid");
    assert_paid_once(&sim);
    assert_eq!(sim.calls("lime.PutCheck"), 1);
    assert_eq!(sim.calls("lime.token"), 2);
}

/// Of a token that lives for a second nothing is left when it is used: it is renewed, and no user is
/// locked out by that.
#[test]
fn tokens_that_live_for_a_moment_are_renewed() {
    let sim = Sim::start_with(&world(1));
    let said = sim.till(&PAY).expect_code(0);
    assert_eq!(said.json()["state"], "paid");
    assert_paid_once(&sim);
}

#[test]
fn a_wrong_password_is_tried_once_and_nothing_moves() {
    let sim = Sim::start_with(&world(3_600));
    sim.edit(&json!({"op": "change_password", "password": "another"}));
    let said = sim.till(&PAY);
    assert_ne!(said.code, 0, "{said:?}");
    assert!(
        said.err.contains("invalid_username_or_password"),
        "{said:?}"
    );
    assert_eq!(sim.calls("lime.token"), 1);
    assert_nothing_moved(&sim);
    // The doctor says where to look.
    let said = sim.till(&["doctor", "--json"]).expect_code(4);
    let findings = said.json()["findings"].clone();
    let has = |finding: &&Value| {
        finding["level"] == "bad"
            && finding["todo"]
                .as_str()
                .unwrap_or_default()
                .contains("lime.login")
    };
    assert!(
        findings.as_array().unwrap().iter().any(|own| has(&own)),
        "{said:?}"
    );
    assert!(!said.out.contains(PASSWORD) && !said.err.contains(PASSWORD));
    // Set right in the environment: the variable wins.
    let said = Said::of(
        &till_command(&sim.config, &PAY)
            .env("LIMEKEEPER_LIME_PASSWORD", "another")
            .output()
            .unwrap(),
    );
    assert_eq!(said.expect_code(0).json()["state"], "paid");
    assert_paid_once(&sim);
}

/// Whatever the place that gives out tokens does, no guest loses a kopeck and the next try pays.
#[test]
fn every_fault_of_the_login_leaves_the_money_alone() {
    for kind in [
        "refuse",
        "lose_request",
        "lose_reply",
        "error_before",
        "garbage",
        "cut_body",
        "html",
        "hang_before",
    ] {
        let sim = Sim::start_with(&world(3_600));
        let config = sim.impatient();
        sim.fault("lime.token", kind, 1);
        let said = Said::of(&till_command(&config, &PAY).output().unwrap());
        assert_ne!(said.code, 0, "{kind}: {said:?}");
        assert!(!said.err.trim().is_empty(), "{kind}");
        assert_nothing_moved(&sim);
        let said = Said::of(&till_command(&config, &PAY).output().unwrap()).expect_code(0);
        assert_eq!(said.json()["state"], "paid", "{kind}");
        assert_paid_once(&sim);
    }
}

#[test]
fn a_login_without_its_password_is_named() {
    let sim = Sim::start_with(&world(3_600));
    let config = sim.config_with("bare.toml", |text| {
        text.replace(&format!("password = \"{PASSWORD}\"\n"), "")
    });
    let said = Said::of(
        &till_command(&config, &["config", "check"])
            .output()
            .unwrap(),
    );
    let said = said.expect_code(3);
    for part in ["lime.login.password", "LIMEKEEPER_LIME_PASSWORD"] {
        assert!(said.err.contains(part), "{said:?}");
    }
    assert!(!said.err.contains("lime.auth_value"), "{said:?}");
}

/// A script goes on with a wrong password: Lime is asked once, not once for each command, and another
/// password is tried at once.
#[test]
fn a_script_of_commands_does_not_lock_the_user_out() {
    let sim = Sim::start_with(&world(3_600));
    sim.till(&PAY).expect_code(0);
    sim.edit(&json!({"op": "end_sessions"}));
    sim.edit(&json!({"op": "change_password", "password": "another"}));
    let logins = sim.calls("lime.token");
    for (command, words) in [
        (["card", CARD], "invalid_username_or_password"),
        (["card", CARD], "tried again in"),
        (["pay", "3/1"], "tried again in"),
        (["doctor", "--json"], "tried again in"),
    ] {
        let mut args = command.to_vec();
        if command[0] == "pay" {
            args.extend(["--card", CARD]);
        }
        let said = sim.till(&args);
        assert_eq!(said.code, 4, "{said:?}");
        let all = format!("{}{}", said.out, said.err);
        assert!(all.contains(words), "{said:?}");
        assert!(!all.contains(PASSWORD), "{said:?}");
        assert_eq!(sim.calls("lime.token"), logins + 1, "{command:?}");
    }
    let with = |password: &str| {
        let mut command = till_command(&sim.config, &["card", CARD]);
        let output = command.env("LIMEKEEPER_LIME_PASSWORD", password).output();
        Said::of(&output.unwrap())
    };
    with("another").expect_code(0);
    // A success ends the pause: what was right again at Lime is tried at once.
    sim.edit(&json!({"op": "change_password", "password": PASSWORD}));
    sim.till(&["card", CARD]).expect_code(0);
}
