//! Questions over the screen: stop, whose card, which sample card; what all questions are made of.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use super::super::app::{App, Doubt, NumberAsk};
use super::super::bill::Bill;
use super::super::fit;
use super::super::hits::Place;
use super::super::theme::Theme;
use super::buttons::{self, Button};
use super::frame::Frame;
use super::pad;
use super::parts::{centred, framed, lines, mark, pair};

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

/// Free columns between two answers.
pub(super) const ANSWERS_GAP: u16 = 3;

/// A key that answers a question: its name, the locale key of what it does, and a press of it.
pub(super) type Answer<'a> = (&'a str, &'a str, KeyCode);

/// The number pad below has it: it needs no place of its own.
fn is_on_pad(frame: &Frame, answer: &Answer<'_>) -> bool {
    pad::has(frame, &KeyEvent::from(answer.2))
}

/// Rows that the answers of a question take.
pub(super) fn answers_height(frame: &Frame, keys: &[Answer<'_>]) -> u16 {
    if keys.iter().all(|answer| is_on_pad(frame, answer)) {
        0
    } else {
        buttons::height(frame)
    }
}

/// A frame in the middle with these rows, and below them the keys that answer.
pub(super) fn question(
    app: &App,
    frame: &mut Frame,
    area: Rect,
    title: &str,
    rows: Vec<Line<'static>>,
    note: &str,
    keys: &[Answer<'_>],
) -> Rect {
    let below = answers_height(frame, keys);
    let inner = open(
        app,
        frame,
        area,
        title,
        rows.len() + usize::from(below),
        note,
    );
    let [above, answers] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(inner);
    lines(frame, above, rows);
    let keys: Vec<Button> = keys
        .iter()
        .filter(|answer| !is_on_pad(frame, answer))
        .map(|&(label, words, key)| Button::new(label, app.texts.get(words), key))
        .collect();
    buttons::row(app, frame, answers, &keys, ANSWERS_GAP);
    above
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
    let yes = ("Enter", "till.cancel.yes", KeyCode::Enter);
    let no = ("Esc", "till.cancel.no", KeyCode::Esc);
    let title = app.text("till.cancel.title");
    question(app, frame, area, &title, rows, "", &[yes, no]);
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
    let yes = ("Enter", "till.doubt.yes", KeyCode::Enter);
    let no = ("Esc", "till.doubt.no", KeyCode::Esc);
    let keys: &[Answer<'_>] = match &doubt.card {
        Some(Ok(_)) => &[yes, no],
        None | Some(Err(_)) => &[no],
    };
    question(app, frame, area, &title, rows, "", keys);
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
    let search = ("Enter", "till.key.search", KeyCode::Enter);
    let back = ("Esc", "till.key.back", KeyCode::Esc);
    let title = app.text("till.number.title");
    question(app, frame, area, &title, rows, "", &[search, back]);
}

/// The sample cards of the demo.
pub(super) fn demo(app: &App, selected: usize, frame: &mut Frame, area: Rect) {
    let width = inner_width(area);
    let cards = &app.settings.demo_cards;
    let others = 4 + buttons::height(frame);
    let room = usize::from(area.height.saturating_sub(others)).max(1);
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
    let tap = ("1–9, Enter", "till.demo.tap", KeyCode::Enter);
    let back = ("Esc", "till.key.back", KeyCode::Esc);
    let title = app.text("till.demo.title");
    let note = super::parts::range_note(cards.len(), room, first);
    let inner = question(app, frame, area, &title, rows, &note, &[tap, back]);
    let places = (0..cards.len()).map(|index| (index..index + 1, Place::Demo(index)));
    frame.places(inner, first, places.collect());
}
