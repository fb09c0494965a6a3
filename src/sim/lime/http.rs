//! The HTTP side of the Lime stand-in.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::routing::any;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::booking::{Refused, put_check};
use super::json::{Object, local_time};
use super::{lookup, pin, tokens};
use crate::sim::fault::{LIME_METHODS, lime_name};
use crate::sim::front::{Reply, Request, Shared, local_now, serve};
use crate::sim::wire::Wire;
use crate::sim::world::World;

const JSON: &str = "application/json; charset=utf-8";
/// Error code of a `refuse` fault that names none.
const REFUSED_CODE: &str = "NotEnoughMoney";
/// Most rows of one page of a `Select`.
const TAKE_MAX: i64 = 1_000;

/// The API as a router.
pub(in crate::sim) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/{controller}/{method}", any(handle))
        .route("/connect/token", any(tokens::handle))
        .fallback(unknown_path)
        .with_state(shared)
}

async fn unknown_path(State(shared): State<Arc<Shared>>) -> Response<Body> {
    // Stored or not, the answer is the same.
    let _ = shared.change(|world, _| {
        world.violation("lime: a request to an unknown path".to_owned());
    });
    Reply::new(StatusCode::NOT_FOUND, JSON, "").into()
}

/// What a call says: its query parameters and its body.
struct Call {
    name: String,
    parameters: Vec<(String, String)>,
    body: String,
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path((controller, method)): Path<(String, String)>,
    Query(parameters): Query<Vec<(String, String)>>,
    verb: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let is_known = LIME_METHODS.contains(&(controller.as_str(), method.as_str()));
    if !is_known {
        return unknown_path(State(shared)).await;
    }
    let name = lime_name(&controller, &method);
    let is_there = shared.look(|world| match method.as_str() {
        "GetChecks" => world.resort.list_checks,
        "GetCardInfoByCardCode" => world.resort.card_by_number,
        "CheckPin" => world.resort.check_pin,
        _ => true,
    });
    if !is_there {
        // Asking a site that cannot is no mistake.
        let _ = shared.change(|world, _| world.count(&name));
        return Reply::new(StatusCode::NOT_FOUND, JSON, "").into();
    }
    let wants_post = matches!(
        method.as_str(),
        "PutCheck" | "GetRights" | "GetClientInfoByCardUid" | "CheckPin" | "Select"
    );
    if verb
        != if wants_post {
            Method::POST
        } else {
            Method::GET
        }
    {
        let _ = shared.change(|world, _| world.violation(format!("{name}: asked by {verb}")));
        return Reply::new(StatusCode::METHOD_NOT_ALLOWED, JSON, "").into();
    }
    let given = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    let is_authorized =
        given.is_some_and(|given| shared.look(|world| world.resort.lets_in(given, local_now())));
    if !is_authorized {
        let _ = shared.change(|world, _| world.count("lime.401"));
        let body = json!({"error": "Unauthorized", "message": "Unauthorized"}).to_string();
        return Reply::new(StatusCode::UNAUTHORIZED, JSON, body).into();
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|own| own.as_bytes().starts_with(b"application/json"));
    if wants_post && !is_json {
        let _ = shared.change(|world, _| {
            world.violation(format!("{name}: the content type is not application/json"));
        });
        return Reply::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, JSON, "").into();
    }
    let Ok(body) = String::from_utf8(body.to_vec()) else {
        let _ = shared.change(|world, _| world.violation(format!("{name}: body is not UTF-8")));
        return error_reply(&bad_request("body is not UTF-8".to_owned())).into();
    };
    let call = Call {
        name: name.clone(),
        parameters,
        body,
    };
    let request = Request {
        names: vec![name],
        execute: move |world: &mut World, now| answer(world, &call, now),
        refuse: |arg: Option<&str>| {
            error_reply(&(
                arg.unwrap_or(REFUSED_CODE).to_owned(),
                "Отказано".to_owned(),
            ))
        },
    };
    serve(shared, wire, request).await
}

fn bad_request(text: String) -> (String, String) {
    ("BadRequest".to_owned(), text)
}

fn error_reply((code, message): &(String, String)) -> Reply {
    let status = match code.as_str() {
        "BadRequest" | "BadCheck" => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let body = json!({"error": code, "message": message}).to_string();
    Reply::new(status, JSON, body)
}

fn answer(world: &mut World, call: &Call, now: DateTime) -> Reply {
    match carry_out(world, call, now) {
        Ok(body) => Reply::new(StatusCode::OK, JSON, body),
        Err(Refused { code, text }) => {
            if matches!(code, "BadRequest" | "BadCheck") {
                world.violation(format!("{}: {text}", call.name));
            }
            error_reply(&(code.to_owned(), text))
        }
    }
}

fn wrong(text: String) -> Refused {
    Refused {
        code: "BadRequest",
        text,
    }
}

/// The query parameters of a call, taken one after another.
struct Parameters<'a> {
    left: Vec<&'a (String, String)>,
}

impl Parameters<'_> {
    fn optional(&mut self, name: &str) -> Result<Option<String>, Refused> {
        let Some(index) = self.left.iter().position(|(own, _)| own == name) else {
            return Ok(None);
        };
        let value = self.left.remove(index).1.clone();
        if self.left.iter().any(|(own, _)| own == name) {
            return Err(wrong(format!("parameter {name} twice")));
        }
        Ok(Some(value))
    }

    fn text(&mut self, name: &str) -> Result<String, Refused> {
        self.optional(name)?
            .filter(|value| !value.is_empty())
            .ok_or_else(|| wrong(format!("parameter {name} is missing")))
    }

    fn integer(&mut self, name: &str) -> Result<i64, Refused> {
        let value = self.text(name)?;
        value
            .parse()
            .map_err(|_| wrong(format!("parameter {name} must be a whole number")))
    }

    fn local_time(&mut self, name: &str) -> Result<DateTime, Refused> {
        let value = self.text(name)?;
        local_time(&value).ok_or_else(|| {
            wrong(format!(
                "parameter {name} must be a local time as 2024-03-05T13:15:00"
            ))
        })
    }
}

fn carry_out(world: &mut World, call: &Call, now: DateTime) -> Result<String, Refused> {
    let mut query = Parameters {
        left: call.parameters.iter().collect(),
    };
    let method = call.name.trim_start_matches("lime.");
    let (installation_id, cash_desk_id) = (world.site.installation_id, world.site.cash_desk_id);
    let this_cash_desk = |query: &mut Parameters<'_>| {
        let given = query.integer("cashdeskId")?;
        lookup::expect_id("cashdeskId", given, cash_desk_id)
    };
    let answer = match method {
        "GetCardInfoByCardUid" => lookup::card(world, &query.text("uid")?).to_string(),
        "GetCardInfoByCardCode" => {
            let code = query.text("code")?;
            lookup::card_by_number(world, &code)?.to_string()
        }
        "GetCardInfo" => {
            let given = query.integer("installationId")?;
            lookup::expect_id("installationId", given, installation_id)?;
            let uid = query.text("uid")?;
            let card_id = query.optional("cardId")?;
            let card_id = card_id.map(|id| id.parse()).transpose();
            let card_id = card_id.map_err(|_| wrong("cardId must be a number".to_owned()))?;
            lookup::card_info(world, &uid, card_id).to_string()
        }
        "GetShift" => {
            this_cash_desk(&mut query)?;
            lookup::shift(world).to_string()
        }
        "OpenShift" => {
            this_cash_desk(&mut query)?;
            lookup::open_shift(world, now).to_string()
        }
        "GetServerCurrentTime" => Value::from(now.to_string()).to_string(),
        "GetNextCheckId" => {
            this_cash_desk(&mut query)?;
            lookup::next_check_id(world).to_string()
        }
        "GetCheck" => {
            this_cash_desk(&mut query)?;
            lookup::stored_check(world, query.integer("id")?)
        }
        "GetChecks" => {
            this_cash_desk(&mut query)?;
            let (from, to) = (query.local_time("from")?, query.local_time("to")?);
            if from > to {
                return Err(wrong("from is after to".to_owned()));
            }
            lookup::stored_checks(world, from, to)
        }
        "PutCheck" => put_check(world, &call.body, now)?,
        "CheckPin" => pin::check(world, &call.body)?,
        _ => posted_read(world, method, &call.body)?,
    };
    for (name, _) in query.left {
        world.violation(format!("{}: unknown parameter {name}", call.name));
    }
    Ok(answer)
}

/// The calls that read by a body.
fn posted_read(world: &mut World, method: &str, body: &str) -> Result<String, Refused> {
    let mut ignored = Vec::new();
    let mut object = Object::parse(method, body).map_err(wrong)?;
    let answer = match method {
        "GetRights" => {
            let client_id = object.integer("clientId").map_err(wrong)?;
            let given = object.integer("installationId").map_err(wrong)?;
            lookup::expect_id("installationId", given, world.site.installation_id)?;
            lookup::rights(world, client_id)
        }
        "GetClientInfoByCardUid" => {
            let uid = object.text("uid").map_err(wrong)?;
            let given = object.integer("installationId").map_err(wrong)?;
            lookup::expect_id("installationId", given, world.site.installation_id)?;
            lookup::client(world, &uid)
        }
        _ => {
            object.object("filter").map_err(wrong)?;
            let mut page = object.object("page").map_err(wrong)?;
            let skip = page.integer("skip").map_err(wrong)?;
            let take = page.integer("take").map_err(wrong)?;
            page.finish(&mut ignored);
            let rows = match method {
                "Installations.Select" => lookup::installations(world),
                "Cashdesks.Select" => lookup::cash_desks(world),
                _ => lookup::good_types(world),
            };
            if world.resort.ignores_pages {
                json!({"data": rows})
            } else {
                paged(&rows, skip, take)?
            }
        }
    };
    object.finish(&mut ignored);
    for complaint in ignored {
        world.violation(format!("lime.{complaint}"));
    }
    Ok(answer.to_string())
}

fn paged(rows: &Value, skip: i64, take: i64) -> Result<Value, Refused> {
    if !(1..=TAKE_MAX).contains(&take) {
        return Err(wrong(format!("take must be 1 to {TAKE_MAX}")));
    }
    let skip = usize::try_from(skip).map_err(|_| wrong("skip is below zero".to_owned()))?;
    let take = usize::try_from(take).unwrap_or_default();
    let rows = rows.as_array().into_iter().flatten();
    let page: Vec<&Value> = rows.skip(skip).take(take).collect();
    Ok(json!({"data": page}))
}
