//! Keys of the terminal: those of a person go on, those of a keyboard-like reader become a card.

use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind,
};

use crate::domain::Notation;
use crate::readers::wedge::{self, NotACard};
use crate::readers::{Wedge, WedgeKey, WedgeOutput, WedgeSettings};
use crate::tui::{CardTrouble, Msg};

use super::super::cards::unwritten;

/// The keyboard with whatever types on it.
pub(super) struct Keyboard {
    wedge: Option<Wedge>,
}

impl Keyboard {
    pub(super) fn new(settings: Option<WedgeSettings>) -> Self {
        Self {
            wedge: settings.map(Wedge::new),
        }
    }

    /// When [`Keyboard::on_timeout`] is wanted.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.wedge.as_ref().and_then(Wedge::deadline)
    }

    /// What an event of the terminal means to the screen; nothing while it is not yet clear who
    /// types.
    pub(super) fn hear(&mut self, event: &Event, at: Duration, notation: Notation) -> Vec<Msg> {
        let key = match event {
            Event::Key(key) => *key,
            Event::Resize(columns, rows) => return vec![Msg::Resize(*columns, *rows)],
            Event::Mouse(mouse) => return self.hear_mouse(*mouse, at, notation),
            Event::FocusGained | Event::FocusLost | Event::Paste(_) => return vec![],
        };
        let Some(wedge) = &mut self.wedge else {
            return vec![Msg::Key(key, at)];
        };
        // Windows also tells when keys are let go; nothing follows from that.
        if key.kind == KeyEventKind::Release {
            return vec![];
        }
        match wedge_key(&key) {
            Some(typed) => {
                let outputs = wedge.key(typed, at);
                to_msgs(outputs, at, notation)
            }
            None => {
                let outputs = wedge.flush(at);
                let mut msgs = to_msgs(outputs, at, notation);
                msgs.push(Msg::Key(key, at));
                msgs
            }
        }
    }

    /// A press or the wheel, behind the keys that were pressed before it. A mouse that merely moves
    /// wakes nobody.
    fn hear_mouse(&mut self, mouse: MouseEvent, at: Duration, notation: Notation) -> Vec<Msg> {
        match mouse.kind {
            MouseEventKind::Moved | MouseEventKind::Drag(_) => return vec![],
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::ScrollUp
            | MouseEventKind::ScrollDown
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => {}
        }
        let held = self.wedge.as_mut().map(|wedge| wedge.flush(at));
        let mut msgs = to_msgs(held.unwrap_or_default(), at, notation);
        msgs.push(Msg::Mouse(mouse, at));
        msgs
    }

    /// Decides what was held back.
    pub(super) fn on_timeout(&mut self, now: Duration, notation: Notation) -> Vec<Msg> {
        let outputs = self
            .wedge
            .as_mut()
            .map(|wedge| wedge.on_timeout(now))
            .unwrap_or_default();
        to_msgs(outputs, now, notation)
    }
}

fn wedge_key(key: &KeyEvent) -> Option<WedgeKey> {
    let shifted = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
    match key.code {
        KeyCode::Char('j') if key.modifiers == KeyModifiers::CONTROL => Some(WedgeKey::LineFeed),
        KeyCode::Char(c) if shifted => Some(WedgeKey::Char(c)),
        KeyCode::Enter if shifted => Some(WedgeKey::Enter),
        KeyCode::Tab if shifted => Some(WedgeKey::Tab),
        _ => None,
    }
}

fn key_event(key: WedgeKey) -> KeyEvent {
    let (code, modifiers) = match key {
        WedgeKey::Char(c) => (KeyCode::Char(c), KeyModifiers::NONE),
        WedgeKey::Enter => (KeyCode::Enter, KeyModifiers::NONE),
        WedgeKey::Tab => (KeyCode::Tab, KeyModifiers::NONE),
        WedgeKey::LineFeed => (KeyCode::Char('j'), KeyModifiers::CONTROL),
    };
    KeyEvent::new(code, modifiers)
}

fn to_msgs(outputs: Vec<WedgeOutput>, at: Duration, notation: Notation) -> Vec<Msg> {
    let mut msgs = Vec::new();
    for output in outputs {
        match output {
            WedgeOutput::Release(keys) => {
                msgs.extend(keys.into_iter().map(|key| Msg::Key(key_event(key), at)));
            }
            WedgeOutput::Burst(typed) => msgs.push(card(typed.as_str(), notation)),
            WedgeOutput::Incomplete(_) => msgs.push(Msg::CardUnreadable(CardTrouble::Partial)),
        }
    }
    msgs
}

fn card(text: &str, notation: Notation) -> Msg {
    let card = match wedge::parse(text) {
        Ok(card) => card,
        Err(NotACard::BankCard | NotACard::MagneticTrack) => {
            return Msg::CardUnreadable(CardTrouble::BankCard);
        }
        Err(NotACard::FieldsDisagree) => return Msg::CardUnreadable(CardTrouble::Garbled),
        Err(NotACard::Unknown) => return Msg::CardUnreadable(CardTrouble::NotThisSite),
    };
    match card.uid(&notation) {
        Ok(uid) if card.partial() => Msg::CardDoubtful(uid),
        Ok(uid) => Msg::CardRead(uid),
        Err(error) => Msg::CardUnreadable(unwritten(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: Duration = Duration::from_millis(5);

    fn press(keyboard: &mut Keyboard, code: KeyCode, at: Duration) -> Vec<Msg> {
        let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        keyboard.hear(&event, at, Notation::default())
    }

    fn burst(text: &str) -> Vec<Msg> {
        let mut keyboard = Keyboard::new(Some(WedgeSettings::default()));
        let mut at = Duration::from_secs(1);
        let mut msgs = Vec::new();
        for c in text.chars() {
            at += GAP;
            msgs.extend(press(&mut keyboard, KeyCode::Char(c), at));
        }
        msgs.extend(press(&mut keyboard, KeyCode::Enter, at + GAP));
        msgs.extend(keyboard.on_timeout(at + Duration::from_secs(1), Notation::default()));
        msgs
    }

    #[test]
    fn a_burst_is_a_card_and_its_enter_confirms_nothing() {
        let msgs = burst("0061366822");
        assert!(
            matches!(&msgs[..], [Msg::CardRead(uid)] if uid.reveal() == "61366822"),
            "{msgs:?}"
        );
    }

    #[test]
    fn what_is_no_card_is_never_looked_up() {
        for text in ["4111111111111111", "093,12345", "12"] {
            let msgs = burst(text);
            assert!(
                !msgs.iter().any(|msg| matches!(msg, Msg::CardRead(_))),
                "{text}: {msgs:?}"
            );
        }
    }

    #[test]
    fn a_person_types_sums_and_confirms() {
        let mut keyboard = Keyboard::new(Some(WedgeSettings::default()));
        let mut at = Duration::from_secs(1);
        let mut msgs = Vec::new();
        for code in [
            KeyCode::Char('1'),
            KeyCode::Char('5'),
            KeyCode::Enter,
            KeyCode::F(5),
        ] {
            at += Duration::from_millis(149);
            msgs.extend(keyboard.on_timeout(at, Notation::default()));
            at += Duration::from_millis(1);
            msgs.extend(press(&mut keyboard, code, at));
        }
        let codes: Vec<KeyCode> = msgs
            .iter()
            .filter_map(|msg| match msg {
                Msg::Key(key, _) => Some(key.code),
                _ => None,
            })
            .collect();
        assert_eq!(
            codes,
            [
                KeyCode::Char('1'),
                KeyCode::Char('5'),
                KeyCode::Enter,
                KeyCode::F(5)
            ]
        );
    }
}
