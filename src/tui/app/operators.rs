//! Who is at the till: logging in, locking, and a manager's yes to one action of somebody else.

use std::time::Duration;

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use crate::domain::{Consent, Uid};
use crate::operators::{Allowed, Claim, PersonId, Right, Roster, Session, SessionEvent, Verdict};
use crate::payment::sale::{By, PaymentRequest};
use crate::payment::staff::{StaffNote, StaffRefusal};

use super::super::bell::Ring;
use super::super::keys::Action;
use super::super::msg::Effect;
use super::super::pin::PinEntry;
use super::task::What;
use super::{App, Layer, Paying, Tone};

/// The question who somebody is.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Asking {
    /// Whose answer is wanted; never empty.
    pub(in crate::tui) people: Vec<PersonId>,
    pub(in crate::tui) selected: usize,
    pub(in crate::tui) entry: PinEntry,
    pub(in crate::tui) state: AskState,
}

/// How far the question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum AskState {
    /// The PIN is being typed.
    Typing,
    /// The claim of that number is put to the proof.
    Checking(u64),
    /// It was not right.
    Refused(Refusal),
}

/// Why an answer does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Refusal {
    /// Fewer digits than a PIN has.
    TooShort,
    /// He proves himself by his card only.
    NoPin,
    /// So many tries are left.
    WrongPin(u32),
    /// Nothing is taken for so many seconds.
    Paused(u64),
    /// No operator's card.
    UnknownCard,
    /// The card was not read whole.
    CardNotWhole,
    /// It is somebody whose yes does not count here.
    NotHis(PersonId),
}

/// A manager's yes, asked over the shoulder of whoever is logged in.
#[derive(Clone, Debug)]
pub(in crate::tui) struct ManagerAsk {
    pub(in crate::tui) asking: Asking,
    /// What the other one may not do alone.
    pub(in crate::tui) right: Right,
    pub(in crate::tui) then: Then,
}

/// What goes on once somebody may.
#[derive(Clone, Debug)]
pub(in crate::tui) enum Then {
    /// The guests' PINs where they are wanted, and the question before money moves.
    Pay(Box<PaymentRequest>),
    /// The form of a decision or a refund.
    Task(Box<What>),
    /// The dialogue in which a reader is learnt: this device, or whatever is plugged in.
    Learn(Option<String>),
}

impl Asking {
    /// The question at the start; none where the site has no operators.
    pub(super) fn first(roster: &Roster) -> Option<Self> {
        roster.is_used().then(|| Self::new(roster.ids(), None))
    }

    fn new(people: Vec<PersonId>, last: Option<PersonId>) -> Self {
        let selected = last.and_then(|last| people.iter().position(|&id| id == last));
        Self {
            people,
            selected: selected.unwrap_or(0),
            entry: PinEntry::default(),
            state: AskState::Typing,
        }
    }

    /// Who says that he is there.
    pub(in crate::tui) fn person(&self) -> Option<PersonId> {
        self.people.get(self.selected).copied()
    }

    fn choose(&mut self, to: impl Fn(usize) -> usize) {
        self.selected = to(self.selected).min(self.people.len().saturating_sub(1));
        self.entry.clear();
        self.state = AskState::Typing;
    }
}

impl App {
    /// Somebody has to say who he is before anything else: nobody did yet, or the till is locked.
    pub(in crate::tui) const fn gate(&self) -> Option<&Asking> {
        self.gate.as_ref()
    }

    /// The site knows who works at the till.
    pub(in crate::tui) const fn has_operators(&self) -> bool {
        self.settings.roster.is_used()
    }

    /// Who works now, by name.
    pub(in crate::tui) fn operator(&self) -> Option<&str> {
        let who = self.session.who()?;
        Some(self.settings.roster.name(who))
    }

    /// Who worked last, while the till is locked.
    pub(in crate::tui) fn last_operator(&self) -> Option<&str> {
        let last = self.session.last()?;
        Some(self.settings.roster.name(last))
    }

    /// What managers of this site can say yes to.
    pub(super) fn consent(&self) -> Consent {
        Consent {
            manager: !self.settings.roster.who_has(Right::Manager).is_empty(),
        }
    }

    /// Money moves that somebody waits for: what is on the screen stays there.
    fn is_watched(&self) -> bool {
        self.paying.as_ref().is_some_and(Paying::is_working) || self.task_runs()
    }

    /// Locks a till that was left alone, and notes that somebody is there.
    pub(super) fn mind_session(&mut self, touched: bool) -> Vec<Effect> {
        if !self.settings.roster.is_used() {
            return vec![];
        }
        let mut effects = if self.is_watched() {
            self.pass(SessionEvent::Seen)
        } else {
            self.pass(SessionEvent::Time)
        };
        if touched {
            effects.extend(self.pass(SessionEvent::Seen));
        }
        effects
    }

    fn pass(&mut self, event: SessionEvent) -> Vec<Effect> {
        let roster = &self.settings.roster;
        let before = self.session;
        self.session = before.next(event, self.now, roster.lock_after());
        self.staff_notes
            .extend(changed(before, self.session, event, roster));
        if self.session.who().is_some() {
            self.gate = None;
        } else if self.gate.is_none() {
            // What somebody has half done is not for the next one to finish.
            self.layers.clear();
            self.gate = Some(Asking::new(roster.ids(), self.session.last()));
            // Nor do cards that wait for an order answer the question who is there.
            self.opening = None;
            return self.refuse_kept();
        }
        vec![]
    }

    /// What is to be written down of who is at the till, before anything else is done.
    pub(super) fn write_staff(&mut self, effects: &mut Vec<Effect>) {
        let leaves = effects.iter().any(|effect| matches!(effect, Effect::Quit));
        if let Some(operator) = self.operator().filter(|_| leaves).map(str::to_owned) {
            self.staff_notes.push(StaffNote::LoggedOut { operator });
        }
        let notes = self.staff_notes.drain(..).map(Effect::Staff);
        effects.splice(..0, notes);
    }

    /// When the till locks itself.
    pub(super) fn lock_deadline(&self) -> Option<Duration> {
        if self.is_watched() {
            return None;
        }
        self.session.deadline(self.settings.roster.lock_after())
    }

    /// Ctrl+L: leaves the till to the next one.
    pub(super) fn lock(&mut self) -> Vec<Effect> {
        if self.settings.roster.is_used() {
            return self.pass(SessionEvent::Lock);
        }
        vec![]
    }

    /// The question that the keys and cards answer now.
    fn asking_mut(&mut self) -> Option<&mut Asking> {
        if self.gate.is_some() {
            return self.gate.as_mut();
        }
        match self.layers.last_mut() {
            Some(Layer::Manager(ask)) => Some(&mut ask.asking),
            Some(_) | None => None,
        }
    }

    /// A card answers the question who somebody is. False where nobody asked.
    pub(super) fn is_asked_who(&self) -> bool {
        self.gate.is_some() || matches!(self.layers.last(), Some(Layer::Manager(_)))
    }

    /// A key in the question.
    pub(super) fn answer_who(&mut self, action: Action, key: &KeyEvent) -> Vec<Effect> {
        let Some(asking) = self.asking_mut() else {
            return vec![];
        };
        // What was claimed is answered first.
        if let AskState::Checking(_) = asking.state {
            return vec![];
        }
        match action {
            Action::Up => asking.choose(|row| row.saturating_sub(1)),
            Action::Down => asking.choose(|row| row.saturating_add(1)),
            Action::First => asking.choose(|_| 0),
            Action::Last => asking.choose(|_| usize::MAX),
            Action::Write | Action::Erase | Action::Clear => {
                asking.entry.key(key);
                asking.state = AskState::Typing;
            }
            Action::LogIn | Action::SayYes => return self.claim_pin(),
            _ => {}
        }
        vec![]
    }

    /// A press on a name in the question.
    pub(super) fn point_at_person(&mut self, index: usize) {
        if let Some(asking) = self.asking_mut()
            && !matches!(asking.state, AskState::Checking(_))
        {
            asking.choose(|_| index);
        }
    }

    /// Esc at the gate: what was typed goes.
    pub(super) fn take_back_who(&mut self) {
        if let Some(asking) = self.gate.as_mut() {
            asking.choose(|row| row);
        }
    }

    fn claim_pin(&mut self) -> Vec<Effect> {
        let Some(asking) = self.asking_mut() else {
            return vec![];
        };
        let pin = asking.entry.take();
        let Some(id) = asking.person() else {
            return vec![];
        };
        let person = self.settings.roster.person(id);
        if person.is_some_and(|person| !person.has_pin) {
            return self.refuse(Refusal::NoPin);
        }
        match pin {
            Some(pin) => self.claim(Claim::Pin { person: id, pin }),
            None => self.refuse(Refusal::TooShort),
        }
    }

    /// A card lies on a reader while somebody is asked who he is.
    pub(super) fn claim_card(&mut self, uid: Uid, whole: bool) -> Vec<Effect> {
        if !whole {
            return self.refuse(Refusal::CardNotWhole);
        }
        let busy = |asking: &mut Asking| matches!(asking.state, AskState::Checking(_));
        if self.asking_mut().is_some_and(busy) {
            return vec![];
        }
        self.claim(Claim::Card(uid))
    }

    fn claim(&mut self, claim: Claim) -> Vec<Effect> {
        self.claims = self.claims.saturating_add(1);
        let asked = self.claims;
        if let Some(asking) = self.asking_mut() {
            asking.entry.clear();
            asking.state = AskState::Checking(asked);
        }
        vec![Effect::Identify { asked, claim }]
    }

    fn refuse(&mut self, why: Refusal) -> Vec<Effect> {
        if let Some(asking) = self.asking_mut() {
            asking.state = AskState::Refused(why);
        }
        vec![Effect::Bell(Ring::Refused)]
    }

    /// The answer to a claim. One that nobody waits for any more lets nobody in.
    pub(super) fn on_identified(
        &mut self,
        asked: u64,
        verdict: Verdict,
        at: Timestamp,
    ) -> Vec<Effect> {
        self.wall = Some((at, self.now));
        let waits = |asking: &mut Asking| asking.state == AskState::Checking(asked);
        if !self.asking_mut().is_some_and(waits) {
            return vec![];
        }
        let who = match verdict {
            Verdict::Known(who) => who,
            Verdict::WrongPin { left } => return self.refuse(Refusal::WrongPin(left)),
            Verdict::Paused { seconds } => return self.refuse(Refusal::Paused(seconds)),
            Verdict::UnknownCard => return self.refuse(Refusal::UnknownCard),
        };
        let fits = |asking: &mut Asking| asking.people.contains(&who);
        if !self.asking_mut().is_some_and(fits) {
            self.staff_notes.push(StaffNote::Refused {
                operator: Some(self.settings.roster.name(who).to_owned()),
                why: StaffRefusal::NotHis,
                left: None,
            });
            return self.refuse(Refusal::NotHis(who));
        }
        if self.gate.is_some() {
            let effects = self.pass(SessionEvent::Identified(who));
            self.notice = None;
            return effects;
        }
        match self.layers.pop() {
            Some(Layer::Manager(ask)) => {
                let approver = self.settings.roster.name(who).to_owned();
                let by = By {
                    operator: self.operator().map(str::to_owned),
                    approver: Some(approver.clone()),
                };
                self.staff_notes.push(StaffNote::SaidYes {
                    operator: by.operator.clone(),
                    approver,
                    right: ask.right.word().to_owned(),
                });
                self.go_on(ask.then, by)
            }
            Some(_) | None => vec![],
        }
    }

    /// Does it, or asks a manager first, or says who may.
    pub(super) fn if_allowed(&mut self, right: Right, then: Then) -> Vec<Effect> {
        if !self.settings.roster.is_used() {
            return self.go_on(then, By::default());
        }
        let Some(who) = self.session.who() else {
            return vec![];
        };
        let name = self.settings.roster.name(who).to_owned();
        let alone = By {
            operator: Some(name.clone()),
            approver: None,
        };
        let needed = match &then {
            Then::Pay(request) => request.wants_manager().map(|_| Right::Manager),
            Then::Task(_) | Then::Learn(_) => None,
        };
        // A manager who pays himself has said yes.
        let own_yes = By {
            approver: Some(name),
            ..alone.clone()
        };
        match (self.settings.roster.allows(who, right), needed) {
            (Allowed::Yes, None) => self.go_on(then, alone),
            (Allowed::Yes, Some(needed)) => match self.settings.roster.allows(who, needed) {
                Allowed::Yes => self.go_on(then, own_yes),
                Allowed::WithYesOf(managers) => self.ask_manager(managers, needed, then),
                Allowed::No => self.nobody_may(needed),
            },
            (Allowed::WithYesOf(managers), _) => self.ask_manager(managers, right, then),
            (Allowed::No, _) => self.nobody_may(right),
        }
    }

    fn ask_manager(&mut self, managers: Vec<PersonId>, right: Right, then: Then) -> Vec<Effect> {
        self.layers.push(Layer::Manager(Box::new(ManagerAsk {
            asking: Asking::new(managers, None),
            right,
            then,
        })));
        vec![]
    }

    /// Refuses aloud, and names those who may log in and do it.
    fn nobody_may(&mut self, right: Right) -> Vec<Effect> {
        let roster = &self.settings.roster;
        let able = roster.who_has(right);
        let names: Vec<&str> = able.iter().map(|&id| roster.name(id)).collect();
        let what = self.texts.get(&format!("operators.right.{}", right.word()));
        let words = if names.is_empty() {
            self.texts.fill("till.operators.nobody", &[("what", &what)])
        } else {
            let names = names.join(", ");
            self.texts
                .fill("till.operators.others", &[("what", &what), ("who", &names)])
        };
        self.complain(Tone::Warn, words)
    }

    fn go_on(&mut self, then: Then, by: By) -> Vec<Effect> {
        match then {
            Then::Pay(request) => self.prove_first(PaymentRequest { by, ..*request }),
            Then::Task(what) => self.fill_form(*what, by),
            Then::Learn(device) => self.open_learning(device),
        }
    }

    /// Whether a payment of that moment is one of today, as far as the till knows the day.
    pub(super) fn is_of_today(&self, at: Timestamp) -> bool {
        self.wall.is_some_and(|(wall, then)| {
            let gone = self.now.saturating_sub(then);
            let today = wall.checked_add(gone).map(|now| self.local(now).date());
            today.is_ok_and(|today| self.local(at).date() == today)
        })
    }
}

/// What the journal is told of a step of the session; most steps change nobody.
fn changed(
    before: Session,
    after: Session,
    event: SessionEvent,
    roster: &Roster,
) -> Option<StaffNote> {
    let name = |id| roster.name(id).to_owned();
    match (before.who(), after.who(), event) {
        (_, Some(who), SessionEvent::Identified(_)) => Some(StaffNote::LoggedIn {
            operator: name(who),
        }),
        (Some(who), None, _) => Some(StaffNote::Locked {
            operator: name(who),
            by_itself: event == SessionEvent::Time,
        }),
        (None, None, _) | (_, Some(_), _) => None,
    }
}
