//! Bytes of a reader of magnetic cards, set anyhow: see `fuzzing::reader`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::readers::{Family, fuzzing};

fuzz_target!(|input: &[u8]| assert_eq!(fuzzing::reader(Family::Track, input), Ok(())));
