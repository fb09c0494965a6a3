//! What servers and journal disagree about, in words and sums.

use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::fit;
use super::super::theme::Theme;
use super::parts::{short_moment, span};
use crate::payment::orphan::{Orphan, Sums, made_at};

/// Columns of the servers' names, and of a sum.
const NAMES: usize = 12;
const SUM: usize = 14;

/// How they disagree, short enough for a row of the list.
pub(super) fn short(app: &App, orphan: &Orphan) -> String {
    app.text(&format!("till.orphan.short_{}", orphan.kind.word()))
}

/// Whose, how much, and when it was made.
pub(super) fn title(app: &App, orphan: &Orphan, room: usize) -> String {
    let since = short_moment(app.local(made_at(orphan.payment)));
    with_order(app, orphan, "till.orphan.title", &since, room)
}

/// The title of its form.
pub(super) fn task_title(app: &App, orphan: &Orphan, room: usize) -> String {
    with_order(app, orphan, "till.orphan.decide", "", room)
}

/// What is only in Lime has no order.
fn with_order(app: &App, orphan: &Orphan, key: &str, since: &str, room: usize) -> String {
    let order = orphan.order_name.as_deref().filter(|name| !name.is_empty());
    let key = match order {
        Some(_) => format!("{key}_order"),
        None => key.to_owned(),
    };
    fit::around(room, order.unwrap_or_default(), |order| {
        let sum = orphan.sum().grouped();
        let values: [(&str, &dyn std::fmt::Display); 3] =
            [("order", &order), ("sum", &sum), ("since", &since)];
        app.texts.fill(&key, &values)
    })
}

/// What is wrong, and both servers' sums beside the journal's.
pub(super) fn rows(app: &App, orphan: &Orphan, width: usize) -> Vec<Line<'static>> {
    let kind = app.texts.get(&format!("orphan.{}", orphan.kind.word()));
    let what = app.texts.fill("till.orphan.what", &[("kind", &kind)]);
    let mut rows = wrapped(&what, Theme::title(), width, 2);
    rows.extend(sums(app, orphan, width));
    rows
}

/// What there is to do, where there is room for it.
pub(super) fn to_do(app: &App, room: usize, width: usize) -> Vec<Line<'static>> {
    let mut rows = wrapped(app.texts.get("till.orphan.do"), app.theme.warn(), width, 3);
    if rows.len() > room {
        rows.clear();
    }
    rows
}

/// One row for each server under the names of the columns.
pub(super) fn sums(app: &App, orphan: &Orphan, width: usize) -> Vec<Line<'static>> {
    let names = format!(
        "{}{}{}",
        fit::left("", NAMES),
        fit::right(app.texts.get("till.orphan.shows"), SUM),
        fit::right(app.texts.get("till.orphan.journal"), SUM),
    );
    let server = |name: &str, sums: Option<Sums>| {
        let (words, style) = match sums {
            Some(Sums { shown, believed }) => {
                let style = if shown == believed {
                    Style::default()
                } else {
                    app.theme.bad()
                };
                let words = format!("{}{}", fit::money(shown, SUM), fit::money(believed, SUM));
                (words, style)
            }
            None => {
                let unknown = fit::right(app.texts.get("till.orphan.unknown"), SUM);
                (unknown, app.theme.quiet())
            }
        };
        Line::from(vec![
            span(fit::left(name, NAMES), Style::default()),
            span(words, style),
        ])
    };
    vec![
        Line::styled(fit::cut(&names, width), app.theme.quiet()),
        server("Lime", orphan.wallet),
        server("r_keeper", orphan.pos),
    ]
}

/// Under which names the servers know it.
pub(super) fn references(orphan: &Orphan) -> Vec<(&'static str, String)> {
    let checks: Vec<&str> = orphan.operations.iter().map(|own| own.0.as_str()).collect();
    let of_checks = if checks.len() > 1 {
        "till.orphan.checks"
    } else {
        "till.attention.ref_debit"
    };
    let receipt = orphan.check_num.clone().unwrap_or_default();
    let order = orphan.order.as_ref().map(|guid| guid.0.clone());
    vec![
        ("till.attention.ref_payment", orphan.payment.to_string()),
        (of_checks, checks.join(", ")),
        ("till.attention.ref_receipt", receipt),
        ("till.attention.ref_order", order.unwrap_or_default()),
    ]
}

/// What came of the form.
pub(super) fn noted(app: &App, orphan: &Orphan, width: usize) -> Vec<Line<'static>> {
    let words = app
        .texts
        .fill("till.orphan.noted", &[("sum", &orphan.sum().grouped())]);
    let mut rows = vec![Line::default()];
    rows.extend(wrapped(&format!("✓ {words}"), app.theme.good(), width, 2));
    let again = app.texts.get("till.orphan.again");
    rows.extend(wrapped(again, app.theme.quiet(), width, 2));
    rows.push(Line::default());
    rows.extend(sums(app, orphan, width));
    rows
}

fn wrapped(text: &str, style: Style, width: usize, most: usize) -> Vec<Line<'static>> {
    fit::wrap(text, width, most)
        .into_iter()
        .map(|row| Line::styled(row, style))
        .collect()
}
