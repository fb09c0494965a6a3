//! Which families and settings fit what came, the best first, with the reasons.

use super::candidate::{Rank, candidate};
use super::evidence::Evidence;
use super::notation::Writing;
use super::variants::{marked, variants};
use crate::domain::Notation;
use crate::readers::codec::CodecSettings;
use crate::readers::event::{CardRead, Technology};
use crate::readers::family::Family;

/// What the config can say of a reader.
pub struct Proposal {
    /// How it speaks.
    pub family: Family,
    /// What else must be said of it.
    pub settings: CodecSettings,
    /// What it makes of each card.
    pub cards: Vec<CardRead>,
    /// How the site writes their numbers.
    pub writing: Writing,
    /// Why it is proposed.
    pub reasons: Vec<Reason>,
    pub(super) rank: Rank,
}

/// Why something is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The USB id is that of a reader that speaks so.
    KnownDevice,
    /// Its format has a checksum or a form of its own, so that chance does not make a card.
    Checked,
    /// The same card came each time that it was tapped.
    SameEachTime,
    /// The number that was typed is that of the card.
    NumberAgrees,
    /// It always sends so many digits: a shorter line is a damaged one.
    FixedDigits(u8),
    /// Taken for hexadecimal digits, too many of different cards would be without a letter.
    NoLetters,
    /// Only with the last byte first does the number agree with the site's notation.
    Reversed,
}

/// All that fits.
pub struct Proposals {
    /// The best first.
    pub ranked: Vec<Proposal>,
    /// What was held to the reader is none of the site's cards.
    pub unfit: Option<UnfitCard>,
}

/// A card from which nothing can be learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnfitCard {
    /// A bank card.
    Bank,
    /// It makes up a new number each time.
    Random,
}

impl Proposals {
    /// Tries every family under these settings, and keeps what reads the cards and is wanted.
    fn add(
        &mut self,
        evidence: &Evidence,
        variants: &[CodecSettings],
        site: &Site,
        is_wanted: fn(&Proposal) -> bool,
    ) {
        let families = Family::ALL.into_iter();
        for family in families.filter(|family| family.link() == evidence.link) {
            for (place, settings) in variants.iter().enumerate() {
                match candidate(evidence, family, settings, place, site) {
                    Ok(found) if is_wanted(&found) => self.keep(found),
                    Ok(_) => {}
                    Err(unfit) => self.unfit = self.unfit.or(unfit),
                }
            }
        }
    }

    /// Of two that read the same, the better one.
    fn keep(&mut self, found: Proposal) {
        let same = self
            .ranked
            .iter_mut()
            .find(|other| other.family == found.family && same_cards(&other.cards, &found.cards));
        match same {
            None => self.ranked.push(found),
            Some(other) if found.rank < other.rank => *other = found,
            Some(_) => {}
        }
    }

    /// The one that is to be written; none while another would read other cards in its place and
    /// nothing speaks against it.
    pub fn decided(&self) -> Option<&Proposal> {
        match self.rivals().as_slice() {
            [only] => Some(only),
            [] | [_, _, ..] => None,
        }
    }

    /// The best, and all for which as much speaks and that read other cards.
    pub fn rivals(&self) -> Vec<&Proposal> {
        let Some(best) = self.ranked.first() else {
            return Vec::new();
        };
        let mut rivals: Vec<&Proposal> = Vec::new();
        for proposal in &self.ranked {
            if proposal.rank.evidence() == best.rank.evidence()
                && !rivals
                    .iter()
                    .any(|other| same_cards(&other.cards, &proposal.cards))
            {
                rivals.push(proposal);
            }
        }
        rivals
    }
}

/// The site, as far as it is set up already.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// How it writes UIDs.
    pub notation: Notation,
    /// Other readers work with that notation, so that it is right.
    pub is_proved: bool,
    /// What kind of cards it has, where a person said so.
    pub technology: Option<Technology>,
}

/// What fits all that came.
pub fn propose(evidence: &Evidence, site: &Site) -> Proposals {
    let mut proposals = Proposals {
        ranked: Vec::new(),
        unfit: None,
    };
    let Some(first) = evidence.cards.first().and_then(|card| card.taps.first()) else {
        return proposals;
    };
    let variants = variants(site.technology, first);
    proposals.add(evidence, &variants, site, |_| true);
    let is_typed = evidence.cards.iter().any(|card| card.typed.is_some());
    if is_typed && !proposals.ranked.iter().any(number_agrees) {
        for settings in marked(site.technology, first) {
            proposals.add(evidence, &[settings], site, number_agrees);
            if proposals.ranked.iter().any(number_agrees) {
                break;
            }
        }
    }
    proposals.ranked.sort_by_key(|proposal| proposal.rank);
    if let Some((best, others)) = proposals.ranked.split_first_mut()
        && others
            .iter()
            .any(|other| other.rank.lost_for_letters(&best.rank))
    {
        best.reasons.push(Reason::NoLetters);
    }
    if !proposals.ranked.is_empty() {
        proposals.unfit = None;
    }
    proposals
}

fn number_agrees(proposal: &Proposal) -> bool {
    proposal.rank.number_agrees()
}

fn same_cards(one: &[CardRead], other: &[CardRead]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| one.bytes == other.bytes)
}
