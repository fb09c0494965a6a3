//! The sums of an order.

use uuid::Uuid;

use crate::domain::{Money, Quantity};
use crate::sim::genesis::braced;
use crate::sim::world::{Discount, DiscountSize, Dish, Order, Payment};

/// What an order costs and what of it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct Sums {
    /// `orderSum`: dishes with discounts and surcharges.
    pub total: Money,
    /// `discountSum`: below zero for discounts.
    pub discount: Money,
    /// `prepaySum`.
    pub prepaid: Money,
    /// `unpaidSum`.
    pub unpaid: Money,
    /// `promisedSum`.
    pub promised: Money,
}

impl Sums {
    /// What `PayOrder` takes, and `CalcOrder3` shows as `unpaidSum`: promises are counted on.
    pub fn to_pay(self) -> Option<Money> {
        if self.unpaid.is_zero() {
            Some(self.unpaid)
        } else {
            self.unpaid.checked_sub(self.promised)
        }
    }
}

impl Dish {
    /// Price × quantity, half a kopeck upward, and the modifiers; nothing where it was taken away.
    pub fn amount(&self) -> Option<Money> {
        if self.extras.removed {
            return Some(Money::ZERO);
        }
        let dish = times(self.price, self.quantity)?;
        let modifiers = self.modifiers.iter().map(|modifier| {
            let kopecks = modifier.price.kopecks().checked_mul(modifier.count)?;
            Some(Money::from_kopecks(kopecks))
        });
        modifiers
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .try_fold(dish, Money::checked_add)
    }
}

impl Dish {
    /// What the discounts on it alone change it by.
    pub fn own_discount(&self) -> Option<Money> {
        let amount = self.amount()?;
        let sums = self.extras.discounts.iter().map(|own| own.sum(amount));
        Money::total(sums.collect::<Option<Vec<_>>>()?)
    }

    /// What it costs with those.
    fn net(&self) -> Option<Money> {
        self.amount()?.checked_add(self.own_discount()?)
    }

    /// Before some of it was taken away.
    pub fn ordered(&self) -> Quantity {
        let left = self.quantity.thousandths();
        Quantity::from_thousandths(left.saturating_add(self.extras.voided.thousandths()))
    }
}

/// A price times a quantity, half a kopeck upward.
fn times(price: Money, quantity: Quantity) -> Option<Money> {
    let exact = price.kopecks().checked_mul(quantity.thousandths())?;
    Some(Money::from_kopecks(
        exact.checked_add(500)?.div_euclid(1_000),
    ))
}

impl Discount {
    /// `discountSum`, given what the dishes cost.
    pub fn sum(&self, dishes: Money) -> Option<Money> {
        match self.size {
            DiscountSize::Sum(sum) => Some(sum),
            DiscountSize::Percent(percent) => {
                // Rounded toward zero: never more discount than promised.
                let exact = dishes.kopecks().checked_mul(percent)?;
                Some(Money::from_kopecks(exact.checked_div(100)?))
            }
        }
    }
}

impl Order {
    /// All sums; `None` if they are too large.
    pub fn sums(&self) -> Option<Sums> {
        let own = self.dishes.iter().map(Dish::own_discount);
        let own = Money::total(own.collect::<Option<Vec<_>>>()?)?;
        let whole = Money::total(self.whole_discounts()?)?;
        let total = self
            .dishes_sum()?
            .checked_add(whole)?
            .checked_add(self.hurdles.off)?;
        let prepaid = paid(&self.prepayments)?;
        let meant = self.hurdles.intent.iter().flat_map(|own| &own.payments);
        let promises = self.hurdles.promised.iter().chain(meant);
        let promises = promises.map(|payment| payment.amount);
        let is_meant = self.hurdles.intended || self.hurdles.intent.is_some();
        let unpaid = if self.receipt.is_some() || is_meant {
            Money::ZERO
        } else {
            total.checked_sub(prepaid)?
        };
        Some(Sums {
            total,
            discount: own.checked_add(whole)?,
            prepaid,
            unpaid,
            promised: Money::total(promises)?,
        })
    }

    /// What the dishes cost before discounts on the whole order.
    pub fn dishes_sum(&self) -> Option<Money> {
        let amounts = self.dishes.iter().map(Dish::net);
        Money::total(amounts.collect::<Option<Vec<_>>>()?)
    }

    fn whole_discounts(&self) -> Option<Vec<Money>> {
        let dishes = self.dishes_sum()?;
        let discounts = self.discounts.iter();
        discounts.map(|discount| discount.sum(dishes)).collect()
    }

    /// What is still due of each dish: discounts spread in proportion, prepayments cover the
    /// dishes in their order. Surcharges stand after the dishes, as one.
    pub fn dues(&self) -> Option<Vec<Money>> {
        let sums = self.sums()?;
        let mut dues = self
            .dishes
            .iter()
            .map(Dish::net)
            .collect::<Option<Vec<_>>>()?;
        let (off, on): (Vec<_>, Vec<_>) = self
            .whole_discounts()?
            .into_iter()
            .partition(|sum| sum.is_negative());
        let weights: Vec<i64> = dues.iter().map(|due| due.kopecks()).collect();
        let shares = Money::total(off)?.in_proportion(&weights)?;
        for (due, share) in dues.iter_mut().zip(shares) {
            *due = due.checked_add(share)?;
        }
        dues.push(Money::total(on)?);
        let mut covered = sums.total.checked_sub(sums.unpaid)?;
        for due in &mut dues {
            let part = covered.min(*due);
            *due = due.checked_sub(part)?;
            covered = covered.checked_sub(part)?;
        }
        Some(dues)
    }

    /// Writes a prepayment down; the line that was made.
    pub fn add_prepayment(&mut self, payment: Payment) -> Payment {
        let uni = self.next_uni();
        let line = Payment {
            uni,
            line_guid: self.line_guid(uni),
            ..payment
        };
        self.prepayments.push(line.clone());
        line
    }

    /// Closed, paid or not.
    pub fn is_closed(&self) -> bool {
        self.receipt.is_some() || self.dropped
    }

    /// The next `uni`.
    pub fn next_uni(&mut self) -> i64 {
        self.last_uni += 1;
        self.last_uni
    }

    /// `line_guid` of a part of this order.
    pub fn line_guid(&self, uni: i64) -> String {
        let own = Uuid::try_parse(&self.guid).unwrap_or_default();
        braced(Uuid::from_u128(
            own.as_u128() ^ (u128::from(uni.unsigned_abs()) << 64),
        ))
    }

    /// `crc32`: some number that changes with the order.
    pub fn crc32(&self) -> i32 {
        let mut crc = u32::MAX;
        for byte in format!("{}/{}", self.guid, self.version).bytes() {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 {
                    (crc >> 1) ^ 0xEDB8_8320
                } else {
                    crc >> 1
                };
            }
        }
        (!crc).cast_signed()
    }
}

/// Sum of the payments that are money.
pub(in crate::sim) fn paid(payments: &[Payment]) -> Option<Money> {
    let money = payments.iter().filter(|payment| payment.is_money());
    Money::total(money.map(|payment| payment.amount))
}
