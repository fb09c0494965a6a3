//! Whether a card lies on a reader that repeats its frame as long as it does.

use std::time::Duration;

use crate::domain::CardBytes;

/// Silence after which the card has left: about five missed frames, as the repeats come every 50
/// to 65 ms.
pub const SILENCE: Duration = Duration::from_millis(300);

/// What a frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A card arrived, or took the place of another.
    Arrived,
    /// The card still lies there.
    Still,
    /// Another card, seen once. Of two cards in the field the frames alternate; only a second
    /// equal frame in a row makes it the present card.
    Unconfirmed,
}

/// The card that lies on a reader with repeating frames.
#[derive(Debug)]
pub struct Presence {
    timed: bool,
    present: Option<CardBytes>,
    candidate: Option<CardBytes>,
    last_seen: Duration,
}

impl Presence {
    /// For a live reader.
    pub fn timed() -> Self {
        Self {
            timed: true,
            present: None,
            candidate: None,
            last_seen: Duration::ZERO,
        }
    }

    /// For a dump without times: nothing expires, another card is believed at once.
    pub fn untimed() -> Self {
        Self {
            timed: false,
            ..Self::timed()
        }
    }

    /// A whole frame came.
    pub fn frame(&mut self, card: &CardBytes, now: Duration) -> Seen {
        let same = self.present.as_ref().map(|present| present == card);
        let seen = match same {
            Some(true) => Seen::Still,
            Some(false) if self.timed && self.candidate.as_ref() != Some(card) => Seen::Unconfirmed,
            Some(false) | None => Seen::Arrived,
        };
        match seen {
            Seen::Unconfirmed => self.candidate = Some(card.clone()),
            Seen::Arrived | Seen::Still => {
                self.present = Some(card.clone());
                self.candidate = None;
                self.last_seen = now;
            }
        }
        seen
    }

    /// When the present card is gone, if it is not seen again.
    pub fn deadline(&self) -> Option<Duration> {
        (self.timed && self.present.is_some()).then(|| self.last_seen.saturating_add(SILENCE))
    }

    /// True when the card has just been gone for long enough.
    pub fn expire(&mut self, now: Duration) -> bool {
        let gone = self.deadline().is_some_and(|deadline| now >= deadline);
        if gone {
            self.present = None;
            self.candidate = None;
        }
        gone
    }
}
