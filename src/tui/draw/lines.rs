//! The dishes of an order, and how their sum comes about.

use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line as Row;

use super::super::app::App;
use super::super::bill::{Bill, Side};
use super::super::fit;
use super::super::hits::Place;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{framed, lines, mark, offset, range_note, span};
use super::payers;
use crate::domain::{Line, Money, Quantity};

/// From this inner width on a dish takes one row with all columns.
const ONE_ROW_WIDTH: usize = 54;
const QUANTITY: usize = 6;
const PRICE: usize = 10;
const AMOUNT: usize = 11;
/// Rows of words about who pays the selected dish.
const PAYER_ROWS_MAX: usize = 6;
/// With more discounts and surcharges on the whole order, only their sum is shown.
const DISCOUNTS_SHOWN_MAX: usize = 3;

pub(super) fn draw(app: &App, bill: &Bill, frame: &mut Frame, area: Rect) {
    let order = bill.order();
    let active = bill.side() == Side::Lines;
    let width = usize::from(area.width).saturating_sub(4);
    let mut rows: Vec<Row<'static>> = Vec::new();
    let mut places = Vec::new();
    let mut selected = (0, 0);
    for (index, line) in order.lines.iter().enumerate() {
        let from = rows.len();
        let chosen = active && index == bill.line();
        let pays = payers::of_dish(bill, line);
        if width >= ONE_ROW_WIDTH {
            rows.push(one_row(app, line, &pays, width, chosen));
        } else {
            rows.extend(two_rows(app, line, &pays, width, chosen));
        }
        rows.extend(details(app, line, width));
        if chosen {
            rows.extend(who_pays(app, bill, line, width));
        }
        places.push((from..rows.len(), Place::Dish(index)));
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
    frame.place(area, Place::Side(Side::Lines));
    frame.places(list, first, places);
    lines(frame, top, vec![header(app, width)]);
    lines(
        frame,
        list,
        rows.into_iter().skip(first).take(height).collect(),
    );
    lines(frame, bottom, totals);
}

/// `1`, `0,350`.
pub(super) fn quantity(quantity: Quantity) -> String {
    quantity.to_string().replace('.', ",")
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

fn one_row(app: &App, line: &Line, pays: &str, width: usize, chosen: bool) -> Row<'static> {
    let columns = width.saturating_sub(2 + QUANTITY + PRICE + AMOUNT);
    let gap = if pays.is_empty() { "" } else { " " };
    let name = columns.saturating_sub(fit::width(pays) + gap.len());
    Row::styled(
        format!(
            "{}{}{gap}{pays}{}{}{}",
            mark(chosen),
            fit::left(&line.name, name),
            fit::right(&quantity(line.quantity), QUANTITY),
            fit::money(line.base_price, PRICE),
            fit::money(line.amount, AMOUNT),
        ),
        style(app, chosen),
    )
}

/// The second row says who pays where the first one leaves its indent free.
fn two_rows(app: &App, line: &Line, pays: &str, width: usize, chosen: bool) -> [Row<'static>; 2] {
    let before = if pays.is_empty() {
        "    ".to_owned()
    } else {
        format!("  {pays} ")
    };
    let price = format!(
        "{} × {}",
        quantity(line.quantity),
        line.base_price.grouped()
    );
    let amount = fit::money(line.amount, AMOUNT);
    let amount = format!(" {}", amount.trim_start());
    let room = width.saturating_sub(fit::width(&before) + fit::width(&amount));
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
            span(before, Theme::title()),
            span(fit::left(&price, room), app.theme.quiet()),
            span(amount, style(app, chosen)),
        ]),
    ]
}

/// On the selected dish: which account pays how much of it.
fn who_pays(app: &App, bill: &Bill, line: &Line, width: usize) -> Vec<Row<'static>> {
    let words = payers::in_words(app, bill, line).unwrap_or_default();
    fit::wrap(&words, width.saturating_sub(4), PAYER_ROWS_MAX)
        .into_iter()
        .map(|words| Row::styled(format!("    {words}"), app.theme.selected()))
        .collect()
}

/// What belongs to a dish: what was asked for with it, what it is made of, what was taken off its
/// sum, how much of it was taken away.
fn details(app: &App, line: &Line, width: usize) -> Vec<Row<'static>> {
    let sum = |sum: Money| {
        if sum.is_zero() {
            String::new()
        } else {
            format!("  {}", sum.grouped())
        }
    };
    let modifiers = line.modifiers.iter().map(|modifier| {
        let count = match modifier.count {
            0 | 1 => String::new(),
            count => format!(" × {count}"),
        };
        format!("+ {}{count}{}", modifier.name, sum(modifier.price))
    });
    let components = line.components.iter().map(|component| {
        let count = if component.quantity == Quantity::ONE {
            String::new()
        } else {
            format!(" × {}", quantity(component.quantity))
        };
        format!("· {}{count}", component.name)
    });
    let discounts = line
        .discounts
        .iter()
        .map(|discount| format!("% {}{}", discount.name, sum(discount.sum)));
    let rows = modifiers
        .chain(components)
        .chain(discounts)
        .chain(voided(app, line));
    rows.map(|text| Row::styled(fit::cut(&format!("    {text}"), width), app.theme.quiet()))
        .collect()
}

/// «снято 2 из 3», where some of the dish was taken away.
pub(super) fn voided(app: &App, line: &Line) -> Option<String> {
    let ordered = line.ordered.thousandths();
    let gone = ordered.checked_sub(line.quantity.thousandths())?;
    (gone > 0).then(|| {
        let gone = quantity(Quantity::from_thousandths(gone));
        let ordered = quantity(line.ordered);
        app.texts.fill(
            "till.bill.voided",
            &[("gone", &gone), ("ordered", &ordered)],
        )
    })
}

/// Discount, surcharge, what was paid before, and the whole.
fn totals(app: &App, bill: &Bill, width: usize) -> Vec<Row<'static>> {
    let order = bill.order();
    let row = |name: &str, sum: Money, style: Style| {
        Row::styled(
            format!(
                "  {}{}",
                fit::left(name, width.saturating_sub(2 + AMOUNT + 2)),
                fit::money(sum, AMOUNT + 2)
            ),
            style,
        )
    };
    let mut rows = Vec::new();
    if (1..=DISCOUNTS_SHOWN_MAX).contains(&order.discounts.len()) {
        let discounts = order.discounts.iter();
        rows.extend(discounts.map(|own| row(&own.name, own.sum, app.theme.quiet())));
    } else if !order.discount.is_zero() {
        let key = if order.discount.is_negative() {
            "till.bill.discount"
        } else {
            "till.bill.surcharge"
        };
        rows.push(row(app.texts.get(key), order.discount, app.theme.quiet()));
    }
    rows.push(row(
        app.texts.get("till.bill.total"),
        order.total,
        Theme::sum(),
    ));
    if order.promised.is_positive() {
        let words = app.texts.get("till.bill.promised");
        rows.push(row(words, order.promised, app.theme.warn()));
    }
    let before = bill.paid_before();
    if before.is_positive() {
        let before = before.checked_neg().unwrap_or_default();
        let words = app.texts.get("till.bill.before");
        rows.push(row(words, before, app.theme.quiet()));
    }
    rows
}
