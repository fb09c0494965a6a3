//! The dishes of an order, and how their sum comes about.

use std::ops::Range;

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
    let one_row = width >= ONE_ROW_WIDTH;
    let chosen = order.lines.get(bill.line()).filter(|_| active);
    let payers = chosen.map_or_else(Vec::new, |line| who_pays(app, bill, line, width));
    let mut dishes = Vec::with_capacity(order.lines.len());
    let mut count = 0;
    for (index, line) in order.lines.iter().enumerate() {
        let from = count;
        count += rows_of(line, one_row);
        if active && index == bill.line() {
            count += payers.len();
        }
        dishes.push((from..count, index));
    }
    let selected = dishes
        .get(bill.line())
        .map_or(0..1, |(rows, _)| rows.clone());
    let selected = (selected.start, selected.end.saturating_sub(1));
    let totals = totals(app, bill, width);
    let head = usize::from(one_row);
    let height = usize::from(area.height).saturating_sub(2 + totals.len() + head);
    let first = offset(count, height, selected.0, selected.1);
    let window = first..first + height;
    dishes.retain(|(rows, _)| rows.start < window.end && rows.end > window.start);
    let rows = in_view(app, bill, width, &dishes, &payers, &window);
    let inner = framed(
        app,
        frame,
        area,
        &app.text("till.bill.lines"),
        &range_note(count, height, first),
        active,
    );
    let [top, list, bottom] = Layout::vertical([
        Constraint::Length(u16::try_from(head).unwrap_or(0)),
        Constraint::Fill(1),
        Constraint::Length(u16::try_from(totals.len()).unwrap_or(0)),
    ])
    .areas(inner);
    frame.place(area, Place::Side(Side::Lines));
    let places = dishes.into_iter();
    let places = places.map(|(rows, index)| (rows, Place::Dish(index)));
    frame.places(list, first, places.collect());
    lines(frame, top, vec![header(app, width)]);
    lines(frame, list, rows);
    lines(frame, bottom, totals);
}

/// How many rows a dish takes without who pays it: as many as [`rows_for`] makes.
fn rows_of(line: &Line, one_row: bool) -> usize {
    let own = if one_row { 1 } else { 2 };
    let said = line.modifiers.len() + line.components.len() + line.discounts.len();
    own + said + usize::from(gone(line).is_some())
}

/// The rows of the window alone, of dishes with their rows and places: an order may have hundreds, and
/// each key draws.
fn in_view(
    app: &App,
    bill: &Bill,
    width: usize,
    dishes: &[(Range<usize>, usize)],
    payers: &[Row<'static>],
    window: &Range<usize>,
) -> Vec<Row<'static>> {
    let active = bill.side() == Side::Lines;
    let mut shown = Vec::with_capacity(window.len());
    for (rows, index) in dishes {
        let Some(line) = bill.order().lines.get(*index) else {
            continue;
        };
        let chosen = active && *index == bill.line();
        let mut own = rows_for(app, bill, line, width, chosen);
        if chosen {
            own.extend(payers.iter().cloned());
        }
        let placed = rows.clone().zip(own);
        shown.extend(placed.filter_map(|(at, row)| window.contains(&at).then_some(row)));
    }
    shown
}

fn rows_for(app: &App, bill: &Bill, line: &Line, width: usize, chosen: bool) -> Vec<Row<'static>> {
    let pays = payers::of_dish(bill, line);
    let mut rows = if width >= ONE_ROW_WIDTH {
        vec![one_row(app, line, &pays, width, chosen)]
    } else {
        two_rows(app, line, &pays, width, chosen).into()
    };
    rows.extend(details(app, line, width));
    rows
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
    let (price, amount) = sums(line, width.saturating_sub(fit::width(&before) + 1));
    let amount = format!(" {amount}");
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

/// Quantity and price, and the amount, in `room` columns together and every digit there: where they
/// are too long, first the price's thousands stand together, then the amount's, then the price goes.
fn sums(line: &Line, room: usize) -> (String, String) {
    let together = |sum: Money| sum.grouped().replace('\u{a0}', "");
    let count = quantity(line.quantity);
    let price = |price: String| format!("{count} × {price}");
    let ways = [
        (price(line.base_price.grouped()), line.amount.grouped()),
        (price(together(line.base_price)), line.amount.grouped()),
        (price(together(line.base_price)), together(line.amount)),
        (count.clone(), line.amount.grouped()),
    ];
    let columns = |way: &(String, String)| fit::width(&way.0) + fit::width(&way.1);
    let way = ways.into_iter().find(|way| columns(way) <= room);
    way.unwrap_or_else(|| (count.clone(), together(line.amount)))
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
    let gone = quantity(gone(line)?);
    let ordered = quantity(line.ordered);
    let values: [(&str, &dyn std::fmt::Display); 2] = [("gone", &gone), ("ordered", &ordered)];
    Some(app.texts.fill("till.bill.voided", &values))
}

/// How much of the dish was taken away, if any.
fn gone(line: &Line) -> Option<Quantity> {
    let ordered = line.ordered.thousandths();
    let gone = ordered.checked_sub(line.quantity.thousandths())?;
    (gone > 0).then(|| Quantity::from_thousandths(gone))
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
    // What is added is a row of the payment; who pays it stands beside it.
    let pays = payers::of_service(bill);
    let change = |name: &str, sum: Money| {
        let name = if sum.is_positive() && !pays.is_empty() {
            format!("{pays} {name}")
        } else {
            name.to_owned()
        };
        row(&name, sum, app.theme.quiet())
    };
    let mut rows = Vec::new();
    if (1..=DISCOUNTS_SHOWN_MAX).contains(&order.discounts.len()) {
        let discounts = order.discounts.iter();
        rows.extend(discounts.map(|own| change(&own.name, own.sum)));
    } else if !order.discount.is_zero() {
        let key = if order.discount.is_negative() {
            "till.bill.discount"
        } else {
            "till.bill.surcharge"
        };
        rows.push(change(app.texts.get(key), order.discount));
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
