//! Numbers of bank cards, which must reach no event and no log.

/// Digits of a bank card's number.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// A text in which a run of digits, perhaps in groups, may be a bank card's number.
pub fn is_in(text: &[u8]) -> bool {
    let mut run = Vec::new();
    for &byte in text {
        match byte {
            b'0'..=b'9' => run.push(byte),
            // Groups: «4111 1111 …».
            b' ' | b'-' => {}
            _ => {
                if is_number(&run) {
                    return true;
                }
                run.clear();
            }
        }
    }
    is_number(&run)
}

/// Digits that may be a bank card's number. Those begin with 2 to 9; what readers send of other
/// cards begins with 0 or 1 at such lengths (a padded 40-bit number, a seven-byte UID).
pub fn is_number(digits: &[u8]) -> bool {
    is_luhn_number(digits) && !digits.starts_with(b"0") && !digits.starts_with(b"1")
}

/// As many digits as bank cards have, the last of which is their check digit.
pub fn is_luhn_number(digits: &[u8]) -> bool {
    DIGITS.contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .map(|byte| u32::from(byte.wrapping_sub(b'0')))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (1, 5..) => digit * 2 - 9,
            (1, _) => digit * 2,
            _ => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bank_cards_are_seen_in_any_text() {
        for text in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "%B4111111111111111^",
            ";4111111111111111=2512101?",
            "xx5500-0000-0000-0004",
            "378282246310005",
            "6011000990139424,x",
        ] {
            assert!(is_in(text.as_bytes()), "{text}");
        }
        for text in [
            "4111111111111112",
            "0061366822",
            "411111111111",
            "41111111111111111111",
            "00365080536100",
            "1220759538901632",
            ";10001=0001?",
            "Mifare[3AAC2280045646]  (0142,20) 004,22086",
            "",
        ] {
            assert!(!is_in(text.as_bytes()), "{text}");
        }
    }
}
