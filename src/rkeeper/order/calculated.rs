//! What `CalcOrder3` says: the sum to be paid, and which currencies may pay it.

use crate::domain::text::clean;
use crate::domain::{Calculated, OrderGuid};

use super::super::answer::{AnswerError, QueryResult};
use super::super::xml::Element;
use super::missing;

/// What r_keeper says of paying the order at all, with any of these currencies. A currency that it
/// does not list, it says nothing of.
pub fn calculated(
    answer: &QueryResult,
    wanted: &OrderGuid,
    currencies: &[&str],
) -> Result<Calculated, AnswerError> {
    let order = super::order(answer, wanted)?;
    let mut refused = Vec::new();
    for &code in currencies {
        match listed(answer.payload(), code)? {
            Some(Listed::Refused(why)) => refused.push(why),
            Some(Listed::May) | None => {}
        }
    }
    let none_may = !currencies.is_empty() && refused.len() == currencies.len();
    Ok(Calculated {
        unpaid: order.unpaid,
        no_currency: none_may.then(|| clean(&refused.join("; "))),
    })
}

/// Why one of the currencies may not pay, in r_keeper's words; `None`: all may.
///
/// `CalcOrder3` lists the currencies that can be used, those that cannot with `errcode` and `text`.
pub fn currency_refused(
    answer: &QueryResult,
    currencies: &[&str],
) -> Result<Option<String>, AnswerError> {
    for &code in currencies {
        match listed(answer.payload(), code)? {
            Some(Listed::May) => {}
            Some(Listed::Refused(why)) => return Ok(Some(why)),
            None => return Ok(Some(format!("{code}: not among the order's currencies"))),
        }
    }
    Ok(None)
}

/// What is said of a currency.
enum Listed {
    /// It may pay.
    May,
    /// It may not, in r_keeper's words.
    Refused(String),
}

fn listed(payload: Element<'_>, code: &str) -> Result<Option<Listed>, AnswerError> {
    let payments = payload
        .child("Payments")
        .ok_or_else(|| missing(payload, "Payments"))?;
    let mut found = None;
    for pay in payments.all("Pay") {
        if pay.attribute("code") != Some(code) {
            continue;
        }
        let error = match pay.label("errcode") {
            Some(_) => pay.integer("errcode")?,
            None => 0,
        };
        if error != 0 {
            let name = pay.label("name").unwrap_or_default();
            let text = pay.label("text").unwrap_or_default();
            let why = format!("{code} {name}: {text} (errcode {error})");
            return Ok(Some(Listed::Refused(clean(&why))));
        }
        found = Some(Listed::May);
    }
    Ok(found)
}
