//! Everything the stand-ins know: plain data, stored whole after every change.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::fault::{FAULTS_MAX, Fault};
use super::gateway::ledger::Gateway;
use super::licence::Subscription;
use super::lime::tokens::Login;
use super::rkeeper::profile::Profile;
use crate::domain::{Money, Quantity};

/// Most violations that are kept; a client that makes more has been noticed.
const VIOLATIONS_MAX: usize = 10_000;

/// The whole world.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct World {
    pub site: Site,
    pub till: Till,
    pub resort: Resort,
    pub gateway: Gateway,
    /// How many requests arrived, by `lime.Method` and `rkeeper.Command`, faults included.
    pub requests: BTreeMap<String, u64>,
    /// What the real servers would ignore or dislike, as sentences.
    pub violations: Vec<String>,
    /// Ordered faults, in the order they are used up.
    pub faults: Vec<Fault>,
    /// How long every request takes.
    pub think_ms: u64,
}

/// Names that both servers share.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Site {
    pub installation_id: i64,
    pub installation: String,
    pub cash_desk_id: i64,
    pub cash_desk: String,
    pub service_point: String,
}

/// An element of an r_keeper reference: found by id, code or GUID, never by name.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RefItem {
    pub id: i64,
    pub code: String,
    pub guid: String,
    pub name: String,
    pub active: bool,
}

/// What r_keeper knows.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Till {
    pub user: String,
    pub password: String,
    pub server_name: String,
    pub restaurant: String,
    pub restaurant_code: String,
    pub started_at: DateTime,
    pub stations: Vec<RefItem>,
    pub employees: Vec<RefItem>,
    /// The employees with a manager's rights.
    pub managers: Vec<Manager>,
    /// Reasons to delete (`ORDERVOIDS`).
    pub void_reasons: Vec<VoidReason>,
    /// Reasons to take a prepayment (`DEPOSITCOLLECTREASONS`).
    pub prepay_reasons: Vec<RefItem>,
    /// What the site allows and its version of the server knows.
    pub abilities: Abilities,
    /// `None`: a lifetime licence.
    #[serde(default)]
    pub subscription: Option<Subscription>,
    /// Which r_keeper it is.
    #[serde(default)]
    pub profile: Profile,
    /// Orders on which the tail of another's operation was met already.
    #[serde(default)]
    pub tails_met: Vec<String>,
    pub currencies: Vec<RefItem>,
    /// The groups of the menu.
    #[serde(default)]
    pub groups: Vec<MenuGroup>,
    pub orders: Vec<Order>,
    /// Counts every change of any order (`lastversion`).
    pub list_version: i64,
    /// Counts every printed and every annulled receipt (`lastversion` of `GetReceiptList`).
    pub receipts_version: i64,
    pub next_check_num: i64,
}

/// A manager's password for the till; the code is that of an employee.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Manager {
    pub code: String,
    pub password: String,
}

/// A reason to delete, with the one flag that matters here.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct VoidReason {
    pub item: RefItem,
    /// `ImplOnCheckUndo`: may be given for annulling a receipt.
    pub on_check_undo: bool,
}

/// What differs from site to site.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, written as such in a scenario"
)]
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Abilities {
    /// A prepayment needs a reason.
    pub prepay_reason_required: bool,
    /// `TerminalAuthStart2` and its kin are known.
    pub terminal_auth: bool,
    /// `GetReceiptList` is known.
    pub receipt_list: bool,
    /// Receipts may be annulled over the interface.
    pub undo_receipt: bool,
    /// Programs may write orders: the site has the licence for it.
    pub write_licence: bool,
}

/// An order of r_keeper.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub guid: String,
    pub visit: i64,
    pub name: String,
    /// Counts the changes of this order.
    pub version: i64,
    pub table: RefItem,
    pub hall: String,
    pub trade_group: String,
    pub price_list: String,
    pub waiter: RefItem,
    pub station: RefItem,
    pub opened_at: DateTime,
    pub closed_at: Option<DateTime>,
    pub guests: u32,
    pub dishes: Vec<Dish>,
    pub discounts: Vec<Discount>,
    pub prepayments: Vec<Payment>,
    /// The receipt that closed it.
    pub receipt: Option<Receipt>,
    /// A receipt that failed on its way: its payments did not complete.
    #[serde(default)]
    pub failed: Option<Receipt>,
    /// Receipts that closed it once, oldest first.
    pub annulled: Vec<AnnulledReceipt>,
    pub lock: Option<Lock>,
    /// What stands in the way of paying it.
    pub hurdles: Hurdles,
    /// Closed without being paid.
    pub dropped: bool,
    /// Last `uni` given to a part of this order.
    pub last_uni: i64,
}

/// A dish of an order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Dish {
    pub uni: i64,
    pub code: i64,
    pub name: String,
    pub price: Money,
    /// What is left of it; below zero for what is taken back from the guest.
    pub quantity: Quantity,
    pub modifiers: Vec<Modifier>,
    /// What only some dishes have.
    pub extras: Extras,
}

/// What only some dishes have.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Extras {
    /// The guest that it is for, counted from one; zero: the whole table.
    pub seat: u32,
    /// Taken away of it before it was served.
    pub voided: Quantity,
    /// Taken away whole: shown, and costs nothing.
    pub removed: bool,
    /// The server does not tell its code.
    pub nameless: bool,
    /// Discounts and surcharges on it alone.
    pub discounts: Vec<Discount>,
    /// A combo's parts.
    pub components: Vec<Component>,
}

/// A dish within a combo.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Component {
    pub code: i64,
    pub name: String,
    pub quantity: Quantity,
}

/// What stands in the way of paying an order.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Hurdles {
    /// Payments that another program or terminal promised.
    pub promised: Vec<Payment>,
    /// A pre-bill with intended payments was made: the promises are for the whole.
    pub intended: bool,
    /// A receipt of intent: what it has is meant, and not paid.
    #[serde(default)]
    pub intent: Option<Receipt>,
    /// Seats whose pre-bill was printed.
    pub bills: Vec<u32>,
    /// By how much the order's sum is another than its lines say.
    pub off: Money,
}

/// A modifier of a dish; its count is not multiplied by the dish's quantity.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Modifier {
    pub code: i64,
    pub name: String,
    pub count: i64,
    pub price: Money,
}

/// A discount (below zero) or surcharge (above zero) on the whole order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Discount {
    pub uni: i64,
    pub code: String,
    pub name: String,
    pub size: DiscountSize,
}

/// How large a discount is.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum DiscountSize {
    /// Whole percent of the dishes' sum.
    Percent(i64),
    Sum(Money),
}

/// A payment or prepayment on an order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Payment {
    pub uni: i64,
    pub line_guid: String,
    pub currency: RefItem,
    pub amount: Money,
    pub card_code: String,
    pub ext_info: String,
    pub stage: Stage,
    /// Taken back; the line stays to be seen.
    pub deleted: bool,
    /// `transactionID` of the terminal; empty without one.
    pub transaction_id: String,
    /// `authCode` of the terminal; empty without one.
    pub auth_code: String,
    /// Why a prepayment was taken.
    pub reason: Option<RefItem>,
}

/// How far a payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// An authorisation that was started: not money yet.
    Started,
    /// Money.
    Paid,
}

impl Stage {
    /// `TransactionStatus`.
    pub const fn number(self) -> i64 {
        match self {
            Self::Started => 1,
            Self::Paid => 4,
        }
    }
}

impl Payment {
    /// A payment that is not yet written on an order.
    pub fn of(currency: RefItem, amount: Money) -> Self {
        Self {
            uni: 0,
            line_guid: String::new(),
            currency,
            amount,
            card_code: String::new(),
            ext_info: String::new(),
            stage: Stage::Paid,
            deleted: false,
            transaction_id: String::new(),
            auth_code: String::new(),
            reason: None,
        }
    }

    /// Money that counts.
    pub const fn is_money(&self) -> bool {
        matches!(self.stage, Stage::Paid) && !self.deleted
    }
}

/// A receipt that was taken back.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AnnulledReceipt {
    pub receipt: Receipt,
    pub at: DateTime,
    pub manager: RefItem,
    pub reason: RefItem,
}

/// The receipt that closed an order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub uni: i64,
    pub line_guid: String,
    pub check_num: i64,
    /// What the order cost.
    pub total: Money,
    pub printed_at: DateTime,
    pub station: RefItem,
    pub cashier: RefItem,
    pub payments: Vec<Payment>,
    /// It is, or began as, a receipt of intent.
    #[serde(default)]
    pub intended: bool,
}

/// Who holds an order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lock {
    /// Key of a lock made over the interface; a till has none.
    pub guid: Option<String>,
    pub station: RefItem,
    pub operator: RefItem,
    /// A till holds an order until it lets go.
    pub until: Option<DateTime>,
}

/// What Lime knows.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, written as such in a scenario"
)]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Resort {
    /// Whole value of the `Authorization` header.
    pub auth_value: String,
    /// Who may log in instead.
    #[serde(default)]
    pub login: Option<Login>,
    pub users: Vec<User>,
    pub shift: Shift,
    pub next_check_id: i64,
    pub repeated_check: RepeatedCheck,
    /// `GetChecks` is known.
    pub list_checks: bool,
    /// `GetCardInfoByCardCode` is known.
    #[serde(default)]
    pub card_by_number: bool,
    /// `CheckPin` is known.
    #[serde(default)]
    pub check_pin: bool,
    /// `Select` answers everything at once.
    #[serde(default)]
    pub ignores_pages: bool,
    pub account_types: Vec<AccountType>,
    pub menu: Vec<MenuItem>,
    pub clients: Vec<Client>,
    pub cards: Vec<Card>,
    pub rights: Vec<Right>,
    pub checks: Vec<Check>,
    pub ledger: Vec<LedgerRow>,
}

/// A Lime user who sells.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct User {
    pub id: i64,
    pub name: String,
}

/// The shift of the cash desk.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Shift {
    pub number: i64,
    pub opened_at: DateTime,
    pub open: bool,
}

/// What happens when a check comes again with the same id and body (not known of the real server).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RepeatedCheck {
    /// The stored check is answered; nothing moves.
    #[default]
    Replay,
    /// `CheckIdReused`.
    Refuse,
    /// Booked again: a server on which a client must never repeat.
    Double,
    /// The same, and the answer shows both.
    DoubleShown,
}

/// A kind of account (or ticket) that a client can hold.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AccountType {
    pub id: i64,
    pub name: String,
    /// Counted in pieces, not money; cannot pay.
    pub ticket: bool,
    pub processing_id: Option<i64>,
    pub credit_limit: Money,
}

/// Something that can be sold.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MenuItem {
    /// Menu code of r_keeper = `goodTypeId` of Lime.
    pub code: i64,
    pub name: String,
    pub price: Money,
    /// Id of its group in r_keeper's menu; 0: in none.
    #[serde(default)]
    pub group: i64,
}

/// A group of r_keeper's menu (`CATEGLIST`).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MenuGroup {
    pub item: RefItem,
    /// Id of the group around; 0: none.
    pub parent: i64,
}

/// A guest.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Client {
    pub id: i64,
    pub name: String,
    /// The guest's PIN, where he has one.
    #[serde(default)]
    pub pin: Option<String>,
    /// Wrong PINs in a row.
    #[serde(default)]
    pub wrong_pins: u32,
}

/// A card; several may belong to one client and so lead to the same accounts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Card {
    pub id: i64,
    pub uid: String,
    /// The number printed on it.
    pub number: String,
    pub client_id: i64,
    pub blocked: bool,
    pub lost: bool,
    pub valid_to: Option<DateTime>,
    /// What the demo calls it.
    pub label: String,
}

/// An account or ticket of a client.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Right {
    pub id: i64,
    pub client_id: i64,
    pub type_id: i64,
    /// Kopecks; plain count for tickets.
    pub amount: i64,
    pub valid_from: Option<DateTime>,
    pub valid_to: Option<DateTime>,
}

/// A posted check.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Check {
    pub id: i64,
    pub kind: CheckKind,
    pub return_of: Option<i64>,
    /// `check.time`.
    pub time: DateTime,
    pub user_id: i64,
    pub entries: Vec<Entry>,
    /// The body exactly as it was posted.
    pub body: String,
}

/// `check.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum CheckKind {
    Sale,
    Return,
}

impl CheckKind {
    /// The number on the wire.
    pub const fn number(self) -> i64 {
        match self {
            Self::Sale => 0,
            Self::Return => 1,
        }
    }
}

/// A dish of a check.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub id: i64,
    pub good_type_id: i64,
    pub card_id: i64,
    pub amount: Money,
    pub price: Money,
    pub base_price: Money,
    pub count: Quantity,
    pub return_of: Option<i64>,
    pub payments: Vec<Part>,
}

/// What one account pays of a dish.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    pub id: i64,
    pub processing_id: i64,
    pub amount: Money,
    /// `transactionReference` as posted.
    pub reference: String,
    /// Account named by the reference.
    pub right_id: i64,
    /// Card named by the reference.
    pub uid: String,
}

/// One movement of an account.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LedgerRow {
    pub right_id: i64,
    pub at: DateTime,
    /// Kopecks; below zero for a debit.
    pub change: i64,
    pub balance_after: i64,
    /// Check and entry; `None` for a change made at the control API.
    pub check: Option<(i64, i64)>,
}

impl World {
    /// Records something that a real server would ignore or dislike.
    pub fn violation(&mut self, text: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(text);
        }
    }

    /// Counts a request.
    pub fn count(&mut self, at: &str) {
        *self.requests.entry(at.to_owned()).or_default() += 1;
    }

    /// The fault that hits this request; it is used up by one.
    pub fn take_fault(&mut self, at: &str) -> Option<Fault> {
        let index = self.faults.iter().position(|fault| fault.hits(at))?;
        let fault = self.faults.get_mut(index)?;
        fault.count = fault.count.saturating_sub(1);
        let taken = fault.clone();
        if fault.count == 0 {
            self.faults.remove(index);
        }
        Some(taken)
    }

    /// Orders a fault, or with a count of 0 takes back all that were ordered for that place.
    /// `false` if too many wait.
    pub fn order_fault(&mut self, fault: Fault) -> bool {
        if fault.count == 0 {
            self.faults.retain(|own| own.at != fault.at);
        } else if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            return false;
        }
        true
    }
}

impl Resort {
    /// Whether that is the whole value of an `Authorization` header that is good now.
    pub fn lets_in(&self, header: &[u8], now: DateTime) -> bool {
        let login = self.login.as_ref();
        header == self.auth_value.as_bytes() || login.is_some_and(|own| own.takes(header, now))
    }

    pub fn card(&self, uid: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.uid == uid)
    }

    pub fn right(&self, id: i64) -> Option<&Right> {
        self.rights.iter().find(|right| right.id == id)
    }

    pub fn account_type(&self, id: i64) -> Option<&AccountType> {
        self.account_types.iter().find(|own| own.id == id)
    }

    /// Name of a dish, empty if unknown.
    pub fn dish_name(&self, code: i64) -> &str {
        let found = self.menu.iter().find(|item| item.code == code);
        found.map_or("", |item| item.name.as_str())
    }

    /// Name of the account behind a right, empty if unknown.
    pub fn account_name(&self, right_id: i64) -> &str {
        let found = self
            .right(right_id)
            .and_then(|right| self.account_type(right.type_id));
        found.map_or("", |own| own.name.as_str())
    }

    /// Moves money on an account and writes the movement down. `false` if there is no such
    /// account or the sum cannot be held.
    pub fn book(
        &mut self,
        right_id: i64,
        change: Money,
        at: DateTime,
        check: Option<(i64, i64)>,
    ) -> bool {
        let Some(right) = self.rights.iter_mut().find(|right| right.id == right_id) else {
            return false;
        };
        let Some(balance) = right.amount.checked_add(change.kopecks()) else {
            return false;
        };
        right.amount = balance;
        self.ledger.push(LedgerRow {
            right_id,
            at,
            change: change.kopecks(),
            balance_after: balance,
            check,
        });
        true
    }
}

impl Card {
    /// May it pay at that moment.
    pub fn may_pay(&self, now: DateTime) -> bool {
        !self.blocked && !self.lost && self.valid_to.is_none_or(|end| now < end)
    }
}

impl Right {
    /// Is it valid at that moment.
    pub fn is_valid(&self, now: DateTime) -> bool {
        self.valid_from.is_none_or(|start| start <= now)
            && self.valid_to.is_none_or(|end| now < end)
    }
}
