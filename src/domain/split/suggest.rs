//! The suggested split.
//!
//! The accounts take their turns, and each gives as much as the rules and the earlier ones leave
//! it; the earlier ones move to other dishes where that makes room, and lose nothing. Such turns
//! cover as much of a bill as can be covered, in whatever order they are taken (what accounts can
//! give together is a polymatroid), so the order is free to follow the guests' interest. Only whole
//! roubles spoil that: an account with kopecks that comes first may leave kopecks that nobody after
//! it can pay. Then it gives a little less; see [`Turns::with_steps`].

use jiff::civil::DateTime;

use super::limits::{self, Doors, Limit};
use super::{Owed, Reachable, Share, Split, Turn, WhySuggested, reachable};
use crate::domain::{Account, AccountKind, Card, Money};

impl Split {
    /// The suggested split: spendable accounts only, within the site's rules; as much of the sum as
    /// all of them together can cover. Among such splits the one where the account that runs out
    /// soonest gives most, then the next one; accounts without expiry follow by configured
    /// priority, credit comes last, and ties are taken in tap order.
    pub fn suggest(owed: &Owed<'_>, cards: &[Card]) -> Self {
        let all = reachable(cards);
        let takes = Turns::of(owed, &all).takes();
        let mut split = Self::default();
        for (entry, &amount) in all.iter().zip(&takes) {
            if !amount.is_positive() {
                continue;
            }
            split.shares.push(Share {
                uid: entry.card.uid.clone(),
                account: entry.account.id.clone(),
                amount,
            });
            split.why.push(WhySuggested {
                turn: turn(entry.account),
                limit: limit(owed, &all, &takes, *entry, amount),
            });
        }
        split
    }
}

/// Whose turn it is first: expiring before not expiring, soonest first; then priority; credit last.
fn use_order(account: &Account) -> (bool, bool, DateTime, u32) {
    (
        account.kind == AccountKind::Credit,
        account.valid_to.is_none(),
        account.valid_to.unwrap_or(DateTime::MAX),
        account.priority,
    )
}

fn turn(account: &Account) -> Turn {
    match (account.kind, account.valid_to) {
        (AccountKind::Credit, _) => Turn::CreditLast,
        (_, Some(at)) => Turn::ExpiresOn(at.date()),
        (_, None) => Turn::Priority,
    }
}

/// The rule that is worth a word: the one that the share has come up against, or that the account
/// may not pay everything.
pub(super) fn limit(
    owed: &Owed<'_>,
    all: &[Reachable<'_>],
    takes: &[Money],
    entry: Reachable<'_>,
    amount: Money,
) -> Option<Limit> {
    let rules = &entry.account.terms.rules;
    if rules.dishes.restricts() {
        return Some(Limit::Dishes);
    }
    if let Some((most, percent)) = entry.account.share_left(owed.bill) {
        let type_gives = all
            .iter()
            .zip(takes)
            .filter(|(other, _)| other.account.type_id == entry.account.type_id)
            .map(|(_, &take)| take);
        if Money::total(type_gives) == Some(most) {
            return Some(Limit::BillShare(percent));
        }
    }
    let (most, limit) = limits::ceiling(entry.account, owed.consent);
    limit.filter(|_| amount == most)
}

/// Types that give whole roubles, each of which is tried as the first one; more are not tried.
const TYPES_TRIED_MAX: usize = 8;

/// The accounts, and what is still open while they take their turns.
#[derive(Clone)]
pub(super) struct Turns<'a> {
    /// In the order of [`reachable`].
    all: &'a [Reachable<'a>],
    /// Indices of those that may pay, in their order of use.
    pub(super) order: Vec<usize>,
    /// By account: the most by its own rules.
    ceiling: Vec<Money>,
    /// By account: which type it is of, in `type_left`.
    kind: Vec<usize>,
    /// By type: what it may still give of this bill; `None`: no such rule.
    type_left: Vec<Option<Money>>,
    doors: Doors,
    left: Money,
}

impl<'a> Turns<'a> {
    pub(super) fn of(owed: &Owed<'_>, all: &'a [Reachable<'a>]) -> Self {
        let mut order: Vec<usize> = (0..all.len())
            .filter(|&index| all[index].account.is_spendable())
            .collect();
        order.sort_by_key(|&index| use_order(all[index].account));
        let mut types: Vec<&str> = Vec::new();
        let mut type_left = Vec::new();
        let kind = all
            .iter()
            .map(|entry| {
                let own = entry.account.type_id.as_str();
                types
                    .iter()
                    .position(|&known| known == own)
                    .unwrap_or_else(|| {
                        types.push(own);
                        let share = entry.account.share_left(owed.bill);
                        type_left.push(share.map(|(left, _)| left));
                        types.len() - 1
                    })
            })
            .collect();
        Self {
            all,
            order,
            ceiling: all
                .iter()
                .map(|entry| limits::ceiling(entry.account, owed.consent).0)
                .collect(),
            kind,
            type_left,
            doors: Doors::of(owed, all),
            left: owed.sum.max(Money::ZERO),
        }
    }

    pub(super) fn step(&self, index: usize) -> Option<Money> {
        self.all[index].account.terms.rules.step
    }

    /// What the account could give now.
    fn most(&self, index: usize) -> Money {
        let room = self.room(index);
        self.all[index].account.terms.rules.in_steps(room)
    }

    /// The same to the kopeck, whole roubles or not.
    fn room(&self, index: usize) -> Money {
        let type_left = self.type_left[self.kind[index]].unwrap_or(self.left);
        let want = self.ceiling[index].min(type_left).min(self.left);
        self.doors.most(index, want.max(Money::ZERO))
    }

    /// What an account that gives `given` already could give beside it, up to `want`.
    pub(super) fn at_most(&self, index: usize, given: Money, want: Money) -> Money {
        let own = self.ceiling[index].checked_sub(given);
        let room = self.room(index).min(own.unwrap_or(Money::ZERO)).min(want);
        self.all[index].account.terms.rules.in_steps(room)
    }

    /// How many accounts there are.
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    /// The account gives so much, which is no more than it can.
    pub(super) fn give(&mut self, index: usize, amount: Money) {
        self.doors.give(index, amount);
        let of_type = self.type_left[self.kind[index]].as_mut();
        for sum in [Some(&mut self.left), of_type].into_iter().flatten() {
            *sum = sum.checked_sub(amount).unwrap_or(Money::ZERO);
        }
    }

    /// By account: what it gives.
    fn takes(mut self) -> Vec<Money> {
        let order = std::mem::take(&mut self.order);
        let mut takes = vec![Money::ZERO; self.all.len()];
        if order.iter().any(|&index| self.step(index).is_some()) {
            self.with_steps(&order, &mut takes);
        } else {
            self.in_turn(&order, &mut takes);
        }
        takes
    }

    fn in_turn(&mut self, order: &[usize], takes: &mut [Money]) {
        for &index in order {
            if !self.left.is_positive() {
                break;
            }
            takes[index] = self.most(index);
            self.give(index, takes[index]);
        }
    }

    /// What stays open once these have taken their turns as covers most: those that give whole
    /// roubles first, so that kopecks are left to those that have them. Whole roubles of different
    /// types may be in each other's way, so each type is tried as the first. `takes` gets what they
    /// gave.
    fn open_after(&self, order: &[usize], takes: &mut [Money]) -> Money {
        let (whole, others): (Vec<usize>, Vec<usize>) =
            order.iter().partition(|&&index| self.step(index).is_some());
        let mut kinds: Vec<usize> = whole.iter().map(|&index| self.kind[index]).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let first = [None].into_iter().chain(kinds.into_iter().map(Some));
        let mut best: Option<(Money, Vec<Money>)> = None;
        for kind in first.take(TYPES_TRIED_MAX) {
            let mut next = self.clone();
            let mut given = takes.to_vec();
            let (before, after): (Vec<usize>, Vec<usize>) = whole
                .iter()
                .partition(|&&index| Some(self.kind[index]) == kind);
            for part in [&before, &after, &others] {
                next.in_turn(part, &mut given);
            }
            if best.as_ref().is_none_or(|(open, _)| next.left < *open) {
                best = Some((next.left, given));
            }
        }
        match best {
            Some((open, given)) => {
                takes.copy_from_slice(&given);
                open
            }
            None => self.left,
        }
    }

    /// Turns where some give whole roubles. Each gives as much as it can, unless more of the bill
    /// is covered when it gives less: then it gives up the kopecks that fill somebody's rouble.
    fn with_steps(mut self, order: &[usize], takes: &mut [Money]) {
        let mut unused = takes.to_vec();
        let open = self.open_after(order, &mut unused);
        for (turn, &index) in order.iter().enumerate() {
            let later = &order[turn + 1..];
            let most = self.most(index);
            let open_if = |amount: Money, takes: &mut [Money]| {
                let mut next = self.clone();
                next.give(index, amount);
                next.open_after(later, takes)
            };
            // What is surely among the best: its part of the way that covers most.
            let mut best = takes.to_vec();
            let _ = self.open_after(&order[turn..], &mut best);
            let mut chosen = best[index];
            for less in self.little_less(index, most, later) {
                if less > chosen && open_if(less, &mut unused) <= open {
                    chosen = less;
                    break;
                }
            }
            takes[index] = chosen;
            self.give(index, chosen);
        }
    }

    /// All that the account can give, then that less the kopecks that fill up a rouble of one of the
    /// later accounts; the most first.
    fn little_less(&self, own: usize, most: Money, later: &[usize]) -> Vec<Money> {
        let mut tries = vec![most];
        let mut next = self.clone();
        next.give(own, most);
        for &other in later {
            let Some(step) = self.step(other) else {
                continue;
            };
            let found = next.room(other);
            let whole = next.most(other);
            next.give(other, whole);
            let fill = found
                .checked_sub(whole)
                .and_then(|over| step.checked_sub(over))
                .unwrap_or(Money::ZERO);
            let less = most.checked_sub(fill).unwrap_or(Money::ZERO);
            let less = self.all[own].account.terms.rules.in_steps(less);
            if !tries.contains(&less) {
                tries.push(less);
            }
        }
        tries.sort_unstable_by(|one, other| other.cmp(one));
        tries
    }
}
