//! The dishes of an order, and how their sum comes about.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line as Row;

use super::super::app::App;
use super::super::bill::{Bill, Side};
use super::super::fit;
use super::super::theme::Theme;
use super::parts::{framed, lines, mark, offset, range_note, span};
use crate::domain::{Line, Money};

/// From this inner width on a dish takes one row with all columns.
const ONE_ROW_WIDTH: usize = 54;
const QUANTITY: usize = 6;
const PRICE: usize = 10;
const AMOUNT: usize = 11;

pub(super) fn draw(app: &App, bill: &Bill, frame: &mut Frame, area: Rect) {
    let order = bill.order();
    let active = bill.side() == Side::Lines;
    let width = usize::from(area.width).saturating_sub(4);
    let mut rows: Vec<Row<'static>> = Vec::new();
    let mut selected = (0, 0);
    for (index, line) in order.lines.iter().enumerate() {
        let from = rows.len();
        let chosen = active && index == bill.line();
        if width >= ONE_ROW_WIDTH {
            rows.push(one_row(app, line, width, chosen));
        } else {
            rows.extend(two_rows(app, line, width, chosen));
        }
        rows.extend(modifiers(app, line, width));
        if index == bill.line() {
            selected = (from, rows.len().saturating_sub(1));
        }
    }
    let totals = totals(app, bill, width);
    let head = usize::from(width >= ONE_ROW_WIDTH);
    let height = usize::from(area.height).saturating_sub(2 + totals.len() + head);
    let first = offset(rows.len(), height, selected.0, selected.1);
    let inner = framed(
        app,
        frame,
        area,
        &app.text("till.bill.lines"),
        &range_note(rows.len(), height, first),
        active,
    );
    let [top, list, bottom] = Layout::vertical([
        Constraint::Length(u16::try_from(head).unwrap_or(0)),
        Constraint::Fill(1),
        Constraint::Length(u16::try_from(totals.len()).unwrap_or(0)),
    ])
    .areas(inner);
    lines(frame, top, vec![header(app, width)]);
    lines(
        frame,
        list,
        rows.into_iter().skip(first).take(height).collect(),
    );
    lines(frame, bottom, totals);
}

/// `1`, `0,350`.
pub(super) fn quantity(line: &Line) -> String {
    line.quantity.to_string().replace('.', ",")
}

fn style(app: &App, chosen: bool) -> Style {
    if chosen {
        app.theme.selected()
    } else {
        Style::default()
    }
}

fn header(app: &App, width: usize) -> Row<'static> {
    let name = width.saturating_sub(2 + QUANTITY + PRICE + AMOUNT);
    let word = |key: &str| app.text(&format!("till.bill.{key}"));
    Row::styled(
        format!(
            "  {}{}{}{}",
            fit::left(&word("dish"), name),
            fit::right(&word("quantity"), QUANTITY),
            fit::right(&word("price"), PRICE),
            fit::right(&word("amount"), AMOUNT)
        ),
        app.theme.quiet(),
    )
}

fn one_row(app: &App, line: &Line, width: usize, chosen: bool) -> Row<'static> {
    let name = width.saturating_sub(2 + QUANTITY + PRICE + AMOUNT);
    Row::styled(
        format!(
            "{}{}{}{}{}",
            mark(chosen),
            fit::left(&line.name, name),
            fit::right(&quantity(line), QUANTITY),
            fit::money(line.base_price, PRICE),
            fit::money(line.amount, AMOUNT),
        ),
        style(app, chosen),
    )
}

fn two_rows(app: &App, line: &Line, width: usize, chosen: bool) -> [Row<'static>; 2] {
    let price = format!("    {} × {}", quantity(line), line.base_price.grouped());
    [
        Row::styled(
            format!(
                "{}{}",
                mark(chosen),
                fit::left(&line.name, width.saturating_sub(2))
            ),
            style(app, chosen),
        ),
        Row::from(vec![
            span(
                fit::left(&price, width.saturating_sub(AMOUNT)),
                app.theme.quiet(),
            ),
            span(fit::money(line.amount, AMOUNT), style(app, chosen)),
        ]),
    ]
}

fn modifiers(app: &App, line: &Line, width: usize) -> Vec<Row<'static>> {
    line.modifiers
        .iter()
        .map(|modifier| {
            let count = if modifier.count > 1 {
                format!(" × {}", modifier.count)
            } else {
                String::new()
            };
            let price = if modifier.price.is_zero() {
                String::new()
            } else {
                format!("  {}", modifier.price.grouped())
            };
            Row::styled(
                fit::cut(&format!("    + {}{count}{price}", modifier.name), width),
                app.theme.quiet(),
            )
        })
        .collect()
}

/// Discount, surcharge, what was paid before, and the whole.
fn totals(app: &App, bill: &Bill, width: usize) -> Vec<Row<'static>> {
    let order = bill.order();
    let row = |key: &str, sum: Money, style: Style| {
        Row::styled(
            format!(
                "  {}{}",
                fit::left(app.texts.get(key), width.saturating_sub(2 + AMOUNT + 2)),
                fit::money(sum, AMOUNT + 2)
            ),
            style,
        )
    };
    let mut rows = Vec::new();
    if !order.discount.is_zero() {
        rows.push(row("till.bill.discount", order.discount, app.theme.quiet()));
    }
    rows.push(row("till.bill.total", order.total, Theme::sum()));
    let before = bill.paid_before();
    if before.is_positive() {
        let before = before.checked_neg().unwrap_or_default();
        rows.push(row("till.bill.before", before, app.theme.quiet()));
    }
    rows
}
