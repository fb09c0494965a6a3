//! Bytes of a reader of lines of either kind of digits, set anyhow: see `fuzzing::reader`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::readers::{Family, fuzzing};

fuzz_target!(|input: &[u8]| assert_eq!(fuzzing::reader(Family::Text, input), Ok(())));
