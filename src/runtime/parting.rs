//! What was said last stays to be read, where the window goes with the program.

use std::io::{BufRead, Write};

use crate::cli::ExitCode;
use crate::i18n::Texts;

/// Longest line that is read away before the end, in bytes.
const LINE_MAX: u64 = 1024;

/// After anything but a calm end: asks for Enter and waits for it, or for the end of the input.
pub(super) fn wait(code: ExitCode, texts: Texts, input: impl BufRead, out: &mut impl Write) {
    if code == ExitCode::Done {
        return;
    }
    // Where nothing can be shown or read any more, nobody is there to read it.
    let asked = writeln!(out, "\n{}", texts.get("program.press_enter")).and_then(|()| out.flush());
    if asked.is_ok() {
        let _ = input.take(LINE_MAX).read_until(b'\n', &mut Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    fn parting(code: ExitCode, mut input: &[u8]) -> (String, usize) {
        let mut out = vec![];
        wait(code, Texts::of(Lang::En), &mut input, &mut out);
        (String::from_utf8(out).unwrap(), input.len())
    }

    #[test]
    fn only_what_went_wrong_waits_for_enter() {
        assert_eq!(parting(ExitCode::Done, b"\n"), (String::new(), 1));
        for code in [ExitCode::Config, ExitCode::Journal, ExitCode::Unknown] {
            let (said, left) = parting(code, b"\r\nmore");
            assert!(said.contains("Enter"), "{said}");
            assert_eq!(left, 4, "no more than a line is taken");
        }
    }

    #[test]
    fn a_line_without_an_end_keeps_nobody() {
        let endless = vec![b'x'; 3_000];
        assert_eq!(parting(ExitCode::Config, &endless).1, 3_000 - 1_024);
        assert_eq!(parting(ExitCode::Config, b"").1, 0);
    }
}
