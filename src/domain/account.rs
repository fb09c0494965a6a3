//! One account of a guest in Lime.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::{Money, SpendRules};

/// Lime's name for an account (the id of the right). Never its position in a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub String);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an account holds. Which `goodTypeId` is which kind is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// The guest's own money («Депозит»).
    Money,
    /// Bonus points that count as roubles («Бонусы»).
    Bonus,
    /// May go below zero down to a limit («Кредит»).
    Credit,
    /// Not money: tickets and what the config does not name.
    Other,
}

impl AccountKind {
    /// The word of the JSON answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Bonus => "bonus",
            Self::Credit => "credit",
            Self::Other => "other",
        }
    }
}

/// Why nothing may be taken from an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSpendable {
    /// The card that leads to it is blocked, lost or expired.
    CardNotActive,
    /// Its last day is over.
    Expired,
    /// Its first day has not come.
    NotYetValid,
    /// Nothing is on it.
    Empty,
    /// A credit account whose limit is not known.
    NoCreditLimit,
    /// Tickets, or a type that the config does not allow to pay with.
    NotMoney,
    /// There is money, and all of it is held for payments that are under way elsewhere.
    Held,
}

impl NotSpendable {
    /// The word of the JSON answers and the locale key.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CardNotActive => "card_not_active",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Empty => "empty",
            Self::NoCreditLimit => "no_credit_limit",
            Self::NotMoney => "not_money",
            Self::Held => "held",
        }
    }
}

/// An account as Lime answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The same whichever card led to it.
    pub id: AccountId,
    /// Lime's `goodTypeId`.
    pub type_id: String,
    /// Lime's name, cleaned: «Депозит».
    pub name: String,
    /// What it holds.
    pub kind: AccountKind,
    /// As Lime has it; below zero on credit accounts.
    pub balance: Money,
    /// What may be taken now: balance plus credit limit; zero where nothing may be taken.
    pub available: Money,
    /// Last moment of validity, in the site's local time as Lime writes it.
    pub valid_to: Option<DateTime>,
    /// Order of use set in the config; lower goes first.
    pub priority: u32,
    /// `None`: it may pay. Otherwise why not.
    pub not_spendable: Option<NotSpendable>,
    /// On what terms it pays.
    pub terms: Terms,
}

/// On what terms an account pays, beside what is on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// First moment of validity, in the site's local time as Lime writes it.
    pub valid_from: Option<DateTime>,
    /// Of the balance, what is held for payments that are under way elsewhere; `None`: the server
    /// does not tell.
    pub held: Option<Money>,
    /// When the server said so, in the site's local time.
    pub as_of: Option<DateTime>,
    /// What this till took from it today, as its journal knows; see
    /// [`SpendRules::per_day_max`](super::SpendRules::per_day_max).
    pub spent_today: Money,
    /// What its type gave to the bill in parts that were paid before; see
    /// [`SpendRules::bill_share_percent`](super::SpendRules::bill_share_percent).
    pub paid_of_bill: Money,
    /// The site's rules for its type.
    pub rules: Arc<SpendRules>,
    /// Whether the guest's PIN lets it give more than
    /// [`SpendRules::pin_above`](super::SpendRules::pin_above).
    pub pin: PinCheck,
}

/// What is known of the PIN of an account's guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinCheck {
    /// The site's server checks none: what is above the rule is refused.
    #[default]
    Impossible,
    /// The guest may type it, before money moves.
    Possible,
    /// He did, and it was right.
    Checked(Timestamp),
}

impl Account {
    /// The guest must type his PIN before it gives that sum.
    pub fn wants_pin(&self, sum: Money) -> bool {
        let above = self.terms.rules.pin_above.is_some_and(|most| sum > most);
        above && self.terms.pin == PinCheck::Possible
    }

    /// What all accounts of its type together may still give to a bill of that sum, and the percent
    /// that says so. `None`: no such rule.
    pub fn share_left(&self, bill: Money) -> Option<(Money, u8)> {
        let rules = &self.terms.rules;
        let left = rules.share_of(bill)?.checked_sub(self.terms.paid_of_bill);
        let left = rules.in_steps(left.unwrap_or(Money::ZERO));
        Some((left, rules.bill_share_percent?))
    }

    /// The balance, where it is money. Tickets are counted in the same field of Lime's answer; their
    /// number is no sum.
    pub const fn balance_in_money(&self) -> Option<Money> {
        match self.kind {
            AccountKind::Money | AccountKind::Bonus | AccountKind::Credit => Some(self.balance),
            AccountKind::Other => None,
        }
    }

    /// May pay something now.
    pub const fn is_spendable(&self) -> bool {
        self.not_spendable.is_none() && self.available.is_positive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts and the journal know a kind by the same word.
    #[test]
    fn words() {
        let written = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        for (kind, word) in [
            (AccountKind::Money, "money"),
            (AccountKind::Bonus, "bonus"),
            (AccountKind::Credit, "credit"),
            (AccountKind::Other, "other"),
        ] {
            assert_eq!(kind.word(), word);
            assert_eq!(written(&serde_json::to_value(kind).unwrap()), word);
        }
        for (why, word) in [
            (NotSpendable::CardNotActive, "card_not_active"),
            (NotSpendable::Expired, "expired"),
            (NotSpendable::NotYetValid, "not_yet_valid"),
            (NotSpendable::Empty, "empty"),
            (NotSpendable::NoCreditLimit, "no_credit_limit"),
            (NotSpendable::NotMoney, "not_money"),
            (NotSpendable::Held, "held"),
        ] {
            assert_eq!(why.word(), word);
            assert_eq!(written(&serde_json::to_value(why).unwrap()), word);
        }
        assert_eq!(format!("{:>4}", AccountId("12".into())), "  12");
    }

    #[test]
    fn what_may_pay() {
        for (kind, kopecks, not_spendable, in_money, may_pay) in [
            (AccountKind::Money, 100, None, true, true),
            (AccountKind::Bonus, 1, None, true, true),
            (AccountKind::Credit, 0, None, true, false),
            (AccountKind::Money, -1, None, true, false),
            (
                AccountKind::Money,
                100,
                Some(NotSpendable::Expired),
                true,
                false,
            ),
            (
                AccountKind::Other,
                5,
                Some(NotSpendable::NotMoney),
                false,
                false,
            ),
        ] {
            let money = Money::from_kopecks(kopecks);
            let account = Account {
                id: AccountId("1".into()),
                type_id: "1".into(),
                name: String::new(),
                kind,
                balance: money,
                available: money,
                valid_to: None,
                priority: 1,
                not_spendable,
                terms: Terms::default(),
            };
            assert_eq!(
                account.balance_in_money(),
                in_money.then_some(money),
                "{account:?}"
            );
            assert_eq!(account.is_spendable(), may_pay, "{account:?}");
        }
    }
}
