//! The card readers: how they are, and what they saw last.

use jiff::Timestamp;

use super::super::msg::{CardSeen, Effect, ReaderSaw, ReaderState};
use super::{App, LogRow};

/// Most readers shown.
const READERS_MAX: usize = 8;

/// A reader as it said last.
#[derive(Clone, Debug)]
pub(in crate::tui) struct ReaderHealth {
    pub(in crate::tui) name: String,
    pub(in crate::tui) state: ReaderState,
    pub(in crate::tui) detail: String,
    /// The card that it saw last, and when.
    pub(in crate::tui) card: Option<(Timestamp, CardSeen)>,
    /// Cards since the start.
    pub(in crate::tui) cards: u32,
    /// Bytes that were no card, so many times since the start, and when last.
    pub(in crate::tui) noise: Option<(Timestamp, u32)>,
}

impl App {
    pub(super) fn on_reader(
        &mut self,
        name: String,
        state: ReaderState,
        detail: String,
    ) -> Vec<Effect> {
        if let Some(reader) = self.reader(&name) {
            reader.state = state;
            reader.detail = detail;
        } else if self.readers.len() < READERS_MAX {
            self.readers.push(ReaderHealth {
                name,
                state,
                detail,
                card: None,
                cards: 0,
                noise: None,
            });
        }
        vec![]
    }

    pub(super) fn on_reader_saw(
        &mut self,
        name: &str,
        at: Timestamp,
        saw: ReaderSaw,
    ) -> Vec<Effect> {
        if let Some(reader) = self.reader(name) {
            match saw.clone() {
                ReaderSaw::Card(card) => {
                    reader.cards = reader.cards.saturating_add(1);
                    reader.card = Some((at, card));
                }
                ReaderSaw::Noise(count) => {
                    let before = reader.noise.map_or(0, |(_, count)| count);
                    reader.noise = Some((at, before.saturating_add(count)));
                }
                ReaderSaw::Gone | ReaderSaw::Unread(_) | ReaderSaw::State(_) => {}
            }
            let reader = name.to_owned();
            self.tools.note(LogRow { at, reader, saw });
        }
        vec![]
    }

    fn reader(&mut self, name: &str) -> Option<&mut ReaderHealth> {
        self.readers.iter_mut().find(|reader| reader.name == name)
    }
}
