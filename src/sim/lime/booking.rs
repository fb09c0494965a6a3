//! What a posted check does: decided as a whole, then booked as a whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;

use super::check::{self, Posted};
use super::lookup::stored_check;
use crate::domain::Money;
use crate::sim::world::{Check, CheckKind, Entry, Part, RepeatedCheck, World};

/// A refusal: code and text of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub code: &'static str,
    pub text: String,
}

fn refused(code: &'static str, text: impl Into<String>) -> Refused {
    Refused {
        code,
        text: text.into(),
    }
}

/// `PutCheck`: the stored check's body, or why nothing moved.
pub(super) fn put_check(world: &mut World, body: &str, now: DateTime) -> Result<String, Refused> {
    let posted = check::read(body).map_err(|complaint| refused("BadCheck", complaint))?;
    let known = world
        .resort
        .checks
        .iter()
        .find(|own| own.id == posted.check.id);
    if let Some(known) = known {
        let same = known.body == body;
        match (same, world.resort.repeated_check) {
            (true, RepeatedCheck::Replay) => return Ok(known.body.clone()),
            (true, RepeatedCheck::Double | RepeatedCheck::DoubleShown) => {}
            (true, RepeatedCheck::Refuse) => {
                return Err(refused("CheckIdReused", "Чек с таким номером уже есть"));
            }
            (false, _) => {
                let text = "PutCheck: the same id with another body".to_owned();
                world.violation(format!("lime.{text}"));
                return Err(refused("CheckIdReused", text));
            }
        }
    }
    for complaint in &posted.ignored {
        world.violation(format!("lime.{complaint}"));
    }
    accept(world, &posted, now)?;
    let id = posted.check.id;
    book(world, posted.check, now);
    Ok(
        if world.resort.repeated_check == RepeatedCheck::DoubleShown {
            stored_check(world, id)
        } else {
            body.to_owned()
        },
    )
}

/// Everything that must hold before money moves.
fn accept(world: &World, posted: &Posted, now: DateTime) -> Result<(), Refused> {
    let check = &posted.check;
    if !world.resort.shift.open {
        return Err(refused("ShiftClosed", "Смена закрыта"));
    }
    if posted.installation_id != world.site.installation_id
        || posted.cash_desk_id != world.site.cash_desk_id
    {
        return Err(refused(
            "BadCheck",
            "check: unknown installation or cash desk",
        ));
    }
    if !world
        .resort
        .users
        .iter()
        .any(|user| user.id == check.user_id)
    {
        return Err(refused("BadCheck", "check: unknown userId"));
    }
    if check.id >= world.resort.next_check_id {
        return Err(refused("BadCheck", "check: id was never given out"));
    }
    for (entry, &client_id) in check.entries.iter().zip(&posted.client_ids) {
        accept_entry(world, entry, client_id)?;
        for part in &entry.payments {
            accept_part(world, check.kind, part, now)?;
        }
    }
    match check.kind {
        CheckKind::Sale => enough_money(world, check),
        CheckKind::Return => not_over_returned(world, check),
    }
}

fn accept_entry(world: &World, entry: &Entry, client_id: i64) -> Result<(), Refused> {
    let bad = |what: &str| {
        Err(refused(
            "BadCheck",
            format!("entries[{}]: {what}", entry.id),
        ))
    };
    if !world
        .resort
        .menu
        .iter()
        .any(|item| item.code == entry.good_type_id)
    {
        return bad("goodTypeId is not on the menu");
    }
    let Some(card) = world
        .resort
        .cards
        .iter()
        .find(|card| card.id == entry.card_id)
    else {
        return bad("unknown cardId");
    };
    if card.client_id != client_id {
        return bad("userId is not the client of the card");
    }
    if let Some(first) = entry.payments.first()
        && first.uid != card.uid
    {
        return bad("cardId is not the card of the first payment");
    }
    Ok(())
}

fn accept_part(world: &World, kind: CheckKind, part: &Part, now: DateTime) -> Result<(), Refused> {
    let Some(card) = world.resort.card(&part.uid) else {
        return Err(refused("CardNotFound", "Карта не найдена"));
    };
    let right = world.resort.right(part.right_id);
    let Some(right) = right.filter(|right| right.client_id == card.client_id) else {
        return Err(refused("RightNotFound", "У клиента нет такого счёта"));
    };
    let own = world.resort.account_type(right.type_id);
    if own.is_none_or(|own| own.ticket || own.processing_id != Some(part.processing_id)) {
        return Err(refused("BadCheck", "processingId does not fit the account"));
    }
    // Money goes back even where it could not be spent any more.
    if kind == CheckKind::Sale {
        if !card.may_pay(now) {
            return Err(refused("CardBlocked", "Карта заблокирована"));
        }
        if !right.is_valid(now) {
            return Err(refused("RightExpired", "Срок действия счёта истёк"));
        }
    }
    Ok(())
}

/// Every account must hold all that the whole check takes from it.
fn enough_money(world: &World, check: &Check) -> Result<(), Refused> {
    let too_large = || refused("BadCheck", "the sums are too large");
    let mut taken: BTreeMap<i64, Money> = BTreeMap::new();
    for part in check.entries.iter().flat_map(|entry| &entry.payments) {
        let sum = taken.entry(part.right_id).or_default();
        *sum = sum.checked_add(part.amount).ok_or_else(too_large)?;
    }
    for (right_id, sum) in taken {
        let available = world.resort.right(right_id).and_then(|right| {
            let limit = world.resort.account_type(right.type_id)?.credit_limit;
            let held = world.gateway.held_in_lime(right_id);
            Money::from_kopecks(right.amount)
                .checked_add(limit)?
                .checked_sub(held)
        });
        if available.is_none_or(|available| sum > available) {
            return Err(refused("NotEnoughMoney", "Недостаточно средств на счёте"));
        }
    }
    Ok(())
}

/// Sums that were sold or returned, by original entry and payment reference.
type ByReference<'a> = BTreeMap<(i64, &'a str), Money>;

fn add<'a>(sums: &mut ByReference<'a>, key: (i64, &'a str), amount: Money) -> Option<()> {
    let sum = sums.entry(key).or_default();
    *sum = sum.checked_add(amount)?;
    Some(())
}

/// Nothing may come back that was not sold, and nothing twice.
fn not_over_returned(world: &World, check: &Check) -> Result<(), Refused> {
    let checks = &world.resort.checks;
    let sale = checks
        .iter()
        .find(|own| Some(own.id) == check.return_of && own.kind == CheckKind::Sale)
        .ok_or_else(|| refused("BadCheck", "returnCheckId is no sale"))?;
    let mut named = BTreeSet::new();
    for entry in &check.entries {
        if !named.insert(entry.return_of) {
            return Err(refused(
                "BadCheck",
                format!(
                    "entries[{}]: the entry of the sale is named twice",
                    entry.id
                ),
            ));
        }
        let original = sale
            .entries
            .iter()
            .find(|own| Some(own.id) == entry.return_of);
        let fits = original
            .is_some_and(|own| own.good_type_id == entry.good_type_id && entry.count <= own.count);
        if !fits {
            return Err(refused(
                "BadCheck",
                format!("entries[{}]: the sale has no such entry", entry.id),
            ));
        }
    }
    let over = || refused("OverReturn", "Возвращается больше, чем продано");
    let mut sold = ByReference::new();
    for entry in &sale.entries {
        for part in &entry.payments {
            add(&mut sold, (entry.id, &part.reference), part.amount).ok_or_else(over)?;
        }
    }
    let mut returned = ByReference::new();
    let earlier = checks.iter().filter(|own| own.return_of == Some(sale.id));
    for entry in earlier.chain([check]).flat_map(|own| &own.entries) {
        for part in &entry.payments {
            let key = (entry.return_of.unwrap_or(-1), part.reference.as_str());
            add(&mut returned, key, part.amount).ok_or_else(over)?;
        }
    }
    for (key, sum) in returned {
        if sold.get(&key).is_none_or(|sold| sum > *sold) {
            return Err(over());
        }
    }
    Ok(())
}

fn book(world: &mut World, check: Check, now: DateTime) {
    for entry in &check.entries {
        for part in &entry.payments {
            let change = match check.kind {
                CheckKind::Sale => part.amount.checked_neg().unwrap_or_default(),
                CheckKind::Return => part.amount,
            };
            let place = Some((check.id, entry.id));
            world.resort.book(part.right_id, change, now, place);
        }
    }
    world.resort.checks.push(check);
}
