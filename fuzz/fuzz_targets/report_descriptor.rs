//! What a HID device says of its reports.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::readers::fuzzing;

fuzz_target!(|bytes: &[u8]| {
    assert!(
        fuzzing::descriptor(bytes),
        "a field lies outside of its report"
    );
});
