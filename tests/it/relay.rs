//! A server between the program and a stand-in: passes everything on, and does to single calls what
//! no well-behaved server would.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::PATIENCE;

/// Longest request that is looked at before it is read.
const PEEK_BYTES: usize = 256 * 1024;
/// Between two looks, and between two dripped bytes.
const PAUSE: Duration = Duration::from_millis(5);

/// One request as it came.
#[derive(Clone)]
pub struct Seen {
    /// `PayOrder`, `PutCheck`: the command or the method.
    pub name: String,
    pub head: String,
    pub body: Vec<u8>,
    /// How many of that name came before.
    pub before: usize,
    /// How many came before on the same connection.
    pub on_connection: usize,
}

type Answer = Box<dyn Fn(Vec<u8>) -> Vec<u8> + Send>;

/// What to do with a request.
pub enum Deed {
    /// Pass it on, and the answer's body back.
    Pass,
    /// Pass it on, and the whole answer back, with its status and headers.
    PassWhole,
    /// These bytes, whole HTTP, instead; nothing is passed on.
    Say(Vec<u8>),
    /// Pass it on; what goes back, whole HTTP, is made of the true answer's body.
    Distort(Answer),
    /// Read it whole, pass it on or not, close without a word.
    Close { passed_on: bool },
    /// Close with the request still unread.
    Unread,
    /// Pass it on; begin to answer, and then one byte after another until the client leaves.
    Drip,
}

/// The relay. Ends with its test.
pub struct Relay {
    pub base: String,
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    left_dripping: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Relay {
    /// Stands before `upstream` and asks `rule` about each request.
    pub fn start(upstream: &str, rule: impl Fn(&Seen) -> Deed + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let relay = Self {
            base: format!("http://{address}"),
            address,
            seen: Arc::default(),
            left_dripping: Arc::default(),
            over: Arc::default(),
        };
        let work = Work {
            upstream: upstream.strip_prefix("http://").unwrap().to_owned(),
            rule: Arc::new(rule),
            seen: Arc::clone(&relay.seen),
            left_dripping: Arc::clone(&relay.left_dripping),
        };
        let over = Arc::clone(&relay.over);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let work = work.clone();
                thread::spawn(move || work.serve(stream.unwrap()));
            }
        });
        relay
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The bodies of the requests of that name.
    pub fn bodies(&self, name: &str) -> Vec<Vec<u8>> {
        let seen = self.seen().into_iter();
        seen.filter(|seen| seen.name == name)
            .map(|seen| seen.body)
            .collect()
    }

    /// Whether a client left while an answer was dripping.
    pub fn was_left_dripping(&self) -> bool {
        self.left_dripping.load(Ordering::SeqCst)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

#[derive(Clone)]
struct Work {
    upstream: String,
    rule: Arc<dyn Fn(&Seen) -> Deed + Send + Sync>,
    seen: Arc<Mutex<Vec<Seen>>>,
    left_dripping: Arc<AtomicBool>,
}

impl Work {
    fn serve(&self, mut stream: TcpStream) {
        for on_connection in 0.. {
            let Some(request) = peek_request(&stream) else {
                return;
            };
            let seen = self.note(&request, on_connection);
            let deed = (self.rule)(&seen);
            if matches!(deed, Deed::Unread) {
                return;
            }
            stream.read_exact(&mut vec![0; request.len()]).unwrap();
            let pass_on = || exchange(&self.upstream, &request);
            let (answer, goes_on) = match deed {
                Deed::Pass => (ok(&pass_on()), true),
                Deed::PassWhole => (exchange_whole(&self.upstream, &request), false),
                Deed::Say(bytes) => (bytes, false),
                Deed::Distort(answer) => (answer(pass_on()), false),
                Deed::Close { passed_on } => {
                    if passed_on {
                        pass_on();
                    }
                    return;
                }
                Deed::Unread => return,
                Deed::Drip => {
                    pass_on();
                    return self.drip(&mut stream);
                }
            };
            if stream.write_all(&answer).is_err() || !goes_on {
                return;
            }
        }
    }

    fn note(&self, request: &[u8], on_connection: usize) -> Seen {
        let (head, body) = request.split_at(head_len(request).unwrap());
        let head = String::from_utf8(head.to_vec()).unwrap();
        let name = name_of(&head, body);
        let mut all = self.seen.lock().unwrap();
        let seen = Seen {
            before: all.iter().filter(|other| other.name == name).count(),
            name,
            head,
            body: body.to_vec(),
            on_connection,
        };
        all.push(seen.clone());
        seen
    }

    fn drip(&self, stream: &mut TcpStream) {
        let until = Instant::now() + PATIENCE;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        let mut alive = stream.write_all(head).is_ok();
        while alive && Instant::now() < until {
            thread::sleep(PAUSE);
            alive = stream.write_all(b" ").is_ok();
        }
        self.left_dripping.store(!alive, Ordering::SeqCst);
    }
}

/// Waits for a whole request without taking it.
fn peek_request(stream: &TcpStream) -> Option<Vec<u8>> {
    let mut bytes = vec![0; PEEK_BYTES];
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let length = stream.peek(&mut bytes).ok().filter(|&length| length > 0)?;
        if let Some(whole) = request_len(&bytes[..length]) {
            bytes.truncate(whole);
            return Some(bytes);
        }
        thread::sleep(PAUSE);
    }
    None
}

fn head_len(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
    Some(end + 4)
}

/// How long a message is by its head, if all of it is there.
fn request_len(bytes: &[u8]) -> Option<usize> {
    let head = head_len(bytes)?;
    let length = String::from_utf8_lossy(&bytes[..head])
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok())
        .unwrap_or(0);
    (bytes.len() >= head + length).then_some(head + length)
}

fn name_of(head: &str, body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body);
    let command = body
        .split_once("CMD=\"")
        .and_then(|(_, rest)| rest.split('"').next());
    let path = head.split_whitespace().nth(1).unwrap_or_default();
    let method = path.split('?').next().unwrap_or_default();
    command
        .unwrap_or_else(|| method.rsplit('/').next().unwrap_or_default())
        .to_owned()
}

/// The body that the stand-in answers to the request.
pub fn exchange(upstream: &str, request: &[u8]) -> Vec<u8> {
    let mut whole = exchange_whole(upstream, request);
    whole.split_off(head_len(&whole).unwrap())
}

fn exchange_whole(upstream: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(upstream).unwrap();
    stream.write_all(request).unwrap();
    read_message(&mut stream)
}

fn read_message(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    while request_len(&bytes).is_none() {
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "the stand-in answered nothing whole");
        bytes.extend(&chunk[..read]);
    }
    bytes
}

/// A good answer that keeps its connection.
pub fn ok(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend(body);
    bytes
}

/// An answer that ends where its connection does.
pub fn without_length(body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.0 200 OK\r\n\r\n", body].concat()
}

/// One TLS connection after another, each one exchange with the stand-in. Never ends.
pub fn tls(upstream: &str, config: rustls::ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            while request_len(&request).is_none() {
                match stream.read(&mut chunk) {
                    Ok(read @ 1..) => request.extend(&chunk[..read]),
                    Ok(0) | Err(_) => break,
                }
            }
            if request_len(&request).is_some() {
                let answer = ok(&exchange(&upstream, &request));
                let _ = stream.write_all(&answer).and_then(|()| stream.flush());
            }
        }
    });
    address
}
