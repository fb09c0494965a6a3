//! Lists that the server gives page by page, with a cursor: read to their end, or not at all. A page
//! that is read twice, or a list that is left in the middle, would be sums that look right.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::lime::fields::{self, FieldError, Object};
use crate::payment::ports::ReadError;
use crate::payment::reason::{Problem, Reason, Server};

use super::client::Holds;

/// Pages that one report asks for at most.
const PAGES_MAX: usize = 1_000;
/// Rows that one report has at most.
const ROWS_MAX: usize = 250_000;

/// What one report may still ask for.
pub(super) struct Budget {
    pub(super) pages: usize,
    pub(super) rows: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            pages: PAGES_MAX,
            rows: ROWS_MAX,
        }
    }
}

/// One page: its rows, what stands beside them, and where the next page begins.
pub(super) struct Page<T, B> {
    rows: Vec<T>,
    beside: B,
    next: Option<String>,
}

impl Holds {
    /// The rows of all pages, and what stands beside those of the last one.
    pub(super) fn pages<T, B>(
        &self,
        path: &str,
        fixed: &[(&str, &str)],
        budget: &mut Budget,
        parse: impl Fn(Option<&RawValue>) -> Result<Page<T, B>, FieldError>,
    ) -> Result<(Vec<T>, B), ReadError> {
        let mut rows = Vec::new();
        let mut cursors = BTreeSet::new();
        let mut cursor: Option<String> = None;
        loop {
            let Some(pages) = budget.pages.checked_sub(1) else {
                let words = format!("the report has more than {PAGES_MAX} pages");
                return Err(not_understood(&words));
            };
            budget.pages = pages;
            let mut query = fixed.to_vec();
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let outcome = self.get(path, &query);
            let page = self.judge().read(outcome, &parse)?;
            let Some(left) = budget.rows.checked_sub(page.rows.len()) else {
                let words = format!("the report has more than {ROWS_MAX} rows");
                return Err(not_understood(&words));
            };
            budget.rows = left;
            rows.extend(page.rows);
            let Some(next) = page.next else {
                return Ok((rows, page.beside));
            };
            // Its pages would be read over and over, and their rows counted as often.
            if !cursors.insert(next.clone()) {
                return Err(not_understood(
                    "the report's pages go round: `next` is a page that was read already",
                ));
            }
            cursor = Some(next);
        }
    }
}

/// That the report of the server cannot be believed.
pub(super) fn not_understood(words: &str) -> ReadError {
    ReadError::Failed(Problem::of(
        Server::Lime,
        Reason::AnswerNotUnderstood,
        words,
    ))
}

/// One page of such a list: each row, and what stands beside them.
pub(super) fn page<T, B>(
    answer: Option<&RawValue>,
    parse: impl Fn(&Object<'_>) -> Result<T, FieldError>,
    beside: impl Fn(&Object<'_>) -> Result<B, FieldError>,
) -> Result<Page<T, B>, FieldError> {
    let raw = answer.ok_or(FieldError::Missing("rows"))?;
    let object = Object::new("page", raw)?;
    let mut rows = Vec::new();
    for raw in fields::list("rows", object.get("rows"))? {
        rows.push(parse(&Object::new("row", raw)?)?);
    }
    Ok(Page {
        rows,
        beside: beside(&object)?,
        next: object.get("next").and_then(fields::text),
    })
}
