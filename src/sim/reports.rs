//! What Lime's own two screens would show, derived from the posted checks alone: «Детальный по
//! продажам» and «История операций».

use serde::Serialize;

use super::world::{Check, CheckKind, Entry, Part, World};
use crate::domain::Money;

/// «Детальный по продажам».
#[derive(Serialize)]
pub(super) struct SalesReport {
    installation: String,
    cash_desk: String,
    sales: Vec<Sale>,
}

/// A check.
#[derive(Serialize)]
struct Sale {
    /// Check id.
    number: i64,
    /// `sale` or `return`.
    kind: &'static str,
    /// Check id of the sale that a return takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_of: Option<i64>,
    /// Printed number of the card of the first entry.
    card_number: String,
    time: String,
    lines: Vec<SaleLine>,
}

/// A dish of a check.
#[derive(Serialize)]
struct SaleLine {
    name: String,
    base_price: String,
    price: String,
    count: String,
    /// `Депозит (счет): 290; 61366822`.
    payments: Vec<String>,
}

/// «История операций» of a card.
#[derive(Serialize)]
pub(super) struct CardHistory {
    uid: String,
    card_number: String,
    rows: Vec<HistoryRow>,
}

/// What one account paid of one dish, or got back.
#[derive(Serialize)]
struct HistoryRow {
    /// `O` for a sale, `V` for a return.
    r#type: &'static str,
    time: String,
    account: String,
    amount: String,
    goods: String,
    payment: String,
    service_point: String,
    operator: String,
    payer: String,
    payer_card: String,
}

/// The sales in the order they were posted.
pub(super) fn sales(world: &World) -> SalesReport {
    SalesReport {
        installation: world.site.installation.clone(),
        cash_desk: world.site.cash_desk.clone(),
        sales: world
            .resort
            .checks
            .iter()
            .map(|check| sale(world, check))
            .collect(),
    }
}

fn sale(world: &World, check: &Check) -> Sale {
    let card_id = check.entries.first().map(|entry| entry.card_id);
    let card = world
        .resort
        .cards
        .iter()
        .find(|card| Some(card.id) == card_id);
    Sale {
        number: check.id,
        kind: match check.kind {
            CheckKind::Sale => "sale",
            CheckKind::Return => "return",
        },
        return_of: check.return_of,
        card_number: card.map_or_else(String::new, |card| card.number.clone()),
        time: check.time.to_string(),
        lines: check
            .entries
            .iter()
            .map(|entry| sale_line(world, check.kind, entry))
            .collect(),
    }
}

fn sale_line(world: &World, kind: CheckKind, entry: &Entry) -> SaleLine {
    let payment = |part: &Part| {
        let amount = match kind {
            CheckKind::Sale => part.amount,
            CheckKind::Return => negative(part.amount),
        };
        let account = world.resort.account_name(part.right_id);
        format!("{account} (счет): {}; {}", amount.short(), part.uid)
    };
    SaleLine {
        name: world.resort.dish_name(entry.good_type_id).to_owned(),
        base_price: entry.base_price.to_string(),
        price: entry.price.to_string(),
        count: entry.count.to_string(),
        payments: entry.payments.iter().map(payment).collect(),
    }
}

fn negative(amount: Money) -> Money {
    amount.checked_neg().unwrap_or_default()
}

/// The history of a card, newest check first, the dishes of a check in its order. `None` if there
/// is no such card.
pub(super) fn card_history(world: &World, uid: &str) -> Option<CardHistory> {
    let card = world.resort.card(uid)?;
    let rows = world.resort.checks.iter().rev().flat_map(|check| {
        let dishes = check.entries.iter();
        dishes.flat_map(move |entry| {
            let parts = entry.payments.iter().filter(move |part| part.uid == uid);
            parts.map(move |part| history_row(world, check, entry, part))
        })
    });
    Some(CardHistory {
        uid: uid.to_owned(),
        card_number: card.number.clone(),
        rows: rows.collect(),
    })
}

fn history_row(world: &World, check: &Check, entry: &Entry, part: &Part) -> HistoryRow {
    let (kind, amount) = match check.kind {
        CheckKind::Sale => ("O", negative(part.amount)),
        CheckKind::Return => ("V", part.amount),
    };
    let operator = world
        .resort
        .users
        .iter()
        .find(|user| user.id == check.user_id);
    let client_id = world.resort.card(&part.uid).map(|card| card.client_id);
    let clients = &world.resort.clients;
    let payer = clients.iter().find(|client| Some(client.id) == client_id);
    HistoryRow {
        r#type: kind,
        time: check.time.to_string(),
        account: world.resort.account_name(part.right_id).to_owned(),
        amount: amount.to_string(),
        goods: world.resort.dish_name(entry.good_type_id).to_owned(),
        payment: Money::ZERO.to_string(),
        service_point: world.site.service_point.clone(),
        operator: operator.map_or_else(String::new, |user| user.name.clone()),
        payer: payer.map_or_else(String::new, |client| client.name.clone()),
        payer_card: part.uid.clone(),
    }
}
