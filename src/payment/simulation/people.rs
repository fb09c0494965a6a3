//! Persons who look at both servers and then say what is true. They say so only when nothing of the
//! payment is under way any more.

use super::books::{Books, Site};
use super::course::drive;
use super::wallet::Stage;
use crate::payment::progress::Progress;
use crate::payment::refund::RefundId;
use crate::payment::sale::PaymentId;
use crate::payment::state::refund::{RefundAt, RefundPhase};
use crate::payment::state::{At, Decision, Phase, Verdict};

fn decision(verdict: Verdict) -> Decision {
    Decision {
        verdict,
        operator: "Администратор".into(),
        approver: None,
        why: "проверено".into(),
    }
}

fn so(truth: bool) -> Verdict {
    if truth {
        Verdict::Happened
    } else {
        Verdict::DidNot
    }
}

impl Books {
    fn truth(&mut self, payment: PaymentId, progress: &Progress, at: At) -> Verdict {
        self.all_arrive();
        self.shown_to_a_person(payment);
        self.remove_doubles(payment);
        let order = self.ledger[&payment].order;
        if at == At::Pos && self.orders[order].is_open() && self.orders[order].meant(payment) > 0 {
            // Nothing is decided while anybody may still finish it.
            self.deal_with_meant(order);
        }
        let account = &self.ledger[&payment];
        match at {
            At::Reserve => so(account.net() != 0),
            At::Pos => so(account.stands() == account.due),
            At::Confirm => {
                let debit = progress.debit.as_ref();
                let operation = debit.and_then(|debit| self.operations.get(&debit.0));
                if operation.is_some_and(|operation| operation.stage == Stage::Booked) {
                    Verdict::Happened
                } else {
                    Verdict::AskAgain
                }
            }
            At::UndoNumber | At::Undo => so(account.net() == 0),
        }
    }

    /// What a wallet has shown to a person it has acknowledged.
    fn shown_to_a_person(&mut self, payment: PaymentId) {
        for operation in self.operations.values_mut() {
            operation.told |= operation.payment == Some(payment);
        }
    }

    /// What something between doubled is taken off the order again.
    fn remove_doubles(&mut self, payment: PaymentId) {
        let account = &self.ledger[&payment];
        if account.stands() > account.due {
            let (order, too_much) = (account.order, account.stands() - account.due);
            self.take_off(order, payment, too_much);
        }
    }

    fn take_off(&mut self, order: usize, payment: PaymentId, sum: i64) {
        self.pays_arrive(order);
        let bill = &mut self.orders[order];
        let mut left = sum;
        for paid in bill.paid.iter_mut().rev() {
            if paid.payment == Some(payment) && paid.is_money() {
                let off = paid.amount.min(left);
                paid.amount -= off;
                left -= off;
            }
        }
        bill.paid.retain(|paid| paid.amount > 0);
        if bill.of(payment) == 0 && !bill.paid.iter().any(|paid| paid.prepaid) {
            bill.closed = false;
        }
        bill.version += 1;
        self.unpaid(payment, sum - left);
        self.tell(|| format!("a person takes {sum} of {payment} off order {order}"));
    }

    fn refund_truth(&mut self, payment: PaymentId, progress: &Progress, id: RefundId) -> Verdict {
        self.all_arrive();
        self.shown_to_a_person(payment);
        let refund = progress.refund_of(id).unwrap();
        match refund.phase {
            RefundPhase::Parked(RefundAt::Return, _) | RefundPhase::Stuck(RefundAt::Return, _) => {
                let name = refund.operation.as_ref();
                let operation = name.and_then(|name| self.operations.get(&name.0));
                so(operation.is_some_and(|operation| operation.stage == Stage::Booked))
            }
            RefundPhase::Parked(RefundAt::Annul, _) | RefundPhase::Stuck(RefundAt::Annul, _) => {
                let account = &self.ledger[&payment];
                so(account.stands() == account.net())
            }
            RefundPhase::DoneByHand => {
                let account = &self.ledger[&payment];
                let (order, off) = (account.order, account.stands() - account.net());
                if off > 0 {
                    self.take_off(order, payment, off);
                }
                Verdict::Happened
            }
            RefundPhase::Numbering
            | RefundPhase::Returning(_)
            | RefundPhase::ReturnAsking(_)
            | RefundPhase::AnnulAsking(_)
            | RefundPhase::Annulling(_)
            | RefundPhase::Done
            | RefundPhase::Refused => Verdict::AskAgain,
        }
    }
}

/// Every payment and refund of a till that waits for a person gets one.
pub(super) fn look(site: &Site, till: usize) {
    let open: Vec<Progress> = {
        let books = site.books();
        let all = books.programs[till].disk.progress.values();
        all.filter(|progress| !progress.rests()).cloned().collect()
    };
    for progress in open {
        let payment = progress.sale.payment;
        if let Phase::Parked(at, _) | Phase::Stuck(at, _) = progress.phase {
            let verdict = {
                let mut books = site.books();
                let verdict = books.truth(payment, &progress, at);
                let again = books.rng.chance(15) || !progress.phase.may_say(verdict);
                let verdict = if again { Verdict::AskAgain } else { verdict };
                books.tell(|| format!("a person says of {payment}: {verdict:?}"));
                verdict
            };
            if let Some(seen) = progress.in_doubt_of(None) {
                drive(site, till, false, |driver, screen| {
                    let decided = driver.decide(payment, seen, decision(verdict), screen);
                    decided.map(drop)
                });
            }
        }
        for refund in &progress.refunds {
            let id = refund.refund.id;
            let Some(seen) = progress.in_doubt_of(Some(id)) else {
                continue;
            };
            let verdict = {
                let mut books = site.books();
                let verdict = if books.rng.chance(15) {
                    Verdict::AskAgain
                } else {
                    books.refund_truth(payment, &progress, id)
                };
                books.tell(|| format!("a person says of a refund of {payment}: {verdict:?}"));
                verdict
            };
            drive(site, till, false, |driver, screen| {
                let decided = driver.decide_refund(payment, id, seen, decision(verdict), screen);
                decided.map(drop)
            });
        }
    }
}
