//! Sums as people type them and as servers write them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::domain::Money;

fuzz_target!(|text: &str| {
    if let Ok(sum) = Money::parse_typed(text) {
        assert!(!sum.is_negative(), "a typed sum below zero");
        assert_eq!(Money::parse_typed(&sum.grouped()), Ok(sum));
        assert_eq!(Money::parse_decimal(&sum.to_string()), Ok(sum));
    }
    if let Ok(sum) = Money::parse_decimal(text) {
        assert_eq!(Money::parse_decimal(&sum.to_string()), Ok(sum));
    }
});
