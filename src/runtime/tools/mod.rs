//! The technician's tools of the till screen: what is plugged in, a new reader, a recording. Each
//! works on a thread of its own beside the readers and the payments, and stops neither.

mod dialogue;
mod tapes;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread;

use crate::cli::reader::list::{Listed, words};
use crate::config::settings::UidSettings;
use crate::i18n::Texts;
use crate::readers::device::survey;
use crate::readers::transport::{Ear, devices, opener};
use crate::readers::{DeviceMatch, ReaderConfig, SupervisorHandle};
use crate::tui::{DeviceRow, Msg, ToolNews, ToolWish};

use super::cards::{self, ReaderSource};
use super::screen::Input;

use dialogue::Dialogue;
use tapes::Tapes;

/// What the tools must know of the settings.
pub struct ToolSetup {
    /// Where a new reader is written; `None`: nowhere, it is only shown.
    pub file: Option<PathBuf>,
    /// How the site writes UIDs.
    pub uid: UidSettings,
    /// Where recordings go.
    pub folder: PathBuf,
}

/// A reader that is watched.
struct Supervised {
    config: ReaderConfig,
    handle: SupervisorHandle,
    ear: Ear,
}

/// The readers of the till, and the tools for them.
pub(super) struct Tools {
    say: SyncSender<Input>,
    setup: Arc<ToolSetup>,
    texts: Texts,
    readers: Vec<Supervised>,
    looking: Arc<AtomicBool>,
    dialogue: Option<Dialogue>,
    tapes: Tapes,
}

impl Tools {
    /// Watches these readers.
    pub(super) fn start(
        readers: Vec<ReaderSource>,
        setup: ToolSetup,
        texts: Texts,
        say: SyncSender<Input>,
    ) -> Self {
        let mut tools = Self {
            tapes: Tapes::new(say.clone(), texts),
            say,
            setup: Arc::new(setup),
            texts,
            readers: Vec::new(),
            looking: Arc::default(),
            dialogue: None,
        };
        for reader in readers {
            tools.add(reader);
        }
        tools
    }

    /// Watches one reader more.
    pub(super) fn add(&mut self, source: ReaderSource) {
        let ReaderSource {
            config,
            opener: own,
        } = source;
        let ear = Ear::default();
        let opener = ear.at(own.unwrap_or_else(|| opener(&config)));
        if let Some(handle) = cards::supervise(config.clone(), opener, self.say.clone()) {
            self.readers.push(Supervised {
                config,
                handle,
                ear,
            });
        }
    }

    /// Carries out what the screen asks for.
    pub(super) fn execute(&mut self, wish: ToolWish) {
        match wish {
            ToolWish::Devices => self.look(),
            ToolWish::Learn(node) => {
                let before = self.dialogue.take();
                self.dialogue = Dialogue::start(
                    before,
                    node.map(DeviceMatch::Port),
                    self.configured(),
                    Arc::clone(&self.setup),
                    self.texts,
                    self.say.clone(),
                );
            }
            ToolWish::Answer(words) => {
                if let Some(dialogue) = &self.dialogue {
                    dialogue.answer(words);
                }
            }
            ToolWish::StopLearning => {
                if let Some(dialogue) = &self.dialogue {
                    dialogue.stop();
                }
            }
            ToolWish::Record => {
                let readers = self.readers.iter();
                let readers = readers.map(|own| (own.config.clone(), own.ear.clone()));
                self.tapes.start(readers.collect(), &self.setup.folder);
            }
            ToolWish::StopRecording => self.tapes.stop(),
        }
    }

    /// Lets go of everything.
    pub(super) fn end(mut self) {
        if let Some(dialogue) = &self.dialogue {
            dialogue.stop();
        }
        self.tapes.end();
        for reader in self.readers {
            reader.handle.stop();
        }
    }

    /// The devices that are somebody's already, by the readers' names.
    fn configured(&self) -> Vec<(String, DeviceMatch)> {
        let readers = self.readers.iter().map(|own| &own.config);
        readers
            .map(|own| (own.name.clone(), own.device.clone()))
            .collect()
    }

    fn look(&self) {
        if self.looking.swap(true, Ordering::SeqCst) {
            return;
        }
        let (say, texts, looking) = (self.say.clone(), self.texts, Arc::clone(&self.looking));
        let configured = self.configured();
        thread::spawn(move || {
            let rows = survey(devices()).into_iter().map(|found| {
                let device = found.device.as_ref();
                let own = configured.iter();
                let listed = Listed {
                    configured: own
                        .filter(|(_, own)| device.is_some_and(|device| own.fits(device)))
                        .map(|(name, _)| name.clone())
                        .collect(),
                    found,
                };
                DeviceRow {
                    node: listed.found.device.as_ref().map(|own| own.node.clone()),
                    lines: words(&listed, texts),
                }
            });
            tell(&say, ToolNews::Devices(rows.collect()));
            looking.store(false, Ordering::SeqCst);
        });
    }
}

/// False when nobody listens any more.
fn tell(say: &SyncSender<Input>, news: ToolNews) -> bool {
    say.send(Input::Screen(Box::new(Msg::Tools(news)))).is_ok()
}
