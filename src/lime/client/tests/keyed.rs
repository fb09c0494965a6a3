//! Cards by their printed number, of Lime's own calls.

use super::*;

fn number() -> CardNumber {
    CardNumber::new("100038").unwrap()
}

fn refusal(outcome: Result<Card, ReadError>) -> Reason {
    match outcome {
        Err(ReadError::Refused(problem)) => problem.reason,
        other => panic!("{other:?}"),
    }
}

/// The answer has the UID as the site's readers give it, so that the same card tapped is this one.
#[test]
fn a_number_leads_to_the_card_that_a_tap_leads_to() {
    let script = vec![
        answer(200, &CARD.replace("\"61366822\"", "\"0061366822\"")),
        answer(200, RIGHTS_ANSWER),
        answer(200, CLIENT),
    ];
    let (card, requests) = play(script, |wallet| wallet.card_by_number(&number()));
    let card = card.unwrap();
    assert_eq!(card.uid, uid());
    assert_eq!(card.number.as_deref(), Some("100038"));
    assert_eq!(card.holder.as_deref(), Some("Гость О."));
    assert_eq!(card.accounts.len(), 4);
    let lines: Vec<_> = requests.iter().map(|own| own.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /api/ClientManagement/GetCardInfoByCardCode?code=100038 HTTP/1.1",
            "POST /api/ClientManagement/GetRights HTTP/1.1",
            "POST /api/ClientManagement/GetClientInfoByCardUid HTTP/1.1",
        ]
    );
}

#[test]
fn another_number_and_a_foreign_uid_are_no_answer() {
    for (body, words) in [
        (CARD.replace("\"100038\"", "\"0100038\""), "printed number"),
        (CARD.replace("\"100038\"", "null"), "printed number"),
        (CARD.replace("\"61366822\"", "\"A3-xx\""), "lime.uid"),
        (CARD.replace("\"61366822\"", "null"), "card.uid"),
    ] {
        let script = vec![answer(200, &body)];
        let (outcome, requests) = play(script, |wallet| wallet.card_by_number(&number()));
        let Err(ReadError::Failed(problem)) = outcome else {
            panic!("{body}: {outcome:?}");
        };
        assert_eq!(problem.reason, Reason::AnswerNotUnderstood);
        assert!(problem.detail.contains(words), "{body}: {problem}");
        assert_eq!(requests.len(), 1);
    }
}

#[test]
fn no_such_number() {
    for body in ["null", r#"{"card":null}"#] {
        let script = vec![answer(200, body)];
        let (outcome, _) = play(script, |wallet| wallet.card_by_number(&number()));
        assert_eq!(refusal(outcome), Reason::CardNotFound);
    }
}

/// Where the site does not want it, or its Lime has no such call, nothing is asked.
#[test]
fn nothing_is_asked_where_the_site_takes_no_numbers() {
    let server = Server::start(vec![]);
    let mut off = stub::settings(&server.base);
    off.keyed_cards = false;
    let outcome = wallet(off).card_by_number(&number());
    assert_eq!(refusal(outcome), Reason::KeyedCardsOff);
    let mut cannot = stub::settings(&server.base);
    cannot.card_by_number = String::new();
    let outcome = wallet(cannot).card_by_number(&number());
    assert_eq!(refusal(outcome), Reason::NumberNotSearched);
    assert!(server.requests().is_empty());
}
