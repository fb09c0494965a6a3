//! The payment on screen, leg by leg: who, how much, what is known of the money, and what is left once
//! it is paid.

use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, Paying};
use super::super::fit;
use super::super::theme::Theme;
use super::parts::span;
use super::payment::{leg_line, leg_row};
use super::{refund, shares};
use crate::domain::split::reachable;
use crate::domain::{AccountId, Money, Uid};
use crate::payment::view::{LegView, PaymentView, Standing};

const SUM: usize = 14;

/// Card by card with the guests' names where so many rows are free, else a row for each account.
pub(super) fn rows(app: &App, paying: &Paying, room: usize, width: usize) -> Vec<Line<'static>> {
    let by_card = by_card(app, paying, width);
    if by_card.len() <= room {
        return by_card;
    }
    let Some(view) = &paying.view else {
        return asked(paying)
            .map(|(name, number, uid, amount)| leg_row(app, (name, number, uid), amount, "", width))
            .collect();
    };
    let legs = view.legs.iter();
    legs.map(|leg| leg_line(app, leg, &words(app, paying, view, leg), width))
        .collect()
}

/// Account, printed number, card and sum of what was asked for, before the payment says its first
/// word.
fn asked(paying: &Paying) -> impl Iterator<Item = (&str, Option<&str>, &Uid, Money)> {
    let all = reachable(&paying.request.cards);
    paying.request.split.shares.iter().map(move |share| {
        let found = all.iter().find(|row| row.account.id == share.account);
        let name = found.map_or("", |row| row.account.name.as_str());
        let number = found.and_then(|row| row.card.number.as_deref());
        (name, number, &share.uid, share.amount)
    })
}

fn by_card(app: &App, paying: &Paying, width: usize) -> Vec<Line<'static>> {
    let legs: Vec<(&str, &Uid, Money, String)> = match &paying.view {
        None => asked(paying)
            .map(|(name, _, uid, amount)| (name, uid, amount, String::new()))
            .collect(),
        Some(view) => {
            let legs = view.legs.iter();
            legs.map(|leg| {
                let words = words(app, paying, view, leg);
                (leg.account_name.as_str(), &leg.uid, leg.amount, words)
            })
            .collect()
        }
    };
    let names = width.saturating_sub(SUM) * 55 / 100;
    let mut rows = Vec::new();
    let mut last = None;
    for (name, uid, amount, words) in legs {
        if last != Some(uid) {
            rows.extend(shares::card_row(app, &paying.request, uid, width));
            last = Some(uid);
        }
        let room = width.saturating_sub(names + SUM + 2);
        rows.push(Line::from(vec![
            span(fit::left(&format!("  {name}"), names), Style::default()),
            span(fit::money(amount, SUM), Theme::sum()),
            span(format!("  {}", fit::cut(&words, room)), Style::default()),
        ]));
    }
    rows
}

/// What is known of a leg's money, and what its account has left once it is paid.
fn words(app: &App, paying: &Paying, view: &PaymentView, leg: &LegView) -> String {
    let left = left_on(paying, &leg.account, leg.amount);
    match left {
        Some(left) if view.standing == Standing::Paid && leg.refunded.is_zero() => app
            .texts
            .fill("till.result.left", &[("sum", &left.grouped())]),
        Some(_) | None => refund::leg_state(app, view, leg),
    }
}

/// What an account may still give after its leg, as far as the balance before is known.
fn left_on(paying: &Paying, account: &AccountId, amount: Money) -> Option<Money> {
    reachable(&paying.request.cards)
        .iter()
        .find(|row| row.account.id == *account)
        .and_then(|row| row.account.available.checked_sub(amount))
}
