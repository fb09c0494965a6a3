//! The colours of each look. Contrasts are checked by the tests beside this file.

use ratatui::style::Color;

use super::{Depth, Look};

/// One colour for each meaning; `Color::Reset` is the terminal's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    pub(super) ground: Color,
    pub(super) text: Color,
    pub(super) quiet: Color,
    pub(super) frame: Color,
    pub(super) frame_active: Color,
    pub(super) accent: Color,
    pub(super) good: Color,
    pub(super) warn: Color,
    pub(super) bad: Color,
}

impl Palette {
    pub(super) const fn of(look: Look, depth: Depth) -> Self {
        match (look, depth) {
            (Look::Default, Depth::Any) => CALM,
            (Look::HighContrast, Depth::Any) => BRIGHT,
            (Look::Default, Depth::Sixteen) | (Look::Colours16, Depth::Sixteen | Depth::Any) => {
                SIXTEEN
            }
            (Look::HighContrast, Depth::Sixteen) => SIXTEEN_BRIGHT,
            (Look::Mono, Depth::Sixteen | Depth::Any) => MONO,
        }
    }
}

const CALM: Palette = Palette {
    ground: Color::Rgb(0x1b, 0x20, 0x26),
    text: Color::Rgb(0xdd, 0xe3, 0xe8),
    quiet: Color::Rgb(0xa0, 0xac, 0xb6),
    frame: Color::Rgb(0x6b, 0x77, 0x82),
    frame_active: Color::Rgb(0xa0, 0xac, 0xb6),
    accent: Color::Rgb(0x7f, 0xc8, 0xe8),
    good: Color::Rgb(0x90, 0xd2, 0x9f),
    warn: Color::Rgb(0xe9, 0xc5, 0x6c),
    bad: Color::Rgb(0xff, 0x95, 0x8a),
};

const BRIGHT: Palette = Palette {
    ground: Color::Rgb(0x00, 0x00, 0x00),
    text: Color::Rgb(0xff, 0xff, 0xff),
    quiet: Color::Rgb(0xd8, 0xd8, 0xd8),
    frame: Color::Rgb(0xb0, 0xb0, 0xb0),
    frame_active: Color::Rgb(0xff, 0xff, 0xff),
    accent: Color::Rgb(0x66, 0xe0, 0xff),
    good: Color::Rgb(0x6c, 0xff, 0x6c),
    warn: Color::Rgb(0xff, 0xe0, 0x4d),
    bad: Color::Rgb(0xff, 0x9c, 0x94),
};

/// Bright ones only: the dark green, cyan and red of old consoles are hard to read on black, and dark
/// grey is next to invisible on some. So text is white, and quiet is what others call plain.
const SIXTEEN: Palette = Palette {
    ground: Color::Black,
    text: Color::White,
    quiet: Color::Gray,
    frame: Color::DarkGray,
    frame_active: Color::Gray,
    accent: Color::LightCyan,
    good: Color::LightGreen,
    warn: Color::LightYellow,
    bad: Color::LightRed,
};

const SIXTEEN_BRIGHT: Palette = Palette {
    quiet: Color::White,
    frame: Color::Gray,
    frame_active: Color::White,
    ..SIXTEEN
};

const MONO: Palette = Palette {
    ground: Color::Reset,
    text: Color::Reset,
    quiet: Color::Reset,
    frame: Color::Reset,
    frame_active: Color::Reset,
    accent: Color::Reset,
    good: Color::Reset,
    warn: Color::Reset,
    bad: Color::Reset,
};
