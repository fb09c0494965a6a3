//! r_keeper before 7.6.4.005: it knows no locks. Nothing is paid there unless the site accepts that, and
//! then a bill that changes on the way is not.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};

const CARD: &str = "61366822";
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
const HAD: &str = "5000.00";
const LEFT: &str = "2650.00";
const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];

fn site() -> Sim {
    let scenario = SAMPLE.replacen("version = \"7.26\"", "version = \"7.6.0\"", 1);
    assert_ne!(scenario, SAMPLE);
    Sim::start_with(&scenario)
}

/// A till of a site that accepts it, and that does not wait long.
fn accepting(sim: &Sim) -> PathBuf {
    sim.config_with("accepting.toml", |text| {
        let rkeeper = "[rkeeper]\npay_without_lock = true\nread_timeout_s = 1\npay_timeout_s = 1\n";
        format!("{text}\n[payment]\nfront_s = 4\nretry_s = [1]\n").replace("[rkeeper]\n", rkeeper)
    })
}

fn run(sim: &Sim, args: &[&str]) -> Said {
    Said::of(&till_command(&accepting(sim), args).output().unwrap())
}

/// What others do while Lime debits, and what the till says then.
fn meanwhile(sim: &Sim, edit: &Value) -> Said {
    sim.fault_with("lime.PutCheck", "hang_after", 1, &json!(700));
    let mut till = till_command(&accepting(sim), &PAY);
    let till = till
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    sim.wait_for_calls("lime.PutCheck", 1);
    sim.edit(edit);
    Said::of(&till.wait_with_output().unwrap())
}

#[test]
fn without_the_sites_word_nothing_is_paid() {
    let sim = site();
    let said = sim.till(&PAY).expect_code(4);
    assert_eq!(said.json()["reason"], "lock_missing", "{said:?}");
    assert!(said.err.contains("rkeeper.pay_without_lock"), "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), HAD);
    assert_eq!(sim.calls("lime.PutCheck"), 0);
    sim.assert_no_violations();
}

#[test]
fn with_it_a_bill_is_paid_once_whatever_is_lost() {
    for kind in ["", "lose_request", "lose_reply", "error_after", "duplicate"] {
        let sim = site();
        if !kind.is_empty() {
            sim.fault("rkeeper.PayOrder", kind, 1);
        }
        let said = run(&sim, &PAY);
        if said.code == 5 {
            run(&sim, &["recover", "--json"]).expect_code(0);
        } else {
            assert_eq!(said.code, 0, "{kind}: {said:?}");
        }
        assert_eq!(sim.order("*/1")["unpaid"], "0.00", "{kind}");
        assert_eq!(sim.balance(CARD, "Депозит"), LEFT, "{kind}");
        sim.assert_no_violations();
    }
}

/// Found out before the payment leaves: more than is due is never sent, nor less.
#[test]
fn a_bill_that_changes_after_the_debit_is_given_back() {
    for (edit, reason) in [
        (
            json!({"op": "add_dish", "order": "*/1", "code": 2460, "name": "Ролл", "price": "410.00"}),
            "order_changed",
        ),
        (
            json!({"op": "prepay_order", "order": "*/1", "amount": "100.00"}),
            "order_changed",
        ),
        (
            json!({"op": "pay_order", "order": "*/1"}),
            "order_paid_elsewhere",
        ),
        (
            json!({"op": "lock_order", "order": "*/1", "station": "1", "operator": "5"}),
            "order_locked",
        ),
    ] {
        let sim = site();
        let said = meanwhile(&sim, &edit);
        let context = format!("{edit}: {said:?}");
        assert_eq!(said.code, 4, "{context}");
        assert_eq!(said.json()["reason"], reason, "{context}");
        assert_eq!(sim.balance(CARD, "Депозит"), HAD, "{context}");
        assert_eq!(sim.calls("rkeeper.PayOrder"), 0, "{context}");
        sim.assert_no_violations();
    }
}

/// Somebody has it open: told before any debit.
#[test]
fn an_order_that_somebody_has_open_costs_no_debit() {
    let sim = site();
    sim.edit(&json!({"op": "lock_order", "order": "*/1", "station": "1", "operator": "5"}));
    let said = run(&sim, &PAY).expect_code(4);
    assert_eq!(said.json()["reason"], "order_locked", "{said:?}");
    assert_eq!(sim.calls("lime.PutCheck"), 0);
}

/// What fits a bill now may be too much a moment later: parts need a lock.
#[test]
fn a_part_is_refused_before_any_debit() {
    let sim = site();
    let take = format!("{CARD}:Депозит:1000.00");
    let args = [
        "pay",
        "*/1",
        "--card",
        CARD,
        "--take",
        &take,
        "--partial",
        "--json",
    ];
    let said = run(&sim, &args).expect_code(4);
    assert_eq!(said.json()["reason"], "lock_missing", "{said:?}");
    assert_eq!(sim.calls("lime.PutCheck"), 0);
    assert_eq!(sim.calls("rkeeper.SaveOrder"), 0);
}

/// A lost answer, and the bill changed meanwhile: nothing is sent again for another sum.
#[test]
fn a_repeat_is_not_sent_for_another_sum() {
    let sim = site();
    // The server sits on it until the till hangs up, and does nothing then.
    sim.fault_with("rkeeper.PayOrder", "hang_before", 1, &json!(60_000));
    let config = accepting(&sim);
    let mut till = till_command(&config, &PAY);
    let till = till
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    sim.wait_for_calls("rkeeper.PayOrder", 1);
    sim.edit(&json!({"op": "prepay_order", "order": "*/1", "amount": "100.00"}));
    let said = Said::of(&till.wait_with_output().unwrap());
    assert_eq!(said.code, 5, "{said:?}");
    assert_eq!(said.json()["reason"], "order_changed", "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), LEFT);
    // The other till takes its prepayment back: then it is paid.
    sim.edit(&json!({"op": "delete_prepayments", "order": "*/1"}));
    run(&sim, &["recover", "--json"]).expect_code(0);
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    assert_eq!(sim.balance(CARD, "Депозит"), LEFT);
}

#[test]
fn doctor_says_what_was_accepted() {
    let sim = site();
    let said = run(&sim, &["doctor"]);
    assert!(said.out.contains("rkeeper.pay_without_lock"), "{said:?}");
    let said = sim.till(&["doctor"]);
    assert!(said.out.contains("LockOrder"), "{said:?}");
    assert!(!said.out.contains("pay_without_lock"), "{said:?}");
}

/// Older than what is promised: whatever it makes of the payment, both servers have the same.
#[test]
fn at_7_5_2_nothing_is_lost_either() {
    for kind in ["", "lose_reply", "duplicate"] {
        let scenario = SAMPLE.replacen("version = \"7.26\"", "version = \"7.5.2\"", 1);
        let sim = Sim::start_with(&scenario);
        if !kind.is_empty() {
            sim.fault("rkeeper.PayOrder", kind, 1);
        }
        let mut said = run(&sim, &PAY);
        if said.code == 5 {
            said = run(&sim, &["recover", "--json"]);
        }
        let order = sim.order("*/1")["unpaid"].clone();
        let in_lime = sim.balance(CARD, "Депозит");
        let both = [("0.00", LEFT), ("2350.00", HAD)];
        assert!(
            both.iter()
                .any(|(unpaid, has)| order == *unpaid && in_lime == *has),
            "{kind}: {order} {in_lime} {said:?}"
        );
    }
}
