//! How the site writes the numbers of its cards, from numbers that a person typed.

use crate::domain::CardBytes;
use crate::domain::Notation;
use crate::domain::notation::named::{Named, matching};

/// What the typed numbers say of the notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writing {
    /// No number was typed.
    NotAsked,
    /// The site's notation writes exactly these numbers.
    AsConfigured,
    /// Another one does, and it is the only one.
    Named(Named),
    /// Several do, and would write other cards differently.
    Several(Vec<Named>),
    /// None does.
    None,
}

/// A card with the number that was typed for it.
pub(super) struct Typed<'a> {
    pub card: &'a CardBytes,
    pub text: &'a str,
}

/// Which notation writes these cards as they were typed.
pub fn writing<'a>(
    cards: impl IntoIterator<Item = (&'a CardBytes, &'a str)>,
    site: &Notation,
) -> Writing {
    let cards: Vec<Typed<'_>> = cards
        .into_iter()
        .map(|(card, text)| Typed { card, text })
        .collect();
    let Some((first, rest)) = cards.split_first() else {
        return Writing::NotAsked;
    };
    if cards.iter().all(|typed| writes(site, typed)) {
        return Writing::AsConfigured;
    }
    let mut fitting = fitting(first);
    for typed in rest {
        let also = self::fitting(typed);
        fitting.retain(|named| also.contains(named));
    }
    match fitting.as_slice() {
        [] => Writing::None,
        [only] => Writing::Named(*only),
        [_, _, ..] => Writing::Several(fitting),
    }
}

/// The notations that write the card just so, zeros in front included; else those that write the
/// same number.
fn fitting(typed: &Typed<'_>) -> Vec<Named> {
    let all = matching(typed.card, typed.text);
    let text = typed.text.trim().replace('.', ",");
    let exactly = |named: &&Named| {
        let written = named.notation.write(typed.card);
        written.is_ok_and(|uid| uid.reveal() == text)
    };
    let exact: Vec<Named> = all.iter().filter(exactly).copied().collect();
    if exact.is_empty() { all } else { exact }
}

fn writes(notation: &Notation, typed: &Typed<'_>) -> bool {
    match (notation.write(typed.card), notation.accept(typed.text)) {
        (Ok(written), Ok(accepted)) => written == accepted,
        (Err(_), _) | (_, Err(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(bytes: &[u8]) -> CardBytes {
        CardBytes::new(bytes, u16::try_from(bytes.len() * 8).unwrap()).unwrap()
    }

    fn of(cards: &[(&[u8], &str)]) -> String {
        let cards: Vec<(CardBytes, &str)> = cards
            .iter()
            .map(|(bytes, text)| (card(bytes), *text))
            .collect();
        let found = writing(
            cards.iter().map(|(card, text)| (card, *text)),
            &Notation::default(),
        );
        match found {
            Writing::NotAsked => "not asked".to_owned(),
            Writing::AsConfigured => "as configured".to_owned(),
            Writing::Named(named) => named.name.to_owned(),
            Writing::Several(several) => {
                let names: Vec<&str> = several.iter().map(|named| named.name).collect();
                names.join(" or ")
            }
            Writing::None => "none".to_owned(),
        }
    }

    #[test]
    fn the_typed_number_finds_the_notation() {
        let em = &[0x00, 0x03, 0xa8, 0x62, 0x26][..];
        let headed = &[0x55, 0x00, 0x7e, 0xe4, 0x24][..];
        let mifare = &[0xbc, 0xd1, 0x42, 0x64][..];
        assert_eq!(of(&[]), "not asked");
        assert_eq!(of(&[(em, "0061366822")]), "as configured");
        assert_eq!(of(&[(em, "168,25126")]), "3+5");
        assert_eq!(of(&[(em, "0003A86226")]), "hex");
        assert_eq!(of(&[(headed, "126.58404")]), "3+5");
        assert_eq!(of(&[(mifare, "1682100668")]), "dec10-low-first");
        assert_eq!(of(&[(em, "12345")]), "none");
    }

    #[test]
    fn what_one_card_leaves_open_another_decides() {
        // The high bytes are zero, so that several notations write the same.
        let small = &[0x00, 0x00, 0x00, 0x62, 0x26][..];
        let site = Notation::named("hex").unwrap_or_default();
        let found = |cards: &[(&[u8], &str)]| {
            let cards: Vec<(CardBytes, &str)> = cards
                .iter()
                .map(|(bytes, text)| (card(bytes), *text))
                .collect();
            writing(cards.iter().map(|(card, text)| (card, *text)), &site)
        };
        let Writing::Several(several) = found(&[(small, "25126")]) else {
            panic!("one card cannot decide");
        };
        assert!(several.len() > 1);
        let headed = &[0x55, 0x00, 0x7e, 0xe4, 0x24][..];
        let Writing::Named(named) = found(&[(small, "25126"), (headed, "0008315940")]) else {
            panic!("the second card decides");
        };
        assert_eq!(named.name, "dec10");
    }
}
