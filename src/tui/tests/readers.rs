//! Cards that were not read whole, and the readers' screen.

use jiff::Timestamp;

use super::screens::{SIZES, SIZES_BILL, check};
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{CardSeen, CardTrouble, Msg, ReaderSaw, ReaderState};

fn answered(till: &mut Till) {
    let card = sample_card();
    till.send(Msg::Card {
        uid: card.uid.clone(),
        answer: Ok(card),
    });
}

#[test]
fn a_card_read_in_part_pays_only_after_the_cashiers_yes() {
    let mut till = Till::open(Lang::Ru, vec![]);
    till.send(Msg::CardDoubtful(sample_card().uid));
    assert_eq!(till.asked(), ["Bell", "LookUpCard"]);
    assert_eq!(till.app.ctx(), Ctx::Doubt);
    // Without Lime's word there is nothing to compare.
    till.keys("<Enter>");
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("подтверждать нечего"));
    answered(&mut till);
    assert!(till.app.bill.as_ref().unwrap().cards().is_empty());
    till.keys("<Enter>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), ["LookUpCard"]);
    answered(&mut till);
    assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 1);
    // It is a payer now: seen again in part, it is the same.
    till.send(Msg::CardDoubtful(sample_card().uid));
    assert_eq!(till.asked(), Vec::<String>::new());
    assert!(till.shows("уже приложена"));
}

#[test]
fn a_no_leaves_the_order_as_it_was() {
    let mut till = Till::open(Lang::Ru, vec![]);
    till.send(Msg::CardDoubtful(sample_card().uid));
    answered(&mut till);
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert!(till.app.bill.as_ref().unwrap().cards().is_empty());
    // An answer that comes late changes nothing either.
    till.asked();
    till.send(Msg::CardDoubtful(sample_card().uid));
    till.keys("<Esc>");
    answered(&mut till);
    assert!(till.app.bill.as_ref().unwrap().cards().is_empty());
}

#[test]
fn no_key_pressed_ahead_says_yes() {
    let mut till = Till::open(Lang::Ru, vec![]);
    till.send_undrawn(Msg::CardDoubtful(sample_card().uid));
    answered(&mut till);
    till.stale("<Enter>", std::time::Duration::ZERO);
    assert_eq!(till.app.ctx(), Ctx::Doubt);
    till.held("<Enter>", crossterm::event::KeyEventKind::Repeat);
    assert_eq!(till.app.ctx(), Ctx::Doubt);
}

#[test]
fn a_part_of_a_card_is_refused_while_money_moves_and_shown_where_none_can() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("<F5>");
    till.asked();
    till.send(Msg::CardDoubtful(credit_card().uid));
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    assert_eq!(till.asked(), ["Bell"]);
    let mut till = Till::ready(Lang::Ru);
    till.asked();
    till.send(Msg::CardDoubtful(credit_card().uid));
    assert_eq!(till.app.ctx(), Ctx::Card);
    assert_eq!(till.asked(), ["LookUpCard", "LoadHistory"]);
}

#[test]
fn the_question() {
    check("doubt", SIZES_BILL, |lang| {
        let mut till = Till::open(lang, vec![]);
        till.send(Msg::CardDoubtful(sample_card().uid));
        answered(&mut till);
        till
    });
    check("doubt_not_found", SIZES, |lang| {
        let mut till = Till::open(lang, vec![]);
        let uid = sample_card().uid;
        till.send(Msg::CardDoubtful(uid.clone()));
        let problem = Problem::of(Server::Lime, Reason::CardNotFound, "");
        till.send(Msg::Card {
            uid,
            answer: Err(problem),
        });
        till
    });
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_400_000 + second).unwrap()
}

fn saw(till: &mut Till, name: &str, second: i64, saw: ReaderSaw) {
    till.send(Msg::ReaderSaw {
        name: name.to_owned(),
        at: at(second),
        saw,
    });
}

fn with_readers(lang: Lang) -> Till {
    let mut till = Till::ready(lang);
    for (name, state, detail) in [
        ("Касса", ReaderState::Ready, ""),
        ("Вход", ReaderState::Busy, "его держит rk7cash (812)"),
        ("Бар", ReaderState::NoPermission, "добавьте правило udev"),
        ("Гардероб", ReaderState::Lost, ""),
    ] {
        till.send(Msg::Reader {
            name: name.to_owned(),
            state,
            detail: detail.to_owned(),
        });
    }
    let whole = CardSeen {
        masked: Some("…6822".to_owned()),
        technology: "em-marine",
        bits: 40,
        trouble: None,
    };
    let part = CardSeen {
        masked: None,
        technology: "other",
        bits: 24,
        trouble: Some(CardTrouble::Partial),
    };
    saw(&mut till, "Касса", 0, ReaderSaw::Card(whole));
    saw(&mut till, "Касса", 1, ReaderSaw::Noise(3));
    saw(&mut till, "Касса", 61, ReaderSaw::Noise(4));
    saw(&mut till, "Гардероб", 2, ReaderSaw::Card(part));
    till.keys("<C-r>");
    till
}

#[test]
fn the_readers() {
    check("readers", SIZES_BILL, with_readers);
    check("readers_none", SIZES, |lang| {
        let mut till = Till::new(lang);
        till.keys("<C-r>");
        till
    });
    let mut till = with_readers(Lang::Ru);
    assert_eq!(till.app.ctx(), Ctx::Readers);
    assert!(till.shows("Помех           7"));
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
    // What an unknown reader says belongs nowhere.
    saw(&mut till, "?", 0, ReaderSaw::Noise(1));
    assert_eq!(
        till.app
            .readers
            .iter()
            .filter(|r| r.noise.is_some())
            .count(),
        1
    );
}
