//! Whether F5 works, and if not, why.

use crate::domain::{AccountId, Money, Owed, Split, SplitError};
use crate::payment::reason::{BrokenRule, Problem};

use super::Bill;

/// Whether the order can be paid as it stands, and if not, what is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Verdict {
    /// F5 works.
    Ready,
    /// F5 works, and asks a manager: what is above this rule.
    Manager(Box<BrokenRule>),
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
    /// A rule of the site forbids an account's sum.
    Rule(Box<BrokenRule>),
    /// A sum stands on an account that may not pay.
    NotSpendable {
        /// Its name.
        account: String,
    },
    /// The sums cannot be added.
    TooLarge,
}

impl Verdict {
    /// F5 works.
    pub(in crate::tui) const fn pays(&self) -> bool {
        match self {
            Self::Ready | Self::Manager(_) => true,
            Self::Hindered(_)
            | Self::NoCards
            | Self::TooLittle(_)
            | Self::Missing(_)
            | Self::TooMuch(_)
            | Self::AboveAvailable { .. }
            | Self::Rule(_)
            | Self::NotSpendable { .. }
            | Self::TooLarge => false,
        }
    }
}

impl Bill {
    /// The one rule for F5 and for the words beside it, `Split::check`, once the order itself
    /// can be paid.
    pub(in crate::tui) fn verdict(&self) -> Verdict {
        if let Some(hindrance) = self.order.hindrance() {
            return Verdict::Hindered(hindrance.into());
        }
        let owed = match Owed::of(&self.order) {
            Ok(owed) => owed,
            Err(hindrance) => return Verdict::Hindered(hindrance.into()),
        };
        let owed = owed.with(self.consent);
        let found = |id: &AccountId| {
            let rows = self.rows();
            let row = rows.iter().find(|row| row.account.id == *id);
            row.map(|row| row.account.clone())
        };
        let name = |id: &AccountId| found(id).map_or_else(|| id.to_string(), |own| own.name);
        match self.split().check(&owed, &self.cards) {
            Ok(()) => match self.as_request(false).wants_manager() {
                Some(rule) => Verdict::Manager(Box::new(rule)),
                None => Verdict::Ready,
            },
            Err(SplitError::AboveAvailable {
                account, available, ..
            }) => Verdict::AboveAvailable {
                account: name(&account),
                available,
            },
            Err(SplitError::Rule {
                account,
                limit,
                allowed,
                asked: _,
            }) => match found(&account) {
                Some(account) => Verdict::Rule(Box::new(BrokenRule::of(&account, limit, allowed))),
                None => Verdict::NotSpendable {
                    account: account.to_string(),
                },
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
            Err(SplitError::SumMismatch { shares, due: _ }) => self.mismatch(&owed, shares),
        }
    }

    fn mismatch(&self, owed: &Owed<'_>, shares: Money) -> Verdict {
        let due = owed.sum;
        if self.cards.is_empty() {
            return Verdict::NoCards;
        }
        let Some(missing) = due.checked_sub(shares) else {
            return Verdict::TooLarge;
        };
        if let Some(excess) = missing.checked_neg().filter(|excess| excess.is_positive()) {
            return Verdict::TooMuch(excess);
        }
        // The suggestion covers as much as the cards can.
        let have = match &self.proposal {
            Some(proposal) => proposal.total(),
            None => Split::suggest(owed, &self.cards).total(),
        };
        match have.and_then(|have| due.checked_sub(have)) {
            Some(lack) if lack.is_positive() => Verdict::TooLittle(lack),
            Some(_) | None => Verdict::Missing(missing),
        }
    }
}
