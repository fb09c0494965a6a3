//! `/connect/token`: a user logs in with a password or a refresh token and is given a token for a
//! while (RFC 6749, 4.3 and 6). Nothing is forgiven: every field is wanted and no other.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use jiff::ToSpan as _;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::sim::fault::LIME_TOKEN;
use crate::sim::front::{Reply, Request, Shared, serve};
use crate::sim::wire::Wire;
use crate::sim::world::World;

const JSON: &str = "application/json; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";
/// Error of a `refuse` fault that names none, and of everything that is wrong with a login.
const INVALID_GRANT: &str = "invalid_grant";
/// So many wrong passwords in a row lock the user out.
const WRONG_PASSWORDS_MAX: u32 = 5;

/// A user who may log in, and the tokens that were given out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Login {
    pub user: String,
    pub password: String,
    pub client_id: String,
    /// Seconds that a token lives.
    pub life_s: i64,
    /// What every token begins with.
    pub tokens: String,
    pub given: Vec<Given>,
    /// Wrong passwords in a row.
    pub wrong: u32,
}

/// A token with the one that renews it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::sim) struct Given {
    pub access: String,
    pub refresh: String,
    pub until: DateTime,
    /// The refresh token was used, or taken away.
    pub spent: bool,
}

impl Login {
    /// Whether the header's whole value is a token that lives.
    pub fn takes(&self, header: &[u8], now: DateTime) -> bool {
        let token = header.strip_prefix(b"Bearer ");
        token.is_some_and(|token| {
            let mut given = self.given.iter();
            given.any(|own| own.access.as_bytes() == token && now < own.until)
        })
    }

    /// No token that was given out is good any more; those that renew are.
    pub fn end_tokens(&mut self, now: DateTime) {
        for own in &mut self.given {
            own.until = own.until.min(now);
        }
    }

    /// Nobody is logged in any more.
    pub fn end_sessions(&mut self, now: DateTime) {
        self.end_tokens(now);
        for own in &mut self.given {
            own.spent = true;
        }
    }

    fn give(&mut self, now: DateTime) -> String {
        let number = self.given.len() + 1;
        let given = Given {
            access: format!("{}-access-{number}", self.tokens),
            refresh: format!("{}-refresh-{number}", self.tokens),
            until: now.checked_add(self.life_s.seconds()).unwrap_or(now),
            spent: false,
        };
        let answer = json!({
            "access_token": given.access,
            "expires_in": self.life_s,
            "token_type": "Bearer",
            "refresh_token": given.refresh,
            "scope": "offline_access",
        });
        self.given.push(given);
        answer.to_string()
    }

    fn by_password(&mut self, user: &str, password: &str, now: DateTime) -> Result<String, String> {
        if self.wrong >= WRONG_PASSWORDS_MAX {
            return Err("locked_out".to_owned());
        }
        if user != self.user || password != self.password {
            self.wrong += 1;
            return Err("invalid_username_or_password".to_owned());
        }
        self.wrong = 0;
        Ok(self.give(now))
    }

    fn by_refresh(&mut self, token: &str, now: DateTime) -> Result<String, String> {
        let mut given = self.given.iter_mut();
        let own = given.find(|own| own.refresh == token && !own.spent);
        own.ok_or("invalid_refresh_token")?.spent = true;
        Ok(self.give(now))
    }
}

/// A request for a token.
pub(super) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    verb: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|own| own.as_bytes() == FORM.as_bytes());
    let has_login = shared.look(|world| world.resort.login.is_some());
    if !has_login || verb != Method::POST || !is_form {
        let _ = shared.change(|world, _| {
            world.violation(format!(
                "{LIME_TOKEN}: not a form that is posted, or no login here"
            ));
        });
        return Reply::new(StatusCode::BAD_REQUEST, JSON, "").into();
    }
    let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let request = Request {
        names: vec![LIME_TOKEN.to_owned()],
        execute: move |world: &mut World, now| answer(world, &fields, now),
        refuse: |arg: Option<&str>| error(arg.unwrap_or(INVALID_GRANT), "refused"),
    };
    serve(shared, wire, request).await
}

fn error(code: &str, description: &str) -> Reply {
    let body = json!({"error": code, "error_description": description}).to_string();
    Reply::new(StatusCode::BAD_REQUEST, JSON, body)
}

fn answer(world: &mut World, fields: &[(String, String)], now: DateTime) -> Reply {
    let Some(login) = &mut world.resort.login else {
        return error("invalid_request", "no login here");
    };
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    let value = |index: usize| fields.get(index).map_or("", |(_, value)| value.as_str());
    let came = match (names.as_slice(), value(0)) {
        (["grant_type", "username", "password", "client_id"], "password")
            if value(3) == login.client_id =>
        {
            login.by_password(value(1), value(2), now)
        }
        (["grant_type", "refresh_token", "client_id"], "refresh_token")
            if value(2) == login.client_id =>
        {
            login.by_refresh(value(1), now)
        }
        (_, _) => {
            // Names only: a value may be the password.
            world.violation(format!("{LIME_TOKEN}: {names:?} is no request for a token"));
            return error("invalid_request", "not understood");
        }
    };
    let locked = login.wrong >= WRONG_PASSWORDS_MAX;
    match came {
        Ok(body) => Reply::new(StatusCode::OK, JSON, body),
        Err(description) => {
            if locked {
                world.violation(format!("{LIME_TOKEN}: the user is locked out"));
            }
            error(INVALID_GRANT, &description)
        }
    }
}
