//! The form of a decision or a refund: what it asks, and what is wrong with what it was given.

use crate::domain::Money;
use crate::domain::text::clean;
use crate::payment::orphan::Orphan;
use crate::payment::sale::{By, PaymentId};
use crate::payment::view::{
    Decision, InDoubt, LegView, PaymentView, RefundId, RefundRequest, RefundView, Verdict,
};

use super::super::super::entry::Entry;
use super::super::super::msg::{Answer, Effect, Known, Ruling};
use super::super::attention::Item;

/// Most characters of a name or a reason.
const WORDS_MAX: usize = 200;

/// A decision or a refund on its way from the form to the outcome.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Task {
    pub(in crate::tui) what: What,
    /// Who logged in, and who said yes to it; nobody: the name is written into the form.
    pub(in crate::tui) by: By,
    pub(in crate::tui) operator: String,
    pub(in crate::tui) why: String,
    pub(in crate::tui) field: Field,
    pub(in crate::tui) stage: Stage,
    pub(in crate::tui) scroll: usize,
}

/// What is to be done, with the payment as it was heard of last.
#[derive(Clone, Debug)]
pub(in crate::tui) enum What {
    /// Settle what is in doubt.
    Decide {
        view: Box<PaymentView>,
        refund: Option<RefundId>,
        seen: InDoubt,
        verdict: Verdict,
    },
    /// Give back all that is left, or of one leg.
    Refund {
        view: Box<PaymentView>,
        /// `None`: all that is left.
        leg: Option<u32>,
        /// How much of the leg.
        sum: Entry,
    },
    /// Say that an orphan is known and put right.
    Known { seen: Box<Orphan> },
}

/// Where the form's cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Field {
    Choice,
    Sum,
    Operator,
    Why,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Stage {
    /// The form is being filled in.
    Filling,
    /// The question before it is done.
    Sure,
    /// Being done.
    Busy,
    /// What came of it.
    Outcome(Answer),
}

/// What may still be given back of a leg.
pub(in crate::tui) fn left_of(leg: &LegView) -> Money {
    leg.amount
        .checked_sub(leg.refunded)
        .filter(|left| left.is_positive())
        .unwrap_or(Money::ZERO)
}

impl Task {
    pub(super) fn new(what: What, by: By) -> Self {
        Self {
            what,
            operator: by.operator.clone().unwrap_or_default(),
            by,
            why: String::new(),
            field: Field::Choice,
            stage: Stage::Filling,
            scroll: 0,
        }
    }

    /// The payment as it was heard of last; an orphan has none.
    pub(in crate::tui) fn view(&self) -> Option<&PaymentView> {
        match &self.what {
            What::Decide { view, .. } | What::Refund { view, .. } => Some(view),
            What::Known { .. } => None,
        }
    }

    /// The payment that it is about.
    pub(super) fn payment(&self) -> PaymentId {
        match &self.what {
            What::Decide { view, .. } | What::Refund { view, .. } => view.id,
            What::Known { seen } => seen.payment,
        }
    }

    pub(super) fn set_view(&mut self, fresh: &PaymentView) {
        match &mut self.what {
            What::Decide { view, .. } | What::Refund { view, .. } => {
                view.as_mut().clone_from(fresh);
            }
            What::Known { .. } => {}
        }
    }

    /// The legs that may still give something back.
    pub(in crate::tui) fn legs(&self) -> Vec<&LegView> {
        self.view()
            .into_iter()
            .flat_map(|view| &view.legs)
            .filter(|leg| left_of(leg).is_positive())
            .collect()
    }

    /// Which account gets how much, by number of the leg.
    pub(in crate::tui) fn parts(&self) -> Vec<(u32, Money)> {
        match &self.what {
            What::Decide { .. } | What::Known { .. } => vec![],
            What::Refund { leg: None, .. } => self
                .legs()
                .iter()
                .map(|leg| (leg.number, left_of(leg)))
                .collect(),
            What::Refund {
                leg: Some(number),
                sum,
                ..
            } => vec![(*number, sum.value())],
        }
    }

    /// What is decided about, while it is in doubt.
    pub(in crate::tui) fn item(&self) -> Option<Item<'_>> {
        match &self.what {
            What::Decide { view, refund, .. } => Item::find(view, *refund),
            What::Refund { .. } | What::Known { .. } => None,
        }
    }

    /// What a person may say about it.
    pub(in crate::tui) fn verdicts(&self) -> &[Verdict] {
        self.item().map_or(&[], |item| item.may_say())
    }

    /// Number of choices, and the one that is made.
    pub(super) fn choice(&self) -> (usize, usize) {
        match &self.what {
            What::Decide { verdict, .. } => {
                let all = self.verdicts();
                let at = all.iter().position(|one| one == verdict).unwrap_or(0);
                (all.len(), at)
            }
            What::Refund { leg, .. } => {
                let legs = self.legs();
                let at = leg.and_then(|number| legs.iter().position(|leg| leg.number == number));
                (legs.len() + 1, at.map_or(0, |at| at + 1))
            }
            What::Known { .. } => (1, 0),
        }
    }

    pub(super) fn choose(&mut self, index: usize) {
        let verdict = self.verdicts().get(index).copied();
        let chosen = index
            .checked_sub(1)
            .and_then(|index| self.legs().get(index).map(|leg| (leg.number, left_of(leg))));
        match &mut self.what {
            What::Decide { verdict: old, .. } => *old = verdict.unwrap_or(*old),
            What::Refund { leg, sum, .. } => {
                let number = chosen.map(|(number, _)| number);
                if *leg != number {
                    *leg = number;
                    *sum = Entry::of(chosen.map_or(Money::ZERO, |(_, left)| left));
                }
            }
            What::Known { .. } => {}
        }
    }

    /// The fields in order.
    pub(in crate::tui) fn fields(&self) -> &'static [Field] {
        let all = &[Field::Choice, Field::Operator, Field::Why];
        let known = &[Field::Choice, Field::Why];
        match (&self.what, self.by.operator.is_some()) {
            (What::Refund { leg: Some(_), .. }, false) => {
                &[Field::Choice, Field::Sum, Field::Operator, Field::Why]
            }
            (What::Refund { leg: Some(_), .. }, true) => &[Field::Choice, Field::Sum, Field::Why],
            (What::Refund { leg: None, .. } | What::Decide { .. } | What::Known { .. }, false) => {
                all
            }
            (What::Refund { leg: None, .. } | What::Decide { .. } | What::Known { .. }, true) => {
                known
            }
        }
    }

    /// The field so many places on; the form has a first and a last one.
    pub(super) fn go(&mut self, forward: bool) {
        let fields = self.fields();
        let at = fields.iter().position(|&f| f == self.field).unwrap_or(0);
        let next = if forward {
            at + 1
        } else {
            at.saturating_sub(1)
        };
        if let Some(&field) = fields.get(next) {
            if let What::Refund { sum, .. } = &mut self.what {
                sum.finish();
            }
            self.field = field;
        }
    }

    pub(super) fn type_char(&mut self, c: char) {
        match (self.field, &mut self.what) {
            (Field::Choice, _) => {
                let (choices, _) = self.choice();
                let index = c.to_digit(10).and_then(|n| usize::try_from(n).ok());
                if let Some(index) = index
                    .and_then(|n| n.checked_sub(1))
                    .filter(|&n| n < choices)
                {
                    self.choose(index);
                }
            }
            (Field::Sum, What::Refund { sum, .. }) => {
                sum.type_char(c);
            }
            (Field::Sum, What::Decide { .. } | What::Known { .. }) => {}
            (Field::Operator, _) => push(&mut self.operator, c),
            (Field::Why, _) => push(&mut self.why, c),
        }
    }

    pub(super) fn erase(&mut self, all: bool) {
        let text = match (self.field, &mut self.what) {
            (Field::Sum, What::Refund { sum, .. }) if all => {
                *sum = Entry::default();
                return;
            }
            (Field::Sum, What::Refund { sum, .. }) => return sum.erase(),
            (Field::Choice, _) | (Field::Sum, What::Decide { .. } | What::Known { .. }) => return,
            (Field::Operator, _) => &mut self.operator,
            (Field::Why, _) => &mut self.why,
        };
        if all {
            text.clear();
        } else {
            text.pop();
        }
    }

    /// The locale key of what is still wrong with the form, and the field to mend.
    pub(super) fn fault(&self) -> Option<(&'static str, Field)> {
        if let What::Refund { leg, sum, .. } = &self.what {
            if self.legs().is_empty() {
                return Some(("reason.nothing_to_refund", Field::Choice));
            }
            if let Some(number) = leg {
                let left = self
                    .legs()
                    .iter()
                    .find(|leg| leg.number == *number)
                    .map(|l| left_of(l));
                if !sum.value().is_positive() {
                    return Some(("till.task.no_sum", Field::Sum));
                }
                if left.is_none_or(|left| sum.value() > left) {
                    return Some(("reason.refund_too_large", Field::Sum));
                }
            }
        }
        if clean(&self.operator).is_empty() {
            return Some(("till.task.no_operator", Field::Operator));
        }
        clean(&self.why)
            .is_empty()
            .then_some(("till.task.no_why", Field::Why))
    }

    /// What the runtime is asked to do.
    pub(super) fn effect(&self) -> Effect {
        let (operator, why) = (clean(&self.operator), clean(&self.why));
        let approver = self.by.approver.clone();
        match &self.what {
            What::Decide {
                view,
                refund,
                seen,
                verdict,
            } => Effect::Decide(Box::new(Ruling {
                payment: view.id,
                refund: *refund,
                seen: *seen,
                decision: Decision {
                    verdict: *verdict,
                    operator,
                    approver,
                    why,
                },
            })),
            // Exactly the sums that were shown.
            What::Refund { view, .. } => Effect::Refund(Box::new(RefundRequest {
                payment: view.id,
                legs: self
                    .parts()
                    .into_iter()
                    .map(|(leg, sum)| (leg, Some(sum)))
                    .collect(),
                by_hand: false,
                operator,
                approver,
                why,
            })),
            What::Known { seen } => Effect::Known(Box::new(Known {
                seen: seen.as_ref().clone(),
                operator,
                approver,
                why,
            })),
        }
    }

    /// The refund that the outcome is about; `None`: the payment itself.
    pub(in crate::tui) fn refund_in<'a>(&self, view: &'a PaymentView) -> Option<&'a RefundView> {
        match &self.what {
            What::Decide { refund, .. } => {
                view.refunds.iter().find(|known| Some(known.id) == *refund)
            }
            What::Refund { .. } => view.refunds.last(),
            What::Known { .. } => None,
        }
    }
}

fn push(text: &mut String, c: char) {
    let fits = text.chars().count() < WORDS_MAX;
    // What would vanish when it is written down is not shown either.
    if fits && (c == ' ' || !clean(c.encode_utf8(&mut [0; 4])).is_empty()) {
        text.push(c);
    }
}
