//! A guest's PIN: asked for after any manager's yes and before the question that moves money.
//!
//! That a PIN was right is known to the request in the question alone. Whatever takes the question back
//! (Esc, another order, a payment that did not begin) forgets it, and the next F5 asks anew.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;

use crate::domain::{Card, Uid};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::PaymentRequest;

use super::super::bell::Ring;
use super::super::keys::Action;
use super::super::msg::{Effect, PinAnswer};
use super::super::pin::PinEntry;
use super::{App, Layer};

/// Most PINs of one guest that are put to Lime in one question. Lime counts for itself as well.
const TRIES_MAX: u8 = 3;

/// The question for the PIN of one guest after the other.
#[derive(Clone, Debug)]
pub(in crate::tui) struct GuestPin {
    /// What is paid once all guests proved themselves, frozen.
    pub(in crate::tui) request: PaymentRequest,
    /// The card of the guest who is asked.
    pub(in crate::tui) uid: Uid,
    /// Which of the guests he is, from 1, and how many there are.
    pub(in crate::tui) guest: (usize, usize),
    pub(in crate::tui) entry: PinEntry,
    pub(in crate::tui) state: PinState,
    /// PINs of this guest that Lime looked at, or may have looked at.
    tries: u8,
}

/// How far the question is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) enum PinState {
    /// The PIN is being typed.
    Typing,
    /// Lime is asked, under that number.
    Checking(u64),
    /// Fewer digits than a PIN has.
    TooShort,
    /// It was not right, or Lime could not be asked: it can be typed anew.
    Again(Problem),
    /// Nobody knows whether Lime looked at it, and counted it: it can be typed anew.
    Unclear(Problem),
    /// Nothing more is taken: only the way back is left.
    Over(Problem),
}

impl GuestPin {
    /// The question to the first guest whose PIN is wanted; the request itself where none is.
    fn of(request: PaymentRequest) -> Result<Self, Box<PaymentRequest>> {
        let wanted = request.pins_wanted();
        let (first, guests) = (wanted.first().map(|card| card.uid.clone()), wanted.len());
        match first {
            Some(uid) => Ok(Self::to(request, uid, (1, guests))),
            None => Err(Box::new(request)),
        }
    }

    fn to(request: PaymentRequest, uid: Uid, guest: (usize, usize)) -> Self {
        Self {
            request,
            uid,
            guest,
            entry: PinEntry::default(),
            state: PinState::Typing,
            tries: 0,
        }
    }

    /// His card.
    pub(in crate::tui) fn card(&self) -> Option<&Card> {
        let mut cards = self.request.cards.iter();
        cards.find(|card| card.uid == self.uid)
    }

    /// The digits can be typed now.
    pub(in crate::tui) const fn takes_digits(&self) -> bool {
        match self.state {
            PinState::Typing | PinState::TooShort | PinState::Again(_) | PinState::Unclear(_) => {
                true
            }
            PinState::Checking(_) | PinState::Over(_) => false,
        }
    }

    /// Another try, unless that was the last one.
    fn again_or_over(&self, state: fn(Problem) -> PinState, problem: Problem) -> PinState {
        if self.tries >= TRIES_MAX {
            PinState::Over(problem)
        } else {
            state(problem)
        }
    }

    /// What the answer leads to, where the PIN is not known to be right.
    fn failed(&mut self, answer: PinAnswer) -> PinState {
        match answer {
            // Surely not asked, so that it counts for nothing.
            PinAnswer::NotAsked(problem) => PinState::Again(problem),
            PinAnswer::Unclear(problem) => {
                self.tries = self.tries.saturating_add(1);
                self.again_or_over(PinState::Unclear, problem)
            }
            PinAnswer::Refused(problem) if problem.reason == Reason::PinWrong => {
                self.tries = self.tries.saturating_add(1);
                self.again_or_over(PinState::Again, problem)
            }
            PinAnswer::Refused(problem) => PinState::Over(problem),
            PinAnswer::Right => PinState::Typing,
        }
    }
}

impl App {
    /// Each guest's PIN first where the sums want it, then the question that moves money.
    pub(super) fn prove_first(&mut self, request: PaymentRequest) -> Vec<Effect> {
        match GuestPin::of(request) {
            Ok(ask) => {
                self.layers.push(Layer::GuestPin(Box::new(ask)));
                vec![]
            }
            Err(request) => self.confirm_first(*request),
        }
    }

    fn guest_pin_mut(&mut self) -> Option<&mut GuestPin> {
        match self.layers.last_mut() {
            Some(Layer::GuestPin(ask)) => Some(ask),
            Some(_) | None => None,
        }
    }

    /// A key in the question.
    pub(super) fn type_guest_pin(&mut self, action: Action, key: &KeyEvent) -> Vec<Effect> {
        let Some(ask) = self.guest_pin_mut() else {
            return vec![];
        };
        // A number pad has no Esc: an empty entry is left by `-`, whatever Lime is doing.
        if key.code == KeyCode::Char('-') {
            if ask.entry.is_empty() {
                self.layers.pop();
            } else {
                ask.entry.erase();
            }
            return vec![];
        }
        if !ask.takes_digits() {
            return vec![];
        }
        if action == Action::CheckPin {
            return self.check_guest_pin();
        }
        if ask.entry.key(key) {
            ask.state = PinState::Typing;
        }
        vec![]
    }

    fn check_guest_pin(&mut self) -> Vec<Effect> {
        let asked = self.claims.saturating_add(1);
        let Some(ask) = self.guest_pin_mut() else {
            return vec![];
        };
        let Some(pin) = ask.entry.take() else {
            ask.state = PinState::TooShort;
            return vec![Effect::Bell(Ring::Refused)];
        };
        ask.state = PinState::Checking(asked);
        let uid = ask.uid.clone();
        self.claims = asked;
        vec![Effect::CheckPin { asked, uid, pin }]
    }

    /// Lime's answer. One to a question that was taken back lets nobody pay.
    pub(super) fn on_pin_checked(
        &mut self,
        asked: u64,
        answer: PinAnswer,
        at: Timestamp,
    ) -> Vec<Effect> {
        let waits = |ask: &&mut GuestPin| ask.state == PinState::Checking(asked);
        let Some(ask) = self.guest_pin_mut().filter(waits) else {
            return vec![];
        };
        if answer != PinAnswer::Right {
            ask.state = ask.failed(answer);
            return vec![Effect::Bell(Ring::Refused)];
        }
        let uid = ask.uid.clone();
        ask.request.pin_was_right(&uid, at);
        let (place, guests) = ask.guest;
        let next = ask
            .request
            .pins_wanted()
            .first()
            .map(|card| card.uid.clone());
        let Some(Layer::GuestPin(ask)) = self.layers.pop() else {
            return vec![];
        };
        match next {
            Some(uid) => {
                let guest = (place.saturating_add(1), guests);
                let ask = GuestPin::to(ask.request, uid, guest);
                self.layers.push(Layer::GuestPin(Box::new(ask)));
                vec![]
            }
            None => self.confirm_first(ask.request),
        }
    }
}
