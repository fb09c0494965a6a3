//! One program per state folder.

use crate::harness::Sim;

const CARD: &str = "61366822";

#[test]
fn the_second_program_says_who_has_the_folder() {
    let sim = Sim::start();
    // The first one waits for Lime while it holds the folder.
    sim.fault_with("lime.PutCheck", "delay", 1, &serde_json::json!(3_000));
    let mut first = sim.till_in_background(&["pay", "*/1", "--card", CARD, "--json"]);
    sim.wait_for_calls("lime.PutCheck", 1);
    let second = sim
        .till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(7);
    assert!(second.err.contains(&first.id().to_string()), "{second:?}");
    let second = sim.till(&["recover", "--json"]).expect_code(7);
    assert!(second.err.contains(&first.id().to_string()), "{second:?}");
    // Looking is allowed.
    sim.till(&["payments", "--json"]).expect_code(0);
    assert!(first.wait().unwrap().success());
    sim.till(&["recover", "--json"]).expect_code(0);
}

/// One thing that may change r_keeper is under way at a time, whatever is started beside it: the
/// journal of the state folder is the lock between programs.
#[test]
fn while_one_program_pays_no_other_writes_to_r_keeper() {
    const WRITES: [&str; 7] = [
        "LockOrder",
        "PayOrder",
        "SaveOrder",
        "UndoReceipt",
        "DeleteReceiptPayments",
        "TerminalAuthStart2",
        "TerminalAuthPay2",
    ];
    let sim = Sim::start();
    let paid = sim.till(&["pay", "3/1", "--card", CARD, "--json"]);
    let payment = paid.expect_code(0).json()["payment_id"].clone();
    let payment = payment.as_str().unwrap();
    // The receipt of the first prints for as long as the others need to be turned away.
    sim.fault_with(
        "rkeeper.PayOrder",
        "hang_before",
        1,
        &serde_json::json!(60_000),
    );
    let before = sim.state()["requests"]["rkeeper.PayOrder"]
        .as_u64()
        .unwrap();
    let mut first = sim.till_in_background(&["pay", "*/1", "--card", CARD, "--json"]);
    sim.wait_for_calls("rkeeper.PayOrder", before + 1);
    let writes = || {
        let state = sim.state();
        WRITES.map(|name| state["requests"][format!("rkeeper.{name}")].clone())
    };
    let sent = writes();
    let who = ["--operator", "Анна", "--reason", "проба"];
    for args in [
        &[
            "pay",
            "*/1",
            "--card",
            CARD,
            "--take",
            "61366822:Депозит:1.00",
            "--partial",
        ][..],
        &[&["refund", payment][..], &who[..]].concat(),
        &["recover"],
    ] {
        let said = sim.till(args);
        assert_eq!(said.code, 7, "{args:?}: {said:?}");
        assert!(said.err.contains(&first.id().to_string()), "{said:?}");
    }
    assert_eq!(writes(), sent);
    first.kill().unwrap();
    first.wait().unwrap();
}
