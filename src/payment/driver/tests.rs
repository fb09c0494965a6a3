//! The driver against a wallet and a till that lose, refuse and vanish; and against its own end.

mod clock;
mod licence;
mod lookback;
mod people;
#[cfg(target_os = "linux")]
mod recorded;
mod refund;
mod rules;
mod waiting;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;

use self::licence::Licence;
use super::*;
use crate::domain::{
    Account, AccountId, AccountKind, Attribution, Card, CardStatus, Line, Money, Order, OrderGuid,
    OrderSummary, PosPayment, Quantity, Share, Split, Uid,
};
use crate::payment::journal::memory::MemoryJournal;
use crate::payment::ports::{
    Found, LineId, OperationId, OrderList, ReadError, Receipt, SeenOperations, SeenReceipt, Stored,
    Ticket,
};
use crate::payment::reason::Server;
use crate::payment::refund::Refund;
use crate::payment::state::Sent;
use crate::payment::view::{LegState, Standing};

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    /// Executed, and sent once more by something between, whose answer is the second one.
    Doubled,
    NoConnection,
    RequestLost,
    ReplyLost,
    /// Executed after the caller has gone on, before the next call.
    Late,
}

const BAD: [Fate; 4] = [
    Fate::NoConnection,
    Fate::RequestLost,
    Fate::ReplyLost,
    Fate::Late,
];

/// A call that moves something.
#[derive(Clone, Debug)]
enum Write {
    Wallet(String, Vec<u8>),
    Pay(Vec<u8>),
    Annul,
}

/// Both servers' books, and what happens to the calls.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent habits of a site"
)]
struct Books {
    order: Order,
    balances: BTreeMap<String, i64>,
    operations: BTreeMap<String, Vec<(String, i64)>>,
    bodies: BTreeMap<String, Vec<u8>>,
    late: Vec<Write>,
    next_id: u64,
    calls: usize,
    fates: BTreeMap<usize, Fate>,
    locked_by: Option<String>,
    /// Why locking is refused, where it is not another's lock.
    unlockable: Option<Reason>,
    may_repeat: bool,
    can_find: bool,
    /// What the wallet shows beside that it did what was asked.
    stored: Stored,
    /// Names that another till used first: our checks under them are refused.
    used_names: Vec<String>,
    time: Duration,
    /// How long calls take, by their number.
    slow: BTreeMap<usize, Duration>,
    /// Forgets the markers of payments, as r_keeper may.
    forgets: bool,
    /// What looking back is shown.
    listed: Option<SeenOperations>,
    receipts: Option<Vec<SeenReceipt>>,
    open: Vec<OrderSummary>,
    others: BTreeMap<OrderGuid, Order>,
    orders_read: usize,
    now: Timestamp,
    /// A paid receipt can be annulled.
    annuls: bool,
    /// Part payments are begun with a line; how many were taken away again.
    begins: bool,
    abandoned: usize,
    /// The licence that counts payments, where the site has one.
    licence: Option<Licence>,
    /// Calls that took the lock, and gave it back.
    locks: usize,
    unlocks: usize,
}

impl Books {
    fn execute(&mut self, write: &Write) -> Result<(), Problem> {
        match write {
            Write::Wallet(operation, body) => self.execute_wallet(operation, body),
            Write::Pay(body) => self.execute_counted(body),
            Write::Annul => {
                self.order.payments.clear();
                self.order.deleted = true;
                Ok(())
            }
        }
    }

    /// Moves money once per operation; the same one again with other bytes is a mistake of ours.
    fn execute_wallet(&mut self, operation: &str, body: &[u8]) -> Result<(), Problem> {
        if self.used_names.iter().any(|name| name == operation) {
            return Err(Problem::of(
                Server::Lime,
                Reason::ServerRefused,
                "CheckIdReused",
            ));
        }
        let old = self.bodies.insert(operation.into(), body.to_vec());
        assert!(old.is_none_or(|old| old == body), "same id, other bytes");
        if self.operations.contains_key(operation) {
            return Ok(());
        }
        let moves: Vec<(String, i64)> = pairs(body, ':');
        if moves
            .iter()
            .any(|(account, amount)| self.balances[account] < *amount)
        {
            return Err(Problem::of(Server::Lime, Reason::NotEnoughMoney, ""));
        }
        for (account, amount) in &moves {
            *self.balances.get_mut(account).unwrap() -= amount;
        }
        self.operations.insert(operation.into(), moves);
        Ok(())
    }

    fn execute_pay(&mut self, body: &[u8]) -> Result<(), Problem> {
        if self.order.paid {
            return Err(Problem::of(
                Server::Rkeeper,
                Reason::OrderClosed,
                "Визит 1 закрыт!",
            ));
        }
        let payments: Vec<PosPayment> = pairs(body, '=')
            .into_iter()
            .map(|(marker, amount)| PosPayment {
                amount: Money::from_kopecks(amount),
                ext_info: Some(marker),
                prepayment: false,
                check_num: Some("77".into()),
                currency: Some("11".into()),
                card_code: None,
                line_guid: None,
                begun: false,
            })
            .collect();
        let paid = Money::total(payments.iter().map(|p| p.amount)).unwrap();
        let left = self.order.unpaid.checked_sub(paid).unwrap();
        if left.is_negative() || (left.is_positive() && !self.begins) {
            return Err(Problem::of(Server::Rkeeper, Reason::SumMismatch, ""));
        }
        if left.is_positive() {
            self.order.unpaid = left;
            self.order.payments = payments;
            return Ok(());
        }
        self.order.payments = payments;
        if self.forgets {
            for payment in &mut self.order.payments {
                payment.ext_info = None;
            }
        }
        self.close_order();
        Ok(())
    }

    fn paid_by(&mut self, payment: PosPayment) {
        if !self.order.paid {
            self.order.payments = vec![payment];
            self.close_order();
        }
    }

    fn taken(&self) -> i64 {
        2_000 - self.balances.values().sum::<i64>()
    }

    fn close_order(&mut self) {
        self.order.paid = true;
        self.order.finished = true;
        self.order.unpaid = Money::ZERO;
    }

    fn fate(&mut self) -> Fate {
        for write in std::mem::take(&mut self.late) {
            let _ = self.execute(&write);
        }
        self.time += self.slow.get(&self.calls).copied().unwrap_or_default();
        self.calls += 1;
        self.fates
            .get(&(self.calls - 1))
            .copied()
            .unwrap_or(Fate::Fine)
    }

    fn write(&mut self, write: Write) -> Reply<()> {
        let lost = Problem::own(Reason::AnswerLost, "");
        match self.fate() {
            Fate::Fine => match self.execute(&write) {
                Ok(()) => Reply::Done(()),
                Err(problem) => Reply::Refused(problem),
            },
            Fate::Doubled => {
                let _ = self.execute(&write);
                match self.execute(&write) {
                    Ok(()) => Reply::Done(()),
                    Err(problem) => Reply::Refused(problem),
                }
            }
            Fate::NoConnection => Reply::NotDone(Problem::own(Reason::ServerUnreachable, "")),
            Fate::RequestLost => Reply::Unknown(lost),
            Fate::ReplyLost => {
                let _ = self.execute(&write);
                Reply::Unknown(lost)
            }
            Fate::Late => {
                self.late.push(write);
                Reply::Unknown(lost)
            }
        }
    }

    fn read(&mut self) -> Result<(), ReadError> {
        match self.fate() {
            Fate::Fine | Fate::Doubled => Ok(()),
            Fate::NoConnection | Fate::RequestLost | Fate::ReplyLost | Fate::Late => Err(
                ReadError::Failed(Problem::own(Reason::ServerUnreachable, "")),
            ),
        }
    }
}

fn pairs(body: &[u8], sign: char) -> Vec<(String, i64)> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let pair = |part: &str| {
        let (name, amount) = part.rsplit_once(sign).unwrap();
        (name.to_owned(), amount.parse().unwrap())
    };
    text.split_whitespace().map(pair).collect()
}

#[derive(Clone)]
struct World(Arc<Mutex<Books>>);

impl World {
    fn new(fates: impl IntoIterator<Item = (usize, Fate)>) -> Self {
        Self(Arc::new(Mutex::new(Books {
            order: order(),
            balances: BTreeMap::from([("a".into(), 1_000), ("b".into(), 1_000)]),
            operations: BTreeMap::new(),
            bodies: BTreeMap::new(),
            late: vec![],
            next_id: 100,
            calls: 0,
            fates: fates.into_iter().collect(),
            locked_by: None,
            unlockable: None,
            may_repeat: true,
            can_find: true,
            stored: Stored::default(),
            used_names: vec![],
            time: Duration::ZERO,
            slow: BTreeMap::new(),
            forgets: false,
            listed: None,
            receipts: None,
            open: vec![],
            others: BTreeMap::new(),
            orders_read: 0,
            now: Timestamp::UNIX_EPOCH,
            annuls: false,
            begins: false,
            abandoned: 0,
            licence: None,
            locks: 0,
            unlocks: 0,
        })))
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }

    fn run<T>(&self, journal: &mut MemoryJournal, work: impl FnOnce(&mut Driver<'_>) -> T) -> T {
        let patience = Patience::default();
        work(&mut Driver {
            wallet: self,
            pos: self,
            journal,
            clock: self,
            patience: &patience,
        })
    }

    fn pay(&self, journal: &mut MemoryJournal) -> Result<PaymentView, DriveError> {
        let request = request();
        self.run(journal, |driver| driver.pay(&request, &mut Unwatched))
    }

    /// Books and standing agree, and nothing is left open.
    #[track_caller]
    fn assert_settled(&self, standing: Standing, context: &dyn std::fmt::Debug) {
        let books = self.books();
        let taken = books.taken();
        match standing {
            Standing::Paid => {
                assert!(
                    books.order.paid && books.order.payments.len() == 2,
                    "{context:?}"
                );
                assert_eq!(books.balances["a"], 400, "{context:?}");
                assert_eq!(books.balances["b"], 600, "{context:?}");
            }
            Standing::Refused => {
                assert_eq!(taken, 0, "{context:?}");
                assert!(books.order.payments.is_empty(), "{context:?}");
            }
            Standing::Working | Standing::Unknown | Standing::NeedsManager => {
                panic!("not at rest: {context:?}")
            }
        }
    }
}

impl Wallet for World {
    fn reachable(&self) -> Result<(), ReadError> {
        Ok(())
    }
    fn card(&self, _uid: &Uid) -> Result<Card, ReadError> {
        Ok(card())
    }
    fn next_operation(&self) -> Result<OperationId, ReadError> {
        let mut books = self.books();
        books.read()?;
        books.next_id += 1;
        Ok(OperationId(books.next_id.to_string()))
    }
    fn reserve_request(
        &self,
        _operation: &OperationId,
        sale: &Sale,
        _at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        let part =
            |leg: &crate::payment::sale::Leg| format!("{}:{}", leg.account, leg.amount.kopecks());
        Ok(sale
            .legs
            .iter()
            .map(part)
            .collect::<Vec<_>>()
            .join(" ")
            .into_bytes())
    }
    fn reserve(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        let write = Write::Wallet(operation.0.clone(), body.to_vec());
        let mut books = self.books();
        let reply = books.write(write);
        reused_means_unknown(reply).map(|()| books.stored)
    }
    fn holds(&self) -> bool {
        false
    }
    fn confirm(&self, _operation: &OperationId) -> Reply<()> {
        Reply::Done(())
    }
    fn undo_request(
        &self,
        _operation: &OperationId,
        reserved: &OperationId,
        sale: &Sale,
        back: &Attribution,
        _at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        assert!(
            self.books().operations.contains_key(&reserved.0),
            "undo of a debit not made"
        );
        let part = |(index, leg): (usize, &crate::payment::sale::Leg)| {
            let amount = Money::total(back.of_leg(index).map(|part| part.amount))?;
            amount
                .is_positive()
                .then(|| format!("{}:-{}", leg.account, amount.kopecks()))
        };
        let parts = sale.legs.iter().enumerate().filter_map(part);
        Ok(parts.collect::<Vec<_>>().join(" ").into_bytes())
    }
    fn undo(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        let write = Write::Wallet(operation.0.clone(), body.to_vec());
        let mut books = self.books();
        let reply = books.write(write);
        reused_means_unknown(reply).map(|()| books.stored)
    }
    fn find(&self, operation: &OperationId, _body: &[u8]) -> Result<Found, ReadError> {
        let mut books = self.books();
        if !books.can_find {
            return Ok(Found::CannotTell);
        }
        books.read()?;
        if books.used_names.contains(&operation.0) {
            return Ok(Found::taken(operation));
        }
        let there = books.operations.contains_key(&operation.0);
        Ok(if there {
            Found::Executed(books.stored)
        } else {
            Found::Absent
        })
    }
    fn may_repeat(&self) -> bool {
        self.books().may_repeat
    }
    fn made_since(&self, _since: DateTime) -> Result<Option<SeenOperations>, ReadError> {
        let mut books = self.books();
        books.read()?;
        Ok(books.listed.clone())
    }
}

impl Pos for World {
    fn orders(&self, _since: Option<i64>) -> Result<OrderList, ReadError> {
        Ok(OrderList {
            version: 0,
            orders: Some(self.books().open.clone()),
        })
    }
    fn order(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        let mut books = self.books();
        books.read()?;
        books.orders_read += 1;
        Ok(books.others.get(guid).unwrap_or(&books.order).clone())
    }
    fn lock(&self, _guid: &OrderGuid, _lock: &LockId) -> Reply<()> {
        let mut books = self.books();
        if let Some(holder) = &books.locked_by {
            return Reply::Refused(Problem::of(
                Server::Rkeeper,
                Reason::OrderLocked,
                holder.as_str(),
            ));
        }
        if let Some(reason) = books.unlockable {
            return Reply::Refused(Problem::of(Server::Rkeeper, reason, ""));
        }
        books.locks += 1;
        match books.fate() {
            Fate::Fine | Fate::Doubled => Reply::Done(()),
            Fate::NoConnection => Reply::NotDone(Problem::own(Reason::ServerUnreachable, "")),
            Fate::RequestLost | Fate::ReplyLost | Fate::Late => {
                Reply::Unknown(Problem::own(Reason::AnswerLost, ""))
            }
        }
    }
    fn unlock(&self, _guid: &OrderGuid, _lock: &LockId) {
        self.books().unlocks += 1;
    }
    fn payable(&self, sale: &Sale) -> Result<Order, ReadError> {
        self.order(&sale.order)
    }
    fn begin_part(&self, _: &Sale, _: &LockId) -> Reply<Option<LineId>> {
        let begins = self.books().begins;
        Reply::Done(begins.then(|| LineId("{A}".into())))
    }
    fn abandon(&self, _: &Sale, _: &LockId, line: &LineId) -> Reply<()> {
        assert_eq!(line.0, "{A}");
        self.books().abandoned += 1;
        Reply::Done(())
    }
    fn repeats(&self, sale: &Sale, _: Option<&LineId>, _: Option<&Ticket>) -> bool {
        !sale.is_part()
    }
    fn annul_request(&self, _: &Sale, _: &Refund, _: &Order) -> Result<Vec<u8>, Problem> {
        if self.books().annuls {
            Ok(b"annul".to_vec())
        } else {
            Err(Problem::own(Reason::AnnulByHand, ""))
        }
    }
    fn annul(&self, _: &[u8]) -> Reply<()> {
        self.books().write(Write::Annul)
    }
    fn receipts_since(&self, _: DateTime) -> Result<Option<Vec<SeenReceipt>>, ReadError> {
        let mut books = self.books();
        books.read()?;
        Ok(books.receipts.clone())
    }
    fn counts(&self, _: &Sale, _: Option<&LineId>) -> bool {
        self.books().licence.is_some()
    }
    fn next_number(&self, instance: &str) -> Result<u64, ReadError> {
        let mut books = self.books();
        books.read()?;
        Ok(books.licence.as_ref().unwrap().next(instance))
    }
    fn pay_request(
        &self,
        sale: &Sale,
        _lock: &LockId,
        _begun: Option<&LineId>,
        ticket: Option<&Ticket>,
    ) -> Result<Vec<u8>, Problem> {
        let part = |leg: &crate::payment::sale::Leg| {
            format!("{}={}", sale.marker(leg), leg.amount.kopecks())
        };
        let number = ticket.map(|ticket| format!("{}#{}", ticket.instance, ticket.number));
        let parts = sale.legs.iter().map(part);
        let parts: Vec<String> = number.into_iter().chain(parts).collect();
        Ok(parts.join(" ").into_bytes())
    }
    fn pays_in(&self, currency: &str) -> bool {
        currency == "11"
    }
    fn pay(&self, body: &[u8]) -> Reply<Receipt> {
        let reply = self.books().write(Write::Pay(body.to_vec()));
        match reply {
            Reply::Done(()) => Reply::Done(Receipt {
                check_num: Some("77".into()),
                warning: None,
            }),
            Reply::Refused(problem) => Reply::Refused(problem),
            Reply::NotDone(problem) => Reply::NotDone(problem),
            Reply::Unknown(problem) => Reply::Unknown(problem),
        }
    }
}

impl Clock for World {
    fn elapsed(&self) -> Duration {
        self.books().time
    }
    fn now(&self) -> Timestamp {
        self.books().now
    }
    fn local(&self) -> DateTime {
        jiff::civil::date(2024, 3, 5).at(13, 15, 0, 0)
    }
    fn wait(&self, pause: Duration) {
        self.books().time += pause;
    }
}

fn order() -> Order {
    let line = |id: &str, amount| Line {
        id: id.into(),
        code: id.into(),
        name: id.into(),
        quantity: Quantity::ONE,
        base_price: Money::from_kopecks(amount),
        amount: Money::from_kopecks(amount),
        modifiers: vec![],
        ..Line::default()
    };
    Order {
        guid: OrderGuid("{G}".into()),
        name: "1".into(),
        table: None,
        waiter: None,
        station: None,
        opened_at: None,
        version: 1,
        total: Money::from_kopecks(1_000),
        unpaid: Money::from_kopecks(1_000),
        discount: Money::ZERO,
        prepaid: Money::ZERO,
        paid: false,
        finished: false,
        deleted: false,
        lines: vec![line("1", 700), line("2", 300)],
        payments: vec![],
        ..Order::default()
    }
}

fn card() -> Card {
    let account = |id: &str| Account {
        id: AccountId(id.into()),
        type_id: "1".into(),
        name: id.into(),
        kind: AccountKind::Money,
        balance: Money::from_kopecks(1_000),
        available: Money::from_kopecks(1_000),
        valid_to: None,
        priority: 1,
        not_spendable: None,
        terms: crate::domain::Terms::default(),
    };
    Card {
        uid: Uid::new("61366822").unwrap(),
        card_id: "1".into(),
        client_id: "1".into(),
        number: None,
        status: CardStatus::Active,
        holder: None,
        accounts: vec![account("a"), account("b")],
    }
}

fn request() -> PaymentRequest {
    let share = |id: &str, kopecks| Share {
        uid: Uid::new("61366822").unwrap(),
        account: AccountId(id.into()),
        amount: Money::from_kopecks(kopecks),
    };
    let split = Split {
        shares: vec![share("a", 600), share("b", 400)],
        why: vec![],
    };
    PaymentRequest {
        order: order(),
        cards: vec![card()],
        keyed: vec![],
        split,
        part: false,
        by: crate::payment::sale::By::default(),
    }
}

#[test]
fn a_payment_without_trouble() {
    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    assert_eq!(view.standing, Standing::Paid);
    assert_eq!(view.check_num.as_deref(), Some("77"));
    assert_eq!(view.lime_check.as_deref(), Some("101"));
    assert!(view.legs.iter().all(|leg| leg.state == LegState::Paid));
    world.assert_settled(view.standing, &"no trouble");
    assert_eq!(journal.syncs, 4, "intent; debit; payment; result");
}

/// Every single fault and every pair of faults among the first calls; afterwards the network is
/// fine and recovery runs. At rest the books agree, without anybody's help.
#[test]
fn any_two_faults_end_with_books_that_agree() {
    let mut seen = BTreeMap::new();
    for first in 0..12 {
        for second in first + 1..14 {
            for one in BAD {
                for two in BAD {
                    let fates = [(first, one), (second, two)];
                    let world = World::new(fates);
                    let mut journal = MemoryJournal::default();
                    let view = world.pay(&mut journal).unwrap();
                    *seen.entry(view.standing.word()).or_insert(0) += 1;
                    let view = settle(&world, &mut journal, view);
                    world.assert_settled(view.standing, &fates);
                }
            }
        }
    }
    assert!(seen["paid"] > 100 && seen["refused"] > 100, "{seen:?}");
}

/// The program dies before or after each write to the journal, and recovery dies as well.
#[test]
fn dying_at_any_moment_twice_ends_with_books_that_agree() {
    for fault in (0..10).flat_map(|call| BAD.map(|fate| (call, fate))) {
        for first_end in 0..5 {
            for second_end in 0..4 {
                let world = World::new([fault]);
                let mut journal = MemoryJournal {
                    fail_at: Some(first_end),
                    ..Default::default()
                };
                let view = world.pay(&mut journal);
                journal.fail_at = Some(journal.syncs + second_end);
                let _ = world.run(&mut journal, |driver| driver.recover(&mut Unwatched));
                journal.fail_at = None;
                let context = (fault, first_end, second_end);
                let views = world
                    .run(&mut journal, |driver| driver.recover(&mut Unwatched))
                    .unwrap();
                assert!(journal.unfinished().unwrap().is_empty(), "{context:?}");
                let Some((payment, ..)) = journal.rows.first().cloned() else {
                    world.assert_settled(Standing::Refused, &context);
                    continue;
                };
                let standing = views.last().map_or_else(
                    || {
                        let entries = journal.entries(payment).unwrap();
                        Progress::replay(entries).unwrap().standing()
                    },
                    |view| view.standing,
                );
                world.assert_settled(standing, &context);
                if let Ok(view) = view {
                    // What was called paid stays paid.
                    assert!(view.standing != Standing::Paid || standing == Standing::Paid);
                }
            }
        }
    }
}

/// A wallet that cannot be asked, or may not be asked twice, leads to a person and never to a guess.
#[test]
fn what_cannot_be_asked_goes_to_a_person() {
    for (may_repeat, can_find) in [(false, false), (false, true), (true, false)] {
        for fate in [Fate::RequestLost, Fate::ReplyLost, Fate::Late] {
            // Calls: lock, order, payable, number, reserve.
            let world = World::new([(4, fate)]);
            world.books().may_repeat = may_repeat;
            world.books().can_find = can_find;
            let mut journal = MemoryJournal::default();
            let view = world.pay(&mut journal).unwrap();
            let settled = may_repeat || (can_find && fate != Fate::RequestLost);
            let expected = if settled {
                Standing::Paid
            } else {
                Standing::NeedsManager
            };
            assert_eq!(view.standing, expected, "{may_repeat} {can_find} {fate:?}");
            if settled {
                world.assert_settled(view.standing, &fate);
            } else {
                assert_eq!(view.legs[0].state, LegState::Asking);
                assert!(!world.books().order.paid);
            }
        }
    }
}

#[test]
fn the_order_must_be_the_one_that_was_seen() {
    let check = |change: &dyn Fn(&mut Books), reason: Reason| {
        let world = World::new([]);
        change(&mut world.books());
        let mut journal = MemoryJournal::default();
        let view = world.pay(&mut journal).unwrap();
        assert_eq!(view.standing, Standing::Refused);
        assert_eq!(view.problem.unwrap().reason, reason);
        assert!(
            view.legs
                .iter()
                .all(|leg| leg.state == LegState::NotCharged)
        );
        assert!(
            world.books().operations.is_empty(),
            "money moved for {reason}"
        );
    };
    check(
        &|books| books.order.unpaid = Money::from_kopecks(1_001),
        Reason::OrderChanged,
    );
    check(
        &|books| books.order.lines[0].quantity = Quantity::from_thousandths(1),
        Reason::OrderChanged,
    );
    check(&Books::close_order, Reason::OrderPaidElsewhere);
    check(&|books| books.order.deleted = true, Reason::OrderClosed);
    check(
        &|books| books.locked_by = Some("касса 2".into()),
        Reason::OrderLocked,
    );
    // Paid and still under the other till's lock: that it is paid says more, a change does not.
    let paid_and_held = |books: &mut Books| {
        books.locked_by = Some("касса 2".into());
        books.close_order();
    };
    check(&paid_and_held, Reason::OrderPaidElsewhere);
    let changed_and_held = |books: &mut Books| {
        books.locked_by = Some("касса 2".into());
        books.order.lines[0].quantity = Quantity::from_thousandths(1);
    };
    check(&changed_and_held, Reason::OrderLocked);
    // One word is enough for a closed order.
    check(&|books| books.order.paid = true, Reason::OrderPaidElsewhere);
    check(
        &|books| books.order.finished = true,
        Reason::OrderPaidElsewhere,
    );
    // Of another refusal too the order itself says better why, where it does.
    check(
        &|books| {
            books.unlockable = Some(Reason::ServerRefused);
            books.close_order();
        },
        Reason::OrderPaidElsewhere,
    );
    check(
        &|books| books.unlockable = Some(Reason::AccessDenied),
        Reason::AccessDenied,
    );
    // A comment changes the version and nothing of the bill.
    let world = World::new([]);
    world.books().order.version = 9;
    assert_eq!(
        world.pay(&mut MemoryJournal::default()).unwrap().standing,
        Standing::Paid
    );
}

/// While r_keeper is asked, the order is paid in cash.
struct Rival<'w>(&'w World);
impl Watcher for Rival<'_> {
    fn show(&mut self, view: &PaymentView) {
        if view.step == crate::payment::view::Step::AskingRkeeper {
            self.0.books().paid_by(PosPayment {
                amount: Money::from_kopecks(1_000),
                ext_info: None,
                prepayment: false,
                check_num: Some("78".into()),
                currency: Some("1".into()),
                card_code: None,
                line_guid: None,
                begun: false,
            });
        }
    }
    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn another_till_is_faster_after_the_debit() {
    // The payment is lost on its way.
    let world = World::new([(5, Fate::RequestLost)]);
    let mut journal = MemoryJournal::default();
    let request = request();
    let view = world
        .run(&mut journal, |driver| {
            driver.pay(&request, &mut Rival(&world))
        })
        .unwrap();
    assert_eq!(view.standing, Standing::Refused);
    assert_eq!(view.problem.unwrap().reason, Reason::OrderPaidElsewhere);
    assert!(view.legs.iter().all(|leg| leg.state == LegState::GivenBack));
    assert_eq!(world.books().taken(), 0);
    assert_eq!(
        Progress::replay(journal.entries(view.id).unwrap())
            .unwrap()
            .record()
            .bookings
            .len(),
        2
    );
}

#[test]
fn cancelling_before_the_payment_gives_everything_back() {
    struct Impatient(crate::payment::view::Step, bool);
    impl Watcher for Impatient {
        fn show(&mut self, view: &PaymentView) {
            self.1 |= view.step == self.0;
        }
        fn cancelled(&self) -> bool {
            self.1
        }
    }
    use crate::payment::view::Step;
    for (step, standing) in [
        (Step::CheckingOrder, Standing::Refused),
        (Step::Debiting, Standing::Refused),
        (Step::Paying, Standing::Refused),
        (Step::AskingRkeeper, Standing::Paid),
    ] {
        let world = World::new([]);
        let request = request();
        let mut journal = MemoryJournal::default();
        let mut watcher = Impatient(step, false);
        let view = world
            .run(&mut journal, |driver| driver.pay(&request, &mut watcher))
            .unwrap();
        assert_eq!(view.standing, standing, "{step:?}");
        if standing == Standing::Refused {
            assert_eq!(view.problem.unwrap().reason, Reason::Cancelled);
        }
        world.assert_settled(standing, &step);
    }
}

#[test]
fn a_second_payment_of_an_open_order_is_refused() {
    let everything_lost = (5..60).map(|call| (call, Fate::RequestLost));
    let world = World::new(everything_lost);
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    assert_eq!(view.standing, Standing::Unknown);
    let Err(DriveError::NotStarted(problem)) = world.pay(&mut journal) else {
        panic!("the order has an open payment");
    };
    assert_eq!(problem.reason, Reason::PaymentOpen);
    world.books().fates.clear();
    let views = world
        .run(&mut journal, |driver| driver.recover(&mut Unwatched))
        .unwrap();
    assert_eq!(
        views[0].standing,
        Standing::Paid,
        "the guest stands there no more, the order was open"
    );
    world.assert_settled(Standing::Paid, &"recovered");
    assert!(
        world
            .run(&mut journal, |driver| driver.recover(&mut Unwatched))
            .unwrap()
            .is_empty()
    );
}

/// «The id was used before» comes back as an unknown outcome: the first copy may have used it.
fn reused_means_unknown(reply: Reply<()>) -> Reply<()> {
    match reply {
        Reply::Refused(problem) if problem.reason == Reason::ServerRefused => {
            Reply::Unknown(problem)
        }
        other => other,
    }
}

#[test]
fn a_number_that_another_till_used_moves_nothing() {
    let world = World::new([]);
    world.books().used_names = vec!["101".into()];
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    assert_eq!(view.standing, Standing::Refused);
    assert_eq!(view.problem.unwrap().reason, Reason::NumberTaken);
    world.assert_settled(Standing::Refused, &"the debit's number");
    // The next try has another number.
    assert_eq!(world.pay(&mut journal).unwrap().standing, Standing::Paid);
    // The number of the return is taken: the money comes back under the next one.
    let world = World::new([(5, Fate::RequestLost)]);
    world.books().used_names = vec!["102".into()];
    let request = request();
    let view = world
        .run(&mut journal, |driver| {
            driver.pay(&request, &mut Rival(&world))
        })
        .unwrap();
    assert_eq!(view.standing, Standing::Refused);
    assert!(view.legs.iter().all(|leg| leg.state == LegState::GivenBack));
    assert_eq!(world.books().taken(), 0);
}

#[test]
fn a_journal_that_cannot_be_written_lets_nothing_out() {
    let world = World::new([]);
    let mut journal = MemoryJournal {
        fail_at: Some(0),
        ..Default::default()
    };
    assert!(matches!(
        world.pay(&mut journal),
        Err(DriveError::Journal(_))
    ));
    assert_eq!(world.books().calls, 0);
}

#[test]
fn a_servers_words_never_carry_a_uid() {
    let world = World::new([]);
    world.books().locked_by = Some("карта 61366822 занята".into());
    let view = world.pay(&mut MemoryJournal::default()).unwrap();
    assert_eq!(view.problem.unwrap().detail, "карта …6822 занята");
}

fn settle(world: &World, journal: &mut MemoryJournal, view: PaymentView) -> PaymentView {
    if view.standing.is_rest() {
        return view;
    }
    world.books().fates.clear();
    world
        .run(journal, |driver| driver.resume(view.id, &mut Unwatched))
        .expect("recovery")
}
