//! Attributes of r_keeper's answers, read strictly: money is whole kopecks, a quantity whole
//! thousandths, a flag `1`/`0` (`true`/`false` is seen too). An empty attribute is an absent one.

use jiff::civil::DateTime;

use crate::domain::text::clean;
use crate::domain::{Money, Quantity};

use super::answer::AnswerError;
use super::xml::Element;

impl<'a> Element<'a> {
    /// The value, where it is not empty.
    fn given(self, name: &str) -> Option<&'a str> {
        self.attribute(name).filter(|value| !value.is_empty())
    }

    /// The value, which must be there.
    pub(super) fn needed(self, name: &'static str) -> Result<&'a str, AnswerError> {
        self.given(name).ok_or_else(|| AnswerError::Missing {
            element: self.name().to_owned(),
            what: name,
        })
    }

    /// A whole number, which must be there.
    pub(super) fn integer(self, name: &'static str) -> Result<i64, AnswerError> {
        let text = self.needed(name)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        // `parse` alone would take a plus sign.
        let number = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse().ok());
        number.flatten().ok_or_else(|| self.wrong(name))
    }

    /// A sum, which must be there.
    pub(super) fn money(self, name: &'static str) -> Result<Money, AnswerError> {
        let kopecks = self.integer(name)?;
        if kopecks.unsigned_abs() > Money::CEILING.kopecks().unsigned_abs() {
            return Err(self.wrong(name));
        }
        Ok(Money::from_kopecks(kopecks))
    }

    /// A sum that is zero where it is absent.
    pub(super) fn money_or_zero(self, name: &'static str) -> Result<Money, AnswerError> {
        match self.given(name) {
            Some(_) => self.money(name),
            None => Ok(Money::ZERO),
        }
    }

    /// A quantity, which must be there.
    pub(super) fn quantity(self, name: &'static str) -> Result<Quantity, AnswerError> {
        self.integer(name).map(Quantity::from_thousandths)
    }

    /// A count of something that no sum depends on; one that cannot be read is none.
    pub(super) fn count(self, name: &str) -> Option<u32> {
        self.given(name)?.parse().ok()
    }

    /// A flag that is off where it is absent.
    pub(super) fn flag(self, name: &'static str) -> Result<bool, AnswerError> {
        match self.given(name) {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(self.wrong(name)),
        }
    }

    /// A text for people, cleaned; `None` where nothing is left of it.
    pub(super) fn label(self, name: &str) -> Option<String> {
        self.attribute(name)
            .map(clean)
            .filter(|text| !text.is_empty())
    }

    /// Name of a child that refers to something, or its code where r_keeper gives no name.
    pub(super) fn name_of(self, child: &str) -> Option<String> {
        let child = self.child(child)?;
        child.label("name").or_else(|| child.label("code"))
    }

    /// Local time of the till, for people; one that cannot be read is none.
    pub(super) fn time(self, name: &str) -> Option<DateTime> {
        self.given(name)?.parse().ok()
    }

    fn wrong(self, name: &'static str) -> AnswerError {
        AnswerError::Wrong {
            element: self.name().to_owned(),
            attribute: name,
            value: clean(self.attribute(name).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::{self, Tree};
    use super::*;

    fn tree(value: &str) -> Tree {
        xml::parse(format!("<E a='{value}'/>").as_bytes(), "E").unwrap()
    }

    #[test]
    fn numbers_are_whole_or_refused() {
        for (text, number) in [("0", 0), ("235000", 235_000), ("-5", -5), ("007", 7)] {
            assert_eq!(tree(text).root().integer("a"), Ok(number), "{text}");
        }
        for text in [
            "100.0",
            "1e2",
            "+1",
            " 1",
            "1 ",
            "--1",
            "-",
            "0x1",
            "1_000",
            "١",
            "9223372036854775808",
        ] {
            let error = tree(text).root().integer("a").unwrap_err().to_string();
            assert!(error.contains("E/@a"), "{error}");
        }
        assert_eq!(
            tree("1").root().integer("b").unwrap_err().to_string(),
            "E has no b"
        );
        assert_eq!(
            tree("").root().integer("a").unwrap_err().to_string(),
            "E has no a"
        );
    }

    #[test]
    fn sums_have_a_ceiling() {
        assert_eq!(tree("1000000000000").root().money("a"), Ok(Money::CEILING));
        assert!(tree("1000000000001").root().money("a").is_err());
        assert!(tree("-9223372036854775808").root().money("a").is_err());
        assert_eq!(tree("").root().money_or_zero("a"), Ok(Money::ZERO));
        assert!(tree("1.5").root().money_or_zero("a").is_err());
    }

    #[test]
    fn flags() {
        for (text, flag) in [
            ("1", true),
            ("0", false),
            ("true", true),
            ("false", false),
            ("", false),
        ] {
            assert_eq!(tree(text).root().flag("a"), Ok(flag), "{text}");
        }
        assert_eq!(tree("1").root().flag("b"), Ok(false));
        for text in ["yes", "2", "True", "-1"] {
            assert!(tree(text).root().flag("a").is_err(), "{text}");
        }
    }

    #[test]
    fn labels_are_cleaned_and_times_forgiven() {
        assert_eq!(
            tree("Суп&#10;1").root().label("a").as_deref(),
            Some("Суп 1")
        );
        assert_eq!(tree("&#x200b; ").root().label("a"), None);
        assert_eq!(
            tree("2024-03-05T13:15:00").root().time("a"),
            Some(jiff::civil::date(2024, 3, 5).at(13, 15, 0, 0))
        );
        for text in ["", "today", "2024-13-01T00:00:00"] {
            assert_eq!(tree(text).root().time("a"), None);
        }
    }
}
