//! Which groups of the menu hold a dish: read where an account may pay some dishes only, and kept
//! for a day.
//!
//! Source: `GetRefData` of `MENUITEMS` and `CATEGLIST`; an order's lines name no group (schema). An
//! item's `MainParentIdent` is its group's `Ident`, a group's is that of the group around it
//! (inferred: it is so for stations and currencies).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::Order;
use crate::domain::text::clean;
use crate::payment::ports::ReadError;

use super::answer::{AnswerError, QueryResult};
use super::client::{Rkeeper, misread};
use super::xml::Element;
use super::{reference, request};

const DISHES: &str = "MENUITEMS";
const GROUPS: &str = "CATEGLIST";
const MASK: &str = "items.(Ident,ItemIdent,Code,Name,MainParentIdent)";
/// Deeper groups are a circle.
const DEPTH_MAX: usize = 32;
/// How long a menu is taken for the menu.
const FRESH_FOR: Duration = Duration::from_hours(24);
/// How long no dish is looked for again, after r_keeper did not answer or did not know it.
const AGAIN_AFTER: Duration = Duration::from_mins(2);

/// The groups of every dish by its code.
#[derive(Debug, Default)]
struct Menu {
    groups: HashMap<String, Arc<Vec<String>>>,
}

/// The menu as it was read last.
#[derive(Debug, Default)]
pub(super) struct MenuCache(Mutex<Last>);

#[derive(Clone, Debug, Default)]
struct Last {
    menu: Option<Arc<Menu>>,
    /// When it was read.
    read: Option<Instant>,
    /// When it was asked for, read or not.
    asked: Option<Instant>,
}

impl Last {
    /// Whether to ask, where the menu does not know a dish, or knows all of them.
    fn is_due(&self, knows_all: bool, now: Instant) -> bool {
        let past = |since: Option<Instant>, time| {
            since.is_none_or(|since| now.saturating_duration_since(since) >= time)
        };
        (!knows_all || past(self.read, FRESH_FOR)) && past(self.asked, AGAIN_AFTER)
    }
}

impl Menu {
    /// Out of the answers for dishes and for groups.
    fn of(dishes: &QueryResult, groups: &QueryResult) -> Result<Self, AnswerError> {
        let mut by_ident: HashMap<String, (Vec<String>, Option<String>)> = HashMap::new();
        for group in reference::rows(groups)? {
            let Some(ident) = reference::ident(group) else {
                continue;
            };
            let names = ["Name", "Code"]
                .into_iter()
                .filter_map(|name| group.attribute(name))
                .map(clean)
                .chain([ident.clone()])
                .filter(|name| !name.is_empty());
            by_ident.insert(ident, (names.collect(), parent(group)));
        }
        let mut paths: HashMap<String, Arc<Vec<String>>> = HashMap::new();
        let mut menu = Self::default();
        for dish in reference::rows(dishes)? {
            let Some(code) = dish.label("Code") else {
                continue;
            };
            // A dish without a known group is in none, not in an unknown one.
            let inner = parent(dish).unwrap_or_default();
            let path = paths
                .entry(inner.clone())
                .or_insert_with(|| Arc::new(path(&inner, &by_ident)));
            menu.groups.insert(code, Arc::clone(path));
        }
        Ok(menu)
    }

    fn knows(&self, order: &Order) -> bool {
        let mut codes = order.lines.iter().map(|line| &line.code);
        codes.all(|code| self.groups.contains_key(code))
    }

    fn fill(&self, order: &mut Order) {
        for line in &mut order.lines {
            line.groups = self.groups.get(&line.code).map(|path| path.to_vec());
        }
    }
}

/// All names of a group and of those around it.
fn path(inner: &str, groups: &HashMap<String, (Vec<String>, Option<String>)>) -> Vec<String> {
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    let mut at = Some(inner.to_owned());
    while let Some(ident) = at.take()
        && seen.len() < DEPTH_MAX
        && seen.insert(ident.clone())
    {
        let Some((own, around)) = groups.get(&ident) else {
            break;
        };
        names.extend(own.iter().cloned());
        at.clone_from(around);
    }
    names
}

/// The group around; `0` is none.
fn parent(item: Element<'_>) -> Option<String> {
    item.label("MainParentIdent").filter(|ident| ident != "0")
}

impl Rkeeper {
    /// Puts the groups of its dishes into an order, where the site has rules about them. Without an
    /// answer they stay unknown, and are asked for again a while later: an order can be paid all the
    /// same, only not from accounts with such a rule.
    pub(super) fn fill_groups(&self, order: &mut Order) {
        if !self.settings().read_menu || order.lines.is_empty() {
            return;
        }
        let cache = || self.menu().0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = cache().clone();
        let knows_all = last.menu.as_ref().is_some_and(|menu| menu.knows(order));
        let now = Instant::now();
        if last.is_due(knows_all, now) {
            last.asked = Some(now);
            match self.read_menu() {
                Ok(menu) => {
                    last.menu = Some(Arc::new(menu));
                    last.read = Some(now);
                }
                Err(error) => tracing::warn!(%error, "the menu's groups cannot be read"),
            }
            *cache() = last.clone();
        }
        if let Some(menu) = last.menu {
            menu.fill(order);
        }
    }

    fn read_menu(&self) -> Result<Menu, ReadError> {
        let ask = |name| self.read("GetRefData", &request::items(name, MASK));
        let read = || {
            let (dishes, groups) = (ask(DISHES)?, ask(GROUPS)?);
            Menu::of(&dishes, &groups).map_err(|error| misread(&error))
        };
        self.without_secrets(&[]).read(read())
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::parse_answer;
    use super::*;
    use crate::domain::Line;

    fn answer(name: &str, items: &[(&str, &str, &str, &str)]) -> QueryResult {
        let items: String = items
            .iter()
            .map(|(ident, code, name, parent)| {
                format!(
                    "<Item Ident=\"{ident}\" Code=\"{code}\" Name=\"{name}\" \
                     MainParentIdent=\"{parent}\"/>"
                )
            })
            .collect();
        let text = format!(
            "<RK7QueryResult ServerVersion=\"7.26.8.2001\" Status=\"Ok\" CMD=\"GetRefData\">\
             <RK7Reference ClassName=\"{name}\"><Items>{items}</Items></RK7Reference>\
             </RK7QueryResult>"
        );
        parse_answer(text.as_bytes()).unwrap()
    }

    fn order(codes: &[&str]) -> Order {
        let line = |&code: &&str| Line {
            code: code.to_owned(),
            ..Line::default()
        };
        Order {
            lines: codes.iter().map(line).collect(),
            ..Order::default()
        }
    }

    #[test]
    fn a_dish_is_in_its_group_and_in_those_around() {
        let groups = answer(
            GROUPS,
            &[
                ("1000", "1", "Меню", "0"),
                ("1001", "7", "Бар", "1000"),
                ("1002", "8", "Вино", "1001"),
                // A circle, and a group whose own is not there.
                ("1003", "9", "А", "1004"),
                ("1004", "10", "Б", "1003"),
                ("1005", "11", "В", "77"),
            ],
        );
        let dishes = answer(
            DISHES,
            &[
                ("1", "2470", "Ролл", "1000"),
                ("2", "3001", "Рислинг", "1002"),
                ("3", "3002", "Круг", "1003"),
                ("4", "3003", "Один", "1005"),
                ("5", "3004", "Нигде", "0"),
            ],
        );
        let menu = Menu::of(&dishes, &groups).unwrap();
        let mut order = order(&["3001", "2470", "3002", "3003", "3004", "9999"]);
        assert!(!menu.knows(&order));
        menu.fill(&mut order);
        let found: Vec<Option<String>> = order
            .lines
            .iter()
            .map(|line| line.groups.as_ref().map(|names| names.join(" ")))
            .collect();
        assert_eq!(
            found,
            [
                Some("Вино 8 1002 Бар 7 1001 Меню 1 1000".to_owned()),
                Some("Меню 1 1000".to_owned()),
                Some("А 9 1003 Б 10 1004".to_owned()),
                Some("В 11 1005".to_owned()),
                Some(String::new()),
                None
            ]
        );
        assert!(menu.knows(&super::tests::order(&["2470"])));
    }

    #[test]
    fn a_menu_is_read_once_a_day_and_not_at_every_unknown_dish() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let day = FRESH_FOR.as_secs();
        assert!(Last::default().is_due(false, start));
        let read = Last {
            menu: None,
            read: Some(start),
            asked: Some(start),
        };
        for (knows_all, seconds, due) in [
            (true, 1, false),
            (true, day - 1, false),
            (true, day, true),
            (false, 1, false),
            (false, 119, false),
            (false, 120, true),
        ] {
            assert_eq!(read.is_due(knows_all, at(seconds)), due, "{seconds}");
        }
        let in_vain = Last { read: None, ..read };
        assert!(!in_vain.is_due(false, at(119)));
        assert!(in_vain.is_due(false, at(120)));
    }
}
