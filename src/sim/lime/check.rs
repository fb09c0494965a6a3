//! A posted check as it is written: types, keys and the sums inside. What it does to accounts is
//! decided in [`super::booking`].

use super::json::{Complaint, Object};
use crate::domain::{Money, Quantity};
use crate::sim::world::{Check, CheckKind, Entry, Part};

/// Most dishes of one check.
const ENTRIES_MAX: usize = 1_000;
/// Most payments of one dish.
const PAYMENTS_MAX: usize = 100;

/// A check that was read, with the ids that only decide whether it is accepted.
pub(super) struct Posted {
    pub check: Check,
    pub installation_id: i64,
    pub cash_desk_id: i64,
    /// Client named by each entry, in their order.
    pub client_ids: Vec<i64>,
    /// Unknown keys: the real server ignores them.
    pub ignored: Vec<Complaint>,
}

/// Reads a body.
pub(super) fn read(body: &str) -> Result<Posted, Complaint> {
    let mut ignored = Vec::new();
    let mut root = Object::parse("PutCheck", body)?;
    let mut head = root.object("check")?;
    let id = head.integer("id")?;
    let installation_id = head.integer("installationId")?;
    let cash_desk_id = head.integer("cashdeskId")?;
    let user_id = head.integer("userId")?;
    head.local_time("installationTime")?;
    let time = head.local_time("time")?;
    let kind = match head.integer("type")? {
        0 => CheckKind::Sale,
        1 => CheckKind::Return,
        other => return Err(format!("PutCheck.check: type {other} is unknown")),
    };
    head.boolean("administrative")?;
    head.boolean("delayFiscalization")?;
    let return_of = head.optional_integer("returnCheckId")?;
    if return_of.is_some() != (kind == CheckKind::Return) {
        return Err("PutCheck.check: returnCheckId belongs to a return and only there".to_owned());
    }
    head.finish(&mut ignored);
    let raw_entries = root.list("entries")?;
    root.finish(&mut ignored);
    if raw_entries.is_empty() || raw_entries.len() > ENTRIES_MAX {
        return Err("PutCheck: no entries, or too many".to_owned());
    }
    let mut entries = Vec::new();
    let mut client_ids = Vec::new();
    for (index, raw) in (0_i64..).zip(&raw_entries) {
        let (entry, client_id) = read_entry(id, kind, index, raw.get(), &mut ignored)?;
        entries.push(entry);
        client_ids.push(client_id);
    }
    let check = Check {
        id,
        kind,
        return_of,
        time,
        user_id,
        entries,
        body: body.to_owned(),
    };
    Ok(Posted {
        check,
        installation_id,
        cash_desk_id,
        client_ids,
        ignored,
    })
}

fn read_entry(
    check_id: i64,
    kind: CheckKind,
    index: i64,
    text: &str,
    ignored: &mut Vec<Complaint>,
) -> Result<(Entry, i64), Complaint> {
    let path = format!("PutCheck.entries[{index}]");
    let mut outer = Object::parse(&path, text)?;
    let mut own = outer.object("entry")?;
    let raw_payments = outer.list("payments")?;
    if !outer.list("checkEntryDiscounts")?.is_empty() {
        return Err(format!("{path}: checkEntryDiscounts must be empty here"));
    }
    outer.finish(ignored);
    if own.integer("checkId")? != check_id {
        return Err(format!("{path}: checkId is not the check's id"));
    }
    if own.integer("id")? != index {
        return Err(format!("{path}: id must be {index}"));
    }
    let good_type_id = own.integer("goodTypeId")?;
    let card_id = own.integer("cardId")?;
    let client_id = own.integer("userId")?;
    let amount = own.roubles("amount")?;
    let price = own.roubles("price")?;
    let base_price = own.roubles("basePrice")?;
    let count = own.count("count")?;
    let return_of = own.optional_integer("returnCheckEntryId")?;
    if return_of.is_some() != (kind == CheckKind::Return) {
        return Err(format!(
            "{path}: returnCheckEntryId belongs to a return and only there"
        ));
    }
    own.finish(ignored);
    if kind == CheckKind::Return && !amount.is_positive() {
        return Err(format!("{path}: a return of nothing"));
    }
    if unit_price(amount, count) != Some(price) {
        return Err(format!("{path}: price is not amount / count"));
    }
    if raw_payments.len() > PAYMENTS_MAX {
        return Err(format!("{path}: too many payments"));
    }
    let mut payments = Vec::new();
    for (number, raw) in (0_i64..).zip(&raw_payments) {
        let path = format!("{path}.payments[{number}]");
        payments.push(read_payment(&path, index, number, raw.get(), ignored)?);
    }
    if Money::total(payments.iter().map(|part| part.amount)) != Some(amount) {
        return Err(format!("{path}: the payments do not add up to the amount"));
    }
    let entry = Entry {
        id: index,
        good_type_id,
        card_id,
        amount,
        price,
        base_price,
        count,
        return_of,
        payments,
    };
    Ok((entry, client_id))
}

/// amount / count, half a kopeck upward.
pub(in crate::sim) fn unit_price(amount: Money, count: Quantity) -> Option<Money> {
    let thousandths = count.thousandths();
    let exact = amount.kopecks().checked_mul(1_000)?;
    let rounded = exact
        .checked_mul(2)?
        .checked_add(thousandths)?
        .checked_div(thousandths.checked_mul(2)?)?;
    Some(Money::from_kopecks(rounded))
}

fn read_payment(
    path: &str,
    entry_id: i64,
    number: i64,
    text: &str,
    ignored: &mut Vec<Complaint>,
) -> Result<Part, Complaint> {
    let mut own = Object::parse(path, text)?;
    if own.integer("checkEntryId")? != entry_id {
        return Err(format!("{path}: checkEntryId is not the entry's id"));
    }
    if own.integer("id")? != number {
        return Err(format!("{path}: id must be {number}"));
    }
    let processing_id = own.integer("processingId")?;
    let amount = own.roubles("amount")?;
    if !amount.is_positive() {
        return Err(format!("{path}: amount must be above zero"));
    }
    let reference = own.text("transactionReference")?;
    own.finish(ignored);
    let (right_id, uid) = read_reference(&reference)
        .ok_or_else(|| format!("{path}: transactionReference is not right;uid;payment/leg"))?;
    Ok(Part {
        id: number,
        processing_id,
        amount,
        reference,
        right_id,
        uid,
    })
}

/// `<rightId>;<uid>;<payment id>/<leg>`.
fn read_reference(reference: &str) -> Option<(i64, String)> {
    let mut parts = reference.split(';');
    let right_id = parts.next()?.parse().ok()?;
    let uid = parts.next().filter(|uid| !uid.is_empty())?;
    let (payment_id, leg) = parts.next()?.split_once('/')?;
    let regular = parts.next().is_none()
        && uuid::Uuid::try_parse(payment_id).is_ok()
        && leg.parse::<u32>().is_ok_and(|leg| leg > 0);
    regular.then(|| (right_id, uid.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_prices() {
        for (amount, count, price) in [
            (29_000, 1_000, 29_000),
            (115_465, 350, 329_900),
            (100, 3_000, 33),
            (200, 3_000, 67),
            (1, 2_000, 1),
            (0, 1_000, 0),
        ] {
            let price = Some(Money::from_kopecks(price));
            let count = Quantity::from_thousandths(count);
            assert_eq!(unit_price(Money::from_kopecks(amount), count), price);
        }
    }

    #[test]
    fn references() {
        let id = "0190b5a0-0000-7000-8000-000000000001";
        let good = format!("9001;61366822;{id}/1");
        assert_eq!(read_reference(&good), Some((9001, "61366822".to_owned())));
        for bad in [
            format!("9001;;{id}/1"),
            format!("x;61366822;{id}/1"),
            format!("9001;61366822;{id}/0"),
            format!("9001;61366822;{id}"),
            format!("9001;61366822;{id}/1;more"),
            "9001;61366822;no-id/1".to_owned(),
        ] {
            assert_eq!(read_reference(&bad), None, "{bad}");
        }
    }
}
