//! Random days: any keys, taps and answers in any order and any window.

mod truth;

use std::time::Duration;

use crossterm::event::KeyEventKind;
use proptest::prelude::*;

use super::guest_pin::guest;
use crate::i18n::Lang;
use crate::payment::orphan::{Orphan, OrphanKind};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::PaymentRequest;
use crate::payment::view::{InDoubt, LegState, PaymentView, RefundStanding, Standing, Step};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Answer, CardTrouble, Effect, Msg, PinAnswer, ReaderState};
use truth::{Watch, sums_agree, words_are_true};

#[derive(Clone, Copy, Debug)]
enum Happens {
    Key(&'static str, u8),
    Keys(&'static [&'static str]),
    /// The same, typed ahead: all pressed before the first of them is heard.
    Ahead(&'static [&'static str]),
    Resize(u16, u16),
    Tap(usize),
    Answer(usize),
    Order(usize),
    Payment(Standing, u128),
    Attention(u8),
    Orphans(u8),
    Refunded(RefundStanding, bool),
    Answered(u8),
    /// Lime's answer about the PIN that it was asked about last.
    Pin(u8),
    Other(u8),
}

const KEYS: &[&str] = &[
    "<F1>",
    "<F2>",
    "<F3>",
    "<F4>",
    "<F5>",
    "<F5>",
    "<F6>",
    "<F7>",
    "<F8>",
    "<F9>",
    "<F12>",
    "<C-r>",
    "<F2>",
    "<Enter>",
    "<Enter>",
    "<Enter>",
    "<Esc>",
    "<Tab>",
    "<BackTab>",
    "<Up>",
    "<Down>",
    "<PgUp>",
    "<PgDn>",
    "<Home>",
    "<End>",
    "<Del>",
    "<Back>",
    "+",
    "1",
    "5",
    "0",
    "9",
    ",",
    ".",
    "ж",
    "y",
];

/// Keys that lead to a question and sometimes answer it: alone they are rarely found.
const WAYS: &[&[&str]] = &[
    &["<F12>", "<Enter>", "2", "<Tab>", "И", "<Tab>", "я", "<F5>"],
    &[
        "<F12>", "<End>", "<Enter>", "<Tab>", "И", "<Tab>", "я", "<F5>",
    ],
    &[
        "<F9>", "<Home>", "<F4>", "2", "<Tab>", "<Tab>", "И", "<Tab>", "я", "<F5>",
    ],
    &["<Tab>", "И", "<Tab>", "я", "<F5>", "<Enter>"],
    &["<F2>", "1", "<F5>", "<F6>"],
    &["<F2>", "<F5>", "<Enter>"],
    &["<F5>", "<F5>"],
    &["<F5>", "2", "5", "8", "0", "<Enter>"],
    &["2", "5", "8", "0", "<Enter>"],
];

/// Kinds of presses from here on are a person's, now.
const FRESH: u8 = 3;

/// Days and events of a day, so that a hundred thousand things happen in all: some events are several
/// keys.
const DAYS: u32 = 300;
const EVENTS: std::ops::Range<usize> = 190..270;
/// Every so many events the picture is drawn and read; whenever a question or an outcome comes as well.
const READ_EVERY: usize = 128;

const REFUNDS: &[RefundStanding] = &[
    RefundStanding::Working,
    RefundStanding::Refunded,
    RefundStanding::ByHand,
    RefundStanding::Refused,
    RefundStanding::Unknown,
    RefundStanding::NeedsManager,
];

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        12 => (prop::sample::select(KEYS), 0_u8..8).prop_map(|(key, kind)| Happens::Key(key, kind)),
        2 => prop::sample::select(WAYS).prop_map(Happens::Keys),
        1 => prop::sample::select(WAYS).prop_map(Happens::Ahead),
        1 => (1_u16..=200, 1_u16..=60).prop_map(|(w, h)| Happens::Resize(w, h)),
        2 => (0_usize..5).prop_map(Happens::Tap),
        3 => (0_usize..5).prop_map(Happens::Answer),
        2 => (0_usize..3).prop_map(Happens::Order),
        2 => (prop::sample::select(&[
            Standing::Working, Standing::Paid, Standing::Refused, Standing::Unknown, Standing::NeedsManager,
        ][..]), 1_u128..4).prop_map(|(standing, id)| Happens::Payment(standing, id)),
        1 => (0_u8..8).prop_map(Happens::Attention),
        1 => (0_u8..8).prop_map(Happens::Orphans),
        1 => (prop::sample::select(REFUNDS), any::<bool>())
            .prop_map(|(standing, returned)| Happens::Refunded(standing, returned)),
        1 => (0_u8..6).prop_map(Happens::Answered),
        2 => (0_u8..5).prop_map(Happens::Pin),
        1 => (0_u8..11).prop_map(Happens::Other),
    ]
}

fn some_card(index: usize) -> crate::domain::Card {
    let [parent, child] = family();
    [sample_card(), parent, child, credit_card(), guest()][index].clone()
}

/// No other news is about it.
fn apart(view: PaymentView) -> PaymentView {
    PaymentView {
        id: payment_id(9),
        ..view
    }
}

/// Each bit is one more thing that needs a person.
fn attention(n: u8) -> Vec<PaymentView> {
    let mut changed = stuck();
    changed.id = payment_id(5);
    changed.in_doubt = Some(InDoubt::GiveBack);
    let all = [
        stuck(),
        apart(refunded(RefundStanding::ByHand, true)),
        changed,
    ];
    all.into_iter()
        .zip(0..)
        .filter(|(_, bit)| n & (1 << bit) != 0)
        .map(|(view, _)| view)
        .collect()
}

/// Each bit is one more orphan, the last one grown.
fn some_orphans(n: u8) -> Vec<Orphan> {
    let mut all = orphans();
    let mut grown = all[1].clone();
    grown.payment = payment_id(6);
    grown.pos = grown.wallet;
    all.push(grown);
    if n == 7 {
        all[0].kind = OrphanKind::TooMuch;
    }
    all.into_iter()
        .zip(0..)
        .filter(|(_, bit)| n & (1 << bit) != 0)
        .map(|(orphan, _)| orphan)
        .collect()
}

fn answer(n: u8) -> Msg {
    let problem = Problem::own(Reason::NothingToDecide, "");
    let (id, answer) = match n {
        0 => (stuck().id, Answer::Done(Box::new(stuck()))),
        1 => (stuck().id, Answer::NotStarted(problem)),
        2 => (
            payment_id(9),
            Answer::Done(Box::new(apart(refunded(RefundStanding::ByHand, true)))),
        ),
        3 => (orphans()[0].payment, Answer::Noted),
        4 => (orphans()[1].payment, Answer::NotStarted(problem)),
        _ => (payment_id(9), Answer::CutOff(problem)),
    };
    Msg::Answered(id, answer)
}

/// Only a fresh Enter on a drawn question decides or gives back, signed, and never too much.
fn check_task(effect: &Effect, ctx: Ctx, pressed: Option<(&str, u8)>) -> Result<(), TestCaseError> {
    let (operator, why) = match effect {
        Effect::Known(known) => (&known.operator, &known.why),
        Effect::Decide(ruling) => (&ruling.decision.operator, &ruling.decision.why),
        Effect::Refund(request) => {
            for (leg, sum) in &request.legs {
                let paid = paid();
                let leg = paid.legs.iter().find(|known| known.number == *leg).unwrap();
                prop_assert!(sum.is_some_and(|sum| sum.is_positive() && sum <= leg.amount));
            }
            (&request.operator, &request.why)
        }
        _ => return Ok(()),
    };
    prop_assert_eq!(ctx, Ctx::Sure);
    prop_assert!(matches!(pressed, Some(("<Enter>", 3..))), "{:?}", pressed);
    prop_assert!(!operator.is_empty() && !why.is_empty());
    Ok(())
}

/// More right ones than wrong ones.
fn pin_answer(n: u8) -> PinAnswer {
    let problem = |reason| Problem::of(Server::Lime, reason, "");
    match n {
        0 => PinAnswer::Refused(problem(Reason::PinWrong)),
        1 => PinAnswer::Refused(problem(Reason::PinBlocked)),
        2 => PinAnswer::Unclear(problem(Reason::AnswerLost)),
        _ => PinAnswer::Right,
    }
}

fn other(n: u8) -> Msg {
    match n {
        0 => Msg::CardUnreadable(CardTrouble::Partial),
        1 => Msg::JournalTrouble("disk full".into()),
        2 => Msg::JournalTrouble(String::new()),
        3 => Msg::PaymentFailed(Problem::own(Reason::OrderLocked, "Касса 2")),
        8 => Msg::CardDoubtful(credit_card().uid),
        9 => Msg::ReaderSaw {
            name: "считыватель у входа".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            saw: crate::tui::ReaderSaw::Noise(u32::MAX),
        },
        4 => Msg::Orders(Ok(vec![])),
        5 => Msg::Orders(Ok(sample_orders())),
        6 => Msg::Order(Err(Problem::of(Server::Rkeeper, Reason::OrderNotFound, ""))),
        7 => Msg::Reader {
            name: "считыватель у входа".into(),
            state: ReaderState::Busy,
            detail: "x".repeat(300),
        },
        _ => Msg::Tick,
    }
}

/// A key as a bystander saw it.
#[derive(Clone, Copy, Debug)]
struct Press {
    key: &'static str,
    kind: u8,
    at: Duration,
}

/// One day at a till, and what was seen of it.
struct Day {
    till: Till,
    parts: bool,
    watch: Watch,
    last_request: Option<PaymentRequest>,
    pin_asked: u64,
    events: usize,
}

impl Day {
    fn new(mut till: Till, parts: bool) -> Self {
        till.app.settings.part_payments = parts;
        let mut watch = Watch::default();
        watch.look(&till);
        Self {
            till,
            parts,
            watch,
            last_request: None,
            pin_asked: 0,
            events: 0,
        }
    }

    fn goes_on(&mut self, event: Happens) -> Result<(), TestCaseError> {
        match event {
            Happens::Key(key, kind) => self.press(key, kind),
            Happens::Keys(keys) => keys.iter().try_for_each(|key| self.press(key, FRESH)),
            Happens::Ahead(keys) => {
                let at = self.till.now + Duration::from_millis(1);
                keys.iter().try_for_each(|key| {
                    let ctx = self.till.app.ctx();
                    self.till.stale(key, at);
                    let kind = FRESH;
                    self.look(ctx, Some(Press { key, kind, at }))
                })
            }
            other => {
                let ctx = self.till.app.ctx();
                self.happens(other);
                self.look(ctx, None)
            }
        }
    }

    fn press(&mut self, key: &'static str, kind: u8) -> Result<(), TestCaseError> {
        let ctx = self.till.app.ctx();
        let till = &mut self.till;
        let mut at = till.now + Duration::from_millis(10);
        match kind {
            0 => till.held(key, KeyEventKind::Repeat),
            1 => till.held(key, KeyEventKind::Release),
            2 => {
                at = Duration::from_millis(1);
                till.stale(key, at);
            }
            _ => till.keys(key),
        }
        self.look(ctx, Some(Press { key, kind, at }))
    }

    fn happens(&mut self, event: Happens) {
        let till = &mut self.till;
        match event {
            Happens::Key(..) | Happens::Keys(_) | Happens::Ahead(_) => {}
            Happens::Resize(width, height) => {
                till.size = (width, height);
                till.send(Msg::Resize(width, height));
            }
            Happens::Tap(index) => till.send(Msg::CardRead(some_card(index).uid)),
            Happens::Answer(index) => {
                let card = some_card(index);
                till.send(Msg::Card {
                    uid: card.uid.clone(),
                    answer: Ok(card),
                });
            }
            Happens::Order(index) => {
                let mut order = [sample_order(), rich_order(), sample_order()][index].clone();
                if index == 2 {
                    order.guid = guid("2");
                }
                till.send(Msg::Order(Ok(order)));
            }
            Happens::Payment(standing, id) => {
                if let Some(request) = &self.last_request {
                    let mut view = payment_view(request, standing, Step::Paying, LegState::Debited);
                    view.id = payment_id(id);
                    view.seconds_left = Some(7);
                    till.send(Msg::Payment(view));
                }
            }
            Happens::Attention(n) => till.send(Msg::Attention(attention(n))),
            Happens::Orphans(n) => till.send(Msg::Orphans(some_orphans(n))),
            Happens::Refunded(standing, returned) => {
                let view = apart(refunded(standing, returned));
                till.send(Msg::Payments(vec![record(apart(paid()))]));
                till.send(Msg::Payment(view));
            }
            Happens::Answered(n) => till.send(answer(n)),
            Happens::Pin(n) => till.send(Msg::PinChecked {
                asked: self.pin_asked,
                answer: pin_answer(n),
                at: jiff::Timestamp::UNIX_EPOCH,
            }),
            Happens::Other(n) => till.send(other(n)),
        }
    }

    /// What came of an event that was heard in `ctx`.
    fn look(&mut self, ctx: Ctx, pressed: Option<Press>) -> Result<(), TestCaseError> {
        for effect in self.till.take_effects() {
            check_task(&effect, ctx, pressed.map(|press| (press.key, press.kind)))?;
            if matches!(
                effect,
                Effect::Decide(_) | Effect::Known(_) | Effect::Refund(_)
            ) {
                self.watch.allows(pressed.unwrap().at)?;
                self.is_seen()?;
                prop_assert_eq!(self.till.app.ctx(), Ctx::Busy);
            }
            if let Effect::CheckPin { asked, .. } = effect {
                prop_assert_eq!(ctx, Ctx::GuestPin);
                prop_assert!(asked > self.pin_asked);
                self.pin_asked = asked;
                continue;
            }
            if let Effect::Pay(request) = effect {
                self.may_pay(&request, ctx, pressed)?;
                self.last_request = Some(*request);
            }
        }
        self.watch.look(&self.till);
        self.events += 1;
        let now = self.till.app.ctx();
        if now != ctx && now.is_guarded() || self.events.is_multiple_of(READ_EVERY) {
            self.read()?;
        }
        Ok(())
    }

    /// Only a fresh key of a drawn question pays, and only what adds up: Enter or F5 the whole, F6
    /// a part.
    fn may_pay(
        &self,
        request: &PaymentRequest,
        ctx: Ctx,
        pressed: Option<Press>,
    ) -> Result<(), TestCaseError> {
        let Some(press) = pressed.filter(|press| press.kind >= FRESH) else {
            prop_assert!(false, "no fresh key pays: {:?}", pressed);
            return Ok(());
        };
        self.watch.allows(press.at)?;
        self.is_seen()?;
        if request.part {
            prop_assert!(self.parts);
            prop_assert_eq!((ctx, press.key), (Ctx::Part, "<F6>"));
            prop_assert!(request.rest().unwrap().is_positive());
        } else {
            prop_assert_eq!(ctx, Ctx::Confirm);
            prop_assert!(matches!(press.key, "<Enter>" | "<F5>"), "{:?}", press);
        }
        prop_assert_eq!(request.pins_wanted().len(), 0);
        let owed = request.owed().unwrap();
        prop_assert_eq!(request.split.check(&owed, &request.cards), Ok(()));
        Ok(())
    }

    /// The window is large enough to show a question.
    fn is_seen(&self) -> Result<(), TestCaseError> {
        prop_assert!(self.till.size.0 >= 60 && self.till.size.1 >= 18);
        Ok(())
    }

    fn read(&mut self) -> Result<(), TestCaseError> {
        let screen = self.till.screen();
        sums_agree(&self.till, &screen)?;
        words_are_true(&self.till, &screen)?;
        if self.till.size.0 >= 60 && self.till.size.1 >= 18 {
            let wanted = !self.till.app.attention_rows().is_empty();
            prop_assert_eq!(screen.contains(" · F12\n"), wanted, "{}", screen);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(DAYS))]
    #[test]
    fn no_day_breaks_the_till(
        in_the_middle in any::<bool>(),
        parts in any::<bool>(),
        events in prop::collection::vec(happens(), EVENTS),
    ) {
        let till = if in_the_middle {
            Till::open(Lang::Ru, vec![sample_card()])
        } else {
            Till::ready(Lang::Ru)
        };
        let mut day = Day::new(till, parts);
        for event in events {
            day.goes_on(event)?;
        }
    }

    #[test]
    fn foreign_text_never_drives_the_screen(
        name in "[\\PC\\x00-\\x1f\\x7f-\\x9f\u{202e}\u{200b}\u{feff}]{0,60}",
    ) {
        let mut till = Till::ready(Lang::Ru);
        let mut order = sample_order();
        order.name.clone_from(&name);
        order.waiter = Some(name.clone());
        order.lines[0].name.clone_from(&name);
        let mut list = sample_orders();
        list[0].name.clone_from(&name);
        list[1].locked_by = Some(name.clone());
        till.send(Msg::Orders(Ok(list)));
        check_buffer(&till.draw())?;
        till.open_order(order);
        let mut card = sample_card();
        card.holder = Some(name.clone());
        card.number = Some(name.clone());
        card.accounts[0].name.clone_from(&name);
        till.tap(card);
        check_buffer(&till.draw())?;
        till.keys("<F5>");
        check_buffer(&till.draw())?;
        let mut found = orphans();
        found[0].order_name = Some(name.clone());
        found[0].check_num = Some(name.clone());
        till.send(Msg::Orphans(found));
        till.keys("<Esc><F12>");
        check_buffer(&till.draw())?;
        till.keys("<Enter>");
        check_buffer(&till.draw())?;
        till.keys("<Esc><Esc>");
        till.send(Msg::PaymentFailed(Problem::own(Reason::ServerRefused, name)));
        check_buffer(&till.draw())?;
    }
}

fn check_buffer(buffer: &ratatui::buffer::Buffer) -> Result<(), TestCaseError> {
    for cell in buffer.content() {
        for c in cell.symbol().chars() {
            prop_assert!(
                !c.is_control()
                    && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'),
                "{c:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn every_screen_survives_every_size() {
    let scenes: &[&str] = &[
        "",
        "<F1>",
        "<F9>",
        "<F3>",
        "<F5>",
        "<Tab><Down>",
        "<F5><Enter>",
        "<F5><Enter><Esc>",
        "500<F5>",
        "500<F5><F6>",
        "<F12>",
        "<F12><Enter>2<Tab>И<Tab>я",
        "<F12><Enter>2<Tab>И<Tab>я<F5>",
        "<F12><Enter>2<Tab>И<Tab>я<F5><Enter>",
        "<F12><End>",
        "<F12><End><Enter><Tab>И<Tab>я",
        "<F12><End><Enter><Tab>И<Tab>я<F5>",
        "<F12><End><Enter><Tab>И<Tab>я<F5><Enter>",
        "<F9><End><F4>2<Tab>7<Tab>И<Tab>я",
        "<F9><End><F4>1<Tab>И<Tab>я<F5>",
    ];
    for keys in scenes {
        let mut till = Till::open(Lang::Ru, family().to_vec());
        till.app.settings.part_payments = true;
        till.tap(credit_card());
        if keys.contains("F12") || keys.contains("F9") {
            till.send(Msg::Payments(vec![record(paid())]));
            till.send(Msg::Attention(attention(7)));
            till.send(Msg::Orphans(some_orphans(3)));
        }
        till.keys(keys);
        for width in (1..=200).step_by(13) {
            for height in (1..=60).step_by(5) {
                till.size = (width, height);
                till.draw();
            }
        }
    }
}
