//! An r_keeper order: what was eaten, what it costs, what is still to be paid, and whether cards may
//! pay it.

mod due;
mod halls;
mod hindrance;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::{Money, Quantity, Uid};
pub use due::{LineDue, SERVICE_LINE};
pub use halls::Halls;
pub use hindrance::Hindrance;

/// r_keeper's GUID of an order: upper case in braces, `{8C9E446E-…}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderGuid(pub String);

impl fmt::Display for OrderGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A row of the list of open orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderSummary {
    /// Names the order in every request.
    pub guid: OrderGuid,
    /// As the waiters see it: «*/1».
    pub name: String,
    /// Table, where one is set.
    pub table: Option<String>,
    /// r_keeper's own id of that table, where it says so: names repeat from hall to hall ([`Halls`]).
    pub table_id: Option<String>,
    /// Waiter's name.
    pub waiter: Option<String>,
    /// What the whole order costs.
    pub total: Money,
    /// What is still to be paid.
    pub unpaid: Money,
    /// Promised by another program or terminal and not paid yet (`promisedSum`).
    pub promised: Money,
    /// A receipt of it failed on its way (`receiptError`).
    pub receipt_failed: bool,
    /// Station and person that hold it open, where somebody does.
    pub locked_by: Option<String>,
    /// Local time of the till.
    pub opened_at: Option<DateTime>,
}

/// One order as `GetOrder` shows it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "r_keeper's own flags, each as it says them"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Names the order in every request.
    pub guid: OrderGuid,
    /// As the waiters see it.
    pub name: String,
    /// Table, where one is set.
    pub table: Option<String>,
    /// r_keeper's own id of that table, where it says so; see [`OrderSummary::table_id`].
    #[serde(default)]
    pub table_id: Option<String>,
    /// Waiter's name.
    pub waiter: Option<String>,
    /// Where it was opened.
    pub station: Option<String>,
    /// Local time of the till.
    pub opened_at: Option<DateTime>,
    /// Counts changes; the order paid must be the order seen.
    pub version: i64,
    /// What the whole order costs, discounts and surcharges included.
    pub total: Money,
    /// What is still to be paid (`unpaidSum`).
    pub unpaid: Money,
    /// Discounts and surcharges as r_keeper sums them (`discountSum`); discounts are below zero.
    pub discount: Money,
    /// Paid before (`prepaySum`).
    pub prepaid: Money,
    /// Promised by another program or terminal and not paid yet (`promisedSum`): no money.
    pub promised: Money,
    /// How many guests sit at it.
    pub guests: u32,
    /// Station and person that hold it open, where somebody does; it may be this program.
    pub locked_by: Option<String>,
    /// A receipt of it failed on its way: r_keeper says so (`receiptError`), or shows one that has
    /// payments and is neither printed nor deleted.
    pub receipt_failed: bool,
    /// Everything is paid.
    pub paid: bool,
    /// Closed.
    pub finished: bool,
    /// All dishes removed.
    pub deleted: bool,
    /// Dishes, without removed ones.
    pub lines: Vec<Line>,
    /// Discounts and surcharges on the whole order or on a receipt of it, without removed ones.
    pub discounts: Vec<Discount>,
    /// Pre-bills and receipts, without deleted ones.
    pub receipts: Vec<PosReceipt>,
    /// Payments and prepayments that r_keeper shows, without removed ones.
    pub payments: Vec<PosPayment>,
    /// Payments of a receipt of intent that is not finished: no money yet. They become payments when
    /// somebody finishes the order, and are gone when the receipt is taken back.
    #[serde(default)]
    pub intended: Vec<PosPayment>,
    /// What r_keeper says of paying the order as it stands, where it was asked (`CalcOrder3`).
    pub calculated: Option<Calculated>,
}

/// One dish of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// r_keeper's id of the line (`line_guid`, or `uni` where none is given); empty where r_keeper
    /// gives neither.
    pub id: String,
    /// Menu code: «2470»; empty where r_keeper gives none.
    pub code: String,
    /// Dish name, cleaned.
    pub name: String,
    /// How much is left of it: below zero for what is taken back from the guest.
    pub quantity: Quantity,
    /// How much was ordered before some of it was voided (`srcQuantity`).
    pub ordered: Quantity,
    /// The guest that it is for, counted from one; zero: the whole table.
    pub seat: u32,
    /// Price of one unit from the price list.
    pub base_price: Money,
    /// What the line costs as r_keeper says (`amount`), modifiers included.
    pub amount: Money,
    /// What was asked for with it.
    pub modifiers: Vec<Modifier>,
    /// What a combo is made of; costs nothing by itself.
    pub components: Vec<Component>,
    /// Discounts and surcharges on this line alone, without removed ones.
    pub discounts: Vec<Discount>,
    /// The groups of the menu that hold the dish, innermost first: each with name, code and id.
    /// `None`: not known, since nobody asked for them or they could not be read.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
}

/// A modifier of a dish: «без лука», «двойной сыр».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modifier {
    /// Name, cleaned.
    pub name: String,
    /// Plain count, not multiplied by the dish's quantity.
    pub count: u32,
    /// Price of one.
    pub price: Money,
}

/// A dish within a combo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Name, cleaned.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
}

/// A discount or surcharge as r_keeper has applied it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Name, cleaned.
    pub name: String,
    /// What it changes the sum by (`discountSum`): below zero for a discount.
    pub sum: Money,
}

/// A pre-bill or receipt of an order. An order that is split has several, one for each seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PosReceipt {
    /// How far it is.
    pub stage: ReceiptStage,
    /// `CheckNum`, where r_keeper tells it.
    pub check_num: Option<String>,
    /// The guest that it is for, counted from one; zero: all.
    pub seat: u32,
    /// What it is about.
    pub amount: Money,
}

/// How far a receipt is (`state`, `bill`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptStage {
    /// Shown to the guest, not paid.
    PreBill,
    /// Paid and printed.
    Printed,
    /// A receipt of intent (`intentReceiptStage`): printed before the payment, and not paid by itself.
    Intent,
    /// It has payments, and is not printed.
    Failed,
    /// Anything else.
    Draft,
}

/// r_keeper's own calculation of what is to be paid (`CalcOrder3`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calculated {
    /// What is still to be paid, promises considered.
    pub unpaid: Money,
    /// Why none of this till's currencies may pay the order, in r_keeper's words; `None`: one may.
    pub no_currency: Option<String>,
}

/// A payment or prepayment on an order, as r_keeper shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PosPayment {
    /// Sum taken.
    pub amount: Money,
    /// Our marker where it is ours (`extTransactionInfo`).
    pub ext_info: Option<String>,
    /// A prepayment, not a payment of the closed receipt.
    pub prepayment: bool,
    /// Receipt it belongs to (`CheckNum`), where there is one.
    pub check_num: Option<String>,
    /// Code of the currency it was paid in.
    pub currency: Option<String>,
    /// The card that r_keeper shows with it (`cardCode`), where it looks like a UID.
    pub card_code: Option<Uid>,
    /// r_keeper's name of the line (`line_guid`).
    pub line_guid: Option<String>,
    /// Begun and not finished (`TransactionStatus`): no money yet.
    pub begun: bool,
}

impl Order {
    /// Paid, closed without a payment, or removed: nothing can be paid on it any more.
    pub const fn is_closed(&self) -> bool {
        self.paid || self.finished || self.deleted
    }
}
