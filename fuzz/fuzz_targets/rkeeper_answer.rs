//! Any bytes as an answer of r_keeper, read as every answer that is asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::domain::OrderGuid;
use limekeeper::rkeeper::{self, Newer, SystemInfo, parse_answer};

fuzz_target!(|bytes: &[u8]| {
    let Ok(answer) = parse_answer(bytes) else {
        return;
    };
    let _ = answer.failure();
    let _ = answer.answers("PayOrder");
    let _ = SystemInfo::of(&answer);
    let _ = rkeeper::order_list(&answer);
    for command in Newer::ALL {
        let _ = rkeeper::order_list(&command.translate(answer.clone()));
    }
    let _ = rkeeper::receipt(&answer);
    let _ = rkeeper::currency_refused(&answer, &["11", "12"]);
    // The guid of the sample answers, and whichever one the bytes name.
    let mut guids = vec![String::from("{8C9E446E-0000-0000-0000-000000000001}")];
    let order = answer.payload().child("Order");
    guids.extend(
        order
            .and_then(|order| order.attribute("guid"))
            .map(str::to_owned),
    );
    for guid in guids {
        let _ = rkeeper::order(&answer, &OrderGuid(guid));
    }
});
