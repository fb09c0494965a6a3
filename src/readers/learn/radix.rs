//! Hexadecimal digits that show no letter: are they decimal ones?

use super::variants::digits;
use crate::readers::codec::CodecSettings;
use crate::readers::event::CardRead;

/// From so many digits on that tell something and are no letters, they are decimal: of so many
/// hexadecimal ones, fewer than one in a thousand would have none.
const TELLING_DIGITS_MIN: usize = 16;

/// The digits were taken for hexadecimal ones, but among all that tell one card from another there
/// is no letter, and there are many.
pub(super) fn lacks_letters(cards: &[CardRead], settings: &CodecSettings) -> bool {
    let mut seen: Vec<&[u8]> = Vec::new();
    for read in cards {
        match digits(&read.raw, settings) {
            Some(digits) if is_hex_of(read, digits) => {
                if !seen.contains(&digits) {
                    seen.push(digits);
                }
            }
            Some(_) | None => return false,
        }
    }
    telling(&seen).is_some_and(|count| count >= TELLING_DIGITS_MIN)
}

/// The digits are the card's bytes, as hexadecimal ones.
fn is_hex_of(read: &CardRead, digits: &[u8]) -> bool {
    let hex: String = read
        .bytes
        .bytes()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    let digits = digits.to_ascii_uppercase();
    hex.as_bytes().ends_with(&digits) || digits.ends_with(hex.as_bytes())
}

/// How many digits of these cards tell something; `None` where one of them is a letter.
///
/// What all of them begin with may be a mark of the reader or of the batch of cards, letters
/// included: it says nothing, or little. Zeros in front say nothing either.
fn telling(cards: &[&[u8]]) -> Option<usize> {
    let (first, others) = cards.split_first()?;
    let common = others.iter().fold(first.len(), |common, other| {
        let same = first.iter().zip(other.iter());
        common.min(same.take_while(|(one, other)| one == other).count())
    });
    let (head, _) = first.split_at(common);
    // A single card is its own beginning: a letter there is one of the card.
    let is_marked = !others.is_empty() && !head.iter().all(u8::is_ascii_digit);
    let head: &[u8] = if is_marked { &[] } else { head };
    let zeros = head.iter().take_while(|&&digit| digit == b'0').count();
    let tails = cards.iter().filter_map(|card| card.get(common..));
    let parts: Vec<&[u8]> = head.get(zeros..).into_iter().chain(tails).collect();
    let is_decimal = parts.iter().all(|part| part.iter().all(u8::is_ascii_digit));
    is_decimal.then(|| parts.iter().map(|part| part.len()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_one_card_from_another() {
        let of = |cards: &[&str]| {
            let cards: Vec<&[u8]> = cards.iter().map(|card| card.as_bytes()).collect();
            telling(&cards)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["0061366822"]), Some(8), "zeros in front are no digits");
        assert_eq!(of(&["0061366822", "0016804270"]), Some(16));
        // A batch: seven digits are the same.
        assert_eq!(of(&["0003123456", "0003123457"]), Some(8));
        assert_eq!(of(&["00A1B2C3D4"]), None);
        assert_eq!(of(&["61366822", "3A86226F"]), None);
        assert_eq!(
            of(&["AB61366822", "AB16804270"]),
            Some(16),
            "a mark in front"
        );
        assert_eq!(of(&["AB61366822"]), None, "which may be the card's own");
    }
}
