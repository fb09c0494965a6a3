//! The technician's tools for card readers.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, LogRow, Tape};
use super::super::fit;
use super::super::hits::Place;
use super::super::msg::{CardSeen, ReaderSaw};
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{framed, lines, mark, offset, range_note, span};
use super::readers::{seen, time};

/// Most rows of one text.
const ROWS_MAX: usize = 8;

/// What is plugged in, one of them chosen.
pub(super) fn devices(app: &App, selected: usize, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let height = usize::from(area.height).saturating_sub(2);
    let mut rows: Vec<Line<'static>> = Vec::new();
    let (mut from, mut to) = (0, 0);
    let mut places: Vec<(Range<usize>, Place)> = Vec::new();
    match &app.tools.devices {
        None => rows.extend(quiet(app, "till.tools.looking", width)),
        Some(devices) if devices.is_empty() => {
            rows.extend(quiet(app, "reader.list.nothing", width));
        }
        Some(devices) => {
            for (place, device) in devices.iter().enumerate() {
                let is_chosen = place == selected;
                let begin = rows.len();
                let mut texts = device.lines.iter();
                let head = texts.next().map_or("", String::as_str);
                let style = if is_chosen {
                    app.theme.selected()
                } else {
                    Theme::title()
                };
                let head = fit::cut(&format!("{}{head}", mark(is_chosen)), width);
                rows.push(Line::styled(head, style));
                for text in texts {
                    let wrapped = fit::wrap(text, width.saturating_sub(4), ROWS_MAX);
                    rows.extend(wrapped.into_iter().map(|w| Line::from(format!("    {w}"))));
                }
                if is_chosen {
                    (from, to) = (begin, rows.len().saturating_sub(1));
                }
                places.push((begin..rows.len(), Place::Device(place)));
            }
        }
    }
    let first = offset(rows.len(), height, from, to);
    let note = range_note(rows.len(), height, first);
    let title = app.text("till.tools.devices");
    let inner = framed(app, frame, area, &title, &note, true);
    frame.places(inner, first, places);
    let shown = rows.into_iter().skip(first).take(height).collect();
    lines(frame, inner, shown);
}

/// What the readers say, the newest first. Numbers are masked, as everywhere on the screen.
pub(super) fn watch(app: &App, scroll: usize, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let height = usize::from(area.height).saturating_sub(2);
    let mut rows: Vec<Line<'static>> = Vec::new();
    if app.tools.log.is_empty() {
        rows.extend(quiet(app, "till.tools.nothing_yet", width));
    }
    for row in &app.tools.log {
        rows.extend(event(app, row, width));
    }
    rows.push(Line::default());
    rows.extend(quiet(app, "till.tools.whole_numbers", width));
    let first = scroll.min(rows.len().saturating_sub(height));
    let note = range_note(rows.len(), height, first);
    let title = app.text("till.tools.watch");
    let inner = framed(app, frame, area, &title, &note, true);
    let shown = rows.into_iter().skip(first).take(height).collect();
    lines(frame, inner, shown);
}

fn event(app: &App, row: &LogRow, width: usize) -> Vec<Line<'static>> {
    let (words, style) = match &row.saw {
        ReaderSaw::Card(card) => (seen(app, card), Style::default()),
        ReaderSaw::Gone => (app.text("reader.watch.gone"), app.theme.quiet()),
        ReaderSaw::Noise(count) => (
            app.texts.plural("reader.watch.noise", u64::from(*count)),
            app.theme.warn(),
        ),
        ReaderSaw::Unread(trouble) => (
            app.text(&format!("till.card_trouble.{}", trouble.word())),
            app.theme.warn(),
        ),
        ReaderSaw::State(state) => (
            app.text(&format!("till.reader.{}", state.word())),
            match state.is_well() {
                Some(true) => app.theme.good(),
                Some(false) => app.theme.bad(),
                None => app.theme.quiet(),
            },
        ),
    };
    let head = format!(
        "{} {}: ",
        time(app, row.at),
        fit::cut(&row.reader, width / 3)
    );
    let room = width.saturating_sub(fit::width(&head));
    let mut rows = vec![Line::from(vec![
        span(head, app.theme.quiet()),
        span(fit::cut(&words, room), style),
    ])];
    if let ReaderSaw::Card(CardSeen {
        trouble: Some(trouble),
        ..
    }) = &row.saw
    {
        let words = app.text(&format!("till.card_trouble.{}", trouble.word()));
        let text = fit::cut(&format!("         {words}"), width);
        rows.push(Line::styled(text, app.theme.warn()));
    }
    rows
}

/// The dialogue in which a reader is learnt: what was said last, the question, the answer.
pub(super) fn learn(app: &App, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let height = usize::from(area.height).saturating_sub(2);
    let title = app.text("till.tools.learn");
    let inner = framed(app, frame, area, &title, "", true);
    let Some(talk) = &app.tools.talk else {
        return;
    };
    let mut rows: Vec<Line<'static>> = Vec::new();
    for line in &talk.lines {
        let wrapped = fit::wrap(line, width, ROWS_MAX);
        if wrapped.is_empty() {
            rows.push(Line::default());
        }
        rows.extend(wrapped.into_iter().map(Line::from));
    }
    if let Some(question) = &talk.question {
        rows.push(Line::default());
        let wrapped = fit::wrap(question, width, ROWS_MAX);
        rows.extend(wrapped.into_iter().map(|w| Line::styled(w, Theme::title())));
        let room = width.saturating_sub(3);
        rows.push(Line::from(vec![
            span("> ", app.theme.key()),
            span(tail(&talk.answer, room), Style::default()),
            span("_", app.theme.quiet()),
        ]));
    } else if talk.is_over {
        rows.push(Line::default());
        rows.extend(quiet(app, "till.tools.over", width));
    }
    // The end is what matters.
    let first = rows.len().saturating_sub(height);
    let shown = rows.into_iter().skip(first).collect();
    lines(frame, inner, shown);
}

/// The last characters of what is typed.
fn tail(text: &str, room: usize) -> String {
    let count = text.chars().count();
    text.chars().skip(count.saturating_sub(room)).collect()
}

/// The recordings, for the page of the readers.
pub(super) fn tapes(app: &App, width: usize) -> Vec<Line<'static>> {
    let mut rows: Vec<Line<'static>> = Vec::new();
    for tape in &app.tools.tapes {
        let (words, style) = tape_words(app, tape);
        let wrapped = fit::wrap(&words, width, ROWS_MAX);
        rows.extend(wrapped.into_iter().map(|w| Line::styled(w, style)));
    }
    if !rows.is_empty() {
        rows.push(Line::default());
    }
    rows
}

fn tape_words(app: &App, tape: &Tape) -> (String, Style) {
    let (reader, file) = (&tape.reader, &tape.file);
    match &tape.ended {
        None => {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("reader", reader), ("file", file)];
            (
                app.texts.fill("till.tools.recording", &values),
                app.theme.warn(),
            )
        }
        Some((reads, why)) => {
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("reader", reader), ("file", file), ("n", reads)];
            let words = app.texts.fill("till.tools.recorded", &values);
            if why.is_empty() {
                (words, Style::default())
            } else {
                (format!("{words} {why}"), app.theme.warn())
            }
        }
    }
}

fn quiet(app: &App, key: &str, width: usize) -> Vec<Line<'static>> {
    let words = fit::wrap(app.texts.get(key), width, ROWS_MAX);
    let styled = words.into_iter();
    styled.map(|w| Line::styled(w, app.theme.quiet())).collect()
}
