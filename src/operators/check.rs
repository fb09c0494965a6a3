//! A claim put to the proof.

use jiff::Timestamp;

use crate::domain::{Pin, Uid};

use super::attempts::{AttemptRules, Attempts};
use super::hash::SlowHash;
use super::roster::PersonId;

/// Who somebody says he is.
#[derive(Clone, Debug)]
pub enum Claim {
    /// That person, who knows his PIN.
    Pin {
        /// Who.
        person: PersonId,
        /// What he typed.
        pin: Pin,
    },
    /// Whoever has this staff card.
    Card(Uid),
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is him.
    Known(PersonId),
    /// Not his PIN; so many more are taken before the pause.
    WrongPin {
        /// 0: the pause begins.
        left: u32,
    },
    /// Nothing is taken from him for so long, in seconds; at least 1.
    Paused {
        /// Left of it.
        seconds: u64,
    },
    /// No operator has this card.
    UnknownCard,
}

/// How one person proves himself.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// His name, under which wrong PINs are counted.
    pub name: String,
    /// His PIN; `None`: he has none.
    pub pin: Option<SlowHash>,
    /// His card, as the site writes UIDs; `None`: he has none.
    pub card: Option<SlowHash>,
}

/// Knows how everybody of the roster proves himself, in its order. Slow on purpose: not for a thread
/// that draws.
#[derive(Clone, Debug)]
pub struct Checker {
    /// In the order of the roster.
    pub people: Vec<Credentials>,
    /// How often a PIN may be guessed.
    pub rules: AttemptRules,
    /// How often it was; to be kept by whoever asks.
    pub attempts: Attempts,
}

impl Checker {
    /// Puts the claim to the proof, and counts it.
    pub fn check(&mut self, claim: &Claim, now: Timestamp) -> Verdict {
        match claim {
            Claim::Pin { person, pin } => self.pin(*person, pin, now),
            Claim::Card(uid) => self.card(uid),
        }
    }

    fn pin(&mut self, person: PersonId, pin: &Pin, now: Timestamp) -> Verdict {
        let Some(own) = self.people.get(person.0) else {
            return Verdict::WrongPin { left: 0 };
        };
        if let Some(left) = self.attempts.paused(&own.name, now, self.rules) {
            let seconds = left.as_secs().saturating_add(1);
            return Verdict::Paused { seconds };
        }
        let known = own.pin.as_ref();
        if known.is_some_and(|hash| hash.is_of(pin.reveal())) {
            self.attempts.right(&own.name);
            return Verdict::Known(person);
        }
        let left = self.attempts.wrong(&own.name, now, self.rules);
        Verdict::WrongPin { left }
    }

    fn card(&self, uid: &Uid) -> Verdict {
        let has = |own: &Credentials| {
            let card = own.card.as_ref();
            card.is_some_and(|hash| hash.is_of(uid.reveal()))
        };
        match self.people.iter().position(has) {
            Some(place) => Verdict::Known(PersonId(place)),
            None => Verdict::UnknownCard,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;

    fn hash(secret: &str) -> SlowHash {
        SlowHash::of(secret, NonZeroU32::new(1_000).unwrap()).unwrap()
    }

    fn checker() -> Checker {
        Checker {
            people: vec![
                Credentials {
                    name: "Анна".into(),
                    pin: Some(hash("1111")),
                    card: None,
                },
                Credentials {
                    name: "Борис".into(),
                    pin: None,
                    card: Some(hash("61366822")),
                },
            ],
            rules: AttemptRules {
                most: 2,
                pause: Duration::from_secs(30),
            },
            attempts: Attempts::default(),
        }
    }

    fn pin(person: usize, pin: &str) -> Claim {
        Claim::Pin {
            person: PersonId(person),
            pin: Pin::parse(pin).unwrap(),
        }
    }

    #[test]
    fn pins_and_cards_are_known_and_guesses_counted() {
        let mut checker = checker();
        let now = Timestamp::UNIX_EPOCH;
        let card = |uid: &str| Claim::Card(Uid::new(uid).unwrap());
        for (claim, verdict) in [
            (pin(0, "1111"), Verdict::Known(PersonId(0))),
            (pin(0, "2222"), Verdict::WrongPin { left: 1 }),
            (card("61366822"), Verdict::Known(PersonId(1))),
            (card("61366823"), Verdict::UnknownCard),
            // Who has no PIN has none that fits.
            (pin(1, "1111"), Verdict::WrongPin { left: 1 }),
            (pin(0, "3333"), Verdict::WrongPin { left: 0 }),
            // Not even the right one.
            (pin(0, "1111"), Verdict::Paused { seconds: 31 }),
            (pin(7, "1111"), Verdict::WrongPin { left: 0 }),
        ] {
            assert_eq!(checker.check(&claim, now), verdict, "{claim:?}");
        }
        let later = Timestamp::from_second(31).unwrap();
        let known = Verdict::Known(PersonId(0));
        assert_eq!(checker.check(&pin(0, "1111"), later), known);
    }

    #[test]
    fn a_claim_shows_no_secret() {
        let shown = format!("{:?} {:?}", pin(0, "1111"), checker());
        assert!(!shown.contains("1111"), "{shown}");
        let card = format!("{:?}", Claim::Card(Uid::new("61366822").unwrap()));
        assert!(!card.contains("61366822"), "{card}");
    }
}
