//! What a supervisor decides: pure, time is an argument.
//!
//! ```text
//! Absent ──wait──▶ Opening ──opened, settled──▶ Idle ◀──▶ CardPresent
//!    ▲                │                           │            │
//!    └──── failed ────┘◀───────── wait ────────  Lost ◀── read failed
//! ```

use std::time::Duration;

use crate::readers::codec::{Codec, CodecSettings, codec_for};
use crate::readers::device::DeviceMatch;
use crate::readers::event::{CardRead, Event, RejectReason, Unread};
use crate::readers::family::Family;
use crate::readers::transport::{LineSettings, TransportError};

/// Pauses between attempts to open; the last one repeats.
const BACK_OFF: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// A device that is not there is looked for no less often, so that one that is plugged in works
/// soon. Looking lists the devices of the system and opens none.
const LOOK_EVERY: Duration = Duration::from_millis(1_500);

/// Bytes within this time after opening had waited in the adapter: they are thrown away, as what
/// was read before belongs to no present guest.
pub const SETTLE: Duration = Duration::from_millis(100);

/// A device that was open for less has not recovered: the pauses go on growing.
const STABLE: Duration = Duration::from_secs(2);

/// Noise, and cards that are not taken, are told no more often.
const NOISE_EVERY: Duration = Duration::from_secs(1);

/// Which reader, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderConfig {
    /// How it speaks.
    pub family: Family,
    /// What the site says of it beyond that.
    pub codec: CodecSettings,
    /// Which device it is.
    pub device: DeviceMatch,
    /// How its line is set, where it has one.
    pub line: LineSettings,
    /// Its name on the screen.
    pub name: String,
}

/// What a supervisor tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderMessage {
    /// The state of the device changed.
    Health(Health),
    /// A card arrived.
    Card(CardRead),
    /// The card left.
    Gone,
    /// Somebody held a card to it that is not taken.
    Unread {
        /// What its holder is told.
        why: Unread,
    },
    /// Bytes that are no card came so many times since this was told last.
    Noise {
        /// Rejected frames and lines.
        count: u32,
    },
}

/// The state of a device. The words for it come from the locale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is being opened for the first time.
    Opening,
    /// It is open; cards are read.
    Ready,
    /// It cannot be opened; tried again by itself.
    Absent {
        /// Why not.
        why: TransportError,
    },
    /// It was open and went away; opened again by itself.
    Lost {
        /// How it was noticed.
        why: TransportError,
        /// It went within two seconds after opening: another program may have taken the adapter
        /// (brltty does so with `CH340` and `CP210x`), or a contact is loose.
        at_once: bool,
    },
}

/// What the thread is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try to open the device.
    Open,
    /// Wait until then.
    Wait(Duration),
    /// Read from the device.
    Read,
}

enum State {
    /// Not open: never was, or could not be.
    Absent { retry_at: Duration },
    /// Being opened, or open and settling.
    Opening { opened_at: Option<Duration> },
    /// Open, without a card.
    Idle { opened_at: Duration },
    /// Open, a card lies on it.
    CardPresent { opened_at: Duration },
    /// Was open, must be dropped and opened anew.
    Lost { retry_at: Duration },
}

/// The decisions for one device. Times count from the start of the supervisor.
pub struct Machine {
    family: Family,
    settings: CodecSettings,
    state: State,
    /// Of the open device, if it is a HID device.
    descriptor: Option<Vec<u8>>,
    codec: Box<dyn Codec + Send>,
    failures: usize,
    told: Option<Health>,
    noise: u32,
    noise_told: Option<Duration>,
    unread_told: Option<Duration>,
    messages: Vec<ReaderMessage>,
}

impl Machine {
    /// A supervisor that has just been started.
    pub fn new(family: Family, settings: CodecSettings) -> Self {
        let mut machine = Self {
            family,
            state: State::Absent {
                retry_at: Duration::ZERO,
            },
            descriptor: None,
            codec: codec_for(family, &settings),
            settings,
            failures: 0,
            told: None,
            noise: 0,
            noise_told: None,
            unread_told: None,
            messages: Vec::new(),
        };
        machine.tell(Health::Opening);
        machine
    }

    /// What is to be done at `now`.
    pub fn next(&mut self, now: Duration) -> Next {
        match self.state {
            State::Absent { retry_at } | State::Lost { retry_at } if now < retry_at => {
                Next::Wait(retry_at)
            }
            State::Absent { .. } | State::Lost { .. } => {
                self.state = State::Opening { opened_at: None };
                Next::Open
            }
            State::Opening { opened_at: None } => Next::Open,
            State::Opening { opened_at: Some(_) }
            | State::Idle { .. }
            | State::CardPresent { .. } => Next::Read,
        }
    }

    /// The device was opened.
    pub fn opened(&mut self, now: Duration) {
        self.state = State::Opening {
            opened_at: Some(now),
        };
    }

    /// What the opened device says of its reports.
    pub fn describes_itself(&mut self, descriptor: Option<&[u8]>) {
        self.descriptor = descriptor.map(<[u8]>::to_vec);
    }

    /// The device could not be opened.
    pub fn not_opened(&mut self, why: TransportError, now: Duration) {
        let was_absent = matches!(
            self.told,
            Some(Health::Absent {
                why: TransportError::Absent
            })
        );
        let is_absent = why == TransportError::Absent;
        if was_absent && !is_absent {
            // It has just arrived; its node may get its owner in a moment.
            self.failures = 0;
        }
        let retry_at = self.back_off(now);
        let retry_at = if is_absent {
            retry_at.min(now.saturating_add(LOOK_EVERY))
        } else {
            retry_at
        };
        self.state = State::Absent { retry_at };
        self.tell(Health::Absent { why });
    }

    /// A read of the open device returned, with bytes or with none.
    pub fn read(&mut self, bytes: &[u8], now: Duration) {
        let opened_at = match self.state {
            State::Opening {
                opened_at: Some(opened_at),
            } => {
                // The read that ends the settling may hold the end of something that began in
                // it, so it is thrown away too. The codec's time begins now.
                if now.saturating_sub(opened_at) >= SETTLE {
                    self.codec = codec_for(self.family, &self.settings);
                    if let Some(descriptor) = &self.descriptor {
                        self.codec.descriptor(descriptor);
                    }
                    self.state = State::Idle { opened_at: now };
                    self.tell(Health::Ready);
                }
                return;
            }
            State::Idle { opened_at } | State::CardPresent { opened_at } => opened_at,
            // Nothing is open: a late read means nothing.
            State::Absent { .. } | State::Lost { .. } | State::Opening { opened_at: None } => {
                return;
            }
        };
        let since_open = now.saturating_sub(opened_at);
        if since_open >= STABLE {
            self.failures = 0;
        }
        if bytes.is_empty() {
            self.codec.on_timeout(since_open);
        } else {
            self.codec.feed(bytes, since_open);
        }
        while let Some(event) = self.codec.poll() {
            self.event(event, opened_at, now);
        }
        self.tell_noise(now);
    }

    /// A read failed; the device is to be dropped.
    pub fn lost(&mut self, why: TransportError, now: Duration) {
        let at_once = match self.state {
            State::Opening { opened_at } => {
                opened_at.is_none_or(|at| now.saturating_sub(at) < STABLE)
            }
            State::Idle { opened_at } => now.saturating_sub(opened_at) < STABLE,
            State::CardPresent { opened_at } => {
                self.messages.push(ReaderMessage::Gone);
                now.saturating_sub(opened_at) < STABLE
            }
            State::Absent { .. } | State::Lost { .. } => return,
        };
        if !at_once {
            self.failures = 0;
        }
        if why == TransportError::ReportsLost {
            // Somebody held a card to it meanwhile, and waits.
            self.tell_unread(Unread::Again, now);
        }
        self.state = State::Lost {
            retry_at: self.back_off(now),
        };
        self.tell(Health::Lost { why, at_once });
    }

    /// The messages that wait to be sent.
    pub fn take_messages(&mut self) -> Vec<ReaderMessage> {
        std::mem::take(&mut self.messages)
    }

    fn event(&mut self, event: Event, opened_at: Duration, now: Duration) {
        match event {
            Event::Card(read) => {
                // Without a card that lies there, none will be told to have gone.
                self.state = if read.present {
                    State::CardPresent { opened_at }
                } else {
                    State::Idle { opened_at }
                };
                self.messages.push(ReaderMessage::Card(read));
            }
            Event::Gone(_) => {
                if matches!(self.state, State::CardPresent { .. }) {
                    self.messages.push(ReaderMessage::Gone);
                }
                self.state = State::Idle { opened_at };
            }
            Event::Rejected(rejected) => {
                if rejected.reason.is_noise() {
                    self.noise = self.noise.saturating_add(1);
                }
                if let Some(why) = self.unread(rejected.reason) {
                    self.tell_unread(why, now);
                }
            }
        }
    }

    /// What a reader types, somebody held to it; so also a piece of it is a card.
    fn unread(&self, reason: RejectReason) -> Option<Unread> {
        let piece = matches!(
            reason,
            RejectReason::CutBySilence | RejectReason::DigitsLost
        );
        reason
            .unread()
            .or((piece && self.family.types()).then_some(Unread::Again))
    }

    fn tell_unread(&mut self, why: Unread, now: Duration) {
        let due = self
            .unread_told
            .is_none_or(|told| now >= told.saturating_add(NOISE_EVERY));
        if due {
            self.unread_told = Some(now);
            self.messages.push(ReaderMessage::Unread { why });
        }
    }

    fn tell_noise(&mut self, now: Duration) {
        let due = self
            .noise_told
            .is_none_or(|told| now >= told.saturating_add(NOISE_EVERY));
        if self.noise > 0 && due {
            self.noise_told = Some(now);
            let count = std::mem::take(&mut self.noise);
            self.messages.push(ReaderMessage::Noise { count });
        }
    }

    fn tell(&mut self, health: Health) {
        if self.told.as_ref() != Some(&health) {
            self.told = Some(health.clone());
            self.messages.push(ReaderMessage::Health(health));
        }
    }

    fn back_off(&mut self, now: Duration) -> Duration {
        let pause = BACK_OFF[self.failures.min(BACK_OFF.len() - 1)];
        self.failures = self.failures.saturating_add(1);
        now.saturating_add(pause)
    }
}
