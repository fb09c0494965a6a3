//! What a person decides, and what he gives back: a form, a question, the work, and what came of it.

mod form;

use crossterm::event::{KeyCode, KeyEvent};

use crate::operators::Right;
use crate::payment::sale::{By, PaymentId};
use crate::payment::view::{PaymentView, RefundStanding, Standing};

use super::super::entry::Entry;
use super::super::keys::Action;
use super::super::msg::{Answer, Effect};
use super::attention::{Item, Row, is_moving};
use super::{App, Layer, Paying, Then, Tone};

pub(in crate::tui) use form::{Field, Stage, Task, What, left_of};

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
            Some(what) => self.begin(Right::Resolve, what),
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
        let made_at = view.started_at;
        let task = Task::new(
            What::Refund {
                view: Box::new(view),
                leg: None,
                sum: Entry::default(),
            },
            By::default(),
        );
        if !paid || task.legs().is_empty() {
            self.complain(Tone::Warn, self.text("reason.nothing_to_refund"))
        } else if open {
            self.complain(Tone::Warn, self.text("till.refund.open"))
        } else {
            let right = if self.is_of_today(made_at) {
                Right::RefundToday
            } else {
                Right::RefundOlder
            };
            self.begin(right, task.what)
        }
    }

    fn begin(&mut self, right: Right, what: What) -> Vec<Effect> {
        if self.paying.as_ref().is_some_and(Paying::is_working) {
            return self.complain(Tone::Warn, self.text("till.task.not_now"));
        }
        self.if_allowed(right, Then::Task(Box::new(what)))
    }

    /// The form, once whoever asks for it may.
    pub(super) fn fill_form(&mut self, what: What, by: By) -> Vec<Effect> {
        self.layers.push(Layer::Task(Box::new(Task::new(what, by))));
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

    /// A press on one of the form's choices.
    pub(super) fn point_at_choice(&mut self, index: usize) {
        self.point_at_field(Field::Choice);
        if let Some(task) = self.task_mut() {
            task.choose(index);
        }
    }

    /// A press on one of the form's fields.
    pub(super) fn point_at_field(&mut self, field: Field) {
        if let Some(task) = self.task_mut()
            && task.fields().contains(&field)
        {
            if let What::Refund { sum, .. } = &mut task.what {
                sum.finish();
            }
            task.field = field;
        }
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
