//! `journal verify`, `journal export`, `journal operators` and `journal accept`.

mod operators;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::domain::text::{clean, printable};
use crate::i18n::Texts;
use crate::operators::Right;
use crate::payment::journal::sqlite::{Accepted, Exported};
use crate::payment::journal::verdict::{Bad, Fault, Verdict};
use crate::payment::reason::Problem;
use crate::payment::sale::By;
use crate::payment::staff::StaffNote;

use super::args::JournalCommand;
use super::exit::ExitCode;
use super::io::Io;
use super::sign::{Asks, sign};
use super::till::Books;
use super::words::Stop;

/// The journal's files.
pub trait JournalKeeper: Books {
    /// Walks the till's journal, or a copy. `None`: there is none.
    fn verify(&self, file: Option<&Path>) -> Result<Option<Verdict>, Problem>;
    /// Copies the journal into a new file. `None`: there is no journal yet.
    fn export(&self, file: &Path, with_key: bool) -> Result<Option<Exported>, Problem>;
    /// Who was at the till since then, oldest first.
    fn staff(&self, since: Timestamp) -> Result<Vec<(Timestamp, StaffNote)>, Problem>;
    /// Goes on with a journal that lost its end. `None`: nothing is lost.
    fn accept(&self, by: &By, reason: &str) -> Result<Option<Accepted>, Problem>;
}

pub(super) fn journal(
    keeper: &dyn JournalKeeper,
    command: &JournalCommand,
    io: &mut Io<'_>,
) -> ExitCode {
    let done = match command {
        JournalCommand::Verify { file, output } => verify(keeper, file.as_deref(), output.json, io),
        JournalCommand::Export {
            file,
            without_key,
            output,
        } => export(keeper, file.clone(), !without_key, output.json, io),
        JournalCommand::Operators { days, output } => {
            operators::list(keeper, *days, output.json, io)
        }
        JournalCommand::Accept {
            operator,
            manager,
            reason,
        } => accept(keeper, operator, manager.as_deref(), reason, io),
    };
    done.unwrap_or_else(|problem| Stop::problem(io.texts, &problem).tell(io))
}

fn verify(
    keeper: &dyn JournalKeeper,
    file: Option<&Path>,
    json: bool,
    io: &mut Io<'_>,
) -> Result<ExitCode, Problem> {
    let texts = io.texts;
    let verdict = match keeper.verify(file)? {
        Some(verdict) => verdict,
        None if file.is_some() => return Ok(none(io)),
        None if json => Verdict::default(),
        None => return Ok(io.print(&format!("{}\n", texts.get("journal.no_journal")))),
    };
    let written = if json {
        io.print_json(&verdict_json(&verdict))
    } else {
        let line = verdict_line(texts, &verdict);
        io.print(&format!("{line}\n"))
    };
    Ok(code_of(&verdict, written))
}

fn export(
    keeper: &dyn JournalKeeper,
    file: Option<PathBuf>,
    with_key: bool,
    json: bool,
    io: &mut Io<'_>,
) -> Result<ExitCode, Problem> {
    let texts = io.texts;
    let file = file.unwrap_or_else(|| {
        let name = keeper.now().strftime("journal-%Y%m%d-%H%M%S.db");
        PathBuf::from(name.to_string())
    });
    let Some(exported) = keeper.export(&file, with_key)? else {
        return Ok(none(io));
    };
    let verdict = &exported.verdict;
    let name = |path: &Path| printable(&path.display().to_string());
    let database = name(&exported.database);
    let key = exported.key.as_deref().map(name);
    let written = if json {
        let mut said = verdict_json(verdict);
        if let Some(object) = said.as_object_mut() {
            object.insert("file".to_owned(), Json::from(database));
            object.insert("key".to_owned(), Json::from(key));
        }
        io.print_json(&said)
    } else {
        let mut text = match &verdict.first_bad {
            None => texts.fill(
                "journal.exported",
                &[
                    ("file", &database),
                    ("rows", &verdict.rows),
                    ("payments", &verdict.payments),
                ],
            ),
            Some(bad) => texts.fill(
                "journal.exported_bad",
                &[
                    ("file", &database),
                    ("where", &place(texts, bad)),
                    ("what", &what(texts, &bad.fault)),
                ],
            ),
        };
        text.push('\n');
        if let Some(key) = key {
            text.push_str(&texts.fill("journal.exported_key", &[("file", &key)]));
            text.push('\n');
        }
        io.print(&text)
    };
    Ok(code_of(verdict, written))
}

fn accept(
    keeper: &dyn JournalKeeper,
    operator: &str,
    manager: Option<&str>,
    reason: &str,
    io: &mut Io<'_>,
) -> Result<ExitCode, Problem> {
    let texts = io.texts;
    let (operator, reason) = (clean(operator), clean(reason));
    if operator.trim().is_empty() || reason.trim().is_empty() {
        return Ok(Stop::usage(texts.get("journal.accept_empty").to_owned()).tell(io));
    }
    let asks = Asks {
        right: Right::Resolve,
        yes: false,
        operator: Some(&operator),
        manager,
    };
    let by = match sign(keeper.people(), asks, texts) {
        Ok(by) => by,
        Err(stop) => return Ok(stop.tell(io)),
    };
    let line = match keeper.accept(&by, reason.trim())? {
        None => texts.get("journal.nothing_to_accept").to_owned(),
        Some(accepted) => texts.fill(
            "journal.accepted",
            &[
                ("what", &what(texts, &Fault::Lost(accepted.what))),
                ("has", &accepted.has),
                ("had", &accepted.had),
            ],
        ),
    };
    Ok(io.print(&format!("{line}\n")))
}

fn none(io: &mut Io<'_>) -> ExitCode {
    io.say(io.texts.get("journal.no_journal"));
    ExitCode::NotFound
}

/// A bad journal is told by the code, also where the result could not be written.
const fn code_of(verdict: &Verdict, written: ExitCode) -> ExitCode {
    if verdict.first_bad.is_some() {
        ExitCode::Journal
    } else {
        written
    }
}

fn verdict_json(verdict: &Verdict) -> Json {
    json!({
        "ok": verdict.first_bad.is_none(),
        "rows": verdict.rows,
        "payments": verdict.payments,
        "first_bad": verdict.first_bad.as_ref().map(|bad| json!({
            "row": bad.row,
            "what": bad.fault.code(),
        })),
    })
}

fn verdict_line(texts: Texts, verdict: &Verdict) -> String {
    match &verdict.first_bad {
        None => texts.fill(
            "journal.verified",
            &[("rows", &verdict.rows), ("payments", &verdict.payments)],
        ),
        Some(bad) => texts.fill(
            "journal.verified_bad",
            &[
                ("where", &place(texts, bad)),
                ("what", &what(texts, &bad.fault)),
                ("rows", &verdict.rows),
                ("cure", &texts.get("journal.cure")),
            ],
        ),
    }
}

fn place(texts: Texts, bad: &Bad) -> String {
    if bad.row == 0 {
        texts.get("journal.where_file").to_owned()
    } else {
        texts.fill("journal.where_row", &[("row", &bad.row)])
    }
}

fn what(texts: Texts, fault: &Fault) -> String {
    let why = match fault {
        Fault::Pages(why) | Fault::NotRead(why) | Fault::NotReplayed(why) => printable(why),
        Fault::NoRows(payment) => payment.to_string(),
        Fault::Gap
        | Fault::NotLinked
        | Fault::NotAsWritten
        | Fault::NotOpened
        | Fault::NotListed
        | Fault::ListedWrongly
        | Fault::Lost(_) => String::new(),
    };
    texts.fill(&format!("journal.bad.{}", fault.code()), &[("why", &why)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::payment::journal::verdict::Loss;
    use crate::payment::sale::PaymentId;

    #[test]
    fn every_fault_has_its_words_in_both_languages() {
        let why = || "слова базы".to_owned();
        let mut faults = vec![
            Fault::Pages(why()),
            Fault::Gap,
            Fault::NotLinked,
            Fault::NotAsWritten,
            Fault::NotOpened,
            Fault::NotRead(why()),
            Fault::NotReplayed(why()),
            Fault::NotListed,
            Fault::ListedWrongly,
            Fault::NoRows(PaymentId::new()),
        ];
        faults.extend(Loss::ALL.map(Fault::Lost));
        for lang in [Lang::Ru, Lang::En] {
            let texts = Texts::of(lang);
            for fault in &faults {
                assert!(
                    texts.has(&format!("journal.bad.{}", fault.code())),
                    "{fault:?}"
                );
                let verdict = Verdict {
                    rows: 41,
                    payments: 3,
                    first_bad: Some(Bad {
                        row: 42,
                        fault: fault.clone(),
                    }),
                };
                let line = verdict_line(texts, &verdict);
                assert!(line.contains("42") && line.contains("41"), "{line}");
                assert!(!line.contains('{'), "{line}");
                assert!(!fault.to_string().is_empty());
            }
        }
    }
}
