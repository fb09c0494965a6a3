//! Bytes of a reader of the RDM6300 family: cut into reads anyhow, written as JSON, as a recording.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::readers::{Family, fuzzing};

fuzz_target!(|bytes: &[u8]| {
    assert!(
        fuzzing::codec(Family::Rdm6300, bytes),
        "how the bytes are cut matters"
    );
    assert!(
        fuzzing::decode(Family::Rdm6300, bytes),
        "a card without UID, or no JSON"
    );
    assert!(
        fuzzing::replay(Family::Rdm6300, bytes),
        "a recording runs backwards"
    );
});
