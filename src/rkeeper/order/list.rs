//! The list of open orders: `GetOrderList2`.

use crate::domain::{OrderGuid, OrderSummary};
use crate::payment::ports::OrderList;

use super::super::answer::{AnswerError, QueryResult, Status};
use super::super::xml::Element;
use super::{locked_by, name};

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
                if !order.flag("finished")? && !order.flag("deleted")? {
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

fn summary(order: &Element) -> Result<OrderSummary, AnswerError> {
    let guid = order.needed("guid")?;
    Ok(OrderSummary {
        guid: OrderGuid(guid.to_owned()),
        name: name(order, guid),
        table: order.name_of("Table"),
        waiter: order.name_of("Waiter"),
        total: order.money("orderSum")?,
        unpaid: order.money("unpaidSum")?,
        promised: order.money_or_zero("promisedSum")?,
        receipt_failed: order.flag("receiptError")?,
        locked_by: locked_by(order)?,
        opened_at: order.time("openTime"),
    })
}
