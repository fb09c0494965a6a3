//! Asks both servers what this till did lately, and holds it beside the journal.
//!
//! Only reads at the servers; only rows about orphans in the journal. The servers are asked before
//! anything is judged, and nothing of this till moves meanwhile: one thread pays and looks back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::{DriveError, Driver};
use crate::domain::{Order, OrderGuid, OrderSummary};
use crate::payment::lookback::{Asked, Belief, Looked, Shown, Single, compare};
use crate::payment::orphan::{Kept, Note, Orphan, Orphans, Sums, made_at};
use crate::payment::payer::{Known, still_stands};
use crate::payment::ports::{Found, OrderList, ReadError, SeenReceipt};
use crate::payment::progress::Progress;
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::{By, PaymentId};
use crate::payment::state::Phase;
use crate::payment::state::refund::AskedAnnul;

/// Orders that one look reads at most.
pub const ORDERS_READ_MAX: usize = 200;
/// Debits that one look asks for one by one, where the wallet has no list: the newest, which a
/// wallet that comes back from a backup forgets first.
pub const DEBITS_ASKED_MAX: usize = 3;
/// Receipts that are remembered as looked at; beyond that they are looked at again.
pub const REMEMBERED_MAX: usize = 20_000;
/// Servers' clocks and summer time may disagree with ours by this much.
const SLACK: SignedDuration = SignedDuration::from_hours(2);

/// What earlier looks of this run saw, so that it is not read again.
#[derive(Debug, Default)]
pub struct Remembered {
    /// Order, receipt, and whether it was taken back.
    receipts: BTreeSet<(OrderGuid, String, bool)>,
}

impl Remembered {
    fn has(&self, receipt: &SeenReceipt) -> bool {
        key(receipt).is_some_and(|key| self.receipts.contains(&key))
    }

    fn add(&mut self, receipt: &SeenReceipt) {
        if self.receipts.len() >= REMEMBERED_MAX {
            self.receipts.clear();
        }
        self.receipts.extend(key(receipt));
    }
}

fn key(receipt: &SeenReceipt) -> Option<(OrderGuid, String, bool)> {
    let check_num = receipt.check_num.clone()?;
    Some((receipt.order.clone(), check_num, receipt.annulled))
}

/// What the journal has: payments of the time looked at, and every other that is shown.
#[derive(Default)]
struct Believed {
    /// `None`: it has rows that do not add up. Whoever takes it up says so.
    payments: BTreeMap<PaymentId, Option<Progress>>,
}

impl Believed {
    fn paid(&self) -> impl Iterator<Item = &Progress> {
        let known = self.payments.values().flatten();
        known.filter(|progress| progress.phase == Phase::Done)
    }

    /// Paid, and nobody wants any of it back.
    fn standing(&self) -> impl Iterator<Item = &Progress> {
        self.paid().filter(|paid| paid.refunds.is_empty())
    }

    /// The paid payment that a receipt belongs to.
    fn of_receipt(&self, receipt: &SeenReceipt) -> Option<&Progress> {
        let check_num = receipt.check_num.as_ref()?;
        self.paid().find(|paid| {
            let known = paid.receipt.as_ref();
            paid.sale.order == receipt.order
                && known.and_then(|known| known.check_num.as_ref()) == Some(check_num)
        })
    }
}

/// The time looked at.
struct Span {
    since: Timestamp,
    until: Timestamp,
    /// The same beginning as servers are told, with some slack.
    local: DateTime,
}

impl Span {
    fn has(&self, payment: PaymentId) -> bool {
        (self.since..=self.until).contains(&made_at(payment))
    }
}

impl Driver<'_> {
    /// Looks back over that time: finds what the servers show of this till and the journal does not
    /// have, or the other way round, writes it down and answers with all that needs a person.
    ///
    /// Ends early when the patience in front of a guest is over, or `stop` says that somebody
    /// waits; the next look goes on. A server that does not answer is no error of the look.
    pub fn look_back(
        &mut self,
        over: Duration,
        remembered: &mut Remembered,
        stop: &dyn Fn() -> bool,
    ) -> Result<Looked, DriveError> {
        let until = self.clock.now();
        let over = SignedDuration::try_from(over).unwrap_or(SignedDuration::MAX);
        let span = Span {
            since: until.checked_sub(over).unwrap_or(Timestamp::MIN),
            until,
            local: self
                .clock
                .local()
                .checked_sub(over.saturating_add(SLACK))
                .unwrap_or(DateTime::MIN),
        };
        let orphans = Orphans::replay(self.journal.notes()?);
        let mut believed = Believed::default();
        for payment in self.journal.payments(span.since)? {
            self.believe(payment, &mut believed)?;
        }
        let mut shown = Shown::default();
        let wallet = self.look_into_wallet(&span, &mut shown);
        if wallet == Asked::Cannot {
            self.ask_for_debits(&span, &believed, &orphans, &mut shown);
        }
        let pos = self.look_into_pos(&span, &believed, &orphans, &mut shown, remembered, stop);
        for payment in shown.payments() {
            if self.journal.made_here(payment) {
                self.believe(payment, &mut believed)?;
            }
        }
        let found = self.judge(&span, &believed, &shown);
        let orphans = self.write_down(&found, orphans, &span, &shown)?;
        Ok(Looked {
            orphans: orphans.open(),
            wallet,
            pos,
        })
    }

    /// A person says that he knows of an orphan and that what had to be put right is. `NotStarted`
    /// with `NothingToDecide` where there is none.
    pub fn settle_orphan(
        &mut self,
        payment: PaymentId,
        by: &By,
        reason: &str,
    ) -> Result<Orphan, DriveError> {
        let orphans = Orphans::replay(self.journal.notes()?);
        let open = orphans
            .of(payment)
            .filter(|kept| kept.settled.is_none())
            .map(|kept| kept.orphan.clone());
        let Some(orphan) = open else {
            let problem = Problem::own(Reason::NothingToDecide, "");
            return Err(DriveError::NotStarted(problem));
        };
        let note = Note::OrphanSettled {
            payment,
            operator: by.operator.clone().unwrap_or_default(),
            approver: by.approver.clone(),
            reason: reason.to_owned(),
        };
        self.journal.note(&note, self.clock.now())?;
        Ok(orphan)
    }

    /// What the journal has of a payment.
    fn believe(&self, payment: PaymentId, believed: &mut Believed) -> Result<(), DriveError> {
        if believed.payments.contains_key(&payment) {
            return Ok(());
        }
        let entries = self.journal.entries(payment)?;
        if !entries.is_empty() {
            let progress = Progress::replay(entries).ok();
            believed.payments.insert(payment, progress);
        }
        Ok(())
    }

    fn look_into_wallet(&self, span: &Span, shown: &mut Shown) -> Asked {
        match self.wallet.made_since(span.local) {
            Ok(None) => Asked::Cannot,
            Ok(Some(seen)) => {
                let whole = seen.whole;
                shown.wallet(seen);
                if whole { Asked::Whole } else { Asked::Partly }
            }
            Err(error) => Asked::Failed(error.problem().clone()),
        }
    }

    /// Whether the newest debits, and those that were missed before, are still there.
    fn ask_for_debits(
        &self,
        span: &Span,
        believed: &Believed,
        orphans: &Orphans,
        shown: &mut Shown,
    ) {
        let payments: Vec<&Progress> = believed
            .standing()
            .filter(|paid| span.has(paid.sale.payment))
            .collect();
        let missed = |paid: &&&Progress| orphans.of(paid.sale.payment).is_some();
        let newest = payments.iter().rev().take(DEBITS_ASKED_MAX);
        for paid in newest.chain(payments.iter().filter(missed)) {
            let (Some(operation), Some(body)) = (&paid.debit, &paid.debit_body) else {
                continue;
            };
            let there = match self.wallet.find(operation, body) {
                Ok(Found::Executed(stored)) => stored.moved.map_or(Single::AsAsked, Single::Moved),
                Ok(Found::Absent | Found::Never(_)) => Single::Gone,
                Ok(Found::CannotTell) | Err(_) => return,
            };
            shown.singly.insert(paid.sale.payment, there);
        }
    }

    fn look_into_pos(
        &self,
        span: &Span,
        believed: &Believed,
        orphans: &Orphans,
        shown: &mut Shown,
        remembered: &mut Remembered,
        stop: &dyn Fn() -> bool,
    ) -> Asked {
        let failed = |error: ReadError| Asked::Failed(error.problem().clone());
        let open = match self.pos.orders(None) {
            Ok(OrderList { orders, .. }) => orders.unwrap_or_default(),
            Err(error) => return failed(error),
        };
        let receipts = match self.pos.receipts_since(span.local) {
            Ok(receipts) => receipts,
            Err(error) => return failed(error),
        };
        let listed = receipts.is_some();
        let receipts = receipts.unwrap_or_default();
        let news = receipts.iter().filter(|receipt| !remembered.has(receipt));
        let news: Vec<&SeenReceipt> = news.collect();
        let (first, later) = to_read(span, believed, orphans, &open, &news);
        let began = self.clock.elapsed();
        let mut reads = 0;
        let mut whole = listed;
        for (guid, must) in first
            .iter()
            .map(|guid| (guid, true))
            .chain(later.iter().map(|guid| (guid, false)))
        {
            if shown.read.contains(guid) {
                continue;
            }
            let spent = self.clock.elapsed().saturating_sub(began);
            if reads >= ORDERS_READ_MAX || spent >= self.patience.front || stop() {
                whole &= !must;
                break;
            }
            reads += 1;
            match self.pos.order(guid) {
                Ok(order) => self.take_order(&order, guid, believed, shown),
                // It vanishes with its shift; what it showed cannot be asked any more.
                Err(ReadError::Refused(_)) => {}
                Err(error @ ReadError::Failed(_)) => return failed(error),
            }
            for receipt in news.iter().filter(|receipt| receipt.order == *guid) {
                remembered.add(receipt);
            }
        }
        match (listed, whole) {
            (false, _) => Asked::Cannot,
            (true, true) => Asked::Whole,
            (true, false) => Asked::Partly,
        }
    }

    fn take_order(&self, order: &Order, guid: &OrderGuid, believed: &Believed, shown: &mut Shown) {
        shown.order(order);
        // As it is called in the list, however the order itself writes it.
        shown.read.insert(guid.clone());
        for paid in believed.standing().filter(|paid| paid.sale.order == *guid) {
            let begun = paid.begun.as_ref();
            let known = Known {
                sale: &paid.sale,
                begun,
                repeats: self.pos.repeats(&paid.sale, begun, paid.ticket.as_ref()),
                own_currency: &|code| self.pos.pays_in(code),
            };
            if still_stands(order, &known) == AskedAnnul::Gone {
                shown.gone.insert(paid.sale.payment);
            }
        }
    }

    fn judge(&self, span: &Span, believed: &Believed, shown: &Shown) -> Vec<Orphan> {
        // What does not add up is known, and said by whoever takes it up.
        let broken = |payment: &PaymentId| matches!(believed.payments.get(payment), Some(None));
        let beliefs = believed
            .payments
            .iter()
            .filter_map(|(&payment, progress)| {
                let belief = Belief::of(progress.as_ref()?, span.has(payment));
                Some((payment, belief))
            })
            .collect();
        compare(shown, &beliefs, &|payment| {
            !broken(&payment) && self.journal.made_here(payment)
        })
    }

    /// Writes down what is new, and what has come right by itself.
    fn write_down(
        &mut self,
        found: &[Orphan],
        mut orphans: Orphans,
        span: &Span,
        shown: &Shown,
    ) -> Result<Orphans, DriveError> {
        let is_news = |orphan: &&Orphan| {
            let before = orphans.of(orphan.payment);
            before.is_none_or(|kept| orphan.has_grown_since(&kept.orphan))
        };
        let news = found
            .iter()
            .filter(is_news)
            .map(|orphan| Note::OrphanFound {
                orphan: orphan.clone(),
            });
        let agrees = |kept: &&Kept| {
            let payment = kept.orphan.payment;
            found.iter().all(|orphan| orphan.payment != payment)
                && agrees_now(&kept.orphan, span, shown)
        };
        let gone = orphans.all().filter(agrees).map(|kept| Note::OrphanGone {
            payment: kept.orphan.payment,
        });
        let notes: Vec<Note> = news.chain(gone).collect();
        for note in notes {
            let at = self.clock.now();
            self.journal.note(&note, at)?;
            orphans.take(at, note);
        }
        Ok(orphans)
    }
}

/// Whether both servers were looked at again where the orphan was found; nothing was found this
/// time.
fn agrees_now(orphan: &Orphan, span: &Span, shown: &Shown) -> bool {
    let differed = |sums: Option<Sums>| sums.is_some_and(|sums| !sums.difference().is_zero());
    let wallet = !differed(orphan.wallet)
        || (shown.wallet_whole && span.has(orphan.payment))
        || shown.singly.get(&orphan.payment) == Some(&Single::AsAsked);
    let pos = !differed(orphan.pos)
        || orphan
            .order
            .as_ref()
            .is_some_and(|order| shown.read.contains(order));
    wallet && pos
}

/// The orders to be read: those that must be, and those of other stations, where there is room.
fn to_read(
    span: &Span,
    believed: &Believed,
    orphans: &Orphans,
    open: &[OrderSummary],
    receipts: &[&SeenReceipt],
) -> (Vec<OrderGuid>, Vec<OrderGuid>) {
    let is_open = |guid: &OrderGuid| open.iter().any(|order| order.guid == *guid);
    let found_before = orphans
        .all()
        .filter(|kept| kept.settled.is_none() || span.has(kept.orphan.payment))
        .filter_map(|kept| kept.orphan.order.clone());
    let begun = open
        .iter()
        .filter(|order| order.unpaid < order.total)
        .map(|order| order.guid.clone());
    // A part whose order is still open must still be on it.
    let parts = believed
        .standing()
        .filter(|paid| is_open(&paid.sale.order))
        .map(|paid| paid.sale.order.clone());
    let in_doubt = |receipt: &&&SeenReceipt| match believed.of_receipt(receipt) {
        // One that we do not know moved nothing any more once it is taken back.
        None => !receipt.annulled,
        Some(paid) => receipt.annulled && paid.refunds.is_empty(),
    };
    let ours = receipts.iter().filter(|receipt| receipt.at_our_station);
    let others = receipts.iter().filter(|receipt| !receipt.at_our_station);
    let first = found_before
        .chain(parts)
        .chain(begun)
        .chain(ours.filter(in_doubt).map(|receipt| receipt.order.clone()))
        .collect();
    let later = others.filter(in_doubt).map(|receipt| receipt.order.clone());
    (first, later.collect())
}
