//! Parts of the bill at one key: equal ones, or as on the bill before.

use super::super::entry::Entry;
use super::{Bill, Side};
use crate::domain::split::{Part, Payer, Short};
use crate::domain::{AccountId, Limit, Money, Owed, Share, SpendRules, Split};

/// What became of the parts, for the words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Shared {
    /// What each payer gives.
    pub(in crate::tui) given: Vec<Money>,
    /// Those who give less than their part.
    pub(in crate::tui) short: Vec<WhoIsShort>,
}

/// A payer who gives less than his part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct WhoIsShort {
    /// Who.
    pub(in crate::tui) payer: Payer,
    /// What he gives.
    pub(in crate::tui) gives: Money,
    /// The rule that keeps him from more, with the rules that it is of; `None`: he has no more.
    pub(in crate::tui) limit: Option<(Limit, SpendRules)>,
}

impl Bill {
    /// Chooses the selected account for equal parts, or no more. Whether it is chosen now; `None`
    /// where it may not pay.
    pub(in crate::tui) fn toggle_chosen(&mut self) -> Option<bool> {
        let (id, _) = self.payer()?;
        self.finish_entry();
        self.side = Side::Accounts;
        let known = self.chosen.iter().position(|other| *other == id);
        match known {
            Some(at) => {
                self.chosen.remove(at);
            }
            None => self.chosen.push(id),
        }
        Some(known.is_none())
    }

    /// Whether the account was chosen for equal parts.
    pub(in crate::tui) fn is_chosen(&self, account: &AccountId) -> bool {
        self.chosen.contains(account)
    }

    /// All that is due in equal parts: of the chosen accounts, or of all cards that can pay. `None`
    /// where nobody can or the order cannot be paid at all.
    pub(in crate::tui) fn share_evenly(&mut self) -> Option<Shared> {
        let rows = self.rows();
        let part = |payer| Part { payer, weight: 1 };
        let parts: Vec<Part> = if self.chosen.is_empty() {
            let can_pay = |uid| {
                rows.iter().any(|row| {
                    row.card.uid == uid
                        && row.account.is_spendable()
                        && row.account.available.is_positive()
                })
            };
            self.cards
                .iter()
                .filter(|card| can_pay(card.uid.clone()))
                .map(|card| part(Payer::Card(card.uid.clone())))
                .collect()
        } else {
            // In the order of the screen, whatever the order of choosing.
            rows.iter()
                .filter(|row| self.is_chosen(&row.account.id))
                .map(|row| part(Payer::Account(row.account.id.clone())))
                .collect()
        };
        self.apply(&parts)
    }

    /// The shares of another bill that accounts of this one can give, too.
    pub(in crate::tui) fn repeatable<'a>(&self, last: &'a [Share]) -> Vec<&'a Share> {
        let rows = self.rows();
        last.iter()
            .filter(|share| {
                let own = rows.iter().find(|row| row.account.id == share.account);
                own.is_some_and(|row| row.account.is_spendable())
            })
            .collect()
    }

    /// All that is due in the proportions of these shares. `None` as for equal parts.
    pub(in crate::tui) fn share_like(&mut self, last: &[&Share]) -> Option<Shared> {
        let parts: Vec<Part> = last
            .iter()
            .map(|share| Part {
                payer: Payer::Account(share.account.clone()),
                weight: share.amount.kopecks(),
            })
            .collect();
        self.apply(&parts)
    }

    fn apply(&mut self, parts: &[Part]) -> Option<Shared> {
        if parts.is_empty() {
            return None;
        }
        let owed = Owed::of(&self.order).ok()?.with(self.consent);
        if !owed.sum.is_positive() {
            return None;
        }
        let found = Split::in_parts(&owed, &self.cards, parts);
        let short = found
            .short
            .into_iter()
            .filter_map(|short| self.who(parts, short))
            .collect();
        self.sums.clear();
        self.why.clear();
        for share in found.split.shares {
            self.sums.insert(share.account, Entry::of(share.amount));
        }
        self.typed = true;
        Some(Shared {
            given: found.given,
            short,
        })
    }

    fn who(&self, parts: &[Part], short: Short) -> Option<WhoIsShort> {
        let rows = self.rows();
        let rules = |id: &AccountId| {
            let row = rows.iter().find(|row| row.account.id == *id)?;
            Some(row.account.terms.rules.as_ref().clone())
        };
        Some(WhoIsShort {
            payer: parts.get(short.part)?.payer.clone(),
            gives: short.gives,
            limit: short
                .limit
                .and_then(|(account, limit)| Some((limit, rules(&account)?))),
        })
    }
}
