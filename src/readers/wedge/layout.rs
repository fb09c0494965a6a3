//! Repairing a text that a keyboard-like reader typed under the Russian layout.
//!
//! The reader presses keys, the layout turns them into characters. So the repair goes by the
//! position of the key (`А` is the key of `F`), never by the look of the character: `04А1С2В3` is
//! `04F1C2D3`, while its look-alike `04A1C2B3` may be another guest's card.

/// Latin and Cyrillic in one text: which layout was on cannot be told for the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixed;

/// Keys of the Russian layout (ЙЦУКЕН of Windows) and of the US one: character without and with
/// Shift there, without and with Shift here. Digits without Shift are the same on both.
const LETTER_KEYS: &str = "йqцwуeкrеtнyгuшiщoзpх[ъ]фaыsвdаfпgрhоjлkдlж;э'яzчxсcмvиbтnьmб,ю.ё`";

/// The same for keys that have no letter in the Russian layout.
const SIGN_KEYS: [(char, char); 9] = [
    ('.', '/'),
    (',', '?'),
    ('"', '@'),
    ('№', '#'),
    (';', '$'),
    (':', '^'),
    ('?', '&'),
    ('/', '|'),
    // Keys that are the same on both are not listed, except this one, so that the table is whole.
    ('\\', '\\'),
];

/// The text as the US layout would show the same keys. A text without Cyrillic is left as it is.
///
/// With Caps Lock on, `Б` may be `,` or `<`; signs are taken as their keys without Shift, except
/// `Ж`, which is `:` as in `04:A2:2B`.
pub fn repair(chars: &[char]) -> Result<String, Mixed> {
    if !chars.iter().copied().any(is_cyrillic) {
        return Ok(chars.iter().collect());
    }
    chars.iter().map(|&c| latin(c).ok_or(Mixed)).collect()
}

/// Only the Russian layout makes this character.
fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}' | '№')
}

fn latin(c: char) -> Option<char> {
    if c.is_ascii_alphabetic()
        || matches!(
            c,
            '[' | ']'
                | '{'
                | '}'
                | '<'
                | '>'
                | '\''
                | '`'
                | '~'
                | '@'
                | '#'
                | '$'
                | '^'
                | '&'
                | '|'
        )
    {
        // The Russian layout has no key for it.
        return None;
    }
    if let Some(&(_, latin)) = SIGN_KEYS.iter().find(|(russian, _)| *russian == c) {
        return Some(latin);
    }
    if c == 'Ж' {
        return Some(':');
    }
    if !is_cyrillic(c) {
        return c.is_ascii().then_some(c);
    }
    let small = c.to_lowercase().next()?;
    let mut keys = LETTER_KEYS.chars();
    while let (Some(russian), Some(latin)) = (keys.next(), keys.next()) {
        if russian == small {
            return Some(if small == c {
                latin
            } else {
                latin.to_ascii_uppercase()
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> Result<String, Mixed> {
        repair(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn by_the_position_of_the_key() {
        for (seen, typed) in [
            ("0061366822", "0061366822"),
            ("093б12345", "093,12345"),
            ("093Б12345", "093,12345"),
            ("5В3039", "5D3039"),
            ("04А1С2В3", "04F1C2D3"),
            ("04а1с2в3", "04f1c2d3"),
            ("%И123:ШМФТЩМ.Ш:2512,", "%B123^IVANOV/I^2512?"),
            ("ж10001=0001,", ";10001=0001?"),
            ("+У,", "+E?"),
            ("04ЖФ2Ж2И", "04:A2:2B"),
            ("093,12345", "093,12345"),
            ("04F1C2D3", "04F1C2D3"),
        ] {
            assert_eq!(repaired(seen).as_deref(), Ok(typed), "{seen}");
        }
    }

    #[test]
    fn a_mixture_is_never_guessed() {
        for mixed in ["04А1C2D3", "04F1С2D3", "5D3б", "ї4", "04А1@"] {
            assert_eq!(repaired(mixed), Err(Mixed), "{mixed}");
        }
    }

    #[test]
    fn every_hex_letter_has_one_key() {
        let mut latin: Vec<char> = LETTER_KEYS.chars().skip(1).step_by(2).collect();
        let keys = latin.len();
        latin.sort_unstable();
        latin.dedup();
        assert_eq!(latin.len(), keys);
        assert_eq!(keys, 33);
    }
}
