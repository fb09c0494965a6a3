//! Every setting with its built-in value. `config.toml` says the same in words; a test holds both
//! together.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::domain::notation::{ByteOrder, Mask, Radix, Template};
use crate::domain::{AccountKind, Money, Notation};
use crate::i18n::Lang;
use crate::payment::reason::Reason;

use super::licence::RkeeperLicence;
use super::login::LimeLogin;
use super::operators::Operators;
use super::screen::Screen;
use super::secret::Secret;
use super::value::{Pin, sum, sum_or_empty};

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Language of the screen and of the messages.
    pub lang: Lang,
    /// Where the journal lives; empty is the system's place. See `Loaded::state_dir`.
    pub state_dir: String,
    /// What goes into the log.
    pub log_level: LogLevel,
    /// How the till screen looks and sounds.
    pub screen: Screen,
    /// The till's server.
    pub rkeeper: Rkeeper,
    /// The wallet.
    pub lime: Lime,
    /// How patient a payment is.
    pub payment: Payment,
    /// The journal's place.
    pub journal: Journal,
    /// The people who work at the till.
    pub operators: Operators,
    /// Card readers with a device of their own.
    pub readers: Vec<Reader>,
    /// Card readers that type like a keyboard.
    pub wedge: Wedge,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// What should be looked at, too.
    Warn,
    /// What happened.
    #[default]
    Info,
    /// For support.
    Debug,
    /// For developers.
    Trace,
}

impl LogLevel {
    /// Its word in the config.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// r_keeper's XML interface.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, written as such in the config"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rkeeper {
    /// `https://host:port`; empty: not set.
    pub url: String,
    /// Path of the interface.
    pub path: String,
    /// `http://` in `url` is wanted.
    pub allow_plain_http: bool,
    /// Certificates to trust instead of the system's roots.
    pub pins: Vec<Pin>,
    /// How TLS is spoken.
    pub tls: Tls,
    /// `http://host:port` of a proxy; empty goes directly.
    pub proxy: String,
    /// Login of the interface.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// Code of the station that payments are made from.
    pub station_code: String,
    /// Code of the cashier that payments are made by.
    pub cashier_code: String,
    /// Whether r_keeper takes a payment only after a receipt of intent.
    pub intent_receipts: IntentReceipts,
    /// Code of the reason to take a receipt of intent back with; empty: none is sent.
    pub intent_void_reason: String,
    /// Part payments, as prepayments, are allowed; the rest is paid at the till.
    pub part_payments: bool,
    /// Code of the reason that a prepayment needs; empty: none is sent.
    pub prepay_reason: String,
    /// A part that one account pays is written in two steps, where the site's r_keeper offers it.
    pub two_step_part_payments: bool,
    /// A refund may remove its prepayment from an open order.
    pub remove_prepayments: bool,
    /// A refund of everything that a receipt holds may annul it.
    pub undo_receipt: bool,
    /// Code of the reason to annul a receipt with.
    pub undo_reason: String,
    /// Code of the manager in whose name payments are taken back.
    pub manager_code: String,
    /// That manager's password; annulling a receipt needs it.
    pub manager_password: Secret,
    /// Seconds that an order is locked for a payment; no fewer than `payment.front_s` and
    /// `pay_timeout_s` together.
    pub lock_s: u64,
    /// A lock names the station, so that a till that is refused is told which till has the order.
    pub lock_with_station: bool,
    /// Bills are paid where r_keeper knows no locks: the site accepts what that may lead to.
    pub pay_without_lock: bool,
    /// Pause before an order that somebody else has locked is tried once more, in seconds; 0: never.
    pub locked_retry_s: u64,
    /// `RK7CMD`, `RK7Command` or `RK7Command2`: the element that commands are sent in.
    pub command_form: String,
    /// Longest wait for a connection, in seconds.
    pub connect_timeout_s: u64,
    /// Longest wait for an answer that changes nothing, in seconds.
    pub read_timeout_s: u64,
    /// Longest wait for the answer to a payment (a receipt prints meanwhile), in seconds.
    pub pay_timeout_s: u64,
    /// Pause between looks at the list of orders, in seconds.
    pub poll_s: u64,
    /// What r_keeper tells by itself.
    pub notify: Notify,
    /// Currencies by kind of account.
    pub currencies: Currencies,
    /// The licence for writing.
    pub licence: RkeeperLicence,
}

impl Default for Rkeeper {
    fn default() -> Self {
        Self {
            url: String::new(),
            path: "/rk7api/v0/xmlinterface.xml".into(),
            allow_plain_http: false,
            pins: vec![],
            tls: Tls::Modern,
            proxy: String::new(),
            user: String::new(),
            password: Secret::default(),
            station_code: String::new(),
            cashier_code: String::new(),
            intent_receipts: IntentReceipts::No,
            intent_void_reason: String::new(),
            part_payments: false,
            prepay_reason: String::new(),
            two_step_part_payments: false,
            remove_prepayments: false,
            undo_receipt: false,
            undo_reason: String::new(),
            manager_code: String::new(),
            manager_password: Secret::default(),
            lock_s: 150,
            lock_with_station: true,
            pay_without_lock: false,
            locked_retry_s: 5,
            command_form: "RK7CMD".to_owned(),
            connect_timeout_s: 5,
            read_timeout_s: 5,
            pay_timeout_s: 90,
            poll_s: 2,
            notify: Notify::default(),
            currencies: Currencies::default(),
            licence: RkeeperLicence::default(),
        }
    }
}

/// Whether r_keeper prints a receipt of intent before a payment. No command is known that tells; a
/// person says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentReceipts {
    /// A payment is one request.
    #[default]
    No,
    /// «Единый чек перед оплатой»: the payments are intended first.
    Yes,
}

/// How TLS is spoken with r_keeper; said by a person, never tried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tls {
    /// TLS 1.2 and newer, as it should be.
    #[default]
    #[serde(rename = "modern")]
    Modern,
    /// By OpenSSL: TLS 1.2 with CBC and RSA key exchange.
    #[serde(rename = "openssl-tls12")]
    OpensslTls12,
    /// By OpenSSL: TLS 1.0 and 1.1 as well.
    #[serde(rename = "openssl-tls10")]
    OpensslTls10,
}

impl Tls {
    /// As it is written in the config.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::OpensslTls12 => "openssl-tls12",
            Self::OpensslTls10 => "openssl-tls10",
        }
    }
}

/// r_keeper's HTTP notifications: hints that something changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Address and port of this till that r_keeper sends to; empty: none.
    pub listen: String,
}

impl Notify {
    /// Where to listen, if at all.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }
}

/// r_keeper's currency codes; an empty one cannot pay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Currencies {
    /// For deposits.
    pub money: String,
    /// For bonus accounts.
    pub bonus: String,
    /// For credit accounts.
    pub credit: String,
}

impl Currencies {
    /// The currency of a kind of account, where it may pay.
    pub fn of(&self, kind: AccountKind) -> Option<&str> {
        let code = match kind {
            AccountKind::Money => &self.money,
            AccountKind::Bonus => &self.bonus,
            AccountKind::Credit => &self.credit,
            AccountKind::Other => return None,
        };
        (!code.is_empty()).then_some(code.as_str())
    }
}

/// Which calls the site's Lime has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimeKind {
    /// The vendor's own: a sale takes the money at once.
    #[default]
    Rpc,
    /// A server of the site that speaks `assets/openapi/lime-holds.yaml`.
    Holds,
}

/// The server of holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimeHolds {
    /// Path in front of `/v1`.
    pub path: String,
    /// It cannot hold: reserving takes the money at once.
    pub capture: bool,
    /// How long a hold lives, in seconds.
    pub ttl_s: u64,
}

impl Default for LimeHolds {
    fn default() -> Self {
        Self {
            path: "/".into(),
            capture: false,
            ttl_s: 86_400,
        }
    }
}

/// Lime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lime {
    /// Which calls it has.
    pub kind: LimeKind,
    /// `https://host:port`; empty: not set.
    pub url: String,
    /// Path in front of every call.
    pub path: String,
    /// `http://` in `url` is wanted.
    pub allow_plain_http: bool,
    /// Certificates to trust instead of the system's roots.
    pub pins: Vec<Pin>,
    /// `http://host:port` of a proxy; empty goes directly.
    pub proxy: String,
    /// Name of the header that carries the key.
    pub auth_header: String,
    /// Whole value of that header: `LimeToken <key>`.
    pub auth_value: Secret,
    /// `installationId`; 0: not set.
    pub installation_id: i64,
    /// Its name in the head of reports; empty shows the id.
    pub installation_name: String,
    /// `cashdeskId`; 0: not set.
    pub cashdesk_id: i64,
    /// Its name in the head of reports; empty is `service_point`.
    pub cashdesk_name: String,
    /// `userId` of the Lime user who sells; 0: not set.
    pub user_id: i64,
    /// Longest wait for a connection, in seconds.
    pub connect_timeout_s: u64,
    /// Longest wait for an answer that changes nothing, in seconds.
    pub read_timeout_s: u64,
    /// Longest wait for the answer to a check, in seconds.
    pub write_timeout_s: u64,
    /// Balances older than so many seconds show their time, and are read again before they pay.
    pub stale_after_s: u64,
    /// Show the guest's name.
    pub show_holder: bool,
    /// Cards are taken by their printed number too, marked as typed by hand.
    pub keyed_cards: bool,
    /// `goodTypeId` of a service charge on the whole order; 0: none, such orders cannot be paid.
    pub service_good_type_id: i64,
    /// The zone of the site's local time, in which Lime writes until when accounts are valid
    /// (`Europe/Moscow`); empty: this computer's.
    pub time_zone: String,
    /// «Точка обслуживания» of the reports.
    pub service_point: String,
    /// «Оператор» of the reports.
    pub operator: String,
    /// How the site writes UIDs.
    pub uid: UidSettings,
    /// Account types that may pay. A list in the file replaces this one.
    pub account_types: Vec<AccountType>,
    /// Whether a check needs an open shift.
    pub shift: ShiftWord,
    /// Clocks of Lime and of this till may differ by so many seconds.
    pub clock_limit_s: i64,
    /// A login instead of the key.
    pub login: LimeLogin,
    /// What is assumed of the site's Lime.
    pub assumed: Assumed,
    /// What there is to say of a server of holds.
    pub holds: LimeHolds,
}

impl Default for Lime {
    fn default() -> Self {
        let kind = |good_type_id, kind, priority, credit_limit| AccountType {
            priority,
            credit_limit,
            ..AccountType::plain(good_type_id, kind)
        };
        Self {
            kind: LimeKind::Rpc,
            url: String::new(),
            path: "/api".into(),
            allow_plain_http: false,
            pins: vec![],
            proxy: String::new(),
            auth_header: "Authorization".into(),
            auth_value: Secret::default(),
            installation_id: 0,
            installation_name: String::new(),
            cashdesk_id: 0,
            cashdesk_name: String::new(),
            user_id: 0,
            connect_timeout_s: 5,
            read_timeout_s: 5,
            write_timeout_s: 15,
            stale_after_s: 60,
            show_holder: true,
            keyed_cards: false,
            service_good_type_id: 0,
            time_zone: String::new(),
            service_point: "Касса r-keeper".into(),
            operator: String::new(),
            uid: UidSettings::default(),
            account_types: vec![
                kind(1, AccountKind::Money, 10, None),
                kind(2, AccountKind::Bonus, 20, None),
                kind(
                    3,
                    AccountKind::Credit,
                    90,
                    Some(Money::from_kopecks(1_000_000)),
                ),
            ],
            shift: ShiftWord::Required,
            clock_limit_s: 120,
            login: LimeLogin::default(),
            assumed: Assumed::default(),
            holds: LimeHolds::default(),
        }
    }
}

/// What is done where Lime's cash desk has no open shift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShiftWord {
    /// Nothing is paid.
    #[default]
    Required,
    /// It is opened.
    Open,
    /// Nobody asks for it.
    Unchecked,
}

/// How the site writes UIDs; see [`Notation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UidSettings {
    /// Decimal or hexadecimal digits.
    pub radix: Radix,
    /// Which byte is the most significant.
    pub byte_order: ByteOrder,
    /// How many low bytes are kept; 0 keeps all.
    pub keep_bytes: u8,
    /// Each byte has its bits turned around.
    pub mirror_bits: bool,
    /// Left-pad with zeros to that many digits.
    pub pad: u8,
    /// The bits of the number that are written.
    pub mask: Mask,
    /// Digits left out at the left, after padding.
    pub drop_left: u8,
    /// Digits left out at the right.
    pub drop_right: u8,
    /// What stands around the digits, or instead of them.
    pub template: Template,
}

impl Default for UidSettings {
    fn default() -> Self {
        Notation::default().into()
    }
}

impl From<Notation> for UidSettings {
    fn from(notation: Notation) -> Self {
        let Notation {
            radix,
            byte_order,
            keep_bytes,
            mirror_bits,
            pad,
            mask,
            drop_left,
            drop_right,
            template,
        } = notation;
        Self {
            radix,
            byte_order,
            keep_bytes,
            mirror_bits,
            pad,
            mask,
            drop_left,
            drop_right,
            template,
        }
    }
}

impl UidSettings {
    /// The same as the domain knows it.
    pub const fn notation(self) -> Notation {
        Notation {
            radix: self.radix,
            byte_order: self.byte_order,
            keep_bytes: self.keep_bytes,
            mirror_bits: self.mirror_bits,
            pad: self.pad,
            mask: self.mask,
            drop_left: self.drop_left,
            drop_right: self.drop_right,
            template: self.template,
        }
    }
}

/// One type of account that may pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountType {
    /// Lime's `goodTypeId`.
    pub good_type_id: i64,
    /// What it holds.
    pub kind: AccountKind,
    /// `processingId` of its payments.
    pub processing_id: i64,
    /// Order of use; lower goes first.
    #[serde(default = "priority")]
    pub priority: u32,
    /// How far a credit account may go below zero; `None`: not known, so it may not pay.
    #[serde(default, with = "sum_or_empty")]
    pub credit_limit: Option<Money>,
    /// What the site calls such accounts; empty: as Lime does.
    #[serde(default)]
    pub name: String,
    /// All of them together pay at most so many hundredths of a bill; 100: no such rule.
    #[serde(default = "whole_bill")]
    pub bill_share_percent: u8,
    /// They pay dishes of these groups of r_keeper's menu only (name, code or id); empty: of all.
    #[serde(default)]
    pub only_categories: Vec<String>,
    /// They pay no dishes of these groups.
    #[serde(default)]
    pub not_categories: Vec<String>,
    /// Most that one account gives to one payment.
    #[serde(default, with = "sum_or_empty")]
    pub per_operation_max: Option<Money>,
    /// Most that one account gives in a day at this till.
    #[serde(default, with = "sum_or_empty")]
    pub per_day_max: Option<Money>,
    /// Larger sums need a manager's yes; refused where the site has none.
    #[serde(default, with = "sum_or_empty")]
    pub manager_above: Option<Money>,
    /// Larger sums need the guest's PIN; refused where `assumed.check_pin` is not set.
    #[serde(default, with = "sum_or_empty")]
    pub pin_above: Option<Money>,
    /// Sums are multiples of this.
    #[serde(default, with = "sum_or_empty")]
    pub round_to: Option<Money>,
}

impl AccountType {
    /// A type without rules, whose processing has its own number.
    pub const fn plain(good_type_id: i64, kind: AccountKind) -> Self {
        Self {
            good_type_id,
            kind,
            processing_id: good_type_id,
            priority: priority(),
            credit_limit: None,
            name: String::new(),
            bill_share_percent: whole_bill(),
            only_categories: Vec::new(),
            not_categories: Vec::new(),
            per_operation_max: None,
            per_day_max: None,
            manager_above: None,
            pin_above: None,
            round_to: None,
        }
    }

    /// Whether the groups of dishes must be known.
    pub const fn asks_for_categories(&self) -> bool {
        !self.only_categories.is_empty() || !self.not_categories.is_empty()
    }
}

const fn priority() -> u32 {
    10
}

const fn whole_bill() -> u8 {
    100
}

/// What no public source says of Lime and every site may have to correct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assumed {
    /// How a payment names account and card: `{account}`, `{uid}`, `{payment}`, `{leg}`.
    pub transaction_reference: String,
    /// `type` of a sale.
    pub sale_check_type: i64,
    /// `type` of a return.
    pub return_check_type: i64,
    /// Field of a return that names the sale.
    pub return_check_field: String,
    /// Call that reads a check back; empty: the site cannot.
    pub read_check: String,
    /// Call that lists checks by time; empty: the site cannot.
    pub list_checks: String,
    /// Call that finds a card by its printed number; empty: the site cannot.
    pub card_by_number: String,
    /// Call that checks a guest's PIN; empty: the site cannot.
    pub check_pin: String,
    /// The same check sent again moves nothing.
    pub repeat_same_check: bool,
    /// Field of a card that says it is blocked.
    pub blocked_field: String,
    /// Field of a card that says it is lost.
    pub lost_field: String,
    /// Field of a card with its last moment.
    pub valid_to_field: String,
    /// Field of an account with what is held of it for payments under way, in kopecks; empty: none.
    pub held_field: String,
    /// Error codes that surely mean «nothing moved», with what they mean. Any other code means
    /// that the outcome is not known. `CheckIdReused` is left out: a repeat may meet our own first
    /// check. A table in the file replaces this one.
    pub refusals: BTreeMap<String, Reason>,
}

impl Default for Assumed {
    fn default() -> Self {
        Self {
            transaction_reference: "{account};{uid};{payment}/{leg}".into(),
            sale_check_type: 0,
            return_check_type: 1,
            return_check_field: "returnCheckId".into(),
            read_check: "CashdeskServer/GetCheck".into(),
            list_checks: String::new(),
            card_by_number: String::new(),
            check_pin: String::new(),
            repeat_same_check: true,
            blocked_field: "isBlocked".into(),
            lost_field: "isLost".into(),
            valid_to_field: "validTo".into(),
            held_field: String::new(),
            refusals: [
                ("NotEnoughMoney", Reason::NotEnoughMoney),
                ("CardBlocked", Reason::CardBlocked),
                ("CardNotFound", Reason::CardNotFound),
                ("RightNotFound", Reason::AccountNotFound),
                ("RightExpired", Reason::AccountExpired),
                ("BadCheck", Reason::ServerRefused),
                ("ShiftClosed", Reason::ShiftClosed),
                ("PinWrong", Reason::PinWrong),
                ("PinBlocked", Reason::PinBlocked),
                ("PinNotSet", Reason::PinNotChecked),
                ("OverReturn", Reason::ServerRefused),
            ]
            .into_iter()
            .map(|(code, reason)| (code.to_owned(), reason))
            .collect(),
        }
    }
}

/// How patient a payment is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payment {
    /// Seconds that the cashier waits in front of the guest before an unclear payment is parked.
    pub front_s: u64,
    /// Asked so often without a definite answer, a payment needs a manager.
    pub tries: u32,
    /// Pauses between tries, in seconds; the last one repeats.
    pub retry_s: Vec<u64>,
    /// Not settled for so many seconds, a payment needs a manager.
    pub manager_after_s: u64,
    /// Pauses between the background's looks at unsettled payments, in seconds; the last one repeats.
    pub sweep_s: Vec<u64>,
    /// Both servers are asked about the last so many hours of this till; 0: never.
    pub lookback_h: u64,
    /// Larger bills are refused as surely wrong.
    #[serde(with = "sum")]
    pub sum_max: Money,
}

impl Default for Payment {
    fn default() -> Self {
        Self {
            front_s: 45,
            tries: 6,
            retry_s: vec![2, 4, 8, 16, 30],
            manager_after_s: 900,
            sweep_s: vec![30, 300, 600],
            lookback_h: 24,
            sum_max: Money::from_kopecks(100_000_000),
        }
    }
}

/// The journal's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    /// With less than so many free mebibytes in its folder the cashier is warned.
    pub low_disk_mb: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self { low_disk_mb: 200 }
    }
}

/// A card reader: its device is named by `port` or by `usb`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, written as such in the config"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reader {
    /// How the status bar calls it.
    pub name: String,
    /// How it speaks: one of [`super::schema::READER_FAMILIES`].
    pub family: String,
    /// Its node: `COM3`, `/dev/ttyUSB0`.
    pub port: Option<String>,
    /// Vendor and product, `0403:1234`: found whatever its node is called.
    pub usb: Option<String>,
    /// Serial number of the USB device, where two are alike.
    pub serial: Option<String>,
    /// USB socket, where two are alike and have no serial numbers.
    pub usb_path: Option<String>,
    /// Bits per second, where they are not the family's.
    pub baud: Option<u32>,
    /// Raise DTR when the port is opened.
    #[serde(default)]
    pub dtr: bool,
    /// What kind of card it reads, one of [`super::schema::CARD_TECHNOLOGIES`], where its text does
    /// not tell.
    pub technology: Option<String>,
    /// It sends the last byte of the card first.
    #[serde(default)]
    pub reversed: bool,
    /// How many digits it always sends.
    pub digits: Option<u8>,
    /// How many bits of the card a decimal number holds.
    pub bits: Option<u8>,
    /// `hex` or `decimal`, of a frame or text that may hold either.
    pub radix: Option<String>,
    /// With what each line begins, as [`super::value::parse_bytes`] reads it.
    pub prefix: Option<String>,
    /// What stands behind the digits of a line.
    pub suffix: Option<String>,
    /// Any of these bytes ends a line.
    pub terminators: Option<String>,
    /// It swaps 0 and 1.
    #[serde(default)]
    pub inverted: bool,
    /// The track that holds the number of a magnetic card.
    pub track: Option<u8>,
    /// Which field of the track.
    pub track_field: Option<u8>,
    /// It sends the checksum of each track.
    #[serde(default)]
    pub track_lrc: bool,
    /// The same card within so many milliseconds after its last read is the same tap.
    pub same_card_ms: Option<u64>,
}

/// Readers that type the card's number like a keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wedge {
    /// Bursts of keys become cards.
    pub enabled: bool,
    /// Longest pause between two keys of a burst, in milliseconds.
    pub gap_ms: u64,
    /// Fewest characters of a burst.
    pub min_len: u8,
}

impl Default for Wedge {
    fn default() -> Self {
        Self {
            enabled: true,
            gap_ms: 35,
            min_len: 6,
        }
    }
}
