//! What a request makes of the dishes, and what it says of a split that does not fit.

use std::sync::Arc;

use super::*;
use crate::domain::{Account, CardStatus, DishRule, Line, Quantity, Share, Terms};

const WINE: i64 = 700;
const SOUP: i64 = 300;

/// Wine, then soup, and one account, for food only or for all.
fn request(food_only: bool, kopecks: i64, part: bool) -> PaymentRequest {
    let line = |id: &str, group: &str, amount| Line {
        id: id.into(),
        code: id.into(),
        name: id.into(),
        quantity: Quantity::ONE,
        base_price: Money::from_kopecks(amount),
        amount: Money::from_kopecks(amount),
        groups: Some(vec![group.into()]),
        ..Line::default()
    };
    let rules = SpendRules {
        dishes: if food_only {
            DishRule::Only(vec!["Кухня".into()])
        } else {
            DishRule::Any
        },
        ..SpendRules::default()
    };
    let account = Account {
        id: AccountId("a".into()),
        type_id: "1".into(),
        name: "Депозит".into(),
        kind: AccountKind::Money,
        balance: Money::from_kopecks(5_000),
        available: Money::from_kopecks(5_000),
        valid_to: None,
        priority: 1,
        not_spendable: None,
        terms: Terms {
            rules: Arc::new(rules),
            ..Terms::default()
        },
    };
    let uid = Uid::new("61366822").unwrap();
    PaymentRequest {
        order: Order {
            guid: OrderGuid("{G}".into()),
            total: Money::from_kopecks(WINE + SOUP),
            unpaid: Money::from_kopecks(WINE + SOUP),
            lines: vec![line("wine", "Бар", WINE), line("soup", "Кухня", SOUP)],
            ..Order::default()
        },
        keyed: vec![],
        cards: vec![Card {
            uid: uid.clone(),
            card_id: "1".into(),
            client_id: "1".into(),
            number: None,
            status: CardStatus::Active,
            holder: None,
            accounts: vec![account],
        }],
        split: Split {
            shares: vec![Share {
                uid,
                account: AccountId("a".into()),
                amount: Money::from_kopecks(kopecks),
            }],
            why: vec![],
        },
        part,
        by: By::default(),
    }
}

/// The wine is left to the till: the soup is the first row of this payment, and so it is called.
#[test]
fn the_rows_of_a_part_are_counted_anew() {
    let sale = Sale::new(PaymentId::new(), &request(true, SOUP, true)).unwrap();
    let rows: Vec<&str> = sale.lines.iter().map(|line| &*line.line_id).collect();
    assert_eq!(rows, ["soup"]);
    let paid: Vec<_> = sale.attribution.of_line(0).collect();
    assert_eq!(paid.len(), 1);
    assert_eq!(
        (paid[0].leg, paid[0].amount),
        (0, Money::from_kopecks(SOUP))
    );
    assert_eq!(sale.rest, Money::from_kopecks(WINE));
}

/// Too little is a matter of money, too much a split that was typed wrongly.
#[test]
fn too_little_and_too_much_have_reasons() {
    for (kopecks, part, reason) in [
        (WINE + SOUP - 1, false, Some(Reason::NotEnoughMoney)),
        (WINE + SOUP, false, None),
        (WINE + SOUP + 1, false, Some(Reason::SplitInvalid)),
        (WINE + SOUP - 1, true, None),
        (WINE + SOUP, true, None),
        (WINE + SOUP + 1, true, Some(Reason::SplitInvalid)),
    ] {
        let sale = Sale::new(PaymentId::new(), &request(false, kopecks, part));
        let got = sale.err().map(|problem| problem.reason);
        assert_eq!(got, reason, "{kopecks} {part}");
    }
}

/// The words are made of the rule of the account that breaks it, not of its neighbour's.
#[test]
fn a_broken_rule_is_of_its_own_account() {
    let mut request = request(true, WINE, true);
    let own = &mut request.cards[0].accounts;
    let mut other = own[0].clone();
    other.id = AccountId("b".into());
    other.name = "Бонусы".into();
    own.insert(0, other);
    let problem = Sale::new(PaymentId::new(), &request).unwrap_err();
    assert_eq!(problem.reason, Reason::AccountRule);
    let rule = problem.rule.unwrap();
    assert_eq!(rule.account, "Депозит");
    assert_eq!(rule.allowed, Money::from_kopecks(SOUP));
}

/// One typed number among the cards is enough: nobody need have held that one.
#[test]
fn a_payment_is_keyed_where_one_card_was() {
    let request = request(false, WINE + SOUP, false);
    let mut sale = Sale::new(PaymentId::new(), &request).unwrap();
    assert_eq!(sale.entry(), CardEntry::Reader);
    sale.legs[0].entry = CardEntry::Keyed;
    assert_eq!(sale.entry(), CardEntry::Keyed);
}
