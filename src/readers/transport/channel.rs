//! A reader within this process: for systems without pseudo terminals, and for tests.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::{READ_WAIT, Transport, TransportError};

/// Most writes that wait for a reader; more are refused, as a full line would.
const WRITES_MAX: usize = 64;

/// The device's end of the line. Dropping it unplugs the device.
#[derive(Clone, Debug)]
pub struct ChannelDevice(SyncSender<Vec<u8>>);

/// The socket into which the device is plugged. One at a time can open it.
#[derive(Clone, Debug)]
pub struct ChannelPort(Arc<Mutex<Option<Receiver<Vec<u8>>>>>);

/// A device and its port.
pub fn channel() -> (ChannelDevice, ChannelPort) {
    let (sender, receiver) = sync_channel(WRITES_MAX);
    (
        ChannelDevice(sender),
        ChannelPort(Arc::new(Mutex::new(Some(receiver)))),
    )
}

impl ChannelDevice {
    /// Sends bytes; an error when nobody will read them.
    pub fn write(&self, bytes: &[u8]) -> Result<(), TransportError> {
        self.0
            .try_send(bytes.to_vec())
            .map_err(|_| TransportError::Lost)
    }
}

impl ChannelPort {
    /// Opens the port and throws away what has waited in it.
    pub fn open(&self) -> Result<Box<dyn Transport>, TransportError> {
        let receiver = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or(TransportError::Busy { by: None })?;
        while receiver.try_recv().is_ok() {}
        Ok(Box::new(ChannelTransport {
            port: self.clone(),
            receiver: Some(receiver),
            rest: VecDeque::new(),
        }))
    }
}

struct ChannelTransport {
    port: ChannelPort,
    /// Taken out only when the port is closed.
    receiver: Option<Receiver<Vec<u8>>>,
    rest: VecDeque<u8>,
}

impl Transport for ChannelTransport {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError> {
        if self.rest.is_empty() {
            let receiver = self.receiver.as_ref().ok_or(TransportError::Lost)?;
            match receiver.recv_timeout(READ_WAIT) {
                Ok(bytes) => self.rest.extend(bytes),
                Err(RecvTimeoutError::Timeout) => return Ok(0),
                Err(RecvTimeoutError::Disconnected) => return Err(TransportError::Lost),
            }
        }
        let count = self.rest.len().min(buf.len());
        for (place, byte) in buf.iter_mut().zip(self.rest.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

impl Drop for ChannelTransport {
    fn drop(&mut self) {
        *self.port.0.lock().unwrap_or_else(PoisonError::into_inner) = self.receiver.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_opener_at_a_time_and_nothing_old() {
        let (device, port) = channel();
        device.write(b"old").unwrap();
        let mut open = port.open().unwrap();
        assert_eq!(port.open().err(), Some(TransportError::Busy { by: None }));
        device.write(b"new").unwrap();
        let mut buf = [0; 2];
        assert_eq!(open.read(&mut buf), Ok(2));
        assert_eq!(&buf, b"ne");
        assert_eq!(open.read(&mut buf), Ok(1));
        drop(device);
        assert_eq!(open.read(&mut buf), Err(TransportError::Lost));
        drop(open);
        assert!(port.open().is_ok());
    }
}
