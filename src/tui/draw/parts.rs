//! What all screens are made of: frames, rows of columns, scrolled lists.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};

use super::super::app::App;
use super::super::fit;
use super::frame::Frame;

/// The mark of the row that keys act on.
pub(super) const MARK: &str = "▸ ";
/// As wide as [`MARK`].
pub(super) const NO_MARK: &str = "  ";

/// The mark's column.
pub(super) const fn mark(selected: bool) -> &'static str {
    if selected { MARK } else { NO_MARK }
}

/// A frame with a title; answers the space inside, one column free at either side.
pub(super) fn framed(
    app: &App,
    frame: &mut Frame,
    area: Rect,
    title: &str,
    note: &str,
    active: bool,
) -> Rect {
    let style = if active {
        app.theme.frame_active()
    } else {
        app.theme.frame()
    };
    let room = usize::from(area.width).saturating_sub(6);
    let mut block = Block::bordered()
        .border_type(BorderType::Plain)
        .border_style(style);
    if !title.is_empty() {
        block = block.title(Span::styled(
            format!(" {} ", fit::cut(title, room)),
            app.theme.heading(),
        ));
    }
    if !note.is_empty() {
        block = block.title_bottom(
            Line::styled(format!(" {} ", fit::cut(note, room)), app.theme.quiet()).right_aligned(),
        );
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    Rect {
        x: inner.x.saturating_add(1),
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// Lines from the top of the area; what does not fit is not drawn.
pub(super) fn lines(frame: &mut Frame, area: Rect, lines: Vec<Line<'static>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

/// First row to show so that `from..=to` is in view, near the middle where there is a choice.
pub(super) fn offset(rows: usize, height: usize, from: usize, to: usize) -> usize {
    let last = rows.saturating_sub(height);
    let middle = from.midpoint(to);
    middle
        .saturating_sub(height / 2)
        .max((to + 1).saturating_sub(height))
        .min(from)
        .min(last)
}

/// «3–15 / 40» for a list that does not fit, otherwise nothing.
pub(super) fn range_note(rows: usize, height: usize, first: usize) -> String {
    if rows <= height || height == 0 {
        String::new()
    } else {
        format!("{}–{} / {rows}", first + 1, (first + height).min(rows))
    }
}

/// Columns that the name of an account keeps beside its card.
const ACCOUNT_MIN: usize = 8;

/// An account's name and its card in so many columns together: the card is whole, and the name has what
/// is left.
pub(super) fn account_and_card(account: &str, card: &str, columns: usize) -> (String, String) {
    let wanted = fit::width(card) + 3;
    let name = fit::cut(account, columns.saturating_sub(wanted).max(ACCOUNT_MIN));
    let card = fit::left(
        &format!(" · {card}"),
        columns.saturating_sub(fit::width(&name)),
    );
    (name, card)
}

/// A styled piece of a row.
pub(super) fn span(text: impl Into<String>, style: Style) -> Span<'static> {
    Span::styled(text.into(), style)
}

/// Name at the left, value right after a column for names.
pub(super) fn pair(
    app: &App,
    name: &str,
    value: &str,
    names: usize,
    width: usize,
) -> Line<'static> {
    Line::from(vec![
        span(fit::left(name, names), app.theme.quiet()),
        span(
            fit::cut(value, width.saturating_sub(names)),
            Style::default(),
        ),
    ])
}

/// `05.03.2024 13:15`.
pub(super) fn moment(at: DateTime) -> String {
    at.strftime("%d.%m.%Y %H:%M").to_string()
}

/// `05.03 13:15`.
pub(super) fn short_moment(at: DateTime) -> String {
    at.strftime("%d.%m %H:%M").to_string()
}

/// `01.12.2026`.
pub(super) fn day(at: DateTime) -> String {
    at.strftime("%d.%m.%Y").to_string()
}

/// Months ahead in which a day and a month say enough.
const MONTHS_WITHOUT_YEAR: i32 = 11;

/// `01.12`, and `01.12.2030` where that could be taken for another year's: what is past, further away
/// than eleven months, or nobody says what day it is.
pub(super) fn coming_day(day: Date, today: Option<Date>) -> String {
    let comes_soon = today.is_some_and(|today| {
        let limit = today.saturating_add(MONTHS_WITHOUT_YEAR.months());
        (today..=limit).contains(&day)
    });
    let form = if comes_soon { "%d.%m" } else { "%d.%m.%Y" };
    day.strftime(form).to_string()
}

/// A box of at most this size in the middle of the area.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_has_its_year_where_it_could_be_another_one() {
        let day: Date = "2026-12-01".parse().unwrap();
        for (today, shown) in [
            (Some("2026-12-01"), "01.12"),
            (Some("2026-11-30"), "01.12"),
            (Some("2026-01-01"), "01.12"),
            (Some("2025-12-31"), "01.12.2026"),
            (Some("2025-12-01"), "01.12.2026"),
            (Some("2026-12-02"), "01.12.2026"),
            (Some("9999-12-31"), "01.12.2026"),
            (None, "01.12.2026"),
        ] {
            let today = today.map(|today| today.parse().unwrap());
            assert_eq!(coming_day(day, today), shown, "{today:?}");
        }
    }

    proptest! {
        #[test]
        fn the_selected_row_is_always_in_view(
            rows in 1_usize..300, height in 2_usize..40, at in 0_usize..300, tall in 0_usize..2,
        ) {
            let from = at.min(rows - 1);
            let to = (from + tall).min(rows - 1);
            let first = offset(rows, height, from, to);
            prop_assert!(first <= from && to < first + height);
            prop_assert!(first <= rows.saturating_sub(height));
        }
    }
}
