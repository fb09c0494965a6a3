//! What hands do: typing, holding, typing ahead, pressing the wrong key.

use std::time::Duration;

use crossterm::event::KeyEventKind;
use ratatui::layout::Rect;

use crate::domain::Money;
use crate::i18n::Lang;
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Effect, Msg, UiSettings};

fn typed(till: &Till) -> i64 {
    let bill = till.app.bill.as_ref().unwrap();
    bill.distributed().unwrap().kopecks()
}

#[test]
fn sums_are_typed_filled_and_cleared() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    for (keys, kopecks, words) in [
        ("350", 35_000, "Не хватает 2 000,00"),
        (",55", 35_055, "Не хватает 1 999,45"),
        ("5", 35_055, "350,55_"),
        ("<Back><Back><Back>", 35_000, "350_"),
        ("<Enter>", 35_000, "350,00"),
        ("+", 235_000, "Суммы сходятся"),
        ("9000", 900_000, "Депозит: доступно только 5 000,00"),
        ("<Del>", 0, "Не хватает 2 350,00"),
        ("2400", 240_000, "Распределено лишнее: 50,00"),
        ("+", 235_000, "Суммы сходятся"),
        ("<F2>350<Enter>", 35_000, "Не хватает 2 000,00"),
    ] {
        till.keys(keys);
        assert_eq!(typed(&till), kopecks, "{keys}");
        assert!(till.shows(words), "{keys}: {words}\n{}", till.screen());
    }
}

#[test]
fn plus_takes_no_more_than_the_account_has() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.keys("<Home><Del><Down><Del>+");
    assert_eq!(typed(&till), 50_000);
    till.keys("<Up>+");
    assert_eq!(typed(&till), 230_000);
}

#[test]
fn two_deposits_with_typed_sums_are_paid_as_typed() {
    let second = card(
        "61366900",
        "100039",
        vec![account("502", "Депозит", 300_000)],
    );
    let mut till = Till::open(Lang::Ru, vec![sample_card(), second]);
    till.keys("<Home>1500<Enter>850<F5>");
    assert!(till.shows("1 500,00") && till.shows("850,00"));
    till.take_effects();
    till.keys("<Enter>");
    let effects = till.take_effects();
    let [Effect::Pay(request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let sums: Vec<i64> = request
        .split
        .shares
        .iter()
        .map(|share| share.amount.kopecks())
        .collect();
    assert_eq!(sums, [150_000, 85_000]);
    crate::payment::sale::Sale::new(payment_id(1), request).unwrap();
}

#[test]
fn enter_goes_round_among_the_accounts_that_may_pay() {
    let mut barred = account("502", "Проход", 0);
    barred.not_spendable = Some(crate::domain::NotSpendable::NotMoney);
    let two = card(
        "61366900",
        "100039",
        vec![barred, account("503", "Бонусы", 100_000)],
    );
    let mut till = Till::open(Lang::Ru, vec![sample_card(), two]);
    till.keys("<Home>1<Enter>2<Enter>3<Enter>");
    let bill = till.app.bill.as_ref().unwrap();
    assert_eq!(bill.selected(), 2);
    let sums: Vec<i64> = bill
        .split()
        .shares
        .iter()
        .map(|share| share.amount.kopecks())
        .collect();
    assert_eq!(sums, [300, 200]);
    let mut till = Till::open(Lang::Ru, vec![]);
    till.keys("<Enter>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
}

#[test]
fn f5_works_exactly_when_the_split_may_be_paid() {
    let mut till = Till::open(Lang::Ru, vec![]);
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), ["Bell"]);
    till.tap(sample_card());
    till.keys("1<F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.shows("Не хватает 2 349,00"));
    till.keys("+<F5>");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    // Nothing is due on an order paid in full.
    let mut till = Till::open(Lang::Ru, vec![]);
    let mut order = sample_order();
    order.unpaid = Money::ZERO;
    till.send(Msg::Order(Ok(order)));
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.shows("По заказу нечего платить"));
}

#[test]
fn nothing_typed_ahead_confirms() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    let before = till.now;
    till.keys("<F5>");
    till.take_effects();
    for script in ["<Enter>", "<F5>", "<Esc>"] {
        till.stale(script, before);
        assert_eq!(till.app.ctx(), Ctx::Confirm, "{script}");
    }
    assert_eq!(till.asked(), Vec::<String>::new());
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["Pay"]);
    // Two Enters in one burst: the second one meets a payment under way and does nothing.
    till.keys("<Enter><F5><Enter>");
    assert_eq!(till.asked(), Vec::<String>::new());
}

#[test]
fn a_question_that_was_never_drawn_confirms_nothing() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    for script in ["<F5>", "<Enter>", "<F5>", "<Enter>"] {
        for key in script_keys(script) {
            let stamp = till.now + Duration::from_millis(5);
            till.send_undrawn(Msg::Key(key, stamp));
        }
    }
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    assert_eq!(till.asked(), Vec::<String>::new());
}

#[test]
fn a_question_in_a_window_too_small_to_show_it_confirms_nothing() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("<F5>");
    till.size = (50, 10);
    till.send(Msg::Resize(50, 9001));
    till.keys("<Enter><F5>");
    assert_eq!(till.asked(), Vec::<String>::new());
    let hidden = till.now;
    till.size = (80, 24);
    till.send(Msg::Resize(80, 24));
    till.stale("<Enter>", hidden);
    assert_eq!(
        till.asked(),
        Vec::<String>::new(),
        "pressed while it was hidden"
    );
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn held_keys_move_and_type_but_confirm_nothing() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), credit_card()]);
    till.keys("<Home>");
    till.held("1<Down><Up>", KeyEventKind::Repeat);
    assert_eq!(till.app.bill.as_ref().unwrap().selected(), 0);
    assert_eq!(typed(&till), 100);
    till.keys("<F2>");
    till.held("<F5>", KeyEventKind::Repeat);
    assert_eq!(till.app.ctx(), Ctx::Bill);
    till.keys("<F5>");
    till.take_effects();
    for _ in 0..30 {
        till.held("<F5><Enter>", KeyEventKind::Repeat);
    }
    till.held("<Enter><F5>", KeyEventKind::Release);
    assert_eq!(till.asked(), Vec::<String>::new());
    assert_eq!(till.app.ctx(), Ctx::Confirm);
}

#[test]
fn letters_and_digits_do_nothing_to_a_question_about_money() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("<F5>");
    till.take_effects();
    till.keys("yYnNнНтТдД 0004301203+.,<Tab><Del><F8><F2><F9><F1><F10><C-c>");
    assert_eq!(till.asked(), Vec::<String>::new());
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    assert_eq!(typed(&till), 235_000);
}

#[test]
fn a_large_sum_is_confirmed_twice() {
    let settings = UiSettings {
        confirm_above: Some(Money::from_kopecks(200_000)),
        ..UiSettings::default()
    };
    let mut till = Till::with_sample(settings);
    till.keys("<F5>");
    till.take_effects();
    let key = script_keys("<Enter>")[0];
    let (first, second) = (
        till.now + Duration::from_millis(1),
        till.now + Duration::from_millis(2),
    );
    till.send_undrawn(Msg::Key(key, first));
    till.send_undrawn(Msg::Key(key, second));
    assert_eq!(till.asked(), Vec::<String>::new());
    till.draw();
    assert!(till.shows("Крупная сумма 2 350,00: подтвердите ещё раз"));
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn orders_are_found_by_typing_and_opened_by_enter() {
    let mut till = Till::ready(Lang::Ru);
    till.keys("12<Enter>");
    let effects = till.take_effects();
    assert!(matches!(&effects[..], [Effect::LoadOrder(id)] if *id == guid("2")));
    assert!(till.shows("12_"));
    till.keys("<Esc>");
    assert!(!till.shows("12_"));
    till.keys("zzz<Enter>");
    assert!(till.shows("Заказ не выбран"));
    till.keys("<Del><Down><Down><Enter>");
    let effects = till.take_effects();
    assert!(matches!(effects.last(), Some(Effect::LoadOrder(id)) if *id == guid("3")));
}

#[test]
fn leaving_is_refused_while_money_moves_and_asked_twice_while_it_is_checked() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    let request = till.pay();
    let view = |standing, step| payment_view(&request, standing, step, LegState::Asking);
    till.keys("<F10><C-с>");
    assert_eq!(till.asked(), ["Bell", "Bell"]);
    assert!(till.app.money_in_flight());
    assert!(till.shows("Идёт оплата. Выйти можно, когда она закончится"));
    till.send(Msg::Payment(view(Standing::Working, Step::Debiting)));
    till.keys("<F10>");
    assert_eq!(till.asked(), ["Bell"]);
    till.send(Msg::Payment(view(Standing::Unknown, Step::AskingLime)));
    till.take_effects();
    assert!(!till.app.money_in_flight());
    till.keys("<F10><Up><F10>");
    assert_eq!(till.asked(), ["Bell", "Bell"], "not twice in a row");
    till.keys("<F10>");
    assert_eq!(till.asked(), ["Quit"]);
    let mut calm = Till::ready(Lang::Ru);
    calm.keys("<Esc>");
    assert!(calm.shows("F10 – выход"));
    calm.keys("<F10>");
    assert_eq!(calm.asked(), ["Quit"]);
    calm.send(Msg::Terminate);
    assert_eq!(calm.asked(), ["Quit"]);
}

#[test]
fn esc_stops_a_payment_only_after_a_question() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.pay();
    till.keys("<Esc>");
    assert!(till.shows("Остановить оплату?"));
    till.keys("<Esc>");
    assert_eq!(till.asked(), Vec::<String>::new());
    till.keys("<Esc><Enter>");
    assert_eq!(till.asked(), ["CancelPayment"]);
    till.keys("<Esc><Enter>");
    assert_eq!(till.asked(), Vec::<String>::new(), "asked for once");
    assert!(till.shows("Отмена запрошена"));
}

#[test]
fn the_demo_offers_its_cards_and_no_one_else_does() {
    let mut till = Till::ready(Lang::Ru);
    till.keys("<F4>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
    let settings = UiSettings {
        demo_cards: vec!["one".into(), "two".into()],
        ..UiSettings::default()
    };
    let mut till = Till::with(settings, (80, 24));
    till.take_effects();
    for (keys, index) in [("<F4>2", 1), ("<F4><Down><Enter>", 1), ("<F4><Enter>", 0)] {
        till.keys(keys);
        let effects = till.take_effects();
        assert!(
            matches!(effects[..], [Effect::DemoTap(tapped)] if tapped == index),
            "{keys}"
        );
        assert_eq!(till.app.ctx(), Ctx::Orders);
    }
    till.keys("<F4>9");
    assert_eq!(till.asked(), Vec::<String>::new());
}

#[test]
fn an_idle_till_wants_no_ticks_and_a_countdown_wants_one_a_second() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    assert_eq!(till.app.deadline(), None);
    let request = till.pay();
    assert_eq!(till.app.deadline(), None);
    let mut view = payment_view(
        &request,
        Standing::Working,
        Step::Debiting,
        LegState::Asking,
    );
    view.seconds_left = Some(2);
    till.send(Msg::Payment(view));
    let seen = till.app.now;
    for left in [1, 0] {
        let deadline = till.app.deadline().unwrap();
        assert_eq!(deadline, seen + Duration::from_secs(2 - left));
        till.app.update(Msg::Tick, deadline);
        assert!(till.shows(&format!("Ждём ещё {left} с")));
    }
    assert_eq!(till.app.deadline(), None);
}

#[test]
fn nothing_is_changed_blindly() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.size = (40, 10);
    till.send(Msg::Resize(40, 10));
    till.keys("500<Del><F8><F5>");
    assert_eq!(typed(&till), 235_000);
    assert_eq!(till.app.ctx(), Ctx::Bill);
    till.app.drawn(Rect::new(0, 0, 80, 24), till.now);
    till.size = (80, 24);
    till.keys("500");
    assert_eq!(typed(&till), 50_000);
}
