//! A decision or a refund: form, question, work, outcome.

use std::ops::Range;

use crossterm::event::KeyCode;
use ratatui::layout::{Offset, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use super::super::app::{App, Field, Stage, Task, What, left_of};
use super::super::fit;
use super::super::hits::Place;
use super::super::msg::Answer;
use super::super::theme::Theme;
use super::buttons::{self, Button};
use super::dialog::ANSWERS_GAP;
use super::frame::Frame;
use super::parts::{framed, lines, mark, offset, range_note, span};
use super::{attention, orphan, payment, refund};
use crate::domain::Money;
use crate::payment::view::{InDoubt, PaymentView, RefundStanding, Standing, Verdict};

const SUM: usize = 14;
/// Columns of the names of the fields.
const NAMES: usize = 12;

pub(super) fn draw(app: &App, task: &Task, frame: &mut Frame, area: Rect) {
    frame.render_widget(Clear, area);
    let width = usize::from(area.width).saturating_sub(4);
    let height = usize::from(area.height).saturating_sub(2);
    let below = buttons::height(frame);
    let (rows, note, places) = match &task.stage {
        Stage::Filling => form(app, task, width, height),
        Stage::Sure => {
            let room = height.saturating_sub(usize::from(below));
            let (rows, note) = sure(app, task, width, room);
            (rows, note, vec![])
        }
        Stage::Busy => (busy(app, task, width), String::new(), vec![]),
        Stage::Outcome(answer) => {
            let (rows, note) = outcome(app, task, answer, width, height);
            (rows, note, vec![])
        }
    };
    let inner = framed(
        app,
        frame,
        area,
        &title(app, task, usize::from(area.width).saturating_sub(6)),
        &note,
        true,
    );
    let y = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    lines(frame, inner, rows);
    frame.places(inner, 0, places);
    if task.stage == Stage::Sure {
        let rest = inner.offset(Offset { x: 0, y }).intersection(inner);
        let rest = Rect {
            height: rest.height.min(below),
            ..rest
        };
        buttons::row(app, frame, rest, &answers(app, task), ANSWERS_GAP);
    }
}

/// What answers the question.
fn answers(app: &App, task: &Task) -> [Button; 2] {
    let yes = match task.what {
        What::Decide { .. } => "till.task.yes_decide",
        What::Refund { .. } => "till.task.yes_refund",
        What::Known { .. } => "till.orphan.yes",
    };
    [
        Button::new("Enter", app.texts.get(yes), KeyCode::Enter),
        Button::new("Esc", app.texts.get("till.task.no"), KeyCode::Esc),
    ]
}

/// Rows, a note how many choices are in view, and what can be chosen in which row.
type Form = (Vec<Line<'static>>, String, Vec<(Range<usize>, Place)>);

fn title(app: &App, task: &Task, room: usize) -> String {
    let (key, view) = match &task.what {
        What::Decide {
            view, refund: None, ..
        } => ("till.task.decide_payment", view),
        What::Decide { view, .. } => ("till.task.decide_refund", view),
        What::Refund { view, .. } => ("till.task.refund", view),
        What::Known { seen } => return orphan::task_title(app, seen, room),
    };
    fit::around(room, &view.order_name, |order| {
        let sum = sum(task).grouped();
        app.texts.fill(key, &[("order", &order), ("sum", &sum)])
    })
}

/// What is decided about, or what the payment paid.
fn sum(task: &Task) -> Money {
    match &task.what {
        What::Decide {
            view,
            refund: Some(id),
            ..
        } => {
            let found = view.refunds.iter().find(|refund| refund.id == *id);
            found.map_or(Money::ZERO, |refund| refund.total)
        }
        What::Decide {
            view, refund: None, ..
        }
        | What::Refund { view, .. } => view.total,
        What::Known { seen } => seen.sum(),
    }
}

/// What a person is asked.
pub(super) fn question(app: &App, doubt: InDoubt) -> String {
    app.text(&format!("till.decide.{}", doubt.word()))
}

/// What he may answer, and what that does with the money.
fn verdict(app: &App, doubt: InDoubt, verdict: Verdict) -> String {
    app.text(&format!("till.decide.{}_{}", doubt.word(), verdict.word()))
}

fn verdict_does(app: &App, doubt: InDoubt, verdict: Verdict, sum: Money) -> String {
    let key = format!("till.decide_does.{}_{}", doubt.word(), verdict.word());
    app.texts.fill(&key, &[("sum", &sum.grouped())])
}

fn wrapped(text: &str, style: Style, width: usize, most: usize) -> Vec<Line<'static>> {
    fit::wrap(text, width, most)
        .into_iter()
        .map(|row| Line::styled(row, style))
        .collect()
}

fn form(app: &App, task: &Task, width: usize, height: usize) -> Form {
    let heading = match &task.what {
        What::Decide { seen, .. } => question(app, *seen),
        What::Refund { .. } => app.text("till.refund.what"),
        What::Known { .. } => app.text("till.orphan.ask"),
    };
    let mut rows = wrapped(&heading, Theme::title(), width, 2);
    let (choices, chosen) = choices(app, task, width);
    let fields = fields(app, task, width);
    let room = height.saturating_sub(rows.len() + fields.len() + 3).max(1);
    let first = offset(choices.len(), room, chosen, chosen);
    let note = range_note(choices.len(), room, first);
    let mut places = Vec::new();
    for (index, choice) in choices.into_iter().enumerate().skip(first).take(room) {
        places.push((rows.len()..rows.len() + 1, Place::Choice(index)));
        rows.push(choice);
    }
    rows.push(Line::default());
    let named = task.fields().iter().filter(|&&own| own != Field::Choice);
    places.extend(
        named
            .zip(rows.len()..)
            .map(|(&own, row)| (row..row + 1, Place::Field(own))),
    );
    rows.extend(fields);
    rows.push(Line::default());
    rows.extend(wrapped(
        app.texts.get("till.task.fill_in"),
        app.theme.quiet(),
        width,
        1,
    ));
    // Whose money it is about, where there is room for it.
    if let Some(item) = task.item() {
        rows.push(Line::default());
        let room = height.saturating_sub(rows.len());
        rows.extend(attention::money(app, &item, room, width));
    }
    if let What::Known { seen } = &task.what {
        rows.push(Line::default());
        rows.extend(orphan::sums(app, seen, width));
        rows.truncate(height);
    }
    (rows, note, places)
}

fn choices(app: &App, task: &Task, width: usize) -> (Vec<Line<'static>>, usize) {
    let (texts, chosen): (Vec<(String, Option<Money>)>, usize) = match &task.what {
        What::Decide {
            seen, verdict: at, ..
        } => {
            let all = task.verdicts();
            let chosen = all.iter().position(|one| one == at).unwrap_or(0);
            let texts = all.iter().map(|&one| (verdict(app, *seen, one), None));
            (texts.collect(), chosen)
        }
        What::Known { .. } => (vec![(app.text("till.orphan.known"), None)], 0),
        What::Refund { leg, .. } => {
            let legs = task.legs();
            let all = Money::total(legs.iter().map(|leg| left_of(leg))).unwrap_or(Money::CEILING);
            let at = leg.and_then(|number| legs.iter().position(|leg| leg.number == number));
            let texts = std::iter::once((app.text("till.refund.all"), Some(all))).chain(
                legs.iter()
                    .map(|leg| (refund::leg_name(app, leg), Some(left_of(leg)))),
            );
            (texts.collect(), at.map_or(0, |at| at + 1))
        }
    };
    let here = task.field == Field::Choice;
    let rows = texts
        .into_iter()
        .enumerate()
        .map(|(index, (text, sum))| {
            let number = if index < 9 {
                (index + 1).to_string()
            } else {
                " ".to_owned()
            };
            let style = match (index == chosen, here) {
                (true, true) => app.theme.selected(),
                (true, false) => Theme::title(),
                (false, _) => Style::default(),
            };
            let columns = if sum.is_some() { SUM } else { 0 };
            let text = format!("{}{number}  {text}", mark(index == chosen));
            let mut row = fit::left(&text, width.saturating_sub(columns));
            row.extend(sum.map(|sum| fit::money(sum, SUM)));
            Line::styled(row, style)
        })
        .collect();
    (rows, chosen)
}

fn fields(app: &App, task: &Task, width: usize) -> Vec<Line<'static>> {
    let field = |field: Field, name: &str, value: &str| {
        let here = task.field == field;
        let style = if here {
            app.theme.selected()
        } else {
            Style::default()
        };
        let name = format!("{}{}", mark(here), app.texts.get(name));
        let value = if here && field != Field::Sum {
            format!("{value}_")
        } else {
            value.to_owned()
        };
        Line::from(vec![
            span(fit::left(&name, NAMES), app.theme.quiet()),
            span(end_of(&value, width.saturating_sub(NAMES)), style),
        ])
    };
    let mut rows = Vec::new();
    if let What::Refund {
        leg: Some(_), sum, ..
    } = &task.what
    {
        let shown = sum.shown();
        let shown = if shown.is_empty() && task.field == Field::Sum {
            "_"
        } else {
            &shown
        };
        rows.push(field(Field::Sum, "till.task.sum", shown));
    }
    if task.by.operator.is_none() {
        rows.push(field(Field::Operator, "till.task.operator", &task.operator));
    }
    rows.push(field(Field::Why, "till.task.why", &task.why));
    rows
}

/// The end of a text that is being typed.
fn end_of(text: &str, width: usize) -> String {
    let mut from = 0;
    let chars: Vec<char> = text.chars().collect();
    while fit::width(&chars.iter().skip(from).collect::<String>()) > width {
        from += 1;
    }
    chars.into_iter().skip(from).collect()
}

fn sure(app: &App, task: &Task, width: usize, height: usize) -> (Vec<Line<'static>>, String) {
    let mut rows = vec![Line::default()];
    let mut middle = Vec::new();
    match &task.what {
        What::Decide {
            seen, verdict: one, ..
        } => {
            let said = verdict(app, *seen, *one);
            rows.extend(wrapped(&said, Theme::title(), width, 2));
            let does = verdict_does(app, *seen, *one, sum(task));
            rows.extend(wrapped(&does, app.theme.warn(), width, 3));
        }
        What::Known { seen } => {
            let said = app.texts.get("till.orphan.known");
            rows.extend(wrapped(said, Theme::title(), width, 2));
            let sum = seen.sum().grouped();
            let does = app.texts.fill("till.orphan.known_does", &[("sum", &sum)]);
            rows.extend(wrapped(&does, app.theme.warn(), width, 3));
        }
        What::Refund { view, .. } => {
            let parts = task.parts();
            let total = Money::total(parts.iter().map(|part| part.1)).unwrap_or(Money::CEILING);
            let words = app
                .texts
                .fill("till.refund.sure", &[("sum", &total.grouped())]);
            rows.extend(wrapped(&words, Theme::title(), width, 2));
            middle = refund::part_rows(app, view, &parts, width);
        }
    }
    let mut end = vec![Line::default()];
    if matches!(task.what, What::Refund { .. }) {
        let words = app.texts.get("till.refund.sure_rkeeper");
        end.extend(wrapped(words, app.theme.quiet(), width, 2));
    }
    let who = app.texts.fill(
        "till.task.signed",
        &[("who", &task.operator.trim()), ("why", &task.why.trim())],
    );
    end.extend(wrapped(&who, Style::default(), width, 3));
    if let Some(who) = &task.by.approver {
        let words = app.texts.fill("till.operators.approved", &[("who", who)]);
        end.extend(wrapped(&words, Style::default(), width, 1));
    }
    end.push(Line::default());
    let room = height.saturating_sub(rows.len() + end.len()).max(1);
    let first = task.scroll.min(middle.len().saturating_sub(room));
    let note = range_note(middle.len(), room, first);
    rows.extend(middle.into_iter().skip(first).take(room));
    rows.extend(end);
    (rows, note)
}

fn busy(app: &App, task: &Task, width: usize) -> Vec<Line<'static>> {
    let mut rows = vec![Line::default()];
    let view = task.view();
    let going = view.and_then(|view| task.refund_in(view)).filter(|refund| {
        refund.standing == RefundStanding::Working
            && !matches!(&task.what, What::Decide { refund: None, .. })
    });
    let words = match (going, view) {
        (Some(going), _) => refund::words(app, going),
        (None, Some(view)) if view.standing == Standing::Working => {
            payment::step_words(app, view.step).to_owned()
        }
        (None, _) => app.text("till.task.starting"),
    };
    rows.extend(wrapped(&words, Theme::title(), width, 2));
    rows.push(Line::default());
    rows.extend(wrapped(
        app.texts.get("till.task.wait"),
        app.theme.quiet(),
        width,
        2,
    ));
    rows
}

fn outcome(
    app: &App,
    task: &Task,
    answer: &Answer,
    width: usize,
    height: usize,
) -> (Vec<Line<'static>>, String) {
    let mut rows = match answer {
        Answer::Done(view) => done(app, task, view, width),
        Answer::Noted => match &task.what {
            What::Known { seen } => orphan::noted(app, seen, width),
            What::Decide { .. } | What::Refund { .. } => vec![],
        },
        Answer::NotStarted(problem) => {
            let mut rows = vec![Line::default()];
            let words = format!("× {}", app.texts.get("till.task.not_done"));
            rows.extend(wrapped(&words, app.theme.bad(), width, 2));
            rows.extend(wrapped(&app.sentence(problem), Style::default(), width, 3));
            rows
        }
        Answer::CutOff(problem) => {
            let mut rows = vec![Line::default()];
            let words = format!("? {}", app.texts.get("till.task.cut_off"));
            rows.extend(wrapped(&words, app.theme.bad(), width, 3));
            rows.extend(wrapped(&app.sentence(problem), app.theme.warn(), width, 3));
            rows
        }
    };
    rows.truncate(height.saturating_sub(2));
    rows.push(Line::default());
    rows.push(Line::styled(
        fit::cut(app.texts.get("till.task.close"), width),
        app.theme.quiet(),
    ));
    (rows, String::new())
}

fn done(app: &App, task: &Task, view: &PaymentView, width: usize) -> Vec<Line<'static>> {
    let about_payment = matches!(&task.what, What::Decide { refund: None, .. });
    let found = task.refund_in(view).filter(|_| !about_payment);
    let Some(of) = found else {
        let mut rows = payment::outcome(app, view, width);
        rows.push(Line::default());
        rows.extend(
            view.legs
                .iter()
                .map(|leg| payment::leg_line(app, leg, &refund::leg_state(app, view, leg), width)),
        );
        return rows;
    };
    let (mark, style) = match of.standing {
        RefundStanding::Refunded | RefundStanding::ByHand => ("✓", app.theme.good()),
        RefundStanding::Refused => ("×", app.theme.bad()),
        RefundStanding::Working | RefundStanding::Unknown | RefundStanding::NeedsManager => {
            ("?", app.theme.warn())
        }
    };
    let mut rows = vec![Line::default()];
    let words = format!("{mark} {}", refund::words(app, of));
    rows.extend(wrapped(&words, style, width, 2));
    rows.extend(refund::expired_rows(app, of, width));
    if let Some(todo) = refund::to_do(app, view, of) {
        rows.extend(wrapped(&todo, Theme::title(), width, 4));
    }
    let by_hand = of.standing == RefundStanding::ByHand;
    if let Some(problem) = of.problem.as_ref().filter(|p| {
        !by_hand || p.reason != crate::payment::reason::Reason::AnnulByHand || !p.detail.is_empty()
    }) {
        rows.extend(wrapped(&app.sentence(problem), app.theme.warn(), width, 3));
    }
    if by_hand {
        let words = app.texts.get("till.refund.then_mark");
        rows.extend(wrapped(words, app.theme.quiet(), width, 2));
    }
    rows.push(Line::default());
    if of.standing != RefundStanding::Refused {
        rows.extend(refund::part_rows(app, view, &of.parts, width));
    }
    rows
}
