//! The technician's tools: what is plugged in, what readers say as it comes, a new reader, a
//! recording.

use std::collections::VecDeque;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;

use super::super::keys::{Action, Ctx};
use super::super::msg::{Effect, ReaderSaw};
use super::super::tools::{DeviceRow, ToolNews, ToolWish};
use super::{App, Layer, Then, Tone};
use crate::operators::Right;

/// Events that are kept to be looked at.
const LOG_MAX: usize = 100;
/// Lines of a dialogue that are kept.
const TALK_LINES_MAX: usize = 200;
/// Most characters of an answer.
const ANSWER_CHARS_MAX: usize = 64;
/// Most recordings that are shown.
const TAPES_MAX: usize = 8;

/// What a reader said, and when.
#[derive(Clone, Debug)]
pub(in crate::tui) struct LogRow {
    pub(in crate::tui) at: Timestamp,
    pub(in crate::tui) reader: String,
    pub(in crate::tui) saw: ReaderSaw,
}

/// The dialogue in which a reader is learnt.
#[derive(Clone, Default)]
pub(in crate::tui) struct Talk {
    pub(in crate::tui) lines: VecDeque<String>,
    /// It waits for an answer.
    pub(in crate::tui) question: Option<String>,
    pub(in crate::tui) answer: String,
    pub(in crate::tui) is_over: bool,
}

impl fmt::Debug for Talk {
    /// Without what was typed: it may be the number of a card.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Talk")
            .field("lines", &self.lines.len())
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}

impl Talk {
    fn tell(&mut self, words: &str) {
        for line in words.lines() {
            if self.lines.len() >= TALK_LINES_MAX {
                self.lines.pop_front();
            }
            self.lines.push_back(line.to_owned());
        }
    }
}

/// The recording of one reader.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Tape {
    pub(in crate::tui) reader: String,
    pub(in crate::tui) file: String,
    /// How it ended: reads, and why if by itself. `None`: it goes on.
    pub(in crate::tui) ended: Option<(u64, String)>,
}

/// What the tools know.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Tools {
    /// The last events, the newest first.
    pub(in crate::tui) log: VecDeque<LogRow>,
    /// `None`: being looked for.
    pub(in crate::tui) devices: Option<Vec<DeviceRow>>,
    pub(in crate::tui) talk: Option<Talk>,
    /// The last recording, a row per reader.
    pub(in crate::tui) tapes: Vec<Tape>,
}

impl Tools {
    pub(super) fn note(&mut self, row: LogRow) {
        self.log.truncate(LOG_MAX - 1);
        self.log.push_front(row);
    }

    pub(in crate::tui) fn is_recording(&self) -> bool {
        self.tapes.iter().any(|tape| tape.ended.is_none())
    }
}

impl App {
    pub(super) fn on_tool_news(&mut self, news: ToolNews) -> Vec<Effect> {
        match news {
            ToolNews::Devices(rows) => self.tools.devices = Some(rows),
            ToolNews::LearningBegan => self.tools.talk = Some(Talk::default()),
            ToolNews::Told(words) => {
                if let Some(talk) = &mut self.tools.talk {
                    talk.tell(&words);
                }
            }
            ToolNews::Asked(words) => {
                if let Some(talk) = &mut self.tools.talk {
                    talk.question = Some(words.trim().to_owned());
                    talk.answer.clear();
                }
            }
            ToolNews::LearningEnded => {
                if let Some(talk) = &mut self.tools.talk {
                    talk.question = None;
                    talk.is_over = true;
                }
            }
            ToolNews::RecordingBegan { reader, file } => {
                if self.tools.tapes.len() < TAPES_MAX {
                    self.tools.tapes.push(Tape {
                        reader,
                        file,
                        ended: None,
                    });
                }
            }
            ToolNews::RecordingEnded { reader, reads, why } => {
                let mut tapes = self.tools.tapes.iter_mut();
                if let Some(tape) = tapes.find(|tape| tape.reader == reader && tape.ended.is_none())
                {
                    tape.ended = Some((reads, why));
                }
            }
        }
        vec![]
    }

    /// F2: what is plugged in.
    pub(super) fn open_devices(&mut self) -> Vec<Effect> {
        self.tools.devices = None;
        self.layers.retain(|layer| layer.ctx() != Ctx::Devices);
        self.layers.push(Layer::Devices { selected: 0 });
        vec![Effect::Tools(ToolWish::Devices)]
    }

    /// F3: what the readers say, as it comes.
    pub(super) fn open_watch(&mut self) -> Vec<Effect> {
        self.layers.push(Layer::Watch { scroll: 0 });
        vec![]
    }

    /// F4, or Enter on a device: whoever may change the settings has a new reader learnt. A
    /// dialogue under way, which a guest's card has put away, is shown again.
    pub(super) fn ask_to_learn(&mut self) -> Vec<Effect> {
        let device = match self.layers.last() {
            Some(Layer::Devices { selected }) => {
                let devices = self.tools.devices.as_deref().unwrap_or_default();
                let Some(node) = devices.get(*selected).and_then(|row| row.node.clone()) else {
                    return self.complain(Tone::Warn, self.text("till.tools.no_node"));
                };
                Some(node)
            }
            Some(_) | None => None,
        };
        if self.tools.talk.as_ref().is_some_and(|talk| !talk.is_over) {
            self.layers.retain(|layer| layer.ctx() != Ctx::Learn);
            self.layers.push(Layer::Learn);
            return vec![];
        }
        self.if_allowed(Right::Settings, Then::Learn(device))
    }

    /// The page of the dialogue, once whoever asks may.
    pub(super) fn open_learning(&mut self, device: Option<String>) -> Vec<Effect> {
        self.layers.push(Layer::Learn);
        self.tools.talk = Some(Talk::default());
        vec![Effect::Tools(ToolWish::Learn(device))]
    }

    /// A key at a question of the dialogue.
    pub(super) fn type_answer(&mut self, action: Action, key: &KeyEvent) -> Vec<Effect> {
        let Some(talk) = self.tools.talk.as_mut() else {
            return vec![];
        };
        if talk.question.is_none() {
            return vec![];
        }
        if action == Action::Answer {
            let question = talk.question.take().unwrap_or_default();
            talk.tell(&question);
            let answer = std::mem::take(&mut talk.answer);
            return vec![Effect::Tools(ToolWish::Answer(answer))];
        }
        if action == Action::Erase {
            talk.answer.pop();
        } else if action == Action::Clear {
            talk.answer.clear();
        } else if let KeyCode::Char(c) = key.code
            && talk.answer.chars().count() < ANSWER_CHARS_MAX
        {
            talk.answer.push(c);
        }
        vec![]
    }

    /// Out of the dialogue: it ends, nothing is written.
    pub(super) fn leave_learning(&mut self) -> Vec<Effect> {
        self.layers.pop();
        match self.tools.talk.take() {
            Some(talk) if !talk.is_over => vec![Effect::Tools(ToolWish::StopLearning)],
            Some(_) | None => vec![],
        }
    }

    /// F5: begins to record, or ends it.
    pub(super) fn record(&mut self) -> Vec<Effect> {
        if self.tools.is_recording() {
            return vec![Effect::Tools(ToolWish::StopRecording)];
        }
        if self.readers.is_empty() {
            return self.complain(Tone::Warn, self.text("till.tools.nothing_to_record"));
        }
        self.tools.tapes.clear();
        vec![Effect::Tools(ToolWish::Record)]
    }
}
