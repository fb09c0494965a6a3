//! ID TECH swipe readers in HID mode: `MiniMag`, `SecureMag` without encryption.
//!
//! They answer in one of two ways. Some send what [`super::magtek`] reads, in 337 bytes. The others
//! have the same seven bytes at the beginning, then the length of what follows in two bytes, then
//! the tracks one behind the other in at most 500 bytes, with the characters around them that the
//! reader is set to. The manuals that could be seen do not say which of the two bytes is the low
//! one; as one order leads to a length that the report has not, the length itself tells.

use super::magtek;
use super::swipe::Swipe;
use crate::readers::event::RejectReason;

/// Where the length is, and where the data begin.
const LENGTH_AT: usize = 7;
const DATA_AT: usize = 9;
/// Most bytes of data.
const DATA_BYTES_MAX: usize = 500;

/// The tracks of a report of either kind.
pub fn tracks(report: &[u8]) -> Result<Swipe, RejectReason> {
    if report.len() == magtek::SURE_SWIPE_BYTES {
        magtek::tracks(report)
    } else {
        native(report)
    }
}

/// The tracks of a report of their own kind.
fn native(report: &[u8]) -> Result<Swipe, RejectReason> {
    let data = data(report).ok_or(RejectReason::BadLength)?;
    let status = report.get(..3).unwrap_or_default();
    let mut rest = data;
    let mut swipe = Swipe::default();
    for (track, sentinel) in b"%;+".iter().enumerate() {
        if status.get(track).is_some_and(|status| status & 1 != 0) {
            swipe.unreadable(track);
            continue;
        }
        // What the reader puts around the tracks is none of theirs.
        let Some(begin) = rest.iter().position(|byte| byte == sentinel) else {
            continue;
        };
        let text = &rest[begin..];
        let end = text
            .iter()
            .position(|&byte| byte == b'?')
            .ok_or(RejectReason::BadLength)?;
        let (text, behind) = text.split_at(end + 1);
        swipe.add(text)?;
        rest = behind;
    }
    if swipe.is_empty() {
        Err(RejectReason::ForeignLine)
    } else {
        Ok(swipe)
    }
}

/// What the length says is there.
fn data(report: &[u8]) -> Option<&[u8]> {
    let &[first, second] = report.get(LENGTH_AT..DATA_AT)? else {
        return None;
    };
    let data = report.get(DATA_AT..)?;
    let low_first = usize::from(u16::from_le_bytes([first, second]));
    let high_first = usize::from(u16::from_be_bytes([first, second]));
    // Three sentinels at the least.
    let fits = |length: &usize| (3..=DATA_BYTES_MAX.min(data.len())).contains(length);
    let length = [low_first, high_first].into_iter().find(fits)?;
    data.get(..length)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::swipe::SwipeCodec;
    use super::super::{Codec, CodecSettings};
    use super::*;
    use crate::readers::event::Event;
    use crate::readers::family::Family;

    /// A report of 509 bytes with these characters, as a reader with CR behind each track sends it.
    fn report(status: [u8; 3], length: [u8; 2], data: &str) -> Vec<u8> {
        let mut report = vec![0; 509];
        report[..3].copy_from_slice(&status);
        report[LENGTH_AT..DATA_AT].copy_from_slice(&length);
        report[DATA_AT..DATA_AT + data.len()].copy_from_slice(data.as_bytes());
        report
    }

    fn told(report: &[u8]) -> String {
        let mut codec = SwipeCodec::live(Family::IdTech, tracks, &CodecSettings::default());
        codec.feed(report, Duration::ZERO);
        match codec.poll() {
            Some(Event::Card(read)) => {
                assert_eq!(read.family, Family::IdTech);
                let known = read.known_bytes().iter();
                let hex: String = known.map(|byte| format!("{byte:02X}")).collect();
                format!("{hex} {}", String::from_utf8_lossy(&read.raw))
            }
            Some(Event::Rejected(rejected)) => {
                format!("{:?} {}", rejected.reason, rejected.raw.len())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_loyalty_card_with_the_length_in_either_order() {
        let data = "<%C10001?\r;10001=0001?\r>";
        let length = u8::try_from(data.len()).unwrap();
        for length in [[length, 0], [0, length]] {
            assert_eq!(
                told(&report([0; 3], length, data)),
                "002711 %C10001?;10001=0001?"
            );
        }
    }

    #[test]
    fn the_other_way_is_that_of_magtek() {
        let mut report = vec![0; magtek::SURE_SWIPE_BYTES];
        report[4] = 0x0c;
        report[117..129].copy_from_slice(b";10001=0001?");
        assert_eq!(told(&report), "002711 ;10001=0001?");
    }

    #[test]
    fn what_is_no_card() {
        let bank = "%B4111111111111111^IVANOV/I^2512?\r;4111111111111111=2512101?\r";
        let length = |text: &str| [u8::try_from(text.len()).unwrap(), 0];
        assert_eq!(told(&report([0; 3], length(bank), bank)), "BankCard 0");
        let first_lost = ";10001=0001?\r";
        assert_eq!(
            told(&report([1, 0, 0], length(first_lost), first_lost)),
            "002711 %E?;10001=0001?"
        );
        assert_eq!(told(&report([0, 1, 0], [3, 0], "abc")), "TrackUnreadable 0");
        for (length, data) in [
            // Cut within the track; nothing; more than there is.
            ([5, 0], ";10001=0001?"),
            ([0, 0], ""),
            ([0xf5, 0x01], ";10001=0001?"),
        ] {
            assert_eq!(told(&report([0; 3], length, data)), "BadLength 0");
        }
        assert_eq!(told(&report([0; 3], [3, 0], "abc")), "ForeignLine 0");
        assert_eq!(told(&[0; 8]), "BadLength 0");
    }
}
