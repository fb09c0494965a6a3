//! Which families and settings fit what came, the best first, with the reasons.

use std::cmp::Reverse;

use super::evidence::{CardEvidence, Evidence, Reading, read};
use super::notation::{Writing, writing};
use super::variants::{digits, fixed_digits, variants};
use crate::domain::Notation;
use crate::readers::codec::CodecSettings;
use crate::readers::event::{CardRead, Technology};
use crate::readers::family::Family;

/// Digits of different cards without one letter from which on they are decimal: of so many
/// hexadecimal ones, fewer than one in a thousand would have none.
const DECIMAL_DIGITS_MIN: usize = 16;

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
    rank: Rank,
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

/// Better is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    number: NumberRank,
    checked: Reverse<bool>,
    /// Place among the families of the known device.
    known: usize,
    /// Another name for what is a plain line of one kind of digits: that of a device which this
    /// is not known to be, or the one that leaves the kind open and asks about each card.
    unlikely: bool,
    rejected: usize,
    /// How far the settings are from the usual ones.
    variant: usize,
}

impl Rank {
    /// What can decide between two that read different cards.
    fn evidence(&self) -> (NumberRank, Reverse<bool>, usize) {
        (self.number, self.checked, self.known)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NumberRank {
    Agrees,
    Open,
    Disagrees,
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
    for family in Family::ALL {
        if family.link() != evidence.link {
            continue;
        }
        for (place, settings) in variants.iter().enumerate() {
            match candidate(evidence, family, settings, place, site) {
                Ok(found) => {
                    let is_new = !proposals.ranked.iter().any(|other| {
                        other.family == family && same_cards(&other.cards, &found.cards)
                    });
                    if is_new {
                        proposals.ranked.push(found);
                    }
                }
                Err(unfit) => proposals.unfit = proposals.unfit.or(unfit),
            }
        }
    }
    proposals.ranked.sort_by_key(|proposal| proposal.rank);
    if !proposals.ranked.is_empty() {
        proposals.unfit = None;
    }
    proposals
}

fn candidate(
    evidence: &Evidence,
    family: Family,
    settings: &CodecSettings,
    variant: usize,
    site: &Site,
) -> Result<Proposal, Option<UnfitCard>> {
    let mut settings = settings.clone();
    let (mut cards, rejected) = read_all(&evidence.cards, family, &settings)?;
    if takes_decimal_for_hex(&cards) {
        return Err(None);
    }
    let mut reasons = Vec::new();
    let place = evidence.known.and_then(|known| {
        let mut families = known.families.iter();
        families.position(|name| *name == family.name())
    });
    if place.is_some() {
        reasons.push(Reason::KnownDevice);
    }
    let checked = is_checked(family);
    if checked {
        reasons.push(Reason::Checked);
    } else if let Some(count) = always_so_many(&cards, &settings) {
        settings.digits = Some(count);
        reasons.push(Reason::FixedDigits(count));
        (cards, _) = read_all(&evidence.cards, family, &settings)?;
    }
    if evidence.cards.iter().any(|card| card.taps.len() > 1) {
        reasons.push(Reason::SameEachTime);
    }
    let mut written = written(evidence, &cards, &site.notation);
    if site.is_proved && !matches!(written, Writing::NotAsked | Writing::AsConfigured) {
        let reversed = CodecSettings {
            reversed: true,
            ..settings.clone()
        };
        let (turned, _) = read_all(&evidence.cards, family, &reversed)?;
        if self::written(evidence, &turned, &site.notation) == Writing::AsConfigured {
            (settings, cards, written) = (reversed, turned, Writing::AsConfigured);
            reasons.push(Reason::Reversed);
        }
    }
    let number = match written {
        Writing::AsConfigured | Writing::Named(_) => NumberRank::Agrees,
        Writing::NotAsked | Writing::Several(_) => NumberRank::Open,
        Writing::None => NumberRank::Disagrees,
    };
    if number == NumberRank::Agrees {
        reasons.push(Reason::NumberAgrees);
    }
    Ok(Proposal {
        family,
        settings,
        cards,
        writing: written,
        reasons,
        rank: Rank {
            number,
            checked: Reverse(checked),
            known: place.unwrap_or(usize::MAX),
            unlikely: matches!(family, Family::Text | Family::Twn4) && place.is_none(),
            rejected,
            variant,
        },
    })
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

fn same_cards(one: &[CardRead], other: &[CardRead]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| one.bytes == other.bytes)
}

/// Lines of bare digits are checked by nothing but their length.
const fn is_checked(family: Family) -> bool {
    !matches!(
        family,
        Family::Text | Family::Hex | Family::Decimal | Family::Twn4 | Family::Keyboard
    )
}

/// Every card came with the same count of digits, and one of them shows that it must be so.
fn always_so_many(cards: &[CardRead], settings: &CodecSettings) -> Option<u8> {
    let shown = cards
        .iter()
        .find_map(|read| fixed_digits(&read.raw, settings))?;
    let same = |read: &CardRead| {
        digits(&read.raw, settings).is_some_and(|all| all.len() == usize::from(shown))
    };
    cards.iter().all(same).then_some(shown)
}

/// The digits were taken for hexadecimal ones, but there are so many of different cards without one
/// letter that they are decimal.
fn takes_decimal_for_hex(cards: &[CardRead]) -> bool {
    let usual = CodecSettings::default();
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for read in cards {
        let Some(digits) = digits(&read.raw, &usual) else {
            return false;
        };
        let hex: String = read
            .bytes
            .bytes()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        let is_hex = hex.as_bytes().ends_with(digits) || digits.ends_with(hex.as_bytes());
        if !is_hex || !digits.iter().all(u8::is_ascii_digit) {
            return false;
        }
        if !seen.iter().any(|other| other == digits) {
            seen.push(digits.to_vec());
        }
    }
    seen.iter().map(Vec::len).sum::<usize>() >= DECIMAL_DIGITS_MIN
}
