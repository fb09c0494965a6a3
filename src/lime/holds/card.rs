//! From the server's answer to a card: who it is, what may be taken from which account.
//!
//! The server says what may be spent; what it says in a word that the contract does not have, or
//! that contradicts itself, may not.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::domain::{
    Account, AccountId, AccountKind, Card, CardName, CardStatus, Money, NotSpendable, Terms,
};
use crate::lime::card::{keyed_uid, same_uid};
use crate::lime::fields::{self, FieldError, Object};

use super::settings::Settings;

/// Field of a card with the number printed on it.
const PRINTED_NUMBER: &str = "printed_number";

/// Reads the answer to a look-up; the card must be the one that was asked for.
pub(super) fn card(
    answer: Option<&RawValue>,
    settings: &Settings,
    name: &CardName,
) -> Result<Card, FieldError> {
    let raw = answer.ok_or(FieldError::Missing("card"))?;
    let answer = Object::new("answer", raw)?;
    let card = Object::new(
        "card",
        answer.get("card").ok_or(FieldError::Missing("card"))?,
    )?;
    let uid = match name {
        CardName::Uid(asked) => match card.label("uid") {
            Some(answered) if !same_uid(&answered, asked.reveal()) => {
                return Err(FieldError::OtherCard);
            }
            Some(_) | None => asked.clone(),
        },
        CardName::Number(number) => keyed_uid(&card, PRINTED_NUMBER, number, &settings.uid)?,
    };
    let word = |key: &str| card.get(key).and_then(fields::text);
    let status = match word("status").as_deref() {
        Some("active") => CardStatus::Active,
        Some("lost") => CardStatus::Lost,
        Some("expired") => CardStatus::Expired,
        // A word that is not known does not pay either.
        Some(_) => CardStatus::Blocked,
        None => return Err(FieldError::Missing("card.status")),
    };
    let as_of = fields::moment(&answer, "as_of", &settings.time_zone)?;
    let mut accounts: Vec<Account> = Vec::new();
    for raw in fields::list("accounts", answer.get("accounts"))? {
        let mut account = account(raw, settings, status)?;
        account.terms.as_of = as_of;
        if accounts.iter().any(|own| own.id == account.id) {
            return Err(FieldError::BadObject("accounts"));
        }
        accounts.push(account);
    }
    Ok(Card {
        uid,
        card_id: word("card_id").ok_or(FieldError::Missing("card.card_id"))?,
        client_id: word("client_id").ok_or(FieldError::Missing("card.client_id"))?,
        number: card.label(PRINTED_NUMBER),
        status,
        holder: settings.show_holder.then(|| card.label("holder")).flatten(),
        accounts,
    })
}

fn account(raw: &RawValue, settings: &Settings, status: CardStatus) -> Result<Account, FieldError> {
    let account = Object::new("account", raw)?;
    let word = |key: &str| account.get(key).and_then(fields::text);
    let kind = match word("kind").as_deref() {
        Some("money") => AccountKind::Money,
        Some("bonus") => AccountKind::Bonus,
        Some("credit") => AccountKind::Credit,
        Some(_) | None => AccountKind::Other,
    };
    let type_id = word("type_id").ok_or(FieldError::Missing("account.type_id"))?;
    let balance = fields::kopecks("account.balance", account.get("balance"))?;
    let available = fields::kopecks("account.available", account.get("available"))?;
    let spendable = account.flag("spendable")?;
    let not_spendable = if kind == AccountKind::Other {
        Some(NotSpendable::NotMoney)
    } else if status != CardStatus::Active {
        Some(NotSpendable::CardNotActive)
    } else if !spendable {
        Some(why_not(word("not_spendable_reason").as_deref(), balance))
    } else if !available.is_positive() {
        Some(NotSpendable::Empty)
    } else {
        None
    };
    let priority = account
        .get("priority")
        .and_then(|raw| raw.get().parse().ok());
    let own = settings
        .account_types
        .iter()
        .find(|own| own.good_type_id.to_string() == type_id);
    let terms = Terms {
        valid_from: fields::moment(&account, "valid_from", &settings.time_zone)?,
        held: account
            .get("held")
            .map(|raw| fields::kopecks("account.held", Some(raw)))
            .transpose()?,
        rules: own.map(|own| Arc::clone(&own.rules)).unwrap_or_default(),
        ..Terms::default()
    };
    Ok(Account {
        id: AccountId(word("account_id").ok_or(FieldError::Missing("account.account_id"))?),
        name: own
            .and_then(|own| own.name.clone())
            .or_else(|| account.label("type_name"))
            .unwrap_or_else(|| type_id.clone()),
        type_id,
        kind,
        balance,
        available: if not_spendable.is_none() {
            available
        } else {
            Money::ZERO
        },
        valid_to: fields::moment(&account, "valid_to", &settings.time_zone)?,
        priority: own.map(|own| own.priority).or(priority).unwrap_or(u32::MAX),
        not_spendable,
        terms,
    })
}

/// The server's reason in our words; the contract leaves its words open.
fn why_not(word: Option<&str>, balance: Money) -> NotSpendable {
    match word {
        Some("expired" | "account_expired") => NotSpendable::Expired,
        Some("not_yet_valid") => NotSpendable::NotYetValid,
        Some("no_credit_limit") => NotSpendable::NoCreditLimit,
        Some("card_blocked" | "card_lost" | "card_expired") => NotSpendable::CardNotActive,
        Some("held" | "held_elsewhere") => NotSpendable::Held,
        Some("empty" | "insufficient_funds") => NotSpendable::Empty,
        Some(_) | None if !balance.is_positive() => NotSpendable::Empty,
        Some(_) | None => NotSpendable::NotMoney,
    }
}
