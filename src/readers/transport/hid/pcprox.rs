//! A `pcProx` reader, told to stop typing and asked for its card ten times a second.
//!
//! It is the one reader that we write to: eight-byte feature reports that ask, and one that
//! switches its typing off. So its vendor and product are looked at before the first of them, also
//! where the config names it by its node. Nothing is written to its permanent memory, and what was
//! switched off is switched on again when we leave. Source: micolous/pcprox.

use std::time::{Duration, Instant};

use hidapi::HidDevice;

use super::super::{READ_WAIT, Transport, TransportError};
use super::{Opened, open_device, system};
use crate::readers::codec::pcprox::{ANSWER_BYTES, ASK_CARD, ASK_COUNT};
use crate::readers::device::{DeviceMatch, UsbId};
use crate::readers::family::Family;

/// The readers that answer so.
const PCPROX: UsbId = UsbId::new(0x0c27, 0x3bfa);

/// Reads or writes the first page of its settings.
const PAGE_0: u8 = 0x80;
/// Ends a change of settings; the byte behind it says which pages to keep for ever: none.
const FINISH: u8 = 0x90;
/// In the last byte of the first page: do not type.
const HALT_TYPING: u8 = 0x80;

/// From one question to the next.
const ASK_EVERY: Duration = READ_WAIT;

/// Eight bytes there, eight bytes back.
type Feature = [u8; ANSWER_BYTES];

/// A device that has feature reports without a number.
trait Features {
    fn put(&self, feature: Feature) -> Result<(), TransportError>;
    fn get(&self) -> Result<Feature, TransportError>;
}

impl Features for HidDevice {
    fn put(&self, feature: Feature) -> Result<(), TransportError> {
        let mut report = [0; ANSWER_BYTES + 1];
        report[1..].copy_from_slice(&feature);
        self.send_feature_report(&report)
            .map_err(|_| TransportError::Lost)
    }

    fn get(&self) -> Result<Feature, TransportError> {
        let mut report = [0; ANSWER_BYTES + 1];
        let count = self
            .get_feature_report(&mut report)
            .map_err(|_| TransportError::Lost)?;
        // Behind the number of the report, which is none; some systems leave that out.
        let behind = count.checked_sub(ANSWER_BYTES);
        behind
            .and_then(|first| report.get(first..count)?.try_into().ok())
            .ok_or(TransportError::NotThisKind)
    }
}

/// An open `pcProx` reader.
pub struct PcProxTransport {
    asked: Asked<HidDevice>,
    _keys: Option<system::Grab>,
}

impl PcProxTransport {
    /// Opens the reader that the config means.
    pub fn open(wanted: &DeviceMatch) -> Result<Self, TransportError> {
        let Opened { device, keys } = open_device(wanted, Family::PcProx)?;
        let info = device
            .get_device_info()
            .map_err(|_| TransportError::Absent)?;
        if UsbId::new(info.vendor_id(), info.product_id()) != PCPROX {
            return Err(TransportError::NotThisKind);
        }
        Ok(Self {
            asked: Asked::new(device)?,
            _keys: keys,
        })
    }
}

impl Transport for PcProxTransport {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError> {
        let now = Instant::now();
        let wait = self.asked.ask_at.saturating_duration_since(now);
        std::thread::sleep(wait.min(READ_WAIT));
        self.asked.ask(buf, Instant::now())
    }
}

/// A reader that does not type while this lives.
struct Asked<D: Features> {
    device: D,
    /// Its first page as it was.
    page: Feature,
    ask_at: Instant,
    /// There was no card at the last question: that is told once.
    empty: bool,
}

impl<D: Features> Asked<D> {
    fn new(device: D) -> Result<Self, TransportError> {
        device.put(command(PAGE_0, 0))?;
        let page = device.get()?;
        let asked = Self {
            device,
            page,
            ask_at: Instant::now(),
            empty: false,
        };
        let mut silent = page;
        silent[ANSWER_BYTES - 1] |= HALT_TYPING;
        asked.settings(silent)?;
        Ok(asked)
    }

    fn settings(&self, page: Feature) -> Result<(), TransportError> {
        self.device.put(command(PAGE_0, 0))?;
        self.device.put(page)?;
        self.device.put(command(FINISH, 0))
    }

    /// Both answers as one report; nothing while there is no card.
    fn ask(&mut self, buf: &mut [u8], now: Instant) -> Result<usize, TransportError> {
        let Some(room) = buf.get_mut(..2 * ANSWER_BYTES) else {
            return Err(TransportError::NotThisKind);
        };
        self.ask_at = now + ASK_EVERY;
        for (question, place) in [ASK_CARD, ASK_COUNT]
            .into_iter()
            .zip(room.chunks_exact_mut(ANSWER_BYTES))
        {
            self.device.put(command(question, 0))?;
            place.copy_from_slice(&self.device.get()?);
        }
        let empty = room.iter().all(|&byte| byte == 0);
        let told = std::mem::replace(&mut self.empty, empty);
        Ok(if empty && told { 0 } else { 2 * ANSWER_BYTES })
    }
}

impl<D: Features> Drop for Asked<D> {
    fn drop(&mut self) {
        // A reader that was unplugged has forgotten it anyway.
        drop(self.settings(self.page));
    }
}

fn command(code: u8, parameter: u8) -> Feature {
    let mut command = [0; ANSWER_BYTES];
    command[0] = code;
    command[1] = parameter;
    command
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::readers::codec::{CodecSettings, codec_for};
    use crate::readers::event::Event;

    /// A reader as the description says, with the card that lies on it.
    #[derive(Clone)]
    struct Reader(Rc<RefCell<State>>);

    struct State {
        page: Feature,
        card: Option<(Feature, u8)>,
        /// The command that waits for being read or written.
        command: u8,
        read_card: bool,
        kept: Vec<u8>,
    }

    impl Features for Reader {
        fn put(&self, feature: Feature) -> Result<(), TransportError> {
            let mut state = self.0.borrow_mut();
            match (state.command, feature[0]) {
                (PAGE_0, code) if code != FINISH => {
                    state.page = feature;
                    state.command = 0;
                }
                (_, FINISH) => {
                    state.kept.push(feature[1]);
                    state.command = 0;
                }
                (_, code) => state.command = code,
            }
            Ok(())
        }

        fn get(&self) -> Result<Feature, TransportError> {
            let mut state = self.0.borrow_mut();
            let answer = match (std::mem::take(&mut state.command), state.card) {
                (PAGE_0, _) => state.page,
                (ASK_CARD, Some((data, _))) => {
                    state.read_card = true;
                    data
                }
                // Without the card asked before, the count stays empty.
                (ASK_COUNT, Some((_, bits))) if state.read_card => {
                    state.read_card = false;
                    [bits, bits, 0, 0, 0, 0, 0, 0]
                }
                _ => [0; 8],
            };
            Ok(answer)
        }
    }

    #[test]
    fn a_reader_stops_typing_is_asked_and_types_again() {
        let page = [3, 5, 0x11, 16, 26, 0, 40, 0x01];
        let reader = Reader(Rc::new(RefCell::new(State {
            page,
            card: None,
            command: 0,
            read_card: false,
            kept: Vec::new(),
        })));
        let mut asked = Asked::new(reader.clone()).unwrap();
        assert_eq!(reader.0.borrow().page, [3, 5, 0x11, 16, 26, 0, 40, 0x81]);

        let mut codec = codec_for(Family::PcProx, &CodecSettings::default());
        let mut buf = [0; 64];
        for turn in 0..6 {
            let card = ([0x05, 0x45, 96, 0, 0, 0, 0, 0], 24);
            reader.0.borrow_mut().card = (turn > 1).then_some(card);
            let read = asked.ask(&mut buf, Instant::now()).unwrap();
            assert_eq!(read, if turn == 1 { 0 } else { 16 });
            codec.feed(&buf[..read], ASK_EVERY * turn);
        }
        let Some(Event::Card(read)) = codec.poll() else {
            panic!("the card must be told");
        };
        assert_eq!(read.known_bytes(), [0x60, 0x45, 0x05]);
        assert_eq!(codec.poll(), None);

        drop(asked);
        assert_eq!(reader.0.borrow().page, page);
        assert_eq!(reader.0.borrow().kept, [0, 0], "nothing is kept for ever");
    }
}
