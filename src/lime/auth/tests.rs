//! Logins over real HTTP; what happens when is in the session's own tests.

use std::sync::Arc;
use std::thread;

use jiff::civil::date;

use crate::lime::stub::{self, Act, Request, Server, answer, raw};
use crate::lime::{Auth, Forgotten, Lime, Login, Settings};
use crate::payment::ports::{OperationId, ReadError, Reply, Stored, Wallet as _};
use crate::payment::reason::Reason;

const TIME: &str = r#""2024-03-05T13:15:00""#;
const STORED: &str = r#"{"check":{"id":2226634,"type":0},"entries":[]}"#;
const PASSWORD: &str = "p&ss word-77";

fn settings(base: &str) -> Settings {
    Settings {
        auth: Auth::Login(Login {
            path: "/connect/token".to_owned(),
            client_id: "Jade.Api".to_owned(),
            scope: String::new(),
            user: "till".to_owned(),
            password: PASSWORD.into(),
            refusals: Arc::new(Forgotten),
        }),
        ..stub::settings(base)
    }
}

fn lime(settings: Settings) -> Lime {
    Lime::new(settings, Box::new(|| date(2024, 3, 5).at(13, 15, 0, 0))).unwrap()
}

fn play<T>(script: Vec<Act>, work: impl FnOnce(&Lime) -> T) -> (T, Vec<Request>) {
    let server = Server::start(script);
    let result = work(&lime(settings(&server.base)));
    (result, server.requests())
}

fn token(number: u32) -> Act {
    let body = format!(
        r#"{{"access_token":"access-{number}","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-{number}"}}"#
    );
    answer(200, &body)
}

fn denied() -> Act {
    answer(401, "")
}

fn refused() -> Act {
    let words = format!(r#"{{"error":"invalid_grant","error_description":"{PASSWORD} is wrong"}}"#);
    answer(400, &words)
}

/// Who was asked, with which key or which form.
fn asked(requests: &[Request]) -> Vec<String> {
    let of = |request: &Request| {
        let path = request.line.split(' ').nth(1).unwrap();
        let path = path.rsplit('/').next().unwrap().to_owned();
        match request.header("authorization") {
            Some(key) => format!("{path} {key}"),
            None => format!("{path} {}", String::from_utf8_lossy(&request.body)),
        }
    };
    requests.iter().map(of).collect()
}

const WITH_PASSWORD: &str =
    "token grant_type=password&username=till&password=p%26ss+word-77&client_id=Jade.Api";

fn with_refresh(number: u32) -> String {
    format!("token grant_type=refresh_token&refresh_token=refresh-{number}&client_id=Jade.Api")
}

fn operation() -> OperationId {
    OperationId("2226634".to_owned())
}

#[test]
fn one_login_serves_many_calls() {
    let script = vec![token(1), answer(200, TIME), answer(200, TIME)];
    let ((), requests) = play(script, |lime| {
        lime.server_time().unwrap();
        lime.server_time().unwrap();
    });
    let time = "GetServerCurrentTime Bearer access-1";
    assert_eq!(asked(&requests), [WITH_PASSWORD, time, time]);
    assert_eq!(requests[0].line, "POST /connect/token HTTP/1.1");
    assert_eq!(
        requests[0].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
}

#[test]
fn calls_at_once_wait_for_one_login() {
    const CALLS: usize = 8;
    let script: Vec<Act> = std::iter::once(token(1))
        .chain((0..CALLS).map(|_| answer(200, TIME)))
        .collect();
    let ((), requests) = play(script, |lime| {
        thread::scope(|scope| {
            let calls: Vec<_> = (0..CALLS)
                .map(|_| scope.spawn(|| lime.server_time()))
                .collect();
            for call in calls {
                call.join().unwrap().unwrap();
            }
        });
    });
    let asked = asked(&requests);
    assert_eq!(asked.len(), 1 + CALLS);
    assert!(!asked[1..].contains(&WITH_PASSWORD.to_owned()));
}

#[test]
fn a_check_that_is_turned_away_goes_once_more_with_the_same_bytes() {
    let script = vec![
        token(1),
        answer(200, "2226634"),
        denied(),
        token(2),
        answer(200, STORED),
    ];
    let (reply, requests) = play(script, |lime| {
        lime.next_operation().unwrap();
        lime.reserve(&operation(), b"{\"entries\":[]}")
    });
    assert_eq!(reply, Reply::Done(Stored::default()));
    assert_eq!(
        asked(&requests),
        [
            WITH_PASSWORD,
            "GetNextCheckId?cashdeskId=11 Bearer access-1",
            "PutCheck Bearer access-1",
            &with_refresh(1),
            "PutCheck Bearer access-2",
        ]
    );
    assert_eq!(requests[2].body, requests[4].body);
}

#[test]
fn a_check_is_not_sent_again_where_a_repeat_moves_money_again() {
    let server = Server::start(vec![
        token(1),
        answer(200, "2226634"),
        denied(),
        token(2),
        answer(200, TIME),
    ]);
    let mut settings = settings(&server.base);
    settings.repeat_same_check = false;
    let lime = lime(settings);
    lime.next_operation().unwrap();
    let reply = lime.reserve(&operation(), b"{}");
    assert!(
        matches!(&reply, Reply::Refused(problem) if problem.reason == Reason::AccessDenied),
        "{reply:?}"
    );
    // The next call has a new token.
    lime.server_time().unwrap();
    assert_eq!(
        asked(&server.requests())[2..],
        [
            "PutCheck Bearer access-1",
            &with_refresh(1),
            "GetServerCurrentTime Bearer access-2",
        ]
    );
}

#[test]
fn a_second_401_is_the_answer() {
    let script = vec![
        token(1),
        answer(200, TIME),
        denied(),
        token(2),
        denied(),
        // Asked for nothing more.
    ];
    let (errors, requests) = play(script, |lime| {
        lime.server_time().unwrap();
        [lime.server_time(), lime.server_time()].map(Result::unwrap_err)
    });
    for error in errors {
        assert!(matches!(error, ReadError::Refused(_)));
        assert_eq!(error.problem().reason, Reason::AccessDenied);
    }
    assert_eq!(requests.len(), 5, "{:?}", asked(&requests));
}

#[test]
fn a_new_token_that_is_turned_away_costs_no_further_login() {
    let script = vec![token(1), denied()];
    let (errors, requests) = play(script, |lime| {
        [(); 5].map(|()| lime.server_time().unwrap_err())
    });
    assert_eq!(requests.len(), 2, "{:?}", asked(&requests));
    assert!(
        errors
            .iter()
            .all(|error| error.problem().reason == Reason::AccessDenied)
    );
}

#[test]
fn a_refused_renewal_is_followed_by_the_password() {
    let script = vec![
        token(1),
        answer(200, TIME),
        denied(),
        refused(),
        token(2),
        answer(200, TIME),
    ];
    let ((), requests) = play(script, |lime| {
        lime.server_time().unwrap();
        lime.server_time().unwrap();
    });
    assert_eq!(
        asked(&requests)[3..],
        [
            &with_refresh(1),
            WITH_PASSWORD,
            "GetServerCurrentTime Bearer access-2"
        ]
    );
}

#[test]
fn a_wrong_password_is_tried_once() {
    let ((), requests) = play(vec![refused()], |lime| {
        let error = lime.server_time().unwrap_err();
        assert!(matches!(error, ReadError::Refused(_)));
        assert_eq!(
            error.to_string(),
            "access_denied (Lime): login: invalid_grant: *** is wrong"
        );
        // Cards, the look at every minute, a payment: nobody tries it again so soon.
        for _ in 0..5 {
            assert_eq!(lime.next_operation().unwrap_err(), error);
        }
        let reply = lime.reserve(&operation(), b"{}");
        assert_eq!(reply, Reply::Refused(error.problem().clone()));
    });
    assert_eq!(asked(&requests), [WITH_PASSWORD]);
}

#[test]
fn a_page_instead_of_a_token_sends_no_check() {
    for page in [
        answer(200, "<html>enter the code</html>"),
        answer(503, "<html>"),
        raw("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"),
        raw(""),
    ] {
        let ((), requests) = play(vec![page], |lime| {
            let reply = lime.reserve(&operation(), b"{}");
            assert!(matches!(reply, Reply::NotDone(_)), "{reply:?}");
            let error = lime.server_time().unwrap_err();
            assert!(matches!(error, ReadError::Failed(_)), "{error:?}");
        });
        assert_eq!(requests.len(), 1);
    }
}

#[test]
fn words_of_lime_show_neither_token_nor_password() {
    let echo = format!(
        r#"{{"error":"Odd","message":"access-1 refresh-1 {PASSWORD} p%26ss+word-77 till"}}"#
    );
    let (error, _) = play(vec![token(1), answer(200, &echo)], |lime| {
        lime.server_time().unwrap_err()
    });
    assert_eq!(error.problem().detail, "Odd: *** *** *** *** till");
    let shown = format!("{:?}", settings("http://127.0.0.1:9"));
    assert!(!shown.contains(PASSWORD), "{shown}");
}
