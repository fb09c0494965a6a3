//! Who may pay, how much, and what comes back.

use serde_json::{Value, json};

use super::{
    CARD, DEPOSIT, FAMILY, FAMILY_DEPOSIT, LONG_AGO, Site, account, assert_paid, assert_refused,
    balance, pay, set_balance,
};
use crate::harness::Sim;
use crate::pay::pay_while;

const CREDIT_CARD: &str = "67108865";
const CREDIT: &str = "9021";

#[test]
fn the_last_kopeck_pays_and_one_less_does_not() {
    for site in Site::BOTH {
        let sim = site.start();
        set_balance(&sim, DEPOSIT, "2349.99");
        assert_refused(&sim, &pay(&sim), "not_enough_money");
        set_balance(&sim, DEPOSIT, "2350.00");
        assert_paid(&sim, &pay(&sim), DEPOSIT, "0.00");
    }
}

#[test]
fn two_cards_of_one_client_are_one_purse() {
    for site in Site::BOTH {
        let sim = site.start();
        let cards = ["--card", FAMILY[0], "--card", FAMILY[1]];
        let pay = |more: &[&str]| {
            let args = [&["pay", "*/1"], &cards[..], more, &["--json"]].concat();
            sim.till(&args)
        };
        // With the bonuses 2349.99: counted once for each card it would do.
        set_balance(&sim, FAMILY_DEPOSIT, "1899.49");
        assert_refused(&sim, &pay(&[]), "not_enough_money");
        // Half of it by either card is more than there is, however it is written.
        let halves = FAMILY.map(|uid| format!("{uid}:{FAMILY_DEPOSIT}:1175"));
        let said = pay(&["--take", &halves[0], "--take", &halves[1]]);
        assert_ne!(said.code, 0, "{said:?}");
        assert_eq!(sim.state()["checks"], json!([]), "{said:?}");
        set_balance(&sim, FAMILY_DEPOSIT, "1899.50");
        let said = pay(&[]);
        assert_paid(&sim, &said, FAMILY_DEPOSIT, "0.00");
        let legs = said.json()["legs"].as_array().unwrap().clone();
        assert_eq!(legs.len(), 2, "bonuses and deposit: {said:?}");
    }
}

#[test]
fn an_account_that_runs_out_between_look_up_and_debit_pays_nothing() {
    for site in Site::BOTH {
        let sim = site.start();
        let said = pay_while(&sim, "rkeeper.CalcOrder3", || {
            sim.edit(&json!({"op": "set_valid_to", "account": DEPOSIT, "valid_to": LONG_AGO}));
        });
        assert_refused(&sim, &said, "account_expired");
        assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    }
}

#[test]
fn a_card_blocked_before_or_meanwhile_pays_nothing() {
    for site in Site::BOTH {
        let block = |sim: &Sim| sim.edit(&json!({"op": "block_card", "uid": CARD}));
        let sim = site.start();
        block(&sim);
        assert_refused(&sim, &pay(&sim), "card_blocked");
        let sim = site.start();
        let said = pay_while(&sim, "rkeeper.CalcOrder3", || block(&sim));
        assert_refused(&sim, &said, "card_blocked");
        assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    }
}

#[test]
fn credit_goes_below_zero_and_stops_at_its_limit() {
    for site in Site::BOTH {
        let sim = site.start();
        let pay = || sim.till(&["pay", "*/1", "--card", CREDIT_CARD, "--json"]);
        set_balance(&sim, CREDIT, "-7650.01");
        assert_refused(&sim, &pay(), "not_enough_money");
        set_balance(&sim, CREDIT, "-7650.00");
        let card = sim.till(&["card", CREDIT_CARD, "--json"]).expect_code(0);
        let card = card.json();
        assert_eq!(card["accounts"][0]["balance"], "-7650.00", "{card}");
        assert_eq!(card["accounts"][0]["available"], "2350.00", "{card}");
        assert_paid(&sim, &pay(), CREDIT, "-10000.00");
    }
}

fn refund(sim: &Sim, id: &str, args: &[&str]) -> crate::harness::Said {
    sim.till(&[&["refund", id, "--by-hand", "--json"], args].concat())
}

fn id_of(payment: &Value) -> String {
    payment["payment_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_payment_comes_back_in_three_parts_and_never_more() {
    for site in Site::BOTH {
        let sim = site.start();
        let id = id_of(&pay(&sim).expect_code(0).json());
        for (part, left) in [
            ("1:1000", "3650.00"),
            ("1:0.01", "3650.01"),
            ("1:1349.98", "4999.99"),
        ] {
            refund(&sim, &id, &["--leg", part]).expect_code(0);
            assert_eq!(balance(&sim, DEPOSIT), left, "{site:?}");
        }
        let said = refund(&sim, &id, &["--leg", "1:0.02"]);
        assert_eq!(said.code, 4, "{said:?}");
        assert_eq!(balance(&sim, DEPOSIT), "4999.99");
        refund(&sim, &id, &[]).expect_code(0);
        assert_eq!(balance(&sim, DEPOSIT), "5000.00");
        assert_eq!(refund(&sim, &id, &[]).code, 4);
        sim.assert_no_violations();
    }
}

/// Money goes back to where it came from, even where it cannot be spent any more.
#[test]
fn money_comes_back_to_an_account_that_ran_out() {
    for site in [Site::Rpc, Site::Holds, Site::Takes] {
        let sim = site.start();
        let id = id_of(&pay(&sim).expect_code(0).json());
        sim.edit(&json!({"op": "set_valid_to", "account": DEPOSIT, "valid_to": LONG_AGO}));
        let said = refund(&sim, &id, &[]).expect_code(0);
        assert_eq!(said.json()["returned"], true, "{said:?}");
        // A server of holds says so itself; Lime's own calls have no word for it.
        let told = site != Site::Rpc;
        assert_eq!(said.json()["restored_expired"], told, "{said:?}");
        let kept = sim.till(&["payment", &id, "--json"]).expect_code(0).json();
        assert_eq!(kept["refunds"][0]["restored_expired"], told, "{kept}");
        let words = sim.till(&["payment", &id]).expect_code(0).out;
        assert_eq!(words.contains("продления счёта"), told, "{words}");
        assert_eq!(balance(&sim, DEPOSIT), "5000.00");
        let card = sim.till(&["card", CARD, "--json"]).expect_code(0).json();
        assert_eq!(card["accounts"][0]["spendable"], false, "{card}");
        assert_eq!(account(&sim, DEPOSIT)["balance"], "5000.00");
        sim.assert_no_violations();
    }
}
