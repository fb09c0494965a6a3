//! The mouse in a real terminal: reports of presses as xterm sends them.

use std::time::Instant;

use crate::harness::{PATIENCE, Sim};

use super::screen::Screen;

/// What makes a terminal tell of presses, and what ends it.
const ON: &[u8] = b"\x1b[?1000h";
const OFF: &[u8] = b"\x1b[?1000l";

fn has(raw: &[u8], part: &[u8]) -> bool {
    raw.windows(part.len()).any(|window| window == part)
}

/// Column and row, from 1, of the last place where the words stand.
fn place(text: &str, words: &str) -> Option<(usize, usize)> {
    let found = text.lines().zip(1..).filter_map(|(line, row)| {
        let byte = line.rfind(words)?;
        Some((line[..byte].chars().count() + 1, row))
    });
    found.last()
}

/// Presses there until the wish is fulfilled: a press in the very moment in which the screen changes
/// does not count, and the second half of a double click does nothing.
#[track_caller]
fn click_until(screen: &mut Screen, words: &str, wish: impl Fn(&str) -> bool) {
    let until = Instant::now() + PATIENCE;
    while !wish(&screen.text()) {
        assert!(
            Instant::now() < until,
            "pressing «{words}» does not help\n{}",
            screen.text()
        );
        if let Some((column, row)) = place(&screen.text(), words) {
            screen.press(&format!("\x1b[<0;{column};{row}M"));
            screen.press(&format!("\x1b[<0;{column};{row}m"));
        }
        screen.settle();
    }
}

#[test]
fn the_sample_bill_is_paid_by_clicks_alone() {
    let mut screen = Screen::start(&["demo"], None);
    screen.wait_for("▸ */1");
    let opened = |text: &str| text.contains("Запеченный ролл с курицей");
    click_until(&mut screen, "▸ */1", opened);
    click_until(&mut screen, "F4", |text| text.contains("1–9, Enter"));
    click_until(&mut screen, "▸ 1", |text| text.contains("Суммы сходятся"));
    click_until(&mut screen, "F5 Оплата", |text| {
        text.contains("Оплатить?")
    });
    click_until(&mut screen, "Enter/F5", |text| {
        text.to_lowercase().contains("оплачено")
    });
    click_until(&mut screen, "Enter", |text| {
        text.contains("Открытые заказы")
    });
    assert!(has(&screen.raw, ON) && !has(&screen.raw, OFF));
    assert!(screen.leave().success());
    assert!(has(&screen.raw, OFF), "presses are left on");
}

#[test]
fn where_the_config_wants_no_mouse_the_terminal_keeps_it() {
    let sim = Sim::start();
    let config = sim.config_with("mouse.toml", |text| {
        format!("{text}\n[screen]\nmouse = \"off\"\n")
    });
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.wait_for("*/1");
    assert!(!has(&screen.raw, ON));
    assert!(screen.leave().success());
}

/// Field case 4: a report that a slow line tears is no text, wherever it is torn behind its first
/// byte.
#[test]
fn a_report_in_pieces_is_never_typed() {
    let sim = Sim::start();
    let config = sim.config_with("torn.toml", |text| {
        format!("{text}\n[screen]\nmouse = \"on\"\n")
    });
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.wait_for("▸ */1");
    let report = "\x1b[<0;90;14M\x1b[<0;90;14m";
    for cut in 2..report.len() {
        // Between the two reports a lone Esc would end the first half.
        if report[..cut].ends_with('\x1b') {
            continue;
        }
        screen.press(&report[..cut]);
        screen.settle();
        screen.press(&report[cut..]);
        screen.settle();
        let text = screen.text();
        assert!(text.contains("Найти: _"), "cut at {cut}\n{text}");
    }
    assert!(screen.leave().success());
}
