//! What a site lets an account pay: shares of a bill, kinds of dishes, largest sums, whole roubles.

use super::Money;

/// Rules for the accounts of one type, as the config states them. Nothing stated: everything that
/// is available may be taken, for any dish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpendRules {
    /// All accounts of the type together pay at most so many hundredths of a bill; 0 to 100.
    pub bill_share_percent: Option<u8>,
    /// Which dishes it may pay.
    pub dishes: DishRule,
    /// Most that one account gives to one payment.
    pub per_operation_max: Option<Money>,
    /// Most that one account gives in a day, as far as this till's journal knows.
    pub per_day_max: Option<Money>,
    /// Larger sums need a manager's yes ([`Consent`](super::Consent)).
    pub manager_above: Option<Money>,
    /// Larger sums need the guest's PIN, and are refused where the site's server checks none
    /// ([`PinCheck`](super::PinCheck)).
    pub pin_above: Option<Money>,
    /// Every sum is a multiple of this: 100 kopecks for whole roubles. Always above zero.
    pub step: Option<Money>,
}

/// Which dishes an account may pay, by the groups of r_keeper's menu: a group's name, code or id,
/// upper and lower case alike. A group holds all that its groups hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DishRule {
    /// All of them.
    #[default]
    Any,
    /// Only dishes of these groups; no service charge.
    Only(Vec<String>),
    /// All but dishes of these groups.
    Except(Vec<String>),
}

/// What a row of a bill is, as far as [`DishRule`] cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dish<'a> {
    /// What is added to the whole order: in no group.
    Service,
    /// A dish in these groups.
    In(&'a [String]),
    /// A dish whose groups could not be read.
    Unknown,
}

impl DishRule {
    /// Whether such accounts may pay the dish. Where its groups are not known: no.
    pub fn allows(&self, dish: Dish<'_>) -> bool {
        match (self, dish) {
            (Self::Any, _) | (Self::Except(_), Dish::Service) => true,
            (Self::Only(_) | Self::Except(_), Dish::Unknown) | (Self::Only(_), Dish::Service) => {
                false
            }
            (Self::Only(named), Dish::In(groups)) => holds(named, groups),
            (Self::Except(named), Dish::In(groups)) => !holds(named, groups),
        }
    }

    /// Whether some dishes are not for it.
    pub const fn restricts(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Only(_) | Self::Except(_) => true,
        }
    }
}

fn holds(named: &[String], groups: &[String]) -> bool {
    let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    named
        .iter()
        .any(|name| groups.iter().any(|group| same(name, group)))
}

impl SpendRules {
    /// The sum without what is no whole step.
    pub fn in_steps(&self, sum: Money) -> Money {
        let step = self.step.map_or(1, Money::kopecks).max(1);
        let sum = sum.max(Money::ZERO).kopecks();
        Money::from_kopecks(sum - sum % step)
    }

    /// What all accounts of the type together may pay of a bill of that sum, rounded down. `None`:
    /// no such rule.
    pub fn share_of(&self, bill: Money) -> Option<Money> {
        let percent = i128::from(self.bill_share_percent?.min(100));
        let share = i128::from(bill.max(Money::ZERO).kopecks()) * percent / 100;
        // A hundredth of a sum, taken a hundred times at most, is a sum.
        let share = Money::from_kopecks(i64::try_from(share).unwrap_or(0));
        Some(self.in_steps(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn which_dishes() {
        let food = names(&["Кухня", "12", "Меню"]);
        let wine = names(&["Вино", "31", "Бар", "30", "Меню"]);
        let only = DishRule::Only(names(&["кухня"]));
        let except = DishRule::Except(names(&[" 30 "]));
        for (rule, dish, may) in [
            (&DishRule::Any, Dish::Unknown, true),
            (&DishRule::Any, Dish::In(&wine), true),
            (&only, Dish::In(&food), true),
            (&only, Dish::In(&wine), false),
            (&only, Dish::In(&[]), false),
            (&only, Dish::Service, false),
            (&only, Dish::Unknown, false),
            (&except, Dish::In(&food), true),
            (&except, Dish::In(&wine), false),
            (&except, Dish::In(&[]), true),
            (&except, Dish::Service, true),
            (&except, Dish::Unknown, false),
        ] {
            assert_eq!(rule.allows(dish), may, "{rule:?} {dish:?}");
        }
    }

    #[test]
    fn shares_and_steps_are_rounded_down() {
        for (percent, step, bill, share) in [
            (None, None, 100, None),
            (Some(50), None, 235_000, Some(117_500)),
            (Some(50), None, 101, Some(50)),
            (Some(33), None, 100, Some(33)),
            (Some(50), Some(100), 23_501, Some(11_700)),
            (Some(100), None, i64::MAX, Some(i64::MAX)),
            (Some(0), None, 100, Some(0)),
            (Some(50), None, -100, Some(0)),
        ] {
            let rules = SpendRules {
                bill_share_percent: percent,
                step: step.map(Money::from_kopecks),
                ..SpendRules::default()
            };
            let got = rules.share_of(Money::from_kopecks(bill));
            assert_eq!(got.map(Money::kopecks), share, "{percent:?} {bill}");
        }
    }
}
