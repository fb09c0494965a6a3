//! Texts, colours and tables: complete in both languages, and no colour where none is wanted.

use std::fs;
use std::path::{Path, PathBuf};

use ratatui::style::Color;

use crate::i18n::{Lang, Texts};
use crate::tui::keys::{Ctx, Key, actions};
use crate::tui::test_util::*;
use crate::tui::{CardTrouble, UiSettings};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_text_that_the_screen_names_exists() {
    let texts = Texts::of(Lang::Ru);
    let mut named = 0;
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui")) {
        let source = fs::read_to_string(&path).unwrap();
        for literal in source.split('"').filter(|part| part.starts_with("till.")) {
            let whole = literal
                .chars()
                .all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_'));
            if whole && !literal.ends_with('.') {
                assert!(texts.has(literal), "{literal} in {}", path.display());
                named += 1;
            }
        }
    }
    assert!(named > 80, "only {named} texts were found in the sources");
}

#[test]
fn every_key_has_its_words() {
    let texts = Texts::of(Lang::Ru);
    for ctx in Ctx::ALL {
        assert!(texts.has(&format!("till.ctx.{}", ctx.word())), "{ctx:?}");
        for (action, keys) in actions(ctx) {
            assert!(
                texts.has(&format!("till.key.{}", action.word())),
                "{action:?}"
            );
            assert!(
                texts.has(&format!("till.does.{}", action.word())),
                "{action:?}"
            );
            for class in keys.iter().filter_map(|key| Key::label(*key).err()) {
                assert!(texts.has(&format!("till.keys.{class}")), "{class}");
            }
        }
    }
}

#[test]
fn every_state_has_its_words() {
    use crate::domain::{CardStatus, NotSpendable};
    use crate::payment::view::{LegState, Standing, Step};
    use crate::tui::ReaderState;
    let texts = Texts::of(Lang::Ru);
    let check = |key: String| assert!(texts.has(&key), "{key}");
    for word in [
        NotSpendable::CardNotActive,
        NotSpendable::Expired,
        NotSpendable::NotYetValid,
        NotSpendable::Empty,
        NotSpendable::NoCreditLimit,
        NotSpendable::NotMoney,
    ] {
        check(format!("till.not_spendable.{}", word.word()));
    }
    for status in [
        CardStatus::Active,
        CardStatus::Blocked,
        CardStatus::Expired,
        CardStatus::Lost,
    ] {
        check(format!("till.card_status.{}", status.word()));
    }
    for trouble in [
        CardTrouble::Partial,
        CardTrouble::Garbled,
        CardTrouble::NotThisSite,
        CardTrouble::BankCard,
        CardTrouble::SeveralCards,
        CardTrouble::RandomUid,
    ] {
        check(format!("till.card_trouble.{}", trouble.word()));
    }
    for state in [
        ReaderState::Absent,
        ReaderState::Opening,
        ReaderState::Ready,
        ReaderState::Lost,
        ReaderState::Behind,
        ReaderState::Busy,
        ReaderState::NoPermission,
        ReaderState::NoDriver,
        ReaderState::Taken,
        ReaderState::Ambiguous,
        ReaderState::Unfit,
        ReaderState::Forbidden,
    ] {
        check(format!("till.reader.{}", state.word()));
    }
    check("till.readers.do_absent".to_owned());
    check("till.readers.do_lost".to_owned());
    for standing in [
        Standing::Working,
        Standing::Paid,
        Standing::Refused,
        Standing::Unknown,
        Standing::NeedsManager,
    ] {
        check(format!("till.standing.{}", standing.word()));
    }
    for step in [
        Step::CheckingOrder,
        Step::WaitingForOrder,
        Step::WaitingForShift,
        Step::Debiting,
        Step::AskingLime,
        Step::Paying,
        Step::AskingRkeeper,
        Step::Confirming,
        Step::GivingBack,
        Step::Finished,
    ] {
        check(format!("step.{}", step.word()));
    }
    for state in [
        LegState::Waiting,
        LegState::Asking,
        LegState::Debited,
        LegState::Paid,
        LegState::GivingBack,
        LegState::GivenBack,
        LegState::NotCharged,
    ] {
        check(format!("leg.{}", state.word()));
    }
}

#[test]
fn without_colour_there_is_no_colour() {
    let settings = UiSettings {
        look: crate::tui::Look::Mono,
        ..UiSettings::default()
    };
    let mut till = Till::with_sample(settings);
    for keys in ["", "<F1>", "<Esc><F9>", "<Esc><F3>", "<Esc><F5>", "<Enter>"] {
        till.keys(keys);
        let buffer = till.draw();
        assert!(
            buffer
                .content()
                .iter()
                .all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset),
            "{keys}"
        );
    }
}

#[test]
fn the_selection_and_trouble_are_seen_without_colour() {
    let mut till = Till::ready(Lang::Ru);
    assert!(till.shows("▸ */1"));
    till.send(crate::tui::Msg::JournalTrouble("диск полон".into()));
    assert!(till.shows("○ журнал диск полон"));
    assert!(till.shows("● r_keeper"));
}

/// Words that do not fit are cut, never left out: a mark alone does not say what to do.
#[test]
fn long_trouble_is_cut_to_the_line_and_leaves_the_other_names() {
    let words = "мало места на диске журнала: свободно 150 МБ. Освободите место, иначе новые \
                 платежи не начнутся";
    for (width, height) in [(120, 40), (80, 24), (60, 18)] {
        let settings = UiSettings {
            lang: Lang::Ru,
            ..UiSettings::default()
        };
        let mut till = Till::with(settings, (width, height));
        till.healthy();
        till.send(crate::tui::Msg::JournalTrouble(words.into()));
        assert!(till.shows("○ журнал мало места"), "{width}");
        assert!(till.shows("● r_keeper"), "{width}");
    }
}

/// As long as it is so, and on every screen: nobody remembers a word at the start.
#[test]
fn tls_that_others_may_read_is_on_every_screen() {
    for (weak_tls, size) in [(true, (120, 40)), (true, (80, 24)), (false, (120, 40))] {
        let settings = UiSettings {
            lang: Lang::Ru,
            weak_tls,
            ..UiSettings::default()
        };
        let mut till = Till::with(settings, size);
        for key in ["", "<F9>", "<Esc>", "<F1>"] {
            till.keys(key);
            assert_eq!(till.shows("○ TLS устарел"), weak_tls, "{key} {size:?}");
        }
    }
}
