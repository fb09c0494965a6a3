//! What frames every screen: title, last notice, health of devices and servers, keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::app::{App, Tone};
use super::super::fit;
use super::super::keys::{Action, Ctx, actions};
use super::super::msg::ReaderState;
use super::parts::{lines, moment, span};
use crate::payment::view::Standing;

/// Where we are, and how many payments are not settled.
pub(super) fn head(app: &App, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let mut words = vec![];
    if let Some(bill) = &app.bill {
        let order = bill.order();
        words.push(app.texts.fill("till.head.order", &[("name", &order.name)]));
        words.extend(
            order
                .table
                .as_ref()
                .map(|table| app.texts.fill("till.head.table", &[("table", table)])),
        );
        words.extend(order.waiter.clone());
        words.extend(order.station.clone());
        words.extend(order.opened_at.map(moment));
    } else {
        words.push(app.text("till.head.orders"));
    }
    let attention = attention(app);
    let room = width.saturating_sub(fit::width(&attention) + 2);
    let mut spans = vec![span(
        fit::left(&format!(" {}", words.join(" · ")), room),
        app.theme.title(),
    )];
    if !attention.is_empty() {
        spans.push(span(format!("{attention} "), app.theme.warn()));
    }
    lines(frame, area, vec![Line::from(spans)]);
}

/// Unsettled payments that are not on screen.
fn attention(app: &App) -> String {
    let manager = app
        .parked
        .iter()
        .filter(|view| view.standing == Standing::NeedsManager)
        .count();
    let all = app.parked.len();
    if manager > 0 {
        app.texts.fill("till.head.manager", &[("n", &manager)])
    } else if all > 0 {
        app.texts.fill("till.head.unsettled", &[("n", &all)])
    } else {
        String::new()
    }
}

/// The answer to the last key or event.
pub(super) fn notice(app: &App, frame: &mut Frame, area: Rect) {
    let Some(notice) = &app.notice else {
        return;
    };
    let (mark, style) = match notice.tone {
        Tone::Info => ("· ", Style::default()),
        Tone::Warn => ("! ", app.theme.warn()),
        Tone::Bad => ("× ", app.theme.bad()),
    };
    let width = usize::from(area.width).saturating_sub(4);
    lines(
        frame,
        area,
        vec![Line::from(vec![
            span(format!(" {mark}"), style),
            span(fit::cut(&notice.text, width), style),
        ])],
    );
}

struct Health {
    name: String,
    words: String,
    /// `None`: not known yet.
    good: Option<bool>,
}

/// Servers, readers and journal: a mark and words for each. Where the row is too short the good
/// ones keep only their names.
pub(super) fn status(app: &App, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(1);
    let all = healths(app);
    let whole = |health: &Health| format!("{} {}", health.name, health.words);
    let brief = |health: &Health| {
        if health.good == Some(true) {
            health.name.clone()
        } else {
            whole(health)
        }
    };
    let columns = |texts: &[String]| -> usize { texts.iter().map(|t| fit::width(t) + 4).sum() };
    let mut texts: Vec<String> = all.iter().map(whole).collect();
    if columns(&texts) > width {
        texts = all.iter().map(brief).collect();
    }
    let mut spans: Vec<Span<'static>> = vec![Span::raw(" ")];
    let mut room = width;
    for (health, text) in all.iter().zip(&texts) {
        let (mark, style) = match health.good {
            Some(true) => ("● ", app.theme.good()),
            Some(false) => ("○ ", app.theme.bad()),
            None => ("· ", app.theme.quiet()),
        };
        let text = fit::cut(text, room.saturating_sub(4));
        room = room.saturating_sub(fit::width(&text) + 4);
        let words = if health.good == Some(false) {
            style
        } else {
            app.theme.quiet()
        };
        spans.push(span(mark, style));
        spans.push(span(text, words));
        spans.push(Span::raw("  "));
    }
    lines(frame, area, vec![Line::from(spans)]);
}

fn healths(app: &App) -> Vec<Health> {
    let texts = app.texts;
    let mut all: Vec<Health> = app
        .servers
        .iter()
        .map(|server| Health {
            name: server.server.to_string(),
            words: texts
                .get(match server.ok {
                    Some(true) => "till.status.server_ok",
                    Some(false) => "till.status.server_bad",
                    None => "till.status.server_unheard",
                })
                .to_owned(),
            good: server.ok,
        })
        .collect();
    if app.readers.is_empty() {
        all.push(Health {
            name: app.text("till.status.reader"),
            words: app.text("till.status.no_reader"),
            good: None,
        });
    }
    for reader in &app.readers {
        let mut words = app.text(&format!("till.reader.{}", reader.state.word()));
        if !reader.detail.is_empty() && reader.state != ReaderState::Ready {
            words = format!("{words} ({})", reader.detail);
        }
        all.push(Health {
            name: reader.name.clone(),
            words,
            good: match reader.state {
                ReaderState::Ready => Some(true),
                ReaderState::Opening => None,
                ReaderState::Absent
                | ReaderState::Lost
                | ReaderState::Busy
                | ReaderState::NoPermission => Some(false),
            },
        });
    }
    let journal = app.journal_trouble.is_empty();
    all.push(Health {
        name: app.text("till.status.journal"),
        words: if journal {
            app.text("till.status.journal_ok")
        } else {
            app.journal_trouble.clone()
        },
        good: Some(journal),
    });
    all
}

/// The keys of this place, as many as fit, in the order of the table.
pub(super) fn foot(app: &App, frame: &mut Frame, area: Rect) {
    let ctx = app.ctx();
    let mut room = usize::from(area.width).saturating_sub(1);
    let mut spans = vec![Span::raw(" ")];
    for (action, keys) in actions(ctx) {
        let Some(label) = hint(app, ctx, action, &keys) else {
            continue;
        };
        let words = app.texts.get(&format!("till.key.{}", action.word()));
        let columns = fit::width(&label) + fit::width(words) + 3;
        if columns > room + 2 {
            continue;
        }
        room = room.saturating_sub(columns);
        spans.push(span(label, app.theme.key()));
        spans.push(span(format!(" {words}  "), Style::default()));
    }
    lines(frame, area, vec![Line::from(spans)]);
}

/// What the footer calls the key, where the action belongs into the footer at all.
fn hint(app: &App, ctx: Ctx, action: Action, keys: &[super::super::keys::Key]) -> Option<String> {
    let wanted = match action {
        Action::Demo => !app.settings.demo_cards.is_empty(),
        Action::AskAgain => {
            ctx == Ctx::Payments
                || app
                    .paying
                    .as_ref()
                    .and_then(|paying| paying.view.as_ref())
                    .is_some_and(|view| !view.standing.is_rest())
        }
        Action::Type | Action::Erase | Action::Clear | Action::Switch => false,
        Action::Open => ctx != Ctx::Bill,
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::First
        | Action::Last => ctx == Ctx::Help || ctx == Ctx::Card,
        Action::TakeRest
        | Action::Suggest
        | Action::Pay
        | Action::Confirm
        | Action::Reload
        | Action::RemoveCard
        | Action::Card
        | Action::Payments
        | Action::Help
        | Action::Back
        | Action::Leave => true,
    };
    let label = if matches!(action, Action::Up) {
        "↑↓".to_owned()
    } else {
        keys.first()?.label().ok()?
    };
    wanted.then_some(label)
}
