//! The control API: what the stand-ins hold, what Lime's screens would show, faults to order and
//! changes as another till or the resort's office would make them.
//!
//! `GET /state`, `GET /report/sales`, `GET /report/card/{uid}`; sums are decimal texts.
//!
//! `POST /fault {"at": "lime.PutCheck", "kind": "lose_reply", "count": 1, "arg": 200}`: the next
//! `count` requests there go wrong (1 if not given; 0 takes back what was ordered for that place).
//! `at` may also be `lime.*` or `rkeeper.*`. `arg` is a text or a number, by kind: see
//! [`super::fault::FaultKind`]. `requests` of `/state` counts at arrival, `hanging` is how many are
//! being sat on right now.
//!
//! `GET /busy` → `{"us": …}`: microseconds spent on requests to r_keeper and Lime since the start.
//!
//! `POST /think {"ms": 20}`: every request to r_keeper and Lime takes that long, 0 ends it.
//!
//! `POST /notify {"to": "127.0.0.1:8790"}`: that address is told of every changed order from now on;
//! `""` ends it. It is not stored.
//!
//! `POST /edit {"op": …}`; an order is named by its name or its GUID:
//!
//! | op | with |
//! |---|---|
//! | `add_dish` | order, code, name, price, quantity (1 if not given) |
//! | `pay_order` = `pay_rest` | order: what is unpaid is paid in cash at another till |
//! | `prepay_order` = `prepay` | order, amount: a cash prepayment at another till |
//! | `delete_prepayments` | order: a manager takes all its prepayments away |
//! | `undo_receipt` | order: a manager annuls its receipt at the station |
//! | `lock_order` | order, station, operator (codes or names): held open until unlocked |
//! | `unlock_order` | order: whoever held it |
//! | `expire_holds` | nothing: all live holds of the server of holds run out |
//! | `close_order` | order: closed without being paid |
//! | `tidy_order` | order: promises, a failed receipt, pre-bills and odd sums are dealt with at the till |
//! | `block_card`, `unblock_card` | uid |
//! | `set_balance` | account (id of the right), amount |
//! | `set_valid_to` | account, `valid_to` (local time; for ever if not given): it runs out then |
//! | `repeat_number` | none: the number of the last check is given out once more |
//! | `use_licence_numbers` | count (1 if not given): another program uses so many numbers |
//! | `forget_licence_answers`, `forget_instances` | none: r_keeper forgets answers, or installations |
//! | `expire_licence` | none: the subscription ended yesterday |
//! | `end_tokens`, `end_sessions` | none: Lime's tokens are good no more, or not to be renewed either |
//! | `change_password` | password: of Lime's user |
//! | `restore_backup` | checks: Lime forgets all but the first checks, and what changed since |
//! | `profile` | version, habits, `print_ms`: another r_keeper from now on; what is left out is as usual |
//! | `finish_intent`, `take_back_intent` | order: its receipt of intent, at the till |
//! | `close_shift`, `open_shift` | – |

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::edit::{Edit, apply};
use super::fault::{Fault, FaultKind, PAUSE_MS_MAX, is_known_place};
use super::front::{Reply, Shared};
use super::reports;
use super::world::{Check, Order, Payment, Receipt, World};
use crate::domain::Money;

const JSON: &str = "application/json; charset=utf-8";

/// The control API as a router.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/report/sales", get(report_sales))
        .route("/report/card/{uid}", get(report_card))
        .route("/fault", post(fault))
        .route("/edit", post(edit))
        .route("/think", post(think))
        .route("/busy", get(busy))
        .route("/notify", post(notify))
        .with_state(shared)
}

fn reply(status: StatusCode, body: &Value) -> Response<Body> {
    Reply::new(status, JSON, body.to_string()).into()
}

fn complain(status: StatusCode, text: &str) -> Response<Body> {
    reply(status, &json!({"error": text}))
}

async fn state(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let mut state = shared.look(state_of);
    state["hanging"] = shared.hanging().into();
    reply(StatusCode::OK, &state)
}

async fn busy(State(shared): State<Arc<Shared>>) -> Response<Body> {
    reply(StatusCode::OK, &json!({"us": shared.busy_us()}))
}

async fn report_sales(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let report = shared.look(|world| serde_json::to_value(reports::sales(world)));
    match report {
        Ok(report) => reply(StatusCode::OK, &report),
        Err(error) => complain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn report_card(State(shared): State<Arc<Shared>>, Path(uid): Path<String>) -> Response<Body> {
    let history = shared.look(|world| reports::card_history(world, &uid).map(serde_json::to_value));
    match history {
        Some(Ok(history)) => reply(StatusCode::OK, &history),
        Some(Err(error)) => complain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        None => complain(StatusCode::NOT_FOUND, "no such card"),
    }
}

/// A fault as it is ordered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    at: String,
    kind: FaultKind,
    #[serde(default = "once")]
    count: u32,
    #[serde(default)]
    arg: Option<Value>,
}

const fn once() -> u32 {
    1
}

async fn fault(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    let order: FaultOrder = match serde_json::from_slice(&body) {
        Ok(order) => order,
        Err(error) => return complain(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    if !is_known_place(&order.at) {
        return complain(StatusCode::BAD_REQUEST, "no such place");
    }
    let arg = match order.arg {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => return complain(StatusCode::BAD_REQUEST, "arg must be a text or a number"),
    };
    let fault = Fault {
        at: order.at,
        kind: order.kind,
        count: order.count,
        arg,
    };
    match shared.change(|world, _| world.order_fault(fault)) {
        Ok(true) => reply(StatusCode::OK, &json!({"ok": true})),
        Ok(false) => complain(StatusCode::BAD_REQUEST, "too many faults"),
        Err(error) => complain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn edit(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    let edit: Edit = match serde_json::from_slice(&body) {
        Ok(edit) => edit,
        Err(error) => return complain(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match shared.change(|world, now| apply(world, edit, now)) {
        Ok(Ok(())) => reply(StatusCode::OK, &json!({"ok": true})),
        Ok(Err(text)) => complain(StatusCode::BAD_REQUEST, &text),
        Err(error) => complain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Who is told of changed orders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notify {
    to: String,
}

async fn notify(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    let notify: Notify = match serde_json::from_slice(&body) {
        Ok(notify) => notify,
        Err(error) => return complain(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let to = match notify.to.as_str() {
        "" => None,
        address => match address.parse() {
            Ok(address) => Some(address),
            Err(_) => return complain(StatusCode::BAD_REQUEST, "to must be ADDRESS:PORT"),
        },
    };
    shared.notifier.tell_at(to);
    reply(StatusCode::OK, &json!({"ok": true}))
}

/// How long every request takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Think {
    ms: u64,
}

async fn think(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    let think: Think = match serde_json::from_slice(&body) {
        Ok(think) => think,
        Err(error) => return complain(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    if think.ms > PAUSE_MS_MAX {
        return complain(StatusCode::BAD_REQUEST, "too long");
    }
    match shared.change(|world, _| world.think_ms = think.ms) {
        Ok(()) => reply(StatusCode::OK, &json!({"ok": true})),
        Err(error) => complain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// The answer of `/state`.
fn state_of(world: &World) -> Value {
    let orders: Vec<Value> = world.till.orders.iter().map(order_of).collect();
    let accounts: Vec<Value> = accounts_of(world);
    let checks: Vec<Value> = world
        .resort
        .checks
        .iter()
        .map(|check| check_of(world, check))
        .collect();
    let ledger: Vec<Value> = world
        .resort
        .ledger
        .iter()
        .map(|row| {
            json!({
                "account": row.right_id.to_string(),
                "time": row.at,
                "change": Money::from_kopecks(row.change).to_string(),
                "balance_after": Money::from_kopecks(row.balance_after).to_string(),
                "check_id": row.check.map(|(check_id, _)| check_id),
            })
        })
        .collect();
    json!({
        "orders": orders,
        "accounts": accounts,
        "checks": checks,
        "ledger": ledger,
        "holds": holds_of(world),
        "licence": licence_of(world),
        "requests": world.requests,
        "violations": world.violations,
        "faults": world.faults,
        "think_ms": world.think_ms,
    })
}

/// What the server of holds was asked to hold, and how the till says the cards were named.
fn holds_of(world: &World) -> Vec<Value> {
    let all = world.gateway.operations.iter();
    all.filter_map(|own| {
        let order = own.order.as_ref()?;
        Some(json!({"id": own.id, "state": own.word(), "entry": order.entry}))
    })
    .collect()
}

/// The last number of each installation, and how often each number was carried out.
fn licence_of(world: &World) -> Value {
    let Some(own) = &world.till.subscription else {
        return Value::Null;
    };
    let last: Vec<u64> = own.instances.values().map(|own| own.last).collect();
    let executed: Vec<u64> = own.executed.iter().map(|(_, number)| *number).collect();
    json!({"last": last, "executed": executed})
}

fn order_of(order: &Order) -> Value {
    let Some(sums) = order.sums() else {
        return json!({"guid": order.guid, "name": order.name});
    };
    let receipt = order.receipt.as_ref();
    let of_receipt = receipt.into_iter().flat_map(|receipt| &receipt.payments);
    let mut payments: Vec<Value> = of_receipt.map(|own| payment_of(own, false)).collect();
    let live = order.prepayments.iter().filter(|own| !own.deleted);
    payments.extend(live.map(|own| payment_of(own, true)));
    let prepayments = order.prepayments.iter().map(|own| payment_of(own, true));
    let prepayments: Vec<Value> = prepayments.collect();
    let annulled = order.annulled.iter().map(|own| &own.receipt);
    let mut receipts: Vec<Value> = annulled.map(|own| receipt_of(own, true)).collect();
    receipts.extend(receipt.map(|own| receipt_of(own, false)));
    json!({
        "guid": order.guid,
        "name": order.name,
        "total": sums.total.to_string(),
        "unpaid": sums.unpaid.to_string(),
        "prepaid": sums.prepaid.to_string(),
        "paid": receipt.is_some(),
        "closed": order.is_closed(),
        "locked": order.lock.is_some(),
        "check_num": receipt.map(|receipt| receipt.check_num.to_string()),
        "payments": payments,
        "prepayments": prepayments,
        "receipts": receipts,
    })
}

fn payment_of(own: &Payment, prepayment: bool) -> Value {
    json!({
        "amount": own.amount.to_string(),
        "currency": own.currency.code,
        "card_code": own.card_code,
        "ext_info": own.ext_info,
        "prepayment": prepayment,
        "status": own.stage,
        "deleted": own.deleted,
        "line_guid": own.line_guid,
    })
}

fn receipt_of(own: &Receipt, deleted: bool) -> Value {
    json!({
        "check_num": own.check_num.to_string(),
        "deleted": deleted,
        "total": own.total.to_string(),
    })
}

/// Accounts that hold money; tickets are left out.
fn accounts_of(world: &World) -> Vec<Value> {
    let rights = world.resort.rights.iter().filter(|right| {
        world
            .resort
            .account_type(right.type_id)
            .is_some_and(|own| !own.ticket)
    });
    rights
        .map(|right| {
            let cards = world.resort.cards.iter();
            let uids: Vec<&str> = cards
                .filter(|card| card.client_id == right.client_id)
                .map(|card| card.uid.as_str())
                .collect();
            json!({
                "id": right.id.to_string(),
                "name": world.resort.account_name(right.id),
                "card_uids": uids,
                "balance": Money::from_kopecks(right.amount).to_string(),
                "held": world.gateway.held_on(right.id).to_string(),
            })
        })
        .collect()
}

fn check_of(world: &World, check: &Check) -> Value {
    let entries: Vec<Value> = check
        .entries
        .iter()
        .map(|entry| {
            let payments: Vec<Value> = entry
                .payments
                .iter()
                .map(|part| {
                    json!({
                        "account": world.resort.account_name(part.right_id),
                        "account_id": part.right_id.to_string(),
                        "amount": part.amount.to_string(),
                        "card_uid": part.uid,
                        "reference": part.reference,
                    })
                })
                .collect();
            json!({
                "id": entry.id,
                "return_of": entry.return_of,
                "goods": world.resort.dish_name(entry.good_type_id),
                "base_price": entry.base_price.to_string(),
                "price": entry.price.to_string(),
                "count": entry.count.to_string(),
                "payments": payments,
            })
        })
        .collect();
    json!({
        "id": check.id,
        "type": check.kind.number(),
        "return_of": check.return_of,
        "entries": entries,
    })
}
