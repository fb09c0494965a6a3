//! A server of tests: a real socket that does what it is told, connection by connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// What to do with one connection.
pub(crate) enum Step {
    /// Read the request, send these bytes, close.
    Answer(Vec<u8>),
    /// Read the request, then close without a word.
    Close,
    /// Close with the request still unread.
    CloseUnread,
    /// Read the request, send these bytes, then one byte after another until the client leaves.
    Drip(Vec<u8>),
}

/// A running server.
pub(crate) struct Script {
    pub(crate) address: SocketAddr,
    thread: JoinHandle<(TcpListener, Vec<Vec<u8>>)>,
}

impl Script {
    pub(crate) fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            let mut requests = Vec::new();
            for step in steps {
                let (stream, _) = listener.accept().unwrap();
                requests.extend(perform(stream, &step));
            }
            (listener, requests)
        });
        Self { address, thread }
    }

    /// One connection that gets this answer.
    pub(crate) fn answering(answer: Vec<u8>) -> Self {
        Self::start(vec![Step::Answer(answer)])
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that came, whole. Fails where another connection was opened than the script
    /// has steps: that is how a repeated request is noticed.
    pub(crate) fn finish(self) -> Vec<Vec<u8>> {
        let (listener, requests) = self.thread.join().unwrap();
        listener.set_nonblocking(true).unwrap();
        let more = listener.accept().map(|_| ()).unwrap_err();
        assert_eq!(more.kind(), ErrorKind::WouldBlock, "one more connection");
        requests
    }
}

fn perform(mut stream: TcpStream, step: &Step) -> Option<Vec<u8>> {
    if matches!(step, Step::CloseUnread) {
        // Part of it has come, so that the rest is surely on its way.
        stream.peek(&mut [0]).unwrap();
        return None;
    }
    let request = read_request(&mut stream);
    match step {
        Step::Answer(answer) => stream.write_all(answer).unwrap(),
        Step::Close | Step::CloseUnread => {}
        Step::Drip(start) => {
            stream.write_all(start).unwrap();
            while stream.write_all(b" ").is_ok() {
                thread::sleep(std::time::Duration::from_millis(5));
            }
        }
    }
    Some(request)
}

/// One whole request: head and as many bytes as `Content-Length` says.
pub(crate) fn read_request(stream: &mut impl Read) -> Vec<u8> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return request;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request.clone()).unwrap().to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    request.extend(body);
    request
}

/// An answer with Content-Length.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend(body);
    bytes
}
