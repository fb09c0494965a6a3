//! A client of a few lines: what it sends and what it gets is plain bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sim::{Sim, SimOptions};

pub(super) const XML_PATH: &str = "/rk7api/v0/xmlinterface.xml";
pub(super) const ORDER: &str = "{5B1A7C00-2350-4F31-9E2A-0A833D4F0001}";
pub(super) const DISCOUNT_ORDER: &str = "{5B1A7C00-2350-4F31-9E2A-0A833D4F0002}";
pub(super) const LOCKED_ORDER: &str = "{5B1A7C00-2350-4F31-9E2A-0A833D4F0003}";
pub(super) const PREPAID_ORDER: &str = "{5B1A7C00-2350-4F31-9E2A-0A833D4F0004}";
pub(super) const LOCK: &str = "{AAAAAAAA-0000-4000-8000-000000000001}";
pub(super) const PAYMENT_ID: &str = "0190b5a0-0000-7000-8000-000000000001";

/// An answer, or the reason why there is none.
pub(super) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }
}

/// The bytes of a whole exchange until the server closes.
pub(super) fn raw(base: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request).unwrap();
    let mut bytes = Vec::new();
    // A reset instead of an end is an end too.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

pub(super) fn request_bytes(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    let length = body.len().to_string();
    request.extend(["Content-Length: ", &length, "\r\n\r\n"]);
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(super) fn split(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head in {} bytes", bytes.len()));
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    Answer {
        status: head[9..12].parse().unwrap(),
        head,
        body: bytes[end + 4..].to_vec(),
    }
}

/// Running stand-ins with a fresh sample.
pub(super) struct Bench {
    pub sim: Sim,
    pub dir: tempfile::TempDir,
}

pub(super) fn start(dir: &Path, scenario: Option<&Path>) -> Sim {
    Sim::start(SimOptions {
        state_dir: dir.to_owned(),
        scenario: scenario.map(Path::to_owned),
        ..SimOptions::default()
    })
    .unwrap_or_else(|error| panic!("{error}"))
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sim = start(dir.path(), None);
        Self { sim, dir }
    }

    /// The sample with a piece of its text replaced.
    pub fn with(from: &str, to: &str) -> Self {
        let sample = include_str!("../../../assets/scenarios/sample.toml");
        assert!(sample.contains(from));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scenario.toml");
        std::fs::write(&path, sample.replacen(from, to, 1)).unwrap();
        let sim = start(dir.path(), Some(&path));
        Self { sim, dir }
    }

    /// Kills nothing gently: the same state directory, new servers.
    pub fn restarted(self) -> Self {
        let Self { sim, dir } = self;
        sim.stop();
        let sim = start(dir.path(), None);
        Self { sim, dir }
    }

    pub fn xml_request(query: &str) -> Vec<u8> {
        let login = format!("Basic {}", STANDARD.encode("limekeeper:sample-password"));
        let headers = [
            ("Authorization", login.as_str()),
            ("Content-Type", "text/xml"),
        ];
        request_bytes("POST", XML_PATH, &headers, query.as_bytes())
    }

    /// Sends a query.
    pub fn query(&self, query: &str) -> String {
        let answer = split(&raw(&self.sim.rkeeper_url(), &Self::xml_request(query)));
        assert_eq!(answer.status, 200);
        answer.text()
    }

    /// Sends one command in the usual form.
    pub fn command(&self, command: &str) -> String {
        self.query(&format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><RK7Query>{command}</RK7Query>"
        ))
    }

    pub fn lime_request(method: &str, path: &str, body: &str) -> Vec<u8> {
        let headers = [
            ("Authorization", "LimeToken sample-key-0001"),
            ("Content-Type", "application/json"),
        ];
        request_bytes(method, &format!("/api/{path}"), &headers, body.as_bytes())
    }

    pub fn get(&self, path: &str) -> Value {
        split(&raw(
            &self.sim.lime_url(),
            &Self::lime_request("GET", path, ""),
        ))
        .json()
    }

    pub fn post(&self, path: &str, body: &str) -> Value {
        split(&raw(
            &self.sim.lime_url(),
            &Self::lime_request("POST", path, body),
        ))
        .json()
    }

    pub fn put_check(&self, body: &str) -> Value {
        self.post("CashdeskServer/PutCheck", body)
    }

    pub fn next_id(&self) -> i64 {
        self.get("CashdeskServer/GetNextCheckId?cashdeskId=1")
            .as_i64()
            .unwrap()
    }

    pub fn control(&self, path: &str) -> Value {
        split(&raw(
            &self.sim.control_url(),
            &request_bytes("GET", path, &[], b""),
        ))
        .json()
    }

    pub fn control_post(&self, path: &str, body: &Value) -> Answer {
        let bytes = request_bytes("POST", path, &[], body.to_string().as_bytes());
        split(&raw(&self.sim.control_url(), &bytes))
    }

    pub fn edit(&self, body: &Value) {
        let answer = self.control_post("/edit", body);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub fn fault(&self, at: &str, kind: &str, arg: &Value) {
        let order = json!({"at": at, "kind": kind, "count": 1, "arg": arg});
        let answer = self.control_post("/fault", &order);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub fn state(&self) -> Value {
        self.control("/state")
    }

    pub fn violations(&self) -> Vec<String> {
        serde_json::from_value(self.state()["violations"].clone()).unwrap()
    }

    pub fn balance(&self, account: &str) -> String {
        let state = self.state();
        let accounts = state["accounts"].as_array().unwrap();
        let found = accounts.iter().find(|own| own["id"] == account).unwrap();
        found["balance"].as_str().unwrap().to_owned()
    }
}

/// An attribute's value in an answer: the first of that name.
pub(super) fn attribute(answer: &str, name: &str) -> Option<String> {
    let start = answer.find(&format!(" {name}=\""))? + name.len() + 3;
    let length = answer[start..].find('"')?;
    Some(answer[start..start + length].to_owned())
}

/// Status, number, text of an answer.
pub(super) fn verdict(answer: &str) -> (String, Option<String>) {
    (
        attribute(answer, "Status").unwrap(),
        attribute(answer, "RK7ErrorN"),
    )
}

/// The six dishes of the sample: code, kopecks.
pub(super) const DISHES: [(i64, &str); 6] = [
    (2470, "290.00"),
    (2469, "360.00"),
    (2476, "430.00"),
    (2460, "410.00"),
    (2466, "650.00"),
    (2447, "210.00"),
];

/// One entry of a check, paid by one account.
pub(super) fn entry(check_id: i64, index: usize, code: i64, sum: &str, reference: &str) -> String {
    format!(
        "{{\"entry\":{{\"checkId\":{check_id},\"id\":{index},\"goodTypeId\":{code},\
         \"cardId\":501,\"userId\":7001,\"amount\":{sum},\"price\":{sum},\"basePrice\":{sum},\
         \"count\":1}},\"payments\":[{{\"checkEntryId\":{index},\"id\":0,\"processingId\":1,\
         \"amount\":{sum},\"transactionReference\":\"{reference}\"}}],\
         \"checkEntryDiscounts\":[]}}"
    )
}

/// A whole check.
pub(super) fn check(id: i64, entries: &[String]) -> String {
    format!(
        "{{\"check\":{{\"id\":{id},\"installationId\":1,\"cashdeskId\":1,\"userId\":1,\
         \"installationTime\":\"2024-03-05T14:30:00\",\"time\":\"2024-03-05T14:30:00\",\
         \"type\":0,\"administrative\":false,\"delayFiscalization\":false}},\
         \"entries\":[{}]}}",
        entries.join(",")
    )
}

pub(super) fn reference() -> String {
    format!("9001;61366822;{PAYMENT_ID}/1")
}

/// The sample bill as a check.
pub(super) fn sample_check(id: i64) -> String {
    let entries: Vec<String> = DISHES
        .iter()
        .enumerate()
        .map(|(index, (code, sum))| entry(id, index, *code, sum, &reference()))
        .collect();
    check(id, &entries)
}

/// The return of one entry of a check.
pub(super) fn return_check(id: i64, sale: i64, original: usize, code: i64, sum: &str) -> String {
    check(id, &[entry(id, 0, code, sum, &reference())])
        .replace(
            "\"type\":0",
            &format!("\"type\":1,\"returnCheckId\":{sale}"),
        )
        .replace(
            "\"count\":1",
            &format!("\"count\":1,\"returnCheckEntryId\":{original}"),
        )
}

pub(super) fn lock_command(order: &str, time: &str, guid: &str) -> String {
    format!(
        "<RK7CMD CMD=\"LockOrder\" lockTime=\"{time}\" lockguid=\"{guid}\">\
         <Order guid=\"{order}\"/><Station code=\"1\"/><Employee code=\"5\"/></RK7CMD>"
    )
}

pub(super) fn pay_command(order: &str, inner: &str) -> String {
    format!(
        "<RK7CMD CMD=\"PayOrder\" lockguid=\"{LOCK}\"><Order guid=\"{order}\"/>\
         <Station code=\"1\"/><Cashier code=\"5\"/>{inner}</RK7CMD>"
    )
}

pub(super) fn payment(code: &str, amount: &str) -> String {
    format!(
        "<Payment code=\"{code}\" amount=\"{amount}\" cardCode=\"61366822\" \
         extTransactionInfo=\"{PAYMENT_ID}/1\"/>"
    )
}

pub(super) fn get_order(guid: &str) -> String {
    format!("<RK7CMD CMD=\"GetOrder\"><Order guid=\"{guid}\"/></RK7CMD>")
}
