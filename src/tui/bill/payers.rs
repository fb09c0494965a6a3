//! Which account pays which dish, as the payment would be sent: worked out when the split or what it
//! pays changes, not for each frame.

use std::collections::HashMap;

use crate::domain::{Account, AccountId, Card, Line, Money, Order, Share, Split};
use crate::payment::sale::who_pays;

use super::Bill;

/// What one account pays of a dish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct DishPart {
    /// Number of the account's leg: 1, 2, …
    pub(in crate::tui) leg: usize,
    /// Always above zero.
    pub(in crate::tui) amount: Money,
}

/// Who pays which dish of a bill.
#[derive(Clone, Debug, Default)]
pub(super) struct Payers {
    /// The shares that this was worked out for; `None`: for none yet.
    of: Option<Vec<Share>>,
    /// Accounts that pay, by the number of their leg; empty where a single one pays everything.
    legs: Vec<AccountId>,
    /// Parts of the dishes, by the id of their line.
    by_line: HashMap<String, Vec<DishPart>>,
}

impl Payers {
    /// Order or cards are others than before.
    pub(super) fn forget(&mut self) {
        self.of = None;
    }

    /// Works it out anew where the split is another one, or something was forgotten.
    pub(super) fn update(&mut self, order: &Order, cards: &[Card], split: Split) {
        if self.of.as_ref() == Some(&split.shares) {
            return;
        }
        self.legs.clear();
        self.by_line.clear();
        // Where one pays all, marks would say nothing.
        let found = (split.shares.len() > 1).then(|| who_pays(order, cards, &split));
        if let Some(Ok((lines, attribution))) = found {
            self.legs
                .extend(split.shares.iter().map(|share| share.account.clone()));
            for part in &attribution.parts {
                let Some(line) = lines.get(part.line) else {
                    continue;
                };
                let parts = self.by_line.entry(line.line_id.clone()).or_default();
                parts.push(DishPart {
                    leg: part.leg + 1,
                    amount: part.amount,
                });
            }
        }
        self.of = Some(split.shares);
    }

    /// Who pays the line; nobody where that is not known, or one account pays everything.
    pub(super) fn of_line(&self, line: &str) -> &[DishPart] {
        self.by_line.get(line).map_or(&[], Vec::as_slice)
    }

    /// The number of the account's leg, where several accounts pay.
    pub(super) fn leg_of(&self, account: &AccountId) -> Option<usize> {
        let at = self.legs.iter().position(|own| own == account)?;
        at.checked_add(1)
    }

    /// The account of that leg.
    pub(super) fn account(&self, leg: usize) -> Option<&AccountId> {
        self.legs.get(leg.checked_sub(1)?)
    }
}

impl Bill {
    /// Brings up to date what follows from the sums; once after each message.
    pub(in crate::tui) fn settle(&mut self) {
        let split = self.split();
        self.payers.update(&self.order, &self.cards, split);
    }

    /// Who pays the line; nobody where that is not known, or one account pays everything.
    pub(in crate::tui) fn payers_of(&self, line: &Line) -> &[DishPart] {
        self.payers.of_line(&line.id)
    }

    /// The number of the account's leg, where several accounts pay.
    pub(in crate::tui) fn leg_of(&self, account: &AccountId) -> Option<usize> {
        self.payers.leg_of(account)
    }

    /// The name of the account of that leg.
    pub(in crate::tui) fn payer_name(&self, leg: usize) -> Option<&str> {
        let id = self.payers.account(leg)?;
        let mut all = self.cards.iter().flat_map(|card| &card.accounts);
        all.find(|own| own.id == *id).map(|own| own.name.as_str())
    }

    /// What the account may still give after this payment; `None` where it pays nothing, or is asked
    /// for more than it has.
    pub(in crate::tui) fn left_after(&self, account: &Account) -> Option<Money> {
        let sum = self.sum(&account.id);
        let left = account.available.checked_sub(sum)?;
        (sum.is_positive() && !left.is_negative()).then_some(left)
    }
}
