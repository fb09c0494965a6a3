//! The number that a payment's request carries where r_keeper's licence counts requests.
//!
//! One count for all payments of a journal, and one program that writes it: nothing else can take a
//! number meanwhile. A number is written down with the bytes that carry it, before they leave. What
//! r_keeper surely took is counted on from; after anything else r_keeper is asked, since sources
//! disagree whether a refused request uses its number up. A number that may still be wanted for an
//! unsettled payment's own bytes is never given to other bytes.

use std::time::Duration;

use uuid::Uuid;

use super::{DriveError, Driver, Patience, Unwatched, Work};
use crate::payment::planted::{Planted, planted};
use crate::payment::ports::{LineId, Ticket};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::PaymentId;
use crate::payment::state::Phase;

/// How long an unsettled payment that keeps its number is worked on while another guest waits.
const SETTLING: Duration = Duration::from_secs(5);

/// What became of looking for a number.
enum Number {
    Free(Ticket),
    /// This payment may still want it.
    KeptBy(PaymentId),
    Unknown(Problem),
}

impl Work<'_, '_> {
    /// Finds the number for this payment before any money moves; the reason where there is none.
    pub(super) fn draw_ticket(
        &mut self,
        begun: Option<&LineId>,
    ) -> Result<Result<(), Problem>, DriveError> {
        if !self.driver.pos.counts(&self.progress.sale, begun) {
            return Ok(Ok(()));
        }
        let ticket = match self.next_number()? {
            // Nobody may have asked since its servers came back.
            Number::KeptBy(payment) if self.settle(payment)? => self.next_number()?,
            number => number,
        };
        Ok(ticket.into_result().map(|ticket| self.drawn = Some(ticket)))
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
            None => Ok(self.next_number()?.into_result().map(Some)),
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

    /// Takes up a payment that waits for its servers, shortly; one that waits for a person is left to
    /// him. Whether anything was done.
    fn settle(&mut self, payment: PaymentId) -> Result<bool, DriveError> {
        match self.driver.load(payment) {
            Ok(other) if !matches!(other.phase, Phase::Stuck(..)) => {}
            Ok(_) | Err(DriveError::Replay { .. } | DriveError::NotStarted(_)) => return Ok(false),
            Err(error @ DriveError::Journal(_)) => return Err(error),
        }
        let patience = Patience {
            front: SETTLING.min(self.driver.patience.front),
            ..self.driver.patience.clone()
        };
        // What this payment has to say so far comes first.
        self.write()?;
        let mut driver = Driver {
            wallet: self.driver.wallet,
            pos: self.driver.pos,
            journal: &mut *self.driver.journal,
            clock: self.driver.clock,
            patience: &patience,
        };
        match driver.resume(payment, &mut Unwatched) {
            Ok(_) => Ok(true),
            Err(DriveError::Replay { .. } | DriveError::NotStarted(_)) => Ok(false),
            Err(error @ DriveError::Journal(_)) => Err(error),
        }
    }

    fn next_number(&self) -> Result<Number, DriveError> {
        let requests = self.driver.pos.requests(&self.progress.sale);
        let more = requests.saturating_sub(1);
        let Some((payment, last)) = self.driver.journal.last_ticket()? else {
            let instance = Uuid::new_v4().hyphenated().to_string();
            return Ok(Number::Free(Ticket {
                instance,
                number: 0,
                more,
            }));
        };
        if planted(Planted::NumberReused) {
            return Ok(Number::Free(last));
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
            last.last().saturating_add(1)
        } else {
            match self.driver.pos.next_number(&last.instance) {
                Ok(next) => next,
                Err(error) => return Ok(Number::Unknown(self.hide(error.problem().clone()))),
            }
        };
        if next <= last.last() && may_still_pay {
            return Ok(Number::KeptBy(payment));
        }
        Ok(Number::Free(Ticket {
            instance: last.instance,
            number: next,
            more,
        }))
    }
}

impl Number {
    fn into_result(self) -> Result<Ticket, Problem> {
        match self {
            Self::Free(ticket) => Ok(ticket),
            Self::KeptBy(payment) => Err(Problem::own(Reason::LicenceBusy, payment.to_string())),
            Self::Unknown(problem) => Err(problem),
        }
    }
}
