//! «История операций» and «Детальный по продажам» over the contract, from Lime's books.

use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::ledger::Operation;
use super::show::moment;
use crate::domain::Money;
use crate::sim::world::{Check, CheckKind, LedgerRow, World};

/// Most rows of one page.
pub(super) const PAGE_MAX: usize = 500;

/// A page of rows and where the next one begins.
fn paged(rows: &[Value], skip: usize, limit: usize) -> (Vec<Value>, Option<String>) {
    let page: Vec<Value> = rows.iter().skip(skip).take(limit).cloned().collect();
    let end = skip.saturating_add(page.len());
    (page, (end < rows.len()).then(|| end.to_string()))
}

/// The movements of all accounts that a card leads to, newest first.
pub(super) fn history(
    world: &World,
    client_id: i64,
    (from, to): (DateTime, DateTime),
    (skip, limit): (usize, usize),
    now: DateTime,
) -> Value {
    let own = |row: &&LedgerRow| {
        world
            .resort
            .right(row.right_id)
            .is_some_and(|right| right.client_id == client_id)
    };
    let rows: Vec<Value> = world
        .resort
        .ledger
        .iter()
        .rev()
        .filter(own)
        .filter(|row| (from..=to).contains(&row.at))
        .map(|row| history_row(world, row))
        .collect();
    let (rows, next) = paged(&rows, skip, limit.clamp(1, PAGE_MAX));
    with_next(json!({"rows": rows, "server_time": moment(now)}), next)
}

fn with_next(mut answer: Value, next: Option<String>) -> Value {
    if let (Some(next), Some(object)) = (next, answer.as_object_mut()) {
        object.insert("next".to_owned(), json!(next));
    }
    answer
}

fn check_of(world: &World, id: i64) -> Option<&Check> {
    world.resort.checks.iter().find(|check| check.id == id)
}

fn operation_of(world: &World, check_id: i64) -> Option<&Operation> {
    world.gateway.operations.iter().find(|own| {
        own.check_id == Some(check_id) || own.reversals.iter().any(|back| back.check_id == check_id)
    })
}

fn history_row(world: &World, row: &LedgerRow) -> Value {
    let check = row.check.and_then(|(id, _)| check_of(world, id));
    let entry = row
        .check
        .and_then(|(_, entry)| check?.entries.iter().find(|own| own.id == entry));
    let kind = match check.map(|check| check.kind) {
        Some(CheckKind::Sale) => "debit",
        Some(CheckKind::Return) => "reversal",
        None if row.change > 0 => "top_up",
        None => "correction",
    };
    let operation = check.and_then(|check| operation_of(world, check.id));
    let order = operation.and_then(|own| own.order.as_ref());
    json!({
        "time": moment(row.at),
        "goods": entry.map(|entry| world.resort.dish_name(entry.good_type_id)),
        "kind": kind,
        "account_id": row.right_id.to_string(),
        "account_type": world.resort.account_name(row.right_id),
        "amount": row.change,
        "balance_after": row.balance_after,
        "place": check.map(|_| world.site.service_point.as_str()),
        "operator": order.map(|order| order.operator.as_str()),
        "op_id": operation.map(|own| own.id.as_str()),
        "lime_ref": check.map(|check| check.id.to_string()),
    })
}

/// What the sales report is asked for.
pub(super) struct Wanted {
    pub from: Date,
    pub to: Date,
    pub station: Option<String>,
    pub skip: usize,
}

/// A row per dish and account of every check of the period, oldest first.
pub(super) fn sales(world: &World, wanted: &Wanted, now: DateTime) -> Value {
    let mut rows = Vec::new();
    let (mut debits, mut reversals) = (Money::ZERO, Money::ZERO);
    for check in &world.resort.checks {
        let Some(operation) = operation_of(world, check.id) else {
            continue;
        };
        let Some(order) = &operation.order else {
            continue;
        };
        let Ok(date) = order.reference.business_date.parse::<Date>() else {
            continue;
        };
        let elsewhere = wanted
            .station
            .as_ref()
            .is_some_and(|station| *station != order.reference.station);
        if date < wanted.from || date > wanted.to || elsewhere {
            continue;
        }
        let reversal = operation
            .reversals
            .iter()
            .find(|own| own.check_id == check.id);
        for entry in &check.entries {
            for part in &entry.payments {
                let (kind, signed, sum) = match check.kind {
                    CheckKind::Sale => ("debit", -part.amount.kopecks(), &mut debits),
                    CheckKind::Return => ("reversal", part.amount.kopecks(), &mut reversals),
                };
                *sum = sum.checked_add(part.amount).unwrap_or(Money::CEILING);
                let card = world.resort.card(&part.uid);
                let place = (check.id, entry.id);
                let balance = world
                    .resort
                    .ledger
                    .iter()
                    .find(|row| row.check == Some(place) && row.right_id == part.right_id);
                rows.push(json!({
                    "posted_at": moment(check.time),
                    "business_date": order.reference.business_date,
                    "op_id": operation.id,
                    "reversal_id": reversal.map(|own| own.id.as_str()),
                    "order_no": order.reference.order_no,
                    "order_guid": order.reference.order_guid,
                    "station": order.reference.station,
                    "operator": order.operator,
                    "client": card.map(|card| card.client_id.to_string()),
                    "card": card.map(|card| card.number.as_str()),
                    "card_uid": part.uid,
                    "goods": world.resort.dish_name(entry.good_type_id),
                    "base_price": entry.base_price.kopecks(),
                    "price": entry.price.kopecks(),
                    "count_thousandths": entry.count.thousandths(),
                    "account_type": world.resort.account_name(part.right_id),
                    "kind": kind,
                    "amount": signed,
                    "balance_after": balance.map_or(0, |row| row.balance_after),
                    "lime_check_id": check.id.to_string(),
                }));
            }
        }
    }
    let count = rows.len();
    let (rows, next) = paged(&rows, wanted.skip, PAGE_MAX);
    let answer = json!({
        "rows": rows,
        "totals": {
            "debits": debits.kopecks(),
            "reversals": reversals.kopecks(),
            "net": reversals.kopecks() - debits.kopecks(),
            "rows": count,
        },
        "closed": false,
        "tz": jiff::tz::TimeZone::system().iana_name().unwrap_or("local"),
        "server_time": moment(now),
    });
    with_next(answer, next)
}
