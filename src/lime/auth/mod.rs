//! How Lime is told who asks: a key of the config, or a token that a login brings.
//!
//! A login is one for all threads: whoever needs a token while one is being asked for waits for it.
//! Tokens live in memory only; that a password was refused is remembered for the next process
//! ([`Refusals`]). [`session`] says what to do when, [`answer`] what Lime answered.

mod answer;
mod refusals;
mod session;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

use crate::http::{Call, CallMethod, Channel, Hidden, form};
use crate::payment::reason::{Problem, Reason};

use super::judge::Judge;
use super::settings::{Auth, Login};

pub use refusals::{Forgotten, Refusals, Refused};
pub(super) use session::Barred;
use session::{Asked, Grant, Session, Step};

/// Tokens that are still kept out of words: those in use and a few before them.
const HIDDEN_TOKENS_MAX: usize = 8;
/// A refused renewal, the password, and whatever came of it.
const STEPS_MAX: usize = 3;
const FORM: &str = "application/x-www-form-urlencoded";
const AUTHORIZATION: &str = "Authorization";

/// Header and value of one call.
pub(super) struct Key {
    pub(super) header: String,
    pub(super) value: SecretString,
    /// The token's number; none where the key is always the same.
    token: Option<u64>,
}

/// Gives out keys.
pub(super) struct Keyring {
    auth: Auth,
    /// Longest time of one request for a token.
    limit: Duration,
    began: Instant,
    session: Mutex<Session>,
    hidden: Mutex<HiddenKeys>,
}

/// What no words may show.
struct HiddenKeys {
    always: Hidden,
    tokens: VecDeque<SecretString>,
}

impl Keyring {
    pub(super) fn new(auth: Auth, limit: Duration) -> Self {
        let mut always = Hidden::default();
        match &auth {
            Auth::Header { value, .. } => {
                if let Some(key) = value.expose_secret().split_whitespace().last() {
                    always.hide(key, "***");
                }
            }
            Auth::Login(login) => {
                let password = login.password.expose_secret();
                always.hide_word(password, "***");
                // As it stands in the form.
                let sent = String::from_utf8_lossy(&form(&[("", password)])).into_owned();
                always.hide_word(sent.trim_start_matches('='), "***");
            }
        }
        Self {
            auth,
            limit,
            began: Instant::now(),
            session: Mutex::default(),
            hidden: Mutex::new(HiddenKeys {
                always,
                tokens: VecDeque::new(),
            }),
        }
    }

    /// The key for a call now. Logs in or renews where there is no token, or not for long.
    pub(super) fn key(&self, channel: &Channel) -> Result<Key, Barred> {
        match &self.auth {
            Auth::Header { name, value } => Ok(Key {
                header: name.clone(),
                value: value.clone(),
                token: None,
            }),
            Auth::Login(login) => self.token(login, channel),
        }
    }

    /// Lime took the key.
    pub(super) fn taken(&self, key: &Key) {
        if let Some(number) = key.token {
            self.session().taken(number);
        }
    }

    /// Lime turned the key away. Whether the same call may be tried once more, with another key.
    pub(super) fn turned_away(&self, key: &Key, problem: Problem) -> bool {
        let now = self.now();
        key.token
            .is_some_and(|number| self.session().turned_away(number, problem, now))
    }

    /// Words without key, password and tokens.
    pub(super) fn mask(&self, words: &str) -> String {
        let keys = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hidden = keys.always.clone();
        for token in &keys.tokens {
            hidden.hide(token.expose_secret(), "***");
        }
        hidden.mask(words)
    }

    fn token(&self, login: &Login, channel: &Channel) -> Result<Key, Barred> {
        // Held while a token is asked for: all others wait for this one.
        let mut session = self.session();
        for _ in 0..STEPS_MAX {
            match session.step(self.now()) {
                Step::Use(token, number) => {
                    return Ok(Key {
                        header: AUTHORIZATION.to_owned(),
                        value: format!("Bearer {}", token.expose_secret()).into(),
                        token: Some(number),
                    });
                }
                Step::Wait(barred) => return Err(barred),
                Step::Ask(grant) => {
                    let since = self.now();
                    if matches!(grant, Grant::Password)
                        && let Some(refused) = login.refusals.last()
                        && session.recall(refused, self.refused_before(refused), since)
                    {
                        continue;
                    }
                    let asked = self.ask(login, &grant, channel);
                    let granted = matches!(asked, Asked::Granted(_));
                    let before = session.refusals();
                    session.asked(&grant, asked, since, self.now());
                    if session.refusals() > before {
                        login.refusals.add(session.refusals());
                    } else if granted {
                        login.refusals.clear();
                    }
                }
            }
        }
        Err(Barred {
            problem: self
                .judge()
                .problem(Reason::AccessDenied, "login: no token lasts long enough"),
            refused: false,
        })
    }

    /// What a call is told that comes too soon after another process was refused.
    fn refused_before(&self, refused: Refused) -> Problem {
        let pause = session::pause_after(refused.times).saturating_sub(refused.ago);
        let words = format!(
            "login: this password was refused {} s ago; it is tried again in {} s, another one at once",
            refused.ago.as_secs(),
            pause.as_secs(),
        );
        self.judge().problem(Reason::AccessDenied, &words)
    }

    fn ask(&self, login: &Login, grant: &Grant, channel: &Channel) -> Asked {
        let mut fields = match grant {
            Grant::Password => vec![
                ("grant_type", "password"),
                ("username", login.user.as_str()),
                ("password", login.password.expose_secret()),
            ],
            Grant::Refresh(token) => vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", token.expose_secret()),
            ],
        };
        fields.push(("client_id", &login.client_id));
        if !login.scope.is_empty() {
            fields.push(("scope", &login.scope));
        }
        let outcome = channel.exchange(&Call {
            method: CallMethod::Post,
            path: &login.path,
            query: &[],
            content_type: FORM,
            headers: &[],
            body: &form(&fields),
            deadline: self.limit,
        });
        let asked = answer::read(outcome, &self.judge());
        let renewal = matches!(grant, Grant::Refresh(_));
        match &asked {
            Asked::Granted(granted) => {
                tracing::info!(renewal, "Lime gave a token");
                self.hide([Some(&granted.access), granted.refresh.as_ref()]);
            }
            Asked::Refused(problem) | Asked::Strange(problem) | Asked::Unanswered(problem) => {
                tracing::warn!(renewal, %problem, "Lime gave no token");
            }
        }
        asked
    }

    fn hide(&self, tokens: [Option<&SecretString>; 2]) {
        let mut keys = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        keys.tokens.extend(tokens.into_iter().flatten().cloned());
        let surplus = keys.tokens.len().saturating_sub(HIDDEN_TOKENS_MAX);
        keys.tokens.drain(..surplus);
    }

    fn judge(&self) -> Judge<'_> {
        Judge::new(&[], "").hiding(self)
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

#[cfg(test)]
mod tests;
