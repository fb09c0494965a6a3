//! In which hall a table stands: numbers of tables repeat from hall to hall.

use std::collections::{BTreeSet, HashMap};

use super::OrderSummary;

/// The halls of tables, by r_keeper's id of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Halls {
    by_table: HashMap<String, String>,
    count: usize,
}

/// Pairs of a table's id and its hall's name.
impl FromIterator<(String, String)> for Halls {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(tables: T) -> Self {
        let by_table: HashMap<String, String> = tables.into_iter().collect();
        let names: BTreeSet<&String> = by_table.values().collect();
        Self {
            count: names.len(),
            by_table,
        }
    }
}

impl Halls {
    /// How many tables stand in a known hall, and how many halls that are.
    pub fn counts(&self) -> (usize, usize) {
        (self.by_table.len(), self.count)
    }

    /// The hall of an order's table, where it is known.
    pub fn of(&self, order: &OrderSummary) -> Option<&str> {
        self.of_table(order.table_id.as_deref())
    }

    /// The hall of the table with this id, where it is known.
    pub fn of_table(&self, id: Option<&str>) -> Option<&str> {
        self.by_table.get(id?).map(String::as_str)
    }

    /// Where the order's guests sit, for people: «12 · Терраса». Where there is one hall only, or the
    /// table's name says it already, the table alone.
    pub fn place(&self, order: &OrderSummary) -> Option<String> {
        self.place_of(order.table.as_deref(), order.table_id.as_deref())
    }

    /// The same for a table's name and id.
    pub fn place_of(&self, table: Option<&str>, id: Option<&str>) -> Option<String> {
        let table = table?;
        let hall = self.of_table(id).filter(|hall| {
            let said = table.to_lowercase().contains(&hall.to_lowercase());
            self.count > 1 && !said
        });
        Some(match hall {
            Some(hall) => format!("{table} · {hall}"),
            None => table.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halls(tables: &[(&str, &str)]) -> Halls {
        let own = |&(id, hall): &(&str, &str)| (id.to_owned(), hall.to_owned());
        tables.iter().map(own).collect()
    }

    fn at(id: Option<&str>, table: Option<&str>) -> OrderSummary {
        OrderSummary {
            table_id: id.map(str::to_owned),
            table: table.map(str::to_owned),
            ..OrderSummary::default()
        }
    }

    #[test]
    fn a_place_is_the_table_and_its_hall() {
        let two = halls(&[("1", "Зал"), ("2", "Терраса"), ("3", "Терраса")]);
        assert_eq!(two.counts(), (3, 2));
        for (id, table, hall, place) in [
            (Some("1"), Some("12"), Some("Зал"), Some("12 · Зал")),
            (Some("2"), Some("12"), Some("Терраса"), Some("12 · Терраса")),
            (
                Some("3"),
                Some("терраса 4"),
                Some("Терраса"),
                Some("терраса 4"),
            ),
            (Some("9"), Some("12"), None, Some("12")),
            (None, Some("12"), None, Some("12")),
            (Some("1"), None, Some("Зал"), None),
        ] {
            let order = at(id, table);
            assert_eq!(
                (two.of(&order), two.place(&order).as_deref()),
                (hall, place)
            );
        }
        let one = halls(&[("1", "Зал"), ("2", "Зал")]);
        let order = at(Some("1"), Some("12"));
        assert_eq!(one.of(&order), Some("Зал"));
        assert_eq!(one.place(&order).as_deref(), Some("12"));
    }
}
