//! Who pays how much: the suggestion, and the check of what the cashier made of it.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Account, AccountId, AccountKind, Card, CardStatus, Money, Uid};

/// The sum that one account gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The card that the guest tapped for it.
    pub uid: Uid,
    /// The account that pays.
    pub account: AccountId,
    /// Always above zero.
    pub amount: Money,
}

/// The shares of a bill; each account at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// In the order of the accounts on screen.
    pub shares: Vec<Share>,
    /// One reason per share, same order; empty for splits that the cashier typed.
    pub why: Vec<WhySuggested>,
}

/// Why the suggestion takes from an account where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhySuggested {
    /// It runs out soonest: «сгорает 01.12».
    ExpiresOn(Date),
    /// The configured order of use.
    Priority,
    /// Credit comes last.
    CreditLast,
}

/// Why a split may not be paid.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SplitError {
    /// The shares are less or more than what is due.
    #[error("the shares add up to {shares}, due is {due}")]
    SumMismatch {
        /// Sum of the shares.
        shares: Money,
        /// What is to be paid.
        due: Money,
    },
    /// More than the account may give.
    #[error("account {account} has {available}, {asked} was asked")]
    AboveAvailable {
        /// The account.
        account: AccountId,
        /// What it may give.
        available: Money,
        /// What the share takes.
        asked: Money,
    },
    /// The account may not pay at all.
    #[error("account {0} may not pay")]
    NotSpendable(AccountId),
    /// No tapped card leads to it.
    #[error("account {0} belongs to no tapped card")]
    UnknownAccount(AccountId),
    /// The same account twice.
    #[error("account {0} is used twice")]
    Duplicate(AccountId),
    /// Zero or negative share.
    #[error("a share of account {0} is not above zero")]
    NotPositive(AccountId),
    /// Sums too large to add.
    #[error("the sums are too large")]
    Overflow,
}

/// An account with the first tapped card that leads to it.
#[derive(Clone, Copy, Debug)]
pub struct Reachable<'a> {
    /// That card.
    pub card: &'a Card,
    /// The account.
    pub account: &'a Account,
}

/// All accounts of the tapped cards, in tap order, each once: two cards of one family that lead to
/// one account show it with the first of them that is active.
pub fn reachable(cards: &[Card]) -> Vec<Reachable<'_>> {
    let mut found: Vec<Reachable<'_>> = Vec::new();
    for card in cards {
        for account in &card.accounts {
            match found
                .iter_mut()
                .find(|known| known.account.id == account.id)
            {
                None => found.push(Reachable { card, account }),
                Some(known)
                    if known.card.status != CardStatus::Active
                        && card.status == CardStatus::Active =>
                {
                    *known = Reachable { card, account };
                }
                Some(_) => {}
            }
        }
    }
    found
}

impl Split {
    /// The suggested split of `due`: spendable accounts only; soonest expiry first, then accounts
    /// without expiry by configured priority, credit last; ties in tap order. Never more than is
    /// available. Where all accounts together have too little, what they have.
    pub fn suggest(due: Money, cards: &[Card]) -> Self {
        let all = reachable(cards);
        let mut order: Vec<usize> = (0..all.len())
            .filter(|&index| all[index].account.is_spendable())
            .collect();
        order.sort_by_key(|&index| use_order(all[index].account));
        let mut left = due;
        let mut takes = vec![Money::ZERO; all.len()];
        for index in order {
            let take = left.min(all[index].account.available);
            if !take.is_positive() {
                break;
            }
            takes[index] = take;
            left = left.checked_sub(take).unwrap_or(Money::ZERO);
        }
        let mut split = Self::default();
        for (entry, amount) in all
            .iter()
            .zip(takes)
            .filter(|(_, amount)| amount.is_positive())
        {
            split.shares.push(Share {
                uid: entry.card.uid.clone(),
                account: entry.account.id.clone(),
                amount,
            });
            split
                .why
                .push(match (entry.account.kind, entry.account.valid_to) {
                    (AccountKind::Credit, _) => WhySuggested::CreditLast,
                    (_, Some(at)) => WhySuggested::ExpiresOn(at.date()),
                    (_, None) => WhySuggested::Priority,
                });
        }
        split
    }

    /// Sum of all shares; `None` on overflow.
    pub fn total(&self) -> Option<Money> {
        Money::total(self.shares.iter().map(|share| share.amount))
    }

    /// The one rule for the button, the core and the request: every share positive, from a
    /// spendable account of a tapped card, each account once, none above what it has, and all
    /// together exactly what is due.
    pub fn check(&self, due: Money, cards: &[Card]) -> Result<(), SplitError> {
        let all = reachable(cards);
        for (index, share) in self.shares.iter().enumerate() {
            let id = || share.account.clone();
            if !share.amount.is_positive() {
                return Err(SplitError::NotPositive(id()));
            }
            if self.shares[..index]
                .iter()
                .any(|other| other.account == share.account)
            {
                return Err(SplitError::Duplicate(id()));
            }
            let Some(entry) = all.iter().find(|entry| entry.account.id == share.account) else {
                return Err(SplitError::UnknownAccount(id()));
            };
            if !entry.account.is_spendable() {
                return Err(SplitError::NotSpendable(id()));
            }
            if share.amount > entry.account.available {
                return Err(SplitError::AboveAvailable {
                    account: id(),
                    available: entry.account.available,
                    asked: share.amount,
                });
            }
        }
        let shares = self.total().ok_or(SplitError::Overflow)?;
        if shares == due {
            Ok(())
        } else {
            Err(SplitError::SumMismatch { shares, due })
        }
    }
}

/// Order of use: expiring before not expiring, soonest first; then priority; credit last.
fn use_order(account: &Account) -> (bool, bool, DateTime, u32) {
    (
        account.kind == AccountKind::Credit,
        account.valid_to.is_none(),
        account.valid_to.unwrap_or(DateTime::MAX),
        account.priority,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::NotSpendable;

    fn account(id: &str, available: i64) -> Account {
        Account {
            id: AccountId(id.into()),
            type_id: "1".into(),
            name: id.into(),
            kind: AccountKind::Money,
            balance: Money::from_kopecks(available),
            available: Money::from_kopecks(available),
            valid_to: None,
            priority: 10,
            not_spendable: None,
        }
    }

    fn card(uid: &str, accounts: Vec<Account>) -> Card {
        Card {
            uid: Uid::new(uid).unwrap(),
            card_id: format!("c{uid}"),
            client_id: "1".into(),
            number: None,
            status: CardStatus::Active,
            holder: None,
            accounts,
        }
    }

    fn taken(split: &Split) -> Vec<(&str, i64)> {
        split
            .shares
            .iter()
            .map(|s| (s.account.0.as_str(), s.amount.kopecks()))
            .collect()
    }

    #[test]
    fn what_burns_first_goes_first_and_credit_last() {
        let mut credit = account("credit", 1_000);
        credit.kind = AccountKind::Credit;
        let mut soon = account("soon", 300);
        soon.valid_to = Some(jiff::civil::date(2026, 12, 1).at(23, 59, 59, 0));
        let mut later = account("later", 300);
        later.valid_to = Some(jiff::civil::date(2027, 12, 1).at(23, 59, 59, 0));
        let mut preferred = account("preferred", 100);
        preferred.priority = 1;
        let mut expired = account("expired", 500);
        expired.not_spendable = Some(NotSpendable::Expired);
        let cards = [
            card("1", vec![credit, later, expired]),
            card("2", vec![account("own", 50), preferred, soon]),
        ];
        let split = Split::suggest(Money::from_kopecks(1_000), &cards);
        assert_eq!(
            taken(&split),
            [
                ("credit", 250),
                ("later", 300),
                ("own", 50),
                ("preferred", 100),
                ("soon", 300)
            ]
        );
        assert_eq!(split.why[0], WhySuggested::CreditLast);
        assert_eq!(
            split.why[4],
            WhySuggested::ExpiresOn(jiff::civil::date(2026, 12, 1))
        );
        assert_eq!(split.check(Money::from_kopecks(1_000), &cards), Ok(()));
    }

    #[test]
    fn a_shared_account_counts_once() {
        let cards = [
            card("1", vec![account("family", 700)]),
            card("2", vec![account("family", 700)]),
        ];
        let split = Split::suggest(Money::from_kopecks(1_000), &cards);
        assert_eq!(taken(&split), [("family", 700)]);
        assert_eq!(
            split.check(Money::from_kopecks(1_000), &cards),
            Err(SplitError::SumMismatch {
                shares: Money::from_kopecks(700),
                due: Money::from_kopecks(1_000)
            })
        );
    }

    #[test]
    fn a_blocked_card_does_not_hide_an_account_that_an_active_one_reaches() {
        let mut blocked = card("1", vec![account("family", 700)]);
        blocked.status = CardStatus::Blocked;
        blocked.accounts[0].not_spendable = Some(NotSpendable::CardNotActive);
        let cards = [blocked, card("2", vec![account("family", 700)])];
        let split = Split::suggest(Money::from_kopecks(500), &cards);
        assert_eq!(split.shares[0].uid.reveal(), "2");
    }

    /// The card that is named for a shared account: the first one, unless only a later one may pay.
    #[test]
    fn which_card_a_shared_account_is_named_by() {
        use CardStatus::{Active, Blocked};
        for (first, second, named) in [
            (Active, Active, "A"),
            (Active, Blocked, "A"),
            (Blocked, Active, "B"),
            (Blocked, Blocked, "A"),
        ] {
            let of = |uid: &str, status| Card {
                status,
                ..card(uid, vec![account("1", 100)])
            };
            let cards = [of("A", first), of("B", second)];
            let reached = reachable(&cards);
            assert_eq!(reached.len(), 1);
            assert_eq!(reached[0].card.uid.reveal(), named, "{first:?} {second:?}");
        }
    }

    #[test]
    fn typed_splits_are_checked_share_by_share() {
        let cards = [card("1", vec![account("a", 100), account("b", 100)])];
        let check = |shares: &[(&str, i64)]| {
            let shares = shares
                .iter()
                .map(|&(id, kopecks)| Share {
                    uid: Uid::new("1").unwrap(),
                    account: AccountId(id.into()),
                    amount: Money::from_kopecks(kopecks),
                })
                .collect();
            Split {
                shares,
                why: vec![],
            }
            .check(Money::from_kopecks(100), &cards)
        };
        let id = |id: &str| AccountId(id.into());
        assert_eq!(check(&[("a", 60), ("b", 40)]), Ok(()));
        assert_eq!(
            check(&[("a", 0), ("b", 100)]),
            Err(SplitError::NotPositive(id("a")))
        );
        assert_eq!(
            check(&[("a", 50), ("a", 50)]),
            Err(SplitError::Duplicate(id("a")))
        );
        assert_eq!(
            check(&[("x", 100)]),
            Err(SplitError::UnknownAccount(id("x")))
        );
        assert!(matches!(
            check(&[("a", 101)]),
            Err(SplitError::AboveAvailable { .. })
        ));
        assert!(matches!(
            check(&[("a", 99)]),
            Err(SplitError::SumMismatch { .. })
        ));
    }

    /// Cases 54 and 60: to the kopeck, and no sum wraps around.
    #[test]
    fn three_thirds_are_not_the_whole_and_no_sum_wraps_around() {
        let check = |due: i64, each: &[i64]| {
            let ids: Vec<String> = (0..each.len()).map(|index| index.to_string()).collect();
            let cards = [card(
                "1",
                ids.iter().map(|id| account(id, i64::MAX)).collect(),
            )];
            let shares = ids.iter().zip(each).map(|(id, &kopecks)| Share {
                uid: Uid::new("1").unwrap(),
                account: AccountId(id.clone()),
                amount: Money::from_kopecks(kopecks),
            });
            Split {
                shares: shares.collect(),
                why: vec![],
            }
            .check(Money::from_kopecks(due), &cards)
        };
        assert_eq!(
            check(10_000, &[3_333, 3_333, 3_333]),
            Err(SplitError::SumMismatch {
                shares: Money::from_kopecks(9_999),
                due: Money::from_kopecks(10_000),
            })
        );
        assert_eq!(check(10_000, &[3_334, 3_333, 3_333]), Ok(()));
        assert_eq!(
            check(10_000_000_000, &[5_000_000_000, 5_000_000_000]),
            Ok(())
        );
        assert_eq!(
            check(8, &[i64::MAX, i64::MAX, 10]),
            Err(SplitError::Overflow)
        );
    }

    proptest! {
        #[test]
        fn a_suggestion_never_takes_more_than_there_is(
            due in 0_i64..1_000_000,
            balances in prop::collection::vec((0_i64..400_000, 0_u32..3, prop::bool::ANY), 0..20),
        ) {
            let accounts = balances
                .iter()
                .enumerate()
                .map(|(index, &(kopecks, priority, credit))| {
                    let mut account = account(&index.to_string(), kopecks);
                    account.priority = priority;
                    if credit { account.kind = AccountKind::Credit; }
                    account
                })
                .collect();
            let cards = [card("1", accounts)];
            let due = Money::from_kopecks(due);
            let split = Split::suggest(due, &cards);
            prop_assert_eq!(&split, &Split::suggest(due, &cards));
            let funds: i64 = balances.iter().map(|&(kopecks, ..)| kopecks).sum();
            prop_assert_eq!(split.total().unwrap().kopecks(), funds.min(due.kopecks()));
            if funds >= due.kopecks() {
                prop_assert_eq!(split.check(due, &cards), Ok(()));
            }
        }
    }
}
