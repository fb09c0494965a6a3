//! Readers of the smart card service (pcscd, and what Windows has for it).
//!
//! The library of the service is needed to build this, so it is behind the feature `pcsc`; without
//! it, opening says so.
//!
//! A reader may show itself as several, one for contactless cards and one for a SIM-like card
//! inside; which is which, neither name nor order tells. So all that the config means are watched,
//! and each card that arrives is asked for its UID: the one inside has none. A card that lay there
//! already when we came is not asked: it may be of a guest who left.

#[cfg(not(feature = "pcsc"))]
#[path = "absent.rs"]
mod service;
#[cfg(feature = "pcsc")]
mod service;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use service::SystemService;

use super::{READ_WAIT, Transport, TransportError};
use crate::readers::codec::pcsc::{self, ASK_UID, Answer, REMOVED};
use crate::readers::device::{Device, DeviceMatch, Link};

/// The smart card service can be used by this program as it was built.
pub const BUILT_IN: bool = cfg!(feature = "pcsc");

/// How often it is looked whether readers came or went; the service does not always tell.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// How often a card that gives no answer is asked: it may just be coming to the reader.
const ASK_TRIES: u8 = 3;

/// What the codec is told of a card that gave no answer at all: «failed».
const NO_ANSWER: [u8; 2] = [0x63, 0x00];

/// A service that wakes us for nothing does so no more often.
const SPURIOUS_PAUSE: Duration = Duration::from_millis(20);

/// Most slots that are watched.
const SLOTS_MAX: usize = 8;

/// What is seen of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    card: bool,
    /// Counts arrivals and removals, where the service does. Wraps.
    changes: u16,
}

/// The smart card service.
trait Service {
    /// The names of the readers that are there.
    fn names(&mut self) -> Result<Vec<String>, TransportError>;

    /// Waits at most so long until something changed since the last call, and says how things are
    /// now. May come back early for nothing.
    fn watch(&mut self, names: &[String], wait: Duration) -> Result<Vec<Seen>, TransportError>;

    /// Gives the card in a reader a command; none if it did not answer.
    fn ask(&mut self, name: &str, command: &[u8]) -> Option<Vec<u8>>;
}

/// The readers of the service that are there. None where there is no service.
pub fn pcsc_devices() -> Vec<Device> {
    let names = SystemService::establish().and_then(|mut service| service.names());
    names
        .unwrap_or_default()
        .into_iter()
        .map(|node| Device {
            link: Link::PcSc,
            node,
            usb: None,
        })
        .collect()
}

/// Opens the reader of the service that the config means.
pub fn open(wanted: &DeviceMatch) -> Result<Box<dyn Transport>, TransportError> {
    let service = SystemService::establish()?;
    Ok(Box::new(PcScTransport::new(service, wanted.clone())?))
}

/// A slot for one card.
struct Slot {
    name: String,
    /// None before the first look.
    seen: Option<Seen>,
    /// How often the card is still to be asked.
    tries: u8,
    /// The card gave its UID, so that its leaving is of interest.
    told: bool,
}

impl Slot {
    fn new(name: String) -> Self {
        Self {
            name,
            seen: None,
            tries: 0,
            told: false,
        }
    }

    /// Takes over what is seen now. True when a card that was told has left.
    fn look(&mut self, now: Seen) -> bool {
        let Some(before) = self.seen.replace(now) else {
            return false;
        };
        // Between two looks it may have left and come back, or another may have come.
        let exchanged = now.changes.wrapping_sub(before.changes) >= 2;
        let left = before.card && (!now.card || exchanged);
        let arrived = now.card && (!before.card || exchanged);
        if arrived {
            self.tries = ASK_TRIES;
        } else if left {
            self.tries = 0;
        }
        left && std::mem::take(&mut self.told)
    }
}

/// Readers of the service, watched.
struct PcScTransport<S> {
    service: S,
    wanted: DeviceMatch,
    slots: Vec<Slot>,
    listed: Instant,
    reports: VecDeque<Vec<u8>>,
}

impl<S: Service> PcScTransport<S> {
    fn new(mut service: S, wanted: DeviceMatch) -> Result<Self, TransportError> {
        let names = choose(&wanted, service.names()?)?;
        Ok(Self {
            service,
            wanted,
            slots: names.into_iter().map(Slot::new).collect(),
            listed: Instant::now(),
            reports: VecDeque::new(),
        })
    }

    /// Looks whether the readers are still those. One more or one less is another device.
    fn list(&mut self, now: Instant) -> Result<(), TransportError> {
        if now.saturating_duration_since(self.listed) < LIST_EVERY {
            return Ok(());
        }
        self.listed = now;
        let names = self
            .service
            .names()
            .and_then(|all| choose(&self.wanted, all));
        let same = names.is_ok_and(|names| names.iter().eq(self.slots.iter().map(|s| &s.name)));
        if same {
            Ok(())
        } else {
            Err(TransportError::Lost)
        }
    }

    fn turn(&mut self, wait: Duration) -> Result<(), TransportError> {
        // Cards that have not answered yet are asked again soon.
        let names: Vec<String> = self.slots.iter().map(|slot| slot.name.clone()).collect();
        for (slot, seen) in self.slots.iter_mut().zip(self.service.watch(&names, wait)?) {
            if slot.look(seen) {
                self.reports.push_back(REMOVED.to_vec());
            }
        }
        for slot in self.slots.iter_mut().filter(|slot| slot.tries > 0) {
            slot.tries -= 1;
            let answer = uid(&mut self.service, &slot.name);
            if let Some(answer) = answer {
                slot.tries = 0;
                slot.told = matches!(pcsc::answer(&answer), Answer::Bytes(_));
                self.reports.push_back(answer);
            } else if slot.tries == 0 {
                self.reports.push_back(NO_ANSWER.to_vec());
            }
        }
        Ok(())
    }

    fn give(&mut self, buf: &mut [u8]) -> usize {
        let Some(report) = self.reports.pop_front() else {
            return 0;
        };
        let count = report.len().min(buf.len());
        buf[..count].copy_from_slice(&report[..count]);
        count
    }
}

impl<S: Service + Send> Transport for PcScTransport<S> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError> {
        if self.reports.is_empty() {
            let began = Instant::now();
            self.list(began)?;
            self.turn(READ_WAIT)?;
            if self.reports.is_empty() && began.elapsed() < SPURIOUS_PAUSE {
                std::thread::sleep(SPURIOUS_PAUSE);
            }
        }
        Ok(self.give(buf))
    }
}

/// Asks for the UID, once more with the length where the card wants to be asked so.
fn uid(service: &mut impl Service, name: &str) -> Option<Vec<u8>> {
    let answer = service.ask(name, &ASK_UID)?;
    match pcsc::answer(&answer) {
        Answer::Again(length) => {
            let mut command = ASK_UID;
            command[4] = length;
            service.ask(name, &command)
        }
        Answer::Bytes(_) | Answer::Refused(_) => Some(answer),
    }
}

/// Which of the readers are meant: those whose names begin so; of a USB device, which the service
/// does not name, all of them. Of two devices none is taken.
fn choose(wanted: &DeviceMatch, names: Vec<String>) -> Result<Vec<String>, TransportError> {
    let mut meant = names;
    match wanted {
        DeviceMatch::Port(begin) if meant.contains(begin) => meant.retain(|name| name == begin),
        DeviceMatch::Port(begin) => meant.retain(|name| name.starts_with(begin.as_str())),
        DeviceMatch::Usb { .. } => {}
    }
    meant.sort();
    let Some(first) = meant.first() else {
        return Err(TransportError::Absent);
    };
    let alike = meant
        .windows(2)
        .any(|pair| without_numbers(&pair[0]) == without_numbers(&pair[1]));
    let model = model(first);
    let mixed = meant.iter().any(|name| self::model(name) != model);
    if alike || mixed || meant.len() > SLOTS_MAX {
        return Err(TransportError::Ambiguous { nodes: meant });
    }
    Ok(meant)
}

/// `ACS ACR122U PICC Interface 00 00` without the numbers that the service puts behind.
fn without_numbers(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_hexdigit() || c == ' ')
}

/// Maker and model, which the slots of one device have in common: `ACS ACR1252`.
fn model(name: &str) -> Vec<&str> {
    name.split_whitespace().take(2).collect()
}
