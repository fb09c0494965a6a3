//! What looking back found, in words and in JSON, and what a person says of it.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::domain::Money;
use crate::domain::text::printable;
use crate::i18n::Texts;
use crate::payment::lookback::{Asked, Looked};
use crate::payment::orphan::{Orphan, Sums, made_at, sum};
use crate::payment::reason::{Reason, Server};
use crate::payment::sale::PaymentId;

use super::args::DecideArgs;
use super::exit::ExitCode;
use super::io::Io;
use super::refund::{resolved_by, short};
use super::till::{Books, Till};
use super::words::{Stop, check_id, sentence};

/// The end of a list: count, sum, and each with its references. Empty where there is none.
pub(super) fn block(orphans: &[Orphan], zone: &TimeZone, texts: Texts) -> String {
    if orphans.is_empty() {
        return String::new();
    }
    let (count, all) = (orphans.len(), sum(orphans));
    let mut text = texts.fill("orphan.attention", &[("n", &count), ("sum", &all)]);
    text.push('\n');
    for orphan in orphans {
        let made = zone.to_datetime(made_at(orphan.payment));
        let made = made.strftime("%d.%m.%Y %H:%M:%S");
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {made} {}", words(texts, orphan));
    }
    text.push_str(texts.get("orphan.cure"));
    text.push('\n');
    text
}

/// An orphan as one line with every reference that helps to find it.
fn words(texts: Texts, orphan: &Orphan) -> String {
    let mut text = format!("{} {}: ", orphan.sum(), orphan.payment);
    text.push_str(texts.get(&format!("orphan.{}", orphan.kind.word())));
    let side = |key: &str, sums: Sums, place: &str| {
        let values: [(&str, &dyn std::fmt::Display); 3] = [
            ("shown", &sums.shown),
            ("believed", &sums.believed),
            ("place", &place),
        ];
        texts.fill(key, &values)
    };
    if let Some(sums) = orphan.wallet {
        let checks: Vec<&str> = orphan.operations.iter().map(|own| own.0.as_str()).collect();
        text.push_str(&side("orphan.lime", sums, &dash(&checks.join(", "))));
    }
    if let Some(sums) = orphan.pos {
        let order = orphan.order_name.as_deref().unwrap_or_default();
        let place = match &orphan.check_num {
            Some(num) => texts.fill("orphan.receipt", &[("order", &order), ("receipt", num)]),
            None => dash(order),
        };
        text.push_str(&side("orphan.rkeeper", sums, &place));
    }
    printable(&text)
}

fn dash(text: &str) -> String {
    if text.is_empty() { "–" } else { text }.to_owned()
}

/// An orphan for scripts: an element of a list of payments, with the keys that they have.
pub(super) fn orphan_json(texts: Texts, orphan: &Orphan) -> Json {
    json!({
        "payment_id": orphan.payment.to_string(),
        "state": "orphan",
        "attention": "orphan",
        "order": orphan.order.as_ref().map(|guid| json!({
            "guid": guid.0,
            "name": orphan.order_name,
        })),
        "total": orphan.sum().to_string(),
        "rest": Money::ZERO.to_string(),
        "in_doubt": null,
        "refunded": Money::ZERO.to_string(),
        "legs": [],
        "refunds": [],
        "receipt": orphan.check_num.as_ref().map(|num| json!({ "check_num": num })),
        "lime": orphan.operations.first().map(|own| json!({ "check_id": check_id(&own.0) })),
        "reason": null,
        "message": words(texts, orphan),
        "operator": null,
        "approver": null,
        "started_at": made_at(orphan.payment).to_string(),
        "orphan": facts(orphan),
    })
}

/// How servers and journal disagree, for scripts.
pub(super) fn facts(orphan: &Orphan) -> Json {
    let side = |sums: Sums| {
        json!({
            "shown": sums.shown.to_string(),
            "believed": sums.believed.to_string(),
        })
    };
    json!({
        "kind": orphan.kind.word(),
        "lime": orphan.wallet.map(side),
        "lime_check_ids": orphan
            .operations
            .iter()
            .map(|own| check_id(&own.0))
            .collect::<Vec<_>>(),
        "rkeeper": orphan.pos.map(side),
    })
}

/// What is not settled of that payment. Where the journal cannot be read, whoever paid has said so.
pub(super) fn of(books: &(impl Books + ?Sized), payment: PaymentId) -> Option<Orphan> {
    let mut orphans = books.orphans().ok()?.into_iter();
    orphans.find(|orphan| orphan.payment == payment)
}

/// Says how far the servers could be looked through, where it was not to the end.
pub(super) fn say_how_far(looked: &Looked, io: &mut Io<'_>) {
    for (server, asked) in [
        (Server::Lime, &looked.wallet),
        (Server::Rkeeper, &looked.pos),
    ] {
        let message = match asked {
            Asked::Whole => continue,
            Asked::Partly => io.texts.fill("orphan.partly", &[("server", &server)]),
            Asked::Cannot if server == Server::Lime => {
                io.texts.get("orphan.lime_cannot").to_owned()
            }
            Asked::Cannot => io.texts.get("orphan.rkeeper_cannot").to_owned(),
            Asked::Failed(problem) => {
                let why = sentence(io.texts, problem);
                let values: [(&str, &dyn std::fmt::Display); 2] =
                    [("server", &server), ("why", &why)];
                io.texts.fill("orphan.failed", &values)
            }
        };
        io.say(&message);
    }
}

/// `decide ID --known`.
pub(super) fn settle(till: &mut dyn Till, args: &DecideArgs, io: &mut Io<'_>) -> ExitCode {
    match settled(till, args, io.texts) {
        Ok(orphan) if args.output.json => {
            let mut json = orphan_json(io.texts, &orphan);
            if let Some(object) = json.as_object_mut() {
                object.insert("state".to_owned(), "settled".into());
                object.insert("attention".to_owned(), Json::Null);
            }
            io.print_json(&json)
        }
        Ok(orphan) => {
            let text = io
                .texts
                .fill("orphan.settled", &[("payment", &orphan.payment)]);
            io.print(&format!("{text}\n"))
        }
        Err(stop) => stop.tell(io),
    }
}

fn settled(till: &mut dyn Till, args: &DecideArgs, texts: Texts) -> Result<Orphan, Stop> {
    let Ok(payment) = args.payment.trim().parse() else {
        return Err(Stop::usage(texts.get("cli.payment_id").to_owned()));
    };
    if args.refund.is_some() {
        return Err(Stop::usage(texts.get("orphan.no_refund").to_owned()));
    }
    let reason = short(&args.reason);
    if short(&args.operator).is_empty() || reason.is_empty() {
        return Err(Stop::usage(texts.get("cli.refund.who_and_why").to_owned()));
    }
    let by = resolved_by(till.people(), args, texts)?;
    till.settle_orphan(payment, &by, &reason)
        .map_err(|problem| {
            if problem.reason == Reason::NothingToDecide {
                Stop {
                    code: ExitCode::NotFound,
                    reason: Some(problem.reason.code()),
                    message: texts.get("orphan.none").to_owned(),
                }
            } else {
                Stop::problem(texts, &problem)
            }
        })
}
