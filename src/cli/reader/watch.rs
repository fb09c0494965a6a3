//! `reader watch`: what the readers say, as it comes, with the card in every notation.
//!
//! Whole UIDs are written, as the person at the command line asked for them; nothing of it is logged.

use jiff::ZonedDateTime;
use serde_json::{Map, Value as Json, json};

use crate::domain::notation::named::NAMED;
use crate::domain::{CardBytes, Notation};
use crate::i18n::Texts;
use crate::readers::event::{CardRead, Event};
use crate::readers::{ReaderMessage, describe};

use super::words;

/// How events are written.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// A JSON line per event instead of words.
    pub json: bool,
    /// The language of the words.
    pub texts: Texts,
    /// How the site writes UIDs.
    pub notation: Notation,
}

/// A card in one notation.
struct Written {
    name: &'static str,
    text: String,
}

impl Watch {
    /// The lines for what a reader told.
    pub fn lines(&self, at: &ZonedDateTime, reader: &str, message: &ReaderMessage) -> String {
        if self.json {
            format!("{}\n", self.json_line(at, reader, message))
        } else {
            let words = self.words(message);
            format!("{} {reader}: {words}\n", at.strftime("%H:%M:%S"))
        }
    }

    fn json_line(&self, at: &ZonedDateTime, reader: &str, message: &ReaderMessage) -> Json {
        let mut line = Map::new();
        line.insert("at".to_owned(), json!(at.timestamp().to_string()));
        line.insert("reader".to_owned(), json!(reader));
        let event = match message {
            ReaderMessage::Health(health) => {
                line.insert("state".to_owned(), json!(words::state_word(health)));
                line.insert("todo".to_owned(), json!(words::todo(health, self.texts)));
                "health"
            }
            ReaderMessage::Card(read) => {
                self.add_card(&mut line, read);
                "card"
            }
            ReaderMessage::Unread { why } => {
                line.insert("why".to_owned(), json!(why));
                "unread"
            }
            ReaderMessage::Gone => "gone",
            ReaderMessage::Noise { count } => {
                line.insert("count".to_owned(), json!(count));
                "noise"
            }
        };
        line.insert("event".to_owned(), json!(event));
        Json::Object(line)
    }

    fn add_card(&self, line: &mut Map<String, Json>, read: &CardRead) {
        let decoded = describe(read.family, &Event::Card(read.clone()), None);
        // The same fields as `reader decode` writes.
        if let Ok(Json::Object(fields)) = serde_json::to_value(&decoded) {
            line.extend(fields);
        }
        let notations: Map<String, Json> = written(&read.bytes)
            .into_iter()
            .map(|one| (one.name.to_owned(), json!(one.text)))
            .collect();
        line.insert("notations".to_owned(), Json::Object(notations));
        line.insert("uid".to_owned(), json!(self.site_text(&read.bytes)));
    }

    fn words(&self, message: &ReaderMessage) -> String {
        let texts = self.texts;
        match message {
            ReaderMessage::Health(health) => words::health(health, texts),
            ReaderMessage::Card(read) => self.card_words(read),
            ReaderMessage::Unread { why } => texts.get(words::unread(*why)).to_owned(),
            ReaderMessage::Gone => texts.get("reader.watch.gone").to_owned(),
            ReaderMessage::Noise { count } => texts.plural("reader.watch.noise", u64::from(*count)),
        }
    }

    fn card_words(&self, read: &CardRead) -> String {
        let texts = self.texts;
        let kind = texts.get(&format!("till.technology.{}", read.technology.name()));
        let head = texts.fill(
            "reader.watch.card",
            &[("technology", &kind), ("bits", &read.bytes.bits())],
        );
        let doubtful = if read.certain() {
            ""
        } else {
            texts.get("reader.watch.doubtful")
        };
        let site = self.site_text(&read.bytes);
        let site = Written {
            name: "[lime.uid]",
            text: site.unwrap_or_else(|| texts.get("reader.watch.not_written").to_owned()),
        };
        let lines: String = written(&read.bytes)
            .into_iter()
            .chain([site])
            .map(|Written { name, text }| format!("\n         {name:<16} {text}"))
            .collect();
        format!("{head}{doubtful}{lines}")
    }

    fn site_text(&self, card: &CardBytes) -> Option<String> {
        let uid = self.notation.write(card).ok()?;
        Some(uid.reveal().to_owned())
    }
}

/// A card in every notation that it has bits enough for.
fn written(card: &CardBytes) -> Vec<Written> {
    NAMED
        .iter()
        .filter_map(|named| {
            let uid = named.notation.write(card).ok()?;
            Some(Written {
                name: named.name,
                text: uid.reveal().to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::readers::Unread;
    use crate::readers::transport::TransportError;
    use crate::readers::{Family, Health, Technology};

    fn watch(json: bool) -> Watch {
        Watch {
            json,
            texts: Texts::of(Lang::Ru),
            notation: Notation::default(),
        }
    }

    fn at() -> ZonedDateTime {
        "2026-11-25T14:03:09+03:00[+03:00]".parse().unwrap()
    }

    fn card() -> ReaderMessage {
        ReaderMessage::Card(CardRead {
            family: Family::Rdm6300,
            technology: Technology::EmMarine,
            raw: b"\x020003A86226EF\x03".to_vec(),
            bytes: CardBytes::new([0x00, 0x03, 0xa8, 0x62, 0x26], 40).unwrap(),
            present: true,
            warning: None,
        })
    }

    #[test]
    fn a_card_is_shown_in_every_notation() {
        let words = watch(false).lines(&at(), "Касса", &card());
        let lines: Vec<&str> = words.lines().collect();
        assert_eq!(lines[0], "14:03:09 Касса: карта EM-Marine, известно 40 бит");
        for line in [
            "         hex              0003A86226",
            "         dec10            0061366822",
            "         3+5              168,25126",
            "         [lime.uid]       61366822",
        ] {
            assert!(lines.contains(&line), "{words}");
        }
    }

    #[test]
    fn the_json_of_a_card_is_that_of_decode_and_more() {
        let line: Json = serde_json::from_str(&watch(true).lines(&at(), "Касса", &card())).unwrap();
        assert_eq!(line["event"], "card");
        assert_eq!(line["at"], "2026-11-25T11:03:09Z");
        assert_eq!(line["reader"], "Касса");
        assert_eq!(line["uid_hex"], "0003A86226");
        assert_eq!(line["partial"], false);
        assert_eq!(line["notations"]["dec14"], "00000061366822");
        assert_eq!(line["uid"], "61366822");
    }

    #[test]
    fn the_other_messages() {
        let absent = ReaderMessage::Health(Health::Absent {
            why: TransportError::NoDriver,
        });
        for (message, words, event) in [
            (
                absent,
                "14:03:09 Бар: нет драйвера: добавьте правила udev (limekeeper reader udev)\n",
                "health",
            ),
            (
                ReaderMessage::Health(Health::Ready),
                "14:03:09 Бар: готов\n",
                "health",
            ),
            (ReaderMessage::Gone, "14:03:09 Бар: карту убрали\n", "gone"),
            (
                ReaderMessage::Unread {
                    why: Unread::BankCard,
                },
                "14:03:09 Бар: Это банковская карта, ею платят в терминале банка\n",
                "unread",
            ),
            (
                ReaderMessage::Noise { count: 3 },
                "14:03:09 Бар: помехи, 3 раза\n",
                "noise",
            ),
        ] {
            assert_eq!(watch(false).lines(&at(), "Бар", &message), words);
            let line: Json =
                serde_json::from_str(&watch(true).lines(&at(), "Бар", &message)).unwrap();
            assert_eq!(line["event"], event, "{line}");
        }
    }
}
