//! What leaves for r_keeper with a subscription, and what its words for a count mean.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::civil::{DateTime, date};

use super::settings::{Kind, Resume, ServerSettings, Subscription, TWELVE_MONTHS, TokenSource};
use super::token::{Token, TokenStore, end_of};
use super::*;
use crate::http::script::{Script, Step, answer};
use crate::payment::ports::{LineId, LockId, Pos, Reply, Ticket};
use crate::rkeeper::testing::{sale, settings};

const TOKEN: &str = "token-77-of-the-subscription";
const INSTANCE: &str = "3c1d9d7e-0000-4000-8000-000000000001";
const LICENCE: &str = "<LicenseInfo anchor=\"6:655cee55-7bcd-4826-b6e0-a8ccf2017ef3#199990001/17\" \
                       licenseToken=\"token-77-of-the-subscription\">";

fn noon() -> DateTime {
    date(2026, 11, 29).at(12, 0, 0, 0)
}

fn till(base: &str, ends: &str, resume: Resume) -> Rkeeper {
    let token = TokenSource::Given(Token {
        value: TOKEN.into(),
        ends: end_of(ends),
    });
    licensed(base, token, resume)
}

fn licensed(base: &str, token: TokenSource, resume: Resume) -> Rkeeper {
    let mut settings = settings(base);
    settings.licence = Kind::Subscription(Box::new(Subscription {
        product: TWELVE_MONTHS.to_owned(),
        restaurant_code: Some("199990001".to_owned()),
        token,
        resume,
        warn_days: 30,
        now: Arc::new(noon),
    }));
    Rkeeper::new(settings).unwrap()
}

/// A token that was kept, or none.
#[derive(Debug)]
struct Shelf(Option<&'static str>);

impl TokenStore for Shelf {
    fn load(&self) -> Option<Vec<u8>> {
        self.0.map(|kept| kept.as_bytes().to_vec())
    }

    fn save(&self, _bytes: &[u8]) {}
}

/// A till whose licence server answers when the test does.
fn asking(shelf: Shelf) -> (TcpListener, Arc<Rkeeper>) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut channel = settings("http://till.invalid").channel;
    channel.base = format!("http://{}", server.local_addr().unwrap());
    channel.allow_plain_http = true;
    let token = TokenSource::Server(ServerSettings {
        channel,
        path: "/token".to_owned(),
        user: "site".to_owned(),
        password: "x".into(),
        integration_token: "y".into(),
        timeout: Duration::from_secs(20),
        store: Arc::new(shelf),
    });
    let till = licensed("http://till.invalid", token, Resume::Next);
    (server, Arc::new(till))
}

fn give_token(mut stream: TcpStream) {
    let body = "{\"id\": \"new-token\", \"expirationDate\": \"2027-11-30\"}";
    let answer = answer("200 OK", "", body.as_bytes());
    assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
    stream.write_all(&answer).unwrap();
}

fn offline() -> Rkeeper {
    till("http://till.invalid", "2099-12-31", Resume::Next)
}

fn lock() -> LockId {
    LockId("{0198C0DE-0000-7000-8000-00000000000A}".to_owned())
}

fn ticket(number: u64) -> Ticket {
    Ticket {
        more: 0,
        instance: INSTANCE.to_owned(),
        number,
    }
}

fn asked(resume: Resume, body: &str) -> (Result<u64, ReadError>, String) {
    let server = Script::start(vec![Step::Answer(answer("200 OK", "", body.as_bytes()))]);
    let till = till(&server.base(), "2099-12-31", resume);
    let next = till.next_number(INSTANCE);
    let request = server.finish().remove(0);
    (next, String::from_utf8(request).unwrap())
}

#[test]
fn only_what_pays_carries_the_licence() {
    let till = offline();
    let mut part = sale();
    part.rest = crate::domain::Money::from_kopecks(1);
    for (sale, command) in [(sale(), "PayOrder"), (part.clone(), "SaveOrder")] {
        assert!(till.counts(&sale, None));
        let bytes = till
            .pay_request(&sale, &lock(), None, Some(&ticket(8)))
            .unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let wanted = format!(
            "CMD=\"{command}\" lockguid=\"{{0198C0DE-0000-7000-8000-00000000000A}}\">{LICENCE}\
             <LicenseInstance guid=\"{INSTANCE}\" seqNumber=\"8\"/></LicenseInfo><Order "
        );
        assert!(text.contains(&wanted), "{text}");
        let again = till.pay_request(&sale, &lock(), None, Some(&ticket(8)));
        assert_eq!(
            again.unwrap(),
            bytes,
            "the same number makes the same bytes"
        );
        let problem = till.pay_request(&sale, &lock(), None, None).unwrap_err();
        assert_eq!(problem.reason, Reason::LicenceNumber);
    }
    // The second of two steps has no place for it.
    let line = LineId("{A}".to_owned());
    part.legs.truncate(1);
    part.due = part.legs[0].amount;
    assert!(!till.counts(&part, Some(&line)));
    let bytes = till.pay_request(&part, &lock(), Some(&line), None).unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains("LicenseInfo"));
    let lifetime = Rkeeper::new(settings("http://till.invalid")).unwrap();
    assert!(!lifetime.counts(&sale(), None));
    assert_eq!(lifetime.licence().unwrap(), Standing::Lifetime);
}

#[test]
fn a_part_is_repeated_where_its_number_keeps_it_single() {
    let till = offline();
    let mut part = sale();
    part.rest = crate::domain::Money::from_kopecks(1);
    for (ticket, repeats) in [
        (None, false),
        // A server that forgot the installation would begin the count again.
        (Some(ticket(0)), false),
        (Some(ticket(1)), true),
    ] {
        assert_eq!(till.repeats(&part, None, ticket.as_ref()), repeats);
        assert!(till.repeats(&sale(), None, ticket.as_ref()));
    }
}

#[test]
fn where_the_count_stands() {
    let named = |number: &str| {
        format!(
            "<RK7QueryResult Status=\"Ok\" CMD=\"GetXMLLicenseInstanceSeqNumber\"><LicenseInfo>\
             <LicenseInstance guid=\"{INSTANCE}\" seqNumber=\"{number}\"/></LicenseInfo>\
             </RK7QueryResult>"
        )
    };
    let (next, request) = asked(Resume::Next, &named("41"));
    assert_eq!(next.unwrap(), 42);
    let wanted = format!("{LICENCE}<LicenseInstance guid=\"{INSTANCE}\"/></LicenseInfo></RK7CMD>");
    assert!(request.contains(&wanted), "{request}");
    assert_eq!(asked(Resume::Same, &named("41")).0.unwrap(), 41);
    let unknown = "<RK7QueryResult Status=\"Query Executing Error\" RK7ErrorN=\"5304\" \
                   CMD=\"GetXMLLicenseInstanceSeqNumber\" ErrorText=\"…\"/>";
    for resume in [Resume::Next, Resume::Same] {
        assert_eq!(asked(resume, unknown).0.unwrap(), 0);
    }
    for strange in [
        named("-1"),
        named("many"),
        named(""),
        "<RK7QueryResult Status=\"Ok\"/>".to_owned(),
        "<RK7QueryResult Status=\"Ok\"><LicenseInfo/></RK7QueryResult>".to_owned(),
    ] {
        let error = asked(Resume::Next, &strange).0.unwrap_err();
        assert!(matches!(error, ReadError::Failed(_)), "{strange}: {error}");
    }
    let other = unknown.replace("5304", "2102");
    let error = asked(Resume::Next, &other).0.unwrap_err();
    assert_eq!(error.problem().reason, Reason::AccessDenied);
}

/// Nothing is asked of anybody once the token has ended.
#[test]
fn an_ended_licence_begins_nothing() {
    for (ends, warn, ended) in [
        ("2099-12-31", false, false),
        ("2026-12-28", true, false),
        ("2026-11-29", true, false),
        ("2026-11-28", true, true),
    ] {
        let till = till("http://till.invalid", ends, Resume::Next);
        let Standing::Subscription {
            warn: warned,
            ended: told,
            anchor,
            last_day,
            ..
        } = till.licence().unwrap()
        else {
            panic!("a subscription");
        };
        assert_eq!((warned, told), (warn, ended), "{ends}");
        assert_eq!(last_day.unwrap().to_string(), ends);
        assert_eq!(
            anchor,
            "6:655cee55-7bcd-4826-b6e0-a8ccf2017ef3#199990001/17"
        );
        let bytes = till.pay_request(&sale(), &lock(), None, Some(&ticket(1)));
        assert_eq!(bytes.is_err(), ended, "{ends}");
        if ended {
            let problem = till.payable(&sale()).unwrap_err().problem().clone();
            assert_eq!(problem.reason, Reason::LicenceExpired);
            assert_eq!(problem.detail, ends);
        }
    }
}

/// A payment goes on with the token that still lasts, while a newer one is being asked for.
#[test]
fn nobody_waits_for_a_newer_token() {
    let kept = "{\"anchor\": \"6:655cee55-7bcd-4826-b6e0-a8ccf2017ef3#199990001/17\", \
                \"token\": \"old-token\", \"ends\": \"2026-12-05\"}";
    let (server, till) = asking(Shelf(Some(kept)));
    let other = Arc::clone(&till);
    let looking = thread::spawn(move || other.licence().unwrap());
    let (stream, _) = server.accept().unwrap();
    let info = till.licence_info().unwrap().unwrap();
    assert_eq!(info.token.expose_secret(), "old-token");
    give_token(stream);
    let looked = looking.join().unwrap();
    let new_end = Some(date(2027, 11, 30));
    assert!(
        matches!(looked, Standing::Subscription { last_day, warn: false, .. } if last_day == new_end),
        "{looked:?}"
    );
    let info = till.licence_info().unwrap().unwrap();
    assert_eq!(info.token.expose_secret(), "new-token");
}

/// What needs no licence does not wait for one; who needs it waits for the same answer.
#[test]
fn without_a_token_only_payments_wait_for_one() {
    let (server, till) = asking(Shelf(None));
    let ask = |till: &Arc<Rkeeper>| {
        let till = Arc::clone(till);
        thread::spawn(move || till.licence_info().unwrap().unwrap())
    };
    let first = ask(&till);
    let (stream, _) = server.accept().unwrap();
    let second = ask(&till);
    // The words of every answer of r_keeper pass through this.
    drop(till.without_secrets(&[]));
    give_token(stream);
    // Both have it, out of one answer: the listener hears nobody else.
    for info in [first, second] {
        assert_eq!(info.join().unwrap().token.expose_secret(), "new-token");
    }
    server.set_nonblocking(true).unwrap();
    assert!(server.accept().is_err(), "asked twice");
}

/// The bytes of a repeat hold the token of their day, whatever the token is today.
#[test]
fn no_token_of_a_request_is_repeated() {
    let quoting = "<RK7QueryResult Status=\"Query Executing Error\" CMD=\"PayOrder\" \
                   ErrorText=\"token-77-of-the-subscription and last-years-secret\"/>";
    let server = Script::start(vec![Step::Answer(answer("200 OK", "", quoting.as_bytes()))]);
    let till = till(&server.base(), "2099-12-31", Resume::Next);
    let bytes = till
        .pay_request(&sale(), &lock(), None, Some(&ticket(1)))
        .unwrap();
    let old = String::from_utf8(bytes).unwrap();
    let old = old.replace(TOKEN, "last-years-secret");
    let Reply::Unknown(problem) = till.pay(old.as_bytes()) else {
        panic!("words that nobody knows");
    };
    assert_eq!(problem.detail, "*** and ***");
    let request = String::from_utf8(server.finish().remove(0)).unwrap();
    assert!(
        request.contains("last-years-secret"),
        "as it was written down"
    );
    assert!(!format!("{till:?}").contains(TOKEN));
}
