//! Keys in any rhythm, from a reader that types and from a person: pairs of key and pause.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::readers::fuzzing;

fuzz_target!(|bytes: &[u8]| assert!(fuzzing::typed(bytes)));
