//! `reader decode`: bytes on stdin, one JSON line per event on stdout.

pub mod args;
pub mod codec_args;
pub mod learn;
pub mod list;
pub mod udev;
pub mod watch;
pub mod words;

use std::io::{ErrorKind, Read};

use serde::Serialize;

use crate::domain::Notation;
use crate::domain::notation::named::NAMED;
use crate::domain::notation::{ByteOrder, Radix};

use super::exit::ExitCode;
use super::io::Io;

/// Bytes that are read at once.
const READ_BYTES: usize = 4_096;

/// A decoder of one reader family, as `crate::readers` has it: bytes in, lines out.
pub trait Decode {
    /// One event.
    type Line: Serialize;
    /// The lines for the next bytes.
    fn feed(&mut self, bytes: &[u8]) -> Vec<Self::Line>;
    /// The lines for what is left at the end.
    fn finish(self) -> Vec<Self::Line>;
}

/// Decodes until the input ends. Lines are written as soon as their bytes are there.
pub fn decode<D: Decode>(mut decoder: D, input: &mut dyn Read, io: &mut Io<'_>) -> ExitCode {
    let mut buffer = [0; READ_BYTES];
    loop {
        let bytes = match input.read(&mut buffer) {
            Ok(0) => return write(decoder.finish(), io),
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => {
                let message = io.texts.fill("cli.stdin_failed", &[("why", &error)]);
                io.say(&message);
                return ExitCode::Failed;
            }
        };
        let code = write(decoder.feed(bytes), io);
        if code != ExitCode::Done {
            return code;
        }
    }
}

fn write<L: Serialize>(lines: Vec<L>, io: &mut Io<'_>) -> ExitCode {
    for line in lines {
        let Ok(text) = serde_json::to_string(&line) else {
            return ExitCode::Failed;
        };
        let code = io.print(&format!("{text}\n"));
        if code != ExitCode::Done {
            return code;
        }
    }
    ExitCode::Done
}

/// A name such as `3+5`, or `decimal:first_low:4:10`; what is left out is as in
/// [`Notation::default`].
pub(super) fn parse_notation(text: &str) -> Result<Notation, String> {
    if let Some(named) = Notation::named(text) {
        return Ok(named);
    }
    let wrong = || {
        let names: Vec<&str> = NAMED.iter().map(|own| own.name).collect();
        format!(
            "a notation is one of {}; or decimal, hex_upper or hex_lower, then optionally \
             :first_high or :first_low, bytes to keep (0-10), digits to pad to (0-30)",
            names.join(", ")
        )
    };
    let mut parts = text.split(':');
    let mut notation = Notation {
        radix: match parts.next().unwrap_or_default() {
            "decimal" => Radix::Decimal,
            "hex_upper" => Radix::HexUpper,
            "hex_lower" => Radix::HexLower,
            _ => return Err(wrong()),
        },
        ..Notation::default()
    };
    if let Some(order) = parts.next() {
        notation.byte_order = match order {
            "first_high" => ByteOrder::FirstHigh,
            "first_low" => ByteOrder::FirstLow,
            _ => return Err(wrong()),
        };
    }
    let mut number = |max: u8| match parts.next() {
        None => Ok(None),
        Some(digits) => match digits.parse::<u8>() {
            Ok(number) if number <= max => Ok(Some(number)),
            Ok(_) | Err(_) => Err(wrong()),
        },
    };
    if let Some(keep_bytes) = number(10)? {
        notation.keep_bytes = keep_bytes;
    }
    if let Some(pad) = number(30)? {
        notation.pad = pad;
    }
    match parts.next() {
        None => Ok(notation),
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, Texts};

    struct Count(usize);

    impl Decode for Count {
        type Line = usize;
        fn feed(&mut self, bytes: &[u8]) -> Vec<usize> {
            self.0 += bytes.len();
            vec![]
        }
        fn finish(self) -> Vec<usize> {
            vec![self.0]
        }
    }

    #[test]
    fn all_bytes_are_decoded() {
        let bytes = vec![0_u8; 10_000];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = Io {
            out: &mut out,
            err: &mut err,
            texts: Texts::of(Lang::Ru),
        };
        assert_eq!(
            decode(Count(0), &mut bytes.as_slice(), &mut io),
            ExitCode::Done
        );
        assert_eq!(out, b"10000\n");
    }

    #[test]
    fn notations() {
        let notation = parse_notation("hex_lower:first_low:7:14").unwrap();
        assert_eq!(notation.radix, Radix::HexLower);
        assert_eq!(notation.byte_order, ByteOrder::FirstLow);
        assert_eq!((notation.keep_bytes, notation.pad), (7, 14));
        assert_eq!(parse_notation("decimal"), Ok(Notation::default()));
        for own in NAMED {
            assert_eq!(parse_notation(own.name), Ok(own.notation));
        }
        for wrong in [
            "",
            "octal",
            "decimal:up",
            "decimal:first_low:11",
            "decimal:first_low:4:10:1",
        ] {
            assert!(parse_notation(wrong).is_err(), "{wrong}");
        }
    }
}
