//! From the bytes of a config file to checked settings: encoding, TOML, the table of settings, and
//! only then the structs. Finds everything that is wrong, not just the first thing.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::i18n::Lang;

use super::error::{ConfigError, Fault, Kind, Spot};
use super::rules;
use super::schema::{self, Node, Rule};
use super::settings::Config;

/// Largest config file, in bytes.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Most errors that are shown.
const ERRORS_MAX: usize = 50;

/// Where each key of a file stands: path (`readers[0].port`) to place.
pub(super) type Spots = HashMap<String, Spot>;

/// A file that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub config: Config,
    pub spots: Spots,
}

/// A file that is broken: what is wrong, and the language it asks for.
#[derive(Debug)]
pub(super) struct Broken {
    pub errors: Vec<ConfigError>,
    pub lang: Option<Lang>,
}

/// The settings that these bytes hold.
pub(super) fn read(bytes: &[u8]) -> Result<Parsed, Broken> {
    let text = decode(bytes).map_err(|(spot, fault)| broken(vec![in_text(spot, fault)], None))?;
    let (document, syntax) = DeTable::parse_recoverable(text);
    let document = document.into_inner();
    let lang = language(&document);
    if !syntax.is_empty() {
        let mut errors: Vec<ConfigError> = syntax
            .iter()
            .map(|error| syntax_error(text, error))
            .collect();
        // One slip often breaks the rest of its line; the first error says enough.
        errors.sort_by_key(|error| error.spot);
        errors.dedup_by_key(|error| error.spot.map(|spot| spot.line));
        return Err(broken(errors, lang));
    }
    let mut walk = Walk {
        text,
        errors: Vec::new(),
        spots: Spots::new(),
    };
    walk.table("", "", &document);
    if !walk.errors.is_empty() {
        return Err(broken(walk.errors, lang));
    }
    let config: Config = toml::from_str(text).map_err(|error| {
        let spot = error.span().map(|span| Spot::of(text, span.start));
        let fault = Fault::Rejected(error.message().to_owned());
        broken(vec![in_text(spot, fault)], lang)
    })?;
    let wrong: Vec<ConfigError> = rules::together(&config)
        .into_iter()
        .map(|(path, fault)| in_text(walk.spots.get(&path).copied(), fault))
        .collect();
    if wrong.is_empty() {
        Ok(Parsed {
            config,
            spots: walk.spots,
        })
    } else {
        Err(broken(wrong, lang))
    }
}

fn broken(mut errors: Vec<ConfigError>, lang: Option<Lang>) -> Broken {
    errors.sort_by_key(|error| error.spot);
    errors.dedup();
    errors.truncate(ERRORS_MAX);
    Broken { errors, lang }
}

/// The file's name is added where it is known.
const fn in_text(spot: Option<Spot>, fault: Fault) -> ConfigError {
    ConfigError {
        file: None,
        spot,
        fault,
    }
}

/// UTF-8 with or without a byte order mark; nothing else.
fn decode(bytes: &[u8]) -> Result<&str, (Option<Spot>, Fault)> {
    let nuls = bytes.iter().take(1_000).filter(|&&byte| byte == 0).count();
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || nuls > 1 {
        return Err((None, Fault::Utf16));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let before = String::from_utf8_lossy(whole);
        (Some(Spot::of(&before, before.len())), Fault::NotUtf8)
    })
}

/// What a file asks for, even if the rest of it is broken.
fn language(document: &DeTable<'_>) -> Option<Lang> {
    match document.get("lang")?.get_ref().as_str()? {
        "ru" => Some(Lang::Ru),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// A syntax error, with the usual causes on a Russian Windows till recognised by their line. The
/// line itself is not shown: it may hold a password.
fn syntax_error(text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start).min(text.len());
    let mut spot = Spot::of(text, at);
    let start = text[..floor(text, at)].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let column_of = |wanted: &[char]| line.find(wanted).map(|at| Spot::of(line, at).column);
    let message = error.message();
    let fault = if message.contains("duplicate key") {
        Fault::KeyTwice
    } else if message.contains("escape") || message.contains("unicode value") {
        Fault::Backslash
    } else if let Some(column) = column_of(&['«', '»', '“', '”', '„', '‘', '’']) {
        spot.column = column;
        Fault::Quotes
    } else if let Some(column) = column_of(&['\u{a0}', '\u{202f}', '\u{2007}']) {
        spot.column = column;
        Fault::NoBreakSpace
    } else if line.contains('"') && line.contains('\\') {
        Fault::Backslash
    } else {
        Fault::Syntax(message.lines().next().unwrap_or_default().to_owned())
    };
    in_text(Some(spot), fault)
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

struct Walk<'t> {
    text: &'t str,
    errors: Vec<ConfigError>,
    spots: Spots,
}

impl Walk<'_> {
    fn wrong(&mut self, span: &Range<usize>, fault: Fault) {
        let spot = Spot::of(self.text, span.start);
        self.errors.push(in_text(Some(spot), fault));
    }

    /// `schema` is the table's path in the table of settings, `path` the one with positions.
    fn table(&mut self, schema: &str, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            let (schema_path, full) = (joined(schema, name), joined(path, name));
            let spot = Spot::of(self.text, key.span().start);
            self.spots.insert(full.clone(), spot);
            match (schema::node(&schema_path), value.get_ref()) {
                (None, _) => self.unknown(schema, name, &key.span()),
                (Some(Node::Table), DeValue::Table(table)) => {
                    self.table(&schema_path, &full, table);
                }
                (Some(Node::Tables), DeValue::Array(list)) => {
                    for (index, element) in list.iter().enumerate() {
                        self.element(&schema_path, &format!("{full}[{index}]"), element);
                    }
                }
                (Some(Node::Value(rule)), _) => self.value(rule, &full, value),
                (Some(Node::Table), _) => self.wrong_type(&full, &value.span(), Kind::Table),
                (Some(Node::Tables), _) => self.wrong_type(&full, &value.span(), Kind::Tables),
            }
        }
    }

    fn element(&mut self, list: &str, path: &str, element: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = element.get_ref() else {
            self.wrong_type(list, &element.span(), Kind::Tables);
            return;
        };
        self.spots
            .insert(path.to_owned(), Spot::of(self.text, element.span().start));
        let schema = format!("{list}[]");
        self.table(&schema, path, table);
        for setting in schema::SETTINGS.iter().filter(|setting| setting.required) {
            let Some(name) = setting
                .path
                .strip_prefix(&schema)
                .and_then(|rest| rest.strip_prefix('.'))
            else {
                continue;
            };
            let misspelt = table
                .keys()
                .any(|key| schema::nearest(key.get_ref(), &[name]).is_some());
            if !misspelt {
                let fault = Fault::Missing {
                    key: format!("{path}.{name}"),
                    write: rules::example(name, setting.rule),
                };
                self.wrong(&element.span(), fault);
            }
        }
        if list == "readers" {
            let near = |name: &'static str| {
                table
                    .keys()
                    .any(|key| schema::nearest(key.get_ref(), &[name]).is_some())
            };
            let fault = rules::reader_device(path, |name| table.contains_key(name));
            // A mistyped name is told as such.
            let misspelt =
                matches!(fault, Some(Fault::NoDevice(_))) && (near("port") || near("usb"));
            if let Some(fault) = fault.filter(|_| !misspelt) {
                self.wrong(&element.span(), fault);
            }
        }
    }

    fn wrong_type(&mut self, path: &str, span: &Range<usize>, wanted: Kind) {
        let write = match wanted {
            Kind::Tables => format!("[[{path}]]"),
            Kind::Table | Kind::Text | Kind::Whole | Kind::Flag | Kind::List => {
                format!("[{path}]")
            }
        };
        let fault = Fault::WrongType {
            key: path.to_owned(),
            wanted,
            write,
        };
        self.wrong(span, fault);
    }

    fn unknown(&mut self, table: &str, name: &str, span: &Range<usize>) {
        let here = schema::names_in(table);
        let belongs = schema::tables_with(name);
        let fault = match schema::nearest(name, &here) {
            Some(meant) => Fault::UnknownKey {
                key: name.to_owned(),
                meant: Some(meant),
                table: schema::heading(table),
            },
            None if !belongs.is_empty() => Fault::Misplaced {
                key: name.to_owned(),
                table: schema::heading(table),
                belongs,
            },
            None => Fault::UnknownKey {
                key: name.to_owned(),
                meant: None,
                table: schema::heading(table),
            },
        };
        self.wrong(span, fault);
    }

    fn value(&mut self, rule: Rule, path: &str, value: &Spanned<DeValue<'_>>) {
        for (span, fault) in rules::check(rule, path, value) {
            self.wrong(&span, fault);
        }
    }
}

fn joined(table: &str, name: &str) -> String {
    if table.is_empty() {
        name.to_owned()
    } else {
        format!("{table}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(bytes: &[u8]) -> Vec<Fault> {
        read(bytes)
            .unwrap_err()
            .errors
            .into_iter()
            .map(|error| error.fault)
            .collect()
    }

    #[test]
    fn encodings() {
        let text = "lang = \"en\"\r\n[payment]\r\ntries = 3\r\n";
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(read(&marked).unwrap().config.payment.tries, 3);
        for little in [true, false] {
            let utf16: Vec<u8> = "\u{feff}lang = \"en\""
                .encode_utf16()
                .flat_map(|unit| {
                    if little {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect();
            assert_eq!(faults(&utf16), [Fault::Utf16]);
            assert_eq!(faults(&utf16[2..]), [Fault::Utf16]);
        }
        // «касса» in CP1251, in a comment.
        let cp1251 = b"lang = \"ru\"\n# \xea\xe0\xf1\xf1\xe0\n";
        let broken = read(cp1251).unwrap_err();
        assert_eq!(broken.errors[0].fault, Fault::NotUtf8);
        assert_eq!(broken.errors[0].spot, Some(Spot { line: 2, column: 3 }));
    }

    #[test]
    fn a_broken_file_still_tells_its_language() {
        let broken = read(b"lang = \"en\"\n[rkeeper]\nurl = \n").unwrap_err();
        assert_eq!(broken.lang, Some(Lang::En));
    }

    #[test]
    fn all_errors_are_found_at_once() {
        let text = "lang = \"fr\"\n[rkeeper]\nprot = 1\npoll_s = 0\nuser = 5\n";
        assert_eq!(faults(text.as_bytes()).len(), 4);
    }
}
