//! What the cashier sees, held against the truth.

use super::books::{Books, Site};
use super::fault::{Fault, Place};
use crate::payment::driver::Watcher;
use crate::payment::state::Phase;
use crate::payment::view::{LegState, PaymentView, Standing};

pub(super) struct Screen<'s> {
    pub(super) site: &'s Site,
    pub(super) till: usize,
}

impl Watcher for Screen<'_> {
    fn show(&mut self, view: &PaymentView) {
        let mut books = self.site.books();
        if books.programs[self.till].dead {
            return;
        }
        books.shown(self.till, view);
        match books.strike(Place::Screen) {
            Some(Fault::Killed | Fault::Panics) => books.programs[self.till].dead = true,
            Some(Fault::Escape) => books.programs[self.till].cancelled = true,
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.site.books().programs[self.till].cancelled
    }
}

impl Books {
    /// «Paid» and «not charged» are said only when they are true, and on the disk.
    pub(super) fn shown(&mut self, till: usize, view: &PaymentView) {
        let payment = view.id;
        let progress = self.programs[till].disk.progress.get(&payment);
        let durable = progress.map(|progress| progress.phase);
        let Some(account) = self.ledger.get(&payment).cloned() else {
            return self.violated("I13", || format!("{payment} is shown and on no disk"));
        };
        let says = |state: LegState| view.legs.iter().any(|leg| leg.state == state);
        match view.standing {
            Standing::Paid => {
                if durable != Some(Phase::Done) {
                    self.violated("I13", || {
                        format!("{payment} is called paid before it is written")
                    });
                } else if !account.refunded
                    && (account.stands() != account.due || account.net() != account.due)
                {
                    self.violated("I22", || format!("{payment} is called paid, and is not"));
                }
            }
            Standing::Refused => {
                if durable != Some(Phase::Aborted) {
                    self.violated("I13", || {
                        format!("{payment} is called off before it is written")
                    });
                } else if account.net() != 0 || account.stands() != 0 {
                    self.violated("I22", || format!("{payment} is called not charged, and is"));
                }
            }
            Standing::Working | Standing::Unknown | Standing::NeedsManager => {
                if says(LegState::Paid) || says(LegState::NotCharged) || says(LegState::GivenBack) {
                    self.violated("I22", || format!("{payment} says too much too early"));
                }
            }
        }
        for refund in view.refunds.iter().filter(|refund| refund.returned) {
            let said: i64 = view
                .refunds
                .iter()
                .filter(|refund| refund.returned)
                .map(|refund| refund.total.kopecks())
                .sum();
            let back: i64 = account.returned.iter().sum();
            if said > back {
                let id = refund.id;
                return self.violated("I22", || format!("{id} is called given back, and is not"));
            }
        }
    }
}
