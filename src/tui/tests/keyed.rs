//! A card that cannot be read: its printed number is typed, compared with the guest, and marked.

use super::screens::{SIZES, SIZES_BILL, check};
use crate::domain::CardEntry;
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Effect, Msg};

/// The sample card's number, asked for and answered: the question whose card it is.
fn found(lang: Lang) -> Till {
    let mut till = Till::with_numbers(lang);
    till.keys("<F6>100038<Enter>");
    assert_eq!(till.asked(), ["LookUpNumber"]);
    till.numbered("100038", Ok(sample_card()));
    till.take_effects();
    till
}

/// The card is on the order.
fn taken(lang: Lang) -> Till {
    let mut till = found(lang);
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["LookUpNumber"]);
    till.numbered("100038", Ok(sample_card()));
    till
}

#[test]
fn the_number_is_typed_the_guest_compared_and_the_payment_marked() {
    for (lang, title, compare, mark) in [
        (
            Lang::Ru,
            "Номер на карте",
            "Номер может знать и чужой",
            "введена вручную",
        ),
        (
            Lang::En,
            "The number on the card",
            "A stranger may know",
            "typed by hand",
        ),
    ] {
        let mut till = Till::with_numbers(lang);
        till.keys("<F6>");
        assert_eq!(till.app.ctx(), Ctx::Number);
        assert!(till.shows(title), "{}", till.screen());
        // Only what may stand on a card; the last character can be taken back.
        till.keys("100я039<Back>8 ");
        till.take_effects();
        till.keys("<Enter>");
        let effects = till.take_effects();
        let [Effect::LookUpNumber(number)] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(number.as_str(), "100038");
        till.numbered("100038", Ok(sample_card()));
        assert_eq!(till.app.ctx(), Ctx::Doubt);
        assert!(till.shows(compare), "{}", till.screen());
        assert!(till.shows("Иванов И."));

        let mut till = taken(lang);
        assert_eq!(till.app.ctx(), Ctx::Bill);
        assert!(till.shows(mark), "{}", till.screen());
        till.keys("<F5>");
        assert!(till.shows(mark), "{}", till.screen());
        till.keys("<Esc>");
        let request = till.pay();
        assert_eq!(request.keyed, [sample_card().uid]);
    }
}

/// Balances are read again by the number, so that the server hears of it.
#[test]
fn a_typed_card_is_asked_for_by_its_number_again() {
    let mut till = taken(Lang::Ru);
    till.take_effects();
    till.keys("<F7>");
    assert_eq!(till.asked(), ["LoadOrder", "LookUpNumber"]);
    till.numbered("100038", Ok(sample_card()));
    assert!(till.shows("введена вручную"));
    till.keys("<F3>");
    assert_eq!(till.asked(), ["LookUpNumber", "LoadHistory"]);
    till.numbered("100038", Ok(sample_card()));
    assert!(till.shows("введена вручную"), "{}", till.screen());
    // Another card under the number is no answer.
    till.keys("<Esc>");
    till.numbered("100038", Ok(credit_card()));
    assert!(till.shows("…6822"));
    assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 1);
}

/// Typed and tapped is one card, and a tap takes the mark away.
#[test]
fn a_card_that_is_tapped_after_all_is_not_marked() {
    let mut till = taken(Lang::Ru);
    till.send(Msg::CardRead(sample_card().uid));
    assert!(!till.shows("введена вручную"), "{}", till.screen());
    let request = till.pay();
    assert_eq!((request.cards.len(), request.keyed.len()), (1, 0));

    let mut till = Till::with_numbers(Lang::Ru);
    till.tap(sample_card());
    till.keys("<F6>100038<Enter>");
    till.numbered("100038", Ok(sample_card()));
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.shows("уже приложена"), "{}", till.screen());
    assert_eq!(till.pay().keyed, []);
}

/// The layout may be either: what looks like a Latin letter is one, what does not is said aloud.
#[test]
fn letters_of_the_other_layout_are_taken_by_their_look_or_refused_aloud() {
    let mut till = Till::with_numbers(Lang::Ru);
    till.keys("<F6>А-10");
    assert!(till.shows("№ A-10_"), "{}", till.screen());
    assert_eq!(till.asked(), Vec::<String>::new());
    till.keys("ф");
    assert!(till.shows("переключите раскладку"), "{}", till.screen());
    assert_eq!(till.asked(), ["Bell"]);
    till.keys("<Enter>");
    let effects = till.take_effects();
    let [Effect::LookUpNumber(number)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(number.as_str(), "A-10");
}

#[test]
fn the_screens_of_a_typed_number() {
    check("number", SIZES_BILL, |lang| {
        let mut till = Till::with_numbers(lang);
        till.keys("<F6>1000");
        till
    });
    check("number_not_found", SIZES, |lang| {
        let mut till = Till::with_numbers(lang);
        till.keys("<F6>100039<Enter>");
        let problem = Problem::of(Server::Lime, Reason::CardNotFound, "");
        till.numbered("100039", Err(problem));
        till
    });
    check("number_compare", SIZES_BILL, found);
    check("number_bill", SIZES_BILL, taken);
}

/// Money given back names how the card was taken.
#[test]
fn a_refund_says_that_the_card_was_typed() {
    check("refund_keyed", SIZES_BILL, |lang| {
        let mut view = paid();
        view.legs[0].entry = CardEntry::Keyed;
        let mut till = Till::ready(lang);
        till.keys("<F9>");
        till.send(Msg::Payments(vec![record(view)]));
        till.keys("<F4>");
        till
    });
}

#[test]
fn a_number_that_leads_nowhere_says_so_and_can_be_typed_anew() {
    for (reason, words) in [
        (Reason::CardNotFound, "Карта не найдена в Lime"),
        (Reason::CardNumberWrong, "Таких номеров на картах нет"),
        (Reason::NumberNotSearched, "не умеет искать карту по номеру"),
    ] {
        let mut till = Till::with_numbers(Lang::Ru);
        till.keys("<F6>10003<Enter>");
        till.numbered("10003", Err(Problem::of(Server::Lime, reason, "")));
        assert!(till.shows(words), "{}", till.screen());
        assert_eq!(till.app.ctx(), Ctx::Number);
        till.take_effects();
        till.keys("8<Enter>");
        assert_eq!(till.asked(), ["LookUpNumber"]);
        // The answer about what was typed before is nobody's.
        till.numbered("10003", Ok(credit_card()));
        assert_eq!(till.app.ctx(), Ctx::Number);
        till.keys("<Esc>");
        till.numbered("100038", Ok(sample_card()));
        assert_eq!(till.app.ctx(), Ctx::Bill);
        assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 0);
    }
}

/// The default: there is no such key.
#[test]
fn where_the_site_does_not_want_it_nothing_can_be_typed() {
    let mut till = Till::open(Lang::Ru, vec![]);
    assert!(!till.shows("F6"), "{}", till.screen());
    till.keys("<F6>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), Vec::<String>::new());
}

/// Without an order the card's page opens, marked; a tap takes the question's place.
#[test]
fn outside_an_order_the_page_opens_and_a_tap_wins() {
    let mut till = Till::with_numbers(Lang::Ru);
    till.keys("<Esc><F6>100038<Enter>");
    till.take_effects();
    till.numbered("100038", Ok(sample_card()));
    assert_eq!(till.app.ctx(), Ctx::Card);
    assert_eq!(till.asked(), ["LoadHistory"]);
    assert!(till.shows("введена вручную"), "{}", till.screen());

    let mut till = Till::with_numbers(Lang::Ru);
    till.keys("<F6>1000");
    till.tap(credit_card());
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 1);
}
