//! From what frames and lines say to events: for readers that cannot tell that a card has left.

use std::time::Duration;

use super::CodecSettings;
use super::queue::EventQueue;
use super::taps::{SAME_CARD, Taps};
use crate::domain::CardBytes;
use crate::readers::event::{CardRead, Event, Gone, RejectReason, Technology, Warning};
use crate::readers::family::Family;

/// What a whole frame or line says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// A card was read.
    Card(Reading),
    /// No card is at the reader any more.
    Gone,
    /// Something that concerns nobody.
    Nothing,
}

/// A card as a frame or line gives it.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    /// What kind of card it is.
    pub technology: Technology,
    /// Its number.
    pub bytes: CardBytes,
    /// What to doubt.
    pub warning: Option<Warning>,
    /// The reader did not say that the card is out already.
    pub present: bool,
}

impl Reading {
    /// A reading that nothing speaks against.
    pub fn new(technology: Technology, bytes: CardBytes) -> Self {
        let warning = random_uid(technology, &bytes).then_some(Warning::RandomUid);
        Self {
            technology,
            bytes,
            warning,
            present: true,
        }
    }

    /// The same with a doubt; the doubt that was there first stays.
    #[must_use]
    pub fn doubted(mut self, warning: Option<Warning>) -> Self {
        self.warning = self.warning.or(warning);
        self
    }
}

/// A four-byte UID that begins with 08 is made up anew each time.
fn random_uid(technology: Technology, bytes: &CardBytes) -> bool {
    technology == Technology::Mifare
        && bytes.bits() == 32
        && bytes.bytes().len() == 4
        && bytes.bytes().first() == Some(&0x08)
}

/// Makes events, one per tap.
#[derive(Debug)]
pub struct Teller {
    family: Family,
    taps: Taps,
    events: EventQueue,
}

impl Teller {
    /// For a device.
    pub fn live(family: Family, settings: &CodecSettings) -> Self {
        let window = settings.same_card.unwrap_or(SAME_CARD);
        Self::new(family, Taps::timed(window))
    }

    /// For a dump without times.
    pub fn dump(family: Family) -> Self {
        Self::new(family, Taps::untimed())
    }

    fn new(family: Family, taps: Taps) -> Self {
        Self {
            family,
            taps,
            events: EventQueue::default(),
        }
    }

    /// A whole frame or line came at `now`.
    pub fn said(&mut self, raw: Vec<u8>, said: Said, now: Duration) {
        match said {
            Said::Card(reading) => {
                if self.taps.read(&reading.bytes, now) {
                    self.events.push(Event::Card(CardRead {
                        family: self.family,
                        technology: reading.technology,
                        raw,
                        bytes: reading.bytes,
                        present: reading.present,
                        warning: reading.warning,
                    }));
                }
            }
            Said::Gone => {
                self.taps.gone();
                self.events.push(Event::Gone(Gone { raw }));
            }
            Said::Nothing => {}
        }
    }

    /// Bytes that are no card.
    pub fn reject(&mut self, reason: RejectReason, raw: &[u8]) {
        self.events.reject(reason, raw);
    }

    /// The next event.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop()
    }
}
