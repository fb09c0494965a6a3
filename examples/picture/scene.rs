//! The screens of an ordinary payment, as pictures: the real till screen, driven by keys.

use std::error::Error;
use std::time::Duration;

use anstyle_svg::{Term, WIN10_CONSOLE};
use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use limekeeper::domain::split::reachable;
use limekeeper::domain::{CardEntry, Money};
use limekeeper::i18n::Lang;
use limekeeper::payment::reason::Server;
use limekeeper::payment::sale::{PaymentId, PaymentRequest};
use limekeeper::payment::view::{LegState, LegView, PaymentView, References, Standing, Step};
use limekeeper::tui::{self, App, Effect, Msg, ReaderState, UiSettings};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::sample;

const WIDTH: u16 = 100;
const HEIGHT: u16 = 26;

/// The screen at each step of an ordinary payment.
#[derive(Debug)]
pub struct Pictures {
    /// The list of open orders.
    pub orders: String,
    /// The bill with two cards.
    pub bill: String,
    /// The question before money moves.
    pub confirm: String,
    /// What came of it.
    pub paid: String,
}

/// Plays the payment and draws each step.
pub fn pictures(lang: Lang) -> Result<Pictures, Box<dyn Error>> {
    let mut till = Till::new(lang);
    let order = sample::order();
    for server in [Server::Rkeeper, Server::Lime] {
        till.send(Msg::Server {
            server,
            ok: true,
            problem: None,
        });
    }
    till.send(Msg::Reader {
        name: sample::reader(lang).into(),
        state: ReaderState::Ready,
        detail: String::new(),
    });
    till.send(Msg::Orders(Ok(sample::orders())));
    let orders = till.draw()?;
    till.key(KeyCode::Enter);
    till.send(Msg::Order(Ok(order)));
    for card in [sample::one_guest()?, sample::a_family()?] {
        till.send(Msg::CardRead(card.uid.clone()));
        till.send(Msg::Card {
            uid: card.uid.clone(),
            answer: Ok(card),
        });
    }
    let bill = till.draw()?;
    till.key(KeyCode::F(5));
    let confirm = till.draw()?;
    let asked = till.key(KeyCode::Enter);
    let request = asked.into_iter().find_map(|effect| match effect {
        Effect::Pay(request) => Some(request),
        _ => None,
    });
    let request = request.ok_or("nothing is paid")?;
    till.send(Msg::Payment(paid(&request)));
    Ok(Pictures {
        orders,
        bill,
        confirm,
        paid: till.draw()?,
    })
}

/// A till screen with a clock of its own.
struct Till {
    app: App,
    now: Duration,
}

impl Till {
    fn new(lang: Lang) -> Self {
        let settings = UiSettings {
            lang,
            ..UiSettings::default()
        };
        Self {
            app: App::new(settings),
            now: Duration::from_secs(1),
        }
    }

    fn send(&mut self, msg: Msg) -> Vec<Effect> {
        self.now += Duration::from_millis(10);
        let effects = self.app.update(msg, self.now);
        self.app.drawn(Rect::new(0, 0, WIDTH, HEIGHT), self.now);
        effects
    }

    fn key(&mut self, code: KeyCode) -> Vec<Effect> {
        self.now += Duration::from_millis(10);
        self.send(Msg::Key(KeyEvent::from(code), self.now))
    }

    fn draw(&self) -> Result<String, Box<dyn Error>> {
        let mut terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT))?;
        terminal.draw(|frame| tui::view(&self.app, frame))?;
        Ok(svg(terminal.backend().buffer().clone()))
    }
}

/// The payment as it stands when r_keeper has closed the order.
fn paid(request: &PaymentRequest) -> PaymentView {
    let all = reachable(&request.cards);
    let legs = request.split.shares.iter().zip(1..).map(|(share, number)| {
        let row = all.iter().find(|row| row.account.id == share.account);
        LegView {
            number,
            refunded: Money::ZERO,
            uid: share.uid.clone(),
            card_number: row.and_then(|row| row.card.number.clone()),
            entry: CardEntry::Reader,
            pin_checked_at: None,
            account: share.account.clone(),
            account_name: row.map_or_else(String::new, |row| row.account.name.clone()),
            amount: share.amount,
            state: LegState::Paid,
        }
    });
    PaymentView {
        id: PaymentId::from_uuid(uuid::Uuid::from_u128(1)),
        order: request.order.guid.clone(),
        order_name: request.order.name.clone(),
        total: request.due(),
        by: request.by.clone(),
        rest: Money::ZERO,
        started_at: Timestamp::UNIX_EPOCH,
        standing: Standing::Paid,
        step: Step::Finished,
        legs: legs.collect(),
        check_num: Some("1042".into()),
        lime_check: Some("2226634".into()),
        problem: None,
        tries: 0,
        seconds_left: None,
        may_say: vec![],
        in_doubt: None,
        references: References::default(),
        refunds: vec![],
    }
}

/// The buffer as a picture. The screen's ground becomes the picture's, so that it is no box of its
/// own behind every letter.
fn svg(mut buffer: Buffer) -> String {
    let ground = buffer.content.first().map_or(Color::Reset, |cell| cell.bg);
    for cell in &mut buffer.content {
        if cell.bg == ground {
            cell.bg = Color::Reset;
        }
    }
    let ansi = tui::ansi::render(&buffer);
    let svg = Term::new()
        .palette(WIN10_CONSOLE)
        .render_svg(ansi.trim_end());
    let svg = as_on_a_screen(&svg);
    match ground {
        Color::Rgb(red, green, blue) => on_ground(&svg, [red, green, blue]),
        _ => svg,
    }
}

/// The picture with that ground.
fn on_ground(svg: &str, [red, green, blue]: [u8; 3]) -> String {
    const RULE: &str = ".bg { fill: ";
    let Some((before, after)) = svg.split_once(RULE) else {
        return svg.to_owned();
    };
    let rest = after.split_once(' ').map_or("", |(_, rest)| rest);
    format!("{before}{RULE}#{red:02X}{green:02X}{blue:02X} {rest}")
}

/// The library leaves gaps between lines, so frames would look torn; a larger letter closes them.
/// The width follows the letter. A view box lets the picture be scaled.
fn as_on_a_screen(svg: &str) -> String {
    let height = svg.split("height=\"").nth(1);
    let height = height
        .and_then(|rest| rest.split("px").next())
        .unwrap_or("0");
    svg.replace(
        "font: 14px SFMono-Regular, Consolas, Liberation Mono, Menlo, monospace",
        "font: 16px DejaVu Sans Mono, Menlo, Consolas, Liberation Mono, monospace",
    )
    .replace(
        r#"width="860px""#,
        &format!(r#"viewBox="0 0 984 {height}" width="984px""#),
    )
    .replace(r#"x="10px""#, r#"x="10.5px""#)
}
