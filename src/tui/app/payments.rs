//! The list of payments: what is typed finds some of them, and what all that are shown add up to.

use crate::domain::{AccountKind, Money};
use crate::payment::record::PaymentRecord;
use crate::payment::view::{PaymentView, RefundStanding, Standing};

use super::super::keys::other_layout;
use super::{App, Layer};

/// Most characters that are typed.
const FILTER_CHARS_MAX: usize = 40;

/// The paid ones among the payments that are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct PaidSums {
    /// How many.
    pub(in crate::tui) count: u64,
    /// What they paid, refunds not taken off; zero or above, as all these.
    pub(in crate::tui) paid: Money,
    /// What of it came from guests' own money.
    pub(in crate::tui) money: Money,
    /// From bonuses.
    pub(in crate::tui) bonus: Money,
    /// From credit.
    pub(in crate::tui) credit: Money,
    /// From accounts of no kind that the config knows.
    pub(in crate::tui) other: Money,
    /// What surely went back to the accounts.
    pub(in crate::tui) returned: Money,
}

impl PaidSums {
    /// `None` where the sums cannot be added.
    fn with(mut self, record: &PaymentRecord) -> Option<Self> {
        self.count += 1;
        for leg in &record.sale.legs {
            let of_kind = match leg.kind {
                AccountKind::Money => &mut self.money,
                AccountKind::Bonus => &mut self.bonus,
                AccountKind::Credit => &mut self.credit,
                AccountKind::Other => &mut self.other,
            };
            *of_kind = of_kind.checked_add(leg.amount)?;
            self.paid = self.paid.checked_add(leg.amount)?;
        }
        let back = record.view.refunds.iter();
        let back =
            back.filter(|refund| refund.returned && refund.standing != RefundStanding::Refused);
        let back = Money::total(back.map(|refund| refund.total))?;
        self.returned = self.returned.checked_add(back)?;
        Some(self)
    }
}

impl App {
    /// Of the payments of that time that fit what is typed. `None`: none is paid, or the sums cannot
    /// be added.
    pub(in crate::tui) fn paid_sums(&self) -> Option<PaidSums> {
        let paid = self.records.iter().flatten().filter(|record| {
            record.view.standing == Standing::Paid && self.payment_fits(&record.view)
        });
        let sums = paid
            .into_iter()
            .try_fold(PaidSums::default(), PaidSums::with)?;
        (sums.count > 0).then_some(sums)
    }

    /// Whether the payment fits what is typed: its order, its receipt, who took it or said
    /// yes to it, a card's number or the end of a card's UID, in either keyboard layout.
    pub(super) fn payment_fits(&self, view: &PaymentView) -> bool {
        let typed = self.payments_filter.trim().to_lowercase();
        if typed.is_empty() {
            return true;
        }
        let other = other_layout(&typed);
        let fits = |text: &str| {
            let text = text.to_lowercase();
            text.contains(&typed) || text.contains(&other)
        };
        fits(&view.order_name)
            || view.check_num.as_deref().is_some_and(fits)
            || view.lime_check.as_deref().is_some_and(fits)
            || view.by.operator.as_deref().is_some_and(fits)
            || view.by.approver.as_deref().is_some_and(fits)
            || view
                .legs
                .iter()
                .any(|leg| leg.card_number.as_deref().is_some_and(fits) || fits(&leg.uid.masked()))
    }

    /// Changes what is typed; the first payment that fits is chosen.
    pub(super) fn find_payment(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.payments_filter);
        for layer in &mut self.layers {
            if let Layer::Payments { selected } = layer {
                *selected = 0;
            }
        }
    }

    /// One character more.
    pub(super) fn type_payment(&mut self, c: char) {
        if self.payments_filter.chars().count() < FILTER_CHARS_MAX {
            self.find_payment(|typed| typed.push(c));
        }
    }
}
