//! What a wallet shows of an operation beside that it was executed: money that was moved twice, and
//! accounts that had run out before their money came back.

use super::{DriveError, Work};
use crate::domain::Money;
use crate::payment::orphan::{Note, Orphan, OrphanKind, Orphans, Sums};
use crate::payment::ports::{OperationId, Reply, Stored};
use crate::payment::progress::{Entry, RefundNote};
use crate::payment::refund::RefundId;
use crate::payment::state::Sent;

/// The operation that an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// The debit.
    Debit,
    /// The return of a payment that came to nothing.
    GiveBack,
    /// The return of a refund.
    Refund(RefundId),
}

impl Work<'_, '_> {
    /// What came of sending, with what is to be known of it written down.
    pub(super) fn sent_moved(
        &mut self,
        what: Moved,
        operation: &OperationId,
        reply: Reply<Stored>,
    ) -> Result<Sent<()>, DriveError> {
        if let Reply::Done(stored) = &reply {
            self.take_stored(what, operation, *stored)?;
        }
        Ok(self.sent(reply.map(drop)))
    }

    /// Writes down what is to be known of an operation that was executed.
    pub(super) fn take_stored(
        &mut self,
        what: Moved,
        operation: &OperationId,
        stored: Stored,
    ) -> Result<(), DriveError> {
        if let Some(moved) = stored.moved {
            self.moved_too_much(what, operation, moved)?;
        }
        // Of a payment that came to nothing the money was away for seconds.
        if let Moved::Refund(id) = what
            && stored.restored_expired
        {
            let payment = self.progress.sale.payment;
            let note = RefundNote::RestoredExpired;
            self.progress
                .refund(id)
                .map_err(|source| DriveError::Replay { payment, source })?
                .note(note);
            self.unwritten.push(Entry::RefundNote(id, note));
        }
        Ok(())
    }

    /// More was moved than was asked for. What is wrong at the wallet is a person's, as it is where
    /// looking back finds it; the payment itself goes on.
    fn moved_too_much(
        &mut self,
        what: Moved,
        operation: &OperationId,
        moved: Money,
    ) -> Result<(), DriveError> {
        let sale = &self.progress.sale;
        let Some(sums) = self.sums(what, moved) else {
            return Ok(());
        };
        let orphan = Orphan {
            payment: sale.payment,
            kind: if sums.shown < sums.believed {
                OrphanKind::Missing
            } else if sums.believed.is_zero() {
                OrphanKind::NotBelieved
            } else {
                OrphanKind::TooMuch
            },
            wallet: Some(sums),
            operations: vec![operation.clone()],
            pos: None,
            order: Some(sale.order.clone()),
            order_name: Some(sale.order_name.clone()),
            check_num: None,
        };
        tracing::error!(payment = %sale.payment, shown = %sums.shown, believed = %sums.believed, "moved twice");
        let journal = &mut *self.driver.journal;
        let known = Orphans::replay(journal.notes()?);
        let is_news = known
            .of(orphan.payment)
            .is_none_or(|kept| orphan.has_grown_since(&kept.orphan));
        if is_news {
            journal.note(&Note::OrphanFound { orphan }, self.driver.clock.now())?;
        }
        Ok(())
    }

    /// What the wallet has taken in all, beside what it should have.
    fn sums(&self, what: Moved, moved: Money) -> Option<Sums> {
        let due = self.progress.sale.due;
        let (asked, believed) = match what {
            Moved::Debit => {
                return Some(Sums {
                    shown: moved,
                    believed: due,
                });
            }
            Moved::GiveBack => (due, Money::ZERO),
            Moved::Refund(id) => {
                let refunds = self.progress.refunds.iter();
                let returned =
                    refunds.filter(|own| own.phase.has_returned() || own.refund.id == id);
                let back = Money::total(returned.map(|own| own.refund.total()))?;
                let own = self.progress.refund_of(id).ok()?.refund.total();
                (own, due.checked_sub(back)?)
            }
        };
        let surplus = moved.checked_sub(asked)?;
        Some(Sums {
            shown: believed.checked_sub(surplus)?,
            believed,
        })
    }
}
