//! What an error of r_keeper means for us: the one table.
//!
//! No complete list of numbers is public, so what is not in the table is not taken for "nothing
//! happened": only a query that r_keeper says it never executed is surely refused. Sources: *live*
//! was seen by others on a 7.26.8 server, *doc* is the vendor's documentation, *clients* are public
//! client programs.

use crate::domain::text::clean;
use crate::payment::ports::{ReadError, Reply};
use crate::payment::reason::{Problem, Reason, Server};

use super::answer::{Failure, Status};

/// How sure it is that nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// r_keeper said no.
    Refused,
    /// Not now; it can be asked again.
    NotDone,
    /// It may have happened, at least in part.
    Unknown,
}

/// `RK7ErrorN`, what it means and how sure it is.
const NUMBERS: &[(u32, Reason, Weight)] = &[
    // «Неправильный код пользователя или пароль». live
    (2102, Reason::AccessDenied, Weight::Refused),
    // «Визит N закрыт!» live, clients
    (2128, Reason::OrderClosed, Weight::Refused),
    // «Визит … не может быть завершён. Заказ … заблокирован станцией». live, but of CloseVisit: a
    // payment that answers this may have got as far as closing the visit.
    (2129, Reason::OrderLocked, Weight::Unknown),
    // «Общая смена N была открыта слишком давно. Нужно закрыть». live
    (2133, Reason::ShiftClosed, Weight::Refused),
    // «Персональное ограничение для …». live
    (2142, Reason::ServerRefused, Weight::Refused),
    // «В данный момент закрывается общая смена», on any request. live
    (2172, Reason::ShiftClosing, Weight::NotDone),
    // «Не получается заблокировать. Заказ заблокирован другим ключом блокировки (станция …,
    // оператор …)». live, clients
    (2219, Reason::OrderLocked, Weight::Refused),
    // «Недостаточно денег для полной оплаты заказа»; nothing is paid. live, doc
    (3373, Reason::SumMismatch, Weight::Refused),
    // The reason given lacks the flag for what is done (seen of CorrectIntentReceipt). live
    (3383, Reason::ConfigIncomplete, Weight::Refused),
    // The licence instance, its number missing, its number used. clients
    (INSTANCE_UNKNOWN, Reason::LicenceNumber, Weight::Refused),
    (5305, Reason::LicenceNumber, Weight::Refused),
    (5310, Reason::LicenceNumber, Weight::Refused),
];

/// r_keeper's licence does not know the installation; its count begins at 0. clients
pub(super) const INSTANCE_UNKNOWN: u32 = 5304;

/// `Component` of the error stack: where it failed (schema of 7.26). Behind a printer or a terminal
/// part of the payment may stand.
const COMPONENTS: &[(&str, Reason, Weight)] = &[
    ("Printer", Reason::PrinterFailed, Weight::Unknown),
    (
        "Authorization terminal",
        Reason::ServerRefused,
        Weight::Unknown,
    ),
    ("PDS", Reason::ServerRefused, Weight::Unknown),
    ("Rights", Reason::AccessDenied, Weight::Refused),
];

/// Texts without a number, in lower case; every part must be in it.
const TEXTS: &[(&[&str], Reason, Weight)] = &[
    // No write licence. clients
    (&["license check"], Reason::LicenceMissing, Weight::Refused),
    // A bogus or missing LicenseInfo. live
    (
        &["bad license anchor"],
        Reason::LicenceMissing,
        Weight::Refused,
    ),
    // Our markup lacks something. live; which status comes with it is not known, and it must not
    // be taken for a missing order.
    (&["child element"], Reason::ServerRefused, Weight::Unknown),
    // A reason to delete that is not meant for this («нет флага 'При удалении чека'»). live
    (&["нет флага"], Reason::ConfigIncomplete, Weight::Refused),
    // No such order. No source tells the real words: these are guesses after «Не найден элемент N
    // в коллекции Employees». Unknown, since the order of a payment whose answer was lost is gone
    // as well once the shift is closed.
    (
        &["не найден", "коллекции orders"],
        Reason::OrderNotFound,
        Weight::Unknown,
    ),
    (
        &["не найден", "коллекции visits"],
        Reason::OrderNotFound,
        Weight::Unknown,
    ),
    (
        &["не найден", "заказ"],
        Reason::OrderNotFound,
        Weight::Unknown,
    ),
    (
        &["не найден", "визит"],
        Reason::OrderNotFound,
        Weight::Unknown,
    ),
    (
        &["not found", "order"],
        Reason::OrderNotFound,
        Weight::Unknown,
    ),
    (
        &["not found", "visit"],
        Reason::OrderNotFound,
        Weight::Unknown,
    ),
    // A station, cashier or currency of the config that r_keeper does not have. live
    (
        &["не найден", "в коллекции"],
        Reason::ConfigIncomplete,
        Weight::Refused,
    ),
    (&["лиценз"], Reason::LicenceMissing, Weight::Unknown),
    (&["licen"], Reason::LicenceMissing, Weight::Unknown),
];

/// What a failure means.
pub fn meaning(failure: &Failure) -> (Reason, Weight) {
    let numbered = NUMBERS
        .iter()
        .find(|(number, ..)| failure.number == Some(*number))
        .map(|&(_, reason, weight)| (reason, weight));
    // The closing shift comes with `Query Parse Error`, which alone would be a refusal.
    if let Some((reason, Weight::NotDone)) = numbered {
        return (reason, Weight::NotDone);
    }
    let never_executed = match failure.status {
        Status::QueryParseError | Status::BadQueryParameters => true,
        Status::QueryExecutingError => false,
        Status::ResultWritingError => return (Reason::AnswerLost, Weight::Unknown),
        Status::Ok | Status::NoChanges | Status::ExecutionStarted | Status::Unheard => {
            return (Reason::AnswerNotUnderstood, Weight::Unknown);
        }
    };
    let (reason, weight) = component(failure)
        .or(numbered)
        .or_else(|| worded(failure))
        .unwrap_or((Reason::ServerRefused, Weight::Unknown));
    if never_executed {
        (reason, Weight::Refused)
    } else {
        (reason, weight)
    }
}

/// The least sure of the components that are named.
fn component(failure: &Failure) -> Option<(Reason, Weight)> {
    let named: Vec<(Reason, Weight)> = failure
        .components
        .iter()
        .filter_map(|name| COMPONENTS.iter().find(|(known, ..)| known == name))
        .map(|&(_, reason, weight)| (reason, weight))
        .collect();
    named
        .iter()
        .find(|(_, weight)| *weight == Weight::Unknown)
        .or(named.first())
        .copied()
}

fn worded(failure: &Failure) -> Option<(Reason, Weight)> {
    let text = failure.text.to_lowercase();
    TEXTS
        .iter()
        .find(|(parts, ..)| parts.iter().all(|part| text.contains(part)))
        .map(|&(_, reason, weight)| (reason, weight))
}

fn problem(failure: &Failure) -> Problem {
    let (reason, _) = meaning(failure);
    let detail = match failure.number {
        Some(number) => clean(&format!("{} (RK7ErrorN {number})", failure.text)),
        None => failure.text.clone(),
    };
    Problem::of(Server::Rkeeper, reason, detail)
}

/// A failure of a command that only reads.
pub fn of_read(failure: &Failure) -> ReadError {
    match failure.status {
        Status::QueryParseError | Status::BadQueryParameters | Status::QueryExecutingError => {
            ReadError::Refused(problem(failure))
        }
        Status::Ok
        | Status::NoChanges
        | Status::ExecutionStarted
        | Status::ResultWritingError
        | Status::Unheard => ReadError::Failed(problem(failure)),
    }
}

/// A failure of a payment.
pub fn of_payment<T>(failure: &Failure) -> Reply<T> {
    match meaning(failure).1 {
        Weight::Refused => Reply::Refused(problem(failure)),
        Weight::NotDone => Reply::NotDone(problem(failure)),
        Weight::Unknown => Reply::Unknown(problem(failure)),
    }
}

/// A failure of taking a payment back. What the manager of the config may not do will not be allowed
/// by asking again: a person does it. The order is looked at before anything follows from this, so
/// that words which are only guessed (no source tells them) are safe.
pub fn of_annulment<T>(failure: &Failure) -> Reply<T> {
    let by_hand = |problem: Problem| Problem {
        reason: Reason::AnnulByHand,
        ..problem
    };
    let no_rights = failure.text.to_lowercase().contains("нет прав");
    match of_payment(failure) {
        Reply::Refused(problem) if problem.reason == Reason::AccessDenied => {
            Reply::Refused(by_hand(problem))
        }
        Reply::Unknown(problem) if failure.status == Status::QueryExecutingError && no_rights => {
            Reply::Refused(by_hand(problem))
        }
        other => other,
    }
}

/// A failure of a lock. No money hangs on it, so what r_keeper calls an error is a refusal.
pub fn of_lock<T>(failure: &Failure) -> Reply<T> {
    match of_payment(failure) {
        Reply::Unknown(problem) if failure.status == Status::QueryExecutingError => {
            Reply::Refused(problem)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: Status, number: Option<u32>, component: &str, text: &str) -> Failure {
        Failure {
            status,
            number,
            components: vec![component.to_owned()],
            text: text.to_owned(),
        }
    }

    #[test]
    fn every_number() {
        for (number, reason, weight) in [
            (2102, Reason::AccessDenied, Weight::Refused),
            (2128, Reason::OrderClosed, Weight::Refused),
            (2129, Reason::OrderLocked, Weight::Unknown),
            (2133, Reason::ShiftClosed, Weight::Refused),
            (2142, Reason::ServerRefused, Weight::Refused),
            (2172, Reason::ShiftClosing, Weight::NotDone),
            (2219, Reason::OrderLocked, Weight::Refused),
            (3373, Reason::SumMismatch, Weight::Refused),
            (3383, Reason::ConfigIncomplete, Weight::Refused),
            (5304, Reason::LicenceNumber, Weight::Refused),
            (5305, Reason::LicenceNumber, Weight::Refused),
            (5310, Reason::LicenceNumber, Weight::Refused),
            // Not in the table.
            (3813, Reason::ServerRefused, Weight::Unknown),
            (9999, Reason::ServerRefused, Weight::Unknown),
        ] {
            let failure = failure(Status::QueryExecutingError, Some(number), "", "…");
            assert_eq!(meaning(&failure), (reason, weight), "{number}");
        }
        assert_eq!(NUMBERS.len(), 12);
    }

    #[test]
    fn every_status() {
        for (status, number, reason, weight) in [
            (
                Status::QueryParseError,
                None,
                Reason::ServerRefused,
                Weight::Refused,
            ),
            (
                Status::QueryParseError,
                Some(2172),
                Reason::ShiftClosing,
                Weight::NotDone,
            ),
            (
                Status::BadQueryParameters,
                Some(9999),
                Reason::ServerRefused,
                Weight::Refused,
            ),
            (
                Status::QueryExecutingError,
                None,
                Reason::ServerRefused,
                Weight::Unknown,
            ),
            (
                Status::ResultWritingError,
                Some(2128),
                Reason::AnswerLost,
                Weight::Unknown,
            ),
            (
                Status::ExecutionStarted,
                None,
                Reason::AnswerNotUnderstood,
                Weight::Unknown,
            ),
            (
                Status::Unheard,
                Some(2128),
                Reason::AnswerNotUnderstood,
                Weight::Unknown,
            ),
            (
                Status::Ok,
                Some(2128),
                Reason::AnswerNotUnderstood,
                Weight::Unknown,
            ),
            (
                Status::NoChanges,
                Some(1),
                Reason::AnswerNotUnderstood,
                Weight::Unknown,
            ),
        ] {
            let failure = failure(status, number, "", "");
            assert_eq!(meaning(&failure), (reason, weight), "{status:?} {number:?}");
        }
    }

    #[test]
    fn a_component_says_more_than_a_number() {
        for (component, number, reason, weight) in [
            (
                "Printer",
                Some(3373),
                Reason::PrinterFailed,
                Weight::Unknown,
            ),
            ("Printer", None, Reason::PrinterFailed, Weight::Unknown),
            (
                "Authorization terminal",
                Some(2128),
                Reason::ServerRefused,
                Weight::Unknown,
            ),
            ("PDS", None, Reason::ServerRefused, Weight::Unknown),
            ("Rights", Some(9999), Reason::AccessDenied, Weight::Refused),
            ("News", Some(3373), Reason::SumMismatch, Weight::Refused),
        ] {
            let failure = failure(Status::QueryExecutingError, number, component, "");
            assert_eq!(meaning(&failure), (reason, weight), "{component}");
        }
        let both = Failure {
            components: vec!["Rights".to_owned(), "Printer".to_owned()],
            ..failure(Status::QueryExecutingError, None, "", "")
        };
        assert_eq!(meaning(&both), (Reason::PrinterFailed, Weight::Unknown));
    }

    #[test]
    fn every_text() {
        for (text, reason, weight) in [
            (
                "Error in License check",
                Reason::LicenceMissing,
                Weight::Refused,
            ),
            (
                "Bad license anchor",
                Reason::LicenceMissing,
                Weight::Refused,
            ),
            (
                "Нет лицензии на запись",
                Reason::LicenceMissing,
                Weight::Unknown,
            ),
            (
                "Licence has expired",
                Reason::LicenceMissing,
                Weight::Unknown,
            ),
            (
                "Error: child element \"Order\" not found",
                Reason::ServerRefused,
                Weight::Unknown,
            ),
            (
                "Не найден элемент 77 в коллекции Employees",
                Reason::ConfigIncomplete,
                Weight::Refused,
            ),
            (
                "Не найден элемент {…} в коллекции Orders",
                Reason::OrderNotFound,
                Weight::Unknown,
            ),
            (
                "Не найден элемент 12 в коллекции Visits",
                Reason::OrderNotFound,
                Weight::Unknown,
            ),
            (
                "У причины «Отказ» нет флага 'При удалении чека'",
                Reason::ConfigIncomplete,
                Weight::Refused,
            ),
            ("Заказ не найден", Reason::OrderNotFound, Weight::Unknown),
            ("Визит 12 не найден", Reason::OrderNotFound, Weight::Unknown),
            ("Order not found", Reason::OrderNotFound, Weight::Unknown),
            ("Visit 5 not found", Reason::OrderNotFound, Weight::Unknown),
            ("Что-то случилось", Reason::ServerRefused, Weight::Unknown),
        ] {
            let failure = failure(Status::QueryExecutingError, None, "", text);
            assert_eq!(meaning(&failure), (reason, weight), "{text}");
        }
    }

    #[test]
    fn the_same_failure_for_a_read_a_lock_and_a_payment() {
        let gone = failure(Status::QueryExecutingError, None, "", "Заказ не найден");
        let problem = Problem::of(Server::Rkeeper, Reason::OrderNotFound, "Заказ не найден");
        assert_eq!(of_read(&gone), ReadError::Refused(problem.clone()));
        assert_eq!(of_lock::<()>(&gone), Reply::Refused(problem.clone()));
        assert_eq!(of_payment::<()>(&gone), Reply::Unknown(problem));

        let begun = failure(Status::ExecutionStarted, None, "", "");
        assert!(matches!(of_read(&begun), ReadError::Failed(_)));
        assert!(matches!(of_lock::<()>(&begun), Reply::Unknown(_)));

        let closing = failure(Status::QueryParseError, Some(2172), "", "Смена");
        let Reply::NotDone(problem) = of_payment::<()>(&closing) else {
            panic!("not done is not done");
        };
        assert_eq!(problem.detail, "Смена (RK7ErrorN 2172)");
        assert!(matches!(of_read(&closing), ReadError::Refused(_)));
    }
}
