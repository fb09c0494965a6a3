//! Refunds in words. That money is back is said only where that is sure.

use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::fit;
use super::super::theme::Theme;
use super::parts::{short_moment, span};
use super::payment::leg_words;
use crate::domain::{CardEntry, Money};
use crate::payment::view::{LegView, PaymentView, RefundStanding, RefundView, Standing};

/// The refunds that gave something back, or may have.
fn live(view: &PaymentView) -> impl Iterator<Item = &RefundView> {
    view.refunds
        .iter()
        .filter(|refund| refund.standing != RefundStanding::Refused)
}

/// How a payment stands in a list: a paid one with refunds is not called paid.
pub(super) fn standing_words(app: &App, view: &PaymentView) -> String {
    if view.paid_a_part() && live(view).next().is_none() {
        return app.text("till.standing.paid_part");
    }
    if view.standing != Standing::Paid || live(view).next().is_none() {
        return app.text(&format!("till.standing.{}", view.standing.word()));
    }
    if live(view).all(|refund| refund.returned) {
        let sum = Money::total(live(view).map(|refund| refund.total)).unwrap_or(Money::CEILING);
        return app
            .texts
            .fill("till.refund.row", &[("sum", &sum.grouped())]);
    }
    let worst = |standing| live(view).any(|refund| refund.standing == standing);
    app.text(if worst(RefundStanding::NeedsManager) {
        "till.refund.row_needs_manager"
    } else if worst(RefundStanding::Unknown) {
        "till.refund.row_unknown"
    } else {
        "till.refund.row_working"
    })
}

/// The style of those words.
pub(super) fn standing_style(app: &App, view: &PaymentView) -> Style {
    let concern = live(view).any(|refund| refund.standing.needs_a_person());
    match view.standing {
        Standing::Paid if concern => app.theme.warn(),
        Standing::Paid if live(view).next().is_some() => app.theme.quiet(),
        Standing::Paid => app.theme.good(),
        Standing::Refused => app.theme.quiet(),
        Standing::Working | Standing::Unknown => app.theme.warn(),
        Standing::NeedsManager => app.theme.bad(),
    }
}

/// What is known of a leg's money, refunds included.
pub(super) fn leg_state(app: &App, view: &PaymentView, leg: &LegView) -> String {
    if !leg.refunded.is_positive() {
        return leg_words(app, view.standing, leg.state);
    }
    let of_leg = |refund: &&RefundView| refund.parts.iter().any(|part| part.0 == leg.number);
    let key = if live(view).filter(of_leg).all(|refund| refund.returned) {
        "till.refund.leg_returned"
    } else {
        "till.refund.leg_returning"
    };
    app.texts.fill(key, &[("sum", &leg.refunded.grouped())])
}

/// A refund as one plain sentence.
pub(super) fn words(app: &App, refund: &RefundView) -> String {
    let key = match refund.standing {
        RefundStanding::Working if refund.returned => "till.refund.annulling",
        RefundStanding::Working => "till.refund.working",
        RefundStanding::Refunded => "till.refund.refunded",
        RefundStanding::ByHand => "till.refund.returned",
        RefundStanding::Refused => "till.refund.refused",
        RefundStanding::Unknown if refund.returned => "till.refund.annul_unknown",
        RefundStanding::Unknown => "till.refund.unknown",
        RefundStanding::NeedsManager if refund.returned => "till.refund.annul_needs_manager",
        RefundStanding::NeedsManager => "till.refund.needs_manager",
    };
    let mut words = app.texts.fill(key, &[("sum", &refund.total.grouped())]);
    if refund.restored_expired {
        words.push_str(". ");
        words.push_str(app.texts.get("refund.restored_expired"));
    }
    words
}

/// What is left to do at the till, where something is.
pub(super) fn to_do(app: &App, view: &PaymentView, refund: &RefundView) -> Option<String> {
    let sum = refund.total.grouped();
    match refund.standing {
        RefundStanding::ByHand => {
            // A prepayment has no receipt.
            let receipt = view.check_num.as_deref().unwrap_or_default();
            let key = if receipt.is_empty() {
                "till.refund.do_prepaid"
            } else {
                "till.refund.do_receipt"
            };
            Some(app.texts.fill(
                key,
                &[
                    ("sum", &sum),
                    ("order", &view.order_name),
                    ("receipt", &receipt),
                ],
            ))
        }
        RefundStanding::Unknown => Some(app.text("till.refund.do_unknown")),
        RefundStanding::NeedsManager => Some(app.text("till.refund.do_needs_manager")),
        RefundStanding::Working | RefundStanding::Refunded | RefundStanding::Refused => None,
    }
}

/// The refunds of a payment, a line for each.
pub(super) fn rows(app: &App, view: &PaymentView, width: usize) -> Vec<Line<'static>> {
    view.refunds
        .iter()
        .map(|refund| {
            let at = short_moment(app.local(refund.started_at));
            let style = if refund.standing.needs_a_person() {
                app.theme.warn()
            } else {
                Style::default()
            };
            let said = format!("{at}  {} · {}", words(app, refund), refund.operator);
            Line::styled(fit::cut(&said, width), style)
        })
        .collect()
}

/// Which account gets how much.
pub(super) fn part_rows(
    app: &App,
    view: &PaymentView,
    parts: &[(u32, Money)],
    width: usize,
) -> Vec<Line<'static>> {
    const SUM: usize = 14;
    parts
        .iter()
        .map(|&(number, sum)| {
            let leg = view.legs.iter().find(|leg| leg.number == number);
            let name = leg.map_or_else(|| number.to_string(), |leg| leg_name(app, leg));
            Line::from(vec![
                span(
                    fit::left(&name, width.saturating_sub(SUM)),
                    Style::default(),
                ),
                span(fit::money(sum, SUM), Theme::sum()),
            ])
        })
        .collect()
}

/// Account and card of a leg.
pub(super) fn leg_name(app: &App, leg: &LegView) -> String {
    let card = leg.card_number.as_ref().map_or_else(
        || leg.uid.masked(),
        |number| {
            let number = app.texts.fill("till.card.number", &[("number", number)]);
            format!("{number} · {}", leg.uid.masked())
        },
    );
    match leg.entry {
        CardEntry::Reader => format!("{} · {card}", leg.account_name),
        // Before the card, which may be cut.
        CardEntry::Keyed => {
            let keyed = app.texts.get("card_entry.keyed");
            format!("{} · {keyed} · {card}", leg.account_name)
        }
    }
}
