//! `[operators]`: the people who work at the till.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::Fault;
use super::secret::Secret;
use crate::operators::{
    AttemptRules, Attempts, Checker, Credentials, PEOPLE_MAX, Person, Right, Roster,
};

/// Who works here; nobody named: nobody logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operators {
    /// Seconds without a key after which the till locks itself; 0: never.
    pub lock_after_s: u64,
    /// Wrong PINs of one person in a row, then nothing is taken from him for a while.
    pub attempts: u32,
    /// Seconds of the first pause.
    pub pause_s: u64,
    /// The people.
    pub people: Vec<PersonSettings>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSettings {
    /// As it is shown and journalled.
    pub name: String,
    /// What he may do.
    pub rights: Vec<Right>,
    /// Hash of his PIN, by `config operator`; empty: he has none.
    #[serde(default)]
    pub pin: Secret,
    /// Hash of his staff card's UID; empty: he has none.
    #[serde(default)]
    pub card: Secret,
}

impl Default for Operators {
    fn default() -> Self {
        Self {
            lock_after_s: 300,
            attempts: 5,
            pause_s: 60,
            people: vec![],
        }
    }
}

impl Operators {
    /// Who may do what.
    pub fn roster(&self) -> Roster {
        let person = |own: &PersonSettings| Person {
            name: own.name.clone(),
            rights: own.rights.clone(),
            has_pin: own.pin.is_set(),
        };
        let people = self.people.iter().map(person).collect();
        let lock_after = (self.lock_after_s > 0).then(|| Duration::from_secs(self.lock_after_s));
        Roster::new(people, lock_after)
    }

    /// How they prove themselves. `attempts`: what was guessed before.
    pub fn checker(&self, attempts: Attempts) -> Checker {
        // A hash that is none was found when the file was read.
        let hash = |secret: &Secret| secret.reveal().parse().ok();
        let own = |own: &PersonSettings| Credentials {
            name: own.name.clone(),
            pin: hash(&own.pin),
            card: hash(&own.card),
        };
        Checker {
            people: self.people.iter().take(PEOPLE_MAX).map(own).collect(),
            rules: AttemptRules {
                most: self.attempts,
                pause: Duration::from_secs(self.pause_s),
            },
            attempts,
        }
    }
}

/// What is wrong between people who are right by themselves, with the path of the key concerned.
pub(super) fn together(operators: &Operators) -> Vec<(String, Fault)> {
    let mut wrong = Vec::new();
    let people = &operators.people;
    if people.len() > PEOPLE_MAX {
        let key = "operators.people".to_owned();
        wrong.push((format!("{key}[{PEOPLE_MAX}]"), Fault::TooManyPeople(key)));
    }
    for (index, person) in people.iter().enumerate() {
        let same = |other: &PersonSettings| {
            other.name.trim().to_lowercase() == person.name.trim().to_lowercase()
        };
        let key = |name: &str| format!("operators.people[{index}].{name}");
        if people.iter().take(index).any(same) {
            let (key, value) = (key("name"), person.name.clone());
            wrong.push((key.clone(), Fault::ValueTwice { key, value }));
        }
        if person.name.trim().is_empty() {
            wrong.push((key("name"), Fault::BadNames(key("name"))));
        }
        if !person.pin.is_set() && !person.card.is_set() {
            let section = format!("operators.people[{index}]");
            wrong.push((section, Fault::NoProof(person.name.clone())));
        }
    }
    wrong
}
