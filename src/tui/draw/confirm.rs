//! The question before money moves: exactly what will be paid, and of a part what stays for the till.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, Confirm};
use super::super::fit;
use super::super::theme::Theme;
use super::buttons;
use super::dialog::{inner_width, question};
use super::frame::Frame;
use super::parts::{account_and_card, range_note, span};
use super::shares;
use crate::domain::Money;
use crate::domain::split::reachable;

const SUM: usize = 14;
/// Rows of the frame and of everything but the legs and the answers, in the question about the whole.
const ROWS: usize = 8;
/// Rows of the bill below dishes and accounts.
const ROWS_BELOW: u16 = 3;
/// Rows of legs that are better seen than the sums of the bill.
const LEGS_MIN: usize = 3;
/// So many more in the question about a part.
const PART_ROWS: usize = 3;

pub(super) fn draw(app: &App, confirm: &Confirm, frame: &mut Frame, area: Rect) {
    let request = &confirm.request;
    let width = inner_width(area);
    let answers = usize::from(buttons::height(frame));
    let others = ROWS + answers + if request.part { PART_ROWS } else { 0 };
    let area = above_the_sums(area, others);
    let room = usize::from(area.height).saturating_sub(others).max(1);
    let by_guest = shares::by_guest(app, request, width);
    let legs = if by_guest.len() <= room {
        by_guest
    } else {
        legs(app, confirm, width)
    };
    let first = confirm.scroll.min(legs.len().saturating_sub(room));
    let note = range_note(legs.len(), room, first);
    let rule = || Line::styled("─".repeat(width), app.theme.frame());
    let order = app
        .texts
        .fill("till.head.order", &[("name", &request.order.name)]);
    let mut rows = vec![
        Line::default(),
        named_sum(&order, request.order.unpaid, Theme::title(), width),
        rule(),
    ];
    rows.extend(legs.into_iter().skip(first).take(room));
    rows.push(rule());
    if request.part {
        rows.extend(part(app, confirm, width));
    }
    rows.push(if confirm.again {
        let words = app
            .texts
            .fill("till.confirm.again", &[("sum", &request.due().grouped())]);
        Line::styled(fit::cut(&words, width), app.theme.warn())
    } else {
        Line::styled(fit::cut(&allowed(app, confirm), width), app.theme.quiet())
    });
    let no = ("Esc", "till.confirm.no", KeyCode::Esc);
    let (title, yes) = if request.part {
        let yes = ("F6", "till.confirm.part_yes", KeyCode::F(6));
        ("till.confirm.part_title", yes)
    } else {
        let yes = ("Enter/F5", "till.confirm.yes", KeyCode::Enter);
        ("till.confirm.title", yes)
    };
    question(
        app,
        frame,
        area,
        app.texts.get(title),
        rows,
        &note,
        &[yes, no],
    );
}

/// Who let it be paid, besides the cashier: a manager, guests with their PINs.
fn allowed(app: &App, confirm: &Confirm) -> String {
    let request = &confirm.request;
    let approver = request.by.approver.as_ref();
    let manager = approver.map(|who| app.texts.fill("till.operators.approved", &[("who", who)]));
    let pin = request
        .pin_was_checked()
        .then(|| app.text("till.guest_pin.right"));
    let words: Vec<String> = manager.into_iter().chain(pin).collect();
    words.join(" · ")
}

/// Without the rows of the bill below its dishes, the three sums first, where that leaves some room.
fn above_the_sums(area: Rect, others: usize) -> Rect {
    let height = area.height.saturating_sub(ROWS_BELOW);
    if usize::from(height) < others + LEGS_MIN {
        return area;
    }
    Rect { height, ..area }
}

/// Who pays how much, a row for each account: where guest by guest does not fit.
fn legs(app: &App, confirm: &Confirm, width: usize) -> Vec<Line<'static>> {
    let request = &confirm.request;
    let all = reachable(&request.cards);
    let leg = |share: &crate::domain::Share| {
        let found = all.iter().find(|row| row.account.id == share.account);
        let account = found.map_or("", |row| row.account.name.as_str());
        let card = found.and_then(|row| row.card.number.clone());
        let card = card.map_or_else(
            || share.uid.masked(),
            |number| {
                let number = app.texts.fill("till.card.number", &[("number", &number)]);
                format!("{number} · {}", share.uid.masked())
            },
        );
        let keyed = request.keyed.contains(&share.uid);
        // What must be seen stands first: names may be cut.
        let card = if keyed {
            format!("{} · {card}", app.texts.get("card_entry.keyed"))
        } else {
            card
        };
        let style = if keyed {
            app.theme.warn()
        } else {
            app.theme.quiet()
        };
        let names = width.saturating_sub(SUM);
        let (name, card) = account_and_card(account, &card, names);
        Line::from(vec![
            span(name, Style::default()),
            span(card, style),
            span(fit::money(share.amount, SUM), Theme::sum()),
        ])
    };
    request.split.shares.iter().map(leg).collect()
}

/// What the cards pay, what stays for the till, and that the order stays open: [`PART_ROWS`] rows.
fn part(app: &App, confirm: &Confirm, width: usize) -> [Line<'static>; PART_ROWS] {
    let request = &confirm.request;
    let word = |key: &str| app.text(&format!("till.confirm.{key}"));
    let rest = request.rest().unwrap_or_default();
    [
        named_sum(&word("cards_pay"), request.due(), Theme::title(), width),
        named_sum(&word("rest"), rest, app.theme.stress(), width),
        Line::styled(fit::cut(&word("stays_open"), width), app.theme.warn()),
    ]
}

fn named_sum(name: &str, sum: Money, style: Style, width: usize) -> Line<'static> {
    Line::from(vec![
        span(fit::left(name, width.saturating_sub(SUM)), style),
        span(fit::money(sum, SUM), style),
    ])
}
