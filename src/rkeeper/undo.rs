//! Taking back what was paid: `UndoReceipt` for a receipt that holds our payment and nothing else,
//! `DeleteReceiptPayments` for our prepayments on an open order. Everything else is for a person.
//!
//! The manager's password travels in clear inside the request. What is journalled is the request
//! without it; it is put in when the request is sent.

use secrecy::ExposeSecret as _;

use crate::domain::{Money, Order, PosPayment};
use crate::payment::payer::is_ours;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::refund::Refund;
use crate::payment::sale::Sale;

use super::request::{braced, command, reference_code, reference_order};
use super::settings::{Settings, TakeBack};
use super::xml::Document;

/// The command that annuls a receipt.
pub(super) const UNDO_RECEIPT: &str = "UndoReceipt";
/// The command that removes prepayments.
pub(super) const DELETE_PAYMENTS: &str = "DeleteReceiptPayments";

/// How a request to annul a receipt is recognised, and where the password goes.
const UNDO_MARK: &str = "CMD=\"UndoReceipt\"";

/// The request that takes a refunded sale back, without secrets. `Err` with `AnnulByHand` where the
/// site leaves that to people, or what is to be taken back does not stand alone.
pub(super) fn request(
    settings: &Settings,
    sale: &Sale,
    refund: &Refund,
    order: &Order,
) -> Result<Vec<u8>, Problem> {
    let own = &settings.take_back;
    let allowed = if sale.is_part() {
        own.remove_prepayments
    } else {
        own.undo_receipt
    };
    if !allowed {
        return Err(by_hand(""));
    }
    if !refund.whole {
        return Err(by_hand(sums(Some(refund.total()), Some(sale.due))));
    }
    if sale.is_part() {
        prepayments(own, sale, refund, order)
    } else {
        receipt(own, sale, order)
    }
}

/// `UndoReceipt`. A closed order cannot be locked, so there is no lock to name.
fn receipt(own: &TakeBack, sale: &Sale, order: &Order) -> Result<Vec<u8>, Problem> {
    let manager = set(own.manager_code.as_deref(), "rkeeper.manager_code")?;
    let reason = set(own.undo_reason.as_deref(), "rkeeper.undo_reason")?;
    password(own)?;
    let (ours, others) = shown(order, sale);
    let check_num = ours.first().and_then(|payment| payment.check_num.clone());
    let Some(check_num) = check_num.filter(|_| order.paid && !order.deleted) else {
        return Err(by_hand(""));
    };
    let one_receipt = ours
        .iter()
        .all(|payment| !payment.prepayment && payment.check_num.as_ref() == Some(&check_num));
    let sum = total(&ours);
    // What the receipt is worth beside ours was paid by somebody, whether it is shown or not.
    let alone = others.is_empty() && sum == Some(sale.due) && sum == Some(order.total);
    if !one_receipt || !alone {
        let sums = sums(sum, Some(order.total));
        return Err(by_hand(format!("№ {check_num}: {sums}")));
    }
    let mut query = command(UNDO_RECEIPT);
    query.attribute("ReceiptNum", &check_num);
    reference_code(&mut query, "Manager", manager);
    reference_code(&mut query, "DeleteReason", reason);
    Ok(query.finish())
}

/// `DeleteReceiptPayments`, under the refund's lock.
fn prepayments(
    own: &TakeBack,
    sale: &Sale,
    refund: &Refund,
    order: &Order,
) -> Result<Vec<u8>, Problem> {
    let manager = set(own.manager_code.as_deref(), "rkeeper.manager_code")?;
    // The receipt has taken the prepayment in; only a person can say what is to become of it.
    if order.paid || order.finished || order.deleted {
        let mut receipts = order.payments.iter().map(|own| own.check_num.as_deref());
        let receipt = receipts.find_map(|check_num| check_num);
        return Err(by_hand(
            receipt.map_or(String::new(), |own| format!("№ {own}")),
        ));
    }
    let (ours, _) = shown(order, sale);
    let lines: Option<Vec<&str>> = ours
        .iter()
        .filter(|payment| payment.prepayment)
        .map(|payment| payment.line_guid.as_deref())
        .collect();
    let sum = total(&ours);
    let lines = lines.filter(|lines| lines.len() == ours.len());
    let Some(lines) = lines.filter(|_| sum == Some(sale.due)) else {
        return Err(by_hand(sums(sum, Some(sale.due))));
    };
    let mut query = command(DELETE_PAYMENTS);
    query.attribute("lockguid", &braced(&refund.lock.0));
    reference_order(&mut query, &sale.order);
    reference_code(&mut query, "Manager", manager);
    for line in lines {
        query.open("Pay").attribute("line_guid", line).close();
    }
    Ok(query.finish())
}

/// What of the order's money is this sale's, and what is not.
fn shown<'a>(order: &'a Order, sale: &Sale) -> (Vec<&'a PosPayment>, Vec<&'a PosPayment>) {
    let money = order.payments.iter().filter(|payment| !payment.begun);
    money.partition(|payment| is_ours(payment, sale))
}

/// The bytes that leave: those that were journalled, with the manager's password where it belongs.
pub(super) fn with_password(own: &TakeBack, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let text = str::from_utf8(body).unwrap_or_default();
    // A quotation mark inside a value is written as an entity, so this is the attribute itself.
    let Some((before, after)) = text.split_once(UNDO_MARK) else {
        return Ok(body.to_vec());
    };
    let mut attribute = Document::default();
    attribute.attribute("ManagerPassword", password(own)?);
    let bytes = [
        before.as_bytes(),
        UNDO_MARK.as_bytes(),
        &attribute.finish(),
        after.as_bytes(),
    ];
    Ok(bytes.concat())
}

fn password(own: &TakeBack) -> Result<&str, Problem> {
    let password = own.manager_password.expose_secret();
    set(
        (!password.is_empty()).then_some(password),
        "rkeeper.manager_password",
    )
}

/// A setting that cannot be done without; without it a person does the work.
fn set<'a>(value: Option<&'a str>, key: &str) -> Result<&'a str, Problem> {
    value.ok_or_else(|| by_hand(key))
}

fn total<'a>(payments: impl IntoIterator<Item = &'a &'a PosPayment>) -> Option<Money> {
    Money::total(payments.into_iter().map(|payment| payment.amount))
}

fn sums(part: Option<Money>, whole: Option<Money>) -> String {
    format!(
        "{} / {}",
        part.unwrap_or_default(),
        whole.unwrap_or_default()
    )
}

fn by_hand(why: impl Into<String>) -> Problem {
    Problem::of(Server::Rkeeper, Reason::AnnulByHand, why)
}
