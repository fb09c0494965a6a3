//! Parts of the bill at one key, in words.

use std::fmt::Display;

use crate::domain::split::Payer;
use crate::domain::{Card, Share};
use crate::payment::sale::PaymentRequest;

use super::super::bill::{Shared, WhoIsShort};
use super::super::keys::Ctx;
use super::super::msg::Effect;
use super::{App, Tone};

/// How the last bill of this run was shared.
#[derive(Clone, Debug)]
pub(super) struct LastSplit {
    order: String,
    shares: Vec<Share>,
}

impl LastSplit {
    /// As it was paid.
    pub(super) fn of(request: &PaymentRequest) -> Self {
        Self {
            order: request.order.name.clone(),
            shares: request.split.shares.clone(),
        }
    }
}

impl App {
    /// Space: the selected account is chosen for equal parts, or no more.
    pub(super) fn mark(&mut self) -> Vec<Effect> {
        let chosen = self.bill.as_mut().and_then(super::Bill::toggle_chosen);
        match chosen {
            Some(true) => self.say(Tone::Info, self.text("till.share.chosen")),
            Some(false) => {}
            // Says why it cannot pay.
            None => return self.edit_sum(|_| false),
        }
        vec![]
    }

    /// `*`: all that is due in equal parts.
    pub(super) fn share(&mut self) -> Vec<Effect> {
        let shared = self.bill.as_mut().and_then(super::Bill::share_evenly);
        let Some(shared) = shared else {
            let words = self.verdict_words();
            return self.complain(Tone::Warn, words);
        };
        if let Some(words) = self.unequal(&shared) {
            return self.complain(Tone::Warn, words);
        }
        let least = shared.given.iter().min().copied().unwrap_or_default();
        let most = shared.given.iter().max().copied().unwrap_or_default();
        let sum = if least == most {
            most.grouped()
        } else {
            format!("{}/{}", most.grouped(), least.grouped())
        };
        let key = if shared.given.len() == 1 {
            "till.share.one"
        } else {
            "till.share.even"
        };
        let parts = shared.given.len();
        let words = self.texts.fill(key, &[("parts", &parts), ("sum", &sum)]);
        self.say(Tone::Info, words);
        vec![]
    }

    /// `=`: all that is due in the proportions of the last bill of this run.
    pub(super) fn repeat_split(&mut self) -> Vec<Effect> {
        let (Some(bill), Some(last)) = (self.bill.as_mut(), &self.last_split) else {
            return self.complain(Tone::Warn, self.text("till.share.no_last"));
        };
        let here = bill.repeatable(&last.shares);
        let missing = last.shares.len() - here.len();
        if here.is_empty() {
            let words = self
                .texts
                .fill("till.share.others", &[("order", &last.order)]);
            return self.complain(Tone::Warn, words);
        }
        let sums: Vec<String> = here.iter().map(|share| share.amount.grouped()).collect();
        let sums = sums.join(" + ");
        let Some(shared) = bill.share_like(&here) else {
            let words = self.verdict_words();
            return self.complain(Tone::Warn, words);
        };
        let values: [(&str, &dyn Display); 3] = [
            ("order", &last.order),
            ("sums", &sums),
            ("missing", &missing),
        ];
        let words = if missing == 0 {
            self.texts.fill("till.share.repeated", &values)
        } else {
            self.texts.fill("till.share.repeated_partly", &values)
        };
        if let Some(short) = self.unequal(&shared) {
            return self.complain(Tone::Warn, short);
        }
        let tone = if missing == 0 { Tone::Info } else { Tone::Warn };
        self.say(tone, words);
        vec![]
    }

    /// Who gives less than his part, and why.
    fn unequal(&self, shared: &Shared) -> Option<String> {
        let first = shared.short.first()?;
        let why = self.why_short(first);
        let values: [(&str, &dyn Display); 4] = [
            ("who", &self.payer_name(&first.payer)),
            ("sum", &first.gives.grouped()),
            ("why", &why),
            ("others", &(shared.short.len() - 1)),
        ];
        Some(if shared.short.len() == 1 {
            self.texts.fill("till.share.short", &values)
        } else {
            self.texts.fill("till.share.short_several", &values)
        })
    }

    fn why_short(&self, short: &WhoIsShort) -> String {
        match &short.limit {
            Some((limit, rules)) => self.texts.limit(*limit, rules),
            None => self.text("till.share.no_more"),
        }
    }

    /// «№ 100038» or «…6822» for a card, «Депозит № 100038» for an account.
    fn payer_name(&self, payer: &Payer) -> String {
        let Some(bill) = &self.bill else {
            return String::new();
        };
        let mark = |card: &Card| match &card.number {
            Some(number) => self.texts.fill("till.card.mark", &[("number", number)]),
            None => card.uid.masked(),
        };
        match payer {
            Payer::Card(uid) => bill
                .cards()
                .iter()
                .find(|card| card.uid == *uid)
                .map_or_else(|| uid.masked(), mark),
            Payer::Account(id) => bill
                .rows()
                .iter()
                .find(|row| row.account.id == *id)
                .map(|row| format!("{} {}", row.account.name, mark(row.card)))
                .unwrap_or_default(),
        }
    }

    /// `-` on the bill: first what is being typed, then back to the list. Cards that were tapped
    /// would have to be tapped again, so that is asked for twice.
    pub(super) fn step_back(&mut self, asked_before: bool) -> Vec<Effect> {
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        if bill.untype() {
            return vec![];
        }
        if bill.is_untouched() || asked_before {
            return self.back(Ctx::Bill);
        }
        self.back_asked = true;
        self.say(Tone::Info, self.text("till.say.minus_again"));
        vec![]
    }
}
