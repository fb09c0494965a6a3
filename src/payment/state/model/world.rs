//! The small world of the model: one order, two accounts, two tills that pay it, and two servers
//! that do what is asked of them, once, twice, late, or not at all.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::payment::state::{Doubt, Phase};

/// What a payment takes of each of the two accounts, in kopecks: its two legs.
pub const LEGS: [u8; 2] = [1, 2];
/// What a payment pays in r_keeper.
pub const SUM: u8 = LEGS[0] + LEGS[1];

/// How a site is made, and what may go wrong at it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The same check sent twice moves money once; otherwise every copy moves it.
    pub may_repeat: bool,
    /// The wallet can be asked.
    pub can_find: bool,
    /// r_keeper keeps our markers; otherwise a payment of a till is paid, by nobody knows whom.
    pub marks: bool,
    /// The wallet holds money until it is told to take it.
    pub holds: bool,
    /// Payments are prepayments: every copy of one adds another, while something is unpaid.
    pub parts: bool,
    /// What lies on each account, in kopecks.
    pub funds: [u8; 2],
    /// What the order costs, in kopecks.
    pub total: u8,
    /// Tills that pay with cards; a third may take cash.
    pub tills: usize,
    /// Network faults in all.
    pub faults: u8,
    /// Deaths of a program in all.
    pub crashes: u8,
    /// Refusals in all that the books do not explain.
    pub refusals: u8,
    /// What is about to be sent is on disk before it is. Only a broken design does without.
    pub ahead: bool,
}

impl Site {
    /// Two tills and everything that may go wrong, where the servers do all that is hoped for.
    pub const BEST: Self = Self {
        may_repeat: true,
        can_find: true,
        marks: true,
        holds: false,
        parts: false,
        funds: [2, 4],
        total: SUM,
        tills: 2,
        faults: 3,
        crashes: 2,
        refusals: 0,
        ahead: true,
    };

    /// Whether a request that the network delivers twice is none of our business: the servers must
    /// take it once.
    fn bears_copies(&self, kind: Kind) -> bool {
        match kind {
            Kind::Debit | Kind::Return => self.may_repeat,
            Kind::Pay => !self.parts,
            Kind::Confirm => true,
        }
    }
}

/// A request that moves something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Debit,
    Pay,
    Confirm,
    Return,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Debit, Self::Pay, Self::Confirm, Self::Return];
}

/// A till with its payment, and what the servers have of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Till {
    pub phase: Phase,
    /// As its journal has it.
    pub durable: Phase,
    /// How often its debit was executed.
    pub debits: u8,
    /// What is held is taken.
    pub confirmed: bool,
    /// How often its debit was given back.
    pub returns: u8,
    /// How often its payment is on the bill.
    pub payments: u8,
    /// Copies of its requests that are still under way, by [`Kind`].
    pub late: [u8; 4],
}

impl Till {
    const START: Self = Self {
        phase: Phase::START,
        durable: Phase::START,
        debits: 0,
        confirmed: false,
        returns: 0,
        payments: 0,
        late: [0; 4],
    };

    /// How often its money is away from the accounts.
    pub const fn taken(&self) -> u8 {
        self.debits.saturating_sub(self.returns)
    }
}

/// What no course may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// The machine does not know what to do with what happened.
    Impossible,
    /// A payment left Done or Aborted.
    LeftRest,
    /// Doubt about r_keeper ended without a definite answer.
    Guessed,
    /// A return of what was never taken.
    ReturnOfNothing,
    /// A return under a new name while one under the old name was, or may yet be, executed.
    NewName,
}

/// Everything there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub tills: [Till; 2],
    /// Another till took what was unpaid in cash.
    pub cash: bool,
    pub faults: u8,
    pub crashes: u8,
    pub refusals: u8,
    pub wrong: Option<Wrong>,
}

impl World {
    pub fn start(site: &Site) -> Self {
        let none = Till {
            phase: Phase::Aborted,
            durable: Phase::Aborted,
            ..Till::START
        };
        let tills = if site.tills == 2 {
            [Till::START; 2]
        } else {
            [Till::START, none]
        };
        Self {
            tills,
            cash: false,
            faults: site.faults,
            crashes: site.crashes,
            refusals: site.refusals,
            wrong: None,
        }
    }

    /// What is away from an account.
    pub fn taken(&self, account: usize) -> u8 {
        let all: u8 = self.tills.iter().map(Till::taken).sum();
        all * LEGS[account]
    }

    /// What the tills paid in r_keeper.
    pub fn paid(&self) -> u8 {
        let all: u8 = self.tills.iter().map(|till| till.payments).sum();
        all * SUM
    }

    /// The bill takes one more payment.
    pub fn payable(&self, site: &Site) -> bool {
        !self.cash && self.paid() + SUM <= site.total
    }

    /// Every payment rests, and nothing is under way any more.
    pub fn quiet(&self) -> bool {
        self.tills
            .iter()
            .all(|till| till.phase.is_final() && till.late == [0; 4])
    }

    /// A request arrives at its server. Whether it was done, now or before; otherwise it is refused.
    pub fn execute(&mut self, kind: Kind, till: usize, site: &Site) -> bool {
        let funded =
            (0..2).all(|account| self.taken(account) + LEGS[account] <= site.funds[account]);
        let payable = self.payable(site);
        let this = &mut self.tills[till];
        match kind {
            Kind::Debit if site.may_repeat && this.debits > 0 => true,
            Kind::Debit => {
                this.debits += u8::from(funded);
                funded
            }
            Kind::Pay => {
                this.payments += u8::from(payable);
                payable
            }
            Kind::Confirm => {
                this.confirmed |= this.taken() > 0;
                this.confirmed
            }
            Kind::Return if site.may_repeat && this.returns > 0 => true,
            Kind::Return => {
                if this.taken() == 0 {
                    self.wrong = Some(Wrong::ReturnOfNothing);
                }
                this.returns += 1;
                true
            }
        }
    }

    /// Whether it would be done only once more, or change nothing.
    pub fn executed(&self, kind: Kind, till: usize, site: &Site) -> bool {
        let this = &self.tills[till];
        match kind {
            Kind::Debit => this.debits > 0,
            Kind::Pay => !self.payable(site),
            Kind::Confirm => this.confirmed,
            Kind::Return => this.returns > 0,
        }
    }

    /// Everything that may come of sending a request: its name, whether it is a misfortune, what the
    /// world is then, and what the till hears.
    pub fn send(
        &self,
        kind: Kind,
        till: usize,
        site: &Site,
    ) -> Vec<(&'static str, bool, Self, Heard)> {
        let mut did = *self;
        let heard = |done| if done { Heard::Done } else { Heard::Refused };
        let answer = heard(did.execute(kind, till, site));
        let mut ends = vec![("answered", false, did, answer)];
        if self.refusals > 0 && !self.executed(kind, till, site) {
            let mut no = *self;
            no.refusals -= 1;
            ends.push(("refused", true, no, Heard::Refused));
            if kind == Kind::Pay {
                ends.push(("refused for now", true, no, Heard::RefusedForNow));
                ends.push(("number not taken", true, no, Heard::NumberRefused));
            }
        }
        if self.faults == 0 {
            return ends;
        }
        let (mut faulty, mut did) = (*self, did);
        faulty.faults -= 1;
        did.faults -= 1;
        let mut late = faulty;
        late.tills[till].late[kind as usize] += 1;
        ends.push(("not connected", true, faulty, Heard::NotDone));
        ends.push(("request lost", true, faulty, Heard::Nothing));
        ends.push(("reply lost", true, did, Heard::Nothing));
        ends.push(("delayed", true, late, Heard::Nothing));
        if site.bears_copies(kind) && answer == Heard::Done {
            let mut twice = did;
            let second = heard(twice.execute(kind, till, site));
            ends.push(("arrived twice, second answer", true, twice, second));
            let mut copied = did;
            copied.tills[till].late[kind as usize] += 1;
            ends.push(("answered, a copy is delayed", true, copied, answer));
        }
        ends
    }

    /// The one world that stands for all that differ in nothing but what cannot matter any more.
    pub fn reduced(mut self, site: &Site) -> Self {
        let payable = self.payable(site);
        for till in &mut self.tills {
            let [debit, pay, confirm, back] = &mut till.late;
            let twice = site.may_repeat;
            for (copies, changes_nothing) in [
                (debit, twice && till.debits > 0),
                (pay, !payable),
                (confirm, till.confirmed || till.returns > 0),
                (back, twice && till.returns > 0),
            ] {
                if changes_nothing {
                    *copies = 0;
                }
            }
            if self.crashes == 0 {
                till.durable = till.phase;
            }
        }
        // The tills are alike: which is which says nothing.
        let hash = |till: &Till| {
            let mut hasher = DefaultHasher::new();
            till.hash(&mut hasher);
            hasher.finish()
        };
        let order = |till: &Till| (till.payments, till.debits, till.returns, till.late);
        let [one, other] = &self.tills;
        let swap = match order(one).cmp(&order(other)) {
            Ordering::Less => false,
            Ordering::Equal => site.tills == 2 && hash(one) > hash(other),
            Ordering::Greater => site.tills == 2,
        };
        if swap {
            self.tills.swap(0, 1);
        }
        self
    }

    /// A delayed copy arrives; nobody hears the answer.
    pub fn arrive(mut self, kind: Kind, till: usize, site: &Site) -> Option<Self> {
        let late = &mut self.tills[till].late[kind as usize];
        *late = late.checked_sub(1)?;
        self.execute(kind, till, site);
        Some(self)
    }
}

/// What a till hears of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Done,
    Refused,
    RefusedForNow,
    NumberRefused,
    NotDone,
    Nothing,
}

/// How often was asked sets nothing but pauses; without it the world is finite.
pub fn still(phase: Phase) -> Phase {
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
        Phase::Checking | Phase::Numbering | Phase::Paying { .. } | Phase::Renumbering => phase,
        Phase::Done | Phase::Aborted => phase,
    }
}

/// A request is under way, and its till waits for the answer.
pub const fn in_flight(phase: Phase) -> bool {
    match phase {
        Phase::Paying { sent, .. } => sent,
        Phase::Reserving(doubt)
        | Phase::PosRepeating(doubt)
        | Phase::Confirming(doubt)
        | Phase::Undoing(doubt) => doubt.sent,
        _ => false,
    }
}
