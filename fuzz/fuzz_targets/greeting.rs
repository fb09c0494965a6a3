//! A server's answer to the TLS greeting, cut into pieces anyhow: see `http::fuzzing`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::http::fuzzing;

fuzz_target!(|input: &[u8]| assert!(fuzzing::greeting(input), "how the bytes are cut matters"));
