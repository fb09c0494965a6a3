//! The payment in front of the cashier, and the older ones that are not at rest.

use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::PaymentId;
use crate::payment::view::{PaymentView, Standing};

use super::super::msg::Effect;
use super::{App, Confirm, Layer, Paying, Tone};

/// Most unsettled payments kept for the screen; the journal has them all.
const PARKED_MAX: usize = 100;
/// Most ids of settled payments remembered.
const SETTLED_MAX: usize = 100;

impl App {
    /// F5: the question, if the order can be paid as it stands.
    pub(super) fn ask_to_pay(&mut self) -> Vec<Effect> {
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        bill.finish_entry();
        if let Some(request) = bill.request() {
            self.layers.push(Layer::Confirm(Box::new(Confirm {
                request,
                again: false,
                scroll: 0,
            })));
            vec![]
        } else {
            let words = self.verdict_words();
            self.complain(Tone::Warn, words)
        }
    }

    /// The cashier confirmed what the dialog shows.
    pub(super) fn confirm(&mut self) -> Vec<Effect> {
        let Some(Layer::Confirm(mut confirm)) = self.layers.pop() else {
            return vec![];
        };
        let large = self
            .settings
            .confirm_above
            .is_some_and(|limit| confirm.request.order.unpaid > limit);
        if large && !confirm.again {
            confirm.again = true;
            self.layers.push(Layer::Confirm(confirm));
            return vec![];
        }
        let request = confirm.request;
        self.layers.clear();
        self.paying = Some(Paying {
            request: request.clone(),
            view: None,
            seen_at: self.now,
            cancel_asked: false,
            scroll: 0,
        });
        vec![Effect::Pay(Box::new(request))]
    }

    /// The cashier confirmed that the running payment should stop.
    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        self.layers.pop();
        match self.paying.as_mut() {
            Some(paying) if paying.is_working() => {
                paying.cancel_asked = true;
                vec![Effect::CancelPayment]
            }
            Some(_) | None => vec![],
        }
    }

    /// News of a payment.
    pub(super) fn on_payment(&mut self, view: PaymentView) -> Vec<Effect> {
        if let Some(record) = self
            .records
            .iter_mut()
            .flatten()
            .find(|record| record.view.id == view.id)
        {
            record.view = view.clone();
        }
        let now = self.now;
        // A new payment has no refunds: news of an older payment's refund is not news of it.
        let known = self.is_known(view.id) || !view.refunds.is_empty();
        match self.paying.as_mut() {
            Some(paying)
                if paying
                    .view
                    .as_ref()
                    .map_or(!known && paying.request.order.guid == view.order, |old| {
                        old.id == view.id
                    }) =>
            {
                let was_working = paying.is_working();
                paying.view = Some(view);
                paying.seen_at = now;
                if was_working && !paying.is_working() {
                    // The outcome is not hidden behind a help page or a question.
                    self.layers.clear();
                    self.notice = None;
                    return vec![Effect::LoadPayments];
                }
                vec![]
            }
            Some(_) | None => self.on_other_payment(view),
        }
    }

    fn is_known(&self, id: PaymentId) -> bool {
        self.settled.contains(&id) || self.parked.iter().any(|view| view.id == id)
    }

    fn on_other_payment(&mut self, view: PaymentView) -> Vec<Effect> {
        let place = self.parked.iter().position(|old| old.id == view.id);
        match (view.standing.is_rest(), place) {
            (true, Some(index)) => {
                self.parked.remove(index);
                let words = self.texts.fill(
                    &format!("till.say.settled_{}", view.standing.word()),
                    &[("order", &view.order_name)],
                );
                self.settle(view.id);
                self.say(Tone::Info, words);
                vec![Effect::LoadPayments]
            }
            (true, None) => {
                self.settle(view.id);
                vec![]
            }
            (false, Some(index)) => {
                self.parked[index] = view;
                vec![]
            }
            (false, None) => {
                if self.parked.len() < PARKED_MAX {
                    self.parked.push(view);
                }
                vec![]
            }
        }
    }

    fn settle(&mut self, id: PaymentId) {
        if self.settled.len() >= SETTLED_MAX {
            self.settled.remove(0);
        }
        self.settled.push(id);
    }

    /// The payment did not begin: back to the order, with the reason.
    pub(super) fn on_payment_failed(&mut self, problem: &Problem) -> Vec<Effect> {
        let words = self
            .texts
            .fill("till.say.not_started", &[("why", &self.sentence(problem))]);
        let mut effects = self.complain(Tone::Bad, words);
        if self
            .paying
            .as_ref()
            .is_some_and(|paying| paying.view.is_none())
        {
            self.paying = None;
            self.layers.clear();
            effects.extend(self.reread_for(problem.reason));
        }
        effects
    }

    /// What the reason makes worth reading again.
    fn reread_for(&self, reason: Reason) -> Vec<Effect> {
        let Some(bill) = &self.bill else {
            return vec![];
        };
        match reason {
            Reason::OrderChanged
            | Reason::OrderPaidElsewhere
            | Reason::PaidUnclear
            | Reason::OrderClosed
            | Reason::OrderNotFound
            | Reason::SumMismatch
            | Reason::NothingDue
            | Reason::BillContradicts => vec![Effect::LoadOrder(bill.order().guid.clone())],
            Reason::NotEnoughMoney
            | Reason::CardNotFound
            | Reason::CardBlocked
            | Reason::CardExpired
            | Reason::AccountExpired
            | Reason::AccountNotFound
            | Reason::AccountNotSpendable
            | Reason::SplitInvalid => bill
                .cards()
                .iter()
                .map(|card| Effect::LookUpCard(card.uid.clone()))
                .collect(),
            Reason::SumTooLarge
            | Reason::SecondInstance
            | Reason::NumberTaken
            | Reason::OrderLocked
            | Reason::PaymentOpen
            | Reason::CurrencyNotAllowed
            | Reason::ShiftClosing
            | Reason::ShiftClosed
            | Reason::PrinterFailed
            | Reason::AccessDenied
            | Reason::LicenceMissing
            | Reason::ServerUnreachable
            | Reason::AnswerLost
            | Reason::AnswerNotUnderstood
            | Reason::ServerRefused
            | Reason::Cancelled
            | Reason::Interrupted
            | Reason::JournalFailed
            | Reason::NothingToRefund
            | Reason::RefundTooLarge
            | Reason::NothingToDecide
            | Reason::AnnulByHand
            | Reason::ConfigIncomplete => vec![],
        }
    }

    /// The cashier has seen the outcome.
    pub(super) fn close_result(&mut self) -> Vec<Effect> {
        let Some(view) = self.paying.as_mut().and_then(|paying| paying.view.take()) else {
            return vec![];
        };
        self.paying = None;
        self.notice = None;
        match view.standing {
            Standing::Paid => {
                self.bill = None;
                self.settle(view.id);
                self.orders.clear();
                vec![Effect::LoadOrders]
            }
            Standing::Refused => {
                self.settle(view.id);
                self.reload()
            }
            Standing::Unknown | Standing::NeedsManager | Standing::Working => {
                self.bill = None;
                self.parked.push(view);
                self.say(Tone::Warn, self.text("till.say.parked"));
                vec![Effect::LoadOrders]
            }
        }
    }

    /// F6 on a payment that is not settled.
    pub(super) fn ask_again(&mut self) -> Vec<Effect> {
        let view = match self.layers.last() {
            Some(Layer::Payments { selected }) => self
                .payment_rows()
                .get(*selected)
                .map(|row| (row.id, row.standing)),
            Some(_) => None,
            None => self
                .paying
                .as_ref()
                .and_then(|paying| paying.view.as_ref())
                .map(|view| (view.id, view.standing)),
        };
        match view {
            Some((id, Standing::Unknown | Standing::NeedsManager)) => {
                self.say(Tone::Info, self.text("till.say.asking_again"));
                vec![Effect::AskAgain(id)]
            }
            Some((_, Standing::Working | Standing::Paid | Standing::Refused)) | None => {
                self.say(Tone::Info, self.text("till.say.nothing_to_ask"));
                vec![]
            }
        }
    }

    /// Payments for the list, newest first: today's, and older ones that are not at rest.
    pub(in crate::tui) fn payment_rows(&self) -> Vec<&PaymentView> {
        let today = self.records.iter().flatten().map(|record| &record.view);
        let older = self.parked.iter().filter(|view| {
            !self
                .records
                .iter()
                .flatten()
                .any(|record| record.view.id == view.id)
        });
        let mut rows: Vec<&PaymentView> = today.chain(older).collect();
        rows.sort_by_key(|view| std::cmp::Reverse((view.started_at, view.id)));
        rows
    }
}
