//! Cards and their accounts, grouped by guest and card, with the sum that each account gives.

use jiff::civil::{Date, DateTime};
use ratatui::layout::{Offset, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::bill::{Bill, Side, guests};
use super::super::fit;
use super::super::hits::Place;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{coming_day, day, framed, lines, mark, offset, range_note, span};
use super::{guest, payers};
use crate::domain::split::Reachable;
use crate::domain::{Account, AccountKind, Card, Turn};

/// Columns of a name that no other column takes.
const NAME_MIN: usize = 12;
const UNTIL: usize = 11;
const SUM: usize = 13;
/// Where another column comes only so.
const SUM_NARROW: usize = 12;
/// Rows of words under an account.
const NOTE_LINES_MAX: usize = 2;

/// Columns of a row, right of the mark; zero where there is no room for it.
struct Columns {
    name: usize,
    until: usize,
    balance: usize,
    available: usize,
    sum: usize,
    left: usize,
}

impl Columns {
    /// As many as leave the names their room: what stays after the payment goes before the last day,
    /// and that before the balance, which mostly is what is available.
    fn of(width: usize) -> Self {
        let sets = [
            [UNTIL, SUM, SUM, SUM, SUM],
            [UNTIL, 0, SUM, SUM, SUM],
            [0, 0, SUM_NARROW, SUM_NARROW, SUM_NARROW],
        ];
        let name = |set: &[usize; 5]| width.saturating_sub(2 + set.iter().sum::<usize>());
        let set = sets
            .into_iter()
            .find(|set| name(set) >= NAME_MIN)
            .unwrap_or([0, 0, SUM, SUM, 0]);
        let [until, balance, available, sum, left] = set;
        Self {
            name: name(&set),
            until,
            balance,
            available,
            sum,
            left,
        }
    }
}

pub(super) fn draw(app: &App, bill: &Bill, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let columns = Columns::of(width);
    let mut rows: Vec<Line<'static>> = Vec::new();
    let mut places = Vec::new();
    let mut selected = (0, 0);
    let all = bill.rows();
    let chosen = bill.selected();
    let mut index = 0;
    for own_cards in guests(bill.cards()) {
        if !rows.is_empty() {
            rows.push(Line::default());
        }
        rows.extend(guest::name_row(app, &own_cards, width));
        for card in &own_cards {
            places.push((rows.len()..rows.len() + 1, Place::Card(card.uid.clone())));
            rows.push(card_row(app, bill, card, own_cards.len() == 1, width));
            for row in all.iter().filter(|row| row.card.uid == card.uid) {
                let from = rows.len();
                let here = index == chosen;
                rows.push(account_row(app, bill, row, &columns, here));
                let words = note(app, bill, row, &columns);
                rows.extend(
                    fit::wrap(&words, width.saturating_sub(4), NOTE_LINES_MAX)
                        .into_iter()
                        .map(|words| Line::styled(format!("    {words}"), app.theme.quiet())),
                );
                places.push((from..rows.len(), Place::Account(row.account.id.clone())));
                if here {
                    // The card's own row comes along.
                    selected = (from.saturating_sub(usize::from(from > 0)), rows.len() - 1);
                }
                index += 1;
            }
            if guest::is_twin(&own_cards, card, &all) {
                rows.push(guest::twin_row(app, width));
            } else {
                rows.extend(shared(app, bill, card, width));
            }
        }
        rows.extend(guest::sum_row(
            app,
            bill,
            (&own_cards, &all),
            columns.left,
            width,
        ));
    }
    for uid in bill.awaited() {
        let words = app
            .texts
            .fill("till.bill.awaited", &[("card", &uid.masked())]);
        rows.push(Line::styled(fit::cut(&words, width), app.theme.quiet()));
    }
    if rows.is_empty() {
        rows.push(Line::default());
        for words in fit::wrap(app.texts.get("till.bill.tap"), width, 4) {
            rows.push(Line::styled(words, Theme::title()));
        }
    }
    let height = usize::from(area.height).saturating_sub(3);
    let first = offset(rows.len(), height, selected.0, selected.1);
    let inner = framed(
        app,
        frame,
        area,
        &app.text("till.bill.accounts"),
        &range_note(rows.len(), height, first),
        bill.side() == Side::Accounts,
    );
    frame.place(area, Place::Side(Side::Accounts));
    let below = inner.offset(Offset { x: 0, y: 1 }).intersection(inner);
    frame.places(below, first, places);
    let mut shown = vec![header(app, &columns)];
    shown.extend(rows.into_iter().skip(first).take(height));
    lines(frame, inner, shown);
}

fn header(app: &App, columns: &Columns) -> Line<'static> {
    let word = |key: &str| app.text(&format!("till.bill.{key}"));
    let mut text = format!("  {}", fit::left(&word("account"), columns.name));
    text.push_str(&fit::left(&word("until"), columns.until));
    text.push_str(&fit::right(&word("balance"), columns.balance));
    text.push_str(&fit::right(&word("available"), columns.available));
    text.push_str(&fit::right(&word("sum"), columns.sum));
    text.push_str(&fit::right(&word("left_after"), columns.left));
    Line::styled(text, app.theme.quiet())
}

/// `№ 100038 …6822 · активна · Иванов И.`
fn card_row(app: &App, bill: &Bill, card: &Card, named: bool, width: usize) -> Line<'static> {
    let number = card.number.as_ref().map_or_else(
        || app.text("till.card.without_number"),
        |number| app.texts.fill("till.card.mark", &[("number", number)]),
    );
    let status = app.text(&format!("till.card_status.{}", card.status.word()));
    let mut rest = format!(" {} · ", card.uid.masked());
    if bill.number_of(&card.uid).is_some() {
        rest.push_str(app.texts.get("card_entry.keyed"));
        rest.push_str(" · ");
    }
    rest.push_str(&status);
    if bill.is_stale(&card.uid, app.now, app.settings.stale_after)
        && let Some(at) = card.accounts.iter().find_map(|own| own.terms.as_of)
    {
        let time = at.strftime("%H:%M").to_string();
        rest.push_str(" · ");
        rest.push_str(&app.texts.fill("till.bill.as_of", &[("time", &time)]));
    }
    if let Some(holder) = card.holder.as_ref().filter(|_| named) {
        rest.push_str(" · ");
        rest.push_str(holder);
    }
    let number = fit::cut(&number, width);
    let room = width.saturating_sub(fit::width(&number));
    let style = if Bill::is_active(card) {
        app.theme.quiet()
    } else {
        app.theme.bad()
    };
    Line::from(vec![
        span(number, Theme::title()),
        span(fit::cut(&rest, room), style),
    ])
}

fn account_row(
    app: &App,
    bill: &Bill,
    row: &Reachable<'_>,
    columns: &Columns,
    chosen: bool,
) -> Line<'static> {
    let account = row.account;
    let style = if chosen {
        app.theme.selected()
    } else if account.is_spendable() {
        Style::default()
    } else {
        app.theme.quiet()
    };
    let name = format!("{}{}", payers::of_account(bill, account), account.name);
    let mut text = format!("{}{}", mark(chosen), fit::left(&name, columns.name));
    if columns.until > 0 {
        let until = account.valid_to.map_or_else(|| "–".to_owned(), day);
        text.push_str(&fit::left(&until, columns.until));
    }
    if columns.balance > 0 {
        text.push_str(&fit::balance(account.balance_in_money(), columns.balance));
    }
    text.push_str(&fit::balance(
        account.balance_in_money().map(|_| account.available),
        columns.available,
    ));
    let above = bill.sum(&account.id) > account.available;
    let left = bill
        .left_after(account)
        .map(|left| fit::money(left, columns.left))
        .unwrap_or_default();
    let sum = fit::right(&bill.sum_shown(&account.id), columns.sum);
    Line::from(vec![
        span(text, style),
        span(
            sum,
            if above {
                app.theme.bad()
            } else {
                style.patch(Theme::sum())
            },
        ),
        span(fit::right(&left, columns.left), style),
    ])
}

/// What else is to be said of an account: why it does not pay, why it was suggested, and in narrow
/// windows validity and balance.
fn note(app: &App, bill: &Bill, row: &Reachable<'_>, columns: &Columns) -> String {
    let account = row.account;
    let mut words = Vec::new();
    if let Some(why) = account.not_spendable {
        words.push(app.text(&format!("till.not_spendable.{}", why.word())));
    } else if !account.available.is_positive() {
        words.push(app.text("till.not_spendable.empty"));
    }
    let sum = bill.sum(&account.id);
    if sum > account.available && account.is_spendable() {
        words.push(app.text("till.bill.above"));
    }
    let why = bill.why(&account.id);
    match why.map(|why| why.turn) {
        Some(Turn::ExpiresOn(date)) => words.push(runs_out(app, account, date)),
        Some(Turn::Priority) => words.push(app.text("till.why.priority")),
        Some(Turn::CreditLast) => words.push(app.text("till.why.credit_last")),
        None => {}
    }
    if let Some(limit) = why.and_then(|why| why.limit) {
        words.push(app.texts.limit(limit, &account.terms.rules));
    }
    let others = others(app, bill, row);
    // Narrow windows say it with the other card only.
    if columns.until > 0 && !others.is_empty() {
        words.push(
            app.texts
                .fill("till.bill.shared_with", &[("cards", &others.join(", "))]),
        );
    }
    let differs = account.balance != account.available && account.balance_in_money().is_some();
    if columns.balance == 0 && differs {
        words.push(app.texts.fill(
            "till.bill.balance_note",
            &[("sum", &account.balance.grouped())],
        ));
    }
    if columns.until == 0 {
        // The turn has said it where it is one of the last day.
        let said = matches!(why, Some(why) if matches!(why.turn, Turn::ExpiresOn(_)));
        if let Some(until) = account.valid_to.filter(|_| !said) {
            words.push(
                app.texts
                    .fill("till.bill.until_note", &[("date", &day(until))]),
            );
        }
    }
    // Broken only between the pieces.
    words
        .iter()
        .map(|piece| piece.replace(' ', "\u{a0}"))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Bonuses burn; a guest's own money has a last day, in Lime's words «Действует до …».
fn runs_out(app: &App, account: &Account, last: Date) -> String {
    let today = account.terms.as_of.map(DateTime::date);
    let words = match account.kind {
        AccountKind::Bonus => "till.why.expires_on",
        AccountKind::Money | AccountKind::Credit | AccountKind::Other => "till.why.valid_to",
    };
    app.texts.fill(words, &[("date", &coming_day(last, today))])
}

/// Cards of other guests that lead to the row's account.
fn others(app: &App, bill: &Bill, row: &Reachable<'_>) -> Vec<String> {
    let leads = |card: &&Card| {
        let of_same_guest = !card.client_id.is_empty() && card.client_id == row.card.client_id;
        !of_same_guest
            && card.uid != row.card.uid
            && card.accounts.iter().any(|own| own.id == row.account.id)
    };
    bill.cards()
        .iter()
        .filter(leads)
        .map(|card| match &card.number {
            Some(number) => app.texts.fill("till.card.mark", &[("number", number)]),
            None => card.uid.masked(),
        })
        .collect()
}

/// Accounts of this card that an earlier card shows already.
fn shared(app: &App, bill: &Bill, card: &Card, width: usize) -> Vec<Line<'static>> {
    let all = bill.rows();
    card.accounts
        .iter()
        .filter(|account| {
            all.iter()
                .any(|row| row.account.id == account.id && row.card.uid != card.uid)
        })
        .map(|account| {
            let words = app
                .texts
                .fill("till.bill.shared", &[("account", &account.name)]);
            Line::styled(fit::cut(&format!("    {words}"), width), app.theme.quiet())
        })
        .collect()
}
