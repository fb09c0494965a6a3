//! Random days: any keys, taps and answers in any order and any window.

use std::time::Duration;

use crossterm::event::KeyEventKind;
use proptest::prelude::*;

use crate::i18n::Lang;
use crate::payment::orphan::{Orphan, OrphanKind};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::view::{InDoubt, LegState, PaymentView, RefundStanding, Standing, Step};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Answer, CardTrouble, Effect, Msg, ReaderState};

#[derive(Clone, Debug)]
enum Happens {
    Key(&'static str, u8),
    Keys(&'static [&'static str]),
    Resize(u16, u16),
    Tap(usize),
    Answer(usize),
    Order(usize),
    Payment(Standing, u128),
    Attention(u8),
    Orphans(u8),
    Refunded(RefundStanding, bool),
    Answered(u8),
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
];

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
        1 => (1_u16..=200, 1_u16..=60).prop_map(|(w, h)| Happens::Resize(w, h)),
        2 => (0_usize..4).prop_map(Happens::Tap),
        3 => (0_usize..4).prop_map(Happens::Answer),
        2 => (0_usize..3).prop_map(Happens::Order),
        2 => (prop::sample::select(&[
            Standing::Working, Standing::Paid, Standing::Refused, Standing::Unknown, Standing::NeedsManager,
        ][..]), 1_u128..4).prop_map(|(standing, id)| Happens::Payment(standing, id)),
        1 => (0_u8..8).prop_map(Happens::Attention),
        1 => (0_u8..8).prop_map(Happens::Orphans),
        1 => (prop::sample::select(REFUNDS), any::<bool>())
            .prop_map(|(standing, returned)| Happens::Refunded(standing, returned)),
        1 => (0_u8..6).prop_map(Happens::Answered),
        1 => (0_u8..11).prop_map(Happens::Other),
    ]
}

fn some_card(index: usize) -> crate::domain::Card {
    let [parent, child] = family();
    [sample_card(), parent, child, credit_card()][index].clone()
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

/// The sums on the payment screen are the sums of the state.
fn sums_agree(till: &Till, screen: &str) -> Result<(), TestCaseError> {
    let big = till.size.0 >= 80 && till.size.1 >= 18;
    if till.app.ctx() == Ctx::Bill && big {
        let bill = till.app.bill.clone().unwrap();
        for (label, sum) in [
            ("К оплате", Some(bill.order().unpaid)),
            ("Распределено", bill.distributed()),
            ("Осталось", bill.left()),
        ] {
            let words = format!("{label} {}", sum.unwrap().grouped().replace('\u{a0}', " "));
            prop_assert!(
                screen.contains(&words) || screen.contains(&words.replace(' ', "")) || {
                    let plain = format!("{label} {}", sum.unwrap().grouped().replace('\u{a0}', ""));
                    screen.contains(&plain)
                },
                "{words}\n{screen}"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_day_breaks_the_till(
        in_the_middle in any::<bool>(),
        parts in any::<bool>(),
        events in prop::collection::vec(happens(), 1..90),
    ) {
        let mut till = if in_the_middle {
            Till::open(Lang::Ru, vec![sample_card()])
        } else {
            Till::ready(Lang::Ru)
        };
        till.app.settings.part_payments = parts;
        let mut last_request = None;
        let each = events.into_iter().flat_map(|event| match event {
            Happens::Keys(keys) => keys.iter().map(|key| Happens::Key(key, 7)).collect(),
            other => vec![other],
        });
        for event in each {
            let ctx = till.app.ctx();
            let mut pressed = None;
            match event {
                Happens::Key(script, kind) => {
                    pressed = Some((script, kind));
                    match kind {
                        0 => till.held(script, KeyEventKind::Repeat),
                        1 => till.held(script, KeyEventKind::Release),
                        2 => till.stale(script, Duration::from_millis(1)),
                        _ => till.keys(script),
                    }
                }
                Happens::Keys(_) => {}
                Happens::Resize(width, height) => {
                    till.size = (width, height);
                    till.send(Msg::Resize(width, height));
                }
                Happens::Tap(index) => till.send(Msg::CardRead(some_card(index).uid)),
                Happens::Answer(index) => {
                    let card = some_card(index);
                    till.send(Msg::Card { uid: card.uid.clone(), answer: Ok(card) });
                }
                Happens::Order(index) => {
                    let mut order = [sample_order(), rich_order(), sample_order()][index].clone();
                    if index == 2 {
                        order.guid = guid("2");
                    }
                    till.send(Msg::Order(Ok(order)));
                }
                Happens::Payment(standing, id) => {
                    if let Some(request) = &last_request {
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
                Happens::Other(n) => till.send(other(n)),
            }
            for effect in till.take_effects() {
                check_task(&effect, ctx, pressed)?;
                if matches!(effect, Effect::Decide(_) | Effect::Known(_) | Effect::Refund(_)) {
                    prop_assert!(till.size.0 >= 60 && till.size.1 >= 18);
                    prop_assert_eq!(till.app.ctx(), Ctx::Busy);
                }
                if let Effect::Pay(request) = effect {
                    // Only a fresh key of a drawn question pays, and only what adds up: Enter or F5
                    // the whole, F6 a part.
                    if request.part {
                        prop_assert!(parts);
                        prop_assert_eq!(ctx, Ctx::Part);
                        prop_assert!(matches!(pressed, Some(("<F6>", 3..))));
                        prop_assert!(request.rest().unwrap().is_positive());
                    } else {
                        prop_assert_eq!(ctx, Ctx::Confirm);
                        prop_assert!(matches!(pressed, Some(("<Enter>" | "<F5>", 3..))));
                    }
                    prop_assert!(till.size.0 >= 60 && till.size.1 >= 18);
                    let owed = request.owed().unwrap();
                    prop_assert_eq!(request.split.check(&owed, &request.cards), Ok(()));
                    last_request = Some(*request);
                }
            }
            let screen = till.screen();
            sums_agree(&till, &screen)?;
            if till.size.0 >= 60 && till.size.1 >= 18 {
                let wanted = !till.app.attention_rows().is_empty();
                prop_assert_eq!(screen.contains(" · F12\n"), wanted, "{}", screen);
            }
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
