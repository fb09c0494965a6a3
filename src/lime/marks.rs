//! Whose check an answer shows.
//!
//! Lime gives the next check id to whoever asks; nothing promises that two cash desks, or two tills
//! at one, are not given the same. So a check with our id is ours only by what it carries: the
//! references of its payments, which name this payment.

use std::collections::BTreeSet;

use serde_json::Value;

const REFERENCE: &str = "transactionReference";

/// What the references of a stored check say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// All of ours are there.
    Ours,
    /// There are references, and none has anything to do with ours.
    Anothers,
    /// The answer shows none.
    NotShown,
    /// Some of ours, or pieces of them: nobody can be sure.
    Unclear,
}

/// Compares the check that `answer` shows with the one that `body` asked for.
pub(super) fn whose(answer: &str, body: &[u8]) -> Whose {
    let ours = references(serde_json::from_slice(body).ok().as_ref());
    let theirs = references(serde_json::from_str(answer).ok().as_ref());
    if theirs.is_empty() || ours.is_empty() {
        Whose::NotShown
    } else if ours.is_subset(&theirs) {
        Whose::Ours
    } else if theirs
        .iter()
        .any(|shown| ours.iter().any(|own| related(own, shown)))
    {
        Whose::Unclear
    } else {
        Whose::Anothers
    }
}

/// Equal, or one the beginning of the other: a field of Lime may be shorter than what we send.
fn related(own: &str, shown: &str) -> bool {
    own.starts_with(shown) || shown.starts_with(own)
}

/// All references of a document, wherever they stand. Text only: no sum is read this way.
fn references(document: Option<&Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&Value> = document.into_iter().collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get(REFERENCE)
                    && !reference.is_empty()
                {
                    found.insert(reference.clone());
                }
                left.extend(fields.values());
            }
            Value::Array(elements) => left.extend(elements),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"entries":[{"payments":[{"transactionReference":"9001;1;a/1"},{"transactionReference":"9002;2;a/2"}]}]}"#;

    #[test]
    fn a_check_is_ours_by_what_it_carries() {
        for (answer, who) in [
            (BODY, Whose::Ours),
            (r#"{"check":{"id":7},"entries":[]}"#, Whose::NotShown),
            (
                r#"{"payments":[{"transactionReference":null}]}"#,
                Whose::NotShown,
            ),
            (
                r#"{"payments":[{"transactionReference":"9001;1;b/1"}]}"#,
                Whose::Anothers,
            ),
            (
                r#"{"payments":[{"transactionReference":"9001;1;a/1"}]}"#,
                Whose::Unclear,
            ),
            (
                r#"{"payments":[{"transactionReference":"9001;1"}]}"#,
                Whose::Unclear,
            ),
            ("rubbish", Whose::NotShown),
        ] {
            assert_eq!(whose(answer, BODY.as_bytes()), who, "{answer}");
        }
    }
}
