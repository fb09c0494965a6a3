//! `orders` and `order`.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::domain::text::printable;
use crate::domain::{Order, OrderGuid, OrderSummary};
use crate::i18n::Texts;
use crate::payment::ports::Pos;
use crate::payment::reason::{Problem, Reason, Server};
use crate::reports::table::{Side, Table};

use super::exit::ExitCode;
use super::io::Io;
use super::till::Till;
use super::words::Stop;

pub(super) fn orders(till: &dyn Till, json: bool, io: &mut Io<'_>) -> ExitCode {
    let orders = match list(till.pos(), io.texts) {
        Ok(orders) => orders,
        Err(stop) => return stop.tell(io),
    };
    if json {
        let rows: Vec<Json> = orders.iter().map(summary_json).collect();
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
    ]);
    for order in &orders {
        table.row([
            order.name.clone(),
            order.table.clone().unwrap_or_default(),
            order.waiter.clone().unwrap_or_default(),
            order.total.to_string(),
            order.unpaid.to_string(),
            order
                .opened_at
                .map(|time| time.strftime("%d.%m.%Y %H:%M").to_string())
                .unwrap_or_default(),
            order.locked_by.clone().unwrap_or_default(),
            order.guid.0.clone(),
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
    let order = match find(till.pos(), io.texts, reference) {
        Ok(order) => order,
        Err(stop) => return stop.tell(io),
    };
    if json {
        io.print_json(&order_json(&order))
    } else {
        io.print(&order_text(io.texts, &order))
    }
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

/// The order of that name or GUID. Several of one name are nobody's guess.
pub(super) fn find(pos: &dyn Pos, texts: Texts, reference: &str) -> Result<Order, Stop> {
    let reference = reference.trim();
    let guid = match guid(reference) {
        Some(guid) => guid,
        None => named(list(pos, texts)?, texts, reference)?,
    };
    pos.order(&guid)
        .map_err(|error| Stop::problem(texts, error.problem()))
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

fn summary_json(order: &OrderSummary) -> Json {
    json!({
        "guid": order.guid.0,
        "name": order.name,
        "table": order.table,
        "waiter": order.waiter,
        "total": order.total.to_string(),
        "unpaid": order.unpaid.to_string(),
        "locked_by": order.locked_by,
        "opened_at": order.opened_at.map(|time| time.to_string()),
    })
}

fn order_json(order: &Order) -> Json {
    let lines: Vec<Json> = order
        .lines
        .iter()
        .map(|line| {
            let modifiers: Vec<Json> = line
                .modifiers
                .iter()
                .map(|modifier| {
                    json!({
                        "name": modifier.name,
                        "count": modifier.count,
                        "price": modifier.price.to_string(),
                    })
                })
                .collect();
            json!({
                "id": line.id,
                "code": line.code,
                "name": line.name,
                "quantity": line.quantity.to_string(),
                "base_price": line.base_price.to_string(),
                "amount": line.amount.to_string(),
                "modifiers": modifiers,
            })
        })
        .collect();
    let payments: Vec<Json> = order
        .payments
        .iter()
        .map(|payment| {
            json!({
                "amount": payment.amount.to_string(),
                "ext_info": payment.ext_info,
                "prepayment": payment.prepayment,
                "check_num": payment.check_num,
            })
        })
        .collect();
    json!({
        "guid": order.guid.0,
        "name": order.name,
        "table": order.table,
        "waiter": order.waiter,
        "station": order.station,
        "opened_at": order.opened_at.map(|time| time.to_string()),
        "version": order.version,
        "total": order.total.to_string(),
        "unpaid": order.unpaid.to_string(),
        "discount": order.discount.to_string(),
        "prepaid": order.prepaid.to_string(),
        "paid": order.paid,
        "finished": order.finished,
        "deleted": order.deleted,
        "lines": lines,
        "payments": payments,
    })
}

fn order_text(texts: Texts, order: &Order) -> String {
    let word = |key: &str| texts.get(&format!("cli.word.{key}"));
    let mut text = String::new();
    for (key, value) in [
        ("order", Some(order.name.clone())),
        ("table", order.table.clone()),
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
    ] {
        if let Some(value) = value {
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
    }
    text.push_str(&table.text());
    text
}
