//! Receipts that are taken back and looked for.

use serde_json::json;

use super::client::{
    Bench, LOCK, ORDER, PAYMENT_ID, PREPAID_ORDER, attribute, get_order, lock_command, pay_command,
    payment, verdict,
};

const OTHER_LOCK: &str = "{BBBBBBBB-0000-4000-8000-000000000002}";

fn undo(check_num: &str) -> String {
    format!(
        "<RK7CMD CMD=\"UndoReceipt\" ReceiptNum=\"{check_num}\" ManagerPassword=\"7733\" \
         lockguid=\"{LOCK}\"><Manager code=\"99\"/><DeleteReason code=\"5\"/></RK7CMD>"
    )
}

fn paid() -> Bench {
    let bench = Bench::new();
    let answer = bench.command(&pay_command(ORDER, &payment("11", "235000")));
    assert_eq!(attribute(&answer, "CheckNum").unwrap(), "501");
    bench
}

#[test]
fn annulled_receipt_opens_its_order() {
    let bench = paid();
    let answer = bench.command(&undo("501"));
    assert_eq!(verdict(&answer).0, "Ok", "{answer}");
    let order = bench.command(&get_order(ORDER));
    for shown in [
        " paid=\"0\"",
        " finished=\"0\"",
        " unpaidSum=\"235000\"",
        "CheckNum=\"501\" amount=\"235000\" unpaidSum=\"0\" state=\"7\" deleted=\"1\"",
        "promised=\"0\" deleted=\"1\" cardCode=\"61366822\"",
    ] {
        assert!(order.contains(shown), "{shown} in {order}");
    }
    let state = bench.state();
    let own = &state["orders"][0];
    assert_eq!(own["payments"], json!([]));
    assert_eq!(own["unpaid"], "2350.00");
    assert_eq!(
        own["receipts"],
        json!([{"check_num": "501", "deleted": true, "total": "2350.00"}])
    );
    let again = bench.command(&undo("501"));
    assert_eq!(verdict(&again).0, "Query Executing Error");
    assert!(again.contains("Чек 501 уже удалён"));

    bench.edit(
        &json!({"op": "add_dish", "order": "*/1", "code": 2531, "name": "Хлебная корзина",
                       "price": "90.00"}),
    );
    let anew = bench.command(&pay_command(ORDER, &payment("11", "244000")));
    assert_eq!(attribute(&anew, "CheckNum").unwrap(), "502");
    assert_eq!(bench.violations(), [""; 0], "one live payment");
    let order = bench.command(&get_order(ORDER));
    assert!(order.contains("CheckNum=\"501\" amount=\"235000\""));
    assert!(order.contains("CheckNum=\"502\" amount=\"244000\" unpaidSum=\"0\" state=\"6\""));
}

#[test]
fn undo_is_for_managers_with_a_reason() {
    let bench = paid();
    let good = undo("501");
    for (from, to, status, number) in [
        ("7733", "7734", "Query Executing Error", Some("2102")),
        ("code=\"99\"", "code=\"5\"", "Query Executing Error", None),
        ("code=\"99\"", "code=\"98\"", "Query Executing Error", None),
        (
            "Reason code=\"5\"",
            "Reason code=\"4\"",
            "Query Executing Error",
            None,
        ),
        (
            "Reason code=\"5\"",
            "Reason code=\"6\"",
            "Query Executing Error",
            None,
        ),
        ("\"501\"", "\"500\"", "Query Executing Error", None),
        ("\"501\"", "\"abc\"", "Bad Query Parameters", None),
        (
            " ManagerPassword=\"7733\"",
            "",
            "Bad Query Parameters",
            None,
        ),
        ("<Manager code=\"99\"/>", "", "Bad Query Parameters", None),
        (
            "<DeleteReason code=\"5\"/>",
            "",
            "Bad Query Parameters",
            None,
        ),
    ] {
        let command = good.replace(from, to);
        assert_ne!(command, good);
        let expected = (status.to_owned(), number.map(str::to_owned));
        assert_eq!(verdict(&bench.command(&command)), expected, "{to}");
    }
    assert!(!bench.violations().join(" ").contains("7733"));
    assert_eq!(bench.state()["orders"][0]["paid"], true);
    bench.fault("rkeeper.UndoReceipt", "lose_request", &json!(null));
    assert_eq!(bench.state()["orders"][0]["paid"], true);
}

#[test]
fn a_site_may_forbid_it_over_the_interface() {
    let bench = Bench::with("undo_receipt = true", "undo_receipt = false");
    bench.command(&pay_command(ORDER, &payment("11", "235000")));
    let answer = bench.command(&undo("501"));
    assert_eq!(verdict(&answer).0, "Query Executing Error");
    assert!(
        attribute(&answer, "ErrorText")
            .unwrap()
            .contains("нет прав")
    );
    assert_eq!(bench.violations(), [""; 0]);
    bench.edit(&json!({"op": "undo_receipt", "order": "*/1"}));
    assert_eq!(bench.state()["orders"][0]["unpaid"], "2350.00");
    let answer = bench.control_post("/edit", &json!({"op": "undo_receipt", "order": "*/1"}));
    assert_eq!(answer.status, 400, "nothing left to annul");
}

#[test]
fn prepayments_outlive_the_receipt() {
    let bench = Bench::new();
    bench.command(&pay_command(PREPAID_ORDER, &payment("11", "79000")));
    assert_eq!(verdict(&bench.command(&undo("501"))).0, "Ok");
    let order = bench.command(&get_order(PREPAID_ORDER));
    assert!(order.contains(" unpaidSum=\"79000\"") && order.contains(" prepaySum=\"50000\""));
    bench.command(&lock_command(
        PREPAID_ORDER,
        "1899-12-30T00:02:00",
        OTHER_LOCK,
    ));
    let foreign = bench.command(&pay_command(PREPAID_ORDER, &payment("11", "79000")));
    assert_eq!(verdict(&foreign).1.as_deref(), Some("2219"));
}

#[test]
fn receipts_are_listed() {
    let bench = paid();
    let list = |more: &str, inner: &str| {
        bench.command(&format!(
            "<RK7CMD CMD=\"GetReceiptList\"{more}>{inner}</RK7CMD>"
        ))
    };
    let first = list("", "");
    assert_eq!(verdict(&first).0, "Ok");
    let version = attribute(&first, "lastversion").unwrap();
    assert!(first.contains(&format!(
        "<ReceiptsList count=\"1\" lastversion=\"{version}\">"
    )));
    assert!(first.contains("checknum=\"501\" sum=\"235000\" state=\"6\" seat=\"0\" printtime="));
    assert!(first.contains(&format!("guid=\"{ORDER}\"")) && !first.contains("deletetime"));
    assert!(first.contains("<CloseStation id=\"15001\" code=\"1\""));
    assert!(!first.contains(PAYMENT_ID), "no payments here");
    let asked = format!(" lastversion=\"{version}\"");
    assert_eq!(verdict(&list(&asked, "")).0, "No changes");

    bench.command(&undo("501"));
    bench.edit(&json!({"op": "pay_order", "order": "12/2"}));
    let then = list(&asked, "");
    assert_eq!(verdict(&then).0, "Ok");
    assert!(then.contains("<ReceiptsList count=\"2\""));
    assert!(
        then.contains("checknum=\"501\" sum=\"235000\" state=\"7\"") && then.contains("deletetime")
    );
    assert!(then.contains("checknum=\"502\""));
    let one = list("", &format!("<Order guid=\"{ORDER}\"/>"));
    assert!(one.contains("<ReceiptsList count=\"1\""));
    assert_eq!(
        verdict(&list(" lastversion=\"x\"", "")).0,
        "Bad Query Parameters"
    );
    bench.fault("rkeeper.GetReceiptList", "error_before", &json!(null));
    assert_eq!(bench.state()["requests"]["rkeeper.GetReceiptList"], 5);
}

#[test]
fn older_servers_list_no_receipts() {
    let bench = Bench::with("receipt_list = true", "receipt_list = false");
    let answer = bench.command("<RK7CMD CMD=\"GetReceiptList\"/>");
    assert_eq!(
        attribute(&answer, "ErrorText").unwrap(),
        "Unknown command GetReceiptList"
    );
    assert_eq!(bench.violations(), [""; 0]);
}
