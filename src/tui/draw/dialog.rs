//! Questions over the screen: stop, whose card, which sample card; what all questions are made of.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use super::super::app::{App, Doubt, NumberAsk};
use super::super::bill::Bill;
use super::super::fit;
use super::super::theme::Theme;
use super::parts::{centred, framed, lines, mark, pair, span};

/// Widest dialog.
const WIDTH: u16 = 64;

/// Columns of text inside a dialog.
pub(super) fn inner_width(area: Rect) -> usize {
    usize::from(WIDTH.min(area.width.saturating_sub(2))).saturating_sub(4)
}

/// A frame in the middle for rows of this number; answers the space inside.
pub(super) fn open(
    app: &App,
    frame: &mut Frame,
    area: Rect,
    title: &str,
    rows: usize,
    note: &str,
) -> Rect {
    let height = u16::try_from(rows.saturating_add(2)).unwrap_or(u16::MAX);
    let room = centred(area, WIDTH.min(area.width.saturating_sub(2)), height);
    frame.render_widget(Clear, room);
    framed(app, frame, room, title, note, true)
}

/// The keys that answer a question.
pub(super) fn answers(app: &App, keys: &[(&str, &str)]) -> Line<'static> {
    let mut spans = Vec::new();
    for (key, words) in keys {
        spans.push(span(*key, app.theme.key()));
        spans.push(span(
            format!(" {}   ", app.texts.get(words)),
            Style::default(),
        ));
    }
    Line::from(spans)
}

/// Whether to stop the running payment.
pub(super) fn cancel_ask(app: &App, frame: &mut Frame, area: Rect) {
    let width = inner_width(area);
    let mut rows = vec![Line::default()];
    rows.extend(
        fit::wrap(app.texts.get("till.cancel.words"), width, 4)
            .into_iter()
            .map(Line::from),
    );
    rows.push(Line::default());
    rows.push(answers(
        app,
        &[("Enter", "till.cancel.yes"), ("Esc", "till.cancel.no")],
    ));
    let inner = open(
        app,
        frame,
        area,
        &app.text("till.cancel.title"),
        rows.len(),
        "",
    );
    lines(frame, inner, rows);
}

/// Whether a card that was not read whole is the guest's: what Lime knows of it, to compare.
pub(super) fn doubt(app: &App, doubt: &Doubt, frame: &mut Frame, area: Rect) {
    let width = inner_width(area);
    let wrapped = |words: &str, style: Style| -> Vec<Line<'static>> {
        let words = fit::wrap(words, width, 4);
        words.into_iter().map(|w| Line::styled(w, style)).collect()
    };
    let mut rows = vec![Line::default()];
    let (words, title) = match &doubt.number {
        None => (
            "till.doubt.words",
            app.texts
                .fill("till.doubt.title", &[("card", &doubt.uid.masked())]),
        ),
        Some(number) => (
            "till.number.compare",
            app.texts.fill("till.number.typed", &[("number", number)]),
        ),
    };
    rows.extend(wrapped(app.texts.get(words), Style::default()));
    rows.push(Line::default());
    let names = 18;
    match &doubt.card {
        None => rows.extend(wrapped(
            app.texts.get("till.bill.asking_lime"),
            app.theme.quiet(),
        )),
        Some(Err(problem)) => rows.extend(wrapped(&app.sentence(problem), app.theme.bad())),
        Some(Ok(card)) => {
            let status = app.text(&format!("till.card_status.{}", card.status.word()));
            let style = if Bill::is_active(card) {
                Style::default()
            } else {
                app.theme.bad()
            };
            let fact = |key: &str, value: &str| pair(app, app.texts.get(key), value, names, width);
            rows.push(fact(
                "till.card.printed",
                card.number.as_deref().unwrap_or("–"),
            ));
            rows.push(fact(
                "till.card.holder",
                card.holder.as_deref().unwrap_or("–"),
            ));
            rows.push(fact("till.card.status", &status).style(style));
        }
    }
    rows.push(Line::default());
    let no = ("Esc", "till.doubt.no");
    rows.push(match &doubt.card {
        Some(Ok(_)) => answers(app, &[("Enter", "till.doubt.yes"), no]),
        None | Some(Err(_)) => answers(app, &[no]),
    });
    let inner = open(app, frame, area, &title, rows.len(), "");
    lines(frame, inner, rows);
}

/// The number printed on a card that cannot be read.
pub(super) fn number(app: &App, ask: &NumberAsk, frame: &mut Frame, area: Rect) {
    let width = inner_width(area);
    let wrapped = |words: &str, style: Style| -> Vec<Line<'static>> {
        let words = fit::wrap(words, width, 4);
        words.into_iter().map(|w| Line::styled(w, style)).collect()
    };
    let mut rows = vec![Line::default()];
    rows.extend(wrapped(
        app.texts.get("till.number.words"),
        Style::default(),
    ));
    rows.push(Line::default());
    rows.push(Line::styled(format!("№ {}_", ask.text), Theme::title()));
    rows.push(Line::default());
    match (&ask.asked, &ask.problem) {
        (Some(_), _) => rows.extend(wrapped(
            app.texts.get("till.bill.asking_lime"),
            app.theme.quiet(),
        )),
        (None, Some(problem)) => rows.extend(wrapped(&app.sentence(problem), app.theme.bad())),
        (None, None) => rows.push(Line::default()),
    }
    rows.push(answers(
        app,
        &[("Enter", "till.key.search"), ("Esc", "till.key.back")],
    ));
    let title = app.text("till.number.title");
    let inner = open(app, frame, area, &title, rows.len(), "");
    lines(frame, inner, rows);
}

/// The sample cards of the demo.
pub(super) fn demo(app: &App, selected: usize, frame: &mut Frame, area: Rect) {
    let width = inner_width(area);
    let cards = &app.settings.demo_cards;
    let room = usize::from(area.height).saturating_sub(5).max(1);
    let first = super::parts::offset(cards.len(), room, selected, selected);
    let mut rows: Vec<Line<'static>> = cards
        .iter()
        .enumerate()
        .skip(first)
        .take(room)
        .map(|(index, card)| {
            let style = if index == selected {
                app.theme.selected()
            } else {
                Style::default()
            };
            let number = if index < 9 {
                (index + 1).to_string()
            } else {
                " ".to_owned()
            };
            Line::styled(
                fit::left(
                    &format!("{}{number}  {card}", mark(index == selected)),
                    width,
                ),
                style,
            )
        })
        .collect();
    rows.push(Line::default());
    rows.push(answers(
        app,
        &[("1–9, Enter", "till.demo.tap"), ("Esc", "till.key.back")],
    ));
    let inner = open(
        app,
        frame,
        area,
        &app.text("till.demo.title"),
        rows.len(),
        &super::parts::range_note(cards.len(), room, first),
    );
    lines(frame, inner, rows);
}
