//! Without TLS.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::Duration;

use super::super::channel::BODY_BYTES_MAX;
use super::super::script::{Script, Step, answer};
use super::*;

/// Set only for the child of [`proxies_of_the_environment_are_not_used`].
const CHILD_ASKS: &str = "LIMEKEEPER_TEST_CHILD_ASKS";

#[test]
fn a_request_arrives_as_it_was_given() {
    let server = Script::answering(answer("200 OK", "", b"done"));
    let got = Channel::new(&settings(&server.base()))
        .unwrap()
        .exchange(&Call {
            method: CallMethod::Post,
            path: "/a/b",
            query: &[("uid", "61 & 22"), ("id", "1")],
            content_type: "text/xml",
            headers: &[("Authorization", "LimeToken ключ")],
            body: "<Счёт/>".as_bytes(),
            deadline: DEADLINE,
        })
        .unwrap();
    assert_eq!(
        (got.status, got.body.as_slice(), got.whole),
        (200, b"done".as_slice(), true)
    );
    let request = String::from_utf8(server.finish().remove(0)).unwrap();
    assert!(
        request.starts_with("POST /a/b?uid=61+%26+22&id=1 HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\nauthorization: LimeToken ключ\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\ncontent-type: text/xml\r\n"),
        "{request}"
    );
    assert!(request.ends_with("\r\n\r\n<Счёт/>"), "{request}");
}

/// L5, L6.
#[test]
fn a_redirect_is_an_error_and_the_body_is_sent_once() {
    for status in [301, 302, 303, 307, 308] {
        let server = Script::answering(answer(
            &format!("{status} Elsewhere"),
            "Location: /login\r\n",
            b"",
        ));
        let base = server.base();
        let Err(CallError::Redirected { from, to }) = post(&settings(&base)) else {
            panic!("{status}");
        };
        assert_eq!((from, to.as_str()), (format!("{base}/pay"), "/login"));
        assert_eq!(server.finish().len(), 1, "{status}");
    }
}

/// L7. The variables are read once per process by those who read them, so a child is asked.
#[test]
fn proxies_of_the_environment_are_not_used() {
    if let Ok(base) = std::env::var(CHILD_ASKS) {
        assert_eq!(post(&settings(&base)).unwrap().status, 200);
        return;
    }
    let server = Script::answering(answer("200 OK", "", b""));
    let nobody = refusing();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.env(CHILD_ASKS, server.base()).args([
        "--exact",
        "http::tests::plain::proxies_of_the_environment_are_not_used",
    ]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        child.env(name, &nobody);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    assert_eq!(server.finish().len(), 1);
}

#[test]
fn a_configured_proxy_is_used() {
    let proxy = Script::answering(answer("200 OK", "", b"via"));
    let settings = ChannelSettings {
        proxy: Some(proxy.base()),
        ..settings("http://till.invalid:8086")
    };
    assert_eq!(post(&settings).unwrap().body, b"via");
    let request = proxy.finish().remove(0);
    assert!(request.starts_with(b"POST http://till.invalid:8086/pay HTTP/1.1\r\n"));
}

/// L8, and the same in chunks.
#[test]
fn a_cut_body_is_no_answer() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<RK7QueryResult",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<RK7\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<R",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 2",
    ] {
        let server = Script::answering(cut.into());
        let got = post(&settings(&server.base()));
        assert!(matches!(got, Err(CallError::Lost(_))), "{cut}: {got:?}");
        server.finish();
    }
}

/// L9: the caller must look at the content.
#[test]
fn whether_the_length_was_announced_is_told() {
    for (sent, whole) in [
        ("HTTP/1.1 200 OK\r\n\r\n<a/>", false),
        ("HTTP/1.0 200 OK\r\n\r\n<a/>", false),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<a/>", false),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n<a/>",
            false,
        ),
        ("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n<a/>", true),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>trailing",
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n<a\r\n2\r\n/>\r\n0\r\n\r\n",
            true,
        ),
    ] {
        let server = Script::answering(sent.into());
        let got = post(&settings(&server.base())).unwrap();
        assert_eq!(
            (got.body.as_slice(), got.whole),
            (b"<a/>".as_slice(), whole),
            "{sent}"
        );
        server.finish();
    }
}

/// L3, L4: a till may have done what it read, whatever became of the connection.
#[test]
fn a_connection_that_ends_early_leaves_the_outcome_open() {
    for step in [Step::Close, Step::CloseUnread] {
        let server = Script::start(vec![step]);
        let error = post(&settings(&server.base())).unwrap_err();
        assert!(matches!(error, CallError::Lost(_)), "{error:?}");
        assert!(!error.is_surely_not_sent());
        server.finish();
    }
}

/// L3 for the second request: there is no second request on an old connection.
#[test]
fn every_request_has_a_connection_of_its_own() {
    let server = Script::start(vec![
        Step::Answer(answer("200 OK", "Connection: keep-alive\r\n", b"1")),
        Step::Answer(answer("200 OK", "", b"2")),
    ]);
    let channel = Channel::new(&settings(&server.base())).unwrap();
    for expected in [b"1", b"2"] {
        let got = channel
            .exchange(&Call {
                method: CallMethod::Get,
                path: "/",
                query: &[],
                content_type: "",
                headers: &[],
                body: b"",
                deadline: DEADLINE,
            })
            .unwrap();
        assert_eq!(got.body, expected);
    }
    assert_eq!(server.finish().len(), 2);
}

#[test]
fn without_a_connection_nothing_was_sent() {
    let nameless = "http://till.invalid:8086".to_owned();
    for base in [refusing(), nameless] {
        let error = post(&settings(&base)).unwrap_err();
        assert!(matches!(error, CallError::NotConnected(_)), "{error:?}");
        assert!(error.is_surely_not_sent());
    }
}

/// Case 47: it covers everything up to the last byte.
#[test]
fn the_deadline_covers_a_dripping_body() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    let server = Script::start(vec![Step::Drip(head.to_vec())]);
    let short = Duration::from_millis(200);
    let error = post_within(&settings(&server.base()), short).unwrap_err();
    assert!(
        matches!(error, CallError::TimedOut(given) if given == short),
        "{error:?}"
    );
    assert!(!error.is_surely_not_sent());
    server.finish();
}

#[test]
fn an_endless_answer_is_given_up() {
    let announced = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
        BODY_BYTES_MAX + 1
    );
    let mut unannounced = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    unannounced.resize(unannounced.len() + BODY_BYTES_MAX + 1, b' ');
    for step in [Step::Drip(announced.into_bytes()), Step::Drip(unannounced)] {
        let server = Script::start(vec![step]);
        let error = post(&settings(&server.base())).unwrap_err();
        assert!(matches!(error, CallError::TooLarge), "{error:?}");
        server.finish();
    }
    let largest = vec![b' '; BODY_BYTES_MAX];
    let server = Script::answering(answer("200 OK", "", &largest));
    assert_eq!(
        post(&settings(&server.base())).unwrap().body.len(),
        BODY_BYTES_MAX
    );
    server.finish();
}

/// L14, L15.
#[test]
fn the_body_is_bytes_without_a_byte_order_mark() {
    let text = "Визит 1159 закрыт!";
    let marked = format!("\u{feff}{text}");
    for (headers, body) in [
        ("Content-Type: text/xml; charset=windows-1251\r\n", text),
        ("Content-Type: nonsense;;;\r\n", text),
        ("", &marked),
    ] {
        let server = Script::answering(answer("200 OK", headers, body.as_bytes()));
        let got = post(&settings(&server.base())).unwrap();
        assert_eq!(String::from_utf8(got.body).unwrap(), text);
        server.finish();
    }
}

/// Case 53.
#[test]
fn localhost_reaches_a_server_on_ipv4_alone() {
    let server = Script::answering(answer("200 OK", "", b""));
    let base = format!("http://localhost:{}", server.address.port());
    assert_eq!(post(&settings(&base)).unwrap().status, 200);
    server.finish();
}

#[test]
fn addresses_that_cannot_be_meant_are_refused() {
    for (base, allow_plain_http, part) in [
        ("10.0.0.5", true, "is not an address"),
        ("ftp://10.0.0.5", true, "ftp: is not http"),
        ("http://10.0.0.5", false, "not allowed"),
        (
            "https://waiter:secret@10.0.0.5",
            false,
            "https://…@10.0.0.5",
        ),
        ("http://waiter:secret@10.0.0.5", false, "http://…@10.0.0.5"),
        (
            "https://waiter:secret@10.0.0.5:port",
            false,
            "…@10.0.0.5:port",
        ),
    ] {
        let settings = ChannelSettings {
            allow_plain_http,
            ..settings(base)
        };
        let error = Channel::new(&settings).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let settings = ChannelSettings {
        proxy: Some("http://me:secret@[nowhere".to_owned()),
        ..settings("http://10.0.0.5")
    };
    let error = Channel::new(&settings).unwrap_err().to_string();
    assert!(error.contains("proxy `http://…@[nowhere`"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn no_debug_text_holds_a_header() {
    let server = Script::start(vec![Step::Close]);
    let error = post(&settings(&server.base())).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("c2VjcmV0"));
    server.finish();
}

/// A base where nobody listens.
fn refusing() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
