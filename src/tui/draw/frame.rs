//! What the screens are drawn on: the terminal's frame, which also notes what can be pressed where.

use std::ops::Range;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::super::hits::{Hits, Place, Target};
use super::super::keys::{Ctx, find};

/// A frame of the terminal with the spots of the picture.
pub(super) struct Frame<'f, 'b> {
    inner: &'f mut ratatui::Frame<'b>,
    ctx: Ctx,
    for_fingers: bool,
    hits: Hits,
}

impl<'f, 'b> Frame<'f, 'b> {
    /// Nothing is drawn yet. The keys go there; buttons are large where fingers press them.
    pub(super) fn new(inner: &'f mut ratatui::Frame<'b>, ctx: Ctx, for_fingers: bool) -> Self {
        Self {
            inner,
            ctx,
            for_fingers,
            hits: Hits::default(),
        }
    }

    /// The whole window.
    pub(super) fn area(&self) -> Rect {
        self.inner.area()
    }

    /// Where the keys go.
    pub(super) const fn ctx(&self) -> Ctx {
        self.ctx
    }

    /// Buttons are as large as a finger needs them.
    pub(super) const fn is_for_fingers(&self) -> bool {
        self.for_fingers
    }

    /// Draws.
    pub(super) fn render_widget<W: Widget>(&mut self, widget: W, area: Rect) {
        self.inner.render_widget(widget, area);
    }

    /// A press there is that key, where it has a meaning now.
    pub(super) fn key(&mut self, area: Rect, key: KeyEvent) {
        if find(self.ctx, &key).is_some() {
            self.hits.add(area, Target::Key(key));
        }
    }

    /// A press there chooses that.
    pub(super) fn place(&mut self, area: Rect, place: Place) {
        self.hits.add(area, Target::Row(place));
    }

    /// The same for lines of a list that is drawn into the area from that line on.
    pub(super) fn places(&mut self, area: Rect, first: usize, places: Vec<(Range<usize>, Place)>) {
        let height = usize::from(area.height);
        for (lines, place) in places {
            let from = lines.start.max(first) - first;
            let to = lines.end.saturating_sub(first).min(height);
            let (Ok(y), Ok(rows)) = (u16::try_from(from), u16::try_from(to.saturating_sub(from)))
            else {
                continue;
            };
            let lines = Rect {
                y: area.y.saturating_add(y),
                height: rows,
                ..area
            };
            self.place(lines, place);
        }
    }

    /// What follows lies over everything: nothing beneath it can be pressed.
    pub(super) fn cover(&mut self) {
        self.hits.clear();
    }

    /// What can be pressed.
    pub(super) fn into_hits(self) -> Hits {
        self.hits
    }
}
