//! The stand-ins in a process of their own, for what is measured against them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use limekeeper::config::{Loaded, Need, Overrides, Surroundings};
use serde_json::{Value, json};

/// How long the servers think about every request, as on a calm day in a local network.
pub const THINK: Duration = Duration::from_millis(5);
/// The world that comes with the program.
pub const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");

/// The running stand-ins; they end with it.
pub struct StandIns {
    /// Their process.
    pub child: Child,
    /// What they said at their start.
    said: Value,
    /// A till's config for them.
    pub config: PathBuf,
}

impl StandIns {
    /// Plays that world; its files are in the folder.
    pub fn start(place: &Path, world: &str) -> Self {
        fs::create_dir_all(place).unwrap();
        let scenario = place.join("scenario.toml");
        fs::write(&scenario, world).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_limekeeper"))
            .args(["sim", "--state-dir"])
            .arg(place)
            .arg("--scenario")
            .arg(scenario)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let config = said["config"].as_str().unwrap().into();
        Self {
            child,
            said,
            config,
        }
    }

    /// The till's settings, as the program loads them.
    pub fn loaded(&self) -> Loaded {
        let overrides = Overrides {
            config: Some(self.config.clone()),
            ..Overrides::default()
        };
        Loaded::load(&overrides, &Surroundings::default(), Need::File).unwrap()
    }

    /// From now on every request is thought about for [`THINK`].
    pub fn think(&self) {
        let ms = u64::try_from(THINK.as_millis()).unwrap();
        let answer = self.ask(
            "control",
            "POST",
            "/think",
            &json!({ "ms": ms }).to_string(),
        );
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// One request by hand to one of their addresses: `control`, `lime`. The whole answer.
    pub fn ask(&self, whom: &str, method: &str, path: &str, body: &str) -> String {
        let address = self.said[whom].as_str().unwrap().replacen("http://", "", 1);
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for StandIns {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The middle one; of none, the default.
pub fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// In milliseconds, with three places.
pub fn ms(time: Duration) -> String {
    format!(
        "{}.{:03} ms",
        time.as_millis(),
        time.subsec_micros() % 1_000
    )
}
