//! The number that a payment's request carries where r_keeper's licence counts requests.
//!
//! One count for all payments of a journal, and one program that writes it: nothing else can take a
//! number meanwhile. A number is written down with the bytes that carry it, before they leave. What
//! r_keeper surely took is counted on from; after anything else r_keeper is asked, since sources
//! disagree whether a refused request uses its number up. A number that may still be wanted for an
//! unsettled payment's own bytes is never given to other bytes.

use uuid::Uuid;

use super::{DriveError, Work};
use crate::payment::planted::{Planted, planted};
use crate::payment::ports::{LineId, Ticket};
use crate::payment::reason::{Problem, Reason};

impl Work<'_, '_> {
    /// Finds the number for this payment before any money moves; the reason where there is none.
    pub(super) fn draw_ticket(
        &mut self,
        begun: Option<&LineId>,
    ) -> Result<Result<(), Problem>, DriveError> {
        if !self.driver.pos.counts(&self.progress.sale, begun) {
            return Ok(Ok(()));
        }
        Ok(self.next_ticket()?.map(|ticket| self.drawn = Some(ticket)))
    }

    /// The number for bytes about to be made: the one that was drawn, or, after r_keeper did not
    /// take that one, another.
    pub(super) fn ticket(&mut self) -> Result<Result<Option<Ticket>, Problem>, DriveError> {
        let begun = self.progress.begun.as_ref();
        if !self.driver.pos.counts(&self.progress.sale, begun) {
            return Ok(Ok(None));
        }
        match self.drawn.take() {
            Some(ticket) => Ok(Ok(Some(ticket))),
            None => Ok(self.next_ticket()?.map(Some)),
        }
    }

    /// Another payment has a newer number: r_keeper would not take our bytes any more, or take them
    /// for the other's.
    pub(super) fn is_overtaken(&self) -> bool {
        self.progress.ticket.is_some()
            && !matches!(
                self.driver.journal.last_ticket(),
                Ok(Some((payment, _))) if payment == self.progress.sale.payment
            )
    }

    fn next_ticket(&self) -> Result<Result<Ticket, Problem>, DriveError> {
        let Some((payment, last)) = self.driver.journal.last_ticket()? else {
            let instance = Uuid::new_v4().hyphenated().to_string();
            return Ok(Ok(Ticket {
                instance,
                number: 0,
            }));
        };
        if planted(Planted::NumberReused) {
            return Ok(Ok(last));
        }
        let (spent, may_still_pay) = if payment == self.progress.sale.payment {
            (self.progress.ticket_spent, false)
        } else {
            match self.driver.load(payment) {
                Ok(other) => (other.ticket_spent, other.phase.may_still_pay()),
                // Nobody knows what its rows mean: it may.
                Err(DriveError::Replay { .. } | DriveError::NotStarted(_)) => (false, true),
                Err(error @ DriveError::Journal(_)) => return Err(error),
            }
        };
        let next = if spent {
            last.number.saturating_add(1)
        } else {
            match self.driver.pos.next_number(&last.instance) {
                Ok(next) => next,
                Err(error) => return Ok(Err(self.hide(error.problem().clone()))),
            }
        };
        if next <= last.number && may_still_pay {
            return Ok(Err(Problem::own(Reason::LicenceBusy, payment.to_string())));
        }
        Ok(Ok(Ticket {
            instance: last.instance,
            number: next,
        }))
    }
}
