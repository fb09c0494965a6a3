//! What must not be repeated from a server's words.
//!
//! A server may quote in an error what it was told: the card, the key, the login. Its words go to
//! the screen, the log and the journal, where none of that may stand.

use uuid::Uuid;

/// Shortest secret that is looked for.
const SECRET_CHARS_MIN: usize = 4;

/// Words may have been cut in the middle of a secret: so much of its beginning at their end is
/// taken for it.
const BEGINNING_CHARS_MIN: usize = 5;

/// Lengths of what may be a card's number, in whichever notation, even if it is none that we know.
const NUMBER_CHARS: std::ops::RangeInclusive<usize> = 8..=32;

/// Most characters of a number that are shown.
const NUMBER_CHARS_SHOWN: usize = 4;

/// The secrets of one server.
#[derive(Clone, Default)]
pub struct Hidden {
    secrets: Vec<Secret>,
    /// Short ones, which are looked for as whole words only.
    words: Vec<Secret>,
}

#[derive(Clone)]
struct Secret {
    /// In lower case.
    text: String,
    shown: String,
}

impl Hidden {
    /// Hides this text, in upper and lower case, and shows the other instead.
    pub fn hide(&mut self, secret: &str, shown: &str) {
        if secret.len() >= SECRET_CHARS_MIN {
            self.secrets.push(Secret {
                text: secret.to_ascii_lowercase(),
                shown: shown.to_owned(),
            });
        }
    }

    /// Hides a secret that may be as short as a digit where it stands as a word of its own: for words
    /// in answer to a request that held it.
    pub fn hide_word(&mut self, secret: &str, shown: &str) {
        if !secret.is_empty() && secret.len() < SECRET_CHARS_MIN {
            self.words.push(Secret {
                text: secret.to_ascii_lowercase(),
                shown: shown.to_owned(),
            });
        } else {
            self.hide(secret, shown);
        }
    }

    /// The words without the secrets, and of everything else that may be a card's number only the
    /// last digits. Ids written as a UUID stay.
    pub fn mask(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for secret in &self.secrets {
            words = secret.mask(&words);
        }
        for secret in &self.words {
            words = secret.mask_word(&words);
        }
        numbers_masked(&words)
    }
}

impl Secret {
    fn mask(&self, words: &str) -> String {
        // Lower case of ASCII keeps every byte's place.
        let lower = words.to_ascii_lowercase();
        let mut masked = String::with_capacity(words.len());
        let mut from = 0;
        for (at, _) in lower.match_indices(&self.text) {
            masked.push_str(&words[from..at]);
            masked.push_str(&self.shown);
            from = at + self.text.len();
        }
        let beginning = self.beginning_at_end_of(&lower[from..]);
        masked.push_str(&words[from..words.len() - beginning]);
        if beginning > 0 {
            masked.push_str(&self.shown);
        }
        masked
    }

    fn mask_word(&self, words: &str) -> String {
        let lower = words.to_ascii_lowercase();
        let mut masked = String::with_capacity(words.len());
        let mut from = 0;
        for (at, _) in lower.match_indices(&self.text) {
            let end = at + self.text.len();
            let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            if inside(lower[..at].chars().next_back()) || inside(lower[end..].chars().next()) {
                continue;
            }
            masked.push_str(&words[from..at]);
            masked.push_str(&self.shown);
            from = end;
        }
        masked.push_str(&words[from..]);
        masked
    }

    /// How many bytes at the end of the words are the beginning of the secret.
    fn beginning_at_end_of(&self, lower: &str) -> usize {
        let ends = self.text.char_indices().map(|(at, _)| at).rev();
        ends.take_while(|&at| at >= BEGINNING_CHARS_MIN)
            .find(|&at| lower.ends_with(&self.text[..at]))
            .unwrap_or(0)
    }
}

fn numbers_masked(words: &str) -> String {
    let is_joint = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    words
        .split_inclusive(is_joint)
        .map(|piece| {
            let word = piece.trim_end_matches(is_joint);
            if Uuid::try_parse(word).is_ok_and(|_| word.contains('-')) {
                piece.to_owned()
            } else {
                piece
                    .split_inclusive(|c: char| !c.is_ascii_alphanumeric())
                    .map(number_masked)
                    .collect()
            }
        })
        .collect()
}

fn number_masked(piece: &str) -> String {
    let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_number = NUMBER_CHARS.contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_digit());
    if is_number {
        format!("…{}", &piece[word.len() - NUMBER_CHARS_SHOWN..])
    } else {
        piece.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_repeated() {
        let mut hidden = Hidden::default();
        hidden.hide("Geheim-77", "***");
        hidden.hide("61366822", "…6822");
        hidden.hide("0815", "…15");
        hidden.hide("abc", "too short to be looked for");
        for (words, masked) in [
            ("GEHEIM-77geheim-77, abc", "******, abc"),
            ("card 61366822: no", "card …6822: no"),
            ("card 0815", "card …15"),
            // Cut.
            ("login geheim-7", "login ***"),
            ("login gehei", "login ***"),
            ("login gehe", "login gehe"),
            ("61366822 6136682", "…6822 …6822"),
            ("", ""),
            ("Ключ geheim-77 чужой", "Ключ *** чужой"),
        ] {
            assert_eq!(hidden.mask(words), masked);
        }
    }

    #[test]
    fn a_short_secret_is_hidden_as_a_word() {
        let mut hidden = Hidden::default();
        hidden.hide_word("12", "***");
        hidden.hide_word("long enough", "***");
        hidden.hide_word("", "***");
        for (words, masked) in [
            ("пароль 12 неверен, 12", "пароль *** неверен, ***"),
            ("'12' \"12\" =12;", "'***' \"***\" =***;"),
            ("чек 512, 120, a12, 12б", "чек 512, 120, a12, 12б"),
            ("so long enough it is", "so *** it is"),
        ] {
            assert_eq!(hidden.mask(words), masked);
        }
    }

    #[test]
    fn what_may_be_a_card_is_shortened() {
        let hidden = Hidden::default();
        for (words, masked) in [
            ("card 2718281828", "card …1828"),
            ("card=a2059c64;", "card=…9c64;"),
            ("(04A1B2C3D4E5F6)", "(…E5F6)"),
            ("12345678-04A1B2C3", "…5678-…B2C3"),
            // Sums, numbers of checks and errors, words, ids of payments and orders, fingerprints.
            ("2226634 is not 1234567", "2226634 is not 1234567"),
            ("facade deadbeef", "facade deadbeef"),
            (
                "{5B1A7C00-2350-4F31-9E2A-0A833D4F0001}/1",
                "{5B1A7C00-2350-4F31-9E2A-0A833D4F0001}/1",
            ),
            ("Заказ 12/2 — 1000000.00", "Заказ 12/2 — 1000000.00"),
        ] {
            assert_eq!(hidden.mask(words), masked);
        }
        let fingerprint = "0123456789abcdef".repeat(4);
        assert_eq!(hidden.mask(&fingerprint), fingerprint);
    }
}
