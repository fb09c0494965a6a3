//! A journal row of any content: the kind on the first line, then the readable part, then, after a
//! zero byte, what was sealed (under the fuzzer's own key, so that what is inside is read too).
#![no_main]

use libfuzzer_sys::fuzz_target;
use limekeeper::payment::journal::rows::{Row, decode, encode};
use limekeeper::payment::journal::seal::Sealer;
use limekeeper::payment::sale::PaymentId;
use uuid::Uuid;

fuzz_target!(|bytes: &[u8]| {
    let payment = PaymentId::from_uuid(Uuid::nil());
    let Some(sealer) = Sealer::from_bytes(&[7; 32]) else {
        return;
    };
    let (text, plain) = match bytes.iter().position(|&byte| byte == 0) {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    };
    let text = String::from_utf8_lossy(text);
    let (kind, clear) = text.split_once('\n').unwrap_or((&text, ""));
    let row = Row {
        kind: kind.to_owned(),
        clear: clear.to_owned(),
        sealed: plain.and_then(|plain| sealer.seal(&format!("{payment}/{kind}"), plain)),
    };
    if let Ok(entry) = decode(payment, &row, &sealer) {
        let again = encode(payment, &entry, &sealer).expect("what was read can be written");
        assert_eq!(decode(payment, &again, &sealer).as_ref(), Ok(&entry));
    }
});
