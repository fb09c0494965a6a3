//! `journal operators`: who was at the till, as the journal has it.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value as Json, json};

use crate::cli::exit::ExitCode;
use crate::cli::io::Io;
use crate::i18n::Texts;
use crate::payment::reason::Problem;
use crate::payment::staff::StaffNote;
use crate::reports::table::{Side, Table};

use super::JournalKeeper;

pub(super) fn list(
    keeper: &dyn JournalKeeper,
    days: u16,
    json: bool,
    io: &mut Io<'_>,
) -> Result<ExitCode, Problem> {
    let texts = io.texts;
    let now = keeper.now();
    let since = now
        .checked_sub((i64::from(days) - 1).days())
        .and_then(|day| day.start_of_day())
        .map_or(Timestamp::MIN, |midnight| midnight.timestamp());
    let notes = keeper.staff(since)?;
    if json {
        let rows: Vec<Json> = notes.iter().map(|(at, note)| row_json(*at, note)).collect();
        return Ok(io.print_json(&Json::from(rows)));
    }
    if notes.is_empty() {
        return Ok(io.print(&format!("{}\n", texts.get("journal.staff.none"))));
    }
    let mut table = Table::new([
        (texts.get("cli.word.time"), Side::Left),
        (texts.get("journal.staff.operator"), Side::Left),
        (texts.get("journal.staff.what"), Side::Left),
    ]);
    for (at, note) in &notes {
        let time = now.time_zone().to_datetime(*at);
        table.row([
            time.strftime("%d.%m.%Y %H:%M:%S").to_string(),
            operator(note).unwrap_or("–").to_owned(),
            what(texts, note),
        ]);
    }
    Ok(io.print(&table.text()))
}

/// Whom the row is about.
fn operator(note: &StaffNote) -> Option<&str> {
    match note {
        StaffNote::LoggedIn { operator }
        | StaffNote::Locked { operator, .. }
        | StaffNote::LoggedOut { operator } => Some(operator),
        StaffNote::SaidYes { operator, .. } | StaffNote::Refused { operator, .. } => {
            operator.as_deref()
        }
    }
}

fn what(texts: Texts, note: &StaffNote) -> String {
    match note {
        StaffNote::LoggedIn { .. } | StaffNote::LoggedOut { .. } => texts
            .get(&format!("journal.staff.{}", note.word()))
            .to_owned(),
        StaffNote::Locked { by_itself, .. } => {
            let key = if *by_itself {
                "locked_itself"
            } else {
                "locked"
            };
            texts.get(&format!("journal.staff.{key}")).to_owned()
        }
        StaffNote::SaidYes {
            approver, right, ..
        } => {
            let key = format!("operators.right.{right}");
            // A newer program may know more rights.
            let right = if texts.has(&key) {
                texts.get(&key)
            } else {
                right
            };
            texts.fill(
                "journal.staff.said_yes",
                &[("who", approver), ("what", &right)],
            )
        }
        StaffNote::Refused { why, left, .. } => {
            let key = format!("journal.staff.why.{}", why.word());
            let left = left.map_or_else(String::new, |left| left.to_string());
            texts.fill(&key, &[("n", &left)])
        }
    }
}

fn row_json(at: Timestamp, note: &StaffNote) -> Json {
    let (mut approver, mut right, mut why, mut left, mut by_itself) =
        (None, None, None, None, None);
    match note {
        StaffNote::LoggedIn { .. } | StaffNote::LoggedOut { .. } => {}
        StaffNote::Locked { by_itself: own, .. } => by_itself = Some(*own),
        StaffNote::SaidYes {
            approver: who,
            right: lent,
            ..
        } => (approver, right) = (Some(who), Some(lent)),
        StaffNote::Refused {
            why: reason,
            left: more,
            ..
        } => (why, left) = (Some(reason.word()), *more),
    }
    json!({
        "at": at.to_string(),
        "what": note.word(),
        "operator": operator(note),
        "approver": approver,
        "right": right,
        "by_itself": by_itself,
        "why": why,
        "attempts_left": left,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::payment::staff::{StaffRefusal, samples};

    #[test]
    fn every_row_has_its_words_in_both_languages() {
        for lang in [Lang::Ru, Lang::En] {
            let texts = Texts::of(lang);
            let mut said: Vec<String> = samples::all().iter().map(|row| what(texts, row)).collect();
            said.extend(StaffRefusal::ALL.map(|why| {
                let row = StaffNote::Refused {
                    operator: None,
                    why,
                    left: None,
                };
                what(texts, &row)
            }));
            assert!(
                said.iter()
                    .all(|words| !words.is_empty() && !words.contains('{')),
                "{said:?}"
            );
        }
    }

    #[test]
    fn json_has_the_same_fields_in_each_row() {
        for note in samples::all() {
            let row = row_json(Timestamp::UNIX_EPOCH, &note);
            assert_eq!(row.as_object().unwrap().len(), 8, "{row}");
            assert_eq!(row["operator"], "Анна");
        }
        let refused = row_json(Timestamp::UNIX_EPOCH, &samples::all()[4]);
        assert_eq!(
            (&refused["why"], &refused["attempts_left"]),
            (&"wrong_pin".into(), &2.into())
        );
    }
}
