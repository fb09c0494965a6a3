//! XML in and out: a small tree that is either whole or an error, and one way to write attributes.
//!
//! The stock reader takes a document that ends in the middle, two roots, or any root name without
//! a word; all of that is refused here, since an answer about money is whole or it is none. What
//! r_keeper may add from version to version (elements, attributes, their order) is kept and harms
//! nobody.

use std::fmt;

use quick_xml::XmlVersion;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use thiserror::Error;

/// Deepest nesting that is read; r_keeper's own answers stay below ten.
pub const DEPTH_MAX: usize = 64;

/// Most elements of one document: an order of some thousand dishes has fewer.
pub const ELEMENTS_MAX: usize = 200_000;

/// Most attributes of one element; the widest of r_keeper's has some forty.
pub const ATTRIBUTES_MAX: usize = 200;

/// Why bytes are not a document that can be believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum XmlError {
    /// Nothing but white space.
    #[error("the answer is empty")]
    Empty,
    /// Not UTF-8; r_keeper answers UTF-8 over HTTP, its older interface CP1251.
    #[error("the answer is not UTF-8 (it says {0})")]
    NotUtf8(String),
    /// It ends before its root does.
    #[error("the answer is cut: it ends inside <{0}>")]
    Cut(String),
    /// Another document than expected, such as an HTML page.
    #[error("the answer is <{found}>, not <{wanted}>")]
    Root {
        /// Name expected.
        wanted: &'static str,
        /// Name found.
        found: String,
    },
    /// Something follows the root.
    #[error("something follows the end of the answer")]
    AfterRoot,
    /// A document type, which could redefine anything.
    #[error("the answer has a document type")]
    DocType,
    /// Another entity than the five of XML.
    #[error("the answer has the unknown entity &{0};")]
    Entity(String),
    /// An attribute is given twice.
    #[error("an attribute of <{0}> is given twice")]
    Twice(String),
    /// Deeper than [`DEPTH_MAX`], or more than [`ELEMENTS_MAX`] or [`ATTRIBUTES_MAX`].
    #[error("the answer is deeper or larger than any that makes sense")]
    TooLarge,
    /// Not XML.
    #[error("the answer is not XML: {0}")]
    Malformed(String),
}

/// An element with everything in it.
///
/// Its `Debug` shows no values: they may be card numbers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, prefix included.
    pub name: String,
    /// Its attributes, as written and in their order; no name twice.
    pub attributes: Vec<(String, String)>,
    /// Its children in their order.
    pub children: Vec<Element>,
    /// Its own text and CDATA, without that of the children.
    pub text: String,
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.name)?;
        f.debug_list().entries(&self.children).finish()
    }
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The children of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// The whole document, whose root must have this name.
pub fn parse(bytes: &[u8], root: &'static str) -> Result<Element, XmlError> {
    let text = decode(bytes)?;
    let mut reader = Reader::from_str(text);
    // A raw `&` in a text harms nobody; in an attribute it stays an error.
    reader.config_mut().allow_dangling_amp = true;
    let mut tree = Tree::new(root);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return tree.finish(),
            Ok(event) => tree.take(event)?,
            Err(error) => return Err(XmlError::Malformed(error.to_string())),
        }
    }
}

fn decode(bytes: &[u8]) -> Result<&str, XmlError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(XmlError::Empty);
    }
    std::str::from_utf8(bytes).map_err(|_| {
        let start = bytes.get(..100).unwrap_or(bytes);
        let start = String::from_utf8_lossy(start);
        let declared = start
            .split_once("encoding=")
            .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
        XmlError::NotUtf8(declared.unwrap_or("nothing of its encoding").to_owned())
    })
}

/// The tree while it grows.
struct Tree {
    wanted: &'static str,
    root: Option<Element>,
    open: Vec<Element>,
    elements: usize,
    begun: bool,
}

impl Tree {
    const fn new(wanted: &'static str) -> Self {
        Self {
            wanted,
            root: None,
            open: Vec::new(),
            elements: 0,
            begun: false,
        }
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), XmlError> {
        match event {
            Event::Start(start) => {
                let element = self.element(&start)?;
                self.open.push(element);
            }
            Event::Empty(start) => {
                let element = self.element(&start)?;
                self.close(element);
            }
            Event::End(_) => {
                // The reader has compared the names.
                let element = self.open.pop().ok_or(XmlError::AfterRoot)?;
                self.close(element);
            }
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let text = resolve(&reference)?;
                self.text(&text)?;
            }
            Event::DocType(_) => return Err(XmlError::DocType),
            Event::Decl(_) if self.begun => {
                return Err(XmlError::Malformed("a second declaration".to_owned()));
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => {}
        }
        self.begun = true;
        Ok(())
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, XmlError> {
        let name = start.name().as_ref().to_owned();
        if self.open.is_empty() {
            if self.root.is_some() {
                return Err(XmlError::AfterRoot);
            }
            if name != self.wanted {
                return Err(XmlError::Root {
                    wanted: self.wanted,
                    found: crate::domain::text::clean(&name),
                });
            }
        }
        self.elements += 1;
        if self.open.len() >= DEPTH_MAX || self.elements > ELEMENTS_MAX {
            return Err(XmlError::TooLarge);
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| match error {
                AttrError::Duplicated(..) => XmlError::Twice(name.clone()),
                other => XmlError::Malformed(other.to_string()),
            })?;
            if attributes.len() >= ATTRIBUTES_MAX {
                return Err(XmlError::TooLarge);
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|error| XmlError::Malformed(error.to_string()))?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(Element {
            name,
            attributes,
            ..Element::default()
        })
    }

    fn close(&mut self, element: Element) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None if self.root.is_some() => return Err(XmlError::AfterRoot),
            None => return Err(XmlError::Malformed("it begins with text".to_owned())),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Element, XmlError> {
        match (self.open.pop(), self.root) {
            (Some(open), _) => Err(XmlError::Cut(open.name)),
            (None, Some(root)) => Ok(root),
            (None, None) => Err(XmlError::Cut(self.wanted.to_owned())),
        }
    }
}

/// What a reference in a text stands for. `A & B; C` is no reference but text with a raw `&`.
fn resolve(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    let name: &str = reference;
    let known = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => reference
            .resolve_char_ref()
            .map_err(|error| XmlError::Malformed(error.to_string()))?,
    };
    match known {
        Some(c) => Ok(c.to_string()),
        None if name.contains(char::is_whitespace) || name.is_empty() => Ok(format!("&{name};")),
        None => Err(XmlError::Entity(crate::domain::text::clean(name))),
    }
}

/// A value as it stands between quotation marks.
pub(super) fn escaped(value: &str) -> String {
    let mut text = String::new();
    escape(value, &mut text);
    text
}

/// A document being written: UTF-8, double quotes, nothing that XML forbids.
#[derive(Debug, Default)]
pub(super) struct Document {
    text: String,
    open: Vec<&'static str>,
    in_tag: bool,
}

impl Document {
    /// One that says its encoding.
    pub(super) fn declared() -> Self {
        Self {
            text: "<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_owned(),
            ..Self::default()
        }
    }

    /// Starts an element.
    pub(super) fn open(&mut self, name: &'static str) -> &mut Self {
        self.end_tag(">");
        self.text.push('<');
        self.text.push_str(name);
        self.open.push(name);
        self.in_tag = true;
        self
    }

    /// Gives the element just started an attribute.
    pub(super) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        escape(value, &mut self.text);
        self.text.push('"');
        self
    }

    /// Ends the innermost element.
    pub(super) fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            if self.in_tag {
                self.end_tag("/>");
            } else {
                self.text.push_str("</");
                self.text.push_str(name);
                self.text.push('>');
            }
        }
        self
    }

    /// Ends all elements and gives the bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        self.text.into_bytes()
    }

    fn end_tag(&mut self, end: &str) {
        if self.in_tag {
            self.text.push_str(end);
            self.in_tag = false;
        }
    }
}

/// The one place where text becomes XML. What XML 1.0 has no way to write is left out.
fn escape(value: &str, to: &mut String) {
    for c in value.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&apos;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => to.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Element, XmlError> {
        parse(text.as_bytes(), "R")
    }

    #[test]
    fn a_whole_document_is_read() {
        let root = read(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- so --><?pi?>\
             <R a='1' b=\"&lt;&#x41;&amp;\"><One/>x&gt;<![CDATA[<y>]]><One c=''>z</One></R>\n",
        )
        .unwrap();
        assert_eq!(root.attribute("a"), Some("1"));
        assert_eq!(root.attribute("b"), Some("<A&"));
        assert_eq!(root.attribute("c"), None);
        assert_eq!(root.text, "x><y>");
        assert_eq!(root.all("One").count(), 2);
        assert_eq!(root.child("One"), root.children.first());
        assert_eq!(root.children[1].text, "z");
    }

    #[test]
    fn what_is_not_one_whole_document_is_refused() {
        let deep = format!("<R>{}{}</R>", "<a>".repeat(64), "</a>".repeat(64));
        let wide: String = (0..=ATTRIBUTES_MAX).map(|n| format!(" a{n}='1'")).collect();
        let many = format!("<R>{}</R>", "<a/>".repeat(ELEMENTS_MAX));
        for (text, wanted) in [
            ("", "is empty"),
            (" \n", "is empty"),
            ("<!-- -->", "cut: it ends inside <R>"),
            // L9, L10.
            (
                "<R Status='Ok'><Orders><Order sum='1'/>",
                "ends inside <Orders>",
            ),
            ("<R Status='Ok'>", "ends inside <R>"),
            ("<R Status='O", "not XML"),
            ("<R><a></R>", "not XML"),
            ("<R></R></R>", "not XML"),
            ("</R>", "not XML"),
            // L11.
            ("<R/><R/>", "follows"),
            ("<R/>text", "follows"),
            ("<R/><![CDATA[x]]>", "follows"),
            ("<R/>&amp;", "follows"),
            ("text<R/>", "begins with text"),
            // L12.
            ("<html Status='Ok'></html>", "<html>, not <R>"),
            ("<r/>", "<r>, not <R>"),
            ("<x:R/>", "<x:R>, not <R>"),
            (
                "<!DOCTYPE R [<!ENTITY x 'y'>]><R a='&x;'/>",
                "document type",
            ),
            ("<R>&nbsp;</R>", "unknown entity &nbsp;"),
            ("<R a='&nbsp;'/>", "not XML"),
            ("<R a='A & B'/>", "not XML"),
            ("<R>&#x110000;</R>", "not XML"),
            ("<R a='1' b='2' a='1'/>", "<R> is given twice"),
            ("<R a=1/>", "not XML"),
            ("<R a/>", "not XML"),
            ("<R/><?xml version='1.0'?>", "second declaration"),
            (&deep, "deeper or larger"),
            (&format!("<R{wide}/>"), "deeper or larger"),
            (&many, "deeper or larger"),
        ] {
            let start: String = text.chars().take(60).collect();
            let error = read(text).expect_err(&start).to_string();
            assert!(error.contains(wanted), "{start}: {error}");
        }
        read(&format!("<R>{}{}</R>", "<a>".repeat(63), "</a>".repeat(63))).unwrap();
    }

    #[test]
    fn another_encoding_is_named() {
        let cp1251 = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><R a=\"\xc2\xe8\xe7\"/>";
        for (bytes, wanted) in [
            (cp1251.as_slice(), "windows-1251"),
            (b"<R a=\"\xc2\xe8\xe7\"/>", "nothing of its encoding"),
            (b"\xff\xfe<\0R\0/\0>\0", "nothing of its encoding"),
        ] {
            let error = parse(bytes, "R").unwrap_err();
            assert_eq!(error, XmlError::NotUtf8(wanted.to_owned()));
        }
        // Declared wrongly, but readable.
        let ascii = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><R a=\"1\"/>";
        assert_eq!(parse(ascii, "R").unwrap().attribute("a"), Some("1"));
    }

    /// Case 51.
    #[test]
    fn a_raw_ampersand_is_borne_in_text() {
        for (text, read_as) in [
            ("<R>Рога & Копыта</R>", "Рога & Копыта"),
            ("<R>Рога & Копыта; и ещё</R>", "Рога & Копыта; и ещё"),
            ("<R>a &amp; b &</R>", "a & b &"),
        ] {
            assert_eq!(read(text).unwrap().text, read_as);
        }
    }

    #[test]
    fn what_is_written_is_escaped() {
        let mut document = Document::default();
        document
            .open("R")
            .attribute("a", "Рога & \"<К>\"'\u{1}\n\u{7f}]]>");
        document.open("B").close().open("C").attribute("x", "");
        assert_eq!(
            String::from_utf8(document.finish()).unwrap(),
            "<R a=\"Рога &amp; &quot;&lt;К&gt;&quot;&apos;]]&gt;\"><B/><C x=\"\"/></R>"
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_without_control_characters(value in any::<String>()) {
            let mut document = Document::default();
            document.open("R").attribute("a", &value);
            let read = parse(&document.finish(), "R").unwrap();
            let kept: String = value
                .chars()
                .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
                .collect();
            prop_assert_eq!(read.attribute("a"), Some(kept.as_str()));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes, "R").ok();
        }

        #[test]
        fn any_markup_is_survived(text in "(<R>)?([<>/!?&;='\" \\[\\]A-Ra-b-]{0,60})(</R>)?") {
            parse(text.as_bytes(), "R").ok();
        }
    }
}
