//! Every fault of the stand-ins at every call of a payment: what the program says is true, and
//! after recovery the books agree to the kopeck.

use serde_json::{Value, json};

use crate::harness::{FAULT_KINDS, Said, Sim, till_command};

const CARD: &str = "61366822";
const CALLS: [&str; 11] = [
    "rkeeper.GetOrderList2",
    "rkeeper.GetOrder",
    "rkeeper.LockOrder",
    "rkeeper.CalcOrder3",
    "rkeeper.PayOrder",
    "lime.GetCardInfoByCardUid",
    "lime.GetRights",
    "lime.GetShift",
    "lime.GetNextCheckId",
    "lime.PutCheck",
    "lime.GetCheck",
];

/// Once, and so often that the program gives up waiting.
const COUNTS: [u32; 2] = [1, 3];

#[test]
fn faults_at_lime_leave_books_that_agree() {
    for call in CALLS.iter().filter(|call| call.starts_with("lime.")) {
        try_all_faults(call);
    }
}

#[test]
fn faults_at_rkeeper_leave_books_that_agree() {
    for call in CALLS.iter().filter(|call| call.starts_with("rkeeper.")) {
        try_all_faults(call);
    }
}

fn try_all_faults(call: &str) {
    for kind in FAULT_KINDS {
        for count in COUNTS {
            let sim = Sim::start();
            let config = sim.impatient();
            let arg = match kind {
                "delay" => json!(1_300),
                "drip" => json!(50),
                _ => Value::Null,
            };
            sim.fault_with(call, kind, count, &arg);
            let run = |args: &[&str]| Said::of(&till_command(&config, args).output().unwrap());
            let said = run(&["pay", "*/1", "--card", CARD, "--json"]);
            let context = format!("{call} {kind} ×{count}: {said:?}");
            check_said(&sim, &said, &context);
            if said.code == 5 {
                // The network is fine again; recovery settles what was open.
                let mut recovered = run(&["recover", "--json"]);
                for _ in 0..3 {
                    if recovered.code == 0 {
                        break;
                    }
                    recovered = run(&["recover", "--json"]);
                }
                assert_eq!(recovered.code, 0, "{context}\n{recovered:?}");
            }
            books_agree(&sim, &context);
        }
    }
}

/// Exit code and words fit the books at that moment.
fn check_said(sim: &Sim, said: &Said, context: &str) {
    match said.code {
        0 => {
            assert_eq!(said.json()["state"], "paid", "{context}");
            assert_eq!(sim.order("*/1")["unpaid"], "0.00", "{context}");
            assert_eq!(sim.balance(CARD, "Депозит"), "2650.00", "{context}");
        }
        4 | 6 | 8 => {
            assert_eq!(sim.balance(CARD, "Депозит"), "5000.00", "{context}");
            assert_eq!(sim.order("*/1")["unpaid"], "2350.00", "{context}");
            assert!(!said.err.trim().is_empty(), "{context}");
            assert!(!said.err.contains("оплачен"), "{context}");
        }
        5 => {
            let state = said.json()["state"].clone();
            assert!(state == "unknown" || state == "needs_manager", "{context}");
            assert!(!said.err.trim().is_empty(), "{context}");
        }
        other => panic!("exit code {other}: {context}"),
    }
}

/// Lime took for the order exactly what r_keeper was paid by us.
fn books_agree(sim: &Sim, context: &str) {
    let order = sim.order("*/1");
    let paid = order["unpaid"] == "0.00";
    let expected = if paid { "2650.00" } else { "5000.00" };
    assert_eq!(
        sim.balance(CARD, "Депозит"),
        expected,
        "{context}\n{}",
        sim.state()
    );
    let payments = order["payments"].as_array().unwrap().len();
    assert_eq!(payments, usize::from(paid), "{context}");
    sim.assert_no_violations();
}
