//! Keys: from the table's action to what it does in the place where it was pressed.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::super::bill::Verdict;
use super::super::keys::{Action, Ctx, Press, find};
use super::super::msg::{Effect, Period};
use super::{App, Layer, Row, RowKey, Tone};

/// Rows that a page key moves by.
const PAGE: usize = 8;

/// What the key before asked to be pressed once more.
#[derive(Clone, Copy, Debug)]
struct Asked {
    leave: bool,
    back: bool,
}

impl App {
    /// One real key.
    pub(super) fn on_key(&mut self, key: &KeyEvent, stamp: Duration) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return vec![];
        }
        let press = self.hands.press(key, stamp);
        let ctx = self.ctx();
        let Some(action) = find(ctx, key) else {
            return vec![];
        };
        if press == Press::Held && !action.may_repeat() {
            return vec![];
        }
        // Nothing that was typed ahead confirms, or closes, what nobody has seen yet.
        if ctx.is_guarded() && self.drawn_at.is_none_or(|drawn| stamp <= drawn) {
            return vec![];
        }
        // Nor does a key that may still be held down from what led here.
        let unsure = press == Press::Unsure;
        if ctx.is_guarded() && unsure && !action.may_repeat() {
            self.say(Tone::Info, self.text("till.say.held"));
            return vec![];
        }
        // In a window that shows nothing, no key does anything but lead out.
        if self.too_small && !matches!(action, Action::Leave | Action::Back) {
            return vec![];
        }
        // The second key of «once more» is a key of its own.
        if unsure && (self.leave_asked || self.back_asked) {
            return vec![];
        }
        self.notice = None;
        let asked = Asked {
            leave: std::mem::take(&mut self.leave_asked),
            back: std::mem::take(&mut self.back_asked),
        };
        self.act(ctx, action, key, asked)
    }

    /// A key where somebody fills something in; `None` elsewhere, and for the keys that lead out.
    fn type_into(&mut self, ctx: Ctx, action: Action, key: &KeyEvent) -> Option<Vec<Effect>> {
        if matches!(ctx, Ctx::Login | Ctx::Manager)
            && !matches!(action, Action::Back | Action::Leave)
        {
            return Some(self.answer_who(action, key));
        }
        if ctx == Ctx::GuestPin && action != Action::Back {
            return Some(self.type_guest_pin(action, key));
        }
        if ctx == Ctx::Number && action != Action::Back {
            return Some(self.type_number(action, key));
        }
        if ctx == Ctx::Form && action != Action::Back {
            return Some(self.fill_in(action, key));
        }
        if ctx == Ctx::Learn && action.is_for_answers() {
            return Some(self.type_answer(action, key));
        }
        None
    }

    fn act(&mut self, ctx: Ctx, action: Action, key: &KeyEvent, asked: Asked) -> Vec<Effect> {
        if let Some(effects) = self.type_into(ctx, action, key) {
            return effects;
        }
        match action {
            Action::Up => self.step(|row| row.saturating_sub(1)),
            Action::Down => self.step(|row| row.saturating_add(1)),
            Action::PageUp => self.step(|row| row.saturating_sub(PAGE)),
            Action::PageDown => self.step(|row| row.saturating_add(PAGE)),
            Action::First => self.step(|_| 0),
            Action::Last => self.step(|_| usize::MAX),
            Action::Switch => {
                self.bill.iter_mut().for_each(super::Bill::switch);
                vec![]
            }
            Action::Find | Action::FindPayment | Action::TypeSum | Action::Choose => {
                self.type_key(action, key)
            }
            Action::Erase => self.erase(ctx),
            Action::Clear => self.clear(ctx),
            Action::TakeRest => self.edit_sum(super::Bill::take_rest),
            Action::Share => self.share(),
            Action::Repeat => self.repeat_split(),
            Action::Mark => self.mark(),
            Action::Suggest => self.suggest(),
            Action::Open => self.open(),
            Action::Next => {
                self.bill.iter_mut().for_each(super::Bill::next);
                vec![]
            }
            Action::Close => self.close_result(),
            Action::Tap => self.demo_tap_selected(),
            Action::Pay => self.ask_to_pay(),
            Action::Confirm if ctx == Ctx::CancelAsk => self.cancel(),
            Action::Confirm if ctx == Ctx::Sure => self.do_task(),
            Action::Confirm if ctx == Ctx::Doubt => self.take_doubtful(),
            Action::Attention => self.open_attention(),
            Action::Decide => self.begin_decision(),
            Action::Refund => self.begin_refund(),
            Action::Period => self.switch_period(),
            // Keys of forms and questions alone.
            Action::Write
            | Action::LogIn
            | Action::SayYes
            | Action::CheckPin
            | Action::NextField
            | Action::PreviousField
            | Action::Check
            | Action::Answer
            | Action::Search => vec![],
            Action::Lock => self.lock(),
            Action::Number => self.ask_number(),
            Action::Confirm | Action::PayPart => self.confirm(),
            Action::AskAgain => self.ask_again(),
            Action::Reload if ctx == Ctx::Devices => self.open_devices(),
            Action::Reload => self.reload(),
            Action::RemoveCard => self.remove_card(),
            Action::Card => self.card_of_selection(),
            Action::Payments => self.open_payments(),
            Action::Readers => {
                self.layers.retain(|layer| layer.ctx() != Ctx::Readers);
                self.layers.push(Layer::Readers { scroll: 0 });
                vec![]
            }
            Action::Devices => self.open_devices(),
            Action::Watch => self.open_watch(),
            Action::Learn => self.ask_to_learn(),
            Action::Record => self.record(),
            Action::Demo if self.settings.demo_cards.is_empty() => vec![],
            Action::Demo => {
                self.layers.push(Layer::Demo { selected: 0 });
                vec![]
            }
            Action::Help => {
                self.layers.push(Layer::Help { scroll: 0 });
                vec![]
            }
            Action::About => self.open_about(),
            Action::Back => self.back(ctx),
            Action::StepBack => self.step_back(asked.back),
            Action::Leave => self.leave(asked.leave),
        }
    }

    /// Takes the last character away from what is typed there.
    fn erase(&mut self, ctx: Ctx) -> Vec<Effect> {
        if ctx == Ctx::Orders {
            self.orders.erase();
            vec![]
        } else if ctx == Ctx::Payments {
            self.find_payment(|typed| {
                typed.pop();
            });
            vec![]
        } else {
            self.edit_sum(super::Bill::erase)
        }
    }

    /// Takes all away that is typed there.
    fn clear(&mut self, ctx: Ctx) -> Vec<Effect> {
        if ctx == Ctx::Orders {
            self.orders.clear();
            vec![]
        } else if ctx == Ctx::Payments {
            self.find_payment(String::clear);
            vec![]
        } else {
            self.edit_sum(super::Bill::clear)
        }
    }

    /// The payments of today, whatever was looked for before.
    fn open_payments(&mut self) -> Vec<Effect> {
        self.layers.retain(|layer| layer.ctx() != Ctx::Payments);
        self.layers.push(Layer::Payments { selected: 0 });
        self.period = Period::Today;
        self.payments_filter.clear();
        vec![self.load_payments()]
    }

    /// Moves the selection of whatever is on top.
    fn step(&mut self, to: impl Fn(usize) -> usize) -> Vec<Effect> {
        let payments = self.payment_rows().len();
        let rows: Vec<RowKey> = self.attention_rows().iter().map(Row::key).collect();
        let cards = self.settings.demo_cards.len();
        let devices = self.tools.devices.as_ref().map_or(0, Vec::len);
        let within = |row: usize, rows: usize| to(row).min(rows.saturating_sub(1));
        match self.layers.last_mut() {
            Some(Layer::Payments { selected }) => *selected = within(*selected, payments),
            Some(Layer::Demo { selected }) => *selected = within(*selected, cards),
            // The view stops at the last page of a text.
            Some(Layer::Help { scroll } | Layer::About { scroll }) => {
                *scroll = to(*scroll).min(SCROLL_MAX);
            }
            Some(Layer::Card(page)) => page.scroll = to(page.scroll).min(SCROLL_MAX),
            Some(Layer::Confirm(confirm)) => {
                confirm.scroll = within(confirm.scroll, confirm.request.split.shares.len());
            }
            Some(Layer::Attention { selected }) => {
                let at = rows.iter().position(|&key| Some(key) == *selected);
                *selected = rows.get(within(at.unwrap_or(0), rows.len())).copied();
            }
            Some(Layer::Task(task)) => task.scroll = within(task.scroll, task.parts().len()),
            Some(Layer::Readers { scroll } | Layer::Watch { scroll }) => {
                *scroll = to(*scroll).min(SCROLL_MAX);
            }
            Some(Layer::Devices { selected }) => *selected = within(*selected, devices),
            Some(
                Layer::CancelAsk
                | Layer::Doubt(_)
                | Layer::Number(_)
                | Layer::Manager(_)
                | Layer::GuestPin(_)
                | Layer::Learn,
            ) => {}
            None => {
                if let Some(paying) = self.paying.as_mut() {
                    paying.scroll = within(paying.scroll, paying.request.split.shares.len());
                } else if let Some(bill) = self.bill.as_mut() {
                    bill.choose(to(bill.cursor()));
                } else {
                    self.orders.choose(to(self.orders.index()));
                }
            }
        }
        vec![]
    }

    fn type_key(&mut self, action: Action, key: &KeyEvent) -> Vec<Effect> {
        let KeyCode::Char(c) = key.code else {
            return vec![];
        };
        if action == Action::TypeSum {
            self.edit_sum(|bill| bill.type_char(c))
        } else if action == Action::Choose {
            let index = c.to_digit(10).and_then(|n| usize::try_from(n).ok());
            self.demo_tap(index.and_then(|n| n.checked_sub(1)))
        } else if action == Action::FindPayment {
            self.type_payment(c);
            vec![]
        } else {
            self.orders.type_char(c);
            vec![]
        }
    }

    fn demo_tap_selected(&mut self) -> Vec<Effect> {
        match self.layers.last() {
            Some(&Layer::Demo { selected }) => self.demo_tap(Some(selected)),
            Some(_) | None => vec![],
        }
    }

    fn demo_tap(&mut self, index: Option<usize>) -> Vec<Effect> {
        match index.filter(|&index| index < self.settings.demo_cards.len()) {
            Some(index) => {
                self.layers.pop();
                vec![Effect::DemoTap(index)]
            }
            None => vec![],
        }
    }

    /// Changes the selected account's sum, or says why it cannot be changed.
    pub(super) fn edit_sum(&mut self, edit: impl FnOnce(&mut super::Bill) -> bool) -> Vec<Effect> {
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        if edit(bill) {
            return vec![];
        }
        let rows = bill.rows();
        let words = match rows.get(bill.selected()) {
            None => self.text("till.verdict.no_cards"),
            Some(row) if !row.account.is_spendable() => self.texts.fill(
                "till.verdict.not_spendable",
                &[("account", &row.account.name)],
            ),
            // A third decimal or a second comma: simply not taken.
            Some(_) => return vec![],
        };
        self.complain(Tone::Warn, words)
    }

    fn suggest(&mut self) -> Vec<Effect> {
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        bill.suggest();
        if bill.verdict().pays() {
            return vec![];
        }
        let words = self.verdict_words();
        self.complain(Tone::Warn, words)
    }

    fn open(&mut self) -> Vec<Effect> {
        let Some(guid) = self.orders.chosen().map(|order| order.guid.clone()) else {
            return self.complain(Tone::Warn, self.text("till.say.no_order"));
        };
        let other = self.opening.as_ref().is_some_and(|known| *known != guid);
        self.opening = Some(guid.clone());
        // Cards that waited for another order are no cards of this one.
        let mut effects = if other { self.refuse_kept() } else { vec![] };
        if effects.is_empty() {
            self.say(Tone::Info, self.text("till.say.opening"));
        }
        effects.push(Effect::LoadOrder(guid));
        effects
    }

    /// Reads again what is on screen.
    pub(super) fn reload(&mut self) -> Vec<Effect> {
        match (self.layers.last_mut(), &self.bill) {
            (Some(Layer::Card(page)), _) => {
                page.history = None;
                let look_up = match &page.number {
                    Some(number) => Effect::LookUpNumber(number.clone()),
                    None => Effect::LookUpCard(page.uid.clone()),
                };
                vec![look_up, Effect::LoadHistory(page.uid.clone())]
            }
            (Some(Layer::Payments { .. } | Layer::Attention { .. }), _) => {
                vec![self.load_payments()]
            }
            (_, Some(bill)) => std::iter::once(Effect::LoadOrder(bill.order().guid.clone()))
                .chain(
                    bill.cards()
                        .iter()
                        .map(|card| self.look_up_again(card.uid.clone())),
                )
                .collect(),
            (_, None) => vec![Effect::LoadOrders],
        }
    }

    fn remove_card(&mut self) -> Vec<Effect> {
        let removed = self.bill.as_mut().and_then(super::Bill::remove_card);
        match removed {
            Some(uid) => {
                let words = self
                    .texts
                    .fill("till.say.card_removed", &[("card", &uid.masked())]);
                self.say(Tone::Info, words);
                vec![]
            }
            None => self.complain(Tone::Warn, self.text("till.verdict.no_cards")),
        }
    }

    fn card_of_selection(&mut self) -> Vec<Effect> {
        let card = self.bill.as_ref().and_then(super::Bill::selected_card);
        match card.cloned() {
            Some(card) => {
                let bill = self.bill.as_ref();
                let number = bill.and_then(|bill| bill.number_of(&card.uid)).cloned();
                let effects = self.open_card(card.uid.clone(), number);
                if let Some(Layer::Card(page)) = self.layers.last_mut() {
                    page.card = Some(Ok(card));
                }
                effects
            }
            None => self.complain(Tone::Warn, self.text("till.verdict.no_cards")),
        }
    }

    /// One step back; never out of the program, and out of a running payment only by a question.
    pub(super) fn back(&mut self, ctx: Ctx) -> Vec<Effect> {
        match ctx {
            Ctx::Learn => self.leave_learning(),
            Ctx::Form | Ctx::Sure | Ctx::Busy | Ctx::Outcome => self.leave_task(),
            Ctx::Login => {
                self.take_back_who();
                vec![]
            }
            Ctx::Payments if !self.payments_filter.is_empty() => {
                self.find_payment(String::clear);
                vec![]
            }
            Ctx::Confirm
            | Ctx::Part
            | Ctx::CancelAsk
            | Ctx::Manager
            | Ctx::GuestPin
            | Ctx::Card
            | Ctx::Payments
            | Ctx::Attention
            | Ctx::Number
            | Ctx::Doubt
            | Ctx::Readers
            | Ctx::Devices
            | Ctx::Watch
            | Ctx::Demo
            | Ctx::Help
            | Ctx::About => {
                self.layers.pop();
                vec![]
            }
            Ctx::Progress => {
                if self.paying.as_ref().is_some_and(|p| p.cancel_asked) {
                    self.say(Tone::Info, self.text("till.say.cancel_asked"));
                } else {
                    self.layers.push(Layer::CancelAsk);
                }
                vec![]
            }
            Ctx::Result => self.close_result(),
            Ctx::Bill => {
                self.bill = None;
                self.opening = None;
                vec![Effect::LoadOrders]
            }
            Ctx::Orders => {
                self.opening = None;
                if !self.orders.clear() {
                    self.say(Tone::Info, self.text("till.say.how_to_leave"));
                }
                self.refuse_kept()
            }
        }
    }

    /// Out of the program: refused while money moves; asked twice while a payment is not settled.
    fn leave(&mut self, asked_before: bool) -> Vec<Effect> {
        if self.money_in_flight() {
            return self.complain(Tone::Warn, self.text("till.say.stay_money"));
        }
        let unsettled = self.attention.iter().any(|view| !view.standing.is_rest())
            || self
                .paying
                .as_ref()
                .and_then(|paying| paying.view.as_ref())
                .is_some_and(|view| !view.standing.is_rest());
        let words = if unsettled {
            "till.say.leave_unsettled"
        } else {
            "till.attention.leave"
        };
        let listed = !self.attention.is_empty() || !self.orphans.is_empty();
        if (unsettled || listed) && !asked_before {
            self.leave_asked = true;
            return self.complain(Tone::Warn, self.text(words));
        }
        vec![Effect::Quit]
    }

    /// The words to choose: with the offer to pay a part, where that can be done now.
    fn offering_part<'a>(&self, plain: &'a str, with_part: &'a str) -> &'a str {
        let bill = self.bill.as_ref();
        let sound = bill.is_some_and(|bill| bill.part_request().is_some());
        if self.settings.part_payments && sound {
            with_part
        } else {
            plain
        }
    }

    /// Why F5 works or does not, in words.
    pub(in crate::tui) fn verdict_words(&self) -> String {
        let Some(bill) = &self.bill else {
            return String::new();
        };
        let texts = self.texts;
        match bill.verdict() {
            Verdict::Ready if bill.wants_pin() => self.text("till.verdict.guest_pin"),
            Verdict::Ready => self.text("till.verdict.ready"),
            Verdict::Manager(rule) => texts.fill(
                "till.verdict.manager",
                &[("account", &rule.account), ("sum", &rule.allowed.grouped())],
            ),
            Verdict::Hindered(problem) => self.sentence(&problem),
            Verdict::NoCards => self.text("till.verdict.no_cards"),
            Verdict::TooLittle(sum) => {
                let key = self
                    .offering_part("till.verdict.too_little", "till.verdict.too_little_or_part");
                texts.fill(key, &[("sum", &sum.grouped())])
            }
            Verdict::Missing(sum) => {
                let key =
                    self.offering_part("till.verdict.missing", "till.verdict.missing_or_part");
                texts.fill(key, &[("sum", &sum.grouped())])
            }
            Verdict::TooMuch(sum) => {
                texts.fill("till.verdict.too_much", &[("sum", &sum.grouped())])
            }
            Verdict::AboveAvailable { account, available } => texts.fill(
                "till.verdict.above_available",
                &[("account", &account), ("sum", &available.grouped())],
            ),
            Verdict::Rule(broken) => texts.broken_rule(&broken),
            Verdict::NotSpendable { account } => {
                texts.fill("till.verdict.not_spendable", &[("account", &account)])
            }
            Verdict::TooLarge => self.text("till.verdict.too_large"),
        }
    }
}

/// Furthest row of a scrolled text; no text is longer.
const SCROLL_MAX: usize = 2_000;
