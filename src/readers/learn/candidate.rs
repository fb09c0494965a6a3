//! One family under one variant of its settings: does it read every card, and what speaks for it.

use std::cmp::Reverse;

use super::evidence::{CardEvidence, Evidence, Reading, read};
use super::notation::{Writing, writing};
use super::propose::{Proposal, Reason, Site, UnfitCard};
use super::radix::lacks_letters;
use super::variants::{digits, fixed_digits};
use crate::domain::Notation;
use crate::readers::codec::CodecSettings;
use crate::readers::event::CardRead;
use crate::readers::family::Family;

/// Better is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    number: NumberRank,
    checked: Reverse<bool>,
    /// Place among the families of the known device.
    known: usize,
    /// It takes digits for hexadecimal ones that are decimal by all appearances.
    lacks_letters: bool,
    /// Another name for what is a plain line of one kind of digits: that of a device which this
    /// is not known to be, or the one that leaves the kind open and asks about each card.
    unlikely: bool,
    /// A card of it pays only after the cashier's yes.
    doubtful: bool,
    rejected: usize,
    /// How far the settings are from the usual ones.
    variant: usize,
}

impl Rank {
    /// What can decide between two that read different cards.
    pub(super) fn evidence(&self) -> (NumberRank, Reverse<bool>, usize, bool, bool) {
        (
            self.number,
            self.checked,
            self.known,
            self.lacks_letters,
            self.unlikely,
        )
    }

    /// The number that was typed is that of the card.
    pub(super) fn number_agrees(&self) -> bool {
        self.number == NumberRank::Agrees
    }

    /// Nothing but the missing letters speaks against it, beside the better one.
    pub(super) fn lost_for_letters(&self, better: &Self) -> bool {
        let same = (self.number, self.checked, self.known)
            == (better.number, better.checked, better.known);
        same && self.lacks_letters && !better.lacks_letters
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NumberRank {
    Agrees,
    Open,
    Disagrees,
}

/// One family under one variant of its settings, held against all that came.
pub(super) fn candidate(
    evidence: &Evidence,
    family: Family,
    settings: &CodecSettings,
    variant: usize,
    site: &Site,
) -> Result<Proposal, Option<UnfitCard>> {
    let (cards, rejected) = read_all(&evidence.cards, family, settings)?;
    let mut reading = Candidate {
        evidence,
        family,
        settings: settings.clone(),
        cards,
        reasons: Vec::new(),
    };
    let families = evidence.known.map_or(&[][..], |known| known.families);
    let place = families.iter().position(|name| *name == family.name());
    if place.is_some() {
        reading.reasons.push(Reason::KnownDevice);
    }
    let checked = is_checked(family);
    if checked {
        reading.reasons.push(Reason::Checked);
    }
    reading.count_digits(checked)?;
    if evidence.cards.iter().any(|card| card.taps.len() > 1) {
        reading.reasons.push(Reason::SameEachTime);
    }
    let writing = reading.writing(site)?;
    let number = match writing {
        Writing::AsConfigured | Writing::Named(_) | Writing::Several(_) => NumberRank::Agrees,
        Writing::NotAsked => NumberRank::Open,
        Writing::None => NumberRank::Disagrees,
    };
    if number == NumberRank::Agrees {
        reading.reasons.push(Reason::NumberAgrees);
    }
    let rank = Rank {
        number,
        checked: Reverse(checked),
        known: place.unwrap_or(usize::MAX),
        lacks_letters: lacks_letters(&reading.cards, &reading.settings),
        unlikely: matches!(family, Family::Text | Family::Twn4) && place.is_none(),
        doubtful: !all_certain(&reading.cards),
        rejected,
        variant,
    };
    Ok(Proposal {
        family,
        settings: reading.settings,
        cards: reading.cards,
        writing,
        reasons: reading.reasons,
        rank,
    })
}

/// A family with settings under which every card is read.
struct Candidate<'a> {
    evidence: &'a Evidence,
    family: Family,
    settings: CodecSettings,
    cards: Vec<CardRead>,
    reasons: Vec<Reason>,
}

impl Candidate<'_> {
    /// Sets how many digits there always are, where that can be said and helps.
    fn count_digits(&mut self, checked: bool) -> Result<(), Option<UnfitCard>> {
        let Some(count) = always_so_many(&self.cards, &self.settings, checked) else {
            return Ok(());
        };
        let settings = CodecSettings {
            digits: Some(count),
            ..self.settings.clone()
        };
        let (cards, _) = read_all(&self.evidence.cards, self.family, &settings)?;
        if !checked || all_certain(&cards) {
            (self.settings, self.cards) = (settings, cards);
            self.reasons.push(Reason::FixedDigits(count));
        }
        Ok(())
    }

    /// How the site writes these cards. Where its notation is right already, the reader is turned
    /// rather than the notation changed.
    fn writing(&mut self, site: &Site) -> Result<Writing, Option<UnfitCard>> {
        let found = written(self.evidence, &self.cards, &site.notation);
        if !site.is_proved || matches!(found, Writing::NotAsked | Writing::AsConfigured) {
            return Ok(found);
        }
        let settings = CodecSettings {
            reversed: true,
            ..self.settings.clone()
        };
        let (cards, _) = read_all(&self.evidence.cards, self.family, &settings)?;
        if written(self.evidence, &cards, &site.notation) != Writing::AsConfigured {
            return Ok(found);
        }
        (self.settings, self.cards) = (settings, cards);
        self.reasons.push(Reason::Reversed);
        Ok(Writing::AsConfigured)
    }
}

/// What the family makes of every card, with the count of what it rejected.
fn read_all(
    cards: &[CardEvidence],
    family: Family,
    settings: &CodecSettings,
) -> Result<(Vec<CardRead>, usize), Option<UnfitCard>> {
    let mut reads = Vec::new();
    let mut count = 0;
    for card in cards {
        match read(card, family, settings) {
            Reading::Card { read, rejected } => {
                reads.push(read);
                count += rejected;
            }
            Reading::Nothing => return Err(None),
            Reading::BankCard => return Err(Some(UnfitCard::Bank)),
            Reading::RandomUid => return Err(Some(UnfitCard::Random)),
        }
    }
    Ok((reads, count))
}

fn written(evidence: &Evidence, cards: &[CardRead], site: &Notation) -> Writing {
    let typed = cards
        .iter()
        .zip(&evidence.cards)
        .filter_map(|(read, card)| Some((&read.bytes, card.typed.as_deref()?)));
    writing(typed, site)
}

/// Lines of bare digits are checked by nothing but their length.
const fn is_checked(family: Family) -> bool {
    !matches!(
        family,
        Family::Text | Family::Hex | Family::Decimal | Family::Twn4 | Family::Keyboard
    )
}

fn all_certain(cards: &[CardRead]) -> bool {
    cards.iter().all(CardRead::certain)
}

/// Every card came with the same count of digits, and it must be so: one of them shows it, or the
/// format has frames of one length, of which it must be said which one.
fn always_so_many(cards: &[CardRead], settings: &CodecSettings, framed: bool) -> Option<u8> {
    let shown = if framed {
        let read = cards.first().filter(|_| !all_certain(cards))?;
        u8::try_from(digits(&read.raw, settings)?.len()).ok()?
    } else {
        cards
            .iter()
            .find_map(|read| fixed_digits(&read.raw, settings))?
    };
    let same = |read: &CardRead| {
        digits(&read.raw, settings).is_some_and(|all| all.len() == usize::from(shown))
    };
    cards.iter().all(same).then_some(shown)
}
