//! References and the licence: `GetRefData`, `CheckLicense`.

use std::collections::BTreeSet;

use super::answer::{Outcome, Refusal};
use super::commands::{integer, reference, required};
use crate::sim::genesis::ref_item;
use crate::sim::world::{RefItem, World};
use crate::sim::xml::Element;

/// Ids of dishes.
const MENU_IDS: i64 = 7_000_001;

/// Ids of plans of halls.
const PLAN_IDS: i64 = 8_000_001;

/// The licence that lets programs write orders.
const WRITE_LICENCE: &str = "XMLSaveOrder";

/// `GetRefData`: the items of one reference, with the properties that the mask names.
pub(super) fn data(world: &mut World, command: &Element) -> Result<Outcome, Refusal> {
    let Some(name) = command.attribute("RefName") else {
        return Err(Refusal::parameters(
            "Attribute RK7CMD/@RefName is not found".to_owned(),
        ));
    };
    let only_active = match command.attribute("OnlyActive") {
        None => false,
        Some(_) => integer(command, "OnlyActive")? == 1,
    };
    let till = &world.till;
    let plans = plans(world);
    let rows: Vec<(RefItem, Vec<(&str, String)>)> = match name.to_ascii_uppercase().as_str() {
        "CURRENCIES" => plain(&till.currencies),
        "CASHES" => plain(&till.stations),
        "EMPLOYEES" => plain(&till.employees),
        "DEPOSITCOLLECTREASONS" => plain(&till.prepay_reasons),
        "ORDERVOIDS" => till
            .void_reasons
            .iter()
            .map(|own| {
                let flag = i64::from(own.on_check_undo).to_string();
                (own.item.clone(), vec![("ImplOnCheckUndo", flag)])
            })
            .collect(),
        "CATEGLIST" => till
            .groups
            .iter()
            .map(|own| (own.item.clone(), vec![within(own.parent)]))
            .collect(),
        "TABLES" => till
            .orders
            .iter()
            .map(|own| {
                let plan = plans.iter().find(|plan| plan.name == own.hall);
                let hall = plan.map_or(0, |plan| plan.id);
                (own.table.clone(), vec![("Hall", hall.to_string())])
            })
            .collect(),
        "HALLPLANS" => plain(&plans),
        "MENUITEMS" => (MENU_IDS..)
            .zip(&world.resort.menu)
            .map(|(id, own)| {
                let item = ref_item(id, &own.code.to_string(), &own.name);
                (item, vec![within(own.group)])
            })
            .collect(),
        _ => {
            return Err(Refusal::parameters(format!("Unknown reference {name}")));
        }
    };
    let mask = command.attribute("PropMask");
    let Some(wanted) = Wanted::of(mask) else {
        return Err(Refusal::parameters(format!(
            "Bad PropMask: {}",
            mask.unwrap_or_default()
        )));
    };
    let mut items = Element::new("Items");
    let mut count = 0;
    for (item, flags) in rows {
        if only_active && !item.active {
            continue;
        }
        count += 1;
        let status = if item.active {
            "rsActive"
        } else {
            "rsInactive"
        };
        let mut row = Element::new("Item");
        for (name, value) in [
            ("Ident", item.id.to_string()),
            ("ItemIdent", item.id.to_string()),
            ("GUIDString", item.guid.clone()),
            ("Code", item.code.clone()),
            ("Name", item.name.clone()),
            ("Status", status.to_owned()),
        ] {
            if wanted.has(name) {
                row = row.with(name, value);
            }
        }
        for (name, value) in flags {
            if wanted.has(name) {
                row = row.with(name, value);
            }
        }
        items = items.child(row);
    }
    let answer = Element::new("RK7Reference")
        .with("DataVersion", 17)
        .with("ClassName", name)
        .with("TotalItemCount", count)
        .child(items);
    Ok(Outcome::ok(vec![answer]))
}

/// A plan for every hall that an order is in.
fn plans(world: &World) -> Vec<RefItem> {
    let halls: BTreeSet<&str> = world
        .till
        .orders
        .iter()
        .map(|own| own.hall.as_str())
        .collect();
    (PLAN_IDS..)
        .zip(halls)
        .map(|(id, hall)| ref_item(id, &(id - PLAN_IDS + 1).to_string(), hall))
        .collect()
}

fn plain(items: &[RefItem]) -> Vec<(RefItem, Vec<(&'static str, String)>)> {
    items.iter().map(|item| (item.clone(), vec![])).collect()
}

fn within(group: i64) -> (&'static str, String) {
    ("MainParentIdent", group.to_string())
}

/// Which properties a mask names.
enum Wanted<'a> {
    All,
    These(Vec<&'a str>),
}

impl<'a> Wanted<'a> {
    /// None, `*`, or `items.(Ident,Code)`.
    fn of(mask: Option<&'a str>) -> Option<Self> {
        match mask {
            None | Some("*") => Some(Self::All),
            Some(mask) => {
                let list = mask.strip_prefix("items.(")?.strip_suffix(')')?;
                Some(Self::These(list.split(',').map(str::trim).collect()))
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(&name),
        }
    }
}

/// `CheckLicense`: Ok where the restaurant has the licence to write orders.
pub(super) fn licence(world: &mut World, command: &Element) -> Result<Outcome, Refusal> {
    let restaurant = RefItem {
        id: 10_002,
        code: "1".to_owned(),
        guid: "{00000000-0000-4000-8000-000000010002}".to_owned(),
        name: world.till.restaurant.clone(),
        active: true,
    };
    reference(
        std::slice::from_ref(&restaurant),
        "Restaurants",
        required(command, "Restaurant")?,
    )?;
    match command.attribute("license") {
        Some(WRITE_LICENCE) if world.till.abilities.write_licence => Ok(Outcome::ok(vec![])),
        Some(WRITE_LICENCE) => Err(no_licence()),
        Some(other) => Err(Refusal::parameters(format!("Unknown license {other}"))),
        None => Err(Refusal::parameters(
            "Attribute RK7CMD/@license is not found".to_owned(),
        )),
    }
}

/// What a write hears at a site without the licence.
pub(super) fn no_licence() -> Refusal {
    Refusal::unnumbered("License check: XMLSaveOrder: лицензия не найдена".to_owned())
}
