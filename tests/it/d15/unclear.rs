//! Answers and requests that get lost.

use serde_json::json;

use super::{DEPOSIT, Site, assert_paid, balance, pay};

#[test]
fn an_answer_that_is_lost_after_the_money_moved_is_one_debit() {
    for site in Site::BOTH {
        let sim = site.start();
        sim.fault(site.takes(), "lose_reply", 1);
        assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
    }
    let sim = Site::Holds.start();
    sim.fault("holds.commit", "lose_reply", 1);
    assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
}

#[test]
fn a_lost_request_is_sent_again_under_its_id() {
    for site in Site::BOTH {
        let sim = site.start();
        sim.fault(site.takes(), "lose_request", 1);
        assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
        assert_eq!(sim.calls(site.takes()), 2, "{site:?}");
    }
    let sim = Site::Holds.start();
    sim.fault("holds.commit", "lose_request", 1);
    assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
    assert_eq!(sim.calls("holds.commit"), 2);
}

/// A network that delivers everything twice.
#[test]
fn a_request_that_arrives_twice_is_one_debit() {
    for (site, call) in [
        (Site::Rpc, "lime.PutCheck"),
        (Site::Holds, "holds.reserve"),
        (Site::Holds, "holds.commit"),
        (Site::Takes, "holds.reserve"),
    ] {
        let sim = site.start();
        sim.fault(call, "duplicate", 1);
        assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
    }
}

/// 504 of a proxy before Lime, `outcome_unknown` of the contract: the money has moved, and only a
/// look says so.
#[test]
fn an_answer_of_504_after_the_debit_is_looked_up() {
    for (site, arg) in [
        (Site::Rpc, "504"),
        (Site::Holds, "outcome_unknown"),
        (Site::Takes, "outcome_unknown"),
        (Site::Holds, "504"),
    ] {
        let sim = site.start();
        let before = sim.calls(site.tells());
        sim.fault_with(site.takes(), "error_after", 1, &json!(arg));
        assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
        assert!(sim.calls(site.tells()) > before, "{site:?} {arg}");
        assert_eq!(sim.calls(site.takes()), 1, "{site:?}: seen, not sent again");
    }
    // Taking what is held: said again under its id until it is answered.
    let sim = Site::Holds.start();
    sim.fault_with("holds.commit", "error_after", 1, &json!("outcome_unknown"));
    assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
}

/// Nothing was executed, and the server says so. Before r_keeper has the payment that is the end of it;
/// after it, the same is said again under the same id.
#[test]
fn a_server_that_surely_did_nothing_is_believed() {
    for code in ["busy", "lime_unavailable"] {
        let sim = Site::Holds.start();
        sim.fault_with("holds.reserve", "refuse", 1, &json!(code));
        let said = pay(&sim);
        assert_eq!(said.code, 6, "{said:?}");
        assert_eq!(said.json()["state"], "refused", "{said:?}");
        assert_eq!(said.json()["reason"], "server_busy", "{said:?}");
        assert_eq!(balance(&sim, DEPOSIT), "5000.00");
        sim.fault_with("holds.commit", "refuse", 1, &json!(code));
        assert_paid(&sim, &pay(&sim), DEPOSIT, "2650.00");
    }
}
