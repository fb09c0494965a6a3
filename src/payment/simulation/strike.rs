//! What a fault does to the world, and to a request on its way.

use std::time::Duration;

use jiff::SignedDuration;

use super::books::{Books, Late, Outage, Refusal, TIMEOUT, Write, sums, words};
use super::fault::{Fault, Place};
use super::till::Lock;
use super::wallet::{Operation, Stage};
use crate::payment::ports::Reply;
use crate::payment::reason::{Problem, Reason, Server};

pub(super) const fn is_pos(place: Place) -> bool {
    match place {
        Place::Pay | Place::Annul | Place::Begin | Place::Lock | Place::AskPos | Place::Payable => {
            true
        }
        Place::Reserve
        | Place::Confirm
        | Place::Undo
        | Place::AskWallet
        | Place::Journal
        | Place::Pause
        | Place::Screen
        | Place::Request
        | Place::Bytes => false,
    }
}

pub(super) fn problem(place: Place, reason: Reason) -> Problem {
    let server = if is_pos(place) {
        Server::Rkeeper
    } else {
        Server::Lime
    };
    Problem::of(server, reason, "")
}

/// The server's no, where the fault is one. Nothing was done.
const fn refusal(fault: Fault, place: Place) -> Option<Reason> {
    match fault {
        Fault::Denied => Some(Reason::AccessDenied),
        Fault::SumMismatch => Some(Reason::SumMismatch),
        Fault::LicenceRefused => Some(Reason::LicenceMissing),
        Fault::ShiftClosing if is_pos(place) => Some(Reason::ShiftClosing),
        Fault::ShiftClosing | Fault::NameTooOld => Some(Reason::ShiftClosed),
        Fault::CurrencyDisabled => Some(Reason::CurrencyNotAllowed),
        _ => None,
    }
}

impl Books {
    pub(super) fn strike(&mut self, place: Place) -> Option<Fault> {
        let fault = self.plan.strike(place, &mut self.rng)?;
        *self.coverage.faults.entry(fault).or_default() += 1;
        self.tell(|| format!("  ~ {} {fault:?} at {place:?}", fault.number()));
        Some(fault)
    }

    pub(super) fn clock_jumps(&mut self) {
        let hours = self.rng.pick(&[-24, -1, 1, 24]);
        self.clock_error += SignedDuration::from_hours(hours);
    }

    /// What others do, whatever the program does. `false`: nothing of that kind.
    pub(super) fn others_act(&mut self, fault: Fault) -> bool {
        let order = self.rng.index(self.orders.len());
        match fault {
            Fault::OrderChanged => self.change(order),
            Fault::PaidElsewhere => self.cash(order),
            Fault::DeletedElsewhere => self.delete(order),
            Fault::WalletForgets => self.forget_untold(),
            Fault::ClockJumps => self.clock_jumps(),
            _ => return false,
        }
        self.audit();
        true
    }

    /// Somebody else takes the money away, or it is blocked.
    pub(super) fn spoil(&mut self, fault: Fault, write: &Write) {
        let Write::Reserve(_, body) = write else {
            return;
        };
        let parts = sums(&words(body)[3..]);
        let (account, _) = parts[self.rng.index(parts.len())];
        let account = &mut self.accounts[account];
        if fault == Fault::AccountBlocked {
            account.blocked = true;
        } else {
            let free = account.balance - account.held;
            account.balance -= free;
            account.others -= free;
        }
    }

    pub(super) fn drips(&mut self) {
        let seconds = self.rng.pick(&[5, 14, 50]);
        self.pass(Duration::from_secs(seconds));
    }

    pub(super) fn put_off(&mut self, write: &Write, fault: Fault) {
        let seconds = self.rng.pick(&[1, 5, 20, 60, 3_600, 90_000]);
        let due = self.time + Duration::from_secs(seconds);
        self.late.push(Late {
            write: write.clone(),
            due: (fault == Fault::Delayed).then_some(due),
        });
    }

    pub(super) fn reply(&mut self, write: &Write) -> Reply<()> {
        let done = self.execute(write);
        self.audit();
        self.overtaken_arrive();
        match done {
            Ok(()) => Reply::Done(()),
            Err(Refusal::No(problem)) => Reply::Refused(problem),
            Err(Refusal::Unclear(problem)) => Reply::Unknown(problem),
        }
    }

    pub(super) fn doubled(&mut self, write: &Write) -> Reply<()> {
        let wallet = matches!(write, Write::Reserve(..) | Write::Undo(..));
        // Where the wallet takes nothing twice, nobody may put something between that does.
        if wallet && !self.kind.may_repeat {
            return self.reply(write);
        }
        if let Write::Pay(body) = write
            && words(body)[4] == "add"
            && let Some(account) = words(body)[1]
                .parse()
                .ok()
                .and_then(|payment| self.ledger.get_mut(&payment))
        {
            account.doubled = true;
        }
        self.execute(write).ok();
        self.reply(write)
    }

    /// What comes of a request that a fault meets.
    pub(super) fn struck(
        &mut self,
        till: usize,
        place: Place,
        write: &Write,
        fault: Fault,
    ) -> Reply<()> {
        let lost = || Reply::Unknown(problem(place, Reason::AnswerLost));
        let strange = || Reply::Unknown(problem(place, Reason::AnswerNotUnderstood));
        let refused = |reason| Reply::Refused(problem(place, reason));
        if let Some(reason) = refusal(fault, place) {
            return refused(reason);
        }
        match fault {
            Fault::NotConnected => Reply::NotDone(problem(place, Reason::ServerUnreachable)),
            Fault::RouteLost if self.rng.chance(50) => {
                // In the middle of it.
                if self.rng.chance(50) {
                    self.reply(write);
                }
                self.out(place, fault);
                self.pass(TIMEOUT);
                lost()
            }
            Fault::RouteLost | Fault::CertificateReplaced => {
                self.out(place, fault);
                Reply::NotDone(problem(place, Reason::ServerUnreachable))
            }
            Fault::RequestLost => {
                self.pass(TIMEOUT);
                lost()
            }
            Fault::ForeignPage | Fault::ErrorInside | Fault::TooManyRequests => strange(),
            Fault::ReplyLost => {
                self.reply(write);
                lost()
            }
            Fault::LateReply => {
                self.reply(write);
                self.pass(TIMEOUT);
                lost()
            }
            Fault::HalfBody | Fault::ErrorAfter | Fault::StrangeAnswer => {
                self.reply(write);
                strange()
            }
            Fault::Delayed | Fault::Overtaken => {
                self.put_off(write, fault);
                self.pass(TIMEOUT);
                lost()
            }
            Fault::Doubled => self.doubled(write),
            Fault::SlowDrip => {
                let reply = self.reply(write);
                self.drips();
                reply
            }
            Fault::CommitRefused => {
                if self.rng.chance(30) {
                    self.reply(write);
                }
                refused(Reason::ServerRefused)
            }
            Fault::BalanceMoved | Fault::AccountBlocked => {
                self.spoil(fault, write);
                self.reply(write)
            }
            Fault::LockedElsewhere => {
                self.lock_elsewhere(write);
                self.reply(write)
            }
            Fault::StationRestarts => {
                if self.rng.chance(50) {
                    self.reply(write);
                }
                self.station_restarts();
                lost()
            }
            Fault::PrinterFails => {
                let reply = self.reply(write);
                match (reply, self.rng.below(3)) {
                    (Reply::Done(()), 1) => refused(Reason::PrinterFailed),
                    (Reply::Done(()), 2) => strange(),
                    (reply, _) => reply,
                }
            }
            Fault::NameTaken => {
                if let Write::Reserve(name, _) | Write::Undo(name, _) = write {
                    self.taken_by_others(name);
                }
                self.reply(write)
            }
            Fault::Killed => {
                if self.rng.chance(50) {
                    self.reply(write);
                }
                self.programs[till].dead = true;
                lost()
            }
            // What strikes elsewhere.
            _ => self.reply(write),
        }
    }

    /// A server cannot be reached for a while.
    pub(super) fn out(&mut self, place: Place, fault: Fault) {
        let seconds = self.rng.pick(&[10, 100, 300]);
        let swallows = fault == Fault::RouteLost && self.rng.chance(50);
        self.outages[usize::from(is_pos(place))] = Outage {
            until: self.time + Duration::from_secs(seconds),
            swallows,
        };
    }

    pub(super) fn lock_elsewhere(&mut self, write: &Write) {
        let order = match write {
            Write::Pay(body) => words(body)[2].parse().unwrap(),
            Write::Begin(order, ..) | Write::Finish(order, ..) | Write::TakeBack(order, ..) => {
                *order
            }
            Write::Reserve(..) | Write::Confirm(_) | Write::Undo(..) | Write::Annul(_) => return,
        };
        self.lock_by_waiter(order);
    }

    pub(super) fn lock_by_waiter(&mut self, order: usize) {
        let until = self.time + Duration::from_secs(20);
        self.orders[order].lock = Some(Lock {
            id: "waiter".to_owned(),
            until,
        });
    }

    pub(super) fn station_restarts(&mut self) {
        let seconds = self.rng.pick(&[5, 30, 120]);
        self.outages[1] = Outage {
            until: self.time + Duration::from_secs(seconds),
            swallows: false,
        };
        for order in &mut self.orders {
            order.lock = None;
        }
    }

    /// Another till was given the same name, and was faster.
    pub(super) fn taken_by_others(&mut self, name: &str) {
        if self.operations.contains_key(name) {
            return;
        }
        let operation = Operation {
            payment: None,
            body: b"another's".to_vec(),
            parts: vec![],
            stage: Stage::Others,
            debit: true,
            told: true,
        };
        self.operations.insert(name.to_owned(), operation);
    }
}
