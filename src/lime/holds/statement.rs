//! The server's own reports: «Детальный по продажам» and «История операций».

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::value::RawValue;

use crate::domain::{Money, Quantity, Uid};
use crate::lime::fields::{self, FieldError, Object};
use crate::payment::ports::{OperationId, ReadError, Wallet as _};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::statement::{Moved, MovedRow, Movement, SoldRow, Statements};

use super::client::Holds;

/// Pages that one report asks for at most: half a million rows.
const PAGES_MAX: usize = 1_000;

/// One page's rows, and where the next page begins.
type Page<T> = (Vec<T>, Option<String>);

impl Statements for Holds {
    fn sold(&self, from: Date, to: Date) -> Result<Vec<SoldRow>, ReadError> {
        let zone = &self.settings().time_zone;
        let (from, to) = (from.to_string(), to.to_string());
        let station = self.settings().station.clone();
        let fixed = [
            ("business_from", from.as_str()),
            ("business_to", to.as_str()),
            ("station", station.as_str()),
        ];
        self.pages("/v1/reports/sales", &fixed, |answer| {
            page(answer, |row| sold_row(row, zone))
        })
    }

    fn moved(&self, uid: &Uid, from: DateTime, to: DateTime) -> Result<Moved, ReadError> {
        let card = self.card(uid)?;
        let zone = &self.settings().time_zone;
        let moment = |time: DateTime| {
            let at = zone.to_ambiguous_timestamp(time).compatible();
            at.unwrap_or(Timestamp::MAX).to_string()
        };
        let (from, to) = (moment(from), moment(to));
        let fixed = [("from", from.as_str()), ("to", to.as_str())];
        let path = format!("/v1/cards/{}/operations", card.card_id);
        let rows = self.pages(&path, &fixed, |answer| {
            page(answer, |row| moved_row(row, zone))
        })?;
        Ok(Moved {
            card_number: card.number,
            client_id: card.client_id,
            rows,
        })
    }
}

impl Holds {
    /// All pages of a list.
    fn pages<T>(
        &self,
        path: &str,
        fixed: &[(&str, &str)],
        parse: impl Fn(Option<&RawValue>) -> Result<Page<T>, FieldError>,
    ) -> Result<Vec<T>, ReadError> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = fixed.to_vec();
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let outcome = self.get(path, &query);
            let (more, next) = self.judge().read(outcome, &parse)?;
            rows.extend(more);
            match next {
                // A server that names the same page again would be asked for ever.
                Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                Some(_) => break,
                None => return Ok(rows),
            }
        }
        Err(ReadError::Failed(Problem::of(
            Server::Lime,
            Reason::AnswerNotUnderstood,
            "the list of rows has no end",
        )))
    }
}

fn page<T>(
    answer: Option<&RawValue>,
    parse: impl Fn(&Object<'_>) -> Result<T, FieldError>,
) -> Result<Page<T>, FieldError> {
    let raw = answer.ok_or(FieldError::Missing("rows"))?;
    let object = Object::new("page", raw)?;
    let mut rows = Vec::new();
    for raw in fields::list("rows", object.get("rows"))? {
        rows.push(parse(&Object::new("row", raw)?)?);
    }
    Ok((rows, object.get("next").and_then(fields::text)))
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
