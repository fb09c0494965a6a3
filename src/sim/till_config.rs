//! The till's config that fits the running stand-ins: the file a newcomer need not write.

use crate::domain::text::clean;

use super::gateway::ledger::HoldMode;
use super::licence::Subscription;
use super::lime::tokens::Login;
use super::rkeeper::profile::Habit;
use super::world::{AccountType, World};

/// Text of `config.toml`.
pub(super) fn text(world: &World, rkeeper_url: &str, lime_url: &str) -> String {
    let (till, site) = (&world.till, &world.site);
    let station = till.stations.first().map_or("", |station| &station.code);
    let cashier = till.employees.first().map_or("", |cashier| &cashier.code);
    let seller = world.resort.users.first();
    let user_id = seller.map_or(0, |user| user.id);
    let operator = seller.map_or("", |user| &user.name);
    let more = site_keys(world);
    let mut text = format!(
        "# Written by the stand-ins at every start; changes are lost.\n\
         lang = \"ru\"\n\
         state_dir = \"till\"\n\
         \n\
         [rkeeper]\n\
         url = {rkeeper}\n\
         allow_plain_http = true\n\
         user = {user}\n\
         password = {password}\n\
         station_code = {station}\n\
         cashier_code = {cashier}\n\
         {rkeeper_more}\
         \n\
         [rkeeper.currencies]\n\
         money = \"11\"\n\
         bonus = \"12\"\n\
         credit = \"13\"\n\
         \n\
         [lime]\n\
         kind = \"{kind}\"\n\
         url = {lime}\n\
         allow_plain_http = true\n\
         {auth}\
         installation_id = {installation}\n\
         installation_name = {installation_name}\n\
         cashdesk_id = {cash_desk}\n\
         cashdesk_name = {cash_desk_name}\n\
         user_id = {user_id}\n\
         keyed_cards = {keyed_cards}\n\
         operator = {operator}\n",
        operator = quoted(operator),
        rkeeper_more = more.rkeeper,
        rkeeper = quoted(rkeeper_url),
        user = quoted(&till.user),
        password = quoted(&till.password),
        station = quoted(station),
        cashier = quoted(cashier),
        keyed_cards = world.resort.card_by_number || world.gateway.in_use,
        kind = if world.gateway.in_use { "holds" } else { "rpc" },
        lime = quoted(lime_url),
        auth = if world.resort.login.is_some() {
            String::new()
        } else {
            format!("auth_value = {}\n", quoted(&world.resort.auth_value))
        },
        installation = site.installation_id,
        installation_name = quoted(&site.installation),
        cash_desk_name = quoted(&site.cash_desk),
        cash_desk = site.cash_desk_id,
    );
    if let Some(own) = &till.subscription {
        text.push_str(&licence(own, rkeeper_url));
    }
    if let Some(own) = &world.resort.login {
        text.push_str(&login(own));
    }
    for own in &world.resort.account_types {
        if let Some(section) = account_type(own) {
            text.push_str(&section);
        }
    }
    text.push_str(&more.lime_assumed);
    if world.gateway.in_use && world.gateway.mode == HoldMode::None {
        text.push_str("\n[lime.holds]\ncapture = true\n");
    }
    text
}

/// The section of a subscription licence, whose token the stand-in gives.
fn licence(own: &Subscription, url: &str) -> String {
    format!(
        "\n[rkeeper.licence]\n\
         kind = \"subscription\"\n\
         product = {}\n\
         url = {}\n\
         allow_plain_http = true\n\
         user = {}\n\
         password = {}\n\
         integration_token = {}\n\
         resume = \"{}\"\n",
        quoted(&own.product),
        quoted(url),
        quoted(&own.user),
        quoted(&own.password),
        quoted(&own.integration_token),
        if own.names_next { "same" } else { "next" },
    )
}

/// The section of a user of Lime who logs in.
fn login(own: &Login) -> String {
    format!(
        "\n[lime.login]\nuser = {}\npassword = {}\nclient_id = {}\n",
        quoted(&own.user),
        quoted(&own.password),
        quoted(&own.client_id),
    )
}

/// Keys that follow from what this world.s servers can do.
struct SiteKeys {
    /// Lines for the end of `[rkeeper]`.
    rkeeper: String,
    /// A whole `[lime.assumed]` section.
    lime_assumed: String,
}

/// See [`SiteKeys`].
fn site_keys(world: &World) -> SiteKeys {
    let till = &world.till;
    let prepay_reason = till.prepay_reasons.first();
    let undo_reason = till.void_reasons.iter().find(|own| own.on_check_undo);
    let manager = till.managers.first();
    let undo = till.abilities.undo_receipt && manager.is_some() && undo_reason.is_some();
    let mut lime_assumed = String::new();
    for (there, key) in [
        (
            world.resort.list_checks,
            "list_checks = \"CashdeskServer/GetChecks\"\n",
        ),
        (
            world.resort.card_by_number,
            "card_by_number = \"ClientManagement/GetCardInfoByCardCode\"\n",
        ),
        (
            world.resort.check_pin,
            "check_pin = \"ClientManagement/CheckPin\"\n",
        ),
    ] {
        if there {
            lime_assumed.push_str(key);
        }
    }
    if !lime_assumed.is_empty() {
        lime_assumed.insert_str(0, "\n[lime.assumed]\n");
    }
    let intents = if till.profile.has(Habit::IntentReceipts) {
        "yes"
    } else {
        "no"
    };
    SiteKeys {
        rkeeper: format!(
            "intent_receipts = \"{intents}\"\n\
             intent_void_reason = {}\n\
             part_payments = true\n\
             prepay_reason = {}\n\
             remove_prepayments = {}\n\
             undo_receipt = {undo}\n\
             undo_reason = {}\n\
             manager_code = {}\n\
             manager_password = {}\n",
            quoted(undo_reason.map_or("", |reason| reason.item.code.as_str())),
            quoted(prepay_reason.map_or("", |reason| reason.code.as_str())),
            manager.is_some(),
            quoted(undo_reason.map_or("", |reason| reason.item.code.as_str())),
            quoted(manager.map_or("", |manager| manager.code.as_str())),
            quoted(manager.map_or("", |manager| manager.password.as_str())),
        ),
        lime_assumed,
    }
}

/// The section of one account type; `None` for what cannot pay.
fn account_type(own: &AccountType) -> Option<String> {
    let processing_id = own.processing_id?;
    let (kind, priority) = if own.credit_limit.is_positive() {
        ("credit", 90)
    } else if processing_id == 1 {
        ("money", 10)
    } else {
        ("bonus", 20)
    };
    let mut section = format!(
        "\n[[lime.account_types]]\n\
         good_type_id = {}\n\
         kind = \"{kind}\"\n\
         processing_id = {processing_id}\n\
         priority = {priority}\n",
        own.id
    );
    if own.credit_limit.is_positive() {
        section.push_str("credit_limit = \"");
        section.push_str(&own.credit_limit.to_string());
        section.push_str("\"\n");
    }
    Some(section)
}

/// A TOML string; a till's config takes no control characters, whatever a scenario's names have.
fn quoted(text: &str) -> String {
    toml::Value::String(clean(text)).to_string()
}
