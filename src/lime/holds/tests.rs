//! Answers of the contract and of everything else, by class; requests to the byte.

mod keyed;

use std::time::Duration;

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{AccountKind, Attribution, CardStatus, Money, NotSpendable, Part, Uid};
use crate::lime::stub::{self, Act, Request, Server, answer, leg, raw, sale};
use crate::payment::ports::{Found, OperationId, ReadError, Reply, Stored, Wallet as _};
use crate::payment::reason::Reason;
use crate::payment::sale::Sale;

const OPERATION: &str = "01a210bc-0000-7000-8000-000000000001";
const REVERSAL: &str = "01a210bc-0000-7000-8000-000000000002";

pub(super) fn settings(base: &str) -> Settings {
    Settings {
        channel: stub::settings(base).channel,
        path: "/".to_owned(),
        auth_header: "Authorization".to_owned(),
        auth_value: String::from("Bearer sample-key").into(),
        capture: false,
        ttl: Duration::from_hours(24),
        station: "1".to_owned(),
        operator: "Оператор".to_owned(),
        account_types: Vec::new(),
        show_holder: true,
        keyed_cards: true,
        uid: stub::settings(base).uid,
        time_zone: TimeZone::fixed(jiff::tz::offset(3)),
        read_timeout: Duration::from_secs(10),
        write_timeout: Duration::from_secs(10),
    }
}

fn play<T>(script: Vec<Act>, work: impl FnOnce(&Holds) -> T) -> (T, Vec<Request>) {
    let server = Server::start(script);
    let result = work(&Holds::new(settings(&server.base)).unwrap());
    (result, server.requests())
}

fn id(text: &str) -> OperationId {
    OperationId(text.to_owned())
}

/// Two cards pay the sample bill.
fn bill() -> Sale {
    let legs = vec![leg(1, 1, 150_000), leg(2, 1, 85_000)];
    sale(stub::sample_lines(), legs)
}

fn holds() -> Holds {
    Holds::new(settings("http://127.0.0.1:9")).unwrap()
}

fn body() -> Vec<u8> {
    let at = date(2024, 3, 5).at(13, 20, 7, 0);
    holds()
        .reserve_request(&id(OPERATION), &bill(), at)
        .unwrap()
}

fn undo_body(back: &Attribution) -> Vec<u8> {
    let at = date(2024, 3, 5).at(13, 20, 7, 0);
    holds()
        .undo_request(&id(REVERSAL), &id(OPERATION), &bill(), back, at)
        .unwrap()
}

fn whole_undo() -> Vec<u8> {
    undo_body(&bill().attribution)
}

fn part_undo() -> Vec<u8> {
    undo_body(&Attribution {
        parts: vec![Part {
            line: 0,
            leg: 0,
            amount: Money::from_kopecks(100),
        }],
    })
}

/// An operation in this state with the bill's sums.
fn stored(state: &str) -> Value {
    json!({
        "op_id": OPERATION,
        "state": state,
        "legs": [{"leg": 2, "amount": 85_000}, {"leg": 1, "amount": 150_000, "lime_ref": null}],
        "server_time": "2024-03-05T13:20:08+03:00",
    })
}

fn with_reversal(state: &str, legs: &Value) -> String {
    let mut stored = stored(state);
    stored["reversals"] = json!([{"reversal_id": REVERSAL, "legs": legs}]);
    stored.to_string()
}

fn error(code: &str) -> String {
    json!({"code": code, "message": "нет", "retry": "never"}).to_string()
}

/// What came of a write, in a word, and why.
fn class<T>(reply: Reply<T>) -> Class {
    match reply {
        Reply::Done(_) => ("done", None),
        Reply::Refused(problem) => ("refused", Some(problem.reason)),
        Reply::NotDone(problem) => ("not done", Some(problem.reason)),
        Reply::Unknown(problem) => ("unknown", Some(problem.reason)),
    }
}

#[test]
fn a_bill_is_sent_dish_by_dish() {
    let sent: Value = serde_json::from_slice(&body()).unwrap();
    assert_eq!(sent["total"], 235_000);
    assert_eq!(
        sent["legs"][1],
        json!({"leg": 2, "card_id": "52", "account_id": "902", "amount": 85_000})
    );
    let lines = sent["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 6);
    assert_eq!(
        lines[4],
        json!({
            "line": 4, "goods": "2466", "name": "Блюдо 2466", "base_price": 65_000,
            "price": 65_000, "count_thousandths": 1_000,
            "parts": [{"leg": 1, "amount": 1_000}, {"leg": 2, "amount": 64_000}],
        })
    );
    assert_eq!(sent["ref"]["business_date"], "2024-03-05");
    assert_eq!(sent["ref"]["payment_id"], bill().payment.to_string());
    assert_eq!(body(), body(), "the same sale gives the same bytes");
    let text = String::from_utf8(body()).unwrap();
    for leg in &bill().legs {
        assert!(!text.contains(leg.uid.reveal()), "no UID is needed");
    }
}

/// A class, and why.
type Class = (&'static str, Option<Reason>);

/// Each answer to a reserve, and what it is worth.
fn reserves(answers: &[(u16, String, Class)]) {
    for (status, answered, expected) in answers {
        let (reply, requests) = play(vec![answer(*status, answered)], |holds| {
            holds.reserve(&id(OPERATION), &body())
        });
        assert_eq!(class(reply), *expected, "{status} {answered}");
        assert_eq!(requests[0].body, body());
    }
}

#[test]
fn a_reserve_is_done_only_where_the_server_shows_our_sums() {
    let other_sums = stored("held").to_string().replace("85000", "85001");
    let other_operation = stored("held").to_string().replace(OPERATION, REVERSAL);
    reserves(&[
        (201, stored("held").to_string(), ("done", None)),
        (200, stored("committed").to_string(), ("done", None)),
        (
            200,
            stored("released").to_string(),
            ("refused", Some(Reason::HoldClosed)),
        ),
        (
            200,
            stored("expired").to_string(),
            ("refused", Some(Reason::HoldClosed)),
        ),
        (
            200,
            stored("failed").to_string(),
            ("refused", Some(Reason::HoldClosed)),
        ),
        (
            200,
            stored("in_doubt").to_string(),
            ("unknown", Some(Reason::AnswerLost)),
        ),
        (
            200,
            stored("reversed").to_string(),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (
            200,
            stored("HELD").to_string(),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (
            201,
            other_sums,
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (
            201,
            other_operation,
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (
            200,
            "null".to_owned(),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (
            200,
            "<html>".to_owned(),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
    ]);
}

#[test]
fn an_error_means_what_the_contract_says_and_only_with_its_status() {
    reserves(&[
        (
            422,
            error("insufficient_funds"),
            ("refused", Some(Reason::NotEnoughMoney)),
        ),
        (
            422,
            error("held_elsewhere"),
            ("refused", Some(Reason::HeldElsewhere)),
        ),
        (
            409,
            error("operation_closed"),
            ("refused", Some(Reason::HoldClosed)),
        ),
        (
            409,
            error("id_reused"),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (429, error("busy"), ("not done", Some(Reason::ServerBusy))),
        (
            503,
            error("lime_unavailable"),
            ("not done", Some(Reason::ServerBusy)),
        ),
        (
            504,
            error("outcome_unknown"),
            ("unknown", Some(Reason::AnswerLost)),
        ),
        // A proxy's own word, a code with another status, a code that nobody knows.
        (
            503,
            String::new(),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (500, error("busy"), ("unknown", Some(Reason::ServerBusy))),
        (
            200,
            error("insufficient_funds"),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (
            422,
            error("no_such_code"),
            ("unknown", Some(Reason::ServerRefused)),
        ),
        (401, String::new(), ("refused", Some(Reason::AccessDenied))),
        (
            403,
            String::new(),
            ("unknown", Some(Reason::AnswerNotUnderstood)),
        ),
        (
            403,
            error("forbidden"),
            ("refused", Some(Reason::AccessDenied)),
        ),
    ]);
}

#[test]
fn an_answer_that_shows_a_success_beside_an_error_proves_nothing() {
    let mut both = stored("held");
    both["code"] = json!("insufficient_funds");
    let (reply, _) = play(vec![answer(422, &both.to_string())], |holds| {
        holds.reserve(&id(OPERATION), &body())
    });
    assert_eq!(class(reply).0, "unknown");
}

#[test]
fn the_legs_of_an_error_are_told() {
    let answered = json!({
        "code": "insufficient_funds", "message": "нет", "retry": "new_id",
        "details": [{"leg": 2, "code": "account_expired", "available": 1_200}],
    });
    let (reply, _) = play(vec![answer(422, &answered.to_string())], |holds| {
        holds.reserve(&id(OPERATION), &body())
    });
    let Reply::Refused(problem) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(problem.reason, Reason::AccountExpired);
    assert_eq!(
        problem.detail,
        "insufficient_funds: нет; 2: account_expired (12.00)"
    );
}

#[test]
fn a_commit_is_done_by_its_state() {
    for (status, answered, expected) in [
        (200, stored("committed").to_string(), "done"),
        (200, stored("reversed").to_string(), "done"),
        (200, stored("held").to_string(), "unknown"),
        (200, stored("released").to_string(), "unknown"),
        (409, error("hold_expired"), "refused"),
        (409, error("already_committed"), "unknown"),
        (404, error("operation_not_found"), "refused"),
        (404, String::new(), "unknown"),
    ] {
        let (reply, requests) = play(vec![answer(status, &answered)], |holds| {
            holds.confirm(&id(OPERATION))
        });
        assert_eq!(class(reply).0, expected, "{status} {answered}");
        assert_eq!(requests[0].body, b"{}");
    }
}

#[test]
fn a_whole_undo_lets_go_or_gives_back() {
    let legs = json!([{"leg": 1, "amount": 150_000}, {"leg": 2, "amount": 85_000}]);
    let back = with_reversal("reversed", &legs);
    for (script, expected, calls) in [
        (
            vec![answer(200, &stored("released").to_string())],
            "done",
            1,
        ),
        (vec![answer(200, &stored("expired").to_string())], "done", 1),
        (vec![answer(200, &stored("held").to_string())], "unknown", 1),
        (vec![answer(503, &error("lime_unavailable"))], "not done", 1),
        (
            vec![answer(409, &error("already_committed")), answer(201, &back)],
            "done",
            2,
        ),
        (
            vec![
                answer(409, &error("already_committed")),
                answer(201, &stored("committed").to_string()),
            ],
            "unknown",
            2,
        ),
        (
            vec![
                answer(409, &error("already_committed")),
                answer(409, &error("over_reversal")),
            ],
            "refused",
            2,
        ),
    ] {
        let (reply, requests) = play(script, |holds| holds.undo(&id(REVERSAL), &whole_undo()));
        assert_eq!(class(reply).0, expected);
        assert_eq!(requests.len(), calls);
    }
}

#[test]
fn a_part_is_given_back_and_never_let_go() {
    let legs = json!([{"leg": 1, "amount": 100}]);
    let back = with_reversal("partly_reversed", &legs);
    let (reply, requests) = play(vec![answer(201, &back)], |holds| {
        holds.undo(&id(REVERSAL), &part_undo())
    });
    assert_eq!(class(reply).0, "done");
    assert!(requests[0].line.starts_with(&format!(
        "PUT /v1/operations/{OPERATION}/reversals/{REVERSAL} "
    )));
    let sent: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(sent["legs"], legs);
}

#[test]
fn a_look_says_what_happened() {
    let reserve = body();
    let (whole, part) = (whole_undo(), part_undo());
    let undone = with_reversal("partly_reversed", &json!([{"leg": 1, "amount": 100}]));
    let never = |found: &Found| matches!(found, Found::Never(problem) if problem.reason == Reason::HoldClosed);
    let look = |status, answered: &str, body: &[u8]| {
        let operation = if body == reserve { OPERATION } else { REVERSAL };
        play(vec![answer(status, answered)], |holds| {
            holds.find(&id(operation), body)
        })
        .0
    };
    let missing = error("operation_not_found");
    for body in [&reserve, &whole, &part] {
        assert_eq!(look(404, &missing, body), Ok(Found::Absent));
        assert!(matches!(look(404, "", body), Err(ReadError::Failed(_))));
        assert!(look(200, &stored("in_doubt").to_string(), body).is_err());
        assert!(look(200, &stored("?").to_string(), body).is_err());
    }
    for state in ["held", "committed", "partly_reversed", "reversed"] {
        let answered = stored(state).to_string();
        assert_eq!(
            look(200, &answered, &reserve),
            Ok(Found::Executed(Stored::default())),
            "{state}"
        );
        assert_eq!(look(200, &answered, &whole), Ok(Found::Absent), "{state}");
    }
    for state in ["released", "expired", "failed"] {
        let found = look(200, &stored(state).to_string(), &reserve).unwrap();
        assert!(never(&found), "{state}");
    }
    let other_sums = stored("held").to_string().replace("85000", "85001");
    assert!(look(200, &other_sums, &reserve).is_err());
    assert_eq!(
        look(200, &stored("released").to_string(), &whole),
        Ok(Found::Executed(Stored::default()))
    );
    assert_eq!(
        look(200, &stored("released").to_string(), &part),
        Ok(Found::Absent)
    );
    assert_eq!(
        look(200, &undone, &part),
        Ok(Found::Executed(Stored::default()))
    );
}

#[test]
fn a_card_as_the_server_has_it() {
    let account = |id: &str, kind: &str, available: i64, spendable: bool, why: Value| {
        json!({
            "account_id": id, "type_id": "1", "type_name": "Депозит", "kind": kind,
            "balance": 50_000, "held": 0, "available": available, "spendable": spendable,
            "not_spendable_reason": why, "valid_to": "2026-12-31T23:59:59+05:00", "priority": 7,
        })
    };
    let answered = |status: &str| {
        json!({
            "card": {
                "card_id": "51", "uid": "61366822", "printed_number": "100038",
                "status": status, "client_id": "71", "holder": "Гость О.",
            },
            "accounts": [
                account("1", "money", 50_000, true, Value::Null),
                account("2", "bonus", 0, false, json!("expired")),
                account("3", "voucher", 50_000, true, Value::Null),
                account("4", "credit", 0, true, Value::Null),
                account("5", "money", 50_000, false, json!("a reason of later days")),
            ],
            "as_of": "2024-03-05T13:20:08+03:00", "server_time": "2024-03-05T13:20:08+03:00",
        })
        .to_string()
    };
    let uid = Uid::new("61366822").unwrap();
    let (card, requests) = play(vec![answer(200, &answered("active"))], |holds| {
        holds.card(&uid)
    });
    let card = card.unwrap();
    assert!(
        !requests[0].line.contains("61366822"),
        "no UID in an address"
    );
    assert_eq!(card.number.as_deref(), Some("100038"));
    let as_of = date(2024, 3, 5).at(13, 20, 8, 0);
    assert_eq!(card.accounts[0].terms.as_of, Some(as_of));
    let seen: Vec<_> = card
        .accounts
        .iter()
        .map(|own| (own.kind, own.available.kopecks(), own.not_spendable))
        .collect();
    assert_eq!(
        seen,
        [
            (AccountKind::Money, 50_000, None),
            (AccountKind::Bonus, 0, Some(NotSpendable::Expired)),
            (AccountKind::Other, 0, Some(NotSpendable::NotMoney)),
            (AccountKind::Credit, 0, Some(NotSpendable::Empty)),
            (AccountKind::Money, 0, Some(NotSpendable::NotMoney)),
        ]
    );
    let local = date(2026, 12, 31).at(21, 59, 59, 0);
    assert_eq!(card.accounts[0].valid_to, Some(local), "the site's time");
    for (word, status) in [
        ("blocked", CardStatus::Blocked),
        ("lost", CardStatus::Lost),
        ("expired", CardStatus::Expired),
        ("a word of later days", CardStatus::Blocked),
    ] {
        let (card, _) = play(vec![answer(200, &answered(word))], |holds| holds.card(&uid));
        let card = card.unwrap();
        assert_eq!(card.status, status);
        assert!(card.accounts.iter().all(|own| !own.is_spendable()));
    }
    let (card, _) = play(vec![answer(404, &error("card_not_found"))], |holds| {
        holds.card(&uid)
    });
    assert_eq!(card.unwrap_err().problem().reason, Reason::CardNotFound);
}

#[test]
fn the_list_of_operations_is_read_to_its_end() {
    let named = |state: &str, payment: &str| {
        let mut stored = stored(state);
        stored["ref"] = json!({"payment_id": payment});
        stored
    };
    let payment = bill().payment.to_string();
    let first = json!({
        "operations": [named("committed", &payment), named("released", &payment)],
        "next": "2", "server_time": "2024-03-05T13:20:08+03:00",
    });
    let mut reversed = named("reversed", &payment);
    reversed["reversals"] =
        json!([{"reversal_id": REVERSAL, "legs": [{"leg": 1, "amount": 150_000}]}]);
    let second = json!({
        "operations": [reversed, stored("held"), named("in_doubt", &payment)],
        "server_time": "2024-03-05T13:20:08+03:00",
    });
    let script = vec![
        answer(200, &first.to_string()),
        answer(200, &second.to_string()),
    ];
    let since = date(2024, 3, 4).at(13, 20, 0, 0);
    let (seen, requests) = play(script, |holds| holds.made_since(since));
    let seen = seen.unwrap().unwrap();
    assert!(requests[1].line.contains("cursor=2"));
    assert!(requests[0].line.contains("since=2024-03-04T10%3A20%3A00Z"));
    let sums: Vec<_> = seen
        .operations
        .iter()
        .map(|own| (own.returns, own.amount.kopecks()))
        .collect();
    assert_eq!(sums, [(false, 235_000), (false, 235_000), (true, 150_000)]);
    assert_eq!(seen.nameless, [id(OPERATION)]);
    assert!(!seen.whole, "one operation is in doubt");
}

#[test]
fn bytes_of_another_kind_of_wallet_are_never_sent() {
    let foreign = br#"{"check":{"id":7},"entries":[]}"#;
    let (reply, requests) = play(vec![], |holds| {
        assert_eq!(class(holds.undo(&id(REVERSAL), foreign)).0, "refused");
        holds.reserve(&id(OPERATION), foreign)
    });
    assert_eq!(class(reply), ("refused", Some(Reason::ConfigIncomplete)));
    assert!(requests.is_empty());
}

#[test]
fn nothing_of_an_answer_that_never_came_is_believed() {
    let (reply, _) = play(vec![raw("")], |holds| holds.confirm(&id(OPERATION)));
    assert_eq!(class(reply).0, "unknown");
    let closed = holds().confirm(&id(OPERATION));
    assert_eq!(class(closed), ("not done", Some(Reason::ServerUnreachable)));
}

proptest! {
    /// Whatever bytes come with whatever status: no panic, and no success unless they show ours.
    #[test]
    fn any_bytes(status in 200_u16..600, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let judge = super::judge::Judge::new("Bearer sample-key");
        let answer = crate::http::Answer { status, body: bytes.clone(), whole: true };
        let write = super::judge::Write::Commit;
        let reply = judge.sent(Ok(answer), write, &id(OPERATION), &[]);
        prop_assert!(!matches!(reply, Reply::Done(_)));
        parse_every_answer(&settings("http://127.0.0.1:9"), &bytes);
    }
}
