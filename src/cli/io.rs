//! Where commands write: results on stdout, messages on stderr.

use std::fmt;
use std::io::{self, ErrorKind, Write};

use serde_json::Value as Json;

use crate::i18n::Texts;

use super::exit::ExitCode;

/// Both streams and the language.
pub struct Io<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Messages.
    pub err: &'a mut dyn Write,
    /// The user's language.
    pub texts: Texts,
}

impl fmt::Debug for Io<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io")
            .field("texts", &self.texts)
            .finish_non_exhaustive()
    }
}

impl Io<'_> {
    /// Writes a result. A reader that went away (`| head`) is no failure; a full disk is.
    pub fn print(&mut self, text: &str) -> ExitCode {
        match self.write(text) {
            Ok(()) => ExitCode::Done,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::Done,
            Err(_) => ExitCode::Failed,
        }
    }

    /// Writes a result, and tells when nobody reads it any more: for what never ends by itself.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes a result as JSON on one line.
    pub fn print_json(&mut self, json: &Json) -> ExitCode {
        self.print(&format!("{json}\n"))
    }

    /// Writes a message. There is nobody to tell where this fails.
    pub fn say(&mut self, message: &str) {
        let _ = writeln!(self.err, "{message}");
    }
}
