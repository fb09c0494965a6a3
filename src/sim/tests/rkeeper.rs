//! The rules of the r_keeper stand-in.

use serde_json::json;

use super::client::{
    Bench, DISCOUNT_ORDER, LOCK, LOCKED_ORDER, ORDER, PAYMENT_ID, PREPAID_ORDER, XML_PATH,
    attribute, get_order, lock_command, pay_command, payment, raw, request_bytes, split, verdict,
};

const OTHER_LOCK: &str = "{BBBBBBBB-0000-4000-8000-000000000002}";

#[test]
fn wrong_login_is_401() {
    let bench = Bench::new();
    for headers in [
        vec![],
        vec![("Authorization", "Basic bGltZWtlZXBlcjp3cm9uZw==")],
        vec![("Authorization", "Basic ???")],
    ] {
        let bytes = request_bytes("POST", XML_PATH, &headers, b"<RK7Query/>");
        let answer = split(&raw(&bench.sim.rkeeper_url(), &bytes));
        assert_eq!(answer.status, 401);
        assert!(
            answer
                .head
                .to_ascii_lowercase()
                .contains("www-authenticate: basic")
        );
    }
}

#[test]
fn form_content_type_hides_the_body() {
    let bench = Bench::new();
    let query = "<RK7Query><RK7CMD CMD=\"GetSystemInfo2\"/></RK7Query>";
    let request = String::from_utf8(Bench::xml_request(query)).unwrap();
    let request = request.replace("text/xml", "application/x-www-form-urlencoded");
    let answer = split(&raw(&bench.sim.rkeeper_url(), request.as_bytes()));
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert_eq!(attribute(&text, "Status").unwrap(), "Query Parse Error");
    assert_eq!(attribute(&text, "ErrorText").unwrap(), "Empty input XML");
    assert_eq!(bench.violations().len(), 1);
}

#[test]
fn what_is_no_query_is_said_so() {
    let bench = Bench::new();
    for (query, text) in [
        ("", "Empty input XML"),
        (
            "<RK7Query/>",
            "Error: child element &quot;RK7CMD&quot; not found",
        ),
        (
            "<Query><RK7CMD CMD=\"GetOrder\"/></Query>",
            "Unknown root element &quot;Query&quot;",
        ),
        (
            "<RK7Query><RK7CMD CMD=\"GetSystemInfo2\"/><RK7CMD CMD=\"GetSystemInfo2\"/></RK7Query>",
            "Only one RK7CMD is allowed",
        ),
        (
            "<RK7Query><RK7CMD/></RK7Query>",
            "Attribute RK7CMD/@CMD is not found",
        ),
    ] {
        let answer = bench.query(query);
        assert_eq!(
            attribute(&answer, "Status").unwrap(),
            "Query Parse Error",
            "{query}"
        );
        assert_eq!(attribute(&answer, "ErrorText").unwrap(), text, "{query}");
        assert_eq!(attribute(&answer, "Processed").unwrap(), "0");
    }
    assert!(
        bench
            .query("<RK7Query><RK7CMD")
            .contains("Query Parse Error")
    );
    assert_eq!(bench.violations().len(), 6);
}

#[test]
fn unknown_markup_is_ignored_and_recorded() {
    let bench = Bench::new();
    let unknown = bench.command("<RK7CMD CMD=\"getorder\"/>");
    assert_eq!(
        attribute(&unknown, "Status").unwrap(),
        "Bad Query Parameters"
    );
    assert_eq!(
        attribute(&unknown, "ErrorText").unwrap(),
        "Unknown command getorder"
    );
    let answer = bench.command(&format!(
        "<RK7CMD CMD=\"GetOrder\" colour=\"1\"><Order guid=\"{ORDER}\" name=\"x\">y</Order>\
         <Extra/></RK7CMD>"
    ));
    assert_eq!(verdict(&answer).0, "Ok");
    let loose = bench.command("<RK7CMD CMD=\"GetOrderList2\" onlyOpened=\"true\"/>");
    assert_eq!(verdict(&loose).0, "Ok");
    assert_eq!(
        bench.violations(),
        [
            "rkeeper: unknown command getorder",
            "rkeeper.GetOrder: unknown attribute RK7CMD/@colour",
            "rkeeper.GetOrder: unknown attribute Order/@name",
            "rkeeper.GetOrder: text inside Order",
            "rkeeper.GetOrder: unknown element RK7CMD/Extra",
            "rkeeper.GetOrderList2: onlyOpened=\"true\" instead of 1 or 0",
        ]
    );
}

#[test]
fn both_answer_shapes() {
    let bench = Bench::new();
    let flat = bench.command("<RK7CMD CMD=\"GetSystemInfo2\"/>");
    assert!(flat.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"));
    assert!(!flat.contains("CommandResult"));
    for name in [
        "ServerVersion",
        "XmlVersion",
        "NetName",
        "Status",
        "CMD",
        "ErrorText",
        "DateTime",
        "WorkTime",
        "Processed",
        "ArrivalDateTime",
    ] {
        assert!(attribute(&flat, name).is_some(), "{name}");
    }
    let many = bench.command(
        "<RK7Command CMD=\"GetSystemInfo2\"/><RK7Command CMD=\"GetOrderList2\" lastversion=\"0\"/>",
    );
    assert_eq!(many.matches("<CommandResult ").count(), 2);
    assert!(!many.contains("SourceCommand"));
    let echoed = bench.command("<RK7Command2 CMD=\"GetSystemInfo2\"/>");
    assert!(
        echoed.contains("<SourceCommand><RK7Command2 CMD=\"GetSystemInfo2\"/></SourceCommand>")
    );
    let failed = bench.command("<RK7Command CMD=\"Nothing\"/>");
    assert_eq!(
        attribute(&failed, "Status").unwrap(),
        "Ok",
        "the root says nothing of it"
    );
    assert!(failed.contains("Status=\"Bad Query Parameters\""));
}

#[test]
fn list_by_version() {
    let bench = Bench::new();
    let list = |version: &str| {
        bench.command(&format!(
            "<RK7CMD CMD=\"GetOrderList2\" onlyOpened=\"1\" lastversion=\"{version}\"/>"
        ))
    };
    let first = list("0");
    assert_eq!(first.matches("<Order ").count(), 4);
    assert!(first.contains("<LockedByStation "));
    let version = attribute(&first, "lastversion").unwrap();
    let same = list(&version);
    assert_eq!(verdict(&same).0, "No changes");
    assert!(!same.contains("<Visit"));
    bench.edit(&json!({"op": "pay_order", "order": "*/1"}));
    let changed = list(&version);
    assert_eq!(verdict(&changed).0, "Ok");
    assert_eq!(changed.matches("<Order ").count(), 3);
    let all = bench.command("<RK7CMD CMD=\"GetOrderList2\"/>");
    assert_eq!(all.matches("<Order ").count(), 4);
}

#[test]
fn names_are_escaped_and_sums_are_right() {
    let bench = Bench::new();
    let order = bench.command(&get_order(DISCOUNT_ORDER));
    assert!(order.contains("name=\"Салат &quot;Цезарь&quot; &amp; &lt;креветки&gt;\""));
    assert!(order.contains("quantity=\"350\""));
    assert!(
        order.contains("amount=\"124565\""),
        "0.350 kg and two sauces"
    );
    assert_eq!(attribute(&order, "orderSum").unwrap(), "289308");
    assert_eq!(attribute(&order, "discountSum").unwrap(), "-43256");
    let prepaid = bench.command(&get_order(PREPAID_ORDER));
    assert_eq!(attribute(&prepaid, "orderSum").unwrap(), "129000");
    assert_eq!(attribute(&prepaid, "prepaySum").unwrap(), "50000");
    assert_eq!(attribute(&prepaid, "unpaidSum").unwrap(), "79000");
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn lock_rule() {
    let bench = Bench::new();
    let locked = |time: &str, guid: &str| {
        let answer = bench.command(&lock_command(ORDER, time, guid));
        (attribute(&answer, "locked"), verdict(&answer).1)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        locked("00:02:00", LOCK),
        (some("0"), None),
        "the style of the schema"
    );
    assert_eq!(bench.violations().len(), 1);
    let pay_foreign = pay_command(ORDER, &payment("11", "235000")).replace(LOCK, OTHER_LOCK);
    assert_eq!(locked("1899-12-30T00:02:00", LOCK), (some("1"), None));
    assert_eq!(
        locked("1899-12-30T00:02:00", LOCK),
        (some("1"), None),
        "again"
    );
    assert_eq!(
        locked("1899-12-30T00:02:00", OTHER_LOCK),
        (None, some("2219"))
    );
    assert_eq!(
        locked("1899-12-30T00:00:00", OTHER_LOCK),
        (None, some("2219"))
    );
    let refused = bench.command(&pay_foreign);
    assert_eq!(verdict(&refused).1, some("2219"));
    assert!(
        refused.contains("станция Касса 1, оператор Admin"),
        "{refused}"
    );
    assert_eq!(
        locked("1899-12-30T00:00:00", LOCK),
        (some("0"), None),
        "unlocked early"
    );
    assert_eq!(locked("1899-12-30T00:02:00", OTHER_LOCK), (some("1"), None));
    let foreign = bench.command(&lock_command(LOCKED_ORDER, "1899-12-30T00:02:00", LOCK));
    assert_eq!(verdict(&foreign).1, some("2219"));
    assert!(foreign.contains("станция Касса 2, оператор Липин К."));
    bench.edit(&json!({"op": "unlock_order", "order": "7/1"}));
    let free = bench.command(&lock_command(LOCKED_ORDER, "1899-12-30T00:02:00", LOCK));
    assert_eq!(attribute(&free, "locked"), some("1"));
}

#[test]
fn pay_order_is_all_or_nothing() {
    let bench = Bench::new();
    let full = payment("11", "235000");
    let without = |name: &str| {
        let text = pay_command(ORDER, &full);
        text.replace(
            &format!(
                "<{name} code=\"{}\"/>",
                if name == "Station" { 1 } else { 5 }
            ),
            "",
        )
    };
    let station = pay_command(ORDER, &full).replace("Station code=\"1\"", "Station code=\"77\"");
    for (command, status, number) in [
        (without("Station"), "Bad Query Parameters", None),
        (without("Cashier"), "Bad Query Parameters", None),
        (station, "Query Executing Error", None),
        (
            pay_command(ORDER, &payment("99", "235000")),
            "Query Executing Error",
            None,
        ),
        (
            pay_command(ORDER, &payment("14", "235000")),
            "Query Executing Error",
            None,
        ),
        (
            pay_command(ORDER, &payment("11", "234999")),
            "Query Executing Error",
            Some("3373"),
        ),
        (
            pay_command(ORDER, &payment("11", "235001")),
            "Query Executing Error",
            Some("3373"),
        ),
        (
            pay_command(ORDER, ""),
            "Query Executing Error",
            Some("3373"),
        ),
        (
            pay_command(ORDER, &payment("11", "2350.00")),
            "Bad Query Parameters",
            None,
        ),
        (
            pay_command(ORDER, &format!("{full}{}", payment("11", "0"))),
            "Bad Query Parameters",
            None,
        ),
        (
            pay_command(ORDER, &full).replace("<Payment code=\"11\"", "<Payment"),
            "Bad Query Parameters",
            None,
        ),
        (
            pay_command(LOCKED_ORDER, &payment("11", "57000")),
            "Query Executing Error",
            Some("2219"),
        ),
    ] {
        let answer = bench.command(&command);
        let expected = (status.to_owned(), number.map(str::to_owned));
        assert_eq!(verdict(&answer), expected, "{command}");
        assert_eq!(attribute(&answer, "Processed").unwrap(), "0");
    }
    let state = bench.state();
    assert_eq!(state["orders"][0]["unpaid"], "2350.00");
    assert_eq!(state["orders"][0]["payments"], json!([]));

    let two = format!("{}{}", payment("11", "150000"), payment("12", "85000"));
    let paid = bench.command(&pay_command(ORDER, &two));
    assert_eq!(verdict(&paid).0, "Ok");
    assert_eq!(paid.matches("<Pay ").count(), 2);
    let again = bench.command(&pay_command(ORDER, &two));
    assert_eq!(verdict(&again).1.as_deref(), Some("2128"));
    assert!(again.contains("Визит 1001 закрыт!"));
    let late_lock = bench.command(&lock_command(ORDER, "1899-12-30T00:02:00", LOCK));
    assert_eq!(verdict(&late_lock).1.as_deref(), Some("2128"));
    assert_eq!(
        bench.state()["orders"][0]["payments"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn prepaid_order_takes_only_the_rest() {
    let bench = Bench::new();
    let all = bench.command(&pay_command(PREPAID_ORDER, &payment("11", "129000")));
    assert_eq!(verdict(&all).1.as_deref(), Some("3373"));
    let rest = bench.command(&pay_command(PREPAID_ORDER, &payment("11", "79000")));
    assert_eq!(verdict(&rest).0, "Ok");
}

#[test]
fn calc_order_says_who_may_pay_what() {
    let bench = Bench::new();
    let calc = |order: &str, payments: &str| {
        bench.command(&format!(
            "<RK7CMD CMD=\"CalcOrder3\"><Order guid=\"{order}\"/><Station code=\"1\"/>\
             <Cashier code=\"5\"/>{payments}</RK7CMD>"
        ))
    };
    let asked = calc(
        ORDER,
        "<Payments><Pay code=\"11\" amount=\"150000\"/><Pay code=\"12\" amount=\"85000\"/></Payments>",
    );
    assert_eq!(attribute(&asked, "unpaidSum").unwrap(), "235000");
    assert_eq!(asked.matches("errcode=\"0\"").count(), 2);
    let bound: i64 = asked
        .split("<Binding ")
        .skip(1)
        .map(|binding| attribute(&format!(" {binding}"), "amount").unwrap())
        .map(|amount| amount.parse::<i64>().unwrap())
        .sum();
    assert_eq!(bound, 235_000);
    let inactive = calc(
        ORDER,
        "<Payments><Pay code=\"14\" amount=\"235000\"/></Payments>",
    );
    assert!(inactive.contains("errcode=\"1\" text=\"Валюта не активна\""));
    let unknown = calc(
        ORDER,
        "<Payments><Pay code=\"99\" amount=\"1\"/></Payments>",
    );
    assert!(unknown.contains("Не найден элемент 99 в коллекции Currencies"));
    assert!(calc(DISCOUNT_ORDER, "").contains("name=\"Lime депозит\""));
    bench.edit(&json!({"op": "pay_order", "order": "*/1"}));
    assert_eq!(verdict(&calc(ORDER, "")).1.as_deref(), Some("2128"));
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn other_tills_change_orders() {
    let bench = Bench::new();
    let before = bench.command(&get_order(ORDER));
    bench.edit(
        &json!({"op": "add_dish", "order": "*/1", "code": 2600, "name": "Десерт",
                       "price": "120.00", "quantity": "2"}),
    );
    let after = bench.command(&get_order(ORDER));
    assert_eq!(attribute(&after, "unpaidSum").unwrap(), "259000");
    assert!(before.contains(" version=\"3\" ") && after.contains(" version=\"4\" "));
    assert_ne!(attribute(&before, "crc32"), attribute(&after, "crc32"));
    bench.edit(&json!({"op": "prepay_order", "order": "*/1", "amount": "90.00"}));
    assert_eq!(
        attribute(&bench.command(&get_order(ORDER)), "unpaidSum").unwrap(),
        "250000"
    );
    bench.edit(&json!({"op": "lock_order", "order": ORDER, "station": "2", "operator": "8"}));
    let refused = bench.command(&pay_command(ORDER, &payment("11", "250000")));
    assert_eq!(verdict(&refused).1.as_deref(), Some("2219"));
    bench.edit(&json!({"op": "close_order", "order": "12/2"}));
    let closed = bench.command(&pay_command(DISCOUNT_ORDER, &payment("11", "289308")));
    assert_eq!(verdict(&closed).1.as_deref(), Some("2128"));
    for wrong in [
        json!({"op": "add_dish", "order": "none", "code": 1, "name": "x", "price": "1.00"}),
        json!({"op": "pay_order", "order": "12/2"}),
        json!({"op": "pay_order", "order": "*/1", "more": 1}),
        json!({"op": "dance"}),
        json!({"op": "block_card", "uid": "1"}),
        json!({"op": "set_balance", "account": "1", "amount": "1.00"}),
    ] {
        let answer = bench.control_post("/edit", &wrong);
        assert_eq!(answer.status, 400, "{wrong}");
    }
    assert!(!bench.command(&get_order(ORDER)).contains(PAYMENT_ID));
}
