//! Every course that a payment can take in a small world: lost requests, lost replies, copies that
//! arrive later, refusals, another till, cancelling, giving up, dying, in any order.
//!
//! Breadth first, so that the course shown of a violation is a shortest one.

use std::collections::{HashMap, VecDeque};

use super::*;
use crate::payment::reason::Reason;

/// Network faults of one course.
const FAULTS: u8 = 3;
/// Deaths of the program.
const CRASHES: u8 = 2;
/// Refusals without a reason that the books show.
const REFUSALS: u8 = 2;
/// Pauses after which a copy has arrived or never will, where the world has such a bound.
const LATENESS: u8 = 2;

#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
#[derive(Clone, Copy, Debug)]
struct Site {
    /// The same check sent twice debits once, and says so.
    may_repeat: bool,
    /// The wallet can be asked.
    can_find: bool,
    /// A copy under way arrives within [`LATENESS`] pauses; otherwise at any time.
    bounded: bool,
    /// r_keeper keeps our marker; otherwise a payment of ours is paid, by nobody knows whom.
    marks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Bill {
    Open,
    Ours,
    Others,
}

/// A copy under way, with the pauses that it may still take.
type Copy = Option<u8>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct World {
    phase: Phase,
    /// As the journal has it.
    durable: Phase,
    debited: bool,
    returned: bool,
    bill: Bill,
    late_debit: Copy,
    late_pay: Copy,
    late_return: Copy,
    faults: u8,
    crashes: u8,
    refusals: u8,
    rival: bool,
    /// Something that must never happen did.
    wrong: Option<&'static str>,
}

impl World {
    const START: Self = Self {
        phase: Phase::START,
        durable: Phase::START,
        debited: false,
        returned: false,
        bill: Bill::Open,
        late_debit: None,
        late_pay: None,
        late_return: None,
        faults: FAULTS,
        crashes: CRASHES,
        refusals: REFUSALS,
        rival: true,
        wrong: None,
    };

    /// After an event, which must be one that may happen.
    fn after(mut self, event: &Event, site: Site) -> Self {
        let before = self.phase;
        match before.next(event) {
            Ok(next) => self.phase = next,
            Err(_) => self.wrong = Some("an event that cannot happen"),
        }
        let paused = self.phase.tries() > before.tries() || *event == Event::Resume;
        if paused && site.bounded {
            self.pass();
        }
        // The driver writes before it sends, before it pauses, and when it rests.
        let sending = matches!(
            event,
            Event::Reserve(Sent::Sending) | Event::Pay(Sent::Sending) | Event::Undo(Sent::Sending)
        );
        if sending || paused || self.phase.action() == Action::Rest {
            self.durable = self.phase;
        }
        self.phase = still(self.phase);
        self.durable = still(self.durable);
        self
    }

    /// A pause passes: what has been long under way arrives.
    fn pass(&mut self) {
        for (which, copy) in [self.late_debit, self.late_pay, self.late_return]
            .into_iter()
            .enumerate()
        {
            match copy {
                Some(0) => *self = self.arrived(which),
                Some(left) => *self.late(which) = Some(left - 1),
                None => {}
            }
        }
    }

    fn late(&mut self, which: usize) -> &mut Copy {
        match which {
            0 => &mut self.late_debit,
            1 => &mut self.late_pay,
            _ => &mut self.late_return,
        }
    }

    /// A copy arrives after all.
    fn arrived(mut self, which: usize) -> Self {
        *self.late(which) = None;
        match which {
            0 => self.debit(),
            1 => self.pay(),
            _ => self.give_back(),
        };
        self
    }

    fn debit(&mut self) -> bool {
        !std::mem::replace(&mut self.debited, true)
    }

    fn pay(&mut self) -> bool {
        let open = self.bill == Bill::Open;
        if open {
            self.bill = Bill::Ours;
        }
        open
    }

    fn give_back(&mut self) -> bool {
        if !self.debited {
            self.wrong = Some("a return of what was never taken");
        }
        !std::mem::replace(&mut self.returned, true)
    }

    fn in_return(&self) -> bool {
        matches!(
            self.phase,
            Phase::UndoNumbering(_)
                | Phase::Undoing(_)
                | Phase::UndoAsking(_)
                | Phase::Parked(At::UndoNumber | At::Undo, _)
                | Phase::Stuck(At::UndoNumber | At::Undo, _)
                | Phase::Aborted
        )
    }

    /// What must hold always.
    fn violation(&self) -> Option<&'static str> {
        if self.wrong.is_some() {
            return self.wrong;
        }
        if self.in_return() && self.bill == Bill::Ours {
            return Some("money goes back, and r_keeper is paid by us");
        }
        let in_pay = matches!(
            self.phase,
            Phase::Paying { .. }
                | Phase::PosAsking(_)
                | Phase::PosRepeating(_)
                | Phase::Parked(At::Pos, _)
                | Phase::Stuck(At::Pos, _)
                | Phase::Confirming(_)
                | Phase::Done
        );
        if in_pay && (!self.debited || self.returned) {
            return Some("r_keeper is being paid with money that was not taken");
        }
        match self.phase {
            Phase::Done if self.bill != Bill::Ours => Some("done, and r_keeper not paid by us"),
            Phase::Aborted if self.debited != self.returned => Some("not paid, and money taken"),
            _ => None,
        }
    }
}

/// How often was asked changes nothing but pauses; without it the world is finite.
fn still(phase: Phase) -> Phase {
    let zero = |doubt: Doubt| Doubt { tries: 0, ..doubt };
    match phase {
        Phase::Reserving(doubt) => Phase::Reserving(zero(doubt)),
        Phase::ReserveAsking(doubt) => Phase::ReserveAsking(zero(doubt)),
        Phase::PosAsking(doubt) => Phase::PosAsking(zero(doubt)),
        Phase::PosRepeating(doubt) => Phase::PosRepeating(zero(doubt)),
        Phase::Confirming(doubt) => Phase::Confirming(zero(doubt)),
        Phase::UndoNumbering(doubt) => Phase::UndoNumbering(zero(doubt)),
        Phase::Undoing(doubt) => Phase::Undoing(zero(doubt)),
        Phase::UndoAsking(doubt) => Phase::UndoAsking(zero(doubt)),
        Phase::Parked(at, doubt) => Phase::Parked(at, zero(doubt)),
        Phase::Stuck(at, doubt) => Phase::Stuck(at, zero(doubt)),
        Phase::Checking | Phase::Numbering | Phase::Paying { .. } => phase,
        Phase::Done | Phase::Aborted => phase,
    }
}

/// A step: its name, whether it is a misfortune (fault, death, refusal, somebody's doing), and
/// where it leads.
type Step = (&'static str, bool, World);

fn problem() -> Problem {
    Problem::own(Reason::ServerRefused, "")
}

fn receipt() -> Receipt {
    Receipt {
        check_num: None,
        warning: None,
    }
}

/// One call that moves something: which copy it is, what the server does, the event of its outcome.
struct Call<T: Clone> {
    which: usize,
    event: fn(Sent<T>) -> Event,
    done: T,
    /// The server would do nothing but say that it is done already.
    executed: fn(&World) -> bool,
    /// The server must refuse.
    closed: fn(&World) -> bool,
    execute: fn(&mut World) -> bool,
}

impl<T: Clone> Call<T> {
    fn steps(&self, world: World, site: Site, steps: &mut Vec<Step>) {
        let mut end = |name, bad, world: World, sent: Sent<T>| {
            steps.push((name, bad, world.after(&(self.event)(sent), site)));
        };
        let executed = (self.executed)(&world);
        let mut did = world;
        if (self.closed)(&world) {
            end("refused: closed", false, world, Sent::Refused(problem()));
        } else {
            (self.execute)(&mut did);
            end("done", false, did, Sent::Done(self.done.clone()));
        }
        if !executed && world.refusals > 0 {
            let mut no = world;
            no.refusals -= 1;
            end("refused", true, no, Sent::Refused(problem()));
            let passing = Problem::own(Reason::OrderLocked, "");
            end("refused for now", true, no, Sent::Refused(passing));
        }
        if world.faults == 0 {
            return;
        }
        let (mut faulty, mut lost) = (world, did);
        faulty.faults -= 1;
        lost.faults -= 1;
        end("not connected", true, faulty, Sent::NotDone(problem()));
        end("request lost", true, faulty, Sent::Lost(problem()));
        end("reply lost", true, lost, Sent::Lost(problem()));
        let mut later = faulty;
        if later.late(self.which).is_none() {
            *later.late(self.which) = Some(LATENESS);
            end("under way", true, later, Sent::Lost(problem()));
        }
        if self.which == 1 {
            // Something between sends it twice and gives the second answer.
            end("doubled on the way", true, lost, Sent::Refused(problem()));
        }
    }
}

fn asked(world: World, site: Site, there: bool, event: fn(AskedWallet) -> Event) -> Vec<Step> {
    let may_repeat = site.may_repeat;
    let answer = match (site.can_find, there) {
        (true, true) => AskedWallet::Executed,
        (true, false) => AskedWallet::Absent { may_repeat },
        (false, _) => AskedWallet::CannotTell { may_repeat },
    };
    let mut steps = vec![("asked Lime", false, world.after(&event(answer), site))];
    if world.faults > 0 && site.can_find {
        let mut faulty = world;
        faulty.faults -= 1;
        let failed = event(AskedWallet::Failed(problem()));
        steps.push(("Lime does not answer", true, faulty.after(&failed, site)));
    }
    steps
}

/// What the program does next, and what may come of it.
fn work(world: World, site: Site) -> Vec<Step> {
    let mut steps = Vec::new();
    let go = |name, event: Event| (name, false, world.after(&event, site));
    let sent = |doubt: Doubt| doubt.sent;
    let leaves = |doubt: Doubt, event: Event| {
        let mut next = world.after(&event, site);
        if doubt.earlier && !site.may_repeat && event != Event::Pay(Sent::Sending) {
            next.wrong = Some("a check is sent twice where that debits twice");
        }
        ("sending", false, next)
    };
    match world.phase {
        Phase::Checking => {
            if world.bill == Bill::Open {
                steps.push(go("order as seen", Event::OrderConfirmed));
            }
            steps.push(go("order changed", Event::OrderNotConfirmed(problem())));
        }
        Phase::Numbering | Phase::UndoNumbering(_) => {
            steps.push(go("number", Event::Numbered(OperationId("1".into()))));
            if world.faults > 0 {
                let mut faulty = world;
                faulty.faults -= 1;
                let next = faulty.after(&Event::NotNumbered(problem()), site);
                steps.push(("no number", true, next));
            }
        }
        Phase::Reserving(doubt) if !sent(doubt) => {
            steps.push(leaves(doubt, Event::Reserve(Sent::Sending)));
        }
        Phase::Reserving(_) => Call {
            which: 0,
            event: Event::Reserve,
            done: (),
            executed: |world| world.debited,
            closed: |_| false,
            execute: World::debit,
        }
        .steps(world, site, &mut steps),
        Phase::ReserveAsking(_) => {
            steps.extend(asked(world, site, world.debited, Event::AskedReserve));
        }
        Phase::Paying { sent: false } => {
            steps.push(leaves(Doubt::none(), Event::Pay(Sent::Sending)));
        }
        Phase::PosRepeating(doubt) if !sent(doubt) => {
            steps.push(leaves(doubt, Event::Pay(Sent::Sending)));
        }
        Phase::Paying { sent: true } | Phase::PosRepeating(_) => Call {
            which: 1,
            event: Event::Pay,
            done: receipt(),
            executed: |world| world.bill != Bill::Open,
            closed: |world| world.bill != Bill::Open,
            execute: World::pay,
        }
        .steps(world, site, &mut steps),
        Phase::PosAsking(_) => {
            let answer = match world.bill {
                Bill::Open => AskedOrder::Open,
                Bill::Ours if site.marks => AskedOrder::PaidByUs(receipt()),
                Bill::Ours => AskedOrder::PaidUnclear(problem()),
                Bill::Others => AskedOrder::PaidByOther(problem()),
            };
            steps.push(go("asked r_keeper", Event::AskedOrder(answer)));
            if world.faults > 0 {
                let mut faulty = world;
                faulty.faults -= 1;
                let failed = Event::AskedOrder(AskedOrder::Failed(problem()));
                let next = faulty.after(&failed, site);
                steps.push(("r_keeper does not answer", true, next));
            }
        }
        Phase::Confirming(doubt) => {
            let event = if sent(doubt) {
                Sent::Done(())
            } else {
                Sent::Sending
            };
            steps.push(go("confirm", Event::Confirm(event)));
        }
        Phase::Undoing(doubt) if !sent(doubt) => {
            steps.push(leaves(doubt, Event::Undo(Sent::Sending)));
        }
        Phase::Undoing(_) => Call {
            which: 2,
            event: Event::Undo,
            done: (),
            executed: |world| world.returned,
            closed: |_| false,
            execute: World::give_back,
        }
        .steps(world, site, &mut steps),
        Phase::UndoAsking(_) => {
            steps.extend(asked(world, site, world.returned, Event::AskedUndo));
        }
        Phase::Parked(..) | Phase::Stuck(..) => steps.push(go("recovery", Event::Resume)),
        Phase::Done | Phase::Aborted => {}
    }
    steps
}

/// Everything that may happen next.
fn steps(world: World, site: Site) -> Vec<Step> {
    let mut steps = work(world, site);
    for (which, name) in [
        "the late debit arrives",
        "the late payment arrives",
        "the late return arrives",
    ]
    .into_iter()
    .enumerate()
    {
        let mut copy = world;
        if copy.late(which).is_some() {
            steps.push((name, true, world.arrived(which)));
        }
    }
    if world.rival && world.bill == Bill::Open {
        let paid = World {
            bill: Bill::Others,
            rival: false,
            ..world
        };
        steps.push(("another till pays", true, paid));
    }
    if !world.phase.is_final() {
        steps.push(("cancel", true, world.after(&Event::Cancel, site)));
        steps.push(("time up", true, world.after(&Event::TimeUp, site)));
        if world.crashes > 0 {
            let dead = World {
                phase: world.durable,
                crashes: world.crashes - 1,
                ..world
            };
            let next = if dead.durable.is_final() {
                dead
            } else {
                dead.after(&Event::Resume, site)
            };
            steps.push(("dies, starts", true, next));
        }
    }
    steps
}

struct Explored {
    states: usize,
    /// Shortest courses to violations, one for each kind of violation.
    violations: Vec<(&'static str, Vec<String>, World)>,
}

fn explore(site: Site) -> Explored {
    let mut index = HashMap::from([(World::START, 0_usize)]);
    let mut worlds = vec![World::START];
    let mut from: Vec<Option<(usize, &'static str)>> = vec![None];
    // Steps back along the ways without any misfortune.
    let mut back: Vec<Vec<usize>> = vec![vec![]];
    let mut open = VecDeque::from([0]);
    let mut violations: Vec<(&'static str, Vec<String>, World)> = Vec::new();
    while let Some(at) = open.pop_front() {
        let world = worlds[at];
        if let Some(what) = world.violation() {
            if violations.iter().all(|(known, ..)| *known != what) {
                let mut course = Vec::new();
                let mut place = at;
                while let Some((before, name)) = from[place] {
                    course.push(format!("{name} -> {:?}", worlds[place].phase));
                    place = before;
                }
                course.reverse();
                violations.push((what, course, world));
            }
            continue;
        }
        for (name, misfortune, next) in steps(world, site) {
            let to = *index.entry(next).or_insert_with(|| {
                worlds.push(next);
                from.push(Some((at, name)));
                back.push(vec![]);
                open.push_back(worlds.len() - 1);
                worlds.len() - 1
            });
            if !misfortune {
                back[to].push(at);
            }
        }
    }
    // From everywhere, when misfortunes end, the program comes by itself to rest or to a person.
    let ends = |world: &World| {
        world.phase.is_final()
            || matches!(world.phase, Phase::Stuck(..))
            || world.violation().is_some()
    };
    let mut reached = vec![false; worlds.len()];
    let mut todo: Vec<usize> = (0..worlds.len()).filter(|&at| ends(&worlds[at])).collect();
    while let Some(at) = todo.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            todo.extend(&back[at]);
        }
    }
    if let Some(at) = reached.iter().position(|reached| !reached) {
        panic!("{site:?}: no way to rest from {:?}", worlds[at]);
    }
    Explored {
        states: worlds.len(),
        violations,
    }
}

fn sites(bounded: bool) -> impl Iterator<Item = Site> {
    (0..8).map(move |set| Site {
        may_repeat: set & 1 != 0,
        can_find: set & 2 != 0,
        marks: set & 4 != 0,
        bounded,
    })
}

/// Whether a copy that is under way arrives soon, late, or after every look: nothing goes wrong.
#[test]
fn no_course_loses_or_doubles_money() {
    let mut states = 0;
    for site in sites(true).chain(sites(false)) {
        let explored = explore(site);
        states += explored.states;
        if let Some((what, course, world)) = explored.violations.first() {
            panic!("{site:?}: {what}\n{}\n{world:?}", course.join("\n"));
        }
    }
    println!("{states} states");
    assert!(states > 120_000, "{states}");
}
