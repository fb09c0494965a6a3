//! The three elements that a command can come in. r_keeper answers each in its own shape; all are
//! read (see `answer`). A query of ours holds one command: what becomes of the others when one of
//! several fails is not documented, so a write is always alone.

/// Which element carries a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommandForm {
    /// `RK7CMD`: the oldest; every server and every command knows it. The answer is flat.
    #[default]
    Single,
    /// `RK7Command`: the answer has a `CommandResult`.
    Many,
    /// `RK7Command2`: beside it the request is echoed in the answer, which helps whoever reads
    /// r_keeper's logs. The vendor recommends it for new programs.
    ManyEchoed,
}

/// What the builders of `request` write.
const WRITTEN: &str = CommandForm::Single.element();

impl CommandForm {
    /// The element's name, which is also the word in the config.
    pub const fn element(self) -> &'static str {
        match self {
            Self::Single => "RK7CMD",
            Self::Many => "RK7Command",
            Self::ManyEchoed => "RK7Command2",
        }
    }

    /// The form of that name.
    pub fn named(element: &str) -> Option<Self> {
        [Self::Single, Self::Many, Self::ManyEchoed]
            .into_iter()
            .find(|form| form.element() == element)
    }

    /// The same query with its command in this form.
    pub(super) fn dress(self, query: Vec<u8>) -> Vec<u8> {
        if self == Self::Single {
            return query;
        }
        let Ok(text) = String::from_utf8(query) else {
            return Vec::new();
        };
        // Inside values `<` is written as an entity, so these are the tags themselves.
        text.replace(&format!("<{WRITTEN} "), &format!("<{} ", self.element()))
            .replace(&format!("</{WRITTEN}>"), &format!("</{}>", self.element()))
            .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::super::testing::guid;
    use super::*;

    #[test]
    fn a_query_is_the_same_in_every_form() {
        for form in [
            CommandForm::Single,
            CommandForm::Many,
            CommandForm::ManyEchoed,
        ] {
            let name = form.element();
            assert_eq!(CommandForm::named(name), Some(form));
            for (query, wanted) in [
                (
                    request::system_info(),
                    format!("<RK7Query><{name} CMD=\"GetSystemInfo2\"/></RK7Query>"),
                ),
                (
                    request::order(&guid()),
                    format!(
                        "<RK7Query><{name} CMD=\"GetOrder\"><Order guid=\"{}\"/></{name}></RK7Query>",
                        guid().0
                    ),
                ),
            ] {
                let text = String::from_utf8(form.dress(query)).unwrap();
                assert!(text.ends_with(&wanted), "{text}");
            }
        }
        assert_eq!(CommandForm::named("RK7Cmd"), None);
    }
}
