//! Card readers as the screen sees them.

use std::sync::mpsc::SyncSender;

use crate::cli::reader::words;
use crate::domain::{Notation, NotationError};
use crate::i18n::Texts;
use crate::readers::transport::{Opener, TransportError};
use crate::readers::{
    self, CardRead, Health, ReaderConfig, ReaderMessage, SupervisorHandle, Warning,
};
use crate::tui::{CardTrouble, Msg, ReaderState};

use super::screen::Input;

/// A reader and how its port is opened; `None`: as a serial port, by its path.
pub struct ReaderSource {
    /// Family, port, name.
    pub config: ReaderConfig,
    /// Opens what is no serial port of the system.
    pub opener: Option<Opener>,
}

/// A thread that watches one reader and tells the loop. `None` where the system gives no thread.
pub(super) fn supervise(source: ReaderSource, say: SyncSender<Input>) -> Option<SupervisorHandle> {
    let name = source.config.name.clone();
    let send = move |message| say.send(Input::Reader(name.clone(), message)).is_ok();
    let spawned = match source.opener {
        None => readers::spawn(source.config, send),
        Some(opener) => readers::spawn_with(source.config, opener, send),
    };
    spawned
        .inspect_err(|error| tracing::error!(%error, "a reader's thread cannot start"))
        .ok()
}

/// What the screen is told; nothing for noise and for cards being lifted.
pub(super) fn to_msg(
    name: String,
    message: ReaderMessage,
    notation: Notation,
    texts: Texts,
) -> Option<Msg> {
    match message {
        ReaderMessage::Card(read) => Some(card(&read, notation)),
        ReaderMessage::Health(health) => Some(Msg::Reader {
            name,
            state: state(&health),
            detail: words::todo(&health, texts),
        }),
        ReaderMessage::Gone => None,
        ReaderMessage::Noise { count } => {
            tracing::debug!(name, count, "noise from a reader");
            None
        }
    }
}

fn card(read: &CardRead, notation: Notation) -> Msg {
    if read.partial() {
        return Msg::CardUnreadable(CardTrouble::Partial);
    }
    match read.warning {
        Some(Warning::TailDisagrees) => return Msg::CardUnreadable(CardTrouble::Garbled),
        Some(Warning::RandomUid) => return Msg::CardUnreadable(CardTrouble::RandomUid),
        Some(Warning::LineNotEnded | Warning::Unchecked | Warning::InvertedPolarity) => {
            return Msg::CardUnreadable(CardTrouble::Partial);
        }
        None => {}
    }
    match notation.write(&read.bytes) {
        Ok(uid) => Msg::CardRead(uid),
        Err(NotationError::TooFewBits { .. }) => Msg::CardUnreadable(CardTrouble::Partial),
        Err(NotationError::NotThisNotation { .. } | NotationError::NotWhole) => {
            Msg::CardUnreadable(CardTrouble::NotThisSite)
        }
    }
}

fn state(health: &Health) -> ReaderState {
    match health {
        Health::Opening => ReaderState::Opening,
        Health::Ready => ReaderState::Ready,
        Health::Absent { why } => match why {
            TransportError::Busy { .. } => ReaderState::Busy,
            TransportError::NoPermission { .. } => ReaderState::NoPermission,
            TransportError::NoDriver => ReaderState::NoDriver,
            TransportError::Taken { .. } => ReaderState::Taken,
            TransportError::Ambiguous { .. } => ReaderState::Ambiguous,
            TransportError::NotSerial | TransportError::NotThisKind => ReaderState::Unfit,
            TransportError::KeyboardForbidden => ReaderState::Forbidden,
            TransportError::Absent
            | TransportError::Lost
            | TransportError::ReportsLost
            | TransportError::RecordingEnded => ReaderState::Absent,
        },
        Health::Lost { .. } => ReaderState::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CardBytes;
    use crate::readers::Technology;

    fn read(bytes: &[u8], bits: u16, warning: Option<Warning>) -> CardRead {
        CardRead {
            family: readers::Family::IronLogic,
            technology: Technology::Mifare,
            raw: vec![],
            bytes: CardBytes::new(bytes, bits).unwrap(),
            present: true,
            warning,
        }
    }

    #[test]
    fn only_a_certain_read_is_looked_up() {
        let bytes = [0x03, 0xa8, 0x62, 0x26];
        for (bits, warning, trouble) in [
            (32, None, None),
            (24, None, Some(CardTrouble::Partial)),
            (32, Some(Warning::TailDisagrees), Some(CardTrouble::Garbled)),
            (32, Some(Warning::RandomUid), Some(CardTrouble::RandomUid)),
            (32, Some(Warning::LineNotEnded), Some(CardTrouble::Partial)),
        ] {
            let read = read(&bytes, bits, warning);
            assert_eq!(read.certain(), trouble.is_none());
            match (card(&read, Notation::default()), trouble) {
                (Msg::CardRead(uid), None) => assert_eq!(uid.reveal(), "61366822"),
                (Msg::CardUnreadable(why), Some(trouble)) => assert_eq!(why, trouble),
                (other, _) => panic!("{other:?}"),
            }
        }
    }
}
