//! Keyboard layouts: where a character sits, and what the other layout has there.

const RUSSIAN: &str = "йцукенгшщзхъфывапролджэячсмитьбю";
const LATIN: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";

/// The character at the same place of a Latin keyboard, in lower case.
pub fn latin_place(c: char) -> char {
    let c = c.to_lowercase().next().unwrap_or(c);
    match c {
        'і' => 's',
        'ё' => '`',
        _ => swap(c, RUSSIAN, LATIN),
    }
}

/// The text as it would read had the other keyboard layout been on: Latin for Russian and back.
pub fn other_layout(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|c| match swap(c, RUSSIAN, LATIN) {
            same if same == c => swap(c, LATIN, RUSSIAN),
            other => other,
        })
        .collect()
}

const CYRILLIC_TWINS: &str = "АВЕКМНОРСТУХавекмнорстух";
const LATIN_TWINS: &str = "ABEKMHOPCTYXabekmhopctyx";

/// The Latin letter that looks like this Cyrillic one; any other character as it is.
pub fn latin_twin(c: char) -> char {
    swap(c, CYRILLIC_TWINS, LATIN_TWINS)
}

fn swap(c: char, from: &str, to: &str) -> char {
    from.chars()
        .zip(to.chars())
        .find(|&(known, _)| known == c)
        .map_or(c, |(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_known_by_their_place() {
        assert_eq!(latin_place('С'), 'c');
        assert_eq!(latin_place('і'), 's');
        assert_eq!(other_layout("fvby"), "амин");
        assert_eq!(other_layout("Фвьшт"), "admin");
        assert_eq!(RUSSIAN.chars().count(), LATIN.chars().count());
    }

    #[test]
    fn letters_are_known_by_their_look() {
        let twins: String = "АВЕКМНОРСТУХ-15 авекмнорстух яЯ a"
            .chars()
            .map(latin_twin)
            .collect();
        assert_eq!(twins, "ABEKMHOPCTYX-15 abekmhopctyx яЯ a");
        assert_eq!(CYRILLIC_TWINS.chars().count(), LATIN_TWINS.chars().count());
    }
}
