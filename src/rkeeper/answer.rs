//! What came back: both shapes of r_keeper's answers made one.
//!
//! A query with one `RK7CMD` is answered flat: the root holds everything. Queries with `RK7Command`
//! or `RK7Command2` are answered with a `CommandResult` per command, the latter with the request
//! echoed in `SourceCommand`. Which way is asked is a setting (`form`); every answer is read.

use thiserror::Error;

use crate::domain::text::clean;

use super::xml::{self, Element, Tree, XmlError};

/// Root of every answer.
const ROOT: &str = "RK7QueryResult";

/// What holds the answer to one command, where the answer is not flat.
const COMMAND: &str = "CommandResult";

/// Why an answer is not one to our question.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Not a whole document.
    #[error("{0}")]
    Xml(#[from] XmlError),
    /// An element or attribute that is needed is not there.
    #[error("{element} has no {what}")]
    Missing {
        /// Where.
        element: String,
        /// Which.
        what: &'static str,
    },
    /// An attribute that cannot be read.
    #[error("{element}/@{attribute} is \"{value}\"")]
    Wrong {
        /// Where.
        element: String,
        /// Which.
        attribute: &'static str,
        /// As r_keeper wrote it, cleaned.
        value: String,
    },
    /// More results than commands.
    #[error("one command was sent and {0} results came")]
    Results(usize),
    /// An answer to something else.
    #[error("{wanted} was asked and {found} answered")]
    Other {
        /// Command or order asked for.
        wanted: String,
        /// Command or order answered.
        found: String,
    },
}

/// `Status` of an answer. The words are the same from 2021 to 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done. Not a proof that every attribute was understood.
    Ok,
    /// Nothing changed since the version given.
    NoChanges,
    /// Begun, not finished.
    ExecutionStarted,
    /// The query was not understood, so nothing was done.
    QueryParseError,
    /// The query's parameters are wrong, so nothing was done.
    BadQueryParameters,
    /// Something failed on the way.
    QueryExecutingError,
    /// It was done, but the answer could not be written.
    ResultWritingError,
    /// A word that is not in the schema.
    Unheard,
}

impl Status {
    fn of(text: &str) -> Self {
        match text {
            "Ok" => Self::Ok,
            "No changes" => Self::NoChanges,
            "Execution Started" => Self::ExecutionStarted,
            "Query Parse Error" => Self::QueryParseError,
            "Bad Query Parameters" => Self::BadQueryParameters,
            "Query Executing Error" => Self::QueryExecutingError,
            "Result Writing Error" => Self::ResultWritingError,
            _ => Self::Unheard,
        }
    }
}

/// What r_keeper says went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which kind. [`Status::Ok`] where an error number contradicts it.
    pub status: Status,
    /// `RK7ErrorN`.
    pub number: Option<u32>,
    /// `Component` of every error of the stack: `Printer`, `Rights`, …
    pub components: Vec<String>,
    /// `ErrorText` and the texts of the stack, cleaned.
    pub text: String,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryResult {
    tree: Tree,
    status: Status,
}

/// Reads an answer. `Ok` means that it is one whole answer of r_keeper, not that r_keeper did what
/// was asked.
pub fn parse_answer(bytes: &[u8]) -> Result<QueryResult, AnswerError> {
    let tree = xml::parse(bytes, ROOT)?;
    let root = tree.root();
    let results = root.all(COMMAND).count();
    if results > 1 {
        return Err(AnswerError::Results(results));
    }
    let statuses: Vec<Status> = root
        .child(COMMAND)
        .into_iter()
        .chain([root])
        .filter_map(|element| element.attribute("Status"))
        .map(Status::of)
        .collect();
    // The worse of the two, where the command and the query disagree.
    let status = statuses
        .iter()
        .find(|&&status| status != Status::Ok)
        .or(statuses.first())
        .copied()
        .ok_or_else(|| AnswerError::Missing {
            element: ROOT.to_owned(),
            what: "Status",
        })?;
    Ok(QueryResult { tree, status })
}

impl QueryResult {
    /// Its status.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The element that holds what was asked for.
    pub fn payload(&self) -> Element<'_> {
        let root = self.tree.root();
        root.child(COMMAND).unwrap_or(root)
    }

    /// An attribute of the answer; in the flat shape they are the root's.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.holder(name)?.attribute(name)
    }

    /// The element that has that attribute of the answer, not empty.
    pub(super) fn holder(&self, name: &str) -> Option<Element<'_>> {
        self.elements()
            .find(|element| element.attribute(name).is_some_and(|it| !it.is_empty()))
    }

    /// Fails where this is the answer to another command.
    pub fn answers(&self, command: &str) -> Result<(), AnswerError> {
        match self.attribute("CMD") {
            Some(found) if found != command => Err(AnswerError::Other {
                wanted: command.to_owned(),
                found: clean(found),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// What went wrong; `None` where nothing did.
    pub fn failure(&self) -> Option<Failure> {
        let texts: Vec<String> = self
            .elements()
            .filter_map(|element| element.label("ErrorText"))
            .chain(self.errors().flat_map(words))
            .filter(|text| !text.is_empty())
            .fold(Vec::new(), |mut texts, text| {
                if !texts.contains(&text) {
                    texts.push(text);
                }
                texts
            });
        let text = clean(&texts.join("; "));
        let number = self
            .elements()
            .chain(self.errors())
            .filter_map(|element| element.attribute("RK7ErrorN")?.parse().ok())
            .find(|&number| number != 0)
            .or_else(|| number_in(&text));
        let fine = matches!(self.status, Status::Ok | Status::NoChanges);
        if fine && number.is_none() {
            return None;
        }
        Some(Failure {
            status: self.status,
            number,
            components: self
                .errors()
                .filter_map(|error| error.label("Component"))
                .collect(),
            text,
        })
    }

    fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        let root = self.tree.root();
        root.child(COMMAND).into_iter().chain([root])
    }

    /// The stack of errors: `Errors/Error`, or a single `Error`.
    fn errors(&self) -> impl Iterator<Item = Element<'_>> {
        self.elements().flat_map(|element| {
            element
                .all("Errors")
                .flat_map(|errors| errors.all("Error"))
                .chain(element.all("Error"))
        })
    }
}

/// The elements of a `SaveOrder` of ours: what it may dislike.
const SENT: [&str; 6] = [
    "LicenseInfo",
    "Order",
    "Session",
    "Station",
    "Prepay",
    "Reason",
];

/// What one error of the stack says: its text, or that of `SaveOrder` with the names of what it
/// disliked. The offending markup itself is not repeated: it may hold a card number.
fn words(error: Element<'_>) -> impl Iterator<Item = String> + use<> {
    let disliked = error.child("FaultyTag").map(|tag| {
        let names = tag.children().map(Element::name);
        let names: Vec<&str> = names.filter(|name| SENT.contains(name)).collect();
        if names.is_empty() {
            String::new()
        } else {
            clean(&format!("<{}>", names.join(">, <")))
        }
    });
    [
        error.label("ErrorText"),
        Some(clean(&error.text())),
        disliked,
    ]
    .into_iter()
    .flatten()
}

/// `UCSERR(2172): …`, as some answers name the number only in the text.
fn number_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("UCSERR(")?;
    rest.split_once(')')?.0.parse().ok()
}
