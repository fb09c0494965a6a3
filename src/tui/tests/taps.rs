//! Every screen × a tap: the table, and that the screens obey it.

use std::fmt::Write as _;

use super::guest_pin::guest;
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::app::{Base, Goes, goes};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Effect, Msg, UiSettings};

/// What can lie beneath a screen there.
fn bases(ctx: Ctx) -> &'static [Base] {
    use Base::{Bill, List, Opening, Result, Working};
    match ctx {
        Ctx::Orders => &[List, Opening],
        Ctx::Bill | Ctx::Confirm | Ctx::Part | Ctx::Doubt | Ctx::GuestPin => &[Bill],
        Ctx::Progress | Ctx::CancelAsk => &[Working],
        Ctx::Result => &[Result],
        Ctx::Card => &[List, Opening, Bill, Result],
        Ctx::Number => &[List, Bill],
        Ctx::Payments
        | Ctx::Attention
        | Ctx::Form
        | Ctx::Sure
        | Ctx::Busy
        | Ctx::Outcome
        | Ctx::Help
        | Ctx::About => &[List, Opening, Bill, Working, Result],
        Ctx::Readers | Ctx::Devices | Ctx::Watch | Ctx::Learn => &[List, Opening, Bill, Result],
        Ctx::Demo => &[List, Opening, Bill, Result],
        // A card there says who somebody is, whatever lies beneath: tui::tests::operators.
        Ctx::Login | Ctx::Manager => &[],
    }
}

#[test]
fn the_table_of_taps() {
    let word = |goes| match goes {
        Goes::Joins => "joins",
        Goes::Shows => "shows",
        Goes::Kept => "kept",
        Goes::Refused => "refused",
    };
    let mut table = String::new();
    for ctx in Ctx::ALL {
        let row: Vec<String> = bases(ctx)
            .iter()
            .map(|&base| format!("{base:?} {}", word(goes(ctx, base))))
            .collect();
        let _ = writeln!(table, "{:<10} {}", ctx.word(), row.join(", "));
    }
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("taps", table);
    });
}

fn till() -> Till {
    let settings = UiSettings {
        demo_cards: vec!["one".into()],
        keyed_cards: true,
        part_payments: true,
        ..UiSettings::default()
    };
    let mut till = Till::with(settings, (80, 24));
    till.healthy();
    till
}

fn on(base: Base) -> Till {
    let mut till = till();
    match base {
        Base::List => {}
        Base::Opening => till.keys("<Enter>"),
        Base::Bill => {
            till.open_order(sample_order());
            till.tap(sample_card());
        }
        Base::Working | Base::Result => {
            till.open_order(sample_order());
            till.tap(sample_card());
            let request = till.pay();
            let view = |standing, step| payment_view(&request, standing, step, LegState::Debited);
            till.send(Msg::Payment(view(Standing::Working, Step::Debiting)));
            if base == Base::Result {
                till.send(Msg::Payment(view(Standing::Paid, Step::Paying)));
            }
        }
    }
    till.take_effects();
    till
}

/// The keys that lead to a screen from there.
fn way(ctx: Ctx) -> &'static str {
    match ctx {
        Ctx::Orders
        | Ctx::Bill
        | Ctx::Progress
        | Ctx::Result
        | Ctx::Doubt
        | Ctx::Login
        | Ctx::Manager => "",
        Ctx::Confirm | Ctx::GuestPin => "<F5>",
        Ctx::Part => "500<F5>",
        Ctx::CancelAsk => "<Esc>",
        Ctx::Card => "<F3>",
        Ctx::Payments => "<F9>",
        Ctx::Attention => "<F12>",
        Ctx::Form => "<F12><Enter>",
        Ctx::Sure => "<F12><Enter>2<Tab>И<Tab>я<F5>",
        Ctx::Busy | Ctx::Outcome => "<F12><Enter>2<Tab>И<Tab>я<F5><Enter>",
        Ctx::Number => "<F6>",
        Ctx::Readers => "<C-r>",
        Ctx::Devices => "<C-r><F2>",
        Ctx::Watch => "<C-r><F3>",
        Ctx::Learn => "<C-r><F4>",
        Ctx::Demo => "<F4>",
        Ctx::Help => "<F1>",
        Ctx::About => "<F1><F2>",
    }
}

/// A till on that screen; `None` where the keys do not lead there.
fn screen(ctx: Ctx, base: Base) -> Option<Till> {
    let mut till = on(base);
    let task = matches!(
        ctx,
        Ctx::Attention | Ctx::Form | Ctx::Sure | Ctx::Busy | Ctx::Outcome
    );
    if task {
        till.send(Msg::Attention(vec![stuck()]));
    }
    match ctx {
        Ctx::GuestPin => {
            till.keys("<F8>");
            till.tap(guest());
            till.keys(way(ctx));
        }
        Ctx::Doubt => till.send(Msg::CardDoubtful(uid("55667788"))),
        Ctx::Card if base != Base::Bill => till.send(Msg::CardRead(uid("55667788"))),
        _ => till.keys(way(ctx)),
    }
    if ctx == Ctx::Outcome {
        till.send(Msg::Answered(
            stuck().id,
            crate::tui::Answer::NotStarted(Problem::own(Reason::NothingToDecide, "")),
        ));
    }
    till.take_effects();
    (till.app.ctx() == ctx).then_some(till)
}

#[test]
fn every_screen_obeys_the_table_and_loses_no_tap_silently() {
    let mut seen = 0;
    for ctx in Ctx::ALL {
        let mut reached = false;
        for &base in bases(ctx) {
            let Some(mut till) = screen(ctx, base) else {
                continue;
            };
            assert_eq!(till.app.base(), base, "{ctx:?}");
            reached = true;
            seen += 1;
            let cards = till
                .app
                .bill
                .as_ref()
                .map_or(0, |bill| bill.awaited().len());
            till.send(Msg::CardRead(credit_card().uid));
            let effects = till.take_effects();
            let rings = effects
                .iter()
                .any(|effect| matches!(effect, Effect::Bell(_)));
            let asks = effects.iter().any(
                |effect| matches!(effect, Effect::LookUpCard(uid) if *uid == credit_card().uid),
            );
            let said = till.app.notice.as_ref().map(|notice| notice.text.clone());
            let there = format!("{ctx:?} over {base:?}: {said:?}");
            match goes(ctx, base) {
                Goes::Joins => {
                    assert!(asks && !rings, "{there}");
                    assert_eq!(till.app.ctx(), Ctx::Bill, "{there}");
                    let bill = till.app.bill.as_ref().unwrap();
                    assert_eq!(bill.awaited().len(), cards + 1, "{there}");
                }
                Goes::Shows => {
                    assert!(asks && !rings, "{there}");
                    assert_eq!(till.app.ctx(), Ctx::Card, "{there}");
                }
                Goes::Kept => {
                    assert!(!asks && !rings, "{there}");
                    assert!(
                        said.is_some_and(|said| said.contains("…3311 принята")),
                        "{there}"
                    );
                }
                Goes::Refused => {
                    assert!(!asks && rings, "{there}");
                    assert!(
                        said.is_some_and(|said| said.contains("…3311 сейчас не принята")),
                        "{there}"
                    );
                    assert_eq!(till.app.ctx(), ctx, "{there}");
                }
            }
        }
        assert!(reached || bases(ctx).is_empty(), "{ctx:?} was not reached");
    }
    assert!(seen > 35, "{seen}");
}

#[test]
fn cards_that_come_while_the_order_is_read_join_it_in_their_order() {
    let mut till = on(Base::Opening);
    for card in [sample_card(), credit_card(), sample_card()] {
        till.send(Msg::CardRead(card.uid));
    }
    assert_eq!(till.asked(), Vec::<String>::new());
    till.send(Msg::Order(Ok(sample_order())));
    assert_eq!(till.asked(), ["LookUpCard", "LookUpCard"]);
    let bill = till.app.bill.as_ref().unwrap();
    assert_eq!(bill.awaited(), [sample_card().uid, credit_card().uid]);
}

#[test]
fn a_card_that_was_not_read_whole_is_asked_about_when_the_order_is_there() {
    let mut till = on(Base::Opening);
    till.send(Msg::CardDoubtful(credit_card().uid));
    till.send(Msg::CardRead(sample_card().uid));
    till.send(Msg::Order(Ok(sample_order())));
    assert_eq!(till.app.ctx(), Ctx::Doubt);
    assert_eq!(
        till.app.bill.as_ref().unwrap().awaited(),
        [sample_card().uid]
    );
}

#[test]
fn cards_that_waited_in_vain_are_refused_aloud() {
    let gone = Problem::of(Server::Rkeeper, Reason::OrderNotFound, "");
    let mut till = on(Base::Opening);
    till.send(Msg::CardRead(credit_card().uid));
    till.send(Msg::Order(Err(gone)));
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("Не приняты: …3311"));
    for keys in ["<Esc>", "<Down><Enter>"] {
        let mut till = on(Base::Opening);
        till.send(Msg::CardRead(credit_card().uid));
        till.keys(keys);
        assert!(till.asked().contains(&"Bell".to_owned()), "{keys}");
        assert!(till.shows("Не приняты: …3311"), "{keys}");
        till.send(Msg::Order(Ok(sample_order())));
        till.send(Msg::Order(Ok(crate::domain::Order {
            guid: guid("2"),
            ..sample_order()
        })));
        let waits = till
            .app
            .bill
            .as_ref()
            .map_or(0, |bill| bill.awaited().len());
        assert_eq!(waits, 0, "{keys}");
    }
}

#[test]
fn more_cards_than_can_wait_are_refused_aloud() {
    let mut till = on(Base::Opening);
    for n in 0..9 {
        till.send(Msg::CardRead(uid(&format!("5566770{n}"))));
    }
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("Карта …7708 сейчас не принята"));
    till.send(Msg::Order(Ok(sample_order())));
    assert_eq!(till.app.bill.as_ref().unwrap().awaited().len(), 8);
}

#[test]
fn the_same_card_read_whole_answers_the_question_about_it() {
    let mut till = Till::open(Lang::Ru, vec![]);
    till.send(Msg::CardDoubtful(sample_card().uid));
    till.send(Msg::CardRead(credit_card().uid));
    assert_eq!(
        till.app.ctx(),
        Ctx::Doubt,
        "another card waits for the answer"
    );
    till.tap(sample_card());
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.app.bill.as_ref().unwrap().cards().len(), 1);
}
