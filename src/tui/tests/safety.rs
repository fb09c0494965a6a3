//! What no hand can do by accident: keys that are held, bounce, or were pressed too early.

use std::time::Duration;

use super::guest_pin::guest;
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason};
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Answer, Msg, UiSettings};

/// One key again and again, as terminals send a held one: a frame after each.
fn hold(till: &mut Till, script: &str, times: u32) {
    let key = script_keys(script)[0];
    let gaps = [0, 500].into_iter().chain(std::iter::repeat(33));
    for gap in gaps.take(times as usize) {
        till.now += Duration::from_millis(gap);
        let stamp = till.now;
        till.send(Msg::Key(key, stamp));
        // Sending and drawing take time of their own, which is no pause of the key.
        till.now = stamp;
    }
}

fn large() -> Till {
    let settings = UiSettings {
        confirm_above: Some(money(100_000)),
        part_payments: true,
        ..UiSettings::default()
    };
    let mut till = Till::with_sample(settings);
    till.take_effects();
    till
}

#[test]
fn a_held_key_asks_and_does_not_answer() {
    for key in ["<F5>", "/"] {
        let mut till = Till::open(Lang::Ru, vec![sample_card()]);
        till.now += Duration::from_secs(2);
        hold(&mut till, key, 40);
        assert_eq!(till.app.ctx(), Ctx::Confirm, "{key}");
        assert_eq!(till.asked(), Vec::<String>::new(), "{key}");
    }
    let mut till = large();
    till.keys("<F5>");
    till.now += Duration::from_secs(2);
    hold(&mut till, "<Enter>", 40);
    assert_eq!(till.app.ctx(), Ctx::Confirm, "the second question stays");
    assert_eq!(till.asked(), Vec::<String>::new());
    assert!(till.shows("Отпустите и нажмите снова"));
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn a_key_that_bounces_is_pressed_once() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.keys("<Home>");
    till.now += Duration::from_secs(2);
    hold(&mut till, "<Enter>", 1);
    till.now += Duration::from_millis(15);
    let key = script_keys("<Enter>")[0];
    let stamp = till.now;
    till.send(Msg::Key(key, stamp));
    assert_eq!(till.app.bill.as_ref().unwrap().selected(), 1);
    // The Enter that confirms does not close the outcome that is there at once.
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    let request = till.pay();
    let mut view = payment_view(
        &request,
        Standing::Working,
        Step::Debiting,
        LegState::Debited,
    );
    till.send(Msg::Payment(view.clone()));
    view.standing = Standing::Paid;
    view.step = Step::Paying;
    till.send(Msg::Payment(view));
    let stamp = till.now + Duration::from_millis(20);
    till.send(Msg::Key(key, stamp));
    assert_eq!(till.app.ctx(), Ctx::Result);
}

#[test]
fn a_held_key_takes_off_two_cards_at_most_and_leaves_no_program() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), credit_card()]);
    till.tap(family()[0].clone());
    till.now += Duration::from_secs(2);
    hold(&mut till, "<F8>", 40);
    assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 1);
    let mut till = Till::ready(Lang::Ru);
    till.send(Msg::Attention(vec![stuck()]));
    till.take_effects();
    till.now += Duration::from_secs(2);
    hold(&mut till, "<F10>", 40);
    assert!(!till.asked().contains(&"Quit".to_owned()));
    till.keys("<F10>");
    assert_eq!(till.asked(), ["Quit"]);
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.now += Duration::from_secs(2);
    hold(&mut till, "-", 40);
    assert_eq!(
        till.app.ctx(),
        Ctx::Bill,
        "asked for once more by a key of its own"
    );
}

/// Every screen that takes no key pressed before it was drawn, with the key that answers it.
fn questions() -> Vec<(&'static str, Till, &'static str)> {
    let part = || {
        let mut till = Till::with_parts(Lang::Ru, sample_order());
        till.tap(sample_card());
        till.keys("500");
        till
    };
    let keyed = |script: &str, mut till: Till| {
        till.keys(script);
        till
    };
    let sample = || Till::open(Lang::Ru, vec![sample_card()]);
    let paid = || {
        let mut till = sample();
        let request = till.pay();
        let view = |standing, step| payment_view(&request, standing, step, LegState::Debited);
        till.send(Msg::Payment(view(Standing::Working, Step::Debiting)));
        till.send(Msg::Payment(view(Standing::Paid, Step::Paying)));
        till
    };
    let doubt = || {
        let mut till = Till::open(Lang::Ru, vec![]);
        till.send(Msg::CardDoubtful(sample_card().uid));
        till.send(Msg::Card {
            uid: sample_card().uid,
            answer: Ok(sample_card()),
        });
        till
    };
    let decision = |script: &str| {
        let mut till = Till::ready(Lang::Ru);
        till.send(Msg::Attention(vec![stuck()]));
        till.keys(script);
        till
    };
    let form = "<F12><Enter>2<Tab>И<Tab>я<F5>";
    let busy = format!("{form}<Enter>");
    let mut outcome = decision(&busy);
    outcome.send(Msg::Answered(
        stuck().id,
        Answer::NotStarted(Problem::own(Reason::NothingToDecide, "")),
    ));
    vec![
        ("confirm", keyed("<F5>", sample()), "<Enter>"),
        ("confirm again", keyed("<F5><Enter>", large()), "<Enter>"),
        ("part", keyed("<F5>", part()), "<F6>"),
        ("cancel_ask", keyed("<F5><Enter><Esc>", sample()), "<Enter>"),
        ("result", paid(), "<Enter>"),
        ("doubt", doubt(), "<Enter>"),
        ("sure", decision(form), "<Enter>"),
        ("outcome", outcome, "<Esc>"),
    ]
}

#[test]
fn nothing_typed_ahead_answers_any_question() {
    for (name, mut till, answer) in questions() {
        till.take_effects();
        let ctx = till.app.ctx();
        assert!(ctx.is_guarded(), "{name}: {ctx:?}");
        for key in [answer, "<Esc>", "<Enter>", "<F5>", "<F6>", "-"] {
            till.stale(key, Duration::from_millis(1));
            assert_eq!(till.app.ctx(), ctx, "{name}: {key}");
        }
        assert_eq!(till.asked(), Vec::<String>::new(), "{name}");
        let before = format!("{:?}", till.app.layers);
        till.now += Duration::from_secs(2);
        till.keys(answer);
        let after = format!("{:?}", till.app.layers);
        assert!(
            !till.take_effects().is_empty() || till.app.ctx() != ctx || before != after,
            "{name}: a fresh key counts"
        );
    }
}

/// Where Esc leads from each screen, and what it asks for.
#[test]
fn esc_does_what_it_says_in_every_place() {
    let open = |script: &str| {
        let mut till = Till::open(Lang::Ru, vec![sample_card()]);
        till.keys(script);
        till
    };
    let decide = |script: &str| {
        let mut till = Till::open(Lang::Ru, vec![sample_card()]);
        till.send(Msg::Attention(vec![stuck()]));
        till.keys(script);
        till
    };
    let mut number = Till::with_numbers(Lang::Ru);
    number.keys("<F6>12");
    let mut pin = Till::open(Lang::Ru, vec![guest()]);
    pin.keys("<F5>25");
    let mut demo = Till::with(
        UiSettings {
            demo_cards: vec!["one".into()],
            ..UiSettings::default()
        },
        (80, 24),
    );
    demo.keys("<F4>");
    let mut tills = vec![
        (open("<Esc>12"), Ctx::Orders, Ctx::Orders, &[][..]),
        (open(""), Ctx::Bill, Ctx::Orders, &["LoadOrders"]),
        (open("<F5><Enter>"), Ctx::Progress, Ctx::CancelAsk, &[]),
        (open("<F3>"), Ctx::Card, Ctx::Bill, &[]),
        (open("<F9>"), Ctx::Payments, Ctx::Bill, &[]),
        (open("<C-r>"), Ctx::Readers, Ctx::Bill, &[]),
        (open("<C-r><F2>"), Ctx::Devices, Ctx::Readers, &[]),
        (open("<C-r><F3>"), Ctx::Watch, Ctx::Readers, &[]),
        (open("<C-r><F4>"), Ctx::Learn, Ctx::Readers, &["Tools"]),
        (open("<F1>"), Ctx::Help, Ctx::Bill, &[]),
        (open("<F1><F2>"), Ctx::About, Ctx::Help, &[]),
        (decide("<F12>"), Ctx::Attention, Ctx::Bill, &[]),
        (decide("<F12><Enter>"), Ctx::Form, Ctx::Attention, &[]),
        (
            decide("<F12><Enter>2<Tab>И<Tab>я<F5><Enter>"),
            Ctx::Busy,
            Ctx::Busy,
            &[],
        ),
        (number, Ctx::Number, Ctx::Bill, &[]),
        (pin, Ctx::GuestPin, Ctx::Bill, &[]),
        (demo, Ctx::Demo, Ctx::Orders, &[]),
    ];
    for (name, till, _) in questions() {
        let (to, asks): (Ctx, &[&str]) = match name {
            "confirm" | "confirm again" | "part" | "doubt" => (Ctx::Bill, &[]),
            "cancel_ask" => (Ctx::Progress, &[]),
            "result" => (Ctx::Orders, &["LoadOrders"]),
            "sure" => (Ctx::Form, &[]),
            "outcome" => (Ctx::Attention, &[]),
            other => panic!("{other}"),
        };
        let from = till.app.ctx();
        tills.push((till, from, to, asks));
    }
    // Who somebody is has tests of its own: tui::tests::operators.
    let asks_who = [Ctx::Login, Ctx::Manager];
    for ctx in Ctx::ALL.into_iter().filter(|ctx| !asks_who.contains(ctx)) {
        assert!(tills.iter().any(|(_, from, ..)| *from == ctx), "{ctx:?}");
    }
    for (mut till, from, to, asks) in tills {
        assert_eq!(till.app.ctx(), from);
        till.take_effects();
        till.now += Duration::from_secs(2);
        till.keys("<Esc>");
        assert_eq!(till.app.ctx(), to, "from {from:?}");
        assert_eq!(till.asked(), asks, "from {from:?}");
    }
}
