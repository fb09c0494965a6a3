//! Who works here and may do what.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Most people of one till.
pub const PEOPLE_MAX: usize = 50;

/// What somebody may do. The words are those of `operators.people[].rights` in the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Pay bills.
    Pay,
    /// Give money of today's payments back.
    RefundToday,
    /// Give money of older payments back.
    RefundOlder,
    /// Decide what happened where asking did not settle it.
    Resolve,
    /// Change the settings by the program.
    Settings,
    /// Say yes to what others may not do alone, and to sums above `manager_above`.
    Manager,
}

impl Right {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Pay,
        Self::RefundToday,
        Self::RefundOlder,
        Self::Resolve,
        Self::Settings,
        Self::Manager,
    ];

    /// The words of [`Right::ALL`], in its order.
    pub const WORDS: &'static [&'static str] = &[
        "pay",
        "refund_today",
        "refund_older",
        "resolve",
        "settings",
        "manager",
    ];

    /// Its word in the config, and the last part of its locale key `operators.right.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::RefundToday => "refund_today",
            Self::RefundOlder => "refund_older",
            Self::Resolve => "resolve",
            Self::Settings => "settings",
            Self::Manager => "manager",
        }
    }

    /// The right of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.word() == word)
    }
}

/// A place in the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub usize);

/// Somebody who works at the till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As it stands in the journal.
    pub name: String,
    /// What he may do.
    pub rights: Vec<Right>,
    /// He can prove himself by a PIN; otherwise only by his card.
    pub has_pin: bool,
}

/// Whether somebody may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// He may.
    Yes,
    /// He may once one of these says yes; never empty.
    WithYesOf(Vec<PersonId>),
    /// Nobody here can let him.
    No,
}

/// Everybody, and how the till treats them. Empty: nobody logs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    people: Vec<Person>,
    /// Without a key for so long the till locks itself; `None`: never.
    lock_after: Option<Duration>,
}

impl Roster {
    /// These people; what is above [`PEOPLE_MAX`] is left out.
    pub fn new(mut people: Vec<Person>, lock_after: Option<Duration>) -> Self {
        people.truncate(PEOPLE_MAX);
        Self { people, lock_after }
    }

    /// The site has operators: somebody must log in.
    pub const fn is_used(&self) -> bool {
        !self.people.is_empty()
    }

    /// Without a key for so long the till locks itself; `None`: never.
    pub const fn lock_after(&self) -> Option<Duration> {
        self.lock_after
    }

    /// Everybody, in the order of the config.
    pub fn ids(&self) -> Vec<PersonId> {
        (0..self.people.len()).map(PersonId).collect()
    }

    /// The person, where there is one.
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(id.0)
    }

    /// His name; empty where there is nobody.
    pub fn name(&self, id: PersonId) -> &str {
        self.person(id).map_or("", |person| &person.name)
    }

    /// Whoever has that name; upper and lower case alike.
    pub fn find(&self, name: &str) -> Option<PersonId> {
        let wanted = name.trim().to_lowercase();
        let mut ids = self.ids().into_iter();
        ids.find(|&id| self.name(id).to_lowercase() == wanted)
    }

    /// He has the right himself.
    pub fn has(&self, id: PersonId, right: Right) -> bool {
        let person = self.person(id);
        person.is_some_and(|person| person.rights.contains(&right))
    }

    /// Everybody who has the right.
    pub fn who_has(&self, right: Right) -> Vec<PersonId> {
        let ids = self.ids().into_iter();
        ids.filter(|&id| self.has(id, right)).collect()
    }

    /// Managers who have the right: their yes lets others do it once.
    pub fn who_lets(&self, right: Right) -> Vec<PersonId> {
        let have = self.who_has(right).into_iter();
        have.filter(|&id| self.has(id, Right::Manager)).collect()
    }

    /// Whether he may do it: by himself, or with a manager's yes.
    pub fn allows(&self, id: PersonId, right: Right) -> Allowed {
        if self.has(id, right) {
            return Allowed::Yes;
        }
        let managers = self.who_lets(right);
        if managers.is_empty() {
            Allowed::No
        } else {
            Allowed::WithYesOf(managers)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(name: &str, rights: &[Right]) -> Person {
        Person {
            name: name.into(),
            rights: rights.to_vec(),
            has_pin: true,
        }
    }

    #[test]
    fn words_are_their_own_inverse() {
        for right in Right::ALL {
            assert_eq!(Right::of_word(right.word()), Some(right));
            let json = serde_json::to_string(&right).unwrap();
            assert_eq!(json, format!("\"{}\"", right.word()));
        }
        assert_eq!(Right::of_word("Pay"), None);
        assert_eq!(Right::ALL.map(Right::word), Right::WORDS);
    }

    #[test]
    fn who_may_not_may_with_the_yes_of_a_manager_who_may() {
        let roster = Roster::new(
            vec![
                person("Кассир", &[Right::Pay]),
                person("Старший", &[Right::Pay, Right::RefundToday]),
                person("Менеджер", &[Right::RefundToday, Right::Manager]),
            ],
            None,
        );
        let [cashier, senior, manager] = [0, 1, 2].map(PersonId);
        assert_eq!(roster.allows(cashier, Right::Pay), Allowed::Yes);
        assert_eq!(roster.allows(senior, Right::RefundToday), Allowed::Yes);
        assert_eq!(
            roster.allows(cashier, Right::RefundToday),
            Allowed::WithYesOf(vec![manager])
        );
        // The manager cannot lend what he does not have, and a senior is no manager.
        assert_eq!(roster.allows(cashier, Right::Resolve), Allowed::No);
        assert_eq!(roster.allows(manager, Right::Pay), Allowed::No);
        assert_eq!(
            roster.allows(senior, Right::Manager),
            Allowed::WithYesOf(vec![manager])
        );
        assert_eq!(roster.find(" менеджер "), Some(manager));
        assert_eq!(roster.find("Никто"), None);
    }

    fn rosters() -> impl Strategy<Value = Roster> {
        let rights = proptest::collection::vec(proptest::sample::select(Right::ALL.to_vec()), 0..6);
        let people = proptest::collection::vec(rights, 0..60);
        people.prop_map(|all| {
            let people = all.iter().enumerate();
            let people = people.map(|(n, rights)| person(&n.to_string(), rights));
            Roster::new(people.collect(), None)
        })
    }

    proptest! {
        #[test]
        fn a_yes_comes_only_from_managers_who_may_do_it_themselves(
            roster in rosters(), who in 0_usize..70, right in 0_usize..6,
        ) {
            let right = Right::ALL[right];
            prop_assert!(roster.ids().len() <= PEOPLE_MAX);
            match roster.allows(PersonId(who), right) {
                Allowed::Yes => prop_assert!(roster.has(PersonId(who), right)),
                Allowed::No => prop_assert!(roster.who_lets(right).is_empty()),
                Allowed::WithYesOf(managers) => {
                    prop_assert!(!managers.is_empty());
                    for manager in managers {
                        prop_assert!(roster.has(manager, Right::Manager));
                        prop_assert!(roster.has(manager, right));
                    }
                }
            }
        }
    }
}
