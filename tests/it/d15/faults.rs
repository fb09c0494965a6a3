//! Every fault of the stand-ins at every call that writes, on both adapters: whatever is said at once,
//! in the end both servers tell the same. The calls of a payment by Lime's own calls are in
//! `crate::faults`, those of a hold in `crate::holds`; here is what takes without holding, and what
//! lets go or gives back.

use std::path::Path;

use serde_json::{Value, json};

use super::{DEPOSIT, Site, balance, run_at, settle};
use crate::harness::{FAULT_KINDS, Said, Sim};
use crate::reports::in_lime;
use crate::worlds::kopecks;

/// What a fault needs to be felt by an impatient till.
fn arg_of(kind: &str) -> Value {
    match kind {
        "delay" => json!(1_300),
        "drip" => json!(50),
        // Definite refusals have a test of their own.
        _ => Value::Null,
    }
}

/// What the order shows of us is what Lime took less what it gave back, and nothing is held.
#[track_caller]
fn books_agree(sim: &Sim, expected: &[&str], context: &str) {
    let order = sim.order("*/1");
    let lines = order["payments"].as_array().unwrap();
    let paid: i64 = lines.iter().map(|line| kopecks(&line["amount"])).sum();
    let (taken, ..) = in_lime(sim);
    assert_eq!(taken, paid, "{context}\n{order}");
    let left = balance(sim, DEPOSIT);
    assert!(expected.contains(&left.as_str()), "{left}: {context}");
    sim.assert_no_violations();
}

const CARD: &str = "61366822";

fn pay(config: &Path) -> Said {
    run_at(config, &["pay", "*/1", "--card", CARD, "--json"])
}

/// r_keeper refuses, and what then gives back or lets go is hit. `spare`: how many calls come before.
fn refused_bill(site: Site, call: &str, spare: u32) {
    for kind in FAULT_KINDS.into_iter().filter(|kind| *kind != "refuse") {
        let sim = site.start();
        let config = sim.impatient();
        if spare > 0 {
            sim.fault_with(call, "delay", spare, &json!(1));
        }
        sim.fault_with(call, kind, 1, &arg_of(kind));
        sim.fault_with("rkeeper.PayOrder", "refuse", 1, &json!("3373"));
        let said = pay(&config);
        let context = format!("{site:?} {call} {kind}: {said:?}");
        assert!(matches!(said.code, 4 | 5), "{context}");
        settle(&|args| run_at(&config, args), &context);
        books_agree(&sim, &["5000.00"], &context);
        assert_eq!(sim.order("*/1")["unpaid"], "2350.00", "{context}");
    }
}

#[test]
fn a_refused_bill_goes_back_whatever_happens_to_the_return() {
    refused_bill(Site::Rpc, "lime.PutCheck", 1);
}

#[test]
fn a_refused_bill_goes_back_whatever_happens_to_the_number_of_the_return() {
    refused_bill(Site::Rpc, "lime.GetNextCheckId", 1);
}

#[test]
fn a_refused_bill_is_let_go_whatever_happens_to_the_release() {
    refused_bill(Site::Holds, "holds.release", 0);
}

#[test]
fn a_refused_bill_goes_back_whatever_happens_to_the_reversal() {
    refused_bill(Site::Takes, "holds.reverse", 0);
}

#[test]
fn money_that_is_taken_at_once_is_taken_once_whatever_happens() {
    for kind in FAULT_KINDS {
        let sim = Site::Takes.start();
        let config = sim.impatient();
        sim.fault_with("holds.reserve", kind, 1, &arg_of(kind));
        let said = pay(&config);
        let context = format!("{kind}: {said:?}");
        assert!(matches!(said.code, 0 | 4 | 5), "{context}");
        settle(&|args| run_at(&config, args), &context);
        let paid = sim.order("*/1")["unpaid"] == "0.00";
        let expected = if paid { "2650.00" } else { "5000.00" };
        books_agree(&sim, &[expected], &context);
        assert!(paid || said.code != 0, "{context}");
    }
}

/// So often that the program gives up waiting; one by one they are in `crate::holds`.
#[test]
fn a_hold_and_its_taking_agree_in_the_end_however_often_they_fail() {
    for call in ["holds.reserve", "holds.commit"] {
        for kind in FAULT_KINDS {
            let sim = Site::Holds.start();
            let config = sim.impatient();
            sim.fault_with(call, kind, 3, &arg_of(kind));
            let said = pay(&config);
            let context = format!("{call} {kind}: {said:?}");
            assert!(matches!(said.code, 0 | 4 | 5), "{context}");
            if call == "holds.commit" && kind == "refuse" {
                // A definite no after r_keeper has the payment: a person's matter.
                assert_eq!(said.json()["state"], "needs_manager", "{context}");
                continue;
            }
            settle(&|args| run_at(&config, args), &context);
            let paid = sim.order("*/1")["unpaid"] == "0.00";
            let lied = if paid { 4 } else { 0 };
            assert_ne!(said.code, lied, "{context}");
            books_agree(&sim, &[if paid { "2650.00" } else { "5000.00" }], &context);
        }
    }
}

fn refunded(site: Site, call: &str) {
    for kind in FAULT_KINDS {
        let sim = site.start();
        let config = sim.impatient();
        let paid = pay(&config).expect_code(0).json();
        let id = paid["payment_id"].as_str().unwrap();
        sim.fault_with(call, kind, 1, &arg_of(kind));
        let said = run_at(&config, &["refund", id, "--json"]);
        let context = format!("{site:?} {call} {kind}: {said:?}");
        assert!(matches!(said.code, 0 | 4 | 5 | 6), "{context}");
        settle(&|args| run_at(&config, args), &context);
        let expected: &[&str] = match said.code {
            0 => &["5000.00"],
            4 | 6 => &["2650.00"],
            _ => &["5000.00", "2650.00"],
        };
        books_agree(&sim, expected, &context);
    }
}

#[test]
fn a_refund_by_limes_own_calls_gives_back_once_whatever_happens() {
    refunded(Site::Rpc, "lime.PutCheck");
}

#[test]
fn a_refund_by_a_server_of_holds_gives_back_once_whatever_happens() {
    refunded(Site::Holds, "holds.reverse");
}

/// A server that definitely does not give back what must go back is a person's matter; nothing moves
/// by itself, and once it may, asking again puts it right.
#[test]
fn a_definite_no_to_giving_back_goes_to_a_person() {
    for (site, call, spare, code) in [
        (Site::Rpc, "lime.PutCheck", 1, "OverReturn"),
        (Site::Holds, "holds.release", 0, "forbidden"),
        (Site::Takes, "holds.reverse", 0, "over_reversal"),
    ] {
        let sim = site.start();
        let config = sim.impatient();
        if spare > 0 {
            sim.fault_with(call, "delay", spare, &json!(1));
        }
        sim.fault_with(call, "refuse", 1, &json!(code));
        sim.fault_with("rkeeper.PayOrder", "refuse", 1, &json!("3373"));
        let said = pay(&config);
        let context = format!("{site:?}: {said:?}");
        assert_eq!(said.code, 5, "{context}");
        assert_eq!(said.json()["state"], "needs_manager", "{context}");
        let id = said.json()["payment_id"].as_str().unwrap().to_owned();
        let about = said.json()["in_doubt"].as_str().unwrap().to_owned();
        let who = ["--operator", "Администратор", "--reason", "проверено"];
        let decide = ["decide", &id, "--about", &about, "--ask-again"];
        let decided = run_at(&config, &[&decide[..], &who].concat());
        let context = format!("{context}\n{decided:?}");
        settle(&|args| run_at(&config, args), &context);
        books_agree(&sim, &["5000.00"], &context);
        assert_eq!(sim.order("*/1")["unpaid"], "2350.00", "{context}");
    }
}
