//! Problems and payments in words and in JSON.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::domain::text::printable;
use crate::i18n::Texts;
use crate::payment::reason::{Problem, Reason};
use crate::payment::view::{Concern, InDoubt, LegState, PaymentView, Standing};
use crate::reports::table::{Side, Table};

use super::exit::ExitCode;
use super::io::Io;
use super::refund::{refund_json, words as refund_words};

/// Why a command ends early; nothing moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub code: ExitCode,
    /// The `reason` of the JSON answers.
    pub reason: Option<&'static str>,
    /// A plain sentence.
    pub message: String,
}

impl Stop {
    /// A server or the program said no.
    pub fn problem(texts: Texts, problem: &Problem) -> Self {
        Self {
            code: ExitCode::of_problem(problem),
            reason: Some(problem.reason.code()),
            message: sentence(texts, problem),
        }
    }

    /// The command line cannot be meant.
    pub const fn usage(message: String) -> Self {
        Self {
            code: ExitCode::Usage,
            reason: None,
            message,
        }
    }

    /// Refused by a rule of our own, with what exactly.
    pub fn refused(texts: Texts, reason: Reason, detail: &str) -> Self {
        Self::problem(texts, &Problem::own(reason, detail))
    }

    /// Says it.
    pub fn tell(&self, io: &mut Io<'_>) -> ExitCode {
        io.say(&self.message);
        self.code
    }
}

/// The problem as one plain sentence, with the server and its own words where there are any.
pub fn sentence(texts: Texts, problem: &Problem) -> String {
    if let Some(rule) = &problem.rule {
        let why = texts.get(&format!("reason.{}", problem.reason.code()));
        let values: [(&str, &dyn std::fmt::Display); 3] = [
            ("account", &rule.account),
            ("rule", &texts.limit(rule.limit, &rule.rules)),
            ("allowed", &rule.allowed),
        ];
        let what = texts.fill("cli.account_rule", &values);
        return format!("{why}: {}", printable(&what));
    }
    let mut text = texts.why(problem).into_owned();
    if let Some(server) = problem.server {
        let name = server.to_string();
        if !text.contains(&name) {
            text.extend([" (", &name, ")"]);
        }
    }
    // Who has the order is said; the words that say it are in the journal.
    if !problem.detail.is_empty() && problem.holder.is_none() {
        text.push_str(": ");
        text.push_str(&printable(&problem.detail));
    }
    text
}

/// How a payment stands, as one plain sentence.
pub(super) fn outcome(texts: Texts, view: &PaymentView) -> String {
    let given_back = view.legs.iter().any(|leg| leg.state == LegState::GivenBack);
    let key = match view.standing {
        Standing::Working => "cli.outcome.working",
        Standing::Paid => "cli.outcome.paid",
        Standing::Refused if given_back => "cli.outcome.given_back",
        Standing::Refused => "cli.outcome.refused",
        Standing::Unknown => "cli.outcome.unknown",
        Standing::NeedsManager => "cli.outcome.needs_manager",
    };
    let mut text = texts.get(key).to_owned();
    if let Some(said) = view.receipt_warning() {
        text.push_str(". ");
        text.push_str(&texts.fill("receipt.warned", &[("words", &printable(said))]));
    } else if let Some(problem) = &view.problem {
        text.push_str(": ");
        text.push_str(&sentence(texts, problem));
    }
    text
}

/// A payment as the JSON of `pay`.
pub(super) fn payment_json(texts: Texts, view: &PaymentView) -> Json {
    let legs: Vec<Json> = view
        .legs
        .iter()
        .map(|leg| {
            json!({
                "card_uid": leg.uid.reveal(),
                "card_number": leg.card_number,
                "entry": leg.entry.word(),
                "account_id": leg.account.0,
                "account": leg.account_name,
                "refunded": leg.refunded.to_string(),
                "amount": leg.amount.to_string(),
                "state": leg.state.word(),
                "pin_checked_at": leg.pin_checked_at.map(|at| at.to_string()),
            })
        })
        .collect();
    json!({
        "payment_id": view.id.to_string(),
        "state": view.standing.word(),
        "order": { "guid": view.order.0, "name": view.order_name },
        "total": view.total.to_string(),
        "rest": view.rest.to_string(),
        "refunded": view.refunded().to_string(),
        "refunds": view
            .refunds
            .iter()
            .map(|refund| refund_json(texts, view, refund))
            .collect::<Vec<_>>(),
        "attention": view.concern().map(Concern::word),
        "in_doubt": view.in_doubt.map(InDoubt::word),
        "legs": legs,
        "receipt": view.check_num.as_ref().map(|num| json!({ "check_num": num })),
        "lime": view.lime_check.as_ref().map(|id| json!({ "check_id": check_id(id) })),
        "reason": view.problem.as_ref().map(|problem| problem.reason.code()),
        "message": outcome(texts, view),
        "operator": view.by.operator,
        "approver": view.by.approver,
        "started_at": view.started_at.to_string(),
    })
}

/// Lime's check ids are numbers.
pub(super) fn check_id(operation: &str) -> Json {
    operation
        .parse::<i64>()
        .map_or_else(|_| Json::from(operation), Json::from)
}

/// A payment for reading. Cards are masked.
pub(super) fn payment_text(texts: Texts, view: &PaymentView) -> String {
    let mut text = format!("{}\n", outcome(texts, view));
    let mut fact = |key: &str, value: &str| {
        text.push_str(&printable(&format!("{}: {value}", texts.get(key))));
        text.push('\n');
    };
    fact("cli.word.payment", &view.id.to_string());
    fact("cli.word.order", &view.order_name);
    fact("cli.word.sum", &view.total.to_string());
    if view.rest.is_positive() {
        fact("cli.word.rest", &view.rest.to_string());
    }
    if let Some(who) = &view.by.operator {
        fact("cli.word.operator", who);
    }
    if let Some(who) = &view.by.approver {
        fact("cli.word.approver", who);
    }
    if let Some(num) = &view.check_num {
        fact("cli.word.receipt", num);
    }
    if let Some(id) = &view.lime_check {
        fact("cli.word.lime_check", id);
    }
    if let Some(doubt) = view.in_doubt {
        fact("cli.word.in_doubt", &in_doubt(texts, doubt));
    }
    let mut table = Table::new([
        (texts.get("cli.word.card"), Side::Left),
        (texts.get("cli.word.account"), Side::Left),
        (texts.get("cli.word.sum"), Side::Right),
        (texts.get("cli.word.state"), Side::Left),
    ]);
    for leg in &view.legs {
        table.row([
            texts.named(
                leg.card_number
                    .clone()
                    .unwrap_or_else(|| leg.uid.to_string()),
                leg.entry,
            ),
            leg.account_name.clone(),
            leg.amount.to_string(),
            texts
                .get(&format!("cli.leg.{}", leg.state.word()))
                .to_owned(),
        ]);
    }
    text.push_str(&table.text());
    for refund in &view.refunds {
        text.push_str(&printable(&refund_words(texts, view, refund)));
        text.push_str(" (");
        text.push_str(&refund.id.to_string());
        text.push_str(")\n");
        if let Some(doubt) = refund.in_doubt {
            let words = in_doubt(texts, doubt);
            let name = texts.get("cli.word.in_doubt");
            let _ = writeln!(text, "  {name}: {words}");
        }
    }
    text
}

/// What a person may decide about, and how `decide` is told so.
fn in_doubt(texts: Texts, doubt: InDoubt) -> String {
    let question = texts.get(&format!("till.decide.{}", doubt.word()));
    format!("{question} (--about {})", doubt.word())
}
