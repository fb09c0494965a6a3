//! A reader without hardware: an RDM6300 whose bytes really travel through a port.
//!
//! On Unix it is a pseudo terminal with a path as any serial port. Windows has none; there the
//! reader and its port live in this process.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Opener, TransportError};
use crate::readers::codec::rdm6300::frame_of;

/// The pause from frame to frame of a resting card.
pub const FRAME_EVERY: Duration = Duration::from_millis(50);

/// Most taps that wait to be sent.
const TAPS_MAX: usize = 16;

/// A virtual RDM6300. Dropping it unplugs it.
pub struct VirtualReader {
    path: String,
    #[cfg(not(unix))]
    port: super::channel::ChannelPort,
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

/// What the device is to send.
enum Order {
    /// Frames of a card, [`FRAME_EVERY`] apart.
    Frames([u8; 5], u32),
    /// Bytes as they are, at once.
    Bytes(Vec<u8>),
    /// A sign when all orders before are carried out.
    Tell(SyncSender<()>),
}

impl VirtualReader {
    /// A reader with its own port.
    pub fn open() -> Result<Self, TransportError> {
        let (sender, orders) = sync_channel(TAPS_MAX);
        let plugged = plug()?;
        let mut write = plugged.write;
        let thread = std::thread::Builder::new()
            .name("virtual reader".to_owned())
            .spawn(move || send(&orders, &mut write))
            .map_err(|_| TransportError::Lost)?;
        Ok(Self {
            path: plugged.path,
            #[cfg(not(unix))]
            port: plugged.port,
            orders: Some(sender),
            thread: Some(thread),
        })
    }

    /// The path of the port; on Windows only a name for the screen.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Opens this reader's port on every system, for [`crate::readers::spawn_with`].
    #[cfg(unix)]
    pub fn opener(&self) -> Opener {
        use super::serial::{SerialSettings, SerialTransport};
        use crate::readers::family::Family;
        let path = self.path.clone();
        Box::new(move || {
            let settings = SerialSettings::of(Family::Rdm6300);
            Ok(Box::new(SerialTransport::open(&path, settings)?))
        })
    }

    /// Opens this reader's port on every system, for [`crate::readers::spawn_with`].
    #[cfg(not(unix))]
    pub fn opener(&self) -> Opener {
        let port = self.port.clone();
        Box::new(move || port.open())
    }

    /// A card is held to the reader for a moment: two frames. Returns at once; the frames follow
    /// on the device's own thread.
    pub fn tap(&mut self, card: [u8; 5]) -> Result<(), TransportError> {
        self.rest(card, 2)
    }

    /// A card rests for as many frames.
    pub fn rest(&mut self, card: [u8; 5], frames: u32) -> Result<(), TransportError> {
        self.order(Order::Frames(card, frames))
    }

    /// The device sends bytes as they are: noise, or what another device would say.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.order(Order::Bytes(bytes.to_vec()))
    }

    /// Waits until everything ordered so far is on the line, further frames of a resting card
    /// excepted.
    pub fn wait_sent(&mut self) -> Result<(), TransportError> {
        let (sender, sent) = sync_channel(1);
        self.order(Order::Tell(sender))?;
        sent.recv().map_err(|_| TransportError::Lost)
    }

    fn order(&mut self, order: Order) -> Result<(), TransportError> {
        self.orders
            .as_ref()
            .and_then(|orders| orders.try_send(order).ok())
            .ok_or(TransportError::Lost)
    }
}

impl Drop for VirtualReader {
    fn drop(&mut self) {
        // Without orders the thread ends, and the device is unplugged with it.
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has nothing to tell here.
            drop(thread.join());
        }
    }
}

type Write = Box<dyn FnMut(&[u8]) -> Result<(), TransportError> + Send>;

struct Plugged {
    path: String,
    #[cfg(not(unix))]
    port: super::channel::ChannelPort,
    write: Write,
}

#[cfg(unix)]
fn plug() -> Result<Plugged, TransportError> {
    use serialport::{SerialPort, TTYPort};
    use std::io::Write as _;
    let (mut device, port) = TTYPort::pair().map_err(|_| TransportError::Absent)?;
    let path = port.name().ok_or(TransportError::Absent)?;
    let write = move |bytes: &[u8]| {
        // Held open as long as the device, so that closing the port is not unplugging it.
        let _ = &port;
        device.write_all(bytes).map_err(|_| TransportError::Lost)
    };
    Ok(Plugged {
        path,
        write: Box::new(write),
    })
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "opening a terminal may fail on Unix"
)]
fn plug() -> Result<Plugged, TransportError> {
    let (device, port) = super::channel::channel();
    Ok(Plugged {
        path: "virtual reader".to_owned(),
        port,
        write: Box::new(move |bytes: &[u8]| device.write(bytes)),
    })
}

/// The device's thread. What cannot be written is lost, as with a real reader that nobody reads.
fn send(orders: &Receiver<Order>, write: &mut Write) {
    let mut resting: Option<([u8; 5], u32)> = None;
    loop {
        let order = match resting {
            None => orders.recv().ok(),
            Some(_) => match orders.recv_timeout(FRAME_EVERY) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => {
                    resting = frame(resting, write);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => None,
            },
        };
        match order {
            None => return,
            Some(Order::Bytes(bytes)) => drop(write(&bytes)),
            Some(Order::Tell(sender)) => drop(sender.try_send(())),
            // Another card is held before the one that rests.
            Some(Order::Frames(card, frames)) => resting = frame(Some((card, frames)), write),
        }
    }
}

/// Sends one frame; what is left of the card's rest.
fn frame(resting: Option<([u8; 5], u32)>, write: &mut Write) -> Option<([u8; 5], u32)> {
    let (card, frames) = resting.filter(|&(_, frames)| frames > 0)?;
    drop(write(&frame_of(card)));
    (frames > 1).then_some((card, frames - 1))
}
