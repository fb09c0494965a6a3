//! What the token endpoint answers (RFC 6749, 5.1 and 5.2): a token, a refusal, or nonsense.

use std::time::Duration;

use secrecy::SecretString;

use crate::http::{Answer, CallError};
use crate::lime::fields::{self, FieldError, Object};
use crate::lime::judge::Judge;
use crate::payment::reason::Reason;

use super::session::{Asked, Granted};

const OK: u16 = 200;
const BAD_REQUEST: u16 = 400;
const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;

/// Longest token that is believed; a header must hold it.
const TOKEN_CHARS_MAX: usize = 8_192;

/// What of the answer matters.
enum Content {
    Token(Granted),
    /// `{"error":…}`: its words.
    Error(String),
}

/// Reads the endpoint's answer. `judge` keeps login and tokens out of the words.
pub(super) fn read(outcome: Result<Answer, CallError>, judge: &Judge<'_>) -> Asked {
    let answer = match outcome {
        Ok(answer) => answer,
        Err(error) => return Asked::Unanswered(judge.transport(&error)),
    };
    let denies = matches!(answer.status, BAD_REQUEST | UNAUTHORIZED | FORBIDDEN);
    match content(&answer.body) {
        Ok(Content::Token(granted)) if answer.status == OK => Asked::Granted(granted),
        // Servers that are only busy say so with an error as well.
        Ok(Content::Error(words)) if denies || answer.status == OK => {
            Asked::Refused(judge.problem(Reason::AccessDenied, &format!("login: {words}")))
        }
        // Without words it may be a filter in between; but what was refused may be the password.
        Ok(_) | Err(_) if answer.status == UNAUTHORIZED => {
            Asked::Refused(judge.problem(Reason::AccessDenied, "login: HTTP 401"))
        }
        Ok(Content::Error(words)) => Asked::Strange(judge.problem(
            Reason::AnswerNotUnderstood,
            &format!("login: HTTP {}: {words}", answer.status),
        )),
        Ok(Content::Token(_)) => Asked::Strange(judge.problem(
            Reason::AnswerNotUnderstood,
            &format!("login: HTTP {}", answer.status),
        )),
        Err(error) => Asked::Strange(judge.unreadable(&answer, &error)),
    }
}

fn content(body: &[u8]) -> Result<Content, FieldError> {
    let value = fields::value(body)?.ok_or(FieldError::Missing("access_token"))?;
    let object = Object::new("token", value)?;
    if let Some(error) = object.get("error") {
        let code = fields::text(error).unwrap_or_else(|| "error".to_owned());
        let words = object.get("error_description").and_then(fields::text);
        return Ok(Content::Error(match words {
            Some(words) => format!("{code}: {words}"),
            None => code,
        }));
    }
    let kind = object.get("token_type");
    let is_bearer = |kind: &str| kind.eq_ignore_ascii_case("bearer");
    if let Some(kind) = kind
        && !fields::text(kind).is_some_and(|kind| is_bearer(&kind))
    {
        return Err(fields::wrong("token_type", kind, "\"Bearer\""));
    }
    let access = token("access_token", &object)?.ok_or(FieldError::Missing("access_token"))?;
    let lives = object
        .get("expires_in")
        .and_then(|raw| raw.get().parse().ok());
    Ok(Content::Token(Granted {
        access,
        refresh: token("refresh_token", &object)?,
        lives: lives.map(Duration::from_secs),
    }))
}

/// A token that a header can hold.
fn token(field: &'static str, object: &Object<'_>) -> Result<Option<SecretString>, FieldError> {
    let Some(raw) = object.get(field) else {
        return Ok(None);
    };
    let fits = |token: &String| {
        !token.is_empty()
            && token.len() <= TOKEN_CHARS_MAX
            && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    fields::text(raw)
        .filter(fits)
        .map(|token| Some(SecretString::from(token)))
        .ok_or_else(|| fields::wrong(field, raw, "a token of visible ASCII"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn of(status: u16, body: &str) -> String {
        let answer = Answer {
            status,
            body: body.as_bytes().to_vec(),
            whole: true,
        };
        let judge = Judge::new(&[], "pass-word-1");
        match read(Ok(answer), &judge) {
            Asked::Granted(granted) => format!(
                "{} {} {:?}",
                granted.access.expose_secret(),
                granted
                    .refresh
                    .map_or("-".into(), |own| own.expose_secret().to_owned()),
                granted.lives.map(|lives| lives.as_secs()),
            ),
            Asked::Refused(problem) => format!("refused: {}", problem.detail),
            Asked::Strange(problem) => format!("strange: {}", problem.detail),
            Asked::Unanswered(problem) => format!("unanswered: {}", problem.detail),
        }
    }

    #[test]
    fn tokens_and_refusals() {
        for (status, body, expected) in [
            (
                200,
                r#"{"access_token":"abc.d-e","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"x"}"#,
                "abc.d-e r Some(3600)",
            ),
            (
                200,
                r#"{"access_token":"abc","token_type":"bearer"}"#,
                "abc - None",
            ),
            // What tells the time is not worth a failure: it is assumed.
            (
                200,
                r#"{"access_token":"abc","expires_in":"3600"}"#,
                "abc - None",
            ),
            (
                200,
                r#"{"access_token":"abc","expires_in":-1}"#,
                "abc - None",
            ),
            (
                200,
                r#"{"access_token":"abc","expires_in":1e3}"#,
                "abc - None",
            ),
            (
                200,
                r#"{"access_token":"abc","refresh_token":null}"#,
                "abc - None",
            ),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"invalid_username_or_password"}"#,
                "refused: login: invalid_grant: invalid_username_or_password",
            ),
            (
                401,
                r#"{"error":"invalid_client"}"#,
                "refused: login: invalid_client",
            ),
            (
                200,
                r#"{"error":"invalid_grant"}"#,
                "refused: login: invalid_grant",
            ),
            (
                400,
                r#"{"error":"no pass-word-1"}"#,
                "refused: login: no ***",
            ),
            (401, "", "refused: login: HTTP 401"),
            (401, "<html>", "refused: login: HTTP 401"),
        ] {
            assert_eq!(of(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_is_neither_is_strange() {
        let long = format!(
            r#"{{"access_token":"{}"}}"#,
            "a".repeat(TOKEN_CHARS_MAX + 1)
        );
        for (status, body, expected) in [
            (
                503,
                r#"{"error":"temporarily_unavailable"}"#,
                "strange: login: HTTP 503: temporarily_unavailable",
            ),
            (500, r#"{"access_token":"abc"}"#, "strange: login: HTTP 500"),
            (
                200,
                "<html>enter the code</html>",
                "strange: the answer is a page (HTML or XML), not JSON",
            ),
            (200, "null", "strange: `access_token` is missing"),
            (200, "", "strange: the answer is empty"),
            (
                200,
                r#"{"access_token":""}"#,
                "strange: `access_token` is a text, expected a token of visible ASCII",
            ),
            (
                200,
                r#"{"access_token":"a\r\nX: y"}"#,
                "strange: `access_token` is a text, expected a token of visible ASCII",
            ),
            (
                200,
                r#"{"access_token":7}"#,
                "strange: `access_token` is 7, expected a token of visible ASCII",
            ),
            (
                200,
                &long,
                "strange: `access_token` is a text, expected a token of visible ASCII",
            ),
            (
                200,
                r#"{"access_token":"abc","token_type":"mac"}"#,
                "strange: `token_type` is a text, expected \"Bearer\"",
            ),
            (
                200,
                r#"{"access_token":"a","access_token":"b"}"#,
                "strange: `token` has a field twice, or is cut",
            ),
            (
                403,
                "<html>",
                "strange: HTTP 403: the answer is a page (HTML or XML), not JSON",
            ),
        ] {
            assert_eq!(of(status, body), expected, "{status} {body}");
        }
    }
}
