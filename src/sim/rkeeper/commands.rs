//! The commands of the r_keeper stand-in: dispatch, references, and everything that only reads.

use jiff::civil::DateTime;

use super::answer::{Outcome, Refusal, Status};
use super::licence::Entrance;
use super::lock::{is_guid, lock_order, same_guid};
use super::{
    intent, licence, lock, markup, older, pay, prepay, receipts, reference as references, terminal,
    view,
};
use crate::sim::fault::RKEEPER_COMMANDS;
use crate::sim::world::{Abilities, Order, RefItem, World};
use crate::sim::xml::Element;

/// Carries out one command.
pub(super) fn run(world: &mut World, command: &Element, now: DateTime) -> Outcome {
    let profile = world.till.profile.clone();
    let sent = command.attribute("CMD").unwrap_or_default();
    let name = profile.command(sent, &RKEEPER_COMMANDS);
    let unknown = Refusal::parameters(format!("Unknown command {sent}"));
    if !profile.version.knows(name) || !is_offered(world.till.abilities, name) {
        // Asking an older server is no mistake.
        return unknown.outcome(&profile, command);
    }
    let Some(shape) = markup::shape(name) else {
        world.violation(format!("rkeeper: unknown command {name}"));
        return unknown.outcome(&profile, command);
    };
    markup::check(world, name, command, shape);
    lock::expire(world, now);
    let answer = match name {
        "GetFunctions" => Ok(functions(world)),
        "GetSystemInfo" => Ok(older::system_info(world, now)),
        "GetSystemInfo2" => Ok(system_info(world, now)),
        "GetOrderList" => {
            order_list(world, command, now).map(|list| older::order_list(list, command))
        }
        "GetOrderList2" => order_list(world, command, now),
        "GetOrder" => get_order(world, command, now),
        "LockOrder" => lock_order(world, command, now),
        "CalcOrder2" => pay::calc_order(world, command, now).map(pay::without_reasons),
        "CalcOrder3" => pay::calc_order(world, command, now),
        "TerminalAuthStart2" => terminal::start(world, command, now),
        "TerminalAuthPay2" => terminal::pay(world, command, now),
        "TerminalAuthError2" => terminal::error(world, command, now),
        "DeleteReceiptPayments" => prepay::delete_payments(world, command, now),
        "CorrectIntentReceipt" => intent::correct(world, command, now),
        "UndoReceipt" => receipts::undo(world, command, now),
        "GetReceiptList" => receipts::list(world, command),
        "GetRefData" => references::data(world, command),
        "CheckLicense" => references::licence(world, command),
        "GetXMLLicenseInstanceSeqNumber" => licence::last_number(world, command, now),
        _ => licensed(world, name, command, now),
    };
    answer.unwrap_or_else(|refusal| {
        if refusal.status == Status::BadParameters {
            world.violation(format!("rkeeper.{name}: {}", refusal.text));
        }
        refusal.outcome(&profile, command)
    })
}

/// A write that needs a licence.
fn licensed(
    world: &mut World,
    name: &str,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    if !world.till.abilities.write_licence {
        return Err(references::no_licence());
    }
    let place = match licence::enter(world, command, now)? {
        Entrance::Free => None,
        Entrance::Counted(guid, number) => Some((guid, number)),
        Entrance::Again(outcome) => return Ok(outcome),
    };
    let answer = match name {
        "SaveOrder" => prepay::save_order(world, command, now),
        "IntentPayOrder" => intent::intend(world, command, now),
        _ => pay::pay_order(world, command, now),
    };
    if let Some(place) = place {
        let outcome =
            answer.unwrap_or_else(|refusal| refusal.outcome(&world.till.profile, command));
        licence::leave(world, command, place, &outcome);
        return Ok(outcome);
    }
    answer
}

/// `GetFunctions`. Not whole on a real server either: `CheckLicense` was withdrawn from its list.
fn functions(world: &World) -> Outcome {
    let known = |name: &&&str| {
        world.till.profile.version.knows(name)
            && is_offered(world.till.abilities, name)
            && **name != "CheckLicense"
    };
    let older = ["GetSystemInfo", "GetOrderList", "CalcOrder2"];
    let list = RKEEPER_COMMANDS.iter().filter(known).map(|name| {
        let deprecated = i64::from(older.contains(name));
        Element::new("Query")
            .with("name", name)
            .with("deprecated", deprecated)
    });
    Outcome::ok(list.collect())
}

/// Whether this version of the server knows the command.
fn is_offered(abilities: Abilities, name: &str) -> bool {
    match name {
        "TerminalAuthStart2" | "TerminalAuthPay2" | "TerminalAuthError2" => abilities.terminal_auth,
        "GetReceiptList" => abilities.receipt_list,
        _ => true,
    }
}

/// The manager that a command names; an employee without a manager's rights is refused.
pub(super) fn manager(world: &World, command: &Element) -> Result<RefItem, Refusal> {
    let element = required(command, "Manager")?;
    let employee = reference(&world.till.employees, "Employees", element)?;
    if world
        .till
        .managers
        .iter()
        .any(|own| own.code == employee.code)
    {
        return Ok(employee.clone());
    }
    Err(Refusal::unnumbered(format!("У {} нет прав", employee.name)))
}

/// The child that a command cannot do without.
pub(super) fn required<'a>(command: &'a Element, name: &str) -> Result<&'a Element, Refusal> {
    command
        .first(name)
        .ok_or_else(|| Refusal::parameters(format!("Error: child element \"{name}\" not found")))
}

/// A whole number of an attribute.
pub(super) fn integer(element: &Element, name: &str) -> Result<i64, Refusal> {
    let path = format!("{}/@{name}", element.name);
    let Some(value) = element.attribute(name) else {
        return Err(Refusal::parameters(format!(
            "Attribute {path} is not found"
        )));
    };
    // The shape must be a plain number: Rust would also take "+5".
    let digits = value.strip_prefix('-').unwrap_or(value);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| value.parse().ok()).flatten().ok_or_else(|| {
        Refusal::parameters(format!("Bad integer attribute {path} value: \"{value}\""))
    })
}

/// The element of a reference that is named by one of id, code and GUID.
pub(super) fn reference<'a>(
    items: &'a [RefItem],
    collection: &str,
    element: &Element,
) -> Result<&'a RefItem, Refusal> {
    let named: Vec<(&str, &str)> = ["id", "code", "guid"]
        .into_iter()
        .filter_map(|name| Some((name, element.attribute(name)?)))
        .collect();
    let [(by, value)] = named.as_slice() else {
        return Err(Refusal::parameters(format!(
            "Element {} needs one of id, code, guid",
            element.name
        )));
    };
    let found = items.iter().find(|item| match *by {
        "id" => item.id.to_string() == *value,
        "code" => item.code == *value,
        _ => same_guid(&item.guid, value),
    });
    found.ok_or_else(|| {
        Refusal::unnumbered(format!(
            "Не найден элемент {value} в коллекции {collection}"
        ))
    })
}

/// Index of the order that a command names.
pub(super) fn find_order(world: &World, command: &Element) -> Result<usize, Refusal> {
    let element = required(command, "Order")?;
    let is_named = |order: &Order| match element.attribute("guid") {
        Some(guid) => same_guid(&order.guid, guid),
        None => {
            element.attribute("visit") == Some(order.visit.to_string().as_str())
                && element.attribute("orderIdent") == Some(view::ORDER_IDENT)
        }
    };
    if let Some(guid) = element.attribute("guid")
        && !is_guid(guid)
    {
        return Err(Refusal::parameters(format!("Bad guid value: \"{guid}\"")));
    }
    let index = world.till.orders.iter().position(is_named);
    index.ok_or_else(|| Refusal::unnumbered("Заказ не найден".to_owned()))
}

/// The order at an index with its sums.
pub(super) fn with_sums(
    world: &World,
    index: usize,
) -> Result<(&Order, super::order::Sums), Refusal> {
    let order = world.till.orders.get(index);
    let both = order.and_then(|order| Some((order, order.sums()?)));
    both.ok_or_else(|| Refusal::unnumbered("Сумма заказа слишком велика".to_owned()))
}

fn system_info(world: &World, now: DateTime) -> Outcome {
    let till = &world.till;
    let shift = &world.resort.shift;
    let uptime = now.duration_since(till.started_at).as_secs().max(0);
    let info = Element::new("SystemInfo")
        .with("ProcessID", 4242)
        .with("RestCode", &till.restaurant_code)
        .with("uptime", uptime)
        .child(
            Element::new("CashGroup")
                .with("id", 10_001)
                .with("code", 1)
                .with("name", &till.server_name),
        )
        .child(
            Element::new("Restaurant")
                .with("id", 10_002)
                .with("code", 1)
                .with("name", &till.restaurant),
        )
        .child(
            Element::new("CommonShift")
                .with(
                    "ShiftDate",
                    shift.opened_at.date().to_datetime(jiff::civil::Time::MIN),
                )
                .with("ShiftNum", shift.number)
                .with("ShiftStartTime", shift.opened_at),
        );
    Outcome::ok(vec![info])
}

fn order_list(world: &mut World, command: &Element, now: DateTime) -> Result<Outcome, Refusal> {
    let only_opened = match command.attribute("onlyOpened") {
        None | Some("0") => false,
        Some("1") => true,
        Some(other) => {
            world.violation(format!(
                "rkeeper.GetOrderList2: onlyOpened=\"{other}\" instead of 1 or 0"
            ));
            other == "true"
        }
    };
    let version = world.till.list_version;
    if command.attribute("lastversion").is_some() && integer(command, "lastversion")? == version {
        let mut outcome = Outcome::ok(Vec::new()).with("lastversion", version);
        outcome.status = Status::NoChanges;
        return Ok(outcome);
    }
    let mut visits = Vec::new();
    for (index, order) in world.till.orders.iter().enumerate() {
        let filtered = |name: &str, own: &RefItem| {
            command
                .first(name)
                .is_none_or(|element| reference(std::slice::from_ref(own), name, element).is_ok())
        };
        if (only_opened && order.is_closed())
            || !filtered("Waiter", &order.waiter)
            || !filtered("Table", &order.table)
        {
            continue;
        }
        let (order, sums) = with_sums(world, index)?;
        visits.push(
            Element::new("Visit")
                .with("visit", order.visit)
                .with("guid", order.line_guid(0))
                .with("finished", i64::from(order.is_closed()))
                .child(Element::new("Guests").with("count", order.guests))
                .child(Element::new("Orders").child(view::list_row(order, &sums, now))),
        );
    }
    // An empty visit, as r_keeper shows it after its orders moved elsewhere.
    let empty = Element::new("Visit")
        .with("visit", 999)
        .with("finished", 0)
        .child(Element::new("Guests"))
        .child(Element::new("Orders"));
    visits.push(empty);
    Ok(Outcome::ok(visits).with("lastversion", version))
}

fn get_order(world: &World, command: &Element, now: DateTime) -> Result<Outcome, Refusal> {
    let (order, sums) = with_sums(world, find_order(world, command)?)?;
    Ok(Outcome::ok(vec![view::order(order, &sums, now)]))
}
