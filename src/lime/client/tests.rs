mod keyed;

use std::time::Duration;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::{AccountKind, NotSpendable};
use crate::lime::stub::{self, Act, Request, Server, answer, leg, raw, sale};
use crate::lime::{Auth, List};

const CARD: &str = include_str!("../../../tests/data/lime/card.json");
const RIGHTS_ANSWER: &str = include_str!("../../../tests/data/lime/rights.json");
const CLIENT: &str = include_str!("../../../tests/data/lime/client.json");

fn wallet(settings: Settings) -> Lime {
    let now = date(2024, 3, 5).at(13, 15, 0, 0);
    Lime::new(settings, Box::new(move || now)).unwrap()
}

fn uid() -> Uid {
    Uid::new("61366822").unwrap()
}

fn operation() -> OperationId {
    OperationId("2226634".to_owned())
}

/// Plays the script to one use of a wallet.
fn play<T>(script: Vec<Act>, work: impl FnOnce(&Lime) -> T) -> (T, Vec<Request>) {
    let server = Server::start(script);
    let result = work(&wallet(stub::settings(&server.base)));
    (result, server.requests())
}

fn body_of(wallet: &Lime) -> Vec<u8> {
    let sale = sale(stub::sample_lines(), vec![leg(1, 1, 235_000)]);
    let at = date(2024, 3, 5).at(13, 20, 7, 0);
    wallet.reserve_request(&operation(), &sale, at).unwrap()
}

#[test]
fn a_card_with_its_accounts() {
    let script = vec![
        answer(200, CARD),
        answer(200, RIGHTS_ANSWER),
        answer(200, CLIENT),
    ];
    let (card, requests) = play(script, |wallet| wallet.card(&uid()));
    let card = card.unwrap();
    assert_eq!(card.uid, uid());
    assert_eq!(
        (card.card_id.as_str(), card.client_id.as_str()),
        ("51", "71")
    );
    assert_eq!(card.number.as_deref(), Some("100038"));
    assert_eq!(card.status, CardStatus::Active);
    assert_eq!(card.holder.as_deref(), Some("Гость О."));
    let accounts: Vec<_> = card
        .accounts
        .iter()
        .map(|a| {
            (
                a.id.0.as_str(),
                a.kind,
                a.available.kopecks(),
                a.not_spendable,
            )
        })
        .collect();
    assert_eq!(
        accounts,
        [
            ("903", AccountKind::Other, 0, Some(NotSpendable::NotMoney)),
            ("902", AccountKind::Bonus, 0, Some(NotSpendable::Expired)),
            ("901", AccountKind::Money, 500_000, None),
            ("904", AccountKind::Credit, 600_000, None),
        ]
    );
    let lines: Vec<_> = requests
        .iter()
        .map(|request| request.line.as_str())
        .collect();
    assert_eq!(
        lines,
        [
            "GET /api/ClientManagement/GetCardInfoByCardUid?uid=61366822 HTTP/1.1",
            "POST /api/ClientManagement/GetRights HTTP/1.1",
            "POST /api/ClientManagement/GetClientInfoByCardUid HTTP/1.1",
        ]
    );
    for request in &requests {
        assert_eq!(
            request.header("authorization"),
            Some("LimeToken sample-key")
        );
    }
    assert_eq!(requests[1].header("content-type"), Some("application/json"));
    assert_eq!(requests[1].body, br#"{"clientId":71,"installationId":1}"#);
    assert_eq!(
        requests[2].body,
        br#"{"uid":"61366822","installationId":1}"#
    );
}

#[test]
fn a_card_without_its_holders_name() {
    // The name is not worth an error …
    let script = vec![
        answer(200, CARD),
        answer(200, RIGHTS_ANSWER),
        answer(500, ""),
    ];
    let (card, _) = play(script, |wallet| wallet.card(&uid()));
    assert_eq!(card.unwrap().holder, None);
    // … and is not asked for where the site does not show it.
    let server = Server::start(vec![answer(200, CARD), answer(200, "[]")]);
    let mut settings = stub::settings(&server.base);
    settings.show_holder = false;
    settings.path = "/lime/api/".to_owned();
    settings.auth = Auth::Header {
        name: "X-Key".to_owned(),
        value: "LimeToken sample-key".into(),
    };
    let card = wallet(settings).card(&uid()).unwrap();
    assert_eq!((card.holder, card.accounts), (None, vec![]));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[1].line,
        "POST /lime/api/ClientManagement/GetRights HTTP/1.1"
    );
    assert_eq!(requests[1].header("x-key"), Some("LimeToken sample-key"));
}

#[test]
fn a_card_that_cannot_be_read() {
    for (script, refused, reason, words) in [
        (
            vec![answer(200, "null")],
            true,
            Reason::CardNotFound,
            "…6822",
        ),
        (
            vec![answer(200, r#"{"card":null}"#)],
            true,
            Reason::CardNotFound,
            "…6822",
        ),
        (
            vec![answer(
                404,
                r#"{"error":"CardNotFound","message":"no card 61366822"}"#,
            )],
            true,
            Reason::CardNotFound,
            "CardNotFound: no card …6822",
        ),
        (
            vec![answer(
                401,
                r#"{"error":"Unauthorized","message":"sample-key"}"#,
            )],
            true,
            Reason::AccessDenied,
            "Unauthorized: ***",
        ),
        (
            vec![answer(200, CARD), answer(200, r#"{"error":"Odd"}"#)],
            true,
            Reason::ServerRefused,
            "Odd",
        ),
        (
            vec![answer(200, "<html>please log in</html>")],
            false,
            Reason::AnswerNotUnderstood,
            "the answer is a page (HTML or XML), not JSON",
        ),
        (
            vec![
                answer(200, CARD),
                answer(200, r#"[{"right":{"id":1,"goodTypeId":1,"amount":16.7}}]"#),
            ],
            false,
            Reason::AnswerNotUnderstood,
            "`right.amount` is 16.7, expected a whole number of kopecks",
        ),
        (
            vec![answer(502, "<html>")],
            false,
            Reason::AnswerNotUnderstood,
            "HTTP 502",
        ),
        (
            vec![raw("HTTP/1.0 200 OK\r\n\r\n{\"card\":{\"id\":51,")],
            false,
            Reason::AnswerLost,
            "the answer is cut JSON",
        ),
    ] {
        let (card, _) = play(script, |wallet| wallet.card(&uid()));
        let error = card.unwrap_err();
        assert_eq!(matches!(error, ReadError::Refused(_)), refused, "{words}");
        assert_eq!(error.problem().reason, reason);
        assert_eq!(error.problem().detail, words);
        assert!(!format!("{error} {error:?}").contains("61366822"));
    }
}

#[test]
fn names_of_operations() {
    for (act, expected) in [
        (answer(200, "2226634"), Ok("2226634")),
        (answer(200, "\u{feff} 2226634\r\n"), Ok("2226634")),
        (answer(200, "null"), Err(Reason::AnswerNotUnderstood)),
        (answer(200, "-1"), Err(Reason::AnswerNotUnderstood)),
        (answer(200, "0"), Err(Reason::AnswerNotUnderstood)),
        (answer(200, "2226634.0"), Err(Reason::AnswerNotUnderstood)),
        (answer(200, "\"2226634\""), Err(Reason::AnswerNotUnderstood)),
        (
            answer(200, r#"{"error":"ShiftClosed"}"#),
            Err(Reason::ShiftClosed),
        ),
        // Cut off, 2226634 is 2226 and would be somebody else's check.
        (raw("HTTP/1.0 200 OK\r\n\r\n2226"), Err(Reason::AnswerLost)),
    ] {
        let (id, requests) = play(vec![act], Wallet::next_operation);
        let id = id.map_err(|error| error.problem().reason);
        assert_eq!(id, expected.map(|id| OperationId(id.to_owned())));
        assert_eq!(
            requests[0].line,
            "GET /api/CashdeskServer/GetNextCheckId?cashdeskId=11 HTTP/1.1"
        );
    }
}

#[test]
fn a_check_is_sent_as_it_was_made() {
    let stored = r#"{"check":{"id":2226634,"type":0},"entries":[]}"#;
    let ((reply, body), requests) = play(vec![answer(200, stored)], |wallet| {
        let body = body_of(wallet);
        (wallet.reserve(&operation(), &body), body)
    });
    assert_eq!(reply, Reply::Done(Stored::default()));
    assert_eq!(
        requests[0].line,
        "POST /api/CashdeskServer/PutCheck HTTP/1.1"
    );
    assert_eq!(requests[0].body, body);
    let (reply, requests) = play(vec![answer(200, stored)], |wallet| {
        wallet.undo(&operation(), b"{}")
    });
    assert_eq!(reply, Reply::Done(Stored::default()));
    assert_eq!(requests[0].body, b"{}");
}

#[test]
fn what_may_have_happened_is_unknown() {
    for (act, reason) in [
        (raw(""), Reason::AnswerLost),
        (
            raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"),
            Reason::AnswerLost,
        ),
        (
            raw("HTTP/1.0 200 OK\r\n\r\n{\"check\":{\"id\":2226634}"),
            Reason::AnswerLost,
        ),
        (
            answer(200, r#"{"check":{"id":2226635}}"#),
            Reason::AnswerNotUnderstood,
        ),
        (
            answer(200, "<html>please log in</html>"),
            Reason::AnswerNotUnderstood,
        ),
        (answer(503, ""), Reason::AnswerNotUnderstood),
        (
            answer(500, r#"{"error":"Internal"}"#),
            Reason::ServerRefused,
        ),
        (
            raw("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"),
            Reason::AnswerNotUnderstood,
        ),
        (
            raw("HTTP/1.1 307 X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"),
            Reason::AnswerNotUnderstood,
        ),
    ] {
        let (reply, requests) = play(vec![act], |wallet| {
            wallet.reserve(&operation(), &body_of(wallet))
        });
        let Reply::Unknown(problem) = reply else {
            panic!("{reply:?}");
        };
        assert_eq!(problem.reason, reason, "{problem}");
        assert_eq!(requests.len(), 1, "nothing is repeated or followed");
    }
}

#[test]
fn a_server_that_never_answers_is_unknown() {
    let server = Server::start([Act::Hang]);
    let mut settings = stub::settings(&server.base);
    settings.write_timeout = Duration::from_millis(50);
    let wallet = wallet(settings);
    let reply = wallet.reserve(&operation(), &body_of(&wallet));
    assert!(
        matches!(&reply, Reply::Unknown(problem) if problem.reason == Reason::AnswerLost),
        "{reply:?}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_that_is_not_there_got_nothing() {
    // Port 1 needs an old service that no machine runs any more; a free port might be taken meanwhile.
    let wallet = wallet(stub::settings("http://127.0.0.1:1"));
    let reply = wallet.reserve(&operation(), &body_of(&wallet));
    assert!(
        matches!(&reply, Reply::NotDone(problem) if problem.reason == Reason::ServerUnreachable),
        "{reply:?}"
    );
    let error = wallet.card(&uid()).unwrap_err();
    assert!(matches!(error, ReadError::Failed(_)));
    assert_eq!(error.problem().reason, Reason::ServerUnreachable);
}

#[test]
fn refusals_are_told_without_uids() {
    let refusal = r#"{"error":"CardBlocked","message":"card 61366822 is blocked"}"#;
    let (reply, _) = play(vec![answer(400, refusal)], |wallet| {
        wallet.reserve(&operation(), &body_of(wallet))
    });
    let Reply::Refused(problem) = reply else {
        panic!("{reply:?}");
    };
    assert_eq!(problem.reason, Reason::CardBlocked);
    assert_eq!(problem.detail, "CardBlocked: card …6822 is blocked");
}

#[test]
fn uids_of_a_check_are_found_in_any_template() {
    for (template, found) in [
        (
            "{account};{uid};{payment}/{leg}",
            &["1", "61366822", "901"][..],
        ),
        ("{account}-{uid}", &["61366822", "901"]),
        ("{payment}", &[]),
    ] {
        let mut settings = stub::settings("http://127.0.0.1:9");
        template.clone_into(&mut settings.transaction_reference);
        let uids = uids_in(&body_of(&wallet(settings)));
        let uids: Vec<_> = uids.iter().map(Uid::reveal).collect();
        assert_eq!(uids, found, "{template}");
    }
}

/// What of our request says that a check is ours.
const OURS: &[u8] =
    br#"{"payments":[{"transactionReference":"9001;1;01a210bc-796d-766e-9f25-784e06470d5a/1"}]}"#;

#[test]
fn what_became_of_a_check() {
    for (act, expected) in [
        (
            answer(
                200,
                r#"{"check":{"id":2226634},"entries":[{"payments":[{"transactionReference":"9001;1;01a210bc-796d-766e-9f25-784e06470d5a/1"}]}]}"#,
            ),
            Ok(Found::Executed(Stored::default())),
        ),
        // Another till was given the same number and was faster.
        (
            answer(
                200,
                r#"{"check":{"id":2226634},"entries":[{"payments":[{"transactionReference":"9001;1;01a210bc-0000-7000-8000-000000000001/1"}]}]}"#,
            ),
            Ok(Found::taken(&OperationId("2226634".to_owned()))),
        ),
        // A check, and nothing says whose.
        (
            answer(200, r#"{"check":{"id":2226634}}"#),
            Ok(Found::CannotTell),
        ),
        (
            answer(
                200,
                r#"{"check":{"id":2226634},"entries":[{"payments":[{"transactionReference":"9001;1"}]}]}"#,
            ),
            Err(Reason::AnswerNotUnderstood),
        ),
        (answer(200, "null"), Ok(Found::Absent)),
        (answer(200, "{}"), Err(Reason::AnswerNotUnderstood)),
        (
            answer(200, r#"{"check":null}"#),
            Err(Reason::AnswerNotUnderstood),
        ),
        (
            answer(200, r#"{"check":{"id":1}}"#),
            Err(Reason::AnswerNotUnderstood),
        ),
        (answer(404, "null"), Err(Reason::AnswerNotUnderstood)),
        (answer(404, ""), Err(Reason::AnswerNotUnderstood)),
        (answer(200, ""), Err(Reason::AnswerNotUnderstood)),
        (
            answer(200, r#"{"error":"Odd"}"#),
            Err(Reason::ServerRefused),
        ),
        (raw(""), Err(Reason::AnswerLost)),
    ] {
        let (found, requests) = play(vec![act], |wallet| wallet.find(&operation(), OURS));
        assert_eq!(found.map_err(|error| error.problem().reason), expected);
        assert_eq!(
            requests[0].line,
            "GET /api/CashdeskServer/GetCheck?cashdeskId=11&id=2226634 HTTP/1.1"
        );
    }
}

#[test]
fn a_site_that_cannot_read_checks() {
    let mut settings = stub::settings("http://127.0.0.1:9");
    settings.read_check = String::new();
    settings.repeat_same_check = false;
    let wallet = wallet(settings);
    assert_eq!(wallet.find(&operation(), OURS), Ok(Found::CannotTell));
    assert!(!wallet.may_repeat());
    assert_eq!(wallet.confirm(&operation()), Reply::Done(()));
    let holds = OperationId("h-1".to_owned());
    assert_eq!(wallet.find(&holds, OURS), Ok(Found::CannotTell));
    assert!(matches!(wallet.reserve(&holds, b""), Reply::Refused(_)));
}

type Ask = (&'static str, fn(&Lime) -> Result<(), ReadError>);

/// Every call that changes nothing.
const QUESTIONS: [Ask; 8] = [
    ("card", |lime| lime.card(&uid()).map(drop)),
    ("next_operation", |lime| lime.next_operation().map(drop)),
    ("server_time", |lime| lime.server_time().map(drop)),
    ("clock_ahead", |lime| lime.clock_ahead().map(drop)),
    ("shift_is_open", |lime| lime.shift_is_open().map(drop)),
    ("rows", |lime| lime.rows(List::GoodTypes).map(drop)),
    ("find", |lime| lime.find(&operation(), OURS).map(drop)),
    ("made_since", |lime| {
        lime.made_since(date(2024, 3, 4).at(10, 0, 0, 0)).map(drop)
    }),
];

/// 200 says nothing of what is in it: a page of the network, rubbish, an error, half an answer are
/// no answer to any question, and nothing is asked again.
#[test]
fn rubbish_with_200_is_no_answer_to_any_question() {
    for (what, ask) in QUESTIONS {
        for (act, refused, reason) in [
            (answer(200, ""), false, Reason::AnswerNotUnderstood),
            (
                answer(200, "<!DOCTYPE html><html>"),
                false,
                Reason::AnswerNotUnderstood,
            ),
            (answer(200, "OK"), false, Reason::AnswerNotUnderstood),
            (
                answer(200, "\u{0}{rubbish"),
                false,
                Reason::AnswerNotUnderstood,
            ),
            (answer(200, "[[]]"), false, Reason::AnswerNotUnderstood),
            (answer(200, "true"), false, Reason::AnswerNotUnderstood),
            (answer(200, "1e3"), false, Reason::AnswerNotUnderstood),
            (
                answer(200, "9007199254740993.0"),
                false,
                Reason::AnswerNotUnderstood,
            ),
            (
                answer(200, r#"{"error":"Odd"}"#),
                true,
                Reason::ServerRefused,
            ),
            (
                answer(200, r#"{"error":{"code":7}}"#),
                true,
                Reason::ServerRefused,
            ),
            (
                answer(500, r#"{"error":"Odd"}"#),
                true,
                Reason::ServerRefused,
            ),
            (answer(401, "<html>"), true, Reason::AccessDenied),
            (answer(404, ""), false, Reason::AnswerNotUnderstood),
            (
                raw("HTTP/1.0 200 OK\r\n\r\n{\"data\":[{\"id\":1"),
                false,
                Reason::AnswerLost,
            ),
        ] {
            let (asked, requests) = play(vec![act], ask);
            let error = asked.expect_err(what);
            assert_eq!(error.problem().reason, reason, "{what}: {error}");
            assert_eq!(
                matches!(error, ReadError::Refused(_)),
                refused,
                "{what}: {error}"
            );
            assert_eq!(requests.len(), 1, "{what}");
        }
    }
}

/// A look-up may meet a connection that the server closed meanwhile, and is asked once more, over a new
/// one; nothing else is.
#[test]
fn a_connection_that_is_closed_without_a_word_is_no_answer() {
    for (what, ask) in QUESTIONS {
        let times = if what == "card" { 2 } else { 1 };
        let (asked, requests) = play((0..times).map(|_| raw("")).collect(), ask);
        let error = asked.expect_err(what);
        assert_eq!(error.problem().reason, Reason::AnswerLost, "{what}");
        assert_eq!(requests.len(), times, "{what}");
    }
}

/// Whatever a server does with an answer's bytes, the time of the call is its time.
#[test]
fn no_question_outlasts_its_time() {
    for (what, ask) in QUESTIONS {
        let server = Server::start([Act::Hang]);
        let mut settings = stub::settings(&server.base);
        settings.read_timeout = Duration::from_millis(50);
        let error = ask(&wallet(settings)).expect_err(what);
        assert_eq!(
            error.problem().reason,
            Reason::AnswerLost,
            "{what}: {error}"
        );
        assert_eq!(server.requests().len(), 1, "{what}");
    }
}

#[test]
fn the_servers_time() {
    let local = date(2024, 3, 5).at(13, 15, 0, 0);
    for (body, expected) in [
        (r#""2024-03-05T13:15:00""#, Ok(local)),
        ("null", Err(Reason::AnswerNotUnderstood)),
        ("1709644500", Err(Reason::AnswerNotUnderstood)),
    ] {
        let (time, _) = play(vec![answer(200, body)], Lime::server_time);
        assert_eq!(time.map_err(|error| error.problem().reason), expected);
    }
}

#[test]
fn the_key_is_in_no_debug_text() {
    assert!(!format!("{:?}", stub::settings("")).contains("sample-key"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        parse_every_answer(&stub::settings(""), &body);
    }

    #[test]
    fn any_change_to_an_answer_is_read_without_panic(
        which in 0_usize..3,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = [CARD, RIGHTS_ANSWER, CLIENT][which].as_bytes().to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        parse_every_answer(&stub::settings(""), &body);
        body.truncate(at);
        parse_every_answer(&stub::settings(""), &body);
    }
}
