//! What came, and what a family makes of it.

use crate::readers::codec::CodecSettings;
use crate::readers::device::{Known, Link};
use crate::readers::event::{CardRead, Event, RejectReason, Warning};
use crate::readers::family::Family;
use crate::readers::transport::Recording;

/// Everything that is known of a reader that is being learnt.
pub struct Evidence {
    /// How it is reached.
    pub link: Link,
    /// What its USB id says, where it says something.
    pub known: Option<&'static Known>,
    /// The cards that were tapped, the first of them twice at least.
    pub cards: Vec<CardEvidence>,
}

/// One card.
///
/// It holds what a guest's card says, so it has no `Debug`.
pub struct CardEvidence {
    /// What came at each tap.
    pub taps: Vec<Recording>,
    /// The number that a person read off the card, as typed.
    pub typed: Option<String>,
}

/// What a family makes of one card.
pub(super) enum Reading {
    /// The same card at each tap, and nothing else.
    Card {
        read: CardRead,
        /// Rejected frames and lines beside it.
        rejected: usize,
    },
    /// Not that.
    Nothing,
    /// A bank card.
    BankCard,
    /// A card that makes up a number each time.
    RandomUid,
}

/// What a family with these settings makes of a card.
pub(super) fn read(card: &CardEvidence, family: Family, settings: &CodecSettings) -> Reading {
    let mut found: Option<CardRead> = None;
    let mut rejected = 0;
    for tap in &card.taps {
        let mut in_this_tap = false;
        for (_, event) in tap.events_of(family, settings) {
            match event {
                Event::Card(read) if read.warning == Some(Warning::RandomUid) => {
                    return Reading::RandomUid;
                }
                Event::Card(read) => {
                    in_this_tap = true;
                    let first = found.get_or_insert_with(|| read.clone());
                    if first.bytes != read.bytes || first.technology != read.technology {
                        return Reading::Nothing;
                    }
                }
                Event::Gone(_) => {}
                Event::Rejected(why) if why.reason == RejectReason::BankCard => {
                    return Reading::BankCard;
                }
                Event::Rejected(_) => rejected += 1,
            }
        }
        if !in_this_tap {
            return Reading::Nothing;
        }
    }
    found.map_or(Reading::Nothing, |read| Reading::Card { read, rejected })
}
