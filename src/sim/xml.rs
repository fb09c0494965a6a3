//! A small XML tree of the stand-in's own: enough to read a request and to write an answer.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 32;
/// Most elements that are read from one request.
const ELEMENTS_MAX: usize = 10_000;

/// One element with its attributes, child elements and text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// Text other than white space; written before the children.
    pub text: String,
}

impl Element {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Adds an attribute.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts are given alike, without a & before each"
    )]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.attributes.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a child.
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// Adds children.
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name)?;
        Some(found.1.as_str())
    }

    /// Sets the text.
    pub fn saying(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// First child of that name.
    pub fn first(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The document with its declaration.
    pub fn document(&self) -> String {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n");
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        text.push('<');
        text.push_str(&self.name);
        for (name, value) in &self.attributes {
            text.push(' ');
            text.push_str(name);
            text.push_str("=\"");
            escape(value, text);
            text.push('"');
        }
        if self.children.is_empty() && self.text.is_empty() {
            text.push_str("/>");
            return;
        }
        text.push('>');
        escape(&self.text, text);
        for child in &self.children {
            child.write(text);
        }
        text.push_str("</");
        text.push_str(&self.name);
        text.push('>');
    }
}

/// Markup characters become entities; characters that XML cannot carry become spaces.
fn escape(value: &str, text: &mut String) {
    for c in value.chars() {
        match c {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            '\t' | '\n' | '\r' => {
                text.push_str("&#");
                text.push_str(&u32::from(c).to_string());
                text.push(';');
            }
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => text.push(' '),
            c => text.push(c),
        }
    }
}

/// Reads one whole document. The error is a sentence for the answer's `ErrorText`.
pub(super) fn parse(document: &str) -> Result<Element, String> {
    let mut reader = quick_xml::Reader::from_str(document);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                elements += 1;
                if open.len() >= DEPTH_MAX || elements > ELEMENTS_MAX {
                    return Err("Document is too large".to_owned());
                }
                open.push(read_start(&start)?);
            }
            Event::Empty(start) => {
                elements += 1;
                if elements > ELEMENTS_MAX {
                    return Err("Document is too large".to_owned());
                }
                close(read_start(&start)?, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let Some(element) = open.pop() else {
                    return Err("Unexpected end tag".to_owned());
                };
                close(element, &mut open, &mut root)?;
            }
            Event::Text(text) => note_text(text.trim(), &mut open)?,
            Event::CData(text) => note_text(text.trim(), &mut open)?,
            Event::GeneralRef(_) => note_text("&", &mut open)?,
            Event::DocType(_) => return Err("DTD is prohibited".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if let Some(unclosed) = open.last() {
        return Err(format!("Element \"{}\" is not closed", unclosed.name));
    }
    root.ok_or_else(|| "Empty input XML".to_owned())
}

fn note_text(text: &str, open: &mut [Element]) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let element = open
        .last_mut()
        .ok_or("Invalid at the top level of the document")?;
    element.text.push_str(text);
    Ok(())
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), String> {
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    } else if root.replace(element).is_some() {
        return Err("Only one top level element is allowed".to_owned());
    }
    Ok(())
}

fn read_start(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element::new(start.name().0);
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?;
        element
            .attributes
            .push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_writing_and_reading() {
        let name = "Суп «Тест» & \"сыр\" <б/о> 'x'";
        let written = Element::new("A")
            .child(Element::new("B").with("name", name))
            .document();
        let read = parse(&written).unwrap();
        assert_eq!(read.first("B").unwrap().attribute("name"), Some(name));
    }

    #[test]
    fn broken_documents_are_refused() {
        for document in [
            "",
            "<A>",
            "<A><B></A></B>",
            "<A/><A/>",
            "<A x='1' x='2'/>",
            "text",
            "<!DOCTYPE a><A/>",
            "</A>",
            "<A x='&unknown;'/>",
        ] {
            assert!(parse(document).is_err(), "{document}");
        }
        assert!(parse(&"<A>".repeat(40)).is_err());
    }

    #[test]
    fn comments_are_ignored_and_text_is_noticed() {
        let read = parse("<?xml version='1.0'?><!-- c --><A><!-- c --><B>x</B> </A>").unwrap();
        assert_eq!(read.text, "");
        assert_eq!(read.first("B").unwrap().text, "x");
    }
}
