//! The end of the dialogue: what would be written is shown, and written after a yes.

use std::fmt::Display;
use std::path::Path;

use crate::cli::exit::ExitCode;
use crate::config::edit::{EditError, add_reader, reader_block, uid_lines};
use crate::config::settings::UidSettings;
use crate::i18n::Texts;

use super::{Bench, Learnt, is_yes};

/// Where it is written.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The config file; `None`: there is none.
    pub file: Option<&'a Path>,
    /// How the site writes UIDs now.
    pub uid: UidSettings,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is in the file.
    Written,
    /// There is no file; it was shown.
    Shown(ExitCode),
    /// The person did not want it, or it could not be; that was said.
    NotWritten(ExitCode),
}

impl Ending {
    /// How a command ends with it.
    pub const fn code(self) -> ExitCode {
        match self {
            Self::Written => ExitCode::Done,
            Self::Shown(code) | Self::NotWritten(code) => code,
        }
    }
}

/// Shows what would be written, and writes it after a yes.
pub fn consent(bench: &mut dyn Bench, learnt: &Learnt, place: &Place<'_>, texts: Texts) -> Ending {
    let uid = learnt.notation.map(UidSettings::from);
    bench.tell(texts.get("reader.learn.block"));
    let mut block = reader_block(&learnt.reader);
    if let Some(uid) = uid {
        bench.tell(texts.get("reader.learn.block_uid"));
        let lines = uid_lines(place.uid, uid).join("\n");
        block = format!("[lime.uid]\n{lines}\n\n{block}");
    }
    let code = bench.show(&block);
    let Some(file) = place.file else {
        bench.tell(texts.get("reader.learn.no_file"));
        return Ending::Shown(code);
    };
    let shown = file.display();
    let question = texts.fill("reader.learn.confirm", &[("file", &shown)]);
    if !bench.ask(&question).is_some_and(|answer| is_yes(&answer)) {
        bench.tell(texts.get("reader.learn.not_written"));
        return Ending::NotWritten(ExitCode::Refused);
    }
    match add_reader(file, &learnt.reader, uid) {
        Ok(()) => {
            bench.tell(&texts.fill("reader.learn.written", &[("file", &shown)]));
            Ending::Written
        }
        Err(error) => Ending::NotWritten(not_written(file, &error, bench, texts)),
    }
}

fn not_written(file: &Path, error: &EditError, bench: &mut dyn Bench, texts: Texts) -> ExitCode {
    let (why, code) = match error {
        EditError::Broken => (
            texts.get("reader.learn.why_broken").to_owned(),
            ExitCode::Config,
        ),
        EditError::Unusual => (
            texts.get("reader.learn.why_unusual").to_owned(),
            ExitCode::Refused,
        ),
        EditError::SameDevice => (
            texts.get("reader.learn.why_same_device").to_owned(),
            ExitCode::Refused,
        ),
        EditError::File(error) => (error.to_string(), ExitCode::Failed),
    };
    let values = [("file", &file.display() as &dyn Display), ("why", &why)];
    bench.tell(&texts.fill("reader.learn.failed", &values));
    code
}
