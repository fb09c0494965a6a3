//! The card that was told last, for readers that cannot tell that a card has left.

use std::time::Duration;

use super::CodecSettings;
use crate::domain::CardBytes;

/// The same card within this time after its last read is the same tap.
pub const SAME_CARD: Duration = Duration::from_secs(2);

/// Remembers the last card.
#[derive(Debug)]
pub struct Recent {
    /// None in a dump without times: there the same card in a row is one event.
    window: Option<Duration>,
    last: Option<(CardBytes, Duration)>,
}

impl Recent {
    /// For a live reader.
    pub fn timed(settings: &CodecSettings) -> Self {
        Self {
            window: Some(settings.same_card.unwrap_or(SAME_CARD)),
            last: None,
        }
    }

    /// For a dump without times.
    pub fn untimed() -> Self {
        Self {
            window: None,
            last: None,
        }
    }

    /// The card was told already and has not been away since. The time counts from its last read.
    pub fn again(&mut self, card: &CardBytes, now: Duration) -> bool {
        let again = self.last.as_ref().is_some_and(|(last, at)| {
            last == card
                && self
                    .window
                    .is_none_or(|window| now < at.saturating_add(window))
        });
        self.last = Some((card.clone(), now));
        again
    }
}
