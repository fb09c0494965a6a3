//! What servers and journal disagree about, at the till screen: counted, listed, settled.

use super::screens::{SIZES, SIZES_BILL, check};
use crate::i18n::{Lang, Texts};
use crate::payment::orphan::{Orphan, OrphanKind};
use crate::payment::reason::{Problem, Reason};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Answer, Effect, Known, Msg};

/// A till where looking back found those.
fn found(lang: Lang, orphans: Vec<Orphan>) -> Till {
    let mut till = Till::ready(lang);
    till.send(Msg::Orphans(orphans));
    till
}

/// From the list to the question about the first one.
fn filled(lang: Lang) -> Till {
    let mut till = found(lang, orphans());
    till.keys("<F12><Enter><Tab>Иванова<Tab>вернули в Lime");
    till
}

fn known(till: &mut Till) -> Option<Known> {
    till.take_effects()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Known(known) => Some(*known),
            _ => None,
        })
}

fn answer(till: &mut Till, answer: Answer) {
    till.send(Msg::Answered(orphans()[0].payment, answer));
}

fn nothing() -> Answer {
    Answer::NotStarted(Problem::own(Reason::NothingToDecide, ""))
}

#[test]
fn the_screens_of_orphans() {
    check("orphans", SIZES_BILL, |lang| {
        let mut till = found(lang, orphans());
        till.send(Msg::Attention(vec![stuck()]));
        till.keys("<F12><Down>");
        till
    });
    check("orphans_without_order", SIZES_BILL, |lang| {
        let mut till = found(lang, orphans());
        till.keys("<F12><Down>");
        till
    });
    check("orphan_form", SIZES_BILL, filled);
    check("orphan_sure", SIZES_BILL, |lang| {
        let mut till = filled(lang);
        till.keys("<F5>");
        till
    });
    check("orphan_noted", SIZES, |lang| {
        let mut till = filled(lang);
        till.keys("<F5><Enter>");
        answer(&mut till, Answer::Noted);
        till.send(Msg::Orphans(vec![orphans()[1].clone()]));
        till
    });
    check("orphan_not_done", SIZES, |lang| {
        let mut till = filled(lang);
        till.keys("<F5><Enter>");
        answer(&mut till, nothing());
        till
    });
}

#[test]
fn they_are_counted_and_summed_with_what_is_in_doubt() {
    let mut till = found(Lang::Ru, orphans());
    assert!(till.shows("! 2 операции требуют человека · 3 250,00 ₽ · F12"));
    till.send(Msg::Attention(vec![stuck()]));
    for size in [(60, 18), (80, 24), (120, 40), (50, 10)] {
        till.size = size;
        assert!(till.shows("! 3 операции требуют человека · 5 600,00 ₽ · F12"));
    }
    till.size = (80, 24);
    till.send(Msg::Orphans(vec![]));
    assert!(till.shows("! 1 операция требует человека · 2 350,00 ₽ · F12"));
    till.send(Msg::Attention(vec![]));
    assert!(!till.shows(" ! "));
}

#[test]
fn every_kind_is_told_in_words() {
    let texts = Texts::of(Lang::Ru);
    for kind in OrphanKind::ALL {
        let mut one = orphans();
        one.truncate(1);
        one[0].kind = kind;
        let mut till = found(Lang::Ru, one);
        till.size = (120, 40);
        till.keys("<F12>");
        let whole = texts.get(&format!("orphan.{}", kind.word()));
        let short = texts.get(&format!("till.orphan.short_{}", kind.word()));
        assert!(till.shows(whole) && till.shows(short), "{}", till.screen());
    }
}

#[test]
fn what_helps_to_find_it_is_there_at_every_size() {
    for size in [(60, 18), (80, 24), (120, 40)] {
        for (keys, wanted) in [
            ("", &["Lime", "r_keeper", "2 250,00", "0,00", "8102"][..]),
            ("<Down>", &["1 000,00", "не известно", "Чеки Lime"]),
        ] {
            let mut till = found(Lang::Ru, orphans());
            till.size = size;
            till.keys(&format!("<F12>{keys}"));
            // Sums and references are grouped with hard spaces.
            let screen = till.screen().replace('\u{a0}', " ");
            for words in wanted {
                assert!(screen.contains(words), "{size:?} {words}\n{screen}");
            }
        }
    }
}

#[test]
fn one_is_settled_by_a_name_a_reason_and_an_answer_to_a_question() {
    let mut till = found(Lang::Ru, orphans());
    till.keys("<F12><Enter>");
    assert_eq!(till.app.ctx(), Ctx::Form);
    till.keys("1<F5>");
    assert!(till.shows("Напишите, кто это решил"));
    till.keys("Иванова<F5>");
    assert!(till.shows("Напишите, почему"));
    till.keys("вернули<F5>");
    assert_eq!(till.app.ctx(), Ctx::Sure);
    assert!(till.shows("Деньги не двигаются."));
    assert_eq!(known(&mut till), None);
    let before = till.now;
    till.keys("<Esc><F5>");
    till.stale("<Enter>", before);
    till.keys("yд1<F5>");
    assert_eq!(known(&mut till), None);
    till.keys("<Enter>");
    let said = known(&mut till).unwrap();
    assert_eq!(said.seen, orphans()[0]);
    assert_eq!(
        (said.operator.as_str(), said.why.as_str()),
        ("Иванова", "вернули")
    );
    // Whatever is pressed while it is written down changes nothing, and other news close nothing.
    till.keys("<Enter><F5><F12><F10><Esc>");
    till.send(Msg::Answered(orphans()[1].payment, Answer::Noted));
    assert_eq!(till.app.ctx(), Ctx::Busy);
    answer(&mut till, Answer::Noted);
    assert_eq!(till.app.ctx(), Ctx::Outcome);
    assert!(till.shows("✓ Записано: расхождение на 2 250,00 известно, разобрано"));
    till.send(Msg::Orphans(vec![]));
    assert!(!till.shows("F12"));
    till.keys("<Enter><Esc>");
    assert_eq!(till.app.ctx(), Ctx::Attention);
    assert!(till.shows("Ничего не требует человека"));
}

#[test]
fn a_form_about_more_than_was_seen_is_taken_back() {
    let mut grown = orphans();
    grown[0].wallet.as_mut().unwrap().shown = money(450_000);
    for (orphans, taken_back) in [
        (vec![], true),
        (vec![orphans()[1].clone()], true),
        (grown, true),
        (vec![orphans()[0].clone()], false),
    ] {
        for keys in ["", "<F5>"] {
            let mut till = filled(Lang::Ru);
            till.keys(keys);
            till.send(Msg::Orphans(orphans.clone()));
            assert_eq!(till.app.ctx() == Ctx::Attention, taken_back);
            assert_eq!(till.shows("состояние изменилось"), taken_back);
        }
    }
}

/// The payments thread looks once more before it writes a person's word down.
#[test]
fn a_word_fits_only_what_was_seen() {
    let mut till = filled(Lang::Ru);
    till.keys("<F5><Enter>");
    let said = known(&mut till).unwrap();
    assert!(said.still_fits(&orphans()));
    assert!(!said.still_fits(&orphans()[1..]));
    let mut grown = orphans();
    grown[0].operations.clear();
    assert!(!said.still_fits(&grown));
    answer(&mut till, nothing());
    assert!(till.shows("Ничего не сделано"));
    assert!(till.shows("2 операции требуют человека"));
}

#[test]
fn nobody_is_asked_about_an_orphan_by_a_key() {
    let mut till = found(Lang::Ru, orphans());
    till.keys("<F12>");
    till.take_effects();
    till.keys("<F6>");
    assert_eq!(till.asked(), Vec::<String>::new());
    assert!(till.shows("О расхождениях программа спрашивает серверы сама"));
}

#[test]
fn who_leaves_while_one_is_on_the_list_is_asked_once_more() {
    let mut till = found(Lang::Ru, orphans());
    till.keys("<F10>");
    assert!(till.shows("Есть операции, которые требуют человека (F12)"));
    till.take_effects();
    till.keys("<F10>");
    assert_eq!(till.asked(), ["Quit"]);
}

/// The same payment may be in doubt and be an orphan: each has its row and its own form.
#[test]
fn a_payment_in_doubt_may_be_an_orphan_as_well() {
    let mut same = orphans();
    same.truncate(1);
    same[0].payment = stuck().id;
    let mut till = found(Lang::Ru, same.clone());
    till.send(Msg::Attention(vec![stuck()]));
    till.keys("<F12><Down><Enter><Tab>И<Tab>я<F5><Enter>");
    assert_eq!(known(&mut till).map(|known| known.seen), same.pop());
    let mut till = found(Lang::Ru, orphans());
    till.send(Msg::Attention(vec![stuck()]));
    till.keys("<F12><Enter>2<Tab>И<Tab>я<F5><Enter>");
    assert!(till.asked().contains(&"Decide".to_owned()));
}
