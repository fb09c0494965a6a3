//! A till with a number pad and nothing else: digits, comma, point, `+ - * /` and Enter.

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
fn a_bill_is_paid_from_the_list_to_the_result() {
    let mut till = Till::ready(Lang::Ru);
    till.keys("*/1<Enter>");
    let effects = till.take_effects();
    assert!(matches!(&effects[..], [Effect::LoadOrder(id)] if *id == guid("1")));
    till.send(Msg::Order(Ok(sample_order())));
    till.tap(sample_card());
    till.tap(card(
        "61366900",
        "100039",
        vec![account("502", "Депозит", 300_000)],
    ));
    till.keys("500,5--,25<Enter>+");
    assert_eq!(typed(&till), 235_000);
    till.keys("*");
    assert_eq!(typed(&till), 235_000);
    let request = till.pay_with("/<Enter>");
    assert_eq!(request.split.total(), Some(Money::from_kopecks(235_000)));
    let view = |standing, step| payment_view(&request, standing, step, LegState::Debited);
    till.send(Msg::Payment(view(Standing::Working, Step::Debiting)));
    till.send(Msg::Payment(view(Standing::Paid, Step::Paying)));
    assert!(till.shows("ОПЛАЧЕНО"));
    till.keys("<Enter>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
}

#[test]
fn minus_erases_what_is_typed_and_then_leads_back_asking_where_cards_would_be_lost() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("12--");
    assert!(till.shows("   _"), "empty, but still being typed");
    till.keys("-");
    assert_eq!((typed(&till), till.app.ctx()), (0, Ctx::Bill));
    till.keys("-");
    assert!(till.shows("Ещё раз «−»"));
    till.keys("5-");
    assert_eq!(till.app.ctx(), Ctx::Bill, "another key lies between");
    till.keys("--");
    assert!(till.shows("Ещё раз «−»"));
    till.keys("-");
    assert_eq!(till.app.ctx(), Ctx::Orders);
    let mut till = Till::open(Lang::Ru, vec![]);
    till.keys("-");
    assert_eq!(till.app.ctx(), Ctx::Orders, "nothing is lost");
    till.keys("12-");
    assert!(till.shows("1_"));
    till.keys("--");
    assert_eq!(till.app.orders.filter(), "");
    assert_eq!(till.app.ctx(), Ctx::Orders);
}

#[test]
fn slash_only_asks_and_no_key_of_the_pad_but_enter_answers() {
    for (keys, ctx) in [
        ("/", Ctx::Confirm),
        ("//", Ctx::Confirm),
        ("/0123456789,.+*/", Ctx::Confirm),
        ("/-", Ctx::Bill),
    ] {
        let mut till = Till::open(Lang::Ru, vec![sample_card()]);
        till.keys(keys);
        assert_eq!(till.app.ctx(), ctx, "{keys}");
        assert_eq!(till.asked(), Vec::<String>::new(), "{keys}");
    }
    // Enter on the bill asks nothing, so that two Enters never pay.
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("<Enter><Enter><Enter>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), Vec::<String>::new());
}

#[test]
fn a_payment_is_stopped_and_a_large_one_confirmed_by_the_pad_alone() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.pay_with("/<Enter>");
    till.keys("--");
    assert_eq!(till.app.ctx(), Ctx::Progress, "asked, and taken back");
    till.keys("-<Enter>");
    assert_eq!(till.asked(), ["CancelPayment"]);
    let settings = UiSettings {
        confirm_above: Some(money(100_000)),
        ..UiSettings::default()
    };
    let mut till = Till::with_sample(settings);
    till.keys("/<Enter>");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    till.take_effects();
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["Pay"]);
}
