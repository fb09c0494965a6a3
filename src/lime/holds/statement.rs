//! The server's own reports: «Детальный по продажам» and «История операций».

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::{Money, Quantity, Uid};
use crate::lime::fields::{self, FieldError, Object};
use crate::payment::ports::{OperationId, ReadError, Wallet as _};
use crate::payment::statement::{Moved, MovedRow, Movement, SoldRow, Statements};

use super::client::Holds;
use super::pages::{Budget, not_understood, page};

impl Statements for Holds {
    /// The server goes by the day on which a payment was begun, a report by the day on which its
    /// money moved: over midnight these are two. So a day more is asked for at either end.
    fn sold(&self, from: Date, to: Date) -> Result<Vec<SoldRow>, ReadError> {
        let zone = &self.settings().time_zone;
        let longest = self.capabilities()?.report_days_max;
        let first = from.yesterday().unwrap_or(from);
        let last = to.tomorrow().unwrap_or(to);
        let mut budget = Budget::default();
        let mut sold = Vec::new();
        for (first, last) in stretches(first, last, longest) {
            let (first, last) = (first.to_string(), last.to_string());
            let fixed = [
                ("business_from", first.as_str()),
                ("business_to", last.as_str()),
                ("station", self.settings().station.as_str()),
            ];
            let (rows, totals) =
                self.pages("/v1/reports/sales", &fixed, &mut budget, |answer| {
                    page(answer, |row| sold_row(row, zone), said_totals)
                })?;
            if totals != Totals::of(&rows) {
                return Err(not_understood(
                    "the rows are not what the totals of the report say",
                ));
            }
            sold.extend(rows);
        }
        sold.retain(|row| (from..=to).contains(&row.at.date()));
        Ok(sold)
    }

    fn moved(&self, uid: &Uid, from: DateTime, to: DateTime) -> Result<Moved, ReadError> {
        let card = self.card(uid)?;
        let zone = &self.settings().time_zone;
        // Where a local time comes twice or not at all, rather too much is asked for than too little.
        let begin = zone.to_ambiguous_timestamp(from).earlier();
        let end = zone.to_ambiguous_timestamp(to).later();
        let begin = begin.unwrap_or(Timestamp::MIN).to_string();
        let end = end.unwrap_or(Timestamp::MAX).to_string();
        let fixed = [("from", begin.as_str()), ("to", end.as_str())];
        let path = format!("/v1/cards/{}/operations", card.card_id);
        let mut budget = Budget::default();
        let (mut rows, ()) = self.pages(&path, &fixed, &mut budget, |answer| {
            page(answer, |row| moved_row(row, zone), |_| Ok(()))
        })?;
        rows.retain(|row| (from..to).contains(&row.at));
        Ok(Moved {
            card_number: card.number,
            client_id: card.client_id,
            rows,
        })
    }
}

/// These days, both included, in stretches of at most so many.
fn stretches(from: Date, to: Date, longest: Option<u32>) -> impl Iterator<Item = (Date, Date)> {
    let more = i64::from(longest.unwrap_or(u32::MAX).max(1)) - 1;
    let mut begin = Some(from);
    std::iter::from_fn(move || {
        let first = begin.filter(|&first| first <= to)?;
        let last = first
            .checked_add(SignedDuration::from_hours(24 * more))
            .map_or(to, |last| last.min(to));
        begin = last.tomorrow().ok();
        Some((first, last))
    })
}

/// What a report says of all its rows.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Totals {
    rows: usize,
    debits: Money,
    reversals: Money,
}

impl Totals {
    fn of(rows: &[SoldRow]) -> Self {
        let sum = |returns| {
            let own = rows.iter().filter(|row| row.returns == returns);
            Money::total(own.map(|row| row.amount)).unwrap_or(Money::CEILING)
        };
        Self {
            rows: rows.len(),
            debits: sum(false),
            reversals: sum(true),
        }
    }
}

fn said_totals(page: &Object<'_>) -> Result<Totals, FieldError> {
    let raw = page.get("totals").ok_or(FieldError::Missing("totals"))?;
    let object = Object::new("totals", raw)?;
    let rows = fields::kopecks("totals.rows", object.get("rows"))?.kopecks();
    let sum = |key: &str, field| fields::kopecks(field, object.get(key));
    Ok(Totals {
        rows: usize::try_from(rows).map_err(|_| FieldError::Missing("totals.rows"))?,
        debits: sum("debits", "totals.debits")?,
        reversals: sum("reversals", "totals.reversals")?,
    })
}

fn local(row: &Object<'_>, key: &'static str, zone: &TimeZone) -> Result<DateTime, FieldError> {
    fields::moment(row, key, zone)?.ok_or(FieldError::Missing(key))
}

fn unsigned(row: &Object<'_>, key: &'static str) -> Result<Money, FieldError> {
    let sum = fields::kopecks(key, row.get(key))?;
    Ok(if sum.is_negative() {
        sum.checked_neg().unwrap_or(Money::CEILING)
    } else {
        sum
    })
}

fn sold_row(row: &Object<'_>, zone: &TimeZone) -> Result<SoldRow, FieldError> {
    let word = |key: &'static str| {
        let text = row.get(key).and_then(fields::text);
        text.ok_or(FieldError::Missing(key))
    };
    let returns = match word("kind")?.as_str() {
        "debit" => false,
        "reversal" => true,
        _ => return Err(FieldError::Missing("kind")),
    };
    let operation = if returns {
        word("reversal_id")?
    } else {
        word("op_id")?
    };
    let count = fields::id("count_thousandths", row.get("count_thousandths"))?;
    let uid = row.label("card_uid").unwrap_or_default();
    Ok(SoldRow {
        operation: OperationId(operation),
        returns,
        at: local(row, "posted_at", zone)?,
        goods: row.label("goods").unwrap_or_default(),
        base_price: fields::kopecks("base_price", row.get("base_price"))?,
        price: fields::kopecks("price", row.get("price"))?,
        count: Quantity::from_thousandths(count),
        account: row.label("account_type").unwrap_or_default(),
        amount: unsigned(row, "amount")?,
        card_number: row.label("card"),
        uid: Uid::new(uid).map_err(|_| FieldError::Missing("card_uid"))?,
    })
}

fn moved_row(row: &Object<'_>, zone: &TimeZone) -> Result<MovedRow, FieldError> {
    let kind = row.get("kind").and_then(fields::text);
    Ok(MovedRow {
        kind: match kind.as_deref() {
            Some("debit") => Movement::Debit,
            Some("reversal") => Movement::Return,
            Some("top_up") => Movement::TopUp,
            Some("expiry") => Movement::Expiry,
            Some("merge") => Movement::Merge,
            Some(_) | None => Movement::Correction,
        },
        at: local(row, "time", zone)?,
        account: row.label("account_type").unwrap_or_default(),
        amount: fields::kopecks("amount", row.get("amount"))?,
        goods: row.label("goods").unwrap_or_default(),
        place: row.label("place").unwrap_or_default(),
        operator: row.label("operator").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
