//! One order with the cards tapped for it and the sums that each account gives.

mod guests;
mod payers;
mod shares;
mod verdict;

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::split::{Reachable, reachable};
use crate::domain::{
    AccountId, Card, CardNumber, CardStatus, Consent, Money, Order, Owed, Share, Split, SplitError,
    Uid, WhySuggested,
};
use crate::payment::sale::{By, PaymentRequest};
use crate::payment::spent::Spent;

use super::entry::Entry;
pub(super) use guests::guests;
pub(super) use payers::DishPart;
use payers::Payers;
pub(super) use shares::{Shared, WhoIsShort};
pub(super) use verdict::Verdict;

/// Most cards on one order.
pub(super) const CARDS_MAX: usize = 20;

/// Which side of the screen the arrows move in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// The dishes.
    Lines,
    /// Cards and accounts.
    #[default]
    Accounts,
}

/// What became of a card that Lime answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is new here.
    New {
        /// The suggestion was applied.
        suggested: bool,
    },
    /// It was here; its balances are fresh now.
    Refreshed,
}

/// The payment screen's state.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    order: Order,
    /// What somebody here could say yes to.
    consent: Consent,
    cards: Vec<Card>,
    awaited: Vec<Uid>,
    /// Numbers that were typed for cards, until they are tapped.
    numbers: HashMap<Uid, CardNumber>,
    /// When Lime answered about each card.
    answered: HashMap<Uid, Duration>,
    sums: HashMap<AccountId, Entry>,
    why: HashMap<AccountId, WhySuggested>,
    typed: bool,
    side: Side,
    account: Option<AccountId>,
    /// The card tapped again last: all its accounts may be shown with another card.
    marked: Option<Uid>,
    /// Accounts chosen for equal parts.
    chosen: Vec<AccountId>,
    line: usize,
    payers: Payers,
    /// `None`: order or cards changed since it was worked out.
    proposal: Option<Split>,
}

impl Bill {
    /// An order nobody has tapped a card for.
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            consent: Consent::default(),
            cards: Vec::new(),
            awaited: Vec::new(),
            numbers: HashMap::new(),
            answered: HashMap::new(),
            sums: HashMap::new(),
            why: HashMap::new(),
            typed: false,
            side: Side::default(),
            account: None,
            marked: None,
            chosen: Vec::new(),
            line: 0,
            payers: Payers::default(),
            proposal: None,
        }
    }

    /// The same where somebody here could say yes to that.
    pub(super) const fn with_consent(mut self, consent: Consent) -> Self {
        self.consent = consent;
        self
    }

    pub(super) const fn order(&self) -> &Order {
        &self.order
    }

    pub(super) fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// Cards whose answer is on its way.
    pub(super) fn awaited(&self) -> &[Uid] {
        &self.awaited
    }

    pub(super) const fn side(&self) -> Side {
        self.side
    }

    pub(super) const fn line(&self) -> usize {
        self.line
    }

    pub(super) fn why(&self, account: &AccountId) -> Option<WhySuggested> {
        self.why.get(account).copied()
    }

    /// All accounts in the order of the screen: by guest, then by card in tap order, each account once.
    pub(super) fn rows(&self) -> Vec<Reachable<'_>> {
        let all = reachable(&self.cards);
        guests(&self.cards)
            .into_iter()
            .flatten()
            .flat_map(|card| all.iter().filter(|row| row.card.uid == card.uid).copied())
            .collect()
    }

    /// The row that keys act on.
    pub(super) fn selected(&self) -> usize {
        self.account
            .as_ref()
            .and_then(|id| self.rows().iter().position(|row| row.account.id == *id))
            .unwrap_or(0)
    }

    /// What the account gives.
    pub(super) fn sum(&self, account: &AccountId) -> Money {
        self.sums.get(account).map_or(Money::ZERO, Entry::value)
    }

    /// The account's sum as it stands on the screen.
    pub(super) fn sum_shown(&self, account: &AccountId) -> String {
        self.sums.get(account).map(Entry::shown).unwrap_or_default()
    }

    /// Who pays what, as the sums say.
    pub(super) fn split(&self) -> Split {
        let mut split = Split::default();
        for row in self.rows() {
            let amount = self.sum(&row.account.id);
            if amount.is_positive() {
                split.shares.push(Share {
                    uid: row.card.uid.clone(),
                    account: row.account.id.clone(),
                    amount,
                });
                if let Some(&why) = self.why.get(&row.account.id) {
                    split.why.push(why);
                }
            }
        }
        if split.why.len() != split.shares.len() {
            split.why.clear();
        }
        split
    }

    /// What is distributed so far; `None` where it cannot be added.
    pub(super) fn distributed(&self) -> Option<Money> {
        self.split().total()
    }

    /// F5 asks a guest for his PIN first.
    pub(super) fn wants_pin(&self) -> bool {
        let mut rows = self.rows().into_iter();
        rows.any(|row| row.account.wants_pin(self.sum(&row.account.id)))
    }

    /// What was paid on the order before: in r_keeper's own words, or as its sums say.
    pub(super) fn paid_before(&self) -> Money {
        let order = &self.order;
        let covered = order.total.checked_sub(order.unpaid).unwrap_or_default();
        covered.max(order.prepaid)
    }

    /// What is still to be distributed; below zero where it is too much already.
    pub(super) fn left(&self) -> Option<Money> {
        self.order.unpaid.checked_sub(self.distributed()?)
    }

    /// What the confirmation shows and the payment gets, if the order can be paid so.
    pub(super) fn request(&self) -> Option<PaymentRequest> {
        let ready = self.verdict().pays();
        ready.then(|| self.as_request(false))
    }

    /// As it stands, asked for by nobody yet.
    fn as_request(&self, part: bool) -> PaymentRequest {
        PaymentRequest {
            order: self.order.clone(),
            cards: self.cards.clone(),
            keyed: self.keyed(),
            split: self.split(),
            part,
            by: By::default(),
        }
    }

    /// The same where the sums are sound and pay a part of the order only.
    pub(super) fn part_request(&self) -> Option<PaymentRequest> {
        match self.verdict() {
            Verdict::TooLittle(_) | Verdict::Missing(_) => {}
            Verdict::Ready
            | Verdict::Manager(_)
            | Verdict::Hindered(_)
            | Verdict::NoCards
            | Verdict::TooMuch(_)
            | Verdict::AboveAvailable { .. }
            | Verdict::Rule(_)
            | Verdict::NotSpendable { .. }
            | Verdict::TooLarge => return None,
        }
        let request = self.as_request(true);
        let sound = request.due().is_positive()
            && request
                .owed()
                .map(|owed| owed.with(self.consent))
                .is_ok_and(|owed| request.split.check(&owed, &self.cards).is_ok());
        sound.then_some(request)
    }

    /// Cards on the order whose printed number was typed.
    fn keyed(&self) -> Vec<Uid> {
        let cards = self.cards.iter().map(|card| &card.uid);
        cards
            .filter(|uid| self.number_of(uid).is_some())
            .cloned()
            .collect()
    }

    /// The number that was typed for the card.
    pub(super) fn number_of(&self, uid: &Uid) -> Option<&CardNumber> {
        self.numbers.get(uid)
    }

    /// The card that the number was typed for.
    pub(super) fn uid_of(&self, number: &CardNumber) -> Option<&Uid> {
        let mut numbers = self.numbers.iter();
        numbers.find(|&(_, own)| own == number).map(|(uid, _)| uid)
    }

    /// The card's number was typed.
    pub(super) fn was_typed(&mut self, uid: Uid, number: CardNumber) {
        self.numbers.insert(uid, number);
    }

    /// The card itself was there.
    pub(super) fn was_tapped(&mut self, uid: &Uid) {
        self.numbers.remove(uid);
    }

    /// No further card fits.
    pub(super) fn is_full(&self) -> bool {
        self.cards.len() + self.awaited.len() >= CARDS_MAX
    }

    /// The order was read again. True where it is not what it was.
    pub(super) fn refresh_order(&mut self, order: Order) -> bool {
        let changed = order != self.order;
        self.order = order;
        self.forget();
        self.line = self.line.min(self.order.lines.len().saturating_sub(1));
        if changed && !self.typed {
            self.suggest();
        }
        changed
    }

    /// Whether the card is on the order already.
    pub(super) fn has_card(&self, uid: &Uid) -> bool {
        self.cards.iter().any(|card| card.uid == *uid)
    }

    /// A card was tapped and Lime is asked.
    pub(super) fn await_card(&mut self, uid: Uid) {
        if !self.awaited.contains(&uid) {
            self.awaited.push(uid);
        }
    }

    /// Lime's answer about the card is of this moment.
    pub(super) fn answered(&mut self, uid: &Uid, now: Duration) {
        self.answered.insert(uid.clone(), now);
    }

    /// Whether the card's balances are older than that.
    pub(super) fn is_stale(&self, uid: &Uid, now: Duration, after: Duration) -> bool {
        let at = self.answered.get(uid);
        at.is_some_and(|&at| now.saturating_sub(at) > after)
    }

    /// Lime's answer came. False where nobody waits for it.
    pub(super) fn stop_waiting(&mut self, uid: &Uid) -> bool {
        let waiting = self.awaited.len();
        self.awaited.retain(|other| other != uid);
        self.awaited.len() != waiting
    }

    /// Puts the card on the order, or its fresh balances in place of the old ones. With
    /// `may_suggest`, sums that the cashier did not type follow.
    pub(super) fn put_card(&mut self, card: Card, may_suggest: bool) -> Added {
        self.forget();
        let first = card.accounts.first().map(|account| account.id.clone());
        let known = self.cards.iter_mut().find(|known| known.uid == card.uid);
        let is_new = known.is_none();
        match known {
            Some(known) => *known = card,
            None => self.cards.push(card),
        }
        let suggested = may_suggest && !self.typed;
        if suggested {
            self.suggest();
        }
        self.drop_orphans();
        if is_new {
            if self.account.is_none() || !self.typed {
                self.account = self.first_paying().or(first);
            }
            Added::New { suggested }
        } else {
            Added::Refreshed
        }
    }

    /// Tells the cards what was spent of their accounts, and of this order in its earlier parts. With
    /// `may_suggest`, sums that the cashier did not type follow.
    pub(super) fn count(&mut self, spent: &Spent, may_suggest: bool) {
        self.forget();
        spent.tell(&mut self.cards, Some(&self.order.guid));
        if may_suggest && !self.typed {
            self.suggest();
        }
    }

    fn first_paying(&self) -> Option<AccountId> {
        self.rows()
            .iter()
            .find(|row| self.sum(&row.account.id).is_positive())
            .map(|row| row.account.id.clone())
    }

    /// The selection goes to the card's first account.
    pub(super) fn highlight(&mut self, uid: &Uid) {
        self.marked = Some(uid.clone());
        let rows = self.rows();
        let id = rows
            .iter()
            .find(|row| row.card.uid == *uid)
            .or_else(|| {
                rows.iter().find(|row| {
                    self.cards
                        .iter()
                        .filter(|card| card.uid == *uid)
                        .any(|card| card.accounts.iter().any(|a| a.id == row.account.id))
                })
            })
            .map(|row| row.account.id.clone());
        if id.is_some() {
            self.finish_entry();
            self.account = id;
            self.side = Side::Accounts;
        }
    }

    /// The card that was tapped again, or the one that the selection is on, or the last one where
    /// there are no accounts.
    pub(super) fn selected_card(&self) -> Option<&Card> {
        self.cards
            .iter()
            .find(|card| self.marked.as_ref() == Some(&card.uid))
            .or_else(|| self.rows().get(self.selected()).map(|row| row.card))
            .or_else(|| self.cards.last())
    }

    /// Takes the selected card off. Its uid, if there was one.
    pub(super) fn remove_card(&mut self) -> Option<Uid> {
        let uid = self.selected_card()?.uid.clone();
        self.forget();
        self.cards.retain(|card| card.uid != uid);
        self.answered.remove(&uid);
        self.numbers.remove(&uid);
        self.drop_orphans();
        if self.cards.is_empty() {
            self.typed = false;
        }
        if !self.typed {
            self.suggest();
        }
        self.account = None;
        self.marked = None;
        Some(uid)
    }

    /// Sums of accounts that no card leads to any more.
    fn drop_orphans(&mut self) {
        let left: Vec<AccountId> = reachable(&self.cards)
            .iter()
            .map(|row| row.account.id.clone())
            .collect();
        self.sums.retain(|id, _| left.contains(id));
        self.why.retain(|id, _| left.contains(id));
        self.chosen.retain(|id| left.contains(id));
    }

    /// Order or cards are others than before: what follows from them is worked out anew.
    fn forget(&mut self) {
        self.payers.forget();
        self.proposal = None;
    }

    /// What is proposed for the order and the cards: worked out when they change, not for each frame.
    fn proposal(&mut self) -> &Split {
        let split = self.proposal.take().unwrap_or_else(|| {
            Owed::of(&self.order)
                .map(|owed| self.suggested(owed))
                .unwrap_or_default()
        });
        self.proposal.insert(split)
    }

    /// Applies the suggestion in place of all sums.
    pub(super) fn suggest(&mut self) {
        let split = self.proposal().clone();
        self.sums.clear();
        self.why.clear();
        for (share, why) in split.shares.into_iter().zip(split.why) {
            self.sums
                .insert(share.account.clone(), Entry::of(share.amount));
            self.why.insert(share.account, why);
        }
        self.typed = false;
    }

    /// What the cards can pay without anybody's yes, unless they can pay more with it.
    fn suggested(&self, owed: Owed<'_>) -> Split {
        let alone = Split::suggest(&owed, &self.cards);
        if self.consent == Consent::default() || alone.total() == Some(owed.sum) {
            return alone;
        }
        let with = Split::suggest(&owed.with(self.consent), &self.cards);
        if with.total() > alone.total() {
            with
        } else {
            alone
        }
    }

    /// The selected account, if it may pay.
    fn payer(&self) -> Option<(AccountId, Money)> {
        let rows = self.rows();
        let row = rows.get(self.selected())?;
        row.account
            .is_spendable()
            .then(|| (row.account.id.clone(), row.account.available))
    }

    /// Changes the selected account's sum by hand; false where it may not pay or the change does
    /// not fit.
    fn edit(&mut self, change: impl FnOnce(&mut Entry) -> bool) -> bool {
        let Some((id, _)) = self.payer() else {
            return false;
        };
        let entry = self
            .sums
            .entry(id.clone())
            .or_insert_with(|| Entry::of(Money::ZERO));
        if !change(entry) {
            return false;
        }
        self.why.remove(&id);
        self.account = Some(id);
        self.typed = true;
        self.side = Side::Accounts;
        true
    }

    /// A digit or separator into the selected account's sum.
    pub(super) fn type_char(&mut self, c: char) -> bool {
        self.edit(|entry| entry.type_char(c))
    }

    /// The last character of the selected account's sum away.
    pub(super) fn erase(&mut self) -> bool {
        self.edit(|entry| {
            entry.erase();
            true
        })
    }

    /// The selected account's sum is being typed.
    pub(super) fn is_typing(&self) -> bool {
        self.payer()
            .and_then(|(id, _)| self.sums.get(&id))
            .is_some_and(Entry::is_typing)
    }

    /// Nobody has tapped a card, and no card's answer is on its way.
    pub(super) fn is_untouched(&self) -> bool {
        self.cards.is_empty() && self.awaited.is_empty()
    }

    /// One step back in the sum that is being typed: its last character goes, and an empty one stands.
    pub(super) fn untype(&mut self) -> bool {
        if !self.is_typing() {
            return false;
        }
        self.edit(|entry| {
            entry.back();
            true
        })
    }

    /// The selected account gives nothing.
    pub(super) fn clear(&mut self) -> bool {
        self.edit(|entry| {
            *entry = Entry::of(Money::ZERO);
            true
        })
    }

    /// The selected account gives what the others leave, as far as it has it.
    pub(super) fn take_rest(&mut self) -> bool {
        let Some((id, available)) = self.payer() else {
            return false;
        };
        let rest = self
            .left()
            .and_then(|left| left.checked_add(self.sum(&id)))
            .unwrap_or(Money::ZERO)
            .max(Money::ZERO);
        let sum = self.within_rules(&id, rest.min(available));
        self.edit(|entry| {
            *entry = Entry::of(sum);
            true
        })
    }

    /// As much of the sum as the site's rules let the account give beside the other sums.
    fn within_rules(&self, id: &AccountId, sum: Money) -> Money {
        let mut split = self.split();
        split.shares.retain(|share| share.account != *id);
        let (Ok(owed), Some(row)) = (
            Owed::of(&self.order),
            self.rows().into_iter().find(|row| row.account.id == *id),
        ) else {
            return sum;
        };
        split.shares.push(Share {
            uid: row.card.uid.clone(),
            account: id.clone(),
            amount: sum,
        });
        match split.check(&owed.with(self.consent), &self.cards) {
            Err(SplitError::Rule {
                account, allowed, ..
            }) if account == *id => allowed,
            Ok(()) | Err(_) => sum,
        }
    }

    /// Sums stop being typed and stand.
    pub(super) fn finish_entry(&mut self) {
        self.sums.values_mut().for_each(Entry::finish);
    }

    /// Moves the selection of the active side to a row, or the nearest one.
    pub(super) fn choose(&mut self, index: usize) {
        self.finish_entry();
        self.marked = None;
        match self.side {
            Side::Lines => self.line = index.min(self.order.lines.len().saturating_sub(1)),
            Side::Accounts => {
                let rows = self.rows();
                let index = index.min(rows.len().saturating_sub(1));
                self.account = rows.get(index).map(|row| row.account.id.clone());
            }
        }
    }

    /// On to the next account that may pay, behind the last one to the first: a number pad has no way
    /// up. Among the dishes one row down.
    pub(super) fn next(&mut self) {
        let rows = self.rows();
        let from = self.selected();
        let payer = (1..=rows.len())
            .map(|step| (from + step) % rows.len())
            .find(|&index| rows[index].account.is_spendable());
        let to = match self.side {
            Side::Lines => self.line.saturating_add(1),
            Side::Accounts => payer.unwrap_or(from),
        };
        self.choose(to);
    }

    /// Row of the active side.
    pub(super) fn cursor(&self) -> usize {
        match self.side {
            Side::Lines => self.line,
            Side::Accounts => self.selected(),
        }
    }

    /// The arrows go to the other side.
    pub(super) fn switch(&mut self) {
        self.finish_entry();
        self.side = match self.side {
            Side::Lines => Side::Accounts,
            Side::Accounts => Side::Lines,
        };
    }

    /// Whether the card may pay at all.
    pub(super) fn is_active(card: &Card) -> bool {
        card.status == CardStatus::Active
    }
}
