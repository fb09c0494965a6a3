//! What r_keeper tells by itself: the real screen, over real HTTP.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Said, Sim, till_command};
use crate::relay::{Deed, Relay};
use crate::screen::Screen;

/// Longer than any test: only a notice can show a change before it.
const NEVER_S: u32 = 600;

/// A port of this machine that nobody has.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn config(sim: &Sim, poll_s: u32, listen: &str) -> PathBuf {
    sim.config_with("notices.toml", |text| {
        text.replace(
            "[rkeeper]\n",
            &format!("[rkeeper]\nnotify.listen = \"{listen}\"\npoll_s = {poll_s}\n"),
        )
    })
}

/// What the till answers to a message; empty where it hangs up.
fn send(address: SocketAddr, message: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // It may have hung up before it has read all of it.
    let _ = stream.write_all(message);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /any HTTP/1.1\r\nHost: till\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn counts(address: SocketAddr) -> Value {
    let answer = send(address, b"GET / HTTP/1.1\r\nHost: till\r\n\r\n");
    let body = answer.split("\r\n\r\n").nth(1).unwrap().to_owned();
    serde_json::from_str(&body).unwrap()
}

fn looks(sim: &Sim) -> u64 {
    sim.state()["requests"]["rkeeper.GetOrderList2"]
        .as_u64()
        .unwrap_or(0)
}

fn dish(price: &str) -> Value {
    json!({"op": "add_dish", "order": "3/1", "code": 2460, "name": "Ролл Бонито", "price": price})
}

/// The list shows the order with this sum.
fn wait_for_sum(screen: &mut Screen, sum: &str) {
    screen.wait(sum, |text| {
        text.lines()
            .any(|line| line.contains("3/1") && line.contains(sum))
    });
}

fn sum_of(sim: &Sim) -> i64 {
    let total = sim.order("3/1")["total"].as_str().unwrap().to_owned();
    total.replace('.', "").parse().unwrap()
}

/// `1234500` as the screen writes it.
fn shown(kopecks: i64) -> String {
    let roubles = (kopecks / 100).to_string();
    let mut grouped = String::new();
    for (place, digit) in roubles.chars().enumerate() {
        if place > 0 && (roubles.len() - place).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    format!("{grouped},{:02}", kopecks % 100)
}

#[test]
fn a_notice_shows_a_change_without_waiting_for_the_next_look() {
    let sim = Sim::start();
    let address = free_port();
    let config = config(&sim, NEVER_S, &address.to_string());
    let mut screen = Screen::start(&[], Some(&config));
    let before = sum_of(&sim);
    wait_for_sum(&mut screen, &shown(before));
    sim.post("/notify", &json!({"to": address.to_string()}));
    sim.edit(&dish("410.00"));
    wait_for_sum(&mut screen, &shown(before + 41_000));
    sim.edit(&dish("17.50"));
    wait_for_sum(&mut screen, &shown(before + 42_750));

    // Rubbish asks r_keeper nothing, whatever it is and however much of it comes.
    let asked = looks(&sim);
    let large = vec![b'x'; 100_000];
    let guid = sim.order("3/1")["guid"].as_str().unwrap().to_owned();
    for (message, answer) in [
        (post(b"rubbish"), "200"),
        (post(b""), "200"),
        (post(format!("<Order guid=\"{guid}\"/>").as_bytes()), "200"),
        (post(b"<a seqnumber=\"9\"><Order>"), "200"),
        (post(&large), "413"),
        (b"DELETE / HTTP/1.1\r\nHost: till\r\n\r\n".to_vec(), "405"),
        (b"\x16\x03\x01\x00\x05hello\r\n\r\n".to_vec(), "400"),
    ] {
        let got = send(address, &message);
        assert!(
            got.starts_with(&format!("HTTP/1.1 {answer}")),
            "{answer}: {got}"
        );
    }
    assert_eq!(
        counts(address),
        json!({"limekeeper_notices": 2, "not_understood": 4})
    );
    assert_eq!(looks(&sim), asked);

    // And the till hears as before.
    sim.edit(&dish("1.00"));
    wait_for_sum(&mut screen, &shown(before + 42_850));
    let args = ["doctor", "--lang", "en", "--json"];
    let said = Said::of(&till_command(&config, &args).output().unwrap()).expect_code(0);
    assert!(
        said.out
            .contains("not understood as notices of r_keeper: 4 (understood: 3)"),
        "{said:?}"
    );
    screen.leave();
}

/// Whoever opens connections and says nothing keeps nobody out for long, and the till works on.
#[test]
fn silent_connections_stop_nothing() {
    let sim = Sim::start();
    let address = free_port();
    let config = config(&sim, NEVER_S, &address.to_string());
    let mut screen = Screen::start(&[], Some(&config));
    let before = sum_of(&sim);
    wait_for_sum(&mut screen, &shown(before));
    let silent: Vec<TcpStream> = (0..40)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    // Each of them is closed by the till, at once or after its few seconds.
    for mut stream in silent {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    sim.post("/notify", &json!({"to": address.to_string()}));
    sim.edit(&dish("410.00"));
    wait_for_sum(&mut screen, &shown(before + 41_000));
    screen.leave();
}

/// Without notices, and with a port that cannot be opened, the till looks by itself: one request of
/// some hundred bytes, and as little for an answer, while nothing changes.
#[test]
fn without_notices_the_till_looks_by_itself_and_asks_for_little() {
    let sim = Sim::start();
    let relay = Relay::start(&sim.rkeeper, |_| Deed::Pass);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().map(|address| (taken, address)).unwrap();
    let config = sim.config_with("notices.toml", |text| {
        text.replace(&sim.rkeeper, &relay.base).replace(
            "[rkeeper]\n",
            &format!("[rkeeper]\nnotify.listen = \"{}\"\npoll_s = 1\n", taken.1),
        )
    });
    let mut screen = Screen::start(&[], Some(&config));
    let before = sum_of(&sim);
    wait_for_sum(&mut screen, &shown(before));
    sim.edit(&dish("410.00"));
    wait_for_sum(&mut screen, &shown(before + 41_000));
    let seen = looks(&sim);
    sim.wait_for_calls("rkeeper.GetOrderList2", seen + 2);
    let asked = relay.bodies("GetOrderList2");
    let last = asked.last().unwrap();
    assert!(last.len() < 300, "{}", String::from_utf8_lossy(last));
    assert!(String::from_utf8_lossy(last).contains("lastversion"));
    // While nothing changes r_keeper is asked nothing else.
    let names: Vec<String> = relay
        .seen()
        .iter()
        .rev()
        .take(2)
        .map(|seen| seen.name.clone())
        .collect();
    assert_eq!(names, ["GetOrderList2", "GetOrderList2"]);
    let said = Said::of(
        &till_command(&config, &["doctor", "--lang", "en", "--json"])
            .output()
            .unwrap(),
    );
    assert!(said.expect_code(0).out.contains("cannot be heard"));
    screen.leave();
}
