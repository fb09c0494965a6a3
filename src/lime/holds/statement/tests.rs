//! Reports of the server: every page once, every row on its day.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::lime::holds::pages::Budget;
use crate::lime::holds::tests::settings;
use crate::lime::stub::{Act, Request, Server, answer};
use crate::payment::reason::Reason;

/// Clocks go forward on 29 March 2026 and back on 25 October: days of 23 and 25 hours.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

fn play<T>(zone: &str, script: Vec<Act>, work: impl FnOnce(&Holds) -> T) -> (T, Vec<Request>) {
    let server = Server::start(script);
    let mut settings = settings(&server.base);
    settings.time_zone = TimeZone::posix(zone).unwrap();
    let result = work(&Holds::new(settings).unwrap());
    (result, server.requests())
}

fn offers(report_days_max: &Value) -> Act {
    let offered = json!({
        "api": "1.0", "currency": "RUB", "hold_mode": "native",
        "hold_ttl_s": {"default": 1, "max": 1}, "report_max_days": report_days_max,
    });
    answer(200, &offered.to_string())
}

/// A dish of one rouble; the operation is named by its moment.
fn sold_at(at: &str) -> Value {
    json!({
        "posted_at": at, "business_date": "2026-01-01", "op_id": at, "reversal_id": null,
        "order_no": "*/1", "kind": "debit", "goods": "Суп", "base_price": 100, "price": 100,
        "count_thousandths": 1_000, "account_type": "Депозит", "amount": -100,
        "card_uid": "61366822",
    })
}

fn sales_page(moments: &[&str], all: usize, next: Option<&str>) -> Act {
    let rows: Vec<Value> = moments.iter().map(|at| sold_at(at)).collect();
    let totals = json!({"rows": all, "debits": all * 100, "reversals": 0, "net": 0});
    let mut page = json!({"rows": rows, "totals": totals, "closed": false, "tz": "local"});
    if let Some(next) = next {
        page["next"] = json!(next);
    }
    answer(200, &page.to_string())
}

fn sold(
    zone: &str,
    script: Vec<Act>,
    from: Date,
    to: Date,
) -> (Result<Vec<String>, ReadError>, Vec<Request>) {
    let (sold, requests) = play(zone, script, |holds| holds.sold(from, to));
    let names = |rows: Vec<SoldRow>| rows.into_iter().map(|row| row.operation.0).collect();
    (sold.map(names), requests)
}

fn lines(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|own| own.line.as_str()).collect()
}

#[test]
fn all_pages_are_read_and_compared_with_the_totals() {
    let day = date(2026, 11, 25);
    let noon = |minute: u8| format!("2026-11-25T12:{minute:02}:00+03:00");
    let moments: Vec<String> = (0..5).map(noon).collect();
    let at: Vec<&str> = moments.iter().map(String::as_str).collect();
    let script = |all: usize| {
        vec![
            offers(&Value::Null),
            sales_page(&at[..2], 4, Some("b&=c")),
            // Sold meanwhile: the last page's totals count.
            sales_page(&at[2..4], 4, Some("d")),
            sales_page(&at[4..], all, None),
        ]
    };
    let (rows, requests) = sold("MSK-3", script(5), day, day);
    assert_eq!(rows.unwrap(), at);
    let asked = "/v1/reports/sales?business_from=2026-11-24&business_to=2026-11-26&station=1";
    assert_eq!(
        lines(&requests)[1..],
        [
            format!("GET {asked} HTTP/1.1"),
            format!("GET {asked}&cursor=b%26%3Dc HTTP/1.1"),
            format!("GET {asked}&cursor=d HTTP/1.1"),
        ]
    );
    for wrong in [4, 6] {
        let (rows, _) = sold("MSK-3", script(wrong), day, day);
        let error = rows.unwrap_err();
        assert_eq!(error.problem().reason, Reason::AnswerNotUnderstood);
        assert!(error.to_string().contains("totals"), "{error}");
    }
}

#[test]
fn pages_that_go_round_or_never_end_are_an_error() {
    let day = date(2026, 11, 25);
    let at = "2026-11-25T12:00:00+03:00";
    let of = |cursors: &[&str]| {
        let pages = cursors.iter().map(|next| sales_page(&[at], 1, Some(next)));
        let script = std::iter::once(offers(&Value::Null)).chain(pages).collect();
        let (rows, requests) = sold("MSK-3", script, day, day);
        (rows.unwrap_err().to_string(), requests.len() - 1)
    };
    // The same page again, and back to an earlier one.
    for (cursors, asked) in [(&["a", "a"][..], 2), (&["a", "b", "c", "a", "d"], 4)] {
        let (error, pages) = of(cursors);
        assert!(error.contains("go round"), "{error}");
        assert_eq!(pages, asked, "no page is read twice");
    }
    for (pages, rows, words) in [(3, 100, "pages"), (100, 3, "rows")] {
        let endless = (0..9).map(|page| sales_page(&[at], 1, Some(&page.to_string())));
        let (error, requests) = play("MSK-3", endless.collect(), |holds| {
            let mut budget = Budget { pages, rows };
            let read = holds.pages("/v1/reports/sales", &[], &mut budget, |answer| {
                page(answer, |row| sold_row(row, &TimeZone::UTC), |_| Ok(()))
            });
            read.unwrap_err()
        });
        assert_eq!(error.problem().reason, Reason::AnswerNotUnderstood);
        assert!(error.to_string().contains(words), "{error}");
        assert!((3..=4).contains(&requests.len()), "{requests:?}");
    }
}

/// One kopeck of a day is never on two days, and none is lost between them, whatever zone the server
/// writes in.
#[test]
fn a_row_is_on_the_day_that_the_sites_clocks_showed() {
    let moments = [
        ("2026-10-25T00:59:59+03:00", 24), // 23:59:59
        ("2026-10-24T22:00:00Z", 25),      // midnight
        ("2026-10-25T02:30:00+02:00", 25), // the repeated hour, first
        ("2026-10-25T02:30:00+01:00", 25), // and second
        ("2026-10-26T01:59:59+03:00", 25), // 23:59:59 of a day of 25 hours
        ("2026-10-25T23:00:00Z", 26),      // midnight
        ("2026-10-27T00:00:00+01:00", 27), // midnight
    ];
    let all: Vec<&str> = moments.iter().map(|(at, _)| *at).collect();
    for (from, to) in [(24, 24), (25, 25), (26, 26), (24, 26), (28, 28)] {
        let script = vec![offers(&Value::Null), sales_page(&all, all.len(), None)];
        let october = |day| date(2026, 10, day);
        let (rows, _) = sold(BERLIN, script, october(from), october(to));
        let expected: Vec<&str> = moments
            .iter()
            .filter(|(_, day)| (from..=to).contains(day))
            .map(|(at, _)| *at)
            .collect();
        assert_eq!(rows.unwrap(), expected, "{from} to {to}");
    }
}

#[test]
fn a_long_period_is_asked_for_in_reports_that_the_server_gives() {
    let script = || {
        let pages = (0..3).map(|_| sales_page(&[], 0, None));
        std::iter::once(offers(&json!(31))).chain(pages).collect()
    };
    let (rows, requests) = sold("MSK-3", script(), date(2026, 1, 2), date(2026, 3, 30));
    assert_eq!(rows.unwrap(), [""; 0]);
    let asked = |from: &str, to: &str| {
        format!("GET /v1/reports/sales?business_from={from}&business_to={to}&station=1 HTTP/1.1")
    };
    assert_eq!(
        lines(&requests)[1..],
        [
            asked("2026-01-01", "2026-01-31"),
            asked("2026-02-01", "2026-03-03"),
            asked("2026-03-04", "2026-03-31"),
        ]
    );
    let days = |longest| -> Vec<(Date, Date)> {
        stretches(date(2026, 1, 1), date(2026, 1, 3), longest).collect()
    };
    assert_eq!(days(Some(0)), days(Some(1)), "a server that offers nothing");
    assert_eq!(days(Some(1)).len(), 3);
    assert_eq!(days(None), [(date(2026, 1, 1), date(2026, 1, 3))]);
    assert_eq!(days(Some(3)), days(None));
}

fn moved_at(at: &str) -> Value {
    json!({
        "time": at, "goods": "Суп", "kind": "debit", "account_id": "9001",
        "account_type": "Депозит", "amount": -100, "balance_after": 0,
    })
}

/// The bounds are midnights of the site also where a day has 23 or 25 hours, and a server that counts
/// the end in shows no row twice.
#[test]
fn a_cards_history_is_asked_for_from_midnight_to_midnight() {
    let looked_up = json!({
        "card": {"card_id": "501", "uid": "61366822", "status": "active", "client_id": "7001"},
        "accounts": [],
    });
    for (day, from, to, shown) in [
        (
            date(2026, 10, 25),
            "2026-10-24T22%3A00%3A00Z",
            "2026-10-25T23%3A00%3A00Z",
            ["2026-10-25T22:59:59Z", "2026-10-24T22:00:00Z"],
        ),
        (
            date(2026, 3, 29),
            "2026-03-28T23%3A00%3A00Z",
            "2026-03-29T22%3A00%3A00Z",
            ["2026-03-29T21:59:59Z", "2026-03-28T23:00:00Z"],
        ),
    ] {
        let end = to.replace("%3A", ":");
        let rows = [end.as_str(), shown[0], shown[1]].map(moved_at);
        let script = vec![
            answer(200, &looked_up.to_string()),
            answer(200, &json!({"rows": rows}).to_string()),
        ];
        let uid = Uid::new("61366822").unwrap();
        let next = DateTime::from(day.tomorrow().unwrap());
        let (moved, requests) = play(BERLIN, script, |holds| {
            holds.moved(&uid, DateTime::from(day), next)
        });
        assert!(
            requests[1].line.contains(&format!("from={from}&to={to}")),
            "{requests:?}"
        );
        let times: Vec<DateTime> = moved.unwrap().rows.iter().map(|row| row.at).collect();
        assert_eq!(times, [day.at(23, 59, 59, 0), DateTime::from(day)]);
    }
}
