//! `orders` and `order`.

use serde_json::Value as Json;
use uuid::Uuid;

use crate::domain::text::printable;
use crate::domain::{Halls, Hindrance, Order, OrderGuid, OrderSummary};
use crate::i18n::Texts;
use crate::payment::ports::{Pos, ReadError};
use crate::payment::reason::{Problem, Reason, Server};
use crate::reports::table::{Side, Table};

use super::exit::ExitCode;
use super::io::Io;
use super::order_json;
use super::till::Till;
use super::words::{Stop, sentence};

pub(super) fn orders(till: &dyn Till, json: bool, io: &mut Io<'_>) -> ExitCode {
    let orders = match list(till.pos(), io.texts) {
        Ok(orders) => orders,
        Err(stop) => return stop.tell(io),
    };
    let halls = halls(till.pos());
    if json {
        let row = |order| order_json::summary(order, &halls);
        let rows: Vec<Json> = orders.iter().map(row).collect();
        return io.print_json(&Json::from(rows));
    }
    let column = |key: &str| io.texts.get(&format!("cli.word.{key}"));
    let mut table = Table::new([
        (column("order"), Side::Left),
        (column("table"), Side::Left),
        (column("waiter"), Side::Left),
        (column("sum"), Side::Right),
        (column("unpaid"), Side::Right),
        (column("opened"), Side::Left),
        (column("locked_by"), Side::Left),
        ("GUID", Side::Left),
        (column("remark"), Side::Left),
    ]);
    for order in &orders {
        table.row([
            order.name.clone(),
            halls.place(order).unwrap_or_default(),
            order.waiter.clone().unwrap_or_default(),
            order.total.to_string(),
            order.unpaid.to_string(),
            order
                .opened_at
                .map(|time| time.strftime("%d.%m.%Y %H:%M").to_string())
                .unwrap_or_default(),
            order.locked_by.clone().unwrap_or_default(),
            order.guid.0.clone(),
            remark(io.texts, order.hindrance()),
        ]);
    }
    let text = if table.is_empty() {
        format!("{}\n", io.texts.get("cli.no_orders"))
    } else {
        table.text()
    };
    io.print(&text)
}

pub(super) fn order(till: &dyn Till, reference: &str, json: bool, io: &mut Io<'_>) -> ExitCode {
    let found = guid_of(till.pos(), io.texts, reference)
        .and_then(|guid| read(till.pos().order_to_pay(&guid), io.texts));
    let order = match found {
        Ok(order) => order,
        Err(stop) => return stop.tell(io),
    };
    let halls = halls(till.pos());
    if json {
        io.print_json(&order_json::order(&order, &halls))
    } else {
        io.print(&order_text(io.texts, &order, &halls))
    }
}

/// In which halls the tables stand. Without them everything is as good, only shorter of a word.
fn halls(pos: &dyn Pos) -> Halls {
    pos.halls().unwrap_or_else(|error| {
        tracing::warn!(problem = %error, "the halls of the tables cannot be read");
        Halls::default()
    })
}

fn list(pos: &dyn Pos, texts: Texts) -> Result<Vec<OrderSummary>, Stop> {
    let list = pos
        .orders(None)
        .map_err(|error| Stop::problem(texts, error.problem()))?;
    list.orders.ok_or_else(|| {
        let problem = Problem::of(Server::Rkeeper, Reason::AnswerNotUnderstood, "");
        Stop::problem(texts, &problem)
    })
}

/// The order of that name or GUID, with the groups of its dishes where the site asks for them. Several of one name are nobody's guess.
pub(super) fn find(pos: &dyn Pos, texts: Texts, reference: &str) -> Result<Order, Stop> {
    let guid = guid_of(pos, texts, reference)?;
    let mut order = read(pos.order(&guid), texts)?;
    pos.add_groups(&mut order);
    Ok(order)
}

fn guid_of(pos: &dyn Pos, texts: Texts, reference: &str) -> Result<OrderGuid, Stop> {
    let reference = reference.trim();
    match guid(reference) {
        Some(guid) => Ok(guid),
        None => named(list(pos, texts)?, texts, reference),
    }
}

fn read(answer: Result<Order, ReadError>, texts: Texts) -> Result<Order, Stop> {
    answer.map_err(|error| Stop::problem(texts, error.problem()))
}

/// The GUID as r_keeper writes it, from any spelling.
fn guid(reference: &str) -> Option<OrderGuid> {
    let uuid = Uuid::parse_str(reference).ok()?;
    Some(OrderGuid(
        format!("{{{}}}", uuid.hyphenated()).to_uppercase(),
    ))
}

fn named(orders: Vec<OrderSummary>, texts: Texts, name: &str) -> Result<OrderGuid, Stop> {
    let mut found: Vec<OrderGuid> = orders
        .into_iter()
        .filter(|order| order.name == name)
        .map(|order| order.guid)
        .collect();
    match found.len() {
        0 => Err(Stop::refused(texts, Reason::OrderNotFound, name)),
        1 => Ok(found.remove(0)),
        _ => {
            let guids: Vec<&str> = found.iter().map(|guid| guid.0.as_str()).collect();
            let guids = guids.join(", ");
            let message = texts.fill("cli.order_ambiguous", &[("name", &name), ("guids", &guids)]);
            Err(Stop {
                code: ExitCode::Refused,
                reason: Some("order_ambiguous"),
                message: printable(&message),
            })
        }
    }
}

/// Why the order cannot be paid; nothing where it can.
fn remark(texts: Texts, hindrance: Option<Hindrance>) -> String {
    let problem = hindrance.map(Problem::from);
    problem.map_or_else(String::new, |problem| sentence(texts, &problem))
}

fn order_text(texts: Texts, order: &Order, halls: &Halls) -> String {
    let word = |key: &str| texts.get(&format!("cli.word.{key}"));
    let mut text = String::new();
    for (key, value) in [
        ("order", Some(order.name.clone())),
        (
            "table",
            halls.place_of(order.table.as_deref(), order.table_id.as_deref()),
        ),
        ("waiter", order.waiter.clone()),
        ("station", order.station.clone()),
        (
            "discount",
            (!order.discount.is_zero()).then(|| order.discount.to_string()),
        ),
        (
            "prepaid",
            (!order.prepaid.is_zero()).then(|| order.prepaid.to_string()),
        ),
        ("sum", Some(order.total.to_string())),
        ("unpaid", Some(order.unpaid.to_string())),
        ("remark", Some(remark(texts, order.hindrance_now()))),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            text.push_str(&printable(&format!("{}: {value}", word(key))));
            text.push('\n');
        }
    }
    let mut table = Table::new([
        (word("dish"), Side::Left),
        (word("count"), Side::Right),
        (word("price"), Side::Right),
        (word("sum"), Side::Right),
    ]);
    for line in &order.lines {
        table.row([
            line.name.clone(),
            line.quantity.to_string(),
            line.base_price.to_string(),
            line.amount.to_string(),
        ]);
        for modifier in &line.modifiers {
            table.row([
                format!("  + {}", modifier.name),
                modifier.count.to_string(),
                modifier.price.to_string(),
            ]);
        }
        for discount in &line.discounts {
            let (name, sum) = (format!("  {}", discount.name), discount.sum.to_string());
            table.row([name, String::new(), String::new(), sum]);
        }
    }
    for discount in &order.discounts {
        let sum = discount.sum.to_string();
        table.row([discount.name.clone(), String::new(), String::new(), sum]);
    }
    text.push_str(&table.text());
    text
}
