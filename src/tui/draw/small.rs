//! A window too small for any screen: says so, and still shows the payment and the way out.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, HEIGHT_MIN, WIDTH_MIN};
use super::super::fit;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::lines;
use super::payment::step_words;
use super::refund::standing_words;
use crate::payment::view::Standing;

pub(super) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let mut rows: Vec<Line<'static>> = Vec::new();
    let mut add = |text: &str, style: Style| {
        rows.extend(
            fit::wrap(text, width, height)
                .into_iter()
                .map(|row| Line::styled(row, style)),
        );
    };
    // What needs a person and the payment come first: it is what must not be cut off.
    if let Some(words) = super::attention::banner(app) {
        add(&words, app.theme.bad());
    }
    if let Some(words) = payment_words(app) {
        add(&words, app.theme.warn());
    }
    if let Some(notice) = &app.notice {
        add(&notice.text, Theme::title());
    }
    add(app.texts.get("till.small.leave"), app.theme.quiet());
    add(
        &app.texts.fill(
            "till.small.words",
            &[
                ("width", &WIDTH_MIN),
                ("height", &HEIGHT_MIN),
                ("now", &format!("{width}×{height}")),
            ],
        ),
        Style::default(),
    );
    rows.truncate(height);
    lines(frame, area, rows);
}

/// State of the payment on screen.
fn payment_words(app: &App) -> Option<String> {
    let paying = app.paying.as_ref()?;
    let sum = paying.request.order.unpaid.grouped();
    let name = &paying.request.order.name;
    let state = match &paying.view {
        None => app.text("till.payment.starting"),
        Some(view) if view.standing == Standing::Working => step_words(app, view.step).to_owned(),
        Some(view) => standing_words(app, view),
    };
    Some(app.texts.fill(
        "till.small.payment",
        &[("order", name), ("sum", &sum), ("state", &state)],
    ))
}
