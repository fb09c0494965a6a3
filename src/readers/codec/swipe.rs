//! A swipe that came as a report: its tracks as the one line that a reader with a cable would send.
//!
//! Reports name their tracks by place, lines by sentinels. Both then mean the same, and pass the
//! same refusal of bank cards (see [`super::text`]).

use std::time::Duration;

use super::recent::Recent;
use super::{CodecSettings, text};
use crate::readers::event::{CardRead, Event, RejectReason, Rejected};
use crate::readers::family::Family;

/// How a line shows a track that could not be read, by track.
const UNREADABLE: [&[u8]; 3] = [b"%E?", b";E?", b"+E?"];

/// The tracks of one swipe, as a line.
///
/// It may hold a bank card, so it has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Swipe(Vec<u8>);

impl Swipe {
    /// Adds a track that was read; one without data is not on the card.
    pub fn add(&mut self, data: &[u8]) -> Result<(), RejectReason> {
        if !data.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return Err(RejectReason::BadByte);
        }
        self.0.extend(data);
        Ok(())
    }

    /// Adds a track that is there and could not be read.
    pub fn unreadable(&mut self, track: usize) {
        self.0
            .extend(UNREADABLE.get(track).copied().unwrap_or_default());
    }

    /// What the swipe tells; nothing for the same card again.
    pub fn event(
        self,
        family: Family,
        settings: &CodecSettings,
        recent: &mut Recent,
        now: Duration,
    ) -> Option<Event> {
        match text::meaning(&self.0, settings) {
            Err(text::NotACard { reason, keep }) => {
                let raw = if keep { &self.0[..] } else { &[] };
                Some(Event::Rejected(Rejected::new(reason, raw)))
            }
            Ok(card) if recent.again(&card.bytes, now) => None,
            Ok(card) => Some(Event::Card(CardRead {
                family,
                technology: card.technology,
                raw: self.0,
                bytes: card.bytes,
                present: false,
                warning: card.warning,
            })),
        }
    }
}
