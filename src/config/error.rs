//! What is wrong with the settings, where, and what to write instead, in the user's language.

use std::fmt;
use std::path::PathBuf;

use crate::domain::text::printable;
use crate::i18n::{Lang, Texts};

use super::value::UrlProblem;

/// A place in the config file, counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Spot {
    /// The place of a byte in a text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let mut end = byte.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, where there is one.
    pub file: Option<PathBuf>,
    /// Where in it, where that can be said.
    pub spot: Option<Spot>,
    /// What is wrong.
    pub fault: Fault,
}

/// Which kind of value a key wants; the word is a part of its locale key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text in quotes.
    Text,
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Flag,
    /// A list.
    List,
    /// A table.
    Table,
    /// A list of tables.
    Tables,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "whole",
            Self::Flag => "flag",
            Self::List => "list",
            Self::Table => "table",
            Self::Tables => "tables",
        }
    }
}

/// What is wrong. Paths of keys are written with dots: `rkeeper.url`. Values of secrets are never
/// kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No config file at any of these places.
    NotFound(Vec<PathBuf>),
    /// The named file is not there.
    FileMissing,
    /// The file cannot be read; the system's words.
    Unreadable(String),
    /// Larger than any config, in bytes.
    TooLarge(u64),
    /// UTF-16, as PowerShell's `>` and old Notepad write it.
    Utf16,
    /// Not UTF-8.
    NotUtf8,
    /// Backslashes in double quotes.
    Backslash,
    /// A control character in a text, most often `"C:\temp"`.
    ControlCharacter(String),
    /// A no-break space outside of a text.
    NoBreakSpace,
    /// «» or “” instead of "".
    Quotes,
    /// The key stands twice.
    KeyTwice,
    /// No TOML; the parser's words.
    Syntax(String),
    /// No such key; the nearest one that is known.
    UnknownKey {
        /// As written.
        key: String,
        /// What was probably meant.
        meant: Option<&'static str>,
        /// Where it was written, `[rkeeper]`; empty for the top of the file.
        table: String,
    },
    /// A known key in a wrong table.
    Misplaced {
        /// The key.
        key: String,
        /// Where it was written.
        table: String,
        /// Where it belongs.
        belongs: Vec<String>,
    },
    /// A text where a number is wanted, or the like.
    WrongType {
        /// Path of the key.
        key: String,
        /// What is wanted.
        wanted: Kind,
        /// What to write.
        write: String,
    },
    /// Not one of the known words.
    WrongWord {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
        /// The known words.
        words: Vec<&'static str>,
    },
    /// Too small or too large.
    OutOfRange {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Not a server's address.
    BadUrl {
        /// Path of the key.
        key: String,
        /// As written; empty where it holds a password.
        value: String,
        /// What is wrong with it.
        why: UrlProblem,
        /// What to write.
        write: String,
    },
    /// Plain HTTP without permission.
    PlainHttp {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
        /// The key that allows it.
        allow: String,
    },
    /// Not a SHA-256.
    BadPin(String),
    /// Not a sum above zero.
    BadSum {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Not digits in quotes.
    BadCode {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Not nine digits in quotes.
    BadRestaurantCode {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Neither a word for a product nor a GUID.
    BadProduct {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Not a day.
    BadDay {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// No mask of a UID.
    BadMask {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// No template of a UID.
    BadTemplate {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Digits are dropped of numbers that are not padded, or all of them are.
    NoDigitsLeft(String),
    /// Cards are to be taken by their printed number, and nothing says how Lime is asked for one.
    NumberNotSearched(String),
    /// Characters that an HTTP header or path cannot have.
    BadHttpText(String),
    /// The list is empty or too long.
    BadList(String),
    /// A list of names with an empty one, or too long.
    BadNames(String),
    /// No hash of a PIN or a card.
    BadHash(String),
    /// More operators than a till can have.
    TooManyPeople(String),
    /// An operator with neither PIN nor card.
    NoProof(String),
    /// No time zone of that name.
    BadTimeZone {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Both lists of dish groups are given.
    CategoriesTwice(String),
    /// Account types are rounded to different sums.
    StepsDiffer {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// A largest sum that is less than what sums are rounded to: nothing could be paid.
    BelowStep {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// The same value twice where it must differ.
    ValueTwice {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Not an address of this machine with a port.
    BadListen {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Not vendor and product of a USB device.
    BadUsbId {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// No bytes of a line.
    BadBytes {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// Two readers that may be one device.
    DevicesAlike {
        /// Path of the key.
        key: String,
        /// As written.
        value: String,
    },
    /// A reader without `port` and without `usb`.
    NoDevice(String),
    /// A reader with both.
    DeviceTwice(String),
    /// A key that says something of a USB device, of a reader that is named by its port.
    OnlyOfUsb(String),
    /// A network folder for the journal.
    NetworkFolder(String),
    /// A needed key is absent or empty.
    Missing {
        /// Path of the key.
        key: String,
        /// What to write.
        write: String,
    },
    /// A password or key is absent.
    MissingSecret {
        /// Path of the key.
        key: String,
        /// Environment variable that may hold it.
        variable: &'static str,
        /// What to write.
        write: String,
    },
    /// No account kind has a currency, so nothing can be paid.
    NoCurrency,
    /// Old TLS is asked for, and this program was built without it.
    NoLegacyTls(String),
    /// Old TLS and a proxy.
    LegacyTlsByProxy,
    /// An order's lock would run out before the answer to a payment that was begun at the last
    /// moment. All in seconds.
    LockTooShort {
        /// `rkeeper.lock_s`.
        lock: u64,
        /// `payment.front_s`, within which a payment is begun.
        front: u64,
        /// `rkeeper.pay_timeout_s`, which it may take.
        pay: u64,
    },
    /// The environment variable holds no text.
    VariableNotText(&'static str),
    /// The system names no place for the journal.
    NoStateDir,
    /// Anything that the table of settings did not catch.
    Rejected(String),
}

impl Fault {
    /// The last part of its locale keys `config.fault.<word>` and `config.cure.<word>`.
    const fn word(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::FileMissing => "file_missing",
            Self::Unreadable(_) => "unreadable",
            Self::TooLarge(_) => "too_large",
            Self::Utf16 => "utf16",
            Self::NotUtf8 => "not_utf8",
            Self::Backslash => "backslash",
            Self::ControlCharacter(_) => "control_character",
            Self::NoBreakSpace => "no_break_space",
            Self::Quotes => "quotes",
            Self::KeyTwice => "key_twice",
            Self::Syntax(_) => "syntax",
            Self::UnknownKey { .. } => "unknown_key",
            Self::Misplaced { .. } => "misplaced",
            Self::WrongType { .. } => "wrong_type",
            Self::WrongWord { .. } => "wrong_word",
            Self::OutOfRange { .. } => "out_of_range",
            Self::BadUrl { .. } => "bad_url",
            Self::PlainHttp { .. } => "plain_http",
            Self::BadPin(_) => "bad_pin",
            Self::BadSum { .. } => "bad_sum",
            Self::BadCode { .. } => "bad_code",
            Self::BadRestaurantCode { .. } => "bad_restaurant_code",
            Self::BadProduct { .. } => "bad_product",
            Self::BadDay { .. } => "bad_day",
            Self::BadMask { .. } => "bad_mask",
            Self::BadTemplate { .. } => "bad_template",
            Self::NoDigitsLeft(_) => "no_digits_left",
            Self::NumberNotSearched(_) => "number_not_searched",
            Self::BadHttpText(_) => "bad_http_text",
            Self::BadList(_) => "bad_list",
            Self::BadNames(_) => "bad_names",
            Self::BadHash(_) => "bad_hash",
            Self::TooManyPeople(_) => "too_many_people",
            Self::NoProof(_) => "no_proof",
            Self::BadTimeZone { .. } => "bad_time_zone",
            Self::CategoriesTwice(_) => "categories_twice",
            Self::StepsDiffer { .. } => "steps_differ",
            Self::BelowStep { .. } => "below_step",
            Self::ValueTwice { .. } => "value_twice",
            Self::BadUsbId { .. } => "bad_usb_id",
            Self::BadListen { .. } => "bad_listen",
            Self::BadBytes { .. } => "bad_bytes",
            Self::DevicesAlike { .. } => "devices_alike",
            Self::NoDevice(_) => "no_device",
            Self::DeviceTwice(_) => "device_twice",
            Self::OnlyOfUsb(_) => "only_of_usb",
            Self::NetworkFolder(_) => "network_folder",
            Self::Missing { .. } => "missing",
            Self::MissingSecret { .. } => "missing_secret",
            Self::NoCurrency => "no_currency",
            Self::NoLegacyTls(_) => "no_legacy_tls",
            Self::LegacyTlsByProxy => "legacy_tls_by_proxy",
            Self::LockTooShort { .. } => "lock_too_short",
            Self::VariableNotText(_) => "variable_not_text",
            Self::NoStateDir => "no_state_dir",
            Self::Rejected(_) => "rejected",
        }
    }

    fn what(&self, texts: Texts) -> String {
        let key = format!("config.fault.{}", self.word());
        let fill = |values: &[(&str, &dyn fmt::Display)]| texts.fill(&key, values);
        match self {
            Self::NotFound(places) => fill(&[("places", &joined(places))]),
            Self::FileMissing
            | Self::Utf16
            | Self::NotUtf8
            | Self::Backslash
            | Self::NoBreakSpace
            | Self::Quotes
            | Self::KeyTwice
            | Self::NoCurrency
            | Self::LegacyTlsByProxy
            | Self::NoStateDir => texts.get(&key).to_owned(),
            Self::Unreadable(why) | Self::Syntax(why) | Self::Rejected(why) => {
                fill(&[("why", why)])
            }
            Self::TooLarge(bytes) => fill(&[("bytes", bytes)]),
            Self::ControlCharacter(key)
            | Self::BadPin(key)
            | Self::NoDigitsLeft(key)
            | Self::NumberNotSearched(key)
            | Self::BadHttpText(key)
            | Self::BadList(key)
            | Self::BadNames(key)
            | Self::BadHash(key)
            | Self::TooManyPeople(key)
            | Self::NoProof(key)
            | Self::CategoriesTwice(key)
            | Self::NoDevice(key)
            | Self::DeviceTwice(key)
            | Self::OnlyOfUsb(key)
            | Self::Missing { key, .. }
            | Self::MissingSecret { key, .. } => fill(&[("key", key)]),
            Self::UnknownKey { key, table, .. } | Self::Misplaced { key, table, .. } => {
                fill(&[("key", key), ("table", &place(texts, table))])
            }
            Self::WrongType { key, wanted, .. } => fill(&[
                ("key", key),
                (
                    "wanted",
                    &texts.get(&format!("config.kind.{}", wanted.word())),
                ),
            ]),
            Self::BadUrl {
                key, value, why, ..
            } => fill(&[
                ("key", key),
                ("value", value),
                ("why", &texts.get(&format!("config.url.{why}"))),
            ]),
            Self::WrongWord { key, value, .. }
            | Self::OutOfRange { key, value, .. }
            | Self::PlainHttp { key, value, .. }
            | Self::BadSum { key, value }
            | Self::BadCode { key, value }
            | Self::BadRestaurantCode { key, value }
            | Self::BadProduct { key, value }
            | Self::BadDay { key, value }
            | Self::BadMask { key, value }
            | Self::BadTemplate { key, value }
            | Self::BadUsbId { key, value }
            | Self::BadListen { key, value }
            | Self::DevicesAlike { key, value }
            | Self::BadBytes { key, value }
            | Self::BadTimeZone { key, value }
            | Self::StepsDiffer { key, value }
            | Self::BelowStep { key, value }
            | Self::ValueTwice { key, value } => fill(&[("key", key), ("value", value)]),
            Self::NetworkFolder(value) | Self::NoLegacyTls(value) => fill(&[("value", value)]),
            Self::VariableNotText(variable) => fill(&[("variable", variable)]),
            Self::LockTooShort { lock, front, pay } => {
                fill(&[("lock", lock), ("front", front), ("pay", pay)])
            }
        }
    }

    fn cure(&self, texts: Texts) -> String {
        let key = format!("config.cure.{}", self.word());
        let fill = |values: &[(&str, &dyn fmt::Display)]| texts.fill(&key, values);
        match self {
            Self::UnknownKey { meant, .. } => match meant {
                Some(meant) => fill(&[("meant", meant)]),
                None => texts.get("config.cure.no_such_key").to_owned(),
            },
            Self::Misplaced { key, belongs, .. } => {
                let belongs: Vec<String> = belongs.iter().map(|t| place(texts, t)).collect();
                fill(&[("key", key), ("tables", &belongs.join(", "))])
            }
            Self::WrongType { write, .. } | Self::BadUrl { write, .. } => fill(&[("write", write)]),
            Self::Missing { key, write } => fill(&[("table", &table_of(key)), ("write", write)]),
            Self::WrongWord { words, .. } => fill(&[("words", &words.join(", "))]),
            Self::OutOfRange { min, max, .. } => fill(&[("min", min), ("max", max)]),
            Self::LockTooShort { front, pay, .. } => {
                fill(&[("least", &front.saturating_add(*pay))])
            }
            Self::PlainHttp { allow, .. } => fill(&[("allow", allow)]),
            Self::MissingSecret {
                key,
                write,
                variable,
            } => fill(&[
                ("table", &table_of(key)),
                ("write", write),
                ("variable", variable),
            ]),
            Self::NotFound(_)
            | Self::FileMissing
            | Self::Unreadable(_)
            | Self::TooLarge(_)
            | Self::Utf16
            | Self::NotUtf8
            | Self::Backslash
            | Self::ControlCharacter(_)
            | Self::NoBreakSpace
            | Self::Quotes
            | Self::KeyTwice
            | Self::Syntax(_)
            | Self::BadPin(_)
            | Self::BadSum { .. }
            | Self::BadCode { .. }
            | Self::BadRestaurantCode { .. }
            | Self::BadProduct { .. }
            | Self::BadDay { .. }
            | Self::BadMask { .. }
            | Self::BadTemplate { .. }
            | Self::NoDigitsLeft(_)
            | Self::NumberNotSearched(_)
            | Self::BadHttpText(_)
            | Self::BadList(_)
            | Self::BadNames(_)
            | Self::BadHash(_)
            | Self::TooManyPeople(_)
            | Self::NoProof(_)
            | Self::BadTimeZone { .. }
            | Self::CategoriesTwice(_)
            | Self::StepsDiffer { .. }
            | Self::BelowStep { .. }
            | Self::ValueTwice { .. }
            | Self::BadUsbId { .. }
            | Self::BadListen { .. }
            | Self::DevicesAlike { .. }
            | Self::BadBytes { .. }
            | Self::NoDevice(_)
            | Self::DeviceTwice(_)
            | Self::OnlyOfUsb(_)
            | Self::NetworkFolder(_)
            | Self::NoCurrency
            | Self::NoLegacyTls(_)
            | Self::LegacyTlsByProxy
            | Self::VariableNotText(_)
            | Self::NoStateDir
            | Self::Rejected(_) => texts.get(&key).to_owned(),
        }
    }
}

fn joined(places: &[PathBuf]) -> String {
    places
        .iter()
        .map(|place| format!("\n  {}", place.display()))
        .collect()
}

/// The table of a key as it is written: `[rkeeper]`, `[[readers]]`.
fn table_of(key: &str) -> String {
    let table = key.rsplit_once('.').map_or("", |(table, _)| table);
    match table.split_once('[') {
        Some((list, _)) => format!("[[{list}]]"),
        None => format!("[{table}]"),
    }
}

fn place(texts: Texts, table: &str) -> String {
    if table.is_empty() {
        texts.get("config.top").to_owned()
    } else {
        table.to_owned()
    }
}

impl ConfigError {
    /// An error that concerns no file.
    pub(super) const fn general(fault: Fault) -> Self {
        Self {
            file: None,
            spot: None,
            fault,
        }
    }

    /// File, line, column, what is wrong, and on a line of its own what to write.
    pub fn render(&self, texts: Texts) -> String {
        let mut text = String::new();
        if let Some(file) = &self.file {
            text.push_str(&file.display().to_string());
            if let Some(Spot { line, column }) = self.spot {
                text.push_str(", ");
                text.push_str(&texts.fill("config.at", &[("line", &line), ("column", &column)]));
            }
            text.push_str(": ");
        }
        text.push_str(&self.fault.what(texts));
        text.push_str("\n  ");
        text.push_str(texts.get("config.write"));
        text.push(' ');
        text.push_str(&self.fault.cure(texts));
        // Names and values come from a file that may hold anything.
        let lines: Vec<String> = text.split('\n').map(printable).collect();
        lines.join("\n")
    }
}

/// Everything that is wrong, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    /// Never empty.
    pub errors: Vec<ConfigError>,
    /// The language that the broken config asks for, as far as it can be read.
    pub lang: Option<Lang>,
}

impl ConfigErrors {
    /// Every error with its cure.
    pub fn render(&self, texts: Texts) -> String {
        self.errors
            .iter()
            .map(|error| error.render(texts))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self {
            errors: vec![error],
            lang: None,
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Texts::of(self.lang.unwrap_or_default())))
    }
}

impl std::error::Error for ConfigErrors {}
