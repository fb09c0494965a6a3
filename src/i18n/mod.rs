//! Every text that a person reads, in Russian and in English, from `assets/locales`.
//!
//! A text is named by table and key, `orders.title`. Placeholders are `{name}`. Texts that count
//! something have the forms `one`, `few`, `many` as keys of a table of their own.

mod problem;
mod rules;

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::domain::CardEntry;

/// A language of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Russian, the default.
    #[default]
    Ru,
    /// English.
    En,
}

impl Lang {
    /// Its two letters.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

const RU: &str = include_str!("../../assets/locales/ru.toml");
const EN: &str = include_str!("../../assets/locales/en.toml");

/// The texts of one language.
#[derive(Clone, Copy)]
pub struct Texts {
    lang: Lang,
    texts: &'static HashMap<String, String>,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Texts({})", self.lang.code())
    }
}

impl Texts {
    /// The name of a card, with how it was named where that must be said: «100038 (введена вручную)».
    pub fn named(self, card: String, entry: CardEntry) -> String {
        match entry {
            CardEntry::Reader => card,
            CardEntry::Keyed => format!("{card} ({})", self.get("card_entry.keyed")),
        }
    }

    /// The texts of that language.
    pub fn of(lang: Lang) -> Self {
        static TEXTS: [OnceLock<HashMap<String, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        let (cell, source) = match lang {
            Lang::Ru => (&TEXTS[0], RU),
            Lang::En => (&TEXTS[1], EN),
        };
        Self {
            lang,
            texts: cell.get_or_init(|| load(source)),
        }
    }

    /// Whose texts these are.
    pub const fn lang(self) -> Lang {
        self.lang
    }

    /// The text as it stands. A missing text shows its key, so that support can name it; a test
    /// keeps all languages complete.
    pub fn get(self, key: &str) -> &'static str {
        match self.texts.get(key) {
            Some(text) => text,
            None => missing(key),
        }
    }

    /// Whether there is such a text.
    pub fn has(self, key: &str) -> bool {
        self.texts.contains_key(key)
    }

    /// The text with its placeholders filled.
    pub fn fill(self, key: &str, values: &[(&str, &dyn fmt::Display)]) -> String {
        let mut text = String::new();
        let mut rest = self.get(key);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                text.push('{');
                rest = after;
                continue;
            };
            if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
                text.push_str(&value.to_string());
            } else {
                text.push('{');
                text.push_str(name);
                text.push('}');
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }

    /// The form of `key` that fits the number, with `{n}` filled: `1 карта`, `2 карты`, `5 карт`.
    pub fn plural(self, key: &str, n: u64) -> String {
        let form = match (self.lang, n % 10, n % 100) {
            (Lang::En, ..) if n == 1 => "one",
            (Lang::En, ..) | (Lang::Ru, _, 11..=14) => "many",
            (Lang::Ru, 1, _) => "one",
            (Lang::Ru, 2..=4, _) => "few",
            (Lang::Ru, ..) => "many",
        };
        self.fill(&format!("{key}.{form}"), &[("n", &n)])
    }
}

/// Leaked on purpose: happens once per missing key, and only where a test failed to see it.
fn missing(key: &str) -> &'static str {
    static SEEN: OnceLock<std::sync::Mutex<HashMap<String, &'static str>>> = OnceLock::new();
    let Ok(mut seen) = SEEN.get_or_init(std::sync::Mutex::default).lock() else {
        return "?";
    };
    seen.entry(key.to_owned())
        .or_insert_with(|| Box::leak(key.to_owned().into_boxed_str()))
}

fn load(source: &str) -> HashMap<String, String> {
    let mut texts = HashMap::new();
    if let Ok(table) = source.parse::<toml::Table>() {
        flatten("", &table, &mut texts);
    }
    texts
}

fn flatten(prefix: &str, table: &toml::Table, texts: &mut HashMap<String, String>) {
    for (key, value) in table {
        let name = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            toml::Value::String(text) => {
                texts.insert(name, text.clone());
            }
            toml::Value::Table(table) => flatten(&name, table, texts),
            // Caught by the test that wants every value to be a text.
            toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_texts_with_the_same_placeholders() {
        let (ru, en) = (load(RU), load(EN));
        assert!(!ru.is_empty(), "assets/locales/ru.toml does not parse");
        let keys = |texts: &HashMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
        // English has no `few`; the file has it all the same, so that the keys agree.
        assert_eq!(keys(&ru), keys(&en));
        for (key, text) in &ru {
            assert_eq!(placeholders(text), placeholders(&en[key]), "{key}");
            assert!(
                !text.trim().is_empty() && !en[key].trim().is_empty(),
                "{key} is empty"
            );
        }
    }

    #[test]
    fn filled() {
        let texts = Texts::of(Lang::Ru);
        assert_eq!(texts.lang(), Lang::Ru);
        assert_eq!(texts.get("no.such"), "no.such");
        assert_eq!(texts.fill("no.{a}.{b", &[("a", &1)]), "no.1.{b");
    }

    #[test]
    fn counted() {
        let texts = Texts::of(Lang::Ru);
        for (n, text) in [
            (1, "1 карта"),
            (2, "2 карты"),
            (5, "5 карт"),
            (11, "11 карт"),
            (21, "21 карта"),
            (112, "112 карт"),
        ] {
            assert_eq!(texts.plural("count.cards", n), text);
        }
        assert_eq!(Texts::of(Lang::En).plural("count.cards", 1), "1 card");
        assert_eq!(Texts::of(Lang::En).plural("count.cards", 2), "2 cards");
    }

    /// Number and noun agree: «1 карта», «2 карты», «5 карт».
    #[test]
    fn what_is_counted_has_all_its_forms() {
        for (lang, source) in [(Lang::Ru, RU), (Lang::En, EN)] {
            let texts = load(source);
            let counted: BTreeSet<&str> = texts
                .keys()
                .filter_map(|key| key.strip_suffix(".many"))
                .collect();
            assert!(counted.len() >= 5, "{lang:?}: {counted:?}");
            for key in counted {
                for form in ["one", "few", "many"] {
                    let text = texts.get(&format!("{key}.{form}"));
                    assert!(
                        text.is_some_and(|text| text.contains("{n}")),
                        "{key}.{form}"
                    );
                }
            }
        }
    }

    /// A number before a Russian noun, that the noun would have to follow. «Больше {n} карт» is right
    /// with every number of a limit, and so are abbreviations.
    #[test]
    fn no_russian_noun_stands_beside_a_number_in_one_form_only() {
        const RIGHT_ALWAYS: [&str; 3] = [
            "till.say.too_many_cards",
            "cli.pin.ask",
            "config.fault.too_large",
        ];
        const NUMBERS: [&str; 7] = ["n", "count", "bits", "bytes", "tries", "minutes", "seconds"];
        for (key, text) in load(RU) {
            let counted = [".one", ".few", ".many"]
                .iter()
                .any(|form| key.ends_with(form));
            if counted || RIGHT_ALWAYS.contains(&key.as_str()) {
                continue;
            }
            for after in text.split('{').skip(1) {
                let Some((name, rest)) = after.split_once('}') else {
                    continue;
                };
                let word = rest.strip_prefix([' ', '\u{a0}']).unwrap_or_default();
                let noun = word.chars().take_while(|c| c.is_lowercase()).count();
                assert!(!NUMBERS.contains(&name) || noun < 4, "{key}: {text}");
            }
        }
    }

    #[test]
    fn every_reason_and_state_has_a_text() {
        use crate::payment::reason::Reason;
        let texts = Texts::of(Lang::Ru);
        for reason in Reason::ALL {
            assert!(
                texts.has(&format!("reason.{}", reason.code())),
                "reason.{}",
                reason.code()
            );
        }
    }
}
