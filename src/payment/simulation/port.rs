//! A till's side of the world: the ports that the driver calls, and what strikes on the way.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::books::{Books, Late, Outage, Refusal, Site, TIMEOUT, Write, shown};
use super::course;
use super::fault::{Fault, Place};
use super::till::{Lock, OURS, number};
use super::wallet::{Operation, Stage};
use crate::domain::{Attribution, Card, Money, Order, OrderGuid, Uid};
use crate::payment::ports::{
    Clock, Found, LineId, LockId, OperationId, OrderList, Pos, ReadError, Receipt, Reply, Wallet,
};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::refund::Refund;
use crate::payment::sale::Sale;

pub(super) struct Port<'s> {
    pub(super) site: &'s Site,
    pub(super) till: usize,
    /// Running while the other till's program is in the middle of something.
    pub(super) nested: bool,
}

const fn is_pos(place: Place) -> bool {
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

fn problem(place: Place, reason: Reason) -> Problem {
    let server = if is_pos(place) {
        Server::Rkeeper
    } else {
        Server::Lime
    };
    Problem::of(server, reason, "")
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
    fn others_act(&mut self, fault: Fault) -> bool {
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
    fn spoil(&mut self, fault: Fault, write: &Write) {
        let Write::Reserve(_, body) = write else {
            return;
        };
        let parts = super::books::sums(&super::books::words(body)[3..]);
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

    fn drips(&mut self) {
        let seconds = self.rng.pick(&[5, 14, 50]);
        self.pass(Duration::from_secs(seconds));
    }

    fn put_off(&mut self, write: &Write, fault: Fault) {
        let seconds = self.rng.pick(&[1, 5, 20, 60, 3_600, 90_000]);
        let due = self.time + Duration::from_secs(seconds);
        self.late.push(Late {
            write: write.clone(),
            due: (fault == Fault::Delayed).then_some(due),
        });
    }

    fn reply(&mut self, write: &Write) -> Reply<()> {
        let done = self.execute(write);
        self.audit();
        self.overtaken_arrive();
        match done {
            Ok(()) => Reply::Done(()),
            Err(Refusal::No(problem)) => Reply::Refused(problem),
            Err(Refusal::Unclear(problem)) => Reply::Unknown(problem),
        }
    }

    fn doubled(&mut self, write: &Write) -> Reply<()> {
        let wallet = matches!(write, Write::Reserve(..) | Write::Undo(..));
        // Where the wallet takes nothing twice, nobody may put something between that does.
        if wallet && !self.kind.may_repeat {
            return self.reply(write);
        }
        if let Write::Pay(body) = write
            && super::books::words(body)[4] == "add"
            && let Some(account) = super::books::words(body)[1]
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
    fn struck(&mut self, till: usize, place: Place, write: &Write, fault: Fault) -> Reply<()> {
        let lost = || Reply::Unknown(problem(place, Reason::AnswerLost));
        let strange = || Reply::Unknown(problem(place, Reason::AnswerNotUnderstood));
        let refused = |reason| Reply::Refused(problem(place, reason));
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
            Fault::Denied => refused(Reason::AccessDenied),
            Fault::CommitRefused => {
                if self.rng.chance(30) {
                    self.reply(write);
                }
                refused(Reason::ServerRefused)
            }
            Fault::SumMismatch => refused(Reason::SumMismatch),
            Fault::LicenceRefused => refused(Reason::LicenceMissing),
            Fault::ShiftClosing if is_pos(place) => refused(Reason::ShiftClosing),
            Fault::ShiftClosing | Fault::NameTooOld => refused(Reason::ShiftClosed),
            Fault::CurrencyDisabled => refused(Reason::CurrencyNotAllowed),
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
            Fault::WalletForgets
            | Fault::OrderChanged
            | Fault::PaidElsewhere
            | Fault::DeletedElsewhere
            | Fault::PowerCut
            | Fault::SyncFails
            | Fault::DiskFull
            | Fault::ReadOnlyDisk
            | Fault::JournalMoved
            | Fault::ClockJumps
            | Fault::Sleeps
            | Fault::SlowDisk
            | Fault::Panics
            | Fault::DoubleTap
            | Fault::OtherTill
            | Fault::SharedAccount
            | Fault::EnterHeld
            | Fault::Escape
            | Fault::Hangup => self.reply(write),
        }
    }

    /// A server cannot be reached for a while.
    fn out(&mut self, place: Place, fault: Fault) {
        let seconds = self.rng.pick(&[10, 100, 300]);
        let swallows = fault == Fault::RouteLost && self.rng.chance(50);
        self.outages[usize::from(is_pos(place))] = Outage {
            until: self.time + Duration::from_secs(seconds),
            swallows,
        };
    }

    fn lock_elsewhere(&mut self, write: &Write) {
        let order = match write {
            Write::Pay(body) => super::books::words(body)[2].parse().unwrap(),
            Write::Begin(order, ..) => *order,
            Write::Reserve(..) | Write::Confirm(_) | Write::Undo(..) | Write::Annul(_) => return,
        };
        self.lock_by_waiter(order);
    }

    fn lock_by_waiter(&mut self, order: usize) {
        let until = self.time + Duration::from_secs(20);
        self.orders[order].lock = Some(Lock {
            id: "waiter".to_owned(),
            until,
        });
    }

    fn station_restarts(&mut self) {
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
    fn taken_by_others(&mut self, name: &str) {
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

enum Gate {
    /// The program has ended: nothing has any effect.
    Dead,
    Open(Option<Fault>),
}

impl Port<'_> {
    fn enter(&self, place: Place) -> Gate {
        let mut books = self.site.books();
        if books.programs[self.till].dead {
            return Gate::Dead;
        }
        books.coverage.calls += 1;
        let time = books.rng.pick(&[20, 100, 400]);
        books.pass(Duration::from_millis(time));
        let fault = books.strike(place);
        if fault == Some(Fault::OtherTill) {
            drop(books);
            if !self.nested {
                course::other_till(self.site, 1 - self.till);
            }
            books = self.site.books();
        } else if let Some(act) = fault
            && books.others_act(act)
        {
            return Gate::Open(None);
        }
        if books.programs[self.till].dead {
            return Gate::Dead;
        }
        let outage = books.outages[usize::from(is_pos(place))];
        if place != Place::Pause && books.time < outage.until {
            return Gate::Open(Some(if outage.swallows {
                Fault::RequestLost
            } else {
                Fault::NotConnected
            }));
        }
        Gate::Open(fault)
    }

    fn send(&self, place: Place, write: &Write) -> Reply<()> {
        let Gate::Open(fault) = self.enter(place) else {
            return Reply::Unknown(problem(place, Reason::AnswerLost));
        };
        let mut books = self.site.books();
        books.tell(|| format!("[{}] sends {}", self.till, shown(write)));
        books.leaves(self.till, write);
        if books.programs[self.till].dead {
            return Reply::Unknown(problem(place, Reason::AnswerLost));
        }
        let reply = match fault {
            None => books.reply(write),
            Some(fault) => books.struck(self.till, place, write, fault),
        };
        books.answered(write, &reply);
        books.tell(|| format!("[{}]     hears {reply:?}", self.till));
        reply
    }

    fn ask(&self, place: Place) -> Result<(), ReadError> {
        let failed = |reason| Err(ReadError::Failed(problem(place, reason)));
        let Gate::Open(fault) = self.enter(place) else {
            return failed(Reason::AnswerLost);
        };
        let mut books = self.site.books();
        match fault {
            None => Ok(()),
            Some(Fault::SlowDrip) => {
                books.drips();
                Ok(())
            }
            Some(Fault::Denied) => Err(ReadError::Refused(problem(place, Reason::AccessDenied))),
            Some(Fault::CurrencyDisabled) => Err(ReadError::Refused(problem(
                place,
                Reason::CurrencyNotAllowed,
            ))),
            Some(Fault::SumMismatch) => {
                Err(ReadError::Refused(problem(place, Reason::SumMismatch)))
            }
            Some(Fault::Killed) => {
                books.programs[self.till].dead = true;
                failed(Reason::AnswerLost)
            }
            Some(Fault::StationRestarts) => {
                books.station_restarts();
                failed(Reason::AnswerLost)
            }
            Some(Fault::ForeignPage | Fault::TooManyRequests | Fault::StrangeAnswer) => {
                failed(Reason::AnswerNotUnderstood)
            }
            Some(Fault::OtherTill) => Ok(()),
            Some(Fault::RequestLost) => {
                books.pass(TIMEOUT);
                failed(Reason::AnswerLost)
            }
            Some(fault @ (Fault::RouteLost | Fault::CertificateReplaced)) => {
                books.out(place, fault);
                failed(Reason::ServerUnreachable)
            }
            Some(_) => failed(Reason::ServerUnreachable),
        }
    }
}

impl Port<'_> {
    /// A request is written; what the site lacks for it shows now.
    fn writable(&self) -> Result<(), Problem> {
        let mut books = self.site.books();
        if books.programs[self.till].dead || books.strike(Place::Bytes).is_none() {
            return Ok(());
        }
        Err(Problem::own(Reason::ConfigIncomplete, ""))
    }
}

impl Wallet for Port<'_> {
    fn reachable(&self) -> Result<(), ReadError> {
        self.ask(Place::AskWallet)
    }

    fn card(&self, uid: &Uid) -> Result<Card, ReadError> {
        self.ask(Place::AskWallet)?;
        let books = self.site.books();
        let guest = books.guests.iter().position(|guest| guest.uid == *uid);
        let not_found = || problem(Place::AskWallet, Reason::CardNotFound);
        let guest = guest.ok_or_else(|| ReadError::Refused(not_found()))?;
        Ok(books.card(guest))
    }

    fn next_operation(&self) -> Result<OperationId, ReadError> {
        self.ask(Place::AskWallet)?;
        let mut books = self.site.books();
        books.next_name += 1;
        Ok(OperationId(books.next_name.to_string()))
    }

    fn reserve_request(
        &self,
        operation: &OperationId,
        sale: &Sale,
        _at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        let mut body = format!("debit {} {}", sale.payment, operation.0);
        for leg in &sale.legs {
            body += &format!(" {}:{}", leg.account, leg.amount.kopecks());
        }
        Ok(body.into_bytes())
    }

    fn reserve(&self, operation: &OperationId, body: &[u8]) -> Reply<()> {
        let write = Write::Reserve(operation.0.clone(), body.to_vec());
        self.send(Place::Reserve, &write)
    }

    fn holds(&self) -> bool {
        self.site.books().kind.holds
    }

    fn confirm(&self, operation: &OperationId) -> Reply<()> {
        if self.holds() {
            self.send(Place::Confirm, &Write::Confirm(operation.0.clone()))
        } else {
            Reply::Done(())
        }
    }

    fn undo_request(
        &self,
        operation: &OperationId,
        reserved: &OperationId,
        sale: &Sale,
        back: &Attribution,
        _at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        let mut body = format!("return {} {} {}", sale.payment, operation.0, reserved.0);
        for (index, leg) in sale.legs.iter().enumerate() {
            let sum = Money::total(back.of_leg(index).map(|part| part.amount)).unwrap();
            if sum.is_positive() {
                body += &format!(" {}:{}", leg.account, sum.kopecks());
            }
        }
        Ok(body.into_bytes())
    }

    fn undo(&self, operation: &OperationId, body: &[u8]) -> Reply<()> {
        let write = Write::Undo(operation.0.clone(), body.to_vec());
        self.send(Place::Undo, &write)
    }

    fn find(&self, operation: &OperationId, _body: &[u8]) -> Result<Found, ReadError> {
        self.ask(Place::AskWallet)?;
        let mut books = self.site.books();
        let found = books.found(&operation.0);
        books.tell(|| format!("[{}] asks for {}: {found:?}", self.till, operation.0));
        Ok(found)
    }

    fn may_repeat(&self) -> bool {
        self.site.books().kind.may_repeat
    }
}

impl Pos for Port<'_> {
    fn orders(&self, _since: Option<i64>) -> Result<OrderList, ReadError> {
        self.ask(Place::AskPos)?;
        Ok(OrderList {
            version: 0,
            orders: None,
        })
    }

    fn order(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        self.ask(Place::AskPos)?;
        Ok(self.site.books().shown_order(number(guid)))
    }

    fn lock(&self, guid: &OrderGuid, lock: &LockId) -> Reply<()> {
        let order = number(guid);
        let fault = match self.enter(Place::Lock) {
            Gate::Dead => return Reply::Unknown(problem(Place::Lock, Reason::AnswerLost)),
            Gate::Open(fault) => fault,
        };
        let mut books = self.site.books();
        match fault {
            Some(fault @ (Fault::NotConnected | Fault::RouteLost | Fault::CertificateReplaced)) => {
                if fault != Fault::NotConnected {
                    books.out(Place::Lock, fault);
                }
                return Reply::NotDone(problem(Place::Lock, Reason::ServerUnreachable));
            }
            Some(Fault::RequestLost) => {
                books.pass(TIMEOUT);
                return Reply::Unknown(problem(Place::Lock, Reason::AnswerLost));
            }
            Some(Fault::Denied) => {
                return Reply::Refused(problem(Place::Lock, Reason::AccessDenied));
            }
            Some(Fault::LockedElsewhere) => books.lock_by_waiter(order),
            Some(Fault::StationRestarts) => books.station_restarts(),
            Some(Fault::Killed) => {
                books.programs[self.till].dead = true;
            }
            _ => {}
        }
        let locked = books.lock_order(order, &lock.0);
        match fault {
            None | Some(Fault::SlowDrip | Fault::OtherTill | Fault::LockedElsewhere) => {
                match locked {
                    Ok(()) => Reply::Done(()),
                    Err(problem) => Reply::Refused(problem),
                }
            }
            Some(_) => Reply::Unknown(problem(Place::Lock, Reason::AnswerLost)),
        }
    }

    fn unlock(&self, guid: &OrderGuid, lock: &LockId) {
        if self.ask(Place::Lock).is_ok() {
            let mut books = self.site.books();
            let order = &mut books.orders[number(guid)];
            if order.lock.as_ref().is_some_and(|held| held.id == lock.0) {
                order.lock = None;
            }
        }
    }

    fn payable(&self, sale: &Sale) -> Result<Order, ReadError> {
        self.ask(Place::Payable)?;
        Ok(self.site.books().shown_order(number(&sale.order)))
    }

    fn begin_part(&self, sale: &Sale, lock: &LockId) -> Reply<Option<LineId>> {
        let order = number(&sale.order);
        let two_steps = self.site.books().kind.two_steps;
        if !two_steps {
            return Reply::Done(None);
        }
        let sum = sale.due.kopecks();
        let write = Write::Begin(order, sale.payment, lock.0.clone(), sum);
        match self.send(Place::Begin, &write) {
            Reply::Done(()) => {
                let line = self.site.books().orders[order].begun(sale.payment);
                Reply::Done(Some(LineId(line.unwrap_or_default())))
            }
            Reply::Refused(problem) => Reply::Refused(problem),
            Reply::NotDone(problem) => Reply::NotDone(problem),
            Reply::Unknown(problem) => Reply::Unknown(problem),
        }
    }

    fn abandon(&self, sale: &Sale, _lock: &LockId, line: &LineId) -> Reply<()> {
        if let Err(error) = self.ask(Place::AskPos) {
            return Reply::NotDone(error.problem().clone());
        }
        let mut books = self.site.books();
        let order = &mut books.orders[number(&sale.order)];
        let is = |paid: &super::till::Paid| paid.begun && paid.line.as_ref() == Some(&line.0);
        order.paid.retain(|paid| !is(paid));
        Reply::Done(())
    }

    fn repeats(&self, sale: &Sale, begun: Option<&LineId>) -> bool {
        !sale.is_part() || begun.is_some()
    }

    fn pay_request(
        &self,
        sale: &Sale,
        lock: &LockId,
        begun: Option<&LineId>,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        let how = match begun {
            Some(line) => line.0.as_str(),
            None if sale.is_part() => "add",
            None => "close",
        };
        let (order, card) = (number(&sale.order), sale.legs[0].uid.reveal());
        let mut body = format!("pay {} {order} {} {how} {card}", sale.payment, lock.0);
        for leg in &sale.legs {
            body += &format!(" {}:{}", leg.number, leg.amount.kopecks());
        }
        Ok(body.into_bytes())
    }

    fn pays_in(&self, currency: &str) -> bool {
        currency == OURS
    }

    fn pay(&self, body: &[u8]) -> Reply<Receipt> {
        match self.send(Place::Pay, &Write::Pay(body.to_vec())) {
            Reply::Done(()) => Reply::Done(Receipt {
                check_num: Some("77".into()),
                warning: None,
            }),
            Reply::Refused(problem) => Reply::Refused(problem),
            Reply::NotDone(problem) => Reply::NotDone(problem),
            Reply::Unknown(problem) => Reply::Unknown(problem),
        }
    }

    fn annul_request(
        &self,
        sale: &Sale,
        refund: &Refund,
        _order: &Order,
    ) -> Result<Vec<u8>, Problem> {
        self.writable()?;
        if self.site.books().kind.annuls && refund.whole {
            let order = number(&sale.order);
            Ok(format!("annul {} {order}", sale.payment).into_bytes())
        } else {
            Err(problem(Place::Annul, Reason::AnnulByHand))
        }
    }

    fn annul(&self, body: &[u8]) -> Reply<()> {
        self.send(Place::Annul, &Write::Annul(body.to_vec()))
    }
}

impl Clock for Port<'_> {
    fn elapsed(&self) -> Duration {
        let books = self.site.books();
        if books.programs[self.till].dead {
            // Nobody waits for a program that has ended.
            return books.time + Duration::from_hours(1);
        }
        books.time.saturating_sub(books.asleep)
    }

    fn now(&self) -> Timestamp {
        self.site.books().wall()
    }

    fn local(&self) -> DateTime {
        jiff::tz::TimeZone::UTC.to_datetime(self.now())
    }

    fn wait(&self, pause: Duration) {
        let Gate::Open(fault) = self.enter(Place::Pause) else {
            return;
        };
        let mut books = self.site.books();
        match fault {
            Some(Fault::Hangup) => return,
            Some(Fault::Killed) => books.programs[self.till].dead = true,
            Some(Fault::Sleeps) => {
                let hours = books.rng.pick(&[1, 10]);
                let slept = Duration::from_hours(hours);
                // Some machines' clocks stand still while they sleep.
                if books.rng.chance(50) {
                    books.asleep += slept;
                }
                books.pass(slept);
            }
            _ => {}
        }
        books.pass(pause);
    }
}
