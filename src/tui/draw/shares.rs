//! What a payment takes, card by card, and what each account has left afterwards.

use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::fit;
use super::super::theme::Theme;
use super::parts::span;
use crate::domain::split::reachable;
use crate::domain::{Card, Money, Share, Uid};
use crate::payment::sale::PaymentRequest;

const SUM: usize = 14;
/// «останется 1 000 000,00».
const LEFT: usize = 24;

/// A row for each card that pays, and one for each of its accounts.
pub(super) fn by_guest(app: &App, request: &PaymentRequest, width: usize) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    let mut last = None;
    for share in &request.split.shares {
        if last != Some(&share.uid) {
            rows.extend(card_row(app, request, &share.uid, width));
            last = Some(&share.uid);
        }
        rows.push(account_row(app, request, share, width));
    }
    rows
}

/// «Иванов И. · Карта 100038 · …6822», and the sum of all its accounts where several pay.
pub(super) fn card_row(
    app: &App,
    request: &PaymentRequest,
    uid: &Uid,
    width: usize,
) -> Option<Line<'static>> {
    let card = request.cards.iter().find(|card| card.uid == *uid)?;
    let mut words = Vec::new();
    // What must be seen stands first: names may be cut.
    let keyed = request.keyed.contains(&card.uid);
    if keyed {
        words.push(app.text("card_entry.keyed"));
    }
    words.extend(card.holder.clone());
    words.push(name_of(app, card));
    let own = request.split.shares.iter();
    let own: Vec<Money> = own
        .filter(|share| share.uid == *uid)
        .map(|share| share.amount)
        .collect();
    if let Some(total) = Money::total(own.iter().copied()).filter(|_| own.len() > 1) {
        words.push(
            app.texts
                .fill("till.confirm.in_all", &[("sum", &total.grouped())]),
        );
    }
    let style = if keyed {
        app.theme.warn()
    } else {
        app.theme.quiet()
    };
    Some(Line::styled(fit::pieces(&words, width), style))
}

fn name_of(app: &App, card: &Card) -> String {
    let masked = card.uid.masked();
    card.number.as_ref().map_or_else(
        || masked.clone(),
        |number| {
            let number = app.texts.fill("till.card.number", &[("number", number)]);
            format!("{number} · {masked}")
        },
    )
}

fn account_row(app: &App, request: &PaymentRequest, share: &Share, width: usize) -> Line<'static> {
    let all = reachable(&request.cards);
    let account = all.iter().find(|row| row.account.id == share.account);
    let account = account.map(|row| row.account);
    let name = account.map_or("", |own| own.name.as_str());
    let left = account.and_then(|own| own.available.checked_sub(share.amount));
    let left = left.map_or_else(String::new, |left| {
        app.texts
            .fill("till.bill.left_note", &[("sum", &left.grouped())])
    });
    Line::from(vec![
        span(
            fit::left(&format!("  {name}"), width.saturating_sub(SUM + LEFT)),
            Style::default(),
        ),
        span(fit::money(share.amount, SUM), Theme::sum()),
        span(fit::right(&left, LEFT), app.theme.quiet()),
    ])
}
