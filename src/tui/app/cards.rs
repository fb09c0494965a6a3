//! Taps: where a card goes, and what is said when it may not go anywhere.

use std::slice;

use crate::domain::{Card, CardNumber, Uid};
use crate::payment::reason::Problem;
use crate::payment::spent::Spent;

use super::super::bell::Ring;
use super::super::bill::{Added, Bill, CARDS_MAX};
use super::super::keys::Ctx;
use super::super::msg::Effect;
use super::taps::Goes;
use super::{App, CardPage, Layer, Tone};

/// The question whether a card that was not read whole, or was typed, is the guest's.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Doubt {
    pub(in crate::tui) uid: Uid,
    /// The number that was typed for it; `None`: a reader saw a part of it.
    pub(in crate::tui) number: Option<CardNumber>,
    /// `None` until Lime answers.
    pub(in crate::tui) card: Option<Result<Card, Problem>>,
}

impl App {
    /// A card lies on a reader: where it goes is in the table of [`goes`](super::taps::goes).
    pub(super) fn on_card_read(&mut self, uid: Uid) -> Vec<Effect> {
        if self.is_asked_who() {
            return self.claim_card(uid, true);
        }
        // The guest taps again, and this time the card is read whole: that answers the question.
        let asked = |layer: &Layer| matches!(layer, Layer::Doubt(doubt) if doubt.uid == uid);
        if self.layers.last().is_some_and(asked) {
            self.layers.pop();
        }
        match self.tap_goes() {
            Goes::Refused => self.not_now(&uid),
            Goes::Kept => self.keep(uid, true),
            Goes::Shows => self.open_card(uid, None),
            Goes::Joins => {
                self.layers.clear();
                self.tap(uid)
            }
        }
    }

    /// A card was read in part. On an open order it pays only after the cashier has compared it
    /// with what Lime knows; elsewhere it goes as a whole one does, as that moves no money.
    pub(super) fn on_card_doubtful(&mut self, uid: Uid) -> Vec<Effect> {
        if self.is_asked_who() {
            return self.claim_card(uid, false);
        }
        match self.tap_goes() {
            Goes::Refused => self.not_now(&uid),
            Goes::Kept => self.keep(uid, false),
            Goes::Shows => self.open_card(uid, None),
            Goes::Joins if self.bill.as_ref().is_some_and(|bill| bill.has_card(&uid)) => {
                self.tap(uid)
            }
            Goes::Joins => {
                self.layers.clear();
                self.notice = None;
                self.layers.push(Layer::Doubt(Box::new(Doubt {
                    uid: uid.clone(),
                    number: None,
                    card: None,
                })));
                vec![Effect::Bell(Ring::Attention), Effect::LookUpCard(uid)]
            }
        }
    }

    /// The cashier says that it is the guest's card.
    pub(super) fn take_doubtful(&mut self) -> Vec<Effect> {
        match self.layers.last() {
            Some(Layer::Doubt(doubt)) if matches!(doubt.card, Some(Ok(_))) => {
                let (uid, number) = (doubt.uid.clone(), doubt.number.clone());
                self.layers.pop();
                match number {
                    Some(number) => self.take_keyed(uid, number),
                    None => self.tap(uid),
                }
            }
            Some(_) | None => self.complain(Tone::Warn, self.text("till.doubt.not_yet")),
        }
    }

    /// What the cashier confirms, or has confirmed, stays as it is.
    fn is_frozen(&self) -> bool {
        self.paying.is_some() || self.layers.iter().any(Layer::holds_sums)
    }

    /// What the journal says was spent: the order's cards are told, and sums that the cashier did not
    /// type follow.
    pub(super) fn on_spent(&mut self, spent: Spent) -> Vec<Effect> {
        let frozen = self.is_frozen();
        if let Some(bill) = self.bill.as_mut() {
            bill.count(&spent, !frozen);
        }
        self.spent = spent;
        vec![]
    }

    pub(super) fn not_now(&mut self, uid: &Uid) -> Vec<Effect> {
        let words = self
            .texts
            .fill("till.say.card_not_now", &[("card", &uid.masked())]);
        self.complain(Tone::Warn, words)
    }

    fn tap(&mut self, uid: Uid) -> Vec<Effect> {
        let masked = uid.masked();
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        // Whatever was typed before: now it is there.
        bill.was_tapped(&uid);
        if bill.has_card(&uid) {
            bill.highlight(&uid);
            let words = self.texts.fill("till.say.card_again", &[("card", &masked)]);
            self.say(Tone::Info, words);
            return vec![];
        }
        if bill.awaited().contains(&uid) {
            return vec![];
        }
        if bill.is_full() {
            return self.no_room();
        }
        bill.await_card(uid.clone());
        self.notice = None;
        vec![Effect::LookUpCard(uid)]
    }

    pub(super) fn no_room(&mut self) -> Vec<Effect> {
        let words = self
            .texts
            .fill("till.say.too_many_cards", &[("n", &CARDS_MAX)]);
        self.complain(Tone::Warn, words)
    }

    /// Asks for a card of the order again, by what it was named by.
    pub(super) fn look_up_again(&self, uid: Uid) -> Effect {
        let bill = self.bill.as_ref();
        match bill.and_then(|bill| bill.number_of(&uid)) {
            Some(number) => Effect::LookUpNumber(number.clone()),
            None => Effect::LookUpCard(uid),
        }
    }

    /// The card's page, asked for anew.
    pub(super) fn open_card(&mut self, uid: Uid, number: Option<CardNumber>) -> Vec<Effect> {
        self.layers.retain(|layer| layer.ctx() != Ctx::Card);
        self.layers.push(Layer::Card(Box::new(CardPage {
            uid: uid.clone(),
            number: number.clone(),
            card: None,
            history: None,
            scroll: 0,
        })));
        let look_up = match number {
            Some(number) => Effect::LookUpNumber(number),
            None => Effect::LookUpCard(uid.clone()),
        };
        vec![look_up, Effect::LoadHistory(uid)]
    }

    /// Lime's answer about a card, for whoever asked: the card's page, the order, or both.
    pub(super) fn on_card(&mut self, uid: &Uid, answer: Result<Card, Problem>) -> Vec<Effect> {
        let mut told = false;
        for layer in &mut self.layers {
            match layer {
                Layer::Card(page) if page.uid == *uid => {
                    page.card = Some(answer.clone());
                    told = true;
                }
                Layer::Doubt(doubt) if doubt.uid == *uid => {
                    doubt.card = Some(answer.clone());
                    told = true;
                }
                Layer::Card(_)
                | Layer::Doubt(_)
                | Layer::Confirm(_)
                | Layer::CancelAsk
                | Layer::Payments { .. }
                | Layer::Attention { .. }
                | Layer::Task(_)
                | Layer::Manager(_)
                | Layer::GuestPin(_)
                | Layer::Number(_)
                | Layer::Readers { .. }
                | Layer::Devices { .. }
                | Layer::Watch { .. }
                | Layer::Learn
                | Layer::Demo { .. }
                | Layer::Help { .. }
                | Layer::About { .. } => {}
            }
        }
        let frozen = self.is_frozen();
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        let awaited = bill.stop_waiting(uid);
        match answer {
            Ok(mut card) if awaited || bill.has_card(uid) => {
                let bill_of = &bill.order().guid;
                self.spent.tell(slice::from_mut(&mut card), Some(bill_of));
                let refused = !Bill::is_active(&card) || card.accounts.is_empty();
                bill.answered(uid, self.now);
                match bill.put_card(card, !frozen) {
                    Added::New { .. } if refused => self.complain(
                        Tone::Warn,
                        self.texts
                            .fill("till.say.card_cannot_pay", &[("card", &uid.masked())]),
                    ),
                    Added::New { suggested: false } => {
                        self.say(Tone::Info, self.text("till.say.card_added_typed"));
                        vec![]
                    }
                    Added::New { suggested: true } => {
                        if bill_lacks(self.bill.as_ref()) {
                            self.say(Tone::Info, self.text("till.say.tap_another"));
                        }
                        vec![]
                    }
                    Added::Refreshed => vec![],
                }
            }
            Ok(_) => vec![],
            Err(_) if told && !awaited => vec![],
            Err(problem) => {
                let words = self.texts.fill(
                    "till.say.card_failed",
                    &[("card", &uid.masked()), ("why", &self.sentence(&problem))],
                );
                self.complain(Tone::Bad, words)
            }
        }
    }
}

fn bill_lacks(bill: Option<&Bill>) -> bool {
    use super::super::bill::Verdict;
    bill.is_some_and(|bill| matches!(bill.verdict(), Verdict::TooLittle(_)))
}
