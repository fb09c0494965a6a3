//! The table of settings: every key with what may be written there. It finds mistyped and
//! misplaced keys and says what to write instead; a test keeps it equal to the structs.

use crate::operators::Right;
use crate::payment::reason::Reason;

use super::screen::{RINGS, THEMES, WHEN};

/// Reader families that a reader of the config can name.
pub const READER_FAMILIES: &[&str] = &[
    "rdm6300",
    "ironlogic",
    "framed",
    "twn3",
    "twn4",
    "idteck",
    "perco",
    "wiegand",
    "text",
    "hex",
    "decimal",
    "track",
    "keyboard",
    "magtek",
    "idtech",
    "pcprox",
    "pcsc",
];

/// Ways of TLS that `rkeeper.tls` can name.
pub const TLS_PROFILES: &[&str] = &["modern", "openssl-tls12", "openssl-tls10"];

/// Kinds of card that a reader of the config can be said to read.
pub const CARD_TECHNOLOGIES: &[&str] = &["em-marine", "mifare", "hid-prox", "magstripe"];

/// Environment variable with r_keeper's password.
pub const ENV_RKEEPER_PASSWORD: &str = "LIMEKEEPER_RKEEPER_PASSWORD";
/// Environment variable with the password of the manager who takes receipts back.
pub const ENV_MANAGER_PASSWORD: &str = "LIMEKEEPER_RKEEPER_MANAGER_PASSWORD";
/// Environment variable with the token of r_keeper's subscription.
pub const ENV_LICENCE_TOKEN: &str = "LIMEKEEPER_RKEEPER_LICENCE_TOKEN";
/// Environment variable with the password of the licence server.
pub const ENV_LICENCE_PASSWORD: &str = "LIMEKEEPER_RKEEPER_LICENCE_PASSWORD";
/// Environment variable with the developer's token for the licence server.
pub const ENV_INTEGRATION_TOKEN: &str = "LIMEKEEPER_RKEEPER_INTEGRATION_TOKEN";
/// Environment variable with the value of Lime's header.
pub const ENV_LIME_AUTH: &str = "LIMEKEEPER_LIME_AUTH";

/// Environment variable with the password of Lime's user.
pub const ENV_LIME_PASSWORD: &str = "LIMEKEEPER_LIME_PASSWORD";

/// Environment variables that hold secrets, each with its key and what may be in it.
pub(super) const SECRET_VARIABLES: &[(&str, &str, Rule)] = &[
    (ENV_RKEEPER_PASSWORD, "rkeeper.password", Rule::Secret),
    (
        ENV_MANAGER_PASSWORD,
        "rkeeper.manager_password",
        Rule::Secret,
    ),
    (ENV_LICENCE_TOKEN, "rkeeper.licence.token", Rule::Secret),
    (
        ENV_LICENCE_PASSWORD,
        "rkeeper.licence.password",
        Rule::Secret,
    ),
    (
        ENV_INTEGRATION_TOKEN,
        "rkeeper.licence.integration_token",
        Rule::Secret,
    ),
    (ENV_LIME_AUTH, "lime.auth_value", Rule::HeaderValue),
    (ENV_LIME_PASSWORD, "lime.login.password", Rule::Secret),
];

/// What may be written for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Any text without control characters.
    Text,
    /// A text that is never shown.
    Secret,
    /// A secret that goes into an HTTP header: visible ASCII.
    HeaderValue,
    /// Name of an HTTP header.
    HeaderName,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words, or none.
    Words(&'static [&'static str]),
    /// The word of a [`Reason`].
    Reason,
    /// Digits in quotes, or empty.
    Code,
    /// Nine digits in quotes, or empty.
    RestaurantCode,
    /// A word for a product of r_keeper's licence, or its GUID.
    Product,
    /// A day in quotes, `2027-11-30`, or empty.
    Day,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Whole seconds.
    Pauses,
    /// `https://host:port`, or empty.
    Url,
    /// `http://host:port`, or empty.
    Proxy,
    /// SHA-256 of certificates.
    Pins,
    /// Names or numbers of things, none of them empty.
    Names,
    /// Hash of a PIN or a card, or empty; never shown.
    Hash,
    /// A time zone of the IANA database, or empty.
    TimeZone,
    /// A sum above zero in quotes.
    Sum,
    /// A sum above zero in quotes, or empty.
    OptionalSum,
    /// Bits of a card's number in hexadecimal, or empty.
    Mask,
    /// Text with fields for a card's number.
    Template,
    /// A path that starts with `/`.
    WebPath,
    /// A folder of this machine, or empty.
    Folder,
    /// A few bytes of a line, `\\x02` and the like for those that are no letters.
    Bytes,
    /// Vendor and product of a USB device, four and four hexadecimal digits.
    UsbId,
    /// Address and port of this machine, or empty.
    Listen,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Where it stands; `[]` after a list of tables, `*` for any key.
    pub path: &'static str,
    /// What may be written.
    pub rule: Rule,
    /// Has no built-in value.
    pub required: bool,
}

const fn key(path: &'static str, rule: Rule) -> Setting {
    Setting {
        path,
        rule,
        required: false,
    }
}

const fn required(path: &'static str, rule: Rule) -> Setting {
    Setting {
        path,
        rule,
        required: true,
    }
}

const fn whole(min: i64, max: i64) -> Rule {
    Rule::Whole { min, max }
}

/// Ids and types of Lime.
const ID: Rule = whole(0, 9_007_199_254_740_991);
/// Ids that cannot be absent.
const ID_SET: Rule = whole(1, 9_007_199_254_740_991);
/// Waits, in seconds.
const SECONDS: Rule = whole(1, 600);
/// Most pauses and pins in a list.
pub(super) const LIST_MAX: usize = 50;
/// Longest pause, in seconds.
pub(super) const PAUSE_S_MAX: i64 = 600;

/// Every key, in the order of `config.toml`.
pub(super) const SETTINGS: &[Setting] = &[
    key("lang", Rule::Word(&["ru", "en"])),
    key("state_dir", Rule::Folder),
    key(
        "log_level",
        Rule::Word(&["error", "warn", "info", "debug", "trace"]),
    ),
    key("screen.theme", Rule::Word(THEMES)),
    key("screen.bell", Rule::Words(RINGS)),
    key("screen.mouse", Rule::Word(WHEN)),
    key("screen.touch", Rule::Word(WHEN)),
    key("screen.support", Rule::Text),
    key("screen.raise_on_tap", Rule::Flag),
    key("rkeeper.url", Rule::Url),
    key("rkeeper.path", Rule::WebPath),
    key("rkeeper.allow_plain_http", Rule::Flag),
    key("rkeeper.pins", Rule::Pins),
    key("rkeeper.tls", Rule::Word(TLS_PROFILES)),
    key("rkeeper.proxy", Rule::Proxy),
    key("rkeeper.user", Rule::Text),
    key("rkeeper.password", Rule::Secret),
    key("rkeeper.station_code", Rule::Code),
    key("rkeeper.cashier_code", Rule::Code),
    key("rkeeper.intent_receipts", Rule::Word(&["no", "yes"])),
    key("rkeeper.intent_void_reason", Rule::Code),
    key("rkeeper.part_payments", Rule::Flag),
    key("rkeeper.prepay_reason", Rule::Code),
    key("rkeeper.two_step_part_payments", Rule::Flag),
    key("rkeeper.remove_prepayments", Rule::Flag),
    key("rkeeper.undo_receipt", Rule::Flag),
    key("rkeeper.undo_reason", Rule::Code),
    key("rkeeper.manager_code", Rule::Code),
    key("rkeeper.manager_password", Rule::Secret),
    key("rkeeper.lock_s", whole(30, 3_600)),
    key("rkeeper.lock_with_station", Rule::Flag),
    key("rkeeper.pay_without_lock", Rule::Flag),
    key("rkeeper.locked_retry_s", whole(0, 60)),
    key(
        "rkeeper.command_form",
        Rule::Word(&["RK7CMD", "RK7Command", "RK7Command2"]),
    ),
    key("rkeeper.connect_timeout_s", SECONDS),
    key("rkeeper.read_timeout_s", SECONDS),
    key("rkeeper.pay_timeout_s", SECONDS),
    key("rkeeper.poll_s", SECONDS),
    key("rkeeper.notify.listen", Rule::Listen),
    key("rkeeper.currencies.money", Rule::Code),
    key("rkeeper.currencies.bonus", Rule::Code),
    key("rkeeper.currencies.credit", Rule::Code),
    key("lime.kind", Rule::Word(&["rpc", "holds"])),
    key(
        "rkeeper.licence.kind",
        Rule::Word(&["lifetime", "subscription"]),
    ),
    key("rkeeper.licence.product", Rule::Product),
    key("rkeeper.licence.restaurant_code", Rule::RestaurantCode),
    key("rkeeper.licence.token", Rule::Secret),
    key("rkeeper.licence.token_expires", Rule::Day),
    key("rkeeper.licence.url", Rule::Url),
    key("rkeeper.licence.path", Rule::WebPath),
    key("rkeeper.licence.allow_plain_http", Rule::Flag),
    key("rkeeper.licence.proxy", Rule::Proxy),
    key("rkeeper.licence.user", Rule::Text),
    key("rkeeper.licence.password", Rule::Secret),
    key("rkeeper.licence.integration_token", Rule::Secret),
    key("rkeeper.licence.timeout_s", SECONDS),
    key("rkeeper.licence.resume", Rule::Word(&["next", "same"])),
    key("rkeeper.licence.warn_days", whole(1, 365)),
    key("lime.url", Rule::Url),
    key("lime.path", Rule::WebPath),
    key("lime.allow_plain_http", Rule::Flag),
    key("lime.pins", Rule::Pins),
    key("lime.proxy", Rule::Proxy),
    key("lime.auth_header", Rule::HeaderName),
    key("lime.auth_value", Rule::HeaderValue),
    key("lime.installation_id", ID),
    key("lime.installation_name", Rule::Text),
    key("lime.cashdesk_id", ID),
    key("lime.cashdesk_name", Rule::Text),
    key("lime.user_id", ID),
    key("lime.connect_timeout_s", SECONDS),
    key("lime.read_timeout_s", SECONDS),
    key("lime.write_timeout_s", SECONDS),
    key("lime.stale_after_s", whole(5, 3_600)),
    key("lime.show_holder", Rule::Flag),
    key("lime.keyed_cards", Rule::Flag),
    key("lime.service_good_type_id", ID),
    key("lime.time_zone", Rule::TimeZone),
    key("lime.service_point", Rule::Text),
    key("lime.operator", Rule::Text),
    key(
        "lime.uid.radix",
        Rule::Word(&["decimal", "hex_upper", "hex_lower"]),
    ),
    key(
        "lime.uid.byte_order",
        Rule::Word(&["first_high", "first_low"]),
    ),
    key("lime.uid.keep_bytes", whole(0, 10)),
    key("lime.uid.mirror_bits", Rule::Flag),
    key("lime.uid.pad", whole(0, 30)),
    key("lime.uid.mask", Rule::Mask),
    key("lime.uid.drop_left", whole(0, 29)),
    key("lime.uid.drop_right", whole(0, 29)),
    key("lime.uid.template", Rule::Template),
    required("lime.account_types[].good_type_id", ID_SET),
    required(
        "lime.account_types[].kind",
        Rule::Word(&["money", "bonus", "credit", "other"]),
    ),
    required("lime.account_types[].processing_id", ID),
    key("lime.account_types[].priority", whole(0, 1_000_000)),
    key("lime.account_types[].credit_limit", Rule::OptionalSum),
    key("lime.account_types[].name", Rule::Text),
    key("lime.account_types[].bill_share_percent", whole(0, 100)),
    key("lime.account_types[].only_categories", Rule::Names),
    key("lime.account_types[].not_categories", Rule::Names),
    key("lime.account_types[].per_operation_max", Rule::OptionalSum),
    key("lime.account_types[].per_day_max", Rule::OptionalSum),
    key("lime.account_types[].manager_above", Rule::OptionalSum),
    key("lime.account_types[].pin_above", Rule::OptionalSum),
    key("lime.account_types[].round_to", Rule::OptionalSum),
    key("lime.shift", Rule::Word(&["required", "open", "unchecked"])),
    key("lime.clock_limit_s", whole(10, 86_400)),
    key("lime.login.user", Rule::Text),
    key("lime.login.password", Rule::Secret),
    key("lime.login.path", Rule::WebPath),
    key("lime.login.client_id", Rule::Text),
    key("lime.login.scope", Rule::Text),
    key("lime.assumed.transaction_reference", Rule::Text),
    key("lime.assumed.sale_check_type", ID),
    key("lime.assumed.return_check_type", ID),
    key("lime.assumed.return_check_field", Rule::Text),
    key("lime.assumed.read_check", Rule::Text),
    key("lime.assumed.list_checks", Rule::Text),
    key("lime.assumed.card_by_number", Rule::Text),
    key("lime.assumed.check_pin", Rule::Text),
    key("lime.assumed.repeat_same_check", Rule::Flag),
    key("lime.assumed.blocked_field", Rule::Text),
    key("lime.assumed.lost_field", Rule::Text),
    key("lime.assumed.valid_to_field", Rule::Text),
    key("lime.assumed.held_field", Rule::Text),
    key("lime.assumed.refusals.*", Rule::Reason),
    key("lime.holds.path", Rule::WebPath),
    key("lime.holds.capture", Rule::Flag),
    key("lime.holds.ttl_s", whole(600, 604_800)),
    key("payment.front_s", SECONDS),
    key("payment.tries", whole(1, 100)),
    key("payment.retry_s", Rule::Pauses),
    key("payment.manager_after_s", whole(1, 86_400)),
    key("payment.sweep_s", Rule::Pauses),
    key("payment.lookback_h", whole(0, 168)),
    key("payment.sum_max", Rule::Sum),
    key("journal.low_disk_mb", whole(16, 1_000_000_000)),
    key("operators.lock_after_s", whole(0, 86_400)),
    key("operators.attempts", whole(1, 20)),
    key("operators.pause_s", whole(1, 3_600)),
    required("operators.people[].name", Rule::Text),
    required("operators.people[].rights", Rule::Words(Right::WORDS)),
    key("operators.people[].pin", Rule::Hash),
    key("operators.people[].card", Rule::Hash),
    required("readers[].name", Rule::Text),
    required("readers[].family", Rule::Word(READER_FAMILIES)),
    key("readers[].port", Rule::Text),
    key("readers[].usb", Rule::UsbId),
    key("readers[].serial", Rule::Text),
    key("readers[].usb_path", Rule::Text),
    key("readers[].baud", whole(300, 3_000_000)),
    key("readers[].dtr", Rule::Flag),
    key("readers[].technology", Rule::Word(CARD_TECHNOLOGIES)),
    key("readers[].reversed", Rule::Flag),
    key("readers[].digits", whole(4, 40)),
    key("readers[].bits", whole(24, 80)),
    key("readers[].radix", Rule::Word(&["hex", "decimal"])),
    key("readers[].prefix", Rule::Bytes),
    key("readers[].suffix", Rule::Bytes),
    key("readers[].terminators", Rule::Bytes),
    key("readers[].inverted", Rule::Flag),
    key("readers[].track", whole(1, 3)),
    key("readers[].track_field", whole(0, 20)),
    key("readers[].track_lrc", Rule::Flag),
    key("readers[].same_card_ms", whole(0, 60_000)),
    key("wedge.enabled", Rule::Flag),
    key("wedge.gap_ms", whole(5, 500)),
    key("wedge.min_len", whole(4, 32)),
];

/// What stands at a path of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A key with a value.
    Value(Rule),
    /// `[table]`.
    Table,
    /// `[[list of tables]]`.
    Tables,
}

/// What stands at that path (`lime.account_types[].kind`), if anything.
pub(super) fn node(path: &str) -> Option<Node> {
    if let Some(rule) = rule(path) {
        return Some(Node::Value(rule));
    }
    let below = |mark: &str| {
        SETTINGS.iter().any(|setting| {
            setting
                .path
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with(mark))
        })
    };
    if below(".") {
        Some(Node::Table)
    } else if below("[].") {
        Some(Node::Tables)
    } else {
        None
    }
}

fn rule(path: &str) -> Option<Rule> {
    SETTINGS
        .iter()
        .find(|setting| match setting.path.strip_suffix('*') {
            Some(any) => path
                .strip_prefix(any)
                .is_some_and(|name| !name.is_empty() && !name.contains('.')),
            None => setting.path == path,
        })
        .map(|setting| setting.rule)
}

/// Names of the keys and tables directly below a table (`""` is the top).
pub(super) fn names_in(table: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for setting in SETTINGS {
        let rest = if table.is_empty() {
            Some(setting.path)
        } else {
            setting
                .path
                .strip_prefix(table)
                .and_then(|rest| rest.strip_prefix('.'))
        };
        let Some(name) = rest.and_then(|rest| rest.split('.').next()) else {
            continue;
        };
        let name = name.trim_end_matches("[]");
        if name != "*" && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Tables that have a key or table of that name, as they are written: `[rkeeper]`, `[[readers]]`.
pub(super) fn tables_with(name: &str) -> Vec<String> {
    let mut tables = Vec::new();
    for setting in SETTINGS {
        let mut start = 0;
        for part in setting.path.split('.') {
            if part.trim_end_matches("[]") == name {
                let table = heading(setting.path[..start].trim_end_matches('.'));
                if !tables.contains(&table) {
                    tables.push(table);
                }
            }
            start += part.len() + 1;
        }
    }
    tables
}

/// How a table is written; empty for the top of the file.
pub(super) fn heading(table: &str) -> String {
    match table.strip_suffix("[]") {
        Some(list) => format!("[[{list}]]"),
        None if table.is_empty() => String::new(),
        None => format!("[{table}]"),
    }
}

/// The known name that is meant by a mistyped one, if one is near enough.
pub(super) fn nearest(name: &str, names: &[&'static str]) -> Option<&'static str> {
    let room = (name.chars().count() / 3).max(1);
    names
        .iter()
        .map(|known| (distance(&name.to_lowercase(), known), *known))
        .filter(|&(distance, _)| distance <= room)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, known)| known)
}

/// Letters to insert, delete, replace or swap to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            next[j] = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = row;
        row = next;
    }
    row[b.len()]
}

/// The word of every reason.
pub(super) fn reason_words() -> Vec<&'static str> {
    Reason::ALL.iter().map(|reason| reason.code()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::operators::PersonSettings;
    use super::super::secret::Secret;
    use super::super::settings::{AccountType, Config, Reader};
    use super::*;
    use crate::domain::AccountKind;

    fn paths(prefix: &str, value: &toml::Value, found: &mut BTreeSet<String>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let key = if prefix == "lime.assumed.refusals" {
                        "*"
                    } else {
                        key
                    };
                    let path = if prefix.is_empty() {
                        key.to_owned()
                    } else {
                        format!("{prefix}.{key}")
                    };
                    paths(&path, value, found);
                }
            }
            toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
                for value in list {
                    paths(&format!("{prefix}[]"), value, found);
                }
            }
            _ => {
                found.insert(prefix.to_owned());
            }
        }
    }

    #[test]
    fn the_table_names_exactly_the_keys_of_the_structs() {
        let mut config = Config::default();
        config.lime.account_types = vec![AccountType::plain(1, AccountKind::Money)];
        config.operators.people = vec![PersonSettings {
            name: String::new(),
            rights: vec![],
            pin: Secret::default(),
            card: Secret::default(),
        }];
        config.readers = vec![Reader {
            name: String::new(),
            family: String::new(),
            port: Some(String::new()),
            usb: Some(String::new()),
            serial: Some(String::new()),
            usb_path: Some(String::new()),
            baud: Some(9600),
            dtr: false,
            technology: Some(String::new()),
            reversed: false,
            digits: Some(10),
            bits: Some(32),
            radix: Some(String::new()),
            prefix: Some(String::new()),
            suffix: Some(String::new()),
            terminators: Some(String::new()),
            inverted: false,
            track: Some(2),
            track_field: Some(0),
            track_lrc: false,
            same_card_ms: Some(1000),
        }];
        let mut found = BTreeSet::new();
        paths("", &toml::Value::try_from(&config).unwrap(), &mut found);
        let known: BTreeSet<String> = SETTINGS
            .iter()
            .map(|setting| setting.path.to_owned())
            .collect();
        assert_eq!(found, known);
    }

    #[test]
    fn nodes() {
        assert_eq!(node("rkeeper"), Some(Node::Table));
        assert_eq!(node("readers"), Some(Node::Tables));
        assert_eq!(node("lime.account_types"), Some(Node::Tables));
        assert_eq!(node("lime.assumed.refusals"), Some(Node::Table));
        assert_eq!(
            node("lime.assumed.refusals.X"),
            Some(Node::Value(Rule::Reason))
        );
        assert_eq!(node("rkeep"), None);
        assert_eq!(tables_with("poll_s"), ["[rkeeper]"]);
        assert_eq!(
            tables_with("url"),
            ["[rkeeper]", "[rkeeper.licence]", "[lime]"]
        );
        assert_eq!(tables_with("port"), ["[[readers]]"]);
        assert_eq!(tables_with("lang"), [""]);
    }

    #[test]
    fn mistyped_names() {
        for (name, meant) in [
            ("prot", Some("port")),
            ("Port", Some("port")),
            ("famly", Some("family")),
            ("bauds", Some("baud")),
            ("parity", None),
        ] {
            assert_eq!(nearest(name, &names_in("readers[]")), meant, "{name}");
        }
        assert_eq!(nearest("rkeper", &names_in("")), Some("rkeeper"));
    }
}
