//! Lime: partial returns, looking back, and a server that comes back from a backup.

use serde_json::{Value, json};

use super::client::{
    Bench, PAYMENT_ID, check, entry, raw, reference, return_check, sample_check, split,
};

/// A dish of 290.00 that the family's deposit (89.50) and bonuses (200.50) pay together.
fn shared_dish(id: i64) -> String {
    let first = format!("9011;50331650;{PAYMENT_ID}/1");
    let dish = entry(id, 0, 2470, "290.00", &first)
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
    check(id, &[dish])
}

/// Gives back a part of the shared dish to the deposit (leg 1) or the bonuses (leg 2).
fn back(id: i64, sale: i64, leg: i64, sum: &str) -> String {
    let reference = format!("901{leg};50331650;{PAYMENT_ID}/{leg}");
    return_check(id, sale, 0, 2470, sum)
        .replace(
            "\"cardId\":501,\"userId\":7001",
            "\"cardId\":503,\"userId\":7002",
        )
        .replace("\"processingId\":1", &format!("\"processingId\":{leg}"))
        .replace(&self::reference(), &reference)
}

#[test]
fn every_leg_of_a_dish_has_its_own_limit() {
    let bench = Bench::new();
    let sale = bench.next_id();
    bench.put_check(&shared_dish(sale));
    let give_back = |leg: i64, sum: &str| {
        let id = bench.next_id();
        let answer = bench.put_check(&back(id, sale, leg, sum));
        answer["error"].as_str().unwrap_or("Ok").to_owned()
    };
    assert_eq!(
        give_back(1, "89.51"),
        "OverReturn",
        "though the dish cost more"
    );
    assert_eq!(give_back(1, "80.00"), "Ok");
    assert_eq!(give_back(2, "200.50"), "Ok", "in any order");
    assert_eq!(give_back(2, "0.01"), "OverReturn");
    assert_eq!(give_back(1, "9.50"), "Ok");
    assert_eq!(give_back(1, "0.01"), "OverReturn");
    assert_eq!(bench.balance("9011"), "3000.00");
    assert_eq!(bench.balance("9012"), "450.50");
    assert_eq!(bench.violations(), [""; 0]);

    let sales = bench.control("/report/sales")["sales"].clone();
    assert_eq!(sales.as_array().unwrap().len(), 4);
    assert_eq!(sales[0]["return_of"], Value::Null);
    assert_eq!(sales[1]["kind"], "return");
    assert_eq!(sales[1]["return_of"], sale);
    let line = &sales[1]["lines"][0];
    assert_eq!(line["name"], "Запеченный ролл с курицей");
    assert_eq!(line["price"], "80.00");
    assert_eq!(line["payments"], json!(["Депозит (счет): -80; 50331650"]));
    let rows = bench.control("/report/card/50331650")["rows"].clone();
    let amounts: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["amount"].as_str().unwrap())
        .collect();
    assert_eq!(amounts, ["9.50", "200.50", "80.00", "-89.50", "-200.50"]);
    let entry = &bench.state()["checks"][1]["entries"][0];
    assert_eq!((&entry["id"], &entry["return_of"]), (&json!(0), &json!(0)));
}

#[test]
fn a_return_takes_some_entries_and_each_once() {
    let bench = Bench::new();
    let sale = bench.next_id();
    bench.put_check(&sample_check(sale));
    let id = bench.next_id();
    let two = |first: usize, second: usize, sums: [&str; 2]| {
        let entries = [
            entry(id, 0, 2476, sums[0], &reference()),
            entry(id, 1, 2447, sums[1], &reference()),
        ];
        check(id, &entries)
            .replace(
                "\"type\":0",
                &format!("\"type\":1,\"returnCheckId\":{sale}"),
            )
            .replacen(
                "\"count\":1}",
                &format!("\"count\":1,\"returnCheckEntryId\":{first}}}"),
                1,
            )
            .replacen(
                "\"count\":1}",
                &format!("\"count\":1,\"returnCheckEntryId\":{second}}}"),
                1,
            )
    };
    let said = |body: &str| bench.put_check(body)["error"].as_str().map(str::to_owned);
    let bad = Some("BadCheck".to_owned());
    assert_eq!(said(&two(2, 2, ["1.00", "1.00"])), bad, "another dish");
    let twice = two(2, 2, ["1.00", "1.00"]).replace("2447", "2476");
    assert_eq!(said(&twice), bad, "one entry twice");
    assert_eq!(said(&two(2, 5, ["0.00", "1.00"])), bad, "nothing");
    assert_eq!(
        said(&two(2, 5, ["430.00", "210.01"])).as_deref(),
        Some("OverReturn"),
        "all or nothing"
    );
    assert_eq!(bench.balance("9001"), "2650.00");
    let body = two(2, 5, ["400.00", "210.00"]).replacen("\"price\":400.00", "\"price\":800.00", 1);
    let body = body.replacen("\"count\":1,", "\"count\":0.5,", 1);
    assert_eq!(said(&body), None, "half a portion");
    assert_eq!(bench.balance("9001"), "3260.00");
    let first = bench.put_check(&body);
    assert_eq!(first, bench.put_check(&body), "the stored check again");
    assert_eq!(bench.balance("9001"), "3260.00");
    let other = body.replace("T14:30:00\",\"type\"", "T14:30:01\",\"type\"");
    assert_eq!(said(&other).as_deref(), Some("CheckIdReused"));
    let foreign = bench.next_id();
    let leg = return_check(foreign, sale, 0, 2470, "1.00").replace("/1\"", "/2\"");
    assert_eq!(said(&leg).as_deref(), Some("OverReturn"), "another leg");
}

#[test]
fn checks_of_a_time_are_listed() {
    let bench = Bench::new();
    let list = |from: &str, to: &str| {
        bench.get(&format!(
            "CashdeskServer/GetChecks?cashdeskId=1&from={from}&to={to}"
        ))
    };
    let ids = |answer: &Value| -> Vec<i64> {
        let checks = answer["checks"].as_array().unwrap();
        checks
            .iter()
            .map(|own| own["check"]["id"].as_i64().unwrap())
            .collect()
    };
    let day = ("2024-03-05T00:00:00", "2024-03-05T23:59:59");
    assert_eq!(list(day.0, day.1), json!({"checks": []}));
    let (late, early) = (bench.next_id(), bench.next_id());
    bench.put_check(&check(
        late,
        &[entry(late, 0, 2470, "290.00", &reference())],
    ));
    let earlier = check(early, &[entry(early, 0, 2469, "360.00", &reference())]);
    let stored = bench.put_check(
        &earlier
            .replace("T14:30:00", "T14:29:59")
            .replace("/1\"", "/2\""),
    );
    let all = list(day.0, day.1);
    assert_eq!(ids(&all), [early, late], "oldest first");
    assert_eq!(all["checks"][0], stored);
    assert_eq!(
        ids(&list("2024-03-05T14:30:00", "2024-03-05T14:30:00")),
        [late]
    );
    assert_eq!(ids(&list("2024-03-05T14:30:01", day.1)), [0; 0]);
    assert_eq!(bench.violations(), [""; 0]);
    for (from, to) in [
        ("", day.1),
        (day.1, day.0),
        ("2024-03-05", day.1),
        ("x", day.1),
    ] {
        assert_eq!(list(from, to)["error"], "BadRequest", "{from} {to}");
    }
    assert_eq!(bench.violations().len(), 4);
}

#[test]
fn a_site_may_not_list_checks() {
    let bench = Bench::with("list_checks = true", "list_checks = false");
    let path =
        "CashdeskServer/GetChecks?cashdeskId=1&from=2024-03-05T00:00:00&to=2024-03-06T00:00:00";
    let request = Bench::lime_request("GET", path, "");
    assert_eq!(split(&raw(&bench.sim.lime_url(), &request)).status, 404);
    assert_eq!(bench.violations(), [""; 0]);
    assert_eq!(bench.state()["requests"]["lime.GetChecks"], 1);
}

#[test]
fn a_backup_forgets_what_came_later() {
    let bench = Bench::new();
    let kept = bench.next_id();
    bench.put_check(&check(
        kept,
        &[entry(kept, 0, 2470, "290.00", &reference())],
    ));
    bench.edit(&json!({"op": "set_balance", "account": "9001", "amount": "4000.00"}));
    let lost = bench.next_id();
    let dish = entry(lost, 0, 2469, "360.00", &reference()).replace("/1\"", "/2\"");
    bench.put_check(&check(lost, &[dish]));
    bench.edit(&json!({"op": "set_balance", "account": "9011", "amount": "1.00"}));
    assert_eq!(bench.balance("9001"), "3640.00");
    bench.edit(&json!({"op": "restore_backup", "checks": 1}));
    assert_eq!(
        bench.balance("9001"),
        "4000.00",
        "the topping up was before"
    );
    assert_eq!(bench.balance("9011"), "3000.00");
    let known = |id: i64| bench.get(&format!("CashdeskServer/GetCheck?cashdeskId=1&id={id}"));
    assert!(known(kept).is_object());
    assert_eq!(known(lost), Value::Null);
    assert_eq!(bench.next_id(), lost, "a number is given out again");
    let none = bench.control_post("/edit", &json!({"op": "restore_backup", "checks": 1}));
    assert_eq!(none.status, 400);
    bench.edit(&json!({"op": "restore_backup", "checks": 0}));
    assert_eq!(bench.balance("9001"), "5000.00");
    assert_eq!(bench.state()["ledger"], json!([]));
}
