//! The window that `doctor` runs in, where the till would be shown as well.

use crate::cli::doctor::{Finding, Level, Subject};
use crate::i18n::Texts;

use super::Findings;

/// Below it the till shows nothing but that, and how payments stand.
const SMALLEST: (u16, u16) = (60, 18);
/// From it on everything has its place.
const COMFORTABLE: (u16, u16) = (80, 24);
/// What says which characters a terminal shows, the first that is set. Windows has none of them.
const LOCALES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];
/// `TERM` of a terminal that cannot move its cursor.
const DUMB: &str = "dumb";

/// `window`: its columns and rows. `variable`: the environment.
pub(super) fn look(
    window: Option<(u16, u16)>,
    variable: &dyn Fn(&str) -> Option<String>,
    texts: Texts,
) -> Vec<Finding> {
    let mut findings = Findings::new(Subject::Terminal, texts);
    let Some((columns, rows)) = window else {
        findings.fine("doctor.terminal.none", &[]);
        return findings.all;
    };
    let fits = |size: (u16, u16)| columns >= size.0 && rows >= size.1;
    let size: &super::Values<'_> = &[("columns", &columns), ("rows", &rows)];
    if fits(COMFORTABLE) {
        findings.fine("doctor.terminal.fine", size);
    } else if fits(SMALLEST) {
        findings.wrong(Level::Note, "doctor.terminal.narrow", size);
    } else {
        findings.wrong(Level::Bad, "doctor.terminal.small", size);
    }
    if variable("TERM").as_deref() == Some(DUMB) {
        findings.wrong(Level::Bad, "doctor.terminal.dumb", &[]);
    }
    let locale = LOCALES
        .iter()
        .filter_map(|name| variable(name))
        .find(|value| !value.is_empty());
    if let Some(locale) = locale
        && !locale.to_ascii_lowercase().contains("utf")
    {
        findings.wrong(
            Level::Note,
            "doctor.terminal.locale",
            &[("locale", &locale)],
        );
    }
    findings.all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    fn levels(window: Option<(u16, u16)>, variables: &[(&str, &str)]) -> Vec<Level> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let findings = look(window, &variable, Texts::of(Lang::Ru));
        findings.iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn a_window_is_judged_by_its_size_and_its_characters() {
        let utf = [("LANG", "ru_RU.UTF-8"), ("TERM", "xterm")];
        for (window, variables, expected) in [
            (None, &utf[..], &[Level::Fine][..]),
            (Some((80, 24)), &utf[..], &[Level::Fine]),
            (Some((79, 24)), &utf[..], &[Level::Note]),
            (Some((80, 23)), &utf[..], &[Level::Note]),
            (Some((60, 18)), &utf[..], &[Level::Note]),
            (Some((59, 18)), &utf[..], &[Level::Bad]),
            (Some((60, 17)), &utf[..], &[Level::Bad]),
            // Windows sets none of the variables.
            (Some((80, 24)), &[], &[Level::Fine]),
            (
                Some((80, 24)),
                &[("LC_ALL", ""), ("LANG", "ru_RU.KOI8-R")],
                &[Level::Fine, Level::Note],
            ),
            (
                Some((80, 24)),
                &[("LC_ALL", "C.utf8"), ("LANG", "C"), ("TERM", "dumb")],
                &[Level::Fine, Level::Bad],
            ),
        ] {
            assert_eq!(
                levels(window, variables),
                expected,
                "{window:?} {variables:?}"
            );
        }
    }
}
