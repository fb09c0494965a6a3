//! Starts the stand-ins as the user would, and the program beside them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for anything; reached only when something is broken.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What the stand-ins can do to any call.
pub const FAULT_KINDS: [&str; 11] = [
    "refuse",
    "lose_request",
    "lose_reply",
    "delay",
    "duplicate",
    "error_before",
    "error_after",
    "garbage",
    "cut_body",
    "html",
    "drip",
];

const SCENARIO_FILE: &str = "scenario.toml";

pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_limekeeper")
}

/// `limekeeper sim` in a process of its own.
pub struct Sim {
    child: Child,
    folder: TempDir,
    control: String,
    pub rkeeper: String,
    pub lime: String,
    pub config: PathBuf,
}

impl Sim {
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    /// With a world of one's own.
    pub fn start_with(scenario: &str) -> Self {
        let folder = in_memory().unwrap_or_else(|| tempfile::tempdir().unwrap());
        fs::write(folder.path().join(SCENARIO_FILE), scenario).unwrap();
        Self::start_in(folder)
    }

    fn start_in(folder: TempDir) -> Self {
        let mut command = Command::new(program());
        command.args(["sim", "--state-dir"]).arg(folder.path());
        let scenario = folder.path().join(SCENARIO_FILE);
        if scenario.exists() {
            command.arg("--scenario").arg(scenario);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).expect(&line);
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        let config = PathBuf::from(text("config"));
        impatient(&config);
        Self {
            child,
            folder,
            control: text("control"),
            rkeeper: text("rkeeper"),
            lime: text("lime"),
            config,
        }
    }

    /// Dies without a word and comes back on the same books, at other ports.
    pub fn kill_and_restart(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let old = tempfile::tempdir().unwrap();
        let folder = std::mem::replace(&mut self.folder, old);
        drop(self);
        Self::start_in(folder)
    }

    pub fn state(&self) -> Value {
        self.get("/state")
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, body) = http(&self.control, "GET", path, "");
        assert_eq!(status, 200, "GET {path}: {body}");
        serde_json::from_str(&body).expect(&body)
    }

    pub fn post(&self, path: &str, body: &Value) {
        let (status, answer) = http(&self.control, "POST", path, &body.to_string());
        assert!(status < 300, "POST {path} {body}: {status} {answer}");
    }

    pub fn fault(&self, at: &str, kind: &str, count: u32) {
        self.fault_with(at, kind, count, &Value::Null);
    }

    pub fn fault_with(&self, at: &str, kind: &str, count: u32, arg: &Value) {
        let mut fault = serde_json::json!({"at": at, "kind": kind, "count": count});
        if !arg.is_null() {
            fault["arg"] = arg.clone();
        }
        self.post("/fault", &fault);
    }

    /// Every request to both servers takes that long.
    pub fn think(&self, ms: u64) {
        self.post("/think", &serde_json::json!({"ms": ms}));
    }

    pub fn edit(&self, edit: &Value) {
        self.post("/edit", edit);
    }

    /// Address of the control API.
    pub fn control(&self) -> &str {
        &self.control
    }

    /// How often an endpoint was called: `lime.PutCheck`, `rkeeper.PayOrder`.
    pub fn calls(&self, endpoint: &str) -> u64 {
        self.state()["requests"][endpoint].as_u64().unwrap_or(0)
    }

    /// Waits until an endpoint has been called that often.
    pub fn wait_for_calls(&self, endpoint: &str, calls: u64) {
        let until = Instant::now() + PATIENCE;
        while self.calls(endpoint) < calls {
            assert!(
                Instant::now() < until,
                "{endpoint} was not called {calls} times"
            );
            std::thread::yield_now();
        }
    }

    pub fn order(&self, name: &str) -> Value {
        let state = self.state();
        let orders = state["orders"].as_array().unwrap();
        orders
            .iter()
            .find(|order| order["name"] == name)
            .unwrap_or_else(|| panic!("{state}"))
            .clone()
    }

    pub fn balance(&self, uid: &str, account: &str) -> String {
        let state = self.state();
        let accounts = state["accounts"].as_array().unwrap();
        let has = |account: &Value| {
            account["card_uids"]
                .as_array()
                .unwrap()
                .iter()
                .any(|known| known == uid)
        };
        let found = accounts.iter().find(|a| has(a) && a["name"] == account);
        found.unwrap_or_else(|| panic!("{uid} {account}: {state}"))["balance"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn assert_no_violations(&self) {
        assert_eq!(self.state()["violations"], serde_json::json!([]));
    }

    /// Runs the program beside the stand-ins.
    pub fn till(&self, args: &[&str]) -> Said {
        Said::of(&till_command(&self.config, args).output().unwrap())
    }

    /// Starts the program and goes on.
    pub fn till_in_background(&self, args: &[&str]) -> Child {
        till_command(&self.config, args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Where the till keeps its journal and its log.
    pub fn till_folder(&self) -> PathBuf {
        self.config.with_file_name("till")
    }

    /// The config of a till that waits a second for each answer and two for the outcome.
    pub fn impatient(&self) -> PathBuf {
        self.config_with("impatient.toml", |text| {
            // The `[payment]` table goes to the end, where no other table is open.
            format!("{text}\n[payment]\nfront_s = 2\nretry_s = [1]\n")
                .replace(
                    "[rkeeper]\n",
                    "[rkeeper]\nread_timeout_s = 1\npay_timeout_s = 1\n",
                )
                .replace(
                    "[lime]\n",
                    "[lime]\nread_timeout_s = 1\nwrite_timeout_s = 1\n",
                )
        })
    }

    /// The till's config with some text replaced, as another file beside it.
    pub fn config_with(&self, name: &str, change: impl Fn(String) -> String) -> PathBuf {
        let text = fs::read_to_string(&self.config).unwrap();
        let path = self.config.with_file_name(name);
        fs::write(&path, change(text)).unwrap();
        path
    }
}

/// A locked order is refused at once, where a test does not say otherwise.
fn impatient(config: &Path) {
    let text = fs::read_to_string(config).unwrap();
    let with = text.replacen("[rkeeper]\n", "[rkeeper]\nlocked_retry_s = 0\n", 1);
    fs::write(config, with).unwrap();
}

/// A change made by whoever has nothing but the control API's address.
pub fn edit_at(control: &str, edit: &Value) {
    let (status, answer) = http(control, "POST", "/edit", &edit.to_string());
    assert!(status < 300, "{edit}: {status} {answer}");
}

/// A folder on a file system in memory, where there is one with room. A program that is killed loses
/// nothing that the system has taken, there as on a disk; only the syncs cost no time.
fn in_memory() -> Option<TempDir> {
    const ROOM: u64 = 1 << 30;
    let place = Path::new("/dev/shm");
    let has_room = fs4::available_space(place).is_ok_and(|room| room > ROOM);
    has_room.then(|| tempfile::tempdir_in(place).ok()).flatten()
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn till_command(config: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .arg("--config")
        .arg(config)
        .args(args)
        .stdin(Stdio::null());
    // What a command writes where it stands must not land in the source tree.
    if let Some(folder) = config.parent().filter(|folder| folder.is_dir()) {
        command.current_dir(folder);
    }
    command
        .env_remove("LIMEKEEPER_RKEEPER_PASSWORD")
        .env_remove("LIMEKEEPER_RKEEPER_MANAGER_PASSWORD")
        .env_remove("LIMEKEEPER_RKEEPER_LICENCE_TOKEN")
        .env_remove("LIMEKEEPER_RKEEPER_LICENCE_PASSWORD")
        .env_remove("LIMEKEEPER_RKEEPER_INTEGRATION_TOKEN")
        .env_remove("LIMEKEEPER_LIME_AUTH")
        .env_remove("LIMEKEEPER_LIME_PASSWORD");
    command
}

/// What a run of the program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

/// A request by hand, so that the tests share nothing with the program.
fn http(base: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let address = base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    let body = if head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        unchunk(body)
    } else {
        body.to_owned()
    };
    (status, body)
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.push_str(&after[..size]);
        rest = &after[size + 2..];
    }
    body
}
