//! Part payments in two phases, as an external terminal does them: started, then paid or failed.
//! Only what is paid is money.

use jiff::civil::DateTime;

use super::answer::{Outcome, Refusal};
use super::commands::{find_order, reference, required, with_sums};
use super::lock::{check_lock_guid, is_guid, may_write, same_guid};
use super::prepay::{changed, fits, open_order, prepayment};
use super::view;
use crate::sim::world::{Payment, Stage, World};
use crate::sim::xml::Element;

/// `TerminalAuthStart2`: writes a line that is not money yet; its `line_guid` is the answer.
pub(super) fn start(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let index = find_order(world, command)?;
    let lock_guid = check_lock_guid(world, command);
    let station = required(command, "Station")?;
    reference(&world.till.stations, "Cashes", station)?;
    if let Some(waiter) = command.first("Waiter") {
        reference(&world.till.employees, "Employees", waiter)?;
    }
    let element = required(command, "Prepay")?;
    if command.all("Prepay").count() > 1 {
        return Err(Refusal::parameters(
            "Only one Prepay is taken by an authorisation".to_owned(),
        ));
    }
    open_order(world, index, lock_guid, now)?;
    let line = Payment {
        stage: Stage::Started,
        ..prepayment(world, element, false)?
    };
    fits(world, index, std::slice::from_ref(&line))?;
    let order = world.till.orders.get_mut(index);
    let line = order.map(|order| order.add_prepayment(line));
    let line = line.ok_or_else(|| Refusal::unnumbered("Заказ не найден".to_owned()))?;
    changed(world, index);
    let (order, sums) = with_sums(world, index)?;
    let shown = view::order(order, &sums, now);
    Ok(Outcome::ok(vec![shown]).with("line_guid", line.line_guid))
}

/// `TerminalAuthPay2`: the line becomes money. Once paid, it says Ok and adds nothing.
pub(super) fn pay(world: &mut World, command: &Element, now: DateTime) -> Result<Outcome, Refusal> {
    let lock_guid = check_lock_guid(world, command);
    let (index, line) = find_line(world, command)?;
    let text = |name: &str| command.attribute(name).unwrap_or_default().to_owned();
    let card_code = text("cardCode");
    if !card_code.is_empty() && !line.card_code.is_empty() && card_code != line.card_code {
        return Err(Refusal::unnumbered(
            "Карта не та, с которой начата авторизация".to_owned(),
        ));
    }
    if line.deleted {
        return Err(unknown_line());
    }
    let guid = line.line_guid.clone();
    match line.stage {
        Stage::Paid => {
            let (order, _) = with_sums(world, index)?;
            may_write(order, lock_guid, now)?;
        }
        Stage::Started => {
            open_order(world, index, lock_guid, now)?;
            fits(world, index, std::slice::from_ref(&line))?;
            let paid = Payment {
                stage: Stage::Paid,
                card_code: if card_code.is_empty() {
                    line.card_code.clone()
                } else {
                    card_code
                },
                transaction_id: text("transactionID"),
                auth_code: text("authCode"),
                ..line
            };
            replace(world, index, &paid);
        }
    }
    let (order, sums) = with_sums(world, index)?;
    let shown = view::order(order, &sums, now);
    Ok(Outcome::ok(vec![shown]).with("line_guid", guid))
}

/// `TerminalAuthError2`: a started line is taken away. What is paid stays.
pub(super) fn error(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let lock_guid = check_lock_guid(world, command);
    let (index, line) = find_line(world, command)?;
    let (order, _) = with_sums(world, index)?;
    may_write(order, lock_guid, now)?;
    if line.deleted {
        return Err(unknown_line());
    }
    match line.stage {
        Stage::Paid => Err(Refusal::unnumbered("Авторизация уже завершена".to_owned())),
        Stage::Started => {
            let guid = line.line_guid.clone();
            let deleted = Payment {
                deleted: true,
                ..line
            };
            replace(world, index, &deleted);
            Ok(Outcome::ok(Vec::new()).with("line_guid", guid))
        }
    }
}

fn replace(world: &mut World, index: usize, changed_line: &Payment) {
    if let Some(order) = world.till.orders.get_mut(index) {
        for line in &mut order.prepayments {
            if line.uni == changed_line.uni {
                line.clone_from(changed_line);
            }
        }
    }
    changed(world, index);
}

fn unknown_line() -> Refusal {
    Refusal::unnumbered("Авторизация не найдена".to_owned())
}

/// The line that a command names, with the index of its order.
fn find_line(world: &World, command: &Element) -> Result<(usize, Payment), Refusal> {
    let Some(guid) = command.attribute("line_guid") else {
        return Err(Refusal::parameters(
            "Attribute RK7CMD/@line_guid is not found".to_owned(),
        ));
    };
    if !is_guid(guid) {
        return Err(Refusal::parameters(format!(
            "Bad line_guid value: \"{guid}\""
        )));
    }
    let lines = world.till.orders.iter().enumerate();
    let mut lines =
        lines.flat_map(|(index, order)| order.prepayments.iter().map(move |line| (index, line)));
    let found = lines.find(|(_, line)| same_guid(&line.line_guid, guid));
    found
        .map(|(index, line)| (index, line.clone()))
        .ok_or_else(unknown_line)
}
