//! Every fault, on both servers, as bytes on the wire.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::client::{Bench, ORDER, pay_command, payment, raw, request_bytes, sample_check, split};

/// What a fault leaves behind: was the money taken, and what came over the wire.
struct Played {
    bytes: Vec<u8>,
    done: bool,
}

fn play(at: &str, kind: &str, arg: &Value) -> Played {
    let bench = Bench::new();
    bench.fault(at, kind, arg);
    let bytes = if at == "lime.PutCheck" {
        let id = bench.next_id();
        let request = Bench::lime_request("POST", "CashdeskServer/PutCheck", &sample_check(id));
        raw(&bench.sim.lime_url(), &request)
    } else {
        let command = pay_command(ORDER, &payment("11", "235000"));
        let query = format!("<RK7Query>{command}</RK7Query>");
        raw(&bench.sim.rkeeper_url(), &Bench::xml_request(&query))
    };
    let state = bench.state();
    assert_eq!(state["requests"][at], 1, "{kind}: what arrives is counted");
    assert_eq!(state["faults"], json!([]), "{kind}: used up");
    let done = if at == "lime.PutCheck" {
        bench.balance("9001") == "2650.00"
    } else {
        state["orders"][0]["paid"] == true
    };
    Played { bytes, done }
}

const PLACES: [&str; 2] = ["lime.PutCheck", "rkeeper.PayOrder"];

#[test]
fn lost_requests_and_replies_are_closed_connections() {
    for at in PLACES {
        for (kind, done) in [("lose_request", false), ("lose_reply", true)] {
            let played = play(at, kind, &Value::Null);
            assert_eq!(played.bytes, b"", "{at} {kind}: not one byte");
            assert_eq!(played.done, done, "{at} {kind}");
        }
    }
}

#[test]
fn answers_that_are_no_answers() {
    for at in PLACES {
        for (kind, arg, status, done) in [
            ("error_before", Value::Null, 500, false),
            ("error_before", json!(503), 503, false),
            ("error_after", Value::Null, 500, true),
            ("error_after", json!("504"), 504, true),
            // An error of the server's own, as in `refuse`.
            ("error_after", json!("2128"), 200, true),
            ("garbage", Value::Null, 200, true),
            ("html", Value::Null, 200, false),
        ] {
            let played = play(at, kind, &arg);
            let answer = split(&played.bytes);
            assert_eq!(answer.status, status, "{at} {kind}");
            assert_eq!(played.done, done, "{at} {kind}");
            if kind == "html" {
                assert!(answer.text().starts_with("<!DOCTYPE html>"));
            }
            if kind == "garbage" {
                assert!(String::from_utf8(answer.body).is_err());
            }
        }
    }
}

#[test]
fn late_doubled_and_dripping_answers_are_whole() {
    for at in PLACES {
        for (kind, arg) in [
            ("delay", json!(1)),
            ("duplicate", Value::Null),
            ("drip", json!("0")),
        ] {
            let played = play(at, kind, &arg);
            let answer = split(&played.bytes);
            assert_eq!(answer.status, 200, "{at} {kind}");
            assert!(played.done, "{at} {kind}");
            let text = answer.text();
            let whole = if at == "lime.PutCheck" {
                serde_json::from_str::<Value>(&text).is_ok_and(|own| own["check"].is_object())
            } else {
                text.contains("Status=\"Ok\"") && text.ends_with("</RK7QueryResult>")
            };
            assert!(whole, "{at} {kind}: {text}");
        }
    }
}

#[test]
fn cut_body_has_no_length_and_ends_with_the_connection() {
    for at in PLACES {
        let played = play(at, "cut_body", &Value::Null);
        assert!(played.done);
        let answer = split(&played.bytes);
        assert_eq!(answer.status, 200);
        let head = answer.head.to_ascii_lowercase();
        assert!(
            !head.contains("content-length") && !head.contains("chunked"),
            "{head}"
        );
        let text = answer.text();
        assert!(!text.is_empty());
        assert!(!text.ends_with("</RK7QueryResult>"));
        assert!(serde_json::from_str::<Value>(&text).is_err());
    }
}

#[test]
fn refusals_do_nothing() {
    for (at, arg, expected) in [
        (
            "lime.PutCheck",
            json!("CardBlocked"),
            "\"error\":\"CardBlocked\"",
        ),
        ("lime.PutCheck", Value::Null, "\"error\":\"NotEnoughMoney\""),
        ("rkeeper.PayOrder", json!(2172), "RK7ErrorN=\"2172\""),
        ("rkeeper.PayOrder", json!("2219"), "RK7ErrorN=\"2219\""),
        ("rkeeper.PayOrder", Value::Null, "RK7ErrorN=\"3373\""),
    ] {
        let played = play(at, "refuse", &arg);
        assert!(!played.done);
        let text = split(&played.bytes).text();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn delayed_work_is_done_though_the_client_has_hung_up() {
    let bench = Bench::new();
    bench.fault("lime.PutCheck", "delay", &json!(50));
    let id = bench.next_id();
    let request = Bench::lime_request("POST", "CashdeskServer/PutCheck", &sample_check(id));
    let address = bench.sim.lime_url();
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(&request).unwrap();
    // The request is counted when it has arrived; then the client leaves.
    while bench.state()["requests"]["lime.PutCheck"] != 1 {}
    drop(stream);
    while bench.balance("9001") != "2650.00" {}
}

#[test]
fn a_kept_connection_is_cut_in_its_second_request() {
    let bench = Bench::new();
    bench.fault("lime.GetCardInfo", "lose_request", &Value::Null);
    let address = bench.sim.lime_url();
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    let keep = |path: &str| {
        let bytes = Bench::lime_request("GET", path, "");
        let text = String::from_utf8(bytes).unwrap();
        text.replace("Connection: close\r\n", "").into_bytes()
    };
    stream
        .write_all(&keep("CashdeskServer/GetNextCheckId?cashdeskId=1"))
        .unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"2226634") {
        stream.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    }
    let lost = keep("CashdeskServer/GetCardInfo?installationId=1&uid=61366822");
    stream.write_all(&lost).unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}

#[test]
fn faults_wait_in_order_and_can_be_taken_back() {
    let bench = Bench::new();
    let order = |at: &str, kind: &str, count: u32| {
        let body = json!({"at": at, "kind": kind, "count": count});
        bench.control_post("/fault", &body).status
    };
    assert_eq!(order("lime.*", "error_before", 2), 200);
    let status = || {
        let request = Bench::lime_request("GET", "CashdeskServer/GetShift?cashdeskId=1", "");
        split(&raw(&bench.sim.lime_url(), &request)).status
    };
    assert_eq!(status(), 500);
    bench.command("<RK7CMD CMD=\"GetSystemInfo2\"/>");
    assert_eq!(order("lime.GetShift", "html", 1), 200);
    assert_eq!(status(), 500);
    assert_eq!(order("lime.GetShift", "refuse", 0), 200, "taken back");
    assert_eq!(bench.state()["faults"], json!([]));
    assert_eq!(status(), 200);
    for (at, kind) in [
        ("lime.Nothing", "html"),
        ("rkeeper.VoidOrder", "html"),
        ("lime.*", "x"),
    ] {
        assert_eq!(order(at, kind, 1), 400, "{at} {kind}");
    }
    let bytes = request_bytes("POST", "/fault", &[], b"{}");
    assert_eq!(split(&raw(&bench.sim.control_url(), &bytes)).status, 400);
}

/// Sends a check and returns the open connection.
fn send_check(bench: &Bench, id: i64) -> TcpStream {
    let request = Bench::lime_request("POST", "CashdeskServer/PutCheck", &sample_check(id));
    let address = bench.sim.lime_url();
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(&request).unwrap();
    stream
}

#[test]
fn a_server_that_hangs_before_does_nothing_for_a_client_that_left() {
    let bench = Bench::new();
    bench.fault("lime.PutCheck", "hang_before", &json!(600_000));
    let id = bench.next_id();
    let stream = send_check(&bench, id);
    while bench.state()["hanging"] != 1 {}
    assert_eq!(bench.state()["requests"]["lime.PutCheck"], 1);
    assert_eq!(bench.balance("9001"), "5000.00");
    drop(stream);
    while bench.state()["hanging"] != 0 {}
    assert_eq!(bench.balance("9001"), "5000.00", "never done");
    assert_eq!(bench.put_check(&sample_check(id))["check"]["id"], id);
}

#[test]
fn a_server_that_hangs_after_has_done_it_at_once() {
    let bench = Bench::new();
    bench.fault("lime.PutCheck", "hang_after", &Value::Null);
    let stream = send_check(&bench, bench.next_id());
    while bench.state()["hanging"] != 1 {}
    assert_eq!(bench.balance("9001"), "2650.00");
    drop(stream);
    while bench.state()["hanging"] != 0 {}
    assert_eq!(bench.balance("9001"), "2650.00");
}

#[test]
fn a_hanging_server_answers_in_the_end() {
    for at in PLACES {
        for kind in ["hang_before", "hang_after"] {
            let played = play(at, kind, &json!(1));
            assert!(played.done, "{at} {kind}");
            assert_eq!(split(&played.bytes).status, 200, "{at} {kind}");
        }
    }
}

#[test]
fn thinking_takes_its_time_on_both_servers() {
    let bench = Bench::new();
    let think = |body: Value| bench.control_post("/think", &body).status;
    assert_eq!(think(json!({"ms": 30})), 200);
    let start = std::time::Instant::now();
    bench.next_id();
    bench.command("<RK7CMD CMD=\"GetSystemInfo2\"/>");
    // Never less than asked for; how much more is the machine's business.
    assert!(start.elapsed() >= std::time::Duration::from_millis(60));
    assert!(bench.control("/busy")["us"].as_u64() >= Some(60_000));
    assert_eq!(bench.state()["think_ms"], 30);
    assert_eq!(think(json!({"ms": 0})), 200);
    for wrong in [
        json!({}),
        json!({"ms": -1}),
        json!({"ms": 600_001}),
        json!({"ms": 1, "x": 1}),
    ] {
        assert_eq!(think(wrong), 400);
    }
}
