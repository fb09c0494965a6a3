//! What is looked at between two payments: room for the journal, and a clock that was put back.
//!
//! Wall clock times are labels only: rows are ordered by their numbers, and pauses are measured by a
//! clock that nobody sets. But labels that go back confuse whoever reads the list, so it is said.

use std::time::Duration;

use jiff::Timestamp;

use crate::i18n::Texts;
use crate::payment::journal::Room;

/// A clock that is put back by less is only being corrected.
const BACK: Duration = Duration::from_mins(5);
/// How long it is shown that the clock was put back.
const BACK_SHOWN: Duration = Duration::from_hours(1);

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The time of day.
    pub wall: Timestamp,
    /// Since the start of the program.
    pub elapsed: Duration,
}

/// What was found so far, and what is on the screen.
#[derive(Debug)]
pub(super) struct Watch {
    /// The newest time of day that was seen.
    newest: Option<Timestamp>,
    room: Room,
    /// Words of a clock that was put back, and when it was seen.
    back: Option<(Duration, String)>,
    shown: String,
}

impl Watch {
    /// `newest`: the time in the journal's last row.
    pub const fn new(newest: Option<Timestamp>) -> Self {
        Self {
            newest,
            room: Room::Enough,
            back: None,
            shown: String::new(),
        }
    }

    /// Words for the screen, where they are others than before; empty where there is nothing to say
    /// any more. The log has each thing once.
    pub fn look(&mut self, room: Room, now: Moment, texts: Texts) -> Option<String> {
        self.look_at_clock(now, texts);
        if std::mem::discriminant(&room) != std::mem::discriminant(&self.room) {
            match room {
                Room::Enough => tracing::info!("there is room for the journal again"),
                Room::Low { .. } | Room::ReserveUsed => {
                    tracing::warn!(?room, "the disk of the journal fills");
                }
            }
        }
        self.room = room;
        let mut words: Vec<String> = room_words(room, texts).into_iter().collect();
        words.extend(self.back.as_ref().map(|(_, words)| words.clone()));
        let words = words.join("; ");
        let news = words != self.shown;
        self.shown.clone_from(&words);
        news.then_some(words)
    }

    fn look_at_clock(&mut self, now: Moment, texts: Texts) {
        let over = |since: Duration| now.elapsed.saturating_sub(since) >= BACK_SHOWN;
        if self.back.as_ref().is_some_and(|(since, _)| over(*since)) {
            self.back = None;
        }
        let back = self
            .newest
            .and_then(|newest| Duration::try_from(newest.duration_since(now.wall)).ok())
            .filter(|back| *back > BACK);
        if let Some(back) = back {
            let minutes = back.as_secs() / 60;
            tracing::warn!(minutes, "the clock was put back");
            let words = texts.fill("journal.clock_back", &[("minutes", &minutes)]);
            self.back = Some((now.elapsed, words));
            // Once: from here on this is the time.
            self.newest = Some(now.wall);
        }
        self.newest = self.newest.max(Some(now.wall));
    }
}

/// What is said of the room; `None` where there is enough.
pub(super) fn room_words(room: Room, texts: Texts) -> Option<String> {
    match room {
        Room::Enough => None,
        Room::Low { free_mib } => Some(texts.fill("journal.room_low", &[("free", &free_mib)])),
        Room::ReserveUsed => Some(texts.get("journal.full").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    const HOUR: i64 = 3_600;

    fn moment(wall: i64, elapsed: i64) -> Moment {
        Moment {
            wall: Timestamp::from_second(1_709_633_700 + wall).unwrap(),
            elapsed: Duration::from_secs(elapsed.unsigned_abs()),
        }
    }

    #[test]
    fn low_room_is_said_once_and_taken_back() {
        let texts = Texts::of(Lang::Ru);
        let mut watch = Watch::new(None);
        let mut look = |room, at| watch.look(room, moment(at, at), texts);
        assert_eq!(look(Room::Enough, 0), None);
        let low = Room::Low { free_mib: 150 };
        assert!(look(low, 30).unwrap().contains("150"));
        assert_eq!(look(low, 60), None);
        let less = look(Room::Low { free_mib: 90 }, 90).unwrap();
        assert!(less.contains("90"), "{less}");
        let used = look(Room::ReserveUsed, 120).unwrap();
        assert_eq!(used, texts.get("journal.full"));
        assert_eq!(look(Room::Enough, 150).unwrap(), "");
        assert_eq!(look(Room::Enough, 180), None);
    }

    #[test]
    fn a_clock_put_back_is_said_once_for_an_hour() {
        let texts = Texts::of(Lang::Ru);
        for back in [HOUR, 24 * HOUR] {
            // While the program runs, and between two runs: the last row is the newest then.
            for mut watch in [Watch::new(None), Watch::new(Some(moment(100, 0).wall))] {
                let mut look =
                    |wall, elapsed| watch.look(Room::Enough, moment(wall, elapsed), texts);
                let first = look(100, 100);
                assert_eq!(first, None);
                let said = look(130 - back, 130).unwrap();
                let minutes = (back / 60).to_string();
                assert!(
                    said.contains(&minutes) || said.contains(&(back / 60 - 1).to_string()),
                    "{said}"
                );
                assert_eq!(look(160 - back, 160), None, "once");
                assert_eq!(look(120 + HOUR - back, 120 + HOUR), None);
                assert_eq!(look(130 + HOUR - back, 130 + HOUR).unwrap(), "");
            }
        }
    }

    #[test]
    fn corrections_jumps_forward_and_sleep_are_nothing_to_say() {
        let texts = Texts::of(Lang::En);
        let mut watch = Watch::new(Some(moment(0, 0).wall));
        let mut look = |wall, elapsed| watch.look(Room::Enough, moment(wall, elapsed), texts);
        assert_eq!(look(-299, 0), None);
        assert_eq!(look(HOUR, 30), None);
        assert_eq!(look(25 * HOUR, 60), None);
        // Slept: one clock stood still, or both went on.
        assert_eq!(look(33 * HOUR, 90), None);
        assert_eq!(look(41 * HOUR, 8 * HOUR), None);
    }
}
