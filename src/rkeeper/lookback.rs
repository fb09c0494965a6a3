//! r_keeper's list of receipts (`GetReceiptList`, 7.5.3.202 and newer).
//!
//! It has no payments; those are asked of the receipt's order. How far back it goes is not said:
//! what is certain is the common shift.

use jiff::civil::DateTime;

use crate::domain::OrderGuid;
use crate::domain::text::clean;
use crate::payment::ports::{ReadError, SeenReceipt};

use super::answer::{AnswerError, QueryResult};
use super::client::{Rkeeper, misread};
use super::dialect::is_unknown_command;
use super::xml::Element;
use super::{request, status};

const COMMAND: &str = "GetReceiptList";
/// `state` of a printed receipt, and of one that was taken back; pre-bills are neither.
const RECEIPT: &str = "6";
const ANNULLED: &str = "7";

impl Rkeeper {
    /// Receipts since then, newest first; `None` where r_keeper does not know the command.
    pub(super) fn receipt_list(
        &self,
        since: DateTime,
    ) -> Result<Option<Vec<SeenReceipt>>, ReadError> {
        let answer = match self.read_or_failure(COMMAND, &request::receipt_list())? {
            Ok(answer) => answer,
            Err(failure) if is_unknown_command(&failure) => return Ok(None),
            Err(failure) => return Err(status::of_read(&failure)),
        };
        receipts(&answer, since, &self.settings().station_code)
            .map(Some)
            .map_err(|error| misread(&error))
    }
}

/// The receipts of a `GetReceiptList` answer.
pub(super) fn receipts(
    answer: &QueryResult,
    since: DateTime,
    station: &str,
) -> Result<Vec<SeenReceipt>, AnswerError> {
    let payload = answer.payload();
    let list = payload
        .child("ReceiptsList")
        .ok_or_else(|| AnswerError::Missing {
            element: payload.name().to_owned(),
            what: "ReceiptsList",
        })?;
    let mut found = Vec::new();
    for element in list.all("Receipt") {
        let annulled = match element.attribute("state") {
            Some(RECEIPT) => false,
            Some(ANNULLED) => true,
            Some(_) | None => continue,
        };
        // One whose time cannot be read may be of the time asked for.
        let times = [element.time("printtime"), element.time("deletetime")];
        let time = times.into_iter().flatten().max();
        if time.is_some_and(|time| time < since) {
            continue;
        }
        found.push((time, receipt(element, annulled, station)?));
    }
    // Newest first, those without a time before all.
    found.sort_by_key(|(time, _)| std::cmp::Reverse(time.unwrap_or(DateTime::MAX)));
    Ok(found.into_iter().map(|(_, receipt)| receipt).collect())
}

fn receipt(
    element: Element<'_>,
    annulled: bool,
    station: &str,
) -> Result<SeenReceipt, AnswerError> {
    let order = element.child("Order").ok_or_else(|| AnswerError::Missing {
        element: element.name().to_owned(),
        what: "Order",
    })?;
    let closed_at = element
        .child("CloseStation")
        .and_then(|station| station.label("code"));
    Ok(SeenReceipt {
        order: OrderGuid(clean(order.needed("guid")?)),
        check_num: element.label("checknum"),
        annulled,
        at_our_station: closed_at.is_none_or(|code| code == station),
    })
}

#[cfg(test)]
mod tests;
