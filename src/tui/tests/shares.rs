//! Parts of a bill at one key.

use std::sync::Arc;

use crate::domain::{Card, SpendRules};
use crate::i18n::Lang;
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::Msg;
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::tests::screens::{SIZES_BILL, check};

fn sums(till: &Till) -> Vec<(String, i64)> {
    let bill = till.app.bill.as_ref().unwrap();
    let shares = bill.split().shares;
    shares
        .iter()
        .map(|share| (share.account.0.clone(), share.amount.kopecks()))
        .collect()
}

fn sum(account: &str, kopecks: i64) -> (String, i64) {
    (account.to_owned(), kopecks)
}

fn second(kopecks: i64) -> Card {
    card(
        "61366900",
        "100039",
        vec![account("502", "Депозит", kopecks)],
    )
}

fn third() -> Card {
    card(
        "61366901",
        "100040",
        vec![account("503", "Кошелёк", 900_000)],
    )
}

/// Pays what stands there and closes the result.
fn pay(till: &mut Till) {
    let request = till.pay_with("<F5><Enter>");
    let view = |standing, step| payment_view(&request, standing, step, LegState::Debited);
    till.send(Msg::Payment(view(Standing::Working, Step::Debiting)));
    till.send(Msg::Payment(view(Standing::Paid, Step::Paying)));
    till.keys("<Enter>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
}

#[test]
fn star_shares_equally_among_all_guests_who_can_pay() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), second(300_000)]);
    till.keys("*");
    assert_eq!(sums(&till), [sum("501", 117_500), sum("502", 117_500)]);
    assert!(till.shows("Поровну на 2: по 1 175,00"));
    assert!(till.shows("Суммы сходятся"));
    till.tap(third());
    assert_eq!(sums(&till).len(), 2, "typed sums stay");
    till.keys("*");
    assert_eq!(
        sums(&till),
        [sum("501", 78_334), sum("502", 78_333), sum("503", 78_333)]
    );
    assert!(till.shows("Поровну на 3: по 783,34/783,33"));
    // An empty card is no guest who pays.
    let mut till = Till::open(Lang::Ru, vec![sample_card(), second(0)]);
    till.keys("*");
    assert_eq!(sums(&till), [sum("501", 235_000)]);
    assert!(till.shows("Платит один: 2 350,00"));
}

#[test]
fn marked_accounts_share_and_the_others_give_nothing() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), second(300_000), third()]);
    till.keys("<Home> <End><Ins>");
    assert!(till.shows(" *Депозит") && till.shows("▸*Кошелёк"));
    till.keys("*");
    assert_eq!(sums(&till), [sum("501", 117_500), sum("503", 117_500)]);
    till.keys(" *");
    assert_eq!(sums(&till), [sum("501", 235_000)], "marked no more");
    assert!(!till.shows("*Кошелёк"));
    // A card that leaves takes its mark along.
    till.keys("<Home><F8>*");
    assert_eq!(sums(&till), [sum("502", 117_500), sum("503", 117_500)]);
}

#[test]
fn parts_that_cannot_be_equal_say_why() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), second(50_000)]);
    till.keys("*");
    assert_eq!(sums(&till), [sum("501", 185_000), sum("502", 50_000)]);
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("№ 100039 платит только 500,00: больше нет. Остальное – другие"));
    let mut limited = second(300_000);
    limited.accounts[0].terms.rules = Arc::new(SpendRules {
        per_operation_max: Some(money(100_000)),
        ..SpendRules::default()
    });
    let mut till = Till::open(Lang::Ru, vec![sample_card(), limited]);
    till.keys("*");
    assert_eq!(sums(&till), [sum("501", 135_000), sum("502", 100_000)]);
    assert!(till.shows("платит только 1 000,00: предел на одну оплату"));
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    let poor = |id: &str, name| card(id, name, vec![account(id, "Депозит", 10_000)]);
    let mut till = Till::open(
        Lang::Ru,
        vec![poor("61366902", "100041"), poor("61366903", "100042")],
    );
    till.keys("*");
    assert!(till.shows("Так же и другие (1)"));
    assert!(till.shows("Не хватает 2 150,00"));
}

#[test]
fn without_a_payer_nothing_is_shared_and_it_is_said() {
    for keys in ["*", " "] {
        let mut till = Till::open(Lang::Ru, vec![]);
        till.keys(keys);
        assert_eq!(till.asked(), ["Bell"], "{keys}");
        assert!(till.shows("Приложите карту гостя"));
    }
}

#[test]
fn the_last_bills_proportions_are_repeated_and_named() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), second(300_000)]);
    till.keys("=");
    assert!(till.shows("повторять нечего"), "nothing was paid yet");
    till.keys("<Home>1500<Enter>+");
    pay(&mut till);
    let mut order = sample_order();
    order.unpaid = money(117_500);
    order.total = money(117_500);
    for line in &mut order.lines {
        line.amount = money(line.amount.kopecks() / 2);
    }
    till.open_order(order);
    for card in [sample_card(), second(300_000)] {
        till.tap(card);
    }
    till.keys("=");
    assert_eq!(sums(&till), [sum("501", 75_000), sum("502", 42_500)]);
    assert!(till.shows("В долях заказа */1: 1 500,00 + 850,00"));
    till.keys("<F8>=");
    assert!(till.shows("Не приложено счетов: 1"));
    assert_eq!(sums(&till).len(), 1);
    till.keys("<F8>");
    till.tap(third());
    till.keys("=");
    assert!(till.shows("Карты заказа */1 здесь не приложены"));
}

#[test]
fn screens_of_parts() {
    check("bill_shared", SIZES_BILL, |lang| {
        let mut till = Till::open(lang, vec![sample_card(), second(50_000), third()]);
        till.keys("<Home> <Down> <Down> *");
        till
    });
}
