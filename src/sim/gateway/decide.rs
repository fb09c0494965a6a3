//! What the server of holds does: decided as a whole, then booked as a whole.

use jiff::ToSpan as _;
use jiff::civil::DateTime;

use super::ledger::{Failure, HoldMode, Operation, Order, Reversal, State};
use super::post;
use super::read::{self, bad_format, failure};
use crate::domain::Money;
use crate::sim::lime::json::Complaint;
use crate::sim::world::World;

/// What a write answers: whether something new was made, and the operation's id.
pub(super) type Written = Result<bool, Failure>;

/// `PUT /v1/operations/{op_id}`.
pub(super) fn reserve(world: &mut World, id: &str, body: &str, now: DateTime) -> Written {
    if let Some(known) = world.gateway.operation(id) {
        let Some(order) = &known.order else {
            let text = "the operation was closed before it came";
            return Err(failure(409, "operation_closed", "new_id", text));
        };
        if order.body != body {
            let text = "the same id with another body";
            world.violation(format!("holds.reserve: {text}"));
            return Err(failure(409, "id_reused", "never", text));
        }
        return known.failure.clone().map_or(Ok(false), Err);
    }
    let mut ignored = Vec::new();
    let order = read::order(body, &mut ignored)?;
    note(world, "reserve", ignored);
    check_order(world, &order)?;
    let failed = stands_in_the_way(world, &order, now);
    let expires_at = now
        .checked_add(order.ttl_s.seconds())
        .unwrap_or(DateTime::MAX);
    let mut operation = Operation {
        id: id.to_owned(),
        state: State::Held,
        made_at: now,
        expires_at,
        failure: failed.clone(),
        check_id: None,
        late: false,
        reversals: Vec::new(),
        order: None,
    };
    if failed.is_some() {
        operation.state = State::Failed;
    } else if order.capture {
        operation.check_id = Some(post::sale(world, &order, now));
        operation.state = State::Committed;
    }
    operation.order = Some(order);
    world.gateway.operations.push(operation);
    two_at_once(world);
    failed.map_or(Ok(true), Err)
}

fn note(world: &mut World, call: &str, ignored: Vec<Complaint>) {
    for complaint in ignored {
        world.violation(format!("holds.{call}: {complaint}"));
    }
}

/// What has nothing to do with money.
fn check_order(world: &World, order: &Order) -> Result<(), Failure> {
    if order.ttl_s > world.gateway.ttl_max_s {
        return Err(bad_format("ttl_s is above the limit"));
    }
    if world.gateway.mode == HoldMode::None && !order.capture {
        return Err(bad_format("this server cannot hold"));
    }
    for leg in &order.legs {
        let card = world.resort.cards.iter().find(|own| own.id == leg.card_id);
        let right = world.resort.right(leg.right_id);
        let fits =
            matches!((card, right), (Some(card), Some(right)) if card.client_id == right.client_id);
        if !fits {
            return Err(bad_format(format!(
                "leg {}: the card does not lead to the account",
                leg.number
            )));
        }
    }
    Ok(())
}

/// The legs that cannot be held.
fn stands_in_the_way(world: &World, order: &Order, now: DateTime) -> Option<Failure> {
    let mut legs = Vec::new();
    for leg in &order.legs {
        let card = world
            .resort
            .cards
            .iter()
            .find(|own| own.id == leg.card_id)?;
        let right = world.resort.right(leg.right_id)?;
        let own = world.resort.account_type(right.type_id)?;
        let free = available(world, leg.right_id);
        let empty_without_holds = {
            let balance = Money::from_kopecks(right.amount).checked_add(own.credit_limit)?;
            leg.amount > balance
        };
        let code = if !card.may_pay(now) {
            "card_blocked"
        } else if own.ticket || own.processing_id.is_none() {
            "account_not_spendable"
        } else if !right.is_valid(now) {
            "account_expired"
        } else if leg.amount > free && empty_without_holds {
            "insufficient_funds"
        } else if leg.amount > free {
            "held_elsewhere"
        } else {
            continue;
        };
        legs.push((leg.number, code.to_owned(), free));
    }
    let code = legs.first()?.1.clone();
    let mut failure = failure(422, &code, "new_id", "Не хватает денег или счёт недоступен");
    failure.legs = legs;
    Some(failure)
}

/// Balance and credit limit, without what is held.
pub(super) fn available(world: &World, right_id: i64) -> Money {
    let free = world.resort.right(right_id).and_then(|right| {
        let limit = world.resort.account_type(right.type_id)?.credit_limit;
        Money::from_kopecks(right.amount)
            .checked_add(limit)?
            .checked_sub(world.gateway.held_on(right_id))
    });
    free.unwrap_or_default().max(Money::ZERO)
}

/// A payment must not be held or taken twice.
fn two_at_once(world: &mut World) {
    let live = |operation: &&Operation| {
        matches!(operation.state, State::Held | State::Committed) && operation.word() != "reversed"
    };
    let mut payments: Vec<&str> = world
        .gateway
        .operations
        .iter()
        .filter(live)
        .filter_map(|operation| Some(operation.order.as_ref()?.reference.payment_id.as_str()))
        .collect();
    payments.sort_unstable();
    let twice = payments.windows(2).find(|pair| pair.first() == pair.last());
    let found = twice
        .and_then(|pair| pair.first())
        .map(|id| format!("holds: payment {id} is held or taken by two operations"));
    if let Some(found) = found
        && !world.violations.contains(&found)
    {
        world.violation(found);
    }
}

fn unknown(id: &str) -> Failure {
    failure(
        404,
        "operation_not_found",
        "never",
        format!("no operation {id}"),
    )
}

/// `POST …/commit`.
pub(super) fn commit(world: &mut World, id: &str, body: &str, now: DateTime) -> Written {
    let mut ignored = Vec::new();
    let legs = read::commit(body, &mut ignored)?;
    note(world, "commit", ignored);
    let operation = world.gateway.operation(id).ok_or_else(|| unknown(id))?;
    let Some(order) = operation.order.clone() else {
        return Err(failure(409, "operation_closed", "never", "it was closed"));
    };
    let all: Vec<(i64, Money)> = order
        .legs
        .iter()
        .map(|leg| (leg.number, leg.amount))
        .collect();
    // A part of a hold is not played here: the till that this stands in for never asks for it.
    if legs.is_some_and(|legs| legs != all) {
        return Err(bad_format("this stand-in commits whole operations only"));
    }
    let state = operation.state;
    match state {
        State::Committed => return Ok(false),
        State::Released | State::Failed => {
            return Err(failure(409, "operation_closed", "never", "nothing is held"));
        }
        State::Held | State::Expired => {}
    }
    // Own hold aside, the money must be there: others of Lime may not have seen it.
    for leg in &order.legs {
        let own = if state == State::Held {
            leg.amount
        } else {
            Money::ZERO
        };
        let free = available(world, leg.right_id).checked_add(own);
        if free.is_none_or(|free| leg.amount > free) {
            return Err(failure(409, "hold_expired", "new_id", "the money is gone"));
        }
    }
    let check_id = post::sale(world, &order, now);
    if let Some(operation) = world.gateway.operation_mut(id) {
        operation.late = state == State::Expired;
        operation.state = State::Committed;
        operation.check_id = Some(check_id);
    }
    Ok(true)
}

/// `POST …/release`.
pub(super) fn release(world: &mut World, id: &str, body: &str, now: DateTime) -> Written {
    let mut ignored = Vec::new();
    read::release(body, &mut ignored)?;
    note(world, "release", ignored);
    match world.gateway.operation_mut(id) {
        None => world.gateway.operations.push(Operation {
            id: id.to_owned(),
            order: None,
            state: State::Released,
            made_at: now,
            expires_at: now,
            failure: None,
            check_id: None,
            late: false,
            reversals: Vec::new(),
        }),
        Some(operation) => match operation.state {
            State::Held | State::Expired => operation.state = State::Released,
            State::Released | State::Failed => {}
            State::Committed => {
                return Err(failure(409, "already_committed", "never", "it was taken"));
            }
        },
    }
    Ok(false)
}

/// `PUT …/reversals/{reversal_id}`.
pub(super) fn reverse(
    world: &mut World,
    id: &str,
    reversal_id: &str,
    body: &str,
    now: DateTime,
) -> Written {
    let operation = world
        .gateway
        .operation(id)
        .cloned()
        .ok_or_else(|| unknown(id))?;
    if let Some(known) = operation.reversals.iter().find(|own| own.id == reversal_id) {
        if known.body == body {
            return Ok(false);
        }
        world.violation("holds.reverse: the same id with another body".to_owned());
        return Err(failure(
            409,
            "id_reused",
            "never",
            "the same id with another body",
        ));
    }
    let mut ignored = Vec::new();
    let (legs, lines) = read::back(body, &mut ignored)?;
    note(world, "reverse", ignored);
    let (State::Committed, Some(order)) = (operation.state, &operation.order) else {
        return Err(failure(409, "over_reversal", "never", "nothing was taken"));
    };
    for (number, amount) in &legs {
        let taken = order.legs.iter().find(|leg| leg.number == *number);
        let left = taken.and_then(|leg| leg.amount.checked_sub(operation.reversed(*number)));
        if left.is_none_or(|left| *amount > left) {
            world.violation(format!(
                "holds.reverse: more than was taken of leg {number}"
            ));
            return Err(failure(
                409,
                "over_reversal",
                "never",
                "more than was taken",
            ));
        }
    }
    let unsold = lines
        .iter()
        .any(|line| order.lines.iter().all(|own| own.number != line.number));
    if unsold {
        return Err(bad_format("a line was not sold"));
    }
    let restored_expired = legs.iter().any(|(number, _)| {
        let leg = order.legs.iter().find(|leg| leg.number == *number);
        let right = leg.and_then(|leg| world.resort.right(leg.right_id));
        right.is_some_and(|right| !right.is_valid(now))
    });
    let check_id = post::back(world, &operation, order, &lines, now);
    if let Some(operation) = world.gateway.operation_mut(id) {
        operation.reversals.push(Reversal {
            id: reversal_id.to_owned(),
            body: body.to_owned(),
            legs,
            check_id,
            restored_expired,
        });
    }
    Ok(true)
}
