//! The subscription licence of the stand-in: as strict as public sources have it, and where they
//! disagree a switch of the scenario says.
//!
//! A write must name anchor, token, installation and number. A known installation may send its last
//! number again (the same command is answered from memory, without being carried out) or one more;
//! an unknown one begins with 0. The licence server is here too, at the path of the real one.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, Response, StatusCode};
use jiff::civil::DateTime;
use serde_json::json;

use super::answer::{Outcome, Refusal, Status};
use super::commands::required;
use crate::sim::fault::LICENCE_SERVER;
use crate::sim::front::{Reply, Request, Shared, serve};
use crate::sim::licence::{Counted, Instance, KeptAnswer, Subscription};
use crate::sim::wire::Wire;
use crate::sim::world::World;
use crate::sim::xml::{self, Element};

/// The path of the licence server.
pub(super) const PATH: &str = "/ls5api/api/License/GetLicenseIdByAnchor";
const JSON: &str = "application/json; charset=utf-8";

/// Which part of a command counts a request.
struct Ticket {
    guid: String,
    number: u64,
}

/// What comes of a write before it is carried out.
pub(super) enum Entrance {
    /// The site has a lifetime licence; nothing is looked at.
    Free,
    /// It is carried out under this number.
    Counted(String, u64),
    /// It was carried out before.
    Again(Outcome),
}

/// Looks at the licence of a write.
pub(super) fn enter(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Entrance, Refusal> {
    let Some(own) = &world.till.subscription else {
        if command.first("LicenseInfo").is_some() {
            world.violation("rkeeper: a LicenseInfo at a site without subscription".to_owned());
        }
        return Ok(Entrance::Free);
    };
    let info = command.first("LicenseInfo").ok_or_else(no_licence)?;
    check_info(own, &world.till.restaurant_code, info, now)?;
    let ticket = ticket(info)?;
    let kept = own.instances.get(&ticket.guid);
    match own.judge(&ticket.guid, ticket.number, &body(command)) {
        Counted::Goes => Ok(Entrance::Counted(ticket.guid, ticket.number)),
        Counted::Again => {
            let kept = kept.and_then(|instance| instance.answer.as_ref());
            kept.and_then(outcome).map(Entrance::Again).ok_or_else(used)
        }
        Counted::Used => Err(used()),
        Counted::Unknown => Err(unknown_instance()),
        Counted::Outside(last) => Err(Refusal::numbered(
            5305,
            format!(
                "В инстансе неверно заполнен атрибут SeqNumber. Атрибут должен именить значение из \
                 множества [{last}, {}].",
                last + 1
            ),
        )),
    }
}

/// Counts a write that was carried out, and remembers its answer.
pub(super) fn leave(
    world: &mut World,
    command: &Element,
    (guid, number): (String, u64),
    outcome: &Outcome,
) {
    let Some(own) = &mut world.till.subscription else {
        return;
    };
    let fine = outcome.status == Status::Ok;
    if fine {
        own.executed.push((guid.clone(), number));
    }
    if !fine && !own.errors_count {
        return;
    }
    let kept = KeptAnswer {
        status: outcome.status.word().to_owned(),
        number: outcome.number,
        text: outcome.text.clone(),
        attributes: outcome.attributes.clone(),
        payload: outcome.payload.iter().map(Element::document).collect(),
    };
    let instance = Instance {
        last: number,
        body: body(command),
        answer: own.remembers.then_some(kept),
    };
    own.instances.insert(guid, instance);
}

/// `GetXMLLicenseInstanceSeqNumber`.
pub(super) fn last_number(
    world: &World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let own = world.till.subscription.as_ref().ok_or_else(no_licence)?;
    let info = required(command, "LicenseInfo")?;
    check_info(own, &world.till.restaurant_code, info, now)?;
    let guid = required(info, "LicenseInstance")?.attribute("guid");
    let instance = guid.and_then(|guid| own.instances.get(&plain(guid)));
    let last = instance.ok_or_else(unknown_instance)?.last;
    let answer = Element::new("LicenseInstance")
        .with("guid", guid.unwrap_or_default())
        .with("seqNumber", if own.names_next { last + 1 } else { last });
    Ok(Outcome::ok(vec![Element::new("LicenseInfo").child(answer)]))
}

fn check_info(
    own: &Subscription,
    restaurant: &str,
    info: &Element,
    now: DateTime,
) -> Result<(), Refusal> {
    let anchor = info.attribute("anchor").unwrap_or_default();
    let token = info.attribute("licenseToken").unwrap_or_default();
    if anchor != own.anchor(restaurant) || token != own.token {
        return Err(Refusal::unnumbered("Bad license anchor".to_owned()));
    }
    if now.date() > own.expires {
        return Err(no_licence());
    }
    Ok(())
}

fn ticket(info: &Element) -> Result<Ticket, Refusal> {
    let instance = required(info, "LicenseInstance")?;
    let guid = instance.attribute("guid").map(plain).unwrap_or_default();
    let number = instance.attribute("seqNumber").unwrap_or_default();
    if uuid::Uuid::try_parse(&guid).is_err() {
        return Err(Refusal::parameters(
            "Bad guid attribute LicenseInstance/@guid".to_owned(),
        ));
    }
    let number = number.parse().map_err(|_| {
        Refusal::parameters(format!(
            "Bad integer attribute LicenseInstance/@seqNumber value: \"{number}\""
        ))
    })?;
    Ok(Ticket { guid, number })
}

/// With or without braces.
fn plain(guid: &str) -> String {
    guid.trim_matches(['{', '}']).to_lowercase()
}

/// What is compared: the whole command.
fn body(command: &Element) -> String {
    command.document()
}

fn outcome(kept: &KeptAnswer) -> Option<Outcome> {
    let payload = kept.payload.iter().map(|text| xml::parse(text).ok());
    Some(Outcome {
        status: Status::of_word(&kept.status)?,
        number: kept.number,
        text: kept.text.clone(),
        attributes: kept.attributes.clone(),
        payload: payload.collect::<Option<_>>()?,
    })
}

fn no_licence() -> Refusal {
    super::reference::no_licence()
}

fn unknown_instance() -> Refusal {
    Refusal::numbered(5304, "Экземпляр лицензии не найден".to_owned())
}

fn used() -> Refusal {
    Refusal::numbered(5310, "SeqNumber должен быть увеличен.".to_owned())
}

/// `GetLicenseIdByAnchor`.
pub(super) async fn server(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response<Body> {
    let anchor = parameters.into_iter().find(|(name, _)| name == "anchor");
    let anchor = anchor.map(|(_, value)| value).unwrap_or_default();
    let usr = headers.get("usr").and_then(|value| value.to_str().ok());
    let usr = usr.unwrap_or_default().to_owned();
    let refused = |_: Option<&str>| says(None, "", 1, "Лицензия не найдена");
    serve(
        shared,
        wire,
        Request {
            names: vec![LICENCE_SERVER.to_owned()],
            execute: move |world: &mut World, _| answer(world, &anchor, &usr),
            refuse: refused,
        },
    )
    .await
}

fn answer(world: &mut World, anchor: &str, usr: &str) -> Reply {
    let Some(own) = &world.till.subscription else {
        return says(None, "", 1, "Лицензия не найдена");
    };
    if usr != own.login() {
        world.violation("licence server: the header usr is wrong".to_owned());
        return says(None, "", 2, "Неверный пользователь");
    }
    if anchor != own.anchor(&world.till.restaurant_code) {
        return says(None, "", 1, "Лицензия не найдена");
    }
    let expires = format!("{}T23:59:59", own.expires);
    says(Some(&own.token), &expires, 0, "")
}

fn says(id: Option<&str>, expires: &str, code: i64, message: &str) -> Reply {
    let body = json!({
        "id": id,
        "expirationDate": expires,
        "qty": 1,
        "ErrorCode": code,
        "ErrorMessage": message,
    });
    Reply::new(StatusCode::OK, JSON, body.to_string())
}
