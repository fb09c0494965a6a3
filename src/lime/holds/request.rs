//! What is sent. The same sale gives the same bytes; before anything is written, the parts are added
//! up once more.

use jiff::civil::{Date, DateTime};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::{Attribution, LineDue, Money};
use crate::lime::check::{add_up, price, within};
use crate::payment::ports::OperationId;
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::Sale;

use super::settings::Settings;

/// `ref.system`: what kind of till this is.
const SYSTEM: &str = "rk7";

/// Kopecks as a whole number.
#[derive(Clone, Copy)]
struct Kopecks(Money);

impl Serialize for Kopecks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.kopecks())
    }
}

#[derive(Serialize)]
struct Reserve<'a> {
    capture: bool,
    ttl_s: u64,
    total: Kopecks,
    legs: Vec<Leg<'a>>,
    lines: Vec<Line<'a>>,
    r#ref: Ref<'a>,
    operator: Operator<'a>,
    entry: &'static str,
}

#[derive(Serialize)]
struct Leg<'a> {
    #[serde(rename = "leg")]
    number: u32,
    card_id: &'a str,
    account_id: &'a str,
    amount: Kopecks,
}

/// A dish, and which leg pays how much of it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "line")]
    index: usize,
    goods: &'a str,
    name: &'a str,
    base_price: Kopecks,
    price: Kopecks,
    count_thousandths: i64,
    parts: Vec<LegSum>,
}

#[derive(Serialize)]
struct LegSum {
    leg: u32,
    amount: Kopecks,
}

#[derive(Serialize)]
struct Ref<'a> {
    system: &'static str,
    station: &'a str,
    payment_id: String,
    order_guid: String,
    order_no: &'a str,
    business_date: Date,
}

#[derive(Serialize)]
struct Operator<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Reverse<'a> {
    legs: Vec<LegSum>,
    lines: Vec<Line<'a>>,
    reason: &'static str,
    operator: Operator<'a>,
}

/// What the journal keeps of an undo: one of two calls, by what became of the operation meanwhile.
#[derive(Serialize)]
struct UndoToWrite<'a> {
    reserved: &'a str,
    whole: bool,
    reversal: Reverse<'a>,
}

/// The same, read back.
#[derive(Deserialize)]
pub(super) struct Undo<'a> {
    /// The operation that is undone.
    pub(super) reserved: String,
    /// All of it, so that a hold may simply be let go.
    pub(super) whole: bool,
    /// The bytes that give back what was taken.
    #[serde(borrow)]
    pub(super) reversal: &'a RawValue,
}

/// The legs of a body that was sent, for comparing with an answer.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct SentLegs {
    pub(super) legs: Vec<SentLeg>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct SentLeg {
    pub(super) leg: u32,
    /// Kopecks.
    pub(super) amount: i64,
}

/// The body that holds or takes.
pub(super) fn reserve(settings: &Settings, sale: &Sale, at: DateTime) -> Result<Vec<u8>, Problem> {
    add_up(sale)?;
    let body = Reserve {
        capture: settings.capture,
        ttl_s: settings.ttl.as_secs().max(1),
        total: Kopecks(sale.due),
        legs: sale
            .legs
            .iter()
            .map(|leg| Leg {
                number: leg.number,
                card_id: &leg.card_id,
                account_id: &leg.account.0,
                amount: Kopecks(leg.amount),
            })
            .collect(),
        lines: lines(sale, &sale.attribution)?,
        r#ref: Ref {
            system: SYSTEM,
            station: &settings.station,
            payment_id: sale.payment.to_string(),
            order_guid: sale.order.to_string(),
            order_no: &sale.order_name,
            business_date: at.date(),
        },
        operator: Operator {
            name: &settings.operator,
        },
        entry: sale.entry().word(),
    };
    written(&body)
}

/// What undoes all or a part of an operation.
pub(super) fn undo(
    settings: &Settings,
    reserved: &OperationId,
    sale: &Sale,
    back: &Attribution,
) -> Result<Vec<u8>, Problem> {
    within(back, sale)?;
    let mut legs = Vec::new();
    for (index, leg) in sale.legs.iter().enumerate() {
        let sum = Money::total(back.of_leg(index).map(|part| part.amount))
            .ok_or_else(|| Problem::own(Reason::BillContradicts, ""))?;
        if sum.is_positive() {
            legs.push(LegSum {
                leg: leg.number,
                amount: Kopecks(sum),
            });
        }
    }
    if legs.is_empty() {
        return Err(Problem::own(Reason::NothingDue, ""));
    }
    let sums = legs.iter().map(|leg| leg.amount.0);
    let whole = Money::total(sums) == Some(sale.due);
    written(&UndoToWrite {
        reserved: &reserved.0,
        whole,
        reversal: Reverse {
            legs,
            lines: lines(sale, back)?,
            reason: if whole { "cancelled" } else { "refund" },
            operator: Operator {
                name: &settings.operator,
            },
        },
    })
}

fn written(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body)
        .map_err(|error| Problem::own(Reason::BillContradicts, error.to_string()))
}

/// The dishes that these parts pay.
fn lines<'a>(sale: &'a Sale, parts: &Attribution) -> Result<Vec<Line<'a>>, Problem> {
    let contradicts = |line: &LineDue| Problem::own(Reason::BillContradicts, line.name.clone());
    let mut lines = Vec::new();
    for (index, line) in sale.lines.iter().enumerate() {
        let paid = Money::total(parts.of_line(index).map(|part| part.amount))
            .ok_or_else(|| contradicts(line))?;
        if !paid.is_positive() {
            continue;
        }
        let quantity = line.quantity_of(paid).ok_or_else(|| contradicts(line))?;
        let sold = LineDue {
            quantity,
            due: paid,
            ..line.clone()
        };
        let mut of_legs = Vec::new();
        for part in parts.of_line(index) {
            let leg = sale.legs.get(part.leg).ok_or_else(|| contradicts(line))?;
            of_legs.push(LegSum {
                leg: leg.number,
                amount: Kopecks(part.amount),
            });
        }
        lines.push(Line {
            index,
            goods: &line.code,
            name: &line.name,
            base_price: Kopecks(line.base_price),
            price: Kopecks(price(&sold).ok_or_else(|| contradicts(line))?),
            count_thousandths: quantity.thousandths(),
            parts: of_legs,
        });
    }
    Ok(lines)
}
