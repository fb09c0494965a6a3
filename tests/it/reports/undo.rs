//! E. Undo and refund.

use serde_json::{Value, json};

use super::{
    CARD, DEPOSIT, FAMILY, FAMILY_BONUS, FAMILY_DEPOSIT, balance, in_lime, in_rkeeper, set_balance,
    text,
};
use crate::harness::Sim;
use crate::worlds::kopecks;

fn pay(sim: &Sim, order: &str, args: &[&str]) -> Value {
    let mut all = vec!["pay", order, "--json"];
    all.extend(args);
    sim.till(&all).expect_code(0).json()
}

/// Pays the sample bill from three accounts of two cards.
fn pay_mixed(sim: &Sim) -> String {
    let takes = [
        format!("{CARD}:{DEPOSIT}:1500.00"),
        format!("{FAMILY}:{FAMILY_BONUS}:450.50"),
        format!("{FAMILY}:{FAMILY_DEPOSIT}:399.50"),
    ];
    let mut args = vec!["--card", CARD, "--card", FAMILY];
    for take in &takes {
        args.extend(["--take", take]);
    }
    text(&pay(sim, "*/1", &args)["payment_id"])
}

fn give_back(sim: &Sim, id: &str, args: &[&str]) -> Value {
    let mut all = vec!["refund", id, "--by-hand", "--json"];
    all.extend(args);
    sim.till(&all).expect_code(0).json()
}

/// Sums of a card's history: as our journal and as Lime's own screen tell it.
fn histories(sim: &Sim, card: &str) -> [Vec<i64>; 2] {
    let ours = ["report", "card", card, "--format", "json"];
    let ours = sim.till(&ours).expect_code(0).json();
    let theirs = sim.get(&format!("/report/card/{card}"));
    [ours, theirs].map(|report| {
        let rows = report["rows"].as_array().unwrap();
        let mut sums: Vec<i64> = rows.iter().map(|row| kopecks(&row["amount"])).collect();
        sums.sort_unstable();
        sums
    })
}

#[test]
fn report_40_of_a_mixed_bill_every_account_gets_its_own_part() {
    let sim = Sim::start();
    let accounts = [DEPOSIT, FAMILY_BONUS, FAMILY_DEPOSIT];
    let had = accounts.map(|account| balance(&sim, account));
    let id = pay_mixed(&sim);
    assert_eq!(balance(&sim, FAMILY_BONUS), "0.00");
    // Whoever is to give it back sees the parts first.
    let shown = sim.till(&["payment", &id]).expect_code(0);
    for part in ["1500.00", "450.50", "399.50", "Депозит", "Бонусы"] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    let back = give_back(&sim, &id, &[]);
    let parts: Vec<(String, String)> = back["legs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leg| (text(&leg["account_id"]), text(&leg["amount"])))
        .collect();
    let expected = [
        (DEPOSIT, "1500.00"),
        (FAMILY_BONUS, "450.50"),
        (FAMILY_DEPOSIT, "399.50"),
    ];
    let expected = expected.map(|(account, sum)| (account.to_owned(), sum.to_owned()));
    assert_eq!(parts, expected, "{back}");
    assert_eq!(accounts.map(|account| balance(&sim, account)), had);
    sim.assert_no_violations();
}

#[test]
fn report_41_a_card_with_nothing_gets_its_money_and_shows_it() {
    let sim = Sim::start();
    set_balance(&sim, DEPOSIT, "2350.00");
    let id = text(&pay(&sim, "*/1", &["--card", CARD])["payment_id"]);
    assert_eq!(balance(&sim, DEPOSIT), "0.00");
    give_back(&sim, &id, &[]);
    assert_eq!(balance(&sim, DEPOSIT), "2350.00");
    let [ours, theirs] = histories(&sim, CARD);
    assert_eq!(ours, theirs);
    assert_eq!(ours.iter().sum::<i64>(), 0);
    let back: i64 = ours.iter().filter(|&&sum| sum > 0).sum();
    assert_eq!(back, 235_000);
    sim.assert_no_violations();
}

#[test]
fn report_43_a_refund_is_money_that_can_be_spent() {
    let sim = Sim::start();
    set_balance(&sim, DEPOSIT, "2350.00");
    let take = format!("{CARD}:{DEPOSIT}:1000.00");
    let part = pay(&sim, "*/1", &["--card", CARD, "--take", &take, "--partial"]);
    let rest = pay(&sim, "*/1", &["--card", CARD]);
    assert_eq!(balance(&sim, DEPOSIT), "0.00");
    for (payment, has) in [(&rest, "1350.00"), (&part, "2350.00")] {
        give_back(&sim, &text(&payment["payment_id"]), &[]);
        assert_eq!(balance(&sim, DEPOSIT), has);
        let card = sim.till(&["card", CARD, "--json"]).expect_code(0).json();
        assert_eq!(card["accounts"][0]["available"], has);
    }
    pay(&sim, "3/1", &["--card", CARD]);
    assert_eq!(balance(&sim, DEPOSIT), "1560.00");
    sim.assert_no_violations();
}

#[test]
fn report_44_a_mistaken_payment_is_undone_and_paid_by_the_right_card() {
    let sim = Sim::start();
    set_balance(&sim, FAMILY_DEPOSIT, "2350.00");
    set_balance(&sim, FAMILY_BONUS, "0.00");
    let id = text(&pay(&sim, "*/1", &["--card", CARD])["payment_id"]);
    let back = give_back(
        &sim,
        &id,
        &["--operator", "Администратор", "--reason", "не та карта"],
    );
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    // What the till has to do in r_keeper is on the list until somebody says that it was done.
    let listed = sim.till(&["payments"]).expect_code(0);
    assert!(listed.out.contains("ВНИМАНИЕ"), "{}", listed.out);
    sim.edit(&json!({"op": "undo_receipt", "order": "*/1"}));
    let refund = text(&back["refund_id"]);
    let decide = [
        "decide",
        &id,
        "--refund",
        &refund,
        "--about",
        "by_hand",
        "--happened",
        "--operator",
        "Администратор",
    ];
    let mut decide = decide.to_vec();
    decide.extend(["--reason", "чек отменён на кассе"]);
    sim.till(&decide).expect_code(0);
    let listed = sim.till(&["payments"]).expect_code(0);
    assert!(!listed.out.contains("ВНИМАНИЕ"), "{}", listed.out);
    pay(&sim, "*/1", &["--card", FAMILY]);
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    assert_eq!(balance(&sim, FAMILY_DEPOSIT), "0.00");
    assert_eq!(in_lime(&sim), (235_000, 2, 1));
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    sim.assert_no_violations();
}

#[test]
fn report_46_a_part_goes_back_as_a_part_of_its_dishes() {
    let sim = Sim::start();
    let id = pay_mixed(&sim);
    let back = give_back(&sim, &id, &["--leg", "1:150.00"]);
    assert_eq!(back["total"], "150.00");
    assert_eq!(balance(&sim, DEPOSIT), "3650.00");
    assert_eq!(balance(&sim, FAMILY_BONUS), "0.00");
    // Nothing is cancelled as a whole, in neither book.
    let shown = sim.till(&["payment", &id, "--json"]).json();
    assert_eq!(shown["state"], "paid", "{shown}");
    assert_eq!(shown["refunded"], "150.00");
    assert_eq!(in_rkeeper(&sim, "*/1").iter().sum::<i64>(), 235_000);
    let state = sim.state();
    let checks = state["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 2);
    // Every dish gives back no more than it took from that account, and all together what was asked.
    let of_account = |entry: &Value| -> i64 {
        let payments = entry["payments"].as_array().unwrap().iter();
        let own = payments.filter(|part| part["account_id"] == DEPOSIT);
        own.map(|part| kopecks(&part["amount"])).sum()
    };
    let sold = checks[0]["entries"].as_array().unwrap();
    let returned = checks[1]["entries"].as_array().unwrap();
    let mut sum = 0;
    for entry in returned {
        let origin = sold.iter().find(|own| own["id"] == entry["return_of"]);
        let (back, took) = (of_account(entry), of_account(origin.unwrap()));
        assert!(0 < back && back <= took, "{entry}");
        sum += back;
    }
    assert_eq!(sum, 15_000);
    // In proportion: no dish of that account is left out.
    let paid_by_it = sold.iter().filter(|entry| of_account(entry) > 0).count();
    assert_eq!(returned.len(), paid_by_it);
    // The rest can still go back, and no more than that.
    let rest = give_back(&sim, &id, &[]);
    assert_eq!(rest["total"], "2200.00");
    assert_eq!(in_lime(&sim).0, 0);
    sim.assert_no_violations();
}

#[test]
fn report_48_an_abort_in_the_middle_leaves_no_line_on_the_order() {
    let take = format!("{CARD}:{DEPOSIT}:1000.00");
    let whole = vec!["pay", "*/1", "--card", CARD, "--json"];
    let mut part = whole.clone();
    part.extend(["--take", &take, "--partial"]);
    for (args, place) in [
        (&whole, "lime.PutCheck"),
        (&whole, "rkeeper.PayOrder"),
        (&part, "lime.PutCheck"),
        (&part, "rkeeper.SaveOrder"),
    ] {
        let sim = Sim::start();
        sim.fault(place, "refuse", 1);
        let said = sim.till(args).expect_code(4);
        assert_eq!(said.json()["state"], "refused", "{place}: {said:?}");
        let order = sim.order("*/1");
        assert_eq!(order["payments"], json!([]), "{place}: {order}");
        let lines = order["prepayments"].as_array().unwrap();
        assert!(lines.iter().all(|line| line["deleted"] == true), "{order}");
        assert_eq!(order["locked"], false, "{place}: {order}");
        assert_eq!(order["unpaid"], "2350.00");
        assert_eq!(balance(&sim, DEPOSIT), "5000.00", "{place}");
        sim.assert_no_violations();
    }
}

#[test]
fn report_55_every_payment_of_the_till_is_in_the_cards_history() {
    let sim = Sim::start();
    let take = format!("{CARD}:{DEPOSIT}:790.00");
    let mixed = pay_mixed(&sim);
    pay(&sim, "3/1", &["--card", CARD, "--take", &take]);
    let part = format!("{CARD}:{DEPOSIT}:1000.01");
    pay(
        &sim,
        "12/2",
        &["--card", CARD, "--take", &part, "--partial"],
    );
    let by_card = |card: &str| -> i64 {
        let state = sim.state();
        let orders = state["orders"].as_array().unwrap().iter();
        let lines = orders.flat_map(|order| order["payments"].as_array().unwrap());
        let own = lines.filter(|line| line["card_code"] == card);
        own.map(|line| kopecks(&line["amount"])).sum()
    };
    for card in [CARD, FAMILY] {
        let [ours, theirs] = histories(&sim, card);
        assert_eq!(ours, theirs, "{card}");
        assert_eq!(-ours.iter().sum::<i64>(), by_card(card), "{card}");
    }
    assert_eq!(by_card(CARD), 150_000 + 79_000 + 100_001);
    // And so is what goes back.
    give_back(&sim, &mixed, &["--leg", "1"]);
    let [ours, theirs] = histories(&sim, CARD);
    assert_eq!(ours, theirs);
    assert_eq!(-ours.iter().sum::<i64>(), 79_000 + 100_001);
    sim.assert_no_violations();
}
