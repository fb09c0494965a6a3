//! The list of open orders.

use std::ops::Range;

use ratatui::layout::{Constraint, Layout, Offset, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::fit;
use super::super::hits::Place;
use super::frame::Frame;
use super::parts::{framed, lines, mark, offset, range_note, short_moment, span};
use crate::domain::{Hindrance, OrderSummary};
use crate::payment::reason::Problem;

/// Rows of words about the selected order: names may be long, and one of them is cut nowhere else.
const FULL_ROWS_MAX: usize = 6;
/// Columns of a sum that is not larger than most, and the most that a sum gets.
const SUM: (usize, usize) = (11, 18);
/// The same where there is room.
const SUM_WIDE: (usize, usize) = (13, 18);

/// Columns of a row, right of the mark; zero where there is no room for it.
struct Columns {
    name: usize,
    table: usize,
    waiter: usize,
    opened: usize,
    total: usize,
    unpaid: usize,
    lock: usize,
}

impl Columns {
    /// For sums of at most so many columns.
    fn of(width: usize, widest: usize) -> Self {
        let (opened, sum) = if width < 70 {
            (0, SUM)
        } else if width < 96 {
            (12, SUM)
        } else {
            (12, SUM_WIDE)
        };
        // A column is free before each sum.
        let sum = (widest + 1).clamp(sum.0, sum.1);
        let fixed = (opened, sum, sum);
        let rest = width.saturating_sub(2 + fixed.0 + fixed.1 + fixed.2);
        let name = (rest * 30 / 100).max(6);
        let table = (rest * 15 / 100).max(5);
        let waiter = (rest * 27 / 100).max(6);
        Self {
            name,
            table,
            waiter,
            opened: fixed.0,
            total: fixed.1,
            unpaid: fixed.2,
            lock: rest.saturating_sub(name + table + waiter + 2),
        }
    }
}

pub(super) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    let count = app.orders.count();
    let selected = app.orders.index();
    let whole = app.orders.row(selected);
    let rows_max = FULL_ROWS_MAX.min(usize::from(area.height) / 3);
    let whole = whole.map_or_else(Vec::new, |order| {
        full(app, order, usize::from(area.width), rows_max)
    });
    let below = u16::try_from(whole.len()).unwrap_or(1).max(1);
    let [list, detail] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    let height = usize::from(list.height).saturating_sub(4);
    let first = offset(count, height, selected, selected);
    let inner = framed(
        app,
        frame,
        list,
        &app.text("till.orders.title"),
        &range_note(count, height, first),
        true,
    );
    let width = usize::from(inner.width);
    let columns = Columns::of(width, widest_sum(app));
    let mut rows = vec![filter_line(app, width)];
    rows.push(header(app, &columns));
    if count == 0 {
        let words = if !app.orders.is_known() {
            "till.orders.loading"
        } else if app.orders.filter().is_empty() {
            "till.orders.none"
        } else {
            "till.orders.none_fit"
        };
        rows.push(Line::styled(
            fit::cut(&format!("  {}", app.texts.get(words)), width),
            app.theme.quiet(),
        ));
    }
    let visible = app.orders.shown().enumerate().skip(first).take(height);
    for (index, order) in visible {
        rows.push(row(app, order, &columns, index == selected));
    }
    // Below the filter and the header.
    let below = inner.offset(Offset { x: 0, y: 2 }).intersection(inner);
    let places = visible_places(app, first, height);
    frame.places(below, 0, places);
    lines(frame, inner, rows);
    lines(frame, detail, whole);
}

/// Columns of the largest and the smallest sum of the list.
fn widest_sum(app: &App) -> usize {
    let sums = || {
        let orders = app.orders.shown();
        orders.flat_map(|order| [order.total, order.unpaid])
    };
    let ends = [sums().max(), sums().min()].into_iter().flatten();
    ends.map(|sum| fit::width(&sum.grouped()))
        .max()
        .unwrap_or(0)
}

/// A row for each order in view.
fn visible_places(app: &App, first: usize, height: usize) -> Vec<(Range<usize>, Place)> {
    let visible = app.orders.shown().skip(first).take(height).enumerate();
    visible
        .map(|(row, order)| (row..row + 1, Place::Order(order.guid.clone())))
        .collect()
}

fn filter_line(app: &App, width: usize) -> Line<'static> {
    let label = app.texts.get("till.orders.filter");
    let typed = app.orders.filter();
    if typed.is_empty() {
        Line::from(vec![
            span(format!("  {label} "), app.theme.quiet()),
            span(
                fit::cut(
                    &format!("_ {}", app.texts.get("till.orders.filter_hint")),
                    width.saturating_sub(fit::width(label) + 3),
                ),
                app.theme.quiet(),
            ),
        ])
    } else {
        Line::from(vec![
            span(format!("  {label} "), app.theme.quiet()),
            span(
                fit::cut(&format!("{typed}_"), width.saturating_sub(12)),
                app.theme.selected(),
            ),
        ])
    }
}

fn header(app: &App, columns: &Columns) -> Line<'static> {
    let word = |key: &str| app.text(&format!("till.orders.{key}"));
    let mut text = format!(
        "  {}{}{}",
        cell(&word("name"), columns.name),
        cell(&word("table"), columns.table),
        cell(&word("waiter"), columns.waiter),
    );
    if columns.opened > 0 {
        text.push_str(&fit::left(&word("opened"), columns.opened));
    }
    text.push_str(&fit::right(&word("total"), columns.total));
    text.push_str(&fit::right(&word("unpaid"), columns.unpaid));
    text.push_str("  ");
    text.push_str(&fit::left(&word("lock"), columns.lock));
    Line::styled(text, app.theme.quiet())
}

/// A text with at least one free column after it.
fn cell(text: &str, columns: usize) -> String {
    let mut text = fit::left(text, columns.saturating_sub(1));
    text.push(' ');
    text
}

/// Table and hall where both fit, else the table alone: the line below the list says the hall of the
/// selected order, and a hall of two letters says nothing.
fn whole_place<'a>(place: Option<&'a str>, table: Option<&'a str>, columns: usize) -> &'a str {
    place
        .filter(|place| fit::width(place) < columns)
        .or(table)
        .unwrap_or("–")
}

fn row(app: &App, order: &OrderSummary, columns: &Columns, selected: bool) -> Line<'static> {
    let style = if selected {
        app.theme.selected()
    } else {
        Style::default()
    };
    let mut text = format!(
        "{}{}{}{}",
        mark(selected),
        cell(&order.name, columns.name),
        cell(
            whole_place(
                app.orders.place(order).as_deref(),
                order.table.as_deref(),
                columns.table
            ),
            columns.table
        ),
        cell(order.waiter.as_deref().unwrap_or("–"), columns.waiter),
    );
    if columns.opened > 0 {
        let opened = order.opened_at.map(short_moment).unwrap_or_default();
        text.push_str(&fit::left(&opened, columns.opened));
    }
    text.push_str(&fit::money(order.total, columns.total));
    text.push_str(&fit::money(order.unpaid, columns.unpaid));
    let mut spans = vec![span(text, style)];
    if let Some(words) = in_short(app, order) {
        spans.push(span(
            fit::left(&format!("  {words}"), columns.lock + 2),
            app.theme.warn(),
        ));
    }
    Line::from(spans)
}

/// Why the order cannot be paid: who holds it, or a word.
fn in_short(app: &App, order: &OrderSummary) -> Option<String> {
    match order.hindrance()? {
        Hindrance::Locked(who) => Some(who),
        other => {
            let code = Problem::from(other).reason.code();
            Some(app.text(&format!("till.orders.short.{code}")))
        }
    }
}

/// The selected order with nothing cut off: a row, and more where it is too short.
fn full(app: &App, order: &OrderSummary, width: usize, rows_max: usize) -> Vec<Line<'static>> {
    let mut words = vec![app.texts.fill("till.head.order", &[("name", &order.name)])];
    words.extend(
        app.orders
            .place(order)
            .map(|place| app.texts.fill("till.head.table", &[("table", &place)])),
    );
    words.extend(order.waiter.clone());
    words.extend(order.hindrance().map(|hindrance| match hindrance {
        Hindrance::Locked(who) => app.texts.fill("till.orders.locked", &[("who", &who)]),
        other => app.sentence(&other.into()),
    }));
    let before = order.total.checked_sub(order.unpaid);
    words.extend(before.filter(|sum| sum.is_positive()).map(|sum| {
        app.texts
            .fill("till.orders.before", &[("sum", &sum.grouped())])
    }));
    words.extend(order.opened_at.map(short_moment));
    fit::wrap(&words.join(" · "), width.saturating_sub(2), rows_max)
        .into_iter()
        .map(|words| Line::styled(format!(" {words}"), app.theme.quiet()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::whole_place;

    #[test]
    fn a_hall_is_shown_whole_or_not_at_all() {
        let place = |columns| whole_place(Some("12 · Терраса"), Some("12"), columns);
        assert_eq!(place(13), "12 · Терраса");
        assert_eq!(place(12), "12");
        assert_eq!(whole_place(None, None, 12), "–");
        let long = "стол на троих";
        assert_eq!(whole_place(Some(long), Some(long), 5), long, "cut later");
    }
}
