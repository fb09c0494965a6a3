//! A key and the frame that answers it, as the loop does it: `App::update`, the picture, and the bytes
//! for a terminal that takes them at once. The floor is an empty picture through the same backend.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use limekeeper::domain::{
    Account, AccountId, AccountKind, Card, CardStatus, Line, Money, Order, OrderGuid, OrderSummary,
    Quantity, Terms, Uid,
};
use limekeeper::tui::{App, Msg, UiSettings, view};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::table::{row, title};

const SIZE: (u16, u16) = (128, 48);
const CARDS: usize = 10;
const ACCOUNTS: usize = 4;
/// Fewer bytes draw no dialog.
const DIALOG_MIN: usize = 1_000;
/// From key to key: nobody's finger holds it.
const BETWEEN_KEYS: Duration = Duration::from_secs(1);

pub fn run(samples: usize) {
    for lines in [200, 500] {
        title(&format!(
            "key → frame, {}×{}, {lines} dishes, {} accounts",
            SIZE.0,
            SIZE.1,
            CARDS * ACCOUNTS
        ));
        bill(samples, lines);
    }
}

fn bill(samples: usize, lines: usize) {
    let mut empty = Screen::new();
    let floor = median(
        (0..samples)
            .map(|_| timed(|| empty.frame_of_nothing()))
            .collect(),
    );
    let mut screen = Screen::new();
    screen.open(order(lines));
    screen.key(KeyCode::Tab);
    let bench = |screen: &mut Screen, what: &str, keys: &[KeyCode]| {
        let (mut times, mut bytes) = (vec![], vec![]);
        for key in keys.iter().cycle().take(samples) {
            screen.written.set(0);
            times.push(timed(|| screen.key(*key)));
            bytes.push(screen.written.get());
        }
        row(what, times, floor, bytes);
    };
    // Down through all dishes, and from the top again.
    let mut walk = vec![KeyCode::Down; lines - 1];
    walk.push(KeyCode::Home);
    bench(&mut screen, "no card: a dish down", &walk);
    for number in 0..CARDS {
        screen.tap(card(number, lines));
    }
    assert!(screen.app_has_accounts(), "the cards are not on the bill");
    let mut bench = |what: &str, keys: &[KeyCode]| bench(&mut screen, what, keys);
    bench("a dish down", &walk);
    bench("a page of dishes", &[KeyCode::PageUp, KeyCode::PageDown]);
    bench("dishes or accounts", &[KeyCode::Tab]);
    bench("the proposal", &[KeyCode::F(2)]);
    bench("an account down or up", &[KeyCode::Down, KeyCode::Up]);
    bench("a digit, erased", &[KeyCode::Char('1'), KeyCode::Backspace]);
    bench("what is missing", &[KeyCode::Char('+'), KeyCode::Delete]);
    bench(
        "proposed, the question, back",
        &[KeyCode::F(2), KeyCode::F(5), KeyCode::Esc],
    );
    bench("the help, back", &[KeyCode::F(1), KeyCode::Esc]);
    assert!(
        screen.asks_to_pay(),
        "the question before money was not measured"
    );
}

/// Takes all bytes at once and counts them.
struct Sink(Rc<Cell<usize>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Screen {
    app: App,
    terminal: Terminal<CrosstermBackend<Sink>>,
    written: Rc<Cell<usize>>,
    now: Duration,
}

impl Screen {
    fn new() -> Self {
        let written = Rc::new(Cell::new(0));
        let area = Rect::new(0, 0, SIZE.0, SIZE.1);
        let options = TerminalOptions {
            viewport: Viewport::Fixed(area),
        };
        let backend = CrosstermBackend::new(Sink(Rc::clone(&written)));
        Self {
            app: App::new(UiSettings {
                // Balances must not grow old while we measure.
                stale_after: Duration::MAX,
                ..UiSettings::default()
            }),
            terminal: Terminal::with_options(backend, options).unwrap(),
            written,
            now: Duration::ZERO,
        }
    }

    /// From the list, whose only order it is.
    fn open(&mut self, order: Order) {
        let row = OrderSummary {
            guid: order.guid.clone(),
            name: order.name.clone(),
            total: order.total,
            unpaid: order.unpaid,
            ..OrderSummary::default()
        };
        self.take(Msg::Orders(Ok(vec![row])));
        self.key(KeyCode::Enter);
        self.take(Msg::Order(Ok(order)));
    }

    fn tap(&mut self, card: Card) {
        self.take(Msg::CardRead(card.uid.clone()));
        let uid = card.uid.clone();
        self.take(Msg::Card {
            uid,
            answer: Ok(card),
        });
    }

    fn key(&mut self, code: KeyCode) {
        self.now += BETWEEN_KEYS;
        self.take(Msg::Key(KeyEvent::from(code), self.now));
    }

    /// As the loop does it.
    fn take(&mut self, msg: Msg) {
        std::hint::black_box(self.app.update(msg, self.now));
        let app = &self.app;
        let area = self.terminal.draw(|frame| view(app, frame)).unwrap().area;
        self.app.drawn(area, self.now);
    }

    fn frame_of_nothing(&mut self) {
        self.terminal.draw(|_| ()).unwrap();
    }

    /// Only over a bill that is covered: the question, and back.
    fn asks_to_pay(&mut self) -> bool {
        self.key(KeyCode::F(2));
        self.written.set(0);
        self.key(KeyCode::F(5));
        let dialog = self.written.get();
        self.written.set(0);
        self.key(KeyCode::Esc);
        // A word in the status line is shorter than a dialog, and Esc would leave the bill.
        dialog > DIALOG_MIN && self.app_has_accounts()
    }

    /// A digit changes something only where an account may pay.
    fn app_has_accounts(&mut self) -> bool {
        self.key(KeyCode::Tab);
        self.written.set(0);
        self.key(KeyCode::Delete);
        let changed = self.written.get() > 0;
        self.key(KeyCode::F(2));
        self.key(KeyCode::Tab);
        changed
    }
}

fn order(lines: usize) -> Order {
    let line = |number: usize| {
        let amount = Money::from_kopecks(i64::try_from(number % 70 * 1_000 + 12_345).unwrap());
        Line {
            id: number.to_string(),
            code: number.to_string(),
            name: format!("Запеченный ролл с курицей № {number}"),
            quantity: Quantity::ONE,
            ordered: Quantity::ONE,
            base_price: amount,
            amount,
            ..Line::default()
        }
    };
    let lines: Vec<Line> = (0..lines).map(line).collect();
    let total = Money::total(lines.iter().map(|line| line.amount)).unwrap();
    Order {
        guid: OrderGuid("{1}".into()),
        name: "*/1".into(),
        total,
        unpaid: total,
        lines,
        ..Order::default()
    }
}

/// All cards together have more than a bill of so many dishes costs.
fn card(number: usize, lines: usize) -> Card {
    let account = |at: usize| {
        let balance =
            Money::from_kopecks(i64::try_from(lines * 2_000 + at * 7_700 + number).unwrap());
        Account {
            id: AccountId(format!("{number}-{at}")),
            type_id: at.to_string(),
            name: ["Депозит", "Бонусы", "Подарок", "Кредит"][at % 4].to_owned(),
            kind: [
                AccountKind::Money,
                AccountKind::Bonus,
                AccountKind::Bonus,
                AccountKind::Credit,
            ][at % 4],
            balance,
            available: balance,
            valid_to: None,
            priority: u32::try_from(at).unwrap(),
            not_spendable: None,
            terms: Terms::default(),
        }
    };
    Card {
        uid: Uid::new((700_000_000 + number).to_string()).unwrap(),
        card_id: number.to_string(),
        client_id: number.to_string(),
        number: Some(format!("1000{number:02}")),
        status: CardStatus::Active,
        holder: Some("Гость".into()),
        accounts: (0..ACCOUNTS).map(account).collect(),
    }
}

fn median(times: Vec<Duration>) -> Duration {
    crate::stand_ins::median(times)
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}
