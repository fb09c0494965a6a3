//! Part payments of the r_keeper stand-in: plain and by terminal authorisation, and taking them
//! back.

use serde_json::{Value, json};

use super::client::{
    Bench, LOCK, LOCKED_ORDER, ORDER, PAYMENT_ID, attribute, get_order, lock_command, pay_command,
    payment, verdict,
};

const OTHER_LOCK: &str = "{BBBBBBBB-0000-4000-8000-000000000002}";
const NO_LINE: &str = "{CCCCCCCC-0000-4000-8000-000000000003}";
const REASON: &str = "<Reason code=\"3\"/>";

fn prepay(amount: &str, leg: u32, reason: &str) -> String {
    format!(
        "<Prepay code=\"11\" amount=\"{amount}\" cardCode=\"61366822\" \
         extTransactionInfo=\"{PAYMENT_ID}/{leg}\">{reason}</Prepay>"
    )
}

fn save(order: &str, prepays: &str) -> String {
    format!(
        "<RK7CMD CMD=\"SaveOrder\" lockguid=\"{LOCK}\"><Order guid=\"{order}\"/>\
         <Session><Station code=\"1\"/>{prepays}</Session></RK7CMD>"
    )
}

fn start(order: &str, amount: &str) -> String {
    format!(
        "<RK7CMD CMD=\"TerminalAuthStart2\" lockguid=\"{LOCK}\"><Order guid=\"{order}\"/>\
         <Station code=\"1\"/><Waiter code=\"5\"/>{}</RK7CMD>",
        prepay(amount, 1, "")
    )
}

fn pay2(line: &str) -> String {
    format!(
        "<RK7CMD CMD=\"TerminalAuthPay2\" line_guid=\"{line}\" lockguid=\"{LOCK}\" \
         transactionID=\"42\" authCode=\"A1\" cardCode=\"61366822\"/>"
    )
}

fn error2(line: &str) -> String {
    format!(
        "<RK7CMD CMD=\"TerminalAuthError2\" line_guid=\"{line}\" lockguid=\"{LOCK}\" \
         errorText=\"no money\"/>"
    )
}

fn delete(order: &str, lines: &[&str]) -> String {
    let lines = lines
        .iter()
        .map(|line| format!("<Pay line_guid=\"{line}\"/>"));
    format!(
        "<RK7CMD CMD=\"DeleteReceiptPayments\" lockguid=\"{LOCK}\"><Order guid=\"{order}\"/>\
         <Manager code=\"99\"/>{}</RK7CMD>",
        lines.collect::<String>()
    )
}

/// Status word and number, shortly.
fn said(bench: &Bench, command: &str) -> (String, Option<String>) {
    verdict(&bench.command(command))
}

fn ok() -> (String, Option<String>) {
    ("Ok".to_owned(), None)
}

fn refused(number: Option<&str>) -> (String, Option<String>) {
    (
        "Query Executing Error".to_owned(),
        number.map(str::to_owned),
    )
}

fn malformed() -> (String, Option<String>) {
    ("Bad Query Parameters".to_owned(), None)
}

/// `line_guid`s of the prepayments of the sample order, in their order.
fn lines(bench: &Bench) -> Vec<String> {
    let state = bench.state();
    let lines = state["orders"][0]["prepayments"].as_array().unwrap();
    let guid = |line: &Value| line["line_guid"].as_str().unwrap().to_owned();
    lines.iter().map(guid).collect()
}

fn unpaid(bench: &Bench) -> String {
    bench.state()["orders"][0]["unpaid"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn prepayments_of_a_session_are_added_together() {
    let bench = Bench::new();
    let two = prepay("100000", 1, REASON) + &prepay("50000", 2, REASON);
    let answer = bench.command(&save(ORDER, &two));
    assert_eq!(verdict(&answer), ok(), "{answer}");
    assert_eq!(
        answer.matches("<Prepay ").count(),
        4,
        "in the order and in the new session"
    );
    let order = bench.command(&get_order(ORDER));
    for shown in [
        " prepaySum=\"150000\"",
        " unpaidSum=\"85000\"",
        " orderSum=\"235000\"",
        " paid=\"0\"",
        " finished=\"0\"",
        " version=\"4\"",
        &format!(
            "amount=\"100000\" basicSum=\"100000\" promised=\"0\" deleted=\"0\" \
             cardCode=\"61366822\" extTransactionInfo=\"{PAYMENT_ID}/1\" TransactionStatus=\"4\""
        ),
        &format!("extTransactionInfo=\"{PAYMENT_ID}/2\""),
        "<Reason id=\"5000001\" code=\"3\"",
    ] {
        assert!(order.contains(shown), "{shown} in {order}");
    }
    let list = bench.command("<RK7CMD CMD=\"GetOrderList2\" onlyOpened=\"1\"/>");
    assert!(list.contains("unpaidSum=\"85000\" prepaySum=\"150000\""));
    let payments = bench.state()["orders"][0]["payments"].clone();
    assert_eq!(payments[1]["amount"], "500.00");
    assert_eq!(payments[1]["prepayment"], true);
    assert_eq!(payments[1]["status"], "paid");
    assert_eq!(bench.violations(), [""; 0]);

    assert_eq!(
        said(&bench, &pay_command(ORDER, &payment("11", "235000"))),
        refused(Some("3373"))
    );
    let rest = payment("1", "85000").replace(&format!("{PAYMENT_ID}/1"), "");
    assert_eq!(said(&bench, &pay_command(ORDER, &rest)), ok());
    assert_eq!(
        said(&bench, &save(ORDER, &prepay("1", 3, REASON))),
        refused(Some("2128"))
    );
    let order = bench.command(&get_order(ORDER));
    assert!(order.contains(" paid=\"1\"") && order.contains(" unpaidSum=\"0\""));
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn a_session_sent_twice_counts_twice_and_is_noticed() {
    let bench = Bench::new();
    let command = save(ORDER, &prepay("100000", 1, REASON));
    assert_eq!(said(&bench, &command), ok());
    assert_eq!(bench.violations(), [""; 0]);
    assert_eq!(said(&bench, &command), ok());
    assert_eq!(unpaid(&bench), "350.00");
    let doubled = format!("books: prepayment {PAYMENT_ID}/1 is counted twice");
    assert_eq!(bench.violations(), [doubled.as_str()]);
    let lines = lines(&bench);
    assert_eq!(said(&bench, &delete(ORDER, &[&lines[1]])), ok());
    assert_eq!(
        bench.violations(),
        [doubled.as_str()],
        "it stays known, once"
    );
    let again = payment("11", "135000");
    assert_eq!(said(&bench, &pay_command(ORDER, &again)), ok());
    assert_eq!(bench.violations().len(), 2, "one marker, two payments");
}

#[test]
fn save_order_refuses_as_a_whole() {
    let bench = Bench::new();
    let good = prepay("100000", 1, REASON);
    let changed = |from: &str, to: &str| {
        let text = save(ORDER, &good);
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    for (command, expected) in [
        (save(ORDER, ""), malformed()),
        (save(ORDER, &prepay("100000", 1, "")), malformed()),
        (changed("<Station code=\"1\"/>", ""), malformed()),
        (changed("<Session>", "<Session uni=\"5\">"), malformed()),
        (changed("<Prepay ", "<Prepay promised=\"1\" "), malformed()),
        (changed("amount=\"100000\"", "amount=\"0\""), malformed()),
        (changed("amount=\"100000\"", ""), malformed()),
        (
            changed("Reason code=\"3\"", "Reason code=\"33\""),
            refused(None),
        ),
        (
            changed("Prepay code=\"11\"", "Prepay code=\"14\""),
            refused(None),
        ),
        (
            save(
                ORDER,
                &(prepay("235000", 1, REASON) + &prepay("1", 2, REASON)),
            ),
            refused(Some("3373")),
        ),
        (
            save(ORDER, &(good.clone() + &prepay("0", 2, REASON))),
            malformed(),
        ),
        (save(LOCKED_ORDER, &good), refused(Some("2219"))),
    ] {
        assert_eq!(said(&bench, &command), expected, "{command}");
    }
    bench.command(&lock_command(ORDER, "1899-12-30T00:02:00", OTHER_LOCK));
    assert_eq!(said(&bench, &save(ORDER, &good)), refused(Some("2219")));
    assert_eq!(unpaid(&bench), "2350.00");
    assert_eq!(lines(&bench), [""; 0]);
    let own = save(ORDER, &good).replace(LOCK, OTHER_LOCK);
    assert_eq!(said(&bench, &own), ok(), "under its own lock");
    let before = bench.violations().len();
    bench.command(&own.replace("<Session>", "<Session colour=\"1\"><Extra/>"));
    let violations = bench.violations();
    assert_eq!(
        violations[before..before + 2],
        [
            "rkeeper.SaveOrder: unknown attribute Session/@colour",
            "rkeeper.SaveOrder: unknown element Session/Extra",
        ]
    );
}

#[test]
fn a_site_may_ask_no_reason() {
    let bench = Bench::with(
        "prepay_reason_required = true",
        "prepay_reason_required = false",
    );
    assert_eq!(said(&bench, &save(ORDER, &prepay("100", 1, ""))), ok());
}

#[test]
fn authorisation_is_money_only_when_it_is_paid() {
    let bench = Bench::new();
    let answer = bench.command(&start(ORDER, "100000"));
    assert_eq!(verdict(&answer), ok(), "{answer}");
    let line = lines(&bench)[0].clone();
    let root = answer.split("<Order ").next().unwrap();
    assert_eq!(attribute(root, "line_guid").unwrap(), line);
    let shown = bench.command(&get_order(ORDER));
    assert!(shown.contains(" unpaidSum=\"235000\"") && shown.contains(" prepaySum=\"0\""));
    assert!(shown.contains("TransactionStatus=\"1\""));
    assert_eq!(
        bench.state()["orders"][0]["payments"][0]["status"],
        "started"
    );

    assert_eq!(said(&bench, &pay2(NO_LINE)), refused(None));
    let other_card = pay2(&line).replace("61366822", "50331649");
    assert_eq!(said(&bench, &other_card), refused(None));
    let foreign = pay2(&line).replace(LOCK, OTHER_LOCK);
    bench.command(&lock_command(ORDER, "1899-12-30T00:02:00", LOCK));
    assert_eq!(said(&bench, &foreign), refused(Some("2219")));
    for _ in 0..2 {
        assert_eq!(said(&bench, &pay2(&line)), ok());
        assert_eq!(unpaid(&bench), "1350.00", "paid again adds nothing");
    }
    let shown = bench.command(&get_order(ORDER));
    assert!(
        shown.contains(
            "TransactionStatus=\"4\" owner=\"\" authcode=\"A1\" transactionNumber=\"42\""
        )
    );
    assert_eq!(said(&bench, &error2(&line)), refused(None), "it is paid");
    assert_eq!(unpaid(&bench), "1350.00");
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn failed_authorisation_leaves_nothing_to_pay() {
    let bench = Bench::new();
    assert_eq!(said(&bench, &start(ORDER, "235001")), refused(Some("3373")));
    assert_eq!(
        said(&bench, &start(LOCKED_ORDER, "1")),
        refused(Some("2219"))
    );
    let two = start(ORDER, "1").replace("</RK7CMD>", &(prepay("1", 2, "") + "</RK7CMD>"));
    assert_eq!(said(&bench, &two), malformed());
    let no_station = start(ORDER, "1").replace("<Station code=\"1\"/>", "");
    assert_eq!(said(&bench, &no_station), malformed());
    assert_eq!(said(&bench, &pay2("1")), malformed());
    assert_eq!(lines(&bench), [""; 0]);

    assert_eq!(said(&bench, &start(ORDER, "235000")), ok());
    let line = lines(&bench)[0].clone();
    assert_eq!(said(&bench, &error2(NO_LINE)), refused(None));
    assert_eq!(said(&bench, &error2(&line)), ok());
    assert_eq!(said(&bench, &error2(&line)), refused(None), "already gone");
    assert_eq!(said(&bench, &pay2(&line)), refused(None), "already gone");
    let shown = bench.command(&get_order(ORDER));
    assert!(shown.contains("deleted=\"1\" cardCode=\"61366822\""));
    assert_eq!(bench.state()["orders"][0]["payments"], json!([]));

    assert_eq!(said(&bench, &start(ORDER, "100000")), ok());
    let line = lines(&bench)[1].clone();
    bench.edit(&json!({"op": "prepay", "order": "*/1", "amount": "2000.00"}));
    assert_eq!(
        said(&bench, &pay2(&line)),
        refused(Some("3373")),
        "less is due by now"
    );
    bench.edit(&json!({"op": "pay_rest", "order": "*/1"}));
    assert_eq!(said(&bench, &pay2(&line)), refused(Some("2128")));
    assert_eq!(said(&bench, &error2(&line)), ok(), "also when it is closed");
}

#[test]
fn older_servers_know_no_authorisation() {
    let bench = Bench::with("terminal_auth = true", "terminal_auth = false");
    for command in [start(ORDER, "1"), pay2(NO_LINE), error2(NO_LINE)] {
        let answer = bench.command(&command);
        assert_eq!(verdict(&answer), malformed());
        assert!(
            attribute(&answer, "ErrorText")
                .unwrap()
                .starts_with("Unknown command TerminalAuth")
        );
    }
    assert_eq!(bench.state()["requests"]["rkeeper.TerminalAuthStart2"], 1);
    assert_eq!(bench.violations(), [""; 0], "asking is no mistake");
}

#[test]
fn prepayments_are_deleted_all_or_none() {
    let bench = Bench::new();
    let two = prepay("100000", 1, REASON) + &prepay("50000", 2, REASON);
    bench.command(&save(ORDER, &two));
    let lines = lines(&bench);
    let (first, second) = (lines[0].as_str(), lines[1].as_str());
    let good = delete(ORDER, &[first]);
    for (command, expected) in [
        (delete(ORDER, &[]), malformed()),
        (delete(ORDER, &[first, NO_LINE]), refused(None)),
        (delete(ORDER, &[first, first]), refused(None)),
        (delete(LOCKED_ORDER, &[first]), refused(Some("2219"))),
        (good.replace("<Manager code=\"99\"/>", ""), malformed()),
        (
            good.replace("Manager code=\"99\"", "Manager code=\"5\""),
            refused(None),
        ),
        (good.replace("line_guid", "guid"), malformed()),
    ] {
        assert_eq!(said(&bench, &command), expected, "{command}");
        assert_eq!(unpaid(&bench), "850.00");
    }
    assert_eq!(said(&bench, &good), ok());
    assert_eq!(unpaid(&bench), "1850.00");
    assert_eq!(said(&bench, &good), refused(None), "already deleted");
    let shown = bench.command(&get_order(ORDER));
    assert_eq!(
        shown.matches("<Prepay ").count(),
        2,
        "deleted ones are shown"
    );
    bench.edit(&json!({"op": "pay_rest", "order": "*/1"}));
    assert_eq!(
        said(&bench, &delete(ORDER, &[second])),
        refused(Some("2128"))
    );
    let state = bench.state();
    assert_eq!(state["orders"][0]["prepaid"], "500.00");
    assert_eq!(state["orders"][0]["payments"][0]["amount"], "1850.00");
    assert_eq!(state["orders"][0]["payments"][1]["amount"], "500.00");
}

#[test]
fn calc_order_is_net_of_prepayments() {
    let bench = Bench::new();
    bench.command(&save(ORDER, &prepay("100000", 1, REASON)));
    let calc = |inner: &str| {
        bench.command(&format!(
            "<RK7CMD CMD=\"CalcOrder3\"><Order guid=\"{ORDER}\"/>{inner}</RK7CMD>"
        ))
    };
    let asked = calc("<Payments><Pay code=\"11\" amount=\"235000\"/></Payments>");
    assert_eq!(attribute(&asked, "unpaidSum").unwrap(), "135000");
    assert!(asked.contains("name=\"Lime депозит\" amount=\"135000\" errcode=\"0\""));
    let prepaid =
        "<PrepayReason code=\"3\"/><Payments><Prepay code=\"11\" amount=\"50000\"/></Payments>";
    assert!(calc(prepaid).contains("amount=\"50000\" errcode=\"0\""));
    assert_eq!(bench.violations(), [""; 0]);
    let without = prepaid.replace("<PrepayReason code=\"3\"/>", "");
    assert_eq!(verdict(&calc(&without)), malformed());
    let unknown = prepaid.replace("Reason code=\"3\"", "Reason code=\"4\"");
    assert_eq!(verdict(&calc(&unknown)), refused(None));
}

#[test]
fn every_writing_command_takes_faults() {
    for (at, command) in [
        ("SaveOrder", save(ORDER, &prepay("100", 1, REASON))),
        ("TerminalAuthStart2", start(ORDER, "100")),
        ("TerminalAuthPay2", pay2(NO_LINE)),
        ("TerminalAuthError2", error2(NO_LINE)),
        ("DeleteReceiptPayments", delete(ORDER, &[NO_LINE])),
    ] {
        let bench = Bench::new();
        bench.fault(&format!("rkeeper.{at}"), "refuse", &json!(2172));
        assert_eq!(verdict(&bench.command(&command)).1.as_deref(), Some("2172"));
        assert_eq!(bench.state()["requests"][format!("rkeeper.{at}")], 1);
        assert_eq!(lines(&bench), [""; 0]);
    }
    let bench = Bench::new();
    bench.fault("rkeeper.SaveOrder", "duplicate", &Value::Null);
    bench.command(&save(ORDER, &prepay("100", 1, REASON)));
    assert_eq!(lines(&bench).len(), 2, "additive");
}
