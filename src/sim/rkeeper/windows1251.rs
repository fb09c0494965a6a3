//! Documents as r_keeper's older interface encodes them.

/// Letters that are neither ASCII nor in the alphabet's own block, as far as a till writes them.
const OTHERS: [(char, u8); 14] = [
    ('Ё', 0xa8),
    ('ё', 0xb8),
    ('№', 0xb9),
    ('«', 0xab),
    ('»', 0xbb),
    ('“', 0x93),
    ('”', 0x94),
    ('„', 0x84),
    ('–', 0x96),
    ('—', 0x97),
    ('…', 0x85),
    ('°', 0xb0),
    ('€', 0x88),
    ('\u{a0}', 0xa0),
];

/// A document that says of itself what it is. What the encoding has no letter for is a reference; a
/// byte order mark is left out.
pub(super) fn document(text: &str) -> Vec<u8> {
    let text = text.trim_start_matches('\u{feff}');
    let text = text.replacen("encoding=\"utf-8\"", "encoding=\"windows-1251\"", 1);
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        let other = OTHERS.iter().find(|(own, _)| *own == letter);
        match letter {
            '\0'..='\x7f' => bytes.extend(u8::try_from(letter)),
            // Below the alphabet's last letter: 64 of them.
            'А'..='я' => {
                let place = u32::from(letter) - u32::from('А');
                bytes.extend(u8::try_from(place + 0xc0));
            }
            _ => match other {
                Some(&(_, byte)) => bytes.push(byte),
                None => bytes.extend(format!("&#{};", u32::from(letter)).bytes()),
            },
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_encoding() {
        let told =
            document("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><a b=\"Ёж № 5 я😀\"/>");
        let wanted = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a b=\"\xa8\xe6 \xb9 5 \xff&#128512;\"/>";
        assert_eq!(told, wanted);
    }
}
