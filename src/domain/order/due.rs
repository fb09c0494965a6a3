//! What is still to be paid of which line. r_keeper's sums are taken as they are: a line is changed
//! only by what r_keeper itself says of discounts, and only where its own sums then agree.

use serde::{Deserialize, Serialize};

use super::{Discount, Hindrance, Line, Money, Order, Quantity};

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

    fn of(line: &Line, due: Money) -> Self {
        Self {
            line_id: line.id.clone(),
            code: line.code.clone(),
            name: line.name.clone(),
            quantity: line.quantity,
            base_price: line.base_price,
            due,
        }
    }
}

/// [`LineDue::line_id`] of the row that carries an order's surcharge.
pub const SERVICE_LINE: &str = "service";

/// How an order's total comes about of its lines.
struct Makeup {
    /// What each line costs, its own discounts included.
    lines: Vec<Money>,
    /// Added to the whole; zero or above.
    surcharge: Money,
    /// Taken off the whole; zero or above.
    reduction: Money,
}

impl Makeup {
    /// Zero or above, and zero or below, of the sums that change an order as a whole.
    fn of(lines: Vec<Money>, changes: &[Money]) -> Option<Self> {
        let some = |wanted: fn(Money) -> bool| {
            Money::total(changes.iter().copied().filter(|&sum| wanted(sum)))
        };
        Some(Self {
            lines,
            surcharge: some(Money::is_positive)?,
            reduction: some(Money::is_negative)?.checked_neg()?,
        })
    }

    fn total(&self) -> Option<Money> {
        Money::total(self.lines.iter().copied())?
            .checked_add(self.surcharge)?
            .checked_sub(self.reduction)
    }
}

impl Order {
    /// The rows that a payment must cover: every line with discounts, surcharges and earlier
    /// payments taken into account, so that the rows add up to [`Order::unpaid`] to the kopeck.
    ///
    /// A discount on the whole order and what is bought back are taken off the lines in proportion;
    /// a surcharge is a row of its own ([`SERVICE_LINE`]). What was paid before covers the lines in
    /// their order.
    ///
    /// Where r_keeper's own sums do not agree nothing is guessed: the error says which.
    pub fn lines_due(&self) -> Result<Vec<LineDue>, Hindrance> {
        if self.total.is_negative() {
            return Err(Hindrance::NegativeTotal(self.total));
        }
        let disagree = || Hindrance::SumsDisagree {
            lines: self.lines_sum().unwrap_or(Money::CEILING),
            order: self.total,
        };
        if self.unpaid.is_negative() || self.unpaid > self.total {
            return Err(Hindrance::SumsDisagree {
                lines: self.unpaid,
                order: self.total,
            });
        }
        let makeup = self.makeup().ok_or_else(disagree)?;
        let rows = self.rows(&makeup).ok_or_else(disagree)?;
        match unknown_among(&rows) {
            Some(name) => Err(Hindrance::LineUnknown(name)),
            None => Ok(rows),
        }
    }

    /// The lines with the discounts that r_keeper gives: what the order should cost by them.
    fn lines_sum(&self) -> Option<Money> {
        Money::total(self.lines.iter().map(|line| line.amount))?.checked_add(self.discount)
    }

    /// The first reading of the lines under which r_keeper's own sums agree. Whether the amount of a
    /// line has its discounts in it already is not documented; the order's own sum tells.
    fn makeup(&self) -> Option<Makeup> {
        let sums = |discounts: &[Discount]| -> Vec<Money> {
            discounts.iter().map(|discount| discount.sum).collect()
        };
        let plain: Vec<Money> = self.lines.iter().map(|line| line.amount).collect();
        let own = self.lines.iter().map(|line| {
            let discounts = Money::total(line.discounts.iter().map(|discount| discount.sum))?;
            line.amount.checked_add(discounts)
        });
        let reduced: Vec<Money> = own.collect::<Option<_>>()?;
        let whole = sums(&self.discounts);
        let readings = [
            // Every line is what it costs in the end.
            (plain.clone(), vec![]),
            // The discounts are shown beside the lines.
            (reduced, whole.clone()),
            // Those of lines are in the lines, those of the order are beside them.
            (plain.clone(), whole),
            // Only their sum is shown.
            (plain, vec![self.discount]),
        ];
        readings
            .into_iter()
            .filter_map(|(lines, changes)| Makeup::of(lines, &changes))
            .find(|makeup| makeup.total() == Some(self.total))
    }

    fn rows(&self, makeup: &Makeup) -> Option<Vec<LineDue>> {
        let mut rows = Vec::with_capacity(self.lines.len().checked_add(1)?);
        let mut bought_back = Money::ZERO;
        for (line, &sum) in self.lines.iter().zip(&makeup.lines) {
            if sum.is_positive() {
                rows.push(LineDue::of(line, sum));
            } else {
                bought_back = bought_back.checked_sub(sum)?;
            }
        }
        let reduction = makeup.reduction.checked_add(bought_back)?;
        let dishes = Money::total(rows.iter().map(|row| row.due))?;
        // What the dishes cannot bear is taken off the surcharge.
        let off_dishes = reduction.min(dishes);
        let weights: Vec<i64> = rows.iter().map(|row| row.due.kopecks()).collect();
        for (row, share) in rows.iter_mut().zip(off_dishes.in_proportion(&weights)?) {
            row.due = row.due.checked_sub(share)?;
        }
        let surcharge = makeup
            .surcharge
            .checked_sub(reduction.checked_sub(off_dishes)?)?;
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

/// Name of a row that cannot be told from others, or that no menu knows.
fn unknown_among(rows: &[LineDue]) -> Option<String> {
    let mut ids: Vec<&str> = rows.iter().map(|row| row.line_id.as_str()).collect();
    ids.sort_unstable();
    let twice = ids
        .windows(2)
        .find_map(|pair| (pair[0] == pair[1]).then_some(pair[0]));
    let unknown = |row: &&LineDue| {
        row.line_id.is_empty() || row.code.is_empty() || twice == Some(row.line_id.as_str())
    };
    rows.iter().find(unknown).map(|row| row.name.clone())
}
