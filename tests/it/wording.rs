//! What a person reads stands in `assets/locales`, not in the sources: else one language is missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Sources that hold Russian text, each with its reason.
const HOLD_RUSSIAN: &[(&str, &str)] = &[
    ("src/sim/", "the stand-ins' orders, cards and answers"),
    (
        "src/rkeeper/status",
        "r_keeper's own words, by which its answers are known",
    ),
    ("src/readers/wedge/layout.rs", "letters of a keyboard"),
    ("src/tui/keys/layout.rs", "letters of a keyboard"),
    ("src/cli/reader/learn/listen.rs", "what counts as a yes"),
    ("src/config/rules.rs", "an example of a menu group"),
    ("src/config/settings.rs", "the cash desk's name in Lime"),
    ("src/reports/sales.rs", "the form of Lime's report"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Files and folders of modules that are built for tests only.
fn for_tests_only(path: &Path, text: &str) -> Vec<PathBuf> {
    let own = path.with_extension("");
    let is_root = ["mod", "lib", "main"]
        .iter()
        .any(|name| own.ends_with(name));
    let folder = if is_root {
        path.parent().unwrap()
    } else {
        &own
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| {
            let (_, name) = pair[1].split_once("mod ")?;
            Some(folder.join(name.strip_suffix(';')?))
        })
        .collect()
}

/// Texts in quotation marks with Russian letters, outside of comments and of the tests at the end.
fn russian(text: &str) -> Vec<String> {
    let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    own.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| {
            let line = line.replace("\\\"", "'");
            let literals = line.split('"').skip(1).step_by(2);
            literals.map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|literal| literal.chars().any(|c| ('А'..='я').contains(&c)))
        .collect()
}

#[test]
fn no_russian_text_stands_in_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let for_tests: Vec<PathBuf> = files
        .iter()
        .flat_map(|path| for_tests_only(path, &read(path)))
        .collect();
    let mut wrong = Vec::new();
    let mut excused = BTreeSet::new();
    for path in &files {
        if for_tests
            .iter()
            .any(|test| path.starts_with(test) || path.with_extension("") == *test)
        {
            continue;
        }
        let shown = path
            .strip_prefix(root)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let text = read(path);
        let found = russian(&text);
        if found.is_empty() {
            continue;
        }
        match HOLD_RUSSIAN
            .iter()
            .find(|(place, _)| shown.starts_with(place))
        {
            Some((place, _)) => {
                excused.insert(*place);
            }
            None => wrong.push(format!("{shown}: {found:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let places: BTreeSet<&str> = HOLD_RUSSIAN.iter().map(|(place, _)| *place).collect();
    let needless: Vec<_> = places.difference(&excused).collect();
    assert!(
        needless.is_empty(),
        "these hold none any more: {needless:?}"
    );
}
