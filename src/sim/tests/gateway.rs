//! The server of holds, asked by hand.

use serde_json::{Value, json};

use super::client::{Answer, Bench, ORDER, PAYMENT_ID, raw, request_bytes, split};

const OPERATION: &str = "01a210bc-0000-7000-8000-000000000001";
const REVERSAL: &str = "01a210bc-0000-7000-8000-000000000002";

fn ask(bench: &Bench, method: &str, path: &str, body: &Value) -> Answer {
    let headers = [
        ("Authorization", "LimeToken sample-key-0001"),
        ("Content-Type", "application/json"),
    ];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let bytes = request_bytes(method, &format!("/v1/{path}"), &headers, body.as_bytes());
    split(&raw(&bench.sim.lime_url(), &bytes))
}

/// Two dishes of the sample guest, and the one leg that pays them.
fn paid(more: &Value) -> Value {
    let line = |number: i64, goods: &str, sum: i64| {
        json!({
            "line": number, "goods": goods, "name": "Ролл", "base_price": sum, "price": sum,
            "count_thousandths": 1_000, "parts": [{"leg": 1, "amount": sum}],
        })
    };
    let mut body = json!({
        "lines": [line(0, "2470", 29_000), line(1, "2460", 41_000)],
        "operator": {"name": "Оператор"},
    });
    let all = body.as_object_mut().unwrap();
    all.extend(more.as_object().unwrap().clone());
    body
}

fn take(bench: &Bench, business_date: &str) {
    let body = paid(&json!({
        "capture": true, "ttl_s": 60, "total": 70_000,
        "legs": [{"leg": 1, "card_id": "501", "account_id": "9001", "amount": 70_000}],
        "ref": {
            "system": "rk7", "station": "1", "payment_id": PAYMENT_ID, "order_guid": ORDER,
            "order_no": "*/1", "business_date": business_date,
        },
        "entry": "reader",
    }));
    let answer = ask(bench, "PUT", &format!("operations/{OPERATION}"), &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn give_back(bench: &Bench) -> Value {
    let body = paid(&json!({"legs": [{"leg": 1, "amount": 70_000}], "reason": "refund"}));
    let path = format!("operations/{OPERATION}/reversals/{REVERSAL}");
    let answer = ask(bench, "PUT", &path, &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[test]
fn money_that_comes_back_to_an_account_that_ran_out_is_named() {
    for ran_out in [false, true] {
        let bench = Bench::new();
        take(&bench, "2024-03-05");
        if ran_out {
            bench.edit(&json!({
                "op": "set_valid_to", "account": "9001", "valid_to": "2024-03-05T00:00:00",
            }));
        }
        let stored = give_back(&bench);
        assert_eq!(stored["reversals"][0]["restored_expired"], ran_out);
        assert_eq!(bench.balance("9001"), "5000.00");
        assert_eq!(bench.violations(), [""; 0]);
    }
}

/// A sale is on its business day, what came back of it on the day on which it came back.
#[test]
fn sales_and_returns_have_days_of_their_own() {
    let bench = Bench::new();
    take(&bench, "2024-03-05");
    give_back(&bench);
    let rows = |from: &str, to: &str| {
        let path = format!("reports/sales?business_from={from}&business_to={to}");
        let answer = ask(&bench, "GET", &path, &Value::Null);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let rows = answer.json()["rows"].as_array().unwrap().clone();
        let kinds = rows
            .iter()
            .map(|row| row["kind"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    let today = crate::sim::front::local_now().date();
    let (before, after) = (today.yesterday().unwrap(), today.tomorrow().unwrap());
    assert_eq!(rows("2024-03-05", "2024-03-05"), ["debit", "debit"]);
    let back = rows(&before.to_string(), &after.to_string());
    assert_eq!(back, ["reversal", "reversal"]);
    assert_eq!(bench.violations(), [""; 0]);

    let ask_days = |days: &str| {
        ask(
            &bench,
            "GET",
            &format!("reports/sales?{days}"),
            &Value::Null,
        )
    };
    let longest = "business_from=2026-01-01&business_to=2026-04-02";
    assert_eq!(ask_days(longest).status, 200, "92 days");
    let longer = "business_from=2026-01-01&business_to=2026-04-03";
    assert_eq!(ask_days(longer).status, 400);
}

/// What is booked while somebody reads page after page moves no row from one page to another.
#[test]
fn pages_of_a_history_stay_while_more_is_booked() {
    let bench = Bench::with("[lime]\n", "[lime]\npage_rows = 1\n");
    take(&bench, "2024-03-05");
    let page = |cursor: &str| {
        let path = format!(
            "cards/501/operations?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z{cursor}"
        );
        let answer = ask(&bench, "GET", &path, &Value::Null).json();
        let amount = answer["rows"][0]["amount"].as_i64().unwrap();
        (amount, answer["next"].as_str().map(str::to_owned))
    };
    let (first, next) = page("");
    assert_eq!(first, -29_000, "the dishes of a check in their order");
    bench.edit(&json!({"op": "set_balance", "account": "9001", "amount": "1.00"}));
    let (second, end) = page(&format!("&cursor={}", next.unwrap()));
    assert_eq!((second, end), (-41_000, None));
    assert_eq!(page("").0, 100 - (500_000 - 70_000), "the newest first");
    assert_eq!(bench.violations(), [""; 0]);
}
