//! Receipts, payments and prepayments of an order, and the receipt of a `PayOrder` answer.

use crate::domain::{Order, PosPayment, PosReceipt, ReceiptStage, Uid};
use crate::payment::ports::Receipt;

use super::super::answer::{AnswerError, QueryResult};
use super::super::xml::Element;
use super::{is_removed, line};

/// `state` of a pre-bill.
const PRE_BILL: &str = "4";
/// `state` of a printed receipt.
const PRINTED: &str = "6";
/// `intentReceiptStage` of a receipt of intent that is not finished.
const FIRST_STAGE: &str = "First stage";
/// `TransactionStatus` of a payment that was begun and is no money yet (assumed).
const BEGUN: &str = "1";

/// The prepayments of a session, its receipts and the payments of those.
pub(super) fn read(session: Element<'_>, order: &mut Order) -> Result<(), AnswerError> {
    for prepay in session.all("Prepay") {
        if is_removed(prepay)? {
            continue;
        }
        let payment = payment(prepay, None)?;
        if prepay.flag("promised")? {
            intended(order, payment);
        } else {
            order.payments.push(payment);
        }
    }
    for check in session.all("PrintCheck") {
        if is_removed(check)? {
            continue;
        }
        let mut payments = Vec::new();
        for pay in check.all("Pay") {
            if !is_removed(pay)? {
                payments.push(payment(pay, Some(check))?);
            }
        }
        let is_intent = check.attribute("intentReceiptStage") == Some(FIRST_STAGE);
        if is_intent {
            for prepay in check.all("Prepay") {
                if !is_removed(prepay)? && prepay.flag("promised")? {
                    payments.push(payment(prepay, Some(check))?);
                }
            }
        }
        let stage = stage(check, !payments.is_empty())?;
        order.receipts.push(PosReceipt {
            stage,
            check_num: check.label("CheckNum").filter(|number| number != "0"),
            seat: check.count("seat").unwrap_or_default(),
            amount: check.money("amount").unwrap_or_default(),
        });
        order.discounts.extend(line::discounts(check)?);
        match stage {
            ReceiptStage::Printed => order.payments.extend(payments),
            ReceiptStage::Intent => payments.into_iter().for_each(|own| intended(order, own)),
            // What is not printed is no payment.
            ReceiptStage::PreBill | ReceiptStage::Failed | ReceiptStage::Draft => {}
        }
    }
    Ok(())
}

/// A payment that is meant and is no money. Whether r_keeper shows it with the session, with the
/// receipt of intent or with both is not documented: the same line counts once.
fn intended(order: &mut Order, payment: PosPayment) {
    let line = payment.line_guid.as_ref();
    let known = line.is_some_and(|line| {
        let mut lines = order
            .intended
            .iter()
            .filter_map(|own| own.line_guid.as_ref());
        lines.any(|own| own.eq_ignore_ascii_case(line))
    });
    if !known {
        order.intended.push(payment);
    }
}

/// What becomes of an order whose receipt was not printed is not documented beyond `receiptError`:
/// a receipt that has payments and no state of a finished one is taken for failed.
fn stage(check: Element<'_>, has_payments: bool) -> Result<ReceiptStage, AnswerError> {
    Ok(match check.attribute("state") {
        // The fiscal printer has printed it like any other (seen with `state="3"`): it is not paid.
        _ if check.attribute("intentReceiptStage") == Some(FIRST_STAGE) => ReceiptStage::Intent,
        Some(PRINTED) => ReceiptStage::Printed,
        Some(PRE_BILL) => ReceiptStage::PreBill,
        Some(_) | None if check.flag("bill")? => ReceiptStage::PreBill,
        Some(_) | None if has_payments => ReceiptStage::Failed,
        Some(_) | None => ReceiptStage::Draft,
    })
}

/// A payment of a printed receipt, or a prepayment.
fn payment(element: Element<'_>, receipt: Option<Element<'_>>) -> Result<PosPayment, AnswerError> {
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

/// The receipt of a `PayOrder` answer: the first that stands. None is no contradiction; whether
/// the order is paid is what `GetOrder` says.
pub fn receipt(answer: &QueryResult) -> Receipt {
    let payload = answer.payload();
    let on = |element: Element<'_>, name| matches!(element.attribute(name), Some("1" | "true"));
    let check = payload
        .all("PrintCheck")
        .filter(|check| !on(*check, "deleted") && !on(*check, "bill"))
        .find_map(|check| check.label("CheckNum"));
    let warning = payload
        .child("PrintCheckWarning")
        .map(|warning| crate::domain::text::clean(&warning.text()))
        .filter(|text| !text.is_empty())
        .or_else(|| payload.label("PrintCheckWarning"));
    Receipt {
        check_num: check,
        warning,
    }
}
