//! Who is at the till: logging in, locking, and a manager's yes.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::screens::{SIZES, SIZES_BILL, check};
use crate::domain::SpendRules;
use crate::i18n::Lang;
use crate::operators::{Claim, Person, PersonId, Right, Roster, Verdict};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::By;
use crate::payment::staff::{StaffNote, StaffRefusal};
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Effect, Msg, Touch, UiSettings};

/// 5 March 2024, the day of the sample payments.
const NOON: i64 = 1_709_640_000;
const LOCK_AFTER: Duration = Duration::from_mins(5);

const CASHIER: PersonId = PersonId(0);
const SENIOR: PersonId = PersonId(1);
const MANAGER: PersonId = PersonId(2);

fn roster() -> Roster {
    let person = |name: &str, has_pin, rights: &[Right]| Person {
        name: name.into(),
        rights: rights.to_vec(),
        has_pin,
    };
    let all = vec![
        person("Кузнецова", true, &[Right::Pay]),
        person("Орлов", false, &[Right::Pay, Right::RefundToday]),
        person(
            "Белова",
            true,
            &[Right::Pay, Right::RefundToday, Right::Manager],
        ),
    ];
    Roster::new(all, Some(LOCK_AFTER))
}

/// A till that waits for somebody to log in.
fn closed(lang: Lang) -> Till {
    let settings = UiSettings {
        lang,
        roster: roster(),
        ..UiSettings::default()
    };
    let mut till = Till::with(settings, (80, 24));
    till.healthy();
    till
}

/// The claim that the screen wants proven, with its number.
fn claimed(till: &mut Till) -> (u64, Claim) {
    let found = till.take_effects().into_iter().find_map(|effect| {
        if let Effect::Identify { asked, claim } = effect {
            Some((asked, claim))
        } else {
            None
        }
    });
    found.expect("nobody is to be identified")
}

fn answer(till: &mut Till, asked: u64, verdict: Verdict) {
    let at = Timestamp::from_second(NOON).unwrap();
    till.send(Msg::Identified { asked, verdict, at });
}

/// Somebody proves who he is with these keys.
fn prove(till: &mut Till, keys: &str, who: PersonId) {
    till.keys(keys);
    let (asked, _) = claimed(till);
    answer(till, asked, Verdict::Known(who));
    till.take_effects();
}

fn cashier(lang: Lang) -> Till {
    let mut till = closed(lang);
    prove(&mut till, "1111<Enter>", CASHIER);
    till
}

/// The cashier with an order and a deposit that gives at most 1 000 without a manager.
fn with_limit(lang: Lang) -> Till {
    let mut till = cashier(lang);
    till.open_order(sample_order());
    let mut account = account("801", "Депозит", 500_000);
    account.terms.rules = Arc::new(SpendRules {
        manager_above: Some(money(100_000)),
        ..SpendRules::default()
    });
    till.tap(card("71366822", "100039", vec![account]));
    till.take_effects();
    till
}

/// The cashier before the list with a payment of today.
fn with_payment(lang: Lang) -> Till {
    let mut till = cashier(lang);
    till.keys("<F9>");
    till.send(Msg::Payments(vec![record(paid())]));
    till.take_effects();
    till
}

#[test]
fn the_screens_of_operators() {
    check("login", SIZES_BILL, closed);
    check("login_wrong", SIZES, |lang| {
        let mut till = closed(lang);
        till.keys("<Down><Down>12345<Enter>");
        let (asked, _) = claimed(&mut till);
        answer(&mut till, asked, Verdict::WrongPin { left: 2 });
        till.keys("");
        till
    });
    check("login_paused", SIZES, |lang| {
        let mut till = closed(lang);
        till.keys("1234<Enter>");
        let (asked, _) = claimed(&mut till);
        answer(&mut till, asked, Verdict::Paused { seconds: 58 });
        till
    });
    check("logged_in", SIZES, |lang| {
        let mut till = cashier(lang);
        till.open_order(sample_order());
        till
    });
    check("locked", SIZES, |lang| {
        let mut till = with_limit(lang);
        till.keys("<C-l>12");
        till
    });
    check("bill_above_limit", SIZES_BILL, with_limit);
    check("manager", SIZES_BILL, |lang| {
        let mut till = with_limit(lang);
        till.keys("<F5>1234");
        till
    });
    check("manager_approved", SIZES, |lang| {
        let mut till = with_limit(lang);
        prove(&mut till, "<F5>1234<Enter>", MANAGER);
        till
    });
    check("manager_refund", SIZES, |lang| {
        let mut till = with_payment(lang);
        till.keys("<F4>");
        till
    });
    check("manager_refund_sure", SIZES, |lang| {
        let mut till = with_payment(lang);
        prove(&mut till, "<F4>1234<Enter>", MANAGER);
        till.keys("<Tab>гость не дождался<F5>");
        till
    });
    check("right_of_nobody_here", SIZES, |lang| {
        let mut till = cashier(lang);
        till.send(Msg::Attention(vec![stuck()]));
        till.keys("<F12><Enter>");
        till
    });
}

#[test]
fn nothing_is_seen_or_done_before_somebody_logs_in() {
    let mut till = closed(Lang::Ru);
    for keys in [
        "<Enter>", "<F5>", "<F9>", "<F12>", "<F1>", "<F4>", "<C-r>", "<Esc>", "ж",
    ] {
        till.keys(keys);
        assert_eq!(till.app.ctx(), Ctx::Login, "{keys}");
    }
    till.open_order(sample_order());
    assert_eq!(till.app.ctx(), Ctx::Login);
    assert!(
        !till.shows("7/1") && !till.shows("Admin"),
        "{}",
        till.screen()
    );
    // It may be left, though.
    till.take_effects();
    till.keys("<F10>");
    assert_eq!(till.asked(), ["Quit"]);
}

#[test]
fn a_pin_of_a_chosen_person_and_a_card_of_anybody_open_the_till() {
    let mut till = closed(Lang::Ru);
    till.keys("<Down><Down>4321<Enter>");
    let (asked, claim) = claimed(&mut till);
    assert!(
        matches!(&claim, Claim::Pin { person, pin } if *person == MANAGER && pin.reveal() == "4321"),
        "{claim:?}"
    );
    // While it is looked at, nothing more is taken.
    till.keys("9999<Enter>");
    assert_eq!(till.asked(), Vec::<String>::new());
    answer(&mut till, asked, Verdict::WrongPin { left: 4 });
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("Осталось попыток: 4"), "{}", till.screen());
    till.send(Msg::CardRead(uid("50331649")));
    let (asked, claim) = claimed(&mut till);
    assert!(matches!(claim, Claim::Card(_)));
    answer(&mut till, asked, Verdict::Known(SENIOR));
    assert_eq!(till.app.ctx(), Ctx::Orders);
    assert!(till.shows("Орлов"));
}

#[test]
fn what_cannot_be_a_pin_is_not_even_asked_about() {
    let mut till = closed(Lang::Ru);
    till.keys("123<Enter>");
    assert_eq!(till.asked(), ["Bell"]);
    // Who has only a card is told so.
    till.keys("<Down>1234<Enter>");
    assert_eq!(till.asked(), ["Bell"]);
    assert!(
        till.shows("приложите карту сотрудника"),
        "{}",
        till.screen()
    );
    till.send(Msg::CardDoubtful(uid("50331649")));
    assert_eq!(till.asked(), ["Bell"]);
}

#[test]
fn a_till_that_is_left_alone_locks_itself_and_shows_what_was_there_to_the_next_one() {
    let mut till = cashier(Lang::Ru);
    till.open_order(sample_order());
    let locks_at = till.app.deadline().unwrap();
    assert!(locks_at + Duration::from_secs(1) > till.now + LOCK_AFTER);
    till.now = locks_at;
    till.send(Msg::Tick);
    assert_eq!(till.app.ctx(), Ctx::Login);
    assert!(
        till.shows("Кузнецова") && !till.shows("*/1"),
        "{}",
        till.screen()
    );
    assert_eq!(till.app.deadline(), None);
    till.keys("<Down>");
    till.send(Msg::CardRead(uid("50331649")));
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(SENIOR));
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(
        till.shows("Орлов") && till.shows("*/1"),
        "{}",
        till.screen()
    );
}

#[test]
fn a_key_after_the_time_finds_the_till_locked_even_if_no_tick_came() {
    let mut till = cashier(Lang::Ru);
    till.open_order(sample_order());
    till.now += LOCK_AFTER;
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Login);
}

#[test]
fn nothing_locks_a_payment_and_its_end_is_still_seen() {
    let mut till = cashier(Lang::Ru);
    till.open_order(sample_order());
    till.tap(sample_card());
    let request = till.pay();
    assert_eq!(request.by, By::named("Кузнецова"));
    let view = payment_view(&request, Standing::Working, Step::Paying, LegState::Debited);
    till.send(Msg::Payment(view));
    till.now += LOCK_AFTER * 3;
    till.send(Msg::Tick);
    assert_eq!(till.app.ctx(), Ctx::Progress);
    till.keys("<C-l>");
    assert_eq!(till.app.ctx(), Ctx::Progress);
    till.now += LOCK_AFTER * 3;
    let paid = payment_view(&request, Standing::Paid, Step::Finished, LegState::Paid);
    till.send(Msg::Payment(paid));
    assert_eq!(till.app.ctx(), Ctx::Result);
    till.now += LOCK_AFTER;
    till.send(Msg::Tick);
    assert_eq!(till.app.ctx(), Ctx::Login);
}

#[test]
fn what_somebody_was_asked_is_not_answered_by_the_next_one() {
    let mut till = with_limit(Lang::Ru);
    prove(&mut till, "<F5>1234<Enter>", MANAGER);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    till.keys("<Esc>");
    prove(&mut till, "<F5>1234<Enter>", MANAGER);
    till.now += LOCK_AFTER;
    till.send(Msg::Tick);
    prove(&mut till, "1111<Enter>", CASHIER);
    assert_eq!(till.app.ctx(), Ctx::Bill);
}

#[test]
fn a_sum_above_the_limit_is_paid_with_a_managers_yes_and_both_names() {
    let mut till = with_limit(Lang::Ru);
    // The suggestion covers the bill, and says whom F5 asks.
    assert!(till.shows("F5 спросит менеджера"), "{}", till.screen());
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Manager);
    // The cashier's own card or a wrong person's does not do.
    till.send(Msg::CardRead(uid("50331649")));
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(CASHIER));
    assert_eq!(till.app.ctx(), Ctx::Manager);
    assert!(
        till.shows("Кузнецова разрешить это не может"),
        "{}",
        till.screen()
    );
    till.take_effects();
    prove(&mut till, "1234<Enter>", MANAGER);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    assert!(till.shows("Разрешил: Белова"), "{}", till.screen());
    let request = till.pay_with("<Enter>");
    let by = By {
        operator: Some("Кузнецова".into()),
        approver: Some("Белова".into()),
    };
    assert_eq!(request.by, by);
    // The core believes it, and would not without.
    let id = payment_id(1);
    assert_eq!(
        crate::payment::sale::Sale::new(id, &request).unwrap().by,
        by
    );
    let mut alone = request;
    alone.by.approver = None;
    let refused = crate::payment::sale::Sale::new(id, &alone).unwrap_err();
    assert_eq!(refused.reason, Reason::AccountRule);
}

#[test]
fn below_the_limit_nobody_is_asked() {
    let mut till = with_limit(Lang::Ru);
    till.keys("1000<Enter>");
    till.tap(sample_card());
    till.keys("<F2>");
    let request = till.pay();
    assert_eq!(request.by, By::named("Кузнецова"));
}

#[test]
fn a_manager_who_pays_has_said_yes() {
    let mut till = with_limit(Lang::Ru);
    till.keys("<C-l>");
    prove(&mut till, "<Down><Down>1234<Enter>", MANAGER);
    let request = till.pay();
    let by = By {
        operator: Some("Белова".into()),
        approver: Some("Белова".into()),
    };
    assert_eq!(request.by, by);
}

#[test]
fn a_late_answer_to_a_question_that_was_left_says_no_yes() {
    let mut till = with_payment(Lang::Ru);
    till.keys("<F4>1234<Enter>");
    let (asked, _) = claimed(&mut till);
    till.keys("<Esc><F4>");
    assert_eq!(till.app.ctx(), Ctx::Manager);
    answer(&mut till, asked, Verdict::Known(MANAGER));
    assert_eq!(till.app.ctx(), Ctx::Manager);
}

#[test]
fn a_changed_order_takes_the_managers_question_back() {
    let mut till = with_limit(Lang::Ru);
    till.keys("<F5>1234");
    let mut order = sample_order();
    order.version = 2;
    order.total = money(300_000);
    order.unpaid = money(300_000);
    till.send(Msg::Order(Ok(order)));
    assert_eq!(till.app.ctx(), Ctx::Bill);
}

#[test]
fn a_refund_is_signed_by_who_is_logged_in_and_older_ones_are_nobodys() {
    let mut till = with_payment(Lang::Ru);
    till.keys("<C-l>");
    prove(&mut till, "<Down><Down>1234<Enter>", MANAGER);
    till.keys("<F9>");
    till.send(Msg::Payments(vec![record(paid())]));
    till.keys("<F4><Tab>гость не дождался<F5><Enter>");
    let refund = till.take_effects().into_iter().find_map(|effect| {
        if let Effect::Refund(request) = effect {
            Some(*request)
        } else {
            None
        }
    });
    let refund = refund.expect("no refund was asked for");
    assert_eq!(refund.operator, "Белова");
    assert_eq!(refund.why, "гость не дождался");

    let mut till = with_payment(Lang::Ru);
    let mut old = paid();
    old.started_at = Timestamp::from_second(NOON - 86_400).unwrap();
    till.send(Msg::Payments(vec![record(old)]));
    till.take_effects();
    till.keys("<F4>");
    assert_eq!(till.asked(), ["Bell"]);
    assert_eq!(till.app.ctx(), Ctx::Payments);
    assert!(till.shows("возврат прежней оплаты"), "{}", till.screen());
}

#[test]
fn without_operators_nothing_asks_who_is_there_and_the_limit_refuses() {
    let mut till = Till::ready(Lang::Ru);
    assert_eq!(till.app.ctx(), Ctx::Orders);
    till.keys("<C-l>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
    let mut account = account("801", "Депозит", 500_000);
    account.terms.rules = Arc::new(SpendRules {
        manager_above: Some(money(100_000)),
        ..SpendRules::default()
    });
    till.open_order(sample_order());
    till.tap(card("71366822", "100039", vec![account]));
    till.take_effects();
    till.keys("<Del>2350<Enter><F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.shows("с разрешения менеджера"), "{}", till.screen());
}

#[test]
fn a_payment_that_failed_to_start_leaves_the_till_as_it_was() {
    let mut till = cashier(Lang::Ru);
    till.open_order(sample_order());
    till.tap(sample_card());
    till.pay();
    till.send(Msg::PaymentFailed(Problem::own(Reason::PaymentOpen, "")));
    assert_eq!(till.app.ctx(), Ctx::Bill);
}

fn noted(till: &mut Till) -> Vec<StaffNote> {
    let effects = till.take_effects().into_iter();
    effects
        .filter_map(|effect| match effect {
            Effect::Staff(note) => Some(note),
            _ => None,
        })
        .collect()
}

#[test]
fn the_journal_is_told_who_came_who_left_and_whose_yes_counted() {
    let name = || "Кузнецова".to_owned();
    let mut till = closed(Lang::Ru);
    till.keys("1111<Enter>");
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(CASHIER));
    let came = StaffNote::LoggedIn { operator: name() };
    assert_eq!(noted(&mut till), std::slice::from_ref(&came));

    // Work tells nothing; a till that is left alone does, once.
    till.keys("<Down><Up>");
    assert_eq!(noted(&mut till), []);
    till.now += LOCK_AFTER;
    till.send(Msg::Tick);
    till.send(Msg::Tick);
    let locked = |by_itself| StaffNote::Locked {
        operator: name(),
        by_itself,
    };
    assert_eq!(noted(&mut till), [locked(true)]);
    till.keys("1111<Enter>");
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(CASHIER));
    till.keys("<C-l>");
    assert_eq!(noted(&mut till), [came, locked(false)]);

    // Nobody works: who leaves is nobody.
    till.keys("<F10>");
    assert_eq!(till.asked(), ["Quit"]);
    till.keys("1111<Enter>");
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(CASHIER));
    till.take_effects();
    till.keys("<F10>");
    let effects = till.take_effects();
    assert!(
        matches!(
            &effects[..],
            [Effect::Staff(StaffNote::LoggedOut { operator }), Effect::Quit] if *operator == name()
        ),
        "{effects:?}"
    );
}

#[test]
fn the_journal_is_told_of_a_managers_yes_and_of_one_that_does_not_count() {
    let mut till = with_limit(Lang::Ru);
    till.keys("<F5>");
    till.send(Msg::CardRead(uid("50331649")));
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(SENIOR));
    let not_his = StaffNote::Refused {
        operator: Some("Орлов".into()),
        why: StaffRefusal::NotHis,
        left: None,
    };
    assert_eq!(noted(&mut till), [not_his]);
    till.keys("1234<Enter>");
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(MANAGER));
    let yes = StaffNote::SaidYes {
        operator: Some("Кузнецова".into()),
        approver: "Белова".into(),
        right: "manager".into(),
    };
    assert_eq!(noted(&mut till), [yes]);
}

#[test]
fn the_list_of_payments_says_who_took_them_and_finds_him() {
    let all = |lang| {
        let mut till = cashier(lang);
        till.keys("<F9>");
        let mut other = paid();
        other.by.operator = Some("Белова".into());
        other.order_name = "9/2".into();
        other.by.approver = Some("Орлов".into());
        till.send(Msg::Payments(vec![record(paid()), record(other)]));
        till.take_effects();
        till
    };
    check("payments_operators", SIZES_BILL, all);
    let mut till = all(Lang::Ru);
    till.keys("белов");
    assert!(till.shows("9/2") && !till.shows("7/1"), "{}", till.screen());
    assert!(till.shows("разрешил Орлов"), "{}", till.screen());
}

#[test]
fn a_reader_is_learnt_by_whoever_may_change_the_settings() {
    let mut till = cashier(Lang::Ru);
    till.keys("<C-r><F4>");
    assert_eq!(till.app.ctx(), Ctx::Readers, "nobody has that right here");
    assert!(till.shows("настройки"));
    let mut settings = UiSettings {
        roster: roster(),
        ..UiSettings::default()
    };
    let all = [
        ("Кузнецова", vec![Right::Pay]),
        ("Белова", vec![Right::Settings, Right::Manager]),
    ];
    let person = |(name, rights): (&str, Vec<Right>)| Person {
        name: name.into(),
        rights,
        has_pin: true,
    };
    settings.roster = Roster::new(all.map(person).into(), Some(LOCK_AFTER));
    let mut till = Till::with(settings, (80, 24));
    till.healthy();
    prove(&mut till, "1111<Enter>", PersonId(0));
    till.keys("<C-r><F4>");
    assert_eq!(till.app.ctx(), Ctx::Manager);
    till.keys("2222<Enter>");
    let (asked, _) = claimed(&mut till);
    answer(&mut till, asked, Verdict::Known(PersonId(1)));
    assert_eq!(till.app.ctx(), Ctx::Learn);
    assert_eq!(till.asked(), ["Staff", "Tools"]);
}

#[test]
fn cards_that_wait_for_an_order_say_nothing_of_who_is_at_a_locked_till() {
    let mut till = cashier(Lang::Ru);
    till.send(Msg::Orders(Ok(sample_orders())));
    till.keys("<Enter>");
    till.send(Msg::CardRead(sample_card().uid));
    till.take_effects();
    till.keys("<C-l>");
    assert_eq!(
        till.asked(),
        ["Staff", "Bell"],
        "the guest hears that it is not taken"
    );
    till.send(Msg::Order(Ok(sample_order())));
    assert!(till.take_effects().is_empty(), "nothing is claimed with it");
    prove(&mut till, "1111<Enter>", CASHIER);
    assert_eq!(till.app.ctx(), Ctx::Orders);
}

/// Somebody who has no keyboard: the name and the digits are pressed on the screen.
#[test]
fn a_login_is_pressed_with_a_finger() {
    let fingers = |lang| {
        let settings = UiSettings {
            lang,
            roster: roster(),
            mouse: Some(Touch::On),
            ..UiSettings::default()
        };
        let mut till = Till::with(settings, (100, 30));
        till.healthy();
        till
    };
    check("fingers_login", &[(80, 24), (100, 30), (128, 48)], fingers);
    let mut till = fingers(Lang::Ru);
    till.click("Белова");
    for digit in ["1", "2", "3", "4"] {
        till.click(&format!(" {digit} "));
    }
    till.click("Enter");
    match claimed(&mut till) {
        (_, Claim::Pin { person, pin }) => {
            assert_eq!((person, pin.reveal()), (MANAGER, "1234"));
        }
        (_, Claim::Card(_)) => panic!("nobody tapped a card"),
    }
}
