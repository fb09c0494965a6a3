//! The vendor's licence server: gives the token of a subscription.
//!
//! `GET …/GetLicenseIdByAnchor?anchor=…` with the header
//! `usr: base64(user;md5(user+password);md5(integration token))`; the answer is JSON with `id` (the
//! token), `expirationDate`, `ErrorCode` and `ErrorMessage`. Known from three public clients.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::text::clean;
use crate::http::{Call, CallError, CallMethod, Channel, ChannelError, Hidden};
use crate::payment::reason::{Problem, Reason, Server};

use super::settings::ServerSettings;
use super::token::{Token, end_of};

/// Largest answer that is looked at, in bytes; a token has some hundred.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 4 * 1024;

/// The way to the server. `Debug` hides the login.
#[derive(Debug)]
pub(super) struct LicenceServer {
    channel: Channel,
    settings: ServerSettings,
    /// Value of the header `usr`.
    login: SecretString,
}

/// A token as it is kept, with what it is for.
#[derive(Serialize, Deserialize)]
struct Kept {
    anchor: String,
    token: String,
    /// As the server wrote it.
    ends: String,
}

/// An answer, as far as it is looked at.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    id: Value,
    #[serde(default, rename = "expirationDate")]
    ends: Option<String>,
    #[serde(default, rename = "ErrorCode", alias = "errorCode")]
    code: Value,
    #[serde(default, rename = "ErrorMessage", alias = "errorMessage")]
    message: Option<String>,
}

impl LicenceServer {
    pub(super) fn new(settings: &ServerSettings) -> Result<Self, ChannelError> {
        let user = &settings.user;
        let hash = |parts: &[&str]| format!("{:x}", md5::compute(parts.concat()));
        let password = hash(&[user, settings.password.expose_secret()]);
        let integration = hash(&[settings.integration_token.expose_secret()]);
        let login = BASE64.encode(format!("{user};{password};{integration}"));
        Ok(Self {
            channel: Channel::new(&settings.channel)?,
            settings: settings.clone(),
            login: login.into(),
        })
    }

    /// The token that was kept for this anchor.
    pub(super) fn stored(&self, anchor: &str) -> Option<Token> {
        let kept: Kept = serde_json::from_slice(&self.settings.store.load()?).ok()?;
        let ends = end_of(&kept.ends)?;
        (kept.anchor == anchor).then(|| Token {
            value: kept.token.into(),
            ends: Some(ends),
        })
    }

    /// Asks for the token, and keeps it.
    pub(super) fn ask(&self, anchor: &str) -> Result<Token, Problem> {
        let answer = self
            .channel
            .exchange(&Call {
                method: CallMethod::Get,
                path: &self.settings.path,
                query: &[("anchor", anchor)],
                content_type: "",
                headers: &[("usr", self.login.expose_secret())],
                body: &[],
                deadline: self.settings.timeout,
            })
            .map_err(|error| no_answer(&error))?;
        tracing::info!(status = answer.status, "the licence server answered");
        match answer.status {
            200 => {}
            401 | 403 => return Err(of(Reason::AccessDenied, "HTTP 401")),
            other => return Err(of(Reason::AnswerNotUnderstood, &format!("HTTP {other}"))),
        }
        let kept = read(anchor, &answer.body)?;
        let token = Token {
            ends: end_of(&kept.ends),
            value: kept.token.clone().into(),
        };
        if let Ok(bytes) = serde_json::to_vec(&kept) {
            self.settings.store.save(&bytes);
        }
        Ok(token)
    }

    pub(super) fn hide(&self, hidden: &mut Hidden) {
        for secret in [
            &self.login,
            &self.settings.password,
            &self.settings.integration_token,
        ] {
            hidden.hide(secret.expose_secret(), "***");
        }
    }
}

fn read(anchor: &str, body: &[u8]) -> Result<Kept, Problem> {
    let strange = |what: &str| of(Reason::AnswerNotUnderstood, what);
    if body.len() > ANSWER_BYTES_MAX {
        return Err(strange("the answer is too large"));
    }
    let no_object = || strange("the answer is no JSON object of the expected shape");
    let answer: Value = serde_json::from_slice(body).map_err(|_| no_object())?;
    if !answer.is_object() {
        return Err(no_object());
    }
    let answer: Answer = serde_json::from_value(answer).map_err(|_| no_object())?;
    let token = match answer.id {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    let fine = match &answer.code {
        Value::Null => true,
        Value::Number(code) => code.as_i64() == Some(0),
        Value::String(code) => matches!(code.trim(), "" | "0"),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    };
    if !fine {
        let words = clean(&answer.message.unwrap_or_default());
        let code = clean(&answer.code.to_string());
        return Err(of(Reason::LicenceMissing, &format!("{words} ({code})")));
    }
    if token.is_empty() || token.len() > TOKEN_BYTES_MAX {
        return Err(strange("the answer names no token"));
    }
    let ends = answer.ends.unwrap_or_default();
    if end_of(&ends).is_none() {
        return Err(strange("the answer does not say when the token ends"));
    }
    Ok(Kept {
        anchor: anchor.to_owned(),
        token,
        ends,
    })
}

fn of(reason: Reason, what: &str) -> Problem {
    Problem::of(Server::Rkeeper, reason, format!("licence server: {what}"))
}

fn no_answer(error: &CallError) -> Problem {
    let text = clean(&error.to_string());
    match error {
        CallError::NotConnected(_) => of(Reason::ServerUnreachable, &text),
        CallError::Lost(_) | CallError::TimedOut(_) => of(Reason::AnswerLost, &text),
        CallError::Redirected { .. } | CallError::TooLarge => {
            of(Reason::AnswerNotUnderstood, &text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_says() {
        let read = |body: &str| read("A", body.as_bytes());
        let kept = read(
            r#"{"id": "tok", "expirationDate": "2027-11-30T00:00:00", "qty": 1, "ErrorCode": 0,
                "ErrorMessage": null}"#,
        )
        .unwrap();
        assert_eq!(
            (kept.token.as_str(), kept.ends.as_str()),
            ("tok", "2027-11-30T00:00:00")
        );
        let kept = read(r#"{"id": 4711, "expirationDate": "2027-11-30"}"#).unwrap();
        assert_eq!(kept.token, "4711");
        for (body, reason, words) in [
            ("<html>", Reason::AnswerNotUnderstood, "no JSON"),
            ("[]", Reason::AnswerNotUnderstood, "no JSON"),
            (r#"{"id": null}"#, Reason::AnswerNotUnderstood, "no token"),
            (r#"{"id": "t"}"#, Reason::AnswerNotUnderstood, "ends"),
            (
                r#"{"id": "t", "expirationDate": "never"}"#,
                Reason::AnswerNotUnderstood,
                "ends",
            ),
            (
                r#"{"id": null, "ErrorCode": 12, "ErrorMessage": "Лицензия не найдена"}"#,
                Reason::LicenceMissing,
                "Лицензия не найдена (12)",
            ),
        ] {
            let problem = read(body).err().unwrap();
            assert_eq!(problem.reason, reason, "{body}");
            assert!(problem.detail.contains(words), "{problem}");
        }
        let long = format!(
            r#"{{"id": "{}", "expirationDate": "2027-11-30"}}"#,
            "x".repeat(5_000)
        );
        assert!(read(&long).is_err());
        assert!(super::read("A", &vec![b' '; ANSWER_BYTES_MAX + 1]).is_err());
    }
}
