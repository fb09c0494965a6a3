//! The banner over every screen, and the list of what needs a person.

use crossterm::event::KeyCode;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, Item, Row, RowKey};
use super::super::fit;
use super::super::hits::Place;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{framed, lines, mark, offset, range_note, short_moment, span};
use super::payment::leg_line;
use super::{orphan, refund, task};
use crate::domain::Money;
use crate::payment::reason::Reason;
use crate::payment::view::{Concern, InDoubt};

const TIME: usize = 13;
const WHAT: usize = 9;
const SUM: usize = 14;
/// Most rows of references.
const REFERENCES_MAX: usize = 4;

/// Count and sum of what needs a person; `None` where nothing does.
pub(super) fn banner(app: &App) -> Option<String> {
    let rows = app.attention_rows();
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    if count == 0 {
        return None;
    }
    let sum = Money::total(rows.iter().map(Row::sum)).unwrap_or(Money::CEILING);
    Some(format!(
        "! {} · {} · F12",
        app.texts.plural("count.operations", count),
        app.texts
            .fill("till.attention.sum", &[("sum", &sum.grouped())])
    ))
}

pub(super) fn draw_banner(app: &App, words: &str, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let words = fit::left(&format!(" {words}"), width);
    frame.key(area, KeyCode::F(12).into());
    lines(frame, area, vec![Line::styled(words, app.theme.alarm())]);
}

pub(super) fn draw(app: &App, selected: Option<RowKey>, frame: &mut Frame, area: Rect) {
    let items = app.attention_rows();
    let selected = app.attention_index(selected);
    let wanted = u16::try_from(items.len().max(1) + 2).unwrap_or(u16::MAX);
    let above = wanted.clamp(3, (area.height / 3).max(4));
    let [list, detail] =
        Layout::vertical([Constraint::Length(above), Constraint::Fill(1)]).areas(area);
    let height = usize::from(list.height).saturating_sub(2);
    let first = offset(items.len(), height, selected, selected);
    let inner = framed(
        app,
        frame,
        list,
        &app.text("till.attention.title"),
        &range_note(items.len(), height, first),
        true,
    );
    let width = usize::from(inner.width);
    let mut rows: Vec<Line<'static>> = items
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .map(|(index, item)| row(app, item, width, index == selected))
        .collect();
    if items.is_empty() {
        rows.push(Line::styled(
            format!("  {}", app.texts.get("till.attention.none")),
            app.theme.quiet(),
        ));
    }
    let places = items.iter().enumerate();
    let places = places.map(|(index, item)| (index..index + 1, Place::Attention(item.key())));
    frame.places(inner, first, places.collect());
    lines(frame, inner, rows);
    if let Some(item) = items.get(selected) {
        one(app, item, frame, detail);
    }
}

fn kind(app: &App, item: &Item<'_>) -> &'static str {
    app.texts.get(if item.refund.is_some() {
        "till.attention.refund"
    } else {
        "till.attention.payment"
    })
}

/// What it is, of which order, and what is the matter with it.
fn columns(app: &App, row: &Row<'_>) -> (&'static str, String, String, Style) {
    match row {
        Row::Item(item) => {
            let concern = item.concern();
            let words = app.text(&format!("till.attention.state_{}", concern.word()));
            let style = match concern {
                Concern::NeedsManager => app.theme.bad(),
                Concern::Unknown | Concern::ByHand => app.theme.warn(),
            };
            (kind(app, item), item.view.order_name.clone(), words, style)
        }
        Row::Orphan(found) => (
            app.texts.get("till.orphan.kind"),
            found.order_name.clone().unwrap_or_else(|| "–".to_owned()),
            orphan::short(app, found),
            app.theme.bad(),
        ),
    }
}

fn row(app: &App, item: &Row<'_>, width: usize, selected: bool) -> Line<'static> {
    let style = if selected {
        app.theme.selected()
    } else {
        Style::default()
    };
    // When it began is said below as well.
    let time = if width < 70 { 0 } else { TIME };
    let rest = width.saturating_sub(2 + time + WHAT + SUM + 2);
    let order = rest / 3;
    let (kind, name, words, urgent) = columns(app, item);
    let mut name = fit::left(&name, order.saturating_sub(1));
    name.push(' ');
    Line::from(vec![
        span(
            format!(
                "{}{}{}{name}{}  ",
                mark(selected),
                fit::left(&short_moment(app.local(item.since())), time),
                fit::left(kind, WHAT),
                fit::money(item.sum(), SUM),
            ),
            style,
        ),
        span(fit::left(&words, rest.saturating_sub(order)), urgent),
    ])
}

/// The selected one: what is in doubt, what r_keeper and Lime know, and under which names.
fn one(app: &App, row: &Row<'_>, frame: &mut Frame, area: Rect) {
    let room = usize::from(area.width).saturating_sub(6);
    let title = match row {
        Row::Item(item) => item_title(app, item, room),
        Row::Orphan(found) => orphan::title(app, found, room),
    };
    let inner = framed(app, frame, area, &title, "", false);
    let width = usize::from(inner.width);
    let height = usize::from(inner.height);
    let (mut rows, mut names) = match row {
        Row::Item(item) => (facts(app, item, width), references(app, item, width)),
        Row::Orphan(found) => (
            orphan::rows(app, found, width),
            named_rows(app, orphan::references(found), width),
        ),
    };
    // An item's accounts come after its facts; an orphan's sums are among them.
    let kept = match row {
        Row::Item(_) => rows.len() + 2,
        Row::Orphan(_) => rows.len(),
    };
    names.truncate(height.saturating_sub(kept));
    let room = height.saturating_sub(rows.len() + names.len());
    rows.extend(match row {
        Row::Item(item) => money(app, item, room, width),
        Row::Orphan(_) => orphan::to_do(app, room, width),
    });
    // What is drawn last must not be what was cut off.
    rows.truncate(height.saturating_sub(names.len()));
    let gap = height.saturating_sub(rows.len() + names.len());
    rows.extend(std::iter::repeat_n(Line::default(), gap));
    rows.extend(names);
    lines(frame, inner, rows);
}

fn item_title(app: &App, item: &Item<'_>, room: usize) -> String {
    fit::around(room, &item.view.order_name, |order| {
        app.texts.fill(
            "till.attention.detail",
            &[
                ("what", &kind(app, item)),
                ("order", &order),
                ("sum", &item.sum().grouped()),
                ("since", &short_moment(app.local(item.since()))),
            ],
        )
    })
}

fn facts(app: &App, item: &Item<'_>, width: usize) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    let mut add = |text: &str, style: Style, most: usize| {
        rows.extend(
            fit::wrap(text, width, most)
                .into_iter()
                .map(|row| Line::styled(row, style)),
        );
    };
    let todo = item
        .refund
        .and_then(|of| refund::to_do(app, item.view, of))
        .filter(|_| item.in_doubt() == Some(InDoubt::ByHand));
    if let Some(todo) = todo {
        add(&todo, Theme::title(), 3);
    } else if let Some(doubt) = item.in_doubt() {
        add(&task::question(app, doubt), Theme::title(), 2);
    }
    if let Some(doubt) = item.in_doubt() {
        let key = format!("till.attention.rkeeper_{}", doubt.word());
        add(app.texts.get(&key), Style::default(), 2);
    }
    let problem = match item.refund {
        Some(of) => of.problem.as_ref(),
        None => item.view.problem.as_ref(),
    };
    // That it is left to a person was just said.
    let said = |reason| reason == Reason::AnnulByHand;
    if let Some(problem) = problem.filter(|p| !said(p.reason) || !p.detail.is_empty()) {
        add(&app.sentence(problem), app.theme.warn(), 2);
    }
    if let Some(of) = item.refund {
        let words = app.texts.fill(
            "till.attention.asked_by",
            &[("who", &of.operator), ("why", &of.why)],
        );
        add(&words, app.theme.quiet(), 1);
    }
    rows
}

/// Account by account, as many as there is room for.
pub(super) fn money(app: &App, item: &Item<'_>, room: usize, width: usize) -> Vec<Line<'static>> {
    let mut rows: Vec<Line<'static>> = match item.refund {
        Some(of) => refund::part_rows(app, item.view, &of.parts, width),
        None => item
            .view
            .legs
            .iter()
            .map(|leg| leg_line(app, leg, &refund::leg_state(app, item.view, leg), width))
            .collect(),
    };
    if room == 0 {
        rows.clear();
    } else if rows.len() > room {
        let more = rows.len() - room.saturating_sub(1);
        rows.truncate(room.saturating_sub(1));
        rows.push(Line::styled(
            app.texts.fill("till.payments.more", &[("n", &more)]),
            app.theme.quiet(),
        ));
    }
    rows
}

/// Under which names the servers know it.
fn references(app: &App, item: &Item<'_>, width: usize) -> Vec<Line<'static>> {
    let view = item.view;
    let owned = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let back = match item.refund {
        Some(of) => of.lime_check.as_deref(),
        None => view.references.give_back.as_deref(),
    };
    let lock = item.refund.map_or(&view.references.lock, |of| &of.lock);
    let refund = item.refund.map(|of| of.id.to_string());
    let named = vec![
        ("till.attention.ref_payment", view.id.to_string()),
        ("till.attention.ref_refund", refund.unwrap_or_default()),
        (
            "till.attention.ref_debit",
            owned(view.lime_check.as_deref()),
        ),
        ("till.attention.ref_give_back", owned(back)),
        (
            "till.attention.ref_receipt",
            owned(view.check_num.as_deref()),
        ),
        (
            "till.attention.ref_line",
            owned(view.references.line.as_deref()),
        ),
        ("till.attention.ref_order", view.order.0.clone()),
        ("till.attention.ref_lock", lock.clone()),
    ];
    named_rows(app, named, width)
}

/// Names with their values, as far as there are any.
fn named_rows(app: &App, named: Vec<(&str, String)>, width: usize) -> Vec<Line<'static>> {
    // A name and its value stay together.
    let words: Vec<String> = named
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{} {value}", app.texts.get(name)).replace(' ', "\u{a0}"))
        .collect();
    fit::wrap(&words.join(" "), width, REFERENCES_MAX)
        .into_iter()
        .map(|row| Line::styled(row, app.theme.quiet()))
        .collect()
}
