//! Cards by their printed number, and what a hold says of them.

use super::*;
use crate::domain::{Card, CardEntry, CardNumber};

const CAPABILITIES: &str = r#"{"api":"1.0","currency":"RUB","hold_mode":"native",
    "hold_ttl_s":{"default":86400,"max":86400},"printed_number_regex":"[0-9]{6}"}"#;
const FOUND: &str = r#"{"card":{"card_id":"501","uid":"0061366822","printed_number":"100038",
    "status":"active","client_id":"7001","holder":"Гость О."},"accounts":[],
    "as_of":"2024-03-05T13:15:00+03:00","server_time":"2024-03-05T13:15:00+03:00"}"#;

fn asked(number: &str, script: Vec<Act>) -> (Result<Card, ReadError>, Vec<Request>) {
    let number = CardNumber::new(number).unwrap();
    play(script, |holds| holds.card_by_number(&number))
}

fn refusal(outcome: Result<Card, ReadError>) -> Reason {
    match outcome {
        Err(ReadError::Refused(problem)) => problem.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_is_asked_for_as_typed_and_the_card_has_the_readers_uid() {
    let script = vec![answer(200, CAPABILITIES), answer(200, FOUND)];
    let (card, requests) = asked("100038", script);
    let card = card.unwrap();
    assert_eq!(card.uid, Uid::new("61366822").unwrap());
    assert_eq!(card.number.as_deref(), Some("100038"));
    assert_eq!(requests[0].line, "GET /v1/capabilities HTTP/1.1");
    assert_eq!(requests[1].line, "POST /v1/cards/lookup HTTP/1.1");
    assert_eq!(
        requests[1].body,
        br#"{"by":"printed_number","value":"100038","entry":"keyed"}"#
    );
}

/// The server has said which numbers there are.
#[test]
fn a_number_that_no_card_has_is_not_asked_for() {
    for number in ["10003", "1000381", "A00038", "61366822"] {
        let (outcome, requests) = asked(number, vec![answer(200, CAPABILITIES)]);
        assert_eq!(refusal(outcome), Reason::CardNumberWrong, "{number}");
        assert_eq!(requests.len(), 1);
    }
    // An expression that cannot be read forbids nothing.
    let odd = CAPABILITIES.replace("[0-9]{6}", "[0-9");
    let script = vec![answer(200, &odd), answer(200, FOUND)];
    assert!(asked("100038", script).0.is_ok());
}

#[test]
fn the_servers_no_is_said_with_its_reason() {
    for (status, code, reason) in [
        (409, "card_ambiguous", Reason::CardAmbiguous),
        (404, "card_not_found", Reason::CardNotFound),
        (400, "bad_format", Reason::ServerRefused),
    ] {
        let body = format!(r#"{{"code":"{code}","message":"нет","retry":"never"}}"#);
        let script = vec![answer(200, CAPABILITIES), answer(status, &body)];
        assert_eq!(refusal(asked("100038", script).0), reason, "{code}");
    }
}

#[test]
fn another_card_is_no_answer() {
    for (body, words) in [
        (FOUND.replace("100038", "100039"), "printed number"),
        (FOUND.replace("\"100038\"", "null"), "printed number"),
        (FOUND.replace("0061366822", "A3-xx"), "lime.uid"),
    ] {
        let script = vec![answer(200, CAPABILITIES), answer(200, &body)];
        let Err(ReadError::Failed(problem)) = asked("100038", script).0 else {
            panic!("{body}");
        };
        assert!(problem.detail.contains(words), "{problem}");
    }
}

#[test]
fn nothing_is_asked_where_the_site_takes_no_numbers() {
    let server = Server::start(vec![]);
    let mut off = settings(&server.base);
    off.keyed_cards = false;
    let number = CardNumber::new("100038").unwrap();
    let outcome = Holds::new(off).unwrap().card_by_number(&number);
    assert_eq!(refusal(outcome), Reason::KeyedCardsOff);
    assert!(server.requests().is_empty());
}

/// One typed card makes the operation a keyed one; the rest of the bytes stay as they are.
#[test]
fn a_hold_says_that_a_card_was_typed() {
    let at = date(2024, 3, 5).at(13, 20, 7, 0);
    let mut keyed = bill();
    keyed.legs[1].entry = CardEntry::Keyed;
    let bytes = holds().reserve_request(&id(OPERATION), &keyed, at).unwrap();
    let tapped = String::from_utf8(body()).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        tapped.replace(r#""entry":"reader""#, r#""entry":"keyed""#)
    );
}
