//! Text from outside, made fit to be drawn, logged and printed.

/// Most characters of one foreign text that are kept: names longer than this are cut.
pub const TEXT_CHARS_MAX: usize = 200;

/// The text without what could drive a terminal or deceive the eye: control characters and line
/// breaks become one space, bidirectional overrides, zero-width and other invisible formatting
/// characters vanish, the length is bounded by [`TEXT_CHARS_MAX`].
///
/// Called once, where data enters the program.
pub fn clean(foreign: &str) -> String {
    let mut text = String::with_capacity(foreign.len().min(TEXT_CHARS_MAX));
    for c in foreign
        .chars()
        .filter(|&c| !is_invisible(c))
        .take(TEXT_CHARS_MAX)
    {
        let c = without_control(c);
        if !(c == ' ' && text.ends_with(' ')) {
            text.push(c);
        }
    }
    text.trim().to_owned()
}

/// A line fit to be printed: control characters become spaces, what is invisible vanishes. For what
/// did not go through [`clean`], such as messages that quote the command line.
pub fn printable(line: &str) -> String {
    line.chars()
        .filter(|&c| !is_invisible(c))
        .map(without_control)
        .collect()
}

fn without_control(c: char) -> char {
    if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
        ' '
    } else {
        c
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_drive_the_screen() {
        for (foreign, clean_text) in [
            ("Суп\n1 250,00", "Суп 1 250,00"),
            ("Иванов\x1b[2J", "Иванов [2J"),
            ("\u{202e}00,01", "00,01"),
            ("a\r\nb\tc", "a b c"),
            ("\u{9b}31m", "31m"),
            ("a\u{200b}b\u{feff}", "ab"),
        ] {
            assert_eq!(clean(foreign), clean_text, "{foreign:?}");
            let printed = printable(foreign);
            assert!(!printed.chars().any(|c| c.is_control() || is_invisible(c)));
            assert_eq!(clean(&printed), clean_text, "{foreign:?}");
        }
        assert_eq!(clean(&"я".repeat(1_000)).chars().count(), TEXT_CHARS_MAX);
    }
}
