//! Any bytes as an answer of Lime, read as every answer that is asked for.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use limekeeper::domain::{AccountKind, Money, Notation};
use limekeeper::http::{ChannelSettings, TlsProfile};
use limekeeper::lime::{AccountType, Auth, REFUSALS, Settings, ShiftRule, parse_every_answer};

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| Settings {
    channel: ChannelSettings {
        base: "https://lime.invalid".into(),
        allow_plain_http: false,
        pins: vec![],
        proxy: None,
        connect_timeout: Duration::from_secs(1),
        tls: TlsProfile::Modern,
    },
    path: "/api".into(),
    auth: Auth::Header {
        name: "Authorization".into(),
        value: String::from("LimeToken x").into(),
    },
    installation_id: 1,
    cashdesk_id: 1,
    user_id: 1,
    shift: ShiftRule::Required,
    account_types: [
        (1, AccountKind::Money, None),
        (2, AccountKind::Bonus, None),
        (3, AccountKind::Credit, Some(Money::from_kopecks(1_000_000))),
    ]
    .map(|(id, kind, credit_limit)| AccountType {
        good_type_id: id,
        kind,
        processing_id: id,
        priority: 10,
        credit_limit,
        name: None,
        rules: Arc::default(),
    })
    .into(),
    uid: Notation::default(),
    transaction_reference: "{account};{uid};{payment}/{leg}".into(),
    sale_check_type: 0,
    return_check_type: 1,
    return_check_field: "returnCheckId".into(),
    read_check: "CashdeskServer/GetCheck".into(),
    list_checks: "CashdeskServer/GetChecks".into(),
    card_by_number: "ClientManagement/GetCardInfoByCardCode".into(),
    check_pin: "ClientManagement/CheckPin".into(),
    repeat_same_check: true,
    service_good_type_id: None,
    blocked_field: "isBlocked".into(),
    lost_field: "isLost".into(),
    valid_to_field: "validTo".into(),
    held_field: String::new(),
    refusals: REFUSALS
        .iter()
        .map(|&(code, reason)| (code.into(), reason))
        .collect(),
    show_holder: true,
    keyed_cards: true,
    read_timeout: Duration::from_secs(1),
    write_timeout: Duration::from_secs(1),
});

fuzz_target!(|body: &[u8]| parse_every_answer(&SETTINGS, body));
