//! What the till screen takes from the config and the environment.

use std::env::consts;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::Loaded;
use crate::config::screen::{Ring, Theme, When};
use crate::config::settings::{Lime, LimeKind, Tls};
use crate::i18n::Lang;
use crate::tui::{self, About, Depth, GuestPins, Look, Touch, UiSettings};

use super::connect;

/// Looks and habits of the screen. `variable` reads the environment.
pub(super) fn settings(
    loaded: &Loaded,
    lang: Lang,
    variable: impl Fn(&str) -> Option<OsString>,
) -> UiSettings {
    let config = &loaded.config;
    UiSettings {
        lang,
        look: look(config.screen.theme, &variable),
        depth: depth(&variable),
        bell: config.screen.bell.iter().copied().map(ring).collect(),
        support: config.screen.support.clone(),
        about: about(loaded),
        mouse: takes_presses(config.screen.mouse, &variable).then_some(touch(config.screen.touch)),
        weak_tls: config.rkeeper.tls == Tls::OpensslTls10,
        time_zone: connect::site_zone(&config.lime).unwrap_or_else(TimeZone::system),
        roster: config.operators.roster(),
        part_payments: config.rkeeper.part_payments,
        keyed_cards: config.lime.keyed_cards,
        guest_pins: guest_pins(&config.lime),
        stale_after: Duration::from_secs(config.lime.stale_after_s),
        ..UiSettings::default()
    }
}

/// A rule wants guests' PINs, and the site's Lime can check them.
fn guest_pins(lime: &Lime) -> GuestPins {
    let can = lime.kind == LimeKind::Rpc && !lime.assumed.check_pin.is_empty();
    let wanted = lime.account_types.iter().any(|own| own.pin_above.is_some());
    if can && wanted {
        GuestPins::AboveSums
    } else {
        GuestPins::Never
    }
}

/// `NO_COLOR`, if it is not empty, wins over the config.
fn look(theme: Theme, variable: impl Fn(&str) -> Option<OsString>) -> Look {
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return Look::Mono;
    }
    match theme {
        Theme::Default => Look::Default,
        Theme::HighContrast => Look::HighContrast,
        Theme::Colours16 => Look::Colours16,
        Theme::Mono => Look::Mono,
    }
}

/// Over ssh a report of a press may arrive in pieces, and whoever comes that way wants to mark text;
/// Linux's own console has no mouse to tell of.
fn takes_presses(mouse: When, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let remote = ["SSH_CONNECTION", "SSH_TTY"];
    let without = |term: &OsString| term == "linux" || term == "dumb";
    match mouse {
        When::On => true,
        When::Off => false,
        When::Auto => {
            !remote.iter().any(|name| variable(name).is_some())
                && !variable("TERM").as_ref().is_some_and(without)
        }
    }
}

const fn touch(touch: When) -> Touch {
    match touch {
        When::Auto => Touch::Auto,
        When::On => Touch::On,
        When::Off => Touch::Off,
    }
}

/// All colours only where the terminal says so: `COLORTERM` of most Unix terminals, `WT_SESSION` of
/// Windows Terminal. The console of old Windows shows other colours as black.
fn depth(variable: impl Fn(&str) -> Option<OsString>) -> Depth {
    let says = variable("COLORTERM").is_some_and(|word| word == "truecolor" || word == "24bit");
    let windows_terminal = variable("WT_SESSION").is_some_and(|id| !id.is_empty());
    if says || windows_terminal {
        Depth::Any
    } else {
        Depth::Sixteen
    }
}

fn about(loaded: &Loaded) -> About {
    let features = [
        ("pcsc", cfg!(feature = "pcsc")),
        ("legacy-tls", cfg!(feature = "legacy-tls")),
    ];
    let shown = |path: &Path| path.display().to_string();
    About {
        target: format!("{} {}", consts::OS, consts::ARCH),
        features: features
            .into_iter()
            .filter_map(|(name, built_in)| built_in.then_some(name))
            .collect(),
        config: loaded.file.as_deref().map(shown).unwrap_or_default(),
        folder: loaded
            .state_dir()
            .map(|folder| shown(&folder))
            .unwrap_or_default(),
    }
}

const fn ring(ring: Ring) -> tui::Ring {
    match ring {
        Ring::Refused => tui::Ring::Refused,
        Ring::Problem => tui::Ring::Problem,
        Ring::Paid => tui::Ring::Paid,
        Ring::Attention => tui::Ring::Attention,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Need, Overrides, Surroundings};

    fn loaded() -> Loaded {
        let (nothing, nowhere) = (Overrides::default(), Surroundings::default());
        Loaded::load(&nothing, &nowhere, Need::Optional).unwrap()
    }

    #[test]
    fn colours_as_the_config_and_the_environment_say() {
        let with = |pairs: &'static [(&'static str, &'static str)]| {
            let variable = move |name: &str| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let mut loaded = loaded();
            loaded.config.screen.theme = Theme::HighContrast;
            let ui = settings(&loaded, Lang::Ru, variable);
            (ui.look, ui.depth)
        };
        assert_eq!(with(&[]), (Look::HighContrast, Depth::Sixteen));
        assert_eq!(
            with(&[("COLORTERM", "truecolor"), ("NO_COLOR", "")]),
            (Look::HighContrast, Depth::Any)
        );
        assert_eq!(
            with(&[("WT_SESSION", "0a"), ("NO_COLOR", "1")]),
            (Look::Mono, Depth::Any)
        );
        assert_eq!(with(&[("COLORTERM", "yes")]).1, Depth::Sixteen);
    }

    #[test]
    fn presses_are_taken_where_that_is_safe_or_the_config_wants_it() {
        let takes = |mouse, name: &'static str, value: &'static str| {
            takes_presses(mouse, |asked| (asked == name).then(|| value.into()))
        };
        assert!(takes(When::Auto, "TERM", "xterm-256color"));
        assert!(takes(When::Auto, "WT_SESSION", "0a"), "Windows has no TERM");
        assert!(!takes(When::Auto, "TERM", "linux"));
        assert!(!takes(
            When::Auto,
            "SSH_CONNECTION",
            "10.0.0.2 50000 10.0.0.1 22"
        ));
        assert!(takes(
            When::On,
            "SSH_CONNECTION",
            "10.0.0.2 50000 10.0.0.1 22"
        ));
        assert!(!takes(When::Off, "TERM", "xterm"));
        let ui = settings(&loaded(), Lang::Ru, |_| None);
        assert_eq!(ui.mouse, Some(Touch::Auto));
    }

    #[test]
    fn what_rings_where_nobody_chose_is_the_same_in_config_and_screen() {
        let ui = settings(&loaded(), Lang::Ru, |_| None);
        assert_eq!(ui.bell, tui::Ring::DEFAULT);
    }
}
