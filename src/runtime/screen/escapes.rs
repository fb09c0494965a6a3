//! Escape sequences that arrive in pieces.
//!
//! Over a slow line the ESC of an arrow, of a mouse or focus report may come alone and its rest
//! later: then crossterm delivers Esc and the rest as characters. So an Esc waits for a moment, and
//! what follows it like the rest of a sequence vanishes with it. Behind the moment the Esc counts
//! (one step back, and never money), and a late rest still vanishes. A sequence that is cut later
//! than behind its ESC is put together by crossterm itself.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// So long an Esc waits for its rest: what a person does not notice.
const GRACE: Duration = Duration::from_millis(60);

/// A rest that begins later than this behind its Esc is text.
const LATE: Duration = Duration::from_millis(500);

/// Between the characters of a rest: they come in one piece. No person types so fast.
const WITHIN: Duration = Duration::from_millis(30);

/// Longest rest of a sequence; longer ones are text.
const REST_MAX: usize = 32;

/// A key with the moment when it was read.
type Stamped = (KeyEvent, Duration);

/// What is known of the keys so far.
#[derive(Debug, Default)]
enum State {
    /// No Esc of late.
    #[default]
    Idle,
    /// An Esc that waits.
    Waiting(Stamped),
    /// An Esc of this moment that was passed on.
    Passed(Duration),
    /// Characters that may be the rest of a sequence, the Esc before them where it still waits.
    Rest {
        esc: Option<Stamped>,
        keys: Vec<Stamped>,
    },
}

/// Takes the pieces of escape sequences out of the keys.
#[derive(Debug, Default)]
pub(super) struct Escapes {
    state: State,
}

/// How characters behind an Esc read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// As the beginning of a sequence.
    Beginning,
    /// As a whole one.
    Whole,
    /// As no sequence.
    Text,
}

impl Escapes {
    /// What goes on after this key; nothing while it is not clear what it is.
    pub(super) fn key(&mut self, key: KeyEvent, at: Duration) -> Vec<Stamped> {
        let mut out = self.on_timeout(at);
        if key.kind == KeyEventKind::Release {
            out.push((key, at));
            return out;
        }
        if key.code == KeyCode::Esc && key.modifiers.is_empty() {
            out.extend(self.give_up());
            self.state = State::Waiting((key, at));
            return out;
        }
        let (esc, mut keys) = match std::mem::take(&mut self.state) {
            State::Idle => (None, None),
            State::Waiting(esc) => (Some(esc), Some(vec![])),
            State::Passed(esc) => (None, (at < esc.saturating_add(LATE)).then(Vec::new)),
            State::Rest { esc, keys } => (esc, Some(keys)),
        };
        if let Some(keys) = &mut keys {
            keys.push((key, at));
        }
        let Some(keys) = keys else {
            out.push((key, at));
            return out;
        };
        match reads(&keys) {
            Reads::Beginning => self.state = State::Rest { esc, keys },
            Reads::Whole => {}
            Reads::Text => {
                out.extend(esc);
                out.extend(keys);
            }
        }
        out
    }

    /// What another event than a key ends.
    pub(super) fn give_up(&mut self) -> Vec<Stamped> {
        match std::mem::take(&mut self.state) {
            State::Idle | State::Passed(_) => vec![],
            State::Waiting(esc) => vec![esc],
            State::Rest { esc, keys } => esc.into_iter().chain(keys).collect(),
        }
    }

    /// When [`Escapes::on_timeout`] is wanted.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Idle | State::Passed(_) => None,
            State::Waiting((_, at)) => Some(at.saturating_add(GRACE)),
            State::Rest { keys, .. } => keys.last().map(|(_, at)| at.saturating_add(WITHIN)),
        }
    }

    /// Decides what has waited long enough.
    pub(super) fn on_timeout(&mut self, now: Duration) -> Vec<Stamped> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return vec![];
        }
        match std::mem::take(&mut self.state) {
            State::Idle | State::Passed(_) => vec![],
            State::Waiting(esc) => {
                self.state = State::Passed(esc.1);
                vec![esc]
            }
            // A sequence that ends nowhere: what came of it is no text either.
            State::Rest { esc, keys } if keys.len() > 1 => {
                drop((esc, keys));
                vec![]
            }
            State::Rest { esc, keys } => esc.into_iter().chain(keys).collect(),
        }
    }
}

/// CSI: `[`, parameters, one final byte. SS3: `O` and one letter.
fn reads(keys: &[Stamped]) -> Reads {
    let fast = keys
        .windows(2)
        .all(|pair| pair[1].1.saturating_sub(pair[0].1) < WITHIN);
    let chars: Option<Vec<char>> = keys.iter().map(|(key, _)| plain(key)).collect();
    let Some(chars) = chars.filter(|chars| fast && chars.len() <= REST_MAX) else {
        return Reads::Text;
    };
    match chars.as_slice() {
        ['[' | 'O'] => Reads::Beginning,
        ['O', letter] if letter.is_ascii_alphabetic() => Reads::Whole,
        ['[', middle @ .., last] => {
            let parameters = middle.iter().all(|c| (' '..='?').contains(c));
            if parameters && ('@'..='~').contains(last) {
                Reads::Whole
            } else if parameters && (' '..='?').contains(last) {
                Reads::Beginning
            } else {
                Reads::Text
            }
        }
        _ => Reads::Text,
    }
}

fn plain(key: &KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => Some(c),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    fn code(c: char) -> KeyCode {
        if c == '\x1b' {
            KeyCode::Esc
        } else {
            KeyCode::Char(c)
        }
    }

    /// The keys of a text, each so long behind the one before, and what goes on in the end.
    fn typed(keys: &[(char, u64)]) -> String {
        let mut escapes = Escapes::default();
        let mut at = ms(1_000);
        let mut out = Vec::new();
        for &(c, gap) in keys {
            at += ms(gap);
            while let Some(deadline) = escapes.deadline().filter(|&deadline| deadline <= at) {
                out.extend(escapes.on_timeout(deadline));
            }
            out.extend(escapes.key(code(c).into(), at));
        }
        while let Some(deadline) = escapes.deadline() {
            out.extend(escapes.on_timeout(deadline));
        }
        assert!(out.is_sorted_by_key(|&(_, at)| at));
        out.iter()
            .map(|(key, _)| match key.code {
                KeyCode::Char(c) => c,
                _ => '⎋',
            })
            .collect()
    }

    fn in_pieces(rest: &str, gap: u64) -> Vec<(char, u64)> {
        let mut keys = vec![('\x1b', 0)];
        keys.extend(
            rest.chars()
                .enumerate()
                .map(|(at, c)| (c, if at == 0 { gap } else { 0 })),
        );
        keys
    }

    #[test]
    fn a_sequence_whose_escape_comes_alone_vanishes_and_a_late_rest_too() {
        for rest in [
            "[A",
            "OP",
            "[I",
            "[O",
            "[15~",
            "[<0;90;14M",
            "[<0;90;14m",
            "[1;5D",
        ] {
            assert_eq!(typed(&in_pieces(rest, 0)), "", "{rest}");
            assert_eq!(typed(&in_pieces(rest, 40)), "", "{rest}");
            // Esc has counted by then, but nothing is typed.
            assert_eq!(typed(&in_pieces(rest, 200)), "⎋", "{rest}");
        }
    }

    #[test]
    fn keys_of_a_person_go_on() {
        for (keys, out) in [
            (&[('\x1b', 0)][..], "⎋"),
            (&[('\x1b', 0), ('\x1b', 20)], "⎋⎋"),
            (&[('\x1b', 0), ('5', 300)], "⎋5"),
            (&[('\x1b', 0), ('5', 10)], "⎋5"),
            (&[('\x1b', 0), ('O', 300), ('l', 90)], "⎋Ol"),
            (&[('\x1b', 0), ('[', 300)], "⎋["),
            (&[('\x1b', 0), ('[', 600), ('A', 1)], "⎋[A"),
            (&[('[', 0), ('A', 1)], "[A"),
        ] {
            assert_eq!(typed(keys), out, "{keys:?}");
        }
    }

    #[test]
    fn what_was_cut_off_for_good_is_no_text() {
        assert_eq!(typed(&in_pieces("[<0;9", 40)), "");
        assert_eq!(typed(&in_pieces("[<0;9", 200)), "⎋");
    }

    #[test]
    fn another_key_ends_the_waiting() {
        let mut escapes = Escapes::default();
        let esc = KeyEvent::from(KeyCode::Esc);
        assert_eq!(escapes.key(esc, ms(1)), []);
        let f5 = KeyEvent::from(KeyCode::F(5));
        assert_eq!(escapes.key(f5, ms(2)), [(esc, ms(1)), (f5, ms(2))]);
        assert_eq!(escapes.key(esc, ms(3)), []);
        assert_eq!(escapes.give_up(), [(esc, ms(3))]);
        assert_eq!(escapes.deadline(), None);
    }

    proptest! {
        /// Without an Esc nothing is held or lost, and with one no key is twice.
        #[test]
        fn nothing_is_added_and_without_an_escape_nothing_lost(
            keys in prop::collection::vec((prop::sample::select(vec!['\x1b', '[', 'O', 'A', '5', ';', '<', 'm', 'ж']), 0_u64..700), 0..40),
        ) {
            let out = typed(&keys);
            let before: String = keys.iter().map(|&(c, _)| if c == '\x1b' { '⎋' } else { c }).collect();
            let mut rest = before.chars();
            prop_assert!(out.chars().all(|c| rest.any(|own| own == c)), "{} of {}", out, before);
            if !before.contains('⎋') {
                prop_assert_eq!(out, before);
            }
        }
    }
}
