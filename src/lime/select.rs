//! What Lime has: installations, cash desks, kinds of goods. Read to see that the settings name
//! things that exist; no payment needs it.
//!
//! Lists come in pages (`page {skip, take}`, answer `{data: […]}`). A server may give fewer rows than
//! asked, all of them at once, or always the same: the end is where a page brings nothing new.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::payment::ports::ReadError;

use super::client::Lime;
use super::fields::{self, FieldError, Object};

/// Rows that one page is asked for.
const TAKE: usize = 200;
/// Pages of one list, and rows of one page, that are read at most.
const PAGES_MAX: usize = 50;
const PAGE_ROWS_MAX: usize = 10_000;

/// A list of Lime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Resorts.
    Installations,
    /// Cash desks of all of them.
    Cashdesks,
    /// Kinds of accounts and everything that is sold.
    GoodTypes,
}

impl List {
    const fn method(self) -> &'static str {
        match self {
            Self::Installations => "Installations/Select",
            Self::Cashdesks => "Cashdesks/Select",
            Self::GoodTypes => "GoodTypes/Select",
        }
    }
}

/// A list as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Names by id; a name may be empty.
    pub names: BTreeMap<i64, String>,
    /// Nothing is missing.
    pub whole: bool,
}

/// One page.
struct Read {
    names: Vec<(i64, String)>,
    /// Rows in it, those that say no id among them.
    count: usize,
}

#[derive(Serialize)]
struct Question {
    filter: Filter,
    page: Page,
}

/// Everything.
#[derive(Serialize)]
struct Filter {}

#[derive(Serialize)]
struct Page {
    skip: usize,
    take: usize,
}

impl Lime {
    /// A whole list; each row once.
    pub fn rows(&self, list: List) -> Result<Rows, ReadError> {
        let mut names = BTreeMap::new();
        let (mut skip, mut holes) = (0, false);
        for _ in 0..PAGES_MAX {
            let question = Question {
                filter: Filter {},
                page: Page { skip, take: TAKE },
            };
            let outcome = self.post(list.method(), &question);
            let page = self.judge().read(outcome, page_of)?;
            let known = names.len();
            holes |= page.names.len() < page.count;
            skip += page.count;
            names.extend(page.names);
            if names.len() == known {
                // A page of exactly so many rows, over and over: there may be more behind it.
                let ended = page.count == 0 || known != TAKE;
                let whole = ended && !holes;
                return Ok(Rows { names, whole });
            }
        }
        let whole = false;
        Ok(Rows { names, whole })
    }
}

/// Rows of which one says no id do not spoil the others.
fn page_of(answer: Option<&RawValue>) -> Result<Read, FieldError> {
    let answer = answer.ok_or(FieldError::Missing("answer"))?;
    let object = Object::new("answer", answer)?;
    let data = object.get("data").ok_or(FieldError::Missing("data"))?;
    let rows = fields::list_of("data", Some(data), PAGE_ROWS_MAX)?;
    let count = rows.len();
    let rows: Vec<Result<_, FieldError>> = rows.into_iter().map(row).collect();
    if rows.iter().any(Result::is_ok) || rows.is_empty() {
        let names = rows.into_iter().flatten().collect();
        return Ok(Read { names, count });
    }
    let names: Result<Vec<_>, FieldError> = rows.into_iter().collect();
    names.map(|names| Read { names, count })
}

fn row(row: &RawValue) -> Result<(i64, String), FieldError> {
    let row = Object::new("data", row)?;
    let id = fields::id("data.id", row.get("id"))?;
    Ok((id, row.label("name").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::lime::stub::{self, Act, Server, answer};
    use crate::payment::reason::Reason;

    fn page(ids: std::ops::Range<usize>) -> Act {
        let rows: Vec<String> = ids
            .map(|id| format!("{{\"id\":{},\"name\":\"n{id}\",\"odd\":[null]}}", id + 1))
            .collect();
        answer(200, &format!("{{\"data\":[{}]}}", rows.join(",")))
    }

    fn read(script: Vec<Act>) -> (Result<Rows, ReadError>, Vec<String>) {
        let server = Server::start(script);
        let now = date(2024, 3, 5).at(13, 15, 0, 0);
        let lime = Lime::new(stub::settings(&server.base), Box::new(move || now)).unwrap();
        let rows = lime.rows(List::GoodTypes);
        let requests = server.requests();
        let bodies = requests
            .iter()
            .map(|own| String::from_utf8_lossy(&own.body).into_owned());
        (rows, bodies.collect())
    }

    fn asked(skips: &[usize]) -> Vec<String> {
        let of = |skip| format!(r#"{{"filter":{{}},"page":{{"skip":{skip},"take":200}}}}"#);
        skips.iter().map(of).collect()
    }

    #[test]
    fn all_pages_are_read() {
        let script = vec![page(0..200), page(200..400), page(400..417), page(0..0)];
        let (rows, bodies) = read(script);
        let rows = rows.unwrap();
        assert_eq!((rows.names.len(), rows.whole), (417, true));
        assert_eq!(rows.names[&417], "n416");
        assert_eq!(bodies, asked(&[0, 200, 400, 417]));
    }

    #[test]
    fn servers_that_page_in_their_own_way() {
        for (what, script, count, whole, skips) in [
            ("nothing", vec![page(0..0)], 0, true, &[0][..]),
            (
                "fewer than asked",
                vec![page(0..50), page(50..80), page(0..0)],
                80,
                true,
                &[0, 50, 80],
            ),
            (
                "all at once, whatever is asked",
                vec![page(0..3_000), page(0..3_000)],
                3_000,
                true,
                &[0, 3_000],
            ),
            (
                "few, whatever is asked",
                vec![page(0..7), page(0..7)],
                7,
                true,
                &[0, 7],
            ),
            (
                "always the first page",
                vec![page(0..200), page(0..200)],
                200,
                false,
                &[0, 200],
            ),
            (
                "rows that come twice",
                vec![page(0..200), page(190..390), page(380..390)],
                390,
                true,
                &[0, 200, 400],
            ),
        ] {
            let (rows, bodies) = read(script);
            let rows = rows.unwrap();
            assert_eq!((rows.names.len(), rows.whole), (count, whole), "{what}");
            assert_eq!(bodies, asked(skips), "{what}");
        }
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let script = (0..60).map(|number| page(number * 200..(number + 1) * 200));
        let (rows, bodies) = read(script.collect());
        let rows = rows.unwrap();
        assert_eq!((rows.names.len(), rows.whole), (PAGES_MAX * TAKE, false));
        assert_eq!(bodies.len(), PAGES_MAX);
    }

    #[test]
    fn a_row_that_says_no_id_does_not_spoil_the_others() {
        let odd = r#"{"data":[{"id":0,"name":"?"},{"id":7,"name":null},null,{"name":"x"}]}"#;
        let (rows, bodies) = read(vec![answer(200, odd), page(0..0)]);
        let names = BTreeMap::from([(7, String::new())]);
        assert_eq!(
            rows,
            Ok(Rows {
                names,
                whole: false
            })
        );
        assert_eq!(bodies, asked(&[0, 4]));
    }

    #[test]
    fn what_is_no_list_is_no_answer() {
        for (body, reason) in [
            ("null", Reason::AnswerNotUnderstood),
            ("[]", Reason::AnswerNotUnderstood),
            ("{}", Reason::AnswerNotUnderstood),
            (r#"{"data":null}"#, Reason::AnswerNotUnderstood),
            (r#"{"data":{}}"#, Reason::AnswerNotUnderstood),
            (r#"{"data":[7]}"#, Reason::AnswerNotUnderstood),
            (r#"{"data":[{"id":"7"}]}"#, Reason::AnswerNotUnderstood),
            (r#"{"data":[{"id":1.0}]}"#, Reason::AnswerNotUnderstood),
            ("<html>", Reason::AnswerNotUnderstood),
            ("", Reason::AnswerNotUnderstood),
            (r#"{"error":"NoRights"}"#, Reason::ServerRefused),
        ] {
            let (rows, _) = read(vec![answer(200, body)]);
            assert_eq!(rows.unwrap_err().problem().reason, reason, "{body}");
        }
        let (rows, _) = read(vec![page(0..PAGE_ROWS_MAX + 1)]);
        let error = rows.unwrap_err();
        assert!(error.to_string().contains("more than 10000"), "{error}");
    }
}
