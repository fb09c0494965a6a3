use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::lime::REFUSALS;

const ID: i64 = 2_226_634;

fn refusals() -> Vec<(String, Reason)> {
    REFUSALS
        .iter()
        .map(|&(code, reason)| (code.to_owned(), reason))
        .collect()
}

fn call<T>(error: CallError) -> Result<T, NoAnswer> {
    Err(NoAnswer::Call(error))
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        body: body.as_bytes().to_vec(),
        whole: true,
    }
}

fn class<T>(reply: &Reply<T>) -> (&'static str, Option<Reason>) {
    match reply {
        Reply::Done(_) => ("done", None),
        Reply::Refused(problem) => ("refused", Some(problem.reason)),
        Reply::NotDone(problem) => ("not_done", Some(problem.reason)),
        Reply::Unknown(problem) => ("unknown", Some(problem.reason)),
    }
}

/// The answer shows nothing else.
fn nothing(_: &RawValue) -> Stored {
    Stored::default()
}

#[test]
fn every_answer_to_a_check_has_a_class() {
    let refusals = refusals();
    let judge = Judge::new(&refusals, "LimeToken secret-key");
    let rows = include_str!("../../../tests/data/lime/outcomes.txt");
    for row in rows.lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<&str> = row.splitn(4, ' ').collect();
        let &[status, expected, reason, body] = columns.as_slice() else {
            panic!("{row}");
        };
        let body = body.replace("BOM", "\u{feff}").replace("EMPTY", "");
        let (class, because) = class(&judge.sent(
            Ok(answer(status.parse().unwrap(), &body)),
            ID,
            b"{}",
            nothing,
        ));
        let because = because.map_or("-", Reason::code);
        assert_eq!((class, because), (expected, reason), "{row}");
    }
}

#[test]
fn every_transport_error_has_a_class() {
    let judge = Judge::new(&[], "");
    let redirected = || CallError::Redirected {
        from: "http://lime/api".to_owned(),
        to: "http://other/login?uid=61366822".to_owned(),
    };
    for (error, expected, reason) in [
        (
            CallError::NotConnected("refused".to_owned()),
            "not_done",
            Reason::ServerUnreachable,
        ),
        (
            CallError::Lost("reset".to_owned()),
            "unknown",
            Reason::AnswerLost,
        ),
        (
            CallError::TimedOut(Duration::from_secs(1)),
            "unknown",
            Reason::AnswerLost,
        ),
        (redirected(), "unknown", Reason::AnswerNotUnderstood),
        (CallError::TooLarge, "unknown", Reason::AnswerNotUnderstood),
    ] {
        assert_eq!(
            class(&judge.sent(call(error), ID, b"{}", nothing)),
            (expected, Some(reason))
        );
    }
    let Reply::Unknown(problem) = judge.sent(call(redirected()), ID, b"{}", nothing) else {
        panic!("a redirect decides nothing");
    };
    assert_eq!(
        problem.detail,
        "`http://lime/api` redirects to `http://other/login`; write the final address into \
         the config"
    );
}

#[test]
fn every_answer_to_a_question_has_a_class() {
    use Reason::{AccessDenied, AnswerLost, AnswerNotUnderstood, CardNotFound, ServerRefused};
    let refusals = refusals();
    let judge = Judge::new(&refusals, "LimeToken secret-key");
    for (status, body, whole, refused, reason) in [
        (200, r#"{"error":"CardNotFound"}"#, true, true, CardNotFound),
        (500, r#"{"error":"Oops"}"#, true, true, ServerRefused),
        (401, r#"{"error":"Unauthorized"}"#, true, true, AccessDenied),
        (403, "<html>", true, true, AccessDenied),
        (200, "<html>", true, false, AnswerNotUnderstood),
        (200, "{\"a\":", true, false, AnswerNotUnderstood),
        (200, "{\"a\":", false, false, AnswerLost),
        (200, "2226", false, false, AnswerLost),
        (404, "null", true, false, AnswerNotUnderstood),
        (503, "", true, false, AnswerNotUnderstood),
    ] {
        let mut answer = answer(status, body);
        answer.whole = whole;
        let error = judge.read(Ok(answer), |_| Ok(())).unwrap_err();
        assert_eq!(
            (
                matches!(error, ReadError::Refused(_)),
                error.problem().reason
            ),
            (refused, reason),
            "{status} {body}"
        );
    }
}

#[test]
fn the_servers_words_are_repeated_without_secrets() {
    let refusals = refusals();
    let mut judge = Judge::new(&refusals, "LimeToken Secret-Key");
    judge.hide_uid(&Uid::new("03A86226").unwrap());
    for (message, shown) in [
        (
            "card 03a86226 of 03A86226 is\\n blocked",
            "card …6226 of …6226 is blocked",
        ),
        ("Ключ secret-key не годится", "Ключ *** не годится"),
        ("03A8\\u200b6226", "…6226"),
    ] {
        let body = format!(r#"{{"error":"CardBlocked","message":"{message}"}}"#);
        let Reply::Refused(problem) = judge.sent(Ok(answer(200, &body)), ID, b"{}", nothing) else {
            panic!("listed");
        };
        assert_eq!(problem.detail, format!("CardBlocked: {shown}"));
    }
}

proptest! {
    #[test]
    fn nothing_but_our_check_is_done(body in ".{0,60}", status in 100_u16..600) {
        let refusals = refusals();
        let judge = Judge::new(&refusals, "LimeToken secret-key");
        let done = matches!(judge.sent(Ok(answer(status, &body)), ID, b"{}", nothing), Reply::Done(_));
        prop_assert!(!done);
    }

    #[test]
    fn a_cut_answer_is_never_done(at in 0_usize..37) {
        let whole = r#"{"check":{"id":2226634},"entries":[]}"#;
        let mut cut = answer(200, &whole[..at]);
        cut.whole = false;
        let judge = Judge::new(&[], "");
        prop_assert_eq!(class(&judge.sent(Ok(cut), ID, b"{}", nothing)), ("unknown", Some(Reason::AnswerLost)));
    }
}
