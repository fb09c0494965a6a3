//! The keys of every place, made from the key table.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::fit;
use super::super::keys::{Action, Ctx, Key, actions};
use super::super::msg::GuestPins;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{framed, lines, range_note, span};

pub(super) fn draw(app: &App, scroll: usize, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let mut rows: Vec<Line<'static>> = Vec::new();
    for words in fit::wrap(app.texts.get("till.help.words"), width, 6) {
        rows.push(Line::from(words));
    }
    let no_demo = app.settings.demo_cards.is_empty();
    let no_numbers = !app.settings.keyed_cards;
    let no_people = !app.settings.roster.is_used();
    for ctx in Ctx::ALL {
        if no_people && matches!(ctx, Ctx::Login | Ctx::Manager) {
            continue;
        }
        if ctx == Ctx::GuestPin && app.settings.guest_pins == GuestPins::Never {
            continue;
        }
        if (ctx == Ctx::Demo && no_demo) || (ctx == Ctx::Number && no_numbers) {
            continue;
        }
        rows.push(Line::default());
        rows.push(Line::styled(
            app.text(&format!("till.ctx.{}", ctx.word())),
            Theme::title(),
        ));
        for (action, keys) in actions(ctx) {
            if action == Action::Lock && no_people {
                continue;
            }
            if (action == Action::Demo && no_demo) || (action == Action::Number && no_numbers) {
                continue;
            }
            rows.push(row(app, action, &keys, width));
        }
    }
    let height = usize::from(area.height).saturating_sub(2);
    let first = scroll.min(rows.len().saturating_sub(height));
    let title = app
        .texts
        .fill("till.help.title", &[("version", &app.settings.version)]);
    let note = range_note(rows.len(), height, first);
    let inner = framed(app, frame, area, &title, &note, true);
    lines(
        frame,
        inner,
        rows.into_iter().skip(first).take(height).collect(),
    );
}

fn row(app: &App, action: Action, keys: &[Key], width: usize) -> Line<'static> {
    let labels: Vec<String> = keys
        .iter()
        .map(|key| match key.label() {
            Ok(label) => label,
            Err(class) => app.text(&format!("till.keys.{class}")),
        })
        .collect();
    let column = 26;
    Line::from(vec![
        span(
            fit::left(&format!("  {}", labels.join(" ")), column),
            app.theme.key(),
        ),
        span(
            fit::cut(
                app.texts.get(&format!("till.does.{}", action.word())),
                width.saturating_sub(column),
            ),
            Style::default(),
        ),
    ])
}
