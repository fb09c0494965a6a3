//! The HTTP side of the r_keeper stand-in.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::DateTime;

use super::answer::{Face, Form, document, parse_error};
use super::profile::{Habit, Profile};
use super::{commands, errors, licence, windows1251};
use crate::sim::fault::RKEEPER_COMMANDS;
use crate::sim::front::{Reply, Request, Shared, serve};
use crate::sim::wire::Wire;
use crate::sim::world::World;
use crate::sim::xml::{self, Element};

/// The only path of the interface.
const PATH: &str = "/rk7api/v0/xmlinterface.xml";
/// Content type of answers: no charset, as the real server.
const XML: &str = "text/xml";
/// The same with the older interface's encoding.
const XML_1251: &str = "text/xml; charset=windows-1251";
/// The form type that hides the body from the real server.
const FORM: &str = "application/x-www-form-urlencoded";

/// The interface as a router.
pub(in crate::sim) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(PATH, post(handle))
        .route(licence::PATH, get(licence::server))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_path)
        .with_state(shared)
}

async fn unknown_path(State(shared): State<Arc<Shared>>) -> Response<Body> {
    // Stored or not, the answer is the same.
    let _ = shared.change(|world, _| {
        world.violation("rkeeper: a request to an unknown path or by another method".to_owned());
    });
    Reply::new(StatusCode::NOT_FOUND, "text/html", "<h1>404</h1>").into()
}

/// A query that was understood: the commands and the form they came in.
struct Query {
    form: Form,
    commands: Vec<Element>,
    remarks: Vec<String>,
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if !shared.look(|world| is_authorized(world, &headers)) {
        let counted = shared.change(|world, _| world.count("rkeeper.401"));
        let status = counted.map_or(StatusCode::INTERNAL_SERVER_ERROR, |()| {
            StatusCode::UNAUTHORIZED
        });
        return Reply::new(status, "text/html", "<h1>401 Unauthorized</h1>").into();
    }
    let query = match read(&headers, &body) {
        Ok(query) => query,
        Err(text) => return malformed(&shared, &text),
    };
    let profile = shared.look(|world| world.till.profile.clone());
    let names = query
        .commands
        .iter()
        .map(|command| command.attribute("CMD").unwrap_or_default())
        .map(|name| profile.command(name, &RKEEPER_COMMANDS))
        .map(|name| {
            if RKEEPER_COMMANDS.contains(&name) {
                format!("rkeeper.{name}")
            } else {
                "rkeeper.unknown".to_owned()
            }
        })
        .collect();
    let refused = (query.form, query.commands.clone());
    let shared_for_refusal = Arc::clone(&shared);
    serve(
        shared,
        wire,
        Request {
            names,
            execute: move |world: &mut World, now| answer(world, &query, now),
            refuse: move |arg: Option<&str>| {
                let (form, commands) = &refused;
                refuse(&shared_for_refusal, *form, commands, arg)
            },
        },
    )
    .await
}

fn is_authorized(world: &World, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value).ok());
    let wanted = format!("{}:{}", world.till.user, world.till.password);
    given.is_some_and(|given| given == wanted.as_bytes())
}

/// An answer to something that is no query; always a violation.
fn malformed(shared: &Shared, text: &str) -> Response<Body> {
    let answer = shared.change(|world, now| {
        world.violation(format!("rkeeper: {text}"));
        parse_error(&face(world, now), text)
    });
    match answer {
        Ok(body) => reply(&shared.look(|world| world.till.profile.clone()), body).into(),
        Err(_) => Reply::new(StatusCode::INTERNAL_SERVER_ERROR, XML, "").into(),
    }
}

/// Reads a query; the error is the `ErrorText`.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Query, String> {
    let mut remarks = Vec::new();
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or_default());
    match content_type {
        Some(own) if own.starts_with(FORM) => return Err("Empty input XML".to_owned()),
        Some(own) if !own.starts_with("text/xml") && !own.starts_with("application/xml") => {
            remarks.push("rkeeper: the content type is not XML".to_owned());
        }
        Some(_) | None => {}
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Err("Sort collection: Required value is null".to_owned());
    };
    let text = if let Some(rest) = text.strip_prefix('\u{feff}') {
        remarks.push("rkeeper: a byte order mark before the query".to_owned());
        rest
    } else {
        text
    };
    if text.trim().is_empty() {
        return Err("Empty input XML".to_owned());
    }
    let root = xml::parse(text)?;
    if root.name != "RK7Query" {
        return Err(format!("Unknown root element \"{}\"", root.name));
    }
    for (name, _) in &root.attributes {
        remarks.push(format!("rkeeper: unknown attribute RK7Query/@{name}"));
    }
    let Some(first) = root.children.first() else {
        return Err("Error: child element \"RK7CMD\" not found".to_owned());
    };
    let form = match first.name.as_str() {
        "RK7CMD" => Form::Flat,
        "RK7Command" => Form::Command,
        "RK7Command2" => Form::Command2,
        other => return Err(format!("Unknown element \"{other}\"")),
    };
    let kind = first.name.clone();
    if root.children.iter().any(|command| command.name != kind) {
        return Err("Commands of different kinds in one query".to_owned());
    }
    if form == Form::Flat && root.children.len() > 1 {
        return Err("Only one RK7CMD is allowed".to_owned());
    }
    if root
        .children
        .iter()
        .any(|own| own.attribute("CMD").is_none())
    {
        return Err(format!("Attribute {kind}/@CMD is not found"));
    }
    Ok(Query {
        form,
        commands: root.children,
        remarks,
    })
}

fn answer(world: &mut World, query: &Query, now: DateTime) -> Reply {
    for remark in &query.remarks {
        world.violation(remark.clone());
    }
    let results = query
        .commands
        .iter()
        .map(|command| (command.clone(), commands::run(world, command, now)))
        .collect();
    let body = document(query.form, &face(world, now), results);
    reply(&world.till.profile, body)
}

/// The document as the site's habit encodes it.
fn reply(profile: &Profile, document: String) -> Reply {
    if profile.has(Habit::Windows1251) {
        return Reply::new(StatusCode::OK, XML_1251, windows1251::document(&document));
    }
    Reply::new(StatusCode::OK, XML, document)
}

/// Who answers.
fn face(world: &World, now: DateTime) -> Face<'_> {
    Face {
        profile: &world.till.profile,
        net_name: &world.till.server_name,
        now,
    }
}

/// The error that a `refuse` fault orders.
fn refuse(shared: &Shared, form: Form, commands: &[Element], arg: Option<&str>) -> Reply {
    let refusal = errors::ordered(arg);
    let now = crate::sim::front::local_now();
    shared.look(|world| {
        let results = commands
            .iter()
            .map(|command| {
                let outcome = refusal.clone().outcome(&world.till.profile, command);
                (command.clone(), outcome)
            })
            .collect();
        let body = document(form, &face(world, now), results);
        reply(&world.till.profile, body)
    })
}
