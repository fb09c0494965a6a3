//! A payment under way, and what came of it. The strongest words stand only here and in the list
//! of payments, and only where [`Standing`] allows them.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, Paying};
use super::super::fit;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{account_and_card, framed, lines, range_note, span};
use super::{legs, refund};
use crate::domain::{CardEntry, Money, Uid};
use crate::payment::view::{LegState, LegView, PaymentView, RefundStanding, Standing, Step};

const SUM: usize = 14;

pub(super) fn draw(app: &App, paying: &Paying, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let height = usize::from(area.height).saturating_sub(2);
    let top = match &paying.view {
        None => starting(app, width),
        Some(view) if view.standing == Standing::Working => working(app, paying, view, width),
        Some(view) => outcome(app, view, width),
    };
    let bottom = bottom(app, paying, width);
    let room = height.saturating_sub(top.len() + bottom.len() + 2).max(1);
    let legs = legs::rows(app, paying, room, width);
    let first = paying.scroll.min(legs.len().saturating_sub(room));
    let note = range_note(legs.len(), room, first);
    let mut rows = top;
    rows.push(Line::default());
    rows.extend(legs.into_iter().skip(first).take(room));
    rows.push(Line::default());
    rows.extend(bottom);
    let title = title(app, &paying.request.order.name, paying.request.due(), width);
    let inner = framed(app, frame, area, &title, &note, true);
    lines(frame, inner, rows);
}

/// «Оплата заказа */1 на 2 350,00»: the sum stays whole.
pub(super) fn title(app: &App, order: &str, sum: Money, width: usize) -> String {
    fit::around(width.saturating_sub(2), order, |order| {
        let sum = sum.grouped();
        app.texts
            .fill("till.payment.title", &[("order", &order), ("sum", &sum)])
    })
}

/// What came of a payment.
pub(super) fn outcome(app: &App, view: &PaymentView, width: usize) -> Vec<Line<'static>> {
    match view.standing {
        Standing::Working => heading(step_words(app, view.step), Theme::title(), width),
        Standing::Paid => paid(app, view, width),
        Standing::Refused => refused(app, view, width),
        Standing::Unknown | Standing::NeedsManager => unsettled(app, view, width),
    }
}

fn heading(text: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    vec![Line::default(), Line::styled(fit::cut(text, width), style)]
}

/// Sentences under a heading.
fn sentences(text: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    fit::wrap(text, width, 3)
        .into_iter()
        .map(|row| Line::styled(row, style))
        .collect()
}

fn starting(app: &App, width: usize) -> Vec<Line<'static>> {
    heading(
        app.texts.get("till.payment.starting"),
        Theme::title(),
        width,
    )
}

fn working(app: &App, paying: &Paying, view: &PaymentView, width: usize) -> Vec<Line<'static>> {
    let mut rows = heading(step_words(app, view.step), Theme::title(), width);
    let mut words = Vec::new();
    if let Some(left) = paying.seconds_left(app.now) {
        words.push(app.texts.fill("till.payment.seconds", &[("n", &left)]));
    }
    if view.tries > 0 {
        words.push(app.texts.fill("till.payment.tries", &[("n", &view.tries)]));
    }
    if paying.cancel_asked {
        words.push(app.text("till.say.cancel_asked"));
    }
    rows.extend(sentences(&words.join(" · "), app.theme.quiet(), width));
    if let Some(problem) = &view.problem {
        rows.extend(sentences(&app.sentence(problem), app.theme.warn(), width));
    }
    rows
}

fn paid(app: &App, view: &PaymentView, width: usize) -> Vec<Line<'static>> {
    let given_back = view
        .refunds
        .iter()
        .any(|refund| refund.standing != RefundStanding::Refused);
    let (words, style) = if given_back {
        (refund::standing_words(app, view), app.theme.warn())
    } else {
        let key = if view.paid_a_part() {
            "till.result.paid_part"
        } else {
            "till.result.paid"
        };
        let words = app.texts.fill(key, &[("sum", &view.total.grouped())]);
        (format!("✓ {words}"), app.theme.good())
    };
    let mut rows = heading(&words, style, width);
    if view.paid_a_part() && !given_back {
        let rest = app
            .texts
            .fill("till.result.rest", &[("sum", &view.rest.grouped())]);
        rows.extend(sentences(&rest, app.theme.warn(), width));
    }
    let mut words = Vec::new();
    if let Some(check) = &view.check_num {
        words.push(app.texts.fill("till.result.receipt", &[("number", check)]));
    }
    if let Some(check) = &view.lime_check {
        words.push(app.texts.fill("till.result.lime", &[("number", check)]));
    }
    rows.extend(sentences(&words.join(" · "), app.theme.quiet(), width));
    let warning = match view.receipt_warning() {
        Some(said) => Some(app.texts.fill("receipt.warned", &[("words", &said)])),
        None => view.problem.as_ref().map(|problem| app.sentence(problem)),
    };
    if let Some(what) = warning {
        let words = app.texts.fill("till.result.warning", &[("what", &what)]);
        rows.extend(sentences(&words, app.theme.warn(), width));
    }
    rows
}

fn refused(app: &App, view: &PaymentView, width: usize) -> Vec<Line<'static>> {
    let mut rows = heading(
        &format!("× {}", app.texts.get("till.result.refused")),
        app.theme.bad(),
        width,
    );
    let given_back = view
        .legs
        .iter()
        .any(|leg| matches!(leg.state, LegState::GivenBack | LegState::GivingBack));
    rows.extend(sentences(
        app.texts.get(if given_back {
            "till.result.given_back"
        } else {
            "till.result.not_charged"
        }),
        Theme::title(),
        width,
    ));
    if let Some(problem) = &view.problem {
        rows.extend(sentences(&app.sentence(problem), Style::default(), width));
    }
    rows
}

fn unsettled(app: &App, view: &PaymentView, width: usize) -> Vec<Line<'static>> {
    let key = if view.standing == Standing::NeedsManager {
        "till.result.manager"
    } else {
        "till.result.unknown"
    };
    let mut rows = heading(
        &format!("? {}", app.texts.get(key)),
        app.theme.warn(),
        width,
    );
    let mut words = match view.step {
        Step::Finished => String::new(),
        step @ (Step::CheckingOrder
        | Step::WaitingForOrder
        | Step::WaitingForShift
        | Step::Debiting
        | Step::AskingLime
        | Step::Paying
        | Step::AskingRkeeper
        | Step::Confirming
        | Step::GivingBack) => step_words(app, step).to_owned(),
    };
    if view.tries > 0 {
        words = format!(
            "{words}  {}",
            app.texts.fill("till.payment.tries", &[("n", &view.tries)])
        );
    }
    rows.extend(sentences(&words, Style::default(), width));
    if let Some(problem) = &view.problem {
        rows.extend(sentences(&app.sentence(problem), app.theme.warn(), width));
    }
    rows.extend(sentences(
        app.texts.get(&format!("{key}_do")),
        Style::default(),
        width,
    ));
    rows
}

/// What is being done.
pub(super) fn step_words(app: &App, step: Step) -> &'static str {
    app.texts.get(&format!("step.{}", step.word()))
}

/// One leg of a payment with what is known of it.
pub(super) fn leg_line(app: &App, leg: &LegView, words: &str, width: usize) -> Line<'static> {
    let number = leg.card_number.clone().map(|number| match leg.entry {
        CardEntry::Reader => number,
        // Before the UID, which may be cut.
        CardEntry::Keyed => format!("{number} {}", app.texts.get("card_entry.keyed")),
    });
    leg_row(
        app,
        (&leg.account_name, number.as_deref(), &leg.uid),
        leg.amount,
        words,
        width,
    )
}

/// Account, card, sum, and what is known of it, in a row.
pub(super) fn leg_row(
    app: &App,
    (account, number, uid): (&str, Option<&str>, &Uid),
    amount: Money,
    words: &str,
    width: usize,
) -> Line<'static> {
    let card = number.map_or_else(
        || uid.masked(),
        |number| format!("{number} {}", uid.masked()),
    );
    let names = width.saturating_sub(SUM) * 55 / 100;
    let (name, card) = account_and_card(account, &card, names);
    let room = width.saturating_sub(names + SUM + 2);
    Line::from(vec![
        span(name, Style::default()),
        span(card, app.theme.quiet()),
        span(fit::money(amount, SUM), Theme::sum()),
        span(format!("  {}", fit::cut(words, room)), Style::default()),
    ])
}

/// What is known of a leg's money. That nothing was taken is said only of a refused payment, that
/// it is paid only of a paid one.
pub(super) fn leg_words(app: &App, standing: Standing, state: LegState) -> String {
    let key = match (standing, state) {
        (Standing::Paid, LegState::Paid | LegState::Debited) => "till.leg.paid".to_owned(),
        (Standing::Refused, LegState::NotCharged | LegState::Waiting) => {
            "till.leg.not_charged".to_owned()
        }
        (
            Standing::Working
            | Standing::Paid
            | Standing::Refused
            | Standing::Unknown
            | Standing::NeedsManager,
            LegState::Waiting
            | LegState::Asking
            | LegState::Debited
            | LegState::Paid
            | LegState::GivingBack
            | LegState::GivenBack
            | LegState::NotCharged,
        ) => format!("leg.{}", state.word()),
    };
    app.text(&key)
}

/// What to do next.
fn bottom(app: &App, paying: &Paying, width: usize) -> Vec<Line<'static>> {
    let paid_a_part = |view: &PaymentView| view.paid_a_part();
    if paying.view.as_ref().is_some_and(paid_a_part) {
        let words = app.texts.get("till.result.part_next");
        return sentences(words, app.theme.quiet(), width);
    }
    let key = match paying.view.as_ref().map(|view| view.standing) {
        None | Some(Standing::Working) => "till.payment.wait",
        Some(Standing::Paid) => "till.result.paid_next",
        Some(Standing::Refused) => "till.result.refused_next",
        Some(Standing::Unknown | Standing::NeedsManager) => "till.result.unknown_next",
    };
    sentences(app.texts.get(key), app.theme.quiet(), width)
}
