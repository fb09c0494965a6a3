//! Buttons: keys of the table that can be pressed with the mouse or a finger.
//!
//! Where a finger has touched the screen and the window is large enough they are boxes of three rows;
//! otherwise the key's name and its words, as always.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType};

use super::super::app::App;
use super::super::fit;
use super::frame::Frame;
use super::parts::{lines, span};

/// Rows of a button for fingers.
pub(super) const TALL: u16 = 3;
/// One button.
#[derive(Clone, Debug)]
pub(super) struct Button {
    /// The key's name.
    pub(super) label: String,
    /// What it does.
    pub(super) words: String,
    /// What a press is; none where this only tells of keys.
    pub(super) key: Option<KeyEvent>,
}

impl Button {
    pub(super) fn new(label: &str, words: &str, key: impl Into<KeyEvent>) -> Self {
        Self {
            label: label.to_owned(),
            words: words.to_owned(),
            key: Some(key.into()),
        }
    }

    /// Tells of keys that are no button.
    pub(super) fn text(label: &str, words: &str) -> Self {
        Self {
            label: label.to_owned(),
            words: words.to_owned(),
            key: None,
        }
    }

    fn text_width(&self) -> usize {
        let words = fit::width(&self.words);
        fit::width(&self.label) + words + usize::from(words > 0)
    }
}

/// Rows that a row of buttons takes.
pub(super) const fn height(frame: &Frame) -> u16 {
    if frame.is_for_fingers() { TALL } else { 1 }
}

/// Columns that a button takes.
pub(super) fn columns(frame: &Frame, button: &Button) -> usize {
    button.text_width() + if frame.is_for_fingers() { 4 } else { 0 }
}

/// Free columns between two buttons: boxes need none.
pub(super) const fn gap(frame: &Frame, plain: u16) -> u16 {
    if frame.is_for_fingers() { 0 } else { plain }
}

/// Buttons one after another from the left, so far apart where they are no boxes; what does not fit
/// is left out.
pub(super) fn row(app: &App, frame: &mut Frame, area: Rect, buttons: &[Button], plain_gap: u16) {
    let tall = frame.is_for_fingers();
    let gap = gap(frame, plain_gap);
    let mut x = area.x;
    for button in buttons {
        let Ok(width) = u16::try_from(columns(frame, button)) else {
            continue;
        };
        if x.saturating_add(width) > area.right() {
            continue;
        }
        let place = Rect { x, width, ..area };
        if tall {
            boxed(app, frame, place, button);
        } else {
            lines(frame, place, vec![text(app, button)]);
            press(frame, place, button);
        }
        x = x.saturating_add(width).saturating_add(gap);
    }
}

/// A box with the button's text in its middle.
pub(super) fn boxed(app: &App, frame: &mut Frame, area: Rect, button: &Button) {
    let block = Block::bordered()
        .border_type(BorderType::Plain)
        .border_style(app.theme.frame_active());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let middle = Rect {
        y: inner.y + inner.height / 2,
        height: inner.height.min(1),
        ..inner
    };
    lines(frame, middle, vec![text(app, button).centered()]);
    press(frame, area, button);
}

fn press(frame: &mut Frame, area: Rect, button: &Button) {
    if let Some(key) = button.key {
        frame.key(area, key);
    }
}

fn text(app: &App, button: &Button) -> Line<'static> {
    let mut spans = vec![span(button.label.clone(), app.theme.key())];
    if !button.words.is_empty() {
        spans.push(span(format!(" {}", button.words), Style::default()));
    }
    Line::from(spans)
}
