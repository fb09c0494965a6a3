//! Orders, lists, receipts out of whole answers. Sums are taken exactly as r_keeper says them;
//! whether they add up is for [`Order::lines_due`].

use crate::domain::{Line, Modifier, Order, OrderGuid, OrderSummary, PosPayment, Uid};
use crate::payment::ports::{OrderList, Receipt};

use super::answer::{AnswerError, QueryResult, Status};
use super::xml::Element;

/// `state` of a dish or payment that was removed.
const REMOVED: &str = "7";
/// `TransactionStatus` of a payment that was begun and is no money yet (assumed).
const BEGUN: &str = "1";
/// `state` of a printed receipt.
const RECEIPT: &str = "6";

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

fn read(order: &Element) -> Result<Order, AnswerError> {
    let mut lines = Vec::new();
    let mut payments = Vec::new();
    for session in order.all("Session") {
        // A combo is sold as one dish; what it is made of costs nothing more.
        for dish in &session.children {
            if (dish.name == "Dish" || dish.name == "Combo") && !is_removed(dish)? {
                lines.push(line(dish)?);
            }
        }
        for prepay in session.all("Prepay") {
            if !is_removed(prepay)? && !prepay.flag("promised")? {
                payments.push(payment(prepay, None)?);
            }
        }
        for check in session.all("PrintCheck") {
            if check.attribute("state") != Some(RECEIPT) || check.flag("deleted")? {
                continue;
            }
            for pay in check.all("Pay") {
                if !is_removed(pay)? {
                    payments.push(payment(pay, Some(check))?);
                }
            }
        }
    }
    let guid = order.needed("guid")?;
    Ok(Order {
        guid: OrderGuid(guid.to_owned()),
        name: name(order, guid),
        table: order.name_of("Table"),
        waiter: order.name_of("Waiter"),
        station: order.name_of("Station"),
        opened_at: order.time("openTime"),
        version: order.integer("version")?,
        total: order.money("orderSum")?,
        unpaid: order.money("unpaidSum")?,
        discount: order.money_or_zero("discountSum")?,
        prepaid: order.money_or_zero("prepaySum")?,
        paid: order.flag("paid")?,
        finished: order.flag("finished")?,
        deleted: order.flag("deleted")?,
        lines,
        payments,
    })
}

fn line(dish: &Element) -> Result<Line, AnswerError> {
    let code = dish.label("code").ok_or_else(|| missing(dish, "code"))?;
    let id = dish.label("line_guid").or_else(|| dish.label("uni"));
    Ok(Line {
        id: id.ok_or_else(|| missing(dish, "line_guid"))?,
        name: dish.label("name").unwrap_or_else(|| code.clone()),
        code,
        quantity: dish.quantity("quantity")?,
        base_price: dish.money("price")?,
        amount: dish.money("amount")?,
        modifiers: dish
            .all("Modi")
            .map(modifier)
            .collect::<Result<_, AnswerError>>()?,
        groups: None,
    })
}

fn modifier(modi: &Element) -> Result<Modifier, AnswerError> {
    let name = ["name", "code", "id"]
        .into_iter()
        .find_map(|attribute| modi.label(attribute));
    let count = match modi.label("count") {
        Some(_) => modi.integer("count")?,
        None => 1,
    };
    Ok(Modifier {
        name: name.unwrap_or_default(),
        count: u32::try_from(count).map_err(|_| AnswerError::Wrong {
            element: modi.name.clone(),
            attribute: "count",
            value: count.to_string(),
        })?,
        price: modi.money_or_zero("price")?,
    })
}

/// A payment of a printed receipt, or a prepayment.
fn payment(element: &Element, receipt: Option<&Element>) -> Result<PosPayment, AnswerError> {
    Ok(PosPayment {
        amount: element.money("amount")?,
        ext_info: element.label("extTransactionInfo"),
        prepayment: receipt.is_none(),
        check_num: receipt.and_then(|receipt| receipt.label("CheckNum")),
        currency: element.label("code"),
        card_code: element
            .attribute("cardCode")
            .and_then(|card| Uid::new(card.trim()).ok()),
        line_guid: element.label("line_guid"),
        begun: element.attribute("TransactionStatus") == Some(BEGUN),
    })
}

fn is_removed(element: &Element) -> Result<bool, AnswerError> {
    Ok(element.attribute("state") == Some(REMOVED) || element.flag("deleted")?)
}

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
        locked_by: locked_by(order)?,
        opened_at: order.time("openTime"),
    })
}

/// Who holds the order open. Where r_keeper says only that somebody does, a question mark.
fn locked_by(order: &Element) -> Result<Option<String>, AnswerError> {
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

/// The receipt of a `PayOrder` answer: the first that stands. None is no contradiction; whether
/// the order is paid is what `GetOrder` says.
pub fn receipt(answer: &QueryResult) -> Receipt {
    let payload = answer.payload();
    let on = |element: &Element, name| matches!(element.attribute(name), Some("1" | "true"));
    let check = payload
        .all("PrintCheck")
        .filter(|check| !on(check, "deleted") && !on(check, "bill"))
        .find_map(|check| check.label("CheckNum"));
    let warning = payload
        .child("PrintCheckWarning")
        .map(|warning| crate::domain::text::clean(&warning.text))
        .filter(|text| !text.is_empty())
        .or_else(|| payload.label("PrintCheckWarning"));
    Receipt {
        check_num: check,
        warning,
    }
}

/// Why one of the currencies may not pay, in r_keeper's words; `None`: all may.
///
/// `CalcOrder3` lists the currencies that can be used, those that cannot with `errcode` and `text`.
pub fn currency_refused(
    answer: &QueryResult,
    currencies: &[&str],
) -> Result<Option<String>, AnswerError> {
    let payload = answer.payload();
    let listed = payload
        .child("Payments")
        .ok_or_else(|| missing(payload, "Payments"))?;
    for &code in currencies {
        let mut found = false;
        for pay in listed.all("Pay") {
            if pay.attribute("code") != Some(code) {
                continue;
            }
            found = true;
            let error = match pay.label("errcode") {
                Some(_) => pay.integer("errcode")?,
                None => 0,
            };
            if error != 0 {
                let name = pay.label("name").unwrap_or_default();
                let text = pay.label("text").unwrap_or_default();
                let why = format!("{code} {name}: {text} (errcode {error})");
                return Ok(Some(crate::domain::text::clean(&why)));
            }
        }
        if !found {
            return Ok(Some(format!("{code}: not among the order's currencies")));
        }
    }
    Ok(None)
}

/// The name as the waiters see it; an order without one is shown by its GUID.
fn name(order: &Element, guid: &str) -> String {
    order
        .label("orderName")
        .unwrap_or_else(|| crate::domain::text::clean(guid))
}

fn same_guid(one: &str, other: &str) -> bool {
    let bare = |guid: &str| guid.trim_matches(['{', '}']).to_uppercase();
    bare(one) == bare(other)
}

fn missing(element: &Element, what: &'static str) -> AnswerError {
    AnswerError::Missing {
        element: element.name.clone(),
        what,
    }
}
