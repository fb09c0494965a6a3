//! Every error of every version, for every command.

use limekeeper::domain::OrderGuid;
use limekeeper::payment::ports::{Pos, ReadError, Reply};
use limekeeper::payment::reason::{Problem, Reason};
use limekeeper::rkeeper::{Reference, Rkeeper};
use limekeeper::sim::{Habit, Version};
use serde_json::json;

use super::{FORMS, LOCK, ORDER, client, lock, part, play, sale};
use crate::harness::Sim;

/// What came of a command, and why.
type Came = (Class, Option<Reason>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Done,
    Refused,
    NotDone,
    /// It may have happened.
    Unknown,
    /// Nothing could be read.
    Failed,
}

fn of_read<T>(read: Result<T, ReadError>) -> Came {
    match read {
        Ok(_) => (Class::Done, None),
        Err(ReadError::Refused(problem)) => (Class::Refused, Some(problem.reason)),
        Err(ReadError::Failed(problem)) => (Class::Failed, Some(problem.reason)),
    }
}

fn of_reply<T>(reply: Reply<T>) -> Came {
    let why = |problem: Problem| Some(problem.reason);
    match reply {
        Reply::Done(_) => (Class::Done, None),
        Reply::Refused(problem) => (Class::Refused, why(problem)),
        Reply::NotDone(problem) => (Class::NotDone, why(problem)),
        Reply::Unknown(problem) => (Class::Unknown, why(problem)),
    }
}

/// A command, by what the till wants of it.
#[derive(Clone, Copy, Debug)]
enum Ask {
    System,
    List,
    Order,
    Calculation,
    Receipts,
    References,
    Functions,
    Lock,
    Pay,
    Prepay,
    Begin,
    Annul,
    RemovePrepayments,
}

impl Ask {
    const ALL: [Self; 13] = [
        Self::System,
        Self::List,
        Self::Order,
        Self::Calculation,
        Self::Receipts,
        Self::References,
        Self::Functions,
        Self::Lock,
        Self::Pay,
        Self::Prepay,
        Self::Begin,
        Self::Annul,
        Self::RemovePrepayments,
    ];

    fn of(self, till: &Rkeeper) -> Came {
        let guid = OrderGuid(ORDER.to_owned());
        let written = |command: &str, inside: &str| {
            format!("<RK7Query><RK7CMD CMD=\"{command}\" lockguid=\"{LOCK}\">{inside}</RK7CMD></RK7Query>")
                .into_bytes()
        };
        let order = format!("<Order guid=\"{ORDER}\"/>");
        match self {
            Self::System => of_read(till.system_info()),
            Self::List => of_read(till.orders(None)),
            Self::Order => of_read(till.order(&guid)),
            Self::Calculation => of_read(till.payable(&sale())),
            Self::Receipts => of_read(till.receipts_since(jiff::civil::DateTime::MIN)),
            Self::References => of_read(till.reference(Reference::Currencies)),
            Self::Functions => of_read(till.unlisted()),
            Self::Lock => of_reply(till.lock(&guid, &lock())),
            Self::Pay => of_reply(till.pay(&written("PayOrder", &order))),
            Self::Prepay => of_reply(till.pay(&written("SaveOrder", &order))),
            Self::Begin => of_reply(till.begin_part(&part(), &lock())),
            Self::Annul => of_reply(till.annul(&written("UndoReceipt", ""))),
            Self::RemovePrepayments => {
                of_reply(till.annul(&written("DeleteReceiptPayments", &order)))
            }
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::System
            | Self::List
            | Self::Order
            | Self::Calculation
            | Self::Receipts
            | Self::References
            | Self::Functions => Kind::Read,
            Self::Lock => Kind::Lock,
            Self::Pay | Self::Prepay | Self::Begin => Kind::Money,
            Self::Annul | Self::RemovePrepayments => Kind::Undo,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Lock,
    Money,
    Undo,
}

/// When in the life of a query an error comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// r_keeper says that it did not execute it.
    Before,
    /// It failed on the way; the class is what it is taken for.
    During(Class),
    /// It was done, or only begun.
    After,
}

/// An error that the stand-in can be ordered to say.
struct Error {
    arg: &'static str,
    when: When,
    reason: Reason,
    /// What says it: a number, which every server gives; the component, which only new ones give;
    /// or words, which only Russian ones give.
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Number,
    Component,
    Words,
    Protocol,
}

const fn error(arg: &'static str, when: When, reason: Reason, by: By) -> Error {
    Error {
        arg,
        when,
        reason,
        by,
    }
}

const REFUSED: When = When::During(Class::Refused);
const UNKNOWN: When = When::During(Class::Unknown);

const ERRORS: &[Error] = &[
    error("2101", UNKNOWN, Reason::ServerRefused, By::Number),
    error("2102", REFUSED, Reason::AccessDenied, By::Number),
    error("2128", REFUSED, Reason::OrderClosed, By::Number),
    error("2129", UNKNOWN, Reason::OrderLocked, By::Number),
    error("2133", REFUSED, Reason::ShiftTooLong, By::Number),
    error("2142", REFUSED, Reason::PersonalLimit, By::Number),
    error(
        "2172",
        When::During(Class::NotDone),
        Reason::ShiftClosing,
        By::Number,
    ),
    error("2219", REFUSED, Reason::OrderLocked, By::Number),
    error("3373", REFUSED, Reason::SumMismatch, By::Number),
    error("3383", REFUSED, Reason::ConfigIncomplete, By::Number),
    error("3444", UNKNOWN, Reason::ServerRefused, By::Number),
    error("3813", UNKNOWN, Reason::CardSystemRefused, By::Number),
    error("5304", REFUSED, Reason::LicenceNumber, By::Number),
    error("5305", REFUSED, Reason::LicenceNumber, By::Number),
    error("5310", REFUSED, Reason::LicenceNumber, By::Number),
    error("9999", UNKNOWN, Reason::ServerRefused, By::Number),
    error("Printer", UNKNOWN, Reason::PrinterFailed, By::Component),
    error(
        "Authorization terminal",
        UNKNOWN,
        Reason::TerminalFailed,
        By::Component,
    ),
    error("PDS", UNKNOWN, Reason::CardSystemRefused, By::Component),
    error("Rights", REFUSED, Reason::RightsMissing, By::Component),
    error("licence", REFUSED, Reason::LicenceMissing, By::Protocol),
    error("anchor", REFUSED, Reason::LicenceMissing, By::Protocol),
    error(
        "child",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "attribute",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "integer",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "empty",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "encoding",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error("reference", REFUSED, Reason::ConfigIncomplete, By::Words),
    error("flag", REFUSED, Reason::ConfigIncomplete, By::Words),
    error("sbp", UNKNOWN, Reason::ServerRefused, By::Words),
    error("words", UNKNOWN, Reason::ServerRefused, By::Words),
    error("written", When::After, Reason::AnswerLost, By::Words),
    error(
        "started",
        When::After,
        Reason::AnswerNotUnderstood,
        By::Protocol,
    ),
];

impl Error {
    /// What it is taken for, by a command of that kind, from that server.
    fn expected(&self, kind: Kind, version: Version, english: bool) -> Came {
        let unheard = match self.by {
            By::Component => version != Version::V7_26,
            By::Words => english,
            By::Number | By::Protocol => false,
        };
        let (when, reason) = match (self.when, unheard) {
            (When::During(_), true) => (UNKNOWN, Reason::ServerRefused),
            (when, _) => (when, self.reason),
        };
        let class = match (kind, when) {
            (Kind::Read, When::After) => Class::Failed,
            (Kind::Read, _) | (_, When::Before) => Class::Refused,
            // No money hangs on a lock.
            (Kind::Lock, When::During(Class::Unknown)) => Class::Refused,
            (_, When::During(class)) => class,
            (_, When::After) => Class::Unknown,
        };
        let not_allowed = matches!(reason, Reason::RightsMissing | Reason::AccessDenied);
        if kind == Kind::Undo && class == Class::Refused && not_allowed {
            return (class, Some(Reason::AnnulByHand));
        }
        (class, Some(reason))
    }
}

#[test]
fn every_error_of_every_version_means_the_same_to_every_command() {
    let sim = Sim::start();
    let tills = FORMS.map(|form| client(&sim, form));
    let mut asked = 0;
    for (number, version) in Version::ALL.into_iter().enumerate() {
        // The forms take turns, and so do the quirks that must not matter.
        let quirks = [Habit::Bom, Habit::RootAttributes, Habit::English];
        let habits = &quirks[..number % 4];
        play(&sim, version, habits);
        let english = habits.contains(&Habit::English);
        for (turn, error) in ERRORS.iter().enumerate() {
            let till = &tills[(number + turn) % tills.len()];
            sim.fault_with("rkeeper.*", "refuse", 1_000, &json!(error.arg));
            for ask in Ask::ALL {
                let wanted = error.expected(ask.kind(), version, english);
                let came = ask.of(till);
                assert_eq!(came, wanted, "{version:?} {ask:?} {}", error.arg);
                asked += 1;
            }
            sim.fault("rkeeper.*", "refuse", 0);
        }
    }
    assert_eq!(asked, Version::ALL.len() * ERRORS.len() * Ask::ALL.len());
    // Nothing of it did anything.
    let order = sim.order("*/1");
    assert_eq!(order["payments"], json!([]), "{order}");
    sim.assert_no_violations();
}
