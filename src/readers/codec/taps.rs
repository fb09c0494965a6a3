//! Which reads are one tap, for readers that cannot tell that a card has left.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::CardBytes;

/// The same card within this time after its last read has not been lifted. Readers that repeat do
/// so several times a second; a cashier who asks for the card again needs longer.
pub const SAME_CARD: Duration = Duration::from_secs(1);

/// So many cards are remembered: of two in the field, the reads alternate.
const RECENT_MAX: usize = 4;

/// The cards that were read of late.
#[derive(Debug)]
pub struct Taps {
    /// None for a dump without times.
    window: Option<Duration>,
    /// The last read one is behind.
    recent: VecDeque<(CardBytes, Duration)>,
}

impl Taps {
    /// For a live reader: within `window` after its last read, a card is the same tap. Another
    /// card passes at once.
    pub fn timed(window: Duration) -> Self {
        Self {
            window: Some(window),
            recent: VecDeque::new(),
        }
    }

    /// For a dump without times: consecutive reads of one card are one tap.
    pub fn untimed() -> Self {
        Self {
            window: None,
            recent: VecDeque::new(),
        }
    }

    /// A card was read. True when this is a new tap.
    pub fn read(&mut self, card: &CardBytes, now: Duration) -> bool {
        let before = self.recent.iter().position(|(known, _)| known == card);
        let known = before.and_then(|place| self.recent.remove(place));
        let rests = match (self.window, &known) {
            (Some(window), Some((_, last))) => now < last.saturating_add(window),
            (None, known) => known.is_some(),
            (Some(_), None) => false,
        };
        let keep = self.window.map_or(0, |_| RECENT_MAX - 1);
        while self.recent.len() > keep {
            self.recent.pop_front();
        }
        self.recent.push_back((card.clone(), now));
        !rests
    }

    /// The reader said that the card is gone.
    pub fn gone(&mut self) {
        self.recent.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taps(taps: &mut Taps, reads: &[(u64, u8)]) -> Vec<(u64, u8)> {
        let new = |&&(at, card): &&(u64, u8)| {
            let card = CardBytes::new([card; 4], 32).unwrap();
            taps.read(&card, Duration::from_millis(at))
        };
        reads.iter().filter(new).copied().collect()
    }

    #[test]
    fn the_time_counts_from_the_last_read() {
        let mut live = Taps::timed(SAME_CARD);
        let reads = [(0, 1), (900, 1), (1800, 1), (2799, 1), (3799, 1)];
        assert_eq!(taps(&mut live, &reads), [(0, 1), (3799, 1)]);
    }

    #[test]
    fn two_cards_in_the_field_are_two_taps() {
        let mut live = Taps::timed(SAME_CARD);
        let reads = [(0, 1), (65, 2), (130, 1), (195, 2), (260, 1), (2000, 2)];
        assert_eq!(taps(&mut live, &reads), [(0, 1), (65, 2), (2000, 2)]);
    }

    #[test]
    fn a_reader_that_says_so_ends_a_tap() {
        let mut live = Taps::timed(SAME_CARD);
        assert_eq!(taps(&mut live, &[(0, 1), (10, 1)]), [(0, 1)]);
        live.gone();
        assert_eq!(taps(&mut live, &[(20, 1)]), [(20, 1)]);
    }

    #[test]
    fn no_more_cards_are_remembered_than_fit() {
        let mut live = Taps::timed(SAME_CARD);
        let reads: Vec<(u64, u8)> = (0..100).map(|card| (0, card)).collect();
        assert_eq!(taps(&mut live, &reads).len(), 100);
        assert_eq!(live.recent.len(), RECENT_MAX);
    }

    #[test]
    fn in_a_dump_any_other_card_is_new() {
        let mut dump = Taps::untimed();
        let reads = [(0, 1), (0, 1), (0, 2), (0, 1)];
        assert_eq!(taps(&mut dump, &reads), [(0, 1), (0, 2), (0, 1)]);
    }
}
