//! The body of `PutCheck`: a bill dish by dish, and what each account pays of each dish.
//!
//! The same sale gives the same bytes. Sums are roubles with exactly two decimals, written from
//! the kopecks; before anything is written, the parts are added up once more.

use jiff::civil::DateTime;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::domain::order::SERVICE_LINE;
use crate::domain::{Attribution, LineDue, Money, Part, Quantity};
use crate::payment::ports::OperationId;
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::{Leg, Sale};

use super::settings::Settings;

/// `check.delayFiscalization`, which public clients send. Open: whether it must be true where
/// r_keeper prints the fiscal receipt.
const DELAY_FISCALIZATION: bool = false;
/// `check.administrative`: ours are guests' bills.
const ADMINISTRATIVE: bool = false;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    check: Check<'a>,
    entries: Vec<EntryWithPayments>,
}

/// `check`; written by hand since one of its keys is a setting.
struct Check<'a> {
    settings: &'a Settings,
    id: i64,
    at: DateTime,
    /// The sale that this one gives back.
    returned: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryWithPayments {
    entry: Entry,
    payments: Vec<Payment>,
    check_entry_discounts: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    check_id: i64,
    id: usize,
    good_type_id: i64,
    card_id: i64,
    user_id: i64,
    amount: Digits<Money>,
    price: Digits<Money>,
    base_price: Digits<Money>,
    count: Digits<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_check_entry_id: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    check_entry_id: usize,
    id: usize,
    processing_id: i64,
    amount: Digits<Money>,
    transaction_reference: String,
}

/// A JSON number with the digits of its `Display`: `290.00`, `0.350`.
struct Digits<T>(T);

impl<T: ToString> Serialize for Digits<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

impl Serialize for Check<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = self.settings;
        let time = self.at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let kind = match self.returned {
            None => settings.sale_check_type,
            Some(_) => settings.return_check_type,
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("installationId", &settings.installation_id)?;
        map.serialize_entry("cashdeskId", &settings.cashdesk_id)?;
        map.serialize_entry("userId", &settings.user_id)?;
        // Two clocks of Lime; a till has one, and that is the site's.
        map.serialize_entry("installationTime", &time)?;
        map.serialize_entry("time", &time)?;
        map.serialize_entry("type", &kind)?;
        map.serialize_entry("administrative", &ADMINISTRATIVE)?;
        map.serialize_entry("delayFiscalization", &DELAY_FISCALIZATION)?;
        if let Some(returned) = self.returned
            && !settings.return_check_field.is_empty()
        {
            map.serialize_entry(&settings.return_check_field, &returned)?;
        }
        map.end()
    }
}

/// The bytes of a sale, or of the return of what check `returned` took, all or the parts given.
pub(super) fn body(
    settings: &Settings,
    operation: &OperationId,
    returned: Option<(&OperationId, &Attribution)>,
    sale: &Sale,
    at: DateTime,
) -> Result<Vec<u8>, Problem> {
    let id = number_of(operation)?;
    add_up(sale)?;
    let parts = match returned {
        None => &sale.attribution,
        Some((_, back)) => {
            within(back, sale)?;
            back
        }
    };
    let mut entries = Vec::new();
    let sold = sale.lines.iter().enumerate();
    let sold = sold.filter(|(_, line)| line.due.is_positive());
    for (sale_entry, (index, line)) in sold.enumerate() {
        let paid = Money::total(parts.of_line(index).map(|part| part.amount))
            .ok_or_else(|| contradicts(line))?;
        if paid.is_zero() {
            continue;
        }
        let line = LineDue {
            quantity: line.quantity_of(paid).ok_or_else(|| contradicts(line))?,
            due: paid,
            ..line.clone()
        };
        let place = Place {
            check_id: id,
            id: entries.len(),
            return_of: returned.is_some().then_some(sale_entry),
        };
        entries.push(entry(settings, &place, sale, &line, parts.of_line(index))?);
    }
    let returned = returned
        .map(|(operation, _)| number_of(operation))
        .transpose()?;
    if entries.is_empty() {
        return Err(Problem::own(Reason::NothingDue, ""));
    }
    let check = Check {
        settings,
        id,
        at,
        returned,
    };
    serde_json::to_vec(&Body { check, entries })
        .map_err(|error| Problem::own(Reason::BillContradicts, error.to_string()))
}

/// The number of a check as Lime gave it.
pub(super) fn number_of(operation: &OperationId) -> Result<i64, Problem> {
    operation
        .0
        .parse()
        .ok()
        .filter(|&id| id > 0)
        .ok_or_else(|| {
            Problem::own(
                Reason::ConfigIncomplete,
                "the operation is not a check of Lime; was it made with another kind of wallet?",
            )
        })
}

/// Where an entry stands.
struct Place {
    check_id: i64,
    id: usize,
    /// The sale's entry that it gives back.
    return_of: Option<usize>,
}

/// Nothing of the sale goes back twice or to where it did not come from.
pub(super) fn within(back: &Attribution, sale: &Sale) -> Result<(), Problem> {
    let taken = |part: &Part| {
        let cell = |other: &&Part| (other.line, other.leg) == (part.line, part.leg);
        let sum =
            |of: &Attribution| Money::total(of.parts.iter().filter(cell).map(|other| other.amount));
        part.amount.is_positive()
            && matches!((sum(back), sum(&sale.attribution)), (Some(back), Some(taken)) if back <= taken)
    };
    if back.parts.iter().all(taken) {
        Ok(())
    } else {
        Err(Problem::own(
            Reason::BillContradicts,
            "more is to go back than was taken",
        ))
    }
}

fn entry<'a>(
    settings: &Settings,
    place: &Place,
    sale: &Sale,
    line: &LineDue,
    parts: impl Iterator<Item = &'a Part>,
) -> Result<EntryWithPayments, Problem> {
    let mut payments = Vec::new();
    let mut payer = None;
    for part in parts {
        let leg = sale.legs.get(part.leg).ok_or_else(|| contradicts(line))?;
        payer = payer.or(Some(leg));
        payments.push(Payment {
            check_entry_id: place.id,
            id: payments.len(),
            processing_id: processing_id(settings, leg)?,
            amount: Digits(part.amount),
            transaction_reference: reference(settings, sale, leg)?,
        });
    }
    let payer = payer.ok_or_else(|| contradicts(line))?;
    let entry = Entry {
        check_id: place.check_id,
        id: place.id,
        good_type_id: good_type_id(settings, line)?,
        card_id: internal_id(&payer.card_id)?,
        user_id: internal_id(&payer.client_id)?,
        amount: Digits(line.due),
        price: Digits(price(line).ok_or_else(|| contradicts(line))?),
        base_price: Digits(line.base_price),
        count: Digits(line.quantity),
        return_check_entry_id: place.return_of,
    };
    Ok(EntryWithPayments {
        entry,
        payments,
        check_entry_discounts: [],
    })
}

/// Every line is paid in full, every leg is used in full, all parts are above zero.
pub(super) fn add_up(sale: &Sale) -> Result<(), Problem> {
    let parts = &sale.attribution.parts;
    let in_range = parts.iter().all(|part| {
        part.line < sale.lines.len() && part.leg < sale.legs.len() && part.amount.is_positive()
    });
    let lines_agree = sale.lines.iter().enumerate().all(|(index, line)| {
        Money::total(sale.attribution.of_line(index).map(|part| part.amount)) == Some(line.due)
    });
    let legs_agree = sale.legs.iter().enumerate().all(|(index, leg)| {
        Money::total(sale.attribution.of_leg(index).map(|part| part.amount)) == Some(leg.amount)
    });
    let total_agrees = Money::total(sale.legs.iter().map(|leg| leg.amount)) == Some(sale.due);
    if in_range && lines_agree && legs_agree && total_agrees {
        Ok(())
    } else {
        Err(Problem::own(
            Reason::BillContradicts,
            "the parts of the dishes do not add up to the sums of the accounts",
        ))
    }
}

fn contradicts(line: &LineDue) -> Problem {
    Problem::own(Reason::BillContradicts, line.name.clone())
}

/// What one unit costs of what is due, rounded half up to the kopeck. `None` where the quantity
/// is not above zero.
pub(super) fn price(line: &LineDue) -> Option<Money> {
    if line.quantity.thousandths() <= 0 {
        return None;
    }
    let due = Decimal::new(line.due.kopecks(), 2);
    let count = Decimal::new(line.quantity.thousandths(), 3);
    let mut price = due
        .checked_div(count)?
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    price.rescale(2);
    let kopecks = i64::try_from(price.mantissa()).ok()?;
    (price.scale() == 2).then_some(Money::from_kopecks(kopecks))
}

fn good_type_id(settings: &Settings, line: &LineDue) -> Result<i64, Problem> {
    if line.line_id == SERVICE_LINE {
        return settings.service_good_type_id.ok_or_else(|| {
            Problem::own(
                Reason::ConfigIncomplete,
                "the order has a service charge: set `service_good_type_id` of Lime",
            )
        });
    }
    whole_number(&line.code).ok_or_else(|| {
        Problem::own(
            Reason::ConfigIncomplete,
            format!(
                "dish «{}» has the menu code `{}`; Lime needs a whole number: set it in r_keeper",
                line.name, line.code
            ),
        )
    })
}

fn processing_id(settings: &Settings, leg: &Leg) -> Result<i64, Problem> {
    whole_number(&leg.type_id)
        .and_then(|type_id| settings.account_type(type_id))
        .map(|account_type| account_type.processing_id)
        .ok_or_else(|| {
            Problem::own(
                Reason::ConfigIncomplete,
                format!(
                    "account type {} («{}») has no `processing_id`: add the type to Lime's account \
                     types",
                    leg.type_id, leg.account_name
                ),
            )
        })
}

/// Internal ids come from Lime's own answers, so they are numbers unless the journal was changed.
fn internal_id(text: &str) -> Result<i64, Problem> {
    whole_number(text)
        .ok_or_else(|| Problem::own(Reason::AccountNotFound, "internal id is not a number"))
}

/// Digits only, above zero, and written as JSON writes them: `007` is not 7.
fn whole_number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

/// The template filled in. What is filled in is not looked at for placeholders again.
fn reference(settings: &Settings, sale: &Sale, leg: &Leg) -> Result<String, Problem> {
    let mut rest = settings.transaction_reference.as_str();
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "account" => text.push_str(&leg.account.0),
            "uid" => text.push_str(leg.uid.reveal()),
            "payment" => text.push_str(&sale.payment.to_string()),
            "leg" => text.push_str(&leg.number.to_string()),
            _ => {
                return Err(Problem::own(
                    Reason::ConfigIncomplete,
                    format!(
                        "`transaction_reference` of Lime has {{{name}}}; known are {{account}}, \
                         {{uid}}, {{payment}} and {{leg}}"
                    ),
                ));
            }
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests;
