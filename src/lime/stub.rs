//! For the tests of this folder: a site's settings, the sample bill, a scripted HTTP server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use secrecy::SecretString;

use super::{AccountType, Auth, REFUSALS, Settings, ShiftRule};
use crate::domain::{
    AccountId, AccountKind, Attribution, LineDue, Money, Notation, OrderGuid, Quantity, Uid,
};
use crate::http::{ChannelSettings, TlsProfile};
use crate::payment::sale::{Leg, PaymentId, Sale};

/// The sample site behind this address.
pub(super) fn settings(base: &str) -> Settings {
    let account = |good_type_id, kind, processing_id, credit_limit| AccountType {
        good_type_id,
        kind,
        processing_id,
        priority: 0,
        credit_limit,
        name: None,
        rules: Arc::default(),
    };
    Settings {
        channel: ChannelSettings {
            base: base.to_owned(),
            allow_plain_http: true,
            pins: vec![],
            proxy: None,
            connect_timeout: Duration::from_secs(5),
            tls: TlsProfile::Modern,
        },
        path: "/api".to_owned(),
        auth: Auth::Header {
            name: "Authorization".to_owned(),
            value: SecretString::from("LimeToken sample-key"),
        },
        installation_id: 1,
        cashdesk_id: 11,
        user_id: 3,
        shift: ShiftRule::Unchecked,
        account_types: vec![
            account(1, AccountKind::Money, 1, None),
            account(2, AccountKind::Bonus, 2, None),
            account(
                3,
                AccountKind::Credit,
                3,
                Some(Money::from_kopecks(1_000_000)),
            ),
            account(5, AccountKind::Credit, 3, None),
        ],
        uid: Notation::default(),
        transaction_reference: "{account};{uid};{payment}/{leg}".to_owned(),
        sale_check_type: 0,
        return_check_type: 1,
        return_check_field: "returnCheckId".to_owned(),
        read_check: "CashdeskServer/GetCheck".to_owned(),
        list_checks: "CashdeskServer/GetChecks".into(),
        card_by_number: "ClientManagement/GetCardInfoByCardCode".into(),
        check_pin: "ClientManagement/CheckPin".into(),
        repeat_same_check: true,
        service_good_type_id: None,
        blocked_field: "isBlocked".to_owned(),
        lost_field: "isLost".to_owned(),
        valid_to_field: "validTo".to_owned(),
        held_field: String::new(),
        refusals: REFUSALS
            .iter()
            .map(|&(code, reason)| (code.to_owned(), reason))
            .collect(),
        show_holder: true,
        keyed_cards: true,
        read_timeout: Duration::from_secs(10),
        write_timeout: Duration::from_secs(10),
    }
}

/// A row of a bill.
pub(super) fn line(code: &str, thousandths: i64, base: i64, due: i64) -> LineDue {
    LineDue {
        line_id: format!("line {code}"),
        code: code.to_owned(),
        name: format!("Блюдо {code}"),
        quantity: Quantity::from_thousandths(thousandths),
        base_price: Money::from_kopecks(base),
        due: Money::from_kopecks(due),
    }
}

/// The six dishes of the sample bill.
pub(super) fn sample_lines() -> Vec<LineDue> {
    [
        ("2470", 29_000),
        ("2469", 36_000),
        ("2476", 43_000),
        ("2460", 41_000),
        ("2466", 65_000),
        ("2447", 21_000),
    ]
    .map(|(code, price)| line(code, 1_000, price, price))
    .into()
}

/// A leg of that many kopecks; card, client, account and UID follow from the number.
pub(super) fn leg(number: u32, type_id: i64, kopecks: i64) -> Leg {
    Leg {
        number,
        uid: Uid::new(format!("{}", 61_366_821 + number)).unwrap(),
        card_id: (50 + number).to_string(),
        client_id: (70 + number).to_string(),
        card_number: Some("100038".to_owned()),
        entry: crate::domain::CardEntry::Reader,
        pin_checked_at: None,
        account: AccountId((900 + number).to_string()),
        account_name: "Депозит".to_owned(),
        type_id: type_id.to_string(),
        kind: AccountKind::Money,
        amount: Money::from_kopecks(kopecks),
    }
}

/// A sale of these lines by these legs, whose sums must agree.
pub(super) fn sale(lines: Vec<LineDue>, legs: Vec<Leg>) -> Sale {
    let rows: Vec<Money> = lines.iter().map(|line| line.due).collect();
    let columns: Vec<Money> = legs.iter().map(|leg| leg.amount).collect();
    let due = Money::total(rows.iter().copied()).unwrap();
    let payment: PaymentId = "018e0d5a-8c00-7000-8000-000000000001".parse().unwrap();
    Sale {
        payment,
        order: OrderGuid("{8C9E446E-0000-0000-0000-000000000001}".to_owned()),
        order_name: "*/1".to_owned(),
        station: None,
        waiter: None,
        version: 1,
        total: due,
        due,
        rest: Money::ZERO,
        by: crate::payment::sale::By::default(),
        attribution: Attribution::in_order(&rows, &columns).unwrap(),
        lines,
        legs,
    }
}

/// What the server does with one connection, once it has read the request whole.
pub(super) enum Act {
    /// Sends these bytes and closes.
    Send(Vec<u8>),
    /// Sends nothing until the client is gone.
    Hang,
}

/// An answer with its length.
pub(super) fn answer(status: u16, body: &str) -> Act {
    Act::Send(
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n\
             {body}",
            body.len()
        )
        .into_bytes(),
    )
}

/// An answer as given, for those that are no good HTTP.
pub(super) fn raw(bytes: &str) -> Act {
    Act::Send(bytes.as_bytes().to_vec())
}

/// One request as it came.
#[derive(Debug)]
pub(super) struct Request {
    /// Request line: `GET /api/… HTTP/1.1`.
    pub(super) line: String,
    /// Header lines, names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(other, _)| other == name)?;
        Some(value)
    }
}

/// A real HTTP server on a free port that plays a script, one act per connection.
pub(super) struct Server {
    pub(super) base: String,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Request>>,
}

impl Server {
    pub(super) fn start(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let script: Vec<Act> = script.into_iter().collect();
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut requests = Vec::new();
            let mut script = script.into_iter();
            while let Ok((stream, _)) = listener.accept() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                requests.push(serve(&stream, script.next()));
            }
            requests
        });
        Self { base, stop, thread }
    }

    /// Stops the server; what it was asked.
    pub(super) fn requests(self) -> Vec<Request> {
        self.stop.store(true, Ordering::SeqCst);
        let address = self.base.trim_start_matches("http://");
        drop(TcpStream::connect(address));
        self.thread.join().unwrap()
    }
}

fn serve(stream: &TcpStream, act: Option<Act>) -> Request {
    let mut reader = BufReader::new(stream);
    let mut read_line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let line = read_line();
    let mut headers = Vec::new();
    loop {
        let header = read_line();
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        line,
        headers,
        body: Vec::new(),
    };
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).unwrap();
    let mut stream = stream;
    match act {
        Some(Act::Send(bytes)) => stream.write_all(&bytes).unwrap(),
        Some(Act::Hang) => {
            let _ = reader.read_to_end(&mut Vec::new());
        }
        None => {}
    }
    request
}
