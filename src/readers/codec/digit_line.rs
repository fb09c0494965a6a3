//! What lines of digits have in common, whichever digits they are.

use super::CodecSettings;
use super::line::LineReader;
use super::settings::Framing;
use crate::readers::event::{RejectReason, Technology, Warning};

/// Cuts bytes into lines as the framing says.
pub fn lines(framing: &Framing, live: bool) -> LineReader {
    let reader = if live {
        LineReader::live(&framing.terminators)
    } else {
        LineReader::dump(&framing.terminators)
    };
    reader.with_start(framing.start())
}

/// What stands between prefix and suffix, without spaces around it.
pub fn digits<'a>(
    line: &'a [u8],
    whole: bool,
    settings: &CodecSettings,
) -> Result<&'a [u8], RejectReason> {
    if !whole {
        return Err(RejectReason::FirstPartial);
    }
    let framing = &settings.framing;
    let is_text = |byte: &u8| {
        matches!(byte, b' '..=b'~')
            || framing.prefix.contains(byte)
            || framing.suffix.contains(byte)
    };
    if !line.iter().all(is_text) {
        return Err(RejectReason::Noise);
    }
    line.strip_prefix(&*framing.prefix)
        .and_then(|rest| rest.strip_suffix(&*framing.suffix))
        .map(<[u8]>::trim_ascii)
        .ok_or(RejectReason::ForeignLine)
}

/// Whether the reader sends so many digits.
pub fn check_count(digits: usize, settings: &CodecSettings) -> Result<(), RejectReason> {
    match settings.digits.map(usize::from) {
        Some(always) if digits < always => Err(RejectReason::DigitsLost),
        Some(always) if digits > always => Err(RejectReason::BadLength),
        Some(_) | None => Ok(()),
    }
}

/// The doubt about a line of any length: one that lost digits looks like it. Where the technology
/// is not known the read is partial anyway.
pub fn unchecked(any_length: bool, settings: &CodecSettings) -> Option<Warning> {
    (any_length && settings.digits.is_none() && settings.technology.is_some())
        .then_some(Warning::Unchecked)
}

/// A reader of contactless cards sends no bank card's number, however its digits add up. One of
/// unknown kind may be for magnetic cards.
pub fn may_be_bank_card(settings: &CodecSettings) -> bool {
    match settings.technology {
        Some(Technology::EmMarine | Technology::Mifare | Technology::HidProx) => false,
        Some(Technology::Magstripe | Technology::Other) | None => true,
    }
}
