//! What a supervisor decides: pure, time is an argument.
//!
//! ```text
//! Absent ──wait──▶ Opening ──opened, settled──▶ Idle ◀──▶ CardPresent
//!    ▲                │                           │            │
//!    └──── failed ────┘◀───────── wait ────────  Lost ◀── read failed
//! ```

use std::time::Duration;

use crate::readers::codec::{Codec, codec_for};
use crate::readers::event::{CardRead, Event};
use crate::readers::family::Family;
use crate::readers::transport::TransportError;

/// Pauses between attempts to open; the last one repeats.
const BACK_OFF: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// Bytes within this time after opening had waited in the adapter: they are thrown away, as what
/// was read before belongs to no present guest.
pub const SETTLE: Duration = Duration::from_millis(100);

/// A device that was open for less has not recovered: the pauses go on growing.
const STABLE: Duration = Duration::from_secs(2);

/// Noise is told no more often.
const NOISE_EVERY: Duration = Duration::from_secs(1);

/// Which reader, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderConfig {
    /// How it speaks.
    pub family: Family,
    /// Its port: `/dev/ttyUSB0`, `COM3`.
    pub port: String,
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
        /// (brltty does so with CH340 and CP210x), or a contact is loose.
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
    state: State,
    codec: Box<dyn Codec + Send>,
    failures: usize,
    told: Option<Health>,
    noise: u32,
    noise_told: Option<Duration>,
    messages: Vec<ReaderMessage>,
}

impl Machine {
    /// A supervisor that has just been started.
    pub fn new(family: Family) -> Self {
        let mut machine = Self {
            family,
            state: State::Absent {
                retry_at: Duration::ZERO,
            },
            codec: codec_for(family),
            failures: 0,
            told: None,
            noise: 0,
            noise_told: None,
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

    /// The device could not be opened.
    pub fn not_opened(&mut self, why: TransportError, now: Duration) {
        self.state = State::Absent {
            retry_at: self.back_off(now),
        };
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
                    self.codec = codec_for(self.family);
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
            self.event(event, opened_at);
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
        self.state = State::Lost {
            retry_at: self.back_off(now),
        };
        self.tell(Health::Lost { why, at_once });
    }

    /// The messages that wait to be sent.
    pub fn take_messages(&mut self) -> Vec<ReaderMessage> {
        std::mem::take(&mut self.messages)
    }

    fn event(&mut self, event: Event, opened_at: Duration) {
        match event {
            Event::Card(read) => {
                self.state = State::CardPresent { opened_at };
                self.messages.push(ReaderMessage::Card(read));
            }
            Event::Gone(_) => {
                if matches!(self.state, State::CardPresent { .. }) {
                    self.messages.push(ReaderMessage::Gone);
                }
                self.state = State::Idle { opened_at };
            }
            Event::Rejected(_) => self.noise = self.noise.saturating_add(1),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::codec::rdm6300::frame_of;

    const A: [u8; 5] = [0x01, 0x00, 0x63, 0xe9, 0xae];

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn words(machine: &mut Machine) -> Vec<&'static str> {
        machine
            .take_messages()
            .iter()
            .map(|message| match message {
                ReaderMessage::Health(Health::Opening) => "opening",
                ReaderMessage::Health(Health::Ready) => "ready",
                ReaderMessage::Health(Health::Absent { .. }) => "absent",
                ReaderMessage::Health(Health::Lost { at_once: true, .. }) => "lost at once",
                ReaderMessage::Health(Health::Lost { at_once: false, .. }) => "lost",
                ReaderMessage::Card(_) => "card",
                ReaderMessage::Gone => "gone",
                ReaderMessage::Noise { .. } => "noise",
            })
            .collect()
    }

    /// A machine with a device that is ready at 200 ms.
    fn ready() -> Machine {
        let mut machine = Machine::new(Family::Rdm6300);
        assert_eq!(machine.next(ms(0)), Next::Open);
        machine.opened(ms(0));
        machine.read(&[], ms(200));
        assert_eq!(words(&mut machine), ["opening", "ready"]);
        machine
    }

    #[test]
    fn a_device_that_is_not_there_is_tried_ever_less_often_and_told_once() {
        let mut machine = Machine::new(Family::Rdm6300);
        let mut now = ms(0);
        for pause in [500, 1000, 2000, 5000, 5000] {
            assert_eq!(machine.next(now), Next::Open);
            machine.not_opened(TransportError::Absent, now);
            now += ms(pause);
            assert_eq!(machine.next(now - ms(1)), Next::Wait(now));
        }
        assert_eq!(words(&mut machine), ["opening", "absent"]);
        assert_eq!(machine.next(now), Next::Open);
        machine.not_opened(TransportError::Busy, now);
        assert_eq!(words(&mut machine), ["absent"]);
    }

    #[test]
    fn nothing_that_waited_before_opening_is_read() {
        let mut machine = Machine::new(Family::Rdm6300);
        machine.next(ms(0));
        machine.opened(ms(0));
        machine.read(&frame_of(A), ms(20));
        machine.read(&frame_of(A)[..7], ms(110));
        machine.read(&frame_of(A)[7..], ms(120));
        machine.read(&[], ms(400));
        assert_eq!(words(&mut machine), ["opening", "ready", "noise"]);
        machine.read(&frame_of(A), ms(500));
        assert_eq!(words(&mut machine), ["card"]);
    }

    #[test]
    fn a_card_comes_and_goes_and_goes_with_its_reader() {
        let mut machine = ready();
        machine.read(&frame_of(A), ms(3000));
        machine.read(&frame_of(A), ms(3050));
        machine.read(&[], ms(3349));
        assert_eq!(words(&mut machine), ["card"]);
        machine.read(&[], ms(3350));
        assert_eq!(words(&mut machine), ["gone"]);
        machine.read(&frame_of(A), ms(4000));
        machine.lost(TransportError::Lost, ms(4100));
        assert_eq!(words(&mut machine), ["card", "gone", "lost"]);
        assert_eq!(machine.next(ms(4200)), Next::Wait(ms(4600)));
        // A late read of the dropped device means nothing.
        machine.read(&frame_of(A), ms(4300));
        assert_eq!(words(&mut machine), Vec::<&str>::new());
        assert_eq!(machine.next(ms(4600)), Next::Open);
        machine.opened(ms(4600));
        machine.read(&[], ms(4700));
        machine.read(&frame_of(A), ms(4800));
        assert_eq!(words(&mut machine), ["ready", "card"]);
    }

    #[test]
    fn a_device_that_trembles_is_not_tried_in_a_storm() {
        let mut machine = Machine::new(Family::Rdm6300);
        let mut now = ms(0);
        for pause in [500, 1000, 2000, 5000, 5000] {
            assert_eq!(machine.next(now), Next::Open);
            machine.opened(now);
            now += ms(150);
            machine.read(&[], now);
            machine.lost(TransportError::Lost, now);
            assert_eq!(machine.next(now), Next::Wait(now + ms(pause)));
            now += ms(pause);
        }
        let told = words(&mut machine);
        assert!(told.contains(&"lost at once") && !told.contains(&"lost"));
    }

    #[test]
    fn a_scale_on_the_port_is_counted_and_never_a_card() {
        for family in Family::ALL {
            let mut machine = Machine::new(family);
            machine.next(ms(0));
            machine.opened(ms(0));
            machine.read(&[], ms(100));
            let mut counted = 0;
            for turn in 0..100 {
                machine.read(b"ST,GS,+00.575kg\r\n", ms(1000 + 200 * turn));
                machine.read(&[], ms(1100 + 200 * turn));
            }
            machine.read(&[], ms(60_000));
            for message in machine.take_messages() {
                match message {
                    ReaderMessage::Noise { count } => counted += count,
                    ReaderMessage::Card(_) | ReaderMessage::Gone => panic!("{message:?}"),
                    ReaderMessage::Health(_) => {}
                }
            }
            assert!(counted > 10, "{family}: {counted}");
        }
    }

    #[test]
    fn noise_is_told_once_a_second() {
        let mut machine = ready();
        for turn in 0..50 {
            machine.read(&[0x02, b'0', b'x'], ms(3000 + 10 * turn));
        }
        assert_eq!(machine.take_messages(), [ReaderMessage::Noise { count: 1 }]);
        machine.read(&[], ms(4000));
        assert_eq!(
            machine.take_messages(),
            [ReaderMessage::Noise { count: 49 }]
        );
    }
}
