//! The loop of the till screen: messages in, frames and effects out.
//!
//! One bounded channel brings everything: keys, cards, answers, news of payments, signals. A frame
//! is drawn after each message that the screen handled and before the next key is looked at, so no
//! key acts on something that nobody has seen yet. With nothing to do the loop sleeps.

mod effects;
mod escapes;
mod keys;
mod polling;
mod watching;

use std::io::{self, BufWriter, Stdout, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use jiff::tz::TimeZone;

use crate::domain::{Notation, Uid};
use crate::i18n::Texts;
use crate::os::job::{self, Job};
use crate::os::{signals, window};
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::record::PaymentRecord;
use crate::readers::{ReaderConfig, ReaderMessage, WedgeSettings};
use crate::reports::{self, Labels};
use crate::tui::{self, App, Effect, HistoryRow, Msg, UiSettings, terminal};

use effects::Effects;
use keys::Keyboard;

use super::cards::{self, ReaderSource};
use super::operators::Doorkeeper;
use super::payments::{Means, News};
use super::tools::{ToolSetup, Tools};

/// Messages that may wait for the loop. It handles one in far less than a frame; a full channel
/// means that it hangs, and then the senders wait.
const MESSAGES_MAX: usize = 1024;

/// A whole picture of a large window goes out at once, so that nobody sees half of one.
const FRAME_BYTES: usize = 64 * 1024;

/// Exit code after a signal, when the loop did not end by itself.
const KILLED: i32 = 5;

/// What the loop hears.
pub(super) enum Input {
    /// From the terminal, with the time since the start.
    Terminal(Event, Duration),
    /// For the screen.
    Screen(Box<Msg>),
    /// From a card reader, by the name in the config.
    Reader(String, ReaderMessage),
    /// From the payment thread.
    Payment(News),
    /// A reader was learnt; it is to be watched from now on.
    Learnt(Box<ReaderConfig>),
    /// Of r_keeper's licence; empty where there is nothing to say any more.
    Licence(String),
    /// Of Lime's clock; the same.
    LimeClock(String),
    /// The program is to stop as a shell's job, or goes on after it was stopped.
    Job(Job),
    /// The terminal cannot be read any more.
    TerminalGone(String),
    /// A thread that the program cannot do without has panicked.
    WorkerDied(&'static str),
}

/// Everything the screen works with.
pub struct ScreenParts {
    /// Servers, clock, patience.
    pub means: Means,
    /// Open for payments.
    pub journal: SqliteJournal,
    /// How the site writes UIDs.
    pub notation: Notation,
    /// Who works here.
    pub(super) people: Arc<Doorkeeper>,
    /// Names for the rows of a card's history.
    pub labels: Labels,
    /// Card readers at ports.
    pub readers: Vec<ReaderSource>,
    /// For the technician's tools.
    pub tools: ToolSetup,
    /// Readers that type; `None`: bursts are keys like any others.
    pub wedge: Option<WedgeSettings>,
    /// Pause between looks at the list of orders.
    pub poll: Duration,
    /// Where r_keeper's notices are heard, if anywhere.
    pub notices: Option<SocketAddr>,
    /// Looks.
    pub ui: UiSettings,
    /// Taps a sample card, in the demo.
    pub tap: Option<Box<dyn FnMut(usize) + Send>>,
    /// A card at a reader brings the window up (`screen.raise_on_tap`).
    pub raise_on_tap: bool,
}

/// Why the screen ended early.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// There is no terminal to draw on.
    #[error("no terminal: {0}")]
    NoTerminal(io::Error),
    /// It vanished.
    #[error("the terminal is gone: {0}")]
    TerminalGone(String),
    /// A mistake of the program: payments under way are in the journal.
    #[error("internal error in «{0}»; payments under way are checked at the next start")]
    WorkerDied(&'static str),
}

/// How the screen ended, when it ended in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// No payment was under way.
    Calm,
    /// The system wanted the end while a payment was under way; the next start asks about it.
    MoneyInFlight,
}

/// Runs the screen until the cashier leaves, the system wants the end, or something breaks.
pub fn run(parts: ScreenParts) -> Result<Ended, ScreenError> {
    let start = Instant::now();
    let (say, inputs) = sync_channel::<Input>(MESSAGES_MAX);
    let guard =
        terminal::Guard::enter(parts.ui.mouse.is_some()).map_err(ScreenError::NoTerminal)?;
    let (wish, of_job) = (say.clone(), say.clone());
    signals::watch(
        move || drop(wish.try_send(Input::Screen(Box::new(Msg::Terminate)))),
        terminal::restore,
        KILLED,
    )
    .map_err(ScreenError::NoTerminal)?;
    job::watch(move |job| drop(of_job.try_send(Input::Job(job))))
        .map_err(ScreenError::NoTerminal)?;
    if parts.raise_on_tap {
        terminal::name_window(window::TITLE).map_err(ScreenError::NoTerminal)?;
    }
    read_terminal(say.clone(), start);
    let texts = Texts::of(parts.ui.lang);
    let tools = Tools::start(parts.readers, parts.tools, texts, say.clone());
    let mut effects = Effects::start(
        parts.means,
        parts.journal,
        parts.people,
        parts.poll,
        parts.tap,
        say,
    );
    if let Some(address) = parts.notices {
        effects.hear_notices(address);
    }
    let mut screen = Loop {
        texts,
        tools,
        zone: parts.ui.time_zone.clone(),
        app: App::new(parts.ui),
        keyboard: Keyboard::new(parts.wedge),
        notation: parts.notation,
        labels: parts.labels,
        terminal: Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(
            FRAME_BYTES,
            io::stdout(),
        )))
        .map_err(ScreenError::NoTerminal)?,
        guard,
        effects,
        start,
        raise_on_tap: parts.raise_on_tap,
        of_journal: String::new(),
        of_licence: String::new(),
        of_clock: String::new(),
    };
    let result = screen.run(&inputs);
    terminal::restore();
    let in_flight = screen.app.money_in_flight();
    if !in_flight {
        screen.effects.await_rows();
    }
    screen.tools.end();
    result.map(|()| {
        if in_flight {
            Ended::MoneyInFlight
        } else {
            Ended::Calm
        }
    })
}

struct Loop {
    app: App,
    keyboard: Keyboard,
    notation: Notation,
    texts: Texts,
    labels: Labels,
    zone: TimeZone,
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    guard: terminal::Guard,
    effects: Effects,
    tools: Tools,
    start: Instant,
    raise_on_tap: bool,
    /// What is wrong with the journal, with the licence and with the clocks, in words; empty where nothing is.
    of_journal: String,
    of_licence: String,
    of_clock: String,
}

/// Whether the loop goes on.
type Going = Result<bool, ScreenError>;

impl Loop {
    fn run(&mut self, inputs: &Receiver<Input>) -> Result<(), ScreenError> {
        self.draw()?;
        for effect in App::start() {
            self.execute(effect);
        }
        loop {
            let input = match self.sleep() {
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(time) => inputs.recv_timeout(time),
            };
            let going = match input {
                Ok(input) => self.hear(input)?,
                Err(RecvTimeoutError::Timeout) => self.tick()?,
                Err(RecvTimeoutError::Disconnected) => false,
            };
            if !going {
                return Ok(());
            }
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self) -> Option<Duration> {
        let next = [self.app.deadline(), self.keyboard.deadline()]
            .into_iter()
            .flatten()
            .min()?;
        Some(next.saturating_sub(self.now()))
    }

    fn handle_all(&mut self, msgs: Vec<Msg>) -> Going {
        for msg in msgs {
            if !self.handle(msg)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn hear(&mut self, input: Input) -> Going {
        let now = self.now();
        match input {
            Input::Terminal(event, at) if keys::asks_to_stop(&event) => {
                self.ask_to_stop(at);
                Ok(true)
            }
            Input::Terminal(event, at) => {
                if matches!(event, Event::Resize(..)) {
                    self.forget_picture()?;
                }
                let msgs = self.keyboard.hear(&event, at, self.notation);
                self.handle_all(msgs)
            }
            Input::Screen(msg) => self.handle(*msg),
            Input::Reader(name, message) => {
                let at = jiff::Timestamp::now();
                if self.raise_on_tap && cards::is_tap(&message) {
                    raise();
                }
                let msgs = cards::to_msgs(name, message, self.notation, self.texts, at);
                self.handle_all(msgs)
            }
            Input::Payment(News::Moved(view)) => {
                let rests = view.standing.is_rest();
                Ok(self.handle(Msg::Payment(*view))?
                    && (!rests || self.execute(self.app.load_payments())))
            }
            Input::Payment(News::NotStarted(problem)) => self.handle(Msg::PaymentFailed(problem)),
            Input::Payment(News::Attention(views)) => self.handle(Msg::Attention(views)),
            Input::Payment(News::Answered(payment, answer)) => {
                self.handle(Msg::Answered(payment, answer))
            }
            Input::Payment(News::Listed(records)) => self.handle(Msg::Payments(records)),
            Input::Payment(News::History(uid, records)) => {
                let rows = Ok(self.history(&uid, &records));
                self.handle(Msg::History { uid, rows })
            }
            Input::Payment(News::Spent(spent)) => self.handle(Msg::Spent(spent)),
            Input::Payment(News::Orphans(orphans)) => self.handle(Msg::Orphans(orphans)),
            Input::Payment(News::JournalFailed(words) | News::JournalSays(words)) => {
                self.of_journal = words;
                self.tell_troubles()
            }
            Input::Learnt(config) => {
                self.tools.add(ReaderSource {
                    config: *config,
                    opener: None,
                });
                Ok(true)
            }
            Input::Licence(words) => {
                self.of_licence = words;
                self.tell_troubles()
            }
            Input::LimeClock(words) => {
                self.of_clock = words;
                self.tell_troubles()
            }
            Input::Job(Job::Stop) => {
                job::stop(terminal::restore);
                self.retake()
            }
            Input::Job(Job::Continued) => self.retake(),
            Input::TerminalGone(words) => {
                tracing::error!(words, at = ?now, "the terminal is gone");
                Err(ScreenError::TerminalGone(words))
            }
            Input::WorkerDied(name) => Err(ScreenError::WorkerDied(name)),
        }
    }

    /// Ctrl+Z. While money is moving, it counts as little as the key that leaves.
    fn ask_to_stop(&mut self, at: Duration) {
        if self.app.money_in_flight() {
            tracing::warn!(?at, "not stopped by a key: money is moving");
        } else {
            job::ask_to_stop();
        }
    }

    /// The program was stopped, or somebody else had the terminal: modes and picture are made anew.
    fn retake(&mut self) -> Going {
        self.app.lost();
        self.guard.retake().map_err(|error| gone(&error))?;
        self.forget_picture()?;
        self.draw()?;
        Ok(true)
    }

    /// The next frame draws every cell. A window that became small and large again has lost what it
    /// showed, and its size does not tell.
    fn forget_picture(&mut self) -> Result<(), ScreenError> {
        let area = self.terminal.size().map_err(|error| gone(&error))?;
        // Unlike `clear`, this asks the terminal nothing: its answer would come among the keys.
        self.terminal
            .resize(area.into())
            .map_err(|error| gone(&error))
    }

    /// What a person must look after has one place on the screen.
    fn tell_troubles(&mut self) -> Going {
        let all = [&self.of_journal, &self.of_clock, &self.of_licence];
        let all = all.map(String::as_str);
        let words: Vec<&str> = all.into_iter().filter(|own| !own.is_empty()).collect();
        self.handle(Msg::JournalTrouble(words.join("; ")))
    }

    fn history(&self, uid: &Uid, records: &[PaymentRecord]) -> Vec<HistoryRow> {
        reports::card::card(records, uid, None, &self.zone, &self.labels)
            .rows
            .into_iter()
            .map(|row| HistoryRow {
                at: row.time,
                what: row.goods,
                account: row.account,
                amount: row.amount,
            })
            .collect()
    }

    fn tick(&mut self) -> Going {
        let now = self.now();
        for msg in self.keyboard.on_timeout(now, self.notation) {
            if !self.handle(msg)? {
                return Ok(false);
            }
        }
        if self.app.deadline().is_some_and(|deadline| deadline <= now) {
            return self.handle(Msg::Tick);
        }
        Ok(true)
    }

    /// One message, its effects, and a frame.
    fn handle(&mut self, msg: Msg) -> Going {
        let now = self.now();
        for effect in self.app.update(msg, now) {
            if !self.execute(effect) {
                return Ok(false);
            }
        }
        self.draw()?;
        Ok(true)
    }

    /// Whether the loop goes on.
    fn execute(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Quit => return false,
            Effect::Bell(_) => {
                let mut out = io::stdout();
                // A bell that cannot be rung is no reason to stop.
                let _ = out.write_all(b"\x07").and_then(|()| out.flush());
            }
            Effect::Tools(wish) => self.tools.execute(wish),
            Effect::LoadOrders
            | Effect::LoadOrder(_)
            | Effect::LookUpCard(_)
            | Effect::LookUpNumber(_)
            | Effect::LoadHistory(_)
            | Effect::Pay(_)
            | Effect::CancelPayment
            | Effect::AskAgain(_)
            | Effect::Decide(_)
            | Effect::Known(_)
            | Effect::Refund(_)
            | Effect::Identify { .. }
            | Effect::Staff(_)
            | Effect::CheckPin { .. }
            | Effect::LoadPayments(_)
            | Effect::DemoTap(_) => self.effects.execute(effect),
        }
        true
    }

    fn draw(&mut self) -> Result<(), ScreenError> {
        let app = &self.app;
        let mut hits = tui::Hits::default();
        let area = self
            .terminal
            .draw(|frame| hits = tui::picture(app, frame))
            .map_err(|error| gone(&error))?
            .area;
        let now = self.now();
        self.app.drawn(area, now);
        self.app.laid_out(hits, now);
        Ok(())
    }
}

fn gone(error: &io::Error) -> ScreenError {
    ScreenError::TerminalGone(error.to_string())
}

/// A window that stays behind is no reason to stop: the card is shown all the same.
fn raise() {
    match window::raise(&mut io::stdout()) {
        Ok(raised) => tracing::debug!(?raised, "the window, for a tap"),
        Err(error) => tracing::warn!(%error, "the window was not brought up"),
    }
}

/// A thread of its own: reading blocks, and where the terminal is gone it may never return.
fn read_terminal(say: SyncSender<Input>, start: Instant) {
    thread::spawn(move || {
        loop {
            let input = match event::read() {
                Ok(event) => Input::Terminal(event, start.elapsed()),
                Err(error) => {
                    let _ = say.send(Input::TerminalGone(error.to_string()));
                    return;
                }
            };
            if say.send(input).is_err() {
                return;
            }
        }
    });
}

/// Tells the loop when its thread panics.
pub(super) struct Alarm {
    say: SyncSender<Input>,
    name: &'static str,
}

impl Alarm {
    pub(super) fn new(say: SyncSender<Input>, name: &'static str) -> Self {
        let alarm = Self { say, name };
        #[cfg(debug_assertions)]
        alarm.rehearse();
        alarm
    }

    /// Lets a test see what a panic of this thread does to the terminal. Not in release builds.
    #[cfg(debug_assertions)]
    #[expect(clippy::panic, reason = "a rehearsal, in debug builds only")]
    fn rehearse(&self) {
        if std::env::var_os("LIMEKEEPER_REHEARSE_PANIC").is_some_and(|name| name == self.name) {
            std::panic::panic_any("rehearsed");
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.say.send(Input::WorkerDied(self.name));
        }
    }
}
