//! Why a payment did not happen, or what is in its way: one closed list for code, screen, log and
//! scripts.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Account, Limit, Money, SpendRules};

/// Which of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// The till's server.
    Rkeeper,
    /// The wallet.
    Lime,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rkeeper => "r_keeper",
            Self::Lime => "Lime",
        })
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What stands in the way. Its [`code`](Self::code) is the `reason` of the JSON answers and
        /// the last part of its locale key `reason.<code>`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }
        impl Reason {
            /// Every reason, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// The word for scripts and locales; never changes.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

reasons! {
    /// The tapped cards together, or one account, have too little.
    NotEnoughMoney = "not_enough_money",
    /// Lime knows no such card.
    CardNotFound = "card_not_found",
    /// The card is blocked or reported lost.
    CardBlocked = "card_blocked",
    /// The card's time is over.
    CardExpired = "card_expired",
    /// The account's time is over.
    AccountExpired = "account_expired",
    /// The account does not exist or does not belong to the card.
    AccountNotFound = "account_not_found",
    /// The number that Lime gave for our check belongs to another's check.
    NumberTaken = "number_taken",
    /// The wallet closed the hold: it ran out, or was let go.
    HoldClosed = "hold_closed",
    /// The account's money is held for another payment.
    HeldElsewhere = "held_elsewhere",
    /// Not the guest's PIN.
    PinWrong = "pin_wrong",
    /// The guest's PIN was typed wrong too often; the server takes none any more.
    PinBlocked = "pin_blocked",
    /// The site's server checks no PINs, or the guest has none.
    PinNotChecked = "pin_not_checked",
    /// Several cards fit what was read.
    CardAmbiguous = "card_ambiguous",
    /// The site does not take cards by their printed number (`lime.keyed_cards`).
    KeyedCardsOff = "keyed_cards_off",
    /// The site's server cannot be asked for a card by its printed number.
    NumberNotSearched = "number_not_searched",
    /// The site's cards have no such printed numbers.
    CardNumberWrong = "card_number_wrong",
    /// The account may not pay.
    AccountNotSpendable = "account_not_spendable",
    /// A rule of the site for the account's type forbids the sum or the dishes.
    AccountRule = "account_rule",
    /// The shares do not add up to what is due, or break another rule of the split.
    SplitInvalid = "split_invalid",
    /// The bill is larger than the config allows at all.
    SumTooLarge = "sum_too_large",
    /// r_keeper has no such order.
    OrderNotFound = "order_not_found",
    /// The order is not what the cashier saw: dishes or sums differ.
    OrderChanged = "order_changed",
    /// The order was paid by somebody else.
    OrderPaidElsewhere = "order_paid_elsewhere",
    /// The order is paid, and r_keeper does not show whether it was this payment.
    PaidUnclear = "paid_unclear",
    /// The order is closed or removed.
    OrderClosed = "order_closed",
    /// Another till or waiter holds the order open.
    OrderLocked = "order_locked",
    /// This r_keeper cannot keep an order as it is while it is paid.
    LockMissing = "lock_missing",
    /// Nothing is due.
    NothingDue = "nothing_due",
    /// Another payment of this till is not at rest and concerns this order.
    PaymentOpen = "payment_open",
    /// r_keeper wants another sum than the payment has.
    SumMismatch = "sum_mismatch",
    /// r_keeper does not allow the configured currency for this order.
    CurrencyNotAllowed = "currency_not_allowed",
    /// The common shift of r_keeper is closing right now.
    ShiftClosing = "shift_closing",
    /// The shift (of r_keeper or Lime) is closed or was opened too long ago.
    ShiftClosed = "shift_closed",
    /// The common shift of r_keeper was opened too long ago and must be closed first.
    ShiftTooLong = "shift_too_long",
    /// The receipt printer of the till failed.
    PrinterFailed = "printer_failed",
    /// The bank terminal that r_keeper asked failed.
    TerminalFailed = "terminal_failed",
    /// The card system behind r_keeper refused the card.
    CardSystemRefused = "card_system_refused",
    /// r_keeper has a limit for this person or card.
    PersonalLimit = "personal_limit",
    /// The employee of the config may not do this in r_keeper.
    RightsMissing = "rights_missing",
    /// The login or key is wrong or has too few rights.
    AccessDenied = "access_denied",
    /// r_keeper has no licence for writing.
    LicenceMissing = "licence_missing",
    /// r_keeper's licence for writing has run out.
    LicenceExpired = "licence_expired",
    /// r_keeper's licence counts requests otherwise than this program does.
    LicenceNumber = "licence_number",
    /// The number that r_keeper's licence takes next belongs to a payment that is not settled.
    LicenceBusy = "licence_busy",
    /// The server does not answer, and nothing was sent.
    ServerUnreachable = "server_unreachable",
    /// The server says that it cannot work at the moment and did nothing.
    ServerBusy = "server_busy",
    /// The answer never came whole; what happened is not known.
    AnswerLost = "answer_lost",
    /// The server answered something that is no answer to the question.
    AnswerNotUnderstood = "answer_not_understood",
    /// The server did not understand the request: another version than the program knows.
    RequestNotUnderstood = "request_not_understood",
    /// The server refused with words that the program does not know.
    ServerRefused = "server_refused",
    /// The cashier cancelled.
    Cancelled = "cancelled",
    /// The program ended in the middle; the payment was not continued.
    Interrupted = "interrupted",
    /// The journal could not be written, so nothing was sent.
    JournalFailed = "journal_failed",
    /// Another limekeeper works with the same state folder.
    SecondInstance = "second_instance",
    /// The bill's own sums contradict each other.
    BillContradicts = "bill_contradicts",
    /// A receipt of the order failed on its way and stands in the way of every payment.
    ReceiptFailed = "receipt_failed",
    /// The till made a pre-bill with intended payments and finishes the order itself.
    PaymentIntended = "payment_intended",
    /// r_keeper takes payments only after a receipt of intent, and the settings do not say so.
    IntentReceiptWanted = "intent_receipt_wanted",
    /// Our receipt of intent was made, and could be neither finished nor taken back.
    IntentReceiptStands = "intent_receipt_stands",
    /// Where receipts of intent are made, a bill is paid only as a whole.
    IntentReceiptWhole = "intent_receipt_whole",
    /// Another program or terminal promised a payment.
    PaymentPromised = "payment_promised",
    /// The order is split into several receipts.
    SeveralReceipts = "several_receipts",
    /// The order costs less than nothing: more was given back than sold.
    TotalNegative = "total_negative",
    /// The order costs nothing.
    TotalZero = "total_zero",
    /// A dish without a code or an id: Lime could not be told what was paid.
    LineUnknown = "line_unknown",
    /// Nothing of the payment can be given back: it is not paid, or all of it was given back.
    NothingToRefund = "nothing_to_refund",
    /// More than was taken and not yet given back.
    RefundTooLarge = "refund_too_large",
    /// The wallet takes back nothing that old.
    RefundTooLate = "refund_too_late",
    /// Nothing waits for a person's decision, or not for this one.
    NothingToDecide = "nothing_to_decide",
    /// r_keeper must be told by hand.
    AnnulByHand = "annul_by_hand",
    /// The configuration lacks something that this payment needs.
    ConfigIncomplete = "config_incomplete",
}

impl Reason {
    /// A refusal for it says nothing about what was sent before, because it will not last.
    pub const fn passes_by_itself(self) -> bool {
        matches!(
            self,
            Self::OrderLocked
                | Self::ShiftClosing
                | Self::PrinterFailed
                | Self::AccessDenied
                | Self::RightsMissing
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// Who has an order open, as far as r_keeper says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the station.
    pub station: Option<String>,
    /// Name or code of the person.
    pub person: Option<String>,
}

/// Which rule of the site a sum breaks: words are made of it where somebody reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// Name of the account.
    pub account: String,
    /// Which rule.
    pub limit: Limit,
    /// The rules that it is one of.
    pub rules: Arc<SpendRules>,
    /// The most that it lets the account give, beside the other sums.
    pub allowed: Money,
}

impl BrokenRule {
    /// That rule of that account.
    pub fn of(account: &Account, limit: Limit, allowed: Money) -> Self {
        Self {
            account: account.name.clone(),
            limit,
            rules: Arc::clone(&account.terms.rules),
            allowed,
        }
    }
}

/// A reason with who gave it and in which words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The kind.
    pub reason: Reason,
    /// The server concerned, where one is.
    pub server: Option<Server>,
    /// The server's own words or what differs, cleaned, without secrets and whole UIDs; may be empty.
    pub detail: String,
    /// Of [`Reason::OrderLocked`]: who has the order, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    /// Of [`Reason::AccountRule`]: which rule. The journal has none of it: such a payment does not
    /// begin.
    #[serde(skip)]
    pub rule: Option<Box<BrokenRule>>,
}

impl Problem {
    /// A problem without a server.
    pub fn own(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            server: None,
            detail: detail.into(),
            holder: None,
            rule: None,
        }
    }

    /// A problem of one server.
    pub fn of(server: Server, reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            server: Some(server),
            detail: detail.into(),
            holder: None,
            rule: None,
        }
    }

    /// A sum breaks that rule.
    pub fn of_rule(rule: BrokenRule) -> Self {
        Self {
            rule: Some(Box::new(rule)),
            ..Self::own(Reason::AccountRule, "")
        }
    }

    /// The same, with who has the order.
    #[must_use]
    pub fn held_by(self, holder: Option<Holder>) -> Self {
        Self { holder, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        if let Some(server) = self.server {
            write!(f, " ({server})")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        if let Some(rule) = &self.rule {
            write!(f, ": {} ({})", rule.limit, rule.allowed)?;
        }
        Ok(())
    }
}
