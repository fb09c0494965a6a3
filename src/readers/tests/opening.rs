//! A port that is opened in the middle of what a reader sends.

use std::time::Duration;

use super::subjects::{Dice, subjects};
use crate::readers::codec::CodecSettings;
use crate::readers::supervisor::machine::{Machine, Next};
use crate::readers::{Family, ReaderMessage};

/// The cards that a supervisor tells of reads at these times, counted from the moment at which it
/// takes what comes.
fn cards(family: Family, settings: &CodecSettings, reads: &[(u64, &[u8])]) -> Vec<String> {
    let opened = Duration::from_secs(1);
    let mut machine = Machine::new(family, settings.clone());
    assert_eq!(machine.next(Duration::ZERO), Next::Open);
    machine.opened(Duration::ZERO);
    machine.read(&[], opened);
    for (at, bytes) in reads {
        machine.read(bytes, opened + Duration::from_millis(*at));
    }
    machine
        .take_messages()
        .into_iter()
        .filter_map(|message| match message {
            ReaderMessage::Card(read) => Some(read),
            ReaderMessage::Health(_)
            | ReaderMessage::Gone
            | ReaderMessage::Unread { .. }
            | ReaderMessage::Noise { .. } => None,
        })
        .map(|read| {
            read.known_bytes()
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect()
        })
        .collect()
}

/// Field case 31: the rest of what a card sent before the port was open is no card, for any family
/// and wherever it was cut, and the next card is read.
#[test]
fn the_rest_of_what_was_sent_before_opening_is_no_card() {
    for subject in subjects() {
        let mut dice = Dice::new(31);
        for _ in 0..20 {
            let before = (subject.sent)(&mut dice);
            let next = (subject.sent)(&mut dice);
            for cut in 1..before.bytes.len() {
                let rest = &before.bytes[cut..];
                let reads = [(5, rest), (2_000, next.bytes.as_slice())];
                let told = cards(subject.family, &subject.settings, &reads);
                let shown = String::from_utf8_lossy(rest).into_owned();
                assert_eq!(told, [next.card.as_str()], "{} {shown:?}", subject.family);
                // Also where nobody said how many digits there are.
                let delivered = CodecSettings::default();
                let told = cards(subject.family, &delivered, &[(5, rest)]);
                assert_eq!(told, Vec::<String>::new(), "{} {shown:?}", subject.family);
            }
        }
    }
}
