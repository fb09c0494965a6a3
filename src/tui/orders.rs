//! The list of open orders: filter and choice.

use crate::domain::{Halls, Order, OrderGuid, OrderSummary};

use super::keys::other_layout;

/// Most characters of the filter.
const FILTER_CHARS_MAX: usize = 40;

/// State of the list.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    /// `None` until the first answer.
    list: Option<Vec<OrderSummary>>,
    /// Where the tables stand, as far as r_keeper has told.
    halls: Halls,
    filter: String,
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

    pub(super) fn type_char(&mut self, c: char) {
        if self.filter.chars().count() < FILTER_CHARS_MAX {
            self.filter.push(c);
            self.selected = None;
            self.filter_again();
        }
    }

    pub(super) fn erase(&mut self) {
        self.filter.pop();
        self.selected = None;
        self.filter_again();
    }

    /// Shows all again; false where nothing was typed.
    pub(super) fn clear(&mut self) -> bool {
        let was = !self.filter.is_empty();
        self.filter.clear();
        self.filter_again();
        was
    }

    /// How many orders fit the filter.
    pub(super) fn count(&self) -> usize {
        self.fitting.len()
    }

    /// The orders that fit the filter; those whose table or name is exactly what was typed come
    /// first.
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
        let mut found: Vec<(bool, usize)> = Vec::new();
        for (at, order) in all.iter().enumerate() {
            let name = Some(order.name.to_lowercase());
            let table = order.table.as_ref().map(|table| table.to_lowercase());
            let waiter = order.waiter.as_ref().map(|waiter| waiter.to_lowercase());
            let hall = self.halls.of(order).map(str::to_lowercase);
            let exact = [&name, &table].contains(&&Some(typed.clone()));
            let fits = |text: &String| text.contains(&typed) || text.contains(&other);
            if [&name, &table, &waiter, &hall]
                .into_iter()
                .flatten()
                .any(fits)
            {
                found.push((!exact, at));
            }
        }
        found.sort_by_key(|&(later, _)| later);
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
        ]);
        typed.chars().for_each(|c| orders.type_char(c));
        orders.shown().map(|o| o.name.clone()).collect()
    }

    #[test]
    fn typed_text_finds_table_name_and_waiter_in_either_layout() {
        assert_eq!(
            filtered("1"),
            ["1/1", "21/1"],
            "the exact table comes first"
        );
        assert_eq!(filtered("АНН"), ["21/1", "5/2"]);
        assert_eq!(filtered("fyy"), ["21/1", "5/2"]);
        assert_eq!(filtered("фвьшт"), ["1/1"]);
        assert_eq!(filtered("nobody"), Vec::<String>::new());
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
