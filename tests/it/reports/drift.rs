//! A. Debit and payment drift apart.

use serde_json::json;

use super::{
    CARD, DEPOSIT, balance, holding, impatient, in_lime, in_rkeeper, recover, run, set_balance,
    text, wait_until_free, wait_until_seen, world,
};
use crate::harness::Sim;
use crate::relay::Relay;
use crate::screen::{Screen, press_until};

#[test]
fn report_01_lime_is_gone_while_it_debits_and_takes_the_money_once() {
    // Gone altogether: nothing begins.
    let sim = Sim::start();
    sim.fault("lime.*", "lose_request", 1_000);
    let config = impatient(&sim);
    let pay = ["pay", "*/1", "--card", CARD, "--json"];
    let said = run(&config, &pay);
    assert_eq!(said.code, 6, "{said:?}");
    assert_eq!(said.json()["reason"], "answer_lost");
    assert!(said.err.contains("Lime"), "{said:?}");
    // Gone in the middle of the debit, whether it had the request or not.
    for kind in ["lose_request", "lose_reply"] {
        let sim = Sim::start();
        let config = impatient(&sim);
        sim.fault("lime.PutCheck", kind, 1);
        // The repeats reach nobody.
        sim.fault("lime.PutCheck", "lose_request", 1_000);
        sim.fault("lime.GetCheck", "lose_request", 1_000);
        let said = run(&config, &pay);
        assert_eq!(said.code, 5, "{kind}: {said:?}");
        assert!(!said.err.to_lowercase().contains("оплачено"), "{said:?}");
        // It waits in view, and no second payment of the order begins.
        let listed = run(&config, &["payments", "--json"]).json();
        assert_eq!(listed[0]["state"], "unknown", "{listed}");
        let again = run(&config, &pay);
        assert_eq!(again.code, 4, "{kind}: {again:?}");
        assert_eq!(again.json()["reason"], "payment_open");
        for call in ["lime.PutCheck", "lime.GetCheck"] {
            sim.fault(call, "lose_request", 0);
        }
        recover(&sim.config);
        // The guest was gone: it is given back. Now it is paid for good.
        assert_eq!(in_lime(&sim).0, 0, "{kind}");
        assert_eq!(in_rkeeper(&sim, "*/1"), [0; 0], "{kind}");
        assert_eq!(run(&sim.config, &pay).code, 0, "{kind}");
        assert_eq!(in_lime(&sim).0, 235_000, "{kind}");
        assert_eq!(balance(&sim, DEPOSIT), "2650.00", "{kind}");
        assert_eq!(in_rkeeper(&sim, "*/1"), [235_000], "{kind}");
        sim.assert_no_violations();
    }
}

#[test]
fn report_03_the_next_order_sees_what_the_last_one_left() {
    let orders: [(&str, &[&str]); 3] = [
        ("1", &["3000.00"]),
        ("2", &["2500.00"]),
        ("3", &["2000.00"]),
    ];
    let sim = Sim::start_with(&world(&orders));
    let pay = |order| sim.till(&["pay", order, "--card", CARD, "--json"]);
    pay("1").expect_code(0);
    let card = sim.till(&["card", CARD, "--json"]).json();
    assert_eq!(card["accounts"][0]["available"], "2000.00");
    let said = pay("2").expect_code(4);
    assert_eq!(said.json()["reason"], "not_enough_money");
    assert!(said.err.contains("2000.00"), "{said:?}");
    pay("3").expect_code(0);
    assert_eq!(balance(&sim, DEPOSIT), "0.00");
    assert_eq!(sim.order("2")["unpaid"], "2500.00");
    sim.assert_no_violations();
}

#[test]
fn report_05_declined_and_paid_again_is_debited_once() {
    let sim = Sim::start();
    sim.fault("rkeeper.PayOrder", "refuse", 1);
    let pay = ["pay", "*/1", "--card", CARD, "--json"];
    let said = sim.till(&pay).expect_code(4);
    assert_eq!(said.json()["legs"][0]["state"], "given_back", "{said:?}");
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    sim.till(&pay).expect_code(0);
    assert_eq!(balance(&sim, DEPOSIT), "2650.00");
    assert_eq!(in_lime(&sim), (235_000, 2, 1));
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    sim.assert_no_violations();
}

#[test]
fn report_06_a_bill_that_was_left_and_opened_again_is_debited_once() {
    let sim = Sim::start();
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    // A sum stands on the account, and the cashier goes back to the list.
    screen.wait_for("Осталось 0,00");
    screen.press("\x1b");
    screen.wait("the list", |text| {
        text.contains("Найти") && !text.contains("Маки")
    });
    assert_eq!(sim.state()["checks"], json!([]));
    assert_eq!(sim.order("*/1")["payments"], json!([]));
    // Right behind a card an Enter may be the reader's.
    press_until(&mut screen, "\r", |text| {
        text.contains("Запеченный ролл с курицей")
    });
    // The guest taps again: a bill that was left keeps no card.
    screen.take_card_away();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.pay();
    assert_eq!(in_lime(&sim), (235_000, 1, 0));
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    assert_eq!(balance(&sim, DEPOSIT), "2650.00");
    sim.assert_no_violations();
}

#[test]
fn report_09_money_that_came_by_a_return_is_spent_like_any_other() {
    let orders: [(&str, &[&str]); 3] = [("1", &["5000.00"]), ("2", &["5000.00"]), ("3", &["0.01"])];
    let sim = Sim::start_with(&world(&orders));
    let pay = |order| sim.till(&["pay", order, "--card", CARD, "--json"]);
    let paid = pay("1").expect_code(0).json();
    assert_eq!(balance(&sim, DEPOSIT), "0.00");
    sim.till(&["refund", &text(&paid["payment_id"]), "--by-hand", "--json"])
        .expect_code(0);
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    // A return gave it; a prepayment and a receipt take it, and then it is gone.
    let take = format!("{CARD}:{DEPOSIT}:1234.56");
    let part = [
        "pay",
        "2",
        "--card",
        CARD,
        "--take",
        &take,
        "--partial",
        "--json",
    ];
    sim.till(&part).expect_code(0);
    assert_eq!(balance(&sim, DEPOSIT), "3765.44");
    pay("2").expect_code(0);
    assert_eq!(balance(&sim, DEPOSIT), "0.00");
    assert_eq!(pay("3").expect_code(4).json()["reason"], "not_enough_money");
    assert_eq!(in_lime(&sim), (500_000, 3, 1));
    sim.assert_no_violations();
}

/// The till screen with a card on the sample bill, paying; Lime sits on the debit.
/// The relay is the till's way to Lime for the next payment, too.
pub fn cancelled_while_lime_debits(sim: &Sim) -> (Screen, Relay) {
    let (relay, release) = holding(&sim.lime, "PutCheck");
    let config = sim.config_with("relay.toml", |text| text.replace(&sim.lime, &relay.base));
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.confirm();
    wait_until_seen(&relay, "PutCheck", 1);
    screen.press("\x1b");
    screen.answer("Остановить оплату?");
    screen.wait_for("Отмена запрошена");
    release.send(()).unwrap();
    screen.wait_for("Оплата не прошла");
    (screen, relay)
}

#[test]
fn report_11_a_cancelled_payment_really_gives_back() {
    let sim = Sim::start();
    set_balance(&sim, DEPOSIT, "2350.00");
    let (mut screen, _relay) = cancelled_while_lime_debits(&sim);
    let text = screen.wait_for("Деньги возвращены на счета");
    assert!(!text.to_lowercase().contains("оплачено"), "{text}");
    assert_eq!(in_lime(&sim), (0, 1, 1));
    assert_eq!(balance(&sim, DEPOSIT), "2350.00");
    let order = sim.order("*/1");
    assert_eq!(order["payments"], json!([]), "{order}");
    // The screen says so as soon as it is sure; the order is let go of right after.
    wait_until_free(&sim, "*/1");
    // The wallet means it: all of it can be spent.
    assert!(screen.leave().success());
    sim.till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(0);
    assert_eq!(balance(&sim, DEPOSIT), "0.00");
    sim.assert_no_violations();
}
