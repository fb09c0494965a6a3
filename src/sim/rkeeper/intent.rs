//! Receipts of intent, where the site prints them: `IntentPayOrder` prints one with the payments that
//! are meant, `PayOrder` without payments makes them money, `CorrectIntentReceipt` takes it back.
//!
//! What a third party saw on 7.26: `state="3"`, `intentReceiptStage="First stage"`, `promised="1"`, the
//! order's `unpaidSum` becomes zero. How a finished one looks, and what a site without them answers, is
//! not documented; it is made up here.

use jiff::civil::DateTime;

use super::answer::{Outcome, Refusal};
use super::commands::{find_order, reference, required, with_sums};
use super::lock::{check_lock_guid, may_write};
use super::pay::{check_sum, close, payments, receipt, to_be_closed};
use super::prepay::changed;
use super::profile::Habit;
use super::view;
use crate::sim::world::{Receipt, World};
use crate::sim::xml::Element;

/// `IntentPayOrder`: all or nothing, as `PayOrder`; nothing is paid by it.
pub(super) fn intend(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let (index, desk) = to_be_closed(world, command, now)?;
    let (_, sums) = with_sums(world, index)?;
    if !world.till.profile.has(Habit::IntentReceipts) {
        return Err(Refusal::unnumbered(
            "Параметр «Чеки намерения»: не использовать".to_owned(),
        ));
    }
    required(command, "Payment")?;
    let payments = payments(world, command)?;
    check_sum(&payments, &sums)?;
    let Some(order) = world.till.orders.get_mut(index) else {
        return Err(Refusal::unnumbered("Заказ не найден".to_owned()));
    };
    let check_num = world.till.next_check_num;
    let receipt = Receipt {
        intended: true,
        ..receipt(order, check_num, sums.total, payments, desk, now)
    };
    order.hurdles.bills = vec![0];
    order.hurdles.intent = Some(receipt.clone());
    world.till.next_check_num += 1;
    changed(world, index);
    Ok(Outcome::ok(vec![view::intent(&receipt)]))
}

/// `CorrectIntentReceipt`: Ok, whether there was one or not.
pub(super) fn correct(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let index = find_order(world, command)?;
    let cashier = required(command, "Cashier")?;
    reference(&world.till.employees, "Employees", cashier)?;
    if let Some(station) = command.first("Station") {
        reference(&world.till.stations, "Cashes", station)?;
    }
    let lock_guid = check_lock_guid(world, command);
    if let Some(element) = command.first("DeleteReason") {
        let reasons = &world.till.void_reasons;
        let items: Vec<_> = reasons.iter().map(|own| own.item.clone()).collect();
        let reason = reference(&items, "OrderVoids", element)?;
        let mut flagged = reasons.iter().filter(|own| own.on_check_undo);
        if !flagged.any(|own| own.item.id == reason.id) {
            return Err(Refusal::numbered(
                3383,
                format!("У причины «{}» нет нужного флага", reason.name),
            ));
        }
    }
    let (order, _) = with_sums(world, index)?;
    may_write(order, lock_guid, now)?;
    take_back(world, index);
    let (order, sums) = with_sums(world, index)?;
    Ok(Outcome::ok(vec![view::order(order, &sums, now)]))
}

/// The receipt of intent of an order is taken back, where there is one.
pub(in crate::sim) fn take_back(world: &mut World, index: usize) -> bool {
    let order = world.till.orders.get_mut(index);
    let taken = order.is_some_and(|order| {
        order.hurdles.bills.clear();
        order.hurdles.intent.take().is_some()
    });
    if taken {
        changed(world, index);
    }
    taken
}

/// What is intended becomes money, and the order is closed.
pub(in crate::sim) fn finish(world: &mut World, index: usize, now: DateTime) -> Option<Receipt> {
    let intent = world.till.orders.get(index)?.hurdles.intent.clone()?;
    let (station, cashier) = (intent.station, intent.cashier);
    close(world, index, intent.payments, station, cashier, now)?;
    let receipt = world.till.orders.get_mut(index)?.receipt.as_mut()?;
    receipt.intended = true;
    Some(receipt.clone())
}
