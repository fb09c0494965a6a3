//! PINs of guests: whose are wanted before a payment, and that they were right.
//!
//! A PIN itself is never here: it goes from whoever took it to the wallet and nowhere else.

use jiff::Timestamp;

use crate::domain::split::reachable;
use crate::domain::{Account, AccountId, Card, Money, PinCheck, Uid};

use super::sale::PaymentRequest;

impl PaymentRequest {
    /// Cards of the guests whose PIN is still wanted for their shares, each guest once, in the order of
    /// the shares.
    pub fn pins_wanted(&self) -> Vec<&Card> {
        let all = reachable(&self.cards);
        let mut wanted: Vec<&Card> = Vec::new();
        for share in &self.split.shares {
            let own = all.iter().find(|entry| entry.account.id == share.account);
            let Some(own) = own.filter(|own| own.account.wants_pin(share.amount)) else {
                continue;
            };
            // The card that the guest gave, where it leads there.
            let card = self.cards.iter().find(|card| card.uid == share.uid);
            let card = card.unwrap_or(own.card);
            if wanted.iter().all(|known| known.client_id != card.client_id) {
                wanted.push(card);
            }
        }
        wanted
    }

    /// What the guest of that card pays from accounts that want his PIN, by account.
    pub fn pin_shares(&self, card: &Card) -> Vec<(&Account, Money)> {
        let all = reachable(&self.cards);
        let of_him = |uid: &Uid| {
            let mut cards = self.cards.iter();
            cards.any(|own| own.uid == *uid && own.client_id == card.client_id)
        };
        let shares = self.split.shares.iter().filter(|share| of_him(&share.uid));
        shares
            .filter_map(|share| {
                let own = all.iter().find(|entry| entry.account.id == share.account)?;
                let wanted = own.account.wants_pin(share.amount);
                wanted.then_some((own.account, share.amount))
            })
            .collect()
    }

    /// A guest who pays has typed his PIN.
    pub fn pin_was_checked(&self) -> bool {
        let all = reachable(&self.cards);
        let checked = |id: &AccountId| {
            let mut own = all.iter().filter(|entry| entry.account.id == *id);
            own.any(|entry| matches!(entry.account.terms.pin, PinCheck::Checked(_)))
        };
        let mut shares = self.split.shares.iter();
        shares.any(|share| checked(&share.account))
    }

    /// The guest of that card typed the right PIN: it holds for all of his accounts, also where the card
    /// of somebody else leads there too.
    pub fn pin_was_right(&mut self, uid: &Uid, at: Timestamp) {
        let Some(guest) = self
            .cards
            .iter()
            .find(|card| card.uid == *uid)
            .map(|card| card.client_id.clone())
        else {
            return;
        };
        let cards = self.cards.iter().filter(|card| card.client_id == guest);
        let his: Vec<AccountId> = cards
            .flat_map(|card| &card.accounts)
            .map(|account| account.id.clone())
            .collect();
        for account in self.cards.iter_mut().flat_map(|card| &mut card.accounts) {
            if account.terms.pin == PinCheck::Possible && his.contains(&account.id) {
                account.terms.pin = PinCheck::Checked(at);
            }
        }
    }
}
