//! What this till's journal says was spent already: for the rules that count it. Other tills'
//! payments are not seen.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{AccountId, Card, Money, OrderGuid};

use super::sale::Sale;
use super::view::{LegState, PaymentView};

/// How long before today an open bill was begun at most: parts of it that were paid since are
/// counted.
pub const BILL_AGE_MAX: Duration = Duration::from_hours(48);

/// Sums taken and not surely given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Of each account since the day began.
    today: HashMap<AccountId, Money>,
    /// Of each bill by each type of account, in the parts that were paid before.
    of_bill: HashMap<(OrderGuid, String), Money>,
}

/// The oldest payment that counts on a day that began then.
pub fn since(day_began: Timestamp) -> Timestamp {
    day_began.checked_sub(BILL_AGE_MAX).unwrap_or(day_began)
}

/// Whether a rule counts what was spent.
pub fn counts(cards: &[Card]) -> bool {
    cards.iter().flat_map(|card| &card.accounts).any(|account| {
        let rules = &account.terms.rules;
        rules.per_day_max.is_some() || rules.bill_share_percent.is_some()
    })
}

impl Spent {
    /// Out of payments, of which those begun since then are today's.
    pub fn of<'a>(
        payments: impl IntoIterator<Item = (&'a Sale, &'a PaymentView)>,
        day_began: Timestamp,
    ) -> Self {
        let mut spent = Self::default();
        for (sale, view) in payments {
            for (leg, shown) in sale.legs.iter().zip(&view.legs) {
                let taken = match shown.state {
                    LegState::Waiting | LegState::GivenBack | LegState::NotCharged => continue,
                    LegState::Asking
                    | LegState::Debited
                    | LegState::Paid
                    | LegState::GivingBack => shown.amount.checked_sub(shown.refunded),
                };
                let taken = taken.unwrap_or(shown.amount);
                let add = |sum: &mut Money| *sum = sum.checked_add(taken).unwrap_or(Money::CEILING);
                if view.started_at >= day_began {
                    add(spent.today.entry(leg.account.clone()).or_default());
                }
                let bill = (sale.order.clone(), leg.type_id.clone());
                add(spent.of_bill.entry(bill).or_default());
            }
        }
        spent
    }

    /// Puts it into the terms of the cards' accounts; for a bill, what its type gave to it before.
    pub fn tell(&self, cards: &mut [Card], bill: Option<&OrderGuid>) {
        for account in cards.iter_mut().flat_map(|card| &mut card.accounts) {
            let today = self.today.get(&account.id).copied();
            account.terms.spent_today = today.unwrap_or_default();
            let before = bill.and_then(|bill| {
                let own = (bill.clone(), account.type_id.clone());
                self.of_bill.get(&own).copied()
            });
            account.terms.paid_of_bill = before.unwrap_or_default();
        }
    }
}
