//! Which answer of Lime means what: the only place where an outcome gets its class.
//!
//! A write is `Done` only when Lime shows the stored check with our id. It is `Refused` only by an
//! error code that the site lists, or because the key was turned away before anything could
//! happen. It is `NotDone` only when no connection came about. Everything else, known or not yet
//! invented, is `Unknown`.
//!
//! `Refused` speaks of one sending. Where the same bytes were sent before and that outcome was
//! unknown, it says nothing of the earlier one.

use serde_json::value::RawValue;

use crate::domain::text::clean;
use crate::domain::{Pin, Uid};
use crate::http::{Answer, CallError, Hidden};
use crate::payment::ports::{ReadError, Reply, Stored};
use crate::payment::reason::{Problem, Reason, Server};

use super::auth::{Barred, Keyring};
use super::fields::{self, FieldError, Object};
use super::marks::{self, Whose};

const OK: u16 = 200;
pub(super) const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;

/// Most characters of the server's words that are looked at.
const WORDS_CHARS_MAX: usize = 2_000;

/// Knows the site's refusals, and what must not be repeated from the server's words.
pub(super) struct Judge<'s> {
    refusals: &'s [(String, Reason)],
    hidden: Hidden,
    keyring: Option<&'s Keyring>,
}

/// Why a call has no answer.
pub(super) enum NoAnswer {
    /// It was sent, or nobody was there to take it.
    Call(CallError),
    /// There was no key to send it with: it was not sent.
    NoKey(Barred),
}

/// An answer's content, before anybody looks for a meaning in it.
enum Content<'a> {
    Value(Option<&'a RawValue>),
    Error(ServerError),
}

/// `{"error":…}`, whatever the status.
struct ServerError {
    code: String,
    message: String,
    /// The answer shows a check as well: it contradicts itself.
    with_check: bool,
}

impl<'s> Judge<'s> {
    /// A judge who will not repeat the key of `auth` either.
    pub(super) fn new(refusals: &'s [(String, Reason)], auth: &str) -> Self {
        let mut hidden = Hidden::default();
        if let Some(key) = auth.split_whitespace().last() {
            hidden.hide(key, "***");
        }
        Self {
            refusals,
            hidden,
            keyring: None,
        }
    }

    /// The same, who repeats none of the keys either, those that are given out later among them.
    pub(super) fn hiding(self, keyring: &'s Keyring) -> Self {
        Self {
            keyring: Some(keyring),
            ..self
        }
    }

    /// A UID that the server may repeat in its words.
    pub(super) fn hide_uid(&mut self, uid: &Uid) {
        self.hidden.hide(uid.reveal(), &uid.masked());
    }

    /// A PIN that the server may repeat in its words.
    pub(super) fn hide_pin(&mut self, pin: &Pin) {
        self.hidden.hide_word(pin.reveal(), "***");
    }

    /// What a question that the server counts brought: it is not to be asked again where it may have
    /// been heard.
    pub(super) fn asked<T>(
        &self,
        outcome: Result<Answer, NoAnswer>,
        parse: impl FnOnce(Option<&RawValue>) -> Result<T, FieldError>,
    ) -> Reply<T> {
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => return self.unanswered(error),
        };
        match content(&answer.body) {
            Ok(Content::Error(error)) => match self.listed(&error) {
                Some(reason) => Reply::Refused(self.problem(reason, &error.words())),
                None => Reply::Unknown(self.problem(Reason::ServerRefused, &error.words())),
            },
            Ok(Content::Value(value)) if answer.status == OK => match parse(value) {
                Ok(told) => Reply::Done(told),
                Err(error) => Reply::Unknown(self.unreadable(&answer, &error)),
            },
            // The key is looked at before the call is.
            Ok(Content::Value(_)) | Err(_) if answer.status == UNAUTHORIZED => {
                Reply::Refused(self.problem(Reason::AccessDenied, &status_words(&answer)))
            }
            Ok(Content::Value(_)) => {
                Reply::Unknown(self.problem(Reason::AnswerNotUnderstood, &status_words(&answer)))
            }
            Err(error) => Reply::Unknown(self.unreadable(&answer, &error)),
        }
    }

    /// What no answer says of a request.
    fn unanswered<T>(&self, error: NoAnswer) -> Reply<T> {
        match error {
            NoAnswer::NoKey(barred) if barred.refused => Reply::Refused(barred.problem),
            NoAnswer::NoKey(barred) => Reply::NotDone(barred.problem),
            NoAnswer::Call(error) => {
                let problem = self.transport(&error);
                if error.is_surely_not_sent() {
                    Reply::NotDone(problem)
                } else {
                    Reply::Unknown(problem)
                }
            }
        }
    }

    /// What a call that changes nothing brought.
    pub(super) fn read<T>(
        &self,
        outcome: Result<Answer, NoAnswer>,
        parse: impl FnOnce(Option<&RawValue>) -> Result<T, FieldError>,
    ) -> Result<T, ReadError> {
        let answer = outcome.map_err(|error| match error {
            NoAnswer::NoKey(barred) if barred.refused => ReadError::Refused(barred.problem),
            NoAnswer::NoKey(barred) => ReadError::Failed(barred.problem),
            NoAnswer::Call(error) => ReadError::Failed(self.transport(&error)),
        })?;
        let denied = matches!(answer.status, UNAUTHORIZED | FORBIDDEN);
        match content(&answer.body) {
            Ok(Content::Error(error)) => {
                let reason = self.listed(&error).unwrap_or(if denied {
                    Reason::AccessDenied
                } else {
                    Reason::ServerRefused
                });
                Err(ReadError::Refused(self.problem(reason, &error.words())))
            }
            _ if denied => Err(ReadError::Refused(
                self.problem(Reason::AccessDenied, &status_words(&answer)),
            )),
            _ if answer.status != OK => Err(ReadError::Failed(
                self.problem(Reason::AnswerNotUnderstood, &status_words(&answer)),
            )),
            Err(error) => Err(ReadError::Failed(self.unreadable(&answer, &error))),
            Ok(Content::Value(Some(value))) if !answer.whole && fields::is_number(value) => {
                Err(ReadError::Failed(self.problem(
                    Reason::AnswerLost,
                    "a number came without its length; digits may be missing",
                )))
            }
            Ok(Content::Value(value)) => {
                parse(value).map_err(|error| ReadError::Failed(self.unreadable(&answer, &error)))
            }
        }
    }

    /// What sending check `id` brought. `stored` reads what else the answer shows of it.
    pub(super) fn sent(
        &self,
        outcome: Result<Answer, NoAnswer>,
        id: i64,
        body: &[u8],
        stored: impl FnOnce(&RawValue) -> Stored,
    ) -> Reply<Stored> {
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => return self.unanswered(error),
        };
        match content(&answer.body) {
            Ok(Content::Error(error)) => self.sent_error(&answer, &error),
            Ok(Content::Value(Some(value))) if answer.status == OK => {
                let ours = stored_check(value)
                    .and_then(|found| same_check(found, id))
                    .and_then(|()| not_anothers(value, body));
                match ours {
                    Ok(()) => Reply::Done(stored(value)),
                    Err(error) => Reply::Unknown(self.unreadable(&answer, &error)),
                }
            }
            // The key is looked at before the call is. A check in the answer says otherwise.
            Ok(Content::Value(_)) | Err(_)
                if answer.status == UNAUTHORIZED && !shows_check(&answer.body) =>
            {
                Reply::Refused(self.problem(Reason::AccessDenied, &status_words(&answer)))
            }
            Ok(Content::Value(None)) if answer.status == OK => {
                Reply::Unknown(self.problem(Reason::AnswerNotUnderstood, "null"))
            }
            // Among them 403 without Lime's own words: a filter between may write it over the
            // answer of a call that was executed. So may a proxy with 429, 502, 503 and 504.
            Ok(Content::Value(_)) => {
                Reply::Unknown(self.problem(Reason::AnswerNotUnderstood, &status_words(&answer)))
            }
            Err(error) => Reply::Unknown(self.unreadable(&answer, &error)),
        }
    }

    fn sent_error(&self, answer: &Answer, error: &ServerError) -> Reply<Stored> {
        if error.with_check {
            return Reply::Unknown(self.problem(
                Reason::AnswerNotUnderstood,
                &format!("an error and a check in one answer: {}", error.words()),
            ));
        }
        if let Some(reason) = self.listed(error) {
            return Reply::Refused(self.problem(reason, &error.words()));
        }
        if matches!(answer.status, UNAUTHORIZED | FORBIDDEN) {
            return Reply::Refused(self.problem(Reason::AccessDenied, &error.words()));
        }
        Reply::Unknown(self.problem(Reason::ServerRefused, &error.words()))
    }

    fn listed(&self, error: &ServerError) -> Option<Reason> {
        let (_, reason) = self.refusals.iter().find(|(code, _)| *code == error.code)?;
        Some(*reason)
    }

    pub(super) fn transport(&self, error: &CallError) -> Problem {
        match error {
            CallError::NotConnected(why) => self.problem(Reason::ServerUnreachable, why),
            CallError::Lost(_) | CallError::TimedOut(_) => {
                self.problem(Reason::AnswerLost, &error.to_string())
            }
            CallError::Redirected { from, to } => {
                // The query that the server hands back may hold a UID.
                let to = to.split(['?', '#']).next().unwrap_or_default();
                let words = CallError::Redirected {
                    from: from.clone(),
                    to: to.to_owned(),
                };
                self.problem(Reason::AnswerNotUnderstood, &words.to_string())
            }
            CallError::TooLarge => self.problem(Reason::AnswerNotUnderstood, &error.to_string()),
        }
    }

    pub(super) fn unreadable(&self, answer: &Answer, error: &FieldError) -> Problem {
        let cut = !answer.whole && matches!(error, FieldError::NotJson(_));
        let reason = if cut {
            Reason::AnswerLost
        } else {
            Reason::AnswerNotUnderstood
        };
        let words = if answer.status == OK {
            error.to_string()
        } else {
            format!("HTTP {}: {error}", answer.status)
        };
        self.problem(reason, &words)
    }

    /// A problem with Lime, in words that hold no secret.
    pub(super) fn problem(&self, reason: Reason, words: &str) -> Problem {
        // Before cleaning, which may cut a secret in two; and after, which may join one.
        let words: String = words.chars().take(WORDS_CHARS_MAX).collect();
        let mask = |words: &str| {
            let words = self.hidden.mask(words);
            self.keyring.map_or(words.clone(), |keys| keys.mask(&words))
        };
        let words = mask(&clean(&mask(&words)));
        Problem::of(Server::Lime, reason, words)
    }
}

impl ServerError {
    fn words(&self) -> String {
        if self.message.is_empty() {
            self.code.clone()
        } else {
            format!("{}: {}", self.code, self.message)
        }
    }
}

fn content(body: &[u8]) -> Result<Content<'_>, FieldError> {
    let Some(value) = fields::value(body)? else {
        return Ok(Content::Value(None));
    };
    if !value.get().starts_with('{') {
        return Ok(Content::Value(Some(value)));
    }
    let object = Object::new("answer", value)?;
    let Some(error) = object.get("error") else {
        return Ok(Content::Value(Some(value)));
    };
    Ok(Content::Error(ServerError {
        code: fields::text(error).unwrap_or_else(|| "error".to_owned()),
        message: object
            .get("message")
            .and_then(fields::text)
            .unwrap_or_default(),
        with_check: object.get("check").is_some(),
    }))
}

pub(super) fn status_words(answer: &Answer) -> String {
    format!("HTTP {}", answer.status)
}

/// The id of the check that an answer shows.
pub(super) fn stored_check(value: &RawValue) -> Result<i64, FieldError> {
    let answer = Object::new("answer", value)?;
    let check = answer.get("check").ok_or(FieldError::Missing("check"))?;
    fields::id("check.id", Object::new("check", check)?.get("id"))
}

/// That it is the one asked for.
pub(super) const fn same_check(found: i64, asked: i64) -> Result<(), FieldError> {
    if found == asked {
        Ok(())
    } else {
        Err(FieldError::OtherCheck { found, asked })
    }
}

/// That the answer to our own sending does not show somebody else's check.
fn not_anothers(value: &RawValue, body: &[u8]) -> Result<(), FieldError> {
    match marks::whose(value.get(), body) {
        Whose::Ours | Whose::NotShown | Whose::Unclear => Ok(()),
        Whose::Anothers => Err(FieldError::NotOurs),
    }
}

fn shows_check(body: &[u8]) -> bool {
    matches!(fields::value(body), Ok(Some(value)) if Object::new("answer", value)
        .is_ok_and(|answer| answer.get("check").is_some()))
}

#[cfg(test)]
mod tests;
