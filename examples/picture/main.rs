//! Draws the pictures of the README and of the cashier's page from the real screens, writes the keys
//! into the page, and makes the page that is printed.
//!
//! `cargo run --example picture`

mod html;
mod page;
mod sample;
mod scene;

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in page::PAGES {
        let path = root.join(page.markdown);
        let text = fs::read_to_string(&path)?;
        for (path, content) in page::files(&page, &text)? {
            let path = root.join(path);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, content)?;
        }
    }
    Ok(())
}
