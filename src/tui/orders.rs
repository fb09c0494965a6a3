//! The list of open orders: filter and choice.

use crate::domain::{Halls, Order, OrderGuid, OrderSummary};

use super::keys::other_layout;

/// Most characters of the filter.
const FILTER_CHARS_MAX: usize = 40;

/// Whether a number pad can type it.
const fn is_on_pad(c: char) -> bool {
    matches!(c, '0'..='9' | ',' | '.' | '+' | '*' | '/')
}

/// How well an order fits what was typed, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// Its table or name is exactly that.
    Exactly,
    /// Its table or name begins so.
    AtTheBeginning,
    /// It has it somewhere.
    Somewhere,
}

/// State of the list.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    /// `None` until the first answer.
    list: Option<Vec<OrderSummary>>,
    /// Where the tables stand, as far as r_keeper has told.
    halls: Halls,
    filter: String,
    /// An order was opened since it was typed: what is typed next begins anew.
    used: bool,
    /// Which of the list fit the filter, in the order in which they are shown.
    fitting: Vec<usize>,
    selected: Option<OrderGuid>,
}

impl Orders {
    /// The list as r_keeper shows it. The chosen order stays chosen while it is there.
    pub(super) fn set(&mut self, list: Vec<OrderSummary>) {
        self.list = Some(list);
        self.filter_again();
    }

    /// Where the tables stand.
    pub(super) fn set_halls(&mut self, halls: Halls) {
        self.halls = halls;
        self.filter_again();
    }

    /// Where an order's guests sit: table and hall.
    pub(super) fn place(&self, order: &OrderSummary) -> Option<String> {
        self.halls.place(order)
    }

    /// The same for an order that is open on the screen.
    pub(super) fn place_of(&self, order: &Order) -> Option<String> {
        let (table, id) = (order.table.as_deref(), order.table_id.as_deref());
        self.halls.place_of(table, id)
    }

    /// Whether r_keeper has answered yet.
    pub(super) const fn is_known(&self) -> bool {
        self.list.is_some()
    }

    /// What was typed.
    pub(super) fn filter(&self) -> &str {
        &self.filter
    }

    /// One more character of the text to find. `-` erases behind what a number pad can type, as such
    /// a pad has no Backspace; behind letters it is text.
    pub(super) fn type_char(&mut self, c: char) {
        if c == '-' && self.filter.chars().all(is_on_pad) {
            self.erase();
            return;
        }
        if std::mem::take(&mut self.used) {
            self.filter.clear();
        }
        if self.filter.chars().count() < FILTER_CHARS_MAX {
            self.filter.push(c);
            self.selected = None;
            self.filter_again();
        }
    }

    pub(super) fn erase(&mut self) {
        self.used = false;
        self.filter.pop();
        self.selected = None;
        self.filter_again();
    }

    /// An order of the list was opened. The list stays as it is for those who go through it; who types
    /// another table's number gets that table.
    pub(super) const fn opened(&mut self) {
        self.used = true;
    }

    /// Shows all again; false where nothing was typed.
    pub(super) fn clear(&mut self) -> bool {
        let was = !self.filter.is_empty();
        self.filter.clear();
        self.used = false;
        self.filter_again();
        was
    }

    /// How many orders fit the filter.
    pub(super) fn count(&self) -> usize {
        self.fitting.len()
    }

    /// The orders that fit the filter, those that fit best first: «1» is table 1 before table 12, and
    /// table 12 before table 21.
    pub(super) fn shown(&self) -> impl Iterator<Item = &OrderSummary> {
        let all = self.list.as_deref().unwrap_or_default();
        self.fitting.iter().filter_map(|&at| all.get(at))
    }

    /// The order in that row.
    pub(super) fn row(&self, index: usize) -> Option<&OrderSummary> {
        self.list.as_deref()?.get(*self.fitting.get(index)?)
    }

    /// Looks which orders fit: once for each list and each change of the filter, not for each frame.
    fn filter_again(&mut self) {
        let all = self.list.as_deref().unwrap_or_default();
        let typed = self.filter.trim().to_lowercase();
        if typed.is_empty() {
            self.fitting = (0..all.len()).collect();
            return;
        }
        let other = other_layout(&typed);
        let mut found: Vec<(Fit, usize)> = Vec::new();
        for (at, order) in all.iter().enumerate() {
            let name = Some(order.name.to_lowercase());
            let table = order.table.as_ref().map(|table| table.to_lowercase());
            let waiter = order.waiter.as_ref().map(|waiter| waiter.to_lowercase());
            let hall = self.halls.of(order).map(str::to_lowercase);
            let of_place = || [&name, &table].into_iter().flatten();
            let fits = |text: &String| text.contains(&typed) || text.contains(&other);
            let fit = if of_place().any(|text| *text == typed) {
                Fit::Exactly
            } else if of_place().any(|text| text.starts_with(&typed)) {
                Fit::AtTheBeginning
            } else if [&name, &table, &waiter, &hall]
                .into_iter()
                .flatten()
                .any(fits)
            {
                Fit::Somewhere
            } else {
                continue;
            };
            found.push((fit, at));
        }
        found.sort_by_key(|&(fit, _)| fit);
        self.fitting = found.into_iter().map(|(_, at)| at).collect();
    }

    /// Index of the chosen order among [`Orders::shown`]; the first where none was chosen.
    pub(super) fn index(&self) -> usize {
        self.selected
            .as_ref()
            .and_then(|guid| self.shown().position(|order| order.guid == *guid))
            .unwrap_or(0)
    }

    /// The chosen order.
    pub(super) fn chosen(&self) -> Option<&OrderSummary> {
        self.row(self.index())
    }

    /// Chooses the row at this index, or the nearest one.
    pub(super) fn choose(&mut self, index: usize) {
        let index = index.min(self.count().saturating_sub(1));
        self.selected = self.row(index).map(|order| order.guid.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Money;

    fn order(name: &str, table: &str, waiter: &str) -> OrderSummary {
        OrderSummary {
            guid: OrderGuid(format!("{{{name}}}")),
            name: name.into(),
            table: Some(table.into()),
            waiter: Some(waiter.into()),
            total: Money::ZERO,
            unpaid: Money::ZERO,
            locked_by: None,
            opened_at: None,
            ..OrderSummary::default()
        }
    }

    fn filtered(typed: &str) -> Vec<String> {
        let mut orders = Orders::default();
        orders.set(vec![
            order("21/1", "21", "Анна"),
            order("1/1", "1", "Admin"),
            order("5/2", "5", "Анна"),
            order("12/1", "12", "Олег"),
        ]);
        typed.chars().for_each(|c| orders.type_char(c));
        orders.shown().map(|o| o.name.clone()).collect()
    }

    #[test]
    fn typed_text_finds_table_name_and_waiter_in_either_layout() {
        assert_eq!(
            filtered("1"),
            ["1/1", "12/1", "21/1"],
            "the exact table comes first, then what begins so"
        );
        assert_eq!(filtered("12--1"), ["1/1", "12/1", "21/1"], "minus erases");
        assert_eq!(
            filtered("анна-"),
            Vec::<String>::new(),
            "behind letters it is text"
        );
        assert_eq!(filtered("АНН"), ["21/1", "5/2"]);
        assert_eq!(filtered("fyy"), ["21/1", "5/2"]);
        assert_eq!(filtered("фвьшт"), ["1/1"]);
        assert_eq!(filtered("nobody"), Vec::<String>::new());
    }

    #[test]
    fn behind_an_order_that_was_opened_the_next_number_is_another_table() {
        let mut orders = Orders::default();
        orders.set(vec![order("21/1", "21", "Анна"), order("5/2", "5", "Анна")]);
        "21".chars().for_each(|c| orders.type_char(c));
        orders.opened();
        assert_eq!(orders.filter(), "21", "the list stays as it was");
        orders.type_char('5');
        assert_eq!(orders.filter(), "5");
        orders.type_char('2');
        assert_eq!(orders.filter(), "52");
        orders.opened();
        orders.erase();
        orders.type_char('7');
        assert_eq!(orders.filter(), "57", "who corrects goes on with it");
    }

    #[test]
    fn a_hall_finds_its_tables_as_soon_as_it_is_known() {
        let mut orders = Orders::default();
        let at = |name: &str, id: &str| OrderSummary {
            table_id: Some(id.into()),
            ..order(name, "12", "Анна")
        };
        orders.set(vec![at("1/1", "100"), at("2/1", "101")]);
        "терр".chars().for_each(|c| orders.type_char(c));
        assert_eq!(orders.count(), 0);
        let halls = [("100", "Зал"), ("101", "Терраса")];
        orders.set_halls(
            halls
                .map(|(id, hall)| (id.into(), hall.into()))
                .into_iter()
                .collect(),
        );
        let found: Vec<_> = orders.shown().map(|found| orders.place(found)).collect();
        assert_eq!(found, [Some("12 · Терраса".to_owned())]);
    }

    #[test]
    fn the_choice_follows_the_order_not_the_row() {
        let mut orders = Orders::default();
        orders.set(vec![order("a", "1", ""), order("b", "2", "")]);
        orders.choose(1);
        orders.set(vec![
            order("c", "3", ""),
            order("a", "1", ""),
            order("b", "2", ""),
        ]);
        assert_eq!(orders.chosen().unwrap().name, "b");
        orders.set(vec![]);
        assert_eq!(orders.chosen(), None);
        orders.choose(usize::MAX);
    }
}
