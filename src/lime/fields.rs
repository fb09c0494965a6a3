//! Single values out of Lime's JSON: strict about what decides on money, calm about the rest.
//!
//! Values are kept as the text they were sent as until somebody needs them, so numbers never pass
//! through a float, a `null` counts as absent, and a message names the field that is wrong. A key
//! that stands twice in one object is refused: nobody can know which of both was meant.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::domain::Money;
use crate::domain::text::clean;

/// Most characters of a wrong value that a message repeats.
const SHOWN_CHARS_MAX: usize = 30;
/// Most elements of a list that is read.
pub(super) const LIST_MAX: usize = 1_000;

/// What is wrong with an answer. The texts hold numbers and names of fields, never other texts of
/// the answer: those may be a guest's name or a UID.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum FieldError {
    /// No JSON at all, or cut, or something behind it.
    #[error("the answer is {0}")]
    NotJson(&'static str),
    /// Absent or null.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Of another kind or out of range.
    #[error("`{field}` is {found}, expected {expected}")]
    Wrong {
        field: String,
        found: String,
        expected: &'static str,
    },
    /// The same key twice.
    #[error("`{0}` has a field twice, or is cut")]
    BadObject(&'static str),
    /// Two accounts with one id.
    #[error("`right.id` {0} stands twice in the list")]
    AccountTwice(i64),
    /// A list longer than any that makes sense.
    #[error("`{0}` has more than {1} elements")]
    TooMany(&'static str, usize),
    /// The card's UID is not the one asked for.
    #[error("`card.uid` is another than was asked for; check the UID notation in the config")]
    OtherCard,
    /// The card's printed number is not the one asked for.
    #[error("the printed number of the card is another than was asked for, or is not shown")]
    OtherNumber,
    /// The card's UID is not written as the site's readers write it.
    #[error("`card.uid` is not in the notation of the config (`lime.uid`)")]
    OtherNotation,
    /// The check shows references, but not all of ours, and none that is surely another's.
    #[error("`transactionReference` is not what was sent")]
    UnclearCheck,
    /// The check belongs to another payment.
    #[error("the check with this id is not ours")]
    NotOurs,
    /// The check's id is not the one asked for.
    #[error("`check.id` is {found}, asked was {asked}")]
    OtherCheck { found: i64, asked: i64 },
}

/// The one JSON value of a body; `None` for `null`. Nothing but white space may stand around it.
pub(super) fn value(body: &[u8]) -> Result<Option<&RawValue>, FieldError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| {
        FieldError::NotJson(if body.trim_ascii().is_empty() {
            "empty"
        } else if body.trim_ascii_start().starts_with(b"<") {
            "a page (HTML or XML), not JSON"
        } else if error.is_eof() {
            "cut JSON"
        } else {
            "not JSON"
        })
    })?;
    Ok(present(raw))
}

fn present(raw: &RawValue) -> Option<&RawValue> {
    (raw.get() != "null").then_some(raw)
}

/// The fields of one object, none of them twice.
pub(super) struct Object<'a> {
    name: &'static str,
    fields: BTreeMap<String, &'a RawValue>,
}

struct FieldMap<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for FieldMap<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = FieldMap<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    if fields.insert(key, value).is_some() {
                        return Err(de::Error::custom("a field stands twice"));
                    }
                }
                Ok(FieldMap(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl<'a> Object<'a> {
    /// The object in `raw`; `name` is how messages call it.
    pub(super) fn new(name: &'static str, raw: &'a RawValue) -> Result<Self, FieldError> {
        if !raw.get().starts_with('{') {
            return Err(wrong(name, raw, "an object"));
        }
        let FieldMap(fields) =
            serde_json::from_str(raw.get()).map_err(|_| FieldError::BadObject(name))?;
        Ok(Self { name, fields })
    }

    /// A field, unless it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.fields.get(key).and_then(|raw| present(raw))
    }

    /// A field is there and says `null`.
    pub(super) fn is_null(&self, key: &str) -> bool {
        self.fields
            .get(key)
            .is_some_and(|raw| present(raw).is_none())
    }

    fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    /// A field with true or false; absent means false.
    pub(super) fn flag(&self, key: &str) -> Result<bool, FieldError> {
        match self.get(key).map(RawValue::get) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    /// A local date and time without zone; absent means none.
    pub(super) fn local_time(&self, key: &str) -> Result<Option<DateTime>, FieldError> {
        let Some(raw) = self.get(key) else {
            return Ok(None);
        };
        match local_time(raw) {
            Some(time) => Ok(Some(time)),
            None => Err(self.wrong(key, LOCAL_TIME)),
        }
    }

    /// A text, or a number taken as text; absent, null, empty and unreadable mean none.
    pub(super) fn label(&self, key: &str) -> Option<String> {
        let raw = self.get(key)?;
        let text = if is_number(raw) {
            raw.get().to_owned()
        } else {
            text(raw)?
        };
        Some(clean(&text)).filter(|text| !text.is_empty())
    }

    fn wrong(&self, key: &str, expected: &'static str) -> FieldError {
        let found = self.get(key).map_or("missing".to_owned(), shown);
        FieldError::Wrong {
            field: clean(&self.path(key)),
            found,
            expected,
        }
    }
}

/// What [`local_time`] reads, for messages.
pub(super) const LOCAL_TIME: &str = "a local date and time such as 2026-12-31T23:59:59";

/// A local date and time without zone.
pub(super) fn local_time(raw: &RawValue) -> Option<DateTime> {
    text(raw)?.parse().ok()
}

/// A moment with an offset, as the site's local time; absent means none.
pub(super) fn moment(
    object: &Object<'_>,
    key: &'static str,
    zone: &TimeZone,
) -> Result<Option<DateTime>, FieldError> {
    let Some(raw) = object.get(key) else {
        return Ok(None);
    };
    let moment: Option<Timestamp> = text(raw).and_then(|text| text.parse().ok());
    moment
        .map(|moment| Some(zone.to_datetime(moment)))
        .ok_or_else(|| wrong(key, raw, "a moment such as 2026-12-31T23:59:59+03:00"))
}

/// The elements of a list; `null` is an empty one.
pub(super) fn list<'a>(
    name: &'static str,
    raw: Option<&'a RawValue>,
) -> Result<Vec<&'a RawValue>, FieldError> {
    list_of(name, raw, LIST_MAX)
}

/// The same with so many elements at most.
pub(super) fn list_of<'a>(
    name: &'static str,
    raw: Option<&'a RawValue>,
    max: usize,
) -> Result<Vec<&'a RawValue>, FieldError> {
    let Some(raw) = raw else {
        return Ok(Vec::new());
    };
    let elements: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| wrong(name, raw, "a list"))?;
    if elements.len() > max {
        return Err(FieldError::TooMany(name, max));
    }
    Ok(elements)
}

/// An id of Lime: a whole number above zero.
pub(super) fn id(field: &'static str, raw: Option<&RawValue>) -> Result<i64, FieldError> {
    let raw = raw.ok_or(FieldError::Missing(field))?;
    whole(raw)
        .filter(|&id| id > 0)
        .ok_or_else(|| wrong(field, raw, "a whole number above zero"))
}

/// A sum of an account in whole kopecks, of either sign, not larger than [`Money::CEILING`].
pub(super) fn kopecks(field: &'static str, raw: Option<&RawValue>) -> Result<Money, FieldError> {
    let raw = raw.ok_or(FieldError::Missing(field))?;
    whole(raw)
        .filter(|kopecks| kopecks.unsigned_abs() <= Money::CEILING.kopecks().unsigned_abs())
        .map(Money::from_kopecks)
        .ok_or_else(|| wrong(field, raw, "a whole number of kopecks"))
}

/// A sum of a check in roubles, above zero, with at most two decimals.
pub(super) fn roubles(field: &'static str, raw: Option<&RawValue>) -> Result<Money, FieldError> {
    let raw = raw.ok_or(FieldError::Missing(field))?;
    Money::parse_decimal(raw.get())
        .ok()
        .filter(|sum| sum.is_positive())
        .ok_or_else(|| wrong(field, raw, "roubles above zero, with at most two decimals"))
}

/// A JSON number without point and exponent.
fn whole(raw: &RawValue) -> Option<i64> {
    raw.get().parse().ok()
}

pub(super) fn is_number(raw: &RawValue) -> bool {
    raw.get()
        .starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// The text of a JSON string; `None` for everything else.
pub(super) fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

pub(super) fn wrong(field: &str, raw: &RawValue, expected: &'static str) -> FieldError {
    FieldError::Wrong {
        field: field.to_owned(),
        found: shown(raw),
        expected,
    }
}

/// A wrong value in a message: numbers as they stand, everything else by its kind.
fn shown(raw: &RawValue) -> String {
    match raw.get().as_bytes().first() {
        Some(b'"') => "a text".to_owned(),
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "a list".to_owned(),
        _ => raw.get().chars().take(SHOWN_CHARS_MAX).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(json: &str) -> Result<Money, String> {
        let body = format!("{{\"amount\":{json}}}");
        let raw = value(body.as_bytes()).unwrap().unwrap();
        let object = Object::new("right", raw).unwrap();
        kopecks("right.amount", object.get("amount")).map_err(|error| error.to_string())
    }

    #[test]
    fn account_sums_are_whole_kopecks() {
        for (json, sum) in [("500000", 500_000), ("-400000", -400_000), ("0", 0)] {
            assert_eq!(field(json), Ok(Money::from_kopecks(sum)), "{json}");
        }
        for (json, found) in [
            ("100.0", "100.0"),
            ("16.7", "16.7"),
            ("1e2", "1e2"),
            ("\"100\"", "a text"),
            ("true", "true"),
            ("[1]", "a list"),
            ("{}", "an object"),
            ("1000000000001", "1000000000001"),
            ("99999999999999999999", "99999999999999999999"),
        ] {
            assert_eq!(
                field(json),
                Err(format!(
                    "`right.amount` is {found}, expected a whole number of kopecks"
                )),
            );
        }
        assert_eq!(field("null"), Err("`right.amount` is missing".to_owned()));
    }

    #[test]
    fn ids_are_above_zero() {
        for json in ["-1", "0", "1.0", "1e2", "\"7\"", "{}"] {
            let raw = value(json.as_bytes()).unwrap();
            let error = id("check.id", raw).unwrap_err().to_string();
            assert!(error.starts_with("`check.id` is "), "{error}");
        }
        assert_eq!(id("check.id", value(b" 7 ").unwrap()), Ok(7));
        assert_eq!(
            id("x", value(b"null").unwrap()),
            Err(FieldError::Missing("x"))
        );
    }

    #[test]
    fn a_body_is_one_json_value() {
        assert_eq!(value(b"\xef\xbb\xbf{ }").unwrap().unwrap().get(), "{ }");
        assert!(value(b"\r\nnull\n").unwrap().is_none());
        for (body, what) in [
            (&b""[..], "empty"),
            (b" \n", "empty"),
            (b"<html></html>", "a page (HTML or XML), not JSON"),
            (b"{\"a\":1", "cut JSON"),
            (b"{\"a\":1}{}", "not JSON"),
            (b"12 13", "not JSON"),
            (b"OK", "not JSON"),
            (b"\"\xff\"", "not JSON"),
            (b"NaN", "not JSON"),
        ] {
            assert_eq!(
                value(body).unwrap_err(),
                FieldError::NotJson(what),
                "{body:?}"
            );
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        for json in ["[".repeat(200_000), "{\"a\":".repeat(200_000)] {
            assert_eq!(
                value(json.as_bytes()).unwrap_err(),
                FieldError::NotJson("cut JSON")
            );
        }
        let json = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(list("x", value(json.as_bytes()).unwrap()).is_ok());
    }

    #[test]
    fn no_key_twice() {
        for json in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#] {
            let raw = value(json.as_bytes()).unwrap().unwrap();
            assert_eq!(
                Object::new("card", raw).err(),
                Some(FieldError::BadObject("card"))
            );
        }
    }

    #[test]
    fn labels_are_clean_and_never_stop_an_answer() {
        let json = r#"{"a":"Ив\u001b[2Jан\n","b":100038,"c":null,"d":{},"e":"","f":"\ud800"}"#;
        let raw = value(json.as_bytes()).unwrap().unwrap();
        let object = Object::new("x", raw).unwrap();
        let labels: Vec<_> = ["a", "b", "c", "d", "e", "f", "g"]
            .map(|key| object.label(key))
            .into();
        let expected = [
            Some("Ив [2Jан"),
            Some("100038"),
            None,
            None,
            None,
            None,
            None,
        ];
        assert_eq!(labels, expected.map(|label| label.map(str::to_owned)));
    }
}
