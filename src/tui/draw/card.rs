//! One card: status, accounts, and what it paid.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::{App, CardPage};
use super::super::bill::Bill;
use super::super::fit;
use super::super::msg::HistoryRow;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{day, framed, lines, pair, range_note, short_moment, span};
use crate::domain::{Account, Card};

const SUM: usize = 14;
const UNTIL: usize = 12;
const TIME: usize = 13;
const ACCOUNT: usize = 16;

pub(super) fn draw(app: &App, page: &CardPage, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let mut rows: Vec<Line<'static>> = vec![];
    match &page.card {
        None => rows.push(Line::styled(
            app.text("till.bill.asking_lime"),
            app.theme.quiet(),
        )),
        Some(Err(problem)) => rows.extend(
            fit::wrap(&app.sentence(problem), width, 4)
                .into_iter()
                .map(|words| Line::styled(words, app.theme.bad())),
        ),
        Some(Ok(card)) => {
            if page.number.is_some() {
                let words = app.text("card_entry.keyed");
                rows.push(Line::styled(words, app.theme.warn()));
            }
            rows.extend(about(app, card, width));
        }
    }
    rows.push(Line::default());
    rows.push(Line::styled(app.text("till.card.history"), Theme::title()));
    match &page.history {
        None => rows.push(quiet(app, "till.card.history_loading")),
        Some(Err(problem)) => rows.push(Line::styled(
            fit::cut(&app.sentence(problem), width),
            app.theme.warn(),
        )),
        Some(Ok(history)) if history.is_empty() => rows.push(quiet(app, "till.card.history_none")),
        Some(Ok(history)) => rows.extend(history.iter().map(|row| operation(row, width))),
    }
    let height = usize::from(area.height).saturating_sub(2);
    let first = page.scroll.min(rows.len().saturating_sub(height));
    let title = app
        .texts
        .fill("till.card.title", &[("card", &page.uid.masked())]);
    let note = range_note(rows.len(), height, first);
    let inner = framed(app, frame, area, &title, &note, true);
    lines(
        frame,
        inner,
        rows.into_iter().skip(first).take(height).collect(),
    );
}

fn quiet(app: &App, key: &str) -> Line<'static> {
    Line::styled(format!("  {}", app.texts.get(key)), app.theme.quiet())
}

fn about(app: &App, card: &Card, width: usize) -> Vec<Line<'static>> {
    let status = app.text(&format!("till.card_status.{}", card.status.word()));
    let names = 22;
    let fact = |key: &str, value: &str| pair(app, app.texts.get(key), value, names, width);
    let mut rows = vec![
        fact("till.card.printed", card.number.as_deref().unwrap_or("–")),
        fact("till.card.holder", card.holder.as_deref().unwrap_or("–")),
    ];
    let style = if Bill::is_active(card) {
        app.theme.good()
    } else {
        app.theme.bad()
    };
    rows.push(Line::from(vec![
        span(
            fit::left(app.texts.get("till.card.status"), names),
            app.theme.quiet(),
        ),
        span(fit::cut(&status, width.saturating_sub(names)), style),
    ]));
    rows.push(Line::default());
    rows.push(header(app, width));
    rows.extend(card.accounts.iter().flat_map(|a| account(app, a, width)));
    if card.accounts.is_empty() {
        rows.push(quiet(app, "till.card.no_accounts"));
    }
    rows
}

fn header(app: &App, width: usize) -> Line<'static> {
    let word = |key: &str| app.text(&format!("till.bill.{key}"));
    Line::styled(
        format!(
            "  {}{}{}{}",
            fit::left(&word("account"), width.saturating_sub(2 + UNTIL + 2 * SUM)),
            fit::left(&word("until"), UNTIL),
            fit::right(&word("balance"), SUM),
            fit::right(&word("available"), SUM),
        ),
        app.theme.quiet(),
    )
}

fn account(app: &App, account: &Account, width: usize) -> Vec<Line<'static>> {
    let until = account.valid_to.map_or_else(|| "–".to_owned(), day);
    let style = if account.is_spendable() {
        Style::default()
    } else {
        app.theme.quiet()
    };
    let mut rows = vec![Line::styled(
        format!(
            "  {}{}{}{}",
            fit::left(&account.name, width.saturating_sub(2 + UNTIL + 2 * SUM)),
            fit::left(&until, UNTIL),
            fit::balance(account.balance_in_money(), SUM),
            fit::balance(account.balance_in_money().map(|_| account.available), SUM),
        ),
        style,
    )];
    if let Some(why) = account.not_spendable {
        rows.push(Line::styled(
            fit::cut(
                &format!(
                    "    {}",
                    app.texts.get(&format!("till.not_spendable.{}", why.word()))
                ),
                width,
            ),
            app.theme.quiet(),
        ));
    }
    rows
}

fn operation(row: &HistoryRow, width: usize) -> Line<'static> {
    let what = width.saturating_sub(2 + TIME + ACCOUNT + SUM + 1);
    Line::from(format!(
        "  {}{} {}{}",
        fit::left(&short_moment(row.at), TIME),
        fit::left(&row.what, what),
        fit::left(&row.account, ACCOUNT),
        fit::money(row.amount, SUM),
    ))
}
