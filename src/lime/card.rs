//! From Lime's answers to a card: who it is, what may be taken from which account.
//!
//! Accounts are known by their `goodTypeId`, never by name or position. What the config does not
//! name is shown and never debited.

use std::sync::Arc;

use jiff::civil::DateTime;
use serde_json::value::RawValue;

use crate::domain::text::clean;
use crate::domain::{
    Account, AccountId, AccountKind, CardNumber, CardStatus, Money, NotSpendable, Notation,
    PinCheck, Terms, Uid,
};

use super::fields::{self, FieldError, Object};
use super::settings::{AccountType, Settings};

/// Most characters of a guest's first word that are kept.
const HOLDER_CHARS_MAX: usize = 30;

/// A card as `GetCardInfoByCardUid` answers it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CardRecord {
    /// Internal id of the card.
    pub(super) id: i64,
    /// Internal id of the client.
    pub(super) client: i64,
    /// Number printed on the card.
    pub(super) number: Option<String>,
    /// May it pay.
    pub(super) status: CardStatus,
}

/// Reads the answer to a card's UID; `None` where Lime knows no such card.
pub(super) fn card(
    answer: Option<&RawValue>,
    settings: &Settings,
    uid: &Uid,
    now: DateTime,
) -> Result<Option<CardRecord>, FieldError> {
    let Some(card) = card_of(answer)? else {
        return Ok(None);
    };
    if let Some(answered) = card.label("uid")
        && !same_uid(&answered, uid.reveal())
    {
        return Err(FieldError::OtherCard);
    }
    record(&card, settings, now).map(Some)
}

/// Reads the answer to a printed number: the card's UID as readers give it, and the card. It must
/// show the very number that was asked for.
pub(super) fn card_by_number(
    answer: Option<&RawValue>,
    settings: &Settings,
    number: &CardNumber,
    now: DateTime,
) -> Result<Option<(Uid, CardRecord)>, FieldError> {
    let Some(card) = card_of(answer)? else {
        return Ok(None);
    };
    let uid = keyed_uid(&card, "code", number, &settings.uid)?;
    Ok(Some((uid, record(&card, settings, now)?)))
}

/// The UID of a card that was found by its number, which must stand in this field.
pub(super) fn keyed_uid(
    card: &Object<'_>,
    field: &str,
    number: &CardNumber,
    notation: &Notation,
) -> Result<Uid, FieldError> {
    if card.label(field).as_deref() != Some(number.as_str()) {
        return Err(FieldError::OtherNumber);
    }
    let uid = card.label("uid").ok_or(FieldError::Missing("card.uid"))?;
    notation.accept(&uid).map_err(|_| FieldError::OtherNotation)
}

/// The card of an answer; `None` where Lime knows none.
fn card_of(answer: Option<&RawValue>) -> Result<Option<Object<'_>>, FieldError> {
    let Some(answer) = answer else {
        return Ok(None);
    };
    let answer = Object::new("answer", answer)?;
    if answer.is_null("card") {
        return Ok(None);
    }
    let card = answer.get("card").ok_or(FieldError::Missing("card"))?;
    Object::new("card", card).map(Some)
}

fn record(card: &Object<'_>, settings: &Settings, now: DateTime) -> Result<CardRecord, FieldError> {
    let valid_to = card.local_time(&settings.valid_to_field)?;
    let status = if card.flag(&settings.lost_field)? {
        CardStatus::Lost
    } else if card.flag(&settings.blocked_field)? {
        CardStatus::Blocked
    } else if valid_to.is_some_and(|last| last < now) {
        CardStatus::Expired
    } else {
        CardStatus::Active
    };
    Ok(CardRecord {
        id: fields::id("card.id", card.get("id"))?,
        client: fields::id("card.userId", card.get("userId"))?,
        number: card.label("code"),
        status,
    })
}

/// Leading zeros and the case of letters are how a UID is written, not which one it is.
pub(super) fn same_uid(answered: &str, asked: &str) -> bool {
    let digits = |text: &str| text.trim_start_matches('0').to_ascii_lowercase();
    digits(answered) == digits(asked)
}

/// Reads the answer to a client's rights: all accounts in Lime's order.
pub(super) fn accounts(
    answer: Option<&RawValue>,
    settings: &Settings,
    status: CardStatus,
    now: DateTime,
) -> Result<Vec<Account>, FieldError> {
    let mut accounts: Vec<Account> = Vec::new();
    for element in fields::list("rights", answer)? {
        let element = Object::new("rights", element)?;
        let right = element.get("right").ok_or(FieldError::Missing("right"))?;
        let right = Object::new("right", right)?;
        let id = fields::id("right.id", right.get("id"))?;
        let account_id = AccountId(id.to_string());
        if accounts.iter().any(|account| account.id == account_id) {
            return Err(FieldError::AccountTwice(id));
        }
        let type_id = fields::id("right.goodTypeId", right.get("goodTypeId"))?;
        let valid_to = right.local_time("to")?;
        let valid_from = right.local_time("from");
        let mut account = Account {
            id: account_id,
            type_id: type_id.to_string(),
            name: right
                .label("goodTypeName")
                .unwrap_or_else(|| type_id.to_string()),
            kind: AccountKind::Other,
            balance: Money::ZERO,
            available: Money::ZERO,
            valid_to,
            priority: u32::MAX,
            not_spendable: Some(NotSpendable::NotMoney),
            terms: Terms {
                // Of what may not pay nothing need be readable but what names it.
                valid_from: valid_from.as_ref().ok().copied().flatten(),
                as_of: Some(now),
                pin: if settings.check_pin.is_empty() {
                    PinCheck::Impossible
                } else {
                    PinCheck::Possible
                },
                ..Terms::default()
            },
        };
        let amount = fields::kopecks("right.amount", right.get("amount"));
        match settings.account_type(type_id) {
            // A count of tickets is no sum, so it need not be readable either.
            None => account.balance = amount.unwrap_or_default(),
            Some(account_type) => {
                account.kind = account_type.kind;
                account.priority = account_type.priority;
                account.balance = amount?;
                account.terms.rules = Arc::clone(&account_type.rules);
                account.terms.held = held(&right, settings)?;
                if let Some(name) = &account_type.name {
                    account.name.clone_from(name);
                }
                let validity = Validity {
                    from: valid_from?,
                    to: valid_to,
                };
                let sums = Sums {
                    balance: account.balance,
                    held: account.terms.held.unwrap_or(Money::ZERO),
                };
                match spendable(account_type, sums, status, validity, now) {
                    Ok(available) => {
                        account.available = available;
                        account.not_spendable = None;
                    }
                    Err(why) => account.not_spendable = Some(why),
                }
            }
        }
        accounts.push(account);
    }
    Ok(accounts)
}

/// What is held of the account for payments that are under way; `None`: the site's Lime does not
/// tell.
fn held(right: &Object<'_>, settings: &Settings) -> Result<Option<Money>, FieldError> {
    let field = settings.held_field.as_str();
    if field.is_empty() || right.is_null(field) {
        return Ok(None);
    }
    let Some(raw) = right.get(field) else {
        return Ok(None);
    };
    fields::kopecks("right held", Some(raw)).map(Some)
}

#[derive(Clone, Copy)]
struct Sums {
    balance: Money,
    held: Money,
}

#[derive(Clone, Copy)]
struct Validity {
    from: Option<DateTime>,
    to: Option<DateTime>,
}

/// What may be taken now, above zero, or why nothing.
fn spendable(
    account_type: &AccountType,
    sums: Sums,
    status: CardStatus,
    validity: Validity,
    now: DateTime,
) -> Result<Money, NotSpendable> {
    let limit = match account_type.kind {
        AccountKind::Other => return Err(NotSpendable::NotMoney),
        AccountKind::Money | AccountKind::Bonus => Some(Money::ZERO),
        AccountKind::Credit => account_type.credit_limit,
    };
    match status {
        CardStatus::Active => {}
        CardStatus::Blocked | CardStatus::Lost | CardStatus::Expired => {
            return Err(NotSpendable::CardNotActive);
        }
    }
    if validity.to.is_some_and(|last| last < now) {
        return Err(NotSpendable::Expired);
    }
    if validity.from.is_some_and(|first| now < first) {
        return Err(NotSpendable::NotYetValid);
    }
    let limit = limit.ok_or(NotSpendable::NoCreditLimit)?;
    let there = sums
        .balance
        .checked_add(limit)
        .filter(|there| there.is_positive())
        .ok_or(NotSpendable::Empty)?;
    there
        .checked_sub(sums.held.max(Money::ZERO))
        .filter(|available| available.is_positive())
        .ok_or(NotSpendable::Held)
}

/// Reads a guest's name, shortened: «Иван П.». The name is a courtesy: whatever is wrong with the
/// answer, there is just no name.
pub(super) fn holder(answer: Option<&RawValue>) -> Option<String> {
    let answer = Object::new("answer", answer?).ok()?;
    let data = Object::new("userData", answer.get("userData")?).ok()?;
    shortened(&data.label("displayName")?)
}

fn shortened(name: &str) -> Option<String> {
    let mut words = name.split_whitespace();
    let first: String = words.next()?.chars().take(HOLDER_CHARS_MAX).collect();
    let initial = words
        .find_map(|word| word.chars().find(|c| c.is_alphabetic()))
        .map(|initial| format!(" {initial}."))
        .unwrap_or_default();
    Some(clean(&format!("{first}{initial}"))).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
