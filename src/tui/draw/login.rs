//! Who is at the till: the way in, and a manager's yes over the shoulder.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, AskState, Asking, ManagerAsk, Refusal, Then};
use super::super::fit;
use super::super::hits::Place;
use super::super::theme::Theme;

use super::dialog::{Answer, answers_height, inner_width, question};
use super::frame::Frame;
use super::parts::{mark, offset, range_note, span};

/// Rows of the frame and of everything but the names and the words above them.
const OTHERS: usize = 6;

/// Nothing but the question: what was begun stays unseen until somebody is known.
pub(super) fn gate(app: &App, asking: &Asking, frame: &mut Frame, area: Rect) {
    let (title, words) = match app.last_operator() {
        Some(name) => (
            app.text("till.operators.locked"),
            app.texts.fill("till.operators.was", &[("who", &name)]),
        ),
        None => (
            app.text("till.operators.title"),
            app.text("till.operators.words"),
        ),
    };
    let yes = ("Enter", "till.key.log_in", KeyCode::Enter);
    ask(app, asking, &title, &words, &[yes], frame, area);
}

/// What somebody may not do alone, and who can let him.
pub(super) fn manager(app: &App, own: &ManagerAsk, frame: &mut Frame, area: Rect) {
    let what = app
        .texts
        .get(&format!("operators.right.{}", own.right.word()));
    let rule = match &own.then {
        Then::Pay(request) => request.wants_manager(),
        Then::Task(_) | Then::Learn(_) => None,
    };
    let words = match rule {
        Some(rule) => app.texts.fill(
            "till.operators.above",
            &[("account", &rule.account), ("sum", &rule.allowed.grouped())],
        ),
        None => app.texts.fill("till.operators.lacks", &[("what", &what)]),
    };
    let title = app.text("till.operators.manager");
    let yes = ("Enter", "till.key.say_yes", KeyCode::Enter);
    let no = ("Esc", "till.key.back", KeyCode::Esc);
    ask(app, &own.asking, &title, &words, &[yes, no], frame, area);
}

fn ask(
    app: &App,
    asking: &Asking,
    title: &str,
    words: &str,
    keys: &[Answer<'_>],
    frame: &mut Frame,
    area: Rect,
) {
    let width = inner_width(area);
    let mut rows = vec![Line::default()];
    let words = fit::wrap(words, width, 3);
    rows.extend(words.into_iter().map(Line::from));
    rows.push(Line::default());
    let people = &asking.people;
    let others = rows.len() + OTHERS + usize::from(answers_height(frame, keys));
    let room = usize::from(area.height).saturating_sub(others).max(1);
    let first = offset(people.len(), room, asking.selected, asking.selected);
    let above = rows.len();
    let names = people.iter().enumerate().skip(first).take(room);
    rows.extend(names.map(|(index, &id)| {
        let here = index == asking.selected;
        let style = if here {
            app.theme.selected()
        } else {
            Style::default()
        };
        let name = format!("{}{}", mark(here), app.settings.roster.name(id));
        Line::styled(fit::left(&name, width), style)
    }));
    let shown = rows.len() - above;
    rows.push(Line::default());
    rows.push(pin(app, asking));
    rows.push(said(app, asking, width));
    let note = range_note(people.len(), room, first);
    let inner = question(app, frame, area, title, rows, &note, keys);
    let places = (0..shown).map(|row| (above + row..above + row + 1, Place::Person(first + row)));
    frame.places(inner, 0, places.collect());
}

fn pin(app: &App, asking: &Asking) -> Line<'static> {
    Line::from(vec![
        span(
            format!("{}  ", app.texts.get("till.operators.pin")),
            app.theme.quiet(),
        ),
        span(asking.entry.shown(), Theme::title()),
    ])
}

/// What became of the last answer.
fn said(app: &App, asking: &Asking, width: usize) -> Line<'static> {
    let word = |key: &str| app.text(&format!("till.operators.{key}"));
    let count = |key: &str, n: &dyn std::fmt::Display| {
        app.texts
            .fill(&format!("till.operators.{key}"), &[("n", n)])
    };
    let (words, style) = match asking.state {
        AskState::Typing => (word("or_card"), app.theme.quiet()),
        AskState::Checking(_) => (word("checking"), app.theme.quiet()),
        AskState::Refused(why) => (
            match why {
                Refusal::TooShort => word("too_short"),
                Refusal::NoPin => word("no_pin"),
                Refusal::WrongPin(0) => word("wrong_last"),
                Refusal::WrongPin(left) => count("wrong", &left),
                Refusal::Paused(seconds) => count("paused", &seconds),
                Refusal::UnknownCard => word("unknown_card"),
                Refusal::CardNotWhole => app.text("till.card_trouble.partial"),
                Refusal::NotHis(who) => {
                    let name = app.settings.roster.name(who);
                    app.texts.fill("till.operators.not_his", &[("who", &name)])
                }
            },
            app.theme.bad(),
        ),
    };
    Line::styled(fit::cut(&words, width), style)
}
