//! An r_keeper order: what was eaten, what it costs, what is still to be paid.

use std::fmt;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::{Money, Quantity, Uid};

/// r_keeper's GUID of an order: upper case in braces, `{8C9E446E-…}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderGuid(pub String);

impl fmt::Display for OrderGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A row of the list of open orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSummary {
    /// Names the order in every request.
    pub guid: OrderGuid,
    /// As the waiters see it: «*/1».
    pub name: String,
    /// Table, where one is set.
    pub table: Option<String>,
    /// Waiter's name.
    pub waiter: Option<String>,
    /// What the whole order costs.
    pub total: Money,
    /// What is still to be paid.
    pub unpaid: Money,
    /// Station and person that hold it open, where somebody does.
    pub locked_by: Option<String>,
    /// Local time of the till.
    pub opened_at: Option<DateTime>,
}

/// One order as `GetOrder` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Names the order in every request.
    pub guid: OrderGuid,
    /// As the waiters see it.
    pub name: String,
    /// Table, where one is set.
    pub table: Option<String>,
    /// Waiter's name.
    pub waiter: Option<String>,
    /// Where it was opened.
    pub station: Option<String>,
    /// Local time of the till.
    pub opened_at: Option<DateTime>,
    /// Counts changes; the order paid must be the order seen.
    pub version: i64,
    /// What the whole order costs, discounts and surcharges included.
    pub total: Money,
    /// What is still to be paid (`unpaidSum`).
    pub unpaid: Money,
    /// Discounts as r_keeper sums them; zero or below.
    pub discount: Money,
    /// Paid before (`prepaySum`).
    pub prepaid: Money,
    /// Everything is paid.
    pub paid: bool,
    /// Closed.
    pub finished: bool,
    /// All dishes removed.
    pub deleted: bool,
    /// Dishes, without removed ones.
    pub lines: Vec<Line>,
    /// Payments and prepayments that r_keeper shows, without removed ones.
    pub payments: Vec<PosPayment>,
}

/// One dish of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// r_keeper's id of the line (`line_guid`, or `uni` where none is given).
    pub id: String,
    /// Menu code: «2470».
    pub code: String,
    /// Dish name, cleaned.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// Price of one unit from the price list.
    pub base_price: Money,
    /// What the line costs as r_keeper says (`amount`), modifiers included.
    pub amount: Money,
    /// What was asked for with it.
    pub modifiers: Vec<Modifier>,
    /// The groups of the menu that hold the dish, innermost first: each with name, code and id.
    /// `None`: not known, since nobody asked for them or they could not be read.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
}

/// A modifier of a dish: «без лука», «двойной сыр».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modifier {
    /// Name, cleaned.
    pub name: String,
    /// Plain count, not multiplied by the dish's quantity.
    pub count: u32,
    /// Price of one.
    pub price: Money,
}

/// A payment or prepayment on an order, as r_keeper shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PosPayment {
    /// Sum taken.
    pub amount: Money,
    /// Our marker where it is ours (`extTransactionInfo`).
    pub ext_info: Option<String>,
    /// A prepayment, not a payment of the closed receipt.
    pub prepayment: bool,
    /// Receipt it belongs to (`CheckNum`), where there is one.
    pub check_num: Option<String>,
    /// Code of the currency it was paid in.
    pub currency: Option<String>,
    /// The card that r_keeper shows with it (`cardCode`), where it looks like a UID.
    pub card_code: Option<Uid>,
    /// r_keeper's name of the line (`line_guid`).
    pub line_guid: Option<String>,
    /// Begun and not finished (`TransactionStatus`): no money yet.
    pub begun: bool,
}

/// A line of the bill with what is still to be paid of it: the row of the attribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDue {
    /// [`Line::id`], or [`SERVICE_LINE`] for what is added to the whole order.
    pub line_id: String,
    /// Menu code.
    pub code: String,
    /// Dish name.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// Price of one unit from the price list.
    pub base_price: Money,
    /// What is still to be paid of the line; never negative.
    pub due: Money,
}

impl LineDue {
    /// The quantity that a part of the line's sum stands for: all of it for the whole sum, else in
    /// proportion, and never nothing. `None` where the sums are too large or nothing is due.
    pub fn quantity_of(&self, part: Money) -> Option<Quantity> {
        if part == self.due {
            return Some(self.quantity);
        }
        let share = i128::from(self.quantity.thousandths())
            .checked_mul(i128::from(part.kopecks()))?
            .checked_div(i128::from(self.due.kopecks()))?;
        let thousandths = i64::try_from(share).ok()?.max(1);
        Some(Quantity::from_thousandths(thousandths))
    }
}

/// [`LineDue::line_id`] of the row that carries an order's surcharge.
pub const SERVICE_LINE: &str = "service";

impl Order {
    /// Paid, closed without a payment, or removed: nothing can be paid on it any more.
    pub const fn is_closed(&self) -> bool {
        self.paid || self.finished || self.deleted
    }

    /// The rows that a payment must cover: every line with discounts, surcharges and earlier
    /// payments taken into account, so that the rows add up to [`Order::unpaid`] to the kopeck.
    ///
    /// r_keeper's sums are taken as they are. Where the lines add up to more than the order (a
    /// discount on the whole order, a line bought back) the difference is taken from the positive
    /// lines in proportion; where they add up to less, the difference is the order's surcharge and
    /// becomes a row of its own. What was paid before covers the lines in their order.
    ///
    /// `None` where the sums contradict each other (negative due, overflow).
    pub fn lines_due(&self) -> Option<Vec<LineDue>> {
        if self.unpaid.is_negative() || self.unpaid > self.total {
            return None;
        }
        let charged = Money::total(self.lines.iter().map(|line| line.amount))?;
        let mut rows: Vec<LineDue> = self
            .lines
            .iter()
            .filter(|line| line.amount.is_positive())
            .map(|line| LineDue {
                line_id: line.id.clone(),
                code: line.code.clone(),
                name: line.name.clone(),
                quantity: line.quantity,
                base_price: line.base_price,
                due: line.amount,
            })
            .collect();
        let surcharge = self.total.checked_sub(charged)?;
        if surcharge.is_positive() {
            rows.push(LineDue {
                line_id: SERVICE_LINE.to_owned(),
                code: SERVICE_LINE.to_owned(),
                name: SERVICE_LINE.to_owned(),
                quantity: Quantity::ONE,
                base_price: surcharge,
                due: surcharge,
            });
        }
        let listed = Money::total(rows.iter().map(|row| row.due))?;
        let reduction = listed.checked_sub(self.total)?;
        if reduction.is_positive() {
            let weights: Vec<i64> = rows.iter().map(|row| row.due.kopecks()).collect();
            for (row, share) in rows.iter_mut().zip(reduction.in_proportion(&weights)?) {
                row.due = row.due.checked_sub(share)?;
            }
        }
        let mut covered = self.total.checked_sub(self.unpaid)?;
        for row in &mut rows {
            let part = covered.min(row.due);
            row.due = row.due.checked_sub(part)?;
            covered = covered.checked_sub(part)?;
        }
        rows.retain(|row| row.due.is_positive());
        (Money::total(rows.iter().map(|row| row.due))? == self.unpaid).then_some(rows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(amounts: &[i64], total: i64, unpaid: i64) -> Order {
        let lines = amounts
            .iter()
            .enumerate()
            .map(|(index, &amount)| Line {
                id: index.to_string(),
                code: index.to_string(),
                name: format!("dish {index}"),
                quantity: Quantity::ONE,
                base_price: Money::from_kopecks(amount),
                amount: Money::from_kopecks(amount),
                modifiers: vec![],
                groups: None,
            })
            .collect();
        Order {
            guid: OrderGuid("{G}".into()),
            name: "1".into(),
            table: None,
            waiter: None,
            station: None,
            opened_at: None,
            version: 1,
            total: Money::from_kopecks(total),
            unpaid: Money::from_kopecks(unpaid),
            discount: Money::ZERO,
            prepaid: Money::ZERO,
            paid: false,
            finished: false,
            deleted: false,
            lines,
            payments: vec![],
        }
    }

    #[test]
    fn the_quantity_of_a_part() {
        let line = |quantity, due| LineDue {
            line_id: "1".into(),
            code: "1".into(),
            name: "1".into(),
            quantity: Quantity::from_thousandths(quantity),
            base_price: Money::from_kopecks(due),
            due: Money::from_kopecks(due),
        };
        for (quantity, due, part, expected) in [
            (2_000, 300, 300, Some(2_000)),
            (2_000, 300, 150, Some(1_000)),
            (1_000, 300, 100, Some(333)),
            (1_000, 300, 600, Some(2_000)),
            // Never nothing.
            (1_000, 1_000_000, 1, Some(1)),
            (0, 300, 100, Some(1)),
            (1_000, 0, 0, Some(1_000)),
            (1_000, 0, 100, None),
            (i64::MAX, 1, i64::MAX, None),
        ] {
            let got = line(quantity, due).quantity_of(Money::from_kopecks(part));
            assert_eq!(
                got.map(Quantity::thousandths),
                expected,
                "{quantity} {due} {part}"
            );
        }
        assert_eq!(format!("{:>4}", OrderGuid("{G}".into())), " {G}");
    }

    fn dues(order: &Order) -> Option<Vec<i64>> {
        Some(
            order
                .lines_due()?
                .iter()
                .map(|row| row.due.kopecks())
                .collect(),
        )
    }

    #[test]
    fn the_rows_follow_the_orders_own_sums() {
        let bill = [29_000, 36_000, 43_000, 41_000, 65_000, 21_000];
        assert_eq!(dues(&order(&bill, 235_000, 235_000)).unwrap(), bill);
        // A discount on the whole order.
        assert_eq!(
            dues(&order(&[100, 100, 100], 200, 200)).unwrap(),
            [66, 67, 67]
        );
        // A service charge is a row of its own.
        assert_eq!(
            dues(&order(&[1_000, 500], 1_650, 1_650)).unwrap(),
            [1_000, 500, 150]
        );
        // Part of it is prepaid: the first lines are covered.
        assert_eq!(
            dues(&order(&[300, 200, 100], 600, 250)).unwrap(),
            [150, 100]
        );
        // A bottle bought back.
        assert_eq!(
            dues(&order(&[300, -100, 200], 400, 400)).unwrap(),
            [240, 160]
        );
        assert_eq!(dues(&order(&[300], 300, 0)).unwrap(), [0_i64; 0]);
    }

    #[test]
    fn contradicting_sums_are_not_guessed_around() {
        assert_eq!(dues(&order(&[100], 100, 150)), None);
        assert_eq!(dues(&order(&[100], 100, -1)), None);
        assert_eq!(dues(&order(&[], 0, 0)).unwrap(), [0_i64; 0]);
    }

    proptest! {
        #[test]
        fn the_rows_always_add_up(
            amounts in prop::collection::vec(-50_000_i64..500_000, 0..40),
            total in 0_i64..5_000_000,
            paid in 0_i64..5_000_000,
        ) {
            let unpaid = (total - paid).max(0);
            if let Some(rows) = dues(&order(&amounts, total, unpaid)) {
                prop_assert_eq!(rows.iter().sum::<i64>(), unpaid);
                prop_assert!(rows.iter().all(|&due| due > 0));
            }
        }
    }
}
