//! What the text of a reader that types, or of a magnetic track, means.
//!
//! Nothing of a text is kept before it is known to be no bank card's.

use super::CodecSettings;
use crate::domain::CardBytes;
use crate::readers::event::{RejectReason, Technology, Warning};

/// Digits of a bank card's number.
const PAN_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// A card as a text tells it.
#[derive(Debug)]
pub struct Meaning {
    /// Its number.
    pub bytes: CardBytes,
    /// Its kind.
    pub technology: Technology,
    /// What to doubt.
    pub warning: Option<Warning>,
}

/// Why a text is no card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACard {
    /// Why not.
    pub reason: RejectReason,
    /// The text may be shown: it is no bank card's.
    pub keep: bool,
}

fn not(reason: RejectReason) -> NotACard {
    NotACard { reason, keep: true }
}

/// The card of a text.
pub fn meaning(text: &[u8], settings: &CodecSettings) -> Result<Meaning, NotACard> {
    if has_bank_card(text) {
        return Err(NotACard {
            reason: RejectReason::ForeignLine,
            keep: false,
        });
    }
    if text.first().is_some_and(|byte| b"%;+".contains(byte)) {
        return track(text).ok_or(not(RejectReason::ForeignLine));
    }
    let digits = text.len();
    if let Some(wanted) = settings.digits.map(usize::from)
        && digits != wanted
    {
        return Err(not(if digits < wanted {
            RejectReason::DigitsLost
        } else {
            RejectReason::BadLength
        }));
    }
    let number = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|text| (8..=10).contains(&text.len()))
        .and_then(|text| text.parse::<u32>().ok())
        .ok_or(not(RejectReason::ForeignLine))?;
    let mut bytes = number.to_be_bytes();
    if settings.reversed {
        bytes.reverse();
    }
    let bytes = CardBytes::new(bytes, 32).ok_or(not(RejectReason::BadLength))?;
    Ok(Meaning {
        bytes,
        technology: settings.technology.unwrap_or(Technology::Other),
        warning: None,
    })
}

/// The account of the second track.
fn track(text: &[u8]) -> Option<Meaning> {
    let text = std::str::from_utf8(text).ok()?;
    let (_, behind) = text.split_once(';')?;
    let (inside, _) = behind.split_once('?')?;
    let account = inside.split('=').next()?;
    let number: u64 = account
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| account.parse().ok())??;
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    let bytes = bytes.get(zeros..)?;
    let bits = u16::try_from(bytes.len() * 8).ok()?;
    Some(Meaning {
        bytes: CardBytes::new(bytes, bits)?,
        technology: Technology::Magstripe,
        warning: None,
    })
}

/// A run of digits that may be a bank card's number, or the format of its first track.
fn has_bank_card(text: &[u8]) -> bool {
    text.starts_with(b"%B")
        || text
            .split(|byte| !byte.is_ascii_digit() && !b" -".contains(byte))
            .map(|run| -> Vec<u8> { run.iter().copied().filter(u8::is_ascii_digit).collect() })
            .any(|run| PAN_DIGITS.contains(&run.len()) && luhn(&run))
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .map(|byte| u32::from(byte.wrapping_sub(b'0')))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (1, 5..) => digit * 2 - 9,
            (1, _) => digit * 2,
            _ => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}
