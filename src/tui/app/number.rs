//! A card that cannot be read: the number printed on it is typed, and the cashier says whose it is.

use crossterm::event::{KeyCode, KeyEvent};

use crate::domain::{Card, CardNumber, Uid};
use crate::payment::reason::{Problem, Reason, Server};

use super::super::bell::Ring;
use super::super::keys::{Action, Ctx, latin_twin};
use super::super::msg::Effect;
use super::{App, CardPage, Doubt, Layer, Tone};

/// Most characters that are typed.
const CHARS_MAX: usize = crate::domain::NUMBER_CHARS_MAX;

/// The question for the number.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct NumberAsk {
    pub(in crate::tui) text: String,
    /// The number that Lime is being asked for.
    pub(in crate::tui) asked: Option<CardNumber>,
    /// What came of the last one.
    pub(in crate::tui) problem: Option<Problem>,
}

impl App {
    /// F6: the question, where the site takes such cards; elsewhere there is no such key.
    pub(super) fn ask_number(&mut self) -> Vec<Effect> {
        if !self.settings.keyed_cards {
            return vec![];
        }
        if self.takes_no_card() {
            return self.complain(Tone::Warn, self.text("till.number.not_now"));
        }
        self.layers.push(Layer::Number(Box::default()));
        vec![]
    }

    /// A key in the question.
    pub(super) fn type_number(&mut self, action: Action, key: &KeyEvent) -> Vec<Effect> {
        let Some(Layer::Number(ask)) = self.layers.last_mut() else {
            return vec![];
        };
        if action == Action::Search {
            let Ok(number) = CardNumber::new(&ask.text) else {
                return self.complain(Tone::Warn, self.text("till.number.empty"));
            };
            if ask.asked.as_ref() == Some(&number) {
                return vec![];
            }
            ask.problem = None;
            ask.asked = Some(number.clone());
            return vec![Effect::LookUpNumber(number)];
        }
        // An answer about another number than stands there is not waited for.
        ask.asked = None;
        ask.problem = None;
        if action == Action::Erase {
            ask.text.pop();
        } else if action == Action::Clear {
            ask.text.clear();
        } else if let KeyCode::Char(typed) = key.code {
            // Who reads «А» on a card types it in whatever layout is on. Letters that look like no
            // Latin one are not guessed.
            let c = latin_twin(typed);
            if CardNumber::takes(c) && ask.text.len() < CHARS_MAX {
                ask.text.push(c);
            } else if c.is_alphabetic() && !c.is_ascii() {
                return self.complain(Tone::Warn, self.text("till.number.latin"));
            }
        }
        vec![]
    }

    /// Lime's answer about a number: for the question, or for a card that was named so before.
    pub(super) fn on_card_by_number(
        &mut self,
        number: &CardNumber,
        answer: Result<Card, Problem>,
    ) -> Vec<Effect> {
        if let Some(Layer::Number(ask)) = self.layers.last_mut()
            && ask.asked.as_ref() == Some(number)
        {
            return match answer {
                Ok(card) => {
                    self.layers.pop();
                    self.found(card, number)
                }
                Err(problem) => {
                    ask.asked = None;
                    ask.problem = Some(problem);
                    vec![Effect::Bell(Ring::Refused)]
                }
            };
        }
        let of_page = self.layers.iter().find_map(|layer| match layer {
            Layer::Card(page) if page.number.as_ref() == Some(number) => Some(&page.uid),
            _ => None,
        });
        let of_bill = self.bill.as_ref().and_then(|bill| bill.uid_of(number));
        let Some(uid) = of_bill.or(of_page).cloned() else {
            return vec![];
        };
        // The number leads to another card than before.
        let answer = answer.and_then(|card| {
            if card.uid == uid {
                Ok(card)
            } else {
                Err(Problem::of(
                    Server::Lime,
                    Reason::CardAmbiguous,
                    number.as_str(),
                ))
            }
        });
        self.on_card(&uid, answer)
    }

    /// On an open order the cashier compares the card with the guest; elsewhere its page opens, as
    /// that moves no money.
    fn found(&mut self, card: Card, number: &CardNumber) -> Vec<Effect> {
        let uid = card.uid.clone();
        if self.paying.is_none()
            && let Some(bill) = self.bill.as_mut()
        {
            self.layers.clear();
            if bill.has_card(&uid) {
                bill.highlight(&uid);
                let words = self
                    .texts
                    .fill("till.say.card_again", &[("card", &uid.masked())]);
                self.say(Tone::Info, words);
                return vec![];
            }
            self.layers.push(Layer::Doubt(Box::new(Doubt {
                uid,
                number: Some(number.clone()),
                card: Some(Ok(card)),
            })));
            return vec![Effect::Bell(Ring::Attention)];
        }
        self.layers.retain(|layer| layer.ctx() != Ctx::Card);
        self.layers.push(Layer::Card(Box::new(CardPage {
            uid: uid.clone(),
            number: Some(number.clone()),
            card: Some(Ok(card)),
            history: None,
            scroll: 0,
        })));
        vec![Effect::LoadHistory(uid)]
    }

    /// The cashier says that the typed card is the guest's. Lime is asked anew: the question may have
    /// stood there for long.
    pub(super) fn take_keyed(&mut self, uid: Uid, number: CardNumber) -> Vec<Effect> {
        let Some(bill) = self.bill.as_mut() else {
            return vec![];
        };
        if bill.is_full() {
            return self.no_room();
        }
        bill.await_card(uid.clone());
        bill.was_typed(uid, number.clone());
        self.notice = None;
        vec![Effect::LookUpNumber(number)]
    }
}
