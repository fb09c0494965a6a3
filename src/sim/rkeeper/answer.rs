//! The envelope of every answer, in both shapes that r_keeper uses.

use jiff::civil::DateTime;

use crate::sim::xml::Element;

/// What the stand-in calls itself.
const SERVER_VERSION: &str = "7.26.8.2001";
const XML_VERSION: &str = "248";

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
        }
    }
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: Status,
    pub number: Option<i64>,
    pub text: String,
}

impl Refusal {
    /// Refused by the rules of the trade, with r_keeper's number.
    pub fn numbered(number: i64, text: String) -> Self {
        Self {
            status: Status::ExecutingError,
            number: Some(number),
            text,
        }
    }

    /// Refused by the rules of the trade; the number is not known publicly.
    pub fn unnumbered(text: String) -> Self {
        Self {
            status: Status::ExecutingError,
            number: None,
            text,
        }
    }

    /// The request itself is wrong.
    pub fn parameters(text: String) -> Self {
        Self {
            status: Status::BadParameters,
            number: None,
            text,
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

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        let mut payload = Vec::new();
        if let Some(number) = refusal.number {
            let error = Element::new("Error")
                .with("RK7ErrorN", number)
                .saying(&refusal.text);
            payload.push(Element::new("Errors").child(error));
        }
        Self {
            status: refusal.status,
            number: refusal.number,
            text: refusal.text,
            attributes: Vec::new(),
            payload,
        }
    }
}

/// The whole answer. `results` holds each command as it was sent, with what it answers.
pub(super) fn document(
    form: Form,
    net_name: &str,
    now: DateTime,
    results: Vec<(Element, Outcome)>,
) -> String {
    let root = Element::new("RK7QueryResult")
        .with("ServerVersion", SERVER_VERSION)
        .with("XmlVersion", XML_VERSION)
        .with("NetName", net_name)
        // Nothing real: an answer may carry more than a client knows.
        .with("standIn", 1);
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
                result(root, &command, outcome, now)
            }),
        Form::Command | Form::Command2 => results.into_iter().fold(
            root.with("Status", Status::Ok.word()),
            |root, (command, outcome)| {
                let mut element = result(Element::new("CommandResult"), &command, outcome, now);
                if form == Form::Command2 {
                    let source = Element::new("SourceCommand").child(command);
                    element.children.insert(0, source);
                }
                root.child(element)
            },
        ),
    };
    root.with("Processed", processed)
        .with("ArrivalDateTime", now)
        .document()
}

/// An answer to something that is not even a query.
pub(super) fn parse_error(net_name: &str, now: DateTime, text: &str) -> String {
    let refusal = Refusal {
        status: Status::ParseError,
        number: None,
        text: text.to_owned(),
    };
    let nothing = (Element::new("RK7CMD"), Outcome::from(refusal));
    document(Form::Flat, net_name, now, vec![nothing])
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
