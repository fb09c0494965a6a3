//! Money back to where it came from, parts of a bill, and what persons decide.

use serde_json::{Value, json};

use crate::harness::Sim;
use crate::pay::family_deposit;

const FIRST: &str = "61366822";

fn sales(sim: &Sim, ours: bool) -> Vec<(String, Vec<Value>)> {
    let report = if ours {
        let days = ["--from", "2020-01-01", "--to", "2099-12-31"];
        let words = ["report", "sales", "--format", "json"];
        let args: Vec<&str> = words.into_iter().chain(days).collect();
        sim.till(&args).expect_code(0).json()
    } else {
        sim.get("/report/sales")
    };
    let rows = report["sales"].as_array().unwrap().clone();
    rows.iter()
        .map(|sale| {
            let number = sale["number"].to_string().trim_matches('"').to_owned();
            let lines = sale["lines"].as_array().unwrap();
            let payments = lines.iter().map(|line| line["payments"].clone());
            (number, payments.collect())
        })
        .collect()
}

/// Every account with its balance.
fn held(sim: &Sim) -> Vec<(String, String)> {
    let state = sim.state();
    let accounts = state["accounts"].as_array().unwrap().iter();
    accounts
        .map(|account| (account["id"].to_string(), account["balance"].to_string()))
        .collect()
}

/// Pays the sample bill from two cards.
fn paid_from_two(sim: &Sim) -> String {
    let (second, account) = family_deposit(sim);
    let paid = sim
        .till(&[
            "pay",
            "*/1",
            "--card",
            FIRST,
            "--card",
            &second,
            "--take",
            &format!("{FIRST}:Депозит:1500"),
            "--take",
            &format!("{second}:{account}:850"),
            "--json",
        ])
        .expect_code(0)
        .json();
    paid["payment_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_leg_a_part_of_a_leg_and_the_rest_go_back_in_any_order() {
    let sim = Sim::start();
    let had = held(&sim);
    let id = paid_from_two(&sim);

    let part = ["refund", &id, "--leg", "1:123.45", "--by-hand", "--json"];
    let part = sim.till(&part).expect_code(0).json();
    assert_eq!(part["state"], "by_hand", "{part}");
    assert_eq!(part["total"], "123.45");
    assert_eq!(part["returned"], true);
    assert_eq!(part["legs"][0]["card_uid"], FIRST);
    assert_eq!(part["legs"][0]["account"], "Депозит");

    let leg = ["refund", &id, "--leg", "2", "--json"];
    let leg = sim.till(&leg).expect_code(0).json();
    assert_eq!(leg["total"], "850.00");
    assert_ne!(held(&sim), had);

    // More than is left is refused before anything moves, and so is what is back already.
    for (legs, reason) in [
        (vec!["--leg", "1:1376.56"], "refund_too_large"),
        (vec!["--leg", "2"], "nothing_to_refund"),
        (vec!["--leg", "9"], "nothing_to_refund"),
    ] {
        let mut args = vec!["refund", &id, "--json"];
        args.extend(legs);
        let refused = sim.till(&args).expect_code(4).json();
        assert_eq!(refused["reason"], reason, "{refused}");
    }

    let rest = sim.till(&["refund", &id, "--json"]).expect_code(0).json();
    assert_eq!(rest["total"], "1376.55");
    assert_eq!(held(&sim), had);
    sim.till(&["refund", &id, "--json"]).expect_code(4);

    // Both books name the same dishes, accounts and sums.
    assert_eq!(sales(&sim, true), sales(&sim, false));
    assert_eq!(sales(&sim, true).len(), 4);
    sim.assert_no_violations();

    // What is left to persons is on every list until somebody settles it.
    let listed = sim.till(&["payments"]).expect_code(0);
    assert!(listed.out.contains("ВНИМАНИЕ"), "{}", listed.out);
    assert!(
        listed.out.contains("требуют человека – 1 на сумму 2350.00"),
        "{}",
        listed.out
    );
    assert!(listed.out.contains("123.45"), "{}", listed.out);
    let shown = sim.till(&["payment", &id, "--json"]).expect_code(0).json();
    assert_eq!(shown["attention"], "by_hand");
    assert_eq!(shown["refunded"], "2350.00");
    for refund in shown["refunds"].as_array().unwrap() {
        let refund = refund["refund_id"].as_str().unwrap();
        let who = ["--operator", "Администратор", "--reason", "чек отменён"];
        let mut args = vec!["decide", &id, "--refund", refund, "--happened"];
        sim.till(&args).expect_code(2);
        args.extend(who);
        sim.till(&args).expect_code(0);
    }
    let shown = sim.till(&["payment", &id, "--json"]).expect_code(0).json();
    assert_eq!(shown["attention"], Value::Null, "{shown}");
    let listed = sim.till(&["payments"]).expect_code(0);
    assert!(!listed.out.contains("ВНИМАНИЕ"), "{}", listed.out);
}

#[test]
fn a_refund_whose_answer_is_lost_gives_back_once() {
    for kind in ["lose_request", "lose_reply", "duplicate", "error_after"] {
        let sim = Sim::start();
        let had = sim.balance(FIRST, "Депозит");
        let paid = ["pay", "*/1", "--card", FIRST, "--json"];
        let paid = sim.till(&paid).expect_code(0).json();
        let id = paid["payment_id"].as_str().unwrap();
        sim.fault("lime.PutCheck", kind, 1);
        let refund = sim.till(&["refund", id, "--json"]);
        assert!(
            [0, 5].contains(&refund.code),
            "{kind}: {} {}",
            refund.code,
            refund.err
        );
        let recovered = sim.till(&["recover", "--json"]);
        assert_eq!(recovered.code, 0, "{kind}: {}", recovered.out);
        assert_eq!(sim.balance(FIRST, "Депозит"), had, "{kind}");
        let shown = sim.till(&["payment", id, "--json"]).expect_code(0).json();
        assert_eq!(shown["refunded"], "2350.00", "{kind}: {shown}");
        sim.assert_no_violations();
    }
}

#[test]
fn what_was_never_paid_is_not_given_back() {
    let sim = Sim::start();
    let nobody = "0198c0de-0000-7000-8000-000000000001";
    sim.till(&["refund", nobody]).expect_code(8);
    sim.till(&["refund", "1"]).expect_code(2);
    let id = paid_from_two(&sim);
    sim.till(&["refund", &id, "--leg", "1:0"]).expect_code(2);
    sim.till(&["refund", &id, "--leg", "x"]).expect_code(2);
    let decide = [
        "decide",
        &id,
        "--happened",
        "--operator",
        "А",
        "--reason",
        "Б",
    ];
    sim.till(&decide).expect_code(4);
}

#[test]
fn a_part_of_the_bill_is_a_prepayment_and_the_till_takes_the_rest() {
    let sim = Sim::start();
    let had = sim.balance(FIRST, "Депозит");
    let take = format!("{FIRST}:Депозит:1000");
    let all = ["pay", "*/1", "--card", FIRST, "--take", &take, "--json"];
    // Without the word, too little is a mistake.
    sim.till(&all).expect_code(4);
    let mut args = all.to_vec();
    args.push("--partial");
    let paid = sim.till(&args).expect_code(0).json();
    assert_eq!(paid["state"], "paid", "{paid}");
    assert_eq!(
        (&paid["total"], &paid["rest"]),
        (&json!("1000.00"), &json!("1350.00"))
    );
    let order = sim.order("*/1");
    assert_eq!(order["unpaid"], "1350.00");
    assert_eq!(order["payments"].as_array().unwrap().len(), 1, "{order}");

    // The second part pays what the first left of the dishes.
    let rest = sim
        .till(&["pay", "*/1", "--card", FIRST, "--json"])
        .expect_code(0)
        .json();
    assert_eq!(rest["total"], "1350.00", "{rest}");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    assert_ne!(sim.balance(FIRST, "Депозит"), had);
    let told: Vec<usize> = sales(&sim, false).iter().map(|sale| sale.1.len()).collect();
    assert_eq!(sales(&sim, true), sales(&sim, false));
    assert_eq!(told, [3, 4], "the third dish is paid by both");
    sim.assert_no_violations();
}

/// A prepayment counts as often as it arrives: it is looked for, never sent again.
#[test]
fn a_part_whose_answer_is_lost_is_never_sent_twice() {
    for (kind, shown) in [
        ("lose_request", "needs_manager"),
        ("lose_reply", "paid"),
        ("error_after", "paid"),
        ("garbage", "paid"),
    ] {
        let sim = Sim::start();
        let config = sim.config_with("quick.toml", |text| {
            format!("{text}\n[payment]\nfront_s = 2\nretry_s = [1]\ntries = 1\n")
        });
        let till = |args: &[&str]| {
            let mut command = crate::harness::till_command(&config, args);
            crate::harness::Said::of(&command.output().unwrap())
        };
        let had = sim.balance(FIRST, "Депозит");
        sim.fault("rkeeper.SaveOrder", kind, 1);
        let take = format!("{FIRST}:Депозит:1000");
        let args = [
            "pay",
            "*/1",
            "--card",
            FIRST,
            "--take",
            &take,
            "--partial",
            "--json",
        ];
        let paid = till(&args).json();
        assert_eq!(paid["state"], shown, "{kind}: {paid}");
        assert_eq!(sim.state()["requests"]["rkeeper.SaveOrder"], 1, "{kind}");
        let id = paid["payment_id"].as_str().unwrap();
        if shown == "needs_manager" {
            till(&["recover", "--json"]).expect_code(5);
            assert_eq!(sim.state()["requests"]["rkeeper.SaveOrder"], 1, "{kind}");
            let who = [
                "--operator",
                "Администратор",
                "--reason",
                "в заказе оплаты нет",
            ];
            let mut args = vec!["decide", id, "--did-not", "--json"];
            args.extend(who);
            let decided = till(&args).expect_code(6).json();
            assert_eq!(decided["state"], "refused", "{decided}");
            assert_eq!(sim.balance(FIRST, "Депозит"), had);
            assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
        }
        till(&["recover", "--json"]).expect_code(0);
        sim.assert_no_violations();
    }
}
