//! Styles by meaning. No meaning hangs on colour alone: marks and words carry it too.

use ratatui::style::{Color, Modifier, Style};

/// The styles of the till screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    colours: bool,
}

impl Theme {
    /// With colours, or with none at all.
    pub(super) const fn new(no_color: bool) -> Self {
        Self { colours: !no_color }
    }

    const fn paint(self, style: Style, colour: Color) -> Style {
        if self.colours {
            style.fg(colour)
        } else {
            style
        }
    }

    /// Frames.
    pub(super) const fn frame(self) -> Style {
        self.paint(Style::new(), Color::DarkGray)
    }

    /// The frame that has the arrows.
    pub(super) const fn frame_active(self) -> Style {
        self.paint(Style::new(), Color::Gray)
    }

    /// Headings.
    pub(super) const fn title() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What matters less, or cannot be used.
    pub(super) const fn quiet(self) -> Style {
        self.paint(Style::new(), Color::DarkGray)
    }

    /// The row that the keys act on.
    pub(super) const fn selected(self) -> Style {
        self.paint(Style::new().add_modifier(Modifier::BOLD), Color::Cyan)
    }

    /// A key's name in the footer.
    pub(super) const fn key(self) -> Style {
        self.paint(Style::new().add_modifier(Modifier::BOLD), Color::Cyan)
    }

    /// Done, fits, ready.
    pub(super) const fn good(self) -> Style {
        self.paint(Style::new().add_modifier(Modifier::BOLD), Color::Green)
    }

    /// Not settled, look here.
    pub(super) const fn warn(self) -> Style {
        self.paint(Style::new().add_modifier(Modifier::BOLD), Color::Yellow)
    }

    /// Wrong, refused.
    pub(super) const fn bad(self) -> Style {
        self.paint(Style::new().add_modifier(Modifier::BOLD), Color::LightRed)
    }

    /// The banner: light on dark turned round, seen without colour too.
    pub(super) const fn alarm(self) -> Style {
        self.bad().add_modifier(Modifier::REVERSED)
    }

    /// What must not be overlooked before an answer: turned round, seen without colour too.
    pub(super) const fn stress(self) -> Style {
        self.warn().add_modifier(Modifier::REVERSED)
    }

    /// A sum in its place.
    pub(super) const fn sum() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }
}
