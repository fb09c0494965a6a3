//! Where a tap goes: one table of screens and what lies beneath them.

use crate::domain::Uid;

use super::super::keys::Ctx;
use super::super::msg::Effect;
use super::{App, Layer, Paying, Tone};

/// Most cards that are kept while an order is being read; more are refused aloud.
pub(super) const KEPT_MAX: usize = 8;

/// What lies beneath the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Base {
    /// The list of orders.
    List,
    /// An order is being read.
    Opening,
    /// An open order.
    Bill,
    /// A payment under way.
    Working,
    /// What came of one.
    Result,
}

/// Where a tap goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Goes {
    /// Onto the open order. Whatever covers it steps aside, so that the tap is seen to work.
    Joins,
    /// Its page opens.
    Shows,
    /// It waits for the order that is being read.
    Kept,
    /// It is refused aloud: the guest taps again.
    Refused,
}

/// The table. `top` is the topmost question, or else what is on top.
pub(in crate::tui) const fn goes(top: Ctx, base: Base) -> Goes {
    match top {
        // What is being confirmed stays as it is, and a question is answered first.
        Ctx::Confirm
        | Ctx::Part
        | Ctx::CancelAsk
        | Ctx::Form
        | Ctx::Sure
        | Ctx::Busy
        | Ctx::Outcome
        | Ctx::Doubt
        | Ctx::GuestPin
        // Their cards say who somebody is, before this table is asked.
        | Ctx::Login
        | Ctx::Manager => Goes::Refused,
        Ctx::Orders
        | Ctx::Bill
        | Ctx::Progress
        | Ctx::Result
        | Ctx::Card
        | Ctx::Payments
        | Ctx::Attention
        | Ctx::Number
        | Ctx::Readers
        | Ctx::Devices
        | Ctx::Watch
        | Ctx::Learn
        | Ctx::Demo
        | Ctx::Help
        | Ctx::About => match base {
            Base::List | Base::Result => Goes::Shows,
            Base::Opening => Goes::Kept,
            Base::Bill => Goes::Joins,
            // A card that comes while another guest pays must not end up on the next bill.
            Base::Working => Goes::Refused,
        },
    }
}

/// A card that waits for its order.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    uid: Uid,
    /// It was read whole.
    whole: bool,
}

impl App {
    /// Where a card would go now.
    pub(in crate::tui) fn tap_goes(&self) -> Goes {
        let question = self.layers.iter().rev().find(|layer| match layer {
            Layer::Confirm(_)
            | Layer::CancelAsk
            | Layer::Task(_)
            | Layer::Doubt(_)
            | Layer::Manager(_)
            | Layer::GuestPin(_) => true,
            Layer::Card(_)
            | Layer::Payments { .. }
            | Layer::Attention { .. }
            | Layer::Number(_)
            | Layer::Readers { .. }
            | Layer::Devices { .. }
            | Layer::Watch { .. }
            | Layer::Learn
            | Layer::Demo { .. }
            | Layer::Help { .. }
            | Layer::About { .. } => false,
        });
        goes(question.map_or_else(|| self.ctx(), Layer::ctx), self.base())
    }

    pub(in crate::tui) fn base(&self) -> Base {
        match (&self.paying, &self.opening, &self.bill) {
            (Some(paying), ..) if Paying::is_working(paying) => Base::Working,
            (Some(_), ..) => Base::Result,
            (None, Some(_), _) => Base::Opening,
            (None, None, Some(_)) => Base::Bill,
            (None, None, None) => Base::List,
        }
    }

    /// No card is taken or kept now, or not yet.
    pub(super) fn takes_no_card(&self) -> bool {
        match self.tap_goes() {
            Goes::Kept | Goes::Refused => true,
            Goes::Joins | Goes::Shows => false,
        }
    }

    /// The card waits until the order is there.
    pub(super) fn keep(&mut self, uid: Uid, whole: bool) -> Vec<Effect> {
        let masked = uid.masked();
        let room = self.kept.len() < KEPT_MAX;
        match self.kept.iter_mut().find(|kept| kept.uid == uid) {
            Some(kept) => kept.whole |= whole,
            None if !room => return self.not_now(&uid),
            None => self.kept.push(Kept { uid, whole }),
        }
        let words = self.texts.fill("till.say.card_kept", &[("card", &masked)]);
        self.say(Tone::Info, words);
        vec![]
    }

    /// The order is there: the cards that waited for it join, those that were not read whole last,
    /// as they are asked about.
    pub(super) fn release_kept(&mut self) -> Vec<Effect> {
        let mut kept = std::mem::take(&mut self.kept);
        kept.sort_by_key(|kept| !kept.whole);
        let mut effects = Vec::new();
        for Kept { uid, whole } in kept {
            effects.extend(if whole {
                self.on_card_read(uid)
            } else {
                self.on_card_doubtful(uid)
            });
        }
        effects
    }

    /// The order that cards waited for does not come: they are refused aloud.
    pub(super) fn refuse_kept(&mut self) -> Vec<Effect> {
        let kept = std::mem::take(&mut self.kept);
        let cards: Vec<String> = kept.iter().map(|kept| kept.uid.masked()).collect();
        if cards.is_empty() {
            return vec![];
        }
        let words = self
            .texts
            .fill("till.say.kept_refused", &[("cards", &cards.join(", "))]);
        self.complain(Tone::Warn, words)
    }
}
