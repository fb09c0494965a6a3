//! The sample bill on the payment screen, as a picture. Shared by the example that writes the
//! picture and the test that keeps it fresh.

use std::error::Error;
use std::time::Duration;

use anstyle_svg::{Term, WIN10_CONSOLE};
use crossterm::event::{KeyCode, KeyEvent};
use jiff::civil::date;
use limekeeper::domain::{
    Account, AccountId, AccountKind, Card, CardStatus, Line, Money, Order, OrderGuid, OrderSummary,
    Quantity, Terms, Uid, UidError,
};
use limekeeper::payment::reason::Server;
use limekeeper::tui::{self, App, Msg, ReaderState, UiSettings};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const WIDTH: u16 = 100;
const HEIGHT: u16 = 26;

/// The picture.
pub fn svg() -> Result<String, Box<dyn Error>> {
    let mut app = App::new(UiSettings::default());
    for msg in messages()? {
        app.update(msg, Duration::from_secs(1));
    }
    let mut terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT))?;
    terminal.draw(|frame| tui::view(&app, frame))?;
    let ansi = tui::ansi::render(terminal.backend().buffer());
    let svg = Term::new()
        .palette(WIN10_CONSOLE)
        .render_svg(ansi.trim_end());
    Ok(as_on_a_screen(&svg))
}

/// The library leaves gaps between lines, so frames would look torn; a larger letter closes them.
/// The width follows the letter.
fn as_on_a_screen(svg: &str) -> String {
    svg.replace(
        "font: 14px SFMono-Regular, Consolas, Liberation Mono, Menlo, monospace",
        "font: 16px DejaVu Sans Mono, Menlo, Consolas, Liberation Mono, monospace",
    )
    .replace(r#"width="860px""#, r#"width="984px""#)
    .replace(r#"x="10px""#, r#"x="10.5px""#)
}

/// What happens until the bill of the sample is ready to be paid.
fn messages() -> Result<Vec<Msg>, UidError> {
    let order = order();
    let online = |server| Msg::Server {
        server,
        ok: true,
        problem: None,
    };
    let mut messages = vec![
        online(Server::Rkeeper),
        online(Server::Lime),
        Msg::Reader {
            name: "Считыватель".into(),
            state: ReaderState::Ready,
            detail: String::new(),
        },
        Msg::Orders(Ok(vec![OrderSummary {
            guid: order.guid.clone(),
            name: order.name.clone(),
            table: order.table.clone(),
            waiter: order.waiter.clone(),
            total: order.total,
            unpaid: order.unpaid,
            locked_by: None,
            opened_at: order.opened_at,
            ..OrderSummary::default()
        }])),
        Msg::Key(KeyEvent::from(KeyCode::Enter), Duration::from_secs(1)),
        Msg::Order(Ok(order)),
    ];
    for card in [one_guest()?, a_family()?] {
        messages.push(Msg::CardRead(card.uid.clone()));
        messages.push(Msg::Card {
            uid: card.uid.clone(),
            answer: Ok(card),
        });
    }
    Ok(messages)
}

fn order() -> Order {
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

fn one_guest() -> Result<Card, UidError> {
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

fn a_family() -> Result<Card, UidError> {
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
