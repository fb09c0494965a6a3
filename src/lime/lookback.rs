//! Lime's list of checks: which of them name a payment of a program like this one.
//!
//! Assumed (`lime.assumed.list_checks`): `{"checks":[{"check":{…},"entries":[…]}, …]}`, oldest
//! first, each check as it was posted, and no more than [`LIST_MAX`] at once. The list may hold what
//! other programs posted; of that nothing is expected.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde_json::value::RawValue;

use crate::domain::Money;
use crate::payment::orphan::named;
use crate::payment::ports::{OperationId, ReadError, SeenOperation, SeenOperations, Stored};
use crate::payment::sale::PaymentId;

use super::client::Lime;
use super::fields::{self, FieldError, LIST_MAX, Object};
use super::settings::Settings;

/// Calls that one look makes at most.
const PAGES_MAX: usize = 10;
/// The till's clock, which labels the checks, may have been ahead of itself by so much.
const AHEAD: SignedDuration = SignedDuration::from_hours(2);

/// One answer.
#[derive(Debug, Default)]
struct Page {
    operations: Vec<SeenOperation>,
    nameless: Vec<OperationId>,
    /// Checks in it, of whomever.
    checks: usize,
    /// Time of the last check in it that says its time.
    last: Option<DateTime>,
    /// A check that may be a payment's could not be read.
    unread: bool,
}

impl Lime {
    /// Checks since then that name a payment; `None` where the site cannot list them, or where its
    /// references do not name payments.
    pub(super) fn list_since(&self, since: DateTime) -> Result<Option<SeenOperations>, ReadError> {
        let settings = self.settings();
        let method = settings.list_checks.trim_matches('/');
        if method.is_empty() || !settings.transaction_reference.contains("{payment}") {
            return Ok(None);
        }
        let until = self
            .now()
            .checked_add(AHEAD)
            .unwrap_or(DateTime::MAX)
            .max(since);
        let mut from = since;
        let mut seen = BTreeMap::new();
        let mut operations = Vec::new();
        let mut nameless = Vec::new();
        let mut whole = true;
        for _ in 0..PAGES_MAX {
            let page = self.page(method, from, until)?;
            whole &= !page.unread;
            operations.extend(fresh(page.operations, &mut seen));
            nameless.extend(page.nameless);
            if page.checks < LIST_MAX {
                return Ok(Some(SeenOperations {
                    operations,
                    nameless,
                    whole,
                }));
            }
            // There may be more: from the last one on, which comes twice and counts once.
            match page.last {
                Some(last) if last > from => from = last,
                // More in one second than a list holds, or a list that tells no times.
                Some(_) | None => break,
            }
        }
        Ok(Some(SeenOperations {
            operations,
            nameless,
            whole: false,
        }))
    }

    fn page(&self, method: &str, from: DateTime, until: DateTime) -> Result<Page, ReadError> {
        let cashdesk = self.settings().cashdesk_id.to_string();
        let outcome = self.get(
            method,
            &[
                ("cashdeskId", &cashdesk),
                ("from", &seconds(from)),
                ("to", &seconds(until)),
            ],
        );
        self.judge()
            .read(outcome, |answer| page_of(answer, self.settings()))
    }
}

/// How often an operation of a payment was seen.
type Counts = BTreeMap<(String, PaymentId), usize>;

/// What a page shows oftener than any page before it. The last check of a page stands on the next one
/// again, and counts once; one that stands twice on one page was booked twice.
fn fresh(page: Vec<SeenOperation>, seen: &mut Counts) -> Vec<SeenOperation> {
    let mut here = Counts::new();
    let is_fresh = |operation: &SeenOperation| {
        let key = (operation.operation.0.clone(), operation.payment);
        let times = here.entry(key.clone()).or_default();
        *times += 1;
        let before = seen.entry(key).or_default();
        let is_fresh = *times > *before;
        *before = (*before).max(*times);
        is_fresh
    };
    page.into_iter().filter(is_fresh).collect()
}

/// As Lime writes times; what is between seconds belongs to the earlier one.
fn seconds(time: DateTime) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn page_of(answer: Option<&RawValue>, settings: &Settings) -> Result<Page, FieldError> {
    let answer = answer.ok_or(FieldError::Missing("answer"))?;
    let object = Object::new("answer", answer)?;
    let checks = object.get("checks").ok_or(FieldError::Missing("checks"))?;
    let checks = fields::list("checks", Some(checks))?;
    let mut page = Page {
        checks: checks.len(),
        ..Page::default()
    };
    for check in checks {
        page.last = time_of(check).max(page.last);
        let names_somebody = named(check.get()).is_some();
        let found = names_somebody.then(|| operations_of(check, settings));
        match found {
            Some(Ok(found)) if !found.is_empty() => page.operations.extend(found),
            Some(Ok(_)) | None => page.nameless.extend(number_of(check)),
            Some(Err(_)) => {
                page.unread = true;
                page.nameless.extend(number_of(check));
            }
        }
    }
    Ok(page)
}

fn number_of(check: &RawValue) -> Option<OperationId> {
    let check = Object::new("check", check).ok()?.get("check")?;
    let id = fields::id("check.id", Object::new("check", check).ok()?.get("id")).ok()?;
    Some(OperationId(id.to_string()))
}

fn time_of(check: &RawValue) -> Option<DateTime> {
    let check = Object::new("check", check).ok()?.get("check")?;
    Object::new("check", check).ok()?.local_time("time").ok()?
}

/// What a check takes or gives back, by the payments that it names.
fn operations_of(whole: &RawValue, settings: &Settings) -> Result<Vec<SeenOperation>, FieldError> {
    let whole = Object::new("checks", whole)?;
    let check = whole.get("check").ok_or(FieldError::Missing("check"))?;
    let check = Object::new("check", check)?;
    let id = fields::id("check.id", check.get("id"))?;
    let returns = is_return(&check, settings)?;
    let mut sums: BTreeMap<PaymentId, Money> = BTreeMap::new();
    for entry in fields::list("entries", whole.get("entries"))? {
        let entry = Object::new("entries", entry)?;
        for payment in fields::list("payments", entry.get("payments"))? {
            let payment = Object::new("payments", payment)?;
            let reference = payment.get("transactionReference").and_then(fields::text);
            let Some(named) = reference.as_deref().and_then(named) else {
                continue;
            };
            let amount = fields::roubles("payments.amount", payment.get("amount"))?;
            let sum = sums.entry(named).or_default();
            *sum = sum.checked_add(amount).unwrap_or(Money::CEILING);
        }
    }
    Ok(sums
        .into_iter()
        .map(|(payment, amount)| SeenOperation {
            operation: OperationId(id.to_string()),
            payment,
            returns,
            amount,
        })
        .collect())
}

/// What a check of ours that an answer shows says beside that it is stored: whether it moved more than
/// was asked for. Nobody promises that Lime shows every payment of a check, so less says nothing.
pub(super) fn stored(answer: &RawValue, body: &[u8], settings: &Settings) -> Stored {
    let sums = |whole: &RawValue| operations_of(whole, settings).unwrap_or_default();
    let asked: Vec<SeenOperation> = serde_json::from_slice::<&RawValue>(body)
        .map(sums)
        .unwrap_or_default();
    // One check is one payment's.
    let [asked] = asked.as_slice() else {
        return Stored::default();
    };
    let shown = sums(answer);
    let ours = shown.iter().find(|shown| shown.payment == asked.payment);
    Stored {
        moved: ours
            .map(|shown| shown.amount)
            .filter(|shown| *shown > asked.amount),
        ..Stored::default()
    }
}

fn is_return(check: &Object<'_>, settings: &Settings) -> Result<bool, FieldError> {
    let raw = check.get("type").ok_or(FieldError::Missing("check.type"))?;
    let kind: Option<i64> = raw.get().parse().ok();
    let (sale, back) = (
        kind == Some(settings.sale_check_type),
        kind == Some(settings.return_check_type),
    );
    match (sale, back) {
        (true, false) => Ok(false),
        (false, true) => Ok(true),
        // One type for both: the field that names the sale tells them apart.
        (true, true) => Ok(check.get(&settings.return_check_field).is_some()),
        (false, false) => {
            let expected = "the type of a sale or of a return";
            Err(fields::wrong("check.type", raw, expected))
        }
    }
}

#[cfg(test)]
mod tests;
