//! `report sales` and `report card`.

use jiff::civil::{Date, DateTime};
use jiff::{Span, Timestamp};

use crate::payment::statement::Statements;
use crate::reports::{Period, card, sales};

use super::args::{Days, Format, ReportCommand, Source};
use super::card::accept;
use super::exit::ExitCode;
use super::io::Io;
use super::orphans;
use super::till::Books;
use super::words::Stop;

/// How far back a card's history goes where no days are asked for.
const HISTORY_YEARS: i64 = 10;

pub(super) fn report(books: &dyn Books, command: &ReportCommand, io: &mut Io<'_>) -> ExitCode {
    match build(books, command, io) {
        Ok(text) => io.print(&text),
        Err(stop) => stop.tell(io),
    }
}

fn build(books: &dyn Books, command: &ReportCommand, io: &Io<'_>) -> Result<String, Stop> {
    let texts = io.texts;
    let now = books.now();
    let zone = now.time_zone();
    let records = |period: Option<Period>| {
        let since = period.and_then(|period| period.from.to_zoned_datetime(zone.clone()).ok());
        books
            .payments(since.map_or(Timestamp::MIN, |midnight| midnight.timestamp()))
            .map_err(|problem| Stop::problem(texts, &problem))
    };
    match command {
        ReportCommand::Sales { days, output } => {
            let period = period(books, *days, io)?;
            if output.source == Source::Lime {
                let rows = wallet(books, io)?
                    .sold(period.from, period.to)
                    .map_err(|error| Stop::problem(texts, error.problem()))?;
                let report = sales::of_wallet(&rows, period, books.labels());
                return Ok(match output.format() {
                    Format::Table => report.table(texts),
                    Format::Csv => report.csv(texts),
                    Format::Json => format!("{}\n", report.json()),
                });
            }
            let report = sales::sales(&records(Some(period))?, period, zone, books.labels());
            // The list of a shift: what servers and journal disagree about is on it.
            let found = books
                .orphans()
                .map_err(|problem| Stop::problem(texts, &problem))?;
            Ok(match output.format() {
                Format::Table => report.table(texts) + &orphans::block(&found, zone, texts),
                Format::Csv => report.csv(texts),
                Format::Json => {
                    let mut json = report.json();
                    if let Some(object) = json.as_object_mut().filter(|_| !found.is_empty()) {
                        let rows = found.iter().map(|one| orphans::orphan_json(texts, one));
                        object.insert("orphans".to_owned(), rows.collect());
                    }
                    format!("{json}\n")
                }
            })
        }
        ReportCommand::Card { uid, days, output } => {
            let uid = accept(books.notation(), texts, uid)?;
            let period = match (days.from, days.to) {
                (None, None) => None,
                (Some(_), _) | (_, Some(_)) => Some(period(books, *days, io)?),
            };
            let report = match output.source {
                Source::Journal => {
                    card::card(&records(period)?, &uid, period, zone, books.labels())
                }
                Source::Lime => {
                    let (from, to) = whole_days(period, now.date());
                    let moved = wallet(books, io)?
                        .moved(&uid, from, to)
                        .map_err(|error| Stop::problem(texts, error.problem()))?;
                    card::of_wallet(moved, &uid)
                }
            };
            Ok(match output.format() {
                Format::Table => report.table(texts),
                Format::Csv => report.csv(texts),
                Format::Json => format!("{}\n", report.json()),
            })
        }
    }
}

/// The wallet's own reports.
fn wallet(books: &dyn Books, io: &Io<'_>) -> Result<Box<dyn Statements>, Stop> {
    let statements = books
        .statements()
        .map_err(|problem| Stop::problem(io.texts, &problem))?;
    statements.ok_or_else(|| Stop::usage(io.texts.get("cli.no_statements").to_owned()))
}

/// The first and the last moment of the days; without days the last ten years.
fn whole_days(period: Option<Period>, today: Date) -> (DateTime, DateTime) {
    let (from, to) = period.map_or_else(
        || {
            let from = today
                .checked_sub(Span::new().years(HISTORY_YEARS))
                .unwrap_or(today);
            (from, today)
        },
        |period| (period.from, period.to),
    );
    let end = to.tomorrow().map_or(DateTime::MAX, DateTime::from);
    (DateTime::from(from), end)
}

/// The days asked for; a missing end is today, a missing beginning too, or the end if it is earlier.
fn period(books: &dyn Books, days: Days, io: &Io<'_>) -> Result<Period, Stop> {
    let today = books.now().date();
    let to = days.to.unwrap_or(today);
    let from = days.from.unwrap_or_else(|| today.min(to));
    if from > to {
        return Err(Stop::usage(io.texts.get("cli.days_reversed").to_owned()));
    }
    Ok(Period { from, to })
}
