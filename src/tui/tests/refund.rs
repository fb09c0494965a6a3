//! Money given back from the list of payments.

use super::screens::{SIZES, SIZES_BILL, check};
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::view::{PaymentView, RefundRequest, RefundStanding, Standing};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Answer, Effect, Msg, Period};

/// The list of payments with this one.
fn listed(lang: Lang, view: PaymentView) -> Till {
    let mut till = Till::ready(lang);
    till.keys("<F9>");
    till.send(Msg::Payments(vec![record(view)]));
    till.take_effects();
    till
}

fn asked(till: &mut Till) -> Option<RefundRequest> {
    till.take_effects()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Refund(request) => Some(*request),
            _ => None,
        })
}

fn sums(request: &RefundRequest) -> Vec<(u32, i64)> {
    request
        .legs
        .iter()
        .map(|(leg, sum)| (*leg, sum.unwrap().kopecks()))
        .collect()
}

const SIGNED: &str = "<Tab>Кузнецова<Tab>гость не дождался<F5>";

#[test]
fn the_screens_of_a_refund() {
    check("refund", SIZES_BILL, |lang| {
        let mut till = listed(lang, refunded(RefundStanding::Refunded, true));
        till.keys("<F4>2<Tab>1000,5<Tab>Кузнецова<Tab>гость не дождался блюда");
        till
    });
    check("refund_sure", SIZES_BILL, |lang| {
        let mut till = listed(lang, paid());
        till.keys(&format!("<F4>{SIGNED}"));
        till
    });
    check("refund_by_hand", SIZES_BILL, |lang| {
        let mut till = listed(lang, paid());
        till.keys(&format!("<F4>3<Tab>{SIGNED}<Enter>"));
        let view = refunded(RefundStanding::ByHand, true);
        till.send(Msg::Payment(view.clone()));
        till.send(Msg::Answered(view.id, Answer::Done(Box::new(view.clone()))));
        till.send(Msg::Attention(vec![view]));
        till
    });
    let late = || {
        let mut view = refunded(RefundStanding::Refunded, true);
        view.refunds[0].restored_expired = true;
        view
    };
    check("refund_expired", SIZES_BILL, |lang| {
        let mut till = listed(lang, paid());
        till.keys(&format!("<F4>3<Tab>{SIGNED}<Enter>"));
        let view = late();
        till.send(Msg::Payment(view.clone()));
        till.send(Msg::Answered(view.id, Answer::Done(Box::new(view))));
        till
    });
    check("payments_refund_expired", SIZES_BILL, |lang| {
        listed(lang, late())
    });
    check("refund_unknown", SIZES, |lang| {
        let mut till = listed(lang, paid());
        till.keys(&format!("<F4>3<Tab>{SIGNED}<Enter>"));
        let mut view = refunded(RefundStanding::Unknown, false);
        view.refunds[0].problem = Some(Problem::of(Server::Lime, Reason::AnswerLost, ""));
        till.send(Msg::Answered(view.id, Answer::Done(Box::new(view.clone()))));
        till.send(Msg::Attention(vec![view]));
        till
    });
    check("payments_refunded", SIZES_BILL, |lang| {
        let mut till = listed(lang, paid());
        let rows = [
            (RefundStanding::Refunded, true),
            (RefundStanding::ByHand, true),
            (RefundStanding::Unknown, false),
            (RefundStanding::NeedsManager, true),
            (RefundStanding::Working, false),
            (RefundStanding::Refused, false),
        ];
        let views = rows.iter().zip(10..).map(|(&(standing, returned), n)| {
            let mut view = refunded(standing, returned);
            view.id = payment_id(n);
            record(view)
        });
        till.send(Msg::Payments(views.collect()));
        till.keys("<End>");
        till
    });
}

/// Report 40: the parts are shown before anything goes back, and exactly those go back.
#[test]
fn report_40_the_parts_are_shown_before_the_refund() {
    let mut till = listed(Lang::Ru, paid());
    till.keys("<F4>");
    assert_eq!(till.app.ctx(), Ctx::Form);
    till.keys(SIGNED);
    assert_eq!(till.app.ctx(), Ctx::Sure);
    let screen = till.screen();
    for words in [
        "Вернуть 2 350,00 на счета:",
        "Депозит",
        "1 800,00",
        "Бонусы",
        "500,00",
        "Кредит",
        "50,00",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    assert_eq!(asked(&mut till).map(|request| sums(&request)), None);
    till.keys("<Enter>");
    let request = asked(&mut till).unwrap();
    assert_eq!(sums(&request), [(1, 180_000), (2, 50_000), (3, 5_000)]);
    assert_eq!(request.payment, paid().id);
    assert_eq!(
        (request.operator.as_str(), request.why.as_str()),
        ("Кузнецова", "гость не дождался")
    );
    assert!(!request.by_hand);
}

#[test]
fn a_leg_or_a_part_of_it_is_given_back_and_never_more() {
    for (keys, wanted) in [
        ("2<Tab>", vec![(1, 180_000)]),
        ("<Down><Down><Tab>", vec![(2, 50_000)]),
        ("2<Tab>1000,50", vec![(1, 100_050)]),
        // Back to the whole: the sum of the leg does not count any more.
        (
            "2<Tab>7<BackTab>1",
            vec![(1, 180_000), (2, 50_000), (3, 5_000)],
        ),
    ] {
        let mut till = listed(Lang::Ru, paid());
        till.keys(&format!("<F4>{keys}{SIGNED}<Enter>"));
        let request = asked(&mut till).unwrap_or_else(|| panic!("{keys}\n{}", till.screen()));
        assert_eq!(sums(&request), wanted, "{keys}");
    }
    for (keys, words) in [
        ("3<Tab>500,01", "Больше, чем списано и ещё не возвращено"),
        ("3<Tab><Del>", "Наберите сумму возврата"),
        ("3<Tab>0", "Наберите сумму возврата"),
    ] {
        let mut till = listed(Lang::Ru, paid());
        till.keys(&format!("<F4>{keys}{SIGNED}"));
        assert_eq!(till.app.ctx(), Ctx::Form);
        assert!(till.shows(words), "{keys}\n{}", till.screen());
        till.keys("<Enter><Enter>");
        assert!(asked(&mut till).is_none());
    }
    // What is back already is not offered again.
    let mut till = listed(Lang::Ru, refunded(RefundStanding::Refunded, true));
    till.keys("<F4>");
    assert!(!till.shows("Бонусы · Карта"), "{}", till.screen());
    till.keys(&format!("{SIGNED}<Enter>"));
    assert_eq!(sums(&asked(&mut till).unwrap()), [(1, 180_000), (3, 5_000)]);
}

#[test]
fn only_what_is_paid_and_not_in_doubt_is_given_back() {
    let mut unpaid = paid();
    unpaid.standing = Standing::Refused;
    let mut all = paid();
    for leg in &mut all.legs {
        leg.refunded = leg.amount;
    }
    for (view, words) in [
        (unpaid, "Возвращать нечего"),
        (stuck(), "Возвращать нечего"),
        (all, "Возвращать нечего"),
        (refunded(RefundStanding::Unknown, false), "уже идёт возврат"),
        (
            refunded(RefundStanding::NeedsManager, true),
            "уже идёт возврат",
        ),
        (refunded(RefundStanding::Working, false), "уже идёт возврат"),
    ] {
        let mut till = listed(Lang::Ru, view);
        till.keys("<F4>");
        assert_eq!(till.app.ctx(), Ctx::Payments);
        assert!(till.shows(words), "{words}\n{}", till.screen());
    }
}

#[test]
fn a_refunded_payment_is_never_called_paid() {
    for (standing, returned, words) in [
        (RefundStanding::Refunded, true, "возврат 500,00"),
        (RefundStanding::ByHand, true, "возврат 500,00"),
        (RefundStanding::NeedsManager, true, "возврат 500,00"),
        (
            RefundStanding::NeedsManager,
            false,
            "возврат: нужен старший",
        ),
        (RefundStanding::Unknown, false, "возврат проверяется"),
        (RefundStanding::Working, false, "возврат идёт"),
    ] {
        let mut till = listed(Lang::Ru, refunded(standing, returned));
        let screen = till.screen();
        let row = screen
            .lines()
            .find(|line| line.contains("▸"))
            .unwrap()
            .to_owned();
        assert!(row.contains(words), "{row}");
        assert!(!row.contains("оплачено"), "{row}");
        assert_eq!(screen.contains("возвращено 500,00"), returned, "{screen}");
    }
    let mut till = listed(Lang::Ru, refunded(RefundStanding::Refused, false));
    let screen = till.screen();
    let row = screen.lines().find(|line| line.contains("▸")).unwrap();
    assert!(row.contains("оплачено"), "{row}");
    // Two refunds, one of them in doubt: no sum is called back.
    let mut view = refunded(RefundStanding::Refunded, true);
    view.refunds
        .extend(refunded(RefundStanding::Unknown, false).refunds);
    let mut till = listed(Lang::Ru, view);
    let screen = till.screen();
    let row = screen.lines().find(|line| line.contains("▸")).unwrap();
    assert!(row.contains("возврат проверяется"), "{row}");
}

#[test]
fn what_is_left_to_do_is_said_in_plain_words() {
    for (receipt, words) in [
        (
            Some("1042"),
            "отмените в r_keeper вручную 500,00: заказ */1, чек 1042.",
        ),
        (
            None,
            "уберите в r_keeper из предоплаты заказа */1 500,00 вручную.",
        ),
    ] {
        let mut till = listed(Lang::Ru, paid());
        till.size = (120, 40);
        till.keys(&format!("<F4>3<Tab>{SIGNED}<Enter>"));
        let mut view = refunded(RefundStanding::ByHand, true);
        view.check_num = receipt.map(str::to_owned);
        till.send(Msg::Answered(view.id, Answer::Done(Box::new(view))));
        assert!(
            till.shows("✓ Возвращено 500,00 на счета"),
            "{}",
            till.screen()
        );
        assert!(till.shows(words), "{}", till.screen());
        assert!(till.shows("Когда сделаете, отметьте это: F12"));
        assert_eq!(till.asked(), ["Refund", "LoadPayments", "LoadOrders"]);
    }
}

#[test]
fn payments_of_the_last_days_are_listed_as_well() {
    let mut till = listed(Lang::Ru, paid());
    till.keys("<F2>");
    let effects = till.take_effects();
    assert!(matches!(effects[..], [Effect::LoadPayments(Period::Week)]));
    assert!(till.shows("Платежи за 7 дней"));
    // What comes of a refund of an old payment does not throw the list back to today.
    till.keys(&format!("<F4>{SIGNED}<Enter>"));
    till.take_effects();
    till.send(Msg::Answered(paid().id, Answer::Done(Box::new(paid()))));
    let effects = till.take_effects();
    assert!(matches!(effects[0], Effect::LoadPayments(Period::Week)));
    till.keys("<Esc><Esc><F9>");
    assert!(till.shows("Платежи за сегодня"));
}

/// A payment that joins the list does not slide under the key.
#[test]
fn the_selected_payment_stays_selected() {
    let mut till = listed(Lang::Ru, paid());
    let mut newer = paid();
    newer.id = payment_id(8);
    newer.order_name = "9/9".into();
    till.send(Msg::Payments(vec![record(paid()), record(newer)]));
    till.keys("<F4>");
    assert!(till.shows("Возврат по заказу */1"), "{}", till.screen());
}

#[test]
fn a_refund_that_did_not_start_says_so() {
    let mut till = listed(Lang::Ru, paid());
    till.keys(&format!("<F4>{SIGNED}<Enter>"));
    let problem = Problem::own(Reason::PaymentOpen, "");
    till.send(Msg::Answered(paid().id, Answer::NotStarted(problem)));
    assert!(till.shows("× Ничего не сделано"));
    assert!(!till.app.money_in_flight());
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Payments);
}

/// A payment on the result screen that is given back is not called paid there either.
#[test]
fn the_result_on_screen_follows_its_refund() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.tap(credit_card());
    let request = till.pay();
    let fresh = PaymentView {
        order: request.order.guid.clone(),
        ..paid()
    };
    till.send(Msg::Payment(fresh));
    assert!(till.shows("ОПЛАЧЕНО"));
    till.send(Msg::Payment(PaymentView {
        order: request.order.guid,
        ..refunded(RefundStanding::Refunded, true)
    }));
    assert!(!till.shows("ОПЛАЧЕНО"), "{}", till.screen());
    assert!(till.shows("возврат 500,00") && till.shows("возвращено 500,00"));
}
