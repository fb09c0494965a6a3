//! Who pays how much: the suggestion (`suggest`), parts by weight (`parts`), and the check of what
//! the cashier made of it (`check`). All obey the site's rules (`limits`).

mod check;
mod limits;
mod owed;
mod parts;
mod suggest;

#[cfg(test)]
mod brute;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Account, AccountId, Card, CardStatus, Money, Uid};

pub use limits::Limit;
pub use owed::{Consent, Owed, OwedRow};
pub use parts::{Part, Parts, Payer, Short};

/// The sum that one account gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The card that the guest tapped for it.
    pub uid: Uid,
    /// The account that pays.
    pub account: AccountId,
    /// Always above zero.
    pub amount: Money,
}

/// The shares of a bill; each account at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// In the order of the accounts on screen.
    pub shares: Vec<Share>,
    /// One reason per share, same order; empty for splits that the cashier typed.
    pub why: Vec<WhySuggested>,
}

/// Why the suggestion takes from an account what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhySuggested {
    /// Why it is this account's turn.
    pub turn: Turn,
    /// The rule that keeps it from giving more, or from paying all dishes.
    pub limit: Option<Limit>,
}

/// Why it is an account's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It runs out soonest: bonuses «сгорает 01.12», money «действует до 01.12.2030».
    ExpiresOn(Date),
    /// The configured order of use.
    Priority,
    /// Credit comes last.
    CreditLast,
}

/// Why a split may not be paid.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SplitError {
    /// The shares are less or more than what is due.
    #[error("the shares add up to {shares}, due is {due}")]
    SumMismatch {
        /// Sum of the shares.
        shares: Money,
        /// What is to be paid.
        due: Money,
    },
    /// More than the account may give.
    #[error("account {account} has {available}, {asked} was asked")]
    AboveAvailable {
        /// The account.
        account: AccountId,
        /// What it may give.
        available: Money,
        /// What the share takes.
        asked: Money,
    },
    /// A rule of the site forbids it.
    #[error("account {account} may give {allowed}, {asked} was asked: {limit}")]
    Rule {
        /// The account.
        account: AccountId,
        /// Which rule.
        limit: Limit,
        /// The most that it lets the account give, beside the other shares.
        allowed: Money,
        /// What the share takes.
        asked: Money,
    },
    /// The account may not pay at all.
    #[error("account {0} may not pay")]
    NotSpendable(AccountId),
    /// No tapped card leads to it.
    #[error("account {0} belongs to no tapped card")]
    UnknownAccount(AccountId),
    /// The same account twice.
    #[error("account {0} is used twice")]
    Duplicate(AccountId),
    /// Zero or negative share.
    #[error("a share of account {0} is not above zero")]
    NotPositive(AccountId),
    /// Sums too large to add.
    #[error("the sums are too large")]
    Overflow,
}

/// An account with the first tapped card that leads to it.
#[derive(Clone, Copy, Debug)]
pub struct Reachable<'a> {
    /// That card.
    pub card: &'a Card,
    /// The account.
    pub account: &'a Account,
}

/// All accounts of the tapped cards, in tap order, each once: two cards of one family that lead to
/// one account show it with the first of them that is active.
pub fn reachable(cards: &[Card]) -> Vec<Reachable<'_>> {
    let mut found: Vec<Reachable<'_>> = Vec::new();
    for card in cards {
        for account in &card.accounts {
            match found
                .iter_mut()
                .find(|known| known.account.id == account.id)
            {
                None => found.push(Reachable { card, account }),
                Some(known)
                    if known.card.status != CardStatus::Active
                        && card.status == CardStatus::Active =>
                {
                    *known = Reachable { card, account };
                }
                Some(_) => {}
            }
        }
    }
    found
}

impl Split {
    /// Sum of all shares; `None` on overflow.
    pub fn total(&self) -> Option<Money> {
        Money::total(self.shares.iter().map(|share| share.amount))
    }
}
