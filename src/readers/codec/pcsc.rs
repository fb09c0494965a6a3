//! Readers of the smart card service: what a card answers when it is asked for its UID.
//!
//! The transport asks `FF CA 00 00 00` when a card arrives, passes the answer whole as one report,
//! and [`REMOVED`] when the card has left. The answer ends with two bytes that say how it went.
//! Source: PC/SC part 3, chapter 3.2.2.1.3, and the manuals of ACS readers.
//!
//! The answer comes UID0 first. A UID has 4, 7 or 10 bytes; anything else is none, the card's
//! answer to reset least of all: that is the same for all cards of a kind.

use std::time::Duration;

use super::queue::EventQueue;
use super::teller::Reading;
use super::{Codec, CodecSettings, number};
use crate::readers::event::{CardRead, Event, Gone, RejectReason, Technology};
use crate::readers::family::Family;

/// Asks a card for its UID, as long as it is.
pub const ASK_UID: [u8; 5] = [0xff, 0xca, 0x00, 0x00, 0x00];

/// The report that tells that the card has left.
pub const REMOVED: [u8; 1] = [0x00];

/// Longest answer: the longest that a short command can have.
pub const ANSWER_BYTES_MAX: usize = 258;

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// The command is to be given again with this length.
    Again(u8),
    /// No answer, and why.
    Refused(RejectReason),
}

/// Takes an answer apart.
pub fn answer(answer: &[u8]) -> Answer<'_> {
    let Some((bytes, &[first, second])) = answer.split_last_chunk::<2>() else {
        return Answer::Refused(RejectReason::BadLength);
    };
    match (first, second) {
        (0x90, 0x00) => Answer::Bytes(bytes),
        // Fewer bytes than were asked for: the UID is all there, or it is not, and nothing tells.
        (0x62, 0x82) => Answer::Refused(RejectReason::DigitsLost),
        (0x6c, length) => Answer::Again(length),
        // 6300: failed; 6A81: this card or reader has no UID. And what else cards say.
        (0x60..=0x6f | 0x90..=0x9f, _) => Answer::Refused(RejectReason::NoUid),
        (0x00..=0x5f | 0x70..=0x8f | 0xa0..=0xff, _) => Answer::Refused(RejectReason::ForeignLine),
    }
}

/// The decoder for answers.
#[derive(Debug)]
pub struct PcSc {
    settings: CodecSettings,
    present: bool,
    events: EventQueue,
}

impl PcSc {
    /// For a device, and for a dump: a removal is told, so that no time is needed.
    pub fn new(settings: &CodecSettings) -> Self {
        Self {
            settings: settings.clone(),
            present: false,
            events: EventQueue::default(),
        }
    }

    fn removed(&mut self) {
        if std::mem::take(&mut self.present) {
            self.events.push(Event::Gone(Gone {
                raw: REMOVED.to_vec(),
            }));
        }
    }

    fn uid(&mut self, uid: &[u8], raw: &[u8]) {
        let technology = self.settings.technology.unwrap_or(Technology::Mifare);
        let bits = u16::try_from(uid.len() * 8).unwrap_or(u16::MAX);
        let card = number::card(technology, uid, bits, &self.settings);
        let whole = match technology {
            Technology::Mifare => matches!(uid.len(), 4 | 7 | 10),
            Technology::EmMarine => uid.len() == 5,
            Technology::HidProx | Technology::Magstripe | Technology::Other => true,
        };
        match card.filter(|_| whole) {
            Some(bytes) => {
                // Without a removal in between, another card took its place.
                self.removed();
                self.present = true;
                let reading = Reading::new(technology, bytes);
                self.events.push(Event::Card(CardRead {
                    family: Family::PcSc,
                    technology,
                    raw: raw.to_vec(),
                    bytes: reading.bytes,
                    present: true,
                    warning: reading.warning,
                }));
            }
            None => self.events.reject(RejectReason::BadLength, raw),
        }
    }
}

impl Codec for PcSc {
    fn feed(&mut self, report: &[u8], _now: Duration) {
        if report.is_empty() {
            return;
        }
        if report == REMOVED {
            self.removed();
            return;
        }
        match answer(report) {
            Answer::Bytes(uid) => self.uid(uid, report),
            // The transport asks again once; a second time is no answer.
            Answer::Again(_) => self.events.reject(RejectReason::NoUid, report),
            Answer::Refused(reason) => self.events.reject(reason, report),
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.events.pop()
    }

    fn on_timeout(&mut self, _now: Duration) {}

    fn deadline(&self) -> Option<Duration> {
        None
    }

    fn finish(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::event::Warning;

    fn told(reports: &[&[u8]]) -> Vec<String> {
        let mut codec = PcSc::new(&CodecSettings::default());
        for report in reports {
            codec.feed(report, Duration::ZERO);
        }
        std::iter::from_fn(|| codec.poll())
            .map(|event| match event {
                Event::Card(read) => {
                    let known = read.known_bytes().iter();
                    let hex: String = known.map(|byte| format!("{byte:02X}")).collect();
                    assert_eq!(read.certain(), read.warning.is_none());
                    match read.warning {
                        None => hex,
                        Some(Warning::RandomUid) => hex + " random",
                        Some(other) => panic!("{other:?}"),
                    }
                }
                Event::Gone(_) => "gone".to_owned(),
                Event::Rejected(rejected) => format!("{:?}", rejected.reason),
            })
            .collect()
    }

    /// Vector 37, and the other lengths.
    #[test]
    fn uids_of_all_lengths() {
        let seven = [0x04, 0x76, 0xbf, 0xe1, 0xbf, 0x02, 0x80, 0x90, 0x00];
        let four = [0x03, 0xa8, 0x62, 0x26, 0x90, 0x00];
        let ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x90, 0x00];
        assert_eq!(
            told(&[&seven, &REMOVED, &REMOVED, &four, &ten, &REMOVED]),
            [
                "0476BFE1BF0280",
                "gone",
                "03A86226",
                "gone",
                "0102030405060708090A",
                "gone"
            ]
        );
    }

    #[test]
    fn a_uid_made_up_each_time_is_doubted() {
        assert_eq!(told(&[&[0x08, 1, 2, 3, 0x90, 0x00]]), ["08010203 random"]);
        // Seven bytes are never made up, whatever they begin with.
        assert_eq!(
            told(&[&[0x08, 1, 2, 3, 4, 5, 6, 0x90, 0x00]]),
            ["08010203040506"]
        );
    }

    #[test]
    fn every_status_word() {
        for (status, reason) in [
            ([0x63, 0x00], "NoUid"),
            ([0x6a, 0x81], "NoUid"),
            ([0x6a, 0x82], "NoUid"),
            ([0x62, 0x82], "DigitsLost"),
            ([0x6c, 0x07], "NoUid"),
            ([0x90, 0x01], "NoUid"),
            ([0x00, 0x90], "ForeignLine"),
        ] {
            assert_eq!(told(&[&status]), [reason], "{status:02x?}");
            let with_uid = [&[0x03, 0xa8, 0x62, 0x26][..], &status].concat();
            assert_eq!(told(&[&with_uid]), [reason], "{status:02x?}");
        }
        assert_eq!(answer(&[0x6c, 0x07]), Answer::Again(7));
        assert_eq!(told(&[&[0x90]]), ["BadLength"]);
        for length in [0, 1, 3, 5, 6, 8, 9, 11, 20] {
            let answer = [vec![4; length], vec![0x90, 0x00]].concat();
            assert_eq!(told(&[&answer]), ["BadLength"], "{length}");
        }
    }

    /// What a card says of its kind when it gets power, taken for an answer by mistake.
    #[test]
    fn an_answer_to_reset_is_no_uid() {
        let atr = [
            0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06, 0x03, 0x00,
            0x01, 0x00, 0x00, 0x00, 0x00, 0x6a,
        ];
        assert_eq!(told(&[&atr]), ["ForeignLine"]);
        assert_eq!(told(&[&[&atr[..], &[0x90, 0x00]].concat()]), ["BadLength"]);
    }
}
