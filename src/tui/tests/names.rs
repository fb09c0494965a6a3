//! Long and foreign names, and the largest sums, on every screen: nothing overlaps, no number is cut,
//! and what is chosen can be read whole. [`hold`] is called for each scene of the snapshots.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::domain::{Card, Money, Order, OrderSummary};
use crate::i18n::Lang;
use crate::payment::view::{LegState, PaymentView, Standing, Step};
use crate::tui::test_util::*;
use crate::tui::{HistoryRow, Msg, UiSettings};

const SIZES: [(u16, u16); 3] = [(80, 24), (100, 30), (128, 48)];
/// Columns of a long name.
const LONG: usize = 80;

thread_local! {
    static LENGTHEN: Cell<bool> = const { Cell::new(false) };
}

/// As long as it lives, everything that comes from outside has a long name.
struct LongNames;

impl LongNames {
    fn new() -> Self {
        LENGTHEN.set(true);
        Self
    }
}

impl Drop for LongNames {
    fn drop(&mut self) {
        LENGTHEN.set(false);
    }
}

/// The message with long names in it, while a scene is drawn with them.
pub(in crate::tui) fn lengthened(mut msg: Msg) -> Msg {
    if !LENGTHEN.get() {
        return msg;
    }
    match &mut msg {
        Msg::Orders(Ok(orders)) => orders.iter_mut().for_each(summary),
        Msg::Order(Ok(own)) => order(own),
        Msg::Card {
            answer: Ok(own), ..
        }
        | Msg::CardByNumber {
            answer: Ok(own), ..
        } => card(own),
        Msg::Payment(view) => payment(view),
        Msg::Attention(views) => views.iter_mut().for_each(payment),
        Msg::Payments(records) => records.iter_mut().for_each(|it| payment(&mut it.view)),
        Msg::History { rows: Ok(rows), .. } => rows.iter_mut().for_each(history),
        Msg::Orphans(orphans) => {
            for orphan in orphans {
                orphan.order_name.as_mut().map(long);
            }
        }
        Msg::Reader { name, .. } | Msg::ReaderSaw { name, .. } => long(name),
        _ => {}
    }
    msg
}

/// What names are made longer with: Latin, Cyrillic, wide and combining characters, no digits.
const TAILS: [&str; 4] = [
    "с очень длинным названием ",
    "寿司と刺身の盛り合わせ",
    "и\u{306}е\u{308}лка с пёстрыми ё\u{301} ",
    "Donaudampfschifffahrtsgesellschaft ",
];

fn long(name: &mut String) {
    let tail = TAILS[name.len() % TAILS.len()];
    name.push(' ');
    for c in tail.chars().cycle() {
        if name.width() >= LONG {
            break;
        }
        name.push(c);
    }
    let whole = name.trim_end().len();
    name.truncate(whole);
}

fn summary(order: &mut OrderSummary) {
    long(&mut order.name);
    order.table.as_mut().map(long);
    order.waiter.as_mut().map(long);
    order.locked_by.as_mut().map(long);
}

fn order(order: &mut Order) {
    long(&mut order.name);
    order.table.as_mut().map(long);
    order.waiter.as_mut().map(long);
    order.station.as_mut().map(long);
    for line in &mut order.lines {
        long(&mut line.name);
        for modifier in &mut line.modifiers {
            long(&mut modifier.name);
        }
        for component in &mut line.components {
            long(&mut component.name);
        }
        line.discounts.iter_mut().for_each(|it| long(&mut it.name));
    }
    order.discounts.iter_mut().for_each(|it| long(&mut it.name));
}

fn card(card: &mut Card) {
    card.holder.as_mut().map(long);
    for account in &mut card.accounts {
        long(&mut account.name);
    }
}

fn payment(view: &mut PaymentView) {
    if view.order_name.width() < LONG / 2 {
        long(&mut view.order_name);
    }
    for leg in &mut view.legs {
        if leg.account_name.width() < LONG / 2 {
            long(&mut leg.account_name);
        }
    }
    for refund in &mut view.refunds {
        long(&mut refund.operator);
        long(&mut refund.why);
    }
}

fn history(row: &mut HistoryRow) {
    long(&mut row.what);
    long(&mut row.account);
}

/// The scene holds with long names too.
pub(super) fn hold(name: &str, sizes: &[(u16, u16)], scene: &impl Fn(Lang) -> Till) {
    let _long = LongNames::new();
    for lang in [Lang::Ru, Lang::En] {
        for &size in sizes {
            let mut till = scene(lang);
            till.size = size;
            let buffer = till.draw();
            sound(&buffer, &format!("{name}, {lang:?}, {size:?}"));
        }
    }
}

/// What holds for every picture.
fn sound(buffer: &Buffer, scene: &str) {
    wide_glyphs_are_whole(buffer, scene);
    frames_are_whole(buffer, scene);
    numbers_are_whole(buffer, scene);
}

fn symbol(buffer: &Buffer, x: u16, y: u16) -> &str {
    buffer.cell((x, y)).map_or(" ", |cell| cell.symbol())
}

/// A glyph of two columns has them both, and nothing is written over its second half.
fn wide_glyphs_are_whole(buffer: &Buffer, scene: &str) {
    let area = buffer.area;
    for y in 0..area.height {
        for x in 0..area.width {
            let own = symbol(buffer, x, y);
            match own.width() {
                1 | 0 => {}
                2 => assert!(
                    x + 1 < area.width && symbol(buffer, x + 1, y).trim().is_empty(),
                    "{scene}: half of «{own}» at {x}, {y}\n{}",
                    text(buffer)
                ),
                wide => panic!("{scene}: «{own}» takes {wide} columns at {x}, {y}"),
            }
        }
    }
}

/// The sides of each frame go from corner to corner, but where another frame lies on them.
fn frames_are_whole(buffer: &Buffer, scene: &str) {
    let area = buffer.area;
    let mut frames = Vec::new();
    for y in 0..area.height {
        for x in 0..area.width {
            if symbol(buffer, x, y) == "┌" {
                frames.extend(frame_at(buffer, x, y));
            }
        }
    }
    for frame in &frames {
        for y in frame.y + 1..frame.bottom() - 1 {
            for x in [frame.x, frame.right() - 1] {
                let own = symbol(buffer, x, y);
                let is_side = matches!(own, "│" | "├" | "┤" | "┼" | "┌" | "┐" | "└" | "┘");
                let covered = frames
                    .iter()
                    .any(|other| other != frame && other.contains((x, y).into()));
                assert!(
                    is_side || covered,
                    "{scene}: the frame is broken by «{own}» at {x}, {y}\n{}",
                    text(buffer)
                );
            }
        }
    }
}

/// The frame whose left upper corner this is; `None` where its other corners are hidden.
fn frame_at(buffer: &Buffer, x: u16, y: u16) -> Option<Rect> {
    let right = (x + 1..buffer.area.width).find(|&x| symbol(buffer, x, y) == "┐")?;
    let below = (y + 1..buffer.area.height).find(|&y| {
        matches!(symbol(buffer, x, y), "└") && matches!(symbol(buffer, right, y), "┘")
    })?;
    Some(Rect::new(x, y, right - x + 1, below - y + 1))
}

/// No ellipsis stands inside of a sum, a date or a card's number. Tables have one or two digits here, so
/// three are never the end of a name.
fn numbers_are_whole(buffer: &Buffer, scene: &str) {
    let screen = text(buffer);
    for line in screen.lines() {
        let cut = line.split('…').rev().skip(1).find(|before| {
            let is_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | ',' | '.');
            let number = &before[before.trim_end_matches(is_number).len()..];
            let digits = number.chars().filter(char::is_ascii_digit).count();
            !number.ends_with(' ') && digits >= 3
        });
        assert_eq!(cut, None, "{scene}: a number is cut in\n{line}\n{screen}");
    }
}

/// Where the sums of a line end, in columns of the terminal. Each sum has its thousands apart, and
/// ends in two digits of kopecks.
fn sums_end(line: &str) -> Vec<(String, usize)> {
    let chars: Vec<char> = line.chars().collect();
    let mut found = Vec::new();
    for at in 0..chars.len() {
        let digit = |index: usize| chars.get(index).is_some_and(char::is_ascii_digit);
        let is_end = chars[at] == ',' && digit(at + 1) && digit(at + 2) && !digit(at + 3);
        if !is_end || at == 0 || !digit(at - 1) {
            continue;
        }
        let mut from = at;
        while from > 0
            && (digit(from - 1)
                || chars[from - 1] == ' ' && from >= 2 && digit(from - 2) && digit(from))
        {
            from -= 1;
        }
        if from > 0 && chars[from - 1] == '-' {
            from -= 1;
        }
        let sum: String = chars[from..at + 3].iter().collect();
        let until: String = chars[..at + 3].iter().collect();
        found.push((sum, until.width()));
    }
    found
}

#[test]
fn sums_are_found_in_a_line() {
    assert_eq!(
        sums_end("寿司  1 × -9 999 999,99   0,05"),
        [("-9 999 999,99".to_owned(), 23), ("0,05".to_owned(), 30)]
    );
}

/// The largest sum that a till should meet.
const LARGEST: i64 = 999_999_999;

fn large_orders() -> Vec<OrderSummary> {
    let mut orders = sample_orders();
    for (order, kopecks) in orders.iter_mut().zip([LARGEST, -LARGEST, 5]) {
        order.total = money(kopecks);
        order.unpaid = money(kopecks);
    }
    orders
}

/// One column for each kind of sum: the list's.
#[test]
fn sums_of_orders_stand_in_two_columns_whole() {
    let _long = LongNames::new();
    for size in SIZES {
        let mut till = Till::ready(Lang::Ru);
        till.size = size;
        till.send(Msg::Orders(Ok(large_orders())));
        let screen = till.screen();
        let rows: Vec<_> = screen
            .lines()
            .filter(|line| line.starts_with('│'))
            .map(sums_end)
            .filter(|sums| !sums.is_empty())
            .collect();
        let words =
            |row: usize| -> Vec<&str> { rows[row].iter().map(|(sum, _)| sum.as_str()).collect() };
        assert_eq!(words(0), ["9 999 999,99"; 2], "{screen}");
        assert_eq!(words(1), ["-9 999 999,99"; 2], "{screen}");
        assert_eq!(words(2), ["0,05"; 2], "{screen}");
        let ends = |row: usize| -> Vec<usize> { rows[row].iter().map(|(_, end)| *end).collect() };
        assert_eq!((ends(1), ends(2)), (ends(0), ends(0)), "{screen}");
    }
}

/// The bill of the largest sum, its dishes, its account and what came of it.
fn large_bill(lang: Lang) -> Till {
    let mut own = sample_order();
    own.lines.truncate(3);
    for (line, kopecks) in own.lines.iter_mut().zip([LARGEST, -LARGEST, LARGEST]) {
        line.amount = money(kopecks);
        line.base_price = money(kopecks);
    }
    own.total = money(LARGEST);
    own.unpaid = money(LARGEST);
    let mut rich = sample_card();
    rich.accounts.truncate(1);
    rich.accounts[0].balance = money(LARGEST);
    rich.accounts[0].available = money(LARGEST);
    let mut till = Till::with(
        UiSettings {
            lang,
            ..UiSettings::default()
        },
        (80, 24),
    );
    till.healthy();
    till.open_order(own);
    till.tap(rich);
    till
}

#[test]
fn sums_of_the_largest_bill_are_whole_on_every_screen_of_its_payment() {
    let whole = Money::from_kopecks(LARGEST)
        .grouped()
        .replace('\u{a0}', " ");
    for lang in [Lang::Ru, Lang::En] {
        for size in SIZES {
            let mut till = large_bill(lang);
            till.size = size;
            let bill = till.screen();
            let sound = |screen: &str, least: usize| {
                let found = screen.lines().flat_map(sums_end);
                let count = found.filter(|(sum, _)| *sum == whole).count();
                assert!(count >= least, "{count} of {least}, {size:?}\n{screen}");
                assert!(!screen.contains("…9"), "{screen}");
            };
            // Due and distributed; available and the sum of the account.
            sound(&bill, 4);
            let spaceless = bill.replace(' ', "");
            assert!(spaceless.contains("-9999999,99"), "{bill}");
            till.keys("<F5>");
            sound(&till.screen(), 2);
            till.keys("<Esc>");
            till.take_effects();
            let request = till.pay();
            sound(&till.screen(), 1);
            let view = payment_view(&request, Standing::Paid, Step::Finished, LegState::Paid);
            till.send(Msg::Payment(view.clone()));
            sound(&till.screen(), 2);
            till.keys("<Enter><F9>");
            till.send(Msg::Payments(vec![record(view)]));
            sound(&till.screen(), 2);
        }
    }
}

/// Without frames and spaces, so that it does not matter where a line was broken.
fn joined(screen: &str) -> String {
    screen
        .chars()
        .filter(|c| !c.is_whitespace() && !('\u{2500}'..='\u{257f}').contains(c))
        .collect()
}

#[test]
fn the_chosen_row_is_read_whole() {
    let _long = LongNames::new();
    for lang in [Lang::Ru, Lang::En] {
        for size in SIZES {
            let mut till = Till::ready(lang);
            till.size = size;
            let shows = |till: &mut Till, name: &str| {
                let screen = till.screen();
                assert!(
                    joined(&screen).contains(&joined(name)),
                    "no «{name}» at {size:?}\n{screen}"
                );
                assert!(screen.contains('…'), "what is not chosen is cut\n{screen}");
            };
            for row in sample_orders() {
                let mut row = row;
                summary(&mut row);
                for name in [Some(row.name), row.table, row.waiter, row.locked_by]
                    .into_iter()
                    .flatten()
                {
                    shows(&mut till, &name);
                }
                till.keys("<Down>");
            }
            let mut till = Till::open(lang, family().to_vec());
            till.size = size;
            let [mut parent, _] = family();
            card(&mut parent);
            shows(&mut till, &parent.accounts[0].name);
            shows(&mut till, parent.holder.as_deref().unwrap());
            till.keys("<Tab>");
            let mut own = sample_order();
            order(&mut own);
            for line in own.lines {
                shows(&mut till, &line.name);
                till.keys("<Down>");
            }
        }
    }
}
