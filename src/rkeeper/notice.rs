//! What r_keeper tells by itself: «something happened to this order». A hint, and never more: what
//! it says is not used, r_keeper is asked.
//!
//! One public source shows the body, from r_keeper's HTTP notifications (7.6.5.440 and newer): root
//! `a` with `seqnumber`, which grows by one from event to event, and `Situation="1"` on the first
//! event after a start, when what waited before is lost.

use super::xml::{self, XmlError};

/// What is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Whether anything changed: small where nothing did.
    Changes,
    /// Everything: notices are missing.
    Everything,
}

/// The notices of a run, as far as they must be remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    last: Option<u64>,
}

/// Why a notice is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// No whole XML document with the root of a notice.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It has no number.
    #[error("the notice has no seqnumber")]
    NoNumber,
}

impl Notices {
    /// What a notice means.
    ///
    /// # Errors
    /// Where it is no notice; nothing is remembered of it.
    pub fn take(&mut self, body: &[u8]) -> Result<Hint, NoticeError> {
        let notice = xml::parse(body, "a")?;
        let notice = notice.root();
        let number: u64 = notice
            .attribute("seqnumber")
            .and_then(|number| number.parse().ok())
            .ok_or(NoticeError::NoNumber)?;
        let begins = notice.attribute("Situation") == Some("1");
        let follows = match self.last {
            // What came before this program began is nothing that it missed.
            None => true,
            // Sent again.
            Some(last) if last == number => true,
            Some(last) => last.checked_add(1) == Some(number),
        };
        self.last = Some(number);
        if begins || !follows {
            return Ok(Hint::Everything);
        }
        Ok(Hint::Changes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GUID: &str = "{5B1A7C00-2350-4F31-9E2A-0A833D4F0001}";

    fn notice(number: u64, situation: &str) -> String {
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <a RestCode=\"123456789\" DateTime=\"2026-11-29T12:00:00\" Situation=\"{situation}\" \
             seqnumber=\"{number}\" name=\"Save Order\" ShiftNum=\"7\">\
             <Station code=\"1\"/><Order visit=\"1\" guid=\"{GUID}\" orderSum=\"41000\"/></a>"
        )
    }

    #[test]
    fn a_gap_or_a_start_asks_for_everything() {
        let mut notices = Notices::default();
        for (number, situation, expected) in [
            (41, "0", Hint::Changes),
            (42, "0", Hint::Changes),
            // Sent again, as its answer was lost.
            (42, "0", Hint::Changes),
            (44, "0", Hint::Everything),
            (45, "0", Hint::Changes),
            (1, "1", Hint::Everything),
            (2, "0", Hint::Changes),
            (1, "0", Hint::Everything),
            (u64::MAX, "0", Hint::Everything),
            (0, "0", Hint::Everything),
        ] {
            let taken = notices.take(notice(number, situation).as_bytes());
            assert_eq!(taken, Ok(expected), "{number} {situation}");
        }
    }

    #[test]
    fn rubbish_is_no_notice_and_is_not_remembered() {
        let mut notices = Notices::default();
        notices.take(notice(7, "0").as_bytes()).unwrap();
        let before = notices.clone();
        let whole = notice(99, "1");
        let deep = format!("<a seqnumber=\"9\">{}", "<b>".repeat(500));
        for body in [
            "",
            "rubbish",
            "{\"seqnumber\": 8}",
            "<a/>",
            "<a seqnumber=\"-1\"/>",
            "<a seqnumber=\"99999999999999999999\"/>",
            "<RK7QueryResult Status=\"Ok\"/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a seqnumber=\"8\"/>",
            &deep,
            &whole[..whole.len() - 1],
        ] {
            assert!(notices.take(body.as_bytes()).is_err(), "{body}");
            assert_eq!(notices, before, "{body}");
        }
        assert!(notices.take(b"\xff\xfe<a seqnumber=\"8\"/>").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Notices::default().take(&body);
        }

        #[test]
        fn a_damaged_notice_is_survived(
            changes in prop::collection::vec((0..250_usize, any::<u8>()), 1..8),
            cut in 0..400_usize,
        ) {
            let mut body = notice(41, "0").into_bytes();
            for (at, byte) in changes {
                body[at] = byte;
            }
            body.truncate(cut);
            let _ = Notices::default().take(&body);
        }
    }
}
