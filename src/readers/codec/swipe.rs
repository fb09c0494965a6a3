//! A swipe that came as a report: its tracks as the one line that a reader with a cable would send.
//!
//! Reports name their tracks by place, lines by sentinels. Both then mean the same, and pass the
//! same refusal of bank cards (see [`super::typed`]).

use std::time::Duration;

use super::teller::Teller;
use super::typed::TypedText;
use crate::readers::event::RejectReason;

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

    /// No track was there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells what the swipe says.
    pub fn tell(self, meaning: &mut TypedText, teller: &mut Teller, now: Duration) {
        meaning.tell(self.0, None, teller, now);
    }
}
