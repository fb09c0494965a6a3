//! The settings under which a family is tried: the usual ones first, then what the bytes suggest.

use crate::readers::codec::CodecSettings;
use crate::readers::codec::settings::{DigitRadix, Framing, Track, TrackSettings};
use crate::readers::event::Technology;
use crate::readers::transport::Recording;

/// Longest prefix or suffix that is looked for.
const AROUND_BYTES_MAX: usize = Framing::BYTES_MAX;

/// Fewest digits of a card's number.
const DIGITS_MIN: usize = 6;

/// Bytes that end lines and frames.
const ENDS: &[u8] = b"\r\n\t\0\x03";

/// The settings to try, each with how far it is from the usual ones.
pub(super) fn variants(technology: Option<Technology>, tap: &Recording) -> Vec<CodecSettings> {
    let usual = CodecSettings {
        technology,
        ..CodecSettings::default()
    };
    let mut all = vec![usual.clone()];
    all.extend(framing(&tap.bytes()).map(|framing| CodecSettings {
        framing,
        ..usual.clone()
    }));
    for radix in [DigitRadix::Hex, DigitRadix::Decimal] {
        all.push(CodecSettings {
            radix: Some(radix),
            ..usual.clone()
        });
    }
    for number in [Track::One, Track::Three] {
        all.push(CodecSettings {
            track: TrackSettings {
                number,
                ..TrackSettings::default()
            },
            ..usual.clone()
        });
    }
    all.push(CodecSettings {
        inverted: true,
        ..usual
    });
    all
}

/// What stands around the first number: `ID:0061366822#\r` has the prefix `ID:`, the suffix `#` and
/// ends with CR. `None` where that is nothing but the usual line.
fn framing(bytes: &[u8]) -> Option<Framing> {
    let first_end = bytes.iter().position(|byte| ENDS.contains(byte));
    let line = bytes.get(..first_end.unwrap_or(bytes.len()))?;
    let terminators: Vec<u8> = bytes
        .get(line.len()..)?
        .iter()
        .copied()
        .take_while(|byte| ENDS.contains(byte))
        .take(2)
        .collect();
    let (start, end) = longest_number(line)?;
    let framing = Framing {
        prefix: line.get(..start)?.to_vec(),
        suffix: line.get(end..)?.to_vec(),
        terminators,
    };
    let fits = framing.prefix.len() <= AROUND_BYTES_MAX && framing.suffix.len() <= AROUND_BYTES_MAX;
    (fits && framing != Framing::default()).then_some(framing)
}

/// The place of the longest run of hexadecimal digits.
fn longest_number(line: &[u8]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut start = 0;
    for (place, byte) in line.iter().chain([&b' ']).enumerate() {
        if byte.is_ascii_hexdigit() {
            continue;
        }
        if place - start >= DIGITS_MIN && best.is_none_or(|(from, to)| place - start > to - from) {
            best = Some((start, place));
        }
        start = place + 1;
    }
    best
}

/// How many digits the reader sent for this card, where they show that it always sends so many: it
/// padded them with zeros, or they are hexadecimal.
pub(super) fn fixed_digits(raw: &[u8], settings: &CodecSettings) -> Option<u8> {
    let digits = digits(raw, settings)?;
    let padded = digits.starts_with(b"0") || digits.iter().any(u8::is_ascii_alphabetic);
    padded.then(|| u8::try_from(digits.len()).ok()).flatten()
}

/// The digits of a line as received.
pub(super) fn digits<'a>(raw: &'a [u8], settings: &CodecSettings) -> Option<&'a [u8]> {
    let rest = raw.strip_prefix(&*settings.framing.prefix).unwrap_or(raw);
    let (start, end) = longest_number(rest)?;
    rest.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_number() {
        let of = |bytes: &[u8]| {
            framing(bytes).map(|found| (found.prefix, found.suffix, found.terminators))
        };
        let some = |prefix: &[u8], suffix: &[u8], ends: &[u8]| {
            Some((prefix.to_vec(), suffix.to_vec(), ends.to_vec()))
        };
        assert_eq!(of(b"ID:0061366822#\r"), some(b"ID:", b"#", b"\r"));
        assert_eq!(of(b"\x020061366822\x03"), some(b"\x02", b"", b"\x03"));
        assert_eq!(of(b"0061366822\r0061366822\r"), some(b"", b"", b"\r"));
        assert_eq!(of(b"0061366822"), some(b"", b"", b""));
        assert_eq!(of(b"0061366822\r\n"), None, "the usual line");
        assert_eq!(of(b"12345\r\n"), None);
        assert_eq!(of(b"\r\n"), None);
        assert_eq!(of(b""), None);
        let long = [&b"x"[..]; 17].concat();
        assert_eq!(of(&[&long, &b"0061366822\r"[..]].concat()), None);
    }

    #[test]
    fn a_padded_number_shows_how_many_digits_there_are() {
        let usual = CodecSettings::default();
        assert_eq!(fixed_digits(b"0061366822", &usual), Some(10));
        assert_eq!(fixed_digits(b"3A86226F", &usual), Some(8));
        assert_eq!(
            fixed_digits(b"61366822", &usual),
            None,
            "perhaps not padded"
        );
        let prefixed = CodecSettings {
            framing: Framing {
                prefix: b"CARD".to_vec(),
                ..Framing::default()
            },
            ..usual
        };
        assert_eq!(fixed_digits(b"CARD0061366822", &prefixed), Some(10));
    }
}
