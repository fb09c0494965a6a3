//! At which speed a serial reader speaks: one tap per speed, until what comes can be read.
//!
//! Only here, and only by listening. At a wrong speed most bytes are no printable characters; a
//! reader with binary frames is known by its checksum instead.

/// Speeds in the order in which they are tried: what readers are delivered with comes first.
pub const SPEEDS: [u32; 7] = [9_600, 19_200, 115_200, 57_600, 38_400, 4_800, 2_400];

/// From so many printable bytes of a hundred on, bytes are text.
const TEXT_PERCENT: usize = 90;

/// What a tap at one speed means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This is the speed: a family reads it.
    Right(u32),
    /// It is text, but no family reads it. Another speed would not make text of text.
    Foreign(u32),
    /// The next speed to listen at.
    Next(u32),
    /// No speed is left. The best one, with the printable bytes of a hundred.
    NoneFits {
        /// The speed with the most printable bytes.
        best: u32,
        /// How many of a hundred.
        percent: usize,
    },
}

/// The search for the speed of one reader.
#[derive(Clone, Debug)]
pub struct SpeedScan {
    speeds: Vec<u32>,
    heard: Vec<(usize, u32)>,
}

impl SpeedScan {
    /// Of all speeds, or of the one that is known.
    pub fn new(known: Option<u32>) -> Self {
        Self {
            speeds: known.map_or_else(|| SPEEDS.to_vec(), |speed| vec![speed]),
            heard: Vec::new(),
        }
    }

    /// The speed to listen at now.
    pub fn speed(&self) -> Option<u32> {
        self.speeds.get(self.heard.len()).copied()
    }

    /// These bytes came at that speed; whether a family reads a card in them.
    pub fn heard(&mut self, bytes: &[u8], is_read: bool) -> Verdict {
        let Some(speed) = self.speed() else {
            return self.none_fits();
        };
        let percent = printable_percent(bytes);
        self.heard.push((percent, speed));
        if is_read {
            Verdict::Right(speed)
        } else if percent >= TEXT_PERCENT {
            Verdict::Foreign(speed)
        } else {
            self.speed().map_or_else(|| self.none_fits(), Verdict::Next)
        }
    }

    fn none_fits(&self) -> Verdict {
        // Of equal ones the first, as it is the likelier.
        let best = self.heard.iter().rev().max_by_key(|(percent, _)| *percent);
        let (percent, best) = best.copied().unwrap_or_default();
        Verdict::NoneFits { best, percent }
    }
}

/// How many of a hundred bytes are text: printable ASCII, or what begins and ends lines and frames.
pub fn printable_percent(bytes: &[u8]) -> usize {
    let printable = bytes
        .iter()
        .filter(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t' | 0x02 | 0x03))
        .count();
    (printable * 100).checked_div(bytes.len()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_tried_until_a_family_reads() {
        let mut scan = SpeedScan::new(None);
        assert_eq!(scan.speed(), Some(9_600));
        assert_eq!(
            scan.heard(&[0xff, 0x80, 0x00, b'x'], false),
            Verdict::Next(19_200)
        );
        assert_eq!(scan.heard(b"0061366822\r\n", true), Verdict::Right(19_200));
    }

    #[test]
    fn text_that_nobody_reads_is_no_question_of_speed() {
        let mut scan = SpeedScan::new(None);
        assert_eq!(
            scan.heard(b"ST,GS,+00.575kg\r\n", false),
            Verdict::Foreign(9_600)
        );
    }

    #[test]
    fn when_none_fits_the_best_is_named() {
        let mut scan = SpeedScan::new(None);
        let mut verdict = Verdict::Next(0);
        for speed in SPEEDS {
            let bytes: &[u8] = if speed == 57_600 {
                b"\xffabc"
            } else {
                b"\xff\xfea"
            };
            verdict = scan.heard(bytes, false);
        }
        let none_fits = Verdict::NoneFits {
            best: 57_600,
            percent: 75,
        };
        assert_eq!(verdict, none_fits);
        assert_eq!(scan.speed(), None);
        assert_eq!(scan.heard(b"", false), none_fits);
    }

    #[test]
    fn a_known_speed_is_the_only_one() {
        let mut scan = SpeedScan::new(Some(1_200));
        assert_eq!(scan.speed(), Some(1_200));
        let none_fits = Verdict::NoneFits {
            best: 1_200,
            percent: 0,
        };
        assert_eq!(scan.heard(&[0xff], false), none_fits);
        assert_eq!(printable_percent(b""), 0);
    }
}
