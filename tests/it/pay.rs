//! The main job, from the command line: the sample bill and what can come in its way.

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Said, Sim, till_command};

const CARD: &str = "61366822";
const DISHES: [(&str, &str); 6] = [
    ("Запеченный ролл с курицей", "290"),
    ("Запеченный ролл Нежный с лососем", "360"),
    ("Запеченный ролл с угрем", "430"),
    ("Ролл Бонито", "410"),
    ("Горячая Филадельфия ролл", "650"),
    ("Маки ролл с лососем и сливочным сыром", "210"),
];

#[test]
fn the_sample_bill_is_paid_and_both_of_limes_reports_show_it() {
    let sim = Sim::start();
    let paid = sim
        .till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(0)
        .json();
    assert_eq!(paid["state"], "paid");
    assert_eq!(paid["order"]["name"], "*/1");
    assert_eq!(paid["total"], "2350.00");
    assert_eq!(paid["reason"], Value::Null);
    assert_eq!(paid["lime"]["check_id"], 2_226_634);
    assert!(paid["receipt"]["check_num"].is_string());
    let legs = paid["legs"].as_array().unwrap();
    assert_eq!(legs.len(), 1);
    assert_eq!(legs[0]["card_uid"], CARD);
    assert_eq!(legs[0]["account"], "Депозит");
    assert_eq!(legs[0]["amount"], "2350.00");
    assert_eq!(legs[0]["state"], "paid");

    let order = sim.order("*/1");
    assert_eq!(order["unpaid"], "0.00");
    let payments = order["payments"].as_array().unwrap();
    assert_eq!(payments.len(), 1, "{order}");
    assert_eq!(payments[0]["amount"], "2350.00");
    assert_eq!(payments[0]["card_code"], CARD);
    let marker = format!("{}/1", paid["payment_id"].as_str().unwrap());
    assert_eq!(payments[0]["ext_info"], marker);
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");

    // Lime's «Детальный по продажам», and what this till's journal says of the same sale.
    let theirs = sim.get("/report/sales");
    let ours = sim
        .till(&[
            "report",
            "sales",
            "--from",
            "2020-01-01",
            "--to",
            "2099-12-31",
            "--format",
            "json",
        ])
        .expect_code(0)
        .json();
    for report in [&theirs, &ours] {
        let sales = report["sales"].as_array().unwrap();
        assert_eq!(sales.len(), 1, "{report}");
        assert_eq!(sales[0]["number"].to_string().trim_matches('"'), "2226634");
        assert_eq!(sales[0]["card_number"], "100038");
        let lines = sales[0]["lines"].as_array().unwrap();
        assert_eq!(lines.len(), 6);
        for (line, (name, price)) in lines.iter().zip(DISHES) {
            assert_eq!(line["name"], name);
            assert_eq!(line["base_price"], format!("{price}.00"));
            assert_eq!(line["price"], format!("{price}.00"));
            assert_eq!(line["count"], "1");
            assert_eq!(
                line["payments"],
                json!([format!("Депозит (счет): {price}; {CARD}")])
            );
        }
    }
    // The card's «История операций», newest first in both.
    let theirs = sim.get(&format!("/report/card/{CARD}"));
    let ours = sim
        .till(&["report", "card", CARD, "--format", "json"])
        .expect_code(0)
        .json();
    for report in [&theirs, &ours] {
        let rows = report["rows"].as_array().unwrap();
        let shown: Vec<(String, String)> = rows
            .iter()
            .map(|row| (text(&row["goods"]), text(&row["amount"])))
            .collect();
        for (name, price) in DISHES {
            assert!(
                shown.contains(&(name.to_owned(), format!("-{price}.00"))),
                "{report}"
            );
        }
        assert_eq!(rows.len(), 6);
        assert!(
            rows.iter().all(|row| {
                row["service_point"] == "Касса r-keeper"
                    && row["account"] == "Депозит"
                    && row["operator"] == "Admin"
                    && row["payer_card"] == CARD
            }),
            "{report}"
        );
    }
    sim.assert_no_violations();
    // Paid once: a second attempt finds nothing to pay and moves nothing.
    sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
}

#[test]
fn two_cards_with_sums_given_by_hand_split_a_dish() {
    let sim = Sim::start();
    let (family, id) = family_deposit(&sim);
    let paid = sim
        .till(&[
            "pay",
            "*/1",
            "--card",
            CARD,
            "--card",
            &family,
            "--take",
            &format!("{CARD}:Депозит:1500.00"),
            "--take",
            &format!("{family}:{id}:850.00"),
            "--json",
        ])
        .expect_code(0)
        .json();
    assert_eq!(paid["state"], "paid");
    let state = sim.state();
    let check = &state["checks"][0];
    let mut by_account = std::collections::BTreeMap::<String, i64>::new();
    let mut split_dishes = 0;
    for entry in check["entries"].as_array().unwrap() {
        let payments = entry["payments"].as_array().unwrap();
        split_dishes += usize::from(payments.len() == 2);
        for payment in payments {
            *by_account.entry(text(&payment["card_uid"])).or_default() +=
                kopecks(&payment["amount"]);
        }
    }
    assert_eq!(split_dishes, 1, "{check}");
    assert_eq!(by_account[CARD], 150_000);
    assert_eq!(by_account[&family], 85_000);
    let payments = sim.order("*/1")["payments"].clone();
    let sums: Vec<i64> = payments
        .as_array()
        .unwrap()
        .iter()
        .map(|p| kopecks(&p["amount"]))
        .collect();
    assert_eq!(sums, [150_000, 85_000]);
    assert_eq!(sim.balance(CARD, "Депозит"), "3500.00");
    sim.assert_no_violations();
}

#[test]
fn every_payable_order_of_the_scenario_can_be_paid_to_the_kopeck() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "set_balance", "account": account_id(&sim, CARD, "Депозит"), "amount": "100000.00"}));
    for order in sim
        .till(&["orders", "--json"])
        .expect_code(0)
        .json()
        .as_array()
        .unwrap()
    {
        let name = text(&order["name"]);
        let said = sim.till(&["pay", &name, "--card", CARD, "--json"]);
        if order["locked_by"].is_null() {
            assert_eq!(said.code, 0, "{name}: {said:?}");
            assert_eq!(said.json()["total"], order["unpaid"]);
            assert_eq!(sim.order(&name)["unpaid"], "0.00");
        } else {
            assert_eq!(said.code, 4, "{name}: {said:?}");
            assert_eq!(said.json()["reason"], "order_locked");
            assert!(said.err.contains("Заказ занят: Касса"), "{said:?}");
        }
    }
    sim.assert_no_violations();
}

fn refused(sim: &Sim, said: &Said, code: i32, reason: &str, words: &str) {
    assert_eq!(said.code, code, "{said:?}");
    let json = said.json();
    assert_eq!(json["reason"], reason, "{said:?}");
    assert_eq!(json["state"], "refused");
    assert!(said.err.contains(words), "{said:?}");
    let state = sim.state();
    assert_eq!(state["checks"], json!([]), "money moved");
    sim.assert_no_violations();
}

#[test]
fn not_enough_money() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "set_balance", "account": account_id(&sim, CARD, "Депозит"), "amount": "2349.99"}));
    let said = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    refused(&sim, &said, 4, "not_enough_money", "Не хватает денег");
    assert_eq!(sim.balance(CARD, "Депозит"), "2349.99");
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
}

#[test]
fn the_last_kopeck_pays() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "set_balance", "account": account_id(&sim, CARD, "Депозит"), "amount": "2350.00"}));
    sim.till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(0);
    assert_eq!(sim.balance(CARD, "Депозит"), "0.00");
}

#[test]
fn an_unknown_card() {
    let sim = Sim::start();
    let said = sim.till(&["pay", "*/1", "--card", "99999999", "--json"]);
    refused(&sim, &said, 8, "card_not_found", "Карта не найдена");
}

#[test]
fn a_card_that_was_blocked_before_and_one_that_is_blocked_meanwhile() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "block_card", "uid": CARD}));
    let said = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    refused(&sim, &said, 4, "card_blocked", "заблокирована");

    let sim = Sim::start();
    let said = pay_while(&sim, "rkeeper.CalcOrder3", || {
        sim.edit(&json!({"op": "block_card", "uid": CARD}));
    });
    refused(&sim, &said, 4, "card_blocked", "заблокирована");
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
}

#[test]
fn money_that_is_spent_elsewhere_meanwhile() {
    let sim = Sim::start();
    let account = account_id(&sim, CARD, "Депозит");
    let said = pay_while(&sim, "rkeeper.CalcOrder3", || {
        sim.edit(&json!({"op": "set_balance", "account": account, "amount": "100.00"}));
    });
    refused(&sim, &said, 4, "not_enough_money", "Не хватает денег");
}

#[test]
fn a_dish_is_added_between_reading_and_paying() {
    let sim = Sim::start();
    let said = pay_while(&sim, "lime.GetCardInfoByCardUid", || {
        sim.edit(&json!({"op": "add_dish", "order": "*/1", "code": 2460, "name": "Ролл Бонито", "price": "410.00"}));
    });
    refused(&sim, &said, 4, "order_changed", "Заказ изменился");
    assert_eq!(sim.order("*/1")["unpaid"], "2760.00");
}

#[test]
fn the_order_is_paid_at_another_till_between_reading_and_paying() {
    let sim = Sim::start();
    let said = pay_while(&sim, "lime.GetCardInfoByCardUid", || {
        sim.edit(&json!({"op": "pay_order", "order": "*/1"}));
    });
    refused(&sim, &said, 4, "order_paid_elsewhere", "уже оплачен");
}

/// Without a station in the lock r_keeper names only itself, which helps nobody find the till.
#[test]
fn a_till_that_is_refused_is_told_which_station_has_the_order() {
    for (named, holder) in [(true, "Касса 1"), (false, "RK7SRV")] {
        let sim = Sim::start();
        let first = sim.config_with("first.toml", |text| {
            text.replace(
                "[rkeeper]\n",
                &format!("[rkeeper]\nlock_with_station = {named}\n"),
            )
        });
        let second = sim.config_with("second.toml", |text| {
            text.replace("state_dir = \"till\"", "state_dir = \"second\"")
                .replace("station_code = \"1\"", "station_code = \"2\"")
        });
        let hang = PATIENCE.as_millis().to_string();
        sim.fault_with("lime.PutCheck", "hang_before", 1, &json!(hang));
        let args = ["pay", "*/1", "--card", CARD, "--json"];
        let mut holding = till_command(&first, &args)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        sim.wait_for_calls("lime.PutCheck", 1);
        let said = Said::of(&till_command(&second, &args).output().unwrap());
        holding.kill().unwrap();
        holding.wait().unwrap();
        refused(&sim, &said, 4, "order_locked", holder);
    }
}

#[test]
fn the_order_is_locked_by_another_till_between_reading_and_paying() {
    let sim = Sim::start();
    let said = pay_while(&sim, "lime.GetCardInfoByCardUid", || {
        sim.edit(
            &json!({"op": "lock_order", "order": "*/1", "station": "Касса 2", "operator": "7"}),
        );
    });
    refused(&sim, &said, 4, "order_locked", "Касса 2");
}

#[test]
fn a_server_that_is_down_moves_nothing() {
    let sim = Sim::start();
    for (what, url) in [("lime", &sim.lime), ("rkeeper", &sim.rkeeper)] {
        // A port that was just free again: nobody listens on it.
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let config = sim.config_with(&format!("no-{what}.toml"), |text| {
            text.replace(url, &format!("http://{free}"))
        });
        let said = Said::of(
            &till_command(&config, &["pay", "*/1", "--card", CARD, "--json"])
                .output()
                .unwrap(),
        );
        assert_eq!(said.code, 6, "{what}: {said:?}");
        assert!(said.err.contains("не отвечает"), "{said:?}");
        assert_eq!(sim.state()["checks"], json!([]));
        assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    }
}

#[test]
fn limes_answer_is_lost_after_it_debited() {
    let sim = Sim::start();
    sim.fault("lime.PutCheck", "lose_reply", 1);
    let paid = sim
        .till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(0)
        .json();
    assert_eq!(paid["state"], "paid");
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    assert_eq!(sim.state()["checks"].as_array().unwrap().len(), 1);
    sim.assert_no_violations();
}

/// Nothing promises that Lime gives a check number to one till only.
#[test]
fn a_check_number_that_was_given_twice_moves_nothing() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "set_balance", "account": account_id(&sim, CARD, "Депозит"), "amount": "9000.00"}));
    sim.till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(0);
    sim.edit(&json!({"op": "repeat_number"}));
    let said = sim
        .till(&["pay", "3/1", "--card", CARD, "--json"])
        .expect_code(4);
    assert_eq!(said.json()["reason"], "number_taken", "{said:?}");
    assert_eq!(said.json()["state"], "refused");
    assert!(said.err.contains("занят"), "{said:?}");
    assert_eq!(sim.order("3/1")["unpaid"], "790.00");
    assert_eq!(sim.balance(CARD, "Депозит"), "6650.00");
    // The next number is free again.
    sim.till(&["pay", "3/1", "--card", CARD, "--json"])
        .expect_code(0);
    assert_eq!(sim.balance(CARD, "Депозит"), "5860.00");
    assert_eq!(sim.state()["checks"].as_array().unwrap().len(), 2);
}

#[test]
fn the_books_survive_a_kill_of_the_stand_ins() {
    let sim = Sim::start();
    sim.till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(0);
    let before = sim.state();
    let sim = sim.kill_and_restart();
    let after = sim.state();
    for part in ["orders", "accounts", "checks"] {
        assert_eq!(before[part], after[part]);
    }
}

#[test]
fn what_is_not_there_is_said_with_its_own_code() {
    let sim = Sim::start();
    sim.till(&["order", "no such order", "--json"])
        .expect_code(8);
    sim.till(&["card", "99999999", "--json"]).expect_code(8);
    sim.till(&["payment", "0192d5c0-0000-7000-8000-000000000000", "--json"])
        .expect_code(8);
    sim.till(&["pay"]).expect_code(2);
    let order = sim.till(&["order", "*/1", "--json"]).expect_code(0).json();
    assert_eq!(order["name"], "*/1");
    let card = sim.till(&["card", CARD, "--json"]).expect_code(0).json();
    assert_eq!(card["card_number"], "100038");
    assert_eq!(card["status"], "active");
    assert_eq!(card["accounts"][0]["name"], "Депозит");
    assert_eq!(card["accounts"][0]["available"], "5000.00");
    assert_eq!(card["accounts"][0]["spendable"], true);
}

/// Pays the sample bill; at the first call of `endpoint` the server stops until `meanwhile` is done.
pub fn pay_while(sim: &Sim, endpoint: &str, meanwhile: impl Fn()) -> Said {
    sim.fault_with(endpoint, "delay", 1, &json!(1_500));
    let before = sim.state()["requests"][endpoint].as_u64().unwrap_or(0);
    let till = sim.till_in_background(&["pay", "*/1", "--card", CARD, "--json"]);
    sim.wait_for_calls(endpoint, before + 1);
    meanwhile();
    Said::of(&till.wait_with_output().unwrap())
}

/// A card of the scenario's family and the id of its shared deposit.
pub fn family_deposit(sim: &Sim) -> (String, String) {
    let state = sim.state();
    let shared = state["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["card_uids"].as_array().unwrap().len() == 2)
        .expect("the scenario has a family")
        .clone();
    (text(&shared["card_uids"][0]), text(&shared["id"]))
}

fn account_id(sim: &Sim, uid: &str, name: &str) -> String {
    let state = sim.state();
    let accounts = state["accounts"].as_array().unwrap();
    let found = accounts.iter().find(|account| {
        account["name"] == name
            && account["card_uids"]
                .as_array()
                .unwrap()
                .contains(&json!(uid))
    });
    text(&found.unwrap()["id"])
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn kopecks(value: &Value) -> i64 {
    limekeeper::domain::Money::parse_decimal(value.as_str().unwrap())
        .unwrap()
        .kopecks()
}
