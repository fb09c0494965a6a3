//! A gate between the program and the stand-ins: every call passes it, is counted by it, and can be
//! held at it before it arrives, after it was executed, or after it was answered.

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use crate::harness::{PATIENCE, Sim, till_command};

/// Where a call is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// It has left the program and not arrived.
    Before,
    /// It was executed, its answer is under way.
    After,
    /// Its answer is in the program's hands.
    Answered,
}

/// What the one who started a run hears of it.
pub enum Happening {
    /// The call that was to be held is held; `true` lets it go on, dropping the sender loses it.
    Held(Sender<bool>),
    /// The program ended, having said this.
    Ended(String),
}

struct State {
    servers: [Option<SocketAddr>; 2],
    calls: Vec<String>,
    stop: Option<(usize, When)>,
    tell: Option<Sender<Happening>>,
    open: usize,
    short_locks: bool,
    /// Nobody is let in: a program that has its answer goes on until it is killed.
    cut: bool,
}

/// How long an order is locked by the shipped config, as r_keeper is told, and what it hears where
/// locks are to run out soon.
const LOCK: [&str; 2] = ["1899-12-30T00:02:30", "1899-12-30T00:00:01"];

/// Two listeners, one before each server.
#[derive(Clone)]
pub struct Gate {
    shared: Arc<(Mutex<State>, Condvar)>,
    urls: [String; 2],
}

impl Gate {
    pub fn open() -> Self {
        let state = State {
            servers: [None, None],
            calls: vec![],
            stop: None,
            tell: None,
            open: 0,
            short_locks: false,
            cut: false,
        };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let urls = [0, 1].map(|server| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                for stream in listener.incoming() {
                    let stream = stream.unwrap();
                    let mut state = shared.0.lock().unwrap();
                    if state.cut {
                        continue;
                    }
                    state.open += 1;
                    drop(state);
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        pass(&shared, server, stream);
                        shared.0.lock().unwrap().open -= 1;
                        shared.1.notify_all();
                    });
                }
            });
            url
        });
        Self { shared, urls }
    }

    /// Leads to these stand-ins from now on; answers with the config of a till that goes through.
    pub fn lead_to(&self, sim: &Sim, change: impl Fn(String) -> String) -> PathBuf {
        let address = |url: &str| url.strip_prefix("http://").unwrap().parse().ok();
        let servers = [address(&sim.rkeeper), address(&sim.lime)];
        self.shared.0.lock().unwrap().servers = servers;
        sim.config_with("gate.toml", |text| {
            change(
                text.replace(&sim.rkeeper, &self.urls[0])
                    .replace(&sim.lime, &self.urls[1]),
            )
        })
    }

    /// From now on orders are locked for a second only, whatever the program asks for.
    pub fn shorten_locks(&self) {
        self.shared.0.lock().unwrap().short_locks = true;
    }

    /// The calls of the last run.
    pub fn calls(&self) -> Vec<String> {
        self.shared.0.lock().unwrap().calls.clone()
    }

    /// Waits until nothing is under way any more.
    pub fn wait_until_idle(&self) {
        let state = self.shared.0.lock().unwrap();
        let (_state, late) = self
            .shared
            .1
            .wait_timeout_while(state, PATIENCE, |state| state.open > 0)
            .unwrap();
        assert!(!late.timed_out(), "a call is still under way");
    }

    /// Starts the program; its call number `stop.0`, counted from one, is held.
    pub fn run(&self, config: &std::path::Path, args: &[&str], stop: Option<(usize, When)>) -> Run {
        let (tell, happenings) = channel();
        {
            let mut state = self.shared.0.lock().unwrap();
            state.calls.clear();
            state.stop = stop;
            state.tell = Some(tell.clone());
        }
        let mut child = till_command(config, args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        thread::spawn(move || {
            let mut said = String::new();
            let _ = stdout.read_to_string(&mut said);
            let _ = tell.send(Happening::Ended(said));
        });
        Run {
            gate: self.clone(),
            child,
            happenings,
        }
    }

    /// Lets in again, once all that the dead program had begun is turned away: whoever knocks now
    /// is behind it.
    fn lift_cut(&self) {
        if !self.shared.0.lock().unwrap().cut {
            return;
        }
        for url in &self.urls {
            let mut knock = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
            knock.set_read_timeout(Some(PATIENCE)).unwrap();
            // Turned away, one way or the other.
            let _ = knock.read(&mut [0]);
        }
        self.shared.0.lock().unwrap().cut = false;
    }
}

/// A program that goes through the gate.
pub struct Run {
    gate: Gate,
    pub child: Child,
    happenings: Receiver<Happening>,
}

/// How a run ended.
pub struct End {
    /// The call that was held, if it came to that.
    pub held: Option<Sender<bool>>,
    pub status: ExitStatus,
    pub said: String,
}

impl Run {
    /// Waits for its end.
    pub fn end(mut self) -> End {
        let said = loop {
            match self.happenings.recv_timeout(PATIENCE).unwrap() {
                Happening::Ended(said) => break said,
                Happening::Held(_) => {}
            }
        };
        End {
            held: None,
            status: self.child.wait().unwrap(),
            said,
        }
    }

    /// Waits until the call is held.
    pub fn wait_until_held(self) -> (Sender<bool>, Self) {
        match self.happenings.recv_timeout(PATIENCE).unwrap() {
            Happening::Held(release) => (release, self),
            Happening::Ended(said) => panic!("ended before the call: {said}"),
        }
    }

    /// Kills it at the call that is held.
    pub fn kill_when_held(mut self) -> End {
        let held = match self.happenings.recv_timeout(PATIENCE).unwrap() {
            Happening::Held(release) => release,
            Happening::Ended(said) => {
                return End {
                    held: None,
                    status: self.child.wait().unwrap(),
                    said,
                };
            }
        };
        self.child.kill().unwrap();
        let gate = self.gate.clone();
        let end = self.end();
        gate.lift_cut();
        End {
            held: Some(held),
            ..end
        }
    }

    /// Kills it that long after its start, wherever it is.
    pub fn kill_after(mut self, time: Duration) -> End {
        match self.happenings.recv_timeout(time) {
            Ok(Happening::Ended(said)) => End {
                held: None,
                status: self.child.wait().unwrap(),
                said,
            },
            Ok(Happening::Held(_)) => panic!("nothing was to be held"),
            Err(RecvTimeoutError::Disconnected) => panic!("nobody tells of its end"),
            Err(RecvTimeoutError::Timeout) => {
                self.child.kill().unwrap();
                self.end()
            }
        }
    }
}

fn pass(shared: &(Mutex<State>, Condvar), server: usize, mut client: TcpStream) {
    let Some(mut request) = read_message(&mut client, false) else {
        return;
    };
    let (address, stop) = {
        let mut state = shared.0.lock().unwrap();
        state.calls.push(name_of(&request));
        if state.short_locks {
            let text = String::from_utf8(request).unwrap();
            request = text.replace(LOCK[0], LOCK[1]).into_bytes();
        }
        let here = state.stop.filter(|stop| stop.0 == state.calls.len());
        let stop = here.and_then(|(_, when)| Some((when, state.tell.clone()?)));
        (state.servers[server], stop)
    };
    // `true`: go on.
    let hold = |at| {
        let Some((when, tell)) = &stop else {
            return true;
        };
        if *when != at {
            return true;
        }
        let (release, released) = channel();
        tell.send(Happening::Held(release)).is_ok() && released.recv().unwrap_or(false)
    };
    if !hold(When::Before) {
        return;
    }
    let Some(answer) = address.and_then(|address| exchange(address, &request)) else {
        return;
    };
    if matches!(stop, Some((When::Answered, _))) {
        shared.0.lock().unwrap().cut = true;
    }
    // Whoever asked may be dead by now.
    if hold(When::After) && client.write_all(&answer).is_ok() {
        hold(When::Answered);
    }
}

fn exchange(address: SocketAddr, request: &[u8]) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(address).ok()?;
    server.write_all(request).ok()?;
    read_message(&mut server, true)
}

/// A head and its body; `None` where it is cut off.
fn read_message(stream: &mut TcpStream, is_answer: bool) -> Option<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut bytes = Vec::new();
    let mut part = [0; 16 * 1024];
    let mut whole = None;
    loop {
        if let Some(length) = whole
            && bytes.len() >= length
        {
            return Some(bytes);
        }
        let count = stream.read(&mut part).ok()?;
        if count == 0 {
            return (is_answer && whole.is_none() && !bytes.is_empty()).then_some(bytes);
        }
        bytes.extend_from_slice(&part[..count]);
        if whole.is_none()
            && let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map(|length| length.trim().parse::<usize>().unwrap());
            whole = match length {
                Some(length) => Some(head + 4 + length),
                None if is_answer => None,
                None => Some(head + 4),
            };
        }
    }
}

/// As the stand-ins name it: `rkeeper.PayOrder`, `lime.PutCheck`.
fn name_of(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    if let Some((_, rest)) = text.split_once("CMD=\"") {
        return format!("rkeeper.{}", rest.split('"').next().unwrap_or_default());
    }
    let path = text.split_whitespace().nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    format!("lime.{}", path.rsplit('/').next().unwrap_or_default())
}
