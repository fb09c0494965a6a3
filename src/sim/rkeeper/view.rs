//! How an order looks in answers.

use jiff::civil::DateTime;

use super::lock::active_lock;
use super::order::Sums;
use crate::sim::world::{
    AnnulledReceipt, Discount, DiscountSize, Dish, Order, Payment, Receipt, RefItem,
};
use crate::sim::xml::Element;

/// Ident of the first order of a visit, as in every public example.
pub(super) const ORDER_IDENT: &str = "256";
/// `state` of a closed receipt and of printed money.
const STATE_CLOSED: i64 = 6;
/// `state` of an annulled receipt and of money taken back.
const STATE_DELETED: i64 = 7;
/// `state` of a receipt that is not printed.
const STATE_OPEN: i64 = 1;
/// `state` of a receipt of intent.
const STATE_INTENT: i64 = 3;
/// `state` of a printed dish.
const STATE_PRINTED: i64 = 4;
/// `state` of a pre-bill.
const STATE_BILL: i64 = 4;
/// Ids of dishes, discounts and modifiers are far from their codes.
const DISH_IDS: i64 = 1_500_000;

/// A reference in an answer: all its names.
pub(super) fn reference(name: &str, item: &RefItem) -> Element {
    Element::new(name)
        .with("id", item.id)
        .with("code", &item.code)
        .with("guid", &item.guid)
        .with("name", &item.name)
}

fn flag(set: bool) -> i64 {
    i64::from(set)
}

/// An order of the list.
pub(super) fn list_row(order: &Order, sums: &Sums, now: DateTime) -> Element {
    let lock = active_lock(order, now);
    let mut element = Element::new("Order")
        .with("visit", order.visit)
        .with("orderIdent", ORDER_IDENT)
        .with("guid", &order.guid)
        .with("orderName", &order.name)
        .with("version", order.version)
        .with("crc32", order.crc32())
        .with("orderSum", sums.total.kopecks())
        .with("unpaidSum", sums.unpaid.kopecks())
        .with("prepaySum", sums.prepaid.kopecks())
        .with("promisedSum", sums.promised.kopecks())
        .with("discountSum", sums.discount.kopecks())
        .with("totalPieces", pieces(order))
        .with("paid", flag(order.receipt.is_some()))
        .with("finished", flag(order.is_closed()))
        .with("locked", flag(lock.is_some()))
        .with("receiptError", flag(order.failed.is_some()))
        .with("openTime", order.opened_at);
    if let Some(closed_at) = order.closed_at {
        element = element.with("FinishTime", closed_at);
    }
    if let Some(lock) = lock {
        element = element
            .child(reference("LockedByStation", &lock.station))
            .child(reference("LockedByWaiter", &lock.operator));
    }
    element
        .child(reference("Waiter", &order.waiter))
        .child(reference("Table", &order.table))
        .child(Element::new("OrderCategory").with("id", 1).with("code", 1))
        .child(Element::new("OrderType").with("id", 1).with("code", 1))
        .child(reference("Creator", &order.waiter))
        .child(Element::new("ExternalProps"))
}

fn pieces(order: &Order) -> i64 {
    order
        .dishes
        .iter()
        .filter(|dish| !dish.extras.removed)
        .map(|dish| dish.quantity.thousandths())
        .sum()
}

/// The whole order as `GetOrder` shows it.
pub(super) fn order(order: &Order, sums: &Sums, now: DateTime) -> Element {
    let role = Element::new("Role")
        .with("id", 40)
        .with("code", 2)
        .with("name", "Официант");
    let mut element = Element::new("Order")
        .with("visit", order.visit)
        .with("orderIdent", ORDER_IDENT)
        .with("guid", &order.guid)
        .with("url", "")
        .with("orderName", &order.name)
        .with("version", order.version)
        .with("crc32", order.crc32())
        .with("orderSum", sums.total.kopecks())
        .with("prepaySum", sums.prepaid.kopecks())
        .with("promisedSum", sums.promised.kopecks())
        .with("discountSum", sums.discount.kopecks())
        .with("unpaidSum", sums.unpaid.kopecks())
        .with("totalPieces", pieces(order))
        .with("seqNumber", order.visit)
        .with("paid", flag(order.receipt.is_some()))
        .with("finished", flag(order.is_closed()))
        .with("locked", flag(active_lock(order, now).is_some()))
        .with("deleted", 0)
        .with("receiptError", flag(order.failed.is_some()))
        .with("purchase", 0)
        .with("openTime", order.opened_at)
        .with("cookMins", 0)
        .with("persistentComment", "")
        .with("nonPersistentComment", "")
        .child(reference("Creator", &order.waiter).child(role.clone()))
        .child(reference("Waiter", &order.waiter).child(role))
        .child(reference("Station", &order.station))
        .child(Element::new("OrderCategory").with("id", 1).with("code", 1))
        .child(Element::new("OrderType").with("id", 1).with("code", 1))
        .child(reference("Table", &order.table))
        .child(guests(order))
        .child(Element::new("ExternalProps"))
        // Not in the vendor's schema: clients must read over what they do not know.
        .child(
            Element::new("StandInNote")
                .with("amount", 1)
                .saying("read over me")
                .child(Element::new("Detail").with("name", "nothing")),
        );
    element.children.push(session(order));
    element
}

fn guests(order: &Order) -> Element {
    let labels = (1..=order.guests).map(|label| Element::new("Guest").with("guestLabel", label));
    Element::new("Guests")
        .with("count", order.guests)
        .children(labels)
}

fn session(order: &Order) -> Element {
    let mut session = Element::new("Session")
        .with("uni", 1)
        .with("line_guid", order.line_guid(1))
        .with("sessionID", 1)
        .with("isDraft", 0)
        .with("printed", 1)
        .with("startService", order.opened_at)
        .with("cookMins", 0)
        .child(reference("Station", &order.station))
        .child(reference("Author", &order.waiter))
        .child(reference("Creator", &order.waiter));
    for dish in &order.dishes {
        session.children.push(dish_element(order, dish));
    }
    let dishes = order.dishes_sum().unwrap_or_default();
    for discount in &order.discounts {
        let sum = discount.sum(dishes).unwrap_or_default().kopecks();
        session
            .children
            .push(discount_element(order, discount, sum));
    }
    for prepayment in &order.prepayments {
        session.children.push(payment("Prepay", prepayment));
    }
    session.children.extend(hurdles(order));
    for annulled in &order.annulled {
        session
            .children
            .push(print_check(&annulled.receipt, Some(annulled)));
    }
    if let Some(failed) = &order.failed {
        let mut check = print_check(failed, None);
        for (name, value) in &mut check.attributes {
            if name == "state" {
                *value = STATE_OPEN.to_string();
            }
        }
        session.children.push(check);
    }
    if let Some(receipt) = &order.receipt {
        session.children.push(print_check(receipt, None));
    }
    session
        .child(
            Element::new("PriceScale")
                .with("id", 1)
                .with("name", &order.price_list),
        )
        .child(
            Element::new("TradeGroup")
                .with("id", 1)
                .with("name", &order.trade_group),
        )
}

/// Promised payments, printed pre-bills.
fn hurdles(order: &Order) -> Vec<Element> {
    let hurdles = &order.hurdles;
    let promised = hurdles
        .promised
        .iter()
        .map(|own| payment_line("Prepay", own, true));
    let bills = hurdles.bills.iter().map(|&seat| {
        Element::new("PrintCheck")
            .with("seat", seat)
            .with("CheckNum", "")
            .with("state", STATE_BILL)
            .with("deleted", 0)
            .with("bill", 1)
    });
    let intent = hurdles.intent.iter().map(intent);
    promised.chain(bills).chain(intent).collect()
}

fn dish_element(order: &Order, dish: &Dish) -> Element {
    let line_guid = order.line_guid(dish.uni);
    let paid = order.receipt.is_some();
    let amount = dish.amount().unwrap_or_default().kopecks();
    let modifiers = dish.modifiers.iter().map(|modifier| {
        Element::new("Modi")
            .with("id", DISH_IDS + modifier.code)
            .with("code", modifier.code)
            .with("name", &modifier.name)
            .with("count", modifier.count)
            .with("price", modifier.price.kopecks())
    });
    let extras = &dish.extras;
    let combo = !extras.components.is_empty();
    let mut element =
        Element::new(if combo { "Combo" } else { "Dish" }).with("id", DISH_IDS + dish.code);
    if !extras.nameless {
        element = element.with("code", dish.code);
    }
    let state = match (extras.removed, paid) {
        (true, _) => STATE_DELETED,
        (false, true) => STATE_CLOSED,
        (false, false) => STATE_PRINTED,
    };
    let voided = extras.voided.thousandths();
    let void = (voided != 0).then(|| Element::new("Void").with("quantity", voided));
    let components = extras.components.iter().map(|own| {
        Element::new("Component")
            .with("id", DISH_IDS + own.code)
            .with("code", own.code)
            .with("name", &own.name)
            .with("quantity", own.quantity.thousandths())
            .with("price", 0)
            .with("amount", 0)
    });
    let discounts = extras.discounts.iter().map(|own| {
        let sum = own.sum(dish.amount().unwrap_or_default());
        discount_element(order, own, sum.unwrap_or_default().kopecks())
    });
    element
        .with("name", &dish.name)
        .with("uni", dish.uni)
        .with("line_guid", &line_guid)
        .with("state", state)
        .with("guid", &line_guid)
        .with("price", dish.price.kopecks())
        .with("amount", amount)
        .with("quantity", dish.quantity.thousandths())
        .with("srcQuantity", dish.ordered().thousandths())
        .with("paidAmount", if paid { amount } else { 0 })
        .with("seat", extras.seat)
        .child(
            Element::new("KdsState")
                .with("name", "ready")
                .with("at", order.opened_at),
        )
        .children(modifiers)
        .children(components)
        .children(void)
        .children(discounts)
}

fn discount_element(order: &Order, discount: &Discount, sum: i64) -> Element {
    let size = match discount.size {
        DiscountSize::Percent(percent) => percent,
        DiscountSize::Sum(sum) => sum.kopecks(),
    };
    Element::new("Discount")
        .with("id", DISH_IDS)
        .with("code", &discount.code)
        .with("name", &discount.name)
        .with("uni", discount.uni)
        .with("line_guid", order.line_guid(discount.uni))
        .with("amount", size)
        .with("discountSum", sum)
        .with("deleted", 0)
}

/// `state` of a receipt.
pub(super) const fn receipt_state(annulled: bool) -> i64 {
    if annulled {
        STATE_DELETED
    } else {
        STATE_CLOSED
    }
}

/// A `Pay` or `Prepay`.
pub(super) fn payment(name: &str, payment: &Payment) -> Element {
    payment_line(name, payment, false)
}

fn payment_line(name: &str, payment: &Payment, promised: bool) -> Element {
    let number: i64 = payment.transaction_id.parse().unwrap_or_default();
    let element = reference(name, &payment.currency)
        .with("uni", payment.uni)
        .with("line_guid", &payment.line_guid)
        .with("state", receipt_state(payment.deleted))
        .with("amount", payment.amount.kopecks())
        .with("basicSum", payment.amount.kopecks())
        .with("promised", flag(promised))
        .with("deleted", flag(payment.deleted))
        .with("cardCode", &payment.card_code)
        .with("extTransactionInfo", &payment.ext_info)
        .with("TransactionStatus", payment.stage.number())
        .with("owner", "")
        .with("authcode", &payment.auth_code)
        .with("transactionNumber", number);
    let reason = payment.reason.as_ref();
    element.children(reason.map(|reason| self::reference("Reason", reason)))
}

/// A receipt of intent that is not finished.
pub(super) fn intent(receipt: &Receipt) -> Element {
    let payments = receipt.payments.iter();
    let mut check = print_check(
        &Receipt {
            payments: Vec::new(),
            ..receipt.clone()
        },
        None,
    );
    for (name, value) in &mut check.attributes {
        match name.as_str() {
            "state" => *value = STATE_INTENT.to_string(),
            "intentReceiptStage" => "First stage".clone_into(value),
            _ => {}
        }
    }
    check.children(payments.map(|own| payment_line("Pay", own, true)))
}

/// A receipt that closed the order, or did so until it was annulled.
pub(super) fn print_check(receipt: &Receipt, annulled: Option<&AnnulledReceipt>) -> Element {
    let element = Element::new("PrintCheck")
        .with("uni", receipt.uni)
        .with("line_guid", &receipt.line_guid)
        .with("seat", 0)
        .with("CheckNum", receipt.check_num)
        .with("amount", receipt.total.kopecks())
        .with("unpaidSum", 0)
        .with("state", receipt_state(annulled.is_some()))
        .with("deleted", flag(annulled.is_some()))
        .with("bill", 0)
        .with("printTime", receipt.printed_at)
        .with("startTime", receipt.printed_at)
        .with("GlobalFiscalID", "");
    let element = if receipt.intended {
        element
            .with("intentReceiptType", "OneCheck")
            .with("intentReceiptStage", "Completed")
    } else {
        element
    };
    let element = element
        .child(reference("Author", &receipt.cashier))
        .child(reference("PrintStation", &receipt.station))
        .children(receipt.payments.iter().map(|own| payment("Pay", own)));
    match annulled {
        None => element,
        Some(annulled) => element
            .with("deleteTime", annulled.at)
            .child(reference("DeleteManager", &annulled.manager))
            .child(reference("DeleteReason", &annulled.reason)),
    }
}
