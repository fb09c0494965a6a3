//! Card readers as the screen sees them.

use std::sync::mpsc::SyncSender;

use crate::domain::{Notation, NotationError};
use crate::readers::{self, CardRead, ReaderConfig, ReaderMessage, SupervisorHandle};
use crate::tui::{CardTrouble, Msg};

use super::screen::Input;

/// A thread that watches one reader and tells the loop.
pub(super) fn supervise(reader: ReaderConfig, say: SyncSender<Input>) -> SupervisorHandle {
    let name = reader.name.clone();
    readers::spawn(reader, move |message| say.send(Input::Reader(name.clone(), message)).is_ok())
}

/// What the screen is told; nothing for noise and for cards being lifted.
pub(super) fn to_msg(name: String, message: ReaderMessage, notation: &Notation) -> Option<Msg> {
    match message {
        ReaderMessage::Card(read) => Some(card(&read, notation)),
        ReaderMessage::Health(health) => {
            let (state, detail) = health_words(&health);
            Some(Msg::Reader { name, state, detail })
        }
        ReaderMessage::Gone => None,
        ReaderMessage::Noise { count } => {
            tracing::debug!(name, count, "noise from a reader");
            None
        }
    }
}

fn card(read: &CardRead, notation: &Notation) -> Msg {
    if read.partial() {
        return Msg::CardUnreadable(CardTrouble::Partial);
    }
    match notation.write(&read.bytes) {
        Ok(uid) => Msg::CardRead(uid),
        Err(NotationError::TooFewBits { .. }) => Msg::CardUnreadable(CardTrouble::Partial),
        Err(NotationError::NotThisNotation { .. }) => {
            Msg::CardUnreadable(CardTrouble::NotThisSite)
        }
    }
}
