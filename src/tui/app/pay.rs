//! The payment in front of the cashier, and the older ones that are not at rest.

use crate::domain::{OrderGuid, Uid};
use crate::operators::Right;
use crate::payment::reason::{Problem, Reason};
use crate::payment::record::PaymentRecord;
use crate::payment::sale::{PaymentId, PaymentRequest};
use crate::payment::view::{PaymentView, Standing};

use super::super::msg::{Effect, Period};
use super::shares::LastSplit;
use super::{App, Confirm, Layer, Paying, Then, Tone};

/// Most ids of settled payments remembered.
const SETTLED_MAX: usize = 100;

impl App {
    /// F5: the question, if the order can be paid as it stands; another one, if a part of it can.
    pub(super) fn ask_to_pay(&mut self) -> Vec<Effect> {
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        bill.finish_entry();
        let payable = bill.request().is_some() || bill.part_request().is_some();
        let (now, after) = (self.now, self.settings.stale_after);
        let cards = bill.cards().iter().map(|card| card.uid.clone());
        let stale: Vec<Uid> = cards.filter(|uid| bill.is_stale(uid, now, after)).collect();
        if payable && !stale.is_empty() {
            return self.read_again(stale);
        }
        if let Some(request) = bill.request() {
            return self.if_allowed(Right::Pay, Then::Pay(Box::new(request)));
        }
        let Some(request) = bill.part_request() else {
            let words = self.verdict_words();
            return self.complain(Tone::Warn, words);
        };
        if !self.settings.part_payments {
            // Why the whole cannot be paid stands under the sums.
            return self.complain(Tone::Warn, self.text("till.say.parts_off"));
        }
        // The card whose answer is on its way may pay what is missing.
        if !bill.awaited().is_empty() {
            return self.complain(Tone::Warn, self.text("till.say.part_waits"));
        }
        self.if_allowed(Right::Pay, Then::Pay(Box::new(request)))
    }

    /// Balances may have changed since they were read: what is confirmed must be what there is.
    fn read_again(&mut self, stale: Vec<Uid>) -> Vec<Effect> {
        let mut effects = self.complain(Tone::Warn, self.text("till.say.stale"));
        let Some(bill) = self.bill.as_mut() else {
            return effects;
        };
        let mut again = Vec::new();
        for uid in stale {
            if !bill.awaited().contains(&uid) {
                bill.await_card(uid.clone());
                again.push(uid);
            }
        }
        effects.extend(again.into_iter().map(|uid| self.look_up_again(uid)));
        effects
    }

    /// The question, once whoever asks may pay.
    pub(super) fn confirm_first(&mut self, request: PaymentRequest) -> Vec<Effect> {
        self.layers.push(Layer::Confirm(Box::new(Confirm {
            request,
            again: false,
            scroll: 0,
        })));
        vec![]
    }

    /// The cashier confirmed what the dialog shows.
    pub(super) fn confirm(&mut self) -> Vec<Effect> {
        let Some(Layer::Confirm(mut confirm)) = self.layers.pop() else {
            return vec![];
        };
        let large = self
            .settings
            .confirm_above
            .is_some_and(|limit| confirm.request.due() > limit);
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
    pub(super) fn on_payment(&mut self, view: &PaymentView) -> Vec<Effect> {
        // A new payment has no refunds: news of an older payment's refund is not news of it.
        let known = self.is_known(view.id) || !view.refunds.is_empty();
        if let Some(record) = self
            .records
            .iter_mut()
            .flatten()
            .find(|record| record.view.id == view.id)
        {
            record.view.clone_from(view);
        }
        self.tell_task(view);
        self.refresh_refund_form(view);
        let now = self.now;
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
                paying.view = Some(view.clone());
                paying.seen_at = now;
                let ended = was_working && !paying.is_working();
                self.note(view);
                if ended {
                    // The outcome is not hidden behind a help page or a question; who decides about
                    // it looks at it already.
                    self.layers.retain(|layer| matches!(layer, Layer::Task(_)));
                    self.notice = None;
                    return vec![self.load_payments()];
                }
                vec![]
            }
            Some(_) | None => self.on_other_payment(view),
        }
    }

    fn is_known(&self, id: PaymentId) -> bool {
        self.settled.contains(&id)
            || self.attention.iter().any(|view| view.id == id)
            || self
                .records
                .iter()
                .flatten()
                .any(|record| record.view.id == id)
    }

    fn on_other_payment(&mut self, view: &PaymentView) -> Vec<Effect> {
        let was_unsettled = self.is_unsettled(view.id);
        self.note(view);
        if !view.standing.is_rest() {
            return vec![];
        }
        self.settle(view.id);
        // Who decided is told in full.
        if !was_unsettled || self.task_runs() {
            return vec![];
        }
        let key = if view.paid_a_part() {
            "till.say.settled_part".to_owned()
        } else {
            format!("till.say.settled_{}", view.standing.word())
        };
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("order", &view.order_name), ("rest", &view.rest.grouped())];
        let words = self.texts.fill(&key, &values);
        self.say(Tone::Info, words);
        vec![self.load_payments()]
    }

    fn settle(&mut self, id: PaymentId) {
        if self.settled.contains(&id) {
            return;
        }
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
            | Reason::IntentReceiptStands
            | Reason::OrderPaidElsewhere
            | Reason::PaidUnclear
            | Reason::OrderClosed
            | Reason::OrderNotFound
            | Reason::SumMismatch
            | Reason::NothingDue
            | Reason::BillContradicts
            | Reason::ReceiptFailed
            | Reason::PaymentIntended
            | Reason::PaymentPromised
            | Reason::SeveralReceipts
            | Reason::TotalNegative
            | Reason::TotalZero
            | Reason::LineUnknown => vec![Effect::LoadOrder(bill.order().guid.clone())],
            Reason::NotEnoughMoney
            | Reason::CardNotFound
            | Reason::CardBlocked
            | Reason::CardExpired
            | Reason::AccountExpired
            | Reason::AccountNotFound
            | Reason::AccountNotSpendable
            | Reason::HoldClosed
            | Reason::HeldElsewhere
            | Reason::AccountRule
            | Reason::SplitInvalid => bill
                .cards()
                .iter()
                .map(|card| self.look_up_again(card.uid.clone()))
                .collect(),
            Reason::SumTooLarge
            | Reason::CardAmbiguous
            | Reason::KeyedCardsOff
            | Reason::PinWrong
            | Reason::PinBlocked
            | Reason::PinNotChecked
            | Reason::NumberNotSearched
            | Reason::CardNumberWrong
            | Reason::ServerBusy
            | Reason::RefundTooLate
            | Reason::SecondInstance
            | Reason::NumberTaken
            | Reason::OrderLocked
            | Reason::PaymentOpen
            | Reason::CurrencyNotAllowed
            | Reason::ShiftClosing
            | Reason::ShiftClosed
            | Reason::ShiftTooLong
            | Reason::PrinterFailed
            | Reason::TerminalFailed
            | Reason::CardSystemRefused
            | Reason::PersonalLimit
            | Reason::RightsMissing
            | Reason::AccessDenied
            | Reason::LicenceMissing
            | Reason::LicenceExpired
            | Reason::LicenceNumber
            | Reason::LicenceBusy
            | Reason::ServerUnreachable
            | Reason::AnswerLost
            | Reason::AnswerNotUnderstood
            | Reason::RequestNotUnderstood
            | Reason::ServerRefused
            | Reason::Cancelled
            | Reason::Interrupted
            | Reason::JournalFailed
            | Reason::NothingToRefund
            | Reason::RefundTooLarge
            | Reason::NothingToDecide
            | Reason::AnnulByHand
            | Reason::LockMissing
            | Reason::IntentReceiptWanted
            | Reason::IntentReceiptWhole
            | Reason::ConfigIncomplete => vec![],
        }
    }

    /// The cashier has seen the outcome.
    pub(super) fn close_result(&mut self) -> Vec<Effect> {
        let Some(paying) = self.paying.as_mut() else {
            return vec![];
        };
        let Some(view) = paying.view.take() else {
            return vec![];
        };
        if view.standing == Standing::Paid {
            self.last_split = Some(LastSplit::of(&paying.request));
        }
        self.paying = None;
        self.notice = None;
        match view.standing {
            Standing::Paid => {
                self.bill = None;
                self.settle(view.id);
                self.orders.clear();
                if view.paid_a_part() {
                    return self.reopen(view.order);
                }
                vec![Effect::LoadOrders]
            }
            Standing::Refused => {
                self.settle(view.id);
                self.reload()
            }
            Standing::Unknown | Standing::NeedsManager | Standing::Working => {
                self.bill = None;
                self.note(&view);
                self.say(Tone::Warn, self.text("till.say.parked"));
                vec![Effect::LoadOrders]
            }
        }
    }

    /// Back to an order of which a part is paid: read anew, and without the cards that paid.
    fn reopen(&mut self, order: OrderGuid) -> Vec<Effect> {
        self.opening = Some(order.clone());
        self.say(Tone::Info, self.text("till.say.opening"));
        vec![Effect::LoadOrders, Effect::LoadOrder(order)]
    }

    /// Reads the list of payments again.
    pub fn load_payments(&self) -> Effect {
        Effect::LoadPayments(self.period)
    }

    /// The list as the journal has it; the selected payment stays selected.
    pub(super) fn on_records(&mut self, records: Vec<PaymentRecord>) -> Vec<Effect> {
        let at = self.layers.iter().find_map(|layer| match layer {
            Layer::Payments { selected } => Some(*selected),
            _ => None,
        });
        let id = at.and_then(|at| self.payment_rows().get(at).map(|view| view.id));
        self.records = Some(records);
        let place = id.and_then(|id| self.payment_rows().iter().position(|view| view.id == id));
        for layer in &mut self.layers {
            if let Layer::Payments { selected } = layer {
                *selected = place.unwrap_or(*selected);
            }
        }
        vec![]
    }

    /// F2 in the list: today or the last seven days.
    pub(super) fn switch_period(&mut self) -> Vec<Effect> {
        self.period = match self.period {
            Period::Today => Period::Week,
            Period::Week => Period::Today,
        };
        vec![self.load_payments()]
    }

    /// Payments for the list, newest first, and older ones that need a person.
    pub(in crate::tui) fn payment_rows(&self) -> Vec<&PaymentView> {
        let judged = |id| self.attention.iter().find(|view| view.id == id);
        let today = self
            .records
            .iter()
            .flatten()
            .map(|record| judged(record.view.id).unwrap_or(&record.view));
        let older = self.attention.iter().filter(|view| {
            !self
                .records
                .iter()
                .flatten()
                .any(|record| record.view.id == view.id)
        });
        let mut rows: Vec<&PaymentView> = today.chain(older).collect();
        rows.retain(|view| self.payment_fits(view));
        rows.sort_by_key(|view| std::cmp::Reverse((view.started_at, view.id)));
        rows
    }
}
