//! The settings under which a family is tried: the usual ones first, then what the bytes suggest.

use crate::readers::codec::CodecSettings;
use crate::readers::codec::settings::{DigitRadix, Framing, Track, TrackSettings};
use crate::readers::event::Technology;
use crate::readers::transport::Recording;

/// Longest prefix or suffix that is looked for.
const AROUND_BYTES_MAX: usize = Framing::BYTES_MAX;

/// Fewest digits of a card's number.
const DIGITS_MIN: usize = 6;

/// Most digits of a mark in front of a number.
const MARK_DIGITS_MAX: usize = 4;

/// Bytes that end lines and frames.
const ENDS: &[u8] = b"\r\n\t\0\x03";

/// The settings to try, each with how far it is from the usual ones.
pub(super) fn variants(technology: Option<Technology>, tap: &Recording) -> Vec<CodecSettings> {
    let usual = CodecSettings {
        technology,
        ..CodecSettings::default()
    };
    let mut all = vec![usual.clone()];
    all.extend(
        framings(&tap.bytes())
            .into_iter()
            .map(|framing| CodecSettings {
                framing,
                ..usual.clone()
            }),
    );
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

/// The settings for a mark in front of the number that is made of digits itself, such as `AB` of
/// `AB0061366822`, the shortest first. Only a number that a person read off the card shows that it
/// is none of the card's digits.
pub(super) fn marked(technology: Option<Technology>, tap: &Recording) -> Vec<CodecSettings> {
    let bytes = tap.bytes();
    let Some((line, terminators)) = first_line(&bytes) else {
        return Vec::new();
    };
    let Some((start, end)) = longest_number(line, u8::is_ascii_hexdigit) else {
        return Vec::new();
    };
    (start + 1..=start + MARK_DIGITS_MAX)
        .take_while(|from| from + DIGITS_MIN <= end)
        .filter_map(|from| around(line, (from, end), terminators))
        .map(|framing| CodecSettings {
            technology,
            framing,
            ..CodecSettings::default()
        })
        .collect()
}

/// What stands around the first number, whether it is of hexadecimal or of decimal digits:
/// `ID:0061366822#\r` has the prefix `ID:`, the suffix `#` and ends with CR; of `CARD0061366822` the
/// prefix may be `CAR` or `CARD`. Nothing where that is the usual line.
fn framings(bytes: &[u8]) -> Vec<Framing> {
    let Some((line, terminators)) = first_line(bytes) else {
        return Vec::new();
    };
    let mut framings: Vec<Framing> = Vec::new();
    for is_digit in [u8::is_ascii_hexdigit, u8::is_ascii_digit] {
        let number = longest_number(line, is_digit);
        let framing = number.and_then(|number| around(line, number, terminators));
        if let Some(framing) = framing
            && !framings.contains(&framing)
        {
            framings.push(framing);
        }
    }
    framings
}

/// The first line without its end, and the bytes that end it.
fn first_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_end = |byte: &u8| ENDS.contains(byte);
    let first_end = bytes.iter().position(is_end).unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at_checked(first_end)?;
    let ends = rest.iter().take(2).take_while(|byte| is_end(byte)).count();
    Some((line, rest.get(..ends)?))
}

/// The framing of a line whose number is there; `None` where it is the usual one, or too long.
fn around(line: &[u8], (start, end): (usize, usize), terminators: &[u8]) -> Option<Framing> {
    let framing = Framing {
        prefix: line.get(..start)?.to_vec(),
        suffix: line.get(end..)?.to_vec(),
        terminators: terminators.to_vec(),
    };
    let fits = framing.prefix.len() <= AROUND_BYTES_MAX && framing.suffix.len() <= AROUND_BYTES_MAX;
    (fits && framing != Framing::default()).then_some(framing)
}

/// The place of the longest run of digits, of which there are enough for a card.
fn longest_number(line: &[u8], is_digit: fn(&u8) -> bool) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut start = 0;
    for (place, byte) in line.iter().chain([&b' ']).enumerate() {
        if is_digit(byte) {
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
    let (start, end) = longest_number(rest, u8::is_ascii_hexdigit)?;
    rest.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_number() {
        let of = |bytes: &[u8]| {
            let found = framings(bytes).into_iter().next()?;
            Some((found.prefix, found.suffix, found.terminators))
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
    fn letters_in_front_of_a_number_may_be_digits_of_it() {
        let prefixes = |bytes: &[u8]| -> Vec<String> {
            framings(bytes)
                .into_iter()
                .map(|framing| String::from_utf8(framing.prefix).unwrap())
                .collect()
        };
        assert_eq!(prefixes(b"CARD0061366822\r"), ["CAR", "CARD"]);
        assert_eq!(prefixes(b"AB0061366822\r\n"), ["AB"]);
        assert_eq!(prefixes(b"ID:0061366822\r\n"), ["ID:"]);
        let tap = Recording::of_reads(
            None,
            vec![(std::time::Duration::ZERO, b"AB3A86226F\r\n".to_vec())],
        );
        let marks: Vec<Vec<u8>> = marked(None, &tap)
            .into_iter()
            .map(|settings| settings.framing.prefix)
            .collect();
        assert_eq!(marks, [&b"A"[..], b"AB", b"AB3", b"AB3A"]);
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
