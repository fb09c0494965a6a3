//! Halves, thirds and what keeps them from being equal.

use proptest::prelude::*;

use super::super::laws::{self, GROUPS, book, purse};
use super::super::tests::{account, bill, card, owed, taken, with};
use super::*;
use crate::domain::{CardStatus, Dish, DishRule, SpendRules};

fn accounts(ids: &[&str]) -> Vec<Part> {
    let part = |&id: &&str| Part {
        payer: Payer::Account(AccountId(id.into())),
        weight: 1,
    };
    ids.iter().map(part).collect()
}

fn guests(uids: &[&str]) -> Vec<Part> {
    let part = |&uid: &&str| Part {
        payer: Payer::Card(Uid::new(uid).unwrap()),
        weight: 1,
    };
    uids.iter().map(part).collect()
}

fn rich(n: usize) -> Vec<Card> {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    names[..n]
        .iter()
        .enumerate()
        .map(|(index, name)| card(&format!("{}", index + 1), vec![account(name, 1_000_000)]))
        .collect()
}

#[test]
fn equal_parts_are_exact_and_the_first_ones_bear_the_odd_kopecks() {
    for (due, ids, sums) in [
        (10_000, &["a", "b"][..], &[5_000, 5_000][..]),
        (10_001, &["a", "b"], &[5_001, 5_000]),
        (10_000, &["a", "b", "c"], &[3_334, 3_333, 3_333]),
        (
            3_000,
            &["a", "b", "c", "d", "e", "f", "g"],
            &[429, 429, 429, 429, 428, 428, 428],
        ),
        (2, &["a", "b", "c"], &[1, 1, 0]),
    ] {
        let cards = rich(ids.len());
        let parts = Split::in_parts(&owed(due), &cards, &accounts(ids));
        let given: Vec<i64> = parts.given.iter().map(|sum| sum.kopecks()).collect();
        assert_eq!(given, sums, "{due}");
        assert_eq!(parts.short, [], "{due}");
        assert_eq!(parts.split.check(&owed(due), &cards), Ok(()));
    }
}

#[test]
fn who_has_too_little_gives_all_of_it_and_the_others_share_the_rest() {
    let cards = [
        card("1", vec![account("a", 100_000)]),
        card("2", vec![account("b", 1_000)]),
        card("3", vec![account("c", 100_000)]),
    ];
    let parts = Split::in_parts(&owed(9_001), &cards, &guests(&["1", "2", "3"]));
    assert_eq!(
        taken(&parts.split),
        [("a", 4_001), ("b", 1_000), ("c", 4_000)]
    );
    let [short] = &parts.short[..] else {
        panic!("{:?}", parts.short);
    };
    assert_eq!(
        (short.part, short.wanted.kopecks(), short.gives.kopecks()),
        (1, 3_000, 1_000)
    );
    assert_eq!(short.limit, None);
}

#[test]
fn a_guest_gives_his_part_from_his_accounts_in_their_order_of_use() {
    let mut soon = account("soon", 700);
    soon.valid_to = Some(jiff::civil::date(2026, 12, 1).at(23, 59, 59, 0));
    let cards = [
        card("1", vec![account("money", 100_000), soon]),
        card("2", vec![account("other", 100_000)]),
    ];
    let parts = Split::in_parts(&owed(3_000), &cards, &guests(&["1", "2"]));
    assert_eq!(
        taken(&parts.split),
        [("money", 800), ("soon", 700), ("other", 1_500)]
    );
}

#[test]
fn what_two_may_give_together_is_shared_and_not_given_to_the_first() {
    let half = |id: &str| {
        let rules = SpendRules {
            bill_share_percent: Some(50),
            ..SpendRules::default()
        };
        with(account(id, 100_000), rules)
    };
    let cards = [card("1", vec![half("a")]), card("2", vec![half("b")])];
    let parts = Split::in_parts(&owed(1_000), &cards, &accounts(&["a", "b"]));
    assert_eq!(taken(&parts.split), [("a", 250), ("b", 250)]);
    let limits: Vec<_> = parts.short.iter().map(|short| &short.limit).collect();
    let why = |id: &str| Some((AccountId(id.into()), Limit::BillShare(50)));
    assert_eq!(limits, [&why("a"), &why("b")]);
}

#[test]
fn whole_roubles_leave_the_kopecks_to_whoever_has_them() {
    let rules = SpendRules {
        step: Some(Money::from_kopecks(100)),
        ..SpendRules::default()
    };
    let cards = [
        card("1", vec![with(account("bonus", 100_000), rules)]),
        card("2", vec![account("money", 100_000)]),
    ];
    let parts = Split::in_parts(&owed(10_101), &cards, &guests(&["1", "2"]));
    assert_eq!(taken(&parts.split), [("bonus", 5_000), ("money", 5_101)]);
    let step = Limit::Step(Money::from_kopecks(100));
    assert_eq!(
        parts.short[0].limit,
        Some((AccountId("bonus".into()), step))
    );
}

#[test]
fn nobody_pays_for_dishes_that_he_may_not() {
    let only_food = SpendRules {
        dishes: DishRule::Only(vec!["Кухня".into()]),
        ..SpendRules::default()
    };
    let food = ["Кухня".to_owned()];
    let owed = bill(&[(300, Dish::In(&food)), (700, Dish::In(&[]))]);
    let cards = [
        card("1", vec![with(account("a", 1_000), only_food)]),
        card("2", vec![account("b", 1_000)]),
    ];
    let parts = Split::in_parts(&owed, &cards, &guests(&["1", "2"]));
    assert_eq!(taken(&parts.split), [("a", 300), ("b", 700)]);
    assert_eq!(parts.split.check(&owed, &cards), Ok(()));
}

#[test]
fn unknown_and_closed_payers_and_no_weight_give_nothing() {
    let mut closed = account("closed", 1_000);
    closed.not_spendable = Some(crate::domain::NotSpendable::Expired);
    let cards = [card("1", vec![closed, account("a", 1_000)])];
    let parts = Split::in_parts(&owed(500), &cards, &accounts(&["closed", "nobody", "a"]));
    assert_eq!(taken(&parts.split), [("a", 500)]);
    let weightless = [Part {
        weight: 0,
        ..accounts(&["a"])[0].clone()
    }];
    for none in [&weightless[..], &[]] {
        let parts = Split::in_parts(&owed(500), &cards, none);
        assert_eq!(parts.split, Split::default());
        assert_eq!(parts.short, []);
    }
}

#[test]
fn weights_are_kept() {
    let mut parts = accounts(&["a", "b"]);
    parts[0].weight = 150_000;
    parts[1].weight = 85_000;
    let cards = rich(2);
    let again = Split::in_parts(&owed(235_000), &cards, &parts);
    assert_eq!(taken(&again.split), [("a", 150_000), ("b", 85_000)]);
    let half = Split::in_parts(&owed(117_500), &cards, &parts);
    assert_eq!(taken(&half.split), [("a", 75_000), ("b", 42_500)]);
}

proptest! {
    /// Nobody could be given more at the cost of somebody who gives more: that is what equal means
    /// where equal cannot be.
    #[test]
    fn parts_are_as_equal_as_can_be_and_cover_as_much_as_can_be(
        purses in prop::collection::vec(purse(), 1..8),
        books in prop::collection::vec(book(false), 4),
        dishes in prop::collection::vec((0_i64..60_000, 0_usize..5), 1..12),
    ) {
        let groups: Vec<Vec<String>> = GROUPS.iter().map(|&name| vec![name.to_owned()]).collect();
        let owed = laws::bill(&dishes, &groups);
        let cards = laws::cards(&purses, &books);
        let asked: Vec<Part> = (0..purses.len())
            .map(|index| Part { payer: Payer::Account(AccountId(index.to_string())), weight: 1 })
            .collect();
        let parts = Split::in_parts(&owed, &cards, &asked);
        laws::obeys(&parts.split, &owed, &cards, &purses, &books)?;
        let total = parts.split.total().unwrap();
        prop_assert_eq!(Some(total), Split::suggest(&owed, &cards).total());
        let share = |id: usize, amount: i64| Share {
            uid: cards.iter().find(|card| {
                card.status == CardStatus::Active
                    && card.accounts.iter().any(|own| own.id.0 == id.to_string())
            }).unwrap().uid.clone(),
            account: AccountId(id.to_string()),
            amount: Money::from_kopecks(amount),
        };
        for (poor, less) in parts.given.iter().enumerate() {
            for (wealthy, more) in parts.given.iter().enumerate() {
                if more.kopecks() - less.kopecks() < 2 {
                    continue;
                }
                let moved = parts.given.iter().enumerate().filter_map(|(id, given)| {
                    let given = given.kopecks() + i64::from(id == poor) - i64::from(id == wealthy);
                    (given > 0).then(|| share(id, given))
                });
                let fairer = Split { shares: moved.collect(), why: vec![] };
                prop_assert!(
                    fairer.check(&owed.clone().part(total), &cards).is_err(),
                    "{} could give more beside {}", poor, wealthy
                );
            }
        }
    }

    #[test]
    fn guests_and_whole_roubles_keep_every_rule(
        purses in prop::collection::vec(purse(), 1..12),
        books in prop::collection::vec(book(true), 4),
        dishes in prop::collection::vec((0_i64..60_000, 0_usize..5), 1..12),
        weights in prop::collection::vec(0_i64..1_000, 10),
    ) {
        let groups: Vec<Vec<String>> = GROUPS.iter().map(|&name| vec![name.to_owned()]).collect();
        let owed = laws::bill(&dishes, &groups);
        let cards = laws::cards(&purses, &books);
        let asked: Vec<Part> = cards.iter().zip(weights)
            .map(|(card, weight)| Part { payer: Payer::Card(card.uid.clone()), weight })
            .collect();
        let parts = Split::in_parts(&owed, &cards, &asked);
        laws::obeys(&parts.split, &owed, &cards, &purses, &books)?;
        prop_assert_eq!(Money::total(parts.given.iter().copied()), parts.split.total());
    }
}
