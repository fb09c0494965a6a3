//! What needs a person: the banner, the list, and decisions, as a cashier meets them.

use std::time::Duration;

use crossterm::event::KeyEventKind;

use super::screens::{SIZES, SIZES_BILL, check};
use crate::i18n::{Lang, Texts};
use crate::payment::reason::{Problem, Reason};
use crate::payment::view::{
    InDoubt, LegState, PaymentView, RefundStanding, Standing, Step, Verdict,
};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Answer, Effect, Msg, Ruling, UiSettings};

const BANNER: &str = "! 2 операции требуют человека · 2 850,00 ₽ · F12";

fn both() -> Vec<PaymentView> {
    vec![stuck(), refunded(RefundStanding::ByHand, true)]
}

/// A till where those need a person.
fn troubled(lang: Lang, views: Vec<PaymentView>) -> Till {
    let mut till = Till::ready(lang);
    till.send(Msg::Attention(views));
    till
}

/// From the list to the question: this answer, by Иванова, because of X.
fn fill_in(till: &mut Till, keys: &str) {
    till.keys(&format!("<F12>{keys}<Enter>"));
}

fn decided(till: &mut Till) -> Option<Ruling> {
    till.take_effects()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Decide(ruling) => Some(*ruling),
            _ => None,
        })
}

/// The stuck payment after a person said that it was not paid.
fn given_back() -> PaymentView {
    let mut view = stuck();
    view.standing = Standing::Refused;
    view.in_doubt = None;
    view.may_say = vec![];
    view.step = Step::Finished;
    for leg in &mut view.legs {
        leg.state = LegState::GivenBack;
    }
    view
}

#[test]
fn the_banner_is_on_every_screen_until_nothing_needs_a_person() {
    for keys in [
        "",
        "<F1>",
        "<F9>",
        "<F12>",
        "<F12><Enter>",
        "<F4>",
        "<Enter>",
    ] {
        let mut till = troubled(Lang::Ru, both());
        till.keys(keys);
        for size in [(60, 18), (80, 24), (120, 40), (50, 10)] {
            till.size = size;
            assert!(till.shows(BANNER), "{keys} {size:?}\n{}", till.screen());
        }
    }
    for keys in [
        "",
        "<F3>",
        "<F5>",
        "<F5><Enter>",
        "<F5><Enter><Esc>",
        "<F1>",
    ] {
        let mut till = Till::open(Lang::Ru, family().to_vec());
        till.tap(credit_card());
        till.send(Msg::Attention(both()));
        till.keys(keys);
        assert!(till.shows(BANNER), "{keys}\n{}", till.screen());
        till.send(Msg::Attention(vec![]));
        assert!(!till.shows(" ! "), "{keys}\n{}", till.screen());
    }
    let mut till = troubled(Lang::Ru, vec![stuck()]);
    assert!(till.shows("! 1 операция требует человека · 2 350,00 ₽ · F12"));
    till.send(Msg::Attention(
        (10..15)
            .map(|n| PaymentView {
                id: payment_id(n),
                ..stuck()
            })
            .collect(),
    ));
    assert!(till.shows("! 5 операций требуют человека · 11 750,00 ₽ · F12"));
}

#[test]
fn the_screens_of_what_needs_a_person() {
    check("attention", SIZES_BILL, |lang| {
        let mut till = troubled(lang, both());
        till.keys("<F12>");
        till
    });
    check("attention_refund", SIZES_BILL, |lang| {
        let mut till = troubled(lang, both());
        till.keys("<F12><Down>");
        till
    });
    check("attention_none", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.keys("<F12>");
        till
    });
    check("banner_bill", SIZES_BILL, |lang| {
        let mut till = Till::open(lang, family().to_vec());
        till.send(Msg::Attention(both()));
        till
    });
    check("banner_too_small", &[(50, 12)], |lang| {
        troubled(lang, both())
    });
}

#[test]
fn the_screens_of_a_decision() {
    let filled = |lang| {
        let mut till = troubled(lang, both());
        till.keys("<F12><Enter>3<Tab>Иванова<Tab>в заказе оплаты нет");
        till
    };
    check("decide", SIZES_BILL, filled);
    check("decide_sure", SIZES_BILL, |lang| {
        let mut till = filled(lang);
        till.keys("<F5>");
        till
    });
    check("decide_busy", SIZES, |lang| {
        let mut till = filled(lang);
        till.keys("<F5><Enter>");
        let mut view = stuck();
        view.standing = Standing::Working;
        view.step = Step::GivingBack;
        till.send(Msg::Payment(view));
        till
    });
    check("decide_done", SIZES, |lang| {
        let mut till = filled(lang);
        till.keys("<F5><Enter>");
        till.send(Msg::Payment(given_back()));
        till.send(Msg::Answered(
            stuck().id,
            Answer::Done(Box::new(given_back())),
        ));
        till.send(Msg::Attention(vec![both()[1].clone()]));
        till
    });
    check("decide_not_done", SIZES, |lang| {
        let mut till = filled(lang);
        till.keys("<F5><Enter>");
        let problem = Problem::own(Reason::NothingToDecide, "");
        till.send(Msg::Answered(stuck().id, Answer::NotStarted(problem)));
        till
    });
}

#[test]
fn a_decision_takes_a_choice_a_name_a_reason_and_an_answer_to_a_question() {
    let mut till = troubled(Lang::Ru, both());
    fill_in(&mut till, "");
    assert_eq!(till.app.ctx(), Ctx::Form);
    till.take_effects();
    till.keys("<F5>");
    assert!(till.shows("Напишите, кто это решил"));
    till.keys("Иванова<F5>");
    assert!(till.shows("Напишите, почему"));
    till.keys("чек напечатан<BackTab><BackTab>2<F5>");
    assert_eq!(till.app.ctx(), Ctx::Sure);
    assert!(till.shows("В r_keeper оплачено – завершить"));
    assert!(till.shows("2 350,00 со счетов гостей остаются оплатой заказа."));
    assert!(till.shows("Кто: Иванова. Почему: чек напечатан"));
    assert_eq!(decided(&mut till), None);
    till.keys("<Enter>");
    let ruling = decided(&mut till).unwrap();
    assert_eq!(ruling.payment, stuck().id);
    assert_eq!((ruling.refund, ruling.seen), (None, InDoubt::Pay));
    assert_eq!(ruling.decision.verdict, Verdict::Happened);
    assert_eq!(ruling.decision.operator, "Иванова");
    assert_eq!(ruling.decision.why, "чек напечатан");
    // Whatever is pressed while it is being done changes nothing.
    till.keys("<Enter><F5><F12><F10><C-c>3<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Busy);
    assert_eq!(till.asked(), Vec::<String>::new());
    assert!(till.app.money_in_flight());
}

#[test]
fn a_refund_left_to_a_person_is_marked_as_done() {
    let mut till = troubled(Lang::Ru, both());
    fill_in(&mut till, "<Down>");
    assert!(till.shows("Отменена ли оплата в r_keeper вручную?"));
    till.keys("<Down><Tab>Иванова<Tab>чек отменён<F5><Enter>");
    let ruling = decided(&mut till).unwrap();
    let refund = both()[1].refunds[0].id;
    assert_eq!(
        (ruling.refund, ruling.seen),
        (Some(refund), InDoubt::ByHand)
    );
    assert_eq!(ruling.decision.verdict, Verdict::Happened);
    let view = refunded(RefundStanding::Refunded, true);
    till.send(Msg::Answered(view.id, Answer::Done(Box::new(view))));
    assert!(till.shows("✓ Возвращено 500,00 на счета, в r_keeper отменено"));
    till.send(Msg::Attention(vec![stuck()]));
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Attention);
    assert!(till.shows("1 операция требует человека"));
}

#[test]
fn the_outcome_of_a_decision_is_told_and_closed_by_esc_alone() {
    let mut till = troubled(Lang::Ru, vec![stuck()]);
    fill_in(&mut till, "");
    till.keys("3<Tab>И<Tab>нет в заказе<F5><Enter>");
    let mut moving = stuck();
    moving.standing = Standing::Working;
    moving.step = Step::GivingBack;
    till.send(Msg::Payment(moving));
    assert!(till.shows("Возвращаю деньги на счета…"));
    assert!(till.shows("требует человека"), "until it is settled");
    till.send(Msg::Payment(given_back()));
    let before = till.now;
    till.send_undrawn(Msg::Answered(
        stuck().id,
        Answer::Done(Box::new(given_back())),
    ));
    till.stale("<Esc>", before);
    till.keys("<Enter><Enter><F5>");
    assert_eq!(till.app.ctx(), Ctx::Outcome);
    assert!(till.shows("Деньги возвращены на счета."));
    assert!(!till.shows("требует человека"));
    assert!(!till.app.money_in_flight());
    till.keys("<Esc>");
    assert!(till.shows("Ничего не требует человека"));
}

#[test]
fn nothing_typed_ahead_or_held_decides() {
    let mut till = troubled(Lang::Ru, vec![stuck()]);
    fill_in(&mut till, "");
    till.keys("2<Tab>И<Tab>чек<Enter><Enter>");
    assert_eq!(till.app.ctx(), Ctx::Form, "Enter does not finish the form");
    let before = till.now;
    till.keys("<F5>");
    till.stale("<Enter>", before);
    till.held("<Enter>", KeyEventKind::Repeat);
    till.held("<Enter>", KeyEventKind::Release);
    // Held down, F5 does not answer its own question.
    till.keys("<F5><F5>yдY2");
    assert_eq!(decided(&mut till), None);
    assert_eq!(till.app.ctx(), Ctx::Sure);
    till.size = (50, 10);
    till.send(Msg::Resize(50, 10));
    till.keys("<Enter>");
    assert_eq!(decided(&mut till), None, "nobody sees the question");
    till.size = (80, 24);
    till.send(Msg::Resize(80, 24));
    till.keys("<Esc><F5><Enter>");
    assert!(decided(&mut till).is_some());
    // A question that was never drawn.
    let mut till = troubled(Lang::Ru, vec![stuck()]);
    fill_in(&mut till, "");
    till.keys("2<Tab>И<Tab>чек");
    for script in ["<F5>", "<Enter>", "<Enter>"] {
        for key in script_keys(script) {
            let stamp = till.now + Duration::from_millis(5);
            till.send_undrawn(Msg::Key(key, stamp));
        }
    }
    assert_eq!(decided(&mut till), None);
}

#[test]
fn a_card_starts_nothing_while_a_form_is_open() {
    let mut till = Till::open(Lang::Ru, vec![]);
    till.send(Msg::Attention(both()));
    fill_in(&mut till, "");
    till.take_effects();
    for keys in ["", "<Tab>И<Tab>чек<F5>", "<Enter>"] {
        till.keys(keys);
        till.take_effects();
        let ctx = till.app.ctx();
        till.send(Msg::CardRead(sample_card().uid));
        assert_eq!(till.app.ctx(), ctx);
        assert_eq!(till.asked(), ["Bell"]);
        assert!(till.shows("сейчас не принята"), "{ctx:?}");
    }
}

#[test]
fn a_form_about_what_settled_itself_is_taken_back() {
    // The sweep finds the payment paid.
    let mut till = troubled(Lang::Ru, vec![stuck()]);
    fill_in(&mut till, "");
    till.keys("3<Tab>И<Tab>нет<F5>");
    let mut settled = paid();
    settled.id = stuck().id;
    till.send(Msg::Payment(settled));
    assert_eq!(till.app.ctx(), Ctx::Attention);
    till.keys("<Enter>");
    assert_eq!(decided(&mut till), None);
    // Something else is in doubt now: the same answer would mean another thing.
    let mut till = troubled(Lang::Ru, vec![stuck()]);
    fill_in(&mut till, "");
    till.keys("2<Tab>И<Tab>чек<F5>");
    let mut other = stuck();
    other.in_doubt = Some(InDoubt::GiveBack);
    till.send(Msg::Attention(vec![other]));
    assert_eq!(till.app.ctx(), Ctx::Attention);
    assert!(till.shows("состояние изменилось"));
    till.keys("<Enter>");
    assert!(till.shows("Вернулись ли деньги на счета в Lime?"));
}

#[test]
fn no_decision_begins_while_a_payment_is_under_way() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.send(Msg::Attention(both()));
    till.pay();
    till.keys("<F12><Enter>");
    assert_eq!(till.app.ctx(), Ctx::Attention);
    assert!(till.shows("Идёт оплата: дождитесь её итога"));
}

/// News of a decision must not be taken for news of the payment that waits on screen.
#[test]
fn a_parked_payment_on_screen_can_be_decided_from_there() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.tap(credit_card());
    let request = till.pay();
    let view = PaymentView {
        order: request.order.guid.clone(),
        ..stuck()
    };
    till.send(Msg::Payment(view.clone()));
    assert_eq!(till.app.ctx(), Ctx::Result);
    assert!(till.shows("1 операция требует человека"));
    fill_in(&mut till, "");
    till.keys("3<Tab>И<Tab>нет<F5><Enter>");
    let mut moving = view.clone();
    moving.standing = Standing::Working;
    till.send(Msg::Payment(moving));
    let done = PaymentView {
        order: view.order,
        ..given_back()
    };
    till.send(Msg::Payment(done.clone()));
    assert_eq!(
        till.app.ctx(),
        Ctx::Busy,
        "its outcome is told, not dropped"
    );
    till.send(Msg::Answered(done.id, Answer::Done(Box::new(done))));
    assert_eq!(till.app.ctx(), Ctx::Outcome);
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Result);
    assert!(till.shows("Деньги возвращены на счета."));
}

#[test]
fn asking_again_asks_where_there_is_something_to_ask() {
    let mut till = troubled(Lang::Ru, both());
    till.keys("<F12>");
    till.take_effects();
    till.keys("<F6>");
    assert_eq!(till.asked(), ["AskAgain"]);
    till.keys("<Down><F6>");
    assert_eq!(till.asked(), Vec::<String>::new());
    assert!(till.shows("Отмените оплату в r_keeper и отметьте это"));
    till.send(Msg::Attention(vec![refunded(
        RefundStanding::Unknown,
        false,
    )]));
    till.keys("<F9><F6>");
    assert!(till.asked().contains(&"AskAgain".to_owned()));
}

#[test]
fn a_journal_that_fails_on_the_way_leaves_the_outcome_open() {
    let mut till = troubled(Lang::Ru, vec![stuck()]);
    fill_in(&mut till, "");
    till.keys("2<Tab>И<Tab>чек<F5><Enter>");
    let problem = Problem::own(Reason::JournalFailed, "диск полон");
    till.send(Msg::Answered(stuck().id, Answer::CutOff(problem)));
    let screen = till.screen();
    assert!(screen.contains("выяснится при следующем"), "{screen}");
    assert!(!screen.to_lowercase().contains("оплачено"), "{screen}");
}

#[test]
fn who_leaves_while_something_needs_a_person_is_asked_once_more() {
    let mut till = troubled(Lang::Ru, vec![refunded(RefundStanding::ByHand, true)]);
    till.keys("<F10>");
    assert!(till.shows("Есть операции, которые требуют человека (F12)"));
    till.take_effects();
    till.keys("<F10>");
    assert_eq!(till.asked(), ["Quit"]);
}

#[test]
fn every_answer_to_every_doubt_has_its_words_in_both_languages() {
    let both_answers = [
        InDoubt::Debit,
        InDoubt::Pay,
        InDoubt::GiveBack,
        InDoubt::Return,
        InDoubt::Annul,
    ];
    let yes_only = [InDoubt::Confirm, InDoubt::ByHand];
    let texts = Texts::of(Lang::Ru);
    for doubt in both_answers.into_iter().chain(yes_only) {
        for verdict in Verdict::ALL {
            if verdict == Verdict::DidNot && yes_only.contains(&doubt) {
                continue;
            }
            for table in ["decide", "decide_does"] {
                let key = format!("till.{table}.{}_{}", doubt.word(), verdict.word());
                assert!(texts.has(&key), "{key}");
            }
        }
        assert!(texts.has(&format!("till.decide.{}", doubt.word())));
        assert!(texts.has(&format!("till.attention.rkeeper_{}", doubt.word())));
    }
    for name in [
        "payment",
        "refund",
        "debit",
        "give_back",
        "receipt",
        "line",
        "order",
        "lock",
    ] {
        assert!(texts.has(&format!("till.attention.ref_{name}")), "{name}");
    }
}

#[test]
fn the_banner_is_seen_without_colour() {
    let settings = UiSettings {
        look: crate::tui::Look::Mono,
        ..UiSettings::default()
    };
    let mut till = Till::with(settings, (80, 24));
    till.send(Msg::Attention(both()));
    for keys in ["", "<F12>", "<Enter>", "<Tab>И<Tab>я<F5>"] {
        till.keys(keys);
        let buffer = till.draw();
        let plain = |cell: &ratatui::buffer::Cell| {
            cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset
        };
        assert!(buffer.content().iter().all(plain), "{keys}");
    }
    let row = till.draw().content()[80..160].to_vec();
    assert!(
        row.iter()
            .all(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED))
    );
}
