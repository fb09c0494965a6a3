//! A serial reader of any family, set anyhow: what must hold of whatever it sends.

use std::time::Duration;

use thiserror::Error;

use crate::readers::bank_card;
use crate::readers::codec::{
    Codec, CodecSettings, DigitRadix, Framing, Track, TrackSettings, codec_for,
};
use crate::readers::describe::decode_stream;
use crate::readers::event::{Event, RejectReason, Rejected, Technology};
use crate::readers::family::Family;

/// Bytes at the front of an input that say how the reader is set; zeros are as delivered.
pub const SETTING_BYTES: usize = 3;

/// Bytes of one read, the first of which is the pause before it in milliseconds.
const READ_BYTES: usize = 10;

/// What did not hold.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Broken {
    /// The same bytes cut into other reads gave other events.
    #[error("how the bytes are cut matters")]
    Cut,
    /// A line without JSON, or a card without UID.
    #[error("a line of decode has no JSON, or a card has no UID")]
    Decode,
    /// A rejection holds too much, or a bank card.
    #[error("a rejection holds what it must not")]
    Raw,
    /// A card of unknown kind or in doubt is certain, or has no bytes.
    #[error("a card is certain though nobody knows it whole")]
    Certain,
    /// A timeout that was told leaves its deadline.
    #[error("a deadline does not end")]
    Deadline,
}

/// Feeds an input to a reader of the family: its first bytes are the settings.
pub fn reader(family: Family, input: &[u8]) -> Result<(), Broken> {
    let (front, bytes) = input
        .split_at_checked(SETTING_BYTES)
        .unwrap_or((&[0; SETTING_BYTES], input));
    let settings = settings_of(front);
    let whole = events(family, &settings, bytes, 512);
    let cut_anyhow = [1, 2, 3, 7, 13]
        .into_iter()
        .all(|piece| events(family, &settings, bytes, piece) == whole);
    if !cut_anyhow {
        return Err(Broken::Cut);
    }
    whole.iter().try_for_each(|event| check(family, event))?;
    decoded(family, &settings, bytes)?;
    timed(&mut *codec_for(family, &settings), bytes)
}

/// The settings that these bytes choose.
fn settings_of(front: &[u8]) -> CodecSettings {
    let &[kind, count, framing] = front else {
        return CodecSettings::default();
    };
    let bit = |byte: u8, place: u8| byte >> place & 1 == 1;
    let some = |value: u8| (value > 0).then_some(value);
    let usual = Framing::default();
    CodecSettings {
        technology: Technology::ALL
            .get(usize::from(kind & 7).wrapping_sub(1))
            .copied(),
        reversed: bit(kind, 3),
        inverted: bit(kind, 4),
        digits: some(count & 0x3f),
        bits: some((count >> 6) * 8 + 16).filter(|bits| *bits > 16),
        radix: bit(kind, 5).then_some(DigitRadix::Decimal),
        framing: Framing {
            prefix: if bit(framing, 0) {
                b"\x02".to_vec()
            } else {
                usual.prefix
            },
            suffix: if bit(framing, 1) {
                b"#".to_vec()
            } else {
                usual.suffix
            },
            terminators: match framing >> 2 & 3 {
                0 => usual.terminators,
                1 => b"\x03".to_vec(),
                _ => Vec::new(),
            },
        },
        track: TrackSettings {
            number: match framing >> 4 & 3 {
                1 => Track::One,
                2 => Track::Three,
                _ => Track::Two,
            },
            field: framing >> 6 & 1,
            lrc: bit(framing, 7),
        },
        same_card: bit(kind, 6).then_some(Duration::ZERO),
    }
}

fn events(family: Family, settings: &CodecSettings, bytes: &[u8], piece: usize) -> Vec<Event> {
    let mut codec = codec_for(family, settings);
    let mut events = Vec::new();
    for piece in bytes.chunks(piece) {
        codec.feed(piece, Duration::ZERO);
        events.extend(std::iter::from_fn(|| codec.poll()));
    }
    codec.finish();
    events.extend(std::iter::from_fn(|| codec.poll()));
    events
}

fn check(family: Family, event: &Event) -> Result<(), Broken> {
    match event {
        Event::Card(read) => {
            let unknown = read.technology == Technology::Other || read.warning.is_some();
            if read.known_bytes().is_empty() || unknown && read.certain() {
                return Err(Broken::Certain);
            }
        }
        Event::Rejected(rejected) => {
            let raw = &rejected.raw;
            let hidden = family == Family::Track || rejected.reason == RejectReason::BankCard;
            if raw.len() > Rejected::RAW_BYTES_MAX
                || bank_card::is_in(raw)
                || hidden && !raw.is_empty()
            {
                return Err(Broken::Raw);
            }
        }
        Event::Gone(_) => {}
    }
    Ok(())
}

/// Every line of a dump can be written as JSON, and claims no card without a UID.
fn decoded(family: Family, settings: &CodecSettings, bytes: &[u8]) -> Result<(), Broken> {
    let holds = decode_stream(family, settings, bytes, None)
        .iter()
        .all(|line| {
            serde_json::to_string(line).is_ok()
                && line.uid_hex.is_some() == line.technology.is_some()
        });
    holds.then_some(()).ok_or(Broken::Decode)
}

/// Reads with pauses: what a codec waits for comes to an end.
fn timed(codec: &mut dyn Codec, bytes: &[u8]) -> Result<(), Broken> {
    let mut now = Duration::ZERO;
    for read in bytes.chunks(READ_BYTES) {
        let Some((&pause, read)) = read.split_first() else {
            break;
        };
        now += Duration::from_millis(u64::from(pause) * 2);
        while let Some(deadline) = codec.deadline().filter(|deadline| *deadline <= now) {
            codec.on_timeout(deadline);
            while codec.poll().is_some() {}
            if codec.deadline().is_some_and(|next| next <= deadline) {
                return Err(Broken::Deadline);
            }
        }
        codec.feed(read, now);
        while codec.poll().is_some() {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::readers::codec::number::hex_bytes;

    /// Inputs that led a fuzzer to new code, one a line in hexadecimal, a file per family.
    #[test]
    fn what_a_fuzzer_found_holds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers/corpus");
        let mut inputs = 0;
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let family: Family = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
            for line in fs::read_to_string(&path).unwrap().lines() {
                let input = hex_bytes(line.as_bytes()).unwrap();
                assert_eq!(reader(family, &input), Ok(()), "{family} {line}");
                inputs += 1;
            }
        }
        assert!(inputs > 5_000, "{inputs}");
    }
}
