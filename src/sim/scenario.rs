//! Scenario files: what the world starts with. Strict TOML; `assets/scenarios/sample.toml` is the
//! example and the default.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use thiserror::Error;

use super::gateway::ledger::HoldMode;
use super::rkeeper::profile::{Habit, Version};
use super::world::{RepeatedCheck, World};
use crate::domain::{Money, Quantity};

/// The built-in sample.
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
/// Largest scenario file that is read.
const SCENARIO_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Why a scenario cannot be played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("scenario {path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Larger than any scenario should be.
    #[error("scenario {path} is too large")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Not a scenario.
    #[error("scenario is wrong: {0}")]
    Syntax(#[from] Box<toml::de::Error>),
    /// Well written, but it contradicts itself.
    #[error("scenario contradicts itself: {0}")]
    Content(String),
}

/// The world of a scenario file, or of the built-in sample.
pub(super) fn load(path: Option<&Path>, now: DateTime) -> Result<World, ScenarioError> {
    let Some(path) = path else {
        return read(SAMPLE, now);
    };
    let failed = |source| ScenarioError::Read {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > SCENARIO_BYTES_MAX {
        return Err(ScenarioError::TooLarge {
            path: path.to_owned(),
        });
    }
    read(&std::fs::read_to_string(path).map_err(failed)?, now)
}

/// The world of a scenario text.
pub(super) fn read(text: &str, now: DateTime) -> Result<World, ScenarioError> {
    let scenario: Scenario = toml::from_str(text).map_err(Box::new)?;
    super::genesis::world(scenario, now).map_err(ScenarioError::Content)
}

/// A scenario file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub site: SiteFile,
    pub rkeeper: RkeeperFile,
    pub menu: Vec<MenuFile>,
    #[serde(default)]
    pub orders: Vec<OrderFile>,
    pub lime: LimeFile,
    #[serde(default)]
    pub clients: Vec<ClientFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteFile {
    pub installation_id: i64,
    pub installation: String,
    pub cash_desk_id: i64,
    pub cash_desk: String,
    pub service_point: String,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, written as such in a scenario"
)]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RkeeperFile {
    pub user: String,
    pub password: String,
    pub server_name: String,
    pub restaurant: String,
    pub restaurant_code: String,
    pub first_check_num: i64,
    pub trade_group: String,
    pub price_list: String,
    pub stations: Vec<RefFile>,
    pub employees: Vec<EmployeeFile>,
    pub currencies: Vec<RefFile>,
    #[serde(default)]
    pub groups: Vec<GroupFile>,
    #[serde(default)]
    pub void_reasons: Vec<VoidReasonFile>,
    #[serde(default)]
    pub prepay_reasons: Vec<RefFile>,
    #[serde(default = "yes")]
    pub prepay_reason_required: bool,
    #[serde(default = "yes")]
    pub terminal_auth: bool,
    #[serde(default = "yes")]
    pub receipt_list: bool,
    #[serde(default = "yes")]
    pub undo_receipt: bool,
    #[serde(default = "yes")]
    pub write_licence: bool,
    pub subscription: Option<SubscriptionFile>,
    #[serde(default)]
    pub version: Version,
    #[serde(default)]
    pub habits: Vec<Habit>,
    #[serde(default)]
    pub print_ms: u64,
}

/// See [`super::licence::Subscription`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionFile {
    #[serde(default = "twelve_months")]
    pub product: String,
    pub token: String,
    pub expires: Date,
    pub user: String,
    pub password: String,
    pub integration_token: String,
    #[serde(default)]
    pub errors_count: bool,
    #[serde(default = "yes")]
    pub remembers: bool,
    #[serde(default)]
    pub names_next: bool,
}

/// The public product of twelve months.
fn twelve_months() -> String {
    "655cee55-7bcd-4826-b6e0-a8ccf2017ef3".to_owned()
}

/// With a password it is a manager.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmployeeFile {
    pub code: String,
    pub name: String,
    pub manager_password: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VoidReasonFile {
    pub code: String,
    pub name: String,
    #[serde(default)]
    pub on_check_undo: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefFile {
    pub code: String,
    pub name: String,
    #[serde(default = "yes")]
    pub active: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MenuFile {
    pub code: i64,
    pub name: String,
    pub price: Roubles,
    /// Code of its group.
    pub group: Option<String>,
}

/// A group of the menu, written below the group around it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupFile {
    pub code: String,
    pub name: String,
    /// Code of the group around.
    pub parent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderFile {
    pub guid: String,
    pub visit: i64,
    pub name: String,
    pub table: String,
    pub hall: String,
    pub waiter: String,
    pub station: String,
    pub opened_at: DateTime,
    #[serde(default = "one")]
    pub guests: u32,
    pub lines: Vec<LineFile>,
    #[serde(default)]
    pub discounts: Vec<DiscountFile>,
    #[serde(default)]
    pub prepaid: Vec<PrepaidFile>,
    /// By another program or terminal.
    #[serde(default)]
    pub promised: Vec<PrepaidFile>,
    /// The promises come of a pre-bill with intended payments.
    #[serde(default)]
    pub intended: bool,
    /// Payments of a receipt that was not printed.
    #[serde(default)]
    pub failed_receipt: Vec<PrepaidFile>,
    /// Seats whose pre-bill was printed.
    #[serde(default)]
    pub bills: Vec<u32>,
    /// By how much the order's sum is another than its lines say.
    pub off: Option<Roubles>,
    pub lock: Option<LockFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineFile {
    pub code: i64,
    pub quantity: Option<Thousandths>,
    /// Where it differs from the menu.
    pub price: Option<Roubles>,
    #[serde(default)]
    pub modifiers: Vec<ModifierFile>,
    /// Taken back from the guest: what it costs is below zero.
    #[serde(default)]
    pub back: bool,
    #[serde(default)]
    pub seat: u32,
    /// Taken away of it before it was served.
    pub voided: Option<Thousandths>,
    /// Taken away whole.
    #[serde(default)]
    pub removed: bool,
    /// The server does not tell its code.
    #[serde(default)]
    pub nameless: bool,
    #[serde(default)]
    pub discounts: Vec<DiscountFile>,
    #[serde(default)]
    pub components: Vec<ComponentFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentFile {
    pub code: i64,
    pub name: String,
    pub quantity: Thousandths,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModifierFile {
    pub code: i64,
    pub name: String,
    pub count: i64,
    pub price: Roubles,
}

/// Below zero = discount, above zero = surcharge; either in percent or as a sum.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscountFile {
    pub code: String,
    pub name: String,
    pub percent: Option<i64>,
    pub sum: Option<Roubles>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrepaidFile {
    pub currency: String,
    pub amount: Roubles,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockFile {
    pub station: String,
    pub operator: String,
}

/// Whether a server knows a call.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CallFile {
    #[default]
    Known,
    Unknown,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, written as such in a scenario"
)]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimeFile {
    pub auth_value: String,
    /// Who may log in instead of using that value.
    pub login: Option<LoginFile>,
    pub next_check_id: i64,
    #[serde(default = "yes")]
    pub shift_open: bool,
    #[serde(default)]
    pub repeated_check: RepeatedCheck,
    #[serde(default = "yes")]
    pub list_checks: bool,
    #[serde(default)]
    pub card_by_number: CallFile,
    #[serde(default)]
    pub check_pin: CallFile,
    /// `Select` answers everything at once, whatever page is asked for.
    #[serde(default)]
    pub ignores_pages: bool,
    pub users: Vec<UserFile>,
    pub account_types: Vec<AccountTypeFile>,
    /// The till is told to use the server of holds.
    #[serde(default)]
    pub holds: bool,
    /// How that server holds.
    #[serde(default)]
    pub hold_mode: HoldMode,
    /// Rows of one page of that server's lists; as many as the contract allows if not given.
    pub page_rows: Option<usize>,
}

/// See [`super::lime::tokens::Login`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginFile {
    pub user: String,
    pub password: String,
    #[serde(default = "jade")]
    pub client_id: String,
    #[serde(default = "an_hour")]
    pub life_s: i64,
    #[serde(default = "token")]
    pub tokens: String,
}

/// What public clients of Lime call themselves.
fn jade() -> String {
    "Jade.Api".to_owned()
}

const fn an_hour() -> i64 {
    3_600
}

fn token() -> String {
    "token".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserFile {
    pub id: i64,
    pub name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountTypeFile {
    pub id: i64,
    pub name: String,
    #[serde(default)]
    pub ticket: bool,
    pub processing_id: Option<i64>,
    pub credit_limit: Option<Roubles>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientFile {
    pub id: i64,
    pub name: String,
    /// Four to twelve digits.
    pub pin: Option<String>,
    pub cards: Vec<CardFile>,
    pub rights: Vec<RightFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardFile {
    pub id: i64,
    pub uid: String,
    pub number: String,
    pub label: String,
    #[serde(default)]
    pub blocked: bool,
    #[serde(default)]
    pub lost: bool,
    pub valid_to: Option<DateTime>,
}

/// An account has an `amount`, a ticket a `count`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RightFile {
    pub id: i64,
    #[serde(rename = "type")]
    pub type_id: i64,
    pub amount: Option<Roubles>,
    pub count: Option<i64>,
    pub valid_from: Option<DateTime>,
    pub valid_to: Option<DateTime>,
}

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

/// A sum written as text in roubles: `"2350.00"`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Roubles(pub Money);

impl TryFrom<String> for Roubles {
    type Error = crate::domain::MoneyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Money::parse_decimal(&text).map(Self)
    }
}

/// A quantity written as text: `"0.350"`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Thousandths(pub Quantity);

impl TryFrom<String> for Thousandths {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        quantity(&text).map(Self).ok_or("not a quantity above zero")
    }
}

/// A quantity above zero with at most three decimals.
pub(super) fn quantity(text: &str) -> Option<Quantity> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<3}").parse().ok()?;
    let thousandths = whole.checked_mul(1_000)?.checked_add(fraction)?;
    (thousandths > 0).then(|| Quantity::from_thousandths(thousandths))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime {
        jiff::civil::date(2024, 3, 5).at(15, 0, 0, 0)
    }

    #[test]
    fn sample_is_the_issue_s_scenario() {
        let world = read(SAMPLE, now()).unwrap_or_else(|error| panic!("{error}"));
        let order = &world.till.orders[0];
        assert_eq!(order.name, "*/1");
        assert_eq!(order.sums().unwrap().unpaid, Money::from_kopecks(235_000));
        assert_eq!(world.resort.next_check_id, 2_226_634);
        assert_eq!(world.resort.card("61366822").unwrap().number, "100038");
        let due = |index: usize| world.till.orders[index].sums().unwrap().unpaid.kopecks();
        // 0.350 × 3299.00 = 1154.65, + 91.00; 1080.00; 999.99; − 10 % − 100.00
        assert_eq!(due(1), 332_564 - 33_256 - 10_000);
        assert_eq!(due(3), 79_000);
    }

    #[test]
    fn wrong_scenarios_are_refused() {
        for (from, to) in [
            ("visit = 1001", "visit = 1001\ncolour = 1"),
            ("amount = \"5000.00\"", "amount = 5000"),
            ("amount = \"5000.00\"", "amount = \"5000.001\""),
            ("quantity = \"0.350\"", "quantity = \"0\""),
            ("{ code = 2470 }", "{ code = 1 }"),
            ("waiter = \"5\"", "waiter = \"55\""),
            ("percent = -10", "percent = -10, sum = \"1.00\""),
            ("uid = \"50331649\"", "uid = \"50331650\""),
            ("uid = \"50331649\"", "uid = \"ABC\""),
            (
                "type = 1, amount = \"5000.00\"",
                "type = 9, amount = \"5000.00\"",
            ),
            ("visit = 1002", "visit = 1001"),
        ] {
            let text = SAMPLE.replacen(from, to, 1);
            assert_ne!(text, SAMPLE, "{from}");
            assert!(read(&text, now()).is_err(), "{to}");
        }
    }

    #[test]
    fn quantities() {
        for (text, thousandths) in [
            ("1", Some(1_000)),
            ("0.350", Some(350)),
            ("2.5", Some(2_500)),
        ] {
            assert_eq!(
                quantity(text).map(Quantity::thousandths),
                thousandths,
                "{text}"
            );
        }
        for text in ["", "0", "-1", "1.", ".5", "1.0005", "1e3", "1,5"] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }
}
