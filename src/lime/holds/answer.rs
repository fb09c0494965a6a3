//! What the server answers, read without guessing: an unknown word is no success, an unknown field
//! is nobody's.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::domain::Money;
use crate::domain::text::clean;
use crate::lime::fields::{self, FieldError, Object};
use crate::payment::sale::PaymentId;

use super::request::SentLeg;

/// State of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Held,
    Committed,
    PartlyReversed,
    Reversed,
    Released,
    Expired,
    /// Nothing moved, and never will under this id.
    Failed,
    /// The server waits for Lime.
    InDoubt,
    /// A word that the contract does not have.
    Unheard,
}

impl State {
    fn of(word: &str) -> Self {
        match word {
            "held" => Self::Held,
            "committed" => Self::Committed,
            "partly_reversed" => Self::PartlyReversed,
            "reversed" => Self::Reversed,
            "released" => Self::Released,
            "expired" => Self::Expired,
            "failed" => Self::Failed,
            "in_doubt" => Self::InDoubt,
            _ => Self::Unheard,
        }
    }

    /// For messages.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Committed => "committed",
            Self::PartlyReversed => "partly_reversed",
            Self::Reversed => "reversed",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
            Self::Unheard => "an unknown state",
        }
    }
}

/// An operation as the server stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) state: State,
    /// By leg, sorted.
    pub(super) legs: Vec<SentLeg>,
    pub(super) reversals: Vec<Reversal>,
    /// The payment of a program like this one that it names.
    pub(super) payment: Option<PaymentId>,
}

/// Money of it that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reversal {
    pub(super) id: String,
    /// By leg, sorted.
    pub(super) legs: Vec<SentLeg>,
    /// Some of its accounts had run out before the money came back.
    pub(super) restored_expired: bool,
}

/// The sum of legs; the ceiling where they are too large to add.
pub(super) fn total(legs: &[SentLeg]) -> Money {
    Money::total(legs.iter().map(|leg| Money::from_kopecks(leg.amount))).unwrap_or(Money::CEILING)
}

/// An error of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: String,
    /// For people: the server's words, and what it says of the legs.
    pub(super) words: String,
    /// Code of the first leg that stands in the way.
    pub(super) leg_code: Option<String>,
}

/// Reads an operation.
pub(super) fn operation(answer: Option<&RawValue>) -> Result<Operation, FieldError> {
    let raw = answer.ok_or(FieldError::Missing("operation"))?;
    let object = Object::new("operation", raw)?;
    let id = object
        .get("op_id")
        .and_then(fields::text)
        .ok_or(FieldError::Missing("operation.op_id"))?;
    let state = object
        .get("state")
        .and_then(fields::text)
        .ok_or(FieldError::Missing("operation.state"))?;
    let mut reversals = Vec::new();
    for raw in fields::list("operation.reversals", object.get("reversals"))? {
        let reversal = Object::new("reversal", raw)?;
        reversals.push(Reversal {
            id: reversal
                .get("reversal_id")
                .and_then(fields::text)
                .ok_or(FieldError::Missing("reversal.reversal_id"))?,
            legs: legs(&reversal)?,
            // Of anything else than a plain `true` nobody is told.
            restored_expired: reversal
                .get("restored_expired")
                .is_some_and(|raw| raw.get() == "true"),
        });
    }
    let payment = object
        .get("ref")
        .and_then(|raw| Object::new("ref", raw).ok()?.get("payment_id"))
        .and_then(fields::text)
        .and_then(|text| text.parse().ok());
    Ok(Operation {
        id,
        state: State::of(&state),
        legs: legs(&object)?,
        reversals,
        payment,
    })
}

fn legs(object: &Object<'_>) -> Result<Vec<SentLeg>, FieldError> {
    let mut legs = Vec::new();
    let mut seen = BTreeSet::new();
    for raw in fields::list("legs", object.get("legs"))? {
        let leg = Object::new("leg", raw)?;
        let number = fields::id("leg.leg", leg.get("leg"))?;
        let number = u32::try_from(number).map_err(|_| FieldError::Missing("leg.leg"))?;
        if !seen.insert(number) {
            return Err(FieldError::BadObject("legs"));
        }
        let amount = fields::kopecks("leg.amount", leg.get("amount"))?;
        legs.push(SentLeg {
            leg: number,
            amount: amount.kopecks(),
        });
    }
    legs.sort_unstable();
    Ok(legs)
}

/// One page of operations, and where the next one begins.
pub(super) fn operations(
    answer: Option<&RawValue>,
) -> Result<(Vec<Operation>, Option<String>), FieldError> {
    let raw = answer.ok_or(FieldError::Missing("operations"))?;
    let object = Object::new("page", raw)?;
    let mut all = Vec::new();
    for raw in fields::list("operations", object.get("operations"))? {
        all.push(operation(Some(raw))?);
    }
    Ok((all, object.get("next").and_then(fields::text)))
}

/// The error in a body, where it is one.
pub(super) fn refusal(body: &[u8]) -> Option<Refusal> {
    let object = Object::new("error", fields::value(body).ok()??).ok()?;
    let code = object.get("code").and_then(fields::text)?;
    let message = object.label("message").unwrap_or_default();
    // A body that is an operation as well contradicts itself and proves nothing.
    if object.get("state").is_some() && object.get("legs").is_some() {
        return None;
    }
    let mut words = if message.is_empty() {
        clean(&code)
    } else {
        format!("{}: {message}", clean(&code))
    };
    let mut leg_code = None;
    for raw in fields::list("details", object.get("details")).unwrap_or_default() {
        let Ok(detail) = Object::new("detail", raw) else {
            continue;
        };
        let Some(code) = detail.get("code").and_then(fields::text) else {
            continue;
        };
        let leg = detail.label("leg").unwrap_or_default();
        let _ = write!(words, "; {leg}: {}", clean(&code));
        if let Ok(available) = fields::kopecks("available", detail.get("available")) {
            let _ = write!(words, " ({available})");
        }
        leg_code = leg_code.or(Some(code));
    }
    Some(Refusal {
        code,
        words,
        leg_code,
    })
}
