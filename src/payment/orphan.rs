//! What a server has and the journal has not, or the other way round: found by looking back, kept as
//! notes in the journal until it is settled.
//!
//! Nothing is undone because of an orphan: who knows what became of a payment that nobody wrote
//! down? A person looks at both servers, and says so with name and reason.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Money, OrderGuid};

use super::sale::PaymentId;

// What names its checks.
pub use super::ports::OperationId;

/// Length of a payment's name as it is written in markers and references.
const NAME_LEN: usize = 36;

/// How servers and journal disagree about a payment of this till.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrphanKind {
    /// Its name was made with this journal's key, and the journal has no row of it.
    NotInJournal,
    /// By the journal nothing of it stands, and a server shows something of it.
    NotBelieved,
    /// By the journal it stands, and a server does not show (all of) it any more.
    Missing,
    /// A server shows more of it than the journal has.
    TooMuch,
}

impl OrphanKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::NotInJournal,
        Self::NotBelieved,
        Self::Missing,
        Self::TooMuch,
    ];

    /// Its word for scripts, and the last part of its locale key `orphan.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotInJournal => "not_in_journal",
            Self::NotBelieved => "not_believed",
            Self::Missing => "missing",
            Self::TooMuch => "too_much",
        }
    }
}

/// One server's sum beside the journal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// What the server shows, returns taken off.
    pub shown: Money,
    /// What it should show by the journal.
    pub believed: Money,
}

impl Sums {
    /// By how much they differ, without a sign.
    pub fn difference(self) -> Money {
        let (more, less) = if self.shown < self.believed {
            (self.believed, self.shown)
        } else {
            (self.shown, self.believed)
        };
        more.checked_sub(less).unwrap_or(Money::CEILING)
    }
}

/// A payment of this till about which servers and journal disagree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// Its name.
    pub payment: PaymentId,
    /// How they disagree.
    pub kind: OrphanKind,
    /// What Lime has of it; `None` where that is not known.
    pub wallet: Option<Sums>,
    /// Lime's checks of it, debits and returns, oldest first.
    pub operations: Vec<OperationId>,
    /// What r_keeper has of it; `None` where that is not known.
    pub pos: Option<Sums>,
    /// The order, where it is known.
    pub order: Option<OrderGuid>,
    /// As the waiters see it.
    pub order_name: Option<String>,
    /// Number of the receipt that shows it.
    pub check_num: Option<String>,
}

impl Orphan {
    /// How much money it is about: the larger difference.
    pub fn sum(&self) -> Money {
        [self.wallet, self.pos]
            .into_iter()
            .flatten()
            .map(Sums::difference)
            .max()
            .unwrap_or(Money::ZERO)
    }

    /// Whether it is about more than it was when it was looked at before. What cannot be seen any
    /// more (an order after the shift) is no news.
    pub fn has_grown_since(&self, before: &Self) -> bool {
        let more = |now: Option<Sums>, then: Option<Sums>| {
            let difference = |sums: Option<Sums>| sums.map_or(Money::ZERO, Sums::difference);
            difference(now) > difference(then)
        };
        more(self.wallet, before.wallet)
            || more(self.pos, before.pos)
            || self
                .operations
                .iter()
                .any(|operation| !before.operations.contains(operation))
    }
}

/// A row about orphans; it belongs to no payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Looking back found one, or more of it than before.
    OrphanFound {
        /// What was found.
        orphan: Orphan,
    },
    /// Looking back again, servers and journal agree.
    OrphanGone {
        /// Of which payment.
        payment: PaymentId,
    },
    /// A person knows of it and has put right what had to be.
    OrphanSettled {
        /// Of which payment.
        payment: PaymentId,
        /// Who says so.
        operator: String,
        /// The manager who said yes to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approver: Option<String>,
        /// Why.
        reason: String,
    },
}

impl Note {
    /// The `note` of every one of them.
    pub const WORDS: [&'static str; 3] = ["orphan_found", "orphan_gone", "orphan_settled"];
}

/// A person's word about an orphan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub operator: String,
    /// Why.
    pub reason: String,
}

/// An orphan with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As it was found last.
    pub orphan: Orphan,
    /// When it was found first, or found to be more.
    pub found_at: Timestamp,
    /// `None` while it needs a person.
    pub settled: Option<Settled>,
}

/// All orphans, as the notes add up, by payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orphans(BTreeMap<PaymentId, Kept>);

impl Orphans {
    /// The orphans that these notes add up to.
    pub fn replay(notes: impl IntoIterator<Item = (Timestamp, Note)>) -> Self {
        let mut orphans = Self::default();
        for (at, note) in notes {
            orphans.take(at, note);
        }
        orphans
    }

    /// Takes a note in.
    pub fn take(&mut self, at: Timestamp, note: Note) {
        match note {
            Note::OrphanFound { orphan } => {
                let kept = Kept {
                    found_at: at,
                    settled: None,
                    orphan,
                };
                self.0.insert(kept.orphan.payment, kept);
            }
            Note::OrphanGone { payment } => {
                self.0.remove(&payment);
            }
            Note::OrphanSettled {
                payment,
                operator,
                approver: _,
                reason,
            } => {
                if let Some(kept) = self.0.get_mut(&payment) {
                    kept.settled = Some(Settled {
                        at,
                        operator,
                        reason,
                    });
                }
            }
        }
    }

    /// The one of that payment, settled or not.
    pub fn of(&self, payment: PaymentId) -> Option<&Kept> {
        self.0.get(&payment)
    }

    /// Those that need a person, oldest payment first.
    pub fn open(&self) -> Vec<Orphan> {
        let open = self.0.values().filter(|kept| kept.settled.is_none());
        open.map(|kept| kept.orphan.clone()).collect()
    }

    /// All of them, oldest payment first.
    pub fn all(&self) -> impl Iterator<Item = &Kept> {
        self.0.values()
    }
}

/// What all of them are about together.
pub fn sum(orphans: &[Orphan]) -> Money {
    Money::total(orphans.iter().map(Orphan::sum)).unwrap_or(Money::CEILING)
}

/// The payment that a marker or reference names, wherever in it the name stands.
pub fn named(text: &str) -> Option<PaymentId> {
    let bytes = text.as_bytes();
    bytes.windows(NAME_LEN).find_map(|window| {
        let dashes = [8, 13, 18, 23]
            .iter()
            .all(|&at| window.get(at) == Some(&b'-'));
        let word = std::str::from_utf8(window).ok().filter(|_| dashes)?;
        Uuid::try_parse(word).ok().map(PaymentId::from_uuid)
    })
}

/// When a name was made, as it says itself (a label: the clock may have been wrong).
pub fn made_at(payment: PaymentId) -> Timestamp {
    let millis = payment
        .as_bytes()
        .iter()
        .take(6)
        .fold(0_i64, |millis, byte| (millis << 8) | i64::from(*byte));
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> PaymentId {
        PaymentId::from_uuid(Uuid::from_u128(number))
    }

    fn sums(shown: i64, believed: i64) -> Sums {
        Sums {
            shown: Money::from_kopecks(shown),
            believed: Money::from_kopecks(believed),
        }
    }

    fn orphan(wallet: Option<Sums>, pos: Option<Sums>, operations: &[&str]) -> Orphan {
        Orphan {
            payment: id(1),
            kind: OrphanKind::NotInJournal,
            wallet,
            operations: operations
                .iter()
                .map(|name| OperationId((*name).to_owned()))
                .collect(),
            pos,
            order: None,
            order_name: None,
            check_num: None,
        }
    }

    #[test]
    fn the_sum_is_the_larger_difference() {
        for (wallet, pos, sum) in [
            (None, None, 0),
            (Some(sums(500, 0)), None, 500),
            (Some(sums(500, 0)), Some(sums(0, 0)), 500),
            (Some(sums(500, 500)), Some(sums(0, 500)), 500),
            (Some(sums(500, 700)), Some(sums(100, 0)), 200),
        ] {
            assert_eq!(orphan(wallet, pos, &[]).sum(), Money::from_kopecks(sum));
        }
    }

    #[test]
    fn only_more_is_news() {
        let before = orphan(Some(sums(500, 0)), Some(sums(500, 0)), &["1"]);
        for (wallet, pos, operations, grown) in [
            (Some(sums(500, 0)), Some(sums(500, 0)), &["1"][..], false),
            (Some(sums(500, 0)), None, &["1"], false),
            (None, Some(sums(500, 0)), &[], false),
            (Some(sums(400, 0)), Some(sums(500, 0)), &["1"], false),
            (Some(sums(600, 0)), Some(sums(500, 0)), &["1"], true),
            (Some(sums(500, 0)), Some(sums(900, 0)), &["1"], true),
            (Some(sums(500, 0)), Some(sums(500, 0)), &["1", "2"], true),
        ] {
            let now = orphan(wallet, pos, operations);
            assert_eq!(now.has_grown_since(&before), grown, "{now:?}");
        }
    }

    #[test]
    fn notes_add_up() {
        let at = Timestamp::UNIX_EPOCH;
        let found = Note::OrphanFound {
            orphan: orphan(Some(sums(500, 0)), None, &["1"]),
        };
        let settled = Note::OrphanSettled {
            payment: id(1),
            operator: "А".into(),
            approver: None,
            reason: "Б".into(),
        };
        let gone = Note::OrphanGone { payment: id(1) };
        for (notes, all, open) in [
            (vec![], 0, 0),
            (vec![&settled], 0, 0),
            (vec![&found], 1, 1),
            (vec![&found, &settled], 1, 0),
            (vec![&found, &settled, &found], 1, 1),
            (vec![&found, &gone], 0, 0),
            (vec![&found, &gone, &settled], 0, 0),
        ] {
            let orphans = Orphans::replay(notes.iter().map(|&note| (at, note.clone())));
            assert_eq!(orphans.all().count(), all, "{notes:?}");
            assert_eq!(orphans.open().len(), open, "{notes:?}");
        }
        for (note, word) in [&found, &gone, &settled].into_iter().zip(Note::WORDS) {
            let json = serde_json::to_value(note).unwrap();
            assert_eq!(json["note"], word);
            assert_eq!(serde_json::from_value::<Note>(json).unwrap(), *note);
        }
    }

    #[test]
    fn a_name_is_found_where_it_stands() {
        let name = "01a210bc-796d-766e-9f25-784e06470d5a";
        let payment = name.parse().unwrap();
        for text in [
            name.to_owned(),
            format!("{name}/1"),
            format!("9001;61366822;{name}/12"),
            format!("9001-{name}-1"),
            format!("карта{name}"),
            name.to_uppercase(),
        ] {
            assert_eq!(named(&text), Some(payment), "{text}");
        }
        for text in ["", "9001;61366822", &name[..35], &name.replace('-', "")] {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(
            made_at(payment).to_string()[..10],
            *"2026-11-25",
            "{}",
            made_at(payment)
        );
    }
}
