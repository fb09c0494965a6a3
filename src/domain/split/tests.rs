//! The suggestion and the check by example.

use proptest::prelude::*;

use super::*;
use crate::domain::{AccountKind, Dish, DishRule, NotSpendable, SpendRules, Terms};

pub(super) fn account(id: &str, available: i64) -> Account {
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
        terms: Terms::default(),
    }
}

pub(super) fn card(uid: &str, accounts: Vec<Account>) -> Card {
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

/// A bill of one dish that is in no group.
pub(super) fn owed(kopecks: i64) -> Owed<'static> {
    bill(&[(kopecks, Dish::In(&[]))])
}

pub(super) fn bill<'a>(rows: &[(i64, Dish<'a>)]) -> Owed<'a> {
    let sum = Money::from_kopecks(rows.iter().map(|&(due, _)| due).sum());
    let row = |&(due, dish)| OwedRow {
        due: Money::from_kopecks(due),
        dish,
    };
    Owed {
        sum,
        bill: sum,
        rows: rows.iter().map(row).collect(),
        consent: Consent::default(),
    }
}

pub(super) fn with(mut account: Account, rules: SpendRules) -> Account {
    account.terms.rules = std::sync::Arc::new(rules);
    account
}

pub(super) fn taken(split: &Split) -> Vec<(&str, i64)> {
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
    let split = Split::suggest(&owed(1_000), &cards);
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
    assert_eq!(split.why[0].turn, Turn::CreditLast);
    assert_eq!(
        split.why[4].turn,
        Turn::ExpiresOn(jiff::civil::date(2026, 12, 1))
    );
    assert_eq!(split.check(&owed(1_000), &cards), Ok(()));
}

#[test]
fn a_shared_account_counts_once() {
    let cards = [
        card("1", vec![account("family", 700)]),
        card("2", vec![account("family", 700)]),
    ];
    let split = Split::suggest(&owed(1_000), &cards);
    assert_eq!(taken(&split), [("family", 700)]);
    assert_eq!(
        split.check(&owed(1_000), &cards),
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
    let split = Split::suggest(&owed(500), &cards);
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
        .check(&owed(100), &cards)
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
        .check(&owed(due), &cards)
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
        let split = Split::suggest(&owed(due), &cards);
        prop_assert_eq!(&split, &Split::suggest(&owed(due), &cards));
        let funds: i64 = balances.iter().map(|&(kopecks, ..)| kopecks).sum();
        prop_assert_eq!(split.total().unwrap().kopecks(), funds.min(due));
        if funds >= due {
            prop_assert_eq!(split.check(&owed(due), &cards), Ok(()));
        }
    }
}

const FOOD: &str = "Кухня";

/// Wine for 400, soup for 290, cake for 210.
fn dinner<'a>(food: &'a [String], bar: &'a [String]) -> Owed<'a> {
    bill(&[
        (40_000, Dish::In(bar)),
        (29_000, Dish::In(food)),
        (21_000, Dish::In(food)),
    ])
}

fn groups(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The account that burns first would eat the soup; then the bonuses would have nothing to pay.
#[test]
fn the_most_restricted_money_goes_where_only_it_may() {
    let (food, bar) = (groups(&[FOOD, "Меню"]), groups(&["Бар", "Меню"]));
    let mut deposit = account("deposit", 50_000);
    deposit.valid_to = Some(jiff::civil::date(2026, 12, 1).at(0, 0, 0, 0));
    let rules = SpendRules {
        dishes: DishRule::Only(groups(&[FOOD])),
        ..SpendRules::default()
    };
    let cards = [card(
        "1",
        vec![deposit, with(account("bonus", 60_000), rules)],
    )];
    let split = Split::suggest(&dinner(&food, &bar), &cards);
    assert_eq!(taken(&split), [("deposit", 50_000), ("bonus", 40_000)]);
    assert_eq!(split.why[1].limit, Some(Limit::Dishes));
    assert_eq!(split.check(&dinner(&food, &bar), &cards), Ok(()));
}

#[test]
fn every_rule_is_checked_and_says_what_is_possible() {
    let (food, bar) = (groups(&[FOOD]), groups(&["Бар"]));
    let owed = dinner(&food, &bar);
    let roubles = |sum: i64| Some(Money::from_kopecks(sum * 100));
    let none = SpendRules::default();
    for (rules, asked, limit, allowed) in [
        (
            SpendRules {
                bill_share_percent: Some(50),
                ..none.clone()
            },
            45_001,
            Limit::BillShare(50),
            45_000,
        ),
        (
            SpendRules {
                per_operation_max: roubles(100),
                ..none.clone()
            },
            10_001,
            Limit::PerOperation,
            10_000,
        ),
        (
            SpendRules {
                manager_above: roubles(200),
                pin_above: roubles(300),
                ..none.clone()
            },
            30_001,
            Limit::NeedsManager,
            20_000,
        ),
        (
            SpendRules {
                pin_above: roubles(300),
                ..none.clone()
            },
            30_001,
            Limit::NeedsPin,
            30_000,
        ),
        (
            SpendRules {
                step: roubles(1),
                ..none.clone()
            },
            10_050,
            Limit::Step(Money::from_kopecks(100)),
            10_000,
        ),
        (
            SpendRules {
                dishes: DishRule::Except(groups(&["бар"])),
                ..none.clone()
            },
            50_001,
            Limit::Dishes,
            50_000,
        ),
    ] {
        let cards = [card("1", vec![with(account("a", 90_000), rules)])];
        let check = |kopecks| {
            let share = Share {
                uid: Uid::new("1").unwrap(),
                account: AccountId("a".into()),
                amount: Money::from_kopecks(kopecks),
            };
            let split = Split {
                shares: vec![share],
                why: vec![],
            };
            split.check(&owed.clone().part(Money::from_kopecks(kopecks)), &cards)
        };
        assert_eq!(
            check(asked),
            Err(SplitError::Rule {
                account: AccountId("a".into()),
                limit,
                allowed: Money::from_kopecks(allowed),
                asked: Money::from_kopecks(asked),
            })
        );
        assert_eq!(check(allowed), Ok(()));
    }
}

#[test]
fn dishes_of_unknown_groups_are_not_for_accounts_with_a_rule() {
    let rules = SpendRules {
        dishes: DishRule::Except(groups(&["Бар"])),
        ..SpendRules::default()
    };
    let cards = [card("1", vec![with(account("a", 500), rules)])];
    let owed = bill(&[(500, Dish::Unknown)]);
    assert_eq!(taken(&Split::suggest(&owed, &cards)), []);
    let share = Share {
        uid: Uid::new("1").unwrap(),
        account: AccountId("a".into()),
        amount: Money::from_kopecks(500),
    };
    let typed = Split {
        shares: vec![share],
        why: vec![],
    };
    assert!(matches!(
        typed.check(&owed, &cards),
        Err(SplitError::Rule {
            limit: Limit::DishesUnknown,
            allowed: Money::ZERO,
            ..
        })
    ));
}

/// The limit of the day is what is left of it; the share of a bill is one for all accounts of a type.
#[test]
fn what_was_spent_today_and_what_others_of_the_type_give_counts() {
    let rules = SpendRules {
        bill_share_percent: Some(50),
        per_day_max: Some(Money::from_kopecks(400)),
        ..SpendRules::default()
    };
    let mut spent = with(account("spent", 1_000), rules.clone());
    spent.terms.spent_today = Money::from_kopecks(150);
    let cards = [
        card("1", vec![spent]),
        card("2", vec![with(account("fresh", 1_000), rules)]),
    ];
    let split = Split::suggest(&owed(1_000), &cards);
    assert_eq!(taken(&split), [("spent", 250), ("fresh", 250)]);
    assert_eq!(split.why[0].limit, Some(Limit::BillShare(50)));
    assert_eq!(
        taken(&Split::suggest(&owed(2_000), &cards)),
        [("spent", 250), ("fresh", 400)]
    );
}

/// Only accounts of the same type use up its share of a bill.
#[test]
fn a_share_is_of_its_own_type() {
    let half = SpendRules {
        bill_share_percent: Some(50),
        ..SpendRules::default()
    };
    let mut other = account("other", 400);
    other.type_id = "2".into();
    let cards = [card("1", vec![with(account("half", 1_000), half), other])];
    let split = Split::suggest(&owed(1_000), &cards);
    assert_eq!(taken(&split), [("half", 500), ("other", 400)]);
    assert_eq!(split.why[0].limit, Some(Limit::BillShare(50)));
    assert_eq!(split.why[1].limit, None);
}

/// 150.50 of a deposit of 100.00 that burns and bonuses in whole roubles: the deposit keeps 50
/// kopecks, or the bill would stay open for 50 kopecks.
#[test]
fn kopecks_are_left_to_those_that_have_them() {
    let mut deposit = account("deposit", 10_000);
    deposit.valid_to = Some(jiff::civil::date(2026, 12, 1).at(0, 0, 0, 0));
    let whole = SpendRules {
        step: Some(Money::from_kopecks(100)),
        ..SpendRules::default()
    };
    let cards = [card(
        "1",
        vec![deposit, with(account("bonus", 500_070), whole)],
    )];
    let split = Split::suggest(&owed(15_050), &cards);
    assert_eq!(taken(&split), [("deposit", 9_950), ("bonus", 5_100)]);
}

/// Soup for 6.00 and service for 1.00. The account that burns first could pay all of the soup; then
/// the other type would find 1.00 where it gives 3.00 at a time, and the bill would stay open.
#[test]
fn whole_sums_of_one_type_make_way_for_those_of_another() {
    let food = groups(&[FOOD]);
    let steps = |dishes, step: Option<i64>| SpendRules {
        dishes,
        step: step.map(Money::from_kopecks),
        ..SpendRules::default()
    };
    let only_food = || DishRule::Only(groups(&[FOOD]));
    let of = |id: &str, available, rules| {
        let mut account = with(account(id, available), rules);
        account.type_id = id.into();
        account
    };
    let mut burns = of("burns", 600, steps(only_food(), Some(300)));
    burns.valid_to = Some(jiff::civil::date(2026, 12, 1).at(0, 0, 0, 0));
    let no_wine = DishRule::Except(groups(&["Вино"]));
    let cards = [card(
        "1",
        vec![
            of("kopecks", 200, steps(only_food(), None)),
            burns,
            of("wide", 300, steps(no_wine, Some(300))),
        ],
    )];
    let owed = bill(&[(600, Dish::In(&food)), (100, Dish::Service)]);
    assert_eq!(
        taken(&Split::suggest(&owed, &cards)),
        [("kopecks", 100), ("burns", 300), ("wide", 300)]
    );
}

/// A limit that the share stays below is not worth a word.
#[test]
fn a_limit_is_named_where_a_share_comes_up_against_it() {
    let rules = SpendRules {
        per_operation_max: Some(Money::from_kopecks(300)),
        ..SpendRules::default()
    };
    let cards = [card("1", vec![with(account("a", 500), rules)])];
    for (due, limit) in [
        (299, None),
        (300, Some(Limit::PerOperation)),
        (400, Some(Limit::PerOperation)),
    ] {
        assert_eq!(
            Split::suggest(&owed(due), &cards).why[0].limit,
            limit,
            "{due}"
        );
    }
}
