//! What a site must say about its Lime.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::{AccountKind, Money, Notation, SpendRules};
use crate::http::ChannelSettings;
use crate::payment::reason::Reason;

use super::auth::Refusals;

/// One site's Lime. «Assumed» marks what no public client of Lime shows; it must be tried on site.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The way to the server.
    pub channel: ChannelSettings,
    /// Path between the server's address and `<Controller>/<Method>`: `/api`.
    pub path: String,
    /// How Lime is told who asks.
    pub auth: Auth,
    /// Lime's id of the installation (the resort).
    pub installation_id: i64,
    /// Lime's id of the cash desk in whose name checks are posted.
    pub cashdesk_id: i64,
    /// Lime's id of the user who sells.
    pub user_id: i64,
    /// What an open shift is needed for.
    pub shift: ShiftRule,
    /// The account types that may pay. Rights of other types are shown and never debited.
    pub account_types: Vec<AccountType>,
    /// How the site's Lime writes UIDs; the card that it answers must have the UID asked for.
    pub uid: Notation,
    /// What Lime is told with every payment. `{account}`, `{uid}`, `{payment}` and `{leg}` are
    /// filled in. Assumed: that Lime learns from it which account and card pay.
    pub transaction_reference: String,
    /// `check.type` of a sale: 0 in public clients.
    pub sale_check_type: i64,
    /// `check.type` of a return. Assumed: 1.
    pub return_check_type: i64,
    /// Field of a return's check that names the sale's check; empty: there is none. Assumed:
    /// `returnCheckId`.
    pub return_check_field: String,
    /// `<Controller>/<Method>` that reads a check by `cashdeskId` and `id`; empty: the site has
    /// none, so unknown outcomes go to a person. Assumed: `CashdeskServer/GetCheck`.
    pub read_check: String,
    /// `<Controller>/<Method>` that lists checks by `cashdeskId`, `from` and `to`; empty: the site
    /// has none. Assumed: nothing; the stand-in has `CashdeskServer/GetChecks`.
    pub list_checks: String,
    /// `<Controller>/<Method>` that finds a card by the number printed on it, asked for with `code`
    /// and answering as by UID; empty: the site has none. Assumed: nothing; the stand-in has
    /// `ClientManagement/GetCardInfoByCardCode`.
    pub card_by_number: String,
    /// `<Controller>/<Method>` that checks a guest's PIN, asked by a body with `uid`, `installationId`
    /// and `pin`; empty: the site has none. Assumed: nothing; the stand-in has
    /// `ClientManagement/CheckPin`.
    pub check_pin: String,
    /// A check sent twice under one id with the same bytes moves money once. Assumed of Lime.
    pub repeat_same_check: bool,
    /// `goodTypeId` of what is added to a whole order (service charge). `None`: orders with such
    /// a sum cannot be paid.
    pub service_good_type_id: Option<i64>,
    /// Field of a card that says it is blocked; empty: there is none. Assumed: `isBlocked`.
    pub blocked_field: String,
    /// Field of a card that says it is lost; empty: there is none. Assumed: `isLost`.
    pub lost_field: String,
    /// Field of a card with its last moment, local time; empty: there is none. Assumed: `validTo`.
    pub valid_to_field: String,
    /// Field of a right with what is held of it for payments under way, in kopecks; empty: there is
    /// none. Assumed: that Lime's amount still contains it.
    pub held_field: String,
    /// Error codes by which Lime surely says that *nothing moved, whether sent once or twice*.
    /// Every other code leaves the outcome open. Assumed: [`REFUSALS`].
    pub refusals: Vec<(String, Reason)>,
    /// Ask for the guest's name (one more call per card).
    pub show_holder: bool,
    /// The site takes cards by their printed number.
    pub keyed_cards: bool,
    /// Longest time of a call that changes nothing.
    pub read_timeout: Duration,
    /// Longest time of a call that moves money.
    pub write_timeout: Duration,
}

/// How Lime is told who asks.
#[derive(Clone, Debug)]
pub enum Auth {
    /// A header that is always the same: an integration key.
    Header {
        /// `Authorization`.
        name: String,
        /// Its whole value: `LimeToken …`.
        value: SecretString,
    },
    /// A login, which brings a token for about an hour.
    Login(Login),
}

/// A user of Lime with a password (OAuth 2.0, grants `password` and `refresh_token`), as public
/// clients of Lime log in.
#[derive(Clone, Debug)]
pub struct Login {
    /// Where tokens are given out, from the server's root: `/connect/token`.
    pub path: String,
    /// Name of the program among Lime's clients: `Jade.Api`.
    pub client_id: String,
    /// `scope` of the request; empty: none is sent.
    pub scope: String,
    /// Who logs in.
    pub user: String,
    /// His password.
    pub password: SecretString,
    /// Where it is remembered that the password was refused.
    pub refusals: Arc<dyn Refusals>,
}

/// Whether a check needs an open shift of the cash desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShiftRule {
    /// Nobody asks.
    Unchecked,
    /// Without one nothing is paid.
    Required,
    /// Without one it is opened.
    Opened,
}

/// An account type of the site that may pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountType {
    /// Lime's `goodTypeId`.
    pub good_type_id: i64,
    /// What such accounts hold.
    pub kind: AccountKind,
    /// `processingId` of payments from such accounts. Assumed: that one exists per type.
    pub processing_id: i64,
    /// Order of use; lower goes first.
    pub priority: u32,
    /// How far below zero a credit account may go. Without it a credit account may not pay.
    pub credit_limit: Option<Money>,
    /// What the site calls such accounts; `None`: as Lime does.
    pub name: Option<String>,
    /// What they may pay.
    pub rules: Arc<SpendRules>,
}

impl Settings {
    /// The type of a right, where the site lets it pay.
    pub(super) fn account_type(&self, good_type_id: i64) -> Option<&AccountType> {
        self.account_types
            .iter()
            .find(|account_type| account_type.good_type_id == good_type_id)
    }
}

/// Error codes that are taken as definite refusals where the site states none.
///
/// «The check id was used before» must never be among them: the first sending may be the one that
/// used it.
pub const REFUSALS: &[(&str, Reason)] = &[
    ("NotEnoughMoney", Reason::NotEnoughMoney),
    ("CardBlocked", Reason::CardBlocked),
    ("CardNotFound", Reason::CardNotFound),
    ("RightNotFound", Reason::AccountNotFound),
    ("RightExpired", Reason::AccountExpired),
    ("ShiftClosed", Reason::ShiftClosed),
    ("PinWrong", Reason::PinWrong),
    ("PinBlocked", Reason::PinBlocked),
    ("PinNotSet", Reason::PinNotChecked),
    ("BadCheck", Reason::ServerRefused),
    ("OverReturn", Reason::ServerRefused),
];
