//! The rules of the Lime stand-in.

use serde_json::{Value, json};

use super::client::{
    Bench, DISHES, PAYMENT_ID, check, entry, raw, reference, request_bytes, return_check,
    sample_check, split,
};

#[test]
fn wrong_token_is_401() {
    let bench = Bench::new();
    for headers in [vec![], vec![("Authorization", "LimeToken wrong")]] {
        let path = "/api/CashdeskServer/GetNextCheckId?cashdeskId=1";
        let bytes = request_bytes("GET", path, &headers, b"");
        let answer = split(&raw(&bench.sim.lime_url(), &bytes));
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["error"], "Unauthorized");
    }
    assert_eq!(bench.next_id(), 2_226_634, "nothing was done");
}

#[test]
fn look_ups() {
    let bench = Bench::new();
    let card = |uid: &str| bench.get(&format!("ClientManagement/GetCardInfoByCardUid?uid={uid}"));
    assert_eq!(card("61366822")["card"]["userId"], 7001);
    assert_eq!(card("83886081")["card"]["isBlocked"], true);
    assert_eq!(
        card("03A86226"),
        Value::Null,
        "another notation is another card"
    );
    let client = bench.post(
        "ClientManagement/GetClientInfoByCardUid",
        "{\"uid\":\"50331649\",\"installationId\":1}",
    );
    assert_eq!(client["userData"]["displayName"], "Семья Рябинкиных");
    let info = |uid: &str| {
        bench.get(&format!(
            "CashdeskServer/GetCardInfo?installationId=1&uid={uid}"
        ))["rights"]
            .clone()
    };
    assert_eq!(info("50331649"), info("50331650"), "two cards, one client");
    assert_eq!(info("67108865")[0]["right"]["amount"], -400_000);
    assert_eq!(
        info("61366822")[1]["right"]["amount"],
        2,
        "a ticket is counted"
    );
    assert_eq!(
        bench.get("CashdeskServer/GetShift?cashdeskId=1")["number"],
        1
    );
    assert!(bench.get("CashdeskServer/GetServerCurrentTime").is_string());
    assert_eq!(
        bench.get("CashdeskServer/GetCheck?cashdeskId=1&id=5"),
        Value::Null
    );
    let select = "{\"filter\":{},\"page\":{\"skip\":0,\"take\":50}}";
    assert_eq!(
        bench.post("Installations/Select", select)["data"][0]["name"],
        "Тестовая"
    );
    assert_eq!(bench.post("Cashdesks/Select", select)["data"][0]["id"], 1);
    let goods = bench.post("GoodTypes/Select", select);
    assert_eq!(goods["data"].as_array().unwrap().len(), 16);
    assert_eq!(bench.violations(), [""; 0]);
    assert_eq!(bench.next_id(), 2_226_634);
    assert_eq!(bench.next_id(), 2_226_635);
}

#[test]
fn wrong_calls_are_recorded() {
    let bench = Bench::new();
    let status = |method: &str, path: &str, body: &str| {
        split(&raw(
            &bench.sim.lime_url(),
            &Bench::lime_request(method, path, body),
        ))
        .status
    };
    for (method, path, body, expected) in [
        ("GET", "CashdeskServer/GetNothing", "", 404),
        ("POST", "ClientManagement/PutCheck", "{}", 404),
        ("POST", "CashdeskServer/GetShift?cashdeskId=1", "", 405),
        ("GET", "CashdeskServer/GetShift", "", 400),
        ("GET", "CashdeskServer/GetShift?cashdeskId=2", "", 400),
        (
            "GET",
            "CashdeskServer/GetShift?cashdeskId=1&cashdeskId=1",
            "",
            400,
        ),
        ("GET", "CashdeskServer/GetShift?cashdeskId=1&x=1", "", 200),
        (
            "POST",
            "ClientManagement/GetRights",
            "{\"clientId\":7001}",
            400,
        ),
        (
            "POST",
            "ClientManagement/GetRights",
            "{\"clientId\":\"7001\",\"installationId\":1}",
            400,
        ),
        ("POST", "ClientManagement/GetRights", "[]", 400),
        (
            "POST",
            "ClientManagement/GetRights",
            "{\"clientId\":7001,\"installationId\":1,\"x\":1}",
            200,
        ),
    ] {
        let before = bench.violations().len();
        assert_eq!(
            status(method, path, body),
            expected,
            "{method} {path} {body}"
        );
        assert_eq!(
            bench.violations().len(),
            before + 1,
            "{method} {path} {body}"
        );
    }
}

/// Posts the sample check with a piece of it replaced; the error code, and whether it counted as
/// a violation.
fn outcome(bench: &Bench, body: &str) -> (Option<String>, bool) {
    let before = bench.violations().len();
    let answer = bench.put_check(body);
    let code = answer["error"].as_str().map(str::to_owned);
    (code, bench.violations().len() > before)
}

#[test]
fn every_field_of_a_check_is_looked_at() {
    let bench = Bench::new();
    let id = bench.next_id();
    let good = sample_check(id);
    let first = "\"checkEntryId\":0,\"id\":0,\"processingId\":1,\"amount\":290.00";
    for (from, to) in [
        ("\"installationId\":1", "\"installationId\":2"),
        ("\"cashdeskId\":1", "\"cashdeskId\":2"),
        ("\"cashdeskId\":1,", ""),
        ("\"userId\":1,", "\"userId\":99,"),
        ("\"userId\":1,", "\"userId\":\"1\","),
        (
            "\"time\":\"2024-03-05T14:30:00\"",
            "\"time\":\"2024-03-05T14:30:00Z\"",
        ),
        (
            "\"installationTime\":\"2024-03-05T14:30:00\"",
            "\"installationTime\":\"05.03.2024\"",
        ),
        ("\"type\":0", "\"type\":7"),
        ("\"type\":0", "\"type\":0,\"returnCheckId\":1"),
        ("\"type\":0", "\"type\":1"),
        ("\"administrative\":false", "\"administrative\":0"),
        (
            "\"delayFiscalization\":false",
            "\"delayFiscalization\":null",
        ),
        ("\"id\":0,\"goodTypeId\"", "\"id\":1,\"goodTypeId\""),
        ("\"goodTypeId\":2470", "\"goodTypeId\":2471"),
        ("\"goodTypeId\":2470", "\"goodTypeId\":\"2470\""),
        ("\"cardId\":501", "\"cardId\":100038"),
        (
            "\"cardId\":501,\"userId\":7001",
            "\"cardId\":502,\"userId\":7002",
        ),
        ("\"userId\":7001", "\"userId\":7002"),
        ("\"amount\":290.00,\"price\"", "\"amount\":290,\"price\""),
        ("\"amount\":290.00,\"price\"", "\"amount\":290.0,\"price\""),
        (
            "\"amount\":290.00,\"price\"",
            "\"amount\":\"290.00\",\"price\"",
        ),
        ("\"amount\":290.00,\"price\"", "\"amount\":291.00,\"price\""),
        ("\"price\":290.00", "\"price\":289.99"),
        ("\"basePrice\":290.00", "\"basePrice\":29000"),
        ("\"basePrice\":290.00", "\"basePrice\":-290.00"),
        ("\"count\":1", "\"count\":0"),
        ("\"count\":1", "\"count\":2"),
        ("\"count\":1", "\"count\":1.0001"),
        ("\"count\":1", "\"count\":1,\"count\":1"),
        ("\"checkEntryId\":0", "\"checkEntryId\":1"),
        (first, &first.replace("\"id\":0", "\"id\":1")),
        (
            first,
            &first.replace("\"processingId\":1", "\"processingId\":2"),
        ),
        (first, &first.replace("290.00", "289.00")),
        (first, &first.replace("290.00", "-290.00")),
        (&reference(), "9001;61366822"),
        (&reference(), &reference().replace("/1", "/0")),
        ("\"checkEntryDiscounts\":[]", "\"checkEntryDiscounts\":[1]"),
        ("\"checkEntryDiscounts\":[]", "\"discounts\":[]"),
        (&format!("\"id\":{id}"), "\"id\":2226700"),
    ] {
        let body = good.replacen(from, to, 1);
        assert_ne!(body, good, "{from}");
        assert_eq!(
            outcome(&bench, &body),
            (Some("BadCheck".to_owned()), true),
            "{to}"
        );
    }
    assert_eq!(
        outcome(&bench, &check(id, &[])).0.as_deref(),
        Some("BadCheck")
    );
    assert_eq!(outcome(&bench, "{").0.as_deref(), Some("BadCheck"));
    assert_eq!(bench.balance("9001"), "5000.00");
    assert_eq!(bench.state()["checks"], json!([]));
    let extra = good.replacen("\"type\":0", "\"type\":0,\"extra\":1", 1);
    assert_eq!(outcome(&bench, &extra), (None, true), "taken, but noticed");
}

#[test]
fn accounts_are_guarded() {
    let bench = Bench::new();
    bench.edit(&json!({"op": "set_balance", "account": "9001", "amount": "2349.99"}));
    let id = bench.next_id();
    let refused = |from: &str, to: &str| {
        let body = sample_check(id).replace(from, to);
        let (code, violation) = outcome(&bench, &body);
        assert!(!violation, "{to}");
        code.unwrap_or_default()
    };
    assert_eq!(refused("x", "x"), "NotEnoughMoney");
    assert_eq!(
        refused("9001;", "9011;"),
        "RightNotFound",
        "another client's"
    );
    assert_eq!(refused("9001;", "1;"), "RightNotFound");
    let as_card = |card: (i64, i64), right: i64, uid: &str, processing: i64| {
        let reference = format!("{right};{uid};{PAYMENT_ID}/1");
        let entry = entry(id, 0, 2470, "290.00", &reference)
            .replace("\"cardId\":501", &format!("\"cardId\":{}", card.0))
            .replace("\"userId\":7001", &format!("\"userId\":{}", card.1))
            .replace(
                "\"processingId\":1",
                &format!("\"processingId\":{processing}"),
            );
        outcome(&bench, &check(id, &[entry])).0.unwrap_or_default()
    };
    assert_eq!(as_card((505, 7004), 9031, "83886081", 1), "CardBlocked");
    assert_eq!(as_card((506, 7005), 9041, "100663297", 1), "RightExpired");
    assert_eq!(as_card((506, 7005), 9042, "100663297", 2), "NotEnoughMoney");
    assert_eq!(
        as_card((501, 7001), 9002, "61366822", 1),
        "BadCheck",
        "a ticket"
    );
    bench.edit(&json!({"op": "block_card", "uid": "61366822"}));
    assert_eq!(refused("x", "x"), "CardBlocked");
    bench.edit(&json!({"op": "unblock_card", "uid": "61366822"}));
    bench.edit(&json!({"op": "close_shift"}));
    assert_eq!(refused("x", "x"), "ShiftClosed");
    bench.get("CashdeskServer/OpenShift?cashdeskId=1");
    assert_eq!(as_card((504, 7003), 9021, "67108865", 3), "", "on credit");
    assert_eq!(bench.balance("9021"), "-4290.00");
    bench.edit(&json!({"op": "set_balance", "account": "9021", "amount": "-9710.01"}));
    let next = bench.next_id();
    let reference = format!("9021;67108865;{PAYMENT_ID}/1");
    let over = check(next, &[entry(next, 0, 2470, "290.00", &reference)])
        .replace(
            "\"cardId\":501,\"userId\":7001",
            "\"cardId\":504,\"userId\":7003",
        )
        .replace("\"processingId\":1", "\"processingId\":3");
    assert_eq!(outcome(&bench, &over).0.as_deref(), Some("NotEnoughMoney"));
    bench.edit(&json!({"op": "set_balance", "account": "9001", "amount": "2350.00"}));
    let last = bench.next_id();
    assert_eq!(
        outcome(&bench, &sample_check(last)),
        (None, false),
        "the last kopeck"
    );
    assert_eq!(bench.balance("9001"), "0.00");
}

#[test]
fn dish_split_over_two_accounts() {
    let bench = Bench::new();
    let id = bench.next_id();
    let two = entry(
        id,
        0,
        2470,
        "290.00",
        &format!("9011;50331650;{PAYMENT_ID}/1"),
    )
    .replace(
        "\"cardId\":501,\"userId\":7001",
        "\"cardId\":503,\"userId\":7002",
    )
    .replace(
        "\"processingId\":1,\"amount\":290.00",
        "\"processingId\":1,\"amount\":89.50",
    )
    .replace(
        "}],\"checkEntryDiscounts\"",
        &format!(
            "}},{{\"checkEntryId\":0,\"id\":1,\"processingId\":2,\"amount\":200.50,\
                 \"transactionReference\":\"9012;50331650;{PAYMENT_ID}/2\"}}],\
                 \"checkEntryDiscounts\""
        ),
    );
    assert_eq!(outcome(&bench, &check(id, &[two])), (None, false));
    assert_eq!(bench.balance("9011"), "2910.50");
    assert_eq!(bench.balance("9012"), "250.00");
    let sales = bench.control("/report/sales");
    assert_eq!(
        sales["sales"][0]["lines"][0]["payments"],
        json!([
            "Депозит (счет): 89.50; 50331650",
            "Бонусы (счет): 200.50; 50331650"
        ])
    );
    let rows = bench.control("/report/card/50331650")["rows"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert_eq!(rows[1]["amount"], "-200.50");
    assert_eq!(bench.control("/report/card/50331649")["rows"], json!([]));
}

#[test]
fn same_check_again() {
    for (option, code, balance) in [
        ("replay", None, "2650.00"),
        ("refuse", Some("CheckIdReused"), "2650.00"),
        ("double", None, "300.00"),
    ] {
        let to = format!("repeated_check = \"{option}\"");
        let bench = Bench::with("repeated_check = \"replay\"", &to);
        let id = bench.next_id();
        let body = sample_check(id);
        let first = bench.put_check(&body);
        let again = bench.put_check(&body);
        assert_eq!(again["error"].as_str(), code, "{option}");
        if code.is_none() {
            assert_eq!(first, again);
        }
        assert_eq!(bench.balance("9001"), balance, "{option}");
        let other = body.replace("T14:30:00\",\"type\"", "T14:30:01\",\"type\"");
        assert_eq!(
            outcome(&bench, &other),
            (Some("CheckIdReused".to_owned()), true)
        );
        let stored = bench.get(&format!("CashdeskServer/GetCheck?cashdeskId=1&id={id}"));
        assert_eq!(stored, first);
    }
}

#[test]
fn returns_never_exceed_the_sale() {
    let bench = Bench::new();
    let sale = bench.next_id();
    bench.put_check(&sample_check(sale));
    let give_back = |original: usize, code: i64, sum: &str| {
        let id = bench.next_id();
        outcome(&bench, &return_check(id, sale, original, code, sum)).0
    };
    assert_eq!(give_back(0, 2470, "100.00"), None);
    assert_eq!(bench.balance("9001"), "2750.00");
    assert_eq!(give_back(0, 2470, "190.01").as_deref(), Some("OverReturn"));
    assert_eq!(give_back(0, 2470, "190.00"), None);
    assert_eq!(give_back(0, 2470, "0.01").as_deref(), Some("OverReturn"));
    assert_eq!(
        give_back(1, 2470, "1.00").as_deref(),
        Some("BadCheck"),
        "another dish"
    );
    assert_eq!(
        give_back(9, 2470, "1.00").as_deref(),
        Some("BadCheck"),
        "no such entry"
    );
    bench.edit(&json!({"op": "block_card", "uid": "61366822"}));
    assert_eq!(give_back(1, 2469, "360.00"), None, "back to a blocked card");
    assert_eq!(bench.balance("9001"), "3300.00");
    let rows = bench.control("/report/card/61366822")["rows"].clone();
    assert_eq!(rows[0]["type"], "V");
    assert_eq!(rows[0]["amount"], "360.00");
    assert_eq!(rows.as_array().unwrap().len(), DISHES.len() + 3);
    let foreign = bench.next_id();
    let body = return_check(foreign, foreign - 1, 0, 2470, "1.00");
    assert_eq!(
        outcome(&bench, &body).0.as_deref(),
        Some("BadCheck"),
        "no sale"
    );
    let ledger = bench.state()["ledger"].as_array().unwrap().len();
    assert_eq!(ledger, DISHES.len() + 3);
}
