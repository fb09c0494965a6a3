//! The rules as ceilings: how much each account may give, and to which rows.

use std::fmt;

use super::{Consent, Owed, Reachable};
use crate::domain::flow::Flow;
use crate::domain::{Account, Dish, DishRule, Money, PinCheck};

/// The rule that keeps an account from giving more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// All accounts of its type together pay at most so many hundredths of a bill.
    BillShare(u8),
    /// The most for one payment.
    PerOperation,
    /// The most for a day.
    PerDay,
    /// More needs a manager.
    NeedsManager,
    /// More needs the guest's PIN.
    NeedsPin,
    /// Sums are multiples of this.
    Step(Money),
    /// The rest of the bill is dishes that it may not pay.
    Dishes,
    /// The rest of the bill is dishes that it may not pay as long as nobody knows their groups.
    DishesUnknown,
}

impl Limit {
    /// The word of the JSON answers and the locale key.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BillShare(_) => "bill_share",
            Self::PerOperation => "per_operation",
            Self::PerDay => "per_day",
            Self::NeedsManager => "needs_manager",
            Self::NeedsPin => "needs_pin",
            Self::Step(_) => "step",
            Self::Dishes => "dishes",
            Self::DishesUnknown => "dishes_unknown",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The most that an account gives to one payment by the rules for itself and with that yes, and the
/// rule that says so; `None` where it is what is available.
pub(super) fn ceiling(account: &Account, consent: Consent) -> (Money, Option<Limit>) {
    let rules = &account.terms.rules;
    let today = rules.per_day_max.map(|most| {
        let left = most.checked_sub(account.terms.spent_today);
        left.unwrap_or(Money::ZERO).max(Money::ZERO)
    });
    // Where the guest can type his PIN it is asked for before money moves, and keeps nobody from a sum.
    let without_pin = match account.terms.pin {
        PinCheck::Impossible => rules.pin_above,
        PinCheck::Possible | PinCheck::Checked(_) => None,
    };
    let mut least = (account.available.max(Money::ZERO), None);
    for (most, limit) in [
        (rules.per_operation_max, Limit::PerOperation),
        (today, Limit::PerDay),
        (
            rules.manager_above.filter(|_| !consent.manager),
            Limit::NeedsManager,
        ),
        (without_pin, Limit::NeedsPin),
    ] {
        if let Some(most) = most
            && most < least.0
        {
            least = (most, Some(limit));
        }
    }
    (rules.in_steps(least.0), least.1)
}

/// Which accounts may pay which rows. Accounts with equal rules go through one door, and rows that
/// the same doors lead to are one pile: both are few, however long the bill is.
#[derive(Clone, Debug)]
pub(super) struct Doors {
    /// By account.
    door: Vec<usize>,
    flow: Flow,
}

impl Doors {
    pub(super) fn of(owed: &Owed<'_>, accounts: &[Reachable<'_>]) -> Self {
        let mut rules: Vec<&DishRule> = Vec::new();
        let door = accounts
            .iter()
            .map(|entry| {
                let own = &entry.account.terms.rules.dishes;
                rules
                    .iter()
                    .position(|&rule| rule == own)
                    .unwrap_or_else(|| {
                        rules.push(own);
                        rules.len() - 1
                    })
            })
            .collect();
        let mut piles: Vec<(Vec<bool>, i64)> = Vec::new();
        for row in &owed.rows {
            let open: Vec<bool> = rules.iter().map(|rule| rule.allows(row.dish)).collect();
            let due = row.due.max(Money::ZERO).kopecks();
            match piles.iter_mut().find(|(doors, _)| *doors == open) {
                Some((_, room)) => *room = room.saturating_add(due),
                None => piles.push((open, due)),
            }
        }
        let allowed = (0..rules.len())
            .map(|door| piles.iter().map(|(open, _)| open[door]).collect())
            .collect();
        let flow = Flow::new(allowed, piles.iter().map(|&(_, room)| room).collect());
        Self { door, flow }
    }

    /// The account gives up to `want`; how much it could.
    pub(super) fn give(&mut self, account: usize, want: Money) -> Money {
        let door = self.door[account];
        Money::from_kopecks(self.flow.give(door, want.kopecks()))
    }

    /// What it could give, up to `want`.
    pub(super) fn most(&self, account: usize, want: Money) -> Money {
        let door = self.door[account];
        Money::from_kopecks(self.flow.most(door, want.kopecks()))
    }
}

/// Why an account with a rule about dishes finds no more of them.
pub(super) fn no_dishes(owed: &Owed<'_>) -> Limit {
    if owed.rows.iter().any(|row| row.dish == Dish::Unknown) {
        Limit::DishesUnknown
    } else {
        Limit::Dishes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccountId, AccountKind, SpendRules, Terms};

    /// Scripts and locales know a limit by the same word.
    #[test]
    fn words() {
        let said = [
            Limit::BillShare(50),
            Limit::PerOperation,
            Limit::PerDay,
            Limit::NeedsManager,
            Limit::NeedsPin,
            Limit::Step(Money::from_kopecks(100)),
            Limit::Dishes,
            Limit::DishesUnknown,
        ]
        .map(|limit| limit.to_string());
        assert_eq!(
            said,
            [
                "bill_share",
                "per_operation",
                "per_day",
                "needs_manager",
                "needs_pin",
                "step",
                "dishes",
                "dishes_unknown",
            ]
        );
    }

    /// A rule that leaves all that there is keeps nobody from anything; of equal ones the first is named.
    #[test]
    fn a_rule_is_named_only_where_it_takes_something_away() {
        let sum = |kopecks| Some(Money::from_kopecks(kopecks));
        for (per_operation_max, pin_above, most, limit) in [
            (None, None, 300, None),
            (sum(300), None, 300, None),
            (sum(299), None, 299, Some(Limit::PerOperation)),
            (sum(200), sum(200), 200, Some(Limit::PerOperation)),
            (sum(200), sum(199), 199, Some(Limit::NeedsPin)),
        ] {
            let rules = SpendRules {
                per_operation_max,
                pin_above,
                ..SpendRules::default()
            };
            let account = Account {
                id: AccountId("a".into()),
                type_id: "1".into(),
                name: "a".into(),
                kind: AccountKind::Money,
                balance: Money::from_kopecks(300),
                available: Money::from_kopecks(300),
                valid_to: None,
                priority: 1,
                not_spendable: None,
                terms: Terms {
                    rules: std::sync::Arc::new(rules),
                    ..Terms::default()
                },
            };
            let least = ceiling(&account, Consent::default());
            assert_eq!(least, (Money::from_kopecks(most), limit));
        }
    }
}
