//! «История операций» and «Детальный по продажам» over the contract, from Lime's books.

use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::ledger::Operation;
use super::show::moment;
use crate::domain::Money;
use crate::sim::world::{Check, CheckKind, LedgerRow, World};

/// Most rows of one page.
pub(in crate::sim) const PAGE_MAX: usize = 500;

/// The movements of all accounts that a card leads to: the newest check first, its dishes in their
/// order. `left`: how many of the oldest rows are still to be shown; newer ones that come meanwhile
/// move no page.
pub(super) fn history(
    world: &World,
    client_id: i64,
    (from, to): (DateTime, DateTime),
    (left, limit): (Option<usize>, usize),
    now: DateTime,
) -> Value {
    let own = |row: &&LedgerRow| {
        let right = world.resort.right(row.right_id);
        right.is_some_and(|right| right.client_id == client_id) && (from..to).contains(&row.at)
    };
    let found: Vec<&LedgerRow> = world.resort.ledger.iter().filter(own).collect();
    let together = |a: &&LedgerRow, b: &&LedgerRow| {
        let check = |row: &LedgerRow| row.check.map(|(check, _)| check);
        check(a).is_some() && check(a) == check(b)
    };
    let checks = found.chunk_by(together).rev();
    let rows: Vec<&LedgerRow> = checks.flatten().copied().collect();
    let left = left.unwrap_or(rows.len()).min(rows.len());
    let limit = limit.min(world.gateway.page_rows);
    let page = rows.iter().skip(rows.len() - left).take(limit);
    let shown: Vec<Value> = page.map(|row| history_row(world, row)).collect();
    let next = left.checked_sub(shown.len()).filter(|&left| left > 0);
    let answer = json!({"rows": shown, "server_time": moment(now)});
    with_next(answer, next.map(|left| left.to_string()))
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
        let reversal = operation
            .reversals
            .iter()
            .find(|own| own.check_id == check.id);
        // What comes back comes back on its own day, whenever it was sold.
        let date = if reversal.is_some() {
            Ok(check.time.date())
        } else {
            order.reference.business_date.parse::<Date>()
        };
        let Ok(date) = date else {
            continue;
        };
        let elsewhere = wanted
            .station
            .as_ref()
            .is_some_and(|station| *station != order.reference.station);
        if date < wanted.from || date > wanted.to || elsewhere {
            continue;
        }
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
                    "business_date": date.to_string(),
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
    let end = wanted.skip.saturating_add(world.gateway.page_rows);
    let next = (end < count).then(|| end.to_string());
    let page = rows.into_iter().skip(wanted.skip);
    let rows: Vec<Value> = page.take(world.gateway.page_rows).collect();
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
