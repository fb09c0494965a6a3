//! The payment screen: dishes at the left, cards and accounts at the right, the three sums below.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::bill::{Bill, Side, Verdict};
use super::super::fit;
use super::parts::{lines, span};
use super::{accounts, lines as dishes};

/// From this width on both sides are shown; below, one at a time.
const BOTH_SIDES_WIDTH: u16 = 76;

pub(super) fn draw(app: &App, bill: &Bill, frame: &mut Frame, area: Rect) {
    let [sides, sums, verdict, detail] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    if area.width >= BOTH_SIDES_WIDTH {
        let left = (area.width * 46 / 100).min(70);
        let [left, right] =
            Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(sides);
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
    let style = if bill.verdict() == Verdict::Ready {
        app.theme.good()
    } else {
        app.theme.warn()
    };
    let width = usize::from(verdict.width);
    let mut words = app.verdict_words();
    if !bill.awaited().is_empty() {
        words = format!("{} · {words}", app.texts.get("till.bill.asking_lime"));
    }
    lines(
        frame,
        verdict,
        vec![Line::styled(fit::cut(&format!(" {words}"), width), style)],
    );
    lines(
        frame,
        detail,
        vec![Line::styled(
            fit::cut(
                &format!(" {}", selection(app, bill)),
                usize::from(detail.width),
            ),
            app.theme.quiet(),
        )],
    );
}

/// «К оплате / Распределено / Осталось».
fn three_sums(app: &App, bill: &Bill, width: usize) -> Line<'static> {
    let column = width.saturating_sub(1) / 3;
    let sum = |value: Option<crate::domain::Money>| {
        value.map_or_else(|| "?".to_owned(), crate::domain::Money::grouped)
    };
    let left = bill.left();
    let settled = left.is_some_and(crate::domain::Money::is_zero);
    let cells = [
        (
            "till.bill.due",
            sum(Some(bill.order().unpaid)),
            Style::default(),
        ),
        (
            "till.bill.distributed",
            sum(bill.distributed()),
            Style::default(),
        ),
        (
            "till.bill.left",
            sum(left),
            if settled {
                app.theme.good()
            } else {
                app.theme.warn()
            },
        ),
    ];
    let mut spans = vec![span(" ", Style::default())];
    for (key, value, style) in cells {
        let label = format!("{} ", app.texts.get(key));
        let room = column.saturating_sub(fit::width(&label));
        spans.push(span(label, app.theme.quiet()));
        spans.push(span(fit::left(&value, room), style.patch(app.theme.sum())));
    }
    Line::from(spans)
}

/// The selected row with nothing cut off.
fn selection(app: &App, bill: &Bill) -> String {
    match bill.side() {
        Side::Lines => bill.order().lines.get(bill.line()).map(|line| {
            let mut words = vec![
                format!("{} {}", line.code, line.name),
                format!("{} × {}", dishes::quantity(line), line.base_price.grouped()),
            ];
            words.extend(
                line.modifiers
                    .iter()
                    .map(|modifier| format!("+ {}", modifier.name)),
            );
            words.join(" · ")
        }),
        Side::Accounts => bill.rows().get(bill.selected()).map(|row| {
            let mut words = vec![row.account.name.clone()];
            words.extend(
                row.card
                    .number
                    .as_ref()
                    .map(|number| app.texts.fill("till.card.number", &[("number", number)])),
            );
            words.push(row.card.uid.masked());
            words.extend(row.card.holder.clone());
            words.join(" · ")
        }),
    }
    .unwrap_or_default()
}
