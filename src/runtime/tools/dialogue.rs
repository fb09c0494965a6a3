//! `reader learn` on the till screen: the same dialogue, whose words and questions go to the screen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::cli::ExitCode;
use crate::cli::reader::learn::{Bench, Ending, Given, Learnt, Place, consent, learn};
use crate::i18n::Texts;
use crate::readers::device::{Surveyed, survey};
use crate::readers::learn::Site;
use crate::readers::transport::{Recording, TransportError, devices};
use crate::readers::{DeviceMatch, ReaderConfig};
use crate::runtime::reader::tap::tap;
use crate::runtime::screen::Input;
use crate::runtime::{connect, words};
use crate::tui::ToolNews;

use super::{ToolSetup, tell};

/// Pause between two looks at what is plugged in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Parts of it after which it is seen that nobody wants it any more.
const LOOK_PARTS: u32 = 10;

/// A dialogue under way.
pub(super) struct Dialogue {
    /// One question at a time waits for one answer.
    answers: SyncSender<Option<String>>,
    is_stopped: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Dialogue {
    /// Begins a dialogue, once the one before has let go of its device. `None`: the system gives
    /// no thread.
    pub(super) fn start(
        before: Option<Self>,
        device: Option<DeviceMatch>,
        configured: Vec<(String, DeviceMatch)>,
        setup: Arc<ToolSetup>,
        texts: Texts,
        say: SyncSender<Input>,
    ) -> Option<Self> {
        let (answers, answered) = sync_channel(1);
        let is_stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_stopped);
        let thread = thread::Builder::new().name("learn a reader".to_owned());
        let thread = thread.spawn(move || {
            if let Some(before) = before {
                before.stop();
                let _ = before.thread.join();
            }
            tell(&say, ToolNews::LearningBegan);
            let mut bench = Screen {
                say,
                answered,
                is_stopped: flag,
            };
            let given = Given {
                device,
                configured,
                ..Given::default()
            };
            bench.hold(&given, &setup, texts);
            tell(&bench.say, ToolNews::LearningEnded);
        });
        Some(Self {
            answers,
            is_stopped,
            thread: thread.ok()?,
        })
    }

    /// What the person typed. Where nobody asks, it is dropped with the next question.
    pub(super) fn answer(&self, words: String) {
        match self.answers.try_send(Some(words)) {
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    /// Ends it within a tenth of a second where it waits for a card, at once where it asks.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        match self.answers.try_send(None) {
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

/// The screen before the person, and the devices of this machine.
struct Screen {
    say: SyncSender<Input>,
    answered: Receiver<Option<String>>,
    is_stopped: Arc<AtomicBool>,
}

impl Screen {
    fn hold(&mut self, given: &Given, setup: &ToolSetup, texts: Texts) {
        let site = Site {
            notation: setup.uid.notation(),
            is_proved: !given.configured.is_empty(),
            technology: None,
        };
        let Ok(learnt) = learn(self, given, site, texts) else {
            return;
        };
        let place = Place {
            file: setup.file.as_deref(),
            uid: setup.uid,
        };
        match consent(self, &learnt, &place, texts) {
            Ending::Written => self.take(&learnt, texts),
            Ending::Shown(_) | Ending::NotWritten(_) => {}
        }
    }

    /// The new reader works at once, unless all readers write their cards differently from now on:
    /// the rest of the program reads that when it starts.
    fn take(&mut self, learnt: &Learnt, texts: Texts) {
        if learnt.notation.is_some() {
            return self.tell(texts.get("till.tools.restart"));
        }
        match connect::reader(&learnt.reader) {
            Ok(config) => {
                let _ = self.say.send(Input::Learnt(Box::new(config)));
                self.tell(texts.get("till.tools.live"));
            }
            Err(error) => self.tell(&words::connect(&error, texts)),
        }
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }
}

impl Bench for Screen {
    fn look(&mut self) -> Vec<Surveyed> {
        if self.is_stopped() {
            return Vec::new();
        }
        survey(devices())
    }

    fn pause(&mut self) {
        for _ in 0..LOOK_PARTS {
            if self.is_stopped() {
                return;
            }
            thread::sleep(LOOK_EVERY / LOOK_PARTS);
        }
    }

    fn tell(&mut self, words: &str) {
        if !self.is_stopped() {
            tell(&self.say, ToolNews::Told(words.to_owned()));
        }
    }

    fn show(&mut self, block: &str) -> ExitCode {
        self.tell(block);
        ExitCode::Done
    }

    fn ask(&mut self, question: &str) -> Option<String> {
        // An answer to no question, from before.
        while self.answered.try_recv().is_ok() {}
        if self.is_stopped() {
            return None;
        }
        tell(&self.say, ToolNews::Asked(question.to_owned()));
        let answer = self.answered.recv().ok().flatten()?;
        (!self.is_stopped()).then_some(answer)
    }

    fn tap(&mut self, reader: &ReaderConfig, ready: &str) -> Result<Recording, TransportError> {
        let is_stopped = Arc::clone(&self.is_stopped);
        tap(
            reader,
            || self.tell(ready),
            || is_stopped.load(Ordering::Acquire),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::UidSettings;
    use crate::i18n::Lang;
    use crate::readers::transport::VirtualReader;
    use crate::tui::Msg;

    /// Longest wait for something that must happen.
    const PATIENCE: Duration = Duration::from_mins(1);
    const CARD: [u8; 5] = [0x00, 0x03, 0xa8, 0x62, 0x26];

    struct Held {
        dialogue: Dialogue,
        inputs: Receiver<Input>,
    }

    impl Held {
        fn start(port: &str, file: Option<&std::path::Path>) -> Self {
            let (say, inputs) = sync_channel(256);
            let setup = ToolSetup {
                file: file.map(std::path::Path::to_owned),
                uid: UidSettings::default(),
                folder: std::env::temp_dir(),
            };
            let device = Some(DeviceMatch::Port(port.to_owned()));
            let texts = Texts::of(Lang::En);
            let dialogue = Dialogue::start(None, device, vec![], Arc::new(setup), texts, say);
            Self {
                dialogue: dialogue.unwrap(),
                inputs,
            }
        }

        #[track_caller]
        fn next(&self) -> Input {
            self.inputs.recv_timeout(PATIENCE).unwrap()
        }

        /// Waits for words with this in them.
        #[track_caller]
        fn wait(&self, wanted: &str) {
            loop {
                if let Input::Screen(msg) = self.next()
                    && let Msg::Tools(ToolNews::Told(words) | ToolNews::Asked(words)) = *msg
                    && words.contains(wanted)
                {
                    return;
                }
            }
        }

        #[track_caller]
        fn wait_for_end(&self) {
            loop {
                if let Input::Screen(msg) = self.next()
                    && matches!(*msg, Msg::Tools(ToolNews::LearningEnded))
                {
                    return;
                }
            }
        }

        fn answer(&self, question: &str, words: &str) {
            self.wait(question);
            self.dialogue.answer(words.to_owned());
        }
    }

    #[test]
    fn a_reader_is_learnt_written_and_taken_without_a_restart() {
        let mut reader = VirtualReader::open().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "lang = \"en\" # kept\n").unwrap();
        let held = Held::start(reader.path(), Some(&file));
        held.wait("Hold a card to the reader");
        reader.rest(CARD, 1).unwrap();
        held.wait("The same card once more");
        reader.rest(CARD, 1).unwrap();
        held.answer("Type the number of this card", "0061366822");
        held.answer("How is the reader called", "Bar");
        held.answer("Type \"yes\"", "yes");
        let config = loop {
            if let Input::Learnt(config) = held.next() {
                break config;
            }
        };
        assert_eq!(
            (config.name.as_str(), config.family.name()),
            ("Bar", "rdm6300")
        );
        held.wait("no restart is needed");
        held.wait_for_end();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("lang = \"en\" # kept\n"), "{text}");
        assert!(text.contains("name = \"Bar\""), "{text}");
    }

    #[test]
    fn another_notation_needs_a_restart_and_the_reader_waits_for_it() {
        let mut reader = VirtualReader::open().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "").unwrap();
        let held = Held::start(reader.path(), Some(&file));
        held.wait("Hold a card to the reader");
        reader.rest(CARD, 1).unwrap();
        held.wait("The same card once more");
        reader.rest(CARD, 1).unwrap();
        held.answer("Type the number of this card", "168,25126");
        held.answer("How is the reader called", "");
        held.answer("Type \"yes\"", "yes");
        held.wait("restart the till");
        held.wait_for_end();
        assert!(
            held.inputs
                .try_iter()
                .all(|input| !matches!(input, Input::Learnt(_)))
        );
    }

    #[test]
    fn it_ends_when_nobody_wants_it_any_more() {
        let reader = VirtualReader::open().unwrap();
        let held = Held::start(reader.path(), None);
        // While it waits for a card.
        held.wait("Hold a card to the reader");
        held.dialogue.stop();
        held.wait_for_end();
        // And while it asks.
        let (say, inputs) = sync_channel(256);
        let setup = Arc::new(ToolSetup {
            file: None,
            uid: UidSettings::default(),
            folder: std::env::temp_dir(),
        });
        let texts = Texts::of(Lang::En);
        let before = Some(held.dialogue);
        let dialogue = Dialogue::start(before, None, vec![], setup, texts, say).unwrap();
        let held = Held { dialogue, inputs };
        held.wait("Unplug the reader");
        held.dialogue.stop();
        held.wait_for_end();
    }
}
