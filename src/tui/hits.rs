//! What can be pressed in a drawn picture, and where.
//!
//! Drawing fills a [`Hits`]; a press is looked up in the one of the picture that is on screen. Each
//! spot knows since when the same has been at its place, so that a press made on an older picture
//! never acts on what a newer one has put there.

use std::time::Duration;

use crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use crate::domain::{AccountId, OrderGuid, Uid};
use crate::payment::sale::PaymentId;

use super::app::{Field, RowKey};
use super::bill::Side;

/// What a press does. Nothing that a key cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The same as this key of the table.
    Key(KeyEvent),
    /// Chooses that row.
    Row(Place),
}

/// A row that can be chosen, by what it shows: where a list moves, a press finds its own row or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An order of the list.
    Order(OrderGuid),
    /// A dish of the open order, by its place there.
    Dish(usize),
    /// An account of the open order.
    Account(AccountId),
    /// A card of the open order.
    Card(Uid),
    /// One side of the open order, where no row is.
    Side(Side),
    /// A payment of the list.
    Payment(PaymentId),
    /// What needs a person.
    Attention(RowKey),
    /// A choice of a form, by its place.
    Choice(usize),
    /// A field of a form.
    Field(Field),
    /// A sample card of the demo, by its place.
    Demo(usize),
    /// Somebody who may say that he is there, by his place in the question.
    Person(usize),
    /// A device of the list, by its place.
    Device(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) area: Rect,
    pub(super) target: Target,
    /// When the same was first drawn there.
    pub(super) since: Duration,
}

impl Spot {
    fn is_same(&self, other: &Self) -> bool {
        self.area == other.area && self.target == other.target
    }
}

/// The spots of one picture. As many as fit on a screen.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    spots: Vec<Spot>,
}

impl Hits {
    /// A spot on top of those that are there.
    pub(super) fn add(&mut self, area: Rect, target: Target) {
        if !area.is_empty() {
            self.spots.push(Spot {
                area,
                target,
                since: Duration::MAX,
            });
        }
    }

    /// Something is drawn over all there is.
    pub(super) fn clear(&mut self) {
        self.spots.clear();
    }

    /// The spot there, the topmost one.
    pub(super) fn at(&self, column: u16, row: u16) -> Option<&Spot> {
        let place = Position::new(column, row);
        self.spots
            .iter()
            .rev()
            .find(|spot| spot.area.contains(place))
    }

    /// The picture that follows another one now: what has not moved is as old as it was there.
    pub(super) fn after(mut self, before: &Self, now: Duration) -> Self {
        for (index, spot) in self.spots.iter_mut().enumerate() {
            let old = before
                .spots
                .get(index)
                .filter(|old| old.is_same(spot))
                .or_else(|| before.spots.iter().find(|old| old.is_same(spot)));
            spot.since = old.map_or(now, |old| old.since);
        }
        self
    }

    /// All spots, for tests that press each.
    #[cfg(test)]
    pub(super) fn spots(&self) -> &[Spot] {
        &self.spots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(name: &str) -> Target {
        Target::Row(Place::Order(OrderGuid(name.into())))
    }

    fn picture(rows: &[&str]) -> Hits {
        let mut hits = Hits::default();
        for (y, name) in (0..).zip(rows) {
            hits.add(Rect::new(0, y, 10, 1), order(name));
        }
        hits
    }

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn what_moves_is_new_and_what_stays_is_as_old_as_it_was() {
        let first = picture(&["a", "b"]).after(&Hits::default(), seconds(1));
        let second = picture(&["a", "c", "b"]).after(&first, seconds(2));
        let since = |row| second.at(3, row).unwrap().since;
        assert_eq!([since(0), since(1), since(2)], [1, 2, 2].map(seconds));
    }

    #[test]
    fn the_topmost_counts_and_edges_belong_to_nobody() {
        let mut hits = picture(&["a"]);
        hits.add(Rect::new(4, 0, 2, 1), order("over"));
        hits.add(Rect::new(4, 0, 0, 1), order("empty"));
        let at = |column, row| hits.at(column, row).map(|spot| spot.target.clone());
        assert_eq!(at(3, 0), Some(order("a")));
        assert_eq!(at(5, 0), Some(order("over")));
        assert_eq!(at(10, 0), None);
        assert_eq!(at(0, 1), None);
        assert_eq!(at(u16::MAX, u16::MAX), None);
    }
}
