//! Listening along at a device that somebody else reads: a recording is made without taking the
//! reader away from the till.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::{Opener, Transport, TransportError};

/// Most reads that wait for the one who listens. A reader sends a few in a second; who does not
/// take that many in time hears nothing more.
const HEARD_MAX: usize = 512;

/// What a device said.
#[derive(Clone, PartialEq, Eq)]
pub enum Heard {
    /// It was opened anew, or it was open already: what it says of its reports, if it is a HID
    /// device.
    Opened(Option<Vec<u8>>),
    /// The bytes of one read, with the moment.
    Bytes(Instant, Vec<u8>),
}

/// Hears what a device sends, whoever reads it, from when it is asked to.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// As the open device says it; `None` inside: it is no HID device.
    descriptor: Option<Vec<u8>>,
    to: Option<SyncSender<Heard>>,
}

impl Inner {
    fn tell(&mut self, heard: Heard) {
        let told = self.to.as_ref().map(|to| to.try_send(heard));
        if let Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) = told {
            self.to = None;
        }
    }
}

impl Ear {
    /// What opens the device with this ear at it.
    pub fn at(&self, mut opener: Opener) -> Opener {
        let ear = self.clone();
        Box::new(move || {
            let device = opener()?;
            let descriptor = device.report_descriptor().map(<[u8]>::to_vec);
            ear.with(|inner| {
                inner.descriptor.clone_from(&descriptor);
                inner.tell(Heard::Opened(descriptor));
            });
            Ok(Box::new(Overheard {
                device,
                ear: ear.clone(),
            }))
        })
    }

    /// Begins to listen. It ends when the receiver is dropped, at [`Ear::stop`], when too much
    /// waits, and when another begins.
    pub fn listen(&self) -> Receiver<Heard> {
        let (to, heard) = sync_channel(HEARD_MAX);
        self.with(|inner| {
            inner.to = Some(to);
            let descriptor = inner.descriptor.clone();
            inner.tell(Heard::Opened(descriptor));
        });
        heard
    }

    /// Ends it: the receiver has what came before, and then nothing more.
    pub fn stop(&self) {
        self.with(|inner| inner.to = None);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A device with an ear at it.
struct Overheard {
    device: Box<dyn Transport>,
    ear: Ear,
}

impl Transport for Overheard {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError> {
        let count = self.device.read(buf)?;
        if count > 0 {
            self.ear.with(|inner| {
                if inner.to.is_some() {
                    let bytes = buf.get(..count).unwrap_or_default().to_vec();
                    inner.tell(Heard::Bytes(Instant::now(), bytes));
                }
            });
        }
        Ok(count)
    }

    fn report_descriptor(&self) -> Option<&[u8]> {
        self.device.report_descriptor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::transport::channel::channel;

    fn bytes(heard: &Receiver<Heard>) -> Vec<Vec<u8>> {
        heard
            .try_iter()
            .filter_map(|heard| match heard {
                Heard::Opened(_) => None,
                Heard::Bytes(_, bytes) => Some(bytes),
            })
            .collect()
    }

    #[test]
    fn who_listens_hears_what_is_read_and_takes_nothing_away() {
        let (device, port) = channel();
        let ear = Ear::default();
        let mut open = ear.at(Box::new(move || port.open()))().unwrap();
        let mut buf = [0; 8];
        let mut read = |sent: &[u8]| {
            device.write(sent).unwrap();
            let count = open.read(&mut buf).unwrap();
            assert_eq!(&buf[..count], sent, "the till has it, too");
        };
        read(b"before");
        let heard = ear.listen();
        read(b"one");
        read(b"two");
        assert_eq!(bytes(&heard), [b"one", b"two"]);
        ear.stop();
        read(b"after");
        assert!(heard.recv().is_err(), "that was the end");
    }

    #[test]
    fn who_does_not_listen_holds_nobody_up() {
        let (device, port) = channel();
        let ear = Ear::default();
        let mut open = ear.at(Box::new(move || port.open()))().unwrap();
        let heard = ear.listen();
        let mut buf = [0; 8];
        for _ in 0..=HEARD_MAX {
            device.write(b"x").unwrap();
            assert_eq!(open.read(&mut buf), Ok(1));
        }
        // One place was taken by the word that it is open.
        assert_eq!(bytes(&heard).len(), HEARD_MAX - 1);
        assert!(heard.recv().is_err());
    }

    /// A HID device's own description is needed to play a recording back.
    #[test]
    fn what_the_device_says_of_itself_is_heard_first() {
        struct Hid;
        impl Transport for Hid {
            fn read(&mut self, _: &mut [u8]) -> Result<usize, TransportError> {
                Err(TransportError::Lost)
            }
            fn report_descriptor(&self) -> Option<&[u8]> {
                Some(&[5, 1])
            }
        }
        let ear = Ear::default();
        let mut opener = ear.at(Box::new(|| Ok(Box::new(Hid))));
        let mut open = opener().unwrap();
        assert_eq!(open.report_descriptor(), Some(&[5_u8, 1][..]));
        assert_eq!(open.read(&mut []), Err(TransportError::Lost));
        let heard = ear.listen();
        let own = Heard::Opened(Some(vec![5, 1]));
        assert!(heard.try_recv().is_ok_and(|heard| heard == own));
        // Unplugged and plugged while it is listened.
        drop(opener());
        assert!(heard.try_recv().is_ok_and(|heard| heard == own));
    }
}
