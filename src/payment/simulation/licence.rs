//! The simulated licence that counts payments, and what must hold of its numbers.
//!
//! Whether a refusal uses its number up and whether answers are remembered differs from site to
//! site, since no source tells. Its numbers are drawn apart from the course's own, so that a seed is
//! the same course at sites with and without it.

use std::collections::BTreeMap;

use super::books::{Books, Refusal, Write, words};
use super::rng::Rng;
use crate::payment::ports::Ticket;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::PaymentId;

/// Of a hundred payments that arrive, how many find that another program used a number.
const MOVED: u64 = 6;
/// And how many that r_keeper forgot the installation.
const FORGOTTEN: u64 = 2;

type Place = (String, u64);

pub(super) struct Licence {
    rng: Rng,
    /// A refused request uses its number up.
    errors_count: bool,
    /// A repeat is answered from memory.
    remembers: bool,
    /// Nobody else touches the count any more.
    calm: bool,
    instances: BTreeMap<String, Counted>,
    /// What left under which number.
    left: BTreeMap<Place, (usize, Vec<u8>)>,
    /// How often a number was not taken, for a look at what was reached.
    pub(super) refused: u64,
    pub(super) answered_again: u64,
}

struct Counted {
    last: u64,
    /// `None`: another program's.
    body: Option<Vec<u8>>,
    answer: Result<(), Refusal>,
}

/// The first word of a payment that carries a number.
pub(super) fn pay_word(ticket: &Ticket) -> String {
    format!("pay@{}@{}", ticket.instance, ticket.number)
}

fn place(body: &[u8]) -> Option<Place> {
    let (_, rest) = words(body)[0].split_once('@')?;
    let (instance, number) = rest.split_once('@')?;
    Some((instance.to_owned(), number.parse().ok()?))
}

impl Licence {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(!seed);
        Self {
            errors_count: rng.chance(50),
            remembers: rng.chance(80),
            rng,
            calm: false,
            instances: BTreeMap::new(),
            left: BTreeMap::new(),
            refused: 0,
            answered_again: 0,
        }
    }

    pub(super) const fn end(&mut self) {
        self.calm = true;
    }

    fn next(&self, instance: &str) -> u64 {
        self.instances.get(instance).map_or(0, |own| own.last + 1)
    }

    /// What others do to the count.
    fn others_act(&mut self, instance: &str) {
        if self.calm {
            return;
        }
        if self.rng.chance(FORGOTTEN) {
            self.instances.remove(instance);
        } else if self.rng.chance(MOVED) {
            let last = self.next(instance);
            let others = Counted {
                last,
                body: None,
                answer: Ok(()),
            };
            self.instances.insert(instance.to_owned(), others);
        }
    }
}

impl Books {
    pub(super) fn next_number(&self, instance: &str) -> u64 {
        self.licence.next(instance)
    }

    /// A payment arrives; where it carries a number, that comes first.
    pub(super) fn pay_counted(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let Some((instance, number)) = place(body) else {
            return self.pay(body);
        };
        self.licence.others_act(&instance);
        let licence = &mut self.licence;
        if let Some(own) = licence.instances.get(&instance)
            && own.last == number
            && own.body.as_deref() == Some(body)
            && licence.remembers
        {
            licence.answered_again += 1;
            return own.answer.clone();
        }
        if number != licence.next(&instance) {
            licence.refused += 1;
            let problem = Problem::of(Server::Rkeeper, Reason::LicenceNumber, "");
            return Err(Refusal::No(problem));
        }
        let answer = self.pay(body);
        if answer.is_ok() || self.licence.errors_count {
            let counted = Counted {
                last: number,
                body: Some(body.to_vec()),
                answer: answer.clone(),
            };
            self.licence.instances.insert(instance, counted);
        }
        answer
    }

    /// A number goes with other bytes only where r_keeper has not taken it, and nobody may still
    /// want it for the bytes that it went with before.
    pub(super) fn number_leaves(&mut self, till: usize, write: &Write) {
        let Write::Pay(body) = write else { return };
        let Some(place) = place(body) else { return };
        let before = self
            .licence
            .left
            .insert(place.clone(), (till, body.clone()));
        let Some((till, other)) = before.filter(|(_, other)| other != body) else {
            return;
        };
        let taken = self.licence.next(&place.0) > place.1;
        let payment: PaymentId = words(&other)[1].parse().unwrap();
        let progress = self.programs[till].disk.progress.get(&payment);
        let wanted = words(body)[1] != words(&other)[1]
            && progress.is_some_and(|progress| progress.phase.may_still_pay());
        // A number that others use up unseen is found out only by asking.
        let unseen = self.licence.instances.get(&place.0);
        let by_others = unseen.is_some_and(|own| own.body.is_none());
        if wanted || (taken && !by_others) {
            let number = place.1;
            self.violated("I26", || format!("number {number} goes with other bytes"));
        }
    }
}
