//! XML in and out: a document that is either whole or an error, and one way to write attributes.
//!
//! A document keeps its text once; its elements are places in it, so that a list of thousands of
//! orders is read within a frame of the screen. The stock reader takes a document that ends in the middle, two roots, or any root name without
//! a word; all of that is refused here, since an answer about money is whole or it is none. What
//! r_keeper may add from version to version (elements, attributes, their order) is kept and harms
//! nobody.

mod attributes;
mod encoding;
mod read;
#[cfg(test)]
mod tests;
mod tree;
mod write;

use thiserror::Error;

pub(super) use read::parse;
pub use tree::Element;
pub(super) use tree::Tree;
pub(super) use write::{Document, escaped};

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
    /// Neither UTF-8 nor, by its own word, windows-1251.
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
