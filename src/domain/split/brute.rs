//! The suggestion against trying everything, on bills small enough for that.

use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::{AccountKind, Dish, DishRule, SpendRules, Terms};

/// Sums are a few kopecks, a «rouble» is three.
const STEP: i64 = 3;

#[derive(Clone, Debug)]
struct Payer {
    available: i64,
    /// Which rule book: accounts of one type share it.
    book: usize,
    expires: Option<i8>,
}

#[derive(Clone, Debug)]
struct Book {
    percent: Option<u8>,
    per_operation: Option<i64>,
    dishes: u8,
    step: bool,
}

fn payer() -> impl Strategy<Value = Payer> {
    (0_i64..9, 0_usize..3, prop::option::of(1_i8..9)).prop_map(|(available, book, expires)| Payer {
        available,
        book,
        expires,
    })
}

fn book(steps: bool) -> impl Strategy<Value = Book> {
    (
        prop::option::of(prop::sample::select(vec![0, 30, 50, 100])),
        prop::option::of(1_i64..9),
        0_u8..4,
        prop::bool::weighted(if steps { 0.5 } else { 0.0 }),
    )
        .prop_map(|(percent, per_operation, dishes, step)| Book {
            percent,
            per_operation,
            dishes,
            step,
        })
}

fn rules(book: &Book) -> SpendRules {
    let named = |name: &str| vec![name.to_owned()];
    SpendRules {
        bill_share_percent: book.percent,
        dishes: match book.dishes {
            0 => DishRule::Any,
            1 => DishRule::Only(named("food")),
            2 => DishRule::Except(named("wine")),
            _ => DishRule::Only(named("wine")),
        },
        per_operation_max: book.per_operation.map(Money::from_kopecks),
        step: book.step.then_some(Money::from_kopecks(STEP)),
        ..SpendRules::default()
    }
}

fn cards(payers: &[Payer], books: &[Book]) -> Vec<Card> {
    payers
        .iter()
        .enumerate()
        .map(|(index, payer)| {
            let sum = Money::from_kopecks(payer.available);
            let account = Account {
                id: AccountId(index.to_string()),
                type_id: payer.book.to_string(),
                name: index.to_string(),
                kind: AccountKind::Money,
                balance: sum,
                available: sum,
                // Each on a day of its own, so that the order of use is one.
                valid_to: payer
                    .expires
                    .map(|day| date(2026, 12, day).at(0, 0, 0, i32::try_from(index).unwrap())),
                priority: u32::try_from(index).unwrap(),
                not_spendable: None,
                terms: Terms {
                    rules: Arc::new(rules(&books[payer.book])),
                    ..Terms::default()
                },
            };
            Card {
                uid: Uid::new(format!("{}", index + 1)).unwrap(),
                card_id: index.to_string(),
                client_id: index.to_string(),
                number: None,
                status: CardStatus::Active,
                holder: None,
                accounts: vec![account],
            }
        })
        .collect()
}

/// Whether sums fit the rules, by another road than the code's: a set of accounts fits if every
/// part of it finds dishes enough.
fn fits(sums: &[i64], owed: &Owed<'_>, payers: &[Payer], books: &[Book]) -> bool {
    let own = payers.iter().zip(sums).all(|(payer, &sum)| {
        let book = &books[payer.book];
        sum <= payer.available
            && book.per_operation.is_none_or(|most| sum <= most)
            && (!book.step || sum % STEP == 0)
    });
    let types = books.iter().enumerate().all(|(index, book)| {
        let given: i64 = payers
            .iter()
            .zip(sums)
            .filter(|(payer, _)| payer.book == index)
            .map(|(_, &sum)| sum)
            .sum();
        book.percent
            .is_none_or(|percent| given * 100 <= owed.bill.kopecks() * i64::from(percent))
    });
    own && types
        && sums.iter().sum::<i64>() <= owed.sum.kopecks()
        && (0_usize..1 << payers.len()).all(|set| {
            let inside = |index: usize| set >> index & 1 == 1;
            let asked: i64 = (0..payers.len())
                .filter(|&i| inside(i))
                .map(|i| sums[i])
                .sum();
            let found: i64 = owed
                .rows
                .iter()
                .filter(|row| {
                    (0..payers.len())
                        .any(|i| inside(i) && rules(&books[payers[i].book]).dishes.allows(row.dish))
                })
                .map(|row| row.due.kopecks())
                .sum();
            asked <= found
        })
}

/// All sums that fit; the largest cover first, then by what each gives in the order of use.
fn best(owed: &Owed<'_>, payers: &[Payer], books: &[Book]) -> Vec<i64> {
    let mut order: Vec<usize> = (0..payers.len()).collect();
    order.sort_by_key(|&index| (payers[index].expires.unwrap_or(i8::MAX), index));
    let mut best: Option<(i64, Vec<i64>, Vec<i64>)> = None;
    let mut sums = vec![0; payers.len()];
    loop {
        if fits(&sums, owed, payers, books) {
            let rank: Vec<i64> = order.iter().map(|&index| sums[index]).collect();
            let found = (sums.iter().sum(), rank, sums.clone());
            if best.as_ref().is_none_or(|best| *best < found) {
                best = Some(found);
            }
        }
        let Some(next) = (0..payers.len()).find(|&i| sums[i] < payers[i].available) else {
            return best.unwrap().2;
        };
        sums[next] += 1;
        sums[..next].fill(0);
    }
}

fn suggested(owed: &Owed<'_>, cards: &[Card]) -> Vec<i64> {
    let split = Split::suggest(owed, cards);
    let given = |card: &Card| {
        let share = split.shares.iter().find(|share| share.uid == card.uid);
        share.map_or(0, |share| share.amount.kopecks())
    };
    cards.iter().map(given).collect()
}

fn check_against_brute_force(
    payers: &[Payer],
    books: &[Book],
    rows: [i64; 3],
    unpaid: i64,
) -> Result<(), TestCaseError> {
    let (food, wine) = ([String::from("food")], [String::from("wine")]);
    let dishes = [Dish::In(&food), Dish::In(&wine), Dish::Service];
    let bill: i64 = rows.iter().sum();
    let owed = Owed {
        sum: Money::from_kopecks(bill.min(unpaid)),
        bill: Money::from_kopecks(bill),
        rows: rows
            .iter()
            .zip(dishes)
            .map(|(&due, dish)| OwedRow {
                due: Money::from_kopecks(due),
                dish,
            })
            .collect(),
        consent: Consent::default(),
    };
    let cards = cards(payers, books);
    let found = suggested(&owed, &cards);
    prop_assert_eq!(&found, &best(&owed, payers, books));
    // The check thinks the same of it, and of the same cards tapped in another order.
    let split = Split::suggest(&owed, &cards);
    let whole: i64 = found.iter().sum();
    let part = owed.clone().part(Money::from_kopecks(whole));
    prop_assert_eq!(split.check(&part, &cards), Ok(()));
    let turned: Vec<Card> = cards.iter().rev().cloned().collect();
    let mut again = suggested(&owed, &turned);
    again.reverse();
    prop_assert_eq!(found, again);
    Ok(())
}

proptest! {
    #[test]
    fn nothing_covers_more_of_the_bill_or_spends_what_burns_sooner(
        payers in prop::collection::vec(payer(), 1..5),
        books in prop::collection::vec(book(false), 3),
        rows in prop::array::uniform3(0_i64..9),
        unpaid in 0_i64..24,
    ) {
        check_against_brute_force(&payers, &books, rows, unpaid)?;
    }

    #[test]
    fn nor_where_some_give_whole_roubles(
        payers in prop::collection::vec(payer(), 1..5),
        books in prop::collection::vec(book(true), 3),
        rows in prop::array::uniform3(0_i64..9),
        unpaid in 0_i64..24,
    ) {
        check_against_brute_force(&payers, &books, rows, unpaid)?;
    }

    /// What the check lets pass is what fits, and the other way round.
    #[test]
    fn the_check_lets_pass_what_fits(
        payers in prop::collection::vec(payer(), 1..5),
        books in prop::collection::vec(book(true), 3),
        rows in prop::array::uniform3(0_i64..9),
        asked in prop::collection::vec(0_i64..9, 5),
    ) {
        let (food, wine) = ([String::from("food")], [String::from("wine")]);
        let dishes = [Dish::In(&food), Dish::In(&wine), Dish::Service];
        let row = |(&due, dish): (&i64, _)| OwedRow { due: Money::from_kopecks(due), dish };
        let sums: Vec<i64> = payers.iter().zip(&asked).map(|(payer, &sum)| sum.min(payer.available)).collect();
        let bill = Money::from_kopecks(rows.iter().sum());
        let owed = Owed {
            sum: Money::from_kopecks(sums.iter().sum()),
            bill,
            rows: rows.iter().zip(dishes).map(row).collect(),
            consent: Consent::default(),
        };
        if owed.sum > bill {
            return Ok(());
        }
        let cards = cards(&payers, &books);
        let shares = cards.iter().zip(&sums).filter(|&(_, &sum)| sum > 0).map(|(card, &sum)| Share {
            uid: card.uid.clone(),
            account: card.accounts[0].id.clone(),
            amount: Money::from_kopecks(sum),
        });
        let split = Split { shares: shares.collect(), why: vec![] };
        prop_assert_eq!(split.check(&owed, &cards).is_ok(), fits(&sums, &owed, &payers, &books), "{:?}", split.check(&owed, &cards));
    }
}
