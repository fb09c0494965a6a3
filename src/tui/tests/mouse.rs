//! The mouse: everything that can be pressed does what its key does, and nothing else.

use std::time::Duration;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

use crate::i18n::Lang;
use crate::tui::hits::{Place, Target};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::tests::screens::check;
use crate::tui::{Msg, Touch, UiSettings};

const LEFT: MouseButton = MouseButton::Left;
/// Longer than a double click.
const LATER: Duration = Duration::from_secs(1);

impl Till {
    pub(super) fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.now += Duration::from_millis(10);
        let stamp = self.now;
        self.mouse_at(kind, column, row, stamp);
    }

    fn mouse_at(&mut self, kind: MouseEventKind, column: u16, row: u16, stamp: Duration) {
        let event = MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        };
        self.send(Msg::Mouse(event, stamp));
        self.draw();
    }

    /// Down and up at once.
    pub(super) fn click_at(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(LEFT), column, row);
        self.mouse(MouseEventKind::Up(LEFT), column, row);
    }

    /// A calm click into the middle of the area.
    pub(super) fn click_into(&mut self, area: Rect) {
        self.draw();
        self.now += LATER;
        self.click_at(area.x + area.width / 2, area.y + area.height / 2);
    }

    /// The last place where these words stand and can be pressed.
    pub(super) fn find(&mut self, words: &str) -> (u16, u16) {
        let screen = self.screen();
        let hits = self.app.pointer_hits();
        let found = screen.lines().zip(0..).filter_map(|(line, y)| {
            let byte = line.rfind(words)?;
            let x = u16::try_from(line[..byte].chars().count()).unwrap();
            hits.at(x, y).map(|_| (x, y))
        });
        found
            .last()
            .unwrap_or_else(|| panic!("no «{words}» in\n{screen}"))
    }

    /// A calm click on the last place where these words stand.
    pub(super) fn click(&mut self, words: &str) {
        let (column, row) = self.find(words);
        self.now += LATER;
        self.click_at(column, row);
    }

    fn spots(&mut self) -> Vec<(Rect, Target)> {
        self.draw();
        let spots = self.app.pointer_hits().spots().iter();
        spots.map(|spot| (spot.area, spot.target.clone())).collect()
    }
}

/// Each a way to a screen.
const SCENES: &[&str] = &[
    "",
    "<Tab>",
    "<F5>",
    "500<F5>",
    "<F3>",
    "<F5><Enter>",
    "<F5><Enter><Esc>",
    "<F6>",
    "<C-r>",
    "<F1>",
    "<F1><End>",
    "<F4>",
    "<F9>",
    "<F12>",
    "<F12><Enter>2<Tab>И<Tab>я",
    "<F12><Enter>2<Tab>И<Tab>я<F5>",
    "<F9><End><F4>2<Tab>7<Tab>И<Tab>я",
    "<F9><End><F4>1<Tab>И<Tab>я<F5>",
    "<Esc>",
];

fn scene(keys: &str, size: (u16, u16)) -> Till {
    let settings = UiSettings {
        lang: Lang::Ru,
        part_payments: true,
        keyed_cards: true,
        demo_cards: vec!["100038".into(), "100041".into()],
        // Large in the large window, as always in the small one.
        mouse: Some(Touch::On),
        ..UiSettings::default()
    };
    let mut till = Till::with(settings, size);
    till.healthy();
    till.open_order(sample_order());
    for card in family() {
        till.tap(card);
    }
    till.send(Msg::Payments(vec![record(paid())]));
    till.send(Msg::Attention(vec![stuck()]));
    till.send(Msg::Orphans(orphans()));
    till.keys(keys);
    till.take_effects();
    till.now += LATER;
    till
}

fn asked(till: &mut Till) -> Vec<String> {
    let effects = till.take_effects();
    effects.iter().map(|effect| format!("{effect:?}")).collect()
}

#[test]
fn every_spot_does_what_its_key_does_or_chooses_its_row() {
    for (keys, size) in SCENES.iter().zip([(80, 24), (128, 48)].into_iter().cycle()) {
        let spots = scene(keys, size).spots();
        assert!(!spots.is_empty(), "nothing to press after {keys}");
        for (area, target) in spots {
            let mut clicked = scene(keys, size);
            // A covered spot is reached by nobody; the topmost one is.
            let middle = (area.x + area.width / 2, area.y + area.height / 2);
            clicked.draw();
            let top = clicked.app.pointer_hits().at(middle.0, middle.1).cloned();
            if top.is_none_or(|top| top.target != target) {
                continue;
            }
            clicked.click_into(area);
            match target {
                Target::Key(key) => {
                    let mut typed = scene(keys, size);
                    typed.send(Msg::Key(key, typed.now));
                    assert_eq!(asked(&mut clicked), asked(&mut typed), "{keys} {key:?}");
                    typed.now = clicked.now;
                    assert_eq!(clicked.screen(), typed.screen(), "{keys} {key:?}");
                }
                Target::Row(place) => chosen(&mut clicked, keys, &place),
            }
        }
    }
}

/// The row has the mark now, or was opened since it had it before.
fn chosen(till: &mut Till, keys: &str, place: &Place) {
    let before = scene(keys, till.size);
    if before.app.ctx() != till.app.ctx() {
        assert!(
            matches!(
                place,
                Place::Order(_) | Place::Attention(_) | Place::Demo(_)
            ),
            "{keys} {place:?}"
        );
        return;
    }
    if matches!(place, Place::Side(_) | Place::Card(_)) {
        return;
    }
    let spots = till.spots();
    let wanted = Target::Row(place.clone());
    let (area, _) = spots.iter().find(|(_, target)| *target == wanted).unwrap();
    let screen = till.screen();
    let line = screen.lines().nth(usize::from(area.y)).unwrap();
    assert!(line.contains('▸'), "{keys} {place:?}\n{screen}");
}

#[test]
fn the_sample_bill_is_paid_by_clicks_alone() {
    let mut till = Till::ready(Lang::Ru);
    till.click("*/1");
    assert_eq!(till.asked(), ["LoadOrder"]);
    till.send(Msg::Order(Ok(sample_order())));
    till.tap(sample_card());
    till.click("F5");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    till.take_effects();
    till.click("Enter/F5");
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn a_row_is_chosen_first_and_opened_by_the_next_click() {
    let mut till = Till::ready(Lang::Ru);
    till.click("7/1");
    assert_eq!(till.asked(), [] as [&str; 0]);
    assert!(till.shows("▸ 7/1"));
    till.click("7/1");
    assert_eq!(till.asked(), ["LoadOrder"]);
}

/// The question about the sample bill, and where its «yes» is.
fn question() -> (Till, (u16, u16)) {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("<F5>");
    let place = till.find("Enter/F5");
    (till, place)
}

#[test]
fn no_click_made_before_the_question_was_drawn_confirms() {
    let (mut till, (x, y)) = question();
    till.keys("<Esc>");
    let stamp = till.now;
    till.keys("<F5>");
    till.draw();
    till.now += LATER;
    till.mouse_at(MouseEventKind::Down(LEFT), x, y, stamp);
    till.mouse(MouseEventKind::Up(LEFT), x, y);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    // Pressed before, let go on the question.
    till.keys("<Esc>");
    till.mouse(MouseEventKind::Down(LEFT), x, y);
    till.keys("<F5>");
    till.draw();
    till.now += LATER;
    till.mouse(MouseEventKind::Up(LEFT), x, y);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    assert_eq!(till.asked(), [] as [&str; 0]);
    till.click("Enter/F5");
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn the_second_half_of_a_double_click_confirms_nothing() {
    let (mut till, (x, y)) = question();
    // Right after it was drawn, by whatever click it came.
    till.click_at(x, y);
    till.click_at(x, y);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    till.now += LATER;
    till.click_at(x, y);
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn the_second_of_two_calm_clicks_is_never_taken_for_a_held_key() {
    let settings = UiSettings {
        confirm_above: Some(money(1)),
        ..UiSettings::default()
    };
    let mut till = Till::with_sample(settings);
    till.keys("<F5>");
    till.take_effects();
    till.click("Enter/F5");
    assert_eq!(till.asked(), Vec::<String>::new());
    assert_eq!(
        till.app.ctx(),
        Ctx::Confirm,
        "a large sum is asked about twice"
    );
    let (x, y) = till.find("Enter/F5");
    till.now += Duration::from_millis(650);
    till.click_at(x, y);
    assert_eq!(till.asked(), ["Pay"]);
}

#[test]
fn a_double_click_that_opens_something_presses_nothing_in_it() {
    let mut till = Till::ready(Lang::Ru);
    let (x, y) = till.find("*/1");
    till.now += LATER;
    till.click_at(x, y);
    till.send(Msg::Order(Ok(sample_order())));
    till.tap(sample_card());
    till.draw();
    let before = till.screen();
    till.click_at(x, y);
    assert_eq!(till.screen(), before);
}

#[test]
fn a_press_that_is_let_go_elsewhere_does_nothing() {
    let (mut till, (x, y)) = question();
    till.now += LATER;
    till.mouse(MouseEventKind::Down(LEFT), x, y);
    till.mouse(MouseEventKind::Up(LEFT), 0, 0);
    till.mouse(MouseEventKind::Up(LEFT), x, y);
    assert_eq!(till.app.ctx(), Ctx::Confirm);
    for button in [MouseButton::Right, MouseButton::Middle] {
        till.mouse(MouseEventKind::Down(button), x, y);
        till.mouse(MouseEventKind::Up(button), x, y);
    }
    till.mouse(MouseEventKind::Moved, x, y);
    till.mouse(MouseEventKind::Drag(LEFT), x, y);
    assert_eq!(till.asked(), [] as [&str; 0]);
}

#[test]
fn the_wheel_moves_the_list_under_the_pointer_and_no_forms_choice() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    let (x, y) = till.find("Ролл Бонито");
    till.mouse(MouseEventKind::ScrollDown, x, y);
    assert_eq!(till.app.bill.as_ref().unwrap().line(), 1);
    till.mouse(MouseEventKind::ScrollUp, x, y);
    assert_eq!(till.app.bill.as_ref().unwrap().line(), 0);
    let mut till = scene("<F12><Enter>", (80, 24));
    let before = till.screen();
    till.mouse(MouseEventKind::ScrollDown, 10, 10);
    assert_eq!(till.screen(), before);
}

#[test]
fn corners_and_what_lies_outside_of_the_window_are_harmless() {
    for keys in SCENES {
        let mut till = scene(keys, (80, 24));
        for (x, y) in [(0, 0), (79, 23), (80, 24), (u16::MAX, u16::MAX)] {
            till.draw();
            till.now += LATER;
            till.click_at(x, y);
            till.mouse(MouseEventKind::ScrollUp, x, y);
        }
        // The window shrinks between the picture and the click.
        till.size = (20, 5);
        till.send(Msg::Resize(20, 5));
        till.now += LATER;
        till.click_at(70, 22);
    }
}

#[test]
fn where_the_site_wants_no_mouse_a_click_does_nothing() {
    let mut till = Till::ready(Lang::Ru);
    till.app.settings.mouse = None;
    till.click("*/1");
    assert_eq!(till.asked(), [] as [&str; 0]);
}

/// A till for fingers at the sample bill, or behind these keys.
fn fingers(lang: Lang, keys: &str) -> Till {
    let settings = UiSettings {
        lang,
        keyed_cards: true,
        mouse: Some(Touch::On),
        ..UiSettings::default()
    };
    let mut till = Till::with(settings, (100, 30));
    till.healthy();
    if !keys.starts_with('~') {
        till.open_order(sample_order());
        for card in family() {
            till.tap(card);
        }
    }
    till.send(Msg::Payments(vec![record(paid())]));
    till.keys(keys.trim_start_matches('~'));
    till
}

#[test]
fn screens_for_fingers() {
    let sizes = &[(80, 24), (100, 30), (128, 48)];
    for (name, keys) in [
        ("fingers_orders", "~"),
        ("fingers_bill", ""),
        ("fingers_confirm", ""),
        ("fingers_number", "<F6>1000"),
        ("fingers_refund", "<F9><End><F4>2<Tab>7"),
        ("fingers_sure", "<F9><End><F4>2<Tab>7<Tab>И<Tab>я<F5>"),
    ] {
        check(name, sizes, |lang| {
            let mut till = fingers(lang, keys);
            if name == "fingers_confirm" {
                till.tap(credit_card());
                till.keys("<F5>");
            }
            till
        });
    }
}

#[test]
fn a_sum_is_typed_and_paid_on_the_pad() {
    let mut till = fingers(Lang::Ru, "");
    till.tap(sample_card());
    till.app.settings.part_payments = true;
    for key in [
        "Убрать",
        " 1 ",
        " 5 ",
        " 0 ",
        " 0 ",
        " , ",
        " 5 ",
        " 5 ",
        " ⌫ ",
    ] {
        till.click(key);
    }
    let sums = |till: &Till| {
        let bill = till.app.bill.as_ref().unwrap();
        bill.rows()
            .iter()
            .map(|row| bill.sum(&row.account.id).kopecks())
            .collect::<Vec<_>>()
    };
    assert_eq!(sums(&till)[0], 150_050);
    till.click("Enter");
    till.click("+");
    assert_eq!(sums(&till)[1], 50_000);
    till.click("F2");
    till.click("F5");
    assert_eq!(till.app.ctx(), Ctx::Confirm);
}

/// Quick taps, also of one digit, are all meant.
#[test]
fn no_quick_digit_is_lost() {
    let mut till = fingers(Lang::Ru, "<F6>");
    for digit in ["1", "0", "0", "0", "3", "6"] {
        let (x, y) = till.find(digit);
        till.click_at(x, y);
        // News in between draw the same again.
        till.send(Msg::Tick);
    }
    assert!(till.shows("№ 100036_"), "{}", till.screen());
}

#[test]
fn large_buttons_come_with_a_press_and_go_when_somebody_types() {
    let mut till = Till::ready(Lang::Ru);
    till.size = (100, 30);
    let large = |till: &mut Till| till.shows("│ F10 Выход │");
    assert!(!large(&mut till));
    till.click("7/1");
    assert!(large(&mut till));
    till.keys("<Up>");
    assert!(large(&mut till), "arrows type nothing");
    till.keys("7");
    assert!(!large(&mut till));
    // Who types and clicks by turns does not see the screen change each time.
    for presses in 1..=3 {
        till.click("Esc");
        assert_eq!(large(&mut till), presses == 3, "{presses}");
    }
}

#[test]
fn the_pad_covers_no_sum_account_or_notice() {
    for size in [(100, 30), (100, 31), (110, 40), (128, 48), (200, 60)] {
        let mut till = fingers(Lang::Ru, "");
        till.size = size;
        till.keys("9999999<F5>");
        let screen = till.screen();
        for words in [
            "К оплате 2 350,00",
            "Распределено",
            "Осталось",
            "№ 100041",
            "№ 100042",
            "Бонусы",
            "Итого",
            "F5 Оплата",
            "● Lime",
        ] {
            assert!(screen.contains(words), "{words} at {size:?}\n{screen}");
        }
        let notice = till.app.notice.clone().unwrap().text.replace('\u{a0}', " ");
        let begin: String = notice.chars().take(30).collect();
        assert!(screen.contains(&begin), "{begin} at {size:?}\n{screen}");
    }
}
