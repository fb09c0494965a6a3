//! Which account pays how much of which dish.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Money;
use super::flow::Flow;

/// A matrix of sums: one row per line of the bill, one column per leg of the payment. Row sums are
/// what is due of the lines, column sums are the legs, to the kopeck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// Parts above zero only, by line, then by leg.
    pub parts: Vec<Part>,
}

/// What one leg pays of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Index of the line among the rows given.
    pub line: usize,
    /// Index of the leg among the columns given.
    pub leg: usize,
    /// Always above zero.
    pub amount: Money,
}

/// Why lines and legs cannot be matched.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AttributionError {
    /// The legs pay another sum than the lines cost.
    #[error("the lines cost {lines}, the legs pay {legs}")]
    SumMismatch {
        /// Sum of the rows.
        lines: Money,
        /// Sum of the columns.
        legs: Money,
    },
    /// A negative row or column.
    #[error("a line or a leg is below zero")]
    Negative,
    /// A leg finds too few lines that it may pay.
    #[error("there are not enough dishes that the accounts may pay")]
    Forbidden,
    /// Sums too large to add.
    #[error("the sums are too large")]
    Overflow,
}

impl Attribution {
    /// Lines in order, legs in order: each leg pays on where the one before it ran out. The sums
    /// must agree; nothing is rounded, since nothing is divided.
    pub fn in_order(lines: &[Money], legs: &[Money]) -> Result<Self, AttributionError> {
        if lines.iter().chain(legs).any(|sum| sum.is_negative()) {
            return Err(AttributionError::Negative);
        }
        let total =
            |sums: &[Money]| Money::total(sums.iter().copied()).ok_or(AttributionError::Overflow);
        let (lines_total, legs_total) = (total(lines)?, total(legs)?);
        if lines_total != legs_total {
            return Err(AttributionError::SumMismatch {
                lines: lines_total,
                legs: legs_total,
            });
        }
        let mut parts = Vec::with_capacity(lines.len() + legs.len());
        let mut left = legs.to_vec();
        let mut leg = 0;
        for (line, &due) in lines.iter().enumerate() {
            let mut due = due;
            while due.is_positive() {
                let amount = due.min(left[leg]);
                if amount.is_positive() {
                    parts.push(Part { line, leg, amount });
                }
                due = due.checked_sub(amount).ok_or(AttributionError::Overflow)?;
                left[leg] = left[leg]
                    .checked_sub(amount)
                    .ok_or(AttributionError::Overflow)?;
                if left[leg].is_zero() && leg + 1 < left.len() {
                    leg += 1;
                }
            }
        }
        Ok(Self { parts })
    }

    /// The legs pay lines that they may pay (`may(line, leg)`), and all that they give. The lines may
    /// cost more than the legs pay: then as many of the first lines are paid as can be. Lines in
    /// order, legs in order, as far as that leaves everybody something to pay.
    pub fn as_allowed(
        lines: &[Money],
        legs: &[Money],
        may: impl Fn(usize, usize) -> bool,
    ) -> Result<Self, AttributionError> {
        if lines.iter().chain(legs).any(|sum| sum.is_negative()) {
            return Err(AttributionError::Negative);
        }
        let total =
            |sums: &[Money]| Money::total(sums.iter().copied()).ok_or(AttributionError::Overflow);
        let (lines_total, legs_total) = (total(lines)?, total(legs)?);
        if lines_total < legs_total {
            return Err(AttributionError::SumMismatch {
                lines: lines_total,
                legs: legs_total,
            });
        }
        // Legs that may pay the same lines go together.
        let mut doors: Vec<(Vec<bool>, Vec<usize>)> = Vec::new();
        for leg in 0..legs.len() {
            let open: Vec<bool> = (0..lines.len()).map(|line| may(line, leg)).collect();
            match doors.iter_mut().find(|(own, _)| *own == open) {
                Some((_, legs)) => legs.push(leg),
                None => doors.push((open, vec![leg])),
            }
        }
        let allowed = (0..lines.len())
            .map(|line| doors.iter().map(|(open, _)| open[line]).collect())
            .collect();
        let of_door = |own: &[usize]| own.iter().map(|&leg| legs[leg].kopecks()).sum();
        let room = doors.iter().map(|(_, own)| of_door(own)).collect();
        // The lines ask in their order; an earlier one moves to another door for a later one.
        let mut flow = Flow::new(allowed, room);
        let mut paid = 0;
        for (line, due) in lines.iter().enumerate() {
            paid += flow.give(line, due.kopecks());
        }
        if paid != legs_total.kopecks() {
            return Err(AttributionError::Forbidden);
        }
        let mut parts = Vec::with_capacity(lines.len() + legs.len());
        for (door, (_, own)) in doors.iter().enumerate() {
            let rows: Vec<Money> = (0..lines.len())
                .map(|line| Money::from_kopecks(flow.between(line, door)))
                .collect();
            let columns: Vec<Money> = own.iter().map(|&leg| legs[leg]).collect();
            let through = Self::in_order(&rows, &columns)?;
            parts.extend(through.parts.into_iter().map(|part| Part {
                leg: own[part.leg],
                ..part
            }));
        }
        parts.sort_by_key(|part| (part.line, part.leg));
        Ok(Self { parts })
    }

    /// The parts of one line.
    pub fn of_line(&self, line: usize) -> impl Iterator<Item = &Part> + Clone {
        self.parts.iter().filter(move |part| part.line == line)
    }

    /// The parts of one leg.
    pub fn of_leg(&self, leg: usize) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.leg == leg)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(kopecks: &[i64]) -> Vec<Money> {
        kopecks.iter().copied().map(Money::from_kopecks).collect()
    }

    #[test]
    fn a_dish_between_two_accounts_is_split() {
        let lines = money(&[29_000, 36_000, 43_000, 41_000, 65_000, 21_000]);
        let legs = money(&[150_000, 85_000]);
        let attribution = Attribution::in_order(&lines, &legs).unwrap();
        let parts: Vec<_> = attribution
            .parts
            .iter()
            .map(|p| (p.line, p.leg, p.amount.kopecks()))
            .collect();
        assert_eq!(
            parts,
            [
                (0, 0, 29_000),
                (1, 0, 36_000),
                (2, 0, 43_000),
                (3, 0, 41_000),
                (4, 0, 1_000),
                (4, 1, 64_000),
                (5, 1, 21_000)
            ]
        );
    }

    #[test]
    fn a_leg_for_food_only_pays_no_wine() {
        // Wine, soup, cake; the first leg pays food only.
        let lines = money(&[40_000, 29_000, 21_000]);
        let may = |line: usize, leg: usize| leg == 1 || line > 0;
        let parts = |legs: &[i64]| {
            let attribution = Attribution::as_allowed(&lines, &money(legs), may)?;
            let parts = attribution.parts.iter();
            Ok(parts
                .map(|p| (p.line, p.leg, p.amount.kopecks()))
                .collect::<Vec<_>>())
        };
        assert_eq!(
            parts(&[35_000, 55_000]),
            Ok(vec![
                (0, 1, 40_000),
                (1, 0, 29_000),
                (2, 0, 6_000),
                (2, 1, 15_000)
            ])
        );
        assert_eq!(parts(&[50_001, 39_999]), Err(AttributionError::Forbidden));
        // A part of the bill: the first lines that each may pay.
        assert_eq!(
            parts(&[30_000, 10_000]),
            Ok(vec![(0, 1, 10_000), (1, 0, 29_000), (2, 0, 1_000)])
        );
    }

    #[test]
    fn sums_that_differ_are_refused() {
        assert_eq!(
            Attribution::in_order(&money(&[3_333 * 3]), &money(&[10_000])),
            Err(AttributionError::SumMismatch {
                lines: Money::from_kopecks(9_999),
                legs: Money::from_kopecks(10_000)
            })
        );
        assert_eq!(
            Attribution::in_order(&money(&[-1, 2]), &money(&[1])),
            Err(AttributionError::Negative)
        );
        assert_eq!(
            Attribution::in_order(&money(&[i64::MAX, 1]), &money(&[1])),
            Err(AttributionError::Overflow)
        );
        assert_eq!(Attribution::in_order(&[], &[]).unwrap().parts, []);
    }

    proptest! {
        #[test]
        fn rows_and_columns_agree(
            lines in prop::collection::vec(0_i64..500_000, 0..50),
            cuts in prop::collection::vec(0_i64..20_000_000, 0..20),
        ) {
            // Any way of cutting the same total into legs.
            let total: i64 = lines.iter().sum();
            let mut cuts: Vec<i64> = cuts.into_iter().map(|cut| cut.min(total)).collect();
            cuts.push(0);
            cuts.push(total);
            cuts.sort_unstable();
            let legs: Vec<i64> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let (lines, legs) = (money(&lines), money(&legs));
            let attribution = Attribution::in_order(&lines, &legs).unwrap();
            for (index, &due) in lines.iter().enumerate() {
                prop_assert_eq!(Money::total(attribution.of_line(index).map(|p| p.amount)), Some(due));
            }
            for (index, &leg) in legs.iter().enumerate() {
                prop_assert_eq!(Money::total(attribution.of_leg(index).map(|p| p.amount)), Some(leg));
            }
            prop_assert!(attribution.parts.iter().all(|part| part.amount.is_positive()));
            prop_assert_eq!(&attribution, &Attribution::in_order(&lines, &legs).unwrap());
            // Where everything is allowed, nothing is different.
            let allowed = Attribution::as_allowed(&lines, &legs, |_, _| true).unwrap();
            prop_assert_eq!(attribution, allowed);
        }

        #[test]
        fn no_leg_pays_what_it_may_not(
            lines in prop::collection::vec((0_i64..500, prop::bool::ANY), 1..12),
            free in prop::collection::vec(0_i64..400, 0..4),
            bound in prop::collection::vec(0_i64..400, 0..4),
        ) {
            let dues: Vec<i64> = lines.iter().map(|&(due, _)| due).collect();
            let for_bound: i64 = lines.iter().filter(|&&(_, may)| may).map(|&(due, _)| due).sum();
            let legs: Vec<i64> = free.iter().chain(&bound).copied().collect();
            let may = |line: usize, leg: usize| leg < free.len() || lines[line].1;
            let got = Attribution::as_allowed(&money(&dues), &money(&legs), may);
            let fits = bound.iter().sum::<i64>() <= for_bound
                && legs.iter().sum::<i64>() <= dues.iter().sum();
            prop_assert_eq!(got.is_ok(), fits);
            if let Ok(attribution) = got {
                for part in &attribution.parts {
                    prop_assert!(may(part.line, part.leg) && part.amount.is_positive());
                }
                for (index, &leg) in legs.iter().enumerate() {
                    let sum = Money::total(attribution.of_leg(index).map(|p| p.amount)).unwrap();
                    prop_assert_eq!(sum.kopecks(), leg);
                }
                for (index, &due) in dues.iter().enumerate() {
                    let sum = Money::total(attribution.of_line(index).map(|p| p.amount)).unwrap();
                    prop_assert!(sum.kopecks() <= due);
                }
            }
        }
    }
}
