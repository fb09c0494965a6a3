//! What the tests of this module share: a sale, settings, golden answers.

use std::time::Duration;

use uuid::Uuid;

use crate::domain::{AccountId, AccountKind, Attribution, Money, OrderGuid, Uid};
use crate::http::{ChannelSettings, TlsProfile};
use crate::payment::sale::{Leg, PaymentId, Sale};

use super::licence::settings::Kind;
use super::settings::{Currencies, DEFAULT_PATH, Settings, TakeBack};

macro_rules! golden {
    ($($name:ident = $file:literal,)*) => {
        $(pub(super) const $name: &str =
            include_str!(concat!("../../tests/data/rkeeper/", $file, ".xml"));)*
        /// Every golden answer with its name.
        pub(super) const GOLDEN: &[(&str, &str)] = &[$(($file, $name),)*];
    };
}

golden! {
    SYSTEM_INFO = "system-info",
    ORDER_LIST = "order-list",
    NO_CHANGES = "no-changes",
    ORDER_PLAIN = "order-plain",
    ORDER_RICH = "order-rich",
    ORDER_PAID = "order-paid",
    LOCKED = "locked",
    LOCKED_BY_OTHER = "locked-by-other",
    CALCULATED = "calculated",
    PAID = "paid",
    VISIT_CLOSED = "visit-closed",
    PRINTER = "printer",
    SHIFT_CLOSING = "shift-closing",
    FUNCTIONS = "functions",
    ORDER_LIST_OLDER = "order-list-older",
    SYSTEM_INFO_OLDER = "system-info-older",
    RECEIPTS = "receipts",
    REFERENCE = "reference",
    SAVE_ORDER_ERROR = "save-order-error",
    LICENCE_NUMBER = "licence-number",
}

/// Of the order in `order-plain.xml`.
pub(super) const GUID: &str = "{8C9E446E-0000-4000-8000-000000000001}";

pub(super) fn guid() -> OrderGuid {
    OrderGuid(GUID.to_owned())
}

/// An answer to whichever command was sent.
pub(super) fn to_any(answer: &str) -> String {
    answer.replacen(" CMD=\"PayOrder\"", "", 1)
}

/// A flat answer as `RK7Command2` would have it, request echoed.
pub(super) fn as_command_result(flat: &str) -> String {
    let flat = flat.trim_start_matches('\u{feff}');
    let start = flat.find("<RK7QueryResult").unwrap();
    let rest = flat[start..]
        .replacen("<RK7QueryResult", "<CommandResult", 1)
        .replace("</RK7QueryResult>", "</CommandResult>");
    let at = rest.find('>').unwrap();
    let (head, tail) = if rest[..at].ends_with('/') {
        (&rest[..at - 1], "</CommandResult>")
    } else {
        (&rest[..at], &rest[at + 1..])
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><RK7QueryResult ServerVersion=\"7.26.8.2001\" \
         XmlVersion=\"248\" NetName=\"RK7SRV\" Status=\"Ok\" Processed=\"1\">{head}>\
         <SourceCommand><RK7Command2 CMD=\"X\"><Order guid=\"{{0}}\"/></RK7Command2>\
         </SourceCommand>{tail}</RK7QueryResult>"
    )
}

pub(super) fn settings(base: &str) -> Settings {
    Settings {
        channel: ChannelSettings {
            base: base.to_owned(),
            allow_plain_http: true,
            pins: vec![],
            proxy: None,
            connect_timeout: Duration::from_secs(30),
            tls: TlsProfile::Modern,
        },
        path: DEFAULT_PATH.to_owned(),
        user: "кассир".to_owned(),
        password: "p&ss".into(),
        station_code: "1".to_owned(),
        part_payments: true,
        prepay_reason: Some("3".to_owned()),
        cashier_code: "<5> Рога & Копыта \"А\"".to_owned(),
        currencies: Currencies {
            money: Some("11".to_owned()),
            bonus: Some("12".to_owned()),
            credit: None,
        },
        read_menu: false,
        lock_for: Duration::from_mins(2),
        two_step_part_payments: true,
        intent_receipts: false,
        intent_void_reason: None,
        licence: Kind::Lifetime,
        take_back: TakeBack {
            undo_receipt: true,
            remove_prepayments: true,
            manager_code: Some("99".to_owned()),
            manager_password: "7733 \"&".into(),
            undo_reason: Some("5".to_owned()),
        },
        lock_with_station: true,
        pay_without_lock: false,
        command_form: super::CommandForm::Single,
        read_timeout: Duration::from_secs(30),
        pay_timeout: Duration::from_secs(30),
    }
}

/// 1850.00 by three accounts of two cards.
pub(super) fn sale() -> Sale {
    let leg = |number, uid: &str, kind, name: &str, kopecks| Leg {
        number,
        uid: Uid::new(uid).unwrap(),
        card_id: "1".to_owned(),
        client_id: "2".to_owned(),
        card_number: None,
        entry: crate::domain::CardEntry::Reader,
        pin_checked_at: None,
        account: AccountId(number.to_string()),
        account_name: name.to_owned(),
        type_id: "1".to_owned(),
        kind,
        amount: Money::from_kopecks(kopecks),
    };
    Sale {
        payment: PaymentId::from_uuid(Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001)),
        order: guid(),
        order_name: "12.1".to_owned(),
        station: None,
        waiter: None,
        version: 7,
        total: Money::from_kopecks(185_000),
        due: Money::from_kopecks(185_000),
        rest: Money::ZERO,
        by: crate::payment::sale::By::default(),
        lines: vec![],
        legs: vec![
            leg(1, "04A1B2C3", AccountKind::Money, "Депозит", 100_000),
            leg(2, "04A1B2C3", AccountKind::Bonus, "Бонусы", 25_000),
            leg(3, "04D4E5F6", AccountKind::Money, "Депозит", 60_000),
        ],
        attribution: Attribution::in_order(&[], &[]).unwrap(),
    }
}
