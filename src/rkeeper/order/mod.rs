//! Orders, lists, receipts out of whole answers. Sums are taken exactly as r_keeper says them;
//! whether they add up is for [`Order::hindrance`].

mod calculated;
mod line;
mod list;
mod paid;

use crate::domain::{Order, OrderGuid, ReceiptStage};

use super::answer::{AnswerError, QueryResult};
use super::xml::Element;

pub use calculated::{calculated, currency_refused};
pub use list::order_list;
pub use paid::receipt;

/// `state` of a dish, payment, receipt or discount that was removed.
const REMOVED: &str = "7";

/// The order of a `GetOrder` or `CalcOrder3` answer, which must be the one that was asked for.
pub fn order(answer: &QueryResult, wanted: &OrderGuid) -> Result<Order, AnswerError> {
    let payload = answer.payload();
    let element = payload
        .child("Order")
        .ok_or_else(|| missing(payload, "Order"))?;
    let order = read(element)?;
    if !same_guid(&order.guid.0, &wanted.0) {
        return Err(AnswerError::Other {
            wanted: format!("order {wanted}"),
            found: format!("order {}", order.guid),
        });
    }
    Ok(order)
}

fn read(order: Element<'_>) -> Result<Order, AnswerError> {
    let guid = order.needed("guid")?;
    let mut found = Order {
        guid: OrderGuid(guid.to_owned()),
        name: name(order, guid),
        table: order.name_of("Table"),
        table_id: order.child("Table").and_then(|table| table.label("id")),
        waiter: order.name_of("Waiter"),
        station: order.name_of("Station"),
        opened_at: order.time("openTime"),
        version: order.integer("version")?,
        total: order.money("orderSum")?,
        unpaid: order.money("unpaidSum")?,
        discount: order.money_or_zero("discountSum")?,
        prepaid: order.money_or_zero("prepaySum")?,
        promised: order.money_or_zero("promisedSum")?,
        guests: guests(order),
        locked_by: locked_by(order)?,
        paid: order.flag("paid")?,
        finished: order.flag("finished")?,
        deleted: order.flag("deleted")?,
        ..Order::default()
    };
    for session in order.all("Session") {
        line::read(session, &mut found)?;
        paid::read(session, &mut found)?;
    }
    found.receipt_failed = order.flag("receiptError")?
        || found
            .receipts
            .iter()
            .any(|receipt| receipt.stage == ReceiptStage::Failed);
    Ok(found)
}

/// How many guests: as counted, or as they are listed.
fn guests(order: Element<'_>) -> u32 {
    let Some(guests) = order.child("Guests") else {
        return 0;
    };
    let listed = || u32::try_from(guests.all("Guest").count()).unwrap_or(u32::MAX);
    guests.count("count").unwrap_or_else(listed)
}

/// Who holds the order open. Where r_keeper says only that somebody does, a question mark.
fn locked_by(order: Element<'_>) -> Result<Option<String>, AnswerError> {
    if order.attribute("locked").is_some_and(|it| !it.is_empty()) && !order.flag("locked")? {
        return Ok(None);
    }
    let holders: Vec<String> = ["LockedByStation", "LockedByWaiter"]
        .into_iter()
        .filter_map(|holder| order.name_of(holder))
        .collect();
    Ok(match (order.flag("locked")?, holders.is_empty()) {
        (_, false) => Some(holders.join(", ")),
        (true, true) => Some("?".to_owned()),
        (false, true) => None,
    })
}

fn is_removed(element: Element<'_>) -> Result<bool, AnswerError> {
    Ok(element.attribute("state") == Some(REMOVED) || element.flag("deleted")?)
}

/// The name as the waiters see it; an order without one is shown by its GUID.
fn name(order: Element<'_>, guid: &str) -> String {
    order
        .label("orderName")
        .unwrap_or_else(|| crate::domain::text::clean(guid))
}

fn same_guid(one: &str, other: &str) -> bool {
    let bare = |guid: &str| guid.trim_matches(['{', '}']).to_uppercase();
    bare(one) == bare(other)
}

fn missing(element: Element<'_>, what: &'static str) -> AnswerError {
    AnswerError::Missing {
        element: element.name().to_owned(),
        what,
    }
}
