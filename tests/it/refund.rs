//! Money back to where it came from, parts of a bill, and what persons decide.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Said, Sim, till_command};
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
        args.extend(["--about", "by_hand"]);
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
fn report_35_a_part_lowers_what_is_due_and_is_no_change() {
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
            let mut args = vec!["decide", id, "--about", "pay", "--did-not", "--json"];
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

/// A till that soon leaves an unclear payment to a person, with its config changed.
fn quick(sim: &Sim, change: impl Fn(String) -> String) -> impl Fn(&[&str]) -> Said {
    let config = sim.config_with("quick.toml", |text| {
        // Nothing here is late: an answer comes, or its connection ends.
        let text = text
            .replace(
                "[rkeeper]\n",
                "[rkeeper]\nread_timeout_s = 60\npay_timeout_s = 60\n",
            )
            .replace(
                "[lime]\n",
                "[lime]\nread_timeout_s = 60\nwrite_timeout_s = 60\n",
            );
        let patience = "[payment]\nfront_s = 10\nretry_s = [1]\ntries = 1\n";
        change(format!("{text}\n{patience}"))
    });
    move |args: &[&str]| Said::of(&till_command(&config, args).output().unwrap())
}

fn id_of(paid: &Value) -> String {
    paid["payment_id"].as_str().unwrap().to_owned()
}

fn pay_whole(till: &impl Fn(&[&str]) -> Said) -> String {
    let paid = till(&["pay", "*/1", "--card", FIRST, "--json"]);
    id_of(&paid.expect_code(0).json())
}

/// Pays 1000.00 of the sample bill.
fn pay_part(till: &impl Fn(&[&str]) -> Said) -> Said {
    let take = format!("{FIRST}:Депозит:1000");
    till(&[
        "pay",
        "*/1",
        "--card",
        FIRST,
        "--take",
        &take,
        "--partial",
        "--json",
    ])
}

#[test]
fn a_whole_payment_is_given_back_and_its_receipt_annulled() {
    let sim = Sim::start();
    let had = held(&sim);
    let id = paid_from_two(&sim);
    let check_num = sim.order("*/1")["check_num"].clone();
    let refund = sim.till(&["refund", &id, "--json"]).expect_code(0).json();
    assert_eq!(refund["state"], "refunded", "{refund}");
    assert_eq!(held(&sim), had);
    let order = sim.order("*/1");
    assert_eq!(
        (&order["paid"], &order["unpaid"]),
        (&json!(false), &json!("2350.00"))
    );
    let annulled = json!([{"check_num": check_num, "deleted": true, "total": "2350.00"}]);
    assert_eq!(order["receipts"], annulled);
    assert_eq!(sim.calls("rkeeper.UndoReceipt"), 1);
    let shown = sim.till(&["payment", &id, "--json"]).expect_code(0).json();
    assert_eq!(shown["attention"], Value::Null, "{shown}");
    // The bill can be paid anew.
    sim.till(&["pay", "*/1", "--card", FIRST]).expect_code(0);
    assert_eq!(sales(&sim, true), sales(&sim, false));
    sim.assert_no_violations();
}

/// Annulled once, whatever becomes of the answer; and a receipt that stands is annulled in the end.
#[test]
fn a_receipt_whose_annulment_is_unclear_is_annulled_once() {
    for kind in [
        "lose_request",
        "lose_reply",
        "duplicate",
        "error_before",
        "error_after",
        "garbage",
        "html",
    ] {
        let sim = Sim::start();
        let till = quick(&sim, |text| text);
        let had = held(&sim);
        let id = pay_whole(&till);
        sim.fault("rkeeper.UndoReceipt", kind, 1);
        let refund = till(&["refund", &id, "--json"]);
        assert!([0, 5].contains(&refund.code), "{kind}: {refund:?}");
        till(&["recover", "--json"]).expect_code(0);
        let shown = till(&["payment", &id, "--json"]).expect_code(0).json();
        assert_eq!(shown["refunds"][0]["state"], "refunded", "{kind}: {shown}");
        assert_eq!(held(&sim), had, "{kind}");
        let order = sim.order("*/1");
        assert_eq!(order["unpaid"], "2350.00", "{kind}");
        assert_eq!(order["receipts"].as_array().unwrap().len(), 1, "{kind}");
        let done = ["lose_reply", "error_after", "garbage"].contains(&kind);
        if done {
            assert_eq!(
                sim.calls("rkeeper.UndoReceipt"),
                1,
                "{kind}: looked for first"
            );
        }
        sim.assert_no_violations();
    }
}

/// What r_keeper refuses is left to a person, in r_keeper's own words; the money is back all the
/// same.
#[test]
fn a_refused_annulment_is_left_to_a_person_with_r_keepers_words() {
    let locked = ("undo_receipt = true\n", "undo_receipt = false\n");
    for (words, (from, to)) in [
        (
            "Неправильный код пользователя или пароль",
            ("\"7733\"", "\"wrong-4521\""),
        ),
        ("нет флага", ("undo_reason = \"5\"", "undo_reason = \"4\"")),
        (
            "Не найден элемент 98 в коллекции Employees",
            ("manager_code = \"99\"", "manager_code = \"98\""),
        ),
        (
            "У Admin нет прав",
            ("manager_code = \"99\"", "manager_code = \"5\""),
        ),
        // The site leaves it to people: nothing is sent.
        ("", locked),
    ] {
        let sim = Sim::start();
        let till = quick(&sim, |text| {
            assert!(text.contains(from), "{text}");
            text.replace(from, to)
        });
        let had = held(&sim);
        let id = pay_whole(&till);
        let check_num = sim.order("*/1")["check_num"].as_str().unwrap().to_owned();
        let said = till(&["refund", &id]).expect_code(0);
        let text = format!("{}{}", said.out, said.err);
        for part in ["вручную", &check_num, words] {
            assert!(text.contains(part), "{part}: {said:?}");
        }
        assert!(!text.contains("4521"), "{said:?}");
        assert_eq!(held(&sim), had, "{words}");
        assert_eq!(sim.order("*/1")["paid"], true);
        let sent = u64::from(!words.is_empty());
        assert_eq!(sim.calls("rkeeper.UndoReceipt"), sent, "{words}");
        let shown = till(&["payment", &id, "--json"]).expect_code(0).json();
        assert_eq!(shown["attention"], "by_hand", "{shown}");
        sim.assert_no_violations();
    }
}

/// A receipt that holds another's money, and a part of a payment, cannot be annulled for us alone.
#[test]
fn a_receipt_that_holds_more_than_the_refund_is_left_to_a_person() {
    for part in [false, true] {
        let sim = Sim::start();
        let till = quick(&sim, |text| text);
        if !part {
            sim.edit(&json!({"op": "prepay_order", "order": "*/1", "amount": "350.00"}));
        }
        let id = pay_whole(&till);
        let mut args = vec!["refund", &id, "--json"];
        if part {
            args.extend(["--leg", "1:100"]);
        }
        let refund = till(&args).expect_code(0).json();
        assert_eq!(refund["state"], "by_hand", "{refund}");
        assert_eq!(sim.calls("rkeeper.UndoReceipt"), 0);
        assert_eq!(sim.order("*/1")["paid"], true);
        sim.assert_no_violations();
    }
}

#[test]
fn a_refunded_part_is_removed_from_an_open_order() {
    for kind in ["", "lose_request", "lose_reply", "duplicate", "error_after"] {
        let sim = Sim::start();
        let till = quick(&sim, |text| text);
        let had = held(&sim);
        let id = id_of(&pay_part(&till).expect_code(0).json());
        sim.edit(&json!({"op": "prepay_order", "order": "*/1", "amount": "50.00"}));
        if !kind.is_empty() {
            sim.fault("rkeeper.DeleteReceiptPayments", kind, 1);
        }
        till(&["refund", &id, "--json"]);
        till(&["recover", "--json"]).expect_code(0);
        let shown = till(&["payment", &id, "--json"]).expect_code(0).json();
        assert_eq!(shown["refunds"][0]["state"], "refunded", "{kind}: {shown}");
        assert_eq!(held(&sim), had, "{kind}");
        let order = sim.order("*/1");
        assert_eq!(order["unpaid"], "2300.00", "{kind}: the cash stays");
        assert_eq!(order["locked"], false, "{kind}");
        sim.assert_no_violations();
    }
}

#[test]
fn a_part_of_a_closed_bill_and_one_that_may_not_be_removed_are_left_to_a_person() {
    for closed in [true, false] {
        let sim = Sim::start();
        let till = quick(&sim, |text| {
            let on = "remove_prepayments = true";
            assert!(text.contains(on), "{text}");
            if closed {
                text
            } else {
                text.replace(on, "remove_prepayments = false")
            }
        });
        let had = held(&sim);
        let id = id_of(&pay_part(&till).expect_code(0).json());
        if closed {
            sim.edit(&json!({"op": "pay_rest", "order": "*/1"}));
        }
        let refund = till(&["refund", &id, "--json"]).expect_code(0).json();
        assert_eq!(refund["state"], "by_hand", "{refund}");
        assert_eq!(held(&sim), had);
        assert_eq!(sim.calls("rkeeper.DeleteReceiptPayments"), 0);
        sim.assert_no_violations();
    }
}

fn two_step(text: &str) -> String {
    let one = "part_payments = true\n";
    assert!(text.contains(one), "{text}");
    text.replace(one, "part_payments = true\ntwo_step_part_payments = true\n")
}

/// Lines of the order that are still there, as amount and state.
fn lines_of(sim: &Sim) -> Vec<(String, String)> {
    let order = sim.order("*/1");
    let lines = order["prepayments"].as_array().unwrap().iter();
    let live = lines.filter(|line| line["deleted"] == false);
    live.map(|line| {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("amount"), text("status"))
    })
    .collect()
}

#[test]
fn a_part_in_two_steps_is_begun_before_the_debit_and_paid_after_it() {
    let sim = Sim::start();
    let till = quick(&sim, |text| two_step(&text));
    let paid = pay_part(&till).expect_code(0).json();
    assert_eq!(paid["state"], "paid", "{paid}");
    assert_eq!(lines_of(&sim), [("1000.00".to_owned(), "paid".to_owned())]);
    assert_eq!(sim.order("*/1")["unpaid"], "1350.00");
    for (command, times) in [
        ("TerminalAuthStart2", 1),
        ("TerminalAuthPay2", 1),
        ("TerminalAuthError2", 0),
        ("SaveOrder", 0),
    ] {
        assert_eq!(sim.calls(&format!("rkeeper.{command}")), times, "{command}");
    }
    // The rest by the same card closes the bill; the part goes back by hand then.
    till(&["pay", "*/1", "--card", FIRST]).expect_code(0);
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    assert_eq!(sales(&sim, true), sales(&sim, false));
    sim.assert_no_violations();
}

/// One line holds one account: several go in one step.
#[test]
fn a_part_of_two_accounts_is_paid_in_one_step() {
    let sim = Sim::start();
    let till = quick(&sim, |text| two_step(&text));
    let (second, account) = family_deposit(&sim);
    let paid = till(&[
        "pay",
        "*/1",
        "--card",
        FIRST,
        "--card",
        &second,
        "--take",
        &format!("{FIRST}:Депозит:500"),
        "--take",
        &format!("{second}:{account}:500"),
        "--partial",
        "--json",
    ]);
    paid.expect_code(0);
    assert_eq!(lines_of(&sim).len(), 2);
    assert_eq!(sim.calls("rkeeper.SaveOrder"), 1);
    assert_eq!(sim.calls("rkeeper.TerminalAuthStart2"), 0);
    sim.assert_no_violations();
}

/// Whatever is lost before the debit or at it: nothing is taken, and no line stays.
#[test]
fn a_part_that_is_given_up_leaves_no_line() {
    for (at, kind) in [
        ("rkeeper.TerminalAuthStart2", "lose_request"),
        ("rkeeper.TerminalAuthStart2", "lose_reply"),
        ("rkeeper.TerminalAuthStart2", "error_after"),
        ("rkeeper.TerminalAuthStart2", "garbage"),
        ("rkeeper.TerminalAuthStart2", "refuse"),
        ("lime.GetNextCheckId", "error_before"),
        ("lime.PutCheck", "refuse"),
        ("rkeeper.TerminalAuthPay2", "refuse"),
    ] {
        let sim = Sim::start();
        let till = quick(&sim, |text| two_step(&text));
        let had = held(&sim);
        let arg = match at {
            "lime.PutCheck" => json!("NotEnoughMoney"),
            "lime.GetNextCheckId" => Value::Null,
            _ => json!("2128"),
        };
        let count = if at == "lime.GetNextCheckId" { 20 } else { 1 };
        sim.fault_with(at, kind, count, &arg);
        // The answer to giving the line up is lost as well.
        sim.fault("rkeeper.TerminalAuthError2", "lose_reply", 1);
        let paid = pay_part(&till);
        assert!([4, 6].contains(&paid.code), "{at} {kind}: {paid:?}");
        assert_eq!(held(&sim), had, "{at} {kind}");
        assert_eq!(lines_of(&sim), [], "{at} {kind}");
        assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
        assert_eq!(sim.order("*/1")["locked"], false, "{at} {kind}");
        sim.assert_no_violations();
    }
}

/// The second step counts once and is sent once: what became of it is read off the order.
#[test]
fn a_part_whose_second_step_is_lost_is_looked_for() {
    for (kind, state) in [
        ("lose_reply", "paid"),
        ("error_after", "paid"),
        ("garbage", "paid"),
        ("duplicate", "paid"),
        ("lose_request", "needs_manager"),
        ("error_before", "needs_manager"),
    ] {
        let sim = Sim::start();
        let till = quick(&sim, |text| two_step(&text));
        let had = held(&sim);
        sim.fault("rkeeper.TerminalAuthPay2", kind, 1);
        let paid = pay_part(&till).json();
        assert_eq!(paid["state"], state, "{kind}: {paid}");
        assert_eq!(sim.calls("rkeeper.TerminalAuthPay2"), 1, "{kind}");
        if state == "paid" {
            assert_eq!(lines_of(&sim), [("1000.00".to_owned(), "paid".to_owned())]);
            assert_ne!(held(&sim), had);
        } else {
            assert_eq!(
                lines_of(&sim),
                [("1000.00".to_owned(), "started".to_owned())]
            );
            till(&["recover", "--json"]).expect_code(5);
            let id = id_of(&paid);
            let decide = [
                "decide",
                &id,
                "--about",
                "pay",
                "--did-not",
                "--operator",
                "Администратор",
                "--reason",
                "строка не оплачена",
            ];
            till(&decide).expect_code(6);
            assert_eq!(held(&sim), had, "{kind}");
            assert_eq!(lines_of(&sim), [], "{kind}");
        }
        till(&["recover", "--json"]).expect_code(0);
        sim.assert_no_violations();
    }
}

/// The program dies in the middle: recovery leaves either a paid line and its debit, or neither.
#[test]
fn a_part_in_two_steps_survives_the_death_of_the_program() {
    for (at, kind, state) in [
        ("rkeeper.TerminalAuthStart2", "hang_before", "refused"),
        ("rkeeper.TerminalAuthStart2", "hang_after", "refused"),
        ("lime.PutCheck", "hang_before", "refused"),
        ("lime.PutCheck", "hang_after", "refused"),
        ("rkeeper.TerminalAuthPay2", "hang_after", "paid"),
    ] {
        let sim = Sim::start();
        let till = quick(&sim, |text| two_step(&text));
        let had = held(&sim);
        let hang = PATIENCE.as_millis().to_string();
        sim.fault_with(at, kind, 1, &json!(hang));
        let config = sim.config_with("patient.toml", |text| two_step(&text));
        let take = format!("{FIRST}:Депозит:1000");
        let args = ["pay", "*/1", "--card", FIRST, "--take", &take, "--partial"];
        let mut dying = till_command(&config, &args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sim.wait_for_calls(at, 1);
        dying.kill().unwrap();
        dying.wait().unwrap();
        let recovered = till(&["recover", "--json"]).expect_code(0).json();
        assert_eq!(recovered[0]["state"], state, "{at} {kind}: {recovered}");
        if state == "paid" {
            assert_eq!(lines_of(&sim), [("1000.00".to_owned(), "paid".to_owned())]);
            assert_ne!(held(&sim), had);
        } else {
            assert_eq!(lines_of(&sim), [], "{at} {kind}");
            assert_eq!(held(&sim), had, "{at} {kind}");
        }
        sim.assert_no_violations();
    }
}

/// A server too old for it says so before any money moves.
#[test]
fn a_server_without_two_steps_refuses_before_the_debit() {
    let sample = include_str!("../../assets/scenarios/sample.toml");
    let sim = Sim::start_with(&sample.replace("terminal_auth = true", "terminal_auth = false"));
    let till = quick(&sim, |text| two_step(&text));
    let paid = pay_part(&till).expect_code(4);
    assert!(
        paid.err.contains("Unknown command TerminalAuthStart2"),
        "{paid:?}"
    );
    assert_eq!(sim.state()["checks"], json!([]));
    sim.assert_no_violations();
}
