//! The card readers: state, what to do about it, and what each saw last.

use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, ReaderHealth};
use super::super::fit;
use super::super::msg::{CardSeen, ReaderState};
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{framed, lines, pair, range_note, span};
use super::tools;

const NAMES: usize = 18;
/// Most rows of what to do about a reader.
const CURE_ROWS_MAX: usize = 6;

pub(super) fn draw(app: &App, scroll: usize, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let mut rows = tools::tapes(app, width);
    for reader in &app.readers {
        rows.extend(one(app, reader, width));
        rows.push(Line::default());
    }
    if app.readers.is_empty() {
        rows.extend(wrapped(app, "till.readers.none", width, Style::default()));
        rows.push(Line::default());
    }
    rows.extend(wrapped(app, "till.readers.tools", width, app.theme.quiet()));
    let height = usize::from(area.height).saturating_sub(2);
    let first = scroll.min(rows.len().saturating_sub(height));
    let note = range_note(rows.len(), height, first);
    let inner = framed(
        app,
        frame,
        area,
        &app.text("till.readers.title"),
        &note,
        true,
    );
    let shown = rows.into_iter().skip(first).take(height).collect();
    lines(frame, inner, shown);
}

fn wrapped(app: &App, key: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let words = fit::wrap(app.texts.get(key), width, CURE_ROWS_MAX);
    words.into_iter().map(|w| Line::styled(w, style)).collect()
}

fn one(app: &App, reader: &ReaderHealth, width: usize) -> Vec<Line<'static>> {
    let (mark, style) = match reader.state.is_well() {
        Some(true) => ("● ", app.theme.good()),
        Some(false) => ("○ ", app.theme.bad()),
        None => ("· ", app.theme.quiet()),
    };
    let state = app
        .texts
        .get(&format!("till.reader.{}", reader.state.word()));
    let name = fit::cut(&reader.name, width / 2);
    let room = width.saturating_sub(fit::width(&name) + 4);
    let mut rows = vec![Line::from(vec![
        span(mark, style),
        span(name, Theme::title()),
        span(format!("  {}", fit::cut(state, room)), style),
    ])];
    let cure = match reader.state {
        ReaderState::Absent if reader.detail.is_empty() => app.texts.get("till.readers.do_absent"),
        ReaderState::Lost if reader.detail.is_empty() => app.texts.get("till.readers.do_lost"),
        ReaderState::Ready
        | ReaderState::Opening
        | ReaderState::Absent
        | ReaderState::Lost
        | ReaderState::Behind
        | ReaderState::Busy
        | ReaderState::NoPermission
        | ReaderState::NoDriver
        | ReaderState::Taken
        | ReaderState::Ambiguous
        | ReaderState::Unfit
        | ReaderState::Forbidden => &reader.detail,
    };
    let fact = |key: &str, value: &str| {
        let name = format!("  {}", app.texts.get(key));
        pair(app, &name, value, NAMES, width)
    };
    rows.extend(
        fit::wrap(cure, width.saturating_sub(2), CURE_ROWS_MAX)
            .into_iter()
            .filter(|words| !words.is_empty())
            .map(|words| Line::from(format!("  {words}"))),
    );
    let card = reader.card.as_ref();
    let last = card.map_or_else(
        || app.text("till.readers.no_card"),
        |(at, card)| format!("{} · {}", time(app, *at), seen(app, card)),
    );
    rows.push(fact("till.readers.last", &last));
    let trouble = card.and_then(|(_, card)| card.trouble);
    if let Some(trouble) = trouble {
        let words = app
            .texts
            .get(&format!("till.card_trouble.{}", trouble.word()));
        rows.push(Line::styled(
            fit::cut(&format!("  {words}"), width),
            app.theme.warn(),
        ));
    }
    rows.push(fact("till.readers.cards", &reader.cards.to_string()));
    if let Some((at, count)) = reader.noise {
        let value = format!("{count} · {}", time(app, at));
        rows.push(fact("till.readers.noise", &value));
    }
    rows
}

pub(super) fn seen(app: &App, card: &CardSeen) -> String {
    let kind = app
        .texts
        .get(&format!("till.technology.{}", card.technology));
    let bits = app.texts.fill("till.readers.bits", &[("n", &card.bits)]);
    match &card.masked {
        Some(masked) => format!("{masked} · {kind} · {bits}"),
        None => format!("{kind} · {bits}"),
    }
}

/// `13:15:02`.
pub(super) fn time(app: &App, at: Timestamp) -> String {
    app.local(at).strftime("%H:%M:%S").to_string()
}
