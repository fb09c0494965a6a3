//! Any bytes as a notice of r_keeper, between two that follow one another.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::rkeeper::{Hint, Notices};

fuzz_target!(|body: &[u8]| {
    let notice = |number: u64| format!("<a seqnumber=\"{number}\" Situation=\"0\"/>");
    let mut notices = Notices::default();
    assert_eq!(notices.take(notice(41).as_bytes()), Ok(Hint::Changes));
    let before = notices.clone();
    if notices.take(body).is_err() {
        assert_eq!(notices, before, "rubbish is remembered");
        assert_eq!(notices.take(notice(42).as_bytes()), Ok(Hint::Changes));
    } else {
        let after = notices.clone();
        assert!(notices.take(body).is_ok());
        assert_eq!(notices, after, "a notice that is sent again changes something");
    }
});
