//! What frames every screen: title, last notice, health of devices and servers, keys.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::app::{App, Layer, Tone};
use super::super::fit;
use super::super::keys::{Action, Ctx, actions, find};
use super::super::theme::Theme;
use super::buttons::{self, Button};
use super::frame::Frame;
use super::pad;
use super::parts::{lines, moment, span};

/// Where we are.
pub(super) fn head(app: &App, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let mut words = vec![];
    let mut opened = None;
    if app.gate().is_some() {
        words.push(app.text("till.head.orders"));
    } else if let Some(bill) = &app.bill {
        let order = bill.order();
        words.push(app.texts.fill("till.head.order", &[("name", &order.name)]));
        words.extend(
            app.orders
                .place_of(order)
                .map(|place| app.texts.fill("till.head.table", &[("table", &place)])),
        );
        words.extend(order.waiter.clone());
        words.extend(order.station.clone());
        opened = order.opened_at.map(moment);
    } else {
        words.push(app.text("till.head.orders"));
    }
    let who = app.operator().map(|name| fit::cut(name, width / 3));
    let who = who.unwrap_or_default();
    let room = width.saturating_sub(fit::width(&who) + 2);
    // When it was opened is said where the names leave room for it.
    let used: usize = words
        .iter()
        .chain(&opened)
        .map(|it| fit::width(it) + 3)
        .sum();
    words.extend(opened.filter(|_| used <= room + 2));
    let words = fit::pieces(&words, room.saturating_sub(1));
    lines(
        frame,
        area,
        vec![Line::from(vec![
            span(fit::left(&format!(" {words}"), room), Theme::title()),
            span(format!(" {who}"), app.theme.quiet()),
        ])],
    );
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
    /// More words, in brackets where there is room.
    detail: String,
    /// `None`: not known yet.
    good: Option<bool>,
}

impl Health {
    /// As it is written where so much must be left out: details first, then the words of what is
    /// well, then of what is not known yet.
    fn text(&self, left_out: u8) -> String {
        let name_only = match self.good {
            Some(true) => left_out >= 1,
            None => left_out >= 3,
            Some(false) => false,
        };
        if name_only {
            self.name.clone()
        } else if self.detail.is_empty() || left_out >= 2 {
            format!("{} {}", self.name, self.words)
        } else {
            format!("{} {} ({})", self.name, self.words, self.detail)
        }
    }
}

/// Servers, readers and journal: a mark and words for each, as many words as there is room for.
pub(super) fn status(app: &App, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(1);
    let all = healths(app);
    let texts = |left_out| -> Vec<String> { all.iter().map(|h| h.text(left_out)).collect() };
    let columns = |texts: &[String]| -> usize { texts.iter().map(|t| fit::width(t) + 4).sum() };
    let texts = (0..4)
        .map(texts)
        .find(|texts| columns(texts) <= width + 2)
        .unwrap_or_else(|| troubles_cut(&all, width + 2));
    let mut spans: Vec<Span<'static>> = vec![Span::raw(" ")];
    let mut room = width;
    for (health, text) in all.iter().zip(&texts) {
        let (mark, style) = match health.good {
            Some(true) => ("● ", app.theme.good()),
            Some(false) => ("○ ", app.theme.bad()),
            None => ("· ", app.theme.quiet()),
        };
        let text = fit::cut(text, room.saturating_sub(2));
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

/// All names, and what room they leave for the words of what is wrong: the beginning of a trouble
/// says more than a mark alone.
fn troubles_cut(all: &[Health], width: usize) -> Vec<String> {
    let names: usize = all.iter().map(|health| fit::width(&health.name) + 4).sum();
    let troubles = all.iter().filter(|health| health.good == Some(false));
    let share = width.saturating_sub(names) / troubles.count().max(1);
    all.iter()
        .map(|health| match health.good {
            Some(false) => fit::cut(&health.text(3), fit::width(&health.name) + share),
            Some(true) | None => health.name.clone(),
        })
        .collect()
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
            detail: String::new(),
            good: server.ok,
        })
        .collect();
    if app.settings.weak_tls {
        all.push(Health {
            name: app.text("till.status.tls"),
            words: app.text("till.status.weak_tls"),
            detail: String::new(),
            good: Some(false),
        });
    }
    if app.readers.is_empty() {
        all.push(Health {
            name: app.text("till.status.reader"),
            words: app.text("till.status.no_reader"),
            detail: String::new(),
            good: None,
        });
    }
    for reader in &app.readers {
        let good = reader.state.is_well();
        all.push(Health {
            name: reader.name.clone(),
            words: app.text(&format!("till.reader.{}", reader.state.word())),
            detail: if good == Some(true) {
                String::new()
            } else {
                reader.detail.clone()
            },
            good,
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
        detail: String::new(),
        good: Some(journal),
    });
    all
}

/// How much the last line needs the keys that scroll, where fingers press them.
const PAGES_RANK: u8 = 3;
/// Free columns between two keys of the last line.
const HINTS_GAP: u16 = 2;

/// The keys of this place in the order of the table; where not all fit, the most useful ones.
pub(super) fn foot(app: &App, frame: &mut Frame, area: Rect) {
    let ctx = app.ctx();
    let mut hints: Vec<(u8, usize, Button)> = actions(ctx)
        .iter()
        .enumerate()
        .filter_map(|(place, (action, keys))| {
            let rank = rank(app, ctx, *action)?;
            let words = app.texts.get(&format!("till.key.{}", action.word()));
            let button = if *action == Action::Up {
                Button::text("↑↓", words)
            } else {
                let key = keys.first()?;
                Button::new(&key.label().ok()?, words, key.event()?)
            };
            Some((rank, place, button))
        })
        .collect();
    if frame.is_for_fingers() {
        // Fingers have no wheel, and of two buttons they press the pad's.
        hints.retain(|(_, _, button)| button.key.is_some_and(|key| !pad::has(frame, &key)));
        let pages = [("↑", KeyCode::PageUp), ("↓", KeyCode::PageDown)];
        let pages = pages
            .into_iter()
            .filter(|&(_, key)| find(ctx, &key.into()).is_some());
        hints.extend(
            pages.map(|(label, key)| (PAGES_RANK, usize::MAX, Button::new(label, "", key))),
        );
    }
    hints.sort_by_key(|&(rank, place, _)| (rank, place));
    let area = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(1),
        ..area
    };
    let mut room = usize::from(area.width);
    hints.retain(|(_, _, button)| {
        let columns = buttons::columns(frame, button);
        let gap = usize::from(buttons::gap(frame, HINTS_GAP));
        let fits = columns <= room;
        room = room.saturating_sub(if fits { columns + gap } else { 0 });
        fits
    });
    hints.sort_by_key(|&(_, place, _)| place);
    let hints: Vec<Button> = hints.into_iter().map(|(_, _, button)| button).collect();
    buttons::row(app, frame, area, &hints, HINTS_GAP);
}

/// How much the footer needs the key here, lower is more; `None`: the help alone names it.
fn rank(app: &App, ctx: Ctx, action: Action) -> Option<u8> {
    match action {
        Action::Pay
        | Action::Confirm
        | Action::PayPart
        | Action::Open
        | Action::Close
        | Action::Tap
        | Action::Decide
        | Action::Search
        | Action::LogIn
        | Action::SayYes
        | Action::Learn
        | Action::Check => Some(0),
        Action::CheckPin => {
            let takes = |layer: &Layer| matches!(layer, Layer::GuestPin(ask) if ask.takes_digits());
            app.layers.last().is_some_and(takes).then_some(0)
        }
        Action::Lock => app.settings.roster.is_used().then_some(8),
        // The help names it: it is the technician's.
        Action::Readers => None,
        Action::Suggest | Action::Refund | Action::Record => Some(1),
        Action::Devices | Action::Watch => Some(2),
        Action::Answer => {
            let talk = app.tools.talk.as_ref();
            talk.is_some_and(|talk| talk.question.is_some())
                .then_some(0)
        }
        // The banner names it.
        Action::Attention => None,
        Action::NextField | Action::PreviousField | Action::Period => Some(2),
        Action::AskAgain => {
            let on_screen = app.paying.as_ref().and_then(|paying| paying.view.as_ref());
            (matches!(ctx, Ctx::Payments | Ctx::Attention)
                || on_screen.is_some_and(|view| !view.standing.is_rest()))
            .then_some(1)
        }
        Action::Number => app.settings.keyed_cards.then_some(6),
        Action::Demo => (!app.settings.demo_cards.is_empty()).then_some(2),
        Action::TakeRest | Action::Back => Some(3),
        Action::Help | Action::About => Some(4),
        Action::RemoveCard => Some(5),
        Action::Card => Some(6),
        Action::Payments => Some(7),
        Action::Leave => (!app.money_in_flight()).then_some(8),
        Action::Reload | Action::Share => Some(9),
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::First
        | Action::Last => matches!(
            ctx,
            Ctx::Help
                | Ctx::About
                | Ctx::Card
                | Ctx::Payments
                | Ctx::Attention
                | Ctx::Readers
                | Ctx::Login
                | Ctx::Manager
                | Ctx::Devices
                | Ctx::Watch
        )
        .then_some(4),
        Action::Find
        | Action::FindPayment
        | Action::TypeSum
        | Action::Write
        | Action::Choose
        | Action::Erase
        | Action::Clear
        | Action::Switch
        | Action::Repeat
        | Action::Mark
        | Action::StepBack
        | Action::Next => None,
    }
}
