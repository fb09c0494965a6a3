//! All that a stranger says on a connection to the receiver of notices: see `http::fuzzing`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::http::fuzzing;
use limekeeper::rkeeper::Notices;

fuzz_target!(|input: &[u8]| {
    let hear = |message: &[u8]| drop(Notices::default().take(message));
    assert!(
        fuzzing::listener(input, hear),
        "more than a message is heard, a large one, or the answer is no HTTP"
    );
});
