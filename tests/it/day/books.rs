//! The evening: what each of the three books has.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::script::Script;
use crate::harness::Sim;
use crate::worlds::{booked, kopecks};

const EVER: [&str; 4] = ["--from", "2020-01-01", "--to", "2099-12-31"];

/// Payment by payment and kopeck by kopeck.
pub fn agree(sim: &Sim, script: &Script, debts: bool) {
    let state = sim.state();
    assert_eq!(state["violations"], json!([]));
    let journal = sim.till(&["payments", "--json"]).expect_code(0).json();
    let mut servers = booked(&state);
    let mut paid = BTreeMap::<String, i64>::new();
    let mut all = [0; 3];
    for payment in journal.as_array().unwrap() {
        let id = payment["payment_id"].as_str().unwrap();
        let is = servers.remove(id).unwrap_or_default();
        let (lime, rkeeper) = wanted(payment);
        assert_eq!((is.lime, is.rkeeper), (lime, rkeeper), "{payment}");
        let name = payment["order"]["name"].as_str().unwrap();
        *paid.entry(name.to_owned()).or_default() += rkeeper;
        all = [all[0] + is.lime, all[1] + is.rkeeper, all[2] + lime];
    }
    assert_eq!(all[0], all[2], "Lime has what the journal has");
    assert!(all[0] > 0 && (debts || all[0] == all[1]), "{all:?}");
    assert!(servers.is_empty(), "not in the journal: {servers:?}");
    for order in state["orders"].as_array().unwrap() {
        let name = order["name"].as_str().unwrap();
        let unpaid = kopecks(&order["unpaid"]);
        let ours = paid.get(name).copied().unwrap_or_default();
        let elsewhere = kopecks(&order["total"]) - unpaid - ours;
        assert!(elsewhere >= 0, "{order}");
    }
    assert_eq!(
        state["orders"].as_array().unwrap().len(),
        script.bills.len()
    );
    // Dish by dish: Lime's own screen, and the till's report.
    let report = [&["report", "sales", "--json"][..], &EVER].concat();
    let ours = sim.till(&report).expect_code(0).json();
    let lines = |report: &Value| -> Vec<Value> {
        let sales = report["sales"].as_array().unwrap();
        sales.iter().map(|sale| sale["lines"].clone()).collect()
    };
    assert_eq!(lines(&ours), lines(&sim.get("/report/sales")));
    sim.till(&["journal", "verify"]).expect_code(0);
    // What is left to a person is no open question.
    sim.till(&["recover"]).expect_code(0);
}

/// What Lime and r_keeper should have of a payment, as the journal tells it.
fn wanted(payment: &Value) -> (i64, i64) {
    let total = kopecks(&payment["total"]);
    match payment["state"].as_str().unwrap() {
        "paid" => {
            let refunds = payment["refunds"].as_array().cloned().unwrap_or_default();
            let of = |states: &[&str]| -> i64 {
                let done = refunds.iter().filter(|refund| {
                    let state = refund["state"].as_str().unwrap();
                    states.contains(&state)
                });
                done.map(|refund| kopecks(&refund["total"])).sum()
            };
            let back = of(&["refunded", "by_hand"]);
            (total - back, total - of(&["refunded"]))
        }
        "refused" => (0, 0),
        _ => panic!("left open: {payment}"),
    }
}
