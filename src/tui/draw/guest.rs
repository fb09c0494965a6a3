//! What is said of a guest beside his cards: whose they are where he has several, and what he pays in
//! all where several of his accounts pay.

use ratatui::text::Line;

use super::super::app::App;
use super::super::bill::Bill;
use super::super::fit;
use super::super::theme::Theme;
use super::parts::span;
use crate::domain::split::Reachable;
use crate::domain::{AccountId, Card, Money};

const SUM: usize = 13;

/// «Иванов И. · 2 карты», over the cards of a guest who tapped several.
pub(super) fn name_row(app: &App, cards: &[&Card], width: usize) -> Option<Line<'static>> {
    if cards.len() < 2 {
        return None;
    }
    let mut words: Vec<String> = holder(cards).map(str::to_owned).into_iter().collect();
    let count = u64::try_from(cards.len()).unwrap_or(u64::MAX);
    words.push(app.texts.plural("count.cards", count));
    Some(Line::styled(
        fit::cut(&words.join(" · "), width),
        Theme::title(),
    ))
}

/// The guest's name, as the first of his cards has it that has one.
fn holder<'a>(cards: &[&'a Card]) -> Option<&'a str> {
    cards.iter().find_map(|card| card.holder.as_deref())
}

/// All accounts of the card are shown with another card of the same guest.
pub(super) fn is_twin(cards: &[&Card], card: &Card, shown: &[Reachable<'_>]) -> bool {
    let with_another = |id: &AccountId| {
        let mut with = shown.iter().filter(|row| row.account.id == *id);
        with.any(|row| row.card.uid != card.uid && cards.iter().any(|own| own.uid == row.card.uid))
    };
    let mut accounts = card.accounts.iter();
    !card.accounts.is_empty() && accounts.all(|own| with_another(&own.id))
}

/// «те же счета».
pub(super) fn twin_row(app: &App, width: usize) -> Line<'static> {
    let words = format!("    {}", app.texts.get("till.bill.same_accounts"));
    Line::styled(fit::cut(&words, width), app.theme.quiet())
}

/// «Всего платит 1 850,00» under the sums, with so many columns free after them.
pub(super) fn sum_row(
    app: &App,
    bill: &Bill,
    (cards, shown): (&[&Card], &[Reachable<'_>]),
    after: usize,
    width: usize,
) -> Option<Line<'static>> {
    let sums: Vec<Money> = shown
        .iter()
        .filter(|row| cards.iter().any(|card| card.uid == row.card.uid))
        .map(|row| bill.sum(&row.account.id))
        .filter(|sum| sum.is_positive())
        .collect();
    if sums.len() < 2 {
        return None;
    }
    let total = Money::total(sums)?;
    let words = format!("    {}", app.texts.get("till.bill.guest_pays"));
    Some(Line::from(vec![
        span(
            fit::left(&words, width.saturating_sub(SUM + after)),
            app.theme.quiet(),
        ),
        span(fit::money(total, SUM), Theme::sum()),
    ]))
}
