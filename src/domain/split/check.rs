//! Whether a split may be paid, and if not, why.

use super::limits::{self, Doors};
use super::{Limit, Owed, Reachable, Share, Split, SplitError, reachable};
use crate::domain::{Account, Card, Money};

impl Split {
    /// The one rule for the button, the core and the request: every share positive, from a
    /// spendable account of a tapped card, each account once, none above what it has or what the
    /// site's rules let it give, and all together exactly what is to be paid.
    pub fn check(&self, owed: &Owed<'_>, cards: &[Card]) -> Result<(), SplitError> {
        let all = reachable(cards);
        let mut payers: Vec<(&Share, Reachable<'_>)> = Vec::with_capacity(self.shares.len());
        for share in &self.shares {
            let id = || share.account.clone();
            if !share.amount.is_positive() {
                return Err(SplitError::NotPositive(id()));
            }
            if payers
                .iter()
                .any(|(other, _)| other.account == share.account)
            {
                return Err(SplitError::Duplicate(id()));
            }
            let Some(entry) = all.iter().find(|entry| entry.account.id == share.account) else {
                return Err(SplitError::UnknownAccount(id()));
            };
            if !entry.account.is_spendable() {
                return Err(SplitError::NotSpendable(id()));
            }
            if share.amount > entry.account.available {
                return Err(SplitError::AboveAvailable {
                    account: id(),
                    available: entry.account.available,
                    asked: share.amount,
                });
            }
            own_rules(owed, share, entry.account)?;
            payers.push((share, *entry));
        }
        let shares = self.total().ok_or(SplitError::Overflow)?;
        shares_of_the_bill(owed, &payers)?;
        dishes(owed, &payers)?;
        if shares == owed.sum {
            Ok(())
        } else {
            Err(SplitError::SumMismatch {
                shares,
                due: owed.sum,
            })
        }
    }
}

fn broken(share: &Share, limit: Limit, allowed: Money) -> SplitError {
    SplitError::Rule {
        account: share.account.clone(),
        limit,
        allowed,
        asked: share.amount,
    }
}

/// What concerns the account alone.
fn own_rules(owed: &Owed<'_>, share: &Share, account: &Account) -> Result<(), SplitError> {
    let (most, limit) = limits::ceiling(account, owed.consent);
    if let Some(limit) = limit
        && share.amount > most
    {
        return Err(broken(share, limit, most));
    }
    let rules = &account.terms.rules;
    let rounded = rules.in_steps(share.amount);
    match rules.step {
        Some(step) if rounded != share.amount => Err(broken(share, Limit::Step(step), rounded)),
        Some(_) | None => Ok(()),
    }
}

/// What the accounts of one type give together.
fn shares_of_the_bill(
    owed: &Owed<'_>,
    payers: &[(&Share, Reachable<'_>)],
) -> Result<(), SplitError> {
    for (index, (share, entry)) in payers.iter().enumerate() {
        let Some((most, percent)) = entry.account.share_left(owed.bill) else {
            continue;
        };
        let others = payers[..index]
            .iter()
            .filter(|(_, other)| other.account.type_id == entry.account.type_id)
            .map(|(other, _)| other.amount);
        let left = Money::total(others)
            .and_then(|others| most.checked_sub(others))
            .unwrap_or(Money::ZERO);
        if share.amount > left {
            return Err(broken(share, Limit::BillShare(percent), left));
        }
    }
    Ok(())
}

/// Whether there are dishes enough for those who may not pay everything. Whoever may pays what they
/// leave.
fn dishes(owed: &Owed<'_>, payers: &[(&Share, Reachable<'_>)]) -> Result<(), SplitError> {
    let accounts: Vec<Reachable<'_>> = payers.iter().map(|&(_, entry)| entry).collect();
    let mut doors = Doors::of(owed, &accounts);
    for (index, (share, entry)) in payers.iter().enumerate() {
        if !entry.account.terms.rules.dishes.restricts() {
            continue;
        }
        let given = doors.give(index, share.amount);
        if given < share.amount {
            let allowed = entry.account.terms.rules.in_steps(given);
            return Err(broken(share, limits::no_dishes(owed), allowed));
        }
    }
    Ok(())
}
