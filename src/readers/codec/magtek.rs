//! `MagTek` swipe readers in HID mode, and ID TECH readers that answer as they do: one report per
//! swipe, three status bytes, three lengths, the encoding, then three tracks in places of fixed
//! size.
//!
//! Two layouts are known, told apart by the report's length: `SureSwipe` (places of 110 bytes,
//! 337 in all; manual D99875191) and `MagnePrint` (places of 112 bytes, then what tells a copy
//! from an original, 477 in all, 493 with the reader's own number; manual 99875338). The longer
//! reports of `MagneSafe` hold encrypted tracks: they are refused.

use super::swipe::Swipe;
use crate::readers::event::RejectReason;

/// Bytes of a `SureSwipe` report.
pub const SURE_SWIPE_BYTES: usize = 337;
/// Bytes of the `MagnePrint` reports, without and with the number of the reader.
const MAGNE_PRINT_BYTES: [usize; 2] = [477, 493];
/// Bytes before the first track.
pub(super) const HEAD_BYTES: usize = 7;

/// The tracks of a report.
pub fn tracks(report: &[u8]) -> Result<Swipe, RejectReason> {
    let place_bytes = match report.len() {
        SURE_SWIPE_BYTES => 110,
        length if MAGNE_PRINT_BYTES.contains(&length) => 112,
        _ => return Err(RejectReason::BadLength),
    };
    let mut swipe = Swipe::default();
    for track in 0..3 {
        let byte = |at: usize| report.get(at + track).copied().unwrap_or_default();
        let (status, length) = (byte(0), usize::from(byte(3)));
        let first = HEAD_BYTES + track * place_bytes;
        let place = report.get(first..first + place_bytes);
        // What lies behind the length is not defined.
        let data = place
            .and_then(|place| place.get(..length))
            .ok_or(RejectReason::BadLength)?;
        // Bit 0: the track could not be read; its length is then 0.
        match (status & 1, data) {
            (0, data) => swipe.add(data)?,
            (_, []) => swipe.unreadable(track),
            (_, _) => return Err(RejectReason::BadLength),
        }
    }
    Ok(swipe)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::swipe::SwipeCodec;
    use super::super::{Codec, CodecSettings};
    use super::*;
    use crate::readers::event::Event;
    use crate::readers::family::Family;

    /// A report with these tracks; `None` could not be read.
    fn report(bytes: usize, tracks: [Option<&str>; 3]) -> Vec<u8> {
        let place_bytes = if bytes == SURE_SWIPE_BYTES { 110 } else { 112 };
        let mut report = vec![0; bytes];
        for (track, text) in tracks.iter().enumerate() {
            report[track] = u8::from(text.is_none());
            let text = text.unwrap_or_default().as_bytes();
            report[3 + track] = u8::try_from(text.len()).unwrap();
            let first = HEAD_BYTES + track * place_bytes;
            report[first..first + text.len()].copy_from_slice(text);
        }
        report
    }

    fn told(reports: &[Vec<u8>]) -> Vec<String> {
        let mut codec = SwipeCodec::live(Family::MagTek, tracks, &CodecSettings::default());
        for (turn, report) in (1..).zip(reports) {
            codec.feed(report, Duration::from_secs(turn));
        }
        std::iter::from_fn(|| codec.poll())
            .map(|event| match event {
                Event::Card(read) => {
                    assert_eq!(read.family, Family::MagTek);
                    let hex: String = read
                        .known_bytes()
                        .iter()
                        .map(|byte| format!("{byte:02X}"))
                        .collect();
                    format!("{hex} {}", String::from_utf8_lossy(&read.raw))
                }
                Event::Gone(_) => "gone".to_owned(),
                Event::Rejected(rejected) => {
                    format!("{:?} {}", rejected.reason, rejected.raw.len())
                }
            })
            .collect()
    }

    /// Vector 47: byte 4 is 0C, the second track is `;10001=0001?`.
    #[test]
    fn a_loyalty_card() {
        let swipe = report(SURE_SWIPE_BYTES, [Some(""), Some(";10001=0001?"), Some("")]);
        assert_eq!((swipe.len(), swipe[4]), (337, 0x0c));
        assert_eq!(&swipe[117..129], b";10001=0001?");
        assert_eq!(told(&[swipe]), ["002711 ;10001=0001?"]);
    }

    /// The places of the longer report are two bytes longer.
    #[test]
    fn both_layouts() {
        for bytes in [477, 493] {
            let swipe = report(bytes, [Some("%C10001?"), Some(";10001=0001?"), None]);
            assert_eq!(swipe[119], b';');
            assert_eq!(told(&[swipe]), ["002711 %C10001?;10001=0001?+E?"]);
        }
    }

    #[test]
    fn what_is_no_card() {
        let bank = report(
            SURE_SWIPE_BYTES,
            [
                Some("%B4111111111111111^IVANOV/I^2512?"),
                Some(";4111111111111111=2512101?"),
                Some(""),
            ],
        );
        let mut lying = report(SURE_SWIPE_BYTES, [None, None, None]);
        lying[4] = 5;
        let mut long = report(SURE_SWIPE_BYTES, [Some(""); 3]);
        long[5] = 111;
        let mut binary = report(SURE_SWIPE_BYTES, [Some(""), Some(";10001=0001?"), Some("")]);
        binary[119] = 0x07;
        for (swipe, refused) in [
            (bank, "BankCard 0"),
            (
                report(SURE_SWIPE_BYTES, [None, None, None]),
                "TrackUnreadable 0",
            ),
            (report(SURE_SWIPE_BYTES, [Some(""); 3]), "BadLength 0"),
            (lying, "BadLength 0"),
            (long, "BadLength 0"),
            (binary, "BadByte 0"),
            // Encrypted tracks of a longer report.
            (vec![0; 850], "BadLength 0"),
            (vec![0; 336], "BadLength 0"),
        ] {
            assert_eq!(told(&[swipe]), [refused]);
        }
    }
}
