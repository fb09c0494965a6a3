//! The envelope of every answer, in both shapes that r_keeper uses.

use jiff::civil::DateTime;

use super::errors;
use super::profile::{Habit, Profile};
use crate::sim::xml::Element;

/// Which element carried the command, and so which shape the answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `RK7CMD`: flattened into the root.
    Flat,
    /// `RK7Command`: one `CommandResult` each.
    Command,
    /// `RK7Command2`: with the request echoed in `SourceCommand`.
    Command2,
}

/// Status words of r_keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    NoChanges,
    ParseError,
    BadParameters,
    ExecutingError,
    WritingError,
    Started,
}

impl Status {
    pub(super) fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::Ok,
            Self::NoChanges,
            Self::ParseError,
            Self::BadParameters,
            Self::ExecutingError,
        ];
        all.into_iter().find(|own| own.word() == word)
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "Ok",
            Self::NoChanges => "No changes",
            Self::ParseError => "Query Parse Error",
            Self::BadParameters => "Bad Query Parameters",
            Self::ExecutingError => "Query Executing Error",
            Self::WritingError => "Result Writing Error",
            Self::Started => "Execution Started",
        }
    }
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: Status,
    pub number: Option<i64>,
    pub text: String,
    /// Where it failed, where that is said.
    pub component: Option<&'static str>,
}

impl Refusal {
    /// Refused by the rules of the trade, with r_keeper's number.
    pub fn numbered(number: i64, text: String) -> Self {
        Self {
            status: Status::ExecutingError,
            number: Some(number),
            text,
            component: None,
        }
    }

    /// Refused by the rules of the trade; the number is not known publicly.
    pub fn unnumbered(text: String) -> Self {
        Self {
            status: Status::ExecutingError,
            number: None,
            text,
            component: None,
        }
    }

    /// The request itself is wrong.
    pub fn parameters(text: String) -> Self {
        Self {
            status: Status::BadParameters,
            number: None,
            text,
            component: None,
        }
    }

    /// The answer to a command that says so, as this r_keeper says it.
    pub fn outcome(mut self, profile: &Profile, command: &Element) -> Outcome {
        if profile.has(Habit::English) {
            self.text = errors::english(&self);
        }
        let mut payload = Vec::new();
        let stacked = self.number.is_some() || self.component.is_some();
        if stacked && profile.version.has_error_stack() {
            let mut error = Element::new("Error");
            if let Some(number) = self.number {
                error = error.with("RK7ErrorN", number);
            }
            if let Some(component) = self.component {
                error = error.with("Component", component);
            }
            payload.push(if command.attribute("CMD") == Some("SaveOrder") {
                // Without a stack, its words in an attribute, and what it disliked beside them.
                let faulty = command.first("Session").cloned();
                error
                    .with("ErrorText", &self.text)
                    .child(Element::new("FaultyTag").children(faulty))
            } else {
                Element::new("Errors").child(error.saying(&self.text))
            });
        }
        Outcome {
            status: self.status,
            number: self.number,
            text: self.text,
            attributes: Vec::new(),
            payload,
        }
    }
}

/// What a command answers.
pub(super) struct Outcome {
    pub status: Status,
    pub number: Option<i64>,
    pub text: String,
    pub attributes: Vec<(String, String)>,
    pub payload: Vec<Element>,
}

impl Outcome {
    pub fn ok(payload: Vec<Element>) -> Self {
        Self {
            status: Status::Ok,
            number: None,
            text: String::new(),
            attributes: Vec::new(),
            payload,
        }
    }

    /// Adds an attribute of the answer itself.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts are given alike, without a & before each"
    )]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.attributes.push((name.to_owned(), value.to_string()));
        self
    }
}

/// Who answers.
pub(super) struct Face<'a> {
    pub profile: &'a Profile,
    pub net_name: &'a str,
    pub now: DateTime,
}

/// The whole answer. `results` holds each command as it was sent, with what it answers.
pub(super) fn document(form: Form, face: &Face<'_>, results: Vec<(Element, Outcome)>) -> String {
    let profile = face.profile;
    let (server_version, xml_version) = profile.version.numbers();
    let mut root = Element::new("RK7QueryResult")
        .with("ServerVersion", server_version)
        .with("XmlVersion", xml_version);
    if profile.version.names_itself() {
        root = root.with("NetName", face.net_name);
    }
    // Nothing real: an answer may carry more than a client knows.
    root = root.with("standIn", 1);
    let refused = results
        .iter()
        .filter(|(_, outcome)| !matches!(outcome.status, Status::Ok | Status::NoChanges))
        .count();
    let processed = results.len().saturating_sub(refused);
    let root = match form {
        Form::Flat => results
            .into_iter()
            .take(1)
            .fold(root, |root, (command, outcome)| {
                result(root, &command, outcome, face.now)
            }),
        Form::Command | Form::Command2 => results.into_iter().fold(
            root.with("Status", Status::Ok.word()),
            |mut root, (command, mut outcome)| {
                if profile.has(Habit::RootAttributes) {
                    root.attributes.append(&mut outcome.attributes);
                }
                let mut element = Element::new("CommandResult");
                element = result(element, &command, outcome, face.now);
                if form == Form::Command2 {
                    let source = Element::new("SourceCommand").child(command);
                    element.children.insert(0, source);
                }
                root.child(element)
            },
        ),
    };
    let mut root = root.with("Processed", processed);
    if profile.version.names_itself() {
        root = root.with("ArrivalDateTime", face.now);
    }
    let document = root.document();
    if profile.has(Habit::Bom) {
        format!("\u{feff}{document}")
    } else {
        document
    }
}

/// An answer to something that is not even a query.
pub(super) fn parse_error(face: &Face<'_>, text: &str) -> String {
    let refusal = Refusal {
        status: Status::ParseError,
        number: None,
        text: text.to_owned(),
        component: None,
    };
    let nothing = Element::new("RK7CMD");
    let outcome = refusal.outcome(face.profile, &nothing);
    document(Form::Flat, face, vec![(nothing, outcome)])
}

fn result(element: Element, command: &Element, outcome: Outcome, now: DateTime) -> Element {
    let mut element = element.with("Status", outcome.status.word());
    if let Some(name) = command.attribute("CMD") {
        element = element.with("CMD", name);
    }
    element = element.with("ErrorText", &outcome.text);
    if let Some(number) = outcome.number {
        element = element.with("RK7ErrorN", number);
    }
    element = element.with("DateTime", now).with("WorkTime", 3);
    element.attributes.extend(outcome.attributes);
    element.children(outcome.payload)
}
