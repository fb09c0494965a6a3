//! What cashiers ask for.

use std::time::Duration;

use super::books::Books;
use super::fault::{Fault, Place};
use crate::domain::{AccountId, Money, Share, Split};
use crate::payment::sale::{PaymentId, PaymentRequest};
use crate::payment::state::Phase;

impl Books {
    /// What a cashier asks for, and whether he holds the key down.
    pub(super) fn request(&mut self, order: usize) -> Option<(PaymentRequest, bool)> {
        let seen = self.shown_order(order);
        let unpaid = seen.unpaid.kopecks();
        if unpaid <= 0 {
            return None;
        }
        let fault = self.strike(Place::Request);
        let first = self.rng.index(self.guests.len());
        let mut guests = vec![first];
        if fault == Some(Fault::SharedAccount) {
            guests = vec![0, 1];
        } else if self.rng.chance(60) {
            guests.push((first + 1) % self.guests.len());
        }
        let cards: Vec<_> = guests.iter().map(|&guest| self.card(guest)).collect();
        let part = unpaid > 1 && self.rng.chance(35);
        let due = if part {
            self.rng.between(1, unpaid - 1)
        } else {
            unpaid
        };
        let shares = self.shares(&guests, due);
        let mut split = Split {
            shares,
            why: vec![],
        };
        if fault == Some(Fault::DoubleTap) {
            split.shares.extend(split.shares.first().cloned());
        }
        if self.rng.chance(5) {
            self.change(order);
        }
        let request = PaymentRequest {
            order: seen,
            cards,
            keyed: vec![],
            split,
            part,
            by: crate::payment::sale::By::default(),
        };
        Some((request, fault == Some(Fault::EnterHeld)))
    }

    fn shares(&mut self, guests: &[usize], due: i64) -> Vec<Share> {
        let mut left = due;
        let mut used = Vec::new();
        let mut shares = Vec::new();
        for &guest in guests {
            for account in self.guests[guest].accounts.clone() {
                let free = self.accounts[account].balance - self.accounts[account].held;
                if used.contains(&account) || free <= 0 || left == 0 {
                    continue;
                }
                used.push(account);
                let whole = self.rng.chance(60);
                let most = free.min(left);
                let amount = if whole {
                    most
                } else {
                    self.rng.between(1, most)
                };
                left -= amount;
                shares.push(Share {
                    uid: self.guests[guest].uid.clone(),
                    account: AccountId(account.to_string()),
                    amount: Money::from_kopecks(amount),
                });
            }
        }
        for share in &mut shares {
            let account = &self.accounts[share.account.0.parse::<usize>().unwrap()];
            let free = account.balance - account.held - share.amount.kopecks();
            let more = free.min(left).max(0);
            left -= more;
            share.amount = Money::from_kopecks(share.amount.kopecks() + more);
        }
        shares
    }
}

/// A payment, what of it, and whether r_keeper is left to a person.
pub(super) type Asked = (PaymentId, Vec<(u32, Option<Money>)>, bool);

impl Books {
    pub(super) fn refundable(&mut self, till: usize) -> Option<Asked> {
        let all = self.programs[till].disk.progress.values();
        let done: Vec<_> = all
            .filter(|progress| progress.phase == Phase::Done)
            .map(|progress| (progress.sale.payment, progress.sale.legs.clone()))
            .collect();
        if done.is_empty() {
            return None;
        }
        let (payment, legs) = done[self.rng.index(done.len())].clone();
        let asked = match self.rng.below(4) {
            0 | 1 => vec![],
            2 => vec![(legs[self.rng.index(legs.len())].number, None)],
            _ => {
                let leg = &legs[self.rng.index(legs.len())];
                let part = self.rng.between(1, leg.amount.kopecks());
                vec![(leg.number, Some(Money::from_kopecks(part)))]
            }
        };
        if self.rng.chance(20) {
            let days = self.rng.pick(&[1, 3]);
            self.pass(Duration::from_secs(days * 86_400));
        }
        // Somebody's receipt is minutes old before it is undone; see `pays_arrive`.
        let order = self.ledger[&payment].order;
        self.pays_arrive(order);
        Some((payment, asked, self.rng.chance(15)))
    }
}
