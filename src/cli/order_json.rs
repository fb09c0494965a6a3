//! An order as scripts see it: fields are added, never renamed.

use serde_json::{Value as Json, json};

use crate::domain::{
    Discount, Halls, Line, Order, OrderSummary, PosPayment, PosReceipt, ReceiptStage,
};
use crate::payment::reason::Problem;

pub(super) fn summary(order: &OrderSummary, halls: &Halls) -> Json {
    let hindrance = order.hindrance().map(Problem::from);
    json!({
        "guid": order.guid.0,
        "name": order.name,
        "table": order.table,
        "hall": halls.of(order),
        "waiter": order.waiter,
        "total": order.total.to_string(),
        "unpaid": order.unpaid.to_string(),
        "promised": order.promised.to_string(),
        "locked_by": order.locked_by,
        "opened_at": order.opened_at.map(|time| time.to_string()),
        "payable": hindrance.is_none(),
        "reason": hindrance.as_ref().map(|problem| problem.reason.code()),
        "detail": hindrance.as_ref().map(|problem| &problem.detail),
    })
}

pub(super) fn order(order: &Order, halls: &Halls) -> Json {
    let hindrance = order.hindrance_now().map(Problem::from);
    json!({
        "guid": order.guid.0,
        "name": order.name,
        "table": order.table,
        "hall": halls.of_table(order.table_id.as_deref()),
        "waiter": order.waiter,
        "station": order.station,
        "opened_at": order.opened_at.map(|time| time.to_string()),
        "version": order.version,
        "total": order.total.to_string(),
        "unpaid": order.unpaid.to_string(),
        "discount": order.discount.to_string(),
        "prepaid": order.prepaid.to_string(),
        "promised": order.promised.to_string(),
        "guests": order.guests,
        "locked_by": order.locked_by,
        "payable": hindrance.is_none(),
        "reason": hindrance.as_ref().map(|problem| problem.reason.code()),
        "detail": hindrance.as_ref().map(|problem| &problem.detail),
        "paid": order.paid,
        "finished": order.finished,
        "deleted": order.deleted,
        "lines": order.lines.iter().map(line).collect::<Vec<_>>(),
        "discounts": discounts(&order.discounts),
        "receipts": order.receipts.iter().map(receipt).collect::<Vec<_>>(),
        "payments": order.payments.iter().map(payment).collect::<Vec<_>>(),
    })
}

fn discounts(discounts: &[Discount]) -> Vec<Json> {
    let row = |discount: &Discount| json!({"name": discount.name, "sum": discount.sum.to_string()});
    discounts.iter().map(row).collect()
}

/// The word for scripts; never changes.
const fn stage_word(stage: ReceiptStage) -> &'static str {
    match stage {
        ReceiptStage::PreBill => "pre_bill",
        ReceiptStage::Printed => "printed",
        ReceiptStage::Intent => "intent",
        ReceiptStage::Failed => "failed",
        ReceiptStage::Draft => "draft",
    }
}

fn line(line: &Line) -> Json {
    let modifiers = line.modifiers.iter().map(|modifier| {
        json!({
            "name": modifier.name,
            "count": modifier.count,
            "price": modifier.price.to_string(),
        })
    });
    let components = line.components.iter().map(|component| {
        json!({
            "name": component.name,
            "quantity": component.quantity.to_string(),
        })
    });
    json!({
        "id": line.id,
        "code": line.code,
        "name": line.name,
        "quantity": line.quantity.to_string(),
        "ordered": line.ordered.to_string(),
        "seat": line.seat,
        "base_price": line.base_price.to_string(),
        "amount": line.amount.to_string(),
        "modifiers": modifiers.collect::<Vec<_>>(),
        "components": components.collect::<Vec<_>>(),
        "discounts": discounts(&line.discounts),
    })
}

fn receipt(receipt: &PosReceipt) -> Json {
    json!({
        "stage": stage_word(receipt.stage),
        "check_num": receipt.check_num,
        "seat": receipt.seat,
        "amount": receipt.amount.to_string(),
    })
}

fn payment(payment: &PosPayment) -> Json {
    json!({
        "amount": payment.amount.to_string(),
        "ext_info": payment.ext_info,
        "prepayment": payment.prepayment,
        "check_num": payment.check_num,
    })
}
