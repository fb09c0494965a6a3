//! Telling the burst of a reader from the keys of a person, by time alone.
//!
//! Each key is held back for at most [`WedgeSettings::gap`]. A person's next key comes later than
//! that (50 ms and more), so the held key is released; a reader's comes within it (4 to 20 ms),
//! and the keys become a burst. Time is an argument, as the input thread stamped the key.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::layout;

/// Most characters of one burst; a longer one is no card.
pub const BURST_CHARS_MAX: usize = 128;

/// Keys closer than this are not a person's, even if there are only two.
const MACHINE_GAP: Duration = Duration::from_millis(20);

/// How long a text of a reader that sends no end is waited for.
const PAUSE_ENDS: Duration = Duration::from_millis(120);

/// Line ends that follow the end of a burst within this time belong to the reader: CR LF, CR CR.
const AFTER_END: Duration = Duration::from_millis(150);

/// Keys that follow a piece of a burst within this time are its rest: a radio reader may pause
/// for a quarter of a second.
const AFTER_CUT: Duration = Duration::from_millis(300);

/// How a keyboard-like reader types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WedgeSettings {
    /// Longest pause between two keys of a burst. Readers on a cable type every 4 to 20 ms; radio
    /// readers may need 130 ms, at the price of a till that answers keys so much later.
    pub gap: Duration,
    /// Fewest characters of a whole read. Set it to the site's length where all cards have one:
    /// only then a piece of a read can never pass for a whole one.
    pub min_len: usize,
    /// Most characters of a whole read.
    pub max_len: usize,
    /// The same text again within this time after its last read is the same card still lying there.
    pub quiet: Duration,
    /// Whether the reader ends its text.
    pub terminator: Terminator,
}

impl Default for WedgeSettings {
    fn default() -> Self {
        Self {
            gap: Duration::from_millis(35),
            min_len: 8,
            max_len: 40,
            quiet: Duration::from_secs(2),
            terminator: Terminator::Auto,
        }
    }
}

/// Whether a reader ends its text with Enter or Tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terminator {
    /// Learned: after the first text with an end, a text without one is a piece.
    #[default]
    Auto,
    /// Always; a text without an end is a piece.
    Always,
    /// Never; a pause ends the text.
    Never,
}

/// A key that the wedge looks at. All other keys, and those with Ctrl or Alt, go past it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WedgeKey {
    /// A key with a character.
    Char(char),
    /// Enter, CR.
    Enter,
    /// Tab.
    Tab,
    /// LF, which terminals deliver as Ctrl+J.
    LineFeed,
}

/// What the keys turned out to be. Nothing at all means: held back for now, or swallowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WedgeOutput {
    /// A person typed these keys.
    Release(Vec<WedgeKey>),
    /// A reader typed this text, whole, its layout repaired.
    Burst(Typed),
    /// A reader typed something that must not be looked up: the card is to be read again.
    Incomplete(WhyIncomplete),
}

/// Why a burst is no whole read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyIncomplete {
    /// Shorter than any card here, or without the end that this reader sends.
    Cut,
    /// Longer than any card here.
    TooLong,
    /// Latin and Cyrillic letters together: which keys were pressed cannot be told.
    MixedLayouts,
}

/// The text of a burst. `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(String);

impl Typed {
    /// The text, to be parsed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({} characters)", self.0.chars().count())
    }
}

/// Tells bursts from typing.
#[derive(Debug)]
pub struct Wedge {
    settings: WedgeSettings,
    held: Held,
    /// Until when line ends are the reader's.
    ends_until: Option<Duration>,
    /// Until when every key is the rest of a piece.
    rest_until: Option<Duration>,
    ends_seen: bool,
    /// When the last key was pressed that was taken for a person's.
    person_typed: Option<Duration>,
    last_read: Option<(Typed, Duration)>,
}

/// Keys held back.
#[derive(Default)]
struct Held {
    chars: Vec<char>,
    first: Duration,
    last: Duration,
    fastest: Option<Duration>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({} characters)", self.chars.len())
    }
}

impl Held {
    fn push(&mut self, c: char, now: Duration) {
        if self.chars.is_empty() {
            self.first = now;
        } else {
            let gap = now.saturating_sub(self.last);
            self.fastest = Some(self.fastest.map_or(gap, |fastest| fastest.min(gap)));
        }
        self.chars.push(c);
        self.last = now;
    }

    /// No person types so. Two keys may fall together under a person's fingers, and a key that is
    /// held down repeats every 25 to 40 ms.
    fn by_machine(&self) -> bool {
        let fast = self.fastest.is_some_and(|gap| gap < MACHINE_GAP);
        let one_key = self.chars.windows(2).all(|pair| pair[0] == pair[1]);
        fast || (self.chars.len() > 2 && !one_key)
    }

    fn take(&mut self) -> Vec<char> {
        std::mem::take(self).chars
    }
}

impl Wedge {
    /// A wedge with nothing held.
    pub fn new(settings: WedgeSettings) -> Self {
        Self {
            settings,
            held: Held::default(),
            ends_until: None,
            rest_until: None,
            ends_seen: false,
            person_typed: None,
            last_read: None,
        }
    }

    /// A key that was pressed at `now`. Releases of keys must not come here.
    pub fn key(&mut self, key: WedgeKey, now: Duration) -> Vec<WedgeOutput> {
        let mut outputs = self.on_timeout(now);
        if self.rest_until.is_some() {
            self.rest(key, now);
            return outputs;
        }
        match key {
            WedgeKey::Char(c) => {
                // Held for longer than a gap, waiting for its end: what comes now is its rest.
                if self.held_longer_than_gap(now) {
                    outputs.push(self.piece(now));
                    self.rest(key, now);
                    return outputs;
                }
                self.held.push(c, now);
                if self.held.chars.len() > BURST_CHARS_MAX {
                    outputs.push(self.too_long(now));
                }
            }
            WedgeKey::Enter | WedgeKey::Tab | WedgeKey::LineFeed => {
                if !self.held.chars.is_empty() {
                    outputs.extend(self.ended(now));
                } else if self.ends_until.is_some() {
                    self.ends_until = Some(now.saturating_add(AFTER_END));
                } else {
                    outputs.push(WedgeOutput::Release(vec![key]));
                }
            }
        }
        outputs
    }

    /// Tells the time: what waited long enough is decided.
    pub fn on_timeout(&mut self, now: Duration) -> Vec<WedgeOutput> {
        let mut outputs = Vec::new();
        if self.held_until().is_some_and(|until| now >= until) {
            let until = self.held_until().unwrap_or(now);
            outputs.extend(self.paused(until));
        }
        if self.ends_until.is_some_and(|until| now >= until) {
            self.ends_until = None;
        }
        if self.rest_until.is_some_and(|until| now >= until) {
            self.rest_until = None;
        }
        outputs
    }

    /// When [`Wedge::on_timeout`] is to be called if no key comes before.
    pub fn deadline(&self) -> Option<Duration> {
        self.held_until()
    }

    /// A key that is not a [`WedgeKey`] came, or the screen changed: nothing may be held longer.
    pub fn flush(&mut self, now: Duration) -> Vec<WedgeOutput> {
        let mut outputs = self.on_timeout(now);
        if !self.held.chars.is_empty() {
            outputs.extend(self.paused(now));
        }
        outputs
    }

    fn held_until(&self) -> Option<Duration> {
        if self.held.chars.is_empty() {
            return None;
        }
        let wait = match self.settings.terminator {
            _ if !self.held.by_machine() => self.settings.gap,
            Terminator::Never => self.settings.gap.max(PAUSE_ENDS),
            // Not yet known whether an end will come: long enough for the pause of a radio reader.
            Terminator::Auto if !self.ends_seen => self.settings.gap.max(AFTER_CUT),
            Terminator::Auto | Terminator::Always => self.settings.gap,
        };
        Some(self.held.last.saturating_add(wait))
    }

    /// Whether a text without an end may still be a whole read.
    fn end_is_open(&self) -> bool {
        match self.settings.terminator {
            Terminator::Auto => !self.ends_seen,
            Terminator::Always => false,
            Terminator::Never => true,
        }
    }

    fn held_longer_than_gap(&self, now: Duration) -> bool {
        !self.held.chars.is_empty() && now >= self.held.last.saturating_add(self.settings.gap)
    }

    /// A line end came while keys are held. No person presses Enter so soon after another key, and
    /// the last key of a cut burst with its Enter must not confirm anything.
    fn ended(&mut self, now: Duration) -> Option<WedgeOutput> {
        self.ends_until = Some(now.saturating_add(AFTER_END));
        self.ends_seen |= self.held.by_machine();
        self.read(now)
    }

    /// A pause ended the held keys at `now`.
    fn paused(&mut self, now: Duration) -> Option<WedgeOutput> {
        if !self.held.by_machine() {
            self.person_typed = Some(self.held.last);
            let keys = self.held.take().into_iter().map(WedgeKey::Char).collect();
            return Some(WedgeOutput::Release(keys));
        }
        let last = self.held.last;
        if self.held.chars.len() >= self.settings.min_len && self.end_is_open() {
            self.ends_until = Some(last.saturating_add(AFTER_END));
            self.read(now)
        } else {
            Some(self.piece(last))
        }
    }

    /// The held keys are a piece of a burst whose last key came at `last`.
    fn piece(&mut self, last: Duration) -> WedgeOutput {
        self.held.take();
        self.rest_until = Some(last.saturating_add(AFTER_CUT));
        WedgeOutput::Incomplete(WhyIncomplete::Cut)
    }

    fn too_long(&mut self, now: Duration) -> WedgeOutput {
        self.piece(now);
        WedgeOutput::Incomplete(WhyIncomplete::TooLong)
    }

    /// A key behind a piece: swallowed, and a line end is the end of it.
    fn rest(&mut self, key: WedgeKey, now: Duration) {
        match key {
            WedgeKey::Char(_) => self.rest_until = Some(now.saturating_add(AFTER_CUT)),
            WedgeKey::Enter | WedgeKey::Tab | WedgeKey::LineFeed => {
                self.ends_seen = true;
                self.rest_until = None;
                self.ends_until = Some(now.saturating_add(AFTER_END));
            }
        }
    }

    /// A lone key shortly before may have been the beginning of this text, cut off by a pause.
    /// Where all cards have one length, the length tells.
    fn may_lack_its_head(&self) -> bool {
        self.settings.min_len != self.settings.max_len
            && self
                .person_typed
                .is_some_and(|typed| self.held.first < typed.saturating_add(AFTER_CUT))
    }

    /// The held keys are all that came between two ends.
    fn read(&mut self, now: Duration) -> Option<WedgeOutput> {
        let headless = self.may_lack_its_head();
        let chars = self.held.take();
        let text = match layout::repair(&chars) {
            Ok(text) => Typed(text),
            Err(layout::Mixed) => {
                return Some(WedgeOutput::Incomplete(WhyIncomplete::MixedLayouts));
            }
        };
        if headless || chars.len() < self.settings.min_len {
            return Some(WedgeOutput::Incomplete(WhyIncomplete::Cut));
        }
        if chars.len() > self.settings.max_len {
            return Some(WedgeOutput::Incomplete(WhyIncomplete::TooLong));
        }
        let quiet_until = self
            .last_read
            .as_ref()
            .filter(|(last, _)| *last == text)
            .map(|(_, at)| at.saturating_add(self.settings.quiet));
        self.last_read = Some((text.clone(), now));
        if quiet_until.is_some_and(|until| now < until) {
            None
        } else {
            Some(WedgeOutput::Burst(text))
        }
    }
}
