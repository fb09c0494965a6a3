//! Card readers as the screen sees them.

use std::sync::mpsc::SyncSender;

use jiff::Timestamp;

use crate::cli::reader::words;
use crate::domain::{Notation, NotationError, Uid};
use crate::i18n::Texts;
use crate::readers::transport::{Opener, TransportError};
use crate::readers::{
    self, CardRead, Health, ReaderConfig, ReaderMessage, SupervisorHandle, Unread, Warning,
};
use crate::tui::{CardSeen, CardTrouble, Msg, ReaderSaw, ReaderState};

use super::screen::Input;

/// A reader and how its port is opened; `None`: as a serial port, by its path.
pub struct ReaderSource {
    /// Family, port, name.
    pub config: ReaderConfig,
    /// Opens what is no serial port of the system.
    pub opener: Option<Opener>,
}

/// A thread that watches one reader and tells the loop. `None` where the system gives no thread.
pub(super) fn supervise(
    config: ReaderConfig,
    opener: Opener,
    say: SyncSender<Input>,
) -> Option<SupervisorHandle> {
    let name = config.name.clone();
    let send = move |message| say.send(Input::Reader(name.clone(), message)).is_ok();
    readers::spawn_with(config, opener, send)
        .inspect_err(|error| tracing::error!(%error, "a reader's thread cannot start"))
        .ok()
}

/// Somebody held a card to the reader, whether or not it can be taken.
pub(super) const fn is_tap(message: &ReaderMessage) -> bool {
    match message {
        ReaderMessage::Card(_) | ReaderMessage::Unread { .. } => true,
        ReaderMessage::Health(_) | ReaderMessage::Gone | ReaderMessage::Noise { .. } => false,
    }
}

/// What the screen is told at that moment.
pub(super) fn to_msgs(
    name: String,
    message: ReaderMessage,
    notation: Notation,
    texts: Texts,
    at: Timestamp,
) -> Vec<Msg> {
    match message {
        ReaderMessage::Card(read) => {
            let (msg, saw) = card(&read, notation);
            let saw = ReaderSaw::Card(saw);
            vec![Msg::ReaderSaw { name, at, saw }, msg]
        }
        ReaderMessage::Health(health) => {
            let state = state(&health);
            let told = Msg::Reader {
                name: name.clone(),
                state,
                detail: words::todo(&health, texts),
            };
            let saw = ReaderSaw::State(state);
            vec![told, Msg::ReaderSaw { name, at, saw }]
        }
        ReaderMessage::Unread { why } => {
            let trouble = unread(why);
            let saw = ReaderSaw::Unread(trouble);
            vec![
                Msg::ReaderSaw { name, at, saw },
                Msg::CardUnreadable(trouble),
            ]
        }
        ReaderMessage::Gone => {
            let saw = ReaderSaw::Gone;
            vec![Msg::ReaderSaw { name, at, saw }]
        }
        ReaderMessage::Noise { count } => {
            tracing::debug!(name, count, "noise from a reader");
            let saw = ReaderSaw::Noise(count);
            vec![Msg::ReaderSaw { name, at, saw }]
        }
    }
}

/// What becomes of a card: looked up, asked about, or refused.
fn card(read: &CardRead, notation: Notation) -> (Msg, CardSeen) {
    let written = notation.write(&read.bytes);
    let masked = written.as_ref().ok().map(Uid::masked);
    let (msg, trouble) = match (doubt(read), written) {
        (Doubt::Refuse(trouble), _) => (Msg::CardUnreadable(trouble), Some(trouble)),
        (Doubt::Ask(trouble), Ok(uid)) => (Msg::CardDoubtful(uid), Some(trouble)),
        (Doubt::None, Ok(uid)) => (Msg::CardRead(uid), None),
        (Doubt::Ask(_) | Doubt::None, Err(error)) => {
            let trouble = unwritten(error);
            (Msg::CardUnreadable(trouble), Some(trouble))
        }
    };
    let seen = CardSeen {
        masked,
        technology: read.technology.name(),
        bits: read.bytes.bits(),
        trouble,
    };
    (msg, seen)
}

/// What stands between a read and its being looked up.
enum Doubt {
    None,
    /// Another card may look the same.
    Ask(CardTrouble),
    /// It is no card to pay with, whatever the cashier says.
    Refuse(CardTrouble),
}

fn doubt(read: &CardRead) -> Doubt {
    match read.warning {
        Some(Warning::TailDisagrees) => Doubt::Refuse(CardTrouble::Garbled),
        Some(Warning::RandomUid) => Doubt::Refuse(CardTrouble::RandomUid),
        Some(Warning::LineNotEnded) => Doubt::Refuse(CardTrouble::Partial),
        Some(Warning::Unchecked | Warning::InvertedPolarity) => Doubt::Ask(CardTrouble::Partial),
        None if read.partial() => Doubt::Ask(CardTrouble::Partial),
        None => Doubt::None,
    }
}

const fn unread(why: Unread) -> CardTrouble {
    match why {
        Unread::BankCard => CardTrouble::BankCard,
        Unread::Again => CardTrouble::Partial,
    }
}

/// Why a card has no UID in the site's notation, as the cashier is told.
pub(super) const fn unwritten(error: NotationError) -> CardTrouble {
    match error {
        NotationError::TooFewBits { .. } => CardTrouble::Partial,
        NotationError::NotThisNotation { .. } | NotationError::NotWhole => CardTrouble::NotThisSite,
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
            TransportError::NotBuiltIn | TransportError::NoService => ReaderState::NoDriver,
            TransportError::ReportsLost => ReaderState::Behind,
            TransportError::Absent | TransportError::Lost | TransportError::RecordingEnded => {
                ReaderState::Absent
            }
        },
        Health::Lost {
            why: TransportError::ReportsLost,
            ..
        } => ReaderState::Behind,
        Health::Lost { .. } => ReaderState::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CardBytes;
    use crate::i18n::Lang;
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
    fn only_a_certain_read_is_looked_up_unasked() {
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
            let (msg, seen) = card(&read, Notation::default());
            assert_eq!((seen.trouble, seen.bits), (trouble, bits));
            match (msg, trouble) {
                (Msg::CardRead(uid), None) => assert_eq!(uid.reveal(), "61366822"),
                (Msg::CardUnreadable(why), Some(trouble)) => assert_eq!(why, trouble),
                (other, _) => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_card_that_is_not_taken_is_told_to_its_holder() {
        for (why, trouble) in [
            (Unread::BankCard, CardTrouble::BankCard),
            (Unread::Again, CardTrouble::Partial),
        ] {
            let message = ReaderMessage::Unread { why };
            let texts = Texts::of(crate::i18n::Lang::Ru);
            let msgs = to_msgs(
                "Бар".to_owned(),
                message,
                Notation::default(),
                texts,
                Timestamp::UNIX_EPOCH,
            );
            assert!(
                matches!(msgs[..], [Msg::ReaderSaw { .. }, Msg::CardUnreadable(told)] if told == trouble),
                "{msgs:?}"
            );
        }
    }

    #[test]
    fn a_part_that_the_site_can_write_is_asked_about() {
        let site = Notation::named("3+5").unwrap();
        let mut read = read(&[0x7e, 0xe4, 0x24], 24, None);
        read.technology = Technology::EmMarine;
        for (technology, bits) in [(Technology::EmMarine, 24), (Technology::Other, 24)] {
            read.technology = technology;
            let (msg, seen) = card(&read, site);
            let Msg::CardDoubtful(uid) = msg else {
                panic!("{msg:?}")
            };
            assert_eq!(uid.reveal(), "126,58404");
            assert_eq!(seen.masked, Some(uid.masked()));
            assert_eq!(seen.technology, technology.name());
            assert_eq!(
                (seen.bits, seen.trouble),
                (bits, Some(CardTrouble::Partial))
            );
        }
        read.technology = Technology::HidProx;
        assert!(matches!(card(&read, site).0, Msg::CardRead(_)));
    }

    #[test]
    fn kinds_are_named_as_reader_decode_names_them() {
        for own in [
            Technology::EmMarine,
            Technology::Mifare,
            Technology::HidProx,
            Technology::Magstripe,
            Technology::Other,
        ] {
            let json = serde_json::to_string(&own).unwrap();
            assert_eq!(json, format!("\"{}\"", own.name()));
            let key = format!("till.technology.{}", own.name());
            assert!(Texts::of(Lang::Ru).has(&key), "{key}");
        }
    }
}
