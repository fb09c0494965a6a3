//! The HTTP side of the server of holds.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::routing::any;
use jiff::civil::DateTime;
use serde_json::Value;
use uuid::Uuid;

use super::ledger::Failure;
use super::query::Parameters;
use super::read::{self, bad_format, failure};
use super::{decide, report, show};
use crate::sim::front::{Reply, Request, Shared, serve};
use crate::sim::wire::Wire;
use crate::sim::world::World;

const JSON: &str = "application/json; charset=utf-8";

/// One of the contract's calls.
#[derive(Clone, PartialEq, Eq)]
enum Call {
    Capabilities,
    Lookup,
    Operations,
    Operation(String),
    Reserve(String),
    Commit(String),
    Release(String),
    Reverse(String, String),
    History(String),
    Sales,
}

impl Call {
    /// The call of a path and method; `Err` with what the path does take.
    fn of(method: &Method, path: &str) -> Result<Self, Option<&'static str>> {
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        let (call, wanted) = match *parts.as_slice() {
            ["capabilities"] => (Self::Capabilities, "GET"),
            ["cards", "lookup"] => (Self::Lookup, "POST"),
            ["cards", id, "operations"] => (Self::History(id.to_owned()), "GET"),
            ["reports", "sales"] => (Self::Sales, "GET"),
            ["operations"] => (Self::Operations, "GET"),
            ["operations", id] if *method == Method::PUT => (Self::Reserve(id.to_owned()), "PUT"),
            ["operations", id] => (Self::Operation(id.to_owned()), "GET"),
            ["operations", id, "commit"] => (Self::Commit(id.to_owned()), "POST"),
            ["operations", id, "release"] => (Self::Release(id.to_owned()), "POST"),
            ["operations", id, "reversals", back] => {
                (Self::Reverse(id.to_owned(), back.to_owned()), "PUT")
            }
            _ => return Err(None),
        };
        if method.as_str() == wanted {
            Ok(call)
        } else {
            Err(Some(wanted))
        }
    }

    /// In counters and faults.
    const fn name(&self) -> &'static str {
        match self {
            Self::Capabilities => "holds.capabilities",
            Self::Lookup => "holds.lookup",
            Self::Operations => "holds.operations",
            Self::Operation(_) => "holds.operation",
            Self::Reserve(_) => "holds.reserve",
            Self::Commit(_) => "holds.commit",
            Self::Release(_) => "holds.release",
            Self::Reverse(..) => "holds.reverse",
            Self::History(_) => "holds.history",
            Self::Sales => "holds.sales",
        }
    }

    const fn has_body(&self) -> bool {
        match self {
            Self::Lookup
            | Self::Reserve(_)
            | Self::Commit(_)
            | Self::Release(_)
            | Self::Reverse(..) => true,
            Self::Capabilities
            | Self::Operations
            | Self::Operation(_)
            | Self::History(_)
            | Self::Sales => false,
        }
    }
}

/// The API as a router, to be merged with Lime's own.
pub(in crate::sim) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/{*rest}", any(handle))
        .with_state(shared)
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(query): Query<Vec<(String, String)>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let call = match Call::of(&method, uri.path()) {
        Ok(call) => call,
        Err(wanted) => return not_a_call(&shared, &method, wanted).into(),
    };
    let name = call.name();
    let given = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    if !shared.look(|world| given == Some(world.resort.auth_value.as_bytes())) {
        let _ = shared.change(|world, _| world.count("holds.401"));
        return refused(&failure(401, "unauthorized", "after_fix", "unknown key"), 0).into();
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|own| own.as_bytes().starts_with(b"application/json"));
    let body = String::from_utf8(body.to_vec());
    let body = match body {
        Ok(body) if is_json || !call.has_body() => body,
        Ok(_) | Err(_) => {
            let _ = shared.change(|world, _| {
                world.violation(format!("{name}: the body is not JSON by its type or bytes"));
            });
            return refused(&bad_format("the body must be JSON in UTF-8"), 0).into();
        }
    };
    let request = Request {
        names: vec![name.to_owned()],
        execute: move |world: &mut World, now| answer(world, &call, &query, &body, now),
        refuse: |arg: Option<&str>| refused(&ordered(arg.unwrap_or("insufficient_funds")), 0),
    };
    serve(shared, wire, request).await
}

fn not_a_call(shared: &Shared, method: &Method, wanted: Option<&'static str>) -> Reply {
    let status = wanted.map_or(StatusCode::NOT_FOUND, |_| StatusCode::METHOD_NOT_ALLOWED);
    let _ = shared.change(|world, _| {
        world.violation(format!("holds: no such call, or not by {method}"));
    });
    Reply::new(status, JSON, "")
}

/// The error that a `refuse` fault names.
fn ordered(code: &str) -> Failure {
    let (status, retry) = match code {
        "bad_format" | "sum_mismatch" | "duplicate_account" => (400, "after_fix"),
        "unauthorized" => (401, "after_fix"),
        "forbidden" => (403, "after_fix"),
        "card_not_found" | "operation_not_found" => (404, "never"),
        "busy" => (429, "same_id"),
        "lime_unavailable" => (503, "same_id"),
        "outcome_unknown" => (504, "same_id"),
        "insufficient_funds"
        | "held_elsewhere"
        | "account_expired"
        | "account_not_spendable"
        | "card_blocked" => (422, "new_id"),
        _ => (409, "never"),
    };
    failure(status, code, retry, "Отказано")
}

fn refused(failure: &Failure, trace: u64) -> Reply {
    let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply::new(status, JSON, show::failure(failure, trace).to_string())
}

fn answer(
    world: &mut World,
    call: &Call,
    query: &[(String, String)],
    body: &str,
    now: DateTime,
) -> Reply {
    world.gateway.expire(now);
    let mut query = Parameters {
        left: query.iter().collect(),
    };
    let done = carry_out(world, call, &mut query, body, now);
    for (name, _) in query.left {
        world.violation(format!("{}: unknown parameter {name}", call.name()));
    }
    match done {
        Ok((new, value)) => {
            let status = if new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            Reply::new(status, JSON, value.to_string())
        }
        Err(failure) => {
            if failure.status == 400 {
                world.violation(format!("{}: {}", call.name(), failure.message));
            }
            let trace = world.requests.values().sum();
            refused(&failure, trace)
        }
    }
}

fn uuid(text: &str) -> Result<(), Failure> {
    Uuid::try_parse(text)
        .map(drop)
        .map_err(|_| bad_format("the id must be a UUID"))
}

/// The answer's body, and whether something new was made.
fn carry_out(
    world: &mut World,
    call: &Call,
    query: &mut Parameters<'_>,
    body: &str,
    now: DateTime,
) -> Result<(bool, Value), Failure> {
    let read = |value| Ok((false, value));
    let (id, done) = match call {
        Call::Capabilities => return read(show::capabilities(world, now)),
        Call::Lookup => return read(lookup(world, body, now)?),
        Call::Operations => {
            let wanted = show::Wanted {
                station: query.text("station")?,
                state: query.state()?,
                since: query.moment("since")?,
                skip: query.cursor()?.unwrap_or_default(),
            };
            return read(show::operations(world, &wanted, now));
        }
        Call::History(card_id) => return read(history(world, card_id, query, now)?),
        Call::Sales => {
            let wanted = report::Wanted {
                from: query.date("business_from")?,
                to: query.date("business_to")?,
                station: query.optional("station"),
                skip: query.cursor()?.unwrap_or_default(),
            };
            if wanted.from > wanted.to {
                return Err(bad_format("business_from is after business_to"));
            }
            if wanted
                .from
                .until(wanted.to)
                .map_or(true, |days| days.get_days() >= show::REPORT_DAYS_MAX)
            {
                return Err(bad_format("more days than one report may have"));
            }
            return read(report::sales(world, &wanted, now));
        }
        Call::Operation(id) => (id, Ok(false)),
        Call::Reserve(id) => {
            uuid(id)?;
            (id, decide::reserve(world, id, body, now))
        }
        Call::Commit(id) => (id, decide::commit(world, id, body, now).map(|_| false)),
        Call::Release(id) => {
            uuid(id)?;
            (id, decide::release(world, id, body, now))
        }
        Call::Reverse(id, back) => {
            uuid(back)?;
            (id, decide::reverse(world, id, back, body, now))
        }
    };
    let new = done?;
    let operation = world.gateway.operation(id).ok_or_else(|| {
        failure(
            404,
            "operation_not_found",
            "never",
            format!("no operation {id}"),
        )
    })?;
    Ok((new, show::operation(world, operation, now)))
}

fn lookup(world: &mut World, body: &str, now: DateTime) -> Result<Value, Failure> {
    let mut ignored = Vec::new();
    let wanted = read::lookup(body, &mut ignored)?;
    for complaint in ignored {
        world.violation(format!("holds.lookup: {complaint}"));
    }
    let fits = |card: &&crate::sim::world::Card| {
        if wanted.by_number {
            card.number == wanted.value
        } else {
            card.uid == wanted.value
        }
    };
    let found: Vec<_> = world.resort.cards.iter().filter(fits).collect();
    match found.as_slice() {
        [] => Err(failure(404, "card_not_found", "never", "нет такой карты")),
        [card] => Ok(show::card(world, card, now)),
        [_, _, ..] => Err(failure(
            409,
            "card_ambiguous",
            "never",
            "подходят несколько карт",
        )),
    }
}

fn history(
    world: &World,
    card_id: &str,
    query: &mut Parameters<'_>,
    now: DateTime,
) -> Result<Value, Failure> {
    let from = query.moment("from")?;
    let to = query.moment("to")?;
    let limit = query.count("limit", report::PAGE_MAX)?;
    if !(1..=report::PAGE_MAX).contains(&limit) {
        return Err(bad_format("limit is out of range"));
    }
    let left = query.cursor()?;
    let (Some(from), Some(to)) = (from, to) else {
        return Err(bad_format("from and to are needed"));
    };
    let card = world
        .resort
        .cards
        .iter()
        .find(|card| card.id.to_string() == card_id)
        .ok_or_else(|| failure(404, "card_not_found", "never", "no such card"))?;
    Ok(report::history(
        world,
        card.client_id,
        (from, to),
        (left, limit),
        now,
    ))
}
