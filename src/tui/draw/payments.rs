//! Today's payments and the ones that are not settled.

use std::fmt::Display;

use ratatui::layout::{Constraint, Layout, Offset, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::fit;
use super::super::hits::Place;
use super::super::msg::Period;
use super::frame::Frame;
use super::parts::{framed, lines, mark, offset, range_note, short_moment, span};
use super::payment::{leg_line, step_words};
use super::{day, payment, refund};
use crate::payment::view::{PaymentView, Step};

const TIME: usize = 13;
const SUM: usize = 14;
const CHECK: usize = 12;
const OPERATOR: usize = 16;
/// From this inner width on the operator has a column: in windows of 100 columns.
const OPERATOR_FROM: usize = 96;

pub(super) fn draw(app: &App, selected: usize, frame: &mut Frame, area: Rect) {
    let rows = app.payment_rows();
    let selected = selected.min(rows.len().saturating_sub(1));
    let below = (area.height / 2).min(12);
    let [list, detail] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    let mut sums = day::rows(app, usize::from(list.width).saturating_sub(4));
    let height = usize::from(list.height).saturating_sub(3 + sums.len());
    let first = offset(rows.len(), height, selected, selected);
    let inner = framed(
        app,
        frame,
        list,
        &title(app),
        &range_note(rows.len(), height, first),
        true,
    );
    let width = usize::from(inner.width);
    let mut shown = vec![header(app, width)];
    if rows.is_empty() {
        let words = if !app.payments_filter.is_empty() {
            "till.payments.none_fit"
        } else if app.records.is_some() {
            match app.period {
                Period::Today => "till.payments.none",
                Period::Week => "till.payments.none_week",
            }
        } else {
            "till.payments.loading"
        };
        shown.push(Line::styled(
            format!("  {}", app.texts.get(words)),
            app.theme.quiet(),
        ));
    }
    for (index, view) in rows.iter().enumerate().skip(first).take(height) {
        shown.push(row(app, view, width, index == selected));
    }
    let below = inner.offset(Offset { x: 0, y: 1 }).intersection(inner);
    let below = Rect {
        height: below.height.min(u16::try_from(height).unwrap_or(u16::MAX)),
        ..below
    };
    let places = rows.iter().enumerate();
    let places = places.map(|(index, view)| (index..index + 1, Place::Payment(view.id)));
    frame.places(below, first, places.collect());
    shown.resize(height + 1, Line::default());
    shown.append(&mut sums);
    lines(frame, inner, shown);
    if let Some(view) = rows.get(selected) {
        one(app, view, frame, detail);
    }
}

/// Which payments, and what was typed to find some of them.
fn title(app: &App) -> String {
    let title = app.texts.get(match app.period {
        Period::Today => "till.payments.title",
        Period::Week => "till.payments.title_week",
    });
    let typed = &app.payments_filter;
    let find = if typed.is_empty() {
        app.text(if app.has_operators() {
            "till.payments.find_hint_people"
        } else {
            "till.payments.find_hint"
        })
    } else {
        app.texts.fill("till.payments.find", &[("typed", typed)])
    };
    format!("{title} · {find}")
}

/// Widths of the columns that depend on the window's.
struct Columns {
    order: usize,
    /// The words how it stands.
    standing: usize,
    /// The receipt, which gives way to them.
    check: usize,
    /// Where the site has operators and there is room; otherwise he stands below, at the chosen payment.
    operator: usize,
}

fn columns(app: &App, width: usize) -> Columns {
    let check = if width < 70 { 0 } else { CHECK };
    let has_room = width >= OPERATOR_FROM && app.has_operators();
    let operator = if has_room { OPERATOR } else { 0 };
    let rest = width.saturating_sub(2 + TIME + SUM + check + operator + 2);
    Columns {
        order: rest / 3,
        standing: rest - rest / 3,
        check,
        operator,
    }
}

fn header(app: &App, width: usize) -> Line<'static> {
    let columns = columns(app, width);
    let word = |key: &str| app.text(&format!("till.payments.{key}"));
    Line::styled(
        format!(
            "  {}{}{}  {}{}{}",
            fit::left(&word("time"), TIME),
            fit::left(&word("order"), columns.order),
            fit::right(&word("sum"), SUM),
            fit::left(&word("standing"), columns.standing),
            fit::left(&word("receipt"), columns.check),
            fit::left(&word("operator"), columns.operator),
        ),
        app.theme.quiet(),
    )
}

fn row(app: &App, view: &PaymentView, width: usize, selected: bool) -> Line<'static> {
    let columns = columns(app, width);
    let style = if selected {
        app.theme.selected()
    } else {
        Style::default()
    };
    let at = app.local(view.started_at);
    let words = refund::standing_words(app, view);
    let mut name = fit::left(&view.order_name, columns.order.saturating_sub(1));
    name.push(' ');
    let check = view.check_num.as_deref().unwrap_or("–");
    let check = fit::left(check, columns.check);
    let operator = view.by.operator.as_deref().unwrap_or_default();
    let operator = fit::left(operator, columns.operator);
    Line::from(vec![
        span(
            format!(
                "{}{}{name}{}  ",
                mark(selected),
                fit::left(&short_moment(at), TIME),
                fit::money(view.total, SUM)
            ),
            style,
        ),
        span(
            fit::left(&words, columns.standing),
            refund::standing_style(app, view),
        ),
        span(format!("{check}{operator}"), style),
    ])
}

/// Who asked for the payment, and which manager said yes to it.
fn who(app: &App, view: &PaymentView) -> Option<String> {
    let operator = view.by.operator.as_deref()?;
    let approver = view.by.approver.as_deref();
    let key = match approver {
        Some(_) => "till.payments.by_with_yes",
        None => "till.payments.by",
    };
    let approver = approver.unwrap_or_default();
    let values: [(&str, &dyn Display); 2] = [("who", &operator), ("approver", &approver)];
    Some(app.texts.fill(key, &values))
}

/// The selected payment, leg by leg.
fn one(app: &App, view: &PaymentView, frame: &mut Frame, area: Rect) {
    let room = usize::from(area.width).saturating_sub(4);
    let title = payment::title(app, &view.order_name, view.total, room);
    let inner = framed(app, frame, area, &title, &view.id.to_string(), false);
    let width = usize::from(inner.width);
    let mut rows: Vec<Line<'static>> = Vec::new();
    let mut facts = Vec::new();
    if let Some(check) = &view.lime_check {
        facts.push(app.texts.fill("till.result.lime", &[("number", check)]));
    }
    if view.paid_a_part() {
        let rest = view.rest.grouped();
        facts.push(app.texts.fill("till.payments.rest", &[("sum", &rest)]));
    }
    if app.has_operators() {
        facts.extend(who(app, view));
    }
    if view.step != Step::Finished {
        facts.push(step_words(app, view.step).to_owned());
    }
    if !facts.is_empty() {
        rows.push(Line::styled(
            fit::cut(&facts.join(" · "), width),
            app.theme.quiet(),
        ));
    }
    if let Some(problem) = &view.problem {
        rows.extend(
            fit::wrap(&app.sentence(problem), width, 2)
                .into_iter()
                .map(|words| Line::styled(words, app.theme.warn())),
        );
    }
    let mut refunds = refund::rows(app, view, width);
    let height = usize::from(inner.height);
    // The newest ones, and at least one leg.
    let old = refunds
        .len()
        .saturating_sub(height.saturating_sub(rows.len() + 1).max(1));
    refunds.drain(..old);
    let room = height.saturating_sub(rows.len() + refunds.len());
    let whole = view.legs.len() <= room;
    let shown = if whole { room } else { room.saturating_sub(1) };
    rows.extend(
        view.legs
            .iter()
            .take(shown)
            .map(|leg| leg_line(app, leg, &refund::leg_state(app, view, leg), width)),
    );
    if !whole {
        let more = view.legs.len().saturating_sub(shown);
        rows.push(Line::styled(
            app.texts.fill("till.payments.more", &[("n", &more)]),
            app.theme.quiet(),
        ));
    }
    rows.extend(refunds);
    lines(frame, inner, rows);
}
