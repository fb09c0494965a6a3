//! `payments`, `payment` and `recover`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::domain::Money;
use crate::domain::text::printable;
use crate::i18n::Texts;
use crate::payment::orphan::Orphan;
use crate::payment::record::{BookingKind, PaymentRecord};
use crate::payment::sale::PaymentId;
use crate::payment::view::{Concern, PaymentView};
use crate::reports::table::{Side, Table};

use super::exit::ExitCode;
use super::io::Io;
use super::orphans::{self, block, orphan_json, say_how_far};
use super::refund::words as refund_words;
use super::till::{Books, Till};
use super::words::{Stop, check_id, payment_json, payment_text};

pub(super) fn payments(books: &dyn Books, json: bool, io: &mut Io<'_>) -> ExitCode {
    match books.payments(Timestamp::MIN) {
        Ok(records) => match books.orphans() {
            Ok(orphans) => {
                let views: Vec<&PaymentView> = records.iter().map(|record| &record.view).collect();
                list(&views, &orphans, &zone(books), json, io)
            }
            Err(problem) => Stop::problem(io.texts, &problem).tell(io),
        },
        Err(problem) => Stop::problem(io.texts, &problem).tell(io),
    }
}

pub(super) fn payment(books: &dyn Books, id: &str, json: bool, io: &mut Io<'_>) -> ExitCode {
    let Ok(id) = id.trim().parse::<PaymentId>() else {
        return Stop::usage(io.texts.get("cli.payment_id").to_owned()).tell(io);
    };
    match books.payment(id) {
        Ok(Some(record)) => {
            let orphan = orphans::of(books, id);
            if json {
                io.print_json(&record_json(io.texts, &record, orphan.as_ref()))
            } else {
                let mut text = payment_text(io.texts, &record.view);
                text.push_str(&block(orphan.as_slice(), &zone(books), io.texts));
                io.print(&text)
            }
        }
        Ok(None) => {
            io.say(io.texts.get("cli.payment_not_found"));
            ExitCode::NotFound
        }
        Err(problem) => Stop::problem(io.texts, &problem).tell(io),
    }
}

/// The code tells whether anything is still open.
pub(super) fn recover(till: &mut dyn Till, json: bool, io: &mut Io<'_>) -> ExitCode {
    let recovered = till
        .recover()
        .and_then(|views| Ok((views, till.look_back()?)));
    let (views, looked) = match recovered {
        Ok(recovered) => recovered,
        Err(problem) => return Stop::problem(io.texts, &problem).tell(io),
    };
    let orphans = looked.as_ref().map_or(&[][..], |looked| &looked.orphans);
    let zone = zone(till);
    let written = list(&views.iter().collect::<Vec<_>>(), orphans, &zone, json, io);
    if let Some(looked) = &looked {
        say_how_far(looked, io);
    }
    let settled = views.iter().all(|view| !view.is_open());
    if settled && orphans.is_empty() {
        return written;
    }
    if !settled {
        io.say(io.texts.get("cli.still_open"));
    }
    if !orphans.is_empty() {
        io.say(io.texts.get("orphan.found"));
    }
    ExitCode::Unknown
}

fn zone(books: &(impl Books + ?Sized)) -> TimeZone {
    books.now().time_zone().clone()
}

fn list(
    views: &[&PaymentView],
    orphans: &[Orphan],
    zone: &TimeZone,
    json: bool,
    io: &mut Io<'_>,
) -> ExitCode {
    if json {
        let payments = views.iter().map(|view| payment_json(io.texts, view));
        let found = orphans.iter().map(|orphan| orphan_json(io.texts, orphan));
        let rows: Vec<Json> = payments.chain(found).collect();
        return io.print_json(&Json::from(rows));
    }
    let word = |key: &str| io.texts.get(&format!("cli.word.{key}"));
    let mut table = Table::new([
        (word("time"), Side::Left),
        (word("order"), Side::Left),
        (word("sum"), Side::Right),
        (word("state"), Side::Left),
        (word("receipt"), Side::Left),
        (word("lime_check"), Side::Left),
        (word("payment"), Side::Left),
    ]);
    for view in views {
        let time = zone.to_datetime(view.started_at);
        table.row([
            time.strftime("%d.%m.%Y %H:%M:%S").to_string(),
            view.order_name.clone(),
            view.total.to_string(),
            io.texts
                .get(&format!("cli.standing.{}", view.standing.word()))
                .to_owned(),
            view.check_num.clone().unwrap_or_default(),
            view.lime_check.clone().unwrap_or_default(),
            view.id.to_string(),
        ]);
    }
    let mut text = if table.is_empty() {
        format!("{}\n", io.texts.get("cli.no_payments"))
    } else {
        table.text()
    };
    text.push_str(&attention(views, io.texts));
    text.push_str(&block(orphans, zone, io.texts));
    io.print(&text)
}

/// What needs a person, at the end of every list: it cannot be overlooked at the end of a shift.
fn attention(views: &[&PaymentView], texts: Texts) -> String {
    let concerns: Vec<(&PaymentView, Concern)> = views
        .iter()
        .filter_map(|view| Some((*view, view.concern()?)))
        .collect();
    if concerns.is_empty() {
        return String::new();
    }
    let sum =
        Money::total(concerns.iter().map(|(view, _)| view.concern_sum())).unwrap_or(Money::CEILING);
    let count = concerns.len();
    let mut text = texts.fill("cli.attention", &[("n", &count), ("sum", &sum)]);
    text.push('\n');
    for (view, concern) in concerns {
        let what = texts.get(&format!("concern.{}", concern.word()));
        text.push_str(&printable(&format!(
            "  {} {} {}: {what}",
            view.order_name,
            view.concern_sum(),
            view.id
        )));
        text.push('\n');
        for refund in &view.refunds {
            if refund.standing.needs_a_person() {
                text.push_str(&printable(&format!(
                    "    {}",
                    refund_words(texts, view, refund)
                )));
                text.push('\n');
            }
        }
    }
    text
}

/// The payment with its dishes and what Lime booked.
fn record_json(texts: Texts, record: &PaymentRecord, orphan: Option<&Orphan>) -> Json {
    let mut json = payment_json(texts, &record.view);
    let sale = &record.sale;
    let lines: Vec<Json> = sale
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let parts: Vec<Json> = sale
                .attribution
                .of_line(index)
                .filter_map(|part| {
                    let leg = sale.legs.get(part.leg)?;
                    Some(json!({ "leg": leg.number, "amount": part.amount.to_string() }))
                })
                .collect();
            json!({
                "code": line.code,
                "name": line.name,
                "quantity": line.quantity.to_string(),
                "base_price": line.base_price.to_string(),
                "due": line.due.to_string(),
                "parts": parts,
            })
        })
        .collect();
    let bookings: Vec<Json> = record
        .bookings
        .iter()
        .map(|booking| {
            json!({
                "check_id": check_id(&booking.operation.0),
                "kind": match booking.kind {
                    BookingKind::Debit => "debit",
                    BookingKind::Return => "return",
                },
                "at": booking.at.to_string(),
            })
        })
        .collect();
    if let Some(object) = json.as_object_mut() {
        object.insert("lines".to_owned(), Json::from(lines));
        object.insert("bookings".to_owned(), Json::from(bookings));
        let facts = orphan.map_or(Json::Null, orphans::facts);
        object.insert("orphan".to_owned(), facts);
    }
    json
}
