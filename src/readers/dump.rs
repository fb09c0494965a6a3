//! The lines of recorded dumps, in two formats that may be mixed in one file.
//!
//! Our own: milliseconds since the recording began, then the bytes of one read in hexadecimal, all
//! separated by spaces. And the text of `hid-recorder`, in which technicians capture HID devices:
//! `R:` with the report descriptor, `E:` with time, length and bytes of one report; its `D:`, `N:`,
//! `P:` and `I:` lines name the device. Lines that begin with `#`, and empty ones, are comments.
//!
//! ```text
//! # limekeeper recording, family keyboard
//! 1000 00 00 27 00 00 00 00 00
//! E: 000001.004000 8 00 00 00 00 00 00 00 00
//! ```

use std::time::Duration;

/// When `hid-recorder` is taken to have been started: its clock begins with the first report.
const RECORDER_STARTED: Duration = Duration::from_secs(1);

/// What a line says.
#[derive(Clone, PartialEq, Eq)]
pub enum DumpLine {
    /// A comment, or what names the device.
    Nothing,
    /// The report descriptor.
    Descriptor(Vec<u8>),
    /// Bytes that were read at once, and when.
    Read(Duration, Vec<u8>),
}

impl DumpLine {
    /// A line from its text; none if it is no line of a dump.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (head, rest) = text.split_at_checked(2).unwrap_or((text, ""));
        match head {
            "D:" | "N:" | "P:" | "I:" | "" => Some(Self::Nothing),
            "R:" => counted(rest).map(Self::Descriptor),
            "E:" => {
                let (time, rest) = rest.trim_start().split_once(' ')?;
                let at = recorder_time(time)?.checked_add(RECORDER_STARTED)?;
                counted(rest).map(|bytes| Self::Read(at, bytes))
            }
            _ if text.starts_with('#') => Some(Self::Nothing),
            _ => {
                let (time, rest) = text.split_once(' ')?;
                let at = Duration::from_millis(time.parse().ok()?);
                hex(rest)
                    .filter(|bytes| !bytes.is_empty())
                    .map(|bytes| Self::Read(at, bytes))
            }
        }
    }

    /// The line that [`DumpLine::parse`] reads, with its end; nothing for nothing.
    pub fn text(&self) -> String {
        let bytes =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!(" {byte:02x}")).collect() };
        match self {
            Self::Nothing => String::new(),
            Self::Descriptor(found) => format!("R: {}{}\n", found.len(), bytes(found)),
            Self::Read(at, read) => format!("{}{}\n", at.as_millis(), bytes(read)),
        }
    }
}

/// Seconds and microseconds, divided by a point.
fn recorder_time(text: &str) -> Option<Duration> {
    let (seconds, micros) = text.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if micros.len() != 6 || !digits(micros) || !digits(seconds) {
        return None;
    }
    let micros = Duration::from_micros(micros.parse().ok()?);
    Duration::from_secs(seconds.parse().ok()?).checked_add(micros)
}

/// A count, and that many bytes.
fn counted(text: &str) -> Option<Vec<u8>> {
    let (count, rest) = text.trim_start().split_once(' ')?;
    let count: usize = count.parse().ok()?;
    hex(rest).filter(|bytes| bytes.len() == count && count > 0)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    text.split_ascii_whitespace()
        .map(|field| {
            (field.len() == 2 && field.bytes().all(|byte| byte.is_ascii_hexdigit()))
                .then(|| u8::from_str_radix(field, 16).ok())
                .flatten()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats() {
        let ms = Duration::from_millis;
        for (text, line) in [
            ("", DumpLine::Nothing),
            ("# ReportID: 1", DumpLine::Nothing),
            ("N: Sycreader RFID Technology", DumpLine::Nothing),
            ("I: 3 ffff 0035", DumpLine::Nothing),
            ("R: 3 05 01 09", DumpLine::Descriptor(vec![5, 1, 9])),
            ("12 00 Ff", DumpLine::Read(ms(12), vec![0, 255])),
            (
                "E: 000001.250000 2 00 27",
                DumpLine::Read(ms(2250), vec![0, 0x27]),
            ),
        ] {
            assert!(DumpLine::parse(text) == Some(line), "{text}");
        }
        for wrong in [
            "x 02",
            "0",
            "0 2",
            "0 +2",
            "R: 2 05",
            "R: 0",
            "E: 1 2 00 27",
            "E: 000001.25 2 00 27",
            "E: 000001.250000 3 00 27",
            "Z: 1",
        ] {
            assert!(DumpLine::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn lines_lead_there_and_back() {
        for line in [
            DumpLine::Descriptor(vec![5, 1]),
            DumpLine::Read(Duration::from_millis(7), vec![0, 0x27]),
        ] {
            assert!(DumpLine::parse(&line.text()) == Some(line));
        }
    }
}
