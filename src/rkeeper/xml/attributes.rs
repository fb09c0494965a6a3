//! The attributes of a tag: names, quoted values, nothing else.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attribute;
use quick_xml::name::QName;

use super::XmlError;

/// Where an attribute stands within its tag.
pub(super) struct Found {
    pub name: Range<usize>,
    /// Between the quotation marks.
    pub value: Range<usize>,
    /// The value stands for itself: nothing in it is a reference, a line break or a tab.
    pub plain: bool,
}

/// The attributes of a tag one by one.
pub(super) struct Attributes<'a> {
    tag: &'a str,
    at: usize,
}

impl<'a> Attributes<'a> {
    /// Of the inside of a tag, from behind its name.
    pub(super) const fn of(tag: &'a str, behind_name: usize) -> Self {
        Self {
            tag,
            at: behind_name,
        }
    }

    /// How far it is to the first byte of that kind; to the end where there is none.
    fn until(&self, mut wanted: impl FnMut(u8) -> bool) -> usize {
        let rest = self.tag.as_bytes().get(self.at..).unwrap_or_default();
        let found = rest.iter().position(|&byte| wanted(byte));
        self.at.saturating_add(found.unwrap_or(rest.len()))
    }

    fn skip_space(&mut self) {
        self.at = self.until(|byte| !is_space(byte));
    }

    fn byte(&self) -> Option<u8> {
        self.tag.as_bytes().get(self.at).copied()
    }

    /// The next attribute; `None` at the end of the tag.
    pub(super) fn next(&mut self) -> Option<Result<Found, XmlError>> {
        self.skip_space();
        self.byte()?;
        Some(self.one())
    }

    fn one(&mut self) -> Result<Found, XmlError> {
        let malformed = || XmlError::Malformed("an attribute has no name or no value".to_owned());
        let from = self.at;
        self.at = self.until(|byte| byte == b'=' || is_space(byte) || is_quote(byte));
        let name = from..self.at;
        self.skip_space();
        if name.is_empty() || self.byte() != Some(b'=') {
            return Err(malformed());
        }
        self.at = self.at.saturating_add(1);
        self.skip_space();
        let quote = self.byte().filter(|&byte| is_quote(byte));
        let quote = quote.ok_or_else(malformed)?;
        self.at = self.at.saturating_add(1);
        let from = self.at;
        // One look at each byte: most of a long answer is values.
        let mut plain = true;
        self.at = self.until(|byte| {
            plain &= byte != b'&' && byte >= b' ';
            byte == quote
        });
        if self.byte().is_none() {
            return Err(malformed());
        }
        let value = from..self.at;
        self.at = self.at.saturating_add(1);
        Ok(Found { name, value, plain })
    }
}

/// The value that a raw one stands for: references resolved, line breaks and tabs made spaces, as XML
/// has it.
pub(super) fn renewed(name: &str, raw: &str) -> Result<String, XmlError> {
    let attribute = Attribute {
        key: QName(name),
        value: Cow::Borrowed(raw),
    };
    let value = attribute
        .normalized_value(XmlVersion::Explicit1_0)
        .map_err(|error| XmlError::Malformed(error.to_string()))?;
    Ok(value.into_owned())
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}
