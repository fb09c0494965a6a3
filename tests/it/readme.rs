//! What README.md promises is what there is.

use std::fs;
use std::path::Path;

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The commands of a shell script that build or test something.
fn checks(script: &str) -> Vec<&str> {
    script
        .lines()
        .filter(|line| line.starts_with("cargo ") || line.contains(" cargo doc "))
        .collect()
}

#[test]
fn the_checks_that_both_readmes_name_are_those_of_ci() {
    let script = text(".ci/run");
    let checks = checks(&script);
    assert!(checks.contains(&"cargo test --locked"), "{checks:?}");
    for readme in ["README.md", "README.ru.md"] {
        let readme_text = text(readme);
        for check in &checks {
            assert!(
                readme_text.lines().any(|line| line == *check),
                "{readme} lacks `{check}`"
            );
        }
        let first_screen: Vec<&str> = readme_text.lines().take(40).collect();
        for command in ["cargo run --release -- demo", "cargo test --locked"] {
            assert!(
                first_screen.contains(&command),
                "{readme} does not begin with `{command}`"
            );
        }
    }
}
