//! Taps: where cards go, and that none is lost silently.

use jiff::civil::date;

use crate::domain::{CardStatus, Money};
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{CardTrouble, Msg};

fn sums(till: &Till) -> Vec<(String, i64)> {
    let bill = till.app.bill.as_ref().unwrap();
    let split = bill.split();
    split
        .shares
        .iter()
        .map(|share| (share.account.0.clone(), share.amount.kopecks()))
        .collect()
}

fn sum(account: &str, kopecks: i64) -> (String, i64) {
    (account.to_owned(), kopecks)
}

#[test]
fn a_tap_on_an_open_order_asks_lime_and_applies_the_suggestion() {
    let mut till = Till::open(Lang::Ru, vec![]);
    assert!(till.shows("Приложите карту гостя"));
    till.send(Msg::CardRead(sample_card().uid));
    assert_eq!(till.asked(), ["LookUpCard"]);
    assert!(till.shows("Карта …6822: спрашиваю Lime…"));
    till.tap(sample_card());
    assert_eq!(sums(&till), [sum("501", 235_000)]);
    assert!(till.shows("Суммы сходятся. F5 – оплатить"));
}

#[test]
fn two_guests_share_what_burns_first_and_credit_comes_last() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    assert!(till.shows("Не хватает 50,00: приложите ещё одну карту"));
    assert!(till.shows("сгорает 01.12"));
    till.tap(credit_card());
    assert_eq!(
        sums(&till),
        [sum("601", 180_000), sum("602", 50_000), sum("701", 5_000)]
    );
    assert!(till.shows("не платит: срок истёк"));
}

#[test]
fn a_deposit_has_a_last_day_and_does_not_burn() {
    for (lang, words, burns) in [
        (Lang::Ru, "действует до 01.12.2030", "сгорает"),
        (Lang::En, "valid until 01.12.2030", "expires"),
    ] {
        let mut card = sample_card();
        let [deposit] = card.accounts.as_mut_slice() else {
            panic!("one account")
        };
        deposit.valid_to = Some(date(2030, 12, 1).at(23, 59, 59, 0));
        deposit.terms.as_of = Some(date(2026, 11, 29).at(12, 0, 0, 0));
        let mut till = Till::open(lang, vec![card]);
        assert!(till.shows(words), "{words}");
        assert!(!till.shows(burns), "{burns}");
    }
}

#[test]
fn sums_typed_by_hand_stay_when_another_card_comes() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("1500<Enter>");
    till.tap(credit_card());
    assert_eq!(sums(&till), [sum("501", 150_000)]);
    assert!(till.shows("ваши суммы не изменены. F2"));
    till.keys("<F2>");
    assert_eq!(sums(&till), [sum("501", 235_000)]);
}

#[test]
fn the_same_card_again_is_highlighted_and_nothing_else() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), credit_card()]);
    till.keys("<End>");
    let before = sums(&till);
    for _ in 0..5 {
        till.send(Msg::CardRead(sample_card().uid));
    }
    assert_eq!(till.asked(), Vec::<String>::new());
    assert_eq!(sums(&till), before);
    assert!(till.shows("▸ Депозит          5 000,00"));
    assert!(till.shows("Карта …6822 уже приложена"));
}

#[test]
fn an_account_that_two_cards_lead_to_is_shown_once() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    assert_eq!(till.screen().matches("1 800,00     1 800,00").count(), 1);
    assert!(till.shows("Депозит: общий счёт, показан выше"));
}

#[test]
fn a_removed_card_takes_its_sums_along() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), credit_card()]);
    till.keys("<Home>1000<End><F8>");
    assert_eq!(sums(&till), [sum("501", 100_000)], "typed sums stay");
    till.keys("<F8>");
    assert_eq!(sums(&till), []);
    assert!(till.shows("Карта …6822 убрана"));
    till.keys("<F8>");
    assert_eq!(till.asked(), ["Bell"]);
}

#[test]
fn a_card_whose_accounts_are_shown_elsewhere_is_chosen_by_tapping_it_again() {
    let [parent, child] = family();
    let mut till = Till::open(Lang::Ru, vec![child, parent.clone()]);
    till.send(Msg::CardRead(parent.uid.clone()));
    till.keys("<F8>");
    assert!(till.shows("Карта …B2C3 убрана"));
    assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 1);
}

#[test]
fn a_tap_without_an_order_opens_the_card() {
    let mut till = Till::ready(Lang::Ru);
    till.send(Msg::CardRead(credit_card().uid));
    assert_eq!(till.app.ctx(), Ctx::Card);
    assert_eq!(till.asked(), ["LookUpCard", "LoadHistory"]);
    till.tap(credit_card());
    assert!(till.shows("-4 000,00"));
    till.tap(sample_card());
    assert!(till.shows("Иванов И."), "the next card takes its place");
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
}

#[test]
fn a_tap_behind_help_or_payments_still_reaches_the_order() {
    for cover in ["<F1>", "<F9>"] {
        let mut till = Till::open(Lang::Ru, vec![]);
        till.keys(cover);
        till.take_effects();
        till.tap(sample_card());
        assert_eq!(till.app.ctx(), Ctx::Bill);
        assert_eq!(sums(&till), [sum("501", 235_000)], "{cover}");
    }
}

#[test]
fn a_tap_while_money_is_confirmed_or_moved_is_refused_aloud() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("<F5>");
    till.send(Msg::CardRead(credit_card().uid));
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("Карта …3311 сейчас не принята"));
    till.keys("<Esc>");
    let request = till.pay();
    for view in [
        None,
        Some(payment_view(
            &request,
            Standing::Working,
            Step::Debiting,
            LegState::Asking,
        )),
    ] {
        if let Some(view) = view {
            till.send(Msg::Payment(view));
        }
        till.send(Msg::CardRead(credit_card().uid));
        assert_eq!(till.asked(), ["Bell"]);
        assert!(till.shows("Карта …3311 сейчас не принята"));
    }
}

#[test]
fn an_answer_that_comes_during_the_question_changes_nothing_in_it() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.send(Msg::CardRead(family()[1].uid.clone()));
    till.keys("<F5>");
    till.tap(family()[1].clone());
    till.send(Msg::Card {
        uid: family()[1].uid.clone(),
        answer: Ok(family()[1].clone()),
    });
    till.take_effects();
    till.keys("<Enter>");
    let effects = till.take_effects();
    let [crate::tui::Effect::Pay(request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(request.cards.len(), 1);
    assert_eq!(request.split.shares[0].amount, Money::from_kopecks(235_000));
}

#[test]
fn cards_that_cannot_pay_say_so() {
    let mut till = Till::open(Lang::Ru, vec![]);
    let mut blocked = sample_card();
    blocked.status = CardStatus::Blocked;
    blocked.accounts[0].available = Money::ZERO;
    blocked.accounts[0].not_spendable = Some(crate::domain::NotSpendable::CardNotActive);
    till.tap(blocked);
    assert!(till.shows("заблокирована"));
    assert!(till.shows("Карта …6822 платить не может"));
    till.keys("5");
    assert!(till.shows("Депозит: с этого счёта нельзя платить"));
    assert_eq!(sums(&till), []);
    let unknown = uid("55667788");
    till.send(Msg::CardRead(unknown.clone()));
    till.send(Msg::Card {
        uid: unknown,
        answer: Err(Problem::of(Server::Lime, Reason::CardNotFound, "")),
    });
    assert!(till.shows("Карта …7788: Карта не найдена в Lime"));
}

#[test]
fn unreadable_cards_are_never_looked_up() {
    for trouble in [
        CardTrouble::Partial,
        CardTrouble::Garbled,
        CardTrouble::NotThisSite,
        CardTrouble::BankCard,
        CardTrouble::SeveralCards,
        CardTrouble::RandomUid,
    ] {
        let mut till = Till::open(Lang::Ru, vec![]);
        till.send(Msg::CardUnreadable(trouble));
        assert_eq!(till.asked(), ["Bell"], "{trouble:?}");
    }
}

#[test]
fn no_screen_shows_a_whole_uid() {
    let mut till = Till::open(Lang::Ru, vec![sample_card(), credit_card()]);
    let mut seen = String::new();
    for keys in ["", "<F3>", "<Esc><F5>"] {
        till.keys(keys);
        seen.push_str(&till.screen());
    }
    assert!(!seen.contains("61366822") && !seen.contains("77003311"));
    assert!(seen.contains("…6822"));
}
