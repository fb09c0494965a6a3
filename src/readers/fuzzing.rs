//! Entry points for fuzzers and property tests: plain functions over bytes. Each returns whether
//! what must always hold did hold.

mod reports;
mod set_reader;

use std::time::Duration;

use super::codec::{CodecSettings, codec_for};
use super::describe::decode_stream;
use super::event::Event;
use super::family::Family;
use super::transport::replay::Recording;
use super::wedge::{self, Wedge, WedgeKey, WedgeSettings};

pub use reports::{descriptor, reports};
pub use set_reader::{Broken, SETTING_BYTES, reader};

/// The events of a live codec for bytes in pieces of at most `piece` bytes, all at once.
pub fn events(family: Family, bytes: &[u8], piece: usize) -> Vec<Event> {
    let mut codec = codec_for(family, &CodecSettings::default());
    let mut events = Vec::new();
    let mut poll = |codec: &mut Box<dyn super::codec::Codec + Send>| {
        events.extend(std::iter::from_fn(|| codec.poll()));
    };
    // Reports are not cut.
    let piece = if family.reports() {
        512
    } else {
        piece.clamp(1, 512)
    };
    for piece in bytes.chunks(piece) {
        codec.feed(piece, Duration::ZERO);
        poll(&mut codec);
    }
    codec.finish();
    poll(&mut codec);
    events
}

/// How the bytes are cut into reads does not matter.
pub fn codec(family: Family, bytes: &[u8]) -> bool {
    let whole = events(family, bytes, 512);
    [1, 2, 3, 7, 13]
        .iter()
        .all(|&piece| events(family, bytes, piece) == whole)
}

/// Every line of a dump can be written as JSON, and claims no card without a UID.
pub fn decode(family: Family, bytes: &[u8]) -> bool {
    decode_stream(family, &CodecSettings::default(), bytes, None)
        .iter()
        .all(|line| {
            serde_json::to_string(line).is_ok()
                && line.uid_hex.is_some() == line.technology.is_some()
        })
}

/// A recording of any text is refused or played to its end.
pub fn replay(family: Family, bytes: &[u8]) -> bool {
    match Recording::parse(&String::from_utf8_lossy(bytes)) {
        Ok(recording) => {
            let events = recording.events(family);
            events.windows(2).all(|pair| pair[0].0 <= pair[1].0)
        }
        Err(_) => true,
    }
}

/// Keys with pauses of 0 to 255 ms: nothing is held for longer than the deadline says, and any
/// text is parsed or refused.
pub fn typed(bytes: &[u8]) -> bool {
    let settings = WedgeSettings::default();
    let mut wedge = Wedge::new(settings);
    let mut now = Duration::ZERO;
    for pair in bytes.chunks_exact(2) {
        now += Duration::from_millis(u64::from(pair[1]));
        if let Some(deadline) = wedge.deadline().filter(|&deadline| deadline <= now) {
            wedge.on_timeout(deadline);
            if wedge.deadline().is_some() {
                return false;
            }
        }
        wedge.key(key_of(pair[0]), now);
    }
    let text = String::from_utf8_lossy(bytes);
    wedge::parse(&text).map_or(true, |card| !format!("{card:?}").contains(text.trim()))
}

fn key_of(byte: u8) -> WedgeKey {
    match byte {
        b'\r' => WedgeKey::Enter,
        b'\n' => WedgeKey::LineFeed,
        b'\t' => WedgeKey::Tab,
        byte => WedgeKey::Char(char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::readers::codec::rdm6300::frame_of;
    use crate::readers::codec::{framed, idteck, perco, twn3};

    /// Runs a property in fewer cases of many pieces: proptest's own cost is per case.
    fn cases(count: u32) -> ProptestConfig {
        ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(count)
        }
    }

    /// Bytes as they are likely to confuse a codec.
    fn tricky() -> impl Strategy<Value = Vec<u8>> {
        vec(
            prop_oneof![
                4 => any::<u8>().prop_map(|byte| vec![byte]),
                2 => Just(vec![0x02]),
                1 => Just(vec![0x03]),
                2 => Just(b"\r\n".to_vec()),
                3 => vec(prop::sample::select(b"0123456789ABCDEF".to_vec()), 1..14),
                1 => any::<[u8; 5]>().prop_map(|card| frame_of(card).to_vec()),
                1 => Just(b"Em-Marine[5500] 126,58404\r\n".to_vec()),
                1 => Just(b"Mifare[3AAC2280045646]  (0142,20) 004,22086\r\n".to_vec()),
                1 => Just(b"Mifare[".to_vec()),
                1 => Just(b"No card\r\n".to_vec()),
                1 => any::<[u8; 5]>().prop_map(|card| framed::frame_of(card).to_vec()),
                1 => any::<[u8; 3]>().prop_map(|card| perco::frame_of(1, &card)),
                1 => Just(vec![0xf2, 0xff]),
                1 => "[0-9A-F]{8}|[0-9A-F]{10}"
                    .prop_map(|digits| idteck::frame_of(digits.as_bytes())),
                1 => any::<[u8; 5]>().prop_map(|card| twn3::inditag_of(&card)),
                1 => "[01]{26}|[01]{34}|[01]{37}".prop_map(|bits| format!("{bits}\r").into()),
                1 => "[0-9]{1,20},?[0-9]{1,6}".prop_map(|digits| format!("{digits}\r").into()),
                1 => "[%;+]([0-9E=]{1,20}|4111111111111111)[?][01]?".prop_map(Vec::from),
            ],
            0..40,
        )
        .prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(cases(600))]

        #[test]
        fn chunks_do_not_matter(bytes in tricky()) {
            for family in Family::ALL {
                prop_assert!(codec(family, &bytes), "{family}");
                prop_assert!(decode(family, &bytes), "{family}");
            }
        }

        #[test]
        fn readers_set_anyhow(front: [u8; SETTING_BYTES], bytes in tricky()) {
            let input = [&front[..], &bytes].concat();
            for family in Family::ALL.into_iter().filter(|family| !family.reports()) {
                prop_assert_eq!(reader(family, &input), Ok(()), "{}", family);
            }
        }

        #[test]
        fn keys_in_any_rhythm(bytes in vec(any::<u8>(), 0..200)) {
            prop_assert!(typed(&bytes));
        }

        #[test]
        fn recordings_of_anything(bytes in "([0-9a-f]{1,3}[ \n#]){0,40}") {
            for family in Family::ALL {
                prop_assert!(replay(family, bytes.as_bytes()));
            }
        }
    }
}
