//! The calls that only read, and the small ones around a check.

use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::booking::Refused;
use crate::sim::world::{Card, Check, RepeatedCheck, Right, World};

/// Most checks of one answer.
const CHECKS_MAX: usize = 1_000;

/// A card as `GetCardInfoByCardUid` shows it; `null` if there is none.
pub(super) fn card(world: &World, uid: &str) -> Value {
    world.resort.card(uid).map_or(Value::Null, shown)
}

/// A card as `GetCardInfoByCardCode` shows it, found by its printed number; `null` if there is none.
pub(super) fn card_by_number(world: &World, number: &str) -> Result<Value, Refused> {
    let cards = world.resort.cards.iter();
    let found: Vec<&Card> = cards.filter(|card| card.number == number).collect();
    match found.as_slice() {
        [] => Ok(Value::Null),
        [card] => Ok(shown(card)),
        [_, _, ..] => Err(Refused {
            code: "CardAmbiguous",
            text: "несколько карт с этим номером".to_owned(),
        }),
    }
}

fn shown(card: &Card) -> Value {
    json!({
        "card": {
            "id": card.id,
            "uid": card.uid,
            "code": card.number,
            "userId": card.client_id,
            "isBlocked": card.blocked,
            "isLost": card.lost,
            "validTo": card.valid_to,
            // Nothing known to clients: they must read over it.
            "photo": Value::Null,
            "tags": [],
        },
        "serverNote": {"card": Value::Null},
    })
}

/// The client of a card as `GetClientInfoByCardUid` shows it.
pub(super) fn client(world: &World, uid: &str) -> Value {
    let client = world.resort.card(uid).and_then(|card| {
        world
            .resort
            .clients
            .iter()
            .find(|own| own.id == card.client_id)
    });
    client.map_or(Value::Null, |client| {
        json!({"userData": {
            "id": client.id,
            "displayName": client.name,
            "email": Value::Null,
            "phoneNumber": Value::Null,
        }})
    })
}

/// All rights of a client, valid or not, in no promised order.
pub(super) fn rights(world: &World, client_id: i64) -> Value {
    let own = world.resort.rights.iter();
    let own = own.filter(|right| right.client_id == client_id);
    own.map(|own| right(world, own)).collect()
}

fn right(world: &World, right: &Right) -> Value {
    json!({"right": {
        "id": right.id,
        "goodTypeId": right.type_id,
        "goodTypeName": world.resort.account_name(right.id),
        "amount": right.amount,
        "from": right.valid_from,
        "to": right.valid_to,
        "isActive": true,
    }})
}

/// `GetCardInfo`: the rights behind a card.
pub(super) fn card_info(world: &World, uid: &str, card_id: Option<i64>) -> Value {
    let fits = |card: &&Card| card_id.is_none_or(|id| id == card.id);
    match world.resort.card(uid).filter(fits) {
        None => Value::Null,
        Some(card) => json!({"uid": card.uid, "rights": rights(world, card.client_id)}),
    }
}

/// The open shift of the cash desk, or `null`.
pub(super) fn shift(world: &World) -> Value {
    let shift = &world.resort.shift;
    if !shift.open {
        return Value::Null;
    }
    json!({
        "id": shift.number,
        "cashdeskId": world.site.cash_desk_id,
        "number": shift.number,
        "openTime": shift.opened_at,
        "closeTime": Value::Null,
    })
}

/// Opens a shift where none is open.
pub(super) fn open_shift(world: &mut World, now: DateTime) -> Value {
    let shift = &mut world.resort.shift;
    if !shift.open {
        shift.open = true;
        shift.number += 1;
        shift.opened_at = now;
    }
    self::shift(world)
}

/// Hands out the next check id.
pub(super) fn next_check_id(world: &mut World) -> Value {
    let id = world.resort.next_check_id;
    world.resort.next_check_id += 1;
    Value::from(id)
}

/// A stored check as it was posted, or `null`. One that was booked twice has its entries twice, at a
/// server that shows it.
pub(super) fn stored_check(world: &World, id: i64) -> String {
    let mut found = world.resort.checks.iter().filter(|check| check.id == id);
    let Some(first) = found.next() else {
        return "null".to_owned();
    };
    let copies = found.count();
    if copies == 0 || world.resort.repeated_check != RepeatedCheck::DoubleShown {
        return first.body.clone();
    }
    let mut shown: Value = serde_json::from_str(&first.body).unwrap_or_default();
    if let Some(entries) = shown.get_mut("entries").and_then(Value::as_array_mut) {
        let once = entries.clone();
        for _ in 0..copies {
            entries.extend(once.iter().cloned());
        }
    }
    shown.to_string()
}

/// `GetChecks`: the stored checks of a time, both ends included, oldest first.
pub(super) fn stored_checks(world: &World, from: DateTime, to: DateTime) -> String {
    let checks = world.resort.checks.iter();
    let mut found: Vec<&Check> = checks
        .filter(|check| (from..=to).contains(&check.time))
        .collect();
    found.sort_by_key(|check| check.time);
    let bodies = found.into_iter().take(CHECKS_MAX);
    let bodies: Vec<&str> = bodies.map(|check| check.body.as_str()).collect();
    format!("{{\"checks\":[{}]}}", bodies.join(","))
}

/// `Installations/Select`.
pub(super) fn installations(world: &World) -> Value {
    json!([{"id": world.site.installation_id, "name": world.site.installation}])
}

/// `Cashdesks/Select`.
pub(super) fn cash_desks(world: &World) -> Value {
    json!([{
        "id": world.site.cash_desk_id,
        "name": world.site.cash_desk,
        "installationId": world.site.installation_id,
    }])
}

/// `GoodTypes/Select`: kinds of accounts, then everything on the menu.
pub(super) fn good_types(world: &World) -> Value {
    let accounts = world.resort.account_types.iter();
    let accounts = accounts.map(|own| json!({"id": own.id, "name": own.name}));
    // What r_keeper does not tell the code of is nothing that Lime sells.
    let menu = world.resort.menu.iter().filter(|item| item.code > 0);
    let menu = menu.map(|item| json!({"id": item.code, "name": item.name}));
    accounts.chain(menu).collect()
}

/// A request for another installation or cash desk than ours.
pub(super) fn expect_id(name: &str, given: i64, own: i64) -> Result<(), Refused> {
    if given == own {
        return Ok(());
    }
    Err(Refused {
        code: "BadRequest",
        text: format!("unknown {name}"),
    })
}
