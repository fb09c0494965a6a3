//! A till to press keys on: scripts like `<F2>350<Enter>`, one frame drawn after every message.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::Timestamp;
use jiff::civil::date;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

use super::{App, Effect, Hits, Msg, UiSettings, picture};
use crate::domain::{
    Account, AccountId, AccountKind, Card, CardStatus, Component, Discount, Line, Modifier, Money,
    NotSpendable, Order, OrderGuid, OrderSummary, Quantity, Uid,
};
use crate::i18n::Lang;
use crate::payment::orphan::{OperationId, Orphan, OrphanKind, Sums};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::record::PaymentRecord;
use crate::payment::sale::{PaymentId, PaymentRequest, Sale};
use crate::payment::view::{
    InDoubt, LegState, LegView, PaymentView, References, RefundId, RefundStanding, RefundView,
    Standing, Step, Verdict,
};
use crate::tui::ReaderState;
use crate::tui::tests::names::lengthened;

/// A till screen with a clock of its own.
pub(super) struct Till {
    pub(super) app: App,
    pub(super) now: Duration,
    pub(super) size: (u16, u16),
    effects: Vec<Effect>,
}

impl Till {
    pub(super) fn with(settings: UiSettings, size: (u16, u16)) -> Self {
        let mut till = Self {
            app: App::new(settings),
            now: Duration::from_secs(1),
            size,
            effects: App::start(),
        };
        till.frame();
        till
    }

    /// The sample bill with the sample card, where both servers answer.
    pub(super) fn with_sample(settings: UiSettings) -> Self {
        let mut till = Self::with(settings, (80, 24));
        till.healthy();
        till.open_order(sample_order());
        till.tap(sample_card());
        till
    }

    pub(super) fn new(lang: Lang) -> Self {
        let settings = UiSettings {
            lang,
            ..UiSettings::default()
        };
        Self::with(settings, (80, 24))
    }

    /// A healthy till with the sample orders.
    pub(super) fn ready(lang: Lang) -> Self {
        let mut till = Self::new(lang);
        till.healthy();
        till
    }

    pub(super) fn healthy(&mut self) {
        for server in [Server::Rkeeper, Server::Lime] {
            self.send(Msg::Server {
                server,
                ok: true,
                problem: None,
            });
        }
        self.send(Msg::Reader {
            name: "RDM6300".into(),
            state: ReaderState::Ready,
            detail: String::new(),
        });
        self.send(Msg::Orders(Ok(sample_orders())));
        self.send(Msg::Payments(vec![]));
        self.take_effects();
    }

    /// A till of a site where cards may pay a part, with this order open.
    pub(super) fn with_parts(lang: Lang, order: Order) -> Self {
        let settings = UiSettings {
            lang,
            part_payments: true,
            ..UiSettings::default()
        };
        let mut till = Self::with(settings, (80, 24));
        till.healthy();
        till.open_order(order);
        till.take_effects();
        till
    }

    /// A till of a site that takes cards by their printed number, with the sample order open.
    pub(super) fn with_numbers(lang: Lang) -> Self {
        let settings = UiSettings {
            lang,
            keyed_cards: true,
            ..UiSettings::default()
        };
        let mut till = Self::with(settings, (80, 24));
        till.healthy();
        till.open_order(sample_order());
        till.take_effects();
        till
    }

    /// Lime answers about a number.
    pub(super) fn numbered(&mut self, number: &str, answer: Result<Card, Problem>) {
        let number = crate::domain::CardNumber::new(number).unwrap();
        self.send(Msg::CardByNumber { number, answer });
    }

    /// A till with the sample order open and these cards tapped.
    pub(super) fn open(lang: Lang, cards: Vec<Card>) -> Self {
        let mut till = Self::ready(lang);
        till.open_order(sample_order());
        for card in cards {
            till.tap(card);
        }
        till.take_effects();
        till
    }

    pub(super) fn open_order(&mut self, order: Order) {
        let mut list = sample_orders();
        if !list.iter().any(|known| known.guid == order.guid) {
            list[0].guid = order.guid.clone();
            list[0].name = order.name.clone();
        }
        let row = list
            .iter()
            .position(|known| known.guid == order.guid)
            .unwrap();
        self.send(Msg::Orders(Ok(list)));
        self.keys("<Home>");
        for _ in 0..row {
            self.keys("<Down>");
        }
        self.keys("<Enter>");
        self.send(Msg::Order(Ok(order)));
    }

    /// The guest taps and Lime answers.
    pub(super) fn tap(&mut self, card: Card) {
        self.send(Msg::CardRead(card.uid.clone()));
        self.send(Msg::Card {
            uid: card.uid.clone(),
            answer: Ok(card),
        });
    }

    /// From the open order to a payment that has just been asked for.
    pub(super) fn pay(&mut self) -> PaymentRequest {
        self.pay_with("<F5><Enter>")
    }

    /// The same by these keys.
    pub(super) fn pay_with(&mut self, script: &str) -> PaymentRequest {
        self.keys(script);
        let effects = self.take_effects();
        let found = effects.into_iter().find_map(|effect| match effect {
            Effect::Pay(request) => Some(*request),
            _ => None,
        });
        found.expect("no payment was asked for")
    }

    pub(super) fn send(&mut self, msg: Msg) {
        let msg = lengthened(msg);
        self.now += Duration::from_millis(10);
        self.effects.extend(self.app.update(msg, self.now));
        self.frame();
    }

    /// One frame.
    pub(super) fn draw(&mut self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        let mut hits = Hits::default();
        terminal
            .draw(|frame| hits = picture(&self.app, frame))
            .unwrap();
        self.frame();
        self.app.laid_out(hits, self.now);
        terminal.backend().buffer().clone()
    }

    /// The loop has drawn.
    fn frame(&mut self) {
        self.now += Duration::from_millis(1);
        self.app
            .drawn(Rect::new(0, 0, self.size.0, self.size.1), self.now);
    }

    /// A message after which nothing is drawn yet.
    pub(super) fn send_undrawn(&mut self, msg: Msg) {
        self.now += Duration::from_millis(10);
        self.effects.extend(self.app.update(msg, self.now));
    }

    /// Presses the keys of a script one by one, a frame after each. The fingers are slow: no key can
    /// be taken for one that is held down.
    pub(super) fn keys(&mut self, script: &str) {
        for key in script_keys(script) {
            self.now += Duration::from_millis(800);
            self.send(Msg::Key(key, self.now));
        }
    }

    /// A key whose stamp lies before everything that is on screen.
    pub(super) fn stale(&mut self, script: &str, stamp: Duration) {
        for key in script_keys(script) {
            self.send(Msg::Key(key, stamp));
        }
    }

    pub(super) fn held(&mut self, script: &str, kind: KeyEventKind) {
        for mut key in script_keys(script) {
            key.kind = kind;
            self.now += Duration::from_millis(10);
            self.send(Msg::Key(key, self.now));
        }
    }

    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Names of the effects since the last look.
    pub(super) fn asked(&mut self) -> Vec<String> {
        self.take_effects()
            .iter()
            .map(|effect| {
                let text = format!("{effect:?}");
                let end = text.find(['(', ' ', '{']).unwrap_or(text.len());
                text[..end].to_owned()
            })
            .collect()
    }

    /// The screen as text, without spaces at the ends of lines.
    pub(super) fn screen(&mut self) -> String {
        text(&self.draw())
    }

    pub(super) fn shows(&mut self, words: &str) -> bool {
        self.screen().contains(words)
    }
}

/// A buffer as plain text.
pub(super) fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width.max(1));
    buffer
        .content()
        .chunks(width)
        .map(|row| {
            let mut line = String::new();
            let mut skip = 0;
            for cell in row {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                line.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            }
            line.trim_end().to_owned() + "\n"
        })
        .collect()
}

/// `<F2>350<Enter>`: names in angle brackets, everything else as typed.
pub(super) fn script_keys(script: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        if c == '<'
            && let Some((name, after)) = rest[1..].split_once('>')
        {
            keys.push(named(name));
            rest = after;
        } else {
            keys.push(KeyCode::Char(c).into());
            rest = &rest[c.len_utf8()..];
        }
    }
    keys
}

fn named(name: &str) -> KeyEvent {
    if let Some(c) = name.strip_prefix("C-") {
        let c = c.chars().next().unwrap();
        return KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    }
    let code = match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "BackTab" => KeyCode::BackTab,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Del" => KeyCode::Delete,
        "Ins" => KeyCode::Insert,
        "Back" => KeyCode::Backspace,
        other => KeyCode::F(
            other
                .strip_prefix('F')
                .and_then(|number| number.parse().ok())
                .unwrap_or_else(|| panic!("no key <{other}>")),
        ),
    };
    code.into()
}

pub(super) fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

pub(super) fn uid(text: &str) -> Uid {
    Uid::new(text).unwrap()
}

pub(super) fn guid(name: &str) -> OrderGuid {
    OrderGuid(format!("{{{name}}}"))
}

fn dish(code: &str, name: &str, kopecks: i64) -> Line {
    Line {
        id: code.into(),
        code: code.into(),
        name: name.into(),
        quantity: Quantity::ONE,
        ordered: Quantity::ONE,
        base_price: money(kopecks),
        amount: money(kopecks),
        modifiers: vec![],
        ..Line::default()
    }
}

/// «*/1» of Lime's integration page.
pub(super) fn sample_order() -> Order {
    Order {
        guid: guid("1"),
        name: "*/1".into(),
        table: Some("5".into()),
        waiter: Some("Admin".into()),
        station: Some("Касса 1".into()),
        opened_at: Some(date(2024, 3, 5).at(13, 15, 0, 0)),
        version: 1,
        total: money(235_000),
        unpaid: money(235_000),
        discount: Money::ZERO,
        prepaid: Money::ZERO,
        paid: false,
        finished: false,
        deleted: false,
        lines: vec![
            dish("2470", "Запеченный ролл с курицей", 29_000),
            dish("2469", "Запеченный ролл Нежный с лососем", 36_000),
            dish("2476", "Запеченный ролл с угрем", 43_000),
            dish("2460", "Ролл Бонито", 41_000),
            dish("2466", "Горячая Филадельфия ролл", 65_000),
            dish("2447", "Маки ролл с лососем и сливочным сыром", 21_000),
        ],
        payments: vec![],
        ..Order::default()
    }
}

/// Discount, modifiers, a weighed dish, a prepayment.
pub(super) fn rich_order() -> Order {
    let mut soup = dish("101", "Борщ", 38_000);
    soup.quantity = Quantity::from_thousandths(2_000);
    soup.ordered = soup.quantity;
    soup.base_price = money(19_000);
    let mut steak = dish("102", "Стейк рибай", 91_000);
    steak.quantity = Quantity::from_thousandths(350);
    steak.ordered = steak.quantity;
    steak.base_price = money(240_000);
    steak.modifiers = vec![
        Modifier {
            name: "без соли".into(),
            count: 1,
            price: Money::ZERO,
        },
        Modifier {
            name: "соус перечный".into(),
            count: 2,
            price: money(3_500),
        },
    ];
    Order {
        guid: guid("3"),
        name: "7/1".into(),
        total: money(119_000),
        unpaid: money(69_000),
        discount: money(-10_000),
        prepaid: money(50_000),
        lines: vec![soup, steak],
        ..sample_order()
    }
}

pub(super) fn sample_orders() -> Vec<OrderSummary> {
    let row = |id: &str, name: &str, table: &str, waiter: &str, total, unpaid| OrderSummary {
        guid: guid(id),
        name: name.into(),
        table: Some(table.into()),
        waiter: Some(waiter.into()),
        total: money(total),
        unpaid: money(unpaid),
        locked_by: None,
        opened_at: Some(date(2024, 3, 5).at(13, 15, 0, 0)),
        ..OrderSummary::default()
    };
    let mut locked = row("2", "12/1", "12", "Кузнецова", 84_000, 84_000);
    locked.locked_by = Some("Касса 2".into());
    vec![
        row("1", "*/1", "5", "Admin", 235_000, 235_000),
        locked,
        row("3", "7/1", "7", "Admin", 119_000, 69_000),
    ]
}

/// One of each kind that the list shows already.
pub(super) fn hindered_orders() -> Vec<OrderSummary> {
    let sample = || sample_orders().remove(0);
    let named = |number: usize, row: OrderSummary| OrderSummary {
        guid: guid(&format!("h{number}")),
        name: format!("{number}/1"),
        ..row
    };
    let kinds = [
        sample(),
        OrderSummary {
            locked_by: Some("Касса 2, Кузнецова".into()),
            ..sample()
        },
        OrderSummary {
            unpaid: Money::ZERO,
            promised: money(235_000),
            ..sample()
        },
        OrderSummary {
            unpaid: Money::ZERO,
            ..sample()
        },
        OrderSummary {
            total: Money::ZERO,
            unpaid: Money::ZERO,
            ..sample()
        },
        OrderSummary {
            total: money(-5_000),
            unpaid: money(-5_000),
            ..sample()
        },
        OrderSummary {
            receipt_failed: true,
            ..sample()
        },
    ];
    (1..)
        .zip(kinds)
        .map(|(number, row)| named(number, row))
        .collect()
}

/// Seats, voids, a combo, discounts and surcharges, a bottle taken back.
pub(super) fn waiters_order() -> Order {
    let discount = |name: &str, kopecks| Discount {
        name: name.into(),
        sum: money(kopecks),
    };
    let mut roll = dish("2460", "Ролл Бонито", 41_000);
    roll.ordered = Quantity::from_thousandths(3_000);
    roll.seat = 1;
    let mut combo = dish("2530", "Обед «Горный»", 59_900);
    combo.seat = 2;
    combo.components = vec![
        Component {
            name: "Уха по-царски".into(),
            quantity: Quantity::ONE,
        },
        Component {
            name: "Морс клюквенный".into(),
            quantity: Quantity::from_thousandths(2_000),
        },
    ];
    let mut late = dish("2466", "Горячая Филадельфия ролл", 65_000);
    late.discounts = vec![discount("За ожидание", -2_000)];
    let mut bottle = dish("2521", "Морс, тара", -1_200);
    bottle.quantity = Quantity::from_thousandths(-1_000);
    bottle.ordered = bottle.quantity;
    bottle.base_price = money(1_200);
    let discounts = vec![
        discount("Гость отеля 10 %", -16_270),
        discount("Обслуживание 8 %", 13_016),
    ];
    Order {
        guid: guid("3"),
        name: "7/1".into(),
        guests: 2,
        total: money(159_446),
        unpaid: money(159_446),
        discount: money(-5_254),
        discounts,
        lines: vec![roll, combo, late, bottle],
        ..sample_order()
    }
}

pub(super) fn account(id: &str, name: &str, kopecks: i64) -> Account {
    Account {
        id: AccountId(id.into()),
        type_id: "1".into(),
        name: name.into(),
        kind: AccountKind::Money,
        balance: money(kopecks),
        available: money(kopecks),
        valid_to: None,
        priority: 10,
        not_spendable: None,
        terms: crate::domain::Terms::default(),
    }
}

pub(super) fn card(uid_text: &str, number: &str, accounts: Vec<Account>) -> Card {
    Card {
        uid: uid(uid_text),
        card_id: format!("card-{uid_text}"),
        client_id: format!("client-{uid_text}"),
        number: Some(number.into()),
        status: CardStatus::Active,
        holder: None,
        accounts,
    }
}

/// Card 100038 of the sample.
pub(super) fn sample_card() -> Card {
    let mut card = card(
        "61366822",
        "100038",
        vec![account("501", "Депозит", 500_000)],
    );
    card.holder = Some("Иванов И.".into());
    card
}

/// Two cards with one shared deposit; the child's has a bonus account that expires.
pub(super) fn family() -> [Card; 2] {
    let shared = account("601", "Депозит", 180_000);
    let mut bonus = account("602", "Бонусы", 50_000);
    bonus.kind = AccountKind::Bonus;
    bonus.valid_to = Some(date(2026, 12, 1).at(23, 59, 59, 0));
    bonus.terms.as_of = Some(date(2026, 11, 1).at(12, 0, 0, 0));
    let mut parent = card("00A1B2C3", "100041", vec![shared.clone()]);
    parent.holder = Some("Смирнова О.".into());
    let mut child = card("00A1B2C4", "100042", vec![shared, bonus]);
    child.holder = Some("Смирнова А.".into());
    [parent, child]
}

/// A credit account below zero, an expired account, tickets.
pub(super) fn credit_card() -> Card {
    let mut credit = account("701", "Кредит", 600_000);
    credit.kind = AccountKind::Credit;
    credit.balance = money(-400_000);
    let mut expired = account("702", "Депозит", 0);
    expired.balance = money(70_000);
    expired.valid_to = Some(date(2024, 1, 31).at(23, 59, 59, 0));
    expired.not_spendable = Some(NotSpendable::Expired);
    let mut tickets = account("703", "Билеты", 0);
    tickets.kind = AccountKind::Other;
    tickets.not_spendable = Some(NotSpendable::NotMoney);
    let mut card = card("77003311", "100077", vec![credit, expired, tickets]);
    card.holder = Some("Петров П.".into());
    card
}

pub(super) fn payment_id(n: u128) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(n))
}

/// The view of a payment of this request.
pub(super) fn payment_view(
    request: &PaymentRequest,
    standing: Standing,
    step: Step,
    state: LegState,
) -> PaymentView {
    let all = crate::domain::split::reachable(&request.cards);
    PaymentView {
        id: payment_id(1),
        order: request.order.guid.clone(),
        order_name: request.order.name.clone(),
        total: request.due(),
        rest: request.rest().unwrap(),
        by: request.by.clone(),
        started_at: Timestamp::from_second(1_709_633_700).unwrap(),
        standing,
        step,
        legs: request
            .split
            .shares
            .iter()
            .zip(1..)
            .map(|(share, number)| {
                let row = all.iter().find(|row| row.account.id == share.account);
                LegView {
                    number,
                    refunded: Money::ZERO,
                    uid: share.uid.clone(),
                    card_number: row.and_then(|row| row.card.number.clone()),
                    pin_checked_at: None,
                    entry: if request.keyed.contains(&share.uid) {
                        crate::domain::CardEntry::Keyed
                    } else {
                        crate::domain::CardEntry::Reader
                    },
                    account: share.account.clone(),
                    account_name: row.map_or(String::new(), |row| row.account.name.clone()),
                    amount: share.amount,
                    state,
                }
            })
            .collect(),
        check_num: None,
        lime_check: None,
        problem: None,
        tries: 0,
        seconds_left: None,
        may_say: vec![],
        in_doubt: None,
        references: References::default(),
        refunds: vec![],
    }
}

/// A bill paid by three accounts: 1 800, 500 and 50.
pub(super) fn family_request() -> PaymentRequest {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.tap(credit_card());
    till.pay()
}

/// A payment that asking did not settle: debited, and r_keeper does not say.
pub(super) fn stuck() -> PaymentView {
    let request = family_request();
    let standing = Standing::NeedsManager;
    PaymentView {
        lime_check: Some("2226634".into()),
        problem: Some(Problem::of(Server::Rkeeper, Reason::AnswerLost, "")),
        tries: 6,
        may_say: Verdict::ALL.to_vec(),
        in_doubt: Some(InDoubt::Pay),
        references: References {
            lock: "{0A1B2C3D-0000-4000-8000-000000000001}".into(),
            give_back: None,
            line: Some("{8C9E446E-0000-0000-0000-00000000000A}".into()),
        },
        ..payment_view(&request, standing, Step::Finished, LegState::Debited)
    }
}

/// A paid bill with nothing given back.
pub(super) fn paid() -> PaymentView {
    let request = family_request();
    PaymentView {
        id: payment_id(2),
        check_num: Some("1042".into()),
        lime_check: Some("2226640".into()),
        ..payment_view(&request, Standing::Paid, Step::Finished, LegState::Paid)
    }
}

/// The same with a refund of its second leg.
pub(super) fn refunded(standing: RefundStanding, returned: bool) -> PaymentView {
    let mut view = paid();
    if standing != RefundStanding::Refused {
        view.legs[1].refunded = money(50_000);
    }
    let (in_doubt, may_say) = match (standing, returned) {
        (RefundStanding::ByHand, _) => (
            Some(InDoubt::ByHand),
            vec![Verdict::AskAgain, Verdict::Happened],
        ),
        (RefundStanding::Unknown | RefundStanding::NeedsManager, true) => {
            (Some(InDoubt::Annul), Verdict::ALL.to_vec())
        }
        (RefundStanding::Unknown | RefundStanding::NeedsManager, false) => {
            (Some(InDoubt::Return), Verdict::ALL.to_vec())
        }
        (RefundStanding::Working | RefundStanding::Refunded | RefundStanding::Refused, _) => {
            (None, vec![])
        }
    };
    view.refunds = vec![RefundView {
        id: RefundId::from_uuid(Uuid::from_u128(7)),
        parts: vec![(2, money(50_000))],
        total: money(50_000),
        started_at: Timestamp::from_second(1_709_640_000).unwrap(),
        operator: "Кузнецова".into(),
        approver: None,
        why: "гость не дождался блюда".into(),
        standing,
        returned,
        lime_check: Some("2226655".into()),
        problem: (standing == RefundStanding::ByHand)
            .then(|| Problem::own(Reason::AnnulByHand, "")),
        may_say,
        in_doubt,
        lock: "{0A1B2C3D-0000-4000-8000-000000000002}".into(),
        restored_expired: false,
    }];
    view
}

/// A paid bill that the journal lost, and a debit that Lime forgot and of which no order is known.
pub(super) fn orphans() -> Vec<Orphan> {
    let sums = |shown, believed| {
        Some(Sums {
            shown: money(shown),
            believed: money(believed),
        })
    };
    let name = |end: char| format!("01a210bc-796d-766e-9f25-784e06470d5{end}");
    vec![
        Orphan {
            payment: name('a').parse().unwrap(),
            kind: OrphanKind::NotInJournal,
            wallet: sums(225_000, 0),
            operations: vec![OperationId("2226634".into())],
            pos: sums(225_000, 0),
            order: Some(guid("1")),
            order_name: Some("*/1".into()),
            check_num: Some("8102".into()),
        },
        Orphan {
            payment: name('b').parse().unwrap(),
            kind: OrphanKind::Missing,
            wallet: sums(0, 100_000),
            operations: vec![OperationId("2226635".into()), OperationId("2226640".into())],
            pos: None,
            order: None,
            order_name: None,
            check_num: None,
        },
    ]
}

/// The journal's record of a payment of [`family_request`].
pub(super) fn record(view: PaymentView) -> PaymentRecord {
    let sale = Sale::new(view.id, &family_request()).unwrap();
    PaymentRecord {
        sale,
        view,
        bookings: vec![],
    }
}
