//! The simulated r_keeper: orders, payments, locks, and cashiers who do what they like.

use std::time::Duration;

use super::books::{Books, Refusal, Write, sums, words};
use crate::domain::{Line, Money, Order, OrderGuid, PosPayment, Quantity, Uid};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::PaymentId;

/// How long a lock lasts.
pub(super) const LOCK: Duration = Duration::from_mins(1);
/// Currency of ours, and of cash.
pub(super) const OURS: &str = "11";
const CASH: &str = "1";

#[derive(Clone, Debug)]
pub(super) struct Lock {
    pub(super) id: String,
    pub(super) until: Duration,
}

/// A line of money on an order.
#[derive(Clone, Debug)]
pub(super) struct Paid {
    /// `None`: cash.
    pub(super) payment: Option<PaymentId>,
    pub(super) leg: usize,
    pub(super) amount: i64,
    pub(super) prepaid: bool,
    pub(super) begun: bool,
    /// Of a receipt of intent.
    pub(super) meant: bool,
    pub(super) line: Option<String>,
    pub(super) card: Option<Uid>,
}

impl Paid {
    pub(super) const fn is_money(&self) -> bool {
        !self.begun && !self.meant
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Bill {
    pub(super) dishes: Vec<i64>,
    pub(super) version: i64,
    pub(super) paid: Vec<Paid>,
    pub(super) closed: bool,
    pub(super) deleted: bool,
    pub(super) lock: Option<Lock>,
}

impl Bill {
    pub(super) fn total(&self) -> i64 {
        self.dishes.iter().sum()
    }

    pub(super) fn covered(&self) -> i64 {
        let real = self.paid.iter().filter(|paid| paid.is_money());
        real.map(|paid| paid.amount).sum()
    }

    pub(super) fn unpaid(&self) -> i64 {
        if self.is_open() && !self.is_meant() {
            self.total() - self.covered()
        } else {
            0
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        !self.closed && !self.deleted
    }

    /// It has a receipt of intent, whoever's.
    pub(super) fn is_meant(&self) -> bool {
        self.paid.iter().any(|paid| paid.meant)
    }

    /// What of it is a payment's.
    pub(super) fn meant(&self, payment: PaymentId) -> i64 {
        let ours = self.paid.iter();
        ours.filter(|paid| paid.meant && paid.payment == Some(payment))
            .map(|paid| paid.amount)
            .sum()
    }

    /// The line that was begun last for a payment.
    pub(super) fn begun(&self, payment: PaymentId) -> Option<String> {
        let mut begun = self.paid.iter().rev();
        begun
            .find(|paid| paid.begun && paid.payment == Some(payment))
            .and_then(|paid| paid.line.clone())
    }

    pub(super) fn of(&self, payment: PaymentId) -> i64 {
        let ours = self.paid.iter();
        ours.filter(|paid| paid.payment == Some(payment) && paid.is_money())
            .map(|paid| paid.amount)
            .sum()
    }
}

pub(super) fn guid(order: usize) -> OrderGuid {
    OrderGuid(format!("{{{order}}}"))
}

pub(super) fn number(guid: &OrderGuid) -> usize {
    guid.0
        .trim_matches(|c| c == '{' || c == '}')
        .parse()
        .unwrap()
}

fn no(reason: Reason) -> Refusal {
    Refusal::No(Problem::of(Server::Rkeeper, reason, ""))
}

impl Books {
    pub(super) fn shown_order(&self, number: usize) -> Order {
        let bill = &self.orders[number];
        let line = |(index, &amount): (usize, &i64)| Line {
            id: index.to_string(),
            code: index.to_string(),
            name: format!("блюдо {index}"),
            quantity: Quantity::ONE,
            base_price: Money::from_kopecks(amount),
            amount: Money::from_kopecks(amount),
            modifiers: vec![],
            ..Line::default()
        };
        let marks = self.kind.marks;
        let payment = |paid: &Paid| PosPayment {
            amount: Money::from_kopecks(paid.amount),
            ext_info: paid
                .payment
                .filter(|_| marks || paid.begun)
                .map(|payment| format!("{payment}/{}", paid.leg)),
            prepayment: paid.prepaid,
            check_num: Some("77".into()),
            currency: Some(if paid.payment.is_some() { OURS } else { CASH }.into()),
            card_code: paid.card.clone(),
            line_guid: paid.line.clone(),
            begun: paid.begun,
        };
        let prepaid = bill.paid.iter().filter(|paid| paid.prepaid && !paid.begun);
        let (meant, paid): (Vec<_>, Vec<_>) = bill.paid.iter().partition(|paid| paid.meant);
        Order {
            guid: guid(number),
            name: format!("{number}"),
            table: None,
            waiter: None,
            station: None,
            opened_at: None,
            version: bill.version,
            total: Money::from_kopecks(bill.total()),
            unpaid: Money::from_kopecks(bill.unpaid()),
            discount: Money::ZERO,
            prepaid: Money::from_kopecks(prepaid.map(|paid| paid.amount).sum()),
            paid: bill.closed,
            finished: bill.closed,
            deleted: bill.deleted,
            lines: bill.dishes.iter().enumerate().map(line).collect(),
            payments: paid.into_iter().map(payment).collect(),
            intended: meant.into_iter().map(payment).collect(),
            ..Order::default()
        }
    }

    pub(super) fn lock_order(&mut self, order: usize, id: &str) -> Result<(), Problem> {
        let now = self.time;
        let bill = &mut self.orders[order];
        if !bill.is_open() {
            return Err(Problem::of(Server::Rkeeper, Reason::OrderClosed, ""));
        }
        let held = bill.lock.as_ref();
        if held.is_some_and(|lock| lock.id != id && lock.until > now) {
            return Err(Problem::of(Server::Rkeeper, Reason::OrderLocked, "касса 2"));
        }
        bill.lock = Some(Lock {
            id: id.to_owned(),
            until: now + LOCK,
        });
        Ok(())
    }

    fn may_write(&self, order: usize, lock: &str) -> Result<(), Refusal> {
        let bill = &self.orders[order];
        if !bill.is_open() {
            return Err(no(Reason::OrderClosed));
        }
        let held = bill.lock.as_ref();
        if held.is_some_and(|held| held.id != lock && held.until > self.time) {
            return Err(no(Reason::OrderLocked));
        }
        Ok(())
    }

    /// `pay payment order lock how uid leg:sum …`, `how` being `close`, `add`, or a begun line.
    pub(super) fn pay(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let text = words(body);
        let payment: PaymentId = text[1].parse().unwrap();
        let order: usize = text[2].parse().unwrap();
        let how = text[4];
        let parts = sums(&text[6..]);
        self.may_write(order, text[3])?;
        let sum: i64 = parts.iter().map(|(_, sum)| sum).sum();
        let unpaid = self.orders[order].unpaid();
        let fits = if ["close", "mean"].contains(&how) {
            sum == unpaid && unpaid > 0
        } else {
            sum <= unpaid
        };
        if !fits {
            return Err(no(Reason::SumMismatch));
        }
        let bill = &mut self.orders[order];
        match how {
            "close" | "add" | "mean" => {
                let lines = parts.iter().map(|&(leg, amount)| Paid {
                    payment: Some(payment),
                    leg,
                    amount,
                    prepaid: how == "add",
                    begun: false,
                    meant: how == "mean",
                    line: None,
                    card: Uid::new(text[5]).ok(),
                });
                bill.paid.extend(lines);
                bill.closed = how == "close";
            }
            line => {
                let begun = bill
                    .paid
                    .iter_mut()
                    .find(|paid| paid.line.as_deref() == Some(line) && paid.begun);
                let Some(begun) = begun else {
                    return Err(no(Reason::OrderNotFound));
                };
                begun.begun = false;
                begun.amount = sum;
            }
        }
        bill.version += 1;
        if how != "mean" {
            self.paid(payment, sum);
        }
        Ok(())
    }

    /// What is meant becomes money, whoever's it is.
    pub(super) fn finish(&mut self, order: usize, lock: &str) -> Result<(), Refusal> {
        self.may_write(order, lock)?;
        if !self.orders[order].is_meant() {
            return Err(no(Reason::SumMismatch));
        }
        self.finish_at_till(order);
        Ok(())
    }

    fn finish_at_till(&mut self, order: usize) {
        let bill = &mut self.orders[order];
        bill.closed = true;
        bill.version += 1;
        let meant = bill.paid.iter_mut().filter(|paid| paid.meant);
        let finished: Vec<_> = meant
            .map(|paid| {
                paid.meant = false;
                (paid.payment, paid.amount)
            })
            .collect();
        for (payment, amount) in finished {
            if let Some(payment) = payment {
                self.paid(payment, amount);
            }
        }
    }

    /// Whatever receipt of intent there is goes.
    pub(super) fn take_back(&mut self, order: usize, lock: &str) -> Result<(), Refusal> {
        self.may_write(order, lock)?;
        self.take_back_at_till(order);
        Ok(())
    }

    fn take_back_at_till(&mut self, order: usize) {
        let bill = &mut self.orders[order];
        bill.paid.retain(|paid| !paid.meant);
        bill.version += 1;
    }

    /// Somebody at the till deals with a receipt of intent, one way or the other. Whether it was
    /// finished.
    pub(super) fn deal_with_meant(&mut self, order: usize) -> bool {
        let finishes = self.rng.chance(50);
        if finishes {
            self.finish_at_till(order);
        } else {
            self.take_back_at_till(order);
        }
        self.tell(|| format!("order {order}: the receipt of intent is finished: {finishes}"));
        finishes
    }

    pub(super) fn begin(
        &mut self,
        order: usize,
        payment: PaymentId,
        lock: &str,
        amount: i64,
    ) -> Result<(), Refusal> {
        self.may_write(order, lock)?;
        if amount > self.orders[order].unpaid() {
            return Err(no(Reason::SumMismatch));
        }
        let bill = &mut self.orders[order];
        let line = format!("L{}-{payment}", bill.paid.len());
        bill.paid.push(Paid {
            payment: Some(payment),
            leg: 1,
            amount,
            prepaid: true,
            begun: true,
            meant: false,
            line: Some(line),
            card: None,
        });
        Ok(())
    }

    /// `annul payment order`. A receipt is annulled, or prepayments removed; once, however often.
    pub(super) fn annul(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let text = words(body);
        let payment: PaymentId = text[1].parse().unwrap();
        let order: usize = text[2].parse().unwrap();
        self.pays_arrive(order);
        let bill = &mut self.orders[order];
        let sum = bill.of(payment);
        if sum == 0 {
            return Ok(());
        }
        let mut ours = bill
            .paid
            .iter()
            .filter(|paid| paid.payment == Some(payment));
        if ours.any(|paid| paid.prepaid) && bill.closed {
            return Err(no(Reason::OrderClosed));
        }
        bill.paid.retain(|paid| paid.payment != Some(payment));
        bill.closed = false;
        bill.version += 1;
        self.unpaid(payment, sum);
        Ok(())
    }

    /// A receipt is annulled minutes after it was paid at the earliest: what was under way for the
    /// order has arrived by then. Whether anything follows it later is not promised by anybody.
    pub(super) fn pays_arrive(&mut self, order: usize) {
        let of_order = |write: &Write| match write {
            Write::Pay(body) => words(body)[2].parse() == Ok(order),
            Write::Begin(of, ..) | Write::Finish(of, ..) | Write::TakeBack(of, ..) => *of == order,
            Write::Reserve(..) | Write::Confirm(_) | Write::Undo(..) | Write::Annul(_) => false,
        };
        while let Some(at) = self.late.iter().position(|late| of_order(&late.write)) {
            let late = self.late.remove(at);
            self.execute(&late.write).ok();
        }
    }

    /// The rest is paid in cash; the order is closed.
    pub(super) fn cash(&mut self, order: usize) {
        if !self.orders[order].is_open() {
            return;
        }
        if self.orders[order].is_meant() && self.deal_with_meant(order) {
            return;
        }
        let bill = &mut self.orders[order];
        let amount = bill.unpaid();
        bill.paid.retain(|paid| !paid.begun);
        if amount > 0 {
            bill.paid.push(Paid {
                payment: None,
                leg: 0,
                amount,
                prepaid: false,
                begun: false,
                meant: false,
                line: None,
                card: None,
            });
        }
        bill.closed = true;
        bill.version += 1;
        self.tell(|| format!("order {order} is paid in cash"));
    }

    /// The waiter adds a dish, takes one away, or only writes a comment.
    pub(super) fn change(&mut self, order: usize) {
        let price = self.rng.between(1, 50_000);
        let how = self.rng.below(3);
        let now = self.time;
        let bill = &mut self.orders[order];
        if !bill.is_open()
            || bill.is_meant()
            || bill.lock.as_ref().is_some_and(|lock| lock.until > now)
        {
            return;
        }
        match how {
            0 => bill.dishes.push(price),
            1 if bill.dishes.len() > 1 && bill.covered() <= bill.total() - bill.dishes[0] => {
                bill.dishes.remove(0);
            }
            _ => {}
        }
        bill.version += 1;
        self.tell(|| format!("order {order} is changed"));
    }

    /// All dishes are removed; money that is on it keeps an order from that.
    pub(super) fn delete(&mut self, order: usize) {
        let bill = &mut self.orders[order];
        if bill.is_open() && bill.covered() == 0 && !bill.is_meant() {
            bill.deleted = true;
            bill.paid.clear();
            self.tell(|| format!("order {order} is deleted"));
        }
    }
}
