//! What is to be paid, as the rules look at it.

use crate::domain::order::{LineDue, SERVICE_LINE};
use crate::domain::{Dish, Hindrance, Money, Order};

/// What somebody said yes to, beyond what the site's rules let pass by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// A manager: sums above `manager_above`.
    pub manager: bool,
}

/// A bill, or the part of one that is to be paid now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed<'a> {
    /// What the shares must add up to: what is due, or a part of it.
    pub sum: Money,
    /// The whole bill, paid or not: what a type's share of a bill is counted from.
    pub bill: Money,
    /// What is due, row by row; at least [`Owed::sum`].
    pub rows: Vec<OwedRow<'a>>,
    /// Who said yes to more than the rules let pass.
    pub consent: Consent,
}

/// One row of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwedRow<'a> {
    /// What is to be paid of it; never below zero.
    pub due: Money,
    /// What it is.
    pub dish: Dish<'a>,
}

impl<'a> Owed<'a> {
    /// All that is due of an order, or why nobody can say who pays what of it.
    pub fn of(order: &'a Order) -> Result<Self, Hindrance> {
        Ok(Self::of_rows(order, &order.lines_due()?))
    }

    /// The same for rows that are known already: those of [`Order::lines_due`].
    pub fn of_rows(order: &'a Order, rows: &[LineDue]) -> Self {
        let rows = rows
            .iter()
            .map(|row| OwedRow {
                due: row.due,
                dish: dish(order, row),
            })
            .collect();
        Self {
            sum: order.unpaid,
            bill: order.total,
            rows,
            consent: Consent::default(),
        }
    }

    /// The same bill, of which this much is to be paid now.
    #[must_use]
    pub fn part(self, sum: Money) -> Self {
        Self { sum, ..self }
    }

    /// The same bill with somebody's yes.
    #[must_use]
    pub fn with(self, consent: Consent) -> Self {
        Self { consent, ..self }
    }
}

fn dish<'a>(order: &'a Order, row: &LineDue) -> Dish<'a> {
    if row.line_id == SERVICE_LINE {
        return Dish::Service;
    }
    order
        .lines
        .iter()
        .find(|line| line.id == row.line_id)
        .and_then(|line| line.groups.as_deref())
        .map_or(Dish::Unknown, Dish::In)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Line, Quantity};

    /// Each row has the groups of its own dish; what is added to the whole order has none.
    #[test]
    fn a_row_is_what_its_line_is() {
        let row = |id: &str| LineDue {
            line_id: id.into(),
            code: id.into(),
            name: id.into(),
            quantity: Quantity::ONE,
            base_price: Money::from_kopecks(100),
            due: Money::from_kopecks(100),
        };
        let line = |id: &str, groups: Option<&str>| Line {
            id: id.into(),
            groups: groups.map(|group| vec![group.into()]),
            ..Line::default()
        };
        let order = Order {
            lines: vec![
                line("1", Some("Кухня")),
                line("2", Some("Бар")),
                line("3", None),
            ],
            ..Order::default()
        };
        let rows = ["1", "2", "3", SERVICE_LINE].map(row);
        let owed = Owed::of_rows(&order, &rows);
        let (kitchen, bar) = (["Кухня".to_owned()], ["Бар".to_owned()]);
        let dishes: Vec<Dish<'_>> = owed.rows.iter().map(|row| row.dish).collect();
        assert_eq!(
            dishes,
            [
                Dish::In(&kitchen),
                Dish::In(&bar),
                Dish::Unknown,
                Dish::Service
            ]
        );
    }
}
