//! Who has an order open, out of r_keeper's words: «… (станция RK7CASH001, оператор 7)».

use crate::domain::text::clean;
use crate::payment::reason::Holder;

/// How a station and a person are introduced. The Russian words were seen on 7.26.8; the English
/// ones are guessed after them.
const STATIONS: [&str; 2] = ["станция ", "station "];
const PEOPLE: [&str; 2] = ["оператор ", "operator "];

/// Who is named in the last brackets of the text; `None` where nobody is.
pub(super) fn holder(text: &str) -> Option<Holder> {
    let (_, inside) = text.rsplit_once('(').or_else(|| text.rsplit_once('['))?;
    let inside = inside.trim_end().trim_end_matches(['.', ']', ')']);
    let person = after(inside, &PEOPLE);
    let before_person = person.map_or(inside, |(before, _)| before);
    let station = after(before_person, &STATIONS);
    let name = |found: Option<(&str, &str)>| {
        let (_, name) = found?;
        Some(clean(name.trim().trim_end_matches([',', ';']))).filter(|name| !name.is_empty())
    };
    let holder = Holder {
        station: name(station),
        person: name(person),
    };
    (holder.station.is_some() || holder.person.is_some()).then_some(holder)
}

/// What stands before and behind the first of these words.
fn after<'a>(text: &'a str, words: &[&str]) -> Option<(&'a str, &'a str)> {
    words.iter().find_map(|word| text.split_once(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Any words are survived, and a name is never more than the words.
        #[test]
        fn whatever_is_said(text in "[а-я (),станцияоператор\\PC]{0,60}") {
            let (station, person) = named(&text);
            for name in [station, person].into_iter().flatten() {
                prop_assert!(!name.is_empty() && name.len() <= text.len());
            }
        }
    }

    fn named(text: &str) -> (Option<String>, Option<String>) {
        let holder = holder(text).unwrap_or_default();
        (holder.station, holder.person)
    }

    #[test]
    fn station_and_person_are_found_in_the_words_of_a_lock() {
        let own = |text: &str| Some(text.to_owned());
        for (inside, station, person) in [
            (
                "(станция RK7CASH001, оператор 7)",
                own("RK7CASH001"),
                own("7"),
            ),
            (
                "(станция Касса 2, оператор Иванова Анна)",
                own("Касса 2"),
                own("Иванова Анна"),
            ),
            ("(станция Бар (2), оператор 7)", None, own("7")),
            ("(станция RK7CASH001)", own("RK7CASH001"), None),
            ("(оператор 7)", None, own("7")),
            ("(станция , оператор )", None, None),
            ("(station BAR, operator 12).", own("BAR"), own("12")),
            ("", None, None),
            ("()", None, None),
            ("(", None, None),
        ] {
            let text = format!(
                "Не получается заблокировать. Заказ заблокирован другим ключом блокировки {inside}"
            );
            assert_eq!(named(&text), (station, person), "{inside}");
        }
    }
}
