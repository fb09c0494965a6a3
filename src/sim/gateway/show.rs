//! What the server of holds answers.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::decide::available;
use super::ledger::{Failure, Operation};
use crate::domain::Money;
use crate::sim::world::{AccountType, Card, Right, World};

/// Which numbers are printed on the cards.
const PRINTED_NUMBER: &str = "^[0-9]{6}$";
/// Days of one report at most.
pub(super) const REPORT_DAYS_MAX: i32 = 92;

/// A local time as a moment with the zone's offset.
pub(super) fn moment(time: DateTime) -> String {
    let zone = TimeZone::system();
    zone.to_ambiguous_zoned_datetime(time)
        .compatible()
        .map_or_else(
            |_| String::new(),
            |zoned| zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        )
}

pub(super) fn capabilities(world: &World, now: DateTime) -> Value {
    let ttl = world.gateway.ttl_max_s;
    json!({
        "api": "1.0",
        "installation_id": world.site.installation_id,
        "currency": "RUB",
        "hold_mode": world.gateway.mode.word(),
        "hold_ttl_s": {"default": ttl.min(86_400), "max": ttl},
        "max_legs": 200,
        "partial_commit": false,
        "reversal_window_h": 24 * 90,
        "printed_number_regex": PRINTED_NUMBER,
        "report_max_days": REPORT_DAYS_MAX,
        "server_time": moment(now),
        // Nothing known to clients: they must read over it.
        "note": {"lime": Value::Null},
    })
}

/// A card with all its accounts.
pub(super) fn card(world: &World, card: &Card, now: DateTime) -> Value {
    let status = if card.lost {
        "lost"
    } else if card.blocked {
        "blocked"
    } else if card.valid_to.is_some_and(|end| end <= now) {
        "expired"
    } else {
        "active"
    };
    let holder = world
        .resort
        .clients
        .iter()
        .find(|own| own.id == card.client_id)
        .map(|own| own.name.as_str());
    let rights = world.resort.rights.iter();
    let accounts: Vec<Value> = rights
        .filter(|right| right.client_id == card.client_id)
        .filter_map(|right| {
            let own = world.resort.account_type(right.type_id)?;
            Some(account(world, right, own, now))
        })
        .collect();
    json!({
        "card": {
            "card_id": card.id.to_string(),
            "uid": card.uid,
            "printed_number": card.number,
            "status": status,
            "client_id": card.client_id.to_string(),
            "holder": holder,
        },
        "accounts": accounts,
        "as_of": moment(now),
        "server_time": moment(now),
    })
}

fn account(world: &World, right: &Right, own: &AccountType, now: DateTime) -> Value {
    let kind = match own.processing_id {
        None => "other",
        Some(_) if own.ticket => "other",
        Some(_) if own.credit_limit.is_positive() => "credit",
        Some(1) => "money",
        Some(_) => "bonus",
    };
    let (held, free) = (world.gateway.held_on(right.id), available(world, right.id));
    let why = if kind == "other" {
        Some("not_money")
    } else if right.valid_from.is_some_and(|start| now < start) {
        Some("not_yet_valid")
    } else if !right.is_valid(now) {
        Some("expired")
    } else if !free.is_positive() && held.is_positive() {
        Some("held")
    } else if !free.is_positive() {
        Some("empty")
    } else {
        None
    };
    json!({
        "account_id": right.id.to_string(),
        "type_id": right.type_id.to_string(),
        "type_name": own.name,
        "kind": kind,
        "balance": right.amount,
        "held": held.kopecks(),
        "available": if why.is_none() { free.kopecks() } else { 0 },
        "credit_limit": own.credit_limit.kopecks(),
        "valid_from": right.valid_from.map(moment),
        "valid_to": right.valid_to.map(moment),
        "priority": own.id,
        "spendable": why.is_none(),
        "not_spendable_reason": why,
    })
}

/// An operation with what came back of it.
pub(super) fn operation(world: &World, own: &Operation, now: DateTime) -> Value {
    let legs: Vec<Value> = own
        .order
        .iter()
        .flat_map(|order| &order.legs)
        .map(|leg| {
            let balance = world
                .resort
                .right(leg.right_id)
                .map_or(0, |right| right.amount);
            json!({
                "leg": leg.number,
                "amount": leg.amount.kopecks(),
                "reversed": own.reversed(leg.number).kopecks(),
                "balance_after": balance,
                "available_after": available(world, leg.right_id).kopecks(),
                "lime_ref": own.check_id.map(|id| id.to_string()),
            })
        })
        .collect();
    let reversals: Vec<Value> = own
        .reversals
        .iter()
        .map(|reversal| {
            json!({
                "reversal_id": reversal.id,
                "legs": sums(&reversal.legs),
                "restored_expired": reversal.restored_expired,
            })
        })
        .collect();
    let reference = own.order.as_ref().map(|order| {
        let reference = &order.reference;
        json!({
            "system": "rk7",
            "station": reference.station,
            "payment_id": reference.payment_id,
            "order_guid": reference.order_guid,
            "order_no": reference.order_no,
            "business_date": reference.business_date,
        })
    });
    let held = own.word() == "held";
    json!({
        "op_id": own.id,
        "state": own.word(),
        "legs": legs,
        "reversals": reversals,
        "ref": reference,
        "late": own.late,
        "hold_expires_at": held.then(|| moment(own.expires_at)),
        "ttl_left_s": held.then(|| own.expires_at.duration_since(now).as_secs().max(0)),
        "server_time": moment(now),
    })
}

fn sums(legs: &[(i64, Money)]) -> Vec<Value> {
    let sums = legs.iter();
    sums.map(|(leg, amount)| json!({"leg": leg, "amount": amount.kopecks()}))
        .collect()
}

/// What the list of operations is asked for.
pub(super) struct Wanted {
    pub station: String,
    pub state: Option<String>,
    pub since: Option<DateTime>,
    pub skip: usize,
}

/// One page of the operations of a station, oldest first.
pub(super) fn operations(world: &World, wanted: &Wanted, now: DateTime) -> Value {
    let of_station = |own: &&Operation| {
        own.order
            .as_ref()
            .is_some_and(|order| order.reference.station == wanted.station)
    };
    let found: Vec<&Operation> = world
        .gateway
        .operations
        .iter()
        .filter(of_station)
        .filter(|own| {
            wanted
                .state
                .as_deref()
                .is_none_or(|state| state == own.word())
        })
        .filter(|own| wanted.since.is_none_or(|since| own.made_at >= since))
        .collect();
    let page: Vec<Value> = found
        .iter()
        .skip(wanted.skip)
        .take(world.gateway.page_rows)
        .map(|own| operation(world, own, now))
        .collect();
    let end = wanted.skip.saturating_add(world.gateway.page_rows);
    let mut answer = json!({"operations": page, "server_time": moment(now)});
    if end < found.len()
        && let Some(object) = answer.as_object_mut()
    {
        object.insert("next".to_owned(), json!(end.to_string()));
    }
    answer
}

/// The body of an error.
pub(super) fn failure(failure: &Failure, trace: u64) -> Value {
    let details: Vec<Value> = failure
        .legs
        .iter()
        .map(|(leg, code, free)| json!({"leg": leg, "code": code, "available": free.kopecks()}))
        .collect();
    json!({
        "code": failure.code,
        "message": failure.message,
        "retry": failure.retry,
        "details": details,
        "trace_id": format!("t{trace}"),
    })
}
