//! Reading: from bytes to a whole document, or to the reason why they are none.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::attributes::{Attributes, renewed};
use super::encoding::text_of;
use super::tree::{Link, NONE, Node, Span, Tree};
use super::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, XmlError};

/// About what an element takes in r_keeper's lists, its attributes and children included: room is
/// made for that many at once.
const BYTES_PER_ELEMENT: usize = 64;
/// The same of an attribute.
const BYTES_PER_ATTRIBUTE: usize = 20;

/// The whole document, whose root must have this name.
pub(in crate::rkeeper) fn parse(bytes: &[u8], root: &'static str) -> Result<Tree, XmlError> {
    let text = text_of(bytes)?;
    let text = text.as_ref();
    let mut reader = Reader::from_str(text);
    // A raw `&` in a text harms nobody; in an attribute it stays an error.
    reader.config_mut().allow_dangling_amp = true;
    let mut growing = Growing::new(root, text);
    loop {
        let from = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Eof) => return growing.finish(),
            Ok(event) => growing.take(event, from)?,
            Err(error) => return Err(XmlError::Malformed(error.to_string())),
        }
    }
}

/// An element that has not ended yet.
struct Open {
    at: Link,
    last_child: Link,
}

/// The document while it grows.
struct Growing<'a> {
    wanted: &'static str,
    text: &'a str,
    renewed: String,
    nodes: Vec<Node>,
    attributes: Vec<(Span, Span)>,
    pieces: Vec<(Link, Span)>,
    open: Vec<Open>,
    begun: bool,
}

impl<'a> Growing<'a> {
    fn new(wanted: &'static str, text: &'a str) -> Self {
        Self {
            wanted,
            text,
            renewed: String::new(),
            nodes: Vec::with_capacity(text.len() / BYTES_PER_ELEMENT),
            attributes: Vec::with_capacity(text.len() / BYTES_PER_ATTRIBUTE),
            pieces: Vec::new(),
            open: Vec::new(),
            begun: false,
        }
    }

    /// An event, and where it begins.
    fn take(&mut self, event: Event<'_>, from: u64) -> Result<(), XmlError> {
        match event {
            Event::Start(start) => {
                let at = self.element(&start, from)?;
                self.open.push(Open {
                    at,
                    last_child: NONE,
                });
            }
            Event::Empty(start) => {
                self.element(&start, from)?;
            }
            Event::End(_) => {
                // The reader has compared the names.
                self.open.pop().ok_or(XmlError::AfterRoot)?;
            }
            Event::Text(text) => self.own_text(&text.xml10_content())?,
            Event::CData(text) => self.own_text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let text = resolve(&reference)?;
                self.own_text(&text)?;
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

    fn element(&mut self, start: &BytesStart<'_>, from: u64) -> Result<Link, XmlError> {
        let name = start.name();
        let name: &str = name.as_ref();
        if self.open.is_empty() {
            if !self.nodes.is_empty() {
                return Err(XmlError::AfterRoot);
            }
            if name != self.wanted {
                return Err(XmlError::Root {
                    wanted: self.wanted,
                    found: crate::domain::text::clean(name),
                });
            }
        }
        if self.open.len() >= DEPTH_MAX || self.nodes.len() >= ELEMENTS_MAX {
            return Err(XmlError::TooLarge);
        }
        // Behind the `<`.
        let inside = usize::try_from(from)
            .ok()
            .and_then(|from| from.checked_add(1))
            .ok_or(XmlError::TooLarge)?;
        let attributes_from = place(self.attributes.len())?;
        self.read_attributes(start, inside)?;
        let at = place(self.nodes.len())?;
        self.nodes.push(Node {
            name: Span::of(inside, name.len())?,
            attributes_from,
            attributes_to: place(self.attributes.len())?,
            first_child: NONE,
            next: NONE,
        });
        self.hang(at);
        Ok(at)
    }

    /// A node behind its elder sister, or below its parent.
    fn hang(&mut self, at: Link) {
        let Some(parent) = self.open.last_mut() else {
            return;
        };
        let elder = std::mem::replace(&mut parent.last_child, at);
        let holder = if elder == NONE { parent.at } else { elder };
        let holder = usize::try_from(holder).ok();
        if let Some(node) = holder.and_then(|holder| self.nodes.get_mut(holder)) {
            if elder == NONE {
                node.first_child = at;
            } else {
                node.next = at;
            }
        }
    }

    fn read_attributes(&mut self, start: &BytesStart<'_>, inside: usize) -> Result<(), XmlError> {
        let tag: &str = start;
        let name = start.name();
        let name: &str = name.as_ref();
        let first = self.attributes.len();
        let mut found = Attributes::of(tag, name.len());
        while let Some(attribute) = found.next() {
            let attribute = attribute?;
            let key = tag.get(attribute.name.clone()).unwrap_or_default();
            let raw = tag.get(attribute.value.clone()).unwrap_or_default();
            let own = self.attributes.get(first..).unwrap_or_default();
            if own.len() >= ATTRIBUTES_MAX {
                return Err(XmlError::TooLarge);
            }
            if own.iter().any(|&(other, _)| self.is_named(other, key)) {
                return Err(XmlError::Twice(name.to_owned()));
            }
            let value = if attribute.plain {
                Span::of(behind(inside, attribute.value.start)?, raw.len())?
            } else {
                self.renew(&renewed(key, raw)?)?
            };
            let key = Span::of(behind(inside, attribute.name.start)?, key.len())?;
            self.attributes.push((key, value));
        }
        Ok(())
    }

    fn is_named(&self, span: Span, name: &str) -> bool {
        span.length() == name.len() && span.of_text(self.text.as_bytes()) == Some(name.as_bytes())
    }

    /// Keeps what differs from the document's own text.
    fn renew(&mut self, text: &str) -> Result<Span, XmlError> {
        let kept = Span::of(self.renewed.len(), text.len())?;
        self.renewed.push_str(text);
        Ok(kept.renewed())
    }

    fn own_text(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last() {
            Some(open) => {
                let at = open.at;
                // Between tags most documents have nothing, or what only looks well.
                if !text.is_empty() {
                    let kept = self.renew(text)?;
                    self.pieces.push((at, kept));
                }
            }
            None if text.trim().is_empty() => {}
            None if !self.nodes.is_empty() => return Err(XmlError::AfterRoot),
            None => return Err(XmlError::Malformed("it begins with text".to_owned())),
        }
        Ok(())
    }

    fn finish(self) -> Result<Tree, XmlError> {
        let tree = Tree {
            text: self.text.into(),
            renewed: self.renewed,
            nodes: self.nodes,
            attributes: self.attributes,
            pieces: self.pieces,
        };
        match self.open.last() {
            Some(open) => Err(XmlError::Cut(tree.name_of(open.at))),
            None if tree.nodes.is_empty() => Err(XmlError::Cut(self.wanted.to_owned())),
            None => Ok(tree),
        }
    }
}

fn place(index: usize) -> Result<u32, XmlError> {
    u32::try_from(index).map_err(|_| XmlError::TooLarge)
}

fn behind(inside: usize, offset: usize) -> Result<usize, XmlError> {
    inside.checked_add(offset).ok_or(XmlError::TooLarge)
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
