//! Receipts after the fact: `UndoReceipt` takes one back, `GetReceiptList` shows them all.

use jiff::civil::DateTime;

use super::answer::{Outcome, Refusal, Status};
use super::commands::{find_order, integer, manager, reference, required, with_sums};
use super::lock::{check_lock_guid, is_guid, may_write, same_guid};
use super::view;
use crate::sim::world::{AnnulledReceipt, Order, Receipt, RefItem, World};
use crate::sim::xml::Element;

/// `UndoReceipt`: the receipt is annulled, its order is open again; prepayments stay.
pub(super) fn undo(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let lock_guid = check_lock_guid(world, command);
    let check_num = integer(command, "ReceiptNum")?;
    let Some(password) = command.attribute("ManagerPassword") else {
        return Err(Refusal::parameters(
            "Attribute RK7CMD/@ManagerPassword is not found".to_owned(),
        ));
    };
    let manager = manager(world, command)?;
    let known = world.till.managers.iter();
    if !known
        .filter(|own| own.code == manager.code)
        .any(|own| own.password == password)
    {
        return Err(Refusal::numbered(
            2102,
            "Неправильный код пользователя или пароль".to_owned(),
        ));
    }
    if !world.till.abilities.undo_receipt {
        return Err(Refusal::unnumbered(format!(
            "У {} нет прав на отмену чека",
            manager.name
        )));
    }
    let reason = void_reason(world, required(command, "DeleteReason")?)?;
    let named = |order: &Order| {
        let receipt = order.receipt.as_ref();
        receipt.is_some_and(|receipt| receipt.check_num == check_num)
    };
    let index = world.till.orders.iter().position(named);
    let index = index.ok_or_else(|| not_there(world, check_num))?;
    let (order, _) = with_sums(world, index)?;
    may_write(order, lock_guid, now)?;
    annul(world, index, manager, reason, now);
    let (order, sums) = with_sums(world, index)?;
    Ok(Outcome::ok(vec![view::order(order, &sums, now)]))
}

/// Why there is no such receipt to annul.
fn not_there(world: &World, check_num: i64) -> Refusal {
    let annulled = world.till.orders.iter().flat_map(|order| &order.annulled);
    let was_there = annulled
        .into_iter()
        .any(|own| own.receipt.check_num == check_num);
    Refusal::unnumbered(if was_there {
        format!("Чек {check_num} уже удалён")
    } else {
        format!("Чек {check_num} не найден")
    })
}

/// A reason that is meant for annulling a receipt.
fn void_reason(world: &World, element: &Element) -> Result<RefItem, Refusal> {
    let reasons = &world.till.void_reasons;
    let items: Vec<RefItem> = reasons.iter().map(|own| own.item.clone()).collect();
    let reason = reference(&items, "OrderVoids", element)?.clone();
    let flagged = reasons
        .iter()
        .any(|own| own.on_check_undo && own.item.id == reason.id);
    if !flagged {
        return Err(Refusal::unnumbered(format!(
            "У причины «{}» нет флага 'При отмене чека'",
            reason.name
        )));
    }
    Ok(reason)
}

/// Takes the receipt of an order back, if it has one.
pub(in crate::sim) fn annul(
    world: &mut World,
    index: usize,
    manager: RefItem,
    reason: RefItem,
    now: DateTime,
) -> bool {
    let Some(order) = world.till.orders.get_mut(index) else {
        return false;
    };
    let Some(mut receipt) = order.receipt.take() else {
        return false;
    };
    for payment in &mut receipt.payments {
        payment.deleted = true;
    }
    order.annulled.push(AnnulledReceipt {
        receipt,
        at: now,
        manager,
        reason,
    });
    order.closed_at = None;
    order.version += 1;
    world.till.list_version += 1;
    world.till.receipts_version += 1;
    true
}

/// `GetReceiptList`: every receipt, oldest first, without its payments.
pub(super) fn list(world: &World, command: &Element) -> Result<Outcome, Refusal> {
    let version = world.till.receipts_version;
    let one_order = match command.first("Order") {
        Some(_) => Some(find_order(world, command)?),
        None => None,
    };
    let line_guid = command.attribute("line_guid");
    if line_guid.is_some_and(|guid| !is_guid(guid)) {
        return Err(Refusal::parameters("Bad line_guid value".to_owned()));
    }
    if command.attribute("lastversion").is_some() && integer(command, "lastversion")? == version {
        let mut outcome = Outcome::ok(Vec::new()).with("lastversion", version);
        outcome.status = Status::NoChanges;
        return Ok(outcome);
    }
    let mut rows: Vec<(i64, Element)> = Vec::new();
    for (index, order) in world.till.orders.iter().enumerate() {
        if one_order.is_some_and(|one| one != index) {
            continue;
        }
        let annulled = order.annulled.iter().map(|own| (&own.receipt, Some(own)));
        let live = order.receipt.iter().map(|receipt| (receipt, None));
        for (receipt, annulled) in annulled.chain(live) {
            if line_guid.is_none_or(|guid| same_guid(guid, &receipt.line_guid)) {
                rows.push((receipt.check_num, row(order, receipt, annulled)));
            }
        }
    }
    rows.sort_by_key(|(check_num, _)| *check_num);
    let receipts = Element::new("ReceiptsList")
        .with("count", rows.len())
        .with("lastversion", version)
        .children(rows.into_iter().map(|(_, row)| row));
    Ok(Outcome::ok(vec![receipts]).with("lastversion", version))
}

fn row(order: &Order, receipt: &Receipt, annulled: Option<&AnnulledReceipt>) -> Element {
    let mut row = Element::new("Receipt")
        .with("line_guid", &receipt.line_guid)
        .with("checknum", receipt.check_num)
        .with("sum", receipt.total.kopecks())
        .with("state", view::receipt_state(annulled.is_some()))
        .with("seat", 0)
        .with("printtime", receipt.printed_at)
        .with("starttime", receipt.printed_at);
    if let Some(annulled) = annulled {
        row = row.with("deletetime", annulled.at);
    }
    row = row
        .child(
            Element::new("Order")
                .with("visit", order.visit)
                .with("orderIdent", view::ORDER_IDENT)
                .with("guid", &order.guid),
        )
        .child(view::reference("CloseStation", &receipt.station))
        .child(view::reference("PrintStation", &receipt.station))
        .child(view::reference("Cashier", &receipt.cashier));
    if let Some(annulled) = annulled {
        row = row
            .child(view::reference("DeleteManager", &annulled.manager))
            .child(view::reference("DeleteReason", &annulled.reason));
    }
    row
}
