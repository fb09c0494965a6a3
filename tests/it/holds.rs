//! A site whose server holds money: the scenarios of our contract over real HTTP.

use serde_json::{Value, json};

use crate::harness::{FAULT_KINDS, Said, Sim, till_command};
use crate::pay::family_deposit;

const CARD: &str = "61366822";
const SCENARIO: &str = include_str!("../../assets/scenarios/sample.toml");

/// Stand-ins whose till uses the server of holds.
fn site(mode: &str) -> Sim {
    let keys = format!("[lime]\nholds = true\nhold_mode = \"{mode}\"\n");
    let scenario = SCENARIO.replacen("[lime]\n", &keys, 1);
    assert_ne!(scenario, SCENARIO);
    Sim::start_with(&scenario)
}

fn held(sim: &Sim) -> Vec<String> {
    let state = sim.state();
    let accounts = state["accounts"].as_array().unwrap();
    let held = accounts.iter().filter(|own| own["held"] != "0.00");
    held.map(|own| own["held"].to_string()).collect()
}

fn settle(run: &dyn Fn(&[&str]) -> Said, context: &str) {
    let mut said = run(&["recover", "--json"]);
    for _ in 0..3 {
        if said.code == 0 {
            break;
        }
        said = run(&["recover", "--json"]);
    }
    assert_eq!(said.code, 0, "{context}\n{said:?}");
}

#[test]
fn a_bill_is_held_paid_and_taken() {
    for (mode, commits) in [("native", 1), ("advisory", 1), ("none", 0)] {
        let sim = site(mode);
        let said = sim
            .till(&["pay", "*/1", "--card", CARD, "--json"])
            .expect_code(0);
        assert_eq!(said.json()["state"], "paid");
        assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
        assert!(held(&sim).is_empty(), "{mode}");
        assert_eq!(sim.calls("holds.commit"), commits, "{mode}");
        assert_eq!(sim.calls("lime.PutCheck"), 0);
        // Lime's own report: dish by dish, to the kopeck.
        let sales = sim.get("/report/sales");
        let lines = sales["sales"][0]["lines"].as_array().unwrap().clone();
        let payments: Vec<&Value> = lines.iter().map(|line| &line["payments"][0]).collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(payments[0], &json!("Депозит (счет): 290; 61366822"));
        sim.assert_no_violations();
    }
}

#[test]
fn a_refused_bill_lets_go_of_what_was_held() {
    let sim = site("native");
    sim.fault_with("rkeeper.PayOrder", "refuse", 1, &json!("3373"));
    let said = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    assert!(held(&sim).is_empty());
    assert_eq!(sim.calls("holds.release"), 1);
    assert_eq!(sim.calls("holds.reverse"), 0);
    sim.assert_no_violations();
}

#[test]
fn a_site_that_cannot_hold_gives_the_money_back() {
    let sim = site("none");
    sim.fault_with("rkeeper.PayOrder", "refuse", 1, &json!("3373"));
    let said = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    assert_eq!(sim.calls("holds.reverse"), 1);
    sim.assert_no_violations();
}

#[test]
fn legs_and_parts_of_legs_go_back_and_never_more() {
    let sim = site("native");
    let (second, account) = family_deposit(&sim);
    let take = [
        format!("{CARD}:Депозит:1500"),
        format!("{second}:{account}:850"),
    ];
    let paid = sim
        .till(&[
            "pay", "*/1", "--card", CARD, "--card", &second, "--take", &take[0], "--take",
            &take[1], "--json",
        ])
        .expect_code(0)
        .json();
    let id = paid["payment_id"].as_str().unwrap();
    let before = sim.balance(CARD, "Депозит");
    for part in ["1:123.45", "1:0.01", "2"] {
        let args = ["refund", id, "--leg", part, "--by-hand", "--json"];
        sim.till(&args).expect_code(0);
    }
    let too_much = ["refund", id, "--leg", "1:1376.55", "--by-hand", "--json"];
    assert_eq!(sim.till(&too_much).code, 4);
    sim.till(&["refund", id, "--by-hand", "--json"])
        .expect_code(0);
    assert_eq!(before, "3500.00");
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    assert_eq!(sim.balance(&second, "Депозит"), "3000.00");
    sim.assert_no_violations();
}

#[test]
fn what_lime_says_no_to_is_said_with_its_reason() {
    for (code, exit, reason) in [
        ("insufficient_funds", 4, "not_enough_money"),
        ("held_elsewhere", 4, "held_elsewhere"),
        ("account_expired", 4, "account_expired"),
        ("account_not_spendable", 4, "account_not_spendable"),
        ("card_blocked", 4, "card_blocked"),
        ("forbidden", 4, "access_denied"),
        ("bad_format", 4, "server_refused"),
        ("sum_mismatch", 4, "bill_contradicts"),
    ] {
        let sim = site("native");
        sim.fault_with("holds.reserve", "refuse", 1, &json!(code));
        let said = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
        assert_eq!(said.code, exit, "{code}: {said:?}");
        assert_eq!(said.json()["reason"], reason, "{code}");
        assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
        assert!(held(&sim).is_empty(), "{code}");
    }
}

#[test]
fn money_held_for_another_till_is_not_taken_twice() {
    let sim = site("native");
    // The first till dies before r_keeper answers: its hold stays.
    sim.fault_with("rkeeper.PayOrder", "lose_request", 5, &Value::Null);
    let impatient = sim.impatient();
    let run = |args: &[&str]| Said::of(&till_command(&impatient, args).output().unwrap());
    let said = run(&["pay", "*/1", "--card", CARD, "--json"]);
    assert_eq!(said.code, 5, "{said:?}");
    assert_eq!(held(&sim), ["\"2350.00\""]);
    let card = sim.till(&["card", CARD, "--json"]).expect_code(0).json();
    let deposit = &card["accounts"][0];
    assert_eq!(deposit["balance"], "5000.00", "{card}");
    assert_eq!(deposit["available"], "2650.00", "{card}");
    sim.fault_with("rkeeper.PayOrder", "lose_request", 0, &Value::Null);
    settle(&run, "held");
    assert!(held(&sim).is_empty());
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    sim.assert_no_violations();
}

#[test]
fn a_hold_that_ran_out_is_taken_late_if_the_money_is_there() {
    for (spend, paid) in [(false, true), (true, false)] {
        let sim = site("native");
        sim.fault_with("rkeeper.PayOrder", "lose_reply", 1, &Value::Null);
        sim.fault_with("rkeeper.GetOrder", "error_before", 0, &Value::Null);
        sim.fault_with("holds.commit", "error_before", 50, &Value::Null);
        let impatient = sim.impatient();
        let run = |args: &[&str]| Said::of(&till_command(&impatient, args).output().unwrap());
        let said = run(&["pay", "*/1", "--card", CARD, "--json"]);
        assert_eq!(said.code, 5, "{said:?}");
        sim.edit(&json!({"op": "expire_holds"}));
        if spend {
            sim.edit(&json!({"op": "set_balance", "account": "9001", "amount": "10.00"}));
        }
        sim.fault_with("holds.commit", "error_before", 0, &Value::Null);
        let said = run(&["recover", "--json"]);
        assert_eq!(sim.order("*/1")["unpaid"], "0.00");
        assert_eq!(said.code == 0, paid, "{said:?}");
        let expected = if paid { "2650.00" } else { "10.00" };
        assert_eq!(sim.balance(CARD, "Депозит"), expected);
        sim.assert_no_violations();
    }
}

#[test]
fn faults_at_every_call_leave_books_that_agree() {
    for call in [
        "holds.lookup",
        "holds.reserve",
        "holds.operation",
        "holds.commit",
        "rkeeper.PayOrder",
    ] {
        for kind in FAULT_KINDS {
            one_fault(call, kind, &Value::Null);
        }
    }
    for code in [
        "busy",
        "lime_unavailable",
        "outcome_unknown",
        "no_such_code",
    ] {
        one_fault("holds.reserve", "refuse", &json!(code));
        one_fault("holds.commit", "refuse", &json!(code));
    }
}

fn one_fault(call: &str, kind: &str, arg: &Value) {
    let sim = site("native");
    let config = sim.impatient();
    let arg = match kind {
        "delay" => json!(1_300),
        "drip" => json!(50),
        _ => arg.clone(),
    };
    sim.fault_with(call, kind, 1, &arg);
    let run = |args: &[&str]| Said::of(&till_command(&config, args).output().unwrap());
    let said = run(&["pay", "*/1", "--card", CARD, "--json"]);
    let context = format!("{call} {kind} {arg}: {said:?}");
    assert!(matches!(said.code, 0 | 4 | 5 | 6), "{context}");
    if said.code == 5 {
        settle(&run, &context);
    }
    let paid = sim.order("*/1")["unpaid"] == "0.00";
    assert_eq!(
        said.code == 0 || (said.code == 5 && paid),
        paid,
        "{context}"
    );
    let expected = if paid { "2650.00" } else { "5000.00" };
    assert_eq!(sim.balance(CARD, "Депозит"), expected, "{context}");
    assert!(held(&sim).is_empty(), "{context}");
    sim.assert_no_violations();
}

#[test]
fn doctor_compares_what_the_server_offers_with_the_settings() {
    let sim = site("native");
    let fine = sim.till(&["doctor"]);
    assert!(fine.out.contains("Lime отвечает"), "{fine:?}");
    let capture = sim.config_with("capture.toml", |text| {
        format!("{text}\n[lime.holds]\ncapture = true\n")
    });
    let said = Said::of(&till_command(&capture, &["doctor"]).output().unwrap());
    assert!(said.out.contains("lime.holds.capture = false"), "{said:?}");
    let none = site("none");
    let holds = none.config_with("hold.toml", |text| {
        text.replace("capture = true", "capture = false\nttl_s = 604800")
    });
    let said = Said::of(&till_command(&holds, &["doctor"]).output().unwrap());
    assert!(said.out.contains("lime.holds.capture = true"), "{said:?}");
}

/// The report without what only one side can know: numbers of cards of legs that got nothing back,
/// and seconds.
fn comparable(report: &Value) -> Vec<Value> {
    let sales = report["sales"].as_array().unwrap();
    let without = |sale: &Value| json!([sale["number"], sale["kind"], sale["lines"]]);
    sales.iter().map(without).collect()
}

#[test]
fn the_journal_and_the_server_report_the_same_sales() {
    let sim = site("native");
    let (second, account) = family_deposit(&sim);
    let take = [
        format!("{CARD}:Депозит:1500"),
        format!("{second}:{account}:850"),
    ];
    let cards = ["--card", CARD, "--card", &second];
    let takes = ["--take", &take[0], "--take", &take[1], "--json"];
    let args: Vec<&str> = ["pay", "*/1"]
        .into_iter()
        .chain(cards)
        .chain(takes)
        .collect();
    let paid = sim.till(&args).expect_code(0).json();
    let id = paid["payment_id"].as_str().unwrap();
    let part = ["refund", id, "--leg", "1:123.45", "--by-hand", "--json"];
    sim.till(&part).expect_code(0);
    let days = ["--from", "2020-01-01", "--to", "2099-12-31", "--json"];
    let report = |source: &str| {
        let args: Vec<&str> = ["report", "sales", "--source", source]
            .into_iter()
            .chain(days)
            .collect();
        sim.till(&args).expect_code(0).json()
    };
    let (ours, theirs) = (comparable(&report("journal")), comparable(&report("lime")));
    assert_eq!(ours.len(), 2);
    assert_eq!(ours, theirs);

    sim.edit(&json!({"op": "set_balance", "account": "9001", "amount": "4000.00"}));
    let args = ["report", "card", CARD, "--source", "lime", "--json"];
    let card = sim.till(&args).expect_code(0).json();
    let rows = card["rows"].as_array().unwrap();
    assert_eq!(
        rows[0]["type"], "+",
        "others' changes are there too: {card}"
    );
    let amounts: Vec<&Value> = rows.iter().map(|row| &row["amount"]).collect();
    assert!(amounts.contains(&&json!("-290.00")), "{card}");
    assert_eq!(card["card_number"], "100038");
    let journal = ["report", "card", CARD, "--json"];
    let journal = sim.till(&journal).expect_code(0).json();
    assert_eq!(
        rows.len(),
        journal["rows"].as_array().unwrap().len() + 1,
        "the journal's rows and the one of others"
    );
}

#[test]
fn a_lime_without_reports_says_so() {
    let sim = Sim::start();
    for report in [&["sales"][..], &["card", CARD]] {
        let args = [&["report"], report, &["--source", "lime"]].concat();
        let said = sim.till(&args);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains("--source lime"), "{said:?}");
        assert_eq!(said.out, "");
    }
    assert_eq!(sim.state()["requests"], json!({}), "nothing was asked");
}
