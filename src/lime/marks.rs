//! Whose check an answer shows.
//!
//! Lime gives the next check id to whoever asks; nothing promises that two cash desks, or two tills
//! at one, are not given the same. So a check with our id is ours only by what it carries: the
//! references of its payments, which name this payment.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::payment::sale::PaymentId;

const REFERENCE: &str = "transactionReference";

/// What the references of a stored check say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// All of ours are there.
    Ours,
    /// None of ours is there, and one names another payment of a program like this one.
    Anothers,
    /// The answer shows none.
    NotShown,
    /// Some of ours, or others that say nothing: Lime may write references anew, or another program
    /// may have posted the check. Nobody can be sure.
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
    } else if ours.is_disjoint(&theirs) && !payments(&theirs).is_subset(&payments(&ours)) {
        Whose::Anothers
    } else {
        Whose::Unclear
    }
}

/// The payments that references name.
fn payments(references: &BTreeSet<String>) -> BTreeSet<PaymentId> {
    let is_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    references
        .iter()
        .flat_map(|reference| reference.split(|c| !is_id(c)))
        .filter_map(|word| word.parse().ok())
        .collect()
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

    const US: &str = "01a210bc-796d-766e-9f25-784e06470d5a";
    const RIVAL: &str = "01a210bc-0000-7000-8000-000000000001";

    fn check(references: &[&str]) -> String {
        let payments: Vec<String> = references
            .iter()
            .map(|reference| format!("{{\"transactionReference\":\"{reference}\"}}"))
            .collect();
        format!(
            "{{\"entries\":[{{\"payments\":[{}]}}]}}",
            payments.join(",")
        )
    }

    #[test]
    fn a_check_is_ours_by_what_it_carries() {
        let ours = [format!("9001;1;{US}/1"), format!("9002;2;{US}/2")];
        let body = check(&[&ours[0], &ours[1]]);
        for (answer, who) in [
            (body.clone(), Whose::Ours),
            (check(&[&ours[0]]), Whose::Unclear),
            (check(&[&format!("9001;1;{RIVAL}/1")]), Whose::Anothers),
            (
                check(&[&ours[0], &format!("9001;1;{RIVAL}/1")]),
                Whose::Unclear,
            ),
            // Cut, or written anew by Lime: it may be ours all the same.
            (check(&["9001;1"]), Whose::Unclear),
            (check(&[&ours[0][..20]]), Whose::Unclear),
            (check(&["TX-100500"]), Whose::Unclear),
            (
                r#"{"check":{"id":7},"entries":[]}"#.to_owned(),
                Whose::NotShown,
            ),
            (
                r#"{"payments":[{"transactionReference":null}]}"#.to_owned(),
                Whose::NotShown,
            ),
            ("rubbish".to_owned(), Whose::NotShown),
        ] {
            assert_eq!(whose(&answer, body.as_bytes()), who, "{answer}");
        }
    }
}
