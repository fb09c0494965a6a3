//! `config pin`: a person compares a server's certificate and says yes to it.
//!
//! The end of the fingerprint is not shown: it is typed as it is seen at the server. What is only
//! copied from one screen to the same screen would prove nothing.

use std::io::{BufRead, Read as _};

use clap::ValueEnum;

use crate::config::value::Pin;

use super::exit::ExitCode;
use super::io::Io;
use super::operator::ChangedBy;

/// How many digits of the fingerprint are typed.
pub const TYPED_DIGITS: usize = 8;
/// Digits of a group.
const GROUP_DIGITS: usize = 4;
/// Groups of a line.
const LINE_GROUPS: usize = 8;
/// Longest answer.
const ANSWER_BYTES_MAX: u64 = 1_024;

/// What `config pin` is told.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct PinArgs {
    /// rkeeper or lime
    #[arg(value_name = "SERVER", value_enum, hide_possible_values = true)]
    pub server: PinnedServer,
    /// The whole SHA-256 as it was read at the server: asks nothing, for scripts
    #[arg(long, value_name = "FINGERPRINT", value_parser = parse_pin)]
    pub yes: Option<Pin>,
    /// Another till, <https://host:port>: says whether it shows the same certificate
    #[arg(long, value_name = "URL")]
    pub compare: Vec<String>,
    /// Who changes the settings.
    #[command(flatten)]
    pub by: ChangedBy,
}

/// A server whose certificate can be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PinnedServer {
    /// The cash server.
    Rkeeper,
    /// Lime.
    Lime,
}

impl PinnedServer {
    /// Where its settings stand.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Rkeeper => "rkeeper",
            Self::Lime => "lime",
        }
    }
}

fn parse_pin(text: &str) -> Result<Pin, String> {
    Pin::parse(text).ok_or_else(|| "64 hexadecimal digits are expected".to_owned())
}

/// What a server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// `https://10.0.0.5:8086`
    pub url: String,
    /// Whose certificate it is; `–` where it does not say.
    pub subject: String,
    /// `RSA-1024`
    pub key: String,
    /// First and last day.
    pub valid: (String, String),
    /// SHA-256 of the whole certificate.
    pub pin: Pin,
    /// How many pins the settings have already.
    pub pins: usize,
    /// Other tills that were looked at.
    pub others: Vec<(String, Compared)>,
}

/// What another till shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The very same certificate: whoever knows the key of one till can play the other.
    Same,
    /// Another one.
    Other,
    /// It could not be seen.
    NotSeen,
}

/// Shows what was seen and asks, unless `yes` has said it beforehand. `Err`: nothing is to be
/// written.
pub fn agree(
    looked: &Looked,
    yes: Option<Pin>,
    input: &mut dyn BufRead,
    io: &mut Io<'_>,
) -> Result<(), ExitCode> {
    show(looked, io);
    let texts = io.texts;
    if let Some(yes) = yes {
        if yes == looked.pin {
            return Ok(());
        }
        let shown = with_colons(looked.pin);
        io.say(&texts.fill("cli.pin.other", &[("pin", &shown)]));
        return Err(ExitCode::Refused);
    }
    io.say(&texts.fill("cli.pin.ask", &[("n", &TYPED_DIGITS)]));
    let mut answer = String::new();
    // Who cannot answer has not agreed.
    let read = input.take(ANSWER_BYTES_MAX).read_line(&mut answer);
    if read.is_ok() && is_end_of(&answer, looked.pin) {
        return Ok(());
    }
    io.say(texts.get("cli.pin.refused"));
    Err(ExitCode::Refused)
}

fn show(looked: &Looked, io: &mut Io<'_>) {
    let texts = io.texts;
    let (from, until) = &looked.valid;
    io.say(&texts.fill(
        "cli.pin.shown",
        &[
            ("url", &looked.url),
            ("subject", &looked.subject),
            ("key", &looked.key),
            ("from", from),
            ("until", until),
            ("groups", &groups(looked.pin)),
        ],
    ));
    for (url, compared) in &looked.others {
        let key = match compared {
            Compared::Same => "cli.pin.same",
            Compared::Other => "cli.pin.differs",
            Compared::NotSeen => "cli.pin.other_not_seen",
        };
        io.say(&texts.fill(key, &[("url", url)]));
    }
    if looked.pins > 0 {
        io.say(&texts.fill("cli.pin.more", &[("n", &looked.pins)]));
    }
}

/// As the settings and browsers write it.
pub fn with_colons(pin: Pin) -> String {
    pin.0.map(|byte| format!("{byte:02X}")).join(":")
}

/// In groups, without its end.
fn groups(pin: Pin) -> String {
    let digits = pin.to_string().to_uppercase();
    let shown = digits.len() - TYPED_DIGITS;
    let masked: Vec<char> = digits
        .chars()
        .enumerate()
        .map(|(place, digit)| if place < shown { digit } else { '·' })
        .collect();
    let groups: Vec<String> = masked.chunks(GROUP_DIGITS).map(String::from_iter).collect();
    let lines: Vec<String> = groups
        .chunks(LINE_GROUPS)
        .map(|line| format!("    {}", line.join(" ")))
        .collect();
    lines.join("\n")
}

/// Whether this is the end of the fingerprint, in whichever way it is written.
fn is_end_of(answer: &str, pin: Pin) -> bool {
    let digits: String = answer
        .chars()
        .filter(|c| !c.is_whitespace() && *c != ':')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    digits.len() >= TYPED_DIGITS && pin.to_string().ends_with(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, Texts};

    fn looked() -> Looked {
        let mut bytes = [0; 32];
        for (place, byte) in (0_u8..).zip(&mut bytes) {
            *byte = place * 7;
        }
        Looked {
            url: "https://10.0.0.5:8086".to_owned(),
            subject: "RK7SRV".to_owned(),
            key: "RSA-1024".to_owned(),
            valid: ("2010-01-01".to_owned(), "2011-01-01".to_owned()),
            pin: Pin(bytes),
            pins: 1,
            others: [
                ("https://10.0.0.6:8086", Compared::Same),
                ("https://10.0.0.7:8086", Compared::Other),
                ("https://10.0.0.8:8086", Compared::NotSeen),
            ]
            .map(|(url, compared)| (url.to_owned(), compared))
            .to_vec(),
        }
    }

    fn asked(yes: Option<Pin>, answer: &str) -> (Result<(), ExitCode>, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = Io {
            out: &mut out,
            err: &mut err,
            texts: Texts::of(Lang::En),
        };
        let agreed = agree(&looked(), yes, &mut answer.as_bytes(), &mut io);
        assert!(out.is_empty());
        (agreed, String::from_utf8(err).unwrap())
    }

    #[test]
    fn the_end_is_typed_and_not_shown() {
        let end = "BDC4CBD2D9";
        for answer in ["cbd2d9", "bd:c4:cb:d2:d9\n", " BDC4 CBD2 D9 ", end] {
            let (agreed, said) = asked(None, answer);
            let digits = answer.chars().filter(char::is_ascii_alphanumeric).count();
            assert_eq!(agreed.is_ok(), digits >= TYPED_DIGITS, "{answer}: {said}");
            assert!(!said.contains(&end[2..]), "{said}");
            assert!(said.contains("0007 0E15"), "{said}");
        }
        for answer in ["", "\n", "y", "yes", "00070E15", "C4CBD2D8"] {
            let (agreed, said) = asked(None, answer);
            assert_eq!(agreed, Err(ExitCode::Refused), "{answer}");
            assert!(said.contains("Nothing is written"), "{said}");
        }
    }

    #[test]
    fn a_script_names_the_whole_fingerprint() {
        assert_eq!(asked(Some(looked().pin), "").0, Ok(()));
        let (agreed, said) = asked(Some(Pin([0xab; 32])), "C4CBD2D9");
        assert_eq!(agreed, Err(ExitCode::Refused));
        // With what was seen instead.
        assert!(said.contains(&with_colons(looked().pin)), "{said}");
    }

    #[test]
    fn a_certificate_that_two_tills_share_is_said_to_prove_little() {
        let (_, said) = asked(None, "");
        let about = |url: &str| said.lines().find(|line| line.contains(url)).unwrap();
        assert!(about("10.0.0.6").contains("same certificate"), "{said}");
        assert!(about("10.0.0.7").contains("another certificate"), "{said}");
        assert!(about("10.0.0.8").contains("not seen"), "{said}");
        assert!(said.contains("1 pin"), "{said}");
    }
}
