//! A guest's PIN at the till screen: between F5 and the question that moves money.

use std::sync::Arc;

use jiff::Timestamp;

use super::screens::{SIZES, SIZES_BILL, check};
use crate::domain::{Account, Card, Pin, PinCheck, SpendRules};
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::Sale;
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Effect, GuestPins, Msg, PinAnswer, UiSettings};

const AT: i64 = 1_709_640_000;

/// An account that gives at most 1 000 without the PIN.
fn guarded(id: &str, kopecks: i64) -> Account {
    let mut own = account(id, "Депозит", kopecks);
    own.terms.pin = PinCheck::Possible;
    own.terms.rules = Arc::new(SpendRules {
        pin_above: Some(money(100_000)),
        ..SpendRules::default()
    });
    own
}

pub(super) fn guest() -> Card {
    let mut guest = card("71366822", "100039", vec![guarded("801", 500_000)]);
    guest.holder = Some("Иванов И.".into());
    guest
}

fn till(lang: Lang) -> Till {
    Till::open(lang, vec![guest()])
}

/// F5 was pressed.
fn asked(lang: Lang) -> Till {
    let mut till = till(lang);
    till.keys("<F5>");
    till.take_effects();
    till
}

/// Two guests, each above the rule.
fn two(lang: Lang) -> Till {
    let other = card("72366822", "100040", vec![guarded("811", 117_500)]);
    let own = card("71366822", "100039", vec![guarded("801", 117_500)]);
    Till::open(lang, vec![own, other])
}

/// What Lime is asked: number, card, PIN.
fn question(till: &mut Till) -> (u64, String, Pin) {
    let effects = till.take_effects();
    let found = effects.into_iter().find_map(|effect| match effect {
        Effect::CheckPin { asked, uid, pin } => Some((asked, uid.reveal().to_owned(), pin)),
        _ => None,
    });
    found.expect("Lime is not asked")
}

fn answer(till: &mut Till, asked: u64, answer: PinAnswer) {
    let at = Timestamp::from_second(AT).unwrap();
    till.send(Msg::PinChecked { asked, answer, at });
}

fn of_lime(reason: Reason) -> Problem {
    Problem::of(Server::Lime, reason, "")
}

/// The guest types it, and Lime says that.
fn typed(till: &mut Till, pin: &str, said: PinAnswer) {
    till.keys(&format!("{pin}<Enter>"));
    let (asked, _, _) = question(till);
    answer(till, asked, said);
}

#[test]
fn the_screens_of_a_guests_pin() {
    check("bill_guest_pin", SIZES, till);
    check("guest_pin", SIZES_BILL, |lang| {
        let mut till = asked(lang);
        till.keys("2580");
        till
    });
    check("guest_pin_second", SIZES, |lang| {
        let mut till = two(lang);
        till.keys("<F5>");
        typed(&mut till, "2580", PinAnswer::Right);
        till
    });
    check("guest_pin_checking", SIZES, |lang| {
        let mut till = asked(lang);
        till.keys("2580<Enter>");
        till
    });
    check("guest_pin_wrong", SIZES_BILL, |lang| {
        let mut till = asked(lang);
        typed(
            &mut till,
            "1111",
            PinAnswer::Refused(of_lime(Reason::PinWrong)),
        );
        till
    });
    check("guest_pin_blocked", SIZES_BILL, |lang| {
        let mut till = asked(lang);
        let blocked = of_lime(Reason::PinBlocked);
        typed(&mut till, "1111", PinAnswer::Refused(blocked));
        till
    });
    check("guest_pin_unreachable", SIZES, |lang| {
        let mut till = asked(lang);
        let gone = of_lime(Reason::ServerUnreachable);
        typed(&mut till, "2580", PinAnswer::NotAsked(gone));
        till
    });
    check("guest_pin_unclear", SIZES_BILL, |lang| {
        let mut till = asked(lang);
        let lost = of_lime(Reason::AnswerLost);
        typed(&mut till, "2580", PinAnswer::Unclear(lost));
        till
    });
    check("guest_pin_right", SIZES, |lang| {
        let mut till = asked(lang);
        typed(&mut till, "2580", PinAnswer::Right);
        till
    });
}

#[test]
fn the_right_pin_leads_to_the_question_and_into_the_payment() {
    let mut till = till(Lang::Ru);
    assert!(
        till.shows("F5 – спросить ПИН-код гостя"),
        "{}",
        till.screen()
    );
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::GuestPin);
    assert!(
        till.shows("100039") && till.shows("2 350,00"),
        "{}",
        till.screen()
    );
    till.keys("2580");
    assert!(
        till.shows("●●●●_") && !till.shows("2580"),
        "{}",
        till.screen()
    );
    till.keys("<Enter>");
    let (asked, uid, pin) = question(&mut till);
    assert_eq!((uid.as_str(), pin.reveal()), ("71366822", "2580"));
    // While Lime looks at it nothing more is taken.
    till.keys("9<Enter>");
    assert_eq!(till.asked(), [""; 0]);
    answer(&mut till, asked, PinAnswer::Right);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    assert!(till.shows("ПИН-код гостя проверен"), "{}", till.screen());
    let request = till.pay_with("<Enter>");
    let sale = Sale::new(payment_id(1), &request).unwrap();
    let at = sale.legs[0].pin_checked_at.unwrap();
    assert_eq!(at.as_second(), AT);
}

/// F5 and Enter in one go, or an Enter too many, ask Lime nothing and pay nothing.
#[test]
fn what_cannot_be_a_pin_is_not_asked_about() {
    for keys in ["<Enter>", "123<Enter>"] {
        let mut till = asked(Lang::Ru);
        till.keys(keys);
        assert_eq!(till.asked(), ["Bell"], "{keys}");
        assert_eq!(till.app.ctx(), Ctx::GuestPin);
        assert!(till.shows("от 4 до 12 цифр"), "{}", till.screen());
        typed(&mut till, "2580", PinAnswer::Right);
        assert_eq!(till.app.ctx(), Ctx::Confirm);
    }
}

#[test]
fn three_wrong_ones_are_the_last_and_the_way_back_is_left() {
    let mut till = asked(Lang::Ru);
    for _ in 0..2 {
        typed(
            &mut till,
            "1111",
            PinAnswer::Refused(of_lime(Reason::PinWrong)),
        );
        assert_eq!(till.asked(), ["Bell"]);
        assert!(till.shows("Можно набрать снова"), "{}", till.screen());
    }
    typed(
        &mut till,
        "1111",
        PinAnswer::Refused(of_lime(Reason::PinWrong)),
    );
    assert!(!till.shows("Можно набрать снова"), "{}", till.screen());
    till.take_effects();
    till.keys("2580<Enter>");
    assert_eq!(till.asked(), [""; 0]);
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 1);
}

#[test]
fn a_blocked_pin_ends_the_question_and_a_smaller_sum_needs_none() {
    let mut till = asked(Lang::Ru);
    typed(
        &mut till,
        "1111",
        PinAnswer::Refused(of_lime(Reason::PinBlocked)),
    );
    assert!(till.shows("слишком много раз"), "{}", till.screen());
    till.take_effects();
    till.keys("2580<Enter>");
    assert_eq!(till.asked(), [""; 0]);
    till.keys("<Esc>1000<Enter>");
    till.tap(sample_card());
    till.keys("<Down>+<F5>");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
}

/// Lime that does not answer took nothing: as often as one likes where it surely was not asked, three
/// times where it may have counted.
#[test]
fn lime_that_cannot_be_asked_debits_nothing_and_is_asked_again() {
    let mut till = asked(Lang::Ru);
    for _ in 0..5 {
        let gone = of_lime(Reason::ServerUnreachable);
        typed(&mut till, "2580", PinAnswer::NotAsked(gone));
        assert_eq!(till.asked(), ["Bell"]);
    }
    for words in ["могла засчитаться", "могла засчитаться", "меньше или"]
    {
        let lost = of_lime(Reason::AnswerLost);
        typed(&mut till, "2580", PinAnswer::Unclear(lost));
        assert_eq!(till.asked(), ["Bell"]);
        assert!(till.shows(words), "{}", till.screen());
    }
    assert_eq!(till.app.ctx(), Ctx::GuestPin);
}

#[test]
fn each_guest_is_asked_for_his_own() {
    let mut till = two(Lang::Ru);
    till.keys("<F5>");
    assert!(till.shows("100039") && till.shows("гость 1 из 2"));
    till.keys("2580<Enter>");
    let (asked, uid, _) = question(&mut till);
    assert_eq!(uid, "71366822");
    answer(&mut till, asked, PinAnswer::Right);
    assert_eq!(till.app.ctx(), Ctx::GuestPin);
    assert!(till.shows("гость 2 из 2"), "{}", till.screen());
    // The answer to the first one's is no answer to the second's.
    answer(&mut till, asked, PinAnswer::Right);
    assert_eq!(till.app.ctx(), Ctx::GuestPin);
    till.keys("1470<Enter>");
    let (asked, uid, _) = question(&mut till);
    assert_eq!(uid, "72366822");
    answer(&mut till, asked, PinAnswer::Right);
    let request = till.pay_with("<Enter>");
    let sale = Sale::new(payment_id(1), &request).unwrap();
    assert!(sale.legs.iter().all(|leg| leg.pin_checked_at.is_some()));
}

/// A right PIN is good for the question that it was typed for.
#[test]
fn whatever_takes_the_question_back_forgets_the_pin() {
    let proved = || {
        let mut till = asked(Lang::Ru);
        typed(&mut till, "2580", PinAnswer::Right);
        assert_eq!(till.app.ctx(), Ctx::Confirm);
        till
    };
    let mut till = proved();
    till.keys("<Esc>");
    till.keys("<Del>2000<Enter>");
    till.tap(sample_card());
    till.keys("<Down>+<F5>");
    assert_eq!(till.app.ctx(), Ctx::GuestPin);
    // A payment that did not begin asks anew.
    let mut till = proved();
    till.keys("<Enter>");
    till.send(Msg::PaymentFailed(Problem::own(Reason::PaymentOpen, "")));
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::GuestPin);
    // So does a bill that changed under the question.
    let mut till = proved();
    let mut order = sample_order();
    order.version = 2;
    order.total = money(240_000);
    order.unpaid = money(240_000);
    order.lines[0].amount = money(34_000);
    till.send(Msg::Order(Ok(order)));
    assert_eq!(till.app.ctx(), Ctx::Bill);
}

#[test]
fn esc_minus_and_a_changed_order_take_the_question_back_and_a_late_answer_pays_nothing() {
    for keys in ["<Esc>", "-", "12--<Esc>", "12---"] {
        let mut till = asked(Lang::Ru);
        till.keys(keys);
        assert_eq!(till.app.ctx(), Ctx::Bill, "{keys}");
    }
    for keys in ["<Esc>", "-"] {
        let mut till = asked(Lang::Ru);
        till.keys("2580<Enter>");
        let (asked, _, _) = question(&mut till);
        till.keys(keys);
        assert_eq!(till.app.ctx(), Ctx::Bill);
        till.keys("<F5>");
        answer(&mut till, asked, PinAnswer::Right);
        assert_eq!(till.app.ctx(), Ctx::GuestPin);
    }
    let mut till = asked(Lang::Ru);
    let mut order = sample_order();
    order.version = 2;
    order.total = money(300_000);
    order.unpaid = money(300_000);
    till.send(Msg::Order(Ok(order)));
    assert_eq!(till.app.ctx(), Ctx::Bill);
}

/// Cards, other windows and held keys in the question.
#[test]
fn a_tap_a_resize_and_a_held_enter_answer_nothing() {
    let mut till = asked(Lang::Ru);
    till.keys("25");
    till.send(Msg::CardRead(sample_card().uid));
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("сейчас не принята"), "{}", till.screen());
    till.send(Msg::CardDoubtful(sample_card().uid));
    assert_eq!(till.asked(), ["Bell"]);
    till.size = (30, 6);
    till.send(Msg::Resize(30, 6));
    till.keys("99<Enter>");
    assert_eq!(till.asked(), [""; 0]);
    till.size = (80, 24);
    till.send(Msg::Resize(80, 24));
    assert!(till.shows("●●_"), "{}", till.screen());
    till.keys("80");
    till.keys("<Enter>");
    till.held("<Enter><Enter>", crossterm::event::KeyEventKind::Repeat);
    let (asked, _, pin) = question(&mut till);
    assert_eq!(pin.reveal(), "2580");
    answer(&mut till, asked, PinAnswer::Right);
    till.held("<Enter>", crossterm::event::KeyEventKind::Repeat);
    assert_eq!(till.asked(), [""; 0]);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
}

/// Neither the state nor what is asked of Lime shows a digit.
#[test]
fn a_pin_is_in_no_debug() {
    let mut till = asked(Lang::Ru);
    till.keys("86420975");
    let state = format!("{:?}", till.app);
    till.keys("<Enter>");
    let effects = format!("{:?}", till.take_effects());
    assert!(effects.contains("CheckPin"));
    for text in [state, effects, till.screen()] {
        assert!(!text.contains("86420975"));
    }
}

/// The account of two families: whoever's card pays proves himself, once.
#[test]
fn a_shared_account_wants_one_pin() {
    let own = card("71366822", "100039", vec![guarded("801", 500_000)]);
    let other = card("72366822", "100040", vec![guarded("801", 500_000)]);
    let mut till = Till::open(Lang::Ru, vec![own, other]);
    till.keys("<F5>");
    typed(&mut till, "2580", PinAnswer::Right);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    Sale::new(payment_id(1), &till.pay_with("<Enter>")).unwrap();
}

/// Where the site's Lime checks none, the rule refuses as ever.
#[test]
fn where_no_pin_can_be_checked_the_sum_is_refused() {
    let mut own = guest();
    own.accounts[0].terms.pin = PinCheck::Impossible;
    let mut till = Till::open(Lang::Ru, vec![own]);
    till.keys("<Del>2350<Enter><F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.shows("ПИН-код"), "{}", till.screen());
}

/// The help names the question only where guests are asked.
#[test]
fn the_help_names_it_where_guests_are_asked() {
    for (guest_pins, named) in [(GuestPins::Never, false), (GuestPins::AboveSums, true)] {
        let settings = UiSettings {
            guest_pins,
            ..UiSettings::default()
        };
        let mut till = Till::with(settings, (100, 200));
        till.keys("<F1>");
        assert_eq!(till.shows("ПИН-код гостя"), named, "{}", till.screen());
    }
}
