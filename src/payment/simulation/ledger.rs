//! The oracle: what every payment really moved, in its own books, and what must hold of it. The
//! numbers are those of the project's list of invariants.

use std::collections::BTreeMap;

use super::books::{Books, Write, shown, sums, words};
use super::disk::Key;
use super::wallet::{Operation, Stage};
use crate::payment::ports::Reply;
use crate::payment::sale::PaymentId;
use crate::payment::state::Phase;

/// What one payment moved.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) till: usize,
    pub(super) order: usize,
    /// Account and sum, as the journal's intent has them.
    pub(super) legs: Vec<(usize, i64)>,
    pub(super) due: i64,
    /// By leg: debited or held, and given back.
    pub(super) taken: Vec<i64>,
    pub(super) returned: Vec<i64>,
    /// Executed debits.
    pub(super) debits: u32,
    /// The wallet was restored and forgot a debit.
    pub(super) forgot: bool,
    /// Paid in r_keeper by us, and undone again.
    pub(super) paid: i64,
    pub(super) undone: i64,
    /// Something between doubled a payment that adds.
    pub(super) doubled: bool,
    pub(super) refunded: bool,
    /// Why a person is needed, where one is.
    pub(super) person: Option<&'static str>,
}

impl Account {
    pub(super) fn net(&self) -> i64 {
        self.taken.iter().sum::<i64>() - self.returned.iter().sum::<i64>()
    }

    pub(super) const fn stands(&self) -> i64 {
        self.paid - self.undone
    }

    fn is_taken(&self) -> bool {
        let taken = self.taken.iter().zip(&self.returned);
        let net: Vec<i64> = taken.map(|(taken, back)| taken - back).collect();
        net.iter().eq(self.legs.iter().map(|(_, sum)| sum))
    }
}

/// What was sent under one name.
#[derive(Clone, Debug, Default)]
pub(super) struct Sendings {
    pub(super) body: Vec<u8>,
    pub(super) copies: u32,
    /// Rows that say that a copy is about to leave.
    pub(super) rows: u32,
    /// The last of them has no answer yet.
    pub(super) leaving: bool,
    /// Copies that were refused for good, and that surely never left, as the journal knows.
    pub(super) refused: u32,
    pub(super) not_done: u32,
}

/// Booked and held by account, as the operations say.
pub(super) fn moved(operations: &BTreeMap<String, Operation>) -> BTreeMap<usize, (i64, i64)> {
    let mut moved: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
    for operation in operations.values() {
        for &(account, sum) in &operation.parts {
            let (booked, held) = moved.entry(account).or_default();
            match (operation.stage, operation.debit) {
                (Stage::Booked, true) => *booked += sum,
                (Stage::Booked, false) => *booked -= sum,
                (Stage::Held(_), _) => *held += sum,
                (Stage::Voided | Stage::Refused | Stage::Tombstone | Stage::Others, _) => {}
            }
        }
    }
    moved
}

/// The same bytes go under one number of the licence; others go under another.
pub(super) fn pay_name(payment: &str, word: &str) -> String {
    format!("{word} {payment}")
}

/// The name that makes two copies the same request.
fn name_of(write: &Write) -> String {
    match write {
        Write::Reserve(name, _) | Write::Undo(name, _) => name.clone(),
        Write::Confirm(name) => format!("confirm {name}"),
        Write::Pay(body) => pay_name(words(body)[1], words(body)[0]),
        Write::Annul(body) => format!("annul {}", words(body)[1]),
        Write::Begin(_, payment, ..) => format!("begin {payment}"),
        Write::Finish(_, payment, _) => format!("finish {payment}"),
        Write::TakeBack(_, payment, _) => format!("take back {payment}"),
    }
}

impl Books {
    pub(super) fn taken(&mut self, payment: PaymentId, parts: &[(usize, i64)]) {
        let Some(account) = self.ledger.get_mut(&payment) else {
            return self.violated("I9", || {
                format!("{payment} moves money, and no row says so")
            });
        };
        if account.legs != parts {
            self.violated("I6", || format!("{payment} debits {parts:?}"));
            return;
        }
        for (taken, (_, sum)) in account.taken.iter_mut().zip(parts) {
            *taken += sum;
        }
        account.debits += 1;
        if account.debits > 1 {
            self.violated("I3", || format!("{payment} is debited twice"));
        }
    }

    /// The wallet lost it, as if it had never been.
    pub(super) fn forgotten(&mut self, payment: PaymentId) {
        if let Some(account) = self.ledger.get_mut(&payment) {
            account.taken.fill(0);
            account.debits = 0;
            account.forgot = true;
        }
    }

    pub(super) fn returned(&mut self, payment: PaymentId, parts: &[(usize, i64)]) {
        let Some(account) = self.ledger.get_mut(&payment) else {
            return;
        };
        for (of, sum) in parts {
            let leg = account.legs.iter().position(|(own, _)| own == of);
            let Some(leg) = leg else {
                self.violated("I6", || format!("{payment} gives back to account {of}"));
                return;
            };
            account.returned[leg] += sum;
        }
        let too_much = |(taken, back): (&i64, &i64)| back > taken;
        if account.taken.iter().zip(&account.returned).any(too_much) {
            self.violated("I8", || format!("{payment} gives back more than it took"));
        }
    }

    pub(super) fn paid(&mut self, payment: PaymentId, sum: i64) {
        let Some(account) = self.ledger.get_mut(&payment) else {
            return self.violated("I9", || format!("{payment} pays, and no row says so"));
        };
        account.paid += sum;
        if account.stands() > account.due && !account.doubled {
            self.violated("I4", || format!("{payment} pays twice in r_keeper"));
        }
    }

    pub(super) fn unpaid(&mut self, payment: PaymentId, sum: i64) {
        if let Some(account) = self.ledger.get_mut(&payment) {
            account.undone += sum;
        }
    }

    /// A request is about to leave a till.
    pub(super) fn leaves(&mut self, till: usize, write: &Write) {
        if self.programs[till].stopped {
            self.violated("I15", || {
                format!("leaves after a failed write: {}", shown(write))
            });
        }
        let name = name_of(write);
        let body = match write {
            Write::Reserve(_, body) | Write::Undo(_, body) | Write::Pay(body) => body.as_slice(),
            // An annulment names the receipt; another refund may ask for it again.
            Write::Annul(_)
            | Write::Confirm(_)
            | Write::Begin(..)
            | Write::Finish(..)
            | Write::TakeBack(..) => &[],
        };
        let sendings = self.sent.entry(name).or_default();
        if sendings.copies > 0 && sendings.body != body {
            self.violated("I16", || {
                format!("same name, other bytes: {}", shown(write))
            });
            return;
        }
        sendings.body = body.to_vec();
        let burned = sendings.refused > 0
            && sendings.refused + sendings.not_done + 1 == sendings.rows
            && !body.is_empty();
        sendings.copies += 1;
        if burned {
            self.violated("I17", || {
                format!("refused for good, sent again: {}", shown(write))
            });
        }
        self.is_written(till, write);
        self.number_leaves(till, write);
        match write {
            Write::Reserve(_, body) => self.one_name(body),
            Write::Undo(name, body) => self.may_give_back(till, name, body),
            Write::Pay(body) => self.may_pay(body),
            Write::Confirm(_)
            | Write::Annul(_)
            | Write::Begin(..)
            | Write::Finish(..)
            | Write::TakeBack(..) => {}
        }
    }

    pub(super) fn answered<T>(&mut self, write: &Write, reply: &Reply<T>) {
        if let (Write::Reserve(name, _) | Write::Undo(name, _), Reply::Done(_)) = (write, reply)
            && let Some(operation) = self.operations.get_mut(name)
        {
            operation.told = true;
        }
    }

    /// The journal has it: the name, the bytes, and that it is about to leave.
    fn is_written(&mut self, till: usize, write: &Write) {
        let disk = &self.programs[till].disk;
        let operation = |name: &str| self.operations.get(name).and_then(|known| known.payment);
        let payment = match write {
            Write::Reserve(_, body)
            | Write::Undo(_, body)
            | Write::Pay(body)
            | Write::Annul(body) => words(body)[1].parse().ok(),
            Write::Confirm(name) => operation(name),
            Write::Begin(_, payment, ..)
            | Write::Finish(_, payment, _)
            | Write::TakeBack(_, payment, _) => Some(*payment),
        };
        let written = payment.and_then(|payment| disk.written.get(&payment));
        let good = written.is_some_and(|written| {
            let has = |key: Key, body: &[u8]| {
                written.sending == Some(key)
                    && written.bodies.iter().any(|(k, b)| *k == key && b == body)
            };
            match write {
                Write::Reserve(name, body) => {
                    has(Key::Reserve, body) && written.names.contains(name)
                }
                Write::Undo(name, body) => {
                    let refund = written.sending.filter(|key| matches!(key, Key::Return(_)));
                    written.names.contains(name)
                        && (has(Key::Undo, body) || refund.is_some_and(|key| has(key, body)))
                }
                Write::Pay(body) => has(Key::Pay, body),
                Write::Annul(body) => {
                    let refund = written.sending.filter(|key| matches!(key, Key::Annul(_)));
                    refund.is_some_and(|key| has(key, body))
                }
                Write::Confirm(_) => written.sending == Some(Key::Confirm),
                // Of one body with what it finishes.
                Write::Finish(..) => written.bodies.iter().any(|(key, _)| *key == Key::Pay),
                Write::Begin(..) | Write::TakeBack(..) => true,
            }
        });
        if good {
            // Each copy needs a row of its own.
            if let Some(payment) = payment
                && let Some(written) = self.programs[till].disk.written.get_mut(&payment)
            {
                written.sending = None;
            }
        } else {
            self.violated("I9", || {
                format!("not written before it leaves: {}", shown(write))
            });
        }
    }

    /// A debit keeps its name: what is unknown is asked for, what is refused is over.
    fn one_name(&mut self, body: &[u8]) {
        let text = words(body);
        let (payment, name) = (text[1], text[2]);
        let other = self.sent.iter().any(|(other, sendings)| {
            other != name
                && sendings.body.starts_with(b"debit ")
                && words(&sendings.body)[1] == payment
        });
        if other {
            let name = name.to_owned();
            self.violated("I17", || format!("the debit is sent again as {name}"));
        }
    }

    fn may_give_back(&mut self, till: usize, name: &str, body: &[u8]) {
        let payment: PaymentId = words(body)[1].parse().unwrap();
        let Some(account) = self.ledger.get(&payment).cloned() else {
            return;
        };
        let bill = &self.orders[account.order];
        let progress = self.programs[till].disk.progress.get(&payment);
        let refund = progress.is_some_and(|progress| progress.phase.is_final());
        let already = self
            .operations
            .get(name)
            .is_some_and(|known| known.stage != Stage::Others);
        if !self.kind.holds && account.debits == 0 && !account.forgot && !already {
            self.violated("I8", || {
                format!("{payment} gives back what was never taken")
            });
            return;
        }
        if refund {
            return;
        }
        if bill.of(payment) > 0 {
            self.violated("I18", || format!("{payment} is paid, and money goes back"));
            return;
        }
        if bill.is_open() && bill.meant(payment) > 0 {
            self.violated("I18", || {
                format!("{payment} may be finished by anybody, and money goes back")
            });
            return;
        }
        let under_way = self.late.iter().any(|late| match &late.write {
            Write::Pay(body) => words(body)[1].parse() == Ok(payment),
            _ => false,
        });
        if under_way && self.orders[account.order].is_open() {
            self.violated("I18", || {
                format!("money of {payment} goes back while its payment is under way")
            });
        }
    }

    fn may_pay(&mut self, body: &[u8]) {
        let text = words(body);
        let payment: PaymentId = text[1].parse().unwrap();
        let Some(account) = self.ledger.get(&payment).cloned() else {
            return;
        };
        let offered: i64 = sums(&text[6..]).iter().map(|(_, sum)| sum).sum();
        if offered != account.due || account.legs.iter().any(|(_, sum)| *sum <= 0) {
            self.violated("I2", || format!("{payment} offers {offered}"));
        } else if !account.is_taken() {
            self.violated("I4", || format!("{payment} pays with money not taken"));
        }
    }

    /// What must hold after every event.
    pub(super) fn audit(&mut self) {
        if self.violation.is_some() {
            return;
        }
        if !self.accounts_agree() {
            return self.violated("I6", || "an account changed by nobody".to_owned());
        }
        let mut wrong = None;
        for (payment, account) in &self.ledger {
            let disk = &self.programs[account.till].disk;
            let Some(progress) = disk.progress.get(payment) else {
                continue;
            };
            wrong = wrong.or(match progress.phase {
                Phase::Aborted if account.stands() != 0 => Some((payment, "I4", "given up, paid")),
                Phase::Aborted if account.net() != 0 && self.kind.holds => {
                    Some((payment, "I5", "given up, and a hold is left"))
                }
                Phase::Aborted if account.net() != 0 => Some((payment, "I1", "given up, debited")),
                Phase::Done if !account.refunded && account.stands() != account.due => {
                    Some((payment, "I4", "done, and not paid in r_keeper"))
                }
                Phase::Done if !account.refunded && !account.is_taken() => {
                    Some((payment, "I1", "done, and not debited"))
                }
                _ if account.stands() > 0 && !account.refunded && !account.is_taken() => Some((
                    payment,
                    "I4",
                    "paid in r_keeper with money that is not taken",
                )),
                _ => None,
            });
        }
        if let Some((payment, invariant, what)) = wrong {
            let what = format!("{payment}: {what}");
            self.violated(invariant, || what);
        }
    }

    /// What must hold when everything rests.
    pub(super) fn audit_at_rest(&mut self) {
        self.audit();
        let kopecks = self.ledger.iter().find_map(|(payment, account)| {
            let (net, stands) = (account.net(), account.stands());
            (net != stands).then(|| format!("{payment}: Lime {net}, r_keeper {stands}"))
        });
        if let Some(what) = kopecks {
            return self.violated("I1", || what);
        }
        let held = self
            .operations
            .iter()
            .find(|(_, operation)| matches!(operation.stage, Stage::Held(_)));
        if let Some((name, _)) = held {
            let what = format!("hold {name} is left");
            return self.violated("I5", || what);
        }
        for number in 0..self.orders.len() {
            let of_order = |account: &&Account| account.order == number;
            let ours: i64 = self
                .ledger
                .values()
                .filter(of_order)
                .map(Account::net)
                .sum();
            let bill = &self.orders[number];
            let shown: i64 = bill
                .paid
                .iter()
                .filter(|paid| paid.payment.is_some() && paid.is_money())
                .map(|paid| paid.amount)
                .sum();
            if ours > bill.total() {
                return self.violated("I7", || format!("order {number}: {ours} taken"));
            }
            if ours != shown {
                return self.violated("I1", || format!("order {number}: {ours} ≠ {shown}"));
            }
        }
    }
}
