//! What is true of every suggestion, on bills and families larger than trying everything allows:
//! long bills, cards that share accounts, all rules at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::{AccountKind, Attribution, Dish, DishRule, NotSpendable, SpendRules, Terms};

pub(super) const GROUPS: [&str; 3] = ["Кухня", "Бар", "Магазин"];

#[derive(Clone, Debug)]
pub(super) struct Book {
    percent: Option<u8>,
    per_operation: Option<i64>,
    per_day: Option<i64>,
    manager: Option<i64>,
    dishes: u8,
    group: usize,
    whole: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Purse {
    client: usize,
    book: usize,
    available: i64,
    spent_today: i64,
    expires: Option<i8>,
    credit: bool,
    closed: bool,
}

pub(super) fn book(whole: bool) -> impl Strategy<Value = Book> {
    let sum = || prop::option::weighted(0.3, 1_i64..300_000);
    (
        prop::option::weighted(0.3, 0_u8..=100),
        sum(),
        sum(),
        sum(),
        0_u8..5,
        0..GROUPS.len(),
        prop::bool::weighted(if whole { 0.5 } else { 0.0 }),
    )
        .prop_map(
            |(percent, per_operation, per_day, manager, dishes, group, whole)| Book {
                percent,
                per_operation,
                per_day,
                manager,
                dishes,
                group,
                whole,
            },
        )
}

pub(super) fn purse() -> impl Strategy<Value = Purse> {
    (
        0_usize..5,
        0_usize..4,
        0_i64..200_000,
        0_i64..50_000,
        prop::option::of(1_i8..28),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    )
        .prop_map(
            |(client, book, available, spent_today, expires, credit, closed)| Purse {
                client,
                book,
                available,
                spent_today,
                expires,
                credit,
                closed,
            },
        )
}

fn rules(book: &Book) -> SpendRules {
    let named = || vec![GROUPS[book.group].to_owned()];
    let sum = |kopecks: Option<i64>| kopecks.map(Money::from_kopecks);
    SpendRules {
        bill_share_percent: book.percent,
        dishes: match book.dishes {
            0 => DishRule::Only(named()),
            1 => DishRule::Except(named()),
            _ => DishRule::Any,
        },
        per_operation_max: sum(book.per_operation),
        per_day_max: sum(book.per_day),
        manager_above: sum(book.manager),
        pin_above: None,
        step: book.whole.then_some(Money::from_kopecks(100)),
    }
}

fn account(index: usize, own: &Purse, books: &[Book]) -> Account {
    let available = Money::from_kopecks(own.available);
    Account {
        id: AccountId(index.to_string()),
        type_id: own.book.to_string(),
        name: index.to_string(),
        kind: if own.credit {
            AccountKind::Credit
        } else {
            AccountKind::Money
        },
        balance: available,
        available,
        valid_to: own.expires.map(|day| date(2030, 12, day).at(0, 0, 0, 0)),
        // All different, so that the order of use is one.
        priority: u32::try_from(index).unwrap(),
        not_spendable: own.closed.then_some(NotSpendable::Expired),
        terms: Terms {
            rules: Arc::new(rules(&books[own.book])),
            spent_today: Money::from_kopecks(own.spent_today),
            ..Terms::default()
        },
    }
}

/// Two cards of each client, which lead to the same accounts.
pub(super) fn cards(purses: &[Purse], books: &[Book]) -> Vec<Card> {
    let clients = 0..5;
    clients
        .flat_map(|client| [client * 2, client * 2 + 1])
        .map(|card| Card {
            uid: Uid::new(format!("{}", 700_000_001 + card)).unwrap(),
            card_id: card.to_string(),
            client_id: (card / 2).to_string(),
            number: None,
            status: CardStatus::Active,
            holder: None,
            accounts: purses
                .iter()
                .enumerate()
                .filter(|(_, own)| own.client == card / 2)
                .map(|(index, own)| account(index, own, books))
                .collect(),
        })
        .collect()
}

/// Dishes of a group each, dishes of unknown groups, and a service charge.
pub(super) fn bill<'a>(dishes: &[(i64, usize)], groups: &'a [Vec<String>]) -> Owed<'a> {
    let rows: Vec<OwedRow<'a>> = dishes
        .iter()
        .map(|&(due, kind)| OwedRow {
            due: Money::from_kopecks(due),
            dish: match groups.get(kind) {
                Some(group) => Dish::In(group),
                None if kind == GROUPS.len() => Dish::Service,
                None => Dish::Unknown,
            },
        })
        .collect();
    let sum = Money::total(rows.iter().map(|row| row.due)).unwrap();
    Owed {
        sum,
        bill: sum,
        rows,
        consent: Consent::default(),
    }
}

fn by_account(split: &Split) -> BTreeMap<&str, i64> {
    let shares = split.shares.iter();
    shares
        .map(|share| (share.account.0.as_str(), share.amount.kopecks()))
        .collect()
}

/// Dish by dish, and who pays it.
fn attribution(split: &Split, owed: &Owed<'_>, cards: &[Card]) -> Result<(), TestCaseError> {
    let all = reachable(cards);
    let rules: Vec<&DishRule> = split
        .shares
        .iter()
        .map(|share| {
            let own = all.iter().find(|own| own.account.id == share.account);
            &own.unwrap().account.terms.rules.dishes
        })
        .collect();
    let rows: Vec<Money> = owed.rows.iter().map(|row| row.due).collect();
    let legs: Vec<Money> = split.shares.iter().map(|share| share.amount).collect();
    let may = |row: usize, leg: usize| rules[leg].allows(owed.rows[row].dish);
    let found = Attribution::as_allowed(&rows, &legs, may);
    prop_assert!(found.is_ok(), "{:?}", found);
    let found = found.unwrap();
    for part in &found.parts {
        prop_assert!(may(part.line, part.leg), "a forbidden dish: {:?}", part);
        prop_assert!(part.amount.is_positive());
    }
    for (leg, sum) in legs.iter().enumerate() {
        let paid = Money::total(found.of_leg(leg).map(|part| part.amount));
        prop_assert_eq!(paid, Some(*sum));
    }
    for (line, due) in rows.iter().enumerate() {
        let paid = Money::total(found.of_line(line).map(|part| part.amount)).unwrap();
        prop_assert!(paid <= *due);
    }
    Ok(())
}

fn laws(purses: &[Purse], books: &[Book], dishes: &[(i64, usize)]) -> Result<(), TestCaseError> {
    let groups: Vec<Vec<String>> = GROUPS.iter().map(|&name| vec![name.to_owned()]).collect();
    let owed = bill(dishes, &groups);
    let cards = cards(purses, books);
    let split = Split::suggest(&owed, &cards);
    prop_assert_eq!(&split, &Split::suggest(&owed, &cards), "not the same twice");
    prop_assert_eq!(split.shares.len(), split.why.len());
    obeys(&split, &owed, &cards, purses, books)
}

/// The split keeps every rule and may be paid, as the whole or the part that it is.
pub(super) fn obeys(
    split: &Split,
    owed: &Owed<'_>,
    cards: &[Card],
    purses: &[Purse],
    books: &[Book],
) -> Result<(), TestCaseError> {
    let total = split.total().unwrap();
    prop_assert!(total <= owed.sum);
    let given = by_account(split);
    prop_assert_eq!(given.len(), split.shares.len(), "an account twice");
    let mut of_type: BTreeMap<usize, i64> = BTreeMap::new();
    for (index, own) in purses.iter().enumerate() {
        let Some(&sum) = given.get(index.to_string().as_str()) else {
            continue;
        };
        let book = &books[own.book];
        prop_assert!(sum > 0 && !own.closed);
        prop_assert!(sum <= own.available);
        prop_assert!(book.per_operation.is_none_or(|most| sum <= most));
        prop_assert!(
            book.per_day
                .is_none_or(|most| sum <= most - own.spent_today)
        );
        prop_assert!(book.manager.is_none_or(|most| sum <= most));
        prop_assert!(!book.whole || sum % 100 == 0);
        *of_type.entry(own.book).or_default() += sum;
    }
    for (book, sum) in of_type {
        let most = books[book].percent.map(i64::from);
        prop_assert!(most.is_none_or(|most| sum * 100 <= owed.bill.kopecks() * most));
    }
    attribution(split, owed, cards)?;
    prop_assert_eq!(split.check(&owed.clone().part(total), cards), Ok(()));
    if total < owed.sum {
        prop_assert!(split.check(owed, cards).is_err());
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_suggestion_keeps_every_rule_and_adds_up_to_the_kopeck(
        purses in prop::collection::vec(purse(), 0..20),
        books in prop::collection::vec(book(false), 4),
        dishes in prop::collection::vec((0_i64..100_000, 0_usize..5), 1..50),
    ) {
        laws(&purses, &books, &dishes)?;
    }

    #[test]
    fn and_where_some_give_whole_roubles(
        purses in prop::collection::vec(purse(), 0..20),
        books in prop::collection::vec(book(true), 4),
        dishes in prop::collection::vec((0_i64..100_000, 0_usize..5), 1..50),
    ) {
        laws(&purses, &books, &dishes)?;
    }

    /// The order in which cards are tapped decides between equals only.
    #[test]
    fn cards_tapped_in_another_order_give_the_same_sums(
        purses in prop::collection::vec(purse(), 1..20),
        books in prop::collection::vec(book(false), 4),
        dishes in prop::collection::vec((0_i64..100_000, 0_usize..5), 1..50),
        order in Just((0_usize..10).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let groups: Vec<Vec<String>> = GROUPS.iter().map(|&name| vec![name.to_owned()]).collect();
        let owed = bill(&dishes, &groups);
        let cards = cards(&purses, &books);
        let turned: Vec<Card> = order.iter().map(|&index| cards[index].clone()).collect();
        let (one, other) = (Split::suggest(&owed, &cards), Split::suggest(&owed, &turned));
        prop_assert_eq!(by_account(&one), by_account(&other));
    }

    /// And there it does: equals are emptied one after another, in the order of the taps.
    #[test]
    fn equal_accounts_give_in_the_order_of_the_taps(
        available in prop::collection::vec(1_i64..50_000, 1..10),
        due in 1_i64..300_000,
        order in Just((0_usize..10).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let books = [Book { percent: None, per_operation: None, per_day: None, manager: None, dishes: 4, group: 0, whole: false }];
        let cards: Vec<Card> = order.iter().filter_map(|&index| {
            let purse = Purse { client: index, book: 0, available: *available.get(index)?, spent_today: 0, expires: None, credit: false, closed: false };
            Some(Card {
                uid: Uid::new(format!("{}", 700_000_001 + index)).unwrap(),
                card_id: index.to_string(),
                client_id: index.to_string(),
                number: None,
                status: CardStatus::Active,
                holder: None,
                accounts: vec![Account { priority: 7, ..account(index, &purse, &books) }],
            })
        }).collect();
        let split = Split::suggest(&bill(&[(due, 0)], &[vec![]]), &cards);
        let mut left = due;
        let mut expected = vec![];
        for card in &cards {
            let sum = card.accounts[0].available.kopecks().min(left);
            left -= sum;
            if sum > 0 {
                expected.push((card.uid.clone(), sum));
            }
        }
        let given: Vec<(Uid, i64)> = split.shares.iter().map(|share| (share.uid.clone(), share.amount.kopecks())).collect();
        prop_assert_eq!(given, expected);
    }
}
