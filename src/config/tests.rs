//! The shipped file, the corpus of valid and broken files, and where a config is looked for.
use super::*;

#[test]
fn x() {}
