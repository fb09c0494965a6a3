//! Every course that payments can take in a small world, walked through by a model checker.
//!
//! Not a sketch of the machine: [`Phase::next`] itself. Around it are two tills that pay one order
//! from the same two accounts, in any interleaving; requests and replies that are lost, delayed to
//! any later moment, or delivered twice; programs that die and forget what was not on disk;
//! refusals without a reason; cash; cancelling, time-up and a truthful person at any moment.
//!
//! A till waits for the answer to what it sent and drops the connection when it gives up, so a
//! reply cannot come after that: a late reply is a lost one. A copy that the network makes of a
//! refused request, and delivers when it would be taken, is left out: nothing but a fence at
//! r_keeper could tell.

use std::collections::HashSet;
use std::fmt;
use std::sync::Mutex;

use stateright::{Model, Property};

use self::rules::{always, definite, gives_back, in_doubt, sometimes};
use self::world::{Heard, Kind, SUM, Site, Till, World, Wrong, in_flight, still};
use super::*;
use crate::payment::ports::{OperationId, Receipt};
use crate::payment::reason::{Problem, Reason};

mod broken;
mod rules;
mod tests;
mod world;

type Rule = fn(Phase, &Event) -> Result<Phase, Illegal>;

/// More steps than a till needs to its end.
const LONGEST: usize = 32;

/// A site with tills that keep to a rule: to [`Phase::next`], or to a broken one.
struct Shop {
    site: Site,
    rule: Rule,
    /// Worlds from which a till, left alone, is known to come to an end.
    ends: Mutex<HashSet<(usize, World)>>,
}

/// A step of the world.
#[derive(Clone, PartialEq)]
struct Step {
    till: usize,
    name: &'static str,
    /// Nothing that the program does by itself, or hopes for.
    misfortune: bool,
    next: World,
}

impl fmt::Debug for Step {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = self.next.tills[self.till].phase;
        write!(to, "till {}: {} -> {phase:?}", self.till, self.name)
    }
}

fn problem() -> Problem {
    Problem::own(Reason::ServerRefused, "")
}

const fn receipt() -> Receipt {
    Receipt {
        check_num: None,
        warning: None,
    }
}

fn sent<T>(heard: Heard, done: T) -> Sent<T> {
    match heard {
        Heard::Done => Sent::Done(done),
        Heard::Refused => Sent::Refused(problem()),
        Heard::RefusedForNow => Sent::Refused(Problem::own(Reason::OrderLocked, "")),
        Heard::NumberRefused => Sent::Refused(Problem::own(Reason::LicenceNumber, "")),
        Heard::NotDone => Sent::NotDone(problem()),
        Heard::Nothing => Sent::Lost(problem()),
    }
}

impl Shop {
    fn new(site: Site, rule: Rule) -> Self {
        Self {
            site,
            rule,
            ends: Mutex::default(),
        }
    }

    /// The world after something happened to a till, as its driver does it.
    fn after(&self, mut world: World, till: usize, event: &Event) -> World {
        let this = &mut world.tills[till];
        let before = this.phase;
        let Ok(next) = (self.rule)(before, event) else {
            world.wrong = Some(Wrong::Impossible);
            return world;
        };
        let renamed = matches!(event, Event::Numbered(_)) && gives_back(before);
        if before.is_final() && next != before {
            world.wrong = Some(Wrong::LeftRest);
        } else if in_doubt(before) && !in_doubt(next) && !definite(event) {
            world.wrong = Some(Wrong::Guessed);
        } else if renamed && (this.returns > 0 || this.late[Kind::Return as usize] > 0) {
            world.wrong = Some(Wrong::NewName);
        }
        this.phase = still(next);
        // It writes before it sends, before it pauses, and when it rests.
        let sends = match event {
            Event::Confirm(Sent::Sending) => self.site.holds,
            other => matches!(
                other,
                Event::Reserve(Sent::Sending)
                    | Event::Pay(Sent::Sending)
                    | Event::Undo(Sent::Sending)
                    | Event::Decided(_)
            ),
        };
        if (sends && self.site.ahead)
            || next.tries() > before.tries()
            || next.action() == Action::Rest
        {
            this.durable = this.phase;
        }
        world
    }

    /// What a till does next by itself, and what may come of it.
    fn work(&self, world: World, till: usize, steps: &mut Vec<Step>) {
        let this = &world.tills[till];
        let mut go = |name, misfortune, world: World, event: &Event| {
            steps.push(Step {
                till,
                name,
                misfortune,
                next: self.after(world, till, event),
            });
        };
        let faulty = (world.faults > 0).then(|| World {
            faults: world.faults - 1,
            ..world
        });
        match this.phase {
            Phase::Checking => {
                if world.payable(&self.site) {
                    go("order as seen", false, world, &Event::OrderConfirmed);
                }
                let changed = Event::OrderNotConfirmed(problem());
                go("order changed", false, world, &changed);
            }
            Phase::Numbering | Phase::UndoNumbering(_) => {
                let number = OperationId(String::new());
                go("number", false, world, &Event::Numbered(number));
                if let Some(faulty) = faulty {
                    go("no number", true, faulty, &Event::NotNumbered(problem()));
                }
            }
            Phase::Reserving(doubt) => {
                self.call(world, till, Kind::Debit, doubt.sent, steps, |heard| {
                    Event::Reserve(heard.map_or(Sent::Sending, |heard| sent(heard, ())))
                });
            }
            Phase::Paying { sent: left, .. } | Phase::PosRepeating(Doubt { sent: left, .. }) => {
                self.call(world, till, Kind::Pay, left, steps, |heard| {
                    Event::Pay(heard.map_or(Sent::Sending, |heard| sent(heard, receipt())))
                });
            }
            Phase::Confirming(doubt) if doubt.sent && !self.site.holds => {
                go(
                    "nothing to confirm",
                    false,
                    world,
                    &Event::Confirm(Sent::Done(())),
                );
            }
            Phase::Confirming(doubt) => {
                self.call(world, till, Kind::Confirm, doubt.sent, steps, |heard| {
                    Event::Confirm(heard.map_or(Sent::Sending, |heard| sent(heard, ())))
                });
            }
            Phase::Undoing(doubt) => {
                self.call(world, till, Kind::Return, doubt.sent, steps, |heard| {
                    Event::Undo(heard.map_or(Sent::Sending, |heard| sent(heard, ())))
                });
            }
            Phase::ReserveAsking(_) => {
                let answer = self.shown_by_wallet(this.debits > 0);
                go("asked Lime", false, world, &Event::AskedReserve(answer));
                if let Some(faulty) = faulty {
                    let failed = AskedWallet::Failed(problem());
                    go("Lime silent", true, faulty, &Event::AskedReserve(failed));
                }
            }
            Phase::UndoAsking(_) => {
                let answer = self.shown_by_wallet(this.returns > 0);
                go("asked Lime", false, world, &Event::AskedUndo(answer));
                if let Some(faulty) = faulty {
                    let failed = AskedWallet::Failed(problem());
                    go("Lime silent", true, faulty, &Event::AskedUndo(failed));
                }
            }
            Phase::PosAsking(_) | Phase::Renumbering => {
                let answer = self.shown_by_rkeeper(&world, this);
                go("asked r_keeper", false, world, &Event::AskedOrder(answer));
                if let Some(faulty) = faulty {
                    let failed = AskedOrder::Failed(problem());
                    go("r_keeper silent", true, faulty, &Event::AskedOrder(failed));
                }
            }
            Phase::Parked(..) | Phase::Stuck(..) => go("recovery", false, world, &Event::Resume),
            Phase::Done | Phase::Aborted => {}
        }
    }

    /// A request about to leave, or what comes of it.
    fn call(
        &self,
        world: World,
        till: usize,
        kind: Kind,
        left: bool,
        steps: &mut Vec<Step>,
        event: impl Fn(Option<Heard>) -> Event,
    ) {
        let mut go = |name, misfortune, world, heard| {
            steps.push(Step {
                till,
                name,
                misfortune,
                next: self.after(world, till, &event(heard)),
            });
        };
        if !left {
            go("sending", false, world, None);
            return;
        }
        for (name, misfortune, world, heard) in world.send(kind, till, &self.site) {
            go(name, misfortune, world, Some(heard));
        }
    }

    fn shown_by_wallet(&self, there: bool) -> AskedWallet {
        let may_repeat = self.site.may_repeat;
        match (self.site.can_find, there) {
            (true, true) => AskedWallet::Executed,
            (true, false) => AskedWallet::Absent { may_repeat },
            (false, _) => AskedWallet::CannotTell { may_repeat },
        }
    }

    fn shown_by_rkeeper(&self, world: &World, this: &Till) -> AskedOrder {
        let closed = world.cash || world.paid() == self.site.total;
        match this.payments {
            1 if self.site.marks => AskedOrder::PaidByUs(receipt()),
            0 if !closed && self.site.parts => AskedOrder::NotShown,
            0 if !closed => AskedOrder::Open,
            // Without markers a payment of either till is one in our currency.
            0 if self.site.marks || world.paid() == 0 => AskedOrder::PaidByOther(problem()),
            _ => AskedOrder::PaidUnclear(problem()),
        }
    }

    /// What people do: cancel, lose patience, decide about what waits (and say the truth).
    fn people(&self, world: World, till: usize, steps: &mut Vec<Step>) {
        let this = world.tills[till];
        let mut go = |name, event: &Event| {
            steps.push(Step {
                till,
                name,
                misfortune: true,
                next: self.after(world, till, event),
            });
        };
        // A driver hears nobody while it waits for a server. One till does all the same.
        if self.site.tills == 1 || !in_flight(this.phase) {
            go("cancel", &Event::Cancel);
            go("time up", &Event::TimeUp);
        }
        let (Phase::Parked(at, _) | Phase::Stuck(at, _)) = this.phase else {
            return;
        };
        let (kind, happened) = match at {
            At::Reserve => (Kind::Debit, this.taken() > 0),
            At::Pos => (Kind::Pay, this.payments > 0),
            At::Confirm => (Kind::Confirm, this.confirmed || !self.site.holds),
            At::UndoNumber | At::Undo => (Kind::Return, this.returns > 0),
        };
        let verdict = if happened {
            Verdict::Happened
        } else {
            Verdict::DidNot
        };
        // What may still arrive is not said to be nothing.
        let certain = happened || this.late[kind as usize] == 0;
        if certain && this.phase.may_say(verdict) {
            let decision = Decision {
                verdict,
                operator: String::new(),
                approver: None,
                why: String::new(),
            };
            go("a person decides", &Event::Decided(decision));
        }
    }

    /// The program dies, and is started again.
    fn death(&self, mut world: World, till: usize) -> Option<Step> {
        world.crashes = world.crashes.checked_sub(1)?;
        let this = &mut world.tills[till];
        if this.durable.is_final() {
            return None;
        }
        this.phase = this.durable;
        Some(Step {
            till,
            name: "dies, starts again",
            misfortune: true,
            next: self.after(world, till, &Event::Resume),
        })
    }

    /// Left alone, a till comes to rest, to a person, or to where only a person helps.
    fn comes_to_an_end(&self, world: &World, till: usize) -> bool {
        let mut world = *world;
        let mut way = vec![];
        for _ in 0..LONGEST {
            alone(&mut world, till);
            let phase = world.tills[till].phase;
            let waits_for_person = matches!(phase, Phase::Stuck(..))
                || (self.site.parts && matches!(phase, Phase::PosAsking(_)));
            let Ok(mut ends) = self.ends.lock() else {
                return false;
            };
            if phase.is_final() || waits_for_person || ends.contains(&(till, world)) {
                ends.extend(way);
                return true;
            }
            way.push((till, world));
            let mut steps = vec![];
            self.work(world, till, &mut steps);
            match steps.into_iter().find(|step| !step.misfortune) {
                Some(step) => world = step.next,
                None => return false,
            }
        }
        false
    }
}

/// Without misfortunes to come, without copies that may never arrive, and with another till that
/// went home.
fn alone(world: &mut World, till: usize) {
    (world.faults, world.crashes, world.refusals) = (0, 0, 0);
    for (number, this) in world.tills.iter_mut().enumerate() {
        if number != till {
            this.phase = Phase::Aborted;
        }
        this.durable = this.phase;
        this.late = [0; 4];
    }
}

impl Model for Shop {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::start(&self.site)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        let world = *world;
        if world.wrong.is_some() {
            return;
        }
        for till in 0..self.site.tills {
            self.work(world, till, steps);
            self.people(world, till, steps);
            steps.extend(self.death(world, till));
            for kind in Kind::ALL {
                if let Some(next) = world.arrive(kind, till, &self.site) {
                    let name = "a delayed copy arrives";
                    let misfortune = true;
                    steps.push(Step {
                        till,
                        name,
                        misfortune,
                        next,
                    });
                }
            }
        }
        if self.site.tills == 1 && !world.cash && world.paid() < self.site.total {
            let (till, name, misfortune) = (0, "the rest is paid in cash", true);
            let next = World {
                cash: true,
                ..world
            };
            steps.push(Step {
                till,
                name,
                misfortune,
                next,
            });
        }
    }

    fn next_state(&self, _: &World, step: Step) -> Option<World> {
        Some(step.next.reduced(&self.site))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = always();
        properties.extend(sometimes());
        properties
    }
}
