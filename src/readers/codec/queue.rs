//! The events that wait to be polled.

use std::collections::VecDeque;

use crate::readers::event::{Event, RejectReason, Rejected};

/// Most events that wait; beyond, the oldest is dropped. One byte makes at most two (noise before it,
/// and what it ends), so a caller that polls after each feed of half as many bytes loses nothing.
pub const EVENTS_MAX: usize = 1024;

/// A bounded queue of events.
#[derive(Debug, Default)]
pub struct EventQueue(VecDeque<Event>);

impl EventQueue {
    /// Adds an event behind the others.
    pub fn push(&mut self, event: Event) {
        if self.0.len() >= EVENTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    /// Adds a rejection.
    pub fn reject(&mut self, reason: RejectReason, raw: &[u8]) {
        self.push(Event::Rejected(Rejected::new(reason, raw)));
    }

    /// Takes the oldest event.
    pub fn pop(&mut self) -> Option<Event> {
        self.0.pop_front()
    }
}
