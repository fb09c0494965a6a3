//! The number pad for fingers, in windows from 100×30 up: below the dishes of a bill, where it covers no
//! sum, account or notice, and below every question that takes digits.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear};

use super::super::app::App;
use super::super::fit;
use super::super::keys::{Ctx, find};
use super::frame::Frame;
use super::parts::{lines, span};

/// Rows and columns of keys.
const ROWS: u16 = 4;
const COLUMNS: u16 = 5;
/// Columns of a key, its left border included: as wide as there is room, but no wider than that.
const KEY_WIDTH_MAX: u16 = 9;
/// In windows of that height a key has one row more.
const ROOMY: u16 = 40;
/// Narrower than that there is no pad.
const WIDTH_MIN: u16 = 30;

/// A key of the pad.
struct Pad {
    /// Left column and top row, from 0.
    at: (u16, u16),
    /// Columns and rows that it takes.
    size: (u16, u16),
    key: KeyCode,
    /// Its name; empty: what it does.
    label: &'static str,
}

const fn pad(at: (u16, u16), key: KeyCode, label: &'static str) -> Pad {
    let size = (1, 1);
    Pad {
        at,
        size,
        key,
        label,
    }
}

const fn digit(at: (u16, u16), digit: char, label: &'static str) -> Pad {
    pad(at, KeyCode::Char(digit), label)
}

/// As on a keyboard's own number pad.
const DIGITS: [Pad; 9] = [
    digit((0, 0), '7', "7"),
    digit((1, 0), '8', "8"),
    digit((2, 0), '9', "9"),
    digit((0, 1), '4', "4"),
    digit((1, 1), '5', "5"),
    digit((2, 1), '6', "6"),
    digit((0, 2), '1', "1"),
    digit((1, 2), '2', "2"),
    digit((2, 2), '3', "3"),
];

/// Beside the digits of a sum.
const OF_SUMS: [Pad; 9] = [
    digit((0, 3), '0', "0"),
    digit((1, 3), ',', ","),
    pad((3, 0), KeyCode::Backspace, "⌫"),
    digit((3, 1), '+', "+"),
    digit((3, 2), '*', "*"),
    Pad {
        at: (2, 3),
        size: (2, 1),
        key: KeyCode::Enter,
        label: "Enter",
    },
    pad((4, 0), KeyCode::F(2), "F2"),
    pad((4, 1), KeyCode::Delete, ""),
    Pad {
        at: (4, 2),
        size: (1, 2),
        key: KeyCode::F(5),
        label: "F5",
    },
];

/// Beside the digits of a form's sum.
const OF_FORMS: [Pad; 7] = [
    digit((0, 3), '0', "0"),
    digit((1, 3), ',', ","),
    pad((3, 0), KeyCode::Backspace, "⌫"),
    pad((4, 0), KeyCode::Delete, ""),
    pad((4, 1), KeyCode::Esc, ""),
    Pad {
        at: (2, 3),
        size: (2, 1),
        key: KeyCode::Enter,
        label: "Enter",
    },
    Pad {
        at: (4, 2),
        size: (1, 2),
        key: KeyCode::F(5),
        label: "F5",
    },
];

/// Beside the digits of a number.
const OF_NUMBERS: [Pad; 5] = [
    Pad {
        at: (0, 3),
        size: (3, 1),
        key: KeyCode::Char('0'),
        label: "0",
    },
    pad((3, 0), KeyCode::Backspace, "⌫"),
    pad((4, 0), KeyCode::Delete, ""),
    pad((4, 1), KeyCode::Esc, ""),
    Pad {
        at: (4, 2),
        size: (1, 2),
        key: KeyCode::Enter,
        label: "Enter",
    },
];

/// The keys that a pad has there; none where nobody types digits.
const fn keys(ctx: Ctx) -> Option<&'static [Pad]> {
    match ctx {
        Ctx::Bill => Some(&OF_SUMS),
        Ctx::Form => Some(&OF_FORMS),
        Ctx::Number | Ctx::Login | Ctx::Manager | Ctx::GuestPin | Ctx::Learn => Some(&OF_NUMBERS),
        Ctx::Orders
        | Ctx::Confirm
        | Ctx::Part
        | Ctx::Progress
        | Ctx::CancelAsk
        | Ctx::Result
        | Ctx::Card
        | Ctx::Payments
        | Ctx::Attention
        | Ctx::Sure
        | Ctx::Busy
        | Ctx::Outcome
        | Ctx::Doubt
        | Ctx::Readers
        | Ctx::Devices
        | Ctx::Watch
        | Ctx::Demo
        | Ctx::Help
        | Ctx::About => None,
    }
}

/// Whether the pad that is on screen has this key.
pub(super) fn has(frame: &Frame, key: &KeyEvent) -> bool {
    frame.is_for_fingers()
        && keys(frame.ctx())
            .is_some_and(|own| own.iter().any(|pad| KeyEvent::from(pad.key) == *key))
}

/// What the pad leaves of the area above it, and the pad's own place; `None` where there is none.
pub(super) fn split(frame: &Frame, area: Rect) -> Option<[Rect; 2]> {
    let here = frame.is_for_fingers() && keys(frame.ctx()).is_some();
    if !here || area.width < WIDTH_MIN {
        return None;
    }
    let key_height = if frame.area().height >= ROOMY { 3 } else { 2 };
    let height = ROWS * key_height + 1;
    let [above, below] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(height)]).areas(area);
    (!above.is_empty() && below.height == height).then_some([above, below])
}

/// Draws the pad in its place.
pub(super) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    let Some(own) = keys(frame.ctx()) else {
        return;
    };
    frame.render_widget(Clear, area);
    let grid = Grid::of(area);
    for key in DIGITS.iter().chain(own) {
        let place = grid.place(key);
        if find(frame.ctx(), &key.key.into()).is_some() {
            one(app, frame, place, key);
        }
    }
}

/// Where the borders between the keys are.
struct Grid {
    area: Rect,
    width: u16,
    height: u16,
}

impl Grid {
    fn of(area: Rect) -> Self {
        let width = (area.width / (COLUMNS + 1)).min(KEY_WIDTH_MAX);
        Self {
            area,
            width,
            height: (area.height.saturating_sub(1)) / ROWS,
        }
    }

    /// The last column is twice as wide: its keys say what they do.
    fn x(&self, column: u16) -> u16 {
        let last = u16::from(column == COLUMNS);
        self.area.x + (column + last) * self.width
    }

    fn place(&self, key: &Pad) -> Rect {
        let x = self.x(key.at.0);
        Rect {
            x,
            y: self.area.y + key.at.1 * self.height,
            // Borders are shared.
            width: self.x(key.at.0 + key.size.0) - x + 1,
            height: key.size.1 * self.height + 1,
        }
        .intersection(self.area)
    }
}

fn one(app: &App, frame: &mut Frame, area: Rect, pad: &Pad) {
    let block = Block::bordered()
        .border_type(BorderType::Plain)
        .border_style(app.theme.frame_active())
        .merge_borders(MergeStrategy::Exact);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let middle = Rect {
        y: inner.y + inner.height.saturating_sub(1) / 2,
        height: inner.height.min(1),
        ..inner
    };
    let words = words(app, frame.ctx(), pad, usize::from(inner.width));
    lines(frame, middle, vec![words.centered()]);
    // The shared borders at the right and below are the neighbours'.
    let press = Rect {
        width: area.width.saturating_sub(1),
        height: area.height.saturating_sub(1),
        ..area
    };
    frame.key(press, pad.key.into());
}

/// Its name, and where there is room for it what it does.
fn words(app: &App, ctx: Ctx, pad: &Pad, width: usize) -> Line<'static> {
    let does = find(ctx, &pad.key.into())
        .map_or("", |action| {
            app.texts.get(&format!("till.key.{}", action.word()))
        })
        .to_owned();
    if pad.label.is_empty() {
        return Line::from(span(fit::cut(&does, width), app.theme.key()));
    }
    let mut spans = vec![span(pad.label, app.theme.key())];
    let says = pad.at.0 + pad.size.0 == COLUMNS;
    if says && fit::width(pad.label) + 1 + fit::width(&does) <= width {
        spans.push(span(format!(" {does}"), Style::default()));
    }
    Line::from(spans)
}
