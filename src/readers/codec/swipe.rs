//! Readers that send a swipe as one report: its tracks as the one line that a reader with a cable
//! would send. How a report holds them differs from family to family.
//!
//! Reports name their tracks by place, lines by sentinels. Both then mean the same, and pass the
//! same refusal of bank cards (see [`super::typed`]).

use std::time::Duration;

use super::teller::Teller;
use super::typed::TypedText;
use super::{Codec, CodecSettings};
use crate::readers::event::{Event, RejectReason};
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

    /// No track was there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells what the swipe says.
    pub fn tell(self, meaning: &mut TypedText, teller: &mut Teller, now: Duration) {
        meaning.tell(self.0, None, teller, now);
    }
}

/// The tracks of one report.
pub type ReadTracks = fn(&[u8]) -> Result<Swipe, RejectReason>;

/// The decoder for a family of such readers.
#[derive(Debug)]
pub struct SwipeCodec {
    tracks: ReadTracks,
    meaning: TypedText,
    teller: Teller,
}

impl SwipeCodec {
    /// For a device.
    pub fn live(family: Family, tracks: ReadTracks, settings: &CodecSettings) -> Self {
        Self {
            tracks,
            meaning: TypedText::new(settings),
            teller: Teller::live(family, settings),
        }
    }

    /// For a dump without times.
    pub fn dump(family: Family, tracks: ReadTracks, settings: &CodecSettings) -> Self {
        Self {
            teller: Teller::dump(family),
            ..Self::live(family, tracks, settings)
        }
    }
}

impl Codec for SwipeCodec {
    fn feed(&mut self, report: &[u8], now: Duration) {
        if report.is_empty() {
            return;
        }
        match (self.tracks)(report) {
            Ok(swipe) => swipe.tell(&mut self.meaning, &mut self.teller, now),
            // Nothing of a damaged report is kept: its tracks may be a bank card's.
            Err(reason) => self.teller.reject(reason, &[]),
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.teller.poll()
    }

    fn on_timeout(&mut self, _now: Duration) {}

    fn deadline(&self) -> Option<Duration> {
        None
    }

    fn finish(&mut self) {}
}
