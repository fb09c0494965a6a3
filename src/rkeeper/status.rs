//! What an error of r_keeper means for us.
//!
//! No complete list of numbers is public, so what is not in the table is not taken for "nothing
//! happened": only a query that r_keeper says it never executed is surely refused.

mod holder;
mod table;
#[cfg(test)]
mod tests;

use crate::domain::text::clean;
use crate::payment::ports::{ReadError, Reply};
use crate::payment::reason::{Problem, Reason, Server};

use super::answer::{Failure, Status};
use table::{COMPONENTS, NUMBERS, Row, TEXTS};

pub(super) use table::INSTANCE_UNKNOWN;

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

/// What a failure means.
pub fn meaning(failure: &Failure) -> (Reason, Weight) {
    let numbered = NUMBERS
        .iter()
        .find(|row| failure.number == Some(row.key))
        .map(means);
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
        .filter_map(|name| COMPONENTS.iter().find(|row| row.key == name))
        .map(means)
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
        .find(|row| row.key.iter().all(|part| text.contains(part)))
        .map(means)
}

const fn means<Key>(row: &Row<Key>) -> (Reason, Weight) {
    (row.reason, row.weight)
}

fn problem(failure: &Failure) -> Problem {
    let (reason, _) = meaning(failure);
    let detail = match failure.number {
        Some(number) => clean(&format!("{} (RK7ErrorN {number})", failure.text)),
        None => failure.text.clone(),
    };
    let problem = Problem::of(Server::Rkeeper, reason, detail);
    if reason == Reason::OrderLocked {
        problem.held_by(holder::holder(&failure.text))
    } else {
        problem
    }
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
        Reply::Refused(problem)
            if matches!(problem.reason, Reason::AccessDenied | Reason::RightsMissing) =>
        {
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
