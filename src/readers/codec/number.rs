//! From the number that a reader sends to the bytes of a card.

use super::CodecSettings;
use crate::domain::CardBytes;
use crate::readers::event::Technology;

/// Sizes of card numbers in bits, each with the most digits that decimal readers write it with:
/// 8H10D has ten, 6H8D eight, a whole EM-Marine number up to fourteen.
const DECIMAL_SIZES: [(u16, usize); 5] = [(24, 8), (32, 10), (40, 14), (56, 17), (80, 25)];

/// Fewest digits of a decimal number, unless the config says how many there are.
pub const DECIMAL_DIGITS_MIN: usize = 6;

/// Fewest bytes of a number.
const BYTES_MIN: usize = 3;

/// The card of a number in whole bytes or fewer bits, the most significant byte first.
///
/// None where cards of this technology have no number of that length. Fewer bits than the card
/// has are its low ones.
pub fn card(
    technology: Technology,
    sent: &[u8],
    bits: u16,
    settings: &CodecSettings,
) -> Option<CardBytes> {
    let whole_bytes = usize::from(bits) == sent.len() * 8;
    let mut ordered = sent.to_vec();
    if settings.reversed && whole_bytes {
        ordered.reverse();
    }
    match (technology, sent.len()) {
        (Technology::EmMarine, BYTES_MIN..=5) if whole_bytes => {
            CardBytes::new(padded(&ordered, 5), bits)
        }
        (Technology::Mifare, 4 | 7 | 10) if whole_bytes => CardBytes::new(ordered, bits),
        // A slice of the number that the first byte is lowest in, as W26 carries it: its order
        // cannot be told without the byte that is missing.
        (Technology::Mifare, BYTES_MIN) if whole_bytes => CardBytes::new(padded(sent, 4), bits),
        (Technology::EmMarine | Technology::Mifare, _) => None,
        (Technology::HidProx | Technology::Magstripe | Technology::Other, BYTES_MIN..) => {
            CardBytes::new(ordered, bits)
        }
        (Technology::HidProx | Technology::Magstripe | Technology::Other, _) => None,
    }
}

fn padded(bytes: &[u8], len: usize) -> Vec<u8> {
    let mut padded = vec![0; len.saturating_sub(bytes.len())];
    padded.extend_from_slice(bytes);
    padded
}

/// The card of a number in hexadecimal digits, whole bytes.
pub fn hex(technology: Technology, digits: &[u8], settings: &CodecSettings) -> Option<CardBytes> {
    let bytes = hex_bytes(digits)?;
    let bits = u16::try_from(bytes.len() * 8).ok()?;
    card(technology, &bytes, bits, settings)
}

/// The card of a number in decimal digits.
///
/// How many bits it holds, the config says; otherwise eight digits hold 24 bits, ten 32, fourteen
/// 40, seventeen 56 and 25 hold 80, or more where the number does not fit. So a number without its
/// leading zeros claims too few bits rather than too many.
pub fn decimal(
    technology: Technology,
    digits: &[u8],
    settings: &CodecSettings,
) -> Option<CardBytes> {
    let value = value(digits)?;
    let bits = match settings.bits {
        Some(bits) => Some(u16::from(bits)),
        None => usual_bits(technology, digits.len(), value),
    }?;
    if bits == 0 || bits > 80 || value >> bits != 0 {
        return None;
    }
    let bytes = &value.to_be_bytes()[16 - usize::from(bits.div_ceil(8))..];
    card(technology, bytes, bits, settings)
}

fn usual_bits(technology: Technology, digits: usize, value: u128) -> Option<u16> {
    DECIMAL_SIZES
        .into_iter()
        .filter(|(bits, _)| match technology {
            Technology::EmMarine => *bits <= 40,
            Technology::Mifare => *bits != 40,
            Technology::HidProx | Technology::Magstripe | Technology::Other => true,
        })
        .find(|(bits, digits_max)| digits <= *digits_max && value >> bits == 0)
        .map(|(bits, _)| bits)
}

/// The value of decimal digits; none where there are none, others, or more than 80 bits hold.
pub fn value(digits: &[u8]) -> Option<u128> {
    let fits = !digits.is_empty() && digits.len() <= 25 && digits.iter().all(u8::is_ascii_digit);
    fits.then(|| {
        digits
            .iter()
            .fold(0, |value, digit| value * 10 + u128::from(digit - b'0'))
    })
}

/// The bytes of hexadecimal digits in pairs; none where a digit is missing or is none.
pub fn hex_bytes(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let half = |digit: u8| char::from(digit).to_digit(16);
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(half(pair[0])? << 4 | half(pair[1])?).ok())
        .collect()
}

/// Exclusive or of bytes, the checksum of most frames.
pub fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(card: Option<CardBytes>) -> Option<(String, u16)> {
        card.map(|card| {
            let hex = card.bytes().iter().map(|byte| format!("{byte:02X}"));
            (hex.collect(), card.bits())
        })
    }

    #[track_caller]
    fn check(card: Option<CardBytes>, bytes: &str, bits: u16) {
        assert_eq!(shown(card), Some((bytes.to_owned(), bits)));
    }

    #[test]
    fn decimal_digits_say_how_many_bits_they_hold() {
        let plain = CodecSettings::default();
        let em = |digits: &[u8]| decimal(Technology::EmMarine, digits, &plain);
        let other = |digits: &[u8]| decimal(Technology::Other, digits, &plain);
        check(em(b"0006547886"), "000063E9AE", 32);
        check(em(b"06547886"), "000063E9AE", 24);
        check(em(b"6547886"), "000063E9AE", 24);
        check(em(b"61366822"), "0003A86226", 32);
        check(em(b"00365080536100"), "55007EE424", 40);
        check(em(b"365080536100"), "55007EE424", 40);
        check(other(b"0061366822"), "03A86226", 32);
        check(other(b"61366822"), "03A86226", 32);
        check(other(b"1220759538901632"), "0456463AAC2280", 56);
        check(other(b"22222222222222222222"), "00013465315F6B58E38E", 80);
        assert_eq!(em(b"1099511627776"), None, "more than 40 bits");
        assert_eq!(other(b"1208925819614629174706176"), None, "80 bits and one");
        assert_eq!(other(b"00000000000000000000000001"), None, "26 digits");
        assert_eq!(other(b"12345a"), None);
        assert_eq!(other(b""), None);
    }

    #[test]
    fn the_config_says_it_where_digits_do_not() {
        let of = |bits| CodecSettings {
            bits: Some(bits),
            ..CodecSettings::default()
        };
        let em = Technology::EmMarine;
        check(decimal(em, b"8315940", &of(32)), "00007EE424", 32);
        check(decimal(em, b"8315940", &of(40)), "00007EE424", 40);
        assert_eq!(decimal(em, b"61366822", &of(24)), None);
        for nonsense in [0, 1, 12, 25, 56, 81, 255] {
            assert_eq!(decimal(em, b"8315940", &of(nonsense)), None, "{nonsense}");
        }
    }

    #[test]
    fn lengths_that_no_card_has_are_none() {
        let plain = CodecSettings::default();
        let lengths = |technology| {
            (0..12)
                .filter(|len| hex(technology, &vec![b'7'; 2 * len], &plain).is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(lengths(Technology::EmMarine), [3, 4, 5]);
        assert_eq!(lengths(Technology::Mifare), [3, 4, 7, 10]);
        assert_eq!(lengths(Technology::Other), [3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(hex(Technology::Other, b"0102030", &plain), None);
        assert_eq!(hex(Technology::Other, b"0102030g", &plain), None);
    }

    #[test]
    fn the_last_byte_may_come_first() {
        let reversed = CodecSettings {
            reversed: true,
            ..CodecSettings::default()
        };
        let of = |technology, digits: &[u8]| hex(technology, digits, &reversed);
        check(of(Technology::Mifare, b"6442D1BC"), "BCD14264", 32);
    }
}
