//! Whether cards may pay an order, and if not, why: decided from what r_keeper shows of it.

use serde::{Deserialize, Serialize};

use super::{Money, Order, OrderSummary, ReceiptStage};

/// Why cards cannot pay an order as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hindrance {
    /// It is paid.
    Paid,
    /// It is closed without having been paid.
    Finished,
    /// All its dishes were removed.
    Removed,
    /// Somebody holds it open: station and person, as far as r_keeper says.
    Locked(String),
    /// A receipt failed on its way. It must be deleted at the till first: its payments may or may
    /// not have been taken.
    ReceiptFailed {
        /// `CheckNum`, where r_keeper tells it.
        check_num: Option<String>,
    },
    /// A pre-bill with intended payments was made (7.25.04 and newer): so much is promised, nothing
    /// is unpaid, and the till finishes the order without another payment.
    Intended(Money),
    /// So much is promised by another program or terminal, and r_keeper wants another sum than the
    /// order shows.
    Promised(Money),
    /// It is split into several receipts; a payment of the whole cannot be told apart in them.
    SeveralReceipts(usize),
    /// More was given back to the guest than was sold.
    NegativeTotal(Money),
    /// It costs nothing: no dish has a price, or the discount is the whole of it.
    ZeroTotal,
    /// It is covered by what was paid before.
    NothingDue,
    /// r_keeper's own sums do not agree.
    SumsDisagree {
        /// What the lines with their discounts come to.
        lines: Money,
        /// What the order is said to cost.
        order: Money,
    },
    /// r_keeper calculates another sum to be paid than it shows.
    DueDiffers {
        /// `unpaidSum` of the order.
        shown: Money,
        /// `unpaidSum` of the calculation.
        calculated: Money,
    },
    /// A dish without a code or an id of its own: Lime could not be told what was paid. Its name.
    LineUnknown(String),
    /// None of this till's currencies may pay it, in r_keeper's words.
    NoCurrency(String),
}

impl OrderSummary {
    /// What of an order's hindrances the list shows already: a failed receipt, a lock, or that nothing
    /// is due. The order itself may show more.
    pub fn hindrance(&self) -> Option<Hindrance> {
        if self.receipt_failed {
            Some(Hindrance::ReceiptFailed { check_num: None })
        } else if let Some(who) = &self.locked_by {
            Some(Hindrance::Locked(who.clone()))
        } else {
            without_due(self.total, self.unpaid, self.promised)
        }
    }
}

impl Order {
    /// Why cards cannot pay it, whoever holds it: a lock is asked for when the payment begins, and
    /// may be our own.
    pub fn hindrance(&self) -> Option<Hindrance> {
        if self.deleted {
            return Some(Hindrance::Removed);
        }
        if self.paid {
            return Some(Hindrance::Paid);
        }
        if self.finished {
            return Some(Hindrance::Finished);
        }
        if self.receipt_failed {
            let failed = |stage| stage == ReceiptStage::Failed;
            let receipt = self.receipts.iter().find(|receipt| failed(receipt.stage));
            let check_num = receipt.and_then(|receipt| receipt.check_num.clone());
            return Some(Hindrance::ReceiptFailed { check_num });
        }
        if let Some(none) = without_due(self.total, self.unpaid, self.promised) {
            return Some(none);
        }
        let receipts = self.parts();
        if receipts > 1 {
            return Some(Hindrance::SeveralReceipts(receipts));
        }
        if let Err(hindrance) = self.lines_due() {
            return Some(hindrance);
        }
        let calculated = self.calculated.as_ref()?;
        if calculated.unpaid != self.unpaid {
            return Some(if self.promised.is_positive() {
                Hindrance::Promised(self.promised)
            } else {
                Hindrance::DueDiffers {
                    shown: self.unpaid,
                    calculated: calculated.unpaid,
                }
            });
        }
        calculated.no_currency.clone().map(Hindrance::NoCurrency)
    }

    /// The same, or who holds it now.
    pub fn hindrance_now(&self) -> Option<Hindrance> {
        let locked = || self.locked_by.clone().map(Hindrance::Locked);
        self.hindrance().or_else(locked)
    }

    /// In how many receipts the order is paid: one for each seat that has a pre-bill, one for what
    /// is paid already while something is not.
    fn parts(&self) -> usize {
        let pre_bills = self.receipts.iter().filter(|receipt| match receipt.stage {
            ReceiptStage::PreBill | ReceiptStage::Intent | ReceiptStage::Draft => true,
            ReceiptStage::Printed | ReceiptStage::Failed => false,
        });
        let mut seats: Vec<u32> = pre_bills.map(|receipt| receipt.seat).collect();
        seats.sort_unstable();
        seats.dedup();
        let printed = |stage| stage == ReceiptStage::Printed;
        let receipts = self.receipts.iter();
        let paid = receipts.filter(|receipt| printed(receipt.stage)).count();
        // What is paid already is one part, what is not yet is at least another.
        if paid > 0 {
            paid + seats.len().max(1)
        } else {
            seats.len()
        }
    }
}

/// Of an open order: why there is nothing to pay.
fn without_due(total: Money, unpaid: Money, promised: Money) -> Option<Hindrance> {
    if total.is_negative() {
        Some(Hindrance::NegativeTotal(total))
    } else if !unpaid.is_zero() {
        None
    } else if promised.is_positive() {
        Some(Hindrance::Intended(promised))
    } else if total.is_zero() {
        Some(Hindrance::ZeroTotal)
    } else {
        Some(Hindrance::NothingDue)
    }
}
