//! One question and its answer over HTTP, and what it means when none comes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::text::clean;
use crate::http::{Call, CallError, CallMethod, Channel, ChannelError};
use crate::payment::ports::{ReadError, Reply};
use crate::payment::reason::{Problem, Reason, Server};

use super::answer::{AnswerError, QueryResult, parse_answer};
use super::dialect::Dialect;
use super::request;
use super::settings::Settings;

/// The way to the cash server.
#[derive(Debug)]
pub(super) struct Wire {
    channel: Channel,
    path: String,
    /// Value of the `Authorization` header.
    authorization: SecretString,
    /// Held while something that may change anything is under way: one at a time. Other programs of
    /// the same state folder are kept out by its journal.
    writing: Mutex<()>,
    /// What this server is known not to know.
    pub dialect: Dialect,
}

/// Why there is no answer to look into.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The request never reached r_keeper.
    NotSent(Problem),
    /// It was turned away at the door (HTTP 401, 403): r_keeper did not look at it.
    Denied(Problem),
    /// It may have been executed.
    Open(Problem),
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Denied(problem) => Self::Refused(problem),
            Trouble::NotSent(problem) | Trouble::Open(problem) => Self::Failed(problem),
        }
    }
}

impl<T> From<Trouble> for Reply<T> {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NotSent(problem) => Self::NotDone(problem),
            Trouble::Denied(problem) => Self::Refused(problem),
            Trouble::Open(problem) => Self::Unknown(problem),
        }
    }
}

impl Wire {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: &Settings) -> Result<Self, ChannelError> {
        let login = format!("{}:{}", settings.user, settings.password.expose_secret());
        Ok(Self {
            channel: Channel::new(&settings.channel)?,
            path: settings.path.clone(),
            authorization: format!("Basic {}", BASE64.encode(login)).into(),
            writing: Mutex::default(),
            dialect: Dialect::default(),
        })
    }

    /// Name and password as they travel; for taking them out of texts.
    pub fn login(&self) -> &str {
        let header = self.authorization.expose_secret();
        header.trim_start_matches("Basic ").trim_end_matches('=')
    }

    /// Asks something that changes nothing.
    pub fn ask(
        &self,
        command: &str,
        body: &[u8],
        deadline: Duration,
    ) -> Result<QueryResult, Trouble> {
        let started = Instant::now();
        let result = self.exchange(command, body, deadline);
        tracing::debug!(
            command,
            took_ms = started.elapsed().as_millis(),
            answered = result.is_ok(),
            "r_keeper"
        );
        if let Err(Trouble::NotSent(_)) = result {
            self.dialect.forget();
        }
        result
    }

    /// Asks something that may change anything, once everything else of that kind has its answer.
    pub fn ask_alone(
        &self,
        command: &str,
        body: &[u8],
        deadline: Duration,
    ) -> Result<QueryResult, Trouble> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.ask(command, body, deadline)
    }

    fn exchange(
        &self,
        command: &str,
        body: &[u8],
        deadline: Duration,
    ) -> Result<QueryResult, Trouble> {
        let answer = self
            .channel
            .exchange(&Call {
                method: CallMethod::Post,
                path: &self.path,
                query: &[],
                content_type: request::CONTENT_TYPE,
                headers: &[("Authorization", self.authorization.expose_secret())],
                body,
                deadline,
            })
            .map_err(|error| no_answer(&error))?;
        // r_keeper answers 200 to everything but a wrong login.
        match answer.status {
            200 => {}
            401 | 403 => {
                let detail = format!("HTTP {}", answer.status);
                return Err(Trouble::Denied(of(Reason::AccessDenied, detail)));
            }
            other => {
                let detail = format!("HTTP {other} from {}", self.path);
                return Err(Trouble::Open(of(Reason::AnswerNotUnderstood, detail)));
            }
        }
        let open =
            |error: AnswerError| Trouble::Open(of(Reason::AnswerNotUnderstood, error.to_string()));
        let answer = parse_answer(&answer.body).map_err(open)?;
        answer.answers(command).map_err(open)?;
        Ok(answer)
    }
}

/// A problem of r_keeper's.
pub(super) fn of(reason: Reason, detail: impl Into<String>) -> Problem {
    Problem::of(Server::Rkeeper, reason, detail)
}

fn no_answer(error: &CallError) -> Trouble {
    let text = clean(&error.to_string());
    match error {
        CallError::NotConnected(_) => Trouble::NotSent(of(Reason::ServerUnreachable, text)),
        CallError::Lost(_) | CallError::TimedOut(_) => Trouble::Open(of(Reason::AnswerLost, text)),
        CallError::Redirected { .. } | CallError::TooLarge => {
            Trouble::Open(of(Reason::AnswerNotUnderstood, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;

    use super::super::testing::{NO_CHANGES, settings};
    use super::*;

    /// While a write is under way, and only then, no other may begin.
    #[test]
    fn a_write_keeps_other_writes_out_and_no_reads() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let wire = Arc::new(Wire::new(&settings(&base)).unwrap());
        let seen_by_server = Arc::clone(&wire);
        let server = std::thread::spawn(move || {
            [(); 2].map(|()| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"<RK7Query/>") {
                    stream.read_exact(&mut byte).unwrap();
                    request.extend(byte);
                }
                let kept_out = seen_by_server.writing.try_lock().is_err();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                    NO_CHANGES.len()
                );
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(NO_CHANGES.as_bytes()).unwrap();
                kept_out
            })
        });
        let deadline = Duration::from_secs(30);
        for ask in [Wire::ask_alone, Wire::ask] {
            ask(&wire, "GetOrderList2", b"<RK7Query/>", deadline).unwrap();
        }
        assert_eq!(server.join().unwrap(), [true, false]);
        assert!(wire.writing.try_lock().is_ok(), "given back");
    }
}
