//! The site's rules for account types: what is suggested, what is refused, and which dishes Lime
//! hears of.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Said, Sim, till_command};

/// Of the family: a deposit of 3000.00 and bonuses of 450.50 that run out.
const CARD: &str = "50331649";

/// The till's config with these rules for bonuses.
fn with_rules(sim: &Sim, rules: &str) -> PathBuf {
    sim.config_with("rules.toml", |text| {
        let section = "good_type_id = 2\n";
        assert!(text.contains(section));
        text.replacen(section, &format!("{section}{rules}\n"), 1)
    })
}

fn pay(config: &Path, order: &str, takes: &[&str]) -> Said {
    let mut args = vec!["pay", order, "--card", CARD, "--json"];
    for take in takes {
        args.extend(["--take", take]);
    }
    Said::of(&till_command(config, &args).output().unwrap())
}

fn legs(paid: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    paid["legs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leg| (text(&leg["account"]), text(&leg["amount"])))
        .collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(one, other)| (one.to_owned(), other.to_owned()))
        .collect()
}

#[test]
fn a_bill_is_split_within_the_rules() {
    let sim = Sim::start();
    let config = with_rules(&sim, "bill_share_percent = 10\nround_to = \"1.00\"");
    let paid = pay(&config, "*/1", &[]).expect_code(0).json();
    // 10 % of 2350.00 in whole roubles.
    assert_eq!(
        legs(&paid),
        named(&[("Депозит", "2115.00"), ("Бонусы", "235.00")])
    );
    assert_eq!(sim.balance(CARD, "Бонусы"), "215.50");
    sim.assert_no_violations();
}

/// Of order 3/1 the fish soup is half prepaid; the bar's is «Морс» for 240.00.
#[test]
fn bonuses_for_the_bar_pay_nothing_else() {
    let sim = Sim::start();
    let config = with_rules(&sim, "only_categories = [\"бар\"]");
    let refused = pay(
        &config,
        "3/1",
        &["50331649:Бонусы:300.00", "50331649:Депозит:490.00"],
    )
    .expect_code(4)
    .json();
    assert_eq!(refused["reason"], "account_rule");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("только: бар"), "{message}");
    assert!(message.contains("240.00"), "{message}");

    let paid = pay(&config, "3/1", &[]).expect_code(0).json();
    assert_eq!(
        legs(&paid),
        named(&[("Депозит", "550.00"), ("Бонусы", "240.00")])
    );
    // What Lime's report shows of each dish.
    let report = sim.get("/report/sales");
    let lines = report["sales"][0]["lines"].as_array().unwrap();
    for line in lines {
        let payments = line["payments"].to_string();
        let by_bonus = payments.contains("Бонусы");
        assert_eq!(by_bonus, line["name"] == "Морс клюквенный", "{line}");
    }
    assert!(lines.iter().any(|line| line["name"] == "Морс клюквенный"));
    sim.assert_no_violations();
}

/// Without the references nobody knows which dish is of the bar: such bonuses pay nothing, and the
/// rest works.
#[test]
fn where_the_menu_cannot_be_read_restricted_accounts_do_not_pay() {
    let sim = Sim::start();
    let config = with_rules(&sim, "not_categories = [\"Бар\"]");
    sim.fault("rkeeper.GetRefData", "refuse", 1);
    let paid = pay(&config, "*/1", &[]).expect_code(0).json();
    assert_eq!(legs(&paid), named(&[("Депозит", "2350.00")]));
    sim.fault("rkeeper.GetRefData", "refuse", 1);
    let refused = pay(
        &config,
        "3/1",
        &["50331649:Бонусы:300.00", "50331649:Депозит:490.00"],
    )
    .expect_code(4)
    .json();
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("группы блюд не прочитаны"), "{message}");
}

#[test]
fn the_limit_of_a_day_counts_what_this_till_took_today() {
    let sim = Sim::start();
    let config = with_rules(&sim, "per_day_max = \"300.00\"");
    let first = pay(
        &config,
        "3/1",
        &["50331649:Бонусы:250.00", "50331649:Депозит:540.00"],
    );
    first.expect_code(0);
    let refused = pay(
        &config,
        "*/1",
        &["50331649:Бонусы:51.00", "50331649:Депозит:2299.00"],
    )
    .expect_code(4)
    .json();
    assert_eq!(refused["reason"], "account_rule");
    assert!(refused["message"].as_str().unwrap().contains("50.00"));
    let paid = pay(&config, "*/1", &[]).expect_code(0).json();
    assert_eq!(
        legs(&paid),
        named(&[("Депозит", "2300.00"), ("Бонусы", "50.00")])
    );
}

/// The share is one of the whole bill, in however many parts it is paid.
#[test]
fn parts_of_a_bill_share_one_limit() {
    let sim = Sim::start();
    let config = with_rules(&sim, "bill_share_percent = 10");
    let take = |take: &str| {
        let args = [
            "pay",
            "*/1",
            "--card",
            CARD,
            "--take",
            take,
            "--partial",
            "--json",
        ];
        Said::of(&till_command(&config, &args).output().unwrap())
    };
    take("50331649:Бонусы:200.00").expect_code(0);
    let refused = take("50331649:Бонусы:36.00").expect_code(4).json();
    assert_eq!(refused["reason"], "account_rule");
    take("50331649:Бонусы:35.00").expect_code(0);
    sim.assert_no_violations();
}
