//! Any bytes as an answer of r_keeper, read as every answer that is asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::domain::{Money, OrderGuid};
use limekeeper::rkeeper::{self, SystemInfo, parse_answer};

fuzz_target!(|bytes: &[u8]| {
    let Ok(answer) = parse_answer(bytes) else {
        return;
    };
    let _ = answer.failure();
    let _ = answer.answers("PayOrder");
    let _ = SystemInfo::of(&answer);
    let _ = rkeeper::order_list(&answer);
    let _ = rkeeper::receipt(&answer);
    let _ = rkeeper::currency_refused(&answer, &["11", "12"]);
    // The guid of the sample answers, and whichever one the bytes name.
    let known = String::from("{8C9E446E-0000-4000-8000-000000000001}");
    let order = answer.payload().child("Order");
    let guids = order.and_then(|order| order.attribute("guid")).map(str::to_owned);
    for guid in guids.map_or_else(|| vec![known.clone()], |named| vec![known.clone(), named]) {
        let guid = OrderGuid(guid);
        let _ = rkeeper::calculated(&answer, &guid, &["11", "12"]);
        if let Ok(order) = rkeeper::order(&answer, &guid) {
            // Whatever an order says of itself, its rows add up to what is due, or it says why not.
            if let Ok(rows) = order.lines_due() {
                let dues = rows.iter().map(|row| row.due);
                assert_eq!(Money::total(dues), Some(order.unpaid));
                assert!(rows.iter().all(|row| row.due.is_positive()));
            }
            let _ = order.hindrance();
        }
    }
});
