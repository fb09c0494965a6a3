//! A refund as its journal entries add up.

use jiff::Timestamp;

use super::{Progress, RefundNote, RefundRequestKind};
use crate::payment::ports::OperationId;
use crate::payment::reason::Problem;
use crate::payment::refund::Refund;
use crate::payment::state::refund::{IllegalRefund, RefundAt, RefundEvent, RefundPhase};
use crate::payment::state::{AskedWallet, Decision, Sent, Verdict};
use crate::payment::view::{InDoubt, RefundStanding, RefundView};

/// A refund under way or at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundProgress {
    /// What is to be given back.
    pub refund: Refund,
    /// Where it is.
    pub phase: RefundPhase,
    /// Wallet's name of the return.
    pub operation: Option<OperationId>,
    /// Bytes of the return.
    pub return_body: Option<Vec<u8>>,
    /// Bytes for r_keeper.
    pub annul_body: Option<Vec<u8>>,
    /// What stands in the way, or why r_keeper is left to a person.
    pub problem: Option<Problem>,
    /// When it began.
    pub started_at: Timestamp,
    /// When this till learnt that the money is back.
    pub returned_at: Option<Timestamp>,
    /// What persons decided about it, oldest first.
    pub decisions: Vec<(Timestamp, Decision)>,
    /// An account had run out before its money came back.
    pub restored_expired: bool,
}

impl RefundProgress {
    /// A refund about to begin.
    pub const fn begin(refund: Refund, at: Timestamp) -> Self {
        Self {
            refund,
            phase: RefundPhase::START,
            operation: None,
            return_body: None,
            annul_body: None,
            problem: None,
            started_at: at,
            returned_at: None,
            decisions: vec![],
            restored_expired: false,
        }
    }

    /// Remembers what is to be known of it.
    pub const fn note(&mut self, note: RefundNote) {
        match note {
            RefundNote::RestoredExpired => self.restored_expired = true,
        }
    }

    /// Remembers the bytes of a request.
    pub fn keep(&mut self, kind: RefundRequestKind, body: Vec<u8>) {
        match kind {
            RefundRequestKind::Return => self.return_body = Some(body),
            RefundRequestKind::Annul => self.annul_body = Some(body),
        }
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &RefundEvent, at: Timestamp) -> Result<(), IllegalRefund> {
        let before = self.phase;
        self.phase = before.next(event)?;
        match event {
            RefundEvent::Numbered(operation) => self.operation = Some(operation.clone()),
            RefundEvent::Return(Sent::Done(()))
            | RefundEvent::AskedReturn(AskedWallet::Executed) => {
                self.returned_at = Some(at);
                self.problem = None;
            }
            RefundEvent::Decided(decision) => {
                if self.phase.has_returned() && self.returned_at.is_none() {
                    self.returned_at = Some(at);
                }
                self.decisions.push((at, decision.clone()));
            }
            RefundEvent::NotNumbered(_)
            | RefundEvent::Return(_)
            | RefundEvent::AskedReturn(_)
            | RefundEvent::AskedAnnul(_)
            | RefundEvent::Annul(_)
            | RefundEvent::TimeUp
            | RefundEvent::Resume => {}
        }
        if let Some(problem) = event.problem() {
            self.problem = Some(problem.clone());
        }
        if self.phase == RefundPhase::Done {
            self.problem = None;
        }
        Ok(())
    }

    /// Where it stands for screens and scripts.
    pub fn standing(&self, payment: &Progress) -> RefundStanding {
        match self.phase {
            RefundPhase::Done => RefundStanding::Refunded,
            RefundPhase::DoneByHand => RefundStanding::ByHand,
            RefundPhase::Refused => RefundStanding::Refused,
            RefundPhase::Stuck(..) => RefundStanding::NeedsManager,
            RefundPhase::Parked(_, doubt)
                if payment.needs_manager(doubt.tries, self.started_at) =>
            {
                RefundStanding::NeedsManager
            }
            RefundPhase::Parked(..) => RefundStanding::Unknown,
            RefundPhase::Numbering
            | RefundPhase::Returning(_)
            | RefundPhase::ReturnAsking(_)
            | RefundPhase::AnnulAsking(_)
            | RefundPhase::Annulling(_) => RefundStanding::Working,
        }
    }

    pub(super) fn view(&self, payment: &Progress) -> RefundView {
        RefundView {
            id: self.refund.id,
            parts: self
                .refund
                .parts
                .iter()
                .map(|part| (part.leg, part.amount))
                .collect(),
            total: self.refund.total(),
            started_at: self.started_at,
            operator: self.refund.operator.clone(),
            approver: self.refund.approver.clone(),
            why: self.refund.why.clone(),
            standing: self.standing(payment),
            returned: self.phase.has_returned(),
            lime_check: self.operation.as_ref().map(|operation| operation.0.clone()),
            problem: self.problem.clone(),
            may_say: Verdict::ALL
                .into_iter()
                .filter(|&verdict| self.phase.may_say(verdict))
                .collect(),
            in_doubt: self.in_doubt(),
            lock: self.refund.lock.0.clone(),
            restored_expired: self.restored_expired,
        }
    }

    pub(super) const fn in_doubt(&self) -> Option<InDoubt> {
        match self.phase {
            RefundPhase::Parked(RefundAt::Return, _) | RefundPhase::Stuck(RefundAt::Return, _) => {
                Some(InDoubt::Return)
            }
            RefundPhase::Parked(RefundAt::Annul, _) | RefundPhase::Stuck(RefundAt::Annul, _) => {
                Some(InDoubt::Annul)
            }
            RefundPhase::DoneByHand => Some(InDoubt::ByHand),
            RefundPhase::Numbering
            | RefundPhase::Returning(_)
            | RefundPhase::ReturnAsking(_)
            | RefundPhase::AnnulAsking(_)
            | RefundPhase::Annulling(_)
            | RefundPhase::Done
            | RefundPhase::Refused => None,
        }
    }
}
