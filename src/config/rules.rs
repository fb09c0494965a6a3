//! Checks of single values, and of values that must fit each other.

use std::net::SocketAddr;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::error::{Fault, Kind};
use super::licence::PRODUCTS;
use super::operators;
use super::schema::{self, LIST_MAX, PAUSE_S_MAX, Rule};
use super::settings::{AccountType, Config, LimeKind, Reader};
use super::value::{self, UrlProblem, check_url};
use crate::domain::notation::{Mask, Template};
use crate::operators::SlowHash;

/// A value's place in the file with what is wrong there.
type Wrong = (Range<usize>, Fault);

/// What is wrong with a value for that rule.
pub(super) fn check(rule: Rule, path: &str, value: &Spanned<DeValue<'_>>) -> Vec<Wrong> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let wrong_type = |wanted| Fault::WrongType {
        key: path.to_owned(),
        wanted,
        write: as_written(name, rule, value.get_ref()),
    };
    let one = |fault: Option<Fault>| fault.map(|fault| (value.span(), fault));
    match (rule, value.get_ref()) {
        (Rule::Flag, DeValue::Boolean(_)) => vec![],
        (Rule::Flag, _) => one(Some(wrong_type(Kind::Flag))).into_iter().collect(),
        (Rule::Whole { min, max }, DeValue::Integer(_)) => {
            let fault = match whole(value.get_ref()) {
                Some(number) if (min..=max).contains(&number) => None,
                Some(_) | None => Some(Fault::OutOfRange {
                    key: path.to_owned(),
                    value: digits(value.get_ref()),
                    min,
                    max,
                }),
            };
            one(fault).into_iter().collect()
        }
        (Rule::Whole { .. }, _) => one(Some(wrong_type(Kind::Whole))).into_iter().collect(),
        (Rule::Pauses | Rule::Pins, DeValue::Array(list)) => {
            let is_pauses = rule == Rule::Pauses;
            let room = usize::from(is_pauses)..=LIST_MAX;
            if !room.contains(&list.len()) {
                return vec![(value.span(), Fault::BadList(path.to_owned()))];
            }
            let element = if is_pauses { pause } else { pin };
            list.iter()
                .filter_map(|entry| Some((entry.span(), element(path, entry.get_ref())?)))
                .collect()
        }
        (Rule::Names, DeValue::Array(list)) if list.len() > LIST_MAX => {
            vec![(value.span(), Fault::BadNames(path.to_owned()))]
        }
        (Rule::Names, DeValue::Array(list)) => list
            .iter()
            .filter_map(|entry| Some((entry.span(), name_fault(path, entry.get_ref())?)))
            .collect(),
        (Rule::Words(words), DeValue::Array(list)) => list
            .iter()
            .filter_map(|entry| Some((entry.span(), word_fault(path, words, entry.get_ref())?)))
            .collect(),
        (Rule::Pauses | Rule::Pins | Rule::Names | Rule::Words(_), _) => {
            one(Some(wrong_type(Kind::List))).into_iter().collect()
        }
        (_, DeValue::String(text)) => one(text_fault(rule, path, text)).into_iter().collect(),
        (_, _) => one(Some(wrong_type(Kind::Text))).into_iter().collect(),
    }
}

fn pause(path: &str, value: &DeValue<'_>) -> Option<Fault> {
    let fits = whole(value).is_some_and(|number| (1..=PAUSE_S_MAX).contains(&number));
    (!fits).then(|| Fault::OutOfRange {
        key: path.to_owned(),
        value: digits(value),
        min: 1,
        max: PAUSE_S_MAX,
    })
}

fn name_fault(path: &str, value: &DeValue<'_>) -> Option<Fault> {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => Some(Fault::BadNames(path.to_owned())),
        Some(text) => text_fault(Rule::Text, path, text),
        None => Some(Fault::BadNames(path.to_owned())),
    }
}

fn word_fault(path: &str, words: &'static [&'static str], value: &DeValue<'_>) -> Option<Fault> {
    text_fault(Rule::Word(words), path, &digits(value))
}

fn pin(path: &str, value: &DeValue<'_>) -> Option<Fault> {
    let fits = value.as_str().and_then(value::Pin::parse).is_some();
    (!fits).then(|| Fault::BadPin(path.to_owned()))
}

fn whole(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn digits(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(integer) => integer.as_str().to_owned(),
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => "?".to_owned(),
    }
}

/// What is wrong with a text. Lengths are bounded by the file's.
pub(super) fn text_fault(rule: Rule, path: &str, text: &str) -> Option<Fault> {
    let key = path.to_owned();
    let value = text.to_owned();
    if text.chars().any(char::is_control) {
        return Some(Fault::ControlCharacter(key));
    }
    match rule {
        Rule::HeaderValue => {
            let fits = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            (!fits || text.trim() != text).then_some(Fault::BadHttpText(key))
        }
        Rule::HeaderName => {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            (text.is_empty() || !text.bytes().all(known)).then_some(Fault::BadHttpText(key))
        }
        Rule::WebPath => {
            let known = |byte: u8| byte.is_ascii_graphic() && !b"?#\\\"<>".contains(&byte);
            (!text.starts_with('/') || !text.bytes().all(known)).then_some(Fault::BadHttpText(key))
        }
        Rule::Word(words) => (!words.contains(&text)).then(|| Fault::WrongWord {
            key,
            value,
            words: words.to_vec(),
        }),
        Rule::Reason => {
            let words = schema::reason_words();
            (!words.contains(&text)).then_some(Fault::WrongWord { key, value, words })
        }
        Rule::Hash => {
            let fits = text.is_empty() || text.parse::<SlowHash>().is_ok();
            (!fits).then_some(Fault::BadHash(key))
        }
        Rule::Code => {
            let fits = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
            (!fits).then_some(Fault::BadCode { key, value })
        }
        Rule::RestaurantCode => {
            let fits = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
            (!fits && !text.is_empty()).then_some(Fault::BadRestaurantCode { key, value })
        }
        Rule::Product => (!PRODUCTS.contains(&text) && uuid::Uuid::try_parse(text).is_err())
            .then_some(Fault::BadProduct { key, value }),
        Rule::Day => (!text.is_empty() && !is_day(text)).then_some(Fault::BadDay { key, value }),
        Rule::Url | Rule::Proxy if text.is_empty() => None,
        Rule::Url | Rule::Proxy => check_url(text)
            .err()
            .map(|why| bad_url(key, rule, text, why)),
        Rule::Sum => value::parse_sum(text)
            .is_none()
            .then_some(Fault::BadSum { key, value }),
        Rule::OptionalSum => (!text.is_empty() && value::parse_sum(text).is_none())
            .then_some(Fault::BadSum { key, value }),
        Rule::Mask => text
            .parse::<Mask>()
            .is_err()
            .then_some(Fault::BadMask { key, value }),
        Rule::Template => text
            .parse::<Template>()
            .is_err()
            .then_some(Fault::BadTemplate { key, value }),
        Rule::Bytes => value::parse_bytes(text)
            .is_none()
            .then_some(Fault::BadBytes { key, value }),
        Rule::Listen => {
            let fits = text
                .parse::<SocketAddr>()
                .is_ok_and(|address| address.port() > 0);
            (!text.is_empty() && !fits).then_some(Fault::BadListen { key, value })
        }
        Rule::UsbId => (!is_usb_id(text)).then_some(Fault::BadUsbId { key, value }),
        Rule::Folder => is_network(text).then_some(Fault::NetworkFolder(value)),
        Rule::TimeZone => (!text.is_empty() && jiff::tz::TimeZone::get(text).is_err())
            .then_some(Fault::BadTimeZone { key, value }),
        // Any text will do. The last six are no texts; `check` never brings them here.
        Rule::Text
        | Rule::Secret
        | Rule::Flag
        | Rule::Whole { .. }
        | Rule::Pauses
        | Rule::Pins
        | Rule::Names
        | Rule::Words(_) => None,
    }
}

/// `2027-11-30`
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// `\\server\share`, with slashes or with `\\?\UNC\` too.
pub(super) fn is_network(folder: &str) -> bool {
    let plain = folder.replace('\\', "/");
    let local = plain.strip_prefix("//?/").or(plain.strip_prefix("//./"));
    match local {
        Some(rest) => rest.to_ascii_uppercase().starts_with("UNC/"),
        None => plain.starts_with("//"),
    }
}

fn bad_url(key: String, rule: Rule, text: &str, why: UrlProblem) -> Fault {
    let scheme = if rule == Rule::Proxy { "http" } else { "https" };
    let name = key.rsplit('.').next().unwrap_or(&key);
    let plain: String = text
        .chars()
        .filter(|c| c.is_alphanumeric() || ".-:[]_/".contains(*c))
        .collect();
    let host = match plain.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        None => plain,
    };
    let host = host.split('/').next().unwrap_or_default();
    let candidate = format!("{scheme}://{host}");
    // A password in the address goes nowhere near a message.
    let secret = text.contains('@');
    let value = if secret { "…@…" } else { text }.to_owned();
    let write = if secret || check_url(&candidate).is_err() {
        example(name, rule)
    } else {
        format!("{name} = \"{candidate}\"")
    };
    Fault::BadUrl {
        key,
        value,
        why,
        write,
    }
}

/// The value that was meant, as it should be written; secrets are not repeated.
fn as_written(name: &str, rule: Rule, value: &DeValue<'_>) -> String {
    if matches!(rule, Rule::Secret | Rule::Hash | Rule::HeaderValue) {
        return example(name, rule);
    }
    match (rule, value) {
        (Rule::Flag, DeValue::String(text)) if matches!(&**text, "true" | "false") => {
            format!("{name} = {text}")
        }
        (Rule::Flag, DeValue::Integer(number)) if matches!(number.as_str(), "0" | "1") => {
            format!("{name} = {}", number.as_str() == "1")
        }
        (Rule::Whole { .. }, DeValue::String(text)) if text.parse::<i64>().is_ok() => {
            format!("{name} = {text}")
        }
        (Rule::Pins | Rule::Names | Rule::Words(_), DeValue::String(text)) => {
            format!("{name} = [\"{text}\"]")
        }
        (Rule::Pauses, DeValue::Integer(number)) => format!("{name} = [{}]", number.as_str()),
        (
            Rule::Text
            | Rule::Code
            | Rule::RestaurantCode
            | Rule::Sum
            | Rule::OptionalSum
            | Rule::Mask
            | Rule::Folder,
            DeValue::Integer(_) | DeValue::Float(_),
        ) => format!("{name} = \"{}\"", digits(value)),
        (_, _) => example(name, rule),
    }
}

/// A line that shows how a key is written.
pub(super) fn example(name: &str, rule: Rule) -> String {
    let value = match rule {
        Rule::Text => match name {
            "port" => "'COM3'",
            "user" => "\"limekeeper\"",
            _ => "\"…\"",
        },
        Rule::Secret => "\"…\"",
        Rule::HeaderValue => "\"LimeToken …\"",
        Rule::HeaderName => "\"Authorization\"",
        Rule::Words(words) => return format!("{name} = [\"{}\"]", words.first().unwrap_or(&"")),
        Rule::Word(words) => return format!("{name} = \"{}\"", words.first().unwrap_or(&"")),
        Rule::Reason => "\"server_refused\"",
        Rule::Code => "\"1\"",
        Rule::RestaurantCode => "\"123456789\"",
        Rule::Product => "\"12-months\"",
        Rule::Day => "\"2027-11-30\"",
        Rule::Flag => "true",
        Rule::Whole { min, .. } => return format!("{name} = {}", min.max(1)),
        Rule::Pauses => "[2, 4, 8]",
        Rule::Url => "\"https://10.0.0.5:8086\"",
        Rule::Proxy => "\"http://10.0.0.1:3128\"",
        Rule::Pins => "[\"AB:CD:…\"]",
        Rule::Names => "[\"Кухня\"]",
        Rule::Hash => "\"pbkdf2-sha256$600000$…\"",
        Rule::TimeZone => "\"Europe/Moscow\"",
        Rule::Sum | Rule::OptionalSum => "\"10000.00\"",
        Rule::Mask => "\"00FFFFFF\"",
        Rule::Template => "\"{card}\"",
        Rule::WebPath => "\"/api\"",
        Rule::Folder => "'C:\\limekeeper'",
        Rule::Bytes => "'\\r\\n'",
        Rule::UsbId => "\"0403:1234\"",
        Rule::Listen => "\"0.0.0.0:8790\"",
    };
    format!("{name} = {value}")
}

/// What is wrong between values that are right by themselves, with the path of the key concerned.
pub(super) fn together(config: &Config) -> Vec<(String, Fault)> {
    let mut wrong = Vec::new();
    for (table, url, allowed) in [
        (
            "rkeeper",
            &config.rkeeper.url,
            config.rkeeper.allow_plain_http,
        ),
        (
            "rkeeper.licence",
            &config.rkeeper.licence.url,
            config.rkeeper.licence.allow_plain_http,
        ),
        ("lime", &config.lime.url, config.lime.allow_plain_http),
    ] {
        if check_url(url) == Ok(true) && !allowed {
            let key = format!("{table}.url");
            wrong.push((
                key.clone(),
                Fault::PlainHttp {
                    key,
                    value: url.clone(),
                    allow: format!("{table}.allow_plain_http"),
                },
            ));
        }
    }
    let uid = &config.lime.uid;
    let dropped = uid.drop_left.saturating_add(uid.drop_right);
    if dropped > 0 && dropped >= uid.pad {
        let key = "lime.uid.drop_left".to_owned();
        wrong.push((key.clone(), Fault::NoDigitsLeft(key)));
    }
    let lime = &config.lime;
    let can_search = match lime.kind {
        LimeKind::Rpc => !lime.assumed.card_by_number.is_empty(),
        LimeKind::Holds => true,
    };
    if lime.keyed_cards && !can_search {
        let key = "lime.keyed_cards".to_owned();
        wrong.push((key.clone(), Fault::NumberNotSearched(key)));
    }
    let types = &config.lime.account_types;
    for (index, account_type) in types.iter().enumerate() {
        let id = account_type.good_type_id;
        if types[..index].iter().any(|other| other.good_type_id == id) {
            wrong.push(twice(
                "lime.account_types",
                index,
                "good_type_id",
                &id.to_string(),
            ));
        }
    }
    wrong.extend(account_rules(types));
    wrong.extend(operators::together(&config.operators));
    for (index, reader) in config.readers.iter().enumerate() {
        let earlier = &config.readers[..index];
        let alike =
            |same: fn(&Reader, &Reader) -> bool| earlier.iter().any(|other| same(other, reader));
        if let Some(port) = &reader.port
            && alike(|one, other| same(one.port.as_ref(), other.port.as_ref()) == Some(true))
        {
            wrong.push(twice("readers", index, "port", port));
        }
        if let Some(usb) = &reader.usb
            && alike(same_usb)
        {
            let key = format!("readers[{index}].usb");
            let fault = Fault::DevicesAlike {
                key: key.clone(),
                value: usb.clone(),
            };
            wrong.push((key, fault));
        }
    }
    wrong
}

/// Rules of account types that contradict each other.
fn account_rules(types: &[AccountType]) -> Vec<(String, Fault)> {
    let mut wrong = Vec::new();
    let first_step = types.iter().find_map(|own| own.round_to);
    for (index, own) in types.iter().enumerate() {
        let key = |name: &str| format!("lime.account_types[{index}].{name}");
        if !own.only_categories.is_empty() && !own.not_categories.is_empty() {
            let key = key("not_categories");
            wrong.push((key.clone(), Fault::CategoriesTwice(key)));
        }
        let Some(step) = own.round_to else {
            continue;
        };
        if first_step != Some(step) {
            let (key, value) = (key("round_to"), step.to_string());
            wrong.push((key.clone(), Fault::StepsDiffer { key, value }));
        }
        for (name, most) in [
            ("per_operation_max", own.per_operation_max),
            ("per_day_max", own.per_day_max),
            ("manager_above", own.manager_above),
            ("pin_above", own.pin_above),
        ] {
            if let Some(most) = most.filter(|&most| most < step) {
                let (key, value) = (key(name), most.to_string());
                wrong.push((key.clone(), Fault::BelowStep { key, value }));
            }
        }
    }
    wrong
}

/// The same kind of USB device, and nothing that tells two of them apart.
fn same_usb(one: &Reader, other: &Reader) -> bool {
    same(one.usb.as_ref(), other.usb.as_ref()) == Some(true)
        && same(one.serial.as_ref(), other.serial.as_ref()) != Some(false)
        && same(one.usb_path.as_ref(), other.usb_path.as_ref()) != Some(false)
}

/// `None` where one of both does not say.
fn same(one: Option<&String>, other: Option<&String>) -> Option<bool> {
    Some(one?.eq_ignore_ascii_case(other?))
}

/// Whether a section of `[[readers]]` with these keys names one device, and names it once.
pub(super) fn reader_device(path: &str, has: impl Fn(&str) -> bool) -> Option<Fault> {
    match (has("port"), has("usb")) {
        (true, true) => Some(Fault::DeviceTwice(path.to_owned())),
        (false, false) => Some(Fault::NoDevice(path.to_owned())),
        (true, false) => ["serial", "usb_path"]
            .into_iter()
            .find(|name| has(name))
            .map(|name| Fault::OnlyOfUsb(format!("{path}.{name}"))),
        (false, true) => None,
    }
}

/// `0403:1234`
fn is_usb_id(text: &str) -> bool {
    let four = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_once(':')
        .is_some_and(|(vendor, product)| four(vendor) && four(product))
}

fn twice(list: &str, index: usize, name: &str, value: &str) -> (String, Fault) {
    let key = format!("{list}[{index}].{name}");
    let fault = Fault::ValueTwice {
        key: key.clone(),
        value: value.to_owned(),
    };
    (key, fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_folders() {
        for (folder, network) in [
            (r"\\server\share", true),
            ("//server/share", true),
            (r"\\?\UNC\server\share", true),
            (r"\\?\C:\limekeeper", false),
            (r"C:\limekeeper", false),
            ("/var/lib/limekeeper", false),
            ("till", false),
            ("", false),
        ] {
            assert_eq!(is_network(folder), network, "{folder}");
        }
    }
}
