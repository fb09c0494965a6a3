//! Whether F5 works, and if not, why.

use crate::domain::{AccountId, Money, SplitError};
use crate::payment::reason::Problem;

use super::Bill;

/// Whether the order can be paid as it stands, and if not, what is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Verdict {
    /// F5 works.
    Ready,
    /// Cards cannot pay the order at all.
    Hindered(Problem),
    /// No card was tapped yet.
    NoCards,
    /// All accounts together have too little; so much more is needed.
    TooLittle(Money),
    /// So much is not distributed yet.
    Missing(Money),
    /// So much is distributed above what is due.
    TooMuch(Money),
    /// An account is asked for more than it has.
    AboveAvailable {
        /// Its name.
        account: String,
        /// What it may give.
        available: Money,
    },
    /// A sum stands on an account that may not pay.
    NotSpendable {
        /// Its name.
        account: String,
    },
    /// The sums cannot be added.
    TooLarge,
}

impl Bill {
    /// The one rule for F5 and for the words beside it, `Split::check`, once the order itself
    /// can be paid.
    pub(in crate::tui) fn verdict(&self) -> Verdict {
        let due = self.order.unpaid;
        if let Some(hindrance) = self.order.hindrance() {
            return Verdict::Hindered(hindrance.into());
        }
        let name = |id: &AccountId| {
            self.rows()
                .iter()
                .find(|row| row.account.id == *id)
                .map_or_else(|| id.to_string(), |row| row.account.name.clone())
        };
        match self.split().check(due, &self.cards) {
            Ok(()) => Verdict::Ready,
            Err(SplitError::AboveAvailable {
                account, available, ..
            }) => Verdict::AboveAvailable {
                account: name(&account),
                available,
            },
            Err(
                SplitError::NotSpendable(account)
                | SplitError::UnknownAccount(account)
                | SplitError::Duplicate(account)
                | SplitError::NotPositive(account),
            ) => Verdict::NotSpendable {
                account: name(&account),
            },
            Err(SplitError::Overflow) => Verdict::TooLarge,
            Err(SplitError::SumMismatch { shares, due }) => self.mismatch(shares, due),
        }
    }

    fn mismatch(&self, shares: Money, due: Money) -> Verdict {
        if self.cards.is_empty() {
            return Verdict::NoCards;
        }
        let Some(missing) = due.checked_sub(shares) else {
            return Verdict::TooLarge;
        };
        if let Some(excess) = missing.checked_neg().filter(|excess| excess.is_positive()) {
            return Verdict::TooMuch(excess);
        }
        let have = Money::total(
            self.rows()
                .iter()
                .filter(|row| row.account.is_spendable())
                .map(|row| row.account.available),
        );
        match have.and_then(|have| due.checked_sub(have)) {
            Some(lack) if lack.is_positive() => Verdict::TooLittle(lack),
            Some(_) | None => Verdict::Missing(missing),
        }
    }
}
