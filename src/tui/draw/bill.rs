//! The payment screen: dishes at the left, cards and accounts at the right, the three sums below.

use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::bill::{Bill, Side, Verdict};
use super::super::fit;
use super::super::keys::Ctx;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{lines, span};
use super::{accounts, lines as dishes, pad};
use crate::domain::Money;

/// From this width on both sides are shown; below, one at a time.
const BOTH_SIDES_WIDTH: u16 = 76;
/// Rows of words about the selected row: names may be long, and one of them is cut nowhere else.
const SELECTION_ROWS_MAX: usize = 3;
/// Rows of words about whether the bill can be paid.
const VERDICT_ROWS_MAX: usize = 2;

pub(super) fn draw(app: &App, bill: &Bill, frame: &mut Frame, area: Rect) {
    let says = verdict(app, bill, usize::from(area.width));
    let whole = selection_rows(app, bill, frame.ctx(), usize::from(area.width));
    let [sides, sums, verdict, detail] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(if says.len() > 1 { 2 } else { 1 }),
        Constraint::Length(u16::try_from(whole.len()).unwrap_or(1).max(1)),
    ])
    .areas(area);
    if area.width >= BOTH_SIDES_WIDTH {
        let left = (area.width * 44 / 100).clamp(36, 60);
        let [left, right] =
            Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(sides);
        let place = pad::split(frame, left).filter(|_| frame.ctx() == Ctx::Bill);
        let left = if let Some([above, below]) = place {
            pad::draw(app, frame, below);
            above
        } else {
            left
        };
        dishes::draw(app, bill, frame, left);
        accounts::draw(app, bill, frame, right);
    } else {
        match bill.side() {
            Side::Lines => dishes::draw(app, bill, frame, sides),
            Side::Accounts => accounts::draw(app, bill, frame, sides),
        }
    }
    lines(
        frame,
        sums,
        vec![three_sums(app, bill, usize::from(sums.width))],
    );
    lines(frame, verdict, says);
    lines(frame, detail, whole);
}

/// Whether the bill can be paid so, and why not: a row, or two where one is too short.
fn verdict(app: &App, bill: &Bill, width: usize) -> Vec<Line<'static>> {
    let style = if bill.verdict() == Verdict::Ready {
        app.theme.good()
    } else {
        app.theme.warn()
    };
    let mut words = app.verdict_words();
    if !bill.awaited().is_empty() {
        words = format!("{} · {words}", app.texts.get("till.bill.asking_lime"));
    }
    fit::wrap(&words, width.saturating_sub(2), VERDICT_ROWS_MAX)
        .into_iter()
        .map(|words| Line::styled(format!(" {words}"), style))
        .collect()
}

/// «К оплате / Распределено / Осталось», and before them what was paid earlier, where there is room
/// for it. Every digit stays: where the row is short the gaps go first, then that earlier sum (the
/// dishes show it too), then the spaces between thousands.
fn three_sums(app: &App, bill: &Bill, width: usize) -> Line<'static> {
    let sum = |value: Option<Money>| value.map_or_else(|| "?".to_owned(), Money::grouped);
    let left = bill.left();
    let style = if left.is_some_and(Money::is_zero) {
        app.theme.good()
    } else {
        app.theme.warn()
    };
    let mut cells = vec![
        (
            "till.bill.paid_before",
            sum(Some(bill.paid_before())),
            app.theme.quiet(),
        ),
        (
            "till.bill.due",
            sum(Some(bill.order().unpaid)),
            Theme::sum(),
        ),
        (
            "till.bill.distributed",
            sum(bill.distributed()),
            Theme::sum(),
        ),
        ("till.bill.left", sum(left), style),
    ];
    let used = |cells: &[(&str, String, Style)]| -> usize {
        cells
            .iter()
            .map(|(key, value, _)| fit::width(app.texts.get(key)) + 1 + fit::width(value))
            .sum()
    };
    // One column before the row, and at least one between the cells.
    let room = |cells: &[(&str, String, Style)]| used(cells) + cells.len() + 2;
    if bill.paid_before().is_zero() || room(&cells) > width {
        cells.remove(0);
    }
    if room(&cells) > width {
        for (_, value, _) in &mut cells {
            *value = value.replace('\u{a0}', "");
        }
    }
    let gap = width
        .saturating_sub(used(&cells) + 1)
        .checked_div(cells.len().saturating_sub(1))
        .unwrap_or(0)
        .clamp(1, 6);
    let mut spans = vec![span(" ", Style::default())];
    for (key, value, style) in cells {
        spans.push(span(format!("{} ", app.texts.get(key)), app.theme.quiet()));
        spans.push(span(fit::cut(&value, width), style));
        spans.push(span(" ".repeat(gap), Style::default()));
    }
    Line::from(spans)
}

/// The words about the selected row: a row, and more where that is too short.
fn selection_rows(app: &App, bill: &Bill, ctx: Ctx, width: usize) -> Vec<Line<'static>> {
    let words = selection(app, bill);
    let room = width.saturating_sub(1);
    // Questions reach down to the three sums, which stay where they are.
    let rows = if ctx == Ctx::Bill {
        fit::wrap(&words.join(" · "), room, SELECTION_ROWS_MAX)
    } else {
        vec![fit::pieces(&words, room)]
    };
    rows.into_iter()
        .map(|words| Line::styled(format!(" {words}"), app.theme.quiet()))
        .collect()
}

/// The selected row with nothing cut off.
fn selection(app: &App, bill: &Bill) -> Vec<String> {
    match bill.side() {
        Side::Lines => bill.order().lines.get(bill.line()).map(|line| {
            let mut words = vec![
                format!("{} {}", line.code, line.name),
                format!(
                    "{} × {}",
                    dishes::quantity(line.quantity),
                    line.base_price.grouped()
                ),
            ];
            words.extend(
                line.modifiers
                    .iter()
                    .map(|modifier| format!("+ {}", modifier.name)),
            );
            words.extend(dishes::voided(app, line));
            words.extend(
                (line.seat > 0)
                    .then(|| app.texts.fill("till.bill.seat", &[("number", &line.seat)])),
            );
            words
        }),
        Side::Accounts => bill.rows().get(bill.selected()).map(|row| {
            let mut words = vec![row.account.name.clone()];
            words.extend(bill.left_after(row.account).map(|left| {
                app.texts
                    .fill("till.bill.left_note", &[("sum", &left.grouped())])
            }));
            let number = row.card.number.as_ref();
            let number =
                number.map(|number| app.texts.fill("till.card.mark", &[("number", number)]));
            let masked = row.card.uid.masked();
            words.push(match number {
                Some(number) => format!("{number} {masked}"),
                None => masked,
            });
            words.extend(row.card.holder.clone());
            words
        }),
    }
    .unwrap_or_default()
}
