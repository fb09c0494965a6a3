//! Who holds an order, and `LockOrder`.

use jiff::Span;
use jiff::civil::{Date, DateTime, date};

use super::answer::{Outcome, Refusal};
use super::commands::{find_order, reference};
use super::profile::Habit;
use crate::sim::world::{Lock, Order, RefItem, World};
use crate::sim::xml::Element;

/// The day on which Delphi's time begins: a duration is a time of that day.
const DELPHI_DAY: Date = date(1899, 12, 30);

/// The lock that is in force.
pub(super) fn active_lock(order: &Order, now: DateTime) -> Option<&Lock> {
    let lock = order.lock.as_ref()?;
    let in_force = lock.until.is_none_or(|until| now < until);
    in_force.then_some(lock)
}

/// Takes away the locks whose time is over; the list of orders changes by that.
pub(super) fn expire(world: &mut World, now: DateTime) {
    for order in &mut world.till.orders {
        if order.lock.is_some() && active_lock(order, now).is_none() {
            order.lock = None;
            world.till.list_version += 1;
        }
    }
}

/// A writer must hold the lock that is in force.
pub(super) fn may_write(order: &Order, guid: Option<&str>, now: DateTime) -> Result<(), Refusal> {
    let Some(lock) = active_lock(order, now) else {
        return Ok(());
    };
    match (&lock.guid, guid) {
        (Some(own), Some(given)) if same_guid(own, given) => Ok(()),
        _ => Err(Refusal::numbered(
            2219,
            format!(
                "Не получается заблокировать. Заказ заблокирован другим ключом блокировки \
                 (станция {}, оператор {})",
                lock.station.name, lock.operator.name
            ),
        )),
    }
}

/// GUIDs are the same in either case, with braces or without.
pub(super) fn same_guid(one: &str, other: &str) -> bool {
    let bare = |guid: &str| guid.trim_matches(['{', '}']).to_ascii_uppercase();
    bare(one) == bare(other)
}

/// Whether a text is a GUID in braces.
pub(super) fn is_guid(text: &str) -> bool {
    text.starts_with('{') && uuid::Uuid::try_parse(text).is_ok()
}

/// The lock key of a writing command; how it is written is looked at.
pub(super) fn check_lock_guid<'a>(world: &mut World, command: &'a Element) -> Option<&'a str> {
    let guid = command.attribute("lockguid");
    if guid.is_some_and(|guid| !is_guid(guid)) {
        let name = command.attribute("CMD").unwrap_or_default();
        world.violation(format!("rkeeper.{name}: lockguid is no GUID in braces"));
    }
    guid
}

/// `LockOrder`.
pub(super) fn lock_order(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let index = find_order(world, command)?;
    let station = holder(world, command, "Station")?;
    let operator = holder(world, command, "Employee")?;
    let guid = command.attribute("lockguid").unwrap_or_default().to_owned();
    if !is_guid(&guid) {
        world.violation("rkeeper.LockOrder: lockguid is no GUID in braces".to_owned());
    }
    let time = command.attribute("lockTime").unwrap_or_default();
    let Some(length) = delphi_length(time) else {
        world.violation(format!(
            "rkeeper.LockOrder: lockTime \"{time}\" is not written as 1899-12-30Thh:mm:ss; \
             nothing was locked"
        ));
        return Ok(Outcome::ok(Vec::new()).with("locked", 0));
    };
    let Some(order) = world.till.orders.get_mut(index) else {
        return Ok(Outcome::ok(Vec::new()).with("locked", 0));
    };
    if world.till.profile.has(Habit::LockTail)
        && !length.is_zero()
        && !world.till.tails_met.contains(&order.guid)
    {
        world.till.tails_met.push(order.guid.clone());
        return Err(tail());
    }
    may_write(order, Some(&guid), now)?;
    if length.is_zero() {
        if order.lock.take().is_some() {
            world.till.list_version += 1;
        }
        return Ok(Outcome::ok(Vec::new()).with("locked", 0));
    }
    if order.is_closed() {
        return Err(closed(order));
    }
    let until = now.checked_add(length).unwrap_or(DateTime::MAX);
    order.lock = Some(Lock {
        guid: Some(guid),
        station,
        operator,
        until: Some(until),
    });
    world.till.list_version += 1;
    Ok(Outcome::ok(Vec::new()).with("locked", 1))
}

/// Another's operation that is just ending; it lets go by itself.
fn tail() -> Refusal {
    Refusal::numbered(
        2219,
        "Не получается заблокировать. Заказ заблокирован другим ключом блокировки \
         (станция RK7CASH001, оператор 7)"
            .to_owned(),
    )
}

/// Writing to a closed order.
pub(super) fn closed(order: &Order) -> Refusal {
    Refusal::numbered(2128, format!("Визит {} закрыт!", order.visit))
}

/// Who locks: as named, otherwise the cash server itself.
fn holder(world: &World, command: &Element, name: &str) -> Result<RefItem, Refusal> {
    let (items, collection) = match name {
        "Station" => (&world.till.stations, "Cashes"),
        _ => (&world.till.employees, "Employees"),
    };
    match command.first(name) {
        Some(element) => reference(items, collection, element).cloned(),
        None => Ok(crate::sim::genesis::ref_item(
            1,
            "",
            &world.till.server_name,
        )),
    }
}

/// How long `1899-12-30T00:02:00` is; anything else is no length to r_keeper.
fn delphi_length(text: &str) -> Option<Span> {
    let moment: DateTime = text.parse().ok()?;
    let regular = text.len() == "1899-12-30T00:00:00".len() && text.contains('T');
    if !regular || moment.date() != DELPHI_DAY {
        return None;
    }
    let seconds = i64::from(moment.hour()) * 3_600
        + i64::from(moment.minute()) * 60
        + i64::from(moment.second());
    Span::new().try_seconds(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_end_by_the_clock() {
        let start = date(2024, 3, 5).at(14, 30, 0, 0);
        let mut world = crate::sim::scenario::load(None, start).unwrap();
        let mut lock = |second: i8, guid: &str| {
            let command = crate::sim::xml::parse(&format!(
                "<RK7CMD CMD=\"LockOrder\" lockTime=\"1899-12-30T00:00:05\" lockguid=\"{guid}\">\
                 <Order visit=\"1001\" orderIdent=\"256\"/></RK7CMD>"
            ));
            let now = start.with().second(second).build().unwrap();
            let outcome = super::super::commands::run(&mut world, &command.unwrap(), now);
            (outcome.number, world.till.list_version)
        };
        let (mine, other) = (
            "{AAAAAAAA-0000-4000-8000-000000000001}",
            "{BBBBBBBB-0000-4000-8000-000000000002}",
        );
        assert_eq!(lock(0, mine), (None, 2));
        assert_eq!(lock(4, other), (Some(2219), 2));
        assert_eq!(lock(5, other), (None, 4), "expired, then locked anew");
        assert_eq!(world.violations, [""; 0]);
    }

    #[test]
    fn lengths() {
        for (text, seconds) in [
            ("1899-12-30T00:02:00", Some(120)),
            ("1899-12-30T01:00:05", Some(3_605)),
            ("1899-12-30T00:00:00", Some(0)),
            ("00:02:00", None),
            ("1899-12-31T00:02:00", None),
            ("1899-12-30 00:02:00", None),
            ("1899-12-30", None),
            ("", None),
        ] {
            let length = delphi_length(text).map(|span| span.get_seconds());
            assert_eq!(length, seconds, "{text}");
        }
    }
}
