//! What a person decides, and what he gives back: a form, a question, the work, and what came of it.

use crossterm::event::{KeyCode, KeyEvent};

use crate::domain::Money;
use crate::domain::text::clean;
use crate::payment::orphan::Orphan;
use crate::payment::sale::PaymentId;
use crate::payment::view::{
    Decision, InDoubt, LegView, PaymentView, RefundId, RefundRequest, RefundStanding, RefundView,
    Standing, Verdict,
};

use super::super::entry::Entry;
use super::super::keys::Action;
use super::super::msg::{Answer, Effect, Known, Ruling};
use super::attention::{Item, Row, is_moving};
use super::{App, Layer, Paying, Tone};

/// Most characters of a name or a reason.
const WORDS_MAX: usize = 200;

/// A decision or a refund on its way from the form to the outcome.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Task {
    pub(in crate::tui) what: What,
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
    const fn new(what: What) -> Self {
        Self {
            what,
            operator: String::new(),
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
    fn payment(&self) -> PaymentId {
        match &self.what {
            What::Decide { view, .. } | What::Refund { view, .. } => view.id,
            What::Known { seen } => seen.payment,
        }
    }

    fn set_view(&mut self, fresh: &PaymentView) {
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
    fn choice(&self) -> (usize, usize) {
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

    fn choose(&mut self, index: usize) {
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
    fn fields(&self) -> &'static [Field] {
        match self.what {
            What::Refund { leg: Some(_), .. } => {
                &[Field::Choice, Field::Sum, Field::Operator, Field::Why]
            }
            What::Refund { leg: None, .. } | What::Decide { .. } | What::Known { .. } => {
                &[Field::Choice, Field::Operator, Field::Why]
            }
        }
    }

    /// The field so many places on; the form has a first and a last one.
    fn go(&mut self, forward: bool) {
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

    fn type_char(&mut self, c: char) {
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

    fn erase(&mut self, all: bool) {
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
    fn fault(&self) -> Option<(&'static str, Field)> {
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
    fn effect(&self) -> Effect {
        let (operator, why) = (clean(&self.operator), clean(&self.why));
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
                why,
            })),
            What::Known { seen } => Effect::Known(Box::new(Known {
                seen: seen.as_ref().clone(),
                operator,
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

impl App {
    /// The task on top, where it is in that stage.
    pub(in crate::tui) fn task(&self) -> Option<&Task> {
        match self.layers.last() {
            Some(Layer::Task(task)) => Some(task),
            Some(_) | None => None,
        }
    }

    fn task_mut(&mut self) -> Option<&mut Task> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Task(task) => Some(&mut **task),
            _ => None,
        })
    }

    /// A task that is being done.
    pub(super) fn task_runs(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| matches!(layer, Layer::Task(task) if task.stage == Stage::Busy))
    }

    /// Enter on what needs a person.
    pub(super) fn begin_decision(&mut self) -> Vec<Effect> {
        let Some(&Layer::Attention { selected }) = self.layers.last() else {
            return vec![];
        };
        let rows = self.attention_rows();
        let what = |row: &Row<'_>| match row {
            Row::Item(item) => Some(What::Decide {
                view: Box::new(item.view.clone()),
                refund: item.refund.map(|refund| refund.id),
                seen: item.in_doubt()?,
                verdict: *item.may_say().first()?,
            }),
            Row::Orphan(orphan) => Some(What::Known {
                seen: Box::new((*orphan).clone()),
            }),
        };
        let row = rows.get(self.attention_index(selected));
        match row.and_then(what) {
            Some(what) => self.begin(Task::new(what)),
            None => self.complain(Tone::Warn, self.text("reason.nothing_to_decide")),
        }
    }

    /// F4 on a payment of the list.
    pub(super) fn begin_refund(&mut self) -> Vec<Effect> {
        let Some(&Layer::Payments { selected }) = self.layers.last() else {
            return vec![];
        };
        let Some(view) = self.payment_rows().get(selected).map(|&view| view.clone()) else {
            return vec![];
        };
        let open = view.refunds.iter().any(|refund| match refund.standing {
            RefundStanding::Working | RefundStanding::Unknown | RefundStanding::NeedsManager => {
                true
            }
            RefundStanding::Refunded | RefundStanding::ByHand | RefundStanding::Refused => false,
        });
        let paid = view.standing == Standing::Paid;
        let task = Task::new(What::Refund {
            view: Box::new(view),
            leg: None,
            sum: Entry::default(),
        });
        if !paid || task.legs().is_empty() {
            self.complain(Tone::Warn, self.text("reason.nothing_to_refund"))
        } else if open {
            self.complain(Tone::Warn, self.text("till.refund.open"))
        } else {
            self.begin(task)
        }
    }

    fn begin(&mut self, task: Task) -> Vec<Effect> {
        if self.paying.as_ref().is_some_and(Paying::is_working) {
            return self.complain(Tone::Warn, self.text("till.task.not_now"));
        }
        self.layers.push(Layer::Task(Box::new(task)));
        vec![]
    }

    /// A key in the form.
    pub(super) fn fill_in(&mut self, action: Action, key: &KeyEvent) -> Vec<Effect> {
        let Some(task) = self.task_mut() else {
            return vec![];
        };
        let (choices, at) = task.choice();
        match action {
            Action::Up if task.field == Field::Choice => task.choose(at.saturating_sub(1)),
            Action::Down if task.field == Field::Choice => {
                task.choose((at + 1).min(choices.saturating_sub(1)));
            }
            Action::Up | Action::PreviousField => task.go(false),
            Action::Down | Action::NextField => task.go(true),
            Action::Erase => task.erase(false),
            Action::Clear => task.erase(true),
            Action::Write => {
                if let KeyCode::Char(c) = key.code {
                    task.type_char(c);
                }
            }
            Action::Check => return self.check_form(),
            _ => {}
        }
        vec![]
    }

    /// F5 in the form: the question, once everything is filled in.
    fn check_form(&mut self) -> Vec<Effect> {
        let Some(task) = self.task_mut() else {
            return vec![];
        };
        if let What::Refund { sum, .. } = &mut task.what {
            sum.finish();
        }
        match task.fault() {
            Some((words, field)) => {
                task.field = field;
                self.complain(Tone::Warn, self.text(words))
            }
            None => {
                task.stage = Stage::Sure;
                task.scroll = 0;
                vec![]
            }
        }
    }

    /// Enter on the question.
    pub(super) fn do_task(&mut self) -> Vec<Effect> {
        match self.task_mut() {
            Some(task) if task.stage == Stage::Sure => {
                task.stage = Stage::Busy;
                vec![task.effect()]
            }
            Some(_) | None => vec![],
        }
    }

    /// Esc: from the question to the form, out of the form or the outcome; never out of the work.
    pub(super) fn leave_task(&mut self) -> Vec<Effect> {
        match self.task_mut().map(|task| &mut task.stage) {
            Some(stage @ Stage::Sure) => *stage = Stage::Filling,
            Some(Stage::Busy) => self.say(Tone::Info, self.text("till.task.wait")),
            Some(Stage::Filling | Stage::Outcome(_)) => {
                self.layers.pop();
            }
            None => {}
        }
        vec![]
    }

    /// What came of it.
    pub(super) fn on_answer(&mut self, payment: PaymentId, answer: Answer) -> Vec<Effect> {
        self.notice = None;
        match self.task_mut() {
            Some(task) if task.payment() == payment && task.stage == Stage::Busy => {
                if let Answer::Done(view) = &answer {
                    task.set_view(view);
                }
                task.stage = Stage::Outcome(answer);
                task.scroll = 0;
            }
            Some(_) | None => {}
        }
        vec![self.load_payments(), Effect::LoadOrders]
    }

    /// News of the payment that a task is about.
    pub(super) fn tell_task(&mut self, view: &PaymentView) {
        if let Some(task) = self.task_mut()
            && task.payment() == view.id
            && task.stage == Stage::Busy
        {
            task.set_view(view);
        }
    }

    /// While somebody fills in a form, asking may settle what it is about, or leave something else
    /// in doubt. Then the form is taken back.
    pub(super) fn recheck_task(&mut self) {
        let fresh = match self.task() {
            Some(task) if matches!(task.stage, Stage::Filling | Stage::Sure) => match &task.what {
                What::Decide {
                    view,
                    refund,
                    seen,
                    verdict,
                } => {
                    let still = |item: &Item<'_>| {
                        item.key() == (view.id, *refund)
                            && item.in_doubt() == Some(*seen)
                            && item.may_say().contains(verdict)
                    };
                    self.items().find(still).map(|item| item.view.clone())
                }
                What::Known { seen } if self.orphans.contains(seen) => return,
                What::Known { .. } => None,
                // Its own news take it back.
                What::Refund { .. } => return,
            },
            Some(_) | None => return,
        };
        match (fresh, self.task_mut()) {
            (Some(view), Some(task)) => {
                task.set_view(&view);
                let (_, at) = task.choice();
                task.choose(at);
            }
            (None, _) => {
                self.layers.retain(|layer| !matches!(layer, Layer::Task(_)));
                self.say(Tone::Warn, self.text("till.task.settled"));
            }
            (Some(_), None) => {}
        }
    }

    /// News of a payment that a refund's form is about: what may be given back has changed.
    pub(super) fn refresh_refund_form(&mut self, view: &PaymentView) {
        let changed = self.task().is_some_and(|task| {
            matches!(task.what, What::Refund { .. })
                && matches!(task.stage, Stage::Filling | Stage::Sure)
                && task.view().is_some_and(|old| {
                    old.id == view.id && (old.legs != view.legs || is_moving(view))
                })
        });
        if changed {
            self.layers.retain(|layer| !matches!(layer, Layer::Task(_)));
            self.say(Tone::Warn, self.text("till.task.settled"));
        }
    }
}
