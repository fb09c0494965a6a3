//! Which numbers are printed on the site's cards, as its server says it.

use regex_lite::Regex;

use crate::domain::CardNumber;

/// Longest expression that is looked at.
const EXPRESSION_CHARS_MAX: usize = 200;

/// `printed_number_regex` of the capabilities. Compared are the expressions, as they were written.
#[derive(Clone, Debug)]
pub struct PrintedNumbers(Option<Regex>);

impl PrintedNumbers {
    /// What a whole number must be. An expression that is missing, or that this program cannot read,
    /// forbids nothing: the server looks for the number itself.
    pub(super) fn of(expression: Option<&str>) -> Self {
        let expression = expression.filter(|text| !text.is_empty());
        let readable = expression
            .filter(|text| text.chars().count() <= EXPRESSION_CHARS_MAX)
            .and_then(|text| Regex::new(&format!("^(?:{text})$")).ok());
        if readable.is_none() && expression.is_some() {
            tracing::warn!("printed_number_regex of the server of holds cannot be read");
        }
        Self(readable)
    }

    /// Whether a card may have this number.
    pub fn allow(&self, number: &CardNumber) -> bool {
        let rule = self.0.as_ref();
        rule.is_none_or(|rule| rule.is_match(number.as_str()))
    }
}

impl PartialEq for PrintedNumbers {
    fn eq(&self, other: &Self) -> bool {
        let text = |own: &Self| own.0.as_ref().map(|rule| rule.as_str().to_owned());
        text(self) == text(other)
    }
}

impl Eq for PrintedNumbers {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_number_must_fit() {
        for (expression, number, fits) in [
            (None, "1", true),
            (Some(""), "1", true),
            (Some("[0-9]{6}"), "100038", true),
            (Some("^[0-9]{6}$"), "100038", true),
            (Some("[0-9]{6}"), "1000381", false),
            (Some("[0-9]{6}|A-[0-9]+"), "A-7", true),
            (Some("[0-9]{6}|A-[0-9]+"), "B-7", false),
            // What cannot be read forbids nothing.
            (Some("[0-9"), "1", true),
            (Some(&"x".repeat(201)), "1", true),
        ] {
            let number = CardNumber::new(number).unwrap();
            assert_eq!(
                PrintedNumbers::of(expression).allow(&number),
                fits,
                "{expression:?}"
            );
        }
        let of = |text| PrintedNumbers::of(Some(text));
        assert_eq!(of("[0-9]"), of("[0-9]"));
        assert_ne!(of("[0-9]"), of("[0-8]"));
    }
}
