//! Where the bytes of a reader come from: a serial port, a recorded dump, a virtual reader.

pub mod channel;
pub mod devices;
pub mod ear;
pub mod hid;
pub mod open;
pub mod pcsc;
pub mod replay;
pub mod serial;
pub mod serial_ports;
pub mod virtual_reader;

use std::time::Duration;

use thiserror::Error;

use crate::readers::device::Holder;
#[cfg(doc)]
use crate::readers::family::Family;

pub use devices::devices;
pub use ear::{Ear, Heard};
pub use hid::hid_devices;
pub use open::opener;
pub use pcsc::BUILT_IN as PCSC_BUILT_IN;
pub use pcsc::pcsc_devices;
pub use replay::{RECORDING_TEXT_MAX, Recording, RecordingError, ReplayTransport};
pub use serial::{LineSettings, SerialSettings, SerialTransport};
pub use serial_ports::serial_devices;
pub use virtual_reader::VirtualReader;

/// Longest time that [`Transport::read`] waits for a byte: so fast does a reader's thread stop.
pub const READ_WAIT: Duration = Duration::from_millis(100);

/// Room for the longest report of any reader here (about 510 bytes) and more: what does not fit is
/// cut by the system without a word.
pub const REPORT_BYTES_MAX: usize = 1024;

/// A source of bytes. Dropping it closes the device.
pub trait Transport: Send {
    /// Bytes that have come, waiting for them at most [`READ_WAIT`]; 0 when none came in that
    /// time. Never writes anything to the device.
    ///
    /// Every error is final: the transport is to be dropped before it is opened anew.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError>;

    /// What a HID device says of its reports. Of the families of [`Family::reports`] each read is
    /// one whole report; a buffer of [`REPORT_BYTES_MAX`] cuts none.
    fn report_descriptor(&self) -> Option<&[u8]> {
        None
    }
}

/// Opens a device; called anew for each attempt.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Transport>, TransportError> + Send>;

/// Why a device cannot be opened or read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TransportError {
    /// No such device.
    #[error("the device is not there")]
    Absent,
    /// Another program, or another reader of ours, holds it.
    #[error("the port is held by {}", by.as_ref().map_or_else(|| "another program".to_owned(), Holder::to_string))]
    Busy {
        /// Who, as far as this user may know.
        by: Option<Holder>,
    },
    /// It is plugged in, but the system has no driver for it.
    #[error("the device is plugged in, but the system has no driver for it")]
    NoDriver,
    /// It is plugged in, but a program or a driver took it away.
    #[error("the device is plugged in, but {by} took it")]
    Taken {
        /// The program or driver.
        by: String,
    },
    /// This user may not open it.
    #[error("no permission to open the port{}", in_group(group.as_deref()))]
    NoPermission {
        /// The group whose members may, where the system has groups.
        group: Option<String>,
    },
    /// Several devices fit the config, and it does not say which one is meant.
    #[error("several devices fit: {}; the config must say which one", nodes.join(", "))]
    Ambiguous {
        /// Their nodes.
        nodes: Vec<String>,
    },
    /// The path is no serial port, or it refused its settings.
    #[error("this is no serial port")]
    NotSerial,
    /// The path is no HID device, or the device has no part that speaks as the family says: it may
    /// be switched to another mode.
    #[error("this device does not speak as its family says")]
    NotThisKind,
    /// The system keeps keyboards for itself.
    #[error(
        "Windows lets no program read a keyboard-like reader: switch the reader to serial or \
         HID-POS mode, or let it type and use [wedge]"
    )]
    KeyboardForbidden,
    /// We were held up for so long that the system may have dropped reports.
    #[error("reports of the device may have been lost")]
    ReportsLost,
    /// This program was built without the smart card service.
    #[error("this program was built without PC/SC")]
    NotBuiltIn,
    /// The smart card service does not run.
    #[error("the smart card service does not run")]
    NoService,
    /// The device went away.
    #[error("the connection to the device is lost")]
    Lost,
    /// A recorded dump has no more bytes.
    #[error("the recording has ended")]
    RecordingEnded,
}

fn in_group(group: Option<&str>) -> String {
    group
        .map(|group| format!(" (group {group} may)"))
        .unwrap_or_default()
}
