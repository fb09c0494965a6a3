//! What the pictures show: a few open orders, the sample bill, two cards.

use jiff::civil::date;
use limekeeper::domain::{
    Account, AccountId, AccountKind, Card, CardStatus, Line, Money, Order, OrderGuid, OrderSummary,
    Quantity, Terms, Uid, UidError,
};
use limekeeper::i18n::Lang;

/// Name of the card reader.
pub const fn reader(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => "Считыватель",
        Lang::En => "Reader",
    }
}

/// Open orders, the one that is paid first.
pub fn orders() -> Vec<OrderSummary> {
    let order = order();
    let first = OrderSummary {
        guid: order.guid.clone(),
        name: order.name.clone(),
        table: order.table.clone(),
        waiter: order.waiter.clone(),
        total: order.total,
        unpaid: order.unpaid,
        locked_by: None,
        opened_at: order.opened_at,
        ..OrderSummary::default()
    };
    let other = |number: u32, table: &str, kopecks: i64, locked: Option<&str>| OrderSummary {
        guid: OrderGuid(format!("{{8C9E446E-0000-0000-0000-{number:012}}}")),
        name: format!("{table}/1"),
        table: Some(table.into()),
        total: Money::from_kopecks(kopecks),
        unpaid: Money::from_kopecks(kopecks),
        locked_by: locked.map(Into::into),
        ..first.clone()
    };
    vec![
        first.clone(),
        other(2, "12", 84_000, Some("Касса 2")),
        other(3, "7", 119_000, None),
        other(4, "3", 41_000, None),
    ]
}

/// The bill.
pub fn order() -> Order {
    let lines = [
        ("2470", "Запеченный ролл с курицей", 29_000),
        ("2469", "Запеченный ролл Нежный с лососем", 36_000),
        ("2476", "Запеченный ролл с угрем", 43_000),
        ("2460", "Ролл Бонито", 41_000),
        ("2466", "Горячая Филадельфия ролл", 65_000),
        ("2447", "Маки ролл с лососем и сливочным сыром", 21_000),
    ]
    .map(|(code, name, kopecks)| Line {
        id: code.into(),
        code: code.into(),
        name: name.into(),
        quantity: Quantity::ONE,
        base_price: Money::from_kopecks(kopecks),
        amount: Money::from_kopecks(kopecks),
        modifiers: vec![],
        ..Line::default()
    });
    Order {
        guid: OrderGuid("{8C9E446E-0000-0000-0000-000000000001}".into()),
        name: "*/1".into(),
        table: Some("1".into()),
        waiter: Some("Admin".into()),
        station: Some("Касса 1".into()),
        opened_at: Some(date(2024, 3, 5).at(13, 15, 0, 0)),
        version: 1,
        total: Money::from_kopecks(235_000),
        unpaid: Money::from_kopecks(235_000),
        discount: Money::ZERO,
        prepaid: Money::ZERO,
        paid: false,
        finished: false,
        deleted: false,
        lines: lines.into(),
        payments: vec![],
        ..Order::default()
    }
}

/// A card with a deposit.
pub fn one_guest() -> Result<Card, UidError> {
    Ok(Card {
        uid: Uid::new("61366822")?,
        card_id: "501".into(),
        client_id: "7001".into(),
        number: Some("100038".into()),
        status: CardStatus::Active,
        holder: Some("Гость".into()),
        accounts: vec![deposit("9001", 500_000)],
    })
}

/// A card with a deposit and bonuses.
pub fn a_family() -> Result<Card, UidError> {
    Ok(Card {
        uid: Uid::new("50331649")?,
        card_id: "502".into(),
        client_id: "7002".into(),
        number: Some("100101".into()),
        status: CardStatus::Active,
        holder: Some("Семья Р.".into()),
        accounts: vec![
            deposit("9011", 300_000),
            Account {
                id: AccountId("9012".into()),
                type_id: "2".into(),
                name: "Бонусы".into(),
                kind: AccountKind::Bonus,
                balance: Money::from_kopecks(45_050),
                available: Money::from_kopecks(45_050),
                valid_to: Some(date(2030, 12, 1).at(0, 0, 0, 0)),
                priority: 20,
                not_spendable: None,
                terms: Terms::default(),
            },
        ],
    })
}

fn deposit(id: &str, kopecks: i64) -> Account {
    Account {
        id: AccountId(id.into()),
        type_id: "1".into(),
        name: "Депозит".into(),
        kind: AccountKind::Money,
        balance: Money::from_kopecks(kopecks),
        available: Money::from_kopecks(kopecks),
        valid_to: None,
        priority: 10,
        not_spendable: None,
        terms: Terms::default(),
    }
}
