//! Styles by meaning, in the colours of the chosen look. No meaning hangs on colour alone: marks and
//! words carry it too.

mod palette;

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use palette::Palette;

/// How the screen is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Calm colours; the terminal's sixteen where it has no more.
    #[default]
    Default,
    /// Bright on black; the same.
    HighContrast,
    /// The terminal's own sixteen colours, always.
    Colours16,
    /// No colour at all.
    Mono,
}

impl Look {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Default,
        Self::HighContrast,
        Self::Colours16,
        Self::Mono,
    ];
}

/// Colours that the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// The sixteen that every terminal and every console of Windows knows.
    Sixteen,
    /// Any.
    #[default]
    Any,
}

/// The styles of the till screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    palette: Palette,
}

impl Theme {
    /// That look on a terminal with these colours.
    pub(super) const fn of(look: Look, depth: Depth) -> Self {
        Self {
            palette: Palette::of(look, depth),
        }
    }

    const fn paint(style: Style, colour: Color) -> Style {
        match colour {
            Color::Reset => style,
            colour => style.fg(colour),
        }
    }

    const fn strong(colour: Color) -> Style {
        Self::paint(Style::new().add_modifier(Modifier::BOLD), colour)
    }

    /// Turned round. Consoles of old Windows cannot turn colours round by themselves, so the colours
    /// are named where there are any.
    const fn turned(self, colour: Color) -> Style {
        match colour {
            Color::Reset => Self::strong(colour).add_modifier(Modifier::REVERSED),
            colour => Self::strong(self.palette.ground).bg(colour),
        }
    }

    /// Frames.
    pub(super) const fn frame(self) -> Style {
        Self::paint(Style::new(), self.palette.frame)
    }

    /// The frame that has the arrows.
    pub(super) const fn frame_active(self) -> Style {
        Self::paint(Style::new(), self.palette.frame_active)
    }

    /// Headings.
    pub(super) const fn title() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What matters less, or cannot be used.
    pub(super) const fn quiet(self) -> Style {
        Self::paint(Style::new(), self.palette.quiet)
    }

    /// The row that the keys act on.
    pub(super) const fn selected(self) -> Style {
        Self::strong(self.palette.accent)
    }

    /// A key's name in the footer.
    pub(super) const fn key(self) -> Style {
        Self::strong(self.palette.accent)
    }

    /// Done, fits, ready.
    pub(super) const fn good(self) -> Style {
        Self::strong(self.palette.good)
    }

    /// Not settled, look here.
    pub(super) const fn warn(self) -> Style {
        Self::strong(self.palette.warn)
    }

    /// Wrong, refused.
    pub(super) const fn bad(self) -> Style {
        Self::strong(self.palette.bad)
    }

    /// The banner: light and dark turned round, seen without colour too.
    pub(super) const fn alarm(self) -> Style {
        self.turned(self.palette.bad)
    }

    /// What must not be overlooked before an answer: turned round, seen without colour too.
    pub(super) const fn stress(self) -> Style {
        self.turned(self.palette.warn)
    }

    /// A sum in its place.
    pub(super) const fn sum() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Gives everything without a colour of its own the look's text and ground, last of all: so a
    /// screen is as readable on a white terminal as on a black one, whatever was drawn how.
    pub(super) fn ground(self, buffer: &mut Buffer) {
        for cell in &mut buffer.content {
            if cell.fg == Color::Reset {
                cell.fg = self.palette.text;
            }
            if cell.bg == Color::Reset {
                cell.bg = self.palette.ground;
            }
        }
    }
}
