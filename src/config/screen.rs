//! `[screen]`: how the till screen looks and sounds.

use serde::{Deserialize, Serialize};

/// The till screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screen {
    /// Colours. `NO_COLOR` in the environment wins.
    pub theme: Theme,
    /// What the terminal's bell rings for; empty: it never rings.
    pub bell: Vec<Ring>,
    /// Whether the terminal tells of presses of the mouse or a finger. While it does, text is marked
    /// with Shift held.
    pub mouse: When,
    /// Large buttons and a number pad for fingers, in windows from 100×30 up.
    pub touch: When,
    /// Whom to call, as the screen «about» shows it; empty: nobody is named.
    pub support: String,
    /// A card at a reader brings the window up from behind other programs.
    pub raise_on_tap: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            theme: Theme::Default,
            bell: vec![Ring::Refused, Ring::Problem, Ring::Attention],
            mouse: When::Auto,
            touch: When::Auto,
            support: String::new(),
            raise_on_tap: false,
        }
    }
}

/// Colours of the till screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Calm colours; the terminal's sixteen where it says of no more.
    #[default]
    Default,
    /// Bright on black, for bad screens and tired eyes.
    HighContrast,
    /// The terminal's own sixteen colours.
    Colours16,
    /// None.
    Mono,
}

/// The words of [`Theme`].
pub(super) const THEMES: &[&str] = &["default", "high_contrast", "colours16", "mono"];

/// Whether something is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Where that is safe or wanted, as the program sees it.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The words of [`When`].
pub(super) const WHEN: &[&str] = &["auto", "on", "off"];

/// What the bell can ring for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// A card or a key was not taken.
    Refused,
    /// Something is wrong, or a payment was refused.
    Problem,
    /// A payment is paid.
    Paid,
    /// A person is needed: a question, an outcome that is not known.
    Attention,
}

/// The words of [`Ring`].
pub(super) const RINGS: &[&str] = &["refused", "problem", "paid", "attention"];
