//! Cards pay a part of the bill, the till takes the rest.

use crossterm::event::KeyEventKind;

use super::screens::{SIZES, SIZES_BILL, check};
use crate::domain::{Money, Order, OrderSummary};
use crate::i18n::Lang;
use crate::payment::sale::{PaymentRequest, Sale};
use crate::payment::view::{LegState, RefundStanding, Standing, Step};
use crate::tui::bill::{Bill, Verdict};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Effect, Msg, UiSettings};

/// The question about 1 150 of the sample bill's 2 350.
fn asked(lang: Lang) -> Till {
    let mut till = Till::with_parts(lang, sample_order());
    till.tap(sample_card());
    till.keys("1150<F5>");
    till.take_effects();
    till
}

/// The sample bill after 1 150 of it were paid.
fn rest_of_sample() -> Order {
    Order {
        version: 2,
        unpaid: money(120_000),
        prepaid: money(115_000),
        ..sample_order()
    }
}

/// What came of the payment that the question was about.
fn ended(lang: Lang, standing: Standing, state: LegState) -> Till {
    let mut till = asked(lang);
    let request = till.pay_with("<F6>");
    let mut view = payment_view(&request, standing, Step::Finished, state);
    view.lime_check = Some("2226634".into());
    till.send(Msg::Payment(view));
    till.take_effects();
    till
}

fn sums(request: &PaymentRequest) -> (i64, i64) {
    (request.due().kopecks(), request.rest().unwrap().kopecks())
}

#[test]
fn a_part_is_offered_where_the_sums_are_sound_and_too_low() {
    let part = |sums: &[(&str, i64)]| {
        let mut bill = Bill::new(sample_order());
        let [parent, child] = family();
        bill.put_card(parent, true);
        bill.put_card(child, true);
        for (account, kopecks) in sums {
            let rows = bill.rows();
            let row = rows.iter().position(|row| row.account.id.0 == *account);
            bill.choose(row.unwrap());
            bill.clear();
            for c in kopecks.to_string().chars() {
                bill.type_char(c);
            }
        }
        let part = bill.part_request().as_ref().map(self::sums);
        (bill.verdict(), part)
    };
    // 1 800 and 500 are all there is.
    let lacks = Verdict::TooLittle(money(5_000));
    assert_eq!(part(&[]), (lacks.clone(), Some((230_000, 5_000))));
    assert_eq!(
        part(&[("601", 1)]),
        (lacks.clone(), Some((50_100, 184_900)))
    );
    assert_eq!(part(&[("601", 0), ("602", 0)]), (lacks, None));
    let above = Verdict::AboveAvailable {
        account: "Бонусы".into(),
        available: money(50_000),
    };
    assert_eq!(part(&[("601", 0), ("602", 501)]), (above, None));

    let bill_with = |order: Order| {
        let mut bill = Bill::new(order);
        bill.put_card(sample_card(), true);
        bill
    };
    let whole = bill_with(sample_order());
    assert_eq!(whole.verdict(), Verdict::Ready);
    assert!(whole.part_request().is_none(), "the whole is no part");
    let mut much = bill_with(sample_order());
    for c in "2400".chars() {
        much.type_char(c);
    }
    assert_eq!(much.verdict(), Verdict::TooMuch(money(5_000)));
    assert!(much.part_request().is_none());
    let mut missing = bill_with(rest_of_sample());
    missing.type_char('9');
    assert_eq!(missing.verdict(), Verdict::Missing(money(119_100)));
    assert_eq!(
        missing.part_request().as_ref().map(sums),
        Some((900, 119_100))
    );
    let closed = Order {
        finished: true,
        ..sample_order()
    };
    let mut closed = bill_with(closed);
    closed.type_char('9');
    assert!(closed.part_request().is_none());
    assert!(Bill::new(sample_order()).part_request().is_none());
}

#[test]
fn the_question_names_what_stays_for_the_till_and_takes_only_its_own_key() {
    let mut till = asked(Lang::Ru);
    assert_eq!(till.app.ctx(), Ctx::Part);
    let screen = till.screen().replace('\u{a0}', " ");
    for words in [
        "Оплатить только ЧАСТЬ заказа?",
        "Платят карты",
        "1 150,00",
        "ОСТАТОК НА КАССУ",
        "1 200,00",
        "Заказ останется открытым: остаток примите на кассе",
        "F6 Оплатить часть",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    // The reflex of a full payment, keys typed ahead, held keys and letters leave it alone.
    till.keys("<Enter><F5><Enter>+16<F2><F8>");
    till.stale("<F6>", std::time::Duration::from_millis(1));
    till.held("<F6>", KeyEventKind::Repeat);
    till.held("<F6>", KeyEventKind::Release);
    assert_eq!(till.asked(), Vec::<String>::new());
    assert_eq!(till.app.ctx(), Ctx::Part);
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    let request = till.pay_with("<F5><F6>");
    assert!(request.part);
    let sale = Sale::new(payment_id(1), &request).unwrap();
    assert_eq!((sale.due, sale.rest), (money(115_000), money(120_000)));
    till.keys("<F6><Enter>");
    assert_eq!(till.asked(), Vec::<String>::new(), "it is asked for once");
}

#[test]
fn a_part_is_paid_with_a_number_pad_alone() {
    let mut till = Till::with_parts(Lang::Ru, sample_order());
    till.tap(sample_card());
    till.keys("500");
    let request = till.pay_with("/*");
    assert!(request.part);
    assert_eq!(request.due(), money(50_000));
}

#[test]
fn the_whole_is_paid_as_ever_where_parts_are_allowed() {
    let mut till = Till::with_parts(Lang::Ru, sample_order());
    till.tap(sample_card());
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    till.take_effects();
    till.keys("<F6>");
    assert_eq!(till.asked(), Vec::<String>::new());
    till.keys("<Enter>");
    let effects = till.take_effects();
    assert!(matches!(&effects[..], [Effect::Pay(request)] if !request.part));
}

#[test]
fn where_parts_are_off_f5_says_what_switches_them_on() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("Часть оплатить нельзя: rkeeper.part_payments выключен"));
    assert!(till.shows("Не хватает 50,00: приложите ещё одну карту"));
    // With nothing to pay a part from, the setting is of no use.
    till.keys("<Home><Del><Down><Del><F5>");
    assert!(!till.shows("part_payments"));
}

#[test]
fn the_offer_stands_beside_the_sums_only_where_it_can_be_taken() {
    let mut till = Till::with_parts(Lang::Ru, sample_order());
    let [parent, child] = family();
    till.tap(parent);
    till.tap(child);
    assert!(till.shows("Не хватает 50,00: ещё карту, или F5 – оплатить часть"));
    till.keys("<Home><Del><Down><Del>");
    assert!(till.shows("Не хватает 50,00: приложите ещё одну карту"));
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    till.tap(credit_card());
    till.keys("<F2><Home>1000");
    assert!(till.shows("Не хватает 800,00: F2 – добрать, F5 – оплатить часть"));
}

#[test]
fn a_card_that_lime_still_answers_about_is_waited_for() {
    let mut till = Till::with_parts(Lang::Ru, sample_order());
    let [parent, _] = family();
    till.tap(parent);
    till.send(Msg::CardRead(sample_card().uid));
    till.take_effects();
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("Lime ещё отвечает о карте"));
    till.tap(sample_card());
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Confirm, "now the whole can be paid");
}

#[test]
fn an_order_that_changes_under_the_question_takes_it_back() {
    let mut till = asked(Lang::Ru);
    till.send(Msg::Order(Ok(rest_of_sample())));
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.shows("Заказ изменился"));
    till.keys("<F6>");
    assert_eq!(till.asked(), ["Bell"]);
}

#[test]
fn a_large_part_is_confirmed_twice_a_small_one_of_a_large_bill_once() {
    let till_with = |limit| {
        let settings = UiSettings {
            confirm_above: Some(money(limit)),
            part_payments: true,
            ..UiSettings::default()
        };
        let mut till = Till::with_sample(settings);
        till.keys("1150<F5>");
        till.take_effects();
        till
    };
    let mut till = till_with(100_000);
    till.keys("<F6>");
    assert!(till.shows("Крупная сумма 1 150,00: подтвердите ещё раз"));
    assert_eq!(till.asked(), Vec::<String>::new());
    till.keys("<F6>");
    assert_eq!(till.asked(), ["Pay"]);
    let mut till = till_with(200_000);
    till.keys("<F6>");
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn after_a_part_the_order_is_read_anew_and_the_next_card_pays_the_rest() {
    let mut till = ended(Lang::Ru, Standing::Paid, LegState::Paid);
    assert_eq!(till.app.ctx(), Ctx::Result);
    assert!(till.shows("ОПЛАЧЕНА ЧАСТЬ: 1 150,00"));
    assert!(till.shows("Остаток на кассу: 1 200,00"));
    assert!(!till.shows("ОПЛАЧЕНО"));
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["LoadOrders", "LoadOrder"]);
    till.send(Msg::Order(Ok(rest_of_sample())));
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.app.bill.as_ref().unwrap().cards().is_empty());
    till.tap(credit_card());
    let screen = till.screen().replace('\u{a0}', " ");
    for words in [
        "Внесено ранее",
        "Внесено 1 150,00",
        "К оплате 1 200,00",
        "Распределено 1 200,00",
        "Осталось 0,00",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    let request = till.pay();
    assert_eq!((request.part, sums(&request)), (false, (120_000, 0)));
    // And a part of the rest, of another guest, is a part again.
    let mut till = ended(Lang::Ru, Standing::Paid, LegState::Paid);
    till.keys("<Enter>");
    till.send(Msg::Order(Ok(rest_of_sample())));
    till.tap(credit_card());
    let request = till.pay_with("200<F5><F6>");
    assert_eq!((request.part, sums(&request)), (true, (20_000, 100_000)));
}

#[test]
fn a_part_that_did_not_go_through_leads_back_with_its_cards() {
    let mut till = ended(Lang::Ru, Standing::Refused, LegState::NotCharged);
    assert!(till.shows("Деньги не списаны"));
    assert!(!till.shows("Остаток на кассу"));
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["LoadOrder", "LookUpCard"]);
    assert!(till.shows("Осталось 1 200,00"));
}

#[test]
fn lists_call_a_part_a_part() {
    let mut till = ended(Lang::Ru, Standing::Unknown, LegState::Debited);
    assert!(!till.shows("ЧАСТЬ"));
    let request = till.app.paying.as_ref().unwrap().request.clone();
    till.keys("<Esc>");
    let mut view = payment_view(&request, Standing::Paid, Step::Finished, LegState::Paid);
    till.send(Msg::Payment(view.clone()));
    assert!(till.shows("оплачена часть, остаток на кассу 1 200,00"));
    till.keys("<F9>");
    till.send(Msg::Payments(vec![record(view.clone())]));
    assert!(till.shows("оплачена часть") && till.shows("остаток на кассу 1 200,00"));
    // With a refund it is that what counts.
    view.refunds = refunded(RefundStanding::Refunded, true).refunds;
    till.send(Msg::Payments(vec![record(view)]));
    assert!(till.shows("возврат 500,00") && !till.shows("оплачена часть"));
}

#[test]
fn the_list_of_orders_says_what_was_paid_before() {
    let mut till = Till::ready(Lang::Ru);
    assert!(!till.shows("внесено ранее"));
    till.keys("<End>");
    assert!(till.shows("внесено ранее 500,00"));
    let odd = OrderSummary {
        unpaid: Money::from_kopecks(120_000),
        ..sample_orders()[2].clone()
    };
    till.send(Msg::Orders(Ok(vec![odd])));
    assert!(!till.shows("внесено ранее"), "more unpaid than it costs");
}

#[test]
fn screens_of_a_part() {
    check("part", SIZES_BILL, asked);
    check("part_many", SIZES_BILL, |lang| {
        let mut till = Till::with_parts(lang, rich_order());
        for card in family() {
            till.tap(card);
        }
        till.tap(credit_card());
        till.keys("<Home>100<Down>200<Down>300,5<F5>");
        till
    });
    check("part_offered", SIZES_BILL, |lang| {
        let mut till = Till::with_parts(lang, rich_order());
        till.tap(sample_card());
        till.keys("350");
        till
    });
    check("part_off", SIZES_BILL, |lang| {
        let mut till = Till::open(lang, family().to_vec());
        till.keys("<F5>");
        till
    });
    check("result_part", SIZES, |lang| {
        ended(lang, Standing::Paid, LegState::Paid)
    });
    check("payments_part", SIZES, |lang| {
        let mut till = ended(lang, Standing::Paid, LegState::Paid);
        let view = till.app.paying.as_ref().unwrap().view.clone().unwrap();
        till.keys("<F9>");
        till.send(Msg::Payments(vec![record(view)]));
        till
    });
}
