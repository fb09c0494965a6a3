//! Receipts of intent at the stand-in.

use serde_json::json;

use super::client::{Bench, ORDER, attribute, get_order, pay_command, payment, verdict};

const SUM: &str = "235000";

fn site(version: &str, habits: &[&str]) -> Bench {
    let bench = Bench::new();
    bench.edit(&json!({"op": "profile", "version": version, "habits": habits}));
    bench
}

fn intend(inner: &str) -> String {
    pay_command(ORDER, inner).replace("\"PayOrder\"", "\"IntentPayOrder\"")
}

fn correct(inner: &str) -> String {
    format!(
        "<RK7CMD CMD=\"CorrectIntentReceipt\"><Order guid=\"{ORDER}\"/><Station code=\"1\"/>\
         <Cashier code=\"5\"/>{inner}</RK7CMD>"
    )
}

fn status(answer: &str) -> String {
    attribute(answer, "Status").unwrap()
}

#[test]
fn a_bill_is_meant_then_finished() {
    let bench = site("7.26", &["intent_receipts"]);
    let finish = pay_command(ORDER, "");
    // Nothing is finished that was not meant, nothing paid at once, and only the whole is meant.
    for refused in [
        finish.clone(),
        pay_command(ORDER, &payment("11", SUM)),
        intend(&payment("11", "234999")),
        intend(&payment("11", "235001")),
    ] {
        let answer = bench.command(&refused);
        assert_eq!(status(&answer), "Query Executing Error", "{answer}");
    }
    let meant = bench.command(&intend(&payment("11", SUM)));
    assert_eq!(status(&meant), "Ok", "{meant}");
    let shown = bench.command(&get_order(ORDER));
    for words in [
        "unpaidSum=\"0\"",
        "promisedSum=\"235000\"",
        "intentReceiptStage=\"First stage\"",
        "promised=\"1\"",
        "paid=\"0\"",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // A second one would mean more than is due.
    let again = bench.command(&intend(&payment("11", SUM)));
    assert_eq!(verdict(&again).1.as_deref(), Some("3373"), "{again}");
    let paid = bench.command(&finish);
    assert!(paid.contains("intentReceiptStage=\"Completed\""), "{paid}");
    let shown = bench.command(&get_order(ORDER));
    assert!(shown.contains("paid=\"1\""), "{shown}");
    assert!(!shown.contains("promised=\"1\""), "{shown}");
    let twice = bench.command(&finish);
    assert_eq!(verdict(&twice).1.as_deref(), Some("2128"), "{twice}");
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn what_is_meant_can_be_taken_back_as_often_as_one_likes() {
    let bench = site("7.25", &["intent_receipts"]);
    bench.command(&intend(&payment("11", SUM)));
    let wrong = bench.command(&correct("<DeleteReason code=\"4\"/>"));
    assert_eq!(verdict(&wrong).1.as_deref(), Some("3383"), "{wrong}");
    for _ in 0..2 {
        let answer = bench.command(&correct("<DeleteReason code=\"5\"/>"));
        assert_eq!(status(&answer), "Ok", "{answer}");
    }
    let shown = bench.command(&get_order(ORDER));
    assert!(shown.contains("unpaidSum=\"235000\""), "{shown}");
    assert!(!shown.contains("First stage"), "{shown}");
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn only_newer_servers_and_only_such_sites_know_them() {
    let bench = site("7.7", &["intent_receipts"]);
    let answer = bench.command(&intend(&payment("11", SUM)));
    assert_eq!(status(&answer), "Bad Query Parameters", "{answer}");
    let bench = site("7.26", &[]);
    let answer = bench.command(&intend(&payment("11", SUM)));
    assert_eq!(status(&answer), "Query Executing Error", "{answer}");
    // They pay at once.
    let paid = bench.command(&pay_command(ORDER, &payment("11", SUM)));
    assert_eq!(status(&paid), "Ok", "{paid}");
    assert!(!paid.contains("intentReceipt"), "{paid}");
}
