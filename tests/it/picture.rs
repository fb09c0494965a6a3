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
        for row in markdown.lines().filter(|line| line.starts_with("| «")) {
            let words = row.split(['«', '»']).nth(1).unwrap();
            assert!(texts.contains(words), "the screen never says «{words}»");
            looked += 1;
        }
        assert!(looked >= 6, "only {looked} rows in {}", page.markdown);
    }
}
