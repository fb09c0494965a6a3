//! A whole document and its elements.

use std::fmt;
use std::ops::Range;

use super::XmlError;

/// A piece of a document: of its text as it came, or of what had to be written anew because of
/// references or line breaks. Small, since a long list has hundreds of thousands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    /// The highest bit: it is written anew.
    length: u32,
}

/// The mark of what is written anew.
const RENEWED: u32 = 1 << 31;

impl Span {
    /// So many bytes of the text from there.
    pub(super) fn of(start: usize, length: usize) -> Result<Self, XmlError> {
        let start = u32::try_from(start).map_err(|_| XmlError::TooLarge)?;
        let length = u32::try_from(length).map_err(|_| XmlError::TooLarge)?;
        if length & RENEWED != 0 {
            return Err(XmlError::TooLarge);
        }
        Ok(Self { start, length })
    }

    /// The same of what is written anew.
    pub(super) const fn renewed(self) -> Self {
        Self {
            length: self.length | RENEWED,
            ..self
        }
    }

    /// How many bytes.
    pub(super) fn length(self) -> usize {
        usize::try_from(self.length & !RENEWED).unwrap_or(usize::MAX)
    }

    fn range(self) -> Range<usize> {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        start..start.saturating_add(self.length())
    }

    /// Its bytes, where it is one of the text.
    pub(super) fn of_text(self, text: &[u8]) -> Option<&[u8]> {
        (self.length & RENEWED == 0)
            .then(|| text.get(self.range()))
            .flatten()
    }
}

/// Index of a node; [`NONE`] for none.
pub(super) type Link = u32;

/// No node.
pub(super) const NONE: Link = Link::MAX;

/// An element's place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub name: Span,
    /// First of its attributes in [`Tree::attributes`].
    pub attributes_from: u32,
    /// One behind the last.
    pub attributes_to: u32,
    pub first_child: Link,
    pub next: Link,
}

/// A whole document. The first node is its root.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::rkeeper) struct Tree {
    /// As it came, without a byte order mark.
    pub(super) text: Box<str>,
    /// What differs from the text: values with references in them.
    pub(super) renewed: String,
    pub(super) nodes: Vec<Node>,
    /// Names and values of all elements, one after the other.
    pub(super) attributes: Vec<(Span, Span)>,
    /// Text and CDATA by element, in the order of the document.
    pub(super) pieces: Vec<(Link, Span)>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root().fmt(f)
    }
}

impl Tree {
    /// The outermost element.
    pub(in crate::rkeeper) const fn root(&self) -> Element<'_> {
        Element { tree: self, at: 0 }
    }

    /// Name of a node, also of one that has not ended.
    pub(super) fn name_of(&self, at: Link) -> String {
        Element { tree: self, at }.name().to_owned()
    }

    fn piece(&self, span: Span) -> &str {
        let text = if span.length & RENEWED == 0 {
            &*self.text
        } else {
            &self.renewed
        };
        // Spans are made of this very text.
        text.get(span.range()).unwrap_or_default()
    }

    /// Whether a name, never written anew, is this one.
    fn says(&self, span: Span, name: &str) -> bool {
        span.length() == name.len() && span.of_text(self.text.as_bytes()) == Some(name.as_bytes())
    }

    fn node(&self, at: Link) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?)
    }
}

/// An element of a document, with everything in it: a place, as cheap to copy as a pointer.
///
/// Its `Debug` shows no values: they may be card numbers.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    tree: &'a Tree,
    at: Link,
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.name())?;
        f.debug_list().entries(self.children()).finish()
    }
}

impl<'a> Element<'a> {
    /// Its name, prefix included.
    pub fn name(self) -> &'a str {
        let node = self.tree.node(self.at);
        node.map_or("", |node| self.tree.piece(node.name))
    }

    /// Where its attributes are kept.
    fn spans(self) -> &'a [(Span, Span)] {
        let own = self.tree.node(self.at).and_then(|node| {
            let from = usize::try_from(node.attributes_from).ok()?;
            let to = usize::try_from(node.attributes_to).ok()?;
            self.tree.attributes.get(from..to)
        });
        own.unwrap_or_default()
    }

    /// Its attributes, in their order; no name twice.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let spans = self.spans().iter();
        spans.map(move |&(name, value)| (self.tree.piece(name), self.tree.piece(value)))
    }

    /// The value of an attribute.
    pub fn attribute(self, name: &str) -> Option<&'a str> {
        let mut spans = self.spans().iter();
        // Most differ in length already.
        let (_, value) = spans.find(|(own, _)| self.tree.says(*own, name))?;
        Some(self.tree.piece(*value))
    }

    fn is_named(self, name: &str) -> bool {
        let node = self.tree.node(self.at);
        node.is_some_and(|node| self.tree.says(node.name, name))
    }

    /// Its children in their order.
    pub fn children(self) -> impl Iterator<Item = Element<'a>> {
        let tree = self.tree;
        let link = |at: Link| tree.node(at).map(|node| (at, node));
        let first = link(self.at).and_then(|(_, node)| link(node.first_child));
        std::iter::successors(first, move |(_, node)| link(node.next))
            .map(move |(at, _)| Element { tree, at })
    }

    /// The children of that name.
    pub fn all(self, name: &str) -> impl Iterator<Item = Element<'a>> {
        self.children().filter(move |child| child.is_named(name))
    }

    /// The first child of that name.
    pub fn child(self, name: &str) -> Option<Element<'a>> {
        self.children().find(|child| child.is_named(name))
    }

    /// Its own text and CDATA, without that of the children.
    pub fn text(self) -> String {
        let pieces = self.tree.pieces.iter();
        pieces
            .filter(|(at, _)| *at == self.at)
            .map(|&(_, span)| self.tree.piece(span))
            .collect()
    }
}
