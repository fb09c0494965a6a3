//! Draws the payment screen with the sample bill and writes it to `assets/till.svg`, the picture of
//! the README.
//!
//! `cargo run --example picture`

mod scene;

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/till.svg");
    fs::write(path, scene::svg()?)?;
    Ok(())
}
