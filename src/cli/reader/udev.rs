//! `reader udev`: the rules by which Linux lets a till open its readers, and how to install them.
//!
//! The rules go to stdout, so that a pipe writes them; what to type goes to stderr. Nothing is
//! installed by this program: that needs the administrator's password.

use std::fmt::Write as _;

use crate::cli::exit::ExitCode;
use crate::cli::io::Io;

/// The rules. The name's number decides when they apply; see the head of the file.
const RULES: &str = include_str!("../../../assets/udev/70-limekeeper.rules");
/// Where the system keeps such files.
const FILE: &str = "/etc/udev/rules.d/70-limekeeper.rules";

/// Prints the rules, and the commands that install them with this program, which lies at `program`.
pub fn udev(program: &str, io: &mut Io<'_>) -> ExitCode {
    let texts = io.texts;
    let mut words = texts.get("reader.udev.install").to_owned();
    for command in commands(program) {
        let _ = write!(words, "\n  {command}");
    }
    let plug = texts.get("reader.udev.plug");
    io.say(&format!("{words}\n{plug}"));
    io.print(RULES)
}

/// What is typed, one after the other.
pub fn commands(program: &str) -> [String; 3] {
    [
        format!(
            "{} reader udev | sudo tee {FILE} >/dev/null",
            quoted(program)
        ),
        "sudo udevadm control --reload".to_owned(),
        "sudo udevadm trigger --action=add".to_owned(),
    ]
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, Texts};

    #[test]
    fn the_rules_go_into_a_pipe_and_the_commands_to_the_person() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = Io {
            out: &mut out,
            err: &mut err,
            texts: Texts::of(Lang::Ru),
        };
        assert_eq!(udev("/opt/till/limekeeper", &mut io), ExitCode::Done);
        assert_eq!(String::from_utf8(out).unwrap(), RULES);
        let err = String::from_utf8(err).unwrap();
        assert!(
            err.contains(
                "  /opt/till/limekeeper reader udev | sudo tee \
                 /etc/udev/rules.d/70-limekeeper.rules >/dev/null\n"
            ),
            "{err}"
        );
        assert!(err.contains("  sudo udevadm control --reload\n"), "{err}");
    }

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(quoted("/opt/lime-keeper_1.2/x"), "/opt/lime-keeper_1.2/x");
        assert_eq!(quoted("/home/касса/x"), "'/home/касса/x'");
        assert_eq!(quoted("/it's here/x"), r"'/it'\''s here/x'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_head_of_the_rules_says_the_same() {
        for command in commands("limekeeper") {
            assert!(RULES.contains(&format!("#   {command}\n")), "{command}");
        }
    }
}
