//! D. Split arithmetic.

use serde_json::json;

use super::{
    CARD, DEPOSIT, FAMILY, FAMILY_BONUS, FAMILY_DEPOSIT, balance, in_lime, in_rkeeper, set_balance,
    world,
};
use crate::harness::Sim;
use crate::screen::Screen;
use crate::worlds::kopecks;

/// The son's card of the family, and the one whose second account is a bonus account.
const SON: &str = "50331650";
const OTHER: &str = "100663297";
const OTHER_BONUS: &str = "9042";

#[test]
fn report_28_two_accounts_larger_than_the_bill_give_the_bill_and_no_more() {
    let sim = Sim::start();
    set_balance(&sim, FAMILY_BONUS, "0.00");
    // In either order of the cards, and with a sum for each.
    let cards = [[CARD, FAMILY], [FAMILY, CARD]];
    for (order, [first, second]) in ["3/1", "*/1"].into_iter().zip(cards) {
        set_balance(&sim, DEPOSIT, "9000.00");
        set_balance(&sim, FAMILY_DEPOSIT, "8000.00");
        let due = kopecks(&sim.order(order)["unpaid"]);
        let pay = ["pay", order, "--card", first, "--card", second, "--json"];
        sim.till(&pay).expect_code(0);
        let left = kopecks(&json!(balance(&sim, DEPOSIT)))
            + kopecks(&json!(balance(&sim, FAMILY_DEPOSIT)));
        assert_eq!(left, 1_700_000 - due, "{order}");
        assert_eq!(sim.order(order)["unpaid"], "0.00");
    }
    assert_eq!(in_lime(&sim).0, 79_000 + 235_000);
    assert_eq!(in_rkeeper(&sim, "*/1").iter().sum::<i64>(), 235_000);
    sim.assert_no_violations();
}

#[test]
fn report_29_four_accounts_pay_25_69_and_keep_1_31_over_all() {
    let sim = Sim::start_with(&world(&[("1", &["25.69"])]));
    let accounts = [
        (DEPOSIT, "20.00"),
        (FAMILY_DEPOSIT, "3.00"),
        (FAMILY_BONUS, "2.00"),
        (OTHER_BONUS, "2.00"),
    ];
    for (account, amount) in accounts {
        set_balance(&sim, account, amount);
    }
    let cards = ["--card", CARD, "--card", FAMILY, "--card", OTHER];
    let pay: Vec<&str> = ["pay", "1", "--json"].into_iter().chain(cards).collect();
    sim.till(&pay).expect_code(0);
    let left: i64 = accounts
        .iter()
        .map(|(account, _)| kopecks(&json!(balance(&sim, account))))
        .sum();
    assert_eq!(left, 131);
    assert_eq!(in_lime(&sim).0, 2_569);
    assert_eq!(in_rkeeper(&sim, "1").iter().sum::<i64>(), 2_569);
    sim.assert_no_violations();
}

#[test]
fn report_30_the_same_card_twice_is_no_second_purse() {
    let sim = Sim::start();
    // Enough only if it counted twice.
    set_balance(&sim, DEPOSIT, "2000.00");
    let twice = ["pay", "*/1", "--card", CARD, "--card", CARD, "--json"];
    let said = sim.till(&twice).expect_code(4);
    assert_eq!(said.json()["reason"], "not_enough_money");
    assert!(said.err.contains("2000.00"), "{said:?}");
    let take = format!("{CARD}:{DEPOSIT}:1175.00");
    let mut args = twice.to_vec();
    args.extend(["--take", &take, "--take", &take]);
    let said = sim.till(&args).expect_code(4);
    assert_eq!(said.json()["reason"], "split_invalid", "{said:?}");
    // Two cards of one family lead to one purse.
    set_balance(&sim, FAMILY_DEPOSIT, "2000.00");
    set_balance(&sim, FAMILY_BONUS, "0.00");
    let family = ["pay", "*/1", "--card", FAMILY, "--card", SON, "--json"];
    let said = sim.till(&family).expect_code(4);
    assert_eq!(said.json()["reason"], "not_enough_money");
    assert_eq!(in_lime(&sim), (0, 0, 0));
    // On the screen the second tap says so and changes nothing.
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 350,00");
    screen.take_card_away();
    screen.tap_typed(CARD, "уже приложена");
    let text = screen.text();
    assert!(text.contains("Осталось 350,00"), "{text}");
    assert_eq!(text.matches(" · активна").count(), 1, "{text}");
}

#[test]
fn report_32_too_much_on_one_account_is_refused_in_words() {
    let sim = Sim::start();
    let take = |sum: &str| {
        let take = format!("{CARD}:{DEPOSIT}:{sum}");
        sim.till(&["pay", "*/1", "--card", CARD, "--take", &take, "--json"])
            .expect_code(4)
    };
    // More than the bill, more than the account.
    let said = take("2400.00");
    assert_eq!(said.json()["reason"], "split_invalid");
    assert!(
        said.err.contains("2400.00") && said.err.contains("2350.00"),
        "{said:?}"
    );
    let said = take("5000.01");
    assert_eq!(said.json()["reason"], "not_enough_money");
    assert!(said.err.contains("5000.00"), "{said:?}");
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.settle();
    screen.type_text("2400", |typed| format!("{typed}_"));
    screen.wait_for("Распределено лишнее: 50,00");
    screen.press("\x1b[15~");
    screen.settle();
    let text = screen.text();
    assert!(!text.contains("Оплатить?"), "{text}");
    assert!(text.contains("Распределено лишнее: 50,00"), "{text}");
    assert_eq!(in_lime(&sim), (0, 0, 0));
    assert_eq!(in_rkeeper(&sim, "*/1"), [0; 0]);
}

#[test]
fn report_36_kopecks_are_paid_to_zero() {
    let sim = Sim::start();
    // 2893.08: a weighed dish, discounts, thirds.
    let order = sim.order("12/2");
    assert_eq!(order["unpaid"], "2893.08");
    set_balance(&sim, DEPOSIT, "2442.58");
    let cards = ["--card", CARD, "--card", FAMILY];
    set_balance(&sim, FAMILY_DEPOSIT, "0.00");
    let pay: Vec<&str> = ["pay", "12/2", "--json"].into_iter().chain(cards).collect();
    sim.till(&pay).expect_code(0);
    for account in [DEPOSIT, FAMILY_DEPOSIT, FAMILY_BONUS] {
        assert_eq!(balance(&sim, account), "0.00");
    }
    assert_eq!(sim.order("12/2")["unpaid"], "0.00");
    assert_eq!(in_lime(&sim).0, 289_308);
    sim.assert_no_violations();
    // One kopeck, alone.
    let sim = Sim::start_with(&world(&[("1", &["0.01"])]));
    set_balance(&sim, DEPOSIT, "0.01");
    sim.till(&["pay", "1", "--card", CARD]).expect_code(0);
    assert_eq!(balance(&sim, DEPOSIT), "0.00");
}

#[test]
fn report_38_after_a_part_the_order_still_adds_up() {
    let sim = Sim::start();
    let take = format!("{CARD}:{DEPOSIT}:1000.01");
    let part = ["pay", "*/1", "--card", CARD, "--take", &take, "--partial"];
    sim.till(&part).expect_code(0);
    let order = sim.till(&["order", "*/1", "--json"]).expect_code(0).json();
    let lines = order["lines"].as_array().unwrap();
    let sum: i64 = lines.iter().map(|line| kopecks(&line["amount"])).sum();
    assert_eq!(sum, 235_000, "{order}");
    let total = kopecks(&order["total"]);
    let (prepaid, unpaid) = (kopecks(&order["prepaid"]), kopecks(&order["unpaid"]));
    assert_eq!((total, prepaid, unpaid), (235_000, 100_001, 134_999));
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    let text = screen.wait_for("К оплате 1 349,99");
    assert!(text.contains("2 350,00"), "{text}");
    assert!(text.contains("1 000,01"), "{text}");
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.pay();
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    assert_eq!(balance(&sim, DEPOSIT), "2650.00");
    sim.assert_no_violations();
}

#[test]
fn report_39_one_kopeck_off_is_refused_before_any_debit() {
    let sim = Sim::start();
    for sum in ["2349.99", "2350.01"] {
        let take = format!("{CARD}:{DEPOSIT}:{sum}");
        let pay = ["pay", "*/1", "--card", CARD, "--take", &take, "--json"];
        let said = sim.till(&pay).expect_code(4);
        assert_eq!(said.json()["reason"], "split_invalid", "{said:?}");
        assert!(
            said.err.contains(sum) && said.err.contains("2350.00"),
            "{said:?}"
        );
    }
    // The order grows by a kopeck behind the cashier's back: r_keeper's own exact-sum rule is never
    // put to the test.
    let grow =
        json!({"op": "add_dish", "order": "*/1", "code": 2460, "name": "Кунжут", "price": "0.01"});
    sim.edit(&grow);
    let take = format!("{CARD}:{DEPOSIT}:2350.00");
    let pay = ["pay", "*/1", "--card", CARD, "--take", &take, "--json"];
    let said = sim.till(&pay).expect_code(4);
    assert!(said.err.contains("2350.01"), "{said:?}");
    let requests = sim.state()["requests"].clone();
    for call in ["lime.PutCheck", "rkeeper.PayOrder", "rkeeper.LockOrder"] {
        assert!(requests[call].as_u64().unwrap_or(0) == 0, "{requests}");
    }
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
}
