//! What the commands before the present ones answer: `GetOrderList`, `GetSystemInfo`. `CalcOrder2` is
//! `CalcOrder3` without the reasons why a currency may not pay.

use jiff::civil::DateTime;

use super::answer::Outcome;
use crate::sim::world::World;
use crate::sim::xml::Element;

/// Names of a present list's order, and what the older list calls them.
const ORDER_WORDS: [(&str, &str); 9] = [
    ("orderName", "OrderName"),
    ("orderSum", "OrderSum"),
    ("unpaidSum", "ToPaySum"),
    ("prepaySum", "PrepaySum"),
    ("promisedSum", "PromisedSum"),
    ("totalPieces", "TotalPieces"),
    ("openTime", "CreateTime"),
    ("finished", "Finished"),
    ("receiptError", "ReceiptError"),
];

/// Names that the older list does not have.
const NOT_YET: [&str; 3] = ["visit", "paid", "discountSum"];

/// A present list as the older command writes it; names only where they were asked for.
pub(super) fn order_list(mut list: Outcome, command: &Element) -> Outcome {
    let wants_names = command.attribute("needNames") == Some("1");
    for visit in &mut list.payload {
        rename(visit, "visit", "VisitID");
        rename(visit, "finished", "Finished");
        for orders in &mut visit.children {
            for order in &mut orders.children {
                if order.name == "Order" {
                    older(order, wants_names);
                }
            }
        }
    }
    list
}

fn older(order: &mut Element, wants_names: bool) {
    for (new, old) in ORDER_WORDS {
        rename(order, new, old);
    }
    rename(order, "orderIdent", "OrderID");
    rename(order, "version", "Version");
    order
        .attributes
        .retain(|(name, _)| !NOT_YET.contains(&name.as_str()));
    for reference in ["Table", "Waiter"] {
        let Some(at) = order
            .children
            .iter()
            .position(|child| child.name == reference)
        else {
            continue;
        };
        let child = order.children.remove(at);
        for (part, suffix) in [("id", "ID"), ("code", "Code"), ("name", "Name")] {
            if part == "name" && !wants_names {
                continue;
            }
            if let Some(value) = child.attribute(part) {
                let name = format!("{reference}{suffix}");
                order.attributes.push((name, value.to_owned()));
            }
        }
    }
    order
        .children
        .retain(|child| child.name.starts_with("LockedBy"));
}

fn rename(element: &mut Element, from: &str, to: &str) {
    for (name, _) in &mut element.attributes {
        if name == from {
            to.clone_into(name);
        }
    }
}

/// `GetSystemInfo`.
pub(super) fn system_info(world: &World, now: DateTime) -> Outcome {
    let till = &world.till;
    let date = world.resort.shift.opened_at.date();
    let mut info = Element::new("SystemInfo")
        .with("SystemTime", delphi_ms(now))
        .with("ReqSysVer", 2)
        .with("ProcessID", 4242)
        .with("ShiftDate", date.strftime("%Y%m%d"));
    if till.profile.version.names_itself() {
        info = info.with("RestCode", &till.restaurant_code);
    } else {
        info = info.with("NetName", &till.server_name);
    }
    let named = |element: &str, id: i64, name: &str| {
        Element::new(element)
            .with("id", id)
            .with("code", 1)
            .with("name", name)
    };
    Outcome::ok(vec![
        info.child(named("CashGroup", 10_001, &till.server_name))
            .child(named("Restaurant", 10_002, &till.restaurant)),
    ])
}

/// Milliseconds since Delphi's first day.
fn delphi_ms(now: DateTime) -> i64 {
    let first = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
    now.duration_since(first).as_secs().saturating_mul(1_000)
}
