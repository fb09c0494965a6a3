//! Reading what is posted, with nothing forgiven; sums that do not add up are told apart from
//! markup that cannot be read.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::ledger::{Failure, Leg, Line, Order, Reference};
use crate::domain::{Money, Quantity};
use crate::sim::lime::check::unit_price;
use crate::sim::lime::json::{Complaint, Object};

/// Most characters of a reason.
const REASON_CHARS_MAX: usize = 200;

/// Sums by leg, and the dishes that they are of.
pub(super) type Back = (Vec<(i64, Money)>, Vec<Line>);

/// An error with its status.
pub(super) fn failure(status: u16, code: &str, retry: &str, message: impl Into<String>) -> Failure {
    Failure {
        status,
        code: code.to_owned(),
        message: message.into(),
        retry: retry.to_owned(),
        legs: Vec::new(),
    }
}

pub(super) fn bad_format(complaint: impl Into<String>) -> Failure {
    failure(400, "bad_format", "after_fix", complaint)
}

fn sum_mismatch(text: String) -> Failure {
    failure(400, "sum_mismatch", "after_fix", text)
}

/// The body of a reserve.
pub(super) fn order(body: &str, ignored: &mut Vec<Complaint>) -> Result<Order, Failure> {
    let mut own = Object::parse("reserve", body).map_err(bad_format)?;
    let capture = own.boolean("capture").map_err(bad_format)?;
    let ttl_s = own.integer("ttl_s").map_err(bad_format)?;
    if ttl_s < 1 {
        return Err(bad_format("reserve: ttl_s must be above zero"));
    }
    let total = kopecks(&mut own, "total")?;
    let legs = legs(&mut own, ignored)?;
    let lines = lines(&mut own, ignored)?;
    let reference = reference(&mut own, ignored)?;
    let operator = operator(&mut own, ignored)?;
    let entry = own.text("entry").map_err(bad_format)?;
    if !matches!(entry.as_str(), "reader" | "keyed") {
        return Err(bad_format("reserve: entry must be reader or keyed"));
    }
    own.finish(ignored);
    if Money::total(legs.iter().map(|leg| leg.amount)) != Some(total) {
        return Err(sum_mismatch(
            "the legs do not add up to the total".to_owned(),
        ));
    }
    let wanted: Vec<(i64, Money)> = legs.iter().map(|leg| (leg.number, leg.amount)).collect();
    parts_add_up(&wanted, &lines)?;
    Ok(Order {
        body: body.to_owned(),
        capture,
        ttl_s,
        legs,
        lines,
        reference,
        operator,
        entry,
    })
}

/// The body of a reversal.
pub(super) fn back(body: &str, ignored: &mut Vec<Complaint>) -> Result<Back, Failure> {
    let mut own = Object::parse("reverse", body).map_err(bad_format)?;
    let legs = leg_sums(&mut own, "legs", ignored)?;
    let lines = lines(&mut own, ignored)?;
    reason(&mut own)?;
    operator(&mut own, ignored)?;
    own.finish(ignored);
    parts_add_up(&legs, &lines)?;
    Ok((legs, lines))
}

/// The body of a release.
pub(super) fn release(body: &str, ignored: &mut Vec<Complaint>) -> Result<(), Failure> {
    let mut own = Object::parse("release", body).map_err(bad_format)?;
    reason(&mut own)?;
    own.finish(ignored);
    Ok(())
}

/// The body of a commit: sums by leg, or none for everything.
pub(super) fn commit(
    body: &str,
    ignored: &mut Vec<Complaint>,
) -> Result<Option<Vec<(i64, Money)>>, Failure> {
    let mut own = Object::parse("commit", body).map_err(bad_format)?;
    let legs = own
        .has("legs")
        .then(|| leg_sums(&mut own, "legs", ignored))
        .transpose()?;
    own.finish(ignored);
    Ok(legs)
}

/// What a look-up asks for.
pub(super) struct LookedFor {
    pub by_number: bool,
    pub value: String,
}

/// The body of a look-up.
pub(super) fn lookup(body: &str, ignored: &mut Vec<Complaint>) -> Result<LookedFor, Failure> {
    let mut own = Object::parse("lookup", body).map_err(bad_format)?;
    let by = own.text("by").map_err(bad_format)?;
    let value = own.text("value").map_err(bad_format)?;
    let entry = own.text("entry").map_err(bad_format)?;
    own.finish(ignored);
    let by_number = match by.as_str() {
        "uid" => false,
        "printed_number" => true,
        _ => return Err(bad_format("lookup: by must be uid or printed_number")),
    };
    if !matches!(entry.as_str(), "reader" | "keyed") || value.is_empty() {
        return Err(bad_format("lookup: entry or value is wrong"));
    }
    // The capabilities say which numbers there are.
    let is_number = value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    if by_number && !is_number {
        return Err(bad_format("lookup: no card has such a number"));
    }
    Ok(LookedFor { by_number, value })
}

fn reason(own: &mut Object) -> Result<(), Failure> {
    let reason = own.text("reason").map_err(bad_format)?;
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(bad_format("reason is empty or too long"));
    }
    Ok(())
}

/// A sum above zero in whole kopecks.
fn kopecks(own: &mut Object, name: &str) -> Result<Money, Failure> {
    let sum = own.integer(name).map_err(bad_format)?;
    let money = Money::from_kopecks(sum);
    if money.is_positive() && money <= Money::CEILING {
        Ok(money)
    } else {
        Err(bad_format(format!("\"{name}\" must be kopecks above zero")))
    }
}

/// An id that stands on the wire as text.
fn id(own: &mut Object, name: &str) -> Result<i64, Failure> {
    let text = own.text(name).map_err(bad_format)?;
    text.parse()
        .map_err(|_| bad_format(format!("\"{name}\" is no id of this server")))
}

fn legs(own: &mut Object, ignored: &mut Vec<Complaint>) -> Result<Vec<Leg>, Failure> {
    let mut legs: Vec<Leg> = Vec::new();
    for raw in own.list("legs").map_err(bad_format)? {
        let mut leg = Object::parse("legs[]", raw.get()).map_err(bad_format)?;
        let read = Leg {
            number: leg.integer("leg").map_err(bad_format)?,
            card_id: id(&mut leg, "card_id")?,
            right_id: id(&mut leg, "account_id")?,
            amount: kopecks(&mut leg, "amount")?,
        };
        leg.finish(ignored);
        if read.number < 1 || legs.iter().any(|own| own.number == read.number) {
            return Err(bad_format("legs[]: leg must be above zero and stand once"));
        }
        if legs.iter().any(|own| own.right_id == read.right_id) {
            let text = "an account stands twice";
            return Err(failure(400, "duplicate_account", "after_fix", text));
        }
        legs.push(read);
    }
    if legs.is_empty() {
        return Err(bad_format("no legs"));
    }
    Ok(legs)
}

fn leg_sums(
    own: &mut Object,
    name: &str,
    ignored: &mut Vec<Complaint>,
) -> Result<Vec<(i64, Money)>, Failure> {
    let mut sums = Vec::new();
    let mut seen = BTreeSet::new();
    for raw in own.list(name).map_err(bad_format)? {
        let mut sum = Object::parse(name, raw.get()).map_err(bad_format)?;
        let leg = sum.integer("leg").map_err(bad_format)?;
        sums.push((leg, kopecks(&mut sum, "amount")?));
        sum.finish(ignored);
        if !seen.insert(leg) {
            return Err(bad_format(format!("{name}: leg {leg} stands twice")));
        }
    }
    if sums.is_empty() {
        return Err(bad_format(format!("{name} is empty")));
    }
    Ok(sums)
}

fn lines(own: &mut Object, ignored: &mut Vec<Complaint>) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    for raw in own.list("lines").map_err(bad_format)? {
        let mut line = Object::parse("lines[]", raw.get()).map_err(bad_format)?;
        let read = Line {
            number: line.integer("line").map_err(bad_format)?,
            goods: id(&mut line, "goods")?,
            name: line.text("name").map_err(bad_format)?,
            base_price: Money::from_kopecks(line.integer("base_price").map_err(bad_format)?),
            price: Money::from_kopecks(line.integer("price").map_err(bad_format)?),
            count: Quantity::from_thousandths(
                line.integer("count_thousandths").map_err(bad_format)?,
            ),
            parts: leg_sums(&mut line, "parts", ignored)?,
        };
        line.finish(ignored);
        if !seen.insert(read.number) || read.count.thousandths() < 1 {
            return Err(bad_format("lines[]: line twice, or count not above zero"));
        }
        let cost = Money::total(read.parts.iter().map(|(_, amount)| *amount));
        if cost.and_then(|cost| unit_price(cost, read.count)) != Some(read.price) {
            return Err(sum_mismatch(format!(
                "line {}: the parts are not price × count",
                read.number
            )));
        }
        lines.push(read);
    }
    if lines.is_empty() {
        return Err(bad_format("no lines"));
    }
    Ok(lines)
}

/// The parts of every leg are the leg.
fn parts_add_up(legs: &[(i64, Money)], lines: &[Line]) -> Result<(), Failure> {
    let parts = || lines.iter().flat_map(|line| &line.parts);
    for (leg, amount) in legs {
        let of_leg = parts().filter(|(number, _)| number == leg);
        if Money::total(of_leg.map(|(_, part)| *part)) != Some(*amount) {
            return Err(sum_mismatch(format!("leg {leg}: the parts do not add up")));
        }
    }
    if parts().any(|(number, _)| legs.iter().all(|(leg, _)| leg != number)) {
        return Err(bad_format("a part names a leg that is not there"));
    }
    Ok(())
}

fn reference(own: &mut Object, ignored: &mut Vec<Complaint>) -> Result<Reference, Failure> {
    let mut own = own.object("ref").map_err(bad_format)?;
    let system = own.text("system").map_err(bad_format)?;
    let read = Reference {
        station: own.text("station").map_err(bad_format)?,
        payment_id: own.text("payment_id").map_err(bad_format)?,
        order_guid: own.text("order_guid").map_err(bad_format)?,
        order_no: own.text("order_no").map_err(bad_format)?,
        business_date: own.text("business_date").map_err(bad_format)?,
    };
    own.finish(ignored);
    let dated = read.business_date.parse::<jiff::civil::Date>().is_ok();
    if system != "rk7" || Uuid::try_parse(&read.payment_id).is_err() || !dated {
        return Err(bad_format(
            "ref: system, payment_id or business_date is wrong",
        ));
    }
    Ok(read)
}

fn operator(own: &mut Object, ignored: &mut Vec<Complaint>) -> Result<String, Failure> {
    let mut own = own.object("operator").map_err(bad_format)?;
    let name = own.text("name").map_err(bad_format)?;
    own.finish(ignored);
    Ok(name)
}
