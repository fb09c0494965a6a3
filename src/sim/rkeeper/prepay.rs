//! Part payments: `SaveOrder` with `Prepay`, and `DeleteReceiptPayments`.

use jiff::civil::DateTime;

use super::answer::{Outcome, Refusal};
use super::commands::{find_order, integer, manager, reference, required, with_sums};
use super::lock::{check_lock_guid, closed, may_write, same_guid};
use super::view;
use crate::domain::Money;
use crate::sim::world::{Order, Payment, RefItem, World};
use crate::sim::xml::Element;

/// `SaveOrder`: adds the prepayments of one session, all or none. Sent twice it adds them twice.
pub(super) fn save_order(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let index = find_order(world, command)?;
    let lock_guid = check_lock_guid(world, command);
    let session = required(command, "Session")?;
    if command.all("Session").count() > 1 {
        return Err(Refusal::parameters(
            "Only one Session is taken here".to_owned(),
        ));
    }
    if session.attribute("uni").is_some() {
        return Err(Refusal::parameters(
            "Session/@uni would overwrite another package".to_owned(),
        ));
    }
    let station = required(session, "Station")?;
    let station = reference(&world.till.stations, "Cashes", station)?.clone();
    required(session, "Prepay")?;
    let order = open_order(world, index, lock_guid, now)?;
    let (version, guid) = (order.version, order.line_guid(order.last_uni + 1));
    let lines = session
        .all("Prepay")
        .map(|element| prepayment(world, element, world.till.abilities.prepay_reason_required))
        .collect::<Result<Vec<_>, _>>()?;
    fits(world, index, &lines)?;
    let mut package = Element::new("Session")
        .with("line_guid", guid)
        .with("sessionID", version)
        .child(view::reference("Station", &station));
    if let Some(order) = world.till.orders.get_mut(index) {
        order.next_uni();
        for line in lines {
            let line = order.add_prepayment(line);
            package.children.push(view::payment("Prepay", &line));
        }
    }
    changed(world, index);
    let (order, sums) = with_sums(world, index)?;
    Ok(Outcome::ok(vec![view::order(order, &sums, now), package]))
}

/// The order at an index, if it may be written to.
pub(super) fn open_order<'a>(
    world: &'a World,
    index: usize,
    lock_guid: Option<&str>,
    now: DateTime,
) -> Result<&'a Order, Refusal> {
    let (order, _) = with_sums(world, index)?;
    if order.is_closed() {
        return Err(closed(order));
    }
    may_write(order, lock_guid, now)?;
    Ok(order)
}

/// An order was changed: its version, and the list of orders.
pub(super) fn changed(world: &mut World, index: usize) {
    if let Some(order) = world.till.orders.get_mut(index) {
        order.version += 1;
        world.till.list_version += 1;
    }
}

/// One `Prepay` of a request.
pub(super) fn prepayment(
    world: &World,
    element: &Element,
    needs_reason: bool,
) -> Result<Payment, Refusal> {
    if !matches!(element.attribute("promised"), None | Some("0")) {
        return Err(Refusal::parameters(
            "Promised prepayments are not taken here".to_owned(),
        ));
    }
    let mut line = super::pay::payment(world, element)?;
    let reason = if needs_reason {
        Some(required(element, "Reason")?)
    } else {
        element.first("Reason")
    };
    if let Some(reason) = reason {
        line.reason = Some(prepay_reason(world, reason)?.clone());
    }
    Ok(line)
}

/// A reason to take a prepayment.
pub(super) fn prepay_reason<'a>(
    world: &'a World,
    element: &Element,
) -> Result<&'a RefItem, Refusal> {
    reference(&world.till.prepay_reasons, "DepositCollectReasons", element)
}

/// Prepayments must not exceed what is unpaid.
pub(super) fn fits(world: &World, index: usize, lines: &[Payment]) -> Result<(), Refusal> {
    let (_, sums) = with_sums(world, index)?;
    let offered = Money::total(lines.iter().map(|line| line.amount));
    if offered.is_none_or(|offered| offered > sums.unpaid) {
        return Err(Refusal::numbered(
            3373,
            "Сумма предоплаты больше суммы к оплате".to_owned(),
        ));
    }
    Ok(())
}

/// `DeleteReceiptPayments`: takes prepayments of an open order back, all that are named or none.
pub(super) fn delete_payments(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let index = find_order(world, command)?;
    let lock_guid = check_lock_guid(world, command);
    manager(world, command)?;
    if let Some(station) = command.first("LockStation") {
        reference(&world.till.stations, "Cashes", station)?;
    }
    required(command, "Pay")?;
    let order = open_order(world, index, lock_guid, now)?;
    let mut unis = Vec::new();
    for pay in command.all("Pay") {
        let Some(guid) = pay.attribute("line_guid") else {
            return Err(Refusal::parameters(
                "Attribute Pay/@line_guid is not found".to_owned(),
            ));
        };
        let line = order
            .prepayments
            .iter()
            .find(|line| !line.deleted && same_guid(&line.line_guid, guid));
        let uni = line.map(|line| line.uni).filter(|uni| !unis.contains(uni));
        unis.push(uni.ok_or_else(|| Refusal::unnumbered("Платёж не найден".to_owned()))?);
    }
    if let Some(order) = world.till.orders.get_mut(index) {
        for line in &mut order.prepayments {
            line.deleted |= unis.contains(&line.uni);
        }
    }
    changed(world, index);
    let (order, sums) = with_sums(world, index)?;
    Ok(Outcome::ok(vec![view::order(order, &sums, now)]))
}

/// Amount of a payment line: kopecks above zero.
pub(super) fn amount(element: &Element) -> Result<Money, Refusal> {
    let amount = Money::from_kopecks(integer(element, "amount")?);
    if amount.is_positive() {
        return Ok(amount);
    }
    Err(Refusal::parameters(
        "Сумма платежа должна быть больше нуля".to_owned(),
    ))
}
