//! `refund` and `decide`: money back to where it came from, and what a person says about a payment
//! that asking did not settle.

use serde_json::{Value as Json, json};

use crate::domain::Money;
use crate::domain::text::clean;
use crate::i18n::Texts;
use crate::operators::Right;
use crate::payment::reason::{Problem, Reason};
use crate::payment::refund::{RefundId, RefundRequest};
use crate::payment::sale::{By, PaymentId};
use crate::payment::state::{Decision, Verdict};
use crate::payment::view::{InDoubt, PaymentView, RefundStanding, RefundView};

use super::args::{DecideArgs, RefundArgs};
use super::exit::ExitCode;
use super::io::Io;
use super::orphans;
use super::sign::{Asks, People, sign};
use super::till::Till;
use super::words::{Stop, check_id, outcome, payment_json, payment_text, sentence};

/// Longest name or reason that is kept, in characters.
const WORDS_MAX: usize = 200;

pub(super) fn refund(till: &mut dyn Till, args: &RefundArgs, io: &mut Io<'_>) -> ExitCode {
    let result = request(till, args, io.texts).and_then(|request| {
        till.refund(request)
            .map_err(|problem| Stop::problem(io.texts, &problem))
    });
    match result {
        Ok(view) => told(&view, None, args.output.json, io),
        Err(stop) => {
            if args.output.json && stop.code != ExitCode::Usage {
                io.print_json(&json!({
                    "payment_id": args.payment.trim(),
                    "refund_id": null,
                    "state": RefundStanding::Refused.word(),
                    "legs": [],
                    "reason": stop.reason,
                    "message": stop.message,
                }));
            }
            stop.tell(io)
        }
    }
}

fn request(till: &dyn Till, args: &RefundArgs, texts: Texts) -> Result<RefundRequest, Stop> {
    let view = known(till, texts, &args.payment)?;
    let legs = args
        .legs
        .iter()
        .map(|text| leg(texts, text))
        .collect::<Result<_, _>>()?;
    let today = till.now();
    let made = view.started_at.to_zoned_datetime(today.time_zone().clone());
    let right = if made.date() == today.date() {
        Right::RefundToday
    } else {
        Right::RefundOlder
    };
    let asks = Asks {
        right,
        yes: false,
        operator: args.operator.as_deref(),
        manager: args.manager.as_deref(),
    };
    let by = sign(till.people(), asks, texts)?;
    Ok(RefundRequest {
        payment: view.id,
        legs,
        by_hand: args.by_hand,
        operator: by.operator.unwrap_or_default(),
        approver: by.approver,
        why: args.reason.as_deref().map(short).unwrap_or_default(),
    })
}

/// A payment that the journal has.
fn known(till: &dyn Till, texts: Texts, id: &str) -> Result<PaymentView, Stop> {
    let Ok(id) = id.trim().parse::<PaymentId>() else {
        return Err(Stop::usage(texts.get("cli.payment_id").to_owned()));
    };
    match till.payment(id) {
        Ok(Some(record)) => Ok(record.view),
        Ok(None) => Err(Stop {
            code: ExitCode::NotFound,
            reason: None,
            message: texts.get("cli.payment_not_found").to_owned(),
        }),
        Err(problem) => Err(Stop::problem(texts, &problem)),
    }
}

/// `N` or `N:AMOUNT`.
fn leg(texts: Texts, text: &str) -> Result<(u32, Option<Money>), Stop> {
    let wrong = || Stop::usage(texts.get("cli.refund.leg_wrong").to_owned());
    let (number, amount) = match text.split_once(':') {
        Some((number, amount)) => (number, Some(amount)),
        None => (text, None),
    };
    let number = number.trim().parse().map_err(|_| wrong())?;
    let amount = amount
        .map(|amount| {
            Money::parse_decimal(&amount.trim().replace(',', "."))
                .ok()
                .filter(|amount| amount.is_positive())
                .ok_or_else(wrong)
        })
        .transpose()?;
    Ok((number, amount))
}

pub(super) fn short(text: &str) -> String {
    clean(text).trim().chars().take(WORDS_MAX).collect()
}

pub(super) fn decide(till: &mut dyn Till, args: &DecideArgs, io: &mut Io<'_>) -> ExitCode {
    if args.verdict.known {
        return orphans::settle(till, args, io);
    }
    let result = decision(till, args, io.texts).and_then(|(payment, refund, seen, decision)| {
        till.decide(payment, refund, seen, decision)
            .map(|view| (view, refund))
            .map_err(|problem| Stop::problem(io.texts, &problem))
    });
    match result {
        Ok((view, Some(refund))) => told(&view, Some(refund), args.output.json, io),
        Ok((view, None)) => {
            if args.output.json {
                io.print_json(&payment_json(io.texts, &view));
            } else {
                io.print(&payment_text(io.texts, &view));
            }
            let code = ExitCode::of_view(&view);
            if code != ExitCode::Done {
                let message = outcome(io.texts, &view);
                io.say(&message);
            }
            code
        }
        Err(stop) => stop.tell(io),
    }
}

/// Payment, its refund, what is in doubt, and what is said of it.
type Asked = (PaymentId, Option<RefundId>, InDoubt, Decision);

fn decision(till: &dyn Till, args: &DecideArgs, texts: Texts) -> Result<Asked, Stop> {
    let view = known(till, texts, &args.payment)?;
    let refund = args
        .refund
        .as_deref()
        .map(|id| {
            id.trim()
                .parse::<RefundId>()
                .map_err(|_| Stop::usage(texts.get("cli.refund.id").to_owned()))
        })
        .transpose()?;
    let why = short(&args.reason);
    if short(&args.operator).is_empty() || why.is_empty() {
        return Err(Stop::usage(texts.get("cli.refund.who_and_why").to_owned()));
    }
    let verdict = match (args.verdict.happened, args.verdict.did_not) {
        (true, _) => Verdict::Happened,
        (false, true) => Verdict::DidNot,
        (false, false) => Verdict::AskAgain,
    };
    let seen = seen(texts, &view, refund, args)?;
    let by = resolved_by(till.people(), args, texts)?;
    let decision = Decision {
        verdict,
        operator: by.operator.unwrap_or_default(),
        approver: by.approver,
        why,
    };
    Ok((view.id, refund, seen, decision))
}

/// Who decides, proven where the site has operators.
pub(super) fn resolved_by(
    people: &dyn People,
    args: &DecideArgs,
    texts: Texts,
) -> Result<By, Stop> {
    let asks = Asks {
        right: Right::Resolve,
        yes: false,
        operator: Some(&args.operator),
        manager: args.manager.as_deref(),
    };
    sign(people, asks, texts)
}

/// What the person saw in doubt. It may be something else by now, of which the same verdict would
/// mean another thing, so he says it himself; asking again decides nothing. It is compared once more
/// when the decision is written down.
fn seen(
    texts: Texts,
    view: &PaymentView,
    refund: Option<RefundId>,
    args: &DecideArgs,
) -> Result<InDoubt, Stop> {
    let now = view.in_doubt_of(refund).ok_or_else(|| {
        let problem = Problem::own(Reason::NothingToDecide, "");
        Stop::problem(texts, &problem)
    })?;
    let say = |key: &str| {
        let question = texts.get(&format!("till.decide.{}", now.word()));
        texts.fill(key, &[("word", &now.word()), ("question", &question)])
    };
    let Some(about) = &args.about else {
        return if args.verdict.ask_again {
            Ok(now)
        } else {
            Err(Stop::usage(say("cli.decide.about_what")))
        };
    };
    let known = InDoubt::ALL
        .iter()
        .find(|doubt| doubt.word() == about.trim());
    match known {
        None => Err(Stop::usage(say("cli.decide.about_what"))),
        Some(&seen) if seen == now => Ok(seen),
        Some(_) => {
            let detail = say("cli.decide.other_by_now");
            Err(Stop::refused(texts, Reason::NothingToDecide, &detail))
        }
    }
}

/// The refund asked for, or the newest one.
fn told(view: &PaymentView, id: Option<RefundId>, json: bool, io: &mut Io<'_>) -> ExitCode {
    let wanted = |refund: &&RefundView| id.is_none_or(|id| refund.id == id);
    let Some(refund) = view.refunds.iter().rev().find(wanted) else {
        return Stop::usage(io.texts.get("cli.refund.id").to_owned()).tell(io);
    };
    let code = code(refund);
    if json {
        io.print_json(&refund_json(io.texts, view, refund));
    } else {
        io.print(&format!("{}\n", words(io.texts, view, refund)));
    }
    if code != ExitCode::Done {
        let message = words(io.texts, view, refund);
        io.say(&message);
    }
    code
}

fn code(refund: &RefundView) -> ExitCode {
    match refund.standing {
        RefundStanding::Refunded | RefundStanding::ByHand => ExitCode::Done,
        RefundStanding::Refused => refund
            .problem
            .as_ref()
            .map_or(ExitCode::Refused, ExitCode::of_problem),
        RefundStanding::Working | RefundStanding::Unknown | RefundStanding::NeedsManager => {
            ExitCode::Unknown
        }
    }
}

/// A refund as one plain sentence, with what is left to do.
pub(super) fn words(texts: Texts, view: &PaymentView, refund: &RefundView) -> String {
    let key = match refund.standing {
        RefundStanding::Working => "cli.refund.working",
        RefundStanding::Refunded => "cli.refund.refunded",
        // A prepayment has no receipt.
        RefundStanding::ByHand if view.check_num.is_none() => "cli.refund.by_hand_prepaid",
        RefundStanding::ByHand => "cli.refund.by_hand",
        RefundStanding::Refused => "cli.refund.refused",
        RefundStanding::Unknown => "cli.refund.unknown",
        RefundStanding::NeedsManager => "cli.refund.needs_manager",
    };
    let receipt = view.check_num.as_deref().unwrap_or_default();
    let mut text = texts.fill(
        key,
        &[
            ("sum", &refund.total),
            ("order", &view.order_name),
            ("receipt", &receipt),
        ],
    );
    // That it is to be done by hand was just said; why is worth saying where somebody said why.
    let said =
        |problem: &&Problem| problem.reason == Reason::AnnulByHand && problem.detail.is_empty();
    if let Some(problem) = refund.problem.as_ref().filter(|problem| !said(problem)) {
        text.push_str(": ");
        text.push_str(&sentence(texts, problem));
    }
    if refund.restored_expired {
        text.push_str(". ");
        text.push_str(texts.get("refund.restored_expired"));
    }
    text
}

/// A refund for scripts.
pub(super) fn refund_json(texts: Texts, view: &PaymentView, refund: &RefundView) -> Json {
    let legs: Vec<Json> = refund
        .parts
        .iter()
        .map(|(number, amount)| {
            let leg = view.legs.iter().find(|leg| leg.number == *number);
            json!({
                "leg": number,
                "amount": amount.to_string(),
                "card_uid": leg.map(|leg| leg.uid.reveal()),
                "account_id": leg.map(|leg| leg.account.0.as_str()),
                "account": leg.map(|leg| leg.account_name.as_str()),
            })
        })
        .collect();
    json!({
        "payment_id": view.id.to_string(),
        "refund_id": refund.id.to_string(),
        "state": refund.standing.word(),
        "total": refund.total.to_string(),
        "legs": legs,
        "returned": refund.returned,
        "restored_expired": refund.restored_expired,
        "in_doubt": refund.in_doubt.map(InDoubt::word),
        "by_hand": refund.standing == RefundStanding::ByHand,
        "lime": refund.lime_check.as_ref().map(|id| json!({ "check_id": check_id(id) })),
        "operator": refund.operator,
        "approver": refund.approver,
        "why": refund.why,
        "reason": refund.problem.as_ref().map(|problem| problem.reason.code()),
        "message": words(texts, view, refund),
        "started_at": refund.started_at.to_string(),
    })
}
