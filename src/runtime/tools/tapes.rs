//! Recordings of all readers at once, made by listening along: the till reads on meanwhile.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::ZonedDateTime;

use crate::i18n::Texts;
use crate::readers::ReaderConfig;
use crate::readers::transport::{Ear, Heard};
use crate::runtime::reader::tape::{Early, Tape};
use crate::runtime::screen::Input;
use crate::tui::ToolNews;

use super::tell;

/// A recording that nobody ends does so itself: it holds the numbers of guests' cards.
const RECORD_MAX: Duration = Duration::from_mins(10);
/// Pause after which it is looked whether what came is whole.
const POLL_EVERY: Duration = Duration::from_millis(100);
/// How long the end of the program waits for what is left to be written.
const END_WAIT: Duration = Duration::from_millis(500);

/// The recordings under way.
pub(super) struct Tapes {
    say: SyncSender<Input>,
    texts: Texts,
    ears: Vec<Ear>,
    /// Ends when every thread of the last recording has ended.
    ended: Option<Receiver<()>>,
}

impl Tapes {
    pub(super) const fn new(say: SyncSender<Input>, texts: Texts) -> Self {
        Self {
            say,
            texts,
            ears: Vec::new(),
            ended: None,
        }
    }

    /// Records each of these readers into a new file of that folder.
    pub(super) fn start(&mut self, readers: Vec<(ReaderConfig, Ear)>, folder: &Path) {
        self.stop();
        let (alive, ended) = channel();
        self.ended = Some(ended);
        let now = ZonedDateTime::now().strftime("%Y%m%d-%H%M%S").to_string();
        for (place, (config, ear)) in readers.into_iter().enumerate() {
            let file = folder.join(format!("reader-{now}-{}.txt", place + 1));
            let heard = ear.listen();
            let (say, texts, alive) = (self.say.clone(), self.texts, alive.clone());
            self.ears.push(ear);
            thread::spawn(move || {
                let reader = config.name.clone();
                let shown = file.display().to_string();
                let began = ToolNews::RecordingBegan {
                    reader: reader.clone(),
                    file: shown,
                };
                if tell(&say, began) {
                    let (reads, why) = record(&heard, &config, &file, texts);
                    tell(&say, ToolNews::RecordingEnded { reader, reads, why });
                }
                drop(alive);
            });
        }
    }

    /// Ends them.
    pub(super) fn stop(&mut self) {
        for ear in self.ears.drain(..) {
            ear.stop();
        }
    }

    /// Ends them, and waits a moment for what is left.
    pub(super) fn end(&mut self) {
        self.stop();
        if let Some(ended) = self.ended.take() {
            // Nobody sends anything: it is their end that is waited for.
            let _ = ended.recv_timeout(END_WAIT);
        }
    }
}

/// Writes what is heard until it ends. How many reads there were, and why it ended by itself.
fn record(
    heard: &Receiver<Heard>,
    config: &ReaderConfig,
    file: &Path,
    texts: Texts,
) -> (u64, String) {
    let failed = |error: &std::io::Error| texts.fill("till.tools.no_folder", &[("why", error)]);
    let mut tape = match Tape::create(file, config, Some(config.family)) {
        Ok(tape) => tape,
        Err(error) => return (0, failed(&error)),
    };
    let ended = copy(heard, &mut tape);
    let reads = tape.reads;
    let why = match ended.and_then(|in_time| tape.finish().map(|()| in_time)) {
        Ok(true) => String::new(),
        Ok(false) => texts.get("till.tools.ended_late").to_owned(),
        Err(Early::Full) => texts.get("till.tools.ended_full").to_owned(),
        Err(Early::Unwritten(error)) => failed(&error),
    };
    (reads, why)
}

/// False when it took too long.
fn copy(heard: &Receiver<Heard>, tape: &mut Tape) -> Result<bool, Early> {
    let began = Instant::now();
    let mut last = Duration::ZERO;
    let mut is_described = false;
    while began.elapsed() < RECORD_MAX {
        let next = heard.recv_timeout(POLL_EVERY);
        // Never before what was written already, whoever was held up.
        let mut at = |moment: Instant| {
            last = last.max(moment.saturating_duration_since(began));
            last
        };
        match next {
            Ok(Heard::Opened(Some(descriptor))) if !is_described => {
                is_described = true;
                tape.descriptor(&descriptor)?;
            }
            Ok(Heard::Opened(_)) => {}
            Ok(Heard::Bytes(moment, bytes)) => {
                let at = at(moment);
                tape.read(&bytes, at)?;
            }
            Err(RecvTimeoutError::Timeout) => {
                let at = at(Instant::now());
                tape.read(&[], at)?;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(true),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::i18n::Lang;
    use crate::readers::codec::rdm6300::frame_of;
    use crate::readers::transport::channel::channel as device_channel;
    use crate::readers::transport::{LineSettings, Recording};
    use crate::readers::{CodecSettings, DeviceMatch, Event, Family};
    use crate::tui::Msg;

    const CARD: [u8; 5] = [0x00, 0x03, 0xa8, 0x62, 0x26];
    const PATIENCE: Duration = Duration::from_secs(20);

    fn config(name: &str) -> ReaderConfig {
        ReaderConfig {
            family: Family::Rdm6300,
            codec: CodecSettings::default(),
            device: DeviceMatch::Port("COM3".to_owned()),
            line: LineSettings::default(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_recording_can_be_played_back_and_the_reader_is_not_disturbed() {
        let folder = tempfile::tempdir().unwrap();
        let (say, inputs) = sync_channel(64);
        let mut tapes = Tapes::new(say, Texts::of(Lang::En));
        let (device, port) = device_channel();
        let ear = Ear::default();
        let mut till = ear.at(Box::new(move || port.open()))().unwrap();
        tapes.start(vec![(config("Till"), ear)], folder.path());
        let news = || match inputs.recv_timeout(PATIENCE) {
            Ok(Input::Screen(msg)) => match *msg {
                Msg::Tools(news) => news,
                _ => panic!("no news of the tools"),
            },
            _ => panic!("nothing for the screen"),
        };
        let ToolNews::RecordingBegan { reader, file } = news() else {
            panic!("it began");
        };
        assert_eq!(reader, "Till");
        let mut buf = [0; 64];
        for _ in 0..2 {
            device.write(&frame_of(CARD)).unwrap();
            assert_eq!(till.read(&mut buf), Ok(14), "the till has it, too");
        }
        tapes.end();
        let ended = ToolNews::RecordingEnded {
            reader,
            reads: 2,
            why: String::new(),
        };
        assert_eq!(news(), ended);
        let text = std::fs::read_to_string(file).unwrap();
        let recording = Recording::parse(&text).unwrap();
        let events = recording.events_of(Family::Rdm6300, &CodecSettings::default());
        assert!(
            events
                .iter()
                .any(|(_, event)| matches!(event, Event::Card(read) if read.known_bytes() == CARD)),
            "{text}"
        );
    }

    #[test]
    fn where_nothing_can_be_written_that_is_said() {
        let (say, inputs) = sync_channel(64);
        let mut tapes = Tapes::new(say, Texts::of(Lang::En));
        let nowhere = Path::new("/no/such/folder");
        tapes.start(vec![(config("Till"), Ear::default())], nowhere);
        let why = loop {
            let Ok(Input::Screen(msg)) = inputs.recv_timeout(PATIENCE) else {
                panic!("it must be said");
            };
            if let Msg::Tools(ToolNews::RecordingEnded { why, .. }) = *msg {
                break why;
            }
        };
        assert!(why.starts_with("It could not be recorded: "), "{why}");
    }
}
