//! Money that moves, as checks of Lime: its own reports show what this server did.

use jiff::civil::DateTime;

use super::ledger::{Line, Operation, Order};
use crate::domain::Money;
use crate::sim::world::{Check, CheckKind, Entry, Part, World};

/// Takes the money of an operation; the check's id. `sums` are the legs that are taken.
pub(super) fn sale(world: &mut World, order: &Order, now: DateTime) -> i64 {
    post(world, order, &order.lines, None, now)
}

/// Gives money back; the check's id.
pub(super) fn back(
    world: &mut World,
    operation: &Operation,
    order: &Order,
    lines: &[Line],
    now: DateTime,
) -> i64 {
    post(world, order, lines, operation.check_id, now)
}

fn post(
    world: &mut World,
    order: &Order,
    lines: &[Line],
    return_of: Option<i64>,
    now: DateTime,
) -> i64 {
    let id = world.resort.next_check_id;
    world.resort.next_check_id += 1;
    let mut entries = Vec::new();
    for (index, line) in (0..).zip(lines) {
        let original = order.lines.iter().position(|own| own.number == line.number);
        let parts = parts(world, order, line);
        let payer = line.parts.first().and_then(|(leg, _)| leg_of(order, *leg));
        let cost = Money::total(line.parts.iter().map(|(_, amount)| *amount));
        entries.push(Entry {
            id: index,
            good_type_id: line.goods,
            card_id: payer.map_or(0, |leg| leg.card_id),
            amount: cost.unwrap_or_default(),
            price: line.price,
            base_price: line.base_price,
            count: line.count,
            return_of: return_of
                .and(original)
                .and_then(|at| i64::try_from(at).ok()),
            payments: parts,
        });
    }
    let kind = if return_of.is_some() {
        CheckKind::Return
    } else {
        CheckKind::Sale
    };
    for entry in &entries {
        for part in &entry.payments {
            let change = match kind {
                CheckKind::Sale => part.amount.checked_neg().unwrap_or_default(),
                CheckKind::Return => part.amount,
            };
            world
                .resort
                .book(part.right_id, change, now, Some((id, entry.id)));
        }
    }
    let user_id = world.resort.users.first().map_or(0, |user| user.id);
    world.resort.checks.push(Check {
        id,
        kind,
        return_of,
        time: now,
        user_id,
        entries,
        body: format!("{{\"check\":{{\"id\":{id}}}}}"),
    });
    id
}

fn leg_of(order: &Order, number: i64) -> Option<&super::ledger::Leg> {
    order.legs.iter().find(|leg| leg.number == number)
}

fn parts(world: &World, order: &Order, line: &Line) -> Vec<Part> {
    let payment_id = &order.reference.payment_id;
    let named = line.parts.iter().enumerate();
    named
        .filter_map(|(id, (number, amount))| {
            let leg = leg_of(order, *number)?;
            let right = world.resort.right(leg.right_id)?;
            let card = world
                .resort
                .cards
                .iter()
                .find(|card| card.id == leg.card_id)?;
            let own = world.resort.account_type(right.type_id)?;
            Some(Part {
                id: i64::try_from(id).unwrap_or_default(),
                processing_id: own.processing_id.unwrap_or_default(),
                amount: *amount,
                reference: format!("{};{};{payment_id}/{number}", right.id, card.uid),
                right_id: right.id,
                uid: card.uid.clone(),
            })
        })
        .collect()
}
