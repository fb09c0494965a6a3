//! Which answer means what: the only place where an outcome gets its class.
//!
//! `Done` only where the server shows our operation, with our sums, in a state that says so.
//! `Refused` only by an error of the contract with the status that belongs to it. `NotDone` where no
//! connection came about, or by the two errors that say «surely not executed». All else is `Unknown`.

use serde_json::value::RawValue;

use crate::domain::Uid;
use crate::http::{Answer, CallError};
use crate::lime::fields::{self, FieldError};
use crate::lime::judge::{self as lime_judge, status_words};
use crate::payment::ports::{Found, OperationId, ReadError, Reply, Stored};
use crate::payment::reason::{Problem, Reason};

use super::answer::{self, Operation, Refusal, State};
use super::request::SentLeg;

const OK: u16 = 200;
const CREATED: u16 = 201;
const UNAUTHORIZED: u16 = 401;

/// How sure an error of the contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Refused,
    NotDone,
    Unknown,
}

/// The contract's errors: code, the status it comes with, what it means, how sure it is.
const CODES: &[(&str, u16, Reason, Weight)] = &[
    ("bad_format", 400, Reason::ServerRefused, Weight::Refused),
    (
        "sum_mismatch",
        400,
        Reason::BillContradicts,
        Weight::Refused,
    ),
    (
        "duplicate_account",
        400,
        Reason::SplitInvalid,
        Weight::Refused,
    ),
    ("unauthorized", 401, Reason::AccessDenied, Weight::Refused),
    ("forbidden", 403, Reason::AccessDenied, Weight::Refused),
    ("card_not_found", 404, Reason::CardNotFound, Weight::Refused),
    (
        "operation_not_found",
        404,
        Reason::ServerRefused,
        Weight::Refused,
    ),
    // Something of ours is there, and it is not this.
    (
        "id_reused",
        409,
        Reason::AnswerNotUnderstood,
        Weight::Unknown,
    ),
    ("operation_closed", 409, Reason::HoldClosed, Weight::Refused),
    (
        "already_committed",
        409,
        Reason::AnswerNotUnderstood,
        Weight::Unknown,
    ),
    ("hold_expired", 409, Reason::HoldClosed, Weight::Refused),
    (
        "over_reversal",
        409,
        Reason::RefundTooLarge,
        Weight::Refused,
    ),
    (
        "reversal_window",
        409,
        Reason::RefundTooLate,
        Weight::Refused,
    ),
    (
        "card_ambiguous",
        409,
        Reason::CardAmbiguous,
        Weight::Refused,
    ),
    (
        "insufficient_funds",
        422,
        Reason::NotEnoughMoney,
        Weight::Refused,
    ),
    (
        "held_elsewhere",
        422,
        Reason::HeldElsewhere,
        Weight::Refused,
    ),
    (
        "account_expired",
        422,
        Reason::AccountExpired,
        Weight::Refused,
    ),
    (
        "account_not_spendable",
        422,
        Reason::AccountNotSpendable,
        Weight::Refused,
    ),
    ("card_blocked", 422, Reason::CardBlocked, Weight::Refused),
    ("busy", 429, Reason::ServerBusy, Weight::NotDone),
    ("lime_unavailable", 503, Reason::ServerBusy, Weight::NotDone),
    ("outcome_unknown", 504, Reason::AnswerLost, Weight::Unknown),
];

/// The code of an operation that was taken already, which a release cannot undo.
const ALREADY_COMMITTED: &str = "already_committed";

/// The write that an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write<'a> {
    /// With `capture` it takes.
    Reserve {
        capture: bool,
    },
    Commit,
    Release,
    Reverse {
        id: &'a OperationId,
    },
}

/// What came of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Released {
    /// As of any write.
    Reply(Reply<Stored>),
    /// The money was taken; it must be given back.
    Committed,
}

/// Done, and nothing else to be known: the contract lets nothing move twice under one name.
const DONE: Reply<Stored> = Reply::Done(Stored {
    moved: None,
    restored_expired: false,
});

impl answer::Reversal {
    /// What it shows beside that the money is back.
    fn stored(&self) -> Stored {
        Stored {
            restored_expired: self.restored_expired,
            ..Stored::default()
        }
    }
}

/// Knows what must not be repeated from the server's words.
pub(super) struct Judge<'a>(lime_judge::Judge<'a>);

impl Judge<'_> {
    pub(super) fn new(auth: &str) -> Self {
        Self(lime_judge::Judge::new(&[], auth))
    }

    /// A UID that the server may repeat in its words.
    pub(super) fn hide_uid(&mut self, uid: &Uid) {
        self.0.hide_uid(uid);
    }

    /// What a call that changes nothing brought.
    pub(super) fn read<T>(
        &self,
        outcome: Result<Answer, CallError>,
        parse: impl FnOnce(Option<&RawValue>) -> Result<T, FieldError>,
    ) -> Result<T, ReadError> {
        let answer = outcome.map_err(|error| ReadError::Failed(self.0.transport(&error)))?;
        if let Some(refusal) = refusal(&answer) {
            let (reason, _) = meaning(&answer, &refusal);
            let problem = self.0.problem(reason, &refusal.words);
            return Err(if answer.status < 500 && answer.status != 429 {
                ReadError::Refused(problem)
            } else {
                ReadError::Failed(problem)
            });
        }
        match answer.status {
            OK => fields::value(&answer.body)
                .and_then(parse)
                .map_err(|error| ReadError::Failed(self.0.unreadable(&answer, &error))),
            UNAUTHORIZED => Err(ReadError::Refused(
                self.0.problem(Reason::AccessDenied, &status_words(&answer)),
            )),
            _ => Err(ReadError::Failed(self.strange(&answer))),
        }
    }

    /// What a write of this operation brought. `legs`: the sums that were sent.
    pub(super) fn sent(
        &self,
        outcome: Result<Answer, CallError>,
        write: Write<'_>,
        id: &OperationId,
        legs: &[SentLeg],
    ) -> Reply<Stored> {
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => {
                let problem = self.0.transport(&error);
                return if error.is_surely_not_sent() {
                    Reply::NotDone(problem)
                } else {
                    Reply::Unknown(problem)
                };
            }
        };
        if let Some(refusal) = refusal(&answer) {
            let (reason, weight) = meaning(&answer, &refusal);
            let problem = self.0.problem(reason, &refusal.words);
            return match weight {
                Weight::Refused => Reply::Refused(problem),
                Weight::NotDone => Reply::NotDone(problem),
                Weight::Unknown => Reply::Unknown(problem),
            };
        }
        match answer.status {
            OK | CREATED => {
                let parsed = fields::value(&answer.body).and_then(answer::operation);
                match parsed {
                    Ok(operation) => self.stored(&operation, write, id, legs),
                    Err(error) => Reply::Unknown(self.0.unreadable(&answer, &error)),
                }
            }
            // The key is looked at before the call is.
            UNAUTHORIZED => {
                Reply::Refused(self.0.problem(Reason::AccessDenied, &status_words(&answer)))
            }
            _ => Reply::Unknown(self.strange(&answer)),
        }
    }

    /// What a release brought, told apart from money that was taken meanwhile.
    pub(super) fn released(
        &self,
        outcome: Result<Answer, CallError>,
        id: &OperationId,
    ) -> Released {
        if let Ok(answer) = &outcome
            && let Some(refusal) = refusal(answer)
            && refusal.code == ALREADY_COMMITTED
            && answer.status == 409
        {
            return Released::Committed;
        }
        Released::Reply(self.sent(outcome, Write::Release, id, &[]))
    }

    /// What the operation that the server shows says of the write.
    fn stored(
        &self,
        operation: &Operation,
        write: Write<'_>,
        id: &OperationId,
        legs: &[SentLeg],
    ) -> Reply<Stored> {
        let unclear =
            |words: &str| Reply::Unknown(self.0.problem(Reason::AnswerNotUnderstood, words));
        if operation.id != id.0 {
            return unclear("the answer shows another operation");
        }
        let state = operation.state;
        match write {
            Write::Reserve { capture } => {
                let closed = || Reply::Refused(self.0.problem(Reason::HoldClosed, state.word()));
                match state {
                    State::Held if capture => unclear("held, although it was to be taken"),
                    State::Held | State::Committed if operation.legs == sorted(legs) => DONE,
                    State::Held | State::Committed => unclear("other sums than were sent"),
                    State::Released | State::Expired | State::Failed => closed(),
                    State::InDoubt => {
                        Reply::Unknown(self.0.problem(Reason::AnswerLost, state.word()))
                    }
                    State::PartlyReversed | State::Reversed | State::Unheard => {
                        unclear(state.word())
                    }
                }
            }
            Write::Commit => match state {
                State::Committed | State::PartlyReversed | State::Reversed => DONE,
                State::InDoubt => Reply::Unknown(self.0.problem(Reason::AnswerLost, state.word())),
                State::Held | State::Released | State::Expired | State::Failed | State::Unheard => {
                    unclear(state.word())
                }
            },
            Write::Release => match state {
                // Nothing was ever held where it failed.
                State::Released | State::Expired | State::Failed => DONE,
                State::Held
                | State::Committed
                | State::PartlyReversed
                | State::Reversed
                | State::InDoubt
                | State::Unheard => unclear(state.word()),
            },
            Write::Reverse { id } => {
                let ours = operation.reversals.iter().find(|own| own.id == id.0);
                match ours {
                    Some(own) if own.legs == sorted(legs) => Reply::Done(own.stored()),
                    Some(_) => unclear("other sums than were sent"),
                    None => unclear("the reversal is not shown"),
                }
            }
        }
    }

    /// What a look at the operation says of having been held or taken with these sums.
    pub(super) fn reserved(
        &self,
        operation: &Operation,
        legs: &[SentLeg],
    ) -> Result<Found, ReadError> {
        let state = operation.state;
        match state {
            State::Held | State::Committed | State::PartlyReversed | State::Reversed => {
                if operation.legs == sorted(legs) {
                    Ok(Found::Executed(Stored::default()))
                } else {
                    Err(ReadError::Failed(self.0.problem(
                        Reason::AnswerNotUnderstood,
                        "other sums than were sent",
                    )))
                }
            }
            State::Released | State::Expired | State::Failed => Ok(Found::Never(
                self.0.problem(Reason::HoldClosed, state.word()),
            )),
            State::InDoubt => Err(ReadError::Failed(
                self.0.problem(Reason::AnswerLost, state.word()),
            )),
            State::Unheard => Err(ReadError::Failed(
                self.0.problem(Reason::AnswerNotUnderstood, state.word()),
            )),
        }
    }

    /// What it says of having been undone by this reversal, or let go as a whole.
    pub(super) fn undone(
        &self,
        operation: &Operation,
        reversal: &OperationId,
        whole: bool,
    ) -> Result<Found, ReadError> {
        if let Some(own) = operation.reversals.iter().find(|own| own.id == reversal.0) {
            return Ok(Found::Executed(own.stored()));
        }
        let state = operation.state;
        match state {
            State::Released | State::Failed if whole => Ok(Found::Executed(Stored::default())),
            // What ran out may still be taken late, until it is let go.
            State::Released
            | State::Failed
            | State::Expired
            | State::Held
            | State::Committed
            | State::PartlyReversed
            | State::Reversed => Ok(Found::Absent),
            State::InDoubt => Err(ReadError::Failed(
                self.0.problem(Reason::AnswerLost, state.word()),
            )),
            State::Unheard => Err(ReadError::Failed(
                self.0.problem(Reason::AnswerNotUnderstood, state.word()),
            )),
        }
    }

    fn strange(&self, answer: &Answer) -> Problem {
        self.0
            .problem(Reason::AnswerNotUnderstood, &status_words(answer))
    }
}

/// The error of the contract that an answer with an error's status shows.
fn refusal(answer: &Answer) -> Option<Refusal> {
    (answer.status >= 400)
        .then(|| answer::refusal(&answer.body))
        .flatten()
}

/// What an error means. A code with another status than the contract gives it proves nothing.
fn meaning(answer: &Answer, refusal: &Refusal) -> (Reason, Weight) {
    let listed = |code: &str| CODES.iter().find(|(known, ..)| *known == code);
    let Some(&(_, status, reason, weight)) = listed(&refusal.code) else {
        return (Reason::ServerRefused, Weight::Unknown);
    };
    if status != answer.status {
        return (reason, Weight::Unknown);
    }
    // The error names the first thing that stands in the way; the legs tell it more exactly.
    let leg = refusal.leg_code.as_deref().and_then(listed);
    let reason = leg.map_or(reason, |&(_, _, reason, _)| reason);
    (reason, weight)
}

fn sorted(legs: &[SentLeg]) -> Vec<SentLeg> {
    let mut legs = legs.to_vec();
    legs.sort_unstable();
    legs
}

/// That there is no such operation, as opposed to any other refusal.
pub(super) fn is_absent(outcome: &Result<Answer, CallError>) -> bool {
    matches!(outcome, Ok(answer) if answer.status == 404
        && refusal(answer).is_some_and(|refusal| refusal.code == "operation_not_found"))
}
