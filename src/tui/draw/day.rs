//! What the listed payments add up to, under their list.

use ratatui::text::Line;

use super::super::app::{App, PaidSums};
use super::super::fit;
use crate::domain::Money;

/// Most rows of it.
const ROWS_MAX: usize = 2;

/// «Оплачено: 3 платежа на 4 700,00 · деньги 3 600,00 · бонусы 1 100,00 · возвращено 500,00»; nothing
/// where nothing is paid.
pub(super) fn rows(app: &App, width: usize) -> Vec<Line<'static>> {
    let words = app.paid_sums().map(|sums| words(app, &sums));
    fit::wrap(
        &words.unwrap_or_default(),
        width.saturating_sub(2),
        ROWS_MAX,
    )
    .into_iter()
    .map(|words| Line::styled(format!("  {words}"), app.theme.quiet()))
    .collect()
}

fn words(app: &App, sums: &PaidSums) -> String {
    let count = app.texts.plural("count.payments", sums.count);
    let mut words = vec![app.texts.fill(
        "till.payments.paid_sum",
        &[("count", &count), ("sum", &sums.paid.grouped())],
    )];
    let kinds: [(&str, Money); 5] = [
        ("till.payments.of_money", sums.money),
        ("till.payments.of_bonus", sums.bonus),
        ("till.payments.of_credit", sums.credit),
        ("till.payments.of_other", sums.other),
        ("till.payments.returned", sums.returned),
    ];
    let kinds = kinds.iter().filter(|(_, sum)| sum.is_positive());
    words.extend(kinds.map(|(key, sum)| app.texts.fill(key, &[("sum", &sum.grouped())])));
    // Broken only between the pieces.
    let pieces: Vec<String> = words
        .iter()
        .map(|piece| piece.replace(' ', "\u{a0}"))
        .collect();
    pieces.join("\u{a0}· ")
}
