//! Against a scripted server.

use std::fmt::Write as _;

use jiff::civil::date;

use super::*;
use crate::lime::stub::{self, Act, Request, Server, answer};
use crate::payment::ports::Wallet as _;
use crate::payment::reason::Reason;

const OURS: &str = "01a210bc-796d-766e-9f25-784e06470d5a";
const OTHER: &str = "01a210bc-0000-7000-8000-000000000001";

fn noon() -> DateTime {
    date(2024, 3, 5).at(12, 0, 0, 0)
}

fn play(
    script: Vec<Act>,
    change: impl FnOnce(&mut Settings),
) -> (Result<Option<SeenOperations>, ReadError>, Vec<Request>) {
    let server = Server::start(script);
    let mut settings = stub::settings(&server.base);
    change(&mut settings);
    let lime = Lime::new(settings, Box::new(noon)).unwrap();
    let since = date(2024, 3, 4).at(10, 0, 0, 0);
    let result = lime.made_since(since);
    (result, server.requests())
}

/// A check with one entry per amount.
fn check(id: i64, kind: i64, time: &str, payments: &[(&str, &str)]) -> String {
    let entries: Vec<String> = payments
        .iter()
        .map(|(amount, reference)| {
            format!(
                "{{\"entry\":{{\"id\":0}},\"payments\":[{{\"amount\":{amount},\
                 \"transactionReference\":{reference}}}]}}"
            )
        })
        .collect();
    format!(
        "{{\"check\":{{\"id\":{id},\"type\":{kind},\"time\":\"{time}\"}},\"entries\":[{}]}}",
        entries.join(",")
    )
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap() + 1
}

fn ours(leg: u32) -> String {
    format!("\"9001;61366822;{OURS}/{leg}\"")
}

fn list(checks: &[String]) -> Act {
    answer(200, &format!("{{\"checks\":[{}]}}", checks.join(",")))
}

#[test]
fn checks_that_name_payments_are_added_up() {
    let time = "2024-03-05T11:00:00";
    let other = format!("\"{OTHER}/1\"");
    let checks = [
        check(7, 0, time, &[("290.00", &ours(1)), ("60.5", &ours(2))]),
        // A resort's own sale, in whatever shape.
        check(8, 0, time, &[("1.00", "\"TX-100500\""), ("1.00", "null")]),
        "{\"check\":null}".to_owned(),
        "7".to_owned(),
        check(9, 1, time, &[("90", &ours(1))]),
        check(10, 0, time, &[("5.00", &other)]),
    ];
    let (seen, requests) = play(vec![list(&checks)], |_| ());
    let seen = seen.unwrap().unwrap();
    assert!(seen.whole);
    assert_eq!(seen.nameless, [OperationId("8".to_owned())]);
    let seen: Vec<_> = seen
        .operations
        .iter()
        .map(|own| {
            let named = own.payment.to_string();
            (
                own.operation.0.clone(),
                named,
                own.returns,
                own.amount.kopecks(),
            )
        })
        .collect();
    let expected = [
        ("7", OURS, false, 35_050),
        ("9", OURS, true, 9_000),
        ("10", OTHER, false, 500),
    ];
    let expected = expected.map(|(id, of, back, sum)| (id.to_owned(), of.to_owned(), back, sum));
    assert_eq!(seen, expected);
    assert_eq!(requests.len(), 1);
    let line = requests[0].line.replace("%3A", ":");
    assert_eq!(
        line,
        "GET /api/CashdeskServer/GetChecks?cashdeskId=11&from=2024-03-04T10:00:00\
         &to=2024-03-05T14:00:00 HTTP/1.1"
    );
}

/// A server that booked one number twice shows the check twice. What stands at the end of a page and
/// at the beginning of the next is one check all the same.
#[test]
fn a_check_that_was_booked_twice_counts_twice() {
    let sums = |script| {
        let (seen, requests) = play(script, |_| ());
        let seen = seen.unwrap().unwrap();
        let sums = seen.operations.iter().map(|own| own.amount.kopecks());
        (sums.collect::<Vec<_>>(), requests.len())
    };
    let last = check(7, 0, "2024-03-05T11:00:00", &[("290.00", &ours(1))]);
    assert_eq!(
        sums(vec![list(&[last.clone(), last.clone()])]),
        (vec![29_000; 2], 1)
    );
    // A whole page of somebody else's, then ours at its end.
    let mut page: Vec<String> = (1..LIST_MAX)
        .map(|place| {
            check(
                1_000 + number(place),
                0,
                "2024-03-05T10:00:00",
                &[("1.00", "null")],
            )
        })
        .collect();
    page.push(last.clone());
    assert_eq!(
        sums(vec![list(&page), list(std::slice::from_ref(&last))]),
        (vec![29_000], 2)
    );
    let twice = list(&[last.clone(), last]);
    assert_eq!(sums(vec![list(&page), twice]), (vec![29_000; 2], 2));
}

/// One check of a payment that says nothing clear leaves a hole; it hides nothing else.
#[test]
fn a_check_that_cannot_be_read_is_a_hole() {
    let time = "2024-03-05T11:00:00";
    let good = check(7, 0, time, &[("290.00", &ours(1))]);
    for bad in [
        check(8, 5, time, &[("290.00", &ours(1))]),
        check(8, 0, time, &[("290.005", &ours(1))]),
        check(8, 0, time, &[("-290.00", &ours(1))]),
        check(8, 0, time, &[("0.00", &ours(1))]),
        check(8, 0, time, &[("\"290.00\"", &ours(1))]),
        check(8, 0, time, &[("1e2", &ours(1))]),
        check(0, 0, time, &[("290.00", &ours(1))]),
        format!("\"{OURS}\""),
    ] {
        let (seen, _) = play(vec![list(&[bad.clone(), good.clone()])], |_| ());
        let seen = seen.unwrap().unwrap();
        assert!(!seen.whole, "{bad}");
        assert_eq!(seen.operations.len(), 1, "{bad}");
    }
    let same = check(8, 0, time, &[("5.00", &ours(1))]);
    let (seen, _) = play(vec![list(&[same])], |site| site.return_check_type = 0);
    assert!(!seen.unwrap().unwrap().operations[0].returns);
    let back = check(8, 0, time, &[("5.00", &ours(1))])
        .replace("\"id\":8", "\"id\":8,\"returnCheckId\":7");
    let (seen, _) = play(vec![list(&[back])], |site| site.return_check_type = 0);
    assert!(seen.unwrap().unwrap().operations[0].returns);
}

#[test]
fn what_is_no_list_is_no_answer() {
    for body in [
        "null",
        "[]",
        "{}",
        "{\"checks\":null}",
        "{\"checks\":7}",
        "<html>",
        "{\"checks\":[1",
    ] {
        let (seen, _) = play(vec![answer(200, body)], |_| ());
        let Err(ReadError::Failed(problem)) = seen else {
            panic!("{body}: {seen:?}")
        };
        assert_eq!(problem.reason, Reason::AnswerNotUnderstood, "{body}");
    }
    let unknown = "{\"error\":\"NotFound\",\"message\":\"no such method\"}";
    let (seen, _) = play(vec![answer(404, unknown)], |_| ());
    assert!(matches!(seen, Err(ReadError::Refused(_))), "{seen:?}");
}

#[test]
fn a_site_without_a_list_or_without_names_is_not_asked() {
    for change in [
        |site: &mut Settings| site.list_checks.clear(),
        |site: &mut Settings| site.transaction_reference = "{account};{uid}".to_owned(),
    ] {
        let (seen, requests) = play(vec![], change);
        assert_eq!(seen, Ok(None));
        assert!(requests.is_empty());
    }
}

/// A full answer is followed by the next, from its last check on; what comes twice counts once.
#[test]
fn long_lists_are_read_in_pages_and_end() {
    let at = |second: usize| {
        let mut time = String::new();
        write!(
            time,
            "2024-03-05T{:02}:{:02}:{:02}",
            second / 3_600,
            second / 60 % 60,
            second % 60
        )
        .unwrap();
        time
    };
    let page = |from: usize, count: usize| {
        let checks: Vec<String> = (from..from + count)
            .map(|n| check(number(n), 0, &at(n), &[("1.00", &ours(1))]))
            .collect();
        list(&checks)
    };
    let (seen, requests) = play(vec![page(0, LIST_MAX), page(LIST_MAX - 1, 10)], |_| ());
    let seen = seen.unwrap().unwrap();
    assert!(seen.whole);
    assert_eq!(seen.operations.len(), LIST_MAX + 9);
    assert_eq!(requests.len(), 2);
    assert!(
        requests[1]
            .line
            .replace("%3A", ":")
            .contains("from=2024-03-05T00:16:39")
    );

    // A server that never tells another time is not asked for ever.
    let stuck = vec![page(0, LIST_MAX), page(0, LIST_MAX)];
    let (seen, requests) = play(stuck, |_| ());
    assert!(!seen.unwrap().unwrap().whole);
    assert_eq!(requests.len(), 2);
    let timeless: Vec<String> = (0..LIST_MAX)
        .map(|n| check(number(n), 0, "", &[("1.00", &ours(1))]))
        .collect();
    let (seen, _) = play(vec![list(&timeless)], |_| ());
    assert!(!seen.unwrap().unwrap().whole);
    let endless: Vec<Act> = (0..PAGES_MAX).map(|n| page(n * 900, LIST_MAX)).collect();
    let (seen, requests) = play(endless, |_| ());
    assert!(!seen.unwrap().unwrap().whole);
    assert_eq!(requests.len(), PAGES_MAX);
}

/// More than was asked for is told; less is not: Lime may show only some of a check.
#[test]
fn an_answer_that_shows_more_than_was_asked_for() {
    let time = "2024-03-05T11:00:00";
    let settings = stub::settings("http://127.0.0.1:1");
    let asked = check(7, 0, time, &[("290.00", &ours(1)), ("60.00", &ours(2))]);
    let (first, second) = (("290.00", ours(1)), ("60.00", ours(2)));
    let of = |rows: &[&(&str, String)]| {
        let rows: Vec<(&str, &str)> = rows.iter().map(|row| (row.0, row.1.as_str())).collect();
        check(7, 0, time, &rows)
    };
    let strange = ("900.00", "null".to_owned());
    for (shown, moved) in [
        (of(&[&first, &second]), None),
        (of(&[&first]), None),
        (of(&[&first, &second, &first, &second]), Some(70_000)),
        (of(&[&first, &second, &second]), Some(41_000)),
        (of(&[&first, &second, &strange]), None),
        (
            r#"{"check":{"id":7,"type":0},"entries":[]}"#.to_owned(),
            None,
        ),
        (r#"{"check":{"id":7}}"#.to_owned(), None),
    ] {
        let raw: &RawValue = serde_json::from_str(&shown).unwrap();
        let found = stored(raw, asked.as_bytes(), &settings);
        assert_eq!(found.moved.map(Money::kopecks), moved, "{shown}");
        assert!(!found.restored_expired);
        assert_eq!(stored(raw, b"{}", &settings), Stored::default());
    }
}
