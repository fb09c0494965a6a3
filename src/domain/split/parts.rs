//! Parts of a bill by weight: halves and thirds, or as the bill before was shared.
//!
//! Everybody gives in proportion to his weight as long as he can. Who can give no more stays behind,
//! and the others share what he leaves, again by weight: the water rises evenly in vessels of
//! different height. The level is looked for by halving, as rules may bind several accounts together
//! (half of the bill from bonuses) and nobody of them is to be served first.

use super::limits::Limit;
use super::suggest::{Turns, limit};
use super::{Owed, Reachable, Share, Split, reachable};
use crate::domain::{AccountId, Card, Money, Uid};

#[cfg(test)]
mod tests;

/// Who gives a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payer {
    /// The accounts that this card shows, in their order of use: one guest.
    Card(Uid),
    /// One account.
    Account(AccountId),
}

/// A part that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose.
    pub payer: Payer,
    /// How much beside the others; not negative.
    pub weight: i64,
}

/// What became of the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Who pays how much. It may cover less than is due, and breaks no rule.
    pub split: Split,
    /// By part, in the order in which they were asked for: what it gives.
    pub given: Vec<Money>,
    /// Those that give less than their part.
    pub short: Vec<Short>,
}

/// A part that could not be given whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// Which of the parts.
    pub part: usize,
    /// What it should give.
    pub wanted: Money,
    /// What it gives.
    pub gives: Money,
    /// The rule that keeps it from more; `None`: there is no more on it.
    pub limit: Option<(AccountId, Limit)>,
}

impl Split {
    /// The bill in parts by weight, kopecks by the rule of [`Money::in_proportion`]; nobody gives
    /// more than he has or than the site's rules let him. Where all weights are zero nobody gives.
    pub fn in_parts(owed: &Owed<'_>, cards: &[Card], parts: &[Part]) -> Parts {
        let all = reachable(cards);
        let turns = Turns::of(owed, &all);
        let groups: Vec<Vec<usize>> = parts
            .iter()
            .map(|part| {
                let own = |&index: &usize| part.payer.is(&all[index]);
                turns.order.iter().copied().filter(own).collect()
            })
            .collect();
        let weights: Vec<i64> = parts.iter().map(|part| part.weight).collect();
        let level = Level {
            turns,
            groups,
            weights,
        };
        let due = owed.sum.max(Money::ZERO);
        let takes = level.rise(due);
        let given: Vec<Money> = level
            .groups
            .iter()
            .map(|group| sum(group.iter().map(|&index| takes[index])))
            .collect();
        let wanted = due.in_proportion(&level.weights).unwrap_or_default();
        let short = wanted
            .iter()
            .zip(&given)
            .enumerate()
            .filter(|(_, (wanted, gives))| gives < wanted)
            .map(|(part, (&wanted, &gives))| Short {
                part,
                wanted,
                gives,
                limit: level.groups[part].iter().find_map(|&index| {
                    let step = level.turns.step(index);
                    let why = match step.filter(|&step| less(wanted, gives) < step) {
                        Some(step) => Some(Limit::Step(step)),
                        None => limit(owed, &all, &takes, all[index], takes[index]),
                    };
                    Some((all[index].account.id.clone(), why?))
                }),
            })
            .collect();
        let mut split = Self::default();
        for (entry, &amount) in all.iter().zip(&takes) {
            if amount.is_positive() {
                split.shares.push(Share {
                    uid: entry.card.uid.clone(),
                    account: entry.account.id.clone(),
                    amount,
                });
            }
        }
        Parts {
            split,
            given,
            short,
        }
    }
}

impl Payer {
    fn is(&self, entry: &Reachable<'_>) -> bool {
        match self {
            Self::Card(uid) => entry.card.uid == *uid,
            Self::Account(id) => entry.account.id == *id,
        }
    }
}

struct Level<'a> {
    turns: Turns<'a>,
    /// By part: its accounts in their order of use.
    groups: Vec<Vec<usize>>,
    weights: Vec<i64>,
}

impl Level<'_> {
    /// By account: what it gives.
    fn rise(&self, due: Money) -> Vec<Money> {
        let mut goals = vec![Money::ZERO; self.groups.len()];
        let mut rising: Vec<usize> = (0..self.groups.len())
            .filter(|&group| self.weights[group] > 0)
            .collect();
        while !rising.is_empty() {
            let behind = (0..goals.len()).filter(|group| !rising.contains(group));
            let left = less(due, sum(behind.map(|group| goals[group])));
            let (level, whole) = self.highest(&goals, &rising, left);
            goals = level;
            if whole {
                break;
            }
            let rose = rising.len();
            // Who has room for no kopeck more stays behind.
            rising.retain(|&group| {
                let mut next = goals.clone();
                next[group] = plus(next[group], self.unit(group));
                self.takes(&next).is_some()
            });
            if rising.len() == rose {
                break;
            }
        }
        self.filled(&goals, due)
    }

    /// The goals at the highest level: of `left`, those that rise share by weight as much as all of
    /// them can give. Whether that is all of it.
    fn highest(&self, goals: &[Money], rising: &[usize], left: Money) -> (Vec<Money>, bool) {
        let weights: Vec<i64> = rising.iter().map(|&group| self.weights[group]).collect();
        let raised = |to: i64| {
            let parts = Money::from_kopecks(to).in_proportion(&weights);
            let mut next = goals.to_vec();
            for (&group, part) in rising.iter().zip(parts.unwrap_or_default()) {
                next[group] = part;
            }
            next
        };
        let fits = |to: i64| self.takes(&raised(to)).is_some();
        let (mut low, mut high) = (0, left.kopecks());
        if fits(high) {
            return (raised(high), true);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        (raised(low), false)
    }

    /// By account: what it gives where every part reaches its goal, apart from less than a step that
    /// its accounts cannot give; `None` where one cannot.
    fn takes(&self, goals: &[Money]) -> Option<Vec<Money>> {
        let mut serving = Serving::new(&self.turns);
        let whole = goals
            .iter()
            .enumerate()
            .all(|(group, &goal)| serving.give(&self.groups[group], goal) < self.unit(group));
        whole.then_some(serving.takes)
    }

    /// The goals, and the kopecks that accounts of whole roubles left to whoever has them.
    fn filled(&self, goals: &[Money], due: Money) -> Vec<Money> {
        let mut serving = Serving::new(&self.turns);
        for (group, &goal) in self.groups.iter().zip(goals) {
            serving.give(group, goal);
        }
        let mut left = less(due, sum(serving.takes.iter().copied()));
        for (group, &weight) in self.groups.iter().zip(&self.weights) {
            if weight > 0 {
                left = serving.give(group, left);
            }
        }
        serving.takes
    }

    /// The least sum by which the part grows.
    fn unit(&self, group: usize) -> Money {
        let steps = self.groups[group].iter();
        steps
            .filter_map(|&index| self.turns.step(index))
            .min()
            .unwrap_or(Money::from_kopecks(1))
    }
}

/// Accounts giving one after another.
struct Serving<'a> {
    turns: Turns<'a>,
    /// By account.
    takes: Vec<Money>,
}

impl<'a> Serving<'a> {
    fn new(turns: &Turns<'a>) -> Self {
        Self {
            takes: vec![Money::ZERO; turns.len()],
            turns: turns.clone(),
        }
    }

    /// The accounts give the sum, one after another; what they leave open.
    fn give(&mut self, accounts: &[usize], goal: Money) -> Money {
        let mut open = goal;
        for &index in accounts {
            let take = self.turns.at_most(index, self.takes[index], open);
            self.turns.give(index, take);
            self.takes[index] = plus(self.takes[index], take);
            open = less(open, take);
        }
        open
    }
}

fn sum(all: impl IntoIterator<Item = Money>) -> Money {
    Money::total(all).unwrap_or(Money::ZERO)
}

fn plus(one: Money, other: Money) -> Money {
    one.checked_add(other).unwrap_or(one)
}

fn less(one: Money, other: Money) -> Money {
    let left = one.checked_sub(other).unwrap_or(Money::ZERO);
    left.max(Money::ZERO)
}
