//! Drives a refund: the wallet first, then r_keeper.

use super::stored::Moved;
use super::{DriveError, Driver, Turn, Turns, Watcher, Work, nameless, new_lock};
use crate::payment::payer::still_stands;
use crate::payment::ports::ReadError;
use crate::payment::progress::{Entry, RefundProgress, RefundRequestKind};
use crate::payment::reason::{Problem, Reason};
use crate::payment::refund::{Refund, RefundId, RefundRequest};
use crate::payment::sale::PaymentId;
use crate::payment::state::refund::{AskedAnnul, RefundAction, RefundEvent};
use crate::payment::state::{Decision, Sent};
use crate::payment::view::{InDoubt, PaymentView};

impl Driver<'_> {
    /// Gives money of a paid payment back to the accounts that it came from, and has r_keeper undo
    /// the payment where the site allows it. Returns when the refund rests, waits for a person, or
    /// is parked because nothing definite came in time.
    pub fn refund(
        &mut self,
        request: &RefundRequest,
        watcher: &mut dyn Watcher,
    ) -> Result<PaymentView, DriveError> {
        let progress = self.load(request.payment)?;
        let refund = Refund::new(RefundId::new(), new_lock(), request, &progress)
            .map_err(DriveError::NotStarted)?;
        let id = refund.id;
        let mut work = self.taken_up(progress);
        work.begin_refund(refund)?;
        work.run_refund(id, watcher)?;
        Ok(work.progress.view(None))
    }

    /// A person decides about a refund that waits, or settles what was left to him. Refuses as
    /// [`decide`](Driver::decide).
    pub fn decide_refund(
        &mut self,
        payment: PaymentId,
        refund: RefundId,
        seen: InDoubt,
        decision: Decision,
        watcher: &mut dyn Watcher,
    ) -> Result<PaymentView, DriveError> {
        let progress = self.load(payment)?;
        let waits = progress
            .refunds
            .iter()
            .any(|open| open.refund.id == refund && open.phase.may_say(decision.verdict));
        if !waits || progress.in_doubt_of(Some(refund)) != Some(seen) {
            let problem = Problem::own(Reason::NothingToDecide, "");
            return Err(DriveError::NotStarted(problem));
        }
        let mut work = self.taken_up(progress);
        work.refund_sending(refund, RefundEvent::Decided(decision))?;
        work.run_refund(refund, watcher)?;
        Ok(work.progress.view(None))
    }
}

impl Work<'_, '_> {
    /// Takes up every refund that is open; a payment at rest without one is only shown.
    pub(super) fn resume_refunds(
        &mut self,
        watcher: &mut dyn Watcher,
    ) -> Result<PaymentView, DriveError> {
        let open: Vec<RefundId> = self
            .progress
            .refunds
            .iter()
            .filter(|refund| refund.phase.is_open())
            .map(|refund| refund.refund.id)
            .collect();
        for refund in open {
            self.refund_happened(refund, RefundEvent::Resume)?;
            self.run_refund(refund, watcher)?;
        }
        Ok(self.progress.view(None))
    }

    fn begin_refund(&mut self, refund: Refund) -> Result<(), DriveError> {
        let payment = self.progress.sale.payment;
        let at = self.driver.clock.now();
        self.progress
            .begin_refund(refund.clone(), at)
            .map_err(|source| DriveError::Replay { payment, source })?;
        self.unwritten.push(Entry::Refund(Box::new(refund)));
        self.write()
    }

    fn run_refund(&mut self, id: RefundId, watcher: &mut dyn Watcher) -> Result<(), DriveError> {
        let (payment, tries) = (self.progress.sale.payment, self.of(id)?.phase.tries());
        let mut turns = Turns::begin(self.driver.clock, payment, tries);
        loop {
            let left = turns.left(self.driver);
            let phase = self.of(id)?.phase;
            let action = phase.action();
            if action == RefundAction::Rest {
                self.write()?;
                let now = self.driver.clock.now();
                self.driver.patience.judge(&mut self.progress, now);
                watcher.show(&self.progress.view(None));
                return Ok(());
            }
            watcher.show(&self.progress.view(Some(left.as_secs())));
            let settles = action != RefundAction::AskNumber;
            match turns.turn(self.driver, phase.tries(), settles) {
                Turn::Up => self.refund_happened(id, RefundEvent::TimeUp)?,
                Turn::Wait(pause) => {
                    self.write()?;
                    self.driver.clock.wait(pause);
                }
                Turn::Act => self.perform_refund(id, action)?,
            }
        }
    }

    fn perform_refund(&mut self, id: RefundId, action: RefundAction) -> Result<(), DriveError> {
        match action {
            RefundAction::AskNumber => {
                let event = match self.driver.wallet.next_operation() {
                    Ok(operation) => RefundEvent::Numbered(operation),
                    Err(error) => RefundEvent::NotNumbered(self.hide(error.problem().clone())),
                };
                self.refund_happened(id, event)
            }
            RefundAction::Return => self.give_back(id),
            RefundAction::AskReturn => {
                let answer = self.ask_wallet(Moved::Refund(id))?;
                self.refund_happened(id, RefundEvent::AskedReturn(answer))
            }
            RefundAction::AskOrder => {
                let answer = self.ask_annul();
                self.refund_happened(id, RefundEvent::AskedAnnul(answer))
            }
            RefundAction::Annul => self.annul(id),
            RefundAction::Rest => Ok(()),
        }
    }

    fn give_back(&mut self, id: RefundId) -> Result<(), DriveError> {
        let wallet = self.driver.wallet;
        let refund = self.of(id)?;
        let (Some(operation), Some(taken)) =
            (refund.operation.clone(), self.progress.debit.clone())
        else {
            let event = RefundEvent::Return(Sent::Refused(nameless()));
            return self.refund_happened(id, event);
        };
        let body = match refund.return_body.clone() {
            Some(body) => body,
            None => {
                let at = self.driver.clock.local();
                let rows = refund.refund.rows.clone();
                match wallet.undo_request(&operation, &taken, &self.progress.sale, &rows, at) {
                    Ok(body) => self.keep_refund(id, RefundRequestKind::Return, body)?,
                    Err(problem) => {
                        let event = RefundEvent::Return(Sent::Refused(self.hide(problem)));
                        return self.refund_happened(id, event);
                    }
                }
            }
        };
        self.refund_sending(id, RefundEvent::Return(Sent::Sending))?;
        let reply = wallet.undo(&operation, &body);
        let sent = self.sent_moved(Moved::Refund(id), &operation, reply)?;
        self.refund_happened(id, RefundEvent::Return(sent))
    }

    fn ask_annul(&self) -> AskedAnnul {
        match self.driver.pos.order(&self.progress.sale.order) {
            Ok(order) => self.known(|known| still_stands(&order, known)),
            // An order of a past shift is not shown any more.
            Err(ReadError::Refused(problem)) => AskedAnnul::CannotTell(self.hide(problem)),
            Err(ReadError::Failed(problem)) => AskedAnnul::Failed(self.hide(problem)),
        }
    }

    fn annul(&mut self, id: RefundId) -> Result<(), DriveError> {
        let pos = self.driver.pos;
        let refund = self.of(id)?.clone();
        let by_hand = |this: &mut Self, problem: Problem| {
            let event = RefundEvent::Annul(Sent::Refused(this.hide(problem)));
            this.refund_happened(id, event)
        };
        if refund.refund.by_hand {
            return by_hand(self, Problem::own(Reason::AnnulByHand, ""));
        }
        let body = match refund.annul_body {
            Some(body) => body,
            None => {
                let order = match pos.order(&self.progress.sale.order) {
                    Ok(order) => order,
                    Err(error) => return by_hand(self, error.problem().clone()),
                };
                match pos.annul_request(&self.progress.sale, &refund.refund, &order) {
                    Ok(body) => self.keep_refund(id, RefundRequestKind::Annul, body)?,
                    Err(problem) => return by_hand(self, problem),
                }
            }
        };
        let locks = self.progress.sale.is_part();
        if locks {
            // Whether it holds is for the answer to say.
            pos.lock(&self.progress.sale.order, &refund.refund.lock);
        } else {
            // A closed order cannot be locked, but the payment's own lock may still be there: what gave it
            // back was perhaps lost.
            pos.unlock(&self.progress.sale.order, &self.progress.lock);
        }
        self.refund_sending(id, RefundEvent::Annul(Sent::Sending))?;
        let reply = pos.annul(&body);
        self.refund_happened(id, RefundEvent::Annul(self.sent(reply)))?;
        if locks && !matches!(self.of(id)?.phase.action(), RefundAction::Annul) {
            pos.unlock(&self.progress.sale.order, &refund.refund.lock);
        }
        Ok(())
    }

    fn of(&self, id: RefundId) -> Result<&RefundProgress, DriveError> {
        let payment = self.progress.sale.payment;
        self.progress
            .refund_of(id)
            .map_err(|source| DriveError::Replay { payment, source })
    }

    fn keep_refund(
        &mut self,
        id: RefundId,
        kind: RefundRequestKind,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, DriveError> {
        let payment = self.progress.sale.payment;
        self.progress
            .refund(id)
            .map_err(|source| DriveError::Replay { payment, source })?
            .keep(kind, body.clone());
        self.unwritten
            .push(Entry::RefundRequest(id, kind, body.clone()));
        Ok(body)
    }

    fn refund_happened(&mut self, id: RefundId, event: RefundEvent) -> Result<(), DriveError> {
        let payment = self.progress.sale.payment;
        tracing::debug!(%payment, refund = %id, event = event.name(), problem = ?event.problem(), "refund");
        let at = self.driver.clock.now();
        self.progress
            .refund(id)
            .and_then(|refund| Ok(refund.apply(&event, at)?))
            .map_err(|source| DriveError::Replay { payment, source })?;
        self.unwritten.push(Entry::RefundEvent(id, event));
        Ok(())
    }

    /// Something is about to be sent: all that led to it is on disk when this returns.
    fn refund_sending(&mut self, id: RefundId, event: RefundEvent) -> Result<(), DriveError> {
        self.refund_happened(id, event)?;
        self.write()
    }
}
