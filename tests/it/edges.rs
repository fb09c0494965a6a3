//! Which module may know which: read from the sources, so that the map in ARCHITECTURE.md stays
//! true.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Module of the crate → modules of the crate that it may name. `payment::journal` and the like
/// stand for themselves where they are stricter than their parent.
const EDGES: &[(&str, &[&str])] = &[
    ("os", &[]),
    ("domain", &[]),
    ("operators", &["domain"]),
    ("i18n", &["domain", "payment"]), // its test names every reason
    ("http", &[]),
    ("payment", &["domain", "os"]),
    ("rkeeper", &["domain", "payment", "http"]),
    ("lime", &["domain", "payment", "http"]),
    ("readers", &["domain", "os"]),
    ("reports", &["domain", "payment", "i18n"]),
    ("tui", &["domain", "operators", "payment", "i18n", "os"]),
    ("sim", &["domain"]),
    ("config", &["domain", "operators", "payment", "i18n", "os"]),
    (
        "cli",
        &[
            "config",
            "domain",
            "i18n",
            "operators",
            "payment",
            "readers",
            "reports",
        ],
    ),
    (
        "runtime",
        &[
            "cli",
            "config",
            "domain",
            "http",
            "i18n",
            "lime",
            "operators",
            "os",
            "payment",
            "readers",
            "reports",
            "rkeeper",
            "sim",
            "tui",
        ],
    ),
];

/// Crate → the only places that may name it.
const CRATES: &[(&str, &[&str])] = &[
    ("ratatui", &["src/tui/", "src/runtime/screen"]),
    ("crossterm", &["src/tui/", "src/runtime/screen"]),
    ("crossterm_winapi", &["src/os/console.rs"]),
    ("serialport", &["src/readers/transport/"]),
    ("hidapi", &["src/readers/transport/hid/"]),
    ("evdev", &["src/readers/transport/hid/linux.rs"]),
    ("pcsc", &["src/readers/transport/", "src/readers/codec/"]),
    ("rusqlite", &["src/payment/journal/", "src/sim/store"]),
    ("reqwest", &["src/http/"]),
    ("rustls", &["src/http/"]),
    ("axum", &["src/sim/"]),
    ("hyper", &["src/http/"]),
    (
        "openssl",
        &["src/http/legacy.rs", "src/http/tests/legacy.rs"],
    ),
    ("regex_lite", &["src/lime/holds/numbers.rs"]),
    ("quick_xml", &["src/rkeeper/", "src/sim/"]),
    ("anyhow", &["src/cli/", "src/runtime/", "src/main.rs"]),
    ("clap", &["src/cli/"]),
];

/// The payment's inner parts that nobody but the composition may reach around its views.
const SCREEN_SEES_OF_PAYMENT: &[&str] = &[
    "view", "sale", "reason", "record", "orphan", "spent", "staff",
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    found
        .into_iter()
        .map(|(path, text)| {
            (
                path.strip_prefix(root).unwrap().to_owned(),
                without_comments(&text),
            )
        })
        .collect()
}

fn without_comments(text: &str) -> String {
    let code = |line: &str| !line.trim_start().starts_with("//");
    text.lines()
        .filter(|line| code(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names that follow `crate::`, also inside `use crate::{a::…, b::…}`.
fn named(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let preceded = text[..at].chars().next_back();
        if preceded.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut start = 0;
            for (index, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if (c == ',' && depth == 1) || depth == 0 {
                    names.push(group[start..index].trim().to_owned());
                    start = index + 1;
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            names.push(rest[..end.unwrap_or(rest.len())].to_owned());
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn module_of(path: &Path) -> Option<String> {
    let first = path.iter().nth(1)?.to_str()?;
    Some(first.strip_suffix(".rs").unwrap_or(first).to_owned())
}

#[test]
fn modules_know_only_whom_they_may() {
    let known: BTreeSet<&str> = EDGES.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(module) = module_of(&path) else {
            continue;
        };
        if module == "main" || module == "lib" {
            continue;
        }
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == module) else {
            panic!("{} belongs to no known module", path.display());
        };
        for name in named(&text) {
            let target = name.split("::").next().unwrap_or_default();
            if known.contains(target) && target != module && !allowed.contains(&target) {
                wrong.push(format!("{} names crate::{name}", path.display()));
            }
            let inside = name
                .strip_prefix("payment::")
                .map(|rest| rest.split("::").next());
            if let ("tui", Some(Some(part))) = (module.as_str(), inside)
                && !part.starts_with('{')
                && !SCREEN_SEES_OF_PAYMENT.contains(&part)
            {
                wrong.push(format!("{} names crate::{name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn crates_are_used_only_where_they_belong() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let shown = path.to_string_lossy().replace('\\', "/");
        for (name, places) in CRATES {
            let used = [format!("{name}::"), format!("use {name};")]
                .iter()
                .any(|use_| {
                    text.match_indices(use_.as_str()).any(|(at, _)| {
                        !text[..at]
                            .chars()
                            .next_back()
                            .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                    })
                });
            if used && !places.iter().any(|place| shown.starts_with(place)) {
                wrong.push(format!("{shown} uses {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_near_money_is_a_float() {
    let near_money = [
        "src/domain/",
        "src/payment/",
        "src/lime/",
        "src/rkeeper/",
        "src/reports/",
        "src/sim/",
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let shown = path.to_string_lossy().replace('\\', "/");
        if near_money.iter().any(|place| shown.starts_with(place)) {
            for (number, line) in text.lines().enumerate() {
                if ["f32", "f64"].iter().any(|float| {
                    line.match_indices(float).any(|(at, _)| {
                        let around =
                            |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
                        around(line[..at].chars().next_back())
                            && around(line[at + 3..].chars().next())
                    })
                }) {
                    wrong.push(format!("{shown}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_reading_of_names_works() {
    let text = "use crate::{domain::Money, payment::{view::A, sale}};\nlet x = crate::http::Call;";
    assert_eq!(
        named(text),
        ["domain::Money", "payment::{view::A, sale}", "http::Call"]
    );
}
