//! PINs of guests: whose are wanted before a payment, and that they were right.
//!
//! A PIN itself is never here: it goes from whoever took it to the wallet and nowhere else.

use jiff::Timestamp;

use crate::domain::split::reachable;
use crate::domain::{Card, PinCheck, Uid};

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

    /// The guest of that card typed the right PIN: it holds for all of his accounts.
    pub fn pin_was_right(&mut self, uid: &Uid, at: Timestamp) {
        let Some(guest) = self
            .cards
            .iter()
            .find(|card| card.uid == *uid)
            .map(|card| card.client_id.clone())
        else {
            return;
        };
        let own = self.cards.iter_mut().filter(|card| card.client_id == guest);
        for account in own.flat_map(|card| &mut card.accounts) {
            if account.terms.pin == PinCheck::Possible {
                account.terms.pin = PinCheck::Checked(at);
            }
        }
    }
}
