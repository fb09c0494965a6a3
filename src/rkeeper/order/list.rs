//! The list of open orders: `GetOrderList2`, or the older `GetOrderList`, which has other words for the
//! same things. Where an order has both, the newer word counts.

use crate::domain::text::clean;
use crate::domain::{OrderGuid, OrderSummary};
use crate::payment::ports::OrderList;

use super::super::answer::{AnswerError, QueryResult, Status};
use super::super::xml::Element;
use super::locked_by;

/// The list of a `GetOrderList2` answer.
pub fn order_list(answer: &QueryResult) -> Result<OrderList, AnswerError> {
    // Without a version everything is asked for next time.
    let version = match answer.holder("lastversion") {
        Some(element) => element.integer("lastversion")?,
        None => 0,
    };
    if answer.status() == Status::NoChanges {
        return Ok(OrderList {
            version,
            orders: None,
        });
    }
    let mut orders = Vec::new();
    for visit in answer.payload().all("Visit") {
        for list in visit.all("Orders") {
            for order in list.all("Order") {
                if !order.flag(word(order, FINISHED))? && !order.flag("deleted")? {
                    orders.push(summary(order)?);
                }
            }
        }
    }
    Ok(OrderList {
        version,
        orders: Some(orders),
    })
}

/// How `GetOrderList2` calls what is told of an order, and how `GetOrderList` does.
const TOTAL: [&str; 2] = ["orderSum", "OrderSum"];
const UNPAID: [&str; 2] = ["unpaidSum", "ToPaySum"];
const PROMISED: [&str; 2] = ["promisedSum", "PromisedSum"];
const RECEIPT_ERROR: [&str; 2] = ["receiptError", "ReceiptError"];
const OPENED_AT: [&str; 2] = ["openTime", "CreateTime"];
const FINISHED: [&str; 2] = ["finished", "Finished"];

/// The word that this order has; the newer where it has none.
fn word(order: Element<'_>, [newer, older]: [&'static str; 2]) -> &'static str {
    if order.attribute(newer).is_none() && order.attribute(older).is_some() {
        older
    } else {
        newer
    }
}

fn summary(order: Element<'_>) -> Result<OrderSummary, AnswerError> {
    let guid = order.needed("guid")?;
    let named = order
        .label("orderName")
        .or_else(|| order.label("OrderName"));
    // The older list has it beside the order, the newer in an element of its own.
    let beside = |name, code| order.label(name).or_else(|| order.label(code));
    Ok(OrderSummary {
        guid: OrderGuid(guid.to_owned()),
        name: named.unwrap_or_else(|| clean(guid)),
        table: order
            .name_of("Table")
            .or_else(|| beside("TableName", "TableCode")),
        table_id: order
            .child("Table")
            .and_then(|table| table.label("id"))
            .or_else(|| order.label("TableID")),
        waiter: order
            .name_of("Waiter")
            .or_else(|| beside("WaiterName", "WaiterCode")),
        total: order.money(word(order, TOTAL))?,
        unpaid: order.money(word(order, UNPAID))?,
        promised: order.money_or_zero(word(order, PROMISED))?,
        receipt_failed: order.flag(word(order, RECEIPT_ERROR))?,
        locked_by: locked_by(order)?,
        opened_at: order.time(word(order, OPENED_AT)),
    })
}
