//! Reports of a `MagTek` swipe reader with their pauses; the same bytes as a dump and as a recording.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::readers::{Family, fuzzing};

fuzz_target!(|bytes: &[u8]| {
    assert!(
        fuzzing::reports(Family::MagTek, bytes),
        "a bank card is shown, or timeouts without end"
    );
    assert!(
        fuzzing::decode(Family::MagTek, bytes),
        "a card without UID, or no JSON"
    );
    assert!(
        fuzzing::replay(Family::MagTek, bytes),
        "a recording runs backwards"
    );
});
