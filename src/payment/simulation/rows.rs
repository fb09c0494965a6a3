//! What a journal's rows say, and what the oracle learns from them.

use jiff::Timestamp;

use super::books::Books;
use super::coverage::{kind, refund_kind};
use super::disk::Key;
use super::ledger::{Account, pay_name};
use super::licence::pay_word;
use super::till::number;
use super::wallet::Stage;
use crate::payment::ports::{LockId, OperationId};
use crate::payment::progress::{Entry, Progress, RefundRequestKind, RequestKind};
use crate::payment::refund::RefundId;
use crate::payment::sale::{PaymentId, Sale};
use crate::payment::state::refund::{AskedAnnul, RefundEvent, RefundPhase};
use crate::payment::state::{AskedOrder, AskedWallet, Event, Phase, Sent};

impl Books {
    pub(super) fn commit(
        &mut self,
        till: usize,
        sale: &Sale,
        entries: &[Entry],
        rests: bool,
        at: Timestamp,
    ) {
        let payment = sale.payment;
        for entry in entries {
            self.note(till, payment, entry);
            self.apply(till, payment, entry, at);
        }
        let disk = &mut self.programs[till].disk;
        let rows = disk.rows.entry(payment).or_default();
        rows.extend(entries.iter().map(|entry| (at, entry.clone())));
        if rests {
            disk.unfinished.remove(&payment);
        } else {
            disk.unfinished.insert(payment);
        }
        self.audit();
    }

    /// What the rows say of requests.
    fn note(&mut self, till: usize, payment: PaymentId, entry: &Entry) {
        let written = self.programs[till].disk.written.entry(payment).or_default();
        let mut names = |operation: &OperationId| written.names.push(operation.0.clone());
        match entry {
            Entry::Event(Event::Numbered(operation)) => names(operation),
            Entry::RefundEvent(_, RefundEvent::Numbered(operation)) => names(operation),
            Entry::Request(kind, body) => {
                let key = match kind {
                    RequestKind::Reserve => Key::Reserve,
                    RequestKind::Pay => Key::Pay,
                    RequestKind::Undo => Key::Undo,
                };
                written.bodies.push((key, body.clone()));
            }
            Entry::RefundRequest(id, kind, body) => {
                let key = match kind {
                    RefundRequestKind::Return => Key::Return(*id),
                    RefundRequestKind::Annul => Key::Annul(*id),
                };
                written.bodies.push((key, body.clone()));
            }
            Entry::Ticket(ticket) => {
                self.programs[till].disk.ticket = Some((payment, ticket.clone()));
            }
            Entry::Intent { .. }
            | Entry::Refund(_)
            | Entry::Event(_)
            | Entry::RefundEvent(..)
            | Entry::RefundNote(..) => {}
        }
        written.sending = match entry {
            Entry::Event(Event::Reserve(Sent::Sending)) => Some(Key::Reserve),
            Entry::Event(Event::Pay(Sent::Sending)) => Some(Key::Pay),
            Entry::Event(Event::Confirm(Sent::Sending)) => Some(Key::Confirm),
            Entry::Event(Event::Undo(Sent::Sending)) => Some(Key::Undo),
            Entry::RefundEvent(id, RefundEvent::Return(Sent::Sending)) => Some(Key::Return(*id)),
            Entry::RefundEvent(id, RefundEvent::Annul(Sent::Sending)) => Some(Key::Annul(*id)),
            Entry::Intent { .. }
            | Entry::Refund(_)
            | Entry::Event(_)
            | Entry::RefundEvent(..)
            | Entry::RefundNote(..)
            | Entry::Ticket(_)
            | Entry::Request(..)
            | Entry::RefundRequest(..) => None,
        };
    }

    fn apply(&mut self, till: usize, payment: PaymentId, entry: &Entry, at: Timestamp) {
        match entry {
            Entry::Intent { sale, lock } => self.begins(till, sale, lock, at),
            Entry::Event(event) => self.happens(till, payment, event, at),
            Entry::Refund(refund) => {
                self.tell(|| format!("  [{till}] row: refund of {payment}: {:?}", refund.parts));
                if let Some(account) = self.ledger.get_mut(&payment) {
                    account.refunded = true;
                }
                self.progressed(till, payment, |progress| {
                    progress.begin_refund((**refund).clone(), at).is_ok()
                });
            }
            Entry::RefundEvent(id, event) => self.refund_happens(till, payment, *id, event, at),
            Entry::RefundNote(id, note) => {
                self.progressed(till, payment, |progress| {
                    progress
                        .refund(*id)
                        .map(|refund| refund.note(*note))
                        .is_ok()
                });
            }
            Entry::Ticket(ticket) => {
                self.progressed(till, payment, |progress| {
                    progress.keep_ticket(ticket.clone());
                    true
                });
            }
            Entry::Request(kind, body) => {
                self.progressed(till, payment, |progress| {
                    progress.keep(*kind, body.clone());
                    true
                });
            }
            Entry::RefundRequest(id, kind, body) => {
                self.progressed(till, payment, |progress| {
                    let refund = progress.refund(*id);
                    refund
                        .map(|refund| refund.keep(*kind, body.clone()))
                        .is_ok()
                });
            }
        }
    }

    fn begins(&mut self, till: usize, sale: &Sale, lock: &LockId, at: Timestamp) {
        let payment = sale.payment;
        let order = number(&sale.order);
        self.tell(|| {
            format!(
                "  [{till}] row: {payment} pays {} of order {order}",
                sale.due
            )
        });
        let open = self.programs[till].disk.progress.values();
        let mut open = open.filter(|open| open.is_open() && open.sale.order == sale.order);
        if open.next().is_some() {
            self.violated("I20", || {
                format!("{payment} is the order's second at this till")
            });
            return;
        }
        let legs: Vec<(usize, i64)> = sale
            .legs
            .iter()
            .map(|leg| (leg.account.0.parse().unwrap(), leg.amount.kopecks()))
            .collect();
        let account = Account {
            till,
            order,
            due: sale.due.kopecks(),
            taken: vec![0; legs.len()],
            returned: vec![0; legs.len()],
            legs,
            debits: 0,
            forgot: false,
            paid: 0,
            undone: 0,
            doubled: false,
            refunded: false,
            person: None,
        };
        self.ledger.insert(payment, account);
        let progress = Progress::begin(sale.clone(), lock.clone(), at);
        self.programs[till].disk.progress.insert(payment, progress);
    }

    fn progressed(
        &mut self,
        till: usize,
        payment: PaymentId,
        change: impl FnOnce(&mut Progress) -> bool,
    ) {
        let progress = self.programs[till].disk.progress.get_mut(&payment);
        if !progress.is_some_and(change) {
            self.violated("I10", || {
                format!("the rows of {payment} contradict each other")
            });
        }
    }

    fn happens(&mut self, till: usize, payment: PaymentId, event: &Event, at: Timestamp) {
        let phase = |books: &Self| {
            let progress = books.programs[till].disk.progress.get(&payment);
            progress.map_or(Phase::START, |progress| progress.phase)
        };
        let before = phase(self);
        self.progressed(till, payment, |progress| progress.apply(event, at).is_ok());
        let after = phase(self);
        self.coverage.step(before, event, after);
        self.tell(|| {
            let (before, after) = (kind(before), kind(after));
            format!(
                "  [{till}] row: {payment} {before} --{}--> {after}",
                event.name()
            )
        });
        self.remember_answer(till, payment, event);
        let waits = matches!(before, Phase::Parked(..) | Phase::Stuck(..));
        let taken_up = matches!(event, Event::Resume | Event::Decided(_));
        if after != before && (before.is_final() || (waits && !taken_up)) {
            self.violated("I12", || {
                format!("{payment} leaves {before:?} by {event:?}")
            });
        }
        if let Some(why) = self
            .unaskable(till, payment)
            .or(needs_a_person(before, event))
            && let Some(account) = self.ledger.get_mut(&payment)
        {
            account.person = Some(why);
        }
    }

    /// Another's operation has a name that this payment used, and the wallet cannot be asked.
    fn unaskable(&self, till: usize, payment: PaymentId) -> Option<&'static str> {
        let written = self.programs[till].disk.written.get(&payment)?;
        let others = |name: &String| {
            let operation = self.operations.get(name);
            operation.is_some_and(|operation| operation.stage == Stage::Others)
        };
        (!self.kind.can_find && written.names.iter().any(others))
            .then_some("the name is another's, and the wallet cannot be asked")
    }

    /// A definite answer that is on the disk ends a name.
    fn remember_answer(&mut self, till: usize, payment: PaymentId, event: &Event) {
        let Some(progress) = self.programs[till].disk.progress.get(&payment) else {
            return;
        };
        let named = |operation: &Option<OperationId>| operation.as_ref().map(|id| id.0.clone());
        let (name, answer) = match event {
            Event::Reserve(sent) => (named(&progress.debit), answer(sent)),
            Event::Undo(sent) => (named(&progress.give_back), answer(sent)),
            Event::Pay(sent) => {
                let ticket = progress.ticket.as_ref();
                let word = ticket.map_or_else(|| "pay".to_owned(), pay_word);
                (Some(pay_name(&payment.to_string(), &word)), answer(sent))
            }
            _ => return,
        };
        self.remember(name, answer);
    }

    fn remember(&mut self, name: Option<String>, answer: Answer) {
        let Some(name) = name else {
            return;
        };
        let sendings = self.sent.entry(name).or_default();
        let left = std::mem::replace(&mut sendings.leaving, matches!(answer, Answer::Leaves));
        match answer {
            Answer::Leaves => sendings.rows += 1,
            // Bytes that could not even be made are no copy.
            Answer::Refused if left => sendings.refused += 1,
            Answer::NotDone if left => sendings.not_done += 1,
            Answer::Refused | Answer::NotDone | Answer::Other => {}
        }
    }

    fn refund_happens(
        &mut self,
        till: usize,
        payment: PaymentId,
        id: RefundId,
        event: &RefundEvent,
        at: Timestamp,
    ) {
        let phase = |books: &Self| {
            let progress = books.programs[till].disk.progress.get(&payment);
            let refund = progress.and_then(|progress| progress.refund_of(id).ok());
            refund.map_or(RefundPhase::START, |refund| refund.phase)
        };
        let before = phase(self);
        self.progressed(till, payment, |progress| {
            let refund = progress.refund(id);
            refund.is_ok_and(|refund| refund.apply(event, at).is_ok())
        });
        if let RefundEvent::Return(sent) = event {
            let progress = self.programs[till].disk.progress.get(&payment);
            let refund = progress.and_then(|progress| progress.refund_of(id).ok());
            let name = refund.and_then(|refund| Some(refund.operation.as_ref()?.0.clone()));
            self.remember(name, answer(sent));
        }
        let after = phase(self);
        self.coverage.refund_step(before, event, after);
        self.tell(|| {
            let (before, after) = (refund_kind(before), refund_kind(after));
            format!(
                "  [{till}] row: {payment} {before} --{}--> {after}",
                event.name()
            )
        });
        if after != before && before.is_final() {
            self.violated("I12", || {
                format!("{payment} leaves {before:?} by {event:?}")
            });
        }
        if let Some(why) = self
            .unaskable(till, payment)
            .or(refund_needs_a_person(before, event))
            && let Some(account) = self.ledger.get_mut(&payment)
        {
            account.person = Some(why);
        }
    }
}

/// What a row says of a copy.
#[derive(Clone, Copy)]
enum Answer {
    Leaves,
    Refused,
    NotDone,
    Other,
}

const fn answer<T>(sent: &Sent<T>) -> Answer {
    match sent {
        Sent::Sending => Answer::Leaves,
        Sent::Refused(_) => Answer::Refused,
        Sent::NotDone(_) => Answer::NotDone,
        Sent::Done(_) | Sent::Lost(_) => Answer::Other,
    }
}

/// What the program cannot find out by itself, by the rules of this oracle.
fn needs_a_person(before: Phase, event: &Event) -> Option<&'static str> {
    match (before, event) {
        (Phase::Reserving(doubt), Event::Reserve(Sent::Refused(_))) if doubt.earlier => {
            Some("a repeat of the debit was refused, the first copy unknown")
        }
        (
            _,
            Event::AskedReserve(
                AskedWallet::Absent { may_repeat: false }
                | AskedWallet::CannotTell { may_repeat: false },
            )
            | Event::AskedUndo(
                AskedWallet::Absent { may_repeat: false }
                | AskedWallet::CannotTell { may_repeat: false },
            ),
        ) => Some("the wallet takes nothing twice"),
        (Phase::PosRepeating(_), Event::Pay(Sent::Refused(_))) => {
            Some("a repeat of the payment was refused, the first copy unknown")
        }
        (_, Event::AskedOrder(AskedOrder::PaidUnclear(_))) => Some("paid by nobody knows whom"),
        (Phase::PosAsking(doubt), Event::AskedOrder(AskedOrder::PaidByOther(_))) if doubt.told => {
            Some("called paid, and another's")
        }
        (_, Event::AskedOrder(AskedOrder::NotShown)) => Some("adds each time, and is not seen"),
        (_, Event::Confirm(Sent::Refused(_))) => Some("the confirmation was refused"),
        (_, Event::Undo(Sent::Refused(_))) => Some("the return was refused"),
        _ => None,
    }
}

fn refund_needs_a_person(before: RefundPhase, event: &RefundEvent) -> Option<&'static str> {
    match (before, event) {
        (RefundPhase::Returning(doubt), RefundEvent::Return(Sent::Refused(_))) if doubt.earlier => {
            Some("a repeat of the return was refused, the first copy unknown")
        }
        (
            _,
            RefundEvent::AskedReturn(
                AskedWallet::Absent { may_repeat: false }
                | AskedWallet::CannotTell { may_repeat: false },
            ),
        ) => Some("the wallet takes nothing twice"),
        (_, RefundEvent::AskedAnnul(AskedAnnul::CannotTell(_))) => Some("the order says nothing"),
        _ => None,
    }
}
