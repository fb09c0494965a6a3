//! The question for a guest's PIN: whose it is, for which sum, and dots for what he types.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, GuestPin, PinState};
use super::super::fit;
use super::super::theme::Theme;
use super::dialog::{Answer, inner_width, question};
use super::frame::Frame;
use super::parts::span;
use crate::domain::Money;
use crate::payment::reason::Problem;

/// Columns of a sum.
const SUM: usize = 14;
/// Most rows for what came of the last PIN: it is the same height whatever came of it.
const SAID_ROWS: usize = 2;

pub(super) fn draw(app: &App, ask: &GuestPin, frame: &mut Frame, area: Rect) {
    let width = inner_width(area);
    let mut rows = vec![Line::default()];
    rows.extend(whose(app, ask, width));
    rows.push(Line::default());
    rows.push(Line::from(vec![
        span(
            format!("{}  ", app.texts.get("till.guest_pin.pin")),
            app.theme.quiet(),
        ),
        span(ask.entry.shown(), Theme::title()),
    ]));
    let (words, style) = said(app, &ask.state);
    let mut said = fit::wrap(&words, width, SAID_ROWS);
    said.resize(SAID_ROWS, String::new());
    rows.extend(said.into_iter().map(|row| Line::styled(row, style)));
    let yes = ("Enter", "till.key.check_pin", KeyCode::Enter);
    let no = ("Esc", "till.guest_pin.no", KeyCode::Esc);
    let keys: &[Answer<'_>] = if ask.takes_digits() {
        &[yes, no]
    } else {
        &[no]
    };
    let note = match ask.guest {
        (_, 1) => String::new(),
        (place, all) => app
            .texts
            .fill("till.guest_pin.guest", &[("n", &place), ("all", &all)]),
    };
    let title = app.text("till.guest_pin.title");
    question(app, frame, area, &title, rows, &note, keys);
}

/// The guest's card with the sum, and below it the accounts that want the PIN.
fn whose(app: &App, ask: &GuestPin, width: usize) -> Vec<Line<'static>> {
    let Some(card) = ask.card() else {
        return vec![];
    };
    let shares = ask.request.pin_shares(card);
    let total = Money::total(shares.iter().map(|&(_, sum)| sum)).unwrap_or_default();
    let number = card.number.as_ref();
    let number = number.map(|number| app.texts.fill("till.card.number", &[("number", number)]));
    let words: Vec<String> = number
        .into_iter()
        .chain([card.uid.masked()])
        .chain(card.holder.clone())
        .collect();
    let rules = shares.iter().filter_map(|(account, _)| {
        let most = account.terms.rules.pin_above?;
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("account", &account.name), ("sum", &most.grouped())];
        Some(app.texts.fill("till.guest_pin.above", &values))
    });
    let rules: Vec<String> = rules.collect();
    vec![
        Line::from(vec![
            span(
                fit::left(&words.join(" · "), width.saturating_sub(SUM)),
                Theme::title(),
            ),
            span(fit::money(total, SUM), Theme::sum()),
        ]),
        Line::styled(fit::cut(&rules.join("; "), width), app.theme.quiet()),
    ]
}

/// What is asked, or what came of the last PIN.
fn said(app: &App, state: &PinState) -> (String, Style) {
    let word = |key: &str| app.text(&format!("till.guest_pin.{key}"));
    let why = |key: &str, problem: &Problem| {
        let why = app.sentence(problem);
        app.texts
            .fill(&format!("till.guest_pin.{key}"), &[("why", &why)])
    };
    match state {
        PinState::Typing => (word("words"), app.theme.quiet()),
        PinState::Checking(_) => (word("checking"), app.theme.quiet()),
        PinState::TooShort => (word("too_short"), app.theme.bad()),
        PinState::Again(problem) => (why("again", problem), app.theme.bad()),
        PinState::Unclear(problem) => (why("unclear", problem), app.theme.bad()),
        PinState::Over(problem) => (why("over", problem), app.theme.bad()),
    }
}
