//! The site's rules on the screen: why a share is what it is, and what is said to a sum that breaks
//! one.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Account, AccountKind, DishRule, SpendRules};
use crate::i18n::Lang;
use crate::payment::sale::Sale;
use crate::payment::spent::Spent;
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::Msg;
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;

fn bonus(rules: SpendRules) -> Account {
    let mut account = account("802", "Бонусы", 900_000);
    account.kind = AccountKind::Bonus;
    account.type_id = "2".into();
    account.priority = 1;
    account.terms.rules = Arc::new(rules);
    account
}

fn half() -> SpendRules {
    SpendRules {
        bill_share_percent: Some(50),
        ..SpendRules::default()
    }
}

fn till(lang: Lang, rules: SpendRules) -> Till {
    let accounts = vec![account("801", "Депозит", 500_000), bonus(rules)];
    Till::open(lang, vec![card("71366822", "100039", accounts)])
}

fn given(till: &Till) -> Vec<i64> {
    let split = till.app.bill.as_ref().unwrap().split();
    split.shares.iter().map(|s| s.amount.kopecks()).collect()
}

#[test]
fn a_suggested_share_names_the_rule_that_bounds_it() {
    let mut ru = till(Lang::Ru, half());
    assert_eq!(given(&ru), [117_500, 117_500]);
    assert!(ru.shows("не более 50 % счёта"), "{}", ru.screen());
    assert!(till(Lang::En, half()).shows("at most 50% of the bill"));
}

#[test]
fn a_typed_sum_that_breaks_a_rule_is_told_so_and_not_paid() {
    let mut till = till(Lang::Ru, half());
    till.keys("<End>1175,01<Enter>");
    assert!(
        till.shows("Бонусы: не более 50 % счёта; можно 1 175,00"),
        "{}",
        till.screen()
    );
    till.take_effects();
    till.keys("<F5>");
    assert_eq!(till.asked(), ["Bell"]);
    // `+` takes what the rule leaves.
    till.keys("<Home>0<Enter><End><Del>+");
    assert_eq!(given(&till), [117_500]);
}

#[test]
fn dishes_that_nobody_could_place_are_named_as_the_reason() {
    let rules = SpendRules {
        dishes: DishRule::Only(vec!["Кухня".into()]),
        ..SpendRules::default()
    };
    let mut till = till(Lang::Ru, rules);
    assert_eq!(given(&till), [235_000]);
    till.keys("<End>1<Enter>");
    assert!(
        till.shows("Бонусы: группы блюд не прочитаны"),
        "{}",
        till.screen()
    );
}

/// Balances that were read long ago show their time, and are read again before they pay.
#[test]
fn old_balances_are_read_again_before_they_pay() {
    let mut guest = sample_card();
    guest.accounts[0].terms.as_of = Some(jiff::civil::date(2026, 12, 1).at(14, 3, 20, 0));
    let mut till = Till::open(Lang::Ru, vec![guest.clone()]);
    assert!(!till.shows("на 14:03"));
    till.now += Duration::from_mins(2);
    till.keys("<Down>");
    assert!(till.shows("активна · на 14:03"), "{}", till.screen());
    till.take_effects();
    till.keys("<F5>");
    assert_eq!(till.asked(), ["Bell", "LookUpCard"]);
    assert_eq!(till.app.ctx(), Ctx::Bill);
    // Asked for already.
    till.keys("<F5>");
    assert_eq!(till.asked(), ["Bell"]);
    guest.accounts[0].available = money(100_000);
    let answer = Ok(guest.clone());
    let uid = guest.uid.clone();
    till.send(Msg::Card { uid, answer });
    assert!(till.shows("Не хватает 1 350,00"), "{}", till.screen());
    guest.accounts[0].available = money(500_000);
    let uid = guest.uid.clone();
    till.send(Msg::Card {
        uid,
        answer: Ok(guest),
    });
    till.keys("<F5>");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
}

#[test]
fn a_shared_account_is_named_with_both_cards() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.size = (120, 40);
    assert!(till.shows("общий с № "), "{}", till.screen());
}

/// What the journal says that the bonuses gave to the sample order before.
fn part_by_bonuses(kopecks: i64) -> Spent {
    let mut till = Till::with_parts(Lang::Ru, sample_order());
    till.tap(card(
        "71366822",
        "100039",
        vec![bonus(SpendRules::default())],
    ));
    let sum = money(kopecks).grouped().replace(' ', "");
    till.keys(&format!("{sum}<Enter>"));
    let request = till.pay_with("<F5><F6>");
    let sale = Sale::new(payment_id(9), &request).unwrap();
    let view = payment_view(&request, Standing::Paid, Step::Finished, LegState::Paid);
    Spent::of([(&sale, &view)], view.started_at)
}

/// Whether the card or the journal is heard of first, the suggestion and the check are the payment's.
#[test]
fn a_later_part_knows_what_the_type_gave_before() {
    let mut till = till(Lang::Ru, half());
    assert_eq!(given(&till), [117_500, 117_500]);
    till.send(Msg::Spent(Box::new(part_by_bonuses(100_000))));
    assert_eq!(given(&till), [217_500, 17_500]);
    till.keys("<End>176<Enter>");
    assert!(
        till.shows("Бонусы: не более 50 % счёта; можно 175,00"),
        "{}",
        till.screen()
    );
    till.keys("<F2>");
    let request = till.pay();
    assert_eq!(request.split.shares[1].amount, money(17_500));
    Sale::new(payment_id(1), &request).unwrap();

    let mut later = Till::ready(Lang::Ru);
    later.send(Msg::Spent(Box::new(part_by_bonuses(100_000))));
    later.open_order(sample_order());
    let accounts = vec![account("801", "Депозит", 500_000), bonus(half())];
    later.tap(card("71366822", "100039", accounts));
    assert_eq!(given(&later), [217_500, 17_500]);
}

/// What stands in the question does not change under the cashier's hand.
#[test]
fn news_of_what_was_spent_changes_no_question() {
    let mut till = till(Lang::Ru, half());
    till.keys("<F5>");
    till.send(Msg::Spent(Box::new(part_by_bonuses(100_000))));
    assert_eq!(given(&till), [117_500, 117_500]);
    till.keys("<Esc>");
    // The payment would refuse it now, and so does the screen.
    till.take_effects();
    till.keys("<F5>");
    assert_eq!(till.asked(), ["Bell"]);
}

/// The payment's own check says it in the words of the screen's.
#[test]
fn a_rule_that_the_payment_finds_broken_is_said_in_the_screens_language() {
    for (lang, words) in [
        (Lang::Ru, "Бонусы: не более 50 % счёта; можно 175,00"),
        (
            Lang::En,
            "Бонусы: at most 50% of the bill; 175,00 is possible",
        ),
    ] {
        let mut till = till(lang, half());
        till.size = (120, 40);
        let mut request = till.pay();
        part_by_bonuses(100_000).tell(&mut request.cards, Some(&request.order.guid));
        let problem = Sale::new(payment_id(1), &request).unwrap_err();
        assert_eq!(problem.reason.code(), "account_rule");
        till.send(Msg::PaymentFailed(problem));
        assert!(till.shows(words), "{}", till.screen());
        assert!(!till.shows("was asked"));
    }
}
