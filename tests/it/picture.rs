//! The pictures and the cashier's page are what the program draws and says today.

use std::fs;
use std::path::Path;

#[path = "../../examples/picture/html.rs"]
mod html;
#[path = "../../examples/picture/page.rs"]
mod page;
#[path = "../../examples/picture/sample.rs"]
mod sample;
#[path = "../../examples/picture/scene.rs"]
mod scene;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

#[test]
fn the_committed_pictures_and_pages_are_fresh() {
    for page in page::PAGES {
        for (path, content) in page::files(&page, &read(page.markdown)).unwrap() {
            assert!(
                read(path) == content,
                "{path} is old: cargo run --example picture"
            );
        }
    }
}

/// A cashier looks for the words that she sees.
#[test]
fn what_the_page_explains_is_what_the_screen_says() {
    for page in page::PAGES {
        let markdown = read(page.markdown);
        let texts = read(&format!("assets/locales/{}.toml", page.lang.code()));
        let mut looked = 0;
        let quotes = ['«', '»', '“', '”'];
        let quoted = |line: &&str| {
            let cell = line.strip_prefix("| ");
            cell.is_some_and(|cell| cell.starts_with(quotes))
        };
        for row in markdown.lines().filter(quoted) {
            let words = row.split(quotes).nth(1).unwrap();
            assert!(texts.contains(words), "the screen never says «{words}»");
            looked += 1;
        }
        assert!(looked >= 6, "only {looked} rows in {}", page.markdown);
    }
}

/// Chromium put this much, in the wide letters of `DejaVu Sans`, on one page of A4, with two fingers' breadth to spare. Whoever
/// writes more prints the page, looks, and counts anew.
#[test]
fn the_page_holds_what_was_seen_to_fit_one_sheet() {
    for page in page::PAGES {
        let markdown = read(page.markdown);
        let rows = markdown
            .lines()
            .filter(|line| line.starts_with('|'))
            .count();
        let steps = markdown
            .lines()
            .filter(|line| line.contains(". **"))
            .count();
        let letters: usize = markdown.lines().map(|line| line.chars().count()).sum();
        assert!((30..=38).contains(&rows), "{}: {rows} rows", page.markdown);
        assert_eq!(steps, 5, "{}", page.markdown);
        assert!(letters <= 3_200, "{}: {letters}", page.markdown);
    }
}
