//! Sites that print a receipt of intent before a payment: two requests, one payment.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};

const CARD: &str = "61366822";
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
const HAD: &str = "5000.00";
const LEFT: &str = "2650.00";

/// The sample site, with the habit.
fn site() -> Sim {
    let scenario = SAMPLE.replacen("habits = []", "habits = [\"intent_receipts\"]", 1);
    assert_ne!(scenario, SAMPLE);
    Sim::start_with(&scenario)
}

/// A till that does not wait long.
fn impatient(sim: &Sim) -> PathBuf {
    sim.config_with("impatient.toml", |text| {
        let rkeeper = "[rkeeper]\nread_timeout_s = 1\npay_timeout_s = 1\n";
        format!("{text}\n[payment]\nfront_s = 4\nretry_s = [1]\n").replace("[rkeeper]\n", rkeeper)
    })
}

fn run(sim: &Sim, args: &[&str]) -> Said {
    Said::of(&till_command(&impatient(sim), args).output().unwrap())
}

fn pay(sim: &Sim) -> Said {
    run(sim, &["pay", "*/1", "--card", CARD, "--json"])
}

/// Paid once, debited once, nothing of the receipt of intent left.
fn assert_paid(sim: &Sim, context: &str) {
    let order = sim.order("*/1");
    assert_eq!(order["unpaid"], "0.00", "{context} {order}");
    assert!(order["check_num"].is_string(), "{context} {order}");
    assert_eq!(sim.balance(CARD, "Депозит"), LEFT, "{context}");
    sim.assert_no_violations();
}

/// As if nobody had tried.
fn assert_untouched(sim: &Sim, context: &str) {
    let order = sim.order("*/1");
    assert_eq!(order["unpaid"], "2350.00", "{context} {order}");
    assert_eq!(sim.balance(CARD, "Депозит"), HAD, "{context}");
    sim.assert_no_violations();
}

#[test]
fn a_bill_is_paid_in_two_requests_and_given_back() {
    let sim = site();
    let paid = pay(&sim).expect_code(0).json();
    assert_eq!(paid["state"], "paid", "{paid}");
    assert!(paid["receipt"]["check_num"].is_string(), "{paid}");
    assert_paid(&sim, "");
    assert_eq!(sim.calls("rkeeper.IntentPayOrder"), 1);
    assert_eq!(sim.calls("rkeeper.PayOrder"), 1);
    assert_eq!(sim.calls("rkeeper.CorrectIntentReceipt"), 0);
    // Lime shows what it always shows.
    let sales = sim.get("/report/sales");
    assert_eq!(sales["sales"].as_array().unwrap().len(), 1, "{sales}");

    let id = paid["payment_id"].as_str().unwrap();
    // Its receipt is annulled like any other.
    let back = run(&sim, &["refund", id, "--json"]).expect_code(0).json();
    assert_eq!(back["state"], "refunded", "{back}");
    assert_untouched(&sim, "annulled");
    // And it can be paid anew.
    pay(&sim).expect_code(0);
    assert_paid(&sim, "anew");
}

/// Whichever answer or request is lost: one payment.
#[test]
fn each_request_and_each_answer_may_be_lost() {
    for command in ["IntentPayOrder", "PayOrder"] {
        for kind in [
            "lose_request",
            "lose_reply",
            "error_before",
            "error_after",
            "garbage",
            "cut_body",
            "duplicate",
        ] {
            let sim = site();
            sim.fault(&format!("rkeeper.{command}"), kind, 1);
            let said = pay(&sim);
            let context = format!("{command} {kind}: {said:?}");
            // Where it took too long for the guest, recovery finishes it.
            if said.code == 5 {
                run(&sim, &["recover", "--json"]).expect_code(0);
            } else {
                assert_eq!(said.code, 0, "{context}");
            }
            assert_paid(&sim, &context);
            assert_eq!(sim.calls("rkeeper.CorrectIntentReceipt"), 0, "{context}");
        }
    }
}

/// Refused for good, either step leaves everything as it was.
#[test]
fn a_refusal_of_either_step_gives_all_back() {
    for (command, taken_back) in [("IntentPayOrder", 0), ("PayOrder", 1)] {
        let sim = site();
        sim.fault_with(&format!("rkeeper.{command}"), "refuse", 1, &json!("3373"));
        let said = pay(&sim).expect_code(4);
        assert_eq!(said.json()["reason"], "sum_mismatch", "{said:?}");
        assert_untouched(&sim, command);
        assert_eq!(sim.calls("rkeeper.CorrectIntentReceipt"), taken_back);
        pay(&sim).expect_code(0);
        assert_paid(&sim, command);
    }
}

/// What passes by itself is asked for again, and nothing is taken back for it.
#[test]
fn a_closing_shift_between_the_steps_is_waited_for() {
    let sim = site();
    sim.fault_with("rkeeper.PayOrder", "refuse", 1, &json!("2172"));
    pay(&sim).expect_code(0);
    assert_paid(&sim, "2172");
    assert_eq!(sim.calls("rkeeper.IntentPayOrder"), 1);
    assert_eq!(sim.calls("rkeeper.CorrectIntentReceipt"), 0);
}

/// Refused, and the receipt of intent cannot be taken back: nothing goes back while anybody at the
/// till may finish the order, and a person is told what to do.
fn standing(sim: &Sim) -> String {
    sim.fault_with("rkeeper.PayOrder", "refuse", 20, &json!("3373"));
    sim.fault_with("rkeeper.CorrectIntentReceipt", "refuse", 20, &json!("3383"));
    let said = pay(sim).expect_code(5);
    let told = said.json();
    assert_eq!(told["reason"], "intent_receipt_stands", "{said:?}");
    assert!(said.err.contains("отмените чек намерения"), "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), LEFT);
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    for at in ["rkeeper.PayOrder", "rkeeper.CorrectIntentReceipt"] {
        sim.fault(at, "refuse", 0);
    }
    told["payment_id"].as_str().unwrap().to_owned()
}

#[test]
fn what_stands_is_finished_at_the_till_or_by_recovery() {
    let sim = site();
    standing(&sim);
    sim.edit(&json!({"op": "finish_intent", "order": "*/1"}));
    run(&sim, &["recover", "--json"]).expect_code(0);
    assert_paid(&sim, "at the till");

    let sim = site();
    standing(&sim);
    run(&sim, &["recover", "--json"]).expect_code(0);
    assert_paid(&sim, "by recovery");
}

#[test]
fn what_stands_is_taken_back_at_the_till_and_given_up_by_a_person() {
    let sim = site();
    let id = standing(&sim);
    sim.edit(&json!({"op": "take_back_intent", "order": "*/1"}));
    let args = [
        "decide",
        &id,
        "--about",
        "pay",
        "--did-not",
        "--operator",
        "Администратор",
        "--reason",
        "чек намерения отменён на кассе",
        "--json",
    ];
    run(&sim, &args);
    assert_untouched(&sim, "decided");
    // Somebody else may pay in cash then.
    sim.edit(&json!({"op": "pay_order", "order": "*/1"}));
    run(&sim, &["recover", "--json"]).expect_code(0);
    assert_eq!(sim.balance(CARD, "Депозит"), HAD);
}

/// Another till takes the receipt of intent back and takes cash, while we do not know: the guest has
/// his money again.
#[test]
fn cash_at_another_till_gives_the_money_back() {
    let sim = site();
    standing(&sim);
    sim.edit(&json!({"op": "pay_order", "order": "*/1"}));
    run(&sim, &["recover", "--json"]);
    assert_eq!(sim.balance(CARD, "Депозит"), HAD);
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
}

/// Killed between the two requests, it finishes what is there.
#[test]
fn killed_between_the_steps_it_finishes_what_is_there() {
    let sim = site();
    sim.fault_with("rkeeper.PayOrder", "hang_before", 1, &json!(60_000));
    let mut till = sim.till_in_background(&["pay", "*/1", "--card", CARD, "--json"]);
    sim.wait_for_calls("rkeeper.PayOrder", 1);
    till.kill().unwrap();
    till.wait().unwrap();
    assert_eq!(sim.calls("rkeeper.IntentPayOrder"), 1);
    run(&sim, &["recover", "--json"]).expect_code(0);
    assert_paid(&sim, "killed");
    assert_eq!(sim.calls("rkeeper.IntentPayOrder"), 1);
}

/// The settings do not say it: nothing is lost, and the technician is told what to set.
#[test]
fn a_till_that_does_not_know_is_told_and_takes_nothing() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "profile", "version": "7.26", "habits": ["intent_receipts"]}));
    let said = pay(&sim).expect_code(4);
    assert_eq!(said.json()["reason"], "intent_receipt_wanted", "{said:?}");
    assert!(said.err.contains("rkeeper.intent_receipts"), "{said:?}");
    assert_untouched(&sim, "not set");
    // Once it is set, it is paid.
    let config = sim.config_with("set.toml", |text| {
        let off = "intent_receipts = \"no\"";
        assert!(text.contains(off), "{text}");
        text.replace(off, "intent_receipts = \"yes\"")
    });
    let args = ["pay", "*/1", "--card", CARD, "--json"];
    Said::of(&till_command(&config, &args).output().unwrap()).expect_code(0);
    assert_paid(&sim, "set");
}

/// Set where r_keeper does not print them, or cannot: refused, and given back.
#[test]
fn a_setting_that_is_wrong_takes_nothing() {
    for version in ["7.26", "7.7"] {
        let sim = site();
        sim.edit(&json!({"op": "profile", "version": version}));
        let said = pay(&sim).expect_code(4);
        assert_ne!(said.json()["reason"], "intent_receipt_wanted", "{said:?}");
        assert_untouched(&sim, version);
    }
}

/// A part is refused before anything moves.
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
    assert_eq!(said.json()["reason"], "intent_receipt_whole", "{said:?}");
    assert_untouched(&sim, "part");
    for command in ["IntentPayOrder", "SaveOrder", "PayOrder"] {
        assert_eq!(sim.calls(command), 0, "{command}");
    }
    assert_eq!(sim.state()["requests"]["lime.PutCheck"], Value::Null);
}

/// An order whose receipt of intent the till itself made is left to it.
#[test]
fn another_tills_receipt_of_intent_is_left_to_it() {
    let sim = site();
    let id = standing(&sim);
    let again = pay(&sim);
    assert_ne!(again.code, 0, "{again:?}");
    let shown = run(&sim, &["order", "*/1", "--json"]).expect_code(0).json();
    assert_eq!(shown["payable"], false, "{shown}");
    assert_eq!(shown["reason"], "payment_intended", "{shown}");
    run(&sim, &["payment", &id, "--json"]);
    assert_eq!(sim.calls("rkeeper.IntentPayOrder"), 1);
}

#[test]
fn doctor_says_what_it_sees_of_it() {
    let sim = site();
    let said = run(&sim, &["doctor"]);
    assert!(said.out.contains("в два шага"), "{said:?}");
    sim.edit(&json!({"op": "profile", "version": "7.7"}));
    let said = run(&sim, &["doctor"]).expect_code(4);
    assert!(said.out.contains("7.25.04"), "{said:?}");
    let scenario = SAMPLE.replacen("habits = []", "habits = [\"intent_receipts\"]", 1);
    let sim = Sim::start_with(&scenario);
    standing(&sim);
    let config = sim.config_with("unset.toml", |text| {
        text.replace("intent_receipts = \"yes\"", "intent_receipts = \"no\"")
    });
    let said = Said::of(&till_command(&config, &["doctor"]).output().unwrap());
    assert!(
        said.out.contains("У заказа */1 обещана вся сумма"),
        "{said:?}"
    );
}

/// The sample with a subscription that counts.
fn counting(more: &str) -> Sim {
    let subscription = format!(
        "write_licence = true\nsubscription = {{ token = \"token-77\", user = \"dealer\", password = \
         \"dealer-password\", integration_token = \"integration-1\", expires = \"2099-12-31\"{more} }}\n"
    );
    let scenario = SAMPLE
        .replacen("habits = []", "habits = [\"intent_receipts\"]", 1)
        .replacen("write_licence = true\n", &subscription, 1);
    Sim::start_with(&scenario)
}

/// Each request has a number of its own, whatever is lost and whether refusals are counted.
#[test]
fn where_the_licence_counts_each_request_has_its_number() {
    for more in ["", ", errors_count = true", ", remembers = false"] {
        for (command, kind) in [
            ("IntentPayOrder", "lose_reply"),
            ("IntentPayOrder", "lose_request"),
            ("PayOrder", "lose_reply"),
            ("PayOrder", "lose_request"),
        ] {
            let sim = counting(more);
            sim.fault(&format!("rkeeper.{command}"), kind, 1);
            let said = pay(&sim);
            let context = format!("{more} {command} {kind}: {said:?}");
            if said.code == 5 {
                run(&sim, &["recover", "--json"]).expect_code(0);
            } else {
                assert_eq!(said.code, 0, "{context}");
            }
            assert_paid(&sim, &context);
            // The next guest's payment goes on from there.
            let next = run(&sim, &["pay", "3/1", "--card", CARD, "--json"]);
            assert_eq!(next.code, 0, "{context}: {next:?}");
            sim.assert_no_violations();
        }
    }
    // A refused second step gives all back, and the count goes on.
    let sim = counting("");
    sim.fault_with("rkeeper.PayOrder", "refuse", 1, &json!("3373"));
    pay(&sim).expect_code(4);
    assert_untouched(&sim, "counted");
    pay(&sim).expect_code(0);
    assert_paid(&sim, "counted");
}
